"""This module holds the trust in one machine's twin: its status and why, gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.live.catalogue import Freshness
from simtwin.live.condition import SIGNALS
from simtwin.live.drift import LIMIT, MANY, Status, Verdict, nis_band
from simtwin.live.follow import FEWEST
from simtwin.live.instants import utc_text
from simtwin.live.track import SETTLED

if TYPE_CHECKING:
    from simtwin.live.drift import Chart
    from simtwin.live.follow import Follower
    from simtwin.live.track import Alarm, Track

TRUSTED = frozenset({Status.IN_SYNC, Status.STALE})
"""With these a machine's own view of the hall counts."""


def verdict(follower: Follower, track: Track, now: float) -> Verdict:
    """Return how far *track*, the newest of *follower*, may be trusted at *now* [s, UTC]."""
    if track.belief is None:
        return Verdict(Status.UNCALIBRATED, _untold(track))
    if not track.told:
        names = ", ".join(sorted(SIGNALS))
        return Verdict(Status.UNCALIBRATED, f"no load was reported yet ({names})")
    stale = _too_old(follower, track, now)
    if stale is not None:
        return Verdict(Status.STALE, stale)
    if track.quiet < SETTLED and track.trouble is not None:
        return _troubled(track, track.trouble)
    used = track.counts.get("used", 0)
    if used < FEWEST:
        return Verdict(Status.UNCALIBRATED, f"{used} readings used, {FEWEST} are needed")
    charts = sorted(track.charts.items())
    for signal, chart in charts:
        if (noise := _misjudged(chart)) is not None:
            return Verdict(Status.UNCALIBRATED, f"{signal}: {noise}")
    told = [f"{s}: {_told(chart)}" for s, chart in charts]
    return Verdict(Status.IN_SYNC, "; ".join([*_assumed(track), *told]))


def _troubled(track: Track, trouble: Alarm) -> Verdict:
    """Return the status while an alarm is not over, and why it is that."""
    if track.lost:
        return Verdict(Status.DIVERGED, trouble.reason)
    reason = trouble.reason
    cause = track.alarms[-1].cause
    if cause is not None and cause in track.assumption.causes:
        reason = f"followed anew since it was named that {cause}"
    elif trouble.kind == "diverged":
        reason = f"lost at {utc_text(trouble.time)[:19]}Z ({reason}), and followed anew since"
    left = SETTLED - track.quiet
    return Verdict(Status.DRIFTING, f"{reason}; over after {left} readings without another")


def _misjudged(chart: Chart) -> str | None:
    """Return that the noise is not what it is taken for, None where windows speak for it."""
    (below, above), of = chart.beyond, f"of the last {len(chart.recent)} NIS windows lie"
    mean = sum(chart.recent) / max(1, len(chart.recent))
    told = f"the deviation of innovations is {mean**0.5:.2f} times what it is taken for"
    if above >= MANY:
        return f"{above} {of} above the band: noise of sensor or model is underrated; {told}"
    if below >= MANY:
        return f"{below} {of} below the band: noise of sensor or model is overrated; {told}"
    return None


def _assumed(track: Track) -> list[str]:
    """Return in words what is taken as so since it was named."""
    return [
        f"{cause}, since {utc_text(cause.since)[:19]}Z, and is followed so"
        for cause in track.assumption.causes
    ]


def _too_old(follower: Follower, track: Track, now: float) -> str | None:
    """Return that the newest temperature is too old, None while it is fresh.

    One that is doubted is compared with nothing, so it makes nothing fresh.
    """
    n = len(follower.system.nodes)
    known = [s for s, place in follower.places.items() if place < n and s in track.good]
    ages = {signal: now - track.good[signal] for signal in known}
    signal = min(ages, key=ages.__getitem__)
    freshness = follower.settings.freshness(signal, ages[signal])
    if freshness is Freshness.FRESH:
        return None
    old = f"({signal}) is {ages[signal]:.0f} s old: {freshness}"
    if all(track.seen[one].time <= track.good[signal] for one in known):
        return f"the newest temperature {old}"
    return f"the newest temperature that is not doubted {old}; {_doubted(track)}"


def _untold(track: Track) -> str:
    """Return why no temperature is believed yet."""
    if track.counts.get("suspect", 0) == 0:
        return "no temperature was reported yet"
    return f"no temperature could be used yet; {_doubted(track)}"


def _doubted(track: Track) -> str:
    """Return how many temperatures are doubted."""
    count = track.counts.get("suspect", 0)
    told = "1 reading was" if count == 1 else f"{count} readings were"
    return f"{told} SUSPECT so far, which are shown and not used"


def _told(chart: Chart) -> str:
    """Return the charts of one sensor in words."""
    cusum = f"CUSUM {max(chart.up, chart.down):.1f} of {LIMIT:g}"
    if chart.last is None:
        return cusum
    low, high = nis_band()
    inside = "in" if low <= chart.last <= high else "outside"
    return f"NIS {chart.last:.2f} {inside} {low:.2f} .. {high:.2f}, {cusum}"
