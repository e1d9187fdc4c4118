"""This module holds the workbook: a result for people with a spreadsheet, a sheet a question.

Numbers are numbers, with the unit in the header; times of day are dates and times; a text that
a spreadsheet would take for a formula is escaped. The same result gives the same bytes.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from simtwin.errors import InvalidInput
from simtwin.report.questions import CLOCK, sheets
from simtwin.report.sheets import escaped
from simtwin.result.ensemble import Ensemble as Ensemble_

if TYPE_CHECKING:
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because

NEEDED = 'an Excel file needs openpyxl: pip install -e ".[excel]"'

WIDEST = 60
"""Width of a column at most [letters]."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry of the file: no wall clock is in a result."""


def write(
    told: Run | Ensemble,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    actions: Actions | None = None,
    because: Sequence[Because] | None = None,
) -> Path:
    """Write a result to the Excel file *path* and return it, a sheet for each question.

    An existing file is kept unless *force* is given. *actions* are what was tried to help;
    *because* are the reasons of late orders, where they are known already.
    """
    target = Path(path)
    check(target, force=force)
    draft = target.with_name(f".{target.name}.draft")
    draft.write_bytes(packed(told, actions, _because(told) if because is None else because))
    draft.replace(target)
    return target


def check(target: Path, *, force: bool) -> None:
    """Refuse what cannot be written, before any run."""
    from importlib.util import find_spec

    if target.suffix != ".xlsx":
        raise InvalidInput(f"{target}: an Excel file must end in .xlsx")
    if target.exists() and not force:
        raise InvalidInput(f"{target}: exists already; --force (force=True) overwrites it")
    if not target.parent.is_dir():
        raise InvalidInput(f"{target}: there is no folder {target.parent}")
    if find_spec("openpyxl") is None:
        raise InvalidInput(NEEDED)


def _because(told: Run | Ensemble) -> tuple[Because, ...]:
    """Return why orders are late, in runs in which they are; nothing of a single run."""
    if not isinstance(told, Ensemble_) or told.n < 2:
        return ()
    from simtwin.orchestrator.reasons import reasons

    return reasons(told)


def packed(
    told: Run | Ensemble, actions: Actions | None = None, because: Sequence[Because] = ()
) -> bytes:
    """Return the workbook as the bytes of an ``.xlsx`` file."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    del book[book.sheetnames[0]]
    for sheet in sheets(told, actions, because):
        page = book.create_sheet(sheet.name)
        page.append([escaped(name) for name, _ in sheet.columns])
        for cell in page[1]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="E4E8EC")
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for row in sheet.rows:
            page.append([_cell(value) for value in row])
        for number, (name, shown) in enumerate(sheet.columns):
            column = page.column_dimensions[_letter(number)]
            column.width = _width(name, shown, [row[number] for row in sheet.rows])
            for (cell,) in page.iter_rows(min_row=2, min_col=number + 1, max_col=number + 1):
                cell.number_format = shown
                cell.alignment = Alignment(
                    wrap_text=isinstance(cell.value, str), vertical="top"
                )
        page.freeze_panes = "A2"
        if sheet.rows:
            page.auto_filter.ref = page.dimensions
    file = BytesIO()
    book.save(file)
    return _timeless(file.getvalue())


def _cell(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int | datetime):
        return value
    return escaped(_WITHOUT.sub("", str(value)))


_WITHOUT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no cell may hold."""


def _width(name: str, shown: str, values: Sequence[Any]) -> float:
    """Return how wide a column is: as its longest text, within bounds [letters]."""
    least = 17.0 if shown == CLOCK else 9.0
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    head = max(map(len, name.split()))
    return min(WIDEST, max(least, longest + 2.0, head + 3.0, len(name) / 2.0 + 2.0))


def _letter(number: int) -> str:
    """Return what a column is called.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    more, rest = divmod(number, 26)
    return (_letter(more - 1) if more else "") + chr(65 + rest)


def _timeless(data: bytes) -> bytes:
    """Return the file without the wall clock: of its entries, and of who saved it when."""
    file = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _SAVED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)
            entry = ZipInfo(name, EPOCH)
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, content)
    return file.getvalue()


_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")
