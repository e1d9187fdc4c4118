"""This module holds the reading of a run: the physics of a machine at any instant, exactly."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING

from simtwin.parts.load import Course
from simtwin.parts.tool import tool_of, wear_pieces
from simtwin.physics import tool as tool_physics

if TYPE_CHECKING:
    from simtwin.parts.load import Piece
    from simtwin.shop.machine import Machine
    from simtwin.shop.plan import Duty, MachinePlan

FIXED = 5
"""Numbers in a row before the temperatures: instant, duty, edge, true damage, true rate."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The physics of one machine at one instant."""

    time: float
    """[s]"""
    temperatures: tuple[float, ...]
    """One per node [degC]; empty without a spindle."""
    bearings: tuple[float, ...]
    """Damage per bearing [-]."""
    edge: str
    """In the spindle, or empty."""
    damage: float
    """True damage of that edge [-]."""
    wear_land: float
    """VB of that edge [m]."""
    power: float
    """Electrical power of the machine [W]."""
    speed: float
    """Of the spindle [rad/s]."""
    torque: float
    """At the spindle, wear included [N m]."""


class History:
    """The physics of one machine at every load change: 8 bytes a number, 96 a segment."""

    __slots__ = (
        "_duties",
        "_edges",
        "_index",
        "_pack",
        "duties",
        "edges",
        "nodes",
        "places",
        "plan",
        "rows",
        "width",
    )

    def __init__(self, plan: MachinePlan) -> None:
        self.plan = plan
        spec = plan.spec
        self.nodes = len(spec.spindle.network.nodes) if spec.spindle is not None else 0
        self.places = len(spec.bearings)
        self.width = FIXED + self.nodes + self.places
        self.rows = array("d")
        self._pack = Struct(f"{self.width}d").pack
        self.duties: list[Duty] = []
        self.edges: list[str] = [""]
        self._duties: dict[Duty, int] = {}
        self._edges: dict[str, int] = {"": 0}
        self._index: list[float] | None = None

    def add(self, machine: Machine, duty: Duty) -> None:
        """Note the state of *machine* at the start of a hold under *duty*."""
        number = self._duties.get(duty)
        if number is None:
            number = self._duties[duty] = len(self.duties)
            self.duties.append(duty)
        edge = machine.edge
        state = machine.state
        place, rate = 0, 0.0
        if edge is not None:
            known = self._edges.get(edge.name)
            if known is None:
                known = self._edges[edge.name] = len(self.edges)
                self.edges.append(edge.name)
            place = known
            if duty.edge is not None:
                rate = duty.edge.rate / edge.state.factor
        self.rows.frombytes(
            self._pack(
                state.anchor,
                number,
                place,
                state.wear[1],
                rate,
                *state.temperatures,
                *state.damages,
            )
        )

    def __len__(self) -> int:
        return len(self.rows) // self.width

    @property
    def instants(self) -> list[float]:
        """Instants of the load changes [s]."""
        if self._index is None or len(self._index) != len(self):
            self._index = list(self.rows[:: self.width])
        return self._index

    def at(self, time: float) -> Reading | None:
        """Return the physics at *time* [s], or None before the first load change."""
        index = bisect_right(self.instants, time) - 1
        if index < 0:
            return None
        row = self.rows[index * self.width : (index + 1) * self.width]
        return self._evaluate(row, time)

    def _evaluate(self, row: array[float], time: float) -> Reading:
        passed = time - row[0]
        duty = self.duties[int(row[1])]
        edge = self.edges[int(row[2])]
        damage, rate = row[3], row[4]
        start = tuple(row[FIXED : FIXED + self.nodes])
        load = duty.load
        pieces: tuple[Piece, ...] = ()
        gain = load.wear_gain
        if rate > 0.0 and gain > 0.0:
            pieces = wear_pieces(damage, rate, gain, passed)
        course = Course(passed, pieces, duty.thermal, start)
        damage += rate * passed
        k = 0.0
        if pieces:
            last = pieces[-1]
            k = last.k0 + last.slope * (passed - last.begin)
        temperatures, power = start, duty.auxiliary
        if duty.thermal is not None:
            temperatures = duty.thermal.at(start, course, passed)
            interval = pieces[-1].interval if pieces else 0
            power += duty.thermal.power_at(temperatures, interval, k)
        first = FIXED + self.nodes
        damages = tuple(
            row[first + place] + growth.over(course, passed)
            for place, growth in enumerate(duty.growths)
        )
        return Reading(
            time,
            temperatures,
            damages,
            edge,
            damage,
            self._land(edge, damage),
            power,
            load.speed,
            load.torque * (1.0 + k),
        )

    def _land(self, edge: str, damage: float) -> float:
        if not edge:
            return 0.0
        tool = self.plan.tools[tool_of(edge)]
        return tool.wear_limit * tool_physics.land(damage)
