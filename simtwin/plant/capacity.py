"""This module holds the capacity: what is asked of each station, and its time for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, inf, isclose
from typing import TYPE_CHECKING

from simtwin.plant.carrying import Carrying, carryings
from simtwin.plant.demand import Demand, demands_of
from simtwin.plant.occupation import NO_UPKEEP, Occupation, available, occupation
from simtwin.plant.sharing import Task, share_out
from simtwin.plant.stoppage import upkeep_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simtwin.plant.model import (
        MachineSpec,
        OperationSpec,
        PlantModel,
        Scenario,
    )
    from simtwin.plant.stoppage import Upkeep

MOVERS = "the movers"

LEAST = 1e-9
"""Share of a span that stands for a station which is stopped throughout."""


JUST_FULL = 1e-6
"""Part of the time for it by which work may be off that is shared out."""

PASSES, NEAR = 8, 1e-4
"""Rounds in which it is found how much machines work between blocks; change that is none."""


@dataclass(frozen=True, slots=True)
class StationLoad:
    """What is asked of one station in a span, alternatives shared out."""

    station: str
    machines: tuple[str, ...]
    producing: float
    """Steps and run-ups of all pieces [s]."""
    changes: float
    """Tool changes and refits [s]."""
    repairs: float
    """Of modes that grow older while it works, as often as in the long run [s]."""
    offered: float | None
    """Its machines' time in their shifts, without planned stops and repairs by the calendar
    [s]; None without a horizon."""
    setups: float = 0.0
    """One for each operation of each order [s]."""
    upkeep: float = 0.0
    """Renewals by plan at an age that grows while it works [s]."""

    @property
    def work(self) -> float:
        """All that takes its time [s]."""
        return self.producing + self.setups + self.changes + self.repairs + self.upkeep

    @property
    def rho(self) -> float | None:
        """Work over the time for it [-]; None without a horizon.

        Just full is 1: work that is shared out is known to the rounding of a programme.
        """
        if self.offered is None:
            return None
        if isclose(self.work, self.offered, rel_tol=JUST_FULL):
            return 1.0
        return self.work / self.offered if self.offered > 0.0 else inf

    @property
    def left_over(self) -> float:
        """Work beyond the time of the span [s]."""
        return 0.0 if self.offered is None else max(0.0, self.work - self.offered)


@dataclass(frozen=True, slots=True)
class Flow:
    """Pieces of one operation at one of its stations, in the span."""

    product: str
    operation: int
    station: str
    pieces: float
    taken: Occupation
    """By one of them."""
    demand: int = 0
    """Number of what is asked; its alternatives share one."""
    setup: float = 0.0
    """Part of one piece of the setups [s]."""
    setup_variance: float = 0.0
    """Of its setup where pieces follow each other by chance [s^2]."""
    together: int = 1
    """Pieces of a full batch, of which `taken` is the part of one."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Loads of all stations, and the flows that make them."""

    span: float | None
    """The horizon, an hour for a plant without scenario, None until all orders are done [s]."""
    stations: tuple[StationLoad, ...]
    flows: tuple[Flow, ...]
    endless: str | None = None
    """The source that never ends, if there is just one."""
    endless_pieces: float = 0.0
    """As many as the stations can bear in the span, without blocking or starving."""
    unknown: tuple[str, ...] = ()
    """What could not be derived, in words."""
    upkeep: Upkeep = NO_UPKEEP
    """Policies, crews and the use of machines by which stops were counted."""
    carried: tuple[Carrying, ...] = ()
    """Ways of the pieces that take time."""
    movers: StationLoad | None = None
    """Of those who carry; None: nobody is waited for."""

    @property
    def loads(self) -> tuple[StationLoad, ...]:
        """All stations, and the movers where they are limited."""
        return self.stations if self.movers is None else (*self.stations, self.movers)

    @property
    def bottleneck(self) -> StationLoad | None:
        """The station, or the movers, with the largest load; None where nothing is asked.

        Without a horizon that with most work for each machine.
        """
        asked = [station for station in self.loads if station.work > 0.0]
        if not asked:
            return None
        if self.span is None:
            return max(asked, key=lambda station: station.work / len(station.machines))
        return max(asked, key=lambda station: station.rho or 0.0)


def capacity(model: PlantModel, scenario: Scenario | None = None) -> Capacity:
    """Return the load of each station in *scenario*, or per hour of a plant with sources.

    What may be done at several stations is shared out so that the largest load is smallest, as
    nobody could do better; the shop itself sends a piece where least work lies ahead. Scrap
    and its replacements are left out.
    """
    upkeep = upkeep_of(model, scenario)
    found = _with(model, scenario, upkeep)
    blocks = [m for m in model.machines if m.failures and upkeep.timed(m)]
    for _ in range(PASSES if blocks and found.span is not None else 0):
        shares = _working(found)
        use = {m.name: shares[m.station] for m in blocks}
        moved = max(abs(use[name] - upkeep.use.get(name, 1.0)) for name in use)
        if moved < NEAR:
            break
        upkeep = replace(upkeep, use=use)
        found = _with(model, scenario, upkeep)
    return found


def _working(found: Capacity) -> dict[str, float]:
    """Return the share of the time without stops in which machines of each station work [-]."""
    assert found.span is not None, "only a span has shares"
    shares = {}
    for station in found.stations:
        part = 1.0 / max(1.0, station.rho or 0.0)  # Of what is asked, what there is time for.
        running = found.span * len(station.machines) - station.upkeep - part * station.repairs
        work = part * (station.producing + station.changes)
        shares[station.station] = min(1.0, work / running) if running > 0.0 else 1.0
    return shares


def _with(model: PlantModel, scenario: Scenario | None, upkeep: Upkeep) -> Capacity:
    """Return the loads where repairs and renewals come as *upkeep* says."""
    span = 3600.0 if scenario is None else scenario.horizon
    demands, unknown = demands_of(model, scenario, span)
    machines = {machine.name: machine for machine in model.machines}
    calendars = {calendar.name: calendar for calendar in model.calendars}
    offered = {
        station.name: [
            1.0
            if span is None
            else available(machines[name], scenario, span, calendars, upkeep)
            for name in station.machines
        ]
        for station in model.stations
    }
    pooled = _Pools(model, machines, offered, upkeep)
    tasks = [
        Task(
            demand.pieces,
            tuple(
                (s, pooled.at(demand, s).service.mean + demand.setup) for s in demand.stations
            ),
            demand.endless,
        )
        for demand in demands
    ]
    least = LEAST * (1.0 if span is None else span)
    time = {s: max(sum(times), least) for s, times in offered.items()}
    movers = None if model.transport is None else model.transport.movers
    if movers is not None:
        time[MOVERS] = movers * (1.0 if span is None else span)
        for product in {demand.product: None for demand in demands if demand.endless}:
            one = carryings(model, _evenly(demands, product))
            ways = tuple((MOVERS, carried.time) for carried in one)
            tasks += [Task(0.0, ways, endless=True)] if ways else []
    shared = share_out(tasks, time)
    asked = shared.pieces[: len(demands)]
    flows = tuple(
        Flow(
            demand.product,
            demand.operation,
            station,
            pieces,
            pooled.at(demand, station),
            number,
            demand.setup,
            max(0.0, demand.setup_second - demand.setup**2),
            pooled.most[station],
        )
        for number, (demand, row) in enumerate(zip(demands, asked, strict=True))
        for station, pieces in zip(demand.stations, row, strict=True)
    )
    endless = [source.name for source in model.sources if source.interarrival is None]
    carried = carryings(
        model,
        (
            (demand.product, demand.operation, station, pieces)
            for demand, row in zip(demands, asked, strict=True)
            if not demand.standing
            for station, pieces in zip(demand.stations, row, strict=True)
        ),
    )
    return Capacity(
        span,
        tuple(
            _loaded(station.name, station.machines, flows, offered[station.name], span)
            for station in model.stations
        ),
        flows,
        endless[0] if len(endless) == 1 else None,
        shared.endless,
        tuple(unknown),
        upkeep,
        carried,
        _moving(movers, carried, span),
    )


def _evenly(demands: Sequence[Demand], product: str) -> Iterator[tuple[str, int, str, float]]:
    """Yield what comes where for one piece of *product*, alternatives used alike."""
    for demand in demands:
        if demand.product == product and not demand.standing:
            for station in demand.stations:
                yield product, demand.operation, station, 1.0 / len(demand.stations)


def _moving(
    movers: int | None, carried: Sequence[Carrying], span: float | None
) -> StationLoad | None:
    """Return the load of the *movers*: they carry, and come back in no time."""
    time = fsum(one.time for one in carried)
    if movers is None or time <= 0.0:
        return None
    names = tuple(f"mover {number + 1}" for number in range(movers))
    offered = None if span is None else movers * span
    return StationLoad(MOVERS, names, time, 0.0, 0.0, offered)


class _Pools:
    """What a piece takes at a station: of each machine, weighted by the pieces it can make."""

    def __init__(
        self,
        model: PlantModel,
        machines: Mapping[str, MachineSpec],
        offered: Mapping[str, Sequence[float]],
        upkeep: Upkeep,
    ) -> None:
        self.upkeep = upkeep
        self.tools = {tool.name: tool for tool in model.tools}
        self.members = {s.name: [machines[name] for name in s.machines] for s in model.stations}
        self.routes = {product.name: product.operations for product in model.products}
        self.most = {s.name: 1 if s.batch is None else s.batch.most for s in model.stations}
        self.offered = offered
        self.known: dict[tuple[str, int, str], Occupation] = {}

    def at(self, demand: Demand, station: str) -> Occupation:
        """Return what one piece of *demand* takes at *station*: its part of a full batch."""
        key = demand.product, demand.operation, station
        if key not in self.known:
            operation = self.routes[demand.product][demand.operation]
            taken = self._pooled(operation, station)
            self.known[key] = taken.shared(self.most[station])
        return self.known[key]

    def _pooled(self, operation: OperationSpec, station: str) -> Occupation:
        each = [
            occupation(operation, m, self.tools, self.upkeep) for m in self.members[station]
        ]
        if all(taken == each[0] for taken in each):
            return each[0]
        times = self.offered[station] if sum(self.offered[station]) > 0.0 else [1.0] * len(each)
        pace = [
            time / max(taken.service.mean, 1e-12)
            for time, taken in zip(times, each, strict=True)
        ]
        weights = [share / fsum(pace) for share in pace]
        mean = fsum(w * taken.service.mean for w, taken in zip(weights, each, strict=True))
        second = fsum(w * taken.service.second for w, taken in zip(weights, each, strict=True))
        return Occupation(
            fsum(w * taken.producing for w, taken in zip(weights, each, strict=True)),
            fsum(w * taken.changes for w, taken in zip(weights, each, strict=True)),
            fsum(w * taken.repairs for w, taken in zip(weights, each, strict=True)),
            max(0.0, second - mean**2),
            fsum(w * taken.upkeep for w, taken in zip(weights, each, strict=True)),
        )


def _loaded(
    name: str,
    machines: tuple[str, ...],
    flows: Sequence[Flow],
    offered: Sequence[float],
    span: float | None,
) -> StationLoad:
    here = [flow for flow in flows if flow.station == name]
    return StationLoad(
        name,
        machines,
        fsum(flow.pieces * flow.taken.producing for flow in here),
        fsum(flow.pieces * flow.taken.changes for flow in here),
        fsum(flow.pieces * flow.taken.repairs for flow in here),
        None if span is None else fsum(offered),
        fsum(flow.pieces * flow.setup for flow in here),
        fsum(flow.pieces * flow.taken.upkeep for flow in here),
    )
