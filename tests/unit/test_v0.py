"""Each trap of the v0 messages of TELEMETRY 1.1, with the bytes that the firmware sends."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from simtwin.live.envelope import Clock, Quality
from simtwin.live.message import Message, Rejected
from simtwin.live.v0 import DATA, SAFETY, V0, parse

READING = (
    b'{"timestamp":123456,"device_id":"ESP32_FIELD_001","motor_currents":[4.20,3.90],'
    b'"vibration":{"x":0.10,"y":0.20,"z":9.81,"magnitude":9.81},"temperatures":[41.25]}'
)
SAFE = (
    b'{"timestamp":123456,"device_id":"ESP32_FIELD_001","emergency_stop":false,'
    b'"door_closed":true,"overload_detected":false,"temperature_ok":true}'
)
FIRMWARE = r"""
#include <stdio.h>
#include <math.h>
int main(void) {
    double current[2] = {4.2, NAN}, x = 0.1, y = -0.0, z = 9.81, m = 9.81, hot = INFINITY;
    char text[512];
    snprintf(text, sizeof text,
        "{\"timestamp\":%lu,\"device_id\":\"%s\",\"motor_currents\":[%.2f,%.2f],"
        "\"vibration\":{\"x\":%.2f,\"y\":%.2f,\"z\":%.2f,\"magnitude\":%.2f},"
        "\"temperatures\":[%.2f]}",
        4294967295UL, "nan-inf_01", current[0], current[1], x, y, z, m, hot);
    fputs(text, stdout);
    return 0;
}
"""


def read(payload: bytes, topic: str = DATA, **more: object):
    """Return the readings of a message by signal, as (value, quality)."""
    decoded = V0()(Message(topic, payload, 1_000_000.0, **more))
    return {one.signal: (one.value, one.quality) for one in decoded.envelopes}


def told(payload: bytes, topic: str = DATA) -> str:
    """Return why a message is refused."""
    with pytest.raises(Rejected) as refused:
        V0()(Message(topic, payload, 1_000_000.0))
    return str(refused.value)


def test_every_channel_is_a_signal():
    """TELEMETRY 1.1: currents and temperatures are lists; one signal per channel, SI units."""
    assert read(READING) == {
        "motor_current_1": (4.2, Quality.GOOD),
        "motor_current_2": (3.9, Quality.GOOD),
        "vibration_x": (0.1, Quality.GOOD),
        "vibration_y": (0.2, Quality.GOOD),
        "vibration_z": (9.81, Quality.GOOD),
        "vibration_magnitude": (9.81, Quality.GOOD),
        "temperature_1": (41.25, Quality.GOOD),
    }
    first = V0()(Message(DATA, READING, 1_000_000.0)).envelopes[0]
    assert (first.device, first.unit, first.seq) == ("ESP32_FIELD_001", "A", None)


def test_the_stamp_is_an_uptime():
    """TELEMETRY 1.1: ``millis()`` since boot, never 1970; a stamp since 1970 is refused."""
    first = V0()(Message(DATA, READING, 1_000_000.0)).envelopes[0]
    assert (first.clock, first.t_source) == (Clock.UPTIME, 123.456)
    epoch_ms = READING.replace(b"123456", b"1790000000000")
    assert "milliseconds since boot" in told(epoch_ms)
    last = READING.replace(b"123456", b"4294967295")
    assert read(last)["temperature_1"] == (41.25, Quality.GOOD)
    for stamp in (b"-1", b"4294967296", b"1.5", b"true", b'"7"'):
        assert "timestamp must be" in told(READING.replace(b"123456", stamp))


def test_safety_is_shown_as_reported():
    """TELEMETRY 1.1: states come as they are; nothing concludes from them that it is safe."""
    assert read(SAFE, SAFETY) == {
        "emergency_stop": ("false", Quality.GOOD),
        "door_closed": ("true", Quality.GOOD),
        "overload_detected": ("false", Quality.GOOD),
        "temperature_ok": ("true", Quality.GOOD),
    }
    assert "emergency_stop must be true or false" in told(SAFE.replace(b"false", b"0"), SAFETY)


@pytest.mark.parametrize("token", [b"nan", b"-nan", b"inf", b"-inf", b"NaN", b"-Infinity"])
def test_a_failed_reading_costs_its_channel_only(token):
    """TELEMETRY 1.1: nan and inf are no JSON; that channel is BAD, the rest is kept."""
    payload = READING.replace(b"3.90", token)
    found = read(payload)
    assert found["motor_current_2"] == (None, Quality.BAD)
    assert found["motor_current_1"] == (4.2, Quality.GOOD)
    assert V0()(Message(DATA, payload, 0.0)).repaired == "1 reading was no number"


def test_an_id_is_not_repaired():
    """TELEMETRY 1.1: a search for nan alone would also edit ids."""
    fields, _ = parse(b'{"device_id":"a:nan,b","say":"\\"inf\\"","temperatures":[nan]}')
    assert fields == {"device_id": "a:nan,b", "say": '"inf"', "temperatures": [None]}
    named = READING.replace(b"ESP32_FIELD_001", b"nan-1").replace(b"41.25", b"nan")
    assert V0()(Message(DATA, named, 0.0)).envelopes[0].device == "nan-1"


@pytest.mark.parametrize("printed", [b"6920601600.00", b"-75.00", b"-273.15"])
def test_an_open_or_shorted_thermistor_is_bad(printed):
    """TELEMETRY 1.1: ADC 4095 prints valid JSON, ADC 0 exactly -75.00; the range tells."""
    assert read(READING.replace(b"41.25", printed))["temperature_1"][1] is Quality.BAD


@pytest.mark.parametrize("printed", [b"16.50", b"16.40"])
def test_a_saturated_current_is_suspect(printed):
    """TELEMETRY 1.1: the sensor saturates at 16.50 A, and ADC 0 reads 16.50 too."""
    value, quality = read(READING.replace(b"4.20", printed))["motor_current_1"]
    assert (value, quality) == (float(printed), Quality.SUSPECT)


def test_a_missing_accelerometer_is_bad():
    """TELEMETRY 1.1: gravity is not removed, so four zeros are no sensor."""
    dead = READING.replace(b"0.10", b"0.00").replace(b"0.20", b"0.00").replace(b"9.81", b"0.00")
    found = read(dead)
    assert {quality for name, (_, quality) in found.items() if "vibration" in name} == {
        Quality.BAD
    }
    assert found["motor_current_1"][1] is Quality.GOOD
    standing = READING.replace(b"0.10", b"0.00").replace(b"0.20", b"0.00")
    assert read(standing)["vibration_x"] == (0.0, Quality.GOOD)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"[4.20,3.90]", b"[4.20]", "motor_currents must be a list of 2"),
        (b"[4.20,3.90]", b"[4.20,3.90,1.00]", "motor_currents must be a list of 2"),
        (b"[41.25]", b"[]", "temperatures must be a list of 1"),
        (b"[41.25]", b"41.25", "temperatures must be a list of 1"),
        (b"4.20", b'"4.20"', "motor_currents[0] must be a number"),
        (b"4.20", b"true", "motor_currents[0] must be a number"),
        (b'"magnitude"', b'"total"', "vibration must have x, y, z, magnitude"),
        (b"ESP32_FIELD_001", b"", "device_id must be"),
        (b"ESP32_FIELD_001", b"a/b", "device_id must be"),
        (b"ESP32_FIELD_001", b"x" * 65, "device_id must be"),
        (b"}", b"", "is no JSON"),
        (b"4.20", b"\xff", "is not UTF-8"),
    ],
)
def test_what_is_not_as_the_firmware_prints_is_refused_in_words(old, new, reason):
    """TELEMETRY 1.1: a length mismatch is quarantine, as is all that is not understood."""
    assert reason in told(READING.replace(old, new))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"7", b"[" * 60000, b'{"a":' * 9000, b"9" * 5000, b"x" * 70000]
)
def test_hostile_bytes_are_refused(payload):
    """TELEMETRY 8.1, 10: no bytes make the reader raise anything but its refusal."""
    assert told(payload)


def test_a_number_too_large_is_bad():
    """A number beyond the floats is finite in JSON and is no reading."""
    assert read(READING.replace(b"4.20", b"1e999"))["motor_current_1"] == (None, Quality.BAD)
    huge = READING.replace(b"4.20", b"9" * 400)
    assert read(huge)["motor_current_1"] == (None, Quality.BAD)


def test_boards_are_told_apart_by_a_map():
    """TELEMETRY 1.1: one topic for all boards; an explicit map says which stands where."""
    decode = V0(devices={"ESP32_FIELD_001": "mill-1"})
    assert decode(Message(DATA, READING, 0.0)).envelopes[0].device == "mill-1"
    with pytest.raises(Rejected, match="not in the map of boards"):
        decode(Message(DATA, READING.replace(b"001", b"002"), 0.0))


def test_other_topics_are_not_read():
    """TELEMETRY 1: commands and analyses of that system are not ours."""
    assert "is not read" in told(b"{}", "modax/control/commands")
    with pytest.raises(Rejected, match="is retained"):
        V0()(Message(DATA, READING, 0.0, retained=True))


def test_the_same_bytes_are_the_same_message():
    """TELEMETRY 5.1: without a number the identity is topic, uptime and payload."""
    first, again = (V0()(Message(DATA, READING, when)).envelopes for when in (5.0, 9.0))
    assert [one.key for one in first] == [one.key for one in again]
    other = V0()(Message(DATA, READING.replace(b"4.20", b"4.21"), 5.0)).envelopes
    assert first[0].key != other[0].key


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_what_the_formatter_really_prints(tmp_path):
    """TELEMETRY 4.4: the firmware's ``snprintf`` built for this machine, byte for byte."""
    source = tmp_path / "firmware.c"
    source.write_text(FIRMWARE, "utf-8")
    subprocess.run(["gcc", "-o", tmp_path / "firmware", source, "-lm"], check=True)
    printed = subprocess.run([tmp_path / "firmware"], capture_output=True, check=True).stdout
    found = read(printed)
    assert found["motor_current_1"] == (4.2, Quality.GOOD)
    assert found["motor_current_2"] == (None, Quality.BAD)
    assert found["temperature_1"] == (None, Quality.BAD)
    first = V0()(Message(DATA, printed, 0.0)).envelopes[0]
    assert (first.device, first.t_source) == ("nan-inf_01", 4294967.295)
