from __future__ import annotations

from simtwin.plant.files import parse_plant, parse_scenario
from tests.laws.branches import begin, finish

PLANT = """
plant: two
crew: {members: 1}
machines:
  - {id: a, failures: [{id: f, clock: processing, life_min: 10, repair_min: 5}]}
  - {id: b, failures: [{id: f, clock: processing, life_min: 30, repair_min: 5}]}
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_min: 1}
      - {operation: two, machines: [b], duration_min: 1}
sources:
  - {id: s, product: p, saturating: true}
"""
SCENARIO = """
scenario: s
plant: two
horizon: 60 min
events:
  - {at_min: 12, machine: a, do: breakdown, for_min: 2}
"""


def test_the_crew_goes_home_when_the_next_fault_does_not_need_it():
    """A fault without crew that is repaired after one with crew keeps nobody (KERNEL 24).

    Machine a fails at 10 min and is served until 15; the breakdown at 12 comes next in line,
    from 15 to 17, and needs no crew. So every later failure of a and b is served at once.
    """
    model = parse_plant(PLANT)
    shop = finish(begin(model, parse_scenario(SCENARIO, model)))
    log = shop.record.log
    assert log is not None
    waits = [row for row in log.states if row.mode == "waiting for crew"]
    assert waits == []
    downs = [
        (row.start, row.end, row.cause)
        for row in log.states
        if row.machine == "a" and row.mode == "down"
    ]
    assert downs[:2] == [(600.0, 900.0, "f"), (900.0, 1020.0, "breakdown")]
    assert all(shop.machines[name].state.phase == "repair" for name, _ in shop.crew.state.busy)
