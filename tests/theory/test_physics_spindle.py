"""The spindle motor against worked numbers."""

from __future__ import annotations

import math

import pytest

from simtwin.errors import OutOfRange
from simtwin.physics.duration import WORDS, assumed_loads, spindle_input
from simtwin.physics.friction import friction_heat
from simtwin.physics.spindle import (
    copper_loss,
    iron_loss,
    kinetic_energy,
    line_voltage,
    motor_current,
    motor_voltage,
    run_up_time,
    torque_limit,
)

RPM = math.pi / 30.0


def test_run_up():
    """J .12, Po 18 kW to 8000 rpm: .1645 + 2.2572 = 2.4217 s, 42.11 kJ (PHYSICS C1)."""
    given = {"inertia": 0.12, "base_speed": 1500 * RPM, "power": 18e3}
    below = run_up_time(speed0=0.0, speed1=1500 * RPM, **given)
    above = run_up_time(speed0=1500 * RPM, speed1=8000 * RPM, **given)
    whole = run_up_time(speed0=0.0, speed1=8000 * RPM, **given)
    assert below == pytest.approx(0.1645, abs=5e-5)
    assert above == pytest.approx(2.2572, abs=5e-5)
    assert whole == pytest.approx(2.4217, abs=5e-5)
    assert below + above == pytest.approx(whole, rel=1e-12)
    assert whole == pytest.approx(run_up_time(speed0=8000 * RPM, speed1=0.0, **given))
    assert kinetic_energy(0.12, 8000 * RPM) == pytest.approx(42.11e3, abs=5.0)
    with pytest.raises(OutOfRange, match=r"must be positive, got 0\.12 kg m2"):
        run_up_time(inertia=0.12, base_speed=1.0, speed0=0.0, speed1=1.0, power=0.0)


def test_vendor_points_need_not_agree():
    """122 N m at 2000 rpm is 25.55 kW; 22.37 kW there is 106.8 N m: store both (PHYSICS C3)."""
    base = 2000 * RPM
    assert 122.0 * base == pytest.approx(25.55e3, abs=5.0)
    given = {"rated_torque": 122.0, "rated_power": 22.37e3, "base_speed": base}
    assert torque_limit(base, **given) == 122.0
    assert torque_limit(base * (1 + 1e-12), **given) == pytest.approx(106.8, abs=0.05)
    assert torque_limit(0.0, short_time=1.3, **given) == pytest.approx(1.3 * 122.0)
    twice = torque_limit(4 * base, last_speed=2 * base, **given)
    assert twice == pytest.approx(106.8 / 8.0, abs=0.01)


def test_motor_voltage():
    """Kt 1.2, R .6, 2.96628 N m, 3000 rpm: 2.47190 A, 127.147 V, 220.225 V (PHYSICS C4)."""
    torque, given = 2.96628, {"torque_constant": 1.2, "resistance": 0.6}
    current = motor_current(torque, 1.2)
    phase = motor_voltage(3000 * RPM, torque, **given)
    assert current == pytest.approx(2.47190, abs=5e-6)
    assert phase == pytest.approx(127.147, abs=5e-4)
    assert line_voltage(phase, 400.0) == pytest.approx(220.225, abs=5e-4)
    assert line_voltage(10.0 * phase, 400.0) == 400.0
    assert 3 * phase * current == pytest.approx(942.881, abs=2e-3)
    lost = copper_loss(torque, **given)
    assert 3 * phase * current == pytest.approx(torque * 3000 * RPM + lost)
    assert motor_voltage(0.0, torque, **given) == pytest.approx(1.48314, abs=5e-6)


def test_losses_of_the_motor():
    """Copper grows with torque squared and temperature, iron with speed (PHYSICS 4.3)."""
    given = {"torque_constant": 1.0, "resistance": 0.1}
    assert copper_loss(20.0, **given) == pytest.approx(4.0 * copper_loss(10.0, **given))
    warm = copper_loss(10.0, temperature=120.0, idle_current=5.0, **given)
    assert warm == pytest.approx(0.3 * 125.0 * 1.393)
    assert iron_loss(100.0, linear=0.5, square=1e-3) == pytest.approx(60.0)


PRESETS = {
    "generic-vmc-40": (8000, 0.090, 0.080, 2.5),
    "generic-lathe-8in": (4000, 0.120, 0.110, 3.0),
}


@pytest.mark.parametrize(
    ("preset", "word", "expected"),
    [
        ("generic-vmc-40", "light", (4800, 1650, 528, 305, 211, 2694)),
        ("generic-vmc-40", "medium", (4000, 3850, 792, 250, 163, 5055)),
        ("generic-vmc-40", "heavy", (3200, 7700, 1254, 207, 122, 9282)),
        ("generic-lathe-8in", "light", (2400, 1650, 528, 221, 168, 2568)),
        ("generic-lathe-8in", "medium", (2000, 3850, 792, 177, 129, 4948)),
        ("generic-lathe-8in", "heavy", (1600, 7700, 1254, 142, 94, 9190)),
    ],
)
def test_plain_duration(preset, word, expected):
    """Speed, power, heats of motor and bearing pairs, input, to the watt (PHYSICS 5.7)."""
    top, front_dm, rear_dm, v_c = PRESETS[preset]
    share, speed_share = WORDS[word]
    rpm = top * speed_share
    loads = assumed_loads(share, rated_power=11e3, cutting_speed=v_c)
    front, rear = (
        2.0 * friction_heat(rpm * RPM, dm, 20e-6, 1.65, 0.00046, 800.0 + part * loads.force)
        for dm, part in ((front_dm, 0.65), (rear_dm, 0.15))
    )
    found = (rpm, loads.power, loads.motor, front, rear, spindle_input(loads, front, rear))
    assert tuple(round(value) for value in found) == expected


def test_more_than_the_rating_is_refused():
    """Above 100 % of S1 a plain duration is an error of input (PHYSICS 5.7)."""
    with pytest.raises(OutOfRange, match=r"must be in \[0, 1\], got 1.1"):
        assumed_loads(1.1, rated_power=11e3, cutting_speed=2.5)
