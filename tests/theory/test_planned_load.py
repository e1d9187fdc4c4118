"""Planned maintenance in the pre-check: loads and queues against formulae and against runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.orchestrator.verify import verify
from simtwin.parts.failure import FailureSpec
from simtwin.physics.life import Exponential, Fixed, Weibull
from simtwin.physics.lived import lived
from simtwin.physics.renewal import renewals
from simtwin.plant.calendar import CalendarSpec
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import CrewSpec, MachineSpec
from simtwin.plant.policy import PolicySpec
from simtwin.plant.precheck import precheck
from simtwin.plant.stoppage import Upkeep, planned_stops, stoppages, timed_stop

HOUR, MINUTE = 3600.0, 60.0
T9 = 2.262

PLANT = """
plant: p
machines:
  - id: m
    failures:
      - {{id: x, clock: {clock}, life: {{weibull: {{shape: 3, scale_h: {scale}}}}},
         repair_h: 8, maintenance_h: {upkeep}}}
products: [{{id: g, route: [{{operation: a, machines: [m], duration_min: 6}}]}}]
"""
FED = PLANT + "sources: [{{id: s, product: g, {source}}}]\n"
SCENARIO = """
scenario: s
plant: p
start: 2026-01-05 06:00
horizon_h: {hours}
maintenance: [{{policy: {policy}, failures: [x], every_h: {every}}}]
"""


def near(row, *, quantile: float) -> bool:
    """Tell whether a row of a verification agrees within 4 standard errors."""
    error = (row.found.high - row.found.low) / 2.0 / quantile
    return abs(row.found.value - row.expected) <= 4.0 * error + 1e-9 * abs(row.expected)


def test_age_replacement_leaves_what_barlow_and_hunter_say():
    """Weibull(3, 100 h), 8 h, 2 h at 50 h of work: 10 L/(L + 8 F + 2 R) pieces an hour."""
    life = Weibull(3.0, 100.0)
    length, failed = lived(life, 50.0), life.cdf(50.0)
    expected = 10.0 * length / (length + 8.0 * failed + 2.0 * (1.0 - failed))
    assert round(expected, 3) == 9.472
    plant = parse_plant(FED.format(
        clock="processing", scale=100, upkeep=2, source="saturating: true"))  # fmt: skip
    scenario = parse_scenario(SCENARIO.format(hours=4000, policy="age", every=50), plant)
    found = verify(plant, scenario, 10, workers=1)
    row = found.row("throughput")
    assert row.expected == pytest.approx(expected)
    assert near(row, quantile=T9)
    without = precheck(plant, replace(scenario, maintenance=()))
    assert without.expected[0].value < expected


@pytest.mark.parametrize("clock", ["processing", "calendar"])
def test_block_replacement_prevents_failures(clock):
    """Every 50 h for 2 h: n = M(48 - 8 n) failures a block, the rest is for work."""
    often = 0.0
    for _ in range(50):
        often = renewals(Weibull(3.0, 100.0), 48.0 - 8.0 * often)
    expected = 10.0 * (48.0 - 8.0 * often) / 50.0
    plant = parse_plant(FED.format(
        clock=clock, scale=100, upkeep=2, source="saturating: true"))  # fmt: skip
    scenario = parse_scenario(SCENARIO.format(hours=4000, policy="block", every=50), plant)
    row = verify(plant, scenario, 10, workers=1).row("throughput")
    assert row.expected == pytest.approx(expected, rel=4e-3)  # 79 stops in 4000 h.
    assert near(row, quantile=T9)


def test_planned_maintenance_that_takes_too_much_is_named():
    """6 h of every 24 h: load 3428.6 h for some 3000 h, told before a run, and so it comes."""
    plant = parse_plant(FED.format(
        clock="calendar", scale=1000, upkeep=6, source="every: {exponential: {mean_min: 7}}",
    ))  # fmt: skip
    scenario = parse_scenario(SCENARIO.format(hours=2000, policy="block", every=24), plant)
    found = verify(plant, scenario, 10, workers=1)
    (said,) = precheck(plant, scenario).warnings
    assert said.startswith("rho >= 1 at m: 1714.3 h of work for 150")
    row = found.row("growth")
    assert row.expected == pytest.approx((1 / 7 - 0.75 / 6) * 60.0, rel=0.02)
    assert abs(row.found.value / row.expected - 1.0) < 0.15


def test_maintenance_may_bring_a_load_below_one():
    """850 pieces of 6 min in 100 h: 123 % run to failure, 95 % renewed every 6 h, none late."""
    plant = parse_plant(PLANT.format(clock="processing", scale=20, upkeep=0.5))
    text = SCENARIO.format(hours=100, policy="age", every=6)
    text += "orders: [{id: o, product: g, quantity: 850, due_h: 100}]\n"
    scenario = parse_scenario(text, plant)
    before = precheck(plant, scenario)
    life = Weibull(3.0, 20.0)
    stops = (8.0 * life.cdf(6.0) + 0.5 * life.survival(6.0)) / lived(life, 6.0)
    assert before.capacity.stations[0].work == pytest.approx(85.0 * HOUR * (1.0 + stops))
    assert before.warnings == ()
    assert "upkeep" in before.text().splitlines()[0]
    assert before.as_dict()["stations"][0]["upkeep_h"] > 6.0
    found = verify(plant, scenario, 10, workers=1)
    assert all(row.ok for row in found.rows)


def test_too_much_work_is_held_against_runs():
    """The same without maintenance: work done and tardiness are bounded by what is said."""
    plant = parse_plant(PLANT.format(clock="processing", scale=20, upkeep=0.5))
    text = "scenario: s\nplant: p\nhorizon_h: {}\norders: [{{id: o, product: g, "
    text += "quantity: 850, due_h: 100}}]\n"
    cut = parse_scenario(text.format(100), plant)
    rho = 1.0 + 8.0 / Weibull(3.0, 20.0).mean
    row = verify(plant, cut, 10, workers=1).row("work done", "m")
    assert row.kind == "approximation"  # A new machine fails less than in the long run.
    assert row.expected == pytest.approx(100.0 * HOUR / rho)
    assert row.found.value == pytest.approx(row.expected, rel=0.1)
    late = verify(plant, parse_scenario(text.format(400), plant), 10, workers=1)
    row = late.row("greatest tardiness")
    assert row.kind == "approximation"
    assert row.found.value == pytest.approx(row.expected, rel=0.4)
    calm = replace(plant, machines=tuple(replace(m, failures=()) for m in plant.machines))
    text = text.replace("quantity: 850", "quantity: 1100")
    full = verify(calm, parse_scenario(text.format(100), calm), 2, workers=1)
    row = full.row("work done", "m")
    assert (row.kind, row.expected, row.verdict) == ("at most", 100.0 * HOUR, "holds")
    whole = verify(calm, parse_scenario(text.format(120), calm), 2, workers=1)
    row = whole.row("greatest tardiness")
    assert (row.kind, row.expected, row.verdict) == ("at least", 10.0 * HOUR, "holds")
    row = late.row("greatest tardiness")
    assert row.expected == pytest.approx((85.0 * rho - 100.0) * HOUR)
    unknown = verify(
        plant, parse_scenario(text.format(101).replace("1100", "850"), plant), 4, workers=1
    )
    assert unknown.row("greatest tardiness").verdict.startswith("not known: orders were open")


@pytest.mark.parametrize(
    ("policy", "every", "clock", "upkeep"),
    [("block", 24, "processing", 2), ("age", 50, "processing", 2), ("age", 50, "calendar", 2)],
)
def test_queues_with_planned_maintenance(policy, every, clock, upkeep):
    """An approximation: within a fifth of what runs find."""
    plant = parse_plant(FED.format(
        clock=clock, scale=100, upkeep=upkeep,
        source="every: {exponential: {mean_min: 8}}"))  # fmt: skip
    text = SCENARIO.format(hours=2500, policy=policy, every=every) + "measure_from_h: 200\n"
    found = verify(plant, parse_scenario(text, plant), 10, workers=1)
    row = found.row("present")
    assert row.kind == "approximation"
    assert row.found.value == pytest.approx(row.expected, rel=0.2)


def test_minimal_repair_between_renewals():
    """Barlow & Hunter: (T/eta)^beta failures until T, none of which makes it younger."""
    mode = FailureSpec(
        "x", "processing", Weibull(2.0, 100.0), Fixed(3.0), renewal=False, maintenance=4.0
    )
    machine = MachineSpec("m", "m", failures=(mode,))
    (stops,) = stoppages(machine, Upkeep((PolicySpec("a", age=50.0),)))
    assert stops.failures == pytest.approx(0.25 / 50.0)
    assert stops.planned == pytest.approx(1.0 / 50.0)
    counted = replace(mode, clock="cycles", life=Fixed(20.0), renewal=True)
    (stops,) = stoppages(
        replace(machine, failures=(counted,)), Upkeep((PolicySpec("a", age=7.5),))
    )
    assert (stops.failures, stops.planned) == (0.0, pytest.approx(1.0 / 8.0))


def test_tasks_at_fixed_times_wait_for_the_crew():
    """Every 10 h for 3 h from Monday 06:00, crew to 14:00: one ends on Tuesday at 07:00."""
    early = CalendarSpec("early", (((6 * HOUR, 14 * HOUR),),) * 7)
    mode = FailureSpec("x", "calendar", Exponential(9e9), Fixed(1.0), maintenance=3 * HOUR)
    machine = MachineSpec("m", "m", failures=(mode,))
    upkeep = Upkeep(
        (PolicySpec("b", every=30 * HOUR),),
        {"early": early},
        (CrewSpec("fit", 1, ("maintenance",), "early"),),
        "2026-01-05T06:00:00",
    )
    assert list(planned_stops(machine, upkeep, 31 * HOUR)) == [(30 * HOUR, 49 * HOUR)]
    opened = replace(upkeep, policies=(PolicySpec("c", calendar="early"),), crews=())
    assert list(planned_stops(machine, opened, 25 * HOUR)) == [(24 * HOUR, 27 * HOUR)]
    assert timed_stop(machine, opened) == (pytest.approx(24 * HOUR), pytest.approx(3 * HOUR))


def test_who_decides_in_the_run_is_named():
    """Nobody foretells the tasks of a policy of one's own: no forecast, and a word."""
    plant = parse_plant(FED.format(
        clock="calendar", scale=1000, upkeep=6, source="every: {exponential: {mean_min: 7}}",
    ))  # fmt: skip
    mine = PolicySpec("mine", every=HOUR, decide=lambda *_: [])
    scenario = replace(
        parse_scenario(SCENARIO.format(hours=10, policy="block", every=24), plant),
        maintenance=(mine,),
    )
    said = precheck(plant, scenario).text()
    assert "no forecast of queues: only a run knows what mine decides" in said
    assert "the tasks of mine are left out of the loads" in said


WINDOWS = """
plant: windows
calendars:
  - {id: op, week: {mon-fri: ["05:00-06:00"]}}
  - {id: once, week: {}, other: {2026-01-07: ["10:00-12:00"]}}
  - {id: twice, week: {}, other: {2026-01-07: ["10:00-12:00"], 2026-01-08: ["10:00-12:00"]}}
machines:
  - id: m
    failures:
      - {id: f, clock: processing, life: {weibull: {shape: 3, scale_h: 60}}, repair_h: 10,
         maintenance_h: 2}
products: [{id: x, route: [{operation: o, machines: [m], duration_min: 10}]}]
sources: [{id: z, product: x, saturating: true}]
"""


@pytest.mark.parametrize(
    ("calendar", "repairs"), [("op", 99.0), ("once", 256.0), ("twice", 254.0)]
)
def test_windows_of_a_calendar_are_counted_as_they_come(calendar: str, repairs: float):
    """Four gaps of a day and one of three in a week; or one or two windows in ten weeks.

    By hand ``4 F(22 h) + F(70 h)`` failures a week. Ten weeks run, the output agrees.
    """
    plant = parse_plant(WINDOWS)
    scenario = parse_scenario(
        "scenario: s\nplant: windows\nstart: 2026-01-05 07:00\nhorizon: 1680 h\n"
        f"maintenance: [{{policy: calendar, calendar: {calendar}}}]\n",
        plant,
    )
    (station,) = precheck(plant, scenario).capacity.stations
    assert station.repairs / HOUR == pytest.approx(repairs, rel=0.06)
    (row,) = verify(plant, scenario, 10).rows
    assert row.found is not None
    assert 0.99 * row.found.low < row.expected < 1.01 * row.found.high
