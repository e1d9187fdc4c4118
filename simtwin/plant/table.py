"""This module holds the table: rows of cells out of CSV text or an Excel sheet, with places."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.document import fatal

Value = str | int | float | bool | date | datetime | time | timedelta | None
"""What a cell holds: raw text in CSV; what Excel means by it in a sheet."""

MARKS = (";", "\t", ",", "|")
"""What may stand between two cells of a CSV line; the first wins where all is equal."""

MAX_BYTES = 50_000_000
SNIFFED = 200
"""Lines that are looked at to find the mark."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_EXCEL = frozenset((".xlsx", ".xlsm"))


class Row(NamedTuple):
    """One row: its line in the file from 1, and what stands in its cells."""

    line: int
    values: tuple[Value, ...]
    starts: tuple[int, ...] | None = None
    """Column of each cell from 1; None: the cells of a plain CSV line, one mark apart."""

    def column(self, index: int) -> int:
        """Return the column, from 1, at which cell *index* begins.

        >>> Row(2, ("ab", "c", "")).column(2)
        6
        """
        if self.starts is not None:
            return self.starts[index]
        return 1 + sum(len(str(value)) + 1 for value in self.values[:index])

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return all(value is None or not str(value).strip() for value in self.values)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their places; the first that is not empty need not be a header."""

    name: str
    rows: tuple[Row, ...]
    form: str = ""
    """How it was written, in words: ``UTF-8, separated by ;``."""
    mark: str = ""
    """What separates its cells; empty for a sheet."""


def is_excel(name: str | Path) -> bool:
    """Tell whether *name* is that of an Excel file, perhaps with ``#Sheet`` behind it.

    >>> is_excel("orders.xlsx"), is_excel("erp.xlsx#Orders"), is_excel("orders.csv")
    (True, True, False)
    """
    return Path(split_sheet(str(name))[0]).suffix.lower() in _EXCEL


def split_sheet(name: str) -> tuple[str, str | None]:
    """Return the file and the sheet in *name*; None where it names no sheet.

    >>> split_sheet("erp.xlsx#Orders"), split_sheet("a#1.csv")
    (('erp.xlsx', 'Orders'), ('a#1.csv', None))
    """
    file, mark, sheet = name.rpartition("#")
    if mark and Path(file).suffix.lower() in _EXCEL:
        return file, sheet
    return name, None


def read_table(source: str | Path, *, name: str | None = None) -> Table:
    """Return the table in a file from anywhere: any encoding and mark, or an Excel sheet.

    ``erp.xlsx#Orders`` names a sheet; without a name the first one is read. *name* is what
    messages call the file.
    """
    text, sheet = split_sheet(str(source))
    path, shown = Path(text), name or str(source)
    if not path.is_file():
        raise InvalidInput(f"no file {text!r}")
    if is_excel(text):
        from simtwin.plant.workbook import read_sheet

        return read_sheet(path, sheet, name=shown)
    content, encoding = _decoded(path, shown)
    mark = sniffed(content)
    rows = parse_csv(content, shown, mark)
    if all(row.empty for row in rows):
        raise fatal(shown, 1, 1, "file is empty")
    words = {"\t": "tabs"}.get(mark, mark)
    return Table(shown, rows, f"{encoding}, separated by {words}", mark)


def parse_csv(text: str, name: str, mark: str) -> tuple[Row, ...]:
    r"""Return the rows of a CSV *text*; cells in quotes may hold marks and line ends.

    >>> parse_csv('a;b\n"1;2";3', "x.csv", ";")[1].values
    ('1;2', '3')
    """
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            rows.append(Row(at + 1, tuple(line.split(mark))))
            at += 1
            continue
        first = at + 1
        values, starts, at = _quoted_row(lines, at, mark, name)
        rows.append(Row(first, values, starts))
    return tuple(rows)


def sniffed(text: str) -> str:
    r"""Return the mark that separates the cells of a CSV *text*.

    It is the one that stands equally often in most lines; quotes may hold others.

    >>> sniffed("Teil;Zeit, min\nA;1,5\nB;2,25"), sniffed("a,b\n1,2"), sniffed("a\tb")
    (';', ',', '\t')
    """
    lines = [line for line in _LINE_END.split(text) if line.strip()][:SNIFFED]
    bare = ["".join(line.split('"')[::2]) for line in lines]

    def regular(mark: str) -> tuple[int, int, int]:
        counts = Counter(line.count(mark) for line in bare if mark in line)
        if not counts:
            return 0, 0, -MARKS.index(mark)
        often = max(counts, key=lambda count: (counts[count], count))
        return counts[often], often, -MARKS.index(mark)

    return max(MARKS, key=regular)


def plain(value: Value) -> str | int | float | bool | None:
    """Return what a cell holds as a file would write it: dates as text, 3.0 as 3.

    >>> plain(datetime(2026, 1, 6, 14)), plain(3.0), plain(time(14, 30))
    ('2026-01-06 14:00:00', 3, '14:30:00')
    """
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _decoded(path: Path, name: str) -> tuple[str, str]:
    """Return the text of the file *path* and the name of its encoding."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {error.strerror}") from None
    if size > MAX_BYTES:
        raise InvalidInput(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
    if content.startswith(b"PK\x03\x04"):
        raise InvalidInput(f"{name} is an Excel or zip file; call it .xlsx if it is Excel's")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(f"{name} is in an old Excel format; save it as .xlsx or CSV")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded_as("utf-16", content, name), "UTF-16"
    if b"\0" in content:
        raise InvalidInput(f"{name} is no text")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return _decoded_as("cp1252", content, name), "Windows-1252"


def _decoded_as(encoding: str, content: bytes, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidInput(f"{name} is no text in UTF-8 or Windows-1252") from None


def _quoted_row(
    lines: list[str], at: int, mark: str, name: str
) -> tuple[tuple[Value, ...], tuple[int, ...], int]:
    """Return cells and starts of the row that begins in line *at*, and the line behind it."""
    values: list[Value] = []
    starts: list[int] = []
    position = 0
    while True:
        starts.append(position + 1)
        if lines[at][position : position + 1] == '"':
            text, at, position = _quoted(lines, at, position, name)
        else:
            end = lines[at].find(mark, position)
            end = len(lines[at]) if end < 0 else end
            text, position = lines[at][position:end], end
        values.append(text)
        if position >= len(lines[at]):
            return tuple(values), tuple(starts), at + 1
        if lines[at][position] != mark:
            raise fatal(name, at + 1, position + 1, f"expected {mark!r} after a closing quote")
        position += 1


def _quoted(lines: list[str], at: int, position: int, name: str) -> tuple[str, int, int]:
    """Return the text in quotes, and the line and position behind it."""
    begin = at, position
    text = ""
    position += 1
    while True:
        end = lines[at].find('"', position)
        if end < 0:
            text += lines[at][position:] + "\n"
            at, position = at + 1, 0
            if at == len(lines):
                raise fatal(name, begin[0] + 1, begin[1] + 1, "a quote is never closed")
            continue
        text += lines[at][position:end]
        if lines[at][end + 1 : end + 2] != '"':
            return text, at, end + 1
        text += '"'
        position = end + 2
