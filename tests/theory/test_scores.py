"""Scores of predictions and Shapley's shares against known answers (ORACLES J)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result import estimate, score, shapley
from simtwin.streams import Streams

FACTORS = {"load": 2.0, "temperature": 1.2, "speed": 1.5}


def wear(there):
    """Return the wear with the factors that are there; base 1."""
    return math.prod(FACTORS[name] for name in sorted(there))


def test_brier_and_what_it_consists_of():
    """ORACLES J11: .1 / .3 / .8, ten of each, 1 / 4 / 7 events."""
    forecasts = [0.1] * 10 + [0.3] * 10 + [0.8] * 10
    events = (
        [i < 1 for i in range(10)] + [i < 4 for i in range(10)] + [i < 7 for i in range(10)]
    )
    found = score.brier(forecasts, events)
    assert found.value == pytest.approx(0.18666667, abs=5e-9)
    assert found.reliability == pytest.approx(0.00666667, abs=5e-9)
    assert found.resolution == pytest.approx(0.06, abs=1e-12)
    assert found.uncertainty == pytest.approx(0.24, abs=1e-12)
    assert found.skill == pytest.approx(0.22222222, abs=5e-9)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9]), st.booleans()), min_size=1))
def test_the_parts_of_brier_sum_to_it(pairs):
    """ORACLES J11, Murphy: value = reliability - resolution + uncertainty, always."""
    found = score.brier(*zip(*pairs, strict=True))
    parts = found.reliability - found.resolution + found.uncertainty
    assert found.value == pytest.approx(parts, abs=1e-12)
    assert math.isnan(found.skill) is (found.uncertainty == 0.0)


def test_a_calibrated_forecast_is_reliable_in_bins():
    """STATISTICS 7: forecasts drawn at will, events by them: reliability near 0 in 10 bins."""
    streams = Streams(11)
    said, came = streams["forecast", "x"], streams["event", "x"]
    forecasts = [said() for _ in range(5000)]
    events = [came() < forecast for forecast in forecasts]
    assert score.brier(forecasts, events, bins=10).reliability < 4 * 10 * 0.25 / 5000
    wrong = score.brier([forecast / 2 for forecast in forecasts], events, bins=10)
    assert wrong.reliability > 0.05


def test_crps():
    """ORACLES J13: N(0, 1) at 0 and 1; ensemble 1 2 3 at 2, plain 2/9, fair 0."""
    assert score.crps_normal(0.0, 1.0, 0.0) == pytest.approx(0.23369498, abs=5e-9)
    assert score.crps_normal(0.0, 1.0, 1.0) == pytest.approx(0.60244136, abs=5e-9)
    assert score.crps([1.0, 2.0, 3.0], 2.0) == pytest.approx(2 / 9, abs=1e-12)
    assert score.crps([1.0, 2.0, 3.0], 2.0, fair=True) == pytest.approx(0.0, abs=1e-12)


def test_crps_is_the_squared_distance_of_laws():
    """ORACLES J13, by definition: the integral of (F(x) - 1(x >= y))**2."""

    def gap(x):
        return (stats.norm.cdf(x, 3.0, 2.0) - (x >= 4.0)) ** 2

    area = integrate.quad(gap, -20, 4)[0] + integrate.quad(gap, 4, 30)[0]
    assert score.crps_normal(3.0, 2.0, 4.0) == pytest.approx(area, rel=1e-6)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12), st.floats(-1e3, 1e3))
def test_crps_of_an_ensemble_is_the_double_sum(members, seen):
    """ORACLES J13: mean |x - y| less the sum over all pairs, in any order of the members."""
    m = len(members)
    pairs = math.fsum(abs(a - b) for a in members for b in members)
    off = math.fsum(abs(a - seen) for a in members) / m
    assert score.crps(members, seen) == pytest.approx(off - pairs / (2 * m * m), abs=1e-9)
    fair = off - pairs / (2 * m * (m - 1))
    assert score.crps(members[::-1], seen, fair=True) == pytest.approx(fair, abs=1e-9)


def test_ranks_of_a_right_forecast_are_uniform():
    """STATISTICS 7: what comes from the same law as the members falls anywhere among them."""
    draw = Streams(12)["life", "x"]
    places, wide = [], []
    for _ in range(500):
        members, seen, tie = [draw() for _ in range(9)], draw(), draw()
        places.append(score.pit(members, seen, uniform=tie))
        wide.append(score.pit([2 * member - 0.5 for member in members], seen, uniform=tie))
    assert sum(score.histogram(places).counts) == 500
    assert score.histogram(places).p > 1e-4
    assert score.histogram(wide).p < 1e-6
    assert score.rank([2.0, 2.0, 2.0], 2.0, uniform=0.0) == 0


def test_coverage_has_its_binomial_band():
    """STATISTICS 7: the band holds a right forecast with 99 % and not one of 70 %."""
    draw = Streams(13)["life", "x"]
    seen = [draw() for _ in range(400)]
    right = score.coverage([(0.05, 0.95)] * 400, seen)
    assert right.right
    assert right.share == pytest.approx(0.9, abs=0.06)
    assert not score.coverage([(0.15, 0.85)] * 400, seen).right
    band = stats.binom(400, 0.9)
    assert band.cdf(right.high) - band.cdf(right.low - 1) >= 0.99
    assert band.cdf(right.high - 1) - band.cdf(right.low) < 0.995


def test_alpha_lambda():
    """STATISTICS 7: accurate when beta of the members lie within 1 +- alpha of the life."""
    forecasts = [[90.0, 100.0, 130.0], [10.0, 20.0, 30.0], [81.0, 119.0, 300.0]]
    assert score.alpha_lambda(forecasts, [100.0] * 3) == pytest.approx(2 / 3)
    assert score.alpha_lambda(forecasts, [100.0] * 3, beta=0.9) == 0.0
    assert score.alpha_lambda(forecasts, [100.0] * 3, alpha=0.1, beta=0.3) == pytest.approx(
        1 / 3
    )


def test_shapley():
    """ORACLES J15: factors 2, 1.2 and 1.5 that multiply; total 3.6 over base 1."""
    names = list(FACTORS)
    found = shapley.contributions(names, wear)
    assert list(found.values()) == pytest.approx([1.38333333, 0.38333333, 0.83333333], abs=5e-9)
    assert sum(found.values()) == pytest.approx(2.6, rel=1e-12)
    logs = shapley.shares(shapley.contributions(names, wear, scale="log"))
    assert list(logs.values()) == pytest.approx([0.541126, 0.142335, 0.316539], abs=5e-7)
    alone = shapley.without_one(names, wear)
    assert list(alone.values()) == pytest.approx([1.8, 0.6, 1.2], rel=1e-12)
    assert sum(alone.values()) == pytest.approx(3.6, rel=1e-12)


@given(st.lists(st.floats(0.1, 10.0), min_size=16, max_size=16))
def test_contributions_sum_to_the_difference(worth):
    """ORACLES J15, efficiency: of any value function, on both scales; each set asked once."""
    names = ["a", "b", "c", "d"]
    values = dict(zip(shapley.coalitions(names), worth, strict=True))
    asked = []

    def value(some):
        asked.append(some)
        return values[some]

    whole, none = values[frozenset(names)], values[frozenset()]
    assert sum(shapley.contributions(names, value).values()) == pytest.approx(
        whole - none, abs=1e-9
    )
    assert sorted(map(sorted, asked)) == sorted(map(sorted, values))
    logs = shapley.contributions(names, value, scale="log")
    assert sum(logs.values()) == pytest.approx(math.log(whole / none), abs=1e-9)


def test_a_group_that_does_nothing_has_no_share():
    """ORACLES J15, null player and symmetry: nothing for nothing, equals get equal parts."""
    found = shapley.contributions(
        ["a", "b", "idle"], lambda some: float(len(some & {"a", "b"}))
    )
    assert found == {"a": 1.0, "b": 1.0, "idle": 0.0}


def test_wrong_scores_are_refused():
    """STYLE, Errors: what is no probability, pair, law or difference says so."""
    with pytest.raises(InvalidInput, match=r"in pairs .got 2 and 1"):
        score.brier([0.1, 0.2], [1])
    with pytest.raises(OutOfRange, match=r"forecast 1 must be a probability .got 1.2"):
        score.brier([0.1, 1.2], [1, 0])
    with pytest.raises(OutOfRange, match=r"sigma must be positive .got 0.0"):
        score.crps_normal(0.0, 0.0, 1.0)
    with pytest.raises(InvalidInput, match=r"at least 2 members .got 1"):
        score.crps([1.0], 1.0, fair=True)
    with pytest.raises(InvalidInput, match=r"10 bins need at least 50 places .got 3"):
        score.histogram([0.1, 0.2, 0.3])
    with pytest.raises(OutOfRange, match=r"a place must lie between 0 and 1 .got 2.0"):
        score.histogram([0.5] * 9 + [2.0], bins=2)
    with pytest.raises(OutOfRange, match=r"nominal must lie between 0 and 1 .got 90"):
        score.coverage([(0.0, 1.0)], [0.5], nominal=90)
    with pytest.raises(OutOfRange, match=r"alpha and beta must lie in"):
        score.alpha_lambda([[1.0]], [1.0], alpha=2.0)
    with pytest.raises(InvalidInput, match=r"1 to 6 groups .got 7"):
        shapley.coalitions(list("abcdefg"))
    with pytest.raises(InvalidInput, match=r"different names .got a, a"):
        shapley.coalitions(["a", "a"])
    with pytest.raises(OutOfRange, match=r"with no group must be positive .* .got 0.0"):
        shapley.contributions(["a"], lambda some: float(len(some)), scale="log")
    with pytest.raises(OutOfRange, match=r"no difference to share"):
        shapley.shares({"a": 1.0, "b": -1.0})


def test_the_scores_know_a_right_predictor():
    """ORACLES J18, its means: a predictor of the true law has the better CRPS, on average."""
    draw = Streams(18)["life", "x"]
    gains = []
    for _ in range(300):
        seen = -math.log1p(-draw())
        members = [-math.log1p(-draw()) for _ in range(20)]
        wrong = [member * 1.5 for member in members]
        gains.append(score.crps(wrong, seen, fair=True) - score.crps(members, seen, fair=True))
    assert estimate.mean(gains).low > 0.0
