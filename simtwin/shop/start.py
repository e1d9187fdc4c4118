"""This module holds the start of a shift: the present state that a person wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import natural
from simtwin.parts.alarm import instant
from simtwin.shop import stops
from simtwin.shop.batch import join
from simtwin.shop.flow import piece_name
from simtwin.shop.flow_states import Piece
from simtwin.shop.states import KNOWN, Fault, Work

if TYPE_CHECKING:
    from simtwin.plant.model import WorkInProgress
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop
    from simtwin.shop.step_plan import StepPlan


def place_work(shop: Shop) -> None:
    """Put the work in progress into queues and machines; stop what is stopped or down."""
    for name, seconds in shop.scenario.start_from.repairs.items():
        _put_down(shop.machines[name], seconds)
    work = shop.scenario.start_from.work
    for item in sorted(work, key=lambda item: (natural(item.order), item.piece)):
        _place(shop, item)
    for machine in shop.machines.values():
        if machine.state.faults:
            stops.repair(machine)
        elif machine.state.setting.stopped:
            stops.recover(machine)
        elif machine.state.work is None:
            machine.stand("idle", None, machine.state.setting)
        shop.touch(machine)


def _put_down(machine: Machine, seconds: float) -> None:
    """Have *machine* under repair for so long still; whoever repairs it is there already.

    The repair begins before what is in it does anything: it waits as it is.
    """
    fault = Fault("", "under repair at the start", 0.0, seconds)
    machine.state = structs.replace(machine.state, faults=(fault,))


def _place(shop: Shop, item: WorkInProgress) -> None:
    spec = shop.book.specs[item.order]
    names = [op.name for op in shop.plan.products[spec.product].operations]
    operation = names.index(item.operation)
    piece = Piece(
        piece_name(spec, item.piece),
        spec.name,
        spec.product,
        operation,
        0.0,
        0.0,
        spec.priority,
    )
    old = shop.book.state.orders[spec.name]
    shop.book.note_released(spec.name, max(old.released, item.piece), item.piece)
    stations = shop.plan.operation(spec.product, operation).stations
    if item.machine is None:
        station = shop.stations[item.station or stations[0]]
        shop.admit(piece, station)
        station.push(piece)
        return
    machine = shop.machines[item.machine]
    shop.admit(piece, machine.station)
    if machine.state.work is not None:
        join(machine, piece.name)
        return
    work = Work(piece.name, spec.product, operation, 0)
    steps = machine.plan.steps(spec.product, operation)
    if item.left is not None:
        index, left = _step_with(steps, item.left)
        work = Work(piece.name, spec.product, operation, index, instant(left), KNOWN)
    setting = machine.state.setting
    if machine.plan.sets_up:
        setting = structs.replace(setting, family=machine.plan.family(spec.product, operation))
    machine.state = structs.replace(machine.state, work=work, setting=setting)
    if not machine.state.faults:
        stops.recover(machine)


def _step_with(steps: tuple[StepPlan, ...], left: float) -> tuple[int, float]:
    """Return the step that a piece with so much work *left* [s] is in, and what it has left.

    More than the operation takes in the mean belongs to its first step, whose law allows it.
    """
    for index in range(len(steps) - 1, 0, -1):
        if left <= steps[index].mean:
            return index, left
        left -= steps[index].mean
    return 0, left
