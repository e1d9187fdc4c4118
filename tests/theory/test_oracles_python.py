"""Laws: problems with known answers, built in Python in a few lines (ORACLES B, D)."""

from __future__ import annotations

import pytest

import simtwin as st

FT06 = (
    "2 1 0 3 1 6 3 7 5 3 4 6",
    "1 8 2 5 4 10 5 10 0 10 3 4",
    "2 5 3 4 5 8 0 9 1 1 4 7",
    "1 5 0 5 2 5 3 3 4 8 5 9",
    "2 9 1 3 4 5 5 4 0 3 3 1",
    "1 3 3 3 5 9 0 10 4 4 2 1",
)
"""Fisher & Thompson: one job a line: machine, time, ... (ORACLES, appendix)."""

OPTIMAL = (
    (0, 3, 2, 5, 1, 4),
    (1, 3, 5, 0, 4, 2),
    (2, 0, 1, 4, 3, 5),
    (2, 5, 3, 0, 1, 4),
    (1, 4, 3, 5, 2, 0),
    (2, 5, 1, 4, 0, 3),
)
"""The order of the jobs on each machine in a schedule of 55."""


@pytest.mark.parametrize(
    ("machines", "warm_up", "expected"), [(1, 0.0, 1000), (1, 500.0, 500), (2, 0.0, 999)]
)
def test_pieces_of_a_line_of_cycle_one(machines, warm_up, expected):
    """Cycle 1 to 1000, end included: 1000, 500 after warm-up, two 999 (ORACLES B15)."""
    plant = st.line([1.0] * machines, buffers=5)
    run = st.simulate(plant, st.Scenario(horizon=1000.0, measure_from=warm_up))
    assert expected == run.kpis["good_pieces"].value


@pytest.mark.parametrize(("machines", "expected"), [(1, 100), (2, 200)])
def test_pieces_of_parallel_machines(machines, expected):
    """A source and one machine make 100 pieces in 100, two machines 200 (ORACLES B16)."""
    plant = st.line([1.0], machines=machines)
    run = st.simulate(plant, st.Scenario(horizon=100.0))
    assert expected == run.kpis["good_pieces"].value


def jobs():
    """Return (machine, time) of every operation of every job."""
    numbers = [[int(word) for word in row.split()] for row in FT06]
    return [list(zip(row[::2], row[1::2], strict=True)) for row in numbers]


def test_the_optimal_schedule_of_ft06_is_replayed():
    """The given sequences make 55, the optimum (ORACLES D1)."""
    plant, scenario = st.job_shop(jobs(), sequence=dict(enumerate(OPTIMAL)))
    assert st.simulate(plant, scenario).kpis["makespan"].value == 55


@pytest.mark.parametrize(("rule", "expected"), [("fifo", (65, 329)), ("spt", (88, 316))])
def test_dispatching_ft06(rule, expected):
    """FIFO makes (65, 329) of ft06, SPT (88, 316): makespan, sum of ends (ORACLES D4)."""
    kpis = st.simulate(*st.job_shop(jobs(), dispatching=rule)).kpis
    assert expected == (kpis["makespan"].value, kpis["sum_of_completion_times"].value)
