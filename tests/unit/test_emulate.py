"""Emulated plants: the same bytes again, physics that really changes, sensors that fail."""

from __future__ import annotations

import json
import threading
import time
from itertools import islice
from pathlib import Path
from statistics import fmean

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.errors import InvalidInput, SourceFailed
from simtwin.live.board import Sensors
from simtwin.live.broker import follow
from simtwin.live.chain import MAX_SKEW
from simtwin.live.emulation import emulate
from simtwin.live.envelope import Quality
from simtwin.live.freshness import silences
from simtwin.live.ingest import Ingester
from simtwin.live.injection import CoolantFailure, FrictionChange, live
from simtwin.live.publisher import publishing
from simtwin.live.recording import read_recording
from simtwin.live.store import Store
from simtwin.live.v0 import DATA, V0
from simtwin.plant.files import load_plant, load_scenario
from tests.mosquitto import BOARD, BOARD_PASSWORD, mosquitto, needs_mosquitto

PLANT = load_plant("one_machine")
SHIFT = load_scenario("one_machine")
HOUR = 3600.0
SLOW = Sensors(period=5.0)


def stored(emulation) -> Store:
    """Return a log of all that an emulation sends."""
    store = Store(":memory:")
    Ingester(store, V0()).take(list(emulation.messages()))
    return store


def test_the_same_seed_sends_the_same_bytes():
    """A seed makes it reproducible: bytes and receipts; another seed sends others."""
    first, again, other = (
        list(emulate(PLANT, SHIFT, seed=seed, until=900.0).messages()) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_nothing_is_refused_and_the_clock_is_found():
    """What is emulated is what the firmware prints; the map finds crystal and boot."""
    emulation = emulate(
        PLANT, SHIFT, seed=3, until=HOUR, sensors=Sensors(period=2.0, skew=50e-6)
    )
    store = stored(emulation)
    tally = store.tally()
    assert tally["received"] == tally["stored"] > 4000
    (clock,) = store.clocks("mill-1")
    assert clock.skew == pytest.approx(50e-6, abs=20e-6)
    assert abs(clock.skew) < MAX_SKEW
    assert clock.sound
    for one in islice(store.timed(), 0, None, 500):
        assert 0.0 <= one.envelope.t_received - one.t_event < 1.0


def test_readings_are_the_plant_with_noise():
    """The thermistor shows its node, to the noise of the catalogue; without noise exactly."""
    emulation = emulate(
        PLANT, SHIFT, seed=1, until=HOUR, sensors=Sensors(period=5.0, noise=0.0)
    )
    begin = emulation.start
    for one in stored(emulation).observations("mill-1"):
        if one.signal == "temperature_1":
            reading = emulation.lived.at("mill-1", one.t_event - begin)
            assert reading is not None
            assert one.value == pytest.approx(reading.temperatures[1], abs=0.05)


def test_friction_changes_in_the_plant():
    """KERNEL 19: from the instant on the plant is another; before it nothing is other."""
    plain = live(PLANT, SHIFT, seed=1, until=3 * HOUR)
    other = live(PLANT, SHIFT, [FrictionChange(HOUR, "mill-1", 1.3)], seed=1, until=3 * HOUR)
    for at in (600.0, 1800.0, HOUR - 1.0):
        assert plain.at("mill-1", at) == other.at("mill-1", at)
    hotter = [
        other.at("mill-1", at).temperatures[1] - plain.at("mill-1", at).temperatures[1]
        for at in (1.5 * HOUR, 2 * HOUR, 2.5 * HOUR)
    ]
    assert min(hotter) > 0.2
    spec = other.stretches[-1].run.plant.machines[0]
    assert spec.bearings[0].f0 == pytest.approx(1.3 * PLANT.machines[0].bearings[0].f0)


def test_a_coolant_failure_is_an_act_of_the_kernel():
    """The coolant goes off on the machine; its heat stays, and the control says OFF."""
    failure = CoolantFailure(HOUR, "mill-1")
    emulation = emulate(PLANT, SHIFT, [failure], seed=1, until=3 * HOUR, sensors=SLOW)
    plain = live(PLANT, SHIFT, seed=1, until=3 * HOUR)
    assert emulation.lived.at("mill-1", HOUR - 1.0) == plain.at("mill-1", HOUR - 1.0)
    assert not emulation.lived.at("mill-1", HOUR + 1.0).coolant
    later = 2.5 * HOUR
    assert (
        emulation.lived.at("mill-1", later).temperatures[4]
        > plain.at("mill-1", later).temperatures[4] + 3.0
    )
    off = [line for line in emulation.control() if "coolant|OFF" in line]
    assert len(off) == 1
    assert off[0].startswith("2026-01-05T07:00:0")


def test_both_at_once_and_twice():
    """Several changes follow each other, each from its instant on."""
    lived = live(
        PLANT,
        SHIFT,
        [
            FrictionChange(2000.0, "mill-1", 2.0),
            CoolantFailure(1000.0, "mill-1"),
            FrictionChange(1500.0, "mill-1", 1.5),
        ],
        seed=1,
        until=HOUR,
    )
    assert [stretch.begin for stretch in lived.stretches] == [0.0, 1500.0, 2000.0]
    f0 = [stretch.run.plant.machines[0].bearings[0].f0 for stretch in lived.stretches]
    assert f0[2] == pytest.approx(3.0 * f0[0])
    assert not lived.at("mill-1", 3000.0).coolant


def test_sensors_fail_drift_and_are_not_heard():
    """Drop-outs are BAD and cost nothing else; lost messages and outages are silence."""
    sensors = Sensors(
        period=1.0,
        failed=0.02,
        lost=0.05,
        outage_every=900.0,
        outage=60.0,
        drift=2.0,
        noise=0.0,
    )
    plain = emulate(PLANT, SHIFT, seed=1, until=HOUR, sensors=Sensors(period=1.0, noise=0.0))
    faulty = emulate(PLANT, SHIFT, seed=1, until=HOUR, sensors=sensors)
    store = stored(faulty)
    seen = [one for one in store.observations() if one.signal == "temperature_1"]
    bad = sum(one.quality is Quality.BAD for one in seen) / len(seen)
    assert 0.01 < bad < 0.03
    assert store.tally()["repaired"] > 0
    assert store.tally()["quarantined"] == 0
    assert len(seen) < 0.97 * sum(message.topic == DATA for message in plain.messages())
    assert any(gap.end - gap.begin > 20.0 for gap in silences(store.observations()))
    off = [
        one.value - faulty.lived.at("mill-1", one.t_event - faulty.start).temperatures[1]
        for one in seen
        if one.usable and one.t_event > faulty.start + 3000.0
    ]
    assert fmean(off) == pytest.approx(2.0 * 3300.0 / HOUR, abs=0.1)


@pytest.mark.parametrize(
    ("injection", "reason"),
    [
        (CoolantFailure(60.0, "mill-9"), "no machine is called 'mill-9'; there are mill-1"),
        (CoolantFailure(0.0, "mill-1"), "must be after the start"),
        (FrictionChange(60.0, "mill-1", 30.0), "0.1 to 10 times its own"),
        (FrictionChange(600.0, "mill-1", 1.3), "never does, for the emulation ends at 600 s"),
        (CoolantFailure(601.0, "mill-1"), "never does, for the emulation ends at 600 s"),
    ],
)
def test_what_cannot_be_injected_is_said(injection, reason):
    """Wrong machines, instants and sizes are refused before anything runs."""
    with pytest.raises(InvalidInput, match=reason):
        live(PLANT, SHIFT, [injection], seed=1, until=600.0)


def test_a_machine_without_a_spindle_has_no_coolant_to_lose():
    """What could have no effect is refused, not done in silence."""
    with pytest.raises(InvalidInput, match="saw: has no spindle"):
        live(
            load_plant("flow_line"), load_scenario("flow_line"), [CoolantFailure(60.0, "saw")],
            seed=1, until=600.0,
        )  # fmt: skip
    with pytest.raises(InvalidInput, match="saw: has no bearings"):
        live(
            load_plant("flow_line"), load_scenario("flow_line"),
            [FrictionChange(60.0, "saw", 1.3)], seed=1, until=600.0,
        )  # fmt: skip


def test_sensors_have_bounds():
    """A sensor that cannot be is refused with its bounds."""
    with pytest.raises(InvalidInput, match="lost must be 0 to 1"):
        Sensors(lost=2.0)
    for drift in (float("nan"), float("inf"), 1e300):
        with pytest.raises(InvalidInput, match="drift must be -1000 to 1000"):
            Sensors(drift=drift)
    with pytest.raises(InvalidInput, match="no node is called 'nose'; there are motor"):
        list(emulate(PLANT, SHIFT, until=60.0, sensors=Sensors(node="nose")).messages())
    with pytest.raises(InvalidInput, match="no machine is called 'x'"):
        list(emulate(PLANT, SHIFT, until=60.0, machines=["x"]).messages())


def test_a_shop_speaks_in_the_order_of_its_receipts():
    """Twelve boards on one topic, merged by their receipts."""
    emulation = emulate(load_plant("job_shop"), load_scenario("day_shift"), until=60.0)
    heard = list(emulation.messages())
    assert [one.t_received for one in heard] == sorted(one.t_received for one in heard)
    assert len(stored(emulation).devices()) == 12


def run(*words: str):
    """Run the program."""
    return CliRunner().invoke(app, ["emulate", "one_machine", *words])


def test_the_command_writes_a_recording(tmp_path):
    """``simtwin emulate --out``: a file that reads back, and what the controls told beside."""
    out, control = tmp_path / "shift.jsonl", tmp_path / "shift.txt"
    words = [
        "--out", str(out), "--control", str(control), "--until", "06:20", "--every", "2s",
        "--friction", "mill-1", "06:10", "+30%", "--coolant-off", "mill-1", "06:15",
    ]  # fmt: skip
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    found = read_recording(out)
    assert (found.kind, found.lines.read, found.rejected) == ("v0", told["messages"], ())
    assert told["from"].startswith("2026-01-05T06:00:0")
    spoken = read_recording(control)
    assert {"spindle_speed", "spindle_load", "coolant", "execution"} == {
        one.signal for one in spoken.envelopes
    }
    assert {one.device for one in spoken.envelopes} == {"mill-1"}
    refused = run(*words)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert "messages of mill-1 to" in run(*words, "--force").stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "--out FILE or --broker HOST:PORT"),
        (["--broker", "nowhere"], "must be HOST:PORT"),
        (["--broker", "127.0.0.1:1", "--until", "06:01"], "no broker answers at 127.0.0.1:1"),
        (["--out", "x", "--friction", "mill-1", "06:10", "30%"], "a change as in +30%"),
        (["--out", "x", "--coolant-off", "mill-1"], "must be MACHINE TIME"),
        (["--out", "x", "--lost", "much"], "must be a share"),
        (["--out", "x", "--control", "./x"], "--control: must be another file than --out"),
        (["--out", "x", "--fast"], "--fast: goes with --broker only"),
        (["--out", "x", "--user", "me"], "--user: goes with --broker only"),
        (["--out", "x", "--ca", "x"], "--ca: goes with --broker only"),
        (["--broker", "127.0.0.1:1", "--ca", "none.pem"], "--ca: none.pem: No such file"),
    ],
)
def test_the_command_says_what_is_wrong(words, reason, tmp_path, monkeypatch):
    """Exit 1 or 2 and one line on stderr, with the option."""
    if "--broker" in words:
        pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code in (1, 2)
    assert reason in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said():
    """What cannot be written is said with the file, and the exit code is 1."""
    done = run("--out", "/dev/full", "--force", "--until", "06:01")
    assert done.exit_code == 1
    assert "/dev/full: cannot be written (No space left on device)" in done.stderr


@needs_mosquitto
def test_a_plant_without_its_broker_goes_on(tmp_path):
    """A board keeps nothing: what finds no broker is lost, counted, and said."""
    pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    sent = list(emulate(PLANT, SHIFT, seed=1, until=30.0).messages())
    said: list[str] = []
    with mosquitto(tmp_path) as broker:
        board = broker.reader(username=BOARD, password=BOARD_PASSWORD, client_id="board")
        with publishing(board, said.append) as publisher:
            for message in sent[:50]:
                publisher.send(message)
            broker.kill()
            deadline = time.monotonic() + 20.0
            while not said and time.monotonic() < deadline:
                time.sleep(0.02)
            for message in sent[50:100]:
                publisher.send(message)
    assert "is gone" in said[0]
    assert "50 messages found no broker" in said[-1]
    with mosquitto(tmp_path) as broker:
        wrong = broker.reader(username=BOARD, password="guess", client_id="board")
        with pytest.raises(SourceFailed, match="refuses board: Not authorized"):
            publishing(wrong, said.append).__enter__()
        heard = emulate(PLANT, SHIFT, seed=1, until=60.0).heard()
        with (
            publishing(broker.reader(), said.append) as publisher,
            pytest.raises(SourceFailed, match="does not let reader publish"),
        ):
            any(map(publisher.send, heard))


@needs_mosquitto
def test_a_plant_speaks_to_a_broker(tmp_path):
    """From the plant over a real broker into the log, at any pace: as if straight."""
    pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
    emulation = emulate(PLANT, SHIFT, seed=1, until=60.0)
    sent = list(emulation.messages())
    said: list[str] = []
    stop = threading.Event()
    with mosquitto(tmp_path) as broker:

        def speak() -> None:
            while not said:
                stop.wait(0.02)
            board = broker.reader(username=BOARD, password=BOARD_PASSWORD, client_id="board")
            with publishing(board, said.append) as publisher:
                for message in sent:
                    publisher.send(message)
            stop.wait(1.0)
            stop.set()

        threading.Thread(target=speak).start()
        with Store(tmp_path / "log.db") as store:
            ingester = Ingester(store, V0())
            follow(broker.reader(), ingester, stop=stop, say=said.append, replayed=True)
            tally = store.tally()
            assert tally["received"] == tally["stored"] == len(sent)
            assert list(store.timed()) == list(stored(emulation).timed())
