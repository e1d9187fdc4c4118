"""Laws: which speed is fastest and which is cheapest, and limits on it (ORACLES I)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.physics.constrained import Minimum, Point, constrained
from simtwin.physics.economics import (
    broken_part_cost,
    cheapest_life,
    fastest_life,
    part_cost,
    part_time,
    speed_of_life,
    whole_parts,
)
from simtwin.physics.life import Weibull
from simtwin.physics.tool import TaylorLife
from simtwin.plant.files import parse_plant, parse_scenario
from tests.theory.plants import assert_agrees, observe

MINUTES = 60.0
FORMULA = 1e-9
GROOVER = {"handling": 5.0, "change": 2.0}
MONEY = {"rate": 0.5, "tool": 3.0}


def shown(digits: str):
    """Return what equals the printed *digits*, to half a unit of the last one."""
    return pytest.approx(float(digits), rel=0.0, abs=0.5 * 10.0 ** -len(digits.split(".")[1]))


def cutting(speed: float, *, diameter=100.0, length=500.0, feed=0.25) -> float:
    """Return ``T_m = pi D L/(1000 v f)`` [min], D and L in mm, v in m/min."""
    return math.pi * diameter * length / (1000.0 * speed * feed)


def best_speeds(n: float, constant: float) -> tuple[float, float]:
    """Return the fastest and the cheapest speed [m/min] by the laws of this package."""
    law = TaylorLife.from_constant(constant, n)
    lives = fastest_life(n, 2.0), cheapest_life(n, 2.0, rate=0.5, tool=3.0)
    fastest, cheapest = (MINUTES * speed_of_life(law, MINUTES * life) for life in lives)
    return fastest, cheapest


@pytest.mark.parametrize(
    ("n", "constant", "fastest", "cheapest"),
    [
        pytest.param(0.125, 70.0, ("50.330592", 14.0, "19.267234"),
                     ("42.322814", 56.0, "10.983348"), id="I1"),
        pytest.param(0.25, 300.0, ("191.682931", 6.0, "9.370541"),
                     ("135.540301", 24.0, "5.590439"), id="I5"),
    ],
)  # fmt: skip
def test_the_fastest_and_the_cheapest_speed(n, constant, fastest, cheapest):
    """``v = C/T^n`` at the best life, its time and its cost (ORACLES I1, I5)."""
    at = best_speeds(n, constant)
    assert at[0] == pytest.approx(constant / ((1 / n - 1) * 2.0) ** n, rel=FORMULA)
    change = (0.5 * 2.0 + 3.0) / 0.5
    assert at[1] == pytest.approx(constant / ((1 / n - 1) * change) ** n, rel=FORMULA)
    assert (shown(fastest[0]), shown(cheapest[0])) == at
    assert fastest_life(n, 2.0) == fastest[1]
    assert cheapest_life(n, 2.0, **MONEY) == cheapest[1]
    time = part_time(cutting=cutting(at[0]), life=fastest[1], **GROOVER)
    cost = part_cost(cutting=cutting(at[1]), life=cheapest[1], **GROOVER, **MONEY)
    assert (shown(fastest[2]), shown(cheapest[2])) == (time, cost)


@pytest.mark.parametrize(
    ("n", "constant", "time", "cost"),
    [
        pytest.param(0.125, 70.0, (1, "19.483830"), (3, "11.256263"), id="I2"),
        pytest.param(0.25, 300.0, (1, "10.277905"), (5, "5.617829"), id="I5"),
    ],
)
def test_a_tool_makes_whole_parts(n, constant, time, cost):
    """Changed between parts, a tool makes floor(T/t_m) of them (ORACLES I2, I5)."""
    fastest, cheapest = best_speeds(n, constant)
    lives = fastest_life(n, 2.0), cheapest_life(n, 2.0, **MONEY)
    parts = [whole_parts(life, cutting(v)) for life, v in zip(lives, best_speeds(n, constant),
                                                              strict=True)]  # fmt: skip
    assert parts == [time[0], cost[0]]
    asked = {"life": lives[0], "cutting": cutting(fastest), "whole": True}
    assert shown(time[1]) == part_time(**asked, **GROOVER)
    asked = {"life": lives[1], "cutting": cutting(cheapest), "whole": True}
    assert shown(cost[1]) == part_cost(**asked, **GROOVER, **MONEY)


@given(
    n=st.floats(0.08, 0.6),
    change=st.floats(0.1, 20.0),
    tool=st.floats(0.01, 100.0),
    rate=st.floats(0.01, 10.0),
)
def test_the_cheapest_speed_is_below_the_fastest(n, change, tool, rate):
    """A tool that costs anything wants to live longer, whatever the work (ORACLES I14)."""
    assert cheapest_life(n, change, rate=rate, tool=tool) > fastest_life(n, change)


@given(n=st.floats(0.1, 0.5), work=st.floats(0.1, 1000.0), tool=st.floats(0.0, 50.0))
def test_the_best_life_does_not_hang_on_the_work(n, work, tool):
    """The cost of a part of any work is least at the same life (ORACLES I14)."""
    best = cheapest_life(n, 2.0, rate=0.5, tool=tool)

    def cost(life: float) -> float:
        seconds = work * (life / best) ** n  # t_m is as 1/v, and v as T^-n
        return part_cost(cutting=seconds, life=life, **GROOVER, rate=0.5, tool=tool)

    for near in (0.99, 1.01):
        assert cost(best) < cost(near * best)


def test_a_life_that_covers_no_part_is_refused():
    """No whole part can be made of a tool that dies within the first (ORACLES I2)."""
    assert whole_parts(5.0, 6.0) == 0
    with pytest.raises(OutOfRange, match="covers no whole part"):
        part_time(cutting=6.0, life=5.0, whole=True, **GROOVER)


# -- I7: tools that break ------------------------------------------------------------


def tool_life(v, f, *, flood=True):
    """Return the life in cut [min]: Weibull, shape 3."""
    mean = ((300.0 if flood else 270.0) / (v * (f / 0.2) ** 0.4)) ** 4
    return Weibull(3.0, mean / math.gamma(4.0 / 3.0))


def power(v, f):
    """Return the motor power [kW]."""
    return 1.3 * 4000.0 * f**0.75 * v / 60000.0


def policy_cost(v, f, k, *, flood=True):
    """Return the cost of a part under the policy of I7."""
    minutes = cutting(v, diameter=80.0, length=200.0, feed=f)
    tool = broken_part_cost(
        tool_life(v, f, flood=flood), cutting=minutes, parts=k, planned=4.0 + 1.0,
        broken=4.0 + 1.0 + 25.0 + 5.0,
    )  # fmt: skip
    return 1.0 + minutes + (0.15 * minutes if flood else 0.0) + tool


def policy_problem(k, *, flood=True):
    """Return I7 at *k* parts a tool as a problem in v and f."""

    def at(x):
        v, f = x
        rooms = (math.log(5.0 / power(v, f)), math.log(3.2 / (f * f / 25.6 * 1000.0)))
        return Point(policy_cost(v, f, k, flood=flood), rooms)

    return at


def test_the_policy_of_tools_that_break_on_its_grid():
    """3.611544 at v 103, f .286, k 12, flood; the roughness is active (ORACLES I7)."""
    assert policy_cost(103.0, 0.286, 12) == pytest.approx(3.611544, abs=5e-7)
    feeds = np.arange(0.08, 0.4001, 0.002)
    kept = [f for f in feeds if f * f / 25.6 * 1000.0 <= 3.2 + 1e-12]
    assert max(kept) == pytest.approx(0.286)
    around = [
        (policy_cost(float(v), f, k), v, f, k)
        for v in range(96, 111)
        for f in (0.282, 0.284, 0.286)
        for k in range(8, 18)
        if power(v, f) <= 5.0
    ]
    best = min(around)
    assert best == (pytest.approx(3.611544, abs=5e-7), 103, 0.286, 12)


def test_the_policy_of_tools_that_break_without_a_grid():
    """Every k by SLSQP: not above the grid, the same k, roughness active (ORACLES I7)."""
    found: dict[tuple[int, bool], Minimum] = {}
    for flood in (True, False):
        for k in range(1, 61):
            found[k, flood] = constrained(
                policy_problem(k, flood=flood), [(60.0, 300.0), (0.08, 0.4)],
                first=[(100.0, 0.25)], starts=2,
            )  # fmt: skip
    (k, flood), best = min(found.items(), key=lambda item: item[1].cost)
    assert (k, flood) == (12, True)
    assert 0.999 * 3.611544 < best.cost <= 3.611544
    assert best.place[0] == pytest.approx(103.0, rel=0.01)
    power_price, finish_price = best.prices
    assert power_price == 0.0
    assert finish_price > 0.01


def test_the_policy_of_tools_that_break_simulated():
    """The same policy through a plant file: a tool is a part that is renewed (ORACLES I7)."""
    v, f, k = 103.0, 0.286, 12
    seconds = 60.0 * cutting(v, diameter=80.0, length=200.0, feed=f)
    law = tool_life(v, f)
    plant = parse_plant(
        "plant: cell\nmachines:\n  - id: lathe\n    failures:\n"
        f"      - {{id: tool, clock: processing, life: {{weibull: {{shape: 3, scale_s: "
        f"{60.0 * law.scale!r}}}}}, repair_s: 360, maintenance_s: 60, planned_cost: 4, "
        "failure_cost: 29}\n"
        "products: [{id: p, route: [{operation: o, machines: [lathe], "
        f"duration_s: {seconds!r}}}]}}]\n"
        "sources: [{id: s, product: p, saturating: true}]\n"
    )
    scenario = parse_scenario(
        "scenario: window\nplant: cell\nhorizon_s: 300000\n"
        f"maintenance: [{{policy: age, every_s: {k * seconds - 1e-6!r}}}]\n",
        plant,
    )

    def cost(run):
        pieces = run.kpis["good_pieces"].value
        minutes = run.end / 60.0 / pieces + 1.0
        return (minutes + 0.15 * seconds / 60.0 + run.kpis["maintenance_cost"].value / pieces,)

    seen = observe(plant, scenario, 20, cost)[:, 0]
    assert_agrees(policy_cost(v, f, k), seen, within=0.02)


# -- I9: limits ------------------------------------------------------------


def life(v, f, d):
    """Return the tool life [min]."""
    return 6e11 / (v**5 * f**1.75 * d**0.75)


def turning(passes: int):
    """Return the multi-pass turning of ORACLES I9 in V_r, f_r, V_s, f_s, d_s."""

    def at(x):
        v_r, f_r, v_s, f_s, d_s = x
        d_r = (6.0 - d_s) / passes
        worn = 0.8 * life(v_r, f_r, d_r) + 0.2 * life(v_s, f_s, d_s)
        minutes = math.pi * 50.0 * 300.0 / 1000.0 * (passes / (v_r * f_r) + 1.0 / (v_s * f_s))
        idle = 0.75 + (7e-4 * 300.0 + 0.3) * (passes + 1)
        cost = 0.5 * minutes + 0.5 * idle + (0.5 * 1.5 + 2.5) * minutes / worn
        ratios = [
            *one_pass(v_r, f_r, d_r, 50.0), *one_pass(v_s, f_s, d_s, 10.0),
            v_s / v_r, f_r / (2.5 * f_s), d_r / d_s, d_r / 1.0, 3.0 / d_r,
        ]  # fmt: skip
        return Point(cost, tuple(map(math.log, ratios)))

    return at


def one_pass(v, f, d, finish):
    """Return what is left of each limit of one pass, as a ratio of at least 1."""
    force = 108.0 * f**0.75 * d**0.95
    return (
        life(v, f, d) / 25.0, 45.0 / life(v, f, d), 200.0 / force,
        5.0 * 6120.0 * 0.85 / (force * v), v * v * f / d / 140.0,
        1000.0 / (132.0 * v**0.4 * f**0.2 * d**0.105), finish / (f * f / 9.6 * 1000.0),
    )  # fmt: skip


BOX = [(50.0, 500.0), (0.1, 0.9), (50.0, 500.0), (0.1, 0.9), (1.0, 3.0)]


@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize(
    ("passes", "cost", "place"),
    [
        pytest.param(1, 2.0350798, (109.6631, 0.56553, 169.9785, 0.22621, 3.0), id="I9"),
        pytest.param(3, 2.9805570, (115.0700, 0.69282, 186.6827, 0.27713, 1.0), id="I11"),
    ],
)
def test_turning_under_nineteen_limits(passes, cost, place, seed):
    """Ten seeds within .01 %, no more than 2,000 evaluations each (ORACLES I9, I11)."""
    problem = turning(passes)
    assert len(problem((100.0, 0.5, 150.0, 0.2, 2.0)).rooms) == 19
    found = constrained(problem, BOX, seed=seed, starts=20)
    assert found.feasible
    assert found.evaluations <= 2000
    assert found.cost == pytest.approx(cost, rel=1e-4)
    assert found.place == pytest.approx(place, rel=1e-3)
    assert found.hits == found.starts == 20


def test_what_a_limit_costs():
    """T_r 45, T_s 25 and F 200 are active, and each price is a slope (ORACLES I9)."""
    found = constrained(turning(1), BOX, starts=3)
    reached = {i for i, price in enumerate(found.prices) if price > 0.0}
    longest_rough, force_rough, shortest_finish = 1, 2, 7
    assert {longest_rough, force_rough, shortest_finish} <= reached

    def eased(x):
        cost, rooms = turning(1)(x)
        more = [room + (1e-4 if i == force_rough else 0.0) for i, room in enumerate(rooms)]
        return Point(cost, tuple(more))

    share = math.log(constrained(eased, BOX, starts=3).cost / found.cost) / 1e-4
    assert share == pytest.approx(-found.prices[force_rough], rel=0.01)


def test_limits_that_cannot_all_hold():
    """No place is within both: those two are named, and by how much they are missed."""

    def at(x):
        a, b = x
        return Point(a + b, (math.log(a * b / 4.0), math.log(1.0 / a / b), math.log(9.0 / a)))

    found = constrained(at, [(0.1, 10.0), (0.1, 10.0)])
    assert not found.feasible
    assert found.prices == pytest.approx((0.5, 0.5, 0.0), abs=1e-6)
    assert min(found.rooms) == pytest.approx(-math.log(2.0), rel=1e-6)
    boxed = constrained(at, [(0.1, 0.5), (0.1, 1.0)])
    assert not boxed.feasible
    assert boxed.upper == pytest.approx((1.0, 1.0), abs=1e-6)


def test_bounds_must_be_positive_and_in_order():
    """A number of a geometric problem is above 0."""
    with pytest.raises(InvalidInput, match="number 1: bounds must be positive"):
        constrained(lambda x: Point(x[0], ()), [(1.0, 2.0), (0.0, 1.0)])
