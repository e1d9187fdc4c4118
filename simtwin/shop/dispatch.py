"""This module holds the dispatch: which waiting piece a machine takes next."""

from __future__ import annotations

from math import inf
from numbers import Real
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.plant.rules import RULES, SEQUENCE, Rule, fifo
from simtwin.plant.sequence import misfits
from simtwin.shop import setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.names import NaturalKey
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.rules import Urgency, Waiting
    from simtwin.shop.flow import Station
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.machine import Machine

Choice = "Callable[[Station, Machine], int | None]"
"""Index in the queue, or None to wait. The queue is in order of arrival, ties by name."""


class Look:
    """One look of a machine at its queue."""

    __slots__ = ("_mean", "machine", "station")

    def __init__(self, station: Station, machine: Machine) -> None:
        self.station = station
        self.machine = machine
        self._mean: float | None = None

    @property
    def mean(self) -> float:
        """Mean work of the operations that wait [s]."""
        if self._mean is None:
            pieces, queue = self.station.shop.pieces, self.station.state.queue
            self._mean = sum(self.work(pieces[name]) for name in queue) / len(queue)
        return self._mean

    def work(self, piece: Piece) -> float:
        """Return the mean work of the operation that *piece* waits for [s]."""
        return self.machine.plan.nominal(piece.product, piece.operation)


class Candidate:
    """A piece in the queue of a machine, as rules see it (`simtwin.plant.rules.Waiting`)."""

    __slots__ = ("look", "piece", "shop")

    def __init__(self, look: Look, piece: Piece) -> None:
        self.look = look
        self.piece = piece
        self.shop = look.station.shop

    @property
    def name(self) -> str:
        """The piece."""
        return self.piece.name

    @property
    def order(self) -> str:
        """Its order or source."""
        return self.piece.order

    @property
    def product(self) -> str:
        """What it becomes."""
        return self.piece.product

    @property
    def now(self) -> float:
        """The present instant [s]."""
        return self.shop.env._now

    @property
    def since(self) -> float:
        """When it joined this queue [s]."""
        return self.piece.since

    @property
    def released(self) -> float:
        """When it came into the shop [s]."""
        return self.piece.released

    @property
    def work(self) -> float:
        """Mean work of the operation it waits for, on this machine [s]."""
        return self.look.work(self.piece)

    @property
    def setup(self) -> float:
        """Time to set this machine up for it [s]."""
        return setup.needed(self.look.machine, self.piece.product, self.piece.operation)

    @property
    def left(self) -> float:
        """Mean work of that operation and all later ones [s]."""
        later = self.shop.plan.work_from(self.piece.product, self.piece.operation + 1)
        return self.work + later

    @property
    def done(self) -> float:
        """Mean work of the operations before that one [s]."""
        plan = self.shop.plan
        product, operation = self.piece.product, self.piece.operation
        return plan.work_from(product, 0) - plan.work_from(product, operation)

    @property
    def operations(self) -> int:
        """Operations left, that one included."""
        return len(self.shop.routes[self.piece.product]) - self.piece.operation

    @property
    def due(self) -> float:
        """When its order should be finished [s]; inf where nobody waits."""
        spec = self.shop.specs.get(self.piece.order)
        return inf if spec is None or spec.due is None else spec.due

    @property
    def weight(self) -> float:
        """What a second of it is worth beside others [-]."""
        spec = self.shop.specs.get(self.piece.order)
        return 1.0 if spec is None else spec.weight

    @property
    def mean(self) -> float:
        """Mean work of the operations that wait in this queue [s]."""
        return self.look.mean


def plain_fifo(_: Station, __: Machine) -> int:
    """First come, first served, where no piece has a priority."""
    return 0


def by_urgency(urgency: Callable[[Waiting], Urgency]) -> Callable[[Station, Machine], int]:
    """Return the choice of the most urgent piece among those of the highest priority."""

    def choose(station: Station, machine: Machine) -> int:
        pieces, queue = station.shop.pieces, station.state.queue
        look = Look(station, machine)

        def key(index: int) -> tuple[float, Urgency, NaturalKey]:
            piece = pieces[queue[index]]
            return -piece.priority, urgency(Candidate(look, piece)), natural(piece.name)

        return min(range(len(queue)), key=key)

    return choose


def in_turn(scenario: Scenario, machine: Machine) -> str | None:
    """Return the order that is next on *machine* in the given sequence; None: whichever."""
    if scenario.dispatching != SEQUENCE:
        return None
    order = scenario.sequence.get(machine.name, ())
    cursor = int(machine.state.clocks[2])
    return order[cursor] if cursor < len(order) else None


def given_sequence(scenario: Scenario) -> Callable[[Station, Machine], int | None]:
    """Follow the sequence of orders given for each machine; wait for the next one."""

    def choose(station: Station, machine: Machine) -> int | None:
        order = in_turn(scenario, machine)
        if order is None:
            return plain_fifo(station, machine)
        pieces = station.shop.pieces
        for index, name in enumerate(station.state.queue):
            if pieces[name].order == order:
                return index
        return None

    return choose


def choice_of(
    model: PlantModel, scenario: Scenario
) -> Callable[[Station, Machine], int | None]:
    """Return how machines of *model* choose under the rule that *scenario* names."""
    rule = scenario.dispatching
    if rule == SEQUENCE:
        orders = [order.name for order in scenario.orders]
        for (machine, *_), why in misfits(scenario.sequence, model, orders):
            raise InvalidInput(f"sequence.{machine}: {why}")
        return given_sequence(scenario)
    urgency = _of_somebody(rule) if isinstance(rule, Rule) else RULES[rule]
    ranks = (order.priority for order in scenario.orders)
    if urgency is fifo and not any((*ranks, *(source.priority for source in model.sources))):
        return plain_fifo
    return by_urgency(urgency)


def _of_somebody(rule: Rule) -> Callable[[Waiting], Urgency]:
    """Return the urgency that *rule* gives, refusing what cannot be put in order."""

    def urgency(piece: Waiting) -> Urgency:
        found: Any = rule.urgency(piece)
        numbers: tuple[Any, ...] = found if isinstance(found, tuple) else (found,)
        if not numbers or not all(isinstance(n, Real) and n == n for n in numbers):
            raise InvalidInput(
                f"rule {rule.name}: urgency must return a number, or a tuple of numbers, and "
                f"the smallest goes first (got {found!r} of {piece.name})"
            )
        urgent: Urgency = found
        return urgent

    return urgency
