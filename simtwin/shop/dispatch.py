"""This module holds the dispatching rules: which waiting piece a machine takes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import Scenario
    from simtwin.shop.flow import Station
    from simtwin.shop.machine import Machine

Rule = "Callable[[Station, Machine], int | None]"
"""Index in the queue, or None to wait. The queue is in order of arrival, ties by name."""


def fifo(station: Station, _: Machine) -> int:
    """First come, first served; a higher priority goes first."""
    pieces = station.shop.pieces
    queue = station.state.queue
    return min(range(len(queue)), key=lambda i: (-pieces[queue[i]].priority, i))


def plain_fifo(_: Station, __: Machine) -> int:
    """First come, first served, where no piece has a priority."""
    return 0


def spt(station: Station, machine: Machine) -> int:
    """Shortest processing time first; ties to the lowest name."""
    from simtwin.names import natural

    pieces = station.shop.pieces

    def key(index: int) -> tuple[object, ...]:
        piece = pieces[station.state.queue[index]]
        work = machine.plan.nominal(piece.product, piece.operation)
        return -piece.priority, work, natural(piece.name)

    return min(range(len(station.state.queue)), key=key)


def given_sequence(scenario: Scenario) -> Callable[[Station, Machine], int | None]:
    """Follow the sequence of orders given for each machine; wait for the next one."""
    sequence = scenario.sequence

    def rule(station: Station, machine: Machine) -> int | None:
        order = sequence.get(machine.name, ())
        cursor = int(machine.state.clocks[2])
        if cursor >= len(order):
            return plain_fifo(station, machine)
        pieces = station.shop.pieces
        for index, name in enumerate(station.state.queue):
            if pieces[name].order == order[cursor]:
                return index
        return None

    return rule


def rule_of(scenario: Scenario) -> Callable[[Station, Machine], int | None]:
    """Return the rule that *scenario* names."""
    if scenario.dispatching == "sequence":
        return given_sequence(scenario)
    if scenario.dispatching == "spt":
        return spt
    if any(order.priority for order in scenario.orders):
        return fifo
    return plain_fifo
