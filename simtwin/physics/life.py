"""This module holds the laws of durations and lives: each one uniform through an inverse.

Positive quantities in any unit, seconds or cycles; a scale carries the unit. All are frozen
values with the same questions, those of :class:`Law`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from simtwin.errors import OutOfRange
from simtwin.physics.slots import Geometric, NegativeBinomial
from simtwin.physics.survival import (
    NORMAL,
    Survival,
    check_positive,
    log_normal_tail,
    normal_at,
    power,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Exponential",
    "Fixed",
    "Gamma",
    "Geometric",
    "Law",
    "Lognormal",
    "NegativeBinomial",
    "Normal",
    "Triangular",
    "Uniform",
    "Weibull",
    "drawn",
]

_DEEP = 1e-280
"""Survival below which scipy's gamma tail runs out of floats."""

_FARTHEST = 700.0
"""Logarithm of a number near the end of the floats."""

WIDEST = 5.0
"""Largest sigma of a lognormal law: its mean is then 270 000 times the median."""
FLATTEST = 0.1
"""Least shape of a Weibull or gamma law: the mean of a Weibull law is then 3.6 million times
its scale, and lives of one machine differ by a thousand million million."""
MOST_PHASES = 1e6
"""Largest shape of a gamma law: its standard deviation is then a thousandth of its mean."""


class Law(Protocol):
    """What a shop asks of a random duration or life."""

    @property
    def mean(self) -> float:
        """The expected value."""
        ...

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        ...

    def ppf(self, u: float) -> float:
        """Return the quantile of a uniform *u* in [0, 1)."""
        ...

    def cdf(self, t: float) -> float:
        """Return ``P(T <= t)``."""
        ...

    def survival(self, t: float) -> float:
        """Return ``P(T > t)``."""
        ...

    def hazard(self, t0: float, t1: float) -> float:
        """Return the cumulative hazard between two ages."""
        ...

    def conditional(self, u: float, age: float) -> float:
        """Return the quantile of *u* given life at *age*; never below *age*."""
        ...

    def age_at(self, threshold: float, age: float = 0.0) -> float:
        """Return the age at which the hazard since *age* reaches *threshold*."""
        ...

    def scaled(self, factor: float) -> Law:
        """Return the law of *factor* times the quantity."""
        ...

    def __hash__(self) -> int:
        """Return the hash of a frozen value: equal laws have the same."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed(Survival):
    """Always the same value.

    >>> Fixed(12.0).ppf(0.7), Fixed(12.0).hazard(0.0, 12.0)
    (12.0, inf)
    """

    value: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.value < math.inf:
            raise OutOfRange(f"fixed: value must be >= 0 and finite, got {self.value}")

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def variance(self) -> float:
        """None at all."""
        return 0.0

    def ppf(self, u: float) -> float:
        """Return the value, whatever *u*."""
        return self.value

    def log_survival(self, t: float) -> float:
        """Return 0 before the value, minus infinity from it on."""
        return 0.0 if t < self.value else -math.inf

    def reach(self, log_survival: float) -> float:
        """Return the value."""
        return self.value

    def scaled(self, factor: float) -> Fixed:
        """Return the law of *factor* times the quantity."""
        return Fixed(self.value * factor)


def drawn(law: Law, uniform: Callable[[], float], *, age: float = 0.0) -> float:
    """Return a quantity of *law* that has lasted *age*; a fixed one takes no *uniform*.

    Whether anything was drawn tells whether a run depends on chance: what has no chance in it
    draws nothing.

    >>> drawn(Exponential(10.0), lambda: 0.5) > 6.9, drawn(Fixed(12.0), lambda: 1 / 0)
    (True, 12.0)
    """
    u = 0.0 if type(law) is Fixed else uniform()
    return law.conditional(u, age) if age > 0.0 else law.ppf(u)


@dataclass(frozen=True, slots=True)
class Exponential(Survival):
    """No memory: the same hazard at every age.

    >>> round(Exponential(800.0).cdf(24.0), 6)
    0.029554
    """

    mean: float

    def __post_init__(self) -> None:
        check_positive("exponential", mean=self.mean)

    @property
    def variance(self) -> float:
        """Square of the mean."""
        return self.mean * self.mean

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return -self.mean * math.log1p(-u)

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        return -t / self.mean if t > 0.0 else 0.0

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return -self.mean * log_survival

    def scaled(self, factor: float) -> Exponential:
        """Return the law of *factor* times the quantity."""
        return Exponential(self.mean * factor)


@dataclass(frozen=True, slots=True)
class Weibull(Survival):
    """The weakest link: ``H = (t/scale)^shape``; wears out above shape 1 (PHYSICS 9.2).

    >>> life = Weibull(2.0, 4000.0)
    >>> round(life.mean, 1), round(life.ppf(0.1), 1)
    (3544.9, 1298.4)
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        check_positive("weibull", shape=self.shape, scale=self.scale)
        if self.shape < FLATTEST:
            raise OutOfRange(f"weibull: shape must be >= {FLATTEST:g}, got {self.shape:g}")

    @property
    def mean(self) -> float:
        """The scale times ``Gamma(1 + 1/shape)``."""
        return self.scale * math.gamma(1.0 + 1.0 / self.shape)

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return max(0.0, self.scale**2 * math.gamma(1.0 + 2.0 / self.shape) - self.mean**2)

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.scale * power(-math.log1p(-u), 1.0 / self.shape)

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        return -power(t / self.scale, self.shape) if t > 0.0 else 0.0

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return self.scale * power(-log_survival, 1.0 / self.shape)

    def scaled(self, factor: float) -> Weibull:
        """Return the law of *factor* times the quantity."""
        return Weibull(self.shape, self.scale * factor)


@dataclass(frozen=True, slots=True)
class Lognormal(Survival):
    """The logarithm is normal: repairs (PHYSICS 9.1), the scatter of tools.

    >>> round(Lognormal(3.0, 1.0).mean, 2)
    4.95
    """

    median: float
    sigma: float
    """Standard deviation of the logarithm."""

    def __post_init__(self) -> None:
        check_positive("lognormal", median=self.median, sigma=self.sigma)
        if self.sigma > WIDEST:
            raise OutOfRange(
                f"lognormal: sigma must be <= {WIDEST:g}, the standard deviation of the "
                f"logarithm; a spread of 40 % is near 0.4 (got {self.sigma:g})"
            )

    @property
    def mean(self) -> float:
        """The median times ``exp(sigma^2/2)``."""
        return self.median * math.exp(0.5 * self.sigma**2)

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.mean**2 * math.expm1(self.sigma**2)

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.median * math.exp(self.sigma * NORMAL.inv_cdf(u)) if u > 0.0 else 0.0

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        return log_normal_tail(math.log(t / self.median) / self.sigma) if t > 0.0 else 0.0

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        grown = self.sigma * normal_at(log_survival)
        return self.median * math.exp(grown) if grown < _FARTHEST else math.inf

    def scaled(self, factor: float) -> Lognormal:
        """Return the law of *factor* times the quantity."""
        return Lognormal(self.median * factor, self.sigma)


@dataclass(frozen=True, slots=True, init=False)
class Normal(Survival):
    """Normal, cut off at 0 and renormalised: no duration is negative.

    *mean* and *sd* are those before the cut; the property `mean` is the one after it. The two
    differ by 3e-7 sd when the mean is 5 sd.

    >>> Normal(10.0, 1.0).ppf(0.5), round(Normal(1.0, 1.0).mean, 4)
    (10.0, 1.2876)
    """

    location: float
    """Mean before the cut."""
    sd: float
    """Standard deviation before the cut."""

    def __init__(self, mean: float, sd: float) -> None:
        check_positive("normal", mean=mean, sd=sd)
        object.__setattr__(self, "location", mean)
        object.__setattr__(self, "sd", sd)

    @property
    def mean(self) -> float:
        """After the cut."""
        return self.location + self.sd * self._pull()

    @property
    def variance(self) -> float:
        """After the cut."""
        pull = self._pull()
        return self.sd**2 * (1.0 - pull * (self.location / self.sd + pull))

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.reach(math.log1p(-u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        if t <= 0.0:
            return 0.0
        return log_normal_tail((t - self.location) / self.sd) - self._kept()

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return max(0.0, self.location + self.sd * normal_at(log_survival + self._kept()))

    def scaled(self, factor: float) -> Normal:
        """Return the law of *factor* times the quantity."""
        return Normal(self.location * factor, self.sd * factor)

    def _kept(self) -> float:
        """Return the log probability above the cut."""
        return log_normal_tail(-self.location / self.sd)

    def _pull(self) -> float:
        """Return how far the cut pulls the mean up [sd]."""
        return NORMAL.pdf(self.location / self.sd) / math.exp(self._kept())


@dataclass(frozen=True, slots=True)
class Uniform(Survival):
    """Anything between *low* and *high*, equally likely.

    >>> Uniform(2.0, 6.0).ppf(0.25), Uniform(2.0, 6.0).conditional(0.5, 4.0)
    (3.0, 5.0)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < self.high < math.inf:
            raise OutOfRange(
                f"uniform: needs 0 <= low < high, got low {self.low} and high {self.high}"
            )

    @property
    def mean(self) -> float:
        """The middle."""
        return 0.5 * (self.low + self.high)

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return (self.high - self.low) ** 2 / 12.0

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.low + (self.high - self.low) * u

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        if t >= self.high:
            return -math.inf
        if t <= self.low:
            return 0.0
        span = self.high - self.low
        share = (t - self.low) / span
        # The last instant before the end may round to the whole.
        return math.log1p(-share) if share < 1.0 else math.log((self.high - t) / span)

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return self.high - (self.high - self.low) * math.exp(log_survival)

    def scaled(self, factor: float) -> Uniform:
        """Return the law of *factor* times the quantity."""
        return Uniform(self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Triangular(Survival):
    """Least, most likely, most: what a planner can say of a duration.

    >>> Triangular(0.0, 1.0, 2.0).ppf(0.5), Triangular(0.0, 3.0, 6.0).mean
    (1.0, 3.0)
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.low <= self.mode <= self.high < math.inf and self.low < self.high):
            raise OutOfRange(
                "triangular: needs 0 <= low <= mode <= high and low < high, got low "
                f"{self.low}, mode {self.mode}, high {self.high}"
            )

    @property
    def mean(self) -> float:
        """The third of the sum."""
        return (self.low + self.mode + self.high) / 3.0

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        a, b, c = self.low, self.mode, self.high
        return (a * (a - b) + b * (b - c) + c * (c - a)) / 18.0

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        rise, span = self.mode - self.low, self.high - self.low
        if u * span < rise:
            return self.low + math.sqrt(u * span * rise)
        return self.high - math.sqrt((1.0 - u) * span * (self.high - self.mode))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        if t <= self.low:
            return 0.0
        if t >= self.high:
            return -math.inf
        rise, span = self.mode - self.low, self.high - self.low
        if t < self.mode:
            share = (t - self.low) ** 2 / (span * rise)
            # 1 - share by its factors where it rounds to 1, with the mode at the end.
            return math.log1p(-share) if share < 1.0 else math.log(2.0 * (self.high - t) / span)
        fall = self.high - self.mode
        return math.log((self.high - t) ** 2 / (span * fall))

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return self.ppf(-math.expm1(log_survival))

    def scaled(self, factor: float) -> Triangular:
        """Return the law of *factor* times the quantity."""
        return Triangular(self.low * factor, self.mode * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Gamma(Survival):
    """The sum of *shape* exponential phases of mean *scale*; Erlang when it is whole.

    >>> round(Gamma(2.0, 10.0).survival(20.0), 6)
    0.406006
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        check_positive("gamma", shape=self.shape, scale=self.scale)
        if not FLATTEST <= self.shape <= MOST_PHASES:
            raise OutOfRange(
                f"gamma: shape must be {FLATTEST:g} to {MOST_PHASES:g}, got {self.shape:g}"
            )

    @property
    def mean(self) -> float:
        """The shape times the scale."""
        return self.shape * self.scale

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.shape * self.scale**2

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        from scipy.special import gammaincinv

        return self.scale * float(gammaincinv(self.shape, u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        if t <= 0.0:
            return 0.0
        from scipy.special import gammaincc

        tail = float(gammaincc(self.shape, t / self.scale))
        return math.log(tail) if tail > _DEEP else _gamma_tail(self.shape, t / self.scale)[0]

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        from scipy.special import gammainccinv

        tail = math.exp(log_survival)
        if tail > _DEEP:
            return self.scale * float(gammainccinv(self.shape, tail))
        if log_survival == -math.inf:
            return math.inf
        x = float(gammainccinv(self.shape, _DEEP))
        for _ in range(12):  # Newton on a nearly straight line, from its near side.
            log_tail, hazard = _gamma_tail(self.shape, x)
            x += (log_tail - log_survival) / hazard
        return self.scale * x

    def scaled(self, factor: float) -> Gamma:
        """Return the law of *factor* times the quantity."""
        return Gamma(self.shape, self.scale * factor)


def _gamma_tail(shape: float, x: float) -> tuple[float, float]:
    """Return ``ln Q(shape, x)`` and the hazard far out, by DLMF 8.9.2 (Lentz)."""
    b = x + 1.0 - shape
    c, d = 1e300, 1.0 / b
    fraction, change, n = d, 0.0, 0
    while abs(change - 1.0) > 4e-16:
        n += 1
        a = -n * (n - shape)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        change = c * d
        fraction *= change
    log_tail = shape * math.log(x) - x - math.lgamma(shape) + math.log(fraction)
    return log_tail, 1.0 / (x * fraction)
