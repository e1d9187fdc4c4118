"""Stops that wait for the shift of the crew: by hand, and against runs."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from simtwin.orchestrator.verify import verify
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant.calendar import CalendarSpec
from simtwin.plant.crew_shift import Stop, attended
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck

HOUR = 3600.0
T9 = 2.262

PLANT = """
plant: c
calendars: [{id: day, week: {mon-fri: ["06:00-14:00"]}}]
crews: [{id: fix, members: 1, skills: [repair], calendar: day}]
machines:
  - id: m
    failures: [{id: f, clock: processing, life: {exponential: {mean_h: 10}}, repair_h: 2}]
products: [{id: a, route: [{operation: x, machines: [m], duration_min: 5}]}]
sources: [{id: s, product: a, SOURCE}]
"""
SCENARIO = (
    "scenario: s\nplant: c\nstart: 2026-01-05 06:00\nhorizon_h: 3360\nmeasure_from_h: 168\n"
)


def days(begin: float, end: float) -> CalendarSpec:
    """Return a calendar of one shift every day [h]."""
    return CalendarSpec(f"{begin}-{end}", (((begin * HOUR, end * HOUR),),) * 7)


def test_a_repair_at_any_hour():
    """A crew of 06:00-18:00: mean wait of 3 h; a crew each half of the day: none at all."""
    rare = Exponential(1e12)
    stop = Stop(None, None, rare, inf, Fixed(1.0), (days(6, 18),), 0.0, ())
    assert attended(stop)[0].mean / HOUR == pytest.approx(3.0, abs=0.01)
    assert attended(stop)[0].second / HOUR**2 == pytest.approx(0.5 * 144 / 3, rel=0.01)
    both = replace(stop, crews=(days(6, 18), days(18, 30)), repair=Fixed(2 * HOUR))
    assert attended(both)[0].mean / HOUR == pytest.approx(2.0)


def test_a_machine_of_the_same_shift_loses_the_repair_alone():
    """Whoever is away when the machine is off costs nothing: 2 h of its hours, not more."""
    early = days(6, 14)
    stop = Stop(early, early, Exponential(1e12), inf, Fixed(2 * HOUR), (early,), 0.0, ())
    assert attended(stop)[0].mean / HOUR == pytest.approx(2.0)


def test_a_renewal_at_an_age_waits_too():
    """Renewed every 25 h of work, one hour each from 06:00 to 14:00: five hours on average."""
    stop = Stop(None, None, None, 25 * HOUR, Fixed(1.0), (), HOUR, (days(6, 14),))
    assert HOUR <= attended(stop)[1].mean <= 17 * HOUR


def test_what_a_machine_brings_whose_crew_goes_home():
    """Never short of work: what comes out is what the chain of stops leaves, by 4 s.e."""
    plant = parse_plant(PLANT.replace("SOURCE", "saturating: true"))
    row = verify(plant, parse_scenario(SCENARIO, plant), 10, workers=1).row("throughput")
    error = (row.found.high - row.found.low) / 2.0 / T9
    assert abs(row.found.value - row.expected) <= 4.0 * error
    assert 4.0 * error < 0.08 * row.expected


def test_a_load_above_one_by_night_is_found():
    """62.5 % of work, but a failure in ten hours that waits for the morning: rho >= 1."""
    plant = parse_plant(PLANT.replace("SOURCE", "every: {exponential: {mean_min: 8}}"))
    found = precheck(plant, parse_scenario(SCENARIO, plant))
    assert found.warnings[0].startswith("rho >= 1 at m")
    assert "stops wait for the shift of fix" in found.text()
    calm = parse_plant(PLANT.replace("SOURCE", "every: {exponential: {mean_min: 40}}"))
    before = precheck(calm, parse_scenario(SCENARIO, calm))
    assert {row.kind for row in before.expected if row.what == "present"} == {"approximation"}
    always = parse_plant(
        PLANT.replace("SOURCE", "every: {exponential: {mean_min: 8}}").replace(
            ", calendar: day}", "}"
        )
    )
    exact = precheck(always, parse_scenario(SCENARIO.replace("c\n", "c\n", 1), always))
    assert {row.kind for row in exact.expected if row.what == "present"} == {"exact"}
