"""Services for tests: an application in a folder, asked in this process."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from simtwin.service.app import application
from simtwin.service.keys import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simtwin.service.limits import Limits
    from simtwin.service.service import Service

DEVICES = "/digital-twin/devices"
YAML = {"content-type": "application/yaml"}

PLANT = """\
plant: cell
machines:
  - id: mill-1
    failures:
      - {id: control, clock: powered, life: {exponential: {mean_h: 200}}, repair_min: 30}
products:
  - {id: part, route: [{operation: mill, machines: [mill-1], duration_min: 10}]}
"""
SCENARIO = """\
scenario: shift
plant: cell
start: 2026-01-05 06:00
horizon_h: 4
orders: [{id: order-1, product: part, quantity: 12, due: "09:00"}]
"""


@contextmanager
def served(
    folder: Path, limits: Limits | None = None, *, demo: bool = False
) -> Iterator[TestClient]:
    """Give a client with the key of an admin, of a service in *folder*."""
    app = application(folder, limits, demo=demo)
    _, secret = app.state.service.keys.make("tests", Role.ADMIN)
    with TestClient(app, client=("127.0.0.1", 50000)) as client:
        client.headers["Authorization"] = f"Bearer {secret}"
        yield client


def service_of(client: TestClient) -> Service:
    """Return the service that answers *client*."""
    return client.app.state.service  # type: ignore[attr-defined,no-any-return]


def twin(device: str, verb: str) -> str:
    """Return the address of a *verb* of the twin of *device*."""
    return f"{DEVICES}/{device}/twin/{verb}"


def created(client: TestClient, device: str, **asked: Any) -> dict[str, Any]:
    """Make a twin of *device*, of the small cell unless another plant is asked for."""
    if "plant" not in asked:
        client.put("/v1/plants/cell", content=PLANT, headers=YAML)
        client.put("/v1/scenarios/shift", content=SCENARIO, headers=YAML)
        asked = {"plant": "cell", "scenario": "shift", **asked}
    told = client.post(twin(device, "create"), json=asked)
    assert told.status_code == 201, told.text
    return told.json()


def ended(client: TestClient, job: str, patience: float = 120.0) -> dict[str, Any]:
    """Return *job* once it is over."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        told = client.get(f"/v1/jobs/{job}").json()
        if told["status"] not in ("queued", "running"):
            return told
        time.sleep(0.05)
    raise AssertionError(f"job {job} did not end: {told}")
