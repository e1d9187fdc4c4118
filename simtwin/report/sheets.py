"""This module holds the sheets: tables of a result as CSV, for people with a spreadsheet."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO
from math import isfinite
from typing import TYPE_CHECKING, Any

from simtwin.civil import local, read_zero
from simtwin.report.hours import kept
from simtwin.report.told import observed
from simtwin.result.frames import SAMPLED

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.report.told import Ensemble, Run

INSTANTS = {
    "states": ("start_s", "end_s"),
    "operations": ("start_s", "end_s"),
    "orders": ("release_s", "due_s", "finish_s", "finish_median_s", "finish_p90_s"),
    "events": ("time_s",),
    "queues": ("time_s",),
    "temperatures": ("time_s",),
    "wear": ("time_s",),
    "energy": (),
    "machines": (),
    "stations": (),
    "hours": ("start_s", "end_s"),
    "bottleneck": ("start_s", "end_s"),
    "damage": (),
    "downtime": (),
}
"""Sheets, and which of their columns are instants: these become dates and times."""

LOGGED = frozenset(
    {"states", "operations", "events", "queues", "temperatures", "wear", "damage", "downtime"}
)
"""Sheets that need the log of a run."""

HOURLY = frozenset({"hours", "bottleneck"})
"""Sheets of the clock hours, which runs that were saved long ago did not keep."""

SAMPLES = 2000
"""Physics is sampled at most so often per machine; all of it stands in the traces."""

_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet take text for a formula."""


def sheets(told: Run | Ensemble, *, log: bool) -> dict[str, str]:
    """Return the text of each sheet by name; without a *log* only those that need none.

    Those of the clock hours are left out where a run kept no hours.
    """
    start = read_zero(told.scenario.start)
    end = observed(told).end
    every = max(60.0, end / SAMPLES)
    absent = (frozenset() if log else LOGGED) | (frozenset() if kept(told) else HOURLY)
    made = {}
    for name, instants in INSTANTS.items():
        if name in absent:
            continue
        sampled = name in SAMPLED and end > 0.0
        table = told.frame(name, every if sampled else None)
        made[name] = sheet(table, instants, start)
    return made


def sheet(table: pd.DataFrame, instants: tuple[str, ...], start: datetime) -> str:
    """Return *table* as CSV: ISO times to the second, text that no spreadsheet calculates.

    *instants* are the columns of seconds since *start*; they lose their ``_s``. What is not
    known is an empty cell.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"end_s": [90.4], "cause": ["=1+1"], "energy_kwh": [-0.5]})
    >>> print(sheet(rows, ("end_s",), datetime(2026, 1, 5, 6)), end="")
    end,cause,energy_kwh
    2026-01-05T06:01:30,'=1+1,-0.5
    """
    page = StringIO()
    writer = csv.writer(page)
    columns = [str(column) for column in table.columns]
    writer.writerow([c.removesuffix("_s") if c in instants else c for c in columns])
    cells = [
        [_moment(value, start) for value in table[column].tolist()]
        if column in instants
        else [_cell(value) for value in table[column].tolist()]
        for column in columns
    ]
    writer.writerows(zip(*cells, strict=True))
    return page.getvalue()


def escaped(text: str) -> str:
    """Return *text* so that no spreadsheet calculates it.

    >>> escaped("=1+1"), escaped("mill-1")
    ("'=1+1", 'mill-1')
    """
    return f"'{text}" if text.startswith(_ACTIVE) else text


def _moment(seconds: float, start: datetime) -> str:
    if not isfinite(seconds):
        return ""
    return local(start, round(seconds)).isoformat(timespec="seconds")


def _cell(value: Any) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.9g}" if isfinite(value) else ""
    if isinstance(value, int):
        return value
    return "" if value is None else escaped(str(value))
