"""This module holds the sweep: one scenario at many points, each number with its interval."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.design import points_of
from simtwin.orchestrator.replicate import Replication
from simtwin.orchestrator.work import ask, enough
from simtwin.plant.amendment import in_scenario, read_change
from simtwin.plant.worn import refuse_overworn
from simtwin.result import estimate
from simtwin.result.ensemble import random
from simtwin.result.extremes import Extremes
from simtwin.result.metric import FIGURES, Metric, bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    import pandas as pd

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.ensemble import Outcome
    from simtwin.result.snapshot import Snapshot

OF_SCENARIO = "scenario."
"""Begins a name that belongs to the scenario; all others belong to its plant."""

FIXED = ("seed", "replications")
"""Numbers of a scenario that a sweep is told by themselves."""

COLUMNS = ("kpi", "unit", "value", "low", "high", "n")
"""Columns beside those of a point."""


def sweep(
    plant: PlantModel,
    scenario: Scenario,
    grid: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]],
    *,
    replications: int | None = None,
    metrics: Sequence[str] | None = None,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> pd.DataFrame:
    """Return the key figures of *scenario* at every point of *grid*, as rows of a table.

    *grid* gives lists of values by name, which are combined, or a list of points, such as
    `sobol` makes. A name is that of a plant file's ``changes``, its unit last:
    ``machines.*.refit_min``, ``machines.mill-1.feed_override``; after ``scenario.`` it is
    one of the scenario, ``scenario.dispatching``, ``scenario.orders.order-1.due_min``.
    *metrics* are key figures or such as ``p_late(order-1)``; left out: all key figures.

    All points share their luck: replication r of one is under the same streams as of another,
    so differences between points are more certain than their intervals. From a *snapshot* all
    are forecasts. Interrupted, the frame holds the points of which two replications or more are
    complete, `n` says how many, and ``frame.attrs["partial"]`` is true;
    ``frame.attrs["points"]`` is how many points there are.
    ``frame.attrs["drawn"]`` is false where nothing at any point depends on chance.
    With a ``p_late(order-1)`` among the metrics, `open` counts the replications that end with
    the order open and due later.

    Raises InvalidInput for a name or value that does not fit, naming it, before any run.
    """
    points = points_of(grid)
    n = enough(scenario.replications if replications is None else replications, 2)
    chosen = None if metrics is None else [Metric.parse(text) for text in metrics]
    seed = seed_of(seed, scenario)
    questions = [
        Replication(
            plant,
            at_point(plant, scenario, point, continued=snapshot is not None),
            seed,
            snapshot=snapshot,
        )
        for point in points
    ]
    items = [(place, replication) for place in range(len(points)) for replication in range(n)]
    found, partial = ask(
        questions, items, executor=executor, workers=workers, progress=progress, guard=guard
    )
    rows = []
    drawn = False
    for place, point in enumerate(points):
        outcomes = [found[place, r] for r in range(n) if (place, r) in found]
        if len(outcomes) >= 2:
            rows += [{**point, **row} for row in _rows(outcomes, chosen)]
            drawn = drawn or random(outcomes)
    asked = any(metric.name == "p_late" for metric in chosen or ())
    frame = _frame((*points[0], *COLUMNS, *(("open",) if asked else ())), rows)
    frame.attrs |= {"partial": partial, "drawn": drawn, "points": len(points)}
    return frame


def at_point(
    plant: PlantModel,
    scenario: Scenario,
    point: Mapping[str, object],
    *,
    continued: bool = False,
) -> Scenario:
    """Return *scenario* at one *point*: itself changed, or changing *plant* further.

    Runs that are *continued* from a snapshot do not begin with its ``start_from``.
    """
    changed = scenario.changes.applied(plant) if scenario.changes else plant
    of_plant: dict[str, object] = {}
    for key, given in point.items():
        own = key.removeprefix(OF_SCENARIO)
        if own in FIXED:
            raise InvalidInput(f"grid {key}: is not swept; say sweep(..., {own}=...)")
        try:
            if own != key or in_scenario(key):
                name, value = read_change(scenario, own, given)
                scenario = scenario.with_changes({name: value})
            else:
                name, value = read_change(changed, key, given)
                changed = changed.with_changes({name: value})
                of_plant[name] = value
        except InvalidInput as error:
            raise InvalidInput(f"grid {key}: {error}") from None
    if not continued:
        _refuse_overworn(changed, scenario, point)
    return replace(scenario, changes=scenario.changes.also(of_plant)) if of_plant else scenario


def _refuse_overworn(
    plant: PlantModel, scenario: Scenario, point: Mapping[str, object]
) -> None:
    """Refuse an edge at the start that is worn too far for its tool, and say at which point."""
    try:
        refuse_overworn(plant, scenario.start_from)
    except InvalidInput as error:
        at = ", ".join(f"{key} = {value}" for key, value in point.items())
        raise InvalidInput(f"grid {at}: {error}") from None


def _rows(outcomes: list[Outcome], chosen: list[Metric] | None) -> list[dict[str, Any]]:
    """Return what is told of one point, figure by figure."""
    wanted = _common(outcomes) if chosen is None else chosen
    rows = []
    for metric in wanted:
        found = _estimate(metric, outcomes)
        rows.append(
            {
                "kpi": str(metric),
                "unit": metric.unit,
                "value": found.value,
                "low": found.low,
                "high": found.high,
                "n": found.n,
                "open": found.unsettled,
            }
        )
    return rows


def _common(outcomes: list[Outcome]) -> list[Metric]:
    """Return the key figures that every replication has."""
    return [
        Metric(name)
        for name in outcomes[0].kpis
        if name in FIGURES and all(isfinite(o.kpis.get(name, inf)) for o in outcomes)
    ]


def _estimate(metric: Metric, outcomes: list[Outcome]) -> estimate.Estimate:
    values = Extremes.of(metric, outcomes)
    if metric.counted:
        return values.chance(drawn=random(outcomes))
    within = bounds(metric.name, metric.unit, outcomes[0].orders)
    return estimate.mean(values.least, within=within)


def _frame(columns: Sequence[str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))
