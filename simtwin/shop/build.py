"""This module holds the build: from model, scenario and snapshot to a living shop."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from msgspec import structs

from simtwin.errors import UnknownSnapshot
from simtwin.names import natural
from simtwin.parts.alarm import waker
from simtwin.parts.bearing import Bearing, bearing_name, new_bearing
from simtwin.parts.failure import FailureMode, new_life
from simtwin.parts.spindle import Spindle, SpindleState
from simtwin.parts.tool import edge_name, seen_edge, used_edge
from simtwin.plant.calendar import Hours
from simtwin.plant.rules import SEQUENCE
from simtwin.result.record import FlowTotals, Log, MachineTotals, Record
from simtwin.shop.backlog import Backlog, BacklogState
from simtwin.shop.batch_station import BatchStation
from simtwin.shop.calendar import Shifts, settle_in
from simtwin.shop.crew import Crew, CrewState
from simtwin.shop.dispatch import choice_of
from simtwin.shop.environment import ShopEnvironment
from simtwin.shop.flow import OrderBook, Source, Station
from simtwin.shop.flow_states import (
    BookState,
    KanbanState,
    OrderState,
    SourceState,
    StationState,
)
from simtwin.shop.hold import PLAN
from simtwin.shop.interventions import ActsState, Interventions
from simtwin.shop.kanban import KanbanStation
from simtwin.shop.machine import Machine
from simtwin.shop.plain import PlainMachine
from simtwin.shop.plan import calendar_name
from simtwin.shop.preemption import interrupted_first
from simtwin.shop.reading import History
from simtwin.shop.shop import Shop
from simtwin.shop.start import place_work
from simtwin.shop.states import CHANGES, DONE, new_machine
from simtwin.shop.tape import Tape
from simtwin.shop.through import resume
from simtwin.shop.tooling import mount
from simtwin.shop.transport import Transport, TransportState
from simtwin.shop.upkeep import Policies, Upkeep, UpkeepState, by_age

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.parts.part import Part
    from simtwin.plant.model import Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.flow_states import Piece
    from simtwin.shop.machine_plan import MachinePlan
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
    compiled: bool = True,
    as_left: bool = False,
) -> Shop:
    """Return a living shop: cold or at the scenario's start state, or at *snapshot*.

    Where programs are not *compiled*, every hold is done for itself: the same, and slower.
    *as_left*, machines stay on or off shift as they were in the snapshot, whatever their
    calendars say now: a move onto another plant settles that later.
    """
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
    shop.by_holds = not compiled
    env.dispatch = shop.dispatch
    env.ends = partial(_ends, shop)
    _stations(shop, snapshot)
    _machines(shop, snapshot)
    _flow(shop, snapshot)
    _calendars(shop)
    if snapshot is None:
        place_work(shop)
    else:
        _rewire(shop, snapshot)
        if not as_left:
            for machine in shop.machines.values():
                settle_in(machine)
    return shop


def _calendars(shop: Shop) -> None:
    """Let the machines know when they work, and wake their calendars."""
    found = []
    now = shop.env.now
    for name, hours in sorted(shop.hours.items(), key=lambda item: natural(item[0])):
        members = tuple(m for m in shop.machines.values() if m.plan.spec.calendar == name)
        crews = tuple(crew.name for crew in shop.crew.crews if crew.calendar == name)
        for machine in members:
            machine.closed = not hours.is_open(now)
        shifts = Shifts(shop, calendar_name(name), hours, members, crews)
        shifts.arm()
        found.append(shifts)
    shop.shifts = tuple(found)
    shop.policies = Policies(shop, shop.scenario.maintenance)
    shop.policies.arm()


def _ends(shop: Shop, part: str, guard: str) -> str:
    """Say what ends when the alarm of *part* with *guard* comes: of a machine, its mode."""
    if part not in shop.machines:
        return f"{part} ({guard})"
    mode = shop.machines[part].mode
    return f"{part} ({f'{mode.name} {mode.operation}'.strip()})"


def _record(plan: Plan, snapshot: Snapshot | None, log: bool) -> Record:
    opening = None if snapshot is None else snapshot.opening
    if snapshot is None:
        machines = {name: MachineTotals() for name in plan.machines}
        places = {name: FlowTotals() for name in plan.stations}
        total = FlowTotals()
    else:
        # In the order of the plant: a file has sorted the names.
        machines = {name: snapshot.machine_totals[name].copy() for name in plan.machines}
        places = {name: snapshot.place_totals[name].copy() for name in plan.stations}
        total = snapshot.plant_totals.copy()
    kept = None
    if log:
        since = 0.0 if snapshot is None else snapshot.time
        tape = Tape()
        history = {
            name: History(machine, since, tape, number)
            for number, (name, machine) in enumerate(plan.machines.items())
        }
        kept = Log(history=history, operations=plan.operation_names)
    return Record(machines, places, kept, total, opening)


def _stations(shop: Shop, snapshot: Snapshot | None) -> None:
    states = {} if snapshot is None else snapshot.states
    for spec in shop.plan.model.stations:
        state = states.get(f" station {spec.name}")
        if spec.batch is not None:
            station: Station = BatchStation(shop, spec, state or StationState())
        elif spec.kanban is None:
            station = Station(shop, spec, state or StationState())
        else:
            station = KanbanStation(shop, spec, state or KanbanState())
        shop.stations[spec.name] = station
    shop.batching = tuple(s for s in shop.stations.values() if isinstance(s, BatchStation))
    shop.batches = dict(states.get(" batches") or {})
    shop.depth = shop.plan.depth
    shop.hours = {c.name: Hours(c, shop.scenario.start) for c in shop.plan.model.calendars}
    _pull(
        shop,
        states.get(" backlog") or BacklogState(),
        states.get(" transport") or TransportState({}),
    )
    shop.rule = choice_of(shop.plan.model, shop.scenario)
    shop.interrupted = dict(states.get(" interrupted") or {})
    if shop.interrupted or shop.plan.preempts:
        shop.rule = interrupted_first(shop.rule)
    shop.upkeep = Upkeep(shop, states.get(" upkeep") or UpkeepState({}, {}))
    shop.by_age = by_age(shop.plan.model, shop.scenario)
    shop.crew = Crew(shop, shop.plan.model.all_crews, states.get(" crew") or CrewState())


def _pull(shop: Shop, waiting: BacklogState, ways: TransportState) -> None:
    """Give *shop* its door, its ways and its cards, where there are any."""
    flow, depth, order = shop.plan.model.flow, shop.depth, shop.orders
    stations = [s for s in shop.stations.values() if isinstance(s, KanbanStation)]
    shop.kanban = tuple(sorted(stations, key=lambda s: (depth[s.name], order[s.name])))
    if shop.plan.model.transport is not None or ways != TransportState({}):
        shop.transport = Transport(shop, shop.plan.model.transport, ways)
        shop.movers = shop.transport.limited
    if flow.conwip is not None or flow.conwip_of:
        shop.backlog = Backlog(shop, flow, waiting)
    shop.special = bool(shop.kanban or shop.plan.judging or shop.transport)
    shop.special = shop.special or bool(shop.batching or shop.batches)
    if shop.scenario.dispatching != SEQUENCE:  # A given sequence says itself who is next.
        urgent = [s for s in shop.stations.values() if s.spec.preempt]
        shop.preemptive = tuple(sorted(urgent, key=lambda s: (depth[s.name], order[s.name])))
    waits = shop.kanban or shop.backlog is not None or shop.transport is not None
    if waits or shop.preemptive or shop.batching:
        shop.pull = shop.pull_on
    shop.direct = not shop.special and shop.pull is None


def _machines(shop: Shop, snapshot: Snapshot | None) -> None:
    start = shop.scenario.start_from
    for spec in sorted(shop.plan.model.machines, key=lambda m: natural(m.name)):
        plan = shop.plan.machines[spec.name]
        order = shop.orders[spec.name]
        if snapshot is None:
            state = new_machine(
                _temperatures(shop, plan),
                tuple(start.bearings.get((spec.name, b.name), 0.0) for b in spec.bearings),
                stopped=spec.name in start.stopped,
                family=start.families.get(spec.name),
                feed=spec.feed_override / 100.0,
                spindle=spec.spindle_override / 100.0,
            )
        else:
            state = snapshot.states[spec.name]
        kind = PlainMachine if plan.bare else Machine
        machine = kind(shop, plan, state, order)
        machine.wanted = spec.name in shop.upkeep.state.due
        if spec.calendar is not None:
            machine.hours = shop.hours[spec.calendar]
        shop.machines[spec.name] = machine
        _parts(shop, machine, snapshot)
        if snapshot is None:
            _fill_magazine(shop, machine)
        if machine.history is not None:
            found = machine.outline
            machine.history.find(found.magazine, machine.edge, found.wear)
    for station in shop.stations.values():
        members = [shop.machines[name] for name in station.spec.machines]
        station.machines = tuple(sorted(members, key=lambda machine: machine.order))
        station.holding = tuple(machine for machine in station.machines if machine.holds)


def _parts(shop: Shop, machine: Machine, snapshot: Snapshot | None) -> None:
    """Give *machine* its spindle, bearings and failure modes, new or as they were."""
    spec = machine.plan.spec
    states = None if snapshot is None else snapshot.states
    start = shop.scenario.start_from
    parts: list[Part] = []
    if spec.spindle is not None:
        known = SpindleState() if states is None else states[f"{spec.name}/spindle"]
        machine.spindle = Spindle(spec.spindle, machine, known, machine.plan.resets)
        parts.append(machine.spindle)
    for bearing, damage in zip(spec.bearings, machine.state.damages, strict=True):
        name = bearing_name(spec.name, bearing)
        drawn = new_bearing(machine, name, damage) if states is None else states[name]
        parts.append(Bearing(bearing, machine, drawn))
    modes = []
    asked, in_hand = shop.upkeep.parts, shop.upkeep.in_hand
    for failure in spec.failures:
        name = f"{spec.name}/{failure.name}"
        age = start.ages.get((spec.name, failure.name), 0.0)
        seen = start.levels.get((spec.name, failure.name), 0.0)
        life = new_life(machine, failure, name, age, seen) if states is None else states[name]
        mode = FailureMode(failure, machine, life)
        policy = shop.by_age.get(name)
        if policy is not None:
            assert policy.age is not None, "it renews at an age"
            mode.renew_at = policy.age
        mode.asked = name in asked
        mode.in_hand = name in in_hand
        mode.arm()
        modes.append(mode)
    machine.parts = (*parts, *modes)
    machine.cycle_modes = tuple(mode for mode in modes if mode.spec.clock == "cycles")
    # What is due at the very end of a piece is due before the next one begins (KERNEL 4).
    aging = (mode for mode in modes if mode.spec.clock == "processing" and mode.renew_at < inf)
    machine.ending_modes = (*machine.cycle_modes, *aging)
    machine.powered_modes = tuple(mode for mode in modes if mode.spec.clock == "powered")
    shop.parts.update((part.name, part) for part in machine.parts)
    edge = machine.state.setting.edge
    if states is not None and edge is not None and machine.state.phase not in CHANGES:
        mount(machine, edge, states[edge])


def _temperatures(shop: Shop, plan: MachinePlan) -> tuple[float, ...]:
    """Return the node temperatures that the scenario starts with: ambient unless it says."""
    spindle = plan.spec.spindle
    if spindle is None:
        return ()
    given = shop.scenario.start_from.temperatures.get(plan.spec.name)
    if given is None:
        return (shop.plan.model.ambient,) * len(spindle.network.nodes)
    if isinstance(given, str):
        return shop.plan.steady_program(plan.spec.name, given)
    return given


def _fill_magazine(shop: Shop, machine: Machine) -> None:
    """Draw the edges that the machine starts with."""
    start = shop.scenario.start_from
    magazine = {}
    for slot in machine.plan.spec.magazine:
        tool = machine.plan.tools[slot.tool]
        for sister in range(1, slot.edges + 1):
            name = edge_name(machine.name, slot.tool, sister)
            key = machine.name, slot.tool, sister
            seen = start.lands.get(key)
            magazine[name] = (
                used_edge(machine, tool, name, start.edges.get(key, 0.0))
                if seen is None
                else seen_edge(machine, tool, name, seen)
            )
    machine.state = structs.replace(machine.state, magazine=magazine)


def _flow(shop: Shop, snapshot: Snapshot | None) -> None:
    states = {} if snapshot is None else snapshot.states
    scenario = shop.scenario
    known = states[" orders"].orders if snapshot is not None else {}
    book = BookState(
        {order.name: known.get(order.name, OrderState()) for order in scenario.orders}
    )
    shop.book = OrderBook(shop, scenario.orders, book)
    shop.specs = shop.book.specs
    before = None if snapshot is None else states.get(" acts") or ActsState()
    if before is not None and before.moved:
        shop.env.moved_at = shop.env.now
    shop.interventions = Interventions(shop, scenario.interventions, before)
    _sources(shop, states)
    shop.flowing = shop.plan.flowing
    shop.pieces = dict(states.get(" pieces") or {})
    if shop.plan.judging:
        shop.loops = dict(states.get(" loops") or {})
    shop.book.arm()
    shop.interventions.arm()
    if shop.transport is not None:
        for name, way in shop.transport.state.moving.items():
            if way.to in shop.stations:
                shop.stations[way.to].capacity -= 1
            shop.transport.arm(name)
    for source in shop.sources.values():
        if snapshot is None:
            source.plan_next()
        else:
            source.arm()


def _sources(shop: Shop, states: Mapping[str, Any]) -> None:
    """Give *shop* its sources; one that never ends feeds its first stations, or the door."""
    door = shop.backlog
    for spec in shop.plan.model.sources:
        source = Source(shop, spec, states.get(f" source {spec.name}") or SourceState())
        shop.sources[spec.name] = source
        if spec.interarrival is None and door is not None and door.limits(spec.product):
            door.endless = (*door.endless, source)
            shop.call_dispatch()
        elif spec.interarrival is None:
            first = shop.plan.operation(spec.product, 0).stations
            for name in first:
                station = shop.stations[name]
                station.fed = (*station.fed, source)


def _rewire(shop: Shop, snapshot: Snapshot) -> None:
    """Derive what is a function of the states, and set the saved alarms."""
    outside = () if shop.backlog is None else shop.backlog.state.waiting
    for piece in (*shop.pieces.values(), *outside):
        if piece.order in shop.book.specs:
            for operation in shop.plan.routes[piece.product][piece.operation :]:
                for name in operation.stations:
                    shop.stations[name].expected += 1
    for machine in shop.machines.values():
        state = machine.state
        shop.busy += state.until < inf
        if state.work is not None and state.work.step == DONE:
            _block(shop, machine, shop.pieces[state.work.job])
        resume(machine)
        saved = snapshot.alarms.get(machine.name)
        if saved is not None:
            _set_alarm(shop, machine, saved)
    for station in shop.batching:
        station.watch()
    for name in snapshot.states.get(" touched", ()):
        shop.touch(shop.machines[name])


def _block(shop: Shop, machine: Machine, piece: Piece) -> None:
    """Note which stations *machine* waits for, to let its finished *piece* go."""
    following = shop.following(piece)
    for operation in shop.routes[piece.product][following:][:1]:
        for name in operation.stations:
            shop.stations[name].upstream[machine.name] = machine
        shop.suspect(machine.station)


def _set_alarm(shop: Shop, machine: Machine, saved: tuple[float, int, str, str]) -> None:
    """Set the alarm of a machine's hold again, for whoever it was to wake."""
    at, rank, owner, guard = saved
    edge = machine.edge
    if guard == PLAN:
        process = machine.process
    elif edge is not None and edge.name == owner:
        process = edge.process
    else:
        process = shop.parts[owner].process
    machine.alarm = shop.env.arm(at, rank, machine.order, owner, guard, waker(process))
