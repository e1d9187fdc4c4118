"""This module holds the transport: pieces on their way between stations, and who carries them.

A piece takes its place at the next station before it leaves (KERNEL 26). Where movers are
limited it calls one when there is room for it; movers serve the calls in the order in which
they came, and a piece whose place was taken meanwhile holds none. Where it goes it chooses when
the mover is there. Before that it looks again only when another of its stations has got room:
it may be one that it reaches without a mover.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.names import EXIT, natural
from simtwin.parts.alarm import Rank, instant, waker
from simtwin.physics.life import drawn
from simtwin.shop.kanban import KanbanStation

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.model import TransportSpec
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.shop import Shop


class Delivery(Struct, frozen=True, gc=False):
    """One piece on its way."""

    origin: str
    to: str
    """The station where its place is kept, or the exit."""
    begun: float
    at: float
    """When it arrives [s]."""


class Call(Struct, frozen=True, gc=False):
    """A piece that waits for a mover."""

    since: float
    piece: str
    machine: str = ""
    """The machine that it is finished in; empty: it waits in a store or at the release."""
    store: str = ""
    """The kanban station in whose store it waits."""
    open: tuple[str, ...] = ()
    """Stations that had room for it when it last chose."""


class TransportState(Struct, frozen=True, gc=False):
    """What is carried, and what waits to be."""

    moving: dict[str, Delivery]
    """By piece; never changed in place."""
    calls: tuple[Call, ...] = ()
    """By the instant of the call, then by name."""


class Transport:
    """The ways between stations as a process: it sleeps until a piece arrives."""

    __slots__ = ("alarms", "asleep", "name", "process", "shop", "spec", "state")

    def __init__(self, shop: Shop, spec: TransportSpec | None, state: TransportState) -> None:
        self.name = "transport"
        self.shop = shop
        self.spec = spec
        self.state = state
        self.alarms: dict[str, Alarm] = {}
        """Of each piece on its way."""
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Let what is due arrive, for ever."""
        while True:
            yield self.asleep
            self.deliver()

    # -- calls ---------------------------------------------------------------------------------

    @property
    def limited(self) -> bool:
        """Whether only so many pieces can be carried at once."""
        return self.spec is not None and self.spec.movers is not None

    def holds(self, origin: str, to: str) -> bool:
        """Tell whether a piece from *origin* to *to* has to be carried by a mover."""
        return self.spec is not None and self.spec.leg(origin, to) is not None

    def call(self, call: Call) -> None:
        """Have a piece wait for a mover; if it does already, since when it did."""
        known = self._call_of(call.piece)
        if known is not None:
            call = structs.replace(call, since=known.since)
        others = [other for other in self.state.calls if other.piece != call.piece]
        self.state = structs.replace(
            self.state, calls=tuple(sorted((*others, call), key=_turn))
        )
        if known is None:
            self.shop.call_dispatch()

    def is_called(self, piece: str, having_room: tuple[str, ...]) -> bool:
        """Tell whether *piece* has called, and none of its stations got room since it chose."""
        call = self._call_of(piece)
        return call is not None and set(having_room) <= set(call.open)

    def _call_of(self, piece: str) -> Call | None:
        return next((call for call in self.state.calls if call.piece == piece), None)

    def serve(self) -> bool:
        """Send free movers to the calls in line that have room; tell whether any went."""
        moved = False
        for call in self.state.calls:
            if self._free() <= 0:
                break
            if self._goes(call):
                self.forget(call.piece)
                moved = True
        return moved

    def _free(self) -> float:
        movers = None if self.spec is None else self.spec.movers
        return inf if movers is None else movers - len(self.state.moving)

    def _goes(self, call: Call) -> bool:
        shop = self.shop
        if call.machine:
            return shop.leave_by_rules(shop.machines[call.machine], carried=True)
        piece = shop.pieces[call.piece]
        if call.store:
            home = shop.stations[call.store]
            assert isinstance(home, KanbanStation), "only such a station has a store"
            return shop.hand_on(home, piece, carried=True)
        shop.bring_in(piece)
        return True

    def forget(self, piece: str) -> None:
        """Take the call of *piece* out of the line: it has left."""
        if any(call.piece == piece for call in self.state.calls):
            calls = tuple(call for call in self.state.calls if call.piece != piece)
            self.state = structs.replace(self.state, calls=calls)

    # -- ways ----------------------------------------------------------------------------------

    def carry(self, piece: Piece, origin: str, to: str) -> bool:
        """Begin to carry *piece*; tell whether its way takes time."""
        law = None if self.spec is None else self.spec.leg(origin, to)
        if law is None:
            return False
        shop = self.shop
        now = shop.env.now
        at = now + instant(drawn(law, shop.streams[f"{origin}>{to}", "transport"]))
        self._put(piece.name, Delivery(origin, to, now, at))
        if to in shop.stations:
            shop.stations[to].capacity -= 1
        self.arm(piece.name)
        if shop.log is not None:
            shop.log_piece(piece, "sent", to)
        return True

    def coming(self, station: str) -> list[str]:
        """Return the pieces on their way to *station*."""
        return [name for name in self.under_way() if self.state.moving[name].to == station]

    def under_way(self) -> list[str]:
        """Return the pieces on their way, in natural order."""
        return sorted(self.state.moving, key=natural)

    def arm(self, piece: str) -> None:
        """Set the alarm of the arrival of *piece*."""
        env = self.shop.env
        alarm = env.arm(
            self.state.moving[piece].at,
            Rank.ARRIVAL,
            self.shop.orders[self.name],
            self.name,
            "delivery",
            waker(self.process),
        )
        self.alarms[piece] = alarm

    def postpone(self, piece: str, at: float) -> None:
        """Have *piece* arrive at another instant, as a forecast draws it."""
        self.shop.env.void(self.alarms[piece])
        self._put(piece, structs.replace(self.state.moving[piece], at=at))
        self.arm(piece)

    def _put(self, piece: str, way: Delivery) -> None:
        self.state = structs.replace(self.state, moving={**self.state.moving, piece: way})

    def deliver(self) -> None:
        """Let every piece arrive that is due now, in natural order of names."""
        shop = self.shop
        now = shop.env.now
        due = [name for name in self.under_way() if self.state.moving[name].at <= now]
        for name in due:
            way = self.state.moving[name]
            self.state = structs.replace(
                self.state, moving={k: v for k, v in self.state.moving.items() if k != name}
            )
            del self.alarms[name]
            piece = shop.pieces[name]
            if way.to == EXIT:
                shop.finished(piece, way.origin)
            else:
                shop.stations[way.to].capacity += 1
                shop.welcome(piece, shop.stations[way.to])
        shop.call_dispatch()


def _turn(call: Call) -> tuple[object, ...]:
    return call.since, natural(call.piece)
