"""The thermal network against worked numbers, matrix exponentials and closed forms."""

from __future__ import annotations

import math

import mpmath
import pytest

from simtwin.errors import OutOfRange
from simtwin.physics import modal, mode
from simtwin.physics.convection import air_gap, growth, turning_cylinder, turning_disc
from simtwin.physics.curve import Curve
from simtwin.physics.spindle import COPPER, overload_relay
from simtwin.physics.thermal import DEFAULT_NETWORK, Network
from simtwin.physics.tool import KNOTS, land, next_knot

HEAT = (900.0, 250.0, 150.0, 0.0, 0.0)
COLD = (22.0,) * 5
NONE = (math.inf,) * 5
MODE = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
HOT = DEFAULT_NETWORK.mode(ambient=22.0, coolant=None)
RAMP = (0.0, 1.0 / 30.0, 0.0, 0.0, 0.0)
FRONT = DEFAULT_NETWORK.nodes.index("front")


def only(node: int, level: float) -> tuple[float, ...]:
    """Return limits that ask for one node only."""
    return tuple(level if i == node else math.inf for i in range(5))


def stored(start: tuple[float, ...], end: tuple[float, ...]) -> float:
    """Return the heat [J] that the default network has taken up."""
    capacities = DEFAULT_NETWORK.capacities
    return sum(c * (b - a) for c, a, b in zip(capacities, start, end, strict=True))


def lost(total: tuple[float, ...], seconds: float) -> float:
    """Return the heat [J] that leaves the default network with both boundaries at 22 degC."""
    nodes = DEFAULT_NETWORK.nodes
    return sum(
        g * (total[nodes.index(n)] - 22.0 * seconds) for n, _, g in DEFAULT_NETWORK.sinks
    )


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (60.0, (24.454, 28.826, 27.712, 22.386, 22.147)),
        (600.0, (36.240, 39.420, 36.421, 30.643, 26.562)),
        (1800.0, (46.356, 48.784, 45.630, 42.027, 33.644)),
        (3600.0, (51.525, 53.841, 50.598, 48.159, 37.440)),
    ],
)
def test_default_network_warms_as_the_golden_table(t, expected):
    """Nodes of the default network under 900, 250 and 150 W from 22 degC (PHYSICS D3)."""
    assert MODE.after(COLD, HEAT, (), t) == pytest.approx(expected, abs=6e-4)


def test_steady_state_and_time_constants():
    """Steady state 53.470 .. 38.869 degC, five time constants 57.1 to 1388.7 s (PHYSICS D3)."""
    expected = (53.470, 55.747, 52.471, 50.473, 38.869)
    assert MODE.steady(HEAT) == pytest.approx(expected, abs=6e-4)
    taus = sorted(1.0 / rate for rate in MODE.rates)
    assert taus == pytest.approx((57.1, 69.0, 214.6, 438.6, 1388.7), abs=0.06)


@pytest.mark.parametrize(("share", "t"), [(1.0 - math.exp(-1.0), 992.06), (0.95, 3769.6)])
def test_front_bearing_reaches_its_share_of_the_rise(share, t):
    """63 % of the front's rise after 992.06 s, 95 % after 3769.6 s (PHYSICS D3)."""
    level = 22.0 + share * (MODE.steady(HEAT)[FRONT] - 22.0)
    found = MODE.first_above(COLD, HEAT, (), math.inf, only(FRONT, level))
    assert found is not None
    assert t == pytest.approx(found[0], abs=0.06)


def test_energy_closes():
    """In 4.680 MJ = stored 1.85486 + lost 2.82514 MJ in an hour of D3 (PHYSICS D4)."""
    end = MODE.after(COLD, HEAT, (), 3600.0)
    out = lost(MODE.integral(COLD, HEAT, (), 3600.0), 3600.0)
    assert stored(COLD, end) == pytest.approx(1.85486e6, abs=5.0)
    assert out == pytest.approx(2.82514e6, abs=5.0)
    assert sum(HEAT) * 3600.0 == pytest.approx(stored(COLD, end) + out, rel=1e-12)


def test_front_trips_after_coolant_loss():
    """Coolant lost in the steady state: the front is at 70 degC at 1746.96 s (PHYSICS D5)."""
    expected = (121.84, 120.75, 117.66, 109.30, 108.51)
    assert HOT.steady(HEAT) == pytest.approx(expected, abs=6e-3)
    assert 1.0 / HOT.rates[0] == pytest.approx(6250.8, abs=0.06)
    start = MODE.steady(HEAT)
    found = HOT.first_above(start, HEAT, (), math.inf, only(FRONT, 70.0))
    assert found is not None
    at, node = found
    assert node == FRONT
    several = HOT.first_above(start, HEAT, (), 7200.0, (math.inf, 70.0, 69.0, 60.0, 99.0))
    assert several is not None
    assert DEFAULT_NETWORK.nodes[several[1]] == "shaft"
    assert at == pytest.approx(1746.96, abs=6e-3)
    assert HOT.after(start, HEAT, (), at)[FRONT] == pytest.approx(70.0, abs=1e-10)
    assert HOT.first_above(start, HEAT, (), at - 1e-6, only(FRONT, 70.0)) is None


def test_one_node_in_closed_form():
    """400 W into 20 W/K and 36000 J/K: 12.642 K at 1800 s, 15 K at 2495.33 s (PHYSICS D6)."""
    one = Network(("a",), (36000.0,), (), (("a", "ambient", 20.0),))
    mode_ = one.mode(ambient=0.0, coolant=None)
    assert 20.0 * -math.expm1(-1.0) == pytest.approx(
        mode_.after((0.0,), (400.0,), (), 1800.0)[0], abs=1e-12
    )
    assert round(mode_.after((0.0,), (400.0,), (), 1800.0)[0], 3) == 12.642
    found = mode_.first_above((0.0,), (400.0,), (), math.inf, (15.0,))
    assert found is not None
    assert 1800.0 * math.log(4.0) == pytest.approx(found[0], abs=1e-10)


def test_trip_of_the_one_node_plant():
    """500 W, .1 K/W, tau 30 min: trip at 30 ln 5 = 48.283137 min (ORACLES F1)."""
    one = Network(("a",), (18000.0,), (), (("a", "ambient", 10.0),))
    mode_ = one.mode(ambient=20.0, coolant=None)
    found = mode_.first_above((20.0,), (500.0,), (), math.inf, (60.0,))
    assert found is not None
    assert 30.0 * math.log(5.0) == pytest.approx(found[0] / 60.0, abs=1e-11)
    middle = mode_.after((20.0,), (500.0,), (), 1200.0)
    rest = mode_.first_above(middle, (500.0,), (), math.inf, (60.0,))
    assert rest is not None
    assert found[0] == pytest.approx(1200.0 + rest[0], abs=1e-10)


def test_overload_relay():
    """1.5 x the setting: 1616.0 s cold, 812.8 s from .8 load; never below 1.05 (PHYSICS D7)."""
    assert overload_relay(1.5) == pytest.approx(1616.0, abs=0.05)
    assert overload_relay(1.5, before=0.8) == pytest.approx(812.8, abs=0.05)
    assert overload_relay(1.05) == math.inf
    assert overload_relay(1.5, before=1.05) == 0.0


def test_growth_of_the_tool_point():
    """250 mm of steel, 30 K warmer: 87.8 um (PHYSICS D8)."""
    assert growth(0.25, 30.0) == pytest.approx(87.75e-6, rel=1e-12)


def test_convection_of_turning_surfaces():
    """25.4, 54.9, 109.1 W/(m2 K) at 1000, 3000, 8000 rpm of a 35 mm radius (PHYSICS D9)."""
    found = [turning_cylinder(rpm * math.pi / 30.0, 0.035) for rpm in (1000, 3000, 8000)]
    assert found == pytest.approx([25.4, 54.9, 109.1], abs=0.05)
    assert turning_disc(2.0, 0.1) / turning_disc(1.0, 0.1) == pytest.approx(2.0**0.8)
    assert air_gap(1.0, 0.1, 1e-3) / air_gap(1.0, 0.1, 2e-3) == pytest.approx(2.0**0.333)
    with pytest.raises(OutOfRange, match="gap must be positive, got 0"):
        air_gap(1.0, 0.1, 0.0)


@pytest.mark.parametrize(
    ("t", "expected", "front"),
    [
        (60.0, (24.454460, 28.857176, 27.711782, 22.386784, 22.147595), 1552.6976),
        (600.0, (36.260728, 40.324546, 36.487913, 30.790357, 26.597336), 21081.8472),
        (1800.0, (46.639092, 52.088408, 46.185838, 43.033407, 33.936165), 77245.4779),
        (3600.0, (52.520372, 61.094846, 52.229234, 50.912050, 38.350889), 180031.0255),
    ],
)
def test_ramped_heat_follows_the_golden_table(t, expected, front):
    """D3 with front heat 250 + t/30 W: temperatures and the integral (PHYSICS D10)."""
    assert MODE.after(COLD, HEAT, RAMP, t) == pytest.approx(expected, abs=6e-7)
    assert front == pytest.approx(MODE.integral(COLD, HEAT, RAMP, t)[FRONT], abs=6e-5)
    path = MODE.trajectory(COLD, HEAT, RAMP)
    assert [path.at(i, t) for i in range(5)] == pytest.approx(expected, abs=6e-7)


def test_ramped_heat_crosses_and_closes():
    """Front at 55 degC after 2253.9577 s; 4.896 MJ = 1.9694528 + 2.9265472 MJ (PHYSICS D10)."""
    found = MODE.first_above(COLD, HEAT, RAMP, 3600.0, only(FRONT, 55.0))
    assert found is not None
    assert found[0] == pytest.approx(2253.9577, abs=6e-5)
    assert MODE.first_above(COLD, HEAT, RAMP, 2253.9, only(FRONT, 55.0)) is None
    end = MODE.after(COLD, HEAT, RAMP, 3600.0)
    out = lost(MODE.integral(COLD, HEAT, RAMP, 3600.0), 3600.0)
    assert stored(COLD, end) == pytest.approx(1.9694528e6, abs=0.1)
    assert out == pytest.approx(2.9265472e6, abs=0.1)
    assert stored(COLD, end) + out == pytest.approx(4.896e6, rel=1e-12)


def test_lag_behind_a_ramp():
    """The lag K^-1 C K^-1 q1 is .86126 1.07088 .93755 1.25969 .64253 K (PHYSICS D10)."""
    late = 1e6
    heat = tuple(q + late * r for q, r in zip(HEAT, RAMP, strict=True))
    lag = [
        a - b
        for a, b in zip(MODE.steady(heat), MODE.after(COLD, HEAT, RAMP, late), strict=True)
    ]
    assert lag == pytest.approx([0.86126, 1.07088, 0.93755, 1.25969, 0.64253], abs=6e-6)


@pytest.mark.parametrize("seconds", [0.5, 60.0, 3600.0, 40000.0])
def test_advance_against_a_matrix_exponential(seconds):
    """Temperatures and integrals to 1e-11 of a 40-digit exponential (PHYSICS D10, 5.4)."""
    slopes = (1.179, -0.8, -0.5, 0.0, 0.0)
    mode_ = DEFAULT_NETWORK.mode(ambient=19.0, coolant=24.0, slopes=slopes)
    ramp = (0.01, 1.0 / 30.0, -0.005, 0.0, 0.0)
    start = (45.0, 70.0, 44.0, 41.0, 33.0)
    expected = exponential(slopes, start, ramp, seconds)
    assert mode_.after(start, HEAT, ramp, seconds) == pytest.approx(expected[:5], abs=1e-11)
    total = mode_.integral(start, HEAT, ramp, seconds)
    assert total == pytest.approx(expected[5:], rel=1e-13)


def exponential(slopes, start, ramp, seconds):
    """Return T and int T by ``expm`` of the network and its ramp in one matrix, 40 digits."""
    network, number = DEFAULT_NETWORK, {n: i for i, n in enumerate(DEFAULT_NETWORK.nodes)}
    with mpmath.workdps(40):
        a = mpmath.zeros(12)  # T, int T, time, one
        for one, other, g in network.links:
            i, j = number[one], number[other]
            for x, y in ((i, j), (j, i)):
                a[x, x] -= mpmath.mpf(g)
                a[x, y] += mpmath.mpf(g)
        for node, sink, g in network.sinks:
            i = number[node]
            a[i, i] -= g
            a[i, 11] += g * (19.0 if sink == "ambient" else 24.0)
        for i in range(5):
            a[i, i] += mpmath.mpf(slopes[i])
            a[i, 10] = mpmath.mpf(ramp[i])
            a[i, 11] += HEAT[i]
            for j in range(12):
                a[i, j] /= network.capacities[i]
            a[5 + i, i] = 1
        a[10, 11] = 1
        begin = mpmath.matrix([*start, *([0.0] * 6), 1.0])
        end = mpmath.expm(a * mpmath.mpf(seconds)) * begin
        return [float(end[i]) for i in range(10)]


def test_wear_of_one_edge_as_ramps_between_knots():
    """An edge worn out in 960 s heats motor and front, copper in A (PHYSICS D11)."""
    slope = 300.0 * COPPER
    mode_ = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0, slopes=(slope, 0.0, 0.0, 0.0, 0.0))
    temperatures, front, damage = (45.0, 47.0, 44.0, 41.0, 33.0), 0.0, 0.0
    while damage < 1.0:
        knot = next_knot(damage)
        dt = 960.0 * (knot - damage)
        heat, later = heats_at(land(damage), slope), heats_at(land(knot), slope)
        ramp = tuple((b - a) / dt for a, b in zip(heat, later, strict=True))
        front += mode_.integral(temperatures, heat, ramp, dt)[FRONT]
        temperatures = mode_.after(temperatures, heat, ramp, dt)
        damage = knot
    assert temperatures == pytest.approx(
        (51.653423, 52.828014, 49.074712, 46.281992, 36.424380), abs=6e-7
    )
    assert front == pytest.approx(48397.7755, abs=6e-5)
    assert KNOTS[-1] == damage


def heats_at(wear, slope):
    """Return the heats of D11 at a wear land: K_VB = 1 + .27 w, the copper slope left out."""
    k = 1.0 + 0.27 * wear
    return (500.0 + 100.0 * k + 300.0 * k * k - slope * 53.0, 200.0 + 50.0 * k, 150.0, 0.0, 0.0)


def test_network_without_a_boundary_keeps_its_energy():
    """Without boundaries heat stays: the mean rises, the parts even out (PHYSICS 5.4)."""
    two = Network(("a", "b"), (1000.0, 3000.0), (("a", "b", 10.0),), ())
    mode_ = two.mode(ambient=22.0, coolant=None)
    assert mode_.still == 1
    start, heat = (60.0, 20.0), (100.0, 0.0)
    for ramp in ((), (0.5, 0.0)):
        a, b = mode_.after(start, heat, ramp, 600.0)
        given = 100.0 * 600.0 + (0.5 * 600.0**2 / 2.0 if ramp else 0.0)
        assert 1000.0 * 60.0 + 3000.0 * 20.0 + given == pytest.approx(1000.0 * a + 3000.0 * b)
        path = mode_.trajectory(start, heat, ramp)
        assert (a, b) == pytest.approx([path.at(i, 600.0) for i in (0, 1)], abs=1e-12)
    even = mode_.after(start, (0.0, 0.0), (), 1e6)
    assert even == pytest.approx((30.0, 30.0), abs=1e-11)
    assert mode_.integral(even, (0.0, 0.0), (), 10.0) == pytest.approx((300.0, 300.0))
    found = mode_.first_above(start, heat, (), math.inf, (math.inf, 50.0))
    assert found is not None
    assert mode_.after(start, heat, (), found[0])[1] == pytest.approx(50.0, abs=1e-10)
    assert mode_.first_above(start, (0.0, 0.0), (), math.inf, (math.inf, 50.0)) is None
    assert not mode_.certainly_below(start, heat, (), 10.0, (1e9, 1e9))
    with pytest.raises(OutOfRange, match="no steady state"):
        mode_.steady(heat)


def test_runaway_is_refused():
    """Heat that grows faster with temperature than it can leave has no law (PHYSICS 5.4)."""
    one = Network(("a",), (1000.0,), (), (("a", "ambient", 2.0),))
    warm = one.mode(ambient=20.0, coolant=None, slopes=(1.0,))
    assert warm.steady((0.0,))[0] == pytest.approx(20.0 * 2.0 / 1.0)
    with pytest.raises(OutOfRange, match="thermal runaway"):
        one.mode(ambient=20.0, coolant=None, slopes=(2.0,))
    with pytest.raises(OutOfRange, match="slopes: need 1, one per node, got 2"):
        one.mode(ambient=20.0, coolant=None, slopes=(0.0, 0.0))


def test_hold_equals_the_advance_bit_for_bit_when_remembered(monkeypatch):
    """A hold is the advance as a map, the same bits remembered or not, few kept (KERNEL 12)."""
    fresh = DEFAULT_NETWORK.mode(ambient=21.5, coolant=23.0)
    monkeypatch.setattr(mode, "HOLDS_KEPT", 2)
    first = fresh.hold(123.0)
    assert fresh.hold(123.0) is first
    fresh.hold(1.0)
    fresh.hold(2.0)
    again = fresh.hold(123.0)
    assert again is not first
    assert first == again
    assert first.duration == 123.0

    def rows(flat, vector):
        return [
            sum(a * b for a, b in zip(flat[i : i + 5], vector, strict=True))
            for i in range(0, 25, 5)
        ]

    def applied(phi, heat, ramp, base):
        parts = (rows(phi, COLD), rows(heat, HEAT), rows(ramp, RAMP), base)
        return [sum(terms) for terms in zip(*parts, strict=True)]

    assert fresh.after(COLD, HEAT, RAMP, 123.0) == pytest.approx(
        applied(first.phi, first.heat, first.ramp, first.base), abs=1e-12
    )
    assert fresh.integral(COLD, HEAT, RAMP, 123.0) == pytest.approx(
        applied(first.int_phi, first.int_heat, first.int_ramp, first.int_base), rel=1e-13
    )


def test_bound_is_only_ever_certain_below():
    """A True of the cheap bound holds: a bound by order cannot be beaten (PHYSICS 5.4)."""
    limits = only(FRONT, 60.0)
    assert MODE.certainly_below(COLD, HEAT, (), math.inf, limits)
    assert MODE.first_above(COLD, HEAT, (), math.inf, limits) is None
    assert not MODE.certainly_below(COLD, HEAT, (), 1.0, only(FRONT, 55.0))
    assert MODE.first_above(COLD, HEAT, (), 1.0, only(FRONT, 55.0)) is None
    assert not MODE.certainly_below(COLD, HEAT, RAMP, 3600.0, limits)
    assert MODE.certainly_below(COLD, HEAT, RAMP, 60.0, limits)
    assert MODE.certainly_below((22.0, 59.0, 22.0, 22.0, 22.0), HEAT, (), 60.0, limits)
    assert not MODE.certainly_below((22.0, 22.0, 22.0, 22.0, 60.0), HEAT, (), 60.0, limits)


def test_all_below_waits_for_the_last_node():
    """Cooling ends when every node is at or below its level at one time (PHYSICS 5.3, 9.5)."""
    start, still = HOT.steady(HEAT), (0.0,) * 5
    levels = (50.0, 45.0, math.inf, math.inf, 40.0)
    at = MODE.first_all_below(start, still, math.inf, levels)
    assert at is not None
    end = MODE.after(start, still, (), at)
    assert all(t <= level + 1e-9 for t, level in zip(end, levels, strict=True))
    before = MODE.after(start, still, (), at - 1e-6)
    assert any(t > level for t, level in zip(before, levels, strict=True))
    assert MODE.first_all_below(start, still, at - 1.0, levels) is None
    assert MODE.first_all_below(COLD, still, 0.0, levels) == 0.0
    assert MODE.first_all_below(start, HEAT, math.inf, levels) is None


def test_all_below_comes_back_for_a_node_that_warms_meanwhile():
    """While one node cools its neighbour warms: both must be below at once (PHYSICS 5.4)."""
    two = Network(("a", "b"), (1000.0, 1000.0), (("a", "b", 10.0),), (("b", "ambient", 1.0),))
    mode_ = two.mode(ambient=0.0, coolant=None)
    levels = (40.0, 30.0)
    at = mode_.first_all_below((80.0, 20.0), (0.0, 0.0), math.inf, levels)
    assert at is not None
    b = mode_.trajectory((80.0, 20.0), (0.0, 0.0)).curve(1)
    assert b.at(at) == pytest.approx(30.0, abs=1e-9)
    rise = b.first_rise(30.0, 0.0, math.inf)
    assert rise is not None
    assert rise < at


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": ("a", "a")}, "at least one and distinct"),
        ({"nodes": (), "capacities": ()}, "at least one and distinct"),
        ({"capacities": (1.0,)}, "need 2, one per node, got 1"),
        ({"capacities": (1.0, 0.0)}, "capacity of b must be positive, got 0.0"),
        ({"links": (("a", "coolant", 1.0),)}, "a-coolant: must join"),
        ({"links": (("a", "a", 1.0),)}, "a-a: must join"),
        ({"sinks": (("a", "b", 1.0),)}, "a-b: must join"),
        ({"links": (("a", "b", -1.0),)}, "conductance a-b must be >= 0, got -1.0"),
    ],
)
def test_network_that_makes_no_sense_is_refused(change, message):
    """The message names node, value and bound (STYLE, Errors)."""
    network = {
        "nodes": ("a", "b"),
        "capacities": (1.0, 1.0),
        "links": (("a", "b", 1.0),),
        "sinks": (),
    }
    with pytest.raises(OutOfRange, match=message):
        Network(**(network | change))


def test_phi_functions_meet_at_one():
    """Series and recursion agree with mpmath where they meet, and near 0 (PHYSICS 5.4)."""
    for x in (0.0, 1e-12, 0.3, 1.0 - 1e-12, 1.0, 30.0, 700.0):
        found = modal.phi_functions(x)
        with mpmath.workdps(120):
            y = mpmath.mpf(x) if x else mpmath.mpf("1e-30")
            one = (1 - mpmath.exp(-y)) / y
            two = (1 - one) / y
            expected = [float(v) for v in (one, two, (mpmath.mpf(1) / 2 - two) / y)]
        assert found == pytest.approx(expected, rel=3e-15)


def test_modes_of_a_matrix_that_needs_no_turn():
    """A diagonal matrix is its own modal form, sorted; a zero matrix too (PHYSICS 5.4)."""
    values, vectors = modal.symmetric_modes(((3.0, 0.0), (0.0, 1.0)))
    assert values == (1.0, 3.0)
    assert vectors == ((0.0, 1.0), (1.0, 0.0))


def test_peak_between_the_ends_is_found():
    """A node that peaks inside the hold crosses there, both ends being low (PHYSICS 5.4)."""
    peak = Curve((0.001, 0.01), (30.0, -40.0), 20.0)
    at = math.log(40.0 * 0.01 / (30.0 * 0.001)) / 0.009
    height = peak.at(at)
    for gap in (1e-3, 1e-6, 1e-9):
        crossing = peak.crossings(height - gap, 0.0, math.inf)
        assert len(crossing) == 2
        assert crossing[0] < at < crossing[1]
        assert peak.crossings(height + gap, 0.0, 1e5) == ()


def test_last_chance_covers_every_kind_of_curve():
    """Over an open horizon the limit law decides: parabola, line, steady state (KERNEL 7)."""
    inf = math.inf
    assert Curve((), (), 0.0, 0.0, 1.0).first_rise(4.0, 0.0, inf) == pytest.approx(2.0)
    assert Curve((), (), 9.0, -1.0).first_fall(4.0, 0.0, inf) == pytest.approx(5.0)
    assert Curve((), (), 9.0).first_fall(4.0, 0.0, inf) is None
    assert Curve((1.0,), (1.0,), 9.0).first_rise(20.0, 0.0, inf) is None
    from_level = Curve((1.0, 2.0), (1.0, -1.0), 5.0)
    assert from_level.first_rise(5.0, 0.0, inf) is None
    falling_first = Curve((1.0, 2.0), (-1.0, 1.0), 5.0)
    assert falling_first.at(0.0) == 5.0
    assert falling_first.crossings(4.8, 0.0, inf) == pytest.approx(
        (-math.log((1 + math.sqrt(0.2)) / 2), -math.log((1 - math.sqrt(0.2)) / 2))
    )
    assert falling_first.first_rise(4.0, 5.0, 5.0) is None
