"""A made-up shift of a small shop, told as a result would tell it, for tests of what is shown.

Nothing is simulated here: numbers are laid down, so that a test knows what a page must say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from simtwin.result.estimate import Estimate

HOUR = 3600.0
STATES = ("producing", "tool change", "setup", "blocked", "starved", "waiting for crew", "down")


@dataclass(frozen=True)
class Kpi:
    """One number of a result with its unit, as the result room gives it."""

    value: float | Estimate
    unit: str
    text: str = ""


@dataclass
class Shift:
    """A result of replication *replication*; the tables are what the test laid down."""

    tables: dict[str, pd.DataFrame]
    kpis: dict[str, Kpi]
    plant: Any
    scenario: Any
    seed: int = 1
    replication: int = 0
    end: float = 8 * HOUR
    assumptions: tuple[str, ...] = ("vmc: preload 800 N (assumed)",)
    provenance: dict[str, Any] = field(
        default_factory=lambda: {"seed": 1, "simtwin": "0.1.0", "plant": "sha256:aa"}
    )
    drawn: bool = True
    window: Any = field(default_factory=lambda: SimpleNamespace(start=0.0))

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return the table laid down under *name*."""
        return self.tables[name]


@dataclass
class Many:
    """An ensemble of *n* replications, with the first one kept."""

    first: Shift
    kpis: dict[str, Kpi]
    orders: pd.DataFrame
    n: int = 50
    seed: int = 1
    partial: bool = False
    drawn: bool = True

    @property
    def plant(self) -> Any:
        """Return the plant of the first replication."""
        return self.first.plant

    @property
    def scenario(self) -> Any:
        """Return the scenario of the first replication."""
        return self.first.scenario

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return the assumptions of the first replication."""
        return self.first.assumptions

    @property
    def provenance(self) -> dict[str, Any]:
        """Return the provenance of the first replication."""
        return self.first.provenance

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return the table of the orders over all replications, or what hours were."""
        if name == "orders":
            return self.orders
        assert name in ("hours", "bottleneck")
        table = self.first.frame(name)
        if name == "hours":
            low = (table["busy_share"] - 0.05).clip(lower=0.0)
            return table.assign(busy_share_low=low, busy_share_high=table["busy_share"])
        binds = table["bottleneck"].astype(float)
        return table.assign(
            p_bottleneck=binds,
            p_bottleneck_low=0.9 * binds,
            p_bottleneck_high=binds.clip(lower=0.1),
        )


def plant(machines: tuple[str, ...]) -> Any:
    """Return a plant of *machines*, all but the last with a spindle that trips."""
    trips = (
        SimpleNamespace(node="motor", limit=140.0, reset=110.0),
        SimpleNamespace(node="front", limit=70.0, reset=55.0),
    )
    return SimpleNamespace(
        name="made-up shop",
        origin="made_up.yaml",
        machines=tuple(
            SimpleNamespace(
                name=name,
                spindle=SimpleNamespace(trips=trips) if name != machines[-1] else None,
                magazine=(SimpleNamespace(tool="mill-16"),),
                failures=(),
                bearings=(SimpleNamespace(name="front"),),
            )
            for name in machines
        ),
        stations=tuple(SimpleNamespace(name=name, machines=(name,)) for name in machines),
        tools=(SimpleNamespace(name="mill-16", wear_limit=0.3e-3),),
    )


def shift(
    machines: tuple[str, ...] = ("mill-1", "mill-2", "lathe-1"),
    *,
    order: str = "order",
    spells: int = 60,
) -> Shift:
    """Return a shift of eight hours: *spells* states a machine, one order of six late."""
    luck = np.random.default_rng(7)  # noqa: TID251 - made-up data, no simulation
    orders = [f"{order}-{index}" for index in range(1, 7)]
    tables = {
        "states": _states(machines, orders, spells, luck),
        "temperatures": _temperatures(machines[:-1]),
        "wear": _wear(machines[:-1]),
        "orders": _orders(orders),
        "events": _events(machines),
        "machines": _machines(machines),
        "hours": _hours(machines),
        "bottleneck": _bottleneck(machines),
        "queues": pd.DataFrame({"time_s": [0.0], "station": ["mill"], "length": [2]}),
    }
    states = tables["states"]
    tables["operations"] = states[states["state"] == "producing"].drop(columns=["cause"])
    energy = states.assign(energy_kwh=(states["end_s"] - states["start_s"]) / HOUR * 4.0)
    energy["time_s"] = states["end_s"] - states["start_s"]
    tables["energy"] = (
        energy.groupby(["machine", "state"])[["time_s", "energy_kwh"]].sum().reset_index()
    )
    return Shift(
        tables,
        {
            "late_orders": Kpi(1.0, "orders", "not finished by their due time"),
            "mean_tardiness": Kpi(420.0, "s", "open orders counted to the end"),
            "energy": Kpi(123.456, "kWh", "all machines"),
            "oee": Kpi(0.612, "share", "mean of the machines"),
        },
        plant(machines),
        SimpleNamespace(name="day shift", start="2026-01-05T06:00:00", origin="day.yaml"),
    )


def ensemble(first: Shift | None = None, n: int = 50) -> Many:
    """Return *n* replications of :func:`shift`, of which order 6 is late in 30."""
    first = first or shift()
    table = first.frame("orders")
    late = table["late"].to_numpy()
    likely = np.where(late, 30 / n, 0.0)
    return Many(
        first,
        {
            "late_orders": Kpi(Estimate(0.6, 0.46, 0.74, n, "t"), "orders"),
            "energy": Kpi(Estimate(123.456, 121.2, 125.7, n, "t"), "kWh"),
        },
        pd.DataFrame(
            {
                "order": table["order"],
                "product": table["product"],
                "quantity": table["quantity"],
                "release_s": table["release_s"],
                "due_s": table["due_s"],
                "p_late": likely,
                "p_late_low": np.where(late, 0.46, 0.0),
                "p_late_high": np.where(late, 0.72, 0.07),
                "finish_median_s": table["finish_s"],
                "finish_p90_s": table["finish_s"] + 900.0,
            }
        ),
        n,
    )


def _states(
    machines: tuple[str, ...], orders: list[str], spells: int, luck: np.random.Generator
) -> pd.DataFrame:
    rows = []
    for machine in machines:
        cuts = np.sort(luck.uniform(0.0, 8 * HOUR, spells - 1))
        edges = [0.0, *cuts.tolist(), 8 * HOUR]
        for index, (start, end) in enumerate(pairwise(edges)):
            state = "producing" if index % 2 == 0 else STATES[int(luck.integers(1, 7))]
            job = orders[index * 6 // spells] if state == "producing" else ""
            rows.append((machine, state, start, end, "", job, "op10" if job else ""))
    columns = ["machine", "state", "start_s", "end_s", "cause", "job", "operation"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(order=table["job"], product="housing")


def _temperatures(machines: tuple[str, ...]) -> pd.DataFrame:
    time = np.arange(0.0, 8 * HOUR + 1, 60.0)
    rows = []
    for index, machine in enumerate(machines):
        for node, top in (("motor", 70.0), ("front", 50.0 + 17.0 * (index == 0))):
            rise = 1.0 - np.exp(-time / 4000.0)
            wobble = 0.97 + 0.03 * np.sin(time / 900.0)
            value = 22.0 + (top - 22.0) * rise * wobble
            rows.append(
                pd.DataFrame(
                    {"time_s": time, "machine": machine, "node": node, "temperature_c": value}
                )
            )
    empty = pd.DataFrame(columns=["time_s", "machine", "node", "temperature_c"])
    return pd.concat(rows, ignore_index=True) if rows else empty


def _wear(machines: tuple[str, ...]) -> pd.DataFrame:
    time = np.arange(0.0, 8 * HOUR + 1, 600.0)
    rows = [
        pd.DataFrame(
            {
                "time_s": time,
                "machine": machine,
                "tool": "mill-16",
                "edge": f"{machine}/mill-16#{edge}",
                "damage": (time / (7 * HOUR) + 0.2 * edge) % 1.0,
                "vb_mm": 0.3 * ((time / (7 * HOUR) + 0.2 * edge) % 1.0),
                "state": "in use",
            }
        )
        for machine in machines
        for edge in (1, 2)
    ]
    empty = pd.DataFrame(
        columns=["time_s", "machine", "tool", "edge", "damage", "vb_mm", "state"]
    )
    return pd.concat(rows, ignore_index=True) if rows else empty


def _orders(orders: list[str]) -> pd.DataFrame:
    count = len(orders)
    finish = np.linspace(2 * HOUR, 8 * HOUR - 600.0, count)
    due = finish + 1200.0
    due[-1] = finish[-1] - 42 * 60.0
    late = finish > due
    return pd.DataFrame(
        {
            "order": orders,
            "product": "housing",
            "quantity": 10,
            "release_s": 0.0,
            "due_s": due,
            "finished": 10,
            "finish_s": finish,
            "tardiness_s": np.maximum(finish - due, 0.0),
            "late": late,
            "why": np.where(late, "waited 40 min at mill: mill-1 down", ""),
        }
    )


def _machines(machines: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "machine": machines,
            "good": 20.0,
            "scrap": 1.0,
            "availability": 0.8,
            "performance": 0.9,
            "quality": 20.0 / 21.0,
            "oee": 0.8 * 0.9 * 20.0 / 21.0,
            "energy_kwh": 32.0,
        }
    )


def _hours(machines: tuple[str, ...]) -> pd.DataFrame:
    """Return eight hours, each machine a tenth less busy than the one before; one is off."""
    return pd.DataFrame(
        [
            {
                "machine": machine,
                "start_s": hour * HOUR,
                "end_s": (hour + 1) * HOUR,
                "busy_share": float("nan") if hour == 7 else max(0.0, 1.0 - 0.1 * index),
                "off_share": float(hour == 7),
            }
            for index, machine in enumerate(machines)
            for hour in range(8)
        ]
    )


def _bottleneck(machines: tuple[str, ...]) -> pd.DataFrame:
    """Return that the first machine binds in the first seven hours, and none in the last."""
    return pd.DataFrame(
        [
            {
                "start_s": hour * HOUR,
                "end_s": (hour + 1) * HOUR,
                "station": machine,
                "share": float(index == 0 and hour < 7),
                "bottleneck": index == 0 and hour < 7,
            }
            for hour in range(8)
            for index, machine in enumerate(machines)
        ]
    )


def _events(machines: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time_s": [4 * HOUR + 65.0, 4.5 * HOUR],
            "machine": [machines[0], machines[0]],
            "part": ["front", "front"],
            "kind": ["trip", "repair"],
            "detail": ["front bearing node at 70 degC", "after 25 min"],
        }
    )


def texts(node: Any) -> Iterator[str]:
    """Yield every text in a figure."""
    if isinstance(node, dict):
        for key, part in node.items():
            if key != "bdata":
                yield from texts(part)
    elif isinstance(node, list):
        for part in node:
            yield from texts(part)
    elif isinstance(node, str):
        yield node
