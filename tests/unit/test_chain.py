"""Tests of the chain of events, on plants whose story is known beforehand."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.result import machine_states, reason
from simtwin.result.result import Result
from tests.laws.shops import shop

LINE = """
plant: line
crew: {members: 1}
machines:
  - {id: saw}
  - id: mill
    buffer: 1
    failures: [{id: belt, clock: calendar, life_min: 30, repair_min: 20}]
  - {id: lathe, buffer: 2}
products:
  - id: part
    route:
      - {operation: saw, machines: [saw], duration_min: 4}
      - {operation: mill, machines: [mill], duration_min: 4}
      - {operation: turn, machines: [lathe], duration_min: 4}
"""

SHIFT = """
scenario: morning
plant: line
start: 2026-01-05 06:00
horizon: 90 min
orders:
  - {id: order-1, product: part, quantity: 3, due_min: 40}
  - {id: order-2, product: part, quantity: 9, due_min: 60}
  - {id: order-3, product: part, quantity: 1}
"""


def line(shift: str = SHIFT) -> Result:
    """Return a run of three machines in line; the belt of the second lasts 30 minutes."""
    plant = parse_plant(LINE)
    return simulate(plant, parse_scenario(shift, plant))


def test_a_stop_is_followed_to_whom_it_starved_and_made_late():
    """The belt breaks at 06:30: the saw blocks, the lathe starves, an order is late."""
    chain = line().chain("mill", "06:40")
    assert chain.text() == (
        "mill stops: belt 06:30 -> lathe starved 06:32 -> saw blocked 06:36 -> "
        "mill goes on 06:50 -> order-2 late by 16 min (waited 20 min for it) 07:16"
    )
    assert [link.time for link in chain] == sorted(link.time for link in chain)


def test_a_starved_machine_is_traced_back_to_the_stop():
    """Asked of the machine that starved, the chain begins with the one that stopped."""
    run = line()
    of_stop, of_starved = run.chain("mill", "06:40"), run.chain("lathe", "06:45")
    assert [link for link in of_starved if link.who != "order-2"] == [
        link for link in of_stop if link.who != "order-2"
    ]


def test_a_late_order_is_traced_back_to_the_stop_it_waited_for():
    """Asked of the order, the chain names its stop, and no other order."""
    chain = line().chain(order="order-2")
    assert chain.links[0].what == "stops: belt"
    assert {link.who for link in chain} == {"mill", "saw", "lathe", "order-2"}


def test_nothing_is_invented():
    """An order in time, a machine at work, and a run without stops have no chain of causes."""
    run = line()
    assert run.chain(order="order-1").text() == "order-1 is not late 06:20"
    assert run.chain(order="order-3").links[0].what == "is not late"
    assert run.chain("mill", "06:10").text() == "mill is producing 06:08"
    assert run.chain("saw").text() == "saw has had no unplanned stop 07:30"


def test_an_order_late_without_a_stop_is_told_so():
    """Where no stop held its pieces up, the time went into waiting and work."""
    tight = SHIFT.replace("due_min: 40", "due_min: 15")
    chain = line(tight).chain(order="order-1")
    assert len(chain) == 1
    assert chain.links[0].what.startswith("late by 5 min: its pieces waited longest at saw")


def test_an_overload_is_told_with_its_edge_and_what_was_off():
    """A stall has the edge that caused it, how worn it was, and the acts still in force."""
    plant, scenario = shop("workshop")
    run = simulate(plant, scenario)
    assert run.log is not None
    stalls = [e for e in run.log.events if e.kind == "overload" and e.machine == "mill-2"]
    texts = [run.chain("mill-2", event.time).text() for event in stalls]
    assert texts
    history = run.log.history["mill-2"]
    for event, text in zip(stalls, texts, strict=True):
        before = history.under(bisect_left(history.instants, event.time) - 1, event.time)
        assert before.edge == event.part
        assert before.wear_land > 1e-4
        assert f"{event.part} worn to VB {1e3 * before.wear_land:.2f} mm" in text
        assert "mill-2 stops: overload" in text
    off = [e.time for e in run.log.events if e.kind == "coolant off" and e.machine == "mill-2"]
    for event, text in zip(stalls, texts, strict=True):
        in_force = any(at <= event.time <= at + 1800.0 for at in off)
        assert ("coolant off" in text) is in_force


def test_a_hot_spindle_and_a_bearing_are_told_as_the_log_shows_them():
    """A trip has the temperature of its node, a spall the damage of its bearing."""
    plant, scenario = shop("workshop")
    run = simulate(plant, scenario)
    assert run.log is not None
    for event in run.log.events:
        if event.kind == "trip" and event.time > 60.0:  # One begins hot.
            assert "/motor at 28.0 degC" in run.chain(event.machine, event.time).text()
        if event.kind == "failure" and event.part.endswith(" bearing"):
            assert f"{event.part} at damage " in run.chain(event.machine, event.time).text()


def test_a_skipped_maintenance_stands_before_the_failure():
    """Maintenance that found the machine down is told before the next failure of it."""
    acts = (
        SHIFT
        + """
events:
  - {at_min: 10, machine: mill, do: breakdown, for_min: 4}
  - {at_min: 12, machine: mill, do: maintenance, for_min: 5}
"""
    )
    chain = line(acts).chain("mill", "06:35")
    assert chain.links[0].what == "maintenance skipped (down)"
    assert chain.links[1].what == "stops: belt"


def test_an_act_that_stopped_a_machine_has_no_cause_before_it():
    """What an operator does, he does; a missing coolant has nothing to do with it."""
    plant, scenario = shop("workshop")
    run = simulate(plant, scenario)
    assert str(run.chain("hmc", "06:55")).startswith("hmc stops: stopped by operator 06:50")
    assert run.chain("bench", "07:04").links[0].what == "stops: lamp"
    broken = line(SHIFT + "\nevents: [{at_min: 5, machine: saw, do: breakdown, for_min: 2}]\n")
    assert broken.chain("saw").links[0].what == "stops: breakdown"


def test_a_run_that_was_resumed_knows_nothing_before_its_cut():
    """The log begins at the snapshot, and so does the chain."""
    plant, scenario = shop("queue")
    cut = simulate(plant, scenario, until=2400.0).snapshot
    run = simulate(plant, scenario, snapshot=cut)
    with pytest.raises(InvalidInput, match=r"can be read from 06:40 \(2400 s\) on"):
        run.chain("a", 60.0)
    assert len(run.chain("a", 3000.0)) >= 1


def test_the_weekday_is_told_where_the_chain_passes_midnight():
    """Times are written as in every table: the weekday leads on another day than the first."""
    run = line(SHIFT.replace("06:00", "23:20"))
    chain = run.chain("mill")
    assert chain.text().startswith("mill stops: belt 23:50 -> ")
    assert "mill goes on Tue 00:" in chain.text()
    ends = [link.time for link in chain if link.what == "goes on"]
    written = chain.text().partition("mill goes on ")[2].partition(" ->")[0]
    assert run.at(written)["mill"] == run.at(60.0 * round(ends[0] / 60.0))["mill"]


def test_a_chain_is_asked_of_one_thing():
    """A machine or an order, and one that there is."""
    run = line()
    with pytest.raises(InvalidInput, match="one machine, or of one order"):
        run.chain()
    with pytest.raises(InvalidInput, match="one machine, or of one order"):
        run.chain("mill", order="order-1")
    with pytest.raises(InvalidInput, match="no machine is called 'drill'"):
        run.chain("drill", "06:10")
    with pytest.raises(InvalidInput, match="no order is called 'order-9'"):
        run.chain(order="order-9")
    plant, scenario = load_with_plant("day_shift")
    bare = simulate(plant, scenario, until=60.0, history=False)
    with pytest.raises(InvalidInput, match="kept no log"):
        bare.chain("mill-1", 10.0)


FORK = """
plant: fork
machines: [{id: mill}, {id: wash, buffer: 0}, {id: gauge, buffer: 0}]
products:
  - id: a
    route:
      - {operation: mill, machines: [mill], duration_min: 5}
      - {operation: wash, machines: [wash], duration_min: 30}
  - id: b
    route:
      - {operation: mill, machines: [mill], duration_min: 5}
      - {operation: gauge, machines: [gauge], duration_min: 5}
"""


def test_a_blocked_machine_hangs_on_where_its_piece_goes():
    """Not on another way out of it, were it down; and not on one that is without work."""
    plant = parse_plant(FORK)
    scenario = parse_scenario(
        "scenario: s\nplant: fork\nstart: 2026-01-05 06:00\n"
        "orders: [{id: a, product: a, quantity: 3}, {id: b, product: b}]\n"
        "events: [{at: '06:12', machine: gauge, do: breakdown, for: 20 min}]\n",
        plant,
    )
    run = simulate(plant, scenario)
    for at in ("06:11", "06:15"):
        assert run.why("mill", at).splitlines() == [
            "mill is blocked since 06:10: a/2 is done and finds no room.",
            "wash produces a/1 (wash) since 06:05.",
        ]


def test_a_blocked_machine_names_where_its_piece_then_went():
    """Every blocked stretch of a shop with rework does."""
    plant = parse_plant(
        FORK.replace("duration_min: 30}", "duration_min: 6, rework: {share: 0.5, to: mill}}")
        .replace("{id: mill}", "{id: mill, buffer: 2}")
        .replace("{id: wash, buffer: 0}", "{id: wash, buffer: 1}")
    )
    orders = ", ".join(
        f"{{id: a{index}, product: a, release: '+{90 * index} min', quantity: 4}}"
        for index in range(13)
    )
    scenario = parse_scenario(
        f"scenario: s\nplant: fork\nhorizon: 20 h\norders: [{orders}]\n", plant
    )
    run = simulate(plant, scenario, seed=3)
    rows = machine_states.standing(run, run.log)
    home = {one.name: one.station for one in plant.machines}
    found = 0
    for row in rows:
        later = [
            one
            for one in run.log.pieces
            if one.job == row.job and one.kind == "queued" and one.time >= row.end
        ]
        if row.mode == "blocked" and later:
            on = reason.hangs_on(run, rows, row, row.start)
            assert on is not None
            assert home[on] == later[0].place
            found += 1
    assert found > 5


def test_who_waits_for_a_setter_waits_for_no_fitter():
    """The setter is at the other setup; the fitters are at a breakdown."""
    plant = parse_plant("""
plant: x
crews:
  - {id: fitters, members: 1, skills: [repair]}
  - {id: setters, members: 1, skills: [setup]}
machines: [{id: m1}, {id: m2}, {id: m3}]
products:
  - {id: p, route: [{operation: o, machines: [m1], duration_min: 5, setup_min: 30}]}
  - {id: q, route: [{operation: o, machines: [m2], duration_min: 5, setup_min: 30}]}
  - {id: r, route: [{operation: o, machines: [m3], duration_min: 60}]}
""")
    scenario = parse_scenario(
        "scenario: s\nplant: x\nstart: 2026-01-05 06:00\norders: [{id: a, product: p}, "
        "{id: b, product: q}, {id: c, product: r}]\n"
        "events: [{at: '06:05', machine: m3, do: breakdown, for: 20 min}]\n",
        plant,
    )
    told = simulate(plant, scenario).why("m2", "06:10").splitlines()
    assert told == [
        "m2 waits for the crew since 06:00: setup.",
        "m1 is set up for p/o since 06:00.",
    ]
