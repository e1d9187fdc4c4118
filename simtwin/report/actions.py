"""This module holds the actions as they are told: their table, and the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.plain import plain
from simtwin.report.tables import Table
from simtwin.report.what_if import effect_plain, effect_rows
from simtwin.result.effect import NAMES

if TYPE_CHECKING:
    from simtwin.result.actions import Action, Actions

COLUMNS = {
    "late": "late orders",
    "tardiness": "tardiness of all orders",
    "parts": "good parts",
    "finish": "last order finished",
}


def table(told: Actions) -> Table:
    """Return what was tried in earnest, the best first, each figure with its interval."""
    known = {name for one in told.tried for name, _ in one.effect.figures}
    names = [name for name in COLUMNS if name in known]
    rows = tuple(
        (one.said, *(effect_rows(one.effect).get(name, "") for name in names), reading(one))
        for one in told.tried
    )
    columns = ("what", *(f"{COLUMNS[name]} [95 %]" for name in names), "reading")
    note = f"{told.basis[0].upper()}{told.basis[1:]}. What an action costs is not asked."
    if told.tried:
        note += f"\n{_allowing(told)}"
    if told.failed:
        stuck = ", ".join(" and ".join(line) for line in told.failed)
        note += f" The shop got stuck, and is not told of, with: {stuck}."
    return Table(columns, rows, note=note)


def _allowing(told: Actions) -> str:
    """Return which figure the readings are about, and what they allow for."""
    about = dict.fromkeys(NAMES[one.effect.leading] for one in told.tried)
    line = f"The reading is about {' or '.join(about)}"
    if len(told.tried) == 1:
        return f"{line} alone."
    return (
        f"{line} alone and allows for {len(told.tried)} being tried (Holm): it may be no clear "
        "difference beside an interval without 0."
    )


def reading(one: Action) -> str:
    """Return in words whether an action helps."""
    if one.helps:
        return "helps"
    leading = NAMES[one.effect.leading]
    return "makes it worse" if one.effect.hurts else f"no clear difference in {leading}"


def as_plain(told: Actions) -> dict[str, Any]:
    """Return actions as plain values: what helps most, what was tried, what was screened."""
    return {
        "sentence": told.sentence,
        "replications": told.n,
        "screened_replications": told.screened_n,
        "partial": told.partial,
        "tried": [
            _one(one)
            | {"p_holm": plain(one.p_holm), "helps": one.helps, "reading": reading(one)}
            for one in told.tried
        ],
        "screened": [_one(one) for one in told.screened],
        "failed": [list(line) for line in told.failed],
    }


def _one(one: Action) -> dict[str, Any]:
    return {
        "what_if": list(one.suppositions),
        "said": one.said,
        "effect": effect_plain(one.effect),
    }
