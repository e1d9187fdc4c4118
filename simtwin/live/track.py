"""This module holds the track: everything that is known of one machine at one instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtwin.live.condition import REST, Condition
from simtwin.live.drift import WINDOW, Chart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.live.kalman import Belief, Innovation

SETTLED = 2 * WINDOW
"""Innovations without an alarm after which it is over."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """That something is not as the model says; what it may be stands in `Twin.alarms`."""

    time: float
    """When it was raised [s, UTC]."""
    device: str
    signal: str
    kind: str
    """``drift``, ``friction``, ``ambient`` or ``diverged``."""
    reason: str
    since: float
    """When it began, as far as the chart can tell [s, UTC]."""


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one machine at *time*; never changed."""

    time: float
    belief: Belief | None = None
    """None until the first temperature."""
    alone: Belief | None = None
    """What the model says that nobody corrected since its first temperature: simulated."""
    condition: Condition = REST
    held: Condition | None = None
    """That of the last stretch, None before the first."""
    told: bool = False
    """Whether any signal has told the condition."""
    seen: Mapping[str, tuple[float, float | str | None]] = field(default_factory=dict)
    """Signal -> newest usable reading: when, and what."""
    used: Mapping[str, float] = field(default_factory=dict)
    """Sensor -> when it last corrected [s]."""
    charts: Mapping[str, Chart] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Readings used, thinned, gated, suspect, bad, unknown."""
    row: int = 0
    """Gated in a row."""
    alarms: tuple[Alarm, ...] = ()
    quiet: int = SETTLED
    """Innovations since the last alarm."""
    calm: int = SETTLED
    """Innovations since the charts last alarmed, whatever friction and ambient seem to be."""
    lost: bool = False
    """Whether the last alarm was that it had diverged."""
    innovation: Innovation | None = None
    """The newest, before its correction."""

    def count(self, what: str) -> Mapping[str, int]:
        """Return the counts with one more of *what*."""
        return {**self.counts, what: self.counts.get(what, 0) + 1}
