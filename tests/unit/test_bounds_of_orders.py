"""Tests of the bounds of orders: no interval tells of more than there are, or are due."""

from __future__ import annotations

from dataclasses import replace

import simtwin as st
from simtwin.orchestrator.sweep import sweep
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.estimate import Estimate
from simtwin.result.gate import Gate
from simtwin.result.judgement import judged
from simtwin.result.metric import bounds

PLANT = """
plant: shop
machines: [{id: mill}]
products:
  - id: p
    route: [{operation: o, machines: [mill], duration: {exponential: {mean_min: 10}}}]
"""
SCENARIO = """
scenario: s
plant: shop
start: 2026-01-05 06:00
until: "08:00"
orders:
  - {id: a, product: p, quantity: 8, due: "06:30"}
  - {id: b, product: p, quantity: 1}
"""


def test_no_more_orders_are_finished_or_late_than_there_are():
    """With 40 runs of which few differ, t reaches beyond; the interval ends at the most."""
    plant = parse_plant(PLANT)
    scenario = parse_scenario(SCENARIO, plant)
    found = st.replicate(plant, scenario, 40, seed=2, workers=1)
    grid = {"scenario.dispatching": ["fifo"]}
    table = sweep(plant, scenario, grid, replications=40, seed=2, workers=1).set_index("kpi")
    plans = [scenario, replace(scenario, name="t")]
    study = st.compare(plant, plans, replications=40, seed=2, workers=1)
    for name, most in (("finished_orders", 2.0), ("late_orders", 1.0)):
        assert 0.0 < found.kpis[name].value.value < most
        assert found.kpis[name].value.high == most
        assert table.loc[name, "high"] == most
        assert study.kpis[name].means["s"].high == most
        (told,) = judged([Gate.parse(f"{name} > 5")], found)
        assert isinstance(told.found, Estimate)
        assert told.found.high == most
        assert bounds(name, "orders", found.outcomes[0].orders) == (0.0, most)
