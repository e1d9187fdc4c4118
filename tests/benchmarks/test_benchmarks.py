"""The benchmarks run, measure something finite, and compare like with like; none is timed."""

from __future__ import annotations

import sys
from math import isfinite

import pytest

from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from tests.benchmarks import (
    beside,
    branching,
    foresight,
    ingest,
    line,
    precision,
    segment,
    serving,
)
from tests.benchmarks.baselines import stepper
from tests.benchmarks.baselines.workload import rows
from tests.benchmarks.measure import Line, race, table
from tests.benchmarks.plants import flow_line, for_hours, workload
from tests.benchmarks.run import FULL, SHORT, main
from tests.mosquitto import needs_mosquitto

TINY = {
    "P2": lambda: segment.cost(machines=2, hours=1.0, rounds=1),
    "P3": lambda: precision.errors(hours=2.0),
    "P4": lambda: segment.growth(sizes=(2, 4), total=2.0, rounds=1),
    "P5": lambda: branching.rebuild(machines=2, repeats=1, rounds=1),
    "P6": lambda: branching.ensemble(machines=2, hours=1.0, replications=3, rounds=1),
    "P7": lambda: line.cost(hours=2.0, slots=(2,), rounds=1),
    "P8": lambda: segment.memory(machines=2, hours=1.0),
    "P9": lambda: segment.waste(machines=2, hours=2.0, acts=200),
    "P10": lambda: segment.year(days=0.02),
    "L1": lambda: foresight.branches(count=2, hours=1.0),
    "L2": lambda: foresight.chances(factors=(90.0,), rounds=1),
    "S1": lambda: serving.reads(count=5, replications=2),
    "N1": lambda: ingest.durable(20),
    "N2": lambda: ingest.visible(20),
}


BROKERED = {"N1", "N2"}
"""Rows that need a broker."""
ROWS = [pytest.param(row, marks=needs_mosquitto if row in BROKERED else ()) for row in TINY]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_gives_finite_numbers(row):
    """DESIGN 9: each row says what it measured, in numbers."""
    lines = TINY[row]()
    assert lines
    assert all(each.row == row and isfinite(each.figure) for each in lines)


def test_every_row_of_the_design_has_a_full_and_a_short_form():
    """DESIGN 9: P1 to P10; and what a branch, a chance, a read and a message cost."""
    rows = {f"P{number}" for number in range(1, 11)} | {"L1", "L2", "S1", "N1", "N2"}
    assert set(FULL) == set(SHORT) == rows
    assert set(TINY) == set(FULL) - {"P1"}


def test_work_and_precision_go_against_each_other(monkeypatch):
    """DESIGN P1: each method gives points of (error, work), and ours has no step."""
    monkeypatch.setattr(precision, "STEPS", {"RK4": (20, 5), "Euler": (5,), "LSODA": (1e-4,)})
    points = precision.work_precision(hours=0.5, rounds=1, sketch=False)
    assert points[0].method == "simtwin"
    assert points[0].step == 0.0
    assert all(isfinite(point.error) and point.work > 0.0 for point in points)
    assert all(each.baseline for each in precision.cost(points))
    assert len(precision.points_table(points).splitlines()) == len(points) + 1


def test_the_plot_is_a_page(tmp_path):
    """DESIGN P1: the work-precision plot is written where it is asked for."""
    path = tmp_path / "plot.html"
    precision.plot([precision.Point("RK4", 5.0, 1e-6, 1.5)], str(path))
    assert "RK4" in path.read_text(encoding="utf-8")


def test_the_baselines_march_through_our_run():
    """DESIGN P1: the rows that we export are the equations that we solve (KERNEL 14)."""
    _, _, run, true = precision.run_of(2.0)
    assert len(run.segments) > 60
    assert {each.tool for each in run.segments} == {-1, 0, 1, 2}
    assert stepper.error(run.ours, true) < 1e-7
    assert stepper.error(stepper.rk4(rows(run.segments), 5.0), true) < 1e-5
    assert run.ours.fatigue == pytest.approx(true.fatigue, rel=1e-9)


def test_our_errors_keep_their_bounds():
    """KERNEL 14: 1e-9 K for the linear law, 1e-9 for damage when a hold is split."""
    late = [each for each in precision.errors(hours=2.0) if each.figure > each.least]
    assert late == []


def test_the_workload_has_sixty_segments_an_hour():
    """DESIGN 9: the committed workload, with wear, crew and log."""
    plant = workload(3)
    assert plant.crew is not None
    count = segment.segments(simulate(plant, for_hours(plant, 20.0)))
    assert count == pytest.approx(3 * 20.0 * 60.0, rel=0.05)


@pytest.mark.parametrize("slots", [1, 2, 10])
@pytest.mark.parametrize("laws", [line.FIXED, line.RANDOM], ids=["fixed", "exponential"])
@pytest.mark.parametrize("fails", ["", line.FAILS], ids=["able", "failing"])
def test_the_line_makes_what_the_plain_line_makes(slots, laws, fails):
    """DESIGN P7: with the same draws the same parts, to the last one."""
    made, same = line.agreed(flow_line(slots, laws, fails=fails), slots, hours=12.0)
    assert made > 300
    assert same


def test_two_workers_find_what_one_finds():
    """DESIGN P6: the ensemble does not depend on how many cores made it."""
    plant = workload(2)
    scenario = for_hours(plant, 2.0)
    one, two = (replicate(plant, scenario, 3, workers=workers) for workers in (1, 2))
    assert one.outcomes == two.outcomes


def test_a_race_takes_turns():
    """DESIGN 9: side by side in one run, so that drift of the machine cancels."""
    order = []
    seconds = race(lambda: order.append("a"), lambda: order.append("b"), rounds=2)
    assert order == ["a", "b", "a", "b"]
    assert all(each >= 0.0 for each in seconds)


@pytest.mark.parametrize(
    ("ours", "more", "verdict"),
    [(4.0, False, "aim met"), (8.0, False, "met"), (20.0, False, "NOT met"),
     (20.0, True, "aim met")],
)  # fmt: skip
def test_a_line_says_whether_its_bound_is_met(ours, more, verdict):
    """DESIGN 9: "at least" and "aim"."""
    assert Line("P2", "segment", ours, "us", 1.0, 10.0, 5.0, more).verdict == verdict


def test_a_line_without_bounds_says_nothing():
    """DESIGN 9: what is for information has no verdict; an aim alone may be missed."""
    assert Line("P2", "segment", 9.0, "us").verdict == ""
    assert Line("P1", "numba", 9.0, "us", 1.0, None, 1.0).verdict == "aim missed"
    assert "9 us" in table([Line("P2", "segment", 9.0, "us")])


def test_the_command_knows_its_rows(capsys):
    """DESIGN 9: a row that does not exist is refused, with the name that was given."""
    with pytest.raises(SystemExit):
        main(["P99"])
    assert "P99" in capsys.readouterr().err


def test_the_line_of_a_user_is_short():
    """DESIGN P7: the line with breakdowns is a dozen lines of user code at most."""
    assert beside.user_lines("simtwin") <= 12


@pytest.mark.parametrize("name", beside.NAMES)
def test_tools_answer_alike(name):
    """DESIGN P7: the tools that are installed make what we make; the others are left out."""
    ours, theirs = (
        beside.ask(each, sys.executable, hours=3.0, seeds=1, fails=False)
        for each in ("simtwin", name)
    )
    if theirs is None:
        pytest.skip(f"{name} is not installed")
    assert ours is not None
    assert beside.agrees(ours, theirs)


def test_tools_that_break_down_agree_within_their_intervals():
    """DESIGN P7: with other draws the same mean, by the intervals of both."""
    found = [
        beside.ask(name, sys.executable, hours=20.0, seeds=10, fails=True)
        for name in ("simtwin", "simpy")
    ]
    ours, theirs = found
    assert ours is not None
    assert theirs is not None
    assert beside.agrees(ours, theirs)
    assert len(beside.rows([ours, theirs])) == 4


def test_a_tool_that_is_missing_is_said_to_be(capsys, monkeypatch):
    """DESIGN P7: nothing but simtwin is needed; what is left out is named."""
    monkeypatch.setattr(beside, "NAMES", ("simtwin", "salabim"))
    monkeypatch.setattr(beside, "FAILING", ("simtwin",))
    real = beside.ask
    monkeypatch.setattr(
        beside, "ask", lambda name, *a, **k: None if name == "salabim" else real(name, *a, **k)
    )
    beside.main(["--hours", "2", "--seeds", "1"])
    said = capsys.readouterr().out
    assert "salabim is not installed" in said
    assert "| simtwin |" in said
