"""Laws: a look-ahead gives the probabilities that theory knows (ORACLES J)."""

from __future__ import annotations

from math import exp, expm1
from typing import Any

import pytest

from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.snapshot import Snapshot
from simtwin.shop.capture import to_json

HOUR = 3600.0

PLANT = """
plant: lamps
machines:
  - id: m
    failures: $MODES
products:
  - {id: p, route: [{operation: o, machines: [m], duration_min: 10}]}
sources:
  - {id: s, product: p, saturating: true}
"""


def shop(modes: str, *, horizon: float = 24.0, start: str = "") -> tuple[Any, Any, Snapshot]:
    """Return a plant of one machine with these failure modes, a scenario, and its beginning."""
    plant = parse_plant(PLANT.replace("$MODES", modes))
    text = f"scenario: s\nplant: lamps\nhorizon_h: {horizon}\n{start}"
    scenario = parse_scenario(text, plant)
    return plant, scenario, simulate(plant, scenario, until=0.0).snapshot


def mode(name: str, life: str, *, clock: str = "calendar") -> str:
    """Return a failure mode with a repair of an hour by nobody in particular."""
    return f"{{id: {name}, clock: {clock}, life: {life}, repair_h: 1, crew: false}}"


def agrees(expected: float, found: Any, *, within: float) -> None:
    """The value lies in the interval, or within 4 standard errors, which are small enough."""
    half = 0.5 * (found.high - found.low)
    assert abs(found.value - expected) <= 2.1 * half
    assert 2.1 * half <= within * expected


AGED = "start_from: {machines: [{id: m, failures: [{id: lamp, age_h: 600}]}]}\n"


def test_a_life_that_has_lasted_is_conditioned_on_it() -> None:
    """Weibull(2.5, 1000 h) alive at 600 h: P(fail within 24 h) is .02831888 (ORACLES J1)."""
    plant, scenario, snapshot = shop(
        f"[{mode('lamp', '{weibull: {shape: 2.5, scale_h: 1000}}')}]", start=AGED
    )
    expected = -expm1(0.6**2.5 - 0.624**2.5)
    assert round(expected, 8) == 0.02831888
    ahead = look_ahead(plant, snapshot, scenario, replications=200)
    agrees(expected, ahead.failure("m"), within=0.08)
    agrees(expected, ahead.failure("m", part="lamp"), within=0.08)


def test_competing_causes_share_what_happens() -> None:
    """Exponential .01 and .03 per h, 24 h: incidences add up to P(any) (ORACLES J3)."""
    plant, scenario, snapshot = shop(
        f"[{mode('a', '{exponential: {mean_h: 100}}')}, "
        f"{mode('b', '{exponential: {mean_s: 120000}}')}]"
    )
    total = -expm1(-0.96)
    expected = {"a": 0.25 * total, "b": 0.75 * total}
    assert round(expected["a"], 8) == 0.15427678
    assert round(expected["b"], 8) == 0.46283034
    assert round(total, 8) == 0.61710711
    ahead = look_ahead(plant, snapshot, scenario, replications=1000)
    agrees(total, ahead.failure("m"), within=0.08)
    for cause, value in expected.items():
        agrees(value, ahead.failure("m", cause=cause), within=0.2)
    parts = sum(ahead.failure(cause=cause).value for cause in expected)
    assert parts == pytest.approx(ahead.failure().value, rel=1e-12)
    naive = -expm1(-0.24)  # what a alone would do by 24 h
    assert round(naive, 8) == 0.21337214
    assert ahead.failure("m", cause="a").high < naive


@pytest.mark.parametrize("hours", [0.0, 12.0, 21.6, 23.9])
def test_a_certain_failure_has_probability_one_and_its_instant(hours: float) -> None:
    """A crossing anywhere in the window is P = 1 at its exact time (ORACLES J10).

    At its very beginning too: without a snapshot nothing of that instant has happened yet.
    """
    start = (
        f"start_from: {{machines: [{{id: m, failures: [{{id: f, age_h: {48 - hours}}}]}}]}}\n"
    )
    plant, scenario, _ = shop(f"[{mode('f', '{fixed: {value_h: 48}}')}]", start=start)
    ahead = look_ahead(plant, None, scenario, replications=10)
    found = ahead.failure("m")
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert ahead.first_times("m") == pytest.approx((hours * HOUR,) * 10, abs=1e-6)


def test_two_certain_failures_are_one_event_of_the_machine() -> None:
    """Two causes at one instant are not counted twice; each part has failed (ORACLES J10)."""
    modes = f"[{mode('f', '{fixed: {value_h: 7}}')}, {mode('g', '{fixed: {value_h: 7}}')}]"
    plant, scenario, snapshot = shop(modes)
    ahead = look_ahead(plant, snapshot, scenario, replications=10)
    assert ahead.failure("m").value == 1.0
    assert ahead.failure().value == 1.0
    assert sum(ahead.failure("m", cause=cause).value for cause in "fg") == 1.0
    assert [ahead.failure("m", part=part).value for part in "fg"] == [1.0, 1.0]


def test_a_certain_failure_stays_certain_beside_a_random_one() -> None:
    """P = 1 of machine and part, whatever else may strike before (ORACLES J10)."""
    modes = f"[{mode('f', '{fixed: {value_h: 7}}')}, {mode('g', '{exponential: {mean_h: 9}}')}]"
    plant, scenario, snapshot = shop(modes)
    for n in (3, 60):
        ahead = look_ahead(plant, snapshot, scenario, replications=n)
        for found in (ahead.failure(), ahead.failure("m"), ahead.failure("m", part="f")):
            assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
        assert ahead.failure("m", part="g").low < 0.95
        assert set(ahead.first_times("m", part="f")) == {7 * HOUR}
        causes = [ahead.failure("m", cause=cause).value for cause in "fg"]
        assert sum(causes) == pytest.approx(1.0)


def test_no_crossing_in_the_window_is_probability_zero() -> None:
    """A life that ends after the window cannot end in it: P = 0 (ORACLES J10)."""
    plant, scenario, snapshot = shop(f"[{mode('f', '{fixed: {value_h: 25}}')}]")
    ahead = look_ahead(plant, snapshot, scenario, replications=10)
    found = ahead.failure("m")
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


HOT = """
plant: hot
ambient_c: 20
machines:
  - id: m
    preset: generic-vmc-40
    spindle: {trips: [{node: motor, limit_c: 45, reset_c: 30}]}
products:
  - {id: p, route: [{operation: o, machines: [m], duration_h: 24, load: heavy}]}
sources:
  - {id: s, product: p, saturating: true}
"""


def test_a_certain_trip_is_told_from_a_frequent_one() -> None:
    """A spindle that must get too hot trips for certain, at one instant (ORACLES J10)."""
    plant = parse_plant(HOT)
    scenario = parse_scenario("scenario: s\nplant: hot\nhorizon_h: 24\n", plant)
    snapshot = simulate(plant, scenario, until=0.0).snapshot
    seen = simulate(plant, scenario)
    trips = [row.time for row in seen.log.events if row.kind == "trip"]
    ahead = look_ahead(plant, snapshot, scenario, replications=10)
    found = ahead.failure("m", kind="trip")
    assert (found.value, found.low) == (1.0, 1.0)
    assert set(ahead.first_times("m", kind="trip")) == {trips[0]}


LIVELY = (
    f"[{mode('a', '{weibull: {shape: 2, scale_h: 30}}', clock='processing')}, "
    f"{mode('b', '{exponential: {mean_h: 40}}')}, "
    f"{mode('c', '{negative_binomial: {steps: 2, p: 0.01}}', clock='cycles')}]"
)


def test_hazards_and_counts_agree_for_every_clock() -> None:
    """What was averaged from hazards lies in the interval of what was counted, repairs too."""
    plant, scenario, snapshot = shop(LIVELY)
    ahead = look_ahead(plant, snapshot, scenario, replications=1500)
    for risk in ahead.risks:
        index = ahead.risks.index(risk)
        found = ahead.failure("m", part=risk.part)
        counted = sum(risk in future.firsts for future in ahead.futures) / ahead.n
        error = (counted * (1 - counted) / ahead.n) ** 0.5
        assert abs(found.value - counted) <= 4.0 * error
        assert found.high - found.low < 4.0 * error
        strikes = [future.strikes[index] for future in ahead.futures]
        hazards = [future.total[index] for future in ahead.futures]
        mean = sum(strikes) / ahead.n
        spread = (sum((s - h) ** 2 for s, h in zip(strikes, hazards, strict=True))) ** 0.5
        assert abs(mean - sum(hazards) / ahead.n) <= 4.0 * spread / ahead.n


def test_asking_twice_gives_the_same_and_changes_nothing() -> None:
    """A look-ahead is a question: the same answer again, the state as before (ORACLES J17)."""
    plant, scenario, snapshot = shop(LIVELY)
    before = to_json(snapshot)
    first, again = (
        look_ahead(plant, snapshot, scenario, replications=20).frame("risks") for _ in range(2)
    )
    assert first.equals(again)
    assert to_json(snapshot) == before


def test_the_number_of_looks_moves_nothing() -> None:
    """Reading is not doing: with one look or fifty, the end is the same to the bit."""
    plant, scenario, snapshot = shop(LIVELY)
    few = look_ahead(plant, snapshot, scenario, replications=20, looks=1)
    many = look_ahead(plant, snapshot, scenario, replications=20, looks=48)
    assert few.frame("risks").equals(many.frame("risks"))


def test_maintenance_instead_is_told_as_a_paired_gain() -> None:
    """Weibull(3) at age 30 of 40 h: renewed at 1 h, P falls by what theory says."""
    modes = f"[{mode('f', '{weibull: {shape: 3, scale_h: 40}}')}]"
    start = "start_from: {machines: [{id: m, failures: [{id: f, age_h: 30}]}]}\n"
    plant, scenario, snapshot = shop(modes, start=start)
    text = f"scenario: t\nplant: lamps\nhorizon_h: 24\n{start}events:\n"
    serviced = parse_scenario(
        f"{text}  - {{at_h: 0.5, machine: m, do: maintenance, for_h: 0.5}}\n", plant
    )
    ahead = look_ahead(plant, snapshot, scenario, replications=400, instead=serviced)
    first = exp(0.75**3 - (31 / 40) ** 3)
    kept = -expm1(0.75**3 - (54 / 40) ** 3)
    renewed = 1.0 - first * exp(-((23 / 40) ** 3))
    agrees(kept, ahead.failure("m"), within=0.1)
    assert ahead.instead is not None
    agrees(renewed, ahead.instead.failure("m"), within=0.1)
    gain = ahead.gain("m")
    assert gain.low <= renewed - kept <= gain.high
    assert gain.high < 0.0
