"""Tests of the verb replay, and of the loop it closes: emulate, replay, alarm, cause."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.cli.broker import broker_of
from simtwin.errors import InvalidInput
from simtwin.live.board import Sensors
from simtwin.live.emulation import emulate
from simtwin.live.envelope import Envelope
from simtwin.live.injection import CoolantFailure, FrictionChange
from simtwin.live.message import Message
from simtwin.live.recording import line_of
from simtwin.live.store import Store
from simtwin.live.twin import Twin
from simtwin.live.v0 import DATA
from simtwin.plant.files import load_plant, load_scenario
from tests.unit.test_v0 import READING

PLANT = load_plant("one_machine")
SHIFT = load_scenario("one_machine", PLANT)
CHANGED = 2.5 * 3600.0
UNTIL = 3.5 * 3600.0


def recorded(folder, injections=()):
    """Write what boards and control send of some hours, and return both files."""
    found = emulate(
        PLANT, SHIFT, injections, until=UNTIL, sensors=Sensors(period=10.0, lost=0.01)
    )
    board, control = folder / "board.jsonl", folder / "control.shdr"
    board.write_text("".join(f"{line_of(m)}\n" for m in found.messages()))
    control.write_text("".join(f"{line}\n" for line in found.control()))
    return str(board), str(control), found.start


def replayed(*args):
    """Return what ``simtwin replay`` answers as JSON."""
    answer = CliRunner().invoke(app, ["replay", *args, "--plant", "one_machine", "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_a_right_plant_gives_no_alarm(tmp_path):
    """An emulated plant that does what its file says is followed without an alarm."""
    board, control, _ = recorded(tmp_path)
    found = replayed(board, control, "--stale-after", "2min")
    assert found["alarms"] == []
    assert found["machines"]["mill-1"]["status"] == "IN_SYNC"
    assert found["machines"]["mill-1"]["counts"]["not followed"] > 0
    last = found["rows"][-1]
    assert last["estimated_c"]["low"] < last["simulated_c"] + 1.0
    assert abs(last["reported_c"] - last["estimated_c"]["value"]) < 1.0


@pytest.mark.parametrize(
    ("cause", "injection", "within"),
    [
        ("friction", FrictionChange(CHANGED, "mill-1", 1.3), 1200.0),
        ("coolant", CoolantFailure(CHANGED, "mill-1"), 1200.0),
    ],
)
def test_what_goes_wrong_is_noticed_and_named(tmp_path, cause, injection, within):
    """Friction + 30 % and a coolant failure that nobody tells: found in 20 min, and named."""
    board, control, start = recorded(tmp_path, [injection])
    found = replayed(board, control, "--ignore", "coolant")
    first = found["alarms"][0]
    assert 0.0 < first["time_s"] - start - CHANGED < within
    assert first["cause"] == cause


def test_a_replay_is_told_in_lines(tmp_path):
    """A person sees reported, estimated and simulated side by side, alarms, and the end."""
    board, control, _ = recorded(tmp_path)
    answer = CliRunner().invoke(
        app,
        ["replay", board, control, "--plant", "one_machine", "--every", "30min",
         "--factor", "1e9", "--recalibrate"],
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    head, *lines = answer.stdout.splitlines()
    assert [word for word in ("reported", "estimated", "simulated") if word in head] == [
        "reported", "estimated", "simulated",
    ]  # fmt: skip
    assert sum("front" in line for line in lines) == 7
    assert "no alarm" in answer.stdout
    assert "proposal  mill-1: " in answer.stdout
    assert "NIS windows in the 95 % band" in answer.stdout


def test_what_is_wrong_with_a_replay_is_told(tmp_path):
    """A recording of strangers, and a pair without its other half, exit with 2 and say why."""
    board, *_ = recorded(tmp_path)
    for args, said in (
        ([board, "--device", "mill-1"], "must be NAME=OTHER"),
        ([board, "--sensor", "temperature_1=nose"], "'nose' is neither a node"),
        ([str(tmp_path / "none.jsonl")], "cannot be read"),
    ):
        answer = CliRunner().invoke(app, ["replay", *args, "--plant", "one_machine"])
        assert answer.exit_code == 2
        assert said in answer.stderr


def test_what_is_refused_is_counted_with_its_reason(tmp_path):
    """Lines that are none, readings that no log can hold, machines that nobody knows."""
    table = tmp_path / "t.csv"
    table.write_text(
        "time,device,signal,value,unit\n"
        "2026-01-05T06:00:00Z,mill-1,temperature_1,21,degC\n"
        "2026-01-05T06:00:01Z,mil-1,temperature_1,21,degC\n"
        "noon,mill-1,temperature_1,21,degC\n"
    )
    board = tmp_path / "b.jsonl"
    board.write_text(line_of(Message(DATA, READING, float("nan"))) + "\n")
    account = replayed(str(table), str(board))["account"]
    assert account["lines_rejected"] == 1
    assert account["refused"] == 7
    assert ["received … s: must be finite" in one for one in account["reasons"]] == [True]
    assert account["unknown_devices"] == ["mil-1"]
    answer = CliRunner().invoke(
        app, ["replay", str(table), str(board), "--plant", "one_machine"]
    )
    assert "7 readings or messages refused:\n  7 x time " in answer.stderr
    assert "heard of no machine of the plant: mil-1; say whose it is" in answer.stderr


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_without_certificates_is_said(text, tmp_path):
    """`--ca`: what cannot be trusted is refused before anything is sent."""
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=r"--ca: .*ca\.pem"):
        broker_of("hall:8883", None, client_id="simtwin", ca=file)


def test_what_is_ignored_is_in_the_log_and_not_followed():
    """`replay --broker --ignore`: acknowledged, so kept; as if nobody had told it."""
    rows = [
        Envelope("mill-1", name, value, t_source=when, t_received=when, epoch="a", seq=seq)
        for seq, (when, name, value) in enumerate(
            [(1.0, "coolant", "OFF"), (2.0, "temperature_1", 22.0)]
        )
    ]
    with Store(":memory:") as store:
        twin = Twin(PLANT, store=store, ignored=["coolant"])
        twin.observe(rows)
        assert set(twin.state["mill-1"].reported) == {"temperature_1"}
        assert [one.signal for one in store.observations()] == ["coolant", "temperature_1"]
        with pytest.raises(InvalidInput, match=r"'colant' is not followed anyway; .*coolant"):
            Twin(PLANT, store=store, ignored=["colant"])


def test_what_is_ignored_need_not_be_new(tmp_path):
    """A log that has the coolant already is followed without it."""
    board, control, _ = recorded(tmp_path, [CoolantFailure(CHANGED, "mill-1")])
    kept = ["--store", str(tmp_path / "log.db")]
    told = replayed(board, control, *kept)
    unheard = replayed(board, control, *kept, "--ignore", "coolant")
    assert told["alarms"] == []
    assert unheard["alarms"][0]["cause"] == "coolant"
