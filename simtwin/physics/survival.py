"""This module holds what every law of life shares: survival, hazard, the rest of a life.

All of it follows from the logarithm of the survival function and its inverse. Logarithms do
not underflow, so a life that has outlived its law by far still gets a sensible rest.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from statistics import NormalDist
from typing import final

from simtwin.errors import OutOfRange

NORMAL = NormalDist()
_HALF = math.log(0.5)
_FAR = -690.0
"""Below this log survival, floats are near the end of their range."""
_FAR_Z = 37.0
LARGEST = 1e100
"""Largest parameter of a law, its inverse the least: no square of them leaves the floats."""


class Survival(ABC):
    """A law of a positive random quantity by its quantile and its log survival."""

    __slots__ = ()

    @abstractmethod
    def ppf(self, u: float) -> float:
        """Return the quantile of a uniform *u* in [0, 1)."""

    @abstractmethod
    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``; ``-inf`` when nothing lives that long."""

    @abstractmethod
    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival has fallen to *log_survival* <= 0."""

    @final
    def cdf(self, t: float) -> float:
        """Return ``P(T <= t)``."""
        return -math.expm1(self.log_survival(t))

    @final
    def survival(self, t: float) -> float:
        """Return ``P(T > t)``."""
        return math.exp(self.log_survival(t))

    @final
    def hazard(self, t0: float, t1: float) -> float:
        """Return the cumulative hazard ``H(t0, t1) = ln S(t0) - ln S(t1)`` between two ages.

        Infinite when nothing lives to *t1*. ``1 - exp(-H)`` is the probability of failure in
        the interval, given life at *t0* (PHYSICS 9.3).
        """
        late = self.log_survival(t1)
        return math.inf if late == -math.inf else max(0.0, self.log_survival(t0) - late)

    @final
    def conditional(self, u: float, age: float) -> float:
        """Return the quantile of *u* given life at *age*: ``ppf(F(age) + u (1 - F(age)))``.

        Never below *age*; at age 0 it is `ppf`, bit for bit.
        """
        lived = self.log_survival(age)
        if lived == 0.0:
            return max(age, self.ppf(u))
        return max(age, self.reach(lived + math.log1p(-u)))

    @final
    def age_at(self, threshold: float, age: float = 0.0) -> float:
        """Return the age at which the hazard since *age* reaches *threshold* (PHYSICS 9.2)."""
        return max(age, self.reach(self.log_survival(age) - threshold))


def log_normal_tail(z: float) -> float:
    """Return ``ln P(Z > z)`` of the standard normal, also where P itself underflows.

    Beyond z = 37 by the asymptotic series (Abramowitz & Stegun 26.2.12), 1e-13 off at most.

    >>> round(log_normal_tail(0.0), 6), round(log_normal_tail(100.0), 4)
    (-0.693147, -5005.5242)
    """
    if z < 0.0:
        return math.log1p(-0.5 * math.erfc(-z / math.sqrt(2.0)))
    if z < _FAR_Z:
        return math.log(0.5 * math.erfc(z / math.sqrt(2.0)))
    y = 1.0 / (z * z)
    series = -y * (1.0 - 3.0 * y * (1.0 - 5.0 * y * (1.0 - 7.0 * y * (1.0 - 9.0 * y))))
    return -0.5 * z * z - math.log(z * math.sqrt(2.0 * math.pi)) + math.log1p(series)


def normal_at(log_tail: float) -> float:
    """Return z with ``ln P(Z > z) = log_tail``, the inverse of `log_normal_tail`.

    >>> normal_at(math.log(0.5)), round(normal_at(log_normal_tail(100.0)), 9)
    (-0.0, 100.0)
    """
    if log_tail > _HALF:
        below = -math.expm1(log_tail)
        return NORMAL.inv_cdf(below) if below > 0.0 else -math.inf
    if log_tail > _FAR:
        return -NORMAL.inv_cdf(math.exp(log_tail))
    if log_tail == -math.inf:
        return math.inf
    z = math.sqrt(-2.0 * log_tail)
    for _ in range(6):  # Newton; the slope of the log tail is -(z + 1/z - ..) out here.
        z += (log_normal_tail(z) - log_tail) / (z + 1.0 / z)
    return z


def check_positive(law: str, **parameters: float) -> None:
    """Raise `OutOfRange` unless every parameter is positive, finite and not absurd."""
    for name, value in parameters.items():
        if not 0.0 < value < math.inf:
            raise OutOfRange(f"{law}: {name} must be positive and finite, got {value}")
        if not 1.0 / LARGEST <= value <= LARGEST:
            least = f"{1.0 / LARGEST:g}"
            raise OutOfRange(f"{law}: {name} must be {least} to {LARGEST:g}, got {value:g}")


def power(base: float, exponent: float) -> float:
    """Return *base* >= 0 to the *exponent* > 0, infinite where that is beyond the floats.

    >>> power(3.0, 2.0), power(10.0, 1000.0)
    (9.0, inf)
    """
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf
