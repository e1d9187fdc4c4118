"""This module holds the differences: what a scenario changes, and what is uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.plant.amendment import in_scenario
from simtwin.plant.places import named, places

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.places import Place
    from simtwin.plant.spread import Spread


def changes_said(plant: PlantModel, scenario: Scenario) -> tuple[str, ...]:
    """Return in words what *scenario* changes in *plant*, one line for each change."""
    changes = scenario.changes
    lines = [f"{name} comes in, like {like}" for name, like in changes.add.items()]
    lines += [f"{name} is taken away" for name in changes.remove]
    after = changes.applied(plant)
    for name, value in changes.values.items():
        now = places(after, name)
        before = [p for at in now if named(plant, at.name) for p in places(plant, at.name)]
        lines.append(f"{name}: {_said(before)} -> {_say(now[0], value)}")
    lines += map(str, changes.overtime)
    return tuple(lines)


def spreads_said(plant: PlantModel, scenario: Scenario | None = None) -> tuple[str, ...]:
    """Return in words what is uncertain in *plant* and *scenario*, one line for each spread."""
    spreads = [*plant.spread, *(scenario.spread if scenario else ())]
    return tuple(_spread(s, plant, scenario) for s in spreads)


def _spread(spread: Spread, plant: PlantModel, scenario: Scenario | None) -> str:
    root = scenario if scenario is not None and in_scenario(spread.name) else plant
    found = places(root, spread.name)
    each = "" if len(found) == 1 else f", for each of {len(found)} by itself"
    single = len(found) == 1 and isinstance(found[0].value, float)
    value = f"{_say(found[0], found[0].value)}, " if single else ""
    return f"{spread.name}: {value}{spread.say(found[0].measure)}{each}"


def _said(before: list[Place]) -> str:
    """Return what stood there before; nothing in a machine that is new."""
    said = list(dict.fromkeys(_say(place, place.value) for place in before))
    return " or ".join(said[:3]) + (" or others" if len(said) > 3 else "") or "nothing"


def _say(place: Place, value: object) -> str:
    if place.measure is not None:
        return place.measure.say(value)
    return str(value)
