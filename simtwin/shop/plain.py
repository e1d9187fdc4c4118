"""This module holds the plain machine: one in which nothing but time passes.

It has no spindle, no tools, no failures and draws no power, so nothing grows in it and no part
waits for a level. It follows the same modes as any machine and asks nobody on the way.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.shop import preemption, setup
from simtwin.shop.machine import UNTOUCHED, Machine
from simtwin.shop.states import READY, READY_DRY, Work, new
from simtwin.shop.stops import leave_shift

if TYPE_CHECKING:
    from simtwin.shop.states import Setting


class PlainMachine(Machine):
    """A machine without physics: a queueing server with modes, counts and interventions."""

    __slots__ = ()

    def proceed(self) -> None:
        """Go on after the planned end of the hold."""
        state = self.state
        work = state.work
        if (
            state.phase == "cut"
            and work is not None
            and (self.steps or self._steps_of(work))[work.step].last
        ):
            self.totals.work += (self.env._now - state.anchor) * state.setting.feed
            self._complete(state, work)
        else:
            super().proceed()

    def take(self, job: str, product: str, operation: int) -> None:
        """Begin a piece, or the setup for it."""
        if not self.plan.sets_up or not setup.begin(self, job, product, operation):
            self.begin_work(job, product, operation)

    def begin_work(self, job: str, product: str, operation: int) -> None:
        """Begin the work on a piece."""
        if self.shop.interrupted and preemption.resume(self, job):
            return
        steps = self.steps
        if not steps or steps[0].place != (product, operation, 0):
            self.steps = steps = self.plan.steps(product, operation)
        step, setting = steps[0], self.state.setting
        left = step.fixed
        if left is None:
            left = self._drawn(step)
        work = new(Work, (job, product, operation, 0, left, 0.0))
        if setting == UNTOUCHED:
            until = self.env._now + left
            self.enter("producing", "", "cut", until, step.key, work, setting)
        else:
            self._begin(step, work, setting)

    def stand(self, name: str, work: Work | None, setting: Setting) -> None:
        """Begin an open hold."""
        if self.closed:
            leave_shift(self)
            return
        key = READY if setting.coolant else READY_DRY
        self.enter(name, "", "open", inf, key, work, setting)
