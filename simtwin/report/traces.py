"""This module holds the traces of a run: each node against its trip, each edge against its end.

The nearest to its limit comes first, so that a plot of a few shows those that matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simtwin.names import NaturalKey, natural
from simtwin.result.edge_wear import IN_USE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from simtwin.report.told import Run

_SAMPLES = 240
"""Samples of a temperature over the run, beside those at each change of load."""
AT = 1e-3
"""What is so little below a limit or a peak [K] is at it: a trip is found so exactly."""
_CHANGES = 300_000
"""States of a run beyond which temperatures are sampled only."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The temperature of one node of one spindle, and the limit that stops the machine."""

    machine: str
    node: str
    time: NDArray[np.float64]
    """[s]"""
    value: NDArray[np.float64]
    """[degC]"""
    limit: float
    """[degC]"""
    peak: float
    """[degC]"""
    peak_at: float
    """When it was so first [s]."""
    often: int
    """How many times it came to its limit."""

    @property
    def margin(self) -> float:
        """What was left below the limit at the hottest [K]."""
        return self.limit - self.peak

    @property
    def near(self) -> bool:
        """True when it came within 5 K of the limit, or over it."""
        return self.margin <= 5.0


@dataclass(frozen=True, slots=True)
class Edge:
    """The wear of one cutting edge over the run."""

    machine: str
    tool: str
    edge: str
    """Its number among its sisters."""
    time: NDArray[np.float64]
    """[s]"""
    damage: NDArray[np.float64]
    """Share of its life [-]; the wear land is at its limit at 1."""
    land: float
    """Wear land at the end [mm]."""
    limit: float
    """Wear land at the limit [mm]; NaN when the plant does not name the tool."""
    exchanged: int
    """How often a new edge took its place."""
    state: str
    """At the end: in use, worn, broken, or set aside."""
    since: float | None
    """From when on it has been worn, broken or set aside [s]; None before the run begins."""
    breaks: tuple[int, ...]
    """Places in *time* at which an edge broke here."""

    @property
    def spent(self) -> bool:
        """Whether it cuts no more, until a new one takes its place."""
        return self.state != IN_USE

    @property
    def used(self) -> float:
        """The share of its life used at the end [-]."""
        return float(self.damage[-1])

    @property
    def near(self) -> bool:
        """True when less than a tenth of its life is left, or nothing."""
        return self.used >= 0.9 or self.spent


def order_spans(run: Run) -> pd.DataFrame:
    """Return from when to when each machine worked for one order, without a long wait."""
    table = run.frame("operations").sort_values(["machine", "start_s"], kind="stable")
    table = table.assign(order=table["order"].astype(str))
    other = (
        (table["machine"] != table["machine"].shift())
        | (table["order"] != table["order"].shift())
        | (table["start_s"] - table["end_s"].shift() > 0.01 * run.end)
    )
    return table.groupby(other.cumsum(), sort=False).agg(
        machine=("machine", "first"),
        order=("order", "first"),
        start_s=("start_s", "min"),
        end_s=("end_s", "max"),
    )


def heat(run: Run) -> list[Heat]:
    """Return every node that can trip, the one that came closest to its limit first."""
    import numpy as np

    limits = {
        (machine.name, trip.node): trip.limit
        for machine in run.plant.machines
        if machine.spindle is not None
        for trip in machine.spindle.trips
    }
    if not limits:
        return []
    table = _temperatures(run)
    found = []
    for key, rows in table.groupby(["machine", "node"], sort=False, observed=True):
        machine, node = (str(part) for part in key)
        if (machine, node) not in limits:
            continue
        time = rows["time_s"].to_numpy(dtype=float)
        value = rows["temperature_c"].to_numpy(dtype=float)
        if np.isnan(value).all():
            continue
        peak, limit = float(np.nanmax(value)), limits[machine, node]
        top = int(np.argmax(value >= peak - AT))
        there = value >= limit - AT
        often = int(np.sum(there[1:] & ~there[:-1]) + there[0])
        found.append(Heat(machine, node, time, value, limit, peak, float(time[top]), often))
    return sorted(found, key=lambda item: (item.margin, natural(item.machine), item.node))


def _temperatures(run: Run) -> pd.DataFrame:
    """Return temperatures at each change of load, and on a grid for the curves between."""
    import pandas as pd

    if len(run.frame("states")) > _CHANGES:
        return run.frame("temperatures", every=max(1.0, run.end / (5 * _SAMPLES)))
    grid = run.frame("temperatures", every=max(1.0, run.end / _SAMPLES))
    table = pd.concat([run.frame("temperatures"), grid], ignore_index=True)
    return table.drop_duplicates(["time_s", "machine", "node"]).sort_values(
        "time_s", kind="stable", ignore_index=True
    )


def edges(run: Run) -> list[Edge]:
    """Return every cutting edge that has cut, the most worn at the end first.

    One that is broken or set aside comes after those that are worn: nothing of it is left.
    """
    import numpy as np

    limits = {tool.name: tool.wear_limit * 1000.0 for tool in run.plant.tools}
    table = run.frame("wear")
    found = []
    for key, rows in table.groupby(["machine", "tool", "edge"], sort=False, observed=True):
        machine, tool, edge = (str(part) for part in key)
        damage = rows["damage"].to_numpy(dtype=float)
        if not np.nanmax(damage, initial=0.0) > 0.0:
            continue
        found.append(
            Edge(
                machine,
                tool,
                edge.rpartition("#")[2],
                rows["time_s"].to_numpy(dtype=float),
                damage,
                float(rows["vb_mm"].iloc[-1]),
                limits.get(tool, float("nan")),
                int((np.diff(damage) < 0.0).sum()),
                **_states(rows["state"].tolist(), rows["time_s"].tolist()),
            )
        )
    return sorted(found, key=_most_worn_first)


def _states(states: list[str], times: list[float]) -> dict[str, Any]:
    """Return how an edge stands at the end, since when, and where it broke."""
    last, changes = states[-1], [0]
    changes += [place for place in range(1, len(states)) if states[place] != states[place - 1]]
    return {
        "state": last,
        "since": times[changes[-1]] if last != IN_USE and changes[-1] else None,
        "breaks": tuple(place for place in changes if place and states[place] == "broken"),
    }


def _most_worn_first(item: Edge) -> tuple[float, float, NaturalKey, NaturalKey, str]:
    left = 0.0 if item.spent else 1.0 - item.used
    return left, -item.used, natural(item.machine), natural(item.tool), item.edge
