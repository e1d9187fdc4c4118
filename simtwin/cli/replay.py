"""This module holds the verb replay: a recording beside estimate and model, and its alarms."""

from __future__ import annotations

import time
from functools import partial
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import options
from simtwin.cli.broker import PASSWORD, broker_of
from simtwin.cli.console import note, say, say_json
from simtwin.cli.following import follow
from simtwin.cli.given import length
from simtwin.cli.side_by_side import (
    account_of,
    answer,
    clock,
    note_account,
    say_end,
    say_head,
    say_row,
)
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simtwin.live.twin import Twin
    from simtwin.live.views import Explained, Row

REJECTED = 3
"""Rejected lines of a file that are shown."""
LINES = 24
"""Lines for each machine, unless a call says how often."""


def replay(
    plant: Annotated[str, typer.Option("--plant", help="The plant that is followed.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Recordings: v0 messages, SHDR or CSV, also .gz."),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Follow what this broker sends, until Ctrl-C."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help=f"Of the broker; its password is in {PASSWORD}.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) that a broker is trusted by."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="The log, kept; a broker needs one, and goes on where it ended."),
    ] = None,
    replayed: Annotated[
        bool,
        typer.Option("--replayed", help="What the broker sends is emulated: take its times."),
    ] = False,
    machine: Annotated[
        str | None, typer.Option(help="Whose recordings these are, where they do not say.")
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=MACHINE", help="What a device is called in the plant."),
    ] = None,
    sensor: Annotated[
        list[str] | None,
        typer.Option(metavar="SIGNAL=NODE", help="What a temperature measures."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="SIGNAL", help="As if nobody had told it.")
    ] = None,
    stale_after: Annotated[
        str | None, typer.Option(help="Age at which a temperature is stale, as in 2min.")
    ] = None,
    every: Annotated[str | None, typer.Option(help="A line so often, as in 10min.")] = None,
    factor: Annotated[
        float | None,
        typer.Option(min=0.001, help="So many times faster than real; else without pause."),
    ] = None,
    recalibrate: Annotated[
        bool, typer.Option("--recalibrate", help="Also say what the recording proposes.")
    ] = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Replay recordings: reported, estimated and simulated side by side, and the alarms.

    With --broker machines are followed live: alarms and changes of status as they come.
    """
    _check(files, broker, store, {"--factor": factor, "--machine": machine, "--user": user,
                                  "--ca": ca, "--replayed": replayed})  # fmt: skip
    twin = _twin(
        plant,
        store=store,
        devices=_pairs("--device", device),
        sensors=_pairs("--sensor", sensor),
        stale_after=None if stale_after is None else length("--stale-after", stale_after),
        ignored=ignore or (),
    )
    so_often = None if every is None else length("--every", every)
    if broker is not None:
        found = broker_of(broker, user, client_id="simtwin-replay", ca=ca)
        follow(twin, found, every=so_often, replayed=replayed, recalibrate=recalibrate,
               as_json=as_json)  # fmt: skip
        return
    assert files is not None, "without a broker there are files"
    rejected = _heard(twin, files, machine)
    account = account_of(twin, rejected)
    note_account(account)
    heard = [name for name in twin.machines if twin.readings.of(name).rows]
    if not heard:
        raise InvalidInput(
            f"{files[0]}: nothing of it is of a machine that can be followed "
            f"({', '.join(twin.machines)}); say whose it is: --machine or --device"
        )
    rows = list(_thinned(twin, heard, so_often))
    alarms = [found for found in twin.alarms if found.alarm.device in heard]
    proposals = [twin.recalibrate(name) for name in heard] if recalibrate else []
    if as_json:
        say_json(answer(twin, heard, rows, alarms, proposals, account))
        return
    _say_paced(heard, rows, alarms, factor)
    say_end(twin, heard, alarms, proposals)


def _check(
    files: Sequence[Path] | None,
    broker: str | None,
    store: Path | None,
    others: dict[str, object],
) -> None:
    """Refuse what does not go together; *others* are options that may be given."""
    if (broker is None) == (not files):
        raise InvalidInput("replay: give FILES or --broker HOST:PORT, one of them")
    if broker is not None and store is None:
        raise InvalidInput(
            "--broker: needs --store FILE, for a message is acknowledged when it is on disk"
        )
    wrong = ("--user", "--ca", "--replayed") if broker is None else ("--factor", "--machine")
    for option in wrong:
        if others[option]:
            raise InvalidInput(f"{option}: goes with {'FILES' if broker else '--broker'} only")


def _twin(
    plant: str,
    *,
    store: Path | None,
    devices: dict[str, str],
    sensors: dict[str, str],
    stale_after: float | None,
    ignored: Sequence[str],
) -> Twin:
    from simtwin.live.settings import SENSORS, Settings
    from simtwin.live.store import Store
    from simtwin.live.twin import Twin
    from simtwin.plant.files import load_plant

    return Twin(
        load_plant(plant),
        store=Store(":memory:" if store is None else store),
        devices=devices,
        settings=Settings(stale_after=stale_after),
        sensors=dict(SENSORS) | sensors if sensors else None,
        ignored=ignored,
    )


def _heard(twin: Twin, files: Sequence[Path], machine: str | None) -> int:
    """Let *twin* hear what *files* tell; return how many lines could not be read."""
    from simtwin.live.recording import read_recording

    rejected = 0
    for file in files:
        recording = read_recording(file, device=machine)
        counts = twin.observe(recording.envelopes)
        note(
            f"{file}: {len(recording.envelopes)} readings ({recording.kind}), "
            f"{len(recording.rejected)} lines rejected, {counts.duplicate} readings twice"
            if counts is not None
            else f"{file}: no reading"
        )
        for line in recording.rejected[:REJECTED]:
            note(f"  {line}")
        if len(recording.rejected) > REJECTED:
            note(f"  and {len(recording.rejected) - REJECTED} more")
        rejected += len(recording.rejected)
    return rejected


def _thinned(
    twin: Twin, machines: Sequence[str], every: float | None
) -> Iterator[tuple[str, Row]]:
    """Give the last row of each machine and sensor before every so many seconds."""
    ends = twin.readings.ends()
    first, last = min(begin for begin, _ in ends), max(end for _, end in ends)
    every = every or max(1.0, (last - first) / LINES)
    due = first + every
    held: dict[tuple[str, str], Row] = {}
    timelines = [((row, name) for row in twin.timeline(name)) for name in machines]
    for row, name in merge(*timelines, key=lambda pair: (pair[0].time, pair[1])):
        while row.time >= due:
            yield from ((key[0], old) for key, old in sorted(held.items()))
            held.clear()
            due += every
        held[name, row.signal] = row
    yield from ((key[0], old) for key, old in sorted(held.items()))


def _say_paced(
    machines: Sequence[str],
    rows: Sequence[tuple[str, Row]],
    alarms: Sequence[Explained],
    factor: float | None,
) -> None:
    """Write *rows*; with a *factor* each when it is due, and alarms between them."""
    from simtwin.live.pace import paced

    say_head(machines)
    lines: list[tuple[float, Callable[[], None]]] = [
        (row.time, partial(say_row, name, row, machines)) for name, row in rows
    ]
    if factor is None:
        due = iter(lines)
    else:
        lines += [
            (one.alarm.time, partial(say, f"{clock(one.alarm.time)}  {one}")) for one in alarms
        ]
        lines.sort(key=itemgetter(0))
        due = paced(lines, factor, when=itemgetter(0), now=time.monotonic, sleep=time.sleep)
    for _, tell in due:
        tell()


def _pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """Return what *given* maps, each as ``NAME=OTHER``."""
    found = {}
    for text in given or ():
        name, equals, other = text.partition("=")
        if not (name.strip() and equals and other.strip()):
            raise InvalidInput(f"{option}: must be NAME=OTHER (got {text!r})")
        found[name.strip()] = other.strip()
    return found
