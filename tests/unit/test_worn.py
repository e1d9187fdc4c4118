"""How far an edge may be worn at the start: one bound, that of its tool, at every door."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtwin as st
from simtwin.errors import FileProblems, InvalidInput
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.spread import Spread
from simtwin.plant.supposition import suppose

PLANT = """
plant: cell
machines:
  - {id: m, preset: generic-vmc-40, magazine: [{tool: t, edges: 2}], refit_min: 30}
tools:
  - {id: t, kind: any, life_min: 60, life_scatter: 0, wear_limit_mm: 0.3, break_rate_per_h: 0}
products:
  - id: x
    route: [{operation: o, machines: [m], duration_min: 20, load: heavy, tool: t}]
"""
SCENARIO = """
scenario: shift
plant: cell
orders: [{id: x, product: x, quantity: 1}]
horizon: 8 h
start_from: {machines: [{id: m, tools: [{tool: t, %s}]}]}
"""
EDGE, LAND = "start_from.edges.m/t/1", "start_from.lands.m/t/1"
CELL = parse_plant(PLANT)
SHIFT = parse_scenario(SCENARIO % "damage: 0.9", CELL)
WIDE = CELL.with_changes({"tools.t.life_scatter": 0.3})
WORN = parse_scenario(SCENARIO % "damage: 5", WIDE)
BOUND = f"{EDGE}: must be <= 3 (got 901): an edge is worn out after 1 nominal life"


def refused(text: str) -> str:
    """Return why a scenario that ends in *text* is refused."""
    with pytest.raises(FileProblems) as caught:
        parse_scenario(SCENARIO % "damage: 0.9" + text, CELL)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: suppose(CELL, SHIFT, [f"set {EDGE}=901"]),
        lambda: st.sweep(CELL, SHIFT, {EDGE: [0.5, 901.0]}, replications=2),
        lambda: st.simulate(CELL, SHIFT.with_changes({EDGE: 901.0})),
        lambda: st.replicate(CELL, SHIFT.with_changes({EDGE: 901.0}), 2),
        lambda: st.Orchestrator(CELL, SHIFT.with_changes({EDGE: 901.0})).environment(),
    ],
)
def test_no_door_takes_more_than_the_tool_can_do(ask):
    """Key, value and bound are told; a file says the same with its place."""
    with pytest.raises(InvalidInput) as caught:
        ask()
    assert BOUND in str(caught.value)


def test_what_a_file_sets_has_the_bound_of_the_tool():
    """It is told at the place where it is set."""
    assert BOUND in refused(f"changes: {{set: {{{EDGE}: 901}}}}\n")


def test_a_spread_stays_within_the_bound_of_the_tool():
    """In a file with its place, from Python once it is run; a narrow one is drawn."""
    said = "at its 99.9 % point it must be <= 3 (got 590.939): an edge"
    assert said in refused(f"spread: {{{EDGE}: {{percent: 900}}}}\n")
    with pytest.raises(InvalidInput, match=r"spread of start_from\.edges\.m/t/1: at its 99\.9"):
        st.simulate(CELL, replace(SHIFT, spread=(Spread.percent(EDGE, 900.0),)))
    st.simulate(CELL, replace(SHIFT, spread=(Spread.percent(EDGE, 10.0),)))


def test_a_land_has_the_bound_too():
    """It stands for the damage at which it is seen."""
    seen = parse_scenario(SCENARIO % "vb_mm: 0.1", CELL)
    with pytest.raises(InvalidInput, match=r"start_from\.lands\.m/t/1: must be <= 3 \(got 4\)"):
        st.simulate(CELL, seen.with_changes({LAND: 4.0}))


def test_the_bound_is_that_of_the_plant_as_changed():
    """Lives that scatter make edges that last longer; without scatter none does."""
    st.simulate(WIDE, WORN, until=0.0)
    with pytest.raises(InvalidInput, match=r"must be <= 3 \(got 5\)"):
        suppose(WIDE, WORN, ["set tools.t.life_scatter=0"])
    with pytest.raises(InvalidInput, match=r"must be <= 3 \(got 5\)"):
        st.sweep(WIDE, WORN, {"tools.t.life_scatter": [0.3, 0.0]}, replications=2)
    with pytest.raises(InvalidInput, match=r"must be <= 3 \(got 5\)"):
        st.simulate(CELL, WORN)


@pytest.mark.parametrize(
    "ask",
    [
        lambda snapshot, plant, plan: st.simulate(plant, plan, snapshot=snapshot),
        lambda snapshot, plant, plan: st.replicate(plant, plan, 2, snapshot=snapshot),
        lambda snapshot, plant, plan: st.look_ahead(
            WIDE, snapshot, WORN, horizon="1 h", replications=2, instead=(plant, snapshot, plan)
        ),
        lambda snapshot, plant, plan: st.sweep(
            WIDE, WORN, {"tools.t.life_scatter": [0.0]}, replications=2, snapshot=snapshot
        ),
        lambda snapshot, plant, plan: st.Orchestrator(
            plant, plan, snapshot=snapshot
        ).environment(),
        lambda snapshot, plant, plan: st.impact(
            plant, plan, "m", at="+2 h", duration="10 min", replications=1, snapshot=snapshot
        ),
    ],
)
@pytest.mark.parametrize("spread", [(), (Spread.percent(EDGE, 10.0),)])
def test_a_run_that_goes_on_does_not_judge_the_start_that_it_does_not_read(ask, spread):
    """From a snapshot the edges are as they are there, on another plant too."""
    snapshot = st.simulate(WIDE, WORN, until=3600.0).snapshot
    narrow = WIDE.with_changes({"tools.t.life_scatter": 0.0})
    ask(snapshot, narrow, replace(WORN, spread=spread))


def test_a_sweep_says_at_which_point_an_edge_is_worn_too_far():
    """It is told of all that the point sets: one value alone need not be wrong."""
    with pytest.raises(InvalidInput, match=rf"^grid {EDGE} = 5\.0, tools\.t\.life_scatter = 0"):
        st.sweep(CELL, SHIFT, {EDGE: [5.0], "tools.t.life_scatter": [0.3, 0.0]}, replications=2)


def test_what_is_supposed_of_an_edge_and_of_its_tool_is_judged_together():
    """Their order decides nothing; a refusal names both, and runs that go on ask nothing."""
    worn, wide = f"set {EDGE}=5", "set tools.t.life_scatter=0.3"
    first, second = (suppose(CELL, SHIFT, lines)[0] for lines in ([worn, wide], [wide, worn]))
    assert replace(first, name="") == replace(second, name="")
    with pytest.raises(InvalidInput, match=rf"^set {EDGE}=5 and crew 2: .* must be <= 3"):
        suppose(CELL.with_changes({"crew": 1}), SHIFT, [worn, "crew 2"])
    snapshot = st.simulate(WIDE, WORN, until=3600.0).snapshot
    st.what_if(WIDE, WORN, "set tools.t.life_scatter=0", replications=2, snapshot=snapshot)
