"""This module holds the echo: what was understood of exported lists, in words and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.plant.erp.unit_columns import UNIT_OF

if TYPE_CHECKING:
    from simtwin.plant.erp.intake import Intake
    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.measure import Measure

_MEANT = {
    "part": "part",
    "operation": "operation",
    "text": "words about the operation",
    "machine": "machine or group",
    "setup": "setup time",
    "run": "run time per piece",
    "setup_unit": "unit of the setup time",
    "run_unit": "unit of the run time",
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
                        "unit": measure.unit if measure else None,
                        "pieces": measure.pieces if measure else None,
                        "rate": measure.rate if measure else None,
                    }
                    for meaning, column in listing.columns.items()
                    for measure in [_one(listing, meaning)]
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
    for at in dict.fromkeys(column.at for _, column in columns):
        meant = [_meant(listing, meaning) for meaning, column in columns if column.at == at]
        heading = next(column.heading for _, column in columns if column.at == at)
        lines.append(f"  {heading:<{width}}  -> {', '.join(meant)}")
    lines += [f"  {heading:<{width}}  ignored" for heading in listing.ignored]
    return lines


def _one(listing: Listing, meaning: str) -> Measure | None:
    """Return what all numbers of a column are; None where they differ, or are no times."""
    found = listing.measures.get(meaning, ())
    return found[0] if len(found) == 1 else None


def _meant(listing: Listing, meaning: str) -> str:
    """Return what a column means, with the unit of its times and the pieces they hold for."""
    found = listing.measures.get(meaning, ())
    if not found:
        return _MEANT[meaning]
    measure = found[0]
    if len(found) > 1:
        beside = listing.columns[UNIT_OF[meaning]].heading
        units = " or ".join(
            dict.fromkeys(_UNITS.get(m.unit or "min", m.unit or "min") for m in found)
        )
        return f"{_MEANT[meaning]}, {units} as {beside or 'the column beside it'} says"
    unit = measure.unit or "min"
    if measure.rate:
        count = "" if measure.pieces == 1.0 else f" by {measure.pieces:g}"
        return f"rate, pieces{count} per {_PER[unit]}"
    many = f"run time per {measure.pieces:g} pieces"
    said = _MEANT[meaning] if measure.pieces == 1.0 else many
    return f"{said}, {_UNITS.get(unit, unit)}"


def _plural(word: str, count: int) -> str:
    """Return the plural *word*, or its singular for a count of one."""
    return word.removesuffix("s") if count == 1 else word
