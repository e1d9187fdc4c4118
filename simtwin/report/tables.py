"""This module holds the tables of a report: rows of plain text, for page and terminal alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simtwin.names import NaturalKey, natural
from simtwin.plant.model import PowerSpec
from simtwin.report import reading, traces
from simtwin.report.clock import Clock
from simtwin.report.palette import palette
from simtwin.report.told import answering, observed, records, replications
from simtwin.report.wording import HOUR, MINUTE, known, lasting, number, percent
from simtwin.result.digits import in_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simtwin.plant.model import PlantModel
    from simtwin.report.told import Ensemble, Figured, Run
    from simtwin.result.because import Because

ROWS = 200
"""Rows of a long table on a page; what is left out is counted."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts. *numeric* names the columns that are set right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[str] = frozenset()
    marked: frozenset[int] = frozenset()
    """Rows that deserve a look."""
    note: str = ""

    def capped(self, most: int = ROWS) -> Table:
        """Return the first *most* rows and a note that counts the others."""
        if len(self.rows) <= most:
            return self
        note = f"{most:,} of {len(self.rows):,} rows are shown. {self.note}".strip()
        marked = frozenset(index for index in self.marked if index < most)
        return Table(self.columns, self.rows[:most], self.numeric, marked, note)


def orders(told: Run | Ensemble, because: Sequence[Because] = ()) -> Table:
    """Return all orders, the late ones first, each with the reason where one is known.

    *because* tells the reasons of runs in which an order is late; else they are those of the
    run shown.
    """
    if replications(told) > 1:
        return _orders_of_many(told, because)
    return _orders_of_one(observed(told))


def chains(because: Sequence[Because]) -> tuple[str, ...]:
    """Return the events that made each order late, one line each; without those of no stop."""
    return tuple(
        f"{one.order}, late in {one.late_in} of {one.n} (number {one.replication}): {one.chain}"
        for one in because
        if one.chain
    )


def kpis(told: Run | Ensemble) -> Table:
    """Return the numbers of a result with units; intervals where replications exist.

    What the plant knows nothing of, as energy and tools of plain machines, is left out: a zero
    would say that there is none.
    """
    many = replications(told) > 1
    unknown = unknown_to(told.plant)
    rows = []
    for name, kpi in answering(told).kpis.items():
        if name in unknown:
            continue
        value, interval, unit = stated(kpi)
        rows.append((label(name), value, *((interval,) if many else ()), unit, kpi.text))
    between = ("95 % interval",) if many else ()
    columns = ("key figure", "value", *between, "unit", "meaning")
    return Table(columns, tuple(rows), frozenset({"value", "95 % interval"}))


def unknown_to(plant: PlantModel) -> frozenset[str]:
    """Return the key figures that *plant* has no numbers for."""
    names: set[str] = set()
    bare = [machine for machine in plant.machines if machine.spindle is None]
    if len(bare) == len(plant.machines):
        names |= {"thermal_trips", "overloads"}
        if all(machine.power == PowerSpec() for machine in bare):
            names |= {"energy", "energy_per_piece"}
    if not any(machine.magazine for machine in plant.machines):
        names |= {"tool_breakages", "tool_changes", "edges_used"}
    if not any(machine.failures or machine.bearings for machine in plant.machines):
        names |= {"planned_tasks", "maintenance_cost", "consumed_life_cost", "upkeep_cost"}
    return frozenset(names)


def label(name: str) -> str:
    """Return the name of a key figure as it is read.

    >>> label("mean_tardiness"), label("oee")
    ('mean tardiness', 'OEE')
    """
    return "OEE" if name == "oee" else name.replace("_", " ")


def figures(kpi: Figured, *, beside: float = 0.0) -> tuple[str, str, str]:
    """Return value, interval and unit with the digits that mean something.

    Shares become per cent; seconds become minutes or hours where people would say so, of the
    larger of it and what stands *beside* it.
    """
    value = kpi.value
    if isinstance(value, float | int):
        factor, unit = scale(kpi.unit, value)
        return number(factor * value), "", unit
    factor, unit = scale(kpi.unit, max(value.value, beside, key=abs))
    low, high = factor * value.low, factor * value.high
    if low == high:
        alike = "none" if high == 0.0 else "the same"
        return number(low), f"{alike} in all {value.n}", unit
    spread = high - low if math.isfinite(high - low) else 0.0
    ends = (number(end, spread) if math.isfinite(end) else "open" for end in (low, high))
    return number(factor * value.value, spread), " to ".join(ends), unit


def stated(kpi: Figured) -> tuple[str, str, str]:
    """Return value, interval and unit of a key figure, the unit in the singular for one."""
    value, interval, unit = figures(kpi)
    found = kpi.value
    if isinstance(found, float | int):
        return value, interval, in_unit(unit, found)
    return value, interval, in_unit(unit, found.value) if found.low == found.high else unit


def scale(unit: str, value: float) -> tuple[float, str]:
    """Return by what a *value* in *unit* is multiplied for a reader, and the unit it then has.

    >>> scale("share", 0.2), scale("s", 600.0), scale("pieces", 3.0)
    ((100.0, '%'), (0.016666666666666666, 'min'), (1.0, 'pieces'))
    """
    if unit in _SHARES:
        return 100.0, "%"
    if unit == "s" and abs(value) >= 2 * HOUR:
        return 1.0 / HOUR, "h"
    if unit == "s" and abs(value) >= 2 * MINUTE:
        return 1.0 / MINUTE, "min"
    return 1.0, unit


_SHARES = frozenset({"share", "-"})


def states(told: Run | Ensemble) -> Table:
    """Return the share of time in each state, one row a machine."""
    shares = reading.state_shares(observed(told))
    columns = [name for name in palette().states if name in shares]
    columns += [str(name) for name in shares.columns if name not in columns]
    rows = tuple(
        (str(machine), *(percent(float(share[name])) for name in columns))
        for machine, share in shares.iterrows()
    )
    return Table(("machine", *columns), rows, frozenset(columns))


def machines(told: Run | Ensemble) -> Table:
    """Return pieces and OEE with its three factors (ISO 22400-2), one row a machine."""
    metered = "energy" not in unknown_to(told.plant)
    rows = tuple(
        (
            str(row["machine"]),
            number(row["good"]),
            number(row["scrap"]),
            *(percent(row[key]) for key in _FACTORS),
            *((number(row["energy_kwh"]),) if metered else ()),
        )
        for row in records(observed(told).frame("machines"))
    )
    units = ("energy [kWh]",) if metered else ()
    columns = ("machine", "good pieces", "scrap", *_FACTORS, *units)
    shown = tuple(label(name) for name in columns)
    return Table(shown, rows, frozenset(shown[1:]))


_FACTORS = ("availability", "performance", "quality", "oee")


def energy(told: Run | Ensemble) -> Table:
    """Return the energy by state [kWh], one row a machine."""
    table = observed(told).frame("energy")
    wide = table.pivot_table(
        index="machine", columns="state", values="energy_kwh", aggfunc="sum", fill_value=0.0
    )
    columns = [name for name in palette().states if name in wide]
    columns += [str(name) for name in wide.columns if name not in columns]
    rows = tuple(
        (
            str(machine),
            *(number(float(spent[name])) for name in columns),
            number(float(spent.sum())),
        )
        for machine, spent in wide.loc[sorted(wide.index, key=natural)].iterrows()
    )
    return Table(
        ("machine", *(f"{name} [kWh]" for name in columns), "total [kWh]"),
        rows,
        frozenset([*(f"{name} [kWh]" for name in columns), "total [kWh]"]),
    )


def heat(told: Run | Ensemble) -> Table:
    """Return the hottest moment of every node that can trip, nearest to its limit first."""
    run = observed(told)
    clock = Clock(run.scenario.start)
    nodes = traces.heat(run)
    rows = tuple(
        (
            item.machine,
            item.node,
            f"{item.peak:.1f}",
            clock.time(item.peak_at),
            f"{item.limit:g}",
            f"{item.margin:.1f}",
            "near its limit" if item.near else "",
        )
        for item in nodes
    )
    columns = ("machine", "node", "hottest [°C]", "at", "limit [°C]", "margin [K]", "")
    numeric = frozenset({"hottest [°C]", "limit [°C]", "margin [K]"})
    return Table(columns, rows, numeric, _marked(item.near for item in nodes))


def wear(told: Run | Ensemble) -> Table:
    """Return every edge that has cut, the most worn first; who cuts no more is told so."""
    run = observed(told)
    clock = Clock(run.scenario.start)
    worn = traces.edges(run)
    rows = tuple(
        (
            item.machine,
            item.tool,
            item.edge,
            percent(item.used),
            f"{item.land:.3f}",
            f"{item.limit:.3f}" if known(item.limit) else "",
            str(item.exchanged),
            reading.edge_state(item, clock),
        )
        for item in worn
    )
    columns = (
        "machine", "tool", "edge", "life used", "wear land [mm]", "limit [mm]", "exchanged",
        "state",
    )  # fmt: skip
    return Table(columns, rows, frozenset(columns[3:-1]), _marked(item.near for item in worn))


def events(told: Run | Ensemble) -> Table:
    """Return what happened: trips, failures, repairs, interventions; changes of tool if few."""
    run = observed(told)
    clock = Clock(run.scenario.start)
    table = run.frame("events")
    routine = table["kind"] == "tool change"
    left_out = int(routine.sum()) if routine.sum() > _ROUTINE else 0
    rows = tuple(
        (
            clock.exact(row["time_s"]),
            *(str(row[key]) if known(row[key]) else "" for key in _EVENT),
        )
        for row in records(table[~routine] if left_out else table)
    )
    note = f"{left_out:,} changes of tool are counted, not listed." if left_out else ""
    return Table(("time", *_EVENT), rows, note=note)


_ROUTINE = 20
_EVENT = ("machine", "part", "kind", "detail")


def provenance(told: Run | Ensemble) -> Table:
    """Return what is needed to get the same numbers again."""
    rows = tuple((label(str(key)), str(value)) for key, value in told.provenance.items())
    return Table(("what", "value"), rows)


def operations(told: Run | Ensemble) -> Table:
    """Return what was made where and when, in order of time: the facts of the Gantt chart."""
    run = observed(told)
    clock = Clock(run.scenario.start)
    table = run.frame("operations").sort_values(["start_s", "machine"], kind="stable")
    rows = tuple(
        (
            clock.time(row["start_s"]),
            clock.time(row["end_s"]),
            *(str(row[key]) for key in ("machine", "order", "product", "operation")),
            lasting(row["end_s"] - row["start_s"]),
        )
        for row in records(table)
    )
    columns = ("from", "to", "machine", "order", "product", "operation", "time taken")
    return Table(columns, rows, frozenset({"time taken"}))


def _orders_of_one(run: Run) -> Table:
    clock = Clock(run.scenario.start)
    table = run.frame("orders")
    found = records(table)
    found.sort(
        key=lambda row: (not row["late"], -row["tardiness_s"], row["due_s"], row["order"])
    )
    rows = tuple(
        (
            str(row["order"]),
            str(row["product"]),
            f"{row['finished']} of {row['quantity']}",
            clock.time(row["due_s"]) if known(row["due_s"]) else "",
            clock.time(row["finish_s"]) if known(row["finish_s"]) else "open",
            _lateness(row),
            str(row["why"]) if known(row["why"]) else "",
        )
        for row in found
    )
    columns = ("order", "product", "pieces", "due", "finished", "late by", "reason")
    return Table(
        columns, rows, frozenset({"pieces"}), _marked(bool(row["late"]) for row in found)
    )


def _lateness(row: dict[str, Any]) -> str:
    """Return by how much an order is late, or why it is not; nothing without a due time."""
    if row["late"]:
        return lasting(row["tardiness_s"]) if row["tardiness_s"] > 0.0 else "open when due"
    if not known(row["due_s"]):
        return ""
    return "on time" if known(row["finish_s"]) else reading.AFTER_END


def _orders_of_many(told: Run | Ensemble, because: Sequence[Because]) -> Table:
    run = observed(told)
    clock = Clock(run.scenario.start)
    own = run.frame("orders")
    reasons = dict(zip(own["order"], own["why"], strict=True))
    reasons |= {one.order: one.why for one in because}
    found = records(told.frame("orders"))
    found.sort(key=_riskiest_first)
    rows = tuple(
        (
            str(row["order"]),
            str(row["product"]),
            str(row["quantity"]),
            clock.time(row["due_s"]) if known(row["due_s"]) else "",
            reading.chance(row, replications(told)),
            *(
                clock.time(row[key]) if known(row[key]) else "open"
                for key in ("finish_median_s", "finish_p90_s")
            ),
            str(reasons.get(row["order"]) or ""),
        )
        for row in found
    )
    columns = (
        "order", "product", "pieces", "due", "P(late), 95 % interval", "median finish",
        "90 % done by", "reason, in a run in which it is late" if because else _reason_of(run),
    )  # fmt: skip
    width = len(columns) - (not any(row[-1] for row in rows))  # Nobody is late where told why.
    return Table(
        columns[:width],
        tuple(row[:width] for row in rows),
        frozenset({"pieces"}),
        _marked(row["p_late"] > 0.5 for row in found),
    )


def _reason_of(run: Run) -> str:
    which = "the first replication" if run.replication == 0 else "the run shown below"
    return f"reason, where late in {which}"


def _latest_first(row: dict[str, Any]) -> tuple[bool, float, float, NaturalKey]:
    tardiness = row["tardiness_s"] if row["late"] and known(row["tardiness_s"]) else 0.0
    return not row["late"], -tardiness, _due(row), natural(str(row["order"]))


def _riskiest_first(row: dict[str, Any]) -> tuple[float, float, NaturalKey]:
    return (-row["p_late"] if known(row["p_late"]) else 1.0), _due(row), natural(row["order"])


def _due(row: dict[str, Any]) -> float:
    return float(row["due_s"]) if known(row["due_s"]) else math.inf


def _marked(flags: Iterable[bool]) -> frozenset[int]:
    return frozenset(index for index, flag in enumerate(flags) if flag)
