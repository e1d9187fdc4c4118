"""This module holds the v0 messages: what the boards of the field layer really send.

Each trap of TELEMETRY 1.1 is a rule here. The firmware prints with ``%lu`` and ``%.2f``, sends
QoS 0 without number or boot id, and prints a failed reading as ``nan`` or ``inf``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtwin.live.catalogue import CATALOGUE
from simtwin.live.envelope import Clock, Envelope, Quality, Value
from simtwin.live.mapping import V0 as ROUTES
from simtwin.live.message import LARGEST, Decoded, Message, Rejected, fingerprint

DATA = "modax/sensor/data"
SAFETY = "modax/sensor/safety"
TOPICS = (DATA, SAFETY)
"""All that is read; nothing is ever published to the field layer."""
CURRENTS, TEMPERATURES = 2, 1
AXES = ("x", "y", "z", "magnitude")
_SAFE = ("emergency_stop", "door_closed", "overload_detected", "temperature_ok")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What is quoted is matched first and kept: a search for nan alone would also edit an id.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\b(?:nan|NaN|inf|Infinity)\b')
_MILLISECONDS = 2**32

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class V0:
    """Reads v0 messages.

    All boards share one topic, so *devices* may say which board stands at which machine; an id
    that is not in it is refused. Without it the id is the device. *source* names the broker or
    the recording.
    """

    devices: Mapping[str, str] | None = None
    source: str = "v0"

    def __call__(self, message: Message) -> Decoded:
        """Return the readings of a *message*, or raise Rejected with the reason."""
        if message.topic not in TOPICS:
            raise Rejected(f"topic {message.topic!r} is not read; {' and '.join(TOPICS)} are")
        if message.retained:
            raise Rejected("is retained: no board does that, and its receipt tells no time")
        fields, repaired = parse(message.payload)
        device = self._device(fields.get("device_id"))
        uptime = _uptime(fields.get("timestamp"))
        readings = _data(fields) if message.topic == DATA else _safety(fields)
        mark = fingerprint(message.topic, uptime, message.payload)
        envelopes = tuple(
            Envelope(
                device,
                route.signal,
                value,
                CATALOGUE[route.signal].unit,
                quality,
                uptime,
                Clock.UPTIME,
                message.t_received,
                source=self.source,
                raw_ref=mark,
            )
            for route, value, quality in (
                (ROUTES[path], *read) for path, read in readings.items()
            )
        )
        return Decoded(envelopes, repaired)

    def _device(self, name: object) -> str:
        if not isinstance(name, str) or not is_name(name):
            raise Rejected(
                f"device_id must be 1 to 64 letters, digits, '.', '_' or '-' (got {name!r:.80})"
            )
        if self.devices is None:
            return name
        if name not in self.devices:
            raise Rejected(f"device_id {name!r} is not in the map of boards")
        return self.devices[name]


def parse(payload: bytes) -> tuple[Fields, str]:
    """Return the fields of a JSON object, and what had to be repaired in it.

    >>> parse(b'{"temperatures":[nan],"device_id":"nan-1"}')
    ({'temperatures': [None], 'device_id': 'nan-1'}, '1 reading was no number')
    """
    if len(payload) > LARGEST:
        raise Rejected(f"has {len(payload)} bytes; {LARGEST} at most are read")
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Rejected(f"is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        return _object(text), ""
    except Rejected:
        mended, count = _mended(text)
        if not count:
            raise
    found = _object(mended)
    return found, f"{count} reading{' was' if count == 1 else 's were'} no number"


def is_name(found: object) -> bool:
    """Whether *found* is a name of 1 to 64 letters, digits, dots, lines and underscores."""
    return isinstance(found, str) and _ID.fullmatch(found) is not None


def _object(text: str) -> Fields:
    try:
        found = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise Rejected("is nested too deeply") from None
    except ValueError as error:
        raise Rejected(f"is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Rejected(f"must be a JSON object (got {type(found).__name__})")
    return found


def _refuse(token: str) -> float:
    raise ValueError(f"{token} is no JSON number")


def _mended(text: str) -> tuple[str, int]:
    count = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal count
        if found[0].startswith('"'):
            return found[0]
        count += 1
        return "null"

    return _TOKEN.sub(mend, text), count


def _uptime(stamp: object) -> float:
    """Return the uptime [s] of ``millis()``; a time since 1970 is none."""
    if not isinstance(stamp, int) or isinstance(stamp, bool) or not 0 <= stamp < _MILLISECONDS:
        raise Rejected(
            f"timestamp must be milliseconds since boot, 0 to {_MILLISECONDS - 1} "
            f"(got {stamp!r:.40})"
        )
    return stamp / 1e3


def _data(fields: Fields) -> dict[str, tuple[Value, Quality]]:
    found = {
        f"motor_currents[{index}]": value
        for index, value in enumerate(_numbers(fields, "motor_currents", CURRENTS))
    }
    vibration = fields.get("vibration")
    if not isinstance(vibration, dict) or set(vibration) != set(AXES):
        raise Rejected(f"vibration must have {', '.join(AXES)} (got {vibration!r:.80})")
    found |= {
        f"vibration.{axis}": _number(f"vibration.{axis}", vibration[axis]) for axis in AXES
    }
    found |= {
        f"temperatures[{index}]": value
        for index, value in enumerate(_numbers(fields, "temperatures", TEMPERATURES))
    }
    readings = {path: ROUTES[path].read(value) for path, value in found.items()}
    if all(vibration[axis] == 0.0 for axis in AXES):
        # Gravity is not removed: at rest it shows 9.81 m/s2, so zeros are no sensor at all.
        readings |= {
            path: (value, Quality.BAD)
            for path, (value, _) in readings.items()
            if path.startswith("vibration")
        }
    return readings


def _safety(fields: Fields) -> dict[str, tuple[Value, Quality]]:
    readings = {}
    for path in _SAFE:
        value = fields.get(path)
        if not isinstance(value, bool):
            raise Rejected(f"{path} must be true or false (got {value!r:.40})")
        readings[path] = ROUTES[path].read(str(value).lower())
    return readings


def _numbers(fields: Fields, key: str, length: int) -> list[float | None]:
    found = fields.get(key)
    if not isinstance(found, list) or len(found) != length:
        raise Rejected(f"{key} must be a list of {length} (got {found!r:.80})")
    return [_number(f"{key}[{index}]", value) for index, value in enumerate(found)]


def _number(path: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected(f"{path} must be a number (got {value!r:.40})")
    try:
        return float(value)
    except OverflowError:
        return None
