"""This module holds the strength of a bearing: the damage at which it spalls.

The reliability factor a1 of ISO 281:2007 as a three-parameter Weibull law of D*, slope 1.5 and
minimum life .05 L10 (PHYSICS 6.4). Drawn once per installed bearing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.quadrature import gauss
from simtwin.physics.survival import Survival

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 0.05
"""Minimum life over L10."""
SLOPE = 1.5
_REACH = 0.95
_TENTH = -math.log(0.9)


def life_factor_a1(reliability: float) -> float:
    """Return a1, the life at *reliability* S over L10.

    ``a1 = .05 + .95 (ln S/ln .9)^(2/3)``; .64 .55 .47 .37 .25 .077 at 95 96 97 98 99 99.95 %.
    Source: ISO 281:2007, table 12, to rounding.

    >>> life_factor_a1(0.9), round(life_factor_a1(0.99), 4)
    (1.0, 0.2483)
    """
    if not 0.0 < reliability < 1.0:
        raise OutOfRange(f"reliability must be in (0, 1), got {reliability}")
    return LEAST + _REACH * float((-math.log(reliability) / _TENTH) ** (1.0 / SLOPE))


def strength(u: float) -> float:
    """Return the damage D* at which a bearing spalls, of a uniform *u* in [0, 1).

    >>> strength(0.0), round(strength(0.1), 12), round(strength(0.5), 4)
    (0.05, 1.0, 3.3855)
    """
    return LEAST + _REACH * float((-math.log1p(-u) / _TENTH) ** (1.0 / SLOPE))


def strength_hazard(damage: float) -> float:
    """Return ``-ln P(D* > damage)``.

    >>> round(strength_hazard(1.0), 6)
    0.105361
    """
    if damage <= LEAST:
        return 0.0
    return _TENTH * float(((damage - LEAST) / _REACH) ** SLOPE)


def strength_survival(damage: float) -> float:
    """Return ``P(D* > damage)``, the share of bearings that outlive *damage*.

    >>> round(strength_survival(1.0), 12)
    0.9
    """
    return math.exp(-strength_hazard(damage))


def strength_conditional(u: float, damage: float) -> float:
    """Return the strength of a bearing that has lived to *damage*, of a uniform *u*.

    >>> strength_conditional(0.0, 2.0), strength_conditional(0.3, 0.0) == strength(0.3)
    (2.0, True)
    """
    lived = strength_hazard(damage)
    if lived == 0.0:
        return strength(u)
    hazard = lived - math.log1p(-u)
    return max(damage, LEAST + _REACH * float((hazard / _TENTH) ** (1.0 / SLOPE)))


@dataclass(frozen=True, slots=True)
class Spall(Survival):
    """The strength as a law of life over damage, beside those of `life`.

    >>> round(Spall().ppf(0.5), 4), round(Spall().hazard(0.0, 1.0), 6)
    (3.3855, 0.105361)
    """

    def ppf(self, u: float) -> float:
        """Return the strength of a uniform *u*."""
        return strength(u)

    def log_survival(self, t: float) -> float:
        """Return the log probability to outlive the damage *t*."""
        return -strength_hazard(t)

    def reach(self, log_survival: float) -> float:
        """Return the damage at which the log survival is *log_survival*."""
        return LEAST + _REACH * float((-log_survival / _TENTH) ** (1.0 / SLOPE))


def system_life(lives: Sequence[float], slope: float = SLOPE) -> float:
    """Return the L10 of bearings in series by the two-parameter formula.

    ``(sum L^-e)^(-1/e)``, e 1.5 (10/9 after Lundberg and Palmgren). It leaves the minimum life
    out: `series_quantile` is the law that this room draws from.

    >>> round(system_life([20000.0, 30000.0])), round(system_life([2e4, 3e4], 10 / 9))
    (14969, 12833)
    """
    return float(sum(life**-slope for life in lives) ** (-1.0 / slope))


def series_survival(rates: Sequence[float], t: float) -> float:
    """Return the probability that all bearings in series live to *t* at damage *rates*.

    >>> round(series_survival([1 / 20000, 1 / 30000], 15396.12), 6)
    0.9
    """
    return math.exp(-sum(strength_hazard(rate * t) for rate in rates))


def series_quantile(rates: Sequence[float], u: float) -> float:
    """Return the time by which the share *u* of bearings in series has failed.

    Each lives by the law of `strength` and gathers damage at its own constant rate.

    >>> round(series_quantile([1 / 20000, 1 / 30000], 0.1), 2)
    15396.12
    """
    if not rates or min(rates) < 0.0 or max(rates) == 0.0:
        raise OutOfRange(f"damage rates must be >= 0 and not all 0, got {tuple(rates)}")
    target = -math.log1p(-u)
    # Nothing spalls before its minimum life, and no system outlives its worst bearing.
    low, high = LEAST / max(rates), strength(u) / max(rates)
    while low < (middle := 0.5 * (low + high)) < high:
        if sum(strength_hazard(rate * middle) for rate in rates) < target:
            low = middle
        else:
            high = middle
    return high


def series_mean(rates: Sequence[float]) -> float:
    """Return the mean life of bearings in series, ``int S dt``.

    >>> round(series_mean([1 / 20000, 1 / 30000]), 1)
    58724.9
    """
    end = series_quantile(rates, 1.0 - 2.0**-53)
    starts = sorted({LEAST / rate for rate in rates if rate > 0.0 and LEAST / rate < end})
    mean = starts[0]
    for begin, stop in zip(starts, [*starts[1:], end], strict=True):
        # t = begin + s^2 smooths the power 1.5 that a hazard starts with.
        width = math.sqrt(stop - begin) / 8.0
        for panel in range(8):
            mean += width * sum(
                weight * series_survival(rates, begin + s * s) * 2.0 * s
                for x, weight in gauss(16)
                for s in (width * (panel + x),)
            )
    return mean
