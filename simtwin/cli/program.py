"""This module holds the command-line program and the list of its verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from simtwin.cli import (
    demo,
    emulate,
    files,
    foresight,
    new,
    optimise,
    oracles,
    replay,
    runs,
    serve,
    studies,
    supposing,
    view,
    what_if,
)
from simtwin.cli.console import command, say

app = typer.Typer(
    name="simtwin",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

_VERBS: tuple[Callable[..., None], ...] = (
    demo.demo,
    new.new,
    files.check,
    runs.run,
    what_if.what_if,
    studies.compare,
    studies.sweep,
    foresight.look_ahead,
    foresight.impact,
    optimise.optimise,
    emulate.emulate,
    replay.replay,
    oracles.oracles,
    serve.serve,
    runs.report,
    view.view,
    files.examples,
    files.schema,
)
_SPOKEN = dict.fromkeys((what_if.what_if, emulate.emulate, view.view), supposing.Spoken)
"""Verbs with options of several words."""

for _verb in _VERBS:
    app.command(cls=_SPOKEN.get(_verb))(command(_verb))


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.machinery import ExtensionFileLoader
        from importlib.metadata import PackageNotFoundError, version
        from importlib.util import find_spec

        found = find_spec("simtwin.shop.machine")
        compiled = found is not None and isinstance(found.loader, ExtensionFileLoader)
        try:
            say(f"simtwin {version('simtwin-plant')}{', compiled' if compiled else ''}")
        except PackageNotFoundError:
            say("simtwin from the checkout")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """A digital twin of CNC machine shops: what is late, why, and how surely."""
