"""Laws: machines that wear out and fail, against renewal theory (ORACLES E)."""

from __future__ import annotations

import numpy as np
import pytest

from simtwin.oracles.crews import repairmen as repair_problem
from simtwin.oracles.upkeep import LAM, MU, variance_of_share
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_plant, load_with_plant, parse_plant
from tests.theory.plants import assert_agrees, breakdown, observe, rate, share, window


@pytest.mark.parametrize(
    ("length", "within"), [(3000.0, 0.08), pytest.param(50000.0, 0.02, marks=pytest.mark.slow)]
)
def test_a_machine_with_five_steps_to_failure(length, within):
    """5 steps, p .1 a slot, repair exactly 10: MTTF 50, availability .833333 (ORACLES E4).

    A slot is a cycle of 1; the life is the negative binomial law in cycles.
    """
    steps, p, repair = 5, 0.1, 10.0
    mean = steps / p
    available = mean / (mean + repair)
    assert (mean, available) == pytest.approx((50.0, 0.833333), abs=5e-7)
    plant = load_plant("oracles/e4")

    def figures(run):
        totals = run.window.machines["m1"].counts
        return rate(run), 1.0 - share(run, "m1", "down"), totals["good"] / totals["failures"]

    seen = observe(plant, window(plant, length, warm_up=300.0), 20, figures)
    assert_agrees(available, seen[:, 0], within=within)
    assert_agrees(available, seen[:, 1], within=within)
    assert_agrees(mean, seen[:, 2], within=within)


def test_variance_of_the_time_down():
    """Exponential 100 up, 10 down: availability .909091 and the spread of it (ORACLES E6).

    The variance of the share down over a long T is 2 lam mu/(lam + mu)^3/T. Sixty machines of
    one plant, all independent, each busy with one endless piece, are sixty samples a run.
    """
    length, runs = 1000.0, 110
    spread = variance_of_share(LAM, MU, 1e9) * 1e9
    assert spread == pytest.approx(2 * LAM * MU / (LAM + MU) ** 3, rel=1e-6)
    plant, scenario = load_with_plant("oracles/e6")
    assert (len(plant.machines), scenario.replications) == (60, runs)
    assert scenario.horizon - scenario.measure_from == length
    down = np.array(
        [
            [machine.shares["down"] for machine in run.machines.values()]
            for run in (
                simulate(plant, scenario, replication=r, history=False) for r in range(runs)
            )
        ]
    )
    expected = LAM / (LAM + MU)
    assert expected == pytest.approx(1.0 - 0.909091, abs=5e-7)
    assert_agrees(expected, down.ravel(), within=0.08)
    assert_agrees(
        variance_of_share(LAM, MU, length), (down.ravel() - expected) ** 2, within=0.08
    )


REPAIRMEN = """
plant: repairmen
crew: {members: 1}
machines:
$MACHINES
products:
$PRODUCTS
sources:
$SOURCES
"""


def repairmen(machines: int, up: float, down: float) -> str:
    """Return a shop of machines that fail by the calendar and share one fitter."""
    names = [f"m{k + 1}" for k in range(machines)]
    mode = breakdown("calendar", up, down)
    parts = {
        "$MACHINES": [f"  - {{id: {n}, failures: [{mode}]}}" for n in names],
        "$PRODUCTS": [
            f"  - {{id: p-{n}, route: [{{operation: o, machines: [{n}], duration_s: 5}}]}}"
            for n in names
        ],
        "$SOURCES": [f"  - {{id: s-{n}, product: p-{n}, saturating: true}}" for n in names],
    }
    text = REPAIRMEN
    for key, lines in parts.items():
        text = text.replace(key, "\n".join(lines))
    return text


@pytest.mark.parametrize(
    ("length", "within"), [(4000.0, 0.08), pytest.param(60000.0, 0.02, marks=pytest.mark.slow)]
)
def test_five_machines_share_one_fitter(length, within):
    """K 5, R 1, lam .1, mu 1: the repairman problem in the full shop (ORACLES C1).

    Availability .872096, E[down] .639522, repairer use .436048, wait for crew .466632, and
    P(all up) .563952, by the birth-death chain.
    """
    machines, lam, mu = 5, 0.1, 1.0
    known = repair_problem(machines, 1, lam, mu)
    figures = (known.availability, known.down, known.use, known.wait, known.all_up)
    assert figures == pytest.approx(
        (0.872096, 0.639522, 0.436048, 0.466632, 0.563952), abs=5e-7
    )
    plant = parse_plant(repairmen(machines, 1.0 / lam, 1.0 / mu))

    def observed(run):
        names = [f"m{k + 1}" for k in range(machines)]
        repaired = sum(share(run, n, "down") for n in names)
        waiting = sum(share(run, n, "waiting for crew") for n in names)
        failures = sum(run.window.machines[n].counts["failures"] for n in names)
        return (
            1.0 - (repaired + waiting) / machines,
            repaired + waiting,
            repaired,
            waiting * run.window.elapsed / failures,
        )

    seen = observe(plant, window(plant, length, warm_up=100.0), 20, observed)
    for column, expected in enumerate(figures[:4]):
        assert_agrees(expected, seen[:, column], within=within * (1.0, 1.0, 1.0, 1.5)[column])
    # The fitter is idle when all are up: P(all up) = 1 - use.
    assert_agrees(known.all_up, 1.0 - seen[:, 2], within=within)
