"""This module holds the dates in exported lists: ISO, German and American."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.table import Value

Order = Literal["dmy", "mdy"]
"""Which comes first in 03/04/2026: the day or the month."""

_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\.\d+)?"
    r"\s*(?P<half>[ap]m)?(?:\s*uhr)?)?"
)
_ISO = re.compile(r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})" + _CLOCK, re.IGNORECASE)
_COMPACT = re.compile(r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})" + _CLOCK, re.IGNORECASE)
_POINTS = re.compile(
    r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})" + _CLOCK, re.IGNORECASE
)
_SLASHES = re.compile(
    r"(?P<a>\d{1,2})([-/])(?P<b>\d{1,2})\2(?P<y>\d{4}|\d{2})" + _CLOCK, re.IGNORECASE
)
_NAMED = re.compile(
    r"(?P<d>\d{1,2})[-. ]+(?P<word>[a-z]{3})[a-z]*[-. ]+(?P<y>\d{4}|\d{2})" + _CLOCK,
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?:mo|di|mi|do|fr|sa|so|tu|we|th|su)[a-z]*[.,]*\s+(?=\d)", re.IGNORECASE
)
_NAMED_FIRST = re.compile(
    r"(?P<word>[a-z]{3})[a-z]*\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})" + _CLOCK, re.IGNORECASE
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - local to the plant, without a zone
_FIRST, _LAST = 36526.0, 73051.0
"""The first days of 2000 and of 2100, as Excel counts them."""
_SPELT = ("jan", "feb", "mar mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt")
_MONTHS = {
    name: number
    for number, names in enumerate((*_SPELT, "nov", "dec dez"), start=1)
    for name in names.split()
}


class Moment(NamedTuple):
    """A date, and whether its list told the time of day too."""

    when: datetime
    timed: bool


def orders_shown(texts: Iterable[str]) -> set[Order]:
    """Return the orders of day and month that *texts* with slashes show beyond doubt.

    >>> orders_shown(["01/02/2026", "01/31/2026"]), orders_shown(["03/04/2026"])
    ({'mdy'}, set())
    """
    found: set[Order] = set()
    for text in texts:
        match = _SLASHES.fullmatch(_bare(text))
        if match and int(match["a"]) > 12:
            found.add("dmy")
        elif match and int(match["b"]) > 12:
            found.add("mdy")
    return found


def has_slashes(text: str) -> bool:
    """Tell whether *text* is a date whose first two numbers may be day and month or not.

    >>> has_slashes("03/04/2026"), has_slashes("03.04.2026")
    (True, False)
    """
    return _SLASHES.fullmatch(_bare(text)) is not None


def is_serial(value: Value) -> bool:
    """Tell whether *value* is a date of this century as Excel counts it, days since 1899-12-30.

    >>> is_serial(46030), is_serial("46030.5"), is_serial("20260108"), is_serial(True)
    (True, True, False, False)
    >>> read_date(46030, None).when.isoformat()
    '2026-01-08T00:00:00'
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    text = str(value).strip()
    return _SERIAL.fullmatch(text) is not None and _FIRST <= float(text) < _LAST


def read_date(value: Value, order: Order | None) -> Moment:
    """Return the date in a cell; *order* is that of dates with slashes.

    >>> read_date("5.1.26", None).when.isoformat(), read_date("2026-01-05 14:30", None).timed
    ('2026-01-05T00:00:00', True)
    >>> read_date("01/31/2026 2:05 pm", "mdy").when.isoformat()
    '2026-01-31T14:05:00'
    >>> read_date("Di, 06.01.26 14:00 Uhr", None).when.isoformat()
    '2026-01-06T14:00:00'
    """
    if isinstance(value, datetime):
        return Moment(value.replace(microsecond=0, tzinfo=None), _has_time(value))
    if isinstance(value, date):
        return Moment(datetime(value.year, value.month, value.day), False)  # noqa: DTZ001
    if is_serial(value):
        when = _EPOCH + timedelta(seconds=round(float(str(value)) * DAY))
        return Moment(when, _has_time(when))
    text = "" if value is None else str(value).strip()
    bare = _bare(text)
    for pattern in (_ISO, _POINTS, _SLASHES, _NAMED, _NAMED_FIRST, _COMPACT):
        match = pattern.fullmatch(bare)
        if match:
            return _moment(match.groupdict(), order, text)
    raise InvalidInput(f"must be a date such as 2026-01-31 or 31.01.2026 (got {text!r})")


def _bare(text: str) -> str:
    """Return *text* without a weekday before it."""
    return _WEEKDAY.sub("", text.strip(), count=1)


def _has_time(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) != (0, 0, 0)


def _moment(parts: dict[str, str | None], order: Order | None, text: str) -> Moment:
    if "a" in parts:
        first, second = ("d", "m") if order == "dmy" else ("m", "d")
        parts = {**parts, first: parts["a"], second: parts["b"]}
    word = parts.get("word")
    month = _MONTHS.get(word.lower(), 0) if word else int(parts["m"] or 0)
    year = int(parts["y"] or 0)
    hour, minute = int(parts["hour"] or 0), int(parts["minute"] or 0)
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower() == "pm" else 0)
    try:
        when = datetime(  # noqa: DTZ001 - local to the plant, without a zone
            year + (2000 if year < 100 else 0), month, int(parts["d"] or 0), hour, minute
        )
    except ValueError:
        raise InvalidInput(f"is no date of any calendar (got {text!r})") from None
    return Moment(when, parts["hour"] is not None)
