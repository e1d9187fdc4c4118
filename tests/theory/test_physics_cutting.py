"""Cutting forces against vendors' worked examples, in their units."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simtwin.errors import OutOfRange
from simtwin.physics.cutting import (
    drilling,
    drilling_at,
    drilling_thrust,
    milling,
    milling_at,
    motor_power,
    specific_energy,
    specific_force,
    turning,
    turning_at,
)

MM, PER_MIN = 1e-3, 1 / 60.0
RPM = math.pi / 30.0
STEEL = {"kc11": 1500e6, "mc": 0.22}
FACE = STEEL | {
    "cutting_speed": 200 * PER_MIN,
    "feed": 0.2 * MM,
    "depth": 3 * MM,
    "width": 50 * MM,
    "diameter": 63 * MM,
    "teeth": 5,
    "approach": math.radians(45.0),
}
SIDE = STEEL | {
    "cutting_speed": 150 * PER_MIN,
    "feed": 0.06 * MM,
    "depth": 12 * MM,
    "width": 3 * MM,
    "diameter": 12 * MM,
    "teeth": 4,
}


def test_face_mill_of_a_vendor():
    """ap 2, ae 80 mm, 280 mm/min, kc 1800 N/mm2, eta .8: 1.68 kW, fz .229 mm (PHYSICS A1)."""
    speed = 2.0 * 80 * PER_MIN / (250 * MM)
    assert 101.86 == pytest.approx(speed / RPM, abs=5e-3)
    cut = milling_at(
        speed=speed,
        feed_speed=280 * MM * PER_MIN,
        depth=2 * MM,
        width=80 * MM,
        diameter=250 * MM,
        teeth=12,
        kc11=1800e6,
        mc=0.0,
    )
    assert 1680.0 == pytest.approx(motor_power(cut.power, 0.8), abs=0.5)
    assert 0.229 == pytest.approx(cut.feed_speed / (speed / math.tau * 12) / MM, abs=5e-4)


def test_turning_of_a_vendor():
    """ap 3, f .2 mm, 120 m/min, kc 3100 N/mm2, eta .8: 4.65 kW (PHYSICS A2)."""
    cut = turning(
        cutting_speed=120 * PER_MIN,
        feed=0.2 * MM,
        depth=3 * MM,
        diameter=0.05,
        kc11=3100e6,
        mc=0.0,
    )
    assert 4650.0 == pytest.approx(motor_power(cut.power, 0.8), rel=1e-12)
    with pytest.raises(OutOfRange, match=r"efficiency must be in \(0, 1\], got 80"):
        motor_power(cut.power, 80.0)


def test_drilling_of_a_vendor():
    """D22, f .15, 200 m/min, kc 2200, eta .75: 8.06 kW, 19.965 N m, 2286.9 N (PHYSICS A3)."""
    given = {"diameter": 22 * MM, "kc11": 2200e6}
    cut = drilling(cutting_speed=200 * PER_MIN, feed=0.15 * MM, **given)
    assert 2894.0 == pytest.approx(cut.speed / RPM, abs=0.5)
    assert 434.0 == pytest.approx(cut.feed_speed / MM / PER_MIN, abs=0.5)
    assert 165.0 == pytest.approx(cut.removal / 1e-6 / PER_MIN, abs=0.05)
    assert 8.06e3 == pytest.approx(motor_power(cut.power, 0.75), rel=1e-3)
    assert 19.965 == pytest.approx(cut.torque, abs=5e-4)
    assert 6050.0 == pytest.approx(cut.torque * cut.speed, abs=0.5)
    assert 2286.9 == pytest.approx(drilling_thrust(feed=0.15 * MM, **given), abs=0.05)
    assert 0.0806 == pytest.approx(35 * MM / cut.feed_speed * PER_MIN, abs=5e-5)
    assert cut.force * 11 * MM == pytest.approx(cut.torque)


def test_turning_after_kienzle():
    """kc 1954.9, Fc 1759.4 N, 5.865 kW; rake +6 and approach 75 deg beside it (PHYSICS A4)."""
    given = STEEL | {
        "cutting_speed": 200 * PER_MIN,
        "feed": 0.3 * MM,
        "depth": 3 * MM,
        "diameter": 0.08,
    }
    cut = turning(**given)
    assert 1954.9e6 == pytest.approx(specific_force(cut.chip, **STEEL), abs=5e4)
    assert 1837.6e6 == pytest.approx(
        specific_force(cut.chip, rake=math.radians(6.0), **STEEL), abs=5e4
    )
    assert 1759.4 == pytest.approx(cut.force, abs=0.05)
    assert 5865.0 == pytest.approx(cut.power, abs=0.5)
    assert cut.power / cut.removal == pytest.approx(specific_force(cut.chip, **STEEL))
    steep = turning(approach=math.radians(75.0), **given)
    assert 0.28978 * MM == pytest.approx(steep.chip, abs=5e-9)
    assert 1969.9e6 == pytest.approx(specific_force(steep.chip, **STEEL), abs=5e4)
    assert 1772.9 == pytest.approx(steep.force, abs=0.05)


def test_centred_face_mill():
    """D63 z5 ae 50 ap 3 fz .2: hm .12243 mm, 6.015 kW, 56.84 N m; kappa 90: 5.573 (PHYSICS A5)."""
    cut = milling(**FACE)
    assert 0.12243 * MM == pytest.approx(cut.chip, abs=5e-9)
    assert 2381.0e6 == pytest.approx(specific_force(cut.chip, **STEEL), abs=5e4)
    assert 1010.5 == pytest.approx(cut.speed / RPM, abs=0.05)
    assert 1010.5 == pytest.approx(cut.feed_speed / MM / PER_MIN, abs=0.05)
    assert 151.58 == pytest.approx(cut.removal / 1e-6 / PER_MIN, abs=5e-3)
    assert 6015.0 == pytest.approx(cut.power, abs=0.5)
    assert 56.84 == pytest.approx(cut.torque, abs=5e-3)
    right = milling(**(FACE | {"approach": math.pi / 2}))
    assert 0.17314 * MM == pytest.approx(right.chip, abs=5e-9)
    assert 2206.2e6 == pytest.approx(specific_force(right.chip, **STEEL), abs=5e4)
    assert 5573.0 == pytest.approx(right.power, abs=0.5)


def test_mean_chip_against_the_integral_over_the_angle():
    """The mean chip gives .2 % more than integrating h^(1-mc): 6.005 kW, 56.75 N m (PHYSICS A5)."""
    cut = milling(**FACE, clamp=False)
    enter = math.pi / 2 - math.asin(50 / 63)
    assert 37.472 == pytest.approx(math.degrees(enter), abs=5e-4)
    steps = 20000
    width = (math.pi - 2 * enter) / steps
    thickest = 0.2 * MM * math.sin(math.radians(45.0))
    arc = 0.0
    for i in range(steps):
        h = thickest * math.sin(enter + (i + 0.5) * width)
        arc += specific_force(h, clamp=False, **STEEL) * h * width
    edge = 3 * MM / math.sin(math.radians(45.0))
    torque = arc * edge * 5 / math.tau * 0.5 * 63 * MM
    assert 56.75 == pytest.approx(torque, abs=5e-3)
    assert 6005.0 == pytest.approx(torque * cut.speed, abs=0.6)
    assert 1.002 == pytest.approx(cut.torque / torque, abs=5e-4)


def test_side_mill_below_the_range_of_the_tables():
    """D12 z4 ae 3 ap 12 fz .06, clamp off: hm .028648 mm, 1.878 kW, 4.507 N m (PHYSICS A6)."""
    cut = milling(**SIDE, clamp=False)
    assert 0.028648 * MM == pytest.approx(cut.chip, abs=5e-10)
    assert 3978.9 == pytest.approx(cut.speed / RPM, abs=0.05)
    assert 954.9 == pytest.approx(cut.feed_speed / MM / PER_MIN, abs=0.05)
    assert 3277.4e6 == pytest.approx(specific_force(cut.chip, clamp=False, **STEEL), abs=6e4)
    assert 34.38 == pytest.approx(cut.removal / 1e-6 / PER_MIN, abs=5e-3)
    assert 1878.0 == pytest.approx(cut.power, abs=0.5)
    assert 4.507 == pytest.approx(cut.torque, abs=5e-4)
    clamped = milling(**SIDE)
    assert clamped.power == pytest.approx(specific_force(0.05 * MM, **STEEL) * cut.removal)


def test_side_or_centred():
    """Up to half the diameter a mill cuts from the side, unless told (PHYSICS 2.2)."""
    assert milling(**SIDE) == milling(**SIDE, side=True)
    assert milling(**FACE) == milling(**FACE, side=False)
    assert milling(**SIDE, side=False).chip > milling(**SIDE).chip


@pytest.mark.parametrize("teeth", [1, 2, 3, 4, 5, 7, 12])
@pytest.mark.parametrize("width", [3.0, 9.0, 14.0, 19.9, 20.0])
@pytest.mark.parametrize("side", [True, False])
def test_peak_torque_is_the_highest_in_a_turn(teeth, width, side):
    """No position of the cutter asks for more torque, and one asks for as much (PHYSICS 2.2)."""
    given = STEEL | {"depth": 4 * MM, "diameter": 20 * MM, "teeth": teeth}
    cut = milling(
        cutting_speed=3.0, feed=0.1 * MM, width=width * MM, side=side, clamp=False, **given
    )
    share = width / 20.0
    enter = 0.0 if side else math.pi / 2 - math.asin(share)
    leave = math.acos(1 - 2 * share) if side else math.pi - enter

    def torque(turn: float) -> float:
        angles = [(turn + math.tau * i / teeth) % math.tau for i in range(teeth)]
        chips = [0.1 * MM * math.sin(a) for a in angles if enter <= a <= leave]
        edge = [h * specific_force(h, clamp=False, **STEEL) for h in chips if h > 0.0]
        return 0.5 * 20 * MM * 4 * MM * sum(edge)

    highest = max(torque(math.tau / teeth * i / 3000) for i in range(3000))
    assert highest <= cut.peak_torque * (1.0 + 1e-12)
    assert highest == pytest.approx(cut.peak_torque, rel=2e-3)
    assert cut.torque <= cut.peak_torque


def test_override_is_another_speed_and_feed():
    """Feed override thins the chip, spindle override too; nothing moves at feed 0 (PHYSICS 2)."""
    cut = milling(**FACE)
    given = {k: v for k, v in FACE.items() if k not in ("cutting_speed", "feed")}
    same = milling_at(speed=cut.speed, feed_speed=cut.feed_speed, **given)
    assert cut == same
    slow = milling_at(speed=cut.speed, feed_speed=0.5 * cut.feed_speed, **given)
    assert slow.chip == pytest.approx(0.5 * cut.chip)
    assert 0.5 * cut.power < slow.power < cut.power
    assert milling_at(speed=cut.speed, feed_speed=0.0, **given) == replace(
        cut, feed_speed=0.0, removal=0.0, force=0.0, torque=0.0, power=0.0, peak_torque=0.0,
        chip=0.0,
    )  # fmt: skip
    stopped = turning_at(speed=100.0, feed_speed=0.0, depth=MM, diameter=0.1, **STEEL)
    assert stopped.power == 0.0


def test_specific_energy_of_a_machine():
    """SEC 2.411 + 5.863/MRR at .1, .5, 1, 2 cm3/s: 61.04, 14.14, 8.274, 5.343 (PHYSICS C2)."""
    found = [
        specific_energy(mrr * 1e-6, process=2.411e9, idle=5863.0) / 1e9
        for mrr in (0.1, 0.5, 1.0, 2.0)
    ]
    assert [61.04, 14.14, 8.274, 5.343] == pytest.approx(found, rel=2e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: milling(**(FACE | {"width": 64 * MM})), "milling needs ae <= D"),
        (lambda: milling(**(FACE | {"feed": -1e-4})), "feed >= 0"),
        (lambda: milling(**(FACE | {"teeth": 0})), "teeth must be positive, got 0"),
        (lambda: milling(**(FACE | {"cutting_speed": 0.0})), "cutting speed must be positive"),
        (lambda: milling(**(FACE | {"approach": 2.0})), "approach angle must be in"),
        (lambda: drilling_at(speed=1.0, feed_speed=-1.0, diameter=1.0, kc11=1.0), "feed must"),
        (
            lambda: turning_at(speed=1.0, feed_speed=-1.0, depth=1.0, diameter=1.0, **STEEL),
            "feed must be >= 0, got -1.0",
        ),
        (lambda: specific_force(0.0, clamp=False, **STEEL), "chip thickness must be positive"),
    ],
)
def test_cut_out_of_range_is_refused(call, message):
    """The message names value and bound (STYLE, Errors)."""
    with pytest.raises(OutOfRange, match=message):
        call()
