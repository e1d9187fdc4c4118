"""Laws: problems with known answers, built in Python in a few lines (ORACLES B, D)."""

from __future__ import annotations

import pytest

import simtwin as st
from tests.theory.instances import routes

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


def test_the_optimal_schedule_of_ft06_is_replayed():
    """The given sequences make 55, the optimum (ORACLES D1)."""
    plant, scenario = st.job_shop(routes("ft06"), sequence=dict(enumerate(OPTIMAL)))
    assert st.simulate(plant, scenario).kpis["makespan"].value == 55


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("fifo", (65, 329)),
        ("spt", (88, 316)),
        ("lpt", (77, 375)),
        ("mwkr", (61, 335)),
        ("lwkr", (83, 295)),
        ("mopnr", (59, 313)),
    ],
)
def test_dispatching_ft06(rule, expected):
    """Each rule makes its makespan and sum of completion times of ft06 (ORACLES D4)."""
    kpis = st.simulate(*st.job_shop(routes("ft06"), dispatching=rule)).kpis
    assert expected == (kpis["makespan"].value, kpis["sum_of_completion_times"].value)
