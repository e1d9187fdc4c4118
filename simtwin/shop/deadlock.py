"""This module holds the deadlock: pieces that nothing to come can move on (KERNEL 29).

There are two. *Some machines* stand in a circle, each with a finished piece for which there is
room only where another of them would have to let one go: that is for ever, whatever else lives
(`locked`). Or *nobody* is at work and nothing that is to come would set a piece free (`stuck`).
Source: Coffman, Elphick & Shoshani, "System Deadlocks", ACM Computing Surveys 3, 1971.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import Deadlock
from simtwin.names import natural
from simtwin.result.moment import moment
from simtwin.shop import batch
from simtwin.shop.dispatch import in_turn
from simtwin.shop.kanban import KanbanStation
from simtwin.shop.shift_fit import misfit, misfits
from simtwin.shop.states import ABLE, DONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import networkx as nx

    from simtwin.shop.flow import Station
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


def look(shop: Shop) -> None:
    """Raise where pieces can never go on, in a part of the plant or in all of it.

    Only where a piece has just found no room a circle may have closed.
    """
    if shop.suspects:
        if any(_is_closed(shop, name) for name in shop.suspects):
            raise Deadlock(stuck_message(shop, among=locked(shop)))
        shop.suspects.clear()
    if shop.busy == 0 and shop.pieces:
        stuck(shop)


# -- some machines, for room -----------------------------------------------------------------


def locked(shop: Shop) -> tuple[Station, ...]:
    """Return the stations that are full of pieces which can never go on, nor get another."""
    waits = {name: _awaited(shop, station) for name, station in shop.stations.items()}
    found = {name: names for name, names in waits.items() if names is not None}
    while living := [name for name, names in found.items() if not names <= found.keys()]:
        for name in living:
            del found[name]
    return tuple(shop.stations[name] for name in found)


def _is_closed(shop: Shop, first: str) -> bool:
    """Tell whether all that the station *first* waits for waits for each other."""
    seen, left = {first}, [first]
    while left:
        names = _awaited(shop, shop.stations[left.pop()])
        if names is None:
            return False
        left.extend(names - seen)
        seen |= names
    return True


def _awaited(shop: Shop, station: Station) -> frozenset[str] | None:
    """Return where room must come before there can be any at *station*; None: it may by itself.

    It has no room, and every machine of it has a finished piece, which leaves even while the
    machine is down or off shift. Of a station with cards every card is on a finished piece.
    """
    finished = []
    for machine in station.machines:
        work = machine.state.work
        if work is not None and work.step == DONE:
            finished.append(work.job)
        elif work is not None or not isinstance(station, KanbanStation):
            return None
    if station.has_room():
        return None
    if isinstance(station, KanbanStation):
        if finished or len(station.state.finished) < (station.cards or 0):
            return None
        finished.extend(station.state.finished)
    awaited: set[str] = set()
    for name in finished:
        names = _goes_to(shop, shop.pieces[name])
        if not names or station.name in names:
            return None  # It leaves, or takes the place that comes free by its leaving.
        awaited.update(names)
    return frozenset(awaited)


def _goes_to(shop: Shop, piece: Piece) -> tuple[str, ...]:
    """Return the stations that finished *piece* may go to; none: it goes out."""
    operations, following = shop.routes[piece.product], shop.following(piece)
    return operations[following].stations if following < len(operations) else ()


# -- nobody at work --------------------------------------------------------------------------


def stuck(shop: Shop) -> None:
    """Raise when pieces are open and no pending event can ever release one."""
    if shop.interventions.pending or shop.book.alarm is not None:
        return
    if shop.transport is not None and shop.transport.state.moving:
        return
    if any(source.alarm is not None for source in shop.sources.values()):
        return
    if any(station.alarm is not None for station in shop.batching):
        return
    if batch.starves(shop):
        _starved(shop)
        return
    if any(shifts.alarm is not None for shifts in shop.shifts) and any(
        map(_awaits_a_shift, shop.machines.values())
    ):
        return
    for machine in shop.machines.values():
        state = machine.state
        if state.phase == "cooling" and machine.alarm is not None:
            return
        if state.phase == "stopped" and shop.scenario.horizon is not None:
            return
    raise Deadlock(stuck_message(shop))


def _starved(shop: Shop) -> None:
    """Raise where a batch lacks pieces that never come, and nothing else will end the run.

    With a horizon they wait until then, unless finished pieces stand behind them.
    """
    if shop.scenario.horizon is None or batch.blocks(shop):
        raise Deadlock(stuck_message(shop))


def _awaits_a_shift(machine: Machine) -> bool:
    """Tell whether the begin of a shift may have *machine* go on."""
    state = machine.state
    held = machine.holds and machine.hours is not None and state.work is None
    held = held and machine.station.has_work()
    awaiting = held or state.phase in ("off", "waiting", "unset", "pending")
    return awaiting and not misfit(machine)


# -- the words -------------------------------------------------------------------------------


def stuck_message(shop: Shop, *, among: tuple[Station, ...] = ()) -> str:
    """Say who waits for whom, with the cycle if there is one; *among* some stations only."""
    import networkx as nx

    stations = among or tuple(shop.stations.values())
    graph: nx.DiGraph[str] = nx.DiGraph()
    stories: list[str] = []
    for machine in shop.machines.values():
        if machine.station in stations:
            stories += _waiting(shop, machine, graph)
    for station in stations:
        if isinstance(station, KanbanStation):
            stories += _stored(shop, station, graph)
    for home in shop.batching:
        if not among:
            stories += home.lacking(graph)
    try:
        cycle = [one for one, _ in nx.find_cycle(graph)]
    except nx.NetworkXNoCycle:
        cycle = []
    there = sum(map(_pieces_at, among)) if among else len(shop.pieces)
    elsewhere = len(shop.pieces) - there
    if elsewhere:
        stories.append(f"{elsewhere} more {'is' if elsewhere == 1 else 'are'} elsewhere")
    circle = f"; cycle: {' -> '.join([*cycle, cycle[0]])}" if cycle else ""
    waiting = sum(len(station.state.queue) for station in stations)
    now = shop.env.now
    clock = moment(shop.scenario.start, now)
    return (
        f"deadlock at {now:.6g} s, {clock}: {there} "
        f"{'piece is' if there == 1 else 'pieces are'} open ({waiting} in queues) "
        f"and no event after {clock} can release one; "
        f"{'; '.join(stories) or 'all idle'}{circle}"
    )


def _pieces_at(station: Station) -> int:
    """Return how many pieces are in the queue, the machines and the store of *station*."""
    inside = sum(len(batch.in_hand(machine)) for machine in station.machines)
    stored = len(station.state.finished) if isinstance(station, KanbanStation) else 0
    return len(station.state.queue) + inside + stored


def _waiting(shop: Shop, machine: Machine, graph: nx.DiGraph[str]) -> Iterator[str]:
    """Yield what *machine* waits for, and draw in *graph* for whom."""
    state = machine.state
    work = state.work
    if work is not None and work.step == DONE:
        names = _goes_to(shop, shop.pieces[work.job])
        _draw(shop, graph, [machine], names)
        yield f"{machine.name} is blocked by {' and '.join(names)}"
    elif state.phase not in ABLE:
        cause = f" ({state.mode.cause})" if state.mode.cause else ""
        where = "" if state.mode.name in ("down", "off shift") else "in "
        yield f"{machine.name} is {where}{state.mode.name}{cause}"
    elif work is None:
        yield from _in_turn(shop, machine, graph)
    yield from misfits(machine)


def _in_turn(shop: Shop, machine: Machine, graph: nx.DiGraph[str]) -> Iterator[str]:
    """Yield for whom *machine* waits by the given sequence, and draw it in *graph*."""
    order = in_turn(shop.scenario, machine)
    if order is None:
        return
    pieces = [piece for piece in shop.pieces.values() if piece.order == order]
    here = machine.station.name
    first = min(
        pieces, key=lambda p: (not _comes_to(shop, p, here), natural(p.name)), default=None
    )
    if first is not None:
        where, others = _place_of(shop, first.name)
        graph.add_edges_from((machine.name, other.name) for other in others)
        yield f"{machine.name} waits for {first.name}, which {where}"
    elif shop.book.state.orders[order].finish is not None:
        yield f"{machine.name} waits for {order}, which is finished"
    else:
        yield f"{machine.name} waits for {order}, which is not let in"


def _place_of(shop: Shop, name: str) -> tuple[str, tuple[Machine, ...]]:
    """Return where the piece *name* is, and the machines that it is in or waits for."""
    for machine in shop.machines.values():
        if name in batch.in_hand(machine):
            return f"is in {machine.name}", (machine,)
    for station in shop.stations.values():
        stored = station.state.finished if isinstance(station, KanbanStation) else ()
        if name in (*station.state.queue, *stored):
            return f"waits at {station.name}", station.machines
    return "is on its way", ()


def _comes_to(shop: Shop, piece: Piece, station: str) -> bool:
    """Tell whether *piece* has an operation before it that may be done at *station*."""
    left = shop.routes[piece.product][piece.operation :]
    return any(station in operation.stations for operation in left)


def _stored(shop: Shop, home: KanbanStation, graph: nx.DiGraph[str]) -> Iterator[str]:
    """Yield who waits in the store of *home* for which stations, and draw it in *graph*."""
    for name in home.state.finished:
        names = _goes_to(shop, shop.pieces[name])
        _draw(shop, graph, home.machines, names)
        yield f"{name} waits in the store of {home.name} for {' or '.join(names)}"


def _draw(
    shop: Shop, graph: nx.DiGraph[str], waiting: Iterable[Machine], stations: Iterable[str]
) -> None:
    """Have *waiting* wait for all machines of *stations*."""
    others = [machine.name for name in stations for machine in shop.stations[name].machines]
    graph.add_edges_from((machine.name, other) for machine in waiting for other in others)
