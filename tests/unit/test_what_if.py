"""Tests of what-if: the plan as it is and as supposed, on the same luck (STATISTICS 4)."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.cli.supposing import joined
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.what_if import what_if
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.supposition import suppose
from simtwin.report import what_if as told
from simtwin.report.answer import answer
from simtwin.report.page import html
from simtwin.result.effect import Effect
from simtwin.result.estimate import Estimate
from tests.small import PLANT, PLANT_FILE, QUICK, SHIFT, SHIFT_FILE

STOP = "stop m2 06:10 40min"


def saw(asked: str, takes: str = "duration_min: 5"):
    """Return a plant of one saw and what is *asked* of it from 06:00 on."""
    plant = parse_plant(
        "plant: single\nmachines: [{id: saw}]\n"
        f"products: [{{id: part, route: [{{operation: cut, machines: [saw], {takes}}}]}}]"
    )
    head = "scenario: hour\nplant: single\nstart: 2026-01-05 06:00\n"
    return plant, parse_scenario(head + asked, plant)


@pytest.fixture(scope="module")
def stopped():
    """A second machine that stands for forty minutes."""
    return what_if(PLANT, SHIFT, STOP, replications=12, workers=1)


def test_both_plans_are_those_that_replicate_runs(stopped):
    """Outcomes of either plan are those of its own replications: the pairs are exact."""
    before, after = stopped.study.outcomes
    assert before == replicate(PLANT, SHIFT, 12).outcomes
    assert after == replicate(PLANT, suppose(PLANT, SHIFT, [STOP])[0], 12).outcomes


def test_differences_are_paired(stopped):
    """Each difference is the mean over replications of after less before."""
    row = next(one for one in stopped.orders if one.order == "second")
    assert row.difference.value == pytest.approx(row.after.value - row.before.value)
    before, after = stopped.study.outcomes
    pairs = [
        a.orders[1].finish - b.orders[1].finish for a, b in zip(after, before, strict=True)
    ]
    assert row.later.value == pytest.approx(sum(pairs) / 12)
    tardy = [sum(o.tardiness(x.end) for o in x.orders) for x in after]
    calm = [sum(o.tardiness(x.end) for o in x.orders) for x in before]
    assert stopped.effect.tardiness.value == pytest.approx((sum(tardy) - sum(calm)) / 12)


def test_the_sentence_has_minutes_orders_and_how_surely(stopped):
    """A planner reads what is supposed, what it changes with its interval, and who is hit."""
    assert stopped.sentence.startswith("If m2 is stopped from 06:10 to 06:50: +")
    assert "min of tardiness" in stopped.sentence
    assert "(12 paired runs)" in stopped.sentence
    assert told.verdict(stopped).tone == "bad"


def test_nothing_is_claimed_of_what_changes_nothing():
    """A supposition without effect is told so, and no order is called different."""
    same = what_if(PLANT, SHIFT, "set stations.m2.capacity=400", replications=4)
    assert "nothing changes in" in same.sentence
    assert {row.reading for row in same.orders} == {"no clear difference"}
    assert told.verdict(same).tone == "neutral"
    assert told.kpis(same).rows[0][3] == "the same in all runs"


def test_a_stop_delays_a_single_machine_by_its_length():
    """Without chance, half an hour of standing makes the order half an hour later, each run."""
    orders = 'orders: [{id: one, product: part, quantity: 12, due: "07:10"}]'
    plant, shift = saw(f"horizon: 4 h\n{orders}")
    then = what_if(plant, shift, "stop saw 06:20 30min", replications=3)
    (row,) = then.orders
    assert (row.finish_before, row.finish_after) == (3600.0, 5400.0)
    assert (row.later.low, row.later.value, row.later.high) == (1800.0, 1800.0, 1800.0)
    assert then.effect.tardiness.value == 1200.0  # Finished at 07:30, due 07:10.
    assert "+20 min of tardiness in all 3 runs" in then.sentence


def test_the_median_finish_is_that_of_a_run(stopped):
    """Of an even number of runs too: the mean of two may be an hour at which nobody works."""
    before, after = stopped.study.outcomes
    for place, name in enumerate(row.order for row in before[0].orders):
        row = next(row for row in stopped.orders if row.order == name)
        assert row.finish_before in {one.orders[place].finish for one in before}
        assert row.finish_after in {one.orders[place].finish for one in after}
    assert len(before) == 12


def test_what_is_the_same_in_all_of_few_runs_is_said():
    """Four runs prove no chance, but each was later by the same: not "no clear difference"."""
    takes = "duration: {uniform: {low_min: 4, high_min: 6}}"
    orders = "horizon: 4 h\norders: [{id: one, product: part, quantity: 12}]"
    then = what_if(*saw(orders, takes), "stop saw 06:20 30min", replications=4)
    (row,) = then.orders
    assert (row.later.low, row.later.value) == pytest.approx((1800.0, 1800.0))
    assert row.reading == "finished later in all 4 runs"
    assert "clearly finished later" in told.finishes(then).layout.meta["reading"]


def test_who_is_hit_and_who_is_helped_most_is_named():
    """The second order goes first: in every run it is in time, and the first late instead."""
    plant, shift = saw("""horizon: 90 min
orders:
  - {id: one, product: part, quantity: 6, due: "06:40"}
  - {id: two, product: part, quantity: 6, due: "06:40"}
  - {id: long, product: part, quantity: 20, release: "06:01"}
""")
    then = what_if(plant, shift, "rush two", replications=8)
    assert then.effect.leading == "tardiness"
    assert (
        "Most hit is one, late with probability 100 % instead of 0 %, finished later by 30 min "
        "in all 8 runs. Most helped is two, late with probability 0 % instead of 100 %, "
        "finished sooner by 30 min in all 8 runs."
    ) in then.sentence
    readings = {row.order: row.reading for row in then.orders}
    assert readings["one"] == "late more often, finished later"
    assert readings["long"] == "no clear difference"
    long = next(row for row in then.orders if row.order == "long")
    assert (long.before, long.later) == (None, None)  # No due time, and open at the end.
    assert str(then) == then.sentence
    assert repr(then) == "WhatIf('rush two', 8 paired runs)"
    stands = what_if(plant, shift, "stop saw 06:10 75min", replications=8)
    assert "instead of 0 %" in stands.sentence
    assert "finished later" not in stands.sentence  # It is open at the end of every run.


def test_an_order_that_comes_in_has_no_before():
    """A rush order stands first, with its own chance and no difference."""
    rushed = what_if(PLANT, QUICK, "rush part:3@06:15,06:40", replications=6)
    first = rushed.orders[0]
    assert (first.order, first.before, first.difference) == ("rush-1", None, None)
    assert first.reading == "comes in"
    assert rushed.effect.parts.value == 3.0
    assert "rush-1" in html(rushed)


def test_open_orders_count_to_the_earlier_end():
    """With overtime, what is open at the old end is not called later for being finished."""
    short = SHIFT.with_changes({"horizon": 2400.0})
    longer = what_if(PLANT, short, "overtime 1h", replications=6)
    assert longer.effect.tardiness.value == 0.0
    assert longer.effect.finish is None
    assert longer.effect.parts.value > 0.0


def test_an_effect_is_led_by_tardiness_then_parts_then_the_finish():
    """Without due times it is parts that count; where these are the same, the finish."""
    bare = st.Scenario(horizon=3 * 3600.0, orders=(st_order("a", 6),), replications=4)
    before, slow = (
        replicate(PLANT, bare, 4),
        replicate(PLANT, suppose(PLANT, bare, [STOP])[0], 4),
    )
    effect = Effect.of(slow.outcomes, before.outcomes)
    assert (effect.late, effect.tardiness, effect.leading) == (None, None, "finish")
    assert effect.gain < 0.0
    assert not effect.helps


def st_order(name: str, quantity: int):
    """Return an order without a due time."""
    from simtwin.plant.model import OrderSpec

    return OrderSpec(name, "part", quantity)


def test_tables_and_plot_say_the_same(stopped):
    """The table, the frame and the plot have every order, the most changed first."""
    names = [row.order for row in stopped.orders]
    assert [row[0] for row in told.orders(stopped).rows] == names
    assert stopped.frame()["order"].tolist() == names
    assert set(stopped.frame("effect")["figure"]) == {"late", "tardiness", "parts", "finish"}
    figure = stopped.plot.finishes()
    assert {"as it is", "as supposed: later, or late more often", "due"} <= {
        trace.name for trace in figure.data
    }
    assert "clearly finished later" in figure.layout.meta["reading"]
    assert not stopped.frame("kpis").empty
    with pytest.raises(st.InvalidInput, match="no table 'x'"):
        stopped.frame("x")


def test_the_command_gives_what_the_library_gives(tmp_path, monkeypatch):
    """CLI and library answer with the same JSON; the page is written where it was asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(PLANT_FILE, "utf-8")
    (tmp_path / "day.yaml").write_text(SHIFT_FILE.replace("plant: two", "plant: two.yaml"))
    asked = ("what-if", "day.yaml", "--stop", "m2", "06:10", "40min", "-n", "4")
    done = CliRunner().invoke(app, [*asked, "--json", "--workers", "1"])
    assert done.exit_code == 0, done.stderr
    plant = st.load_plant("two.yaml")
    study = st.what_if(plant, st.load_scenario("day.yaml", plant), STOP, replications=4)
    assert json.loads(done.stdout) == answer(study)
    with st.Orchestrator(plant, st.load_scenario("day.yaml", plant), workers=1) as shop:
        assert answer(shop.what_if(STOP, replications=4)) == answer(study)

    gate = ("--fail-if", "late_orders > 0", "--report", "then.html")
    told_ = CliRunner().invoke(app, [*asked, "--rush", "second", *gate])
    assert told_.exit_code == 1, told_.stderr
    assert told_.stdout.startswith("shift on two, stop m2 06:10 40min, rush second: 4 rep")
    assert "Orders, the most changed first" in (tmp_path / "then.html").read_text("utf-8")


def test_the_command_refuses_what_it_cannot_do(tmp_path):
    """Nothing supposed, a wrong machine and a page that exists leave with 2 before any run."""
    bare = CliRunner().invoke(app, ["what-if", "day_shift"])
    assert (bare.exit_code, "nothing is supposed" in bare.stderr) == (2, True)
    wrong = CliRunner().invoke(app, ["what-if", "day_shift", "--stop", "mill-9", "10:00", "2h"])
    assert (wrong.exit_code, "did you mean 'mill-" in wrong.stderr) == (2, True)
    page = tmp_path / "page.html"
    page.write_text("mine")
    kept = CliRunner().invoke(
        app, ["what-if", "day_shift", "--crew", "3", "--report", str(page)]
    )
    assert (kept.exit_code, page.read_text()) == (2, "mine")


def test_words_of_an_option_are_put_together():
    """Quotes are welcome and not needed; the next option ends the words."""
    assert joined(["--feed", "m1", "85", "day"]) == ["--feed", "m1 85", "day"]
    assert joined(["--stop", "m1 10:00 2h", "--json"]) == ["--stop", "m1 10:00 2h", "--json"]
    for shift in ("Sat 06:00-14:00", "2026-01-10 06:00-14:00", "06:00-14:00", "2h"):
        assert joined(["--overtime", *shift.split(), "day"]) == ["--overtime", shift, "day"]
        assert joined(["--overtime", shift, "day"]) == ["--overtime", shift, "day"]
    early = ["--overtime", "Sat 06:00-14:00 early shift", "day"]
    assert joined(early) == early
    assert joined(["--skip", "--json"]) == ["--skip", "--json"]
    assert joined(["--stop", "m1", "Tue", "-n", "4"]) == ["--stop", "m1 Tue", "-n", "4"]
    assert joined(["--rush", "p:5@Mon", "-n", "4"]) == ["--rush", "p:5@Mon", "-n", "4"]
    assert joined(["--friction", "m1", "10:00", "-5%"]) == ["--friction", "m1 10:00 -5%"]


def test_of_what_is_open_and_due_after_the_end_nothing_is_claimed():
    """Runs that end before an order is finished and due cannot say that it is in time."""
    orders = """horizon: 60 min
orders:
  - {id: one, product: part, quantity: 3, due: "08:00"}
  - {id: two, product: part, quantity: 90, due: "2026-01-06 07:10"}
"""
    plant, shift = saw(orders, "duration: {exponential: {mean_min: 5}}")
    asked = what_if(plant, shift, "stop saw 06:05 3min", replications=8)
    rows = {row[0]: row for row in told.orders(asked).rows}
    assert rows["two"][2:5] == ("due after the end", "due after the end", "")
    assert rows["one"][2].startswith("at most")


def test_what_is_rounded_to_nothing_has_no_sign():
    """No table shows "-0": neither a value nor an end of its interval."""
    for value, low, high in ((0.3, -0.04, 4.0), (-0.2, -10.0, -0.01), (-0.0, -0.0, -0.0)):
        found = Estimate(value, low, high, 20, "mean, t 95 %")
        assert "-0.0" not in str(found)
        assert not re.search(r"-0\b(?!\.)", f"{found} {found.said('min')}")
        assert not re.search(r"-0\b(?!\.)", told._points(found))


def test_an_order_that_comes_in_has_no_finish_now():
    """It is not open in the plan as it is: it is not there."""
    asked = what_if(PLANT, SHIFT, f"rush {PLANT.products[0].name}:2@06:30", replications=2)
    row = next(row for row in told.orders(asked).rows if row[-1] == "comes in")
    assert row[5] == ""


def test_what_is_supposed_after_the_last_order_is_told():
    """A run without horizon ends with its orders; 05:00 is the next day, and too late."""
    shift = replace(SHIFT, horizon=None)
    found = what_if(PLANT, shift, "stop m1 05:00 1h", replications=2)
    assert found.sentence.endswith("Every run was over before Tue 05:00.")
    assert "was over" not in what_if(PLANT, shift, "stop m1 06:10 9h", replications=2).sentence
