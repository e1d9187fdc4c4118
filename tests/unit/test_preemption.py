"""Tests of priorities that interrupt: files, words, who goes, what is kept, other plants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from simtwin.errors import FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.forecast import forecast
from simtwin.shop.onto import onto
from simtwin.shop.plan import plan_of
from tests.laws.branches import begin, first_difference, resume, story
from tests.laws.branches import finish as to_the_end

if TYPE_CHECKING:
    from simtwin.result.result import Result
    from simtwin.shop.shop import Shop

TEXT = """
plant: one
machines: [{id: m, preempt: true}]
products: [{id: p, route: [{operation: work, machines: [m], duration_s: 100}]}]
"""

ORDERS = """
scenario: day
plant: one
horizon_s: 1000
orders:
  - {id: slow, product: p}
  - {id: next, product: p}
  - {id: hot, product: p, release_s: 30, priority: 1}
  - {id: hotter, product: p, release_s: 50, priority: 2}
"""


def run(plant: str = TEXT, orders: str = ORDERS) -> Result:
    """Return a run of *orders* on *plant*."""
    model = parse_plant(plant)
    return simulate(model, parse_scenario(orders, model))


def ends(result: Result) -> dict[str, float | None]:
    """Return when each order was finished [s]."""
    return {row.order: row.finish for row in result.window.orders}


def test_the_most_urgent_goes_and_the_others_go_on_where_they_were():
    """Work 30, 20, 100; then 80 and 70 are left, highest first: preemptive resume.

    "next" was begun first, by name; interrupted, it goes on before "slow", its like.
    """
    found = run()
    assert ends(found) == {"hotter": 150.0, "hot": 230.0, "next": 300.0, "slow": 400.0}
    assert found.window.machines["m"].counts["interruptions"] == 2
    assert found.window.machines["m"].work == 400.0
    assert found.log is not None
    rows = [(r.time, r.job) for r in found.log.pieces if r.kind == "interrupted"]
    assert rows == [(30.0, "next"), (50.0, "hot")]


def test_without_the_key_nobody_is_interrupted():
    """Priority alone says who is next, not who is stopped."""
    found = run(TEXT.replace(", preempt: true", ""))
    assert ends(found) == {"next": 100.0, "hotter": 200.0, "hot": 300.0, "slow": 400.0}


def test_a_setup_in_hand_is_ended_first():
    """The setup of 40 s is not stopped; at its end "hot" begins, for 10 s, then "hotter"."""
    found = run(TEXT.replace("duration_s: 100", "duration_s: 100, setup_s: 40"))
    assert ends(found)["hot"] == 240.0
    assert ends(found)["hotter"] == 150.0
    assert found.window.machines["m"].counts["setups"] == 1
    late = run(
        TEXT.replace("duration_s: 100", "duration_s: 100, setup_s: 60"),
        ORDERS.replace("release_s: 50", "release_s: 55"),
    )
    assert ends(late)["hotter"] == 160.0


def test_of_two_machines_the_less_urgent_piece_is_interrupted():
    """The lowest priority goes first; of equal ones who came last, then by machine."""
    plant = TEXT.replace(
        "[{id: m, preempt: true}]", "[{id: m, group: g, preempt: true}, {id: n, group: g}]"
    ).replace("machines: [m]", "machines: [g]")
    found = run(plant)
    assert found.log is not None
    rows = [(r.time, r.job, r.place) for r in found.log.pieces if r.kind == "interrupted"]
    assert rows == [(30.0, "next", "m"), (50.0, "slow", "n")]


def test_a_sequence_is_not_interrupted():
    """Under a given sequence the sequence says who is next."""
    given = "dispatching: sequence\nsequence: {m: [slow, next, hot, hotter]}\norders:"
    found = run(TEXT, ORDERS.replace("orders:", given))
    assert ends(found) == {"slow": 100.0, "next": 200.0, "hot": 300.0, "hotter": 400.0}


def test_the_group_says_it_once_and_the_check_repeats_it():
    """Machines of a group agree; ``check`` says that the more urgent interrupts."""
    assert "the more urgent interrupts" in understand(parse_plant(TEXT)).text()
    two = TEXT.replace(
        "[{id: m, preempt: true}]",
        "[{id: m, group: g, preempt: true}, {id: n, group: g, preempt: false}]",
    ).replace("machines: [m]", "machines: [g]")
    with pytest.raises(FileProblems, match="preempt of group 'g' is True elsewhere"):
        parse_plant(two)
    bad = TEXT + "sources: [{id: s, product: p, every_s: 9, priority: 1.5}]\n"
    with pytest.raises(FileProblems, match="priority"):
        parse_plant(bad)


def test_the_priority_of_a_source_can_be_changed_by_name():
    """``sources.s.priority`` is a whole number like others."""
    model = parse_plant(TEXT + "sources: [{id: s, product: p, every_s: 900}]\n")
    assert model.with_changes({"sources.s.priority": 3}).sources[0].priority == 3
    with pytest.raises(InvalidInput, match="whole"):
        model.with_changes({"sources.s.priority": 0.5})


RANDOM = TEXT.replace("duration_s: 100", "duration: {uniform: {low_s: 60, high_s: 140}}")


def waiting(text: str = RANDOM) -> Shop:
    """Return the shop at 55 s: two pieces were interrupted."""
    model = parse_plant(text)
    living = begin(model, parse_scenario(ORDERS, model))
    living.env.advance(55.0)
    assert set(living.interrupted) == {"next", "hot"}
    return living


def test_work_left_stands_in_the_snapshot_sealed():
    """Forgotten, the branch goes another way; what is done of it is public, the rest is not."""
    living = waiting()
    snapshot = capture(living)
    text = to_json(snapshot)
    assert to_json(from_json(text)) == text
    assert '"left"' not in text.partition('"sealed"')[0]
    whole = story(to_the_end(living), 55.0)
    same = story(to_the_end(resume(living.model, living.scenario, snapshot)), 55.0)
    assert first_difference(same, whole) == ""
    for name in ("next", "hot"):
        left = {k: v for k, v in snapshot.states[" interrupted"].items() if k != name}
        lost = replace(snapshot, states={**snapshot.states, " interrupted": left})
        other = story(to_the_end(resume(living.model, living.scenario, lost)), 55.0)
        assert first_difference(other, whole) != ""


def test_a_forecast_draws_what_is_left_again_given_what_is_done():
    """Uniform from 60 to 140 with 30 s done: 30 to 110 s are left, whatever was drawn."""
    living = waiting()
    snapshot = capture(living)
    lefts = []
    for replication in range(40):
        ahead = forecast(
            plan_of(living.model), living.scenario, snapshot, seed=5, replication=replication
        )
        work = ahead.interrupted["next"]
        assert work.spent == 30.0
        lefts.append(work.left)
    assert all(30.0 <= left <= 110.0 for left in lefts)
    assert len(set(lefts)) == 40
    hidden = structs.replace(snapshot.states[" interrupted"]["next"], left=1.0)
    others = {**snapshot.states[" interrupted"], "next": hidden}
    peeked = replace(snapshot, states={**snapshot.states, " interrupted": others})
    again = forecast(plan_of(living.model), living.scenario, peeked, seed=5, replication=7)
    assert again.interrupted["next"].left == lefts[7]


def test_onto_another_plant_work_left_is_kept_or_said_to_be_lost():
    """Nothing interrupts any more: kept. Other steps: the work done on it is lost, in words."""
    living = waiting()
    snapshot, model = capture(living), living.model
    calm = replace(model, stations=tuple(replace(one, preempt=False) for one in model.stations))
    moved = onto(snapshot, calm, old=model)
    assert moved.snapshot.states[" interrupted"] == snapshot.states[" interrupted"]
    assert "nothing is interrupted any more" in moved.moves.text()
    to_the_end(resume(calm, living.scenario, moved.snapshot))
    other = parse_plant(RANDOM.replace("low_s: 60", "low_s: 90"))
    changed = onto(snapshot, other, old=model)
    assert changed.snapshot.states[" interrupted"] == {}
    assert "next: begins again, the work done on it is lost" in changed.moves.text()
    to_the_end(resume(other, living.scenario, changed.snapshot))
