"""This module holds the assumption: what is taken as so, whatever plant and control say.

A named cause becomes one, and from then on the filter predicts under it, else what is wrong
with the machine would be pressed into ambient and friction (Willsky & Jones 1976, IEEE TAC
21:108, on following a change once it is found).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simtwin.live.cause import AMBIENT, COOLANT, COOLED, DRIFTING, FRICTION, NOISE, SHIFTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.live.cause import Cause
    from simtwin.live.condition import Condition


@dataclass(frozen=True, slots=True)
class Bias:
    """How far a sensor is off after *since* [s, UTC]."""

    since: float
    shift: float = 0.0
    """[K]"""
    rate: float = 0.0
    """[K/s]"""

    def at(self, time: float) -> float:
        """Return how far it is off at *time* [s, UTC] [K].

        >>> Bias(100.0, rate=0.5).at(104.0), Bias(100.0, shift=3.0).at(90.0)
        (2.0, 0.0)
        """
        return self.shift + self.rate * (time - self.since) if time > self.since else 0.0


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is taken as so beyond the plant file; each named cause makes the next."""

    cooled: bool = True
    """False: the coolant has failed, although the control tells that it runs."""
    friction: float = 0.0
    """How far friction is off its law since it was named last [-]."""
    ambient: float = 0.0
    """How far the ambient is off since it was named last [K]."""
    biases: Mapping[str, tuple[Bias, ...]] = field(default_factory=dict)
    """Sensor -> how far it is off."""
    noises: Mapping[str, float] = field(default_factory=dict)
    """Sensor -> deviation of its noise over what is taken [-]; 1 where none stands."""
    causes: tuple[Cause, ...] = ()
    """What was named, in order."""

    def condition(self, told: Condition) -> Condition:
        """Return the condition that is believed where the control tells *told*."""
        return told if self.cooled else replace(told, coolant=False)

    def true(self, signal: str, value: float, time: float) -> float:
        """Return what *value* of *signal* at *time* [s, UTC] is without its bias."""
        return value - sum(bias.at(time) for bias in self.biases.get(signal, ()))

    def told(self) -> Assumption:
        """Return the assumption once the control has told about its coolant."""
        if self.cooled:
            return self
        causes = tuple(c for c in self.causes if c.name not in (COOLANT, COOLED))
        return replace(self, cooled=True, causes=causes)

    def under(self, cause: Cause) -> Assumption:
        """Return the assumption that *cause* is so too, its size in friction and ambient aside.

        >>> from simtwin.live.cause import Cause
        >>> Assumption().under(Cause("coolant", 9.0, {})).cooled
        False
        """
        if cause.name in (COOLANT, COOLED):
            return replace(self, cooled=cause.name == COOLED)
        if cause.name == NOISE:
            factor = self.noises.get(cause.signal, 1.0) * (1.0 + (cause.size or 0.0))
            return replace(self, noises={**self.noises, cause.signal: factor})
        if cause.name not in (DRIFTING, SHIFTED):
            return self
        size = cause.size or 0.0
        shift, rate = (size, 0.0) if cause.name == SHIFTED else (0.0, size)
        known = self.biases.get(cause.signal, ())
        bias = Bias(cause.since, shift, rate)
        return replace(self, biases={**self.biases, cause.signal: (*known, bias)})

    def named(self, cause: Cause, *, friction: float, ambient: float) -> Assumption:
        """Return the assumption after *cause* was named, friction and ambient being so now."""
        after = self.under(cause)
        if cause.name == FRICTION:
            after = replace(after, friction=friction)
        if cause.name == AMBIENT:
            after = replace(after, ambient=ambient)
        return replace(after, causes=(*self.causes, cause))
