"""This module holds the verbs that simulate: run, report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simtwin.cli import gates, handing, options
from simtwin.cli.console import note, say, say_json, while_read
from simtwin.cli.given import (
    check_target,
    refuse_shared,
    writing,
)
from simtwin.cli.interruption import kept
from simtwin.cli.keeping import Keeping, in_turn
from simtwin.cli.question import Beside, because_of, question_of
from simtwin.cli.saying import say_answer, say_why
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because
    from simtwin.result.explanation import Explanation

Scenario_ = Annotated[str, typer.Argument(help="A scenario file, or the name of an example.")]


def run(
    scenario: Scenario_,
    plant: options.Plant = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    once: Annotated[
        bool, typer.Option("--once", help="One run: an observation, without intervals.")
    ] = False,
    replication: Annotated[
        int | None,
        typer.Option(
            "--replication", min=0, help="With --once: which one, as messages name it."
        ),
    ] = None,
    workers: options.Workers = None,
    max_events: options.MaxEvents = None,
    max_seconds: options.MaxSeconds = None,
    as_json: options.Json = False,
    save: options.Save = None,
    report: options.Report = None,
    excel: options.Excel = None,
    force: options.Force = False,
    explain: options.Explain = None,
    actions: options.Actions = False,
    fail_if: options.FailIf = None,
    state_out: Annotated[
        Path | None,
        typer.Option(
            "--state-out",
            help="With --once: write the state at the end, start_from as .csv, or as .yaml a "
            "scenario that goes on.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="With --state-out: end the run at this time, as in 10:00."),
    ] = None,
    debug: options.Debug = False,
) -> None:
    """Simulate a scenario: which orders are late, how surely, and why."""
    from simtwin.plant.no_effect import too_late

    keeping = Keeping(save, report, excel, force)
    refuse_shared([*keeping.targets(), *handing.targets(state_out)], scenario, plant)
    handing.check(state_out, at, scenario, once=once, force=force)
    _refuse_contradictions(
        replications, once=once, which=replication, actions=actions, explain=explain
    )
    keeping.check_targets()
    asked = question_of(scenario, plant, replications, seed)
    asked = replace(
        asked,
        replications=1 if once else asked.replications,
        workers=workers,
        max_events=max_events,
        max_seconds=max_seconds,
        until=handing.until_of(asked.scenario, at),
        replication=replication or 0,
    )
    for line in too_late(asked.scenario):
        note(line)
    asked_of = gates.read(fail_if, [(asked.plant, asked.scenario)])
    asked.check(explain)
    keeping.check(asked.plant, asked.scenario)
    answer: Any
    why: Explanation | None = None
    helpful: Actions | None = None
    with kept():
        answer = asked.ask(quiet=as_json)
        found = gates.judge(asked_of, answer)
        beside = Beside(stopped=getattr(answer, "partial", False))
        if actions:
            helpful = beside.ask(partial(asked.act, answer, quiet=as_json))
        because = beside.ask(partial(because_of, answer, max_seconds), anyway=True) or ()
        if explain is not None:
            why = beside.ask(partial(asked.explain, explain, quiet=as_json))
    state = None
    if state_out is not None:
        state = partial(
            handing.hand_over, answer, answer.plant, asked.scenario, state_out, scenario
        )

    def tell() -> None:
        with while_read():
            if as_json:
                from simtwin.report.answer import answer as plain

                also = _also(why, helpful, because)
                part = {"partial": True} if beside.stopped else {}
                say_json(plain(answer) | part | gates.as_plain(found) | also)
            else:
                say_answer(answer, because, helpful)
                say_why(asked, why)

    in_turn([tell, lambda: keeping.keep(answer, actions=helpful, because=because, also=state)])
    gates.end(answer, found, partial=beside.stopped)


def _refuse_contradictions(
    replications: int | None,
    *,
    once: bool,
    which: int | None,
    actions: bool,
    explain: str | None,
) -> None:
    if which is not None and not once:
        raise InvalidInput(
            f"--replication {which} is one run, number {which}, and needs --once; "
            "--replications says how many"
        )
    if once and actions:
        raise InvalidInput("--once is one run; --actions needs replications to compare")
    if actions and replications == 1:
        raise InvalidInput("--actions needs replications to compare")
    if once and (replications or 1) > 1:
        raise InvalidInput(f"--once is one run; it contradicts --replications {replications}")
    if once and explain is not None:
        raise InvalidInput("--once is one run, and has no variance that --explain could split")


def report(
    source: Annotated[str, typer.Argument(help="A saved run's folder, or a scenario.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    plant: options.Plant = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    actions: options.Actions = False,
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Write the HTML report of a saved run, or of a scenario that is run for it."""
    from simtwin.report.page import report as write

    check_target(output, force=force)
    answer: Any
    helpful: Actions | None = None
    if Path(source).is_dir():
        import simtwin

        if actions:
            raise InvalidInput(f"--actions needs a scenario; {source} is a saved run")
        answer = simtwin.open(source)
    else:
        asked = replace(question_of(source, plant, replications, seed), workers=workers)
        if actions and asked.replications == 1:
            raise InvalidInput("--actions needs replications to compare")
        answer = asked.ask(quiet=False)
    with kept():
        beside = Beside(stopped=getattr(answer, "partial", False))
        if actions:
            helpful = beside.ask(partial(asked.act, answer, quiet=False))
    with writing(output):
        page = write(answer, output, force=force, actions=helpful)
    say(f"{page}: {_headline(answer)}")
    gates.end(answer, partial=beside.stopped)


def _also(
    why: Explanation | None, helpful: Actions | None, because: tuple[Because, ...]
) -> dict[str, Any]:
    """Return what was asked beside the run, as parts of the one object of ``--json``."""
    from simtwin.report import actions, explanation
    from simtwin.report.answer import reasons

    told: dict[str, Any] = {"reasons": reasons(because)} if because else {}
    if why is not None:
        told["explanation"] = explanation.as_plain(why)
    if helpful is not None:
        told["actions"] = actions.as_plain(helpful)
    return told


def _headline(answer: Run | Ensemble) -> str:
    from simtwin.report.verdict import verdict

    said = verdict(answer)
    return f"{said.sentence} ({said.basis})"
