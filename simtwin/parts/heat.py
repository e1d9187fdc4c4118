"""This module holds the heat of a spindle under one load, compiled: what a hold does to it.

Heat into node i is ``c_i + l_i k + q_i chord(K^2) + slope_i T_i`` with K = 1 + k, k the wear
multiplier, linear in time between knots (PHYSICS 1 rule 6): a ramp, so the hold is one affine
map of the temperatures it starts with. Electrical power has the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf
from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.load import Piece
from simtwin.physics.duration import assumed_loads
from simtwin.physics.modal import phi_functions, times
from simtwin.physics.mode import Trajectory
from simtwin.physics.tool import KNOTS, land

if TYPE_CHECKING:
    from simtwin.parts.load import Course, Load
    from simtwin.parts.spindle import SpindleSpec
    from simtwin.physics.thermal import Network, ThermalMode

COPPER = 0.00393
"""Temperature coefficient of copper resistance [1/K] (PHYSICS 4.3)."""

LANDS = tuple(map(land, KNOTS))
"""Wear land over its limit at the knots of damage."""

Vector = tuple[float, ...]


class ThermalDuty:
    """The thermal law of one spindle under one load; immutable but for its cache of holds."""

    __slots__ = (
        "_holds", "_modal", "_sources", "calm", "constant", "gain", "limits", "linear",
        "mode", "power", "repeats", "safe", "square", "weights",
    )  # fmt: skip

    def __init__(
        self,
        mode: ThermalMode,
        heat: tuple[Vector, Vector, Vector],
        power: tuple[float, float, float],
        weights: Vector | None,
        gain: float,
        repeats: frozenset[float],
        limits: Vector | None,
    ) -> None:
        self.mode = mode
        self.constant, self.linear, self.square = heat
        self.power = power
        self.weights = weights
        self.gain = gain
        self.repeats = repeats
        """Durations whose holds are compiled; any other is evaluated mode by mode [s]."""
        self.limits = limits
        self.safe = self._safe()
        self.calm = -inf if self.safe is None else min(self.safe)
        """No limit is ever reached under this load while every node is below [degC]."""
        self._holds: dict[tuple[float, int], Affine] = {}
        self._sources: dict[int, tuple[Vector, Vector, float, float]] = {}
        self._modal: dict[int, tuple[Vector, Vector, Vector, float, float]] = {}

    def in_interval(self, interval: int) -> tuple[Vector, Vector, float, float]:
        """Return heat and power in one interval of the wear land: (q, q per k, P, P per k)."""
        found = self._sources.get(interval)
        if found is None:
            found = self._sources[interval] = self._source(interval)
        return found

    def _source(self, interval: int) -> tuple[Vector, Vector, float, float]:
        below, above = self.gain * LANDS[interval], self.gain * LANDS[interval + 1]
        at_zero, per_k = 1.0 - below * above, 2.0 + below + above
        constant, linear, square = self.power
        return (
            tuple(c + s * at_zero for c, s in zip(self.constant, self.square, strict=True)),
            tuple(a + s * per_k for a, s in zip(self.linear, self.square, strict=True)),
            constant + square * at_zero,
            linear + square * per_k,
        )

    def advance(
        self, start: Vector, dt: float, pieces: tuple[Piece, ...]
    ) -> tuple[Vector, float]:
        """Return the temperatures after *dt* and the energy drawn in it [J].

        Whether a hold is compiled is a function of its duration and its wear alone, never of
        what happens to be cached, so that equal holds give equal bits.
        """
        if dt in self.repeats and len(pieces) < 2:
            if not pieces:
                return apply(self.compiled(dt, 0), start, 0.0, 0.0)
            _, _, interval, k0, slope = pieces[0]
            return apply(self.compiled(dt, interval), start, k0, slope)
        if not pieces:
            if self.weights is None:
                forcing, _, _, power, _ = self.in_modes(0)
                return self.mode.relaxed(start, forcing, dt), power * dt
            return self._stretch(start, 0, 0.0, 0.0, dt)
        energy = 0.0
        for _, duration, interval, k0, slope in pieces:
            start, drawn = self._stretch(start, interval, k0, slope, duration)
            energy += drawn
        return start, energy

    def is_safe(self, temperatures: Vector) -> bool:
        """Whether no limit can be reached from *temperatures* under this load, ever."""
        return self.safe is not None and all(map(float.__le__, temperatures, self.safe))

    def power_at(self, temperatures: Vector, interval: int, k: float) -> float:
        """Return the electrical power of the spindle [W] at one instant."""
        _, _, constant, per_k = self.in_interval(interval)
        power = constant + per_k * k
        if self.weights is not None:
            power += sum(map(float.__mul__, self.weights, temperatures))
        return power

    def first_trip(self, course: Course) -> tuple[float, int] | None:
        """Return seconds to the first limit reached within *course*, and which node does."""
        limits, start = self.limits, course.start
        if limits is None:
            return None
        for node, (now, limit) in enumerate(zip(start, limits, strict=True)):
            if now >= limit:
                return 0.0, node
        if not course.pieces:
            heat, _, _, _ = self.in_interval(0)
            return self.mode.first_above(start, heat, self._still, course.dt, limits)
        for piece in course.pieces:
            heat, ramp = self._heats(piece.interval, piece.k0, piece.slope)
            found = self.mode.first_above(start, heat, ramp, piece.duration, limits)
            if found is not None:
                return piece.begin + found[0], found[1]
            if piece is not course.pieces[-1]:
                start = self.mode.after(start, heat, ramp, piece.duration)
        return None

    def first_cooled(self, start: Vector, horizon: float, resets: Vector) -> float | None:
        """Return seconds until every node with a reset level is at or below it, if ever."""
        heat, _, _, _ = self.in_interval(0)
        return self.mode.first_all_below(start, heat, horizon, resets)

    def at(self, start: Vector, course: Course, seconds: float) -> Vector:
        """Return the temperatures *seconds* after the start of *course*."""
        if not course.pieces:
            return self.advance(start, seconds, ())[0]
        for piece in course.pieces:
            inside = min(piece.duration, seconds - piece.begin)
            start, _ = self._stretch(start, piece.interval, piece.k0, piece.slope, inside)
            if piece.begin + piece.duration >= seconds:
                break
        return start

    def stretches(self, course: Course, seconds: float, node: str) -> list[Stretch]:
        """Return the closed forms of the temperature of *node* over the first *seconds*."""
        index = self.mode.network.nodes.index(node)
        start = course.start
        pieces = course.pieces or (Piece(0.0, seconds, 0, 0.0, 0.0),)
        stretches = []
        for piece in pieces:
            inside = min(piece.duration, seconds - piece.begin)
            if inside <= 0.0:
                break
            heat, ramp = self._heats(piece.interval, piece.k0, piece.slope)
            trajectory = self.mode.trajectory(start, heat, ramp)
            stretches.append(Stretch(trajectory, index, inside, piece.k0, piece.slope))
            start = self.mode.after(start, heat, ramp, inside)
        return stretches

    @property
    def worst_heat(self) -> Vector:
        """Heat into the nodes with a tool at its wear limit [W]."""
        worst = (1.0 + self.gain) ** 2
        return tuple(
            c + a * self.gain + s * worst
            for c, a, s in zip(self.constant, self.linear, self.square, strict=True)
        )

    @property
    def _still(self) -> Vector:
        return (0.0,) * len(self.constant)

    def _heats(self, interval: int, k0: float, slope: float) -> tuple[Vector, Vector]:
        constant, per_k, _, _ = self.in_interval(interval)
        heat = tuple(c + a * k0 for c, a in zip(constant, per_k, strict=True))
        return heat, tuple(a * slope for a in per_k)

    def _stretch(
        self, start: Vector, interval: int, k0: float, slope: float, dt: float
    ) -> tuple[Vector, float]:
        """Return temperatures and energy [J] after *dt*, mode by mode."""
        constant, linear, weights, power, per_k = self.in_modes(interval)
        mode = self.mode
        energy = (power + per_k * k0) * dt + per_k * slope * dt * dt / 2.0
        ends = []
        modes = zip(
            mode.rates, times(mode.project, start), constant, linear, weights, strict=True
        )
        for rate, z, at_zero, growth, weight in modes:
            forcing = at_zero + k0 * growth
            rising = slope * growth
            x = rate * dt
            phi1, phi2, phi3 = phi_functions(x)
            ends.append(exp(-x) * z + dt * (phi1 * forcing + dt * phi2 * rising))
            if weight != 0.0:
                inner = phi1 * z + dt * (phi2 * forcing + dt * phi3 * rising)
                energy += weight * dt * inner
        return times(mode.shapes, tuple(ends)), energy

    def in_modes(self, interval: int) -> tuple[Vector, Vector, Vector, float, float]:
        """Return per mode forcing, growth with k, weight in power; and power, its growth."""
        found = self._modal.get(interval)
        if found is None:
            found = self._modal[interval] = self._in_modes(interval)
        return found

    def _in_modes(self, interval: int) -> tuple[Vector, Vector, Vector, float, float]:
        mode = self.mode
        heat, per_k, power, power_k = self.in_interval(interval)
        weights = (0.0,) * len(heat)
        if self.weights is not None:
            columns = zip(*mode.shapes, strict=True)
            weights = tuple(sum(map(float.__mul__, self.weights, c)) for c in columns)
        return mode.forcing(heat), times(mode.into, per_k), weights, power, power_k

    def compiled(self, dt: float, interval: int) -> Affine:
        """Return the hold of *dt* seconds in one interval of the wear land, compiled."""
        key = dt, interval
        hold = self._holds.get(key)
        if hold is None:
            hold = self._holds[key] = affine(self, dt, interval)
        return hold

    def _safe(self) -> Vector | None:
        """Temperatures from which no limit can ever be reached under this load.

        The system is order-preserving, so the steady state of more heat, and any start below
        it, stays below it for ever (PHYSICS 5.4).
        """
        if self.limits is None:
            return (inf,) * len(self.constant)
        heat = self.worst_heat
        steady = self.mode.steady(heat)
        more = tuple(
            a - b
            for a, b in zip(self.mode.steady(tuple(h + 1.0 for h in heat)), steady, strict=True)
        )
        room = min(
            (limit - t) / m for limit, t, m in zip(self.limits, steady, more, strict=True)
        )
        if room <= 0.0:
            return None
        room = min(room, 1e6) * (1.0 - 1e-9)
        return tuple(t + room * m for t, m in zip(steady, more, strict=True))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The closed form of one node's temperature over a piece of a hold."""

    trajectory: Trajectory
    node: int
    duration: float
    k0: float
    slope: float


class Affine(NamedTuple):
    """One compiled hold: T' = phi T + psi0 + k psi1 + s psi2, energy likewise."""

    phi: Vector
    """Row by row."""
    psi: Vector
    """psi0, psi1, psi2."""
    row: Vector
    """Energy per kelvin at the start, node by node [J/K]."""
    energy: Vector
    """Constant, per k, per slope of k [J, J, J s]."""


def apply(hold: Affine, start: Vector, k: float, s: float) -> tuple[Vector, float]:
    """Return the temperatures after *hold* and its energy [J]; k grows by *s* a second.

    Five nodes are written out: a third of the time, and the same order of sums.
    """
    phi, psi, row, (e0, e1, e2) = hold
    energy = e0 + k * e1 + s * e2
    if len(start) == 5:
        t0, t1, t2, t3, t4 = start
        (
            a0, a1, a2, a3, a4, b0, b1, b2, b3, b4, c0, c1, c2, c3, c4,
            d0, d1, d2, d3, d4, f0, f1, f2, f3, f4,
        ) = phi  # fmt: skip
        p0, p1, p2, p3, p4, q0, q1, q2, q3, q4, r0, r1, r2, r3, r4 = psi
        if row:
            w0, w1, w2, w3, w4 = row
            energy += w0 * t0 + w1 * t1 + w2 * t2 + w3 * t3 + w4 * t4
        return (
            a0 * t0 + a1 * t1 + a2 * t2 + a3 * t3 + a4 * t4 + p0 + k * q0 + s * r0,
            b0 * t0 + b1 * t1 + b2 * t2 + b3 * t3 + b4 * t4 + p1 + k * q1 + s * r1,
            c0 * t0 + c1 * t1 + c2 * t2 + c3 * t3 + c4 * t4 + p2 + k * q2 + s * r2,
            d0 * t0 + d1 * t1 + d2 * t2 + d3 * t3 + d4 * t4 + p3 + k * q3 + s * r3,
            f0 * t0 + f1 * t1 + f2 * t2 + f3 * t3 + f4 * t4 + p4 + k * q4 + s * r4,
        ), energy
    n = len(start)
    if row:
        energy += sum(map(float.__mul__, row, start))
    return tuple(
        sum(map(float.__mul__, phi[i * n : i * n + n], start))
        + psi[i]
        + k * psi[n + i]
        + s * psi[2 * n + i]
        for i in range(n)
    ), energy


def affine(duty: ThermalDuty, dt: float, interval: int) -> Affine:
    """Compile the hold of *dt* seconds of *duty* in one interval of the wear land."""
    hold = duty.mode.hold(dt)
    heat, per_k, power, power_k = duty.in_interval(interval)
    n = len(heat)

    def response(matrix: Vector, source: Vector) -> Vector:
        return tuple(
            sum(map(float.__mul__, matrix[i * n : i * n + n], source)) for i in range(n)
        )

    psi0 = tuple(a + b for a, b in zip(response(hold.heat, heat), hold.base, strict=True))
    psi = psi0 + response(hold.heat, per_k) + response(hold.ramp, per_k)
    energy = [power * dt, power_k * dt, power_k * dt * dt / 2.0]
    row: Vector = ()
    if duty.weights is not None:
        weights = duty.weights
        row = tuple(
            sum([weights[i] * hold.int_phi[i * n + j] for i in range(n)]) for j in range(n)
        )
        sums = (
            tuple(
                a + b for a, b in zip(response(hold.int_heat, heat), hold.int_base, strict=True)
            ),
            response(hold.int_heat, per_k),
            response(hold.int_ramp, per_k),
        )
        for index, part in enumerate(sums):
            energy[index] += sum(map(float.__mul__, weights, part))
    return Affine(hold.phi, psi, row, tuple(energy))


@lru_cache(maxsize=4096)
def heating(
    spec: SpindleSpec, load: Load, limits: Vector, ambient: float, coolant: float
) -> ThermalDuty:
    """Compile the losses of *spec* under *load* into a thermal duty (PHYSICS 4.3, 5.7)."""
    nodes = spec.network.nodes
    n = len(nodes)
    constant, linear, square = [0.0] * n, [0.0] * n, [0.0] * n
    slopes = [0.0] * n
    friction = [0.0, 0.0]
    for heat in load.heats:
        i = nodes.index(heat.node)
        constant[i] += heat.constant - heat.slope * heat.reference
        linear[i] += heat.per_wear
        slopes[i] += heat.slope
        friction[0] += heat.constant - heat.slope * heat.reference
        friction[1] += heat.per_wear
    power = [0.0, 0.0, 0.0]
    if load.turning:
        losses, copper_slope = motor_losses(spec, load)
        reference = spec.motor_reference
        constant[0] += losses[0] - copper_slope * reference
        linear[0] += losses[1]
        square[0] += losses[2]
        slopes[0] += copper_slope
        useful = load.power + load.spinning_up
        power[0] = useful + friction[0] + losses[0] - copper_slope * reference
        power[1] = load.power + friction[1] + losses[1]
        power[2] = losses[2]
    weights = tuple(slopes) if any(slopes) else None
    mode = thermal_mode(spec.network, ambient, coolant if load.coolant else None, weights or ())
    return ThermalDuty(
        mode,
        (tuple(constant), tuple(linear), tuple(square)),
        (power[0], power[1], power[2]),
        weights,
        load.wear_gain,
        frozenset(load.durations),
        limits if any(limit < inf for limit in limits) else None,
    )


def motor_losses(spec: SpindleSpec, load: Load) -> tuple[tuple[float, float, float], float]:
    """Return the motor's losses [W], constant, per k and per chord of K^2, and their slope.

    A plain duration has the assumed losses of PHYSICS 5.7; a computed cut has copper, iron
    and additional losses of PHYSICS 4.3, the copper slope taken at K_VB = 1.
    """
    if load.share is not None:
        assumed = assumed_loads(
            load.share, rated_power=spec.rated_power, cutting_speed=spec.cutting_speed
        )
        return (assumed.motor, 0.0, 0.0), 0.0
    warm = 1.0 + COPPER * (spec.motor_reference - 20.0)
    idle = 3.0 * spec.resistance * spec.idle_current**2
    loaded = 3.0 * spec.resistance * (load.torque / spec.torque_constant) ** 2
    iron = spec.iron_linear * load.speed + spec.iron_square * load.speed**2
    additional = spec.additional_loss * load.power
    # A run-up is a few seconds of mean heat (KERNEL 11). At its torque, held for ever without
    # cooling, copper would run away; that is no reason to refuse a second of it.
    slope = 0.0 if load.spinning_up > 0.0 else (idle + loaded) * COPPER
    return (
        (idle * warm + iron + additional, additional, loaded * warm),
        slope,
    )


@lru_cache(maxsize=512)
def thermal_mode(
    network: Network, ambient: float, coolant: float | None, slopes: Vector
) -> ThermalMode:
    """Return the mode of *network* once for all loads that share speed slopes and cooling."""
    return network.mode(ambient=ambient, coolant=coolant, slopes=slopes)
