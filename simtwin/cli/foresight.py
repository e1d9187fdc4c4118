"""This module holds the verbs that look ahead of an instant: look-ahead, impact."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import gates, options
from simtwin.cli.console import heading, note, progress, say, say_table
from simtwin.cli.given import deadline, length, load, luck, moment, share, winning
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.plant.model import Intervention, PlantModel, Scenario
    from simtwin.result.impact import Impact
    from simtwin.result.look_ahead import LookAhead
    from simtwin.result.snapshot import Snapshot

Asked = Annotated[str, typer.Argument(help="A scenario file, or the name of an example.")]
Saved = Annotated[
    Path | None,
    typer.Option("--snapshot", help="A saved snapshot to go on from, instead of a run."),
]

_ACT = re.compile(
    r"\s*(.+?)\s+(\d{1,2}:\d{2}(?::\d{2})?|\+[\d.]+ ?[a-z]+)\s+([\d.]+ ?[a-z]+)\s*"
)


def look_ahead(
    scenario: Asked,
    at: Annotated[
        str | None,
        typer.Option("--at", help="From when, as in 10:00 or +4h; else from the start."),
    ] = None,
    snapshot: Saved = None,
    horizon: Annotated[
        str | None,
        typer.Option("--horizon", help="How far, as in 24h; else to the scenario's end."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", "-n", min=2, help="How many futures.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Until P(any failure) is known to so much, as in 10%."),
    ] = None,
    maintenance: Annotated[
        list[str] | None,
        typer.Option(
            "--maintenance",
            metavar="'MACHINE TIME DURATION'",
            help="'mill-1 14:00 30min' instead of what is planned for it. Repeatable.",
        ),
    ] = None,
    machine: Annotated[
        str | None, typer.Option("--machine", help="Show one machine by part and cause.")
    ] = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_seconds: options.MaxSeconds = None,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Look ahead of an instant: what may fail until when, which orders are at risk."""
    from simtwin.orchestrator.look_ahead import look_ahead as asked

    model, plan = load(scenario, plant)
    seed = winning("--seed", seed, plan, scenario)
    _check_machine(model, plan, machine)
    judges = gates.read(fail_if, [(model, plan)])
    begin = _from(model, plan, at, snapshot, seed)
    if not as_json:
        _say_begin(model, plan, begin, at, seed)
    instead = None if not maintenance else _instead(model, plan, maintenance, begin)
    with progress("futures", quiet=as_json) as moved:
        ahead = asked(
            model,
            begin,
            plan,
            horizon=None if horizon is None else length("--horizon", horizon),
            replications=replications,
            target=None if target is None else share("--target", target),
            instead=instead,
            seed=seed,
            workers=workers,
            progress=moved,
            guard=deadline(max_seconds),
        )
    gates.conclude(ahead, judges, lambda: _say_ahead(ahead, machine), as_json=as_json)


def impact(
    scenario: Asked,
    machine: Annotated[str, typer.Option("--machine", help="Which machine stops.")],
    at: Annotated[str, typer.Option("--at", help="When, as in 10:00 or +4h.")],
    duration: Annotated[str, typer.Option("--for", help="How long, as in 2h.")],
    snapshot: Saved = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_seconds: options.MaxSeconds = None,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Stop a machine: who starves when, which pieces are lost, which orders are late.

    A gate of --fail-if is held against what the stop changes.
    """
    from simtwin.orchestrator.impact import impact as asked

    model, plan = load(scenario, plant)
    n, seed = luck(plan, scenario, replications, seed)
    judges = gates.read(fail_if, [(model, plan)])
    with progress("replications", quiet=as_json) as moved:
        answer = asked(
            model,
            plan,
            machine,
            at=moment("--at", at, plan.start),
            duration=length("--for", duration),
            snapshot=None if snapshot is None else _read(snapshot),
            replications=n,
            seed=seed,
            workers=workers,
            progress=moved,
            guard=deadline(max_seconds),
        )
    gates.conclude(answer, judges, lambda: _say_impact(answer), as_json=as_json)


def _say_begin(
    plant: PlantModel, scenario: Scenario, begin: Snapshot | None, at: str | None, seed: int
) -> None:
    """Say on which state the look rests, and what of it becomes another on a changed plant."""
    if at is not None:
        note(f"the state at {at} is that of one run (seed {seed}); another morning is another")
    if begin is None:
        return
    from simtwin.orchestrator.realise import moves_of

    moves = moves_of(begin, plant, scenario)
    for move in moves:
        if move.what != "kept":
            note(f"{move.what}: {move.entity}: {move.why}")


def _from(
    plant: PlantModel, scenario: Scenario, at: str | None, saved: Path | None, seed: int
) -> Snapshot | None:
    """Return the state to look ahead from: read, reached by a run, or that of the start."""
    if at is not None and saved is not None:
        raise InvalidInput("--at and --snapshot both say from when; give one of them")
    if saved is not None:
        return _read(saved)
    if at is None:
        return None
    from simtwin.orchestrator.simulate import simulate

    until = moment("--at", at, scenario.start)
    scenario = replace(scenario, measure_from=0.0)  # What counts is what comes after.
    return simulate(plant, scenario, seed=seed, until=until, history=False).snapshot


def _read(path: Path) -> Snapshot:
    from simtwin.report.folder import load_snapshot

    return load_snapshot(path)


def _instead(
    plant: PlantModel, scenario: Scenario, texts: list[str], begin: Snapshot | None
) -> Scenario:
    """Return *scenario* with other maintenance: what is to come on these machines goes."""
    since = 0.0 if begin is None else begin.time
    acts = [_act(plant, scenario, text, since) for text in texts]
    machines = {act.machine for act in acts}
    kept = [
        act
        for act in scenario.interventions
        if act.at <= since or act.do != "maintenance" or act.machine not in machines
    ]
    both = sorted([*kept, *acts], key=lambda act: act.at)
    return replace(scenario, name=f"{scenario.name}, instead", interventions=tuple(both))


def _check_machine(plant: PlantModel, scenario: Scenario, name: str | None) -> None:
    """Refuse a machine that the plant, as *scenario* changes it, has not."""
    from simtwin.orchestrator.realise import prepared
    from simtwin.plant.wording import unknown

    names = [spec.name for spec in prepared(plant, scenario)[0].machines]
    if name is not None and name not in names:
        raise InvalidInput(unknown("machine", name, names))


def _act(plant: PlantModel, scenario: Scenario, text: str, since: float) -> Intervention:
    from simtwin.plant.model import Intervention

    found = _ACT.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"--maintenance: must be machine, time and duration, as in 'mill-1 14:00 30min' "
            f"(got {text!r})"
        )
    _check_machine(plant, scenario, found[1])
    at = moment("--maintenance", found[2], scenario.start)
    if at <= since:
        raise InvalidInput(
            f"--maintenance: must lie after the instant to look ahead from (got {text!r})"
        )
    return Intervention(at, found[1], "maintenance", length("--maintenance", found[3]))


def _say_ahead(ahead: LookAhead, machine: str | None) -> None:
    from simtwin.report import look_ahead as told

    heading(told.heading(ahead))
    say(ahead.sentence)
    say()
    say_table(told.machines(ahead))
    if machine is not None:
        say()
        heading(machine)
        say_table(told.parts(ahead, machine))
    orders = told.orders(ahead)
    if orders.rows:
        say()
        say_table(orders)
    elif orders.note:
        say()
        say(orders.note)
    if ahead.lost_pieces is not None:
        say(f"Failures cost {ahead.lost_pieces.said('good pieces')}.")
    if ahead.instead is not None:
        say()
        heading("With the other maintenance instead")
        say_table(told.instead(ahead))


def _say_impact(impact: Impact) -> None:
    from simtwin.report import impact as told

    heading(told.heading(impact))
    say(f"{impact.sentence}.")
    for table in (told.reached(impact), told.changes(impact)):
        if table.rows:
            say()
            say_table(table)
        elif table.note:
            say(table.note)
