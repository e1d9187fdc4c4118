"""This module holds bearing friction: Palmgren's model for spindles, SKF's for the others.

PHYSICS 5.1 and 5.2. The two differ by up to a factor of 2: calibrate f0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from simtwin.physics.oil import Oil

RPM = 30.0 / math.pi
"""[rpm per rad/s]"""
_SLOW = 2000.0
"""nu n [mm2/s rpm] below which the viscous moment no longer falls."""
_SLOW_FACTOR = _SLOW ** (2.0 / 3.0)


class SkfConstants(NamedTuple):
    """Geometry constants of one bearing series, as ``skf_friction_constants`` lists them."""

    r1: float
    s1: float
    r2: float = 0.0
    r3: float = 0.0
    s2: float = 0.0
    s3: float = 0.0


class SkfFriction(NamedTuple):
    """Friction of one bearing after SKF."""

    rolling: float
    """[N m]"""
    sliding: float
    """[N m]"""
    moment: float
    """All, with seals and drag [N m]."""
    heat: float
    """[W]"""


def friction_terms(
    speed: float, mean_diameter: float, viscosity: float, f0: float, f1: float
) -> tuple[float, float]:
    """Return Palmgren's friction heat as (viscous part [W], part per newton of load [W/N]).

    ``M0 = 1e-7 f0 (nu n)^(2/3) dm^3`` and ``M1 = f1 P dm`` [vu: N mm, mm2/s, rpm, mm]; here
    *speed* [rad/s], *mean_diameter* [m], *viscosity* [m2/s]. Below nu n = 2000 the viscous
    moment stands still, continuous with the branch above. Not above n dm = 1e6 mm/min.
    Source: A. Palmgren 1957; f0, f1: Jungnickel 2010, Schaeffler 2013.

    >>> viscous, per_newton = friction_terms(8000 / RPM, 0.09, 20e-6, 1.65, 0.00046)
    >>> round(viscous + 800.0 * per_newton, 1)
    324.7
    """
    turning = viscosity * 1e6 * speed * RPM
    factor = turning ** (2.0 / 3.0) if turning >= _SLOW else _SLOW_FACTOR
    moment = 1e-7 * f0 * factor * (mean_diameter * 1e3) ** 3 * 1e-3
    return moment * speed, f1 * mean_diameter * speed


def friction_heat(
    speed: float, mean_diameter: float, viscosity: float, f0: float, f1: float, load: float
) -> float:
    """Return Palmgren's friction heat [W] under *load* P1 [N]; the rest as `friction_terms`.

    >>> round(friction_heat(3000 / RPM, 0.09, 20e-6, 2.0, 0.0, 0.0), 1)
    70.2
    """
    viscous, per_newton = friction_terms(speed, mean_diameter, viscosity, f0, f1)
    return viscous + per_newton * load


def friction_slope(
    speed: float, mean_diameter: float, oil: Oil, reference: float, f0: float
) -> float:
    """Return dQ/dT of the viscous heat [W/K] at the *reference* temperature [degC].

    Negative: friction falls as the oil warms. 0 on the slow branch of Palmgren's law.

    >>> from simtwin.physics.oil import Oil
    >>> round(friction_slope(800.0, 0.09, Oil(68.0, 8.7), 40.0, 1.65), 2)
    -20.5
    """
    viscosity = oil.viscosity(reference)
    if viscosity * 1e6 * speed * RPM < _SLOW:
        return 0.0
    viscous, _ = friction_terms(speed, mean_diameter, viscosity, f0, 0.0)
    return viscous * (2.0 / 3.0) * oil.slope(reference) / viscosity


def skf_friction(
    speed: float,
    *,
    mean_diameter: float,
    viscosity: float,
    radial: float,
    axial: float = 0.0,
    constants: SkfConstants,
    kind: Literal["deep groove", "angular contact"] = "deep groove",
    synthetic: bool = False,
    starvation: float = 1.0,
    extra: float = 0.0,
) -> SkfFriction:
    """Return the friction of a rolling bearing after SKF [N m, W].

    *speed* [rad/s] > 0, *mean_diameter* [m], *viscosity* [m2/s], *radial* and *axial* load [N].
    A deep groove bearing takes no axial load here. *starvation* is phi_rs, *extra* the moment
    of seals and drag [N m]. Source: SKF, Rolling bearings, p. 103-106; inlet heating phi_ish
    from memory.

    >>> friction = skf_friction(3000 / RPM, mean_diameter=0.0725, viscosity=20e-6, radial=1e4,
    ...     constants=SkfConstants(3.7e-7, 2.84e-3))
    >>> round(friction.moment * 1e3, 1), round(friction.heat, 1)
    (377.1, 118.5)
    """
    n, dm, nu = speed * RPM, mean_diameter * 1e3, viscosity * 1e6
    if kind == "deep groove":
        rolling = constants.r1 * dm**1.96 * radial**0.54
        sliding = constants.s1 * dm**-0.26 * radial ** (5.0 / 3.0)
    else:
        turn = dm**4 * n * n
        rolling = constants.r1 * dm**1.97
        rolling *= (radial + constants.r3 * turn + constants.r2 * axial) ** 0.54
        pressed = (radial + constants.s3 * turn) ** (4.0 / 3.0)
        sliding = constants.s1 * dm**0.26 * (pressed + constants.s2 * axial ** (4.0 / 3.0))
    inlet = 1.0 / (1.0 + 1.84e-9 * (n * dm) ** 1.28 * nu**0.64)
    boundary = math.exp(-2.6e-8 * (n * nu) ** 1.4 * dm)
    full_film = 0.04 if synthetic else 0.05
    rolled = inlet * starvation * rolling * (nu * n) ** 0.6 * 1e-3
    slid = sliding * (boundary * 0.15 + (1.0 - boundary) * full_film) * 1e-3
    moment = rolled + slid + extra
    return SkfFriction(rolled, slid, moment, moment * speed)
