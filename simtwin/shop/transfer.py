"""This module holds the transfer: where each piece of a shop is under another plant.

A piece keeps its operation by name. Where that is no longer on its route, it goes on to the
next of its old route that is; where none is left, or nobody makes its product, it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from simtwin.names import EXIT, RELEASE, natural
from simtwin.plant.model import CutStep, HandleStep
from simtwin.shop.backlog import BacklogState
from simtwin.shop.batch import Batch
from simtwin.shop.flow_states import KanbanState, Piece, StationState
from simtwin.shop.moves import Move
from simtwin.shop.quality import Loop
from simtwin.shop.states import DONE
from simtwin.shop.transport import TransportState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.model import MachineSpec, OperationSpec, StationSpec
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work


class Homeless(NamedTuple):
    """A piece that cannot stay where it is."""

    piece: str
    home: str
    """The station where it was."""
    back: bool
    """Whether it only goes back to the queue of that station."""
    why: str


class Spot(NamedTuple):
    """Where a piece is in the old plant."""

    home: str
    """The station."""
    machine: str = ""
    """The machine that it is in; empty while it waits."""
    done: bool = False
    """Whether it is finished there and waits to leave."""
    to: str = ""
    """The station, or the exit, that it is on its way to; RELEASE: it waits at the release."""
    lead: str = ""
    """The piece whose batch it is in, unless that is its own."""


class Transfer(NamedTuple):
    """Where the pieces are under the new plant."""

    pieces: dict[str, Piece]
    queues: dict[str, StationState | KanbanState]
    """Of every station of the new plant."""
    outside: tuple[Piece, ...]
    """Who waits outside."""
    ways: TransportState
    """Who is on its way, and who waits to be carried."""
    inside: dict[str, int]
    """Machine -> operation of the piece that stays in it."""
    batches: dict[str, Batch]
    """Machine -> the pieces that stay in it beside that one."""
    homeless: tuple[Homeless, ...]


def transfer(old: Plan, new: Plan, states: Mapping[str, Any], moves: list[Move]) -> Transfer:
    """Return where each piece in *states* is under the plant of *new*; say so in *moves*."""
    pieces: dict[str, Piece] = {}
    homeless: list[Homeless] = []
    inside: dict[str, int] = {}
    beside: dict[str, list[str]] = {}
    stuck: dict[tuple[str, str], list[str]] = {}
    under_way: set[str] = set()
    spots = _spots(old, states)
    loops: Mapping[str, Loop] = states.get(" loops", {})
    for name, piece in states[" pieces"].items():
        spot = spots[name]
        operation = None
        if piece.product in new.products:
            to = loops.get(name, Loop()).to
            operation, why = _next(old, new, piece, spot, to)
            if spot.lead and not why and not _stays(old, new, states, spots, spot.lead):
                operation, why = _parted(old, new, piece, spot, to)
        if operation is None:
            stuck.setdefault((piece.product, _name(old, piece)), []).append(name)
            continue
        pieces[name] = structs.replace(piece, operation=operation)
        if spot.to and not why:
            under_way.add(name)
        elif why:
            stations = new.operation(piece.product, operation).stations
            back = not spot.done and spot.home in stations and spot.home in new.stations
            if spot.machine or not back:
                homeless.append(Homeless(name, spot.home, back, why))
            else:
                moves.append(Move("mapped", name, why))
        elif spot.lead:
            beside.setdefault(spot.machine, []).append(name)
        elif spot.machine:
            inside[spot.machine] = operation
    moved = {one.piece for one in homeless}
    queues = {
        name: _kept(spec, states, {piece for piece in pieces if piece not in moved})
        for name, spec in new.stations.items()
    }
    outside = _outside(new, states, stuck)
    moves.extend(_refused(new, stuck))
    staying = len(pieces) - len(moved)
    moves.append(Move("kept", "pieces", f"{staying} of {len(spots)} stay where they are"))
    ways = _ways(states, under_way, moved, inside)
    batches = _beside(states, beside)
    return Transfer(pieces, queues, outside, ways, inside, batches, _in_order(homeless, pieces))


def _ways(
    states: Mapping[str, Any], under_way: set[str], moved: set[str], inside: dict[str, int]
) -> TransportState:
    """Return who goes on on its way, and who still waits to be carried."""
    known: TransportState = states.get(" transport", TransportState({}))
    moving = {name: way for name, way in known.moving.items() if name in under_way}
    calls = tuple(
        call
        for call in known.calls
        if call.piece not in moved
        and (call.machine in inside or call.store or call.piece in under_way)
    )
    return TransportState(moving, calls)


def _kept(
    spec: StationSpec, states: Mapping[str, Any], staying: set[str]
) -> StationState | KanbanState:
    """Return what stays in the queue and the store of a station."""
    queue = tuple(name for name in _queue(spec.name, states) if name in staying)
    if spec.kanban is None:
        return StationState(queue)
    return KanbanState(queue, tuple(n for n in _store(spec.name, states) if n in staying))


def _outside(
    new: Plan, states: Mapping[str, Any], stuck: dict[tuple[str, str], list[str]]
) -> tuple[Piece, ...]:
    """Return who waits outside; what nobody makes any more joins *stuck*."""
    backlog: BacklogState = states.get(" backlog", BacklogState())
    for piece in backlog.waiting:
        if piece.product not in new.products:
            stuck.setdefault((piece.product, "the first operation"), []).append(piece.name)
    return tuple(piece for piece in backlog.waiting if piece.product in new.products)


def able(spec: MachineSpec, operation: OperationSpec) -> bool:
    """Tell whether a machine of *spec* has what the steps of *operation* need."""
    tools = {slot.tool for slot in spec.magazine}
    for step in operation.steps:
        if isinstance(step, CutStep) and spec.spindle is None:
            return False
        if not isinstance(step, HandleStep) and step.tool not in (None, *tools):
            return False
    return True


def settle_in(shop: Shop, moved: Transfer, moves: list[Move]) -> None:
    """Put the homeless into queues of the new *shop*, by work ahead, then name.

    Whoever goes back to the station where it was stands at the place that its arrival there
    gives it; whoever arrives at another stands at the end. Buffers may be overfull by it.
    """
    now = shop.env.now
    for one in moved.homeless:
        piece = shop.pieces[one.piece]
        if one.back:
            station = shop.stations[one.home]
        else:
            names = shop.plan.operation(piece.product, piece.operation).stations
            station = min(
                (shop.stations[name] for name in names),
                key=lambda s: (s.work_ahead(), shop.orders[s.name]),
            )
            piece = rehome(shop, piece, one.home, station.name)
        queue = station.state.queue
        at = len(queue)
        while one.back and at > 0 and _after(shop.pieces[queue[at - 1]], piece):
            at -= 1
        station.state = structs.replace(
            station.state, queue=(*queue[:at], piece.name, *queue[at:])
        )
        moves.append(Move("mapped", piece.name, f"{one.why}; waits at {station.name}"))
    assert all(piece.since <= now for piece in shop.pieces.values()), "nobody comes later"


def rehome(shop: Shop, piece: Piece, home: str, station: str) -> Piece:
    """Count *piece* out of the station *home* and into *station*, where it arrives now."""
    now = shop.env.now
    places = shop.record.places
    if home in places:
        places[home].leave(now, piece.since)
    places[station].enter(now)
    piece = shop.pieces[piece.name] = structs.replace(piece, since=now)
    return piece


def _after(one: Piece, other: Piece) -> bool:
    return (one.since, natural(one.name)) > (other.since, natural(other.name))


def _queue(station: str, states: Mapping[str, Any]) -> tuple[str, ...]:
    state: StationState = states.get(f" station {station}", StationState())
    return state.queue


def _store(station: str, states: Mapping[str, Any]) -> tuple[str, ...]:
    state = states.get(f" station {station}")
    return state.finished if isinstance(state, KanbanState) else ()


def _spots(old: Plan, states: Mapping[str, Any]) -> dict[str, Spot]:
    """Return where each piece is: every one is in one queue, one store or one machine."""
    spots = {
        name: Spot(station) for station in old.stations for name in _queue(station, states)
    }
    for station in old.stations:
        spots |= {name: Spot(station, done=True) for name in _store(station, states)}
    known: TransportState = states.get(" transport", TransportState({}))
    spots |= {name: Spot("", to=way.to) for name, way in known.moving.items()}
    spots |= {
        call.piece: Spot("", to=RELEASE)
        for call in known.calls
        if not call.machine and not call.store
    }
    batches: Mapping[str, Batch] = states.get(" batches", {})
    for machine, plan in old.machines.items():
        work: Work | None = states[machine].work
        if work is not None:
            spots[work.job] = spot = Spot(plan.spec.station, machine, work.step == DONE)
            for name in batches.get(machine, Batch()).others:
                spots[name] = spot._replace(lead=work.job)
    return spots


def _stays(
    old: Plan, new: Plan, states: Mapping[str, Any], spots: Mapping[str, Spot], name: str
) -> bool:
    """Tell whether the piece *name*, which is in a machine, is there in the new plant too."""
    piece: Piece = states[" pieces"][name]
    if piece.product not in new.products:
        return False
    to = states.get(" loops", {}).get(name, Loop()).to
    operation, why = _next(old, new, piece, spots[name], to)
    return operation is not None and not why


def _parted(
    old: Plan, new: Plan, piece: Piece, spot: Spot, back: int | None
) -> tuple[int | None, str]:
    """Return the operation of a *piece* whose batch is not in its machine any more, and why."""
    gone = spot._replace(machine="", home="")
    if not spot.done:
        own = _next(old, new, piece, gone._replace(to=RELEASE), back)[0]
        return own, f"its batch in {spot.machine} is taken apart, the work on it is lost"
    return _next(old, new, piece, gone, back)[0], f"its batch in {spot.machine} is taken apart"


def _beside(states: Mapping[str, Any], staying: dict[str, list[str]]) -> dict[str, Batch]:
    """Return who stays in each machine beside the one that leads, in order."""
    known: Mapping[str, Batch] = states.get(" batches", {})
    return {
        machine: Batch(tuple(n for n in known[machine].others if n in names))
        for machine, names in staying.items()
    }


def loops_kept(
    old: Plan, new: Plan, states: Mapping[str, Any], moved: Transfer
) -> dict[str, Loop]:
    """Return how often the pieces that have *moved* were sent back, operations by name.

    Where the one to which a piece is to go back is no longer on its route, it goes on.
    """
    found = {}
    gone = {one.piece for one in moved.homeless}
    for name, loop in states.get(" loops", {}).items():
        if name in moved.pieces:
            product = moved.pieces[name].product
            route = [operation.name for operation in old.routes[product]]
            places = {op.name: i for i, op in enumerate(new.routes[product])}
            sent = tuple(places[route[i]] for i in loop.sent if route[i] in places)
            back = None if name in gone else loop.to
            to = None if back is None else places.get(route[back])
            found[name] = Loop(sent, to)
    return found


def interrupted_kept(
    old: Plan, new: Plan, states: Mapping[str, Any], moved: Transfer, moves: list[Move]
) -> dict[str, Work]:
    """Return how far interrupted pieces are, where they still wait for the same steps."""
    found = {}
    gone = {one.piece for one in moved.homeless}
    works: Mapping[str, Work] = states.get(" interrupted", {})
    for name in sorted(works, key=natural):
        work, piece = works[name], moved.pieces.get(name)
        if piece is None:
            continue
        was = old.operation(work.product, work.operation)
        now = new.operation(piece.product, piece.operation)
        together = any(new.stations[at].batch is not None for at in now.stations)
        if name not in gone and was.steps == now.steps and not together:
            found[name] = structs.replace(work, operation=piece.operation)
        else:
            moves.append(Move("mapped", name, "begins again, the work done on it is lost"))
    return found


def _next(
    old: Plan, new: Plan, piece: Piece, spot: Spot, back: int | None
) -> tuple[int | None, str]:
    """Return the operation of *piece* in the new plant, and why it cannot stay as it is.

    None where nothing is left to do on it. *back* is the operation it was to go back to.
    """
    route = [operation.name for operation in old.routes[piece.product]]
    places = {operation.name: i for i, operation in enumerate(new.routes[piece.product])}
    own = places.get(route[piece.operation])
    rest = piece.operation + 1 if back is None else back
    following = [places[name] for name in route[rest:] if name in places]
    if spot.to == EXIT:
        return len(places) - 1, ""
    if own is None:
        gone = f"{route[piece.operation]} is no longer on its route"
        lost = "" if spot.done or not spot.machine else ", the work on it is lost"
        return (following[0] if following else None), f"{gone}{lost}"
    after = _after_own(own, back, following, len(places))
    if not spot.machine:
        return _between(new, piece, own, spot, after)
    if spot.done:
        if spot.machine in new.machines:
            return own, ""
        why = f"finished on {spot.machine}, which is gone"
        return after, why
    if spot.machine not in new.machines:
        return own, f"{spot.machine} is gone, and with it the work on it"
    if not able(new.machines[spot.machine].spec, new.operation(piece.product, own)):
        return own, f"{spot.machine} lacks what the operation needs, the work on it is lost"
    return own, ""


def _between(
    new: Plan, piece: Piece, own: int, spot: Spot, after: int | None
) -> tuple[int | None, str]:
    """Return the operation of a *piece* in a queue or store or under way, and why it moves."""
    if spot.done:
        station = new.stations.get(spot.home)
        if station is not None and station.kanban is not None:
            return own, ""
        return after, f"finished at {spot.home}, which has no store any more"
    place, operation = spot.to or spot.home, new.operation(piece.product, own)
    if place == RELEASE or (place in operation.stations and place in new.stations):
        return own, ""
    return own, f"{operation.name} is no longer done at {place}"


def _after_own(own: int, back: int | None, following: list[int], count: int) -> int | None:
    """Return what comes after the operation *own*; None where nothing does."""
    if back is not None:
        return following[0] if following else None
    return None if own + 1 == count else own + 1


def _name(old: Plan, piece: Piece) -> str:
    return old.operation(piece.product, piece.operation).name


def _refused(new: Plan, stuck: dict[tuple[str, str], list[str]]) -> list[Move]:
    found = []
    for (product, operation), names in stuck.items():
        if product in new.products:
            why = f"nothing of its route is left from {operation!r} on"
        else:
            why = "the plant does not make it"
        listed = ", ".join(sorted(names, key=natural)[:5]) + (", ..." if names[5:] else "")
        found.append(Move("refused", product, f"{why}; in the shop: {listed}"))
    return found


def _in_order(homeless: list[Homeless], pieces: Mapping[str, Piece]) -> tuple[Homeless, ...]:
    """Return *homeless* by when they arrived where they were, then by name."""

    def place(one: Homeless) -> tuple[Any, ...]:
        return pieces[one.piece].since, natural(one.piece)

    return tuple(sorted(homeless, key=place))
