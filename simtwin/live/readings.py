"""This module holds the readings: what was observed of each machine, in its one order.

The order is of event time, device and signal, so it does not matter how telemetry came in. A
track that was kept on the way stays good as long as nothing was observed before it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from operator import attrgetter
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.arrivals import Arrival, Arrivals, arrival_of
from simtwin.live.envelope import Envelope, Observation, Quality
from simtwin.live.track import Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simtwin.live.account import Counts
    from simtwin.live.arrivals import Double
    from simtwin.live.follow import Follower
    from simtwin.live.store import Store

AHEAD = 86_400.0
"""A machine's clock so far [s] after all that others told, with nothing between, is ahead."""
KEPT = 500
"""Observations between two checkpoints of a machine."""


@dataclass(slots=True)
class Followed:
    """The readings of one machine in order, and tracks on the way through them."""

    rows: list[Observation] = field(default_factory=list)
    kept: list[tuple[int, Track]] = field(default_factory=list)
    """(how many rows are in it, track), the last is the newest."""
    strangers: int = 0
    """Observations in memory of signals that are not followed."""
    _arrivals: list[Arrival] = field(default_factory=list)
    """The same rows with all that their order hangs on."""

    @property
    def start(self) -> Track:
        """Return the track before the first row."""
        return Track(self.rows[0].t_event if self.rows else float("-inf"))

    def track(self, follower: Follower) -> Track:
        """Return the track of *follower* after all rows; checkpoints are left on the way."""
        begin, track = self.kept[-1] if self.kept else (0, self.start)
        while begin < len(self.rows):
            end = min(begin + KEPT - begin % KEPT, len(self.rows))
            track = follower.fold(track, self.rows[begin:end])
            if self.kept and self.kept[-1][0] % KEPT:
                self.kept.pop()  # Between two checkpoints only the newest is of use.
            self.kept.append((end, track))
            begin = end
        return track

    def checkpoint(self, most: int) -> tuple[int, Track]:
        """Return the newest checkpoint of at most *most* rows, and how many it has."""
        return max(
            ((count, track) for count, track in self.kept if count <= most),
            key=lambda pair: pair[0],
            default=(0, self.start),
        )

    def upto(self, follower: Follower, count: int) -> Track:
        """Return the track of *follower* after the first *count* rows."""
        self.track(follower)
        begin, track = self.checkpoint(count)
        return follower.fold(track, self.rows[begin:count])

    def place(self, signal: str, time: float) -> int:
        """Return the first row that tells *signal* for good at *time* [s, UTC]."""
        first = bisect_left(self.rows, time, key=attrgetter("t_event"))
        return next(
            place
            for place in range(first, len(self.rows))
            if self.rows[place].signal == signal
            and self.rows[place].quality is Quality.GOOD
            and isinstance(self.rows[place].value, float | int)
        )

    def forget(self) -> None:
        """Drop what was found under other parameters."""
        self.kept.clear()

    def merge(self, came: list[Arrival], gone: list[Arrival]) -> None:
        """Take in what *came* and let go what is *gone*; only the rows from there on change."""
        if not came and not gone:
            return
        begin = min(one.place for one in (*came, *gone))
        first = bisect_left(self._arrivals, begin, key=_place)
        left = {id(one) for one in gone}
        after = [one for one in self._arrivals[first:] if id(one) not in left]
        self._put(first, sorted([*after, *came], key=_place))

    def replace(self, arrivals: list[Arrival]) -> None:
        """Take *arrivals* instead of all rows."""
        self._put(0, sorted(arrivals, key=_place))

    def _put(self, first: int, arrivals: list[Arrival]) -> None:
        """Let *arrivals* stand from row *first* on; what knew other rows is dropped."""
        rows = [one.observation for one in arrivals]
        same = first + _shared(self.rows[first:], rows)
        self._arrivals[first:] = arrivals
        self.rows[first:] = rows
        while self.kept and self.kept[-1][0] > same:
            self.kept.pop()


class Readings:
    """All that was observed, by machine; sorted when somebody looks."""

    def __init__(
        self, devices: Mapping[str, str], store: Store | None, signals: frozenset[str]
    ) -> None:
        self.devices = devices
        """Device -> machine."""
        self.signals = signals
        """What is followed; anything else is counted only."""
        self.store = store
        self._held: set[Observation] = set()
        self._new: list[Arrival] = []
        """Observations held that no machine has yet."""
        self._followed = {name: Followed() for name in devices.values()}
        self._arrivals = None if store is None else Arrivals(store, devices, signals)
        self._revision: tuple[int, int] | None = None
        self._held_foreign = 0

    @property
    def foreign(self) -> int:
        """Observations of devices that are no machine of the plant."""
        self._refresh()
        return self._held_foreign + (0 if self._arrivals is None else self._arrivals.foreign)

    def add(self, batch: Iterable[Envelope | Observation]) -> Counts | None:
        """Take in *batch*; envelopes go into the store, whose counts come back."""
        items = list(batch)
        envelopes = [item for item in items if isinstance(item, Envelope)]
        counts = None
        if envelopes:
            if self.store is None:
                raise InvalidInput("envelopes need a store: Twin(plant, store=...)")
            counts = self.store.add(envelopes)
        for item in map(_plain, (i for i in items if isinstance(i, Observation))):
            if item not in self._held:
                self._held.add(item)
                self._new.append(arrival_of(item))
        return counts

    def of(self, machine: str) -> Followed:
        """Return the readings of *machine*."""
        self._refresh()
        return self._followed[machine]

    def ends(self) -> list[tuple[float, float]]:
        """Return the times of the first and the last reading of every machine that has any."""
        self._refresh()
        all_rows = [followed.rows for followed in self._followed.values() if followed.rows]
        return [(rows[0].t_event, rows[-1].t_event) for rows in all_rows]

    def newest(self, machine: str) -> float:
        """Return the time of the newest reading of *machine* [s, UTC]; -inf: there is none."""
        rows = self.of(machine).rows
        return rows[-1].t_event if rows else -inf

    def present(self) -> float:
        """Return the newest time that is believed [s, UTC]; -inf: nothing was observed.

        One machine's clock that is ahead makes no other one old: where the newest reading of
        all is more than `AHEAD` after everything that other machines told, it counts as far as
        its own machine was heard on the way there.
        """
        order = sorted(self._followed, key=self.newest)
        first, others = order[-1], self.newest(order[-2]) if len(order) > 1 else -inf
        newest = self.newest(first)
        if others == -inf or newest - others <= AHEAD:
            return newest
        rows, known = self.of(first).rows, others
        for row in rows[bisect_left(rows, others, key=attrgetter("t_event")) :]:
            if row.t_event - known > AHEAD:
                break
            known = row.t_event
        return known

    def doubles(self, machine: str) -> list[Double]:
        """Return which devices of *machine* are two boards that send under one name."""
        self._refresh()
        found = () if self._arrivals is None else self._arrivals.doubles()
        return [one for one in found if self.devices[one.device] == machine]

    def forget(self, machine: str) -> None:
        """Drop the checkpoints of *machine*, whose parameters are others now."""
        self._followed[machine].forget()

    def strangers(self, machine: str) -> int:
        """Return how many readings of *machine* are of signals that are not followed."""
        found = self._followed[machine].strangers
        if self._arrivals is None:
            return found
        told = self._arrivals.strangers
        return found + sum(told[d] for d, name in self.devices.items() if name == machine)

    def _refresh(self) -> None:
        """Take in what is new in log and memory; read all anew only where that must be."""
        came, self._new = self._followed_of(self._new), []
        gone: list[Arrival] = []
        if self._arrivals is not None and self._arrivals.store.revision != self._revision:
            self._revision = self._arrivals.store.revision
            more = self._arrivals.more()
            if more is None:
                self._read_anew(self._arrivals)
                return
            came, gone = [*came, *more[0]], more[1]
        for name, followed in self._followed.items():
            followed.merge(self._of(name, came), self._of(name, gone))

    def _read_anew(self, arrivals: Arrivals) -> None:
        held = [
            one
            for one in map(arrival_of, self._held)
            if one.signal in self.signals and one.observation.device in self.devices
        ]
        found = [*arrivals.all(), *held]
        for name, followed in self._followed.items():
            followed.replace(self._of(name, found))

    def _of(self, machine: str, arrivals: list[Arrival]) -> list[Arrival]:
        return [one for one in arrivals if self.devices[one.observation.device] == machine]

    def _followed_of(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Return those of *arrivals* that are followed, and count the others."""
        found = []
        for one in arrivals:
            machine = self.devices.get(one.observation.device)
            if machine is None:
                self._held_foreign += 1
            elif one.signal in self.signals:
                found.append(one)
            else:
                self._followed[machine].strangers += 1
        return found


def _shared(old: list[Observation], new: list[Observation]) -> int:
    """Return how many rows both begin with."""
    if new[: len(old)] == old:
        return len(old)
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))


def _plain(observation: Observation) -> Observation:
    """Return *observation* with 0 for -0: they are equal, and a set keeps the first.

    Raises InvalidInput where a number of it is none.
    """
    for number in (observation.value, observation.t_event):
        if isinstance(number, float) and not isfinite(number):
            raise InvalidInput(
                f"{observation.device} {observation.signal}: a failed reading has the value "
                f"None and is BAD (got {observation.value!r} at {observation.t_event!r} s)"
            )
    return replace(observation, value=0.0) if observation.value == 0.0 else observation


def _place(one: Arrival) -> tuple[object, ...]:
    return one.place
