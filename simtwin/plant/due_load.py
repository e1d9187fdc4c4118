"""This module holds the due load: work that is due by a date, over the shift hours until then.

It needs no end of the run: an order book with due dates has as many spans as it has dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import TYPE_CHECKING

from simtwin.physics.life import Fixed
from simtwin.plant.capacity import capacity
from simtwin.plant.occupation import calendar_share
from simtwin.plant.order_bounds import held_by
from simtwin.plant.setups import set_up
from simtwin.plant.shift_pace import overhangs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.capacity import Capacity, StationLoad
    from simtwin.plant.model import PlantModel, Scenario

DATES = 100
"""Dates at most that are looked at; of more, evenly many of them, the last among them."""

LONG_RUN = "as in the long run"

TOLERANCE = 1e-9
"""Rounding that a load of exactly 1 is given [-]."""


@dataclass(frozen=True, slots=True)
class DueLoad:
    """What one station must have done by a date, alternatives shared out.

    >>> DueLoad("mill-2", due=86400.0, work=9 * 3600.0, offered=8 * 3600.0).rho
    1.125
    """

    station: str
    due: float
    """After the start [s]."""
    work: float
    """Of all orders that are due by then, with the least setups and repairs [s]."""
    offered: float
    """Time of its machines in their shifts until then [s]."""
    overhang: float = 0.0
    """Time in which they may finish pieces after the ends of shifts [s]."""
    certain: bool = True
    """Whether it is too much, where it is, whatever is drawn."""
    by: str = ""
    """By which means it holds, in words, and of what that comes as often as in the long run."""

    @property
    def rho(self) -> float:
        """Work over the time for it [-]."""
        return self.work / self.offered if self.offered > 0.0 else inf

    @property
    def too_much(self) -> float:
        """Work that nobody can have done by the date [s]."""
        over = self.work - self.offered - self.overhang
        return over if over > TOLERANCE * self.work else 0.0


def due_loads(model: PlantModel, scenario: Scenario) -> tuple[DueLoad, ...]:
    """Return the loads of all stations with work by each due date of *scenario*, in order.

    Only dates within the run count, and only orders: what sources bring may have to wait. A
    part of fixed life that cannot fail before a date does not fail by then.
    """
    ordered = replace(model, sources=())
    scenario = replace(scenario, start_from=set_up(model, scenario))
    end = inf if scenario.horizon is None else scenario.horizon
    asked = {order.due for order in scenario.orders if order.due is not None}
    dues = sorted((due for due in asked if 0.0 < due <= end), reverse=True)
    found: list[DueLoad] = []
    for due in reversed(dues[:: max(1, ceil(len(dues) / DATES))]):
        failing = _failing_by(ordered, scenario, due)
        loads = capacity(failing, _due_by(scenario, due))
        more = overhangs(failing, scenario.start, loads, due)
        calm = _calm(failing)
        least = loads if calm == failing else capacity(calm, _due_by(scenario, due))
        for load, sure in zip(loads.stations, least.stations, strict=True):
            if load.work > 0.0:
                over = more[load.station]
                room = (sure.offered or 0.0) + over - sure.producing - sure.setups
                full = room < -TOLERANCE * load.work
                means = _means(model, scenario, loads, load.station)
                often = _as_often(failing, loads, load, sure, full=full)
                found.append(
                    DueLoad(
                        load.station,
                        due,
                        load.work,
                        load.offered or 0.0,
                        over,
                        not means and (full or not often),
                        ", ".join(filter(None, (means, often))),
                    )
                )
    return tuple(found)


def busiest(loads: Iterable[DueLoad]) -> tuple[DueLoad, ...]:
    """Return the station with the largest load by each date."""
    best: dict[float, DueLoad] = {}
    for load in loads:
        if load.due not in best or load.rho > best[load.due].rho:
            best[load.due] = load
    return tuple(best.values())


def overloaded(loads: Iterable[DueLoad]) -> tuple[DueLoad, ...]:
    """Return for each station that is asked too much the date by which most is left."""
    worst: dict[str, DueLoad] = {}
    for load in loads:
        if load.too_much > worst.get(load.station, _NONE).too_much:
            worst[load.station] = load
    return tuple(worst.values())


_NONE = DueLoad("", 0.0, 0.0, 0.0)


def _failing_by(model: PlantModel, scenario: Scenario, due: float) -> PlantModel:
    """Return *model* without the modes of fixed life that cannot strike before *due*."""
    ages = scenario.start_from.ages
    return replace(
        model,
        machines=tuple(
            replace(
                machine,
                failures=tuple(
                    mode
                    for mode in machine.failures
                    if mode.clock == "cycles"
                    or not isinstance(mode.life, Fixed)
                    or mode.life.value - ages.get((machine.name, mode.name), 0.0) < due
                ),
            )
            for machine in model.machines
        ),
    )


def _calm(model: PlantModel) -> PlantModel:
    """Return *model* as if nothing failed."""
    return replace(model, machines=tuple(replace(m, failures=()) for m in model.machines))


def _means(model: PlantModel, scenario: Scenario, loads: Capacity, station: str) -> str:
    """Return by which means the work at *station* holds, in words; empty: nothing is drawn."""
    routes = {product.name: product.operations for product in model.products}
    flows = [flow for flow in loads.flows if flow.station == station and flow.pieces > 0.0]
    here = [routes[flow.product][flow.operation].at(station) for flow in flows]
    judged = any(operation.judged for flow in flows for operation in routes[flow.product])
    return held_by(
        model, scenario, [replace(op, stations=(station,)) for op in here], judged=judged
    )


def _as_often(
    model: PlantModel, loads: Capacity, load: StationLoad, calm: StationLoad, *, full: bool
) -> str:
    """Return what of a *load* comes as often as in the long run, in words.

    Repairs alone where it is *full* without all that comes so, as *calm* without failures.
    """
    failing = any(
        calendar_share(machine, loads.upkeep) > 0.0
        for machine in model.machines
        if machine.station == load.station
    )
    cut = (load.offered or 0.0) < (calm.offered or 0.0)
    found = {
        "repairs": failing or load.repairs > 0.0,
        "maintenance": not full and (load.upkeep > 0.0 or (cut and not failing)),
        "tool changes": not full and load.changes > 0.0,
    }
    told = " and ".join(name for name, counts in found.items() if counts)
    return f"with {told} {LONG_RUN}" if told else ""


def _due_by(scenario: Scenario, due: float) -> Scenario:
    """Return *scenario* with the orders alone that are due by then, as if it ended then."""
    orders = tuple(o for o in scenario.orders if o.due is not None and o.due <= due)
    names = {order.name for order in orders}
    start = scenario.start_from
    work = tuple(item for item in start.work if item.order in names)
    return replace(scenario, orders=orders, horizon=due, start_from=replace(start, work=work))
