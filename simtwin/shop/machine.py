"""This module holds the machine: the process that follows modes, and the host of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.parts.alarm import Alarm, Asleep, Rank, instant
from simtwin.parts.failure import FailureMode
from simtwin.parts.load import Course
from simtwin.parts.tool import Edge, EdgeState, edge_name, new_edge
from simtwin.result.record import INDEX, EventRow, MachineTotals, StateRow

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.part import Part
    from simtwin.shop.plan import Duty, LoadKey, MachinePlan, StepPlan
    from simtwin.shop.shop import Shop

DONE = -1
"""Step of a piece that is finished here and has not left yet."""

PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Mode:
    """What a machine is doing, as people count it (KERNEL 27)."""

    name: str
    cause: str
    since: float
    job: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """The piece in the machine and how far it is."""

    job: str
    product: str
    operation: int
    step: int
    """Index of the step in hand, or DONE."""
    left: float | None = None
    """Nominal work left of the step at the anchor [s]; None: not begun."""
    total: float = 0.0
    """Nominal work of the step [s]."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the machine is set: edge in the spindle, its speed, overrides, cooling."""

    edge: str | None = None
    speed: float = 0.0
    """Nominal speed for which the spindle is turning [rad/s]; 0: at rest."""
    feed: float = 1.0
    spindle: float = 1.0
    coolant: bool = True
    stopped: bool = False
    """Whether an operator has stopped it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that waits for repair, or is being repaired."""

    part: str
    cause: str
    since: float
    duration: float | None = None
    """Given by an intervention [s]; None: drawn from the part's repair law."""


@dataclass(frozen=True, slots=True)
class MachineState:
    """The machine as a value: all that it needs to go on (KERNEL 15)."""

    mode: Mode
    phase: str
    """What the hold is for; names the transition at its planned end."""
    anchor: float
    """Instant of the last load change; parts stand at it."""
    until: float
    """Planned end of the hold, inf while open."""
    load: LoadKey
    work: Work | None
    setting: Setting
    faults: tuple[Fault, ...] = ()
    started: int = 0
    """Pieces begun so far, the cursor of a given sequence."""
    magazine: dict[str, EdgeState] = field(default_factory=dict)
    """Edges that are not in the spindle; never changed in place."""


INTERRUPTIBLE = frozenset({"open", "cut", "run-up", "change", "cooling"})
"""Phases that an operator's stop or planned maintenance may end."""

PLAN_RANK = {"repair": Rank.REPAIR, "maintenance": Rank.REPAIR, "overload": Rank.REPAIR}


class Machine:
    """A machine as a process: it sleeps through a hold, to the first of plan and state events."""

    __slots__ = (
        "alarm",
        "asleep",
        "cycle_modes",
        "duty",
        "edge",
        "env",
        "fixed",
        "name",
        "order",
        "parts",
        "plan",
        "process",
        "shop",
        "state",
        "station",
        "totals",
    )

    def __init__(self, shop: Shop, plan: MachinePlan, state: MachineState, order: int) -> None:
        self.shop = shop
        self.env = shop.env
        self.plan = plan
        self.name = plan.spec.name
        self.order = order
        self.station = shop.stations[plan.spec.station]
        self.state = state
        self.totals = shop.record.machines[self.name]
        self.edge: Edge | None = None
        self.fixed: tuple[Part, ...] = ()
        self.parts: tuple[Part, ...] = ()
        self.cycle_modes: tuple[FailureMode, ...] = ()
        self.alarm: Alarm | None = None
        self.asleep: simpy.Event = Asleep(self.env)
        self.duty: Duty | None = None
        self.process = self.start(self.life())

    # -- the story -------------------------------------------------------------------------

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Follow modes for ever: sleep through a hold, go on at its planned end."""
        asleep = self.asleep
        while True:
            yield asleep
            self.alarm = None
            self.proceed()

    def proceed(self) -> None:
        """Go on after the planned end of the hold."""
        self._pass()
        state = self.state
        match state.phase:
            case "cut":
                work = state.work
                assert work is not None, "a cut has a piece"
                self.next_step(
                    Work(work.job, work.product, work.operation, work.step + 1), state.setting
                )
            case "run-up":
                self._cut(state.work, state.setting)
            case "change":
                self._mount()
                self.next_step(self.state.work, self.state.setting)
            case "repair":
                self._repaired()
            case "overload":
                self._cleared()
            case "maintenance":
                self._maintained()
            case phase:
                raise AssertionError(f"{self.name}: {phase!r} has no planned end")

    # -- steps of the work -------------------------------------------------------------------

    def take(self, job: str, product: str, operation: int) -> None:
        """Begin a piece."""
        self.state = replace(self.state, started=self.state.started + 1)
        self.next_step(Work(job, product, operation, 0), self.state.setting)

    def next_step(self, work: Work | None, setting: Setting) -> None:
        """Begin the step in hand: change the tool, run up, cut; or be done with the piece."""
        assert work is not None, "a step belongs to a piece"
        steps = self.plan.steps(work.product, work.operation)
        if work.step >= len(steps):
            self._complete(work, setting)
            return
        step = steps[work.step]
        if work.left is None:
            work = self._planned(work, step)
        if step.tool is not None and not self._ready(step.tool, work, setting):
            self._change(step.tool, work, setting)
        elif step.speed != setting.speed and step.speed > 0.0:
            self._run_up(step, work, setting)
        else:
            self._cut(work, setting, step)

    def _planned(self, work: Work, step: StepPlan) -> Work:
        total = step.fixed
        if total is None:
            total = instant(step.law.ppf(self.draw(self.name, "process")))
        return Work(work.job, work.product, work.operation, work.step, total, total)

    def _cut(self, work: Work | None, setting: Setting, step: StepPlan | None = None) -> None:
        assert work is not None and work.left is not None, "a cut has work left"
        if step is None:
            step = self.plan.steps(work.product, work.operation)[work.step]
        if step.speed != setting.speed:
            setting = replace(setting, speed=step.speed)
        now = self.env._now
        seconds = work.left if setting.feed == 1.0 else instant(work.left / setting.feed)
        key = (
            "cut",
            work.product,
            work.operation,
            work.step,
            setting.feed,
            setting.spindle,
            setting.coolant,
        )
        self._enter("producing", "", "cut", now + seconds, key, work, setting)

    def _run_up(self, step: StepPlan, work: Work, setting: Setting) -> None:
        speed = step.speed * setting.spindle
        until = self.env._now + self.plan.run_up_time(speed)
        key = ("run-up", speed, setting.coolant)
        self._enter("producing", "", "run-up", until, key, work, setting)

    def _complete(self, work: Work, setting: Setting) -> None:
        totals = self.totals
        counts = totals.counts
        counts["good"] = counts.get("good", 0.0) + 1.0
        if self.shop.record.log is not None:
            self.shop.log_piece(work.job, "finished", self.name, work.operation)
        done = Work(work.job, work.product, work.operation, DONE)
        self._rest("blocked", done, setting)
        self.shop.touch(self)
        for mode in self.cycle_modes:
            if mode.count_cycle():
                mode.strike()

    # -- tools ---------------------------------------------------------------------------------

    def _ready(self, tool: str, work: Work, setting: Setting) -> bool:
        """Whether the edge in the spindle may do the rest of the step."""
        edge = self.edge
        if edge is None or edge.spec.name != tool or edge.state.spent:
            return False
        return self._covers(edge.state, tool, work, setting)

    def _covers(self, state: EdgeState, tool: str, work: Work, setting: Setting) -> bool:
        """Whether the nominal life left covers the cut, where the tool is changed by plan."""
        if state.spent:
            return False
        if state.used == 0.0 or self.plan.tools[tool].change != "planned":
            return True
        load = self.plan.load(
            (
                "cut",
                work.product,
                work.operation,
                work.step,
                setting.feed,
                setting.spindle,
                setting.coolant,
            )
        )
        if load.tool_life is None or work.left is None:
            return True
        return state.used + work.left / load.progress / load.tool_life <= 1.0 + 1e-9

    def _change(self, tool: str, work: Work, setting: Setting) -> None:
        """Put the edge away and fetch a sister; exchange all edges by hand when none is left."""
        magazine = self._stowed()
        spec = self.plan.spec
        seconds = spec.tool_change
        names = [
            edge_name(self.name, tool, k + 1)
            for slot in spec.magazine
            if slot.tool == tool
            for k in range(slot.edges)
        ]
        chosen = next(
            (name for name in names if self._covers(magazine[name], tool, work, setting)), None
        )
        if chosen is None:
            seconds += spec.refit
            for name in names:
                magazine[name] = new_edge(self, self.plan.tools[tool], name)
            self.totals.count("edges used", len(names))
            self._note(tool, "tool refit", f"{len(names)} new edges")
            chosen = names[0]
        self.totals.count("tool changes")
        setting = replace(setting, edge=chosen, speed=0.0)
        self.state = replace(self.state, magazine=magazine)
        until = self.env._now + instant(seconds)
        key = ("ready", setting.coolant)
        self._enter("tool change", tool, "change", until, key, work, setting)

    def _stowed(self) -> dict[str, EdgeState]:
        """Return the magazine with the edge from the spindle put back."""
        magazine = dict(self.state.magazine)
        if self.edge is not None:
            magazine[self.edge.name] = self.edge.state
            self._use(None)
        return magazine

    def _mount(self) -> None:
        """Take the chosen edge into the spindle; its process starts now."""
        state = self.state
        name = state.setting.edge
        assert name is not None, "a change has a chosen edge"
        magazine = dict(state.magazine)
        edge_state = magazine.pop(name)
        self.state = replace(state, magazine=magazine)
        self.mount(name, edge_state)
        self._note(name, "tool change", "")

    def mount(self, name: str, state: EdgeState) -> None:
        """Make the edge *name* a living part of the machine."""
        tool = name.rpartition("/")[2].rpartition("#")[0]
        self._use(Edge(self.plan.tools[tool], self, name, state))

    def _use(self, edge: Edge | None) -> None:
        self.edge = edge
        self.parts = self.fixed if edge is None else (edge, *self.fixed)

    # -- what the parts ask for (Host) -------------------------------------------------------

    @property
    def now(self) -> float:
        """The present instant [s]."""
        return self.env._now

    def settle(self) -> None:
        """Bring all parts and the work to the present instant; the hold goes on."""
        state = self.state
        now = self.env._now
        if now == state.anchor:
            return
        passed = now - state.anchor
        self._pass()
        work = state.work
        if state.phase == "cut" and work is not None and work.left is not None:
            progress = state.setting.feed
            left = work.left - passed if progress == 1.0 else work.left - passed * progress
            work = replace(work, left=max(0.0, left))
        self.state = replace(self.state, anchor=now, work=work)

    def fail(self, part: Part, cause: str) -> None:
        """Stop for a failure of *part* and ask for its repair; a second one waits in line."""
        self._fault(Fault(part.name, cause, self.env._now))

    def cool(self, cause: str) -> None:
        """Stop until the spindle has cooled below its reset."""
        self.totals.count("trips")
        self._note("spindle", "trip", cause)
        self._stop("thermal hold", cause, "cooling", inf, ready=True)

    def cooled(self) -> None:
        """Go on after a thermal hold, unless something else holds the machine."""
        self._note("spindle", "reset", "")
        if self.state.phase == "cooling":
            self.recover()
        else:
            self._announce()

    def change_worn(self) -> None:
        """Leave the cut and take a sister tool."""
        self._note(self._edge_name(), "worn", "")
        setting = replace(self.state.setting, speed=0.0)
        self.next_step(self.state.work, setting)

    def break_tool(self) -> None:
        """Lose the edge, and perhaps the piece."""
        self.totals.count("breakages")
        self._note(self._edge_name(), "breakage", "")
        work = self.state.work
        assert work is not None, "a tool breaks in a piece"
        setting = replace(self.state.setting, speed=0.0)
        share = self.plan.products[work.product].scrap_on_breakage
        if self.draw(self.name, "scrap") < share:
            self.totals.count("scrap")
            self.shop.scrap(self, work)
            self._rest("idle", None, setting)
            self.shop.touch(self)
        else:
            self.next_step(work, setting)

    def stall(self) -> None:
        """Stop because the torque is above the envelope; the edge is set aside."""
        self.totals.count("overloads")
        self._note(self._edge_name(), "overload", "")
        assert self.edge is not None, "a stall has an edge"
        self.edge.state = replace(self.edge.state, spent=True)
        until = self.env._now + instant(self.plan.spec.overload_reset)
        self._stop("down", "overload", "overload", until)

    def draw(self, entity: str, purpose: str) -> float:
        """Return the next uniform of the stream (entity, purpose)."""
        return self.shop.streams[entity, purpose]()

    def start(self, process: Generator[Any, Any, None]) -> simpy.Process:
        """Start *process* in the environment of the shop."""
        return self.env.process(process)

    def alarm_at(self, at: float, rank: int, part: Any, guard: str) -> Alarm:
        """Set an alarm that wakes *part*, independent of the machine's holds."""
        alarm = Alarm(self.env, at, rank, part.name, guard, part.process._resume)
        self.env.set(alarm, self.shop.orders[part.name])
        return alarm

    # -- stops and repairs ----------------------------------------------------------------------

    def begin(self) -> None:
        """Stand idle at the start of a run."""
        self._rest("idle", None, self.state.setting)

    def _fault(self, fault: Fault) -> None:
        self.totals.count("failures")
        self._note(fault.part, "failure", fault.cause)
        faults = (*self.state.faults, fault)
        if self.state.faults:
            self.state = replace(self.state, faults=faults)
            return
        self.state = replace(self.state, faults=faults)
        if self._crewed(fault) and self.shop.crew.members is not None:
            self._stop("waiting for crew", fault.cause, "waiting", inf)
            self.shop.crew.ask(self, fault.since)
            self.shop.call_dispatch()
        else:
            self.repair()

    def _crewed(self, fault: Fault) -> bool:
        part = self.shop.parts.get(fault.part)
        return getattr(part, "crew", True) if fault.duration is None else False

    def repair(self) -> None:
        """Begin the repair of the first fault in line."""
        fault = self.state.faults[0]
        seconds = fault.duration
        if seconds is None:
            law = self.shop.parts[fault.part].repair
            assert law is not None, f"{fault.part} has no repair"
            seconds = law.ppf(self.draw(fault.part, "repair"))
        self.settle()
        until = self.env._now + instant(seconds)
        self._stop("down", fault.cause, "repair", until)

    def _repaired(self) -> None:
        """Renew the part; repair the next fault in the same stop, or go on."""
        state = self.state
        fault, rest = state.faults[0], state.faults[1:]
        self.state = replace(state, faults=rest, anchor=self.env._now)
        self._note(fault.part, "repaired", fault.cause)
        part = self.shop.parts.get(fault.part)
        if part is not None:
            part.renew()
        crewed, more = self._crewed(fault), bool(rest) and self._crewed(rest[0])
        if crewed and not more:
            self.shop.crew.release(self)
        if not rest:
            self.recover()
        elif more and not crewed and self.shop.crew.members is not None:
            self._stop("waiting for crew", rest[0].cause, "waiting", inf)
            self.shop.crew.ask(self, rest[0].since)
        else:
            self.repair()
        self.shop.call_dispatch()

    def _cleared(self) -> None:
        """Go on after an overload, at 100 % and with another edge."""
        setting = replace(self.state.setting, feed=1.0, spindle=1.0)
        self.state = replace(self.state, setting=setting, anchor=self.env._now)
        self.recover()

    def _maintained(self) -> None:
        self.state = replace(self.state, anchor=self.env._now)
        for part in self.fixed:
            if isinstance(part, FailureMode) and not part.state.failed:
                part.restart()
        self._note("machine", "maintained", "")
        self.recover()

    def _stop(
        self, mode: str, cause: str, phase: str, until: float, ready: bool = False
    ) -> None:
        """Leave whatever the machine was doing, spindle at rest, work left kept."""
        state = self.state
        setting = state.setting
        edge = setting.edge if state.phase != "change" else None
        if setting.speed != 0.0 or edge != setting.edge:
            setting = replace(setting, speed=0.0, edge=edge)
        key = ("ready" if ready else "standby", setting.coolant)
        self._enter(mode, cause, phase, until, key, state.work, setting)

    def recover(self) -> None:
        """Go on with what a stop has interrupted."""
        state = self.state
        work, setting = state.work, state.setting
        spindle = self.spindle
        if spindle is not None and spindle.state.tripped:
            self._stop("thermal hold", "still hot", "cooling", inf, ready=True)
        elif setting.stopped:
            self._stop("down", "stopped by operator", "stopped", inf)
        elif work is None:
            self._rest("idle", None, setting)
            self.shop.touch(self)
        elif work.step == DONE:
            self._rest("blocked", work, setting)
            self.shop.touch(self)
        else:
            self.next_step(work, setting)

    @property
    def spindle(self) -> Any:
        """The spindle, or None."""
        return self.shop.parts.get(f"{self.name}/spindle")

    # -- resting ---------------------------------------------------------------------------------

    @property
    def able(self) -> bool:
        """Whether it could begin a piece now."""
        state = self.state
        return state.work is None and state.phase == "open"

    def depart(self) -> None:
        """Let the finished piece go; the machine stays as it is until dispatch decides."""
        self.state = replace(self.state, work=None)

    def rest(self) -> None:
        """Say what the empty machine waits for: starved while an open order routes here."""
        name = "starved" if self.station.expects else "idle"
        mode = self.state.mode
        if mode.name != name or mode.job:
            self._rest(name, None, self.state.setting)

    def _rest(self, name: str, work: Work | None, setting: Setting) -> None:
        if setting.speed != 0.0:
            setting = replace(setting, speed=0.0)
        self._enter(name, "", "open", inf, ("ready", setting.coolant), work, setting)

    # -- holds -----------------------------------------------------------------------------------

    def _enter(
        self,
        name: str,
        cause: str,
        phase: str,
        until: float,
        key: LoadKey,
        work: Work | None,
        setting: Setting,
    ) -> None:
        """Begin a hold at the present instant; the parts stand at it already."""
        state = self.state
        now = self.env._now
        mode = state.mode
        job = work.job if work is not None else ""
        if mode.name != name or mode.job != job or mode.cause != cause:
            self.close(mode, now)
            operation = ""
            if work is not None:
                operation = self.plan.products[work.product].operations[work.operation].name
            mode = Mode(name, cause, now, job, operation)
        self.shop.busy += (until < inf) - (state.until < inf)
        self.state = MachineState(
            mode,
            phase,
            now,
            until,
            key,
            work,
            setting,
            state.faults,
            state.started,
            state.magazine,
        )
        self.duty = None
        self._announce()

    def close(self, mode: Mode, now: float) -> None:
        """Add the ended mode to totals and log."""
        if now > mode.since:
            self.totals.time[INDEX[mode.name]] += now - mode.since
            log = self.shop.record.log
            if log is not None:
                log.states.append(
                    StateRow(
                        self.name,
                        mode.name,
                        mode.since,
                        now,
                        mode.cause,
                        mode.job,
                        mode.operation,
                    )
                )

    def _current(self) -> Duty:
        """Return the compiled load of the present hold for the present parts."""
        duty = self.duty
        if duty is None:
            tool = self.edge.spec.name if self.edge is not None else ""
            duty = self.duty = self.plan.duty(self.state.load, tool, self.parts)
        return duty

    def _pass(self) -> None:
        """Advance the parts over the hold that ends now."""
        state = self.state
        dt = self.env._now - state.anchor
        if dt == 0.0:
            return
        totals = self.totals
        if state.phase == "cut":
            totals.work += dt * state.setting.feed
        totals.energy[INDEX[state.mode.name]] += self._advance(dt)

    def _advance(self, dt: float) -> float:
        """Advance every part by *dt*; return the energy drawn [J]."""
        duty = self._current()
        energy = duty.auxiliary * dt
        parts = self.parts
        if parts:
            edge = self.edge
            course = edge.course(duty.parts[0], dt) if edge is not None else Course(dt)
            for part, mine in zip(parts, duty.parts, strict=True):
                energy += part.advance(mine, course)
        return energy

    def closed_totals(self) -> MachineTotals:
        """Return the totals as they stand now, the open hold included; nothing changes."""
        state = self.state
        now = self.env._now
        totals = self.totals.copy()
        totals.time[INDEX[state.mode.name]] += now - state.mode.since
        dt = now - state.anchor
        if dt > 0.0:
            if state.phase == "cut":
                totals.work += dt * state.setting.feed
            before = [part.state for part in self.parts]
            totals.energy[INDEX[state.mode.name]] += self._advance(dt)
            for part, saved in zip(self.parts, before, strict=True):
                part.state = saved
        return totals

    def _announce(self) -> None:
        """Ask the parts for the first state event of the hold; arm one alarm at the minimum."""
        if self.alarm is not None:
            self.alarm.void()
            self.alarm = None
        state = self.state
        at = state.until
        now = state.anchor
        rank: int = PLAN_RANK.get(state.phase, Rank.COMPLETION)
        process, name, guard = self.process, self.name, PLAN
        parts = self.parts
        if parts:
            duty = self._current()
            if self.shop.record.log is not None:
                self.shop.log_hold(self, duty)
            edge = self.edge
            dt = at - now
            course = edge.course(duty.parts[0], dt) if edge is not None else Course(dt)
            for part, mine in zip(parts, duty.parts, strict=True):
                event = part.first_event(mine, course)
                if event is not None:
                    when = instant(now + event[0])
                    if when < at or (when == at and event[1] < rank):
                        at, rank = when, event[1]
                        process, name, guard = part.process, part.name, event[2]
        if at < inf:
            alarm = self.alarm = Alarm(self.env, at, rank, name, guard, process._resume)
            self.env.set(alarm, self.order)

    # -- the door for everything not foreseen -----------------------------------------------------

    def change_load(self, setting: Setting) -> None:
        """Go on under another setting from this instant: the one door (KERNEL 9)."""
        self.settle()
        state = self.state
        self.state = replace(state, setting=setting)
        if state.phase == "cut":
            self._cut(state.work, setting)
        elif state.phase == "run-up":
            self.next_step(state.work, replace(setting, speed=0.0))
        else:
            key = (*state.load[:-1], setting.coolant)
            mode = state.mode
            self._enter(
                mode.name, mode.cause, state.phase, state.until, key, state.work, setting
            )

    def halt(self) -> None:
        """Stop by an operator, until released."""
        setting = replace(self.state.setting, stopped=True)
        self.state = replace(self.state, setting=setting)
        if self.state.phase in INTERRUPTIBLE:
            self.recover()

    def release(self) -> None:
        """Go on after an operator's stop."""
        setting = replace(self.state.setting, stopped=False)
        self.state = replace(self.state, setting=setting)
        if self.state.phase == "stopped":
            self.recover()

    def discard(self, tool: str | None) -> None:
        """Set the edge in the spindle aside, or the one of *tool*; a sister follows."""
        edge = self.edge
        if edge is not None and tool in (None, edge.spec.name):
            edge.state = replace(edge.state, spent=True)
            if self.state.phase in ("cut", "run-up"):
                self.next_step(self.state.work, replace(self.state.setting, speed=0.0))
            return
        magazine = dict(self.state.magazine)
        for name, state in magazine.items():
            if not state.spent and name.startswith(f"{self.name}/{tool}#"):
                magazine[name] = replace(state, spent=True)
                break
        self.state = replace(self.state, magazine=magazine)

    def maintain(self, seconds: float) -> None:
        """Begin planned maintenance now, unless the machine is already down."""
        if self.state.phase in INTERRUPTIBLE or self.state.phase == "stopped":
            until = self.env._now + instant(seconds)
            self._stop("maintenance", "planned", "maintenance", until)
        else:
            self._note("machine", "maintenance skipped", self.state.mode.name)

    def strike(self, fault: Fault) -> None:
        """Break down by an act, with a given time of repair."""
        self._fault(fault)

    def note_act(self, act: str, value: str) -> None:
        """Note an intervention."""
        self._note("machine", act, value)

    def _note(self, part: str, kind: str, detail: str) -> None:
        log = self.shop.record.log
        if log is not None:
            log.events.append(EventRow(self.env._now, self.name, part, kind, detail))

    def _edge_name(self) -> str:
        return self.edge.name if self.edge is not None else ""
