"""This module holds one hold of a steady cycle, at the mean and at the worst wear of its edge.

An edge wears from new to its limit while parts follow parts. Heat and power are straight
between the knots of the wear land, so their means over that life are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.load import Course, Piece
from simtwin.parts.tool import KNOTS, LANDS, wear_pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simtwin.shop.duty import Duty
    from simtwin.shop.program import Hold

    Array = NDArray[np.float64]


class Thermal(NamedTuple):
    """One hold as a map of the temperatures at its start, at mean and at worst wear."""

    phi: Array
    mean: Array
    worst: Array
    row: Array
    """Energy per kelvin at the start [J/K]."""
    energy: float
    """[J]"""


def thermal_of(duty: Duty, seconds: float, depth: float) -> Thermal:
    """Return *duty* over *seconds* as a map, an edge worn evenly up to damage *depth*."""
    import numpy as np

    law = duty.thermal
    assert law is not None, "a machine that cuts has a spindle"
    hold = law.mode.hold(seconds)
    heat, power = _mean_heat(duty, depth)
    n = len(heat)

    def matrix(flat: tuple[float, ...]) -> Array:
        return np.array(flat).reshape(n, n)

    base, response = np.array(hold.base), matrix(hold.heat)
    weights = np.zeros(n) if law.weights is None else np.array(law.weights)
    area = matrix(hold.int_heat) @ heat + np.array(hold.int_base)
    return Thermal(
        matrix(hold.phi),
        response @ heat + base,
        response @ np.array(law.worst_heat) + base,
        weights @ matrix(hold.int_phi),
        float((power + duty.auxiliary) * seconds + weights @ area),
    )


def fatigue_of(hold: Hold, place: int, depth: float, start: tuple[float, ...]) -> float:
    """Return the damage of one bearing in *hold*, mean over the life of its edge.

    Where it follows the temperature of the oil, at the mean wear of that life.
    """
    growth, edge, seconds = hold.duty.growths[place], hold.duty.edge, hold.seconds
    if edge is None or edge.gain == 0.0:
        return growth.over(Course(seconds, (), hold.duty.thermal, start), seconds)
    life = wear_pieces(0.0, 1.0, edge.gain, depth)
    if growth.law is None:
        return growth.over(Course(depth, life), depth) / depth * seconds
    k = sum(piece.duration * (piece.k0 + 0.5 * piece.slope * piece.duration) for piece in life)
    pieces = (Piece(0.0, seconds, 0, k / depth, 0.0),)
    return growth.over(Course(seconds, pieces, hold.duty.thermal, start), seconds)


def _mean_heat(duty: Duty, depth: float) -> tuple[Array, float]:
    """Return heat [W] and spindle power [W], mean over damages from 0 to *depth*.

    Exact: both are straight between the knots of the wear land.
    """
    import numpy as np

    law = duty.thermal
    assert law is not None
    if depth == 0.0 or law.gain == 0.0:
        heat, _, power, _ = law.in_interval(0)
        return np.array(heat), power
    total, drawn = np.zeros(len(law.constant)), 0.0
    last = len(LANDS) - 2
    for interval in range(last + 1):
        low, high = KNOTS[interval], KNOTS[interval + 1] if interval < last else depth
        high = min(high, depth)
        if high <= low:
            break
        steepness = (LANDS[interval + 1] - LANDS[interval]) / (
            KNOTS[interval + 1] - KNOTS[interval]
        )
        middle = law.gain * (LANDS[interval] + 0.5 * steepness * (high - low))
        heat, per_k, power, power_k = law.in_interval(interval)
        share = (high - low) / depth
        total += share * (np.array(heat) + middle * np.array(per_k))
        drawn += share * (power + middle * power_k)
    return total, drawn
