"""This module holds the estimate: a number from replications, never without its interval.

Formulae: STATISTICS 2. Known answers: ORACLES G3 to G12. One run is an observation and
makes no estimate (KERNEL 25).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result.digits import digits, in_unit, rounded_percent

SHARE = "share"
"""How the method of an estimated probability begins; it is shown in per cent."""

CONDITIONAL = f"{SHARE}, conditional"
"""How the method of an average of probabilities begins; no count stands behind it."""

ONE_SIDED = f"{SHARE}, one-sided 95 %"
"""The method where something never happened, or always."""

NOTHING_RANDOM = "nothing random"
"""The method where no run drew anything: there is no chance that an interval could tell of."""

CERTAIN = f"{SHARE}, {NOTHING_RANDOM}"
"""The same of a probability, which is then 0 or 1."""
ROUNDING = 1e-12
"""Differences that are smaller, relative to the values, are none: sums in another order."""

_SMALL_SHARE = 1e-4
"""A probability wholly below it is shown as it is, not in per cent."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A *value* estimated from *n* replications, with the interval [*low*, *high*].

    *method* says what is estimated and how the interval was made. An end that the sample
    cannot bound is infinite. The text shows as many digits as the interval deserves.

    >>> Estimate(4.82, 3.711506, 5.928494, 5, "mean, t 95 %")
    Estimate(4.8 [3.7, 5.9], n=5, mean, t 95 %)
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    unsettled: int = 0
    """Runs that end before it is known: *value* and *low* take it not to happen in them, *high*
    that it does."""

    def __post_init__(self) -> None:
        if self.n < 2:
            raise InvalidInput(f"an estimate needs at least 2 replications (got {self.n})")
        if not self.low <= self.value <= self.high:
            raise OutOfRange(
                f"an estimate must lie in its interval (got {self.value} and "
                f"[{self.low}, {self.high}])"
            )

    def __str__(self) -> str:
        """Return value and interval for a reader; a share in per cent, and never "0 %".

        >>> print(probability(3, 200))
        1.5 % [0.5, 4.3]
        >>> print(probability(0, 100))
        at most 3 %
        >>> print(mean([2.0, 2.0, 2.0]))
        2, the same in all 3
        """
        if self.unsettled:
            return self._told_by_ends()
        if not self.method.startswith(SHARE) and self.low == self.high:
            return f"{self.value:z.4g}, the same in all {self.n}"
        if self.method == CERTAIN:
            return f"{100 * self.value:g} %"
        if not self.method.startswith(SHARE) or 0.0 < self.high < _SMALL_SHARE:
            value, low, high = digits(self.value, self.low, self.high)
            return f"{value} [{low}, {high}]"
        if self.method.startswith(CONDITIONAL) and self.value in (0.0, 1.0):
            return self._told_by_paths()
        if self.value == 0.0:
            return f"at most {rounded_percent(at_most(0, self.n))}"
        if self.value == 1.0:
            missed = float(f"{100 * at_most(0, self.n):.2g}")
            return f"at least {100 - missed:g} %"
        value, low, high = digits(100 * self.value, 100 * self.low, 100 * self.high)
        return f"{value} % [{low}, {high}]"

    def said(self, unit: str) -> str:
        """Return value and interval with their *unit*, as a sentence takes them.

            >>> mean([4.0, 6.0]).said("pieces"), mean([2.0, 2.0]).said("pieces")
            ('5 [-8, 18] pieces', '2 pieces in all 2 runs')
        >>> mean([1.0, 1.0]).said("pieces")
        '1 piece in all 2 runs'
        """
        if self.method.startswith(SHARE):
            return str(self)
        if self.unsettled:
            return self._told_by_ends(f" {unit}")
        if self.low == self.high:
            return f"{self.value:z.4g} {in_unit(unit, self.value)} in all {self.n} runs"
        return f"{self} {unit}"

    def _told_by_ends(self, unit: str = "") -> str:
        """Return from what to what it may be, where some runs end before it is known."""
        if self.method.startswith(SHARE):
            low, high = (
                rounded_percent(end).removesuffix(" %") for end in (self.low, self.high)
            )
            unit = " %"
        else:
            _, low, high = digits(self.value, self.low, self.high)
        return f"{low} to {high}{unit}, open at the end in {self.unsettled} of {self.n}"

    def _told_by_paths(self) -> str:
        """Return what paths say that all give 0, or all 1; some leave room beside."""
        if self.value == 0.0 and self.high > 0.0:
            return f"at most {rounded_percent(self.high)}"
        if self.value == 1.0 and self.low < 1.0:
            return f"at least {100 - float(f'{100 * (1 - self.low):.2g}'):g} %"
        return f"{100 * self.value:g} % in each of {self.n} runs"

    def __repr__(self) -> str:
        return f"Estimate({self}, n={self.n}, {self.method})"


def mean(
    values: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Return the mean of independent *values* with its t interval.

    *within* are the bounds that the quantity cannot leave, such as (0, 1) for probabilities
    averaged by conditional Monte Carlo. Of skewed values (costs) take at least 20 to 30: at
    n = 10 the 95 % interval of an exponential covers 90 % (ORACLES G27).

    >>> mean([4.1, 5.3, 3.8, 6.0, 4.9])
    Estimate(4.8 [3.7, 5.9], n=5, mean, t 95 %)
    """
    n = len(values)
    check_sample(values)
    # Values that are all the same are their mean: a sum divided again may be a bit off.
    centre = values[0] if min(values) == max(values) else math.fsum(values) / n
    variance = math.fsum((value - centre) ** 2 for value in values) / (n - 1)
    if max(values) - min(values) <= ROUNDING * max(map(abs, values)):
        variance = 0.0
    half = t_quantile((1 + confidence) / 2, n - 1) * math.sqrt(variance / n)
    value, low, high = (
        min(max(end, within[0]), within[1]) for end in (centre, centre - half, centre + half)
    )
    return Estimate(
        value,
        low,
        high,
        n,
        f"mean, t {percent(confidence)}",
    )


def probability(
    k: int, n: int, *, confidence: float = CONFIDENCE, exact: bool = False
) -> Estimate:
    """Return the probability [-] of what happened in *k* of *n* independent runs.

    The interval is Wilson's; with *exact* it is that of Clopper and Pearson, which covers at
    least *confidence* at every true value and is wider. With k = 0 the text is the one-sided
    95 % bound, :func:`at_most`. Source: Wilson, J. Am. Stat. Assoc. 22, 1927,
    doi 10.1080/01621459.1927.10502953; Clopper & Pearson, Biometrika 26, 1934,
    doi 10.1093/biomet/26.4.404.

    >>> probability(50, 100)
    Estimate(50.0 % [40.4, 59.6], n=100, share, Wilson 95 %)
    >>> probability(0, 100)
    Estimate(at most 3 %, n=100, share, Wilson 95 %)
    """
    _check_count(k, n)
    limits = _clopper_pearson if exact else _wilson
    low, high = limits(k, n, confidence)
    name = "Clopper-Pearson" if exact else "Wilson"
    return Estimate(k / n, low, high, n, f"{SHARE}, {name} {percent(confidence)}")


def certain(value: float, n: int) -> Estimate:
    """Return a *value* that all *n* runs have because nothing in them was drawn.

    >>> certain(12.5, 30)
    Estimate(12.5, the same in all 30, n=30, nothing random)
    """
    return Estimate(value, value, value, n, NOTHING_RANDOM)


def chance(k: int, n: int, *, drawn: bool = True) -> Estimate:
    """Return the probability [-] of what happened in *k* of *n* runs as it is told.

    That of :func:`probability`, but where it never happened, or always, the open end is the
    one-sided 95 % bound that the text says: one number, and not two (STATISTICS 2). Where
    nothing was *drawn* in any run, all are one run: the probability is 0 or 1.

    >>> chance(0, 30), round(chance(0, 30).high, 4), round(probability(0, 30).high, 4)
    (Estimate(at most 9.5 %, n=30, share, one-sided 95 %), 0.095, 0.1135)
    >>> round(chance(30, 30).low, 4)
    0.905
    >>> print(chance(0, 4), chance(0, 4, drawn=False), chance(4, 4, drawn=False), sep=" | ")
    at most 53 % | 0 % | 100 %
    """
    if not drawn and k in (0, n):
        return replace(certain(k / n, n), method=CERTAIN)
    found = probability(k, n)
    if 0 < k < n:
        return found
    low, high = (0.0, at_most(0, n)) if k == 0 else (at_least(n, n), 1.0)
    return replace(found, low=low, high=high, method=ONE_SIDED)


def unsettled(k: int, n: int, runs: int, *, drawn: bool = True) -> Estimate:
    """Return the probability [-] of what happened in *k* of *n* runs, and may in *runs* more.

    These have ended before it is known: the interval reaches from the least that *k* leaves to
    the most if it happens in all of them.

    >>> print(unsettled(0, 40, 20), unsettled(3, 40, 0), sep=" | ")
    0 to 65 %, open at the end in 20 of 40 | 7.5 % [2.6, 19.9]
    """
    least = chance(k, n, drawn=drawn)
    if not runs:
        return least
    most = chance(k + runs, n, drawn=drawn)
    return replace(least, high=most.high, unsettled=runs)


def conditional(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the probability [-] as the mean of conditional ones, one of each run.

    Each of *values* is the probability in one run given its path, such as 1 - exp(-integrated
    hazard): the same mean as counting failures, with less variance (STATISTICS 3, ORACLES
    G25). The interval is Student's t within [0, 1]; where paths leave nothing to chance, and
    some fail and some do not, it is Wilson's. Runs that all give 0 are no count: the text says
    what they gave, and no "at most".

    >>> conditional([0.010, 0.012, 0.011, 0.013])
    Estimate(1.15 % [0.94, 1.36], n=4, share, conditional, t 95 %)
    >>> print(conditional([1.0e-5, 1.2e-5, 1.1e-5, 1.3e-5]))
    1.15e-05 [9.45e-06, 1.36e-05]
    >>> print(conditional([0.0, 0.0]))
    0 % in each of 2 runs
    """
    for place, value in enumerate(values):
        if not 0.0 <= value <= 1.0:
            raise OutOfRange(f"value {place} must be a probability (got {value})")
    if set(values) == {0.0, 1.0}:
        return probability(sum(map(bool, values)), len(values), confidence=confidence)
    found = mean(values, confidence=confidence, within=(0.0, 1.0))
    return replace(found, method=f"{CONDITIONAL}, t {percent(confidence)}")


def quantile(values: Sequence[float], q: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the *q* quantile of independent *values*, between two of them.

    No law is assumed: the interval runs between order statistics (:func:`ranks`). An end is
    infinite where the sample is too small to bound it.

    >>> quantile(range(1, 101), 0.95)
    Estimate(95.0 [90.0, 100.0], n=100, quantile 0.95, ranks 90 and 100, 98.3 %)
    """
    check_sample(values)
    n = len(values)
    low, high, coverage = ranks(n, q, confidence=confidence)
    ordered = sorted(values)
    return Estimate(
        float(order_statistic(values, q)),
        float(ordered[low - 1]) if low >= 1 else -math.inf,
        float(ordered[high - 1]) if high <= n else math.inf,
        n,
        f"quantile {q:g}, ranks {low} and {high}, {percent(coverage)}",
    )


def order_statistic(values: Iterable[float], q: float) -> float:
    """Return the *q* quantile of *values* as one of them: the first that so many do not pass.

    The median is no mean of two, which may be an instant at which nothing can end.

    >>> order_statistic([4.0, 1.0, 2.0, 8.0], 0.5), order_statistic(range(1, 11), 0.9)
    (2.0, 9)
    """
    ordered = sorted(values)
    return ordered[min(max(math.ceil(len(ordered) * q - 1e-9), 1), len(ordered)) - 1]


def ranks(n: int, q: float, *, confidence: float = CONFIDENCE) -> tuple[int, int, float]:
    """Return the ranks l, u (from 1) whose order statistics hold the *q* quantile, and P.

    Equal tails: l is the largest rank with P(B < l) <= (1 - confidence)/2, and u the smallest
    with P(B < u) >= (1 + confidence)/2, B binomial (n, q). The third number is the coverage
    P(l <= B < u) for a continuous law. Rank 0 and rank n + 1 mean: no bound on that side.

    >>> ranks(100, 0.95)[:2]
    (90, 100)
    """
    if not 0.0 < q < 1.0:
        raise OutOfRange(f"q must lie between 0 and 1 (got {q})")
    tail = (1 - confidence) / 2
    below = [0.0, *_binomial_cdf(n, q)]  # below[r] = P(B < r), r = 0 .. n + 1
    low = max(r for r in range(n + 2) if below[r] <= tail)
    high = min(r for r in range(n + 2) if below[r] >= 1 - tail)
    return low, high, below[high] - below[low]


def smallest_sample(q: float, *, confidence: float = CONFIDENCE) -> int:
    """Return the fewest runs whose largest value is an upper bound of the *q* quantile.

    The first n with ``1 - q**n >= confidence``; below it no sample can bound the quantile.

    >>> smallest_sample(0.95)
    59
    """
    if not 0.0 < q < 1.0:
        raise OutOfRange(f"q must lie between 0 and 1 (got {q})")
    n = max(1, math.ceil(math.log1p(-confidence) / math.log(q)) - 1)
    while 1 - q**n < confidence:
        n += 1
    return n


def at_most(k: int, n: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper bound of a probability [-] seen *k* times in *n* runs.

    With k = 0 it is ``1 - (1 - confidence)**(1/n)``, about 3/n at 95 %.

    >>> round(at_most(0, 100), 4)
    0.0295
    """
    _check_count(k, n)
    if k == 0:
        return -math.expm1(math.log1p(-confidence) / n)
    return 1.0 if k == n else _beta_quantile(k + 1, n - k, confidence)


def at_least(k: int, n: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided lower bound of a probability [-] seen *k* times in *n* runs.

    >>> round(at_least(100, 100), 4)
    0.9705
    """
    return 1.0 - at_most(n - k, n, confidence=confidence)


def t_quantile(p: float, degrees: int) -> float:
    """Return the *p* quantile of Student's t with *degrees* of freedom.

    >>> round(t_quantile(0.975, 4), 3)
    2.776
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, p))


def normal_quantile(p: float) -> float:
    """Return the *p* quantile of the standard normal law.

    >>> round(normal_quantile(0.975), 4)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri(p))


def _wilson(k: int, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's limits; 0 and 1 exactly where nothing or everything happened."""
    z2 = normal_quantile((1 + confidence) / 2) ** 2
    p = k / n
    centre = p + z2 / (2 * n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    low = 0.0 if k == 0 else (centre - half) / (1 + z2 / n)
    high = 1.0 if k == n else (centre + half) / (1 + z2 / n)
    return low, high


def _clopper_pearson(k: int, n: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else _beta_quantile(k, n - k + 1, tail)
    high = 1.0 if k == n else _beta_quantile(k + 1, n - k, 1 - tail)
    return low, high


def _beta_quantile(a: float, b: float, p: float) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(a, b, p))


def _binomial_cdf(n: int, q: float) -> list[float]:
    """Return P(B <= r) for r = 0 .. n."""
    from scipy.special import bdtr

    return [float(bdtr(r, n, q)) for r in range(n)] + [1.0]


def check_sample(values: Sequence[float]) -> None:
    """Refuse fewer than two *values*, and any that is not finite."""
    if len(values) < 2:
        raise InvalidInput(f"an estimate needs at least 2 replications (got {len(values)})")
    for place, value in enumerate(values):
        if not math.isfinite(value):
            raise OutOfRange(f"value {place} of the sample must be finite (got {value})")


def _check_count(k: int, n: int) -> None:
    if n < 1 or not 0 <= k <= n:
        raise OutOfRange(f"a count must lie between 0 and the number of runs (got {k} of {n})")


def percent(share: float) -> str:
    """Return a share in per cent, as methods say it."""
    return f"{100 * share:.3g} %"
