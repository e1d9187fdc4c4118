"""This module holds the ratio of Mills: the normal tail over its density, and its differences.

``M(z) = P(Z > z)/phi(z)`` falls slowly where both of them underflow, so first passages of a
diffusion are written with it (STATISTICS 7). Source: J. P. Mills, Biometrika 18, 1926, 395-400.
"""

from __future__ import annotations

import math

from simtwin.physics.quadrature import gauss

_HALF_CIRCLE = math.sqrt(0.5 * math.pi)
_LOG_ROOT = 0.5 * math.log(2.0 * math.pi)
_NODES = 16
_STEEP = 4.0
"""From here on ``1 - z M(z)`` is a continued fraction."""
_TERMS = 40


def log_density(z: float) -> float:
    """Return ``ln phi(z)`` of the standard normal.

    >>> round(log_density(0.0), 6)
    -0.918939
    """
    return -0.5 * z * z - _LOG_ROOT


def mills(z: float) -> float:
    """Return ``P(Z > z)/phi(z)``; *z* above -37, where it overflows.

    >>> round(mills(0.0), 6), round(mills(100.0), 8)
    (1.253314, 0.009999)
    """
    from scipy.special import erfcx

    return _HALF_CIRCLE * float(erfcx(z / math.sqrt(2.0)))


def mills_fall(z: float, step: float) -> float:
    """Return ``M(z) - M(z + step)`` without cancellation; *z* at least -*step*.

    >>> round(mills_fall(0.0, 1e-9) / 1e-9, 6), round(mills_fall(1e4, 1e-3) / 1e-11, 6)
    (1.0, 1.0)
    """
    if step > max(1.0, 0.5 * z):
        return mills(z) - mills(z + step)
    return step * sum(weight * _slope(z + step * x) for x, weight in gauss(_NODES))


def _slope(z: float) -> float:
    """Return ``-M'(z) = 1 - z M(z)``."""
    if z < _STEEP:
        return 1.0 - z * mills(z)
    rest = z
    for term in range(_TERMS, 1, -1):
        rest = z + term / rest
    return 1.0 / (z * rest + 1.0)
