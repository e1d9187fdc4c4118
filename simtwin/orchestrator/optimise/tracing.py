"""This module holds the tracing of a front: line by line, each within what all others found.

What is whole makes a front of pieces, one for each choice of it, and a descent sees one piece.
So every choice that one line has found is tried at the lines beside it, and the better goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.orchestrator.optimise.found import better
from simtwin.orchestrator.optimise.front import knee, lines, undominated
from simtwin.orchestrator.optimise.goals import GOALS
from simtwin.orchestrator.optimise.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.orchestrator.optimise.cycle import Figures
    from simtwin.orchestrator.optimise.found import Found
    from simtwin.orchestrator.optimise.parameters import Task
    from simtwin.orchestrator.optimise.search import Search
    from simtwin.result.optimum import Goal

    Score = Callable[[Figures], float]

NARROW = 1e-3
"""Relative width of a front within which no points are looked for."""
TIE = 1e-4
"""Share of the other goal in what is made least: of parameters alike in one goal, the best in
the other. Small, so that it moves no point that can be told from another."""


class Tracing:
    """The front of two goals: the same points in whichever order they are asked for."""

    def __init__(self, search: Search, task: Task) -> None:
        self.search = search
        self.task = task
        self.first, self.second = sorted(task.goals, key=list(GOALS.values()).index)
        """The goal that is made least along the front, and that which is held."""
        self.found: list[Found] = []
        self.last: Found | None = None
        """The least of the goal that is held, whose prices are in that."""

    def trace(self, points: int) -> None:
        """Find the front, *points* of it where there are as many.

        Where a goal alone keeps no limits, what it found is all.
        """
        goal = self._score(self.first, self.second)
        least = self.search.least(goal)
        self.found = [least]
        if not least.kept:
            return
        self.last = self.search.least(self._score(self.second, self.first))
        self.found = [least, self.last]
        if not self.last.kept:
            self.found = [least]
            return
        high, low = (self.task.value(self.second, one) for one in self.found)
        held = [self._held(high)]
        if high > low * (1.0 + NARROW):
            held += [self._held(line) for line in lines(high, low, points - 2)]
        traced = [least]
        for limit in held[1:]:
            places = [traced[-1].minimum.place, self.last.minimum.place]
            traced.append(self.search.least(goal, more=[limit], first=places))
            self.found = [*traced, self.last]
        for place, limit in enumerate(held):
            self.found[place] = self._among(goal, place, limit)

    @property
    def front(self) -> list[Found]:
        """What no other beats, of all that was found within limits, by the first goal asked."""
        kept = [one for one in self.found if one.kept]
        return undominated(kept, self.task.values) if kept else self.found[:1]

    @property
    def chosen(self) -> Found:
        """The point that gives up least of both."""
        ordered = sorted(self.front, key=lambda one: self.task.value(self.first, one))
        values = [
            (self.task.value(self.first, one), self.task.value(self.second, one))
            for one in ordered
        ]
        return ordered[knee(values)]

    @property
    def priced(self) -> Goal:
        """The goal in which the prices of the chosen point are."""
        return self.second if self.chosen is self.last else self.first

    def _among(self, goal: Score, place: int, limit: Limit) -> Found:
        """Return the best within *limit*, by the choice of that line or of its neighbours."""
        found = self.found[place]
        tried = {found.choice}
        for other in self.found[max(0, place - 1) : place + 2]:
            if other.choice not in tried:
                tried.add(other.choice)
                again = self.search.with_choice(
                    goal, other.choice, other.minimum.place, more=[limit]
                )
                found = again if better(again, found) else found
        return found

    def _score(self, goal: Goal, other: Goal) -> Score:
        """Return what is made least: *goal*, and of equal ones the least of *other*."""
        main, aside = self.task.score(goal), self.task.score(other)
        today = aside(self.search.cycle.figures(self.task.target.operation.steps))

        def score(figures: Figures) -> float:
            tie: float = (aside(figures) / today) ** TIE
            return main(figures) * tie

        return score

    def _held(self, line: float) -> Limit:
        second = self.second
        return Limit(
            f"{second.name} of a part", second.unit, line, self.task.figure(second.name),
            own=False,
        )  # fmt: skip
