"""This module holds what feeds a fit: readings that the filter uses, in a machine that works.

A gap, gated data or a stopped machine never feed a fit (TELEMETRY 6); nor does what came since
a failed coolant or a sensor that is off, for no parameter of the plant means that. What is left
out is left out as a reading: the course goes on through it, unless what the machine did then
is not known. Where that is so, it begins anew with what the filter knows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from simtwin.live.cause import COOLANT, DRIFTING, SHIFTED
from simtwin.live.condition import SIGNALS, TURNING
from simtwin.live.envelope import Quality
from simtwin.live.follow import ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simtwin.live.cause import Cause
    from simtwin.live.envelope import Observation
    from simtwin.live.follow import Follower
    from simtwin.live.track import Track

GAP = 600.0
"""Without any reading for so long, what the machine did is not known [s]."""
STOPPED = 3600.0
"""A spindle that stands for longer belongs to a machine that may be off, its cooler too [s]."""
KNOWN = 0.2
"""A course begins anew where the filter knows every node to within this deviation [K], as well
as a thermistor would tell it: half an hour to an hour after a gap of hours."""


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
    feeding = _Feeding(follower, nodes, start)
    for one in observations:
        feeding.take(one)
    read = [row for row in feeding.rows if row.signal in nodes]
    count = sum(one.signal in nodes for one in observations)
    return Fed(feeding.rows, feeding.begun, count - len(read))


class _Feeding:
    """The choosing of rows, one observation after the other."""

    def __init__(self, follower: Follower, nodes: Collection[str], start: Track) -> None:
        self.follower, self.nodes, self.track = follower, frozenset(nodes), start
        self.rows: list[Observation] = []
        self.begun: dict[float, tuple[float, ...]] = {}
        self._last = self._turned = math.inf
        self._off: set[str] = set()
        """Sensors that were found to be off."""
        self._broken = False
        """Whether the course cannot go on."""
        self._began = -math.inf
        """When the filter did."""
        self._sure = self._ever = start.taken >= ROW
        """Whether others have confirmed the reading that it began with, and ever did any."""
        self._carried: Track | None = None
        """A stopped machine as the model has it, if it is on."""

    def take(self, one: Observation) -> None:
        """Feed *one*, or leave it out."""
        time, before = one.t_event, self.track
        self._broken = self._broken or time - self._last > GAP
        self._turned = min(self._turned, time)
        self.track, self._last = self.follower.after(before, one), time
        self._found(_decided(before, self.track))
        if _more(before, self.track, "begun anew"):
            self._lost(time)
        self._sure = self._sure or self.track.taken >= ROW
        self._ever = self._ever or self._sure
        self._stood(before, one)
        if one.signal not in self.nodes:
            self.rows += [one] if one.signal in SIGNALS and one.usable else []
        elif self._feeds(before, one):
            self.rows.append(one)

    def _feeds(self, before: Track, one: Observation) -> bool:
        """Return whether the temperature *one* does; the course may begin anew with it."""
        track, time = self.track, one.t_event
        sound = one.quality is Quality.GOOD and isinstance(one.value, (int, float))
        self._broken = self._broken or not track.assumption.cooled
        if (
            not sound
            or _more(before, track, "gated")
            or not track.assumption.cooled
            or one.signal in self._off
            or time - self._turned > STOPPED
        ):
            return False
        if self._carried is not None:
            self._broken = self._broken or self._otherwise(self._carried, one)
            self._carried = None
        if self._broken and not self._known():
            return False
        if self._broken:
            self._anew(time)
        return True

    def _known(self) -> bool:
        belief, n = self.track.belief, len(self.follower.system.nodes)
        return belief is not None and max(map(belief.deviation, range(n))) <= KNOWN

    def _anew(self, time: float) -> None:
        assert self.track.belief is not None
        n = len(self.follower.system.nodes)
        self.begun[time] = tuple(self.track.belief.mean[:n].tolist())
        self._broken = False

    def _lost(self, time: float) -> None:
        """Begin where the filter has: what it began with was a spike, or it lost its way.

        What followed on a spike feeds nothing; what followed on a reading that others
        confirmed does. Before any such it is a first reading: all nodes are at it.
        """
        if not self._sure:
            self._leave_out(self._began)
        self._broken = self._ever
        if not self._ever:
            self._anew(time)
        self._began, self._sure = time, False

    def _stood(self, before: Track, one: Observation) -> None:
        """Carry the machine by the model alone, from an hour of standing until it turns."""
        follower, time = self.follower, one.t_event
        if self.track.condition.speed >= TURNING:
            self._turned = time
        elif self._carried is None and time - self._turned > STOPPED:
            self._carried = before.bare()
        if self._carried is not None and one.signal in SIGNALS:
            coasted = follower.coasted(self._carried, time, told=True)
            self._carried = follower.conditioned(coasted, one) or coasted

    def _otherwise(self, carried: Track, one: Observation) -> bool:
        """Return whether *one* is not what a machine that was on reads: it was not, perhaps."""
        carried = self.follower.coasted(carried, one.t_event, told=True)
        if carried.belief is None:
            return False
        value = float(one.value)  # type: ignore[arg-type]
        return self.follower.compared(carried, one.signal, value, one.t_event).gated

    def _found(self, cause: Cause | None) -> None:
        """Leave out what came since a *cause* that no parameter means."""
        if cause is None:
            return
        if cause.name == COOLANT:
            self._leave_out(cause.since)
            self._broken = True
        elif cause.name in (DRIFTING, SHIFTED) and self._contradicted():
            self._off |= {cause.signal}
            self._leave_out(cause.since, cause.signal)

    def _contradicted(self) -> bool:
        """Return whether a second sensor says so: to one, wrong parameters look the same."""
        return len(self.nodes & self.track.used.keys()) > 1

    def _leave_out(self, since: float, signal: str = "") -> None:
        """Leave out the readings from *since* on, of *signal* only, if given."""
        out = {signal} if signal else self.nodes
        self.rows = [row for row in self.rows if row.signal not in out or row.t_event < since]
        read = {row.t_event for row in self.rows if row.signal in self.nodes}
        anew = [time for time in self.begun if time not in read]
        for time in anew:
            del self.begun[time]
        if anew and signal:  # What the others read since then has no beginning.
            self._leave_out(min(anew))
            self._broken = True


def _decided(before: Track, after: Track) -> Cause | None:
    """Return the cause that was found between *before* and *after*, None for none."""
    if before.open is None or after.open is not None:
        return None
    return after.alarms[-1].cause


def _more(before: Track, after: Track, what: str) -> bool:
    return after.counts.get(what, 0) > before.counts.get(what, 0)
