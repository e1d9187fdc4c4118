"""This module holds the verb that shows the shop in 3D: view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import gates, options, supposing
from simtwin.cli.console import note, say
from simtwin.cli.given import load, moment, winning
from simtwin.cli.interruption import finished
from simtwin.errors import InvalidInput
from simtwin.result.moment import moment as clock

if TYPE_CHECKING:
    from simtwin.result.result import Result

LARGE = 20_000_000
"""Bytes of a page from which on a browser is slow to open it."""


def view(
    source: Annotated[str, typer.Argument(help="A saved run's folder, or a scenario.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    other: Annotated[
        str | None, typer.Argument(help="Another one, to be seen beside it on the same clock.")
    ] = None,
    plant: options.Plant = None,
    seed: options.Seed = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="Show from this time on, such as 10:30.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Show up to this time.")] = None,
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
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Show a run in 3D, or two side by side: writes one HTML file that needs no network.

    With the options of what-if: the scenario as it is, and beside it as supposed, on one seed.
    """
    from simtwin.viewer.page import check_page
    from simtwin.viewer.page import view as show

    check_page(output, force=force)
    suppositions = supposing.lines(
        overtime, add_machine, remove_machine, stop, maintain, move, skip, rush, feed, crew,
        dispatching, set_,
    )  # fmt: skip
    names = None
    if suppositions:
        if other is not None or Path(source).is_dir():
            raise InvalidInput(
                "view: what is supposed is shown beside one scenario as it is; give neither a "
                "saved run nor a second scenario with it"
            )
        runs, names = _supposed(source, plant, seed, suppositions)
    else:
        runs = [_run(one, plant, seed) for one in (source, other) if one is not None]
    start, last = runs[0].scenario.start, max(run.end for run in runs)
    window = [
        None if given is None else _instant(option, given, start, last)
        for option, given in (("--from", begin), ("--to", end))
    ]
    if begin is not None and end is not None and window[0] > window[1]:  # type: ignore[operator]
        raise InvalidInput(f"--from {begin} lies behind --to {end}")
    finished()
    shown = show(runs, names=names, begin=window[0], end=window[1])
    page = shown.save(output, force=force)
    size = page.stat().st_size
    if size > LARGE:
        note(f"{page} has {size / 1e6:.0f} MB; --from and --to show a part of it")
    for run in runs:
        say(f"{page}: {run.scenario.name} on {run.plant.name}, {_which(run)}")
    gates.end(runs[0])


def _instant(option: str, text: str, start: str, last: float) -> float:
    """Return the instant [s] that *option* names, within the runs up to *last*."""
    found = moment(option, text, start)
    if found > last:
        raise InvalidInput(f"{option} {text}: lies behind the end, {clock(start, last)}")
    return found


def _supposed(
    source: str, plant: str | None, seed: int | None, suppositions: list[str]
) -> tuple[list[Result], list[str]]:
    """Return the run of a scenario as it is, and as supposed on the same seed; their names."""
    from simtwin.orchestrator.simulate import simulate
    from simtwin.plant.supposition import beside, suppose

    model, asked = load(source, plant)
    used = winning("--seed", seed, asked, source)
    otherwise, said = suppose(model, asked, suppositions)
    as_long = beside(model, asked, suppositions)
    runs = [simulate(model, one, seed=used) for one in (as_long, otherwise)]
    return runs, [asked.name, "; ".join(said)]


def _run(source: str, plant: str | None, seed: int | None) -> Result:
    """Return the run in a folder, the first of saved replications, or one run of a scenario."""
    if Path(source).is_dir():
        import simtwin
        from simtwin.viewer.accessors import observed

        return observed(simtwin.open(source))
    from simtwin.orchestrator.simulate import simulate

    model, asked = load(source, plant)
    used = winning("--seed", seed, asked, source)
    return simulate(model, asked, seed=used)


def _which(run: Result) -> str:
    return f"replication {run.replication}, seed {run.seed}"
