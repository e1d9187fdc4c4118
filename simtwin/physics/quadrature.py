"""This module holds the integral of a rate that follows a node's temperature (PHYSICS 5.4)."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simtwin.physics.curve import Curve

NODES = 16
"""Per piece; 13 give 1e-9 when a piece is five of the fastest time constants long."""
_LENGTH = 5.0
"""Longest piece, in the fastest time constant that still matters."""
_LONGER = 10.0
"""The same once that amplitude is below `_SMALL`."""
_SMALL = 1e-3
"""[K]"""
_NOTHING = 3e-10
"""Amplitude that moves no rate by 1e-10 [K]."""
_SWING = 2.0
"""Largest change of the logarithm of the rate within one piece."""


@lru_cache(maxsize=64)
def gauss(count: int) -> tuple[tuple[float, float], ...]:
    """Return the nodes and weights of Gauss and Legendre on (0, 1), in order.

    By Newton on the Legendre polynomial, in plain floats, so that every worker has the same.

    >>> [(round(x, 6), round(w, 6)) for x, w in gauss(2)]
    [(0.211325, 0.5), (0.788675, 0.5)]
    """
    pairs = []
    for i in range(1, count + 1):
        x = math.cos(math.pi * (i - 0.25) / (count + 0.5))
        for _ in range(8):
            value, slope = _legendre(count, x)
            x -= value / slope
        _, slope = _legendre(count, x)
        pairs.append((0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(pairs)


def integrate(
    curve: Curve,
    duration: float,
    rate: Callable[[float], float],
    *,
    kinks: Iterable[float] = (),
    weight: Callable[[float], float] | None = None,
) -> float:
    """Return ``int rate(T(t)) weight(t) dt`` over *duration* [s], to 1e-9 relative.

    *rate* is a positive function of temperature [degC], monotone between the temperatures
    *kinks* where its slope may jump: there the hold is split first, then until each piece is
    short against the fastest time constant that matters and *rate* changes little in it.
    *weight* is a smooth function of time such as a wear factor.

    >>> from simtwin.physics.curve import Curve
    >>> cooling = Curve((0.01,), (1.0,), 1.0)
    >>> round(integrate(cooling, 100.0, lambda temperature: temperature), 6)
    163.212056
    """
    cuts = {0.0, duration}
    for kink in kinks:
        cuts.update(curve.crossings(kink, 0.0, duration))
    ends = sorted(cuts)
    total = 0.0
    for begin, end in pairwise(ends):
        pieces = [(begin, end)]
        while pieces:
            a, b = pieces.pop()
            if _smooth(curve, a, b, rate):
                total += _piece(curve, a, b, rate, weight)
            else:
                middle = 0.5 * (a + b)
                pieces.append((middle, b))
                pieces.append((a, middle))
    return total


def _piece(
    curve: Curve,
    a: float,
    b: float,
    rate: Callable[[float], float],
    weight: Callable[[float], float] | None,
) -> float:
    width = b - a
    total = 0.0
    for x, share in gauss(NODES):
        t = a + width * x
        value = share * rate(curve.at(t))
        total += value if weight is None else value * weight(t)
    return total * width


def _smooth(curve: Curve, a: float, b: float, rate: Callable[[float], float]) -> bool:
    """Return whether one Gauss rule does on [*a*, *b*]."""
    width = b - a
    for lam, amplitude in zip(curve.rates, curve.amplitudes, strict=True):
        left = abs(amplitude) * math.exp(-lam * a)
        if left > _NOTHING and lam * width > (_LENGTH if left > _SMALL else _LONGER):
            return False
    low, high = curve.bounds(a, b)
    slow, fast = rate(low), rate(high)
    return abs(math.log(fast / slow)) <= _SWING or width <= 1e-9 * b


def _legendre(count: int, x: float) -> tuple[float, float]:
    """Return the Legendre polynomial of degree *count* and its slope at *x*."""
    before, value = 1.0, x
    for k in range(2, count + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, count * (x * value - before) / (x * x - 1.0)
