"""Plain durations with a load: what is read of them, and what is assumed (PHYSICS 5.7)."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """
plant: plain
machines: [{id: mill, preset: generic-vmc-40}, {id: saw, power: {processing_kw: 2}}]
products:
  - id: a
    route:
      - {operation: o1, machines: [mill], duration_min: 60, %s}
      - {operation: o2, machines: [saw], duration_min: 60}
"""
SCENARIO = """
scenario: one
plant: plain
start: 2026-01-05 06:00
horizon: 3 h
orders: [{id: x, product: a}]
"""


def test_torque_and_current_follow_from_the_power_of_a_plain_duration():
    """7.7 kW at 3200 rpm are 22.98 Nm, and 19.1 A at 1.2 Nm/A; no spindle, no torque."""
    model = parse_plant(PLANT % "load: heavy")
    run = simulate(model, parse_scenario(SCENARIO, model))
    at = run.at("06:30")
    assert at["mill"]["torque_nm"] == pytest.approx(22.98, abs=0.005)
    assert at["mill"]["motor_current_a"] == pytest.approx(22.98 / 1.2, abs=0.01)
    assert run.at("07:30")["mill"]["torque_nm"] == 0.0, "it stands"
    assert run.at("07:30")["saw"].get("torque_nm") is None


@pytest.mark.parametrize(
    ("load", "told"),
    [
        ("spindle_load_pct: 50", "a load of 50 %, 50 % of the continuous rating"),
        ("power_kw: 3.85", "a load of 3.85 kW, 35 % of the continuous rating"),
    ],
)
def test_check_prints_what_is_assumed_of_a_load(load: str, told: str):
    """Load-meter % and kW are assumptions as the words are: they hold all the while."""
    model = parse_plant(PLANT % load)
    text = " ".join(understand(model, parse_scenario(SCENARIO, model)).text().split())
    assert f"{told}, holds all the while at 50 % of the top speed" in text


WORN = """
plant: worn
machines:
  - id: mill
    preset: generic-vmc-40
    magazine: [{tool: end, edges: 2}, {tool: other}]
    refit_min: 5
    tool_change_s: 10
tools:
  - {id: end, kind: any, life_min: 10, life_scatter: 0, break_rate_per_h: %s, break_growth: 0}
  - {id: other, preset: end-mill-16-steel}
programs:
  - {id: stretch, steps: [timed: {duration_min: 4, load: medium, tool: end}]}
products:
  - {id: a, route: [{operation: o, machines: [mill], program: stretch}]}
  - {id: b, route: [{operation: o, machines: [mill], duration_min: 4, tool: end}]}
  - {id: c, route: [{operation: o, machines: [mill], duration_min: 4, tool: other}]}
"""
WORK = (
    "{scenario: s, plant: worn, horizon: %s, orders: [{id: o, product: %s, quantity: 3000}]%s}"
)


@pytest.mark.parametrize("product", ["a", "b"])
def test_a_constant_life_of_the_tool_wears_it_in_a_plain_duration(product: str):
    """Edges of 10 min cover two pieces of 4 min: two of them are refitted before every fifth.

    Four pieces take 16 min and 5 min 20 s of changes and refit, less at the first: in 2 h the
    24th piece is begun, after 5 refits and 12 changes with the first mounting.
    """
    model = parse_plant(WORN % 0)
    run = simulate(model, parse_scenario(WORK % ("2 h", product, ""), model))
    assert run.kpis["good_pieces"].value == 23
    assert run.kpis["edges_used"].value == 10
    assert run.kpis["tool_changes"].value == 12
    assert run.kpis["tool_breakages"].value == 0


def test_a_tool_that_a_plain_duration_wears_can_break():
    """Of 6 breakages per hour in cut there are 6 T in T hours of work, within 4 sqrt(6 T)."""
    model = parse_plant(WORN % 6)
    run = simulate(model, parse_scenario(WORK % ("100 h", "b", ""), model), history=False)
    expected = 6.0 * 100.0 * run.machines["mill"].shares["producing"]
    assert expected > 300.0
    assert abs(run.kpis["tool_breakages"].value - expected) < 4.0 * expected**0.5


def test_the_wear_of_a_plain_duration_follows_a_change_of_the_life():
    """A life of 20 min covers five pieces of 4 min, whoever changes it: ten without refit."""
    model = parse_plant(WORN % 0)
    change = ", changes: {set: {tools.end.life.reference_min: 20}}"
    scenario = parse_scenario(WORK % ("40 min", "b", change), model)
    run = simulate(model, scenario)
    assert run.kpis["tool_changes"].value == 2
    assert run.kpis["edges_used"].value == 0
    assert "end in b/o: some 5 parts per edge" in understand(model, scenario).text()


def test_a_used_edge_of_a_plain_duration_is_told_in_minutes():
    """Of 10 min of life 4 are gone: one more piece of 4 min, not two."""
    model = parse_plant(WORN % 0)
    used = ", start_from: {machines: [{id: mill, tools: [{tool: end, used_min: 4}]}]}"
    scenario = parse_scenario(WORK % ("6 min", "b", used), model)
    assert scenario.start_from.edges == {("mill", "end", 1): pytest.approx(0.4)}
    assert simulate(model, scenario).kpis["tool_changes"].value == 2


def test_check_says_what_a_plain_duration_does_to_its_tool():
    """A constant life is an assumption; under Taylor's law nothing wears, so nothing breaks."""
    text = " ".join(understand(parse_plant(WORN % 6)).text().split())
    assert (
        "stretch, b/o: the whole duration counts as in cut: it wears end, an edge of which "
        "lasts 10 min" in text
    )
    assert "end in b/o: some 2 parts per edge" in text
    assert "other in c/o: neither wears nor breaks; nothing gives its edges a life" in text
    given = parse_plant((WORN % 6).replace("tool: end}]}\n  - {id: c", "tool: end, "
                        "parts_per_tool: 8}]}\n  - {id: c"))  # fmt: skip
    text = " ".join(understand(given).text().split())
    assert "end in b/o: some 8 parts per edge" in text
    assert " stretch: the whole duration counts as in cut" in text
