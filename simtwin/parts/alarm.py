"""This module holds the alarm: the event at an absolute instant that wakes a process."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import simpy
from msgspec import Struct

from simtwin.units import TICKS

if TYPE_CHECKING:
    from collections.abc import Callable

Resume = tuple["Callable[[Alarm], object]"]
"""What an alarm calls when its instant comes: the same for all alarms of a process."""


def instant(time: float) -> float:
    """Return *time* [s] rounded up to the grid of 2^-24 s, once, where an instant is made.

    >>> instant(1.0), instant(1.0 + 2**-30) - 1.0 == 2**-24
    (1.0, True)
    """
    try:
        return ceil(time * TICKS) / TICKS
    except OverflowError:  # Never, or so late that it is on the grid.
        return time


class Rank(IntEnum):
    """The order of events at one instant (KERNEL 4); SimPy's own 0 and 1 come before."""

    TRIP = 0
    BREAKAGE = 1
    OVERLOAD = 2
    FAILURE = 3
    WEAR_LIMIT = 4
    COMPLETION = 5
    REPAIR = 6
    CALENDAR = 7
    INTERVENTION = 8
    ARRIVAL = 9
    DISPATCH = 10


ORDER_BITS = 24


def priority(rank: int, order: int) -> int:
    """Return the heap priority of *rank* for the entity that is *order*-th by natural name.

    >>> priority(Rank.TRIP, 7) < priority(Rank.BREAKAGE, 0)
    True
    """
    return 2 + (rank << ORDER_BITS) + order


class Label(NamedTuple):
    """What an alarm says when it wakes a process; also how a snapshot keeps it."""

    instant: float
    rank: int
    part: str
    guard: str


class Alarm(Struct, eq=False):
    """An event that will happen at one absolute instant, for a part that is to see to a guard.

    It does what the run loop asks of an event of SimPy, and no more: that has a dictionary of
    its own, and this is the value that a run makes most of.
    """

    _ok: ClassVar[bool] = True
    at: float
    rank: int
    part: str
    guard: str
    """What the process that it wakes is to see to."""
    callbacks: Any
    """Whom it wakes: a tuple, for SimPy's list; None once it has happened."""

    @property
    def label(self) -> Label:
        """What it says."""
        return Label(self.at, self.rank, self.part, self.guard)


def waker(process: simpy.Process) -> Resume:
    """Return what an alarm calls to wake *process*: its generator goes on, given the alarm.

    SimPy's own callback would look at the event that the process yields next. Here that is
    always one that never comes, for an alarm knows whom to wake: a third of the time.
    """
    return (process._generator.send,)


class Asleep(simpy.Event):
    """What a process yields while it sleeps: never scheduled; an alarm wakes the process."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        # Stays empty: nobody is called by an event that never comes, alarms know whom to wake.
        self.callbacks = deque(maxlen=0)  # type: ignore[assignment]
