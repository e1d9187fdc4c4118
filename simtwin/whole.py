"""This module holds the whole number: what a call must give where only one will do."""

from __future__ import annotations

from math import inf
from operator import index
from typing import Any

from simtwin.errors import InvalidInput, brief

MOST_RUNS = 1_000_000
"""Most runs, looks or points that are asked for at once: a share is then known to 0.1 %."""


def whole(name: str, value: Any, least: int = 0, most: float = inf) -> int:
    """Return *value*, which a call gives as *name*, as a whole number from *least* to *most*.

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
    >>> whole("looks", 10**7, 1, MOST_RUNS)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: looks must be at most 1000000 (got 10000000)
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None:
        raise InvalidInput(f"{name} must be a whole number (got {brief(value)})")
    if number < least:
        raise InvalidInput(f"{name} must be at least {least} (got {brief(number)})")
    if number > most:
        raise InvalidInput(f"{name} must be at most {most:.0f} (got {brief(number)})")
    return number
