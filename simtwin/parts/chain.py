"""This module holds the chain of a piece: the heat of all its holds, compiled into one map.

Holds without wear are folded into one constant. A cut stays apart: it adds what its wear at
the start and its slope make of it, and each knot of the wear land inside it bends the ramp
from there on, which is one more ramp that begins at 0 (PHYSICS 1 rule 6, 5.6).
"""

from __future__ import annotations

from functools import lru_cache
from math import expm1, inf
from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.heat import ThermalDuty
from simtwin.parts.tool import SLOPES
from simtwin.physics.chain import Link, outlooks
from simtwin.physics.modal import times

if TYPE_CHECKING:
    from simtwin.physics.modal import Matrix

Vector = tuple[float, ...]

Terms = tuple[Vector, Vector, Vector]
"""What a cut adds to each end temperature and account: constant, per k, per slope of k."""

Bend = tuple["Matrix", float, float]
"""What ramp responses of the modes add to each end temperature and account, and what t^2/2 and
t^3/2 add to the account of the cut."""

COLDEST = -50.0
"""No start is looked for below [degC]."""
HALVINGS = 12
"""How often the range of starts is halved: to a thirtieth of a kelvin."""
MARGIN = 1e-6
"""What rounding may never eat [K]."""


class Heated(NamedTuple):
    """One hold of a chain."""

    duty: ThermalDuty
    seconds: float
    account: int
    """Where its energy is counted."""
    cut: bool
    """Whether a tool wears in it."""


class CutHeat:
    """A cut of a chain: what its wear adds to the end temperatures and to the accounts."""

    __slots__ = ("_account", "_bent", "_outlook", "_through", "duty", "known", "seconds")

    def __init__(self, hold: Heated, outlook: Matrix) -> None:
        self.duty = hold.duty
        self.seconds = hold.seconds
        self._account = len(hold.duty.constant) + hold.account
        self._outlook = outlook
        columns = zip(*hold.duty.mode.shapes, strict=True)
        self._through: Matrix = tuple(
            zip(*(times(outlook, column) for column in columns), strict=True)
        )
        self.known: list[Terms | None] = [None] * len(SLOPES)
        """Its terms in each interval of the wear land, once they were asked for."""
        self._bent: dict[int, Bend] = {}

    def terms(self, interval: int) -> Terms:
        """Return what it adds if it begins in *interval* of the wear land."""
        hold = self.duty.compiled(self.seconds, interval)
        n = len(self.duty.constant)
        first, second, third = (
            self._arrived(hold.psi[i * n : i * n + n], hold.energy[i]) for i in range(3)
        )
        found = self.known[interval] = first, second, third
        return found

    def _arrived(self, psi: Vector, energy: float) -> Vector:
        end = list(times(self._outlook, psi))
        end[self._account] += energy
        return tuple(end)

    def bend(self, interval: int, rate: float, left: float) -> list[float]:
        """Return what a knot adds: from it on, k climbs at another slope.

        The knot ends *interval* of the wear land, *left* seconds before the end of the cut; the
        edge wears at *rate* [1/s].
        """
        bent = self._bent.get(interval)
        if bent is None:
            bent = self._bent[interval] = self._bends(interval)
        rows, per_half, per_third = bent
        half = 0.5 * left * left
        # Ramp response of each mode; its rounding stays below 1e-15 of the slope.
        risen = [
            rate * ((left + expm1(-pace * left) / pace) / pace if pace > 0.0 else half)
            for pace in self.duty.mode.rates
        ]
        ends = list(times(rows, tuple(risen)))
        ends[self._account] += rate * half * (per_half + left * per_third)
        return ends

    def _bends(self, interval: int) -> Bend:
        """Return what ramp responses, and t^2/2 and t^3/2 of the account, add per unit of rate.

        A mode whose ramp response is r(t) has risen by the area ``(t^2/2 - r)/pace`` in the
        meantime, and by ``t^3/6`` if nothing draws it back.
        """
        _, per_k, weights, _, power = self.duty.in_modes(interval)
        _, per_k_on, _, _, power_on = self.duty.in_modes(interval + 1)
        steep, on = (self.duty.gain * SLOPES[i] for i in (interval, interval + 1))
        bent = [a * on - b * steep for a, b in zip(per_k_on, per_k, strict=True)]
        rows = [
            [one * rising for one, rising in zip(row, bent, strict=True)]
            for row in self._through
        ]
        half, third = power_on * on - power * steep, 0.0
        modes = zip(self.duty.mode.rates, weights, bent, strict=True)
        for mode, (pace, weight, rising) in enumerate(modes):
            if pace > 0.0:
                rows[self._account][mode] -= weight * rising / pace
                half += weight * rising / pace
            else:
                third += weight * rising / 3.0
        return tuple(map(tuple, rows)), half, third


class Chain:
    """The holds of a piece, composed; immutable but for what it has compiled."""

    __slots__ = (
        "_calm_after", "_cuts", "_holds", "_levels", "_parts", "_points", "_rows", "calm",
        "cuts",
    )  # fmt: skip

    def __init__(
        self,
        holds: tuple[Heated, ...],
        given: Vector,
        points: tuple[Matrix, ...],
        cuts: tuple[CutHeat | None, ...],
        levels: Vector,
    ) -> None:
        n = len(holds[0].duty.constant)
        constant = [*[0.0] * n, *given]
        for hold, outlook in zip(holds, points[1:], strict=True):
            if not hold.cut:
                _, psi, _, energy = hold.duty.compiled(hold.seconds, 0)
                for i, end in enumerate(times(outlook, psi[:n])):
                    constant[i] += end
                constant[n + hold.account] += energy[0]
        self._holds, self._points, self._cuts, self._levels = holds, points, cuts, levels
        self._parts: dict[tuple[tuple[Heated, ...], Vector], Chain] = {}
        self._rows = tuple((*row, c) for row, c in zip(points[0], constant, strict=True))
        """Per end temperature and account: per kelvin at the start, and a constant."""
        self.cuts = tuple(cut for cut in cuts if cut is not None)
        """In their order."""
        self.calm = levels[0]
        """No limit is reached within the chain when no node begins it hotter [degC]."""
        self._calm_after: dict[ThermalDuty, bool] = {}
        """What `stays_calm` has found of each rest."""

    def stays_calm(self, rest: ThermalDuty) -> bool:
        """Tell whether chain after chain can begin calm for ever, *rest* between them.

        The network keeps order: what is nowhere hotter than a start from which the chain, worn
        to the limit, comes back no hotter, and from which a rest makes no node rise, stays so.
        """
        found = self._calm_after.get(rest)
        if found is None:
            found = self._calm_after[rest] = self._stays_calm(rest)
        return found

    def _stays_calm(self, rest: ThermalDuty) -> bool:
        level = self.calm
        if level == inf or level == -inf:
            return level > 0.0
        nodes = start = (level - MARGIN,) * len(rest.constant)
        for hold in self._holds:
            nodes = hold.duty.mode.after(nodes, hold.duty.worst_heat, (), hold.seconds)
        return max(nodes) < level - MARGIN and rest.mode.falls(start, rest.worst_heat)

    def part(self, holds: tuple[Heated, ...], given: Vector) -> Chain:
        """Return the chain of *holds*, made once; from this one if they are its first or last.

        To know when holds are calm costs more than all else of a chain.
        """
        found = self._parts.get((holds, given))
        if found is None:
            found = self._parts[holds, given] = self._part(holds, given)
        return found

    def _part(self, holds: tuple[Heated, ...], given: Vector) -> Chain:
        count = len(holds)
        if self._holds[-count:] == holds:
            points, cuts = self._points[-count - 1 :], self._cuts[-count:]
            return Chain(holds, given, points, cuts, self._levels[-count:])
        if self._holds[:count] == holds:
            return Chain(holds, given, *_linked(holds, len(given)), self._levels)
        return chain(holds, given)

    def ends(self, start: Vector, cuts: list[tuple[Terms, float, float]]) -> list[float]:
        """Return end temperatures and accounts.

        Per cut: its terms, k at its start, and how k climbs [1/s]. Five nodes and two accounts
        are written out: half the time, and the same order of sums.
        """
        if len(start) != 5 or len(self._rows) != 7:
            return self._ends(start, cuts)
        t0, t1, t2, t3, t4 = start
        p, q, r, s, t, u, v = [
            a * t0 + b * t1 + c * t2 + d * t3 + e * t4 + f for a, b, c, d, e, f in self._rows
        ]
        for (
            (a0, a1, a2, a3, a4, a5, a6), (b0, b1, b2, b3, b4, b5, b6),
            (c0, c1, c2, c3, c4, c5, c6),
        ), k, slope in cuts:  # fmt: skip
            p += a0 + k * b0 + slope * c0
            q += a1 + k * b1 + slope * c1
            r += a2 + k * b2 + slope * c2
            s += a3 + k * b3 + slope * c3
            t += a4 + k * b4 + slope * c4
            u += a5 + k * b5 + slope * c5
            v += a6 + k * b6 + slope * c6
        return [p, q, r, s, t, u, v]

    def _ends(self, start: Vector, cuts: list[tuple[Terms, float, float]]) -> list[float]:
        ends = [
            sum([a * t for a, t in zip(row[:-1], start, strict=True)]) + row[-1]
            for row in self._rows
        ]
        for (still, per_k, per_slope), k, slope in cuts:
            for i, (a, b, c) in enumerate(zip(still, per_k, per_slope, strict=True)):
                ends[i] += a + k * b + slope * c
        return ends


def calm(holds: tuple[Heated, ...]) -> Vector:
    """Return levels [degC] such that no hold trips if every node is below that of its hold.

    The network keeps order: a start that is nowhere hotter, and less wear, stay below
    for ever. So one look at the worst wear from one uniform start speaks for all below it,
    and wherever it has come to, the rest of the holds is safe from there.
    """
    duties = {hold.duty for hold in holds}
    limits = [limit for duty in duties for limit in duty.limits or () if limit < inf]
    if not limits:
        return (inf,) * len(holds)
    never = (-inf,) * len(holds)
    if any(min(*duty.linear, *duty.square) < 0.0 for duty in duties):
        return never
    low, high = COLDEST, max(limits)
    found = _passed(holds, low)
    if found is None:
        return never
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        levels = _passed(holds, middle)
        if levels is None:
            high = middle
        else:
            low, found = middle, levels
    return tuple(level - MARGIN for level in found)


def _passed(holds: tuple[Heated, ...], level: float) -> list[float] | None:
    """Return the coldest node at the start of each hold, the first begun at *level* throughout.

    Worn to the limit; None when the chain trips.
    """
    nodes: Vector = (level,) * len(holds[0].duty.constant)
    levels = []
    for hold in holds:
        duty = hold.duty
        heat = duty.worst_heat
        levels.append(min(nodes))
        if duty.limits is not None:
            if any(map(float.__ge__, nodes, duty.limits)):
                return None
            if duty.mode.first_above(nodes, heat, (), hold.seconds, duty.limits) is not None:
                return None
        nodes = duty.mode.after(nodes, heat, (), hold.seconds)
    return levels


def _linked(
    holds: tuple[Heated, ...], accounts: int
) -> tuple[tuple[Matrix, ...], tuple[CutHeat | None, ...]]:
    """Return what each point of *holds* does to the end, and their cuts."""
    n = len(holds[0].duty.constant)
    links = []
    for hold in holds:
        phi, _, row, _ = hold.duty.compiled(hold.seconds, 0)
        matrix = tuple(phi[i * n : i * n + n] for i in range(n))
        links.append(Link(matrix, ((hold.account, row),) if row else ()))
    points = outlooks(tuple(links), n, accounts)
    cuts = tuple(
        CutHeat(hold, outlook) if hold.cut else None
        for hold, outlook in zip(holds, points[1:], strict=True)
    )
    return points, cuts


@lru_cache(maxsize=1024)
def chain(holds: tuple[Heated, ...], given: Vector) -> Chain:
    """Return the chain of *holds*, once for all machines of a kind."""
    return Chain(holds, given, *_linked(holds, len(given)), calm(holds))
