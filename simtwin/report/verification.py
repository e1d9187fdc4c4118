"""This module holds a verification as it is told: its table, and the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.tables import Table, figures, scale
from simtwin.report.wording import counted, number
from simtwin.result.kpi import Kpi

if TYPE_CHECKING:
    from simtwin.result.verification import Held, Verification

NAMES = {
    "producing": "share of time at work",
    "throughput": "pieces out, good or scrap",
    "present": "pieces present",
    "growth": "pieces gathering",
}
KINDS = {
    "mean": "on average",
    "approximation": "an approximation",
    "exact": "exactly",
    "at least": "at least",
    "at most": "at most",
}


def table(found: Verification) -> Table:
    """Return expected against found, with the interval and a verdict for each row."""
    rows = tuple(_row(held) for held in found.rows)
    marked = frozenset(index for index, held in enumerate(found.rows) if not held.ok)
    columns = ("figure", "expected", "", "found", "95 % interval", "unit", "verdict")
    numeric = frozenset({"expected", "found", "95 % interval"})
    return Table(columns, rows, numeric, marked, note=_note(found))


def as_plain(found: Verification) -> dict[str, Any]:
    """Return the same as plain values."""
    return {
        "replications": found.n,
        "asked": found.asked,
        "seed": found.seed,
        "partial": found.partial,
        "verdict": found.sentence,
        "rows": [
            {
                "what": row.what,
                "place": row.place,
                "unit": row.unit,
                "kind": row.kind,
                "expected": row.expected,
                "found": row.found.value if row.found else None,
                "low": row.found.low if row.found else None,
                "high": row.found.high if row.found else None,
                "ok": row.ok if row.found else None,
                "verdict": row.verdict,
                "source": row.source,
            }
            for row in found.rows
        ],
    }


def _row(held: Held) -> tuple[str, ...]:
    name = NAMES.get(held.what, held.what) + (f", {held.place}" if held.place else "")
    kind = KINDS[held.kind]
    if held.found is None:
        factor, unit = scale(held.unit, held.expected)
        return name, number(factor * held.expected), kind, "–", "–", unit, held.verdict
    value, interval, unit = figures(Kpi(held.found, held.unit, ""), beside=held.expected)
    factor, _ = scale(held.unit, max(held.found.value, held.expected, key=abs))
    spread = factor * (held.found.high - held.found.low)
    return (
        name,
        number(factor * held.expected, spread),
        kind,
        value,
        interval,
        unit,
        held.verdict,
    )


def _note(found: Verification) -> str:
    runs = counted(found.n, "run")
    if not found.rows:
        return "Theory expects no number of this scenario that a run could be held against."
    notes = dict.fromkeys(row.note for row in found.rows if row.note and row.found is not None)
    told = "".join(f" {note[0].upper()}{note[1:]}." for note in notes)
    if found.partial:
        of = counted(found.asked, "run")
        runs = f"{found.n} of {of}, stopped before all were made (partial)"
    return f"{runs}, seed {found.seed}: {found.sentence}.{told}"
