"""This module holds the forecast: from a snapshot into a future of its own luck (KERNEL 18).

`build` with a snapshot resumes: same luck, bit for bit. A forecast knows only what could be
seen. Every hidden draw that is still open (strengths, life factors, thresholds, the running
step, repair and arrival) is drawn again, as the quantile of a uniform scaled to survival so
far; the uniforms come from (seed, replication, entity, purpose) at count 0.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from simtwin.names import natural
from simtwin.parts.alarm import instant
from simtwin.parts.bearing import Bearing, BearingState
from simtwin.parts.failure import FailureMode, begun_at
from simtwin.parts.tool import Stowed, drawn_edge, tool_of
from simtwin.physics.life import Fixed, drawn
from simtwin.physics.strength import strength_conditional
from simtwin.shop.belief import draw_temperatures
from simtwin.shop.build import build
from simtwin.shop.states import DONE, KNOWN
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.parts.tool import EdgeState, ToolSpec, Wear
    from simtwin.plant.model import Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.flow import Source
    from simtwin.shop.machine import Machine
    from simtwin.shop.plan import Plan
    from simtwin.shop.shop import Shop
    from simtwin.shop.states import Work
    from simtwin.shop.transport import Transport

NEVER = Fixed(1e12)
"""A life that no run sees the end of: some 30 000 years, or as many cycles."""


def forecast(
    plan: Plan,
    scenario: Scenario,
    snapshot: Snapshot,
    *,
    seed: int,
    replication: int = 0,
    log: bool = False,
) -> Shop:
    """Return a shop that goes on from *snapshot* with luck of its own.

    Two plans with the same *seed* and *replication* get the same uniforms. Nothing sealed in
    the snapshot is used, beyond that it has not happened yet.
    """
    shop = build(plan, scenario, Streams(seed, replication), snapshot=snapshot, log=log)
    draw_temperatures(shop, snapshot)
    redraw(shop)
    return shop


def redraw(shop: Shop) -> None:
    """Draw again all that is still open in *shop*, which stands at the snapshot."""
    for machine in shop.machines.values():
        machine.settle()
        _redraw_edges(machine)
        for part in machine.parts:
            if isinstance(part, Bearing):
                _redraw_bearing(part)
            elif isinstance(part, FailureMode):
                _redraw_mode(part)
        machine.watch_again()
        _redraw_hold(machine)
    for name in sorted(shop.interrupted, key=natural):
        _redraw_interrupted(shop, name)
    for source in shop.sources.values():
        _redraw_arrival(source)
    if shop.transport is not None:
        _redraw_ways(shop.transport)


def spare(shop: Shop) -> None:
    """Let no failure mode and no bearing of *shop* fail any more; all else stays as it is."""
    for machine in shop.machines.values():
        machine.settle()
        for part in machine.parts:
            if isinstance(part, Bearing) and not part.state.spalled:
                part.state = BearingState(inf)
            elif isinstance(part, FailureMode):
                part.spec = replace(part.spec, life=NEVER)
                if not part.state.failed:
                    if part.alarm is not None:
                        machine.void(part.alarm)
                    part.state = structs.replace(part.state, due=inf)
        machine.watch_again()
        machine.go_on(machine.state.until)


def _redraw_bearing(bearing: Bearing) -> None:
    if not bearing.state.spalled:
        host = bearing.host
        uniform = host.draw(bearing.name, "life")
        damage = host.meter(bearing.name)
        bearing.state = BearingState(strength_conditional(uniform, damage))


def _redraw_mode(mode: FailureMode) -> None:
    state = mode.state
    if state.failed:
        return
    life = drawn(mode.law, lambda: mode.host.draw(mode.name, "life"), age=mode.age)
    mode.state = begun_at(mode.spec, state.begun, life, state.seen)
    if mode.alarm is not None:
        mode.host.void(mode.alarm)
        mode.arm()


def _redraw_edges(machine: Machine) -> None:
    """Draw the lives of all edges again, given what the control has counted on them."""
    state = machine.state
    magazine = {}
    for name in sorted(state.magazine):
        stored = state.magazine[name]
        spec = machine.plan.tools[tool_of(name)]
        drawn = _redrawn(machine, name, spec, stored.edge, stored.wear)
        magazine[name] = Stowed(*drawn)
    wear = state.wear
    if machine.edge is not None:
        mounted = machine.edge
        mounted.state, wear = _redrawn(machine, mounted.name, mounted.spec, mounted.state, wear)
    machine.state = structs.replace(state, magazine=magazine, wear=wear)
    if machine.history is not None:
        machine.history.find(magazine, machine.edge, wear)


def _redrawn(
    machine: Machine, name: str, spec: ToolSpec, edge: EdgeState, wear: Wear
) -> tuple[EdgeState, Wear]:
    used = wear[0]
    again = drawn_edge(machine, spec, name, used)
    if edge.spent:
        return edge, wear
    return again, (used, used / again.factor, 0.0)


def _redraw_hold(machine: Machine) -> None:
    """Draw the end of the running step or repair again, and look for state events anew."""
    _redraw_work(machine)
    _redraw_repair(machine)
    state = machine.state
    now = machine.now
    if state.phase == "cut" and state.work is not None:
        machine.resume_cut(state.work)
        return
    until = state.until
    if state.phase == "repair":
        fault = state.faults[0]
        if fault.duration is None and fault.begun is not None:
            law = machine.shop.parts[fault.part].repair
            assert law is not None, f"{fault.part} has no repair"
            whole = drawn(
                law, lambda: machine.draw(fault.part, "repair"), age=now - fault.begun
            )
            until = max(now, instant(fault.begun + whole))
    machine.go_on(until)


def _redraw_work(machine: Machine) -> None:
    """Draw what is left of the step in hand again, whether it goes on or waits for a repair."""
    work = machine.state.work
    if work is not None and work.step != DONE:
        again = _redrawn_work(work, machine, partial(machine.draw, machine.name, "process"))
        if again is not work:
            machine.state = structs.replace(machine.state, work=again)


def _redrawn_work(work: Work, machine: Machine, draw: Callable[[], float]) -> Work:
    """Return *work* with what is left of its step drawn again, where that is hidden."""
    if work.left is None or work.spent == KNOWN:
        return work
    step = machine.plan.steps(work.product, work.operation)[work.step]
    if step.fixed is not None:
        return work
    left = step.law.conditional(draw(), work.spent) - work.spent
    return structs.replace(work, left=instant(max(0.0, left)))


def _redraw_interrupted(shop: Shop, name: str) -> None:
    """Draw what is left of the step of a piece again that was interrupted and waits."""
    work = shop.interrupted[name]
    names = shop.routes[work.product][work.operation].stations
    machine = next(shop.stations[n].machines[0] for n in names if name in _queue(shop, n))
    draw = shop.streams[name, "interrupted"]
    shop.interrupted[name] = _redrawn_work(work, machine, draw)


def _queue(shop: Shop, station: str) -> tuple[str, ...]:
    return shop.stations[station].state.queue


def _redraw_repair(machine: Machine) -> None:
    """Draw again what is left of a repair that was laid down until the crew comes back."""
    faults = machine.state.faults
    if not faults or faults[0].left is None:
        return
    first = faults[0]
    law = machine.shop.parts[first.part].repair
    assert law is not None, f"{first.part} has no repair"
    whole = drawn(law, lambda: machine.draw(first.part, "repair"), age=first.worked)
    rest = structs.replace(first, left=instant(max(0.0, whole - first.worked)))
    machine.state = structs.replace(machine.state, faults=(rest, *faults[1:]))


def _redraw_ways(transport: Transport) -> None:
    """Draw again when pieces on their way arrive, where that is random."""
    shop, spec = transport.shop, transport.spec
    now = shop.env.now
    for name in transport.under_way():
        way = transport.state.moving[name]
        law = None if spec is None else spec.leg(way.origin, way.to)
        if law is not None and not isinstance(law, Fixed):
            stream = shop.streams[f"{way.origin}>{way.to}", "transport"]
            whole = drawn(law, stream, age=now - way.begun)
            transport.postpone(name, max(now, instant(way.begun + whole)))


def _redraw_arrival(source: Source) -> None:
    law, state = source.spec.interarrival, source.state
    if law is None or source.alarm is None:
        return
    now = source.shop.env.now
    stream = source.shop.streams[source.name, "arrival"]
    at = max(now, instant(state.last + drawn(law, stream, age=now - state.last)))
    source.shop.env.void(source.alarm)
    source.state = structs.replace(state, next=at)
    source.arm()
