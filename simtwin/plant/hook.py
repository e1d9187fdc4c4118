"""This module holds the hook: a function of somebody's own, and whether it can be called."""

from __future__ import annotations

import inspect
from typing import Any


def takes(function: Any, count: int) -> bool:
    """Tell whether *function* can be called with so many arguments and nothing else.

    What does not tell its arguments is believed.

    >>> takes(lambda piece: 0.0, 1), takes(lambda piece, now: 0.0, 1), takes(3, 1)
    (True, False, False)
    """
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
    except ValueError:
        return True
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def told(function: Any) -> str:
    """Return *function* and its arguments as a reader knows them.

    >>> told(takes), told(3)
    ('takes(function, count)', '3')
    """
    if not callable(function):
        return repr(function)
    names = ", ".join(inspect.signature(function).parameters)
    return f"{getattr(function, '__name__', repr(function))}({names})"
