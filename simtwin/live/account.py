"""This module holds the account: what became of every message and every reading."""

from __future__ import annotations

from dataclasses import dataclass

TALLIES = ("received", "stored", "duplicate", "quarantined", "thinned", "repaired", "dropped")
"""What is counted in messages: ``received = stored + duplicate + quarantined + thinned``;
repaired ones are among the stored, dropped ones were quarantined and are no longer kept."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the readings of one ``add``; *late* ones are among the accepted."""

    accepted: int = 0
    late: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.accepted + other.accepted,
            self.late + other.late,
            self.duplicate + other.duplicate,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One message that was refused, or repaired: why, and its first bytes."""

    t_received: float
    source: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """A time [s, UTC] in which a device told nothing that was kept, and why."""

    device: str
    begin: float
    end: float
    reason: str
