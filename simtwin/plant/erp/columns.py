"""This module holds the columns: which row is the header of a list, and what its cells mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simtwin.plant.erp.dates import is_serial
from simtwin.plant.erp.headings import rank, rank_of_sides, read_heading
from simtwin.plant.erp.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.erp.measure import Measure
    from simtwin.plant.table import Row, Value

_DATES = ("due", "release")
_LAST = 1000
"""After all places of words."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_DAY = 8
"""Digits of a date such as 20260105."""
HEADER_WITHIN = 20
"""Rows among which the header is looked for; titles may stand above it."""


class Column(NamedTuple):
    """One column that was understood."""

    at: int
    """Its number, from 0."""
    heading: str
    measure: Measure
    """What its numbers are, as far as its heading says."""
    bracket: str | None
    """What stands in brackets in the heading and was not understood."""
    by_hand: bool = False
    """Whether a person named it."""


def find_columns(
    filled: list[Row], meanings: tuple[str, ...], by_hand: Mapping[str, str]
) -> tuple[int, dict[str, Column]]:
    """Return which of the *filled* rows is the header, and the column of each meaning in it.

    The header is the first of the rows of which most is understood.
    """
    among = [
        _assigned([heading_of(cell) for cell in row.values], meanings, by_hand)
        for row in filled[:HEADER_WITHIN]
    ]
    start = max(range(len(among)), key=lambda at: len(among[at]))
    headings = [heading_of(cell) for cell in filled[start].values]
    numbers = _numbers(len(headings), filled[start + 1 :])
    taken = _assigned(headings, meanings, by_hand, numbers)
    _prefer_numbers(taken, headings, filled[start + 1 :])
    columns = {
        meaning: Column(
            at,
            headings[at],
            *read_heading(headings[at])[1:],
            _named(headings, by_hand.get(meaning, "")) == at,
        )
        for meaning, at in taken.items()
    }
    return start, columns


def heading_of(cell: Value) -> str:
    """Return the text of a cell of the header."""
    return "" if cell is None else " ".join(str(cell).split())


def same_heading(heading: str, asked: str) -> bool:
    """Tell whether *asked* is what a person would call the column *heading*.

    >>> same_heading("Stückzeit [min]", "stueckzeit"), same_heading("te", "tr")
    (True, False)
    """
    return fold(heading) == fold(asked) or (
        bool(asked) and read_heading(heading).words == read_heading(asked).words
    )


def _assigned(
    headings: list[str],
    meanings: tuple[str, ...],
    by_hand: Mapping[str, str],
    numbers: frozenset[int] = frozenset(),
) -> dict[str, int]:
    """Return which column has which meaning: by hand first, then the surest words first.

    A meaning that is given no heading by hand is not looked for; *numbers* are columns that
    hold no dates, and have the meaning of one only where no other has.
    """
    taken: dict[str, int] = {}
    for meaning in filter(by_hand.__contains__, meanings):
        at = _named(headings, by_hand[meaning])
        if at is not None:
            taken[meaning] = at
    read = [read_heading(text) for text in headings]
    pairs = sorted(
        (
            place + _LAST * (meaning in _DATES and at in numbers),
            meanings.index(meaning),
            at,
            meaning,
        )
        for meaning in meanings
        for at, heading in enumerate(read)
        if (place := rank(heading, meaning)) is not None
        or (place := rank_of_sides(headings[at], meaning)) is not None
    )
    unwanted = {meaning for meaning, asked in by_hand.items() if not asked}
    for _, _, at, meaning in pairs:
        if meaning not in unwanted and meaning not in taken and at not in taken.values():
            taken[meaning] = at
    if "operation" in taken and "text" in meanings and "text" not in taken:
        spare = [at for _, _, at, m in pairs if m == "operation" and at not in taken.values()]
        if spare:
            taken["text"] = spare[0]
    return taken


def _numbers(width: int, rows: list[Row]) -> frozenset[int]:
    """Return the columns in which numbers stand and no date: ``Released`` may count pieces."""
    cells = [[row.values[at] for row in rows if at < len(row.values)] for at in range(width)]
    filled = [[v for v in column if v is not None and str(v).strip()] for column in cells]
    return frozenset(
        at for at, column in enumerate(filled) if column and all(map(_is_number, column))
    )


def _is_number(value: Value) -> bool:
    text = str(value).strip()
    return _NUMBER.fullmatch(text) is not None and not is_serial(value) and len(text) != _DAY


def _named(headings: list[str], asked: str) -> int | None:
    """Return the column that a person calls *asked*: by its whole heading, or by its words."""
    exact = [at for at, text in enumerate(headings) if text and fold(text) == fold(asked)]
    alike = [at for at, text in enumerate(headings) if text and same_heading(text, asked)]
    return next(iter([*exact, *alike]), None)


def _prefer_numbers(taken: dict[str, int], headings: list[str], rows: list[Row]) -> None:
    """Let the operation be the column of numbers, and the other one its text."""
    if "operation" not in taken or "text" not in taken:
        return
    if rank(read_heading(headings[taken["text"]]), "operation") is None:
        return

    def numbered(at: int) -> bool:
        cells = (row.values[at] for row in rows if at < len(row.values))
        texts = [str(cell).strip() for cell in cells if cell is not None]
        return all(text[:1].isdigit() for text in texts if text)

    if numbered(taken["text"]) and not numbered(taken["operation"]):
        taken["operation"], taken["text"] = taken["text"], taken["operation"]
