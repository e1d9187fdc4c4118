"""This module holds figures as text: value and interval, in the unit that people would say."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from simtwin.report.tables import scale
from simtwin.report.wording import number
from simtwin.result.digits import in_unit
from simtwin.result.estimate import SHARE, Estimate
from simtwin.units import DAY, HOUR, clock

if TYPE_CHECKING:
    from simtwin.result.remaining import Remaining

YEAR = 365.0 * DAY
LONG = 1e4 * HOUR
"""From here on a life is told in years [s]."""

ENDLESS = 100.0 * YEAR
"""Beyond, nobody cares how long [s]."""


def told(value: Estimate | float, unit: str) -> str:
    """Return *value* with its interval and unit; seconds become minutes or hours.

    >>> told(Estimate(600.0, 480.0, 720.0, 20, "mean, t 95 %"), "s")
    '10.0 [8.0, 12.0] min'
    >>> told(Estimate(0.25, 0.2, 0.3, 20, "share, Wilson 95 %"), "share"), told(3.0, "pieces")
    ('25.0 % [20.0, 30.0]', '3 pieces')
    >>> told(1.0, "pieces"), told(Estimate(1.0, 1.0, 1.0, 20, "mean, t 95 %"), "orders")
    ('1 piece', '1 order in all 20')
    """
    if not isinstance(value, Estimate):
        factor, said = scale(unit, value)
        return f"{number(factor * value)} {in_unit(said, factor * value)}"
    if value.method.startswith(SHARE):
        return str(value)
    factor, said = scale(unit, value.value)
    if value.unsettled:
        return _scaled(value, factor).said(said)
    if value.low == value.high:
        said = in_unit(said, factor * value.value)
        return f"{number(factor * value.value)} {said} in all {value.n}"
    return f"{_scaled(value, factor)} {said}"


def signed(value: Estimate | float, unit: str) -> str:
    """Return a difference with its sign.

    >>> signed(2.0, "pieces"), signed(-2.0, "pieces"), signed(0.0, "pieces")
    ('+2 pieces', '-2 pieces', '0 pieces')
    """
    if isinstance(value, Estimate) and value.unsettled:  # Told by its ends, on either side.
        return told(value, unit)
    above = (value.value if isinstance(value, Estimate) else value) > 0.0
    return f"+{told(value, unit)}" if above else told(value, unit)


def clear(value: Estimate | float) -> bool:
    """Tell whether a difference is known to be on one side of 0."""
    if isinstance(value, Estimate):
        return value.low > 0.0 or value.high < 0.0
    return value != 0.0


def quantiles(left: Remaining) -> tuple[str, str, str]:
    """Return P10, P50 and P90 of a remaining life; what lies beyond the horizon is said so."""
    return tuple(  # type: ignore[return-value]
        _life(found, censored, left.horizon)
        for found, censored in zip((left.p10, left.p50, left.p90), left.censored, strict=True)
    )


def span(seconds: float) -> str:
    """Return a duration as people say it, of minutes or of years.

    >>> span(86400.0), span(1.2e6), span(6.3e8), span(1e12)
    ('24 h', '333 h', '20 years', 'over 100 years')
    """
    if seconds < LONG:
        return clock(seconds)
    return "over 100 years" if seconds > ENDLESS else f"{seconds / YEAR:.3g} years"


def _life(found: Estimate | None, censored: bool, horizon: float) -> str:
    if found is None:
        return f"beyond {span(horizon)}"
    if censored:
        about = "" if found.value > ENDLESS else "about "
        return f"beyond {span(horizon)}, {about}{span(found.value)}"
    upper = span(found.high) if isfinite(found.high) else f"beyond {span(horizon)}"
    return f"{span(found.value)} ({span(found.low)} to {upper})"


def _scaled(value: Estimate, factor: float) -> Estimate:
    return replace(
        value, value=factor * value.value, low=factor * value.low, high=factor * value.high
    )
