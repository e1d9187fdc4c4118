"""This module holds the chain: the messages of one boot, and its clock minute by minute.

An uptime is mapped by the messages up to the end of its own minute, never by later ones. So
what was told long ago stays where it was, and a state that rests on it need not be made again;
and still the map is a function of the set of messages, whatever their order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from math import inf
from typing import NamedTuple

WRAP = 4_294_967.296
"""A counter of milliseconds in 32 bits starts again after so many seconds, 49.7 days."""
LINK = 10.0
"""Estimates of the boot instant this close [s] are one boot; a first guess (TELEMETRY 11)."""
MAX_SKEW = 200e-6
"""A crystal is not further off than this [-]."""
SHORTEST = 600.0
"""Less time than this [s] tells nothing about skew."""
MINUTE = 60.0
PAUSE = 300.0
"""A boot not heard for so long [s] has paused: what is heard after is another run of it."""

Tick = tuple[float, float]
"""One message: (uptime [s], received [s, UTC])."""
Key = tuple[int, int]
"""One minute of uptime: turns of the counter, and the minute within the turn."""


class Line(NamedTuple):
    """From the uptime in one minute to UTC: ``offset + (1 + skew) uptime``."""

    offset: float
    skew: float
    doubted: bool = False
    """Whether delays in that minute differ so much that two boots may be mixed, or the crystal
    is further off than crystals are."""

    def utc(self, uptime: float) -> float:
        """Return the instant [s, UTC] of an unwound *uptime* [s]."""
        return self.offset + (1.0 + self.skew) * uptime


class _Node(NamedTuple):
    """The newest point of a lower hull, and the hull below it."""

    x: float
    y: float
    before: _Node | None


class _State(NamedTuple):
    """What is known at the end of a minute."""

    key: Key
    hull: _Node
    total: float
    """Of the abscissas of all points."""
    least: float
    begun: int
    """Place of the minute from which on all this counts: the clock of receipts was set then."""
    line: Line


class Run(NamedTuple):
    """What was heard of one boot without a pause."""

    begin: float
    """[s, UTC]"""
    end: float
    first: int
    """Place of its first minute in the chain."""
    last: int


class Chain:
    """The messages of one boot, as far as its clock hangs on them."""

    __slots__ = ("_ends", "_good", "_highest", "_keys", "_lowest", "_starts", "_states", "high",
                 "least", "low", "named", "newest", "phase")  # fmt: skip

    def __init__(self, tick: Tick, *, named: bool) -> None:
        self.named = named
        """Whether the source names the boot, so that all of them are one."""
        self.phase = (tick[1] - tick[0]) % WRAP
        self.low = self.high = 0.0
        """First and last of the boot instants, turns aside, from *phase* on [s]."""
        self.least = tick[1] - tick[0]
        self.newest = -inf
        """Largest uptime, turns unwound [s]."""
        self._keys: list[Key] = []
        self._lowest: dict[Key, Tick] = {}
        self._highest: dict[Key, float] = {}
        self._ends: dict[Key, tuple[float, float]] = {}
        """Minute -> first and last uptime in it, turns unwound [s]."""
        self._states: list[_State] = []
        self._starts: list[int] = []
        """Places of the minutes with which runs begin."""
        self._good = 0

    def distance(self, phase: float) -> float:
        """Return how far *phase* is from that of the chain, the shorter way round [s]."""
        off = (phase - self.phase) % WRAP
        return off if off <= 0.5 * WRAP else off - WRAP

    def links(self, off: float) -> bool:
        """Whether a message *off* so far is of this boot."""
        return self.named or self.low - LINK <= off <= self.high + LINK

    def add(self, tick: Tick, off: float) -> bool:
        """Add one message; False where the turns of all others change, so it begins anew."""
        boot = tick[1] - tick[0]
        if boot < self.least - 0.5 * WRAP:
            return False
        self.low, self.high = min(self.low, off), max(self.high, off)
        self.least = min(self.least, boot)
        key = self.key(tick)
        unwound = tick[0] + WRAP * key[0]
        self.newest = max(self.newest, unwound)
        known = self._lowest.get(key)
        if known is None:
            insort(self._keys, key)
        first, last = self._ends.get(key, (unwound, unwound))
        self._ends[key] = min(first, unwound), max(last, unwound)
        if known is None or (boot, tick[0]) < (known[1] - known[0], known[0]):
            self._lowest[key] = tick
        elif boot <= self._highest[key] and self._ends[key] == (first, last):
            return True
        self._highest[key] = max(boot, self._highest.get(key, -inf))
        self._good = min(self._good, bisect_left(self._keys, key))
        return True

    def settled(self) -> Key | None:
        """Bring the lines up to date; return the first minute that is not what it was."""
        good = self._good
        before, self._states[good:] = self._states[good:], []
        del self._starts[bisect_left(self._starts, good) :]
        for place in range(good, len(self._keys)):
            key = self._keys[place]
            self._states.append(self._after(self._states[-1] if place else None, key))
            last = self._ends[self._keys[place - 1]][1] if place else -inf
            if self._ends[key][0] - last > PAUSE:
                self._starts.append(place)
        self._good = len(self._keys)
        return self._moved(good, before)

    def _moved(self, good: int, before: list[_State]) -> Key | None:
        """Return the first minute whose line is not what it was *before*, from *good* on.

        Most messages are neither the quickest nor the slowest that counts, and move nothing.
        """
        same = good
        for old, new in zip(before, self._states[good:], strict=False):
            if (old.key, old.line) != (new.key, new.line):
                break
            same += 1
        return self._keys[same] if same < len(self._keys) else None

    def line(self, minute: Key | None = None) -> Line:
        """Return the line of one of its minutes, or the newest."""
        place = -1 if minute is None else bisect_left(self._keys, minute)
        return self._states[place].line

    @property
    def runs(self) -> list[Run]:
        """Return what was heard of it between pauses, in order."""
        ends = [*self._starts[1:], len(self._keys)]
        return [
            Run(self._span(first)[0], self._span(end - 1)[1], first, end - 1)
            for first, end in zip(self._starts, ends, strict=True)
        ]

    def within(self, run: Run, begin: float, end: float) -> range:
        """Return the places of the minutes of *run* heard from *begin* to *end* [s, UTC]."""
        places = range(run.first, run.last + 1)
        low = bisect_left(places, begin, key=lambda place: self._span(place)[1])
        high = bisect_right(places, end, key=lambda place: self._span(place)[0])
        return places[low:high]

    def minute(self, place: int) -> Key:
        """Return the minute that stands at *place*."""
        return self._keys[place]

    def _span(self, place: int) -> tuple[float, float]:
        """Return when the first and the last message of a minute were [s, UTC]."""
        line = self._states[place].line
        first, last = self._ends[self._keys[place]]
        return line.utc(first), line.utc(last)

    @property
    def first(self) -> float:
        """Its boot instant as the first minute has it [s, UTC]: a name that stays."""
        return self._states[0].line.offset

    def points(self) -> list[Tick]:
        """Return uptime, unwound, and boot instant of the quickest message of every minute.

        Those of minutes before the clock of receipts was set last are left out.
        """
        return [self._point(key) for key in self._keys[self._states[-1].begun :]]

    def __len__(self) -> int:
        return len(self._keys)

    def worst(self) -> float:
        """Return how far the slowest message is above the line of its minute [s]."""
        return max(
            self._highest[key] - WRAP * key[0] - _at(state.line, self._point(key)[0])
            for key, state in zip(self._keys, self._states, strict=True)
        )

    def key(self, tick: Tick) -> Key:
        """Return in which minute of the chain a message of it is."""
        turns = round((tick[1] - tick[0] - self.least) / WRAP)
        return turns, int(tick[0] // MINUTE)

    def _point(self, key: Key) -> Tick:
        uptime, received = self._lowest[key]
        unwound = uptime + WRAP * key[0]
        return unwound, received - unwound

    def _after(self, before: _State | None, key: Key) -> _State:
        """Return what is known with one minute more.

        Where even the quickest message is off the line of before by more than delays are, the
        clock of receipts was set, and the line begins anew; the minute itself is doubted.
        """
        x, y = self._point(key)
        place = len(self._states)
        off = 0.0
        if before is not None:
            since = x - self._point(self._keys[place - 1])[0]
            off = y - _at(before.line, x)
            if abs(off) - 2.0 * MAX_SKEW * since > 0.5 * LINK and not self.named:
                before = None
            else:
                off = 0.0
        if before is None:
            hull, total, least, begun = _Node(x, y, None), x, y, place
        else:
            hull, total = _lowered(before.hull, x, y), before.total + x
            least, begun = min(before.least, y), before.begun
        offset, skew = least, 0.0
        if x - self._point(self._keys[begun])[0] >= SHORTEST:
            offset, skew = _edge(hull, total / (place + 1 - begun))
        line = Line(offset, skew)
        above = max(off, self._highest[key] - WRAP * key[0] - _at(line, x))
        doubted = abs(skew) > MAX_SKEW or (above > 0.5 * LINK and not self.named)
        return _State(key, hull, total, least, begun, line._replace(doubted=doubted))


def _at(line: Line, uptime: float) -> float:
    return line.offset + line.skew * uptime


def _lowered(hull: _Node, x: float, y: float) -> _Node:
    """Return the lower hull with one point more, to the right of all others."""
    top: _Node = hull
    while top.before is not None and _left(top.before, top, (x, y)) <= 0.0:
        top = top.before
    return _Node(x, y, top) if x != top.x else top


def _left(a: _Node, b: _Node, c: Tick) -> float:
    return (b.x - a.x) * (c[1] - a.y) - (b.y - a.y) * (c[0] - a.x)


def _edge(hull: _Node, mean: float) -> tuple[float, float]:
    """Return (offset, slope) of the line below all points with the least sum of distances.

    It is the edge of the lower convex hull above or below the *mean* abscissa. Source: S. Moon,
    P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay
    measurements", INFOCOM 1999, doi:10.1109/INFCOM.1999.749287.

    >>> _edge(_Node(2.0, 2.0, _Node(0.0, 1.0, None)), 1.0)
    (1.0, 0.5)
    """
    node = hull
    while node.before is not None and node.before.x >= mean:
        node = node.before
    if node.before is None:
        return node.y, 0.0
    slope = (node.y - node.before.y) / (node.x - node.before.x)
    return node.before.y - slope * node.before.x, slope
