"""This module holds the clock map: which boot an uptime belongs to, and when that was in UTC.

Nothing here depends on the order in which messages came. The boot instant is estimated as
``b = received - uptime`` for every message; messages are grouped by single linkage of b, and
a shift by whole turns of the 32-bit counter is the same boot (TELEMETRY 5.2 and 5.3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from simtwin.live.chain import LINK, MAX_SKEW, MINUTE, WRAP, Chain, Key, Line, Tick
from simtwin.live.overlap import Overlap, Stretch, merged, overlaps


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
    """Another clock of the same id went on at the same time for a while: two boards."""
    held_up: bool = False
    """It is a few messages while another clock went on: held up, or stray."""

    @property
    def sound(self) -> bool:
        """Whether all times of this map can be trusted; readings are doubted by minutes."""
        doubted = self.ambiguous or self.interleaved or self.held_up
        return not doubted and abs(self.skew) <= MAX_SKEW

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


class Placed(NamedTuple):
    """Where one message stands in UTC."""

    utc: float
    """[s]"""
    epoch: str
    """Name of its boot."""
    sound: bool
    """Whether that can be trusted."""
    minute: tuple[int, Key]
    """Which boot, and which minute of it: all that it hangs on."""


class Boots:
    """All boots of one device, found from all its messages; it grows with them.

    Where the source names its boot, *named*, all of them are one, however late some came.

    >>> boots = Boots([(1.0, 101.0), (2.0, 102.5), (0.5, 250.5)])
    >>> [(boot.epoch, boot.offset) for boot in boots.maps]
    [('boot 100', 100.0), ('boot 250', 250.0)]
    >>> boots.at(2.0, 102.5).utc
    102.0
    """

    __slots__ = ("_at", "_chains", "_doubted", "_overlaps", "_ticks", "age", "named")

    def __init__(self, ticks: Iterable[Tick] = (), *, named: bool = False) -> None:
        self.named = named
        self.age = 0
        """How often all was found anew, because boots turned out to be other ones."""
        self._ticks = Ticks()
        self._chains: list[Chain] = []
        self._overlaps: tuple[Overlap, ...] | None = None
        """Where two boots were heard at once; None: to be found."""
        self._doubted: list[tuple[Stretch, ...]] = []
        """Of each boot the minutes that are doubted for that."""
        self._at: dict[tuple[int, Key], tuple[Line, str, bool]] = {}
        """Boot and minute -> line, name of the boot, whether sound; as far as asked for."""
        for uptime, received in ticks:
            self.add(uptime, received)

    def add(self, uptime: float, received: float) -> None:
        """Add one message."""
        self._ticks.add(uptime, received)
        self._overlaps = None
        self._at.clear()
        if not self._added((uptime, received)):
            self._anew()

    @property
    def maps(self) -> tuple[ClockMap, ...]:
        """The clock of every boot, from all of its messages; by boot instant."""
        two = {i for one in self.overlaps if one.two for i in one.boots}
        late = {
            i for one in self.overlaps for i, d in zip(one.boots, one.doubted, strict=True) if d
        }
        found = [
            _map(chain, interleaved=i in two, held_up=i in late - two)
            for i, chain in enumerate(self._chains)
        ]
        return tuple(sorted(found, key=_order))

    def at(self, uptime: float, received: float) -> Placed:
        """Return where one of the messages stands, by those up to the end of its minute."""
        phase = (received - uptime) % WRAP
        index, chain = next(
            (i, chain) for i, chain in enumerate(self._chains)
            if chain.links(chain.distance(phase))
        )  # fmt: skip
        return self.placed((index, chain.key((uptime, received))), uptime)

    def placed(self, minute: tuple[int, Key], uptime: float) -> Placed:
        """Return where a message of one *minute* of a boot stands, whose uptime is told [s]."""
        if self._overlaps is None:
            self.settled()
        found = self._at.get(minute)
        if found is None:
            index, key = minute
            chain = self._chains[index]
            line = chain.line(key)
            sound = not (line.doubted or _holds(self._doubted[index], key))
            found = self._at[minute] = line, f"boot {chain.first:.0f}", sound
        line, name, sound = found
        unwound = uptime + WRAP * minute[1][0]
        return Placed(line.offset + (1.0 + line.skew) * unwound, name, sound, minute)

    def settled(self) -> list[Key | None]:
        """Bring all up to date; return the first minute of each boot that is another now."""
        good = [chain.settled() for chain in self._chains]
        self._overlaps = () if len(self._chains) < 2 else tuple(overlaps(self._chains))
        doubted: list[list[Stretch]] = [[] for _ in self._chains]
        for one in self._overlaps:
            for i, stretches in zip(one.boots, one.doubted, strict=True):
                doubted[i] += stretches
        self._doubted = [merged(stretches) for stretches in doubted]
        return good

    @property
    def overlaps(self) -> tuple[Overlap, ...]:
        """Where two boots were heard at once: that is no reboot."""
        if self._overlaps is None:
            self.settled()
        assert self._overlaps is not None, "settled"
        return self._overlaps

    @property
    def doubted(self) -> tuple[tuple[Stretch, ...], ...]:
        """Of each boot the minutes that are doubted, for another was heard then."""
        if self._overlaps is None:
            self.settled()
        return tuple(self._doubted)

    def boot(self, index: int) -> float:
        """Return when the boot of that *index* was, as far as is known [s, UTC]."""
        return self._chains[index].line().offset

    def _added(self, tick: Tick) -> bool:
        """Add to a chain; False where chains are to be found anew."""
        phase = (tick[1] - tick[0]) % WRAP
        near = [c for c in self._chains if c.links(c.distance(phase))]
        if not near:
            near = [Chain(tick, named=self.named)]
            self._chains += near
        return near[0].add(tick, near[0].distance(phase)) and len(near) == 1

    def _anew(self) -> None:
        """Find all boots anew: two turned out to be one, or the first turn another."""
        self.age += 1
        self._chains = []
        ticks = list(self._ticks)
        for group in [ticks] if self.named else _linked(ticks):
            # From the least boot instant on, so that turns of the counter are what they stay.
            first, *others = sorted(group, key=_boot)
            chain = Chain(first, named=self.named)
            for tick in (first, *others):
                chain.add(tick, chain.distance((tick[1] - tick[0]) % WRAP))
            self._chains.append(chain)


def _boot(tick: Tick) -> tuple[float, float]:
    return tick[1] - tick[0], tick[0]


def _holds(stretches: Sequence[Stretch], minute: Key) -> bool:
    """Whether *minute* lies in one of the sorted *stretches*."""
    place = bisect_right(stretches, minute, key=lambda one: one.first)
    return place > 0 and stretches[place - 1].holds(minute)


def _linked(ticks: Iterable[Tick]) -> list[list[Tick]]:
    """Return the messages linked by their boot instants, turns of the counter aside."""
    ring = sorted(
        ((received - uptime) % WRAP, (uptime, received)) for uptime, received in ticks
    )
    chains: list[list[Tick]] = [[ring[0][1]]]
    for (before, _), (phase, tick) in pairwise(ring):
        if phase - before > LINK:
            chains.append([])
        chains[-1].append(tick)
    if len(chains) > 1 and ring[0][0] + WRAP - ring[-1][0] <= LINK:
        chains[0] += chains.pop()
    return chains


def _map(chain: Chain, *, interleaved: bool, held_up: bool) -> ClockMap:
    """Return the map of one boot: the line below all delays, as close as it can be."""
    line, points = chain.line(), chain.points()
    above = [boot - (line.offset + line.skew * uptime) for uptime, boot in points]
    return ClockMap(
        epoch=f"boot {chain.first:.0f}",
        offset=line.offset,
        skew=line.skew,
        uncertainty=median(above),
        first=points[0][0],
        last=chain.newest,
        minutes=len(points),
        ambiguous=not chain.named and chain.worst() > 0.5 * LINK,
        interleaved=interleaved,
        held_up=held_up,
    )


def _order(one: ClockMap) -> tuple[float, float, float]:
    return one.offset, one.first, one.last
