"""This module holds two times of a tool path: told by few numbers, and block by block.

The first is what a plant file can carry and :func:`simtwin.physics.path.path_time` evaluates;
the second, a look-ahead over every block, is the exact answer that the first is held against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.physics.path import Stretch, path_time
from tests.validation.gcode import Move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.validation.gcode import Path

CORNER = math.radians(45.0)


@dataclass(frozen=True, slots=True)
class PathSummary:
    """What an operation of a plant file would carry of its program."""

    blocks: int
    tool_changes: int
    rapid_mm: float
    rapids: int
    """Number of rapid moves."""
    feeds: tuple[tuple[float, float, int], ...]
    """(feed [mm/min], length [mm], stretches between two stops), slowest first."""

    def length_over_feed(self) -> float:
        """Return the time of the cuts alone, without stops [s]."""
        return math.fsum(60.0 * length / feed for feed, length, _ in self.feeds)

    def time(self, *, rapid: float, acceleration: float, tool_change: float) -> float:
        """Return the time [s].

        *rapid* [mm/min], *acceleration* [m/s2] and *tool_change* [s] are the machine's.
        """
        told = (*self.feeds, (rapid, self.rapid_mm, self.rapids))
        return path_time(
            (Stretch(length / 1e3, feed / 60e3, stops) for feed, length, stops in told),
            acceleration=acceleration,
            tool_changes=self.tool_changes,
            tool_change=tool_change,
        )


def summarise(path: Path, *, corner: float = CORNER) -> PathSummary:
    """Return the summary of *path*; the axes stop where it turns by more than *corner* [rad].

    They also stop at both ends of every rapid, where the programmed feed changes, and where
    the program says so (tool change, reference point).
    """
    stretches: dict[float, int] = {}
    for run in _runs(path):
        before: Move | None = None
        for move in run:
            if before is None or _stops(before, move, corner):
                stretches[move.feed] = stretches.get(move.feed, 0) + 1
            before = move
    feeds = path.feeds
    return PathSummary(
        path.blocks,
        path.tool_changes,
        path.rapid,
        stretches[math.inf],
        tuple((feed, feeds[feed], stretches[feed]) for feed in feeds),
    )


def look_ahead(
    path: Path, *, rapid: float, acceleration: float, deviation: float, tool_change: float
) -> float:
    """Return the time [s] of *path* with a look-ahead over all its blocks.

    Speeds [mm/s] are limited by the feed, by *rapid* [mm/min] of the fastest axis, by
    *acceleration* [m/s2] along the path and across every arc, and at the junction of two blocks
    by the arc that rounds it with a *deviation* [mm] (S. K. Jeon, "Improving Grbl: Cornering
    Algorithm", 2011). Rapids stop at both ends. A forward and a backward sweep make the speeds
    reachable, which is the optimum for one acceleration.
    """
    total = path.tool_changes * tool_change
    for run in _runs(path):
        total += _run_time(run, rapid / 60.0, acceleration * 1e3, deviation)
    return total


def _runs(path: Path) -> Iterator[list[Move]]:
    run: list[Move] = []
    for item in path.items:
        if isinstance(item, Move):
            run.append(item)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _stops(before: Move, after: Move, corner: float) -> bool:
    if before.feed != after.feed or math.isinf(after.feed):
        return True
    return _cosine(before, after) < math.cos(corner)


def _cosine(before: Move, after: Move) -> float:
    return sum(a * b for a, b in zip(before.arrives, after.leaves, strict=True))


def _run_time(run: list[Move], rapid: float, acceleration: float, deviation: float) -> float:
    top = [min(_feed(move, rapid), math.sqrt(acceleration * move.radius)) for move in run]
    ends = [0.0]
    for i, (before, after) in enumerate(pairwise(run)):
        junction = _junction(before, after, acceleration, deviation)
        ends.append(min(junction, top[i], top[i + 1]))
    ends.append(0.0)
    for i, move in enumerate(run):
        ends[i + 1] = min(ends[i + 1], math.sqrt(ends[i] ** 2 + 2 * acceleration * move.length))
    for i, move in reversed(list(enumerate(run))):
        ends[i] = min(ends[i], math.sqrt(ends[i + 1] ** 2 + 2 * acceleration * move.length))
    return math.fsum(
        _block_time(move.length, top[i], ends[i], ends[i + 1], acceleration)
        for i, move in enumerate(run)
    )


def _feed(move: Move, rapid: float) -> float:
    if math.isfinite(move.feed):
        return move.feed / 60.0
    return rapid / max(abs(part) for part in move.leaves)


def _junction(before: Move, after: Move, acceleration: float, deviation: float) -> float:
    if math.isinf(before.feed) or math.isinf(after.feed):
        return 0.0
    # Half the angle between the way back and the way on: 90 degrees is straight ahead.
    half = math.sqrt(max(0.0, 0.5 * (1.0 + _cosine(before, after))))
    if half >= 1.0:
        return math.inf
    return math.sqrt(acceleration * deviation * half / (1.0 - half))


def _block_time(length: float, top: float, start: float, end: float, a: float) -> float:
    peak = min(top, math.sqrt((2 * a * length + start**2 + end**2) / 2))
    ramps = (2 * peak**2 - start**2 - end**2) / (2 * a)
    return (2 * peak - start - end) / a + max(0.0, length - ramps) / peak
