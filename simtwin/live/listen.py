"""This module holds the listening: a twin fed from a broker, written down first, then believed.

What a message says is in the log before the twin hears of it, so a twin that was stopped,
however, goes on from its log as if nothing had been (TELEMETRY 5.4, 5.10).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simtwin.errors import DiskFull, InvalidInput
from simtwin.live.broker import follow
from simtwin.live.dialects import decoded
from simtwin.live.ingest import Ingester

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from simtwin.live.broker import Broker, Say
    from simtwin.live.store import Store
    from simtwin.live.twin import Twin

LOOK = 0.05
"""Least time between two looks at the twin [s]; no less than the last one took, so that writing
has half of the time at least."""
IDLE = 1.0
"""A look comes so often although nothing was heard [s], for silence is news too."""
ROOM = 5.0
"""A full disk is tried again so often [s]."""


def listen(
    twin: Twin,
    broker: Broker,
    *,
    stop: Event,
    say: Say,
    look: Callable[[Twin], None],
    replayed: bool,
) -> None:
    """Let *twin* hear what *broker* sends until *stop* is set; *look* whenever it knows more.

    A full disk is said in words and tried again: nothing of the last batch was acknowledged,
    so what had QoS 1 comes again, and what had none leaves a gap in the log.
    """
    store = twin.store
    if store is None:
        raise InvalidInput("a broker needs a store: Twin(plant, store=...)")
    turn = _Turn(twin, store, look, replayed)
    ingester = Ingester(store, decoded)
    why = "nobody listened"
    while not stop.is_set():
        last = store.last_receipt()
        try:
            follow(
                broker, ingester, stop=stop, say=say, replayed=replayed,
                since=None if last is None else (last, why), after=turn.take,
            )  # fmt: skip
        except DiskFull as full:
            say(f"{full}; it is tried again in {ROOM:g} s")
            why = "the disk was full"
            stop.wait(ROOM)


class _Turn:
    """When to look: after news, not too often; and now and then without any."""

    __slots__ = ("_last", "_least", "_look", "_replayed", "_seen", "_store", "_twin")

    def __init__(
        self, twin: Twin, store: Store, look: Callable[[Twin], None], replayed: bool
    ) -> None:
        self._twin, self._store, self._look, self._replayed = twin, store, look, replayed
        self._seen: tuple[int, int] | None = None
        self._last = float("-inf")
        self._least = LOOK

    def take(self) -> None:
        """Look, if it is time."""
        begun = time.monotonic()
        passed = begun - self._last
        revision = self._store.revision
        if passed < (self._least if revision != self._seen else IDLE):
            return
        if not self._replayed:
            self._twin.wait(time.time())
        self._look(self._twin)
        self._seen, self._last = revision, time.monotonic()
        self._least = max(LOOK, min(self._last - begun, IDLE))
