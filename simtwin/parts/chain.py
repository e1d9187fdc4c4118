"""This module holds the chain of a piece: the heat of all its holds, compiled into one map.

Holds without wear are folded into one constant. A cut stays apart: it adds what its wear at
the start and its slope make of it, and each knot of the wear land inside it bends the ramp
from there on, which is one more ramp that begins at 0 (PHYSICS 1 rule 6, 5.6).
"""

from __future__ import annotations

from functools import lru_cache
from math import expm1, inf
from typing import TYPE_CHECKING, NamedTuple

from simtwin.physics.chain import Link, outlooks
from simtwin.physics.modal import times

if TYPE_CHECKING:
    from simtwin.parts.heat import ThermalDuty
    from simtwin.physics.modal import Matrix

Vector = tuple[float, ...]

Bends = tuple[Vector, "Matrix", Vector, Vector, float, float, Vector]
"""Rates; what each mode does to the end; growth with k of forcing and power on both sides of a
knot; weights of the modes in power, empty if they have none."""

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
    """A cut of a chain: what it adds to the end temperatures and to the accounts."""

    __slots__ = ("_account", "_bent", "_outlook", "_terms", "_through", "duty", "seconds")

    def __init__(self, hold: Heated, outlook: Matrix) -> None:
        self.duty = hold.duty
        self.seconds = hold.seconds
        self._account = len(hold.duty.constant) + hold.account
        self._outlook = outlook
        columns = tuple(zip(*hold.duty.mode.shapes, strict=True))
        self._through: Matrix = tuple(
            zip(*(times(outlook, column) for column in columns), strict=True)
        )
        self._terms: dict[int, tuple[Vector, Vector, Vector]] = {}
        self._bent: dict[int, Bends] = {}

    def terms(self, interval: int) -> tuple[Vector, Vector, Vector]:
        """Return what it adds in one interval of the wear land: constant, per k, per slope."""
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

    def bend(self, interval: int, before: float, after: float, left: float) -> list[float]:
        """Return what a knot adds: k climbs by *after* instead of *before* [1/s] from it on.

        The knot ends *interval* of the wear land, *left* seconds before the end of the cut.
        """
        half = 0.5 * left * left
        rates, through, per_k, per_k_on, power, power_on, weights = self._bends(interval)
        energy = (power_on * after - power * before) * half
        ends = []
        for rate, one, other in zip(rates, per_k, per_k_on, strict=True):
            # Ramp response; its rounding stays below 1e-15 of the slope.
            risen = (left + expm1(-rate * left) / rate) / rate if rate > 0.0 else half
            ends.append((other * after - one * before) * risen)
        for rate, weight, one, other, end in zip(
            rates, weights, per_k, per_k_on, ends, strict=False
        ):
            rising = other * after - one * before
            area = (rising * half - end) / rate if rate > 0.0 else rising * half * left / 3.0
            energy += weight * area
        bent = list(times(through, tuple(ends)))
        bent[self._account] += energy
        return bent

    def _bends(self, interval: int) -> Bends:
        found = self._bent.get(interval)
        if found is None:
            _, per_k, weights, _, power = self.duty.in_modes(interval)
            _, per_k_on, _, _, power_on = self.duty.in_modes(interval + 1)
            found = self._bent[interval] = (
                self.duty.mode.rates, self._through, per_k, per_k_on, power, power_on,
                weights if any(weights) else (),
            )  # fmt: skip
        return found


class Chain:
    """The holds of a piece, composed; immutable but for what its cuts have compiled."""

    __slots__ = ("calm", "cuts", "rows")

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
        self.rows = tuple((*row, c) for row, c in zip(points[0], constant, strict=True))
        """Per end temperature and account: per kelvin at the start, and a constant."""
        self.calm = calm(holds)
        """No limit is reached within the chain when no node begins it hotter [degC]."""

    def ends(self, start: Vector) -> list[float]:
        """Return end temperatures and accounts without what the cuts add."""
        if len(start) == 5:
            t0, t1, t2, t3, t4 = start
            return [
                a * t0 + b * t1 + c * t2 + d * t3 + e * t4 + f for a, b, c, d, e, f in self.rows
            ]
        return [
            sum([a * t for a, t in zip(row[:-1], start, strict=True)]) + row[-1]
            for row in self.rows
        ]


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
