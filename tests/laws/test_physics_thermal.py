"""Properties of the linear thermal law for any network, load and split."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simtwin.physics.curve import Curve
from simtwin.physics.thermal import DEFAULT_NETWORK, Network

COUNT = len(DEFAULT_NETWORK.nodes)
temperatures = st.tuples(*[st.floats(10.0, 120.0)] * COUNT)
heats = st.tuples(*[st.floats(0.0, 1500.0)] * COUNT)
ramps = st.one_of(st.just(()), st.tuples(*[st.floats(-0.2, 0.2)] * COUNT))
slopes = st.one_of(st.just(()), st.tuples(*[st.floats(-5.0, 1.0)] * COUNT))
coolants = st.sampled_from([None, 18.0, 25.0])
seconds = st.floats(0.01, 20000.0)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Return a chain of one to six nodes with or without a way out."""
    n = draw(st.integers(1, 6))
    nodes = tuple(f"n{i}" for i in range(n))
    capacities = tuple(draw(st.floats(100.0, 1e5)) for _ in range(n))
    links = tuple((nodes[i], nodes[i + 1], draw(st.floats(0.1, 100.0))) for i in range(n - 1))
    out = draw(st.booleans())
    sinks = ((nodes[0], "ambient", draw(st.floats(0.1, 50.0))),) if out else ()
    return Network(nodes, capacities, links, sinks)


def add(heat: tuple[float, ...], ramp: tuple[float, ...], t: float) -> tuple[float, ...]:
    """Return the heats at *t* of a hold."""
    return tuple(q + r * t for q, r in zip(heat, ramp, strict=True)) if ramp else heat


@given(temperatures, heats, ramps, slopes, coolants, seconds, st.floats(0.0, 1.0))
def test_a_then_b_is_a_plus_b(start, heat, ramp, slope, coolant, dt, share):
    """A hold in two pieces ends where the whole ends, to 1e-9 K (PHYSICS rule 1)."""
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=coolant, slopes=slope)
    a, b = share * dt, dt - share * dt
    middle = mode.after(start, heat, ramp, a)
    end = mode.after(middle, add(heat, ramp, a), ramp, b)
    whole = mode.after(start, heat, ramp, dt)
    assert max(abs(x - y) for x, y in zip(end, whole, strict=True)) < 1e-9
    parts = (
        mode.integral(start, heat, ramp, a),
        mode.integral(middle, add(heat, ramp, a), ramp, b),
    )
    for x, y, total in zip(*parts, mode.integral(start, heat, ramp, dt), strict=True):
        assert abs(x + y - total) <= 1e-9 * max(1.0, abs(total))


@given(temperatures, heats, ramps, slopes, coolants, seconds)
def test_energy_closes(start, heat, ramp, slope, coolant, dt):
    """Heat in = stored + lost, whatever the slopes and ramps, to 1e-9 (PHYSICS 5.4, D4)."""
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=coolant, slopes=slope)
    end = mode.after(start, heat, ramp, dt)
    total = mode.integral(start, heat, ramp, dt)
    stored = [
        c * (b - a) for c, a, b in zip(DEFAULT_NETWORK.capacities, start, end, strict=True)
    ]
    given_ = [q * dt for q in heat] + [r * dt * dt / 2.0 for r in ramp]
    given_ += [s * t for s, t in zip(slope, total, strict=False)]
    lost = []
    for node, sink, g in DEFAULT_NETWORK.sinks:
        boundary = 22.0 if sink == "ambient" else coolant
        if boundary is not None:
            lost.append(g * (total[DEFAULT_NETWORK.nodes.index(node)] - boundary * dt))
    scale = sum(map(abs, (*stored, *given_, *lost)))
    assert abs(sum(given_) - sum(stored) - sum(lost)) <= 1e-9 * max(1.0, scale)


@given(networks(), st.data(), seconds, st.booleans())
def test_hold_is_the_advance(network, data, dt, ramped):
    """The affine map of a hold is the advance, for any chain of nodes (PHYSICS 5.4)."""
    n = len(network.nodes)
    mode = network.mode(ambient=20.0, coolant=None)
    start = data.draw(st.tuples(*[st.floats(0.0, 100.0)] * n))
    heat = data.draw(st.tuples(*[st.floats(0.0, 100.0)] * n))
    ramp = data.draw(st.tuples(*[st.floats(-0.01, 0.01)] * n)) if ramped else (0.0,) * n
    hold = mode.hold(dt)

    def applied(matrices, base):
        rows = []
        for i in range(n):
            row = base[i]
            for flat, vector in zip(matrices, (start, heat, ramp), strict=True):
                row += sum(flat[n * i + j] * vector[j] for j in range(n))
            rows.append(row)
        return rows

    end = applied((hold.phi, hold.heat, hold.ramp), hold.base)
    total = applied((hold.int_phi, hold.int_heat, hold.int_ramp), hold.int_base)
    path = mode.trajectory(start, heat, ramp)
    for i, (x, y) in enumerate(zip(end, mode.after(start, heat, ramp, dt), strict=True)):
        scale = 1e-12 * (100.0 + abs(y) + 1e4 / mode.rates[0] if mode.rates[0] else 1e9)
        assert abs(x - y) <= 1e-11 * (100.0 + abs(y))
        assert abs(path.at(i, dt) - y) <= scale
    for x, y in zip(total, mode.integral(start, heat, ramp, dt), strict=True):
        assert abs(x - y) <= 1e-11 * (100.0 * dt + abs(y))


@settings(max_examples=60)
@given(temperatures, heats, ramps, coolants, seconds, st.floats(20.0, 130.0))
def test_first_crossing_is_the_first(start, heat, ramp, coolant, dt, limit):
    """Nothing reaches its limit before the crossing, one node does there (PHYSICS 5.4)."""
    start = tuple(min(t, limit - 1.0) for t in start)
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=coolant)
    limits = (limit,) * COUNT
    found = mode.first_above(start, heat, ramp, dt, limits)
    curves = [mode.trajectory(start, heat, ramp).curve(i) for i in range(COUNT)]
    until = found[0] if found else dt
    for i in range(400):
        t = until * i / 400.0
        assert max(curve.at(t) for curve in curves) < limit + 1e-9
    if found:
        at, node = found
        assert 0.0 < at <= dt
        assert limit <= curves[node].at(at) + 1e-12
        before = curves[node].at(at - max(2e-11, 8.0 * math.ulp(at)))
        assert before < limit + 1e-12
        assert not mode.certainly_below(start, heat, ramp, dt, limits)


@settings(max_examples=60)
@given(temperatures, heats, coolants, st.floats(20.0, 130.0))
def test_open_horizon_agrees_with_a_long_one(start, heat, coolant, limit):
    """The limit law decides over an open horizon as a month does (KERNEL 7)."""
    start = tuple(min(t, limit - 1.0) for t in start)
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=coolant)
    assume(all(abs(end - limit) > 1e-6 for end in mode.steady(heat)))
    open_ = mode.first_above(start, heat, (), math.inf, (limit,) * COUNT)
    month = mode.first_above(start, heat, (), 30.0 * 86400.0, (limit,) * COUNT)
    assert (open_ is None) == (month is None)
    if open_ and month:
        assert abs(open_[0] - month[0]) < 1e-6  # A flat curve meets its level softly.


@given(temperatures, temperatures, heats, coolants, seconds)
def test_warmer_stays_warmer(start, other, heat, coolant, dt):
    """The network keeps order: a warmer start is warmer for ever (PHYSICS 5.4, 5.6)."""
    mode = DEFAULT_NETWORK.mode(ambient=22.0, coolant=coolant)
    warm = tuple(map(max, start, other))
    below, above = mode.after(start, heat, (), dt), mode.after(warm, heat, (), dt)
    assert all(x <= y + 1e-11 for x, y in zip(below, above, strict=True))


amplitudes = st.lists(st.floats(-60.0, 60.0), min_size=1, max_size=4)


@settings(max_examples=150)
@given(amplitudes, st.data(), st.floats(-0.01, 0.01), st.floats(-20.0, 20.0))
def test_crossings_alternate_and_leave_nothing_out(found, data, slope, level):
    """Between two crossings a curve stays on one side of the level (PHYSICS 5.4)."""
    rates = data.draw(
        st.lists(st.floats(1e-4, 0.1), min_size=len(found), max_size=len(found), unique=True)
    )
    curve = Curve(tuple(rates), tuple(found), 0.0, slope, 0.0)
    times = curve.crossings(level, 0.0, 3000.0)
    assert list(times) == sorted(times)
    edges = [0.0, *times, 3000.0]
    for before, after in pairwise(edges):
        inside = [curve.at(before + (after - before) * i / 50.0) - level for i in range(1, 50)]
        assert min(inside) > -1e-9 or max(inside) < 1e-9
    low, high = curve.bounds(100.0, 900.0)
    for i in range(20):
        assert low - 1e-9 <= curve.at(100.0 + 40.0 * i) <= high + 1e-9
