"""This module holds the scenery: machines, stations and ways, as the browser draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.viewer.layout import AISLE, QUEUE, SLOT, floor, flow, form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.plant.model import MachineSpec, PlantModel, StationSpec

Place = tuple[float, float]


def scenery(plants: Sequence[PlantModel]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return machines, stations and ways of the largest plant, and what only others have.

    What stands in another plant alone has an aisle of its own in front, so that machines which
    two runs share stand at one place. The second value has the stations of each plant by name.
    """
    most = max(plants, key=lambda plant: len(plant.machines))
    places = floor(most)
    machines = {
        one.name: _machine(most, one, places.machines[one.name]) for one in most.machines
    }
    stations = {one.name: _station(one, places.queues[one.name]) for one in most.stations}
    ways = dict.fromkeys(flow(most))
    front = max(z for _, z in places.machines.values()) + AISLE
    left = min(x for x, _ in places.queues.values()) - QUEUE / 2.0
    own: list[dict[str, Any]] = []
    for plant in plants:
        known = {station.name: station for station in plant.stations}
        placed = {spec.name for spec in most.machines}
        own.append({})
        for spec in plant.machines:
            if spec.name in machines:
                continue
            station = known[spec.station]
            place = left + QUEUE + SLOT / 2.0, front
            machines[spec.name] = _machine(plant, spec, place)
            beside = _station(station, (left + QUEUE / 2.0, front))
            stations.setdefault(station.name, beside)
            # A station that shares its name alone stands at its own machines, in its own run.
            if not set(station.machines) & placed:
                own[-1].setdefault(station.name, beside)
            left += QUEUE + SLOT
        ways |= dict.fromkeys(flow(plant))
    told = {
        "machines": list(machines.values()),
        "stations": list(stations.values()),
        "flow": [list(way) for way in ways],
    }
    return told, [
        {
            one.name: _station(one, _place(places.get(one.name, stations[one.name])))
            for one in plant.stations
        }
        for plant, places in zip(plants, own, strict=True)
    ]


def _place(station: dict[str, Any]) -> Place:
    return station["x"], station["z"]


def _station(station: StationSpec, place: Place) -> dict[str, Any]:
    return {"id": station.name, "x": place[0], "z": place[1], "capacity": station.capacity}


def _machine(plant: PlantModel, spec: MachineSpec, place: Place) -> dict[str, Any]:
    spindle = spec.spindle
    return {
        "id": spec.name,
        "form": form(plant, spec),
        "station": spec.station,
        "x": place[0],
        "z": place[1],
        "nodes": [] if spindle is None else list(spindle.network.nodes),
        "limits": {} if spindle is None else {trip.node: trip.limit for trip in spindle.trips},
        "bearings": [bearing.name for bearing in spec.bearings],
        "torque_constant": None if spindle is None else spindle.torque_constant,
        "wear_limit_mm": {tool.name: 1e3 * tool.wear_limit for tool in plant.tools},
    }
