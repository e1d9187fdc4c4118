"""Tests of where the time of late orders went: in queues, machines, on ways, before the run."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.result.lateness import Lateness
from tests.laws.logbook import every_second_is_told

SHOP = """
plant: shop
MORE
machines: [{id: mill}, {id: wash, buffer: 0}]
products:
  - id: p
    route:
      - {operation: one, machines: [mill], duration_min: 5}
      - {operation: two, machines: [wash], duration_min: 5}
  - {id: slow, route: [{operation: two, machines: [wash], duration_min: 180}]}
"""


def shift(orders: str, more: str = "", text: str = SHOP, events: str = ""):
    """Return a run of a few orders through two machines."""
    plant = parse_plant(text.replace("MORE", more))
    head = f"scenario: s\nplant: {plant.name}\nstart: 2026-01-05 06:00\n"
    scenario = parse_scenario(f"{head}orders: [{orders}]\n{events}", plant)
    return simulate(plant, scenario)


def why(run, order: str) -> str:
    """Return the reason of a late order."""
    return run.frame("orders").set_index("order")["why"][order]


def test_who_stands_done_in_a_machine_is_blocked():
    """Its work ends at 06:05; the wash is full until 09:00, and takes it then."""
    orders = "{id: big, product: slow}, {id: small, product: p, due: '07:00'}"
    told = why(shift(orders), "small")
    assert told == "its piece stood longest blocked in mill (2.9 h)"


def test_who_waits_for_a_card_waits_at_the_release():
    """One piece at a time is let in: the second of two comes when the first order is done."""
    orders = "{id: big, product: p, quantity: 12}, {id: small, product: p, due: '06:40'}"
    run = shift(orders, "flow: {conwip: 1}")
    waited = "its piece waited longest at the release for a card (2.0 h)"
    assert why(run, "small") == waited
    orders = orders.replace("12", "60")
    short = shift(orders, "flow: {conwip: 1}", events="horizon: 2 h")
    assert why(short, "small") == f"{waited}; its piece was still open at the end"
    two = orders.replace("small, product: p", "small, product: p, quantity: 2")
    said = why(shift(two, "flow: {conwip: 1}", events="horizon: 2 h"), "small")
    assert said.startswith("its pieces waited longest at the release for a card (2.0 h each)")
    assert said.endswith("; 2 of 2 pieces were still open at the end")


def test_who_replaces_scrap_waits_at_the_release_from_the_scrap_on():
    """The piece is scrapped at 06:05; the one in its place is kept out from then to 08:00."""
    text = SHOP.replace("[mill], duration_min: 5}", "[mill], duration_min: 5, scrap: 0.99}", 1)
    orders = "{id: a, product: p, due: '06:40'}, {id: big, product: slow, quantity: 3}"
    run = shift(orders, "flow: {conwip: 1}", text, events="horizon: 2 h")
    small = run.window.orders[0]
    assert (small.scrapped, small.finished) == (1, 0)
    first, second = Lateness(run).spent(small)
    assert first == {("release", " for a card"): 0.0, ("work", "mill"): 300.0}
    assert second == {("release", " for a card"): 6900.0}
    every_second_is_told(run)


def test_who_is_done_at_once_has_waited_at_the_release():
    """One piece is in the wash for three hours, with the card; the next take no time."""
    text = SHOP.replace("duration_min: 5}", "duration_min: 0}")
    orders = "{id: big, product: slow}, {id: late, product: p, quantity: 2, due: '06:30'}"
    run = shift(orders, "flow: {conwip: 1}", text)
    waited = "its pieces waited longest at the release for a card (3.0 h each)"
    assert why(run, "late") == waited
    every_second_is_told(run)


def test_who_waits_for_a_mover_waits_at_the_release_too():
    """The one mover needs 50 min for a way, and 50 min back."""
    ways = "transport: {movers: 1, times_min: {release: {mill: 50}}}"
    orders = "{id: a, product: p}, {id: b, product: p, due: '07:30'}"
    run = shift(orders, ways)
    assert why(run, "b") == "its piece waited longest at the release for a mover (50 min)"
    run = shift(
        "{id: a, product: p, due: '07:00'}",
        "transport: {time_min: 10, times_min: {release: {mill: 55}}}",
    )
    assert why(run, "a") == "its piece travelled longest to mill (55 min)"


def test_who_is_in_a_machine_overnight_is_off_shift():
    """Its hour of work begins at 13:15; the shift ends at 14:00 and goes on at 06:00."""
    text = """
plant: days
calendars: [{id: day, week: {mon-fri: ["06:00-14:00"]}}]
at_shift_end: pause
machines: [{id: mill, calendar: day}]
products: [{id: p, route: [{operation: one, machines: [mill], duration_min: 60}]}]
"""
    run = shift("{id: a, product: p, release: '13:15', due: '18:00'}", text=text)
    assert why(run, "a") == "its piece stood longest off shift in mill (16.0 h)"


def test_work_is_a_reason_where_it_alone_takes_too_long():
    """One piece of 10 min in 8; 24 pieces of 5 min on the mill in 60 min: two hours."""
    run = shift("{id: a, product: p, due: '06:08'}")
    assert why(run, "a") == "its own work takes 10 min, longer than the 8 min it was given"
    run = shift("{id: a, product: p, quantity: 24, due: '07:00'}")
    assert why(run, "a").startswith(
        "its own work takes 2.0 h on mill, longer than the 60 min it was given; its pieces "
    )


def test_work_that_a_sister_would_have_shared_is_no_reason():
    """30 min on two mills in 20: the one that went on had 27 of them, for the other broke."""
    text = """
plant: pair
machines: [{id: m-1, group: g}, {id: m-2, group: g}]
products: [{id: p, route: [{operation: one, machines: [g], duration_min: 3}]}]
"""
    stop = "events: [{at: '06:01', machine: m-1, do: breakdown, for: 60 min}]"
    run = shift("{id: a, product: p, quantity: 10, due: '06:20'}", text=text, events=stop)
    assert why(run, "a") == (
        "its pieces waited longest at g (11 min each); m-1 was stopped 60 min (breakdown)"
    )
    run = shift("{id: a, product: p, quantity: 10, due: '06:12'}", text=text)
    assert why(run, "a").startswith(
        "its own work takes 15 min on each machine of g, longer than the 12 min it was given; "
    )
    apart = text.replace(", group: g", "").replace("[g]", "[m-1, m-2]")
    run = shift("{id: a, product: p, quantity: 10, due: '06:20'}", text=apart, events=stop)
    assert "own work" not in why(run, "a")


def test_what_is_short_is_told_where_nothing_else_is():
    """The work takes its ten minutes, and a stop of 30 s makes it late."""
    stop = "events: [{at: '06:02', machine: mill, do: breakdown, for: 30 s}]"
    run = shift("{id: a, product: p, due: '06:10'}", events=stop)
    assert why(run, "a") == "mill was stopped 30 s (breakdown)"


def test_a_stop_counts_only_while_pieces_stood_there():
    """The mill fails long after the piece has left it for the wash, which is full."""
    stop = "events: [{at: '07:00', machine: mill, do: breakdown, for: 90 min}]"
    long = SHOP.replace("[wash], duration_min: 5}", "[wash], duration_min: 300}")
    run = shift("{id: a, product: p, due: '07:00'}", text=long, events=stop)
    assert "stopped" not in why(run, "a")
    assert why(run, "a").startswith("its own work takes 5.1 h, longer than the 60 min")


def test_of_a_run_from_a_snapshot_it_is_told_from_when_on_it_is_known():
    """What happened before nobody knows there; it is not told as the order's own work."""
    plant, scenario = load_with_plant("day_shift")
    whole = simulate(plant, scenario, seed=5)
    late = [row for row in whole.window.orders if row.late(whole.end)]
    assert late
    cut = simulate(plant, scenario, seed=5, until="10:13:20")
    rest = simulate(plant, scenario, snapshot=cut.snapshot)
    for row in late:
        if row.release >= cut.end:
            continue
        done = row.finish is not None and row.finish <= cut.end
        known = ("what was before 10:13 is not known here", "before what is known here")[done]
        assert known in why(rest, row.order), row


@pytest.mark.parametrize("until", ["10:13:20", None])
def test_all_time_of_an_order_is_told(until):
    """The parts of each piece add up to its time from release to end, in the bundled shop."""
    plant, scenario = load_with_plant("day_shift")
    run = simulate(plant, scenario, seed=5, until=until)
    every_second_is_told(run)
    if until is not None:
        every_second_is_told(simulate(plant, scenario, snapshot=run.snapshot))


@pytest.mark.parametrize("until", [0.0, 120.0])
def test_who_was_in_a_machine_at_the_snapshot_was_in_work_there(until):
    """The mill begins at 06:00; a run that goes on from that very instant knows the piece."""
    plant = parse_plant(SHOP.replace("MORE", ""))
    text = "scenario: s\nplant: shop\nstart: 2026-01-05 06:00\n"
    text += "orders: [{id: a, product: p, quantity: 2, due: '06:04'}]"
    scenario = parse_scenario(text, plant)
    cut = simulate(plant, scenario, until=until)
    run = simulate(plant, scenario, snapshot=cut.snapshot)
    spent = Lateness(run).spent(run.window.orders[0])
    assert [each["release", ""] for each in spent] == [0.0, 0.0]
    assert sum(each["work", "mill"] for each in spent) == 600.0 - cut.end
    every_second_is_told(run)


@pytest.mark.parametrize(("due", "when"), [("05:30", "before"), ("06:00", "when")])
def test_a_run_that_ends_as_it_begins_tells_why(due, when):
    """At 06:00 the mill begins with the piece: it has been in no state before."""
    plant = parse_plant(SHOP.replace("MORE", ""))
    text = "scenario: s\nplant: shop\nstart: 2026-01-05 06:00\n"
    text += f"orders: [{{id: a, product: p, due: '2026-01-05 {due}'}}]"
    scenario = parse_scenario(text, plant)
    run = simulate(plant, scenario, until=0.0)
    still = "its piece was still open at the end"
    assert why(run, "a") == f"it was due at {due}, {when} the run begins; {still}"
    assert f"{when} the run begins" in run.chain(order="a").text()
    later = simulate(plant, scenario, until=300.0)
    same = simulate(plant, scenario, snapshot=later.snapshot, until=300.0)
    assert why(same, "a").endswith(f"what was before 06:05 is not known here; {still}")


SETTER = """
plant: late
calendars:
  - {id: day, week: {mon-fri: ["06:00-14:00"]}, breaks: ["09:00-09:15"]}
  - {id: late, week: {mon-fri: ["10:00-18:00"]}}
calendar: day
at_shift_end: pause
crews: [{id: fitters, members: 1, skills: [repair, setup], calendar: late}]
machines: [{id: saw}]
products:
  - {id: p, route: [{operation: cut, machines: [saw], duration_min: 6, setup_min: 10}]}
"""


def test_a_wait_that_a_break_parts_is_one_stop():
    """From 06:00 to 10:00 it waits for a setter; from 09:00 to 09:15 it is off shift."""
    run = shift("{id: a, product: p, due: '08:00'}", text=SETTER)
    assert why(run, "a") == (
        "its piece stood longest off shift in saw (15 min); "
        "saw was stopped 3.8 h (setup)"
    )  # fmt: skip
    assert run.frame("downtime")["stops"].tolist() == [1]
    told = run.chain(order="a").text()
    assert told == (
        "saw stops and waits for the crew: setup 06:00 -> saw is off shift 09:00 -> saw stops "
        "and waits for the crew: setup 09:15 -> saw goes on 10:00 -> a late by 2.3 h (waited "
        "4.0 h for it) 10:16"
    )


def test_a_clock_shows_its_own_minutes():
    """What begins 30 s past a minute has its due times, and its stops, at whole minutes."""
    plant = parse_plant(SHOP.replace("MORE", ""))
    text = """
scenario: s
plant: shop
start: 2026-01-05 06:00:30
orders: [{id: a, product: p, release: "06:31", due: "06:33"}]
events: [{at: "06:32", machine: mill, do: stop, for: 2 min}]
"""
    run = simulate(plant, parse_scenario(text, plant))
    assert run.chain("mill", "06:33").text() == (
        "mill stops: stopped by operator 06:32 -> mill goes on 06:34 -> "
        "a late by 10 min (waited 2 min for it) 06:43"
    )
