"""The live page in a real browser: it follows a twin, and what is stale looks stale (UX 7)."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest

from tests.browser.test_viewer import READY, until
from tests.serving import twin


@contextmanager
def listening(folder):
    """Give address and key of a service that listens, and end it."""
    import uvicorn

    from simtwin.service.app import application
    from simtwin.service.keys import Role

    app = application(folder, demo=False)
    _, secret = app.state.service.keys.make("tests", Role.ADMIN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", secret
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def service(tmp_path):
    """A client of a service with a followed machine, and the key to it."""
    with listening(tmp_path) as (address, secret), httpx2.Client(
        base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=60.0
    ) as client:  # fmt: skip
        asked = {
            "plant": "one_machine", "scenario": "one_machine", "machine": "mill-1",
            "at": "06:30", "stale_after": "1 min",
        }  # fmt: skip
        assert client.post(twin("mill", "create"), json=asked).status_code == 201
        yield client, secret


def sent(client, seq, at, value, **more):
    """Send one temperature of the machine."""
    seen = {"boot": "b", "seq": seq, "at": at, "signal": "temperature_front_c", "value": value}
    told = client.post(twin("mill", "synchronize"), json={"observations": [seen], **more})
    assert told.status_code == 200, told.text


def followed(tab, service):
    """Open the page and give it the key."""
    client, secret = service
    tab.goto(str(client.base_url) + twin("mill", "view"))
    tab.fill("#key", secret)
    tab.click("#ask button")
    until(tab, READY, 60.0)


def test_the_page_follows_a_twin(tab, service):
    """Status, temperatures, wear and freshness as they are sent; the key is in no address."""
    client, secret = service
    followed(tab, service)
    assert tab.evaluate("viewer.time") == 1800.0
    assert "nothing reported" in tab.inner_text("#rows")
    sent(client, 1, "06:40", 27.5)
    until(tab, "viewer.time === 2400")
    row = tab.locator("tr[data-signal=temperature_1]")
    assert "27.5 degC" in row.inner_text()
    assert "FRESH" in row.inner_text()
    assert tab.locator("[data-status]").get_attribute("data-status") == "UNCALIBRATED"
    told = tab.evaluate("viewer.stateOf(0, 'mill-1')")
    assert told["state"] not in (None, "stale")
    assert told["temperature_c"]["front"] > 20.0
    assert told["bearing_damage"]
    assert all(secret not in url for url in tab.asked)
    assert {url.split("/")[2] for url in tab.asked} == {client.base_url.netloc.decode()}
    assert tab.wrong == []


def test_stale_looks_different_from_idle(tab, service):
    """UX 7: by colour and glyph in the picture, and in words in the table."""
    client, _ = service
    followed(tab, service)
    sent(client, 1, "06:40", 27.5, until="06:45")
    until(tab, "viewer.time === 2700")
    assert tab.evaluate("viewer.stateOf(0, 'mill-1').state") == "stale"
    look = "(state) => simtwinViewer.look(state)"
    stale, idle = tab.evaluate(look, "stale"), tab.evaluate(look, "idle")
    assert stale["color"] != idle["color"]
    assert stale["glyph"] != idle["glyph"]
    row = tab.locator("tr[data-signal=temperature_1]")
    assert "STALE, GOOD, 300 s old" in row.inner_text()
    assert row.locator("[data-freshness=STALE]").count() == 2


def test_a_wrong_key_and_a_lost_service_are_told(tab, tmp_path):
    """What is shown is never taken for what is now."""
    with listening(tmp_path) as (address, secret):
        header = {"Authorization": f"Bearer {secret}"}
        asked = {"plant": "one_machine", "scenario": "one_machine"}
        httpx2.post(address + twin("mill", "create"), json=asked, headers=header, timeout=60.0)
        tab.goto(address + twin("mill", "view"))
        tab.fill("#key", "stk_wrong")
        tab.click("#ask button")
        until(tab, "document.getElementById('link').dataset.link === 'refused'")
        assert "nobody has this key" in tab.inner_text("#link")
        tab.fill("#key", secret)
        tab.click("#ask button")
        until(tab, READY, 60.0)
    until(tab, "document.getElementById('link').dataset.link === 'lost'")
    assert "What is shown is of 2026-01-05T06:00:00" in tab.inner_text("#link")
    assert tab.get_attribute("#shop", "data-old") == "true"
