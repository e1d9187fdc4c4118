"""This module holds the reading of a run: the physics of a machine at any instant, exactly."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simtwin.parts.load import Course
from simtwin.parts.tool import how_ended, tool_of, wear_pieces
from simtwin.physics import tool as tool_physics
from simtwin.result.record import EventRow, StateRow
from simtwin.shop.loads import FIXED, loads
from simtwin.shop.passage import retold, stages
from simtwin.shop.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.parts.load import Load, Piece
    from simtwin.parts.tool import Edge, EdgeState, Stowed, Wear
    from simtwin.result.record import LoadRow
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.passage import Stage
    from simtwin.shop.program_states import Passage
    from simtwin.shop.states import MachineState


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
    cutting_power: float
    """At the tool, wear included [W]."""
    coolant: bool
    """Whether the spindle is cooled."""


class History:
    """The physics of one machine at every load change: 8 bytes a number, 96 a segment.

    While a run goes on it is kept on the tape of the run: a hold as the state it begins with, a
    piece that went through a program as a passage. Both are unfolded when somebody reads.
    """

    __slots__ = (
        "_duties",
        "_edges",
        "_events",
        "_index",
        "_number",
        "_rows",
        "_settled",
        "_states",
        "_tape",
        "duties",
        "edges",
        "nodes",
        "places",
        "plan",
        "since",
        "spent",
        "stowed",
        "width",
    )

    def __init__(
        self,
        plan: MachinePlan,
        since: float = 0.0,
        tape: Tape | None = None,
        number: int = 0,
    ) -> None:
        """Read what is noted on *tape* for the machine with this *number*."""
        self.plan = plan
        self._tape = Tape() if tape is None else tape
        self._number = number
        self.since = since
        """Instant at which the run begins; nothing that ended by then is kept [s]."""
        self.stowed: dict[str, float] = {}
        """Damage of each edge that is in the magazine then [-]."""
        self.spent: dict[str, str] = {}
        """How each edge has ended that is spent then: worn, broken or set aside."""
        spec = plan.spec
        self.nodes = len(spec.spindle.network.nodes) if spec.spindle is not None else 0
        self.places = len(spec.bearings)
        self.width = FIXED + self.nodes + self.places
        self._rows = array("d")
        self._settled = False
        """Whether the last row is of a hold that was settled, and may have ended there."""
        self._states: list[StateRow] = []
        self._events: list[EventRow] = []
        self.duties: list[Duty] = []
        self.edges: list[str] = [""]
        self._duties: dict[Duty, int] = {}
        self._edges: dict[str, int] = {"": 0}
        self._index: list[float] | None = None

    def __eq__(self, other: object) -> bool:
        """Whether both have the same machine in the same state under the same loads."""
        return (
            isinstance(other, History)
            and self.plan.spec == other.plan.spec
            and self.rows == other.rows
            and self.edges == other.edges
            and [duty.key for duty in self.duties] == [duty.key for duty in other.duties]
        )

    __hash__ = None  # type: ignore[assignment]

    def find(self, magazine: Mapping[str, Stowed], edge: Edge | None, wear: Wear) -> None:
        """Note the edges with which the run begins, in the *magazine* and in the spindle."""
        self.stowed = {name: one.wear[1] for name, one in magazine.items()}
        ends = {name: how_ended(one.edge, one.wear) for name, one in magazine.items()}
        if edge is not None:
            ends[edge.name] = how_ended(edge.state, wear)
        self.spent = {name: end for name, end in ends.items() if end}

    def add(
        self,
        edge: Edge | None,
        state: MachineState,
        begin: float,
        duty: Duty,
        *,
        settled: bool = False,
    ) -> None:
        """Note the meters of *state* at the *begin* of a hold under *duty*, or as it settles.

        A hold that is settled and goes on does so from there, to the last bit; one that ends
        where it is settled is told by what follows.
        """
        name, life = ("", None) if edge is None else (edge.name, edge.state)
        self._tape.note(
            self._number, [None, duty, name, life, settled],
            [begin, state.wear[1], *state.temperatures, *state.damages],
        )  # fmt: skip

    def pass_through(self, things: list[Any], numbers: list[float]) -> None:
        """Note a piece that went through a program, as it is `told`."""
        self._tape.note(self._number, things, numbers)

    def _add(
        self,
        duty: Duty,
        edge: str,
        life: EdgeState | None,
        begin: float,
        damage: float,
        meters: Iterable[float],
    ) -> None:
        """Add the row of a hold; *meters* are temperatures, and damages of the bearings."""
        if self._settled:
            self._settled = False
            if self._rows[-self.width] == begin:
                del self._rows[-self.width :]
        number = self._duties.get(duty)
        if number is None:
            number = self._duties[duty] = len(self.duties)
            self.duties.append(duty)
        place = self._edges.get(edge)
        if place is None:
            place = self._edges[edge] = len(self.edges)
            self.edges.append(edge)
        rate = 0.0
        if duty.edge is not None and life is not None:
            rate = duty.edge.rate / life.factor
        self._rows.extend((begin, number, place, damage, rate, *meters))

    @property
    def kept(self) -> tuple[array[float], Tape]:
        """What is kept now: rows of numbers, and the tape of the run."""
        return self._rows, self._tape

    @property
    def rows(self) -> array[float]:
        """One row of numbers per load change."""
        self._unfold()
        return self._rows

    @property
    def states(self) -> list[StateRow]:
        """Modes that ended within a program."""
        self._unfold()
        return self._states

    @property
    def events(self) -> list[EventRow]:
        """What happened within a program."""
        self._unfold()
        return self._events

    def _unfold(self) -> None:
        """Turn what is on the tape into rows."""
        for (what, *things), numbers in self._tape.take(self._number):
            if what is None:
                duty, edge, life, settled = things
                self._add(duty, edge, life, numbers[0], numbers[1], numbers[2:])
                self._settled = settled
                continue
            passage = retold((what, *things), numbers, self.nodes)
            for stage in stages(passage):
                self._unfold_stage(passage, stage)
            self._unfold_modes(passage)

    def _unfold_stage(self, passage: Passage, stage: Stage) -> None:
        hold = stage.hold
        end = stage.begin + hold.seconds
        if end > self.since:
            self._add(
                hold.duty, stage.edge, stage.life, stage.begin, stage.wear[1],
                (*stage.temperatures, *stage.damages),
            )  # fmt: skip
            if hold.phase == "change" and end <= passage.until:
                name, _, _ = passage.used[hold.coming]
                self._events.append(EventRow(end, self.plan.spec.name, name, "tool change", ""))

    def _unfold_modes(self, passage: Passage) -> None:
        modes, first = passage.program.score.modes, passage.begin
        for (begin, name, cause), (later, _, _) in pairwise(modes):
            end = first + later
            if self.since < end <= passage.until:
                self._states.append(
                    StateRow(
                        self.plan.spec.name, name, first + begin, end, cause, passage.job,
                        passage.operation,
                    )
                )  # fmt: skip

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

    def under(self, index: int, time: float) -> Reading:
        """Return the physics at *time* [s] under load change *index*, up to its very end.

        At the instant of the next load change it is what stood there just before.
        """
        return self._evaluate(self.rows[index * self.width : (index + 1) * self.width], time)

    def edge_at(self, index: int, time: float) -> tuple[str, float]:
        """Return the edge in the spindle under load change *index*, its damage at *time*."""
        first = index * self.width
        begin, _, place, damage, rate = self.rows[first : first + FIXED]
        return self.edges[int(place)], damage + rate * (time - begin)

    def loads(self, begin: float, end: float) -> Iterator[LoadRow]:
        """Return what every load between *begin* and *end* [s] did to bearings and edge."""
        return loads(self, begin, end)

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
            self.land(edge, damage),
            power,
            load.speed,
            _torque(load) * (1.0 + k),
            load.power * (1.0 + k),
            load.coolant,
        )

    def land(self, edge: str, damage: float) -> float:
        """Return the wear land of *edge* when it has used so much of its life [m]."""
        if not edge:
            return 0.0
        tool = self.plan.tools[tool_of(edge)]
        return tool.wear_limit * tool_physics.land(damage)


def _torque(load: Load) -> float:
    """Return the torque at the spindle of *load* [N m], its tool new.

    Of a duration with an assumed load that is its mean, cutting power over speed (PHYSICS 5.7).
    """
    if load.torque == 0.0 and load.power > 0.0 and load.speed > 0.0:
        return load.power / load.speed
    return load.torque
