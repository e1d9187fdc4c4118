"""This module holds the failure mode: a named clock, a life drawn once, a repair."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from simtwin.parts.alarm import Rank, instant
from simtwin.parts.meter import Watch
from simtwin.physics.degradation import Degradation
from simtwin.physics.life import drawn

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.part import Host
    from simtwin.physics.life import Law

Clock = Literal["calendar", "on_shift", "powered", "processing", "cycles"]


BY_TIME = frozenset({"calendar", "on_shift"})
"""Clocks that run whatever the machine does: always, or while it is on shift."""


LIFE, AGE = "life", "age"
"""Guards: the life has run out; the age at which it is renewed by plan is reached."""


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
    skill: str = "repair"
    """Of the crew that repairs it."""
    maintenance: float | None = None
    """Duration of its planned renewal [s]; None: nobody said."""
    planned_cost: float = 0.0
    """Of one planned renewal [money]."""
    failure_cost: float = 0.0
    """Of one failure, what a stop costs beside it left out [money]."""


class FailureState(Struct, frozen=True, gc=False):
    """What was drawn for one life of a failure mode; its clock is a meter of the machine."""

    due: float
    """Reading of the clock at which it fails [s, on the grid, or cycles]; hidden."""
    begun: float = 0.0
    """Reading at age 0 [s or cycles]; the age is the reading less this."""
    failed: bool = False
    seen: float = 0.0
    """Level at age 0 of a life whose level can be seen [its own unit]."""


class FailureMode:
    """A failure mode as a process: it sleeps until its clock has run out.

    The clocks of use are meters of the machine. The calendar clock is time itself: it depends
    on nothing, so it has one alarm per life, set when the life is drawn (KERNEL 8).
    """

    __slots__ = (
        "alarm", "asked", "asleep", "host", "in_hand", "name", "process", "renew_at", "spec",
        "state",
    )  # fmt: skip

    def __init__(self, spec: FailureSpec, host: Host, state: FailureState) -> None:
        self.name = f"{host.name}/{spec.name}"
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep = host.asleep
        self.process = host.start(self.life())
        self.alarm: Alarm | None = None
        self.renew_at = inf
        """Age at which it is to be renewed by plan [s or cycles]."""
        self.asked = False
        """Whether that has been asked for (derived from the tasks that are due)."""
        self.in_hand = False
        """Whether its renewal goes on, during which it cannot fail (derived from the tasks)."""

    @property
    def law(self) -> Law:
        """Of the present life, by its age [s or cycles]."""
        return law_from(self.spec, self.state.seen)

    @property
    def age(self) -> float:
        """Age at the machine's anchor on its own clock [s or cycles]."""
        return self.reading - self.state.begun

    @property
    def repair(self) -> Law:
        """Duration of the repair [s]."""
        return self.spec.repair

    @property
    def skill(self) -> str | None:
        """Of the crew whose member the repair needs; None: of nobody."""
        return self.spec.skill if self.spec.crew else None

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Run out, fail, be repaired, or be due for maintenance before; for ever."""
        while True:
            alarm = yield self.asleep
            self.host.settle()
            if alarm.guard == AGE:
                self.alarm = None
                self.host.due(self)
                if self.alarm is None:
                    self.arm()
            else:
                self.strike()

    def strike(self) -> None:
        """Fail now."""
        self.alarm = None
        self.state = structs.replace(self.state, failed=True)
        self.host.fail(self, self.spec.name)

    def arm(self) -> None:
        """Set the alarm of a clock that runs on whatever the machine does.

        The calendar always runs, `on_shift` while the machine should work, and `powered` as
        long as the machine has power, so one alarm outlives all holds between. Due and reading
        are on the grid: it is the same instant whenever it is asked for.
        """
        state, clock = self.state, self.spec.clock
        if state.failed or state.due == inf or self.in_hand:
            return
        level, rank, guard = state.due, Rank.FAILURE, LIFE
        if self.plan < level:
            level, rank, guard = self.plan, Rank.INTERVENTION, AGE
        if clock in BY_TIME:
            at = self.host.time_at(clock, level)
            if at == inf:
                return
        elif clock == "powered" and self.host.powered:
            at = self.host.anchor + (level - self.reading)
        elif guard == AGE and level <= self.reading:
            at = self.host.now  # Too old already: due whether it is used or not.
        else:
            return
        self.alarm = self.host.alarm_at(max(at, self.host.now), rank, self, guard)

    @property
    def plan(self) -> float:
        """Reading of the clock at which its maintenance is due; inf: it is not, or already."""
        return inf if self.asked else instant(self.state.begun + self.renew_at)

    @property
    def is_due(self) -> bool:
        """Whether its clock of use has reached its maintenance."""
        return not self.state.failed and self.reading >= self.plan

    def take_in_hand(self, taken: bool) -> None:
        """Let its renewal begin, or be laid down or ended."""
        if taken is self.in_hand:
            return
        self.in_hand = taken
        if taken:
            self._disarm()
        else:
            self.arm()

    def power(self, on: bool) -> None:
        """Let the clock `powered` run or stand still from this instant."""
        if on:
            self.arm()
        elif self.alarm is not None:
            self.host.void(self.alarm)
            self.alarm = None

    def watches(self) -> tuple[Watch, ...]:
        """Wake when the clock `processing` has run out; cycles are counted, not foreseen."""
        if self.state.failed or self.spec.clock != "processing":
            return ()
        meter = self.host.meter_index("processing")
        strikes = Watch(meter, self.state.due, Rank.FAILURE, LIFE)
        if self.plan == inf:
            return (strikes,)
        return strikes, Watch(meter, self.plan, Rank.INTERVENTION, AGE)

    @property
    def run_out(self) -> bool:
        """Whether its clock of use has reached the end of this life."""
        return not self.state.failed and self.reading >= self.state.due

    def restart(self) -> None:
        """Begin a new life by maintenance, before the old one has run out."""
        self._disarm()
        self.renew()

    def renew(self) -> None:
        """Begin a new life after repair: age 0, or the old age after minimal repair."""
        age, seen = (0.0, 0.0) if self.spec.renewal else (self._worn, self.state.seen)
        self.state = new_life(self.host, self.spec, self.name, age, seen)
        self.arm()

    @property
    def visible(self) -> bool:
        """Whether an inspection can see its level."""
        return isinstance(self.spec.life, Degradation) and not self.state.failed

    def look(self) -> float:
        """Return its level now, drawn among those that have not passed the limit.

        The rest of the life is drawn anew from there. A level is all that such a process
        remembers, so lives with looks have the law of those without, where repair renews;
        after a minimal repair the age counts since the last look.
        """
        life = self.spec.life
        assert isinstance(life, Degradation), "asked of a visible level only"
        uniform = self.host.draw(self.name, "level")
        level = life.level(uniform, self.age, begin=self.state.seen)
        self._disarm()
        self.state = new_life(self.host, self.spec, self.name, seen=level)
        self.arm()
        return level

    def _disarm(self) -> None:
        if self.alarm is not None:
            self.host.void(self.alarm)
            self.alarm = None

    @property
    def _worn(self) -> float:
        """Its age without its own repair, during which the calendar stands still for it."""
        struck = self.state.failed and self.spec.clock in BY_TIME
        return self.state.due - self.state.begun if struck else self.age

    @property
    def reading(self) -> float:
        """What its clock shows at the machine's anchor [s or cycles]."""
        return reading_of(self.host, self.spec.clock)


def law_from(spec: FailureSpec, seen: float) -> Law:
    """Return the law of a life that begins at the level *seen*; 0 is a new one."""
    life = spec.life
    return life.seen(seen) if seen != 0.0 and isinstance(life, Degradation) else life


def new_life(
    host: Host, spec: FailureSpec, name: str, age: float = 0.0, seen: float = 0.0
) -> FailureState:
    """Draw a life that has lasted *age* on its clock since the level *seen* (KERNEL 23)."""
    law = law_from(spec, seen)
    life = drawn(law, lambda: host.draw(name, "life"), age=age)
    return begun_at(spec, reading_of(host, spec.clock) - age, life, seen)


def reading_of(host: Host, clock: Clock) -> float:
    """Return what *clock* shows at the anchor of *host* [s or cycles]."""
    return host.time_on(clock) if clock in BY_TIME else host.meter(clock)


def begun_at(spec: FailureSpec, begun: float, life: float, seen: float = 0.0) -> FailureState:
    """Return the life of length *life* that began at the level *seen* and clock *begun*."""
    due = begun + life
    due = due if spec.clock == "cycles" else instant(due)
    return FailureState(due, begun, seen=seen)
