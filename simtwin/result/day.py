"""This module holds the day that may stand before a time, as in ``Tue 10:00``."""

from __future__ import annotations

import re

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def weekday(word: str) -> int | None:
    """Return the number of a weekday, from Monday on 0; None for any other word.

    >>> weekday("Tue"), weekday("saturday"), weekday("10:00")
    (1, 5, None)
    """
    names = (number for number, day in enumerate(_WEEKDAYS) if word.lower() in (day, day[:3]))
    return next(names, None)


def is_day(word: str) -> bool:
    """Tell whether *word* says a day, so that a time must follow.

    >>> is_day("Tue"), is_day("2026-01-06"), is_day("mill-1")
    (True, True, False)
    """
    return weekday(word) is not None or _DATE.fullmatch(word) is not None


def with_days(words: list[str]) -> list[str]:
    """Return *words* with each day and the time behind it as one.

    >>> with_days(["mill-1", "Tue", "10:00", "2h"])
    ['mill-1', 'Tue 10:00', '2h']
    """
    found: list[str] = []
    for word in words:
        if found and ":" in word and is_day(found[-1]):
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
    return found
