"""This module holds the downtime ledger: what stopped each machine, how often, how long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.result import machine_states
from simtwin.result.record import INDEX, STOPPED

if TYPE_CHECKING:
    from simtwin.result.record import Log, StateRow
    from simtwin.result.result import Result

STANDING = ("down", "waiting for crew", "thermal hold", "maintenance", "tool change")
"""The states that something has caused in the machine itself."""

ENDED_BY = {"repaired": "", "maintained": "", "start": STOPPED, "tool change": "tool change"}
"""Events after which a stop for the same cause is another one; empty: their detail tells it."""


Key = tuple[str, str, str]
"""Machine, cause and part of a standstill."""

Parts = dict[tuple[str, str], list[tuple[float, str]]]
"""Machine and cause: which part, and since when."""


@dataclass(slots=True)
class Standstill:
    """How often and how long one cause has stopped one machine."""

    machine: str
    cause: str
    part: str
    """Which part stopped it; empty when people did."""
    stops: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STANDING, 0.0))
    """By state [s]."""

    @property
    def total(self) -> float:
        """All states together [s]."""
        return sum(self.seconds.values())


def downtime_ledger(result: Result, log: Log) -> list[Standstill]:
    """Return the standstills within the window of *result*, the longest of each machine first.

    The seconds of a machine in one state sum to its total in that state, exactly. A wait for
    the crew and the repair that follows are one stop, and so is what a night off shift parts,
    an operator's stop or a thermal hold, and an operator's stop in which something else stands
    in front of it, unless it was over in between. So is a tool change with what cuts it short,
    until it has been done. A run that goes on from a snapshot tells its standstills since.

    A stop that goes on as the window begins is one of it, with what is left of it; the key
    figures count what begins within it. A failure that waits in line behind another has its
    row when its repair begins.
    """
    ledger: dict[Key, Standstill] = {}
    parts, overs = _broken(log), _overs(log)
    last: dict[str, tuple[float, dict[Key, float]]] = {}
    begin = max(result.window.start, machine_states.began(result, log))
    rows = sorted(machine_states.state_rows(result, log), key=lambda row: (row.start, row.end))
    for row in _led_to(rows, parts):
        start, end = max(row.start, begin), min(row.end, result.end)
        if end <= start:
            continue
        until, ends = last.get(row.machine, (start, {}))
        going = {key: at for key, at in ends.items() if until == start and _spans(row, key[1])}
        if row.mode in STANDING:
            key = row.machine, *_named(row, parts)
            found = ledger.setdefault(key, Standstill(*key))
            found.seconds[row.mode] += end - start
            ended = ends.get(key) if until == start else None
            if ended is None or _is_over(overs, key, ended, start):
                found.stops += 1
            found.stops += _begun_again(overs, key, start, end)
            going[key] = end
        last[row.machine] = end, going
    return sorted(ledger.values(), key=lambda s: (natural(s.machine), -s.total, s.cause))


def columns_and_rows(result: Result, log: Log) -> tuple[tuple[str, ...], Any]:
    """Return the ledger as a table; lost pieces are seconds over the machine's mean cycle."""
    columns = (
        "machine", "cause", "part", "stops", *(f"{_key(mode)}_s" for mode in STANDING),
        "seconds", "lost_pieces",
    )  # fmt: skip
    rows = []
    for one in downtime_ledger(result, log):
        totals = result.window.machines[one.machine]
        good = totals.counts.get("good", 0.0)
        producing = totals.time[INDEX["producing"]]
        lost = one.total * good / producing if good > 0.0 and producing > 0.0 else nan
        times = (one.seconds[mode] for mode in STANDING)
        rows.append((one.machine, one.cause, one.part, one.stops, *times, one.total, lost))
    return columns, rows


def _key(mode: str) -> str:
    return mode.replace(" ", "_")


def _broken(log: Log) -> Parts:
    """Return since when which part is the first in line to be repaired, by machine and cause.

    It is empty where nothing is. An overload is of one part, until the next.
    """
    lines: dict[tuple[str, str], list[str]] = {}
    parts: Parts = {}
    for event in log.events:
        key = event.machine, "overload" if event.kind == "overload" else event.detail
        line = lines.setdefault(key, [])
        if event.kind == "overload":
            line[:] = [event.part]
        elif event.kind == "failure":
            line.append(event.part)
        elif event.kind == "repaired" and event.part in line:
            line.remove(event.part)
        else:
            continue
        parts.setdefault(key, []).append((event.time, line[0] if line else ""))
    return parts


def _overs(log: Log) -> dict[tuple[str, str], list[float]]:
    """Return when a stop was over, by machine and cause; maintenance tells no cause."""
    overs: dict[tuple[str, str], list[float]] = {}
    for event in log.events:
        if event.kind in ENDED_BY:
            cause = ENDED_BY[event.kind] or event.detail
            overs.setdefault((event.machine, cause), []).append(event.time)
    return overs


def _led_to(rows: list[StateRow], parts: Parts) -> list[StateRow]:
    """Return *rows* with waits for planned work named as all that is done after them.

    More may fall due while a machine waits; that is done together.
    """
    found: list[StateRow] = []
    after: dict[str, tuple[float, str]] = {}
    for row in reversed(rows):
        begin, cause = after.get(row.machine, (nan, ""))
        leads = row.end == begin and _awaits(row, cause) and not _named(row, parts)[1]
        found.append(row._replace(cause=cause) if leads else row)
        if leads or (row.end == begin and _spans(row, cause)):
            after[row.machine] = row.start, cause
        elif row.mode in ("maintenance", "waiting for crew"):
            after[row.machine] = row.start, row.cause
    return found[::-1]


def _awaits(row: StateRow, cause: str) -> bool:
    """Tell whether *row* is a wait for some of the tasks that *cause* names."""
    waits = row.mode in ("waiting for crew", "off shift")
    return waits and {*row.cause.split(", ")} <= {*cause.split(", ")}


def _is_over(
    overs: dict[tuple[str, str], list[float]], key: Key, since: float, until: float
) -> bool:
    """Tell whether what *key* names was over once between two instants.

    Maintenance that follows on maintenance without a gap is one stop, and none ends an
    operator's stop or a tool change.
    """
    machine, own, _ = key
    planned = since < until and own not in (STOPPED, "tool change")
    for cause in (own, "") if planned else (own,):
        times = overs.get((machine, cause), [])
        index = bisect_left(times, since)
        if index < len(times) and times[index] <= until:
            return True
    return False


def _begun_again(
    overs: dict[tuple[str, str], list[float]], key: Key, start: float, end: float
) -> int:
    """Return how often what *key* names was over between two instants, and came again.

    Failures in line for one crew stand in one row, as the machine is never up between them, and
    so do tool changes where the first edge was set aside before it came.
    """
    machine, cause, _ = key
    times = overs.get((machine, cause), [])
    return bisect_left(times, end) - bisect_right(times, start)


def _spans(row: StateRow, cause: str) -> bool:
    """Tell whether a stop for *cause* goes on while its machine is in the state of *row*."""
    if row.mode == "off shift":
        return cause in (row.cause, "tool change") or (cause == "setup" and not row.cause)
    if cause in (STOPPED, "tool change"):
        return row.mode in STANDING
    stopped = row.mode == "down" and row.cause == STOPPED
    return stopped or row.mode == "thermal hold"


def _named(row: StateRow, parts: Parts) -> tuple[str, str]:
    """Return cause and part of a standstill.

    What waits or is done for a part whose failure is over is planned.
    """
    if row.mode == "tool change":
        return row.mode, row.cause
    if row.mode == "thermal hold":
        return row.cause, "spindle"
    told = parts.get((row.machine, row.cause), [])
    index = bisect_right(told, row.start, key=lambda event: event[0]) - 1
    if row.mode == "maintenance" or index < 0:
        return row.cause, ""
    return row.cause, told[index][1]
