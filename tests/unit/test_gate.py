"""Tests of the gates: what they read, what trips them, and what they are held against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.result.estimate import Estimate
from simtwin.result.gate import Gate
from simtwin.result.judgement import judged
from simtwin.result.metric import Metric
from tests.small import PLANT, QUICK, SHIFT


@pytest.mark.parametrize(
    ("text", "figure", "sign", "bound"),
    [
        ("p_failure(mill-1) > 0.2", "p_failure(mill-1)", ">", 0.2),
        ("p_failure>=20%", "p_failure", ">=", 0.2),
        (" late_orders  <= 3 ", "late_orders", "<=", 3.0),
        ("p_late( order-1 ) < 5 %", "p_late(order-1)", "<", 0.05),
        ("energy > 1e3", "energy", ">", 1000.0),
        ("tardiness(order-1) > -1", "tardiness(order-1)", ">", -1.0),
    ],
)
def test_what_a_gate_reads(text, figure, sign, bound):
    """A figure, a sign and a number, in per cent where the figure is a share."""
    gate = Gate.parse(text)
    assert (gate.figure, gate.sign) == (figure, sign)
    assert gate.bound == pytest.approx(bound)
    assert Gate.parse(str(gate)) == gate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("late_orders", "must be a figure, one of >=, <=, >, < and a number"),
        ("late_orders == 3", "must be a figure, one of"),
        ("1 < late_orders < 3", "must be a figure, one of"),
        ("late_order > 3", "did you mean 'late_orders'?"),
        ("p_late > 0.5", r"must name the order, as in p_late\(order-1\)"),
        ("late_orders > many", "the bound must be a number .got 'many'"),
        ("late_orders > nan", "the bound must be a number"),
        ("late_orders > 20 %", "is in orders, not in per cent"),
        ("p_failure > 20", "lies between 0 and 1 .got 20.; in per cent it is '20 %'"),
    ],
)
def test_what_a_gate_refuses(text, message):
    """A gate that could never mean anything is refused, with what would be right."""
    with pytest.raises(InvalidInput, match=message):
        Gate.parse(text)


def test_names_are_looked_up_before_any_run():
    """A machine or an order that is not there is refused, with the name that was meant."""
    names = {"machines": ["mill-1", "mill-2"], "orders": ["first"]}
    Gate.parse("late_orders > 1").check(**names)
    Gate.parse("p_failure > 0.1").check(**names)
    Gate.parse("p_late(first) > 0.1").check(**names)
    with pytest.raises(InvalidInput, match=r"no machine 'mil-1'; did you mean 'mill-1'\?"):
        Gate.parse("p_failure(mil-1) > 0.1").check(**names)
    with pytest.raises(InvalidInput, match=r"no order 'zeta'; \(there are: first\)"):
        Gate.parse("finish(zeta) > 1").check(**names)


def test_the_value_decides_and_the_interval_is_told():
    """The point value trips the gate, however wide its interval; the sentence has both."""
    found = Estimate(2.1, 0.4, 3.8, 20, "mean, t 95 %")
    one = Gate.parse("late_orders > 2").judged(found, "night")
    assert one.tripped
    assert one.sentence == (
        "--fail-if late_orders > 2 tripped in night: it is 2.1 [0.4, 3.8] orders"
    )
    same = Estimate(3.0, 3.0, 3.0, 2, "mean, t 95 %")
    told = Gate.parse("late_orders > 2").judged(same).sentence
    assert told == "--fail-if late_orders > 2 tripped: it is 3 orders in all 2 runs"
    one = Estimate(1.0, 1.0, 1.0, 2, "mean, t 95 %")
    told = Gate.parse("late_orders > 0").judged(one).sentence
    assert told == "--fail-if late_orders > 0 tripped: it is 1 order in all 2 runs"
    held = Gate.parse("late_orders > 2").judged(2.0)
    assert not held.tripped
    assert held.sentence == (
        "--fail-if late_orders > 2 held: it is 2 orders (one run, no interval)"
    )
    with pytest.raises(InvalidInput, match="late_orders has no value here"):
        Gate.parse("late_orders > 2").judged(float("nan"))


def found(text, told):
    """Return the values that the gate of *text* is held against, by plan."""
    return {one.of: one.found for one in judged([Gate.parse(text)], told)}


def test_a_run_is_one_observation():
    """Of one run the figure has no interval."""
    run = simulate(PLANT, SHIFT)
    assert found("late_orders > 1", run)[""] == run.kpis["late_orders"].value
    assert found("p_failure > 0.5", run)[""] in (0.0, 1.0)


def test_replications_have_estimates():
    """A key figure is a mean, what is counted a probability."""
    many = replicate(PLANT, SHIFT, 8, workers=1)
    assert found("late_orders > 1", many)[""] == many.kpis["late_orders"].value
    assert found("p_late(second) > 0.5", many)[""] == many.late("second")
    assert 0.0 <= found("oee > 0.5", many)[""].low <= found("oee > 0.5", many)[""].high <= 1.0
    failed = sum(any(o.failures.values()) for o in many.outcomes)
    assert found("p_failure > 0.5", many)[""].value == failed / 8


def test_every_plan_of_a_study_is_judged():
    """A study gives one value for each plan, that of its mean."""
    study = compare(PLANT, [SHIFT, QUICK], replications=6, workers=1)
    assert found("late_orders > 1", study) == study.means
    assert found("lead_time > 1", study) == study.paired(Metric("lead_time")).means


def test_a_look_ahead_is_judged_by_its_hazards():
    """Failures come from hazards, orders and key figures from the futures."""
    ahead = look_ahead(PLANT, None, SHIFT, replications=8, workers=1)
    assert found("p_failure > 0.1", ahead)[""] == ahead.failure()
    assert found("p_failure(m1) > 0.1", ahead)[""] == ahead.failure("m1")
    assert found("late_orders > 0", ahead)[""].value == ahead.late_orders.value
    assert found("p_late(second) > 0.1", ahead)[""] == ahead.late("second")


def test_an_impact_is_judged_by_what_it_changes():
    """The gate is held against the difference that the stop makes."""
    told = impact(PLANT, SHIFT, "m2", at=600.0, duration="40 min", replications=4, workers=1)
    assert found("late_orders > 0", told)[""] == told.late_orders
    assert found("p_late(first) > 0", told)[""].n == 4
    one = impact(PLANT, SHIFT, "m2", at=600.0, duration="40 min", replications=1)
    assert found("late_orders > 0", one)[""] == one.late_orders


def test_a_study_that_was_stopped_after_one_run():
    """What a single replication came to is a number without an interval."""
    many = replicate(PLANT, SHIFT, 2, workers=1)
    alone = replace(many, outcomes=many.outcomes[:1])
    assert isinstance(found("late_orders > 1", alone)[""], float)
