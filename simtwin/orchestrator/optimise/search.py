"""This module holds the search: the least of a goal over speeds, feeds, passes and whole cuts.

Speeds and feeds are found by multistart SLSQP. What is whole is enumerated: coolant on or off,
the passes of a cut whose depth is free, the cuts that an edge makes, told as parts, and the
edges that a cut takes where none lasts for a part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import ceil, floor, log
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.orchestrator.optimise.edges import in_a_row
from simtwin.orchestrator.optimise.found import Choice, Found, better
from simtwin.orchestrator.optimise.limits import COVERED
from simtwin.physics.constrained import KEPT, Minimum, Point, constrained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simtwin.orchestrator.optimise.cycle import Cycle, Figures
    from simtwin.orchestrator.optimise.edges import Use
    from simtwin.orchestrator.optimise.limits import Limit
    from simtwin.orchestrator.optimise.variables import Variables

STEP, PRECISION = 1e-4, 1e-8
"""Of differences, and of costs: instants stand on a grid of 6e-8 s, which finer ones see."""
PATIENCE = 3
"""Numbers of parts, or of cuts, in a row that may be worse before no further one is tried."""
NEAR = 5e-4
"""Relative cost above that of parts that need not be whole, within which none is sought."""
CLOSE = 1e-3
"""The same of a point of a front, where several tools have numbers to try."""
HOPELESS = 1e3
"""Cost, in that of today, of what no machine stands: heat that runs away."""

_OF = "edges of "


@dataclass
class Search:
    """The problem, with the evaluations that it has cost so far."""

    cycle: Cycle
    variables: Variables
    limits: tuple[Limit, ...]
    starts: int
    seed: int
    guard: Callable[[], None] | None = None
    evaluations: int = 0
    hits: int = 0
    """Starts that ended at the best one, of the problem without more limits."""
    _goal: Callable[[Figures], float] | None = None
    """The first one that was asked for."""
    _seen: tuple[Choice, tuple[float, ...], Point] | None = None
    """Its least within limits, of all places that were looked at; parts need not be whole."""
    _best: Found | None = None
    """Its least of what was searched to the end."""

    def least(
        self,
        goal: Callable[[Figures], float],
        *,
        more: Sequence[Limit] = (),
        first: Sequence[Sequence[float]] = (),
    ) -> Found:
        """Return the best of *goal* within the limits and *more* of them.

        With *more* it starts at *first* and today alone, and does not say who is at fault: for
        a point of a front, whose neighbours are known.
        """
        limits = (*self.limits, *more)
        self._goal = self._goal or goal
        best: Found | None = None
        for coolant, passes in product(self.variables.coolants, self.variables.combinations):
            choice = Choice(coolant, passes)
            starts = len(first) + 1 if more else self.starts
            relaxed = self._solve(goal, limits, choice, first, starts, explain=not more)
            if best is not None and not relaxed.promises(best):
                continue
            found = self._whole(goal, limits, relaxed)
            if best is None or better(found, best):
                best = found
                if not more:
                    self.hits = relaxed.minimum.hits
                    self._best = best if goal is self._goal else self._best
        assert best is not None, "there is at least one choice"
        return best

    def so_far(self) -> Found | None:
        """Return the best of the first goal until now, where the search is stopped; or None.

        It has no prices; a place that whole cuts do not keep within limits is none.
        """
        found = self._best if self._best is not None and self._best.kept else None
        if self._seen is None or self._goal is None:
            return found
        choice, place, point = self._seen
        steps = self.variables.steps(place, choice.passes)
        figures = self.cycle.figures(steps, coolant=choice.coolant, exact=True)
        none = (0.0,) * len(place)
        minimum = Minimum(
            place, point.cost, point.rooms[: len(self.limits)], True,
            (0.0,) * len(self.limits), none, none, self.evaluations, 1, 0,
        )  # fmt: skip
        seen = Found(choice, minimum, self.limits, steps, figures, self._goal(figures))
        return seen if seen.kept and (found is None or better(seen, found)) else found

    def with_choice(
        self,
        goal: Callable[[Figures], float],
        choice: Choice,
        place: Sequence[float],
        *,
        more: Sequence[Limit],
    ) -> Found:
        """Return the best of *goal* for one *choice* of what is whole, from *place* on."""
        limits = (*self.limits, *more)
        return self._solve(goal, limits, choice, [place], 1, explain=False)

    def _solve(
        self,
        goal: Callable[[Figures], float],
        limits: Sequence[Limit],
        choice: Choice,
        first: Sequence[Sequence[float]],
        starts: int,
        *,
        explain: bool = True,
    ) -> Found:
        """Return the best place of one *choice*, from *first*, today and anywhere."""
        if self.guard is not None:
            self.guard()
        variables, parts = self.variables, dict(choice.parts)
        cuts = variables.target.cuts
        asked = self._asked(choice)
        now = self.cycle.figures(variables.target.operation.steps)
        today = goal(now)
        made = {tool: int(k * len(now.uses[tool].needs)) for tool, k in parts.items()}
        rows = sum(len(in_a_row(now.uses[tool].needs, n)) + 1 for tool, n in made.items())

        def problem(x: tuple[float, ...]) -> Point:
            steps = variables.steps(x, choice.passes)
            try:
                figures = self.cycle.figures(steps, coolant=choice.coolant, parts=asked)
            except OutOfRange:
                return Point(
                    HOPELESS * today,
                    (-1.0,) * (len(limits) + rows + len(choice.edges)),
                )
            rooms = [limit.room(figures, steps, whole=limit.tool in asked) for limit in limits]
            for tool, n in made.items():
                needs = figures.uses[tool].needs
                rooms += [-log(row) - COVERED for row in in_a_row(needs, n)]
                rooms.append(log(max(in_a_row(needs, n + 1))) - COVERED)
            for cut, count in choice.edges:
                rooms.append(log(count / _need(figures, cuts[cut])) - COVERED)
            point = Point(goal(figures), tuple(rooms))
            if goal is self._goal and len(limits) == len(self.limits):
                self._look(choice, x, point)
            return point

        minimum = constrained(
            problem, variables.bounds, first=[*first, variables.today][: max(1, starts)],
            starts=starts, seed=self.seed, step=STEP, precision=PRECISION,
            explain=explain and not asked,
        )  # fmt: skip
        self.evaluations += minimum.evaluations
        steps = variables.steps(minimum.place, choice.passes)
        try:
            figures = self.cycle.figures(steps, coolant=choice.coolant, exact=True)
            cost = goal(figures)
        except OutOfRange:
            figures, cost = now, HOPELESS * today
        return Found(choice, minimum, tuple(limits), steps, figures, cost)

    def _look(self, choice: Choice, place: tuple[float, ...], point: Point) -> None:
        """Keep *place* if it is the best within limits until now."""
        kept = min(point.rooms, default=0.0) >= -KEPT
        if kept and (self._seen is None or point.cost < self._seen[2].cost):
            self._seen = choice, place, point

    def _whole(
        self,
        goal: Callable[[Figures], float],
        limits: Sequence[Limit],
        relaxed: Found,
    ) -> Found:
        """Return the best with whole cuts for each edge; *relaxed* where none need be."""
        free = self._planned(relaxed)
        if not free or not relaxed.minimum.feasible:
            return relaxed
        on_line = len(limits) > len(self.limits) and len(free) > 1
        near = CLOSE if on_line else NEAR
        bound = relaxed.minimum.cost * (1.0 + near)
        if relaxed.kept and relaxed.cost <= bound:
            return relaxed
        tried: dict[Choice, Found] = {}

        def at(numbers: dict[str, Fraction]) -> Found:
            choice = self._numbered(relaxed.choice, numbers, free)
            if choice not in tried:
                place = self._moved(relaxed, dict(choice.parts))
                tried[choice] = self._solve(goal, limits, choice, [place], 1)
            return tried[choice]

        down = {tool: Fraction(max(1, floor(use.parts))) for tool, use in free.items()}
        best = at(down)
        if on_line:
            up = {tool: Fraction(max(1, ceil(use.parts))) for tool, use in free.items()}
            if better(at(up), best):
                best, down = at(up), up  # A line on edges is kept by those that do more.
        if not (best.kept and best.cost <= bound):
            if len(free) == 1:
                best = self._along(free, down, best, at)
            else:
                best = self._climbed(down, best, at, free)
            several = self._several(relaxed, free)
            if several:
                numbers = {**dict(best.choice.parts), **several}
                best = self._climbed(numbers, at(numbers), at, free, best)
        return _settled(relaxed, best, list(tried.values()))

    def _numbered(
        self, choice: Choice, numbers: dict[str, Fraction], free: dict[str, Use]
    ) -> Choice:
        """Return *choice* with *numbers*: edges of cuts, and parts of the other tools."""
        target = self.variables.target
        edges = {name: n for name, n in numbers.items() if name not in free}
        cut = {target.step(name.removeprefix(_OF)).tool for name in edges}
        return replace(
            choice,
            parts=tuple(
                sorted((n, k) for n, k in numbers.items() if n in free and n not in cut)
            ),
            edges=tuple(sorted((name.removeprefix(_OF), int(n)) for name, n in edges.items())),
        )

    def _asked(self, choice: Choice) -> dict[str, float]:
        """Return the parts that an edge makes by *choice*, for the tools that it is about."""
        asked = {tool: float(k) for tool, k in choice.parts}
        counts: dict[str, int] = {}
        for cut, count in choice.edges:
            tool = self.variables.target.step(cut).tool
            counts[tool] = counts.get(tool, 0) + count
        return asked | {tool: 1.0 / count for tool, count in counts.items()}

    def _several(self, relaxed: Found, free: dict[str, Use]) -> dict[str, Fraction]:
        """Return the edges that each cut takes of tools that do not last for a part.

        Not of those whose lives are scattered: no number of them is sure.
        """
        figures = self.cycle.figures(relaxed.steps, coolant=relaxed.choice.coolant)
        target, found = self.variables.target, {}
        for cut, index in target.cuts.items():
            tool = target.step(cut).tool
            worn = tool in free and free[tool].parts < 1.0
            if worn and self.cycle.tools[tool].life_scatter == 0.0:
                edges = max(1, ceil(_need(figures, index) - 1e-3))
                found[f"{_OF}{cut}"] = Fraction(edges)
        return found

    def _along(
        self,
        free: dict[str, Use],
        down: dict[str, Fraction],
        best: Found,
        at: Callable[[dict[str, Fraction]], Found],
    ) -> Found:
        """Return the best parts that an edge of the one tool makes: whole ones, then of cuts.

        Whole ones are tried from *down* on both ways; cuts from as many as fill a life where
        they need not be whole, and from the best of all, too.
        """
        ((tool, use),) = free.items()

        def walked(k: Fraction, step: Fraction, best: Found) -> Found:
            best = at({tool: k}) if better(at({tool: k}), best) else best
            for way in (step, -step):
                worse, number = 0, k + way
                while worse < PATIENCE and number > 0:
                    found = at({tool: number})
                    worse = 0 if better(found, best) else worse + 1
                    best = found if better(found, best) else best
                    number += way
            return best

        cut = Fraction(1, len(use.needs))
        best = walked(down[tool], Fraction(1), best)
        best = walked(max(1, floor(use.parts / cut)) * cut, cut, best)
        return walked(dict(best.choice.parts)[tool], cut, best)

    def _climbed(
        self,
        numbers: dict[str, Fraction],
        begin: Found,
        at: Callable[[dict[str, Fraction]], Found],
        free: dict[str, Use],
        best: Found | None = None,
    ) -> Found:
        """Return the best that one more or less of no number betters; *best* if that is better.

        One is a part, an edge or a cut. What betters it for one is taken for all such at once,
        if that is better.
        """
        here = begin
        ones = {
            name: {Fraction(1), Fraction(1, len(free[name].needs) if name in free else 1)}
            for name in numbers
        }
        while True:
            moves = [
                (name, n + more, found)
                for name, n in numbers.items()
                for one in sorted(ones[name])
                for more in (one, -one)
                if n + more > 0
                for found in [at(numbers | {name: n + more})]
                if better(found, here)
            ]
            if not moves:
                return here if best is None or better(here, best) else best
            ways = [numbers | {name: n for name, n, _ in moves}]
            ways += [numbers | {name: n} for name, n, _ in moves]
            for way in ways:
                if better(at(way), here):
                    here, numbers = at(way), way

    def _planned(self, found: Found) -> dict[str, Use]:
        """Return the use of each planned edge, whose parts need not be whole.

        Left out: a tool that is changed when worn.
        """
        figures = self.cycle.figures(found.steps, coolant=found.choice.coolant)
        return {
            tool: use
            for tool, use in figures.uses.items()
            if self.cycle.tools[tool].change == "planned" and tool in self.variables.tools
        }

    def _moved(self, found: Found, parts: dict[str, Fraction]) -> tuple[float, ...]:
        """Return *found* with the speeds of each tool moved so that its edges make *parts*."""
        figures = self.cycle.figures(found.steps, coolant=found.choice.coolant)
        place = list(found.minimum.place)
        for tool, k in parts.items():
            use = figures.uses[tool]
            life = self.cycle.tools[tool].life
            rising = 1.0 if life is None else life.speed_exponent - 1.0
            if rising <= 0.0:
                continue
            factor = (use.parts / float(k) * (1.0 - 2.0 * COVERED)) ** (1.0 / rising)
            for i in self.variables.speeds_of(tool):
                place[i] *= factor
        return tuple(place)


def _settled(relaxed: Found, best: Found, tried: Sequence[Found]) -> Found:
    """Return the better of two that whole cuts keep; else, of all, what misses limits least.

    That is told as *relaxed*, which keeps them by fractions of edges.
    """
    if best.kept and not better(relaxed, best):
        return best
    if relaxed.kept:
        return relaxed
    near = max((relaxed, *tried), key=lambda one: one.worst)
    minimum = replace(relaxed.minimum, place=near.minimum.place)
    return replace(near, choice=replace(near.choice, parts=(), edges=()), minimum=minimum)


def _need(figures: Figures, index: int) -> float:
    """Return what the cut that is step *index* needs of the life of an edge [-]."""
    cut = figures.cuts[index]
    assert cut is not None, "it is a cut"
    assert cut.life is not None, "its edge wears"
    return cut.seconds / cut.life
