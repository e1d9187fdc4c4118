"""This module holds the plain machine: one in which nothing but time passes.

It has no spindle, no tools, no failures and draws no power, so nothing grows in it and no part
waits for a level. It follows the same modes as any machine and asks nobody on the way.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.alarm import Rank
from simtwin.shop import preemption, setup
from simtwin.shop.hold import PLAN
from simtwin.shop.machine import UNTOUCHED, Machine
from simtwin.shop.states import DONE, READY, READY_DRY, MachineState, Work, new
from simtwin.shop.stops import leave_shift

if TYPE_CHECKING:
    from simtwin.shop.states import Setting

COMPLETION = int(Rank.COMPLETION)


class PlainMachine(Machine):
    """A machine without physics: a queueing server with modes, counts and interventions."""

    __slots__ = ()

    def proceed(self) -> None:
        """Go on after the planned end of the hold."""
        (
            mode, phase, anchor, _, _, work, setting, faults, magazine, temperatures,
            (powered, processing, cycles), damages, wear,
        ) = self.state  # fmt: skip
        if (
            phase != "cut"
            or work is None
            or not (self.steps or self._steps_of(work))[work[3]].last
        ):
            super().proceed()
            return
        # `_complete` written out: most of a plain line's time is here and in `begin_work`.
        now = self.env._now
        totals = self.totals
        totals.work += (now - anchor) * setting[2]
        job, product, operation, _, _, _ = work
        work = new(Work, (job, product, operation, DONE, None, 0.0))
        key = READY if setting[4] else READY_DRY
        self.duty = None
        self.state = new(
            MachineState,
            (
                mode, "done", now, inf, key, work, setting, faults, magazine, temperatures,
                (powered, processing, cycles + 1.0), damages, wear,
            ),
        )  # fmt: skip
        if self.judges or self.cycle_modes or self.log is not None:
            self.completed(job, operation)
            return
        counts = totals.counts
        counts["good"] = counts.get("good", 0.0) + 1.0
        shop = self.shop
        shop.busy -= 1
        shop.leaving.append(self.upstream_place)
        self.env.dispatch_pending = True

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
        if setting != UNTOUCHED or self.alarm is not None:
            self._begin(step, work, setting)
            return
        (
            mode, _, _, before, _, _, _, faults, magazine, temperatures, clocks, damages, wear,
        ) = self.state  # fmt: skip
        env = self.env
        now = env._now
        until = now + left
        if before == inf:
            self.shop.busy += 1
        self.duty = None
        self.state = new(
            MachineState,
            (
                self.turn(mode, "producing", "", job, step.operation), "cut", now, until,
                step.key, work, setting, faults, magazine, temperatures, clocks, damages, wear,
            ),
        )  # fmt: skip
        self.alarm = env.arm(until, COMPLETION, self.order, self.name, PLAN, self.resume)

    def stand(self, name: str, work: Work | None, setting: Setting) -> None:
        """Begin an open hold."""
        if self.wanted:
            self.shop.upkeep.begin(self)
            return
        if self.closed:
            leave_shift(self)
            return
        key = READY if setting.coolant else READY_DRY
        self.enter(name, "", "open", inf, key, work, setting)
