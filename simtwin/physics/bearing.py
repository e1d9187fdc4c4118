"""This module holds bearing fatigue: rated life, modified life, damage and equivalent load.

ISO 281 and Palmgren-Miner (PHYSICS 6). Friction, oil and strength stand beside it in this room
and are taken along, so that a bearing needs one import.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from simtwin.errors import OutOfRange
from simtwin.physics.friction import (
    RPM,
    SkfConstants,
    friction_heat,
    friction_slope,
    friction_terms,
    skf_friction,
)
from simtwin.physics.oil import Oil
from simtwin.physics.quadrature import integrate
from simtwin.physics.strength import (
    life_factor_a1,
    series_mean,
    series_quantile,
    series_survival,
    strength,
    strength_conditional,
    strength_hazard,
    strength_survival,
    system_life,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.physics.mode import Trajectory

__all__ = [
    "Kind",
    "Oil",
    "SkfConstants",
    "a_iso",
    "bearing_reactions",
    "contamination",
    "damage_rate",
    "duty_integral",
    "duty_life",
    "equivalent_load",
    "friction_heat",
    "friction_slope",
    "friction_terms",
    "l10_revolutions",
    "l10_time",
    "life_factor_a1",
    "mean_load",
    "oiled_damage",
    "reference_viscosity",
    "series_mean",
    "series_quantile",
    "series_survival",
    "skf_friction",
    "strength",
    "strength_conditional",
    "strength_hazard",
    "strength_survival",
    "system_life",
    "viscosity_ratio",
]

Kind = Literal["ball", "roller"]
Cleanliness = Literal["high", "normal", "slight", "severe", "very severe"]

A_ISO_CAP = 50.0
KAPPA_CAP = 4.0
KAPPA_LEAST = 0.1
"""The formula holds from here up; thinner films are held here (assumption)."""
_MILLION = 1e6
_CONTAMINATION = {
    "high": (0.0864, 0.6796),
    "normal": (0.0432, 1.141),
    "slight": (0.0177, 1.887),
    "severe": (0.0115, 2.662),
    "very severe": (0.00617, 4.06),
}


def l10_revolutions(rating: float, load: float, exponent: float = 3.0) -> float:
    """Return the life [revolutions] that 90 % of bearings reach: ``1e6 (C/P)^p``.

    *rating* C and equivalent *load* P in the same unit; *exponent* 3 for balls, 10/3 for
    rollers. Source: ISO 281:2007, 5.

    >>> l10_revolutions(20e3, 5e3)
    64000000.0
    """
    if not (rating > 0.0 and load > 0.0):
        raise OutOfRange(f"rating and load must be positive, got {rating} and {load} N")
    return _MILLION * float((rating / load) ** exponent)


def l10_time(speed: float, load: float, rating: float, exponent: float = 3.0) -> float:
    """Return the life [s] that 90 % of bearings reach at *speed* [rad/s].

    >>> round(l10_time(6000 / RPM, 5e3, 20e3) / 3600.0, 4)
    177.7778
    """
    return 1.0 / damage_rate(speed, load, rating, exponent)


def damage_rate(
    speed: float, load: float, rating: float, exponent: float = 3.0, a_iso: float = 1.0
) -> float:
    """Return the share of the rated life that a second at *speed* [rad/s] takes [1/s].

    ``dD/dt = n/(60e6 L10 aISO)`` after Palmgren and Miner; 1 is one nominal life.

    >>> damage_rate(0.0, 5e3, 20e3)
    0.0
    """
    life = l10_revolutions(rating, load, exponent) * a_iso
    return speed / (2.0 * math.pi * life)


def reference_viscosity(speed: float, mean_diameter: float) -> float:
    """Return nu1 [m2/s], what the oil needs at *speed* [rad/s] and *mean_diameter* [m].

    Source: ISO 281:2007, 9.3.3.1 (formula; SKF's diagram reads lower).

    >>> round(reference_viscosity(3000 / RPM, 0.0725) * 1e6, 3)
    9.649
    """
    if not (speed > 0.0 and mean_diameter > 0.0):
        raise OutOfRange(
            f"speed and diameter must be positive, got {speed} rad/s, {mean_diameter} m"
        )
    n, dm = speed * RPM, mean_diameter * 1e3
    factor = 45000.0 * float(n**-0.83) if n < 1000.0 else 4500.0 / math.sqrt(n)
    return factor / math.sqrt(dm) * 1e-6


def viscosity_ratio(viscosity: float, speed: float, mean_diameter: float) -> float:
    """Return kappa, the *viscosity* [m2/s] over what the bearing needs.

    >>> round(viscosity_ratio(20e-6, 3000 / RPM, 0.0725), 4)
    2.0728
    """
    return viscosity / reference_viscosity(speed, mean_diameter)


def a_iso(ratio: float, kappa: float, kind: Kind) -> float:
    """Return the life modification factor of ISO 281, from .1 to 50.

    *ratio* is eC Cu/P, *kappa* the viscosity ratio, held within .1 and 4. Continuous at kappa
    .4 and 1, with a kink there. Source: ISO 281:2007, eq. 31 to 36.

    >>> round(a_iso(0.1072, 2.0728, "ball"), 2), a_iso(0.5, 4.0, "ball")
    (4.82, 50.0)
    """
    kappa = min(max(kappa, KAPPA_LEAST), KAPPA_CAP)
    if kind == "ball":
        outer, cut, power, end = 2.5671, ratio ** (1.0 / 3.0), 0.83, -9.3
        low, middle = 2.2649, 1.9987
    else:
        outer, cut, power, end = 1.5859, ratio**0.4, 1.0, -9.185
        low, middle = 1.3993, 1.2348
    if kappa < 0.4:
        film = outer - low * kappa**-0.054381
    elif kappa < 1.0:
        film = outer - middle * kappa**-0.19087
    else:
        film = outer - middle * kappa**-0.071739
    bracket = 1.0 - max(0.0, film) ** power * cut  # At kappa .1 the film is 0 to 4 digits.
    if bracket <= 0.0:
        return A_ISO_CAP
    return min(A_ISO_CAP, 0.1 * float(bracket**end))


def contamination(kappa: float, mean_diameter: float, cleanliness: Cleanliness) -> float:
    """Return eC of a greased bearing: ``min(1, c1 kappa^.68 D^.55)(1 - c2/D^(1/3))``, D in mm.

    Source: ISO 281:2007, annex A, grease lubrication.

    >>> round(contamination(1.5, 0.09, "normal"), 3)
    0.504
    """
    c1, c2 = _CONTAMINATION[cleanliness]
    d = mean_diameter * 1e3
    clean = min(1.0, c1 * float(kappa**0.68 * d**0.55))
    return max(0.0, clean * (1.0 - c2 / math.cbrt(d)))


def equivalent_load(
    radial: float, axial: float, *, e: float, x: float, y: float, y1: float = 0.0
) -> float:
    """Return the equivalent load P [N] of a *radial* and an *axial* one.

    ``Fr + y1 Fa`` up to ``Fa/Fr = e``, else ``x Fr + y Fa``. A single row has *y1* 0.
    Source: ISO 281:2007, 6; factors from the catalogue.

    >>> round(equivalent_load(2000.0, 3000.0, e=1.14, x=0.35, y=0.57), 9)
    2410.0
    """
    if axial <= e * radial:
        return radial + y1 * axial
    return x * radial + y * axial


def bearing_reactions(force: float, *, overhang: float, span: float) -> tuple[float, float]:
    """Return what front and rear bearing carry [N] of a *force* across the spindle nose.

    Statics, *overhang* and *span* [m] from the front bearing; the rear one is pulled back.

    >>> bearing_reactions(100.0, overhang=0.1, span=0.4)
    (125.0, -25.0)
    """
    if not span > 0.0:
        raise OutOfRange(f"span must be positive, got {span} m")
    return force * (1.0 + overhang / span), -force * overhang / span


def duty_life(
    stretches: Sequence[tuple[float, float, float]], rating: float, exponent: float = 3.0
) -> float:
    """Return the L10 [s] under stretches ``(share of time, speed, load)``: ``1/sum(q/L)``.

    >>> round(duty_life([(0.5, 300.0, 1e3), (0.5, 300.0, 1e3)], 1e4) * 300 / math.tau)
    1000000000
    """
    return 1.0 / sum(
        share * damage_rate(speed, load, rating, exponent) for share, speed, load in stretches
    )


def mean_load(
    stretches: Sequence[tuple[float, float, float]], exponent: float = 3.0
) -> tuple[float, float]:
    """Return the mean speed [rad/s] and load [N] that do the damage of the stretches.

    Equal to `duty_life` as long as aISO is the same in all of them.

    >>> mean_load([(0.5, 100.0, 2000.0), (0.5, 100.0, 2000.0)])
    (100.0, 2000.0)
    """
    mean_speed = sum(share * speed for share, speed, _ in stretches)
    cubes = sum(share * speed * (load / 1e3) ** exponent for share, speed, load in stretches)
    return mean_speed, float((cubes / mean_speed) ** (1.0 / exponent)) * 1e3


def duty_integral(
    rate: float, per_wear: float, exponent: float, k0: float, slope: float, dt: float
) -> float:
    """Return ``int rate (1 + c k)^p dt`` over *dt* [s] with ``k = k0 + slope t``, exactly.

    *per_wear* c is how the equivalent load grows with the wear multiplier k, *exponent* p is 3
    or 10/3. Free of cancellation, so that a hold may be cut into any pieces.

    >>> round(duty_integral(1e-9, 0.5, 3.0, 0.0, 0.01, 200.0) * 1e9, 9)
    750.0
    """
    start = 1.0 + per_wear * k0
    rise = per_wear * slope * dt
    if exponent == 3.0:
        end = start + rise
        return 0.25 * rate * dt * (start + end) * (start * start + end * end)
    growth = math.log1p(rise / start)
    if growth == 0.0:
        return rate * dt * float(start**exponent)
    above = exponent + 1.0
    mean = math.expm1(above * growth) / (above * math.expm1(growth))
    return rate * dt * float(start**exponent) * mean


def oiled_damage(
    trajectory: Trajectory,
    node: int,
    duration: float,
    *,
    oil: Oil,
    speed: float,
    mean_diameter: float,
    ratio: float,
    kind: Kind,
    rate: float,
    wear: tuple[float, float, float, float] = (0.0, 3.0, 0.0, 0.0),
) -> float:
    """Return the damage over *duration* [s] while the oil follows the node's temperature.

    ``int rate (1 + c k)^p / aISO(kappa(T(t))) dt`` with *rate* at aISO = 1 [1/s] and *wear*
    ``(c, p, k0, slope of k)``. Split where aISO has a kink, Gauss on each piece (PHYSICS 6.3).
    """
    needed = reference_viscosity(speed, mean_diameter)

    def pace(temperature: float) -> float:
        return 1.0 / a_iso(ratio, oil.viscosity(temperature) / needed, kind)

    per_wear, exponent, k0, slope = wear

    def load(t: float) -> float:
        return float((1.0 + per_wear * (k0 + slope * t)) ** exponent)

    moving = per_wear != 0.0 and (k0 != 0.0 or slope != 0.0)
    return rate * integrate(
        trajectory.curve(node),
        duration,
        pace,
        kinks=kink_temperatures(oil, needed, ratio, kind),
        weight=load if moving else None,
    )


@lru_cache(maxsize=1024)
def kink_temperatures(oil: Oil, needed: float, ratio: float, kind: Kind) -> tuple[float, ...]:
    """Return the temperatures [degC] at which aISO has a kink: kappa .1, .4, 1, 4, and its cap.

    *needed* is nu1 [m2/s].

    >>> kinks = kink_temperatures(Oil(68.0, 8.7), 13.6e-6, 0.35, "ball")
    >>> [round(kink, 1) for kink in kinks]
    [236.7, 122.3, 82.7, 44.7, 66.3]
    """
    kappas = [KAPPA_LEAST, 0.4, 1.0, KAPPA_CAP]
    full = _full_kappa(ratio, kind)
    if full is not None:
        kappas.append(full)
    return tuple(
        oil.temperature(kappa * needed) for kappa in kappas if kappa * needed > 0.31e-6
    )


def _full_kappa(ratio: float, kind: Kind) -> float | None:
    """Return the kappa at which aISO reaches its cap, or None when it never does."""
    if a_iso(ratio, KAPPA_CAP, kind) < A_ISO_CAP:
        return None
    low, high = KAPPA_LEAST, KAPPA_CAP
    while low < (middle := 0.5 * (low + high)) < high:
        if a_iso(ratio, middle, kind) < A_ISO_CAP:
            low = middle
        else:
            high = middle
    return high
