"""Laws: the six jobs of Fisher & Thompson, replayed and dispatched (ORACLES D)."""

from __future__ import annotations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario

FT06 = (
    "2 1 0 3 1 6 3 7 5 3 4 6",
    "1 8 2 5 4 10 5 10 0 10 3 4",
    "2 5 3 4 5 8 0 9 1 1 4 7",
    "1 5 0 5 2 5 3 3 4 8 5 9",
    "2 9 1 3 4 5 5 4 0 3 3 1",
    "1 3 3 3 5 9 0 10 4 4 2 1",
)
"""One job a line: machine, time, ... (ORACLES, appendix)."""

OPTIMAL = (
    (0, 3, 2, 5, 1, 4),
    (1, 3, 5, 0, 4, 2),
    (2, 0, 1, 4, 3, 5),
    (2, 5, 3, 0, 1, 4),
    (1, 4, 3, 5, 2, 0),
    (2, 5, 1, 4, 0, 3),
)
"""The order of the jobs on each machine in a schedule of 55."""


def routes() -> list[list[tuple[int, int]]]:
    """Return (machine, time) of every operation of every job."""
    numbers = [[int(word) for word in row.split()] for row in FT06]
    return [list(zip(row[::2], row[1::2], strict=True)) for row in numbers]


def shop():
    """Return the plant of ft06: a machine per number, a product per job."""
    products = "".join(
        f"  - id: job-{job}\n    route:\n"
        + "".join(
            f"      - {{operation: op{k}, machines: [m{machine}], duration_s: {time}}}\n"
            for k, (machine, time) in enumerate(route)
        )
        for job, route in enumerate(routes())
    )
    machines = ", ".join(f"{{id: m{machine}}}" for machine in range(6))
    return parse_plant(f"plant: ft06\nmachines: [{machines}]\nproducts:\n{products}")


def scheduled(rule: str, sequence: str = ""):
    """Return the run of all six jobs, each an order of one piece, until the last is done."""
    plant = shop()
    orders = ", ".join(f"{{id: job-{job}, product: job-{job}}}" for job in range(6))
    scenario = parse_scenario(
        f"scenario: all\nplant: ft06\ndispatching: {rule}\n{sequence}orders: [{orders}]\n",
        plant,
    )
    return simulate(plant, scenario)


def test_the_optimal_schedule_of_ft06_is_replayed():
    """The given sequences make 55, the optimum, each operation at its soonest (ORACLES D1)."""
    sequence = "sequence:\n" + "".join(
        f"  m{machine}: [{', '.join(f'job-{job}' for job in jobs)}]\n"
        for machine, jobs in enumerate(OPTIMAL)
    )
    run = scheduled("sequence", sequence)
    assert run.kpis["makespan"].value == 55
    for machine, jobs in enumerate(OPTIMAL):
        started = [
            row.job
            for row in run.log.pieces
            if (row.kind, row.place) == ("started", f"m{machine}")
        ]
        assert started == [f"job-{job}" for job in jobs]


@pytest.mark.parametrize(("rule", "expected"), [("fifo", (65, 329)), ("spt", (88, 316))])
def test_dispatching_ft06(rule, expected):
    """FIFO makes (65, 329) of ft06, SPT (88, 316): makespan and sum of ends (ORACLES D4).

    Ties are part of it: all completions of an instant come before any dispatch, equal
    priority goes to the lowest job, machines are served in the order of their names.
    """
    kpis = scheduled(rule).kpis
    assert expected == (kpis["makespan"].value, kpis["sum_of_completion_times"].value)


def test_work_is_conserved_in_every_schedule():
    """Each machine of ft06 produces exactly the sum of its times (ORACLES D1, D4)."""
    work = [0] * 6
    for route in routes():
        for machine, time in route:
            work[machine] += time
    for rule in ("fifo", "spt"):
        machines = scheduled(rule).window.machines
        assert work == [machines[f"m{machine}"].work for machine in range(6)]
