"""This module holds convection from turning surfaces, and growth with temperature.

Conductance is the coefficient times the surface. Source: Jungnickel 2010, through Thermca.
"""

from __future__ import annotations

from simtwin.errors import OutOfRange


def turning_cylinder(speed: float, radius: float) -> float:
    """Return the film coefficient of a cylinder that turns in air [W/(m2 K)].

    ``h = 3.75 omega^.7 r^.4``, *speed* [rad/s], *radius* [m].

    >>> round(turning_cylinder(104.71975512, 0.035), 1)
    25.4
    """
    return 3.75 * float(speed**0.7 * radius**0.4)


def turning_disc(speed: float, radius: float) -> float:
    """Return the film coefficient of a disc that turns in air [W/(m2 K)].

    ``h = 2.73 omega^.8 r^.6``.

    >>> turning_disc(1.0, 1.0)
    2.73
    """
    return 2.73 * float(speed**0.8 * radius**0.6)


def air_gap(speed: float, radius: float, gap: float) -> float:
    """Return the film coefficient between rotor and stator [W/(m2 K)].

    ``h = .765 (omega r)^.666/gap^.333``, *gap* [m].

    >>> round(air_gap(1.0, 1.0, 1e-3), 3)
    7.632
    """
    if not gap > 0.0:
        raise OutOfRange(f"air gap must be positive, got {gap} m")
    return 0.765 * float((speed * radius) ** 0.666 / gap**0.333)


def growth(length: float, rise: float, expansion: float = 11.7e-6) -> float:
    """Return how much a part grows [m] when it warms by *rise* [K]: ``alpha L dT``.

    *expansion* [1/K]; steel by default.

    >>> round(growth(0.25, 30.0) * 1e6, 2)
    87.75
    """
    return expansion * length * rise
