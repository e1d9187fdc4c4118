"""This module holds the explaining: an answer's variance split, and what it hangs on ranked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.probe import Probe
from simtwin.orchestrator.realise import prepared
from simtwin.orchestrator.work import Work, enough
from simtwin.plant.changes import put
from simtwin.plant.spread import OF_SCENARIO, spreads_at
from simtwin.result import estimate
from simtwin.result.estimate import Estimate
from simtwin.result.explanation import Explanation, Hinge
from simtwin.result.figure import Figure
from simtwin.result.pairing import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.spread import Spread
    from simtwin.result.snapshot import Snapshot

FEWEST = 10
"""Replications below which a variance is not split."""

APART = 1_000_000
"""Between the numbers of replications whose luck or ignorance must have nothing in common."""

ABOVE, BELOW = 0.8413447460685429, 0.15865525393145707
"""Uniforms at which a normal number stands one standard deviation from its middle."""

RESAMPLES = 1000

BASE, LUCK, PARAMETERS, STATE = range(4)
"""What a question of the split has in common with the first: all, ignorance, half of it."""


def explain(
    plant: PlantModel,
    scenario: Scenario,
    metric: str = "late_orders",
    *,
    replications: int = 100,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Explanation:
    """Say why *metric* is uncertain, which assumption it hangs on, and what to measure first.

    Its variance is split into luck, ignorance of parameters and ignorance of the state at the
    start: each replication is run again with other luck, with other parameters, with another
    state (pick-freeze; Sobol' 1993, Owen 2014, doi 10.1137/130936233). What is uncertain is
    what has a ``spread`` in the plant or the scenario; each is then moved one standard
    deviation up and down with everything else at its middle and the same luck, and ranked by
    the paired difference. *metric* is a key figure or such as ``p_late(order-1)``,
    ``downtime(mill-1)``, ``damage(mill-4/front bearing)``.

    From a *snapshot*, it explains what comes after it; its state is taken as known.
    """
    replications = enough(replications, FEWEST, "a variance needs")
    figure = Figure.parse(metric)
    seed = seed_of(seed, scenario)
    probe = Probe(plant, scenario, seed, figure, snapshot)
    middle = _middle(plant, scenario)
    spreads = middle[2]
    questions = [probe, *_apart(probe), *_moved(probe, middle)]
    with Work(
        questions, executor=executor, workers=workers, progress=progress, guard=guard
    ) as work:
        used = [BASE, *_kinds(spreads), *range(4, len(questions))]
        found = work.ask([(q, r) for r in range(replications) for q in used])
        complete = [r for r in range(replications) if all((q, r) in found for q in used)]
        partial = work.partial
    if len(complete) < FEWEST:
        raise KeyboardInterrupt(f"fewer than {FEWEST} replications are complete")
    columns = {q: [found[q, r] for r in complete] for q in used}
    return _explained(figure, spreads, columns, partial=partial)


def _kinds(spreads: Sequence[tuple[Spread, bool]]) -> tuple[int, ...]:
    """Return which questions of the split tell something, by the kinds that are there."""
    of_state = {state for _, state in spreads}
    if len(of_state) == 2:
        return LUCK, PARAMETERS, STATE
    return (LUCK,) if of_state else ()


def _apart(probe: Probe) -> list[Probe]:
    """Return the same question with other luck; other parameters too; another state too."""
    other = replace(probe, luck=APART)
    return [
        other,
        replace(other, luck=2 * APART, state=APART),
        replace(other, luck=3 * APART, parameters=APART),
    ]


def _middle(
    plant: PlantModel, scenario: Scenario
) -> tuple[PlantModel, Scenario, list[tuple[Spread, bool]]]:
    """Return plant and scenario with every number in its middle, and what is uncertain."""
    changed, asked = prepared(plant, scenario)
    spreads = [
        (spread, spread.name.startswith("start_from."))
        for spread in (*changed.spread, *asked.spread)
    ]
    return replace(changed, spread=()), replace(asked, spread=()), spreads


def _moved(
    probe: Probe, middle: tuple[PlantModel, Scenario, list[tuple[Spread, bool]]]
) -> list[Probe]:
    """Return two questions for each uncertain number: above its middle, and below."""
    plant, scenario, spreads = middle
    questions = []
    for spread, _ in spreads:
        for u in (ABOVE, BELOW):
            moved: Any
            if spread.name.partition(".")[0] in OF_SCENARIO:
                moved = replace(probe, plant=plant, scenario=_at(scenario, spread, u))
            else:
                moved = replace(probe, plant=_at(plant, spread, u), scenario=scenario)
            questions.append(moved)
    return questions


def _at(root: Any, spread: Spread, u: float) -> Any:
    """Return *root* with all that *spread* names at its quantile *u*."""
    for name, (place, one) in spreads_at(root, [spread]).items():
        root = put(root, name, one.drawn(place.value, u))
    return root


def _explained(
    figure: Figure,
    spreads: Sequence[tuple[Spread, bool]],
    columns: dict[int, list[float]],
    *,
    partial: bool,
) -> Explanation:
    import numpy as np

    base = columns[BASE]
    variance = float(np.var(base, ddof=1))
    n = len(base)
    kinds = _kinds(spreads)
    if kinds:
        luck, parameters, state = _shares(
            np.array([columns[q] for q in (BASE, *kinds)]), of_state=spreads[0][1]
        )
    else:
        method = "part of the variance"
        luck = Estimate(1.0, 1.0, 1.0, n, method)
        parameters = state = Estimate(0.0, 0.0, 0.0, n, method)
    hinges = []
    for number, (spread, of_state) in enumerate(spreads):
        above, below = columns[4 + 2 * number], columns[5 + 2 * number]
        effect = difference(above, below)
        share = (0.5 * effect.value) ** 2 / variance if variance > 0.0 else float("nan")
        hinges.append(Hinge(spread.name, spread.say(), of_state, effect, min(1.0, share)))
    hinges.sort(key=lambda hinge: -abs(hinge.effect.value))
    return Explanation(
        str(figure),
        figure.unit,
        estimate.mean(base),
        variance**0.5,
        luck,
        parameters,
        state,
        tuple(hinges),
        partial,
    )


def _shares(runs: Any, *, of_state: bool) -> tuple[Estimate, Estimate, Estimate]:
    """Return the shares of luck, parameters and state, each with its bootstrap interval.

    Of one kind of ignorance alone there are two rows; *of_state* says which it is.
    """
    import numpy as np
    from numpy.random import Generator, Philox, SeedSequence

    n = runs.shape[1]
    value = _split(runs, of_state)
    chosen = Generator(Philox(SeedSequence(n))).integers(0, n, (RESAMPLES, n))
    resampled = np.array([_split(runs[:, rows], of_state) for rows in chosen])
    low, high = np.percentile(resampled, (2.5, 97.5), axis=0)
    return tuple(  # type: ignore[return-value]
        Estimate(
            float(value[k]),
            float(min(low[k], value[k])),
            float(max(high[k], value[k])),
            n,
            "part of the variance, bootstrap 95 %",
        )
        for k in range(3)
    )


def _split(runs: Any, of_state: bool) -> tuple[float, float, float]:
    """Return the shares of luck, parameters and state in the variance of four sets of runs.

    Rows 0 and 1 have the ignorance in common, 0 and 2 the parameters, 0 and 3 the state: their
    covariances are the variances of the conditional means. Noise below 0 is cut off.
    """
    import numpy as np

    variance = float(np.var(runs, axis=1, ddof=1).mean())
    if variance == 0.0:
        return 1.0, 0.0, 0.0
    both, *parts = (
        min(1.0, max(0.0, float(np.cov(runs[0], other)[0, 1]) / variance)) for other in runs[1:]
    )
    if not parts:
        return 1.0 - both, 0.0 if of_state else both, both if of_state else 0.0
    parameters, state = parts
    first = 0.5 * (parameters + max(0.0, both - state))
    second = 0.5 * (state + max(0.0, both - parameters))
    known = first + second
    if known > both > 0.0:
        first, second = first * both / known, second * both / known
    elif both == 0.0:
        first = second = 0.0
    return 1.0 - first - second, first, second
