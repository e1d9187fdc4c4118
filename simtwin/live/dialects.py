"""This module holds the dialects: every message is read as its topic says.

Boards of the field layer speak v0 on topics of their own, gateways v1 (TELEMETRY 1 and 2).
"""

from __future__ import annotations

from simtwin.live import v0, v1
from simtwin.live.message import Decoded, Message

TOPICS = (*v0.TOPICS, *v1.TOPICS)
"""All that a twin listens to."""
_V0, _V1 = v0.V0(), v1.V1()


def decoded(message: Message) -> Decoded:
    """Return the readings of a v0 or v1 *message*, or raise Rejected with the reason.

    >>> decoded(Message("modax/sensor/data", b"[]", 0.0))
    Traceback (most recent call last):
    simtwin.live.message.Rejected: must be a JSON object (got list)
    """
    return (_V0 if message.topic in v0.TOPICS else _V1)(message)
