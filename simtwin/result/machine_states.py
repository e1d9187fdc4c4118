"""This module holds the states of the machines: in which each was when, from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.result.record import StateRow

if TYPE_CHECKING:
    from simtwin.result.record import Log
    from simtwin.result.result import Result

STOPS = ("down", "waiting for crew", "thermal hold", "maintenance")


def state_rows(result: Result, log: Log) -> list[StateRow]:
    """Return the state log with the states that were open at the end."""
    return [*log.states, *(row for row in _open(result) if row.start < result.end)]


def standing(result: Result, log: Log) -> list[StateRow]:
    """Return the same with the states that began at the very end: what stands there then."""
    return [*log.states, *_open(result)]


def _open(result: Result) -> list[StateRow]:
    modes = {
        spec.name: result.snapshot.states[spec.name].mode for spec in result.plant.machines
    }
    return [
        StateRow(name, m.name, m.since, result.end, m.cause, m.job, m.operation)
        for name, m in modes.items()
    ]


def began(result: Result, log: Log) -> float:
    """Return the instant from which on everything is known [s]: 0, or that of the snapshot.

    A log that was saved before it kept that instant tells the last change of state before it.
    """
    first: dict[str, float] = {}
    for row in state_rows(result, log):
        first[row.machine] = min(row.start, first.get(row.machine, row.start))
    since = max((history.since for history in log.history.values()), default=0.0)
    return max(since, *first.values(), 0.0)


def state_at(rows: list[StateRow], machine: str, time: float) -> StateRow | None:
    """Return the state that *machine* was in at *time*; a change at it counts as made.

    At the end of the run that is so of rows that are `standing`.
    """
    found = None
    for row in rows:
        if row.machine == machine and row.start <= time < row.end:
            return row
        if row.machine == machine and row.end == time:
            found = row
    return found
