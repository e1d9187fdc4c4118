"""This module holds the hold: what grows in a machine between two load changes, and until when.

The continuous part of a machine's value goes from one anchor to the next in one call, and the
first state event of a hold is found by asking edge, spindle and meters, cheap bounds first.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.parts.alarm import Rank, instant
from simtwin.parts.load import Course
from simtwin.parts.tool import wear_pieces
from simtwin.physics.bearing import duty_integral
from simtwin.physics.tool import hazard_over
from simtwin.shop.states import CHANGES

if TYPE_CHECKING:
    from simtwin.parts.load import Piece
    from simtwin.parts.meter import Watch
    from simtwin.parts.tool import EdgeState, ToolSpec, Wear
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine import Machine
    from simtwin.shop.states import Clocks, MachineState

CLOCKS = 3
"""Meters that every machine has: powered, processing, cycles."""

PLAN = "plan"
"""Guard of an alarm that is nothing but the planned end of the hold."""

PLAN_RANK = {
    "repair": int(Rank.REPAIR),
    "maintenance": int(Rank.REPAIR),
    "upkeep": int(Rank.REPAIR),
    "overload": int(Rank.REPAIR),
    "cut": int(Rank.COMPLETION),
    "run-up": int(Rank.COMPLETION),
    "change": int(Rank.COMPLETION),
    "refit": int(Rank.COMPLETION),
    "setup": int(Rank.COMPLETION),
    "program": int(Rank.COMPLETION),
}
"""Rank of the planned end of a hold, by its phase."""

GUARDED = CHANGES | {"cut", "run-up", "setup"}
"""Phases that a trip of the spindle ends, whether it turns or rests; in the others there is
nothing to stop, and what comes next finds the guard met when it begins."""


Meters = tuple["tuple[float, ...]", "Clocks", "tuple[float, ...]", "Wear", float]
"""Temperatures, clocks, damages and wear at an instant, and the energy drawn until then [J]."""


def grown(machine: Machine, state: MachineState, dt: float) -> Meters:
    """Return the meters of *machine* *dt* into its hold, and the energy of it."""
    duty = machine.duty or machine.current()
    edge = machine.edge
    meters = state.temperatures, state.clocks, state.damages, state.wear
    if duty.edge is None or edge is None:
        return advanced(duty, None, None, (), meters, dt)
    pieces = pieces_over(machine, dt) if duty.edge.gain > 0.0 else ()
    return advanced(duty, edge.spec, edge.state, pieces, meters, dt)


def advanced(
    duty: Duty,
    spec: ToolSpec | None,
    life: EdgeState | None,
    pieces: tuple[Piece, ...],
    meters: tuple[Any, Any, Any, Any],
    dt: float,
) -> Meters:
    """Return *meters* after *dt* of *duty*, and the energy drawn; an edge is given if it wears.

    *meters* are temperatures, clocks, damages and wear.
    """
    temperatures, (powered, processing, cycles), damages, wear = meters
    energy = duty.auxiliary * dt
    clocks = (powered + duty.powered * dt, processing + duty.processing * dt, cycles)
    cut = duty.edge
    if cut is not None:
        assert spec is not None, "only a mounted edge wears"
        assert life is not None, "an edge has a life"
        used, damage, hazard = wear
        rate = cut.rate / life.factor
        if spec.break_rate > 0.0:
            hazard += hazard_over(damage, rate, spec.break_rate, spec.break_growth, dt)
        wear = (used + cut.rate * dt, damage + rate * dt, hazard)
    thermal = duty.thermal
    if thermal is not None:
        before = temperatures
        temperatures, drawn = thermal.advance(before, dt, pieces)
        energy += drawn
        if damages and duty.turning:
            damages = _damaged(damages, duty, dt, pieces, before)
    return temperatures, clocks, damages, wear, energy


def pieces_over(machine: Machine, dt: float) -> tuple[Piece, ...]:
    """Return the pieces of wear over the first *dt* of the hold."""
    planned, pieces = machine.pieces
    if dt == planned:
        return pieces
    duty, edge = machine.duty, machine.edge
    assert duty is not None, "a hold that began has its load compiled"
    assert duty.edge is not None, "only a cut has pieces of wear"
    assert edge is not None, "only a mounted edge wears"
    cut = duty.edge
    return wear_pieces(machine.state.wear[1], cut.rate / edge.state.factor, cut.gain, dt)


def first_event(machine: Machine, state: MachineState) -> tuple[float, int, Any, str] | None:
    """Return instant, rank, part and guard of the first state event before `until`."""
    duty = machine.duty or machine.current()
    now, until = state.anchor, state.until
    dt = until - now
    rank = PLAN_RANK.get(state.phase, Rank.DISPATCH)
    first: tuple[float, int, Any, str] | None = None
    pieces: tuple[Piece, ...] = ()
    cut, edge = duty.edge, machine.edge
    if cut is not None and edge is not None:
        if cut.gain > 0.0:
            rate = cut.rate / edge.state.factor
            pieces = wear_pieces(state.wear[1], rate, cut.gain, dt)
            machine.pieces = (dt, pieces)
        if edge.may_end(cut, state.wear, dt):
            first = _earlier(
                now, until, rank, first, edge.first_event(cut, state.wear, dt), edge
            )
    thermal, spindle = duty.thermal, machine.spindle
    if thermal is not None and spindle is not None:
        hot = state.temperatures
        if spindle.state.tripped or (
            state.phase in GUARDED and max(hot) > thermal.calm and not thermal.is_safe(hot)
        ):
            course = Course(dt, pieces, thermal, hot)
            first = _earlier(
                now, until, rank, first, spindle.first_event(thermal, course), spindle
            )
    watching = until > machine.calm or machine.calm_version != machine.plan.version
    if watching and (duty.turning or duty.processing > 0.0):
        course = Course(dt, pieces, thermal, state.temperatures)
        first = _watched(machine, state, duty, course, rank, first)
    return first


def _watched(
    machine: Machine,
    state: MachineState,
    duty: Duty,
    course: Course,
    rank: int,
    first: tuple[float, int, Any, str] | None,
) -> tuple[float, int, Any, str] | None:
    """Look at every watched meter, and note how long none of them can matter."""
    look_ahead(machine)
    for watch, part in machine.watches:
        room = watch.level - _reading(machine, watch)
        if watch.meter < CLOCKS:
            runs = duty.processing > 0.0 and room <= course.dt
            seconds = max(0.0, room) if runs else None
        else:
            seconds = duty.growths[watch.meter - CLOCKS].reaches(room, course)
        if seconds is not None and seconds < inf:
            event = seconds, watch.rank, watch.guard
            first = _earlier(state.anchor, state.until, rank, first, event, part)
    return first


def look_ahead(machine: Machine) -> None:
    """Find out until when no meter can reach a watched level, whatever the load."""
    if machine.calm == -inf:
        _list_watches(machine)
    calm = inf
    for watch, _ in machine.watches:
        room = watch.level - _reading(machine, watch)
        worst = 1.0 if watch.meter < CLOCKS else machine.plan.worst[watch.meter - CLOCKS]
        if worst > 0.0:
            calm = min(calm, room / worst)
    machine.calm = machine.state.anchor + calm * (1.0 - 1e-9)
    machine.calm_version = machine.plan.version


def is_calm(machine: Machine, worst: tuple[float, ...], seconds: float) -> bool:
    """Tell whether no meter reaches a watched level in *seconds*, damage at its *worst*.

    What other loads would do does not count, so a branch with fewer of them compiled tells the
    same. Whoever is calm under any load is calm by this too.
    """
    for watch, _ in machine.watches:
        rate = 1.0 if watch.meter < CLOCKS else worst[watch.meter - CLOCKS]
        if rate * seconds > (watch.level - _reading(machine, watch)) * (1.0 - 1e-9):
            return False
    return True


def _list_watches(machine: Machine) -> None:
    """Ask the parts which levels they wait for."""
    machine.watches = tuple((watch, part) for part in machine.parts for watch in part.watches())


def _reading(machine: Machine, watch: Watch) -> float:
    state = machine.state
    if watch.meter < CLOCKS:
        return state.clocks[watch.meter]
    return state.damages[watch.meter - CLOCKS]


def _earlier(
    now: float,
    until: float,
    rank: int,
    first: tuple[float, int, Any, str] | None,
    event: tuple[float, int, str] | None,
    part: Any,
) -> tuple[float, int, Any, str] | None:
    """Return *event* of *part* as an instant if it comes before *first* and the planned end."""
    if event is None:
        return first
    at = instant(now + event[0])
    best = (until, rank) if first is None else first[:2]
    return (at, event[1], part, event[2]) if (at, event[1]) < best else first


def _damaged(
    damages: tuple[float, ...],
    duty: Duty,
    dt: float,
    pieces: tuple[Piece, ...],
    temperatures: tuple[float, ...],
) -> tuple[float, ...]:
    """Return the damages of the bearings after *dt*; the cubic law is written out."""
    rates = duty.rates
    if not rates:
        course = Course(dt, pieces, duty.thermal, temperatures)
        return tuple(
            [d + g.over(course, dt) for d, g in zip(damages, duty.growths, strict=True)]
        )
    if not pieces:
        return tuple([d + r[0] * dt for d, r in zip(damages, rates, strict=True)])
    grown = []
    for before, (rate, per_wear, exponent) in zip(damages, rates, strict=True):
        damage = before
        for _, duration, _, k0, slope in pieces:
            if exponent == 3.0:
                start = 1.0 + per_wear * k0
                end = start + per_wear * slope * duration
                damage += 0.25 * rate * duration * (start + end) * (start * start + end * end)
            else:
                damage += duty_integral(rate, per_wear, exponent, k0, slope, duration)
        grown.append(damage)
    return tuple(grown)
