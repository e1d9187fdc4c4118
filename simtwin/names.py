"""This module holds names: their natural order, "job-2" before "job-10", and where ways end."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = re.compile(r"(\d+)")

NaturalKey = tuple[tuple[int, int, str], ...]

RELEASE, EXIT = "release", "exit"
"""Where pieces come from and go to, as ways are called that begin or end there."""


@lru_cache(maxsize=65536)
def natural(name: str) -> NaturalKey:
    """Return the key that sorts *name* as a person would, numbers by value.

    >>> sorted(["job-10", "job-2", "job-1"], key=natural)
    ['job-1', 'job-2', 'job-10']
    """
    return tuple(
        (0, int(piece), piece) if piece.isdigit() else (1, 0, piece)
        for piece in _DIGITS.split(name)
        if piece
    )
