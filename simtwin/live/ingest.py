"""This module holds the ingester: from messages to the log, in batches, every one counted.

``received = stored + duplicate + quarantined + thinned``, in messages, after every commit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Sequence
from threading import Condition
from typing import NamedTuple

from simtwin.live.account import Gap
from simtwin.live.batch import Batch
from simtwin.live.message import Decoder, Message, Rejected
from simtwin.live.store import Store

BATCH = 1000
"""Messages in one transaction at most."""


class Thinned(NamedTuple):
    """Messages that were not kept, because more came than could be written."""

    number: int = 0
    first: float = 0.0
    """Receipt of the first [s, UTC]."""
    last: float = 0.0


NOTHING_THINNED = Thinned()


class Ingester:
    """Writes messages to a *store* as *decode* reads them.

    >>> from simtwin.live.v0 import V0
    >>> ingester = Ingester(Store(":memory:"), V0())
    >>> ingester.take([Message("modax/sensor/data", b"?", 0.0)])
    >>> ingester.store.tally()["quarantined"], ingester.store.quarantined()[0].reason
    (1, 'is no JSON: Expecting value: line 1 column 1 (char 0)')
    """

    def __init__(self, store: Store, decode: Decoder) -> None:
        self.store = store
        self.decode = decode

    def take(self, messages: Sequence[Message], thinned: Thinned = NOTHING_THINNED) -> None:
        """Write *messages* in one transaction; when it returns they are on disk.

        *thinned* ones are counted, with a gap where they were.
        """
        with self.store.batch() as batch:
            fates = Counter[str]()
            for message in messages:
                fates.update(self._one(batch, message))
            fates.update(received=len(messages) + thinned.number, thinned=thinned.number)
            batch.count(**fates)
            if thinned.number:
                reason = f"flood: {thinned.number} messages were not kept"
                batch.gap(Gap("", thinned.first, thinned.last, reason))

    def note(self, gaps: Sequence[Gap]) -> None:
        """Write down *gaps* of the source."""
        with self.store.batch() as batch:
            for gap in gaps:
                batch.gap(gap)

    def _one(self, batch: Batch, message: Message) -> tuple[str, ...]:
        """Write one message; return what became of it, as it is counted."""
        try:
            decoded = self.decode(message)
        except Rejected as reason:
            batch.keep(message.topic, str(reason), message.payload, message.t_received)
            return ("quarantined",)
        counts = batch.add(decoded.envelopes)
        if counts.accepted == 0:
            return ("duplicate",)
        if not decoded.repaired:
            return ("stored",)
        batch.keep(
            message.topic, decoded.repaired, message.payload, message.t_received, stored=True
        )
        return ("stored", "repaired")


class Inbox:
    """Messages between the thread that receives and the one that writes, *size* at most.

    When it is full, a message that can be spared is thinned: a sample of QoS 0, which nobody
    will send again and the next of which comes at once. Any other waits for its place, which
    holds its acknowledgement back and so slows the broker.

    >>> inbox = Inbox(1, spared={"samples"})
    >>> for number in range(3):
    ...     inbox.put(Message("samples", b"", float(number)))
    >>> messages, thinned = inbox.get(10, wait=0.0)
    >>> len(messages), thinned
    (1, Thinned(number=2, first=1.0, last=2.0))
    """

    def __init__(self, size: int, *, spared: Container[str] = ()) -> None:
        self.size = size
        self.spared = spared
        self.closed = False
        self._messages: deque[Message] = deque()
        self._thinned = NOTHING_THINNED
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        """Give a place to *message*, when there is one; a closed inbox drops it, unanswered."""
        with self._changed:
            if len(self._messages) >= self.size and self._can_spare(message):
                number, first, _ = self._thinned
                when = message.t_received
                self._thinned = Thinned(number + 1, first if number else when, when)
                return
            self._changed.wait_for(lambda: self.closed or len(self._messages) < self.size)
            if not self.closed:
                self._messages.append(message)
                self._changed.notify_all()

    def get(self, most: int, *, wait: float) -> tuple[list[Message], Thinned]:
        """Return up to *most* messages, within *wait* [s], and what was thinned."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or bool(self._messages), wait)
            count = min(most, len(self._messages))
            found = [self._messages.popleft() for _ in range(count)]
            thinned, self._thinned = self._thinned, NOTHING_THINNED
            self._changed.notify_all()
            return found, thinned

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _can_spare(self, message: Message) -> bool:
        return message.qos == 0 and message.topic in self.spared
