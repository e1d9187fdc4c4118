"""This module holds the failure mode: a named clock, a life drawn once, a repair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Literal

from simtwin.parts.alarm import Alarm, Asleep, Rank, instant

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.load import Course, Load
    from simtwin.parts.part import Guard, Host
    from simtwin.physics.life import Law

Clock = Literal["calendar", "powered", "processing", "cycles"]


@dataclass(frozen=True, slots=True)
class FailureSpec:
    """One way in which a machine fails (PHYSICS 9, KERNEL 24)."""

    name: str
    clock: Clock
    life: Law
    """[s], or [cycles] for the clock ``cycles``."""
    repair: Law
    """[s]"""
    crew: bool = True
    """Whether the repair needs a member of the crew."""
    renewal: bool = True
    """True: as good as new after repair; False: minimal repair, the age goes on."""


@dataclass(frozen=True, slots=True)
class FailureState:
    """One failure mode at the machine's anchor instant."""

    age: float
    """Reading of its clock [s or cycles]; for the calendar clock at `since`."""
    life: float
    """Reading at which it fails [s or cycles]; drawn once per life, hidden."""
    since: float = 0.0
    """Calendar clock only: the instant at which it read `age` [s]."""
    failed: bool = False


class FailureMode:
    """A failure mode as a process: it sleeps until its clock has run out.

    Clocks of use are advanced with the machine's holds. A calendar clock depends on nothing
    but the calendar, so it has one alarm per life, set when the life is drawn (KERNEL 8).
    """

    __slots__ = ("alarm", "asleep", "host", "name", "process", "spec", "state")

    def __init__(self, spec: FailureSpec, host: Host, state: FailureState) -> None:
        self.name = f"{host.name}/{spec.name}"
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep: simpy.Event = Asleep(host.env)
        self.process = host.start(self.life())
        self.alarm: Alarm | None = None

    @property
    def repair(self) -> Law:
        """Duration of the repair [s]."""
        return self.spec.repair

    @property
    def crew(self) -> bool:
        """Whether the repair needs a member of the crew."""
        return self.spec.crew

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Run out, fail, be repaired; for ever."""
        while True:
            yield self.asleep
            self.host.settle()
            self.strike()

    def strike(self) -> None:
        """Fail now."""
        self.alarm = None
        self.state = replace(self.state, failed=True)
        self.host.fail(self, self.spec.name)

    def arm(self) -> None:
        """Set the one alarm of a calendar life."""
        state = self.state
        if self.spec.clock == "calendar" and not state.failed and state.life < inf:
            at = instant(state.since + (state.life - state.age))
            self.alarm = self.host.alarm_at(at, Rank.FAILURE, self, "life")

    def compile(self, load: Load) -> bool:
        """Return whether the clock runs under *load*."""
        return self.spec.clock in load.clocks

    def advance(self, duty: bool, course: Course) -> float:
        """Let the clock run over *course*."""
        if duty:
            state = self.state
            self.state = FailureState(state.age + course.dt, state.life, 0.0, state.failed)
        return 0.0

    def first_event(self, duty: bool, course: Course) -> Guard | None:
        """Return the end of the life within the hold."""
        state = self.state
        if not duty or state.failed:
            return None
        left = max(0.0, state.life - state.age)
        return (left, Rank.FAILURE, "life") if left <= course.dt and left < inf else None

    def count_cycle(self) -> bool:
        """Count one completed cycle; return whether it was the last of this life."""
        if self.spec.clock != "cycles" or self.state.failed:
            return False
        self.state = replace(self.state, age=self.state.age + 1.0)
        return self.state.age >= self.state.life

    def restart(self) -> None:
        """Begin a new life by maintenance, before the old one has run out."""
        if self.alarm is not None:
            self.alarm.void()
            self.alarm = None
        self.renew()

    def renew(self) -> None:
        """Begin a new life after repair: age 0, or the old age after minimal repair."""
        age = self.state.age
        if self.spec.clock == "calendar":
            age += self.host.now - self.state.since
        self.state = new_life(
            self.host, self.spec, self.name, 0.0 if self.spec.renewal else age
        )
        self.arm()


def new_life(host: Host, spec: FailureSpec, name: str, age: float = 0.0) -> FailureState:
    """Draw a life that has already lasted *age* on its clock (KERNEL 23)."""
    uniform = host.draw(name, "life")
    life = spec.life.conditional(uniform, age) if age > 0.0 else spec.life.ppf(uniform)
    return FailureState(age, life, host.now)
