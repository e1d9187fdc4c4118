"""This module holds the verb what-if: a scenario as it is, and with something otherwise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import gates, options, supposing
from simtwin.cli.console import heading, note, progress, say, say_table
from simtwin.cli.given import check_target, deadline, load, luck, writing
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from simtwin.result.what_if import WhatIf


def what_if(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or an example.")],
    overtime: supposing.Overtime = None,
    add_machine: supposing.AddMachine = None,
    remove_machine: supposing.RemoveMachine = None,
    stop: supposing.Stop = None,
    maintain: supposing.Maintain = None,
    move: supposing.Move = None,
    skip: supposing.Skip = None,
    rush: supposing.Rush = None,
    feed: supposing.Feed = None,
    crew: supposing.Crew = None,
    dispatching: supposing.Dispatching = None,
    set_: supposing.Set = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    plant: options.Plant = None,
    workers: options.Workers = None,
    max_events: options.MaxEvents = None,
    max_seconds: options.MaxSeconds = None,
    report: options.Report = None,
    force: options.Force = False,
    fail_if: options.FailIf = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Say what becomes of a scenario if something were otherwise; flags may be repeated.

    All that is supposed holds together, and is run beside the plan as it is on the same luck.
    A gate of --fail-if is held against the plan as supposed.
    """
    from simtwin.orchestrator.what_if import what_if as asked
    from simtwin.plant.supposition import suppose

    check_target(report, force=force)
    suppositions = supposing.lines(
        overtime, add_machine, remove_machine, stop, maintain, move, skip, rush, feed, crew,
        dispatching, set_,
    )  # fmt: skip
    if not suppositions:
        flags = ", ".join(f"--{kind}" for kind in supposing.KINDS)
        raise InvalidInput(f"what-if: nothing is supposed; give one or more of {flags}")
    model, plan = load(scenario, plant)
    n, seed = luck(plan, scenario, replications, seed)
    judges = gates.read(fail_if, [(model, suppose(model, plan, suppositions)[0])])
    with progress("replications", quiet=as_json) as moved:
        told = asked(
            model,
            plan,
            suppositions,
            replications=n,
            seed=seed,
            workers=workers,
            max_events=max_events,
            progress=moved,
            guard=deadline(max_seconds),
        )
    keep = None if report is None else partial(_keep, told, report, force=force)
    gates.conclude(told, judges, lambda: _say(told), as_json=as_json, keep=keep)


def _keep(told: WhatIf, path: Path, *, force: bool) -> None:
    from simtwin.report.page import report

    with writing(path):
        note(f"report in {report(told, path, force=force)}")


def _say(told: WhatIf) -> None:
    from simtwin.report import what_if as tables

    heading(tables.heading(told))
    say(told.sentence)
    if told.orders:
        say()
        say_table(tables.orders(told))
    say()
    say_table(tables.kpis(told))
