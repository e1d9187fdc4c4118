"""This module holds the fit of a life law to observed lives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import Weibull

if TYPE_CHECKING:
    from collections.abc import Sequence


def fit_weibull(lives: Sequence[float]) -> Weibull:
    """Return the Weibull law of maximum likelihood for complete *lives*.

    The profile equation in the shape falls steadily, so it is bracketed and halved. Biased
    upwards in the shape for few lives. Source: Lieblein & Zelen 1956, J. Res. NBS 57, RP2719.

    >>> fit = fit_weibull([10.0, 20.0, 30.0])
    >>> round(fit.shape, 4), round(fit.scale, 4)
    (2.7386, 22.5859)
    """
    if len(lives) < 2 or min(lives) <= 0.0 or min(lives) == max(lives):
        raise OutOfRange(
            f"a fit needs two or more different positive lives, got {len(lives)} of them"
        )
    largest = max(lives)
    logs = [math.log(life / largest) for life in lives]
    mean_log = sum(logs) / len(logs)

    def excess(shape: float) -> float:
        powers = [math.exp(shape * log) for log in logs]
        pulled = sum(power * log for power, log in zip(powers, logs, strict=True))
        return 1.0 / shape + mean_log - pulled / sum(powers)

    low, high = 0.0, 1.0
    while excess(high) > 0.0:
        low, high = high, 2.0 * high
    while low < (middle := 0.5 * (low + high)) < high:
        if excess(middle) > 0.0:
            low = middle
        else:
            high = middle
    mean_power = sum(math.exp(high * log) for log in logs) / len(logs)
    return Weibull(high, largest * mean_power ** (1.0 / high))
