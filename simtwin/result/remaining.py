"""This module holds the remaining useful life: when a part fails under the plan at hand.

Within the horizon it is what the futures show, censored where they end first. Beyond, it is the
law of the part's life given the age that the futures leave it with, at the rate at which they
age it (ISO 13381-1; STATISTICS 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, expm1, inf
from typing import TYPE_CHECKING, Any

from simtwin.result import estimate
from simtwin.result.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.result.look_ahead import LookAhead

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Remaining:
    """Remaining useful life of one part [s from the snapshot]; None: the plan never ages it."""

    part: str
    p10: Estimate | None
    p50: Estimate | None
    p90: Estimate | None
    failed: int
    """Futures in which it failed within the horizon; in all others its life is censored."""
    n: int
    horizon: float
    """[s]"""

    @property
    def censored(self) -> tuple[bool, bool, bool]:
        """Which of the three lie beyond the horizon, and are not seen but extrapolated."""
        return tuple(  # type: ignore[return-value]
            found is None or found.value > self.horizon
            for found in (self.p10, self.p50, self.p90)
        )


def remaining(ahead: LookAhead, index: int) -> Remaining:
    """Return the remaining useful life of the part in column *index* of *ahead*."""
    risk = ahead.risks[index]
    times = sorted(future.firsts.get(risk, inf) - ahead.start for future in ahead.futures)
    p10, p50, p90 = (_quantile(ahead, index, times, q) for q in QUANTILES)
    failed = sum(time < inf for time in times)
    return Remaining(risk.part, p10, p50, p90, failed, ahead.n, ahead.horizon)


def _quantile(
    ahead: LookAhead, index: int, times: Sequence[float], q: float
) -> Estimate | None:
    n = len(times)
    middle = times[min(max(ceil(n * q - 1e-9), 1), n) - 1]
    if middle == inf:
        return _extrapolated(ahead, index, q)
    low, high, coverage = estimate.ranks(n, q)
    return Estimate(
        middle,
        times[low - 1] if low >= 1 else 0.0,
        times[high - 1] if high <= n else inf,
        n,
        f"quantile {q:g}, ranks {low} and {high}, {estimate.percent(coverage)}",
    )


def _extrapolated(ahead: LookAhead, index: int, q: float) -> Estimate | None:
    """Return a quantile that lies beyond the horizon, from the lives that reach it.

    Each such future goes on at the rate at which it has aged the part, from the age that it has
    left it with; together they are one law, of which the part of *q* that is beyond is taken.
    """
    risk = ahead.risks[index]
    lives = [
        (future.laws[index], future.ages[index], future.worn[index] / ahead.horizon)
        for future in ahead.futures
        if risk not in future.firsts
    ]
    rates = [rate for _, _, rate in lives]
    if not lives or max(rates) <= 0.0:
        return None
    within = 1.0 - len(lives) / ahead.n
    beyond = min(max(0.0, (q - within) / (1.0 - within)), 1.0 - 1e-12)
    typical = max(sum(rates) / len(rates), 1e-300)
    each = [
        (law.conditional(beyond, age) - age) / (rate if rate > 0.0 else typical)
        for law, age, rate in lives
    ]
    value = ahead.horizon + _mixed(lives, typical, beyond, max(each))
    half = 0.0
    if len(each) > 1:
        spread = estimate.mean(each)
        half = 0.5 * (spread.high - spread.low)
    return Estimate(
        value,
        max(ahead.horizon, value - half),
        value + half,
        ahead.n,
        f"quantile {q:g}, lives that reach the horizon go on at the rate of this plan",
    )


def _mixed(
    lives: Sequence[tuple[Any, float, float]], typical: float, share: float, most: float
) -> float:
    """Return by when so great a *share* of *lives* has ended, each at its own rate [s]."""
    low, high = 0.0, most
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        ended = 0.0
        for law, age, rate in lives:
            grown = age + (rate if rate > 0.0 else typical) * middle
            alive = law.log_survival(age)
            ended -= expm1(law.log_survival(grown) - alive) if alive > -inf else -1.0
        if ended < share * len(lives):
            low = middle
        else:
            high = middle
    return high
