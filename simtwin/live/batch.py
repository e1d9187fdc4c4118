"""This module holds the batch: what is written to the log in one transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence

from simtwin.live.account import Counts, Gap
from simtwin.live.envelope import Envelope

RAW_KEPT = 4096
"""Bytes of a message that are kept with its reason."""
REASONS_KEPT = 1000
"""Reasons that are counted apart; what comes beyond is counted as OTHER."""
OTHER = "another reason"
_VALUES = re.compile(r"(['\"]).*\1|\(got .*\)|[-+]?\d[\w.+-]*|[-+]?\b(?:nan|inf)\b")
"""What differs from message to message in a reason: names in quotes, values, numbers."""


class Batch:
    """What is written in one transaction."""

    __slots__ = ("_add", "_connection")

    def __init__(
        self,
        connection: sqlite3.Connection,
        add: Callable[[Sequence[Sequence[Envelope]]], list[Counts]],
    ) -> None:
        self._connection = connection
        self._add = add

    def add(self, messages: Sequence[Sequence[Envelope]]) -> list[Counts]:
        """Add the readings of *messages* and return the counts of each."""
        return self._add(messages)

    def keep(
        self, source: str, reason: str, raw: bytes, t_received: float, *, stored: bool = False
    ) -> None:
        """Keep the first bytes of a message that was refused, or repaired and *stored*.

        Bytes go when too many came after them; how many were refused for a reason stays.
        """
        self._connection.execute(
            "INSERT INTO quarantine (t_received, source, kept, reason, raw)"
            " VALUES (?, ?, ?, ?, ?)",
            (t_received, source, int(stored), reason, raw[:RAW_KEPT]),
        )
        if not stored:
            self._refused(kind_of(reason))

    def _refused(self, kind: str) -> None:
        sql = "UPDATE refusal SET count = count + 1 WHERE reason = ?"
        if self._connection.execute(sql, (kind,)).rowcount:
            return
        (known,) = self._connection.execute("SELECT count(*) FROM refusal").fetchone()
        self._connection.execute(
            "INSERT INTO refusal VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (kind if known < REASONS_KEPT else OTHER,),
        )

    def gap(self, gap: Gap) -> None:
        """Note a gap; the same one twice is one."""
        self._connection.execute(
            "INSERT INTO gap VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (gap.device, gap.begin, gap.end, gap.reason),
        )

    def version(self, row: Sequence[str | float]) -> None:
        """Add one parameter version; a number that is there already is refused by SQLite."""
        self._connection.execute(
            "INSERT INTO parameter_version VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )

    def count(self, **more: int) -> None:
        """Count messages, by what became of them."""
        self._connection.executemany(
            "INSERT INTO tally VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(name, number) for name, number in more.items() if number],
        )


def kind_of(reason: str) -> str:
    """Return *reason* without what differs from message to message, to be counted by.

    >>> kind_of("topic 'mill/x' is not read"), kind_of("time 2680.257 s, received nan s: wrong")
    ('topic … is not read', 'time … s, received … s: wrong')
    """
    return _VALUES.sub("…", reason)[:200]
