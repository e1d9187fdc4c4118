"""This module holds the revival: a shop that was moved onto another plant lives again.

It stands at the instant of the snapshot and nothing in it is advanced: what is new is drawn,
machines that are other look ahead anew, pieces without a place find one, the crew is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import natural
from simtwin.parts.bearing import Bearing, new_bearing
from simtwin.parts.failure import FailureMode, new_life
from simtwin.parts.tool import Stowed, new_edge, tool_of
from simtwin.shop import calendar, setup, stops
from simtwin.shop.backlog import BacklogState
from simtwin.shop.batch import in_hand
from simtwin.shop.crew import CrewState
from simtwin.shop.inheritance import UNDRAWN
from simtwin.shop.moves import Move
from simtwin.shop.states import DONE, at_speed
from simtwin.shop.transfer import rehome, settle_in

if TYPE_CHECKING:
    from simtwin.shop.crew import Crew
    from simtwin.shop.inheritance import Heir
    from simtwin.shop.machine import Machine
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop
    from simtwin.shop.transfer import Transfer


def revive(
    shop: Shop, before: Plan, moved: Transfer, heirs: dict[str, Heir], moves: list[Move]
) -> None:
    """Let *shop* live again, and leave every machine to be looked at by its next dispatch."""
    for name, heir in heirs.items():
        draw(shop.machines[name], heir.draws)
    _regroup(shop, before, moved, moves)
    for name, heir in heirs.items():
        go_on(shop.machines[name], heir)
    for machine in shop.machines.values():
        calendar.settle_in(machine)
    settle_in(shop, moved, moves)
    _open_door(shop, before, moved, moves)
    _tell_ways(shop, before, moves)
    _call_crew(shop, before, moves)
    for source in shop.sources.values():
        if source.state.next is None:
            source.plan_next()
    for station in shop.batching:
        station.watch()
    for machine in shop.machines.values():
        shop.touch(machine)


def draw(machine: Machine, names: tuple[str, ...]) -> None:
    """Draw the lives of the parts and edges called *names*, in natural order."""
    edges = []
    for name in sorted(names, key=natural):
        part = machine.shop.parts.get(name)
        if isinstance(part, Bearing):
            part.state = new_bearing(machine, name, machine.meter(name))
        elif isinstance(part, FailureMode):
            part.state = new_life(machine, part.spec, name, part.age, part.state.seen)
            part.arm()
        else:
            edges.append(name)
    for name in edges:
        _draw_edge(machine, name)
    machine.watch_again()


def _draw_edge(machine: Machine, name: str) -> None:
    """Draw a new edge, or of a known one the hazard at which it breaks from now on."""
    fresh = new_edge(machine, machine.plan.tools[tool_of(name)], name)
    state, mounted = machine.state, machine.edge
    if mounted is not None and mounted.name == name:
        mounted.state = structs.replace(
            mounted.state, threshold=state.wear[2] + fresh.threshold
        )
        return
    stored = state.magazine[name]
    wear = stored.wear
    if stored.edge != UNDRAWN:
        fresh = structs.replace(stored.edge, threshold=wear[2] + fresh.threshold)
    machine.state = structs.replace(
        state, magazine={**state.magazine, name: Stowed(fresh, wear)}
    )


def go_on(machine: Machine, heir: Heir) -> None:
    """Let a machine go on with what its state says, and look for state events anew."""
    state = machine.state
    phase, work = state.phase, state.work
    if heir.freed:
        if state.faults:
            stops.ask_for_repair(machine)
        else:
            stops.recover(machine)
    elif phase == "cooling" and not stops.is_hot(machine):
        stops.recover(machine)
    elif (
        phase in stops.LINED_UP
        and state.mode.name == "thermal hold"
        and not stops.is_hot(machine)
    ):
        stops.line_up_again(machine)
    elif (
        work is None and phase in stops.INTERRUPTIBLE and phase != "cooling" and state.mode.job
    ):
        machine.stand("idle", None, state.setting)
    elif work is not None and work.step != DONE and (phase == "cut" or heir.again):
        setting = state.setting
        machine.next_step(work, at_speed(setting, 0.0) if heir.again else setting)
    else:
        machine.go_on(state.until)


def _regroup(shop: Shop, before: Plan, moved: Transfer, moves: list[Move]) -> None:
    """Count the pieces of machines that have another station over to it."""
    for name in moved.inside:
        home, station = before.machines[name].spec.station, shop.machines[name].station.name
        if home != station:
            work = shop.machines[name].state.work
            assert work is not None, "a piece is inside"
            for piece in in_hand(shop.machines[name]):
                rehome(shop, shop.pieces[piece], home, station)
    for name, machine in shop.machines.items():
        old = before.machines.get(name)
        if old is not None and old.spec.station != machine.station.name:
            why = f"now works from the queue of {machine.station.name}"
            moves.append(Move("mapped", name, why))


def _open_door(shop: Shop, before: Plan, moved: Transfer, moves: list[Move]) -> None:
    """Let in whom no limit holds outside any more, and say so where the limit is another."""
    door, was = shop.backlog, before.model.flow
    held = [p for p in moved.outside if door is not None and door.limits(p.product)]
    if door is not None:
        door.state = BacklogState(tuple(held))
    freed = [piece for piece in moved.outside if piece not in held]
    now = shop.env.now
    for piece in freed:
        shop.let_in(structs.replace(piece, released=now, since=now))
    if freed:
        why = f"{len(freed)} pieces that waited outside are let in: no limit holds them"
        moves.append(Move("mapped", "backlog", why))
    if was != shop.plan.model.flow:
        why = "is another limit now; who is in the shop stays, who waits is let in by it"
        moves.append(Move("kept", "work in progress", why))


def _tell_ways(shop: Shop, before: Plan, moves: list[Move]) -> None:
    if before.model.transport != shop.plan.model.transport:
        why = "takes other times or movers now; who is on the way arrives as it was to"
        moves.append(Move("kept", "transport", why))


def _call_crew(shop: Shop, before: Plan, moves: list[Move]) -> None:
    """Begin what needs no crew any more, and count who is with whom.

    Whoever is at a machine stays, even if the crew is smaller now.
    """
    crew = shop.crew
    for machine in shop.machines.values():
        phase = machine.state.phase
        if phase == "waiting" and stops.skill_for(machine, machine.state.faults[0]) is None:
            stops.repair(machine)
        elif phase == "unset" and not crew.serves(setup.SKILL):
            setup.attended(machine)
        elif phase == "pending" and _skill_of(machine) is None:
            stops.recover(machine)
    asked = {machine: since for since, machine, _ in crew.state.waiting}
    busy, waiting = [], []
    for name, machine in shop.machines.items():
        skill = _skill_of(machine)
        if skill is None:
            continue
        if machine.state.phase in ("repair", "setup", "upkeep"):
            busy.append((name, _whose(crew, machine, skill)))
        else:
            waiting.append((asked.get(name, shop.env.now), name, skill))
    order = [name for name, _ in crew.state.busy]
    busy.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    waiting.sort(key=lambda item: (item[0], natural(item[1])))
    crew.state = CrewState(tuple(busy), tuple(waiting))
    crew.assign()
    if shop.plan.model.all_crews != before.model.all_crews:
        sizes = ", ".join(f"{spec.name} {spec.members}" for spec in shop.plan.model.all_crews)
        why = f"is {sizes or 'as many as it takes'} now; whoever is at a machine stays"
        moves.append(Move("kept", "crew", why))


def _skill_of(machine: Machine) -> str | None:
    """Return the skill that *machine* has somebody for, or waits for."""
    state, crew = machine.state, machine.shop.crew
    if state.phase in stops.UPKEEP:
        upkeep = machine.shop.upkeep.state
        tasks = upkeep.running.get(machine.name) or upkeep.due.get(machine.name)
        return tasks[0].skill if tasks and crew.serves(tasks[0].skill) else None
    if state.phase in ("repair", "waiting"):
        return stops.skill_for(machine, state.faults[0])
    if state.phase in stops.UNSET and crew.serves(setup.SKILL):
        return setup.SKILL
    return None


def _whose(crew: Crew, machine: Machine, skill: str) -> str:
    """Return the crew that is with *machine*: the one that was, if it still has the *skill*."""
    known = crew.with_(machine)
    if known is not None and skill in known.skills:
        return known.name
    return next(spec.name for spec in crew.crews if skill in spec.skills)
