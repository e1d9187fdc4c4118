"""This module holds the build: from model, scenario and snapshot to a living shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import UnknownSnapshot
from simtwin.names import natural
from simtwin.parts.alarm import Alarm
from simtwin.parts.bearing import Bearing, new_bearing
from simtwin.parts.failure import FailureMode, new_life
from simtwin.parts.spindle import Spindle, SpindleState
from simtwin.parts.tool import edge_name, new_edge, worn_edge
from simtwin.plant.topology import station_depth
from simtwin.result.record import FlowTotals, Log, MachineTotals, Record
from simtwin.shop.crew import Crew, CrewState
from simtwin.shop.dispatch import rule_of
from simtwin.shop.environment import ShopEnvironment
from simtwin.shop.flow import BookState, OrderBook, OrderState, Source, SourceState, Station, StationState
from simtwin.shop.interventions import Interventions, InterventionState
from simtwin.shop.machine import DONE, PLAN, Machine, MachineState, Mode, Setting
from simtwin.shop.reading import History
from simtwin.shop.shop import Shop
from simtwin.shop.start import place_work

if TYPE_CHECKING:
    from simtwin.plant.model import Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.plan import Plan
    from simtwin.streams import Streams

BURST_PER_ENTITY = 1000
"""Events at one instant per entity beyond which time does not go on (KERNEL 29)."""


def build(
    plan: Plan,
    scenario: Scenario,
    streams: Streams,
    *,
    snapshot: Snapshot | None = None,
    log: bool = False,
) -> Shop:
    """Return a living shop: cold or at the scenario's start state, or at *snapshot*."""
    model = plan.model
    if snapshot is not None and snapshot.plant != model.name:
        raise UnknownSnapshot(
            f"the snapshot is of plant {snapshot.plant!r}, not of {model.name!r}"
        )
    start = 0.0 if snapshot is None else snapshot.time
    entities = len(model.machines) * 5 + len(model.stations) + len(model.sources) + 1
    env = ShopEnvironment(start, BURST_PER_ENTITY * entities)
    record = _record(plan, snapshot, log)
    shop = Shop(plan, scenario, env, streams, record, plan.order)
    env.names = lambda: ", ".join(
        f"{m.name} ({m.state.phase})" for m in shop.machines.values() if m.state.until == env.now
    ) or "nobody's plan"
    _stations(shop, snapshot)
    _machines(shop, snapshot)
    _flow(shop, snapshot)
    if snapshot is None:
        place_work(shop)
    else:
        _rewire(shop, snapshot)
    return shop


def _record(plan: Plan, snapshot: Snapshot | None, log: bool) -> Record:
    if snapshot is None:
        machines = {name: MachineTotals() for name in plan.machines}
        places = {name: FlowTotals() for name in plan.stations}
        total = FlowTotals()
    else:
        machines = {name: t.copy() for name, t in snapshot.machine_totals.items()}
        places = {name: t.copy() for name, t in snapshot.place_totals.items()}
        total = snapshot.plant_totals.copy()
    kept = Log(history={name: History(plan.machines[name]) for name in plan.machines})
    return Record(machines, places, kept if log else None, total)


def _stations(shop: Shop, snapshot: Snapshot | None) -> None:
    states = {} if snapshot is None else snapshot.states
    for spec in shop.plan.model.stations:
        state = states.get(f"station {spec.name}") or StationState()
        shop.stations[spec.name] = Station(shop, spec, state)
    shop.depth = shop.plan.depth
    shop.rule = rule_of(shop.scenario)
    shop.crew = Crew(shop, shop.plan.model.crew, states.get("crew") or CrewState())


def _machines(shop: Shop, snapshot: Snapshot | None) -> None:
    for spec in sorted(shop.plan.model.machines, key=lambda m: natural(m.name)):
        plan = shop.plan.machines[spec.name]
        order = shop.orders[spec.name]
        if snapshot is None:
            setting = Setting(stopped=spec.name in shop.scenario.start_from.stopped)
            mode = Mode("idle", "", 0.0)
            state = MachineState(
                mode, "open", 0.0, float("inf"), ("ready", True), None, setting
            )
        else:
            state = snapshot.states[spec.name]
        machine = Machine(shop, plan, state, order)
        shop.machines[spec.name] = machine
        _parts(shop, machine, snapshot)
        if snapshot is None:
            _fill_magazine(shop, machine)
    for station in shop.stations.values():
        station.machines = tuple(
            sorted((shop.machines[name] for name in station.spec.machines),
                   key=lambda m: m.order)
        )


def _parts(shop: Shop, machine: Machine, snapshot: Snapshot | None) -> None:
    """Give *machine* its spindle, bearings and failure modes, new or as they were."""
    spec = machine.plan.spec
    model = shop.plan.model
    states = None if snapshot is None else snapshot.states
    start = shop.scenario.start_from
    parts: list[Spindle | Bearing | FailureMode] = []
    if spec.spindle is not None:
        name = f"{spec.name}/spindle"
        state = SpindleState(_temperatures(shop, machine)) if states is None else states[name]
        parts.append(Spindle(spec.spindle, machine, state, model.ambient, model.coolant))
    for bearing in spec.bearings:
        name = f"{spec.name}/{bearing.name} bearing"
        damage = start.bearings.get((spec.name, bearing.name), 0.0)
        parts.append(
            Bearing(bearing, machine,
                    new_bearing(machine, name, damage) if states is None else states[name])
        )
    for failure in spec.failures:
        name = f"{spec.name}/{failure.name}"
        age = start.ages.get((spec.name, failure.name), 0.0)
        mode = FailureMode(
            failure, machine,
            new_life(machine, failure, name, age) if states is None else states[name],
        )
        mode.arm()
        parts.append(mode)
    for part in parts:
        shop.parts[part.name] = part
    machine.fixed = machine.parts = tuple(parts)
    machine.cycle_modes = tuple(
        p for p in parts if isinstance(p, FailureMode) and p.spec.clock == "cycles"
    )
    if states is not None:
        edge = machine.state.setting.edge
        if edge is not None and machine.state.phase != "change":
            machine.mount(edge, states[edge])


def _temperatures(shop: Shop, machine: Machine) -> tuple[float, ...]:
    """Return the node temperatures that the scenario starts with: ambient unless it says."""
    spindle = machine.plan.spec.spindle
    assert spindle is not None, "only a spindle has temperatures"
    given = shop.scenario.start_from.temperatures.get(machine.name)
    if given is None:
        return (shop.plan.model.ambient,) * len(spindle.network.nodes)
    if isinstance(given, str):
        return shop.plan.steady_program(machine.name, given)
    return given


def _fill_magazine(shop: Shop, machine: Machine) -> None:
    """Draw the edges that the machine starts with."""
    start = shop.scenario.start_from.edges
    magazine = {}
    for slot in machine.plan.spec.magazine:
        tool = machine.plan.tools[slot.tool]
        for sister in range(1, slot.edges + 1):
            name = edge_name(machine.name, slot.tool, sister)
            used = start.get((machine.name, slot.tool, sister), 0.0)
            magazine[name] = worn_edge(new_edge(machine, tool, name), used)
    state = machine.state
    machine.state = MachineState(
        state.mode, state.phase, state.anchor, state.until, state.load, state.work,
        state.setting, state.faults, state.started, magazine,
    )


def _flow(shop: Shop, snapshot: Snapshot | None) -> None:
    states = {} if snapshot is None else snapshot.states
    scenario = shop.scenario
    known = states["orders"].orders if snapshot is not None else {}
    book = BookState({
        order.name: known.get(order.name, OrderState()) for order in scenario.orders
    })
    shop.book = OrderBook(shop, scenario.orders, book)
    done = states.get("interventions") or InterventionState()
    shop.interventions = Interventions(shop, scenario.interventions, done)
    for spec in shop.plan.model.sources:
        source = Source(shop, spec, states.get(spec.name) or SourceState())
        shop.sources[spec.name] = source
        if spec.interarrival is None:
            first = shop.plan.operation(spec.product, 0).stations
            for name in first:
                station = shop.stations[name]
                station.fed = (*station.fed, source)
    shop.flowing = shop.plan.flowing
    shop.pieces = dict(states.get("pieces") or {})
    shop.book.arm()
    shop.interventions.arm()
    for source in shop.sources.values():
        if snapshot is None:
            source.plan_next()
        else:
            source.arm()


def _rewire(shop: Shop, snapshot: Snapshot) -> None:
    """Set the saved alarms, and derive what is a function of the states."""
    for piece in shop.pieces.values():
        if piece.order in shop.book.specs:
            for operation in shop.plan.products[piece.product].operations[piece.operation :]:
                for name in operation.stations:
                    shop.stations[name].expected += 1
    for machine in shop.machines.values():
        state = machine.state
        shop.busy += state.until < float("inf")
        if state.work is not None and state.work.step == DONE:
            piece = shop.pieces[state.work.job]
            for name in shop.plan.operation(piece.product, piece.operation + 1).stations:
                shop.stations[name].upstream[machine.name] = machine
        saved = snapshot.alarms.get(machine.name)
        if saved is not None:
            process = machine.process
            if saved.guard != PLAN:
                edge = machine.edge
                part = shop.parts.get(saved.part)
                process = edge.process if part is None and edge is not None else part.process
            machine.alarm = Alarm(
                shop.env, saved.instant, saved.rank, saved.part, saved.guard, process._resume
            )
            shop.env.set(machine.alarm, machine.order)
