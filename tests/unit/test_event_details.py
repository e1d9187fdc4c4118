"""Tests of the details of events: a number stands with its unit."""

from __future__ import annotations

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import tables

PLANT = """
plant: shop
machines: [{id: mill}]
products: [{id: p, route: [{operation: o, machines: [mill], duration_min: 4}]}]
"""
SCENARIO = """
scenario: s
plant: shop
start: 2026-01-05 06:00
until: "12:00"
orders: [{id: a, product: p, quantity: 50}]
events:
  - {at: "06:30", machine: mill, do: feed override, value: 70, for: 1 h}
  - {at: "08:00", machine: mill, do: breakdown, for: 25 min}
  - {at: "09:00", machine: mill, do: stop, for: 10 min}
"""


def test_the_number_of_an_act_has_its_unit():
    """In the table of the result and in the report; an act without a number has no detail."""
    plant = parse_plant(PLANT)
    run = simulate(plant, parse_scenario(SCENARIO, plant))
    told = [(row.kind, row.detail) for row in run.frame("events").itertuples()]
    assert ("feed override", "70 %") in told
    assert ("feed override", "100 %") in told
    assert ("breakdown", "25 min") in told
    assert ("stop", "") in told
    assert [(row[3], row[4]) for row in tables.events(run).rows] == told
