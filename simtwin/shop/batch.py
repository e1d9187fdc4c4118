"""This module holds the batch: the pieces that a machine works on together, as a furnace does.

One of them leads: the machine is set up for it and its work is that of the batch. Whatever
stops a machine stops a batch as it would stop one piece. Done, each piece is judged by itself;
they leave in order, as many as there is room for, and the machine is free with the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from simtwin.shop.states import DONE, Work

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop


class Batch(Struct, frozen=True, gc=False):
    """The pieces that are in a machine beside the one that leads, or that leaves next."""

    others: tuple[str, ...] = ()


def in_hand(machine: Machine) -> tuple[str, ...]:
    """Return the pieces in *machine*, first the one that leads or leaves next."""
    work = machine.state.work
    if work is None:
        return ()
    return (work.job, *machine.shop.batches.get(machine.name, Batch()).others)


def join(machine: Machine, name: str) -> None:
    """Put the piece *name* to those that are in *machine* already."""
    batches = machine.shop.batches
    before = batches.get(machine.name, Batch())
    batches[machine.name] = Batch((*before.others, name))


def completed(machine: Machine) -> None:
    """Judge, count and note each piece of the batch that is done in *machine*."""
    for _ in in_hand(machine):
        work = machine.state.work
        assert work is not None, "it is empty only when each piece has been scrapped"
        machine.judged(work.job)
        left = machine.state.work
        if left is not None and left.job == work.job and machine.name in machine.shop.batches:
            join(machine, work.job)  # It stays, and so comes after those not judged yet.
            bring_forward(machine)


def leave(shop: Shop, machine: Machine) -> bool:
    """Let pieces leave *machine* as long as there is room; tell whether it is empty now."""
    while machine.state.work is not None:
        if not shop.leave_by_rules(machine):
            return False
    return True


def bring_forward(machine: Machine) -> None:
    """Have the next of the batch in *machine*, which is done, stand where it can leave."""
    shop, state = machine.shop, machine.state
    first, *rest = shop.batches.pop(machine.name).others
    if rest:
        shop.batches[machine.name] = Batch(tuple(rest))
    piece = shop.pieces[first]
    mode, work = state.mode, Work(first, piece.product, piece.operation, DONE)
    machine.steps = ()
    if mode.name == "blocked":
        operation = shop.plan.operation(piece.product, piece.operation).name
        mode = machine.turn(mode, mode.name, mode.cause, first, operation)
    machine.state = structs.replace(state, mode=mode, work=work)
    shop.leaving.append(machine.upstream_place)


def starves(shop: Shop) -> bool:
    """Tell whether pieces wait for others of a batch that cannot come, whoever else is at work.

    Every piece waits for such others, or is finished and waits for room behind them.
    """
    if any(source.alarm is not None for source in shop.sources.values()):
        return False
    for machine in shop.machines.values():
        work = machine.state.work
        if work is not None and work.step != DONE:
            return False
    waiting = sum(len(station.state.queue) for station in shop.batching)
    if waiting == 0 or waiting + len(_finished(shop)) != len(shop.pieces):
        return False
    endless = any(station.fed for station in shop.stations.values())
    return not endless and not any(s.alarm is not None or s.has_work() for s in shop.batching)


def blocks(shop: Shop) -> bool:
    """Tell whether a finished piece waits for room."""
    return bool(_finished(shop))


def _finished(shop: Shop) -> list[str]:
    """Return the pieces that are finished and wait for room, where none is at work."""
    inside = [name for machine in shop.machines.values() for name in in_hand(machine)]
    return inside + [name for station in shop.kanban for name in station.state.finished]
