"""The description of the service is fresh, and what it gives as examples works."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from simtwin.service.app import application, description
from simtwin.service.keys import Role
from simtwin.service.limits import Limits
from tests.serving import created, ended, served, twin

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "simtwin" / "schemas" / "service.openapi.json"
CONFIG = Path(__file__).parent / "schemathesis.toml"


def test_the_committed_description_is_fresh():
    """``simtwin schema service > simtwin/schemas/service.openapi.json`` changes nothing."""
    assert json.loads(COMMITTED.read_text("utf-8")) == json.loads(json.dumps(description()))


def test_every_example_fits_its_schema_and_works(tmp_path):
    """What the description says to send is taken: examples of files, keys, twins and jobs."""
    told = description()
    with served(tmp_path) as client:
        for method, path, done in (
            ("post", "/v1/keys", 201),
            ("put", "/v1/plants/{name}", 201),
            ("put", "/v1/scenarios/{name}", 201),
            ("post", twin("{device_id}", "create"), 201),
            ("post", twin("{device_id}", "synchronize"), 200),
            ("post", twin("{device_id}", "simulate"), 202),
            ("post", twin("{device_id}", "optimize"), 202),
        ):
            asked = told["paths"][path][method]["requestBody"]["content"]
            for kind, content in asked.items():
                value = content["examples"]["example"]["value"]
                schema = {**content["schema"], "components": told["components"]}
                jsonschema.Draft202012Validator(schema).validate(value)
                if kind == "application/yaml":
                    continue  # The same as the text, which is sent.
                text = value if kind == "text/plain" else json.dumps(value)
                sent = client.request(
                    method, path.format(name="my-shop", device_id="demo"), content=text,
                    headers={"content-type": kind},
                )  # fmt: skip
                assert sent.status_code == done, sent.text
        for job in client.get("/v1/jobs").json()["jobs"]:
            over = ended(client, job["id"])
            assert over["status"] == "succeeded", over


def test_every_answer_has_an_example_that_fits_its_schema():
    """What the description shows as answers and problems is as it says they are."""
    told = description()
    shown = 0
    for routes in told["paths"].values():
        for route in routes.values():
            for answer in route["responses"].values():
                for kind, content in answer.get("content", {}).items():
                    if "$ref" not in content.get("schema", {}):
                        continue  # A table, a page, or the description itself.
                    value = content["examples"]["example"]["value"]
                    schema = {**content["schema"], "components": told["components"]}
                    jsonschema.Draft202012Validator(schema).validate(value)
                    shown += kind.endswith("json")
    assert shown > 50


def test_answers_fit_their_schema(tmp_path):
    """State, twins, files, keys and jobs are as they are described."""
    told = description()
    with served(tmp_path) as client:
        created(client, "cell", at="07:00")
        seen = {"boot": "b", "seq": 1, "at": "07:10", "machine": "mill-1",
                "signal": "power_kw", "value": 2}  # fmt: skip
        client.post(twin("cell", "synchronize"), json={"observations": [seen]})
        for path in (
            twin("{device_id}", "state"),
            "/digital-twin/devices",
            "/v1/plants",
            "/v1/keys",
            "/v1/jobs",
        ):
            content = told["paths"][path]["get"]["responses"]["200"]["content"]
            schema = {**content["application/json"]["schema"], "components": told["components"]}
            answer = client.get(path.format(device_id="cell"))
            jsonschema.Draft202012Validator(schema).validate(answer.json())


@contextmanager
def listening(folder: Path) -> Iterator[tuple[str, str]]:
    """Give address and key of a service that listens, with a twin of a small cell."""
    import uvicorn

    app = application(
        folder,
        Limits(
            guesses=10**9,
            jobs_running=1,
            job_seconds=2.0,
            read_seconds=600.0,
            stream_seconds=0.2,
        ),
        demo=False,
    )
    _, secret = app.state.service.keys.make("tests", Role.ADMIN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", secret
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_no_call_that_the_description_allows_or_forbids_breaks_the_service(tmp_path):
    """TELEMETRY 10: schemathesis with all its checks and phases finds no failure.

    How long an answer takes is not held against the clock of a busy machine.
    """
    import httpx2

    with listening(tmp_path / "service") as (address, secret):
        with httpx2.Client(base_url=address) as client:
            client.headers["Authorization"] = f"Bearer {secret}"
            client.timeout = 60.0
            created(client, "demo")
        told = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG),
                "run", f"{address}/openapi.json", "--checks", "all", "--max-examples", "10",
                "--seed", "1", "--request-timeout", "600", "--max-response-time", "600",
                "--no-color",
                "--header", f"Authorization: Bearer {secret}",
            ],
            cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert told.returncode == 0, told.stdout[-20_000:] + told.stderr
