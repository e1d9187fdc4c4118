"""Laws: job shops of the literature, replayed and dispatched (ORACLES D, L)."""

from __future__ import annotations

from itertools import permutations

import pytest

from simtwin.oracles.job_shops import RULES, TABLE
from simtwin.oracles.trial import shop
from simtwin.orchestrator.simulate import simulate
from tests.theory.instances import INSTANCES, SEEDS, routes, taillard

REPLAYS = {
    "ft06": (
        (0, 3, 2, 5, 1, 4),
        (1, 3, 5, 0, 4, 2),
        (2, 0, 1, 4, 3, 5),
        (2, 5, 3, 0, 1, 4),
        (1, 4, 3, 5, 2, 0),
        (2, 5, 1, 4, 0, 3),
    ),
    "la01": (
        (4, 3, 1, 8, 7, 9, 0, 5, 6, 2),
        (3, 0, 8, 5, 9, 6, 4, 2, 7, 1),
        (7, 9, 5, 3, 4, 6, 1, 2, 8, 0),
        (6, 8, 9, 1, 2, 4, 3, 7, 0, 5),
        (9, 6, 8, 3, 2, 5, 1, 0, 7, 4),
    ),
}
"""The order of the jobs on each machine in an optimal schedule (ORACLES D1, D2)."""

DISPATCHED = {
    "ft06": "(65,329) (88,316) (77,375) (61,335) (83,295) (59,313) (67,350)",
    "la01": "(772,6099) (751,5555) (822,6021) (735,5878) (933,5271) (763,6015) (747,6540)",
    "la03": "(755,5745) (672,4330) (825,6420) (696,5925) (822,4438) (726,5737) (652,5512)",
    "la04": "(695,5683) (711,4977) (818,6092) (758,6247) (833,5017) (706,5597) (715,5922)",
    "la06": "(926,12319) (1200,9751) (1125,12117) (926,11788) (1067,9034) (926,12092) "
    "(926,11853)",
    "la17": "(943,7794) (924,6991) (1082,7493) (846,7850) (1203,7358) (844,7894) (836,7627)",
    "abz6": "(1045,8765) (1097,8273) (1207,9260) (987,8325) (1110,8593) (1031,8762) "
    "(1050,8530)",
    "orb01": "(1368,11626) (1478,10312) (1410,10290) (1359,11449) (1398,9455) (1307,11764) "
    "(1263,10256)",
}
"""Makespan and sum of completion times under each of RULES (ORACLES D4, D5, L1 to L8)."""

ONE_MACHINE = (
    {"work": 4, "due": 10, "weight": 2},
    {"work": 7, "due": 16, "weight": 3},
    {"work": 2, "due": 8, "weight": 1},
    {"work": 9, "due": 30, "weight": 4},
    {"work": 5, "due": 18, "weight": 2},
    {"work": 3, "due": 12, "weight": 3},
)
"""Jobs 0 to 5 of ORACLES L18."""


def scheduled(name: str, rule: str | None = None):
    """Return the run of all jobs of a bundled instance, until the last is done."""
    return simulate(*shop(f"oracles/{name}", rule))


@pytest.mark.parametrize("name", INSTANCES)
def test_the_bundled_files_are_the_instances(name):
    """Machine and time of each operation are those of the literature (ORACLES, appendix)."""
    plant, scenario = shop(f"oracles/{name}")
    written = [
        [
            (int(operation.stations[0].removeprefix("m")), operation.steps[0].duration.mean)
            for operation in product.operations
        ]
        for product in plant.products
    ]
    assert written == routes(name)
    assert [order.product for order in scenario.orders] == [p.name for p in plant.products]


@pytest.mark.parametrize(("row", "name", "makespan"), [("d1", "ft06", 55), ("d2", "la01", 666)])
def test_an_optimal_schedule_is_replayed(row, name, makespan):
    """The given sequences make the optimum, each operation at its soonest (ORACLES D1, D2)."""
    run = scheduled(row)
    assert run.kpis["makespan"].value == makespan
    for machine, jobs in enumerate(REPLAYS[name]):
        started = [
            row.job
            for row in run.log.pieces
            if (row.kind, row.place) == ("started", f"m{machine}")
        ]
        assert started == [f"job-{job}" for job in jobs]


@pytest.mark.parametrize("name", DISPATCHED)
def test_dispatching(name):
    """Each rule makes the makespan and sum of ends of the table (ORACLES D4, D5, L1 to L8).

    Ties are part of it: all completions of an instant come before any dispatch, equal
    priority goes to the lowest job, machines are served in the order of their names.
    """
    cells = [cell.strip("()").split(",") for cell in DISPATCHED[name].split()]
    printed = tuple((int(makespan), int(ends)) for makespan, ends in cells)
    assert printed == TABLE[name]
    for rule, expected in zip(RULES, printed, strict=True):
        kpis = scheduled(name, rule).kpis
        found = kpis["makespan"].value, kpis["sum_of_completion_times"].value
        assert expected == found, f"{name} {rule}"


def one_machine(rule: str) -> list[float]:
    """Return when each job of ORACLES L18 is done under *rule*."""
    run = scheduled("l18", rule)
    assert [order.due for order in run.scenario.orders] == [job["due"] for job in ONE_MACHINE]
    ends = {row.job: row.time for row in run.log.pieces if row.kind == "done"}
    return [ends[f"job-{job}"] for job in range(len(ONE_MACHINE))]


def test_one_machine():
    """SPT makes sum C 81, WSPT sum wC 239, EDD Lmax 3 (ORACLES L18)."""
    dues = [job["due"] for job in ONE_MACHINE]
    weights = [job["weight"] for job in ONE_MACHINE]
    assert sum(one_machine("spt")) == 81
    assert sum(w * c for w, c in zip(weights, one_machine("wspt"), strict=True)) == 239
    assert max(c - d for d, c in zip(dues, one_machine("edd"), strict=True)) == 3


def test_the_theorems_of_one_machine():
    """No order of the jobs beats SPT, WSPT, EDD, each by its own measure (ORACLES L18)."""
    dues = [job["due"] for job in ONE_MACHINE]
    weights = [job["weight"] for job in ONE_MACHINE]
    flow, weighted, latest = [], [], []
    for order in permutations(range(len(ONE_MACHINE))):
        now, ends = 0.0, {}
        for job in order:
            now += ONE_MACHINE[job]["work"]
            ends[job] = now
        flow.append(sum(ends.values()))
        weighted.append(sum(weights[job] * end for job, end in ends.items()))
        latest.append(max(end - dues[job] for job, end in ends.items()))
    assert min(flow) == sum(one_machine("spt"))
    assert min(weighted) == sum(
        w * c for w, c in zip(weights, one_machine("wspt"), strict=True)
    )
    assert min(latest) == max(c - d for d, c in zip(dues, one_machine("edd"), strict=True))


def test_work_is_conserved_in_every_schedule():
    """Each machine of ft06 produces exactly the sum of its times (ORACLES D1, D4)."""
    work = dict.fromkeys((f"m{machine}" for machine in range(6)), 0)
    for route in routes("ft06"):
        for machine, time in route:
            work[f"m{machine}"] += time
    for rule in RULES:
        machines = scheduled("ft06", rule).window.machines
        assert work == {name: totals.work for name, totals in machines.items()}


@pytest.mark.parametrize("name", SEEDS)
def test_the_files_are_the_instances_of_taillard(name):
    """Twenty jobs on 15 machines, made of the published seeds (ORACLES L16)."""
    plant, scenario = shop(f"oracles/{name}")
    found = [
        [(int(one.stations[0][1:]), one.steps[0].duration.mean) for one in product.operations]
        for product in plant.products
    ]
    assert taillard(name) == found
    assert [order.product for order in scenario.orders] == [p.name for p in plant.products]
