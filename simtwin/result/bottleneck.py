"""This module holds the bottleneck by the hour, as tables: of one run, and of many.

Who binds when is told in :mod:`simtwin.result.hours`.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simtwin.result.hours import Hours


def hours(found: Hours) -> tuple[tuple[str, ...], Any]:
    """Return how much of each clock hour each machine did not wait, and was off shift [-].

    The busy share is of the time that it was not off shift; NaN where it was off all along.
    """
    columns = ("machine", "start_s", "end_s", "busy_share", "off_share")
    return columns, [
        (machine, first, last, *_shares(found, machine, number))
        for machine in found.busy
        for number, (first, last) in enumerate(found.spans)
    ]


def bottlenecks(found: Hours) -> tuple[tuple[str, ...], Any]:
    """Return for how much of each clock hour each station was the bottleneck [-]."""
    columns = ("start_s", "end_s", "station", "share", "bottleneck")
    return columns, [
        (first, last, station, row[number] / (last - first), station == binds)
        for number, (first, last) in enumerate(found.spans)
        for binds in [found.bottleneck(number)]
        for station, row in found.binding.items()
    ]


def frame_of_many(
    name: str, runs: Sequence[Hours | None], *, drawn: bool = True
) -> pd.DataFrame:
    """Return "hours" or "bottleneck" of several replications, with intervals.

    Where nothing was *drawn* in them there are none: P is 0 or 1.
    """
    import pandas as pd

    found = [one for one in runs if one is not None]
    if len(found) < len(runs):
        raise InvalidInput("these runs were saved before hours were kept; make them again")
    rows = _busy(found) if name == "hours" else _bound(found, drawn=drawn)
    return pd.DataFrame(rows)


def _busy(runs: Sequence[Hours]) -> list[dict[str, Any]]:
    """Return the mean busy share of each machine and hour, over the runs that came to it."""
    rows = []
    for machine in runs[0].busy:
        for first, (last, members) in _by_hour(runs).items():
            shares = [_shares(run, machine, number) for run, number in members]
            busy = [share for share, _ in shares if share == share]
            made = estimate.mean(busy, within=(0.0, 1.0)) if len(busy) > 1 else None
            rows.append(
                {
                    "machine": machine,
                    "start_s": first,
                    "end_s": last,
                    "busy_share": sum(busy) / len(busy) if busy else nan,
                    "busy_share_low": made.low if made else nan,
                    "busy_share_high": made.high if made else nan,
                    "off_share": sum(off for _, off in shares) / len(shares),
                }
            )
    return rows


def busy_of_many(runs: Sequence[Hours]) -> dict[str, estimate.Estimate]:
    """Return the mean share of its time on shift that each machine did not wait [-].

    Left out is who is off shift in all of some run.
    """
    found = {}
    for machine in runs[0].busy:
        on = [run.edges[-1] - run.edges[0] - sum(run.off[machine]) for run in runs]
        if min(on) > 1e-6:
            shares = [sum(r.busy[machine]) / time for r, time in zip(runs, on, strict=True)]
            found[machine] = estimate.mean(shares, within=(0.0, 1.0))
    return found


def _bound(runs: Sequence[Hours], *, drawn: bool) -> list[dict[str, Any]]:
    """Return P(a station is the bottleneck) for each hour, a run that is over having none."""
    rows = []
    for first, (last, members) in _by_hour(runs).items():
        binds = [run.bottleneck(number) for run, number in members]
        for station in runs[0].binding:
            shares = [
                run.binding[station][number] / (end - begin)
                for run, number in members
                for begin, end in [run.spans[number]]
            ]
            found = estimate.chance(binds.count(station), len(runs), drawn=drawn)
            rows.append(
                {
                    "start_s": first,
                    "end_s": last,
                    "station": station,
                    "p_bottleneck": found.value,
                    "p_bottleneck_low": found.low,
                    "p_bottleneck_high": found.high,
                    "share": sum(shares) / len(runs),
                }
            )
    return rows


def _by_hour(runs: Sequence[Hours]) -> dict[float, tuple[float, list[tuple[Hours, int]]]]:
    """Return by its begin each hour, its latest end, and the runs that came to it."""
    found: dict[float, tuple[float, list[tuple[Hours, int]]]] = {}
    for run in runs:
        for number, (first, last) in enumerate(run.spans):
            end, members = found.setdefault(first, (last, []))
            members.append((run, number))
            found[first] = max(end, last), members
    return dict(sorted(found.items()))


def _shares(found: Hours, machine: str, hour: int) -> tuple[float, float]:
    """Return the busy share of the time on shift, and the share off shift, of one hour."""
    first, last = found.spans[hour]
    off = found.off[machine][hour]
    on = last - first - off
    busy = min(1.0, found.busy[machine][hour] / on) if on > 1e-6 else nan
    return busy, off / (last - first)
