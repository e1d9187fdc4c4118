"""This module holds the envelope: one reading of one signal as it came in, and its time.

An :class:`Envelope` is what a source said, never changed afterwards. An
:class:`Observation` is the same reading at its event time, as the estimator takes it.
Times are seconds since 1970-01-01 UTC; an uptime clock counts seconds since its device started.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Value = float | str | None
"""A number in the canonical unit, a word of a state, or None where the reading failed."""


class Quality(StrEnum):
    """How far a reading may be trusted."""

    GOOD = "GOOD"
    SUSPECT = "SUSPECT"
    BAD = "BAD"


class Clock(StrEnum):
    """What a source's time counts from: 1970, or the start of the device."""

    EPOCH = "epoch"
    UPTIME = "uptime"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One reading as a source gave it, in the canonical unit of its signal (TELEMETRY 5).

    *t_source* [s] is on *clock*; *t_received* [s] is UTC and travels with a replay. *epoch*
    names one life of the source's numbering: a boot, an agent instance, the hash of a file;
    it is empty where the source names none, and the reader of the log finds it then. *seq*
    counts within the epoch; without one (None), *raw_ref*, the hash of the message, is
    the identity.

    >>> Envelope("mill-1", "temperature_1", 41.25, t_source=5.0, t_received=5.2).key
    ('mill-1', '', -1, '', 'temperature_1')
    """

    device: str
    signal: str
    value: Value
    unit: str = ""
    quality: Quality = Quality.GOOD
    t_source: float = 0.0
    clock: Clock = Clock.EPOCH
    t_received: float = 0.0
    epoch: str = ""
    seq: int | None = None
    source: str = ""
    raw_ref: str = ""

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """The identity of the reading: a second envelope of the same key is a duplicate."""
        if self.seq is None:
            return (self.device, self.epoch, -1, self.raw_ref, self.signal)
        return (self.device, self.epoch, self.seq, "", self.signal)

    @property
    def fault(self) -> str | None:
        """Why the envelope cannot be stored, in words; None where it can."""
        if isinstance(self.value, float) and not math.isfinite(self.value):
            return f"{self.signal} is {self.value}: a number must be finite, a failed one null"
        if not (math.isfinite(self.t_source) and math.isfinite(self.t_received)):
            return f"time {self.t_source} s, received {self.t_received} s: must be finite"
        if not self.device or not self.signal:
            return "device and signal must not be empty"
        return None


@dataclass(frozen=True, slots=True)
class Observation:
    """One reading at its event time [s, UTC], in the canonical unit of its signal.

    >>> Observation("mill-1", "temperature_1", 41.25, Quality.GOOD, 5.0).usable
    True
    """

    device: str
    signal: str
    value: Value
    quality: Quality
    t_event: float

    @property
    def usable(self) -> bool:
        """Whether there is a value that may be used: it is there and is not BAD."""
        return self.value is not None and self.quality is not Quality.BAD
