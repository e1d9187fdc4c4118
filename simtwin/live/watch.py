"""This module holds the watch: what is new of a twin since somebody last looked at it.

An alarm is told at once, its cause when the readings name one; an alarm that late readings
explain away is taken back. Nothing is told twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.live.follow import EPISODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.live.drift import Status
    from simtwin.live.track import Alarm
    from simtwin.live.twin import Twin

AGAIN = 60.0
"""A cause that is not clear is looked for again after so long [s, event time]."""


class News(NamedTuple):
    """One thing that was not so before."""

    time: float
    """[s, UTC]"""
    machine: str
    kind: str
    """``status``, ``alarm``, ``cause`` or ``withdrawn``."""
    text: str

    def __str__(self) -> str:
        return f"{self.machine} {self.kind}: {self.text}"


class Watch:
    """What was told of a twin so far, for telling what is new."""

    def __init__(self) -> None:
        self._status: dict[str, Status] = {}
        self._causes: dict[Alarm, str] = {}
        self._due = float("-inf")

    def news(self, twin: Twin) -> Iterator[News]:
        """Give what is new of *twin*, in order; nothing where nothing was observed yet."""
        if not twin.readings.ends():
            return
        now = twin.now
        for name, verdict in twin.status.items():
            if self._status.get(name) is not verdict.status:
                self._status[name] = verdict.status
                yield News(now, name, "status", str(verdict))
        yield from self._alarms(twin, now)

    def _alarms(self, twin: Twin, now: float) -> Iterator[News]:
        raised = twin.raised
        for old in [a for a in self._causes if not any(_is_same(a, b) for b in raised)]:
            del self._causes[old]
            yield News(now, old.device, "withdrawn", f"{old.kind}: {old.reason}")
        known = {a: next((c for b, c in self._causes.items() if _is_same(a, b)), None)
                 for a in raised}  # fmt: skip
        fresh = [alarm for alarm, cause in known.items() if cause is None]
        for alarm in fresh:
            yield News(alarm.time, alarm.device, "alarm", f"{alarm.kind}: {alarm.reason}")
        self._causes = {alarm: cause or "" for alarm, cause in known.items()}
        unclear = [alarm for alarm, cause in self._causes.items() if not cause]
        if not unclear or (not fresh and now < self._due):
            return
        self._due = now + AGAIN
        for found in twin.alarms:
            if found.alarm in unclear and found.cause.name:
                self._causes[found.alarm] = found.cause.name
                yield News(now, found.alarm.device, "cause", str(found.cause))


def _is_same(one: Alarm, other: Alarm) -> bool:
    """Whether two alarms are one: its instant moves a little while the clock is learned."""
    return (
        (one.device, one.signal, one.kind) == (other.device, other.signal, other.kind)
        and abs(one.time - other.time) < 0.5 * EPISODE
    )  # fmt: skip
