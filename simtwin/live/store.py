"""This module holds the store: the append-only log of all that was observed, in SQLite.

What is returned is a function of the *set* of envelopes added, whatever their order, batches
or duplicates (TELEMETRY 5, invariance law). ``add`` returns after the commit, with
``synchronous=FULL``: what it counted is on disk as far as fsync tells the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simtwin.live.envelope import Envelope, Observation


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the readings of one ``add``; *late* ones are among the accepted."""

    accepted: int = 0
    late: int = 0
    duplicate: int = 0
    quarantined: int = 0


class Store:
    """The log in one SQLite file; one process writes it."""

    def __init__(self, path: Path | str) -> None:
        raise NotImplementedError

    def add(self, envelopes: Iterable[Envelope]) -> Counts:
        """Add *envelopes* in one transaction and return their counts, after the commit."""
        raise NotImplementedError

    def observations(
        self,
        device: str | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
    ) -> Iterator[Observation]:
        """Give the readings with ``since < t_event <= until``, sorted.

        By (t_event, device, epoch, seq, signal), of one *device* or of all.
        """
        raise NotImplementedError
