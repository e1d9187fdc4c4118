"""Tests of the edge wear: what the table of wear tells is what the edges have used."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import simtwin
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.tool import how_ended
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.report import plots, reading, tables
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


BRITTLE = CELL.replace("life_scatter: 0.3", "life_scatter: 0.3, break_rate_per_h: 0.4")


@lru_cache(maxsize=8)
def run(name: str, seed: int) -> Result:
    """Return a run of the bundled shift, or of a cell that uses up its edges or breaks them."""
    if name in ("cell", "brittle"):
        plant = parse_plant(CELL if name == "cell" else BRITTLE)
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


def acted(acts: str, until: float | None = None) -> Result:
    """Return a run of the cell in which an operator has edges changed."""
    plant = parse_plant(CELL)
    text = f"scenario: s\nplant: cell\nhorizon: 2 h\nevents: [{acts}]\n"
    return simulate(plant, parse_scenario(text, plant), seed=1, until=until)


FORCED = (
    "{at_min: 30, machine: m, do: force tool change, value: t}, "
    "{at_min: 42, machine: m, do: force tool change, value: d}"
)


@pytest.mark.parametrize(
    ("name", "seed"), [("day_shift", 3), ("cell", 1), ("brittle", 1), ("brittle", 3)]
)
def test_an_edge_is_told_as_it_waits_for_the_refit(name: str, seed: int):
    """Worn or broken from that event on, in use from the refit on; at the end as it is."""
    told = run(name, seed)
    wear = told.frame("wear")
    events = told.frame("events")
    for kind, state in (("worn", "worn"), ("breakage", "broken")):
        ends = events[events["kind"] == kind]
        assert len(ends) > 1 or (kind == "breakage") is (name != "brittle")
        for end in ends.itertuples():
            own = wear[wear["edge"] == end.part]
            before, since = own[own["time_s"] < end.time_s], own[own["time_s"] >= end.time_s]
            assert before["state"].iloc[-1] == "in use"
            assert (since["time_s"].iloc[0], since["state"].iloc[0]) == (end.time_s, state)
            until = since[since["damage"] < since["damage"].iloc[0]]["time_s"].min()
            waits = since[(since["time_s"] < until) | np.isnan(until)]
            assert set(waits["state"]) == {state}
    for _, own in wear.groupby("edge"):
        fresh = own["damage"].diff() < 0.0
        assert set(own["state"][fresh]) <= {"in use"}
    last = wear.groupby("edge")["state"].last()
    for state in told.snapshot.states.values():
        for edge, stored in getattr(state, "magazine", {}).items():
            assert last[edge] == (how_ended(stored.edge, stored.wear) or "in use")


@pytest.mark.parametrize("cut", [1639.7, 3600.0, 5200.0, 7000.0, 8500.0, 18000.0, 56300.0])
def test_a_run_that_goes_on_knows_who_is_broken(cut: float, tmp_path: Path):
    """Also of what broke before its snapshot, and once it is saved."""
    whole = run("brittle", 1)
    half = simulate(whole.plant, whole.scenario, seed=1, until=cut)
    rest = simulate(whole.plant, whole.scenario, snapshot=half.snapshot)
    sampled = whole.frame("wear", every="7 min")
    expected = sampled[sampled["time_s"] >= cut].reset_index(drop=True)
    assert rest.frame("wear", every="7 min").equals(expected)
    rest.save(tmp_path / "run")
    assert simtwin.open(tmp_path / "run").frame("wear").equals(rest.frame("wear"))


def test_the_report_marks_who_is_broken_and_when():
    """In the table beside its wear, in the legend, and with a cross where it broke."""
    whole = run("brittle", 1)
    told = simulate(whole.plant, whole.scenario, seed=1, until=56300.0)
    table = tables.wear(told)
    assert table.rows[0][:4] == ("m", "t", "1", "14 %")
    assert (table.columns[-1], table.rows[0][-1]) == ("state", "broken, 21:37")
    assert {row[-1] for row in table.rows[1:]} == {"in use"}
    assert 0 in table.marked
    figure = plots.wear(told)
    assert figure.data[0].name == "m t edge 1 (broken, 21:37)"
    (cross,) = (one for one in figure.data if one.name == "broken")
    assert len(cross.x) == sum(told.frame("events")["kind"] == "breakage")
    assert "broke at 21:37" in cross.hovertext[len(edges(told)[0].breaks) - 1]
    assert "; 1 is broken; " in figure.layout.meta["reading"]
    on = simulate(whole.plant, whole.scenario, snapshot=told.snapshot, until=56400.0)
    assert tables.wear(on).rows[0][-1] == "broken, before"
    calm = plots.wear(run("cell", 1))
    assert "broken" not in [one.name for one in calm.data]


def test_who_is_set_aside_is_told_so():
    """In the spindle or in the magazine, from the act on."""
    told = acted(FORCED)
    events = told.frame("events")
    aside = events[events["kind"] == "set aside"]
    assert aside["time_s"].tolist() == [1800.0, 2520.0]
    wear = told.frame("wear")
    for one in aside.itertuples():
        own = wear[wear["edge"] == one.part]
        assert own[own["state"] == "set aside"]["time_s"].iloc[0] == one.time_s
        assert own[own["time_s"] < one.time_s]["state"].iloc[-1] == "in use"
    mounted = [told.log.history["m"].at(at - 1.0).edge for at in aside["time_s"]]
    assert [edge == part for edge, part in zip(mounted, aside["part"], strict=True)] == [
        True,
        False,
    ]
    half = acted(FORCED, until=2400.0)
    rest = simulate(told.plant, told.scenario, snapshot=half.snapshot)
    sampled = told.frame("wear", every="7 min")
    expected = sampled[sampled["time_s"] >= 2400.0].reset_index(drop=True)
    assert rest.frame("wear", every="7 min").equals(expected)


def test_an_older_run_without_that_event_marks_nobody():
    """Of an edge that never came into the spindle nothing is told."""
    history = run("cell", 2).log.history["m"]
    kept, history.stowed = history.stowed, {}
    try:
        aside = EventRow(0.5, "m", "m/t#9", "set aside", "")
        rows = list(edge_wear.told(history, [aside], (0.0, 60.0), None))
    finally:
        history.stowed = kept
    assert {state for *_, state in rows} == {"in use"}
