"""This module holds the plan of a step: what one step of an operation is on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.parts.alarm import instant
from simtwin.physics.life import Fixed
from simtwin.plant.cut import held_override, pace
from simtwin.plant.model import HandleStep

if TYPE_CHECKING:
    from simtwin.physics.life import Law
    from simtwin.plant.model import Step
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.states import LoadKey, Setting


class StepPlan:
    """One step of an operation on one kind of machine."""

    __slots__ = (
        "_as_planned", "fixed", "key", "last", "later", "law", "mean", "operation",
        "place", "plan", "speed", "step", "tool",
    )  # fmt: skip

    def __init__(
        self,
        plan: MachinePlan,
        place: tuple[str, int, int],
        step: Step,
        law: Law,
        speed: float,
        *,
        last: bool,
    ) -> None:
        self.plan = plan
        self.place = place
        """Product, operation and index of the step."""
        self.step = step
        self.tool = None if isinstance(step, HandleStep) else step.tool
        self.law = law
        """Duration at 100 % override [s]."""
        self.fixed = instant(law.value) if isinstance(law, Fixed) else None
        """The same when it is not random, on the grid [s]."""
        self.mean = law.mean if self.fixed is None else self.fixed
        self.speed = speed
        """Of the spindle at 100 % [rad/s]; 0: at rest."""
        self.last = last
        """Whether the operation ends with it."""
        self.operation = plan.product(place[0]).operations[place[1]].name
        self.key: LoadKey = ("cut", *place, 1.0, 1.0, True)
        """Of its load when nothing is overridden."""
        self.later = 0.0
        """Mean work of the steps after it [s]."""
        self._as_planned: Duty | None = None

    def duty(self, setting: Setting) -> Duty:
        """Return the compiled load of the step under *setting*, its own tool in the spindle."""
        if setting.feed == 1.0 and setting.spindle == 1.0 and setting.coolant:
            duty = self._as_planned
            if duty is None:
                duty = self._as_planned = self.plan.duty(self.key, self.tool or "")
            return duty
        key = ("cut", *self.place, setting.feed, setting.spindle, setting.coolant)
        return self.plan.duty(key, self.tool or "")

    def pace(self, feed: float) -> float:
        """Return the nominal work done per second under a *feed* override (1: 100 %)."""
        return pace(self.step, feed)

    def override(self, spindle: float) -> float:
        """Return what acts of a *spindle* override (1: 100 %) on a machine of a maximum."""
        spec = self.plan.spec.spindle
        return spindle if spec is None else held_override(self.speed, spindle, spec)

    def turns(self, spindle: float) -> float:
        """Return how fast the spindle turns under a *spindle* override [rad/s]."""
        return self.speed * self.override(spindle)

    @property
    def durations(self) -> tuple[float, ...]:
        """The duration with which it comes again and again, if it is not random [s]."""
        return () if self.fixed is None else (self.fixed,)
