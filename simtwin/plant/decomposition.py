"""This module holds the decomposition: an open network as stations one by one (QNA).

An approximation. Each station sees a stream of its rate and variability, first come, first
served, with room for all; what leaves it goes on to the next ones. Sources: W. Whitt, "The
queueing network analyzer", Bell Syst. Tech. J. 62, 1983; Hopp & Spearman, Factory Physics, 8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, inf
from typing import TYPE_CHECKING

from simtwin.plant.occupation import calendar_wait, hindered
from simtwin.plant.queueing import (
    Queue,
    Service,
    departing,
    markovian,
    merged,
    regular,
    thinned,
    variable,
)
from simtwin.plant.stoppage import timed_stop
from simtwin.plant.urgency import mean_wait, urgencies, waits_by_priority

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.plant.capacity import Capacity, Flow
    from simtwin.plant.model import MachineSpec, OperationSpec, PlantModel
    from simtwin.plant.stoppage import Upkeep

ROUNDS = 500
"""Passes over the network after which its variabilities are taken as they are."""

MARKOVIAN = 1e-9
"""Distance from a variability of 1 that is none [-]."""

SETTLED = 1e-12
"""Change of a variability that is none [-]."""


@dataclass(frozen=True, slots=True)
class StationQueue:
    """What stands at one station in the long run."""

    station: str
    queue: Queue
    """Of all its machines; breakdowns are in the service."""
    extra: float
    """Mean wait beside that of the queue, for repairs that began while it was idle [s]."""
    ca2: float
    """Variability of what arrives [-]."""
    ce2: float
    """Variability of the effective process time [-]."""

    @property
    def wait(self) -> float:
        """Mean time in the queue [s]."""
        return self.queue.wait + self.extra

    @property
    def present(self) -> float:
        """Mean number there, in the queue and in machines."""
        return self.queue.present + self.queue.arrivals * self.extra


@dataclass(frozen=True, slots=True)
class Network:
    """All stations, and how long each product takes."""

    stations: tuple[StationQueue, ...]
    leads: tuple[tuple[str, float], ...]
    """Product -> mean time from arrival to the end of the route, or the exit [s]."""
    throughput: float
    """[pieces/s]"""
    under_way: float = 0.0
    """Mean number that is carried."""

    @property
    def present(self) -> float:
        """Mean number in the plant."""
        return fsum(station.present for station in self.stations) + self.under_way

    @property
    def lead(self) -> float:
        """Mean over all pieces, by Little's law [s]."""
        return self.present / self.throughput


def network_queues(model: PlantModel, found: Capacity) -> Network:
    """Return the queues of *model* with the flows of *found*; all loads must be below 1."""
    assert found.span is not None, "an open network has sources, and they a span"
    machines = {machine.name: machine for machine in model.machines}
    heads = {s.name: machines[s.machines[0]] for s in model.stations}
    counts = {s.name: len(s.machines) for s in model.stations}
    flows = [flow for flow in found.flows if flow.pieces > 0.0]
    rates: dict[str, float] = {}
    for flow in flows:
        rates[flow.station] = rates.get(flow.station, 0.0) + flow.pieces / found.span
    upkeep = found.upkeep
    spent = {name: _mixed(name, flows, heads[name], upkeep) for name in rates}
    stops = {name: timed_stop(heads[name], upkeep) for name in rates}
    services = {name: _slowed(spent[name], stops[name]) for name in rates}
    loads = {name: rates[name] * services[name].mean / counts[name] for name in rates}
    streams = _streams(model, flows, found.span)
    leaving = dict.fromkeys(rates, 1.0)
    for _ in range(ROUNDS):
        arriving = {name: _ca2(streams[name], leaving, rates, loads[name]) for name in rates}
        new = {
            name: departing(arriving[name], services[name].cv2, loads[name], counts[name])
            for name in rates
        }
        moved = max(abs(new[name] - leaving[name]) for name in rates)
        leaving = new
        if moved < SETTLED:
            break
    queues = {
        name: StationQueue(
            name,
            _queue(
                rates[name],
                arriving[name],
                services[name],
                counts[name],
                spent[name].mean - _renewing(name, flows),
            ),
            (calendar_wait(heads[name], upkeep) if counts[name] == 1 else 0.0)
            + _stop_wait(rates[name] * spent[name].mean / counts[name], stops[name]),
            arriving[name],
            services[name].cv2,
        )
        for name in rates
    }
    waits = _waits(model, flows, queues, found.span, counts)
    for name, queue in queues.items():
        # Who goes first moves the mean wait where services differ.
        waiting = fsum(f.pieces * waits[name, f.product] for f in flows if f.station == name)
        told = max(0.0, waiting / found.span - queue.queue.arrivals * queue.extra)
        present = queue.queue.present - queue.queue.waiting + told
        queues[name] = replace(queue, queue=replace(queue.queue, waiting=told, present=present))
    made = fsum(rate for rows in _outside(model).values() for rate, _ in rows)
    ways = {carried.product: carried.time for carried in found.carried}
    leads = _leads(model, flows, waits, heads, upkeep, found.span, ways)
    under_way = fsum(ways.values()) / found.span
    return Network(tuple(queues.values()), leads, made, under_way)


def _queue(rate: float, ca2: float, service: Service, servers: int, spent: float) -> Queue:
    """Return the queue of a station, shorter where arrivals are regular.

    A piece is in the machine for the time *spent*, without stops that wait for its end.
    """
    found = variable(rate, ca2, service, servers)
    if abs(ca2 - 1.0) < MARKOVIAN and abs(service.cv2 - 1.0) < MARKOVIAN:
        found = markovian(rate, service.mean, servers)
    waiting = found.waiting * regular(ca2, service.cv2, found.utilisation)
    return replace(found, waiting=waiting, present=waiting + rate * spent)


def _waits(
    model: PlantModel,
    flows: list[Flow],
    queues: Mapping[str, StationQueue],
    span: float,
    counts: Mapping[str, int],
) -> dict[tuple[str, str], float]:
    """Return what a piece of each product waits at each station, the more urgent first [s]."""
    shares = urgencies(model)
    found = {}
    for name, queue in queues.items():
        here = [flow for flow in flows if flow.station == name]
        loads = [
            (f.product, f.pieces / span * _with_setup(f).mean / counts[name]) for f in here
        ]
        total = fsum(load for _, load in loads)
        # Stops that are in the queue's load and in no piece's are shared out alike.
        scale = queue.queue.utilisation / total if total > 0.0 else 1.0
        waits = waits_by_priority(queue.wait, [(p, scale * x) for p, x in loads], shares)
        for flow in here:
            found[name, flow.product] = mean_wait(waits, list(shares[flow.product].items()))
    return found


def _slowed(service: Service, stops: tuple[float, float]) -> Service:
    """Return *service* as if the time of stops at fixed times were spread over all of it."""
    between, lost = stops
    slower = inf if lost >= between else 1.0 / (1.0 - lost / between)
    return (
        service
        if slower == 1.0
        else Service(service.mean * slower, service.variance * slower**2)
    )


def _stop_wait(load: float, stops: tuple[float, float]) -> float:
    """Return what stops of d at every B add to a wait [s]: ``d^2 / (2 B (1 - rho))``.

    As if pieces flowed: d times the rate gather, and go again at the pace that is left.
    Source: G. F. Newell, Applications of Queueing Theory, 2nd ed. 1982, ch. 2.
    """
    between, lost = stops
    return 0.0 if lost == 0.0 else lost**2 / (2.0 * between * (1.0 - load))


def _with_setup(flow: Flow) -> Service:
    """Return the time that one piece takes of its machine, its setup included."""
    service = flow.taken.service
    return Service(service.mean + flow.setup, service.variance + flow.setup_variance)


def _renewing(station: str, flows: list[Flow]) -> float:
    """Return the mean time of renewals at an age for each piece at *station* [s]."""
    here = [flow for flow in flows if flow.station == station]
    return fsum(f.pieces * f.taken.upkeep for f in here) / fsum(f.pieces for f in here)


def _mixed(station: str, flows: list[Flow], machine: MachineSpec, upkeep: Upkeep) -> Service:
    """Return the effective process time of whatever comes to *station*."""
    here = [
        (flow.pieces, hindered(_with_setup(flow), machine, upkeep))
        for flow in flows
        if flow.station == station
    ]
    total = fsum(pieces for pieces, _ in here)
    mean = fsum(pieces * service.mean for pieces, service in here) / total
    second = fsum(pieces * service.second for pieces, service in here) / total
    return Service(mean, max(0.0, second - mean**2))


Stream = tuple[str | None, float, float]
"""Where it comes from (None: outside), its rate, and its cv^2 where it comes from outside."""


def _streams(model: PlantModel, flows: list[Flow], span: float) -> dict[str, list[Stream]]:
    """Return what comes to each station: from outside, on along the route, back for rework."""
    outside = _outside(model)
    routes = {product.name: product.operations for product in model.products}
    found: dict[str, list[Stream]] = {flow.station: [] for flow in flows}
    for flow in flows:
        own = [f for f in flows if f.product == flow.product]
        route = routes[flow.product]
        beside = [f for f in own if f.operation == flow.operation]
        all_here = fsum(f.pieces for f in beside) / span
        share = flow.pieces / span / all_here
        told: list[Stream] = []
        if flow.operation == 0:
            told += [(None, rate, cv2) for rate, cv2 in outside[flow.product]]
        told += [
            (f.station, f.pieces / span * _goes_on(route[f.operation]), 0.0)
            for f in own
            if f.operation + 1 == flow.operation
        ]
        told += _back(flow.operation, own, route, all_here - fsum(rate for _, rate, _ in told))
        found[flow.station] += [
            (origin, rate * share, thinned(cv2, share) if origin is None else 0.0)
            for origin, rate, cv2 in told
        ]
    return found


def _outside(model: PlantModel) -> dict[str, list[tuple[float, float]]]:
    """Return rate [1/s] and cv^2 of all that the sources bring, by product."""
    found: dict[str, list[tuple[float, float]]] = {}
    for source in model.sources:
        law = source.interarrival
        if law is not None and law.mean > 0.0:
            pair = (1.0 / law.mean, law.variance / law.mean**2)
            found.setdefault(source.product, []).append(pair)
    return found


def _goes_on(operation: OperationSpec) -> float:
    """Return the share of pieces that go on along the route from *operation* [-]."""
    rework = operation.rework
    return 1.0 - operation.scrap - (0.0 if rework is None else rework.share)


def _back(
    operation: int, own: list[Flow], route: Sequence[OperationSpec], rate: float
) -> list[Stream]:
    """Return what comes back to an *operation*, a *rate* in all, from where it is sent."""
    sent = {
        f.station: f.pieces * rework.share
        for f in own
        if (rework := route[f.operation].rework) is not None and rework.to == operation
    }
    total = fsum(sent.values())
    return [(name, rate * part / total, 0.0) for name, part in sent.items() if total > 0.0]


def _ca2(
    streams: list[Stream],
    leaving: Mapping[str, float],
    rates: Mapping[str, float],
    load: float,
) -> float:
    told = [
        (rate, cv2 if origin is None else thinned(leaving[origin], rate / rates[origin]))
        for origin, rate, cv2 in streams
    ]
    return merged(told, load)


def _leads(
    model: PlantModel,
    flows: list[Flow],
    waits: Mapping[tuple[str, str], float],
    heads: Mapping[str, MachineSpec],
    upkeep: Upkeep,
    span: float,
    ways: Mapping[str, float],
) -> tuple[tuple[str, float], ...]:
    leads = []
    for product in model.products:
        own = [flow for flow in flows if flow.product == product.name]
        pieces = span * fsum(rate for rate, _ in _outside(model).get(product.name, ()))
        if pieces > 0.0:
            spent = fsum(
                flow.pieces
                * (
                    waits[flow.station, flow.product]
                    + hindered(_with_setup(flow), heads[flow.station], upkeep).mean
                    - flow.taken.upkeep
                )
                for flow in own
            )
            leads.append((product.name, (spent + ways.get(product.name, 0.0)) / pieces))
    return tuple(leads)
