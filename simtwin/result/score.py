"""This module holds the scores of predictions: how good probabilities and remaining lives were.

Formulae: STATISTICS 7. Known answers: ORACLES J11 and J13. A predictor that is scored on
futures of its own model must come out well; one whose wear is off by half must not (J18).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Brier:
    """The Brier score of probabilities and what it consists of, after Murphy.

    ``value = reliability - resolution + uncertainty`` where forecasts are grouped by their
    value; grouped in bins, the variation within a bin is left over.
    """

    value: float
    """Mean squared distance of forecast and event; 0 is perfect."""
    reliability: float
    """How far what was said is from what came; 0 is calibrated."""
    resolution: float
    """How far the groups of forecasts are apart in what came; more is better."""
    uncertainty: float
    """Variance of the events, which no forecast chose."""

    @property
    def skill(self) -> float:
        """1 - value/uncertainty: 0 is the base rate, 1 perfect; NaN where nothing varies."""
        return 1.0 - self.value / self.uncertainty if self.uncertainty > 0.0 else math.nan


def brier(
    forecasts: Sequence[float], events: Sequence[bool | int], *, bins: int | None = None
) -> Brier:
    """Return the Brier score of *forecasts* [-] of *events*, with Murphy's decomposition.

    Forecasts are grouped by their value, or into *bins* of equal width where they are many.
    Source: A. H. Murphy, "A new vector partition of the probability score", J. Appl. Meteorol.
    12, 1973, doi 10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2.

    >>> found = brier([0.5, 0.5, 1.0, 1.0], [0, 1, 1, 1])
    >>> found.value, found.reliability, found.resolution, found.uncertainty
    (0.125, 0.0, 0.0625, 0.1875)
    """
    n = _paired(forecasts, events)
    for place, forecast in enumerate(forecasts):
        if not 0.0 <= forecast <= 1.0:
            raise OutOfRange(f"forecast {place} must be a probability (got {forecast})")
    groups: defaultdict[float, list[tuple[float, bool]]] = defaultdict(list)
    for forecast, event in zip(forecasts, events, strict=True):
        key = forecast if bins is None else min(int(forecast * bins), bins - 1)
        groups[key].append((forecast, bool(event)))
    base = sum(map(bool, events)) / n
    reliability = resolution = 0.0
    for group in groups.values():
        count = len(group)
        said = math.fsum(forecast for forecast, _ in group) / count
        came = sum(event for _, event in group) / count
        reliability += count * (said - came) ** 2 / n
        resolution += count * (came - base) ** 2 / n
    value = math.fsum((p - bool(o)) ** 2 for p, o in zip(forecasts, events, strict=True)) / n
    return Brier(value, reliability, resolution, base * (1.0 - base))


def crps_normal(mean: float, sigma: float, seen: float) -> float:
    """Return the CRPS of a normal forecast for what was *seen*, in its unit; 0 is perfect.

    ``sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi))``. Source: T. Gneiting et al., Mon.
    Weather Rev. 133, 2005, doi 10.1175/MWR2904.1.

    >>> round(crps_normal(0.0, 1.0, 0.0), 8)
    0.23369498
    """
    if sigma <= 0.0:
        raise OutOfRange(f"sigma must be positive (got {sigma})")
    z = (seen - mean) / sigma
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return sigma * (z * math.erf(z / math.sqrt(2.0)) + 2.0 * density - 1.0 / math.sqrt(math.pi))


def crps(members: Sequence[float], seen: float, *, fair: bool = False) -> float:
    """Return the CRPS of an ensemble forecast for what was *seen*, in its unit.

    ``mean |x_i - y| - sum |x_i - x_j| / (2 m^2)``; *fair* divides by 2 m (m - 1), which judges
    the law behind the members and not how many there are. Source: C. A. T. Ferro, Q. J. R.
    Meteorol. Soc. 140, 2014, doi 10.1002/qj.2270.

    >>> round(crps([1.0, 2.0, 3.0], 2.0), 6), crps([1.0, 2.0, 3.0], 2.0, fair=True)
    (0.222222, 0.0)
    """
    m = len(members)
    if m < 1 + fair:
        raise InvalidInput(f"the ensemble needs at least {1 + fair} members (got {m})")
    ordered = sorted(members)
    off = math.fsum(abs(member - seen) for member in ordered) / m
    # The sum over all pairs: each gap has k members on one side and m - k on the other.
    spread = 2.0 * math.fsum(
        k * (m - k) * (b - a) for k, (a, b) in enumerate(pairwise(ordered), start=1)
    )
    return off - spread / (2.0 * m * (m - 1 if fair else m))


def rank(members: Sequence[float], seen: float, *, uniform: float = 0.5) -> int:
    """Return how many *members* lie below what was *seen*, 0 to m.

    Among members that are equal to it, the *uniform* number in [0, 1) chooses the place.

    >>> rank([1.0, 2.0, 4.0], 3.0), rank([5.0, 5.0, 5.0], 5.0, uniform=0.99)
    (2, 3)
    """
    below = sum(member < seen for member in members)
    equal = sum(member == seen for member in members)
    return below + int(uniform * (equal + 1))


def pit(members: Sequence[float], seen: float, *, uniform: float = 0.5) -> float:
    """Return where in the forecast the *seen* value lies [-], 0 to 1; uniform when right.

    The probability integral transform: of an ensemble the middle of its rank's place.

    >>> pit([1.0, 2.0, 4.0], 3.0)
    0.625
    """
    return (rank(members, seen, uniform=uniform) + 0.5) / (len(members) + 1)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts over equal places that a right forecast fills alike."""

    counts: tuple[int, ...]
    p: float
    """Probability of counts at least so uneven when the forecast is right (chi squared)."""


def histogram(places: Sequence[float], *, bins: int = 10) -> Histogram:
    """Return the histogram of PIT *places* [-] and how likely a right forecast is so uneven.

    A dome says the forecasts are too wide, a bowl too narrow, a slope biased. Five places a
    bin are the fewest that chi squared can judge. Of ranks 0 to m take m + 1 bins.

    >>> histogram([0.05, 0.15, 0.55, 0.65, 0.6] * 10, bins=2).counts
    (20, 30)
    """
    from scipy.special import gammaincc

    n = len(places)
    if bins < 2 or n < 5 * bins:
        raise InvalidInput(f"{bins} bins need at least {max(10, 5 * bins)} places (got {n})")
    counts = [0] * bins
    for place in places:
        if not 0.0 <= place <= 1.0:
            raise OutOfRange(f"a place must lie between 0 and 1 (got {place})")
        counts[min(int(place * bins), bins - 1)] += 1
    even = n / bins
    chi2 = math.fsum((count - even) ** 2 / even for count in counts)
    return Histogram(tuple(counts), float(gammaincc((bins - 1) / 2, chi2 / 2)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of *n* intervals held what came, and how many a right forecast would hold."""

    inside: int
    n: int
    nominal: float
    low: int
    high: int
    """Ends of the binomial band."""

    @property
    def share(self) -> float:
        """Share of the intervals that held what came [-]."""
        return self.inside / self.n

    @property
    def right(self) -> bool:
        """Whether the count lies in its binomial band."""
        return self.low <= self.inside <= self.high


def coverage(
    intervals: Sequence[tuple[float, float]],
    seen: Sequence[float],
    *,
    nominal: float = 0.9,
    confidence: float = 0.99,
) -> Coverage:
    """Return how many *intervals* held what was *seen*, beside the band of *nominal* ones.

    The band holds the count of a right forecast with at least *confidence*.

    >>> coverage([(0.0, 1.0)] * 100, [0.5] * 88 + [2.0] * 12)
    Coverage(inside=88, n=100, nominal=0.9, low=82, high=97)
    """
    from scipy.special import bdtr

    n = _paired(intervals, seen)
    if not 0.0 < nominal < 1.0:
        raise OutOfRange(f"nominal must lie between 0 and 1 (got {nominal})")
    inside = sum(
        low <= value <= high for (low, high), value in zip(intervals, seen, strict=True)
    )
    tail = (1.0 - confidence) / 2.0
    below = [float(bdtr(k, n, nominal)) for k in range(n + 1)]
    low = next(k for k in range(n + 1) if below[k] > tail)
    high = next((k for k in range(n + 1) if below[k] >= 1.0 - tail), n)
    return Coverage(inside, n, nominal, low, high)


def alpha_lambda(
    forecasts: Sequence[Sequence[float]],
    seen: Sequence[float],
    *,
    alpha: float = 0.2,
    beta: float = 0.5,
) -> float:
    """Return the share of *forecasts* of remaining life that are accurate (alpha-lambda) [-].

    A forecast, an ensemble made at the same stage lambda of each life, is accurate when at
    least *beta* of its members lie within ``1 +- alpha`` times the life that was *seen*.
    Source: A. Saxena et al., "Metrics for offline evaluation of prognostic performance",
    Int. J. Progn. Health Manag. 1, 2010, doi 10.36001/ijphm.2010.v1i1.1336.

    >>> alpha_lambda([[90.0, 110.0, 150.0], [40.0, 50.0, 60.0]], [100.0, 100.0])
    0.5
    """
    n = _paired(forecasts, seen)
    if not 0.0 < alpha < 1.0 or not 0.0 < beta <= 1.0:
        raise OutOfRange(f"alpha and beta must lie in (0, 1) (got {alpha} and {beta})")
    accurate = 0
    for members, life in zip(forecasts, seen, strict=True):
        close = sum(abs(member - life) <= alpha * life for member in members)
        accurate += close >= beta * len(members) and close > 0
    return accurate / n


def _paired(first: Sequence[object], second: Sequence[object]) -> int:
    """Return the length that both must have, at least one."""
    if len(first) != len(second) or not first:
        raise InvalidInput(
            f"forecasts and events must come in pairs (got {len(first)} and {len(second)})"
        )
    return len(first)
