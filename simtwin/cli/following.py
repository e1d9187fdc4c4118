"""This module holds the following of a broker: rows, status and alarms written as they come."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import typer

from simtwin.cli.console import note, say, say_json
from simtwin.cli.interruption import INTERRUPTED
from simtwin.cli.side_by_side import (
    account_of,
    answer,
    clock,
    note_account,
    say_end,
    say_head,
    say_row,
)

if TYPE_CHECKING:
    from simtwin.live.broker import Broker
    from simtwin.live.twin import Twin

EVERY = 60.0
"""A line for each machine so often, unless a call says other [s, event time]."""


def follow(
    twin: Twin,
    broker: Broker,
    *,
    every: float | None,
    replayed: bool,
    recalibrate: bool,
    as_json: bool,
) -> None:
    """Let *twin* follow *broker* until Ctrl-C, then say what there is, and exit with 130."""
    telling = _Telling(twin, EVERY if every is None else every, aloud=not as_json)
    if twin.readings.ends():
        note(f"{twin.store.path if twin.store else ''}: goes on after {clock(twin.now)}")
    try:
        twin.follow(broker, stop=Event(), say=note, look=telling.look, replayed=replayed)
    except KeyboardInterrupt:
        note("interrupted: what came is in the log; of the rest, what has QoS 1 comes again")
    finally:
        _say_end(twin, recalibrate=recalibrate, as_json=as_json)
    raise typer.Exit(INTERRUPTED)


class _Telling:
    """What is written while a twin follows: what is new, and a line so often."""

    def __init__(self, twin: Twin, every: float, *, aloud: bool) -> None:
        from simtwin.live.watch import Watch

        self._watch = Watch()
        self._every, self._aloud = every, aloud
        self._due = float("-inf")
        if aloud:
            say_head(twin.machines)

    def look(self, twin: Twin) -> None:
        """Write what is new of *twin*."""
        for news in self._watch.news(twin):
            (say if self._aloud else note)(f"{clock(news.time)}  {news}")
        ends = twin.readings.ends()
        if not ends or not self._aloud or twin.now < self._due:
            return
        self._due = twin.now + self._every
        for name in twin.machines:
            for row in twin.latest(name):
                say_row(name, row, twin.machines)
        _flush()


def _flush() -> None:
    import sys

    sys.stdout.flush()


def _say_end(twin: Twin, *, recalibrate: bool, as_json: bool) -> None:
    account = account_of(twin)
    note_account(account)
    heard = [name for name in twin.machines if twin.readings.of(name).rows]
    if not heard:
        note("nothing was heard of a machine that can be followed")
        return
    alarms = [found for found in twin.alarms if found.alarm.device in heard]
    proposals = [twin.recalibrate(name) for name in heard] if recalibrate else []
    if as_json:
        rows = [(name, row) for name in heard for row in twin.latest(name)]
        say_json(answer(twin, heard, rows, alarms, proposals, account))
    else:
        say_end(twin, heard, alarms, proposals)
