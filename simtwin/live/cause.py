"""This module holds the cause: what may have changed in a machine that is no longer as told."""

from __future__ import annotations

from dataclasses import dataclass, field

FRICTION, COOLANT, COOLED, AMBIENT = "friction", "coolant", "cooled", "ambient"
DRIFTING, SHIFTED = "sensor drift", "sensor shift"
NOISE = "sensor noise"
BOARDS = "two boards"
NONE = "none"
WORDS = {
    FRICTION: ("the friction of the bearings has changed", "{:+.0f} %", 100.0),
    COOLANT: ("the spindle is no longer cooled", "", 1.0),
    COOLED: ("the spindle is cooled again", "", 1.0),
    AMBIENT: ("the temperature of the hall has changed", "{:+.1f} K", 1.0),
    DRIFTING: ("the sensor {signal} drifts", "{:+.2f} K/h", 3600.0),
    SHIFTED: ("the sensor {signal} has shifted", "{:+.1f} K", 1.0),
    NOISE: ("the noise of the sensor {signal} has grown", "{:+.0f} %", 100.0),
    BOARDS: ("two boards send under the name {signal}", "", 1.0),
    NONE: ("no change is needed to explain the readings", "", 1.0),
}
"""Cause -> its sentence, how its size is written, and in which unit."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What may have changed, and by how much the readings favour it."""

    name: str
    """One of `WORDS`; "" where it is not clear."""
    lead: float
    """Log likelihood ahead of the next best, readings that repeat each other counted once."""
    likelihoods: dict[str, float] = field(hash=False)
    """Cause -> log likelihood ahead of no change at all."""
    size: float | None = None
    """Of the change: of the friction [-], of ambient or sensor [K], of a drift [K/s],
    of the deviation of noise [-]."""
    since: float = 0.0
    """When it best fits to have begun [s, UTC]."""
    signal: str = ""
    """Sensor that it is about."""
    alone: bool = False
    """Whether a sensor that drifts explains it best and is the only one: a hall that warms up
    slowly looks the same to it, so neither is named."""
    refused: str = ""
    """Which cause explains it best by far, and why it is not named all the same."""

    def __str__(self) -> str:
        """Return the cause as a sentence.

        >>> print(Cause("friction", 12.0, {}, size=0.3))
        the friction of the bearings has changed by +30 % (log odds 12.0)
        """
        if self.alone:
            return (
                "the sensor drifts or the hall changes slowly; one sensor cannot tell them "
                "apart, a second one can"
            )
        if self.name == BOARDS:
            return WORDS[BOARDS][0].format(signal=self.signal)
        if self.refused:
            return f"none of the known causes explains it: {self.refused}"
        if not self.name:
            best, other = sorted(self.likelihoods, key=self.likelihoods.__getitem__)[:-3:-1]
            return f"not clear yet between {best} and {other} (lead {self.lead:.1f})"
        sentence, form, unit = WORDS[self.name]
        size = "" if self.size is None or not form else f" by {form.format(unit * self.size)}"
        return f"{sentence.format(signal=self.signal)}{size} (log odds {self.lead:.1f})"
