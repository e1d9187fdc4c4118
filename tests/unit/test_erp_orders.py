"""Tests of exported orders: priorities, releases and dates that are missing or impossible."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtwin.plant.erp.intake import Intake, Wishes, take_in
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Scenario

ROUTING = "part;op;machine;setup_min;run_min\nA;10;saw;0;3\n"


def taken(folder: Path, orders: str, **wishes: object) -> Intake:
    """Return the intake of *orders* for one part, written into *folder*."""
    (folder / "r.csv").write_text(ROUTING, "utf-8")
    (folder / "o.csv").write_text(orders, "utf-8")
    said = Wishes(**wishes)  # type: ignore[arg-type]
    return take_in(folder / "r.csv", folder / "o.csv", "shop", said, schemas=".")


def scenario_of(intake: Intake) -> Scenario:
    """Return the scenario that was written."""
    plant = parse_plant(intake.files["plant.yaml"])
    return parse_scenario(intake.files["scenario.yaml"], plant)


@pytest.mark.parametrize("low_first", [False, True])
def test_an_order_without_a_priority_goes_last(tmp_path, low_first):
    """Whatever the direction, an empty cell is the least urgent, and it is said."""
    intake = taken(
        tmp_path, "order;part;qty;prio\na;A;1;2\nb;A;1;\nc;A;1;-1\n", low_first=low_first
    )
    urgency = {order.name: order.priority for order in scenario_of(intake).orders}
    assert min(urgency, key=urgency.__getitem__) == "b"
    assert (urgency["a"] > urgency["c"]) is not low_first
    assert len(set(urgency.values())) == 3
    said = "o.csv:3:7 prio: no priority; after all orders that have one"
    assert any(line.endswith(said) for line in intake.assumed)


def test_a_column_without_any_priority_says_nothing(tmp_path):
    """Where nobody has a priority, nobody goes last."""
    intake = taken(tmp_path, "order;part;qty;prio\na;A;1;\nb;A;1;\n", low_first=True)
    assert [order.priority for order in scenario_of(intake).orders] == [0, 0]
    assert not any("priority;" in line for line in intake.assumed)


def test_an_empty_release_is_said(tmp_path):
    """An order without a release date is there from the start; rows are gathered."""
    intake = taken(
        tmp_path,
        "order;part;qty;release\na;A;1;2026-01-07\nb;A;1;\nc;A;1;\n",
    )
    said = "o.csv:3:7 release: no release date; released at the start (2 rows: 3, 4)"
    assert any(line.endswith(said) for line in intake.assumed)
