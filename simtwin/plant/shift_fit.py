"""This module holds the fit: operations that are longer than every shift of their machines.

It matters to machines that begin nothing that would end after the shift, and to those that
scrap what they have in hand then.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.alarm import instant
from simtwin.physics.life import Fixed
from simtwin.plant.calendar import Hours
from simtwin.plant.crew_shift import MONDAY
from simtwin.plant.cut import pace, run_ups_time, stalls, step_time
from simtwin.plant.model import Scenario, TimedStep
from simtwin.plant.setups import setup_times
from simtwin.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import Intervention, MachineSpec, PlantModel, ProductSpec, Step

HABITS = {"hold release": "is never begun", "scrap": "is scrapped every time"}
"""What becomes of such an operation of fixed length, by what is done at the end of a shift."""

BY_CHANCE = {"hold release": "is never begun", "scrap": "is scrapped most times"}
"""The same where its length is drawn: what is begun goes by the mean."""


def misfits(model: PlantModel, scenario: Scenario | None = None) -> Iterator[str]:
    """Say which operations fit into no shift from the start on, with both lengths.

    Mean durations with the least setup, at the fastest feed that may come; calendars without
    a scenario are looked at from a Monday.
    """
    scenario = scenario or Scenario(start=MONDAY)
    hours = {spec.name: Hours(spec, scenario.start) for spec in _needed(model)}
    longest = {name: each.longest() for name, each in hours.items()}
    fastest = {
        m.name: _fastest(m, model, scenario, hours[m.calendar])
        for m in model.machines
        if m.calendar in hours
    }
    for product in model.products:
        for number, operation in enumerate(product.operations):
            where = [m for m in model.machines if m.station in operation.stations]
            found = [
                (machine, seconds)
                for machine in where
                if machine.calendar in longest and machine.at_shift_end in HABITS
                if (seconds := _length(model, scenario, fastest[machine.name], product, number))
                > longest[machine.calendar]
            ]
            fixed = all(_is_fixed(step) for step in operation.steps)
            becomes = HABITS if fixed else BY_CHANCE
            rest = "" if len(found) == len(where) else "; its other machines can do it"
            for machine, seconds in found:
                feed = fastest[machine.name].feed_override
                faster = f" at {feed:g} % feed" if feed > machine.feed_override else ""
                yield (
                    f"{product.name}/{operation.name} {becomes[machine.at_shift_end]} on "
                    f"{machine.name}: it takes {clock(seconds)}{faster}, and the longest "
                    f"stretch of {machine.calendar} is {clock(longest[str(machine.calendar)])} "
                    f"(at_shift_end: {machine.at_shift_end}){rest}"
                )


def _fastest(
    machine: MachineSpec, model: PlantModel, scenario: Scenario, hours: Hours
) -> MachineSpec:
    """Return *machine* at the largest feed override that it may have at work.

    That is its own, a planned one, or the 100 % at which it goes on after an overload.
    """
    after = 100.0 if _may_stall(machine, model) else 0.0
    planned = (
        float(act.value)
        for act in scenario.interventions
        if act.machine == machine.name
        and act.do == "feed override"
        and isinstance(act.value, int | float)
        and _meets_work(act, hours, scenario.horizon)
    )
    return replace(machine, feed_override=max((machine.feed_override, after, *planned)))


def _may_stall(machine: MachineSpec, model: PlantModel) -> bool:
    """Tell whether some worn edge stalls *machine*."""
    tools = {tool.name: tool for tool in model.tools}
    return any(
        stalls(operation, machine, tools)
        for product in model.products
        for operation in product.operations
        if machine.station in operation.stations
    )


def _meets_work(act: Intervention, hours: Hours, horizon: float | None) -> bool:
    """Tell whether *act* holds at some instant of *hours* before the end of the run."""
    begin = act.at if hours.is_open(act.at) else hours.next_change(act.at)
    return begin < min(end for end in (act.until, horizon, inf) if end is not None)


def _is_fixed(step: Step) -> bool:
    """Tell whether *step* takes as long each time."""
    return not isinstance(step, TimedStep) or isinstance(step.duration, Fixed)


def _needed(model: PlantModel) -> list[CalendarSpec]:
    asked = {m.calendar for m in model.machines if m.at_shift_end in HABITS}
    return [spec for spec in model.calendars if spec.name in asked]


def _length(
    model: PlantModel,
    scenario: Scenario,
    machine: MachineSpec,
    product: ProductSpec,
    number: int,
) -> float:
    """Return what must fit into one shift [s]: a setup alone is not scrapped.

    Who holds releases does not look at run-ups of the spindle. What is fixed is on the grid of
    time, as in the run, so that what is as long as a shift is judged alike.
    """
    tools = {tool.name: tool for tool in model.tools}
    operation = product.operations[number].at(machine.station)
    feed = machine.feed_override / 100.0
    means = [(step, step_time(step, tools)) for step in operation.steps]
    seconds = sum(
        (instant(mean) if _is_fixed(step) else mean) / pace(step, feed) for step, mean in means
    )
    if machine.at_shift_end == "scrap":
        return seconds + run_ups_time(operation, machine, tools)
    if scenario.start_from.families.get(machine.name) == product.families[number]:
        return seconds
    return seconds + instant(min(setup_times(model, product, number)))
