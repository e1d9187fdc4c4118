"""Tests of actions: candidates told from the plan, screened, and tried on other luck."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.orchestrator.actions import actions
from simtwin.orchestrator.again import again
from simtwin.orchestrator.candidates import candidates
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.what_if import what_if
from simtwin.plant.calendar import CalendarSpec
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import CrewSpec, Intervention
from simtwin.plant.overtime import joined
from simtwin.plant.supposition import suppose
from simtwin.report import actions as told
from simtwin.report.page import html
from simtwin.result.actions import Action, Actions
from simtwin.result.effect import Effect
from simtwin.result.estimate import Estimate
from tests.small import PLANT, PLANT_FILE, SHIFT, SHIFT_FILE

N = 10


@pytest.fixture(scope="module")
def many():
    """Ten replications of the small shop, both orders of which are tight."""
    return replicate(PLANT, SHIFT, N)


@pytest.fixture(scope="module")
def found(many):
    """What helps it."""
    return actions(PLANT, SHIFT, ensemble=many)


def cutting(plant):
    """Return *plant* with a load in each step, as of machines that cut."""
    products = []
    for product in plant.products:
        operations = tuple(
            replace(op, steps=tuple(replace(step, share=0.5) for step in op.steps))
            for op in product.operations
        )
        products.append(replace(product, operations=operations))
    return replace(plant, products=tuple(products))


def test_candidates_come_from_late_orders_and_the_bottleneck(many):
    """Each late order, a machine more where it binds, another rule; feed if it cuts."""
    lines = candidates(PLANT, SHIFT, many.outcomes)
    assert ("rush second",) in lines
    assert ("rush first",) in lines
    assert ("add-machine m2",) in lines
    assert not [line for line in lines if line[0].startswith("feed")]
    assert ("feed m2 110",) in candidates(cutting(PLANT), SHIFT, many.outcomes)
    assert ("dispatching spt",) in lines
    assert not [line for line in lines if line[0].startswith("crew")]


def test_a_maintenance_is_moved_to_the_quietest_hour():
    """A planned maintenance is tried in the hour in which its machine has least to do."""
    shift = replace(SHIFT, interventions=(Intervention(600.0, "m1", "maintenance", 900.0),))
    outcomes = replicate(PLANT, shift, 4).outcomes
    moved = [line for line in candidates(PLANT, shift, outcomes) if line[0].startswith("move")]
    assert moved == [("move m1 06:10 08:00",)]  # All is done by eight.
    odd = replace(SHIFT, interventions=(Intervention(600.5, "m1", "maintenance", 900.0),))
    said = [line for line in candidates(PLANT, odd, outcomes) if line[0].startswith("move")]
    assert said == [("move m1 +600.5s 08:00",)]
    what_if(PLANT, odd, said[0], replications=2)


def test_a_crew_and_uneven_feeds_are_tried_as_they_are(many):
    """One fitter more; machines of a group that feed differently are raised one by one."""
    plant = parse_plant("""
plant: crewed
crew: {members: 1}
machines:
  - {id: mill-1, group: mills, feed_override: 90}
  - {id: mill-2, group: mills}
products:
  - id: part
    route: [{operation: cut, machines: [mills], duration_min: 5}]
""")
    plant = cutting(plant)
    shift = parse_scenario(
        """
scenario: hour
plant: crewed
horizon: 1 h
orders: [{id: one, product: part, quantity: 40, due_min: 30}]
""",
        plant,
    )
    outcomes = replicate(plant, shift, 2).outcomes
    lines = candidates(plant, shift, outcomes)
    assert ("feed mill-1 99", "feed mill-2 110") in lines
    assert ("crew 2",) in lines
    assert ("rush one",) not in lines  # There is no other order before which it could go.
    fast = plant.with_changes({"machines.*.feed_override": 190.0})
    assert not [line for line in candidates(fast, shift, outcomes) if "feed" in line[0]]
    bare = tuple(replace(one, hours=None) for one in outcomes)
    assert not [line for line in candidates(plant, shift, bare) if "mill" in line[0]]


def test_a_sequence_is_followed(many):
    """Where a sequence is given, no rule and no rush is tried."""
    fixed = replace(SHIFT, dispatching="sequence", sequence={"m1": ("first", "second")})
    kinds = {line[0].split()[0] for line in candidates(PLANT, fixed, many.outcomes)}
    assert kinds == {"add-machine"}


def test_open_orders_ask_for_overtime(many):
    """Overtime is tried where orders are open at the end."""
    short = SHIFT.with_changes({"horizon": 2400.0})
    outcomes = replicate(PLANT, short, 3).outcomes
    assert ("overtime 2h",) in candidates(PLANT, short, outcomes)
    assert ("overtime 2h",) not in candidates(PLANT, SHIFT, many.outcomes)


def early_shop(until: str = "07:00"):
    """Return the shop with a short shift of its own every day."""
    ends = int(until[:2]) * 3600.0
    early = CalendarSpec("early", (((6 * 3600.0, ends),),) * 7)
    machines = tuple(replace(each, calendar="early") for each in PLANT.machines)
    return replace(PLANT, calendars=(early,), machines=machines)


def test_overtime_is_tried_after_the_last_shift():
    """Where all calendars have ended a shift more is tried, and it helps what is open."""
    plant, short = early_shop(), replace(SHIFT, horizon=3600.0)
    outcomes = replicate(plant, short, 2).outcomes
    assert ("overtime 2h",) in candidates(plant, short, outcomes)


def test_without_an_end_evenings_are_tried():
    """Late orders of a run until all is done: the first evening, and all of them."""
    plant, endless = early_shop(), replace(SHIFT, horizon=None)
    outcomes = replicate(plant, endless, 2).outcomes
    lines = [line for line in candidates(plant, endless, outcomes) if "overtime" in line[0]]
    first = "overtime 2026-01-05 07:00-09:00"
    assert lines == [(first,), (first, "overtime 2026-01-06 07:00-09:00")][: len(lines)]
    assert lines
    tried = actions(plant, endless, 8, tries=lines, screened=2, workers=1)
    assert tried.helpful
    assert all(one.suppositions[0] == first for one in tried.tried)


def test_a_crew_of_several_is_tried_with_one_more(many):
    """Named crews are raised one by one, in words that a what-if understands."""
    plant = replace(PLANT, crews=(CrewSpec("fitters", 1, ("repair",)),))
    (line,) = [each for each in candidates(plant, SHIFT, many.outcomes) if "crews" in each[0]]
    assert line == ("set crews.fitters.members=2",)
    scenario, said = suppose(plant, SHIFT, line)
    assert scenario.changes.values == {"crews.fitters.members": 2}
    assert said == ("the crew fitters has 2 instead of 1",)


def test_where_nothing_is_random_few_runs_tell_all():
    """Two runs alike are no chance then: what helps in both helps, as a what-if says."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m}]\n"
        "products: [{id: a, route: [{operation: o, machines: [m], duration_min: 10}]}]"
    )
    orders = 'orders: [{id: o, product: a, quantity: 6, due: "06:20"}]'
    shift = parse_scenario(f"scenario: s\nplant: p\nstart: 2026-01-05 06:00\n{orders}", plant)
    tried = actions(plant, shift, 2, tries=["add-machine m"], screened=2, workers=1)
    assert [told.reading(one) for one in tried.tried] == ["helps"]
    assert tried.sentence.startswith("What helps most: m-2 comes in, like m: ")


def test_shifts_of_several_evenings_are_told_once():
    """Whose they are, and who stays away, is said once and not for each."""
    day = "day also works from {} (without fit)"
    assert joined([day.format("14:00 to 16:00")]) == day.format("14:00 to 16:00")
    spans = ["14:00 to 16:00", "Tue 14:00 to Tue 16:00", "Wed 14:00 to Wed 16:00"]
    told_once = "14:00 to 16:00, Tue 14:00 to Tue 16:00 and Wed 14:00 to Wed 16:00"
    assert joined([day.format(span) for span in spans]) == day.format(told_once)
    other = ["day also works from 14:00 to 16:00", "the crew has 2 instead of 1"]
    assert joined(other) == " and ".join(other)


def test_what_is_tried_equals_what_if(found, many):
    """The best are tried on the luck of the plan as it is: what_if finds the same numbers."""
    best = found.tried[0]
    same = what_if(PLANT, SHIFT, best.suppositions, replications=N)
    assert same.effect == best.effect
    assert found.n == N


def test_screening_sees_other_luck(found):
    """Screened effects are of runs that the trial does not use (winner's curse)."""
    place = next(
        one for one in found.screened if one.suppositions == found.tried[0].suppositions
    )
    assert place.effect.parts.n == found.screened_n == 6
    assert found.tried[0].effect.parts.n == N
    assert place.effect != found.tried[0].effect


def test_nothing_is_claimed_that_crosses_0(many):
    """An action without effect is no help, and the sentence names none."""
    nothing = actions(PLANT, SHIFT, ensemble=many, tries=["set stations.m2.capacity=400"])
    assert nothing.helpful == ()
    assert nothing.tried == ()
    assert nothing.sentence == (
        "Nothing tried helps clearly (1 screened in 6 paired runs each)."
    )
    assert told.as_plain(nothing)["tried"] == []


def test_several_suppositions_may_be_one_action(many):
    """An action may be more than one thing, and is told as both."""
    both = actions(
        PLANT, SHIFT, ensemble=many, tries=[("add-machine m2", "feed m1 120"), "rush first"]
    )
    assert any(one.said == "m3 comes in, like m2 and the feed of m1 is at 120 %"
               for one in both.screened)  # fmt: skip
    assert both.helpful
    assert both.sentence.startswith("What helps most: m3 comes in")


def test_a_plan_that_gets_stuck_is_no_help():
    """A rule or a machine less under which the shop deadlocks is named, and not told of."""
    plant = parse_plant("""
plant: ring
machines: [{id: a, buffer: 0}, {id: b, buffer: 0}]
products:
  - id: there
    route:
      - {operation: one, machines: [a], duration_min: 3}
      - {operation: two, machines: [b], duration_min: 3}
  - id: back
    route:
      - {operation: one, machines: [b], duration_min: 3}
      - {operation: two, machines: [a], duration_min: 3}
""")
    shift = parse_scenario(
        """
scenario: one by one
plant: ring
orders:
  - {id: go, product: there, due_min: 5}
  - {id: come, product: back, release_min: 10, due_min: 15}
""",
        plant,
    )
    found = actions(plant, shift, 3, tries=["set orders.come.release_min=0"])
    assert found.failed == (("set orders.come.release_min=0",),)
    assert "There is nothing to try" in found.sentence
    assert "got stuck, and is not told of, with: set orders.come" in told.table(found).note


def test_answers_are_alike_on_any_door(found, many, tmp_path, monkeypatch):
    """Verb, ensemble, orchestrator and command say the same."""
    assert many.actions() == found
    with st.Orchestrator(PLANT, SHIFT, workers=1) as shop:
        assert told.as_plain(shop.actions(N)) == told.as_plain(found)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(PLANT_FILE, "utf-8")
    (tmp_path / "day.yaml").write_text(SHIFT_FILE.replace("plant: two", "plant: two.yaml"))
    asked = ["run", "day.yaml", "-n", str(N), "--actions", "--workers", "1"]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["actions"] == told.as_plain(found)
    said = CliRunner().invoke(app, [*asked, "--report", "day.html"])
    assert found.sentence in said.stdout
    assert '<section id="actions"' in (tmp_path / "day.html").read_text("utf-8")


def test_an_ensemble_knows_the_state_that_it_went_on_from():
    """Actions, reasons and the median run of a look from seven o'clock begin there too."""
    with st.Orchestrator(PLANT, SHIFT, workers=1) as shop:
        seven = shop.at("06:20")
        many = seven.replicate(6)
        assert many.actions() == seven.actions(6)
        for one in many.reasons():
            assert many.outcomes[one.replication].orders
        assert again(many, 3).window.start == 1200.0
    part = replicate(PLANT, SHIFT, 4, until=3600.0)
    assert again(part, 2).end == 3600.0
    assert part.actions().tried == actions(PLANT, SHIFT, 4, until=3600.0).tried


def test_a_single_run_has_no_actions():
    """One run is an observation; nothing can be compared with it."""
    done = CliRunner().invoke(app, ["run", "day_shift", "--once", "--actions"])
    assert (done.exit_code, "needs replications" in done.stderr) == (2, True)
    done = CliRunner().invoke(app, ["run", "day_shift", "-n", "1", "--actions"])
    assert done.exit_code == 2


def test_an_interrupted_search_says_what_is_complete(many):
    """Stopped amid the screening, what was screened is told and nothing is claimed."""
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 12:
            raise KeyboardInterrupt

    part = actions(PLANT, SHIFT, ensemble=many, guard=stop, workers=1)
    assert part.partial
    assert part.tried == ()
    assert part.sentence.startswith("Stopped early: ")


def test_the_table_says_who_helps(found, many):
    """Each figure has its interval; what makes it worse is called so."""
    table = told.table(found)
    assert table.columns[0] == "what"
    assert len(table.rows) == len(found.tried)
    assert set(found.frame()["helps"]) <= {True, False}
    assert len(found.frame("screened")) == len(found.screened)
    assert str(found).startswith(found.sentence)
    assert "Actions(" in repr(found)
    worse = actions(PLANT, SHIFT, ensemble=many, tries=["stop m2 06:05 50min"])
    assert worse.tried == ()
    page = html(many, found)
    assert "What would help" in page


def test_the_table_says_what_its_reading_allows_for(found):
    """UX: a reading that is not clear beside an interval without 0 is explained under it."""
    line = told.table(found).note.splitlines()[-1]
    count = len(found.tried)
    assert line.startswith(f"The reading is about tardiness alone and allows for {count} being")
    assert "(Holm)" in line
    alone = told.table(replace(found, tried=found.tried[:1]))
    assert alone.note.endswith("The reading is about tardiness alone.")


def test_who_helps_another_figure_is_not_said_to_help_nothing():
    """More parts stand beside unclear tardiness: the sentence says both."""
    unclear = Estimate(-60.0, -300.0, 180.0, 30, "t")
    clear = Estimate(25.6, 20.4, 30.9, 30, "t")
    effect = Effect(Estimate(-0.1, -0.3, 0.1, 30, "t"), unclear, clear, None, 0.6)
    made = Actions(
        PLANT, SHIFT, 1, 30, 6, (Action(("add-machine m1",), "more m1", effect),), ()
    )
    made = replace(made, screened=made.tried)
    assert effect.betters
    assert made.sentence == (
        "Nothing tried clearly helps tardiness, but more m1: +25.6 [20.4, 30.9] good parts; no "
        "clear difference in late orders and tardiness (1 screened in 6 paired runs each, the "
        "best 1 tried in 30 others)."
    )
    worse = replace(effect, late=Estimate(1.0, 0.5, 1.5, 30, "t"))
    assert not worse.helps_else
