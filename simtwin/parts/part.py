"""This module holds what every part of a machine is, and what a machine offers its parts.

A part sleeps until its life calls: load changes are plain calls (`advance`), state events are
found by asking (`first_event`), and only a life event wakes the part's process (KERNEL 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Course, Load
    from simtwin.physics.life import Law

Guard = tuple[float, int, str]
"""Seconds from now, rank, and the name of the guard that will be reached."""


class Host(Protocol):
    """What a machine offers to the life of its parts."""

    name: str
    env: simpy.Environment

    @property
    def now(self) -> float:
        """The present instant [s]."""

    def settle(self) -> None:
        """Bring all parts of the machine to the present instant."""

    def fail(self, part: Part, cause: str) -> None:
        """Stop for a failure of *part* and ask for its repair."""

    def cool(self, cause: str) -> None:
        """Stop until the part that tripped has cooled below its reset."""

    def cooled(self) -> None:
        """Go on after a thermal hold."""

    def change_worn(self) -> None:
        """Stop the cut and take a sister tool."""

    def break_tool(self) -> None:
        """Stop the cut, lose the edge, and perhaps the piece."""

    def stall(self) -> None:
        """Stop the cut because its torque is above the envelope."""

    def alarm_at(self, instant: float, rank: int, part: Part, guard: str) -> Alarm:
        """Set an alarm that wakes *part*, independent of the machine's holds."""

    def draw(self, entity: str, purpose: str) -> float:
        """Return the next uniform of the stream (entity, purpose)."""

    def start(self, process: Generator[simpy.Event, Any, None]) -> simpy.Process:
        """Start *process* in the environment of the shop."""


class Part(Protocol):
    """One part of a machine: a value, a law, and a dormant process."""

    name: str
    state: Any
    asleep: simpy.Event
    process: simpy.Process

    def compile(self, load: Load) -> Any:
        """Return what stays constant for this part under *load*; None: nothing happens."""

    def advance(self, duty: Any, course: Course) -> float:
        """Bring the state to the end of *course*; return the energy drawn [J]."""

    def first_event(self, duty: Any, course: Course) -> Guard | None:
        """Return the first state event within the hold that *course* foresees, if any."""

    def renew(self) -> None:
        """Make the part as good as its repair does."""

    @property
    def repair(self) -> Law | None:
        """How long its repair takes [s]."""
