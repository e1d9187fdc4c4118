"""This module holds the tests of the program reader, on paths that a reader can draw."""

from __future__ import annotations

import math

import pytest

from tests.validation.gcode import Halt, ToolChange, UnreadableProgram, read_program
from tests.validation.motion import look_ahead, summarise

START = "G21G0G90X0.Y0.Z0."


def test_an_arc_is_as_long_as_its_circle():
    """ISO 6983: G3 turns left and G2 right about the centre I, J from the start.

    A quarter to the left of radius 10 mm is 5 pi; the same ends to the right are 15 pi; with no
    end given it is the full circle, 20 pi.
    """
    for block, length in (
        ("G3X-10.Y10.I-10.J0.", 5 * math.pi),
        ("G2X-10.Y10.I-10.J0.", 15 * math.pi),
        ("G3I-10.J0.", 20 * math.pi),
    ):
        arc = read_program([START, "G1F100.", block]).moves[-1]
        assert arc.length == pytest.approx(length, rel=1e-12)
        assert arc.leaves == pytest.approx((0.0, 1.0 if "G3" in block else -1.0, 0.0))


def test_a_helix_adds_its_pitch():
    """One turn of radius 3 mm and pitch 4 mm is sqrt((6 pi)^2 + 4^2) mm long (Pythagoras)."""
    helix = read_program([START, "G1F100.", "G2Z-4.I3.J0."]).moves[-1]
    assert helix.length == pytest.approx(math.hypot(6 * math.pi, 4.0), rel=1e-12)
    assert helix.radius == pytest.approx(3.0 + (4.0 / math.tau) ** 2 / 3.0, rel=1e-12)


def test_words_stay_until_they_are_spoken_again():
    """ISO 6983 modal words: motion, feed and every axis hold until they change; N wraps."""
    path = read_program([START, "N9990G1X3.F60.", "N100Y4.", "(N200X99.)", "N300X0.F30."])
    assert path.feeds == {30.0: 3.0, 60.0: 7.0}
    assert path.blocks == 4
    assert path.rapid == 0.0


def test_inches_become_millimetres():
    """G20: lengths in inches, feeds in inches a minute; one inch is 25.4 mm exactly."""
    path = read_program(["G20G0G90X0.Y0.Z0.", "G1X1.F10."])
    assert path.feeds == {254.0: 25.4}


def test_an_unknown_way_has_no_length():
    """No length is invented before the first position, after G28, in another origin (G58)."""
    lines = ["G0G90X10.Y5.", "Z1.", "G91G28Z0.", "G90G58X12.Y20.", "T2M6", "M30"]
    path = read_program(["G21", *lines])
    assert path.moves == ()
    assert path.items == (Halt(4, "G28"), ToolChange(6, 2), Halt(7, "M30"))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("G81X1.Z-3.R1.F10.", "line 2: unknown word R1"),
        ("G5X1.", "line 2: unknown code G5"),
        ("M98P2", "line 2: unknown word P2"),
        ("M19", "line 2: unknown code M19"),
        ("X1.,C2", "line 2: cannot read 'X1.,C2'"),
        ("G91X1.", "line 2: a move in G91"),
        ("G91G28Z1.", "line 2: G28 by way of another point"),
        ("G3X5.Y0.I1.J0.F10.", "line 2: the end of the arc is off its circle"),
    ],
)
def test_what_is_not_known_is_refused(block, message):
    """A path is exact or absent: every unknown block is refused with its line."""
    with pytest.raises(UnreadableProgram, match=message):
        read_program([START, block])


def test_an_arc_needs_its_start():
    """An arc from an unknown position has no length and is refused (ISO 6983)."""
    with pytest.raises(UnreadableProgram, match="line 2: an arc from an unknown position"):
        read_program(["G21G90", "G2X1.I1.J0.F10."])


def test_a_square_stops_at_every_corner():
    """Four sides of 100 mm at 10 mm/s and .1 m/s2 are 4 x (10 + .1) s (PHYSICS 3.1).

    Told in halves, the sides are no longer: there is no stop where the path goes straight on.
    The look-ahead with a deviation of 0 finds the same.
    """
    side = [START, "G1X100.F600.", "Y100.", "X0.", "Y0."]
    halves = [START, "G1X50.F600.", "X100.", "Y50.", "Y100.", "X50.", "X0.", "Y50.", "Y0."]
    for lines in (side, halves):
        path = read_program(lines)
        summary = summarise(read_program([*lines, "G0Z5."]))
        assert summary.feeds == ((600.0, 400.0, 4),)
        exact = look_ahead(path, rapid=6000.0, acceleration=0.1, deviation=0.0, tool_change=0.0)
        assert exact == pytest.approx(40.4, rel=1e-12)


def test_a_rounded_corner_is_passed_at_its_speed():
    """A right angle rounded by d has the radius d s/(1-s), s = sin 45 degrees (Jeon 2011).

    With a = .1 m/s2 and d = .1 mm: v = sqrt(100 x .24142) = 4.9135 mm/s instead of 0; a corner
    from 10 mm/s to v costs (10 - v)^2 / (a 10 mm/s) = 25.872 ms, a full stop 100 ms.
    """
    path = read_program([START, "G1X100.F600.", "Y100."])
    time = look_ahead(path, rapid=6000.0, acceleration=0.1, deviation=0.1, tool_change=0.0)
    assert time == pytest.approx(20.0 + 0.1 + 0.025872, abs=1e-5)
