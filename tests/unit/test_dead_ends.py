"""What cannot go right is said by check under "Look again", and only where it is so."""

from __future__ import annotations

import pytest

from simtwin.errors import Deadlock
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import (
    examples,
    load_plant,
    load_with_plant,
    parse_plant,
    parse_scenario,
)

PLANT = """
plant: ends
machines: [{id: m, preset: generic-vmc-40, magazine: [{tool: em, edges: 2}], refit_min: 3}]
tools:
  - {id: em, preset: end-mill-16-steel, life_min: %s, life_scatter: 0, change: %s,
     break_rate_per_h: 0}
programs:
  - id: pr
    material: P6
    steps: [mill: {tool: em, speed_m_min: 120, feed_mm: 0.07, depth_mm: 8, width_mm: 4,
                   path_mm: 3000}]
products: [{id: p, route: [{operation: a, machines: [m], program: pr}]}]
"""
SCENARIO = "{scenario: s, plant: ends, orders: [{id: o, product: p, quantity: 3}]%s}"
HOT = """
plant: hot
ambient_c: %s
coolant_c: %s
machines: [{id: m, preset: generic-vmc-40,
            spindle: {trips: [{node: front, limit_c: 45, reset_c: 30}]}}]
products: [{id: p, route: [{operation: a, machines: [m], duration_min: 60, load: heavy}]}]
"""


def test_a_cut_longer_than_a_life_can_be_planned_by_nobody():
    """4.49 min of cut on edges of 2 min are .45 parts per edge; it is changed in the cut."""
    found = understand(parse_plant(PLANT % (2, "planned")))
    assert found.warnings == (
        "p/a: one cut of em takes 4.49 min and an edge lasts 2 min of it: its change cannot be "
        "planned, and comes in the cut",
    )
    assert "em in p/a: some 0.45 parts per edge" in found.text()
    assert not understand(parse_plant(PLANT % (4.5, "planned"))).warnings
    assert not understand(parse_plant(PLANT % (2, "at limit"))).warnings


def test_a_piece_is_more_than_an_edge_of_a_plain_duration():
    """Half a part per edge: the rest of the duration is cut by the next one."""
    text = (PLANT % (20, "planned")).replace(
        "program: pr}", "duration_min: 5, tool: em, parts_per_tool: 0.5}"
    )
    (warning,) = understand(parse_plant(text)).warnings
    assert warning.startswith("p/a: one cut of em takes 5 min and an edge lasts 2.5 min of it")


@pytest.mark.parametrize(
    ("ambient", "coolant", "level"),
    [(35, 35, "35"), (30, 30, "30"), (38, 29, "31.24"), (22, 22, None), (29.9, 29.9, None)],
)
def test_a_reset_below_the_hall_is_never_reached(
    ambient: float, coolant: float, level: str | None
):
    """At rest a node comes to lie between hall and coolant, and a run is stuck there or not."""
    model = parse_plant(HOT % (ambient, coolant))
    warnings = understand(model).warnings
    scenario = parse_scenario(SCENARIO.replace("ends", "hot") % "", model)
    if level is None:
        assert not warnings
        assert simulate(model, scenario, history=False).kpis["good_pieces"].value == 3
        return
    with pytest.raises(Deadlock):
        simulate(model, scenario, history=False)
    (warning,) = warnings
    assert warning.startswith("m never goes on after a trip of its front: it resets below 30")
    assert warning.endswith(f"the front cools to {level} degC")


def test_a_hall_that_a_scenario_heats_is_looked_at():
    """What is told is told of the plant as the scenario changes it."""
    model = parse_plant(HOT % (22, 22))
    heated = parse_scenario(
        SCENARIO.replace("ends", "hot") % ", changes: {set: {ambient_c: 40, coolant_c: 40}}",
        model,
    )
    assert any(
        "never goes on after a trip" in line for line in understand(model, heated).warnings
    )


@pytest.mark.parametrize("given", ["vb_mm: 0.5", "vb_mm: 0.3", "damage: 1", "damage: 2"])
def test_an_edge_that_is_worn_out_at_the_start_is_exchanged_first(given: str):
    """No second is cut with it: as one that is spent in a run it waits for the exchange."""
    model = parse_plant(PLANT % (6, "planned"))
    tools = f"[{{tool: em, edge: 1, {given}}}, {{tool: em, edge: 2, {given}}}]"
    start = f", start_from: {{machines: [{{id: m, tools: {tools}}}]}}"
    scenario = parse_scenario(SCENARIO % start, model)
    told = [line for line in understand(model, scenario).warnings if "worn out" in line]
    assert [line.split(":")[0] for line in told] == [
        f"edge {k} of em in m is worn out at the start and cuts no more" for k in (1, 2)
    ]
    run = simulate(model, scenario)
    assert run.log is not None
    kinds = [event.kind for event in run.log.events]
    assert kinds[:2] == ["tool refit", "tool change"]
    assert "worn" not in kinds


def test_an_edge_that_can_still_cut_is_not_called_worn_out():
    """Below the limit, or beyond a mean life that scatters: it goes on."""
    text = (PLANT % (6, "planned")).replace("life_scatter: 0,", "life_scatter: 0.3,")
    model = parse_plant(text)
    tools = "[{tool: em, edge: 1, vb_mm: 0.29}, {tool: em, edge: 2, damage: 1.2}]"
    start = f", start_from: {{machines: [{{id: m, tools: {tools}}}]}}"
    assert not understand(model, parse_scenario(SCENARIO % start, model)).warnings


def test_no_example_runs_into_a_dead_end():
    """Shipped plants and scenarios bring none of these lines."""
    words = ("cannot be planned", "never goes on", "worn out")
    for kind, name, _ in examples():
        model, scenario = (
            load_with_plant(name) if kind == "scenarios" else (load_plant(name), None)
        )
        warnings = understand(model, scenario).warnings
        assert not [line for line in warnings if any(word in line for word in words)], name


@pytest.mark.parametrize("horizon", [None, "10 h"])
@pytest.mark.parametrize(
    ("coolant", "events", "at"),
    [("31", "", None), ("20", "{at: +20 min, machine: m, do: coolant off}", 1200.0)],
)
def test_a_machine_that_never_cools_is_named_at_once(
    horizon: str | None, coolant: str, events: str, at: float | None
) -> None:
    """KERNEL 29: as soon as nothing to come can go on, whatever the end of the run is."""
    plant = parse_plant(HOT % ("31", coolant), name="hot.yaml")
    text = "{scenario: s, plant: hot, orders: [{id: o, product: p, quantity: 2}]"
    text += f", events: [{events}]" + (f", horizon: {horizon}}}" if horizon else "}")
    with pytest.raises(Deadlock, match="m is in thermal hold") as told:
        simulate(plant, parse_scenario(text, plant))
    if at is not None:
        assert f"deadlock at {at:g} s" in str(told.value)
