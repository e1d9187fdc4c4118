"""This module holds the upkeep: planned maintenance that is due, and whoever decides on it.

A task waits for the end of the piece in hand, then for somebody of its skill. Tasks of one
machine that are due together are done together. A failure renews its part, and its task falls
away.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.parts.alarm import Rank, instant, waker
from simtwin.parts.failure import FailureMode
from simtwin.plant.policy import Seen, SeenPart, Task
from simtwin.shop import stops
from simtwin.shop.health import age_of
from simtwin.shop.present import present

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.part import Part
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.policy import PolicySpec
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop

BEFORE = 2.0**-10
"""Some time before an instant, in which nothing else of a policy lies [s]."""


class TaskState(Struct, frozen=True, gc=False):
    """One planned task on one part."""

    part: str
    since: float
    """When it became due [s]."""
    left: float
    """Work that is left of it [s]."""
    skill: str


class UpkeepState(Struct, frozen=True, gc=False):
    """Tasks by machine; never changed in place."""

    due: dict[str, tuple[TaskState, ...]]
    running: dict[str, tuple[TaskState, ...]]


class Upkeep:
    """All planned tasks of the shop."""

    __slots__ = ("name", "shop", "state")

    def __init__(self, shop: Shop, state: UpkeepState) -> None:
        self.name = "upkeep"
        self.shop = shop
        self.state = state

    @property
    def parts(self) -> frozenset[str]:
        """Parts that have a task already."""
        return self.in_hand.union(
            task.part for some in self.state.due.values() for task in some
        )

    @property
    def in_hand(self) -> frozenset[str]:
        """Parts whose task goes on now."""
        return frozenset(task.part for some in self.state.running.values() for task in some)

    def ask(self, machine: Machine, task: TaskState) -> None:
        """Have *task* done on *machine* when it can be, unless one is due there already."""
        if task.part in self.parts:
            return
        due = (*self.state.due.get(machine.name, ()), task)
        self._put(machine, due=tuple(sorted(due, key=lambda one: natural(one.part))))
        machine.note(task.part, "maintenance due", "")
        if machine.state.phase in ("open", "off"):
            machine.settle()
            self.begin(machine)

    def begin(self, machine: Machine) -> None:
        """Begin all that is due on *machine*, or wait for somebody to do it."""
        tasks, crew = self.state.due[machine.name], self.shop.crew
        skill, name = tasks[0].skill, self.awaited(machine)
        if crew.serves(skill) and crew.with_(machine) is None:
            stops.line_up(machine, name, "pending")
            crew.ask(machine, machine.env._now, skill)
            return
        self._put(machine, due=(), running=tasks)
        until = machine.env._now + sum(task.left for task in tasks)
        stops.stop(machine, "maintenance", name, "upkeep", until)

    def awaited(self, machine: Machine) -> str:
        """Return the parts of *machine* that are due, in words."""
        tasks = self.state.due.get(machine.name, ())
        return ", ".join(task.part.partition("/")[2] for task in tasks)

    def lay_down(self, machine: Machine) -> None:
        """Leave the tasks in hand; what is left of them is due again."""
        tasks = self.state.running.get(machine.name)
        if tasks is None:
            return
        rest, left = [], machine.state.until - machine.env._now
        for task in reversed(tasks):
            mine = min(task.left, left)
            left -= mine
            rest.append(structs.replace(task, left=mine))
        due = (*self.state.due.get(machine.name, ()), *reversed(rest))
        self._put(machine, due=due, running=())

    def wait(self, machine: Machine) -> None:
        """Wait with the tasks in hand until somebody can go on with them."""
        machine.settle()
        self.lay_down(machine)
        self.shop.crew.release(machine)
        self.begin(machine)

    def ended(self, machine: Machine) -> None:
        """Renew what was maintained, and go on."""
        lives = self.shop.lives
        tasks = self.state.running[machine.name]
        self._put(machine, running=())
        for task in tasks:
            part = self.shop.parts[task.part]
            if lives is not None:
                lives.closing(part)
            part.restart()
            if lives is not None:
                lives.opening(part)
            machine.totals.count("planned tasks")
            machine.totals.count("maintenance cost", part.spec.planned_cost)
            machine.note(task.part, "maintained", "")
        machine.watch_again()
        if self.shop.crew.skills:
            self.shop.crew.release(machine)
        stops.recover(machine)

    def repaired(self, machine: Machine, part: Part) -> None:
        """Drop the task of a *part* that its repair renews; a minimal repair leaves it due."""
        due = self.state.due.get(machine.name, ())
        if due and isinstance(part, FailureMode) and part.spec.renewal:
            self._put(machine, due=tuple(task for task in due if task.part != part.name))

    def _put(
        self,
        machine: Machine,
        *,
        due: tuple[TaskState, ...] | None = None,
        running: tuple[TaskState, ...] | None = None,
    ) -> None:
        """Let *due* and *running* be the tasks of *machine*; what is not given stays."""
        name = machine.name
        due = self.state.due.get(name, ()) if due is None else due
        running = self.state.running.get(name, ()) if running is None else running
        all_due = {key: tasks for key, tasks in self.state.due.items() if key != name}
        all_running = {key: tasks for key, tasks in self.state.running.items() if key != name}
        if due:
            all_due[name] = due
        if running:
            all_running[name] = running
        self.state = UpkeepState(all_due, all_running)
        machine.wanted = bool(due)
        for mode in machine.parts:
            if isinstance(mode, FailureMode):
                mode.asked = any(task.part == mode.name for task in (*due, *running))
                mode.take_in_hand(any(task.part == mode.name for task in running))


class Policies:
    """The policies by time as a process: it sleeps until the next look at the machines.

    It has no state: when a policy looks follows from the time.
    """

    __slots__ = ("alarm", "asleep", "name", "process", "shop", "specs")

    def __init__(self, shop: Shop, specs: Iterable[PolicySpec]) -> None:
        self.name = "upkeep"
        self.shop = shop
        timed = [spec for spec in specs if spec.age is None]
        self.specs = sorted(timed, key=lambda spec: natural(spec.name))
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Have each policy look whose time has come, sleep until the next."""
        while True:
            yield self.asleep
            for spec in self.specs:
                if self._after(spec, self.shop.env.now - BEFORE) == self.shop.env.now:
                    look(self.shop, spec)
            self.arm()

    def arm(self) -> None:
        """Set the alarm of the next look, if there is one."""
        now = self.shop.env.now
        at = min((self._after(spec, now) for spec in self.specs), default=inf)
        self.alarm = None
        if at < inf:
            order = self.shop.orders[self.name]
            self.alarm = self.shop.env.arm(
                at, Rank.INTERVENTION, order, self.name, "policy", waker(self.process)
            )

    def _after(self, spec: PolicySpec, time: float) -> float:
        """Return when a policy looks next after *time*."""
        if spec.calendar is not None:
            hours = self.shop.hours[spec.calendar]
            at = hours.next_change(time)
            while at < inf and not hours.is_open(at):
                at = hours.next_change(at)
            return instant(at)
        assert spec.every is not None, "a policy by time has a period or a calendar"
        period = instant(spec.every)
        return (time // period + 1.0) * period


def look(shop: Shop, spec: PolicySpec) -> None:
    """Have done what the policy *spec* wants done now."""
    if spec.decide is None:
        for machine in shop.machines.values():
            modes = [m for m in _modes(machine) if spec.covers(machine.name, m.spec.name)]
            ask_for(machine, modes, spec)
        return
    for task in _decided(spec, shop):
        asked = shop.machines.get(task.machine)
        modes = [] if asked is None else _modes(asked)
        wanted = [mode for mode in modes if mode.spec.name == task.failure]
        if asked is None or not wanted:
            place = f"{task.machine}/{task.failure}"
            raise InvalidInput(f"policy {spec.name}: there is no failure {place!r}")
        ask_for(asked, wanted, spec, task.duration)


def _decided(spec: PolicySpec, shop: Shop) -> list[Task]:
    """Return the tasks for which a policy of somebody's own asks; refuse what is none."""
    assert spec.decide is not None, "asked of a policy that decides"
    answer: object = spec.decide(*seen(shop))
    tasks = list(answer) if isinstance(answer, Iterable) else None
    wrong = [answer] if tasks is None else [one for one in tasks if not isinstance(one, Task)]
    if tasks is None or wrong:
        raise InvalidInput(
            f"policy {spec.name}: decide must return a list of tasks, as "
            f'[Task("mill-1", "pump")], or [] for none (got {wrong[0]!r})'
        )
    for task in tasks:
        if task.duration is not None and not 0.0 <= task.duration < inf:
            raise InvalidInput(
                f"policy {spec.name}: the duration of a task must be 0 s or more "
                f"(got {task.duration!r})"
            )
    return tasks


def by_age(model: PlantModel, scenario: Scenario) -> dict[str, PolicySpec]:
    """Return which failure mode is renewed at an age by which policy: the last one wins."""
    return {
        f"{machine.name}/{failure.name}": spec
        for spec in scenario.maintenance
        if spec.age is not None
        for machine in model.machines
        for failure in machine.failures
        if spec.covers(machine.name, failure.name)
    }


def _modes(machine: Machine) -> list[FailureMode]:
    return [part for part in machine.parts if isinstance(part, FailureMode)]


def ask_for(
    machine: Machine,
    modes: Iterable[FailureMode],
    spec: PolicySpec,
    duration: float | None = None,
) -> None:
    """Have *modes* maintained that have not failed."""
    for mode in modes:
        if mode.state.failed:
            continue
        left = work_of(mode, spec, duration)
        task = TaskState(mode.name, machine.env.now, left, spec.skill)
        machine.shop.upkeep.ask(machine, task)


def work_of(mode: FailureMode, spec: PolicySpec, duration: float | None = None) -> float:
    """Return how long the maintenance of *mode* under *spec* takes, if not *duration* [s]."""
    seconds = duration if duration is not None else spec.duration
    if seconds is None:
        seconds = mode.spec.maintenance
    if seconds is None:
        raise InvalidInput(
            f"policy {spec.name}: {mode.name} does not say how long its maintenance takes"
        )
    return instant(seconds)


def seen(shop: Shop) -> tuple[dict[str, Seen], dict[str, float], dict[str, int]]:
    """Return what can be seen of the machines, when each opens or closes next, who is free."""
    machines: dict[str, Seen] = {}
    changes: dict[str, float] = {}
    for name, machine in shop.machines.items():
        shown = present(machine)
        parts = {
            part.spec.name: SeenPart(
                age_of(part, shown),
                part.spec.clock,
                part.state.failed,
                part.asked,
                part.state.seen,
            )
            for part in machine.parts
            if isinstance(part, FailureMode)
        }
        powered, processing, cycles = shown.clocks
        mode = machine.mode.name
        machines[name] = Seen(
            shop.env.now, mode, not machine.closed, powered, processing, cycles, parts
        )
        hours = machine.hours
        changes[name] = inf if hours is None else hours.next_change(shop.env.now)
    return machines, changes, shop.crew.free()
