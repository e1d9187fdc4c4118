"""Tests of figures as text: intervals, signs, and lives that nobody will see end."""

from __future__ import annotations

from math import inf

import pytest

from simtwin.report.figures import clear, quantiles, signed, span, told
from simtwin.result.estimate import Estimate
from simtwin.result.remaining import Remaining

HOUR = 3600.0


def estimate(value: float, low: float, high: float, method: str = "mean, t 95 %") -> Estimate:
    """Return an estimate of 20 replications."""
    return Estimate(value, low, high, 20, method)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (estimate(7200.0, 6480.0, 7920.0), "s", "2.00 [1.80, 2.20] h"),
        (estimate(90.0, 80.0, 100.0), "s", "90 [80, 100] s"),
        (estimate(0.74, 0.72, 0.76), "share", "74.0 [72.0, 76.0] %"),
        (estimate(0.74, 0.72, 0.76, "share, Wilson 95 %"), "share", "74.0 % [72.0, 76.0]"),
        (0.5, "share", "50 %"),
    ],
)
def test_a_figure_is_told_in_the_unit_people_would_say(value, unit, text):
    """Shares become per cent, seconds minutes or hours; both ends with the value."""
    assert told(value, unit) == text


def test_a_difference_has_its_sign():
    """What is more has a plus; clear is what the interval leaves on one side of 0."""
    assert signed(estimate(90.0, 80.0, 100.0), "s") == "+90 [80, 100] s"
    assert signed(estimate(-90.0, -100.0, -80.0), "s") == "-90 [-100, -80] s"
    assert clear(estimate(1.0, 0.5, 1.5))
    assert clear(estimate(-1.0, -1.5, -0.5))
    assert not clear(estimate(1.0, -0.5, 2.5))
    assert clear(2.0)
    assert not clear(0.0)


def test_lives_beyond_the_horizon_are_said_so():
    """A quantile that was seen has its interval; one that was not lies beyond (censored)."""
    left = Remaining(
        "mill-1/front bearing",
        estimate(2 * HOUR, 1 * HOUR, inf),
        estimate(300 * HOUR, 280 * HOUR, 320 * HOUR),
        estimate(1e7 * HOUR, 1e7 * HOUR, 1e7 * HOUR),
        3,
        20,
        24 * HOUR,
    )
    assert quantiles(left) == (
        "2 h (1 h to beyond 24 h)",
        "beyond 24 h, about 300 h",
        "beyond 24 h, over 100 years",
    )
    never = Remaining("mill-1/front bearing", None, None, None, 0, 20, 24 * HOUR)
    assert quantiles(never) == ("beyond 24 h",) * 3
    assert span(30_000 * HOUR) == "3.42 years"
