"""This module holds the edge wear: how much of its life every edge of a machine has used, when.

In the spindle an edge wears by a constant rate under one load; in the magazine it does not; a
refit puts a new one in its place. One that is worn, broken or set aside keeps the wear that it
had, and cuts no more until then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simtwin.result.record import EventRow

Knots = dict[str, list[tuple[float, float]]]
"""Edge -> instants [s] and damages [-], straight between them; one instant twice is a refit."""

IN_USE = "in use"
"""State of an edge that may cut."""

ENDED = {
    "worn": "worn",
    "breakage": "broken",
    "overload": "set aside",
    "set aside": "set aside",
}
"""Events that end an edge, and the state in which it waits for the refit."""

REFIT = "tool refit"


def told(
    history: Any,
    events: Sequence[EventRow],
    span: tuple[float, float],
    sampled: tuple[float, ...] | None,
) -> Iterator[tuple[float, str, float, float, str]]:
    """Yield what :func:`worn` does, and the state of the edge then.

    The last row before a refit, at its instant, is of the old edge.
    """
    changes = _changes(history, events)
    states = dict(history.spent)
    for at, edge, used, land in worn(history, events, span, sampled):
        coming = changes[edge]
        while coming and coming[-1][0] <= at:
            time, state = coming[-1]
            if state == IN_USE and time == at and used > 0.0:
                break
            states[edge] = state
            coming.pop()
        yield at, edge, used, land, states.get(edge, IN_USE)


def _changes(
    history: Any, events: Sequence[EventRow]
) -> defaultdict[str, list[tuple[float, str]]]:
    """Return when each edge ends or is renewed [s], and what it is then, the last first."""
    found: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for event in reversed(events):
        if event.kind == REFIT:
            for edge in history.plan.sisters[event.part]:
                found[edge].append((event.time, IN_USE))
        else:
            found[event.part].append((event.time, ENDED[event.kind]))
    return found


def worn(
    history: Any,
    events: Sequence[EventRow],
    span: tuple[float, float],
    sampled: tuple[float, ...] | None,
) -> Iterator[tuple[float, str, float, float]]:
    """Yield instant [s], edge, damage [-] and wear land [mm] of every edge of a machine.

    At each load change under which it is in the spindle, as it leaves it, around its refits and
    where it is set aside, which *events* tell, and at both ends of the *span* [s]; or at the
    instants *sampled*, where a new edge in the magazine is left out. A run saved by an older
    version tells only what has been in the spindle.
    """
    knots = _knots(history, events, span)
    if sampled is None:
        rows = [(at, edge, used) for edge, row in knots.items() for at, used in row]
        rows.sort(key=lambda row: row[0])
    else:
        rows = list(_at(history, knots, sampled))
    for at, edge, used in rows:
        yield at, edge, used, 1e3 * history.land(edge, used)


def _knots(history: Any, events: Sequence[EventRow], span: tuple[float, float]) -> Knots:
    since, end = span
    renewed = [event for event in reversed(events) if event.kind == REFIT]
    found: Knots = {edge: [(since, used)] for edge, used in history.stowed.items()}
    instants = [max(since, instant) for instant in history.instants]
    for index, (begin, until) in enumerate(pairwise([*instants, end])):
        while renewed and renewed[-1].time <= begin:
            _renew(found, history, renewed.pop())
        edge, used = history.edge_at(index, begin)
        if edge:
            row = found.setdefault(edge, [(since, used)])
            row += [(begin, used), (until, history.edge_at(index, until)[1])]
    while renewed:
        _renew(found, history, renewed.pop())
    for event in events:
        if event.kind == "set aside" and event.part in found:
            _set_aside(found[event.part], event.time)
    for row in found.values():
        row.append((end, row[-1][1]))
        first = sum(at == since for at, _ in row[:-1])
        del row[: max(0, first - 1)]  # A forecast draws it again there.
    return {edge: list(dict.fromkeys(found[edge])) for edge in sorted(found, key=natural)}


def _renew(found: Knots, history: Any, refit: EventRow) -> None:
    """Put new edges in at a *refit*."""
    for edge in history.plan.sisters[refit.part]:
        row = found.setdefault(edge, [(refit.time, 0.0)])
        row += [(refit.time, row[-1][1]), (refit.time, 0.0)]


def _set_aside(row: list[tuple[float, float]], at: float) -> None:
    """Put a knot where an edge is set aside: it does not wear then."""
    place = bisect_right([time for time, _ in row], at)
    row.insert(place, (at, row[place - 1][1]))


def _at(
    history: Any, knots: Knots, sampled: tuple[float, ...]
) -> Iterator[tuple[float, str, float]]:
    instants = history.instants
    begins = {edge: [at for at, _ in row] for edge, row in knots.items()}
    for time in sampled:
        index = bisect_right(instants, time) - 1
        mounted, used = history.edge_at(index, time) if index >= 0 else ("", 0.0)
        for edge, row in knots.items():
            place = bisect_right(begins[edge], time) - 1
            damage = row[place][1] if place >= 0 else 0.0
            if edge == mounted:
                yield time, edge, used
            elif damage > 0.0:
                yield time, edge, damage
