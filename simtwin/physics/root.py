"""This module holds the root: where a rising function of a positive number crosses zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDE = 4.0
"""Ends of a bracket further apart than this are halved as logarithms."""
_CLOSE = 0.5 * 2.0**-52
_TINY, _HUGE = 1e-300, 1e300
"""A root beyond is taken for 0 or infinite: floats end soon."""


def root(rise: Callable[[float], float], guess: float) -> float:
    """Return the t > 0 with ``rise(t) = 0``, to the last bits; *guess* > 0 is where to begin.

    *rise* never falls and may be infinite far out; where it jumps over zero, t is the jump.
    Infinite when it is negative everywhere, 0 when positive. Deterministic.

    >>> root(lambda t: t * t - 2.0, 1.0)
    1.4142135623730951
    """
    low, high = _bracket(rise, guess)
    if high == _TINY:
        return 0.0
    if low == _HUGE:
        return math.inf
    while high > _WIDE * low:
        middle = math.sqrt(low) * math.sqrt(high)
        if rise(middle) < 0.0:
            low = middle
        else:
            high = middle
    return _narrowed(rise, low, high)


def _bracket(rise: Callable[[float], float], guess: float) -> tuple[float, float]:
    """Return two numbers between which *rise* changes its sign, or twice the same far end."""
    low = high = min(max(guess, _TINY), _HUGE)
    factor = 2.0
    if rise(low) < 0.0:
        while low < _HUGE and rise(high) < 0.0:
            low, high = high, min(high * factor, _HUGE)
            factor *= factor
    else:
        while high > _TINY and rise(low) >= 0.0:
            low, high = max(low / factor, _TINY), low
            factor *= factor
    return low, high


def _narrowed(rise: Callable[[float], float], a: float, b: float) -> float:
    """Return the root between *a* and *b*.

    Inverse quadratic interpolation where it is safe, halving elsewhere. Source: T. R.
    Chandrupatla, Advances in Engineering Software 28, 1997, 145-149.
    """
    at_a, at_b = rise(a), rise(b)
    share = 0.5
    while True:
        x = a + share * (b - a)
        at_x = rise(x)
        if (at_x < 0.0) == (at_a < 0.0):
            c, at_c = a, at_a
        else:
            c, at_c, b, at_b = b, at_b, a, at_a
        a, at_a = x, at_x
        best, least = (a, at_a) if abs(at_a) < abs(at_b) else (b, at_b)
        closest = _CLOSE * abs(best) / abs(b - a)
        if least == 0.0 or closest >= 0.5:
            return best
        share = min(1.0 - closest, max(closest, _share(a, b, c, at_a, at_b, at_c)))


def _share(a: float, b: float, c: float, at_a: float, at_b: float, at_c: float) -> float:
    """Return how far from *a* to *b* the next try lies."""
    spread = at_c - at_b
    if spread == 0.0 or not math.isfinite(spread) or not math.isfinite(at_a):
        return 0.5
    part, height = (a - b) / (c - b), (at_a - at_b) / spread
    if not (height * height < part and (1.0 - height) ** 2 < 1.0 - part):
        return 0.5
    return at_a / (at_b - at_a) * at_c / (at_b - at_c) + (c - a) / (b - a) * at_a / (
        at_c - at_a
    ) * at_b / (at_c - at_b)
