"""This module holds the file words: what files call things that the model calls otherwise.

So that ``products.housing.route.mill.duration_min`` names what stands in the file there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel

WORDS: dict[str, dict[str, str]] = {
    "ProductSpec": {"route": "operations"},
    "OperationSpec": {"setup_family": "family", "duration": "steps.0.duration"},
    "SourceSpec": {"every": "interarrival"},
    "StationSpec": {"buffer": "capacity"},
}
"""Type of the model -> word of the file -> what it is in the model."""

OF_STATION = {"buffer": "capacity", "kanban": "kanban", "preempt": "preempt"}
"""Word of a machine in the file -> what it is of its station in the model."""


OF_ALL_MACHINES = ("calendar", "at_shift_end")
"""Words of a plant file that stand for all its machines."""


def of_plant(plant: PlantModel, key: str) -> str:
    """Return the dotted *key* of a plant file as the model of that plant has it.

    >>> from simtwin.plant.model import MachineSpec, PlantModel
    >>> plant = PlantModel("p", (MachineSpec("mill-1", "mills"),), (), (), ())
    >>> of_plant(plant, "calendar"), of_plant(plant, "machines.mill-1.buffer")
    ('machines.*.calendar', 'stations.mills.capacity')
    """
    if key == "crew.members":
        return "crew"
    if key in OF_ALL_MACHINES:
        return f"machines.*.{key}"
    front, _, word = key.rpartition(".")
    if front.startswith("machines.") and word in OF_STATION:
        name = front.removeprefix("machines.")
        stations = {machine.name: machine.station for machine in plant.machines} | {"*": "*"}
        if name in stations:
            return f"stations.{stations[name]}.{OF_STATION[word]}"
    return key


def in_model(value: Any, rest: str) -> str | None:
    """Return the dotted *rest* that begins with a word of the file, in those of the model.

    >>> from simtwin.plant.model import ProductSpec
    >>> in_model(ProductSpec("p", ()), "route.mill.setup"), in_model(3, "route")
    ('operations.mill.setup', None)
    """
    word, dot, inner = rest.partition(".")
    if type(value).__name__ == "MachineSpec" and word == "repair" and len(value.failures) == 1:
        return f"failures.{value.failures[0].name}.{rest}"
    known = WORDS.get(type(value).__name__, {}).get(word)
    if known is None or (word == "duration" and len(value.steps) != 1):
        return None  # Several steps have a duration each.
    return f"{known}{dot}{inner}"


def elsewhere(value: Any, word: str) -> str | None:
    """Return where in the model the *word* of a machine stands, if it is of another thing."""
    if type(value).__name__ != "MachineSpec":
        return None
    if word == "repair" and value.failures:
        return " or ".join(
            f"machines.{value.name}.failures.{f.name}.repair" for f in value.failures
        )
    if word not in OF_STATION:
        return None
    return f"stations.{value.station}.{OF_STATION[word]}"
