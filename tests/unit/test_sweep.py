"""A sweep is a table of paired replications, one row for each point and key figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.design import points_of, sobol
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.sweep import at_point, sweep
from simtwin.plant.files import load_with_plant
from simtwin.report.sweep import Made, as_plain, basis

COLUMNS = ["kpi", "unit", "value", "low", "high", "n"]


@pytest.fixture(scope="module")
def question() -> tuple[Any, Any]:
    """Half an hour of the bundled job shop."""
    plant, scenario = load_with_plant("day_shift")
    return plant, replace(scenario, horizon=1800.0)


def told(frame: Any) -> str:
    """Return every bit of a table."""
    return frame.to_csv(float_format="%r")


def test_a_point_is_a_replication_of_the_changed_plant(question: tuple[Any, Any]) -> None:
    """What a sweep says of a point, replicate says of the plant changed by hand, to the bit."""
    plant, scenario = question
    frame = sweep(plant, scenario, {"machines.mill-1.refit_min": [2, 8]}, replications=4)
    assert list(frame.columns) == ["machines.mill-1.refit_min", *COLUMNS]
    other = plant.with_changes({"machines.mill-1.refit": 120.0})
    kpis = replicate(other, scenario, 4).kpis
    rows = frame[frame["machines.mill-1.refit_min"] == 2].set_index("kpi")
    assert set(rows.index) == set(kpis)
    for name, kpi in kpis.items():
        row, found = rows.loc[name], kpi.value
        assert (row["value"], row["low"], row["high"]) == (found.value, found.low, found.high)  # type: ignore[union-attr]
        assert (row["unit"], row["n"]) == (kpi.unit, 4)


def test_all_points_share_their_luck(question: tuple[Any, Any]) -> None:
    """A point that changes nothing gives the same numbers as the one beside it (CRN)."""
    frame = sweep(*question, {"machines.five-1.overload_reset_min": [5, 6]}, replications=3)
    one, other = (group for _, group in frame.groupby("machines.five-1.overload_reset_min"))
    assert one[COLUMNS].values.tolist() == other[COLUMNS].values.tolist()


def test_any_number_of_workers_gives_the_same_table(question: tuple[Any, Any]) -> None:
    """KERNEL 20: the table is equal to the bit from one process and from two."""
    grid = {"machines.*.feed_override": [80, 110]}
    alone, two = (sweep(*question, grid, replications=3, workers=w) for w in (1, 2))
    assert told(alone) == told(two)
    assert alone.attrs["partial"] is False


def test_numbers_of_the_scenario_and_metrics_are_named(question: tuple[Any, Any]) -> None:
    """Due times, rules and the start can be swept; metrics may be of one order."""
    plant, scenario = question
    scenario = replace(scenario, horizon=3600.0)
    grid = {"scenario.orders.housing-1.due_min": [1, 1e4], "scenario.dispatching": ["spt"]}
    frame = sweep(
        plant, scenario, grid, replications=3, metrics=["p_late(housing-1)", "late_orders"]
    )
    assert frame["kpi"].tolist() == ["p_late(housing-1)", "late_orders"] * 2
    assert frame["unit"].tolist() == ["share", "orders"] * 2
    assert frame["value"].tolist()[::2] == [1.0, 0.0]
    assert frame["low"][0] < 1.0
    assert set(frame["scenario.dispatching"]) == {"spt"}


def test_a_sweep_goes_on_from_what_the_scenario_changes(question: tuple[Any, Any]) -> None:
    """A machine that the scenario adds can be swept, and its other changes stay."""
    plant, scenario = question
    changes = replace(scenario.changes, add={"mill-5": "mill-1"}, values={"ambient": 30.0})
    more = replace(scenario, changes=changes)
    point = at_point(plant, more, {"machines.mill-5.feed_override": 90, "ambient_c": 31})
    made = point.changes.applied(plant)
    assert (made.machines[-1].feed_override, made.ambient) == (90.0, 31.0)
    assert more.changes.values == {"ambient": 30.0}


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "grid: needs at least one name with one value"),
        ({"ambient_c": []}, "grid: needs at least one name"),
        ({"ambient_c": 3}, r"grid ambient_c: must be a list of values \(got 3\)"),
        ({"ambient_c": "30"}, "must be a list of values"),
        ([{"ambient_c": 1}, {"coolant_c": 1}], "point 1 gives coolant_c; the first one gives"),
        ({"ambient": [30]}, "ambient is a temperature: its unit is missing; give ambient_c"),
        ({"machines.mil-1.refit_min": [3]}, "machines has no 'mil-1'; did you mean 'mill-"),
        ({"scenario.seed": [1, 2]}, r"say sweep\(\.\.\., seed=\.\.\.\)"),
        ({"scenario.dispatching": ["best"]}, "must be fifo, lifo, .* or sequence"),
    ],
)
def test_a_wrong_grid_is_refused_before_any_run(
    question: tuple[Any, Any], grid: Any, said: str
) -> None:
    """The name is told, and what would be right."""
    with pytest.raises(InvalidInput, match=said):
        sweep(*question, grid, replications=2)


def test_one_replication_makes_no_interval(question: tuple[Any, Any]) -> None:
    """KERNEL 25: an estimate needs two."""
    with pytest.raises(InvalidInput, match="at least 2 replications"):
        sweep(*question, {"ambient_c": [30]}, replications=1)


def test_interrupted_the_complete_points_are_kept(question: tuple[Any, Any]) -> None:
    """A table never holds a point of fewer replications than its neighbour, and says it."""
    calls = 0

    def guard() -> None:
        nonlocal calls
        calls += 1
        if found >= 3:
            raise KeyboardInterrupt

    found = 0

    def progress(done: int, total: int) -> None:
        nonlocal found
        found = done
        assert total == 6

    frame = sweep(
        *question,
        {"ambient_c": [20, 25, 30]},
        replications=2,
        workers=1,
        progress=progress,
        guard=guard,
    )
    assert frame.attrs["partial"] is True
    assert set(frame["ambient_c"]) == {20}
    assert calls
    rests = "2 replications of 1 of 3 points (seed 1), "
    assert basis(Made.of_frame(frame), 1, partial=True).startswith(rests)
    told = as_plain(*question, frame, n=900, seed=1)
    assert (told["replications"], told["asked"]) == (2, 900)
    assert told["basis"].startswith(rests)
    assert str(Made.of_frame(frame[:0])) == "0 replications of 0 of 3 points"


def test_a_grid_is_crossed_and_numbers_of_numpy_are_numbers() -> None:
    """All combinations, in the order given; np.linspace is a list of numbers."""
    points = points_of({"a": np.array([1, 2]), "b": np.linspace(0.0, 1.0, 2)})
    assert points == [
        {"a": 1, "b": 0.0}, {"a": 1, "b": 1.0}, {"a": 2, "b": 0.0}, {"a": 2, "b": 1.0},
    ]  # fmt: skip
    assert {type(value) for point in points for value in point.values()} == {int, float}


def test_a_sobol_design_fills_its_box() -> None:
    """Each of the n slices of every axis holds one point; the seed fixes them."""
    bounds = {"ambient_c": (20.0, 36.0), "machines.*.feed_override": (80.0, 112.0)}
    points = sobol(bounds, 16, seed=3)
    for name, (low, high) in bounds.items():
        slices = sorted(int(16 * (float(p[name]) - low) / (high - low)) for p in points)  # type: ignore[arg-type]
        assert slices == list(range(16))
    assert points == sobol(bounds, 16, seed=3)
    assert points != sobol(bounds, 16, seed=4)


@pytest.mark.parametrize(
    ("bounds", "n", "said"),
    [
        ({"a": (0.0, 1.0)}, 12, "power of two, such as 16 .got 12"),
        ({"a": (0.0, 1.0)}, 0, "power of two, such as 1 .got 0"),
        ({}, 4, "at least one name"),
        ({"a": (1.0, 1.0)}, 4, "must be .low, high."),
    ],
)
def test_a_wrong_sobol_design_is_refused(bounds: Any, n: int, said: str) -> None:
    """A count that is no power of two spoils the balance, so it is no count."""
    with pytest.raises(InvalidInput, match=said):
        sobol(bounds, n)
