"""This module holds the comparison: several plans on the same luck, and which could be best."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import end_of, seed_of
from simtwin.orchestrator.replicate import MOST, Replication
from simtwin.orchestrator.simulate import provenance
from simtwin.orchestrator.work import Work, enough
from simtwin.result.metric import Metric
from simtwin.result.pairing import ALPHA
from simtwin.result.selection import race
from simtwin.result.study import Study
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.ensemble import Outcome
    from simtwin.result.metric import Better
    from simtwin.result.selection import Race
    from simtwin.result.snapshot import Snapshot

FIRST = 20
"""Replications of each plan before the first is dropped."""

AHEAD = 0.1
"""Replications asked for in one round, over those there are: rounds are few, and few runs are
made of a plan that a look in between has dropped."""


def compare(
    plant: PlantModel,
    scenarios: Sequence[Scenario | tuple[PlantModel, Scenario]],
    *,
    metric: str | Metric = "late_orders",
    replications: int | None = None,
    baseline: int | str = 0,
    better: Better | None = None,
    delta: float | None = None,
    alpha: float = ALPHA,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    until: float | str | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_events: int | None = None,
    guard: Callable[[], None] | None = None,
    max_replications: int = MOST,
) -> Study:
    """Compare *scenarios* on *plant* by one *metric*; the study says which could be best.

    A pair (plant, scenario) is compared on a plant of its own. Replication r of all of them
    meets the same luck, that of *seed* (the baseline's) and r. *metric* is a key figure, or of
    one order or machine, ``p_late(order-1)``; *better* is "smaller" or "larger" where it does
    not say so itself. Differences are paired with the *baseline*, a place or a name.

    Without *delta*, each is run *replications* times, and those that none is seen to beat are
    the answer: a set, where the runs cannot tell. *delta* is the smallest difference that
    matters, in the unit of the metric: then it goes on from *replications* (20), drops what is
    clearly behind, and stops at one, or at *max_replications*. *alpha* is the probability that
    a plan that is best is not in the answer. Where runs end with an order open and due later,
    its P(late) has bounds, and plans are told apart where that holds whatever becomes of it;
    with *delta* such a run is refused.

    *snapshot*, *executor*, *workers*, *progress* and *guard* are those of :func:`replicate`;
    interrupted,
    it keeps the replications that are complete of all, and is `partial`.
    """
    plans = _plans(plant, scenarios)
    names = _names([scenario.name for _, scenario in plans])
    at = _place(baseline, names)
    metric = Metric.parse(metric) if isinstance(metric, str) else metric
    better = _better(metric, better)
    seed = seed_of(seed, plans[at][1])
    n = _replications(replications, plans[at][1], delta, max_replications)
    questions = [
        Replication(*plan, seed, end_of(until, plan[1]), max_events, snapshot) for plan in plans
    ]
    total = len(plans) * n
    with Work(
        questions,
        executor=executor,
        workers=workers,
        progress=None if progress is None else lambda done, of: progress(done, max(of, total)),
        guard=guard,
    ) as work:
        _first_ones(work, len(plans), n, metric)
        found: Race | None = None
        if delta is not None:
            sign = 1.0 if better == "smaller" else -1.0
            race_on = _Rules(metric, sign, delta, n, alpha, max_replications)
            found = _raced(work, len(plans), race_on)
        outcomes, partial = _complete(work, len(plans), found), work.partial
    return Study(
        metric,
        better,
        names,
        tuple(plan for plan, _ in plans),
        tuple(scenario for _, scenario in plans),
        outcomes,
        seed,
        n if delta is None else max_replications,
        baseline=at,
        alpha=alpha,
        delta=delta,
        left=None if found is None else found.left,
        over=found is None or found.over,
        partial=partial,
        provenance={
            name: provenance(*plan, seed, 0) for name, plan in zip(names, plans, strict=True)
        },
    )


def _first_ones(work: Work, count: int, n: int, metric: Metric) -> None:
    """Run replications 0 to n - 1 of all plans; a metric that one has not is refused early."""
    items = [(place, r) for r in range(n) for place in range(count)]
    found = work.ask(items[:count])
    for outcome in found.values():
        metric.of(outcome)
    if not work.partial:
        work.ask(items)


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a selection is made: which cost is compared, and when it ends."""

    metric: Metric
    sign: float
    delta: float
    first: int
    alpha: float
    most: int

    def cost(self, outcome: Outcome) -> float:
        """Return what is compared of an outcome; smaller is better.

        Raises InvalidInput where it ends before that is known: no plan is dropped by a guess.
        """
        if self.metric.is_open(outcome):
            raise InvalidInput(
                f"metric {self.metric}: replication {outcome.replication} ends with the order "
                "open and due later; with delta ask for a longer horizon"
            )
        return self.sign * self.metric.of(outcome)


def _raced(work: Work, count: int, rules: _Rules) -> Race | None:
    """Return the selection at its end, at the most replications, or where it was stopped.

    None where it was stopped before the first of all plans were complete.
    """
    while True:
        costs = [
            [rules.cost(outcome) for outcome in _unbroken(work, place)]
            for place in range(count)
        ]
        if min(map(len, costs)) < rules.first:
            return None
        found = race(costs, delta=rules.delta, first=rules.first, alpha=rules.alpha)
        done = max(found.used)
        if found.over or done >= rules.most or work.partial:
            return found
        further = min(rules.most, done + ceil(AHEAD * done))
        work.ask([(place, r) for r in range(done, further) for place in found.left])


def _unbroken(work: Work, place: int) -> Iterator[Outcome]:
    """Yield the outcomes of one plan from replication 0, until one is missing."""
    replication = 0
    while (place, replication) in work.found:
        yield work.found[place, replication]
        replication += 1


def _complete(work: Work, count: int, found: Race | None) -> tuple[tuple[Outcome, ...], ...]:
    """Return the outcomes by plan: those that all have, or those that a selection looked at."""
    if found is not None:
        return tuple(
            tuple(work.found[place, r] for r in range(used))
            for place, used in enumerate(found.used)
        )
    times = Counter(replication for _, replication in work.found)
    shared = sorted(replication for replication, plans in times.items() if plans == count)
    if len(shared) < 2:
        raise KeyboardInterrupt("stopped before two replications of every plan were complete")
    return tuple(tuple(work.found[place, r] for r in shared) for place in range(count))


def _plans(
    plant: PlantModel, scenarios: Sequence[Scenario | tuple[PlantModel, Scenario]]
) -> list[tuple[PlantModel, Scenario]]:
    """Return each plan as the plant and what is asked of it."""
    if len(scenarios) < 2:
        raise InvalidInput(f"a comparison needs at least 2 scenarios (got {len(scenarios)})")
    return [plan if isinstance(plan, tuple) else (plant, plan) for plan in scenarios]


def _names(names: list[str]) -> tuple[str, ...]:
    """Return *names*, with a number where several are the same.

    >>> _names(["day", "night", "day"])
    ('day', 'night', 'day (2)')
    """
    found: list[str] = []
    for name in names:
        number, own = 1, name
        while own in found or (number > 1 and own in names):
            number += 1
            own = f"{name} ({number})"
        found.append(own)
    return tuple(found)


def _place(baseline: int | str, names: tuple[str, ...]) -> int:
    """Return the place of the baseline, which is given as such or by its name."""
    if isinstance(baseline, str) and baseline in names:
        return names.index(baseline)
    if isinstance(baseline, int) and 0 <= baseline < len(names):
        return baseline
    raise InvalidInput(
        f"baseline must be a place from 0 to {len(names) - 1} or one of {', '.join(names)} "
        f"(got {baseline!r})"
    )


def _better(metric: Metric, better: Better | None) -> Better:
    """Return which is better, as asked or as the metric says itself."""
    if better not in (None, "smaller", "larger"):
        raise InvalidInput(f'better must be "smaller" or "larger" (got {better!r})')
    found = better or metric.better
    if found is None:
        raise InvalidInput(
            f'metric {metric}: say which is better, better="smaller" or better="larger"; '
            "a shop that does nothing has the smallest"
        )
    return found


def _replications(asked: int | None, scenario: Scenario, delta: float | None, most: int) -> int:
    """Return how often each plan is run first."""
    if delta is not None and not (isfinite(delta) and delta > 0.0):
        raise InvalidInput(f"delta must be a difference above 0 (got {delta})")
    if asked is None:
        asked = scenario.replications
        if delta is not None:
            asked = min(FIRST, whole("max_replications", most, most=MOST_RUNS))
    asked = enough(asked, 2, "one run each is a coin toss: a comparison needs")
    if delta is not None and whole("max_replications", most, most=MOST_RUNS) < asked:
        raise InvalidInput(f"max_replications must be at least {asked} (got {most})")
    return asked
