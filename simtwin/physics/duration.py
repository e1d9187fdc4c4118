"""This module holds the loads of an operation that is given by its plain duration.

A planner has minutes, no cutting data: cutting power is a share of the S1 rating, and heat and
force follow (PHYSICS 5.7). Everything here is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtwin.errors import OutOfRange

WORDS = {"light": (0.15, 0.60), "medium": (0.35, 0.50), "heavy": (0.70, 0.40)}
"""Word to (share of S1, spindle speed over its maximum)."""
SPEED_SHARE = 0.50
"""Speed over its maximum where only a load-meter reading or a power is given."""
_IDLE_LOSS = 0.03
_LOSS_PER_POWER = 0.12


@dataclass(frozen=True, slots=True)
class Loads:
    """What a plain duration asks of a spindle."""

    power: float
    """Cutting power [W]."""
    force: float
    """Cutting force [N]."""
    motor: float
    """Heat of the motor [W]."""


def assumed_loads(share: float, *, rated_power: float, cutting_speed: float) -> Loads:
    """Return cutting power, force and motor heat at *share* of the S1 rating [W].

    ``P_c = share P_S1``, ``F = P_c/v_c``, ``Q_motor = .03 P_S1 + .12 P_c``; *cutting_speed*
    v_c [m/s]. Bearing heat comes on top: `bearing.friction_heat`, of the load on each bearing.

    >>> loads = assumed_loads(0.35, rated_power=11e3, cutting_speed=2.5)
    >>> round(loads.power), round(loads.force), round(loads.motor)
    (3850, 1540, 792)
    """
    if not 0.0 <= share <= 1.0:
        raise OutOfRange(f"share of the S1 rating must be in [0, 1], got {share}")
    power = share * rated_power
    return Loads(
        power, power / cutting_speed, _IDLE_LOSS * rated_power + _LOSS_PER_POWER * power
    )


def spindle_input(loads: Loads, *bearing_heats: float) -> float:
    """Return what the spindle draws [W]: cutting power, motor heat and bearing friction.

    >>> loads = assumed_loads(0.35, rated_power=11e3, cutting_speed=2.5)
    >>> round(spindle_input(loads, 250.0, 163.0))
    5055
    """
    return loads.power + loads.motor + sum(bearing_heats)
