"""The life of a spindle as the first of its parts."""

from __future__ import annotations

import math

import pytest

from simtwin.errors import OutOfRange
from simtwin.physics.spindle_life import (
    BEARING_STRENGTH,
    CLAMPING_LIFE,
    SHOCK_STRENGTH,
    SHOCKS,
    WINDING_STRENGTH,
    Insulation,
    Part,
    failure_within,
    limiting,
    nominal,
    time_left,
)
from simtwin.physics.thermal import DEFAULT_NETWORK

HOUR = 3600.0
HEAT = (900.0, 250.0, 150.0, 0.0, 0.0)
COOLED = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
LOST = DEFAULT_NETWORK.mode(ambient=22.0, coolant=None)


def test_winding_damage():
    """D3 in an hour 5.0154629e-8, coolant lost for 4 h 9.9525949e-6 (PHYSICS E15)."""
    winding = Insulation()
    warming = COOLED.trajectory((22.0,) * 5, HEAT).curve(0)
    assert winding.damage(warming, HOUR) == pytest.approx(5.0154629e-8, rel=2e-8)
    hot = LOST.trajectory(COOLED.steady(HEAT), HEAT).curve(0)
    assert winding.damage(hot, 4 * HOUR) == pytest.approx(9.9525949e-6, rel=2e-8)
    assert winding.damage(hot, 8 * HOUR) == pytest.approx(4.3353520e-5, rel=2e-8)
    steady = LOST.steady(HEAT)[0]
    assert steady == pytest.approx(121.837, abs=5e-4)
    assert 1.0 / winding.rate(steady) / HOUR == pytest.approx(99611.0, abs=0.5)


def test_clamping_unit():
    """P .00159972 in changes 800,001 to 801,000; B10 324,593; E .1: 860,233 (PHYSICS E16)."""
    p = -math.expm1(-CLAMPING_LIFE.hazard(800e3, 801e3))
    assert p == pytest.approx(0.00159972, abs=5e-9)
    assert CLAMPING_LIFE.ppf(0.1) == pytest.approx(324593.0, abs=0.5)
    assert CLAMPING_LIFE.ppf(0.5) == pytest.approx(832555.0, abs=0.5)
    assert math.ceil(CLAMPING_LIFE.age_at(0.1, 800e3)) == 860233


def test_shocks_add_up():
    """Crash, 5 breakages, 25 stalls, two heavy crashes: .1 .15 .2 .7 1.2 (PHYSICS E17)."""
    events = [("light crash", 1), ("tool breakage", 5), ("stall", 25), ("heavy crash", 1)]
    damage, seen = 0.0, []
    for event, count in [*events, ("heavy crash", 1)]:
        damage += count * SHOCKS[event]
        seen.append(damage)
    assert seen == pytest.approx([0.1, 0.15, 0.2, 0.7, 1.2])
    assert [SHOCK_STRENGTH.survival(d) for d in seen] == [1.0, 1.0, 1.0, 1.0, 0.0]


PARTS = (
    Part("front", 0.8, 3.0, BEARING_STRENGTH),
    Part("rear", 0.5, 2.0, BEARING_STRENGTH),
    Part("winding", 0.02, 1.1, WINDING_STRENGTH),
    Part("clamping", 400e3, 900e3, CLAMPING_LIFE),
    Part("shocks", 0.2, 1.0, SHOCK_STRENGTH),
)
RATES = (1 / 20000 / HOUR, 1 / 30000 / HOUR, 1e-6 / HOUR, 60.0 / HOUR, 0.0)


def test_spindle_is_as_worn_as_its_worst_part():
    """D .444444 by the clamping unit, 8333.33 h left; d_nom .480449 (PHYSICS E18)."""
    assert limiting(PARTS).name == "clamping"
    assert limiting(PARTS).used == pytest.approx(0.444444, abs=5e-7)
    left = sorted(
        (time_left(part, rate) / HOUR, part.name)
        for part, rate in zip(PARTS, RATES, strict=True)
    )
    assert left[0] == (pytest.approx(8333.33, abs=5e-3), "clamping")
    assert left[1] == (pytest.approx(44000.0), "front")
    assert left[-1] == (math.inf, "shocks")
    assert nominal(PARTS) == pytest.approx(0.480449, abs=5e-7)
    with pytest.raises(OutOfRange, match="at least one part"):
        limiting(())


def test_probability_of_failure_is_the_union():
    """2000 h ahead: .01514774 .00787795 0 .10452413 0, union .12503622 (PHYSICS E18)."""
    union, parts = failure_within(PARTS, tuple(rate * 2000 * HOUR for rate in RATES))
    expected = [0.01514774, 0.00787795, 0.0, 0.10452413, 0.0]
    assert parts == pytest.approx(expected, abs=6e-9)
    assert union == pytest.approx(0.12503622, abs=5e-9)
    assert sum(parts) == pytest.approx(0.12754982, abs=1e-8)
    certain, _ = failure_within((PARTS[-1],), (0.8,))
    assert certain == 1.0
    assert BEARING_STRENGTH.conditional(0.3, 0.8) > 0.8
