"""This module holds the verb about trust: oracles."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from simtwin.cli import gates, options
from simtwin.cli.console import FAILED, heading, note, progress, say, say_json, say_table
from simtwin.cli.given import deadline
from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.oracles.check import Oracles
    from simtwin.oracles.verdict import Verdict
    from simtwin.report.tables import Table


def oracles(
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="IDS", help="These alone, as in 'A1,B5'."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A first look: short runs, wide intervals."),
    ] = False,
    length: Annotated[
        float | None,
        typer.Option(
            "--length", help="How much longer than shipped the runs are; 4 halves intervals."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the problems with sources; run nothing.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Of all runs; 1 if left out.")
    ] = None,
    workers: options.Workers = None,
    max_seconds: options.MaxSeconds = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Run problems with known answers, and say whether the simulation finds the answers.

    Leaves with 1 where one disagrees.
    """
    from simtwin.oracles.check import QUICK, SEED, run_oracles

    if quick and length is not None:
        raise InvalidInput(f"--quick is a length of {QUICK:g}; it contradicts --length")
    wanted = None if only is None else [name for name in only.split(",") if name.strip()]
    if listed:
        _list(wanted, as_json=as_json)
        return
    with progress("runs", quiet=as_json) as moved:
        found = run_oracles(
            wanted,
            length=QUICK if quick else 1.0 if length is None else length,
            seed=SEED if seed is None else seed,
            workers=workers,
            progress=moved,
            guard=deadline(max_seconds),
        )
    if as_json:
        say_json(found.as_dict())
    else:
        _say(found)
    gates.end(found)
    if not found.ok:
        raise typer.Exit(FAILED)


def _say(found: Oracles) -> None:
    say_table(_verdicts(found))
    say()
    heading(found.sentence)
    for verdict in found.disagreeing:
        note(f"{verdict.oracle} {verdict.problem}: {verdict.expected.name} {verdict.words}")


def _verdicts(found: Oracles) -> Table:
    from simtwin.report.tables import Table

    rows = []
    before = ""
    for line in _lines(found.told):
        verdict = line[0]
        rows.append(
            (
                verdict.oracle,
                ", ".join(one.expected.name for one in line),
                ", ".join(_number(one.expected.value, one.expected.unit) for one in line),
                ", ".join(map(_found, line)),
                verdict.reading,
                verdict.words,
                "" if verdict.problem == before else verdict.problem,
            )
        )
        before = verdict.problem
    columns = ("id", "figure", "expected", "found [95 %]", "verdict", "how surely", "problem")
    return Table(columns, tuple(rows))


def _lines(told: Sequence[Verdict]) -> list[tuple[Verdict, ...]]:
    """Return a line for each figure, but for a pair of exact ones, which share theirs."""
    lines: list[tuple[Verdict, ...]] = []
    for _, group in groupby(told, key=lambda verdict: (verdict.oracle, verdict.case)):
        case = tuple(group)
        pair = len(case) == 2 and len({(v.reading, v.words) for v in case}) == 1
        alike = pair and not any(verdict.expected.random for verdict in case)
        lines += [case] if alike else [(verdict,) for verdict in case]
    return lines


def _found(verdict: Verdict) -> str:
    from simtwin.result.estimate import Estimate

    if isinstance(verdict.found, Estimate):
        return str(verdict.found)
    return _number(verdict.found, verdict.expected.unit)


def _number(value: float, unit: str) -> str:
    """Return a figure as a table shows it, six digits of it and its unit.

    >>> _number(0.7561969, "1/s"), _number(1.0, "truth"), _number(999.0, "")
    ('0.756197 1/s', 'yes', '999')
    """
    if unit == "truth":
        return "yes" if value else "no"
    return f"{value:.6g} {unit}".rstrip()


def _list(wanted: list[str] | None, *, as_json: bool) -> None:
    from simtwin.oracles.registry import chosen
    from simtwin.report.tables import Table

    problems = chosen(wanted)
    if as_json:
        rows = [
            {
                "id": one.id,
                "title": one.title,
                "source": one.source,
                "files": sorted({file for case in one.cases for file in case.files}),
            }
            for one in problems
        ]
        say_json({"schema_version": 1, "oracles": rows})
        return
    lines = [
        (one.id, one.title, _files([f for case in one.cases for f in case.files]), one.source)
        for one in problems
    ]
    say_table(Table(("id", "problem", "run it by", "source"), tuple(lines)))


def _files(names: list[str]) -> str:
    """Return the bundled scenarios of a problem, the first of several by its name."""
    different = list(dict.fromkeys(names))
    if not different:
        return ""
    rest = f" and {len(different) - 1} more" if len(different) > 1 else ""
    return f"simtwin run {different[0]}{rest}"
