"""Estimates and their intervals against known answers (ORACLES G, STATISTICS 2)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result import estimate
from simtwin.result.estimate import Estimate
from simtwin.streams import Streams


def test_the_t_interval():
    """ORACLES G3: 4.1 5.3 3.8 6.0 4.9 has mean 4.82 and [3.711506, 5.928494]."""
    found = estimate.mean([4.1, 5.3, 3.8, 6.0, 4.9])
    assert found.value == pytest.approx(4.82, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((3.711506, 5.928494), abs=5e-7)
    assert found.n == 5


def test_wilson():
    """ORACLES G5: 3 of 200, and 0 of 200."""
    some = estimate.probability(3, 200)
    assert (some.low, some.high) == pytest.approx((0.00511424, 0.04316573), abs=5e-9)
    none = estimate.probability(0, 200)
    assert none.low == 0.0
    assert none.high == pytest.approx(0.01884533, abs=5e-9)


def test_wilson_solves_its_own_equation():
    """ORACLES G5, by definition: at both ends |p - k/n| is z standard errors of that p."""
    found = estimate.probability(3, 200)
    z = estimate.normal_quantile(0.975)
    for p in (found.low, found.high):
        assert abs(p - 3 / 200) == pytest.approx(z * math.sqrt(p * (1 - p) / 200), rel=1e-9)


def test_clopper_and_pearson():
    """ORACLES G7: 3 of 200; at each end the binomial tail is exactly 2.5 %."""
    found = estimate.probability(3, 200, exact=True)
    assert (found.low, found.high) == pytest.approx((0.00310411, 0.04320828), abs=5e-9)
    assert stats.binom.sf(2, 200, found.low) == pytest.approx(0.025, rel=1e-9)
    assert stats.binom.cdf(3, 200, found.high) == pytest.approx(0.025, rel=1e-9)


def test_no_failure_is_not_no_risk():
    """ORACLES G8: 0 of 100 is at most .02951305 at 95 %, and never reads "0 %"."""
    assert estimate.at_most(0, 100) == pytest.approx(0.02951305, abs=5e-9)
    assert estimate.at_most(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100), rel=1e-12)
    assert str(estimate.probability(0, 100)) == "at most 3 %"
    assert str(estimate.probability(100, 100)) == "at least 97 %"
    assert str(estimate.probability(10_000, 10_000)) == "at least 99.97 %"


@given(st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_of_a_count_are_ordered(count):
    """STATISTICS 2: the exact interval holds the share; successes mirror failures."""
    k, n = count
    wilson, exact = estimate.probability(k, n), estimate.probability(k, n, exact=True)
    mirrored = estimate.probability(n - k, n)
    assert exact.low <= k / n <= exact.high
    assert wilson.low == pytest.approx(1 - mirrored.high, abs=1e-12)
    assert estimate.at_least(k, n) <= k / n <= estimate.at_most(k, n)
    assert estimate.at_most(k, n) <= exact.high
    assert "[0, 0]" not in str(wilson)


def test_one_sided_bound():
    """ORACLES G8, in general: at the bound, seeing so few has a probability of 5 %."""
    assert stats.binom.cdf(4, 60, estimate.at_most(4, 60)) == pytest.approx(0.05, rel=1e-9)
    assert estimate.at_most(60, 60) == 1.0
    assert estimate.at_least(0, 60) == 0.0


def test_ranks_of_a_quantile():
    """ORACLES G10: .95 quantile of 100: ranks 90 and 100, coverage .9826071."""
    low, high, coverage = estimate.ranks(100, 0.95)
    assert (low, high) == (90, 100)
    assert coverage == pytest.approx(0.9826071, abs=5e-8)
    values = [float(i) for i in range(100, 0, -1)]
    found = estimate.quantile(values, 0.95)
    assert (found.low, found.value, found.high) == (90.0, 95.0, 100.0)


@pytest.mark.parametrize(("n", "q"), [(2, 0.5), (10, 0.05), (30, 0.9), (57, 0.95), (500, 0.5)])
def test_ranks_cover_by_the_binomial(n, q):
    """ORACLES G10: each tail is at most 2.5 %, and one rank closer it would be more."""
    low, high, coverage = estimate.ranks(n, q)
    binomial = stats.binom(n, q)
    assert binomial.cdf(low - 1) <= 0.025 < binomial.cdf(low)
    assert binomial.sf(high - 1) <= 0.025 + 1e-15
    assert binomial.sf(high - 2) > 0.025
    assert coverage == pytest.approx(binomial.cdf(high - 1) - binomial.cdf(low - 1), abs=1e-12)


def test_a_small_sample_bounds_no_tail():
    """ORACLES G10: ten values do not bound the .95 quantile from above; the text says so."""
    found = estimate.quantile([float(i) for i in range(1, 11)], 0.95)
    assert (found.low, found.value, found.high) == (8.0, 10.0, math.inf)
    assert str(found) == "10.0 [8.0, inf]"


def test_smallest_sample_for_a_quantile():
    """ORACLES G12: the largest of 59 is the first 95 % upper bound of the .95 quantile."""
    assert estimate.smallest_sample(0.95) == 59
    for q in (0.5, 0.8, 0.9, 0.99):
        n = estimate.smallest_sample(q)
        assert 1 - q**n >= 0.95 > 1 - q ** (n - 1)


def test_the_t_interval_covers_as_it_says():
    """STATISTICS 11: over 2,000 normal samples the 95 % interval covers within 4 errors."""
    draw = Streams(8)["normal", "coverage"]
    trials = 2000
    covered = 0
    for _ in range(trials):
        found = estimate.mean([estimate.normal_quantile(draw() or 0.5) for _ in range(5)])
        covered += found.low <= 0.0 <= found.high
    assert abs(covered / trials - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / trials)


def test_an_average_of_probabilities_stays_one():
    """STATISTICS 3: averages of conditional probabilities stay in [0, 1], with interval."""
    found = estimate.mean([0.0, 0.0, 0.001, 0.6], within=(0.0, 1.0))
    assert found.low == 0.0
    assert 0.0 < found.value < found.high <= 1.0


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Estimate(4.82, 3.7115, 5.9285, 5, "mean"), "4.8 [3.7, 5.9]"),
        (Estimate(18234.6, 17911.2, 18558.0, 30, "mean"), "18230 [17910, 18560]"),
        (Estimate(12.0, 12.0, 12.0, 30, "mean"), "12, the same in all 30"),
        (Estimate(3.2e-9, 2.9e-9, 3.5e-9, 30, "mean"), "3.20e-09 [2.90e-09, 3.50e-09]"),
        (Estimate(-0.4, -1.3, 0.5, 30, "mean"), "-0.40 [-1.30, 0.50]"),
        (Estimate(7.0, -math.inf, math.inf, 2, "quantile"), "7 [-inf, inf]"),
    ],
)
def test_the_text_has_the_digits_that_the_interval_deserves(made, text):
    """DESIGN 4: the repr shows the interval, with two digits of its half-width."""
    assert str(made) == text
    assert text in repr(made)


def test_one_run_is_no_estimate():
    """KERNEL 25: an estimate needs at least two runs."""
    for make in (
        lambda: Estimate(1.0, 0.0, 2.0, 1, "mean"),
        lambda: estimate.mean([1.0]),
        lambda: estimate.probability(0, 1),
        lambda: estimate.quantile([1.0], 0.5),
    ):
        with pytest.raises(InvalidInput, match=r"at least 2 replications .got 1"):
            make()


def test_what_is_no_number_is_refused():
    """STYLE, Errors: a value that is not finite, a count out of range, an empty quantile."""
    with pytest.raises(OutOfRange, match=r"value 1 of the sample must be finite .got nan"):
        estimate.mean([1.0, math.nan])
    with pytest.raises(OutOfRange, match=r"got 5 of 4"):
        estimate.probability(5, 4)
    with pytest.raises(OutOfRange, match=r"q must lie between 0 and 1 .got 1.0"):
        estimate.quantile([1.0, 2.0], 1.0)
    with pytest.raises(OutOfRange, match=r"q must lie between 0 and 1 .got 0.0"):
        estimate.smallest_sample(0.0)
    with pytest.raises(OutOfRange, match=r"must lie in its interval"):
        Estimate(3.0, 0.0, 2.0, 5, "mean")


@pytest.mark.parametrize("n", [2, 30, 200])
def test_what_is_told_has_one_bound(n):
    """STATISTICS 2: with k = 0 the interval ends where the text says, 1 - .05^(1/n)."""
    none, all_of = estimate.chance(0, n), estimate.chance(n, n)
    assert none.high == pytest.approx(1 - 0.05 ** (1 / n), abs=1e-12)
    assert all_of.low == pytest.approx(0.05 ** (1 / n), abs=1e-12)
    assert str(none) == f"at most {100 * none.high:.2g} %"
    assert estimate.chance(1, n) == estimate.probability(1, n)


def test_rounding_of_sums_is_no_scatter():
    """Sums in another order differ in their last bit: all runs are told to be the same."""
    noise = [393.3333333333333, 393.33333333333337, 393.3333333333333]
    found = estimate.mean(noise)
    assert found.low == found.value == found.high
    assert found.said("kWh") == "393.3 kWh in all 3 runs"
    near = Estimate(393.3333333333333, 393.33333333333314, 393.33333333333337, 3, "mean")
    assert str(near) == "393.3 [393.3, 393.3]"
    assert estimate.mean([1e-13, 3e-13]).high > 4e-13  # Small numbers are not rounding.
