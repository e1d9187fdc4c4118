"""This module holds the layout: where stations and their machines stand on the floor.

A plant file has no coordinates. So stations stand in the order in which work flows through
them, each with its queue at the left and its machines beside it, in as many aisles as make
the floor about as wide as a screen. The same plant always gets the same floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.plant.model import CutStep
from simtwin.plant.topology import station_depth

if TYPE_CHECKING:
    from simtwin.plant.model import Form, MachineSpec, PlantModel

Group = tuple[str, tuple[str, ...]]
"""A station, and machines of it that stand in one aisle."""

SLOT, AISLE, QUEUE = 4.4, 5.6, 2.4
"""Width of a machine's place, depth of an aisle, width of a queue [m]."""
NARROWEST = 5
"""Machines that stand in one aisle before another is begun."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Places on the floor [m]: x to the right, z towards the onlooker."""

    machines: dict[str, tuple[float, float]]
    queues: dict[str, tuple[float, float]]


def floor(plant: PlantModel) -> Floor:
    """Return where everything in *plant* stands, its middle at (0, 0)."""
    machines: dict[str, tuple[float, float]] = {}
    queues: dict[str, tuple[float, float]] = {}
    z = 0.0
    for aisle in _aisles(plant):
        x = 0.0
        for station, members in aisle:
            queues.setdefault(station, (x + QUEUE / 2.0, z))
            x += QUEUE
            for name in members:
                machines[name] = (x + SLOT / 2.0, z)
                x += SLOT
        z += AISLE
    return _centred(machines, queues)


def _aisles(plant: PlantModel) -> list[list[Group]]:
    """Return stations with their machines, aisle by aisle; a long one goes on in the next."""
    depth = station_depth(plant)
    order = {station.name: place for place, station in enumerate(plant.stations)}
    stations = sorted(plant.stations, key=lambda one: (-depth[one.name], order[one.name]))
    width = max(NARROWEST, ceil(sqrt(2.0 * len(plant.machines))))
    aisles: list[list[Group]] = [[]]
    taken = 0
    for station in stations:
        names = sorted(station.machines, key=natural)
        for first in range(0, len(names), width):
            members = tuple(names[first : first + width])
            if aisles[-1] and taken + len(members) > width:
                aisles.append([])
                taken = 0
            aisles[-1].append((station.name, members))
            taken += len(members)
    return aisles


def _centred(
    machines: dict[str, tuple[float, float]], queues: dict[str, tuple[float, float]]
) -> Floor:
    places = [*machines.values(), *queues.values()]
    middle_x = (min(x for x, _ in places) + max(x for x, _ in places)) / 2.0
    middle_z = (min(z for _, z in places) + max(z for _, z in places)) / 2.0

    def moved(old: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        return {
            name: (round(x - middle_x, 3), round(z - middle_z, 3))
            for name, (x, z) in old.items()
        }

    return Floor(moved(machines), moved(queues))


def form(plant: PlantModel, machine: MachineSpec) -> Form:
    """Return what *machine* looks like: as its file says, else by what it does."""
    if machine.form is not None:
        return machine.form
    if machine.spindle is None:
        together = any(
            station.batch is not None
            for station in plant.stations
            if station.name == machine.station
        )
        return "furnace" if together else "bench"
    turned = any(
        isinstance(step, CutStep) and step.kind == "turning"
        for product in plant.products
        for operation in product.operations
        if machine.station in operation.stations
        for step in operation.steps
    )
    return "lathe" if turned else "vertical mill"


def flow(plant: PlantModel) -> list[tuple[str, str]]:
    """Return the ways that pieces take from station to station, in order of name."""
    ways = {
        (before, after)
        for product in plant.products
        for one, other in zip(product.operations, product.operations[1:], strict=False)
        for before in one.stations
        for after in other.stations
        if before != after
    }
    return sorted(ways, key=lambda way: (natural(way[0]), natural(way[1])))
