"""Tests of scrap and rework: files, words, topology, the move onto another plant."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from simtwin.errors import FileProblems
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import ReworkSpec
from simtwin.plant.topology import loops, station_depth, topology
from simtwin.plant.visits import visits
from simtwin.result.record import INDEX
from simtwin.shop.capture import capture
from simtwin.shop.onto import onto
from simtwin.shop.quality import Loop
from tests.laws.branches import begin
from tests.laws.shops import shop

TEXT = """
plant: pair
machines: [{id: a}, {id: b}]
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_min: 10, scrap: 0.2}
      - {operation: two, machines: [b], duration_min: 30, rework: {share: 0.25, to: one}}
"""


def test_shares_are_read_and_told():
    """The check says scrap and rework, counts both in the work, and names the circle."""
    model = parse_plant(TEXT)
    one, two = model.products[0].operations
    assert (one.scrap, one.rework, two.rework) == (0.2, None, ReworkSpec(0.25, 0))
    orders = "orders: [{id: o, product: p, quantity: 6}]"
    scenario = parse_scenario(f"{{scenario: s, plant: pair, {orders}}}", model)
    told = understand(model, scenario).text()
    assert "p/one on a: 10.00 min, 20 % scrap" in told
    assert "p/two on b: 30.00 min, 25 % back to one" in told
    assert "pieces can circle: a, b" in told
    # v1 = 1 + .25 v2, v2 = .8 v1: 1.25 and 1; good .75: 1.6667 and 1.3333 for each of six.
    assert re.search(r"a +1\.7 h", told)
    assert re.search(r"b +4\.0 h", told)
    text = TEXT.replace("to: one", "most: 2")
    assert (
        "25 % back to two, at most 2 times, then scrap" in understand(parse_plant(text)).text()
    )


def test_a_way_back_is_an_edge_of_its_own_kind_and_no_depth():
    """The topology has the way back; the order of unblocking goes by the way forward."""
    model = parse_plant(TEXT)
    edge = topology(model).edges["station:b", "station:a"]
    assert edge == {"kind": "rework", "products": ("p",)}
    assert loops(model) == [["a", "b"]]
    assert station_depth(model) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to: one", "to: ten", "no operation 'ten'"),
        ("scrap: 0.2", "rework: {share: 0.1, to: two}", "'two' comes after 'one'"),
        ("share: 0.25", "share: 1", "no piece would ever be done; give 'most'"),
        ("rework: {share: 0.25", "scrap: 0.8, rework: {share: 0.25", "more than all pieces"),
        ("scrap: 0.2", "scrap: 1.2", "must be <= 1"),
        ("to: one", "to: one, most: 0", "must be >= 1"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, message: str):
    """Rework goes back on the same route, ends some day, and shares are shares."""
    with pytest.raises(FileProblems, match=message):
        parse_plant(TEXT.replace(old, new))


def test_a_sister_that_went_back_keeps_its_count_by_name_of_operation():
    """On a route with an operation more in front, what was sent from is still known."""
    model, scenario = shop("rework")
    living = begin(model, scenario)
    while not any(loop.to is None for loop in living.loops.values()):
        living.env.advance(living.env.now + 5.0)
    snapshot = capture(living)
    part, box = model.products
    first = replace(part.operations[1], name="zero", scrap=0.0)
    longer = tuple(
        replace(o, rework=replace(o.rework, to=o.rework.to + 1)) if o.rework else o
        for o in part.operations
    )
    other = replace(model, products=(replace(part, operations=(first, *longer)), box))
    moved = onto(snapshot, other, old=model).snapshot.states[" loops"]
    for name, loop in snapshot.states[" loops"].items():
        by = 1 if snapshot.states[" pieces"][name].product == "part" else 0
        to = None if loop.to is None else loop.to + by
        assert moved[name] == Loop(tuple(i + by for i in loop.sent), to)


def test_a_piece_that_goes_round_in_one_machine_with_power_loses_no_time():
    """Ten seconds each, sent back once and then scrap, for ever: producing all the time."""
    text = """
plant: round
machines: [{id: m, power: {standby_kw: 0.3, ready_kw: 0.7, processing_kw: 2}}]
products:
  - id: p
    route:
      - {operation: o, machines: [m], duration_s: 10, rework: {share: 1, to: o, most: 1}}
"""
    plant = parse_plant(text)
    asked = "scenario: s\nplant: round\nhorizon_s: 100\norders: [{id: a, product: p}]"
    totals = simulate(plant, parse_scenario(asked, plant)).window.machines["m"]
    assert sum(totals.time) == 100.0
    assert totals.time[INDEX["producing"]] == 100.0


def test_who_was_reworked_is_counted_at_the_exit_not_where_it_leaves():
    """At the end some are under way still: first-pass yield is that of those that left."""
    text = """
plant: carried
transport: {times_min: {m: {exit: 0.5}}}
machines: [{id: m}]
products:
  - id: p
    route:
      - {operation: o, machines: [m], duration_s: 10, rework: {share: 0.5, to: o, most: 1}}
"""
    plant = parse_plant(text)
    orders = "orders: [{id: a, product: p, quantity: 30}]"
    hour = "scenario: s\nplant: carried\nhorizon_s: 200\ndispatching: lifo\n"
    asked = parse_scenario(hour + orders, plant)
    for seed in range(20):
        run = simulate(plant, replace(asked, seed=seed))
        back = {row.job for row in run.log.pieces if row.kind == "sent back"}
        out = [row.job for row in run.log.pieces if row.kind == "done"]
        scrap = sum(row.kind == "scrapped" for row in run.log.pieces)
        first = sum(job not in back for job in out) / (len(out) + scrap)
        assert run.kpis["first_pass_yield"].value == pytest.approx(first)


def test_visits_are_those_of_runs_also_where_going_back_is_bounded():
    """Two operations send back, once and twice at most: within 4 standard errors of runs."""
    text = """
plant: bounded
machines: [{id: a}, {id: b}, {id: c}]
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_s: 1, scrap: 0.1}
      - {operation: two, machines: [b], duration_s: 1, rework: {share: 0.4, to: one, most: 1}}
      - {operation: three, machines: [c], duration_s: 1, rework: {share: 0.5, to: two, most: 2}}
"""
    plant = parse_plant(text)
    orders = "orders: [{id: a, product: p, quantity: 50}]"
    asked = parse_scenario(f"scenario: s\nplant: bounded\n{orders}", plant)
    often = visits(plant.products[0])
    samples = []
    for number in range(40):
        run = simulate(plant, asked, replication=number)
        made = [run.machines[name] for name in "abc"]
        samples.append([(one.good + one.scrap + one.rework) / 50.0 for one in made])
    mean, error = np.mean(samples, axis=0), np.std(samples, axis=0, ddof=1) / np.sqrt(40)
    assert np.all(np.abs(mean - often) < 4.0 * error), (mean, often, error)


def test_where_no_piece_ends_good_the_load_is_without_end():
    """All are sent back once and then scrap: the check says so instead of breaking down."""
    text = TEXT.replace("rework: {share: 0.25", "rework: {share: 1, most: 1")
    plant = parse_plant(text)
    asked = "scenario: s\nplant: pair\nhorizon: 8 h\norders: [{id: o, product: p, quantity: 6}]"
    told = understand(plant, parse_scenario(asked, plant)).text()
    assert "nan" not in told
    assert "inf h" not in told
    assert "the orders are never finished: no piece of some product ends good" in told
    assert "b" in told
