"""This module holds the remaining useful life: when a part fails under the plan at hand.

Within the horizon it is where the curve of P(failed by then) passes 10, 50 and 90 %; what does
not fail by its end is censored. Beyond, it is the
law of the part's life given the age that the futures leave it with, at the rate at which they
age it (ISO 13381-1; STATISTICS 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, inf
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
    curve = [
        ahead.failure(risk.machine, part=risk.part, look=k) for k in range(len(ahead.looks))
    ]
    p10, p50, p90 = (_quantile(ahead, index, curve, q) for q in QUANTILES)
    failed = sum(risk in future.firsts for future in ahead.futures)
    return Remaining(risk.part, p10, p50, p90, failed, ahead.n, ahead.horizon)


def _quantile(
    ahead: LookAhead, index: int, curve: Sequence[Estimate], q: float
) -> Estimate | None:
    """Return the quantile *q*: where the curve of P(failed by then) passes it, or beyond."""
    if curve[-1].value < q:
        return _extrapolated(ahead, index, curve[-1], q)
    looks = [at - ahead.start for at in ahead.looks]
    value, late, early = (
        _passes(looks, [getattr(one, end) for one in curve], q)
        for end in ("value", "low", "high")
    )
    if value == early == late:
        method = f"quantile {q:g}, certain"
    else:
        method = f"quantile {q:g} of P(failed by then), between {len(looks)} looks"
    return Estimate(value, min(early, value), max(late, value), ahead.n, method)


def _passes(looks: Sequence[float], curve: Sequence[float], q: float) -> float:
    """Return where a rising *curve* passes *q*, straight between looks; else infinity."""
    before, at = 0.0, 0.0
    for look, height in zip(looks, curve, strict=True):
        if height >= q:
            return at + (look - at) * (q - before) / (height - before)
        before, at = max(before, height), look
    return inf


def _extrapolated(ahead: LookAhead, index: int, within: Estimate, q: float) -> Estimate | None:
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
    typical = sum(rates) / len(rates)
    lives = [(law, age, rate if rate > 0.0 else typical) for law, age, rate in lives]
    value, early, late = (
        ahead.horizon + _mixed(lives, _share(q, known))
        for known in (within.value, within.high, within.low)
    )
    half = 0.0
    if len(lives) > 1:
        each = [_mixed([life], _share(q, within.value)) for life in lives]
        spread = estimate.mean(each)
        half = 0.5 * (spread.high - spread.low)
    return Estimate(
        value,
        max(ahead.horizon, min(early, value) - half),
        max(late, value) + half,
        ahead.n,
        f"quantile {q:g}, lives that reach the horizon go on at the rate of this plan",
    )


def _share(q: float, within: float) -> float:
    """Return which part of the lives that reach the horizon is over at the quantile *q*."""
    return min(max(0.0, (q - within) / max(1.0 - within, 1e-12)), 1.0 - 1e-12)


def _mixed(lives: Sequence[tuple[Any, float, float]], share: float) -> float:
    """Return by when so great a *share* of *lives* has ended, each at its own rate [s]."""
    low = 0.0
    high = max(float(law.conditional(share, age) - age) / rate for law, age, rate in lives)
    if len(lives) == 1:
        return high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if sum(_ended(law, age, age + rate * middle) for law, age, rate in lives) < share * len(
            lives
        ):
            low = middle
        else:
            high = middle
    return high


def _ended(law: Any, age: float, later: float) -> float:
    """Return the chance that a life at *age* has ended *later*."""
    alive: float = law.log_survival(age)
    return float(-expm1(law.log_survival(later) - alive)) if alive > -inf else 1.0
