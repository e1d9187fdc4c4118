"""This module holds the machine: the process that follows modes, and the host of its parts."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simtwin.parts.alarm import instant, waker
from simtwin.parts.failure import FailureMode
from simtwin.parts.tool import tool_of
from simtwin.result.hours import WAITING
from simtwin.result.record import AWAITED, INDEX, EventRow, MachineTotals
from simtwin.shop import arrears, batch, passage, preemption, setup, stops, through, tooling
from simtwin.shop.health import CONSUMED, consumed
from simtwin.shop.hold import CLOCKS, PLAN, PLAN_RANK, first_event, grown
from simtwin.shop.quality import judge
from simtwin.shop.reserve import Reserve
from simtwin.shop.states import (
    ABLE,
    CHANGES,
    DONE,
    READY,
    READY_DRY,
    UNTOUCHED,
    Fault,
    MachineState,
    Mode,
    Setting,
    Work,
    at_speed,
)
from simtwin.shop.upkeep import ask_for

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Piece
    from simtwin.parts.meter import Watch
    from simtwin.parts.part import Part
    from simtwin.parts.spindle import Spindle
    from simtwin.parts.tool import Edge
    from simtwin.plant.calendar import Hours
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.program import Program
    from simtwin.shop.program_states import Outcome
    from simtwin.shop.reading import History
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import LoadKey
    from simtwin.shop.step_plan import StepPlan
    from simtwin.streams import Stream


class Machine:
    """A machine as a process: it sleeps through a hold, to the first of plan and state events.

    The value `state` is all that a run must remember of it. The other attributes are wiring:
    constants, its parts, the live alarm, and what is derived from the state again at need.
    """

    __slots__ = (
        "alarm",
        "asleep",
        "calm",
        "calm_version",
        "closed",
        "cycle_modes",
        "duty",
        "edge",
        "edges",
        "ending_modes",
        "env",
        "history",
        "holds",
        "hours",
        "judges",
        "log",
        "name",
        "order",
        "outcome",
        "outline",
        "parts",
        "pieces",
        "place",
        "plain",
        "plan",
        "powered",
        "powered_modes",
        "process",
        "program",
        "reserve",
        "resume",
        "shop",
        "spindle",
        "station",
        "steps",
        "stream",
        "totals",
        "upstream_place",
        "waits",
        "wanted",
        "watches",
    )  # fmt: skip

    def __init__(self, shop: Shop, plan: MachinePlan, state: MachineState, order: int) -> None:
        self.shop = shop
        self.env = shop.env
        self.plan = plan
        self.plain = plan.plain
        """Whether nothing but time passes in it."""
        self.name = plan.spec.name
        self.order = order
        self.place = (0, order, self)
        """Where it stands when machines are loaded."""
        self.upstream_place = (shop.depth[plan.spec.station], order, self)
        """Where it stands when machines are unblocked."""
        self.station = shop.stations[plan.spec.station]
        if state.setting == UNTOUCHED:
            state = structs.replace(
                state, setting=UNTOUCHED
            )  # One value, so that it is known by `is`.
        self.judges = (
            self.station.name in shop.plan.judging
            or self.station.spec.batch is not None
            or self.name in shop.batches
        )
        """Whether its pieces may be anything but good, or be done together with others."""
        self.outline = state
        """The state, but for what is put off: of phase, mode, work and setting it tells."""
        self.totals = shop.record.machines[self.name]
        self.waits = array("d")
        """Begin, end and mode of each stretch in which it waited, one after the other."""
        self.log = log = shop.record.log
        self.history: History | None = None if log is None else log.history[self.name]
        self.spindle: Spindle | None = None
        self.edge: Edge | None = None
        self.edges: dict[str, Edge] = {}
        """Edges that have been in the spindle, and live on in the magazine."""
        self.hours: Hours | None = None
        """When it works; None: day and night."""
        self.holds = plan.spec.at_shift_end == "hold release"
        """Whether it starts nothing that would end after its shift."""
        self.wanted = False
        """Whether maintenance is due on it (derived from the tasks)."""
        self.closed = False
        """Whether it is off shift (follows from the time)."""
        self.parts: tuple[Part, ...] = ()
        """Spindle, bearings and failure modes."""
        self.cycle_modes: tuple[FailureMode, ...] = ()
        self.ending_modes: tuple[FailureMode, ...] = ()
        """Modes that may be due, or have run out, at the end of a piece."""
        self.powered_modes: tuple[FailureMode, ...] = ()
        self.powered = state.load[0] != "standby"
        """Whether the clock `powered` runs."""
        self.alarm: Alarm | None = None
        self.stream: Stream | None = None
        """Of the durations of its steps, once it has drawn one."""
        self.steps: tuple[StepPlan, ...] = ()
        """Of the operation in hand."""
        self.duty: Duty | None = None
        """The compiled load of the hold."""
        self.pieces: tuple[float, tuple[Piece, ...]] = (-1.0, ())
        """Length of the planned hold, and its pieces of wear."""
        self.program: Program | None = None
        """Which the piece goes through, if it is compiled."""
        self.outcome: Outcome | None = None
        """What the program will have made of the state, once somebody has asked."""
        self.reserve = Reserve()
        """Which also keeps what is put off: before it, `totals` and `history` are behind."""
        self.calm = -inf
        """No meter can reach a level before this instant, whatever the load."""
        self.calm_version = -1
        self.watches: tuple[tuple[Watch, Part], ...] = ()
        """Levels of meters that parts wait for; asked again when `calm` is forgotten."""
        self.asleep = self.env.asleep
        self.process = self.start(self.life())
        self.resume = waker(self.process)

    @property
    def state(self) -> MachineState:
        """The state, brought up to date if any of it was put off."""
        self.catch_up()
        return self.outline

    @state.setter
    def state(self, state: MachineState) -> None:
        self.outline = state

    def catch_up(self) -> None:
        """Bring the meters up to date, and with them `totals` and `history`."""
        if self.reserve.put_off:
            arrears.catch_up(self)

    # -- the story ---------------------------------------------------------------------------

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Follow modes for ever: sleep through a hold, go on at its planned end."""
        asleep = self.asleep
        while True:
            yield asleep
            self.alarm = None
            self.proceed()

    def proceed(self) -> None:
        """Go on after the planned end of the hold."""
        if self.program is not None:
            through.finish(self)
            return
        state = self._arrive()
        phase, work = state.phase, state.work
        if phase == "cut":
            assert work is not None, "a cut has a piece"
            index = work.step
            steps = self.steps or self._steps_of(work)
            if steps[index].last:
                self._complete(state, work)
            else:
                following = steps[index + 1]
                if through.go_on(self, state, work, following):
                    return
                left = self._planned(following)
                work = structs.replace(work, step=index + 1, left=left, spent=0.0)
                self._begin(following, work, state.setting)
        elif phase == "run-up":
            assert work is not None, "a run-up has a piece"
            self.next_step(work, state.setting)
        elif phase in CHANGES:
            tooling.changed(self)
            assert work is not None, "a change is for a piece"
            self.next_step(work, state.setting)
        else:
            END[phase](self)

    # -- steps of the work -------------------------------------------------------------------

    def take(self, job: str, product: str, operation: int) -> None:
        """Begin a piece, or the setup for it."""
        if not (self.reserve.put_off and arrears.put_off_rest(self)):
            self._arrive()
        if not self.plan.sets_up or not setup.begin(self, job, product, operation):
            self.begin_work(job, product, operation)

    def begin_work(self, job: str, product: str, operation: int) -> None:
        """Begin the work on a piece; the machine's meters stand at the present."""
        if self.shop.interrupted and preemption.resume(self, job):
            return
        if through.begin(self, job, product, operation):
            return
        state = self.state
        self.steps = steps = self.plan.steps(product, operation)
        step = steps[0]
        left = step.fixed
        if left is None:
            left = self._drawn(step)
        work = Work(job, product, operation, 0, left)
        self._begin(step, work, state.setting)

    def next_step(self, work: Work, setting: Setting) -> None:
        """Begin or go on with the step in hand, or the setup before it."""
        if setting.unset > 0.0:
            setup.go_on(self, work, setting)
            return
        if self.station.spec.preempt:
            self.shop.call_dispatch()  # Who came while it could not be interrupted, may do so.
        step = (self.steps or self._steps_of(work))[work.step]
        if work.left is None:
            work = structs.replace(work, left=self._planned(step))
        self._begin(step, work, setting)

    def _steps_of(self, work: Work) -> tuple[StepPlan, ...]:
        self.steps = self.plan.steps(work.product, work.operation)
        return self.steps

    def _planned(self, step: StepPlan) -> float:
        """Return the nominal work of a step that begins [s], drawn where it is random."""
        return self._drawn(step) if step.fixed is None else step.fixed

    def _drawn(self, step: StepPlan) -> float:
        stream = self.stream
        if stream is None:
            stream = self.stream = self.shop.streams[self.name, "process"]
        return instant(step.law.ppf(stream()))

    def _begin(self, step: StepPlan, work: Work, setting: Setting) -> None:
        """Do what the step needs next: change the tool, run up, cut."""
        left = work.left
        assert left is not None, "a step that begins is planned"
        duty = step.duty(setting)
        if step.tool is not None and not tooling.is_ready(self, step, work, duty):
            tooling.change(self, step, work, setting, duty)
            return
        if step.speed != setting.speed:
            if step.speed > 0.0:
                self._run_up(step, work, setting)
                return
            setting = at_speed(setting, 0.0)
        pace = step.pace(setting.feed)
        seconds = left if pace == 1.0 else instant(left / pace)
        until = self.env._now + seconds
        self.enter("producing", "", "cut", until, duty.key, work, setting, duty)

    def _run_up(self, step: StepPlan, work: Work, setting: Setting) -> None:
        speed = step.turns(setting.spindle)
        until = self.env._now + self.plan.run_up_time(speed)
        setting = at_speed(setting, step.speed)
        key = ("run-up", speed, setting.coolant)
        self.enter("producing", "", "run-up", until, key, work, setting)

    def _complete(self, state: MachineState, work: Work) -> None:
        """Be done with a piece; this instant's dispatch decides what becomes of it."""
        setting = state.setting
        if setting.speed != 0.0:
            setting = at_speed(setting, 0.0)
        powered, processing, cycles = state.clocks
        self.duty = None
        self.state = structs.replace(
            state,
            phase="done",
            anchor=self.env._now,
            until=inf,
            load=READY if setting.coolant else READY_DRY,
            work=structs.replace(work, step=DONE, left=None, spent=0.0),
            setting=setting,
            clocks=(powered, processing, cycles + 1.0),
        )
        self.completed(work.job, work.operation)

    def completed(self, job: str, operation: int) -> None:
        """Count and note what is done; modes that count cycles may strike, others be due."""
        self.shop.busy -= 1
        if self.name in self.shop.batches:
            batch.completed(self)
        else:
            self.judged(job)
        self.env.dispatch_pending = True
        for mode in self.ending_modes:
            if mode.run_out:
                mode.strike()
            elif mode.is_due:
                self.due(mode)

    def judged(self, job: str) -> None:
        """Count and note a piece that is done, as what it has become."""
        counts = self.totals.counts
        verdict = judge(self) if self.judges else "good"
        try:
            counts[verdict] += 1.0
        except KeyError:
            counts[verdict] = 1.0
        shop = self.shop
        if verdict == "scrap":
            shop.scrap(self)
        else:
            shop.leaving.append(self.upstream_place)
            if self.log is not None:
                piece = shop.pieces[job]
                shop.log_piece(piece, "finished", self.name)
                if verdict == "rework":
                    shop.log_piece(piece, "sent back", self.name)

    def work_left(self, now: float) -> float:
        """Return the mean work that the piece in hand still needs here [s]."""
        state = self.outline
        work = state.work
        if self.program is not None:
            return self.program.score.work_left(now - state.anchor)
        if work is None or work.step == DONE:
            return 0.0
        step = (self.steps or self._steps_of(work))[work.step]
        left = step.mean if work.left is None else work.left
        if state.phase == "cut":
            left -= (now - state.anchor) * step.pace(state.setting.feed)
        return max(0.0, left) + step.later + setup.left(self, now)

    def is_too_late(self, product: str, operation: int) -> bool:
        """Tell whether a piece begun now would end after the shift."""
        if self.hours is None:
            return False
        seconds = self.needs(product, operation)
        return self.env._now + seconds > self.hours.next_change(self.env._now)

    def needs(self, product: str, operation: int) -> float:
        """Return the setup and mean work of a piece, without tool changes and run-ups [s]."""
        work = self.plan.mean(product, operation, self.state.setting.feed)
        return work + setup.needed(self, product, operation)

    def _pace(self, state: MachineState) -> float:
        """Return the nominal work done per second by what *state* is cutting."""
        feed, work = state.setting.feed, state.work
        if feed == 1.0:
            return feed
        assert work is not None, "a cut has a piece"
        return (self.steps or self._steps_of(work))[work.step].pace(feed)

    # -- resting -----------------------------------------------------------------------------

    def rest(self) -> None:
        """Say what it waits for if it is empty: starved while an open order routes here."""
        state = self.outline
        mode, phase = state.mode, state.phase
        if state.work is not None or phase not in ABLE:
            return
        station = self.station
        held = self.holds and station.has_work()
        name = "idle" if held else station.waits_for()
        if mode.name != name or mode.job or phase == "done":
            if not self.plain and state.anchor != self.env._now:
                self._arrive()
            self.stand(name, None, state.setting)

    def stand(self, name: str, work: Work | None, setting: Setting) -> None:
        """Begin an open hold, spindle at rest."""
        if self.wanted:
            self.shop.upkeep.begin(self)
            return
        if self.closed:
            stops.leave_shift(self)
            return
        if setting.speed != 0.0:
            setting = at_speed(setting, 0.0)
        key = READY if setting.coolant else READY_DRY
        self.enter(name, "", "open", inf, key, work, setting)

    @property
    def mode(self) -> Mode:
        """What it is doing now."""
        state, program = self.outline, self.program
        if program is None:
            return state.mode
        since, name, cause = program.score.mode_at(self.env._now - state.anchor)
        return Mode(name, cause, state.anchor + since, state.mode.job, state.mode.operation)

    # -- holds -------------------------------------------------------------------------------

    def enter(
        self,
        name: str,
        cause: str,
        phase: str,
        until: float,
        key: LoadKey,
        work: Work | None,
        setting: Setting,
        duty: Duty | None = None,
    ) -> None:
        """Begin a hold at the present instant; the machine's meters stand at it already."""
        state = self.outline
        now = self.env._now
        job = operation = ""
        if work is not None:
            job = work.job
            operation = (self.steps or self._steps_of(work))[0].operation
        mode = self.turn(state.mode, name, cause, job, operation)
        if (until < inf) is not (state.until < inf):
            self.shop.busy += 1 if until < inf else -1
        self.outline = structs.replace(
            state, mode=mode, phase=phase, anchor=now, until=until, load=key, work=work,
            setting=setting,
        )  # fmt: skip
        self.duty = duty
        if self.alarm is not None or not self.plain:
            self.announce()
        elif until < inf:
            rank = PLAN_RANK[phase]
            self.alarm = self.env.arm(until, rank, self.order, self.name, PLAN, self.resume)

    def turn(self, mode: Mode, name: str, cause: str, job: str, operation: str) -> Mode:
        """Return the mode that follows *mode* at the present instant, its time counted."""
        was, since = mode.name, mode.since
        if (
            was == name
            and mode.job == job
            and mode.cause == cause
            and mode.operation == operation
        ):
            return mode
        now = self.env._now
        if now > since:
            index = INDEX[was]
            self.totals.time[index] += now - since
            if was in WAITING:
                self.waits.extend((since, now, index))
            elif was == "waiting for crew" and self.outline.phase in AWAITED:
                self.totals.count(AWAITED[self.outline.phase], now - since)
            if self.log is not None:
                self.log.spend(self.name, was, since, now, mode.cause, mode.job, mode.operation)
        return Mode(name, cause, now, job, operation)

    def power(self, *, on: bool) -> None:
        """Let the clocks `powered` run or stand still from this instant."""
        if on is not self.powered:
            self.powered = on
            for mode in self.powered_modes:
                mode.power(on)

    def current(self) -> Duty:
        """Return the compiled load of the hold."""
        duty = self.duty
        if duty is None:
            edge = self.edge
            tool = edge.spec.name if edge is not None else ""
            duty = self.duty = self.plan.duty(self.outline.load, tool)
        return duty

    def _arrive(self) -> MachineState:
        """Bring the continuous part of the state to the present instant, the end of the hold.

        The anchor moves with it; whoever calls this begins another hold at once.
        """
        state = self.state
        now = self.env._now
        dt = now - state.anchor
        if dt == 0.0:
            return state
        totals = self.totals
        if state.phase == "cut":
            totals.work += dt * self._pace(state)
        if self.plain:
            return state
        temperatures, clocks, damages, wear, energy = grown(self, state, dt)
        totals.energy[INDEX[state.mode.name]] += energy
        state = self.state = structs.replace(
            state, anchor=now, temperatures=temperatures, clocks=clocks, damages=damages,
            wear=wear,
        )  # fmt: skip
        return state

    def announce(self) -> None:
        """Find the first state event of the hold; arm one alarm at it or at the planned end."""
        alarm = self.alarm
        if alarm is not None:
            self.env.void(alarm)
            self.alarm = None
        state = self.outline
        if self.powered_modes:
            self.power(on=state.load[0] != "standby")
        if self.program is None:
            if self.reserve.put_off and arrears.is_rest(state):
                return  # Its note is put off, too.
            state = self.state
            if self.history is not None and not self.plain:
                self.history.add(self.edge, state, state.anchor, self.duty or self.current())
            if self.parts or self.edge is not None:
                event = first_event(self, state)
                if event is not None:
                    at, rank, part, guard = event
                    self.alarm = self.env.arm(
                        at, rank, self.order, part.name, guard, waker(part.process)
                    )
                    return
        at = state.until
        if at < inf:
            rank = PLAN_RANK[state.phase]
            self.alarm = self.env.arm(at, rank, self.order, self.name, PLAN, self.resume)
        elif state.phase == "cooling":
            self.env.dispatch_pending = True  # It never will by itself: who waits, looks.

    def watch_again(self) -> None:
        """Forget which levels are watched: a part was renewed, has failed, or has new luck."""
        self.calm = -inf

    # -- what the parts ask for (Host) ---------------------------------------------------------

    @property
    def now(self) -> float:
        """The present instant [s]."""
        return self.env._now

    @property
    def anchor(self) -> float:
        """The instant of the last load change, at which the meters stand [s]."""
        return self.state.anchor

    def time_on(self, clock: str) -> float:
        """Return what a clock of time shows now: calendar, or on_shift [s]."""
        now = self.env._now
        return now if clock == "calendar" or self.hours is None else self.hours.worked(now)

    def time_at(self, clock: str, reading: float) -> float:
        """Return when a clock of time will show *reading* [s]; inf: never."""
        if clock == "calendar" or self.hours is None:
            return reading
        return instant(self.hours.when(reading))

    def meter_index(self, name: str) -> int:
        """Return where a meter stands among the machine's meters."""
        return self.plan.meters[name]

    def meter(self, name: str) -> float:
        """Return the reading of a meter at the anchor."""
        index = self.plan.meters[name]
        return (*self.state.clocks, *self.state.damages)[index]

    def reset_meter(self, name: str, reading: float) -> None:
        """Put the damage of a part back, as a new part does."""
        index = self.plan.meters[name] - CLOCKS
        damages = self.state.damages
        self.state = structs.replace(
            self.state, damages=(*damages[:index], reading, *damages[index + 1 :])
        )
        self.watch_again()

    def settle(self) -> None:
        """Bring everything to the present instant while the hold goes on."""
        if self.program is not None:
            through.leave(self)
        passed = self.env._now - self.state.anchor
        if passed == 0.0:
            return
        state = self._arrive()
        work, setting = state.work, state.setting
        if state.phase == "cut" and work is not None:
            left = work.left
            assert left is not None, "a cut has work left"
            pace = self._pace(state)
            done = passed if pace == 1.0 else instant(passed * pace)
            work = structs.replace(work, left=max(0.0, left - done), spent=work.spent + done)
        elif state.phase == "setup":
            setting = structs.replace(setting, unset=setting.unset - passed)
        self.state = structs.replace(state, anchor=self.env._now, work=work, setting=setting)
        if self.history is not None and not self.plain:
            duty = self.duty or self.current()
            state = self.state
            self.history.add(self.edge, state, state.anchor, duty, settled=True)

    def fail(self, part: Part, cause: str) -> None:
        """Stop for a failure of *part* and ask for its repair; a second one waits in line."""
        self.watch_again()
        if isinstance(part, FailureMode) and part.spec.failure_cost > 0.0:
            self.totals.count("failure cost", part.spec.failure_cost)
        if self.shop.lives is not None:
            self.shop.lives.failed(part)
        stops.fault(self, Fault(part.name, cause, self.env._now))

    def due(self, part: FailureMode) -> None:
        """Have *part* maintained when it can be; the meters stand at the present."""
        policy = self.shop.by_age[part.name]
        self.watch_again()
        ask_for(self, (part,), policy)
        if self.program is None and self.state.phase not in ("done", "upkeep", "pending"):
            self.go_on(self.state.until)

    def cool(self, cause: str) -> None:
        """Stop until the spindle has cooled below its reset."""
        self.totals.count("trips")
        self.note("spindle", "trip", cause)
        if self.shop.lives is not None:
            self.shop.lives.tripped(self, cause)
        stops.stop(self, "thermal hold", cause, "cooling", inf, ready=True)

    def cooled(self) -> None:
        """Go on after a thermal hold, unless something else holds the machine."""
        self.note("spindle", "reset", "")
        if self.state.phase == "cooling":
            stops.recover(self)
        elif self.state.phase in stops.LINED_UP:
            stops.line_up_again(self)
        else:
            self.announce()

    def change_worn(self) -> None:
        """Leave the cut and take a sister tool, unless the cut ends with the edge."""
        self.note(self._edge_name(), "worn", "")
        state = self.state
        assert state.work is not None, "a tool wears in a piece"
        if tooling.is_over(self.current(), state.work):
            self.go_on(state.until)
        else:
            self.next_step(state.work, at_speed(state.setting, 0.0))

    def break_tool(self) -> None:
        """Lose the edge, and perhaps the piece."""
        self.totals.count("breakages")
        self.note(self._edge_name(), "breakage", "")
        if self.shop.lives is not None:
            self.shop.lives.broke(self, tool_of(self._edge_name()))
        work = self.state.work
        assert work is not None, "a tool breaks in a piece"
        setting = at_speed(self.state.setting, 0.0)
        share = self.plan.product(work.product).scrap_on_breakage
        if self.draw(self.name, "scrap") < share:
            self.totals.count("scrap")
            self.shop.scrap(self)
            self.stand("idle", None, setting)
            self.shop.touch(self)
        else:
            self.next_step(work, setting)

    def stall(self) -> None:
        """Stop because the torque is above the envelope; the edge is set aside."""
        self.totals.count("overloads")
        self.note(self._edge_name(), "overload", "")
        if self.shop.lives is not None:
            self.shop.lives.stalled(self, tool_of(self._edge_name()))
        until = self.env._now + instant(self.plan.spec.overload_reset)
        stops.stop(self, "down", "overload", "overload", until)

    def draw(self, entity: str, purpose: str) -> float:
        """Return the next uniform of the stream (entity, purpose)."""
        return self.shop.streams[entity, purpose]()

    def start(self, process: Generator[Any, Any, None]) -> simpy.Process:
        """Start *process* in the environment of the shop."""
        return self.env.begin(process)

    def alarm_at(self, at: float, rank: int, part: Any, guard: str) -> Alarm:
        """Set an alarm that wakes *part*, independent of the machine's holds."""
        order = self.shop.orders[part.name]
        return self.env.arm(at, rank, order, part.name, guard, waker(part.process))

    def void(self, alarm: Alarm) -> None:
        """Make an alarm of a part say nothing when its instant comes."""
        self.env.void(alarm)

    # -- the door for everything not foreseen --------------------------------------------------

    def change_load(self, setting: Setting) -> None:
        """Go on under another setting from this instant: the one door (KERNEL 9)."""
        self.settle()
        state = self.state
        if state.phase == "cut":
            assert state.work is not None, "a cut has a piece"
            self.next_step(state.work, setting)
        elif state.phase == "run-up" and self._is_other_speed(setting.spindle):
            assert state.work is not None, "a run-up has a piece"
            self.next_step(state.work, at_speed(setting, 0.0))
        else:
            mode = state.mode
            key = (*state.load[:-1], setting.coolant)
            self.enter(
                mode.name, mode.cause, state.phase, state.until, key, state.work, setting
            )
            if self.holds:
                self.shop.touch(self)  # At another feed a piece may end within the shift.

    def _is_other_speed(self, spindle: float) -> bool:
        """Tell whether a *spindle* override makes the run-up in hand one to another speed."""
        work = self.state.work
        assert work is not None, "a run-up has a piece"
        step = (self.steps or self._steps_of(work))[work.step]
        return bool(step.turns(spindle) != self.state.load[1])

    def resume_cut(self, work: Work) -> None:
        """Go on cutting with other work left, as a forecast draws it."""
        self.next_step(work, self.state.setting)

    def go_on(self, until: float) -> None:
        """Go on with the hold to another planned end, and look for state events anew."""
        state = self.state
        mode = state.mode
        self.enter(
            mode.name, mode.cause, state.phase, until, state.load, state.work, state.setting
        )

    # -- the record ----------------------------------------------------------------------------

    def closed_totals(self) -> MachineTotals:
        """Return the totals as they stand now, the open hold included; nothing changes."""
        state = self.state
        now = self.env._now
        totals = self.totals.copy()
        mode = self.mode
        totals.time[INDEX[mode.name]] += now - mode.since
        if mode.name == "waiting for crew" and state.phase in AWAITED:
            totals.count(AWAITED[state.phase], now - mode.since)
        used_up = consumed(self)
        if used_up > 0.0:
            totals.count(CONSUMED, used_up)
        dt = now - state.anchor
        if self.program is not None:
            passage.count_up(totals, through.so_far(self))
        elif dt > 0.0:
            if state.phase == "cut":
                totals.work += dt * self._pace(state)
            totals.energy[INDEX[state.mode.name]] += grown(self, state, dt)[4]
        return totals

    def note(self, part: str, kind: str, detail: str) -> None:
        """Note something that happened to the machine or a part of it."""
        log = self.log
        if log is not None:
            log.own_events.append(EventRow(self.env._now, self.name, part, kind, detail))

    def _edge_name(self) -> str:
        return self.edge.name if self.edge is not None else ""


END: dict[str, Callable[[Machine], None]] = {
    "setup": setup.ended,
    "upkeep": lambda machine: machine.shop.upkeep.ended(machine),
    "repair": stops.repaired,
    "overload": stops.cleared,
    "maintenance": stops.maintained,
}
"""What follows the planned end of a setup or a stop."""
