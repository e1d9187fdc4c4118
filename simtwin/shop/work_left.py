"""This module holds the work left: the pieces of a shop as a person would write them down.

Each piece of an order is in a machine, in a queue, or between the two. ``start_from`` knows the
first two; a piece between them is told where it goes, and where it came from in words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import EXIT, RELEASE, natural
from simtwin.plant.model import WorkInProgress
from simtwin.shop.batch import in_hand
from simtwin.shop.states import DONE, KNOWN

if TYPE_CHECKING:
    from simtwin.shop.flow_states import OrderState, Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work

NUMBER = "/"
"""Before the number of a piece in its name."""


def work_left(shop: Shop, lost: list[str]) -> tuple[WorkInProgress, ...]:
    """Return the pieces of orders where they are; what that cannot say goes into *lost*."""
    found: list[WorkInProgress] = []
    inside = {name: machine for machine in shop.machines.values() for name in in_hand(machine)}
    waits = {name: place for place in shop.stations.values() for name in place.state.queue}
    gone = going_out(shop, lost)
    for order, pieces in _by_order(shop, lost).items():
        state = shop.book.state.orders[order]
        state = structs.replace(state, finished=state.finished + gone[order])
        numbers = _numbers(state, [name for name, _ in pieces])
        for (name, piece), number in zip(pieces, numbers, strict=True):
            item = WorkInProgress(order, number, _operation(shop, piece, piece.operation))
            if name in inside:
                item = _inside(shop, inside[name], piece, item, lost)
            elif name not in waits:
                item = _between(shop, piece, item, lost)
            elif len(_stations(shop, piece, piece.operation)) > 1:
                item = replace(item, station=waits[name].name)
            found.append(item)
    return tuple(found)


def going_out(shop: Shop, lost: list[str] | None = None) -> Counter[str]:
    """Return how many pieces of each order are done with their route and not out yet."""
    gone: Counter[str] = Counter()
    for name in sorted(shop.pieces, key=natural):
        piece = shop.pieces[name]
        if piece.order in shop.book.specs and _goes_out(shop, piece):
            gone[piece.order] += 1
            if lost is not None:
                lost.append(f"{name} is on its way to the exit; it counts as finished")
    return gone


def _goes_out(shop: Shop, piece: Piece) -> bool:
    """Tell whether *piece* has nothing left to do and stands in no machine."""
    way = None if shop.transport is None else shop.transport.state.moving.get(piece.name)
    if way is not None:
        return way.to == EXIT
    return _store(shop, piece) is not None and _next(shop, piece) is None


def _inside(
    shop: Shop, machine: Machine, piece: Piece, item: WorkInProgress, lost: list[str]
) -> WorkInProgress:
    """Return *item* as it is in *machine*, of whose batch it may be one."""
    work = machine.state.work
    assert work is not None, "it holds this piece"
    if (piece.product, piece.operation) != (work.product, work.operation):
        lost.append(
            f"{piece.name} is in {machine.name} with pieces of another operation; "
            "it waits before it"
        )
        several = len(_stations(shop, piece, piece.operation)) > 1
        return replace(item, station=machine.station.name if several else None)
    return replace(item, machine=machine.name, left=_left(machine, work))


def _between(shop: Shop, piece: Piece, item: WorkInProgress, lost: list[str]) -> WorkInProgress:
    """Return *item* where a piece goes that is in no queue and in no machine."""
    way = None if shop.transport is None else shop.transport.state.moving.get(piece.name)
    if way is not None:
        origin = "the release" if way.origin == RELEASE else way.origin
        lost.append(
            f"{piece.name} is on its way from {origin} to {way.to}; it is there at once"
        )
        several = len(_stations(shop, piece, piece.operation)) > 1
        return replace(item, station=way.to if several else None)
    store, to = _store(shop, piece), _next(shop, piece)
    if store is not None and to is not None:
        following = _operation(shop, piece, to)
        lost.append(f"{piece.name} is finished at {store}; it waits for {following} at once")
        return replace(item, operation=following)
    lost.append(f"{piece.name} waits at the release; it is at its first station at once")
    return item


def _store(shop: Shop, piece: Piece) -> str | None:
    """Return the kanban station in whose store *piece* waits; None: it waits in none."""
    return next((s.name for s in shop.kanban if piece.name in s.state.finished), None)


def _next(shop: Shop, piece: Piece) -> int | None:
    """Return the index of the operation after that of *piece*; None: it has had the last."""
    loop = shop.loops.get(piece.name) if shop.loops else None
    if loop is not None and loop.to is not None:
        return loop.to
    last = len(shop.plan.products[piece.product].operations) - 1
    return piece.operation + 1 if piece.operation < last else None


def _operation(shop: Shop, piece: Piece, index: int) -> str:
    return shop.plan.products[piece.product].operations[index].name


def _stations(shop: Shop, piece: Piece, index: int) -> tuple[str, ...]:
    return shop.plan.products[piece.product].operations[index].stations


def _by_order(shop: Shop, lost: list[str]) -> dict[str, list[tuple[str, Piece]]]:
    """Return the pieces in the shop by their order, in natural order of both."""
    found: dict[str, list[tuple[str, Piece]]] = {}
    others = 0
    for name in sorted(shop.pieces, key=natural):
        piece = shop.pieces[name]
        if piece.order in shop.book.specs:
            if _goes_out(shop, piece):
                continue
            found.setdefault(piece.order, []).append((name, piece))
        else:
            others += 1
    if others:
        lost.append(f"{others} pieces of sources, which no order asks for, are left out")
    return dict(sorted(found.items(), key=lambda item: natural(item[0])))


def _numbers(state: OrderState, names: list[str]) -> list[int]:
    """Return numbers of the pieces of one order, those finished before having the others.

    Pieces keep their numbers where what is below the last of them and not there is finished.

    >>> from simtwin.shop.flow_states import OrderState
    >>> _numbers(OrderState(released=9, finished=1), ["a/2", "a/3", "a/4"])
    [2, 3, 4]
    >>> _numbers(OrderState(released=9, finished=2, scrapped=1), ["a/8", "a/9"])
    [3, 4]
    """
    last = state.finished + len(names)
    own = [int(name.rpartition(NUMBER)[2]) if NUMBER in name else 1 for name in names]
    if max(own) == last:
        return own
    return list(range(state.finished + 1, last + 1))


def _left(machine: Machine, work: Work) -> float | None:
    """Return the work left of an operation [s]; None: all of it."""
    steps = machine.plan.steps(work.product, work.operation)
    if work.step == DONE:
        return 0.0
    if work.left is None:
        if work.step == 0:
            return None
        left = steps[work.step].mean
    elif steps[work.step].fixed is not None or work.spent == KNOWN:
        left = work.left
    else:
        left = max(0.0, steps[work.step].mean - work.spent)
    return left + sum(step.mean for step in steps[work.step + 1 :])
