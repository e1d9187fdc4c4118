"""This module holds the soundness: what must hold between the numbers of a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.batch import refused
from simtwin.units import RPM

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, PlantModel


def refuse_unsound(plant: PlantModel) -> None:
    """Raise InvalidInput where numbers of *plant* contradict each other.

    A plant file cannot say so; numbers that are changed or drawn one by one can.
    """
    for machine in plant.machines:
        wrong = _unsound(machine)
        if wrong is not None:
            raise InvalidInput(f"machines.{machine.name}.spindle: {wrong}")
    refuse_batches(plant)


def refuse_batches(plant: PlantModel) -> None:
    """Raise InvalidInput where something of *plant* does not go with its batches."""
    machines = {machine.name: machine for machine in plant.machines}
    for station in plant.stations:
        amiss = refused(station, (machines[name] for name in station.machines))
        if amiss is not None:
            raise InvalidInput(f"stations.{station.name}.{amiss[0]}: {amiss[1]}")


def _unsound(machine: MachineSpec) -> str | None:
    spindle = machine.spindle
    if spindle is None:
        return None
    if spindle.base_speed > spindle.max_speed:
        return (
            f"base_speed {spindle.base_speed / RPM:g} rpm lies above max_speed "
            f"{spindle.max_speed / RPM:g} rpm"
        )
    for trip in spindle.trips:
        if trip.reset >= trip.limit:
            return (
                f"the {trip.node} must reset below its limit (got {trip.reset:g} and "
                f"{trip.limit:g} degC)"
            )
    return None
