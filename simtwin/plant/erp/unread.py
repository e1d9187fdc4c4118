"""This module holds the columns that were not understood and may be what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.erp.amounts import read_number, read_span
from simtwin.plant.erp.columns import heading_of
from simtwin.plant.erp.dates import is_serial
from simtwin.plant.erp.headings import read_heading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.erp.listing import Listing

_NAMING = re.compile(r"(nr|no|num|id|nummer|number|code|kw|plz|jahr|year|index|rev|version)$")
_KEY = re.compile(r"0\d+|20\d{6}")
_SOME = re.compile(r"[1-9]")
_SHOWN = 5
"""Columns that a doubt names."""


class Unread(NamedTuple):
    """A column of which no use is made and in which numbers stand."""

    at: int
    heading: str
    timed: bool
    """Whether its heading names a unit of time."""


def doubt_missing(listing: Listing, meaning: str, taken: str) -> None:
    """Say what is *taken* where no column has this *meaning*; doubt it beside unread numbers.

    A column of numbers that was not understood may be the one that is missing; where the
    heading of one names a unit of time, those are meant for a time, and never for a quantity.
    """
    if meaning in listing.columns:
        return
    timed = meaning in ("setup", "run")
    unread = _unread(listing)
    chosen = [column for column in unread if column.timed is timed]
    if timed and not chosen:
        chosen = unread
    if not chosen:
        listing.assume(listing.header, meaning, f"no column; {taken}")
        return
    names = ", ".join(repr(column.heading) for column in chosen[:_SHOWN])
    more = ", ..." if len(chosen) > _SHOWN else ""
    hold = "holds" if len(chosen) == 1 else "hold"
    advice = f"--map '{meaning}={chosen[0].heading}' reads it"
    message = f"no column; {taken}, and the ignored {names}{more} {hold} numbers; {advice}"
    listing.doubt(listing.header, meaning, message)


def timed_heading(headings: Iterable[str]) -> str | None:
    """Return the first of *headings* that names a unit of time.

    >>> timed_heading(["Gewicht (kg)", "Dauer Vorgang [min]"])
    'Dauer Vorgang [min]'
    """
    return next((text for text in headings if read_heading(text).measure.unit), None)


def _unread(listing: Listing) -> list[Unread]:
    used = {column.at for column in listing.columns.values()}
    headings = [heading_of(cell) for cell in listing.header.values]
    return [
        Unread(at, heading, read.measure.unit is not None)
        for at, heading in enumerate(headings)
        if heading and at not in used
        for read in [read_heading(heading)]
        if not _NAMING.search(read.words) and _holds_amounts(listing, at)
    ]


def _holds_amounts(listing: Listing, at: int) -> bool:
    """Whether numbers or times stand in column *at*, not all 0, and no keys or dates."""
    cells = listing.cells(at)
    dates = all(is_serial(cell) for cell in cells)
    amounts = all(_is_amount(cell, listing.mark) for cell in cells)
    return bool(cells) and not dates and amounts and any(_SOME.search(cell) for cell in cells)


def _is_amount(text: str, mark: str) -> bool:
    if _KEY.fullmatch(text):
        return False
    try:
        read_number(text, mark)
    except InvalidInput:
        try:
            read_span(text, "hh:mm", mark)
        except InvalidInput:
            return False
    return True
