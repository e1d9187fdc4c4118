"""This module holds the columns of units: whose times they measure, row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simtwin.plant.erp.headings import rank, read_heading
from simtwin.plant.erp.measure import measure_in
from simtwin.plant.erp.spelling import fold
from simtwin.plant.erp.vocabulary import PIECES, UNIT_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.plant.erp.columns import Column

UNIT_OF = {"setup": "setup_unit", "run": "run_unit"}
"""Meaning of a column of times -> that of the column with its units."""

_NUMBERED = re.compile(r"\d+$")
_UNIT = re.compile(r"^(?:einheit|unit|uom)|(?:einheit|einh|unit|uom)$")
_OF_TIME = re.compile(r"zeit|time")


class Units(NamedTuple):
    """Which columns hold the units of which times."""

    taken: dict[str, int]
    """``setup_unit`` and ``run_unit`` -> their column."""
    shared: dict[str, bool]
    """Those taken from a column that may be of another time -> whether its heading is clear."""
    stray: tuple[int, ...]
    """Columns of units of which nobody can tell whose they are."""


def find_units(
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    columns: Mapping[str, Column],
    unwanted: set[str],
) -> Units:
    """Return which columns hold units, by their name, their place, or as the only one.

    *cells* are the different texts below each heading; *columns* are understood
    already; the *unwanted* meanings are looked for nowhere.
    """
    times = {meaning: columns[meaning].at for meaning in UNIT_OF if meaning in columns}
    taken = {unit: columns[unit].at for unit in UNIT_OF.values() if unit in columns}
    used = {column.at for column in columns.values()}
    open_times = {
        meaning: at
        for meaning, at in times.items()
        if UNIT_OF[meaning] not in taken and UNIT_OF[meaning] not in unwanted
    }
    spare = [at for at in range(len(headings)) if at not in used]
    held = [at for at in spare if _holds_units(headings[at], cells[at])]
    for meaning in open_times:
        named = [at for at in held if _names(headings[at], meaning)]
        if named and named[0] not in taken.values():
            taken[UNIT_OF[meaning]] = named[0]
    for meaning, at in open_times.items():
        free = at + 1 in spare and at + 1 not in taken.values()
        if UNIT_OF[meaning] in taken or not free:
            continue
        bare = columns[meaning].measure.unit is None
        odd = bare and _holds_odd_units(headings[at + 1], cells[at + 1])
        if at + 1 in held or odd:
            taken[UNIT_OF[meaning]] = at + 1
    stray = [
        at for at in held if at not in taken.values() and not _of_ignored(at, spare, cells)
    ]
    lacking = [
        meaning
        for meaning in open_times
        if UNIT_OF[meaning] not in taken and columns[meaning].measure.unit is None
    ]
    sources = [*stray, *dict.fromkeys(taken.values())]
    if not lacking or len(sources) != 1:
        return Units(taken, {}, tuple(stray) if lacking else ())
    clear = _OF_TIME.search(read_heading(headings[sources[0]]).words) is not None
    shared = {UNIT_OF[meaning]: clear or len(times) == 1 for meaning in lacking}
    return Units(taken | dict.fromkeys(shared, sources[0]), shared, ())


def is_unit_heading(text: str) -> bool:
    """Tell whether the heading *text* says that units stand below it, or nothing at all.

    >>> is_unit_heading("Einh."), is_unit_heading("Rüst-Einheit"), is_unit_heading("Status")
    (True, True, False)
    """
    words = _NUMBERED.sub("", read_heading(text).words)
    return not text.strip() or words in UNIT_WORDS or _UNIT.search(words) is not None


def _names(heading: str, meaning: str) -> bool:
    """Whether *heading* says that it holds the unit of times with this *meaning*."""
    read = read_heading(heading)
    words = _NUMBERED.sub("", read.words)
    rests = [words.removesuffix(word) for word in UNIT_WORDS if words.endswith(word)]
    rests += [words.removeprefix(word) for word in UNIT_WORDS if words.startswith(word)]
    return rank(read, UNIT_OF[meaning]) is not None or any(
        rank(read_heading(rest), meaning) is not None
        for rest in rests
        if rest and rest not in UNIT_WORDS and not _OF_TIME.fullmatch(rest)
    )


def _holds_units(heading: str, cells: Sequence[str]) -> bool:
    """Whether *cells* are units of time, below a heading that says unit or nothing else."""
    timed = sum(measure_in(cell).unit is not None for cell in cells)
    own = is_unit_heading(heading) or any(_names(heading, meaning) for meaning in UNIT_OF)
    return own and timed > 0 and not any(cell[:1].isdigit() for cell in cells)


def _holds_odd_units(heading: str, cells: Sequence[str]) -> bool:
    """Whether *cells* are words below a heading that says unit, and not those of pieces."""
    words = {fold(cell).strip(" .") for cell in cells}
    numbers = any(cell[:1].isdigit() for cell in cells)
    return bool(heading) and is_unit_heading(heading) and not words <= PIECES and not numbers


def _of_ignored(at: int, spare: Sequence[int], cells: Sequence[Sequence[str]]) -> bool:
    """Whether column *at* stands right after numbers of which no use is made."""
    before = at - 1
    return (
        before in spare and bool(cells[before]) and all(c[:1].isdigit() for c in cells[before])
    )
