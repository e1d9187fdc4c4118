"""This module holds the mending: what of a file can be read although other parts are wrong.

A file whose keys or numbers are wrong is refused, but names that lead nowhere in the rest of it
are to be told at once (UX 4.2). So the least that is wrong is taken out, the rest is read by
the same code that reads a sound file, and of its complaints only times that cannot be read and
names that nothing is called are kept: not even those if what was taken out may be called so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from simtwin.errors import FileProblems, InvalidInput
from simtwin.plant.document import Document
from simtwin.plant.wording import (
    Unknown,
    Unreadable,
    in_file_order,
    known_path,
    satisfied,
    unknown,
    validated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from simtwin.errors import Problem
    from simtwin.plant.document import Path

Model = TypeVar("Model", bound=BaseModel)
Look = Callable[[Model, Document], object]

BY_OTHERS = frozenset(("node", "failure mode"))
"""Kinds of names that presets give: what was taken out may have been the preset."""

CALLED = {
    "calendar": "calendars",
    "machine or group": "machines",
    "product": "products",
    "program": "programs",
    "tool": "tools",
}
"""Kinds of names, and where in a plant file such things stand with their ``id``."""

NAMES = ("id", "operation")
"""Keys by which something in a file is called."""


def read(model: type[Model], document: Document, look: Look[Model]) -> Model:
    """Return *document* as a *model*, or raise its problems in the order of the file.

    Where something is wrong, *look* reads what else there is, and times that are none and names
    that nothing is called are among the problems.
    """
    try:
        return validated(model, document)
    except FileProblems as error:
        strangers = _strangers(model, document, look)
        raise FileProblems(in_file_order([*error.problems, *strangers])) from None


def _strangers(model: type[Model], document: Document, look: Look[Model]) -> list[Problem]:
    """Return what in the sound part of *document* cannot be read, or is called like nothing."""
    gone: set[Path] = set()
    while () not in gone:
        rest = _without(document, gone)
        try:
            file = model.model_validate(rest.data)
        except ValidationError as error:
            gone |= _to_take_out(error, rest)
            continue
        names = _names_in(document, gone)
        with suppress(InvalidInput):  # What is wrong as a whole waits for its parts.
            look(file, rest)
        sure = [one for one in rest.problems if _sure(one.message, names)]
        return [replace(one, message=_reworded(one.message, document.data)) for one in sure]
    return []


def _to_take_out(error: ValidationError, rest: Document) -> set[Path]:
    """Return the paths in the whole file of the least that *error* complains of.

    All of it, where something has lost its name: any name may be that.
    """
    found = [one for one in error.errors(include_url=False) if not satisfied(one)]
    if any(_nameless(one) for one in found):
        return {()}
    paths = {rest.origin(known_path(one["loc"], rest)) for one in found}
    return {path[:-1] if path and path[-1] in NAMES else path for path in paths}


def _nameless(error: ErrorDetails) -> bool:
    """Tell whether *error* is of something that says nowhere what it is called."""
    if error["type"] in ("model_type", "list_type", "tuple_type", "dict_type"):
        return True
    last = error["loc"][-1:]
    name = bool(last) and last[0] in NAMES
    return name and (error["type"] == "missing" or isinstance(error["input"], dict | list))


def _sure(message: str, taken: frozenset[str]) -> bool:
    """Tell whether *message* is right whatever was *taken* out.

    It is where a text cannot be read, and where a name is that of nothing, nor was of that.
    """
    if isinstance(message, Unreadable):
        return True
    if not isinstance(message, Unknown) or message.kind in BY_OTHERS:
        return False
    return message.name not in taken


def _reworded(message: str, data: dict[str, Any]) -> str:
    """Return *message*; one of a wrong name lists those of wrong parts of the file, too."""
    if not isinstance(message, Unknown) or message.kind not in CALLED:
        return message
    items = data.get(CALLED[message.kind])
    listed = items if isinstance(items, list) else []
    names = [item["id"] for item in listed if isinstance(item, dict) and _is_named(item)]
    return unknown(message.kind, message.name, [*names, *message.names])


def _is_named(item: dict[str, Any]) -> bool:
    return isinstance(item.get("id"), str)


def _without(document: Document, gone: set[Path]) -> Document:
    """Return *document* without the parts *gone*; what is left knows where it stood."""
    rest = Document(document.name)

    def kept(value: Any, old: Path, new: Path) -> Any:
        rest.origins[new] = old
        for own, others in (
            (rest.keys, document.keys),
            (rest.values, document.values),
            (rest.sources, document.sources),
        ):
            if old in others:
                own[new] = others[old]  # type: ignore[assignment]
        if isinstance(value, dict):
            steps = [key for key in value if (*old, key) not in gone]
            return {key: kept(value[key], (*old, key), (*new, key)) for key in steps}
        if isinstance(value, list):
            places = [index for index in range(len(value)) if (*old, index) not in gone]
            return [
                kept(value[index], (*old, index), (*new, place))
                for place, index in enumerate(places)
            ]
        return value

    rest.data = kept(document.data, (), ())
    return rest


def _names_in(document: Document, gone: set[Path]) -> frozenset[str]:
    """Return every key and text in the parts *gone*: what they may have been names of."""
    return frozenset(
        text for path in gone for text in (str(path[-1]), *_texts(_at(document.data, path)))
    )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    else:
        yield str(value)
