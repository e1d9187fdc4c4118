"""Services for tests: an application in a folder, asked here, or in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from simtwin.service.app import application
from simtwin.service.keys import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simtwin.service.limits import Limits
    from simtwin.service.service import Service

ROOT = Path(__file__).parents[1]
SERVE = "from simtwin.cli import main; main()"

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


class Server:
    """A service in a process of its own, which can be killed."""

    def __init__(
        self, folder: Path, key: str | None = None, errors: IO[str] | None = None
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = ["serve", "--folder", str(folder), "--port", str(self.port), "--bare"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *words], stdout=subprocess.PIPE, text=True,
            stderr=errors, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.key = key
        if key is None:
            assert self.process.stdout is not None
            lines = [self.process.stdout.readline() for _ in range(2)]
            self.key = lines[-1].split()[-1]
            assert self.key.startswith("stk_")

    def ask(self, method: str, path: str, asked: object = None, kind: str = "json") -> dict:
        """Return what the service answers, waiting until it does."""
        end = time.monotonic() + 60.0
        while True:
            try:
                return self._once(method, path, asked, kind)
            except urllib.error.HTTPError:
                raise
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def post(self, path: str, asked: object) -> dict:
        """Return what the service answers; an error where it does not."""
        return self._once("POST", path, asked, "json")

    def _once(self, method: str, path: str, asked: object, kind: str) -> dict:
        content = None if asked is None else (
            json.dumps(asked) if kind == "json" else str(asked)
        ).encode()  # fmt: skip
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", content, method=method,
            headers={"Authorization": f"Bearer {self.key}",
                     "Content-Type": f"application/{kind}"},
        )  # fmt: skip
        with urllib.request.urlopen(request) as told:
            return json.load(told)

    def status(self, job: dict) -> dict:
        """Return how far *job* is."""
        return self.ask("GET", f"/v1/jobs/{job['id']}")

    def wait(self, job: dict, there: Callable[[dict], bool]) -> None:
        """Wait until *job* is there."""
        end = time.monotonic() + 180.0
        while not there(self.status(job)):
            assert time.monotonic() < end, self.status(job)
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.ended()

    def ended(self) -> int:
        """Return the code with which it ends."""
        code = self.process.wait(60.0)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
