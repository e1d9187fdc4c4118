"""This module holds the settings: how a machine is followed, and what is trusted how far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE, Freshness
from simtwin.live.thermal import USUAL, Noise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AMBIENT = "ambient"
"""What a sensor of the hall's air measures, in a mapping of sensors."""

SENSORS: Mapping[str, str] = MappingProxyType(
    {"temperature_1": "front", "spindle_temperature": "motor", "ambient_temperature": AMBIENT}
)
"""Signal -> node that it measures, unless a twin is told otherwise (assumption)."""

GAPS = 10.0
"""A reading this many times as old as a stale one is a gap, as in the catalogue."""
UNKNOWN = 60.0
"""Age at which a signal that no catalogue knows is stale [s]."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a machine is followed."""

    sensors: Mapping[str, str] = field(default_factory=lambda: SENSORS)
    """Signal -> node, or "ambient"."""
    noise: Noise = USUAL
    deviations: Mapping[str, float] = field(default_factory=dict)
    """Signal -> standard deviation of its noise, where the catalogue's does not hold."""
    thin: float = 1.0
    """Least distance of two corrections by one sensor [s]; nearer ones are correlated."""
    stale_after: float | None = None
    """Age at which a temperature is stale [s]; None: as the catalogue says."""
    gate: bool = True

    def __post_init__(self) -> None:
        for name in ("thin", "stale_after"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < math.inf:
                raise InvalidInput(f"{name}: must be at least 0 s (got {value!r})")
        for signal, deviation in self.deviations.items():
            if not 0.0 < deviation < math.inf:
                raise InvalidInput(f"deviations: {signal} must be positive (got {deviation!r})")

    def deviation(self, signal: str) -> float:
        """Return the standard deviation of *signal* [K]."""
        found = self.deviations.get(signal)
        if found is None and signal in CATALOGUE:
            found = CATALOGUE[signal].noise
        return self.noise.sensor if found is None else found

    def stale(self, signals: Iterable[str]) -> float:
        """Return the age at which the slowest of *signals* is stale [s]."""
        return max((self._stale_after(signal) for signal in signals), default=math.inf)

    def silence(self, signals: Iterable[str]) -> float:
        """Return the age at which the slowest of *signals* is a gap [s]."""
        return GAPS * self.stale(signals)

    def freshness(self, signal: str, age: float) -> Freshness:
        """Return how fresh a reading of *signal* is at *age* [s]."""
        limit = self._stale_after(signal)
        if age <= limit:
            return Freshness.FRESH
        return Freshness.STALE if age <= GAPS * limit else Freshness.GAP

    def _stale_after(self, signal: str) -> float:
        if self.stale_after is not None:
            return self.stale_after
        return CATALOGUE[signal].stale_after if signal in CATALOGUE else UNKNOWN
