"""This module holds the wording of problems: what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from simtwin.errors import FileProblems, Problem, brief
from simtwin.plant.document import Document, Path
from simtwin.plant.fields import NAME_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

NAMES_SHOWN = 10


def validated(model: type[Model], document: Document) -> Model:
    """Return *document* as a *model*, or raise all its problems in the order of the file."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems = _problems(error.errors(include_url=False), model, document)
        raise FileProblems(in_file_order(problems)) from None


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return *problems* by file, line and column, each once."""
    distinct = dict.fromkeys(problems)
    return tuple(
        sorted(distinct, key=lambda problem: (problem.file, problem.line, problem.column))
    )


class Unreadable(str):
    """The message that a text is not what it must be, whatever else stands in the file."""

    __slots__ = ()


class Unknown(str):
    """The message that *name* is no *kind* of thing but one of *names*; it remembers all."""

    __slots__ = ("kind", "name", "names")

    kind: str
    name: str
    names: tuple[str, ...]

    def __new__(cls, message: str, kind: str, name: str, names: tuple[str, ...]) -> Unknown:
        """Return *message*."""
        made = super().__new__(cls, message)
        made.kind, made.name, made.names = kind, name, names
        return made

    def __reduce__(self) -> tuple[type[Unknown], tuple[str, str, str, tuple[str, ...]]]:
        """Return what it is made of again in another process.

        >>> import pickle
        >>> pickle.loads(pickle.dumps(Unknown("no mill 'x'", "mill", "x", ()))).name
        'x'
        """
        return Unknown, (str(self), self.kind, self.name, self.names)


def unknown(kind: str, name: str, names: Iterable[str]) -> str:
    """Return the message that *name* is no *kind*, with the closest valid names first.

    >>> unknown("machine", "mil-1", ["lathe-1", "mill-1"])
    "no machine 'mil-1'; did you mean 'mill-1'? (machines: mill-1, lathe-1)"
    """
    valid = tuple(dict.fromkeys(names))
    return Unknown(_unknown(kind, name, valid), kind, name, valid)


def _unknown(kind: str, name: str, valid: tuple[str, ...]) -> str:
    if not valid:
        return f"no {kind} {name!r}; there are no {plural(kind)}"
    close = difflib.get_close_matches(name, valid, n=NAMES_SHOWN)
    ordered = [*close, *(other for other in valid if other not in close)]
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    more = ", ..." if len(ordered) > NAMES_SHOWN else ""
    listed = f"{plural(kind)}: {', '.join(ordered[:NAMES_SHOWN])}{more}"
    return f"no {kind} {name!r}{hint} ({listed})" if close else f"no {kind} {name!r}; {listed}"


def plural(kind: str) -> str:
    """Return the plural of a *kind* of thing in a plant.

    >>> plural("failure mode"), plural("machine or group")
    ('failure modes', 'machines and groups')
    >>> plural("family"), plural("skill of a crew")
    ('families', 'skills of a crew')
    """
    return " and ".join(map(_plural, kind.split(" or ")))


def _plural(word: str) -> str:
    noun, of, rest = word.partition(" of ")
    several = (
        f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"
    )
    return f"{several}{of}{rest}"


def _problems(
    errors: list[ErrorDetails], model: type[BaseModel], document: Document
) -> list[Problem]:
    missing: dict[Path, list[str]] = {}
    strangers: dict[Path, list[str]] = {}
    problems: list[Problem] = []
    for error in errors:
        path = known_path(error["loc"], document)
        if error["type"] == "missing":
            missing.setdefault(path, []).append(str(error["loc"][-1]))
        elif error["type"] == "extra_forbidden":
            strangers.setdefault(path[:-1], []).append(str(path[-1]))
        elif not satisfied(error) and not _of_another_kind(error, errors, document):
            key = error.get("ctx", {}).get("key") if error["type"] == "simtwin" else ""
            place = (*path, key) if key else path
            message = _message(error, path, document)
            problems.append(document.problem(place, message, key=bool(key)))
    for parent, keys in strangers.items():
        valid = _keys_at(model, parent, document)
        for key in keys:
            absent = missing.get(parent, [])
            message, used = _stranger(key, valid, absent)
            if used:
                absent.remove(used)
            problems.append(document.problem((*parent, key), message, key=True))
    for parent, keys in missing.items():
        problems += [
            document.problem(parent, f"required key {key!r} is missing") for key in keys
        ]
    return problems


def _of_another_kind(
    error: ErrorDetails, errors: list[ErrorDetails], document: Document
) -> bool:
    """Whether *error* wants a mapping where a number may stand, which another says is wrong."""
    path = known_path(error["loc"], document)
    return (
        error["type"] == "dict_type"
        and isinstance(error["input"], int | float)
        and any(
            other["type"] == "simtwin" and known_path(other["loc"], document) == path
            for other in errors
        )
    )


def satisfied(error: ErrorDetails) -> bool:
    """Whether *error* counts only the sound items of a list that is long enough."""
    value = error["input"]
    return (
        error["type"] == "too_short"
        and isinstance(value, list)
        and len(value) >= error["ctx"]["min_length"]
    )


def known_path(loc: tuple[int | str, ...], document: Document) -> Path:
    """Return the steps of *loc* that are keys or indices of the document."""
    path: Path = ()
    for step in loc:
        if (*path, step) in document.values:
            path = (*path, step)
    return path


def _stranger(key: str, valid: list[str], missing: list[str]) -> tuple[str, str | None]:
    """Return the message for an unknown *key* and the missing one that it stands for."""
    close = difflib.get_close_matches(key, [*missing, *valid], n=1)
    if close and close[0] in missing:
        return (
            f"unknown key; did you mean {close[0]!r}? (required key {close[0]!r} is missing)"
        ), close[0]
    if close:
        return f"unknown key; did you mean {close[0]!r}?", None
    listed = ", ".join(valid[:NAMES_SHOWN]) + (", ..." if len(valid) > NAMES_SHOWN else "")
    return (f"unknown key (known here: {listed})" if valid else "unknown key"), None


def _keys_at(model: type[BaseModel], path: Path, document: Document) -> list[str]:
    """Return the keys that *model* knows at *path*, but for those already there."""
    here: Any = model
    for step in path:
        if isinstance(step, str):
            field = next(
                (
                    info
                    for name, info in here.model_fields.items()
                    if (info.alias or name) == step
                ),
                None,
            )
            here = _model_in(field.annotation) if field else None
        if here is None:
            return []
    keys = [info.alias or name for name, info in here.model_fields.items()]
    # Those that stand there already come last: the least likely meaning of a wrong key.
    return sorted(keys, key=lambda key: (*path, key) in document.keys)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _message(error: ErrorDetails, path: Path, document: Document) -> str:
    got = _got(error["input"], path, document)
    kind = error["type"]
    if kind == "simtwin":
        message = error["msg"]
        return f"{message} ({got})" if "write it in quotes" in message else message
    context = error.get("ctx", {})
    if kind == "literal_error":
        return f"must be {context['expected']} ({got})"
    words = {
        "model_type": "must be a mapping",
        "dict_type": "must be a mapping",
        "tuple_type": "must be a list",
        "list_type": "must be a list",
        "bool_type": "must be true or false",
        "string_type": "must be text; write it in quotes",
        "string_too_long": f"must have at most {context.get('max_length')} characters",
        "string_pattern_mismatch": _pattern(context.get("pattern", "")),
        "too_short": f"needs at least {context.get('min_length')}",
        "too_long": f"takes at most {context.get('max_length')}",
        "string_too_short": f"must have at least {context.get('min_length')} characters",
        "greater_than": f"must be > {context.get('gt')}",
        "greater_than_equal": f"must be at least {context.get('ge')}",
        "less_than": f"must be < {context.get('lt')}",
        "less_than_equal": f"must be at most {context.get('le')}",
        "finite_number": "must be a finite number",
        **dict.fromkeys(("int_type", "int_parsing"), "must be a whole number"),
        **dict.fromkeys(("int_from_float", "int_parsing_size"), "must be a whole number"),
        **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    }
    return f"{words.get(kind, error['msg'])} ({got})"


def _pattern(pattern: str) -> str:
    """Return what text of that *pattern* is, in words where it is the one of names in files."""
    if pattern == NAME_PATTERN:
        return "must be one line of text without blanks around it"
    return f"must fit {pattern}"


def _got(value: object, path: Path, document: Document) -> str:
    if path in document.sources and not isinstance(value, str):
        return f"got {document.sources[path] or 'nothing'}"
    if isinstance(value, dict):
        return "got a mapping"
    if isinstance(value, list | tuple):
        return f"got a list of {len(value)}"
    return f"got {brief(value)}"
