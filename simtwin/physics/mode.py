"""This module holds the thermal mode: a network at one set of conditions, advanced exactly.

The linear law ``C dT/dt = -K T + q`` in its modes (PHYSICS 5.4): a :class:`ThermalMode` answers
every question between two events, a :class:`Hold` is one mode over one duration as an affine
map, a :class:`Trajectory` gives single nodes in closed form. Temperatures are in degC, heats in
W, ramps in W/s, times in s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.curve import Curve
from simtwin.physics.modal import Matrix, phi_functions, symmetric_modes, times

if TYPE_CHECKING:
    from simtwin.physics.thermal import Network

Vector = tuple[float, ...]

HOLDS_KEPT = 512
"""Holds that one mode remembers; the oldest goes first."""
_STILL = 1e-14
"""A rate below this share of the fastest is a mode without a way out."""
_ROUNDING = 1e-12
"""A sum below this share of its terms is nothing."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One mode over one duration as an affine map, the matrices flat by rows.

    ``T' = phi T + heat q0 + ramp q1 + base`` and
    ``int T dt = int_phi T + int_heat q0 + int_ramp q1 + int_base``.
    """

    duration: float
    phi: Vector
    heat: Vector
    """[K/W]"""
    ramp: Vector
    """[K s/W]"""
    base: Vector
    """What the boundaries add [K]."""
    int_phi: Vector
    """[s]"""
    int_heat: Vector
    """[K s/W]"""
    int_ramp: Vector
    """[K s2/W]"""
    int_base: Vector
    """[K s]"""


class Trajectory:
    """The temperatures of one hold in closed form, from which single nodes are read."""

    __slots__ = ("_forced", "_free", "_mode", "_square", "_straight")

    def __init__(self, mode: ThermalMode, start: Vector, heat: Vector, ramp: Vector) -> None:
        self._mode = mode
        constant = mode.forcing(heat)
        growing = times(mode.into, ramp) if ramp else (0.0,) * len(heat)
        forced, straight, square, free = [], [], [], []
        modes = zip(mode.rates, times(mode.project, start), constant, growing, strict=True)
        for rate, z, p0, p1 in modes:
            if rate > 0.0:
                f = (p0 - p1 / rate) / rate
                forced.append(f)
                straight.append(p1 / rate)
                square.append(0.0)
                free.append(z - f)
            else:
                forced.append(z)
                straight.append(p0)
                square.append(0.5 * p1)
                free.append(0.0)
        self._forced, self._straight = tuple(forced), tuple(straight)
        self._square, self._free = tuple(square), tuple(free)

    def curve(self, node: int) -> Curve:
        """Return the curve of node number *node*."""
        shape = self._mode.shapes[node]
        forced, straight, square = self._forced, self._straight, self._square
        constant = slope = bend = 0.0
        for v, f, s, q in zip(shape, forced, straight, square, strict=True):
            constant += v * f
            slope += v * s
            bend += v * q
        still = self._mode.still
        return Curve(
            self._mode.rates[still:],
            tuple([v * c for v, c in zip(shape[still:], self._free[still:], strict=True)]),
            constant,
            slope,
            bend,
        )

    def at(self, node: int, t: float) -> float:
        """Return the temperature of node number *node* at *t* [s] [degC]."""
        return self.curve(node).at(t)


class ThermalMode:
    """A network at one coolant, ambient and set of slopes; made by `Network.mode`.

    *conductances* is K [W/K] with the slopes in it, *boundary* the heat from the boundaries
    with the nodes at 0 degC [W]; *unstable* says that a slope is positive, and then K must be
    positive definite or `OutOfRange` says thermal runaway.

    Starts, heats and ramps are tuples in the order of the nodes; the heat into the nodes is
    ``heat + ramp t`` over a hold, and an empty ramp is none.
    """

    __slots__ = (
        "_holds",
        "_patience",
        "_pull",
        "_resistance",
        "boundary",
        "into",
        "network",
        "project",
        "rates",
        "shapes",
        "still",
    )

    network: Network
    rates: Vector
    """Of the modes, rising [1/s]; 0 for a mode without a way out."""
    still: int
    """How many rates are 0."""
    shapes: Matrix
    """V: node by mode."""
    project: Matrix
    """W: mode by node, ``W V = 1``."""
    into: Matrix
    """V transposed: heats on nodes to forcing of modes."""
    boundary: Vector
    """Heat from the boundaries at 0 degC into each node [W]."""

    def __init__(
        self, network: Network, conductances: Matrix, boundary: Vector, *, unstable: bool
    ) -> None:
        self.network, self.boundary = network, boundary
        roots = [math.sqrt(capacity) for capacity in network.capacities]
        scaled = tuple(
            tuple(g / (x * y) for g, y in zip(row, roots, strict=True))
            for row, x in zip(conductances, roots, strict=True)
        )
        rates, vectors = symmetric_modes(scaled)
        bound = _STILL * max(1e-300, rates[-1])
        if unstable and rates[0] <= bound:
            raise OutOfRange(
                "thermal runaway: heat grows with temperature faster than the network loses it "
                f"(slowest rate {rates[0]:.3g} 1/s, must be positive)"
            )
        self.rates = tuple(0.0 if rate <= bound else rate for rate in rates)
        self.still = self.rates.count(0.0)
        pairs = list(zip(vectors, roots, strict=True))
        self.shapes = tuple(tuple(u / root for u in row) for row, root in pairs)
        columns = [[u * root for u in row] for row, root in pairs]
        self.project = tuple(zip(*columns, strict=True))
        self.into = tuple(zip(*self.shapes, strict=True))
        self._holds: dict[float, Hold] = {}
        self._resistance: Matrix = () if self.still else self._inverse()
        self._pull = () if self.still else times(self._resistance, network.capacities)
        self._patience = tuple(1.0 / pull for pull in self._pull)

    def forcing(self, heat: Vector) -> Vector:
        """Return the forcing of the modes by *heat* [W] and the boundaries."""
        both = tuple([q + b for q, b in zip(heat, self.boundary, strict=True)])
        return times(self.into, both)

    def steady(self, heat: Vector) -> Vector:
        """Return the temperatures that constant *heat* [W] leads to."""
        if self.still:
            raise OutOfRange("no steady state: some nodes of the network have no boundary")
        both = tuple([q + b for q, b in zip(heat, self.boundary, strict=True)])
        return times(self._resistance, both)

    def after(self, start: Vector, heat: Vector, ramp: Vector, dt: float) -> Vector:
        """Return the temperatures *dt* [s] after *start*.

        >>> from simtwin.physics.thermal import DEFAULT_NETWORK
        >>> mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
        >>> end = mode.after((22.0,) * 5, (900.0, 250.0, 150.0, 0.0, 0.0), (), 3600.0)
        >>> [round(t, 3) for t in end]
        [51.525, 53.841, 50.598, 48.159, 37.44]
        """
        forcing = self.forcing(heat)
        if not (ramp and any(ramp)):
            return self.relaxed(start, forcing, dt)
        z, rising = times(self.project, start), times(self.into, ramp)
        modes = zip(self.rates, z, forcing, rising, strict=True)
        return times(self.shapes, tuple([_after(dt, *mode) for mode in modes]))

    def falls(self, start: Vector, heat: Vector) -> bool:
        """Return whether no node rises from *start* under constant *heat* [W], to rounding.

        The network keeps order: then none will ever be hotter than it was at the start.

        >>> from simtwin.physics.thermal import DEFAULT_NETWORK
        >>> mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
        >>> mode.falls((60.0,) * 5, (0.0,) * 5), mode.falls((60.0,) * 5, (900.0,) * 5)
        (True, False)
        """
        pulls = [
            pull - rate * z
            for pull, rate, z in zip(
                self.forcing(heat), self.rates, times(self.project, start), strict=True
            )
        ]
        for row in self.shapes:
            terms = [shape * pull for shape, pull in zip(row, pulls, strict=True)]
            if sum(terms) > _ROUNDING * sum(map(abs, terms)):
                return False
        return True

    def relaxed(self, start: Vector, forcing: Vector, dt: float) -> Vector:
        """Return the temperatures *dt* [s] after *start* under constant *forcing* of the modes.

        Of the way of each mode to where it settles, ``e^-x`` is left. Five nodes are written
        out, in the same order of sums.
        """
        if len(start) != 5 or self.still:
            return self._relaxed(start, forcing, dt)
        t0, t1, t2, t3, t4 = start
        rates, project = self.rates, self.project
        ends = []
        for i, pull in enumerate(forcing):
            rate, (m, n, o, p, q) = rates[i], project[i]
            settled = pull / rate
            way = m * t0 + n * t1 + o * t2 + p * t3 + q * t4 - settled
            ends.append(settled + exp(-rate * dt) * way)
        a, b, c, d, e = ends
        return tuple([m * a + n * b + o * c + p * d + q * e for m, n, o, p, q in self.shapes])

    def _relaxed(self, start: Vector, forcing: Vector, dt: float) -> Vector:
        ends = []
        for rate, z, pull in zip(self.rates, times(self.project, start), forcing, strict=True):
            if rate > 0.0:
                ends.append(pull / rate + exp(-rate * dt) * (z - pull / rate))
            else:
                ends.append(z + dt * pull)
        return times(self.shapes, tuple(ends))

    def integral(self, start: Vector, heat: Vector, ramp: Vector, dt: float) -> Vector:
        """Return the integral of each node's temperature over *dt* [K s].

        >>> from simtwin.physics.thermal import Network
        >>> one = Network(("a",), (1000.0,), (), (("a", "ambient", 1.0),))
        >>> mode = one.mode(ambient=20.0, coolant=None)
        >>> [round(total, 6) for total in mode.integral((20.0,), (0.0,), (), 100.0)]
        [2000.0]
        """
        growing = times(self.into, ramp) if ramp else (0.0,) * len(start)
        modes = zip(
            self.rates, times(self.project, start), self.forcing(heat), growing, strict=True
        )
        totals = []
        for rate, z, p0, p1 in modes:
            phi1, phi2, phi3 = phi_functions(rate * dt)
            totals.append(dt * (phi1 * z + dt * (phi2 * p0 + dt * phi3 * p1)))
        return times(self.shapes, tuple(totals))

    def hold(self, dt: float) -> Hold:
        """Return the mode over *dt* [s] as an affine map, remembered for the next time."""
        hold = self._holds.get(dt)
        if hold is None:
            if len(self._holds) >= HOLDS_KEPT:
                del self._holds[next(iter(self._holds))]
            hold = self._holds[dt] = self._compile(dt)
        return hold

    def trajectory(self, start: Vector, heat: Vector, ramp: Vector = ()) -> Trajectory:
        """Return the temperatures of a hold in closed form."""
        return Trajectory(self, start, heat, ramp)

    def certainly_below(
        self, start: Vector, heat: Vector, ramp: Vector, horizon: float, limits: Vector
    ) -> bool:
        """Return whether no node can reach its limit in (0, *horizon*]; False: perhaps.

        The network keeps order, so any X with ``K X >= q`` and ``X >= start`` stays above it
        for ever: ``X = Tss + theta K^-1 C`` with the smallest theta >= 0, Tss under the largest
        heats of the hold. A few dozen operations; never wrong when it says True.
        """
        if self.still:
            return False
        if ramp and any(ramp):
            grown = [q + r * horizon if r > 0.0 else q for q, r in zip(heat, ramp, strict=True)]
            heat = tuple(grown)
        steady, theta = self.steady(heat), 0.0
        for now, end, patience in zip(start, steady, self._patience, strict=True):
            excess = (now - end) * patience
            if excess > theta:
                theta = excess
        for end, pull, limit in zip(steady, self._pull, limits, strict=True):
            if end + theta * pull >= limit:
                return False
        return True

    def first_above(
        self, start: Vector, heat: Vector, ramp: Vector, horizon: float, limits: Vector
    ) -> tuple[float, int] | None:
        """Return the first instant in (0, *horizon*] at which a node reaches its limit.

        As ``(dt, node)``, or None. *limits* has `math.inf` for none; *horizon* may be infinite.
        A node that starts at or above its limit is the caller's business: here it crosses
        only when it comes from below. Located to 1e-11 s, at or above the limit there.

        >>> from simtwin.physics.thermal import DEFAULT_NETWORK
        >>> hot = DEFAULT_NETWORK.mode(ambient=22.0, coolant=None)
        >>> cold = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
        >>> heat = (900.0, 250.0, 150.0, 0.0, 0.0)
        >>> limits = (math.inf, 70.0, math.inf, math.inf, math.inf)
        >>> at, node = hot.first_above(cold.steady(heat), heat, (), math.inf, limits)
        >>> round(at, 2), DEFAULT_NETWORK.nodes[node]
        (1746.96, 'front')
        """
        if self.certainly_below(start, heat, ramp, horizon, limits):
            return None
        path = Trajectory(self, start, heat, ramp)
        first: tuple[float, int] | None = None
        for node, limit in enumerate(limits):
            if limit < math.inf:
                at = path.curve(node).first_rise(limit, 0.0, horizon)
                if at is not None and (first is None or at < first[0]):
                    first = at, node
                    horizon = at
        return first

    def first_all_below(
        self, start: Vector, heat: Vector, horizon: float, levels: Vector
    ) -> float | None:
        """Return the first instant in [0, *horizon*] with every node at or below its level.

        All at the same time, under constant *heat*; `math.inf` asks nothing of a node.

        >>> from simtwin.physics.thermal import Network
        >>> one = Network(("a",), (1000.0,), (), (("a", "ambient", 1.0),))
        >>> mode = one.mode(ambient=20.0, coolant=None)
        >>> round(mode.first_all_below((60.0,), (0.0,), math.inf, (40.0,)), 6)
        693.147181
        """
        path = Trajectory(self, start, heat, ())
        curves = [
            (path.curve(node), level) for node, level in enumerate(levels) if level < math.inf
        ]
        at, waiting = 0.0, True
        while waiting:
            waiting = False
            for curve, level in curves:
                if curve.at(at) > level:
                    fallen = curve.first_fall(level, at, horizon)
                    if fallen is None:
                        return None
                    at, waiting = fallen, True
        return at

    def _inverse(self) -> Matrix:
        """Return K^-1 from the modes [K/W]."""
        return tuple(
            tuple(
                sum([a * b / rate for a, b, rate in zip(x, y, self.rates, strict=True)])
                for y in self.shapes
            )
            for x in self.shapes
        )

    def _compile(self, dt: float) -> Hold:
        states, one, two, three = [], [], [], []
        for rate in self.rates:
            phi1, phi2, phi3 = phi_functions(rate * dt)
            states.append(exp(-rate * dt))
            one.append(dt * phi1)
            two.append(dt * dt * phi2)
            three.append(dt * dt * dt * phi3)
        project, into = tuple(zip(*self.project, strict=True)), self.shapes
        heat, ramp = _spread(self.shapes, one, into), _spread(self.shapes, two, into)
        return Hold(
            duration=dt,
            phi=_spread(self.shapes, states, project),
            heat=heat,
            ramp=ramp,
            base=_flat_times(heat, self.boundary),
            int_phi=_spread(self.shapes, one, project),
            int_heat=ramp,
            int_ramp=_spread(self.shapes, three, into),
            int_base=_flat_times(ramp, self.boundary),
        )


def _after(dt: float, rate: float, z: float, p0: float, p1: float) -> float:
    """Return one mode *dt* later under the forcing ``p0 + p1 t``."""
    phi1, phi2, _ = phi_functions(rate * dt)
    return exp(-rate * dt) * z + dt * (phi1 * p0 + dt * phi2 * p1)


def _spread(rows: Matrix, middle: list[float], columns: Matrix) -> Vector:
    """Return ``rows diag(middle) columns^T``, flat by rows."""
    return tuple(
        sum([x * m * y for x, m, y in zip(row, middle, column, strict=True)])
        for row in rows
        for column in columns
    )


def _flat_times(flat: Vector, vector: Vector) -> Vector:
    n = len(vector)
    return times(tuple(flat[i : i + n] for i in range(0, n * n, n)), vector)
