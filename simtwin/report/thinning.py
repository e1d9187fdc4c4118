"""This module holds the thinning of what is drawn: lines by extremes, bars by merging.

A browser draws 2,000 points or 10,000 bars at ease and no more (UX 6). What is left out is
counted, so that the caption can say so; the record itself stays whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

POINTS = 2_000
BARS = 10_000


def decimate(
    time: NDArray[np.float64], value: NDArray[np.float64], *, points: int = POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most *points* of a line: the least and the greatest of each bucket, in order.

    So every crossing of a threshold is still seen, which neither the mean nor every n-th point
    would promise. The ends are kept; a gap (NaN) stays a gap.

    >>> import numpy as np
    >>> time = np.arange(10_000.0)
    >>> value = np.where(time == 5_003.0, 70.0, 20.0)
    >>> thin, kept = decimate(time, value, points=100)
    >>> len(thin) <= 100, kept.max()
    (True, np.float64(70.0))
    """
    import numpy as np

    count = len(value)
    if count <= points:
        return time, value
    gaps = np.isnan(value)
    picks = 3 if gaps.any() else 2
    width = -(-count // max(1, (points - 2) // picks))
    buckets = np.arange(0, count, width)
    padded = np.pad(value, (0, len(buckets) * width - count), mode="edge")
    table = padded.reshape(len(buckets), width)
    least = np.where(np.isnan(table), np.inf, table).argmin(axis=1)
    most = np.where(np.isnan(table), -np.inf, table).argmax(axis=1)
    kept = [buckets + least, buckets + most, np.array([0, count - 1])]
    if picks == 3:
        hollow = np.isnan(table)
        kept.append((buckets + hollow.argmax(axis=1))[hollow.any(axis=1)])
    index = np.unique(np.minimum(np.concatenate(kept), count - 1))
    return time[index], value[index]


def merge_bars(states: pd.DataFrame, *, bars: int = BARS) -> pd.DataFrame:
    """Return at most about *bars* rows of *states*: short neighbours of a machine become one.

    A merged row spans its members and bears the state that lasts longest among them; the new
    column ``merged`` counts them (1 for a row that stays as it was). Long rows are never
    touched: only those shorter than the width of a cell, and only within that cell.
    """
    import numpy as np

    table = states.sort_values(["machine", "start_s"], kind="stable").reset_index(drop=True)
    table["merged"] = 1
    if len(table) <= bars:
        return table
    span = float(table["end_s"].max() - table["start_s"].min())
    machine = table["machine"].to_numpy()
    start = table["start_s"].to_numpy(dtype=float)
    length = table["end_s"].to_numpy(dtype=float) - start
    width = span * max(1, table["machine"].nunique()) / bars / 4.0
    while True:
        short = length < width
        cell = np.floor(start / width)
        opens = np.ones(len(table), dtype=bool)
        opens[1:] = (
            ~short[1:] | ~short[:-1] | (machine[1:] != machine[:-1]) | (cell[1:] != cell[:-1])
        )
        if opens.sum() <= bars or width > span:
            break
        width *= 1.5
    return _joined(table, np.cumsum(opens))


def _joined(table: pd.DataFrame, group: NDArray[np.int64]) -> pd.DataFrame:
    table = table.assign(group=group, length=table["end_s"] - table["start_s"])
    shares = table.groupby(["group", "state"], sort=False)["length"].sum().reset_index()
    longest = shares.loc[shares.groupby("group", sort=False)["length"].idxmax()]
    joined = table.groupby("group", sort=False).first()
    joined["end_s"] = table.groupby("group", sort=False)["end_s"].max()
    joined["merged"] = table.groupby("group", sort=False).size()
    joined["state"] = longest.set_index("group")["state"]
    return joined.drop(columns="length").reset_index(drop=True)
