"""This module holds the life of a whole spindle: the first of four parts that gives out.

Bearings in series, winding insulation, clamping unit, shocks (PHYSICS 6.6). Each gathers a
damage and has a strength drawn once per life; the bearings' laws stand in their own modules.
Vendors name contamination and crashes before fatigue: clamping and shocks are assumptions,
meant to be calibrated from repair records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.life import Fixed, Lognormal, Weibull
from simtwin.physics.quadrature import integrate
from simtwin.physics.strength import Spall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.physics.curve import Curve
    from simtwin.physics.survival import Survival

BEARING_STRENGTH = Spall()
"""Of each bearing, over its damage (PHYSICS 6.4)."""
WINDING_STRENGTH = Lognormal(1.0, 0.5)
"""Damage at which the insulation breaks down (A)."""
CLAMPING_LIFE = Weibull(2.0, 1e6)
"""Tool changes that disc springs, collet and drawbar stand (A)."""
SHOCK_STRENGTH = Fixed(1.0)
SHOCKS: Mapping[str, float] = {
    "stall": 0.002,
    "overload": 0.002,
    "tool breakage": 0.01,
    "light crash": 0.10,
    "heavy crash": 0.50,
}
"""Damage per event (A)."""
BRINELLING = 1.0
"""What a heavy crash adds to the damage of the front bearings, one L10 (A)."""


@dataclass(frozen=True, slots=True)
class Insulation:
    """Winding insulation, clock ``powered``: life halves per *halving* kelvin (Montsinger).

    ``dD/dt = 2^((T + hot_spot - limit)/halving)/life``. Class F by default: 20,000 h at 155
    degC (IEC 60085, 60216; M), the hot spot 10 K above the motor node (A).

    >>> round(1.0 / Insulation().rate(121.837) / 3600.0, -1)
    99610.0
    """

    limit: float = 155.0
    """[degC]"""
    life: float = 20000.0 * 3600.0
    """At the limit [s]."""
    halving: float = 10.0
    """[K]"""
    hot_spot: float = 10.0
    """Above the node [K]."""

    def rate(self, temperature: float) -> float:
        """Return the damage per second at a node *temperature* [degC]."""
        excess = temperature + self.hot_spot - self.limit
        return float(2.0 ** (excess / self.halving)) / self.life

    def damage(self, curve: Curve, duration: float) -> float:
        """Return the damage over *duration* [s] while the node follows *curve*."""
        return integrate(curve, duration, self.rate)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a spindle: damage now, the strength it was drawn with, the law of both."""

    name: str
    damage: float
    strength: float
    law: Survival
    """Of the strength, over the damage."""

    @property
    def used(self) -> float:
        """Damage over strength: 1 exactly at failure."""
        return self.damage / self.strength


def limiting(parts: tuple[Part, ...]) -> Part:
    """Return the part that is nearest to its strength; its `used` is the spindle's damage.

    >>> parts = (Part("winding", 0.02, 1.1, WINDING_STRENGTH),
    ...     Part("clamping", 400e3, 900e3, CLAMPING_LIFE))
    >>> limiting(parts).name, round(limiting(parts).used, 6)
    ('clamping', 0.444444)
    """
    if not parts:
        raise OutOfRange("a spindle needs at least one part, got none")
    return max(parts, key=lambda part: part.used)


def nominal(parts: tuple[Part, ...]) -> float:
    """Return the largest damage over the median strength, for people, who cannot know D*.

    At 1, half of such parts would have failed. Not a probability.
    """
    return max(part.damage / part.law.ppf(0.5) for part in parts)


def time_left(part: Part, rate: float) -> float:
    """Return the time to failure [s] of a part whose damage grows at *rate* [1/s].

    >>> time_left(Part("clamping", 400e3, 900e3, CLAMPING_LIFE), 60.0 / 3600.0) / 3600.0
    8333.333333333334
    """
    return (part.strength - part.damage) / rate if rate > 0.0 else math.inf


def failure_within(
    parts: tuple[Part, ...], gained: tuple[float, ...]
) -> tuple[float, tuple[float, ...]]:
    """Return the probability that the spindle fails while its parts gain damage, and theirs.

    Strengths unknown but above the damage so far: ``1 - S(D + d)/S(D)`` for each part, and one
    minus the product of what is left for the spindle.
    """
    hazards = [
        part.law.hazard(part.damage, part.damage + more)
        for part, more in zip(parts, gained, strict=True)
    ]
    return -math.expm1(-sum(hazards)), tuple(-math.expm1(-hazard) for hazard in hazards)
