"""This module holds the digits: as many of a number as its interval deserves."""

from __future__ import annotations

import math

NONE = 1e-9
"""Half-widths that are smaller, relative to the value, say nothing: rounding of sums."""

COUNTED = frozenset(
    ["changes", "edges", "failures", "orders", "pieces", "setups", "stops", "tasks", "trips"]
)
"""Units of what is counted, which one thing has in the singular."""


def digits(value: float, low: float, high: float) -> tuple[str, str, str]:
    """Return the three numbers with two significant digits of the interval's half-width.

    What is rounded to 0 has no sign, and a half-width beyond the ninth digit is none.

    >>> digits(393.333333333333331, 393.333333333333314, 393.33333333333335)
    ('393.3', '393.3', '393.3')
    >>> digits(4.82, 3.711506, 5.928494), digits(3.0, -0.04, 6.1)
    (('4.8', '3.7', '5.9'), ('3.0', '0.0', '6.1'))
    """
    reach = [abs(end - value) for end in (low, high) if math.isfinite(end)]
    half = sum(reach) / 2 if len(reach) == 2 else sum(reach)
    if half <= NONE * abs(value):
        return f"{value:z.4g}", f"{low:z.4g}", f"{high:z.4g}"
    decimals = 1 - math.floor(math.log10(half))
    if decimals > 6:
        after = max(0, math.floor(math.log10(abs(value) or half)) + decimals)
        return _powers(value, after), _powers(low, after), _powers(high, after)
    if decimals < 0:
        value, low, high = (
            round(x, decimals) if math.isfinite(x) else x for x in (value, low, high)
        )
    places = max(decimals, 0)
    return f"{value:z.{places}f}", f"{low:z.{places}f}", f"{high:z.{places}f}"


def in_unit(unit: str, value: float) -> str:
    """Return the *unit* of what is counted, in the singular for exactly one.

    >>> in_unit("pieces", 1.0), in_unit("pieces", 1.5), in_unit("late", 1.0)
    ('piece', 'pieces', 'late')
    """
    first, per, time = unit.partition("/")
    one = abs(value) == 1.0 and first in COUNTED
    return f"{first[:-1]}{per}{time}" if one else unit


def rounded_percent(share: float) -> str:
    """Return *share* in per cent with two significant digits, never in powers of ten.

    >>> [rounded_percent(share) for share in (0.034, 0.998, 2.96, 0.0, 223.4)]
    ['3.4 %', '100 %', '300 %', '0 %', '22,000 %']
    """
    value = float(f"{100.0 * share:.2g}")
    return f"{value:,.0f} %" if abs(value) >= 10.0 else f"{value:.2g} %"


def _powers(value: float, places: int) -> str:
    return f"{value:.{places}e}" if value else "0"
