"""This module holds the health: what the life that parts have used up is worth.

Of a failure mode that costs something it is ``planned cost x age / T*``, T* the age at which
renewal is cheapest. Without it, whoever renews nothing before the end would always look best.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from simtwin.parts.failure import BY_TIME, FailureMode
from simtwin.physics.replacement import optimal_age
from simtwin.shop.present import CLOCKS, present

if TYPE_CHECKING:
    from simtwin.parts.failure import FailureSpec
    from simtwin.plant.model import StartState
    from simtwin.shop.machine import Machine
    from simtwin.shop.present import Present

CONSUMED = "consumed life"
"""Counter of a machine."""


def consumed(machine: Machine) -> float:
    """Return the worth of the life used up in *machine* now [money]; nothing moves."""
    modes = [part for part in machine.parts if isinstance(part, FailureMode)]
    priced = [mode for mode in modes if _best_age(mode.spec) < inf]
    if not priced:
        return 0.0
    shown = present(machine)
    return sum(
        worth(mode.spec, age_of(mode, shown))
        for mode in priced
        if not (mode.state.failed and mode.spec.renewal)  # Its renewal is paid as a failure.
    )


def consumed_at_start(machine: Machine, start: StartState) -> float:
    """Return the same at the start of the run, from the ages that were given [money]."""
    if not start.ages:
        return 0.0
    spec = machine.plan.spec
    return sum(
        worth(failure, start.ages.get((spec.name, failure.name), 0.0))
        for failure in spec.failures
    )


def age_of(mode: FailureMode, shown: Present) -> float:
    """Return the age of *mode* now, without moving the meters of its machine."""
    clock = mode.spec.clock
    if clock in BY_TIME:
        return mode.age
    return shown.clocks[CLOCKS.index(clock)] - mode.state.begun


def worth(spec: FailureSpec, age: float) -> float:
    """Return what the life is worth that has been used up at *age* [money]."""
    best = _best_age(spec)
    return 0.0 if best == inf else spec.planned_cost * min(1.0, age / best)


@lru_cache(maxsize=1024)
def _best_age(spec: FailureSpec) -> float:
    """Return the age at which renewal is cheapest; inf: never before it fails."""
    if spec.planned_cost <= 0.0 or spec.failure_cost <= spec.planned_cost:
        return inf
    return optimal_age(spec.life, planned=spec.planned_cost, failure=spec.failure_cost)
