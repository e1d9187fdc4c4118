"""This module holds the attribution: which change would best explain what the charts saw.

Each cause is a model of its own; from the onset on, the same readings are followed under each,
and the likelihood of the innovations decides (Bar-Shalom et al. 2001, 11.6: static multiple
models). A cause is named only if it is clearly better than the next and than none.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from simtwin.live.envelope import Quality
from simtwin.live.follow import EPISODE, Follower
from simtwin.live.kalman import widened
from simtwin.live.settings import Settings
from simtwin.live.track import Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simtwin.live.envelope import Observation
    from simtwin.live.kalman import Innovation
    from simtwin.live.parameters import Parameters
    from simtwin.live.track import Alarm
    from simtwin.plant.model import PlantModel

BEFORE = 1800.0
"""How far before the onset of an alarm its cause is looked for [s]."""
AFTER = (900.0, 3600.0)
"""How far after an alarm readings tell its cause [s]; the later only if the earlier do not: by
then, something else may have changed."""
ONSETS = 6
"""Instants at which a change is tried to have begun, each half as long before the alarm as the
one before: a quick alarm means a change just now."""
CLEAR = 3.0
"""Log likelihood by which the best cause must lead: odds of 20 to 1."""
FRICTION_JUMP = 0.3
"""Deviation of a sudden change of the friction [-]."""
AMBIENT_JUMP = 5.0
"""Deviation of a sudden change of the ambient [K]."""
SENSOR_DRIFT = 6.0 / 3600.0
"""Deviation of how fast a sensor that drifts does so [K/s]."""
UNIT_DRIFT = 1.0 / 3600.0
"""Of the pass that says how innovations move with a drift [K/s]."""
NONE = "none"
CAUSES = ("friction", "coolant", "ambient", "sensor")
WORDS = {
    "friction": "the friction of the bearings has changed",
    "coolant": "the spindle is no longer cooled",
    "ambient": "the temperature of the hall has changed",
    "sensor": "the sensor drifts, not the machine",
    NONE: "no change is needed to explain the readings",
}


_UNITS = {
    "friction": lambda size: f"{100 * size:+.0f} %",
    "ambient": lambda size: f"{size:+.1f} K",
    "sensor": lambda size: f"{size:+.1f} K/h",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What may have changed, and by how much the readings favour it."""

    name: str
    """"friction", "coolant", "ambient", "sensor", "none"; "" where it is not clear."""
    lead: float
    """Log likelihood ahead of the next best."""
    likelihoods: dict[str, float]
    """Cause -> log likelihood ahead of no change at all."""
    size: float | None = None
    """Of the change: of the friction [-], of the ambient [K], of the sensor [K/h]."""
    since: float = 0.0
    """When it best fits to have begun [s, UTC]."""

    alone: bool = False
    """Whether a sensor that drifts explains it best, and is the only one: a hall that warms up
    slowly looks the same to it."""

    def __str__(self) -> str:
        if self.alone:
            return (
                "the sensor drifts or the hall changes slowly; one sensor cannot tell them "
                "apart, a second one can"
            )
        if not self.name:
            best, other = sorted(self.likelihoods, key=self.likelihoods.__getitem__)[:-3:-1]
            return f"not clear yet between {best} and {other} (lead {self.lead:.1f})"
        size = ""
        if self.size is not None:
            size = f" by {_UNITS[self.name](self.size)}"
        return f"{WORDS[self.name]}{size} (log odds {self.lead:.1f})"


@dataclass(frozen=True, slots=True)
class _Fit:
    likelihood: float
    track: Track
    since: float
    found: tuple[Innovation, ...] = ()
    """The innovations, in order."""
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The readings about an alarm: where they begin, and where they end in time."""

    begin: float
    """Readings after this tell of the change [s, UTC]."""
    ends: tuple[float, ...]
    """The later only if those before do not tell it clearly."""


def window_of(alarm: Alarm, alarms: Sequence[Alarm], first: float) -> Window:
    """Return where to look for the cause of *alarm*, one of *alarms* since *first* [s, UTC].

    Not what happened before the episode: that was another change, and is in the state by now.
    """
    earlier = [a.time for a in alarms if a.time < alarm.time - EPISODE]
    since = max(alarm.since, alarm.time - AFTER[-1]) - BEFORE
    since = max(since, *earlier[-1:], first)
    return Window(since, tuple(alarm.time + after for after in AFTER))


def cause_of(
    alarm: Alarm, window: Window, rows: Sequence[Observation], follower: Follower, begin: Track
) -> Cause:
    """Return what explains *alarm* of *follower* best; *rows* follow on *begin*, in order."""
    length = alarm.time - window.begin
    when = attrgetter("t_event")
    rows = _telling(rows, follower, begin)
    cause: Cause | None = None
    for end in window.ends:
        cause = attribute(
            follower.plant,
            follower.machine.name,
            rows[: bisect_right(rows, end, key=when)],
            begin=begin,
            onsets=[alarm.time - length * 0.5**k for k in range(ONSETS)],
            parameters=follower.parameters,
            settings=follower.settings,
        )
        if cause.name:
            break
    assert cause is not None, "there is at least one horizon"
    return cause


def _telling(
    rows: Sequence[Observation], follower: Follower, begin: Track
) -> Sequence[Observation]:
    """Return *rows* without those that a follower would thin or not use: the fits are many."""
    if begin.belief is None:
        return rows
    found, used = [], dict(begin.used)
    for row in rows:
        if row.signal in follower.places:
            if row.quality is not Quality.GOOD or not isinstance(row.value, float):
                continue
            if row.t_event - used.get(row.signal, -np.inf) < follower.settings.thin:
                continue
            used[row.signal] = row.t_event
        found.append(row)
    return found


def attribute(
    plant: PlantModel,
    machine: str,
    observations: Sequence[Observation],
    *,
    begin: Track,
    onsets: Iterable[float],
    parameters: Parameters,
    settings: Settings,
) -> Cause:
    """Return the cause that explains *observations* best, which follow on *begin* in order.

    *onsets* [s] are the instants at which a change may have begun; each cause has its best.
    """
    free = replace(settings, gate=False)
    whole = Follower(plant, machine, parameters=parameters, settings=free)
    dry = Follower(plant, machine, parameters=parameters, settings=free, coolant=False)
    begin = replace(begin, alone=None)  # What a model alone would say is of no use here.
    onsets = list(onsets)
    none = _followed(whole, whole, begin, observations, np.inf, None)
    n = len(whole.system.nodes)
    jumps: dict[str, np.ndarray | None] = {
        "friction": _jump(n, n + 1, FRICTION_JUMP),
        "coolant": None,
        "ambient": _jump(n, n, AMBIENT_JUMP),
    }
    fits = {NONE: none}
    for cause, jump in jumps.items():
        after = dry if cause == "coolant" else whole
        tried = [_followed(whole, after, begin, observations, at, jump) for at in onsets]
        fits[cause] = max(tried, key=lambda fit: fit.likelihood, default=none)
    fits["sensor"] = max(
        (_drifted(whole, begin, observations, at, none) for at in onsets),
        key=lambda fit: fit.likelihood,
        default=none,
    )
    likelihoods = {cause: fit.likelihood - none.likelihood for cause, fit in fits.items()}
    best, second = sorted(likelihoods, key=likelihoods.__getitem__)[:-3:-1]
    lead = likelihoods[best] - likelihoods[second]
    size = fits[best].size if best == "sensor" else _size(best, fits[best].track, n)
    heard = {o.signal for o in observations if whole.places.get(o.signal, n) < n}
    alone = best == "sensor" and len(heard) < 2
    name = best if lead >= CLEAR and not alone else ""
    return Cause(name, lead, likelihoods, size, fits[best].since, alone)


def _jump(n: int, slot: int, deviation: float) -> np.ndarray:
    deviations = np.zeros(n + 2)
    deviations[slot] = deviation
    return deviations


def _followed(
    before: Follower,
    after: Follower,
    track: Track,
    observations: Sequence[Observation],
    onset: float,
    jump: np.ndarray | None,
) -> _Fit:
    """Return how well the readings fit where *after* holds from *onset* on."""
    likelihood, changed, last = 0.0, False, track.innovation
    told: list[Innovation] = []
    for observation in observations:
        if not changed and observation.t_event > onset:
            changed = True
            track = before.coasted(track, onset)
            if jump is not None and track.belief is not None:
                track = replace(track, belief=widened(track.belief, jump))
        track = (after if changed else before).after(track, observation)
        found = track.innovation
        if found is not None and found is not last:
            likelihood += found.log_likelihood
            last = found
            told.append(found)
    return _Fit(likelihood, track, onset, tuple(told))


def _drifted(
    follower: Follower,
    track: Track,
    observations: Sequence[Observation],
    onset: float,
    none: _Fit,
) -> _Fit:
    """Return how well the readings fit where a sensor drifts from *onset* on, at any pace.

    A filter is linear in what it reads, so innovations are ``nu + g r`` at a pace r: one more
    pass at a pace of one gives g, and the likelihood over all r ~ N(0, SENSOR_DRIFT) is closed.
    """
    best = none
    n = len(follower.system.nodes)
    for signal, place in follower.places.items():
        if place >= n:
            continue
        bent = [
            replace(o, value=o.value - UNIT_DRIFT * (o.t_event - onset))
            if o.signal == signal and o.t_event > onset and isinstance(o.value, float)
            else o
            for o in observations
        ]
        other = _followed(follower, follower, track, bent, np.inf, None)
        pairs = list(zip(none.found, other.found, strict=True))
        if not pairs:
            continue
        moved = [(a.difference - b.difference) / UNIT_DRIFT for a, b in pairs]
        power = sum(g * g / a.variance for g, (a, _) in zip(moved, pairs, strict=True))
        told = sum(
            g * a.difference / a.variance for g, (a, _) in zip(moved, pairs, strict=True)
        )
        precision = power + 1.0 / SENSOR_DRIFT**2
        gain = 0.5 * told * told / precision
        gain -= 0.5 * math.log(1.0 + SENSOR_DRIFT**2 * power)
        if none.likelihood + gain > best.likelihood:
            pace = told / precision
            best = _Fit(none.likelihood + gain, none.track, onset, (), 3600.0 * pace)
    return best


def _size(cause: str, track: Track, n: int) -> float | None:
    slot = {"friction": n + 1, "ambient": n}.get(cause)
    if slot is None or track.belief is None:
        return None
    return float(track.belief.mean[slot])
