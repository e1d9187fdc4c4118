"""Laws: the optimiser against known whole parts and fronts (ORACLES I2, I5, I13, I14)."""

from __future__ import annotations

import math

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.orchestrator.optimise.cycle import Cycle
from simtwin.orchestrator.optimise.front import hypervolume, lines, undominated
from simtwin.orchestrator.optimise.target import target_of
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.constrained import Point, constrained
from simtwin.physics.economics import part_cost, part_time
from simtwin.plant.model import OrderSpec, Scenario
from tests.theory.test_oracles_economics import (
    GROOVER,
    MONEY,
    best_speeds,
    cutting,
    policy_cost,
    policy_problem,
    power,
    shown,
)
from tests.turning import lathe

EXACT = 1e-9
PRICES = {"machine_per_h": 30.0, "edge": 3.0}


def parts_of(plant, count):
    """Return the run that makes *count* parts, from a magazine of new edges."""
    orders = (OrderSpec("order", "shaft", quantity=count),)
    return simulate(plant, Scenario(orders=orders), history=False)


@pytest.mark.parametrize(
    ("n", "constant", "which", "k", "time", "cost"),
    [
        pytest.param(0.125, 70.0, 0, 1, "19.483830", None, id="I2 fastest"),
        pytest.param(0.125, 70.0, 1, 3, None, "11.256263", id="I2 cheapest"),
        pytest.param(0.25, 300.0, 0, 1, "10.277905", None, id="I5 fastest"),
        pytest.param(0.25, 300.0, 1, 5, None, "5.617829", id="I5 cheapest"),
    ],
)
def test_whole_parts_through_the_simulation(n, constant, which, k, time, cost):
    """A run changes the tool between parts, k of them an edge, exactly (ORACLES I2, I5)."""
    speed = best_speeds(n, constant)[which]
    plant = lathe(constant=constant, n=n, speed=speed)
    count = 12 * k
    run = parts_of(plant, count)
    minutes = run.end / 60.0 / count
    changes = run.kpis["tool_changes"].value
    assert changes == 12
    spent = 0.5 * minutes + 3.0 * changes / count
    asked = {"cutting": cutting(speed), "life": (constant / speed) ** (1 / n), "whole": True}
    assert minutes == pytest.approx(part_time(**asked, **GROOVER), rel=EXACT)
    assert spent == pytest.approx(part_cost(**asked, **GROOVER, **MONEY), rel=EXACT)
    if time is not None:
        assert shown(time) == minutes
    if cost is not None:
        assert shown(cost) == spent
    figures = Cycle(target_of(plant, "lathe")).figures(
        plant.products[0].operations[0].steps, exact=True
    )
    assert figures.seconds == pytest.approx(60.0 * minutes, rel=EXACT)
    assert figures.uses["insert"].parts * figures.uses["insert"].damage <= 1.0
    assert figures.edges == pytest.approx(1.0 / k, rel=EXACT)
    assert figures.energy / 3.6e6 == pytest.approx(
        parts_of(plant, 40 * k).kpis["energy_per_piece"].value, rel=2e-3
    )


def best_whole(n, constant, score):
    """Return the least *score* of a part over whole numbers of parts, by hand.

    With k parts an edge the speed may be anything at which ``k t_m <= T``; time and cost fall
    with speed until then, so the best is where the edge just covers them.
    """
    found = []
    for k in range(1, 61):
        # k pi D L / (1000 v f) = (C/v)^(1/n)
        work = k * cutting(1.0)
        speed = (constant ** (1 / n) / work) ** (1.0 / (1 / n - 1))
        found.append((score(cutting=cutting(speed), life=k * cutting(speed), whole=True), k))
    return min(found)


@pytest.mark.parametrize(
    ("n", "constant", "bounds"), [(0.125, 70.0, (38, 60)), (0.25, 300.0, (110, 200))]
)
def test_the_optimiser_finds_the_best_whole_parts(n, constant, bounds):
    """Whole numbers are tried one by one, and paired runs agree (ORACLES I2, I5)."""
    plant = lathe(constant=constant, n=n, speed=best_speeds(n, constant)[0])
    for goal, score in (
        ("time", lambda **a: 60.0 * part_time(**a, **GROOVER)),
        ("cost", lambda **a: part_cost(**a, **GROOVER, **MONEY)),
    ):
        least, k = best_whole(n, constant, score)
        best = st.optimise_parameters(
            plant, "lathe", objective=goal, vary=["speed"], prices=PRICES,
            bounds={"speed_m_min": bounds}, replications=2, parts=4 * 60, workers=1,
        )  # fmt: skip
        assert best.figure(goal).best == pytest.approx(least, rel=2e-6)
        assert best.parts_per_edge["insert"] == pytest.approx(k, rel=1e-5)
        assert best.confirmed
        seen = best.trial.values[goal]["best"].value
        assert seen == pytest.approx(least, rel=2e-6)


def part_energy(v, f, *, flood):
    """Return the energy of a part of I7 [kWh]."""
    minutes = cutting(v, diameter=80.0, length=200.0, feed=f)
    return ((1.5 + 0.4 * flood) * (1.0 + minutes) + power(v, f) * minutes) / 60.0


def cheapest_below(line, k, *, flood):
    """Return the cheapest policy with *k* parts a tool whose energy is at most *line*."""

    def at(x):
        cost, rooms = policy_problem(k, flood=flood)(x)
        return Point(cost, (*rooms, math.log(line / part_energy(*x, flood=flood))))

    return constrained(at, [(60.0, 300.0), (0.08, 0.4)], first=[(103.0, 0.28)], starts=1)


def point_below(line):
    """Return cost and energy of the cheapest policy of any k, dry or flood."""
    found = [
        (policy_cost(*one.place, k, flood=flood), part_energy(*one.place, flood=flood))
        for flood in (True, False)
        for k in (*range(1, 9), *range(10, 16, 2))
        for one in [cheapest_below(line, k, flood=flood)]
        if one.feasible
    ]
    return min(found)


def test_the_front_of_cost_and_energy():
    """Hypervolume .63032 up to (8, .30), ends (3.617, .1858), (5.113, .1544) (ORACLES I13)."""
    points = [point_below(line) for line in (0.15443, *lines(0.186, 0.15443, 10), 0.186)]
    front = undominated(points, lambda point: point)
    assert len(front) > 8
    assert hypervolume(front, (8.0, 0.30)) == pytest.approx(0.63032, rel=0.01)
    assert front[0] == pytest.approx((3.617, 0.1858), rel=0.01)
    assert front[-1] == pytest.approx((5.113, 0.1544), rel=0.02)


@pytest.mark.parametrize(
    "goal", ["wear", "tool wear per hour", "spindle wear rate", "energy per hour", "power"]
)
def test_a_goal_without_fixed_work_is_refused(goal):
    """Wear as such is least where nothing is cut: it is asked for per part (ORACLES I14)."""
    with pytest.raises(InvalidInput, match="least where nothing is cut"):
        st.optimise_parameters(lathe(), "lathe", objective=goal)
