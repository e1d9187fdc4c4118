"""v1 messages: identity in the message, units converted, what is wrong refused with words."""

from __future__ import annotations

import json

import pytest

from simtwin.live.dialects import TOPICS, decoded
from simtwin.live.envelope import Clock, Quality
from simtwin.live.message import Message, Rejected
from simtwin.live.store import Store
from simtwin.live.v0 import DATA

TOPIC = "simtwin/v1/hall-2/mill-1/telemetry"
GOOD = {
    "v": 1, "boot": "9f3c0a7e51d2", "seq": 4711, "t_ms": 123456, "clock": "uptime",
    "signals": {
        "motor_current_1": {"v": 4.2, "u": "A"},
        "temperature_1": {"v": None, "u": "Cel", "q": "BAD"},
        "spindle_speed": {"v": 6000, "u": "rpm"},
        "coolant": {"v": "ON"},
        "oil_level": {"v": 3, "u": "L"},
    },
}  # fmt: skip


def told(topic=TOPIC, retained=False, **changes):
    """Return the readings of the good message with some *changes*."""
    payload = json.dumps(GOOD | changes).encode()
    return decoded(Message(topic, payload, 500.0, retained=retained)).envelopes


def test_a_message_is_read():
    """TELEMETRY 2: boot and number are its identity, units are canonical, null is BAD."""
    found = {one.signal: one for one in told()}
    assert {(one.epoch, one.seq, one.t_source) for one in found.values()} == {
        ("9f3c0a7e51d2", 4711, 123.456)
    }
    assert found["motor_current_1"].value == 4.2
    assert (found["temperature_1"].value, found["temperature_1"].quality) == (None, "BAD")
    assert found["spindle_speed"].value == pytest.approx(628.3185307)
    assert found["spindle_speed"].unit == "rad/s"
    assert found["coolant"].value == "ON"
    assert (found["oil_level"].value, found["oil_level"].unit) == (3.0, "L")
    assert all(one.clock is Clock.UPTIME for one in found.values())
    with Store(":memory:") as store:
        assert store.add([*told(), *told()]).duplicate == 5


def test_the_worse_of_two_judgements_holds():
    """A source may doubt a reading that looks good; it cannot make an impossible one good."""
    doubted = told(signals={"temperature_1": {"v": 41.0, "u": "Cel", "q": "SUSPECT"}})
    assert doubted[0].quality is Quality.SUSPECT
    absurd = told(signals={"temperature_1": {"v": 1e9, "u": "Cel", "q": "GOOD"}})
    assert absurd[0].quality is Quality.BAD


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 2}, "v must be 1"),
        ({"v": True}, "v must be 1"),
        ({"v": 1.0}, "v must be 1"),
        ({"device": "mill-2"}, "is not that of the topic"),
        ({"boot": ""}, "boot must be"),
        ({"clock": "local"}, "clock must be 'epoch' or 'uptime'"),
        ({"seq": -1}, "seq must be a whole number"),
        ({"t_ms": 1.5}, "t_ms must be a whole number"),
        ({"signals": {}}, "signals must be an object of 1 to 256"),
        ({"signals": {f"s{n}": {"v": 1} for n in range(257)}}, "1 to 256"),
        ({"signals": {"x": 3}}, "x must have v, u and q"),
        ({"signals": {"temperature_1": {"v": 4.2, "u": "A"}}}, "'A' is no unit of temperature"),
        ({"signals": {"temperature_1": {"v": 4.2}}}, "u is missing"),
        ({"signals": {"x": {"v": [1]}}}, "a number, a word or null"),
        ({"signals": {"x": {"v": 1, "q": "FINE"}}}, "GOOD, SUSPECT or BAD"),
        ({"topic": "simtwin/v1/hall-2/mill-1/status"}, "is not read"),
        ({"retained": True}, "is retained"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(changes, reason):
    """A wrong dimension, another device or a missing number is a refusal, never a guess."""
    with pytest.raises(Rejected, match=reason):
        told(**changes)


def test_a_number_that_is_none_is_refused():
    """Non-finite numbers are forbidden in v1: a failed reading is null."""
    payload = json.dumps(GOOD).replace("4.2", "nan").encode()
    with pytest.raises(Rejected, match="must be null"):
        decoded(Message(TOPIC, payload, 0.0))


def test_a_topic_says_how_it_is_read():
    """v0 stays as it is beside v1."""
    assert DATA in TOPICS
    with pytest.raises(Rejected, match="device_id must be"):
        decoded(Message(DATA, b"{}", 0.0))


def numbered(*numbers, boot="9f"):
    """Return the readings of messages with these numbers, one a second, 0.2 s on the way."""
    return [
        one
        for number in numbers
        for one in decoded(
            Message(
                TOPIC,
                json.dumps(
                    GOOD | {"boot": boot, "seq": number, "t_ms": 1000 * number}
                ).encode(),
                500.2 + number,
            )
        ).envelopes
    ]


def test_a_hole_in_the_numbers_is_a_gap():
    """TELEMETRY 5.6: (device, from, to, reason); a new boot or the first number is none."""
    with Store(":memory:") as store:
        store.add([*numbered(3, 4, 8, 10), *numbered(0, 1, boot="a0")])
        found = store.gaps("mill-1")
    assert [(gap.device, gap.reason) for gap in found] == [
        ("mill-1", "numbers 5 to 7 of boot 9f not in the log"),
        ("mill-1", "number 9 of boot 9f not in the log"),
    ]
    assert [(gap.begin, gap.end) for gap in found] == [
        (pytest.approx(504.2), pytest.approx(508.2)),
        (pytest.approx(508.2), pytest.approx(510.2)),
    ]


@pytest.mark.parametrize("order", [(1, 2, 5, 6), (6, 1, 5, 2), (5, 6, 2, 1, 1)])
def test_a_hole_is_of_the_set_and_a_late_message_fills_it(order):
    """TELEMETRY 5.8: whatever the order and the batches; and what came late is there."""
    with Store(":memory:") as store:
        for number in order:
            store.add(numbered(number))
        (gap,) = store.gaps("mill-1")
        assert gap.reason == "numbers 3 to 4 of boot 9f not in the log"
        store.add(numbered(4))
        (gap,) = store.gaps("mill-1")
        assert gap.reason == "number 3 of boot 9f not in the log"
        store.add(numbered(3))
        assert store.gaps("mill-1") == ()
