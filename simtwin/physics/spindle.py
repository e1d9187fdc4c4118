"""This module holds the spindle motor: torque, run-up, losses, voltage, overload relay.

PHYSICS 4. Speeds in rad/s, SI throughout.
"""

from __future__ import annotations

import math

from simtwin.errors import OutOfRange

COPPER = 0.00393
"""Temperature coefficient of copper about 20 degC [1/K]."""


def torque_limit(
    speed: float,
    *,
    rated_torque: float,
    rated_power: float,
    base_speed: float,
    short_time: float = 1.0,
    last_speed: float = math.inf,
) -> float:
    """Return the torque that the motor can give [N m] at *speed* [rad/s].

    Constant up to *base_speed*, constant power up to *last_speed*, falling with the square of
    the speed beyond. *rated_torque* and *rated_power* are stored points: vendors' pairs need
    not agree (C3), so there may be a step at the base speed, down only. *short_time* is the
    rating S6-40 % over S1. Source: PHYSICS 4.1.

    >>> torque_limit(400.0, rated_torque=100.0, rated_power=20e3, base_speed=200.0)
    50.0
    """
    if speed <= base_speed:
        return short_time * rated_torque
    power = rated_power if speed <= last_speed else rated_power * last_speed / speed
    return short_time * min(rated_torque, power / speed)


def run_up_time(
    *, inertia: float, base_speed: float, speed0: float, speed1: float, power: float
) -> float:
    """Return the time [s] to bring *inertia* [kg m2] from *speed0* to *speed1* [rad/s].

    At constant torque ``power/base_speed`` below the base speed, at constant *power* [W] above;
    no drag. The same to brake. *power* is 1.2 times the short-time rating where the vendor
    says nothing (Mitsubishi IB-1500193, p. 5-12).

    >>> run_up_time(inertia=0.1, base_speed=100.0, speed0=0.0, speed1=100.0, power=1000.0)
    1.0
    """
    if not (inertia > 0.0 and base_speed > 0.0 and power > 0.0):
        raise OutOfRange(
            f"inertia, base speed and power must be positive, got {inertia} kg m2, "
            f"{base_speed} rad/s, {power} W"
        )
    low, high = sorted((abs(speed0), abs(speed1)))
    below = max(0.0, min(high, base_speed) - low) * base_speed
    above = 0.5 * max(0.0, high**2 - max(low, base_speed) ** 2)
    return inertia * (below + above) / power


def kinetic_energy(inertia: float, speed: float) -> float:
    """Return the energy in a rotor [J].

    >>> kinetic_energy(0.12, 100.0)
    600.0
    """
    return 0.5 * inertia * speed * speed


def copper_loss(
    torque: float,
    *,
    torque_constant: float,
    resistance: float,
    idle_current: float = 0.0,
    temperature: float = 20.0,
) -> float:
    """Return the heat of the windings [W]: ``3 R (I0^2 + (T/Kt)^2)(1 + .00393 (T_w - 20))``.

    *resistance* per phase at 20 degC [ohm], *torque_constant* [N m per A rms], *temperature* of
    the winding [degC]. Source: PHYSICS 4.3.

    >>> copper_loss(10.0, torque_constant=1.0, resistance=0.5)
    150.0
    """
    current = torque / torque_constant
    warm = 1.0 + COPPER * (temperature - 20.0)
    return 3.0 * resistance * (idle_current**2 + current**2) * warm


def iron_loss(speed: float, *, linear: float, square: float) -> float:
    """Return the heat of the iron [W]: hysteresis *linear* and eddies *square* in the speed.

    >>> iron_loss(100.0, linear=0.5, square=0.001)
    60.0
    """
    return linear * speed + square * speed * speed


def motor_current(torque: float, torque_constant: float) -> float:
    """Return the phase current [A rms] for *torque* [N m].

    >>> motor_current(6.0, 1.2)
    5.0
    """
    return torque / torque_constant


def motor_voltage(
    speed: float, torque: float, *, torque_constant: float, resistance: float
) -> float:
    """Return the voltage of one phase [V rms]: ``U = Ke omega + R I`` with ``Ke = Kt/3``.

    Three phases, the current in phase with the back-EMF, reactance neglected (assumption), so
    that ``3 U I = T omega + 3 R I^2``. Source: PHYSICS 4.3.

    >>> round(motor_voltage(100.0, 2.4, torque_constant=1.2, resistance=0.6), 9)
    41.2
    """
    return torque_constant / 3.0 * speed + resistance * torque / torque_constant


def line_voltage(phase: float, limit: float = math.inf) -> float:
    """Return the voltage between two lines [V rms], held at *limit* by field weakening.

    >>> round(line_voltage(127.147, 400.0), 3), line_voltage(300.0, 400.0)
    (220.225, 400.0)
    """
    return min(math.sqrt(3.0) * phase, limit)


def overload_relay(
    load: float, *, before: float = 0.0, trip: float = 1.05, time_constant: float = 2400.0
) -> float:
    """Return when a thermal overload relay opens [s]; `math.inf` when it never does.

    Currents per unit of the setting: *load* now, *before* for long, *trip* where it opens in
    the end. ``t = tau ln((I^2 - Ip^2)/(I^2 - Itrip^2))``. Source: IEC 60255-149 (thermal).

    >>> round(overload_relay(1.5), 1), round(overload_relay(1.5, before=0.8), 1)
    (1616.0, 812.8)
    """
    if before >= trip:
        return 0.0
    if load <= trip:
        return math.inf
    return time_constant * math.log((load**2 - before**2) / (load**2 - trip**2))
