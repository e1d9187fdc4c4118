"""Tests of the key figures: what a figure is where its divisor is nothing."""

from __future__ import annotations

import json
from math import isnan
from typing import TYPE_CHECKING

import simtwin
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import tables
from simtwin.report.plain import plain
from simtwin.result.kpi import machine_kpis
from simtwin.result.record import MachineTotals

if TYPE_CHECKING:
    from pathlib import Path

    from simtwin.result.result import Result

PLANT = """
plant: two
calendars:
  - {id: weekend, week: {sat: ["06:00-14:00"]}}
machines:
  - {id: m}
  - {id: n, calendar: weekend}
products:
  - {id: w, route: [{operation: a, machines: [m], duration_min: 30}]}
  - {id: v, route: [{operation: b, machines: [n], duration_min: 30}]}
"""

FRIDAY = """
scenario: friday
plant: two
start: 2026-01-09 06:00
horizon: 2 h
orders: [{id: a, product: PRODUCT, quantity: 2}]
"""


def run(product: str = "w") -> Result:
    """Return a Friday morning on which n is off shift and m makes two pieces of 30 min."""
    model = parse_plant(PLANT)
    return simulate(model, parse_scenario(FRIDAY.replace("PRODUCT", product), model))


def test_a_machine_without_planned_busy_time_has_no_oee() -> None:
    """ISO 22400-2: availability divides by planned busy time; 0 / 0 is not 0."""
    result = run()
    off = result.machines["n"]
    assert off.shares["off shift"] == 1.0
    assert all(map(isnan, (off.availability, off.performance, off.oee)))
    assert result.machines["m"].availability == 0.5


def test_the_plant_is_the_mean_of_machines_with_planned_busy_time() -> None:
    """The machine that works one of two hours is half available, whoever is at home."""
    kpis = run().kpis
    assert (kpis["availability"].value, kpis["oee"].value) == (0.5, 0.5)


def test_planned_busy_and_never_producing_is_an_oee_of_nothing() -> None:
    """Availability 0 times anything is 0: a machine without work counts in the mean."""
    result = run("v")
    idle = result.machines["m"]
    assert (idle.availability, idle.performance, idle.oee) == (0.0, 0.0, 0.0)
    assert result.kpis["oee"].value == 0.0


def test_totals_of_no_time_tell_no_availability() -> None:
    """A window of no length has no planned busy time."""
    assert isnan(machine_kpis("m", MachineTotals()).oee)


def test_what_is_not_there_is_told_as_not_there(tmp_path: Path) -> None:
    """A dash for readers, null for programs, an empty cell in sheets; also when read back."""
    result = run()
    row = next(row for row in tables.machines(result).rows if row[0] == "n")
    assert row[3:7] == ("–", "–", "100 %", "–")
    assert plain({"oee": result.machines["n"].oee}) == {"oee": None}
    folder = result.save(tmp_path / "saved")
    line = (folder / "machines.csv").read_text("utf-8").splitlines()[2]
    assert line.startswith("n,0,0,0,,,1,,"), line
    assert isnan(simtwin.open(folder).machines["n"].oee)


def test_an_ensemble_leaves_a_mean_of_no_machine_out(tmp_path: Path) -> None:
    """A day off has no availability; the figures of its replications leave it out."""
    model = parse_plant(PLANT.replace("{id: m}", "{id: m, calendar: weekend}"))
    scenario = parse_scenario(FRIDAY.replace("PRODUCT", "w"), model)
    many = replicate(model, scenario, n=2, workers=1)
    assert isnan(many.first.kpis["oee"].value)
    assert not {"oee", "availability"} & set(many.kpis)
    figures = json.loads((many.save(tmp_path / "many") / "kpis.json").read_text("utf-8"))
    assert "oee" not in figures["kpis"]


SCRAP = """
plant: two
machines:
  - {id: m}
  - {id: n}
products:
  - {id: w, route: [{operation: a, machines: [m], duration_min: 60}]}
  - {id: v, route: [{operation: b, machines: [n], duration_min: 30, scrap: 1}]}
"""


def test_lead_time_is_of_all_that_left() -> None:
    """In 60 min one piece is finished after 60 and two are scrapped after 30: 40 on average."""
    model = parse_plant(SCRAP)
    both = "[{id: a, product: w}, {id: b, product: v}]"
    hour = f"scenario: hour\nplant: two\nstart: 2026-01-09 06:00\nhorizon: 1 h\norders: {both}"
    found = simulate(model, parse_scenario(hour, model)).kpis["lead_time"]
    assert found.value == 40 * 60.0
    assert found.text == "mean of all that left, release to last operation or scrap"
