"""Unit: lengths of lives that are ended, minima, and what the laws of upkeep refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from simtwin.errors import OutOfRange
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.life import (
    Exponential,
    Fixed,
    Gamma,
    Geometric,
    Lognormal,
    NegativeBinomial,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from simtwin.physics.lived import lived
from simtwin.physics.minimal_repair import Task, minimal_cost_rate, optimal_period
from simtwin.physics.minimum import least
from simtwin.physics.redundancy import k_of_n, k_of_n_life
from simtwin.physics.renewal import block_cost_rate, optimal_block, renewals
from simtwin.physics.replacement import age_cost_rate, optimal_age, run_to_failure_cost_rate

SMOOTH = [
    Exponential(5.0),
    Weibull(0.6, 10.0),
    Weibull(3.0, 10.0),
    Lognormal(10.0, 1.2),
    Normal(10.0, 2.0),
    Gamma(0.4, 10.0),
    Gamma(4.0, 3.0),
    Uniform(4.0, 10.0),
    Triangular(2.0, 5.0, 11.0),
    GammaProcess(0.5, 2.0, 20.0),
    WienerProcess(0.5, 0.4, 5.0),
]
SLOTS = [Geometric(0.2), NegativeBinomial(3, 0.3), NegativeBinomial(3, 1.0)]


@pytest.mark.parametrize("life", SMOOTH, ids=str)
@pytest.mark.parametrize("share", [1e-9, 0.1, 0.7, 1.0, 1.8, 5.0])
def test_the_mean_of_a_life_that_is_ended(life, share):
    """The integral of the survival up to an age, as scipy integrates it."""
    age = share * life.mean
    kinks = [t for t in (2.0, 4.0, 5.0, 10.0, 11.0, 1e-3, 1e-6) if t < age]
    expected = integrate.quad(
        life.survival, 0.0, age, points=kinks or None, epsabs=0.0, epsrel=1e-12, limit=400
    )[0]
    assert expected == pytest.approx(lived(life, age), rel=1e-11)
    assert lived(life, math.inf) == life.mean


@pytest.mark.parametrize("life", SMOOTH, ids=str)
def test_a_life_ended_late_is_the_whole_life(life):
    """Far out the mean of what is lived is the mean of the life."""
    assert life.mean == pytest.approx(lived(life, 1e4 * life.mean), rel=1e-9)


@pytest.mark.parametrize("life", SLOTS, ids=str)
@pytest.mark.parametrize("age", [0.5, 1.0, 2.0, 4.5, 40.0])
def test_the_mean_of_slots_that_are_ended(life, age):
    """The sum of the survivals of whole slots, and the rest of the last one."""
    count = math.floor(age)
    expected = math.fsum(life.survival(k) for k in range(count))
    expected += (age - count) * life.survival(count)
    assert expected == pytest.approx(lived(life, age), rel=1e-12)
    scaled = life.scaled(3.0)
    assert 3.0 * expected == pytest.approx(lived(scaled, 3.0 * age), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 0.1, 7.0])
def test_slots_are_ended_after_a_whole_number(scale):
    """The best number of slots is the best of all numbers, in any unit."""
    life = NegativeBinomial(5, 0.1)
    costs = {"planned": 1.0, "failure": 10.0}
    rates = [age_cost_rate(life, **costs, age=float(k)) for k in range(1, 200)]
    best = 1 + rates.index(min(rates))
    assert optimal_age(life.scaled(scale), **costs) == scale * best
    assert optimal_age(Geometric(0.1, scale), **costs) == math.inf


def test_a_fixed_life_is_ended_at_its_last_instant():
    """What fails at a known age is replaced right before, by age or in a block."""
    life, costs = Fixed(12.0), {"planned": 1.0, "failure": 10.0}
    for best in (optimal_age(life, **costs), optimal_block(life, **costs)):
        assert best == math.nextafter(12.0, 0.0)
    assert age_cost_rate(life, **costs, age=best) == pytest.approx(1.0 / 12.0)
    assert age_cost_rate(life, **costs, age=12.0) == pytest.approx(10.0 / 12.0)


def test_nothing_fails_before_the_least_life():
    """Where failures set in sharply, the best age is where they begin."""
    life, costs = Uniform(10.0, 12.0), {"planned": 1.0, "failure": 10.0}
    assert optimal_age(life, **costs) == pytest.approx(10.0, rel=1e-12)
    assert optimal_block(life, **costs) == pytest.approx(10.0, rel=1e-12)


def test_a_planned_replacement_as_dear_as_a_failure_is_never_early():
    """With cp >= cf nothing is gained by haste."""
    assert optimal_age(Weibull(4.0, 10.0), planned=2.0, failure=2.0) == math.inf
    assert optimal_block(Weibull(4.0, 10.0), planned=2.0, failure=1.0) == math.inf


def test_renewals_of_lives_in_slots():
    """Discrete renewal: a geometric life fails p a slot; a fixed one at each multiple."""
    assert renewals(Geometric(0.2), 10.0) == pytest.approx(2.0)
    assert renewals(NegativeBinomial(3, 1.0, 2.0), 12.5) == pytest.approx(2.0)
    assert renewals(Fixed(4.0), 12.0) == 3.0
    assert renewals(Weibull(2.0, 10.0), 0.0) == 0.0


def test_renewals_where_the_density_jumps():
    """Uniform (0, 1): M(t) = exp(t) - 1 up to 1."""
    times = np.array([0.2, 0.5, 1.0])
    found = [renewals(Uniform(0.0, 1.0), float(t)) for t in times]
    assert np.expm1(times) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize(
    "life",
    [
        Uniform(1.4115509479815955, 65538.41155094799),
        Uniform(0.1897394907322706, 1.6897394907322707),
        Triangular(1.4115509479815955, 65538.41155094799, 65538.41155094799),
        Triangular(0.1897394907322706, 1.6897394907322707, 1.6897394907322707),
    ],
    ids=str,
)
def test_the_last_instant_of_a_life(life):
    """Right before its end a life may still be alive, though its share rounds to 1."""
    alive = life.survival(math.nextafter(life.high, 0.0))
    assert 0.0 < alive < 1e-14
    assert lived(life, life.high) == pytest.approx(life.mean, rel=1e-12)


def test_failures_forever_cost_what_a_block_never_replaced_costs():
    """An infinite period is run to failure."""
    life = Weibull(2.0, 10.0)
    rate = block_cost_rate(life, planned=1.0, failure=5.0, period=math.inf)
    assert run_to_failure_cost_rate(life, failure=5.0) == rate


def test_the_least_of_a_cost():
    """Smooth: many digits. At a kink, at an end: the place itself."""
    assert least(lambda t: (t - 3.0) ** 2 + 1.0, [1.0, 2.5, 8.0]) == pytest.approx(
        3.0, rel=1e-11
    )
    assert least(lambda t: abs(t - 3.0), [1.0, 2.5, 8.0]) == pytest.approx(3.0, rel=1e-6)
    assert least(lambda t: t, [1.0, 2.0, 4.0]) == 1.0
    assert least(lambda t: -t, [1.0, 2.0, 4.0]) == 4.0
    assert least(lambda t: t, [5.0]) == 5.0
    neighbours = [1e5, math.nextafter(1e5, math.inf)]
    assert least(lambda t: t, neighbours) == 1e5
    assert optimal_age(Uniform(1e5, 1e5 + 0.01), planned=1.0, failure=9.0) == pytest.approx(1e5)


def test_groups_of_minimal_repair():
    """Shapes up to 1 are never renewed; a falling hazard in a group delays the rest."""
    wearing = Task(Weibull(2.0, 100.0), planned=4.0, repair=1.0)
    settling = Task(Weibull(0.5, 100.0), planned=4.0, repair=1.0)
    assert optimal_period([settling]) == math.inf
    period = optimal_period([wearing, settling], setup=2.0)
    assert period > optimal_period([wearing], setup=6.0)
    here = minimal_cost_rate([wearing, settling], period=period, setup=2.0)
    for factor in (0.9, 1.1):
        away = minimal_cost_rate([wearing, settling], period=factor * period, setup=2.0)
        assert here < away


WEIBULL = Weibull(2.0, 100.0)
TASK = Task(WEIBULL, planned=4.0, repair=1.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: optimal_age(WEIBULL, planned=0.0, failure=1.0), "planned must be positive"),
        (lambda: optimal_age(WEIBULL, planned=1.0, failure=math.inf), "failure must be"),
        (lambda: age_cost_rate(WEIBULL, planned=1.0, failure=2.0, age=0.0), "age at which"),
        (lambda: run_to_failure_cost_rate(Fixed(0.0), failure=2.0), "last some time"),
        (lambda: renewals(WEIBULL, -1.0), "time must be >= 0"),
        (lambda: renewals(Fixed(0.0), 1.0), "last some time"),
        (
            lambda: block_cost_rate(WEIBULL, planned=1.0, failure=2.0, period=0.0),
            "period must be positive",
        ),
        (lambda: optimal_block(Geometric(0.1), planned=1.0, failure=2.0), "without slots"),
        (lambda: Task(WEIBULL, planned=-1.0, repair=1.0), "planned must be"),
        (lambda: Task(WEIBULL, planned=1.0, repair=0.0), "repair must be"),
        (lambda: minimal_cost_rate([TASK], period=math.inf), "period must be"),
        (lambda: minimal_cost_rate([], period=1.0), "at least one task"),
        (lambda: optimal_period([TASK], setup=-1.0), "setup must be"),
        (lambda: k_of_n(3, 2, 0.9), "1 <= k <= n"),
        (lambda: k_of_n(1, 2, 1.1), "share of each"),
        (lambda: k_of_n_life(1, 2, 0.0), "mean life"),
    ],
)
def test_what_is_refused(call, words):
    """The message names the value and what would be right."""
    with pytest.raises(OutOfRange, match=words):
        call()
