"""This module holds the control variates: known means take their noise off other figures.

Source: S. S. Lavenberg & P. D. Welch, "A Perspective on the Use of Control Variables to
Increase the Efficiency of Monte Carlo Simulations", Management Science 27, 1981,
doi 10.1287/mnsc.27.3.322; Law & Kelton, "Simulation Modeling and Analysis", 11.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from simtwin.errors import InvalidInput
from simtwin.result.estimate import Estimate, t_quantile


class Controlled(NamedTuple):
    """A mean and its standard error."""

    estimate: Estimate
    error: float
    """Standard error of the mean."""


def controlled(
    values: Sequence[float],
    controls: Sequence[Sequence[float]] = (),
    means: Sequence[float] = (),
) -> Controlled:
    """Return the mean of *values*, less what *controls* explain of their noise.

    *controls* are other figures of the same replications, with known *means*. The estimate is
    the value of the regression line of values on controls where the controls are at their
    means. Its error grows with how far they were off, so that runs with wrong inputs give a
    wide interval and no false agreement. Without controls it is the plain mean with its t
    interval. Nearly normal values are taken for granted.

    >>> controlled([4.1, 5.3, 3.8, 6.0, 4.9]).estimate
    Estimate(4.8 [3.7, 5.9], n=5, mean, t 95 %)
    >>> found = controlled([1.0, 2.1, 2.9, 4.0], [[10.0, 20.0, 30.0, 40.0]], [20.0])
    >>> found.estimate
    Estimate(2.01 [1.79, 2.23], n=4, mean, t 95 %, 1 control variate)
    """
    seen = np.asarray(values, float)
    n, q = len(seen), len(controls)
    if n - 1 - q < 1:
        raise InvalidInput(f"{q} control variates need at least {q + 2} replications (got {n})")
    design = np.ones((n, 1 + q))
    for column, (control, mean) in enumerate(zip(controls, means, strict=True), start=1):
        design[:, column] = np.asarray(control, float) - mean
    solved, _, rank, _ = np.linalg.lstsq(design, seen, rcond=None)
    rest = seen - design @ solved
    degrees = n - int(rank)
    leverage = float(np.linalg.pinv(design.T @ design)[0, 0])
    error = sqrt(max(0.0, float(rest @ rest)) / degrees * leverage)
    value = float(solved[0]) if q else float(seen.mean())
    half = t_quantile(0.975, degrees) * error
    words = f", {q} control variate{'s' if q > 1 else ''}" if q else ""
    estimate = Estimate(value, value - half, value + half, n, f"mean, t 95 %{words}")
    return Controlled(estimate, error)
