"""This module holds the economics of a cut: which speed is fastest or cheapest for a part.

One tool makes several parts and is then changed: a faster cut saves cutting time and costs
tools. Times are in one unit throughout (s here; any will do), costs in one currency, and all
figures are of one part: a rate of wear without fixed work is least where nothing is cut.
Source: F. W. Taylor, Trans. ASME 28, 1907; W. W. Gilbert, "Economics of Machining", in
Machining: Theory and Practice, ASM 1950; M. P. Groover, Fundamentals of Modern Manufacturing,
ch. 24.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.replacement import age_cost_rate

if TYPE_CHECKING:
    from simtwin.physics.life import Law
    from simtwin.physics.tool import TaylorLife

ROUNDING = 1e-9
"""A part that uses the last of a tool, to rounding, is covered."""


def fastest_life(exponent: float, change: float) -> float:
    """Return the tool life at which a part takes least time: ``(1/n - 1) T_t``.

    *exponent* is Taylor's n, *change* the time T_t of a tool change. Neither the length of the
    cut nor its feed matters.

    >>> fastest_life(0.25, 2.0)
    6.0
    """
    _check_exponent(exponent)
    return (1.0 / exponent - 1.0) * change


def cheapest_life(exponent: float, change: float, *, rate: float, tool: float) -> float:
    """Return the tool life at which a part costs least: ``(1/n - 1) (T_t + C_t/C_o)``.

    *rate* is C_o, what the machine and its operator cost per unit of time, *tool* C_t, what one
    edge costs. Longer than `fastest_life` as soon as a tool costs anything.

    >>> cheapest_life(0.25, 2.0, rate=0.5, tool=3.0)
    24.0
    """
    if not rate > 0.0:
        raise OutOfRange(f"the machine must cost something per time, got {rate}")
    return fastest_life(exponent, change + tool / rate)


def speed_of_life(law: TaylorLife, life: float, feed: float = 0.0, depth: float = 0.0) -> float:
    """Return the cutting speed [m/s] at which *law* gives a *life* [s]: `TaylorLife.at` solved.

    >>> from simtwin.physics.tool import TaylorLife
    >>> taylor = TaylorLife.from_constant(300.0, 0.25)
    >>> round(60.0 * speed_of_life(taylor, 6.0 * 60.0), 6)
    191.682931
    """
    if not (life > 0.0 and law.speed_exponent > 0.0):
        raise OutOfRange(
            f"a speed follows from a life above 0 that falls with speed, got life {life} s and "
            f"exponent {law.speed_exponent}"
        )
    at_reference = law.at(law.speed, feed, depth)
    return law.speed * float((at_reference / life) ** (1.0 / law.speed_exponent))


def whole_parts(life: float, cutting: float) -> int:
    """Return the whole parts that one tool makes between two changes: ``floor(T/t_m)``.

    A tool is changed between parts. 0: the life does not cover one.

    >>> whole_parts(14.0, 12.5), whole_parts(56.0, 14.0), whole_parts(5.0, 6.0)
    (1, 4, 0)
    """
    return math.floor(life / cutting * (1.0 + ROUNDING))


def part_time(
    *, handling: float, cutting: float, life: float, change: float, whole: bool = False
) -> float:
    """Return the time of one part: ``T_h + t_m + T_t t_m/T``, a tool ended inside a part.

    *whole*: a tool is changed between parts, ``T_h + t_m + T_t/k`` with k = `whole_parts`.

    >>> part_time(handling=5.0, cutting=2.0, life=5.0, change=2.0)
    7.8
    >>> part_time(handling=5.0, cutting=2.0, life=5.0, change=2.0, whole=True)
    8.0
    """
    return handling + cutting + change * tools_per_part(life, cutting, whole=whole)


def part_cost(
    *,
    handling: float,
    cutting: float,
    life: float,
    change: float,
    rate: float,
    tool: float,
    whole: bool = False,
) -> float:
    """Return the cost of one part: ``C_o T_c + C_t t_m/T``, with `part_time` for T_c.

    >>> part_cost(handling=5.0, cutting=2.0, life=5.0, change=2.0, rate=0.5, tool=3.0)
    5.1
    """
    time = part_time(handling=handling, cutting=cutting, life=life, change=change, whole=whole)
    return rate * time + tool * tools_per_part(life, cutting, whole=whole)


def tools_per_part(life: float, cutting: float, *, whole: bool = False) -> float:
    """Return the tools that one part uses: ``t_m/T``, or ``1/k`` in *whole* parts.

    >>> tools_per_part(10.0, 4.0), tools_per_part(10.0, 4.0, whole=True)
    (0.4, 0.5)
    """
    if not (life > 0.0 and cutting > 0.0):
        raise OutOfRange(
            f"a tool life and a cutting time must be positive, got {life} and {cutting}"
        )
    if not whole:
        return cutting / life
    parts = whole_parts(life, cutting)
    if parts == 0:
        raise OutOfRange(f"a life of {life} covers no whole part of {cutting}")
    return 1.0 / parts


def broken_part_cost(
    life: Law, *, cutting: float, parts: int, planned: float, broken: float
) -> float:
    """Return the tool cost of one part when tools may break before they are changed.

    A tool is changed after *parts* parts of *cutting* each, or when its *life* is over,
    whichever comes first: ``t_m (c_p + F(k t_m) (c_b - c_p)) / int_0^{k t_m} R``. *planned* is
    c_p, what a change by plan costs (tool and time), *broken* c_b, what one after a breakage
    does (scrap and clearing beside). Renewal reward; see :mod:`simtwin.physics.replacement`.

    >>> from simtwin.physics.life import Fixed
    >>> broken_part_cost(Fixed(100.0), cutting=10.0, parts=5, planned=5.0, broken=50.0)
    1.0
    """
    if parts < 1:
        raise OutOfRange(f"a tool makes at least 1 part, got {parts}")
    return cutting * age_cost_rate(life, planned=planned, failure=broken, age=parts * cutting)


def _check_exponent(exponent: float) -> None:
    if not 0.0 < exponent < 1.0:
        raise OutOfRange(f"Taylor's n must lie in (0, 1), got {exponent}")
