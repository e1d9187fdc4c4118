"""Tests of the words of one: what there is one of is told in the singular."""

from __future__ import annotations

import re

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import plots, tables
from simtwin.report.figures import signed
from simtwin.report.page import html
from simtwin.report.verdict import verdict
from simtwin.result.estimate import Estimate
from simtwin.result.kpi import Kpi
from tests.records import shift

PLANT = """
plant: shop
machines: [{id: mill, buffer: 1}]
products:
  - id: p
    route: [{operation: o, machines: [mill], duration: {exponential: {mean_min: 10}}}]
"""
SCENARIO = """
scenario: s
plant: shop
start: 2026-01-05 06:00
until: "12:00"
orders:
  - {id: a, product: p, quantity: 1, due: "11:30"}
"""


def runs(orders: str = "") -> st.Ensemble:
    """Return forty runs of one order that is never late, and of more *orders*."""
    plant = parse_plant(PLANT)
    return st.replicate(plant, parse_scenario(SCENARIO + orders, plant), 40, seed=2, workers=1)


def test_one_order_that_is_never_late_is_not_told_for_each():
    """The one with a due time; the one due before the end, where others are due later."""
    assert verdict(runs()).sentence == (
        "The one order with a due time was late in none of 40 replications: "
        "P(late) is at most 7 %."
    )
    later = runs("  - {id: b, product: p, quantity: 200, due: 2026-01-07 12:00}\n")
    assert verdict(later).sentence == (
        "The one order due before the end was late in none of 40 replications: "
        "P(late) is at most 7 %. 1 more is open at the end and due later."
    )


def test_one_of_what_is_counted_has_its_unit_in_the_singular():
    """In the table, the boxes and differences; not with an interval around it."""
    one, same = Estimate(1.0, 0.5, 1.5, 40, "mean, t 95 %"), Estimate(1.0, 1.0, 1.0, 40, "mean")
    stated = tables.stated
    assert stated(Kpi(1.0, "orders", "")) == ("1", "", "order")
    assert stated(Kpi(2.0, "orders", "")) == ("2", "", "orders")
    assert stated(Kpi(same, "pieces", "")) == ("1", "the same in all 40", "piece")
    assert stated(Kpi(one, "pieces", ""))[2] == "pieces"
    assert stated(Kpi(1.0, "pieces/h", ""))[2] == "piece/h"
    assert signed(1.0, "pieces") == "+1 piece"
    rows = {row[0]: row for row in tables.kpis(runs()).rows}
    assert rows["finished orders"][1:4] == ("1", "the same in all 40", "order")
    page = re.sub(r"<[^>]*>|\s+", " ", html(shift()))
    assert re.search(r"late orders\s+1\s+order\s", page)


def test_one_new_edge_is_told_so():
    """A magazine with one edge of a tool takes one at a refit."""
    plant = parse_plant("""
plant: shop
machines: [{id: mill, magazine: [{tool: end, edges: 1}], refit_min: 5, tool_change_s: 10}]
tools: [{id: end, kind: any, life_min: 10, life_scatter: 0}]
products: [{id: p, route: [{operation: o, machines: [mill], duration_min: 4, tool: end}]}]
""")
    text = (
        "{scenario: s, plant: shop, horizon: 1 h, orders: [{id: o, product: p, quantity: 9}]}"
    )
    run = simulate(plant, parse_scenario(text, plant))
    events = run.frame("events")
    assert set(events[events["kind"] == "tool refit"]["detail"]) == {"1 new edge"}


def test_pieces_that_find_no_slot_are_counted_in_words():
    """Two pieces before a buffer of one slot, and a third in the machine."""
    after_a_saw = PLANT.replace("[{id: mill", "[{id: saw}, {id: mill").replace(
        "route: [", "route: [{operation: cut, machines: [saw], duration_min: 1}, "
    )
    text = SCENARIO.replace("quantity: 1", "quantity: 3")
    text += "start_from: {work: [{order: a, piece: 3, operation: o, machine: mill},"
    text += " {order: a, pieces: [1, 2], operation: o}]}\n"
    with pytest.raises(
        InvalidInput, match=r"2 pieces wait for 'mill', whose buffer has 1 slot$"
    ):
        parse_scenario(text, parse_plant(after_a_saw))


def test_no_spindle_near_its_limit_is_no_other():
    """The closest is not within 5 K itself."""
    told = shift()
    heat = told.frame("temperatures")
    told.tables["temperatures"] = heat.assign(temperature_c=heat["temperature_c"] - 5.0)
    reading = plots.temperatures(told).layout.meta["reading"]
    assert reading.startswith("mill-1, front node came closest to its limit: 61.9 °C")
    assert reading.endswith("below 70 °C. None came within 5 K of a limit.")


HOT = """
plant: hot
ambient_c: 26
machines:
  - {id: v, preset: generic-vmc-40, spindle: {trips: [{node: front, limit_c: 36, reset_c: 32}]}}
products: [{id: x, route: [{operation: o, machines: [v], duration_min: 8, load: heavy}]}]
"""
HEAVY = """
scenario: heavy
plant: hot
start: 2026-01-05 06:00
orders: [{id: o, product: x, quantity: 9}]
"""


def test_who_comes_to_its_limit_often_did_so_first_at_its_first_trip():
    """Of equal peaks it is the first, and as many are counted as there are trips."""
    plant = parse_plant(HOT)
    run = simulate(plant, parse_scenario(HEAVY, plant))
    events = run.frame("events")
    trips = events[events["kind"] == "trip"]["time_s"].tolist()
    assert len(trips) == 91
    assert 201.0 < trips[0] < 202.0
    assert (
        plots.temperatures(run)
        .layout.meta["reading"]
        .startswith(
            "Warning: v, front node reached its limit of 36 °C 91 times, first at 06:03. "
        )
    )
