"""This module holds civil time: what the clock on the wall says at an instant of a run.

Seconds of a run are as long in every night; the clock on the wall is put forward and back where
the plant stands. Here, where files and people say when, is the one place that knows of it.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simtwin.errors import InvalidInput

DAY = 86400.0

_ZONED = re.compile(r"(.*\S)\s*\[([^\[\]]+)\]")
_AS = 'must be a date and time, as "2026-01-05 06:00" or "2026-01-05 06:00 [Europe/Berlin]"'


@lru_cache(maxsize=64)
def read_zero(text: str) -> datetime:
    """Return the date and time of second 0, with the zone of the plant where *text* names it.

    Raises InvalidInput where it is none, or the clock skips it in that zone.

    >>> read_zero("2026-01-05 06:00").isoformat()
    '2026-01-05T06:00:00'
    >>> read_zero("2026-07-06 06:00 [Europe/Berlin]").isoformat()
    '2026-07-06T06:00:00+02:00'
    """
    match = _ZONED.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(match[1] if match else text.strip())
    except ValueError:
        raise InvalidInput(f"{_AS} (got {text!r})") from None
    if match is None:
        if moment.tzinfo is not None:
            raise InvalidInput(f"{_AS}: an offset alone is no zone (got {text!r})")
        return moment
    try:
        zone = ZoneInfo(match[2].strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"{match[2]!r} is no time zone, as Europe/Berlin is one") from None
    if moment.tzinfo is not None:
        there = moment.astimezone(zone)
        if there.replace(tzinfo=None) != moment.replace(tzinfo=None):
            offset = there.strftime("%z")
            raise InvalidInput(f"{match[2]} is at {offset} then (got {text!r})")
        return there
    start = moment.replace(tzinfo=zone)
    if local(start, 0.0) != moment:
        raise InvalidInput(f"the clock of {match[2]} skips that time (got {text!r})")
    return start


def written(start: datetime) -> str:
    """Return *start* as `read_zero` reads it, with offset and zone where it has one (RFC 9557).

    >>> written(read_zero("2026-07-06 06:00 [Europe/Berlin]"))
    '2026-07-06T06:00:00+02:00[Europe/Berlin]'
    """
    return start.isoformat() + ("" if start.tzinfo is None else f"[{start.tzinfo}]")


def later(start: datetime, seconds: float) -> datetime:
    """Return the date and time *seconds* after *start*, in its zone."""
    if start.tzinfo is None:
        return start + timedelta(seconds=seconds)
    try:
        return (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(start.tzinfo)
    except OverflowError:  # The last day of the year 9999, as lists call what is never due.
        return start + timedelta(seconds=seconds)


def dated(start: datetime, seconds: float) -> bool:
    """Tell whether *seconds* after *start* there is a date, within the years 1 to 9999."""
    try:
        start.replace(tzinfo=None) + timedelta(seconds=seconds)
    except OverflowError:
        return False
    return True


def local(start: datetime, seconds: float) -> datetime:
    """Return what the clock on the wall says *seconds* after *start*.

    >>> eve = read_zero("2026-03-28 22:00 [Europe/Berlin]")
    >>> local(eve, 7 * 3600.0).isoformat()  # Seven hours, of which the clock skips one.
    '2026-03-29T06:00:00'
    """
    return later(start, seconds).replace(tzinfo=None, fold=0)


def since(start: datetime, wall: datetime) -> float:
    """Return how many seconds after *start* the clock on the wall says *wall*, negative before.

    What it says twice is the first time; what it skips is the instant at which it does.

    >>> eve = read_zero("2026-10-24 22:00 [Europe/Berlin]")
    >>> since(eve, datetime(2026, 10, 25, 6)) / 3600.0
    9.0
    """
    if start.tzinfo is None or wall.year == MAXYEAR:
        return (wall - start.replace(tzinfo=None)).total_seconds()
    zero, zone = start.astimezone(UTC), start.tzinfo
    found = (wall.replace(tzinfo=zone, fold=0).astimezone(UTC) - zero).total_seconds()
    if local(start, found) == wall:
        return found
    after = (wall.replace(tzinfo=zone, fold=1).astimezone(UTC) - zero).total_seconds()
    return _skip(start, after, found)


def _skip(start: datetime, before: float, after: float) -> float:
    """Return the instant between two others at which the clock is put forward or back [s]."""
    offset = later(start, before).utcoffset()
    while after - before > 1.0:
        middle = float((before + after) // 2.0)
        if later(start, middle).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def changes(start: datetime, end: float) -> list[tuple[float, float]]:
    """Return when the clock is put forward or back until *end* [s after *start*].

    With each instant, by how much the clock is ahead of that of the start from then on [s].

    >>> changes(read_zero("2026-03-28 22:00 [Europe/Berlin]"), 8 * 3600.0)
    [(14400.0, 3600.0)]
    """
    if start.tzinfo is None:
        return []
    found, at = [], 0.0
    while at < end:
        following = min(at + DAY, end)
        before, after = (later(start, t).utcoffset() for t in (at, following))
        if before != after:
            change = _skip(start, at, following)
            ahead = local(start, change) - start.replace(tzinfo=None)
            found.append((change, ahead.total_seconds() - change))
        at = following
    return found
