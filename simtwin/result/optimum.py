"""This module holds the optimum: the best parameters of an operation, and what holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.result.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.study import Study

TABLES = ("parameters", "constraints", "figures", "front", "trial")

NOTHING = 1e-6
"""Relative difference that is none: no finer than the end of a search is known."""
TODAY = "today"
"""What the parameters of the plant are called beside others."""


class Goal(NamedTuple):
    """What is to be least, of one good part."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that was free: of the plant today, and at the optimum."""

    name: str
    """Cut and quantity, as ``face-iron.feed``."""
    unit: str
    today: float
    best: float
    low: float
    high: float
    price: float = 0.0
    """By what share the goal falls for each share by which its bound yields [-]."""
    rpm: float | None = None
    """Speed of the spindle at the optimum; of a speed."""

    @property
    def bound(self) -> str:
        """At which of its bounds it stands: ``lowest``, ``highest``, or none."""
        if self.low == self.high:
            return ""
        for name, end in (("lowest", self.low), ("highest", self.high)):
            if abs(self.best - end) <= 1e-4 * end:
                return name
        return ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One limit on a part: how far it is used, and what it costs."""

    name: str
    unit: str
    limit: float
    lower: bool
    """Whether the figure must be at least the limit."""
    own: bool
    """Whether the call asks for it; else the machine does."""
    today: float
    best: float
    reached: bool
    price: float
    """What the goal falls by for one unit by which the limit yields [unit of the goal]; see
    `Optimum.priced`."""
    share: float
    """By what share it falls for each share by which the limit yields [-]; where no parameters
    keep all limits, the part that it has in that."""

    @property
    def broken_today(self) -> bool:
        """Whether the parameters of the plant do not keep it."""
        off = self.limit - self.today if self.lower else self.today - self.limit
        return off > 1e-6 * abs(self.limit)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a good part, today and at the optimum."""

    name: str
    unit: str
    today: float
    best: float


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """One of the parameters that no others beat in both goals."""

    values: tuple[float, float]
    parameters: tuple[float, ...]
    """In the order and the units of `Optimum.parameters`."""
    passes: dict[str, int]
    """Cut whose depth was free -> passes."""
    coolant: bool
    """Whether the coolant is on."""
    chosen: bool
    """Whether it is the one that the optimum stands for."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Paired runs of the operation, by the parameters of the plant and by others."""

    study: Study
    parts: int
    """Pieces that each run makes."""
    values: dict[str, dict[str, Estimate]]
    """Goal -> plan -> mean of one good part, in the unit of the goal."""
    differences: dict[str, dict[str, Estimate]]
    """Goal -> plan -> paired difference to today of one good part."""

    def least(self, goal: str) -> float:
        """Return what a difference in *goal* must be more than to be one."""
        return NOTHING * abs(self.values[goal][TODAY].value)

    @property
    def n(self) -> int:
        """Replications that every plan has."""
        return self.study.n


BEST = "best"
"""What the optimum is called beside others."""


@dataclass(frozen=True, repr=False)
class Optimum:
    """The best parameters of one operation within limits; or which limits no parameters keep.

    Figures are of one good part of an operation that is repeated for ever. *trial* are paired
    runs of that, *study* those of a whole scenario, where one was given.
    """

    plant: Any
    machine: str
    operation: str
    goals: tuple[Goal, ...]
    priced: Goal
    """Of which goal the prices of limits and bounds are."""
    feasible: bool
    parameters: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...]
    figures: tuple[Figure, ...]
    parts_per_edge: dict[str, float]
    """Tool -> parts that an edge makes by plan at the optimum."""
    whole: dict[str, float]
    """Tool whose edges make a number of whole cuts that holds the optimum -> that in parts."""
    passes: dict[str, tuple[int, int]]
    """Cut -> passes today and at the optimum, where its depth was free."""
    coolant: bool
    """Whether the coolant is on at the optimum."""
    changes: dict[str, object]
    """What makes the plant so: dotted name -> value [SI], for ``plant.with_changes``."""
    front: tuple[FrontPoint, ...]
    evaluations: int
    starts: int
    hits: int
    """Starts that ended at the optimum; few of many say that it may be a local one."""
    seed: int
    trial: Trial | None = None
    study: Study | None = None
    stopped: bool = False
    """Whether the runs were stopped before one was complete: nothing is verified then."""
    searched: bool = True
    """Whether the search came to its end; else this is the best until then, without prices."""
    notes: tuple[str, ...] = ()
    """What the answer does not say by itself."""
    provenance: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Optimum({self.sentence})"

    def __str__(self) -> str:
        from simtwin.result.optimum_reading import told

        return told(self)

    @property
    def partial(self) -> bool:
        """Whether the search was stopped, or the runs before all were made."""
        if not self.searched:
            return True
        studies = self.study, self._trial_study
        return self.stopped or any(one is not None and one.partial for one in studies)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return tuple(self.plant.assumptions)

    @property
    def active(self) -> tuple[Constraint, ...]:
        """Limits that hold the optimum, the dearest first; where there is none, at fault."""
        priced = [one for one in self.constraints if one.share > 0.0]
        return tuple(sorted(priced, key=lambda one: (-one.share, one.name)))

    @property
    def at_bounds(self) -> tuple[Parameter, ...]:
        """Parameters whose own bounds hold the optimum, the dearest first."""
        priced = [one for one in self.parameters if one.price > 0.0]
        return tuple(sorted(priced, key=lambda one: (-one.price, one.name)))

    @property
    def optimised(self) -> Any:
        """The plant with the best parameters in it."""
        if not self.feasible:
            raise InvalidInput(f"{self.operation}: {self.sentence}")
        return self.plant.with_changes(self.changes)

    @property
    def confirmed(self) -> bool | None:
        """Whether paired runs show the gain beyond chance; None: no runs were made.

        Of two goals it is enough that one is better and none is worse.
        """
        if self.trial is None:
            return None
        found = [
            (self.trial.differences[goal.name][BEST], self.trial.least(goal.name))
            for goal in self.goals
        ]
        better = [one.high < -least for one, least in found]
        return any(better) and not any(one.low > least for one, least in found)

    @property
    def sentence(self) -> str:
        """What the answer is, in one sentence."""
        from simtwin.result.optimum_reading import sentence

        return sentence(self)

    def figure(self, name: str) -> Figure:
        """Return a figure of a part by its name."""
        for one in self.figures:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.figures)
        raise InvalidInput(f"no figure {name!r}; there are {names}")

    def frame(self, name: str = "parameters") -> pd.DataFrame:
        """Return a table: "parameters", "constraints", "figures", "front" or "trial"."""
        import pandas as pd

        if name in _COLUMNS:
            keys = _COLUMNS[name]
            rows = [[getattr(one, key) for key in keys] for one in getattr(self, name)]
            return pd.DataFrame(rows, columns=list(keys))
        if name == "front":
            return pd.DataFrame(self._front_rows())
        if name == "trial":
            return pd.DataFrame(self._trial_rows())
        raise InvalidInput(f"no table {name!r}; there are {', '.join(TABLES)}")

    @property
    def _trial_study(self) -> Study | None:
        return None if self.trial is None else self.trial.study

    def _front_rows(self) -> list[dict[str, Any]]:
        columns = [f"{goal.name} [{goal.unit}]" for goal in self.goals]
        names = [f"{one.name} [{one.unit}]" for one in self.parameters]
        return [
            {
                **dict(zip(columns, point.values, strict=True)),
                **dict(zip(names, point.parameters, strict=True)),
                **{f"{cut}.passes": count for cut, count in point.passes.items()},
                "coolant": point.coolant,
                "chosen": point.chosen,
            }
            for point in self.front
        ]

    def _trial_rows(self) -> list[dict[str, Any]]:
        if self.trial is None:
            return []
        return [
            {
                "goal": goal.name,
                "unit": goal.unit,
                "plan": plan,
                **_ends("mean", mean),
                **_ends("difference", self.trial.differences[goal.name].get(plan)),
            }
            for goal in self.goals
            for plan, mean in self.trial.values[goal.name].items()
        ]


_COLUMNS: dict[str, tuple[str, ...]] = {
    "parameters": ("name", "unit", "today", "best", "low", "high", "bound", "price", "rpm"),
    "constraints": (
        "name", "unit", "limit", "lower", "own", "today", "best", "reached", "price", "share",
    ),
    "figures": ("name", "unit", "today", "best"),
}  # fmt: skip


def _ends(name: str, number: Estimate | None) -> dict[str, float | None]:
    """Return value and interval; nothing where there is none."""
    ends = (None, None, None) if number is None else (number.value, number.low, number.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
