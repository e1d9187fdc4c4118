"""Tests of open orders: runs that end before an order is due do not tell that it is on time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.errors import InvalidInput
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import look_ahead, study, what_if
from simtwin.report.reading import chance
from simtwin.report.sweep import points
from simtwin.report.verdict import verdict
from simtwin.result.effect import clear
from simtwin.result.ensemble import Ensemble
from simtwin.result.gate import Gate
from simtwin.result.judgement import judged, judged_points
from simtwin.result.what_if import WhatIf

PLANT = """
plant: mill
machines: [{id: mill}]
products:
  - id: p
    route: [{operation: o, machines: [mill], duration: {exponential: {mean_min: 10}}}]
"""
ORDERS = """
scenario: s
plant: mill.yaml
start: 2026-01-05 06:00
until: "UNTIL"
orders:
  - {id: a, product: p, quantity: 11, due: "08:01"}
  - {id: b, product: p, quantity: 1, due: "06:50", priority: 1}
"""


def runs(until: str) -> Ensemble:
    """Return forty runs until a clock time."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", until).replace("mill.yaml", "mill")
    return st.replicate(plant, parse_scenario(text, plant), 40, seed=2, workers=1)


def test_what_ends_before_it_is_due_widens_the_interval():
    """A minute before the due time nobody knows of the open ones; at noon everybody does."""
    cut, whole = runs("08:00"), runs("12:00")
    told, known = cut.late("a"), whole.late("a")
    assert (told.value, told.low) == (0.0, 0.0)
    assert told.unsettled == 17
    assert told.high > 0.55
    assert str(told) == "0 to 58 %, open at the end in 17 of 40"
    assert known.unsettled == 0
    assert told.low < known.value < told.high
    rows = cut.frame("orders").set_index("order")
    assert rows["p_late_open"].to_dict() == {"a": 17, "b": 0}
    assert chance(rows.loc["a"].to_dict(), 40) == str(told)
    assert cut.late("b").unsettled == 0


def test_what_has_no_due_time_is_never_late_for_sure():
    """No interval of a count, neither of replications nor of futures."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", "08:00").replace("mill.yaml", "mill")
    scenario = parse_scenario(text.replace(', due: "06:50"', ""), plant)
    many = st.replicate(plant, scenario, 8, seed=2, workers=1)
    state = st.simulate(plant, scenario, seed=2, until=1800.0).snapshot
    ahead = st.look_ahead(plant, state, scenario, horizon="1 h", replications=8, seed=2)
    for told in (many.late("b"), ahead.late("b")):
        assert (told.value, told.low, told.high) == (0.0, 0.0, 0.0)
    assert ahead.late("a").high > 0.0
    with pytest.raises(InvalidInput, match="there is no order 'c'"):
        many.late("c")


def test_the_verdict_names_who_is_not_known():
    """Beside who is most at risk as far as the runs go."""
    said = verdict(runs("08:00")).sentence
    assert said == (
        "1 order is more likely on time than late; b is late with probability 2 % "
        "(0.4 to 13 %). "
        "Not known of a: P(late) is 0 to 58 %, open at the end in 17 of 40."
    )
    lone = verdict(runs("06:49"))
    assert "No order was late in 40 replications, as far as they go. Not known of b" in (
        lone.sentence
    )
    assert lone.tone == "neutral"


def test_one_run_and_many_count_the_same_orders():
    """Those with a due time, where others have none; without those open and due later."""
    plant = parse_plant(PLANT)
    late = ORDERS.replace("UNTIL", "08:00").replace("mill.yaml", "mill")
    late = late.replace('"06:50"', '"06:00"').replace("quantity: 1,", "quantity: 2,")
    late = late.replace("quantity: 11", "quantity: 9")
    free = late + "  - {id: c, product: p, quantity: 9}\n"
    cut = late + "  - {id: d, product: p, quantity: 99, due: 2026-01-06 12:00}\n"
    for text, orders in (
        (late, "1 of 2 orders is"),
        (free, "1 of 2 orders with a due time is"),
        (cut, "1 of 2 orders due before the end or finished by then is"),
        (cut.replace('"08:01"', '"07:59"'), "1 of 2 orders due before the end is"),
    ):
        asked = parse_scenario(text, plant)
        many = st.replicate(plant, asked, 40, seed=2, workers=1)
        ends = [one.orders[0].finish is not None for one in many.outcomes]
        one = st.simulate(plant, asked, seed=2, replication=ends.index(True))
        assert verdict(one).sentence.startswith(f"{orders} late; b is finished")
        assert verdict(many).sentence.startswith(f"{orders} more likely late than not; b is")


def test_a_gate_does_not_hold_by_an_early_end(tmp_path: Path):
    """It is held against the share that may be late."""
    (tmp_path / "mill.yaml").write_text(PLANT, encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(ORDERS.replace("UNTIL", "08:00"), encoding="utf-8")
    asked = ["run", str(path), "-n", "40", "--seed", "2", "--json", "--fail-if"]
    for gate, code in (("p_late(a) > 0.2", 1), ("p_late(a) > 0.6", 0), ("p_late(b) > 0.2", 0)):
        done = CliRunner().invoke(app, [*asked, gate])
        assert done.exit_code == code
        (told,) = json.loads(done.stdout)["gates"]
        assert told["tripped"] is bool(code)


@pytest.mark.parametrize("until", ["08:01", "12:00"])
def test_who_was_due_by_the_end_is_known(until: str):
    """At the due time itself an open order is late."""
    assert runs(until).late("a").unsettled == 0


def test_no_number_of_runs_narrows_what_they_leave_open():
    """A target for it is not reached; others beside it are still gone on for."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", "08:00").replace("mill.yaml", "mill")
    question = plant, parse_scenario(text, plant)
    found = st.replicate(*question, seed=2, workers=1, target={"p_late(a)": 0.2}, most=400)
    assert (found.n, found.converged) == (20, False)
    both = {"p_late(a)": 0.2, "p_late(b)": 0.1}
    more = st.replicate(*question, seed=2, workers=1, target=both, most=400)
    assert 20 < more.n < 400
    assert not more.converged
    assert more.estimated("p_late(a)") == more.late("a")


def asked(until: str, quantity: int = 11):
    """Return the plant and a scenario until a clock time, *a* of so many pieces."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", until).replace("mill.yaml", "mill")
    text = text.replace("quantity: 11", f"quantity: {quantity}")
    return plant, parse_scenario(text.replace("scenario: s", f"scenario: q{quantity}"), plant)


@pytest.fixture(scope="module")
def stopped() -> WhatIf:
    """The mill stands for twenty minutes; both plans end a minute before *a* is due."""
    return st.what_if(
        *asked("08:00"), "stop mill 06:10 20min", replications=40, seed=2, workers=1
    )


def row(told: WhatIf, order: str):
    """Return what becomes of one order."""
    return next(one for one in told.orders if one.order == order)


def test_a_what_if_does_not_tell_what_both_plans_leave_open(stopped: WhatIf):
    """P(late) of either has its bounds; whether it differs is not known."""
    a, b = row(stopped, "a"), row(stopped, "b")
    assert (a.before.unsettled, a.after.unsettled, a.difference.unsettled) == (17, 24, 24)
    assert a.difference.low < -0.4
    assert a.difference.high > 0.6
    assert a.difference.low <= a.difference.value <= a.difference.high
    assert a.reading == "not known: runs end before it is due"
    assert b.difference.unsettled == 0
    assert b.reading == "finished later"
    assert (
        "Not known of a: P(late) is 0 to 58 %, open at the end in 17 of 40 now, and 0 to 74 %, "
        "open at the end in 24 of 40 then"
    ) in stopped.sentence
    whole = row(
        st.what_if(*asked("12:00"), "stop mill 06:10 20min", replications=40, seed=2), "a"
    )
    assert whole.difference.unsettled == 0
    assert a.difference.low < whole.difference.value < a.difference.high


def test_a_what_if_counts_open_runs_in_every_table():
    """The text, the frame and the plain data have the bounds and the count."""
    told = st.what_if(
        *asked("08:00"), "stop mill 07:58 1min", replications=40, seed=2, workers=1
    )
    frame = told.frame().set_index("order")
    names = ["p_late_before_open", "p_late_after_open", "difference_open"]
    assert frame.loc["a", names].tolist() == [17, 17, 17]
    assert frame.loc["b", names].tolist() == [0, 0, 0]
    cells = {one[0]: one for one in what_if.orders(told).rows}
    assert cells["a"][2] == "0 to 58 %, open at the end in 17 of 40"
    assert cells["a"][4] == "-59 to +59 points, open at the end in 17 of 40"
    assert cells["b"][4] == "none seen"
    data = {one["order"]: one for one in what_if.as_plain(told)["orders"]}
    assert data["a"]["difference"]["open"] == 17
    assert data["a"]["p_late_after"]["high"] > 0.5
    assert "open" not in data["b"]["difference"]


def test_what_holds_whatever_becomes_of_the_open_ones_is_told():
    """Due an hour sooner it is late in more runs than those that do not tell."""
    plant, later = asked("08:00")
    text = ORDERS.replace("UNTIL", "08:00").replace("mill.yaml", "mill")
    sooner = parse_scenario(text.replace("08:01", "07:00").replace("o: s", "o: sooner"), plant)
    told = st.compare(plant, [later, sooner], metric="p_late(a)", replications=40, seed=2)
    found = told.differences["sooner"]
    assert (found.unsettled, told.means["sooner"].unsettled) == (17, 0)
    assert clear(found)
    assert told.reading("sooner") == "worse"
    assert told.could_be_best == {"q11"}
    assert told.sentence.startswith(
        "q11 has the smallest p_late(a): 0 to 58 %, open at the end"
    )


def test_an_order_that_comes_in_has_bounds():
    """A rush order that is due after the end, and open then in some runs."""
    told = st.what_if(
        *asked("06:30"), "rush p:2@06:05,06:31", replications=40, seed=2, workers=1
    )
    rush = row(told, "rush-1")
    assert rush.after.unsettled > 0
    assert rush.after.high > rush.after.unsettled / 40


def test_a_study_names_no_winner_by_what_runs_leave_open():
    """Eleven pieces or ten: both may be late, and the figures are not called the same."""
    plant, more = asked("08:00")
    _, fewer = asked("08:00", 10)
    told = st.compare(plant, [more, fewer], metric="p_late(a)", replications=40, seed=2)
    assert told.could_be_best == {"q11", "q10"}
    assert told.means["q11"].unsettled == 17
    assert told.differences["q10"].unsettled == 17
    assert told.reading("q10") == "not known: runs end before it is due"
    assert told.sentence == (
        "The runs cannot tell which of q11 and q10 has the smallest p_late(a) (40 replications "
        "on the same luck). Runs that end with a open and due later do not tell."
    )
    table = told.frame().set_index("scenario")
    assert table["open"].tolist() == [17, told.means["q10"].unsettled]
    assert table["difference_open"].tolist() == [0, 17]
    assert told.frame("replications")["open"].sum() == 17 + told.means["q10"].unsettled
    assert study.plans(told).rows[1][2] == "-59 to 33 %, open at the end in 17 of 40"
    other = st.compare(plant, [more, fewer], metric="p_late(b)", replications=40, seed=2)
    assert "have the same p_late(b)" in other.sentence
    by_count = st.compare(plant, [more, fewer], replications=40, seed=2)
    assert by_count.sentence.endswith(
        "Orders that are open at the end of a run and due later count as not late."
    )


def test_a_selection_drops_no_plan_by_a_guess():
    """With a difference that matters, a run that does not tell is refused."""
    plant, more = asked("08:00")
    _, fewer = asked("08:00", 10)
    with pytest.raises(InvalidInput, match="ends with the order open and due later"):
        st.compare(plant, [more, fewer], metric="p_late(a)", delta=0.1, seed=2)


def test_a_sweep_counts_what_runs_leave_open():
    """Its table and its gates have the bounds."""
    told = st.sweep(
        *asked("08:00"), {"scenario.dispatching": ["fifo"]}, metrics=["p_late(a)"],
        replications=40, seed=2,
    )  # fmt: skip
    assert told["open"].tolist() == [17]
    assert points(told).rows[0][1] == "0 to 58 %, open at the end in 17 of 40"
    (held,) = judged_points([Gate.parse("p_late(a) > 0.2")], told)
    assert held.tripped


def test_what_a_breakdown_changes_is_held_against_the_gate():
    """What the breakdown may make late counts for it, in both ways of asking."""
    told = st.impact(
        *asked("08:00"), "mill", at="06:10", duration="20 min", replications=40, seed=2
    )
    most, least = judged([Gate.parse("p_late(a) > 0.3"), Gate.parse("p_late(a) < 0.2")], told)
    assert most.tripped
    assert most.value > 0.5
    assert least.value < -0.3
    assert "more orders late by the end of the run; " in told.sentence


def test_a_look_ahead_does_not_tell_of_what_is_due_after_it():
    """Open at its end and due later, an order may be late; some futures tell of it, or none."""
    plant = parse_plant(PLANT)
    text = ORDERS.replace("UNTIL", "08:00").replace("mill.yaml", "mill")
    more = '  - {id: c, product: p, quantity: 90, due: "08:02"}\n'
    ahead = st.look_ahead(plant, None, parse_scenario(text + more, plant), replications=40)
    some, none = ahead.late("a"), ahead.late("c")
    assert (some.value, some.low, none.value, none.low, none.high) == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert 0 < some.unsettled < 40
    assert none.unsettled == 40
    assert some.high > some.unsettled / 40
    rows = ahead.frame("orders").set_index("order")
    assert rows["p_late_open"].to_dict() == {"a": some.unsettled, "b": 0, "c": 40}
    table = look_ahead.orders(ahead)
    assert {row[0]: row[-1] for row in table.rows}["a"] == str(some)
    assert "c" not in {row[0] for row in table.rows}
    assert f"Not known of a: P(late) is {some}." in table.note
    assert "Not known of c: due after the end (08:00), and open then in all 40 futures." in (
        table.note
    )
    data = {one["order"]: one["p_late"] for one in look_ahead.as_plain(ahead)["orders"]}
    assert [data[name].get("open") for name in "abc"] == [some.unsettled, None, 40]
    gates = [Gate.parse(text) for text in ("p_late(c) > 0.5", "p_late(a) > 0.9")]
    assert [one.tripped for one in judged(gates, ahead)] == [True, False]
    assert judged(gates[:1], ahead)[0].found == none


def test_a_look_ahead_without_chance_does_not_guess_either():
    """Nothing is random, and nothing is known of it: no order is called on time."""
    plant = parse_plant(
        PLANT.replace("duration: {exponential: {mean_min: 10}}", "duration_min: 10")
    )
    text = ORDERS.replace("UNTIL", "07:00").replace("mill.yaml", "mill")
    scenario = parse_scenario(text, plant)
    ahead = st.look_ahead(plant, None, scenario, replications=4, instead=scenario)
    assert str(ahead.late("a")) == "0 to 100 %, open at the end in 4 of 4"
    assert look_ahead.orders(ahead).note == (
        "1 order never late in 4 futures: P(late) is 0 %. Not known of a: due after the end "
        "(07:00), and open then in all 4 futures."
    )
    assert "due later count as not late" in look_ahead.instead(ahead).note


def test_what_is_open_in_some_runs_may_still_be_finished_later():
    """Later in every pair that tells: an open one is finished after the end of its run."""
    told = st.what_if(
        *asked("08:15"), "stop mill 06:10 20min", replications=40, seed=2, workers=1
    )
    a, b = row(told, "a"), row(told, "b")
    before, after = told.study.outcomes
    still = [[one.orders[0].finish is None for one in plan] for plan in (before, after)]
    assert sum(still[1]) > sum(still[0]) > 0
    assert a.later is None
    assert (a.reading, b.reading) == ("late more often, finished later", "finished later")
    (cell,) = (one for one in what_if.orders(told).rows if one[0] == "a")
    assert cell[-2:] == ("", a.reading)


def test_pairs_that_do_not_tell_are_no_evidence():
    """Open in both plans in half of the pairs, the others may go on either way."""
    told = st.what_if(
        *asked("07:40"), "stop mill 06:10 20min", replications=40, seed=2, workers=1
    )
    assert row(told, "a").reading == "not known: runs end before it is due"
    longer = st.what_if(*asked("07:00", 60), "overtime 1h", replications=10, seed=2, workers=1)
    assert "finished" not in row(longer, "a").reading


def test_a_finish_that_is_told_leaves_what_is_late_unknown():
    """Where runs are open and due later, both are said, and the sentence names the order."""
    told = st.what_if(
        *asked("08:00", 7), "stop mill 06:10 30min", replications=40, seed=2, workers=1
    )
    a = row(told, "a")
    assert a.after.unsettled > 5
    assert a.reading == "finished later; P(late) not known: runs end before it is due"
    assert "Not known of a: P(late) is" in told.sentence
