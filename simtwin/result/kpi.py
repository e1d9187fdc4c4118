"""This module holds the key figures of a run, computed from its totals (ISO 22400-2 words)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

from simtwin.result.record import AWAITED, INDEX, MODES, FlowTotals, MachineTotals

if TYPE_CHECKING:
    from simtwin.result.estimate import Estimate
    from simtwin.result.hours import Hours

KWH = 3.6e6
"""Joule in one kilowatt hour."""

PIECES = ("good", "scrap", "rework")
"""What a piece that has been worked on may be."""

UNPLANNED = ("down", "waiting for crew", "thermal hold")
"""Modes in which a machine is unavailable though nobody planned it."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure: what it is worth, in which unit, and what it says."""

    value: float | Estimate
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What became of one order."""

    order: str
    product: str
    quantity: int
    release: float
    due: float | None
    finished: int
    scrapped: int
    finish: float | None

    def tardiness(self, end: float) -> float:
        """Return how late the order is [s]; what is open at *end* counts to there."""
        if self.due is None:
            return 0.0
        return max(0.0, (end if self.finish is None else self.finish) - self.due)

    def late(self, end: float) -> bool:
        """Whether the order missed its due time, as what is open at *end* and due by then."""
        if self.due is None:
            return False
        return end >= self.due if self.finish is None else self.finish > self.due

    def settled(self, at: float) -> bool:
        """Whether it is known by *at* if the order is late: it is finished, or was due."""
        return any(known is not None and known <= at for known in (self.finish, self.due))

    def is_open(self, end: float) -> bool:
        """Whether a run to *end* does not tell if the order is late; it has a due time."""
        return self.due is not None and not self.settled(end)


@dataclass(frozen=True, slots=True)
class Window:
    """The totals of a run between two instants, closed on the right (KERNEL 2)."""

    start: float
    end: float
    machines: dict[str, MachineTotals]
    places: dict[str, FlowTotals]
    plant: FlowTotals
    orders: tuple[OrderRow, ...]
    hours: Hours | None = field(default=None, compare=False)
    """How busy the machines were in each clock hour, and who bound them."""

    @property
    def elapsed(self) -> float:
        """Length of the window [s]."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class MachineKpis:
    """The figures of one machine; the state shares sum to 1."""

    machine: str
    shares: dict[str, float]
    good: float
    scrap: float
    rework: float
    """Pieces that it sent back."""
    availability: float
    """Producing over planned busy time (ISO 22400-2) [-]; NaN without any."""
    performance: float
    """Nominal work done over producing time [-], at most 1.

    0 where a machine that was planned busy never produced, NaN where none was planned.
    """
    quality: float
    """Good over all pieces, scrap and rework too (ISO 22400-2) [-]; 1 when none was made."""
    energy: float
    """[J]"""
    energies: dict[str, float]
    """By mode [J]."""

    @property
    def oee(self) -> float:
        """Overall equipment effectiveness, the product of the three [-]; NaN as they are."""
        return self.availability * self.performance * self.quality


def difference(after: MachineTotals, before: MachineTotals) -> MachineTotals:
    """Return what a machine did between two closed totals."""
    totals = after.copy()
    totals.time = [a - b for a, b in zip(after.time, before.time, strict=True)]
    totals.energy = [a - b for a, b in zip(after.energy, before.energy, strict=True)]
    totals.work = after.work - before.work
    totals.counts = {
        name: count - before.counts.get(name, 0.0) for name, count in after.counts.items()
    }
    return totals


def flow_difference(after: FlowTotals, before: FlowTotals) -> FlowTotals:
    """Return the flow through a place between two closed totals."""
    totals = after.copy()
    totals.area = after.area - before.area
    totals.entered = after.entered - before.entered
    totals.left = after.left - before.left
    totals.sojourn = after.sojourn - before.sojourn
    return totals


def machine_kpis(name: str, totals: MachineTotals) -> MachineKpis:
    """Return the figures of one machine from its totals."""
    elapsed = sum(totals.time)
    producing = totals.time[INDEX["producing"]]
    planned = totals.time[INDEX["maintenance"]] + totals.time[INDEX["off shift"]]
    busy = elapsed - planned
    good, scrap, rework = (totals.counts.get(what, 0.0) for what in PIECES)
    pieces = good + scrap + rework
    return MachineKpis(
        machine=name,
        shares={
            mode: time / elapsed if elapsed > 0.0 else 0.0
            for mode, time in zip(MODES, totals.time, strict=True)
        },
        good=good,
        scrap=scrap,
        rework=rework,
        availability=_over(producing, busy),
        performance=_performance(totals.work, producing, busy),
        quality=good / pieces if pieces > 0.0 else 1.0,
        energy=sum(totals.energy),
        energies=dict(zip(MODES, totals.energy, strict=True)),
    )


def plant_kpis(window: Window) -> dict[str, Kpi]:
    """Return the key figures of the whole plant over *window*."""
    machines = [machine_kpis(name, totals) for name, totals in window.machines.items()]
    elapsed = window.elapsed
    flow = window.plant
    count = _counter(window)
    scrap = count("scrap")
    good = flow.left - scrap
    energy = sum(machine.energy for machine in machines)
    figures = {
        "good_pieces": Kpi(good, "pieces", "finished and not scrapped"),
        "scrapped_pieces": Kpi(scrap, "pieces", "of operations, or lost when a tool broke"),
        "reworked_pieces": Kpi(count("rework"), "pieces", "times that one was sent back"),
        "first_pass_yield": Kpi(
            _over(good - count("good after rework"), flow.left),
            "share",
            "good without rework, of all that left",
        ),
        "throughput": Kpi(_over(good * 3600.0, elapsed), "pieces/h", "good pieces per hour"),
        "lead_time": Kpi(
            _over(flow.sojourn, flow.left),
            "s",
            "mean of all that left, release to last operation or scrap",
        ),
        "work_in_progress": Kpi(_over(flow.area, elapsed), "pieces", "mean number in the shop"),
    }
    figures.update(_order_figures(window))
    figures |= {
        "oee": Kpi(
            _mean_known([m.oee for m in machines]),
            "share",
            "mean of the machines with planned busy time",
        ),
        "availability": Kpi(
            _mean_known([m.availability for m in machines]),
            "share",
            "producing over planned busy time, mean of the machines that have any",
        ),
        "energy": Kpi(energy / KWH, "kWh", "all machines"),
        "energy_per_piece": Kpi(_over(energy / KWH, good), "kWh", "per good piece"),
        "unplanned_downtime": Kpi(
            max(0.0, sum(_times(window, UNPLANNED)) - sum(map(count, AWAITED.values()))),
            "s",
            "down, waiting for a repairer, or in thermal hold",
        ),
        "planned_downtime": Kpi(
            sum(_times(window, ("maintenance",))) + count(AWAITED["pending"]),
            "s",
            "maintenance, and waiting for who does it",
        ),
        "setter_wait": Kpi(count(AWAITED["unset"]), "s", "machines waiting to be set up"),
        "planned_tasks": Kpi(count("planned tasks"), "tasks", "of planned maintenance"),
        "maintenance_cost": Kpi(
            count("maintenance cost") + count("failure cost"),
            "money",
            "planned renewals and failures, by what each is said to cost",
        ),
        "consumed_life_cost": Kpi(
            count("consumed life"),
            "money",
            "worth of used-up life, end less start; below 0: renewals gave it back",
        ),
        "upkeep_cost": Kpi(
            count("maintenance cost") + count("failure cost") + count("consumed life"),
            "money",
            "maintenance cost and consumed life: what plans are to be compared by",
        ),
        "setups": Kpi(count("setups"), "setups", "machines made ready for other work"),
        "failures": Kpi(count("failures"), "failures", "of all machines"),
        "thermal_trips": Kpi(count("trips"), "trips", "spindles that had to cool down"),
        "overloads": Kpi(count("overloads"), "stops", "spindles that stalled"),
        "tool_breakages": Kpi(count("breakages"), "edges", "broken in the cut"),
        "tool_changes": Kpi(count("tool changes"), "changes", "of all machines"),
        "edges_used": Kpi(count("edges used"), "edges", "new edges put in by hand"),
    }
    return figures


def plain_figures(window: Window) -> dict[str, float]:
    """Return the plain numbers of the key figures over *window*."""
    return {name: float(kpi.value) for name, kpi in plant_kpis(window).items()}  # type: ignore[arg-type]


def _order_figures(window: Window) -> dict[str, Kpi]:
    orders = window.orders
    if not orders:
        return {}
    late = [order for order in orders if order.late(window.end)]
    tardiness = [order.tardiness(window.end) for order in orders]
    done = [order.finish for order in orders if order.finish is not None]
    figures = {
        "late_orders": Kpi(float(len(late)), "orders", "not finished by their due time"),
        "mean_tardiness": Kpi(_mean(tardiness), "s", "open orders counted to the end"),
        "finished_orders": Kpi(float(len(done)), "orders", f"of {len(orders)}"),
    }
    if len(done) == len(orders):
        figures["makespan"] = Kpi(max(done), "s", "until the last order was finished")
        figures["sum_of_completion_times"] = Kpi(sum(done), "s", "over all orders")
    return figures


def _counter(window: Window):  # type: ignore[no-untyped-def]
    def count(what: str) -> float:
        return sum(totals.counts.get(what, 0.0) for totals in window.machines.values())

    return count


def _times(window: Window, modes: tuple[str, ...]) -> list[float]:
    return [totals.time[INDEX[mode]] for totals in window.machines.values() for mode in modes]


def _performance(work: float, producing: float, busy: float) -> float:
    if producing > 0.0:
        return min(1.0, work / producing)
    return 0.0 if busy > 0.0 else nan


def _over(value: float, by: float) -> float:
    return value / by if by > 0.0 else nan


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else nan


def _mean_known(values: list[float]) -> float:
    return _mean([value for value in values if not isnan(value)])
