"""Tests of mending: wrong names are told beside wrong keys, and no names that are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simtwin.errors import FileProblems, Problem
from simtwin.plant import mending
from simtwin.plant.document import read_yaml
from simtwin.plant.files import (
    load_both,
    load_plant,
    load_with_plant,
    parse_plant,
    parse_scenario,
    wrong_scenario,
)
from simtwin.plant.plant_schema import PlantFile
from simtwin.plant.scenario_schema import ScenarioFile
from simtwin.plant.wording import Unknown

ROOT = Path(__file__).parents[2]

PLANT = """
plant: broken
machines:
  - {id: saw, buffer: lots}
  - {id: mill, colour: red}
  - {id: 12, buffer: 3}
tools:
  - {id: t1, preset: nonsense, frob: 1}
products:
  - id: part
    route:
      - {operation: cut, machines: [saw], duration_min: 5}
      - {operation: mil, machines: [mil, "12"], duration_min: 7}
      - {operation: dri, machines: [mill], duration_min: many}
      - {operation: end, machines: [saw], duration_min: 5, after: [dri, dry]}
sources: [{id: s, product: prt, every_min: 90}]
"""


def problems(text: str, plant: Any = None) -> tuple[Problem, ...]:
    """Return what is wrong with *text*, in the order of the file."""
    with pytest.raises(FileProblems) as caught:
        parse_plant(text) if plant is None else parse_scenario(text, plant)
    return caught.value.problems


def test_wrong_names_are_told_beside_wrong_keys() -> None:
    """UX 4.2: all problems at once, in file order, each at its own line and key."""
    found = [(one.line, one.key) for one in problems(PLANT)]
    assert found == [
        (4, "machines[0].buffer"),
        (5, "machines[1].colour"),
        (6, "machines[2].id"),
        (8, "tools[0].preset"),
        (8, "tools[0].frob"),
        (13, "products[0].route[1].machines[0]"),
        (14, "products[0].route[2].duration_min"),
        (15, "products[0].route[3].after[1]"),
        (16, "sources[0].product"),
    ]
    said = {one.key: one.message for one in problems(PLANT)}
    assert "did you mean 'mill'?" in said["products[0].route[1].machines[0]"]


def test_what_was_taken_out_still_has_its_name() -> None:
    """Machine 12 and operation "dri" are there, though not as they stand: nobody lacks them."""
    messages = " ".join(one.message for one in problems(PLANT))
    assert "'12'" not in messages
    assert "no operation 'dri'" not in messages


def test_names_of_wrong_parts_are_listed() -> None:
    """A program and a tool that have faults of their own are there all the same."""
    found = problems("""
plant: p
machines: [{id: m, preset: generic-vmc-40, magazine: [{tool: zz}]}]
tools: [{id: em, preset: end-mill-16-steel, teeth: x}]
programs: [{id: a, material: P6, steps: [{handle_s: -1}]}]
products: [{id: p, route: [{operation: o, machines: [k], program: b}]}]
""")
    told = [one.message for one in found]
    assert "no program 'b'; programs: a" in told
    assert "no tool 'zz'; tools: em" in told
    assert "no machine or group 'k'; machines and groups: m" in told


def test_a_scenario_is_told_whole_too() -> None:
    """Orders, events and the rule name what the plant does not have."""
    plant = load_plant("flow_line")
    text = """
scenario: day
plant: flow_line
horizon: 8 h
orders:
  - {id: o-1, product: part, quantity: -1}
  - {id: o-2, product: prt, quantity: 10}
events: [{at_h: 1, machine: mil, do: stop, for_min: 5}]
dispatching: fif
replications: 4.5
"""
    keys = [one.key for one in problems(text, plant)]
    assert keys[:2] == ["orders[0].quantity", "orders[1].product"]
    assert {"events[0].machine", "dispatching", "replications"} <= set(keys)


def test_where_the_whole_is_no_plant_nothing_is_guessed() -> None:
    """Without machines at all, every name would be wrong."""
    found = problems("plant: p\nmachnes: []\nproducts: [{id: a, route: []}]\n")
    assert not any(isinstance(one.message, Unknown) for one in found)


APART = """
scenario: apart
plant: broken.yaml
horizon: 5 kg
start: 2026-13-02
orders: [{id: o-1, product: part, quantity: 5, due: soon}]
events:
  - {at: "07:00", machine: saw, do: stop, for: 3 apples}
  - {at: "07:00", machine: saw, do: sto}
dispatching: fif
"""
WRONG_APART = [
    "horizon", "start", "orders[0].due", "events[0].for", "events[1].do", "dispatching",
]  # fmt: skip


def keys_of(read: Any, *files: Path) -> list[tuple[str, str]]:
    """Return file and key of all that is wrong with *files*."""
    with pytest.raises(FileProblems) as caught:
        read(*files)
    return [(Path(one.file).name, one.key) for one in caught.value.problems]


def test_a_plant_and_its_scenario_are_told_together(tmp_path: Path) -> None:
    """UX 4.2: what a wrong plant does not hide is told of its scenario too, plant first."""
    plant, day = tmp_path / "broken.yaml", tmp_path / "day.yaml"
    plant.write_text("plant: b\nmachines: [{id: m, bufer: 1}]\nproducts: []\n", "utf-8")
    of_plant = keys_of(load_plant, plant)
    assert of_plant
    day.write_text("scenario: s\nplant: broken.yaml\nhorizn: 2 h\nreplications: -5\n", "utf-8")
    expected = [*of_plant, ("day.yaml", "horizn"), ("day.yaml", "replications")]
    assert keys_of(load_both, plant, day) == keys_of(load_with_plant, day) == expected
    day.write_text(APART, "utf-8")
    wrong = [*WRONG_APART[:3], "events[0].machine", *WRONG_APART[3:]]  # It has "m" alone.
    expected = [*of_plant, *(("day.yaml", key) for key in wrong)]
    assert keys_of(load_both, plant, day) == keys_of(load_with_plant, day) == expected
    assert keys_of(load_both, plant, tmp_path / "no.yaml") == [*of_plant, ("no.yaml", "")]
    plant.unlink()
    found = keys_of(load_with_plant, day)
    assert found == [("day.yaml", "plant"), *(("day.yaml", key) for key in WRONG_APART)]
    day.write_text("scenario: s\nplant: broken.yaml\nhorizn: 2 h\n", "utf-8")
    assert keys_of(load_with_plant, day) == [("day.yaml", "plant"), ("day.yaml", "horizn")]


TWO = """
plant: two
machines: [{id: m1, BUFFER}, {id: m2}, {id: idle}]
tools: [{id: mill, preset: end-mill-16-steel}]
products:
  - id: part
    route:
      - {operation: one, machines: [m1], duration_min: 5}
      - {operation: two, machines: [m2], duration_min: 5}
"""
ASKED = """
scenario: asked
plant: two.yaml
orders: [{id: o, product: prt, quantity: 5}, {id: p, product: part, quantity: 5}]
events: [{at: "07:00", machine: m3, do: stop}, {at: "07:00", machine: m2, do: stop}]
"""
NOT_THERE = ["orders[0].product", "events[0].machine"]


@pytest.mark.parametrize("buffer", ["bufer: 1", "buffer: -1"])
def test_names_that_a_wrong_plant_does_not_give_are_told(tmp_path: Path, buffer: str) -> None:
    """A wrong number hides no name: what the file calls nothing so, it will not either."""
    plant, day = tmp_path / "two.yaml", tmp_path / "day.yaml"
    plant.write_text(TWO.replace("BUFFER", buffer), "utf-8")
    day.write_text(ASKED, "utf-8")
    for read, files in ((load_with_plant, (day,)), (load_both, (plant, day))):
        assert [key for file, key in keys_of(read, *files) if file == "day.yaml"] == NOT_THERE
    with pytest.raises(FileProblems, match=r"no machine 'm3'; machines: m1, m2, idle"):
        load_with_plant(day)
    day.write_text(ASKED + "changes: {set: {machines.m2.buffer: 3}}\n", "utf-8")
    assert all(file == "two.yaml" for file, _ in keys_of(load_with_plant, day))


def test_a_machine_that_nothing_reaches_is_told_beside_other_faults() -> None:
    """Where all routes are read it is sure, whatever else is wrong; where not, it is not."""
    two = TWO.replace("BUFFER", "buffer: 1")
    ring = two.replace("[m1], duration_min: 5", "[m1], duration_min: 5, after: [two]")
    assert [one.key for one in problems(ring)] == ["machines[2]", "products[0].route[0]"]
    astray = two.replace("machines: [m2]", "machines: [idel]")
    assert [one.key for one in problems(astray)] == ["products[0].route[1].machines[0]"]


def test_a_sound_scenario_has_no_fault_of_its_own() -> None:
    """Names that only a plant knows are not missed where the plant cannot be read."""
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        assert wrong_scenario(path.read_text("utf-8"), base=path.parent) == ()


def paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every key and item of *value*."""
    steps = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        steps = list(enumerate(value))
    found = []
    for step, part in steps:
        found += [(*here, step), *paths(part, (*here, step))]
    return found


@pytest.mark.parametrize("name", ["job_shop", "flow_line", "three_shifts", "day_shift"])
def test_no_single_fault_makes_a_right_name_wrong(name: str) -> None:
    """Whatever one key or item is spoilt in a sound file, no name is said to be unknown."""
    kind = "scenarios" if name == "day_shift" else "plant_models"
    text = (ROOT / kind / f"{name}.yaml").read_text("utf-8")
    whole = read_yaml(text, name)
    plant = load_with_plant("day_shift")[0] if kind == "scenarios" else None

    def told() -> tuple[Problem, ...]:
        from simtwin.plant.files import _read_parts
        from simtwin.plant.shift import read_scenario

        document = read_yaml(text, name)
        document.data = whole.data
        try:
            if plant is None:
                mending.read(PlantFile, document, _read_parts)
            else:
                mending.read(ScenarioFile, document, lambda f, d: read_scenario(f, plant, d))
        except FileProblems as error:
            return error.problems
        return ()

    for path in paths(whole.data)[::4]:
        holder: Any = whole.data
        for step in path[:-1]:
            holder = holder[step]
        right, holder[path[-1]] = holder[path[-1]], {"spoilt": [[]]}
        wrong = [one for one in told() if isinstance(one.message, Unknown)]
        holder[path[-1]] = right
        assert not wrong, f"{path}: {wrong[0]}"
