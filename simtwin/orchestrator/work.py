"""This module holds the work: many runs of a few questions, done by whoever can do them.

What a run gives depends on its question and its replication number alone, never on who does it
or in which order: the answer is the same on any executor and any number of workers.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import ceil, inf
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from simtwin.errors import GuardExceeded, InvalidInput, RunFailed
from simtwin.orchestrator.pool import ctrl_c_blocked, ctrl_c_noted, pool
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from types import TracebackType

CHUNKS_PER_WORKER = 2
"""Into how many chunks for each worker the runs left are cut: the next chunk is one of them, so
that chunks become shorter and all workers end together."""

SHORTEST, LONGEST = 0.05, 1.0
"""Work in one chunk [s]: shorter ones cost more to send than to do, longer ones are lost when
somebody interrupts."""

WORTH_A_POOL = 0.25
"""Work below which no processes are started unless *workers* asks for them [s]."""

QUESTIONS_KEPT = 4
"""Bundles of questions that a worker remembers."""

PATIENCE = 0.2
"""Time between two looks at the guard and at Ctrl-C while workers work [s]."""

IN_FLIGHT = 256
"""Tasks that an executor is given ahead of their turn."""

Item = tuple[int, int]
"""Which question, and which of its replications."""


def enough(asked: int, least: int, why: str = "an interval needs") -> int:
    """Return the replications *asked* for: a whole number, at least as many as are needed.

    >>> enough(1, 2)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: an interval needs at least 2 replications (got 1)
    >>> enough("5", 2)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: replications must be a whole number (got '5')
    >>> enough(10**9, 2)
    Traceback (most recent call last):
    simtwin.errors.InvalidInput: replications must be at most 1000000 (got 1000000000)
    """
    n = whole("replications", asked, most=MOST_RUNS)
    if n < least:
        noun = "replication" if least == 1 else "replications"
        raise InvalidInput(f"{why} at least {least} {noun} (got {n})")
    return n


class Question(Protocol):
    """What one run is asked; frozen, so that it can be sent to another process."""

    @property
    def seed(self) -> int:
        """Of all its replications; stands in the report of one that failed."""
        ...

    def run(self, replication: int, guard: Callable[[], None] | None) -> Any:
        """Return what is kept of this replication; *guard* may raise to stop it."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch of runs for one worker, of the questions of that digest."""

    digest: str
    items: tuple[Item, ...]
    packed: bytes | None = None
    """The questions themselves, for workers that were not given them when they were started."""
    budget: float = inf
    """Time after which no further run is begun [s]; what is left goes back."""


class Stopped(Exception):
    """Somebody wants no more runs; what is complete is kept."""


class Work:
    """Questions and who answers them; a pool of processes lives as long as the block.

    ::

        with Work(questions, workers=2) as work:
            found = work.ask([(0, 0), (0, 1), (1, 0), (1, 1)])

    *executor* is any `concurrent.futures.Executor`; else a pool of *workers* processes, started
    when there is enough to do. *progress* is called with (done, total). *guard* is called a few
    times a second: where it raises KeyboardInterrupt or GuardExceeded, as at Ctrl-C, `partial`
    turns true and what is complete is kept.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        guard: Callable[[], None] | None = None,
    ) -> None:
        if workers is not None:
            workers = whole("workers", workers, 1)
        self.questions = tuple(questions)
        self.found: dict[Item, Any] = {}
        """Outcomes of the runs that are complete."""
        self.partial = False
        self._workers = workers
        self._executor = executor
        self._team: _Team | None = None
        self._progress = progress
        self._guard = _looking(guard)
        self._seconds: float | None = None
        """How long a run takes, once one has been done here."""
        self._expected = 0
        self._stack = ExitStack()

    def __enter__(self) -> Work:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def watched(self, replication: int, run: Callable[[Any], Any]) -> Any:
        """Return what *run* gives, called with the guard of this work, errors named."""
        try:
            return named(self.questions[0].seed, replication, lambda: run(self._guard))
        except Stopped as stop:
            raise (stop.__cause__ or stop) from None

    def ahead(self, items: Iterable[Item]) -> None:
        """Have others begin with *items* while the caller does the first run himself.

        Only where the caller of this work has named others: else that first run has yet to
        tell whether they are worth starting.
        """
        wanted = [item for item in items if item not in self.found]
        if wanted and (self._executor is not None or (self._workers or 1) > 1):
            self._others().begin(wanted)

    def note(self, item: Item, outcome: Any, seconds: float, total: int) -> None:
        """Count a run that the caller has done himself, and how long it took [s]."""
        self.found[item] = outcome
        self._seconds = seconds
        self._expected = total
        self._tell()

    def ask(self, items: Iterable[Item]) -> dict[Item, Any]:
        """Run what is not yet found of *items*, and return all that is found so far.

        The first ones are done in the order given. Raises RunFailed naming replication and
        seed of a run that failed, and KeyboardInterrupt where nothing is complete.
        """
        wanted = [item for item in dict.fromkeys(items) if item not in self.found]
        self._expected = max(self._expected, len(self.found) + len(wanted))
        try:
            for done in self._batches(wanted):
                self.found.update(done)
                self._tell()
        except (KeyboardInterrupt, Stopped) as stop:
            self.partial = any(item not in self.found for item in wanted)
            if not self.found:
                raise (stop.__cause__ or stop) from None
        return self.found

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(len(self.found), self._expected)

    def _batches(self, wanted: list[Item]) -> Iterator[list[tuple[Item, Any]]]:
        if not wanted:
            return
        if self._seconds is None:
            self.ahead(wanted[1:])
            begin = perf_counter()  # How the work is cut depends on it, and no number does.
            yield [self._here(wanted[0])]
            self._seconds = perf_counter() - begin
            wanted = wanted[1:]
        if self._team is None and self._is_little(len(wanted)):
            for item in wanted:
                if self._guard is not None:
                    self._guard()
                yield [self._here(item)]
            return
        yield from self._others().results(wanted, self._seconds)

    def _is_little(self, runs: int) -> bool:
        """Tell whether so many runs are not worth processes of their own."""
        if self._executor is not None:
            return False
        seconds = self._seconds or 0.0
        return self._count == 1 or (self._workers is None and seconds * runs < WORTH_A_POOL)

    def _here(self, item: Item) -> tuple[Item, Any]:
        return item, answered(self.questions, item, self._guard)

    @property
    def _count(self) -> int:
        return self._workers or processors()

    def _others(self) -> _Team:
        if self._team is None:
            packed = _packed(self.questions)
            digest = hashlib.sha256(packed).hexdigest()
            task = Task(digest, (), None if self._executor is None else packed)
            executor = self._executor or self._stack.enter_context(
                pool(self._count, _hold, digest, packed)
            )
            self._team = _Team(executor, self._count, task, self._guard)
            self._stack.callback(self._team.cancel)
        return self._team


def ask(
    questions: Sequence[Question],
    items: Iterable[Item],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> tuple[dict[Item, Any], bool]:
    """Return the outcome of each of *items*, (question, replication), and whether some miss.

    For questions in rounds, that keep their processes between, see :class:`Work`.
    """
    with Work(
        questions, executor=executor, workers=workers, progress=progress, guard=guard
    ) as work:
        return work.ask(items), work.partial


def chunk(count: int, workers: int, duration: float) -> int:
    """Return how many of the *count* runs left, of *duration* [s] each, the next chunk has.

    A share that shrinks with what is left, but 0.05 to 1 s of work.

    >>> chunk(1000, 2, 0.02), chunk(1000, 2, 0.0001), chunk(29, 2, 0.02), chunk(29, 2, 60.0)
    (50, 500, 8, 1)
    """
    shared = ceil(count / (CHUNKS_PER_WORKER * workers))
    duration = max(duration, 1e-6)
    return max(1, min(max(shared, ceil(SHORTEST / duration)), int(LONGEST / duration)))


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def answered(
    questions: Sequence[Question], item: Item, guard: Callable[[], None] | None
) -> Any:
    """Return the outcome of one run; an error names its replication and seed."""
    index, replication = item
    question = questions[index]
    return named(question.seed, replication, lambda: question.run(replication, guard))


def named(seed: int, replication: int, run: Callable[[], Any]) -> Any:
    """Return what *run* gives; an error of it names replication and seed."""
    try:
        return run()
    except Stopped:
        raise
    except RunFailed as error:
        raise type(error)(f"replication {replication}, seed {seed}: {error}") from error
    except Exception as error:
        error.add_note(f"in replication {replication}, seed {seed}")
        raise


def run_task(task: Task) -> tuple[list[tuple[Item, Any]], float]:
    """Do the runs of one task; return their outcomes, and the seconds of one run.

    This is what a worker does.
    """
    held = _HELD.get(task.digest)
    if held is None:
        assert task.packed is not None, "a worker is given its questions first"
        held = pickle.loads(task.packed), None
        while len(_HELD) >= QUESTIONS_KEPT:
            _HELD.pop(next(iter(_HELD)), None)
        _HELD[task.digest] = held
    questions, stop = held
    outcomes: list[tuple[Item, Any]] = []
    begin, spent = perf_counter(), 0.0
    for item in task.items:
        if spent >= task.budget:
            break
        if stop is not None:
            stop()  # A short run never comes to its own look at the guard.
        outcomes.append((item, answered(questions, item, stop)))
        spent = perf_counter() - begin
    return outcomes, spent / len(outcomes)


_HELD: dict[str, tuple[tuple[Question, ...], Callable[[], None] | None]] = {}
"""In a worker: questions by their digest, so that a plant is sent and compiled once."""


def _hold(digest: str, packed: bytes, stop: Any) -> None:
    """Give a new worker process its questions."""

    def check() -> None:
        if stop.is_set():
            raise Stopped

    _HELD[digest] = pickle.loads(packed), check


def _looking(guard: Callable[[], None] | None) -> Callable[[], None] | None:
    """Return *guard* so that it stops runs without being taken for one that failed."""
    if guard is None:
        return None

    def look() -> None:
        try:
            guard()
        except (KeyboardInterrupt, GuardExceeded) as stop:
            raise Stopped(str(stop)) from stop

    return look


def _packed(questions: tuple[Question, ...]) -> bytes:
    try:
        return pickle.dumps(questions)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InvalidInput(
            f"cannot be sent to other processes ({error}); define a function at the top of a "
            "module, or ask with workers=1"
        ) from error


class _Team:
    """Others who do runs: an executor, and what it has been given and not yet returned.

    *task* is what each of them is given, but for the runs.
    """

    def __init__(
        self, executor: Executor, workers: int, task: Task, look: Callable[[], None] | None
    ) -> None:
        self._executor = executor
        self._workers = workers
        self._task = task
        self._look = look
        self._pending: dict[Future[tuple[list[tuple[Item, Any]], float]], Task] = {}

    def begin(self, items: Sequence[Item]) -> None:
        """Give out *items*, of which nobody knows how long they take, for a short while."""
        size = ceil(len(items) / (CHUNKS_PER_WORKER * self._workers))
        with ctrl_c_noted() as raise_noted:
            for first in range(0, len(items), size):
                self._give(items[first : first + size], SHORTEST)
            raise_noted()

    def results(
        self, items: Iterable[Item], seconds: float
    ) -> Iterator[list[tuple[Item, Any]]]:
        """Give the outcomes of *items* and of what was begun, of about *seconds* each."""
        begun = {item for task in self._pending.values() for item in task.items}
        waiting = deque(item for item in items if item not in begun)
        with ctrl_c_noted() as raise_noted:
            try:
                while waiting or self._pending:
                    while waiting and len(self._pending) < IN_FLIGHT:
                        size = chunk(len(waiting), self._workers, seconds)
                        self._give([waiting.popleft() for _ in range(min(size, len(waiting)))])
                    done, _ = wait(self._pending, timeout=PATIENCE, return_when=FIRST_COMPLETED)
                    raise_noted()
                    for future in done:
                        outcomes, each = future.result()
                        waiting.extend(self._pending.pop(future).items[len(outcomes) :])
                        seconds = min(seconds, each)
                        yield outcomes
                    if self._look is not None and self._pending:
                        self._look()
            except BrokenProcessPool as error:
                raise RunFailed("a worker process died, as when memory runs out") from error
            finally:
                self.cancel()

    def cancel(self) -> None:
        """Take back what nobody has begun, and forget the rest."""
        for future in self._pending:
            future.cancel()
        self._pending.clear()

    def _give(self, items: Sequence[Item], budget: float = inf) -> None:
        task = replace(self._task, items=tuple(items), budget=budget)
        with ctrl_c_blocked():  # A pool starts its processes when it is given work.
            self._pending[self._executor.submit(run_task, task)] = task
