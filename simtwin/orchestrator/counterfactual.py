"""This module holds the counterfactuals: what of a scenario can be put back to nominal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.changes import Changes
from simtwin.plant.model import StartState
from simtwin.result.shapley import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.plant.model import PlantModel, Scenario

Case = tuple["PlantModel", "Scenario"]
Nominal = Callable[["PlantModel", "Scenario"], Case]
"""Returns plant and scenario with one group at nominal."""

NOMINAL = 22.0
"""Temperature of hall and coolant for which a plant is planned [degC]."""


class Group(NamedTuple):
    """Something that may have caused what happened, and how it is at nominal."""

    name: str
    nominal: Nominal
    of_the_past: bool = False
    """Whether it lies before a snapshot, so that a run from there cannot be without it."""


def chosen(
    plant: PlantModel,
    scenario: Scenario,
    groups: Mapping[str, Nominal] | Sequence[str] | None,
    *,
    from_snapshot: bool,
) -> dict[str, Nominal]:
    """Return the groups that are asked for, or all that the scenario has.

    Raises InvalidInput for a name that is not known, and for more than six or none.
    """
    if groups is None:
        found = {
            group.name: group.nominal
            for group in GROUPS
            if not (from_snapshot and group.of_the_past)
            and group.nominal(plant, scenario) != (plant, scenario)
        }
        how = "the scenario has"
    elif isinstance(groups, str):
        raise InvalidInput(f"groups must be several (got {groups!r})")
    elif hasattr(groups, "items"):
        found, how = dict(groups.items()), "got"
    else:
        found, how = {name: _known(name) for name in groups}, "got"
    if not 1 <= len(found) <= MOST:
        names = ", ".join(found) or "none"
        offered = ", ".join(group.name for group in GROUPS)
        raise InvalidInput(
            f"groups: there must be 1 to {MOST} ({how} {len(found)}: {names}); choose some of "
            f"{offered}, or give functions of your own by name"
        )
    return found


def _known(name: str) -> Nominal:
    for group in GROUPS:
        if group.name == name:
            return group.nominal
    raise InvalidInput(
        f"no group is called {name!r}; there are {', '.join(group.name for group in GROUPS)}"
    )


def unworn(plant: PlantModel, scenario: Scenario) -> Case:
    """Let bearings, edges and failure modes begin new."""
    plant, scenario = _settled(plant, scenario, _is_wear)
    start = scenario.start_from
    new = StartState(
        work=start.work,
        temperatures=start.temperatures,
        stopped=start.stopped,
        repairs=start.repairs,
        families=start.families,
    )
    return plant, scenario if new == start else replace(scenario, start_from=new)


def mild(plant: PlantModel, scenario: Scenario) -> Case:
    """Put hall and coolant to 22 degC, and let machines begin as cold as the hall."""
    plant, scenario = _settled(plant, scenario, _is_temperature)
    if (plant.ambient, plant.coolant) != (NOMINAL, NOMINAL):
        plant = replace(plant, ambient=NOMINAL, coolant=NOMINAL)
    if scenario.start_from.temperatures:
        start = replace(scenario.start_from, temperatures={})
        scenario = replace(scenario, start_from=start)
    return plant, scenario


def at_hundred(plant: PlantModel, scenario: Scenario) -> Case:
    """Let every machine run at 100 % feed and speed throughout."""
    plant, scenario = _settled(plant, scenario, _is_override)
    if any((m.feed_override, m.spindle_override) != (100.0, 100.0) for m in plant.machines):
        machines = tuple(
            replace(machine, feed_override=100.0, spindle_override=100.0)
            for machine in plant.machines
        )
        plant = replace(plant, machines=machines)
    return without_acts("feed override", "spindle override")(plant, scenario)


def served(plant: PlantModel, scenario: Scenario) -> Case:
    """Let no repair wait for the crew."""
    if not plant.all_crews:
        return plant, scenario
    return replace(plant, crew=None, crews=()), scenario


def unhurried(plant: PlantModel, scenario: Scenario) -> Case:
    """Drop rush orders: those that come in during the run and go before others."""
    dropped = [order.name for order in scenario.orders if order.rush]
    if not dropped:
        return plant, scenario
    begins = tuple(f"orders.{name}." for name in dropped)
    plant, scenario = _settled(plant, scenario, lambda name: name.startswith(begins))
    kept = tuple(order for order in scenario.orders if order.name not in dropped)
    sequence = {
        machine: tuple(name for name in names if name not in dropped)
        for machine, names in scenario.sequence.items()
    }
    return plant, replace(scenario, orders=kept, sequence=sequence)


def unchanged(plant: PlantModel, scenario: Scenario) -> Case:
    """Drop what the scenario changes in its plant, but temperatures and overrides."""
    changes = scenario.changes
    values = {
        name: value
        for name, value in changes.values.items()
        if _is_temperature(name) or _is_override(name)
    }
    kept = Changes(values)
    return plant, scenario if kept == changes else replace(scenario, changes=kept)


def without_acts(*doings: str) -> Nominal:
    """Return what drops all interventions that do one of *doings*."""

    def drop(plant: PlantModel, scenario: Scenario) -> Case:
        kept = tuple(act for act in scenario.interventions if act.do not in doings)
        if len(kept) == len(scenario.interventions):
            return plant, scenario
        counted = [s.name for s in scenario.spread if s.name.startswith("interventions.")]
        if counted:  # Acts are called by their number, which would be that of another.
            raise InvalidInput(
                f"spread {counted[0]}: acts cannot be dropped while they are uncertain; leave "
                f"out the groups that drop {', '.join(doings)}"
            )
        return plant, replace(scenario, interventions=kept)

    return drop


GROUPS = (
    Group("feed and speed", at_hundred),
    Group("coolant", without_acts("coolant off", "coolant on")),
    Group("temperature", mild, of_the_past=True),
    Group("wear at start", unworn, of_the_past=True),
    Group("breakdowns", without_acts("breakdown")),
    Group("maintenance", without_acts("maintenance")),
    Group("crew", served, of_the_past=True),
    Group("rush orders", unhurried, of_the_past=True),
    Group("changes", unchanged, of_the_past=True),
)
"""What is looked at where nobody says what."""


def _settled(plant: PlantModel, scenario: Scenario, about: Callable[[str], bool]) -> Case:
    """Drop changes of, and spreads on, the numbers whose names are *about* something."""
    changes, spread = scenario.changes, scenario.spread
    if any(map(about, changes.values)):
        values = {name: value for name, value in changes.values.items() if not about(name)}
        scenario = replace(scenario, changes=replace(changes, values=values))
    if any(about(one.name) for one in spread):
        scenario = replace(scenario, spread=tuple(s for s in spread if not about(s.name)))
    if any(about(one.name) for one in plant.spread):
        plant = replace(plant, spread=tuple(s for s in plant.spread if not about(s.name)))
    return plant, scenario


def _is_temperature(name: str) -> bool:
    return name in ("ambient", "coolant") or name.startswith("start_from.temperatures")


def _is_override(name: str) -> bool:
    return name.endswith((".feed_override", ".spindle_override"))


def _is_wear(name: str) -> bool:
    first, _, rest = name.partition(".")
    return first == "start_from" and not rest.startswith(
        ("work", "temperatures", "stopped", "families")
    )
