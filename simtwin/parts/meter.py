"""This module holds the meter: a quantity of a part that only grows, such as damage or age.

A machine keeps the meters of its parts in one tuple at its anchor instant. Under a load each
grows at a rate that is constant, or follows tool wear, or follows a temperature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.physics.bearing import duty_integral

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.parts.load import Course

RESOLUTION = 1e-9
"""How well the instant of a level is located where there is no closed form [s]."""


class Growth(NamedTuple):
    """How a meter grows under one load."""

    rate: float
    """With a sharp tool [1/s]."""
    per_wear: float = 0.0
    """Relative growth of the load per unit of k; the rate follows with `exponent` [-]."""
    exponent: float = 3.0
    worst: float = 0.0
    """No larger rate is possible [1/s]."""
    law: Callable[[Course, float], float] | None = None
    """Growth over the first seconds of a course, where it is neither constant nor in k."""

    def over(self, course: Course, seconds: float) -> float:
        """Return the growth over the first *seconds* of *course*."""
        if self.law is not None:
            return self.law(course, seconds)
        if not course.pieces or self.per_wear == 0.0:
            return self.rate * seconds
        total = 0.0
        for begin, duration, _, k0, slope in course.pieces:
            inside = min(duration, seconds - begin)
            if inside <= 0.0:
                break
            total += duty_integral(self.rate, self.per_wear, self.exponent, k0, slope, inside)
        return total

    def reaches(self, room: float, course: Course) -> float | None:
        """Return seconds until the meter has grown by *room* within *course*, or None."""
        if room <= 0.0:
            return 0.0
        if self.worst == 0.0 or self.worst * course.dt < room:
            return None
        if self.law is None and (not course.pieces or self.per_wear == 0.0):
            seconds = room / self.rate
            return seconds if seconds <= course.dt else None
        if self.over(course, course.dt) < room:
            return None
        low, high = 0.0, course.dt
        while high - low > RESOLUTION and low < (middle := 0.5 * (low + high)) < high:
            if self.over(course, middle) < room:
                low = middle
            else:
                high = middle
        return high


AT_REST = Growth(0.0)
"""A meter that stands still."""


class Watch(NamedTuple):
    """A level of a meter at which a part's life goes on."""

    meter: int
    """Index in the machine's meters."""
    level: float
    rank: int
    guard: str
