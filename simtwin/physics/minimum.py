"""This module holds the minimum: where a cost of a positive number is least."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_CUTS = 34
"""Of the golden section: they leave 1e-7 of the bracket. A count, not a width: floats end."""
_STENCIL = 1.0 / 300.0
"""Distance of the five points of a difference, in the width of the bracket."""
_NEAR = 1e-3
"""The same at most, in the place itself: truncation and rounding are alike there."""
_FINE = 1e-9
"""A stencil nearer than this, relative, would see only rounding."""
_ROUNDING = 64.0 * 2.0**-52
"""Relative noise of a cost that is made of special functions."""


def least(cost: Callable[[float], float], points: Sequence[float]) -> float:
    """Return the t at which *cost* is least, looked for around the best of rising *points*.

    Between the neighbours of the best point *cost* should fall and then rise. Golden section,
    then Newton on five-point differences, kept only where it does not raise the cost: some
    1e-11 relative for a smooth cost, 1e-7 of the bracket at a kink. Deterministic.

    >>> round(least(lambda t: t + 4.0 / t, [0.5, 1.0, 3.0, 9.0]), 9)
    2.0
    """
    values = [cost(t) for t in points]
    best = values.index(min(values))
    low = points[max(best - 1, 0)]
    high = points[min(best + 1, len(points) - 1)]
    t = _golden(cost, low, high)
    step = min(_STENCIL * (high - low), _NEAR * t)
    for _ in range(2):
        t = _polished(cost, t, step, low, high)
    return min(t, points[best], key=cost)


def _golden(cost: Callable[[float], float], low: float, high: float) -> float:
    """Return the least of *cost* between *low* and *high* (Kiefer 1953)."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = cost(left), cost(right)
    for _ in range(_CUTS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = cost(right)
    return left if at_left <= at_right else right


def _polished(
    cost: Callable[[float], float], t: float, step: float, low: float, high: float
) -> float:
    """Return *t* after one step of Newton, or *t* itself where that would not be better."""
    if step <= _FINE * t:
        return t
    a, b, here, c, d = (cost(t + k * step) for k in (-2, -1, 0, 1, 2))
    slope = (a - 8.0 * b + 8.0 * c - d) / (12.0 * step)
    bend = (-a + 16.0 * b - 30.0 * here + 16.0 * c - d) / (12.0 * step * step)
    if not (bend > 0.0 and math.isfinite(slope)):
        return t
    tried = t - slope / bend
    better = low < tried < high and cost(tried) <= here * (1.0 + _ROUNDING)
    return tried if better else t
