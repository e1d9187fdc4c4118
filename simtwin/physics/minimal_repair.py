"""This module holds minimal repair with renewal at fixed times, alone and in a group.

A failure is repaired so that the unit works again but is as old as before; failures then come
as a Poisson process whose mean count is the cumulative hazard. Source: R. E. Barlow, L. C.
Hunter, Operations Research 8, 1960, 90-100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import Weibull
from simtwin.physics.replacement import check_costs
from simtwin.physics.root import root

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Task:
    """A renewal that is planned, and the minimal repairs between.

    >>> Task(Weibull(2.0, 100.0), planned=4.0, repair=1.0).failures(200.0)
    4.0
    """

    life: Weibull
    planned: float
    """Cost of the renewal, without what is shared."""
    repair: float
    """Cost of a minimal repair."""

    def __post_init__(self) -> None:
        check_costs(planned=self.planned, repair=self.repair)

    def failures(self, period: float) -> float:
        """Return the mean number of failures in a *period*: ``(T/eta)^beta``."""
        return self.life.hazard(0.0, period)


def minimal_cost_rate(tasks: Sequence[Task], *, period: float, setup: float = 0.0) -> float:
    """Return the long-run cost per unit of time when all *tasks* are done every *period*.

    ``(S + sum (cp + cm (T/eta)^beta)) / T``: *setup* is S, paid once for the whole group each
    time. Failures do not stop the clock.
    Source: R. E. Wildeman, R. Dekker, A. C. J. M. Smit, European Journal of Operational
    Research 99, 1997, 530-551, its cost form.

    >>> minimal_cost_rate([Task(Weibull(2.0, 100.0), 4.0, 1.0)], period=200.0)
    0.04
    """
    _check(tasks, setup)
    if not 0.0 < period < math.inf:
        raise OutOfRange(f"minimal repair: period must be positive and finite, got {period}")
    spent = sum(task.planned + task.repair * task.failures(period) for task in tasks)
    return (setup + spent) / period


def optimal_period(tasks: Sequence[Task], *, setup: float = 0.0) -> float:
    """Return the period at which `minimal_cost_rate` is least, infinite if no shape is above 1.

    The root of ``sum cm (beta - 1) (T/eta)^beta = S + sum cp``; of one task
    ``T = eta ((cp + S)/(cm (beta - 1)))^(1/beta)``.

    >>> optimal_period([Task(Weibull(2.0, 100.0), 4.0, 1.0)])
    200.0
    """
    _check(tasks, setup)
    fixed = setup + sum(task.planned for task in tasks)
    if all(task.life.shape <= 1.0 for task in tasks):
        return math.inf
    if len(tasks) == 1:
        (task,) = tasks
        shape = task.life.shape
        return task.life.scale * float((fixed / (task.repair * (shape - 1.0))) ** (1.0 / shape))
    alone = min(optimal_period([task], setup=setup) for task in tasks)

    def rise(period: float) -> float:
        # Powers above 1 rise, those below fall: the sign changes once (Descartes).
        return -fixed + sum(
            task.repair * (task.life.shape - 1.0) * task.failures(period) for task in tasks
        )

    return root(rise, alone)


def _check(tasks: Sequence[Task], setup: float) -> None:
    if not tasks:
        raise OutOfRange("minimal repair: a group needs at least one task, got none")
    if not 0.0 <= setup < math.inf:
        raise OutOfRange(f"minimal repair: setup must be >= 0 and finite, got {setup}")
