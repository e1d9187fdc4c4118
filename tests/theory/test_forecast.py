"""Forecasts of `check` against the books and against runs: rework, setups, ways, priorities."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.verify import verify
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck

MINUTE = 60.0
T9 = 2.262

REWORK = """
plant: p
machines: [{id: m}, {id: n}]
products:
  - id: a
    route:
      - {operation: x, machines: [m], duration: {exponential: {mean_min: 4}}}
      - {operation: y, machines: [n], duration: {exponential: {mean_min: 5}}, rework: REWORK}
sources: [{id: s, product: a, every: {exponential: {mean_min: 10}}}]
"""


def near(row) -> bool:
    """Tell whether a row of ten runs agrees within 4 standard errors."""
    error = (row.found.high - row.found.low) / 2.0 / T9
    return abs(row.found.value - row.expected) <= 4.0 * error + 1e-9 * abs(row.expected)


def window(hours: float, text: str = ""):
    """Return the text of a scenario that leaves the filling out."""
    return (
        f"scenario: s\nplant: p\nhorizon_h: {hours}\nmeasure_from_h: {hours / 10}\n"
        f"replications: 10\n{text}"
    )


def test_rework_to_the_first_operation_is_no_arrival():
    """Jackson: 8 visits an hour to both, L = .5333/.4667 + .6667/.3333, 6 leave an hour."""
    plant = parse_plant(REWORK.replace("REWORK", "{share: 0.25, to: x}"))
    found = verify(plant, parse_scenario(window(2000), plant), workers=1)
    present = 8 / 7 + 2.0
    expected = {"throughput": 6.0, "present": present, "lead time": present / 6.0 * 3600.0}
    for what, value in expected.items():
        assert found.row(what).expected == pytest.approx(value, rel=1e-6)
        assert near(found.row(what))
    ((_, lead),) = precheck(plant).forecast.network.leads
    assert lead == pytest.approx(present / 6.0 * 3600.0, rel=1e-6)


SETUPS = """
plant: p
machines: [{id: m}]
products:
  - {id: a, route: [{operation: x, machines: [m], duration_min: 5, setup_min: 10}]}
  - {id: b, route: [{operation: x, machines: [m], duration_min: 5, setup_min: 10}]}
sources:
  - {id: sa, product: a, every: {exponential: {mean_min: EVERY}}}
  - {id: sb, product: b, every: {exponential: {mean_min: EVERY}}}
"""


def test_setups_of_sources_follow_from_chance():
    """Half of all follow the other kind, 10 min for each: a load of 8/6 is named."""
    full = parse_plant(SETUPS.replace("EVERY", "15"))
    (said,) = precheck(full).warnings
    assert said.startswith("rho >= 1 at m: 80.0 min of work for 60.0 min in every hour")
    plant = parse_plant(SETUPS.replace("EVERY", "26"))
    scenario = parse_scenario(window(4000), plant)
    found = verify(plant, scenario, workers=1)
    (load,) = precheck(plant, scenario).capacity.stations
    assert load.rho == pytest.approx(10.0 / 13.0)
    row = found.row("present", "m")
    assert row.kind == "approximation"
    assert row.found.value == pytest.approx(row.expected, rel=0.08)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", "dispatching: least_setup"),
        ("every: {exponential: {mean_min: 26}}}", "every: {fixed: {value_min: 26}}}", ""),
        ("product: a,", "product: a, priority: 2,", ""),
    ],
)
def test_setups_that_the_sequence_decides_make_loads_the_least(old, new, rule):
    """Another rule, regular arrivals or priorities: at least 38 %, and no forecast."""
    plant = parse_plant(SETUPS.replace("EVERY", "26").replace(old, new))
    said = precheck(plant, parse_scenario(window(100, rule), plant)).text()
    assert "at least 38 %" in said
    assert "no forecast of queues: who follows whom decides the setups at m" in said
