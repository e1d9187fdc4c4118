"""This module holds the compensated probability: hazards met, instead of failures counted.

The hazard A that a part has met until it strikes or the window ends has the same mean as the
indicator I of the strike (Doob-Meyer), so that ``I - c (I - A)`` is unbiased for every c that
does not hang on its own future. With ``c = m/(e^m - 1)``, m the hazard of the window as the
others tell it, the luck of the strike itself nearly cancels: what is left is how paths differ.
Where a strike is likely, counting knows as much, and strikes are counted. Source: STATISTICS 3;
P. Bremaud, Point Processes and Queues, 1981, ch. 2 (compensators); conditional Monte Carlo as
in Asmussen & Glynn, Stochastic Simulation, 2007, ch. V.4.
"""

from __future__ import annotations

from dataclasses import replace
from math import expm1, log1p, sqrt
from typing import TYPE_CHECKING

from simtwin.result.estimate import (
    CONDITIONAL,
    CONFIDENCE,
    Estimate,
    at_most,
    mean,
    percent,
    probability,
    t_quantile,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTED = 0.7
"""Probability from which on strikes are counted: hazards would hardly tell more."""

_SMALL = 1e-3
"""Hazard below which the luck is taken from its series."""


def weight(met: float) -> float:
    """Return c where the mean hazard *met* until the strike is so much [-].

    >>> weight(0.0), round(weight(0.001), 5), round(weight(0.5), 4)
    (1.0, 0.9995, 0.6931)
    """
    if met <= 0.0:
        return 1.0
    hazard = -log1p(-min(met, 0.999))
    return hazard / expm1(hazard)


def weights(struck: Sequence[bool], met: Sequence[float]) -> list[float]:
    """Return c of each future, from what the others tell; 0 where strikes are counted.

    >>> [round(c, 4) for c in weights([False, False], [0.0, 0.001])]
    [0.9995, 1.0]
    >>> weights([True, True], [1.0, 1.0])
    [0.0, 0.0]
    """
    n, strikes, total = len(struck), sum(map(bool, struck)), sum(met)
    if n < 2 or max(strikes, total) >= COUNTED * n:
        return [0.0] * n
    found = []
    for own, hazard in zip(struck, met, strict=True):
        others = max(0.0, (total - hazard) / (n - 1))
        # Where many strike, their count tells the hazard better than its mean does.
        likely = (strikes - own + 0.5) / n if others >= 0.5 else others
        found.append(weight(likely))
    return found


def values(
    struck: Sequence[bool], met: Sequence[float], shares: Sequence[float] | None = None
) -> list[float]:
    """Return what each future says of the probability; *shares* are c where they are given."""
    chosen = weights(struck, met) if shares is None else shares
    return [float(i) - c * (float(i) - a) for i, a, c in zip(struck, met, chosen, strict=True)]


def compensated(
    struck: Sequence[bool],
    met: Sequence[float],
    *,
    shares: Sequence[float] | None = None,
    open_to_chance: bool = False,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Return the probability [-] of a strike from whether it *struck* and the hazard *met*.

    *shares* are c of each future where they are given: causes that compete take those of their
    sum, and add up. Where something strikes without a hazard and is *open to chance* (whether
    its end comes in time hangs on the path), futures in which none strike are a count too.

    >>> compensated([False, False, False], [1e-4, 1.1e-4, 1.2e-4])
    Estimate(0.0110 % [0.0085, 0.0135], n=3, share, conditional, t 95 %)
    >>> compensated([True, False, True, True], [1.0, 0.0, 1.0, 1.0])
    Estimate(75 % [30, 95], n=4, share, Wilson 95 %)
    """
    n = len(struck)
    chosen = weights(struck, met) if shares is None else shares
    if not any(chosen):
        return probability(sum(map(bool, struck)), n, confidence=confidence)
    found = mean(values(struck, met, chosen), confidence=confidence, within=(0.0, 1.0))
    unseen = at_most(0, n, confidence=confidence) if open_to_chance else 0.0
    # Futures that are alike and in which nothing has struck yet do not show the luck left.
    half = t_quantile((1.0 + confidence) / 2.0, n - 1) * sqrt(luck(sum(met) / n) / n)
    return replace(
        found,
        low=max(0.0, min(found.low, found.value - half)),
        high=min(1.0, max(found.high, found.value + half, 0.0 if any(struck) else unseen)),
        method=f"{CONDITIONAL}, t {percent(confidence)}",
    )


def luck(met: float) -> float:
    """Return the variance that one future keeps where all have the same hazard [-].

    ``p (1 - p) - (m e^-m)^2/p`` with ``p = 1 - e^-m``, about m^3/12; counting has p (1 - p).

    >>> round(luck(0.01) / 0.01**3, 4)
    0.0833
    """
    if not 0.0 < met < 1.0:
        return 0.0
    m = -log1p(-met)
    if m < _SMALL:
        return m**3 / 12.0
    return met * (1.0 - met) - (m * (1.0 - met)) ** 2 / met
