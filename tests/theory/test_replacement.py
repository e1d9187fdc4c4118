"""Laws: when to replace before the failure, against renewal theory (ORACLES E and H)."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize
from scipy.stats import poisson

from simtwin.physics.degradation import GammaProcess
from simtwin.physics.life import Exponential, Gamma, Uniform, Weibull
from simtwin.physics.lived import lived
from simtwin.physics.minimal_repair import Task, minimal_cost_rate, optimal_period
from simtwin.physics.redundancy import k_of_n, k_of_n_life
from simtwin.physics.renewal import block_cost_rate, optimal_block, renewals
from simtwin.physics.replacement import (
    age_availability,
    age_cost_rate,
    optimal_age,
    run_to_failure_cost_rate,
)

FORMULA = 1e-9


def shown(digits: str):
    """Return what equals the printed *digits*, to half a unit of the last one."""
    return pytest.approx(float(digits), rel=0.0, abs=0.5 * 10.0 ** -len(digits.split(".")[1]))


def known_age(beta: float, eta: float, planned: float, failure: float) -> tuple[float, float]:
    """Return T* and C* by the condition ``h(T) int R - F(T) = cp/(cf - cp)``, integrated."""

    def hazard(t):
        return beta / eta * (t / eta) ** (beta - 1.0)

    def condition(t):
        area = integrate.quad(
            lambda x: math.exp(-((x / eta) ** beta)), 0.0, t, epsabs=0.0, epsrel=1e-13
        )[0]
        failed = -math.expm1(-((t / eta) ** beta))
        return hazard(t) * area - failed - planned / (failure - planned)

    age = optimize.brentq(condition, 1e-3 * eta, 3.0 * eta, xtol=1e-12 * eta, rtol=1e-15)
    return age, (failure - planned) * hazard(age)


@pytest.mark.parametrize(
    ("shape", "scale", "failure", "age", "cost", "waiting", "saving"),
    [
        (2.5, 1000.0, 5.0, "493.0470", ".00346204", ".00563530", "38.5651"),
        (2.0, 100.0, 10.0, "33.6451", ".06056121", ".11283792", "46.3290"),
        (2.5, 1000.0, 2.0, "883.6017", ".00207647", ".00225412", "7.8813"),
    ],
    ids=["E1", "H1", "H3"],
)
def test_replacement_at_an_age(shape, scale, failure, age, cost, waiting, saving):
    """Weibull lives, planned cost 1: best age, its cost, what it saves (ORACLES E1, H1, H3)."""
    life, costs = Weibull(shape, scale), {"planned": 1.0, "failure": failure}
    best = optimal_age(life, **costs)
    least = age_cost_rate(life, **costs, age=best)
    never = run_to_failure_cost_rate(life, failure=failure)
    assert known_age(shape, scale, 1.0, failure) == pytest.approx((best, least), rel=FORMULA)
    assert failure / (scale * math.gamma(1.0 + 1.0 / shape)) == pytest.approx(
        never, rel=FORMULA
    )
    assert shown(age) == best
    assert shown(cost) == least
    assert shown(waiting) == never
    assert shown(saving) == 100.0 * (1.0 - least / never)


@given(mean=st.floats(1e-3, 1e6), planned=st.floats(0.01, 100.0), ratio=st.floats(0.1, 1000.0))
def test_no_memory_never_replaces_early(mean, planned, ratio):
    """Exponential, any cost: the best age is infinite (ORACLES H5)."""
    costs = {"planned": planned, "failure": ratio * planned}
    assert optimal_age(Exponential(mean), **costs) == math.inf
    assert optimal_age(Weibull(1.0, mean), **costs) == math.inf
    assert optimal_block(Exponential(mean), **costs) == math.inf


def test_availability_at_an_age():
    """Weibull(2.5, 1000) replaced at 500, 2 planned, 10 failed: .993123 (ORACLES E2).

    The mean time up of a cycle is 475.9959, a failure ends .162033 of them.
    """
    life = Weibull(2.5, 1000.0)
    up = integrate.quad(lambda t: math.exp(-((t / 1e3) ** 2.5)), 0.0, 500.0, epsrel=1e-13)[0]
    failed = 1.0 - math.exp(-(0.5**2.5))
    share = up / (up + 2.0 * (1.0 - failed) + 10.0 * failed)
    found = age_availability(life, planned=2.0, failure=10.0, age=500.0)
    assert (up, failed, share) == pytest.approx(
        (lived(life, 500.0), life.cdf(500.0), found), rel=FORMULA
    )
    assert shown("475.9959") == up
    assert shown(".162033") == failed
    assert shown(".993123") == share


def test_age_of_the_greatest_availability():
    """Weibull(2.5, 100), 1 h planned, 8 h failed: .95873565 at 39.2547 (ORACLES H6)."""
    life, durations = Weibull(2.5, 100.0), {"planned": 1.0, "failure": 8.0}
    best = optimal_age(life, **durations)
    found = age_availability(life, **durations, age=best)
    age, rate = known_age(2.5, 100.0, 1.0, 8.0)
    assert (age, 1.0 / (1.0 + rate)) == pytest.approx((best, found), rel=FORMULA)
    assert shown("39.2547") == best
    assert shown(".95873565") == found
    assert shown(".91729247") == age_availability(life, **durations, age=math.inf)


def test_age_of_a_uniform_life():
    """Uniform (0, 40000), 100 planned, 200 failed: T* = 40000 (sqrt 3 - 1) (ORACLES H15)."""
    life, costs = Uniform(0.0, 40000.0), {"planned": 100.0, "failure": 200.0}
    best = optimal_age(life, **costs)
    least = age_cost_rate(life, **costs, age=best)
    assert 40000.0 * (math.sqrt(3.0) - 1.0) == pytest.approx(best, rel=FORMULA)
    assert 0.0025 * (2.0 + math.sqrt(3.0)) == pytest.approx(least, rel=FORMULA)
    assert shown("29282.0323") == best
    assert shown(".00933013") == least
    assert shown(".00933333") == age_cost_rate(life, **costs, age=30000.0)


def test_age_of_gamma_wear():
    """Wear of shape 1 per h and scale 1 up to 20, 5 planned, 50 failed (ORACLES H23).

    T* 11.5612, C* .495717, mean life 20.5.
    """
    life, costs = GammaProcess(1.0, 1.0, 20.0), {"planned": 5.0, "failure": 50.0}
    best = optimal_age(life, **costs)
    assert shown("11.5612") == best
    assert shown(".495717") == age_cost_rate(life, **costs, age=best)
    assert life.mean == pytest.approx(20.5, abs=0.05)


def inspected(every: int, threshold: float) -> tuple[float, float, float]:
    """Return cost rate, P(failed in a cycle) and mean cycle [h] of the wear of H19, inspected.

    Levels at whole hours are the points of a Poisson stream of rate 1 along the level, so that
    the points below the threshold are Poisson, and those between it and the limit of 20, too.
    """
    points = range(200)
    below, beyond = poisson(threshold), poisson(20.0 - threshold)
    looks = [k // every + 1 for k in points]
    mean = sum(below.pmf(k) * looks[k] for k in points)
    failed = sum(below.pmf(k) * beyond.cdf(looks[k] * every - 1 - k) for k in points)
    cost = 0.5 * mean + 5.0 * (1.0 - failed) + 50.0 * failed
    return cost / (every * mean), failed, every * mean


@pytest.mark.parametrize(
    ("every", "rate", "failed", "cycle"),
    [(2, 0.617347, 0.0235828, 16.5), (1, 0.831450, 0.00673795, 16.0)],
    ids=["H19", "H21"],
)
def test_wear_that_only_an_inspection_sees(every, rate, failed, cycle):
    """Inspected for .5, replaced at 15 for 5, failed for 50 (ORACLES H19, H21)."""
    found = inspected(every, 15.0)
    assert (rate, failed, cycle) == pytest.approx(found, rel=2e-6)


def test_no_inspection_beats_an_age_where_failure_is_seen_at_once():
    """Every interval of 1 to 5 h and threshold of 8 to 19 costs more than T* (ORACLES H23)."""
    least = age_cost_rate(GammaProcess(1.0, 1.0, 20.0), planned=5.0, failure=50.0, age=11.5612)
    rates = [inspected(every, level)[0] for every in range(1, 6) for level in range(8, 20)]
    assert least < min(rates)


@pytest.mark.parametrize(("chance", "level"), [(0.01, 13.361648), (0.1, 16.110280)])
def test_a_threshold_is_a_chance_to_fail_before_the_next_look(chance, level):
    """P(fail in the next 2 h) = (1 + y) exp(-y), y what is left to 20 (ORACLES H24)."""
    left = 20.0 - level
    assert chance == pytest.approx((1.0 + left) * math.exp(-left), rel=2e-6)


@pytest.mark.parametrize(
    ("shape", "scale", "failure", "period", "cost", "early", "late"),
    [
        (2.5, 1000.0, 5.0, 478.413, 0.00364352, 0.148622, 0.702507),
        (3.0, 100.0, 10.0, 37.5813, 0.04040127, 0.0518334, 0.672329),
    ],
    ids=["H8", "H10"],
)
def test_replacement_of_a_block(shape, scale, failure, period, cost, early, late):
    """Weibull lives, planned cost 1: best period, cost, renewals (ORACLES H8, H10)."""
    life, costs = Weibull(shape, scale), {"planned": 1.0, "failure": failure}
    best = optimal_block(life, **costs)
    assert period == pytest.approx(best, rel=1e-3)
    assert cost == pytest.approx(block_cost_rate(life, **costs, period=best), rel=1e-4)
    assert early == pytest.approx(renewals(life, best), rel=1e-4)
    assert late == pytest.approx(renewals(life, scale), rel=1e-4)
    # The scheme agrees with itself on a grid four times as fine.
    assert renewals(life, scale, steps=1024) == pytest.approx(renewals(life, scale), rel=1e-8)


@pytest.mark.parametrize("time", [0.3, 1.0, 3.0, 10.0])
def test_renewals_in_closed_form(time):
    """Exponential: lam t; Erlang-2: lam t/2 - 1/4 + exp(-2 lam t)/4 (ORACLES H11).

    A gamma life of shape 1 goes through the scheme, an exponential one does not.
    """
    lam = 0.7
    t = time / lam
    assert lam * t == pytest.approx(renewals(Exponential(1.0 / lam), t), rel=FORMULA)
    assert lam * t == pytest.approx(renewals(Gamma(1.0, 1.0 / lam), t, steps=1024), rel=1e-7)
    erlang = 0.5 * lam * t - 0.25 + 0.25 * math.exp(-2.0 * lam * t)
    assert erlang == pytest.approx(renewals(Gamma(2.0, 1.0 / lam), t, steps=1024), rel=1e-7)


def test_minimal_repair_between_renewals():
    """Weibull(2.5, 1000), repair 1, renewal 5: T* 1618.6446, cost .00514834 (ORACLES E3)."""
    task = Task(Weibull(2.5, 1000.0), planned=5.0, repair=1.0)
    best = optimal_period([task])
    found = minimal_cost_rate([task], period=best)
    period = 1000.0 * (5.0 / 1.5) ** 0.4
    assert period == pytest.approx(best, rel=FORMULA)
    assert (period / 1000.0) ** 2.5 == pytest.approx(task.failures(best), rel=FORMULA)
    assert (5.0 + (period / 1000.0) ** 2.5) / period == pytest.approx(found, rel=FORMULA)
    assert shown("1618.6446") == best
    assert shown(".00514834") == found


def test_minimal_repair_in_round_numbers():
    """Weibull(2, 100), renewal 4, repair 1: T* 200, C* .04 (ORACLES H13)."""
    task = Task(Weibull(2.0, 100.0), planned=4.0, repair=1.0)
    assert optimal_period([task]) == pytest.approx(200.0, rel=FORMULA)
    assert minimal_cost_rate([task], period=200.0) == pytest.approx(0.04, rel=FORMULA)


def test_tasks_that_share_a_setup():
    """Three minimal-repair tasks, set-up 15: joint work saves 21.2929 % (ORACLES H26)."""
    rows = [(10.0, 1.0, 100.0, 2.0), (20.0, 2.0, 150.0, 2.5), (8.0, 1.0, 90.0, 2.0)]
    tasks = [Task(Weibull(beta, eta), planned=cp, repair=cm) for cp, cm, eta, beta in rows]
    alone = [optimal_period([task], setup=15.0) for task in tasks]
    separate = sum(
        minimal_cost_rate([task], period=period, setup=15.0)
        for task, period in zip(tasks, alone, strict=True)
    )
    joint = optimal_period(tasks, setup=15.0)
    together = minimal_cost_rate(tasks, period=joint, setup=15.0)

    def slope(t):
        return sum(cm * (beta - 1.0) * (t / eta) ** beta for _, cm, eta, beta in rows) - 53.0

    known = optimize.brentq(slope, 1.0, 1000.0, xtol=1e-12, rtol=1e-15)
    cost = (53.0 + sum(cm * (known / eta) ** beta for _, cm, eta, beta in rows)) / known
    assert (known, cost) == pytest.approx((joint, together), rel=FORMULA)
    assert [
        eta * ((cp + 15.0) / (cm * (beta - 1.0))) ** (1.0 / beta) for cp, cm, eta, beta in rows
    ] == pytest.approx(alone, rel=FORMULA)
    assert alone == [pytest.approx(500.0, rel=FORMULA), shown("400.7467"), shown("431.6248")]
    assert shown(".35213563") == separate
    assert shown("352.0157") == joint
    assert shown(".27715590") == together
    assert shown("21.2929") == 100.0 * (1.0 - together / separate)


@pytest.mark.parametrize(("k", "n", "share"), [(1, 2, 0.99), (2, 3, 0.972)])
def test_availability_of_k_of_n(k, n, share):
    """Units up .9 of the time: 1 of 2 is up .99, 2 of 3 .972 (ORACLES H16)."""
    cases = product([0, 1], repeat=n)
    counted = sum(0.9 ** sum(c) * 0.1 ** (n - sum(c)) for c in cases if sum(c) >= k)
    assert counted == pytest.approx(k_of_n(k, n, 0.9), rel=FORMULA)
    assert share == pytest.approx(k_of_n(k, n, 0.9), rel=FORMULA)


def test_life_of_two_of_three():
    """2 of 3 exponential units without repair live 5/(6 lam) (ORACLES H18)."""
    lam = 0.04
    reliability = integrate.quad(
        lambda t: k_of_n(2, 3, math.exp(-lam * t)), 0.0, math.inf, epsabs=0.0, epsrel=1e-12
    )[0]
    assert 5.0 / (6.0 * lam) == pytest.approx(k_of_n_life(2, 3, 1.0 / lam), rel=FORMULA)
    assert 5.0 / (6.0 * lam) == pytest.approx(reliability, rel=FORMULA)


@given(
    shape=st.floats(0.6, 6.0),
    scale=st.floats(1.0, 1e5),
    ratio=st.floats(1.0, 100.0),
    share=st.floats(0.05, 2.5),
)
def test_a_block_is_never_cheaper_than_an_age(shape, scale, ratio, share):
    """The best age costs no more than any block; no shape up to 1 is early (ORACLES H28)."""
    life, costs = Weibull(shape, scale), {"planned": 1.0, "failure": ratio}
    age = optimal_age(life, **costs)
    least = age_cost_rate(life, **costs, age=age)
    block = block_cost_rate(life, **costs, period=share * scale)
    assert least <= block * (1.0 + 1e-6)
    if shape <= 1.0:
        assert age == math.inf


@pytest.mark.parametrize("shape", [0.7, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("failure", [0.8, 3.0, 30.0])
def test_the_best_block_is_never_cheaper_than_the_best_age(shape, failure):
    """Block cost at its best >= age cost at its best, same unit (ORACLES H28)."""
    life, costs = Weibull(shape, 200.0), {"planned": 1.0, "failure": failure}
    age, period = optimal_age(life, **costs), optimal_block(life, **costs)
    block = block_cost_rate(life, **costs, period=period)
    assert age_cost_rate(life, **costs, age=age) <= block * (1.0 + 1e-9)
    if shape <= 1.0 or failure < 1.0:
        assert (age, period) == (math.inf, math.inf)
