"""This module holds plain data: values as JSON knows them, estimates with their interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.result.estimate import Estimate

SCHEMA_VERSION = 1
"""Of the one object that terminal and service give."""


def plain(value: Any) -> Any:
    """Return *value* as JSON knows it: numpy scalars as numbers, NaN and infinity as None.

    >>> plain(float("nan")), plain((1, 2.5)), plain({"a": float("inf")})
    (None, [1, 2.5], {'a': None})
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def figure(value: Estimate | float, unit: str) -> dict[str, Any]:
    """Return one number with its *unit*; an estimate with its interval too.

    "open" counts runs that end before it is known, where there are some.

    >>> figure(2.5, "h")
    {'value': 2.5, 'unit': 'h'}
    """
    if isinstance(value, float | int):
        return {"value": plain(value), "unit": unit}
    return {
        "value": plain(value.value),
        "low": plain(value.low),
        "high": plain(value.high),
        "n": value.n,
        "method": value.method,
        "unit": unit,
        **({"open": value.unsettled} if value.unsettled else {}),
    }
