"""This module holds the roster: a plant with a machine more, or one less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.places import named, no_such

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, OperationSpec, PlantModel, ProductSpec
    from simtwin.plant.spread import Spread


def with_machine(plant: PlantModel, name: str, *, like: str) -> PlantModel:
    """Return *plant* with one machine more, *name*, that is as *like* is, at its station.

    Everything that hangs on it is its own: spindle, bearings, edges, failure modes, luck. What
    is uncertain about the one is uncertain about the other, drawn for each.
    """
    model = _machine(plant, like)
    taken = {machine.name for machine in plant.machines}
    if name in taken or any(name == station.name for station in plant.stations):
        raise InvalidInput(f"{name!r} is the name of a machine or group already")
    if not name.strip() or any(mark in name for mark in "/#*\x1f"):
        raise InvalidInput(f"a machine needs a name without '/', '#' and '*' (got {name!r})")
    stations = tuple(
        replace(station, machines=(*station.machines, name))
        if station.name == model.station
        else station
        for station in plant.stations
    )
    return replace(
        plant,
        machines=(*plant.machines, replace(model, name=name)),
        stations=stations,
        spread=(*plant.spread, *_as_uncertain(plant, name, like)),
    )


def without_machine(plant: PlantModel, name: str) -> PlantModel:
    """Return *plant* without the machine *name*, and without its station if it was the last.

    An operation that has other stations goes there; one that has none needs the machine, and
    the plant cannot do without it.
    """
    station = _machine(plant, name).station
    home = next(s for s in plant.stations if s.name == station)
    rest = tuple(member for member in home.machines if member != name)
    if rest:
        stations = tuple(replace(s, machines=rest) if s is home else s for s in plant.stations)
        products = plant.products
    else:
        stations = tuple(s for s in plant.stations if s is not home)
        products = tuple(_avoiding(home.name, name, product) for product in plant.products)
    model = replace(
        plant,
        machines=tuple(machine for machine in plant.machines if machine.name != name),
        stations=stations,
        products=products,
    )
    return replace(model, spread=tuple(s for s in model.spread if named(model, s.name)))


def _machine(plant: PlantModel, name: str) -> MachineSpec:
    for machine in plant.machines:
        if machine.name == name:
            return machine
    raise InvalidInput(no_such(name, "machines", [machine.name for machine in plant.machines]))


def _as_uncertain(plant: PlantModel, name: str, like: str) -> list[Spread]:
    """Return for *name* the spreads that name *like*; those with ``*`` hold for both."""
    own = f"machines.{like}."
    return [
        replace(spread, name=f"machines.{name}.{spread.name.removeprefix(own)}")
        for spread in plant.spread
        if spread.name.startswith(own)
    ]


def _avoiding(station: str, machine: str, product: ProductSpec) -> ProductSpec:
    return replace(
        product,
        operations=tuple(
            _elsewhere(station, machine, product.name, operation)
            for operation in product.operations
        ),
    )


def _elsewhere(
    station: str, machine: str, product: str, operation: OperationSpec
) -> OperationSpec:
    if station not in operation.stations:
        return operation
    others = tuple(name for name in operation.stations if name != station)
    if not others:
        raise InvalidInput(
            f"{machine!r} is the last machine of {station!r}, where {product}/{operation.name} "
            "is done; give that operation another machine first, or add one like it"
        )
    elsewhere = tuple(one for one in operation.elsewhere if one.station != station)
    return replace(operation, stations=others, elsewhere=elsewhere)
