"""This module holds the occupation: how long a piece keeps a machine, and how long it is there.

The two numbers of which every load is made, each in one place: :func:`occupation` for a piece
in an operation, :func:`available` for a machine in a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.failure import BY_TIME
from simtwin.plant.acts import ordered
from simtwin.plant.calendar import Hours
from simtwin.plant.crew_shift import MONDAY, WEEK
from simtwin.plant.cut import piece_damage, run_ups_time, steps_time, tool_changes
from simtwin.plant.model import TimedStep
from simtwin.plant.queueing import Service, completed
from simtwin.plant.stoppage import Stoppage, Upkeep, planned_stops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import (
        Intervention,
        MachineSpec,
        OperationSpec,
        Scenario,
    )


NO_UPKEEP = Upkeep()
"""Everything runs to failure, and nobody is waited for."""


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
    upkeep: float = 0.0
    """Its part of renewals by plan at an age that grows while the machine works."""

    @property
    def service(self) -> Service:
        """Mean and variance of the whole: the effective process time."""
        return Service(
            self.producing + self.changes + self.repairs + self.upkeep, self.variance
        )

    def shared(self, pieces: int) -> Occupation:
        """Return the part of each of so many *pieces* that are worked on together.

        >>> Occupation(80.0, 0.0, 8.0, 16.0).shared(4)
        Occupation(producing=20.0, changes=0.0, repairs=2.0, variance=1.0, upkeep=0.0)
        """
        if pieces == 1:
            return self
        return Occupation(
            self.producing / pieces,
            self.changes / pieces,
            self.repairs / pieces,
            self.variance / pieces**2,
            self.upkeep / pieces,
        )


def occupation(
    operation: OperationSpec,
    machine: MachineSpec,
    tools: Mapping[str, ToolSpec],
    upkeep: Upkeep = NO_UPKEEP,
) -> Occupation:
    """Return what a piece in *operation* takes of *machine*, piece after piece of its kind.

    Hopp & Spearman's effective process time: modes that grow older in use (`processing`,
    `powered`, `cycles`) are met as often as their life and their *upkeep* say, as a Poisson
    stream, and so are renewals at an age. Tools are refitted when as many nominal lives as
    there are edges are used. Left out: waiting for a crew that is elsewhere, the present age of
    a part, bearings, heat, edges that break or are changed early.

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
    producing = steps_time(operation, tools, feed)
    producing += run_ups_time(operation, machine, tools)
    changes = tool_changes(operation) * machine.tool_change
    changes += _refits(operation, machine, tools)
    spread = sum(
        step.duration.variance for step in operation.steps if isinstance(step, TimedStep)
    )
    repairs = renewals = variance = 0.0
    for stops in upkeep.stoppages(machine):
        aged = _aged(stops.clock, producing, changes)
        repairs += aged * stops.repairing
        renewals += aged * stops.renewing
        variance += aged * stops.second
    work = producing + changes
    slower = 1.0 + (repairs + renewals) / work if work > 0.0 else 1.0
    variance += spread / feed**2 * slower**2
    return Occupation(producing, changes, repairs, variance, renewals)


def available(
    machine: MachineSpec,
    scenario: Scenario | None,
    span: float,
    calendars: Mapping[str, CalendarSpec] | None = None,
    upkeep: Upkeep = NO_UPKEEP,
) -> float:
    """Return how long *machine* can be used in a *span* of *scenario* [s].

    The time outside its calendar, planned stops, tasks of the *upkeep* at fixed times, and the
    stops of modes whose clock is that of the calendar or the shift, are taken off. Stops of one
    machine come one after the other, so shares down add up. Without a scenario a span has its
    part of a week.

    >>> from simtwin.plant.model import Intervention, MachineSpec, Scenario
    >>> stop = Intervention(600.0, "mill", "maintenance", 900.0)
    >>> available(MachineSpec("mill", "mill"), Scenario(interventions=(stop,)), 3600.0)
    2700.0
    """
    spec = None if machine.calendar is None else (calendars or {})[machine.calendar]
    up = max(0.0, 1.0 - calendar_share(machine, upkeep))
    if scenario is None:
        share = 1.0 if spec is None else Hours(spec, MONDAY).worked(WEEK) / WEEK
        return span * share * up
    worked = (lambda at: at) if spec is None else Hours(spec, scenario.start).worked
    stops = (*_stops(machine.name, scenario), *planned_stops(machine, upkeep, span))
    planned = _covered(stops, span)
    return (worked(span) - sum(worked(b) - worked(a) for a, b in planned)) * up


def calendar_share(machine: MachineSpec, upkeep: Upkeep = NO_UPKEEP) -> float:
    """Return the share of time that *machine* is down for modes of the calendar clock [-]."""
    return sum(s.share for s in upkeep.stoppages(machine) if s.clock in BY_TIME)


def hindered(service: Service, machine: MachineSpec, upkeep: Upkeep = NO_UPKEEP) -> Service:
    """Return *service* with the stops of the calendar clock that fall into it."""
    for stops in upkeep.stoppages(machine):
        if stops.clock in BY_TIME and (often := stops.failures + stops.planned) > 0.0:
            service = completed(service, often, _one_of(stops))
    return service


def calendar_wait(machine: MachineSpec, upkeep: Upkeep = NO_UPKEEP) -> float:
    """Return what a piece waits, on average, for stops that began while nobody worked [s].

    Share down times the rest of a stop, ``E[D^2]/(2 E[D])``, of modes that strike an idle
    machine too. Source: A. Federgruen & L. Green, Oper. Res. 34, 1986; of ORACLES A10 it makes
    A11.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential
    >>> from simtwin.plant.model import MachineSpec
    >>> mode = FailureSpec("belt", "calendar", Exponential(100.0), Exponential(10.0))
    >>> round(calendar_wait(MachineSpec("mill", "mill", failures=(mode,))), 6)
    0.909091
    """
    return sum(
        0.5 * stops.second / (1.0 + stops.repairing + stops.renewing)
        for stops in upkeep.stoppages(machine)
        if stops.clock in BY_TIME | {"powered"}
    )


def _one_of(stops: Stoppage) -> Service:
    """Return how long a stop is, whichever of the two kinds it is of [s]."""
    often = stops.failures + stops.planned
    mean = (stops.repairing + stops.renewing) / often
    return Service(mean, max(0.0, stops.second / often - mean**2))


def _aged(clock: str, producing: float, changes: float) -> float:
    """Return by how much one piece moves a *clock* of use on [s, or cycles]."""
    match clock:
        case "cycles":
            return 1.0
        case "processing":
            return producing
        case "powered":
            return producing + changes
    return 0.0


def _refits(
    operation: OperationSpec, machine: MachineSpec, tools: Mapping[str, ToolSpec]
) -> float:
    """Return the time that one piece takes of exchanges of worn edges by hand [s]."""
    seconds = 0.0
    for slot in machine.magazine:
        seconds += piece_damage(operation, tools[slot.tool], tools) / slot.edges * machine.refit
    return seconds


def _stops(machine: str, scenario: Scenario) -> Iterator[tuple[float, float]]:
    """Return from when to when people take *machine* out of work, as the scenario says."""
    begin = scenario.start_from
    acts = [act for act in ordered(scenario.interventions) if act.machine == machine]
    yield from _halts(acts, stopped=machine in begin.stopped)
    yield from _downs(acts, begin.repairs.get(machine, 0.0))


def _halts(acts: Iterable[Intervention], *, stopped: bool) -> Iterator[tuple[float, float]]:
    """Return from when to when operators stop a machine: until an end of it, or a start."""
    begun = [(0.0, inf)] if stopped else []
    for act in acts:
        if act.undoes:
            continue
        if act.do == "stop":
            begun.append((act.at, inf if act.until is None else act.until))
        elif act.do == "start":
            yield from ((since, min(until, act.at)) for since, until in begun)
            begun = []
    yield from begun


def _downs(acts: Iterable[Intervention], repair: float) -> list[tuple[float, float]]:
    """Return from when to when a machine is under a *repair*, breakdowns and maintenance.

    Breakdowns are repaired one after the other. One cuts maintenance short; what is to be
    maintained while the machine is down is not.
    """
    found = [(0.0, repair)]
    maintained = False
    for act in acts:
        if not isinstance(act.value, int | float):
            continue
        begin, free = found[-1]
        if act.do == "breakdown":
            if maintained and act.at < free:
                found[-1] = begin, act.at
                free = act.at
            at = max(act.at, free)
        elif act.do == "maintenance" and act.at >= free:
            at = act.at
        else:
            continue
        found.append((at, at + float(act.value)))
        maintained = act.do == "maintenance"
    return found


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
