"""This module holds the expected number: what theory says that a run should show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from simtwin.plant.due_load import LONG_RUN, DueLoad, overloaded
from simtwin.plant.shift_pace import overhangs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simtwin.plant.capacity import Capacity, StationLoad
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.order_bounds import LateOrder
    from simtwin.result.verification import Kind

FULL = "pieces times work, in full batches"
SHARED = "alternatives are shared out so that the largest load is smallest"
ALL_HERE = "all pieces that may be worked here, times work"
FITS = "as much of the work as there is time for"
TOO_MUCH = "work that is due by a date and has no time by then, over the machines for it"


@dataclass(frozen=True, slots=True)
class Expected:
    """A number that a run can be held against."""

    what: str
    place: str
    """A station; empty: the whole plant."""
    value: float
    unit: str
    kind: Kind
    source: str
    """The law that gives it."""
    most: float | None = None
    """What a run can show at most where orders stay open; None: nobody can say [its unit]."""


def loads_expected(
    model: PlantModel, scenario: Scenario | None, found: Capacity
) -> Iterator[Expected]:
    """Return the time at work that a run should show, where the loads alone tell it."""
    if found.unknown or found.endless is not None or scenario is None:
        return
    full = any((station.rho or 0.0) >= 1.0 for station in found.loads)
    if (scenario.orders and scenario.measure_from > 0.0) or (full and not scenario.orders):
        return
    shared = {
        name
        for product in model.products
        for operation in product.operations
        if len(operation.stations) > 1
        for name in operation.stations
    }
    # A broken edge may scrap its piece, and another is made; a source never comes to an end.
    open_ended = bool(model.sources) or any(tool.break_rate > 0.0 for tool in model.tools)
    together = {station.name for station in model.stations if station.batch is not None}
    more = {} if found.span is None else overhangs(model, scenario.start, found, found.span)
    for station in found.stations:
        if station.station in together:
            # Batches may be smaller than full ones. What fills up first may lie below it.
            if found.span is not None and not scenario.orders and scenario.measure_from > 0.0:
                share = station.producing / (len(station.machines) * found.span)
                yield Expected("producing", station.station, share, "share", "at least", FULL)
            continue
        loose = station.station in shared or (bool(scenario.orders) and open_ended)
        kind: Kind = "approximation" if loose else "mean"
        source = SHARED if station.station in shared else "pieces times work"
        if scenario.orders:
            # How alternatives are shared out is a guess: no bound on what a run does here.
            most = None if open_ended else _all_here(found, station.station)
            value = station.producing
            if full and most is not None:
                value, kind = most, "at most"
                source = ALL_HERE if station.station in shared else source
            row = Expected("work done", station.station, value, "s", kind, source, most)
            if station.station not in shared:
                row = _fitting(row, station, more.get(station.station, 0.0))
            yield row
        elif found.span is not None:
            share = station.producing / (len(station.machines) * found.span)
            yield Expected("producing", station.station, share, "share", kind, source)


def tardiness_expected(
    model: PlantModel,
    due: Iterable[DueLoad],
    late: Iterable[LateOrder],
) -> Iterator[Expected]:
    """Return how late the latest order must be, by the loads *due* and orders *late* alone.

    Where operations may be done at several stations, which of them is late is not told.
    """
    machines = {station.name: len(station.machines) for station in model.stations}
    failing = {machine.station for machine in model.machines if machine.failures}
    worst = max((order.finish - order.due for order in late), default=0.0)
    kind: Kind = "at least"
    if not any(len(op.stations) > 1 for product in model.products for op in product.operations):
        for load in overloaded(due):
            if load.too_much > worst * machines[load.station]:
                worst = load.too_much / machines[load.station]
                # A machine that is new fails less than in the long run, a worn one more.
                often = load.station in failing or LONG_RUN in load.by
                kind = "approximation" if often else "at least"
    if worst > 0.0:
        yield Expected("greatest tardiness", "", worst, "s", kind, TOO_MUCH)


def _fitting(row: Expected, station: StationLoad, more: float) -> Expected:
    """Return what is expected of a *station* that is asked too much: what its time allows.

    Repairs and renewals come as often as in the long run only on average, and not at first.
    *more* is the time in which it may finish pieces after shifts [s].
    """
    if station.offered is None or station.offered + more >= station.work:
        return row
    part = (station.offered + more) / station.work
    kind: Kind = "approximation" if station.repairs + station.upkeep > 0.0 else "at most"
    value = part * station.producing
    return replace(row, value=value, kind=kind, source=FITS, most=value)


def _all_here(found: Capacity, station: str) -> float:
    """Return the time at work of all pieces that *station* may be given [s]."""
    pieces: dict[int, float] = {}
    for flow in found.flows:
        pieces[flow.demand] = pieces.get(flow.demand, 0.0) + flow.pieces
    return fsum(
        pieces[flow.demand] * flow.taken.producing
        for flow in found.flows
        if flow.station == station
    )
