"""This module holds the bounds of orders: what no schedule can beat, from work and routes.

Means of durations, so bounds of means; machines of a group are taken by the pace they have
together. Nobody works outside the shifts, but for the piece in hand where a machine finishes
it. Waiting, tool changes and repairs come on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from simtwin.plant.demand import remaining
from simtwin.plant.sharing import Task, share_out
from simtwin.plant.shift_pace import ShiftPaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.plant.capacity import Capacity, Flow
    from simtwin.plant.model import OrderSpec, PlantModel, ProductSpec, Scenario


@dataclass(frozen=True, slots=True)
class OrderBounds:
    """What no schedule of an order book can beat."""

    busiest: float
    """Work of the busiest station over its machines, shared out at best [s]."""
    lead: float
    """Mean time of a piece from its release to the end of its route [s]."""
    finishes: dict[str, float]
    """Order -> when it can be finished at the earliest, if it had the plant alone [s]."""


def order_bounds(model: PlantModel, scenario: Scenario, found: Capacity) -> OrderBounds:
    """Return the bounds of the orders of *scenario*, whose flows are those of *found*.

    An order ends no earlier than its release, the way to an operation, the work of all its
    pieces there on all machines that may do it, and the way from there to the end. The same
    for all operations together that only one station can do.
    """
    fastest, pace = _paces(found)
    shifts = ShiftPaces(model, scenario.start, found)
    products = {product.name: product for product in model.products}
    spent = pieces = 0.0
    finishes = {}
    for order in scenario.orders:
        product = products[order.product]
        times = [fastest.get((product.name, k), 0.0) for k in range(len(product.operations))]
        paces = [pace.get((product.name, k), 0.0) for k in range(len(times))]
        untouched, begun = _pieces(order, product, scenario)
        spans: list[tuple[tuple[int, ...], float]]
        spans = [((k,), 1.0 / rate) for k, rate in enumerate(paces) if rate > 0.0]
        spans += [
            (places, fsum(1.0 / paces[k] for k in places if paces[k] > 0.0))
            for places in _alone(product)
        ]
        stations = [operation.stations for operation in product.operations]
        along = _Along(shifts, stations, times)
        release = max(0.0, order.release)
        ways = [
            along.done(
                places[-1] + 1,
                shifts.done(
                    {name for k in places for name in stations[k]},
                    along.done(0, release, places[0]),
                    untouched * each,
                ),
            )
            for places, each in spans
            if untouched
        ]
        if untouched:  # A piece of a batch takes all of its time.
            ways.append(along.done(0, release))
        ways += [along.done(after, 0.0) for after in begun]
        finishes[order.name] = max(ways, default=0.0)
        spent += fsum(fsum(times[after:]) for after in begun) + untouched * fsum(times)
        pieces += untouched + len(begun)
    return OrderBounds(_busiest(found, shifts), spent / pieces if pieces else 0.0, finishes)


@dataclass(frozen=True, slots=True)
class _Along:
    """The way of one piece along its route, operation by operation."""

    shifts: ShiftPaces
    stations: Sequence[tuple[str, ...]]
    times: Sequence[float]

    def done(self, first: int, at: float, last: int | None = None) -> float:
        """Return when operations from *first* to before *last* are done, begun *at* [s]."""
        for names, seconds in list(zip(self.stations, self.times, strict=True))[first:last]:
            at = self.shifts.done(names, at, seconds)
        return at


def _pieces(
    order: OrderSpec, product: ProductSpec, scenario: Scenario
) -> tuple[int, list[int]]:
    """Return how many pieces are untouched, and which operation comes after each begun one."""
    needed, here = remaining(order, product, scenario.start_from.work)
    names = [operation.name for operation in product.operations]
    return needed[0], [names.index(item.operation) + 1 for item in here]


def _alone(product: ProductSpec) -> list[tuple[int, ...]]:
    """Return the operations that only one station can do, station by station."""
    found: dict[str, list[int]] = {}
    for k, operation in enumerate(product.operations):
        if len(operation.stations) == 1:
            found.setdefault(operation.stations[0], []).append(k)
    return [tuple(places) for places in found.values()]


Key = tuple[str, int]
"""Product and number of the operation."""


def _paces(found: Capacity) -> tuple[dict[Key, float], dict[Key, float]]:
    """Return the shortest time of each operation [s], and its machines' pace together [1/s]."""
    machines = {load.station: len(load.machines) for load in found.stations}
    together = {flow.station: flow.together for flow in found.flows}
    times: dict[tuple[Key, str], float] = {}
    for flow in found.flows:
        times[(flow.product, flow.operation), flow.station] = flow.taken.producing
    fastest: dict[Key, float] = {}
    pace: dict[Key, float] = {}
    for (key, station), seconds in times.items():
        whole = seconds * together[station]
        fastest[key] = min(fastest.get(key, whole), whole)
        if seconds > 0.0:
            pace[key] = pace.get(key, 0.0) + machines[station] / seconds
    return fastest, pace


def _busiest(found: Capacity, shifts: ShiftPaces) -> float:
    """Return until when the work keeps the busiest station busy, shared out at best [s].

    Shifts count where all that have work follow the same.
    """
    alternatives: dict[int, list[Flow]] = {}
    for flow in found.flows:
        alternatives.setdefault(flow.demand, []).append(flow)
    tasks = [
        Task(fsum(f.pieces for f in row), tuple((f.station, f.taken.producing) for f in row))
        for row in alternatives.values()
    ]
    machines = {load.station: float(len(load.machines)) for load in found.stations}
    work = dict.fromkeys(machines, 0.0)
    for task, row in zip(tasks, share_out(tasks, machines).pieces, strict=True):
        for (station, seconds), pieces in zip(task.times, row, strict=True):
            work[station] += seconds * pieces
    most = max((work[station] / count for station, count in machines.items()), default=0.0)
    return shifts.done([station for station, here in work.items() if here > 0.0], 0.0, most)
