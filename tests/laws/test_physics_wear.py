"""Properties of damage, wear, hazards and lives: nothing depends on how time is cut."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from simtwin.physics.bearing import (
    Oil,
    a_iso,
    duty_integral,
    oiled_damage,
    strength,
    strength_conditional,
    strength_survival,
)
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.law import Advance, Crossing
from simtwin.physics.life import (
    Exponential,
    Gamma,
    Geometric,
    Lognormal,
    NegativeBinomial,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from simtwin.physics.thermal import DEFAULT_NETWORK
from simtwin.physics.tool import damage_at, hazard_crossing, hazard_over, land

shares = st.floats(0.0, 1.0)
uniforms = st.floats(0.0, 1.0, exclude_max=True)
LAWS = [
    Exponential(3.0),
    Weibull(2.5, 7.0),
    Weibull(0.6, 50.0),
    Lognormal(3.0, 0.8),
    Normal(5.0, 2.0),
    Uniform(2.0, 9.0),
    Triangular(1.0, 2.0, 6.0),
    Gamma(2.5, 4.0),
    GammaProcess(0.5, 2.0, 50.0),
    GammaProcess(3.0, 4.0, 0.01),
    WienerProcess(0.1, 0.5, 10.0),
    WienerProcess(1.0, 30.0, 2.0),
    NegativeBinomial(5, 0.1),
    Geometric(0.2),
]


@given(
    st.floats(0.0, 1.2), st.floats(1e-6, 1e-2), st.floats(0.0, 8.0), st.floats(0.1, 2e3), shares
)
def test_hazard_of_a_then_b_is_that_of_a_plus_b(damage, rate, growth, dt, share):
    """The breakage hazard adds up over any split, and never falls (PHYSICS 7.4, rule 1)."""
    assume(growth * (1.0 + 2.5 * rate * dt) < 300.0)
    whole = hazard_over(damage, rate, 1e-6, growth, dt)
    first = hazard_over(damage, rate, 1e-6, growth, share * dt)
    rest = hazard_over(damage + rate * share * dt, rate, 1e-6, growth, dt - share * dt)
    assert first + rest == pytest.approx(whole, rel=1e-9)
    assert 0.0 <= first <= whole * (1.0 + 1e-12)


@given(
    st.floats(0.0, 1.2), st.floats(0.0, 1e-2), st.floats(0.0, 8.0), st.floats(1e-6, 10.0),
    st.floats(1.0, 1e4),
)  # fmt: skip
@example(0.0, 5e-324, 1.0, 0.59375, 5938.0)
def test_crossing_inverts_the_hazard(damage, rate, growth, target, horizon):
    """The hazard at its crossing is the threshold, without one it is below (KERNEL 23)."""
    at = hazard_crossing(damage, rate, 1e-4, growth, target, horizon)
    if at is None:
        assert hazard_over(damage, rate, 1e-4, growth, horizon) <= target * (1.0 + 1e-9)
    else:
        assert 0.0 < at <= horizon * (1.0 + 1e-12)
        assert hazard_over(damage, rate, 1e-4, growth, at) == pytest.approx(target, rel=1e-9)


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_wear_land_never_falls(one, other):
    """More damage, more wear, and the inverse finds it again (PHYSICS 7.3)."""
    low, high = sorted((one, other))
    assert land(low) <= land(high)
    assert damage_at(land(high)) == pytest.approx(high, abs=1e-12)


@given(
    st.floats(0.0, 2.0), st.sampled_from([3.0, 10 / 3]), st.floats(0.0, 0.3),
    st.floats(-1e-5, 1e-3), st.floats(0.01, 1e4), shares,
)  # fmt: skip
def test_bearing_damage_adds_up(per_wear, exponent, k0, slope, dt, share):
    """The damage of a hold is that of its pieces, to 1e-9, for any ramp of wear (KERNEL 14)."""
    assume(1.0 + per_wear * (k0 + slope * dt) > 0.5)
    whole = duty_integral(1e-9, per_wear, exponent, k0, slope, dt)
    a = share * dt
    first = duty_integral(1e-9, per_wear, exponent, k0, slope, a)
    rest = duty_integral(1e-9, per_wear, exponent, k0 + slope * a, slope, dt - a)
    assert first + rest == pytest.approx(whole, rel=1e-9)
    assert first >= 0.0


@settings(max_examples=15)
@given(
    st.floats(15.0, 90.0), st.floats(0.0, 600.0), st.floats(0.05, 0.6),
    st.sampled_from(["ball", "roller"]),
    st.floats(60.0, 3600.0), st.floats(0.05, 0.95),
)  # fmt: skip
def test_oiled_damage_adds_up(begin, friction, ratio, kind, dt, share):
    """Damage that follows the oil adds up to 1e-9 over a split (PHYSICS rule 1)."""
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
    start, heat = (begin,) * 5, (900.0, friction, 150.0, 0.0, 0.0)
    given_ = {
        "oil": Oil(68.0, 8.7), "speed": 300.0, "mean_diameter": 0.09, "ratio": ratio,
        "kind": kind, "rate": 1e-9,
    }  # fmt: skip
    whole = oiled_damage(mode.trajectory(start, heat), 1, dt, **given_)
    a = share * dt
    middle = mode.after(start, heat, (), a)
    first = oiled_damage(mode.trajectory(start, heat), 1, a, **given_)
    rest = oiled_damage(mode.trajectory(middle, heat), 1, dt - a, **given_)
    assert first + rest == pytest.approx(whole, rel=1e-9)


@given(st.floats(0.001, 5.0), st.floats(0.1, 4.0), st.floats(0.1, 4.0))
def test_a_thicker_film_never_shortens_a_life(ratio, one, other):
    """AISO grows with kappa and stays within .1 and 50 (PHYSICS 6.1)."""
    low, high = sorted((one, other))
    for kind in ("ball", "roller"):
        assert 0.1 <= a_iso(ratio, low, kind) <= a_iso(ratio, high, kind) * (1 + 1e-4) <= 50.01


@given(st.sampled_from(LAWS), uniforms, uniforms)
def test_rest_of_a_life(law, u, lived):
    """Given life at an age, the quantile lies beyond it and solves the law (KERNEL 18)."""
    age = law.ppf(lived)
    t = law.conditional(u, age)
    assert t >= age
    assert not math.isnan(t)
    discrete = isinstance(law, NegativeBinomial | Geometric)
    if not discrete and law.survival(t) > 1e-12 and u < 1.0 - 1e-9:
        left = (1.0 - u) * law.survival(age)
        assert law.survival(t) == pytest.approx(left, rel=1e-6)


@given(st.sampled_from(LAWS), uniforms, uniforms)
def test_quantiles_rise(law, one, other):
    """A larger uniform never gives an earlier end; hazards are never negative (KERNEL 22)."""
    low, high = sorted((one, other))
    early, late = law.ppf(low), law.ppf(high)
    assert 0.0 <= early <= late
    assert law.hazard(early, late) >= 0.0
    assert law.cdf(early) <= law.cdf(late)


@given(uniforms, st.floats(0.0, 20.0))
def test_strength_of_a_bearing_that_has_lived(u, damage):
    """The rest of a bearing lies beyond its damage and solves the law of D* (PHYSICS 6.4)."""
    drawn = strength_conditional(u, damage)
    assert drawn >= damage
    left = (1.0 - u) * strength_survival(damage)
    assert strength_survival(drawn) == pytest.approx(left, rel=1e-9, abs=1e-300)
    assert strength(u) >= 0.05


class Counting:
    """The least law: a damage that grows at a constant rate, with a guard at 1."""

    def after(self, state: float, load: float, dt: float) -> float:
        """Return the damage *dt* later."""
        return state + load * dt

    def first_event(self, state: float, load: float, horizon: float) -> Crossing | None:
        """Return when the damage reaches 1."""
        dt = (1.0 - state) / load if load > 0.0 else math.inf
        return Crossing(dt, "edge", "worn") if 0.0 < dt <= horizon else None

    def integral(self, state: float, load: float, dt: float) -> float:
        """Return the integral of the damage."""
        return state * dt + 0.5 * load * dt * dt


@given(st.floats(0.0, 0.9), st.floats(1e-4, 1e-1), st.floats(0.1, 0.9))
def test_a_law_meets_its_guard_where_its_rest_does(state, load, share):
    """Asking later moves no event: the crossing from a later state is the rest (KERNEL 5)."""
    law: Advance[float, float, float] = Counting()
    found = law.first_event(state, load, math.inf)
    assert found is not None
    dt, part, guard = found
    assert (part, guard) == ("edge", "worn")
    later = law.first_event(law.after(state, load, share * dt), load, math.inf)
    assert later is not None
    assert share * dt + later[0] == pytest.approx(dt, rel=1e-9)
    assert law.first_event(state, load, 0.5 * dt) is None
    assert law.integral(state, load, dt) == pytest.approx(0.5 * (state + 1.0) * dt)
