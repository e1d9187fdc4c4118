"""This module holds the options that verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
Plant = Annotated[
    str | None,
    typer.Option("--plant", help="Another plant than the one that the scenario names."),
]
Replications = Annotated[
    int | None,
    typer.Option("--replications", "-n", min=1, help="How many; the scenario says it else."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Of all replications; the scenario's else.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes that share the work.")
]
MaxEvents = Annotated[
    int | None, typer.Option("--max-events", min=1, help="Stop a run after so many events.")
]
MaxSeconds = Annotated[
    float | None,
    typer.Option("--max-seconds", min=0.001, help="Stop after so many seconds."),
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write the HTML report to this file.")
]
Excel = Annotated[
    Path | None,
    typer.Option("--excel", help="Write an Excel file, a sheet for each question."),
]
Save = Annotated[Path | None, typer.Option("--save", help="Save the result in this folder.")]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="FIGURE",
        help="Say why this figure is uncertain, and what to measure first.",
    ),
]
Actions = Annotated[
    bool,
    typer.Option(
        "--actions",
        help="Try what would help most, by paired runs: some five to ten times the work.",
    ),
]
FailIf = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="'FIGURE > NUMBER'",
        help="Leave with 1 where it is so, as in 'p_failure(mill-1) > 0.2'. Repeatable.",
    ),
]
