"""This module holds the remaining useful life: when a part fails under the plan at hand.

Within the horizon it is what the futures show, censored where they end first. Beyond, it is the
law of the part's life given its age now, at the rate at which this plan ages it (ISO 13381-1;
STATISTICS 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

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
    """Return the quantile of the life left at the rate of this plan; at least the horizon."""
    start = sum(future.starts[index] for future in ahead.futures) / ahead.n
    left = ahead.laws[index].conditional(q, start) - start
    rate = estimate.mean([future.worn[index] / ahead.horizon for future in ahead.futures])
    if rate.value <= 0.0:
        return None
    slowest = left / rate.low if rate.low > 0.0 else inf
    value = max(ahead.horizon, left / rate.value)
    return Estimate(
        value,
        min(value, max(ahead.horizon, left / rate.high)),
        max(value, slowest),
        ahead.n,
        f"quantile {q:g} of the life left, at the rate of this plan",
    )
