"""This module holds the stoppage: how often a failure mode stops its machine in the long run.

Repairs and planned renewals by the clock of the mode, from the law of its life and the policies
that cover it. A unit renewed at an age T or at a failure lives ``int_0^T R`` on average, and
ends in a failure with the chance F(T); one renewed in blocks fails M(B) times in each, M the
renewal function. Source: R. E. Barlow & F. Proschan, Mathematical Theory of Reliability, 1965,
ch. 4.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice, pairwise, takewhile
from math import ceil, inf, isfinite, log
from operator import ge
from typing import TYPE_CHECKING

from simtwin.parts.failure import BY_TIME
from simtwin.physics.lived import lived
from simtwin.physics.renewal import renewals
from simtwin.plant.calendar import DAY, Hours
from simtwin.plant.crew_shift import Stop, attended, day_and_night
from simtwin.plant.queueing import Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.parts.failure import FailureSpec
    from simtwin.physics.life import Law
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import CrewSpec, MachineSpec, PlantModel, Scenario
    from simtwin.plant.policy import PolicySpec

MANY_CYCLES = 1000
"""Pieces above which the half one at the end of a life does not count."""

NEVER = 1e-12
"""Chance of living on that is none [-]."""

MANY_TASKS = 100_000
"""Tasks at fixed times that are looked at one by one."""

WEEK = 7.0 * DAY

NOTHING = Service(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What repairs and planned renewals depend on beside the machine itself."""

    policies: tuple[PolicySpec, ...] = ()
    calendars: Mapping[str, CalendarSpec] = field(default_factory=dict)
    crews: tuple[CrewSpec, ...] = ()
    start: str = "2026-01-05T00:00:00"
    span: float | None = None
    """How long the run is [s]; None: until all is done."""
    use: Mapping[str, float] = field(default_factory=dict)
    """Machine -> share of its time in which clocks of use run; 1 where it is not named [-]."""
    _known: dict[str, tuple[MachineSpec, tuple[Stoppage, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def stoppages(self, machine: MachineSpec) -> tuple[Stoppage, ...]:
        """Return the stops of each failure mode of *machine*, worked out once.

        Where nobody is waited for and nothing is planned it takes no time, and is not kept.
        """
        if not (self.policies or self.crews):
            return tuple(stoppages(machine, self))
        known = self._known.get(machine.name)
        if known is None or known[0] is not machine:
            known = self._known[machine.name] = machine, tuple(stoppages(machine, self))
        return known[1]

    def hours(self, skill: str | None) -> tuple[CalendarSpec, ...]:
        """Return when somebody of a *skill* works; empty: always, or nobody is waited for."""
        crews = [crew for crew in self.crews if skill in crew.skills]
        if not crews or any(crew.calendar is None for crew in crews):
            return ()
        calendars = tuple(self.calendars[str(crew.calendar)] for crew in crews)
        return () if day_and_night(calendars) else calendars

    def age(self, machine: str, mode: FailureSpec) -> PolicySpec | None:
        """Return the policy that renews *mode* at an age: the last one wins."""
        by_age = [p for p in self.policies if p.age is not None]
        return next((p for p in reversed(by_age) if p.covers(machine, mode.name)), None)

    def timed(self, machine: MachineSpec) -> tuple[PolicySpec, ...]:
        """Return the policies that renew modes of *machine* at times that are known."""
        return tuple(
            p
            for p in self.policies
            if p.age is None
            and p.decide is None
            and any(p.covers(machine.name, mode.name) for mode in machine.failures)
        )

    @property
    def decided(self) -> tuple[str, ...]:
        """Policies of somebody's own, whose tasks nobody can foretell."""
        return tuple(policy.name for policy in self.policies if policy.decide is not None)


def upkeep_of(model: PlantModel, scenario: Scenario | None) -> Upkeep:
    """Return the upkeep of *model* in *scenario*; without one everything runs to failure."""
    calendars = {calendar.name: calendar for calendar in model.calendars}
    if scenario is None:
        return Upkeep((), calendars, model.all_crews)
    return Upkeep(
        scenario.maintenance, calendars, model.all_crews, scenario.start, scenario.horizon
    )


@dataclass(frozen=True, slots=True)
class Stoppage:
    """Stops of one failure mode for each unit of its clock, in the long run.

    Renewals at fixed times are not among them, only what they prevent.
    """

    clock: str
    failures: float
    """[1/s, or 1/cycle]"""
    planned: float
    """Renewals at an age [1/s, or 1/cycle]."""
    repair: Service
    """What one repair takes of the machine's time, nights without the crew included [s]."""
    renewal: Service
    """The same of one planned renewal [s]."""

    @property
    def repairing(self) -> float:
        """Time in repair for each unit of the clock [s]."""
        return self.failures * self.repair.mean

    @property
    def renewing(self) -> float:
        """Time in planned renewals for each unit of the clock [s]."""
        return self.planned * self.renewal.mean

    @property
    def second(self) -> float:
        """Second moments of all stops for each unit of the clock [s^2]."""
        return self.failures * self.repair.second + self.planned * self.renewal.second

    @property
    def share(self) -> float:
        """Share of time that the machine is stopped where the clock is time itself [-]."""
        stopped = self.repairing + self.renewing
        return stopped / (1.0 + stopped)


def stoppages(machine: MachineSpec, upkeep: Upkeep) -> Iterator[Stoppage]:
    """Yield the stops of each failure mode of *machine* under *upkeep*.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Fixed, Weibull
    >>> from simtwin.plant.model import MachineSpec
    >>> from simtwin.plant.policy import PolicySpec
    >>> mode = FailureSpec("f", "calendar", Weibull(2.5, 1000.0), Fixed(10.0), maintenance=2.0)
    >>> mill = MachineSpec("mill", "mill", failures=(mode,))
    >>> (stops,) = stoppages(mill, Upkeep((PolicySpec("age", age=500.0),)))
    >>> round(1.0 - stops.share, 6)  # ORACLES E2
    0.993123
    """
    for mode in machine.failures:
        policy = upkeep.age(machine.name, mode)
        age = inf if policy is None or policy.age is None else policy.age
        renewal = NOTHING if policy is None else Service(_duration(policy, mode), 0.0)
        repair = Service(mode.repair.mean, mode.repair.variance)
        failures, planned = _rates(mode, age)
        timed = [p for p in upkeep.timed(machine) if p.covers(machine.name, mode.name)]
        blocks = _blocks(timed, upkeep) if timed and failures > 0.0 else ()
        if blocks:
            use = 1.0 if mode.clock in BY_TIME else upkeep.use.get(machine.name, 1.0)
            between = sum(blocks) / len(blocks)
            if use * between < age and mode.clock != "cycles" and mode.renewal:
                lost = sum(_duration(p, mode) for p in timed) / len(timed)
                failures = _in_blocks(mode.life, repair.mean, blocks, lost, use)
                planned = 0.0
        crews = upkeep.hours(mode.skill) if mode.crew else ()
        keepers = () if policy is None else upkeep.hours(policy.skill)
        if crews or keepers:
            own = None if machine.calendar is None else upkeep.calendars[machine.calendar]
            stop = Stop(
                None if mode.clock in BY_TIME else own,
                own,
                mode.life if isfinite(mode.life.mean) else None,
                age,
                mode.repair,
                crews,
                renewal.mean,
                keepers,
                mode.clock == "cycles",
            )
            repair, renewal = attended(stop)
        yield Stoppage(mode.clock, failures, planned, repair, renewal)


def awaited(model: PlantModel, upkeep: Upkeep) -> tuple[str, ...]:
    """Return the crews whose shift a repair or a planned task has to wait for."""
    modes = [(m.name, mode) for m in model.machines for mode in m.failures]
    skills = {mode.skill for _, mode in modes if mode.crew} | {
        policy.skill
        for policy in upkeep.policies
        if any(policy.covers(machine, mode.name) for machine, mode in modes)
    }
    return tuple(
        crew.name
        for crew in upkeep.crews
        if any(skill in crew.skills and upkeep.hours(skill) for skill in skills)
    )


def planned_stops(
    machine: MachineSpec, upkeep: Upkeep, span: float
) -> Iterator[tuple[float, float]]:
    """Yield from when to when tasks at fixed times take *machine* out of work in a *span* [s].

    Tasks that are due together are done one after the other, each when the crew is there. The
    end of the piece in hand, for which a task waits, is left out.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential, Fixed
    >>> from simtwin.plant.model import MachineSpec
    >>> from simtwin.plant.policy import PolicySpec
    >>> mode = FailureSpec("f", "calendar", Exponential(9e9), Fixed(10.0), maintenance=2.0)
    >>> mill = MachineSpec("mill", "mill", failures=(mode,))
    >>> list(planned_stops(mill, Upkeep((PolicySpec("block", every=50.0),)), 101.0))
    [(50.0, 52.0), (100.0, 102.0)]
    """
    due: dict[float, dict[str, tuple[float, str]]] = {}
    for policy in upkeep.timed(machine):
        tasks = {
            mode.name: (_duration(policy, mode), policy.skill)
            for mode in machine.failures
            if policy.covers(machine.name, mode.name)
        }
        for number, at in enumerate(_instants(policy, upkeep)):
            if at > span or number >= MANY_TASKS:
                break
            for name, task in tasks.items():
                due.setdefault(at, {}).setdefault(name, task)
    free = 0.0
    crews = {
        policy.skill: [Hours(spec, upkeep.start) for spec in upkeep.hours(policy.skill)]
        for policy in upkeep.policies
    }
    for at in sorted(due):
        begin = end = max(at, free)
        for seconds, skill in due[at].values():
            end = _ready(end, seconds, crews[skill])
        yield begin, end
        free = end


def timed_stop(machine: MachineSpec, upkeep: Upkeep) -> tuple[float, float]:
    """Return the mean time between stops at fixed times, and how long one takes [s].

    The time between is infinite where there are none.
    """
    rates, taken = 0.0, 0.0
    for policy in upkeep.timed(machine):
        rate = _often(policy, upkeep)
        here = [m for m in machine.failures if policy.covers(machine.name, m.name)]
        rates += rate
        taken += rate * sum(_duration(policy, mode) for mode in here)
    return (inf, 0.0) if rates <= 0.0 else (1.0 / rates, taken / rates)


def cycles_between(life: Law, age: float = inf) -> float:
    """Return the mean number of whole pieces that a *life* in cycles lasts, ended at an *age*.

    It is asked after each piece, so a life of 2.3 pieces lasts three: the sum of P(T > k). A
    long one is its mean.

    >>> from simtwin.physics.life import Exponential, Fixed
    >>> cycles_between(Fixed(2.3)), round(cycles_between(Exponential(20.0)), 3)
    (3.0, 20.504)
    >>> cycles_between(Fixed(20.0), 8.0)
    8.0
    """
    if not min(life.mean, age) < MANY_CYCLES:
        return life.mean if age == inf else lived(life, age)
    total, k = 0.0, 0
    most = MANY_CYCLES**2 if age == inf else min(MANY_CYCLES**2, ceil(age))
    while k < most and (lasting := life.survival(k)) > NEVER:
        total += lasting
        k += 1
    return total


def _duration(policy: PolicySpec, mode: FailureSpec) -> float:
    """Return how long a task of *policy* on *mode* takes [s]."""
    if policy.duration is not None:
        return policy.duration
    return mode.maintenance or 0.0


def _rates(mode: FailureSpec, age: float) -> tuple[float, float]:
    """Return failures and renewals at an *age* for each unit of the clock of *mode*."""
    life = mode.life
    if not (isfinite(life.mean) and life.mean > 0.0):
        return 0.0, 0.0 if age == inf else 1.0 / age
    counted = mode.clock == "cycles"
    if age == inf:
        return 1.0 / (cycles_between(life) if counted else life.mean), 0.0
    alive = life.survival(age)
    if not mode.renewal:  # Repaired as bad as old: as many as the hazard brings up to the age.
        often = -log(alive) if alive > 0.0 else inf
        return (often / age, 1.0 / age) if isfinite(often) else (1.0 / life.mean, 0.0)
    length = cycles_between(life, age) if counted else lived(life, age)
    return (1.0 - alive) / length, alive / length


def _in_blocks(
    life: Law, repair: float, blocks: tuple[float, ...], lost: float, use: float
) -> float:
    """Return the failures for each unit of the clock of a unit renewed in *blocks* of time."""
    failures = aged = 0.0
    for length, count in Counter(blocks).items():
        often, passed = _in_block(life, repair, length, lost, use)
        failures += count * often
        aged += count * passed
    return failures / aged if aged > 0.0 else 0.0


def _in_block(
    life: Law, repair: float, between: float, lost: float, use: float
) -> tuple[float, float]:
    """Return the failures in a block of time, and how far the clock goes in it.

    Nothing ages while it is repaired, for which the mean duration stands.
    """
    time, pause = use * max(0.0, between - lost), use * repair
    often = _renewals(life, time, pause)
    return often, max(0.0, time - often * pause)


LONG_BLOCK = 20.0
"""Mean lives in a block after which failures come as evenly as without blocks."""


@lru_cache(maxsize=4096)
def _renewals(life: Law, time: float, pause: float) -> float:
    """Return M(*time*), by its asymptote ``t/m + (c^2 - 1)/2`` where that is long past."""
    mean = life.mean + pause
    if time > LONG_BLOCK * mean:
        return (time + pause) / mean + 0.5 * (life.variance / mean**2 - 1.0)
    return renewals(life, time, pause=pause, steps=64)


def _blocks(policies: Iterable[PolicySpec], upkeep: Upkeep) -> tuple[float, ...]:
    """Return the times between tasks of *policies* [s], of a run or of the week that repeats.

    Empty where there is none to come: nothing is renewed then in the long run.
    """
    policies = tuple(policies)
    often = sum(1.0 / policy.every for policy in policies if policy.every is not None)
    if all(policy.every is not None for policy in policies):
        return (1.0 / often,)
    begin, end, marks = _marks(policies, upkeep)
    if not marks:
        return ()
    edges = [marks[-1] - WEEK, *marks] if upkeep.span is None else [begin, *marks, end]
    return tuple(round(b - a, 6) for a, b in pairwise(edges) if b > a)


def _often(policy: PolicySpec, upkeep: Upkeep) -> float:
    """Return how often *policy* has its tasks done [1/s]."""
    if policy.every is not None:
        return 1.0 / policy.every
    begin, end, marks = _marks((policy,), upkeep)
    return len(marks) / (end - begin)


def _marks(
    policies: tuple[PolicySpec, ...], upkeep: Upkeep
) -> tuple[float, float, list[float]]:
    """Return from when to when a run or the week that repeats goes, and the tasks in it [s]."""
    begin, end = 0.0, upkeep.span
    if end is None or end <= 0.0:
        begin = max(_settled(policy, upkeep) for policy in policies if policy.every is None)
        end = begin + WEEK
    found: set[float] = set()
    for policy in policies:
        coming = takewhile(partial(ge, end), _instants(policy, upkeep))
        found.update(at for at in islice(coming, MANY_TASKS) if at > begin)
    return begin, end, sorted(found)


def _settled(policy: PolicySpec, upkeep: Upkeep) -> float:
    """Return from when on the weeks of the calendar of *policy* only repeat themselves [s]."""
    hours = Hours(upkeep.calendars[str(policy.calendar)], upkeep.start)
    return max((end for _, end in hours.stretches(0.0)), default=0.0)


def _instants(policy: PolicySpec, upkeep: Upkeep) -> Iterator[float]:
    """Yield when the tasks of *policy* are due, for ever [s]."""
    if policy.every is not None:
        number = 0
        while True:
            number += 1
            yield number * policy.every
    hours = Hours(upkeep.calendars[str(policy.calendar)], upkeep.start)
    at = hours.next_change(0.0)
    while at < inf:
        if hours.is_open(at):
            yield at
        at = hours.next_change(at)


def _ready(begin: float, seconds: float, crews: Iterable[Hours]) -> float:
    """Return when work of so many *seconds* is done by the first of *crews* to do it [s]."""
    ends = [crew.when(crew.worked(begin) + seconds) for crew in crews]
    return min(ends, default=begin + seconds)
