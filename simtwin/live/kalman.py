"""This module holds the Kalman filter: predict, innovate, gate, correct; nothing else.

A measurement never overwrites a prediction: it is compared with it first, and what is left is
the innovation, on which everything that watches the twin stands (TELEMETRY 6).
Source: Bar-Shalom, Li & Kirubarajan, Estimation with Applications to Tracking and Navigation,
2001, 5.2 and 5.4 (NIS); Joseph form: Bucy & Joseph 1968.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simtwin.live.thermal import Step

    Array = NDArray[np.float64]

GATE = 10.827566170662733
"""chi2(1; .999): a normalised square above is not used (TELEMETRY 6)."""


class Belief(NamedTuple):
    """What is believed of a state: mean and covariance; never changed in place."""

    mean: Array
    covariance: Array

    def deviation(self, index: int) -> float:
        """Return the standard deviation of one component."""
        return math.sqrt(max(0.0, float(self.covariance[index, index])))

    def values(self) -> tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]:
        """Return mean and covariance as plain values, to be compared or written."""
        return tuple(self.mean.tolist()), tuple(map(tuple, self.covariance.tolist()))


class Innovation(NamedTuple):
    """One measurement against its prediction, before any correction."""

    place: int
    """Which component of the state is measured."""
    measured: float
    predicted: float
    variance: float
    """S, of the difference."""
    noise: float
    """R, of the measurement alone."""

    @property
    def difference(self) -> float:
        """Return nu, measured less predicted."""
        return self.measured - self.predicted

    @property
    def normalised(self) -> float:
        """Return nu/sqrt(S): standard normal where the model is right."""
        return self.difference / math.sqrt(self.variance)

    @property
    def square(self) -> float:
        """Return the normalised square NIS, chi2 with one degree of freedom."""
        return self.difference * self.difference / self.variance

    @property
    def gated(self) -> bool:
        """Whether it is too far off to be used."""
        return self.square > GATE

    @property
    def log_likelihood(self) -> float:
        """Return the log density of the measurement under its prediction."""
        return -0.5 * (self.square + math.log(2.0 * math.pi * self.variance))


def predicted(belief: Belief, step: Step) -> Belief:
    """Return what is believed after *step*: nothing is measured, the spread grows."""
    transition = step.transition
    covariance = transition @ belief.covariance @ transition.T + step.noise
    return Belief(transition @ belief.mean + step.drive, _symmetric(covariance))


def innovation(belief: Belief, place: int, measured: float, noise: float) -> Innovation:
    """Return how *measured*, with variance *noise*, differs from component *place*.

    >>> told = innovation(Belief(np.array([20.0]), np.array([[3.0]])), 0, 24.0, 1.0)
    >>> told.difference, told.variance, told.square, told.gated
    (4.0, 4.0, 4.0, False)
    """
    mean, variance = float(belief.mean[place]), float(belief.covariance[place, place])
    return Innovation(place, measured, mean, variance + noise, noise)


def corrected(belief: Belief, found: Innovation) -> Belief:
    """Return what is believed once the measurement is used; Joseph form, kept symmetric.

    >>> before = Belief(np.array([20.0]), np.array([[3.0]]))
    >>> after = corrected(before, innovation(before, 0, 24.0, 1.0))
    >>> float(after.mean[0]), float(after.covariance[0, 0])
    (23.0, 0.75)
    """
    gain = belief.covariance[:, found.place] / found.variance
    keep = np.eye(len(gain))
    keep[:, found.place] -= gain
    covariance = keep @ belief.covariance @ keep.T + found.noise * (gain[:, None] * gain)
    return Belief(belief.mean + gain * found.difference, _symmetric(covariance))


def widened(belief: Belief, deviations: Array) -> Belief:
    """Return *belief* with independent *deviations* added to its spread."""
    return Belief(belief.mean, belief.covariance + np.diag(deviations * deviations))


def _symmetric(matrix: Array) -> Array:
    return 0.5 * (matrix + matrix.T)
