"""This module holds the choice of the sheet: which one of a workbook is the list meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import FileProblems, Problem
from simtwin.plant.erp.columns import find_columns
from simtwin.plant.table import is_excel, read_table, split_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simtwin.plant.erp.findings import Findings
    from simtwin.plant.table import Table


def with_sheet(
    source: str | Path,
    meanings: tuple[str, ...],
    needed: tuple[str, ...],
    by_hand: Mapping[str, str],
    findings: Findings,
) -> str | Path:
    """Return *source* with the sheet of which most is understood, where it names none.

    It must have the *needed* columns; without such a sheet the first one is meant.
    """
    file, sheet = split_sheet(str(source))
    if sheet is not None or not is_excel(file):
        return source
    from simtwin.plant.workbook import sheet_names

    names = sheet_names(file)
    if len(names) < 2:
        return source
    found = {}
    for name in names:
        try:
            columns = understood(read_table(f"{file}#{name}"), meanings, by_hand)
        except FileProblems:
            continue  # An empty sheet.
        if set(needed) <= columns:
            found[name] = len(columns)
    chosen = max(found, key=lambda name: found[name], default=names[0])
    message = f"sheet {chosen!r} taken, by its headings; {file}#Sheet names another"
    findings.assumed.append(Problem(f"{file}#{chosen}", 1, 1, "", message))
    return f"{file}#{chosen}"


def understood(table: Table, meanings: tuple[str, ...], by_hand: Mapping[str, str]) -> set[str]:
    """Return which of *meanings* some column of *table* has."""
    filled = [row for row in table.rows if not row.empty]
    return set(find_columns(filled, meanings, by_hand)[1])
