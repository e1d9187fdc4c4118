"""The time for work of a machine that people stop, as the run has it."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.occupation import available

PLANT = """
plant: p
machines: [{id: m}]
products:
  - {id: X, route: [{operation: one, machines: [m], duration_min: 5}]}
"""

DAY = """
scenario: s
plant: p
start: 2026-03-02 06:00
until: "08:00"
orders: [{id: o, product: X, quantity: 100}]
"""


def event(at: str, do: str, minutes: int | None = None) -> str:
    """Return an event of the machine as a file has it."""
    lasting = "" if minutes is None else f", for: {minutes} min"
    return f'{{at: "{at}", machine: m, do: {do}{lasting}}}'


@pytest.mark.parametrize(
    ("begin", "events", "stands"),
    [
        ("", [("07:00", "breakdown", 9), ("07:05", "breakdown", 9)], 18),
        ("", [("07:00", "breakdown", 9), ("07:09", "breakdown", 9)], 18),
        ("", [("07:00", "stop", 9), ("07:05", "stop", 9)], 14),
        ("", [("07:00", "stop", 9), ("07:05", "breakdown", 9)], 14),
        ("", [("07:00", "breakdown", 9), ("07:05", "stop", 9)], 14),
        ("", [("07:00", "maintenance", 9), ("07:05", "maintenance", 9)], 9),
        ("", [("07:00", "maintenance", 9), ("07:09", "maintenance", 9)], 18),
        ("", [("07:00", "breakdown", 9), ("07:05", "maintenance", 9)], 9),
        ("", [("07:00", "breakdown", 9), ("07:09", "maintenance", 9)], 18),
        ("", [("07:00", "maintenance", 60), ("07:05", "breakdown", 9)], 14),
        ("", [("07:00", "maintenance", 9), ("07:05", "stop", 9)], 14),
        ("", [("07:00", "stop", 9), ("07:05", "maintenance", 9)], 14),
        ("", [("07:00", "stop", 60), ("07:20", "start", None)], 20),
        ("", [("07:55", "breakdown", 9), ("07:57", "breakdown", 9)], 5),
        ("down_min: 30", [("06:10", "breakdown", 10)], 40),
        ("down_min: 30", [("06:10", "maintenance", 30)], 30),
        ("stopped: true", [], 120),
        ("stopped: true", [("07:20", "start", None)], 80),
        ("stopped: true", [("06:20", "stop", 9)], 120),
        ("stopped: true", [("06:20", "stop", 90), ("06:30", "start", None)], 30),
        ("stopped: true, down_min: 30", [("06:10", "start", None)], 30),
    ],
)
def test_the_time_for_work_is_what_the_run_leaves(begin, events, stands):
    """Breakdowns come in turn, stops together; no machine is maintained while it is down."""
    day = DAY
    if begin:
        day += f"start_from: {{machines: [{{id: m, {begin}}}]}}\n"
    if events:
        day += f"events: [{', '.join(event(*one) for one in events)}]\n"
    model = parse_plant(PLANT)
    scenario = parse_scenario(day, model)
    shares = simulate(model, scenario).machines["m"].shares
    stood = sum(shares.get(mode, 0.0) for mode in ("down", "maintenance")) * 120.0
    assert stood == pytest.approx(stands)
    told = available(model.machines[0], scenario, 7200.0) / 60.0
    assert told == pytest.approx(120.0 - stands)
