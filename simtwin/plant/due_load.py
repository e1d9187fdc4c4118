"""This module holds the due load: work that is due by a date, over the shift hours until then.

It needs no end of the run: an order book with due dates has as many spans as it has dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import TYPE_CHECKING

from simtwin.plant.capacity import capacity
from simtwin.plant.shift_pace import overhangs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.model import PlantModel, Scenario

DATES = 100
"""Dates at most that are looked at; of more, evenly many of them, the last among them."""

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

    Only dates within the run count, and only orders: what sources bring may have to wait.
    """
    ordered = replace(model, sources=())
    end = inf if scenario.horizon is None else scenario.horizon
    asked = {order.due for order in scenario.orders if order.due is not None}
    dues = sorted((due for due in asked if 0.0 < due <= end), reverse=True)
    found: list[DueLoad] = []
    for due in reversed(dues[:: max(1, ceil(len(dues) / DATES))]):
        loads = capacity(ordered, _due_by(scenario, due))
        more = overhangs(ordered, scenario.start, loads, due)
        found += [
            DueLoad(load.station, due, load.work, load.offered or 0.0, more[load.station])
            for load in loads.stations
            if load.work > 0.0
        ]
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


def _due_by(scenario: Scenario, due: float) -> Scenario:
    """Return *scenario* with the orders alone that are due by then, as if it ended then."""
    orders = tuple(o for o in scenario.orders if o.due is not None and o.due <= due)
    names = {order.name for order in orders}
    start = scenario.start_from
    work = tuple(item for item in start.work if item.order in names)
    return replace(scenario, orders=orders, horizon=due, start_from=replace(start, work=work))
