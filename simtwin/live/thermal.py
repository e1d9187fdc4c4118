"""This module holds the thermal system that a filter follows: the network and two slow states.

The state is ``(T_1 .. T_n, a, d)``: node temperatures [degC], how much the ambient is off the
plant's [K], and how much the friction is off its law [-]. Over a hold of constant load it is
linear, and its transition is the matrix exponential of the network (PHYSICS 5.4), so intervals
may be as irregular as telemetry is. What moves without a cause is white: temperatures wander,
ambient and friction are random walks; the covariance of that is integrated in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simtwin.errors import OutOfRange
from simtwin.parts.heat import heating
from simtwin.physics.modal import phi_functions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simtwin.parts.heat import ThermalDuty
    from simtwin.parts.load import Load
    from simtwin.physics.mode import ThermalMode
    from simtwin.plant.model import MachineSpec

    Array = NDArray[np.float64]

STEPS_KEPT = 2048
_SERIES_BELOW = 1e-3
"""Below, the integral of two ramps by its series; its error is under 1e-9 there."""
_SLOW_BELOW = 1e-4
"""Below, the slower of two ramps by its series; the difference of phi1 would cancel."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How far the model is trusted between two measurements, and what it starts with."""

    wander: float = 0.004
    """Of every node [K/sqrt(s)]: .24 K in an hour."""
    ambient: float = 0.006
    """Random walk of the ambient [K/sqrt(s)]: 1 K in eight hours."""
    friction: float = 1.2e-4
    """Random walk of the friction [1/sqrt(s)]: 2 % in eight hours."""
    silent: float = 0.25
    """Of every node while nothing is heard, when its load is not known [K/sqrt(s)]: some 5 K in
    the end, for the network forgets."""
    told: float = 0.5
    """Standard deviation of when a change of load is told [s]: a control polled each second."""
    sensor: float = 0.3
    """Standard deviation of a temperature [K] where the catalogue states none."""
    first: float = 3.0
    """Of node temperatures that nobody measured, at the first reading [K]."""
    first_share: float = 0.5
    """The same, in parts of what the first reading is above the ambient [-]: a spindle that was
    warm before it was followed is warmer inside, and its housing colder."""
    first_ambient: float = 2.0
    """Of the ambient at the first reading [K]."""
    first_friction: float = 0.05
    """Of the friction at the first reading [-]."""


USUAL = Noise()
"""What is taken where nobody knows better (assumption)."""


class Step(NamedTuple):
    """One interval: ``x' = F x + u + w``, ``cov w = Q``."""

    transition: Array
    drive: Array
    noise: Array


class ThermalSystem:
    """The network of one machine with its slow states, under any load."""

    def __init__(
        self, machine: MachineSpec, *, ambient: float, coolant: float, noise: Noise
    ) -> None:
        spindle = machine.spindle
        assert spindle is not None, "only a machine with a spindle is followed"
        self.machine, self.spindle = machine, spindle
        self.ambient, self.coolant, self.noise = ambient, coolant, noise
        self.nodes = spindle.network.nodes
        self.size = len(self.nodes) + 2
        """Length of the state: the nodes, then ambient and friction."""
        sinks = [0.0] * len(self.nodes)
        for node, sink, conductance in spindle.network.sinks:
            if sink == "ambient":
                sinks[self.nodes.index(node)] += conductance
        self._sinks = np.array(sinks)
        self._capacities = np.array(spindle.network.capacities)
        self.step = lru_cache(maxsize=STEPS_KEPT)(self._step)
        """Return the `Step` of so many seconds under a load, friction taken at temperatures."""

    def friction(self, load: Load, temperatures: tuple[float, ...]) -> Array:
        """Return the friction heat of each node [W] at *temperatures*."""
        heats = np.zeros(len(self.nodes))
        for heat in load.heats:
            i = self.nodes.index(heat.node)
            rise = temperatures[i] - heat.reference if heat.slope else 0.0
            heats[i] += heat.constant + heat.slope * rise
        return heats

    def slopes(self, load: Load) -> bool:
        """Whether friction under *load* follows a temperature."""
        return any(heat.slope for heat in load.heats)

    def heat(self, load: Load, temperatures: tuple[float, ...]) -> Array:
        """Return the heat into each node [W] under *load* at *temperatures*."""
        duty = self._duty(load)
        heat = np.array(duty.in_interval(0)[0])
        if duty.weights is not None:
            heat += np.array(duty.weights) * np.array(temperatures)
        return heat

    def late(self, before: Load, load: Load, temperatures: tuple[float, ...]) -> Array:
        """Return the covariance [K2] that comes of not knowing just when *load* began."""
        rise = self.heat(load, temperatures) - self.heat(before, temperatures)
        rise *= self.noise.told / self._capacities
        noise = np.zeros((self.size, self.size))
        noise[: len(rise), : len(rise)] = np.outer(rise, rise)
        return noise

    def _duty(self, load: Load) -> ThermalDuty:
        """Return the duty of *load*.

        What is told may be a load that nothing bears for ever: copper would run away. That is
        no reason to refuse the seconds it lasts, so its losses are those of the reference then.
        """
        try:
            return heating(self.spindle, load, (), self.ambient, self.coolant)
        except OutOfRange:
            steady = replace(load, spinning_up=max(load.power, 1.0))
            return heating(self.spindle, steady, (), self.ambient, self.coolant)

    def course(self, load: Load, start: tuple[float, ...], dt: float) -> tuple[float, ...]:
        """Return the node temperatures *dt* [s] after *start*, as a simulation has them."""
        duty = self._duty(load)
        return duty.mode.after(start, duty.in_interval(0)[0], (), dt)

    def _step(self, load: Load, dt: float, temperatures: tuple[float, ...]) -> Step:
        duty = self._duty(load)
        mode, n = duty.mode, len(self.nodes)
        modal = _modal(mode, dt, self.noise.wander)
        ambient = modal.into @ self._sinks
        friction = modal.into @ self.friction(load, temperatures)
        heat = np.array(duty.in_interval(0)[0]) + np.array(mode.boundary)
        transition = np.eye(self.size)
        transition[:n, :n] = (modal.shapes * modal.decay) @ modal.project
        transition[:n, n] = modal.shapes @ (modal.gain * ambient)
        transition[:n, n + 1] = modal.shapes @ (modal.gain * friction)
        drive = np.zeros(self.size)
        drive[:n] = modal.shapes @ (modal.gain * (modal.into @ heat))
        noise = np.zeros((self.size, self.size))
        noise[:n, :n] = modal.wander
        for slot, source, pace in (
            (n, ambient, self.noise.ambient),
            (n + 1, friction, self.noise.friction),
        ):
            power = pace * pace
            spread = modal.shapes @ (modal.ramps * np.outer(source, source)) @ modal.shapes.T
            noise[:n, :n] += power * spread
            crossed = power * (modal.shapes @ (modal.ramp * source))
            noise[:n, slot] = crossed
            noise[slot, :n] = crossed
            noise[slot, slot] = power * dt
        return Step(transition, drive, noise)


class _Modal(NamedTuple):
    """What one thermal mode does in one duration, as arrays."""

    shapes: Array
    project: Array
    into: Array
    decay: Array
    """e^(-lam dt)"""
    gain: Array
    """Integral of e^(-lam s) [s]."""
    ramp: Array
    """Integral of (1 - e^(-lam s))/lam [s2]."""
    ramps: Array
    """Integral of the product of two of these [s3]."""
    wander: Array
    """Covariance of the nodes from their own noise [K2]."""


@lru_cache(maxsize=1024)
def _modal(mode: ThermalMode, dt: float, wander: float) -> _Modal:
    shapes, project = np.array(mode.shapes), np.array(mode.project)
    rates = mode.rates
    phis = [phi_functions(rate * dt) for rate in rates]
    both = np.array([[dt * phi_functions((a + b) * dt)[0] for b in rates] for a in rates])
    own = shapes @ (both * (project @ project.T)) @ shapes.T
    return _Modal(
        shapes,
        project,
        np.array(mode.into),
        np.array([math.exp(-rate * dt) for rate in rates]),
        np.array([dt * phi[0] for phi in phis]),
        np.array([dt * dt * phi[1] for phi in phis]),
        np.array([[ramp_product(a, b, dt) for b in rates] for a in rates]),
        wander * wander * own,
    )


def ramp_product(a: float, b: float, dt: float) -> float:
    """Return the integral over *dt* of ``(1 - e^(-a s))/a (1 - e^(-b s))/b`` [s3].

    What two modes of rates *a* and *b* [1/s] have in common after a random walk has pushed both
    for *dt* [s]. With both rates small it is ``dt^3/3``.

    >>> round(ramp_product(0.0, 0.0, 3.0), 6)
    9.0
    >>> round(ramp_product(1.0, 2.0, 1.0), 7)  # (1 - .6321206 - .4323323 + .3167376)/2
    0.1261424
    """
    a, b = max(a, b), min(a, b)
    x, y = a * dt, b * dt
    if x < _SERIES_BELOW:
        series = 1.0 / 3.0 - (x + y) / 8.0 + (x * x / 6.0 + x * y / 4.0 + y * y / 6.0) / 5.0
        return dt**3 * series
    one, two, three = phi_functions(x)
    if y < _SLOW_BELOW:  # The slow ramp is all but straight: s (1 - b s/2).
        straight = (0.5 - (one - two)) / x
        bent = (1.0 / 3.0 - (2.0 * three + one - 2.0 * two)) / x
        return dt**3 * (straight - 0.5 * y * bent)
    late = one - phi_functions(x + y)[0]
    return dt * (y * phi_functions(y)[1] - late) / (a * b)
