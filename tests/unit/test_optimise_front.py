"""Laws: what is found beside a grid of all parameters, alone and as a front of two goals."""

from __future__ import annotations

import numpy as np
import pytest

import simtwin as st
from simtwin.orchestrator.optimise.parameters import asked_task
from simtwin.report import optimum as told
from tests.turning import lathe

STEEL = {"constant": 350.0, "kc11": 1500.0}
MONEY = {"machine_per_h": 40, "edge": 5}
WET = {"vary": ["speed", "feed", "coolant"], "prices": {**MONEY, "coolant_per_min": 0.6}}


def grid(plant, goals, *, speeds=46, feeds=6, **asked):
    """Return two goals of every kept place of a grid over the box, wet and dry if free."""
    task, limits = asked_task(plant, "lathe", objective=goals, **asked)
    found = []
    for coolant in task.variables.coolants:
        for speed in np.linspace(90.0, 270.0, speeds):
            for feed in np.linspace(0.125, 0.375, feeds):
                steps = task.variables.steps((speed / 60.0, feed / 1000.0), ())
                figures = task.cycle.figures(steps, coolant=coolant, exact=True)
                if all(limit.room(figures, steps, whole=True) >= 0.0 for limit in limits):
                    found.append([task.score(goal)(figures) for goal in task.goals])
    return np.array(found)


def front(plant, goals, **asked):
    """Return the optimum of two goals, with a small front and without runs."""
    return st.optimise_parameters(
        plant, "lathe", objective=goals, points=4, starts=1, verify=False, **asked
    )


def test_a_limit_of_cost_knows_whether_the_coolant_is_on():
    """Dry parts keep a cost that wet ones cannot; a grid has no shorter one within it."""
    plant = lathe(**STEEL)
    cheap = st.optimise_parameters(plant, "lathe", objective="cost", verify=False, **WET)
    assert not cheap.coolant
    least = cheap.figure("cost").best
    asked = {**WET, "constraints": {"power_kw": 8, "cost": 1.02 * least}}
    found = st.optimise_parameters(plant, "lathe", objective="time", verify=False, **asked)
    assert found.feasible
    assert not found.coolant
    (limit,) = (one for one in found.constraints if one.name == "cost")
    assert limit.best == found.figure("cost").best <= 1.02 * least * (1.0 + 1e-5)
    shortest = grid(plant, ["time", "cost"], **asked)[:, 0].min()
    assert found.figure("time").best <= shortest * (1.0 + 1e-4)


@pytest.mark.parametrize(
    ("goals", "depth", "asked"),
    [
        pytest.param(["time", "cost"], 1.0, WET, id="wet and dry"),
        pytest.param(["time", "tool wear"], 1.0, {}, id="a goal of whole numbers alone"),
        pytest.param(["time", "spindle wear"], 4.0, {}, id="spindle"),
    ],
)
def test_no_place_of_a_grid_beats_a_point_of_a_front(goals, depth, asked):
    """No kept place is better in both goals by .01 %, nor in one by that than the ends."""
    plant = lathe(**STEEL, depth=depth)
    asked = {**asked, "constraints": {"power_kw": 8}}
    points = [point.values for point in front(plant, goals, **asked).front]
    assert len(points) >= 3
    places = grid(plant, goals, **asked)
    for point in points:
        assert np.max(places / np.array(point), axis=1).min() >= 1.0 - 1e-4
    assert np.all(places.min(axis=0) >= np.min(points, axis=0) * (1.0 - 1e-4))


def test_the_order_of_goals_is_no_matter_to_a_front():
    """The same points, the same chosen, turned."""
    asked = {"prices": MONEY, "constraints": {"power_kw": 5}}
    there, back = (
        front(lathe(**STEEL), goals, **asked) for goals in (["time", "cost"], ["cost", "time"])
    )
    turned = [(point.values[::-1], point.chosen) for point in reversed(back.front)]
    assert [(point.values, point.chosen) for point in there.front] == turned


def test_a_point_of_a_front_says_what_is_whole():
    """Coolant and passes of each point stand in its table, its JSON and its plot."""
    asked = {
        **WET, "vary": ["speed", "feed", "depth", "coolant"], "constraints": {"power_kw": 5},
        "bounds": {"depth_mm": (0.4, 1.0), "feed_mm": (0.3, 0.375)},
    }  # fmt: skip
    found = front(lathe(**STEEL), ["time", "cost"], **asked)
    wet = [point.coolant for point in found.front]
    assert set(wet) == {True, False}
    assert list(found.frame("front")["coolant"]) == wet
    assert list(found.frame("front")["insert.passes"]) == [1] * len(wet)
    table = told.front(found)
    assert table.columns[-3:-1] == ("insert.passes", "coolant")
    assert [row[-2] for row in table.rows] == ["on" if one else "off" for one in wet]
    assert [row["coolant"] for row in told.as_plain(found)["front"]] == wet
    hover = found.plot.front().data[0].hovertext
    assert [text.rpartition("coolant ")[2] for text in hover] == [row[-2] for row in table.rows]


def test_points_that_a_front_has_not_are_noted():
    """A stair of three steps has no more points, however many are asked for."""
    asked = {"bounds": {"speed_m_min": (225, 260), "feed_mm": (0.375, 0.375)}}
    found = front(lathe(**STEEL), ["time", "tool wear"], **asked)
    assert 1 < len(found.front) < 4
    assert (
        f"4 points of the front were asked for and {len(found.front)} are left"
        in (found.notes[0])
    )
