"""This module holds the listing: an exported list whose columns are known by what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput, Problem
from simtwin.plant.erp.amounts import (
    Span,
    decimal_marks,
    has_unit,
    is_doubtful,
    period,
    read_number,
    read_span,
)
from simtwin.plant.erp.columns import Column, find_columns, heading_of
from simtwin.plant.erp.headings import LOT_SIZES, read_heading
from simtwin.plant.erp.measure import NONE, measure_in
from simtwin.plant.erp.spelling import fold
from simtwin.plant.erp.unit_columns import UNIT_OF, find_units
from simtwin.plant.erp.unread import timed_heading
from simtwin.plant.erp.vocabulary import PIECES, UNITS
from simtwin.plant.table import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simtwin.plant.erp.findings import Findings
    from simtwin.plant.erp.measure import Measure
    from simtwin.plant.table import Row, Table, Value

TIMES = ("setup", "run")
AMOUNTS = (*TIMES, "base", "quantity", "weight", "count")
"""Meanings whose cells hold numbers."""

MARKS = {",": "comma", ".": "point"}

_NAMES = ("part", "operation", "machine", "group", "order")
_NOTHING = frozenset(("", "-", "--", "–", "n/a", "#n/a", "k.a.", "null"))
_TOTAL = re.compile(r"(summe|gesamt|zwischensumme|total|subtotal|grand total|sum|ergebnis)\b")
_WHOLE = ("quantity", "count")
_DATED = re.compile(r"\s*\d{1,2}\.\d{1,2}\.\d{2}")
_UMLAUT = re.compile(r"[äöüß]", re.IGNORECASE)
_LEADING = re.compile(r"[-+]?[\d.,'’ ]*\d")


@dataclass(slots=True)
class Listing:
    """Rows of a table, asked by meaning; what is wrong with them is left in *findings*."""

    table: Table
    header: Row
    rows: list[Row]
    columns: dict[str, Column]
    ignored: list[str]
    """Headings of which no use is made."""
    findings: Findings
    measures: dict[str, tuple[Measure, ...]] = field(default_factory=dict)
    """What the numbers of each column of times are, all that occur; minutes, if nobody says."""
    by_row: dict[str, dict[int, Measure]] = field(default_factory=dict)
    """The same by line, where a column of units says it."""
    mark: str = "."
    """Decimal mark of its numbers."""
    numbered: bool = False
    """Whether any number is written with a mark."""

    def headings(self) -> list[str]:
        """Return the headings of all columns, those first that are understood."""
        return [*(column.heading for column in self.columns.values()), *self.ignored]

    def value(self, row: Row, meaning: str) -> Value:
        """Return what stands in the cell; None where nothing does."""
        column = self.columns.get(meaning)
        if column is None or column.at >= len(row.values):
            return None
        value = row.values[column.at]
        if isinstance(value, str) and value.strip().lower() in _NOTHING:
            return None
        return value

    def text(self, row: Row, meaning: str) -> str:
        """Return the cell as one line of text; empty where nothing stands."""
        value = plain(self.value(row, meaning))
        return "" if value is None else " ".join(str(value).split())

    def number(self, row: Row, meaning: str) -> float | None:
        """Return the number in the cell; None, with a problem told, where it is none."""
        value = self.value(row, meaning)
        if value is None:
            return None
        try:
            return read_number(value, self.mark)
        except InvalidInput as error:
            self.complain(row, meaning, str(error))
            return None

    def span(self, row: Row, meaning: str) -> Span | None:
        """Return the time in the cell; None, with a problem told, where it is none.

        A rate comes back as the time of one piece; other times hold for as many pieces as the
        heading says.
        """
        value = self.value(row, meaning)
        if value is None:
            return None
        measure = self.measure(row, meaning)
        unit = measure.unit or "min"
        try:
            if measure.rate:
                return period(read_number(value, self.mark) * measure.pieces, unit)
            found = read_span(value, unit, self.mark)
        except InvalidInput as error:
            self.complain(row, meaning, str(error))
            return None
        if found.value < 0.0:
            self.complain(row, meaning, f"must be >= 0 (got {self.text(row, meaning)})")
            return None
        return found

    def measure(self, row: Row, meaning: str) -> Measure:
        """Return what the time in the cell is, after its heading and its unit."""
        own = self.by_row.get(meaning, {}).get(row.line)
        return own or self.columns[meaning].measure

    def cells(self, at: int) -> list[str]:
        """Return the texts of column *at* that are not empty."""
        values = [row.values[at] for row in self.rows if at < len(row.values)]
        texts = ["" if value is None else str(value).strip() for value in values]
        return [text for text in texts if text.lower() not in _NOTHING]

    def complain(self, row: Row, meaning: str, message: str) -> None:
        """Note that the cell is wrong."""
        self.findings.problems.append(self.remark(row, meaning, message))

    def assume(self, row: Row, meaning: str, message: str) -> None:
        """Note what was taken because the cell does not say."""
        self.findings.assumed.append(self.remark(row, meaning, message))

    def doubt(self, row: Row, meaning: str, message: str) -> None:
        """Note that the cell may be a mistake."""
        self.findings.doubtful.append(self.remark(row, meaning, message))

    def remark(self, row: Row, meaning: str, message: str) -> Problem:
        """Return a *message* about the cell, with its place."""
        column = self.columns.get(meaning)
        name = self.table.name
        if column is None:
            return Problem(name, row.line, 1, meaning, message)
        place = row.column(min(column.at, len(row.values) - 1))
        return Problem(name, row.line, place, column.heading, message)


def read_listing(
    table: Table,
    meanings: tuple[str, ...],
    needed: tuple[str, ...],
    by_hand: Mapping[str, str],
    findings: Findings,
) -> Listing:
    """Return the listing of *table*, whose columns may have these *meanings*.

    *by_hand* names the heading for a meaning, where a person says so. Raises all problems
    where a *needed* column is missing.
    """
    filled = [row for row in table.rows if not row.empty]
    start, columns = find_columns(filled, meanings, by_hand)
    header = filled[start]
    headings = [heading_of(cell) for cell in header.values]
    used = {column.at for column in columns.values()}
    ignored = [text for at, text in enumerate(headings) if text and at not in used]
    listing = Listing(table, header, [], columns, ignored, findings)
    for meaning in needed:
        if meaning not in columns:
            seen = ", ".join(filter(None, headings))
            near = timed_heading(ignored) if meaning == "run" else None
            asked = f"'{meaning}={near}'" if near else f"{meaning}=COLUMN"
            message = f"no column for it in {seen}; --map {asked} names one"
            findings.problems.append(Problem(table.name, header.line, 1, meaning, message))
    findings.raise_problems()
    listing.rows = list(_body(listing, filled[start + 1 :]))
    if not listing.rows:
        message = "no rows below the header"
        findings.problems.append(Problem(table.name, header.line, 1, "", message))
    _place_units(listing, {meaning for meaning, asked in by_hand.items() if not asked})
    _settle_units(listing)
    _settle_mark(listing)
    _doubt_ignored(listing)
    findings.raise_problems()
    return listing


def about(listing: Listing, at: int, heading: str, message: str) -> Problem:
    """Return a *message* about column *at* as a whole."""
    header = listing.header
    place = header.column(min(at, len(header.values) - 1))
    return Problem(listing.table.name, header.line, place, heading, message)


def _body(listing: Listing, rows: list[Row]) -> Iterator[Row]:
    """Yield the rows that are about something; totals are left out, and said."""
    names = [meaning for meaning in _NAMES if meaning in listing.columns]
    for row in rows:
        empty = [listing.value(row, meaning) is None for meaning in names]
        words = [fold(str(value)).strip() for value in row.values if value is not None]
        total = any(_TOTAL.match(word) for word in [word for word in words if word][:2])
        if all(empty) or (total and any(empty)):
            message = "a row of totals; left out"
            listing.findings.assumed.append(
                Problem(listing.table.name, row.line, 1, "", message)
            )
        else:
            yield row


def _place_units(listing: Listing, unwanted: set[str]) -> None:
    """Find the columns that hold units of times, and tell where it is not sure whose."""
    if not any(meaning in listing.columns for meaning in UNIT_OF):
        return
    headings = [heading_of(cell) for cell in listing.header.values]
    headings += [""] * (
        max((len(row.values) for row in listing.rows), default=0) - len(headings)
    )
    cells = [list(dict.fromkeys(listing.cells(at))) for at in range(len(headings))]
    found = find_units(headings, cells, listing.columns, unwanted)
    for unit in filter(found.taken.__contains__, UNIT_OF.values()):
        at = found.taken[unit]
        listing.columns.setdefault(unit, Column(at, headings[at], NONE, None))
    used = {column.at for column in listing.columns.values()}
    listing.ignored = [text for at, text in enumerate(headings) if text and at not in used]
    for meaning, unit in UNIT_OF.items():
        if unit in found.shared:
            said = f"no unit of its own; that of {listing.columns[unit].heading!r} taken"
            if found.shared[unit]:
                listing.assume(listing.header, meaning, said)
            else:
                advice = f"--map {unit}= takes minutes"
                listing.doubt(listing.header, meaning, f"{said}, row by row; {advice}")
    for at in found.stray:
        units = ", ".join(sorted(set(cells[at])))
        message = (
            f"holds units of time ({units}), and nobody can tell of which; put it right after "
            "its time, or call it 'Unit Setup' or 'Unit Run'"
        )
        listing.findings.problems.append(about(listing, at, headings[at], message))


def _settle_units(listing: Listing) -> None:
    """Find what each column of times holds; refuse a measure that is no time of a piece."""
    for meaning, unit in UNIT_OF.items():
        column = listing.columns.get(meaning)
        if column is None:
            continue
        if unit in listing.columns:
            _settle_rows(listing, meaning, unit)
            continue
        listing.measures[meaning] = (
            column.measure._replace(unit=column.measure.unit or "min"),
        )
        wrong = _wrong_measure(meaning, column.measure)
        if wrong:
            listing.complain(listing.header, meaning, wrong)
        elif column.measure.unit is None and column.bracket is not None:
            message = f"({column.bracket}) is no unit of time that is known; minutes taken"
            listing.doubt(listing.header, meaning, message)
        elif column.measure.unit is None:
            message = "no unit in the heading; minutes taken"
            listing.assume(listing.header, meaning, message)


def _settle_rows(listing: Listing, meaning: str, unit: str) -> None:
    """Find what the time in each row is, where a column holds its units."""
    column, beside = listing.columns[meaning], listing.columns[unit]
    leave_out = f"--map {unit}= leaves the column out"
    minutes = leave_out if column.measure.unit else f"--map {unit}= takes minutes instead"
    own = column.measure._replace(unit=None)
    read = {text: measure_in(text) for text in dict.fromkeys(listing.cells(beside.at))}
    given = {found.unit for found in read.values() if found.unit is not None}
    only = next(iter(given)) if len(given) == 1 else None
    found: dict[int, Measure] = {}
    for row in listing.rows:
        if listing.value(row, meaning) is None:
            continue
        text = listing.text(row, unit)
        measure = read.get(text, NONE).also(own)
        if not text and has_unit(listing.value(row, meaning)):
            measure = own
        elif not text:
            measure = own._replace(unit=column.measure.unit or only)
            _say_no_unit(listing, row, meaning, unit, measure.unit)
        elif measure.unit is None:
            message = f"{text!r} is no unit of time that is known, as s, min and h are"
            listing.complain(row, unit, f"{message}; {minutes}")
        elif column.measure.unit not in (None, measure.unit):
            message = f"{text!r} here, and {column.heading!r} says {column.measure.unit}"
            listing.complain(row, unit, f"{message}; {leave_out}")
        elif wrong := _wrong_measure(meaning, measure):
            listing.complain(row, unit, wrong)
        found[row.line] = measure
    listing.by_row[meaning] = found
    listing.measures[meaning] = tuple(dict.fromkeys(m for m in found.values() if m.unit))


def _say_no_unit(
    listing: Listing, row: Row, meaning: str, unit: str, taken: str | None
) -> None:
    """Tell an empty cell in a column of units: of which unit the time is *taken* to be."""
    if taken is not None:
        listing.assume(row, unit, f"no unit; {taken} taken, as everywhere in this column")
    elif listing.number(row, meaning) != 0.0:
        message = f"no unit for {listing.text(row, meaning)}, and others here differ"
        listing.complain(row, unit, message)


def _wrong_measure(meaning: str, measure: Measure) -> str:
    """Return what is wrong with the *measure* of a column of times; empty: nothing."""
    if meaning == "setup":
        if measure.rate or measure.ratio or measure.pieces != 1.0:
            return "a setup is once for a lot: write [min] or [h] into the heading"
        return ""
    write = "write [min/Stk], [min/100 Stk] or [Stk/h] into the heading"
    if measure.lot:
        return f"a time of a whole lot tells none of a piece; {write}"
    if measure.ratio:
        return f"{measure.ratio!r} is no time of pieces that is known; {write}"
    return ""


def _doubt_ignored(listing: Listing) -> None:
    """Doubt columns of which no use is made and that may say what a run time means."""
    if "run" not in listing.columns:
        return
    headings = [heading_of(cell) for cell in listing.header.values]
    used = {column.at for column in listing.columns.values()}
    for at, heading in enumerate(headings):
        if not heading or at in used:
            continue
        texts = {fold(text).strip(" .") for text in listing.cells(at)}
        unsaid = (
            "run_unit" not in listing.columns and listing.columns["run"].measure.unit is None
        )
        if unsaid and texts and texts <= set(UNITS):
            message = (
                f"holds units of time ({', '.join(sorted(texts))}) and is ignored; "
                f"--map 'run_unit={heading}' reads the run times in them"
            )
        elif "base" not in listing.columns and _may_be_base(listing, at, heading):
            message = (
                "ignored; the run times are taken for one piece each; "
                f"--map 'base={heading}' takes them for so many"
            )
        else:
            continue
        listing.findings.doubtful.append(about(listing, at, heading, message))


def _may_be_base(listing: Listing, at: int, heading: str) -> bool:
    """Whether column *at* may say for how many pieces a time holds.

    Its heading says so, or numbers stand in it and units of pieces right beside them.
    """
    if read_heading(heading).words in LOT_SIZES:
        return True
    numbers, beside = listing.cells(at), listing.cells(at + 1)
    units = {fold(text).strip(" .") for text in beside}
    counted = bool(numbers) and all(text[:1].isdigit() for text in numbers)
    return counted and bool(units) and units <= PIECES


def _likely_mark(listing: Listing, wholes: list[str]) -> str:
    """Return the decimal mark that is likely where no number shows it.

    German lists have commas: those with semicolons, umlauts or dates as 31.01.2026. Numbers of
    pieces are whole, whatever else is likely.
    """
    words = [*map(heading_of, listing.header.values)]
    dated = any(_DATED.match(str(value)) for row in listing.rows for value in row.values)
    german = listing.table.mark == ";" or dated or any(map(_UMLAUT.search, words))
    likely, other = (",", ".") if german else (".", ",")
    doubtful = [text for text in wholes if is_doubtful(text)]
    broken = any(not read_number(text, likely).is_integer() for text in doubtful)
    return other if broken else likely


def _settle_mark(listing: Listing) -> None:
    """Find the decimal mark, from what the numbers of the list show."""
    cells = [
        (row, meaning, found[0])
        for row in listing.rows
        for meaning in AMOUNTS
        if isinstance(value := listing.value(row, meaning), str)
        and (found := _LEADING.match(value.strip())) is not None
    ]
    listing.numbered = any("." in text or "," in text for _, _, text in cells)
    shown = decimal_marks(text for _, _, text in cells)
    if len(shown) == 1:
        (listing.mark,) = shown
        return
    listing.mark = _likely_mark(listing, [text for _, what, text in cells if what in _WHOLE])
    for row, meaning, text in cells:
        if not is_doubtful(text):
            continue
        if shown:
            message = f"{text!r} has two meanings, and other numbers here have either mark"
            listing.complain(row, meaning, message)
        else:
            value, name = read_number(text, listing.mark), MARKS[listing.mark]
            listing.assume(row, meaning, f"{text!r} read as {value:.10g}, decimal {name}")
