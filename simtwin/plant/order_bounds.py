"""This module holds the bounds of orders: what no schedule can beat, from work and routes.

Durations count by their means, so where they are drawn these are bounds of means; so is the
scrap. Machines go at the fastest feed that is planned; those of a group are taken by the pace
they have together. Nobody works outside the shifts, but for the piece in hand where a machine
finishes it. Waiting, tool changes and repairs come on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf, isfinite
from typing import TYPE_CHECKING

from simtwin.physics.life import Fixed
from simtwin.plant.cut import run_ups_time, steps_time
from simtwin.plant.demand import remaining
from simtwin.plant.fastest_feed import quickened
from simtwin.plant.model import HandleStep, TimedStep
from simtwin.plant.sharing import Task, share_out
from simtwin.plant.shift_pace import ShiftPaces
from simtwin.plant.visits import passes, released

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simtwin.plant.capacity import Capacity, Flow
    from simtwin.plant.model import (
        MachineSpec,
        OperationSpec,
        OrderSpec,
        PlantModel,
        ProductSpec,
        Scenario,
        WorkInProgress,
    )


SCRAPPED = "unless pieces are scrapped"
"""What a time in the shop holds by where an edge that breaks, or a shift, may scrap a piece."""


@dataclass(frozen=True, slots=True)
class LateOrder:
    """An order that no schedule can bring in time."""

    name: str
    due: float
    """[s]"""
    finish: float
    """When it can be finished at the earliest, if it had the plant alone [s]."""
    means: str = ""
    """By which means of what is drawn *finish* holds, in words; empty: it always does."""
    late_anyway: bool = True
    """Whether it is late whatever is drawn: by its dates alone, or as *finish* always holds."""


@dataclass(frozen=True, slots=True)
class OrderBounds:
    """What no schedule of an order book can beat."""

    busiest: float
    """Work of the busiest station over its machines, shared out at best [s]."""
    lead: float
    """Mean time of a piece from its release to the end of its route, or to its scrap [s]."""
    begins: dict[str, float]
    """Order -> before when it cannot be finished, whatever is drawn [s]."""
    finishes: dict[str, float]
    """Order -> when it can be finished at the earliest, if it had the plant alone [s]."""
    busiest_means: str
    """By which means of what is drawn *busiest* holds, in words; empty: it always does."""
    lead_means: str
    """The same of *lead*."""
    finish_means: dict[str, str]
    """Order -> the same of when it can be finished."""
    faster: bool
    """Whether some machine is planned to go faster than it is set at the start."""

    @property
    def makespan(self) -> float:
        """When all orders can be finished at the earliest [s]."""
        return max((self.busiest, *self.finishes.values()))

    @property
    def means(self) -> str:
        """By which means *makespan* holds."""
        longest = max(self.finishes, key=self.finishes.__getitem__, default="")
        if self.busiest > self.finishes.get(longest, 0.0):
            return self.busiest_means
        return self.finish_means.get(longest, "")

    def late(self, orders: Iterable[OrderSpec]) -> Iterator[LateOrder]:
        """Yield those of *orders* that are due before they can be finished."""
        for order in orders:
            name, due = order.name, order.due
            if due is not None and self.finishes[name] > due:
                means = self.finish_means[name]
                anyway = not means or due < self.begins[name]
                yield LateOrder(name, due, self.finishes[name], means, anyway)


def order_bounds(model: PlantModel, scenario: Scenario, found: Capacity) -> OrderBounds:
    """Return the bounds of the orders of *scenario*, whose flows are those of *found*.

    An order ends no earlier than its release, the way to an operation, the work of all its
    pieces there on all machines that may do it, and the way from there to the end. The same
    for all operations together that only one station can do. Pieces that stand in the shop
    need what is left of the operation in which they stand.
    """
    usual, model = model.machines, quickened(model, scenario)
    paces = _paces(model, scenario, found)
    shifts = ShiftPaces(model, scenario.start, found)
    products = {product.name: product for product in model.products}
    spent = pieces = 0.0
    begins, finishes, finish_means = {}, {}, {}
    for order in scenario.orders:
        product = products[order.product]
        untouched, begun = _pieces(order, product, model, scenario)
        way = _Way(product, paces, shifts, max(0.0, order.release))
        begins[order.name] = way.release if untouched else 0.0
        finishes[order.name] = way.finish(untouched, begun)
        first = 0 if untouched else min((one.place for one in begun), default=0)
        to_come = product.operations[first:]
        finish_means[order.name] = held_by(model, scenario, to_come, judged=False)
        count = untouched * (often if isfinite(often := released(product)) else 1.0)
        spent += count * fsum(n * s for n, s in zip(passes(product), way.times, strict=True))
        spent += fsum(map(way.least, begun))
        pieces += count + len(begun)
    made = [op for order in scenario.orders for op in products[order.product].operations]
    means = held_by(model, scenario, made, judged=any(op.judged for op in made))
    unless = SCRAPPED if _may_scrap(model, made) else ""
    return OrderBounds(
        _busiest(found, shifts, paces),
        spent / pieces if pieces else 0.0,
        begins,
        finishes,
        means,
        ", ".join(filter(None, (means, unless))),
        finish_means,
        any(
            one.feed_override > before.feed_override
            for one, before in zip(model.machines, usual, strict=True)
        ),
    )


def held_by(
    model: PlantModel, scenario: Scenario, operations: Sequence[OperationSpec], *, judged: bool
) -> str:
    """Return by which means numbers of *operations* hold, in words; empty: nothing is drawn.

    Whether pieces are *judged* counts for what has to be made, not for when it ends at best.
    """
    steps = [step for op in operations for name in op.stations for step in op.at(name).steps]
    drawn: list[str] = []
    if any(isinstance(s, TimedStep) and not isinstance(s.duration, Fixed) for s in steps):
        drawn.append("durations")
    if judged:
        drawn.append("scrap")
    if model.spread or scenario.spread:
        drawn.append("uncertain values")
    return f"by mean {' and '.join(drawn)}" if drawn else ""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A piece that stands in the shop."""

    place: int
    """Number of the operation in which it stands."""
    part: float = 1.0
    """Part of that operation that is left of it [-]."""
    left: float | None = None
    """Least time left of it on its machine [s]; None: it waits for it."""


@dataclass(frozen=True, slots=True)
class _Paces:
    """What operations take at the fastest feeds."""

    fastest: dict[Key, float]
    """Shortest time of an operation on any machine [s]."""
    together: dict[Key, float]
    """Pieces that all its machines make together [1/s]."""
    each: dict[tuple[Key, str], float]
    """Time of a piece at one station, by the pace of its machines together [s]."""


@dataclass(frozen=True, slots=True)
class _Way:
    """The way of the pieces of one order along its route, operation by operation."""

    product: ProductSpec
    paces: _Paces
    shifts: ShiftPaces
    release: float
    """When its untouched pieces may begin [s]."""

    @property
    def times(self) -> list[float]:
        """Return the shortest time of each operation [s]."""
        keys = ((self.product.name, k) for k in range(len(self.product.operations)))
        return [self.paces.fastest.get(key, 0.0) for key in keys]

    def finish(self, untouched: int, begun: Sequence[_Begun]) -> float:
        """Return when *untouched* and *begun* pieces can be done first [s]."""
        ways = [self._from(one) for one in begun]
        if untouched:  # A piece of a batch takes all of its time.
            ways.append(self._done(0, self.release))
        spans = [(k,) for k in range(len(self.product.operations))]
        for places in dict.fromkeys((*spans, *_alone(self.product))):
            if untouched:
                ways.append(self._through(places, untouched, ()))
            if begun:
                ways.append(self._through(places, untouched, begun))
        return max(ways, default=0.0)

    def least(self, one: _Begun) -> float:
        """Return how long a piece that stands in the shop stays there at least [s]."""
        times, to_come = self.times, self.product.operations[one.place :]
        last = next((k for k, op in enumerate(to_come, one.place) if op.judged), len(times))
        own = times[one.place] if one.left is None else one.left
        return own + fsum(times[one.place + 1 : last + 1])

    def _through(
        self, places: tuple[int, ...], untouched: int, begun: Sequence[_Begun]
    ) -> float:
        """Return when all pieces can be through *places*, and on to the end [s]."""
        begins = [self._done(0, self.release, places[0])] if untouched else []
        work = 0.0
        for k in places:
            rate = self.paces.together.get((self.product.name, k), 0.0)
            each = 1.0 / rate if rate > 0.0 else 0.0
            work += (untouched + sum(_needed(one, k) for one in begun)) * each
        for one in begun:
            first = next((k for k in places if k >= one.place), None)
            if first is not None:
                begins.append(self._from(one, first))
        if not begins or work <= 0.0:
            return 0.0
        stations = self.product.operations
        names = {name for k in places for name in stations[k].stations}
        return self._done(places[-1] + 1, self.shifts.done(names, min(begins), work))

    def _from(self, one: _Begun, last: int | None = None) -> float:
        """Return when a piece that stands in the shop is through all before *last* [s]."""
        if last is not None and last <= one.place:
            return 0.0
        own = self.times[one.place] if one.left is None else one.left
        names = self.product.operations[one.place].stations
        return self._done(one.place + 1, self.shifts.done(names, 0.0, own), last)

    def _done(self, first: int, at: float, last: int | None = None) -> float:
        """Return when operations from *first* to before *last* are done, begun *at* [s]."""
        stations = [operation.stations for operation in self.product.operations]
        for names, seconds in list(zip(stations, self.times, strict=True))[first:last]:
            at = self.shifts.done(names, at, seconds)
        return at


def _needed(one: _Begun, place: int) -> float:
    """Return how much of the operation at a *place* a piece that stands in the shop needs."""
    return one.part if place == one.place else float(place > one.place)


def _pieces(
    order: OrderSpec, product: ProductSpec, model: PlantModel, scenario: Scenario
) -> tuple[int, list[_Begun]]:
    """Return how many pieces of *order* are untouched, and those that stand in the shop."""
    needed, here = remaining(order, product, scenario.start_from.work)
    return needed[0], [_begun(item, product, model) for item in here]


def _begun(item: WorkInProgress, product: ProductSpec, model: PlantModel) -> _Begun:
    """Return what a piece that stands in the shop needs; what is left may all be cutting."""
    place = [operation.name for operation in product.operations].index(item.operation)
    if item.machine is None:
        return _Begun(place)
    machine = next(one for one in model.machines if one.name == item.machine)
    operation = product.operations[place].at(machine.station)
    whole = steps_time(operation, {tool.name: tool for tool in model.tools})
    left = whole if item.left is None else item.left
    faster = max(1.0, machine.feed_override / 100.0)
    return _Begun(place, left / whole if whole > 0.0 else 0.0, left / faster)


def _alone(product: ProductSpec) -> list[tuple[int, ...]]:
    """Return the operations that only one station can do, station by station."""
    found: dict[str, list[int]] = {}
    for k, operation in enumerate(product.operations):
        if len(operation.stations) == 1:
            found.setdefault(operation.stations[0], []).append(k)
    return [tuple(places) for places in found.values()]


Key = tuple[str, int]
"""Product and number of the operation."""


def _paces(model: PlantModel, scenario: Scenario, found: Capacity) -> _Paces:
    """Return what the operations of *found* take on the machines of *model*."""
    tools = {tool.name: tool for tool in model.tools}
    routes = {product.name: product.operations for product in model.products}
    turned = {act.machine for act in scenario.interventions if act.do == "spindle override"}
    members: dict[str, list[MachineSpec]] = {}
    for machine in model.machines:
        members.setdefault(machine.station, []).append(machine)
    paces = _Paces({}, {}, {})
    for key, station, most in dict.fromkeys(
        ((flow.product, flow.operation), flow.station, flow.together) for flow in found.flows
    ):
        times = []
        for machine in members[station]:
            operation = routes[key[0]][key[1]].at(station)
            seconds = steps_time(operation, tools, machine.feed_override / 100.0)
            # A slower spindle is sooner at its speed.
            if machine.name not in turned:
                seconds += run_ups_time(operation, machine, tools)
            times.append(seconds)
        paces.fastest[key] = min(*times, paces.fastest.get(key, inf))
        rate = fsum(most / seconds for seconds in times) if min(times) > 0.0 else 0.0
        if rate > 0.0:
            paces.together[key] = paces.together.get(key, 0.0) + rate
        alike = min(times) == max(times)
        each = times[0] / most if alike else len(times) / rate if rate > 0.0 else 0.0
        paces.each[key, station] = each
    return paces


def _busiest(found: Capacity, shifts: ShiftPaces, paces: _Paces) -> float:
    """Return until when the work keeps the busiest station busy, shared out at best [s].

    Shifts count where all that have work follow the same.
    """
    alternatives: dict[int, list[Flow]] = {}
    for flow in found.flows:
        alternatives.setdefault(flow.demand, []).append(flow)
    tasks = [
        Task(
            fsum(f.pieces for f in row),
            tuple((f.station, paces.each[(f.product, f.operation), f.station]) for f in row),
        )
        for row in alternatives.values()
    ]
    machines = {load.station: float(len(load.machines)) for load in found.stations}
    work = dict.fromkeys(machines, 0.0)
    for task, row in zip(tasks, share_out(tasks, machines).pieces, strict=True):
        for (station, seconds), pieces in zip(task.times, row, strict=True):
            work[station] += seconds * pieces
    most = max((work[station] / count for station, count in machines.items()), default=0.0)
    return shifts.done([station for station, here in work.items() if here > 0.0], 0.0, most)


def _may_scrap(model: PlantModel, operations: Sequence[OperationSpec]) -> bool:
    """Tell whether an edge that breaks, or the end of a shift, may scrap a piece."""
    breaking = {tool.name for tool in model.tools if tool.break_rate > 0.0}
    names = {name for operation in operations for name in operation.stations}
    return any(
        not isinstance(step, HandleStep) and step.tool in breaking
        for op in operations
        for name in op.stations
        for step in op.at(name).steps
    ) or any(
        machine.at_shift_end == "scrap" and machine.calendar is not None
        for machine in model.machines
        if machine.station in names
    )
