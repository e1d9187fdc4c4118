"""This module holds the arrivals: what is new in a log, at its place in time, and what moved.

A reading of a clock that counts from its boot hangs on one minute of that boot, so only those
of minutes that are not what they were move; readings older than what is kept at hand are read
again from the log.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.live.clock import Boots
from simtwin.live.envelope import Clock, Observation
from simtwin.live.instants import utc_text
from simtwin.live.overlap import OWN
from simtwin.live.row import envelope_of
from simtwin.live.timed import Timed, doubted, from_boot, from_epoch
from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from simtwin.live.chain import Key
    from simtwin.live.clock import Placed
    from simtwin.live.envelope import Envelope
    from simtwin.live.overlap import Stretch
    from simtwin.live.store import Store
    from simtwin.names import NaturalKey

AT_HAND = 30
"""Minutes of each boot whose readings are kept as they came."""

Owner = tuple[str, str, int]
"""Device, epoch, and which of the boots found there."""


class Arrival(NamedTuple):
    """One observation at its place in the order of the fold."""

    t_event: float
    device: NaturalKey
    epoch: str
    seq: int
    message: str
    signal: str
    observation: Observation

    @property
    def place(self) -> tuple[Any, ...]:
        """All that says where it stands; no two have the same."""
        return self[:6]


class Double(NamedTuple):
    """Two boards that send under one name."""

    begin: float
    """When both were heard first [s, UTC]."""
    device: str
    end: float
    """When both were heard last [s, UTC]."""
    boots: tuple[float, float]
    """When each was switched on [s, UTC]."""

    def __str__(self) -> str:
        first, second, begin, end = (
            f"{utc_text(t)[:19]}Z" for t in (*self.boots, self.begin, self.end)
        )
        return (
            f"two clocks tell of {self.device}: of boards switched on at {first} and {second}, "
            f"both heard from {begin} to {end}; give each its own id"
        )


class _Boot:
    """The readings of one boot, minute by minute, as far as they are at hand."""

    __slots__ = ("minutes", "past")

    def __init__(self) -> None:
        self.minutes: dict[Key, list[tuple[Envelope, Arrival]]] = {}
        self.past: Key | None = None
        """The newest minute that is not at hand any more."""

    def is_past(self, minute: Key) -> bool:
        """Whether *minute* is not at hand."""
        return self.past is not None and minute <= self.past

    def until(self, stretches: Iterable[Stretch]) -> list[Stretch]:
        """Return what of *stretches* is not at hand."""
        past = self.past
        if past is None:
            return []
        old = [one for one in stretches if one.first <= past]
        return [one._replace(last=min(one.last, past)) for one in old]

    def tidy(self) -> None:
        """Keep the newest minutes at hand."""
        while len(self.minutes) > AT_HAND:
            oldest = min(self.minutes)
            del self.minutes[oldest]
            self.past = oldest


Moved = tuple[Boots, tuple[int, "Key"], list[tuple["Envelope", Arrival]]]
"""A minute of a boot whose line is another now, and its readings."""


class Arrivals:
    """Reads a log on and on; each time what came, and what of the earlier has moved."""

    def __init__(self, store: Store, devices: Container[str], signals: Container[str]) -> None:
        self.store, self._devices, self._signals = store, devices, signals
        self.foreign = 0
        """Readings of devices that are not followed."""
        self.strangers: Counter[str] = Counter()
        """Device -> readings of signals that are not followed."""
        self._begin()

    def _begin(self) -> None:
        self._number, self._changed = 0, self.store.changed()
        self.foreign = 0
        self.strangers.clear()
        self._clocks: dict[tuple[str, str], Boots] = {}
        self._ages: dict[tuple[str, str], int] = {}
        """How often the boots of a clock were found anew."""
        self._doubted: dict[Owner, tuple[Stretch, ...]] = {}
        """Boot -> minutes doubted, for another clock was heard then."""
        self._boots: dict[Owner, _Boot] = {}

    def all(self) -> list[Arrival]:
        """Return all that the log holds, read anew."""
        self._begin()
        found = self._taken()
        assert found is not None, "nothing was at hand that could be amiss"
        return found[0]

    def more(self) -> tuple[list[Arrival], list[Arrival]] | None:
        """Return what came or moved, at its place, and what stands there no longer.

        None where it cannot be told, and all is to be read anew: a reading became another one,
        boots turned out to be others, or something came that is older than what is at hand.
        """
        return None if self.store.changed() != self._changed else self._taken()

    def doubles(self) -> Iterator[Double]:
        """Give the devices of which two clocks go on at once, in order of the first time."""
        found: dict[tuple[str, str, tuple[int, int]], Double] = {}
        for (device, epoch), boots in self._clocks.items():
            for one in boots.overlaps:
                if not one.two or one.end - one.begin < OWN:
                    continue
                first, second = sorted(map(boots.boot, one.boots))
                key = device, epoch, (min(one.boots), max(one.boots))
                begin = found[key].begin if key in found else one.begin
                found[key] = Double(begin, device, one.end, (first, second))
        return iter(sorted(found.values()))

    def _taken(self) -> tuple[list[Arrival], list[Arrival]] | None:
        came, counted = self._read()
        moved = self._moved()
        if moved is None:
            return None
        for envelope in counted:
            boots = self._clocks[envelope.device, envelope.epoch]
            placed = boots.at(envelope.t_source, envelope.t_received)
            index, minute = placed.minute
            boot = self._boots.setdefault((envelope.device, envelope.epoch, index), _Boot())
            if boot.is_past(minute):
                return None
            arrival = _arrival(from_boot(envelope, natural(envelope.device), placed))
            boot.minutes.setdefault(minute, []).append((envelope, arrival))
            came.append(arrival)
        gone = []
        for boots, place, rows in moved:
            for i, (envelope, before) in enumerate(rows):
                after = _again(envelope, before, boots.placed(place, envelope.t_source))
                if after is not before:
                    gone.append(before)
                    came.append(after)
                    rows[i] = envelope, after
        for boot in self._boots.values():
            boot.tidy()
        return came, gone

    def _read(self) -> tuple[list[Arrival], list[Envelope]]:
        """Return what came of clocks that know the date, and of those that count."""
        came: list[Arrival] = []
        counted: list[Envelope] = []
        last: tuple[object, ...] = ()
        for number, *row in self.store.added(self._number):
            self._number = number
            device, epoch, _, _, signal, clock, t_source, t_received, _ = row
            if device not in self._devices:
                self.foreign += 1
                continue
            if clock == Clock.UPTIME and (device, epoch, t_source, t_received) != last:
                last = device, epoch, t_source, t_received  # A message has many readings.
                boots = self._clocks.get((device, epoch))
                if boots is None:
                    boots = self._clocks[device, epoch] = Boots(named=epoch != "")
                boots.add(t_source, t_received)
            if signal not in self._signals:
                self.strangers[device] += 1
            elif clock == Clock.UPTIME:
                counted.append(envelope_of(row))
            else:
                came.append(_arrival(from_epoch(envelope_of(row), natural(device))))
        return came, counted

    def _moved(self) -> list[Moved] | None:
        """Return the minutes whose readings may stand elsewhere now; None: anything may."""
        found = []
        for key, boots in self._clocks.items():
            changed = boots.settled()
            if self._ages.setdefault(key, boots.age) != boots.age:
                return None
            for index, first in enumerate(changed):
                owner = (*key, index)
                boot, now = self._boots.get(owner), boots.doubted[index]
                before, self._doubted[owner] = self._doubted.get(owner, ()), now
                if boot is None:
                    continue
                if boot.until(before) != boot.until(now):
                    return None
                if first is not None and boot.is_past(first):
                    return None
                found += [
                    (boots, (index, minute), rows)
                    for minute, rows in boot.minutes.items()
                    if (first is not None and minute >= first)
                    or any(one.holds(minute) for one in before)
                    != any(one.holds(minute) for one in now)
                ]
        return found


def arrival_of(observation: Observation) -> Arrival:
    """Return where an *observation* of memory stands: by time, device, signal, value."""
    told = f"{observation.signal} {observation.value!r} {observation.quality}"
    name = natural(observation.device)
    return Arrival(observation.t_event, name, "", -1, told, observation.signal, observation)


def _again(envelope: Envelope, before: Arrival, placed: Placed) -> Arrival:
    """Return where an *envelope* that stood at *before* is *placed* now; the same if there."""
    epoch = envelope.epoch or placed.epoch
    quality = envelope.quality if placed.sound else doubted(envelope.quality)
    told = before.observation
    if (placed.utc, epoch, quality) == (before.t_event, before.epoch, told.quality):
        return before
    observation = Observation(told.device, told.signal, told.value, quality, placed.utc)
    return before._replace(t_event=placed.utc, epoch=epoch, observation=observation)


def _arrival(one: Timed) -> Arrival:
    envelope = one.envelope
    observation = Observation(
        envelope.device, envelope.signal, envelope.value, envelope.quality, one.t_event
    )
    return Arrival(*one[:6], observation)
