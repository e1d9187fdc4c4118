"""This module holds hazards: covariates, temperature, competing causes (PHYSICS 9.2, 9.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.physics.life import Law

BOLTZMANN = 8.617333262e-5
"""[eV/K], CODATA 2018."""
KELVIN = 273.15


def proportional_hazard(life: Law, stretches: Iterable[tuple[float, float, float]]) -> float:
    """Return the cumulative hazard over stretches ``(age, age, sum of g z)`` after Cox.

    ``h(t, z) = h0(t) exp(sum g z)`` with the covariates z constant over each stretch: the
    Weibull proportional hazards of Jardine when *life* is a Weibull.
    Source: D. R. Cox, J. R. Stat. Soc. B 34, 1972; A. K. S. Jardine et al., 1987.

    >>> from simtwin.physics.life import Exponential
    >>> round(proportional_hazard(Exponential(100.0), [(0.0, 10.0, math.log(2.0))]), 12)
    0.2
    """
    return sum(life.hazard(t0, t1) * math.exp(pull) for t0, t1, pull in stretches)


def arrhenius(energy: float, reference: float, temperature: float) -> float:
    """Return how much faster a process runs at *temperature* than at *reference* [degC].

    *energy* is the activation energy Ea [eV]: ``exp(Ea/k (1/T1 - 1/T2))``, T in K. For
    electronics and grease; one mechanism, well below its own limits.

    >>> arrhenius(0.7, 40.0, 40.0), round(arrhenius(0.7, 40.0, 50.0), 3)
    (1.0, 2.232)
    """
    if min(reference, temperature) <= -KELVIN:
        raise OutOfRange(
            f"temperatures must be above -273.15 degC, got {reference} and {temperature}"
        )
    return math.exp(
        energy / BOLTZMANN * (1.0 / (reference + KELVIN) - 1.0 / (temperature + KELVIN))
    )


def failure_probability(hazards: Iterable[float]) -> float:
    """Return the probability that some cause strikes: ``1 - exp(-sum H)``.

    *hazards* are the cumulative hazards of independent competing causes over the horizon; an
    infinite one is a certain failure. Source: PHYSICS 9.3.

    >>> round(failure_probability([24 / 2000, 24 / 4000, 24 / 1600]), 6)
    0.032461
    """
    return -math.expm1(-sum(hazards))


def availability(up: float, down: float) -> float:
    """Return the long-run share of time up, from the mean time up and the mean time down.

    >>> round(availability(800.0, 6.0), 6)
    0.992556
    """
    if up < 0.0 or down < 0.0 or up + down <= 0.0:
        raise OutOfRange(f"mean times must be >= 0 and not both 0, got {up} and {down}")
    return up / (up + down)
