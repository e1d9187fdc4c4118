"""This module holds the tool: its specification, its edges, wear, breakage and life."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, log
from typing import TYPE_CHECKING, Literal

from simtwin.parts.alarm import Asleep, Rank
from simtwin.parts.load import Course, Piece
from simtwin.physics import tool as physics

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Load
    from simtwin.parts.part import Guard, Host
    from simtwin.physics.tool import TaylorLife


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One kind of tool (PHYSICS 2 and 7). Its sisters are edges with lives of their own."""

    name: str
    kind: Literal["milling", "turning", "drilling", "any"]
    diameter: float
    """[m]; 0 for a turning insert."""
    teeth: int
    approach: float
    """kappa [rad]; for a drill half the point angle."""
    rake: float
    """gamma [rad]"""
    life: TaylorLife | None
    """None: wears only by parts_per_tool or tool_life_min of a plain duration, or not at all."""
    life_scatter: float
    """Coefficient of variation of the life factor, lognormal with mean 1; 0: none."""
    wear_limit: float
    """VB at damage 1 [m]."""
    force_per_wear: float
    """K_VB - 1 per m of wear land [1/m]; 900 is .9 per mm."""
    break_rate: float
    """h0 of the breakage hazard [1/s]; 0: never."""
    break_growth: float
    """b: hazard h0 exp(b VB/VB_lim)."""
    change: Literal["planned", "at limit"]
    """Planned: before a cut that the nominal life no longer covers. At limit: only when worn."""


@dataclass(frozen=True, slots=True)
class EdgeState:
    """One cutting edge, in the spindle at the machine's anchor instant or in the magazine."""

    used: float
    """Nominal damage: minutes cut over the life in the table [-]; what the control counts."""
    damage: float
    """True damage: nominal over the edge's own life factor [-]; 1 at the wear limit; hidden."""
    factor: float
    """Life of this edge over the life in the table [-]; drawn once, hidden."""
    hazard: float
    """Cumulative hazard of breakage [-]; hidden."""
    threshold: float
    """Hazard at which it breaks [-], Exp(1), drawn once; hidden."""
    spent: bool = False
    """Worn, broken or set aside; waits for the exchange by hand."""


@dataclass(frozen=True, slots=True)
class EdgeDuty:
    """What a load does to the mounted edge."""

    rate: float
    """Nominal damage per second [1/s]."""
    gain: float
    """k at the wear limit [-]."""
    stall_damage: float
    """Damage at which the peak torque reaches the spindle's envelope [-]; inf: never."""


class Edge:
    """The edge in the spindle as a process: it sleeps until it is worn, breaks or stalls."""

    __slots__ = ("asleep", "host", "name", "process", "spec", "state")

    repair = None

    def __init__(self, spec: ToolSpec, host: Host, name: str, state: EdgeState) -> None:
        self.name = name
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep: simpy.Event = Asleep(host.env)
        self.process = host.start(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Cut until something ends it: worn out, broken, or too blunt for its spindle."""
        while not self.state.spent:
            alarm = yield self.asleep
            self.host.settle()
            if alarm.guard == "stall":
                self.host.stall()
            elif alarm.guard == "break":
                self.state = replace(self.state, spent=True)
                self.host.break_tool()
            else:
                self.state = replace(self.state, spent=True)
                self.host.change_worn()

    def compile(self, load: Load) -> EdgeDuty | None:
        """Return the wear rate under *load*; None when the tool is not in the work."""
        return edge_duty(self.spec, load)

    def course(self, duty: EdgeDuty | None, dt: float) -> Course:
        """Return how wear feeds back over the next *dt* seconds."""
        if duty is None or duty.gain == 0.0:
            return Course(dt)
        state = self.state
        rate = duty.rate / state.factor
        return Course(dt, wear_pieces(state.damage, rate, duty.gain, dt))

    def advance(self, duty: EdgeDuty | None, course: Course) -> float:
        """Wear the edge over *course*; the energy is the spindle's."""
        if duty is None:
            return 0.0
        state, spec, dt = self.state, self.spec, course.dt
        rate = duty.rate / state.factor
        hazard = state.hazard
        if spec.break_rate > 0.0:
            hazard += physics.hazard_over(
                state.damage, rate, spec.break_rate, spec.break_growth, dt
            )
        self.state = EdgeState(
            state.used + duty.rate * dt,
            state.damage + rate * dt,
            state.factor,
            hazard,
            state.threshold,
            state.spent,
        )
        return 0.0

    def first_event(self, duty: EdgeDuty | None, course: Course) -> Guard | None:
        """Return the first of wear limit, breakage and stall within the hold."""
        if duty is None or self.state.spent:
            return None
        state, spec, dt = self.state, self.spec, course.dt
        rate = duty.rate / state.factor
        first: Guard | None = None
        if rate * dt >= 1.0 - state.damage:
            first = max(0.0, (1.0 - state.damage) / rate), Rank.WEAR_LIMIT, "worn"
            dt = first[0]
        if duty.stall_damage <= state.damage + rate * dt:
            dt = max(0.0, (duty.stall_damage - state.damage) / rate)
            first = dt, Rank.OVERLOAD, "stall"
        if spec.break_rate > 0.0:
            broken = physics.hazard_crossing(
                state.damage,
                rate,
                spec.break_rate,
                spec.break_growth,
                state.threshold - state.hazard,
                dt,
            )
            if broken is not None:
                first = broken, Rank.BREAKAGE, "break"
        return first

    def renew(self) -> None:
        """An edge is exchanged, not repaired."""


@lru_cache(maxsize=4096)
def edge_duty(spec: ToolSpec, load: Load) -> EdgeDuty | None:
    """Compile what *load* does to an edge of *spec*."""
    if load.tool_life is None:
        return None
    stall = inf
    if load.peak_torque > 0.0 and load.wear_gain > 0.0:
        room = load.torque_limit / load.peak_torque - 1.0
        stall = 0.0 if room < 0.0 else physics.damage_at(room / load.wear_gain)
    elif load.peak_torque > load.torque_limit:
        stall = 0.0
    return EdgeDuty(1.0 / load.tool_life, load.wear_gain, stall)


def wear_pieces(damage: float, rate: float, gain: float, dt: float) -> tuple[Piece, ...]:
    """Return the pieces of a hold of *dt* seconds between knots of the wear land."""
    interval = min(bisect_right(physics.KNOTS, damage), LAST) - 1
    slope = SLOPES[interval]
    k0 = gain * (LANDS[interval] + slope * (damage - physics.KNOTS[interval]))
    if interval == LAST - 1 or damage + rate * dt <= physics.KNOTS[interval + 1]:
        return (Piece(0.0, dt, interval, k0, gain * slope * rate),)
    pieces = []
    begin = 0.0
    while True:
        end = dt
        if interval < LAST - 1:
            end = min(dt, (physics.KNOTS[interval + 1] - damage) / rate)
        pieces.append(Piece(begin, end - begin, interval, k0, gain * SLOPES[interval] * rate))
        if end >= dt:
            return tuple(pieces)
        begin = end
        interval += 1
        k0 = gain * LANDS[interval]


LANDS = tuple(map(physics.land, physics.KNOTS))
LAST = len(LANDS) - 1
SLOPES = tuple(
    (LANDS[i + 1] - LANDS[i]) / (physics.KNOTS[i + 1] - physics.KNOTS[i]) for i in range(LAST)
)


def new_edge(host: Host, spec: ToolSpec, name: str) -> EdgeState:
    """Draw a new edge: its life factor and the hazard at which it breaks."""
    factor = physics.life_factor(host.draw(name, "life"), spec.life_scatter)
    threshold = -log(1.0 - host.draw(name, "breakage")) if spec.break_rate > 0.0 else inf
    return EdgeState(0.0, 0.0, factor, 0.0, threshold)


def worn_edge(state: EdgeState, used: float) -> EdgeState:
    """Return a freshly drawn edge as it is after *used* of its nominal life."""
    if used <= 0.0:
        return state
    return replace(state, used=used, damage=used / state.factor)


def edge_name(machine: str, tool: str, sister: int) -> str:
    """Return the name of one edge, as results and snapshots show it.

    >>> edge_name("mill-1", "T4", 2)
    'mill-1/T4#2'
    """
    return f"{machine}/{tool}#{sister}"
