"""This module holds the laws of machines without physics: plain ones, and such with a tool."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import Intervention
from simtwin.shop.build import build
from simtwin.shop.plain import PlainMachine
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams

SAW = """
plant: saws
machines:
  - {{id: saw, tool_change_s: 10, refit_min: 1{magazine}}}
tools:
  - {{id: blade, kind: any, life_scatter: 0}}
products:
  - {{id: bar, route: [{{operation: cut, machines: [saw], duration_s: 100{tool}}}]}}
sources: [{{id: bars, product: bar, saturating: true}}]
"""
TOOLED = SAW.format(
    magazine=", magazine: [{tool: blade, edges: 2}]", tool=", tool: blade, parts_per_tool: 5"
)
BARE = SAW.format(magazine="", tool="")
HOURS = "scenario: hours\nplant: saws\nhorizon: 2 h\n"


@pytest.mark.parametrize("compiled", [True, False])
def test_a_tool_wears_without_spindle_failures_or_power(compiled: bool):
    """Five parts with each edge, two edges, then one minute by hand (UX 2: a first hour)."""
    plant = parse_plant(TOOLED)
    run = simulate(plant, parse_scenario(HOURS, plant), compiled=compiled)
    assert run.log is not None
    changes = [row.time for row in run.log.events if row.kind == "tool change"]
    done = [row.time for row in run.log.pieces if row.kind == "finished"]
    each = [sum(a < at <= b for at in done) for a, b in pairwise(changes)]
    assert set(each) == {5}
    waits = [b - a - 500.0 for a, b in pairwise(changes)]
    assert waits == [10.0, 70.0] * (len(waits) // 2) + [10.0] * (len(waits) % 2)


def test_a_machine_in_which_only_time_passes_obeys_its_operator():
    """A stop, an override and a breakdown act on it as on any machine (KERNEL 9)."""
    plant = parse_plant(BARE)
    scenario = parse_scenario(HOURS, plant)
    living = build(plan_of(plant), scenario, Streams(1))
    assert isinstance(living.machines["saw"], PlainMachine)
    acts = (
        Intervention(150.0, "saw", "feed override", 50.0),
        Intervention(1000.0, "saw", "feed override", 100.0),
        Intervention(2000.0, "saw", "stop"),
        Intervention(3000.0, "saw", "start"),
        Intervention(5000.0, "saw", "breakdown", 700.0),
    )
    run = simulate(plant, replace(scenario, interventions=acts))
    # 72 parts in two hours, less 8.5 minutes of work at half feed and the two stops.
    lost = 0.5 * 850.0 + 1000.0 + 700.0
    figures = run.window.machines["saw"]
    assert figures.work == 7200.0 - lost
    assert figures.counts["good"] == (7200.0 - lost) // 100.0


POWERED = """
plant: powered
machines:
  - {id: m, power: {standby_kw: 0.1, ready_kw: 0.4, processing_kw: 1.2}, tool_change_s: 60,
     refit_min: 5, magazine: [{tool: t, edges: 2}]}
tools: [{id: t, preset: end-mill-16-steel, change: at limit}]
products:
  - {id: q, route: [{operation: o, machines: [m], duration_min: 4, tool: t,
                     parts_per_tool: 1.5}]}
sources: [{id: qs, product: q, saturating: true}]
"""


@pytest.mark.parametrize("compiled", [True, False])
def test_a_machine_with_power_and_tools_alone_can_be_read_anywhere(compiled: bool):
    """Energy by state is the integral of the power read; no edge wears while it is changed."""
    plant = parse_plant(POWERED)
    scenario = parse_scenario("scenario: h\nplant: powered\nhorizon: 2 h\n", plant)
    run = simulate(plant, scenario, compiled=compiled)
    assert run.log is not None
    history = run.log.history["m"]
    instants = [*history.instants, run.end]
    drawn = 0.0
    for begin, end in pairwise(instants):
        if end > begin:
            reading = history.at(0.5 * (begin + end))
            drawn += reading.power * (end - begin)
            assert reading.damage <= 1.0
    assert drawn == pytest.approx(sum(run.window.machines["m"].energy), rel=1e-9)
    changes = [row for row in run.log.states if row.mode == "tool change"]
    assert len(changes) > 10
    for row in changes:
        reading = history.at(0.5 * (row.start + row.end))
        assert (reading.edge, reading.power) == ("", 400.0)


def test_both_ways_write_the_same_load_changes_without_parts():
    """Compiled or hold by hold, a machine without parts notes every load change (KERNEL 30)."""
    plant = parse_plant(POWERED)
    scenario = parse_scenario("scenario: h\nplant: powered\nhorizon: 2 h\n", plant)
    instants = []
    for compiled in (True, False):
        run = simulate(plant, scenario, compiled=compiled)
        assert run.log is not None
        instants.append(run.log.history["m"].instants)
    assert instants[0] == instants[1]
