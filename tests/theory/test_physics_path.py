"""This module holds the tests of the time of a path: PHYSICS 3.1 and oracles B1 to B6."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.errors import OutOfRange
from simtwin.physics.path import Stretch, move, path_time, ramp_distance

lengths = st.floats(1e-5, 5.0)
speeds = st.floats(1e-3, 2.0)
accelerations = st.floats(0.05, 30.0)
jerks = st.floats(1.0, 1e4)


@pytest.mark.parametrize(
    ("stroke", "speed", "acceleration", "jerk", "duration"),
    [
        (0.5, 0.5, 5.0, 50.0, 1.2),
        (0.5, 0.5, 5.0, math.inf, 1.1),
        (4.0, 6.0, 27.0, 243.0, 1.0),
        (4.0, 6.0, 18.0, math.inf, 1.0),
        (0.1, 0.6, 5.0, 50.0, 0.400),
        (0.01, 0.6, 5.0, 50.0, 0.185664),
        (0.001, 0.6, 5.0, 50.0, 0.0861774),
        (0.01, 0.5, 5.0, math.inf, 0.0894427),
    ],
)
def test_a_move_takes_the_published_time(stroke, speed, acceleration, jerk, duration):
    """Moves from rest to rest take the times of PHYSICS B1 to B5."""
    found = move(stroke, speed=speed, acceleration=acceleration, jerk=jerk).duration
    assert duration == pytest.approx(found, rel=1e-5)


def test_a_short_move_reaches_neither_speed_nor_acceleration():
    """PHYSICS B3 and B4: peak speed .5 and .107722 m/s, peak acceleration 2.32079 m/s2."""
    assert pytest.approx(0.5) == move(0.1, speed=0.6, acceleration=5.0, jerk=50.0).speed
    short = move(0.01, speed=0.6, acceleration=5.0, jerk=50.0)
    assert pytest.approx((short.speed, short.acceleration), rel=1e-5) == (0.107722, 2.32079)


def test_a_move_with_weak_jerk_reaches_its_speed_before_its_acceleration():
    """With v j < a^2 the ramp is two jerk phases of sqrt(v/j) (PHYSICS 3.1).

    v .1 m/s and j 10 m/s3: T_j .1 s, T_a .2 s, cruise 1 m / .1 - .2 = 9.8 s, peak 1 m/s2.
    """
    slow = move(1.0, speed=0.1, acceleration=5.0, jerk=10.0)
    assert pytest.approx((slow.duration, slow.speed, slow.acceleration)) == (10.2, 0.1, 1.0)


@pytest.mark.parametrize(("jerk", "way"), [(4000.0, 0.5), (8000.0, 0.375)])
def test_a_ramp_needs_its_way(jerk, way):
    """From 0 to 10 m/s at 200 m/s2 takes .5 m at 4000 m/s3, .375 m at 8000 (PHYSICS B6)."""
    assert way == pytest.approx(ramp_distance(0.0, 10.0, acceleration=200.0, jerk=jerk))


@given(lengths, speeds, accelerations, jerks)
def test_a_limit_of_jerk_only_costs_time(stroke, speed, acceleration, jerk):
    """A move takes its trapezoid's time at least, and that length over speed (PHYSICS 3.1)."""
    smooth = move(stroke, speed=speed, acceleration=acceleration, jerk=jerk)
    sharp = move(stroke, speed=speed, acceleration=acceleration)
    assert smooth.duration >= sharp.duration * (1 - 1e-12) >= stroke / speed * (1 - 2e-12)


@given(lengths, speeds, accelerations, jerks)
def test_a_move_of_boundless_jerk_is_its_trapezoid(stroke, speed, acceleration, jerk):
    """The seven segments tend to the trapezoid: T differs by at most 2 a / j (PHYSICS 3.1)."""
    smooth = move(stroke, speed=speed, acceleration=acceleration, jerk=jerk * 1e6)
    sharp = move(stroke, speed=speed, acceleration=acceleration)
    bound = 2 * acceleration / (jerk * 1e6)
    assert smooth.duration == pytest.approx(sharp.duration, abs=bound, rel=1e-9)


@given(lengths, lengths, speeds, accelerations)
def test_equal_pieces_bound_unequal_ones(one, other, speed, acceleration):
    """The time of a move is concave in its stroke: two mean pieces take at least as long."""
    limits = {"speed": speed, "acceleration": acceleration}
    unequal = move(one, **limits).duration + move(other, **limits).duration
    equal = path_time([Stretch(one + other, speed, 2)], acceleration=acceleration)
    assert equal >= unequal * (1 - 1e-9)


def test_a_path_is_its_cuts_its_rapids_and_its_tool_changes():
    """Program time = feed blocks + rapids + tool changes (PHYSICS 3.1), by hand.

    1 m at 10 mm/s in 2 pieces: 100 + 2 x .01 s; 4 m at .4 m/s in 10 pieces: 10 + 10 x .4 s;
    3 changes of 8 s: 24 s.
    """
    path = [Stretch(1.0, 0.01, 2), Stretch(4.0, 0.4, 10)]
    found = path_time(path, acceleration=1.0, tool_changes=3, tool_change=8.0)
    assert pytest.approx(found) == 138.02


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: move(0.0, speed=1.0, acceleration=1.0), "stroke must be positive, got 0.0"),
        (lambda: move(1.0, speed=-1.0, acceleration=1.0), "speed must be positive, got -1.0"),
        (lambda: move(1.0, speed=1.0, acceleration=math.nan), "acceleration must be positive"),
        (lambda: ramp_distance(0.0, 1.0, acceleration=10.0, jerk=50.0), "at least 2.0 m/s"),
        (lambda: path_time([Stretch(1.0, 1.0, 0)], acceleration=1.0), "at least 1 stop, got 0"),
        (lambda: path_time([], acceleration=1.0, tool_changes=-1), "tool changes must not"),
    ],
)
def test_a_path_outside_its_range_is_refused(call, message):
    """A length, a limit or a count that no path can have is named with its value."""
    with pytest.raises(OutOfRange, match=message):
        call()
