"""This module holds the routes of keys: made, listed, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.responses import JSONResponse, Response

from simtwin.service import told
from simtwin.service.keys import Key, Role
from simtwin.service.problem import Refused
from simtwin.service.request import body
from simtwin.service.schemas import NewKey
from simtwin.service.service import Service
from simtwin.service.surface import Surface

KEYS = "/v1/keys"

KeyId = Annotated[
    str, Path(pattern="^[0-9a-f]{12}$", description="Id of a key", examples=["0123456789ab"])
]
NewKeyBody = Annotated[NewKey, Depends(body(NewKey))]


def add(surface: Surface, service: Service) -> None:
    """Add the routes of keys."""

    async def keys() -> Response:
        """List the keys, without their secrets."""
        return JSONResponse({"keys": [_plain(key) for key in service.keys.all()]})

    async def make_key(asked: NewKeyBody) -> Response:
        """Make a key. Its secret is in the answer, and nowhere afterwards."""
        if len(service.keys) >= service.limits.keys:
            raise Refused(429, f"{len(service.keys)} keys are kept; delete some",
                          headers={"Retry-After": "60"})  # fmt: skip
        key, secret = service.keys.make(asked.name, Role.of(asked.role))
        return JSONResponse({**_plain(key), "secret": secret}, 201)

    async def delete_key(key_id: KeyId) -> Response:
        """Delete a key; from then on it opens nothing."""
        if service.keys.last_admin(key_id):
            raise Refused(409, f"key {key_id!r} is the last of an admin")
        if not service.keys.drop(key_id):
            raise Refused(404, f"no key {key_id!r}")
        return Response(status_code=204)

    surface.add("GET", KEYS, keys, role=Role.ADMIN, summary="Keys", gives={200: told.Keys})
    surface.add(
        "POST", KEYS, make_key, role=Role.ADMIN, summary="Make a key",
        gives={201: told.Secret}, body=NewKey, example={"name": "line 3", "role": "operator"},
    )  # fmt: skip
    surface.add(
        "DELETE", KEYS + "/{key_id}", delete_key, role=Role.ADMIN, summary="Delete a key",
        gives={204: ""}, refuses=(404, 409),
    )  # fmt: skip


def _plain(key: Key) -> dict[str, str]:
    return {"id": key.id, "name": key.name, "role": key.role}
