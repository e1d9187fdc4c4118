"""A twin is followed as it moves: its stream, what the viewer shows of it, and the page."""

from __future__ import annotations

import base64
import json
import re
import signal
import time
import urllib.request

import numpy as np
import pytest

from simtwin.service.limits import Limits
from simtwin.service.live_page import policy
from tests.serving import (
    DEVICES,
    PLANT,
    SCENARIO,
    Server,
    created,
    served,
    service_of,
    twin,
)  # fmt: skip


@pytest.fixture
def client(tmp_path):
    """A service whose streams end soon, with a followed machine."""
    with served(tmp_path, Limits(stream_seconds=0.5)) as asked:
        created(
            asked, "mill", plant="one_machine", scenario="one_machine", machine="mill-1",
            at="06:30", stale_after="1 min",
        )  # fmt: skip
        yield asked


def sent(client, seq: int, at: str, **more: object) -> dict:
    """Send one temperature of the machine, and return what became of it."""
    seen = {"boot": "b", "seq": seq, "at": at, "signal": "temperature_front_c", "value": 24.5}
    asked = {"observations": [seen], **more}
    return client.post(twin("mill", "synchronize"), json=asked).json()


def last(column: dict | list) -> float:
    """Return the last number of a column, packed or not."""
    if isinstance(column, list):
        return column[-1]
    return np.frombuffer(base64.b64decode(column["base64"]), f"<{column['type']}")[-1]


def test_a_stream_begins_with_the_state_and_ends_by_itself(client):
    """TELEMETRY 8: server-sent events; the first at once, and the key is looked at again."""
    told = client.get(twin("mill", "events"))
    assert told.headers["content-type"].startswith("text/event-stream")
    first = told.text.split("\n\n")[0].splitlines()
    assert first[:2] == ["id: 1", "event: state"]
    assert (
        json.loads(first[2].removeprefix("data: ")) == client.get(twin("mill", "state")).json()
    )
    assert service_of(client).streams.open == 0


def test_a_service_that_stops_ends_its_streams(tmp_path):
    """UX 3: Ctrl-C ends it at once, however often it is pressed, without a word."""
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as errors:
        server = Server(tmp_path / "service", errors=errors)
        server.ask("PUT", "/v1/plants/cell", PLANT, "yaml")
        server.ask("PUT", "/v1/scenarios/shift", SCENARIO, "yaml")
        server.post(twin("mill", "create"), {"plant": "cell", "scenario": "shift"})
        follow = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{twin('mill', 'events')}",
            headers={"Authorization": f"Bearer {server.key}"},
        )
        with urllib.request.urlopen(follow, timeout=60.0) as told:
            assert told.readline() == b"id: 1\n"
            for _ in range(4):
                server.process.send_signal(signal.SIGINT)
                time.sleep(0.02)
            assert told.read().endswith(b"\n\n"), "an event is whole"
        assert server.ended() == 0
        errors.seek(0)
        assert errors.read() == ""


def test_a_stream_gives_the_newest_of_what_has_moved(client):
    """TELEMETRY 5.9: who reads slowly gets the newest, and nobody waits for him."""
    twins = service_of(client).twins

    async def followed() -> list[str]:
        found = []
        async for state in twins.states("mill", 0.2):
            if state is None:
                continue
            found.append(json.loads(state)["time"][11:])
            for step in (1, 2) if len(found) == 1 else ():
                moved = twins.twin("mill")
                present = {**moved.present, "time": 1800.0 + step}
                twins._put(type(moved)(**{  # As two batches would, before anybody reads.
                    **{name: getattr(moved, name) for name in moved.__slots__},
                    "present": present,
                }))  # fmt: skip
        return found

    assert client.portal.call(followed) == ["06:30:00", "06:30:02"]


def test_a_stream_needs_its_twin_and_its_place(client):
    """OWASP API4: no device, no stream; and not more than there may be."""
    assert client.get(twin("none", "events")).status_code == 404
    service_of(client).streams.open = service_of(client).limits.streams
    assert client.get(twin("mill", "events")).status_code == 429
    service_of(client).streams.open = 0


def test_a_machine_that_is_not_heard_any_more_is_stale_and_not_idle(client):
    """UX 7: a stale signal looks different from idle."""
    assert sent(client, 1, "06:40")["accepted"] == 1
    fresh = client.get(twin("mill", "view/data")).json()
    assert "stale" not in fresh["runs"][0]["names"]
    assert fresh["t_end"] == 2400.0
    sent(client, 2, "06:41", until="06:50")
    [run] = client.get(twin("mill", "view/data")).json()["runs"]
    status = run["machines"]["mill-1"]["status"]
    assert run["names"][last(status["state"])] == "stale"
    assert run["names"][last(status["cause"])] == "temperature_1 was the last that was reported"
    assert last(status["t"]) == 2460.0
    assert run["t_end"] == 3000.0


def test_a_view_is_made_once_for_each_state(client, monkeypatch):
    """However many look at it."""
    first = client.get(twin("mill", "view/data")).content

    async def none(question):
        raise AssertionError("it was made already")

    monkeypatch.setattr(service_of(client).outlooks, "ask", none)
    assert client.get(twin("mill", "view/data")).content == first


def test_a_view_of_a_twin_whose_plan_has_just_begun(client):
    """It shows the first second, and is no error."""
    created(client, "new")
    assert client.get(twin("new", "view/data")).json()["t_end"] == 1.0


def test_the_page_has_no_data_and_reaches_nothing_else(client):
    """TELEMETRY 8: the same page for everybody; it may run its own scripts only."""
    told = client.get(twin("mill", "view"), headers={"Authorization": ""})
    assert told.status_code == 200
    assert told.text == client.get(twin("none", "view")).text
    assert told.headers["content-security-policy"] == policy()
    assert "script-src 'sha256-" in policy()
    assert "'unsafe-inline'" not in re.search("script-src[^;]*", policy())[0]
    assert told.text.count("<script>") == 2
    assert not re.search(r"(src|href)=[\"']https?:", told.text)


def test_a_twin_that_is_deleted_ends_its_streams(client):
    """Whoever follows it asks again, and is told that it is gone."""
    twins = service_of(client).twins

    async def followed() -> int:
        count = 0
        async for _ in twins.states("mill", 60.0):
            count += 1
            await twins.drop("mill")
        return count

    assert client.portal.call(followed) == 1
    assert client.get(DEVICES).json() == {"devices": []}
