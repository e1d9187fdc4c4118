"""This module holds the pieces: how many are at each place of a shop, at every change."""

from __future__ import annotations

from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

from simtwin.result.stay import KINDS, QUEUE, stays

if TYPE_CHECKING:
    from simtwin.result.result import Result

Changes = dict[str, tuple[list[float], list[int]]]
"""Name -> instants [s] and how many pieces from then on."""


def piece_counts(result: Result, begin: float) -> dict[str, Changes]:
    """Return by kind and place how many pieces are there, from *begin* [s] on.

    Queues are told of even where no piece ever was.
    """
    steps = {(QUEUE, station.name): {begin: 0} for station in result.plant.stations}
    for stay in stays(result, begin):
        by = steps.setdefault((stay.kind, stay.place), {begin: 0})
        by[stay.since] = by.get(stay.since, 0) + 1
        if stay.until < inf:
            by[stay.until] = by.get(stay.until, 0) - 1
    told: dict[str, Changes] = {kind: {} for kind in KINDS}
    for (kind, name), by in steps.items():
        times = sorted(by)
        told[kind][name] = times, list(accumulate(by[time] for time in times))
    return told
