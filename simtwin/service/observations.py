"""This module holds the observations of a twin: a set, and what follows from it.

Whatever order they come in, in whichever batches and however often, the set is the same, and
so is all that follows from it: the time, the acts of operators, and the newest of each signal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from simtwin.names import natural
from simtwin.service.signals import SIGNALS, Value

LATENESS = 5.0
"""How far an observation may lie behind the newest one without counting as late [s]."""

GOOD = "GOOD"

Identity = tuple[str, int, str, str]
"""Boot, sequence number, machine, signal: what makes two observations the same one."""

Act = tuple[float, str, str, float | None]
"""Instant [s], machine, what is done, value."""


class Observation(NamedTuple):
    """What was seen of one machine at one instant."""

    time: float
    """When it was so, not when it was heard of [s after the start]."""
    machine: str
    signal: str
    value: Value | None
    """None where the reading failed."""
    quality: str
    boot: str
    """Which run of the sender it is from: sequence numbers begin anew with each."""
    seq: int

    @property
    def identity(self) -> Identity:
        """What makes it the same observation when it comes again."""
        return self.boot, self.seq, self.machine, self.signal

    @property
    def order(self) -> tuple[object, ...]:
        """Its place among all: by when it was so, never by when it came."""
        return (
            self.time, natural(self.machine), self.signal, natural(self.boot), self.seq,
        )  # fmt: skip


class Observations:
    """The set of observations of a twin. It is never changed, only followed by a larger one.

    One identity with two contents is a contradiction: neither is used, whichever came first.
    """

    def __init__(self, known: Mapping[Identity, frozenset[Observation]] | None = None) -> None:
        self._known = dict(known or {})

    def __len__(self) -> int:
        return sum(len(contents) for contents in self._known.values())

    def __iter__(self) -> Iterator[Observation]:
        """Give every observation, contradictory ones too, in an order of their own."""
        every = (one for contents in self._known.values() for one in contents)
        return iter(sorted(every, key=_whole))

    def taking(self, new: Iterable[Observation]) -> tuple[Observations, list[str]]:
        """Return the set with *new* ones in it, and what each was when its turn came.

        That is "new", "duplicate" or "contradiction"; only the first and the last grow the set.
        """
        grown = Observations(self._known)
        said = []
        for one in new:
            contents = grown._known.get(one.identity, frozenset())
            said.append("duplicate" if one in contents else
                        "contradiction" if contents else "new")  # fmt: skip
            grown._known[one.identity] = contents | {one}
        return grown, said

    @cached_property
    def sound(self) -> tuple[Observation, ...]:
        """Those that nothing contradicts, in order."""
        single = (next(iter(seen)) for seen in self._known.values() if len(seen) == 1)
        return tuple(sorted(single, key=lambda one: one.order))

    @cached_property
    def contradicted(self) -> int:
        """How many identities have two contents."""
        return sum(len(contents) > 1 for contents in self._known.values())

    @property
    def time(self) -> float:
        """When the newest one was so [s]; 0 where there is none."""
        return self.sound[-1].time if self.sound else 0.0

    @cached_property
    def newest(self) -> tuple[Observation, ...]:
        """The newest of each signal of each machine, by when it was so."""
        return tuple({(one.machine, one.signal): one for one in self.sound}.values())

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """What operators did: wherever a good report of a setting differs from the last."""
        acts: list[Act] = []
        last: dict[tuple[str, str], Value] = {}
        for one in self.sound:
            signal = SIGNALS.get(one.signal)
            if signal is None or signal.acts is None or one.quality != GOOD:
                continue
            if one.value is None or last.get((one.machine, one.signal)) == one.value:
                continue
            last[one.machine, one.signal] = one.value
            do = signal.acts[0] if one.value else signal.acts[1]
            acts.append((one.time, one.machine, do, None if signal.truth else float(one.value)))
        return tuple(acts)

    @cached_property
    def digest(self) -> str:
        """A number of the set, the same whatever the order in which it grew."""
        text = "\n".join(line_of(one) for one in self)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def line_of(one: Observation) -> str:
    """Return *one* as a line of the log."""
    return json.dumps(list(one), ensure_ascii=False, allow_nan=False)


def observation_of(line: str) -> Observation:
    """Return the observation in a *line* of the log.

    >>> seen = Observation(60.0, "mill-1", "coolant_on", False, "GOOD", "b1", 7)
    >>> observation_of(line_of(seen)) == seen
    True
    """
    return Observation(*json.loads(line))


def _whole(one: Observation) -> tuple[object, ...]:
    return (*one.order, repr(one.value), one.quality)
