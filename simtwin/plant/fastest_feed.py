"""This module holds the fastest feed: the largest override that a scenario plans for a machine.

What nothing can beat is judged by it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from simtwin.plant.acts import ending, ordered
from simtwin.plant.calendar import Hours
from simtwin.plant.cut import stalls
from simtwin.plant.demand import asked_for

if TYPE_CHECKING:
    from simtwin.plant.model import Intervention, MachineSpec, PlantModel, Scenario


def quickened(model: PlantModel, scenario: Scenario) -> PlantModel:
    """Return *model* with each machine at the largest feed override it may have at work."""
    hours = {spec.name: Hours(spec, scenario.start) for spec in model.calendars}
    return replace(
        model,
        machines=tuple(
            fastest(m, model, scenario, hours.get(m.calendar or "")) for m in model.machines
        ),
    )


def fastest(
    machine: MachineSpec, model: PlantModel, scenario: Scenario, hours: Hours | None
) -> MachineSpec:
    """Return *machine* at the largest feed override that it may have at work.

    That is its own, a planned one, or the 100 % at which it goes on after an overload. Without
    *hours* it works day and night.
    """
    end = inf if scenario.horizon is None else scenario.horizon
    found = [100.0] if _may_stall(machine, model, scenario) else []
    found += [
        feed
        for begin, until, feed in feeds(machine, scenario)
        if _has_work(hours, begin, min(until, end))
    ]
    return replace(machine, feed_override=max(found, default=machine.feed_override))


def feeds(machine: MachineSpec, scenario: Scenario) -> list[tuple[float, float, float]]:
    """Return begin and end [s] and feed [%] of each stretch of *machine* at one override."""
    acts = [
        act
        for act in ordered(scenario.interventions)
        if act.machine == machine.name and act.do == "feed override" and not act.undoes
    ]
    changes = {0.0, *(act.at for act in acts), *(ending(act) for act in acts), inf}
    return [
        (begin, until, _feed_at(begin, machine, acts))
        for begin, until in pairwise(sorted(changes))
    ]


def _feed_at(instant: float, machine: MachineSpec, acts: list[Intervention]) -> float:
    """Return the feed override [%] that holds from *instant* [s] on.

    The last to begin of those that still last; below them the last that holds for good, or the
    machine's own.
    """
    base = machine.feed_override
    lasting: list[tuple[float, float]] = []
    for act in acts:
        if act.at <= instant:
            assert isinstance(act.value, int | float), "an override is a number"
            if act.until is None:
                base, lasting = float(act.value), []
            else:
                lasting.append((act.until, float(act.value)))
    return next((feed for until, feed in reversed(lasting) if until > instant), base)


def _may_stall(machine: MachineSpec, model: PlantModel, scenario: Scenario) -> bool:
    """Tell whether some worn edge stalls *machine*."""
    tools = {tool.name: tool for tool in model.tools}
    return any(
        stalls(operation, machine, tools)
        for product in asked_for(model, scenario)
        for operation in product.operations
        if machine.station in operation.stations
    )


def _has_work(hours: Hours | None, begin: float, end: float) -> bool:
    """Tell whether some instant of *hours* lies from *begin* on and before *end*."""
    if hours is None or begin >= end:
        return begin < end
    return hours.is_open(begin) or hours.next_change(begin) < end
