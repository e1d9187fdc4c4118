"""Laws: refusals of the economics and of the finish, and corners of constrained minima."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtwin.errors import OutOfRange
from simtwin.physics import economics
from simtwin.physics.constrained import Point, Search, constrained
from simtwin.physics.finish import peak_height, roughness
from simtwin.physics.life import Fixed
from simtwin.physics.tool import TaylorLife


@given(feed=st.floats(1e-5, 1e-3), radius=st.floats(1e-4, 5e-3))
def test_roughness_is_as_the_square_of_the_feed(feed, radius):
    """``Ra = f^2/(32 r)``, a quarter of the height of the marks (ORACLES I7, I9)."""
    assert roughness(feed, radius) == pytest.approx(feed**2 / (32.0 * radius))
    assert peak_height(2.0 * feed, radius) == pytest.approx(4.0 * peak_height(feed, radius))


def test_marks_of_the_oracles():
    """I7 has r .8 mm for Ra, I9 r 1.2 mm for Rt: f^2/25.6 and f^2/9.6 (ORACLES I7, I9)."""
    assert 1e3 * roughness(0.286e-3, 0.8e-3) == pytest.approx(0.286**2 / 25.6)
    assert 1e3 * peak_height(0.22621e-3, 1.2e-3) == pytest.approx(0.22621**2 / 9.6)
    with pytest.raises(OutOfRange, match="radius > 0"):
        roughness(1e-4, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: economics.fastest_life(1.0, 2.0), "n must lie in"),
        (lambda: economics.cheapest_life(0.25, 2.0, rate=0.0, tool=1.0), "cost something"),
        (
            lambda: economics.speed_of_life(TaylorLife(60.0, 1.0, 0.0, 0.0, 0.0), 60.0),
            "falls with speed",
        ),
        (lambda: economics.tools_per_part(0.0, 1.0), "must be positive"),
        (
            lambda: economics.broken_part_cost(
                Fixed(9.0), cutting=1.0, parts=0, planned=1.0, broken=2.0
            ),
            "at least 1 part",
        ),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    """Each refusal says which number is wrong."""
    with pytest.raises(OutOfRange, match=message):
        call()


def test_a_given_number_has_no_price():
    """Bounds that meet give a number; the other is free; without limits bounds hold alone."""
    found = constrained(lambda x: Point(x[0] * x[1], ()), [(2.0, 2.0), (0.5, 4.0)])
    assert found.place == pytest.approx((2.0, 0.5))
    assert found.lower == pytest.approx((0.0, 1.0), abs=1e-6)
    assert found.upper == (0.0, 0.0)


def test_a_budget_ends_the_starts():
    """No start is made that the most evaluations would not cover."""
    found = constrained(
        lambda x: Point(x[0] + 1.0 / x[0], ()), [(0.1, 10.0)], starts=50, most=60
    )
    assert found.evaluations <= 60
    assert found.starts < 50
    assert found.place[0] == pytest.approx(1.0, rel=1e-4)


def test_without_explaining_nobody_is_at_fault():
    """A search that only asks whether a choice can be kept saves the elastic problem."""
    found = constrained(
        lambda x: Point(x[0], (math.log(0.5 / x[0]),)), [(1.0, 2.0)], explain=False
    )
    assert not found.feasible
    assert found.prices == (0.0,)


def test_yielding_finds_what_descents_have_missed(monkeypatch):
    """Where no descent ends within all limits, the elastic problem may still find a place."""
    monkeypatch.setattr(Search, "descend", lambda self, u: u)
    found = constrained(
        lambda x: Point(x[0], (math.log(x[0] / 3.0), math.log(3.1 / x[0]))),
        [(1.0, 10.0)], first=[(9.0,)], starts=1,
    )  # fmt: skip
    assert found.feasible
    assert 3.0 - 1e-6 <= found.place[0] <= 3.1 + 1e-6


def test_a_coarse_precision_is_polished():
    """With a coarse precision the best end is descended from once more."""
    found = constrained(
        lambda x: Point(x[0] + x[1], (math.log(x[0] * x[1] / 4.0),)),
        [(0.1, 10.0), (0.1, 10.0)], precision=1e-3, starts=2,
    )  # fmt: skip
    assert found.place == pytest.approx((2.0, 2.0), rel=0.05)
    assert min(found.rooms) >= -1e-7
