"""This module holds the verb new: plant and scenario out of the lists of an ERP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simtwin.cli.console import note, say, say_json
from simtwin.cli.given import check_targets
from simtwin.cli.options import Debug, Force, Json
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

Pairs = list[str] | None


def _two(given: tuple[str, str]) -> tuple[str, str]:
    """Return both lists; refuse an option in the place of one, which is then missing."""
    for count, text in zip(("none", "one"), given, strict=True):
        if text.startswith("-"):
            message = f"needs two lists, a routing and the orders; got {count} before {text}"
            raise typer.BadParameter(message)
    return given


def new(
    lists: Annotated[
        tuple[str, str],
        typer.Option(
            "--from",
            metavar="ROUTING ORDERS",
            callback=_two,
            help="The lists, CSV or Excel; file.xlsx#Sheet names a sheet.",
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="Write into this folder.")] = Path(),
    name: Annotated[
        str | None, typer.Option("--name", help="Of the plant; else that of the folder.")
    ] = None,
    by_hand: Annotated[
        Pairs,
        typer.Option(
            "--map",
            metavar="MEANING=COLUMN",
            help="'part=Artikelnr' where a column is not understood. Repeatable.",
        ),
    ] = None,
    count: Annotated[
        Pairs,
        typer.Option("--count", metavar="MACHINE=N", help="'mills=3': a group. Repeatable."),
    ] = None,
    rename: Annotated[
        Pairs,
        typer.Option(
            "--rename", metavar="NAME=NAME", help="'Mil-2=Mill-2': a machine. Repeatable."
        ),
    ] = None,
    machines: Annotated[
        str | None,
        typer.Option(
            "--machines", help="All machines there are: 'saw,mill-1', or a file of them."
        ),
    ] = None,
    dates: Annotated[
        Literal["dmy", "mdy"] | None,
        typer.Option("--dates", help="What 03/04/2026 means, where the lists do not show it."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", help="When the scenario starts: 2026-01-05 06:00, zone after it in []."
        ),
    ] = None,
    low_first: Annotated[
        bool, typer.Option("--low-first", help="Priority 1 goes before priority 2.")
    ] = False,
    keep_all: Annotated[
        bool, typer.Option("--all", help="Keep parts that no order asks for.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Make a plant and a scenario of a routing and an order list; say what was understood."""
    from simtwin.plant.erp.echo import as_dict, echo
    from simtwin.plant.erp.intake import Wishes, take_in
    from simtwin.plant.schema import folder

    wishes = Wishes(
        by_hand=_pairs("--map", by_hand, empty=True),
        counts={key: _count(key, text) for key, text in _pairs("--count", count).items()},
        renames=_pairs("--rename", rename),
        machines=machines,
        dates=dates,
        start=None if start is None else _moment(start),
        low_first=low_first,
        keep_all=keep_all,
    )
    called = name or to.resolve().name
    intake = take_in(*lists, called, wishes, schemas=_way(to, folder()))
    written = _write(to, intake.files, force=force)
    if as_json:
        say_json({"schema_version": 1, **as_dict(intake), "written": written})
        return
    say(echo(intake))
    say(f"wrote {', '.join(written)}")
    note(f"next: simtwin check {written[0]} {written[1]}, then simtwin run {written[1]}")


def _pairs(option: str, given: Pairs, *, empty: bool = False) -> dict[str, str]:
    """Return the texts ``KEY=VALUE`` of an *option* as a dictionary."""
    found: dict[str, str] = {}
    for text in given or []:
        key, mark, value = (part.strip() for part in text.partition("="))
        if not mark or not key or not (value or empty):
            raise InvalidInput(f"{option}: must be NAME=VALUE (got {text!r})")
        if key in found:
            raise InvalidInput(f"{option}: {key!r} stands twice")
        found[key] = value
    return found


def _count(name: str, text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise InvalidInput(f"--count {name}: must be a whole number, 1 to 1000 (got {text!r})")
    return int(text)


def _moment(text: str) -> datetime:
    from simtwin.civil import read_zero

    try:
        return read_zero(text)
    except InvalidInput as error:
        raise InvalidInput(f"--start: {error}") from None


def _way(here: Path, there: Path) -> str:
    """Return the way from one folder to another, for files that may move together."""
    try:
        return Path(os.path.relpath(there, here.resolve())).as_posix()
    except ValueError:  # Another drive: there is no way but the whole one.
        return there.as_uri()


def _write(folder: Path, files: dict[str, str], *, force: bool) -> list[str]:
    paths = {folder / name: text for name, text in files.items()}
    check_targets(paths, force=force, made=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InvalidInput(f"{error.filename} cannot be written: {error.strerror}") from None
    return [str(path) for path in paths]
