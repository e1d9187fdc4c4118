"""This module holds the way between instants in text and seconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from simtwin.civil import read_zero
from simtwin.errors import InvalidInput

_FRACTION = re.compile(r"(\.\d{6})\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_seconds(text: str) -> float:
    """Return an instant [s since 1970-01-01 UTC]; without a zone it is UTC.

    >>> utc_seconds("1970-01-02T00:00:00.2500000Z"), utc_seconds("86400.25")
    (86400.25, 86400.25)
    >>> utc_seconds("noon")
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: time 'noon' is neither ISO 8601 nor seconds since 1970
    """
    try:
        return float(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
    except ValueError:
        raise InvalidInput(
            f"time {text!r:.60} is neither ISO 8601 nor seconds since 1970"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) / _MICROSECOND / 1e6


def begun(start: str) -> float:
    """Return the instant at which a run that *start* dates begins [s since 1970-01-01 UTC].

    Without a zone it is UTC.

    >>> begun("1970-01-02T00:00:00"), begun("1970-01-02T00:00[Europe/Berlin]")
    (86400.0, 82800.0)
    """
    zero = read_zero(start)
    return (zero if zero.tzinfo else zero.replace(tzinfo=UTC)).timestamp()


def utc_text(seconds: float) -> str:
    """Return an instant [s since 1970-01-01 UTC] as ISO 8601, to the millisecond.

    >>> utc_text(86400.25)
    '1970-01-02T00:00:00.250Z'
    """
    found = _EPOCH + timedelta(seconds=seconds)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
