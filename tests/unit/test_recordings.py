"""Recordings: v0 lines, SHDR and CSV read back the same, every line accounted for."""

from __future__ import annotations

import gzip

import pytest

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Quality
from simtwin.live.message import Message
from simtwin.live.recording import line_of, message_of, read_messages, read_recording
from simtwin.live.store import Store
from simtwin.live.timeline import timeline
from simtwin.live.v0 import DATA
from tests.unit.test_v0 import READING

SHDR = """\
2022-08-08T13:51:34.7167146Z|avail|AVAILABLE|S1load|3|S1speed|1000|nick|name
2022-08-08T13:51:35Z|system|WARNING|557||HIGH|DOOR OPEN
2022-08-08T13:51:36Z|system|NORMAL||||

* PONG 10000
2022-08-08T13:51:37Z|*adapterVersion:2
2022-08-08T13:51:38Z|@ASSET@|T7|CuttingTool|--multiline--ABCD
<CuttingTool a="|">
--multiline--ABCD
2022-08-08T13:51:39Z|S1load|UNAVAILABLE
2022-08-08T13:51:40Z|S1load
noon|S1load|3
2022-08-08T13:51:41Z
2022-08-08T13:51:42Z||3
2022-08-08T13:51:43Z|lathe-2:S1load|50
2022-08-08T13:51:44.5Z@100|S1load|fast
"""


@pytest.fixture
def written(tmp_path):
    """Write a text to a file of a name, packed if it ends so."""

    def write(name: str, text: str):
        path = tmp_path / name
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.mark.parametrize("name", ["lathe-1.txt", "lathe-1.txt.gz"])
def test_every_shdr_line_is_read_or_rejected_by_number(written, name):
    """TELEMETRY 4.1: conditions, assets over lines, commands; no line is lost."""
    found = read_recording(written(name, SHDR))
    lines = found.lines
    assert found.kind == "shdr"
    assert (lines.read, lines.continued, lines.commands, lines.blank) == (7, 2, 2, 1)
    assert [str(one) for one in found.rejected] == [
        "line 11: key 'S1load' has no value",
        "line 12: time 'noon' is neither ISO 8601 nor seconds since 1970",
        "line 13: has no key",
        "line 14: has an empty key",
    ]
    assert lines.total == len(SHDR.splitlines())


def test_what_shdr_says(written):
    """Units are SI, UNAVAILABLE is BAD, a condition one text, a prefix a device."""
    found = read_recording(written("lathe-1.txt", SHDR)).envelopes
    told = [(one.device, one.signal, one.value, one.quality.value) for one in found]
    assert told == [
        ("lathe-1", "availability", "AVAILABLE", "GOOD"),
        ("lathe-1", "spindle_load", 0.03, "GOOD"),
        ("lathe-1", "spindle_speed", pytest.approx(104.719755), "GOOD"),
        ("lathe-1", "nick", "name", "GOOD"),
        ("lathe-1", "system_condition", "WARNING/557/HIGH/DOOR OPEN", "GOOD"),
        ("lathe-1", "system_condition", "NORMAL", "GOOD"),
        ("lathe-1", "asset", 'T7|CuttingTool|<CuttingTool a="|">', "GOOD"),
        ("lathe-1", "spindle_load", None, "BAD"),
        ("lathe-2", "spindle_load", 0.5, "GOOD"),
        ("lathe-1", "spindle_load", None, "BAD"),
    ]
    assert [one.seq for one in found] == list(range(10))
    assert found[0].t_source == pytest.approx(1659966694.716714, abs=1e-6)
    assert found[0].raw_ref == "line 1"


def test_an_asset_without_end_is_rejected(written):
    """A file that stops within an asset says so, with the line where it began."""
    text = "2022-08-08T13:51:38Z|@ASSET@|T7|CuttingTool|--multiline--AB\n<CuttingTool>\n"
    (rejected,) = read_recording(written("m.txt", text)).rejected
    assert str(rejected) == "line 1: asset is not ended by --multiline--AB"


def test_a_recording_read_twice_is_stored_once(written):
    """TELEMETRY 5.1: the epoch of a recording is its hash; reading it again adds nothing."""
    path = written("lathe-1.txt", SHDR)
    with Store(":memory:") as store:
        assert store.add(read_recording(path).envelopes).accepted == 10
        assert store.add(read_recording(path).envelopes).duplicate == 10
        loads = timeline(store.observations(), signals={"spindle_load"})
        assert [one.value for one in loads] == [0.03, None, 0.5]


def test_long_csv(written):
    """One reading a row, with a key of a source or of the catalogue."""
    text = (
        "time,device,key,value\n"
        "2022-08-08T00:00:00Z,mill-1,execution,ACTIVE\n"
        "1659916801,mill-2,spindle_speed_rpm,60\n"
        "\n"
        "1659916802,mill-2\n"
        "1659916803,mill-2,humidity,40\n"
    )
    found = read_recording(written("shop.csv", text))
    assert [(one.device, one.signal, one.value) for one in found.envelopes] == [
        ("mill-1", "execution", "ACTIVE"),
        ("mill-2", "spindle_speed", pytest.approx(6.283185)),
        ("mill-2", "humidity", "40"),
    ]
    assert [str(one) for one in found.rejected] == ["line 5: has 2 cells, the heading 4"]
    assert found.lines.total == 6


def test_wide_csv(written):
    """One instant a row; the unit is in the name of the column; empty cells are no reading."""
    text = (
        "time,temperature_1_c,feed_rate_mm_min,spindle_load_pct,Srpm,motor_power_w\n"
        "0.5,41.25,600,50,,1200\n"
        "1.0,,x,400,100,\n"
    )
    found = read_recording(written("mill-1.csv", text)).envelopes
    assert [(one.t_source, one.signal, one.value, one.quality) for one in found] == [
        (0.5, "temperature_1", 41.25, Quality.GOOD),
        (0.5, "feed_rate", pytest.approx(0.01), Quality.GOOD),
        (0.5, "spindle_load", 0.5, Quality.GOOD),
        (0.5, "motor_power", 1200.0, Quality.GOOD),
        (1.0, "feed_rate", None, Quality.BAD),
        (1.0, "spindle_load", 4.0, Quality.BAD),
        (1.0, "spindle_speed", pytest.approx(10.4719755), Quality.GOOD),
    ]


def test_a_table_without_time_is_refused(written):
    """The message says what the heading is."""
    with pytest.raises(InvalidInput, match="no column is called time; the heading is 'a, b'"):
        read_recording(written("x.csv", "a,b\n1,2\n"))


def test_v0_lines_come_back_byte_for_byte(written):
    """What a broker sent is written a line each, also what is no text."""
    sent = [Message(DATA, READING, 5.5), Message("other", b"\xff\x00", 6.0)]
    path = written("shop.jsonl", "".join(f"{line_of(one)}\n" for one in sent) + "{}\n\n")
    assert [message_of(line_of(one)) for one in sent] == sent
    found = read_recording(path)
    assert (found.kind, len(found.envelopes), found.lines.total) == ("v0", 7, 4)
    assert "topic 'other' is not read" in str(found.rejected[0])
    assert "must be an object with t_received" in str(found.rejected[1])
    with pytest.raises(InvalidInput, match=r"shop\.jsonl:3: must be an object"):
        list(read_messages(path))


def test_only_a_line_feed_ends_a_line(written):
    """A form feed or a line separator within a message or a value is part of it."""
    sent = Message(DATA, '{"note":"a\u2028b\x0cc"}'.encode(), 5.5)
    path = written("shop.jsonl", f"{line_of(sent)}\r\n")
    assert list(read_messages(path)) == [sent]
    found = read_recording(written("m.shdr", "2022-08-08T13:51:34Z|name|a\x0cb|S1load|3\r\n"))
    assert [one.value for one in found.envelopes if one.signal == "name"] == ["a\x0cb"]
    assert (found.lines.total, len(found.envelopes)) == (1, 2)


def test_a_line_too_deep_is_rejected_alone(written):
    """A hundred thousand brackets are one wrong line; the others are read."""
    deep = '{"a":' + 100_000 * "["
    text = f"{deep}\n{line_of(Message(DATA, READING, 5.5))}\n"
    found = read_recording(written("shop.jsonl", text))
    assert [one.number for one in found.rejected] == [1]
    assert len(found.envelopes) == 7


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:30] + b"x" * 9])
def test_a_damaged_archive_is_said(tmp_path, damage):
    """Cut off or overwritten: the file and that it is damaged, in one line."""
    broken = tmp_path / "x.shdr.gz"
    broken.write_bytes(damage(gzip.compress(SHDR.encode())))
    with pytest.raises(InvalidInput, match=r"x\.shdr\.gz: is damaged, it cannot be unpacked"):
        read_recording(broken)


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    """File and reason, in one line."""
    with pytest.raises(InvalidInput, match=r"none\.csv: cannot be read \(No such file"):
        read_recording(tmp_path / "none.csv")
    broken = tmp_path / "x.txt.gz"
    broken.write_bytes(b"no gzip")
    with pytest.raises(InvalidInput, match=r"x\.txt\.gz: cannot be read"):
        read_recording(broken)
    broken = tmp_path / "x.txt"
    broken.write_bytes(b"2022|\xff")
    with pytest.raises(InvalidInput, match="is not UTF-8 at byte 5"):
        read_recording(broken)


def test_two_keys_of_one_signal_do_not_overwrite_each_other(written):
    """TELEMETRY 3: the first of the mapping is the signal, the other keeps its own name."""
    text = "2022-08-08T00:00:00Z|S1speed|60|Srpm|120\n"
    found = read_recording(written("m.txt", text)).envelopes
    assert [(one.signal, one.value) for one in found] == [
        ("S1speed", "60"),
        ("spindle_speed", pytest.approx(12.566371)),
    ]
    alone = read_recording(written("n.txt", "2022-08-08T00:00:00Z|S1speed|60\n")).envelopes
    assert [one.signal for one in alone] == ["spindle_speed"]
