"""This module holds what is found: the best place of one choice of what is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.orchestrator.optimise.limits import COVERED
from simtwin.physics.constrained import KEPT

if TYPE_CHECKING:
    from fractions import Fraction

    from simtwin.orchestrator.optimise.cycle import Figures
    from simtwin.orchestrator.optimise.limits import Limit
    from simtwin.physics.constrained import Minimum
    from simtwin.plant.model import Step

ALIKE = 1e-9
"""Relative difference of two costs that is none."""


@dataclass(frozen=True)
class Choice:
    """What is whole: coolant, passes by cut, parts by tool; none: not whole yet."""

    coolant: bool
    passes: tuple[tuple[str, int], ...] = ()
    parts: tuple[tuple[str, Fraction], ...] = ()
    """Of so many whole cuts."""
    edges: tuple[tuple[str, int], ...] = ()
    """Edges by cut, of a tool that does not last for a part."""


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

    @property
    def kept(self) -> bool:
        """Whether whole cuts keep all limits, too."""
        return self.minimum.feasible and not self.broken

    @property
    def worst(self) -> float:
        """The least room that whole cuts leave of any limit [-]."""
        rooms = (limit.room(self.figures, self.steps, whole=True) for limit in self.limits)
        return min(rooms, default=0.0)

    @property
    def broken(self) -> tuple[Limit, ...]:
        """Limits that whole cuts do not keep."""
        return tuple(
            limit
            for limit in self.limits
            if limit.room(self.figures, self.steps, whole=True) < -10.0 * COVERED
        )

    def promises(self, other: Found) -> bool:
        """Tell whether parts made whole may be better than *other*: these need not be yet."""
        if not (self.minimum.feasible and other.kept):
            return self.minimum.feasible or better(self, other)
        return self.minimum.cost < other.cost * (1.0 - ALIKE)


def better(one: Found, other: Found) -> bool:
    """Tell whether *one* is better: within limits first, then by its cost or its worst room."""
    if one.kept is not other.kept:
        return one.kept
    a, b = one.minimum, other.minimum
    if a.feasible is not b.feasible:
        return a.feasible
    if not a.feasible:
        return min(a.rooms) > min(b.rooms) + KEPT
    return one.cost < other.cost * (1.0 - ALIKE)
