"""This module holds the verb demo: a day shift of the bundled job shop."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import gates, options
from simtwin.cli.console import heading, note, say
from simtwin.cli.given import check_target, writing
from simtwin.cli.interruption import kept
from simtwin.cli.keeping import in_turn
from simtwin.cli.question import Beside, because_of, question_of
from simtwin.cli.saying import say_answer

if TYPE_CHECKING:
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.because import Because

DEMO_PAGE = "simtwin-demo.html"
GENERATED = b'<meta name="generator" content="simtwin">'
"""Stands at the head of every report."""
DEMO_REPLICATIONS = 50


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
    asked = question_of("day_shift", None, None, seed)
    note(f"{replications} day shifts of a job shop with {len(asked.plant.machines)} machines")
    with kept():
        answer = replace(asked, replications=replications, workers=workers).ask(quiet=False)
        beside = Beside(stopped=getattr(answer, "partial", False))
        because = beside.ask(partial(because_of, answer), anyway=True) or ()
    in_turn(
        [
            partial(say_answer, answer, because),
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
