"""This module holds the pairing: plans compared under the same luck, run by run.

Replication r of every plan meets the same streams, so that the difference of two plans is the
plans', and has an interval of its own, often far narrower than those of the plans. Formulae:
STATISTICS 4. One run each is a coin toss and is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result.estimate import (
    CONFIDENCE,
    ROUNDING,
    Estimate,
    at_most,
    certain,
    check_sample,
    mean,
    percent,
    t_quantile,
)

ALPHA = 0.05

Values = Sequence[float]


def difference(
    first: Values,
    second: Values,
    *,
    confidence: float = CONFIDENCE,
    counted: bool = False,
    drawn: bool = True,
) -> Estimate:
    """Return the mean of *first* - *second*, pair by pair, with its t interval.

    *counted* values are 0 or 1. Where their differences are all the same, the interval is what
    a difference never seen in n runs may still be worth, and not nothing; nothing it is where
    nothing was *drawn* in any run of either.

    >>> difference([5.0, 7.0, 9.0], [4.0, 7.0, 7.0])
    Estimate(1.0 [-1.5, 3.5], n=3, paired difference, t 95 %)
    """
    found = _differences(first, second)
    same = found[0] if len(set(found)) == 1 else None
    if not drawn and same is not None:
        return certain(same, len(found))
    if counted and same is not None:
        rest = at_most(0, len(found), confidence=confidence)
        low, high = same - rest * (same + 1.0), same + rest * (1.0 - same)
        return Estimate(
            same, low, high, len(found), f"paired difference, all alike, {percent(confidence)}"
        )
    within = (-1.0, 1.0) if counted else (-math.inf, math.inf)
    made = mean(found, confidence=confidence, within=within)
    method = f"paired difference, t {percent(confidence)}"
    return Estimate(made.value, made.low, made.high, made.n, method)


def gain(first: Values, second: Values) -> float:
    """Return how many times less a difference varies for being paired [-].

    ``(var A + var B) / var(A - B)``. Below 1 the pairing does harm, which happens where plans
    answer to the same luck in opposite ways. Infinite where the difference is the same in all
    replications; NaN where neither plan varies, and there is nothing to gain.

    >>> gain([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]), gain([1.0, 2.0], [2.0, 1.0])
    (2.0, 0.5)
    >>> gain([1.0, 2.0], [3.0, 4.0])
    inf
    """
    left = _variance(_differences(first, second))
    alone = _variance(first) + _variance(second)
    if left > 0.0:
        return alone / left
    return math.inf if alone > 0.0 else math.nan


def p_value(first: Values, second: Values, *, drawn: bool = True) -> float:
    """Return how likely a mean difference at least so far from 0 is between equal plans [-].

    Two-sided, Student's t. Where all differences are alike t has nothing to divide by: then it
    is the sign test, ``2 / 2**n``; and 1 where there is no difference. Where nothing was
    *drawn* in any run, no difference is by chance: 0.

    >>> round(p_value([4.1, 5.3, 3.8, 6.0, 4.9], [3.1, 5.3, 3.8, 5.0, 3.9]), 4)
    0.0705
    >>> p_value([2.0] * 6, [1.0] * 6), p_value([2.0] * 6, [2.0] * 6)
    (0.03125, 1.0)
    """
    found = _differences(first, second)
    n = len(found)
    centre, spread = math.fsum(found) / n, math.sqrt(_variance(found) / n)
    if spread == 0.0:
        if not centre:
            return 1.0
        return 0.5 ** (n - 1) if drawn else 0.0
    from scipy.special import stdtr

    return 2.0 * float(stdtr(n - 1, -abs(centre) / spread))


def sign_test(more: int, fewer: int, unknown: int = 0, *, drawn: bool = True) -> float:
    """Return how likely at least so many pairs one way are between equal plans [-].

    Two-sided, binomial. Of *more* + *fewer* pairs each tells a way; ties are left out. Those
    of which it is *unknown* are taken to go the way of the fewer: nothing that they may be
    makes it larger. Where nothing was *drawn* in any run, no way is by chance: 0.

    >>> sign_test(10, 0), sign_test(23, 0, 17) > 0.4, sign_test(0, 0, 8), sign_test(4, 4)
    (0.001953125, True, 1.0, 1.0)
    """
    most, against = max(more, fewer), min(more, fewer) + unknown
    if most <= against:
        return 1.0
    if not drawn:
        return 0.0
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(against, most + against, 0.5)))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return *p_values* of several comparisons, each adjusted for being one of many (Holm).

    Those that stay at most alpha are true with at most alpha of one or more false among them.
    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J.
    Stat. 6, 1979.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    so_far = 0.0
    for behind, place in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - behind) * p_values[place]))
        adjusted[place] = so_far
    return tuple(adjusted)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a plan may be from the best of the others: [*low*, *high*], which holds 0.

    A plan with high = 0 is the best; one with low = 0 < high is not (Hsu's comparisons with
    the best, MCB).
    """

    low: float
    high: float
    could_be_best: bool


def standings(
    plans: Sequence[Values], *, alpha: float = ALPHA, most: Sequence[Values] | None = None
) -> tuple[Standing, ...]:
    """Return where each of *plans* stands against the best of the others; smaller is better.

    ``[min(0, d - w), max(0, d + w)]``, d the mean difference to the best of the others and w
    of all pairs together (Bonferroni, and half of *alpha* in reserve, for t covers too little
    of skewed values), so that with probability 1 - *alpha* no plan that is best, or as good,
    is called otherwise. Of plans that were run differently often, a pair has
    the replications that both have. A pair whose differences are all alike tells its
    plans apart when the sign test does, which needs no reserve. Where it is not known what a
    run comes to, *plans* have the least and *most* the most that it may be: a plan is behind
    where it is so at its least, and the other at its most. Source: J. C. Hsu, Ann. Stat.
    12, 1984, doi 10.1214/aos/1176346732; B. L. Nelson et al., Oper. Res. 49, 2001, doi
    10.1287/opre.49.6.950.10019 (screening).

    >>> early, late = [4.0, 5.0, 6.0, 5.0], [9.0, 11.0, 10.0, 10.0]
    >>> [standing.could_be_best for standing in standings([early, late, early])]
    [True, False, True]
    """
    pairs = len(plans) * (len(plans) - 1) // 2
    if pairs < 1:
        raise InvalidInput(f"a comparison needs at least 2 plans (got {len(plans)})")
    if not 0.0 < alpha < 1.0:
        raise OutOfRange(f"alpha must lie between 0 and 1 (got {alpha})")
    each = alpha / (2 * pairs)  # Half is kept for what t misses of skewed values (ORACLES G27).
    spans = list(zip(plans, plans if most is None else most, strict=True))
    ends = [
        [_ends(own, other, each) for at, other in enumerate(spans) if at != place]
        for place, own in enumerate(spans)
    ]
    found = []
    for row in ends:
        low, high = max(end[0] for end in row), max(end[1] for end in row)
        found.append(Standing(min(0.0, low), max(0.0, high), low <= 0.0))
    return tuple(found)


def could_be_best(
    plans: Sequence[Values], *, alpha: float = ALPHA, most: Sequence[Values] | None = None
) -> frozenset[int]:
    """Return which of *plans* no other is seen to beat, by their places; smaller is better.

    Several, where the runs cannot tell them apart. With probability 1 - *alpha* the best plan
    is among them, and so are all that are as good; *most* is as in :func:`standings`.

    >>> early, late = [4.0, 5.0, 6.0, 5.0], [9.0, 11.0, 10.0, 10.0]
    >>> sorted(could_be_best([early, late, early[::-1]]))
    [0, 2]
    """
    found = standings(plans, alpha=alpha, most=most)
    return frozenset(place for place, standing in enumerate(found) if standing.could_be_best)


def _ends(
    first: tuple[Values, Values], second: tuple[Values, Values], alpha: float
) -> tuple[float, float]:
    """Return the ends of the interval of the mean difference of two plans, least and most."""
    (least, most), (other_least, other_most) = first, second
    ends = _interval(least, other_most, alpha)
    if least is most and other_least is other_most:
        return ends
    further = _interval(most, other_least, alpha)
    return min(ends[0], further[0]), max(ends[1], further[1])


def _interval(first: Values, second: Values, alpha: float) -> tuple[float, float]:
    """Return the ends of the interval of the mean difference at 1 - *alpha*."""
    both = min(len(first), len(second))
    found = _differences(first[:both], second[:both])
    n = len(found)
    centre, spread = math.fsum(found) / n, math.sqrt(_variance(found) / n)
    if spread == 0.0:
        told = 0.5 ** (n - 1) <= 2.0 * alpha  # A sign test asks nothing of t: no reserve.
        return (centre, centre) if told else (-abs(centre), abs(centre))
    half = t_quantile(1.0 - alpha / 2.0, n - 1) * spread
    return centre - half, centre + half


def _differences(first: Values, second: Values) -> list[float]:
    """Return the differences of the pairs; all the same where only rounding differs."""
    if len(first) != len(second):
        raise InvalidInput(
            f"pairs need the same replications of both (got {len(first)} and {len(second)})"
        )
    found = [a - b for a, b in zip(first, second, strict=True)]
    check_sample(found)
    grain = ROUNDING * max(map(abs, (*first, *second)))
    if max(found) - min(found) <= grain:
        return [0.0 if abs(found[0]) <= grain else found[0]] * len(found)
    return found


def _variance(values: Values) -> float:
    centre = math.fsum(values) / len(values)
    return math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1)
