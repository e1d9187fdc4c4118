"""This module holds degradation by chance: gamma and Wiener processes up to a limit.

A level begins at 0, in any unit, and grows at random; the life is the time, or the number of
cycles, until it first passes its limit. Both processes have no memory beyond their level, so a
level that was seen is all that counts for the rest of the life (PHYSICS 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.incomplete_gamma import log_lower, lower_quantile
from simtwin.physics.mills import log_density, mills, mills_fall
from simtwin.physics.quadrature import gauss
from simtwin.physics.root import root
from simtwin.physics.survival import Survival, check_positive

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST = 2.0**-54
"""Stands for a uniform of 0, at which a diffusion would have come from minus infinity."""
MOST_JUMPS = 1e6
"""Most jumps of a gamma process up to its limit: sd of the life is a thousandth of its mean."""
_PANELS = 8
_NODES = 16


@dataclass(frozen=True, slots=True)
class GammaProcess(Survival):
    """Wear that never goes back: ``X(t) ~ Gamma(rate t, scale)``; life until it is at *limit*.

    *rate* is the growth of the shape per unit of the clock, *scale* and *limit* have the unit
    of the level. The mean growth is rate times scale, and sd over mean of the level at t is
    ``1/sqrt(rate t)``. The growth is a sum of jumps and the limit is passed by a jump:
    ``P(T <= t) = Q(rate t, limit/scale)``, Q the regularised upper incomplete gamma function.
    For wear, crack growth, corrosion: whatever only grows. The path between two levels is
    monotone, so looks miss no passage.
    Source: J. M. van Noortwijk, Reliability Engineering and System Safety 94, 2009, 2-21,
    doi 10.1016/j.ress.2007.03.019.

    >>> wear = GammaProcess(0.5, 2.0, 50.0)
    >>> round(wear.cdf(50.0), 8), round(wear.mean, 6)
    (0.47339847, 51.0)
    """

    rate: float
    """Shape per unit of the clock."""
    scale: float
    """Variance of the growth over its mean."""
    limit: float

    def __post_init__(self) -> None:
        check_positive("gamma process", rate=self.rate, scale=self.scale, limit=self.limit)
        jumps = self.limit / self.scale
        check_positive("gamma process", limit_over_scale=jumps, life=jumps / self.rate)
        if jumps > MOST_JUMPS:
            raise OutOfRange(
                f"gamma process: limit_over_scale must be <= {MOST_JUMPS:g}, got {jumps:g}"
            )

    @classmethod
    def growing(cls, growth: float, scale: float, limit: float) -> GammaProcess:
        """Return the process with a mean *growth* per unit of the clock.

        >>> GammaProcess.growing(1.0, 2.0, 50.0)
        GammaProcess(rate=0.5, scale=2.0, limit=50.0)
        """
        check_positive("gamma process", growth=growth, scale=scale)
        return cls(growth / scale, scale, limit)

    @property
    def mean(self) -> float:
        """``(limit/scale + 1/2)/rate``, but for low limits."""
        return _passage(self.limit / self.scale)[0] / self.rate

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return _passage(self.limit / self.scale)[1] / self.rate**2

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.reach(math.log1p(-u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``, the level still below the limit."""
        return log_lower(self.rate * t, self.limit / self.scale)

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return _reached(self.log_survival, log_survival, self.limit / self.scale / self.rate)

    def scaled(self, factor: float) -> GammaProcess:
        """Return the law of *factor* times the quantity: the clock in other units."""
        return replace(self, rate=self.rate / factor)

    def seen(self, level: float) -> GammaProcess:
        """Return the law of the rest of the life from a *level* that was seen.

        >>> GammaProcess(0.5, 2.0, 50.0).seen(30.0)
        GammaProcess(rate=0.5, scale=2.0, limit=20.0)
        """
        if not 0.0 <= level < self.limit:
            raise OutOfRange(
                f"gamma process: a level must be >= 0 and below the limit {self.limit:g}, "
                f"got {level:g}"
            )
        return replace(self, limit=self.limit - level)

    def level(self, u: float, t: float, *, begin: float = 0.0) -> float:
        """Return the level at clock *t* of a life that goes on: quantile of a uniform *u*.

        *begin* is the level at clock 0. The gamma law, cut off at the limit: never below
        *begin*, always below the limit.

        >>> round(GammaProcess(0.5, 2.0, 50.0).level(0.5, 4.0), 6)  # Erlang-2: 2 x 1.678347
        3.356694
        """
        _check_clock(t)
        low = self.seen(begin).limit / self.scale
        grown = self.scale * lower_quantile(u, self.rate * t, low)
        return max(begin, min(begin + grown, math.nextafter(self.limit, -math.inf)))


@dataclass(frozen=True, slots=True)
class WienerProcess(Survival):
    """A signal that drifts and trembles; life until it first touches *limit*.

    *drift* is its mean growth per unit of the clock and *sigma* the standard deviation per
    square root of that unit; drift > 0, so that it will pass. T is inverse Gaussian of mean
    limit/drift and variance ``limit sigma^2/drift^3``. For signals (vibration, a drifting
    temperature or dimension), not for wear: a Wiener process is not monotone.
    Source: R. S. Chhikara, J. L. Folks, Technometrics 19, 1977, 461-468, doi
    10.1080/00401706.1977.10489586; D. R. Cox, H. D. Miller, The Theory of Stochastic
    Processes, 1965, ch. 5.7 (absorbing barrier).

    >>> signal = WienerProcess(0.1, 0.5, 10.0)
    >>> round(signal.cdf(60.0), 8), round(signal.cdf(100.0), 8), round(signal.mean, 6)
    (0.20464152, 0.59441064, 100.0)
    """

    drift: float
    sigma: float
    """Standard deviation per square root of the clock's unit."""
    limit: float

    def __post_init__(self) -> None:
        check_positive("wiener process", drift=self.drift, sigma=self.sigma, limit=self.limit)
        check_positive("wiener process", life=self.limit / self.drift)

    @property
    def mean(self) -> float:
        """The limit over the drift."""
        return self.limit / self.drift

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.limit * self.sigma**2 / self.drift**3

    def ppf(self, u: float) -> float:
        """Return the quantile of *u*."""
        return self.reach(math.log1p(-u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``, the limit not yet touched."""
        if t <= 0.0:
            return 0.0
        return -math.inf if t == math.inf else _log_untouched(*self._standard(t), 0.0)

    def reach(self, log_survival: float) -> float:
        """Return the age at which the log survival is *log_survival*."""
        return _reached(self.log_survival, log_survival, self.mean)

    def scaled(self, factor: float) -> WienerProcess:
        """Return the law of *factor* times the quantity: the clock in other units."""
        return replace(self, drift=self.drift / factor, sigma=self.sigma / math.sqrt(factor))

    def seen(self, level: float) -> WienerProcess:
        """Return the law of the rest of the life from a *level* that was seen.

        >>> WienerProcess(0.1, 0.5, 10.0).seen(-2.0).limit
        12.0
        """
        if not -math.inf < level < self.limit:
            raise OutOfRange(
                f"wiener process: a level must be below the limit {self.limit:g}, got {level:g}"
            )
        return replace(self, limit=self.limit - level)

    def level(self, u: float, t: float, *, begin: float = 0.0) -> float:
        """Return the level at clock *t* of a life that goes on: quantile of a uniform *u*.

        *begin* is the level at clock 0. The law of a path that has not touched the limit
        (Cox & Miller 5.7, images), always below the limit.

        >>> round(WienerProcess(0.1, 0.5, 10.0).level(0.5, 1.0), 6)  # far from the limit: mean
        0.1
        """
        _check_clock(t)
        rest = self.seen(begin)
        if t == 0.0:
            return begin
        z, step = rest._standard(t)
        whole = _log_untouched(z, step, 0.0)
        target = math.log(max(u, _LEAST)) + whole
        below = root(lambda s: target - _log_untouched(z, step, s), max(1.0, -z))
        level = self.limit - below * self.sigma * math.sqrt(t)
        return min(level, math.nextafter(self.limit, -math.inf))

    def crossing(self, before: float, after: float, length: float) -> float:
        """Return the probability that the limit was touched between two looks.

        *before* and *after* are the levels at the looks, *length* the clock between them:
        ``exp(-2 (L - before)(L - after)/(sigma^2 length))``, that of a Brownian bridge,
        whatever the drift (STATISTICS 3).

        >>> WienerProcess(0.1, 0.5, 10.0).crossing(9.0, 10.0, 5.0)
        1.0
        >>> round(WienerProcess(0.1, 0.5, 10.0).crossing(9.0, 9.0, 5.0), 6)
        0.201897
        """
        if not 0.0 < length < math.inf:
            raise OutOfRange(f"the clock between two looks must be positive, got {length}")
        if before >= self.limit or after >= self.limit:
            return 1.0
        gaps = (self.limit - before) * (self.limit - after)
        return math.exp(-2.0 * gaps / (self.sigma**2 * length))

    def _standard(self, t: float) -> tuple[float, float]:
        """Return how far the mean is beyond the limit and twice the limit, both in sd at t."""
        sd = self.sigma * math.sqrt(t)
        return (self.drift * t - self.limit) / sd, 2.0 * self.limit / sd


Degradation = GammaProcess | WienerProcess
"""A life whose level can be seen."""


def _check_clock(t: float) -> None:
    if not 0.0 <= t < math.inf:
        raise OutOfRange(f"the clock of a level must be >= 0 and finite, got {t}")


def _reached(log_survival: Callable[[float], float], target: float, guess: float) -> float:
    """Return the age at which *log_survival* is *target*, with all digits at either end."""
    if target >= 0.0:
        return 0.0
    if target == -math.inf:
        return math.inf
    # The logarithm of the hazard is nearly straight where survival is near 1, and near 0.
    wanted = math.log(-target)
    return root(lambda t: _log(-log_survival(t)) - wanted, guess)


def _log(x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf


@lru_cache(maxsize=256)
def _passage(x: float) -> tuple[float, float]:
    """Return mean and variance of the shape at which a unit gamma process passes *x*.

    ``E[T] = int S dt``, about the median, so that nothing cancels.
    """
    unit = GammaProcess(1.0, 1.0, x)
    middle = unit.ppf(0.5)
    offset = second = 0.0
    for end, sign, share in (
        (unit.ppf(1e-18), -1.0, unit.cdf),
        (unit.reach(-50.0), 1.0, unit.survival),
    ):
        width = (end - middle) / _PANELS
        for panel in range(_PANELS):
            for y, weight in gauss(_NODES):
                away = width * (panel + y)
                mass = weight * abs(width) * share(middle + away)
                offset += sign * mass
                second += 2.0 * abs(away) * mass
    return middle + offset, second - offset * offset


def _log_untouched(z: float, step: float, below: float) -> float:
    """Return the log probability of a path that has not touched its limit and lies below it.

    All in sd of the free path: its mean lies *z* beyond the limit, its start ``step/2`` below,
    and its end at least *below* under the limit. By images, ``P = Q(w) - e^(2 mu L/s^2)
    Q(w + step)`` with ``w = z + below``, Q the normal tail; the exponential is taken into the
    ratios of Mills, where nothing overflows and nothing cancels.
    """
    w = z + below
    if w < 0.0:
        other = math.exp(log_density(w) - step * below) * mills(w + step)
        gone = 0.5 * math.erfc(-w / math.sqrt(2.0)) + other
        if gone < 0.9:
            return math.log1p(-gone)
    fall = mills_fall(w, step) - math.expm1(-step * below) * mills(w + step)
    return log_density(w) + _log(fall)
