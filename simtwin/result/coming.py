"""This module holds the coming: where the pieces are that a starved machine waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.result.belonging import order_of, products_of
from simtwin.result.machine_states import began
from simtwin.result.stay import (
    AT_WORK,
    HELD,
    MACHINE,
    QUEUE,
    STORE,
    WAY,
    Spot,
    begun,
    first_spots,
    parted,
    spot_after,
    stores_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.result.record import Log, StateRow
    from simtwin.result.result import Result


class _Piece(NamedTuple):
    """A piece in the shop."""

    product: str
    spot: Spot
    following: int
    """Place in its route of the operation that it goes to after the spot."""


def coming(result: Result, log: Log, row: StateRow, time: float) -> list[str]:
    """Return the machines of the pieces that have fewest operations to begin before *row*.

    None where a piece is on its way there, or none comes.
    """
    station = next(m.station for m in result.plant.machines if m.name == row.machine)
    members = {one.name: one.machines for one in result.plant.stations}
    routes = {product.name: product.operations for product in result.plant.products}
    nearest: dict[int, list[str]] = {}
    for piece in _pieces(result, log, time):
        kind, place = piece.spot
        if (kind, place) == (WAY, station):
            return []
        if (kind, place) == (QUEUE, station):
            continue  # Too few for a batch: it waits for more.
        left = routes[piece.product][piece.following :]
        away = next((n for n, one in enumerate(left) if station in one.stations), None)
        if away is not None:
            away += kind in (QUEUE, WAY)
            nearest.setdefault(away, []).extend(members.get(place, (place,)))
    names = nearest[min(nearest)] if nearest else []
    return [name for name in dict.fromkeys(names) if name != row.machine]


def _pieces(result: Result, log: Log, time: float) -> Iterator[_Piece]:
    """Yield the pieces that are in the shop at *time* [s]."""
    last, later = parted(log, time)
    places, products = _places(result), products_of(result)
    stores, inside = stores_of(result), begun(result)
    for job, row in last.items():
        product = products.get(order_of(job, products), "")
        machine = MACHINE, row.place
        spot = inside.get(job) if row.kind == "released" else None
        spot = spot or spot_after(row, machine, stores)
        if spot is not None and product:
            following = places[product][row.operation] + 1
            if row.kind == "sent back":
                following = _again(result, product, row.operation)
                spot = HELD, row.place
            yield _Piece(product, spot, following)
    known = result.snapshot.states[" pieces"]
    for job, spot in first_spots(result, began(result, log)).items():
        product = products.get(order_of(job, products), "")
        if job in last or not product:
            continue
        if job not in later:
            yield _Piece(product, spot, known[job].operation + 1)
            continue
        at = places[product].get(later[job].operation, len(places[product]))
        goes_there = spot[0] in (HELD, STORE) and later[job].kind not in AT_WORK
        yield _Piece(product, spot, at if goes_there else at + 1)


def _places(result: Result) -> dict[str, dict[str, int]]:
    """Return the place of each operation in the route of its product."""
    return {
        product.name: {one.name: at for at, one in enumerate(product.operations)}
        for product in result.plant.products
    }


def _again(result: Result, product: str, operation: str) -> int:
    """Return where a piece of *product* goes on that *operation* sends back."""
    route = next(one.operations for one in result.plant.products if one.name == product)
    rework = next(one.rework for one in route if one.name == operation)
    assert rework is not None, "only what may be done again is sent back"
    return int(rework.to)
