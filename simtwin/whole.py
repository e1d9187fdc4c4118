"""This module holds the whole number: what a call must give where only one will do."""

from __future__ import annotations

from operator import index
from typing import Any

from simtwin.errors import InvalidInput


def whole(name: str, value: Any, least: int = 0) -> int:
    """Return *value*, which a call gives as *name*, as a whole number of at least *least*.

    >>> whole("seed", 7)
    7
    >>> whole("seed", 1.5)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: seed must be a whole number (got 1.5)
    >>> whole("seed", True)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: seed must be a whole number (got True)
    >>> whole("looks", 0, 1)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: looks must be at least 1 (got 0)
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None:
        raise InvalidInput(f"{name} must be a whole number (got {value!r})")
    if number < least:
        raise InvalidInput(f"{name} must be at least {least} (got {number})")
    return number
