"""This module holds the front: parameters that no others beat in both of two goals.

One goal is made least while the other is held below a line, for lines between the two ends
(the epsilon-constraint way: Haimes, Lasdon, Wismer 1971); what another point beats is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from typing import TypeVar

One = TypeVar("One")

POINTS = 9
"""Of a front, its ends among them."""


def lines(first: float, last: float, count: int) -> list[float]:
    """Return *count* lines strictly between two values of a goal, in equal ratios.

    >>> [round(line, 6) for line in lines(1.0, 16.0, 3)]
    [2.0, 4.0, 8.0]
    """
    ratio = last / first
    return [first * ratio ** (k / (count + 1)) for k in range(1, count + 1)]


def undominated(
    points: Sequence[One], values: Callable[[One], tuple[float, float]]
) -> list[One]:
    """Return the points that no other beats in one goal without losing in the other.

    In rising order of the first goal; of equal ones the first.

    >>> undominated([(2.0, 2.0), (1.0, 3.0), (3.0, 2.0), (1.0, 3.0)], lambda point: point)
    [(1.0, 3.0), (2.0, 2.0)]
    """
    kept: list[One] = []
    for point in sorted(points, key=values):
        if not kept or values(point)[1] < values(kept[-1])[1]:
            kept.append(point)
    return kept


def knee(values: Sequence[tuple[float, float]]) -> int:
    """Return the place of the point farthest below the line between the ends of a front.

    In the logarithms of both goals, each over its range. Of two points it is the first.

    >>> knee([(1.0, 100.0), (2.0, 10.0), (100.0, 1.0)])
    1
    """
    if len(values) < 3:
        return 0
    (a0, b0), (a1, b1) = values[0], values[-1]
    wide, high = log(a1 / a0), log(b0 / b1)

    def below(place: int) -> float:
        a, b = values[place]
        return 1.0 - log(a / a0) / wide - log(b / b1) / high

    return max(range(len(values)), key=below)


def hypervolume(values: Sequence[tuple[float, float]], reference: tuple[float, float]) -> float:
    """Return the area that a front beats, up to a *reference* that is worse than all of it.

    Source: E. Zitzler, L. Thiele, "Multiobjective optimization using evolutionary algorithms",
    PPSN V, 1998.

    >>> hypervolume([(1.0, 2.0), (2.0, 1.0)], (3.0, 3.0))
    3.0
    """
    area, top = 0.0, reference[1]
    for a, b in undominated(values, lambda value: value):
        if a < reference[0] and b < top:
            area += (reference[0] - a) * (top - b)
            top = b
    return area
