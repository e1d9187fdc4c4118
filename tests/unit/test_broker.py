"""A real broker: taken, written, acknowledged; killed, refused, and flooded."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from simtwin.errors import SourceFailed, StoreFailed
from simtwin.live.broker import Broker, follow
from simtwin.live.ingest import Inbox, Ingester
from simtwin.live.message import Message
from simtwin.live.store import Store
from simtwin.live.v0 import DATA, SAFETY, V0
from tests.mosquitto import STRANGER, STRANGER_PASSWORD, mosquitto, needs_mosquitto

ROOT = Path(__file__).parents[2]
pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed (extra telemetry)")


def payload(number: int) -> bytes:
    """Return message *number* as the firmware prints it."""
    return (
        f'{{"timestamp":{100 * number},"device_id":"mill-1","motor_currents":[4.20,3.90],'
        '"vibration":{"x":0.10,"y":0.20,"z":9.81,"magnitude":9.81},"temperatures":[41.25]}'
    ).encode()


def followed(broker: Broker, path: Path, *, until: int, patience: float = 60.0, **more):
    """Follow *broker* until so many messages are in the log; return the tally and the words."""
    said: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not stop.wait(0.05):
            if not said:
                continue
            with Store(path, readonly=True) as seen:
                count = seen.tally()
                if count["stored"] + count["quarantined"] >= until:
                    break
        stop.set()

    with Store(path) as store:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            follow(broker, Ingester(store, V0()), stop=stop, say=said.append, **more)
        finally:
            stop.set()
            watcher.join()
        return store.tally(), said


@needs_mosquitto
def test_messages_of_a_broker_are_stored(tmp_path):
    """TELEMETRY 4.4, 5.4: what an independent publisher sends is in the log, once."""
    with mosquitto(tmp_path) as broker:
        followed(broker.reader(), tmp_path / "log.db", until=0)  # the session is known now
        broker.publish(DATA, [payload(n) for n in range(200)])
        broker.publish(SAFETY, [b"nonsense"])
        broker.publish(DATA, [payload(7)])
        tally, _ = followed(broker.reader(), tmp_path / "log.db", until=201)
    assert (tally["stored"], tally["quarantined"]) == (200, 1)
    assert tally["received"] == 201 + tally["duplicate"]


@needs_mosquitto
def test_a_wrong_password_is_said(tmp_path):
    """A broker that refuses is answered in words, not by trying for ever."""
    with mosquitto(tmp_path) as broker, Store(":memory:") as store:
        wrong = broker.reader(password="guess")
        with pytest.raises(SourceFailed, match="refuses reader: Not authorized; check user"):
            follow(wrong, Ingester(store, V0()), stop=threading.Event())
        assert "guess" not in repr(wrong)


@needs_mosquitto
def test_the_access_list_holds(tmp_path, monkeypatch):
    """A user without the right to read gets nothing, whatever is published, and is told so."""
    monkeypatch.setattr("simtwin.live.broker.PATIENCE", 0.5)
    said: list[str] = []
    with mosquitto(tmp_path) as broker:
        stranger = broker.reader(
            username=STRANGER, password=STRANGER_PASSWORD, client_id="stranger"
        )
        stop = threading.Event()
        with Store(tmp_path / "log.db") as store:
            threading.Timer(1.0, stop.set).start()
            threading.Timer(0.3, broker.publish, (DATA, [payload(1)])).start()
            try:
                follow(stranger, Ingester(store, V0()), stop=stop, say=said.append)
            except SourceFailed as refused:
                said.append(str(refused))
            assert "let stranger read" in said[-1]
            assert store.tally()["received"] == 0


def test_no_broker_is_said():
    """Nobody listens: the address and what to look at."""
    with Store(":memory:") as store, pytest.raises(SourceFailed, match="no broker answers at"):
        follow(Broker("127.0.0.1", 1), Ingester(store, V0()), stop=threading.Event())


@needs_mosquitto
def test_a_killed_broker_is_said_and_comes_back(tmp_path):
    """TELEMETRY 5.6: gone in words, tried again, back with a gap; nothing is stored twice."""
    said: list[str] = []
    stop = threading.Event()
    with mosquitto(tmp_path) as broker:

        def story() -> None:
            time.sleep(1.0)
            broker.publish(DATA, [payload(n) for n in range(10)])
            time.sleep(0.5)
            broker.kill()
            time.sleep(0.5)
            broker.start()
            deadline = time.monotonic() + 30.0
            while len(said) < 3 and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(0.5)
            broker.publish(DATA, [payload(n) for n in range(10, 20)])
            time.sleep(1.0)
            stop.set()

        threading.Thread(target=story).start()
        with Store(tmp_path / "log.db") as store:
            follow(broker.reader(), Ingester(store, V0()), stop=stop, say=said.append)
            (gap,) = store.gaps("mill-1")
            assert store.tally()["stored"] == 20
    assert "reading modax/sensor/data" in said[0]
    assert "is gone" in said[1]
    assert "is back after" in said[2]
    assert "did not answer" in gap.reason
    assert gap.begin < gap.end


@needs_mosquitto
def test_a_full_disk_acknowledges_nothing(tmp_path):
    """TELEMETRY 5.4: what could not be written is not acknowledged, and comes again."""
    path = tmp_path / "log.db"
    with mosquitto(tmp_path) as broker:
        followed(broker.reader(), path, until=0)
        broker.publish(DATA, [payload(n) for n in range(500)])
        with Store(path) as store:
            pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
            store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
            with pytest.raises(StoreFailed, match="disk is full"):
                follow(broker.reader(), Ingester(store, V0()), stop=threading.Event())
            tally = store.tally()
            assert tally["received"] == tally["stored"] < 500
        tally, _ = followed(broker.reader(), path, until=500)
    assert tally["stored"] == 500


INGEST = """
import sys, threading
from simtwin.live.broker import Broker, follow
from simtwin.live.ingest import Ingester
from simtwin.live.store import Store
from simtwin.live.v0 import V0
from tests.mosquitto import PASSWORD, USER
broker = Broker("127.0.0.1", int(sys.argv[1]), USER, PASSWORD)
follow(broker, Ingester(Store(sys.argv[2]), V0()), stop=threading.Event())
"""


def kills(tmp_path: Path, number: int, messages: int) -> None:
    """Kill the ingester *number* times while messages arrive, and look for each of them."""
    path = tmp_path / "log.db"
    with mosquitto(tmp_path) as broker:
        followed(broker.reader(), path, until=0)
        each = messages // number

        def send() -> None:
            for part in range(number):
                broker.publish(
                    DATA, [payload(n) for n in range(part * each, part * each + each)]
                )

        sender = threading.Thread(target=send)
        sender.start()
        for turn in range(number):
            before = _received(path)
            process = subprocess.Popen(
                [sys.executable, "-c", INGEST, str(broker.port), str(path)], cwd=ROOT
            )
            deadline = time.monotonic() + 20.0
            while _received(path) == before and time.monotonic() < deadline and turn < number:
                if not sender.is_alive() and _received(path) >= messages:
                    break
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
        sender.join()
        tally, _ = followed(broker.reader(), path, until=number * each)
    assert tally["stored"] == number * each
    assert tally["received"] == tally["stored"] + tally["duplicate"]
    with Store(path) as store:
        stamps = {one.envelope.t_source for one in store.timed()}
        assert stamps == {n / 10.0 for n in range(number * each)}
        bodies = [json.dumps(one.value) for one in store.observations()]
    assert len(bodies) == 7 * number * each


def _received(path: Path) -> int:
    with Store(path, readonly=True) as seen:
        return seen.tally()["received"]


@needs_mosquitto
def test_a_killed_ingester_loses_nothing_acknowledged(tmp_path):
    """TELEMETRY 5.4: kill -9 while QoS 1 messages arrive; all of them are there, once."""
    kills(tmp_path, 3, 600)


@pytest.mark.slow
@needs_mosquitto
def test_fifty_kills_lose_nothing_acknowledged(tmp_path):
    """TELEMETRY 5.4, 10: the same with fifty kills and ten thousand messages."""
    kills(tmp_path, 50, 10_000)


def test_a_flood_is_bounded_and_counted(tmp_path):
    """10,000 messages in a burst: memory is bounded, what is thinned is counted, with a gap."""
    inbox = Inbox(500, spared={DATA})
    flood = 10_000
    with Store(tmp_path / "log.db") as store:
        ingester = Ingester(store, V0())
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]

        def send() -> None:
            for n in range(flood):
                inbox.put(Message(DATA, payload(n), 1e9 + n / flood))
                if n % 1000 == 0:
                    inbox.put(Message(SAFETY, b"?" + payload(n), 1e9 + n / flood))
            inbox.close()

        sender = threading.Thread(target=send)
        sender.start()
        longest = 0
        while sender.is_alive() or len(inbox):
            longest = max(longest, len(inbox))
            ingester.take(*inbox.get(200, wait=0.05))
        ingester.take(*inbox.get(200, wait=0.0))
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        tally = store.tally()
        assert tally["received"] == flood + flood // 1000
        assert tally["received"] == tally["stored"] + tally["quarantined"] + tally["thinned"]
        assert tally["quarantined"] == flood // 1000  # safety is never thinned
        assert tally["thinned"] > 0
        assert longest <= 500
        assert peak < 20e6
        assert sum(int(gap.reason.split()[1]) for gap in store.gaps("")) == tally["thinned"]


def test_what_may_not_be_thinned_waits():
    """TELEMETRY 5.9: a full inbox stops QoS 1, and so the acknowledgements."""
    inbox = Inbox(2, spared={DATA})
    done = threading.Event()

    def send() -> None:
        for n in range(4):
            inbox.put(Message(DATA, b"", float(n), qos=1))
        done.set()

    threading.Thread(target=send).start()
    assert not done.wait(0.2)
    assert len(inbox) == 2
    assert len(inbox.get(2, wait=1.0)[0]) == 2
    assert done.wait(5.0)
    inbox.close()
