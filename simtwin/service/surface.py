"""This module holds the surface: routes, the role that each needs, what is told of them.

A route cannot be added without saying who may ask it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from simtwin.plant.document import read_yaml
from simtwin.service.keys import Role
from simtwin.service.problem import MEDIA_TYPE, TITLES, Refused
from simtwin.service.request import JSON, YAML
from simtwin.service.shown import SHOWN, example, problem
from simtwin.service.told import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

Handler = Callable[..., Any]

Gift = type[BaseModel] | str | tuple[type[BaseModel], *tuple[str, ...]]
"""A good answer: a model in JSON, a media type, both; nothing where the type is empty."""

REF = "#/components/schemas/{model}"

VERSION = "1"
"""Of the routes; /v1 and the six of a twin stay as they are while it is 1."""

ABOUT = """\
Twins of CNC machine shops: what they are doing, what may fail, what a change would bring.

Every call but those of the start page, of health and of this description needs the header
`Authorization: Bearer stk_...`. Answers are the JSON of the command line; what is wrong is told
after RFC 9457 in its words. Nothing here commands a machine.
"""


class Surface:
    """The routes of an application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._bodies: list[type[BaseModel]] = []
        app.openapi = self.described  # type: ignore[method-assign]

    def add(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        role: Role | None,
        summary: str,
        gives: Mapping[int, Gift],
        refuses: tuple[int, ...] = (),
        body: type[BaseModel] | None = None,
        yaml: bool = False,
        query: type[BaseModel] | None = None,
        example: Any = None,
    ) -> None:
        """Add a route that somebody with *role* may ask; None: everybody.

        *gives* are its good answers: a model, or a media type. *refuses* are the problems that
        it has beside those of every route.
        """
        extra: dict[str, Any] = {"x-role": "none" if role is None else role.word}
        problems = set(refuses)
        if role is not None:
            extra["security"] = [{"key": []}]
            problems |= {401, 403, 429}
        if body is not None:
            self._bodies.append(body)
            extra["requestBody"] = _request(body, example)
            problems |= {400, 413, 415, 422}
        if yaml:
            extra["requestBody"] = _file(example)
            problems |= {400, 413, 415, 422}
        if query is not None:
            extra["parameters"] = _parameters(query)
            problems.add(422)
        if "{" in path:
            problems.add(422)
        answers: dict[int | str, dict[str, Any]] = {
            **{status: _answer(gift) for status, gift in gives.items()},
            **{status: _problem(status) for status in sorted(problems)},
        }
        self._app.add_api_route(
            path,
            handler,
            methods=[method],
            response_model=None,
            status_code=min(gives),
            summary=summary,
            description=(handler.__doc__ or "").strip(),
            operation_id=handler.__name__,
            responses=answers,
            dependencies=[] if role is None else [Depends(requires(role))],
            openapi_extra=extra,
        )

    def described(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        app = self._app
        if app.openapi_schema is None:
            told = get_openapi(
                title="simtwin", version=VERSION, description=ABOUT, routes=app.routes
            )
            known = told.setdefault("components", {}).setdefault("schemas", {})
            models: list[type[BaseModel]] = [*dict.fromkeys(self._bodies), Problem]
            _, added = models_json_schema(
                [(model, "validation") for model in models], ref_template=REF
            )
            known.update(added["$defs"])
            for name in ("HTTPValidationError", "ValidationError"):
                known.pop(name, None)
            told["components"]["schemas"] = dict(sorted(known.items()))
            told["components"]["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "A key, stk_..."}
            }
            _show(told)
            app.openapi_schema = told
        return app.openapi_schema


def requires(role: Role) -> Callable[[Request], Awaitable[None]]:
    """Return what lets only holders of keys of *role* and above pass."""

    async def check(request: Request) -> None:
        service = request.app.state.service
        address = request.client.host if request.client else ""
        key = service.holder(request.headers.get("authorization"), address)
        if key.rank < role:
            raise Refused(
                403, f"this needs the role {role.word}; the key {key.name!r} is {key.role}"
            )
        request.state.key = key

    return check


def _request(body: type[BaseModel], shown: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": REF.format(model=body.__name__)}}
    if shown is not None:
        content |= example(shown)
    return {"required": True, "content": {JSON: content}}


def _file(shown: str) -> dict[str, Any]:
    """Return a file as it is sent: YAML, described as what it says, or the same as text."""
    kinds = {
        YAML[0]: ("object", read_yaml(shown, "example").data),
        "text/plain": ("string", shown),
    }
    content = {
        kind: {"schema": {"type": type_}, **example(value)}
        for kind, (type_, value) in kinds.items()
    }
    return {"required": True, "content": content}


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    properties = query.model_json_schema()["properties"]
    found = []
    for name, schema in properties.items():
        # In an address there is no null: what is not given is not there.
        kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
        told = kinds[0] if kinds else schema
        found.append(
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": schema.get("description", ""),
                "schema": told,
            }
        )
    return found


def _answer(gift: Gift) -> dict[str, Any]:
    if isinstance(gift, tuple):
        text = {"schema": {"type": "string"}}
        return _answer(gift[0]) | {"content": dict.fromkeys(gift[1:], text)}
    if isinstance(gift, str):
        types = {"text/html": "string", YAML[0]: "object"}
        schema = {"schema": {"type": types[gift]}} if gift in types else {}
        return {"description": "As asked"} | ({"content": {gift: schema}} if gift else {})
    return {"description": (gift.__doc__ or "").splitlines()[0], "model": gift}


def _show(told: dict[str, Any]) -> None:
    """Put an example beside every answer of a description, nulls with it."""
    for route in (route for routes in told["paths"].values() for route in routes.values()):
        for status, answer in route["responses"].items():
            for content in answer.get("content", {}).values():
                model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                if model == Problem.__name__:
                    content.update(example(problem(int(status))))
                elif model:
                    content.update(example(SHOWN[model]))


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": TITLES[status][1],
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
