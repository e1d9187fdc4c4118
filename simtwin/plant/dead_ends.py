"""This module holds the dead ends: what cannot go right in a plant that is right as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.plant.cut import step_damage, step_time
from simtwin.plant.model import HandleStep
from simtwin.units import MILLIMETRE, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import PlantModel, Scenario

ROUNDING = 1e-9
"""What rounding may take a need beyond a whole life [-], or keep a node from its level [K]."""


def unplannable(model: PlantModel) -> Iterator[str]:
    """Say which cuts are longer than the life of an edge, so that no change can be planned."""
    tools = {tool.name: tool for tool in model.tools}
    for product in model.products:
        for operation in product.operations:
            longest: dict[str, tuple[float, float]] = {}
            for step in operation.steps:
                if isinstance(step, HandleStep) or step.tool not in tools:
                    continue
                use = step_damage(step, tools[step.tool], tools)
                if use > 1.0 + ROUNDING and tools[step.tool].change == "planned":
                    found = use, step_time(step, tools)
                    longest[step.tool] = max(found, longest.get(step.tool, found))
            for name, (use, seconds) in longest.items():
                yield (
                    f"{product.name}/{operation.name}: one cut of {name} takes "
                    f"{clock(seconds)} and an edge lasts {clock(seconds / use)} of it: its "
                    "change cannot be planned, and comes in the cut"
                )


def never_reset(model: PlantModel) -> Iterator[str]:
    """Say which trips are for ever: at rest the node does not cool down to its reset."""
    for machine in model.machines:
        if machine.spindle is None or not machine.spindle.trips:
            continue
        network = machine.spindle.network
        mode = network.mode(ambient=model.ambient, coolant=model.coolant)
        try:
            rest = mode.steady((0.0,) * len(network.nodes))
        except OutOfRange:  # Heat that has no way out comes to rest nowhere.
            continue
        for trip in machine.spindle.trips:
            level = rest[network.nodes.index(trip.node)]
            if trip.reset <= level + ROUNDING:
                yield (
                    f"{machine.name} never goes on after a trip of its {trip.node}: it resets "
                    f"below {trip.reset:g} degC, and at rest, with the hall at "
                    f"{model.ambient:g} and the coolant at {model.coolant:g} degC, the "
                    f"{trip.node} cools to {level:.4g} degC"
                )


def spent_edges(model: PlantModel, scenario: Scenario) -> Iterator[str]:
    """Say which edges are worn out when the run begins."""
    tools = {tool.name: tool for tool in model.tools}
    start = scenario.start_from
    for (machine, name, sister), damage in start.lands.items():
        if damage >= 1.0:
            limit = tools[name].wear_limit / MILLIMETRE
            yield f"edge {sister} of {name} in {machine} {_SPENT}: its limit is {limit:g} mm"
    for (machine, name, sister), used in start.edges.items():
        if used >= 1.0 and tools[name].life_scatter == 0.0:
            yield f"edge {sister} of {name} in {machine} {_SPENT}: its life does not scatter"


_SPENT = "is worn out at the start and cuts no more"
