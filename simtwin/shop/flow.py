"""This module holds the flow of pieces: stations with their queues, sources, orders."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import natural
from simtwin.parts.alarm import Rank, instant, waker
from simtwin.physics.life import drawn
from simtwin.result.record import EventRow
from simtwin.shop.dispatch import plain_fifo
from simtwin.shop.flow_states import BookState, Piece

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.plant.model import OrderSpec, SourceSpec, StationSpec
    from simtwin.shop.flow_states import KanbanState, OrderState, SourceState, StationState
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work
    from simtwin.streams import Stream


class Station:
    """One queue and the machines that serve it."""

    __slots__ = (
        "capacity", "expected", "fed", "holding", "machines", "name", "shop",
        "spec", "state", "totals", "upstream",
    )  # fmt: skip

    cards: int | None = None
    """Of a kanban station only."""
    most = 1
    """Pieces that a machine works on at once."""

    def __init__(
        self, shop: Shop, spec: StationSpec, state: StationState | KanbanState
    ) -> None:
        self.shop = shop
        self.spec = spec
        self.name = spec.name
        self.capacity = inf if spec.capacity is None else spec.capacity
        """Places in front, but for those kept for pieces on their way here."""
        self.totals = shop.record.places[spec.name]
        self.state: StationState | KanbanState = state
        self.machines: tuple[Machine, ...] = ()
        self.holding: tuple[Machine, ...] = ()
        """Those that start nothing which would end after their shift."""
        self.fed: tuple[Source, ...] = ()
        """Saturating sources whose pieces begin here."""
        self.expected = 0
        """Operations of open orders that may still come here (derived from the pieces)."""
        self.upstream: dict[str, Machine] = {}
        """Machines that are blocked by this station (derived from their states)."""

    def waits_for(self) -> str:
        """Return what an empty machine is: starved if an open order or source routes here."""
        return "starved" if self.expected > 0 or self.name in self.shop.flowing else "idle"

    def has_room(self) -> bool:
        """Whether one more piece may come: a slot, or the place in an empty machine."""
        capacity, waiting = self.capacity, len(self.state.queue)
        if waiting < capacity:
            return True
        for machine in self.machines:
            if machine.outline.work is None:
                capacity += 1
        return waiting < capacity

    def has_work(self) -> bool:
        """Whether an empty machine could begin something now."""
        return bool(self.state.queue or self.fed)

    def is_overdrawn(self) -> bool:
        """Tell whether more is in hand than there are cards for."""
        return False

    def work_ahead(self) -> float:
        """Return the mean work that waits here and is in hand, per machine [s]."""
        shop = self.shop
        ahead = 0.0
        for name in self.state.queue:
            piece = shop.pieces[name]
            ahead += shop.plan.nominal(self.name, piece.product, piece.operation)
            if name in shop.interrupted:
                ahead -= self._done_of(shop.interrupted[name])
        if shop.transport is not None:
            for name in shop.transport.coming(self.name):
                piece = shop.pieces[name]
                ahead += shop.plan.nominal(self.name, piece.product, piece.operation)
        ahead /= self.most
        now = shop.env.now
        for machine in self.machines:
            ahead += machine.work_left(now)
        return ahead / len(self.machines)

    def _done_of(self, work: Work) -> float:
        """Return the mean work that an interrupted piece does not need here any more [s]."""
        machine = self.machines[0].plan
        step = machine.steps(work.product, work.operation)[work.step]
        left = step.mean if work.left is None else work.left
        return machine.nominal(work.product, work.operation) - left - step.later

    def pieces_ahead(self) -> float:
        """Return the pieces that wait here and are in hand, per machine."""
        inside = sum(machine.outline.work is not None for machine in self.machines)
        return (len(self.state.queue) + inside) / len(self.machines)

    def push(self, piece: Piece) -> None:
        """Put *piece* at its place in the queue and tell the machines."""
        shop, queue = self.shop, self.state.queue
        if not queue:
            queue = (piece.name,)
        elif shop.pieces[queue[-1]].since != piece.since:
            queue = (*queue, piece.name)
        else:
            queue = self._joined(queue, (piece,))
        self.state = structs.replace(self.state, queue=queue)
        for machine in self.machines:
            if machine.outline.work is None:
                shop.empty.append(machine.place)

    def push_all(self, pieces: tuple[Piece, ...]) -> None:
        """Put *pieces*, one after the other, at their places in the queue; tell it once."""
        *others, last = pieces
        queue = self._joined(self.state.queue, tuple(others))
        self.state = structs.replace(self.state, queue=queue)
        self.push(last)

    def _joined(self, queue: tuple[str, ...], pieces: tuple[Piece, ...]) -> tuple[str, ...]:
        """Return *queue* with *pieces* in it, those of one instant in natural order."""
        known, names = self.shop.pieces, list(queue)
        for piece in pieces:
            at = len(names)
            while at > 0 and known[names[at - 1]].since == piece.since:
                if natural(names[at - 1]) < natural(piece.name):
                    break
                at -= 1
            names.insert(at, piece.name)
        return tuple(names)

    def pick(self, machine: Machine) -> Piece | None:
        """Take the next piece for *machine* out of the queue by the dispatching rule."""
        queue = self.state.queue
        if not queue:
            for source in self.fed:
                if machine.holds and machine.is_too_late(source.spec.product, 0):
                    return None
                return source.create_here(self)
            return None
        shop = self.shop
        if shop.rule is not plain_fifo or self.holding:
            return self._pick_by_rule(machine)
        self.state = structs.replace(self.state, queue=queue[1:])
        return shop.pieces[queue[0]]

    def pick_settled(self, now: float) -> Piece | None:
        """Take the next piece by order of arrival, if whatever moves at *now* cannot change it.

        It has waited; among those that come now the names decide. A source that never ends
        gives one where nobody waits for room.
        """
        queue = self.state.queue
        if queue:
            piece = self.shop.pieces[queue[0]]
            if piece.since == now:
                return None
            self.state = structs.replace(self.state, queue=queue[1:])
            return piece
        if self.fed and not self.upstream:
            return self.fed[0].create_here(self)
        return None

    def _pick_by_rule(self, machine: Machine) -> Piece | None:
        """Do as `pick` where the first in the queue need not be the next, or must wait."""
        queue = self.state.queue
        index = self.shop.rule(self, machine)
        if index is None:
            return None
        piece = self.shop.pieces[queue[index]]
        if machine.holds and machine.is_too_late(piece.product, piece.operation):
            return None
        self.call_holding(machine)
        self.state = structs.replace(self.state, queue=queue[:index] + queue[index + 1 :])
        return piece

    def call_holding(self, but: Machine) -> None:
        """Have the machines that hold a release looked at, but for one that took a piece.

        What they would not begin is gone: the next is short enough, or they are starved now.
        """
        for machine in self.holding:
            if machine is not but:
                self.shop.touch(machine)

    def tell(self, but: Machine | None) -> None:
        """Have the empty machines looked at, but for one: a card more is free, or one less."""

    def freed(self) -> None:
        """Tell the machines that are blocked by this station that a place has come free."""
        shop = self.shop
        for machine in self.upstream.values():
            shop.leaving.append(machine.upstream_place)
        shop.env.dispatch_pending = True


class Source:
    """A stream of pieces as a process: it sleeps until the next arrival."""

    __slots__ = (
        "alarm",
        "asleep",
        "name",
        "order",
        "process",
        "resume",
        "shop",
        "spec",
        "state",
        "stream",
    )

    def __init__(self, shop: Shop, spec: SourceSpec, state: SourceState) -> None:
        self.shop = shop
        self.spec = spec
        self.name = spec.name
        self.order = shop.orders[spec.name]
        self.state = state
        self.alarm: Alarm | None = None
        self.stream: Stream | None = None
        """Of the times between arrivals, once one has been drawn."""
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())
        self.resume = waker(self.process)

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Let a piece arrive, plan the next; for ever."""
        while True:
            yield self.asleep
            piece = self.make()
            self.shop.arrive(piece)
            self.plan_next()

    def plan_next(self) -> None:
        """Draw the time to the next arrival and set its alarm."""
        law = self.spec.interarrival
        if law is None:
            return
        if self.stream is None:
            self.stream = self.shop.streams[self.name, "arrival"]
        now = self.shop.env._now
        at = now + instant(drawn(law, self.stream))
        self.state = structs.replace(self.state, next=at, last=now)
        self.arm()

    def arm(self) -> None:
        """Set the alarm of the next arrival."""
        at = self.state.next
        if at is not None:
            self.alarm = self.shop.env.arm(
                at, Rank.ARRIVAL, self.order, self.name, "arrival", self.resume
            )

    def create_here(self, station: Station) -> Piece:
        """Make a piece for a machine of *station* that lacks one; saturating sources only."""
        piece = self.make()
        self.shop.admit(piece, station)
        return piece

    def make(self) -> Piece:
        """Return the next piece; nobody has let it in yet."""
        made = self.state.made + 1
        self.state = structs.replace(self.state, made=made)
        now = self.shop.env._now
        name = f"{self.name}/{made}"
        return Piece(name, self.name, self.spec.product, 0, now, now, self.spec.priority)


class OrderBook:
    """The orders as a process: it sleeps until the next release."""

    __slots__ = ("alarm", "asleep", "by_release", "name", "process", "shop", "specs", "state")

    def __init__(self, shop: Shop, specs: tuple[OrderSpec, ...], state: BookState) -> None:
        self.name = "orders"
        self.shop = shop
        self.specs = {spec.name: spec for spec in specs}
        self.by_release = sorted(
            specs, key=lambda spec: (instant(spec.release), natural(spec.name))
        )
        self.state = state
        self.alarm: Alarm | None = None
        self.asleep = shop.env.asleep
        self.process = shop.env.begin(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Release what is due, sleep until the next release."""
        while True:
            yield self.asleep
            self.release()
            self.arm()

    def arm(self) -> None:
        """Set the alarm of the next release, if any is left."""
        orders = self.state.orders
        self.alarm = None
        for spec in self.by_release:
            if orders[spec.name].released < spec.quantity:
                # A branch may be given an order whose release has passed: it comes now.
                at = max(instant(spec.release), self.shop.env.now)
                order = self.shop.orders[self.name]
                self.alarm = self.shop.env.arm(
                    at, Rank.ARRIVAL, order, self.name, "release", waker(self.process)
                )
                return

    def release(self) -> None:
        """Release every order that is due by now."""
        now = self.shop.env.now
        for spec in self.by_release:
            if instant(spec.release) > now:
                return
            released = self.state.orders[spec.name].released
            if released < spec.quantity:
                if spec.rush and not released:
                    self._note(spec)
                self._release(spec, released + 1, spec.quantity)

    def _note(self, spec: OrderSpec) -> None:
        """Note that a rush order has come in: what somebody does to the shop, to no machine."""
        log = self.shop.log
        if log is not None:
            told = f"{spec.name}: {spec.quantity} {spec.product}"
            log.own_events.append(EventRow(self.shop.env.now, "", "", "rush order", told))

    def note_released(self, name: str, count: int, piece: int) -> None:
        """Count pieces of an order that were in the shop when the run began."""
        old = self.state.orders[name]
        done = old.finished + sum(1 for n in range(old.released + 1, piece))
        self._put(name, structs.replace(old, released=count, finished=done))

    def _release(self, spec: OrderSpec, first: int, last: int) -> None:
        """Release the pieces of an order from the *first* to the *last* number."""
        now = self.shop.env.now
        old = self.state.orders[spec.name]
        self._put(spec.name, structs.replace(old, released=max(old.released, last)))
        names = (piece_name(spec, number) for number in range(first, last + 1))
        self.shop.arrive(
            *[
                Piece(name, spec.name, spec.product, 0, now, now, spec.priority)
                for name in names
            ]
        )

    def finished(self, piece: Piece) -> None:
        """Count a finished piece; an order is done with its last one."""
        spec = self.specs[piece.order]
        old = self.state.orders[spec.name]
        count = old.finished + 1
        finish = self.shop.env.now if count >= spec.quantity else None
        self._put(spec.name, structs.replace(old, finished=count, finish=finish))

    def scrapped(self, piece: Piece) -> None:
        """Count a scrapped piece and release another in its place."""
        spec = self.specs.get(piece.order)
        if spec is None:
            return
        old = self.state.orders[spec.name]
        self._put(spec.name, structs.replace(old, scrapped=old.scrapped + 1))
        self._release(spec, old.released + 1, old.released + 1)

    def _put(self, name: str, state: OrderState) -> None:
        self.state = BookState({**self.state.orders, name: state})

    @property
    def all_finished(self) -> bool:
        """Whether every order is done."""
        return all(order.finish is not None for order in self.state.orders.values())


def piece_name(spec: OrderSpec, number: int) -> str:
    """Return the name of one piece of an order.

    >>> from simtwin.plant.model import OrderSpec
    >>> piece_name(OrderSpec("order-1", "housing", 3), 2)
    'order-1/2'
    """
    return spec.name if spec.quantity == 1 and number == 1 else f"{spec.name}/{number}"
