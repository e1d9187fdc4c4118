"""Tool wear against Taylor's tables and the knots of the wear land."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import pytest

from simtwin.errors import OutOfRange
from simtwin.physics.life import Lognormal, Weibull
from simtwin.physics.tool import (
    KNOTS,
    TaylorLife,
    damage_at,
    edge_stress,
    hazard_crossing,
    hazard_over,
    land,
    land_slope,
    life_factor,
    next_knot,
    overload_probability,
    smooth_land,
)

CARBIDE = TaylorLife.from_constant(300.0, 0.25)


def minutes(law: TaylorLife, metres_per_minute: float) -> float:
    """Return the life [min] at a speed [m/min]."""
    return law.at(metres_per_minute / 60.0) / 60.0


def test_taylor_carbide():
    """C 300, n .25, V 200: 5.0625 min (PHYSICS F1)."""
    assert minutes(CARBIDE, 200.0) == pytest.approx(5.0625, rel=1e-12)


def test_taylor_in_feet():
    """400 ft/min for 45 min at n .25: C 1036; 18.43 min at 500 ft/min (PHYSICS F2)."""
    constant = 400.0 * 45.0**0.25
    assert constant == pytest.approx(1036.0, abs=0.5)
    assert minutes(TaylorLife.from_constant(constant, 0.25), 500.0) == pytest.approx(
        18.43, abs=5e-3
    )


def test_taylor_of_two_tools():
    """HSS n .125 C 80 V 40: 256 min; coated n .35 C 500 V 250: 7.246 min (PHYSICS F3)."""
    assert minutes(TaylorLife.from_constant(80.0, 0.125), 40.0) == pytest.approx(256.0)
    assert minutes(TaylorLife.from_constant(500.0, 0.35), 250.0) == pytest.approx(
        7.246, abs=5e-4
    )


def test_damage_adds_up():
    """5 min at 150 and 2 min at 200 m/min take .70756 of the life (PHYSICS F4)."""
    damage = 5.0 / minutes(CARBIDE, 150.0) + 2.0 / minutes(CARBIDE, 200.0)
    assert damage == pytest.approx(0.70756, abs=5e-6)


def test_life_under_two_speeds():
    """C 400, n .25: 16 and 6.5536 min; 8 min at 200, then 250: over at 11.2768 (ORACLES F3)."""
    tool = TaylorLife.from_constant(400.0, 0.25)
    assert minutes(tool, 200.0) == pytest.approx(16.0, rel=1e-12)
    assert minutes(tool, 250.0) == pytest.approx(6.5536, rel=1e-12)
    left = (1.0 - 8.0 / minutes(tool, 200.0)) * minutes(tool, 250.0)
    assert 8.0 + left == pytest.approx(11.2768, rel=1e-12)


def test_feed_and_depth():
    """Extended Taylor: each quantity with its exponent, 0 leaves it out (PHYSICS 7.1)."""
    law = TaylorLife(900.0, 3.0, 0.2e-3, 2e-3, 4.0, 2.0, 0.5)
    assert law.at(3.0, 0.2e-3, 2e-3) == 900.0
    assert law.at(3.0, 0.1e-3, 8e-3) == pytest.approx(900.0 * 4.0 / 2.0)
    with pytest.raises(OutOfRange, match=r"feed must be positive, got 0\.0"):
        law.at(3.0)


def test_wear_land_at_its_knots():
    """w(.02 .1 .5 .9 1) = .0924 .2662 .5010 .8076 1 (PHYSICS F5)."""
    found = [land(d) for d in (0.02, 0.1, 0.5, 0.9, 1.0)]
    assert found == pytest.approx([0.0924, 0.2662, 0.5010, 0.8076, 1.0], abs=5e-5)
    assert [land(d) for d in KNOTS] == [smooth_land(d) for d in KNOTS]


def test_wear_land_between_knots():
    """At D .3 w is .398084, smooth .399397; K_VB at D .5 is 1.135260 (PHYSICS F8)."""
    assert land(0.22) == pytest.approx(0.356932, abs=5e-7)
    assert land(0.5) == pytest.approx(0.500965, abs=5e-7)
    assert land(0.3) == pytest.approx(0.398084, abs=5e-7)
    assert smooth_land(0.3) == pytest.approx(0.399397, abs=5e-7)
    k_vb = [1.0 + 0.9 * 0.3 * land(d) for d in KNOTS]
    assert (k_vb[0], k_vb[-1]) == (1.0, pytest.approx(1.27))
    assert k_vb[KNOTS.index(0.5)] == pytest.approx(1.135260, abs=1e-6)


def test_straight_land_is_close_to_the_smooth_one():
    """K_VB is within .081 % of the smooth curve, everywhere (PHYSICS 7.3)."""
    worst = max(
        abs((1 + 0.27 * land(i / 10000)) / (1 + 0.27 * smooth_land(i / 10000)) - 1)
        for i in range(10001)
    )
    assert worst == pytest.approx(0.00081, abs=5e-6)


def test_scatter_of_lives():
    """CoV .3: lognormal sigma .29356, or Weibull shape 3.7138 (PHYSICS F6)."""
    sigma = math.sqrt(math.log1p(0.09))
    assert sigma == pytest.approx(0.29356, abs=5e-6)
    law = Lognormal(math.exp(-0.5 * sigma**2), sigma)
    for u in (0.01, 0.5, 0.97):
        assert life_factor(u, 0.3) == pytest.approx(law.ppf(u), rel=1e-12)
    assert law.mean == pytest.approx(1.0)
    assert life_factor(0.0, 0.3) > 0.0
    assert life_factor(0.7, 0.0) == 1.0
    weibull = Weibull(3.7138, 1.0)
    assert math.sqrt(weibull.variance) / weibull.mean == pytest.approx(0.3, abs=5e-6)


def test_weibull_of_tool_lives():
    """Mean 20 min, shape 3.7137: scale 22.157, P(T < 10) .050768 (PHYSICS F7)."""
    law = Weibull(3.7137, 1.0).scaled(20.0 / Weibull(3.7137, 1.0).mean)
    assert law.scale == pytest.approx(22.157, abs=5e-4)
    assert law.cdf(10.0) == pytest.approx(0.050768, abs=5e-7)


def test_knots_slopes_and_inverse():
    """The inverse returns every damage; slopes are those right of a knot (PHYSICS 7.3)."""
    for i in range(301):
        damage = i / 200.0
        assert damage_at(land(damage)) == pytest.approx(damage, abs=1e-12)
    for knot, after in pairwise(KNOTS):
        assert next_knot(knot) == after
        rise = (land(after) - land(knot)) / (after - knot)
        assert land_slope(0.5 * (knot + after)) == pytest.approx(rise)
    assert next_knot(1.0) == math.inf
    assert land_slope(1.0) == land_slope(7.0) == 2.5


@pytest.mark.parametrize(("damage", "rate", "dt"), [(0.0, 1 / 900, 700.0), (0.3, 1e-3, 900.0)])
def test_breakage_hazard_against_mpmath(damage, rate, dt):
    """h0 exp(b w(D)) integrated knot by knot is that of 30 digits (PHYSICS 7.4)."""
    cuts = [0.0, *((k - damage) / rate for k in KNOTS if damage < k < damage + rate * dt), dt]
    with mpmath.workdps(30):
        expected = mpmath.quad(
            lambda t: 1e-6 * mpmath.exp(6.0 * land(damage + rate * float(t))), cuts
        )
    found = hazard_over(damage, rate, 1e-6, 6.0, dt)
    assert found == pytest.approx(float(expected), rel=1e-12)
    at = hazard_crossing(damage, rate, 1e-6, 6.0, found, 2.0 * dt)
    assert at == pytest.approx(dt, rel=1e-11)


def test_breakage_over_an_open_horizon():
    """A hazard that never stops breaks every tool; without one no tool breaks (PHYSICS 7.4)."""
    assert hazard_crossing(0.2, 0.0, 1e-3, 0.0, 2.0, math.inf) == pytest.approx(2000.0)
    assert hazard_crossing(0.2, 0.0, 0.0, 0.0, 2.0, math.inf) is None
    assert hazard_crossing(0.2, 0.0, 1e-3, 3.0, 2.0, 10.0) is None
    assert hazard_crossing(0.2, 1e-3, 1e-3, 3.0, 0.0, 10.0) == 0.0
    late = hazard_crossing(1.0, 1e-3, 1e-9, 6.0, 1.0, math.inf)
    assert late is not None
    assert hazard_over(1.0, 1e-3, 1e-9, 6.0, late) == pytest.approx(1.0)
    assert hazard_over(1.0, 1.0, 1e-9, 6.0, 1000.0) == math.inf
    assert hazard_crossing(1.0, 1.0, 1e-9, 6.0, 1.0, 1000.0) is not None


def test_overload_breakage():
    """Bending stress of a .8 D shank, Weibull strength: 63 % break at sigma0 (PHYSICS 2.5)."""
    stress = edge_stress(1000.0, overhang=0.04, diameter=0.01)
    assert stress == pytest.approx(32.0 * 40.0 / (math.pi * 0.008**3))
    assert overload_probability(3.75e9) == pytest.approx(1.0 - math.exp(-1.0))
    assert overload_probability(0.0) == 0.0
    assert overload_probability(2e9, strength=4e9, modulus=12.0) == pytest.approx(
        2.0**-12, rel=2e-4
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TaylorLife(0.0, 3.0, 0.0, 0.0, 4.0), "reference life must be positive, got 0"),
        (lambda: TaylorLife(1.0, 0.0, 0.0, 0.0, 4.0), "speed needs an exponent >= 0"),
        (lambda: TaylorLife(1.0, 3.0, 1.0, 0.0, 4.0, -1.0), "feed needs an exponent >= 0"),
        (lambda: TaylorLife.from_constant(0.0, 0.25), "C must be positive and n in"),
        (lambda: TaylorLife.from_constant(300.0, 1.2), r"n 1\.2"),
    ],
)
def test_tools_out_of_range_are_refused(make, message):
    """The message names quantity, value and bound (STYLE, Errors)."""
    with pytest.raises(OutOfRange, match=message):
        make()
