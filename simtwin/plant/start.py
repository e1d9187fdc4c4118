"""This module holds the reading of ``start_from``: a present state that a person can write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.degradation import Degradation
from simtwin.physics.life import Fixed
from simtwin.physics.tool import damage_at
from simtwin.plant.cut import cut_of, nominal_life, piece_damage
from simtwin.plant.law_schema import time_value
from simtwin.plant.model import CutStep, HandleStep, StartState, WorkInProgress
from simtwin.plant.wording import unknown
from simtwin.plant.worn import WORN_OUT, wear_measure
from simtwin.units import MILLIMETRE, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.parts.failure import FailureSpec
    from simtwin.parts.tool import ToolSpec
    from simtwin.plant.document import Document, Path
    from simtwin.plant.model import MachineSpec, OperationSpec, OrderSpec, PlantModel
    from simtwin.plant.scenario_schema import (
        MachineStateFile,
        StartFile,
        TemperaturesFile,
        WorkFile,
        WornToolFile,
    )


def read_start(
    file: StartFile, model: PlantModel, orders: Mapping[str, OrderSpec], document: Document
) -> StartState:
    """Return the start state of *file*; problems are left in *document*."""
    state = StartState(work=_work(file.work, model, orders, document))
    machines = {machine.name: machine for machine in model.machines}
    stopped: list[str] = []
    seen: set[str] = set()
    for index, item in enumerate(file.machines):
        path = ("start_from", "machines", index)
        if item.id not in machines:
            document.complain((*path, "id"), unknown("machine", item.id, machines))
            continue
        if item.id in seen:
            document.complain((*path, "id"), f"{item.id!r} stands twice")
        seen.add(item.id)
        _machine(item, path, machines[item.id], model, state, document)
        if item.stopped:
            stopped.append(item.id)
        if item.down_min is not None:
            state.repairs[item.id] = item.down_min * MINUTE
        if item.set_up_for is not None:
            families = model.families
            if item.set_up_for not in families:
                message = unknown("family", item.set_up_for, families)
                document.complain((*path, "set_up_for"), message)
            state.families[item.id] = item.set_up_for
    return replace(state, stopped=tuple(stopped))


def _work(
    items: tuple[WorkFile, ...],
    model: PlantModel,
    orders: Mapping[str, OrderSpec],
    document: Document,
) -> tuple[WorkInProgress, ...]:
    work: list[WorkInProgress] = []
    places: list[Path] = []
    pieces: set[tuple[str, int]] = set()
    held: dict[str, list[tuple[str, str, float | None]]] = {}
    for index, item in enumerate(items):
        path = ("start_from", "work", index)
        if item.order not in orders:
            document.complain((*path, "order"), unknown("order", item.order, orders))
            continue
        operation = _operation(item, path, model, orders[item.order], document)
        if operation is None:
            continue
        _check_place(item, path, model, operation, document)
        for place, piece in _pieces(item, path):
            if piece > orders[item.order].quantity:
                quantity = orders[item.order].quantity
                message = f"order {item.order!r} has {quantity} pieces (got {piece})"
                document.complain(place, message)
            if (item.order, piece) in pieces:
                document.complain(place, f"piece {piece} of {item.order!r} stands twice")
            pieces.add((item.order, piece))
            left = time_value(item, "left")
            here = operation.at(_station(item, model) or "")
            _check_left(item, left, path, model, here, document)
            if item.machine is not None:
                inside = held.setdefault(item.machine, [])
                inside.append((orders[item.order].product, item.operation, left))
                _check_inside(item.machine, inside, path, model, document)
            places.append(place)
            work.append(
                WorkInProgress(
                    item.order, piece, item.operation, item.machine, left, item.station
                )
            )
    _check_buffers(work, places, model, orders, document)
    return tuple(work)


def _pieces(item: WorkFile, path: Path) -> list[tuple[Path, int]]:
    """Return where in the file each piece of *item* stands, and its number."""
    if item.pieces is None:
        return [((*path, "piece"), item.piece or 1)]
    return [((*path, "pieces", place), piece) for place, piece in enumerate(item.pieces)]


def _operation(
    item: WorkFile, path: Path, model: PlantModel, order: OrderSpec, document: Document
) -> OperationSpec | None:
    product = next((p for p in model.products if p.name == order.product), None)
    if product is None:
        return None
    operations = {operation.name: operation for operation in product.operations}
    if item.operation not in operations:
        document.complain(
            (*path, "operation"), unknown("operation", item.operation, operations)
        )
        return None
    return operations[item.operation]


def _station(item: WorkFile, model: PlantModel) -> str | None:
    """Return the station at which a piece stands; None where the file does not say."""
    homes = (machine.station for machine in model.machines if machine.name == item.machine)
    return next(homes, item.station)


def _check_place(
    item: WorkFile,
    path: Path,
    model: PlantModel,
    operation: OperationSpec,
    document: Document,
) -> None:
    if item.machine is not None:
        able = [m.name for m in model.machines if m.station in operation.stations]
        if all(item.machine != machine.name for machine in model.machines):
            document.complain((*path, "machine"), unknown("machine", item.machine, able))
        elif item.machine not in able:
            message = f"cannot do {item.operation!r}; machines: {', '.join(able)}"
            document.complain((*path, "machine"), message)
    if item.station is not None and item.station not in operation.stations:
        message = unknown("machine or group", item.station, operation.stations)
        document.complain((*path, "station"), message)


def _check_inside(
    machine: str,
    inside: list[tuple[str, str, float | None]],
    path: Path,
    model: PlantModel,
    document: Document,
) -> None:
    """Refuse more pieces in a machine than go in, and pieces that are not done together."""
    batch = next((s.batch for s in model.stations if machine in s.machines), None)
    most = 1 if batch is None else batch.most
    if len(inside) > most:
        held = "a piece" if most == 1 else f"{most} pieces, as many as go in"
        document.complain((*path, "machine"), f"{machine!r} already holds {held}")
    elif inside[-1] != inside[0]:
        message = f"{machine!r} works on one operation at a time, with the same left for all"
        document.complain((*path, "machine"), message)


def _check_left(
    item: WorkFile,
    left: float | None,
    path: Path,
    model: PlantModel,
    operation: OperationSpec,
    document: Document,
) -> None:
    """Refuse more work left than the operation has, where its durations are not random."""
    whole = _nominal(model, operation)
    if left is None or whole is None or left <= whole * (1.0 + 1e-9):
        return
    key = "left_min" if item.left_min is not None else "left_s"
    scale, unit = (MINUTE, "min") if item.left_min is not None else (1.0, "s")
    message = (
        f"{operation.name!r} takes {whole / scale:.6g} {unit} in all (got {left / scale:.6g})"
    )
    document.complain((*path, key), message)


def _nominal(model: PlantModel, operation: OperationSpec) -> float | None:
    """Return the work of *operation* [s]; None where a duration is random."""
    tools = {tool.name: tool for tool in model.tools}
    whole = 0.0
    for step in operation.steps:
        if isinstance(step, CutStep):
            whole += step.path / cut_of(step, tools[step.tool]).feed_speed
        elif isinstance(step, HandleStep):
            whole += step.duration
        elif isinstance(step.duration, Fixed):
            whole += step.duration.value
        else:
            return None
    return whole


def _check_buffers(
    work: list[WorkInProgress],
    places: list[Path],
    model: PlantModel,
    orders: Mapping[str, OrderSpec],
    document: Document,
) -> None:
    """Refuse more waiting pieces than there is room for, where there is but one place.

    An empty machine is as good as a slot, for each piece that it works on at once. What has
    been released waits for its first operation, however much it is.
    """
    waiting: dict[str, list[Path]] = {}
    routes = {p.name: {o.name: o.stations for o in p.operations} for p in model.products}
    for piece, place in zip(work, places, strict=True):
        route = routes[orders[piece.order].product]
        stations, begins = route[piece.operation], piece.operation == next(iter(route))
        station = piece.station or (stations[0] if len(stations) == 1 else None)
        if piece.machine is None and station is not None and not begins:
            waiting.setdefault(station, []).append(place)
    busy = {piece.machine for piece in work}
    for spec in model.stations:
        here = waiting.get(spec.name, [])
        if spec.capacity is None:
            continue
        empty = sum(name not in busy for name in spec.machines)
        inside = empty * (1 if spec.batch is None else spec.batch.most)
        if len(here) > spec.capacity + inside:
            takes = f" and whose empty machines take {inside}" if inside else ""
            message = (
                f"{_counted(len(here), 'piece')} {'waits' if len(here) == 1 else 'wait'} for "
                f"{spec.name!r}, whose buffer has {_counted(spec.capacity, 'slot')}{takes}"
            )
            document.complain(here[spec.capacity + inside], message)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _machine(
    item: MachineStateFile,
    path: Path,
    machine: MachineSpec,
    model: PlantModel,
    state: StartState,
    document: Document,
) -> None:
    if item.temperatures is not None:
        _temperatures(
            item.temperatures, (*path, "temperatures"), machine, model, state, document
        )
    if item.bearings is not None:
        for name in ("front", "rear"):
            worn = getattr(item.bearings, name)
            if worn is not None and all(bearing.name != name for bearing in machine.bearings):
                message = f"{machine.name!r} has no bearings"
                document.complain((*path, "bearings", name), message, key=True)
            elif worn is not None:
                state.bearings[machine.name, name] = worn.damage
    for index, tool in enumerate(item.tools):
        _edge(tool, (*path, "tools", index), machine, model, state, document)
    _ages(item, path, machine, state, document)


def _ages(
    item: MachineStateFile,
    path: Path,
    machine: MachineSpec,
    state: StartState,
    document: Document,
) -> None:
    modes = {mode.name: mode for mode in machine.failures}
    known: set[str] = set()
    for index, aged in enumerate(item.failures):
        here = (*path, "failures", index)
        if aged.id not in modes:
            document.complain((*here, "id"), unknown("failure mode", aged.id, modes))
            continue
        if aged.id in known:
            document.complain((*here, "id"), f"{aged.id!r} stands twice")
        known.add(aged.id)
        mode = modes[aged.id]
        if aged.level is not None:
            _check_level(aged.level, mode, here, document)
            state.levels[machine.name, aged.id] = aged.level
            continue
        if (mode.clock == "cycles") != (aged.age_cycles is not None):
            key = "age_cycles" if mode.clock == "cycles" else "age_h"
            document.complain(here, f"the clock {mode.clock} needs {key}")
            continue
        age = time_value(aged, "age")
        assert age is not None
        state.ages[machine.name, aged.id] = age


def _check_level(level: float, mode: FailureSpec, path: Path, document: Document) -> None:
    """Refuse a level where none can be seen, and one at which *mode* would have failed."""
    if not isinstance(mode.life, Degradation):
        message = f"{mode.name!r} has no level: its life is no gamma_process or wiener_process"
        document.complain((*path, "level"), message, key=True)
        return
    try:
        mode.life.seen(level)
    except OutOfRange as error:
        document.complain((*path, "level"), str(error))


def _temperatures(
    item: TemperaturesFile,
    path: Path,
    machine: MachineSpec,
    model: PlantModel,
    state: StartState,
    document: Document,
) -> None:
    if machine.spindle is None:
        document.complain(path, f"{machine.name!r} has no spindle, hence no temperatures")
        return
    if item.steady is not None:
        programs = [
            operation.program
            for product in model.products
            for operation in product.operations
            if machine.station in operation.stations
        ]
        if item.steady not in programs:
            document.complain((*path, "steady"), unknown("program", item.steady, programs))
        state.temperatures[machine.name] = item.steady
        return
    nodes = item.nodes()
    network = machine.spindle.network.nodes
    state.temperatures[machine.name] = tuple(nodes.get(n, model.ambient) for n in network)


def _edge(
    item: WornToolFile,
    path: Path,
    machine: MachineSpec,
    model: PlantModel,
    state: StartState,
    document: Document,
) -> None:
    slots = {slot.tool: slot for slot in machine.magazine}
    if item.tool not in slots:
        document.complain((*path, "tool"), unknown("tool", item.tool, slots))
        return
    if item.edge > slots[item.tool].edges:
        message = (
            f"the magazine holds {slots[item.tool].edges} of {item.tool!r} (got {item.edge})"
        )
        document.complain((*path, "edge"), message)
    key = (machine.name, item.tool, item.edge)
    if key in state.edges or key in state.lands:
        document.complain(path, f"edge {item.edge} of {item.tool!r} stands twice")
    keys = ("damage", "vb_mm", "used_min", "used_parts")
    given = next(name for name in keys if getattr(item, name) is not None)
    tool = next(tool for tool in model.tools if tool.name == item.tool)
    used = _used(item, tool, machine, model)
    if used is None:
        what = "parts" if given == "used_parts" else "minutes"
        message = f"no cut gives {item.tool!r} a life in {what}; give damage or vb_mm"
        document.complain((*path, given), message)
    elif wear_measure(tool.life_scatter).wrong(used) is not None:
        most = wear_measure(tool.life_scatter).most
        message = (
            f"{WORN_OUT}; {most:g} are the most that is taken (got {used:.6g} of {item.tool!r})"
        )
        document.complain((*path, given), message)
    else:
        (state.edges if item.vb_mm is None else state.lands)[key] = used


def _used(
    item: WornToolFile, tool: ToolSpec, machine: MachineSpec, model: PlantModel
) -> float | None:
    """Return the part of its nominal life that an edge has done, None where no cut gives it."""
    if item.damage is not None:
        return item.damage
    if item.used_parts is not None:
        return _worn_by(item.used_parts, item.tool, machine, model)
    if item.vb_mm is not None:
        return damage_at(item.vb_mm * MILLIMETRE / tool.wear_limit)
    assert item.used_min is not None
    lives = [
        nominal_life(step, tool) if isinstance(step, CutStep) else 1.0 / step.damage_rate
        for product in model.products
        for operation in product.operations
        for step in operation.steps
        if not isinstance(step, HandleStep) and step.tool == item.tool
        if isinstance(step, CutStep) or step.damage_rate > 0.0
    ]
    known = [life for life in lives if life is not None]
    return item.used_min * MINUTE / min(known) if known else None


def _worn_by(parts: float, name: str, machine: MachineSpec, model: PlantModel) -> float | None:
    """Return what so many *parts* have worn of a tool, if each was as hard on it as any is."""
    tools = {tool.name: tool for tool in model.tools}
    damages = [
        piece_damage(operation.at(machine.station), tools[name], tools)
        for product in model.products
        for operation in product.operations
        if machine.station in operation.stations
    ]
    most = max(damages, default=0.0)
    return parts * most if most > 0.0 else None
