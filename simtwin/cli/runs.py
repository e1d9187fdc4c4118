"""This module holds the verbs that simulate: demo, run, report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from simtwin.cli import gates, handing, options
from simtwin.cli.console import heading, note, progress, say, say_json, say_table, while_read
from simtwin.cli.given import (
    check_target,
    deadline,
    ending,
    load,
    luck,
    refuse_shared,
    writing,
)
from simtwin.cli.interruption import kept, pressed
from simtwin.cli.keeping import Keeping, in_turn
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because
    from simtwin.result.explanation import Explanation

Told = TypeVar("Told")

DEMO_PAGE = "simtwin-demo.html"
GENERATED = b'<meta name="generator" content="simtwin">'
"""Stands at the head of every report."""
DEMO_REPLICATIONS = 50

Scenario_ = Annotated[str, typer.Argument(help="A scenario file, or the name of an example.")]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a scenario on a plant, how often, and within which bounds."""

    plant: PlantModel
    scenario: Scenario
    replications: int
    seed: int
    workers: int | None = None
    max_events: int | None = None
    max_seconds: float | None = None
    until: float | None = None
    """Of one run: another end than the scenario's [s]."""
    replication: int = 0
    """Of one run: which."""

    def ask(self, *, quiet: bool) -> Run | Ensemble:
        """Return the answer: a run for one replication, an ensemble for more."""
        from simtwin.orchestrator.replicate import replicate
        from simtwin.orchestrator.simulate import simulate

        if self.replications == 1:
            with kept():
                return simulate(
                    self.plant,
                    self.scenario,
                    seed=self.seed,
                    replication=self.replication,
                    until=self.until,
                    max_events=self.max_events,
                    guard=ending(deadline(self.max_seconds)),
                )
        with progress("replications", quiet=quiet) as moved:
            return replicate(
                self.plant,
                self.scenario,
                self.replications,
                seed=self.seed,
                workers=self.workers,
                max_events=self.max_events,
                guard=deadline(self.max_seconds),
                progress=moved,
            )

    def act(self, ensemble: Ensemble, *, quiet: bool) -> Actions:
        """Return what would help most, beside the *ensemble* that is there."""
        from simtwin.orchestrator.actions import actions

        with progress("actions", quiet=quiet) as moved:
            return actions(
                self.plant,
                self.scenario,
                ensemble=ensemble,  # type: ignore[arg-type]
                workers=self.workers,
                max_events=self.max_events,
                guard=deadline(self.max_seconds),
                progress=moved,
            )

    def check(self, figure: str | None) -> None:
        """Refuse a *figure* to be explained that does not exist, before any run."""
        if figure is not None:
            from simtwin.result.figure import Figure

            Figure.parse(figure)

    def explain(self, figure: str, *, quiet: bool) -> Explanation:
        """Return why *figure* is uncertain."""
        from simtwin.orchestrator.explain import FEWEST, explain

        with progress("explaining", quiet=quiet) as moved:
            return explain(
                self.plant,
                self.scenario,
                figure,
                replications=max(FEWEST, self.replications),
                seed=self.seed,
                workers=self.workers,
                guard=deadline(self.max_seconds),
                progress=moved,
            )


def demo(
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=2, help="How many shifts are tried.")
    ] = DEMO_REPLICATIONS,
    seed: options.Seed = None,
    workers: options.Workers = None,
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Try a day shift of the bundled job shop; it writes simtwin-demo.html here."""
    page = Path(DEMO_PAGE)
    check_target(page, force=force or _is_ours(page))
    asked = _question("day_shift", None, None, seed)
    note(f"{replications} day shifts of a job shop with {len(asked.plant.machines)} machines")
    with kept():
        answer = replace(asked, replications=replications, workers=workers).ask(quiet=False)
        beside = _Beside(stopped=getattr(answer, "partial", False))
        because = beside.ask(partial(_because, answer), anyway=True) or ()
    in_turn(
        [
            partial(_say_answer, answer, because),
            partial(_write_demo, answer, page, because, part=beside.stopped),
        ]
    )
    say()
    heading("Next")
    say(f"  open {page} in a browser: who did what when, temperatures, wear, energy")
    say("  simtwin run day_shift --once --report shift.html     one shift, with its trace")
    say("  simtwin view day_shift -o shop.html                  the shop in 3D, to play")
    say("  simtwin examples --copy my-shop                      files to change and run again")
    say(
        "  simtwin check job_shop day_shift                     what was understood and assumed"
    )
    gates.end(answer, partial=beside.stopped)


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
    asked = _question(scenario, plant, replications, seed)
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
        beside = _Beside(stopped=getattr(answer, "partial", False))
        if actions:
            helpful = beside.ask(partial(asked.act, answer, quiet=as_json))
        because = beside.ask(partial(_because, answer, max_seconds), anyway=True) or ()
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
                _say_answer(answer, because, helpful)
                _say_why(asked, why)

    in_turn([tell, lambda: keeping.keep(answer, actions=helpful, because=because, also=state)])
    gates.end(answer, found, partial=beside.stopped)


@dataclass(slots=True)
class _Beside:
    """What is asked beside an answer that is there, until somebody stops it."""

    stopped: bool
    """Whether the answer, or what is asked beside it, is a part of what was asked."""

    def ask(self, question: Callable[[], Told], *, anyway: bool = False) -> Told | None:
        """Return what *question* gives; None where it is stopped, or came after what was.

        With *anyway* also after that: what takes a moment.
        """
        self.stopped = self.stopped or (pressed() and not anyway)
        if self.stopped and not anyway:
            return None
        try:
            told = question()
        except KeyboardInterrupt:  # The answer is there; only this is given up.
            self.stopped = True
            return None
        self.stopped = self.stopped or bool(getattr(told, "partial", False))
        return told


def _is_ours(page: Path) -> bool:
    """Tell whether *page* is a report, as the demo before has written it.

    What cannot be read is somebody else's.
    """
    try:
        if not page.is_file():
            return False
        with page.open("rb") as file:
            return GENERATED in file.read(1000)
    except OSError:
        return False


def _write_demo(
    answer: Run | Ensemble, page: Path, because: tuple[Because, ...], *, part: bool
) -> None:
    """Write the report of a demo; a whole one that is there is not replaced by a *part*."""
    from simtwin.report.page import report as write

    if part and page.exists():
        note(f"{page} is left as it was, for this is a part of a demo")
        return
    with writing(page):
        write(answer, page, force=True, because=because)


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
        asked = replace(_question(source, plant, replications, seed), workers=workers)
        if actions and asked.replications == 1:
            raise InvalidInput("--actions needs replications to compare")
        answer = asked.ask(quiet=False)
    with kept():
        beside = _Beside(stopped=getattr(answer, "partial", False))
        if actions:
            helpful = beside.ask(partial(asked.act, answer, quiet=False))
    with writing(output):
        page = write(answer, output, force=force, actions=helpful)
    say(f"{page}: {_headline(answer)}")
    gates.end(answer, partial=beside.stopped)


def _question(
    scenario: str, plant: str | None, replications: int | None, seed: int | None
) -> Question:
    """Return the question of the files; a number in the call wins over one in a file."""
    model, asked = load(scenario, plant)
    return Question(model, asked, *luck(asked, scenario, replications, seed))


def _because(answer: Run | Ensemble, max_seconds: float | None = None) -> tuple[Because, ...]:
    """Return why orders are late, in runs in which they are; nothing of a single run."""
    from simtwin.orchestrator.reasons import reasons
    from simtwin.result.ensemble import Ensemble as Ensemble_

    if not isinstance(answer, Ensemble_) or answer.n < 2:
        return ()
    # What takes a moment is still asked when the runs were stopped.
    return reasons(answer, guard=deadline(max_seconds, after_ctrl_c=pressed()))


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


def _say_actions(helpful: Actions) -> None:
    from simtwin.report import actions

    say()
    say(helpful.sentence)
    if helpful.tried:
        say_table(actions.table(helpful))


def _say_answer(
    answer: Run | Ensemble, because: tuple[Because, ...], helpful: Actions | None = None
) -> None:
    from simtwin.report import hours, tables
    from simtwin.report.told import observed
    from simtwin.report.verdict import verdict

    said = verdict(answer)
    run = observed(answer)
    heading(f"{run.scenario.name} on {run.plant.name}: {said.basis}")
    say(said.sentence)
    orders = tables.orders(answer, because)
    if orders.rows:
        say()
        say_table(orders)
    if helpful is not None:
        _say_actions(helpful)
    bound = hours.bottlenecks(answer)
    if bound.rows:
        say()
        say_table(bound)
    say()
    say_table(tables.kpis(answer))


def _say_why(asked: Question, why: Explanation | None) -> None:
    """Say why the figure is uncertain, or that it can be asked where numbers have a spread."""
    if why is None:
        from simtwin.report.wording import counted

        spreads = len(asked.plant.spread) + len(asked.scenario.spread)
        if spreads:
            said = counted(spreads, "number has a spread", "numbers have a spread")
            note(f"{said}: --explain FIGURE says which to measure first")
        return
    from simtwin.report import explanation

    say()
    say(why.sentence)
    say_table(explanation.shares(why))
    if why.hinges:
        say()
        say_table(explanation.hinges(why))


def _headline(answer: Run | Ensemble) -> str:
    from simtwin.report.verdict import verdict

    said = verdict(answer)
    return f"{said.sentence} ({said.basis})"
