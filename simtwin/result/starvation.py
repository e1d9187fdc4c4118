"""This module holds the starvation clock: when a stop reaches the machines next to it.

A first estimate by hand, and a test of the simulation: it takes mean durations, looks at the
neighbours alone, and lets nothing else happen until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

Stood = Literal["starved", "blocked"]


@dataclass(frozen=True, slots=True)
class Clock:
    """When a neighbour of a stopped machine is *starved* or *blocked* at last.

    >>> clock = Clock("m5", "starved", at=6000.0, cycle=300.0)
    >>> clock.lost(10800.0), clock.pieces(10800.0)
    (4800.0, 16.0)
    """

    machine: str
    state: Stood
    at: float
    """[s]"""
    cycle: float
    """Mean time between two pieces while it works [s]."""

    def lost(self, until: float) -> float:
        """Return the time that it stands if the stop lasts *until* [s]."""
        return max(0.0, until - self.at)

    def pieces(self, until: float) -> float:
        """Return the pieces that it does not make in that time."""
        return self.lost(until) / self.cycle


def starves_at(failed: float, *, buffered: int, cycle: float, left: float = 0.0) -> float:
    """Return when the machine behind one that *failed* [s] has worked off its buffer [s].

    It has *buffered* pieces of *cycle* [s] before it, and works *left* [s] more on the one in
    hand: 0 where it is about to take the next.

    >>> starves_at(0.0, buffered=8, cycle=300.0) / 60.0
    40.0
    """
    _check(buffered, "buffered", cycle, left)
    return failed + left + buffered * cycle


def starves_behind(
    failed: float, *, buffered: int, cycle: float, left: float, arrivals: Sequence[float]
) -> float:
    """Return when it has worked off also what comes by *arrivals* [s], in order of time.

    It is starved before a piece on its way has come, if that takes longer than what it has.

    >>> starves_behind(0.0, buffered=1, cycle=300.0, left=0.0, arrivals=[200.0]) / 60.0
    10.0
    >>> starves_behind(0.0, buffered=1, cycle=300.0, left=0.0, arrivals=[400.0]) / 60.0
    5.0
    """
    at = starves_at(failed, buffered=buffered, cycle=cycle, left=left)
    for arrival in arrivals:
        if arrival > at:
            break
        at += cycle
    return at


def blocks_at(failed: float, *, free: int, cycle: float, left: float = 0.0) -> float:
    """Return when the machine before one that *failed* [s] finds no room for its piece [s].

    There are *free* slots between them, and it works *left* [s] more on the piece in hand: 0
    where that one is just done, and takes the first slot.

    >>> blocks_at(0.0, free=3, cycle=300.0, left=120.0) / 60.0
    17.0
    """
    _check(free, "free", cycle, left)
    return failed + left + free * cycle


def _check(count: int, name: str, cycle: float, left: float) -> None:
    if count < 0:
        raise InvalidInput(f"{name} must not be negative (got {count})")
    if not cycle > 0.0:
        raise InvalidInput(f"cycle must be positive (got {cycle} s)")
    if not left >= 0.0:
        raise InvalidInput(f"left must not be negative (got {left} s)")
