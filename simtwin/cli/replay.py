"""This module holds the verb replay: a recording beside estimate and model, and its alarms."""

from __future__ import annotations

import time
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simtwin.cli import options
from simtwin.cli.console import heading, note, say, say_json
from simtwin.cli.given import length
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simtwin.live.proposal import Proposal
    from simtwin.live.twin import Twin
    from simtwin.live.views import Explained, Row

LINES = 24
"""Lines for each machine, unless a call says how often."""


def replay(
    files: Annotated[
        list[Path], typer.Argument(help="Recordings: v0 messages, SHDR or CSV, also .gz.")
    ],
    plant: Annotated[str, typer.Option("--plant", help="The plant that was recorded.")],
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
    """Replay recordings: reported, estimated and simulated side by side, and the alarms."""
    twin = _twin(
        plant,
        devices=_pairs("--device", device),
        sensors=_pairs("--sensor", sensor),
        stale_after=None if stale_after is None else length("--stale-after", stale_after),
    )
    _heard(twin, files, machine, frozenset(ignore or ()))
    heard = [name for name in twin.machines if twin.readings.of(name).rows]
    if not heard:
        raise InvalidInput(
            f"{files[0]}: nothing of it is of a machine that can be followed "
            f"({', '.join(twin.machines)}); say whose it is: --machine or --device"
        )
    rows = list(_thinned(twin, heard, None if every is None else length("--every", every)))
    if not as_json:
        _say_rows(rows, factor)
    alarms = [found for found in twin.alarms if found.alarm.device in heard]
    proposals = [twin.recalibrate(name) for name in heard] if recalibrate else []
    if as_json:
        say_json(_answer(twin, heard, rows, alarms, proposals))
    else:
        _say_end(twin, heard, alarms, proposals)


def _twin(
    plant: str,
    *,
    devices: dict[str, str],
    sensors: dict[str, str],
    stale_after: float | None,
) -> Twin:
    from simtwin.live.settings import SENSORS, Settings
    from simtwin.live.store import Store
    from simtwin.live.twin import Twin
    from simtwin.plant.files import load_plant

    return Twin(
        load_plant(plant),
        store=Store(":memory:"),
        devices=devices,
        settings=Settings(stale_after=stale_after),
        sensors=dict(SENSORS) | sensors if sensors else None,
    )


def _heard(
    twin: Twin, files: Sequence[Path], machine: str | None, ignored: frozenset[str]
) -> None:
    """Let *twin* hear what *files* tell; lines that could not be read are counted aloud."""
    from simtwin.live.recording import read_recording

    for file in files:
        recording = read_recording(file, device=machine)
        counts = twin.observe(e for e in recording.envelopes if e.signal not in ignored)
        note(
            f"{file}: {len(recording.envelopes)} readings ({recording.kind}), "
            f"{len(recording.rejected)} lines rejected, {counts.duplicate} readings twice"
            if counts is not None
            else f"{file}: no reading"
        )
        for line in recording.rejected[:3]:
            note(f"  {line}")


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


def _say_rows(rows: Sequence[tuple[str, Row]], factor: float | None) -> None:
    from simtwin.live.instants import utc_text

    wide = max(7, *(len(name) for name, _ in rows)) if rows else 7
    heading(
        f"{'time (UTC)':<20}  {'machine':<{wide}}  {'node':<8}  {'reported':>8}  "
        f"{'estimated':<20}  {'simulated':>9}  status"
    )
    then: float | None = None
    for name, row in rows:
        if factor is not None and then is not None:
            time.sleep(max(0.0, row.time - then) / factor)
        then = row.time
        say(
            f"{utc_text(row.time)[:19]}Z  {name:<{wide}}  {row.node:<8}  {row.reported:>8.1f}  "
            f"{row.estimated!s:<20}  {row.simulated:>9.1f}  {row.status.status}"
        )


def _say_end(
    twin: Twin, machines: Sequence[str], alarms: Sequence[Explained], proposals: list[Proposal]
) -> None:
    from simtwin.live.instants import utc_text

    say()
    heading("alarms" if alarms else "no alarm")
    for found in alarms:
        say(f"{utc_text(found.alarm.time)[:19]}Z  {found}")
    say()
    heading("in the end")
    for name in machines:
        view = twin.state[name]
        counted = ", ".join(f"{n} {what}" for what, n in sorted(view.counts.items()))
        say(f"{name}  {view.status}")
        say(f"  readings: {counted}")
        for signal, (windows, inside, _) in sorted(view.windows.items()):
            if windows:
                say(f"  {signal}: {inside} of {windows} NIS windows in the 95 % band")
    for proposal in proposals:
        say(f"proposal  {proposal}")


def _answer(
    twin: Twin,
    machines: Sequence[str],
    rows: Sequence[tuple[str, Row]],
    alarms: Sequence[Explained],
    proposals: list[Proposal],
) -> dict[str, Any]:
    """Return what was found as one object; times are seconds since 1970, UTC."""
    state = twin.state
    return {
        "schema_version": 1,
        "plant": twin.plant.name,
        "rows": [
            {
                "machine": name,
                "time_s": row.time,
                "signal": row.signal,
                "node": row.node,
                "reported_c": row.reported,
                "estimated_c": row.estimated._asdict(),
                "simulated_c": row.simulated,
                "status": row.status.status,
            }
            for name, row in rows
        ],
        "alarms": [
            {
                "machine": found.alarm.device,
                "time_s": found.alarm.time,
                "since_s": found.alarm.since,
                "kind": found.alarm.kind,
                "reason": found.alarm.reason,
                "cause": found.cause.name or None,
                "told": str(found),
            }
            for found in alarms
        ],
        "machines": {
            name: {
                "status": state[name].status.status,
                "reason": state[name].status.reason,
                "counts": dict(state[name].counts),
            }
            for name in machines
        },
        "proposals": [
            {"machine": p.machine, "sound": p.sound, "told": str(p)} for p in proposals
        ],
    }


def _pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """Return what *given* maps, each as ``NAME=OTHER``."""
    found = {}
    for text in given or ():
        name, equals, other = text.partition("=")
        if not (name.strip() and equals and other.strip()):
            raise InvalidInput(f"{option}: must be NAME=OTHER (got {text!r})")
        found[name.strip()] = other.strip()
    return found
