"""Laws: job shops of the literature, replayed and dispatched (ORACLES D, L)."""

from __future__ import annotations

from itertools import permutations

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from tests.theory.instances import INSTANCES, routes

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

RULES = ("fifo", "spt", "lpt", "mwkr", "lwkr", "mopnr", "fdd_mwkr")

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


def shop(jobs: list[list[tuple[int, int]]]):
    """Return the plant of *jobs*: a machine per number, a product per job."""
    products = "".join(
        f"  - id: job-{job}\n    route:\n"
        + "".join(
            f"      - {{operation: op{k}, machines: [m{machine}], duration_s: {time}}}\n"
            for k, (machine, time) in enumerate(route)
        )
        for job, route in enumerate(jobs)
    )
    count = 1 + max(machine for route in jobs for machine, _ in route)
    machines = ", ".join(f"{{id: m{machine}}}" for machine in range(count))
    return parse_plant(f"plant: jobs\nmachines: [{machines}]\nproducts:\n{products}")


def scheduled(jobs: list[list[tuple[int, int]]], rule: str, *, more: str = "", each=()):
    """Return the run of all *jobs*, each an order of one piece, until the last is done."""
    plant = shop(jobs)
    orders = ", ".join(
        f"{{id: job-{job}, product: job-{job}{each[job] if each else ''}}}"
        for job in range(len(jobs))
    )
    scenario = parse_scenario(
        f"scenario: all\nplant: jobs\ndispatching: {rule}\n{more}orders: [{orders}]\n", plant
    )
    return simulate(plant, scenario)


@pytest.mark.parametrize(("name", "makespan"), [("ft06", 55), ("la01", 666)])
def test_an_optimal_schedule_is_replayed(name, makespan):
    """The given sequences make the optimum, each operation at its soonest (ORACLES D1, D2)."""
    sequence = "sequence:\n" + "".join(
        f"  m{machine}: [{', '.join(f'job-{job}' for job in jobs)}]\n"
        for machine, jobs in enumerate(REPLAYS[name])
    )
    run = scheduled(routes(name), "sequence", more=sequence)
    assert run.kpis["makespan"].value == makespan
    for machine, jobs in enumerate(REPLAYS[name]):
        started = [
            row.job
            for row in run.log.pieces
            if (row.kind, row.place) == ("started", f"m{machine}")
        ]
        assert started == [f"job-{job}" for job in jobs]


@pytest.mark.parametrize("name", INSTANCES)
def test_dispatching(name):
    """Each rule makes the makespan and sum of ends of the table (ORACLES D4, D5, L1 to L8).

    Ties are part of it: all completions of an instant come before any dispatch, equal
    priority goes to the lowest job, machines are served in the order of their names.
    """
    for rule, cell in zip(RULES, DISPATCHED[name].split(), strict=True):
        expected = tuple(int(number) for number in cell.strip("()").split(","))
        kpis = scheduled(routes(name), rule).kpis
        found = kpis["makespan"].value, kpis["sum_of_completion_times"].value
        assert expected == found, f"{name} {rule}"


def one_machine(rule: str) -> list[float]:
    """Return when each job of ORACLES L18 is done under *rule*."""
    jobs = [[(0, job["work"])] for job in ONE_MACHINE]
    each = [f", due_s: {job['due']}, weight: {job['weight']}" for job in ONE_MACHINE]
    run = scheduled(jobs, rule, each=each)
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
    work = [0] * 6
    for route in routes("ft06"):
        for machine, time in route:
            work[machine] += time
    for rule in RULES:
        machines = scheduled(routes("ft06"), rule).window.machines
        assert work == [machines[f"m{machine}"].work for machine in range(6)]
