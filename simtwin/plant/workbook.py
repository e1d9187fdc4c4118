"""This module holds the workbook: a sheet of an Excel file as a table."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, cast

from simtwin.errors import InvalidInput
from simtwin.plant.document import fatal
from simtwin.plant.table import Row, Table, Value
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "reading Excel files needs openpyxl: pip install openpyxl, or save the sheet as CSV"


def sheet_names(path: str | Path) -> list[str]:
    """Return the names of the sheets of an Excel file; none of what cannot be read."""
    try:
        book = _opened(path, str(path))
    except InvalidInput:
        return []  # Which is told where it is read.
    try:
        return [page.title for page in book.worksheets]
    finally:
        book.close()


def read_sheet(path: Path, sheet: str | None, *, name: str) -> Table:
    """Return the table in a *sheet* of the Excel file *path*, or in its first one.

    Dates, times and numbers are what Excel holds them to be, formulas what they last gave.
    A row has the line of the sheet, a cell the number of its column. *name* is for messages.
    """
    book = _opened(path, name)
    try:
        names = [page.title for page in book.worksheets]
        if sheet is not None and sheet not in names:
            raise InvalidInput(f"{name}: {unknown('sheet', sheet, names)}")
        page = book[sheet or names[0]]
        # A sheet may say that it has one cell only; then it is believed and the rest is lost.
        cast("Any", page).reset_dimensions()
        rows = _rows(page)
        form = f"Excel, sheet {page.title!r}"
    finally:
        book.close()
    _refuse_unknown(path, page.title, rows, name)
    table = Table(name, tuple(row for row in rows if not row.empty), form)
    if not table.rows:
        raise fatal(name, 1, 1, "the sheet is empty")
    return table


def _refuse_unknown(path: Path, sheet: str, rows: list[Row], name: str) -> None:
    """Refuse a *sheet* whose formulas all have no result: they would be taken as empty cells.

    Where others have one, a formula without is one that gives an empty text.
    """
    if all(value is not None for row in rows for value in row.values):
        return
    book = _opened(path, name, formulas=True)
    try:
        page = book[sheet]
        cast("Any", page).reset_dimensions()
        formulas = [
            (row.line, column, text, row.values[column - 1])
            for row, written in zip(rows, _rows(page), strict=True)
            for column, text in enumerate(written.values, start=1)
            if isinstance(text, str) and text.startswith("=")
        ]
    finally:
        book.close()
    if formulas and all(value is None for *_, value in formulas):
        line, column, text, _ = formulas[0]
        message = f"formula {text} has no result in the file: open it in Excel and save it"
        raise fatal(name, line, column, message)


def _opened(path: str | Path, name: str, *, formulas: bool = False) -> Any:
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise InvalidInput(f"{name}: {INSTALL}") from None
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise InvalidInput(f"{name} cannot be read as an Excel file") from None


def _rows(page: Any) -> list[Row]:
    rows = []
    for line, values in enumerate(page.iter_rows(values_only=True), start=1):
        cells: tuple[Value, ...] = tuple(values)
        rows.append(Row(line, cells, tuple(range(1, len(cells) + 1))))
    return rows
