"""Tests of exported orders: priorities, releases and dates that are missing or impossible."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtwin.errors import FileProblems
from simtwin.plant.erp.intake import Intake, Wishes, take_in
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Scenario
from simtwin.plant.shift import read_moment

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


def doubts(intake: Intake) -> list[str]:
    """Return what is doubtful, without the folder."""
    return [line.rpartition("/")[2] for line in intake.doubtful]


def test_an_order_due_before_its_release_is_doubted(tmp_path):
    """Such dates are swapped or slips; the file is read as it stands, and says so."""
    orders = (
        "order;part;qty;release;due\na;A;1;2026-01-09;2026-01-07\nb;A;1;2026-01-05;2026-01-08\n"
    )
    assert doubts(taken(tmp_path, orders)) == [
        "o.csv:2:18 due: due before its release, 2026-01-09 00:00"
    ]
    same = "order;part;qty;release;due\na;A;1;2026-01-07;2026-01-07\n"
    assert doubts(taken(tmp_path, same)) == []


def test_an_order_due_before_the_start_is_doubted(tmp_path):
    """A start by hand may make an order late before anything begins."""
    orders = "order;part;qty;due\na;A;1;2026-01-07\nb;A;1;2026-01-15\n"
    intake = taken(tmp_path, orders, start=read_moment("2026-01-12 06:00"))
    said = "o.csv:2:7 due: due before the start, 2026-01-12 06:00; late whatever happens"
    assert doubts(intake) == [said]


def test_a_guessed_start_makes_no_order_late(tmp_path):
    """Where something is due before the first release, the week of that due date is taken."""
    orders = "order;part;qty;release;due\na;A;1;2026-01-12;2026-01-16\nb;A;1;;2026-01-08\n"
    intake = taken(tmp_path, orders)
    assert scenario_of(intake).start == "2026-01-05T06:00:00"
    assert doubts(intake) == []


def test_a_guessed_start_that_cannot_be_is_doubted(tmp_path):
    """1000 pieces of 3 min take 50 h: due on the evening of a guessed Monday they are late."""
    orders = "order;part;qty;due\na;A;1000;2026-01-05\n"
    (said,) = doubts(taken(tmp_path, orders))
    assert said.startswith("o.csv:2:10 due: needs 50 h at least from a start that was guessed;")
    by_hand = taken(tmp_path, orders, start=read_moment("2026-01-02 06:00"))
    assert doubts(by_hand) == []


def test_a_date_that_stands_for_none_is_doubted(tmp_path):
    """31.12.2099 is how some systems write that nobody has set a date."""
    orders = "order;part;qty;due\na;A;1;2026-01-07\nb;A;1;31.12.2099\n"
    assert doubts(taken(tmp_path, orders)) == [
        "o.csv:3:7 due: more than 3 years after the start"
    ]


def test_a_very_long_order_is_told_without_an_exponent(tmp_path):
    """100,000 pieces of 15 min at least: 25000 h, not 2.5e+04 h."""
    (tmp_path / "long.csv").write_text("part;op;machine;run_min\nA;10;saw;15\n", "utf-8")
    (tmp_path / "o.csv").write_text("order;part;qty;due\na;A;100000;2026-01-05\n", "utf-8")
    lists = (tmp_path / "long.csv", tmp_path / "o.csv")
    (said,) = doubts(take_in(*lists, "shop", Wishes(), schemas="."))
    assert "needs 25000 h at least from a start that was guessed" in said


def test_a_weekday_before_slashes_settles_nothing(tmp_path):
    """Day and month of `Tue 03/02/2026` are as doubtful as without the weekday."""
    with pytest.raises(FileProblems, match="may be day/month or month/day"):
        taken(tmp_path, "order;part;qty;due\na;A;1;Tue 03/02/2026\n")
