"""Tests of routing: to which of several stations a piece goes."""

from __future__ import annotations

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """
plant: fork
machines: [{id: z, buffer: 9}, {id: a, buffer: 9}, {id: end}]
products:
  - {id: long, route: [{operation: o, machines: [z], duration_min: 60}]}
  - {id: short, route: [{operation: o, machines: [a], duration_min: 5}]}
  - {id: free, route: [{operation: o, machines: [z, a], duration_min: 10},
     {operation: p, machines: [end], duration_min: 1}]}
"""

SCENARIO = """
scenario: s
plant: fork
orders:
  - {id: l, product: long}
  - {id: s, product: short, quantity: 3}
  - {id: f, product: free, release_min: 1}
"""


def went(routing: str) -> str:
    """Return the machine that did the first operation of the piece that may go to both."""
    plant = parse_plant(PLANT)
    run = simulate(plant, parse_scenario(SCENARIO + routing, plant))
    rows = [r for r in run.log.pieces if r.job == "f" and r.kind == "started"]
    return rows[0].place


def test_work_queue_or_order_decide():
    """59 min of work stand before z, 14 before a; one piece at z, three at a; z comes first."""
    assert went("") == "a"
    assert went("routing: work ahead\n") == "a"
    assert went("routing: shortest queue\n") == "z"
    assert went("routing: in order\n") == "z"


def test_unknown_ways_to_choose_are_refused():
    """With the ones that there are."""
    with pytest.raises(InvalidInput, match="routing: must be 'work ahead', 'shortest queue'"):
        went("routing: nearest\n")
