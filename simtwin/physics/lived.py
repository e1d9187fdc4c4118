"""This module holds the mean time that a life lasts until an age at which it is ended."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import (
    Exponential,
    Fixed,
    Geometric,
    NegativeBinomial,
    Triangular,
    Weibull,
)
from simtwin.physics.quadrature import NODES, gauss

if TYPE_CHECKING:
    from simtwin.physics.life import Law

_FAILED = (1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.15, 0.3)
"""Shares failed, and by mirror alive, at which a piece of the integral ends."""
_HAZARDS = (
    *(-math.log1p(-share) for share in _FAILED),
    -math.log(0.5),
    *(-math.log(share) for share in reversed(_FAILED)),
)
_RATIO = 4.0
"""Of the ends of a piece: Gauss of 16 nodes is exact to 1e-15 for a power of t."""
_NOTHING = 1e-17
"""Age, in the mean, before which whatever fails does not count."""


def lived(life: Law, age: float) -> float:
    """Return ``E[min(T, age)] = int_0^age R(t) dt``: the mean length of a life ended at *age*.

    In closed form for the Weibull law, ``eta/beta Gamma(1/beta) P(1/beta, (age/eta)^beta)``,
    the exponential law, a fixed life and lives in slots; else by Gauss and Legendre between
    quantiles, to some 1e-13. The mean of the life at an infinite *age*. Unit of the life.
    Source: R. E. Barlow, F. Proschan, Mathematical Theory of Reliability, 1965, ch. 3 and 4.

    >>> from simtwin.physics.life import Uniform
    >>> round(lived(Uniform(0.0, 10.0), 5.0), 9), lived(Fixed(7.0), 5.0)
    (3.75, 5.0)
    >>> round(lived(Weibull(2.5, 1000.0), 500.0), 4)
    475.9959
    """
    if not age > 0.0:
        raise OutOfRange(f"the age at which a life is ended must be positive, got {age}")
    if life.mean == 0.0:
        raise OutOfRange(f"a life must last some time to be replaced, got {life}")
    if age == math.inf:
        return life.mean
    match life:
        case Weibull():
            from scipy.special import gammainc

            share = gammainc(1.0 / life.shape, (age / life.scale) ** life.shape)
            return life.mean * float(share)
        case Exponential():
            return life.mean * life.cdf(age)
        case Fixed():
            return min(age, life.value)
        case Geometric() | NegativeBinomial():
            return _in_slots(life, age)
        case _:
            return _integrated(life, age)


def quantiles(life: Law) -> list[float]:
    """Return rising ages > 0 that cover where *life* may end, none far from the next.

    >>> ages = quantiles(Exponential(1.0))
    >>> ages[0] < 1e-12, 34.0 < ages[-1] < 35.0
    (True, True)
    """
    return [age for age in _ladder(life)[0] if age > 0.0]


def _in_slots(life: Geometric | NegativeBinomial, age: float) -> float:
    """Return the mean by ``E[min(N, n)] = n P(N > n) + (r/p) P(N' <= n + 1)``.

    N' counts the slots until one step more, r + 1; the rest of a slot is lived by who is alive.
    """
    steps = 1 if isinstance(life, Geometric) else life.steps
    count = math.floor(age / life.slot)
    alive = life.survival(count * life.slot)
    ended = NegativeBinomial(steps + 1, life.p).cdf(count + 1)
    whole = count * alive + steps / life.p * ended
    return life.slot * whole + (age - count * life.slot) * alive


def _integrated(life: Law, age: float) -> float:
    ends, sums = _ladder(life)
    place = bisect_right(ends, age) - 1
    if place < 0:
        return age
    total, begin = sums[place], ends[place]
    for a, b in pairwise(_split(begin, age)):
        total += _piece(life, a, b)
    return total


@lru_cache(maxsize=64)
def _ladder(life: Law) -> tuple[list[float], list[float]]:
    """Return ends of pieces on which R is smooth, and the integral up to each."""
    ages = {life.ppf(0.0), life.age_at(math.inf), *(life.age_at(h) for h in _HAZARDS)}
    if isinstance(life, Triangular):
        ages.add(life.mode)
    first = _NOTHING * life.mean
    coarse = sorted({max(age, first) for age in ages if age < math.inf})
    ends = [coarse[0]]
    for a, b in pairwise(coarse):
        ends += _split(a, b)[1:]
    sums = [ends[0]]  # Nothing has failed before.
    for a, b in pairwise(ends):
        sums.append(sums[-1] + _piece(life, a, b))
    return ends, sums


def _split(a: float, b: float) -> list[float]:
    """Return ends from *a* to *b*, 0 < a <= b, each at most four times the one before."""
    pieces = max(1, math.ceil(math.log(b / a) / math.log(_RATIO)))
    ratio = (b / a) ** (1.0 / pieces)
    return [a, *(a * ratio**k for k in range(1, pieces)), b]


def _piece(life: Law, a: float, b: float) -> float:
    width = b - a
    return width * sum(share * life.survival(a + width * x) for x, share in gauss(NODES))
