"""This module holds the backlog: pieces that wait outside until the shop has room for them.

With a limit on work in progress (CONWIP, Spearman, Woodruff & Hopp, Int. J. Production Research
28, 1990, 879-894) a piece is let in when another has left. What waits outside is not in the
shop: not in its work in progress, nor in its lead times.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.names import natural
from simtwin.shop.flow_states import Piece

if TYPE_CHECKING:
    from simtwin.plant.model import FlowSpec
    from simtwin.shop.flow import Source
    from simtwin.shop.shop import Shop


class BacklogState(Struct, frozen=True, gc=False):
    """Who waits outside."""

    waiting: tuple[Piece, ...] = ()
    """By priority, then by when they came, then by name."""


class Backlog:
    """The door of a shop with a limit on work in progress."""

    __slots__ = ("endless", "flow", "name", "shop", "state")

    def __init__(self, shop: Shop, flow: FlowSpec, state: BacklogState) -> None:
        self.name = "backlog"
        self.shop = shop
        self.flow = flow
        self.state = state
        self.endless: tuple[Source, ...] = ()
        """Saturating sources, which bring a piece whenever there is room for one."""

    def limits(self, product: str) -> bool:
        """Tell whether pieces of *product* may have to wait outside."""
        return self.flow.conwip is not None or product in self.flow.conwip_of

    def arrive(self, piece: Piece) -> None:
        """Let *piece* wait outside; this instant's dispatch lets it in if there is room."""
        waiting = (*self.state.waiting, piece)
        self.state = BacklogState(tuple(sorted(waiting, key=_place)))
        if piece.order in self.shop.specs:
            self.shop.expect(piece, 1)
        self.shop.call_dispatch()

    def release(self) -> bool:
        """Let in whom there is room for: first who waits, then saturating sources in turn."""
        room = self._room()
        moved = False
        for piece in self.state.waiting:
            if room.take(piece.product):
                self._let_in(piece)
                moved = True
        while self.endless:
            able = [s for s in self.endless if room.has(s.spec.product)]
            if not able:
                break
            source = min(able, key=_turn)
            room.take(source.spec.product)
            self.shop.let_in(source.make())
            moved = True
        return moved

    def _room(self) -> _Room:
        inside = self.shop.pieces
        of = self.flow.conwip_of
        products = Counter(piece.product for piece in inside.values()) if of else {}
        total = inf if self.flow.conwip is None else self.flow.conwip
        left = {product: limit - products.get(product, 0) for product, limit in of.items()}
        return _Room(total - len(inside), left)

    def _let_in(self, piece: Piece) -> None:
        waiting = tuple(other for other in self.state.waiting if other.name != piece.name)
        self.state = BacklogState(waiting)
        now = self.shop.env.now
        if piece.order in self.shop.specs:
            self.shop.expect(piece, -1)
        self.shop.let_in(structs.replace(piece, released=now, since=now))


class _Room:
    """How many pieces may still come in: over all, and of each product that has a limit."""

    __slots__ = ("left", "total")

    def __init__(self, total: float, left: dict[str, int]) -> None:
        self.total = total
        self.left = left

    def has(self, product: str) -> bool:
        return self.total > 0 and self.left.get(product, 1) > 0

    def take(self, product: str) -> bool:
        """Take one place for a piece of *product*, and tell whether there was one."""
        if not self.has(product):
            return False
        self.total -= 1
        if product in self.left:
            self.left[product] -= 1
        return True


def _place(piece: Piece) -> tuple[object, ...]:
    return -piece.priority, piece.released, natural(piece.name)


def _turn(source: Source) -> tuple[object, ...]:
    return source.state.made, natural(source.name)
