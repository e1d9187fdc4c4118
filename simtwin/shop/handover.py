"""This module holds the handover: what a shop under way leaves to whoever goes on with it.

It is the state of a snapshot as a person could have written it in ``start_from``: nothing drawn
is in it, and what that form cannot say is told in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.civil import later, read_zero, written
from simtwin.names import natural
from simtwin.parts.alarm import instant
from simtwin.parts.bearing import Bearing, bearing_name
from simtwin.parts.failure import FailureMode
from simtwin.parts.tool import tool_of
from simtwin.plant.changes import Changes
from simtwin.plant.model import Intervention, StartState
from simtwin.result.kpi import UNPLANNED
from simtwin.shop.build import build
from simtwin.shop.health import age_of
from simtwin.shop.plan import plan_of
from simtwin.shop.present import present
from simtwin.shop.upkeep import work_of
from simtwin.shop.work_left import going_out, work_left
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import Doing, OrderSpec, PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.flow_states import OrderState
    from simtwin.shop.machine import Machine
    from simtwin.shop.present import Present
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Lasting, Setting


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
    start = StartState(work=work_left(shop, lost))
    stopped = []
    for machine in shop.machines.values():
        _machine(machine, start, lost)
        if usually(machine.state.setting, "stopped"):
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
    _stop(machine, start, lost)
    if state.phase != "pending":
        _due(machine, start, lost)


def _stop(machine: Machine, start: StartState, lost: list[str]) -> None:
    """Put the repair of *machine* into *start* if its end is told; any other stop is lost.

    Not that of an operator: it is handed on with what else is set.
    """
    state, name = machine.state, machine.name
    behind = [f"{name}: {fault.cause} is over at once" for fault in state.faults[1:]]
    if state.phase == "repair" and state.faults[0].duration is not None:
        start.repairs[name] = state.until - machine.env.now
        lost += behind
    elif state.phase == "waiting":
        told = (f"{name}: waiting for crew ({fault.cause})" for fault in state.faults)
        lost += [f"{one} is over at once" for one in told]
    elif state.phase == "pending":
        awaited = machine.shop.upkeep.awaited(machine)
        lost.append(f"{name}: waiting for crew ({awaited}) is over at once")
    elif state.phase == "refit":
        lost.append(f"{name}: the refit of {state.mode.cause} begins anew")
    elif state.phase != "stopped" and state.mode.name in (*UNPLANNED, "maintenance"):
        lost.append(f"{name}: {state.mode.name} ({state.mode.cause}) is over at once")
        lost += behind


def _due(machine: Machine, start: StartState, lost: list[str]) -> None:
    """Tell the planned tasks of *machine* that are due, and will not be so again at once.

    An age in *start* may ask for one again, but for all of its work; the repair of a part that
    has failed may drop it.
    """
    shop, name = machine.shop, machine.name
    for task in shop.upkeep.state.due.get(name, ()):
        mode = shop.parts[task.part]
        age = start.ages.get((name, mode.spec.name), 0.0)
        if mode.state.failed and mode.spec.renewal:
            continue
        if age < instant(mode.renew_at):
            lost.append(f"{name}: maintenance that is due ({mode.spec.name}) is forgotten")
        elif task.left < work_of(mode, shop.by_age[task.part]):
            lost.append(f"{name}: maintenance that was begun ({mode.spec.name}) begins anew")


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
    moment = later(read_zero(scenario.start), now)
    horizon = None if scenario.horizon is None else max(0.0, scenario.horizon - now)
    acts = [_later(act, now) for act in shop.interventions.to_come]
    there = {item.order for item in start.work}
    gone = going_out(shop)
    states = shop.book.state.orders
    orders = (
        _order(o, states[o.name], now, there, gone.get(o.name, 0)) for o in scenario.orders
    )
    left = tuple(order for order in orders if order is not None)
    names = {order.name for order in left}
    sequence = {
        machine: tuple(name for name in each if name in names)
        for machine, each in scenario.sequence.items()
    }
    return replace(
        scenario,
        start=written(moment),
        horizon=horizon,
        measure_from=0.0,
        orders=left,
        sequence=sequence,
        interventions=(*_settings(shop), *acts),
        start_from=start,
    )


def _order(
    order: OrderSpec, state: OrderState, now: float, there: set[str], gone: int
) -> OrderSpec | None:
    """Return what is left of *order*, its times counted from *now*; None: nothing.

    *gone* of its pieces are on their way out.
    """
    if state.finish is not None or state.finished + gone >= order.quantity:
        return None
    # With nothing in the shop nobody could tell that pieces are finished.
    done = state.finished + gone if order.name not in there else 0
    due = None if order.due is None else order.due - now
    release = max(0.0, order.release - now)
    return replace(order, quantity=order.quantity - done, release=release, due=due)


def _settings(shop: Shop) -> list[Intervention]:
    """Return the acts that set the machines as they are set now."""
    found = []
    for machine in shop.machines.values():
        setting, spec = machine.state.setting, machine.plan.spec
        for doing, value, usual in (
            ("feed override", 100.0 * usually(setting, "feed"), spec.feed_override),
            ("spindle override", 100.0 * usually(setting, "spindle"), spec.spindle_override),
        ):
            if abs(value - usual) > 1e-9:
                found.append(Intervention(0.0, machine.name, doing, value))  # type: ignore[arg-type]
        if not usually(setting, "coolant"):
            found.append(Intervention(0.0, machine.name, "coolant off"))
        found += _lasting(machine)
    return found


def _lasting(machine: Machine) -> Iterator[Intervention]:
    """Yield the acts that will be undone, as if they began now; their ends are there.

    One that ends before another that began later counts no more.
    """
    now, lasting = machine.env.now, machine.state.setting.lasting
    for index, one in enumerate(lasting):
        later = [other.until for other in lasting[index + 1 :] if other.what == one.what]
        if one.until < inf and one.until > max(later, default=0.0):
            yield Intervention(0.0, machine.name, *_as_act(one), until=one.until - now)


def _as_act(one: Lasting) -> tuple[Doing, float | None]:
    match one.what:
        case "feed":
            return "feed override", 100.0 * one.value
        case "spindle":
            return "spindle override", 100.0 * one.value
        case "coolant":
            return "coolant on" if one.value else "coolant off", None
    return "stop", None


def _later(act: Intervention, now: float) -> Intervention:
    """Return *act* with its times counted from *now*."""
    until = None if act.until is None else act.until - now
    return replace(act, at=max(0.0, act.at - now), until=until)


def usually(setting: Setting, what: str) -> Any:
    """Return what holds without the acts that will be undone."""
    return next(
        (one.value for one in setting.lasting if one.what == what), getattr(setting, what)
    )
