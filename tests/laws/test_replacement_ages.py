"""Laws: the best age is best, in any unit, for any law of a life."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.physics.degradation import MOST_JUMPS, GammaProcess
from simtwin.physics.life import Gamma, Lognormal, Normal, Triangular, Uniform, Weibull
from simtwin.physics.lived import lived
from simtwin.physics.minimal_repair import Task, minimal_cost_rate, optimal_period
from simtwin.physics.renewal import renewals
from simtwin.physics.replacement import age_cost_rate, optimal_age

scales = st.floats(0.01, 1e5)
lives = st.one_of(
    st.builds(Weibull, st.floats(0.5, 8.0), scales),
    st.builds(Lognormal, scales, st.floats(0.1, 2.0)),
    st.builds(Gamma, st.floats(0.3, 20.0), scales),
    st.builds(lambda mean, cv: Normal(mean, cv * mean), scales, st.floats(0.02, 1.0)),
    st.builds(lambda low, span: Uniform(low, low + span), st.just(0.0), scales),
    st.builds(lambda low, span: Uniform(low, low + span), scales, scales),
    st.builds(lambda a, b, c: Triangular(a, a + b, a + b + c), scales, scales, scales),
    st.builds(
        lambda rate, scale, jumps: GammaProcess(rate, scale, scale * jumps),
        scales,
        scales,
        st.floats(1e-7, MOST_JUMPS * (1.0 - 1e-9)),
    ),
)
ratios = st.floats(1.05, 1000.0)


@given(life=lives, ratio=ratios, shares=st.lists(st.floats(1e-4, 0.9999), min_size=20))
def test_no_age_beats_the_best_one(life, ratio, shares):
    """At no quantile, nor never, does replacement cost less than at the best age."""
    costs = {"planned": 1.0, "failure": ratio}
    best = age_cost_rate(life, **costs, age=optimal_age(life, **costs))
    for age in (*(life.ppf(share) for share in shares), math.inf):
        if age > 0.0:
            assert best <= age_cost_rate(life, **costs, age=age) * (1.0 + 1e-9)


@given(shape=st.floats(1.5, 6.0), ratio=st.floats(3.0, 1000.0), factor=st.floats(1e-4, 1e4))
def test_the_best_age_has_the_unit_of_the_life(shape, ratio, factor):
    """A life k times as long is replaced k times as late; the money does not matter."""
    life = Weibull(shape, 100.0)
    best = optimal_age(life, planned=1.0, failure=ratio)
    scaled = optimal_age(life.scaled(factor), planned=7.0, failure=7.0 * ratio)
    assert factor * best == pytest.approx(scaled, rel=1e-8)


@given(shape=st.floats(1.5, 6.0), ratio=st.floats(3.0, 500.0), more=st.floats(1.05, 2.0))
def test_dearer_failures_are_feared_earlier(shape, ratio, more):
    """The best age falls as the cost of a failure grows."""
    life = Weibull(shape, 100.0)
    late = optimal_age(life, planned=1.0, failure=ratio)
    assert optimal_age(life, planned=1.0, failure=more * ratio) < late


@given(life=lives, share=st.floats(0.01, 3.0))
def test_renewals_lie_within_their_bounds(life, share):
    """F <= M and t/mean - 1 <= M; what is lived until t is at most t and the mean.

    Source: R. E. Barlow, F. Proschan, 1965, ch. 3: M + 1 >= t/mean for every law.
    """
    time = share * life.mean
    failures = renewals(life, time)
    slack = 1e-3
    assert life.cdf(time) <= failures + slack
    assert time / life.mean - 1.0 <= failures + slack
    assert lived(life, time) <= min(time, life.mean) * (1.0 + 1e-9)


@given(
    rows=st.lists(
        st.tuples(st.floats(0.5, 5.0), scales, st.floats(0.1, 100.0), st.floats(0.1, 100.0)),
        min_size=1,
        max_size=5,
    ),
    setup=st.floats(0.0, 100.0),
    factor=st.floats(0.01, 100.0),
)
def test_no_period_beats_the_best_one(rows, setup, factor):
    """A group of minimal repairs renewed earlier or later never costs less."""
    tasks = [Task(Weibull(b, eta), planned=cp, repair=cm) for b, eta, cp, cm in rows]
    period = optimal_period(tasks, setup=setup)
    if 1e-6 < period < 1e12:
        best = minimal_cost_rate(tasks, period=period, setup=setup)
        other = minimal_cost_rate(tasks, period=factor * period, setup=setup)
        assert best <= other * (1.0 + 1e-9)
