from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.streams import Streams
from tests.laws.branches import begin, finish, first_difference, story
from tests.laws.shops import CELL, LINE, SEQUENCE, SHIFT, TEXTS, shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario


def shuffled(items: tuple[Any, ...], chance: Callable[[], float]) -> tuple[Any, ...]:
    """Return *items* in a random order."""
    return tuple(item for _, _, item in sorted((chance(), i, x) for i, x in enumerate(items)))


def permuted(
    model: PlantModel, scenario: Scenario, chance: Callable[[], float]
) -> tuple[PlantModel, Scenario]:
    """Return plant and scenario as if their files had listed everything in another order."""
    model = replace(
        model,
        machines=tuple(
            replace(machine, failures=shuffled(machine.failures, chance))
            for machine in shuffled(model.machines, chance)
        ),
        stations=tuple(
            replace(station, machines=shuffled(station.machines, chance))
            for station in shuffled(model.stations, chance)
        ),
        tools=shuffled(model.tools, chance),
        products=tuple(
            replace(
                product,
                operations=tuple(
                    replace(operation, stations=shuffled(operation.stations, chance))
                    for operation in product.operations
                ),
            )
            for product in shuffled(model.products, chance)
        ),
        sources=shuffled(model.sources, chance),
    )
    scenario = replace(
        scenario,
        orders=shuffled(scenario.orders, chance),
        start_from=replace(
            scenario.start_from, work=shuffled(scenario.start_from.work, chance)
        ),
    )
    return model, scenario


@pytest.mark.parametrize("name", TEXTS)
def test_the_order_in_the_file_changes_nothing(name: str):
    """Ties are broken by natural names, never by file order (KERNEL 4)."""
    model, scenario = shop(name)
    chance = Streams(1)[name, "permutation"]
    given = story(finish(begin(model, scenario, 6)))
    for _ in range(4):
        other = permuted(model, scenario, chance)
        assert first_difference(story(finish(begin(*other, 6))), given) == ""


def test_names_matter_by_their_order_only_where_nothing_is_drawn():
    """Renamed in the same natural order, a shop without chance does the same (KERNEL 4)."""
    names = {"m-10": "press", "m-1": "anvil", "m-2": "lathe"}

    def renamed(text: str) -> str:
        for old, new in names.items():
            text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
        return text

    given = story(finish(begin(*shop("cell"))))
    model = parse_plant(renamed(CELL))
    other = story(finish(begin(model, parse_scenario(renamed(SEQUENCE), model))))
    assert renamed(repr(given.states)) == repr(other.states)
    assert renamed(repr(given.pieces)) == repr(other.pieces)
    assert json.loads(renamed(given.final)) == json.loads(other.final)


def test_an_unrelated_machine_changes_nobodys_luck():
    """A machine, product and source more leave every row of the others (KERNEL 22; G1)."""
    given = finish(begin(*shop("line")))
    extended = (
        LINE.replace("  - {id: d,", "  - {id: aa, failures: $ALL}\n  - {id: d,")
        .replace("$ALL", "[{id: x, clock: powered, life_min: 7, repair_min: 1, crew: false}]")
        .replace("sources:\n", "  - {id: extra, route: [{operation: one, machines: [aa], "
                 "duration: {uniform: {low_s: 5, high_s: 9}}}]}\nsources:\n"
                 "  - {id: aa-bars, product: extra, every: {exponential: {mean_s: 20}}}\n")
    )  # fmt: skip
    model = parse_plant(extended)
    other = finish(begin(model, parse_scenario(SHIFT, model)))
    mine, theirs = story(given), story(other)
    assert any(row.machine == "aa" for row in theirs.states)
    assert [row for row in theirs.states if row.machine != "aa"] == mine.states
    assert [row for row in theirs.events if row.machine != "aa"] == mine.events
    assert [row for row in theirs.pieces if not row.job.startswith("aa-bars/")] == mine.pieces
    for name, machine in given.machines.items():
        assert other.machines[name].state == machine.state
        assert other.machines[name].totals.energy == machine.totals.energy
