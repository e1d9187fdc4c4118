"""This module holds the message: bytes of a topic as they came in, not yet read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Envelope

LARGEST = 65_536
"""Bytes of a message that is looked at."""


class Rejected(InvalidInput):
    """A message cannot be read; the reason is in words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a broker or of a recording of it, with the instant of its receipt [s]."""

    topic: str
    payload: bytes
    t_received: float
    qos: int = 0
    retained: bool = False
    mid: int = 0
    """The broker's number of the delivery, for the acknowledgement."""
    connection: int = 0
    """Which connection it came on: numbers of another one mean nothing."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The readings of one message; *repaired* says what had to be mended first."""

    envelopes: tuple[Envelope, ...]
    repaired: str = ""


Decoder = Callable[[Message], Decoded]
"""Returns the readings of a message, or raises Rejected."""


def fingerprint(topic: str, t_source: float, payload: bytes) -> str:
    """Return the 128-bit hash that stands for a message without a number (TELEMETRY 5.1).

    >>> fingerprint("modax/sensor/data", 1.0, b"{}")[:8]
    '584fde61'
    """
    parts = (topic.encode(), repr(t_source).encode(), payload)
    return hashlib.blake2b(b"\x1f".join(parts), digest_size=16).hexdigest()
