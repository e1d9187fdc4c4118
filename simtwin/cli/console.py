"""This module holds the console: results on stdout, progress on stderr, errors in one line."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from simtwin.cli.interruption import INTERRUPTED, heard, kept, pressed
from simtwin.errors import InvalidInput, RunFailed, SimtwinError, UnknownSnapshot
from simtwin.report.plain import plain

if TYPE_CHECKING:
    from simtwin.report.tables import Table

Arguments = ParamSpec("Arguments")
Given = TypeVar("Given")

FAILED, WRONG_INPUT = 1, 2
OVER: ContextVar[str] = ContextVar("OVER", default="")
"""That ``--max-seconds`` is over, where it has ended this call."""
ANSWERED: ContextVar[bool] = ContextVar("ANSWERED", default=False)
"""Whether the one object of ``--json`` is said."""


def ended_early() -> tuple[str, int]:
    """Return why a verb is stopped, and its exit code: failed where a bound of the call did."""
    if OVER.get() and not pressed():
        return OVER.get(), FAILED
    return "interrupted", INTERRUPTED


def command(verb: Callable[Arguments, Given]) -> Callable[Arguments, Given]:
    """Return *verb* with its errors said in a line and its exit code set (UX 3).

    With ``--json`` they are an object on stdout, too. No traceback is shown unless the verb
    was called with ``debug``; a closed pipe is silent.
    """

    @functools.wraps(verb)
    @heard()
    def guarded(*args: Arguments.args, **options: Arguments.kwargs) -> Given:
        OVER.set("")
        ANSWERED.set(False)
        try:
            result = verb(*args, **options)
            _put("", flush=True)
        except BrokenPipeError:
            _close_pipe()
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nobody is behind it
            raise typer.Exit(
                _explain(
                    error,
                    debug=bool(options.get("debug")),
                    as_json=bool(options.get("as_json")),
                )
            ) from None
        return result

    return guarded


@contextmanager
def while_read() -> Iterator[None]:
    """Say what is said inside as long as somebody reads it; what follows is done anyway."""
    try:
        yield
        _put("", flush=True)
    except BrokenPipeError:
        _close_pipe()


def say(text: str = "") -> None:
    """Write one line of the result to stdout."""
    _put(text + "\n")


def note(text: str) -> None:
    """Write one line about the work to stderr."""
    sys.stderr.write(text + "\n")


def say_json(answer: dict[str, Any]) -> None:
    """Write *answer* as the one object of ``--json``; what is not finite is null there."""
    ANSWERED.set(True)
    say(json.dumps(plain(answer), indent=2, ensure_ascii=False, allow_nan=False))


def heading(text: str) -> None:
    """Write a heading, bold where a person looks at it."""
    say(f"\x1b[1m{text}\x1b[0m" if _colored() else text)


def say_table(table: Table) -> None:
    """Write *table* with aligned columns; on a terminal the last column is wrapped to fit."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(table.columns))]
    left = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = shutil.get_terminal_size().columns - left if sys.stdout.isatty() else 10_000
    for index, row in enumerate(rows):
        cells = [
            cell.rjust(width) if name in table.numeric else cell.ljust(width)
            for cell, width, name in zip(row[:-1], widths, table.columns, strict=False)
        ]
        last = row[-1].rjust(widths[-1]) if table.columns[-1] in table.numeric else row[-1]
        pieces = textwrap.wrap(last, max(24, room), drop_whitespace=False) or [""]
        line = "  ".join([*cells, pieces[0]]).rstrip()
        heading(line) if index == 0 else say(line)
        for piece in pieces[1:]:
            say(" " * left + piece.strip())
    if table.note:
        say(table.note)


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function (done, total) that moves a bar on stderr, or None if none is wanted.

    Work inside stops at Ctrl-C by its guard, a `deadline`, and keeps what is complete.
    """
    with kept(), _bar(what, quiet=quiet) as moved:
        yield moved


@contextmanager
def _bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def moved(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield moved


def _put(text: str, *, flush: bool = False) -> None:
    """Write *text* to stdout, and say in words where that fails."""
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _close_pipe()
        raise RunFailed(f"standard output: cannot be written: {error.strerror}") from None


def _explain(error: BaseException, *, debug: bool, as_json: bool) -> int:
    """Say what became of a verb that ended with *error*, and return its exit code."""
    said, code = _failure(error)
    if debug and isinstance(error, Exception):
        traceback.print_exception(error)
    else:
        note(said)
    if as_json and not ANSWERED.get():
        from simtwin.report.problems import problems

        told = {"schema_version": 1, "exit_code": code, "detail": said}
        found = problems(error)
        with suppress(RunFailed), while_read():
            say_json(told | ({"errors": found} if found else {}))
    return code


def _failure(error: BaseException) -> tuple[str, int]:
    """Return what to say of *error*, and the exit code."""
    if isinstance(error, KeyboardInterrupt):
        why, code = ended_early()
        told = str(error) or why
        if code == FAILED and told != why:
            told = f"{why}, {told}"
        return f"{told}: nothing was finished", code
    if isinstance(error, SimtwinError):
        wrong = isinstance(error, InvalidInput | UnknownSnapshot)
        return str(error), WRONG_INPUT if wrong else FAILED
    frames = traceback.extract_tb(error.__traceback__)
    package = Path(__file__).parents[1]
    own = [frame for frame in frames if package in Path(frame.filename).parents] or frames
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
    said = f"internal error at {place}: {type(error).__name__}: {error}; --debug shows all"
    return said, FAILED


def _colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _close_pipe() -> None:
    """Point stdout to nowhere, or Python complains about the closed pipe when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
