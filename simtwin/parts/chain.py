"""This module holds the chain of a piece: the heat of all its holds, compiled into one map.

Holds without wear are folded into one constant. A cut stays apart: it adds what its wear at
the start and its slope make of it, and each knot of the wear land inside it bends the ramp
from there on, which is one more ramp that begins at 0 (PHYSICS 1 rule 6, 5.6).
"""

from __future__ import annotations

from functools import lru_cache
from math import expm1, inf
from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.tool import SLOPES
from simtwin.physics.chain import Link, outlooks
from simtwin.physics.modal import times

if TYPE_CHECKING:
    from simtwin.parts.heat import ThermalDuty
    from simtwin.physics.modal import Matrix

Vector = tuple[float, ...]

Terms = tuple[Vector, Vector, Vector]
"""What a cut adds to each end temperature and account: constant, per k, per slope of k."""

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

    __slots__ = ("_account", "_bent", "_outlook", "_terms", "_through", "duty", "seconds")

    def __init__(self, hold: Heated, outlook: Matrix) -> None:
        self.duty = hold.duty
        self.seconds = hold.seconds
        self._account = len(hold.duty.constant) + hold.account
        self._outlook = outlook
        columns = zip(*hold.duty.mode.shapes, strict=True)
        self._through: Matrix = tuple(
            zip(*(times(outlook, column) for column in columns), strict=True)
        )
        self._terms: dict[int, Terms] = {}
        self._bent: dict[int, Matrix] = {}

    def terms(self, interval: int) -> Terms:
        """Return what it adds if it begins in *interval* of the wear land."""
        found = self._terms.get(interval)
        if found is None:
            hold = self.duty.compiled(self.seconds, interval)
            n = len(self.duty.constant)
            first, second, third = (
                self._arrived(hold.psi[i * n : i * n + n], hold.energy[i]) for i in range(3)
            )
            found = self._terms[interval] = first, second, third
        return found

    def _arrived(self, psi: Vector, energy: float) -> Vector:
        end = list(times(self._outlook, psi))
        end[self._account] += energy
        return tuple(end)

    def bend(self, interval: int, rate: float, left: float) -> tuple[float, ...]:
        """Return what a knot adds: from it on, k climbs at another slope.

        The knot ends *interval* of the wear land, *left* seconds before the end of the cut; the
        edge wears at *rate* [1/s].
        """
        rows = self._bent.get(interval)
        if rows is None:
            rows = self._bent[interval] = self._bends(interval)
        half = 0.5 * left * left
        # Ramp response of each mode; its rounding stays below 1e-15 of the slope.
        risen = [
            rate * ((left + expm1(-pace * left) / pace) / pace if pace > 0.0 else half)
            for pace in self.duty.mode.rates
        ]
        if len(risen) == 5:
            a, b, c, d, e = risen
            f, g = rate * half, rate * half * left
            return tuple([
                i * a + j * b + k * c + m * d + n * e + o * f + p * g
                for i, j, k, m, n, o, p in rows
            ])  # fmt: skip
        return times(rows, (*risen, rate * half, rate * half * left))

    def _bends(self, interval: int) -> Matrix:
        """Return what ramp responses, t^2/2 and t^3/2 add, per unit of the edge's rate.

        A mode whose ramp response is r(t) has risen by the area ``(t^2/2 - r)/pace`` in the
        meantime, and by ``t^3/6`` if nothing draws it back.
        """
        _, per_k, weights, _, power = self.duty.in_modes(interval)
        _, per_k_on, _, _, power_on = self.duty.in_modes(interval + 1)
        steep, on = (self.duty.gain * SLOPES[i] for i in (interval, interval + 1))
        paces = self.duty.mode.rates
        bent = [a * on - b * steep for a, b in zip(per_k_on, per_k, strict=True)]
        rows = [
            [*[one * rising for one, rising in zip(row, bent, strict=True)], 0.0, 0.0]
            for row in self._through
        ]
        account = rows[self._account]
        account[-2] = power_on * on - power * steep
        for mode, (pace, weight, rising) in enumerate(zip(paces, weights, bent, strict=True)):
            if pace > 0.0:
                account[mode] -= weight * rising / pace
                account[-2] += weight * rising / pace
            else:
                account[-1] += weight * rising / 3.0
        return tuple(map(tuple, rows))


class Chain:
    """The holds of a piece, composed; immutable but for what its cuts have compiled."""

    __slots__ = ("_rows", "calm", "cuts")

    def __init__(self, holds: tuple[Heated, ...], given: Vector) -> None:
        n = len(holds[0].duty.constant)
        links = []
        for hold in holds:
            phi, _, row, _ = hold.duty.compiled(hold.seconds, 0)
            matrix = tuple(phi[i * n : i * n + n] for i in range(n))
            links.append(Link(matrix, ((hold.account, row),) if row else ()))
        points = outlooks(tuple(links), n, len(given))
        constant = [*[0.0] * n, *given]
        cuts = []
        for hold, outlook in zip(holds, points[1:], strict=True):
            if hold.cut:
                cuts.append(CutHeat(hold, outlook))
                continue
            _, psi, _, energy = hold.duty.compiled(hold.seconds, 0)
            for i, end in enumerate(times(outlook, psi[:n])):
                constant[i] += end
            constant[n + hold.account] += energy[0]
        self.cuts = tuple(cuts)
        """In their order."""
        self._rows = tuple((*row, c) for row, c in zip(points[0], constant, strict=True))
        """Per end temperature and account: per kelvin at the start, and a constant."""
        self.calm = calm(holds)
        """No limit is reached within the chain when no node begins it hotter [degC]."""

    def ends(self, start: Vector, cuts: list[tuple[Terms, float, float]]) -> list[float]:
        """Return end temperatures and accounts.

        Per cut: its terms, k at its start, and how k climbs [1/s].
        """
        if len(start) == 5:
            t0, t1, t2, t3, t4 = start
            ends = [
                a * t0 + b * t1 + c * t2 + d * t3 + e * t4 + f
                for a, b, c, d, e, f in self._rows
            ]
        else:
            ends = [
                sum([a * t for a, t in zip(row[:-1], start, strict=True)]) + row[-1]
                for row in self._rows
            ]
        if len(cuts) % 2:
            (still, per_k, per_slope), k, s = cuts[-1]
            ends = [
                x + a + k * b + s * c
                for x, a, b, c in zip(ends, still, per_k, per_slope, strict=True)
            ]
        # Two at a time: a third less to do.
        for ((still, per_k, per_s), k, s), ((other, per_m, per_u), m, u) in zip(
            cuts[::2], cuts[1::2], strict=False
        ):
            ends = [
                x + a + k * b + s * c + d + m * e + u * f
                for x, a, b, c, d, e, f in zip(
                    ends, still, per_k, per_s, other, per_m, per_u, strict=True
                )
            ]
        return ends


def calm(holds: tuple[Heated, ...]) -> float:
    """Return a start [degC] such that no hold trips if every node begins at or below it.

    The network keeps order: a start that is nowhere hotter, and less wear, stay below
    for ever. So one look at the worst wear from one uniform start speaks for all below it.
    """
    duties = {hold.duty for hold in holds}
    limits = [limit for duty in duties for limit in duty.limits or () if limit < inf]
    if not limits:
        return inf
    if any(min(*duty.linear, *duty.square) < 0.0 for duty in duties):
        return -inf
    low, high = COLDEST, max(limits)
    if not _passes(holds, low):
        return -inf
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _passes(holds, middle):
            low = middle
        else:
            high = middle
    return low - MARGIN


def _passes(holds: tuple[Heated, ...], level: float) -> bool:
    """Tell whether the chain, begun at *level* in every node, worn to the limit, trips not."""
    nodes: Vector = (level,) * len(holds[0].duty.constant)
    for hold in holds:
        duty = hold.duty
        heat = duty.worst_heat
        if duty.limits is not None:
            if any(map(float.__ge__, nodes, duty.limits)):
                return False
            if duty.mode.first_above(nodes, heat, (), hold.seconds, duty.limits) is not None:
                return False
        nodes = duty.mode.after(nodes, heat, (), hold.seconds)
    return True


@lru_cache(maxsize=1024)
def chain(holds: tuple[Heated, ...], given: Vector) -> Chain:
    """Return the chain of *holds*, once for all machines of a kind."""
    return Chain(holds, given)
