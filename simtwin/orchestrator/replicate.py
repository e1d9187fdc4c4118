"""This module holds the replications: one scenario under different luck, in many processes."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import ceil
from multiprocessing import get_context
from threading import current_thread, main_thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

from simtwin.errors import GuardExceeded, InvalidInput, RunFailed
from simtwin.orchestrator.simulate import simulate
from simtwin.result.ensemble import Ensemble, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.result import Result

CHUNKS_PER_WORKER = 4
SHORTEST, LONGEST = 0.05, 1.0
"""Work in one chunk [s]: shorter ones cost more to send than to do, longer ones are lost when
somebody interrupts."""

WORTH_A_POOL = 0.25
"""Work below which no processes are started unless *workers* asks for them [s]."""

QUESTIONS_KEPT = 4
"""Questions that a worker of somebody else's executor remembers."""

PATIENCE = 0.2
"""Time between two looks at the guard and at Ctrl-C while workers work [s]."""

IN_FLIGHT = 256
"""Tasks that an executor is given ahead of their turn."""


@dataclass(frozen=True, slots=True)
class Question:
    """What every replication is asked."""

    plant: PlantModel
    scenario: Scenario
    seed: int
    until: float | None
    max_events: int | None


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch of replications for one worker, of the question of that digest."""

    digest: str
    first: int
    last: int
    packed: bytes | None = None
    """The question itself, for workers that were not given it when they were started."""


class _Stopped(Exception):
    """Somebody wants no more replications."""


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
    on the seed and r only. Interrupted (Ctrl-C, or *guard* raising KeyboardInterrupt or
    GuardExceeded) it keeps the replications that are complete, and says so: `partial` is true.
    *guard* is called a few times a second. What is interrupted before one is complete raises.

    Raises InvalidInput below two replications, and RunFailed naming the replication and seed.
    """
    if n < 2:
        raise InvalidInput(f"an interval needs at least 2 replications (got {n})")
    if workers is not None and workers < 1:
        raise InvalidInput(f"workers must be at least 1 (got {workers})")
    question = Question(
        plant, scenario, scenario.seed if seed is None else seed, until, max_events
    )
    begin = perf_counter()  # How the work is cut depends on it, and no number does.
    first = _run(question, 0, history=True, guard=guard)
    duration = perf_counter() - begin
    outcomes = {0: Outcome.of(first)}
    if progress is not None:
        progress(1, n)
    partial = False
    try:
        for batch in _batches(question, n, duration, executor, workers, _looking(guard)):
            outcomes.update((outcome.replication, outcome) for outcome in batch)
            if progress is not None:
                progress(len(outcomes), n)
    except (KeyboardInterrupt, _Stopped):
        partial = len(outcomes) < n
    ordered = tuple(outcomes[r] for r in sorted(outcomes))
    return Ensemble(plant, scenario, question.seed, n, ordered, first, partial)


def chunk(count: int, workers: int, duration: float) -> int:
    """Return how many of *count* replications of *duration* [s] one chunk should have.

    A few chunks for each worker, but 0.05 to 1 s of work in each.

    >>> chunk(1000, 2, 0.02), chunk(1000, 2, 0.0001), chunk(29, 2, 0.02), chunk(29, 2, 60.0)
    (50, 500, 4, 1)
    """
    shared = ceil(count / (CHUNKS_PER_WORKER * workers))
    duration = max(duration, 1e-6)
    return max(1, min(max(shared, ceil(SHORTEST / duration)), int(LONGEST / duration)))


def run_task(task: Task) -> list[Outcome]:
    """Run the replications of one task; this is what a worker does."""
    held = _HELD.get(task.digest)
    if held is None:
        assert task.packed is not None, "a worker is given its question first"
        held = pickle.loads(task.packed), None
        while len(_HELD) >= QUESTIONS_KEPT:
            _HELD.pop(next(iter(_HELD)), None)
        _HELD[task.digest] = held
    question, stop = held
    outcomes = []
    for replication in range(task.first, task.last):
        if stop is not None:
            stop()  # A short run never comes to its own look at the guard.
        outcomes.append(Outcome.of(_run(question, replication, history=False, guard=stop)))
    return outcomes


_HELD: dict[str, tuple[Question, Callable[[], None] | None]] = {}
"""In a worker: the question by its digest, so that the plant is sent and compiled once."""


def _hold(digest: str, packed: bytes, stop: Any) -> None:
    """Give a new worker process its question; Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def check() -> None:
        if stop.is_set():
            raise _Stopped

    _HELD[digest] = pickle.loads(packed), check


def _run(
    question: Question, replication: int, *, history: bool, guard: Callable[[], None] | None
) -> Result:
    try:
        return simulate(
            question.plant,
            question.scenario,
            seed=question.seed,
            replication=replication,
            until=question.until,
            history=history,
            max_events=question.max_events,
            guard=guard,
        )
    except _Stopped:
        raise
    except RunFailed as error:
        named = f"replication {replication}, seed {question.seed}: {error}"
        raise type(error)(named) from error
    except Exception as error:
        error.add_note(f"in replication {replication}, seed {question.seed}")
        raise


def _looking(guard: Callable[[], None] | None) -> Callable[[], None] | None:
    """Return *guard* so that it stops replications without being taken for one that failed."""
    if guard is None:
        return None

    def look() -> None:
        try:
            guard()
        except (KeyboardInterrupt, GuardExceeded) as stop:
            raise _Stopped from stop

    return look


def _batches(
    question: Question,
    n: int,
    duration: float,
    executor: Executor | None,
    workers: int | None,
    look: Callable[[], None] | None,
) -> Iterator[list[Outcome]]:
    """Yield the outcomes of replications 1 to n - 1 as they come."""
    count = workers or _processors()
    alone = count == 1 or (workers is None and duration * (n - 1) < WORTH_A_POOL)
    if executor is None and alone:
        for replication in range(1, n):
            if look is not None:
                look()
            yield [Outcome.of(_run(question, replication, history=False, guard=look))]
        return
    packed = pickle.dumps(question)
    digest = hashlib.sha256(packed).hexdigest()
    size = chunk(n - 1, count, duration)
    sent = None if executor is None else packed
    tasks = [Task(digest, r, min(n, r + size), sent) for r in range(1, n, size)]
    if executor is not None:
        yield from _results(executor, tasks, look)
        return
    with _pool(min(count, len(tasks)), digest, packed) as pool:
        yield from _results(pool, tasks, look)


@contextmanager
def _pool(count: int, digest: str, packed: bytes) -> Iterator[Executor]:
    """Give a pool of processes that know the question, and stop them at once when left."""
    context = get_context()
    stop = context.Event()
    pool = ProcessPoolExecutor(
        count, mp_context=context, initializer=_hold, initargs=(digest, packed, stop)
    )
    try:
        yield pool
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _results(
    executor: Executor, tasks: list[Task], look: Callable[[], None] | None
) -> Iterator[list[Outcome]]:
    pending: set[Future[list[Outcome]]] = set()
    waiting = iter(tasks)
    with _ctrl_c_noted() as raise_noted:
        try:
            while True:
                for task in islice(waiting, IN_FLIGHT - len(pending)):
                    pending.add(executor.submit(run_task, task))
                if not pending:
                    return
                done, pending = wait(pending, timeout=PATIENCE, return_when=FIRST_COMPLETED)
                raise_noted()
                for future in done:
                    yield future.result()
                if look is not None and pending:
                    look()
        except BrokenProcessPool as error:
            raise RunFailed("a worker process died, as when memory runs out") from error
        finally:
            for future in pending:
                future.cancel()


@contextmanager
def _ctrl_c_noted() -> Iterator[Callable[[], None]]:
    """Note Ctrl-C; what is given raises it, where nothing is half done.

    Raised amid the locks of many futures it would leave some of them closed for ever.
    """
    noted: list[tuple[int, Any]] = []
    usual = signal.getsignal(signal.SIGINT)
    if not callable(usual) or current_thread() is not main_thread():
        yield lambda: None  # Ignored, or somebody else's to see to.
        return

    def raise_noted() -> None:
        if noted:
            usual(*noted[0])

    signal.signal(signal.SIGINT, lambda *given: noted.append(given))
    try:
        yield raise_noted
    finally:
        signal.signal(signal.SIGINT, usual)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
