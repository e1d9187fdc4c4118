"""This module holds the verb `cause`: what has made a figure what it is, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.counterfactual import chosen
from simtwin.orchestrator.probe import Probe
from simtwin.orchestrator.realise import realised
from simtwin.orchestrator.work import ask, enough
from simtwin.result.cause import Cause, Explained
from simtwin.result.figure import Figure
from simtwin.result.shapley import coalitions, contributions, without_one

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from simtwin.orchestrator.counterfactual import Case, Nominal
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot


def cause(
    plant: PlantModel,
    scenario: Scenario,
    *,
    outcome: str,
    groups: Mapping[str, Nominal] | Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    log: bool = False,
    snapshot: Snapshot | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Cause:
    """Return what each of the *groups* of a scenario contributes to how its outcome differs.

    The scenario is run with every combination of its groups at nominal.

    *outcome* is a key figure, a figure of an order such as ``tardiness(order-1)``, or
    ``damage(mill-1/front bearing)``, ``failures(mill-1)``, ``downtime(mill-1)``,
    ``energy(mill-1)``. *groups* are names of :mod:`~simtwin.orchestrator.counterfactual`
    (left out: all that the scenario has), or functions by name that return plant and scenario
    with their group at nominal. With *log* the shares are of the log of the ratio, as factors
    that multiply ask for.

    All 2^k runs of a replication have the same luck. Their exact Shapley values sum to actual
    minus nominal (STATISTICS 7). From a *snapshot* the runs are forecasts. Interrupted it keeps
    the replications that are complete in every combination, and says so.

    Raises InvalidInput for more than six groups, and OutOfRange where *log* meets a figure
    that is not positive.
    """
    n = enough(scenario.replications if replications is None else replications, 1, "it needs")
    figure = Figure.parse(outcome)
    found = chosen(plant, scenario, groups, from_snapshot=snapshot is not None)
    names = tuple(found)
    seed = seed_of(seed, scenario)
    cases, place = _cases(plant, scenario, found, continued=snapshot is not None)
    questions = [Probe(*case, seed, figure, snapshot) for case in cases]
    items = [(index, r) for r in range(n) for index in range(len(questions))]
    values, partial = ask(
        questions,
        items,
        executor=executor,
        workers=workers,
        progress=progress,
        guard=guard,
    )
    complete = [r for r in range(n) if all((i, r) in values for i in range(len(questions)))]
    if not complete:
        raise KeyboardInterrupt("no replication is complete in every combination")
    explained = tuple(
        _explained(names, r, {some: values[i, r] for some, i in place.items()}, log=log)
        for r in complete
    )
    actual = questions[place[frozenset(names)]]
    first = actual.observe(complete[0], None, history=True)
    return Cause(figure, names, log, seed, n, explained, first, partial)


def _cases(
    plant: PlantModel, scenario: Scenario, groups: Mapping[str, Nominal], *, continued: bool
) -> tuple[list[Case], dict[frozenset[str], int]]:
    """Return the different cases, and which one each set of groups as they were has.

    Sets that come to the same case share its runs, so what changes nothing contributes 0;
    equal plants are one object, so that each is compiled once.
    """
    plants: list[PlantModel] = []
    cases: list[Case] = []
    place = {}
    for some in coalitions(list(groups)):
        case = plant, scenario
        for name, nominal in groups.items():
            if name not in some:
                case = nominal(*case)
        case = _changed(*case, continued=continued)
        made = next((known for known in plants if known == case[0]), None)
        if made is None:
            plants.append(made := case[0])
        case = made, case[1]
        if case not in cases:
            cases.append(case)
        place[some] = cases.index(case)
    return cases, place


def _changed(plant: PlantModel, scenario: Scenario, *, continued: bool) -> Case:
    """Return plant and scenario as changed, once for all runs, where nothing is drawn anew."""
    if plant.spread or scenario.spread:
        return plant, scenario
    return realised(plant, scenario, scenario.seed, parameters=0, state=0, continued=continued)


def _explained(
    names: Sequence[str], replication: int, values: Mapping[frozenset[str], float], *, log: bool
) -> Explained:
    return Explained(
        replication,
        values[frozenset(names)],
        values[frozenset()],
        contributions(names, values.__getitem__, scale="log" if log else "linear"),
        without_one(names, values.__getitem__),
    )
