"""Tests of the look-ahead: what is known stays known, what is hidden is drawn again."""

from __future__ import annotations

from itertools import pairwise
from math import exp
from typing import Any

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.orchestrator import Orchestrator
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Weibull
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.look_ahead import orders as order_table
from simtwin.result.compensated import compensated
from simtwin.result.estimate import mean
from simtwin.shop.capture import capture, from_json, to_json

HOUR = 3600.0

PLANT = """
plant: one
machines:
  - id: m
    failures: $MODES
products:
  - {id: p, route: [{operation: o, machines: [m], $DURATION}]}
"""
STREAM = "sources: [{id: s, product: p, saturating: true}]\n"


def plant_of(
    modes: str = "[]", *, duration: str = "duration_min: 10", more: str = STREAM
) -> Any:
    """Return a plant of one machine."""
    return parse_plant(PLANT.replace("$MODES", modes).replace("$DURATION", duration) + more)


def mode(life: str, *, clock: str = "calendar", repair_h: float = 1.0, more: str = "") -> str:
    """Return the one failure mode of a machine."""
    return f"[{{id: f, clock: {clock}, life: {life}, repair_h: {repair_h}, crew: false{more}}}]"


def asked(plant: Any, text: str = "horizon_h: 24\n") -> Any:
    """Return a scenario of the plant."""
    return parse_scenario(f"scenario: s\nplant: one\n{text}", plant)


ORDER = "horizon_h: 30\norders: [{id: a, product: p, quantity: 1, due_h: 6}]\n"


@pytest.mark.parametrize("stop", ["", "events: [{at_h: 2, machine: m, do: stop, for: 1 h}]\n"])
def test_a_step_that_waits_for_a_repair_is_drawn_again(stop: str) -> None:
    """Exponential work of mean 4 h, 2 h done and 2 h left before it is due: exp(-1/2) is late.

    Whether a repair or an operator holds it, what is left of it is hidden (KERNEL 18).
    """
    modes = "[]" if stop else mode("{fixed: {value_h: 2}}")
    plant = plant_of(modes, duration="duration: {exponential: {mean_h: 4}}", more="")
    scenario = asked(plant, ORDER.replace("due_h: 6", "due_h: 5") + stop)
    seeds = (
        simulate(plant, scenario, until=2.5 * HOUR, seed=seed, history=False).snapshot
        for seed in range(50)
    )
    states = ((one, one.states["m"]) for one in seeds)
    phases = ("repair", "stopped")
    snapshot = next(one for one, m in states if m.phase in phases and m.work is not None)
    ahead = look_ahead(plant, snapshot, scenario, replications=1500, losses=False)
    expected, found = exp(-2.0 / 4.0), ahead.late("a").value
    assert abs(found - expected) <= 4.0 * (expected * (1.0 - expected) / 1500) ** 0.5


KNOWN = (
    "start_from: {work: [{order: a, piece: 1, operation: o, machine: m, left_min: $LEFT}]}\n"
)


@pytest.mark.parametrize(("left", "late"), [(5, 0.0), (100, 1.0)])
def test_work_that_somebody_knows_is_not_drawn_again(left: int, late: float) -> None:
    """Five minutes left of an hour, or a hundred: so it is, with and without a snapshot."""
    plant = plant_of(duration="duration: {normal: {mean_min: 60, sd_min: 12}}", more="")
    text = ORDER.replace("due_h: 6", "due_min: 90") + KNOWN.replace("$LEFT", str(left))
    scenario = asked(plant, text)
    snapshot = simulate(plant, scenario, until=0.0).snapshot
    for state in (None, snapshot, from_json(to_json(snapshot))):
        ahead = look_ahead(plant, state, scenario, replications=20, losses=False)
        assert ahead.late("a").value == late
        finishes = [future.orders[0].finish for future in ahead.futures]
        assert finishes == pytest.approx([60.0 * left] * 20)


def test_an_order_that_is_settled_before_the_state_has_no_chance_left() -> None:
    """Ten minutes each, one after another: a is in time, b was due, c is yet to be seen."""
    plant = plant_of(more="")
    orders = ", ".join(
        f"{{id: {name}, product: p, quantity: 1, due_min: {due}}}"
        for name, due in (("a", 15), ("b", 16), ("c", 40))
    )
    scenario = asked(plant, f"horizon_h: 1\norders: [{orders}]\n")
    cut = simulate(plant, scenario, until=960.0).snapshot
    ahead = look_ahead(plant, cut, scenario, replications=20, losses=False)
    assert [ahead.settled(order) for order in "abc"] == [True, True, False]
    known = [(one.low, one.value, one.high) for one in map(ahead.late, "ab")]
    assert known == [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)]
    assert str(ahead.late("c")) == "0 %"  # Nothing is random here.
    assert (ahead.late("c").low, ahead.late("c").high) == (0.0, 0.0)
    table = order_table(ahead)
    assert [(row[0], row[-1]) for row in table.rows] == [("b", "late already")]
    assert "1 more order never late in 20 futures: P(late) is 0 %." in table.note
    assert "1 order finished in time already" in table.note


def test_a_probability_near_one_has_an_interval() -> None:
    """Averages beyond 1, and their intervals, are cut off there."""
    found = mean([1.01] * 10, within=(0.0, 1.0))
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert str(compensated([True] * 10, [1.01] * 10)) == "at least 74 %"
    plant = plant_of(mode("{weibull: {shape: 4, scale_h: 20}}"), duration="duration_h: 5")
    scenario = asked(plant, "horizon_h: 60\n")
    for seed in range(1, 6):
        ahead = look_ahead(
            plant, None, scenario, seed=seed, replications=60, losses=False, looks=1
        )
        assert 0.9 < ahead.failure("m").value <= 1.0


def test_a_snapshot_from_a_file_is_of_the_plant_that_it_tells() -> None:
    """Read from JSON, it goes onto a changed plant as the one in hand does."""
    plant = plant_of(duration="duration_h: 4", more="")
    scenario = asked(plant, ORDER)
    snapshot = simulate(plant, scenario, until=2.0 * HOUR).snapshot
    changed = asked(
        plant,
        ORDER + "changes: {set: {products.p.operations.o.steps.0.duration.value_h: 1}}\n",
    )
    read = from_json(to_json(snapshot))
    first, second = (
        look_ahead(plant, one, changed, replications=4, losses=False).futures[0].orders[0]
        for one in (snapshot, read)
    )
    assert first.finish == second.finish == pytest.approx(2.5 * HOUR)
    other = plant_of(duration="duration_h: 3", more="")
    with pytest.raises(InvalidInput, match="of another plant"):
        look_ahead(other, read, asked(other, ORDER), replications=4)


RUNNING = "duration: {exponential: {mean_min: 10}}"


def test_what_a_few_random_futures_do_not_show_is_not_impossible() -> None:
    """A fixed life on a clock that runs by chance: never in 16 futures is at most 17 %."""
    plant = plant_of(
        mode("{fixed: {value_h: 8}}", clock="processing"),
        duration=RUNNING,
        more="sources: [{id: s, product: p, every: {exponential: {mean_min: 20}}}]\n",
    )
    ahead = look_ahead(
        plant, None, asked(plant, "horizon_h: 10\n"), replications=16, losses=False
    )
    found = ahead.failure("m")
    assert found.value == 0.0
    assert found.high == pytest.approx(1.0 - 0.05 ** (1.0 / 16.0))
    assert str(found) == "at most 17 %"
    wanted = look_ahead(plant, None, asked(plant, "horizon_h: 10\n"), losses=False, most=400)
    assert wanted.n > 100


def test_a_clock_that_runs_alike_in_all_futures_leaves_nothing_to_chance() -> None:
    """The same life on the calendar cannot end in 7 hours, and must in 9."""
    plant = plant_of(mode("{fixed: {value_h: 8}}"), duration=RUNNING)
    for hours, expected in ((7, 0.0), (9, 1.0)):
        scenario = asked(plant, f"horizon_h: {hours}\n")
        found = look_ahead(plant, None, scenario, replications=10, losses=False).failure("m")
        assert (found.low, found.high) == (expected, expected)


def hours(found: Any) -> float:
    """Return a remaining life [h]."""
    return found.value / HOUR


def test_the_life_of_a_part_in_repair_begins_after_it() -> None:
    """Weibull(5, 100 h) new after 6 h of repair: P10 and P50 are those of a new life, later."""
    plant = plant_of(mode("{weibull: {shape: 5, scale_h: 100}}", repair_h=6.0))
    scenario = asked(plant, "horizon_h: 400\n")
    run = simulate(plant, scenario, seed=3, until=300.0 * HOUR)
    failed = next(row.time for row in run.log.events if row.kind == "failure")
    snapshot = simulate(plant, scenario, seed=3, until=failed + 1.0 * HOUR).snapshot
    assert snapshot.states["m"].phase == "repair"
    left = look_ahead(
        plant, snapshot, scenario, horizon="24 h", replications=50, losses=False
    ).remaining("m/f")
    law = Weibull(5.0, 100.0)
    assert hours(left.p10) == pytest.approx(5.0 + law.ppf(0.1), rel=0.3)
    assert hours(left.p50) == pytest.approx(5.0 + law.ppf(0.5), rel=0.3)
    assert left.censored == (True, True, True)


def test_maintenance_in_the_window_begins_another_life() -> None:
    """Weibull(3, 40 h) aged 30 h and renewed at 1 h: half are gone at some 36 h, not 24."""
    plant = plant_of(mode("{weibull: {shape: 3, scale_h: 40}}"))
    start = "start_from: {machines: [{id: m, failures: [{id: f, age_h: 30}]}]}\n"
    act = "events: [{at_h: 0.5, machine: m, do: maintenance, for_h: 0.5}]\n"
    scenario = asked(plant, f"horizon_h: 200\n{start}{act}")
    near, far = (
        look_ahead(plant, None, scenario, horizon=h, replications=300, losses=False)
        for h in ("24 h", "150 h")
    )
    assert hours(near.remaining("m/f").p50) == pytest.approx(
        hours(far.remaining("m/f").p50), rel=0.15
    )


def test_an_uncertain_life_is_a_mixture() -> None:
    """Weibull(3, 100 h) known to 40 %: seen over 10 h or 300 h, half are gone alike."""
    more = f"{STREAM}spread: {{machines.m.failures.f.life: {{percent: 40}}}}\n"
    plant = plant_of(mode("{weibull: {shape: 3, scale_h: 100}}"), more=more)
    scenario = asked(plant, "horizon_h: 400\n")
    near, far = (
        look_ahead(plant, None, scenario, horizon=h, replications=200, losses=False, seed=2)
        for h in ("10 h", "350 h")
    )
    assert hours(near.remaining("m/f").p50) == pytest.approx(
        hours(far.remaining("m/f").p50), rel=0.15
    )


def test_minimal_repair_leaves_the_calendar_age_at_which_it_failed() -> None:
    """The calendar stands still for a mode's own repair; its age goes on then (KERNEL 24)."""
    plant = plant_of(
        mode("{weibull: {shape: 3, scale_h: 100}}", repair_h=50.0, more=", renewal: false")
    )
    scenario = asked(plant, "horizon_h: 2000\n")
    law, gaps = Weibull(3.0, 100.0), []
    for replication in range(60):
        run = simulate(plant, scenario, replication=replication, until=1000.0 * HOUR)
        times = [row.time / HOUR for row in run.log.events if row.kind == "failure"]
        for number, (first, second) in enumerate(pairwise(times)):
            begun = first - 50.0 * number
            gaps.append(law.hazard(begun, begun + (second - first - 50.0)))
    mean = sum(gaps) / len(gaps)
    assert abs(mean - 1.0) <= 4.0 / len(gaps) ** 0.5


def test_the_environment_of_an_uncertain_plant_is_that_of_its_run() -> None:
    """A living shop has the draws of its replication, as the run of the same number has."""
    more = f"{STREAM}spread: {{products.p.operations.o.steps.0.duration: {{percent: 30}}}}\n"
    plant = plant_of(duration="duration_h: 1", more=more)
    scenario = asked(plant)
    shop = Orchestrator(plant, scenario, workers=1)
    for replication in (0, 1):
        living = shop.environment(replication)
        living.env.advance(24.0 * HOUR)
        run = shop.simulate(replication, history=False)
        assert to_json(capture(living)) == to_json(run.snapshot)
    later = shop.at(10.3 * HOUR, replication=1)
    living = later.environment()
    living.env.advance(24.0 * HOUR)
    assert to_json(capture(living)) == to_json(later.simulate(history=False).snapshot)


def small() -> Any:
    """Return a look-ahead of a few futures."""
    plant = plant_of(mode("{exponential: {mean_h: 30}}"))
    return look_ahead(plant, None, asked(plant), replications=4, losses=False)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (lambda a: a.failure("m9"), "no machine is called 'm9'"),
        (lambda a: a.failure("m", part="g"), "no part is called 'g'"),
        (lambda a: a.failure("m", part="g", kind="trip"), "no part is called 'm/g'"),
        (lambda a: a.failure("m", part="f", cause="g"), "no cause is called 'g'"),
        (lambda a: a.failure("m", kind="fire"), "no kind is called 'fire'"),
        (lambda a: a.failure(look=12), "look must be one of 12"),
        (lambda a: a.gain("m"), "nothing to compare with"),
        (lambda a: a.frame("risk"), "no frame is called 'risk'"),
        (lambda a: a.late("order-1"), "no order is called"),
        (lambda a: a.remaining("m/g"), "no part is called"),
    ],
)
def test_nonsense_is_refused_in_words(question: Any, message: str) -> None:
    """What does not exist is named, with what there is."""
    with pytest.raises(InvalidInput, match=message):
        question(small())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replications": 1}, "at least 2 replications"),
        ({"replications": "5"}, "must be a whole number .got '5'"),
        ({"replications": 5, "target": 0.1}, "not both"),
        ({"target": 2.0}, "target"),
        ({"horizon": -5.0}, "must end after"),
        ({"looks": 0}, "looks"),
        ({"levels": {"bad": 0.5}}, "must begin at 0"),
    ],
)
def test_a_question_that_means_nothing_is_refused(options: Any, message: str) -> None:
    """Before any future is begun."""
    plant = plant_of(mode("{exponential: {mean_h: 30}}"))
    with pytest.raises(InvalidInput, match=message):
        look_ahead(plant, None, asked(plant), **options)


def test_a_target_that_nothing_reaches_is_given_up_at_the_most() -> None:
    """A target too small for a float to hold with the chance is no error of arithmetic."""
    plant = plant_of(mode("{exponential: {mean_h: 30}}"))
    ahead = look_ahead(plant, None, asked(plant, "horizon_h: 10\n"), target=5e-324, most=40)
    assert ahead.n == 40


def test_two_futures_are_the_fewest_that_are_told() -> None:
    """Stopped after one, there is no probability to tell."""
    plant = plant_of(mode("{exponential: {mean_h: 30}}"))
    done: list[int] = []

    def guard() -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="fewer than 2"):
        look_ahead(
            plant, None, asked(plant), replications=50, workers=1, losses=False, guard=guard,
            progress=lambda n, _: done.append(n),
        )  # fmt: skip
