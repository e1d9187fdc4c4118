"""This module holds the lower incomplete gamma function by its logarithm, and its quantiles.

``P(shape, x)`` is the probability that a standard gamma variable lies below x. scipy's keeps
its digits down to 1e-280; below, a series takes over.
"""

from __future__ import annotations

import math

from simtwin.physics.root import root

_DEEP = 1e-280
"""Probability below which scipy's incomplete gamma function runs out of floats."""


def log_lower(shape: float, x: float) -> float:
    """Return ``ln P(shape, x)``, *x* > 0, with all its digits where P is near 1 and near 0.

    >>> round(log_lower(1.0, math.log(2.0)), 6), round(log_lower(1000.0, 1.0), 2)
    (-0.693147, -5913.13)
    """
    if shape <= 0.0:
        return 0.0
    if shape == math.inf:
        return -math.inf
    from scipy.special import gammainc, gammaincc

    above = float(gammaincc(shape, x))
    if above < 0.5:
        return math.log1p(-above)
    below = float(gammainc(shape, x))
    return math.log(below) if below > _DEEP else _log_series(shape, x)


def lower_quantile(u: float, shape: float, x: float) -> float:
    """Return the quantile of *u* of a standard gamma variable that lies below *x*.

    >>> round(lower_quantile(0.5, 1.0, 1e-6) / 1e-6, 6)
    0.5
    """
    if shape == 0.0 or u == 0.0:
        return 0.0
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    whole = float(gammainc(shape, x))
    if whole <= _DEEP:
        target = math.log(u) + _log_series(shape, x)
        return root(lambda y: _log_series(shape, y) - target, x * u ** (1.0 / shape))
    share = u * whole
    if share < 0.5:
        return float(gammaincinv(shape, share))
    return float(gammainccinv(shape, float(gammaincc(shape, x)) + (1.0 - u) * whole))


def _log_series(shape: float, x: float) -> float:
    """Return ``ln P(shape, x)`` for a *shape* above *x*, by DLMF 8.11.4."""
    term = total = 1.0
    k = 0
    while term > 1e-17 * total:
        k += 1
        term *= x / (shape + k)
        total += term
    return shape * math.log(x) - x - math.lgamma(shape + 1.0) + math.log(total)
