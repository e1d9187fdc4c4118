"""This module holds what is asked: bodies and queries, strictly read, their faults in words."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from simtwin.errors import FileProblems
from simtwin.plant.document import Document, Path, Place, spell
from simtwin.plant.wording import validated
from simtwin.service.problem import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

JSON = "application/json"
YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")


class Body(BaseModel):
    """A JSON body: unknown keys refused, numbers finite, nothing taken for something else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False,
        use_attribute_docstrings=True,
    )  # fmt: skip


class Query(BaseModel):
    """The part of an address behind "?": text, hence read as what its key wants."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


Model = TypeVar("Model", bound=BaseModel)


def body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return what reads the JSON body of a call as a *model*."""

    async def read(request: Request) -> Model:
        most: int = request.app.state.service.limits.body_bytes
        content = await content_of(request, (JSON,), most)
        return fitting(model, parsed(content), "body")

    return read


def query(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return what reads the query of a call as a *model*."""

    async def read(request: Request) -> Model:
        found: dict[str, Any] = {}
        for key, value in request.query_params.multi_items():
            if key in found:
                message = "the key stands twice"
                raise Refused(422, f"{key}: {message}", [{"key": key, "message": message}])
            found[key] = value
        return fitting(model, found, "query")

    return read


async def content_of(request: Request, kinds: tuple[str, ...], most: int) -> bytes:
    """Return the body of *request*, which is of one of *kinds* and of at most *most* bytes."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise Refused(415, f"content-type: must be {' or '.join(kinds)} (got {kind!r})")
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise Refused(413, f"body: must have at most {most} bytes")
    return bytes(content)


def decoded(content: bytes) -> str:
    """Return *content* as text."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, f"body: is not UTF-8 text (byte {error.start})") from None


def parsed(content: bytes) -> Any:
    """Return the JSON value in *content*; no NaN, no infinity, no key twice.

    >>> parsed(b'{"n": 1, "n": 2}')
    Traceback (most recent call last):
    simtwin.service.problem.Refused: body: the key 'n' stands twice
    >>> parsed(b'[1e999]')
    Traceback (most recent call last):
    simtwin.service.problem.Refused: body: 1e999 is no finite number
    """
    try:
        return json.loads(
            decoded(content),
            parse_float=_finite,
            parse_constant=_finite,
            object_pairs_hook=_once,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused(400, f"body: is no JSON: {error.msg} ({place})") from None
    except (RecursionError, ValueError):
        raise Refused(400, "body: is no JSON that can be read: too deep or too long") from None


def fitting(model: type[Model], value: Any, name: str) -> Model:
    """Return *value* as a *model*; what does not fit is told as in a file, all at once."""
    document = Document(name, value)
    spelled: dict[str, str] = {}
    _walk(value, (), document, spelled)
    try:
        return validated(model, document)
    except FileProblems as error:
        errors = [
            {"pointer": spelled.get(one.key, ""), "key": one.key, "message": one.message}
            for one in error.problems
        ]
        lines = [f"{one.key}: {one.message}" if one.key else one.message
                 for one in error.problems]  # fmt: skip
        raise Refused(422, "\n".join(lines), errors) from None


def pointed(asked: Mapping[str, Any], words: str) -> str:
    """Return the JSON pointer of what *words* of the command line are about in *asked*.

    They begin with the key, and go on with the names in it.

    >>> asked = {"constraints": {"power_kw": {"rough": -1.0, "finish": 2.0}}}
    >>> pointed(asked, "constraints: power_kw of rough: must be above 0 (got -1)")
    '/constraints/power_kw/rough'
    >>> pointed({"program": "op9"}, "mill-1: no program 'op9'; programs: op10")
    '/program'
    >>> pointed({"objective": ["time", "wear"]}, "objective 'wear': of what?")
    '/objective/1'
    """
    begin = re.match(r"\w+", words)
    key = begin[0] if begin and begin[0] in asked else ""
    if not key:
        named = [one for one in asked if re.search(rf"\b{re.escape(one)}\b", words)]
        return f"/{named[0]}" if named else ""
    steps: list[str] = [key]
    value, said = asked[key], words.removeprefix(key).partition("; ")[0]
    while isinstance(value, dict | list):
        names = value if isinstance(value, dict) else dict(enumerate(value))
        parts = [
            (place, step)
            for step, part in names.items()
            for name in [str(step if isinstance(value, dict) else part)]
            for place in [_stands(name, said)]
            if place >= 0
        ]
        if not parts:
            break
        step = min(parts, key=lambda part: part[0])[1]
        steps.append(str(step))
        value = names[step]
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _stands(name: str, said: str) -> int:
    """Return where *name* stands in what is *said*, as a word; -1: nowhere."""
    found = re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", said)
    return -1 if found is None else found.start()


def _walk(value: Any, path: Path, document: Document, spelled: dict[str, str]) -> None:
    """Note every path into *value*, and the JSON pointer of each."""
    document.values[path] = Place(document.name, 1, 1 + len(document.values))
    spelled[spell(path)] = "".join(
        f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path
    )
    if isinstance(value, dict):
        for key, part in value.items():
            _text(key)
            document.keys[*path, key] = Place(document.name, 1, 1 + len(document.values))
            _walk(part, (*path, key), document, spelled)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _walk(part, (*path, index), document, spelled)
    elif isinstance(value, str):
        _text(value)


def _text(value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(400, "body: has half of a surrogate pair, which is no text") from None


def _finite(text: str) -> float:
    """Return the number in *text*; 82.0 is a whole one, as it is in a JSON Schema."""
    value = float(text)
    if not isfinite(value):
        raise Refused(400, f"body: {text} is no finite number")
    return int(value) if value.is_integer() else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Refused(400, f"body: the key {key!r} stands twice")
        found[key] = value
    return found
