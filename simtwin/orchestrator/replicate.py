"""This module holds the replications: the same scenario under different luck, in many processes."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput, RunFailed
from simtwin.orchestrator.simulate import simulate
from simtwin.result.ensemble import Ensemble, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simtwin.plant.model import PlantModel, Scenario

CHUNKS_PER_WORKER = 4


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch of replications for one worker."""

    plant: PlantModel
    scenario: Scenario
    seed: int
    first: int
    last: int
    until: float | None
    max_events: int | None


def replicate(
    plant: PlantModel,
    scenario: Scenario,
    n: int,
    *,
    seed: int | None = None,
    until: float | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_events: int | None = None,
    guard: Callable[[], None] | None = None,
) -> Ensemble:
    """Run *scenario* on *plant* *n* times with different luck; every number has an interval.

    Replication r is the same on any executor and any number of *workers*: its streams depend
    on the seed and r only. Interrupted (Ctrl-C, or *guard* raising KeyboardInterrupt) it keeps
    the replications that are complete, and says so: `partial` is true.

    Raises InvalidInput below two replications, and RunFailed naming the replication and seed.
    """
    if n < 2:
        raise InvalidInput(f"an interval needs at least 2 replications (got {n})")
    seed = scenario.seed if seed is None else seed
    first = simulate(plant, scenario, seed=seed, until=until, max_events=max_events, guard=guard)
    outcomes = {0: Outcome.of(first)}
    if progress is not None:
        progress(1, n)
    partial = False
    try:
        for batch in _batches(plant, scenario, seed, n, until, max_events, executor, workers,
                              guard):
            outcomes.update((outcome.replication, outcome) for outcome in batch)
            if progress is not None:
                progress(len(outcomes), n)
    except KeyboardInterrupt:
        partial = True
    ordered = tuple(outcomes[r] for r in sorted(outcomes))
    return Ensemble(plant, scenario, seed, n, ordered, first, partial)


def _batches(
    plant: PlantModel, scenario: Scenario, seed: int, n: int, until: float | None,
    max_events: int | None, executor: Executor | None, workers: int | None,
    guard: Callable[[], None] | None,
) -> Iterator[list[Outcome]]:
    """Yield the outcomes of replications 1 to n - 1 as they come."""
    count = workers if workers is not None else (os.cpu_count() or 1)
    if count < 1:
        raise InvalidInput(f"workers must be at least 1 (got {count})")
    size = max(1, -(-(n - 1) // (CHUNKS_PER_WORKER * count)))
    tasks = [
        Task(plant, scenario, seed, r, min(n, r + size), until, max_events)
        for r in range(1, n, size)
    ]
    if executor is None and count == 1:
        for task in tasks:
            for replication in range(task.first, task.last):
                if guard is not None:
                    guard()
                yield [_one(task, replication)]
        return
    own = executor is None
    pool = executor or ProcessPoolExecutor(
        min(count, len(tasks)), mp_context=get_context("spawn" if os.name == "nt" else None)
    )
    futures = [pool.submit(run_task, task) for task in tasks]
    try:
        for future in as_completed(futures):
            if guard is not None:
                guard()
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
        if own:
            pool.shutdown(wait=False, cancel_futures=True)


def run_task(task: Task) -> list[Outcome]:
    """Run the replications of one task; this is what a worker process does."""
    return [_one(task, replication) for replication in range(task.first, task.last)]


def _one(task: Task, replication: int) -> Outcome:
    try:
        result = simulate(
            task.plant, task.scenario, seed=task.seed, replication=replication,
            until=task.until, history=False, max_events=task.max_events,
        )
    except RunFailed as error:
        raise type(error)(f"replication {replication}, seed {task.seed}: {error}") from error
    return Outcome.of(result)


