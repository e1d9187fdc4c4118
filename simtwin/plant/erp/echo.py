"""This module holds the echo: what was understood of exported lists, in words and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.plant.erp.listing import TIMES

if TYPE_CHECKING:
    from simtwin.plant.erp.intake import Intake
    from simtwin.plant.erp.listing import Listing

_MEANT = {
    "part": "part",
    "operation": "operation",
    "text": "words about the operation",
    "machine": "machine or group",
    "setup": "setup time",
    "run": "run time per piece",
    "base": "pieces for which the run time holds",
    "order": "order",
    "position": "position of the order",
    "quantity": "pieces",
    "due": "due date",
    "release": "release date",
    "priority": "priority",
    "weight": "weight",
}
_PER = {"s": "second", "min": "minute", "h": "hour"}
_UNITS = {"s": "in seconds", "min": "in minutes", "h": "in hours"}


def echo(intake: Intake) -> str:
    """Return what was understood as lines: columns, counts, assumptions, doubts."""
    lines: list[str] = []
    for listing in intake.listings:
        lines += _columns(listing)
    counted = ", ".join(f"{n} {_plural(word, n)}" for word, n in intake.counts.items())
    lines.append(f"understood: {counted}")
    for title, said in (("assumed:", intake.assumed), ("doubtful:", intake.doubtful)):
        if said:
            lines += [title, *(f"  {sentence}" for sentence in said)]
    return "\n".join(lines)


def as_dict(intake: Intake) -> dict[str, Any]:
    """Return what was understood as plain values."""
    return {
        "lists": [
            {
                "file": listing.table.name,
                "form": listing.table.form,
                "decimal_mark": listing.mark,
                "rows": len(listing.rows),
                "columns": {
                    meaning: {
                        "heading": column.heading,
                        "unit": listing.units.get(meaning),
                        "pieces": column.measure.pieces if meaning in TIMES else None,
                        "rate": column.measure.rate if meaning in TIMES else None,
                    }
                    for meaning, column in listing.columns.items()
                },
                "ignored": listing.ignored,
            }
            for listing in intake.listings
        ],
        **intake.counts,
        "assumed": list(intake.assumed),
        "doubtful": list(intake.doubtful),
    }


def _columns(listing: Listing) -> list[str]:
    mark = (
        f", decimal {'comma' if listing.mark == ',' else 'point'}" if listing.numbered else ""
    )
    rows = f"{len(listing.rows)} {_plural('rows', len(listing.rows))}"
    lines = [f"{listing.table.name}: {rows}, {listing.table.form}{mark}"]
    width = max(map(len, listing.headings()))
    columns = sorted(listing.columns.items(), key=lambda item: item[1].at)
    for meaning, column in columns:
        lines.append(f"  {column.heading:<{width}}  -> {_meant(listing, meaning)}")
    lines += [f"  {heading:<{width}}  ignored" for heading in listing.ignored]
    return lines


def _meant(listing: Listing, meaning: str) -> str:
    """Return what a column means, with the unit of its times and the pieces they hold for."""
    unit = listing.units.get(meaning, "") if meaning in TIMES else ""
    if not unit:
        return _MEANT[meaning]
    measure = listing.columns[meaning].measure
    if measure.rate:
        count = "" if measure.pieces == 1.0 else f" by {measure.pieces:g}"
        return f"rate, pieces{count} per {_PER[unit]}"
    many = f"run time per {measure.pieces:g} pieces"
    said = _MEANT[meaning] if measure.pieces == 1.0 else many
    return f"{said}, {_UNITS.get(unit, unit)}"


def _plural(word: str, count: int) -> str:
    """Return the plural *word*, or its singular for a count of one."""
    return word.removesuffix("s") if count == 1 else word
