"""This module holds the readings: what was observed of each machine, in its one order.

The order is of event time, device and signal, so it does not matter how telemetry came in. A
track that was kept on the way stays good as long as nothing was observed before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Envelope, Observation
from simtwin.live.track import Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simtwin.live.account import Counts
    from simtwin.live.follow import Follower
    from simtwin.live.store import Store

KEPT = 500
"""Observations between two checkpoints of a machine."""


@dataclass(slots=True)
class Followed:
    """The readings of one machine in order, and tracks on the way through them."""

    rows: list[Observation] = field(default_factory=list)
    kept: list[tuple[int, Track]] = field(default_factory=list)
    """(how many rows are in it, track), the last is the newest."""
    strangers: int = 0
    """Readings of signals that are not followed."""

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

    def replaced(self, rows: list[Observation]) -> None:
        """Take *rows* instead; checkpoints that knew others are dropped."""
        same = _shared(self.rows, rows)
        self.rows = rows
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
        self.foreign = 0
        """Observations of devices that are no machine of the plant."""
        self._held: set[Observation] = set()
        self._followed = {name: Followed() for name in devices.values()}
        self._fresh = False

    def add(self, batch: Iterable[Envelope | Observation]) -> Counts | None:
        """Take in *batch*; envelopes go into the store, whose counts come back."""
        items = list(batch)
        envelopes = [item for item in items if isinstance(item, Envelope)]
        counts = None
        if envelopes:
            if self.store is None:
                raise InvalidInput("envelopes need a store: Twin(plant, store=...)")
            counts = self.store.add(envelopes)
        self._held.update(_plain(item) for item in items if isinstance(item, Observation))
        self._fresh = False
        return counts

    def of(self, machine: str) -> Followed:
        """Return the readings of *machine*."""
        self._sort()
        return self._followed[machine]

    def ends(self) -> list[tuple[float, float]]:
        """Return the times of the first and the last reading of every machine that has any."""
        self._sort()
        all_rows = [followed.rows for followed in self._followed.values() if followed.rows]
        return [(rows[0].t_event, rows[-1].t_event) for rows in all_rows]

    def forget(self, machine: str) -> None:
        """Drop the checkpoints of *machine*, whose parameters are others now."""
        self._followed[machine].kept.clear()

    def _sort(self) -> None:
        if self._fresh:
            return
        rows: dict[str, list[Observation]] = {name: [] for name in self._followed}
        strangers = dict.fromkeys(rows, 0)
        foreign = 0
        for observation in self._observed():
            machine = self.devices.get(observation.device)
            if machine is None:
                foreign += 1
            elif observation.signal in self.signals:
                rows[machine].append(observation)
            else:
                strangers[machine] += 1
        for name, followed in self._followed.items():
            followed.replaced(rows[name])
            followed.strangers = strangers[name]
        self.foreign, self._fresh = foreign, True

    def _observed(self) -> Iterable[Observation]:
        held = sorted(self._held, key=_order)
        if self.store is None:
            return held
        logged = self.store.observations()
        return sorted([*logged, *held], key=_place) if held else logged


def _shared(old: list[Observation], new: list[Observation]) -> int:
    """Return how many rows both begin with."""
    if new[: len(old)] == old:
        return len(old)
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))


def _plain(observation: Observation) -> Observation:
    """Return *observation* with 0 for -0: they are equal, and a set keeps the first."""
    return replace(observation, value=0.0) if observation.value == 0.0 else observation


def _place(observation: Observation) -> tuple[float, str, str]:
    return observation.t_event, observation.device, observation.signal


def _order(observation: Observation) -> tuple[float, str, str, str, str]:
    """Return where an observation stands among others: a total order over what differs."""
    return (*_place(observation), repr(observation.value), observation.quality)
