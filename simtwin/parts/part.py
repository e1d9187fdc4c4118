"""This module holds what every part of a machine is, and what a machine offers its parts.

A part sleeps until its life calls (KERNEL 6). What grows in it continuously stands in the
machine's meters; the part itself keeps what was drawn for its life, and says at which level of
which meter it wants to be woken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Load
    from simtwin.parts.meter import Growth, Watch
    from simtwin.physics.life import Law


class Host(Protocol):
    """What a machine offers to the life of its parts."""

    name: str

    @property
    def now(self) -> float:
        """The present instant [s]."""
        ...

    @property
    def anchor(self) -> float:
        """The instant of the last load change, at which the meters stand [s]."""
        ...

    @property
    def asleep(self) -> simpy.Event:
        """What a process yields while it sleeps."""
        ...

    @property
    def powered(self) -> bool:
        """Whether the clock `powered` runs."""
        ...

    def time_on(self, clock: str) -> float:
        """Return what a clock of time shows now: calendar, or on_shift [s]."""
        ...

    def time_at(self, clock: str, reading: float) -> float:
        """Return when a clock of time will show *reading* [s]; inf: never."""
        ...

    def meter(self, name: str) -> float:
        """Return the reading of a meter at the anchor; settle first for the present one."""
        ...

    def meter_index(self, name: str) -> int:
        """Return where a meter stands among the machine's meters."""
        ...

    def reset_meter(self, name: str, reading: float) -> None:
        """Put a meter back, as a new part does."""
        ...

    def settle(self) -> None:
        """Bring all meters and temperatures of the machine to the present instant."""
        ...

    def fail(self, part: Part, cause: str) -> None:
        """Stop for a failure of *part* and ask for its repair."""
        ...

    def due(self, part: Any) -> None:
        """Have *part* maintained when it can be."""
        ...

    def cool(self, cause: str) -> None:
        """Stop until the spindle has cooled below its reset."""
        ...

    def cooled(self) -> None:
        """Go on after a thermal hold."""
        ...

    def change_worn(self) -> None:
        """Stop the cut and take a sister tool."""
        ...

    def break_tool(self) -> None:
        """Stop the cut, lose the edge, and perhaps the piece."""
        ...

    def stall(self) -> None:
        """Stop the cut because its torque is above the envelope."""
        ...

    def draw(self, entity: str, purpose: str) -> float:
        """Return the next uniform of the stream (entity, purpose)."""
        ...

    def start(self, process: Generator[simpy.Event, Any, None]) -> simpy.Process:
        """Start *process* in the environment of the shop."""
        ...

    def alarm_at(self, instant: float, rank: int, part: Part, guard: str) -> Alarm:
        """Set an alarm that wakes *part*, independent of the machine's holds."""
        ...

    def void(self, alarm: Alarm) -> None:
        """Make an alarm of a part say nothing when its instant comes."""
        ...


class PartSpec(Protocol):
    """The constant side of a part that has meters."""

    @property
    def name(self) -> str:
        """Within its machine."""
        ...

    def growth(self, load: Load) -> Growth:
        """Return how its meter grows under *load*."""
        ...


class Part(Protocol):
    """The living side of a part: a value drawn for its life, and a dormant process."""

    name: str
    state: Any
    process: simpy.Process

    def watches(self) -> tuple[Watch, ...]:
        """Return the levels at which it wants to be woken; none while it is out of order."""
        ...

    def renew(self) -> None:
        """Make the part as good as its repair does."""
        ...

    @property
    def repair(self) -> Law | None:
        """How long its repair takes [s]."""
        ...
