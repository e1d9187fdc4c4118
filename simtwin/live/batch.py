"""This module holds the batch: what is written to the log in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from simtwin.live.account import Counts, Gap
from simtwin.live.envelope import Envelope

RAW_KEPT = 4096
"""Bytes of a message that are kept with its reason."""


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
        """Keep the first bytes of a message that was refused, or repaired and *stored*."""
        self._connection.execute(
            "INSERT INTO quarantine (t_received, source, kept, reason, raw)"
            " VALUES (?, ?, ?, ?, ?)",
            (t_received, source, int(stored), reason, raw[:RAW_KEPT]),
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
