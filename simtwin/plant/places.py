"""This module holds the places: what stands in a plant or scenario under a dotted name.

``machines.mill-1.refit`` is one place; ``machines.*.refit`` are as many as there are machines.
A part of a list is called by its name, or by its number from 0 where parts have none.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from simtwin.errors import InvalidInput
from simtwin.plant.calendar import ShiftEnd
from simtwin.plant.file_words import elsewhere, in_model
from simtwin.plant.measures import measure_of
from simtwin.plant.rules import RULES, SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.measures import Measure

ANY = "*"
"""Stands for any name in a list."""


class Place(NamedTuple):
    """One thing in a plant or scenario."""

    name: str
    """The way to it, dotted."""
    value: Any
    measure: Measure | None
    """What a number here is measured in; None where none is known."""
    words: tuple[str, ...] = ()
    """What a text here may be; none: it is the name of something."""
    optional: bool = False
    """Whether it may be None."""


def places(root: Any, pattern: str) -> list[Place]:
    """Return what *pattern* names in *root*, in its order; ``*`` is any name in a list.

    A way that does not exist behind one of the names for which ``*`` stands is left out.
    Raises InvalidInput where nothing is left, saying which names there are.
    """
    found = list(_walk(Place("", root, None), pattern, cycles=False))
    if not found:
        raise InvalidInput(missing(root, pattern))
    return found


def named(root: Any, pattern: str) -> bool:
    """Tell whether *pattern* names anything in *root*."""
    return next(_walk(Place("", root, None), pattern, cycles=False), None) is not None


def parts_of(value: Any) -> dict[str, Any]:
    """Return what *value* consists of, by the names that people call it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    if isinstance(value, dict):
        return {text(key): part for key, part in value.items()}
    if isinstance(value, tuple):
        called = [getattr(part, "name", None) for part in value]
        unique = None not in called and len(set(called)) == len(called)
        return {str(called[i] if unique else i): part for i, part in enumerate(value)}
    return {}


def text(key: Any) -> str:
    """Return the key of a dictionary as text: ("mill-1", "front") is mill-1/front."""
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def first_of(parts: dict[str, Any], rest: str) -> str | None:
    """Return the longest name among *parts* with which the dotted *rest* begins, or None."""
    fitting = (name for name in parts if rest == name or rest.startswith(f"{name}."))
    return max(fitting, key=len, default=None)


def missing(root: Any, pattern: str, suffix: str | None = None) -> str:
    """Return the message that *pattern* names nothing in *root*, and which names there are.

    The key was written with the unit *suffix*.
    """
    value, rest, done = root, pattern, ""
    while True:
        parts = parts_of(value)
        key = first_of(parts, rest)
        if key is None and parts and _is_any(rest) and not is_dataclass(value):
            key = _deepest(parts, rest[2:])
            value, rest = parts[key], rest[2:]
        elif key is None and (own := in_model(value, rest)) is not None:
            rest = own
            continue
        elif key is None:
            there = elsewhere(value, rest.partition(".")[0])
            hint = f"; that is {there}" if there else ""
            unit = "" if suffix is None or "." in rest else f"_{suffix}"
            return no_such(rest, done, list(parts), unit) + hint
        else:
            value, rest = parts[key], rest[len(key) + 1 :]
        done = f"{done}.{key}" if done else key


def no_such(rest: str, done: str, names: list[str], unit: str = "") -> str:
    """Return the message that *done* has no part called as *rest* begins, only *names*.

    Both the word and the guess of what was meant are told with the *unit* of the key.

    >>> no_such("refti", "mill-1", ["refit"], "_min")
    "mill-1 has no 'refti_min'; did you mean 'refit_min'? (there are: refit)"
    """
    word = rest.partition(".")[0]
    close = difflib.get_close_matches(word, names, n=1)
    written = f"{word}{unit}"
    where = f"{done} has no {written!r}" if done else f"nothing is called {written!r}"
    listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    listed = f"there are: {listed or 'no parts'}"
    if not close:
        return f"{where}; {listed}"
    return f"{where}; did you mean {close[0] + unit!r}? ({listed})"


def _walk(place: Place, rest: str, *, cycles: bool) -> Iterator[Place]:
    """Yield what *rest* names in the value of *place*; lives may count *cycles* here."""
    if not rest:
        yield place
        return
    parts = parts_of(place.value)
    if _is_any(rest) and not is_dataclass(place.value):
        for key in parts:
            yield from _walk(_inside(place, key, parts[key], cycles), rest[2:], cycles=cycles)
        return
    next_one = first_of(parts, rest)
    if next_one is None:
        own = in_model(place.value, rest)
        if own is not None:
            yield from _walk(place, own, cycles=cycles)
        return
    counted = cycles or (next_one == "life" and getattr(place.value, "clock", "") == "cycles")
    inner = _inside(place, next_one, parts[next_one], cycles)
    yield from _walk(inner, rest[len(next_one) + 1 :], cycles=counted)


def _inside(place: Place, key: str, value: Any, cycles: bool) -> Place:
    name = f"{place.name}.{key}" if place.name else key
    if not is_dataclass(place.value):
        return Place(name, value, place.measure)
    kind = type(place.value).__name__
    declared = next(str(field.type) for field in fields(place.value) if field.name == key)
    return Place(
        name,
        value,
        measure_of(kind, key, cycles=cycles),
        _words(declared),
        optional="None" in declared,
    )


def _words(declared: str) -> tuple[str, ...]:
    """Return the words that a field may be which is declared as a Literal or as a rule."""
    if declared == "str | Rule":
        return (*RULES, SEQUENCE)
    if declared == "ShiftEnd":
        return get_args(ShiftEnd)
    if not declared.startswith("Literal["):
        return ()
    words = ast.literal_eval(declared.removeprefix("Literal"))
    return tuple(words)


def _is_any(rest: str) -> bool:
    return rest == ANY or rest.startswith(f"{ANY}.")


def _deepest(parts: dict[str, Any], rest: str) -> str:
    """Return the first name among *parts* behind which *rest* begins, or simply the first."""
    word = rest.partition(".")[0]
    fitting = (key for key, part in parts.items() if word in parts_of(part))
    return next(fitting, next(iter(parts)))
