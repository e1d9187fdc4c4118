"""This module holds the selection of the best plan where the difference that matters is known.

KN: run every plan a few times, then one more replication of each that is still in play, and
drop those that are clearly behind. Valid under common random numbers. With probability 1 -
alpha the plan that is left is the best where the others are at least that difference behind,
and one that is less than that behind where they are not. Source: S.-H. Kim & B. L. Nelson, "A
fully sequential procedure for indifference-zone selection in simulation", ACM Trans. Model.
Comput. Simul. 11, 2001, doi 10.1145/502109.502111. Known answers: ORACLES G14 and G22.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result.estimate import ROUNDING
from simtwin.result.pairing import ALPHA

FLAT = 200
"""Replications after which differences that have all been alike are taken to be so."""

FIRST = 10
"""Replications of every plan before the first is dropped; they tell how much the pairs vary."""


@dataclass(frozen=True, slots=True)
class Race:
    """How far a selection has come with the replications there are."""

    left: tuple[int, ...]
    """Plans in play, by their places."""
    used: tuple[int, ...]
    """Replications of each plan that were looked at; of a dropped one, until it was."""
    over: bool
    """Whether more replications would change nothing: one is left, or all that are tie."""


def eta(plans: int, first: int = FIRST, alpha: float = ALPHA) -> float:
    """Return the constant eta of KN for so many *plans* and *first* replications [-].

    ``eta = ((2 alpha / (k - 1))**(-2 / (n0 - 1)) - 1) / 2``, with c = 1.

    >>> round(eta(3, 10), 7), round(eta(10, 20), 7)
    (0.4729439, 0.3029338)
    """
    if plans < 2 or first < 2:
        raise InvalidInput(
            f"a selection needs 2 plans and 2 replications (got {plans} and {first})"
        )
    if not 0.0 < alpha < 0.5:
        raise OutOfRange(f"alpha must lie between 0 and 0.5 (got {alpha})")
    return (math.pow(2.0 * alpha / (plans - 1), -2.0 / (first - 1)) - 1.0) / 2.0


def h_squared(plans: int, first: int = FIRST, alpha: float = ALPHA) -> float:
    """Return the constant h squared of KN [-], ``2 eta (n0 - 1)``.

    >>> round(h_squared(3, 10), 4), round(h_squared(10, 20), 4)
    (8.513, 11.5115)
    """
    return 2.0 * eta(plans, first, alpha) * (first - 1)


def allowance(stage: int, *, variance: float, delta: float, h2: float) -> float:
    """Return how far behind another plan one may be after *stage* replications and stay.

    ``max(0, (delta / 2r) (h2 S2 / delta**2 - r))``, S2 the *variance* of the paired difference
    in the first replications. It falls with every replication, and ends at 0.

    >>> allowance(10, variance=4.0, delta=1.0, h2=10.0)
    1.5
    """
    return max(0.0, delta / (2.0 * stage) * (h2 * variance / delta**2 - stage))


def race(
    plans: Sequence[Sequence[float]],
    *,
    delta: float,
    first: int = FIRST,
    alpha: float = ALPHA,
) -> Race:
    """Return which of *plans* are in play after the replications there are; smaller is better.

    *delta* is the smallest difference that matters, in the unit of the values. A plan that was
    dropped needs no further values; the others must have as many as each other to be looked
    at, and what lies beyond is not.

    >>> quick, slow = [1.0, 2.0, 1.5] * 4, [9.0, 9.5, 8.0] * 4
    >>> race([quick, slow], delta=1.0)
    Race(left=(0,), used=(10, 10), over=True)
    """
    if delta <= 0.0 or not math.isfinite(delta):
        raise OutOfRange(f"delta must be positive (got {delta})")
    count = len(plans)
    if min(map(len, plans)) < first:
        raise InvalidInput(
            f"a selection needs at least {first} replications of every plan "
            f"(got {min(map(len, plans))})"
        )
    told = _telling(plans, first)
    if told is None:
        seen = min(map(len, plans))
        return Race(tuple(range(count)), (seen,) * count, over=False)
    first, h2 = told, h_squared(count, told, alpha)
    variances = _variances(plans, first)
    left = tuple(range(count))
    used = [first] * count
    sums = [math.fsum(values[:first]) for values in plans]
    stage = first
    while True:
        left = _kept(left, sums, stage, variances, delta, h2)
        if _decided(left, stage, variances, delta, h2):
            return Race(left, tuple(used), over=True)
        if min(len(plans[place]) for place in left) <= stage:
            return Race(left, tuple(used), over=False)
        for place in left:
            sums[place] += plans[place][stage]
            used[place] = stage + 1
        stage += 1


def _telling(plans: Sequence[Sequence[float]], first: int) -> int | None:
    """Return after how many replications the differences of all pairs vary, at least *first*.

    Differences that have all been alike say nothing of how much they vary; None: still so.
    """
    seen = min(map(len, plans))
    needed = first
    for i, j in combinations(range(len(plans)), 2):
        differences = [a - b for a, b in zip(plans[i][:seen], plans[j][:seen], strict=True)]
        grain = ROUNDING * max(map(abs, (*plans[i][:seen], *plans[j][:seen])), default=0.0)
        other = next(
            (r for r, one in enumerate(differences) if abs(one - differences[0]) > grain), None
        )
        if other is None:
            return seen if seen >= FLAT else None
        needed = max(needed, other + 1)
    return needed


Variances = dict[tuple[int, int], float]


def _variances(plans: Sequence[Sequence[float]], first: int) -> Variances:
    """Return the variance of the difference of each pair in its first replications."""
    found: Variances = {}
    for i, j in combinations(range(len(plans)), 2):
        pairs = zip(plans[i][:first], plans[j][:first], strict=True)
        differences = [a - b for a, b in pairs]
        centre = math.fsum(differences) / first
        square = math.fsum((value - centre) ** 2 for value in differences)
        found[i, j] = found[j, i] = square / (first - 1)
    return found


def _kept(
    left: tuple[int, ...],
    sums: Sequence[float],
    stage: int,
    variances: Variances,
    delta: float,
    h2: float,
) -> tuple[int, ...]:
    """Return the plans that no other one in play is too far ahead of."""
    grain = ROUNDING * max(abs(sums[i]) for i in left) / stage
    return tuple(
        i
        for i in left
        if all(
            (sums[i] - sums[j]) / stage
            <= allowance(stage, variance=variances[i, j], delta=delta, h2=h2) + grain
            for j in left
            if j != i
        )
    )


def _decided(
    left: tuple[int, ...], stage: int, variances: Variances, delta: float, h2: float
) -> bool:
    """Tell whether one plan is left, or all that are have the same mean."""
    return all(
        allowance(stage, variance=variances[pair], delta=delta, h2=h2) == 0.0
        for pair in combinations(left, 2)
    )
