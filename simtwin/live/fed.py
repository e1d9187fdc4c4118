"""This module holds what feeds a fit: readings that the filter uses, in a machine that works.

A gap, gated data or a stopped machine never feed a fit (TELEMETRY 6); nor does what came while
a failed coolant or a sensor that is off was named, for no parameter of the plant means that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from simtwin.live.condition import SIGNALS, TURNING
from simtwin.live.envelope import Quality

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simtwin.live.envelope import Observation
    from simtwin.live.follow import Follower
    from simtwin.live.track import Track

GAP = 600.0
"""Without any reading for so long, what the machine did is not known [s]."""
STOPPED = 3600.0
"""A spindle that stands for longer belongs to a machine that may be off, its cooler too [s]."""
SETTLING = 1800.0
"""So long after either the state is not known well enough to go on from [s]."""


class Fed(NamedTuple):
    """What a fit may use."""

    rows: list[Observation]
    """Conditions, and the temperatures that are fed, in order."""
    begun: dict[float, tuple[float, ...]]
    """Where a course begins anew [s, UTC], and the node temperatures there [degC]."""
    left: int
    """Temperatures that are left out."""


def fed(
    follower: Follower,
    observations: Sequence[Observation],
    nodes: Collection[str],
    start: Track,
) -> Fed:
    """Return what of *observations*, which follow on *start*, feeds a fit.

    *nodes* are the sensors of node temperatures. *follower* says what is gated.
    """
    rows: list[Observation] = []
    begun: dict[float, tuple[float, ...]] = {}
    track, left, n = start, 0, len(follower.system.nodes)
    turned = last = -math.inf if not observations else observations[0].t_event
    settled, broken = -math.inf, False
    for one in observations:
        time, before = one.t_event, track
        if time - last > GAP:
            settled, broken = time + SETTLING, True
        track, last = follower.after(track, one), time
        if _more(before, track, "begun anew"):  # What it began with was a spike.
            left += sum(row.signal in nodes for row in rows)
            rows = [row for row in rows if row.signal not in nodes]
        if track.condition.speed >= TURNING:
            if time - turned > STOPPED:
                settled, broken = time + SETTLING, True
            turned = time
        if one.signal not in nodes:
            rows += [one] if one.signal in SIGNALS and one.usable else []
            continue
        sound = _is_number(one) and not _more(before, track, "gated")
        plain = track.assumption.cooled and not track.assumption.biases
        broken = broken or not plain
        if not (sound and plain and time >= settled and time - turned <= STOPPED):
            left += 1
            continue
        if broken and track.belief is not None:
            begun[time], broken = tuple(track.belief.mean[:n].tolist()), False
        rows.append(one)
    return Fed(rows, begun, left)


def _more(before: Track, after: Track, what: str) -> bool:
    return after.counts.get(what, 0) > before.counts.get(what, 0)


def _is_number(one: Observation) -> bool:
    return one.quality is Quality.GOOD and isinstance(one.value, (int, float))
