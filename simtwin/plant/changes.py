"""This module holds the changes: a frozen plant or scenario with some values replaced."""

from __future__ import annotations

import difflib
from dataclasses import fields, is_dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

Frozen = TypeVar("Frozen")


def changed(value: Frozen, changes: Mapping[str, object]) -> Frozen:
    """Return *value* with each dotted name in *changes* set to its new value.

    A part of a list is called by its name, ``machines.mill-1.tool_change``, or by its number
    from 0 where parts have none. Values are as the model keeps them: SI units.

    Raises InvalidInput for a name that does not exist, saying which do, and for a value of
    another kind than the one it replaces.
    """
    for name, new in changes.items():
        value = _set(value, name, "", new)
    return value


def _set(value: Any, rest: str, done: str, new: object) -> Any:
    """Return *value* with what *rest* names in it replaced; *done* is the way to it."""
    parts = _parts(value)
    key = max(
        (name for name in parts if rest == name or rest.startswith(f"{name}.")),
        key=len,
        default=None,
    )
    if key is None:
        raise InvalidInput(_no_such(rest, done, list(parts)))
    name = f"{done}.{key}" if done else key
    old = parts[key]
    inner = rest[len(key) + 1 :]
    if inner:
        made = _set(old, inner, name, new)
    else:
        made = None if new is None and _optional(value, key) else _checked(old, new, name)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{key: made})
    if isinstance(value, dict):
        return {k: made if _text(k) == key else part for k, part in value.items()}
    place = list(parts).index(key)
    return (*value[:place], made, *value[place + 1 :])


def _parts(value: Any) -> dict[str, Any]:
    """Return what *value* consists of, by the names that people call it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    if isinstance(value, dict):
        return {_text(key): part for key, part in value.items()}
    if isinstance(value, tuple):
        named = [getattr(part, "name", None) for part in value]
        unique = None not in named and len(set(named)) == len(named)
        return {str(named[i] if unique else i): part for i, part in enumerate(value)}
    return {}


def _optional(value: Any, key: str) -> bool:
    """Tell whether the field *key* of *value* may be None."""
    return is_dataclass(value) and any(
        field.name == key and "None" in str(field.type) for field in fields(value)
    )


def _text(key: Any) -> str:
    """Return the key of a dictionary as text: ("mill-1", "front") is mill-1/front."""
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _checked(old: Any, new: Any, name: str) -> Any:
    """Return *new* in the kind of *old*, which it replaces."""
    if isinstance(new, list):
        new = tuple(new)
    number = isinstance(new, int | float) and not isinstance(new, bool)
    if number and not isfinite(new):
        raise InvalidInput(f"{name}: must be finite (got {new})")
    if isinstance(old, float) and number:
        return float(new)
    fits = isinstance(new, type(old)) or (is_dataclass(old) and is_dataclass(new))
    if old is None or (fits and isinstance(new, bool) is isinstance(old, bool)):
        return new
    kind = "number" if isinstance(old, int | float) else type(old).__name__
    raise InvalidInput(f"{name}: must be a {kind} such as {str(old)[:60]} (got {new!r})")


def _no_such(rest: str, done: str, names: list[str]) -> str:
    word = rest.partition(".")[0]
    close = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    where = f"{done} has no {word!r}" if done else f"nothing is called {word!r}"
    listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"{where}; {hint}(there are: {listed or 'no parts'})"
