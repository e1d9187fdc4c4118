"""This module holds the because: why an order is late, told of a run in which it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Because:
    """Why *order* is late in one replication, and in how many of *n* it is."""

    order: str
    late_in: int
    n: int
    replication: int
    """The run that it is told of."""
    why: str
    """Where its time went, in a phrase."""
    chain: str
    """The events that led to it, in order of time; empty where no stop did."""
