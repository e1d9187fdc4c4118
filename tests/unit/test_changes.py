"""Tests of changes: another plant or scenario under dotted names, the first one untouched."""

from __future__ import annotations

from typing import Any

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant

PLANT, SHIFT = load_with_plant("day_shift")


def test_a_changed_plant_is_another_plant() -> None:
    """DESIGN 4: ``model.with_changes({...})`` gives a new value; the old one stays."""
    before = PLANT.machines[0].tool_change
    name = PLANT.machines[0].name
    other = PLANT.with_changes({f"machines.{name}.tool_change": 60, "ambient": 30.0})
    assert (other.machines[0].tool_change, other.ambient) == (60.0, 30.0)
    assert isinstance(other.machines[0].tool_change, float)
    assert PLANT.machines[0].tool_change == before
    assert other.machines[1:] == PLANT.machines[1:]
    assert (
        other.with_changes({f"machines.{name}.tool_change": before, "ambient": 22.0}) == PLANT
    )


def test_a_change_goes_as_deep_as_the_model() -> None:
    """Parts are called by name, or by number where they have none; laws have names too."""
    machine = PLANT.machines[0]
    bearing = machine.bearings[0].name
    other = PLANT.with_changes(
        {
            f"machines.{machine.name}.bearings.{bearing}.preload": 900.0,
            f"machines.{machine.name}.magazine.0.edges": 7,
            f"machines.{machine.name}.power.ready": 1500.0,
        }
    )
    changed = other.machines[0]
    assert (changed.bearings[0].preload, changed.magazine[0].edges) == (900.0, 7)
    assert changed.power.ready == 1500.0
    assert PLANT.with_changes({"crew": None}).crew is None


def test_a_changed_scenario_runs() -> None:
    """A scenario changes likewise, and what hangs on it in the run."""
    order = SHIFT.orders[0].name
    other = SHIFT.with_changes({f"orders.{order}.due": 60.0, "horizon": 600.0})
    assert simulate(PLANT, other).window.orders[0].late(600.0)
    start = SHIFT.start_from
    key = next(iter(start.bearings))
    worn = SHIFT.with_changes({f"start_from.bearings.{'/'.join(key)}": 2.0})
    assert worn.start_from.bearings[key] == 2.0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("machine", 1, "nothing is called 'machine'; did you mean 'machines'"),
        ("machines.mill-9.refit", 1.0, "machines has no 'mill-9'; did you mean 'mill-"),
        ("machines.mill-1.tool_chnge", 1.0, "did you mean 'tool_change'"),
        ("machines.mill-1.tool_change.x", 1.0, "has no 'x'; there are: no parts"),
        ("machines.mill-1.tool_change", "long", "must be a number such as"),
        ("machines.mill-1.tool_change", True, "must be a number such as"),
        ("machines.mill-1.tool_change", float("nan"), "must be finite"),
        ("machines.mill-1.tool_change", None, "must be a number such as"),
        ("machines.mill-1.station", 4, "must be a str such as"),
    ],
)
def test_a_wrong_change_is_refused(name: str, value: Any, said: str) -> None:
    """A misspelt name is an error that lists what exists, and so is another kind of value."""
    with pytest.raises(InvalidInput, match=said):
        PLANT.with_changes({name: value})
