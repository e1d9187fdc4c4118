"""Laws: whole parts and whole edges, found under limits as without, and as runs have them."""

from __future__ import annotations

from math import pi

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

import simtwin as st
from simtwin.report.answer import answer
from simtwin.report.optimum import trial
from tests.turning import lathe

SECOND = """
      - turn:
          {tool: insert, speed_m_min: 150, feed_mm: 0.1, depth_mm: 0.3, diameter_mm: 95,
          path_mm: 500}
"""
BOOK = {"speed": 191.682931}
MONEY = {"machine_per_h": 60, "edge": 1}
SLOW = {"constant": 150.0, "speed": 191.682931}


def best(plant, **asked):
    """Return the optimum of the lathe, without runs unless they are asked for."""
    given = {"verify": False, "workers": 1, "starts": 3, **asked}
    return st.optimise_parameters(plant, "lathe", **given)


def two():
    """Return the textbook's lathe with a second, light cut of the same tool."""
    return lathe(**BOOK, more=SECOND)


def test_one_whole_part_is_tried_where_an_edge_lasts_for_less():
    """The fastest relaxed speeds take two edges a part; one whole part is 88 s shorter."""
    found = best(two(), objective="time")
    assert found.figure("time").best == pytest.approx(894.03, abs=0.01)
    assert found.whole["insert"] == 1


def test_a_limit_that_is_kept_changes_nothing():
    """One part an edge is cheapest, whether or not it is asked for."""
    free = best(two(), objective="cost", prices=MONEY)
    held = best(two(), objective="cost", prices=MONEY, constraints={"parts_per_tool": 1})
    assert free.figure("cost").best == pytest.approx(15.9005, abs=1e-4)
    assert held.figure("cost").best == pytest.approx(free.figure("cost").best, rel=1e-6)


@pytest.mark.parametrize(
    ("plant", "goal", "bounds"),
    [
        pytest.param(lathe(**SLOW), "time", {"speed_m_min": (180, 260)}, id="a cut of edges"),
        pytest.param(two(), "energy", {}, id="two cuts"),
    ],
)
def test_edges_are_exchanged_inside_cuts(plant, goal, bounds):
    """A cut longer than a life takes whole edges: figures are those of runs, to the digit."""
    found = best(
        plant, objective=goal, bounds=bounds, verify=True, replications=2, parts=60,
    )  # fmt: skip
    for plan in ("today", "best"):
        figure = getattr(found.figure(goal), plan)
        # The first part needs no change to begin with, and the machine is at its heat.
        assert found.trial.values[goal][plan].value == pytest.approx(figure, rel=1e-3)
    if goal == "time":
        assert found.figure("tool wear").today == pytest.approx(9.0)
        assert found.figure("time").today == pytest.approx(1576.67, abs=0.01)


def test_an_edge_is_changed_between_the_cuts_of_a_part():
    """Three cuts an edge, A B A and B A B: 1.5 parts are faster than one or two.

    Both last one life if each cut needs a third of it: ``pi D L / (f v) = (C/v)^4 / 3``.
    """
    found = best(
        two(), objective="time", bounds={"feed_mm": (0.1, 0.375)},
        verify=True, replications=2, parts=60,
    )  # fmt: skip
    paths = [pi * d * 0.5 / 0.375e-3 for d in (0.1, 0.095)]  # of the edge on the work [m]
    speeds = [(300.0**4 / 3.0 / path) ** (1.0 / 3.0) for path in paths]  # [m/min]
    cutting = sum(60.0 * path / v for path, v in zip(paths, speeds, strict=True))
    assert [one.best for one in found.parameters[::2]] == pytest.approx(speeds, rel=1e-5)
    assert found.figure("time").best == pytest.approx(300 + cutting + 120 / 1.5, rel=1e-6)
    assert found.figure("time").best == pytest.approx(641.164, abs=0.001)
    # The first part needs no change to begin with.
    assert found.trial.values["time"]["best"].value == pytest.approx(641.164, rel=1e-3)
    assert found.whole["insert"] == pytest.approx(1.5)
    assert answer(found)["whole_parts"]["insert"]["parts"] == pytest.approx(1.5)
    made = "the 1.5 parts that an edge of insert makes, changed between cuts"
    assert made in found.sentence
    assert "hold for as many parts an edge" in " ".join(found.notes)


def test_what_is_best_already_is_not_confirmed():
    """A gain below what a search can tell is none, and noise of sums is no interval."""
    asked = {"vary": ["speed"], "bounds": {"speed_m_min": (110, 260)}}
    first = best(lathe(**BOOK), **asked)
    again = best(first.optimised, verify=True, replications=3, parts=60, **asked)
    assert not again.confirmed
    assert "2 whole parts that an edge of insert makes" in again.sentence
    assert "show no difference in time" in again.sentence
    rows = trial(again).rows
    assert rows[0][2].endswith(" s, the same in all 3")
    assert rows[1][3] == "none, in all 3"


def test_edges_and_prices_are_noted():
    """Several edges a part are said, and of which figures prices are."""
    slow = best(lathe(**SLOW), bounds={"speed_m_min": (180, 260)})
    assert "no edge of insert lasts for a part: one takes 5" in " ".join(slow.notes)
    worn = best(lathe(**SLOW), objective="tool wear", bounds={"speed_m_min": (180, 260)})
    assert "held by the lowest speed of insert" in worn.sentence
    whole = best(lathe(**BOOK))
    assert "prices of limits and bounds hold for as many whole parts" in " ".join(whole.notes)
    # Many parts an edge: figures of whole cuts differ by less than is sought, but they do.
    many = best(lathe(constant=900.0), objective="energy", constraints={"power_kw": 0.2})
    assert not many.whole
    assert many.active
    assert "which step: a small change of a limit may be worth more" in " ".join(many.notes)
    assert answer(whole)["whole_parts"] == {"insert": {"parts": 3}}


def test_stopped_runs_leave_the_optimum_unverified():
    """A time limit that ends in the runs gives what was found, marked partial."""
    calls = []

    def guard():
        calls.append(None)
        if len(calls) > searched:
            raise KeyboardInterrupt("over")

    searched = 10**9
    whole = best(lathe(**BOOK), vary=["speed"], guard=guard)
    searched, calls = len(calls), []
    found = best(
        lathe(**BOOK), vary=["speed"], verify=True, replications=2, parts=60, guard=guard
    )
    assert found.partial
    assert found.trial is None
    assert found.confirmed is None
    assert found.figure("time").best == whole.figure("time").best
    assert "were stopped before one was complete: not verified" in found.sentence
    assert answer(found)["partial"] is True


@pytest.mark.parametrize("goals", ["time", ["cost", "time"]])
def test_a_stopped_search_gives_the_best_until_then(goals):
    """After some evaluations there is a place within limits that is better than today."""
    asked = {"objective": goals, "prices": MONEY, "constraints": {"power_kw": 5}}

    def stopped(after):
        calls = []

        def guard():
            calls.append(None)
            if len(calls) > after:
                raise KeyboardInterrupt("over")

        return best(lathe(**BOOK), verify=True, guard=guard, **asked)

    with pytest.raises(KeyboardInterrupt):
        stopped(0)
    found = stopped(1)
    assert found.partial
    assert not found.searched
    assert found.trial is None
    assert found.figure("time").best < found.figure("time").today
    assert all(one.best <= one.limit * (1 + 1e-6) for one in found.constraints if one.own)
    assert "The search was stopped before its end: this is the best until then" in str(found)
    assert found.active == ()
    assert answer(found)["partial"] is True


def test_limits_that_whole_cuts_alone_break_are_named():
    """By fractions, 1.8 parts an edge keep 562.5 s; whole parts miss it by a little."""
    asked = {"vary": ["speed"], "bounds": {"speed_m_min": (110, 260)}}
    found = best(lathe(**BOOK), constraints={"time_s": 562.5}, **asked)
    assert not found.feasible
    assert [one.name for one in found.active] == ["time"]
    assert found.figure("time").best == pytest.approx(562.569, abs=0.05)
    assert "At fault are time (at most 562.5 s)" in found.sentence
    assert "whole cuts do not: time (562.6 s)" in found.notes[0]
    assert best(lathe(**BOOK), constraints={"time_s": 562.6}, **asked).whole == {"insert": 2}


LIMITS = {
    "parts_per_tool": (1.0, 3.0),
    "tool_life_min": (3.0, 30.0),
    "time_s": (700.0, 1100.0),
    "power_kw": (0.2, 0.6),
}


@settings(max_examples=12, deadline=None)
@given(
    double=some.booleans(),
    goal=some.sampled_from(["time", "cost"]),
    key=some.sampled_from(sorted(LIMITS)),
    share=some.floats(0.0, 1.0),
)
@example(double=True, goal="time", key="tool_life_min", share=0.140625)
def test_a_limit_never_betters_the_optimum(double, goal, key, share):
    """One that the optimum keeps leaves it; any other makes it no better."""
    plant = two() if double else lathe(**BOOK)
    low, high = LIMITS[key]
    asked = {"objective": goal, "prices": MONEY, "bounds": {"feed_mm": (0.1, 0.375)}}
    free = best(plant, **asked)
    held = best(plant, constraints={key: low + share * (high - low)}, **asked)
    if not held.feasible:
        return
    was, now = free.figure(goal).best, held.figure(goal).best
    assert now >= was * (1.0 - 1e-5)
    kept = best(
        plant,
        constraints={key: _kept(key, free)},
        **asked,
    )
    assert kept.figure(goal).best == pytest.approx(was, rel=1e-5)


def _kept(key, optimum):
    """Return a limit that *optimum* keeps by a little."""
    if key == "time_s":
        return 1.001 * optimum.figure("time").best
    if key == "parts_per_tool":
        return max(0.5, min(optimum.parts_per_edge.values()))
    return 0.5 if key == "tool_life_min" else 5.0
