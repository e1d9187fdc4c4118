"""This module holds the search: the least of a goal over speeds, feeds, passes and whole parts.

Speeds and feeds are found by multistart SLSQP. What is whole is enumerated: coolant on or off,
the passes of a cut whose depth is free, and the parts that an edge makes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import floor, log
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange
from simtwin.physics.constrained import KEPT, Minimum, Point, constrained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simtwin.orchestrator.optimise.cycle import Cycle, Figures
    from simtwin.orchestrator.optimise.limits import Limit
    from simtwin.orchestrator.optimise.variables import Variables
    from simtwin.plant.model import Step

STEP, PRECISION = 1e-4, 1e-8
"""Of differences, and of costs: instants stand on a grid of 6e-8 s, which finer ones see."""
COVERED = 1e-6
"""By what share less than its life an edge is used for whole parts: a run covers them."""
PATIENCE = 3
"""Numbers of parts in a row that may be worse before no further one is tried."""
NEAR = 1e-4
"""Relative cost above the bound that parts need not be whole, within which none is sought."""
HOPELESS = 1e3
"""Cost, in that of today, of what no machine stands: heat that runs away."""


@dataclass(frozen=True)
class Choice:
    """What is whole: coolant, passes by cut, and parts by tool; none: not whole yet."""

    coolant: bool
    passes: tuple[tuple[str, int], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Found:
    """The best place of one choice."""

    choice: Choice
    minimum: Minimum
    limits: tuple[Limit, ...]
    steps: tuple[Step, ...]
    figures: Figures
    """Of what a run can do: whole cuts."""
    cost: float
    """Of these."""


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
    made: int = 0
    """Starts, of the relaxed problem."""
    hits: int = 0

    def least(
        self,
        goal: Callable[[Figures, bool], float],
        *,
        more: Sequence[Limit] = (),
        first: Sequence[Sequence[float]] = (),
        quick: bool = False,
    ) -> Found:
        """Return the best of *goal* within the limits and *more* of them.

        *quick*: from *first* alone, parts rounded down for a single tool, and for several as
        they come: for a point of a front.
        """
        limits = (*self.limits, *more)
        best: Found | None = None
        for coolant, passes in product(self.variables.coolants, self.variables.combinations):
            choice = Choice(coolant, passes)
            starts = max(1, len(first)) if quick else self.starts
            relaxed = self._solve(goal, limits, choice, first, starts, explain=not quick)
            if not quick:
                self.made += relaxed.minimum.starts
            if best is not None and not _better(relaxed, best):
                continue
            found = self._whole(goal, limits, relaxed, quick=quick)
            if best is None or _better(found, best):
                best = found
                if not quick:
                    self.hits = relaxed.minimum.hits
        assert best is not None, "there is at least one choice"
        return best

    def _solve(
        self,
        goal: Callable[[Figures, bool], float],
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
        today = goal(self.cycle.figures(variables.target.operation.steps), True)

        def problem(x: tuple[float, ...]) -> Point:
            steps = variables.steps(x, choice.passes)
            try:
                figures = self.cycle.figures(steps, coolant=choice.coolant, parts=parts)
            except OutOfRange:
                return Point(HOPELESS * today, (-1.0,) * (len(limits) + 2 * len(parts)))
            rooms = [limit.room(figures, steps) for limit in limits]
            for tool, k in parts.items():
                damage = figures.uses[tool].damage * figures.good
                rooms.append(-log(damage * k) - COVERED)
                rooms.append(log(damage * (k + 1)) - COVERED)
            return Point(goal(figures, choice.coolant), tuple(rooms))

        minimum = constrained(
            problem, variables.bounds, first=[*first, variables.today][: max(1, starts)],
            starts=starts, seed=self.seed, step=STEP, precision=PRECISION,
            explain=explain and not choice.parts,
        )  # fmt: skip
        self.evaluations += minimum.evaluations
        steps = variables.steps(minimum.place, choice.passes)
        try:
            figures = self.cycle.figures(steps, coolant=choice.coolant, exact=True)
            cost = goal(figures, choice.coolant)
        except OutOfRange:
            figures = self.cycle.figures(variables.target.operation.steps)
            cost = HOPELESS * today
        return Found(choice, minimum, tuple(limits), steps, figures, cost)

    def _whole(
        self,
        goal: Callable[[Figures, bool], float],
        limits: Sequence[Limit],
        relaxed: Found,
        *,
        quick: bool,
    ) -> Found:
        """Return the best with whole parts for each edge; *relaxed* where none need be."""
        free = self._parts(relaxed)
        if not free or not relaxed.minimum.feasible or (quick and len(free) > 1):
            return relaxed
        bound = relaxed.minimum.cost
        tried: dict[tuple[tuple[str, int], ...], Found] = {}

        def at(parts: dict[str, int]) -> Found:
            key = tuple(sorted(parts.items()))
            if key not in tried:
                choice = replace(relaxed.choice, parts=key)
                place = self._moved(relaxed, parts)
                tried[key] = self._solve(goal, limits, choice, [place], 1)
            return tried[key]

        down = {tool: max(1, floor(k)) for tool, k in free.items()}
        best = at(down)
        if quick or (best.minimum.feasible and best.cost <= bound * (1.0 + NEAR)):
            return best if best.minimum.feasible else relaxed
        if len(free) == 1:
            ((tool, k),) = free.items()
            best = self._along(tool, floor(k), best, at)
            return best if best.minimum.feasible else relaxed
        best = self._climbed(best, at)
        return best if best.minimum.feasible else relaxed

    def _along(
        self, tool: str, k: int, best: Found, at: Callable[[dict[str, int]], Found]
    ) -> Found:
        """Return the best number of parts of one *tool*, tried from *k* on both ways."""
        for way in (1, -1):
            worse, number = 0, k + way
            while worse < PATIENCE and number >= 1:
                found = at({tool: number})
                worse = 0 if _better(found, best) else worse + 1
                best = min(best, found, key=lambda one: (not one.minimum.feasible, one.cost))
                number += way
        return best

    def _climbed(self, best: Found, at: Callable[[dict[str, int]], Found]) -> Found:
        """Return the best that one part more or less of any edge cannot better.

        What betters it for one tool is taken for all such tools at once, if that is better.
        """
        while True:
            parts = dict(best.choice.parts)
            moves = [
                (tool, k + more, found)
                for tool, k in parts.items()
                for more in (1, -1)
                if k + more >= 1
                for found in [at(parts | {tool: k + more})]
                if _better(found, best)
            ]
            if not moves:
                return best
            together = at(parts | {tool: k for tool, k, _ in moves})
            for found in (together, *(found for _, _, found in moves)):
                if _better(found, best):
                    best = found

    def _parts(self, found: Found) -> dict[str, float]:
        """Return the parts that each planned edge makes where they need not be whole.

        Left out: a tool that is changed when worn, and one that does not last for a part.
        """
        figures = self.cycle.figures(found.steps, coolant=found.choice.coolant)
        return {
            tool: use.parts
            for tool, use in figures.uses.items()
            if self.cycle.tools[tool].change == "planned"
            and use.parts >= 1.0
            and tool in self.variables.tools
        }

    def _moved(self, found: Found, parts: dict[str, int]) -> tuple[float, ...]:
        """Return *found* with the speeds of each tool moved so that its edges make *parts*."""
        figures = self.cycle.figures(found.steps, coolant=found.choice.coolant)
        place = list(found.minimum.place)
        for tool, k in parts.items():
            use = figures.uses[tool]
            life = self.cycle.tools[tool].life
            rising = 1.0 if life is None else life.speed_exponent - 1.0
            if rising <= 0.0:
                continue
            factor = (use.parts / k * (1.0 - 2.0 * COVERED)) ** (1.0 / rising)
            for i in self.variables.speeds_of(tool):
                place[i] *= factor
        return tuple(place)


def _better(one: Found, other: Found) -> bool:
    """Tell whether *one* is better: within limits first, then by its cost or its worst room."""
    a, b = one.minimum, other.minimum
    if a.feasible is not b.feasible:
        return a.feasible
    if not a.feasible:
        return min(a.rooms) > min(b.rooms) + KEPT
    return one.cost < other.cost * (1.0 - 1e-9)
