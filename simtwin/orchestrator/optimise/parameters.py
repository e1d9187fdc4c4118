"""This module holds the verb: the parameters of one operation, made best and proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.errors import GuardExceeded, InvalidInput
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.optimise.answer import answered
from simtwin.orchestrator.optimise.arguments import check_asked
from simtwin.orchestrator.optimise.cycle import Cycle
from simtwin.orchestrator.optimise.found import Found
from simtwin.orchestrator.optimise.front import POINTS
from simtwin.orchestrator.optimise.goals import GOALS, KWH, Prices, goals_of
from simtwin.orchestrator.optimise.limits import Limit, asked_limits, machine_limits
from simtwin.orchestrator.optimise.search import Search
from simtwin.orchestrator.optimise.target import Target, target_of
from simtwin.orchestrator.optimise.tracing import Tracing
from simtwin.orchestrator.optimise.trial import parts_of_trial, trial_of
from simtwin.orchestrator.optimise.variables import USUAL, Variables, variables_of
from simtwin.orchestrator.realise import prepared
from simtwin.plant.model import Intervention
from simtwin.result.optimum import BEST, TODAY
from simtwin.whole import whole

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from simtwin.orchestrator.optimise.cycle import Figures
    from simtwin.plant.model import PlantModel, Scenario, Step
    from simtwin.result.optimum import Goal, Optimum
    from simtwin.result.study import Study

STARTS = 8
"""Of SLSQP, today's parameters the first."""
REPLICATIONS = 20

Score = Callable[["Figures"], float]


def optimise_parameters(
    plant: PlantModel,
    machine: str,
    *,
    program: str | None = None,
    operation: str | None = None,
    objective: str | Sequence[str] = "time",
    constraints: Mapping[str, object] | None = None,
    vary: Sequence[str] = USUAL,
    bounds: Mapping[str, object] | None = None,
    passes: Mapping[str, int] | None = None,
    prices: Mapping[str, object] | None = None,
    points: int = POINTS,
    starts: int = STARTS,
    seed: int | None = None,
    verify: bool = True,
    replications: int = REPLICATIONS,
    parts: int | None = None,
    scenario: Scenario | None = None,
    metric: str | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Optimum:
    """Return the best feeds and speeds of one operation on *machine*, and what holds them.

    Which operation is said by its *program*, or by *operation* (``product/operation``); without
    either it is the one whose cuts need most energy. Everything is of one good part of it,
    repeated for ever on the warm machine, by the laws that the simulation runs on: cutting
    force, spindle, heat, tool life with its scatter and breakage, changes and refits.

    *objective* is ``time``, ``energy``, ``cost`` (needs *prices*), ``tool wear``, ``spindle
    wear`` or ``bearing wear``; two of them give the front between. *constraints* are upper
    bounds ``power_kw``, ``torque_nm``, ``force_n``, ``roughness_um``, ``temperature_c`` (in the
    thermal steady state), ``time_s``, ``energy_kwh`` and so on, and lower bounds
    ``tool_life_min`` and ``parts_per_tool``; a number for all cuts, nodes or tools, or a
    mapping by their names. Power, torque and force are those of an edge at its wear limit. What
    the machines themselves bear is kept always.

    *vary* is of ``speed``, ``feed``, ``depth`` (whole passes; *passes* says how many the path
    of a cut is made of) and ``coolant``; *bounds* such as ``{"face-iron.feed_mm": (0.1, 0.3)}``
    say how far, else from half to one and a half times today's.

    The best is then run beside today's parameters, paired: *replications* of a run of the
    machine alone (`Optimum.trial`), and of a whole *scenario* where one is given, by *metric*
    (`Optimum.study`), which may change the plant first. *executor*, *workers*, *progress* and
    *guard* are those of :func:`simtwin.replicate`.

    Interrupted (Ctrl-C, or *guard* raising KeyboardInterrupt), it returns what was found,
    marked partial: the best until then while it searches, if any keeps all limits. Where no
    parameters keep all limits, the answer says so and names those at fault. Raises InvalidInput
    for a goal without fixed work, such as a wear rate: it is least where nothing is cut.
    """
    counts: dict[str, tuple[object, int]] = {
        "points": (points, 3), "starts": (starts, 1), "replications": (replications, 2),
    }  # fmt: skip
    check_asked(
        objective=objective,
        vary=vary,
        mappings={
            "constraints": constraints, "bounds": bounds, "passes": passes, "prices": prices,
        },
        counts=counts if parts is None else {**counts, "parts": (parts, 1)},
        metric=metric,
        planned=scenario is not None,
    )  # fmt: skip
    if scenario is not None:
        plant, scenario = prepared(plant, scenario)
    task, limits = asked_task(
        plant, machine, program=program, operation=operation, objective=objective,
        constraints=constraints, vary=vary, bounds=bounds, passes=passes, prices=prices,
    )  # fmt: skip
    if seed is None:
        seed = 1 if scenario is None else scenario.seed
    seed = whole("seed", seed)
    target, goals, money = task.target, task.goals, task.prices
    search = Search(task.cycle, task.variables, limits, starts, seed, guard)
    outcome = _searched(search, task, points)
    best, front = outcome.best, outcome.front
    trial = study = None
    stopped = False
    options: dict[str, Any] = {
        "executor": executor, "workers": workers, "progress": progress, "guard": guard,
    }  # fmt: skip
    if verify and outcome.ended and best.kept:
        plans = task.plans(best, front)
        today = plans[0].figures
        try:
            trial = trial_of(
                target,
                [(plan.name, plan.steps, plan.coolant) for plan in plans],
                goals,
                money,
                figures=[plan.figures for plan in plans],
                start=today.ends,
                parts=parts or parts_of_trial(target, [today, best.figures]),
                replications=replications,
                seed=seed,
                **options,
            )
            if scenario is not None:
                study = _in_plan(target, best, scenario, metric, replications, seed, options)
        except (KeyboardInterrupt, GuardExceeded):
            stopped = True
    return answered(
        task, best, front, search, priced=outcome.priced, trial=trial, study=study,
        stopped=stopped, searched=outcome.ended, seed=seed, points=points,
    )  # fmt: skip


def asked_task(
    plant: PlantModel,
    machine: str,
    *,
    program: str | None = None,
    operation: str | None = None,
    objective: str | Sequence[str] = "time",
    constraints: Mapping[str, object] | None = None,
    vary: Sequence[str] = USUAL,
    bounds: Mapping[str, object] | None = None,
    passes: Mapping[str, int] | None = None,
    prices: Mapping[str, object] | None = None,
) -> tuple[Task, tuple[Limit, ...]]:
    """Return what is asked and within which limits, checked: all but the search itself.

    Raises InvalidInput as :func:`optimise_parameters` does, which takes the same.
    """
    target = target_of(plant, machine, program=program, operation=operation)
    tools = [target.step(cut).tool for cut in target.cuts]
    money = Prices.read(prices or {}, tools)
    goals = goals_of(objective, priced=bool(money))
    variables = variables_of(target, vary=vary, bounds=bounds or {}, passes=passes or {})
    cycle = Cycle(target)
    task = Task(target, cycle, variables, goals, money)
    limits = (
        *asked_limits(constraints or {}, target, cycle, task.figure),
        *machine_limits(target, cycle),
    )
    task.refuse_nothing()
    return task, limits


@dataclass(frozen=True)
class Task:
    """What is asked: the target, its goals, and what things cost."""

    target: Target
    cycle: Cycle
    variables: Variables
    goals: tuple[Goal, ...]
    prices: Prices

    def score(self, goal: Goal) -> Score:
        """Return what gives *goal* of figures, in its unit."""
        name = goal.name
        if name == "cost":
            scrap = self.target.scrap_on_breakage
            return lambda figures: self.prices.of(figures, scrap_on_breakage=scrap)
        return _PLAIN[name]

    def goal(self, name: str) -> Goal:
        """Return the goal *name*."""
        return GOALS[name]

    def figure(self, name: str) -> Callable[[Figures, tuple[Any, ...]], float]:
        """Return what gives the goal *name* to a limit on it."""
        if name == "cost" and not self.prices:
            raise InvalidInput("constraints: cost: needs prices")
        score = self.score(self.goal(name))
        return lambda figures, steps: score(figures)

    def refuse_nothing(self) -> None:
        """Refuse a goal that is 0 whatever is done: nothing of the kind wears."""
        today = self.cycle.figures(self.target.operation.steps)
        for goal in self.goals:
            if not self.score(goal)(today) > 0.0:
                raise InvalidInput(
                    f"objective {goal.name}: nothing of the kind is used by "
                    f"{self.target.name} on {self.target.machine.name}"
                )

    def values(self, found: Found) -> tuple[float, float]:
        """Return both goals of a point of the front."""
        first, second = (self.value(goal, found) for goal in self.goals)
        return first, second

    def value(self, goal: Goal, found: Found) -> float:
        """Return *goal* of what is found."""
        return self.score(goal)(found.figures)

    def plans(self, best: Found, front: Sequence[Found]) -> list[Plan]:
        """Return what is run: today's parameters, the best, and the ends of a front."""
        steps = self.target.operation.steps
        plans = [
            Plan(TODAY, steps, True, self.cycle.figures(steps, exact=True)),
            Plan(BEST, best.steps, best.choice.coolant, best.figures),
        ]
        ends = [front[0], front[-1]] if len(front) > 1 else []
        plans += [
            Plan(f"least {goal.name}", found.steps, found.choice.coolant, found.figures)
            for goal, found in zip(self.goals, ends, strict=False)
            if found is not best
        ]
        return plans


class Plan(NamedTuple):
    """Parameters that are run."""

    name: str
    steps: tuple[Step, ...]
    coolant: bool
    figures: Figures


_PLAIN: dict[str, Callable[[Figures], float]] = {
    "time": lambda figures: figures.seconds,
    "energy": lambda figures: figures.energy / KWH,
    "tool wear": lambda figures: figures.edges,
    "spindle wear": lambda figures: figures.spindle_wear,
    "bearing wear": lambda figures: figures.bearing_wear,
}


class _Outcome(NamedTuple):
    """What a search came to."""

    best: Found
    front: list[Found]
    priced: Goal
    ended: bool
    """Whether it came to its end; else it is what was known until then."""


def _searched(search: Search, task: Task, points: int) -> _Outcome:
    """Return the best of one goal, or the front of two; of a search that is stopped, so far.

    Raises what stopped it where nothing within limits was found until then.
    """
    tracing = Tracing(search, task) if len(task.goals) > 1 else None
    ended = True
    try:
        if tracing is None:
            goal = task.goals[0]
            return _Outcome(search.least(task.score(goal)), [], goal, ended)
        tracing.trace(points)
    except (KeyboardInterrupt, GuardExceeded):
        ended = False
        if tracing is None or len(tracing.found) < 2:
            found = search.so_far()
            if found is None:
                raise
            return _Outcome(found, [], tracing.first if tracing else task.goals[0], ended)
    return _Outcome(tracing.chosen, tracing.front, tracing.priced, ended)


def _in_plan(
    target: Target,
    best: Found,
    scenario: Scenario,
    metric: str | None,
    replications: int,
    seed: int,
    options: dict[str, Any],
) -> Study:
    """Return the whole scenario by the parameters of today and by the best."""
    plant = target.plant.with_changes(target.changes(best.steps))
    acts = scenario.interventions
    if not best.choice.coolant:
        acts = (Intervention(0.0, target.machine.name, "coolant off"), *acts)
    plans = [
        (target.plant, replace(scenario, name=TODAY)),
        (plant, replace(scenario, name=BEST, interventions=acts)),
    ]
    metric = metric or ("late_orders" if scenario.orders else "good_pieces")
    return compare(
        target.plant, plans, metric=metric, replications=replications, seed=seed, **options
    )
