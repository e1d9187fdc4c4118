"""This module holds the moment: how an instant of a run is written for a reader, and read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from math import floor, isnan

from simtwin.civil import local, read_zero, since
from simtwin.errors import InvalidInput
from simtwin.result.day import weekday

_UNITS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_CLOCK = re.compile(
    r"(?:(\d{4}-\d{2}-\d{2})[ T]|([A-Za-z]+) )?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?"
)


def moment(start: str, seconds: float) -> str:
    """Return the time of day *seconds* after *start* (ISO 8601, local to the plant), rounded.

    The weekday leads on another day than the first, the date where that is a week or more
    away. What is written so can be asked with again.

    >>> start = "2026-01-05T06:00:00"
    >>> moment(start, 16200.0), moment(start, 25 * 3600.0), moment(start, 7 * 86400.0)
    ('10:30', 'Tue 07:00', '2026-01-12 06:00')
    >>> moment("2026-01-05T06:00:40", 380.0), moment(start, 90.0)
    ('06:07', '06:02')
    """
    begin = read_zero(start)
    past = begin.second + begin.microsecond / 1e6  # Minutes are those of the clock.
    minutes = floor((seconds + past) / 60.0 + 0.5)
    zero, at = local(begin, 0.0), local(begin, 60.0 * minutes - past)
    if at.date() == zero.date():
        return f"{at:%H:%M}"
    near = abs((at.date() - zero.date()).days) < 7
    return f"{at:%a %H:%M}" if near else f"{at:%Y-%m-%d %H:%M}"


def long(seconds: float) -> str:
    """Return a duration [s] as people say it.

    >>> long(25.0), long(1500.0), long(9000.0)
    ('25 s', '25 min', '2.5 h')
    """
    if seconds >= 5400.0:
        return f"{seconds / 3600.0:.1f} h"
    return f"{seconds / 60.0:.0f} min" if seconds >= 60.0 else f"{seconds:.0f} s"


def seconds_of(time: float | str, start: str | None) -> float:
    """Return a number, a duration such as "90 min", or a clock time as seconds.

    >>> seconds_of("90 min", None), seconds_of("10:30", "2026-01-05T06:00:00")
    (5400.0, 16200.0)
    >>> seconds_of("Tue 07:00", "2026-01-05T06:00:00")
    90000.0
    """
    if isinstance(time, int | float) and not isnan(time):
        return float(time)
    if not isinstance(time, str):
        raise _no_time(time)
    clock = _CLOCK.fullmatch(time.strip())
    named = None if clock is None or not clock[2] else weekday(clock[2])
    if clock is not None and start is not None and (named is not None or not clock[2]):
        zero = read_zero(start)
        begin = local(zero, 0.0)
        if int(clock[3]) > 23 or int(clock[4]) > 59 or float(clock[5] or 0.0) >= 60.0:
            raise InvalidInput(f"must be a time of day from 00:00 to 23:59 (got {time!r})")
        try:
            day = datetime.fromisoformat(clock[1]) if clock[1] else begin
        except ValueError:
            raise InvalidInput(f"there is no such day (got {time!r})") from None
        ahead = 0 if named is None else (named - begin.weekday()) % 7
        at = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
            days=ahead,
            hours=int(clock[3]),
            minutes=int(clock[4]),
            seconds=float(clock[5] or 0.0),
        )
        if not clock[1] and since(zero, at) < 0.0:
            at += timedelta(days=1 if named is None else 7)
        return since(zero, at)
    number, _, unit = time.strip().partition(" ")
    try:
        seconds = float(number) * _UNITS[unit.strip() or "s"]
    except (ValueError, KeyError):
        raise _no_time(time) from None
    if isnan(seconds):
        raise _no_time(time)
    return seconds


def _no_time(given: object) -> InvalidInput:
    return InvalidInput(
        f'{given!r} is no time: give seconds, "90 min", or a clock time such as "10:30" or '
        '"Tue 10:30"'
    )
