"""Tests of what a machine lacks: a card, a piece on its way, somebody who carries."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario

PLANT = """
plant: pull
MORE
machines: [{id: m-1}, {id: m-2, buffer: 1}]
products:
  - id: p
    route:
      - {operation: one, machines: [m-1], duration_min: 1}
      - {operation: two, machines: [m-2], duration_min: 5}
"""


def shop(more: str, quantity: int = 8):
    """Return a plant of two machines, and a morning of one order."""
    plant = parse_plant(PLANT.replace("MORE", more))
    orders = f"orders: [{{id: a, product: p, quantity: {quantity}}}]"
    text = f"scenario: s\nplant: pull\nstart: 2026-01-05 06:00\n{orders}"
    return plant, parse_scenario(text, plant)


@pytest.mark.parametrize("limit", ["conwip: 2", "conwip: {p: 2}"])
def test_who_waits_for_a_card_is_not_starved_by_upstream(limit: str):
    """The first machine lacks a card; it hangs on the machine where the pieces are."""
    run = simulate(*shop(f"flow: {{{limit}}}"))
    first, then = run.why("m-1", "06:09").splitlines()
    assert first.endswith("no card is free, 2 pieces are in the shop and no more let in.")
    assert then.startswith("m-2 produces a/2")


def test_pieces_that_took_no_step_since_the_snapshot_are_there():
    """A run that goes on counts who has the cards, also while they do nothing to be told."""
    plant, scenario = shop("flow: {conwip: 2}")
    whole = simulate(plant, scenario)
    cut = simulate(plant, scenario, until="06:03")
    run = simulate(plant, scenario, snapshot=cut.snapshot)
    assert "no card is free, 2 pieces are" in whole.why("m-1", "06:05")
    for at in ("06:03", "06:05", "06:09", "06:15"):
        assert run.why("m-1", at) == whole.why("m-1", at)


OVENS = """
plant: ovens
machines:
  - {id: slow}
  - {id: fast}
  - {id: oven, batch: {most: 4, least: 3, wait_min: 40, same: any}}
products:
  - id: p
    route:
      - {operation: cut, machines: [slow], duration_min: 20}
      - {operation: bake, machines: [oven], duration_min: 60}
  - id: q
    route:
      - {operation: cut, machines: [fast], duration_min: 5}
      - {operation: bake, machines: [oven], duration_min: 60}
"""


def test_a_batch_waits_since_the_first_of_its_pieces_came():
    """The piece of b comes at 06:05, that of a at 06:20; the oven waits 40 min for a third."""
    plant = parse_plant(OVENS)
    orders = "orders: [{id: a, product: p}, {id: b, product: q}]"
    text = f"scenario: s\nplant: ovens\nstart: 2026-01-05 06:00\n{orders}"
    scenario = parse_scenario(text, plant)
    run = simulate(plant, scenario)
    filling = "its batch is filling, 2 of at least 3 wait, b since"
    fewer = "from 06:45 on it begins with fewer"
    assert f"{filling} 06:05; {fewer}" in run.why("oven", "06:25")
    assert run.why("oven", "06:45").startswith("oven produces")
    cut = simulate(plant, scenario, until="06:10")
    rest = simulate(plant, scenario, snapshot=cut.snapshot)
    assert f"{filling} before 06:10." in rest.why("oven", "06:25")
    end = simulate(plant, scenario, snapshot=cut.snapshot, until="06:25")
    assert f"{filling} 06:05; {fewer}" in end.why("oven", "06:25")


def test_a_piece_on_its_way_is_told():
    """Three minutes in, one to do, three on the way: nothing is late, it is carried."""
    run = simulate(*shop("transport: {time_min: 3}"))
    assert run.why("m-2", "06:04:30").startswith(
        "m-2 is starved since 06:00: 1 piece is on the way to it."
    )
    assert "no piece has come" in run.why("m-2", "06:02")


def test_who_is_blocked_for_want_of_a_mover():
    """The one mover brings pieces in; the first that is done finds nobody to carry it."""
    run = simulate(*shop("transport: {time_min: 3, movers: 1}"))
    assert "nobody to carry it: all movers are out" in run.why("m-1", "06:05")
    assert "carry" not in simulate(*shop("transport: {time_min: 0.1}")).why("m-1", "06:05")


def test_the_starvation_clock_counts_what_is_on_its_way():
    """At 4.5 min one piece is in work until 9, one comes at 5, one is done and waits for room.

    So m-2 has work until 19 min. At 2.5 min nothing has come to it yet: it stands already.
    """
    plant, scenario = shop("transport: {times_min: {m-1: {m-2: 3}}}")
    found = impact(plant, scenario, "m-1", at="06:04:30", duration="60 min", replications=1)
    (clock,) = found.pairs[0].clocks
    assert (clock.machine, clock.state, clock.at) == ("m-2", "starved", 19.0 * 60.0)
    assert found.pairs[0].firsts["starved"]["m-2"] == clock.at
    early = impact(plant, scenario, "m-1", at="06:02:30", duration="60 min", replications=1)
    assert early.pairs[0].clocks[0].at == 150.0


JOB_SHOP = """
plant: j
crew: {members: 1}
machines:
  - id: a
    failures: [{id: x, clock: calendar, life: {fixed: {value_min: 50}}, repair_min: 15}]
  - id: b
    buffer: 1
    failures: [{id: y, clock: powered, life: {fixed: {value_min: 55}}, repair_min: 20}]
  - {id: c, buffer: 0}
products:
  - id: P
    route:
      - {operation: one, machines: [a], duration_min: 5, setup_min: 3}
      - {operation: two, machines: [b], duration_min: 6}
      - {operation: three, machines: [c], duration_min: 4}
  - id: Q
    route:
      - {operation: one, machines: [a], duration_min: 4, setup_min: 2}
      - {operation: three, machines: [c], duration_min: 7}
"""
JOBS = """
scenario: j
plant: j
start: 2026-03-02 06:00
orders:
  - {id: p, product: P, quantity: 12, due: "07:20"}
  - {id: q, product: Q, quantity: 8, due: "08:10", priority: 2, release: "06:33"}
  - {id: r, product: Q, quantity: 3, due: "08:25", release: "07:05"}
"""


@pytest.fixture(scope="module")
def jobs():
    """Return a morning of two products, one of which leaves out a machine."""
    plant = parse_plant(JOB_SHOP)
    return simulate(plant, parse_scenario(JOBS, plant))


def test_a_starved_machine_hangs_on_whoever_holds_what_comes_next(jobs):
    """At 07:54 p/7 is in b and comes to c next; p/8, in a, has to go to b before."""
    assert jobs.why("c", "07:54").splitlines()[1].startswith("b produces p/7 (two)")
    # What comes to b next waits before a, which works on another order.
    assert jobs.why("b", "07:40").splitlines()[1].startswith("a produces q/8 (one)")


def test_who_is_starved_hangs_on_no_sister():
    """In the bundled shift it hangs on one that holds a piece, never on a starved one."""
    run = simulate(*load_with_plant("day_shift"), seed=1)
    found = 0
    for row in run.frame("states").itertuples():
        if row.state == "starved" and row.end_s > row.start_s:
            told = run.why(row.machine, 0.5 * (row.start_s + row.end_s)).splitlines()
            assert not any("is starved" in line for line in told[1:])
            found += len(told) > 1
    assert found > 30


def test_a_piece_that_has_left_a_stopped_machine_is_told_there_no_more(jobs):
    """A fails at 06:50 and goes on standing when q/2 has left it for c at 06:53."""
    told = jobs.at("06:58")
    assert (told["a"]["state"], told["a"]["job"], told["a"]["operation"]) == ("down", "", "")
    assert told["c"]["job"] == "q/2"
    assert jobs.at("06:51")["a"]["job"] == "q/2"
