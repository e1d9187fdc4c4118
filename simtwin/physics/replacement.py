"""This module holds replacement at an age: what it costs, what it saves, when it is best.

A unit is replaced when it fails or when it reaches an age, whichever comes first, and is as
good as new afterwards; its age begins again. Source of all: R. E. Barlow, L. C. Hunter,
Operations Research 8, 1960, 90-100; R. E. Barlow, F. Proschan,
Mathematical Theory of Reliability, 1965, ch. 4.2.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import Fixed, Geometric, NegativeBinomial
from simtwin.physics.lived import lived, quantiles
from simtwin.physics.minimum import least

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.physics.life import Law

NO_GAIN = 1e-12
"""Relative saving below which waiting for the failure is as good."""


def age_cost_rate(life: Law, *, planned: float, failure: float, age: float) -> float:
    """Return the long-run cost per unit of use of replacing at *age*, or at failure.

    ``C(T) = (cp R(T) + cf F(T)) / int_0^T R``: *planned* is cp, the cost of a replacement at
    *age*, *failure* is cf, that of one after a failure, in any currency. Renewal reward; the
    time of a replacement itself is not counted. An infinite *age* is run to failure.

    >>> from simtwin.physics.life import Uniform
    >>> life = Uniform(0.0, 40000.0)
    >>> round(age_cost_rate(life, planned=100.0, failure=200.0, age=30000.0), 8)
    0.00933333
    """
    check_costs(planned=planned, failure=failure)
    failed = life.cdf(age) if age < math.inf else 1.0
    return (planned + (failure - planned) * failed) / lived(life, age)


def run_to_failure_cost_rate(life: Law, *, failure: float) -> float:
    """Return the long-run cost per unit of use when only failures are replaced: ``cf/E[T]``.

    >>> run_to_failure_cost_rate(Fixed(50.0), failure=5.0)
    0.1
    """
    return failure / lived(life, math.inf)


def optimal_age(life: Law, *, planned: float, failure: float) -> float:
    """Return the age at which to replace so that `age_cost_rate` is least.

    Infinite where early replacement gains less than 1e-12 of the cost: with a hazard that never
    rises (a Weibull shape of at most 1), or *planned* >= *failure*. A finite age obeys
    ``h(T) int_0^T R - F(T) = cp/(cf - cp)``, to 1e-9 for smooth laws; where the hazard falls
    again, the best such age is taken. A life in slots is ended after a whole number of them, a
    fixed life at the last instant before its end.

    >>> from simtwin.physics.life import Exponential, Weibull
    >>> round(optimal_age(Weibull(2.0, 100.0), planned=1.0, failure=10.0), 4)
    33.6451
    >>> optimal_age(Exponential(100.0), planned=1.0, failure=10.0)
    inf
    """
    check_costs(planned=planned, failure=failure)
    if planned >= failure:
        return math.inf

    def cost(age: float) -> float:
        return age_cost_rate(life, planned=planned, failure=failure, age=age)

    match life:
        case Fixed():
            best = math.nextafter(life.value, 0.0)
        case Geometric() | NegativeBinomial() if life.slot != 1.0:
            slots = replace(life, slot=1.0)  # Whole numbers divide without rounding.
            return life.slot * optimal_age(slots, planned=planned, failure=failure)
        case Geometric() | NegativeBinomial():
            best = float(_best_slot(cost, round(quantiles(life)[-1])))
        case _:
            best = least(cost, between(quantiles(life)))
    waiting = run_to_failure_cost_rate(life, failure=failure)
    return best if cost(best) < waiting * (1.0 - NO_GAIN) else math.inf


def age_availability(life: Law, *, planned: float, failure: float, age: float) -> float:
    """Return the long-run share of time up when a unit is replaced at *age* or at failure.

    ``A(T) = U/(U + dp R(T) + df F(T))`` with ``U = int_0^T R``, the mean time up of a cycle:
    *planned* is dp, how long a replacement at *age* takes, *failure* is df, in the unit of the
    life. The age at which it is greatest is the `optimal_age` for durations as costs, since
    ``1/A - 1`` is the `age_cost_rate` of them.

    >>> from simtwin.physics.life import Weibull
    >>> life = Weibull(2.5, 1000.0)
    >>> round(age_availability(life, planned=2.0, failure=10.0, age=500.0), 6)
    0.993123
    """
    return 1.0 / (1.0 + age_cost_rate(life, planned=planned, failure=failure, age=age))


def check_costs(**costs: float) -> None:
    """Raise `OutOfRange` unless what a replacement takes is positive and finite."""
    for name, value in costs.items():
        if not 0.0 < value < math.inf:
            raise OutOfRange(
                f"upkeep: {name} must be positive and finite, got {value}; "
                "it is a cost, or a duration, of one replacement or repair"
            )


def between(ages: list[float]) -> list[float]:
    """Return *ages* with the middle of each pair, so that a bracket is narrow.

    >>> between([1.0, 3.0])
    [1.0, 2.0, 3.0]
    """
    return [ages[0], *(t for a, b in pairwise(ages) for t in (0.5 * (a + b), b))]


def _best_slot(cost: Callable[[float], float], most: int) -> int:
    """Return the best whole number up to *most*; *cost* falls to it and rises after it."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if cost(middle) <= cost(middle + 1):
            high = middle
        else:
            low = middle + 1
    return low
