"""An edge in a cut: nothing changes it by plan, and it may end together with its piece."""

from __future__ import annotations

import pytest

import simtwin as st
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """\
plant: cell
machines:
  - {{id: m, preset: generic-vmc-40, magazine: [{{tool: t, edges: {edges}}}], refit_min: 30}}
tools:
  - {{id: t, kind: any, life_min: {life}, life_scatter: 0, break_rate_per_h: 0}}
products:
  - id: x
    route: [{{operation: o, machines: [m], duration_min: {minutes}, load: heavy, tool: t}}]
"""
SCENARIO = """\
scenario: shift
plant: cell
orders: [{{id: x, product: x, quantity: {pieces}}}]
horizon: 8 h
events: [{events}]
"""
CHANGE, RUN_UP = 4.5, 0.415055
"""Seconds of the preset: a tool change, and from rest to the speed of a heavy load."""


def run(
    *, edges: int = 1, life: float = 60, minutes: float = 20, pieces: int = 3, events: str = "",
    **more: object,
) -> st.Result:  # fmt: skip
    """Return a run of the cell."""
    plant = parse_plant(PLANT.format(edges=edges, life=life, minutes=minutes), name="p.yaml")
    scenario = parse_scenario(SCENARIO.format(pieces=pieces, events=events), plant)
    return st.simulate(plant, scenario, **more)


def changes(result: st.Result) -> list[tuple[str, float]]:
    """Return what happened to edges, and when [s]."""
    assert result.log is not None
    return [
        (row.kind, row.time)
        for row in result.log.events
        if row.kind in ("tool change", "tool refit", "worn")
    ]


@pytest.mark.parametrize(
    ("life", "minutes", "parts"), [(60, 20, 3), (30, 10, 3), (20, 20, 1), (11.1, 3.7, 3)]
)
def test_a_piece_that_uses_up_its_edge_is_done(life, minutes, parts):
    """KERNEL 4: the wear limit comes first, but there is nothing left to cut after it."""
    result = run(life=life, minutes=minutes, pieces=parts)
    finish = CHANGE + parts * (RUN_UP + 60 * minutes)
    assert result.window.orders[0].finish == pytest.approx(finish, abs=1e-5)
    assert [kind for kind, _ in changes(result)] == ["tool change", "worn"]


def test_the_next_piece_waits_for_the_refit_not_the_last():
    """A cell of one edge: three pieces, half an hour of refit, three pieces."""
    whole = run(pieces=6)
    kinds = [kind for kind, _ in changes(whole)]
    assert kinds == ["tool change", "worn", "tool refit", "tool change", "worn"]
    finish = 2 * (CHANGE + 3 * (RUN_UP + 1200)) + 1800
    assert whole.window.orders[0].finish == pytest.approx(finish, abs=1e-4)
    by_holds = run(pieces=6, compiled=False)
    assert changes(by_holds) == changes(whole)


@pytest.mark.parametrize(
    "act", ["feed override, value: 100", "spindle override, value: 100", "coolant on",
            "coolant off, for_min: 1", "start"],
)  # fmt: skip
def test_an_act_in_a_cut_leaves_its_edge(act):
    """PHYSICS 7.4: planned, never mid-cut. An edge of 20 min is worn out in a cut of 30."""
    plain = {"life": 20, "minutes": 30, "edges": 2, "pieces": 1}
    quiet, acted = run(**plain), run(**plain, events=f"{{at: +5 min, machine: m, do: {act}}}")
    assert changes(acted) == changes(quiet)
    assert acted.window.orders[0].finish == quiet.window.orders[0].finish


@pytest.mark.parametrize("cut", ["0 s", "10 min", "19 min"])
def test_a_forecast_in_a_cut_leaves_its_edge(cut):
    """KERNEL 18: a forecast draws again what is open, and here nothing is."""
    plain = {"life": 20, "minutes": 30, "edges": 2, "pieces": 1}
    half = run(**plain, until=cut)
    ahead = st.simulate(half.plant, half.scenario, snapshot=half.snapshot, forecast=True)
    assert ahead.window.orders[0].finish == run(**plain).window.orders[0].finish


def test_a_repair_in_a_cut_leaves_its_edge():
    """Whatever comes between, the cut goes on with the edge that it began with."""
    result = run(
        life=20, minutes=30, edges=2, pieces=1,
        events="{at: +5 min, machine: m, do: stop, for_min: 10}",
    )  # fmt: skip
    ((_, worn),) = [row for row in changes(result) if row[0] == "worn"]
    assert worn == pytest.approx(CHANGE + 2 * RUN_UP + 1800, abs=1e-4)


def test_a_machine_under_repair_begins_nothing_before():
    """What is in it waits as it is: the refit of a worn edge comes after the repair."""
    state = (
        "{work: [{order: x, piece: 1, operation: o, machine: m, left_min: 2}], machines: "
        "[{id: m, tools: [{tool: t, damage: 1}]%s}]}"
    )
    finish = {}
    for down in ("", ", down_min: 25"):
        plant = parse_plant(PLANT.format(edges=1, life=60, minutes=20), name="p.yaml")
        text = SCENARIO.format(pieces=1, events="") + f"start_from: {state % down}\n"
        result = st.simulate(plant, parse_scenario(text, plant))
        assert [kind for kind, _ in changes(result)] == ["tool refit", "tool change"]
        assert result.window.machines["m"].counts["tool changes"] == 1
        finish[down] = result.window.orders[0].finish
    assert finish[", down_min: 25"] == finish[""] + 1500.0


WORN = "start_from: {machines: [{id: m, tools: [{tool: t, damage: 1}]}]}\n"
"""The only edge is used up; a refit of 30 min comes first."""


@pytest.mark.parametrize("cut", [0, 60, 90, 120, 900, 1924.5, 1925])
@pytest.mark.parametrize("act", ["stop", "breakdown", "maintenance"])
def test_a_refit_that_is_cut_short_begins_anew(act, cut):
    """No edge is new before the end of its refit; so does a run that goes on from anywhere."""
    plant = parse_plant(PLANT.format(edges=1, life=60, minutes=20), name="p.yaml")
    events = f"{{at: +1 min, machine: m, do: {act}, for_min: 1}}"
    scenario = parse_scenario(SCENARIO.format(pieces=1, events=events) + WORN, plant)
    whole = st.simulate(plant, scenario)
    new = 120 + CHANGE + 1800
    assert changes(whole) == [("tool refit", new), ("tool change", new)]
    assert whole.window.machines["m"].counts["edges used"] == 1
    finish = new + RUN_UP + 1200
    assert whole.window.orders[0].finish == pytest.approx(finish, abs=1e-5)
    half = st.simulate(plant, scenario, until=cut)
    rest = st.simulate(plant, scenario, snapshot=half.snapshot)
    assert rest.snapshot == whole.snapshot
    assert changes(half) + changes(rest) == changes(whole)


def test_the_end_of_a_shift_leaves_a_refit_to_be_done():
    """After five minutes comes a break of 25, and then the whole refit."""
    text = PLANT.format(edges=1, life=60, minutes=20).replace(
        "refit_min: 30", "refit_min: 30, calendar: early, at_shift_end: pause"
    )
    text += 'calendars: [{id: early, week: {mon-sun: ["06:00-06:05", "06:30-20:00"]}}]\n'
    plant = parse_plant(text, name="p.yaml")
    result = st.simulate(
        plant, parse_scenario(SCENARIO.format(pieces=1, events="") + WORN, plant)
    )
    new = 1800 + CHANGE + 1800
    assert changes(result) == [("tool refit", new), ("tool change", new)]


def test_a_refit_in_hand_is_handed_over():
    """Its edges are worn until it is done, and what was done of it is told as lost."""
    plant = parse_plant(PLANT.format(edges=2, life=60, minutes=20), name="p.yaml")
    worn = WORN.replace("damage: 1}", "edge: 1, damage: 1}, {tool: t, edge: 2, damage: 1}")
    scenario = parse_scenario(SCENARIO.format(pieces=1, events="") + worn, plant)
    handed = st.simulate(plant, scenario, until=120).snapshot.handover(scenario)
    assert handed.start.edges == {("m", "t", 1): 1.0, ("m", "t", 2): 1.0}
    assert handed.lost == ("m: the refit of t begins anew",)
    rest = st.simulate(plant, handed.scenario)
    assert changes(rest)[0] == ("tool refit", CHANGE + 1800)


@pytest.mark.parametrize(
    ("event", "count"),
    [
        ("", 1),
        ("{at: +0 min, machine: m, do: stop, for_min: 1}", 1),
        ("{at: +0 min, machine: m, do: breakdown, for_min: 1}", 1),
        ("{at: +0.03 min, machine: m, do: breakdown, for_min: 1}", 1),
        ("{at: +0.03 min, machine: m, do: maintenance, for_min: 1}", 1),
        ("{at: +0.03 min, machine: m, do: force tool change, value: t}", 2),
    ],
)
def test_the_table_of_downtime_counts_changes_as_the_key_figure(event, count):
    """One that something cuts short is one with what is begun anew; one set aside is one."""
    plant = parse_plant(PLANT.format(edges=2, life=60, minutes=20), name="p.yaml")
    text = SCENARIO.format(pieces=1, events=event) + (
        "start_from: {work: [{order: x, piece: 1, operation: o, machine: m, left_min: 4}]}\n"
    )
    result = st.simulate(plant, parse_scenario(text, plant))
    assert result.kpis["tool_changes"].value == count
    table = result.frame("downtime")
    assert table.loc[table.cause == "tool change", "stops"].to_list() == [count]


MILL = """\
plant: p
machines:
  - {id: m, preset: generic-vmc-40, refit_min: 10,
     magazine: [{tool: em, edges: 1}, {tool: dr, edges: 1}]}
tools: [{id: em, preset: end-mill-16-steel}, {id: dr, preset: drill-8.5-carbide}]
programs:
  - id: pocket
    material: P6
    steps:
      - handle_min: 1
      - mill: {tool: em, speed_m_min: 170, feed_mm: 0.08, depth_mm: 10, width_mm: 6,
               path_mm: 2600}
      - drill: {tool: dr, speed_m_min: 70, feed_mm: 0.15, depth_mm: 20, holes: 10}
products: [{id: A, route: [{operation: op, machines: [m], program: pocket}]}]
"""
CUT_SHORT = """\
scenario: s
plant: p
start: 2026-03-02 06:00
orders: [{id: A, product: A, quantity: 3, due: "06:20"}]
horizon: 1 h
events:
  - {at: +62 s, machine: m, do: breakdown, for_min: 5}
  - {at: +363 s, machine: m, do: stop, for_min: 5}
"""


def told_and_counted(run: st.Result) -> tuple[int, float]:
    """Return the tool changes of the log, and of the key figure, within the window."""
    begin = run.window.start
    rows = [row for row in run.log.events if row.kind == "tool change" and row.time > begin]
    return len(rows), run.kpis["tool_changes"].value


@pytest.mark.parametrize("compiled", [True, False])
def test_a_change_that_is_cut_short_counts_once(compiled):
    """Three pieces with two tools are six changes, whatever cuts them short (KERNEL 30)."""
    plant = parse_plant(MILL, name="p.yaml")
    scenario = parse_scenario(CUT_SHORT, plant)
    whole = st.simulate(plant, scenario, compiled=compiled)
    assert told_and_counted(whole) == (6, 6)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("at", [59, 60, 61, 62, 63, 64.5, 362, 363, 364, 663, 665, 667.5, 668])
def test_a_change_counts_where_it_ends(at, compiled):
    """A window, and a run up to here or on from here, count those that end in them."""
    plant = parse_plant(MILL, name="p.yaml")
    scenario = parse_scenario(CUT_SHORT, plant)
    whole = st.simulate(plant, scenario, compiled=compiled)
    half = st.simulate(plant, scenario, until=at, compiled=compiled)
    told, counted = told_and_counted(half)
    assert told == counted
    rest = st.simulate(plant, scenario, snapshot=half.snapshot, compiled=compiled)
    assert rest.snapshot == whole.snapshot
    assert rest.kpis["tool_changes"].value == 6
    late = st.simulate(plant, scenario.with_changes({"measure_from": at}), compiled=compiled)
    assert told_and_counted(late) == (6 - told, 6 - told)
