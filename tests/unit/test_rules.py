"""Tests of the dispatching rules: each by hand, unknown ones refused, rules of your own."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log, nan
from types import SimpleNamespace

import pytest

import simtwin
from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.rules import RULES, Rule

PIECE = SimpleNamespace(
    name="a", order="a", product="p", now=100.0, since=40.0, released=10.0, work=20.0,
    setup=7.0, left=50.0, done=30.0, operations=2, due=250.0, weight=3.0, mean=25.0,
)  # fmt: skip

BY_HAND = {
    "fifo": 40.0,
    "lifo": -40.0,
    "spt": 20.0,
    "lpt": -20.0,
    "edd": 250.0,
    "mdd": 250.0,
    "cr": 3.0,
    "slack_per_operation": 50.0,
    "wspt": -0.15,
    "atc": 2.0 + log(20.0 / 3.0),
    "mwkr": -50.0,
    "lwkr": 50.0,
    "mopnr": -2,
    "fdd_mwkr": 1.0,
    "least_setup": (7.0, 40.0),
}

PLANT = """
plant: two
machines: [{id: m}]
products:
  - {id: short, route: [{operation: a, machines: [m], duration_s: 10}]}
  - {id: long, route: [{operation: a, machines: [m], duration_s: 30}]}
"""


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_by_hand(rule):
    """A piece at 100 s, due at 250 s, 20 of 50 s in hand, weight 3, mean work 25 s."""
    assert RULES[rule](PIECE) == pytest.approx(BY_HAND[rule], rel=1e-12)


def test_nobody_waits_for_a_piece_without_due_date():
    """Such a piece is never urgent, and one without work always."""
    calm = SimpleNamespace(**{**vars(PIECE), "due": inf})
    assert [RULES[rule](calm) for rule in ("edd", "mdd", "cr")] == [inf, inf, inf]
    assert RULES["slack_per_operation"](calm) == inf
    assert RULES["atc"](calm) == inf
    idle = SimpleNamespace(**{**vars(PIECE), "work": 0.0, "left": 0.0, "mean": 0.0})
    assert RULES["wspt"](idle) < RULES["wspt"](PIECE)


@pytest.mark.parametrize("days", [2, 20, 2000])
def test_atc_tells_any_slack_apart(days):
    """However far due dates are, the earlier one and the greater weight are more urgent."""
    far = {**vars(PIECE), "due": days * 86400.0}
    sooner = SimpleNamespace(**{**far, "due": far["due"] - 60.0})
    heavier = SimpleNamespace(**{**far, "weight": 4.0})
    rule = RULES["atc"]
    assert rule(sooner) < rule(SimpleNamespace(**far))
    assert rule(heavier) < rule(SimpleNamespace(**far))
    assert rule(SimpleNamespace(**{**far, "weight": 0.0})) == inf


@pytest.mark.parametrize("rule", ["edd", "mdd", "cr", "slack_per_operation", "atc"])
def test_orders_of_days_ahead_go_by_their_due_dates(rule):
    """Three pieces of a minute, due in 2, 4 and 15 days: the earliest first, not the name."""
    dates = {"a": 15, "b": 4, "c": 2}
    orders = "".join(
        f"  - {{id: {name}, product: short, quantity: 1, due_h: {24 * days}}}\n"
        for name, days in dates.items()
    )
    asked = f"scenario: far\nplant: two\ndispatching: {rule}\norders:\n{orders}"
    done = order_of(parse_scenario(asked, plant()))
    assert [job.partition("#")[0] for job in done] == ["c", "b", "a"]


def late_date(piece):
    """Return minus the due date: whoever is due last goes first."""
    return -piece.due


def order_of(scenario):
    """Return the orders as they were finished."""
    return [row.job for row in simulate(plant(), scenario).log.pieces if row.kind == "done"]


def plant():
    """Return a machine and two products."""
    return parse_plant(PLANT)


def scenario(rule: str):
    """Return three orders that wait at once."""
    return parse_scenario(
        f"scenario: s\nplant: two\ndispatching: {rule}\norders:\n"
        "  - {id: a, product: long, due_s: 40}\n"
        "  - {id: b, product: short, due_s: 50}\n"
        "  - {id: c, product: short, due_s: 90, priority: 1}\n",
        plant(),
    )


def test_priority_goes_before_the_rule():
    """C has priority; then the rule decides, then the name."""
    assert order_of(scenario("fifo")) == ["c", "a", "b"]
    assert order_of(scenario("spt")) == ["c", "b", "a"]
    assert order_of(scenario("edd")) == ["c", "a", "b"]


def test_a_rule_of_your_own():
    """A function of the piece decides; its name stands in the digest, not its address."""
    mine = scenario("fifo").with_changes({"dispatching": Rule("late date", late_date)})
    assert order_of(mine) == ["c", "b", "a"]
    assert repr(mine.dispatching) == "Rule('late date', tests.unit.test_rules.late_date)"
    assert mine.with_changes({"dispatching": "spt"}).dispatching == "spt"


@pytest.mark.parametrize("answer", [None, nan, "x", (1.0, None), ()])
def test_a_rule_that_gives_no_number_is_refused(answer):
    """What cannot be put in order is told with the name of the rule."""
    mine = scenario("fifo").with_changes({"dispatching": Rule("odd", lambda _: answer)})
    with pytest.raises(InvalidInput, match=r"rule odd: urgency must return a number"):
        order_of(mine)


def test_a_rule_that_cannot_travel_is_refused():
    """A function that no worker process could find is refused with a word on what to do."""
    mine = replace(scenario("fifo"), dispatching=Rule("odd", lambda piece: piece.due))
    with pytest.raises(InvalidInput, match=r"cannot be sent to other processes .*workers=1"):
        simtwin.replicate(plant(), mine, 4, workers=2)
    assert simtwin.replicate(plant(), mine, 4, workers=1).n == 4


def test_unknown_rules_are_refused():
    """In a file with its place, in a call with the names of all rules."""
    with pytest.raises(InvalidInput, match=r"dispatching: no rule 'ftp'; rules: fifo, lifo"):
        scenario("ftp")
    with pytest.raises(InvalidInput, match="must be a Rule or one of fifo, lifo, spt"):
        scenario("fifo").with_changes({"dispatching": "ftp"})
