"""This module holds the laws that count: cycles or slots until a number of random steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simtwin.errors import OutOfRange
from simtwin.physics.survival import Survival, check_positive

_LARGE = 1e250

SUMMED = 1000
"""Steps up to which their probabilities are summed one by one; beyond, scipy has the sum."""
MOST_STEPS = 1_000_000
"""Most steps of a negative binomial law: its standard deviation is a thousandth of its mean."""
RAREST = 1e-12
"""Least chance of a step in a slot: in slots of a second, one in 30 000 years."""
_DEEP = 1e-280
"""Probability below which the incomplete beta function runs out of floats."""


@dataclass(frozen=True, slots=True)
class NegativeBinomial(Survival):
    """Slots until *steps* steps have happened, each slot one step with probability *p*.

    Values are whole multiples of *slot*, 1 unless scaled; the least is *steps*. The inverse is
    the smallest count with ``F > u``, so that a uniform in [0, 1) gives exact probabilities.

    >>> wear = NegativeBinomial(5, 0.1)
    >>> wear.mean, wear.ppf(0.0), round(wear.survival(50.0), 6)
    (50.0, 5.0, 0.431198)
    """

    steps: int
    p: float
    slot: float = 1.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.steps != int(self.steps):
            raise OutOfRange(f"steps must be a whole number of at least 1, got {self.steps}")
        if self.steps > MOST_STEPS:
            raise OutOfRange(f"steps must be at most {MOST_STEPS}, got {self.steps}")
        _check_chance(self.p)
        check_positive("negative binomial", slot=self.slot)

    @property
    def mean(self) -> float:
        """Of the count, times the slot."""
        return self.slot * self.steps / self.p

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.slot * self.slot * self.steps * (1.0 - self.p) / (self.p * self.p)

    def ppf(self, u: float) -> float:
        """Return the smallest count with ``F > u``, times the slot."""
        return self.reach(math.log1p(-u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``: fewer than *steps* successes in the slots up to *t*."""
        return self._log_short(math.floor(t / self.slot))

    def reach(self, log_survival: float) -> float:
        """Return the first count whose log survival lies below *log_survival*."""
        if log_survival == -math.inf:
            return math.inf
        low, high = self.steps - 1, self.steps
        while self._log_short(high) >= log_survival:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            if self._log_short(middle) >= log_survival:
                low = middle
            else:
                high = middle
        return self.slot * high

    def scaled(self, factor: float) -> NegativeBinomial:
        """Return the law of *factor* times the quantity: the slots grow, not their number."""
        return replace(self, slot=self.slot * factor)

    def _log_short(self, count: int) -> float:
        """Return the log probability of fewer than *steps* successes in *count* slots."""
        if count < self.steps:
            return 0.0
        if self.p == 1.0:
            return -math.inf
        if self.steps > SUMMED:
            return _log_short_of_many(self.steps, self.p, count)
        odds = self.p / (1.0 - self.p)
        term = total = 1.0
        offset = count * math.log1p(-self.p)
        for successes in range(1, self.steps):
            term *= (count - successes + 1) / successes * odds
            total += term
            if total > _LARGE:
                term /= _LARGE
                total /= _LARGE
                offset += math.log(_LARGE)
        return min(0.0, offset + math.log(total))


@dataclass(frozen=True, slots=True)
class Geometric(Survival):
    """Slots until the first step: the negative binomial of one step, in closed form.

    >>> Geometric(0.5).mean, Geometric(0.5).ppf(0.4), Geometric(0.5).ppf(0.5)
    (2.0, 1.0, 2.0)
    """

    p: float
    slot: float = 1.0

    def __post_init__(self) -> None:
        _check_chance(self.p)
        check_positive("geometric", slot=self.slot)

    @property
    def mean(self) -> float:
        """Of the count, times the slot."""
        return self.slot / self.p

    @property
    def variance(self) -> float:
        """Square of the standard deviation."""
        return self.slot * self.slot * (1.0 - self.p) / (self.p * self.p)

    def ppf(self, u: float) -> float:
        """Return the smallest count with ``F > u``, times the slot."""
        return self.reach(math.log1p(-u))

    def log_survival(self, t: float) -> float:
        """Return ``ln P(T > t)``."""
        count = math.floor(t / self.slot)
        if self.p == 1.0:
            return 0.0 if count < 1 else -math.inf
        return max(0, count) * math.log1p(-self.p)

    def reach(self, log_survival: float) -> float:
        """Return the first count whose log survival lies below *log_survival*."""
        if self.p == 1.0:
            return self.slot
        if log_survival == -math.inf:
            return math.inf
        step = math.log1p(-self.p)
        count = max(1, math.floor(log_survival / step))
        while count * step >= log_survival:
            count += 1
        return self.slot * count

    def scaled(self, factor: float) -> Geometric:
        """Return the law of *factor* times the quantity."""
        return replace(self, slot=self.slot * factor)


def _check_chance(p: float) -> None:
    if not 0.0 < p <= 1.0:
        raise OutOfRange(f"p must be in (0, 1], got {p}")
    if p < RAREST:
        raise OutOfRange(f"p must be at least {RAREST:g}, got {p}")


def _log_short_of_many(steps: int, p: float, count: int) -> float:
    """Return the log probability of fewer than *steps* successes in *count* >= *steps* slots.

    The sum of the binomial probabilities is the regularised incomplete beta function (DLMF
    8.17.5). Where that underflows, it is summed from its last and largest term down, until
    terms no longer count.
    """
    from scipy.special import betainc

    failures = count - steps + 1
    gone = float(betainc(steps, failures, p))
    if gone < 0.5:
        return math.log1p(-gone)
    tail = float(betainc(failures, steps, 1.0 - p))
    if tail > _DEEP:
        return math.log(tail)
    term = total = 1.0
    for successes in range(steps - 1, 0, -1):
        term *= successes / (count - successes + 1) * ((1.0 - p) / p)
        total += term
        if term < 1e-17 * total:
            break
    ways = math.lgamma(count + 1) - math.lgamma(steps) - math.lgamma(failures + 1)
    chance = (steps - 1) * math.log(p) + failures * math.log1p(-p)
    return min(0.0, ways + chance + math.log(total))
