"""This module holds the track: everything that is known of one machine at one instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from simtwin.live.assumption import Assumption
from simtwin.live.condition import REST, Condition
from simtwin.live.drift import WINDOW, Chart
from simtwin.live.envelope import Quality
from simtwin.live.past import Past

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.live.cause import Cause
    from simtwin.live.kalman import Belief, Innovation

SETTLED = 2 * WINDOW
"""Innovations without an alarm after which it is over."""


class Seen(NamedTuple):
    """The newest usable reading of a signal."""

    time: float
    """[s, UTC]"""
    value: float | str | None
    quality: Quality = Quality.GOOD
    """GOOD, or SUSPECT: then it is shown and compared with nothing."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """That something is not as the model says; what it may be stands in `Twin.alarms`."""

    time: float
    """When it was raised [s, UTC]."""
    device: str
    signal: str
    kind: str
    """``drift``, ``friction``, ``ambient`` or ``diverged``; ``clocks``, of a device."""
    reason: str
    since: float
    """When it began, as far as the chart can tell [s, UTC]."""
    cause: Cause | None = None
    """What explains it; None while readings that tell are still to come."""


class Track(Struct, frozen=True):
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
    seen: Mapping[str, Seen] = field(default_factory=dict)
    """Signal -> newest usable reading."""
    good: Mapping[str, float] = field(default_factory=dict)
    """Sensor -> newest reading that is not doubted [s, UTC]; only those can be compared."""
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
    taken: int = 0
    """Readings used in a row."""
    lost: bool = False
    """Whether it has diverged, and not taken enough readings in a row since."""
    trouble: Alarm | None = None
    """Why it is not in sync; it may be part of an alarm that was raised before."""
    innovation: Innovation | None = None
    """The newest, before its correction."""
    assumption: Assumption = field(default_factory=Assumption)
    """What is taken as so since causes were named."""
    past: Past = field(default_factory=Past)
    open: int | None = None
    """How often the cause of the last alarm was looked for; None: it is not."""

    def bare(self) -> Track:
        """Return what another course can follow on: no charts, counts, alarms or past."""
        return Track(
            self.time,
            self.belief,
            condition=self.condition,
            held=self.held,
            told=self.told,
            assumption=self.assumption,
        )

    def explained(self, cause: Cause) -> tuple[Alarm, ...]:
        """Return the alarms with *cause* as that of the last."""
        return (*self.alarms[:-1], replace(self.alarms[-1], cause=cause))

    def count(self, what: str) -> Mapping[str, int]:
        """Return the counts with one more of *what*."""
        return {**self.counts, what: self.counts.get(what, 0) + 1}
