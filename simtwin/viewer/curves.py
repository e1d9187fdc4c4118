"""This module holds the curves: the physics of a machine as straight pieces.

A run evaluates any instant exactly; a browser does not know the laws. So each quantity is
evaluated where its curve bends, and is drawn straight between: never further from the exact
value than the tolerance that the viewer states. Where a load changes, two knots stand at one
instant, and the later one holds from there on, as it does in ``run.at``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simtwin.result.result import Result

Values = tuple[float, ...]
Knot = tuple[float, Values]

BEND = 0.375
"""Of the tolerance: what a straight piece may miss where it is looked at. A parabola or an S
between two knots is missed at the thirds by 0.77 or more of what it is missed by anywhere, so
half of the tolerance is kept everywhere."""
THIN = 0.45
"""Of the tolerance: what knots that are left out may have been away from the straight piece.
The rest is for writing values in two bytes."""
FINEST = 1e-3
"""No piece is divided that is shorter than this [s]."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Quantities that share their knots."""

    times: list[float]
    """[s], never falling; twice the same where something jumps."""
    columns: list[list[float]]
    """One list of values per quantity."""


def bent(
    evaluate: Callable[[float], Values], begin: float, end: float, tolerances: Values
) -> list[Knot]:
    """Return knots from *begin* to *end* between which straight lines keep the tolerances.

    >>> len(bent(lambda t: (3.0 * t,), 0.0, 60.0, (0.1,)))
    2
    >>> knots = bent(lambda t: (t * t,), 0.0, 1.0, (0.01,))
    >>> len(knots), knots[0][0], knots[-1][0]
    (10, 0.0, 1.0)
    """
    first, last = (begin, evaluate(begin)), (end, evaluate(end))
    knots = [first]
    limits = tuple(BEND * tolerance for tolerance in tolerances)
    _divide(evaluate, first, last, limits, knots)
    return knots


def _divide(
    evaluate: Callable[[float], Values], left: Knot, right: Knot, limits: Values, to: list[Knot]
) -> None:
    """Append the knots behind *left* up to *right*, thirds of it where it bends too much."""
    (begin, a), (end, b) = left, right
    if end - begin > FINEST:
        third = (end - begin) / 3.0
        one, two = (begin + third, end - third)
        low, high = evaluate(one), evaluate(two)
        if any(
            abs(v - (2.0 * x + y) / 3.0) > limit or abs(w - (x + 2.0 * y) / 3.0) > limit
            for x, v, w, y, limit in zip(a, low, high, b, limits, strict=True)
        ):
            inner = [left, (one, low), (two, high), right]
            for i in range(3):
                _divide(evaluate, inner[i], inner[i + 1], limits, to)
            return
    to.append(right)


def thinned(knots: Sequence[Knot], tolerances: Values) -> Curves:
    """Return *knots* without those that a straight line passes within their tolerances.

    >>> line = [(float(t), (2.0 * t,)) for t in range(100)]
    >>> thinned(line, (0.1,)).times
    [0.0, 99.0]
    >>> step = [(0.0, (1.0,)), (5.0, (1.0,)), (5.0, (7.0,)), (9.0, (7.0,))]
    >>> thinned(step, (0.1,)).columns
    [[1.0, 1.0, 7.0, 7.0]]
    """
    rooms = tuple(THIN * tolerance for tolerance in tolerances)
    kept = [knots[0]] if knots else []
    anchor = last = knots[0] if knots else None
    cone = [(-inf, inf)] * len(tolerances)
    for knot in knots[1:]:
        assert anchor is not None
        assert last is not None
        if knot[0] == last[0]:
            if _same(last[1], knot[1], rooms):
                continue
            if last is not anchor:
                kept.append(last)
            kept.append(knot)
            anchor = last = knot
            cone = [(-inf, inf)] * len(tolerances)
            continue
        narrower = _narrowed(cone, anchor, knot, rooms)
        if narrower is None:
            kept.append(last)
            anchor = last
            narrower = _narrowed([(-inf, inf)] * len(tolerances), anchor, knot, rooms)
            assert narrower is not None
        cone, last = narrower, knot
    if last is not anchor and last is not None:
        kept.append(last)
    times = [time for time, _ in kept]
    return Curves(times, [[values[i] for _, values in kept] for i in range(len(tolerances))])


def _same(old: Values, new: Values, rooms: Values) -> bool:
    """Tell whether nothing jumps: a state that is only written down again at a load change."""
    return all(abs(a - b) <= 1e-6 * room for a, b, room in zip(old, new, rooms, strict=True))


def _narrowed(
    cone: list[tuple[float, float]], anchor: Knot, knot: Knot, rooms: Values
) -> list[tuple[float, float]] | None:
    """Return the slopes from *anchor* that pass all knots up to *knot*; None: it is outside."""
    span = knot[0] - anchor[0]
    found = []
    for (low, high), start, value, room in zip(cone, anchor[1], knot[1], rooms, strict=True):
        rise = value - start
        if not low * span <= rise <= high * span:
            return None
        found.append((max(low, (rise - room) / span), min(high, (rise + room) / span)))
    return found


def machine_knots(
    result: Result,
    machine: str,
    quantities: Callable[[object], Values],
    tolerances: Values,
    begin: float,
    end: float,
) -> list[Knot]:
    """Return the knots of *quantities* of one machine from *begin* to *end* [s]."""
    assert result.log is not None
    history = result.log.history[machine]
    instants = history.instants
    knots: list[Knot] = []
    for index, since in enumerate(instants):
        until = instants[index + 1] if index + 1 < len(instants) else end
        first, last = max(since, begin), min(until, end)
        # A load that lasts no time was replaced at once; the one after it counts.
        if first > last or (first == last and until <= end and index + 1 < len(instants)):
            continue
        knots += bent(
            lambda time, index=index: quantities(history.under(index, time)),  # type: ignore[misc]
            first,
            last,
            tolerances,
        )
    return knots
