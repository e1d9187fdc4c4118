"""This module holds the extremes: a figure of each run, where some end before it is known.

An order that is open when a run ends and due later may be late or not. Such a run has a least
and a most; what is told of plans holds at both, and of two plans at both ways apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simtwin.result import estimate, pairing
from simtwin.result.estimate import CONDITIONAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simtwin.result.ensemble import Outcome
    from simtwin.result.estimate import Estimate
    from simtwin.result.kpi import OrderRow
    from simtwin.result.metric import Metric
    from simtwin.result.pairing import Values

    Pair = tuple[Values, Values]


@dataclass(frozen=True, slots=True)
class Extremes:
    """A figure in each run of a plan, at *least* and at *most*; the same where it is known."""

    least: tuple[float, ...]
    most: tuple[float, ...]

    @classmethod
    def of(cls, metric: Metric, outcomes: Iterable[Outcome]) -> Extremes:
        """Return what *metric* is in each of *outcomes*."""
        found = [(metric.of(outcome), metric.is_open(outcome)) for outcome in outcomes]
        least = tuple(value for value, _ in found)
        return cls(least, tuple(value + float(still) for value, still in found))

    @property
    def open(self) -> tuple[bool, ...]:
        """Whether each run ends before it is known."""
        return tuple(a != b for a, b in zip(self.least, self.most, strict=True))

    def first(self, n: int) -> Extremes:
        """Return the same of the first *n* runs."""
        return Extremes(self.least[:n], self.most[:n])

    def chance(self, *, drawn: bool) -> Estimate:
        """Return the probability [-] of what happens, 1, or does not, 0.

        >>> print(Extremes((0.0, 1.0, 0.0), (0.0, 1.0, 1.0)).chance(drawn=True))
        6.1 to 94 %, open at the end in 1 of 3
        """
        count, n = round(sum(self.least)), len(self.least)
        return estimate.unsettled(count, n, sum(self.open), drawn=drawn)


def late(rows: Sequence[tuple[OrderRow, float]], *, drawn: bool) -> Estimate:
    """Return P(an order is late) from its row and the end [s] of each run.

    What has no due time is never late: that is certain, however few the runs.

    >>> from simtwin.result.kpi import OrderRow
    >>> row = OrderRow("o", "p", 1, 0.0, due=None, finished=1, scrapped=0, finish=60.0)
    >>> late([(row, 90.0)] * 4, drawn=True)
    Estimate(0 % in each of 4 runs, n=4, share, conditional: no due time)
    >>> runs = [(replace(row, due=30.0), 90.0), (replace(row, due=80.0), 90.0)]
    >>> print(late(runs, drawn=True))
    50 % [9, 91]
    """
    count = sum(row.late(end) for row, end in rows)
    if all(row.due is None for row, _ in rows):
        return estimate.Estimate(0.0, 0.0, 0.0, len(rows), f"{CONDITIONAL}: no due time")
    unknown = sum(row.is_open(end) for row, end in rows)
    return estimate.unsettled(count, len(rows), unknown, drawn=drawn)


def difference(
    first: Extremes, second: Extremes, *, counted: bool = False, drawn: bool = True
) -> Estimate:
    """Return the mean of *first* - *second*, paired, with the interval of both extremes.

    The value takes what is not known not to happen, in either plan.

    >>> known, cut = Extremes((0.0,) * 9, (0.0,) * 9), Extremes((0.0,) * 9, (1.0,) * 9)
    >>> print(difference(cut, known, counted=True))
    -0.28 to 1.00, open at the end in 9 of 9
    """
    made = pairing.difference(first.least, second.least, counted=counted, drawn=drawn)
    unsettled = sum(a or b for a, b in zip(first.open, second.open, strict=True))
    if not unsettled:
        return made
    ends = [
        pairing.difference(*pair, counted=counted, drawn=drawn) for pair in _ways(first, second)
    ]
    low, high = min(one.low for one in ends), max(one.high for one in ends)
    return replace(made, low=low, high=high, unsettled=unsettled)


def p_value(first: Extremes, second: Extremes, *, drawn: bool = True) -> float:
    """Return how likely a mean difference so far from 0 is between equal plans [-].

    The larger of both extremes, and 1 where they lie on both sides of 0: no other way in which
    the open runs may go on makes it larger.

    >>> late = Extremes((1.0,) * 6, (1.0,) * 6)
    >>> p_value(late, Extremes((0.0,) * 6, (0.0,) * 6))
    0.03125
    >>> p_value(late, Extremes((0.0,) * 6, (1.0,) * 6))
    1.0
    """
    least, most = _ways(first, second)
    if sum(least[0]) < sum(least[1]) and sum(most[0]) > sum(most[1]):
        return 1.0
    return max(pairing.p_value(*pair, drawn=drawn) for pair in dict.fromkeys((least, most)))


def undecided(
    first: Extremes, second: Extremes, *, counted: bool = False, drawn: bool = True
) -> bool:
    """Tell whether a difference is clear by how open runs may go on, and not by another way.

    >>> late, cut = Extremes((1.0,) * 9, (1.0,) * 9), Extremes((0.0,) * 9, (1.0,) * 9)
    >>> undecided(late, cut, counted=True), undecided(late, late, counted=True)
    (True, False)
    """
    found = [
        pairing.difference(*pair, counted=counted, drawn=drawn) for pair in _ways(first, second)
    ]
    signs = {(one.low > 0.0) - (one.high < 0.0) for one in found}
    return len(signs) > 1


def could_be_best(
    plans: Sequence[Extremes], *, alpha: float = pairing.ALPHA, drawn: bool = True
) -> frozenset[int]:
    """Return which of *plans* no other is seen to beat, by their places; smaller is better.

    One is beaten where it is at its least, the other at its most. Where nothing is *drawn* a
    single run says it all.

    >>> known, cut = Extremes((0.0,) * 40, (0.0,) * 40), Extremes((0.0,) * 40, (1.0,) * 40)
    >>> sorted(could_be_best([known, cut, Extremes((1.0,) * 40, (1.0,) * 40)]))
    [0, 1]
    """
    if not drawn:
        best = min(plan.most[0] for plan in plans)
        return frozenset(place for place, plan in enumerate(plans) if plan.least[0] <= best)
    return pairing.could_be_best(
        [plan.least for plan in plans], alpha=alpha, most=[plan.most for plan in plans]
    )


def negated(plan: Extremes) -> Extremes:
    """Return the negative of each value.

    >>> negated(Extremes((0.0, 2.0), (1.0, 2.0)))
    Extremes(least=(-1.0, -2.0), most=(-0.0, -2.0))
    """
    return Extremes(tuple(-one for one in plan.most), tuple(-one for one in plan.least))


def _ways(first: Extremes, second: Extremes) -> tuple[Pair, Pair]:
    """Return the values of two plans where they are least apart, and where they are most."""
    return (first.least, second.most), (first.most, second.least)
