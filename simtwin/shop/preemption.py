"""This module holds the preemption: a piece of higher priority interrupts one of lower.

At a station that allows it, a piece that finds no empty machine interrupts the work on a piece
of lower priority: of the lowest there is, of those the one that came last. That piece goes back
to the queue at the head of its priority, its work left kept (preemptive resume); the spindle
stops, and runs up again when the work goes on. A setup or a tool change in hand is ended first,
a finished piece and one in a stopped machine stay. Source: Gross & Harris, "Fundamentals of
Queueing Theory", priority disciplines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import natural
from simtwin.shop import through
from simtwin.shop.environment import LAST
from simtwin.shop.states import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.shop.flow import Station
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work

AT_WORK = frozenset({"cut", "run-up"})
"""Phases in which a piece may be interrupted."""


def interrupted_first(
    rule: Callable[[Station, Machine], int | None],
) -> Callable[[Station, Machine], int | None]:
    """Return the choice of interrupted pieces before their like, and of others by *rule*."""

    def choose(station: Station, machine: Machine) -> int | None:
        pieces, queue = station.shop.pieces, station.state.queue
        held = station.shop.interrupted
        if held:
            top = max(pieces[name].priority for name in queue)
            for index, name in enumerate(queue):
                if name in held and pieces[name].priority == top:
                    return index
        return rule(station, machine)

    return choose


def interrupt(shop: Shop) -> bool:
    """Interrupt one piece for a more urgent one that waits; tell whether one was.

    Its machine is empty then, and for the dispatch to load.
    """
    for station in shop.preemptive:
        if station.state.queue and not station.is_overdrawn():
            for machine in _candidates(station):
                if _is_at_work(machine) and _takes(station, machine):
                    _set_aside(shop, station, machine)
                    return True
    return False


def resume(machine: Machine, job: str) -> bool:
    """Go on with the piece *job* if it was interrupted; tell whether it was."""
    work = taken_up(machine.shop, job)
    if work is None:
        return False
    machine.steps = machine.plan.steps(work.product, work.operation)
    machine.next_step(work, machine.state.setting)
    return True


def taken_up(shop: Shop, job: str) -> Work | None:
    """Return how far the interrupted piece *job* is, which waits no longer."""
    return shop.interrupted.pop(job, None)


def _candidates(station: Station) -> list[Machine]:
    """Return the machines with pieces less urgent than one that waits, the least urgent first.

    Of equal ones, the piece that came last is interrupted.
    """
    pieces = station.shop.pieces
    top = max(pieces[name].priority for name in station.state.queue)
    found = []
    for machine in station.machines:
        work = machine.state.work
        if work is not None and work.step != DONE and not machine.closed:
            piece = pieces[work.job]
            if piece.priority < top:
                found.append((piece.priority, -piece.since, machine.order, machine))
    return [machine for *_, machine in sorted(found, key=lambda row: row[:3])]


def _is_at_work(machine: Machine) -> bool:
    """Tell whether the work in *machine* can be interrupted now; it leaves its program."""
    if machine.program is not None:
        machine.env.place = LAST  # A dispatch comes after all else of its instant.
        through.leave(machine)
    return machine.state.phase in AT_WORK


def _takes(station: Station, machine: Machine) -> bool:
    """Tell whether *machine* would begin what waits: it may be too late in the shift."""
    index = station.shop.rule(station, machine)
    if index is None:
        return False
    piece = station.shop.pieces[station.state.queue[index]]
    return not (machine.holds and machine.is_too_late(piece.product, piece.operation))


def _set_aside(shop: Shop, station: Station, machine: Machine) -> None:
    """Put the piece of *machine* back into the queue, its work left kept."""
    machine.settle()
    state = machine.state
    work = state.work
    assert work is not None, "only a piece in hand is interrupted"
    piece = shop.pieces[work.job]
    machine.totals.count("interruptions")
    if shop.log is not None:
        shop.log_piece(piece, "interrupted", machine.name)
        shop.log_piece(piece, "queued", station.name)
    shop.interrupted[piece.name] = work
    queue = station.state.queue
    at = len(queue)
    while at > 0 and _came(shop.pieces[queue[at - 1]]) > _came(piece):
        at -= 1
    station.state = structs.replace(station.state, queue=(*queue[:at], piece.name, *queue[at:]))
    machine.stand("idle", None, state.setting)
    shop.empty.append(machine.place)
    station.tell(machine)  # Its card is free, too: an empty sister may be who takes it.


def _came(piece: Piece) -> tuple[object, ...]:
    return piece.since, natural(piece.name)
