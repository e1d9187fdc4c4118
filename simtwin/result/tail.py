"""This module holds the tail: what the worst runs cost, and means of skewed costs.

No law is assumed, and no formula gives the interval: it comes from resampling the runs that
there are (STATISTICS 2). The resamples are drawn from a generator of their own, so the same
runs give the same interval. Source: B. Efron, J. Am. Stat. Assoc. 82, 1987,
doi 10.1080/01621459.1987.10478410.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.result.estimate import CONFIDENCE, Estimate, check_sample, percent

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST = 10
"""Runs in the tail, and runs of a skewed mean, below which resampling knows too little."""

RESAMPLES = 2000
_BATCH = 200
"""Resamples held in memory at a time."""


def cvar(
    values: Sequence[float], alpha: float = 0.9, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the mean of the worst 1 - *alpha* of *values*, the largest: CVaR.

    Where that is no whole number of runs, the last one counts in part. Source: Rockafellar &
    Uryasev, J. Banking & Finance 26, 2002, doi 10.1016/S0378-4266(02)00271-6.

    Raises InvalidInput where fewer than 10 runs lie in the tail.

    >>> cvar(range(1, 101)).value
    95.5
    """
    check_sample(values)
    if not 0.0 < alpha < 1.0:
        raise OutOfRange(f"alpha must lie between 0 and 1 (got {alpha})")
    tail = len(values) * (1.0 - alpha)
    if tail < FEWEST - 1e-9:
        needed = math.ceil(FEWEST / (1.0 - alpha) - 1e-9)
        raise InvalidInput(
            f"CVaR {percent(alpha)} needs at least {FEWEST} runs in the tail: {needed} "
            f"replications (got {len(values)})"
        )

    def worst(sample: Any, axis: int) -> Any:
        import numpy as np

        return np.sort(sample, axis=axis) @ _weights(len(values), tail)

    return _resampled(
        values, worst, "percentile", f"CVaR {percent(alpha)}, bootstrap {percent(confidence)}",
        confidence,
    )  # fmt: skip


def skewed_mean(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean of *values* with its BCa bootstrap interval, for skewed costs.

    The interval leans to the side of the long tail, where Student's t is symmetric.

    >>> found = skewed_mean([2.0**k for k in range(10)])
    >>> found.high - found.value > found.value - found.low
    True
    """
    check_sample(values)
    if len(values) < FEWEST:
        raise InvalidInput(f"resampling needs at least {FEWEST} runs (got {len(values)})")

    def mean(sample: Any, axis: int) -> Any:
        return sample.mean(axis=axis)

    return _resampled(values, mean, "BCa", f"mean, BCa {percent(confidence)}", confidence)


def _weights(n: int, tail: float) -> Any:
    """Return the weight of each order statistic in the mean of the *tail* largest of *n*."""
    import numpy as np

    places = np.arange(n, 0, -1)  # the largest is the first
    return np.clip(tail - places + 1.0, 0.0, 1.0) / tail


def _resampled(
    values: Sequence[float],
    statistic: Callable[[Any, int], Any],
    method: Literal["percentile", "BCa"],
    text: str,
    confidence: float,
) -> Estimate:
    import numpy as np
    from numpy.random import Generator, Philox, SeedSequence
    from scipy.stats import bootstrap

    sample = np.asarray(values, dtype=np.float64)
    value = float(statistic(sample, -1))
    if sample.min() == sample.max():  # Nothing to resample.
        return Estimate(value, value, value, len(sample), text)
    found = bootstrap(
        (sample,),
        statistic,
        n_resamples=RESAMPLES,
        batch=_BATCH,
        vectorized=True,
        confidence_level=confidence,
        method=method,
        random_state=Generator(Philox(SeedSequence(len(sample)))),
    )
    low, high = map(float, found.confidence_interval)
    return Estimate(value, min(low, value), max(high, value), len(sample), text)
