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
