"""This module holds the occupation: how long a piece keeps a machine, and how long it is there.

The two numbers of which every load is made, each in one place: :func:`occupation` for a piece
in an operation, :func:`available` for a machine in a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING

from simtwin.parts.failure import BY_TIME
from simtwin.plant.calendar import Hours
from simtwin.plant.cut import piece_damage, run_ups_time, step_time, tool_changes
from simtwin.plant.model import TimedStep
from simtwin.plant.queueing import Service, completed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.physics.life import Law
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import (
        MachineSpec,
        OperationSpec,
        Scenario,
    )


MONDAY, WEEK = "2026-01-05T00:00:00", 7 * 86400.0
"""A week for loads without a scenario."""

MANY_CYCLES = 1000
"""Pieces above which the half one at the end of a life does not count."""

NEVER = 1e-12
"""Chance of living on that is none [-]."""


@dataclass(frozen=True, slots=True)
class Occupation:
    """What one piece takes of a machine's time in the long run, breakdowns included [s]."""

    producing: float
    """Mean of its steps and run-ups."""
    changes: float
    """Tool changes, and its part of refits by hand."""
    repairs: float
    """Its part of the repairs of modes whose clock runs while the machine works."""
    variance: float
    """Of the whole [s^2]."""

    @property
    def service(self) -> Service:
        """Mean and variance of the whole: the effective process time."""
        return Service(self.producing + self.changes + self.repairs, self.variance)

    def shared(self, pieces: int) -> Occupation:
        """Return the part of each of so many *pieces* that are worked on together.

        >>> Occupation(80.0, 0.0, 8.0, 16.0).shared(4)
        Occupation(producing=20.0, changes=0.0, repairs=2.0, variance=1.0)
        """
        if pieces == 1:
            return self
        return Occupation(
            self.producing / pieces,
            self.changes / pieces,
            self.repairs / pieces,
            self.variance / pieces**2,
        )


def occupation(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> Occupation:
    """Return what a piece in *operation* takes of *machine*, piece after piece of its kind.

    Hopp & Spearman's effective process time: modes that grow older in use (`processing`,
    `powered`, `cycles`) are met as often as their mean life says, as a Poisson stream. Tools
    are refitted when as many nominal lives as there are edges are used. Left out: waiting for
    a crew, the present age of a part, bearings, heat, edges that break or are changed early.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential, Fixed
    >>> from simtwin.plant.model import HandleStep, MachineSpec, OperationSpec
    >>> mode = FailureSpec("belt", "processing", Exponential(100.0), Exponential(10.0))
    >>> mill = MachineSpec("mill", "mill", failures=(mode,))
    >>> taken = occupation(OperationSpec("op", ("mill",), (HandleStep(1.0),)), mill, {})
    >>> round(taken.service.mean, 6), round(taken.service.cv2, 6)
    (1.1, 1.652893)
    """
    operation = operation.at(machine.station)
    feed = machine.feed_override / 100.0
    producing = sum(step_time(step, tools) for step in operation.steps) / feed
    producing += run_ups_time(operation, machine, tools)
    changes = tool_changes(operation) * machine.tool_change
    changes += _refits(operation, machine, tools)
    spread = sum(
        step.duration.variance for step in operation.steps if isinstance(step, TimedStep)
    )
    repairs = variance = 0.0
    for mode in machine.failures:
        often = _often(mode, producing, changes)
        repairs += often * mode.repair.mean
        variance += often * (mode.repair.variance + mode.repair.mean**2)
    work = producing + changes
    slower = 1.0 + repairs / work if work > 0.0 else 1.0
    return Occupation(producing, changes, repairs, spread / feed**2 * slower**2 + variance)


def available(
    machine: MachineSpec,
    scenario: Scenario | None,
    span: float,
    calendars: Mapping[str, CalendarSpec] | None = None,
) -> float:
    """Return how long *machine* can be used in a *span* of *scenario* [s].

    The time outside its calendar, planned stops, and the repairs of modes whose clock is that
    of the calendar or the shift, are taken off. Repairs of one machine come one after the
    other, so shares down add up. Without a scenario a span has its part of a week.

    >>> from simtwin.plant.model import Intervention, MachineSpec, Scenario
    >>> stop = Intervention(600.0, "mill", "maintenance", 900.0)
    >>> available(MachineSpec("mill", "mill"), Scenario(interventions=(stop,)), 3600.0)
    2700.0
    """
    spec = None if machine.calendar is None else (calendars or {})[machine.calendar]
    up = max(0.0, 1.0 - calendar_share(machine))
    if scenario is None:
        share = 1.0 if spec is None else Hours(spec, MONDAY).worked(WEEK) / WEEK
        return span * share * up
    worked = (lambda at: at) if spec is None else Hours(spec, scenario.start).worked
    planned = _covered(_stops(machine.name, scenario), span)
    return (worked(span) - sum(worked(b) - worked(a) for a, b in planned)) * up


def calendar_share(machine: MachineSpec) -> float:
    """Return the share of time that *machine* is down for modes of the calendar clock [-]."""
    return sum(
        mode.repair.mean / (mode.life.mean + mode.repair.mean)
        for mode in machine.failures
        if mode.clock in BY_TIME and 0.0 < mode.life.mean < inf
    )


def hindered(service: Service, machine: MachineSpec) -> Service:
    """Return *service* with the repairs of the calendar clock that fall into it."""
    for mode in machine.failures:
        if mode.clock in BY_TIME and 0.0 < mode.life.mean < inf:
            repair = Service(mode.repair.mean, mode.repair.variance)
            service = completed(service, 1.0 / mode.life.mean, repair)
    return service


def calendar_wait(machine: MachineSpec) -> float:
    """Return what a piece waits, on average, for repairs that began while nobody worked [s].

    Share down times the rest of a repair, ``E[D^2]/(2 E[D])``, of modes that strike an idle
    machine too. Source: A. Federgruen & L. Green, Oper. Res. 34, 1986; of ORACLES A10 it makes
    A11.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential
    >>> from simtwin.plant.model import MachineSpec
    >>> mode = FailureSpec("belt", "calendar", Exponential(100.0), Exponential(10.0))
    >>> round(calendar_wait(MachineSpec("mill", "mill", failures=(mode,))), 6)
    0.909091
    """
    wait = 0.0
    for mode in machine.failures:
        if mode.clock in BY_TIME | {"powered"} and 0.0 < mode.life.mean < inf:
            repair = mode.repair
            wait += 0.5 * (repair.variance + repair.mean**2) / (mode.life.mean + repair.mean)
    return wait


def cycles_between(life: Law) -> float:
    """Return the mean number of whole pieces that a *life* in cycles lasts.

    It is asked after each piece, so a life of 2.3 pieces lasts three: the sum of P(T > k). A
    long one is its mean.

    >>> from simtwin.physics.life import Exponential, Fixed
    >>> cycles_between(Fixed(2.3)), round(cycles_between(Exponential(20.0)), 3)
    (3.0, 20.504)
    """
    if not life.mean < MANY_CYCLES:
        return life.mean
    total, k = 0.0, 0
    while (lasting := life.survival(k)) > NEVER and k < MANY_CYCLES**2:
        total += lasting
        k += 1
    return total


def _often(mode: FailureSpec, producing: float, changes: float) -> float:
    """Return how many failures of *mode* one piece brings, on average."""
    life = mode.life.mean
    if not (isfinite(life) and life > 0.0):
        return 0.0
    match mode.clock:
        case "cycles":
            return 1.0 / cycles_between(mode.life)
        case "processing":
            return producing / life
        case "powered":
            return (producing + changes) / life
    return 0.0


def _refits(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return the time that one piece takes of exchanges of worn edges by hand [s]."""
    seconds = 0.0
    for slot in machine.magazine:
        seconds += piece_damage(operation, tools[slot.tool], tools) / slot.edges * machine.refit
    return seconds


def _stops(machine: str, scenario: Scenario) -> Iterable[tuple[float, float]]:
    """Return from when to when people take *machine* out of work, as the scenario says."""
    since: float | None = None
    for act in scenario.interventions:
        if act.machine != machine:
            continue
        if act.do in ("maintenance", "breakdown") and isinstance(act.value, int | float):
            yield act.at, act.at + float(act.value)
        elif act.do == "stop" and act.until is not None:
            yield act.at, act.until
        elif act.do == "stop":
            since = act.at if since is None else since
        elif act.do == "start" and not act.undoes and since is not None:
            yield since, act.at
            since = None
    if since is not None:
        yield since, inf


def _covered(
    stops: Iterable[tuple[float, float]], span: float
) -> Iterator[tuple[float, float]]:
    """Return the stretches of 0 to *span* that the *stops* cover, none twice [s]."""
    done = 0.0
    for begin, until in sorted(stops):
        stretch = max(begin, done), min(until, span)
        if stretch[1] > stretch[0]:
            yield stretch
            done = stretch[1]
