"""This module holds the application: the service behind its routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match

from simtwin.errors import SimtwinError
from simtwin.service import routes_files, routes_jobs, routes_keys, routes_twin, told
from simtwin.service.problem import Refused, refused
from simtwin.service.request import JSON
from simtwin.service.service import Service
from simtwin.service.start_page import POLICY, page
from simtwin.service.surface import VERSION, Surface

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from simtwin.service.limits import Limits

GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)


def application(folder: Path, limits: Limits | None = None, *, demo: bool = True) -> FastAPI:
    """Return the application of the service in *folder*."""
    service = Service(folder, limits)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        await service.open(demo=demo)
        yield
        await service.close()

    app = FastAPI(
        title="simtwin", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=living, redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    surface = Surface(app)
    _add_open(surface, app)
    for routes in (routes_twin, routes_jobs, routes_files, routes_keys):
        routes.add(surface, service)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(SimtwinError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_wrong_path)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_defect)
    app.add_middleware(Guarded)
    return app


def description() -> dict[str, Any]:
    """Return the OpenAPI description of every service."""
    told: dict[str, Any] = application(Path("nowhere")).openapi()
    return told


class Guarded:
    """What every answer carries: nothing is sniffed, kept in a cache, or told to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *GUARDS]
            await send(message)

        await self._app(scope, receive, guarded)


def _add_open(surface: Surface, app: FastAPI) -> None:
    async def start() -> Response:
        """Show what to open, and how."""
        return HTMLResponse(page(), headers={"Content-Security-Policy": POLICY})

    async def health() -> Response:
        """Tell that the service lives."""
        return JSONResponse({"status": "alive"})

    async def ready() -> Response:
        """Tell that twins, files and jobs are there."""
        return JSONResponse({"status": "ready"})

    async def description() -> Response:
        """Return this description."""
        return JSONResponse(app.openapi())

    surface.add("GET", "/", start, role=None, summary="Start page", gives={200: "text/html"})
    surface.add(
        "GET", "/healthz", health, role=None, summary="Alive", gives={200: told.Healthy}
    )
    surface.add("GET", "/readyz", ready, role=None, summary="Ready", gives={200: told.Healthy})
    surface.add(
        "GET", "/openapi.json", description, role=None, summary="Description",
        gives={200: JSON},
    )  # fmt: skip


async def _on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused), "it is added for them"
    return error.response()


async def _on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, SimtwinError), "it is added for them"
    return refused(error).response()


async def _on_wrong_path(_: Request, error: Exception) -> Response:
    """Tell which part of an address cannot be, in the words that names are refused with."""
    assert isinstance(error, RequestValidationError), "it is added for them"
    errors = []
    for one in error.errors():
        pattern = one.get("ctx", {}).get("pattern", "")
        message = f"must fit {pattern} (got {str(one.get('input', ''))[:80]!r})"
        errors.append({"key": str(one["loc"][-1]), "message": message})
    return Refused(
        422, "\n".join(f"{one['key']}: {one['message']}" for one in errors), errors
    ).response()


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "it is added for them"
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_at(request))
    said = {404: f"nothing is at {request.url.path}; / says what there is",
            405: f"{request.method} is not for {request.url.path}"}  # fmt: skip
    detail = said.get(error.status_code, str(error.detail))
    return Refused(error.status_code, detail, headers=headers).response()


def _methods_at(request: Request) -> list[str]:
    """Return the methods of all routes at the address of *request*."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            found |= route.methods
    return sorted(found)


async def _on_defect(_: Request, error: Exception) -> Response:
    return Refused(500, f"{type(error).__name__}; the log of the service has more").response()
