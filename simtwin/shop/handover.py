"""This module holds the handover: what a shop under way leaves to whoever goes on with it.

It is the state of a snapshot as a person could have written it in ``start_from``: nothing drawn
is in it, and what that form cannot say is told in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.parts.bearing import Bearing, bearing_name
from simtwin.parts.failure import FailureMode
from simtwin.parts.tool import tool_of
from simtwin.plant.changes import Changes
from simtwin.plant.model import Intervention, StartState, WorkInProgress
from simtwin.result.kpi import UNPLANNED
from simtwin.shop.build import build
from simtwin.shop.health import age_of
from simtwin.shop.plan import plan_of
from simtwin.shop.present import present
from simtwin.shop.states import DONE, KNOWN
from simtwin.streams import Streams

if TYPE_CHECKING:
    from simtwin.plant.model import OrderSpec, PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.flow import OrderState, Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.present import Present
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work

NUMBER = "/"
"""Before the number of a piece in its name."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A present state, the scenario that goes on from it, and what neither of them says."""

    start: StartState
    scenario: Scenario
    """Begins at the instant of the snapshot, with the orders and acts that are left."""
    lost: tuple[str, ...] = ()
    """In words, what ``start_from`` has no key for."""


def handover(snapshot: Snapshot, plant: PlantModel, scenario: Scenario) -> Handover:
    """Return what *snapshot*, taken of *plant* under *scenario*, leaves to the next.

    Ages, damages and temperatures are those of the instant. Work left of a step whose duration
    is random is what its mean leaves: how long it lasts nobody knows.
    """
    streams = Streams(snapshot.seed, snapshot.replication, counts=snapshot.counts)
    plain = replace(scenario, changes=Changes(), spread=())
    shop = build(plan_of(plant), plain, streams, snapshot=snapshot)
    for machine in shop.machines.values():
        machine.settle()
    lost: list[str] = []
    start = StartState(work=_work(shop, lost))
    stopped = []
    for machine in shop.machines.values():
        _machine(machine, start, lost)
        if machine.state.setting.stopped:
            stopped.append(machine.name)
    _tell(shop, lost)
    start = replace(start, stopped=tuple(stopped))
    return Handover(start, _going_on(shop, scenario, start), tuple(lost))


def _machine(machine: Machine, start: StartState, lost: list[str]) -> None:
    """Put into *start* what *machine* shows."""
    spec, state, shown = machine.plan.spec, machine.state, present(machine)
    if spec.spindle is not None:
        start.temperatures[spec.name] = state.temperatures
    for bearing, damage in zip(spec.bearings, shown.damages, strict=True):
        if damage > 0.0 and bearing_name(spec.name, bearing) not in _failed(machine):
            start.bearings[spec.name, bearing.name] = damage
    _edges(machine, start)
    for part in machine.parts:
        if isinstance(part, FailureMode) and not part.state.failed:
            _age(machine, part, shown, start, lost)
    if state.setting.family is not None and machine.plan.sets_up:
        start.families[spec.name] = state.setting.family
        if state.setting.unset > 0.0:
            lost.append(f"{spec.name}: its setup is taken as done")
    if state.mode.name in (*UNPLANNED, "maintenance"):
        lost.append(f"{spec.name}: {state.mode.name} ({state.mode.cause}) is over at once")


def _failed(machine: Machine) -> set[str]:
    """Return the names of the bearings that wait for their replacement."""
    bearings = (part for part in machine.parts if isinstance(part, Bearing))
    return {bearing.name for bearing in bearings if bearing.state.spalled}


def _edges(machine: Machine, start: StartState) -> None:
    """Put into *start* how far the control has counted each edge; one that is spent has 1."""
    state = machine.state
    edges = {name: (each.edge, each.wear) for name, each in state.magazine.items()}
    if machine.edge is not None:
        edges[machine.edge.name] = (machine.edge.state, state.wear)
    for name in sorted(edges, key=natural):
        edge, (counted, _, _) = edges[name]
        if counted > 0.0 or edge.spent:
            key = machine.name, tool_of(name), int(name.rpartition("#")[2])
            start.edges[key] = max(counted, float(edge.spent))


def _age(
    machine: Machine, mode: FailureMode, shown: Present, start: StartState, lost: list[str]
) -> None:
    key, age = (machine.name, mode.spec.name), age_of(mode, shown)
    if mode.state.seen != 0.0:
        start.levels[key] = mode.state.seen
        if age > 0.0:
            lost.append(f"{mode.name}: how long ago its level was seen")
    elif age > 0.0:
        start.ages[key] = age


def _work(shop: Shop, lost: list[str]) -> tuple[WorkInProgress, ...]:
    """Return the pieces of orders where they are."""
    found: list[WorkInProgress] = []
    where: dict[str, Machine] = {
        machine.state.work.job: machine
        for machine in shop.machines.values()
        if machine.state.work is not None
    }
    waits = {name: place for place in shop.stations.values() for name in place.state.queue}
    for order, pieces in _by_order(shop, lost).items():
        numbers = _numbers(shop.book.state.orders[order], [name for name, _ in pieces])
        for (name, piece), number in zip(pieces, numbers, strict=True):
            operation = shop.plan.products[piece.product].operations[piece.operation]
            item = WorkInProgress(order, number, operation.name)
            if name in where:
                machine = where[name]
                assert machine.state.work is not None, "it holds this piece"
                left = _left(machine, machine.state.work)
                item = replace(item, machine=machine.name, left=left)
            elif name in waits and len(operation.stations) > 1:
                item = replace(item, station=waits[name].name)
            elif name not in waits:
                lost.append(f"{name} is on its way; it is there at once")
            found.append(item)
    return tuple(found)


def _by_order(shop: Shop, lost: list[str]) -> dict[str, list[tuple[str, Piece]]]:
    """Return the pieces in the shop by their order, in natural order of both."""
    found: dict[str, list[tuple[str, Piece]]] = {}
    others = 0
    for name in sorted(shop.pieces, key=natural):
        piece = shop.pieces[name]
        if piece.order in shop.book.specs:
            found.setdefault(piece.order, []).append((name, piece))
        else:
            others += 1
    if others:
        lost.append(f"{others} pieces of sources, which no order asks for, are left out")
    return dict(sorted(found.items(), key=lambda item: natural(item[0])))


def _numbers(state: OrderState, names: list[str]) -> list[int]:
    """Return numbers of the pieces of one order, those finished before having the others.

    Pieces keep their numbers where what is below the last of them and not there is finished.

    >>> from simtwin.shop.flow import OrderState
    >>> _numbers(OrderState(released=9, finished=1), ["a/2", "a/3", "a/4"])
    [2, 3, 4]
    >>> _numbers(OrderState(released=9, finished=2, scrapped=1), ["a/8", "a/9"])
    [3, 4]
    """
    last = state.finished + len(names)
    own = [int(name.rpartition(NUMBER)[2]) if NUMBER in name else 1 for name in names]
    if max(own) == last:
        return own
    return list(range(state.finished + 1, last + 1))


def _left(machine: Machine, work: Work) -> float | None:
    """Return the work left of an operation [s]; None: all of it."""
    steps = machine.plan.steps(work.product, work.operation)
    if work.step == DONE:
        return 0.0
    if work.left is None:
        if work.step == 0:
            return None
        left = steps[work.step].mean
    elif steps[work.step].fixed is not None or work.spent == KNOWN:
        left = work.left
    else:
        left = max(0.0, steps[work.step].mean - work.spent)
    return left + sum(step.mean for step in steps[work.step + 1 :])


def _tell(shop: Shop, lost: list[str]) -> None:
    """Tell what the shop as a whole has that a start cannot say."""
    if any(spec.every is not None for spec in shop.scenario.maintenance):
        lost.append("policies that look every so often begin to count anew")
    if shop.interrupted:
        count = len(shop.interrupted)
        lost.append(f"{count} interrupted pieces begin their operation anew")
    if shop.loops:
        lost.append(f"how often {len(shop.loops)} pieces were sent back is forgotten")


def _going_on(shop: Shop, scenario: Scenario, start: StartState) -> Scenario:
    """Return *scenario* as it goes on from now."""
    now = shop.env.now
    moment = datetime.fromisoformat(scenario.start) + timedelta(seconds=now)
    horizon = None if scenario.horizon is None else max(0.0, scenario.horizon - now)
    acts = [replace(act, at=act.at - now) for act in scenario.interventions if act.at > now]
    there = {item.order for item in start.work}
    orders = (_order(o, shop.book.state.orders[o.name], now, there) for o in scenario.orders)
    left = tuple(order for order in orders if order is not None)
    names = {order.name for order in left}
    sequence = {
        machine: tuple(name for name in each if name in names)
        for machine, each in scenario.sequence.items()
    }
    return replace(
        scenario,
        start=moment.isoformat(),
        horizon=horizon,
        measure_from=0.0,
        orders=left,
        sequence=sequence,
        interventions=(*_settings(shop), *acts),
        start_from=start,
    )


def _order(
    order: OrderSpec, state: OrderState, now: float, there: set[str]
) -> OrderSpec | None:
    """Return what is left of *order*, its times counted from *now*; None: nothing."""
    if state.finish is not None:
        return None
    # With nothing in the shop nobody could tell that pieces are finished.
    done = state.finished if order.name not in there else 0
    due = None if order.due is None else order.due - now
    release = max(0.0, order.release - now)
    return replace(order, quantity=order.quantity - done, release=release, due=due)


def _settings(shop: Shop) -> list[Intervention]:
    """Return the acts that set the machines as they are set now."""
    found = []
    for machine in shop.machines.values():
        setting, spec = machine.state.setting, machine.plan.spec
        for doing, value, usual in (
            ("feed override", 100.0 * setting.feed, spec.feed_override),
            ("spindle override", 100.0 * setting.spindle, spec.spindle_override),
        ):
            if abs(value - usual) > 1e-9:
                found.append(Intervention(0.0, machine.name, doing, value))  # type: ignore[arg-type]
        if not setting.coolant:
            found.append(Intervention(0.0, machine.name, "coolant off"))
    return found
