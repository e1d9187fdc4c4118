"""Overrides: what acts of them on a spindle, which turns no faster than its maximum."""

from __future__ import annotations

from dataclasses import replace
from math import pi
from typing import TYPE_CHECKING

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.cut import held_override, run_up_seconds, run_ups_time
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.units import RPM

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel
    from simtwin.result.result import Result

PLANT = """
plant: fast
machines: [{id: mill, preset: generic-vmc-40, magazine: [{tool: end, edges: 9}]}]
tools: [{id: end, preset: end-mill-16-steel}]
programs:
  - id: contour
    material: P6
    steps:
      - mill:
          {tool: end, speed_m_min: 350, feed_mm: 0.07, depth_mm: 1, width_mm: 1, path_mm: 9000}
products:
  - {id: cut, route: [{operation: op, machines: [mill], program: contour}]}
  - {id: plain, route: [{operation: op, machines: [mill], duration_min: 3, load: light}]}
"""
MODEL = parse_plant(PLANT)
CUT_RPM, PLAIN_RPM, MAX_RPM = 6963.0, 4800.0, 8000.0


def run_of(product: str, percent: float, *acts: str, model: PlantModel = MODEL) -> Result:
    """Make two pieces of *product* at a spindle override of *percent*."""
    events = "".join(f"\n  - {{machine: mill, {act}}}" for act in acts)
    text = f"""
scenario: one
plant: fast
start: 2026-01-05 06:00
horizon: 1 h
orders: [{{id: x, product: {product}, quantity: 2}}]
"""
    text += f"events:{events}\n" if events else ""
    plan = parse_scenario(text, model)
    machine = replace(model.machines[0], spindle_override=percent)
    return simulate(replace(model, machines=(machine,)), plan)


def finish(run: Result) -> float:
    """Return when the order is finished [s]."""
    return run.frame("orders")["finish_s"][0]


@pytest.mark.parametrize(
    ("product", "percent", "rpm"),
    [
        ("cut", 100.0, CUT_RPM),
        ("cut", 110.0, 1.1 * CUT_RPM),
        ("cut", 120.0, MAX_RPM),
        ("cut", 200.0, MAX_RPM),
        ("plain", 150.0, 1.5 * PLAIN_RPM),
        ("plain", 200.0, MAX_RPM),
    ],
)
def test_no_override_turns_a_spindle_faster_than_it_can(product, percent, rpm):
    """As machines stand and as an event: 120 % of 6963 rpm are the 8000 rpm of the machine."""
    stands = run_of(product, percent).at("06:01")["mill"]
    told = run_of(product, 100.0, f"at: '06:00', do: spindle override, value: {percent}")
    assert stands["speed_rpm"] == pytest.approx(rpm, rel=1e-4)
    assert told.at("06:01")["mill"]["speed_rpm"] == pytest.approx(rpm, rel=1e-4)


@pytest.mark.parametrize("product", ["cut", "plain"])
def test_all_follows_from_the_speed_that_the_spindle_has(product):
    """Instants, heat, power, wear of edge and bearings under 200 % are those at the maximum."""
    steps = {p.name: p.operations[0].steps[0] for p in MODEL.products}
    rpm = {"cut": steps["cut"].cutting_speed * 2.0 / steps["cut"].diameter / RPM}
    just = 100.0 * MAX_RPM / rpm.get(product, PLAIN_RPM)
    most, held = run_of(product, just), run_of(product, 200.0)
    assert finish(held) == finish(most)
    for at in ("06:00:00.5", "06:02", "06:05"):
        mine, its = held.at(at)["mill"], most.at(at)["mill"]
        assert mine.keys() == its.keys()
        for name, value in its.items():
            same = isinstance(value, float | dict)
            assert mine[name] == (pytest.approx(value, rel=1e-9) if same else value), name
    assert held.kpis["energy"].value == pytest.approx(most.kpis["energy"].value, rel=1e-9)


def test_the_run_up_is_one_to_the_speed_that_is_held():
    """In the run, in what `check` counts; more override in the midst of it changes nothing."""
    spindle = MODEL.machines[0].spindle
    wanted = run_up_seconds(spindle, MAX_RPM * RPM)
    operation = MODEL.products[1].operations[0]
    machine = replace(MODEL.machines[0], spindle_override=200.0)
    assert run_ups_time(operation, machine, {}) == pytest.approx(wanted, rel=1e-9)
    plain = run_of("plain", 170.0)
    assert finish(plain) == pytest.approx(2.0 * (180.0 + wanted), abs=1e-3)
    within = "+0.4 s"
    assert wanted > 0.4, "it still runs up"
    more = run_of("plain", 170.0, f"at: '{within}', do: spindle override, value: 190")
    assert finish(more) == finish(plain)
    less = run_of("plain", 170.0, f"at: '{within}', do: spindle override, value: 90")
    assert finish(less) != finish(plain)


def test_a_program_that_is_too_fast_is_not_slowed_by_what_holds_an_override():
    """Limits of an optimisation see by how much; less than 100 % acts as it is."""
    spindle = MODEL.machines[0].spindle
    assert held_override(1.5 * spindle.max_speed, 1.3, spindle) == 1.0
    assert held_override(spindle.max_speed, 0.7, spindle) == 0.7
    assert held_override(0.0, 1.3, spindle) == 1.3


@pytest.mark.parametrize("feed", [50.0, 100.0, 160.0])
def test_a_piece_wears_its_tool_by_one_of_the_pieces_that_it_is_said_to_bear(feed):
    """D per part is 1/parts_per_tool whatever the feed (PHYSICS 5.7); minutes are minutes."""
    for key, pieces in (("parts_per_tool: 10", 10.0), ("tool_life_min: 30", feed / 10.0)):
        model = parse_plant(PLANT.replace("load: light", f"load: light, tool: end, {key}"))
        machine = replace(model.machines[0], feed_override=feed)
        run = run_of("plain", 100.0, model=replace(model, machines=(machine,)))
        worn = run.snapshot.states["mill"].wear
        assert worn[0] == pytest.approx(2.0 / pieces, rel=1e-9), key


HANDLED = """
plant: handled
machines: [{id: mill, preset: generic-vmc-40, magazine: [{tool: end, edges: 9}]}, {id: bench}]
tools: [{id: end, preset: end-mill-16-steel}]
programs:
  - id: contour
    material: P6
    steps:
      - handle_min: 4
      - mill:
          {tool: end, speed_m_min: 350, feed_mm: 0.07, depth_mm: 1, width_mm: 1, path_mm: 9000}
      - handle_min: 1
products:
  - {id: part, route: [{operation: op, machines: [mill], program: contour}]}
  - {id: checked, route: [{operation: look, machines: [bench], program: by-hand}]}
"""
BY_HAND = (
    "  - {id: by-hand, steps: [{handle_min: 3}, {timed: {duration_min: 2}}, {handle_min: 1}]}\n"
)


def handled(product: str, percent: float, *acts: str, quantity: int = 1) -> Result:
    """Make pieces of *product*, some of it by hand, at a feed of *percent* from the start."""
    model = parse_plant(HANDLED.replace("products:\n", BY_HAND + "products:\n"))
    events = "".join(f"\n  - {{{act}}}" for act in acts)
    text = f"scenario: one\nplant: handled\norders: [{{id: x, product: {product}, "
    text += f"quantity: {quantity}}}]\n" + (f"events:{events}\n" if events else "")
    machines = tuple(replace(one, feed_override=percent) for one in model.machines)
    return simulate(replace(model, machines=machines), parse_scenario(text, model))


@pytest.mark.parametrize("percent", [40.0, 100.0, 160.0])
def test_a_feed_override_leaves_the_hand_alone(percent: float):
    """Only the cut is longer; 5 min by hand are 5 min, and so is the nominal work counted."""
    run, plain = handled("part", percent), handled("part", 100.0)
    cut = 9000.0 / (0.07 * 4 * 350e3 / (pi * 16.0)) * 60.0  # Four teeth.
    slower = finish(run) - finish(plain)
    assert slower == pytest.approx(cut * (100.0 / percent - 1.0), abs=1e-6)
    assert run.window.machines["mill"].work == pytest.approx(300.0 + cut, rel=1e-9)


@pytest.mark.parametrize(("percent", "minutes"), [(50.0, 8.0), (200.0, 5.0)])
def test_a_machine_without_physics_is_no_other(percent: float, minutes: float):
    """Of 6 min on a bench 4 are by hand; two pieces, so that the next begins at once."""
    run = handled("checked", percent, quantity=2)
    assert finish(run) == pytest.approx(2 * minutes * 60.0)
    assert run.window.machines["bench"].work == pytest.approx(12 * 60.0)


def test_an_override_in_the_midst_of_handling_changes_what_comes_after():
    """It comes after a minute of 3 by hand: only the 2 min of the bench are doubled."""
    run = handled("checked", 100.0, "at: +1 min, machine: bench, do: feed override, value: 50")
    assert finish(run) == pytest.approx(8 * 60.0)


def test_check_tells_the_time_at_the_feed_that_is_set():
    """Operations and loads say the same of a machine set to 50 %."""
    model = parse_plant(HANDLED.replace("products:\n", BY_HAND + "products:\n").replace(
        "{id: bench}", "{id: bench, feed_override: 50}"))  # fmt: skip
    text = "scenario: one\nplant: handled\norders: [{id: x, product: checked, quantity: 1}]\n"
    told = understand(model, parse_scenario(text, model)).text()
    assert "checked/look on bench: 8.00 min" in told
    assert "bench  8.0 min" in " ".join(told.split("\n")).replace("    ", "  ")
