"""This module holds the tool: its specification, its edges, wear, breakage and life."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, log
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct

from simtwin.parts.alarm import Rank
from simtwin.parts.load import Piece
from simtwin.physics import tool as physics

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simtwin.parts.alarm import Alarm
    from simtwin.parts.load import Load
    from simtwin.parts.part import Host
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
    """Where it is constant, a plain duration wears the tool by it. None: it wears only by
    parts_per_tool or tool_life_min of a plain duration, or not."""
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
    """Planned: before a cut that the nominal life does not cover. At limit: when worn."""
    nose_radius: float = 0.0
    """Of the corner that leaves the surface [m]; 0: not known."""


Wear = tuple[float, ...]
"""Three numbers of an edge: nominal damage (what the control counts), true damage (1 at the
wear limit; hidden), cumulative hazard of breakage (hidden) [-]."""

FRESH: Wear = (0.0, 0.0, 0.0)

ROUNDING = 1e-6
"""Relative distance from its end at which an edge has come to it."""


class EdgeState(Struct, frozen=True, gc=False):
    """What was drawn for the life of one cutting edge."""

    factor: float
    """Life of this edge over the life in the table [-]; hidden."""
    threshold: float
    """Hazard at which it breaks [-], Exp(1); hidden."""
    spent: bool = False
    """Worn, broken or set aside; waits for the exchange by hand."""


class Stowed(Struct, frozen=True, gc=False):
    """An edge in the magazine: its life and how far it is worn."""

    edge: EdgeState
    wear: Wear = FRESH


def how_ended(edge: EdgeState, wear: Wear) -> str:
    """Return how an edge has ended: worn, broken, or set aside; empty where it may cut.

    >>> how_ended(EdgeState(1.0, 2.0), (0.4, 0.4, 0.1))
    ''
    >>> how_ended(EdgeState(1.0, 2.0, spent=True), (0.4, 0.4, 2.0))
    'broken'
    """
    if not edge.spent:
        return ""
    _, damage, hazard = wear
    if hazard >= edge.threshold * (1.0 - ROUNDING):
        return "broken"
    return "worn" if damage >= 1.0 - ROUNDING else "set aside"


class EdgeDuty(NamedTuple):
    """What a load does to the mounted edge."""

    rate: float
    """Nominal damage per second [1/s]."""
    gain: float
    """k at the wear limit [-]."""
    stall: float
    """Damage at which the peak torque reaches the spindle's envelope [-]; inf: never."""
    near: float
    """Damage below which neither limit nor stall can come [-]."""


class Edge:
    """The edge in the spindle as a process: it sleeps until it is worn, breaks or stalls.

    Its wear stands in the machine's state while it is mounted.
    """

    __slots__ = ("asleep", "host", "name", "process", "spec", "state")

    repair = None

    def __init__(self, spec: ToolSpec, host: Host, name: str, state: EdgeState) -> None:
        self.name = name
        self.spec = spec
        self.host = host
        self.state = state
        self.asleep = host.asleep
        self.process = host.start(self.life())

    def life(self) -> Generator[simpy.Event, Alarm, None]:
        """Cut until something ends it: worn out, broken, or too blunt for its spindle.

        A new edge in the same place lives on in the same process.
        """
        while True:
            alarm = yield self.asleep
            self.host.settle()
            self.spend()
            if alarm.guard == "stall":
                self.host.stall()
            elif alarm.guard == "break":
                self.host.break_tool()
            else:
                self.host.change_worn()

    def spend(self) -> None:
        """Set the edge aside for good."""
        self.state = EdgeState(self.state.factor, self.state.threshold, spent=True)

    def may_end(self, duty: EdgeDuty, wear: Wear, dt: float) -> bool:
        """Tell quickly whether anything may end the edge within *dt*; False is certain."""
        state, spec = self.state, self.spec
        _, damage, hazard = wear
        end = damage + duty.rate / state.factor * dt
        if end >= duty.near:
            return True
        if spec.break_rate <= 0.0:
            return False
        worst = spec.break_rate * exp(spec.break_growth * min(1.0, end + 0.25))
        return hazard + worst * dt >= state.threshold

    def first_event(
        self, duty: EdgeDuty, wear: Wear, dt: float
    ) -> tuple[float, int, str] | None:
        """Return the first of wear limit, breakage and stall within *dt*: when, rank, guard."""
        if self.state.spent:
            return None
        spec = self.spec
        _, damage, hazard = wear
        rate = duty.rate / self.state.factor
        first: tuple[float, int, str] | None = None
        if damage + rate * dt >= 1.0:
            dt = max(0.0, (1.0 - damage) / rate)
            first = dt, Rank.WEAR_LIMIT, "worn"
        if damage + rate * dt >= duty.stall:
            dt = max(0.0, (duty.stall - damage) / rate)
            first = dt, Rank.OVERLOAD, "stall"
        if spec.break_rate > 0.0:
            broken = physics.hazard_crossing(
                damage,
                rate,
                spec.break_rate,
                spec.break_growth,
                self.state.threshold - hazard,
                dt,
            )
            if broken is not None:
                first = broken, Rank.BREAKAGE, "break"
        return first


@lru_cache(maxsize=4096)
def edge_duty(spec: ToolSpec, load: Load) -> EdgeDuty | None:
    """Compile what *load* does to an edge of *spec*; None when the tool is not in the work."""
    if load.tool_life is None:
        return None
    stall = inf
    if load.peak_torque > 0.0 and load.wear_gain > 0.0:
        room = load.torque_limit / load.peak_torque - 1.0
        stall = 0.0 if room < 0.0 else physics.damage_at(room / load.wear_gain)
    elif load.peak_torque > load.torque_limit:
        stall = 0.0
    return EdgeDuty(1.0 / load.tool_life, load.wear_gain, stall, min(1.0, stall))


KNOTS = physics.KNOTS
LANDS = tuple(map(physics.land, KNOTS))
LAST = len(LANDS) - 2
"""The last interval between knots; beyond D = 1 it goes on."""
SLOPES = tuple((LANDS[i + 1] - LANDS[i]) / (KNOTS[i + 1] - KNOTS[i]) for i in range(LAST + 1))


def wear_pieces(damage: float, rate: float, gain: float, dt: float) -> tuple[Piece, ...]:
    """Return the pieces of a hold of *dt* seconds between knots of the wear land."""
    interval = min(bisect_right(KNOTS, damage) - 1, LAST)
    slope = SLOPES[interval]
    k0 = gain * (LANDS[interval] + slope * (damage - KNOTS[interval]))
    if interval == LAST or damage + rate * dt <= KNOTS[interval + 1]:
        return (Piece(0.0, dt, interval, k0, gain * slope * rate),)
    pieces = []
    begin = 0.0
    while True:
        end = dt if interval == LAST else min(dt, (KNOTS[interval + 1] - damage) / rate)
        pieces.append(Piece(begin, end - begin, interval, k0, gain * SLOPES[interval] * rate))
        if end >= dt:
            return tuple(pieces)
        begin = end
        interval += 1
        k0 = gain * LANDS[interval]


def new_edge(host: Host, spec: ToolSpec, name: str) -> EdgeState:
    """Draw a new edge: its life factor and the hazard at which it breaks."""
    return used_edge(host, spec, name, 0.0).edge


def used_edge(host: Host, spec: ToolSpec, name: str, used: float) -> Stowed:
    """Draw an edge that has done *used* of its nominal life and is neither worn nor broken.

    Its life factor is drawn given that it is above *used*. Of breakage nothing is known but
    that it has not happened: the hazard left until then is Exp(1) as for a new edge, however
    much has gone by, so counting it from 0 is exact.
    """
    edge = drawn_edge(host, spec, name, used)
    return _stowed(edge, (used, used / edge.factor, 0.0))


def seen_edge(host: Host, spec: ToolSpec, name: str, damage: float) -> Stowed:
    """Draw an edge whose *damage* somebody has seen, at its wear land.

    What is seen says nothing of its life factor; the control has counted damage x factor.
    """
    edge = new_edge(host, spec, name)
    return _stowed(edge, (damage * edge.factor, damage, 0.0))


def _stowed(edge: EdgeState, wear: Wear) -> Stowed:
    """Return an edge in the magazine; one at its limit is not taken any more."""
    return Stowed(EdgeState(edge.factor, edge.threshold, spent=wear[1] >= 1.0), wear)


def drawn_edge(host: Host, spec: ToolSpec, name: str, used: float) -> EdgeState:
    """Draw how long an edge lasts and what breaks it; where that is certain nothing is drawn.

    Exp(1) has no memory: whatever hazard it has met, it is counted from 0 again.
    """
    life = host.draw(name, "life") if spec.life_scatter > 0.0 else 0.0
    factor = physics.life_factor_beyond(life, spec.life_scatter, used)
    broken = -log(1.0 - host.draw(name, "breakage")) if spec.break_rate > 0.0 else inf
    return EdgeState(factor, broken)


def edge_name(machine: str, tool: str, sister: int) -> str:
    """Return the name of one edge, as results and snapshots show it.

    >>> edge_name("mill-1", "T4", 2)
    'mill-1/T4#2'
    """
    return f"{machine}/{tool}#{sister}"


def tool_of(edge: str) -> str:
    """Return the tool that an edge belongs to.

    >>> tool_of("mill-1/T4#2")
    'T4'
    """
    return edge.rpartition("/")[2].rpartition("#")[0]
