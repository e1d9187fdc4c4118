"""Tests of open orders: runs that end before an order is due do not tell that it is on time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.reading import chance
from simtwin.report.verdict import verdict
from simtwin.result.ensemble import Ensemble

PLANT = """
plant: mill
machines: [{id: mill}]
products:
  - id: p
    route: [{operation: o, machines: [mill], duration: {exponential: {mean_min: 10}}}]
"""
ORDERS = """
scenario: s
plant: mill.yaml
start: 2026-01-05 06:00
until: "UNTIL"
orders:
  - {id: a, product: p, quantity: 11, due: "08:01"}
  - {id: b, product: p, quantity: 1, due: "06:50", priority: 1}
"""


def runs(until: str) -> Ensemble:
    """Return forty runs until a clock time."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", until).replace("mill.yaml", "mill")
    return st.replicate(plant, parse_scenario(text, plant), 40, seed=2, workers=1)


def test_what_ends_before_it_is_due_widens_the_interval():
    """A minute before the due time nobody knows of the open ones; at noon everybody does."""
    cut, whole = runs("08:00"), runs("12:00")
    told, known = cut.late("a"), whole.late("a")
    assert (told.value, told.low) == (0.0, 0.0)
    assert told.unsettled == 17
    assert told.high > 0.55
    assert str(told) == "0 to 58 %, open at the end in 17 of 40"
    assert known.unsettled == 0
    assert told.low < known.value < told.high
    rows = cut.frame("orders").set_index("order")
    assert rows["p_late_open"].to_dict() == {"a": 17, "b": 0}
    assert chance(rows.loc["a"].to_dict(), 40) == str(told)
    assert cut.late("b").unsettled == 0


def test_the_verdict_names_who_is_not_known():
    """Beside who is most at risk as far as the runs go."""
    said = verdict(runs("08:00")).sentence
    assert said == (
        "Each of 1 order is more likely on time than late; most at risk: b is late with "
        "probability 2 % (0.4 to 13 %). "
        "Not known of a: P(late) is 0 to 58 %, open at the end in 17 of 40."
    )
    lone = verdict(runs("06:49"))
    assert "No order was late in 40 replications, as far as they go. Not known of b" in (
        lone.sentence
    )
    assert lone.tone == "neutral"


def test_a_gate_does_not_hold_by_an_early_end(tmp_path: Path):
    """It is held against the share that may be late; a look-ahead asks until its horizon."""
    (tmp_path / "mill.yaml").write_text(PLANT, encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(ORDERS.replace("UNTIL", "08:00"), encoding="utf-8")
    asked = ["run", str(path), "-n", "40", "--seed", "2", "--json", "--fail-if"]
    for gate, code in (("p_late(a) > 0.2", 1), ("p_late(a) > 0.6", 0), ("p_late(b) > 0.2", 0)):
        done = CliRunner().invoke(app, [*asked, gate])
        assert done.exit_code == code
        (told,) = json.loads(done.stdout)["gates"]
        assert told["tripped"] is bool(code)


@pytest.mark.parametrize("until", ["08:01", "12:00"])
def test_who_was_due_by_the_end_is_known(until: str):
    """At the due time itself an open order is late."""
    assert runs(until).late("a").unsettled == 0
