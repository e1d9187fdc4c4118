"""This module holds the downtime ledger: what stopped each machine, how often, how long."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.result import reason
from simtwin.result.record import INDEX

if TYPE_CHECKING:
    from simtwin.result.record import Log, StateRow
    from simtwin.result.result import Result

STANDING = ("down", "waiting for crew", "thermal hold", "maintenance", "tool change")
"""The states that something has caused in the machine itself."""

TOLD_BY = frozenset({"failure", "overload"})
"""Events that say which part stopped a machine."""


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
    an operator's stop or a thermal hold. A run that goes on from a snapshot tells its
    standstills since.
    """
    ledger: dict[tuple[str, str, str], Standstill] = {}
    parts = _parts(log)
    last: dict[str, tuple[float, Standstill]] = {}
    struck: dict[tuple[str, str, str], int] = {}
    begin = max(result.window.start, reason.began(result, log))
    for row in sorted(reason.state_rows(result, log), key=lambda row: (row.start, row.end)):
        start, end = max(row.start, begin), min(row.end, result.end)
        before = last.get(row.machine)
        if row.mode == "off shift" and row.cause and before is not None and before[0] == start:
            last[row.machine] = end, before[1]
        if row.mode not in STANDING or end <= start:
            continue
        cause, part, number = _named(row, parts)
        key = row.machine, cause, part
        found = ledger.setdefault(key, Standstill(*key))
        found.seconds[row.mode] += end - start
        goes_on = before is not None and before[1] is found and before[0] >= start
        if not goes_on and (number < 0 or struck.get(key) != number):
            found.stops += 1
        struck[key] = number
        last[row.machine] = end, found
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


def _parts(log: Log) -> dict[tuple[str, str], list[tuple[float, str]]]:
    """Return when which part was the cause of that name, by machine and cause."""
    parts: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for event in log.events:
        if event.kind in TOLD_BY:
            cause = "overload" if event.kind == "overload" else event.detail
            parts.setdefault((event.machine, cause), []).append((event.time, event.part))
    return parts


def _named(
    row: StateRow, parts: dict[tuple[str, str], list[tuple[float, str]]]
) -> tuple[str, str, int]:
    """Return cause and part of a standstill, and which of their events began it; -1: none."""
    if row.mode == "tool change":
        return row.mode, row.cause, -1
    if row.mode == "thermal hold":
        return row.cause, "spindle", -1
    told = parts.get((row.machine, row.cause), [])
    index = bisect_right(told, row.start, key=lambda event: event[0]) - 1
    if row.mode == "maintenance" or index < 0:
        return row.cause, "", -1
    return row.cause, told[index][1], index
