"""A twin fed live: from a plant over a real broker to an alarm with its name, and on again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.errors import InvalidInput
from simtwin.live import listen
from simtwin.live.board import Sensors
from simtwin.live.broker import Broker
from simtwin.live.emulation import emulate
from simtwin.live.injection import FrictionChange
from simtwin.live.publisher import publishing
from simtwin.live.settings import Settings
from simtwin.live.store import Store
from simtwin.live.twin import Twin
from simtwin.live.watch import Watch
from simtwin.plant.files import load_plant, load_scenario
from tests.mosquitto import BOARD, BOARD_PASSWORD, PASSWORD, mosquitto, needs_mosquitto

pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed (extra telemetry)")
ROOT = Path(__file__).parents[2]
PLANT = load_plant("one_machine")
SHIFT = load_scenario("one_machine", PLANT)
CHANGED = 2.5 * 3600.0


FRICTION = (FrictionChange(CHANGED, "mill-1", 1.3),)


def emulated(until=3.5 * 3600.0, injections=FRICTION):
    """Return an hour after a change of the friction, with a reading every ten seconds."""
    return emulate(PLANT, SHIFT, injections, until=until, sensors=Sensors(period=10.0))


def twin_of(path, **more):
    """Return a twin that keeps its log in *path*."""
    return Twin(PLANT, store=path, scenario=SHIFT, settings=Settings(stale_after=120.0), **more)


def heard(twin, broker, messages, *, say=None, patience=60.0):
    """Let *twin* follow *broker* while *messages* are sent; return what was said and new."""
    said, news, stop, watch = [], [], threading.Event(), Watch()
    sent, deadline = threading.Event(), time.monotonic() + patience
    known = [None, 0.0]

    def speak() -> None:
        while not said and time.monotonic() < deadline:
            time.sleep(0.02)
        board = broker.reader(username=BOARD, password=BOARD_PASSWORD, client_id="board")
        with publishing(board, said.append) as publisher:
            for message in messages:
                publisher.send(message)
        sent.set()

    def look(twin) -> None:
        news.extend(watch.news(twin))
        if known[0] != twin.store.revision or not sent.is_set():
            known[:] = twin.store.revision, time.monotonic()
        if time.monotonic() > min(known[1] + 1.5, deadline):
            stop.set()

    def hear(text) -> None:
        said.append(text)
        if say is not None:
            say(text)

    speaker = threading.Thread(target=speak)
    speaker.start()
    twin.follow(broker.reader(), stop=stop, say=hear, look=look, replayed=True)
    speaker.join()
    return said, news


@needs_mosquitto
def test_friction_is_noticed_and_named_over_a_broker(tmp_path):
    """A plant sends, a twin follows: friction + 30 % is an alarm within 20 min, and named.

    What the broker brought gives the state of the same messages taken at once; reopened, the
    twin knows all of it; and what comes later goes on from there, the silence being a gap.
    """
    emulation = emulated()
    messages = list(emulation.heard())
    first, rest = messages[:-2000], messages[-2000:]
    with mosquitto(tmp_path) as broker:
        twin = twin_of(tmp_path / "shop.db")
        said, news = heard(twin, broker, first)
        assert "reading modax/sensor/data" in said[0]
        kinds = [one.kind for one in news]
        assert kinds[0] == "status"
        alarm = next(one for one in news if one.kind == "alarm")
        assert 0.0 < alarm.time - emulation.start - CHANGED < 1200.0
        cause = next(one for one in news if one.kind == "cause")
        assert "friction of the bearings has changed" in cause.text
        assert kinds.count("alarm") == len(twin.raised)
        assert twin.store.gaps("mill-1") == ()
        whole = str(twin.state["mill-1"])
        twin.store.close()
        again = twin_of(tmp_path / "shop.db")
        assert str(again.state["mill-1"]) == whole
        heard(again, broker, rest)
        (gap,) = again.store.gaps("mill-1")
        assert gap.reason == "nobody listened"
        again.store.close()
    straight = twin_of(Store(":memory:"))
    from simtwin.live.dialects import decoded

    straight.store.add(e for m in messages for e in decoded(m).envelopes)
    assert str(straight.state["mill-1"]) == str(twin_of(tmp_path / "shop.db").state["mill-1"])


@needs_mosquitto
def test_a_full_disk_is_said_and_tried_again(tmp_path, monkeypatch):
    """No room: said in words; with room it goes on, and nothing of QoS 1 is lost."""
    monkeypatch.setattr(listen, "ROOM", 0.5)
    emulation = emulated(until=1800.0, injections=())
    control = [m for m in emulation.heard() if m.qos == 1]
    with mosquitto(tmp_path) as broker:
        twin = twin_of(tmp_path / "shop.db")
        connection = twin.store._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

        def make_room(text) -> None:
            if "disk is full" in text:
                connection.execute("PRAGMA max_page_count = 100000")

        said, _ = heard(twin, broker, control, say=make_room)
    assert any("the disk is full" in one and "tried again" in one for one in said)
    assert twin.store.tally()["stored"] == len(control)


@needs_mosquitto
def test_the_command_follows_until_ctrl_c(tmp_path):
    """`replay --broker` writes what comes; Ctrl-C keeps it, says the end, exits 130."""
    log, out = tmp_path / "shop.db", tmp_path / "out"
    environment = os.environ | {"SIMTWIN_MQTT_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    with mosquitto(tmp_path) as broker, out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c",
             "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
             "from simtwin.cli import main; main()",
             "replay", "--broker", f"mqtt://127.0.0.1:{broker.port}", "--user", "reader",
             "--plant", "one_machine", "--store", str(log), "--replayed", "--every", "5min",
             "--stale-after", "2min"],
            env=environment, stdout=file, stderr=file,
        )  # fmt: skip
        _until(lambda: b"reading modax" in out.read_bytes())
        board = broker.reader(username=BOARD, password=BOARD_PASSWORD, client_id="board")
        with publishing(board, lambda _: None) as publisher:
            for message in emulated(until=1800.0, injections=()).heard():
                publisher.send(message)
        _until(lambda: out.read_bytes().count(b"  front  ") > 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30.0) == 130, out.read_text("utf-8")
    text = out.read_text("utf-8")
    assert "mill-1 status: UNCALIBRATED" in text
    assert "interrupted: what came is in the log" in text
    assert "in the end" in text
    with Store(log) as store:
        assert store.tally()["stored"] > 100


def _until(done, patience=40.0):
    deadline = time.monotonic() + patience
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert done()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "give FILES or --broker HOST:PORT"),
        (["--broker", "a:1", "x.jsonl"], "give FILES or --broker HOST:PORT"),
        (["--broker", "a:1"], "needs --store FILE"),
        (["--broker", "a", "--store", "x.db"], "must be HOST:PORT"),
        (["--broker", "a:1", "--store", "x.db", "--factor", "2"], "--factor: goes with FILES"),
        (["x.jsonl", "--replayed"], "--replayed: goes with --broker"),
    ],
)
def test_what_does_not_go_together_is_told(words, reason, tmp_path, monkeypatch):
    """Options of files and of a broker are told apart, with exit 2."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["replay", "--plant", "one_machine", *words])
    assert done.exit_code == 2
    assert reason in done.stderr


def test_no_broker_is_said_with_exit_1(tmp_path):
    """Nobody listens: one line, and the log is there."""
    done = CliRunner().invoke(
        app,
        ["replay", "--plant", "one_machine", "--broker", "127.0.0.1:1", "--store",
         str(tmp_path / "x.db"), "--json"],
    )  # fmt: skip
    assert done.exit_code == 1
    assert "no broker answers at 127.0.0.1:1" in done.stderr


def test_a_broker_needs_a_store():
    """What is acknowledged must be on disk, so a twin in memory cannot follow."""
    with pytest.raises(InvalidInput, match="needs a store"):
        Twin(PLANT).follow(Broker(), stop=threading.Event())


def test_controls_tell_the_same_as_shdr_and_as_v1():
    """What a gateway sends is what an adapter writes: the same words at the same instants."""
    emulation = emulated(until=1800.0, injections=())
    told = [json.loads(m.payload) for m in emulation.heard() if m.topic.startswith("simtwin/")]
    lines = list(emulation.control())
    assert len(told) == len(lines)
    assert [one["seq"] for one in told] == list(range(len(told)))
    assert [len(one["signals"]) for one in told] == [line.count("|") // 2 for line in lines]
