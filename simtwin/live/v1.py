"""This module holds the v1 messages: readings with number, boot and unit, each its own proof.

What a gateway at a control sends (TELEMETRY 2): the device stands in the topic, where a broker
can enforce it; a message has a boot and counts from it, so nothing of its identity is invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.envelope import Clock, Envelope, Quality, Value
from simtwin.live.mapping import Route
from simtwin.live.message import Decoded, Message, Rejected
from simtwin.live.v0 import Fields, is_name, parse

KINDS = ("telemetry", "safety", "event")
TOPICS = tuple(f"simtwin/v1/+/+/{kind}" for kind in KINDS)
"""All that is read; nothing is ever published to a machine."""
SIGNALS = 256
"""Signals in one message at most."""
SOURCE = "v1"
"""The source of readings whose numbers count the messages of a device, without holes."""
_TOPIC = re.compile(rf"simtwin/v1/([^/]+)/([^/]+)/(?:{'|'.join(KINDS)})")
_CODES = MappingProxyType({"Cel": "degC", "m/s2": "m/s2", "r/min": "rpm", "{rpm}": "rpm"})
"""UCUM code -> unit as files write it, where they differ."""
_RANK = (Quality.GOOD, Quality.SUSPECT, Quality.BAD)
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class V1:
    """Reads v1 messages.

    >>> speed = b'"spindle_speed":{"v":6000,"u":"r/min"}'
    >>> head = b'"v":1,"boot":"9f","seq":4,"t_ms":1500,"clock":"uptime"'
    >>> payload = b'{%s,"signals":{%s}}' % (head, speed)
    >>> (told,) = V1()(Message("simtwin/v1/hall-2/mill-1/telemetry", payload, 9.0)).envelopes
    >>> told.device, told.epoch, told.seq, told.t_source, round(told.value, 3), told.unit
    ('mill-1', '9f', 4, 1.5, 628.319, 'rad/s')
    """

    source: str = SOURCE

    def __call__(self, message: Message) -> Decoded:
        """Return the readings of a *message*, or raise Rejected with the reason."""
        found = _TOPIC.fullmatch(message.topic)
        if found is None:
            raise Rejected(f"topic {message.topic!r} is not read; {', '.join(TOPICS)} are")
        if message.retained:
            raise Rejected("is retained: its receipt tells no time")
        fields, repaired = parse(message.payload)
        if repaired:
            raise Rejected(f"{repaired}: a failed reading must be null")
        if type(fields.get("v")) is not int or fields["v"] != 1:
            raise Rejected(f"v must be 1 (got {fields.get('v')!r:.40})")
        device = _device(found[2], fields.get("device", found[2]))
        boot = fields.get("boot")
        if not is_name(boot):
            raise Rejected(f"boot must be 1 to 64 letters or digits (got {boot!r:.80})")
        clock = fields.get("clock")
        if clock not in (Clock.EPOCH, Clock.UPTIME):
            raise Rejected(f"clock must be 'epoch' or 'uptime' (got {clock!r:.40})")
        seq, stamp = _counted(fields, "seq"), _counted(fields, "t_ms") / 1e3
        return Decoded(
            tuple(
                Envelope(
                    device, signal, value, unit, quality, stamp, Clock(clock),
                    message.t_received, str(boot), seq, self.source,
                )
                for signal, value, unit, quality in _readings(fields.get("signals"))
            )
        )  # fmt: skip


def is_topic(topic: str) -> bool:
    """Whether *topic* is one on which a device tells something."""
    return _TOPIC.fullmatch(topic) is not None


def _device(name: str, told: object) -> str:
    if told != name:
        raise Rejected(f"device {told!r:.80} is not that of the topic, {name!r}")
    if not is_name(name):
        raise Rejected(
            f"device must be 1 to 64 letters, digits, '.', '_' or '-' (got {name!r:.80})"
        )
    return name


def _readings(signals: object) -> list[tuple[str, Value, str, Quality]]:
    """Return signal, value and quality of all *signals*, in canonical units."""
    if not isinstance(signals, dict) or not 0 < len(signals) <= SIGNALS:
        raise Rejected(f"signals must be an object of 1 to {SIGNALS} (got {signals!r:.80})")
    return [_reading(name, told) for name, told in signals.items()]


def _reading(name: str, told: object) -> tuple[str, Value, str, Quality]:
    if not is_name(name):
        raise Rejected(f"signal must be 1 to 64 letters or digits (got {name!r:.80})")
    if not isinstance(told, dict) or "v" not in told or set(told) - {"v", "u", "q"}:
        raise Rejected(f"{name} must have v, u and q at most (got {told!r:.80})")
    value, unit, mark = told["v"], told.get("u", ""), told.get("q", Quality.GOOD)
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise Rejected(f"{name} must be a number, a word or null (got {value!r:.40})")
    if mark not in _RANK:
        raise Rejected(f"{name}: q must be GOOD, SUSPECT or BAD (got {mark!r:.40})")
    if not isinstance(unit, str):
        raise Rejected(f"{name}: u must be a unit (got {unit!r:.40})")
    if name not in CATALOGUE:
        found, quality = _stranger(value)
        return name, found, unit, max(quality, Quality(mark), key=_RANK.index)
    if not unit and CATALOGUE[name].unit:
        raise Rejected(f"{name}: u is missing; it is told in {CATALOGUE[name].unit}, say")
    try:
        route = _route(name, unit)
    except InvalidInput as wrong:
        raise Rejected(str(wrong)) from None
    found, quality = route.read(value)
    return name, found, CATALOGUE[name].unit, max(quality, Quality(mark), key=_RANK.index)


@cache
def _route(name: str, unit: str) -> Route:
    """Return how a signal of the catalogue told in *unit* is read; kept, for they are few."""
    return Route(name, name, _CODES.get(unit, unit))


def _stranger(value: float | str | None) -> tuple[Value, Quality]:
    """Return the *value* of a signal that no catalogue knows, as it stands."""
    if value is None or isinstance(value, str):
        return value, Quality.BAD if value is None else Quality.GOOD
    try:
        return float(value), Quality.GOOD
    except OverflowError:
        return None, Quality.BAD


def _counted(fields: Fields, key: str) -> int:
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
        raise Rejected(f"{key} must be a whole number from 0 (got {value!r:.40})")
    return value
