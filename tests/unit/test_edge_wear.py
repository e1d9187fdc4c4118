"""Tests of the edge wear: what the table of wear tells is what the edges have used."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import simtwin
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.report import reading
from simtwin.report.traces import edges
from simtwin.result import edge_wear
from simtwin.result.record import EventRow
from simtwin.result.result import Result

CELL = """
plant: cell
machines:
  - {id: m, preset: generic-vmc-40, refit_min: 6, magazine: [{tool: t, edges: 2}, {tool: d}]}
tools:
  - {id: t, preset: end-mill-16-steel, life_scatter: 0.3}
  - {id: d, preset: drill-8.5-carbide}
programs:
  - id: p
    material: P6
    steps:
      - mill: {tool: t, speed_m_min: 170, feed_mm: 0.08, depth_mm: 12, width_mm: 5,
               path_mm: 9000}
      - drill: {tool: d, speed_m_min: 70, feed_mm: 0.15, depth_mm: 20, holes: 10}
products: [{id: a, route: [{operation: o, machines: [m], program: p}]}]
sources: [{id: s, product: a, every_min: 12}]
"""


@lru_cache(maxsize=8)
def run(name: str, seed: int) -> Result:
    """Return a run of the bundled shift, or of a cell that uses up its edges."""
    if name == "cell":
        plant = parse_plant(CELL)
        scenario = parse_scenario("scenario: s\nplant: cell\nhorizon: 20 h\n", plant)
    else:
        plant, scenario = load_with_plant(name)
    return simulate(plant, scenario, seed=seed)


RUNS = pytest.mark.parametrize(("name", "seed"), [("day_shift", 3), ("cell", 1), ("cell", 2)])


@RUNS
def test_the_last_row_of_an_edge_is_its_state_at_the_end(name: str, seed: int):
    """In the spindle, in the magazine, used up or renewed and waiting: to the bit."""
    told = run(name, seed)
    last = told.frame("wear").groupby("edge").last()
    found = 0
    for machine, state in told.snapshot.states.items():
        worn = {edge: stored.wear[1] for edge, stored in getattr(state, "magazine", {}).items()}
        if worn and state.setting.edge is not None and state.setting.edge not in worn:
            worn[state.setting.edge] = state.wear[1]
        for edge, used in worn.items():
            assert last.loc[edge, "machine"] == machine
            assert last.loc[edge, "time_s"] == told.end
            assert last.loc[edge, "damage"] == used
            found += 1
    assert found == len(last)


@RUNS
def test_between_rows_wear_is_straight(name: str, seed: int):
    """So an edge in the magazine does not seem to wear: samples lie on the lines of a plot."""
    told = run(name, seed)
    rows = dict(list(told.frame("wear").groupby("edge")))
    sampled = told.frame("wear", every="7 min")
    assert len(sampled) > 200
    for edge, part in sampled.groupby("edge"):
        knots = rows[edge]
        line = np.interp(part["time_s"], knots["time_s"], knots["damage"])
        assert part["damage"].to_numpy() == pytest.approx(line, abs=1e-9)


def test_a_refit_is_told_when_it_is_done():
    """A new edge begins at 0 there, those in the magazine too; each counts as replaced."""
    told = run("cell", 1)
    wear, events = told.frame("wear"), told.frame("events")
    refits = events[(events["kind"] == "tool refit") & (events["part"] == "t")]["time_s"]
    assert len(refits) >= 2
    for edge in ("m/t#1", "m/t#2"):
        part = wear[wear["edge"] == edge]
        resets = part["time_s"].to_numpy()[1:][np.diff(part["damage"]) < 0.0]
        assert list(resets) == list(refits)
    worn = edges(told)
    assert sum(edge.exchanged for edge in worn) == told.kpis["edges_used"].value
    assert f"{sum(edge.exchanged for edge in worn)} edges were replaced" in reading.wear(worn)


def test_who_is_used_up_is_told_so():
    """Who reaches the limit leaves the spindle then, and stands at its whole life."""
    told = run("day_shift", 3)
    spent = {
        edge
        for state in told.snapshot.states.values()
        for edge, stored in getattr(state, "magazine", {}).items()
        if stored.edge.spent and stored.wear[1] == pytest.approx(1.0)
    }
    assert len(spent) >= 5
    top = {f"{edge.machine}/{edge.tool}#{edge.edge}" for edge in edges(told)[: len(spent)]}
    assert top == spent


@pytest.mark.parametrize("cut", [1.0, 3600.0, 7777.0, 12345.5, 20000.0, 27000.0])
@RUNS
def test_a_run_that_goes_on_tells_every_edge_as_the_run_not_cut(
    name: str, seed: int, cut: float
):
    """What is in the magazine at a snapshot is known, within a program, too."""
    whole = run(name, seed)
    plant, scenario = whole.plant, whole.scenario
    half = simulate(plant, scenario, seed=seed, until=cut)
    rest = simulate(plant, scenario, snapshot=half.snapshot)
    sampled = whole.frame("wear", every="7 min")
    expected = sampled[sampled["time_s"] >= cut].reset_index(drop=True)
    assert rest.frame("wear", every="7 min").equals(expected)
    first = rest.frame("wear").groupby("edge").first()
    assert set(first["time_s"]) == {cut}
    assert set(first.index) == set(whole.frame("wear")["edge"])


def test_a_saved_run_tells_the_same(tmp_path: Path):
    """Edges that have never been in the spindle, too."""
    told = run("cell", 1)
    told.save(tmp_path / "run")
    again = simtwin.open(tmp_path / "run")
    for every in (None, "7 min"):
        assert again.frame("wear", every=every).equals(told.frame("wear", every=every))


def test_a_run_that_kept_no_magazine_tells_an_edge_from_its_refit_on():
    """As one that an older version saved: what has come into the spindle wears on."""
    told = run("cell", 2)
    history = told.log.history["m"]
    kept, history.stowed = history.stowed, {}
    try:
        refit = EventRow(0.5, "m", "t", "tool refit", "")
        rows = list(edge_wear.worn(history, [refit], (0.0, told.end), None))
    finally:
        history.stowed = kept
    for edge in ("m/t#1", "m/t#2"):
        own = [(at, used) for at, name, used, _ in rows if name == edge]
        assert own[0] == (0.5, 0.0)
        assert len(own) > 10
        assert own[-1][0] == told.end


def test_a_forecast_replaces_no_edge():
    """It draws the lives of edges again at its beginning: what is told begins after that."""
    whole = run("day_shift", 3)
    half = simulate(whole.plant, whole.scenario, seed=3, until="10:13")
    told = simulate(whole.plant, whole.scenario, snapshot=half.snapshot, forecast=True, seed=9)
    assert told.kpis["edges_used"].value == 0.0
    worn = edges(told)
    assert len(worn) > 20
    assert sum(edge.exchanged for edge in worn) == 0
    last = told.frame("wear").groupby("edge")["damage"].last()
    for state in told.snapshot.states.values():
        for edge, stored in getattr(state, "magazine", {}).items():
            assert last[edge] == stored.wear[1]
