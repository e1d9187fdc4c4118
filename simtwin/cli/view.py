"""This module holds the verb that shows the shop in 3D: view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import options
from simtwin.cli.console import say
from simtwin.cli.given import load, moment, winning
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from simtwin.result.result import Result


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
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Show a run in 3D, or two side by side: writes one HTML file that needs no network."""
    from simtwin.viewer.page import view as show

    if output.exists() and not force:
        raise InvalidInput(f"{output}: exists already; --force overwrites it")
    runs = [_run(one, plant, seed) for one in (source, other) if one is not None]
    start = runs[0].scenario.start
    page = show(
        runs,
        begin=None if begin is None else moment("--from", begin, start),
        end=None if end is None else moment("--to", end, start),
    ).save(output, force=force)
    for run in runs:
        say(f"{page}: {run.scenario.name} on {run.plant.name}, {_which(run)}")


def _run(source: str, plant: str | None, seed: int | None) -> Result:
    """Return the run in a folder, the first of saved replications, or one run of a scenario."""
    if Path(source).is_dir():
        import simtwin
        from simtwin.viewer.accessors import observed

        return observed(simtwin.open(source))
    from simtwin.orchestrator.simulate import simulate

    model, asked = load(source, plant)
    used = winning("--seed", seed, asked.seed, asked.origin or source)
    return simulate(model, asked, seed=used)


def _which(run: Result) -> str:
    return f"replication {run.replication}, seed {run.seed}"
