"""This module holds the candidates: what might help a plan, from its late orders and who binds.

Each is a line of suppositions. Which of them do help is for runs to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.civil import local, read_zero, since
from simtwin.names import natural
from simtwin.orchestrator.realise import prepared
from simtwin.plant.calendar import Hours
from simtwin.plant.measures import OVERRIDE_MOST
from simtwin.plant.model import CutStep, TimedStep
from simtwin.plant.rules import SEQUENCE
from simtwin.plant.supposed import off_shift
from simtwin.units import DAY, read_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import Intervention, PlantModel, Scenario, Step
    from simtwin.result.ensemble import Outcome

RUSHED = 6
"""Orders at most that are tried to go first: those with most tardiness."""

STATIONS = 2
"""Stations that are tried with a machine more, or a higher feed: those that bind longest."""

FASTER = 1.1
"""By how much the feed is raised where it is tried [-]."""

TRIED = ("fifo", "spt", "edd", "mdd", "slack_per_operation", "atc")
"""Rules that are tried; those of work alone seldom help who waits for orders."""

OVERTIME = "2h"

EVENINGS = 5
"""Evenings at most in which overtime is tried."""

Line = tuple[str, ...]


def candidates(
    plant: PlantModel, scenario: Scenario, outcomes: tuple[Outcome, ...]
) -> list[Line]:
    """Return what might help, told from *outcomes* of the plan as it is.

    A late order goes first; a machine more, or ten per cent more feed of what cuts, where the
    shop is bound longest; another fitter; another rule; a planned maintenance when its machine
    has least to do; overtime where orders stay open or are late. What it costs is not asked.
    """
    after, _ = prepared(plant, scenario)
    found: list[Line] = [(f"rush {name}",) for name in _late(scenario, outcomes)]
    for station in _binding(outcomes):
        members = next(s.machines for s in after.stations if s.name == station)
        found.append((f"add-machine {members[0]}",))
        found += _fed(after, station)
    if after.crew is not None:
        found.append((f"crew {after.crew + 1}",))
    found += [(f"set crews.{crew.name}.members={crew.members + 1}",) for crew in after.crews]
    rules = [*TRIED, *(["least_setup"] if after.needs_setups else [])]
    found += [
        (f"dispatching {rule}",)
        for rule in rules
        if rule != scenario.dispatching and scenario.dispatching != SEQUENCE
    ]
    found += _moved(scenario, outcomes)
    return found + _overtime(after, scenario, outcomes)


def _overtime(
    plant: PlantModel, scenario: Scenario, outcomes: tuple[Outcome, ...]
) -> list[Line]:
    """Return more time for what is open at the end or late: after the end, and in the evenings.

    Evenings are those in which nobody works, up to the end of the longest run: the first one
    alone, and all of them.
    """
    found: list[Line] = []
    rows = [(row, outcome.end) for outcome in outcomes for row in outcome.orders]
    if scenario.horizon is not None and any(row.finish is None for row, _ in rows):
        found.append((f"overtime {OVERTIME}",))
    if any(row.late(end) for row, end in rows):
        until = max(outcome.end for outcome in outcomes)
        evenings = [
            f"overtime {_span(scenario, begin)}" for begin in _evenings(plant, scenario, until)
        ]
        found += [(evenings[0],)] if evenings else []
        found += [tuple(evenings)] if len(evenings) > 1 else []
    return found


def _evenings(plant: PlantModel, scenario: Scenario, until: float) -> list[float]:
    """Return when machines stop working for the day, none working for a while then [s]."""
    names = {machine.calendar for machine in plant.machines if machine.calendar is not None}
    if any(machine.calendar is None for machine in plant.machines):
        return []  # Who works day and night is not helped, and is told of nothing more.
    found: set[float] = set()
    for spec in (each for each in plant.calendars if each.name in names):
        hours, at = Hours(spec, scenario.start), 0.0
        while (at := hours.next_change(at)) < until and len(found) < EVENINGS * len(names):
            after = at + read_seconds(OVERTIME)
            if not hours.is_open(at) and off_shift(plant, scenario.start, at, after):
                found.add(at)
    return sorted(found)[:EVENINGS]


def _span(scenario: Scenario, begin: float) -> str:
    """Return overtime from *begin* as a supposition takes it."""
    start = read_zero(scenario.start)
    first, last = local(start, begin), local(start, begin + read_seconds(OVERTIME))
    return f"{first:%Y-%m-%d %H:%M}-{last:%H:%M}"


def _late(scenario: Scenario, outcomes: tuple[Outcome, ...]) -> list[str]:
    """Return the orders that are late in some run, those with most tardiness first."""
    if scenario.dispatching == "sequence" or len(scenario.orders) < 2:
        return []
    tardy = {
        order.name: sum(outcome.orders[place].tardiness(outcome.end) for outcome in outcomes)
        for place, order in enumerate(scenario.orders)
    }
    late = sorted(tardy, key=lambda name: (-tardy[name], natural(name)))
    return [name for name in late if tardy[name] > 0.0][:RUSHED]


def _binding(outcomes: tuple[Outcome, ...]) -> list[str]:
    """Return the stations that are the bottleneck for longest."""
    totals: dict[str, float] = {}
    for outcome in outcomes:
        if outcome.hours is not None:
            for station, row in outcome.hours.binding.items():
                totals[station] = totals.get(station, 0.0) + sum(row)
    order = sorted(totals, key=lambda name: (-totals[name], natural(name)))
    return [name for name in order if totals[name] > 0.0][:STATIONS]


def _fed(plant: PlantModel, station: str) -> list[Line]:
    """Return a higher feed of all machines of *station* that cut, where it is allowed."""
    if not any(_cuts(step) for step in _steps(plant, station)):
        return []
    own = [machine for machine in plant.machines if machine.station == station]
    percents = [round(FASTER * machine.feed_override, 3) for machine in own]
    if any(percent > OVERRIDE_MOST for percent in percents):
        return []
    if len(set(percents)) == 1:
        return [(f"feed {station} {percents[0]:g}",)]
    pairs = zip(own, percents, strict=True)
    return [tuple(f"feed {machine.name} {percent:g}" for machine, percent in pairs)]


def _steps(plant: PlantModel, station: str) -> Iterator[Step]:
    """Yield the steps of all operations that *station* may do."""
    for product in plant.products:
        for operation in product.operations:
            if station in operation.stations:
                yield from operation.steps


def _cuts(step: Step) -> bool:
    """Tell whether a higher feed shortens *step*: a mere duration has none."""
    if isinstance(step, TimedStep):
        return step.share > 0.0 or step.tool is not None
    return isinstance(step, CutStep)


def _moved(scenario: Scenario, outcomes: tuple[Outcome, ...]) -> list[Line]:
    """Return each planned maintenance in the hour in which its machine has least to do."""
    found: list[Line] = []
    for act in scenario.interventions:
        if act.do != "maintenance":
            continue
        at = _quietest(act, outcomes)
        if at is not None and at != act.at:
            words = f"{_clock(scenario, act.at)} {_clock(scenario, at)}"
            found.append((f"move {act.machine} {words}",))
    return found


def _quietest(act: Intervention, outcomes: tuple[Outcome, ...]) -> float | None:
    """Return the begin of the hour in which the machine of *act* is busy least, of all runs."""
    sums: dict[float, list[float]] = {}
    for outcome in outcomes:
        if outcome.hours is None or act.at < outcome.hours.edges[0]:
            return None
        for number, (first, last) in enumerate(outcome.hours.spans):
            if last - first >= float(act.value or 0.0) or last - first >= 3600.0:
                share = outcome.hours.busy[act.machine][number] / (last - first)
                sums.setdefault(first, []).append(share)
    shared = [first for first, shares in sums.items() if len(shares) == len(outcomes)]
    return min(shared, key=lambda first: (sum(sums[first]), first), default=None)


def _clock(scenario: Scenario, seconds: float) -> str:
    """Return an instant as a supposition takes it, exactly."""
    start = read_zero(scenario.start)
    moment = local(start, seconds)
    whole = moment.microsecond == 0 and since(start, moment) == seconds
    if whole and seconds < DAY:
        return f"{moment:%H:%M}" if moment.second == 0 else f"{moment:%H:%M:%S}"
    return f"+{seconds!r}s"
