"""This module holds a sweep as it is told: a table of points, and the same as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from simtwin.report.figures import told
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.tables import Table, label
from simtwin.report.told import records
from simtwin.report.verdict import NOTHING_RANDOM
from simtwin.report.wording import counted
from simtwin.result.assumed import assumed
from simtwin.result.estimate import CERTAIN, ONE_SIDED, Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simtwin.plant.model import PlantModel, Scenario

FIRST = ("late_orders", "good_pieces", "lead_time", "energy_per_piece")
"""Key figures that are shown where nobody says which, as far as they exist."""

TOLD = ("kpi", "unit", "value", "low", "high", "n", "open")
"""Columns of a sweep that are no names of numbers."""


def points(frame: pd.DataFrame, metrics: Sequence[str] | None = None) -> Table:
    """Return one row for each point of a sweep, with *metrics* or the first key figures."""
    present = list(dict.fromkeys(frame["kpi"]))
    chosen = list(metrics or [name for name in FIRST if name in present] or present[:4])
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in records(frame):
        point = tuple(_said(row[name]) for name in names(frame))
        rows.setdefault(point, {})[row["kpi"]] = told(_estimate(row), row["unit"])
    left = len(present) - len(chosen)
    note = f"{counted(left, 'more key figure')} in --csv and --json." if left > 0 else ""
    return Table(
        (*names(frame), *(f"{label(name)} [95 %]" for name in chosen)),
        tuple((*point, *(cells[name] for name in chosen)) for point, cells in rows.items()),
        note=note,
    )


def names(frame: pd.DataFrame) -> list[str]:
    """Return the names of the numbers that were swept."""
    return [str(name) for name in frame.columns if name not in TOLD]


@dataclass(frozen=True, slots=True)
class Made:
    """What an interrupted sweep has: points of all, and replications of each."""

    points: int
    of: int
    """Points that were asked for."""
    fewest: int
    """Replications of the point with fewest, of those that are told."""
    most: int

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Made:
        """Return what the rows of *frame* rest on."""
        numbers = [int(n) for n in frame["n"]] or [0]
        told = len(frame.drop_duplicates(names(frame)))
        return cls(told, frame.attrs.get("points", told), min(numbers), max(numbers))

    def __str__(self) -> str:
        """Return it in words.

        >>> str(Made(1, 2, 187, 187)), str(Made(2, 2, 40, 90))
        ('187 replications of 1 of 2 points', '40 to 90 replications of each point')
        """
        several = "" if self.most == self.fewest else f"{self.fewest} to "
        points = (
            "each point" if self.points == self.of else f"{self.points} of {self.of} points"
        )
        return f"{several}{self.most} replications of {points}"


def basis(n: int | Made, seed: int, *, partial: bool, drawn: bool = True) -> str:
    """Return on what a sweep rests; nothing may be *drawn* at any of its points.

    >>> basis(20, 1, partial=False)
    '20 replications of each point (seed 1), intervals of 95 %'
    """
    made = f"{n} replications of each point" if isinstance(n, int) else str(n)
    stopped = ", stopped before all were made (partial)" if partial else ""
    rests = "intervals of 95 %" if drawn else NOTHING_RANDOM
    return f"{made} (seed {seed}), {rests}{stopped}"


def as_plain(
    plant: PlantModel, scenario: Scenario, frame: pd.DataFrame, *, n: int, seed: int
) -> dict[str, Any]:
    """Return the *frame* of a sweep as plain values, one row for each point and figure.

    *n* replications of each point were asked for; of an interrupted sweep it says those that
    every point has which is told.
    """
    partial = bool(frame.attrs.get("partial", False))
    made = Made.of_frame(frame) if partial else n
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": plant.name,
        "scenario": scenario.name,
        "seed": seed,
        "replications": made.fewest if isinstance(made, Made) else made,
        "asked": n,
        "partial": partial,
        "basis": basis(made, seed, partial=partial, drawn=frame.attrs.get("drawn", True)),
        "names": names(frame),
        "rows": [
            {
                "point": {name: plain(row[name]) for name in names(frame)},
                "kpi": row["kpi"],
                **figure(_estimate(row), row["unit"]),
            }
            for row in records(frame)
        ],
        "assumptions": list(assumed(plant, scenario)),
    }


def _estimate(row: dict[str, Any]) -> Estimate:
    share = row["kpi"].startswith("p_")
    method = "share, Wilson 95 %" if share else "mean, t 95 %"
    if share and row["value"] in (0.0, 1.0):
        method = CERTAIN if row["low"] == row["high"] else ONE_SIDED
    ends = row["value"], row["low"], row["high"]
    return Estimate(*ends, int(row["n"]), method, int(row.get("open", 0)))


def _said(value: Any) -> str:
    if isinstance(value, float):
        return "" if isnan(value) else f"{value:.6g}"
    return str(value)
