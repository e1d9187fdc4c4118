"""This module holds the renewal function, and the replacement of a block at fixed times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simtwin.errors import OutOfRange
from simtwin.physics.life import Exponential, Fixed, Geometric, NegativeBinomial
from simtwin.physics.lived import lived, quantiles
from simtwin.physics.minimum import least
from simtwin.physics.replacement import (
    NO_GAIN,
    between,
    check_costs,
    run_to_failure_cost_rate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simtwin.physics.life import Law

_STEPS = 256
"""Of the coarse grid; the fine one has twice as many."""
_EARLY, _LATE = 1e-9, 0.999
"""Shares failed between which a period is sought from quantile to quantile."""
_WITHIN = 3.0
"""Longest block that is tried, in mean lives."""


def renewals(life: Law, time: float, *, pause: float = 0.0, steps: int = _STEPS) -> float:
    """Return M(t), the mean number of failures in (0, *time*] of a unit renewed at each.

    A renewal takes a *pause* in which nothing ages: the k-th failure comes at S_k + (k - 1) D,
    so M(t) is that of lives longer by D until t + D.

    ``M(t) = F(t) + int_0^t M(t - x) dF(x)`` by the midpoint scheme of Xie on *steps* and on
    twice as many steps, and ``(4 M_fine - M_coarse)/3`` of the two (Richardson): some 1e-8 for
    a smooth law when a step is short against the spread of the life, 1e-5 where its density
    jumps or is infinite. Exact for the exponential law, for a fixed life and lives in slots.
    Source: M. Xie, Communications in Statistics: Simulation and Computation 18, 1989, 281-293.

    >>> from simtwin.physics.life import Gamma, Weibull
    >>> round(renewals(Weibull(2.5, 1000.0), 1000.0), 6)
    0.702507
    >>> round(renewals(Gamma(2.0, 1.0), 3.0), 6)  # 3/2 - 1/4 + exp(-6)/4
    1.25062
    >>> round(renewals(Exponential(2.0), 1.0, pause=1.0), 6)  # The first only: 1 - exp(-1/2)
    0.393469
    """
    if not 0.0 <= time < math.inf:
        raise OutOfRange(f"renewals: time must be >= 0 and finite, got {time}")
    if not 0.0 <= pause < math.inf:
        raise OutOfRange(f"renewals: pause must be >= 0 and finite, got {pause}")
    if time == 0.0:
        return 0.0
    until = time + pause
    match life:
        case Exponential() if pause == 0.0:
            return time / life.mean
        case Fixed():
            return float(until // (lived(life, math.inf) + pause))
        case Geometric() | NegativeBinomial() if pause == 0.0:
            return _in_slots(life, math.floor(time / life.slot))
        case _:
            halves = 4 * steps  # Half steps of the fine grid.
            ages = [until * (k / halves) - pause for k in range(halves + 1)]
            failed = np.array([life.cdf(age) if age > 0.0 else 0.0 for age in ages])
            return (4.0 * _by_xie(failed) - _by_xie(failed[::2])) / 3.0


def block_cost_rate(life: Law, *, planned: float, failure: float, period: float) -> float:
    """Return the long-run cost per unit of time of replacing at each multiple of *period*.

    ``C(T) = (cp + cf M(T))/T``: at the planned times everything is replaced, however young, at
    a cost *planned*; a failure between is replaced at once at a cost *failure* and does not
    move the plan. Never cheaper than replacement at the best age (it wastes young units); what
    it saves is the book-keeping of ages. An infinite *period* is run to failure.
    Source: R. E. Barlow, F. Proschan, Mathematical Theory of Reliability, 1965, ch. 4.3.

    >>> round(block_cost_rate(Exponential(50.0), planned=1.0, failure=5.0, period=100.0), 9)
    0.11
    """
    check_costs(planned=planned, failure=failure)
    if not period > 0.0:
        raise OutOfRange(f"block: period must be positive, got {period}")
    if period == math.inf:
        return run_to_failure_cost_rate(life, failure=failure)
    return (planned + failure * renewals(life, period)) / period


def optimal_block(life: Law, *, planned: float, failure: float) -> float:
    """Return the period at which `block_cost_rate` is least, infinite where none gains.

    Sought up to three mean lives, beyond which blocks are as good as none; good to 1e-6 for a
    smooth law. Not for lives in slots, whose cost jumps from slot to slot.

    >>> from simtwin.physics.life import Weibull
    >>> round(optimal_block(Weibull(3.0, 100.0), planned=1.0, failure=10.0), 4)
    37.5813
    """
    check_costs(planned=planned, failure=failure)
    if isinstance(life, Geometric | NegativeBinomial):
        raise OutOfRange(f"block: the best period needs a life without slots, got {life}")

    def cost(period: float) -> float:
        return block_cost_rate(life, planned=planned, failure=failure, period=period)

    if isinstance(life, Fixed):
        best = math.nextafter(life.value, 0.0)
    else:
        best = least(cost, _periods(life))
    waiting = run_to_failure_cost_rate(life, failure=failure)
    return best if cost(best) < waiting * (1.0 - NO_GAIN) else math.inf


def _periods(life: Law) -> list[float]:
    """Return the periods to begin with: ages at which lives end, then quarters of the mean."""
    # What cannot fail before an age is best replaced at it or later.
    begin = life.ppf(0.0) or life.age_at(_EARLY)
    ages = [age for age in between(quantiles(life)) if age >= begin and life.cdf(age) < _LATE]
    most = _WITHIN * life.mean
    quarters = [0.25 * k * life.mean for k in range(1, round(4 * _WITHIN) + 1)]
    last = ages[-1] if ages else 0.0
    return sorted({age for age in ages if age <= most} | {t for t in quarters if t > last})


def _by_xie(failed: NDArray[np.float64]) -> float:
    """Return M at the last time of a grid of half steps on which *failed* is F."""
    half = failed[1]
    count = (len(failed) - 1) // 2
    middles = failed[1::2]  # F at (k - 1/2) h, from k = 1
    grown = np.zeros(count + 1)  # M_k - M_(k-1)
    total = 0.0
    for i in range(1, count + 1):
        # F(t_i - t_(j - 1/2)) for j = 1 .. i - 1 is the middle i - j + 1.
        passed = float(middles[i - 1 : 0 : -1] @ grown[1:i])
        new = (failed[2 * i] + passed - half * total) / (1.0 - half)
        grown[i] = new - total
        total = new
    return float(total)


def _in_slots(life: Geometric | NegativeBinomial, count: int) -> float:
    """Return the mean number of failures in *count* slots, by the discrete renewal equation."""
    failed = np.array([life.cdf((k + 0.5) * life.slot) for k in range(count + 1)])
    ending = np.diff(failed, prepend=0.0)
    found = np.zeros(count + 1)
    for k in range(1, count + 1):
        found[k] = failed[k] + ending[1 : k + 1] @ found[k - 1 :: -1]
    return float(found[-1])
