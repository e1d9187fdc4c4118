"""This module holds the trial: paired runs of the operation by the parameters of two plans."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.optimise.cycle import in_series
from simtwin.orchestrator.optimise.goals import KWH
from simtwin.orchestrator.optimise.target import PART
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.tool import tool_of
from simtwin.plant.model import Intervention, OrderSpec, Scenario, StartState
from simtwin.result import estimate, pairing
from simtwin.result.optimum import TODAY, Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.orchestrator.optimise.cycle import Figures
    from simtwin.orchestrator.optimise.goals import Prices
    from simtwin.orchestrator.optimise.target import Target
    from simtwin.plant.model import PlantModel, Step
    from simtwin.result.ensemble import Outcome
    from simtwin.result.optimum import Goal
    from simtwin.result.result import Result

SUMMED = 1e-9
"""Relative spread of runs in which nothing is left to chance: sums in another order."""
LEAST, MOST = 40, 300
"""Parts that a run makes."""


def parts_of_trial(target: Target, figures: Sequence[Figures]) -> int:
    """Return how many parts a run makes: for the edges of a magazine, if that is not many."""
    sisters = {slot.tool: slot.edges for slot in target.machine.magazine}
    wanted = [
        sisters[tool] * use.parts
        for one in figures
        for tool, use in one.uses.items()
        if use.damage > 0.0
    ]
    return min(MOST, max(LEAST, ceil(max(wanted, default=0.0))))


def trial_of(
    target: Target,
    plans: Sequence[tuple[str, tuple[Step, ...], bool]],
    goals: Sequence[Goal],
    prices: Prices,
    *,
    figures: Sequence[Figures],
    start: tuple[float, ...],
    parts: int,
    replications: int,
    seed: int,
    **options: Any,
) -> Trial:
    """Return paired runs of *parts* parts each by *plans*: name, steps, whether coolant is on.

    The machine is alone and warm, as it is at the *start* of a cycle of today [degC]; its
    failures, the scatter of its edges and their breakage are as in the plant. The first plan is
    the one that others are compared with. *figures* are those of each plan.
    """
    scenario = Scenario(
        name=TODAY,
        orders=(OrderSpec("trial", PART, quantity=parts),),
        start_from=StartState(temperatures={target.machine.name: start}),
        replications=replications,
        seed=seed,
    )
    asked: list[tuple[PlantModel, Scenario]] = []
    for name, steps, coolant in plans:
        off = () if coolant else (Intervention(0.0, target.machine.name, "coolant off"),)
        asked.append((target.bench(steps), replace(scenario, name=name, interventions=off)))
    study = compare(
        asked[0][0], asked, metric="makespan", replications=replications, seed=seed, **options
    )
    readers = [
        _Reader(*plan, own, goals, prices) for plan, own in zip(asked, figures, strict=True)
    ]
    names = [name for name, _, _ in plans]
    readings = {
        goal.name: {
            name: _settled(reader.values(goal, outcomes, seed))
            for name, reader, outcomes in zip(names, readers, study.outcomes, strict=True)
        }
        for goal in goals
    }
    return Trial(
        study,
        parts,
        {
            goal: {name: estimate.mean(values) for name, values in own.items()}
            for goal, own in readings.items()
        },
        {
            goal: {
                name: pairing.difference(values, own[names[0]])
                for name, values in own.items()
                if name != names[0]
            }
            for goal, own in readings.items()
        },
    )


def _settled(values: list[float]) -> list[float]:
    """Return *values*, all the same where only the order of sums sets them apart.

    >>> _settled([0.91666666666666630, 0.91666666666666663]) == [0.9166666666666663] * 2
    True
    """
    spread = max(values) - min(values)
    return values if spread > SUMMED * abs(values[0]) else [values[0]] * len(values)


class _Reader:
    """What tells the goals of one good part from the runs of one plan."""

    def __init__(
        self,
        plant: PlantModel,
        scenario: Scenario,
        figures: Figures,
        goals: Sequence[Goal],
        prices: Prices,
    ) -> None:
        self.plant = plant
        self.scenario = scenario
        self.figures = figures
        self.prices = prices
        self.coolant = not scenario.interventions
        (self.machine,) = plant.machines
        named = {goal.name for goal in goals}
        priced = "cost" in named and (prices.spindle > 0.0 or any(prices.edges.values()))
        self.looks = priced or bool(named & {"tool wear", "spindle wear", "bearing wear"})
        """Whether more must be known of a run than is kept of it: it is made once more."""

    def values(self, goal: Goal, outcomes: Sequence[Outcome], seed: int) -> list[float]:
        """Return *goal* of one good part in each of the runs."""
        return [self._value(goal, outcome, seed) for outcome in outcomes]

    def _value(self, goal: Goal, outcome: Outcome, seed: int) -> float:
        kpis = outcome.kpis
        good = kpis["good_pieces"]
        whole = {"time": "makespan", "energy": "energy"}
        if goal.name in whole:
            return kpis[whole[goal.name]] / good
        bearings, edges = self._looked(seed, outcome.replication) if self.looks else ({}, {})
        if goal.name == "tool wear":
            return sum(edges.values()) / good
        if goal.name == "spindle wear":
            return in_series(bearings) / good
        if goal.name == "bearing wear":
            return max(bearings.values(), default=0.0) / good
        prices = self.prices
        money = prices.machine * kpis["makespan"] + prices.energy * KWH * kpis["energy"]
        money += prices.scrap * kpis["scrapped_pieces"]
        money += sum(prices.of_edge(tool) * count for tool, count in edges.items())
        money += prices.spindle * in_series(bearings)
        if self.coolant:
            made = good + kpis["scrapped_pieces"]
            money += prices.coolant * self.figures.cutting * self.figures.good * made
        return money / good

    @lru_cache(maxsize=4096)  # noqa: B019 - a reader lives for one trial
    def _looked(self, seed: int, replication: int) -> tuple[dict[str, float], dict[str, float]]:
        """Return the damage of each bearing [-] and the edges used of each tool in a run."""
        run = simulate(self.plant, self.scenario, seed=seed, replication=replication)
        state = run.snapshot.states[self.machine.name]
        names = [bearing.name for bearing in self.machine.bearings]
        return dict(zip(names, state.damages, strict=True)), self._edges(run)

    def _edges(self, run: Result) -> dict[str, float]:
        """Return the edges of each tool that a run has used, the last ones by what they did."""
        assert run.log is not None, "a run with a history has a log"
        state = run.snapshot.states[self.machine.name]
        used: dict[str, float] = {}
        sisters = {slot.tool: slot.edges for slot in self.machine.magazine}
        for event in run.log.events:
            if event.kind == "tool refit":
                used[event.part] = used.get(event.part, 0.0) + sisters[event.part]
        left = [(name, one.edge.spent, one.wear) for name, one in state.magazine.items()]
        if state.setting.edge is not None:
            left.append((state.setting.edge, False, state.wear))
        for name, spent, wear in left:
            tool = tool_of(name)
            use = self.figures.uses.get(tool)
            if use is not None:
                each = use.edges * self.figures.good / use.damage
                part = 1.0 if spent else min(1.0, wear[0] * each)
                used[tool] = used.get(tool, 0.0) + part
        return used
