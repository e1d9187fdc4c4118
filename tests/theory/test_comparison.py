"""Paired comparison, selection and rare events against known answers (ORACLES G)."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result import estimate, pairing, selection, tail
from simtwin.result.selection import race
from simtwin.streams import Streams


def normal(draw):
    """Return a standard normal number from one uniform."""
    return NormalDist().inv_cdf(draw() or 0.5)


@pytest.mark.parametrize(
    ("plans", "first", "eta", "h2"),
    [(3, 10, 0.4729439, 8.5129895), (10, 20, 0.3029338, 11.5114845)],
)
def test_the_constants_of_kn(plans, first, eta, h2):
    """ORACLES G14: eta and h squared for (k, n0) = (3, 10) and (10, 20) at alpha .05."""
    assert selection.eta(plans, first) == pytest.approx(eta, abs=5e-8)
    assert selection.h_squared(plans, first) == pytest.approx(h2, abs=5e-8)
    # By definition: with k = 2 a pair errs with alpha when (1 + 2 eta)**((1 - n0)/2) = 2 alpha.
    error = (1 + 2 * selection.eta(2, first)) ** ((1 - first) / 2)
    assert error == pytest.approx(2 * 0.05, rel=1e-12)


def selected(trial, correlation):
    """Return the race of five plans, the first the best by 1, each of standard deviation 3."""
    streams = Streams(22, trial)
    common = streams["all", "luck"]
    own = [streams[f"plan-{place}", "luck"] for place in range(5)]
    shared, alone = 3 * math.sqrt(correlation), 3 * math.sqrt(1 - correlation)
    plans = [[] for _ in range(5)]
    while True:
        for _ in range(10):
            luck = shared * normal(common)
            for place in range(5):
                plans[place].append((place > 0) + luck + alone * normal(own[place]))
        race = selection.race(plans, delta=1.0)
        if race.over:
            return race


@pytest.mark.parametrize(("correlation", "runs"), [(0.0, 375.0), (0.5, 180.0), (0.8, 81.0)])
def test_kn_chooses_right_and_needs_fewer_runs_on_common_luck(correlation, runs):
    """ORACLES G22: P(correct) >= .95 and about 375 / 180 / 81 runs, 15 %, in 400 trials."""
    races = [selected(trial, correlation) for trial in range(400)]
    assert sum(race.left == (0,) for race in races) / 400 >= 0.95
    assert sum(sum(race.used) for race in races) / 400 == pytest.approx(runs, rel=0.15)


def test_a_race_does_not_look_ahead():
    """STATISTICS 4: replications beyond the last look change nothing, in rounds or at once."""
    streams = Streams(4)
    plans = [
        [place / 4 + normal(streams[f"plan-{place}", "x"]) for _ in range(400)]
        for place in range(4)
    ]
    whole = selection.race(plans, delta=0.2)
    assert whole.over
    cut = [values[:used] for values, used in zip(plans, whole.used, strict=True)]
    assert selection.race(cut, delta=0.2) == whole
    early = selection.race([values[:15] for values in plans], delta=0.2)
    assert not early.over
    assert set(whole.left) <= set(early.left)


def test_a_race_of_equals_ends_and_chooses_none():
    """STATISTICS 4: plans that are the same, but for rounding, are a tie, and it ends."""
    values = [0.1 * (k % 12) for k in range(selection.FLAT)]
    noise = [value + 1e-16 for value in values]
    race = selection.race([values, values, noise], delta=0.5)
    assert (race.left, race.over) == ((0, 1, 2), True)


def test_conditional_against_crude():
    """ORACLES G25: P = E[1 - exp(-.002 e^(Z/2))] is .002263; variance 1558.1 times smaller."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()
    chance = -np.expm1(-0.002 * np.exp(nodes / 2))
    true = float(weights @ chance)
    variance = float(weights @ chance**2) - true**2
    assert true == pytest.approx(0.00226300, abs=5e-9)
    assert true * (1 - true) / variance == pytest.approx(1558.1, abs=0.05)
    streams = Streams(25)
    path, luck = streams["path", "life"], streams["failure", "life"]
    values = [-math.expm1(-0.002 * math.exp(normal(path) / 2)) for _ in range(4000)]
    found = estimate.conditional(values)
    assert found.low <= true <= found.high
    crude = estimate.probability(sum(luck() < value for value in values), len(values))
    assert crude.low <= true <= crude.high
    widths = (crude.high - crude.low) / (found.high - found.low)
    assert widths**2 == pytest.approx(1558.1, rel=0.3)


def test_small_probabilities_are_told_honestly():
    """STATISTICS 3: no "0.00000 %", no "at most 3/n" that no count stands behind."""
    told = {
        (1e-5, 1.4e-5, 1.2e-5): "1.20e-05 [7.03e-06, 1.70e-05]",
        (0.0, 0.0, 3e-7): "1.0e-07 [0, 5.3e-07]",
        (0.001, 0.0014, 0.0012): "0.120 % [0.070, 0.170]",
        (0.0, 0.0, 0.0): "0 % in each of 3 runs",
        (1.0, 1.0, 1.0): "100 % in each of 3 runs",
        (1.0, 0.0, 1.0): "67 % [21, 94]",
    }
    for values, text in told.items():
        assert str(estimate.conditional(values)) == text
    with pytest.raises(OutOfRange, match=r"value 1 must be a probability .got 1.5"):
        estimate.conditional([0.2, 1.5])


@pytest.mark.slow
@pytest.mark.parametrize(("n", "coverage"), [(10, 0.9012), (30, 0.9265)])
def test_the_t_interval_undercovers_skewed_costs(n, coverage):
    """ORACLES G27: of Exp(1) the 95 % t interval covers .9012 at n 10 and .9265 at n 30."""
    draw = Streams(27)["exponential", f"of {n}"]
    trials = 100_000
    t = estimate.t_quantile(0.975, n - 1)
    values = -np.log1p(-np.array([draw() for _ in range(trials * n)]).reshape(trials, n))
    half = t * values.std(axis=1, ddof=1) / math.sqrt(n)
    found = float(np.mean(np.abs(values.mean(axis=1) - 1.0) <= half))
    error = math.sqrt(coverage * (1 - coverage) / trials)
    assert abs(found - coverage) <= 4 * error + 0.001
    first = estimate.mean(values[0].tolist())
    assert first.high - first.value == pytest.approx(half[0], rel=1e-12)


@pytest.mark.slow
def test_bca_covers_skewed_costs_better_than_t():
    """STATISTICS 2: of Exp(1) at n 20 the BCa interval misses less than t on the long side."""
    draw = Streams(28)["exponential", "bca"]
    trials, missed = 400, {"t": 0, "bca": 0}
    for _ in range(trials):
        values = [-math.log1p(-draw()) for _ in range(20)]
        missed["t"] += estimate.mean(values).high < 1.0
        missed["bca"] += tail.skewed_mean(values).high < 1.0
    assert missed["bca"] < missed["t"]


def test_cvar_is_the_mean_of_the_worst():
    """STATISTICS 2: CVaR 90 % of 1 .. 100 is 95.5; of a part of a run, that part of it."""
    assert tail.cvar(range(1, 101)).value == pytest.approx(95.5, rel=1e-12)
    assert tail.cvar(range(1, 106)).value == pytest.approx(
        (sum(range(96, 106)) + 0.5 * 95) / 10.5, rel=1e-12
    )
    found = tail.cvar([7.0] * 100)
    assert (found.low, found.value, found.high) == (7.0, 7.0, 7.0)


def test_cvar_of_an_exponential():
    """STATISTICS 2: of Exp(1), CVaR at alpha is 1 - ln(1 - alpha); the interval holds it."""
    draw = Streams(3)["exponential", "cvar"]
    values = [-math.log1p(-draw()) for _ in range(1000)]
    found = tail.cvar(values, 0.9)
    assert found.low <= 1.0 + math.log(10.0) <= found.high
    assert found.high - found.low < 1.0
    assert tail.cvar(values, 0.9) == found  # the same runs, the same interval


def test_a_tail_of_few_runs_is_refused():
    """STATISTICS 2: CVaR needs n (1 - alpha) >= 10, and says how many runs that is."""
    with pytest.raises(InvalidInput, match=r"200 replications .got 199"):
        tail.cvar(range(199), 0.95)
    assert tail.cvar(range(200), 0.95).n == 200
    with pytest.raises(OutOfRange, match=r"alpha must lie between 0 and 1 .got 1.0"):
        tail.cvar(range(200), 1.0)
    with pytest.raises(InvalidInput, match=r"at least 10 runs .got 9"):
        tail.skewed_mean(range(9))


def test_the_paired_difference_is_t_on_the_differences():
    """STATISTICS 4: interval, p and gain are those of the paired t test."""
    streams = Streams(5)
    luck, own = streams["all", "x"], streams["b", "x"]
    first = [normal(luck) for _ in range(25)]
    second = [value + 0.3 * normal(own) - 0.2 for value in first]
    found = pairing.difference(first, second)
    reference = stats.ttest_rel(first, second)
    interval = reference.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert pairing.p_value(first, second) == pytest.approx(reference.pvalue, rel=1e-9)
    expected = (np.var(first) + np.var(second)) / np.var(np.subtract(first, second))
    assert pairing.gain(first, second) == pytest.approx(expected, rel=1e-9)


def test_gain_is_told_where_there_is_none():
    """STATISTICS 1: a gain below 1 is printed too; where nothing varies there is none."""
    assert pairing.gain([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == pytest.approx(0.5)
    assert pairing.gain([1.0, 2.0], [1.5, 2.5]) == math.inf
    assert math.isnan(pairing.gain([1.0, 1.0], [2.0, 2.0]))


def test_differences_that_are_all_alike():
    """STATISTICS 4: three equal differences may be luck, seven not; rounding is none."""
    assert pairing.p_value([1.0] * 3, [2.0] * 3) == 0.25
    assert pairing.could_be_best([[1.0] * 3, [2.0] * 3]) == {0, 1}
    assert pairing.could_be_best([[1.0] * 7, [2.0] * 7]) == {0}
    noise = [0.1 + 0.2, 0.3, 0.3]
    assert pairing.p_value(noise, [0.3] * 3) == 1.0
    assert pairing.could_be_best([noise, [0.3] * 3]) == {0, 1}


def test_what_was_never_seen_to_differ_may_still():
    """STATISTICS 2: of 0 / 1 values alike in 100 runs, a difference up to 3 % is left open."""
    never = pairing.difference([0.0] * 100, [0.0] * 100, counted=True)
    assert (never.value, never.high) == (0.0, estimate.at_most(0, 100))
    assert never.low == -never.high
    always = pairing.difference([1.0] * 100, [0.0] * 100, counted=True)
    assert (always.low, always.high) == pytest.approx((1 - 2 * never.high, 1.0))
    often = pairing.difference([1.0] * 20, [0.0] * 19 + [1.0], counted=True)
    assert (often.value, often.high) == (0.95, 1.0)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holm(p_values):
    """STATISTICS 4: step-down: never below the plain p, never above Bonferroni, in order."""
    adjusted = pairing.holm(p_values)
    count = len(p_values)
    for p, after in zip(p_values, adjusted, strict=True):
        assert p <= after <= min(1.0, count * p) or after == max(adjusted)
    ordered = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert all(a <= b for a, b in pairwise(ordered))
    assert min(adjusted) == min(1.0, count * min(p_values))


def test_standings_are_those_of_the_best():
    """STATISTICS 4: MCB, [min(0, d - w), max(0, d + w)] against the best of the others."""
    streams = Streams(6)
    plans = [
        [mean + normal(streams[f"{mean}", "x"]) for _ in range(30)] for mean in (0, 0.1, 5)
    ]
    best, near, far = pairing.standings(plans)
    assert best.could_be_best
    assert near.could_be_best
    assert not far.could_be_best
    assert far.low == 0.0 < far.high
    assert best.low < 0.0 < best.high
    assert pairing.standings(plans[::2])[0].high == 0.0


def false_winners(plans, trials, seed, replications=20):
    """Return in how many studies of equal plans one of them is called the only best."""
    found = 0
    for trial in range(trials):
        streams = Streams(seed, trial)
        draws = [streams[f"plan-{place}", "x"] for place in range(plans)]
        values = [[normal(draw) for _ in range(replications)] for draw in draws]
        found += len(pairing.could_be_best(values)) == 1
    return found


@pytest.mark.parametrize("plans", [2, 4])
def test_equal_plans_have_no_winner(plans):
    """STATISTICS 4: of equal plans a false winner is named in at most 5 % of the studies."""
    trials = 500
    assert false_winners(plans, trials, seed=100) <= 0.05 * trials


def test_the_best_plan_is_kept():
    """STATISTICS 4: with 95 % the best is among those that could be best, on common luck."""
    trials, kept = 300, 0
    for trial in range(trials):
        streams = Streams(101, trial)
        luck = streams["all", "x"]
        common = [normal(luck) for _ in range(15)]
        plans = [
            [0.2 * place + value + normal(streams[f"plan-{place}", "x"]) for value in common]
            for place in range(4)
        ]
        kept += 0 in pairing.could_be_best(plans)
    assert kept >= stats.binom.ppf(0.0001, trials, 0.95)


def test_one_run_each_is_refused():
    """KERNEL 25: one run each is a coin toss; pairs need the same replications."""
    for ask in (pairing.difference, pairing.gain, pairing.p_value):
        with pytest.raises(InvalidInput, match=r"at least 2 replications .got 1"):
            ask([1.0], [2.0])
        with pytest.raises(InvalidInput, match=r"same replications of both .got 2 and 3"):
            ask([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(InvalidInput, match=r"at least 2 replications"):
        pairing.could_be_best([[1.0], [2.0]])
    with pytest.raises(InvalidInput, match=r"at least 2 plans .got 1"):
        pairing.could_be_best([[1.0, 2.0]])
    with pytest.raises(OutOfRange, match=r"alpha must lie between 0 and 1 .got 1.5"):
        pairing.could_be_best([[1.0, 2.0]] * 2, alpha=1.5)


def test_a_selection_that_cannot_be_made_is_refused():
    """STYLE, Errors: no difference that matters, too few plans or replications."""
    plans = [[1.0, 2.0] * 5, [2.0, 3.0] * 5]
    with pytest.raises(OutOfRange, match=r"delta must be positive .got 0.0"):
        selection.race(plans, delta=0.0)
    with pytest.raises(InvalidInput, match=r"at least 11 replications of every plan .got 10"):
        selection.race(plans, delta=1.0, first=11)
    with pytest.raises(InvalidInput, match=r"2 plans and 2 replications .got 1 and 10"):
        selection.race(plans[:1], delta=1.0)
    with pytest.raises(OutOfRange, match=r"alpha must lie between 0 and 0.5 .got 0.5"):
        selection.eta(2, 10, 0.5)


def test_runs_that_happen_to_agree_tell_nothing() -> None:
    """A rare difference: the first runs agree, so the selection goes on until they do not."""
    draw = Streams(3)["pair", "rare"]
    often = [float(draw() < 0.05) for _ in range(4000)]
    never = [0.0] * 4000
    alike = next(r for r, one in enumerate(often) if one > 0.0)
    start = race([often[:alike], never[:alike]], delta=0.02, first=2)
    assert (start.over, start.left) == (False, (0, 1))
    whole = race([often, never], delta=0.02, first=2)
    assert whole.over
    assert whole.left == (1,)
    assert min(whole.used) > alike


def test_plans_that_always_differ_alike_are_decided_after_many_runs() -> None:
    """A constant difference is believed after 200 runs, and equal plans stay a tie."""
    values = [float(k % 7) for k in range(300)]
    later = [value + 1.0 for value in values]
    assert not race([values[:50], later[:50]], delta=0.5).over
    assert race([values, later], delta=0.5).left == (0,)
    assert race([values, values], delta=0.5) == race([values, list(values)], delta=0.5)
    assert race([values, values], delta=0.5).left == (0, 1)
