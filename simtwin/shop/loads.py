"""This module holds the loads of a run: what each did to the bearings and to the edge."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.load import Course
from simtwin.parts.tool import wear_pieces
from simtwin.result.record import LoadRow

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

    from simtwin.shop.duty import Duty
    from simtwin.shop.reading import History
    from simtwin.shop.states import LoadKey

FIXED = 5
"""Numbers in a row before the temperatures: instant, duty, edge, true damage, true rate."""

DAMAGE, RATE = 3, 4
"""Where a row of a history keeps the edge's true damage [-] and its rate [1/s]."""


def loads(history: History, begin: float, end: float) -> Iterator[LoadRow]:
    """Yield every load between *begin* and *end* [s] under which something grew.

    A load that reaches beyond the window counts with what it did within it.
    """
    rows, width = history.rows, history.width
    count = len(history)
    for place in range(count):
        row = rows[place * width : (place + 1) * width]
        following = rows[(place + 1) * width : (place + 2) * width]
        since, until = max(begin, row[0]), min(end, following[0] if following else inf)
        if until <= since:
            continue
        duty = history.duties[int(row[1])]
        wear = row[RATE] * (until - since)
        if wear > 0.0 or duty.turning:
            yield _load(history, row, following, (since, until), wear, duty)


def _load(
    history: History,
    row: array[float],
    following: array[float],
    window: tuple[float, float],
    wear: float,
    duty: Duty,
) -> LoadRow:
    since, until = window
    start = tuple(row[FIXED : FIXED + history.nodes])
    end = tuple(following[FIXED : FIXED + history.nodes]) or start
    before, after = since - row[0], until - row[0]
    blunt = _course(row, duty, start, after)
    sharp = Course(after, (), duty.thermal, start)
    kind, feed, spindle, coolant = _conditions(duty.key)
    return LoadRow(
        history.plan.spec.name,
        since,
        until,
        kind,
        feed,
        spindle,
        coolant,
        history.edges[int(row[2])],
        tuple(0.5 * (a + b) for a, b in zip(start, end, strict=True)),
        _grown(duty, blunt, before, after),
        _grown(duty, sharp, before, after) if blunt.pieces else None,
        wear,
    )


def _course(row: array[float], duty: Duty, start: tuple[float, ...], seconds: float) -> Course:
    gain = duty.load.wear_gain
    wears = row[RATE] > 0.0 and gain > 0.0
    pieces = wear_pieces(row[DAMAGE], row[RATE], gain, seconds) if wears else ()
    return Course(seconds, pieces, duty.thermal, start)


def _grown(duty: Duty, course: Course, before: float, after: float) -> tuple[float, ...]:
    """Return what each bearing suffers between two offsets of *course*."""
    if before == 0.0:
        return tuple(growth.over(course, after) for growth in duty.growths)
    return tuple(
        growth.over(course, after) - growth.over(course, before) for growth in duty.growths
    )


def _conditions(key: LoadKey) -> tuple[str, float, float, bool]:
    """Return kind, feed and spindle override, and whether the coolant is on."""
    match key:
        case ("cut", _, _, _, feed, spindle, coolant):
            return "cut", feed, spindle, coolant
    return key[0], 1.0, 1.0, key[-1]
