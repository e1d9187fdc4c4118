"""This module holds the trials: runs of bundled files, pairs of them, and computations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Literal

from simtwin.oracles.figure import Figure
from simtwin.oracles.oracle import Case, Expected, Guard
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import ORACLES, load_with_plant

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.result import Result

FEWEST = 10
"""Replications below which none are saved."""

Seen = tuple[Expected, Figure]
"""What is expected, and what of a run is held against it."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Runs of the bundled scenario *file*."""

    file: str
    figures: tuple[Figure, ...]
    rule: str | None = None
    """Dispatching, where it is not that of the file."""
    log: bool = False
    """Whether the figures read the log."""
    grows: Literal["window", "replications"] = "window"
    """What is more where more precision is asked for."""
    random: bool = True
    """False: there is no chance in it, and one run is all."""

    @property
    def files(self) -> tuple[str, ...]:
        """The scenario, by its bundled name."""
        return (self.file,)

    def replications(self, length: float) -> int:
        """Return how many the file says; more or less where those are what grows."""
        if not self.random:
            return 1
        n = shop(self.file, self.rule)[1].replications
        return n if self.grows == "window" else max(FEWEST, ceil(n * length))

    def run(self, replication: int, *, seed: int, length: float, guard: Guard) -> list[float]:
        """Return the figures of one replication."""
        run = self.observe(replication, seed=seed, length=length, guard=guard)
        return [figure(run) for figure in self.figures]

    def observe(self, replication: int, *, seed: int, length: float, guard: Guard) -> Result:
        """Return one replication, its window *length* times as long as the file says."""
        plant, scenario = shop(self.file, self.rule)
        until = None
        if self.random and self.grows == "window" and scenario.horizon is not None:
            window = scenario.horizon - scenario.measure_from
            until = scenario.measure_from + length * window
        return simulate(
            plant,
            scenario,
            seed=seed,
            replication=replication,
            until=until,
            history=self.log,
            guard=guard,
        )


@dataclass(frozen=True, slots=True)
class Paired:
    """Two scenarios on the same luck, and what the second one changes."""

    before: Simulated
    after: Simulated
    figures: tuple[Callable[[Result, Result], float], ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Both scenarios, by their bundled names."""
        return (self.before.file, self.after.file)

    def replications(self, length: float) -> int:
        """Return as many as the first of the two asks for."""
        return self.before.replications(length)

    def run(self, replication: int, *, seed: int, length: float, guard: Guard) -> list[float]:
        """Return the figures of one pair of runs."""
        before, after = (
            one.observe(replication, seed=seed, length=length, guard=guard)
            for one in (self.before, self.after)
        )
        return [figure(before, after) for figure in self.figures]


@dataclass(frozen=True, slots=True)
class Computed:
    """What is computed from a model, or by another verb on its files, without chance."""

    compute: Callable[[int, Guard], list[float]]
    """From seed and guard: the figures."""
    files: tuple[str, ...] = ()

    def replications(self, length: float) -> int:
        """Return 1: nothing is left to chance."""
        return 1

    def run(self, replication: int, *, seed: int, length: float, guard: Guard) -> list[float]:
        """Return the figures."""
        return self.compute(seed, guard)


@cache
def shop(file: str, rule: str | None = None) -> tuple[PlantModel, Scenario]:
    """Return plant and scenario of a bundled *file*, with its *rule* of dispatching or another.

    >>> shop("oracles/a1")[0].name, shop("oracles/ft06", "spt")[1].dispatching
    ('a1', 'spt')
    """
    plant, scenario = load_with_plant(file)
    if rule is not None:
        scenario = scenario.with_changes({"dispatching": rule})
    return plant, scenario


def simulated(
    file: str,
    *seen: Seen,
    name: str = "",
    rule: str | None = None,
    log: bool = False,
    grows: Literal["window", "replications"] = "window",
) -> Case:
    """Return the case of the bundled scenario *file* of this room: expected, and found how."""
    expected, figures = zip(*seen, strict=True)
    random = any(one.random for one in expected)
    return Case(
        name,
        Simulated(ORACLES + file, figures, rule=rule, log=log, grows=grows, random=random),
        expected,
    )


def paired(
    before: str,
    after: str,
    *seen: tuple[Expected, Callable[[Result, Result], float]],
    name: str = "",
    log: bool = False,
) -> Case:
    """Return the case of two bundled scenarios on the same luck."""
    expected, figures = zip(*seen, strict=True)
    random = any(one.random for one in expected)
    first, second = (
        Simulated(ORACLES + file, (), log=log, random=random) for file in (before, after)
    )
    return Case(name, Paired(first, second, figures), expected)
