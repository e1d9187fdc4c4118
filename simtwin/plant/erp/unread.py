"""This module holds the columns that were not understood and may be what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.erp.amounts import read_number, read_span
from simtwin.plant.erp.columns import heading_of
from simtwin.plant.erp.dates import is_serial, read_date
from simtwin.plant.erp.headings import read_heading
from simtwin.plant.erp.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.erp.listing import Listing

_NAMING = re.compile(r"(nr|no|num|id|nummer|number|code|kw|plz|jahr|year|index|rev|version)$")
_KEY = re.compile(r"0\d+|20\d{6}")
_SOME = re.compile(r"[1-9]")
_DONE = re.compile(
    "completed|done|confirmed|delivered|finished|reported|ruckgemeldet|gemeldet|geliefert|"
    "gefertigt|erledigt|gutmenge|istmenge"
)
"""Headings of pieces that are made already, as they are folded."""
_OVER = frozenset({
    "closed", "complete", "completed", "done", "finished", "cancelled", "canceled",
    "deleted", "teco", "clsd", "dlv", "abgeschlossen", "erledigt", "fertig", "beendet",
    "storniert", "geloscht", "tabg", "abgs",
})  # fmt: skip
"""Words for an order of which nothing is to be made any more, as they are folded."""
_SHOWN = 5
"""Columns that a doubt names."""


class Unread(NamedTuple):
    """A column of which no use is made and in which numbers stand."""

    heading: str
    timed: bool
    """Whether its heading names a unit of time."""


def doubt_missing(listing: Listing, meaning: str, taken: str) -> None:
    """Say what is *taken* where no column has this *meaning*; doubt it beside unread ones.

    A column of numbers, or of dates where nothing is due, that was not understood may be the
    one that is missing; where the heading of one names a unit of time, those are meant for a
    time, and never for a quantity.
    """
    if meaning in listing.columns:
        return
    chosen = _candidates(listing, meaning)
    if not chosen:
        listing.assume(listing.header, meaning, f"no column; {taken}")
        return
    names = ", ".join(map(repr, chosen[:_SHOWN])) + (", ..." if len(chosen) > _SHOWN else "")
    what = "dates" if meaning == "due" else "numbers"
    hold = "holds" if len(chosen) == 1 else "hold"
    advice = f"--map '{meaning}={chosen[0]}' reads it"
    message = f"no column; {taken}, and the ignored {names} {hold} {what}; {advice}"
    listing.doubt(listing.header, meaning, message)


def doubt_done(listing: Listing) -> None:
    """Doubt orders beside unread columns by which they, or pieces of them, are done already."""
    used = {column.at for column in listing.columns.values()}
    headings = [heading_of(cell) for cell in listing.header.values]
    for at, text in enumerate(headings):
        if not text or at in used:
            continue
        if _DONE.search(read_heading(text).words) and _holds_amounts(listing, at):
            message = f"the ignored {text!r} may hold pieces that are done; all are planned"
            listing.doubt(listing.header, "quantity", message)
        for row in listing.rows:
            cell = row.values[at] if at < len(row.values) else None
            if isinstance(cell, str) and fold(cell.strip()) in _OVER:
                said = f"{cell.strip()!r} in the ignored {text!r}; it is planned all the same"
                listing.doubt(row, "order", said)


def timed_heading(headings: Iterable[str]) -> str | None:
    """Return the first of *headings* that names a unit of time.

    >>> timed_heading(["Gewicht (kg)", "Dauer Vorgang [min]"])
    'Dauer Vorgang [min]'
    """
    return next((text for text in headings if read_heading(text).measure.unit), None)


def _candidates(listing: Listing, meaning: str) -> list[str]:
    """Return the headings of columns without use that may have this *meaning*."""
    used = {column.at for column in listing.columns.values()}
    headings = [heading_of(cell) for cell in listing.header.values]
    spare = [(at, text) for at, text in enumerate(headings) if text and at not in used]
    if meaning == "due":
        return [text for at, text in spare if _holds_dates(listing, at)]
    unread = [
        Unread(text, read.measure.unit is not None)
        for at, text in spare
        for read in [read_heading(text)]
        if not _NAMING.search(read.words) and _holds_amounts(listing, at)
    ]
    timed = [column.heading for column in unread if column.timed]
    untimed = [column.heading for column in unread if not column.timed]
    return untimed if meaning == "quantity" else timed or untimed


def _holds_dates(listing: Listing, at: int) -> bool:
    """Whether mostly dates stand in column *at*, of whatever order of day and month.

    Beside them lists have "open", "asap", or a date written otherwise.
    """
    cells = listing.cells(at)
    return 2 * sum(map(_is_date, cells)) > len(cells)


def _is_date(text: str) -> bool:
    for order in ("dmy", "mdy"):
        try:
            read_date(text, order)
        except InvalidInput:
            continue
        return True
    return False


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
