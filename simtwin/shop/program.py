"""This module holds the program: the holds of one operation in a row, compiled (PHYSICS 5.6).

A piece that meets nothing unforeseen is one event: its end. What it does to the machine is
known when it begins, from the machine's state alone: which edges it takes, how they wear, that
no guard is reached, and the temperatures and energies that follow. A step in which something
may come between is done hold by hold, and so is all that cannot be foreseen; the steps before
it and after it are programs of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import exp, expm1
from typing import TYPE_CHECKING, NamedTuple

from simtwin.parts.chain import Chain, CutHeat
from simtwin.parts.tool import KNOTS, LANDS, SLOPES, ToolSpec
from simtwin.physics.bearing import duty_integral
from simtwin.physics.tool import land
from simtwin.result.record import INDEX
from simtwin.shop.duty import Duty
from simtwin.shop.program_states import Outcome
from simtwin.shop.states import READY
from simtwin.shop.tooling import ROUNDING

if TYPE_CHECKING:
    from simtwin.parts.chain import Terms
    from simtwin.parts.tool import Edge, EdgeState, Stowed, Wear
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.program_states import Used
    from simtwin.shop.states import LoadKey, MachineState
    from simtwin.shop.step_plan import StepPlan

PRODUCING, CHANGING = "producing", "tool change"
ACCOUNTS = (INDEX[PRODUCING], INDEX[CHANGING])
"""The modes of a program: where its time and its energy are counted."""

BARE, AS_FOUND = -1, -2
"""No edge is in the spindle; or one is that the program does not use."""

MANY = 1e9
"""Pieces, as good as for ever."""

NEARLY_SURE = 1.0 - 1e-6
"""Room for the rounding of many pieces."""

NEARLY = 1.0 - 1e-12
"""A hazard closer than this to its threshold is looked at hold by hold."""

INTERVALS: tuple[tuple[float, float, float, float], ...] = tuple(
    zip(KNOTS[:-1], KNOTS[1:], LANDS[:-1], SLOPES, strict=True)
)
"""Of the wear land: damage from and to, land over its limit at the first, and its slope."""


class Hold(NamedTuple):
    """One hold of a program."""

    phase: str
    begin: float
    """[s] from the start of the program"""
    seconds: float
    duty: Duty
    step: int
    tool: int
    """Number of the tool in the spindle, or BARE, or AS_FOUND."""
    coming: int
    """Number of the tool that a tool change fetches, or that is in the spindle."""
    speed: float
    """Nominal speed for which the spindle is turning [rad/s]."""

    @property
    def mode(self) -> str:
        """What people count it as."""
        return CHANGING if self.phase == "change" else PRODUCING


class Tool(NamedTuple):
    """One tool of a program."""

    spec: ToolSpec
    planned: bool
    """Whether it is changed before a cut that its nominal life does not cover."""
    found: bool
    """Whether its edge is in the spindle when the program begins."""
    returns: int
    """How often it is fetched again after its edge has been chosen."""
    step: int
    """Of its first cut."""
    first: float
    """Nominal damage of its first cut [-]."""
    least: float
    """Nominal damage of the smallest of its cuts [-]."""
    total: float
    """Nominal damage of all its cuts [-]."""


class Cut(NamedTuple):
    """A hold of a program in which an edge wears."""

    step: int
    tool: int
    seconds: float
    rate: float
    """Nominal damage per second [1/s]."""
    near: float
    """Damage below which neither limit nor stall can come [-]."""
    gain: float
    """k at the wear limit [-]; 0: wear changes no load."""
    break_rate: float
    break_growth: float
    rates: tuple[tuple[float, float, float], ...]
    """Per bearing: damage rate with a sharp tool, its growth with k, its exponent."""
    cubes: tuple[tuple[float, float], ...]
    """Per bearing a quarter of the rate with a sharp tool, and its growth with k; where not all
    have exponent 3, empty."""
    heat: CutHeat | None


class Need(NamedTuple):
    """What a piece needs of one tool, for who tells how many pieces its edge lasts."""

    planned: bool
    """Whether its edge is changed before a cut that its nominal life does not cover."""
    near: float
    """Damage below which neither limit nor stall can come in any of its cuts [-]."""
    total: float
    """Nominal damage of all its cuts [-]."""
    hazard: float
    """More of the hazard of breakage than they can add below that damage [-]."""


class Effects(NamedTuple):
    """What the holds of a program do together."""

    heat: Chain | None
    cuts: tuple[Cut, ...]
    still: tuple[float, ...]
    """Damage of each bearing in all holds without wear [-]."""
    auxiliary: tuple[float, ...]
    """Energy per account beside that of the spindle [J]."""


class Score:
    """What a program is on every machine of a kind: its times, its tools, its effects.

    A thousand machines of a kind read one score together: each with one of its own would find
    none of them in the cache.
    """

    __slots__ = (
        "_mode_begins", "_works", "auxiliary", "begins", "beyond", "changes", "closed", "cuts",
        "ends_at", "ends_with", "finds", "first", "heat", "later", "modes", "needs",
        "powered", "processing", "seconds", "still", "tools", "work", "worst",
    )  # fmt: skip

    def __init__(
        self,
        holds: tuple[Hold, ...],
        tools: tuple[Tool, ...],
        effects: Effects,
        beyond: StepPlan | None = None,
    ) -> None:
        self.beyond = None if beyond is None else beyond.place[2]
        """Index of the step that is done hold by hold after it; None: the piece is done."""
        self.later = 0.0 if beyond is None else beyond.mean + beyond.later
        """Mean work of all that comes after it [s]."""
        self.tools = tools
        self.first = holds[0].step
        """Index of the step that it begins with."""
        self.begins = tuple(hold.begin for hold in holds)
        self.seconds = holds[-1].begin + holds[-1].seconds
        self.finds = holds[0].tool == AS_FOUND
        """Whether it begins with an edge in the spindle that it does not use."""
        self.ends_with, self.ends_at = holds[-1].tool, holds[-1].speed
        """Tool, and nominal speed [rad/s], at its end."""
        self.changes = sum(hold.phase == "change" for hold in holds)
        self._works = tuple(hold.seconds if hold.phase == "cut" else 0.0 for hold in holds)
        self.work = sum(self._works)
        """Nominal work [s]."""
        self.powered = sum([hold.duty.powered * hold.seconds for hold in holds])
        self.processing = sum([hold.duty.processing * hold.seconds for hold in holds])
        """How far the clocks ``powered`` and ``processing`` go [s]."""
        self.modes = _modes(holds, tools)
        """Where another mode begins: offset [s], name, cause."""
        self._mode_begins = tuple(mode[0] for mode in self.modes)
        self.closed = _closed(self.modes)
        """Seconds in each mode but the last, which goes on."""
        growths = zip(*(hold.duty.growths for hold in holds), strict=True)
        self.worst = tuple(max(growth.worst for growth in row) for row in growths)
        """Fastest growth of each damage in any of its holds [1/s]."""
        self.heat, self.cuts, self.still, self.auxiliary = effects
        self.needs = tuple(
            _need(tool, [cut for cut in self.cuts if cut.tool == number])
            for number, tool in enumerate(tools)
        )
        """What a piece needs of each of its tools."""

    def mode_at(self, offset: float) -> tuple[float, str, str]:
        """Return the mode *offset* seconds into the program: since when [s], name, cause."""
        return self.modes[bisect_right(self._mode_begins, offset) - 1]

    def work_left(self, offset: float) -> float:
        """Return the mean work that is left *offset* seconds into the program [s]."""
        number = self.hold_at(offset)
        left = sum(self._works[number:]) + self.later
        return left - (offset - self.begins[number]) if self._works[number] > 0.0 else left

    def hold_at(self, offset: float, *, ended: bool = True) -> int:
        """Return the number of the hold *offset* seconds into the program.

        At the end of one, the next when it has *ended*.
        """
        last = len(self.begins) - 1
        number = min(bisect_right(self.begins, offset) - 1, last)
        if not ended:
            while number > 0 and self.begins[number] == offset:
                number -= 1
        return number


class Program:
    """Steps of one operation on one machine from one kind of tool in the spindle, compiled."""

    __slots__ = ("_holds", "_plan", "_sisters", "key", "score", "steps")

    def __init__(self, plan: MachinePlan, key: LoadKey, score: Score) -> None:
        self.key = key
        self.score = score
        self.steps = plan.steps(*key[1:3])
        """Of the whole operation, not only its own."""
        assert len(score.still) == len(plan.spec.bearings), "a score is of a kind of machine"
        self._plan = plan
        self._sisters = tuple(plan.sisters[tool.spec.name] for tool in score.tools)
        self._holds: tuple[Hold, ...] | None = None

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Its holds, with the loads of the machine: for who goes through them one by one."""
        found = self._holds
        if found is None:
            found = self._holds = self._plan.holds(*self.key[1:])
        return found

    @property
    def is_steady(self) -> bool:
        """Whether neither it nor a rest leaves a machine hotter than the next may find it."""
        heat, rest = self.score.heat, self._plan.duty(READY, self.key[3]).thermal
        return self.score.beyond is None and (
            heat is None or (rest is not None and heat.stays_calm(rest))
        )

    def outcome(self, edge: Edge | None, state: MachineState) -> Outcome | int:
        """Return what becomes of *state*, with *edge* in the spindle.

        Or the index of the step in which something may come between.
        """
        score = self.score
        heat, temperatures = score.heat, state.temperatures
        if heat is not None and max(temperatures) > heat.calm:
            return score.first
        edges = self._edges(edge, state.magazine, state.wear)
        if isinstance(edges, int):
            return edges
        still = score.still
        damages = [damage + still[i] for i, damage in enumerate(state.damages)]
        wears = [wear for _, _, wear in edges]
        course = Course(damages)
        for cut in score.cuts:
            number = cut.tool
            _, life, _ = edges[number]
            grown = _cut(cut, life, wears[number], course)
            if grown is None:
                return cut.step
            wears[number] = grown
        ends = score.auxiliary if heat is None else course.ends(heat, temperatures)
        n = len(temperatures)
        return Outcome(
            tuple(edges), tuple(wears), tuple(ends[:n]), tuple(damages), tuple(ends[n:])
        )

    def lasts(self, used: tuple[Used, ...]) -> int:
        """Return for how many pieces after this one its edges are certain to last.

        *used* is how they are as this one begins. Each piece wears them alike, but for the
        hazard of breakage: that grows no faster than with an edge at its limit. Told too small
        rather than too large: who is not sure looks.
        """
        pieces = MANY
        for (_, life, (counted, damage, hazard)), (by_plan, near, total, worst) in zip(
            used, self.score.needs, strict=True
        ):
            if total > 0.0:
                room = (near - damage) * life.factor
                if by_plan:
                    room = min(room, 1.0 - counted)
                pieces = min(pieces, room / total * NEARLY_SURE)
            if worst > 0.0:
                pieces = min(pieces, (life.threshold - hazard) / worst * NEARLY_SURE)
        return max(0, int(pieces) - 1)

    def _edges(
        self, mounted: Edge | None, magazine: dict[str, Stowed], wear: Wear
    ) -> list[Used] | int:
        """Return the edge of each tool that holds would take, if one does for all its cuts.

        Or the first step with a tool that more than one edge may be taken of.
        """
        found: list[Used] = []
        for number, tool in enumerate(self.score.tools):
            _, planned, is_mounted, returns, step, first, least, total = tool
            sisters = self._sisters[number]
            if is_mounted:
                assert mounted is not None, "the program begins with its edge in the spindle"
                name, life, its = mounted.name, mounted.state, wear
            else:
                for name in sisters:
                    stored = magazine[name]
                    life, its = stored.edge, stored.wear
                    used = its[0]
                    if not life.spent and (
                        not planned or used == 0.0 or used + first <= 1.0 + ROUNDING
                    ):
                        break
            if life.spent or (planned and its[0] + total > 1.0 + 0.5 * ROUNDING):
                return step
            if returns > 0 and _may_replace(
                sisters[: sisters.index(name)], magazine, least if planned else 0.0
            ):
                return step
            found.append((name, life, its))
        return found


def _may_replace(sisters: tuple[str, ...], magazine: dict[str, Stowed], least: float) -> bool:
    """Tell whether one of *sisters* could be taken for a cut that needs *least* of a life."""
    for sister in sisters:
        stored = magazine[sister]
        used = stored.wear[0]
        if not stored.edge.spent and (used == 0.0 or used + least <= 1.0 + ROUNDING):
            return True
    return False


class Course:
    """The cuts of a piece so far: what their wear does to heat and bearings."""

    __slots__ = ("bends", "damages", "heats")

    def __init__(self, damages: list[float]) -> None:
        self.damages = damages
        """Of the bearings [-]."""
        self.heats: list[tuple[Terms, float, float]] = []
        """Per cut whose wear heats: its terms, k at its start, and how k climbs [1/s]."""
        self.bends: list[list[float]] = []
        """What each knot within a cut adds to the end."""

    def ends(self, heat: Chain, start: tuple[float, ...]) -> list[float]:
        """Return the temperatures at the end of the piece, and its accounts."""
        ends = heat.ends(start, self.heats)
        for bend in self.bends:
            for i, more in enumerate(bend):
                ends[i] += more
        return ends


def _cut(cut: Cut, life: EdgeState, wear: Wear, course: Course) -> Wear | None:
    """Return the wear after *cut*, and note in *course* what it does, from knot to knot.

    None when the edge may reach a guard within it.
    """
    _, _, seconds, nominal, near, gain, break_rate, break_growth, rates, cubes, heat = cut
    used, damage, hazard = wear
    rate = nominal / life.factor
    end = damage + rate * seconds
    if end >= near:
        return None
    damages = course.damages
    interval = bisect_right(KNOTS, damage) - 1
    at, left = damage, seconds
    while True:
        lower, upper, land, steepness = INTERVALS[interval]
        land, climb = land + steepness * (at - lower), steepness * rate
        span = left if end <= upper else (upper - at) / rate
        if break_rate > 0.0:
            level, grows = break_rate * exp(break_growth * land), break_growth * climb
            hazard += level * (expm1(grows * span) / grows if grows > 0.0 else span)
        k, slope = gain * land, gain * climb
        if heat is not None:
            if at == damage:
                course.heats.append((heat.known[interval] or heat.terms(interval), k, slope))
            else:
                course.bends.append(heat.bend(interval - 1, rate, left))
        if len(cubes) == 2:  # The law of two ball bearings, written out.
            risen = k + slope * span
            (front, per_wear), (rear, other) = cubes
            start, worn = 1.0 + per_wear * k, 1.0 + per_wear * risen
            damages[0] += front * span * (start + worn) * (start * start + worn * worn)
            start, worn = 1.0 + other * k, 1.0 + other * risen
            damages[1] += rear * span * (start + worn) * (start * start + worn * worn)
        else:
            _fatigue(damages, rates, k, slope, span)
        if end <= upper:
            break
        at, left, interval = upper, left - span, interval + 1
    if hazard >= life.threshold * NEARLY:
        return None
    return used + nominal * seconds, end, hazard


def _fatigue(
    damages: list[float],
    rates: tuple[tuple[float, float, float], ...],
    k: float,
    slope: float,
    seconds: float,
) -> None:
    """Add what the bearings suffer while k climbs from *k* by *slope*; the cube written out."""
    quarter, risen = 0.25 * seconds, k + slope * seconds
    for place, (rate, per_wear, exponent) in enumerate(rates):
        if exponent == 3.0:
            start, end = 1.0 + per_wear * k, 1.0 + per_wear * risen
            damages[place] += rate * quarter * (start + end) * (start * start + end * end)
        else:
            damages[place] += duty_integral(rate, per_wear, exponent, k, slope, seconds)


def _need(tool: Tool, cuts: list[Cut]) -> Need:
    """Return what a piece needs of a *tool* that makes these *cuts*."""
    near = min([cut.near for cut in cuts], default=1.0)
    worst = sum(
        [
            cut.break_rate * exp(max(0.0, cut.break_growth * land(near))) * cut.seconds
            for cut in cuts
        ]
    )
    return Need(tool.planned, near, sum([cut.rate * cut.seconds for cut in cuts]), worst)


def _closed(modes: tuple[tuple[float, str, str], ...]) -> tuple[tuple[int, float], ...]:
    """Return how long each mode lasts; on the grid of time their sum is exact."""
    seconds: dict[int, float] = {}
    for (begin, name, _), (until, _, _) in pairwise(modes):
        index = INDEX[name]
        seconds[index] = seconds.get(index, 0.0) + until - begin
    return tuple(seconds.items())


def _modes(
    holds: tuple[Hold, ...], tools: tuple[Tool, ...]
) -> tuple[tuple[float, str, str], ...]:
    found: list[tuple[float, str, str]] = []
    for hold in holds:
        name = hold.mode
        cause = tools[hold.coming].spec.name if name == CHANGING else ""
        if not found or found[-1][1:] != (name, cause):
            found.append((hold.begin, name, cause))
    return tuple(found)
