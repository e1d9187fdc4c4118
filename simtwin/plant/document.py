"""This module holds the document: plain values of a YAML 1.2 text, each with its place.

YAML is read with the scalars of 1.2 (``14:00``, ``no`` and ``2026-01-05`` are text), without
anchors, aliases, merge keys or tags: a file may come from anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any, NamedTuple

import yaml

from simtwin.errors import FileProblems, Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 5_000_000
MAX_DEPTH = 50

Path = tuple[str | int, ...]

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not count among the printable characters (5.1)."""


class Place(NamedTuple):
    """Where a key or a value stands, counted from 1."""

    file: str
    line: int
    column: int


@dataclass(slots=True)
class Document:
    """Plain values and, for each path into them, the places of key and value and the source."""

    name: str
    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    sources: dict[Path, str] = field(default_factory=dict)
    """The text of a scalar as it stands in the file: ``0012``."""
    files: set[File] = field(default_factory=set)
    """Which others it was read from: those that it extends, and tables."""
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Names of parts that are in it and could not be read: they are not missing."""
    origins: dict[Path, Path] = field(default_factory=dict)
    """Where parts stood before others were taken out; empty: all stand where they stood."""

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return where *path* stands, or the deepest part of it that does."""
        for end in range(len(path), -1, -1):
            if key and end == len(path) and path in self.keys:
                return self.keys[path]
            if path[:end] in self.values:
                return self.values[path[:end]]
        return Place(self.name, 1, 1)

    def origin(self, path: Path) -> Path:
        """Return *path* as it was in the whole file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                return (*self.origins[path[:end]], *path[end:])
        return path

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """Return the problem that *message* states about *path*."""
        place = self.place(path, key=key)
        shown = spell(self.origin(path))
        return Problem(place.file, place.line, place.column, shown, message)

    def complain(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note the problem that *message* states about *path*."""
        self.problems.append(self.problem(path, message, key=key))


def spell(path: Path) -> str:
    """Return *path* as a reader writes it.

    >>> spell(("machines", 2, "spindle", "max_rpm"))
    'machines[2].spindle.max_rpm'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def scalar(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar under the core rules of YAML 1.2.

    >>> scalar("14:00"), scalar("no"), scalar("1e3"), scalar("12"), scalar("true"), scalar("")
    ('14:00', 'no', 1000.0, 12, True, None)
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return number(text)


def number(text: str) -> str | int | float:
    """Return *text* as the number it spells in YAML 1.2, or as it is.

    >>> number("0o17"), number(".5")
    ('0o17', 0.5)
    """
    if len(text) > 400:
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_yaml(text: str, name: str) -> Document:
    """Return the document in a YAML *text*; raise :class:`FileProblems` with all that is wrong.

    >>> read_yaml("shift: [06:00, 1e3]", "a.yaml").data
    {'shift': ['06:00', 1000.0]}
    """
    document = Document(name)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise fatal(name, 1, 1, f"file is larger than {MAX_BYTES // 1_000_000} MB")
    node = _compose(text, name)
    document.data = _walk(node, (), document)
    if document.problems:
        raise FileProblems(tuple(document.problems))
    return document


def fatal(name: str, line: int, column: int, message: str) -> FileProblems:
    """Return the error of a file that cannot be read beyond a place."""
    return FileProblems((Problem(name, line, column, "", message),))


def _compose(text: str, name: str) -> Any:
    loader = None
    try:
        loader = _Loader(text)
        loader.yaml_implicit_resolvers = {}
        _check_depth(text, name)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        raise _control(text, name, error.reason) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = ", ".join(word for word in (error.context, error.problem) if word)
        raise fatal(name, line, column, words or "cannot be read") from None
    finally:
        if loader is not None:
            loader.dispose()
    if node is None:
        raise fatal(name, 1, 1, "file is empty")
    return node


def _control(text: str, name: str, reason: str) -> FileProblems:
    """Return the error of a *text* with a character that YAML does not allow, by its place."""
    found = _CONTROL.search(text)
    if found is None:
        return fatal(name, 1, 1, f"cannot be read: {reason}")
    before = text[: found.start()]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return fatal(name, line, column, f"the character U+{ord(found[0]):04X} is not allowed")


def _check_depth(text: str, name: str) -> None:
    """Refuse anchors, aliases and depth on the event stream, before any node is built."""
    depth = 0
    for event in _events(text):
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise fatal(
                name,
                *place,
                "anchors (&) and aliases (*) are not supported; write the value out",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise fatal(
                name,
                *place,
                f"nested more than {MAX_DEPTH} levels deep",
            )


def _events(text: str) -> Any:
    return yaml.parse(text, Loader=_Loader)


def _walk(node: Any, path: Path, document: Document) -> Any:
    mark = node.start_mark
    place = Place(document.name, mark.line + 1, mark.column + 1)
    document.values[path] = place
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag[18:] not in (
        "str",
        "map",
        "seq",
    ):
        document.problems.append(
            Problem(*place, spell(path), f"tags such as {node.tag!r} are not supported")
        )
        return None
    if isinstance(node, yaml.MappingNode):
        return _walk_mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_walk(item, (*path, index), document) for index, item in enumerate(node.value)]
    document.sources[path] = node.value
    return node.value if node.style else scalar(node.value)


def _walk_mapping(node: Any, path: Path, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = key_node.start_mark
        place = Place(document.name, mark.line + 1, mark.column + 1)
        wrong = _wrong_key(key_node)
        if wrong:
            document.problems.append(Problem(*place, spell(path), wrong))
            continue
        key = key_node.value
        if key in values:
            first = document.keys[*path, key].line
            document.problems.append(
                Problem(
                    *place, spell((*path, key)), f"the key stands twice; first in line {first}"
                )
            )
            continue
        document.keys[*path, key] = place
        values[key] = _walk(value_node, (*path, key), document)
    return values


def _wrong_key(node: Any) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        return "keys must be plain text"
    if node.value == "<<" and not node.style:
        return "merge keys (<<) are not supported; write the keys out"
    if not node.style and not isinstance(scalar(node.value), str):
        return f"keys must be plain text; write '{node.value}' in quotes"
    return None
