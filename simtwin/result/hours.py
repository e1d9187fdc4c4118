"""This module holds the hours: how busy each machine was in each clock hour, and who bound it.

Who binds is told by the active periods: a machine is *active* while it does not wait, be it at
work, in change or repair, and a station while none of its machines waits. At any instant the
station that is in the longest active period is the bottleneck of that instant. While no piece
is in the shop nobody is: a repair then holds up nothing, and counts from the next piece on.
Source: C. Roser, M. Nakano, M. Tanaka, "Shifting bottleneck detection", Proc. Winter
Simulation Conf. 2002, doi 10.1109/WSC.2002.1166360; active periods: the same, Winter Simulation
Conf. 2001.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.civil import local, read_zero, since
from simtwin.names import natural
from simtwin.result.record import INDEX
from simtwin.units import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WAITING = frozenset({"blocked", "starved", "idle", "off shift"})
"""The states in which a machine is not active."""

OFF = float(INDEX["off shift"])

LONG = 7.0 * DAY
"""A run that is longer is told day by day, not hour by hour [s]."""

CHUNK = 64
"""Periods that are looked at before those that follow are sifted, and twice as many then."""

GRAIN = 1e-6
"""A stretch that is shorter is rounding [s]."""

Span = tuple[float, float]


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


@dataclass(frozen=True, slots=True)
class Waits:
    """When each machine of a run waited, of which its hours can be told."""

    machines: Mapping[str, Sequence[float]]
    """Machine -> begin, end and mode of each stretch, one after the other."""
    stations: Mapping[str, Sequence[str]]
    """Station -> its machines."""
    start: str
    """Date and time of second 0."""
    since: float
    """When the watching began: an active period is not known to be longer [s]."""
    begin: float
    """Of the hours [s]."""
    end: float
    """Of the hours [s]."""
    bare: tuple[Span, ...] = ()
    """Begin and end of each stretch in which no piece was in the shop."""


def hours_of(waits: Waits) -> Hours:
    """Return the hours of a run in which machines waited as *waits* says."""
    import numpy as np

    stations, since, end = waits.stations, waits.since, waits.end
    edges = clock_hours(waits.start, waits.begin, end)
    at = np.asarray(edges)
    lengths = np.diff(at)
    machines = waits.machines.items()
    rows = {name: np.array(row, dtype=np.float64).reshape(-1, 3) for name, row in machines}
    busy, off = {}, {}
    for name in sorted(rows, key=natural):
        row = rows[name]
        busy[name] = np.maximum(0.0, lengths - _spread(row[:, 0], row[:, 1], at))
        away = row[row[:, 2] == OFF]
        off[name] = _spread(away[:, 0], away[:, 1], at)
    names = sorted(stations, key=natural)
    bare = np.array(waits.bare, dtype=np.float64).reshape(-1, 2)
    periods = [
        active(np.concatenate([bare, *(rows[m][:, :2] for m in stations[s])]), since, end)
        for s in names
    ]
    binding = {}
    for name, (first, last) in zip(names, momentary(periods), strict=True):
        binding[name] = _spread(first, last, at)
    return Hours(
        edges, *({k: tuple(v.tolist()) for k, v in d.items()} for d in (busy, off, binding))
    )


def clock_hours(start: str, begin: float, end: float) -> tuple[float, ...]:
    """Return *begin*, every full hour of the clock between, and *end* [s after *start*].

    A run of more than a week is cut at midnights instead.

    >>> clock_hours("2026-01-05T06:30:00", 0.0, 7200.0)
    (0.0, 1800.0, 5400.0, 7200.0)
    """
    if end <= begin:
        return (begin,)
    zero = read_zero(start)
    step = timedelta(hours=1) if end - begin <= LONG else timedelta(days=1)
    edges, clock = [begin], local(zero, begin).replace(minute=0, second=0, microsecond=0)
    if step > timedelta(hours=1):
        clock = clock.replace(hour=0)
    while (edge := since(zero, clock := clock + step)) < end:
        if edge > edges[-1]:
            edges.append(edge)
    return (*edges, end)


def active(waits: Array, begin: float, end: float) -> tuple[Array, Array]:
    """Return begin and end of the stretches from *begin* to *end* that no row of *waits* meets.

    >>> import numpy as np
    >>> first, last = active(np.array([(2.0, 3.0), (2.5, 4.0), (9.0, 12.0)]), 0.0, 10.0)
    >>> first.tolist(), last.tolist()
    ([0.0, 4.0], [2.0, 9.0])
    """
    import numpy as np

    waits = waits[np.argsort(waits[:, 0], kind="stable")]
    reached = np.maximum.accumulate(np.concatenate(([begin], waits[:, 1])))
    first = np.minimum(reached, end)
    last = np.minimum(np.concatenate((waits[:, 0], [end])), end)
    kept = last > first
    return first[kept], last[kept]


def momentary(periods: Sequence[tuple[Array, Array]]) -> list[tuple[Array, Array]]:
    """Return when each station is in the longest of the active *periods* of all stations.

    Of equally long ones it is that which began first, then the first station.

    >>> import numpy as np
    >>> saw = np.array([0.0, 8.0]), np.array([4.0, 10.0])
    >>> mill = np.array([1.0]), np.array([9.0])
    >>> [(first.tolist(), last.tolist()) for first, last in momentary([saw, mill])]
    [([0.0, 9.0], [1.0, 10.0]), ([1.0], [9.0])]
    """
    import numpy as np

    first = np.concatenate([np.empty(0), *(one for one, _ in periods)])
    last = np.concatenate([np.empty(0), *(one for _, one in periods)])
    whose = np.repeat(np.arange(len(periods)), [len(one) for one, _ in periods])
    order = np.lexsort((whose, first, first - last))
    # The longest first: what follows lies, ever more often, in what is taken already.
    taken = _Taken()
    chunk = CHUNK
    while len(order):
        for place in order[:chunk].tolist():
            taken.take(float(first[place]), float(last[place]), int(whose[place]))
        order, chunk = order[chunk:], 2 * chunk
        starts, ends = np.array(taken.starts), np.array(taken.ends)
        edges = np.stack((first[order], last[order]))
        gone = np.diff(_up_to(edges, starts, ends), axis=0)[0]
        order = order[last[order] - first[order] - gone > GRAIN]
    starts, ends, names = map(np.array, (taken.starts, taken.ends, taken.names))
    return [(starts[names == n], ends[names == n]) for n in range(len(periods))]


@dataclass(slots=True)
class _Taken:
    """Stretches that are taken, in order of time, none over another."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    names: list[int] = field(default_factory=list)

    def take(self, first: float, last: float, name: int) -> None:
        """Take what is left between *first* and *last*."""
        at, place = first, bisect_right(self.ends, first)
        while at < last:
            begun = self.starts[place] if place < len(self.starts) else last
            if begun <= at:
                at, place = self.ends[place], place + 1
                continue
            until = min(last, begun)
            self.starts.insert(place, at)
            self.ends.insert(place, until)
            self.names.insert(place, name)
            at, place = until, place + 1


def _spread(first: Array, last: Array, edges: Array) -> Array:
    """Return how much of stretches in order of time lies in each of the hours [s]."""
    import numpy as np

    found: Array = np.diff(_up_to(edges, first, last))
    return found


def _up_to(instants: Array, first: Array, last: Array) -> Array:
    """Return how much of stretches in order of time lies before each of *instants* [s]."""
    import numpy as np

    if not len(first):
        return np.zeros_like(instants)
    before = np.searchsorted(first, instants, side="right")
    sums = np.concatenate(([0.0], np.cumsum(last - first)))
    beyond = np.maximum(0.0, last[np.maximum(before - 1, 0)] - instants)
    found: Array = sums[before] - np.where(before > 0, beyond, 0.0)
    return found
