"""This module holds the attribution: which change would best explain what the charts saw.

Each cause is a model of its own; from the onset on, the same readings are followed under each,
and the likelihood of the innovations decides (Bar-Shalom et al. 2001, 11.6: static multiple
models). Innovations that are not white tell as much as fewer that are, and so they count. A
sensor that drifts or shifts adds to the innovations in proportion, so its size is regressed on
them (Willsky & Jones 1976, IEEE TAC 21:108). A cause is named only if it is clearly better than
the next and than none.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import structs

from simtwin.live.cause import (
    AMBIENT,
    COOLANT,
    COOLED,
    DRIFTING,
    FRICTION,
    NOISE,
    NONE,
    SHIFTED,
    Cause,
)
from simtwin.live.condition import SIGNALS
from simtwin.live.drift import nis_band
from simtwin.live.holdout import correlated
from simtwin.live.kalman import GATE, corrected, widened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simtwin.live.assumption import Assumption
    from simtwin.live.envelope import Observation
    from simtwin.live.follow import Follower
    from simtwin.live.kalman import Innovation
    from simtwin.live.track import Alarm, Track

BEFORE = (1800.0, 900.0, 420.0, 180.0, 60.0, 0.0)
"""How far before an alarm's own beginning a change is tried to have begun [s]."""
CLEAR = 3.0
"""Log likelihood by which the best cause must lead: odds of 20 to 1. Counted as if all told
something of their own, a sensor that steps by 1 K named halls 14 K warmer that were none, and
the hour ahead missed by .75 K for .70 K (NIST)."""
JUMPS = {FRICTION: 0.3, AMBIENT: 5.0}
"""Deviation of a sudden change: of the friction [-], of the ambient [K]."""
BIASES = {DRIFTING: 2.0 / 3600.0, SHIFTED: 10.0}
"""Deviation of what may be wrong with a sensor: its drift [K/s], its shift [K]."""
BOUNDS = {FRICTION: (-0.7, 3.0), AMBIENT: (-15.0, 15.0)}
"""What can be: friction off its law [-], a third to four times; a hall off its plant's [K]."""
SOUND = 0.999998
"""A cause is assumed only if readings under it lie in the band of this share."""
FAR = 100.0
"""A normalised square above is a spike to every hypothesis: not used, and counted as this.
Two on end are none."""

Compared = list[tuple[str, "Innovation"]]


class _Fit(NamedTuple):
    cause: Cause
    track: Track


def fitted(follower: Follower, track: Track, alarm: Alarm) -> _Fit:
    """Return what explains *alarm* best, and what is known at the end under that.

    Readings are those of the past of *track*.
    """
    begin, rows = track.past.begin, track.past.all
    assert begin is not None, "an alarm has a past"
    since = min(alarm.since, alarm.time)
    tried = {max(since - before, begin.time) for before in BEFORE}
    onsets = sorted({*tried, max(0.5 * (since + alarm.time), begin.time)})
    likelihoods, best = {NONE: 0.0}, dict[str, _Trial]()
    for trial in _trials(follower, begin, rows, onsets):
        if trial.gain > likelihoods.get(trial.name, -math.inf):
            likelihoods[trial.name], best[trial.name] = trial.gain, trial
    first, second = sorted(likelihoods, key=likelihoods.__getitem__)[:-3:-1]
    lead = likelihoods[first] - likelihoods[second]
    unclear = _Fit(Cause("", lead, likelihoods), track)
    if lead < CLEAR or first == NONE:
        return unclear._replace(
            cause=replace(unclear.cause, name=NONE if lead >= CLEAR else "")
        )
    if first == DRIFTING and len(_temperatures(follower, rows)) < 2:
        return unclear._replace(cause=replace(unclear.cause, alone=True))
    chosen = best[first]
    cause = Cause(first, lead, likelihoods, chosen.size, chosen.since, chosen.signal)
    ends, seen = chosen.followed(cause)
    assert ends.belief is not None
    cause = replace(cause, lead=lead * independent(seen))
    unclear = unclear._replace(cause=replace(unclear.cause, lead=cause.lead))
    if cause.lead < CLEAR:
        return unclear
    if not _fits(seen):
        return _refused(unclear, f"{first} comes nearest, but readings under it are still off")
    n = len(follower.system.nodes)
    slot = {FRICTION: n + 1, AMBIENT: n}.get(first)
    if slot is not None:
        size = float(ends.belief.mean[slot])
        low, high = BOUNDS[first]
        if not low <= size <= high:
            return _refused(unclear, f"{first} comes nearest, but by more than can be")
        cause = replace(cause, size=size)
    return _Fit(cause, ends)


def _refused(unclear: _Fit, why: str) -> _Fit:
    return unclear._replace(cause=replace(unclear.cause, refused=why))


def _fits(seen: Compared) -> bool:
    """Return whether the later half of *seen* is as a right model has it, spikes aside.

    The best of some wrong causes is wrong too, and must not be assumed.
    """
    last = sorted(found.square for _, found in seen[len(seen) // 2 :])
    kept = last[: len(last) - len(last) // 20]
    return bool(kept) and sum(kept) / len(kept) < nis_band(len(kept), SOUND)[1]


def independent(seen: Compared) -> float:
    """Return the share of *seen* that tells something of its own: 1 where it is white.

    Readings in steps of a kelvin, say, repeat each other, and so does their evidence.
    Every sensor has a series of its own; what is beyond the gate counts as at the gate.

    >>> from simtwin.live.kalman import Innovation
    >>> told = [("t", Innovation(0, z, 0.0, 1.0, 0.1)) for z in (1.0, 1.0, -1.0, -1.0)]
    >>> round(independent(told), 3)  # 1/(1 + 2/4)
    0.667
    """
    series: dict[str, list[float]] = {}
    for signal, found in seen:
        z = min(max(found.normalised, -math.sqrt(GATE)), math.sqrt(GATE))
        series.setdefault(signal, []).append(z)
    own = sum(len(one) / correlated(np.array(one)) for one in series.values())
    return own / max(1, len(seen))


class _Trial(NamedTuple):
    """One cause from one onset on: how much better it is than none, and its course."""

    name: str
    gain: float
    since: float
    followed: Callable[[Cause], tuple[Track, Compared]]
    size: float | None = None
    signal: str = ""


def _trials(
    follower: Follower, begin: Track, rows: Sequence[Observation], onsets: Sequence[float]
) -> list[_Trial]:
    """Return every cause from every one of *onsets* [s, UTC] on."""
    plain: Compared = []
    befores: list[tuple[Track, int, int]] = []
    track, k = begin, 0
    for onset in onsets:
        while k < len(rows) and rows[k].t_event <= onset:
            track, k = _after(follower, track, rows[k], plain), k + 1
        befores.append((track, k, len(plain)))
    for row in rows[k:]:
        track = _after(follower, track, row, plain)
    found = []
    temperatures = _temperatures(follower, rows)
    for onset, (before, first, count) in zip(onsets, befores, strict=True):
        rest, none = rows[first:], plain[count:]
        for name, changed in _changes(follower, before, onset):
            seen: Compared = []
            end = changed
            for row in rest:
                end = _after(follower, end, row, seen)
            gain = _likelihood(seen) - _likelihood(none)
            found.append(_Trial(name, gain, onset, partial(_ended, (end, seen))))
        found += [
            _biased(follower, before, rest, none, name, signal, onset)
            for signal in temperatures
            for name in BIASES
        ]
        found += [_noisy(follower, before, rest, none, s, onset) for s in temperatures]
    return found


def _temperatures(follower: Follower, rows: Sequence[Observation]) -> list[str]:
    """Return the signals among *rows* that measure a node of the machine."""
    signals = sorted({row.signal for row in rows if row.signal not in SIGNALS})
    return [s for s in signals if follower.places[s] < len(follower.system.nodes)]


def _ended(followed: tuple[Track, Compared], _: Cause) -> tuple[Track, Compared]:
    return followed


def _changes(follower: Follower, track: Track, onset: float) -> list[tuple[str, Track]]:
    """Return *track* at *onset* with each change of the machine that may have happened then."""
    track = follower.coasted(track, max(onset, track.time))
    assert track.belief is not None
    n = len(follower.system.nodes)
    found = []
    for name, slot in ((FRICTION, n + 1), (AMBIENT, n)):
        deviations = np.zeros(n + 2)
        deviations[slot] = JUMPS[name]
        found.append((name, structs.replace(track, belief=widened(track.belief, deviations))))
    if track.condition.coolant:
        name = COOLANT if track.assumption.cooled else COOLED
        found.append((name, _assuming(track, track.assumption.under(Cause(name, 0.0, {})))))
    return found


def _biased(
    follower: Follower,
    before: Track,
    rows: Sequence[Observation],
    none: Compared,
    name: str,
    signal: str,
    onset: float,
) -> _Trial:
    """Return the trial that *signal* is biased from *onset* on, its size regressed.

    The filter is linear: with one deviation of drift taken off readings, innovations move by
    what one deviation does to them.
    """
    unit = BIASES[name]

    def followed(size: float) -> tuple[Track, Compared]:
        cause = Cause(name, 0.0, {}, size=size, since=onset, signal=signal)
        return _run(follower, before, rows, before.assumption.under(cause))

    moved = followed(unit)[1]
    pairs = [(one, other) for (_, one), (_, other) in zip(none, moved, strict=True)]
    if name == SHIFTED:  # The first readings after it show all of it.
        first = [one.difference for told, one in none if told == signal][:3]
        size = median(first) if first else 0.0
        power = 1.0 + unit * unit / pairs[0][0].noise if pairs else 1.0
        gain = _likelihood(followed(size)[1]) - _likelihood(none)
        gain -= 0.5 * (size / unit) ** 2 + 0.5 * math.log(power)
    else:
        usable = [pair for pair in pairs if max(one.square for one in pair) < FAR]
        slopes = [(one.difference - other.difference, one) for one, other in usable]
        told = sum(slope * one.difference / one.variance for slope, one in slopes)
        power = 1.0 + sum(slope * slope / one.variance for slope, one in slopes)
        size = unit * told / power
        gain = 0.5 * told * told / power - 0.5 * math.log(power)
    return _Trial(name, gain, onset, lambda cause: followed(cause.size or 0.0), size, signal)


def _noisy(
    follower: Follower,
    before: Track,
    rows: Sequence[Observation],
    none: Compared,
    signal: str,
    onset: float,
) -> _Trial:
    """Return the trial that *signal* has more noise from *onset* on, of the likeliest size."""
    squares = [found.square for told, found in none if told == signal and found.square < FAR]
    count, grown = len(squares), max(1.0, sum(squares) / max(1, len(squares)))

    def followed(cause: Cause) -> tuple[Track, Compared]:
        return _run(follower, before, rows, before.assumption.under(cause))

    gain = 0.5 * (sum(squares) * (1.0 - 1.0 / grown) - count * math.log(grown))
    gain -= 0.5 * math.log(1.0 + count)
    return _Trial(NOISE, gain, onset, followed, math.sqrt(grown) - 1.0, signal)


def _run(
    follower: Follower, track: Track, rows: Sequence[Observation], assumption: Assumption
) -> tuple[Track, Compared]:
    """Return the track after *rows* under *assumption*, and the innovations on the way."""
    seen: Compared = []
    track = _assuming(track, assumption)
    for row in rows:
        track = _after(follower, track, row, seen)
    return track, seen


def _assuming(track: Track, assumption: Assumption) -> Track:
    return structs.replace(track, assumption=assumption)


def _after(follower: Follower, track: Track, row: Observation, seen: Compared) -> Track:
    """Return *track* after *row*, which corrects it however far off; no charts, no gate."""
    track = follower.coasted(track, row.t_event)
    if row.signal in SIGNALS:
        return follower.conditioned(track, row) or track
    assert track.belief is not None
    found = follower.compared(track, row.signal, float(row.value), row.t_event)  # type: ignore[arg-type]
    seen.append((row.signal, found))
    return (
        track
        if found.square > FAR
        else structs.replace(track, belief=corrected(track.belief, found))
    )


def _likelihood(seen: Compared) -> float:
    """Return the log likelihood of *seen*; a spike counts as one at `FAR`."""
    return sum(found.log_likelihood + 0.5 * max(0.0, found.square - FAR) for _, found in seen)
