"""This module holds the neighbours of a machine: whom it feeds, who feeds it, for how long."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from simtwin.result.starvation import Clock, blocks_at, starves_behind
from simtwin.shop.states import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.shop.flow import Station
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


def clocks(shop: Shop, name: str) -> tuple[Clock, ...]:
    """Return when the neighbours of machine *name* would stand if it failed now.

    A clock is told only where nothing else helps: followers that it alone feeds, feeders that
    have nowhere else to send their pieces. Machines that share a queue are one, as many times
    faster. Pieces on their way come when they do. Nothing in *shop* is changed.
    """
    machine = shop.machines[name]
    if len(machine.station.machines) > 1:
        return ()  # Its sisters go on.
    if shop.kanban or shop.backlog is not None or shop.movers or shop.preemptive:
        return ()  # Cards, movers or priorities decide, and reach further than a neighbour.
    return (*_starving(shop, machine), *_blocking(shop, machine))


def _starving(shop: Shop, machine: Machine) -> Iterator[Clock]:
    """Yield the clocks of machines that get pieces from *machine* alone."""
    own = machine.name, machine.station.name
    for name, feeders in _feeders(shop).items():
        if feeders != {own[1]} or name == own[1]:
            continue
        station = shop.stations[name]
        count = len(station.machines)
        arrivals = _arrivals(shop, machine, name)
        cycle = _cycle(shop, station) / count
        left = sum(member.work_left(shop.env.now) for member in station.machines) / count
        if cycle > 0.0:
            at = starves_behind(
                shop.env.now,
                buffered=len(station.state.queue),
                cycle=cycle,
                left=left,
                arrivals=arrivals,
            )
            for member in station.machines:
                yield Clock(member.name, "starved", at, cycle * count)


def _blocking(shop: Shop, machine: Machine) -> Iterator[Clock]:
    """Yield the clocks of machines that can send pieces to *machine* alone."""
    station = machine.station
    if station.capacity == inf:
        return
    before = [
        member
        for name, followers in _followers(shop).items()
        if followers == {station.name} and name != station.name
        for member in shop.stations[name].machines
    ]
    empty = machine.state.work is None  # The place in an empty machine counts as a slot.
    free = int(station.capacity) + empty - len(station.state.queue)
    for member in before:
        cycle = _cycle(shop, member.station)
        if cycle > 0.0:
            left = member.work_left(shop.env.now)
            at = blocks_at(
                shop.env.now, free=max(0, free), cycle=cycle / len(before), left=left
            )
            yield Clock(member.name, "blocked", at, cycle)


def _feeders(shop: Shop) -> dict[str, set[str]]:
    """Return the stations before each; where routes begin they are called by no name."""
    found: dict[str, set[str]] = {}
    for operations in shop.routes.values():
        for name in operations[0].stations:
            found.setdefault(name, set()).add("")
        for here, there in pairwise(operations):
            for name in there.stations:
                found.setdefault(name, set()).update(here.stations)
    return found


def _followers(shop: Shop) -> dict[str, set[str]]:
    """Return the stations after each; where routes end they are called by no name."""
    found: dict[str, set[str]] = {}
    for operations in shop.routes.values():
        for name in operations[-1].stations:
            found.setdefault(name, set()).add("")
        for here, there in pairwise(operations):
            for name in here.stations:
                found.setdefault(name, set()).update(there.stations)
    return found


def _arrivals(shop: Shop, machine: Machine, station: str) -> list[float]:
    """Return when the pieces come to *station* that are on their way, or done in *machine*."""
    ways = shop.transport
    found = [] if ways is None else [ways.state.moving[one].at for one in ways.coming(station)]
    if _waits_for(shop, machine, station):
        leg = None
        if ways is not None and ways.spec is not None:
            leg = ways.spec.leg(machine.station.name, station)
        found.append(shop.env.now + (0.0 if leg is None else leg.mean))
    return sorted(found)


def _waits_for(shop: Shop, machine: Machine, station: str) -> bool:
    """Tell whether *machine* holds a finished piece for *station*: it leaves all the same."""
    work = machine.state.work
    if work is None or work.step != DONE:
        return False
    operations = shop.routes[work.product]
    following = shop.following(shop.pieces[work.job])
    return following < len(operations) and station in operations[following].stations


def _cycle(shop: Shop, station: Station) -> float:
    """Return the mean work of the pieces that wait at *station*, or else of all it does [s]."""
    pieces = [shop.pieces[name] for name in station.state.queue]
    visits = [(piece.product, piece.operation) for piece in pieces] or [
        (product, index)
        for product, operations in shop.routes.items()
        for index, operation in enumerate(operations)
        if station.name in operation.stations
    ]
    nominal = [shop.plan.nominal(station.name, *visit) for visit in visits]
    return sum(nominal) / len(nominal)
