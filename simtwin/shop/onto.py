"""This module holds the move onto another plant: a state of one is made one of the other.

So a what-if goes on from now with a machine more or less (KERNEL 19). Everything is itself by
name. The rules, each of which is noted in words where it is used:

- A machine to which nothing is other goes on bit for bit. One that is other is brought to the
  present by its old data, keeps what it is doing, and looks ahead anew by its new data.
- A machine that is gone leaves its piece: to the queue where it came from, its work lost, or to
  its next operation if it was finished. Its parts, faults, edges, totals and its place with the
  crew are dropped. A new machine is cold, empty and idle, its parts drawn from its own streams.
- A piece keeps its operation by name, or goes on to the next of its old route that is still
  there; refused are pieces on which nothing is left to do and products that nobody makes.
- A buffer that is smaller than what waits keeps it and lets nobody in until there is room; so
  with fewer cards. A store without cards gives its pieces to the next queue. Another limit on
  work in progress holds for who comes in from now; without one all who wait are let in.
- A crew that is smaller finishes what it has begun, and so do movers. A piece under way arrives
  where and when it was to; where it can no longer be worked on, it waits at another station.
- Damage, strength and wear stay with bearing and edge; a failure mode by another law keeps its
  age, and what is left of its life is drawn again. What is new is new, what is gone is dropped,
  and a machine that stood for a fault of it goes on.
- The pieces of a batch in hand stay with the one that leads it, whatever a batch is now; where
  that cannot stay, the batch is taken apart.
- A piece that was interrupted keeps its work left, unless its operation has other steps now.
- Orders and acts are the scenario's: they are not looked at here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput, UnknownSnapshot
from simtwin.names import natural
from simtwin.plant.model import Scenario
from simtwin.result.record import FlowTotals, MachineTotals, Opening
from simtwin.shop.backlog import BacklogState
from simtwin.shop.belief import beliefs_kept
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.shop.crew import CrewState
from simtwin.shop.flow_states import SourceState
from simtwin.shop.inheritance import Inheritance, is_same, newcomer, renumbered
from simtwin.shop.moves import Move, Moved, Moves
from simtwin.shop.plan import matter, plan_of
from simtwin.shop.revival import revive
from simtwin.shop.transfer import able, interrupted_kept, loops_kept, transfer
from simtwin.shop.upkeep import UpkeepState
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.model import PlantModel
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.inheritance import Heir
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop
    from simtwin.shop.transfer import Transfer


def onto(snapshot: Snapshot, model: PlantModel, *, old: PlantModel) -> Moved:
    """Return *snapshot*, taken of the plant *old*, as a state of the plant *model*.

    Onto the same model it is the snapshot itself. Nothing is advanced, and nothing of
    *snapshot* is changed. Raises InvalidInput with all that is refused.
    """
    moved, noted = _moved(snapshot, model, old)
    if moved is None:
        refused = "; ".join(f"{move.entity}: {move.why}" for move in noted.of("refused"))
        raise InvalidInput(f"{snapshot.plant} cannot go on as {model.name}: {refused}")
    return Moved(moved, noted)


def moves(snapshot: Snapshot, model: PlantModel, *, old: PlantModel) -> Moves:
    """Return what `onto` does with each thing in *snapshot*, and what it refuses."""
    return _moved(snapshot, model, old)[1]


def _moved(
    snapshot: Snapshot, model: PlantModel, old: PlantModel
) -> tuple[Snapshot | None, Moves]:
    """Return the moved snapshot, None if anything is refused, and the moves."""
    if snapshot.plant != old.name:
        raise UnknownSnapshot(
            f"the snapshot is of plant {snapshot.plant!r}, not of {old.name!r}"
        )
    if is_alike(old, model):
        same = snapshot if model.name == old.name else replace(snapshot, plant=model.name)
        return same, Moves((Move("kept", "everything", "the plants are the same to a state"),))
    noted = _unsound(model)
    if noted:
        return None, Moves(tuple(noted))
    before, after = plan_of(old), plan_of(model)
    moved = transfer(before, after, snapshot.states, noted)
    if any(move.what == "refused" for move in noted):
        return None, Moves(tuple(noted))
    changed = _changed(before, after, snapshot.states, moved, noted)
    past = capture(_settled(before, snapshot, changed))
    heirs = _heirs(before, after, past.states, moved, changed, noted, now=past.time)
    if any(move.what == "refused" for move in noted):
        return None, Moves(tuple(noted))
    start = _start(before, after, past, moved, heirs, noted)
    shop = build(after, _dated(snapshot), _streams(snapshot), snapshot=start, as_left=True)
    revive(shop, before, moved, heirs, noted)
    last = capture(shop)
    orders = {" orders": snapshot.states[" orders"]}
    beliefs = beliefs_kept(snapshot, after.machines)
    return replace(last, states=last.states | orders | beliefs), Moves(tuple(noted))


def is_alike(old: PlantModel, new: PlantModel) -> bool:
    """Tell whether the two differ in nothing that a state depends on."""
    return old is new or matter(old) == matter(new)


def _dated(snapshot: Snapshot) -> Scenario:
    """Return a scenario of nothing but the date, which calendars hang on."""
    return Scenario(start=snapshot.start) if snapshot.start else Scenario()


def _streams(snapshot: Snapshot) -> Streams:
    return Streams(snapshot.seed, snapshot.replication, counts=snapshot.counts)


def _unsound(model: PlantModel) -> list[Move]:
    """Return what in *model* could never be built: routes and magazines that lead nowhere."""
    manned = {station.name for station in model.stations if station.machines}
    tools = {tool.name for tool in model.tools}
    products = {product.name for product in model.products}
    found = [
        Move("refused", f"{product.name}/{operation.name}", f"no machine is left at {name!r}")
        for product in model.products
        for operation in product.operations
        for name in operation.stations
        if name not in manned
    ]
    members = [
        (s.name, m) for s in model.stations for m in model.machines if m.name in s.machines
    ]
    found += [
        Move("refused", machine.name, f"it lacks what {product.name}/{operation.name} needs")
        for product in model.products
        for operation in product.operations
        for station, machine in members
        if station in operation.stations and not able(machine, operation)
    ]
    found += [
        Move("refused", machine.name, f"its magazine has a tool {slot.tool!r} of no catalogue")
        for machine in model.machines
        for slot in machine.magazine
        if slot.tool not in tools
    ]
    found += [
        Move("refused", source.name, f"it makes {source.product!r}, which has no route")
        for source in model.sources
        if source.product not in products
    ]
    return found


def _changed(
    before: Plan, after: Plan, states: Mapping[str, Any], moved: Transfer, moves: list[Move]
) -> set[str]:
    """Return the machines of both plants that do not simply go on."""
    changed = set()
    for name, plan in after.machines.items():
        old = before.machines.get(name)
        if old is None:
            continue
        if not is_same(old, plan, states[name].work, moved.inside.get(name)):
            changed.add(name)
        else:
            moves.append(Move("kept", name, "goes on as it was"))
    return changed


def _settled(before: Plan, snapshot: Snapshot, changed: set[str]) -> Shop:
    """Return the old shop, those of its machines that are *changed* settled by its old data."""
    shop = build(before, _dated(snapshot), _streams(snapshot), snapshot=snapshot)
    for name in changed:
        shop.machines[name].settle()
    return shop


def _heirs(
    before: Plan,
    after: Plan,
    states: Mapping[str, Any],
    moved: Transfer,
    changed: set[str],
    moves: list[Move],
    *,
    now: float,
) -> dict[str, Heir]:
    """Return the machines of the new plant that are new or other than they were."""
    gone = "gone with its parts, its place with the crew, and what was counted of it"
    lost = [name for name in before.machines if name not in after.machines]
    moves.extend(Move("dropped", name, gone) for name in lost)
    heirs = {}
    for name in sorted(after.machines, key=natural):
        if name not in before.machines:
            heirs[name] = newcomer(after.machines[name], now)
            moves.append(Move("new", name, "cold, empty and idle, its parts new"))
        elif name in changed:
            one = Inheritance(before.machines[name], after.machines[name], states, moves)
            heirs[name] = one.heir(moved.inside.get(name))
    return heirs


def _start(
    before: Plan,
    after: Plan,
    past: Snapshot,
    moved: Transfer,
    heirs: dict[str, Heir],
    moves: list[Move],
) -> Snapshot:
    """Return the state with which the new shop is built, before its machines go on."""
    states: dict[str, Any] = {}
    alarms = {}
    for name in after.machines:
        heir = heirs.get(name)
        if heir is not None:
            states |= {name: heir.state} | heir.parts
            continue
        states |= _own(name, past.states)
        states[name] = renumbered(past.states[name], moved.inside.get(name))
        if name in past.alarms:
            alarms[name] = past.alarms[name]
    states |= {f" station {name}": queue for name, queue in moved.queues.items()}
    states |= _sources(before, after, past, moves)
    states[" crew"] = _crew(after, past.states[" crew"], heirs)
    states |= _upkeep(after, past.states.get(" upkeep"), moves)
    states[" orders"] = past.states[" orders"]
    states[" acts"] = past.states.get(" acts")
    states[" pieces"] = moved.pieces
    states[" transport"] = moved.ways
    states[" loops"] = loops_kept(before, after, past.states, moved)
    states[" batches"] = moved.batches
    states[" interrupted"] = interrupted_kept(before, after, past.states, moved, moves)
    states[" backlog"] = BacklogState(moved.outside)
    machines = {n: past.machine_totals.get(n, MachineTotals()) for n in after.machines}
    return replace(
        past,
        plant=after.model.name,
        states=states,
        alarms=alarms,
        machine_totals=machines,
        place_totals=_places(before, after, past, moves),
        opening=_opening(after, past.opening),
    )


def _opening(after: Plan, opening: Opening | None) -> Opening | None:
    """Return what the key figures count from: nothing, where machine or station is new."""
    if opening is None:
        return None
    at, machines, places, plant = opening
    return Opening(
        at,
        {name: machines.get(name, MachineTotals()) for name in after.machines},
        {name: places.get(name, FlowTotals()) for name in after.stations},
        plant,
    )


def _own(machine: str, states: Mapping[str, Any]) -> dict[str, Any]:
    """Return the states of the parts of *machine* and of the edge in its spindle."""
    return {name: state for name, state in states.items() if name.startswith(f"{machine}/")}


def _crew(after: Plan, crew: CrewState, heirs: dict[str, Heir]) -> CrewState:
    """Return who is served and who waits, those without their fault and the gone left out."""
    known = {spec.name for spec in after.model.all_crews}
    left = {name for name, heir in heirs.items() if heir.freed}
    here = after.machines.keys() - left
    return CrewState(
        tuple(pair for pair in crew.busy if pair[0] in here and pair[1] in known),
        tuple(item for item in crew.waiting if item[1] in here),
    )


def _upkeep(
    after: Plan, upkeep: UpkeepState | None, moves: list[Move]
) -> dict[str, UpkeepState]:
    """Return the planned tasks, those of parts that are gone left out."""
    if upkeep is None:
        return {}
    parts = {f"{m.name}/{failure.name}" for m in after.model.machines for failure in m.failures}
    kept = []
    for tasks in (upkeep.due, upkeep.running):
        gone = [t.part for some in tasks.values() for t in some if t.part not in parts]
        moves += [Move("dropped", part, "its maintenance goes with it") for part in gone]
        left = {name: tuple(t for t in some if t.part in parts) for name, some in tasks.items()}
        kept.append({name: some for name, some in left.items() if some})
    return {" upkeep": UpkeepState(*kept)}


def _sources(
    before: Plan, after: Plan, past: Snapshot, moves: list[Move]
) -> dict[str, SourceState]:
    """Return the sources; one that is new, or has another law, draws its next arrival anew."""
    olds = {source.name: source for source in before.model.sources}
    states = {}
    for source in after.model.sources:
        key = f" source {source.name}"
        old = olds.pop(source.name, None)
        if old is None:
            states[key] = SourceState(last=past.time)
            moves.append(Move("new", source.name, "its first piece comes by its law from now"))
        elif old.interarrival == source.interarrival:
            states[key] = past.states[key]
        else:
            states[key] = SourceState(past.states[key].made, None, past.time)
            moves.append(Move("mapped", source.name, "its next piece comes by the new law"))
        if old is not None and old.product != source.product:
            why = f"makes {source.product} from now on, {old.product} in the shop goes on"
            moves.append(Move("mapped", source.name, why))
        if old is not None and old.priority != source.priority:
            why = f"its next pieces have priority {source.priority}, others keep theirs"
            moves.append(Move("mapped", source.name, why))
    gone = "its pieces in the shop go on, no other comes"
    moves.extend(Move("dropped", name, gone) for name in olds)
    return states


def _places(
    before: Plan, after: Plan, past: Snapshot, moves: list[Move]
) -> dict[str, FlowTotals]:
    """Return the totals of the stations of the new plant; say which are others."""
    found = {}
    for name, spec in after.stations.items():
        old = before.stations.get(name)
        totals = past.place_totals.get(name)
        if old is None or totals is None:
            moves.append(Move("new", name, "an empty queue"))
            totals = FlowTotals()
        elif (old.capacity, old.kanban) != (spec.capacity, spec.kanban):
            why = "keeps what waits; nobody is let in before there is room"
            moves.append(Move("kept", f"buffer of {name}", why))
        if old is not None and old.batch != spec.batch:
            takes = "one piece at a time" if spec.batch is None else spec.batch.words()
            why = f"takes {takes} from now on; what is in a machine is ended as it began"
            moves.append(Move("kept", f"batches of {name}", why))
        if old is not None and old.preempt != spec.preempt:
            why = "more urgent pieces interrupt from now on"
            if not spec.preempt:
                why = "nothing is interrupted any more; what was goes on first of its priority"
            moves.append(Move("kept", f"queue of {name}", why))
        found[name] = totals
    gone = "its queue is gone, and what was counted there"
    moves.extend(Move("dropped", name, gone) for name in before.stations if name not in found)
    return found
