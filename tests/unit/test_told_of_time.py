"""Tests of what a report tells of time: shares of what is measured, peaks of all of it."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.report.hours import reading
from simtwin.report.reading import state_shares
from simtwin.report.traces import heat
from simtwin.result.result import Result

LINE = """
plant: line
machines: [{id: mill}, {id: drill, buffer: 3}]
products:
  - id: a
    route:
      - {operation: o1, machines: [mill], duration_min: 10}
      - {operation: o2, machines: [drill], duration_min: 5}
"""


def line(scenario: str, text: str = LINE) -> Result:
    """Return a run of the line."""
    plant = parse_plant(text)
    head = "scenario: s\nplant: line\n"
    return simulate(plant, parse_scenario(head + scenario, plant))


def test_shares_are_of_the_time_that_is_measured():
    """The warm-up of two idle hours is not in them, as it is not in the table of machines."""
    told = line(
        "start: 2026-01-05 06:00\nhorizon: 4 h\nmeasure_from: 08:00\n"
        "orders: [{id: o, product: a, quantity: 30, release: 08:00}]\n"
    )
    shares, machines = state_shares(told), told.frame("machines").set_index("machine")
    assert shares.loc["mill", "producing"] == 1.0
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1.0)
    for machine in shares.index:
        for state in shares.columns:
            assert shares.loc[machine, state] == machines.loc[machine, f"share {state}"]


@pytest.mark.parametrize(("minutes", "free"), [("5.8", False), ("5", True)])
def test_a_short_hour_counts_for_less_in_the_mean_of_busy(minutes: str, free: bool):
    """6 minutes before seven and 2 after nine weigh less than the hours of work between."""
    told = line(
        "start: 2026-01-05 06:54\nhorizon: 128 min\n"
        "orders: [{id: o, product: a, quantity: 30}]\n",
        LINE.replace("duration_min: 5}", f"duration_min: {minutes}}}"),
    )
    hours = told.frame("hours")
    drill = hours[hours["machine"] == "drill"]
    assert drill["busy_share"].mean() < 0.45
    share = told.frame("machines").set_index("machine").loc["drill", "share producing"]
    assert bool(share < 0.5) is free
    assert ("Less than half busy: drill" in reading(told)) is free


def test_the_peak_of_a_long_run_is_of_every_load_change():
    """40,000 states of five days: no peak falls between two samples."""
    plant, scenario = load_with_plant("maintenance/by_age")
    told = simulate(plant, scenario, seed=1)
    assert len(told.frame("states")) > 30_000
    table = told.frame("temperatures")
    peaks = table.groupby(["machine", "node"])["temperature_c"].max()
    for one in heat(told):
        assert one.peak >= peaks[one.machine, one.node]
