"""This module holds the ingester: from messages to the log, in batches, every one counted.

``received = stored + duplicate + quarantined + thinned``, in messages, after every commit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Sequence
from threading import Condition
from time import monotonic, sleep
from typing import NamedTuple

from simtwin.live.account import Gap
from simtwin.live.batch import Batch
from simtwin.live.message import Decoded, Decoder, Message, Rejected
from simtwin.live.store import Store

BATCH = 1000
"""Messages in one transaction at most."""
WINDOW = 0.02
"""Messages this near [s] share a transaction (TELEMETRY 5.4)."""


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
            read = [self._read(message) for message in messages]
            counts = iter(
                batch.add([one.envelopes for one in read if isinstance(one, Decoded)])
            )
            fates = Counter[str]()
            for message, one in zip(messages, read, strict=True):
                if isinstance(one, Rejected):
                    self._keep(batch, message, str(one))
                    fates["quarantined"] += 1
                elif next(counts).accepted == 0:
                    fates["duplicate"] += 1
                else:
                    fates["stored"] += 1
                    if one.repaired:
                        self._keep(batch, message, one.repaired, stored=True)
                        fates["repaired"] += 1
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

    def _read(self, message: Message) -> Decoded | Rejected:
        try:
            return self.decode(message)
        except Rejected as reason:
            return reason

    @staticmethod
    def _keep(batch: Batch, message: Message, why: str, *, stored: bool = False) -> None:
        batch.keep(message.topic, why, message.payload, message.t_received, stored=stored)


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
        """Return up to *most* messages, within *wait* [s], and what was thinned.

        Once there is one, more are waited for until :data:`WINDOW` is over, so that they
        share a commit; not where *wait* is shorter.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.closed or bool(self._messages), wait)
        end = monotonic() + min(wait, WINDOW)
        while len(self._messages) < min(most, self.size) and not self.closed:
            # Slept through, not waited for: every message would wake it.
            if not self._messages or (left := end - monotonic()) <= 0.0:
                break
            sleep(min(left, WINDOW / 4.0))
        with self._changed:
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
