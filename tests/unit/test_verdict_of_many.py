"""Tests of the verdict of many runs: it tells of all of them, not of the one that is shown."""

from __future__ import annotations

import re

import pytest

import simtwin as st
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.clock import Clock
from simtwin.report.page import html
from simtwin.report.verdict import verdict
from simtwin.result.ensemble import Ensemble

PLANT = """
plant: shop
machines: [{id: mill}, {id: saw}]
products:
  - id: p
    route:
      - {operation: o, machines: [mill], duration: {exponential: {mean_min: 10}}}
      - {operation: s, machines: [saw], duration_min: 2}
"""
SCENARIO = """
scenario: s
plant: shop
start: 2026-01-05 06:00
until: "08:00"
orders:
"""


def runs(*quantities: int) -> Ensemble:
    """Return forty runs of orders without due times, of so many pieces each."""
    orders = "".join(
        f"  - {{id: o{place}, product: p, quantity: {pieces}}}\n"
        for place, pieces in enumerate(quantities)
    )
    plant = parse_plant(PLANT)
    return st.replicate(plant, parse_scenario(SCENARIO + orders, plant), 40, seed=2, workers=1)


def share(found: Ensemble, machine: str) -> str:
    """Return for how much of two hours a machine was busy, in the mean over all runs."""
    hours = [one.hours for one in found.outcomes]
    mean = sum(sum(one.busy[machine]) for one in hours if one) / len(hours) / 7200.0
    return f"{100 * mean:.0f} %"


def test_one_order_without_due_time_is_told_of_all_runs():
    """In how many it is finished, and how busy the machines are in the mean."""
    found = runs(11)
    done = sum(one.orders[0].finish is not None for one in found.outcomes)
    assert 0 < done < 40
    said = verdict(found).sentence
    assert said.startswith(f"The one order is finished in {done} of 40 runs. mill is busiest: ")
    assert f"busiest: {share(found, 'mill')} (" in said
    assert f"; saw is least busy, {share(found, 'saw')} (" in said
    assert said.endswith("); both in the mean.")


@pytest.mark.parametrize(("quantities", "beginning"), [
    ((2, 9, 9), "In the mean 1.75 (1.59 to 1.91) of 3 orders are finished. "),
    ((1, 200), "1 of 2 orders is finished in each of 40 runs. "),
    ((150, 200), "0 of 2 orders are finished in each of 40 runs. "),
])  # fmt: skip
def test_orders_without_due_times_are_told_of_all_runs(
    quantities: tuple[int, ...], beginning: str
):
    """Their number in the mean, with its interval; without where it is the same in all."""
    assert verdict(runs(*quantities)).sentence.startswith(beginning)


def test_the_head_of_a_report_has_the_latest_end():
    """Runs that end with their last order have ends of their own; a horizon is all's."""
    assert "at the latest" not in html(runs(11))
    plant = parse_plant(PLANT)
    text = re.sub("until.*\n", "", SCENARIO) + "  - {id: a, product: p, quantity: 3}\n"
    free = st.replicate(plant, parse_scenario(text, plant), 40, seed=2, workers=1)
    last = max(one.end for one in free.outcomes)
    assert last > free.first.end
    assert f" to {Clock(free.scenario.start).dated(last)} at the latest<" in html(free)


def test_each_order_with_a_due_time_is_told_of():
    """Not so many of those with one, where of another it is not known."""
    plant = parse_plant(PLANT)
    orders = (
        '  - {id: a, product: p, quantity: 2, due: "06:35", priority: 1}\n'
        "  - {id: b, product: p, quantity: 2}\n"
    )
    known = parse_scenario(SCENARIO + orders, plant)
    said = verdict(st.replicate(plant, known, 40, seed=2, workers=1)).sentence
    assert said.startswith("1 order with a due time is more likely on time than late; a is")
    orders += '  - {id: c, product: p, quantity: 5, due: "08:10"}\n'
    asked = parse_scenario(SCENARIO + orders, plant)
    said = verdict(st.replicate(plant, asked, 40, seed=2, workers=1)).sentence
    assert said.startswith("1 order is more likely on time than late; a is")
    assert "Not known of c: " in said
