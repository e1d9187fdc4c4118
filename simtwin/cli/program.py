"""This module holds the command-line program and the list of its verbs."""

from __future__ import annotations

import typer

from simtwin.cli import files, runs
from simtwin.cli.console import command

app = typer.Typer(
    name="simtwin",
    help="A digital twin of CNC machine shops: what is late, why, and how surely.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

for _verb in (
    runs.demo, files.check, runs.run, runs.report, files.examples, files.schema
):  # fmt: skip
    app.command()(command(_verb))


def main() -> None:
    """Run the program on the arguments of the process."""
    app()
