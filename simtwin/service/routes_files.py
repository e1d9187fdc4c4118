"""This module holds the routes of plants and scenarios: sent, listed, fetched, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import JSONResponse, Response

from simtwin.service import told
from simtwin.service.keys import Role
from simtwin.service.request import YAML, content_of, decoded
from simtwin.service.service import Service
from simtwin.service.shelf import Kind
from simtwin.service.surface import Surface

FileName = Annotated[
    str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="Name of the file",
              examples=["my-shop"]),
]  # fmt: skip

PLANT = """\
plant: my_shop
machines:
  - {id: mill-1}
  - {id: mill-2}
products:
  - id: bracket
    route:
      - {operation: rough, machines: [mill-1, mill-2], duration_min: 12}
"""
SCENARIO = """\
scenario: my_shift
plant: my-shop
start: 2026-01-05 06:00
horizon_h: 8
orders:
  - {id: order-1, product: bracket, quantity: 20, due: "11:00"}
"""


def add(surface: Surface, service: Service) -> None:
    """Add the routes of plants and scenarios."""
    _add(surface, service, "plants", "plant", PLANT)
    _add(surface, service, "scenarios", "scenario", SCENARIO)


def _add(surface: Surface, service: Service, kind: Kind, word: str, example: str) -> None:
    async def listed() -> Response:
        return JSONResponse({"files": service.shelf.all(kind)})

    async def fetched(name: FileName) -> Response:
        return Response(service.shelf.text(kind, name), media_type=YAML[0])

    async def kept(request: Request, name: FileName) -> Response:
        content = await content_of(request, YAML, service.limits.file_bytes)
        new, found = await service.shelf.put(kind, name, decoded(content))
        return JSONResponse(found, 201 if new else 200)

    async def deleted(name: FileName) -> Response:
        service.shelf.drop(kind, name)
        return Response(status_code=204)

    at, one = f"/v1/{kind}", f"/v1/{kind}/{{name}}"
    for handler, said in (
        (listed, f"List the {kind}: those that were sent, and those that came with simtwin."),
        (fetched, f"Return a {word} as it was sent."),
        (kept, f"Keep a {word}, if nothing is wrong with it; twins keep the copy they have."),
        (deleted, f"Delete a {word}; twins that were made of it stay."),
    ):
        handler.__doc__ = said
        handler.__name__ = f"{handler.__name__}_{kind if handler is listed else word}"
    surface.add(
        "GET", at, listed, role=Role.VIEWER, summary=kind.capitalize(), gives={200: told.Files}
    )
    surface.add(
        "GET", one, fetched, role=Role.VIEWER, summary=f"A {word}", gives={200: YAML[0]},
        refuses=(404,),
    )  # fmt: skip
    surface.add(
        "PUT", one, kept, role=Role.ENGINEER, summary=f"Send a {word}",
        gives={200: told.Kept, 201: told.Kept}, refuses=(409, 503), yaml=True, example=example,
    )  # fmt: skip
    surface.add(
        "DELETE", one, deleted, role=Role.ENGINEER, summary=f"Delete a {word}",
        gives={204: ""}, refuses=(404, 409),
    )  # fmt: skip
