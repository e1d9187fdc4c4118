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
from simtwin.shop.dispatch import plain_fifo
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

    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Clocks, MachineState, Setting

COMPLETION = int(Rank.COMPLETION)


class PlainMachine(Machine):
    """A machine without physics: a queueing server with modes, counts and interventions.

    The common ways of `Machine.life` and `Machine.take` are written out in it, for most of a
    plain line's time is there; whatever is not common goes the ways of any machine.
    """

    __slots__ = ("ages", "completion", "direct", "level")

    def __init__(self, shop: Shop, plan: MachinePlan, state: MachineState, order: int) -> None:
        super().__init__(shop, plan, state, order)
        self.completion = priority(COMPLETION, order)
        """Of its completions on the heap."""
        self.direct = not plan.sets_up
        """Whether a piece is begun without a setup."""
        self.ages = not plan.plain
        """Whether a failure mode counts its time."""
        self.level = -inf
        """Reading of the clock `processing` at which the first of its lives ends [s]; -inf: to
        be found out."""

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Follow modes for ever: sleep through a hold, go on at its planned end."""
        asleep, env, shop, totals = self.asleep, self.env, self.shop, self.totals
        yield asleep  # When it wakes for the first time, all around it is built.
        ages, counts, station, queue = self.ages, totals.counts, self.station, env._queue
        common, alone = self._is_common(), self._is_alone()
        direct = shop.direct and self._is_first()
        while True:
            self.alarm = None
            state = self.outline
            work = state.work
            if (
                state.phase != "cut"
                or work is None
                or not (self.steps or self._steps_of(work))[work.step].last
            ):
                self.proceed()
                yield asleep
                continue
            now, setting = env._now, state.setting
            passed = now - state.anchor
            totals.work += passed if setting.feed == 1.0 else passed * self._pace(state)
            powered, processing, cycles = state.clocks
            if ages:
                powered += passed
                processing += passed
            clocks = powered, processing, cycles + 1.0
            if not common:
                self._be_done(state, clocks, work)
                self.completed(work.job, work.operation)
                yield asleep
                continue
            counts["good"] = counts.get("good", 0.0) + 1.0
            shop.busy -= 1
            env.moved_at = now
            # Alone in its instant, a piece leaves at once, as this instant's dispatch would
            # have it do, and the next one begins; no state in between is ever seen.
            if (
                not direct
                or queue[0][0] <= now
                or env.dispatch_pending
                or shop.crew.state.waiting
            ):
                self._be_done(state, clocks, work)
                shop.leaving.append(self.upstream_place)
            elif not shop.pass_on(self, shop.pieces[work.job]):
                self._be_blocked(state, clocks, work)
            elif (
                alone
                and setting is UNTOUCHED
                and not (self.closed or self.wanted)
                and (piece := station.pick_settled(now)) is not None
            ):
                self.cut(state, clocks, piece.name, piece.product, piece.operation)
            else:
                self._be_done(state, clocks, None)
                shop.empty.append(self.place)
            if shop.leaving or shop.empty or shop.suspects or shop.busy == 0:
                env.dispatch_pending = True
            yield asleep

    def take(self, job: str, product: str, operation: int) -> None:
        """Begin a piece, or the setup for it."""
        state = self.outline
        if (
            state.setting is not UNTOUCHED
            or not self.direct
            or self.shop.interrupted
            or self.alarm is not None
        ):
            super().take(job, product, operation)
            return
        clocks = state.clocks
        if self.ages and state.load[0] != "standby":
            powered, processing, cycles = clocks
            clocks = powered + (self.env._now - state.anchor), processing, cycles
        self.cut(state, clocks, job, product, operation)

    def cut(
        self,
        state: MachineState,
        clocks: Clocks,
        job: str,
        product: str,
        operation: int,
    ) -> None:
        """Begin a piece after *state*, the clocks brought to the present instant."""
        steps, env = self.steps, self.env
        if not steps or steps[0].place != (product, operation, 0):
            self.steps = steps = self.plan.steps(product, operation)
        step = steps[0]
        left = step.fixed
        if left is None:
            stream = self.stream
            left = self._drawn(step) if stream is None else instant(step.law.ppf(stream()))
        now = env._now
        until = now + left
        self.shop.busy += 1
        self.outline = structs.replace(
            state, mode=self.turn(state.mode, "producing", "", job, step.operation),
            phase="cut", anchor=now, until=until, load=step.key,
            work=Work(job, product, operation, 0, left), clocks=clocks,
        )  # fmt: skip
        if self.ages:
            self.duty = None
            if clocks[1] + left >= self.level or self.history is not None:
                self.announce()
                return
        self.alarm = alarm = Alarm(until, COMPLETION, self.name, PLAN, self.resume)
        queue: list[Any] = env._queue
        heappush(queue, (until, self.completion, next(env._eid), alarm))

    def announce(self) -> None:
        """Find the first state event of the hold; an open one of a plain machine has none."""
        if (
            self.outline.until < inf
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
        state, job, operation = self.outline, "", ""
        if work is not None:
            job, operation = work.job, (self.steps or self._steps_of(work))[0].operation
        if state.until < inf:
            self.shop.busy -= 1
        self.duty = None
        self.outline = structs.replace(
            state, mode=self.turn(state.mode, name, "", job, operation), phase="open",
            anchor=self.env._now, until=inf, load=key, work=work, setting=setting,
        )  # fmt: skip

    def _be_done(self, state: MachineState, clocks: Clocks, work: Work | None) -> None:
        """Be done with *work*, which waits to leave; None: it has left."""
        self.duty = None
        self.outline = structs.replace(
            state, phase="done", anchor=self.env._now, until=inf,
            load=READY if state.setting.coolant else READY_DRY, work=work and _done(work),
            clocks=clocks,
        )  # fmt: skip

    def _be_blocked(self, state: MachineState, clocks: Clocks, work: Work) -> None:
        """Be done with *work*, for which there is no room."""
        if self.closed or self.wanted or self.powered_modes:
            self._be_done(state, clocks, work)
            self.stand("blocked", self.outline.work, state.setting)
            return
        mode = state.mode
        self.duty = None
        self.outline = structs.replace(
            state, mode=self.turn(mode, "blocked", "", mode.job, mode.operation), phase="open",
            anchor=self.env._now, until=inf,
            load=READY if state.setting.coolant else READY_DRY, work=_done(work), clocks=clocks,
        )  # fmt: skip

    def _is_common(self) -> bool:
        """Tell whether nothing but good pieces comes of it, and nobody keeps a log of them."""
        return not (self.judges or self.ending_modes or self.log is not None)

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

    def _is_alone(self) -> bool:
        """Tell whether it takes what has come first, and nobody looks how much it has to do."""
        shop, station = self.shop, self.station
        return (
            self.direct
            and station.machines == (self,)
            and shop.rule is plain_fifo
            and not station.holding
            and all(len(o.stations) == 1 for route in shop.routes.values() for o in route)
        )


def _done(work: Work) -> Work:
    return Work(work.job, work.product, work.operation, DONE)
