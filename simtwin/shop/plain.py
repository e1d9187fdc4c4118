"""This module holds the plain machine: one in which only time passes, and failures count it.

It has no spindle, no tools and draws no power: nothing grows in it but the clocks of its
failure modes, and where no clock can reach the end of a life nobody is asked on the way. It
follows the same modes as any machine.
"""

from __future__ import annotations

from heapq import heappush
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simtwin.parts.alarm import Alarm, Rank, instant, priority
from simtwin.shop.hold import PLAN
from simtwin.shop.machine import Machine
from simtwin.shop.states import (
    DONE,
    READY,
    READY_DRY,
    UNTOUCHED,
    Work,
)
from simtwin.shop.stops import leave_shift

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.shop.plan import MachinePlan
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import MachineState, Setting

COMPLETION = int(Rank.COMPLETION)


class PlainMachine(Machine):
    """A machine without physics: a queueing server with modes, counts and interventions.

    The common ways of `Machine.life` and `Machine.take` are written out in it, for most of a
    plain line's time is there; whatever is not common goes the ways of any machine.
    """

    __slots__ = ("completion", "direct", "level")

    def __init__(self, shop: Shop, plan: MachinePlan, state: MachineState, order: int) -> None:
        super().__init__(shop, plan, state, order)
        self.completion = priority(COMPLETION, order)
        """Of its completions on the heap."""
        self.direct = not plan.sets_up
        """Whether a piece is begun without a setup."""
        self.level = -inf
        """Reading of the clock `processing` at which the first of its lives ends [s]; -inf: to
        be found out."""

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Follow modes for ever: sleep through a hold, go on at its planned end."""
        asleep, env, shop, totals = self.asleep, self.env, self.shop, self.totals
        ages, counts, leaves = not self.plain, totals.counts, self.upstream_place
        queue = env._queue
        common: bool | None = None
        first = shop.direct and self._is_first()
        while True:
            yield asleep
            self.alarm = None
            state = self.state
            work = state.work
            if (
                state.phase != "cut"
                or work is None
                or not (self.steps or self._steps_of(work))[work.step].last
            ):
                self.proceed()
                continue
            now, setting = env._now, state.setting
            passed = now - state.anchor
            totals.work += passed * setting.feed
            powered, processing, cycles = state.clocks
            if ages:
                powered += passed
                processing += passed
            self.duty = None
            if common is None:
                common = not (self.judges or self.cycle_modes or self.log is not None)
            # Alone in its instant, a piece leaves at once, as this instant's dispatch would
            # have it do; no state in between is ever seen.
            direct = (
                common
                and first
                and queue[0][0] > now
                and not env.dispatch_pending
                and not shop.crew.state.waiting
            )
            rest = None
            if not direct or not shop.pass_on(self, shop.pieces[work.job]):
                rest = Work(work.job, work.product, work.operation, DONE)
            self.state = structs.replace(
                state, phase="done", anchor=now, until=inf,
                load=READY if setting.coolant else READY_DRY, work=rest,
                clocks=(powered, processing, cycles + 1.0),
            )  # fmt: skip
            if not common:
                self.completed(work.job, work.operation)
                continue
            counts["good"] = counts.get("good", 0.0) + 1.0
            shop.busy -= 1
            env.dispatch_pending = True
            if rest is None:
                continue
            if direct:
                self.stand("blocked", rest, setting)
            else:
                shop.leaving.append(leaves)

    def take(self, job: str, product: str, operation: int) -> None:
        """Begin a piece, or the setup for it."""
        state, shop = self.state, self.shop
        setting = state.setting
        if (
            setting is not UNTOUCHED
            or not self.direct
            or shop.interrupted
            or self.alarm is not None
        ):
            super().take(job, product, operation)
            return
        steps = self.steps
        if not steps or steps[0].place != (product, operation, 0):
            self.steps = steps = self.plan.steps(product, operation)
        step = steps[0]
        left = step.fixed
        if left is None:
            stream = self.stream
            left = self._drawn(step) if stream is None else instant(step.law.ppf(stream()))
        env = self.env
        now, anchor, clocks = env._now, state.anchor, state.clocks
        until = now + left
        if state.until == inf:
            shop.busy += 1
        ages = not self.plain
        if ages:
            self.duty = None
            if now > anchor and state.load[0] != "standby":
                powered, processing, cycles = clocks
                clocks = powered + (now - anchor), processing, cycles
        self.state = structs.replace(
            state, mode=self.turn(state.mode, "producing", "", job, step.operation),
            phase="cut", anchor=now, until=until, load=step.key,
            work=Work(job, product, operation, 0, left), clocks=clocks,
        )  # fmt: skip
        if ages and (clocks[1] + left >= self.level or self.history is not None):
            self.announce()
            return
        self.alarm = alarm = Alarm((until, COMPLETION, self.name, PLAN), self.resume)
        place: Any = self.completion
        heappush(env._queue, (until, place, next(env._eid), alarm))

    def announce(self) -> None:
        """Find the first state event of the hold; an open one of a plain machine has none."""
        if (
            self.state.until < inf
            or self.alarm is not None
            or self.powered_modes
            or self.history is not None
        ):
            super().announce()
            if self.level == -inf < self.calm:
                self.level = min([watch.level for watch, _ in self.watches], default=inf)

    def watch_again(self) -> None:
        """Forget which levels are watched: a part was renewed, has failed, or has new luck."""
        super().watch_again()
        self.level = -inf

    def stand(self, name: str, work: Work | None, setting: Setting) -> None:
        """Begin an open hold."""
        if self.wanted:
            self.shop.upkeep.begin(self)
            return
        if self.closed:
            leave_shift(self)
            return
        key = READY if setting.coolant else READY_DRY
        if self.alarm is not None or self.powered_modes or self.history is not None:
            self.enter(name, "", "open", inf, key, work, setting)
            return
        state, job, operation = self.state, "", ""
        if work is not None:
            job, operation = work.job, (self.steps or self._steps_of(work))[0].operation
        if state.until < inf:
            self.shop.busy -= 1
        self.duty = None
        self.state = structs.replace(
            state, mode=self.turn(state.mode, name, "", job, operation), phase="open",
            anchor=self.env._now, until=inf, load=key, work=work, setting=setting,
        )  # fmt: skip

    def _is_first(self) -> bool:
        """Tell whether all who may wait for room at its station let go after it in a pass."""
        depth, own = self.shop.depth, self.station.name
        return all(
            depth[name] > depth[own]
            for route in self.shop.routes.values()
            for before, after in pairwise(route)
            if own in after.stations
            for name in before.stations
        )
