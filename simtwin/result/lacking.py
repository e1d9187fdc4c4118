"""This module holds the lacking: what a starved or blocked machine waits for, from the log.

Where cards limit the work in progress, or ways take time, it need not be a neighbour that does
not deliver: a piece may be on its way, outside for want of a card, or done and not carried; and
pieces may be there, but too few for a batch: it is filling.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.result.belonging import order_of, product_of, products_of
from simtwin.result.machine_states import began
from simtwin.result.moment import moment
from simtwin.result.stay import last_steps

if TYPE_CHECKING:
    from collections.abc import Hashable

    from simtwin.result.record import Log, PieceRow, StateRow
    from simtwin.result.result import Result

GONE = ("done", "scrapped")
WAITING = ("released", "queued")


def missing(result: Result, log: Log, row: StateRow, time: float) -> str:
    """Return what a machine that is starved in *row* lacks at *time* [s]."""
    last = last_steps(result, log, time)
    filling = _filling(result, log, row, last)
    if filling:
        return filling
    coming = sum(one.kind == "sent" and one.place == _station(result, row) for one in last)
    if coming:
        return f"{_pieces(coming)} on the way to it"
    full = _without_card(result, row, last)
    if full:
        return f"no card is free, {_pieces(full)} in the shop and no more let in"
    return "no piece has come"


def _filling(result: Result, log: Log, row: StateRow, last: list[PieceRow]) -> str:
    """Return that pieces wait for others of their kind before *row*; empty: none does."""
    station = _station(result, row)
    batch = next(s.batch for s in result.plant.stations if s.name == station)
    if batch is None:
        return ""
    here = [one for one in last if one.kind in WAITING and one.place == station]
    kinds = [_kind(result, one, batch.same) for one in here]
    if not here:
        return ""
    most, count = Counter(kinds).most_common(1)[0]
    alike = (one for one, kind in zip(here, kinds, strict=True) if kind == most)
    first = min(alike, key=lambda one: one.time)
    said = f"its batch is filling, {count} of at least {batch.least} wait, {first.job} since"
    start = result.scenario.start
    if first.time == -inf:
        return f"{said} before {moment(start, began(result, log))}"
    said = f"{said} {moment(start, first.time)}"
    if batch.wait is None:
        return said
    return f"{said}; from {moment(start, first.time + batch.wait)} on it begins with fewer"


def _kind(result: Result, row: PieceRow, same: str) -> Hashable:
    """Return what the piece of *row* has in common with those that go in with it."""
    if same == "any":
        return None
    product = product_of(result, row.job)
    if same == "operation":
        return product, row.operation
    operations: list[Any] = [
        operation
        for one in result.plant.products
        if one.name == product
        for operation in one.operations
        if operation.name == row.operation
    ]
    family = operations[0].family if operations else ""
    return family or (product, row.operation)


def held(result: Result, log: Log, row: StateRow, time: float) -> str:
    """Return what keeps a machine that is blocked in *row*: room, a card, or who carries."""
    if not row.job:
        return "every card of its station is taken"
    if _all_carry(result, log, time):
        return f"{row.job} is done and finds no room, or nobody to carry it: all movers are out"
    return f"{row.job} is done and finds no room"


def unbegun(result: Result, log: Log, row: StateRow, time: float) -> str:
    """Return why a machine that is idle in *row* begins nothing at *time* [s]."""
    station = _station(result, row)
    habit = next(m.at_shift_end for m in result.plant.machines if m.name == row.machine)
    here = [one for one in last_steps(result, log, time) if one.kind in WAITING]
    count = sum(one.place == station for one in here)
    if habit == "hold release" and count:
        return f"{_pieces(count)} in front of it, but would end after the shift or a break"
    return "no open order comes here"


def with_cards(result: Result, log: Log, row: StateRow, time: float) -> list[str]:
    """Return the machines where the pieces are for want of whose cards *row* is starved."""
    last = last_steps(result, log, time)
    if not _without_card(result, row, last):
        return []
    members = {station.name: station.machines for station in result.plant.stations}
    places = dict.fromkeys(one.place for one in last if one.kind not in GONE)
    return [
        name
        for place in places
        for name in members.get(place, (place,))
        if name in result.window.machines and name != row.machine
    ]


def _without_card(result: Result, row: StateRow, last: list[PieceRow]) -> int:
    """Return the pieces in the shop where they keep others from *row*; else 0."""
    flow, station = result.plant.flow, _station(result, row)
    begun = {p.name for p in result.plant.products if station in p.operations[0].stations}
    inside = [one for one in last if one.kind not in GONE]
    if flow.conwip is not None and begun and len(inside) >= flow.conwip:
        return len(inside)
    products = products_of(result)
    for product in begun & flow.conwip_of.keys():
        orders = [order_of(one.job, products) for one in inside]
        own = sum(products.get(order) == product for order in orders)
        if own >= int(flow.conwip_of[product]):
            return int(own)
    return 0


def _all_carry(result: Result, log: Log, time: float) -> bool:
    """Tell whether every mover is under way at *time*."""
    ways = result.plant.transport
    if ways is None or ways.movers is None:
        return False
    carried = sum(one.kind == "sent" for one in last_steps(result, log, time))
    return carried >= int(ways.movers)


def _station(result: Result, row: StateRow) -> str:
    return next(str(m.station) for m in result.plant.machines if m.name == row.machine)


def _pieces(count: int) -> str:
    return "1 piece is" if count == 1 else f"{count} pieces are"
