"""This module holds the plain form of frozen values: what JSON can carry, and the way back.

Plants, scenarios and totals are trees of frozen values. Their plain form names each type, so
that what comes back is equal to the bit and of the same type.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from math import isfinite
from typing import Any

from simtwin.errors import InvalidInput
from simtwin.parts import bearing, failure, spindle, tool
from simtwin.physics import degradation, life, oil, slots, thermal
from simtwin.physics import tool as tool_physics
from simtwin.plant import batch, calendar, changes, model, overtime, policy, spread
from simtwin.result import ensemble, hours, kpi, record

KIND, LIST, PAIRS, NUMBER = " is", " list", " pairs", " number"
"""Keys that begin with a space: no field can be called so."""

_HOMES = (model, bearing, failure, spindle, tool, life, oil, slots, thermal, tool_physics,
          degradation, ensemble, hours, kpi, record, batch, calendar, changes,
          overtime, policy, spread)  # fmt: skip

KINDS: dict[str, type[Any]] = {
    name: kind
    for home in _HOMES
    for name, kind in vars(home).items()
    if isinstance(kind, type)
    and kind.__module__ == home.__name__
    and (is_dataclass(kind) or kind in (record.MachineTotals, record.FlowTotals))
}
"""The types that a plain form may name; no other is ever made."""


def to_plain(value: Any) -> Any:
    """Return *value* as dictionaries, lists, text and finite numbers.

    >>> to_plain(life.Fixed(2.5))
    {' is': 'Fixed', 'value': 2.5}
    >>> to_plain((1, None, float("inf")))
    [1, None, {' number': 'inf'}]
    """
    if isinstance(value, float):
        return value if isfinite(value) else {NUMBER: repr(value)}
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [to_plain(part) for part in value]
    if isinstance(value, list):
        return {LIST: [to_plain(part) for part in value]}
    if isinstance(value, dict):
        return {PAIRS: [[to_plain(key), to_plain(part)] for key, part in value.items()]}
    kind = type(value)
    if KINDS.get(kind.__name__) is not kind:
        raise InvalidInput(f"a value of type {kind.__name__} cannot be saved (got {value!r})")
    return {KIND: kind.__name__} | {
        name: to_plain(getattr(value, name)) for name in _names(kind)
    }


def from_plain(data: Any) -> Any:
    """Return the value whose plain form *data* is; a field that is missing has its default.

    Raises InvalidInput for a type, a field or a form that is not known here.

    >>> from_plain(to_plain({("mill-1", 2): (0.5, float("inf"))}))
    {('mill-1', 2): (0.5, inf)}
    """
    if isinstance(data, list):
        return tuple(from_plain(part) for part in data)
    if not isinstance(data, dict):
        return data
    match data:
        case {" number": ("inf" | "-inf" | "nan") as number}:
            return float(number)
        case {" list": [*parts]}:
            return [from_plain(part) for part in parts]
        case {" pairs": [*pairs]}:
            return {from_plain(key): from_plain(part) for key, part in pairs}
        case {" is": str(name)} if name in KINDS:
            return _made(KINDS[name], {k: v for k, v in data.items() if k != KIND})
    raise InvalidInput(f"no value has the form {str(data)[:80]}")


def _made(kind: Any, data: dict[str, Any]) -> Any:
    names = _names(kind)
    unknown = [name for name in data if name not in names]
    if unknown:
        raise InvalidInput(f"{kind.__name__} has no field {unknown[0]!r}")
    value: Any = kind.__new__(kind)
    for name in names:
        part = from_plain(data[name]) if name in data else _default(kind, name)
        object.__setattr__(value, name, part)
    check = getattr(value, "__post_init__", None)
    if check is not None:
        check()
    return value


def _default(kind: type[Any], name: str) -> Any:
    if is_dataclass(kind):
        field = next(field for field in fields(kind) if field.name == name)
        if field.default is not MISSING:
            return field.default
        if field.default_factory is not MISSING:
            return field.default_factory()
    raise InvalidInput(f"{kind.__name__} lacks the field {name!r}")


def _names(kind: Any) -> tuple[str, ...]:
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    return tuple(kind.FIELDS)
