"""Tests of the assumptions: what files say that they take for granted reaches every answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.plant.model import NO_RULE, PlantModel
from simtwin.plant.plain import from_plain, to_plain

PLANT = """
plant: p
assumptions: ["saw: the feed is a guess"]
machines: [{id: saw}]
products: [{id: a, route: [{operation: cut, machines: [saw], duration_min: 3}]}]
"""
SHIFT = """
scenario: s
plant: plant.yaml
start: 2026-01-05 06:00
assumptions: ["order 2: the due date is a guess"]
orders: [{id: one, product: a, quantity: 2}, {id: two, product: a, due_h: 1}]
"""
SAID = ("saw: the feed is a guess", "order 2: the due date is a guess", NO_RULE)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Plant and scenario in files, in the folder to work in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plant.yaml").write_text(PLANT, "utf-8")
    (tmp_path / "day.yaml").write_text(SHIFT, "utf-8")
    return load_with_plant("day.yaml")


def call(*arguments: str) -> str:
    """Return what a call says that goes well."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def test_a_result_carries_what_both_files_assume(shop):
    """A run, many runs, and a comparison hang on the same words."""
    plant, shift = shop
    for told in (
        st.simulate(plant, shift),
        st.replicate(plant, shift, 2),
        st.compare(plant, [shift, shift.with_changes({"seed": 2})], replications=2),
    ):
        assert set(SAID) <= set(told.assumptions)


def test_check_run_and_report_say_them(shop, tmp_path):
    """Text, JSON and page of the terminal all have them."""
    assert all(line in call("check", "plant.yaml", "day.yaml") for line in SAID)
    for arguments in (
        ("check", "plant.yaml", "day.yaml", "--json"),
        ("run", "day.yaml", "--once", "--json", "--report", "page.html"),
        ("what-if", "day.yaml", "--stop", "saw", "06:01", "1min", "-n", "2", "--json"),
    ):
        told: Any = json.loads(call(*arguments))
        assert set(SAID) <= set(told["assumptions"])
    page = (tmp_path / "page.html").read_text("utf-8")
    assert all(line in page for line in SAID)
    assert "Nothing was assumed" not in page


def test_a_saved_scenario_has_them_still(shop):
    """The plain form of plant and scenario, as runs are saved in, keeps the words."""
    for file in shop:
        assert from_plain(to_plain(file)).assumptions == file.assumptions != ()


def test_a_file_that_extends_another_takes_its_assumptions_too(shop, tmp_path):
    """Both hold, those of the other file first."""
    own = "scenario: t\nextends: day.yaml\nassumptions: [mine]\ndispatching: edd\n"
    (tmp_path / "own.yaml").write_text(own, "utf-8")
    _, shift = load_with_plant("own.yaml")
    assert shift.assumptions == ("order 2: the due date is a guess", "mine")


def test_they_change_no_number_and_no_hash(shop):
    """The words of a scenario are no part of what it does; the same log comes of it."""
    plant, shift = shop
    bare = replace(shift, assumptions=())
    first, second = st.simulate(plant, shift), st.simulate(plant, bare)
    assert first.provenance["scenario_sha256"] == second.provenance["scenario_sha256"]
    assert bare == shift


def test_another_rule_takes_the_place_of_none():
    """Only who names no rule is told that there is none."""
    plant = parse_plant(PLANT)
    shift = parse_scenario(SHIFT, plant)
    assert NO_RULE in shift.assumptions
    assert NO_RULE not in shift.with_changes({"dispatching": "edd"}).assumptions
    assert NO_RULE not in parse_scenario(SHIFT + "dispatching: fifo\n", plant).assumptions


def test_a_graph_keeps_them():
    """A plant goes into a graph and comes back with its words, each once."""
    plant = parse_plant(PLANT)
    assert plant.assumptions == PlantModel.from_topology(plant.topology).assumptions


def test_what_new_assumes_is_in_the_answers(tmp_path, monkeypatch):
    """From the list to the result: gathered by rows, without advice on the way in."""
    monkeypatch.chdir(tmp_path)
    routing = "part;op;machine;setup;run_min\nA;10;Saw;;3\nA;20;Mill;;3\nA;30;MiIl;1;2\n"
    (tmp_path / "r.csv").write_text(routing, "utf-8")
    (tmp_path / "o.csv").write_text("order;part;qty;prio\n1;A;3;2\n2;A;;1\n", "utf-8")
    call("new", "--from", "r.csv", "o.csv", "--to", "shop")
    told = st.simulate(*load_with_plant("shop/scenario.yaml")).assumptions
    for line in (
        "r.csv:2:10 setup: no setup time; 0 min taken (2 rows: 2, 3)",
        "o.csv:1:16 prio: a higher number goes first",
        "o.csv:3:5 qty: no quantity; 1 piece taken",
        "machines: no calendar, they work round the clock",
    ):
        assert line in told, told
    assert not [line for line in told if "--" in line or "no working times" in line]


TOOLED = """
plant: r
machines: [{id: v, preset: generic-vmc-40, magazine: [{tool: em, edges: 1}]}]
tools: [{id: em, life_min: 20}]
products: [{id: x, route: [{operation: o, machines: [v], duration_min: 8, tool: em}]}]
"""
DRY = """
scenario: rs
plant: r
orders: [{id: o, product: x, quantity: 9}]
events: [{at: +5 min, machine: v, do: coolant off, for: 20 min}]
"""


def test_times_that_no_file_says_are_assumed():
    """A refit, the stop after an overload, life without coolant, and the date of the start."""
    plant = parse_plant(TOOLED)
    times = {
        "v: a refit of worn edges takes 5 min",
        "v: after an overload it stands 5 min before it goes on",
    }
    assert times <= set(plant.assumptions)
    given = "edges: 1}], refit_min: 5, overload_reset_min: 5}"
    assert not times & set(parse_plant(TOOLED.replace("edges: 1}]}", given)).assumptions)
    date = "start: no date, Mon 2026-01-05 06:00"
    dry = "v: edges that cut without coolant last 50 % of their life"
    assert {date, dry} <= set(parse_scenario(DRY, plant).assumptions)
    said = parse_scenario(f"{DRY}start: 2026-01-05 06:00\n", plant).assumptions
    assert date not in said
    calm = parse_scenario(DRY.replace("coolant off", "stop"), plant)
    assert dry not in calm.assumptions
