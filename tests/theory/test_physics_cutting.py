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
    """A face mill at kc 1800 N/mm2 and eta .8 needs 1.68 kW, fz .229 mm (PHYSICS A1)."""
    speed = 2.0 * 80 * PER_MIN / (250 * MM)
    assert speed / RPM == pytest.approx(101.86, abs=5e-3)
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
    assert motor_power(cut.power, 0.8) == pytest.approx(1680.0, abs=0.5)
    assert cut.feed_speed / (speed / math.tau * 12) / MM == pytest.approx(0.229, abs=5e-4)


def test_turning_of_a_vendor():
    """Turning with ap 3, f .2 mm, 120 m/min, kc 3100 N/mm2, eta .8: 4.65 kW (PHYSICS A2)."""
    cut = turning(
        cutting_speed=120 * PER_MIN,
        feed=0.2 * MM,
        depth=3 * MM,
        diameter=0.05,
        kc11=3100e6,
        mc=0.0,
    )
    assert motor_power(cut.power, 0.8) == pytest.approx(4650.0, rel=1e-12)
    with pytest.raises(OutOfRange, match=r"efficiency must be in \(0, 1\], got 80"):
        motor_power(cut.power, 80.0)


def test_drilling_of_a_vendor():
    """D22, f .15, 200 m/min, kc 2200, eta .75: 8.06 kW, 19.965 N m, 2286.9 N (PHYSICS A3)."""
    given = {"diameter": 22 * MM, "kc11": 2200e6}
    cut = drilling(cutting_speed=200 * PER_MIN, feed=0.15 * MM, **given)
    assert cut.speed / RPM == pytest.approx(2894.0, abs=0.5)
    assert cut.feed_speed / MM / PER_MIN == pytest.approx(434.0, abs=0.5)
    assert cut.removal / 1e-6 / PER_MIN == pytest.approx(165.0, abs=0.05)
    assert motor_power(cut.power, 0.75) == pytest.approx(8.06e3, rel=1e-3)
    assert cut.torque == pytest.approx(19.965, abs=5e-4)
    assert cut.torque * cut.speed == pytest.approx(6050.0, abs=0.5)
    assert drilling_thrust(feed=0.15 * MM, **given) == pytest.approx(2286.9, abs=0.05)
    assert 35 * MM / cut.feed_speed * PER_MIN == pytest.approx(0.0806, abs=5e-5)
    assert cut.force * 11 * MM == pytest.approx(cut.torque)


def test_turning_after_kienzle():
    """Steel: kc 1954.9, Fc 1759.4 N, 5.865 kW; rake +6 or approach 75 deg (PHYSICS A4)."""
    given = STEEL | {
        "cutting_speed": 200 * PER_MIN,
        "feed": 0.3 * MM,
        "depth": 3 * MM,
        "diameter": 0.08,
    }
    cut = turning(**given)
    assert specific_force(cut.chip, **STEEL) == pytest.approx(1954.9e6, abs=5e4)
    assert specific_force(cut.chip, rake=math.radians(6.0), **STEEL) == pytest.approx(
        1837.6e6, abs=5e4
    )
    assert cut.force == pytest.approx(1759.4, abs=0.05)
    assert cut.power == pytest.approx(5865.0, abs=0.5)
    assert cut.power / cut.removal == pytest.approx(specific_force(cut.chip, **STEEL))
    steep = turning(approach=math.radians(75.0), **given)
    assert steep.chip == pytest.approx(0.28978 * MM, abs=5e-9)
    assert specific_force(steep.chip, **STEEL) == pytest.approx(1969.9e6, abs=5e4)
    assert steep.force == pytest.approx(1772.9, abs=0.05)


def test_centred_face_mill():
    """D63 z5 ae 50 ap 3 fz .2: hm .12243 mm, 6.015 kW, 56.84 N m (PHYSICS A5)."""
    cut = milling(**FACE)
    assert cut.chip == pytest.approx(0.12243 * MM, abs=5e-9)
    assert specific_force(cut.chip, **STEEL) == pytest.approx(2381.0e6, abs=5e4)
    assert cut.speed / RPM == pytest.approx(1010.5, abs=0.05)
    assert cut.feed_speed / MM / PER_MIN == pytest.approx(1010.5, abs=0.05)
    assert cut.removal / 1e-6 / PER_MIN == pytest.approx(151.58, abs=5e-3)
    assert cut.power == pytest.approx(6015.0, abs=0.5)
    assert cut.torque == pytest.approx(56.84, abs=5e-3)
    right = milling(**(FACE | {"approach": math.pi / 2}))
    assert right.chip == pytest.approx(0.17314 * MM, abs=5e-9)
    assert specific_force(right.chip, **STEEL) == pytest.approx(2206.2e6, abs=5e4)
    assert right.power == pytest.approx(5573.0, abs=0.5)


def test_mean_chip_against_the_integral_over_the_angle():
    """The mean chip gives .2 % more than the integral: 6.005 kW, 56.75 N m (PHYSICS A5)."""
    cut = milling(**FACE, clamp=False)
    enter = math.pi / 2 - math.asin(50 / 63)
    assert math.degrees(enter) == pytest.approx(37.472, abs=5e-4)
    steps = 20000
    width = (math.pi - 2 * enter) / steps
    thickest = 0.2 * MM * math.sin(math.radians(45.0))
    arc = 0.0
    for i in range(steps):
        h = thickest * math.sin(enter + (i + 0.5) * width)
        arc += specific_force(h, clamp=False, **STEEL) * h * width
    edge = 3 * MM / math.sin(math.radians(45.0))
    torque = arc * edge * 5 / math.tau * 0.5 * 63 * MM
    assert torque == pytest.approx(56.75, abs=5e-3)
    assert torque * cut.speed == pytest.approx(6005.0, abs=0.6)
    assert cut.torque / torque == pytest.approx(1.002, abs=5e-4)


def test_side_mill_below_the_range_of_the_tables():
    """D12 z4 ae 3 ap 12 fz .06, clamp off: hm .028648 mm, 1.878 kW, 4.507 N m (PHYSICS A6)."""
    cut = milling(**SIDE, clamp=False)
    assert cut.chip == pytest.approx(0.028648 * MM, abs=5e-10)
    assert cut.speed / RPM == pytest.approx(3978.9, abs=0.05)
    assert cut.feed_speed / MM / PER_MIN == pytest.approx(954.9, abs=0.05)
    assert specific_force(cut.chip, clamp=False, **STEEL) == pytest.approx(3277.4e6, abs=6e4)
    assert cut.removal / 1e-6 / PER_MIN == pytest.approx(34.38, abs=5e-3)
    assert cut.power == pytest.approx(1878.0, abs=0.5)
    assert cut.torque == pytest.approx(4.507, abs=5e-4)
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
    """No position of the cutter asks for more torque, one for as much (PHYSICS 2.2)."""
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
    assert cut.peak_torque == pytest.approx(max(highest, cut.torque), rel=2e-3)


def test_override_is_another_speed_and_feed():
    """A feed override thins the chip; at feed 0 nothing is cut (PHYSICS 2)."""
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
    assert found == pytest.approx([61.04, 14.14, 8.274, 5.343], rel=4e-4)


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
