"""This module holds the trust in one machine's twin: its status and why, gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.live.catalogue import Freshness
from simtwin.live.condition import SIGNALS
from simtwin.live.drift import LIMIT, Status, Verdict, nis_band
from simtwin.live.follow import FEWEST
from simtwin.live.track import SETTLED

if TYPE_CHECKING:
    from simtwin.live.drift import Chart
    from simtwin.live.follow import Follower
    from simtwin.live.track import Track


def verdict(follower: Follower, track: Track, now: float) -> Verdict:
    """Return how far *track*, the newest of *follower*, may be trusted at *now* [s, UTC]."""
    if track.belief is None:
        return Verdict(Status.UNCALIBRATED, "no temperature was reported yet")
    if not track.told:
        names = ", ".join(sorted(SIGNALS))
        return Verdict(Status.UNCALIBRATED, f"no load was reported yet ({names})")
    stale = _too_old(follower, track, now)
    if stale is not None:
        return Verdict(Status.STALE, stale)
    if track.quiet < SETTLED and track.alarms:
        status = Status.DIVERGED if track.lost else Status.DRIFTING
        return Verdict(status, track.alarms[-1].reason)
    used = track.counts.get("used", 0)
    if used < FEWEST:
        return Verdict(Status.UNCALIBRATED, f"{used} readings used, {FEWEST} are needed")
    charts = sorted(track.charts.items())
    return Verdict(Status.IN_SYNC, "; ".join(f"{s}: {_told(chart)}" for s, chart in charts))


def _too_old(follower: Follower, track: Track, now: float) -> str | None:
    """Return that the newest temperature is too old, None while it is fresh."""
    n = len(follower.system.nodes)
    known = [s for s, place in follower.places.items() if place < n and s in track.seen]
    ages = {signal: now - track.seen[signal][0] for signal in known}
    signal = min(ages, key=ages.__getitem__)
    freshness = follower.settings.freshness(signal, ages[signal])
    if freshness is Freshness.FRESH:
        return None
    return f"the newest temperature ({signal}) is {ages[signal]:.0f} s old: {freshness}"


def _told(chart: Chart) -> str:
    """Return the charts of one sensor in words."""
    cusum = f"CUSUM {max(chart.up, chart.down):.1f} of {LIMIT:g}"
    if chart.last is None:
        return cusum
    low, high = nis_band()
    inside = "in" if low <= chart.last <= high else "outside"
    return f"NIS {chart.last:.2f} {inside} {low:.2f} .. {high:.2f}, {cusum}"
