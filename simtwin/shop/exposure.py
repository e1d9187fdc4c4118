"""This module holds the exposure: the hazard that one risk has met, over all lives of its part.

A failure mode meets hazard on its clock, a bearing by its damage, the edges of a tool by what
breaks them. The exposure until the first strike is the compensator of that strike.
"""

from __future__ import annotations

from math import expm1
from typing import TYPE_CHECKING, Protocol

from simtwin.parts.failure import BY_TIME
from simtwin.physics.life import Exponential, Fixed
from simtwin.physics.strength import Spall, strength_hazard

if TYPE_CHECKING:
    from simtwin.parts.bearing import Bearing
    from simtwin.parts.failure import FailureMode
    from simtwin.result.foresight import Risk
    from simtwin.shop.machine import Machine
    from simtwin.shop.present import Present

CLOCKS = {"powered": 0, "processing": 1, "cycles": 2}
"""Where the clock of a failure mode stands among the machine's clocks."""

CERTAIN = 40.0
"""A hazard beyond which nothing lives, to rounding."""


class Lasting(Protocol):
    """A law that tells how long something lasts that has lasted so far."""

    def conditional(self, u: float, age: float) -> float:
        """Return the quantile of *u* given life at *age*."""
        ...


class Scale(Protocol):
    """What a risk grows old by, and the hazard along it."""

    @property
    def lives(self) -> bool:
        """Whether it can strike."""
        ...

    @property
    def jumps(self) -> float:
        """Hazard that is met by striking itself: 1 where the end is fixed, else 0."""
        ...

    @property
    def law(self) -> Lasting:
        """Of the life, by its age."""
        ...

    def age(self, shown: Present) -> float:
        """Return the age or the damage that *shown* tells."""
        ...

    def hazard(self, begin: float, end: float) -> float:
        """Return the hazard met between two ages [-]."""
        ...


class Exposure:
    """One risk of one machine: the hazard of its past lives, and of the present one."""

    __slots__ = (
        "_begun", "_gone", "_living", "_met", "machine", "risk", "scale", "strikes",
        "until_first",
    )  # fmt: skip

    def __init__(self, machine: Machine, risk: Risk, scale: Scale) -> None:
        self.machine = machine
        self.risk = risk
        self.scale = scale
        self.strikes = 0
        self.until_first: float | None = None
        """Hazard met until it struck first; None: it has not [-]."""
        self._living = False
        self._begun = 0.0
        self._met = 0.0
        self._gone = 0.0

    def open(self, shown: Present) -> None:
        """Begin the present life, or its part that is to be watched."""
        self._living = self.scale.lives
        self._begun = self.scale.age(shown)

    def close(self, shown: Present) -> None:
        """End the present life, by a strike or before."""
        if self._living:
            self._met = self.met(shown)
            self._gone += self.scale.age(shown) - self._begun
            self._living = False

    def strike(self, shown: Present) -> None:
        """Count a strike, which ends the present life."""
        self.close(shown)
        self._met += self.scale.jumps
        self.strikes += 1
        if self.until_first is None:
            self.until_first = self._met

    def shift(self, by: float) -> None:
        """Count on from an age that has been put back *by* so much without a new life."""
        self._begun -= by

    def met(self, shown: Present, *, less: float = 0.0) -> float:
        """Return the hazard met so far; the last *less* of its age has not counted yet [-]."""
        if not self._living:
            return self._met
        end = max(self._begun, self.scale.age(shown) - less)
        return self._met + min(CERTAIN, self.scale.hazard(self._begun, end))

    def worn(self, shown: Present) -> float:
        """Return how far its age has gone over all its lives [s, cycles or damage]."""
        return self._gone + (self.scale.age(shown) - self._begun if self._living else 0.0)


class ModeScale:
    """A failure mode grows old on its clock."""

    __slots__ = ("_mode", "_reached", "_steps", "counts")

    def __init__(self, mode: FailureMode) -> None:
        self._mode = mode
        self.counts = mode.spec.clock == "cycles"
        """Whether it can strike at the ends of cycles alone."""
        self._reached: tuple[object, float] | None = None
        self._steps = [0.0]

    @property
    def lives(self) -> bool:
        """Whether it has not failed."""
        return not self._mode.state.failed

    @property
    def law(self) -> Lasting:
        """Of the present life, by its age on the clock."""
        return self._mode.law

    @property
    def jumps(self) -> float:
        """A fixed life ends for certain, and not before."""
        return 1.0 if isinstance(self._mode.law, Fixed) else 0.0

    def age(self, shown: Present) -> float:
        """Return its age [s or cycles]."""
        clock = self._mode.spec.clock
        if clock in BY_TIME:
            reading = self._mode.host.time_on(clock)
        else:
            reading = shown.clocks[CLOCKS[clock]]
        return reading - self._mode.state.begun

    def hazard(self, begin: float, end: float) -> float:
        """Return the hazard between two ages; on cycles, the chances of each one summed."""
        law = self._mode.law
        if isinstance(law, Fixed):
            return 0.0
        if not self.counts:
            return law.hazard(begin, end)
        if self._reached != (law, begin):
            self._reached, self._steps = (law, begin), [0.0]
        steps = self._steps
        for cycle in range(len(steps), round(end - begin) + 1):
            chance = law.hazard(begin + cycle - 1, begin + cycle)
            steps.append(steps[-1] - expm1(-chance))
        return steps[round(end - begin)]


class BearingScale:
    """A bearing grows old by its damage, counted from the loads that it has carried."""

    __slots__ = ("_bearing", "_place")

    def __init__(self, bearing: Bearing, place: int) -> None:
        self._bearing = bearing
        self._place = place

    jumps = 0.0
    law: Lasting = Spall()

    @property
    def lives(self) -> bool:
        """Whether it has not spalled."""
        return not self._bearing.state.spalled

    def age(self, shown: Present) -> float:
        """Return its damage [-]."""
        return shown.damages[self._place]

    def hazard(self, begin: float, end: float) -> float:
        """Return the hazard between two damages [-]."""
        return strength_hazard(end) - strength_hazard(begin)


class BreakScale:
    """The edges of one tool in one machine: what breaks them is a hazard already."""

    __slots__ = ("_tool",)

    def __init__(self, tool: str) -> None:
        self._tool = tool

    lives = True
    jumps = 0.0
    law: Lasting = Exponential(1.0)

    def age(self, shown: Present) -> float:
        """Return the hazard that all its edges have met [-]."""
        return shown.hazard_of(self._tool)

    def hazard(self, begin: float, end: float) -> float:
        """Return the hazard between two readings [-]."""
        return end - begin
