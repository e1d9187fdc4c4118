"""This module holds the states of the flow as values: pieces, queues, sources, orders."""

from __future__ import annotations

from msgspec import Struct


class Piece(Struct, frozen=True, gc=False):
    """One piece in the shop."""

    name: str
    order: str
    """The order, or the source, that it belongs to."""
    product: str
    operation: int
    """Index of the operation that it waits for or is in."""
    released: float
    since: float
    """When it arrived at the station where it is."""
    priority: int = 0


class StationState(Struct, frozen=True, gc=False):
    """The queue of a station: names of pieces in order of arrival, ties in natural order."""

    queue: tuple[str, ...] = ()


class SourceState(Struct, frozen=True, gc=False):
    """A source: how many pieces it has made, and when the next one comes."""

    made: int = 0
    next: float | None = None
    last: float = 0.0
    """When the time to the next one began [s]: what a forecast is conditioned on."""


class OrderState(Struct, frozen=True, gc=False):
    """How far one order is."""

    released: int = 0
    """Pieces released, replacements of scrap included; all at once, when its release comes."""
    finished: int = 0
    scrapped: int = 0
    finish: float | None = None
    """When the last piece was finished [s]."""


class BookState(Struct, frozen=True, gc=False):
    """The order book: one state per order, by name."""

    orders: dict[str, OrderState]
    """Never changed in place."""


class KanbanState(Struct, frozen=True, gc=False):
    """The queue of a kanban station, and its store."""

    queue: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()
    """Pieces that are done here and wait for room at the next station, in that order."""
