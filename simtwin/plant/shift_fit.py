"""This module holds the fit: operations that are longer than every shift of their machines.

It matters to machines that begin nothing that would end after the shift, and to those that
scrap what they have in hand then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.parts.alarm import instant
from simtwin.physics.life import Fixed
from simtwin.plant.calendar import Hours
from simtwin.plant.crew_shift import MONDAY
from simtwin.plant.cut import pace, run_ups_time, step_time
from simtwin.plant.demand import asked_for
from simtwin.plant.fastest_feed import fastest, feeds
from simtwin.plant.model import Scenario, TimedStep
from simtwin.plant.setups import setup_times
from simtwin.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.calendar import CalendarSpec
    from simtwin.plant.model import (
        MachineSpec,
        PlantModel,
        ProductSpec,
        Step,
        WorkInProgress,
    )

HABITS = {"hold release": "is never begun", "scrap": "is scrapped every time"}
"""What becomes of such an operation of fixed length, by what is done at the end of a shift."""

BY_CHANCE = {"hold release": "is never begun", "scrap": "is scrapped most times"}
"""The same where its length is drawn: what is begun goes by the mean."""


def misfits(model: PlantModel, scenario: Scenario | None = None) -> Iterator[str]:
    """Say which operations fit into no shift from the start on, with both lengths.

    Mean durations with the least setup, at the fastest feed that may come, where a piece has
    yet to begin it; calendars without a scenario are looked at from a Monday.
    """
    scenario = scenario or Scenario(start=MONDAY)
    hours = {spec.name: Hours(spec, scenario.start) for spec in _needed(model)}
    longest = {name: each.longest() for name, each in hours.items()}
    quickest = {
        m.name: fastest(m, model, scenario, hours[m.calendar])
        for m in model.machines
        if m.calendar in hours
    }
    for product in model.products:
        for number, operation in enumerate(product.operations):
            if not _is_to_begin(model, scenario, product, number):
                continue
            where = [m for m in model.machines if m.station in operation.stations]
            found = []
            for machine in where:
                if machine.calendar in longest and machine.at_shift_end in HABITS:
                    most, quick = longest[machine.calendar], quickest[machine.name]
                    seconds = _least(model, scenario, quick, most, product, number)
                    if seconds > most:
                        found.append((machine, seconds))
            fixed = all(_is_fixed(step) for step in operation.steps)
            becomes = HABITS if fixed else BY_CHANCE
            rest = "" if len(found) == len(where) else "; its other machines can do it"
            for machine, seconds in found:
                feed = quickest[machine.name].feed_override
                faster = f" at {feed:g} % feed" if feed > machine.feed_override else ""
                yield (
                    f"{product.name}/{operation.name} {becomes[machine.at_shift_end]} on "
                    f"{machine.name}: it takes {clock(seconds)}{faster}, and the longest "
                    f"stretch of {machine.calendar} is {clock(longest[str(machine.calendar)])} "
                    f"(at_shift_end: {machine.at_shift_end}){rest}"
                )


def _is_to_begin(
    model: PlantModel, scenario: Scenario, product: ProductSpec, number: int
) -> bool:
    """Tell whether some piece may have to begin an operation after the start of the run."""
    orders = {order.name: order for order in scenario.orders if order.product == product.name}
    if not orders or any(source.product == product.name for source in model.sources):
        return True
    places = {operation.name: place for place, operation in enumerate(product.operations)}
    through = sum(
        _is_through(model, scenario, product, number, piece, places[piece.operation])
        for piece in scenario.start_from.work
        if piece.order in orders
    )
    return through < sum(order.quantity for order in orders.values())


def _is_through(
    model: PlantModel,
    scenario: Scenario,
    product: ProductSpec,
    number: int,
    piece: WorkInProgress,
    place: int,
) -> bool:
    """Tell whether a *piece* at *place* of its route need not begin operation *number* again.

    Unless a tool breaks in it: nothing else from there on may scrap it or send it back.
    """
    if place < number or (place == number and piece.machine is None):
        return False
    if any(operation.judged for operation in product.operations[place:]):
        return False
    in_hand = piece.machine is not None
    if in_hand and not _ends_in_time(model, scenario, piece):
        return False
    to_come = product.operations[place + 1 if in_hand else place :]
    return not any(
        _scraps(machine) and machine.station in operation.stations
        for operation in to_come
        for machine in model.machines
    )


def _scraps(machine: MachineSpec) -> bool:
    return machine.at_shift_end == "scrap" and machine.calendar is not None


def _ends_in_time(model: PlantModel, scenario: Scenario, piece: WorkInProgress) -> bool:
    """Tell whether no end of a shift scraps a *piece* in hand, by the work left of it."""
    machine = next(one for one in model.machines if one.name == piece.machine)
    if not _scraps(machine):
        return True
    spec = next(one for one in model.calendars if one.name == machine.calendar)
    hours = Hours(spec, scenario.start)
    if piece.left is None or not hours.is_open(0.0):
        return False
    close = hours.next_change(0.0)
    slowest = min(feed for begin, _, feed in feeds(machine, scenario) if begin < close)
    return piece.left <= close * slowest / 100.0


def _is_fixed(step: Step) -> bool:
    """Tell whether *step* takes as long each time."""
    return not isinstance(step, TimedStep) or isinstance(step.duration, Fixed)


def _needed(model: PlantModel) -> list[CalendarSpec]:
    asked = {m.calendar for m in model.machines if m.at_shift_end in HABITS}
    return [spec for spec in model.calendars if spec.name in asked]


def _least(
    model: PlantModel,
    scenario: Scenario,
    machine: MachineSpec,
    longest: float,
    product: ProductSpec,
    number: int,
) -> float:
    """Return what must fit into a shift of *longest* at most [s]; no setup is scrapped.

    The setup is left out if the machine may stand set up for it: at the start, or by another
    operation of its family that fits with the setup.
    """
    work = _work(machine, model, product, number)
    if machine.at_shift_end == "scrap":
        return work
    family = product.families[number]
    if scenario.start_from.families.get(machine.name) == family:
        return work
    for other in asked_for(model, scenario):
        for place, operation in enumerate(other.operations):
            if (
                (other.name, place) != (product.name, number)
                and machine.station in operation.stations
                and other.families[place] == family
                and _is_to_begin(model, scenario, other, place)
                and _with_setup(machine, model, other, place) <= longest
            ):
                return work
    return _with_setup(machine, model, product, number)


def _with_setup(
    machine: MachineSpec, model: PlantModel, product: ProductSpec, number: int
) -> float:
    setup = min(setup_times(model, product, number))
    return _work(machine, model, product, number) + instant(setup)


def _work(machine: MachineSpec, model: PlantModel, product: ProductSpec, number: int) -> float:
    """Return the work of an operation, as the machine looks at it [s].

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
        seconds += run_ups_time(operation, machine, tools)
    return seconds
