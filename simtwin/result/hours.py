"""This module holds the hours: how busy each machine was in each clock hour, and who bound it.

Who binds is told by the active periods: a machine is *active* while it does not wait, be it at
work, in change or repair, and a station while none of its machines waits. At any instant the
station that is in the longest active period is the bottleneck of that instant. Source: C.
Roser, M. Nakano, M. Tanaka, "Shifting bottleneck detection", Proc. Winter Simulation Conf.
2002, doi 10.1109/WSC.2002.1166360; active periods: the same, Winter Simulation Conf. 2001.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.result.record import INDEX
from simtwin.units import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WAITING = frozenset({"blocked", "starved", "idle", "off shift"})
"""The states in which a machine is not active."""

OFF = float(INDEX["off shift"])

LONG = 7.0 * DAY
"""A run that is longer is told day by day, not hour by hour [s]."""

Span = tuple[float, float]
Period = tuple[float, float, str]
"""From when to when [s], and of which station."""


@dataclass(frozen=True, slots=True)
class Hours:
    """What each clock hour of a run was; the first and the last are cut by its ends."""

    edges: tuple[float, ...]
    """Where the hours begin, and the end of the last [s]."""
    busy: dict[str, tuple[float, ...]]
    """Machine -> in each hour, how long it did not wait [s]."""
    off: dict[str, tuple[float, ...]]
    """Machine -> in each hour, how long it was off shift [s]."""
    binding: dict[str, tuple[float, ...]]
    """Station -> in each hour, how long it was the bottleneck [s]."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """Begin and end of each hour [s]."""
        return tuple(pairwise(self.edges))

    def bottleneck(self, hour: int) -> str | None:
        """Return the station that was the bottleneck for the longest of an hour, if any was."""
        best = max(self.binding, key=lambda name: self.binding[name][hour], default=None)
        return best if best is not None and self.binding[best][hour] > 0.0 else None


def hours_of(
    waits: Mapping[str, Sequence[float]],
    stations: Mapping[str, Sequence[str]],
    *,
    start: str,
    since: float,
    begin: float,
    end: float,
) -> Hours:
    """Return the hours between *begin* and *end* [s].

    *waits* has per machine begin, end and mode of each stretch in which it waited, one after
    the other; *stations* the machines of each station; *start* the date and time of second 0.
    *since* [s] is when the watching began: an active period is not known to be longer.
    """
    edges = clock_hours(start, begin, end)
    stretches = {name: list(zip(*[iter(row)] * 3, strict=True)) for name, row in waits.items()}
    names = sorted(waits, key=natural)
    idle = {name: _spread(((a, b) for a, b, _ in stretches[name]), edges) for name in names}
    off = {
        name: _spread(((a, b) for a, b, mode in stretches[name] if mode == OFF), edges)
        for name in names
    }
    lengths = [b - a for a, b in pairwise(edges)]
    periods = [
        (first, last, station)
        for station, members in stations.items()
        for first, last in active(
            [(a, b) for name in members for a, b, _ in stretches.get(name, ())], since, end
        )
    ]
    found: dict[str, list[Span]] = {name: [] for name in sorted(stations, key=natural)}
    for first, last, station in momentary(periods):
        found[station].append((first, last))
    return Hours(
        edges,
        {
            name: tuple(
                max(0.0, whole - part) for whole, part in zip(lengths, idle[name], strict=True)
            )
            for name in names
        },
        {name: tuple(off[name]) for name in names},
        {name: tuple(_spread(spans, edges)) for name, spans in found.items()},
    )


def clock_hours(start: str, begin: float, end: float) -> tuple[float, ...]:
    """Return *begin*, every full hour of the clock between, and *end* [s after *start*].

    A run of more than a week is cut at midnights instead.

    >>> clock_hours("2026-01-05T06:30:00", 0.0, 7200.0)
    (0.0, 1800.0, 5400.0, 7200.0)
    """
    if end <= begin:
        return (begin,)
    step = HOUR if end - begin <= LONG else DAY
    moment = datetime.fromisoformat(start)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    behind = (moment - midnight).total_seconds()
    number = int((begin + behind) // step) + 1
    edges = [begin]
    while number * step - behind < end:
        edges.append(number * step - behind)
        number += 1
    return (*edges, end)


def active(waits: Iterable[Span], begin: float, end: float) -> list[Span]:
    """Return the stretches from *begin* to *end* that none of *waits* touches.

    >>> active([(2.0, 3.0), (2.5, 4.0), (9.0, 12.0)], 0.0, 10.0)
    [(0.0, 2.0), (4.0, 9.0)]
    """
    found, at = [], begin
    for first, last in sorted(waits):
        if first >= end:
            break
        if first > at:
            found.append((at, first))
        at = max(at, last)
    if at < end:
        found.append((at, end))
    return found


def momentary(periods: Sequence[Period]) -> list[Period]:
    """Return who is in the longest of the active *periods* when: the bottleneck of the instant.

    Of equally long ones it is that which began first, then the first name.

    >>> momentary([(0.0, 4.0, "saw"), (1.0, 9.0, "mill"), (8.0, 10.0, "saw")])
    [(0.0, 1.0, 'saw'), (1.0, 9.0, 'mill'), (9.0, 10.0, 'saw')]
    """
    waiting = sorted(periods, key=lambda period: (period[0], natural(period[2])))
    instants = sorted({instant for first, last, _ in periods for instant in (first, last)})
    heap: list[tuple[float, int]] = []
    found: list[Period] = []
    following = 0
    for now, then in pairwise(instants):
        while following < len(waiting) and waiting[following][0] <= now:
            first, last, _ = waiting[following]
            heappush(heap, (first - last, following))
            following += 1
        while heap and waiting[heap[0][1]][1] <= now:
            heappop(heap)
        if not heap:
            continue
        name = waiting[heap[0][1]][2]
        if found and found[-1][1] == now and found[-1][2] == name:
            found[-1] = found[-1][0], then, name
        else:
            found.append((now, then, name))
    return found


def _spread(spans: Iterable[Span], edges: tuple[float, ...]) -> list[float]:
    """Return how much of *spans* lies in each of the hours [s]."""
    sums = [0.0] * (len(edges) - 1)
    for first, last in spans:
        at, end = max(first, edges[0]), min(last, edges[-1])
        hour = bisect_right(edges, at) - 1
        while at < end:
            until = min(end, edges[hour + 1])
            sums[hour] += until - at
            at, hour = until, hour + 1
    return sums
