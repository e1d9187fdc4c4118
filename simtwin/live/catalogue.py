"""This module holds the signal catalogue: what can be observed, in which unit, how far.

One table of our own (TELEMETRY 3). Every source maps its names onto it, the estimator takes
noise and staleness from it, documents print it. Its hash goes into every log.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Envelope, Quality, Value
from simtwin.units import RPM

VERSION = 1


class Kind(StrEnum):
    """What a signal is: a number in time, a word that holds, a happening, a set, a count."""

    SAMPLE = "sample"
    STATE = "state"
    EVENT = "event"
    CONDITION = "condition"
    COUNTER = "counter"


class Freshness(StrEnum):
    """How old the newest reading of a signal is, against its period."""

    FRESH = "FRESH"
    STALE = "STALE"
    GAP = "GAP"


@dataclass(frozen=True, slots=True)
class Signal:
    """One row of the catalogue; *low*, *high*, *noise* and *rate* in the canonical *unit*.

    A number outside ``low .. high`` is physically impossible, so BAD; one at or above
    *suspect* may be a saturated sensor, so SUSPECT. *noise* is one standard deviation,
    *rate* the largest change per second; *period* and *stale_after* are in seconds, *late*
    is how late [s] a change may be told. None: not stated.
    """

    name: str
    quantity: str
    unit: str
    kind: Kind
    description: str
    low: float = -math.inf
    high: float = math.inf
    suspect: float = math.inf
    noise: float | None = None
    rate: float | None = None
    period: float | None = None
    stale_after: float = 60.0
    late: float = 0.0
    aggregation: str = "last"
    states: tuple[str, ...] = ()

    def judge(self, value: Value) -> Quality:
        """Return how far a *value* can be trusted by itself.

        >>> CATALOGUE["temperature_1"].judge(6920601600.0).name  # an open thermistor
        'BAD'
        >>> CATALOGUE["motor_current_1"].judge(16.5).name  # a saturated sensor
        'SUSPECT'
        """
        if value is None:
            return Quality.BAD
        if self.kind in (Kind.SAMPLE, Kind.COUNTER):
            if isinstance(value, str) or not self.low <= value <= self.high:
                return Quality.BAD
            return Quality.SUSPECT if value >= self.suspect else Quality.GOOD
        if self.states and value not in self.states:
            return Quality.SUSPECT
        return Quality.GOOD

    def freshness(self, age: float) -> Freshness:
        """Return the freshness of a signal whose newest reading is *age* [s] old.

        >>> signal = CATALOGUE["temperature_1"]
        >>> signal.freshness(1.0).name, signal.freshness(5.0).name, signal.freshness(60.0).name
        ('FRESH', 'STALE', 'GAP')
        """
        if age <= self.stale_after:
            return Freshness.FRESH
        return Freshness.STALE if age <= 10.0 * self.stale_after else Freshness.GAP


_BOARD = {"period": 0.1, "stale_after": 2.0}
_SAFETY = {"period": 1.0, "stale_after": 5.0}
_TOLD_LATE = 1.05
"""A change waits for the publish of each second, and the loop of 50 ms (TELEMETRY 1.1)."""
_AXES = ("x", "y", "z", "b", "c")
_CONDITIONS = (
    "servo", "communications", "logic", "system", "pneumatic", "hydraulic", "coolant_level",
    "coolant_temperature", "coolant_pressure", "electrical_temperature", "motion", "path",
    "spindle_load", "spindle_temperature", "spindle_2_load", "spindle_2_temperature",
    *(f"{axis}_travel" for axis in _AXES),
    "coolant", "electrical", "lubrication", "loader", "chips", "tool_delivery", "bar_feeder",
)  # fmt: skip


def _sample(name: str, quantity: str, unit: str, text: str, **rest: float | str) -> Signal:
    return Signal(name, quantity, unit, Kind.SAMPLE, text, aggregation="mean", **rest)  # type: ignore[arg-type]


def _state(name: str, text: str, *states: str, **rest: float) -> Signal:
    return Signal(name, "state", "", Kind.STATE, text, states=states, **rest)  # type: ignore[arg-type]


def _board() -> list[Signal]:
    """Return what a sensor board of the field layer sends (TELEMETRY 1)."""
    rows = [
        _sample(
            f"motor_current_{channel}", "current", "A",
            f"motor current, channel {channel}; no sign",
            low=0.0, high=16.5, suspect=16.4, noise=0.05, **_BOARD,
        )
        for channel in (1, 2)
    ]  # fmt: skip
    rows += [
        _sample(
            f"vibration_{axis}", "acceleration", "m/s2", f"acceleration, {axis}; with gravity",
            low=-78.5 * math.sqrt(3.0) if axis == "magnitude" else -78.5,
            high=78.5 * math.sqrt(3.0) if axis == "magnitude" else 78.5,
            noise=0.05, **_BOARD,
        )
        for axis in ("x", "y", "z", "magnitude")
    ]  # fmt: skip
    rows += [
        _sample(
            f"temperature_{channel}", "temperature", "degC", f"thermistor, channel {channel}",
            low=-40.0, high=200.0, noise=0.2, rate=5.0, **_BOARD,
        )
        for channel in (1, 2, 3, 4)
    ]  # fmt: skip
    texts = {
        "emergency_stop": "emergency stop pressed; a broken wire reads false",
        "door_closed": "door closed",
        "overload_detected": "a current above its limit",
        "temperature_ok": "temperature below its limit",
    }
    rows += [
        _state(
            name, text, "false", "true",
            **_SAFETY, late=0.0 if name == "emergency_stop" else _TOLD_LATE,
        )
        for name, text in texts.items()
    ]  # fmt: skip
    return rows


def _machine() -> list[Signal]:
    """Return what the control of a machine tells (MTConnect and the like)."""
    rows = []
    for name, text in (("spindle", "main spindle"), ("spindle_2", "second spindle")):
        rows += [
            _sample(
                f"{name}_speed", "speed of rotation", "rad/s", f"{text}, speed",
                low=-30000.0 * RPM, high=30000.0 * RPM, noise=0.5,
            ),
            _sample(
                f"{name}_load", "share", "1", f"{text}, load", low=-3.0, high=3.0, noise=0.01
            ),
            _sample(
                f"{name}_temperature", "temperature", "degC", f"{text}, temperature",
                low=1.0, high=150.0, noise=0.3, rate=5.0,
            ),
            _sample(f"{name}_override", "share", "1", f"{text}, override", low=0.0, high=3.0),
        ]  # fmt: skip
    for axis in _AXES:
        turning = axis in "bc"
        rows += [
            _sample(
                f"{axis}_position", "angle" if turning else "length",
                "rad" if turning else "m", f"{axis} axis, position",
            ),
            _sample(
                f"{axis}_speed", "speed of rotation" if turning else "speed",
                "rad/s" if turning else "m/s", f"{axis} axis, speed",
            ),
            _sample(f"{axis}_load", "share", "1", f"{axis} axis, load", low=-3.0, high=3.0),
        ]  # fmt: skip
    rows += [
        _sample("feed_rate", "speed", "m/s", "path feed rate", low=0.0, high=5.0),
        _sample("feed_override", "share", "1", "feed override", low=0.0, high=3.0),
        _sample("rapid_override", "share", "1", "rapid override", low=0.0, high=3.0),
        _sample(
            "motor_power", "power", "W", "electrical power of the machine", low=0.0, high=1e6
        ),
        _sample("ambient_temperature", "temperature", "degC", "air of the hall",
                low=-40.0, high=80.0, noise=0.3),
        _state("availability", "connected", "AVAILABLE", "UNAVAILABLE"),
        _state("power", "power", "ON", "OFF"),
        _state("estop", "emergency stop of the control", "ARMED", "TRIGGERED"),
        _state("coolant", "coolant of the spindle", "ON", "OFF"),
        _state("stopped", "an operator has stopped the machine", "false", "true"),
        _state("controller_mode", "mode of the control"),
        _state("functional_mode", "what the machine is used for"),
        _state("execution", "execution state of the program"),
        _state("program", "program that is active"),
        _state("subprogram", "subprogram that is active"),
        _state("tool_number", "tool in the spindle"),
        Signal("block", "text", "", Kind.EVENT, "block of the program"),
        Signal("asset", "text", "", Kind.EVENT, "asset announced, changed or removed"),
        Signal("line", "text", "", Kind.EVENT, "line of the program"),
        Signal("part_count", "count", "1", Kind.COUNTER, "parts made", low=0.0),
        Signal("auto_time", "time", "s", Kind.COUNTER, "time in automatic", low=0.0),
        Signal("cutting_time", "time", "s", Kind.COUNTER, "time of cutting", low=0.0),
        Signal("total_time", "time", "s", Kind.COUNTER, "time powered", low=0.0),
    ]  # fmt: skip
    rows += [
        Signal(f"{name}_condition", "condition", "", Kind.CONDITION, f"condition: {name}")
        for name in _CONDITIONS
    ]
    return rows


CATALOGUE: Mapping[str, Signal] = MappingProxyType(
    {signal.name: signal for signal in (*_board(), *_machine())}
)
"""All signals by name. Temperatures in degC, shares as fractions, all else SI."""


def signal_of(name: str) -> Signal:
    """Return the row of the signal *name*, or say which name is near."""
    found = CATALOGUE.get(name)
    if found is None:
        raise InvalidInput(f"signal {name!r} is not in the catalogue (version {VERSION})")
    return found


def wrong_unit(envelope: Envelope) -> str | None:
    """Return why the unit of *envelope* cannot be that of its signal, None where it can."""
    row = CATALOGUE.get(envelope.signal)
    if row is None or envelope.unit in ("", row.unit):
        return None
    return f"{envelope.signal} is in {row.unit or 'words'}, never in {envelope.unit!r}"


@cache
def catalogue_hash() -> str:
    """Return the hash of the catalogue: another hash, another meaning of the log.

    >>> len(catalogue_hash())
    32
    """
    rows = [
        {key: _plain(value) for key, value in asdict(CATALOGUE[name]).items()}
        for name in sorted(CATALOGUE)
    ]
    text = json.dumps([VERSION, rows], sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    return repr(value) if isinstance(value, float) else value
