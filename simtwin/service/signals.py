"""This module holds the signals: what may be observed of a machine, in which unit and range.

Some are acts: what an operator set, which the twin does too, at that instant. The others are
samples: they stand beside what the twin has itself, and never overwrite it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtwin.plant.wording import unknown

Value = float | bool

SET = 3600.0
"""Age from which a report of what an operator set is stale [s]: it is sent when it changes."""

TEMPERATURE = "temperature_"
CELSIUS = "_c"


@dataclass(frozen=True, slots=True)
class Signal:
    """One quantity of a machine; a truth has no range."""

    name: str
    about: str
    low: float = 0.0
    high: float = 0.0
    truth: bool = False
    acts: tuple[str, str] | None = None
    """What an operator does to set it: to a number, or to true and to false."""
    simulated: str | None = None
    """Where the state of a machine has the same, None where it has not."""
    stale_after: float = 60.0
    """Age from which a report of it is stale [s]."""

    def wrong(self, value: Value) -> str | None:
        """Return what is wrong with *value*, None where it can be.

        >>> SIGNALS["feed_override_pct"].wrong(8500.0)
        'feed_override_pct: must be from 1 to 200 (got 8500)'
        """
        if self.truth or isinstance(value, bool):
            if self.truth and isinstance(value, bool):
                return None
            return f"{self.name}: must be {'true or false' if self.truth else 'a number'}"
        if self.low <= value <= self.high:
            return None
        return f"{self.name}: must be from {self.low:g} to {self.high:g} (got {value:g})"


SIGNALS: dict[str, Signal] = {
    one.name: one
    for one in (
        Signal(
            "feed_override_pct", "feed override that is set", 1.0, 200.0,
            acts=("feed override", "feed override"), stale_after=SET,
        ),
        Signal(
            "spindle_override_pct", "spindle override that is set", 1.0, 200.0,
            acts=("spindle override", "spindle override"), stale_after=SET,
        ),
        Signal(
            "coolant_on", "coolant runs", truth=True, acts=("coolant on", "coolant off"),
            stale_after=SET,
        ),
        Signal(
            "stopped", "an operator has stopped it", truth=True, acts=("stop", "start"),
            stale_after=SET,
        ),
        Signal("power_kw", "electrical power", 0.0, 500.0, simulated="power_kw"),
        Signal(
            "spindle_speed_rpm", "speed of the spindle", 0.0, 100_000.0, simulated="speed_rpm"
        ),
        Signal(
            "motor_current_a", "current of the spindle motor", 0.0, 1_000.0,
            simulated="motor_current_a",
        ),
    )
}  # fmt: skip
"""The signals that every machine has, but for the temperatures of its nodes."""


def signal_of(name: str, nodes: Sequence[str]) -> Signal | str:
    """Return the signal *name* of a machine with those thermal *nodes*, or what is wrong.

    >>> signal_of("temperature_front_c", ["front", "rear"]).simulated
    'front'
    >>> signal_of("power_w", [])[:46]
    "no signal 'power_w'; did you mean 'power_kw'? "
    """
    if name in SIGNALS:
        return SIGNALS[name]
    thermal = {f"{TEMPERATURE}{node}{CELSIUS}": node for node in nodes}
    if name in thermal:
        node = thermal[name]
        return Signal(name, f"temperature of {node}", -60.0, 250.0, simulated=node)
    return unknown("signal", name, [*SIGNALS, *thermal])
