"""This module holds the views of a twin: what was reported, is believed, and a model says.

They are kept apart, for a twin that shows its estimate as if it had been measured cannot be
checked by anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simtwin.live.envelope import Quality
from simtwin.live.trust import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.live.catalogue import Freshness
    from simtwin.live.cause import Cause
    from simtwin.live.drift import Verdict
    from simtwin.live.follow import Follower
    from simtwin.live.kalman import Belief
    from simtwin.live.thermal import ThermalSystem
    from simtwin.live.track import Alarm, Track

Z95 = 1.959963984540054
"""Half the width of a 95 % interval, in standard deviations."""


class Interval(NamedTuple):
    """A value with its 95 % interval.

    >>> print(Interval.of(41.25, 0.5))
    41.2 [40.3, 42.2]
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, deviation: float) -> Interval:
        """Return the interval of a normal *value* with its standard *deviation*."""
        return cls(value, value - Z95 * deviation, value + Z95 * deviation)

    @property
    def width(self) -> float:
        """Return how wide it is."""
        return self.high - self.low

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


class Reported(NamedTuple):
    """The newest usable reading of one signal, untouched."""

    value: float | str | None
    time: float
    """Of the reading [s, UTC]."""
    age: float
    """[s]"""
    freshness: Freshness
    quality: Quality = Quality.GOOD
    """SUSPECT: it is shown, and compared with nothing."""


class Believed(NamedTuple):
    """What a filter or a model holds true of one machine."""

    temperatures: Mapping[str, Interval]
    """Node -> [degC]."""
    ambient: Interval
    """[degC]"""
    friction: Interval
    """Over its law [-]: 1 is as the plant says."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """One machine at one instant, as its twin sees it."""

    machine: str
    time: float
    """[s, UTC]"""
    reported: Mapping[str, Reported]
    estimated: Believed | None
    """By filter, from everything reported; None before the first temperature."""
    simulated: Believed | None
    """By the model under the reported loads, never corrected since it began."""
    status: Verdict
    counts: Mapping[str, int]
    """Readings used, thinned, gated, suspect, bad, not followed."""
    windows: Mapping[str, tuple[int, int, float | None]]
    """Sensor -> NIS windows, those in the band, mean square of the last."""

    def __str__(self) -> str:
        """Return the view as lines: node by node reported, estimated, simulated."""
        lines = [f"{self.machine}  {self.status}"]
        lines += [
            f"  reported  {signal} {r.value if isinstance(r.value, str) else f'{r.value:.4g}'}"
            f"  {r.freshness}, {r.age:.0f} s old"
            f"{'' if r.quality is Quality.GOOD else f', {r.quality}'}"
            for signal, r in sorted(self.reported.items())
        ]
        if self.estimated is not None and self.simulated is not None:
            simulated = self.simulated.temperatures
            lines += [
                f"  {node:<8}  estimated {t} degC, simulated {simulated[node]} degC"
                for node, t in self.estimated.temperatures.items()
            ]
            lines.append(f"  ambient   estimated {self.estimated.ambient} degC")
            f = self.estimated.friction
            lines.append(f"  friction  {f.value:.2f} [{f.low:.2f}, {f.high:.2f}] of its law")
        return "\n".join(lines)


class Explained(NamedTuple):
    """An alarm and what would best explain it."""

    alarm: Alarm
    cause: Cause

    def __str__(self) -> str:
        """Return the alarm as a sentence."""
        return f"{self.alarm.device} {self.alarm.kind}: {self.alarm.reason}; {self.cause}"


def believed(system: ThermalSystem, belief: Belief) -> Believed:
    """Return *belief* about the state of *system* by the names of its components."""
    n = len(system.nodes)
    values = [Interval.of(float(belief.mean[i]), belief.deviation(i)) for i in range(n + 2)]
    ambient = Interval(*(end + system.ambient for end in values[n]))
    friction = Interval(*(end + 1.0 for end in values[n + 1]))
    return Believed(dict(zip(system.nodes, values[:n], strict=True)), ambient, friction)


class Row(NamedTuple):
    """One temperature reading beside estimate and model, as a replay shows it."""

    time: float
    """[s, UTC]"""
    signal: str
    node: str
    reported: float
    predicted: Interval
    """Before the reading was used."""
    estimated: Interval
    """After."""
    simulated: float
    status: Verdict
    """How far the twin was to be trusted then."""


def row_of(follower: Follower, track: Track, signal: str) -> Row | None:
    """Return the newest innovation of *track* as a row; None where it is of the hall."""
    found, n = track.innovation, len(follower.system.nodes)
    if found is None or found.place >= n or track.belief is None or track.alone is None:
        return None
    place = found.place
    return Row(
        track.used.get(signal, track.time),
        signal,
        follower.system.nodes[place],
        found.measured,
        Interval.of(found.predicted, found.variance**0.5),
        Interval.of(float(track.belief.mean[place]), track.belief.deviation(place)),
        float(track.alone.mean[place]),
        verdict(follower, track, track.time),
    )
