"""This module holds the clock map: which boot an uptime belongs to, and when that was in UTC.

Nothing here depends on the order in which messages came. The boot instant is estimated as
``b = received - uptime`` for every message; messages are grouped by single linkage of b, and
a shift by whole turns of the 32-bit counter is the same boot (TELEMETRY 5.2 and 5.3).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from statistics import median

from simtwin.units import MINUTE

WRAP = 4_294_967.296
"""A counter of milliseconds in 32 bits starts again after so many seconds, 49.7 days."""
LINK = 10.0
"""Estimates of the boot instant this close [s] are one boot; a first guess (TELEMETRY 11)."""
MAX_SKEW = 200e-6
"""A crystal is not further off than this [-]."""
SHORTEST = 600.0
"""Less time than this [s] tells nothing about skew."""

Tick = tuple[float, float]
"""One message: (uptime [s], received [s, UTC])."""


@dataclass(frozen=True, slots=True)
class ClockMap:
    """From the uptime of one boot to UTC: ``offset + (1 + skew) uptime``.

    *offset* [s] is the boot instant by the least delay seen, *skew* [-] that of the crystal,
    *uncertainty* [s] the median of how far the quickest message of each minute is above that.
    """

    epoch: str
    offset: float
    skew: float
    uncertainty: float
    first: float
    """Smallest uptime, turns of the counter unwound [s]."""
    last: float
    """Largest uptime, turns unwound [s]."""
    minutes: int
    """Minutes in which something was heard."""
    ambiguous: bool = False
    """Delays within it differ so much that two boots may be mixed."""
    interleaved: bool = False
    """Another clock of the same id ran at the same time: two boards, or messages held up."""

    @property
    def sound(self) -> bool:
        """Whether times of this map can be trusted."""
        return not (self.ambiguous or self.interleaved) and abs(self.skew) <= MAX_SKEW

    def utc(self, uptime: float) -> float:
        """Return the instant [s, UTC] of an unwound *uptime* [s]."""
        return self.offset + (1.0 + self.skew) * uptime


class Ticks:
    """What of the messages of one device its boots are found from, however many there are.

    Of each minute of uptime, and each :data:`LINK` of boot instants in it, four are kept: the
    least and the greatest boot instant, the first and the last uptime. Single linkage of those
    is that of all; and four extremes are a function of the set, whatever its order.
    """

    __slots__ = ("_kept",)

    def __init__(self, ticks: Iterable[Tick] = ()) -> None:
        self._kept: dict[tuple[int, int], tuple[Tick, Tick, Tick, Tick]] = {}
        for uptime, received in ticks:
            self.add(uptime, received)

    def __iter__(self) -> Iterator[Tick]:
        return iter(sorted({tick for kept in self._kept.values() for tick in kept}))

    def add(self, uptime: float, received: float) -> None:
        """Add one message."""
        tick = (uptime, received)
        key = (int(uptime // MINUTE), int((received - uptime) // LINK))
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = (tick, tick, tick, tick)
            return
        least, greatest, first, last = kept
        boot = _boot(tick)
        self._kept[key] = (
            tick if boot < _boot(least) else least,
            tick if boot > _boot(greatest) else greatest,
            min(tick, first),
            max(tick, last),
        )


class Boots:
    """All boots of one device, found from all its messages.

    Where the source names its boot, *named*, all of them are one, however late some came.

    >>> boots = Boots(Ticks([(1.0, 101.0), (2.0, 102.5), (0.5, 250.5)]))
    >>> [(boot.epoch, boot.offset) for boot in boots.maps]
    [('boot 100', 100.0), ('boot 250', 250.0)]
    >>> boots.at(2.0, 102.5)[0]
    102.0
    """

    __slots__ = ("_edges", "_found", "maps")

    def __init__(self, ticks: Ticks, *, named: bool = False) -> None:
        chains = [list(ticks)] if named else _chains(list(ticks))
        judged = _judged([_map(chain) for chain in chains])
        if named:
            judged = [replace(one, ambiguous=False) for one in judged]
        self.maps = tuple(sorted(judged, key=_order))
        """By boot instant."""
        edges = [
            (phase, one, _least(chain))
            for chain, one in zip(chains, judged, strict=True)
            for phase in {_phase(tick) for tick in chain}
        ]
        edges.sort(key=lambda edge: edge[0])
        self._edges = [phase for phase, _, _ in edges]
        self._found = [(one, least) for _, one, least in edges]

    def at(self, uptime: float, received: float) -> tuple[float, ClockMap]:
        """Return the instant [s, UTC] of one of the messages, and the map of its boot."""
        index = bisect_left(self._edges, _phase((uptime, received))) % len(self._edges)
        found, least = self._found[index]
        return found.utc(_unwound(uptime, received, least)), found


def _boot(tick: Tick) -> tuple[float, float]:
    return tick[1] - tick[0], tick[0]


def _phase(tick: Tick) -> float:
    """Return the boot instant, turns of the counter aside [s]."""
    return (tick[1] - tick[0]) % WRAP


def _least(chain: Iterable[Tick]) -> float:
    return min(received - uptime for uptime, received in chain)


def _unwound(uptime: float, received: float, least: float) -> float:
    """Return *uptime* [s] with the turns of the counter since the boot at *least*."""
    return uptime + WRAP * round((received - uptime - least) / WRAP)


def _chains(ticks: Sequence[Tick]) -> list[list[Tick]]:
    """Return the messages linked by their boot instants, turns of the counter aside."""
    if not ticks:
        return []
    ring = sorted((_phase(tick), tick) for tick in ticks)
    chains: list[list[Tick]] = [[ring[0][1]]]
    for (before, _), (phase, tick) in pairwise(ring):
        if phase - before > LINK:
            chains.append([])
        chains[-1].append(tick)
    if len(chains) > 1 and ring[0][0] + WRAP - ring[-1][0] <= LINK:
        chains[0] += chains.pop()
    return [sorted(chain) for chain in chains]


def _map(chain: Sequence[Tick]) -> ClockMap:
    """Return the map of one boot: the line below all delays, as close as it can be."""
    start = _least(chain)
    lowest: dict[int, Tick] = {}
    first, last, highest = inf, -inf, []
    for uptime, received in chain:
        unwound = _unwound(uptime, received, start)
        first, last = min(first, unwound), max(last, unwound)
        point = unwound, received - unwound
        highest.append(point)
        minute = int(unwound // MINUTE)
        known = lowest.get(minute, point)
        lowest[minute] = min(point, known, key=lambda one: (one[1], one[0]))
    points = sorted(lowest.values())
    offset, skew = min(boot for _, boot in points), 0.0
    if last - first >= SHORTEST:
        offset, skew = _lower_line(points)
    above = [boot - (offset + skew * uptime) for uptime, boot in points]
    worst = max(boot - (offset + skew * uptime) for uptime, boot in highest)
    return ClockMap(
        epoch=f"boot {offset + skew * first:.0f}",
        offset=offset,
        skew=skew,
        uncertainty=median(above),
        first=first,
        last=last,
        minutes=len(points),
        ambiguous=worst > 0.5 * LINK,
    )


def _lower_line(points: Sequence[Tick]) -> tuple[float, float]:
    """Return (offset, slope) of the line below *points* with the least sum of distances.

    It is the edge of the lower convex hull above or below the mean abscissa. Source: S. Moon,
    P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay
    measurements", INFOCOM 1999, doi:10.1109/INFCOM.1999.749287.

    >>> _lower_line([(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)])
    (1.0, 0.5)
    """
    hull: list[Tick] = []
    for x, y in points:
        while len(hull) > 1 and _left(hull[-2], hull[-1], (x, y)) <= 0.0:
            hull.pop()
        if hull and hull[-1][0] == x:
            continue
        hull.append((x, y))
    mean = sum(x for x, _ in points) / len(points)
    for (x0, y0), (x1, y1) in pairwise(hull):
        if mean <= x1:
            slope = (y1 - y0) / (x1 - x0)
            return y0 - slope * x0, slope
    return hull[-1][1], 0.0


def _left(a: Tick, b: Tick, c: Tick) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _judged(maps: Sequence[ClockMap]) -> list[ClockMap]:
    """Return *maps*, marked where one began before an older one ended: that is no reboot."""
    order = sorted(range(len(maps)), key=lambda index: _order(maps[index]))
    crossed: set[int] = set()
    for before, index in pairwise(order):
        older = maps[before]
        if maps[index].offset < older.utc(older.last) - 1.0:
            crossed |= {before, index}
    return [replace(one, interleaved=index in crossed) for index, one in enumerate(maps)]


def _order(one: ClockMap) -> tuple[float, float, float]:
    return one.offset, one.first, one.last
