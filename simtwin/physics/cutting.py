"""This module holds the cut: specific force, torque and power of milling, turning, drilling.

Kienzle's law with the wear factor K_VB left out: every `Cut` is that of a sharp tool, and
force, torque and power grow with ``K_VB = 1 + k`` together (PHYSICS 2). SI throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simtwin.errors import OutOfRange

THINNEST, THICKEST = 0.05e-3, 1.5e-3
"""Chip thickness for which the tables of kc11 and mc hold [m]."""
_CHIP = 1e-3
"""The chip thickness of kc11 [m]."""
_RAKE = 1.0 / math.radians(100.0)
"""One percent per degree of rake [1/rad]."""
_RIGHT_ANGLE = 0.5 * math.pi
_TURN = 2.0 * math.pi


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut at constant conditions with a sharp tool."""

    speed: float
    """Of the spindle [rad/s]."""
    feed_speed: float
    """[m/s]"""
    removal: float
    """[m3/s]"""
    force: float
    """Mean tangential force of all teeth together [N]: power over cutting speed."""
    torque: float
    """Mean [N m]."""
    power: float
    """At the tool [W]."""
    peak_torque: float
    """Highest within a turn of the spindle [N m]."""
    chip: float
    """Chip thickness, mean for milling [m]."""


def specific_force(
    chip: float, *, kc11: float, mc: float, rake: float = 0.0, clamp: bool = True
) -> float:
    """Return the specific cutting force kc [Pa] at a *chip* thickness [m] after Kienzle.

    ``kc = kc11 (h / 1 mm)^-mc (1 - gamma/100)`` with *kc11* [Pa] at rake 0 and *rake* [rad],
    one percent per degree. The tables hold for h = .05 to 1.5 mm: *clamp* holds h within them.
    Source: O. Kienzle 1952; VDI 3206.

    >>> round(specific_force(0.3e-3, kc11=1500e6, mc=0.22) / 1e6, 1)
    1954.9
    """
    if clamp:
        chip = min(max(chip, THINNEST), THICKEST)
    elif chip <= 0.0:
        raise OutOfRange(f"chip thickness must be positive, got {chip} m")
    return kc11 * float((chip / _CHIP) ** -mc) * (1.0 - rake * _RAKE)


def milling(
    *,
    cutting_speed: float,
    feed: float,
    depth: float,
    width: float,
    diameter: float,
    teeth: int,
    kc11: float,
    mc: float,
    approach: float = _RIGHT_ANGLE,
    rake: float = 0.0,
    side: bool | None = None,
    clamp: bool = True,
) -> Cut:
    """Return the cut of a mill at *cutting_speed* [m/s] and *feed* per tooth [m].

    The rest is as for `milling_at`.

    >>> cut = milling(cutting_speed=200 / 60, feed=0.2e-3, depth=3e-3, width=50e-3,
    ...     diameter=63e-3, teeth=5, kc11=1500e6, mc=0.22, approach=math.radians(45))
    >>> round(cut.power), round(cut.torque, 2)
    (6015, 56.84)
    """
    _check(cutting_speed=cutting_speed, diameter=diameter)
    speed = 2.0 * cutting_speed / diameter
    return milling_at(
        speed=speed,
        feed_speed=feed * teeth * speed / _TURN,
        depth=depth,
        width=width,
        diameter=diameter,
        teeth=teeth,
        kc11=kc11,
        mc=mc,
        approach=approach,
        rake=rake,
        side=side,
        clamp=clamp,
    )


def milling_at(
    *,
    speed: float,
    feed_speed: float,
    depth: float,
    width: float,
    diameter: float,
    teeth: int,
    kc11: float,
    mc: float,
    approach: float = _RIGHT_ANGLE,
    rake: float = 0.0,
    side: bool | None = None,
    clamp: bool = True,
) -> Cut:
    """Return the cut of a mill at a spindle *speed* [rad/s] and *feed_speed* [m/s].

    Overrides act on these two. *depth* is ap, *width* ae, all lengths in m, *approach* kappa
    and *rake* in rad. *side* True is a side mill, which enters at chip thickness 0; False a
    face mill whose path runs centred over the work; None takes the face mill when ae > D/2.
    Force from the mean chip, .2 % above the integral over the angle; peak torque from the
    teeth at their thickest together. Source: Sandvik and ISCAR vendor forms, PHYSICS 2.2.
    """
    _check(speed=speed, depth=depth, width=width, diameter=diameter, teeth=teeth)
    _check_approach(approach)
    if width > diameter or feed_speed < 0.0:
        raise OutOfRange(
            f"milling needs ae <= D and a feed >= 0, got ae {width} m, D {diameter} m, feed "
            f"{feed_speed} m/s"
        )
    enter, leave = _engagement(width / diameter, side)
    thickest = feed_speed * _TURN / (speed * teeth) * math.sin(approach)
    chip = thickest * (math.cos(enter) - math.cos(leave)) / (leave - enter)
    kc = specific_force(chip, kc11=kc11, mc=mc, rake=rake, clamp=clamp) if chip else 0.0
    removal = depth * width * feed_speed
    power = kc * removal

    def tooth(angle: float) -> float:
        h = thickest * math.sin(angle)
        if h <= 0.0:
            return 0.0
        return h * specific_force(h, kc11=kc11, mc=mc, rake=rake, clamp=clamp)

    pitch = _TURN / teeth
    most = int((leave - enter) / pitch) + 1
    thick = max(
        sum(tooth(angle) for angle in _best_angles(count, pitch, enter, leave))
        for count in range(max(1, most - 1), most + 1)
    )
    return Cut(
        speed=speed,
        feed_speed=feed_speed,
        removal=removal,
        force=2.0 * power / (speed * diameter),
        torque=power / speed,
        power=power,
        peak_torque=max(power / speed, 0.5 * diameter * depth / math.sin(approach) * thick),
        chip=chip,
    )


def turning(
    *,
    cutting_speed: float,
    feed: float,
    depth: float,
    diameter: float,
    kc11: float,
    mc: float,
    approach: float = _RIGHT_ANGLE,
    rake: float = 0.0,
    clamp: bool = True,
) -> Cut:
    """Return the cut of a turning tool at *cutting_speed* [m/s] and *feed* per turn [m].

    >>> cut = turning(cutting_speed=200 / 60, feed=0.3e-3, depth=3e-3, diameter=0.1,
    ...     kc11=1500e6, mc=0.22)
    >>> round(cut.force, 1), round(cut.power)
    (1759.4, 5865)
    """
    _check(cutting_speed=cutting_speed, diameter=diameter)
    speed = 2.0 * cutting_speed / diameter
    return turning_at(
        speed=speed,
        feed_speed=feed * speed / _TURN,
        depth=depth,
        diameter=diameter,
        kc11=kc11,
        mc=mc,
        approach=approach,
        rake=rake,
        clamp=clamp,
    )


def turning_at(
    *,
    speed: float,
    feed_speed: float,
    depth: float,
    diameter: float,
    kc11: float,
    mc: float,
    approach: float = _RIGHT_ANGLE,
    rake: float = 0.0,
    clamp: bool = True,
) -> Cut:
    """Return the cut of a turning tool at a spindle *speed* [rad/s] and *feed_speed* [m/s].

    ``h = f sin kappa``, ``b = ap/sin kappa``; *diameter* is that of the work [m].
    """
    _check(speed=speed, depth=depth, diameter=diameter)
    _check_approach(approach)
    if feed_speed < 0.0:
        raise OutOfRange(f"feed must be >= 0, got {feed_speed} m/s")
    feed = feed_speed * _TURN / speed
    chip = feed * math.sin(approach)
    kc = specific_force(chip, kc11=kc11, mc=mc, rake=rake, clamp=clamp) if chip else 0.0
    force = kc * depth * feed
    torque = 0.5 * force * diameter
    return Cut(
        speed=speed,
        feed_speed=feed_speed,
        removal=depth * feed * 0.5 * speed * diameter,
        force=force,
        torque=torque,
        power=torque * speed,
        peak_torque=torque,
        chip=chip,
    )


def drilling(
    *,
    cutting_speed: float,
    feed: float,
    diameter: float,
    kc11: float,
    approach: float = _RIGHT_ANGLE,
) -> Cut:
    """Return the cut of a drill at *cutting_speed* [m/s] and *feed* per turn [m].

    >>> cut = drilling(cutting_speed=200 / 60, feed=0.15e-3, diameter=22e-3, kc11=2200e6)
    >>> round(cut.power), round(cut.torque, 3)
    (6050, 19.965)
    """
    _check(cutting_speed=cutting_speed, diameter=diameter)
    speed = 2.0 * cutting_speed / diameter
    return drilling_at(
        speed=speed,
        feed_speed=feed * speed / _TURN,
        diameter=diameter,
        kc11=kc11,
        approach=approach,
    )


def drilling_at(
    *,
    speed: float,
    feed_speed: float,
    diameter: float,
    kc11: float,
    approach: float = _RIGHT_ANGLE,
) -> Cut:
    """Return the cut of a drill at a spindle *speed* [rad/s] and *feed_speed* [m/s].

    *kc11* is the flat kc of the table [Pa], already at drill chip thickness: no mc applies.
    *approach* is half the point angle [rad]. Source: ISCAR rotating tools 2017, p. 601.
    """
    _check(speed=speed, diameter=diameter)
    _check_approach(approach)
    if feed_speed < 0.0:
        raise OutOfRange(f"feed must be >= 0, got {feed_speed} m/s")
    feed = feed_speed * _TURN / speed
    torque = feed * kc11 * diameter**2 / 8.0 * math.sin(approach)
    return Cut(
        speed=speed,
        feed_speed=feed_speed,
        removal=feed_speed * 0.25 * math.pi * diameter**2,
        force=2.0 * torque / diameter,
        torque=torque,
        power=torque * speed,
        peak_torque=torque,
        chip=0.5 * feed * math.sin(approach),
    )


def drilling_thrust(
    *, feed: float, diameter: float, kc11: float, approach: float = _RIGHT_ANGLE
) -> float:
    """Return the axial force of a drill [N]: ``.63 (D/2) f kc sin kappa``.

    >>> round(drilling_thrust(feed=0.15e-3, diameter=22e-3, kc11=2200e6), 1)
    2286.9
    """
    return 0.63 * 0.5 * diameter * feed * kc11 * math.sin(approach)


def motor_power(power: float, efficiency: float) -> float:
    """Return what a motor must give [W] for *power* at the tool, the vendors' check.

    A constant efficiency of .7 to .85 is good for "will it run", never for energy.

    >>> motor_power(6000.0, 0.75)
    8000.0
    """
    if not 0.0 < efficiency <= 1.0:
        raise OutOfRange(f"efficiency must be in (0, 1], got {efficiency}")
    return power / efficiency


def specific_energy(removal: float, *, process: float, idle: float) -> float:
    """Return the energy per volume cut [J/m3]: ``C0 + C1/MRR`` after Kara and Li.

    *process* is C0 [J/m3], *idle* is C1, the power that flows without a cut [W], *removal* is
    MRR [m3/s]. Source: Kara & Li 2011, doi 10.1016/j.cirp.2011.03.075; Gutowski et al. 2006.

    >>> round(specific_energy(1e-6, process=2.411e9, idle=5863.0) / 1e9, 3)
    8.274
    """
    _check(removal=removal)
    return process + idle / removal


def _engagement(share: float, side: bool | None) -> tuple[float, float]:
    """Return the angles at which a tooth enters and leaves [rad]; *share* is ae/D."""
    if side is None:
        side = share <= 0.5
    if side:
        return 0.0, math.acos(1.0 - 2.0 * share)
    enter = _RIGHT_ANGLE - math.asin(share)
    return enter, math.pi - enter


def _best_angles(count: int, pitch: float, enter: float, leave: float) -> list[float]:
    """Return where *count* neighbouring teeth stand when they cut thickest together.

    Force over angle is concave and symmetric about 90 degrees, so their middle stands there or
    as near as the engagement lets it.
    """
    half = 0.5 * (count - 1) * pitch
    middle = min(max(_RIGHT_ANGLE, enter + half), leave - half)
    return [middle - half + pitch * i for i in range(count)]


def _check_approach(approach: float) -> None:
    if not 0.0 < approach <= _RIGHT_ANGLE:
        raise OutOfRange(f"approach angle must be in (0, pi/2], got {approach} rad")


def _check(**lengths: float) -> None:
    for name, value in lengths.items():
        if not value > 0.0:
            raise OutOfRange(f"{name.replace('_', ' ')} must be positive, got {value}")
