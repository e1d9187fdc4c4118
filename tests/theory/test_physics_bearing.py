"""Bearing friction, fatigue and strength against catalogues, ISO 281 and quadrature."""

from __future__ import annotations

import math

import mpmath
import pytest

from simtwin.errors import OutOfRange
from simtwin.physics.bearing import (
    Oil,
    SkfConstants,
    a_iso,
    bearing_reactions,
    contamination,
    damage_rate,
    duty_integral,
    duty_life,
    equivalent_load,
    friction_heat,
    friction_slope,
    friction_terms,
    kink_temperatures,
    l10_revolutions,
    l10_time,
    life_factor_a1,
    mean_load,
    oiled_damage,
    reference_viscosity,
    series_mean,
    series_quantile,
    series_survival,
    skf_friction,
    strength,
    strength_conditional,
    strength_survival,
    system_life,
    viscosity_ratio,
)
from simtwin.physics.thermal import Network

RPM = math.pi / 30.0
HOUR = 3600.0
VG68 = Oil(68.0, 8.7)


def test_palmgren():
    """Dm 90, 8000 rpm: M0 354.5, M1 33.1 N mm, 324.7 W; f0 2 at 3000: 80.6 W (PHYSICS D1)."""
    speed = 8000 * RPM
    viscous, per_newton = friction_terms(speed, 0.09, 20e-6, 1.65, 0.00046)
    assert viscous / speed * 1e3 == pytest.approx(354.5, abs=0.05)
    assert 800.0 * per_newton / speed * 1e3 == pytest.approx(33.1, abs=0.05)
    assert viscous + 800.0 * per_newton == pytest.approx(324.7, abs=0.05)
    assert friction_heat(speed, 0.09, 20e-6, 1.65, 0.00046, 800.0) == pytest.approx(
        324.7, abs=0.05
    )
    slower = friction_heat(3000 * RPM, 0.09, 20e-6, 2.0, 0.00046, 800.0)
    assert slower == pytest.approx(80.6, abs=0.05)
    assert friction_terms(3000 * RPM, 0.09, 20e-6, 2.0, 0.0)[0] / (
        3000 * RPM
    ) * 1e3 == pytest.approx(223.5, abs=0.05)


def test_palmgren_is_continuous_where_its_branches_meet():
    """At nu n = 2000 the viscous moment has no step, below it stands still (PHYSICS 5.1)."""
    meet = 100 * RPM  # nu 20
    below, above = (
        friction_terms(meet * factor, 0.09, 20e-6, 2.0, 0.0)[0] / (meet * factor)
        for factor in (1 - 1e-9, 1 + 1e-9)
    )
    assert below == pytest.approx(above, rel=1e-8)
    assert friction_terms(0.0, 0.09, 20e-6, 2.0, 0.1) == (0.0, 0.0)


def test_slope_of_the_friction():
    """DQ/dT is that of two neighbouring temperatures, 0 on the slow branch (PHYSICS 5.4)."""
    heats = [
        friction_terms(800.0, 0.09, VG68.viscosity(t), 1.65, 0.0)[0] for t in (39.99, 40.01)
    ]
    slope = friction_slope(800.0, 0.09, VG68, 40.0, 1.65)
    assert slope == pytest.approx((heats[1] - heats[0]) / 0.02, rel=1e-6)
    assert slope < 0.0
    assert friction_slope(1.0, 0.09, VG68, 40.0, 1.65) == 0.0


def test_skf_6309():
    """SKF 6309 at 3000 rpm: 377.1 N mm under 10 kN, 51.0 under 1 kN (PHYSICS D2).

    SKF turns moments into heat with 1.05e-4 for 2 pi/60000, .27 % high: 118.8 and 16.06 W.
    """
    given = {
        "mean_diameter": 0.0725,
        "viscosity": 20e-6,
        "constants": SkfConstants(3.7e-7, 2.84e-3),
    }
    heavy = skf_friction(3000 * RPM, radial=10e3, **given)
    assert heavy.rolling * 1e3 == pytest.approx(160.67, abs=0.05)
    assert heavy.sliding * 1e3 == pytest.approx(216.45, abs=0.05)
    assert heavy.moment * 1e3 == pytest.approx(377.1, abs=0.05)
    printed = 1.05e-4 / (math.tau / 60000.0)
    assert heavy.heat * printed == pytest.approx(118.8, abs=0.05)
    light = skf_friction(3000 * RPM, radial=1e3, **given)
    assert light.moment * 1e3 == pytest.approx(51.0, abs=0.05)
    assert light.heat * printed == pytest.approx(16.06, abs=5e-3)
    assert skf_friction(3000 * RPM, radial=1e3, extra=0.1, **given).moment == pytest.approx(
        light.moment + 0.1
    )


def test_skf_angular_contact():
    """Angular contact feels axial load and the balls' own weight at speed (PHYSICS 5.2)."""
    series = SkfConstants(r1=5.03e-7, r2=1.97, r3=1.90e-12, s1=0.013, s2=0.68, s3=1.91e-12)
    given = {
        "mean_diameter": 0.09,
        "viscosity": 20e-6,
        "kind": "angular contact",
        "constants": series,
    }
    speed, n, dm = 8000 * RPM, 8000.0, 90.0
    found = skf_friction(speed, radial=100.0, axial=500.0, synthetic=True, **given)
    thrown = dm**4 * n**2
    rolling = 5.03e-7 * dm**1.97 * (100 + 1.90e-12 * thrown + 1.97 * 500) ** 0.54
    inlet = 1 / (1 + 1.84e-9 * (n * dm) ** 1.28 * 20**0.64)
    assert found.rolling * 1e3 == pytest.approx(inlet * rolling * (20 * n) ** 0.6)
    sliding = 0.013 * dm**0.26 * ((100 + 1.91e-12 * thrown) ** (4 / 3) + 0.68 * 500 ** (4 / 3))
    assert found.sliding * 1e3 == pytest.approx(0.04 * sliding, rel=1e-3)


def test_catalogue_life():
    """SKF 6309, C 55.3, P 10 kN, 3000 rpm: 169.112 Mrev, 939.51 h (PHYSICS E1)."""
    assert l10_revolutions(55.3e3, 10e3) == pytest.approx(169.112e6, rel=1e-5)
    assert l10_time(3000 * RPM, 10e3, 55.3e3) / HOUR == pytest.approx(939.51, abs=5e-3)


def test_life_of_a_simple_bearing():
    """C 20, P 5 kN, 6000 rpm: 64 million revolutions, 177.7778 h (ORACLES F5)."""
    assert l10_revolutions(20e3, 5e3, 3.0) == 64e6
    assert 1.0 / damage_rate(6000 * RPM, 5e3, 20e3) / HOUR == pytest.approx(177.7778, abs=5e-5)


@pytest.mark.parametrize(
    ("kappa", "expected"), [(0.4, (0.15385, 0.15386)), (1.0, (0.39865,) * 2)]
)
def test_roller_factor_is_continuous(kappa, expected):
    """Roller aISO at x .1 on both sides of kappa .4 and 1 (PHYSICS E2)."""
    found = (a_iso(0.1, kappa * (1 - 1e-12), "roller"), a_iso(0.1, kappa, "roller"))
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("kappa", "expected"),
    [
        (0.15, (0.120, 0.138, 0.150, 0.167, 0.202)),
        (0.5, (0.209, 0.366, 0.529, 0.862, 2.138)),
        (1.0, (0.384, 1.144, 2.431, 6.918, 50.0)),
        (2.0, (0.472, 1.702, 4.202, 15.113, 50.0)),
        (4.0, (0.573, 2.501, 7.202, 33.285, 50.0)),
    ],
)
def test_ball_factor(kappa, expected):
    """Ball aISO at x = .01 .05 .1 .2 .5, capped at 50 (PHYSICS E3)."""
    found = [a_iso(x, kappa, "ball") for x in (0.01, 0.05, 0.1, 0.2, 0.5)]
    assert found == pytest.approx(expected, abs=6e-4)
    assert a_iso(0.1, 9.0, "ball") == a_iso(0.1, 4.0, "ball")
    assert a_iso(0.1, 0.01, "ball") == a_iso(0.1, 0.1, "ball")


def test_modified_life_of_6309():
    """6309 at 3000 rpm, nu 20, x .1072: nu1 9.649, kappa 2.0728, aISO 4.82 (PHYSICS E4)."""
    assert reference_viscosity(3000 * RPM, 0.0725) * 1e6 == pytest.approx(9.649, abs=5e-4)
    kappa = viscosity_ratio(20e-6, 3000 * RPM, 0.0725)
    assert kappa == pytest.approx(2.0728, abs=5e-5)
    assert a_iso(0.1072, kappa, "ball") == pytest.approx(4.82, abs=5e-3)
    slow = reference_viscosity(500 * RPM, 0.0725) * 1e6
    assert slow == pytest.approx(45000 * 500**-0.83 / math.sqrt(72.5))


def test_contamination():
    """EC at kappa 1.5, 90 mm: .848 .504 .160 .073 .009 (PHYSICS E5)."""
    grades = ("high", "normal", "slight", "severe", "very severe")
    found = [contamination(1.5, 0.09, grade) for grade in grades]
    assert found == pytest.approx([0.848, 0.504, 0.160, 0.073, 0.009], abs=6e-4)
    assert contamination(1.5, 0.02, "very severe") == 0.0


def test_duty_cycle():
    """Three loads: n_m 6100, P_m 3.57130 kN, 12956.6 h both ways (PHYSICS E6)."""
    duty = [(0.5, 8000 * RPM, 2e3), (0.3, 3000 * RPM, 6e3), (0.2, 6000 * RPM, 3.5e3)]
    speed, load = mean_load(duty)
    assert speed / RPM == pytest.approx(6100.0)
    assert load == pytest.approx(3571.30, abs=5e-3)
    singles = [l10_time(n, p, 60e3) / HOUR for _, n, p in duty]
    assert singles == pytest.approx([56250.0, 5555.6, 13994.2], abs=0.05)
    assert duty_life(duty, 60e3) / HOUR == pytest.approx(12956.6, abs=0.05)
    assert l10_time(speed, load, 60e3) / HOUR == pytest.approx(12956.6, abs=0.05)


def test_pair_under_combined_load():
    """25 deg pair, C 79, Fr 3, Fa 1.5 kN, 8000 rpm: 4.38 kN, 12224 h (PHYSICS E7)."""
    load = equivalent_load(3e3, 1.5e3, e=0.68, x=0.67, y=1.41, y1=0.92)
    assert load == pytest.approx(4380.0)
    assert l10_time(8000 * RPM, load, 79e3) / HOUR == pytest.approx(12224.0, abs=0.5)


def test_single_row_under_combined_load():
    """7206 B, C 22.5, Fr 2, Fa 3 kN, 3000 rpm: 2.41 kN, 813.8 Mrev, 4521 h (PHYSICS E8)."""
    load = equivalent_load(2e3, 3e3, e=1.14, x=0.35, y=0.57)
    assert load == pytest.approx(2410.0)
    assert l10_revolutions(22.5e3, load) == pytest.approx(813.8e6, abs=5e4)
    assert l10_time(3000 * RPM, load, 22.5e3) / HOUR == pytest.approx(4521.0, abs=0.5)


def test_reactions_balance():
    """Front and rear bearing carry the force and no moment is left (PHYSICS 6.2)."""
    front, rear = bearing_reactions(1000.0, overhang=0.08, span=0.2)
    assert front + rear == pytest.approx(1000.0)
    assert rear * 0.2 == pytest.approx(-1000.0 * 0.08)


def test_reliability_factor():
    """Formula a1 .6379 .5549 .4654 .3659 .2483 .0768 at 95 .. 99.95 % (PHYSICS E9)."""
    shares = (0.95, 0.96, 0.97, 0.98, 0.99, 0.9995)
    found = [life_factor_a1(s) for s in shares]
    assert found == pytest.approx([0.6379, 0.5549, 0.4654, 0.3659, 0.2483, 0.0768], abs=6e-5)
    for s in shares:
        assert strength_survival(life_factor_a1(s)) == pytest.approx(s, rel=1e-12)
    old = [(math.log(s) / math.log(0.9)) ** (1 / 1.5) for s in shares[:-1]]
    assert old == pytest.approx([0.62, 0.53, 0.44, 0.33, 0.21], abs=0.01)


def test_bearings_in_series_by_formula():
    """20000 and 30000 h: 14969 h with slope 1.5, 12833 h with 10/9 (PHYSICS E10)."""
    assert system_life([20000.0, 30000.0]) == pytest.approx(14969.0, abs=0.5)
    assert system_life([20000.0, 30000.0], 10 / 9) == pytest.approx(12833.0, abs=0.5)


def test_drawn_strengths():
    """10 % of drawn D* lie below 1, median 3.385, mean 3.894 (PHYSICS E11, 6.4)."""
    draws = [strength((i + 0.5) / 10000) for i in range(10000)]
    assert sum(d < 1.0 for d in draws) == 1000
    assert strength(0.5) == pytest.approx(3.385, abs=6e-4)
    assert sum(draws) / 10000 == pytest.approx(3.894, abs=1e-3)
    assert strength(0.0) == 0.05
    for u in (0.1, 0.5, 0.9):
        assert strength_survival(strength_conditional(u, 2.0)) == pytest.approx(
            strength_survival(2.0) * (1.0 - u)
        )
        assert strength_conditional(u, 0.04) == strength(u)


def test_two_bearings_in_series():
    """L10 15396.12, median 51105.6, mean 58724.9 h; p .01287048 from 20000 h (PHYSICS E14)."""
    rates = [1 / 20000, 1 / 30000]
    assert series_quantile(rates, 0.1) == pytest.approx(15396.12, abs=5e-3)
    assert series_quantile(rates, 0.5) == pytest.approx(51105.6, abs=0.05)
    assert series_mean(rates) == pytest.approx(58724.9, abs=0.05)
    next_1000 = 1.0 - series_survival(rates, 21000.0) / series_survival(rates, 20000.0)
    assert next_1000 == pytest.approx(0.01287048, abs=5e-9)
    single = 0.05 + 0.95 / 0.10536051565782628 ** (2 / 3) * math.gamma(5 / 3)
    assert series_mean([1.0, 0.0]) == pytest.approx(single, rel=1e-9)
    assert series_quantile([0.0, 1.0], 0.0) == pytest.approx(0.05)
    with pytest.raises(OutOfRange, match=r"not all 0, got \(0\.0,\)"):
        series_quantile([0.0], 0.5)


WARMING = Network(("a",), (300.0,), (), (("a", "ambient", 1.0),)).mode(
    ambient=90.0, coolant=None
)
E19 = {"oil": VG68, "speed": 1500 * RPM, "mean_diameter": 0.0725, "ratio": 0.35, "kind": "ball"}


def test_oil_of_the_example():
    """VG 68: kappa 13.803 at 22 degC, .817 at 90 degC; inverse and slope (PHYSICS E19)."""
    needed = reference_viscosity(1500 * RPM, 0.0725)
    assert VG68.viscosity(22.0) / needed == pytest.approx(13.803, abs=5e-4)
    assert VG68.viscosity(90.0) / needed == pytest.approx(0.817, abs=5e-4)
    for t in (-10.0, 22.0, 90.0, 140.0):
        assert VG68.temperature(VG68.viscosity(t)) == pytest.approx(t, abs=1e-9)
        slope = (VG68.viscosity(t + 1e-3) - VG68.viscosity(t - 1e-3)) / 2e-3
        assert VG68.slope(t) == pytest.approx(slope, rel=1e-6)
    with pytest.raises(OutOfRange, match="viscosity must be above"):
        VG68.temperature(0.2e-6)


def test_damage_with_moving_oil():
    """Kinks at 121.131, 314.854, 666.371 s; int dt/aISO = 537.63388 s (PHYSICS E19)."""
    path = WARMING.trajectory((22.0,), (0.0,))
    kinks = kink_temperatures(VG68, reference_viscosity(1500 * RPM, 0.0725), 0.35, "ball")
    times = sorted(t for k in kinks for t in path.curve(0).crossings(k, 0.0, 6000.0))
    assert times == pytest.approx([121.131, 314.854, 666.371], abs=5e-4)
    whole = oiled_damage(path, 0, 6000.0, rate=1.0, **E19)
    assert whole == pytest.approx(537.63388, abs=5e-6)
    with mpmath.workdps(20):
        needed = reference_viscosity(1500 * RPM, 0.0725)
        curve = path.curve(0)
        expected = mpmath.quad(
            lambda t: 1.0 / a_iso(0.35, VG68.viscosity(curve.at(float(t))) / needed, "ball"),
            [0.0, *times, 1200.0, 2500.0, 6000.0],
        )
    assert whole == pytest.approx(float(expected), rel=1e-11)


def test_damage_with_oil_and_wear():
    """With wear the load grows in the same integral (PHYSICS 6.3)."""
    path = WARMING.trajectory((90.0,), (0.0,))
    plain = oiled_damage(path, 0, 500.0, rate=2e-9, **E19)
    for exponent in (3.0, 10 / 3):
        worn = oiled_damage(path, 0, 500.0, rate=2e-9, wear=(0.6, exponent, 0.05, 4e-4), **E19)
        alone = duty_integral(1.0, 0.6, exponent, 0.05, 4e-4, 500.0)
        assert worn == pytest.approx(plain * alone / 500.0, rel=1e-12)


def test_kinks_that_are_not_there():
    """A factor that never reaches its cap has no kink there (PHYSICS 6.3)."""
    needed = 14e-6
    assert len(kink_temperatures(VG68, needed, 0.01, "ball")) == 4
    assert len(kink_temperatures(VG68, needed, 0.35, "ball")) == 5
    assert len(kink_temperatures(VG68, 0.5e-6, 0.01, "roller")) == 2


def test_duty_integral_in_closed_form():
    """Int (1 + c k)^p dt for a ramp of wear and for none, p 3 and 10/3 (KERNEL 14)."""
    for exponent in (3.0, 10 / 3):
        found = duty_integral(2.0, 0.5, exponent, 0.1, 1e-3, 300.0)
        low, high = 1.05, 1.05 + 0.5 * 1e-3 * 300.0
        above = exponent + 1.0
        assert found == pytest.approx(
            2.0 * (high**above - low**above) / (above * 0.5e-3), rel=1e-12
        )
        still = duty_integral(2.0, 0.5, exponent, 0.1, 0.0, 300.0)
        assert still == pytest.approx(600.0 * low**exponent, rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Oil(8.0, 68.0), r"1 < nu100 < nu40 mm2/s, got nu40 8\.0, nu100 68\.0"),
        (lambda: l10_revolutions(1e3, 0.0), r"must be positive, got 1000\.0 and 0\.0 N"),
        (lambda: reference_viscosity(0.0, 0.07), "speed and diameter must be positive"),
        (lambda: life_factor_a1(1.0), r"reliability must be in \(0, 1\), got 1\.0"),
        (lambda: bearing_reactions(1.0, overhang=0.1, span=0.0), "span must be positive"),
    ],
)
def test_bearings_out_of_range_are_refused(make, message):
    """The message names quantity, value and bound (STYLE, Errors)."""
    with pytest.raises(OutOfRange, match=message):
        make()
