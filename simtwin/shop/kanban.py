"""This module holds the kanban station: a station whose pieces each hold one of its cards.

A piece takes a card when it comes and gives it back when it leaves for the next station, so
queue, machines and store hold at most as many pieces as there are cards. A finished piece waits
in the store of the station and leaves the machine free: with cards left it goes on working,
where a machine before a full buffer stands blocked with its piece (blocking after service).
Source: Buzacott & Shanthikumar, Stochastic Models of Manufacturing Systems, 1993, ch. 4; Mitra
& Mitrani, Management Science 36, 1990, 1548-1566.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.shop.flow import Station

if TYPE_CHECKING:
    from simtwin.plant.model import StationSpec
    from simtwin.shop.flow_states import KanbanState, Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class KanbanStation(Station):
    """A station in which a piece is worked on only with a card."""

    __slots__ = ("cards",)

    state: KanbanState

    def __init__(self, shop: Shop, spec: StationSpec, state: KanbanState) -> None:
        super().__init__(shop, spec, state)
        assert spec.kanban is not None, "only a station with cards is one"
        self.cards: int | None = spec.kanban
        self.capacity = 0  # Room is always a question of cards; below 0 of those on their way.

    def has_room(self) -> bool:
        """Whether a card is free for one more piece."""
        assert self.cards is not None, "it has cards"
        return len(self.state.queue) + self._begun() < self.cards + self.capacity

    def _begun(self) -> int:
        """Return how many pieces are in a machine or in the store."""
        working = sum(machine.state.work is not None for machine in self.machines)
        return working + len(self.state.finished)

    def is_overdrawn(self) -> bool:
        """Tell whether more is in hand than there are cards for, as with fewer cards now."""
        assert self.cards is not None, "it has cards"
        return self._begun() > self.cards

    def waits_for(self) -> str:
        """Return what an empty machine of it is: blocked where every card is taken."""
        assert self.cards is not None, "it has cards"
        return "blocked" if self._begun() >= self.cards else super().waits_for()

    def pick(self, machine: Machine) -> Piece | None:
        """Take the next piece for *machine*, if there is a card for it.

        What came from outside waits in the queue without one.
        """
        assert self.cards is not None, "it has cards"
        if self._begun() >= self.cards:
            return None
        piece = super().pick(machine)
        if piece is not None:  # Perhaps the last card: its sisters are blocked now.
            self.tell(machine)
        return piece

    def put_away(self, name: str) -> None:
        """Put the finished piece *name* into the store."""
        finished = (*self.state.finished, name)
        self.state = structs.replace(self.state, finished=finished)

    def let_go(self) -> bool:
        """Let the pieces of the store leave for which there is room; tell whether any did."""
        moved = False
        for name in self.state.finished:
            moved = self.shop.hand_on(self, self.shop.pieces[name]) or moved
        return moved

    def taken(self, name: str) -> None:
        """Take the piece *name* out of the store, and its card from it."""
        rest = tuple(other for other in self.state.finished if other != name)
        self.state = structs.replace(self.state, finished=rest)
        self.tell(None)
        if self.upstream:
            self.freed()

    def tell(self, but: Machine | None) -> None:
        """Have the empty machines looked at, but for one: a card more is free, or one less."""
        for machine in self.machines:
            if machine is not but and machine.state.work is None:
                self.shop.empty.append(machine.place)
