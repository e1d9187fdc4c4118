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
