"""A plant that says only what differs from another: lists by their ids, places of problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtwin.errors import FileProblems
from simtwin.plant.files import load_plant, load_with_plant, parse_plant

BASE = """plant: base
crew: {members: 2}
machines:
  - {id: saw, buffer: 3}
  - {id: mill}
products:
  - id: a
    route:
      - {operation: o, machines: [saw], duration_min: 2}
      - {operation: p, machines: [mill], duration_min: 3}
  - {id: b, route: [{operation: o, machines: [mill], duration_min: 4}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the plant that others extend."""
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    return tmp_path


def own(folder: Path, text: str, name: str = "own.yaml") -> Path:
    """Return the file of a plant that extends the one of the folder."""
    (folder / name).write_text(f"plant: own\nextends: base.yaml\n{text}", "utf-8")
    return folder / name


def test_items_are_completed_by_their_id(folder):
    """The mill gets a buffer, the saw keeps its own; a new machine comes last."""
    plant = load_plant(
        own(
            folder,
            "machines:\n  - {id: oven}\n  - {id: mill, buffer: 1}\n"
            "products:\n  - {id: c, route: [{operation: o, machines: [oven], duration_h: 1}]}\n"
            "  - {id: b, route: [{operation: q, machines: [saw], duration_min: 9}]}\n",
        )
    )
    assert plant.name == "own"
    assert [(s.name, s.capacity) for s in plant.stations] == [
        ("saw", 3), ("mill", 1), ("oven", None),
    ]  # fmt: skip
    assert [product.name for product in plant.products] == ["a", "b", "c"]
    assert [operation.name for operation in plant.products[1].operations] == ["q"]


def test_crews_take_the_place_of_the_crew(folder):
    """Who says crews takes no crew from the other file."""
    plant = load_plant(own(folder, "crews: [{id: fitters, members: 1}]\n"))
    assert plant.crew is None
    assert [crew.name for crew in plant.crews] == ["fitters"]


def test_a_chain_of_plants_and_a_scenario(folder):
    """A plant that extends one that extends another; a scenario beside names the last."""
    own(folder, "machines: [{id: mill, buffer: 1}]\n")
    (folder / "third.yaml").write_text(
        "plant: third\nextends: own.yaml\nmachines: [{id: saw, buffer: 8}]\n", "utf-8"
    )
    (folder / "day.yaml").write_text(
        "scenario: day\nplant: third.yaml\norders: [{id: x, product: a}]\n", "utf-8"
    )
    plant, _ = load_with_plant(folder / "day.yaml")
    assert [station.capacity for station in plant.stations] == [8, 1]


def test_problems_stand_where_they_were_written(folder):
    """Line and column are those of the file that has the key, also of items that moved."""
    file = own(folder, "machines:\n  - {id: oven, buffer: -1}\n  - {id: mill, bufer: 1}\n")
    with pytest.raises(FileProblems) as caught:
        load_plant(file)
    told = [str(problem) for problem in caught.value.problems]
    assert any("own.yaml:4:24 machines[2].buffer" in one for one in told), told
    assert any("own.yaml:5:16 machines[1].bufer" in one for one in told), told
    (folder / "base.yaml").write_text(BASE.replace("buffer: 3", "buffer: -3"), "utf-8")
    with pytest.raises(FileProblems, match=r"base.yaml:4:23 machines\[0\].buffer"):
        load_plant(own(folder, "machines: [{id: mill, buffer: 1}]\n"))


def test_a_second_item_of_one_id_is_refused(folder):
    """One completes, the other stands twice."""
    file = own(folder, "machines: [{id: mill, buffer: 1}, {id: mill, buffer: 2}]\n")
    with pytest.raises(FileProblems, match=r"'mill' stands twice|second machine 'mill'"):
        load_plant(file)


def test_a_bundled_plant_can_be_extended_without_a_file():
    """A text has no folder; bundled names it can extend, others it cannot."""
    plant = parse_plant("plant: hot\nextends: one_machine\nambient_c: 34\n")
    assert plant.ambient == 34.0
    assert plant.machines == load_plant("one_machine").machines
    with pytest.raises(FileProblems, match="did you mean 'one_machine'"):
        parse_plant("plant: hot\nextends: one_machin\n")


def test_the_shop_in_three_shifts_is_the_job_shop_otherwise():
    """The bundled plant has the machines, tools and routes of the one that it extends."""
    week, shop = load_plant("three_shifts"), load_plant("job_shop")
    assert [m.name for m in week.machines] == [m.name for m in shop.machines]
    assert [m.spindle for m in week.machines] == [m.spindle for m in shop.machines]
    assert [m.bearings for m in week.machines] == [m.bearings for m in shop.machines]
    assert (week.tools, week.products) == (shop.tools, shop.products)
    assert {m.calendar for m in week.machines} == {"three shifts"}
    for machine in week.machines:
        often = sum(1.0 / mode.life.mean for mode in machine.failures) * 3600.0
        assert often == pytest.approx(1.0 / 400.0, rel=0.01)
