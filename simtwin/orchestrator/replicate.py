"""This module holds the replications: one scenario under different luck, with intervals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, inf
from time import perf_counter
from typing import TYPE_CHECKING

from simtwin.errors import Deadlock, GuardExceeded, InvalidInput, RunFailed, Zeno
from simtwin.orchestrator.asked import end_of, seed_of
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.work import Work, enough
from simtwin.result.ensemble import Ensemble, Outcome
from simtwin.result.metric import Metric
from simtwin.result.result import Result
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot

FIRST = 20
"""Replications before the first look at a target: fewer know too little of their own spread."""

MOST = 1000
"""Replications at which a target is given up, unless the call says another number."""

SAFETY = 1.1
"""How much further a round goes than the spread so far demands, so that rounds are few."""

FAILURES: dict[type[RunFailed], str] = {
    Deadlock: "in a deadlock",
    Zeno: "at an instant that does not pass",
    GuardExceeded: "at max_events",
}
"""Where runs end that cannot go on, in words."""


@dataclass(frozen=True, slots=True)
class Replication:
    """What every replication is asked; its outcome is kept without a log."""

    plant: PlantModel
    scenario: Scenario
    seed: int
    until: float | None = None
    max_events: int | None = None
    snapshot: Snapshot | None = None

    def run(self, replication: int, guard: Callable[[], None] | None) -> Outcome:
        """Return the outcome of one replication."""
        return Outcome.of(self.observe(replication, guard, history=False))

    def observe(
        self, replication: int, guard: Callable[[], None] | None, *, history: bool
    ) -> Result:
        """Return the whole run of one replication."""
        return simulate(
            self.plant,
            self.scenario,
            seed=self.seed,
            replication=replication,
            until=self.until,
            snapshot=self.snapshot,
            forecast=self.snapshot is not None,
            history=history,
            max_events=self.max_events,
            guard=guard,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A replication that cannot go on: how it failed, and what it says of it."""

    replication: int
    kind: type[RunFailed]
    why: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A replication that may fail without an end of the others; they are counted then."""

    question: Replication

    @property
    def seed(self) -> int:
        """That of the question."""
        return self.question.seed

    def run(self, replication: int, guard: Callable[[], None] | None) -> Outcome | Failure:
        """Return the outcome of one replication, or that it failed."""
        try:
            return self.question.run(replication, guard)
        except RunFailed as error:
            return Failure(replication, type(error), str(error))

    def first(self, guard: Callable[[], None] | None) -> Result | Failure:
        """Return the whole run of the first replication, or that it failed."""
        try:
            return self.question.observe(0, guard, history=True)
        except RunFailed as error:
            return Failure(0, type(error), str(error))


def replicate(
    plant: PlantModel,
    scenario: Scenario,
    n: int | None = None,
    *,
    target: Mapping[str, float | str] | None = None,
    most: int = MOST,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    until: float | str | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_events: int | None = None,
    guard: Callable[[], None] | None = None,
) -> Ensemble:
    """Run *scenario* on *plant* *n* times with different luck; every number has an interval.

    With a *target*, such as ``{"lead_time": 60.0, "throughput": "2 %"}``, it goes on from *n*
    (20) until half the width of the interval of each figure, be it a key figure or such as
    ``p_late(order-1)``, is at most so much, in its unit or
    relative to its mean, or *most* replications are done: `converged` tells which. An interval
    that is looked at until it is narrow covers slightly less than it says. Where runs end with
    an order open and due later, more of them do not narrow its P(late): it is not gone on for.

    From a *snapshot* every replication is a forecast: it goes on from there with luck of its
    own, and its figures count from there.

    Replication r is the same on any *executor* and any number of *workers*: its streams depend
    on the seed and r only. Interrupted (Ctrl-C, or *guard* raising KeyboardInterrupt or
    GuardExceeded) it keeps the replications that are complete, and says so: `partial` is true.
    *guard* is called a few times a second. What is interrupted before one is complete raises.

    Raises InvalidInput below two replications. Where some of them cannot go on, all are made
    and RunFailed is raised: it says how many failed and how, and names the first by replication
    and seed. The others are no answer, for they are those in which nothing went wrong.
    """
    if n is None:
        n = scenario.replications if target is None else FIRST
    n = enough(n, 2)
    if target is not None and whole("most", most, most=MOST_RUNS) < n:
        raise InvalidInput(f"most must be at least the first {n} replications (got {most})")
    seed, end = seed_of(seed, scenario), end_of(until, scenario)
    question = Replication(plant, scenario, seed, end, max_events, snapshot)
    attempt = Attempt(question)
    with Work(
        [attempt], executor=executor, workers=workers, progress=progress, guard=guard
    ) as work:
        work.ahead((0, replication) for replication in range(1, n))
        begin = perf_counter()
        first = work.watched(0, attempt.first)
        known = Outcome.of(first) if isinstance(first, Result) else first
        work.note((0, 0), known, perf_counter() - begin, n)
        ensemble = _grown(work, question, first, n)
        if target is None:
            return ensemble
        goals = _goals(ensemble, target)
        while not ensemble.partial and (wanted := _wanted(ensemble, goals, most)) > ensemble.n:
            ensemble = _grown(work, question, first, wanted)
    return ensemble.judged(all(half <= goal for half, goal in _widths(ensemble, goals)))


def _grown(work: Work, question: Replication, first: Result | Failure, n: int) -> Ensemble:
    """Return the ensemble of *n* replications, or of as many as there are when interrupted."""
    found = work.ask([(0, replication) for replication in range(n)])
    outcomes = tuple(found[item] for item in sorted(found))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if failures or not isinstance(first, Result):
        raise _failed(failures, question.seed, done=len(outcomes), left=n - len(outcomes))
    return Ensemble(
        first.plant,
        first.scenario,
        question.seed,
        n,
        outcomes,
        first,
        partial=work.partial,
        question=(question.plant, question.scenario),
        snapshot=question.snapshot,
        until=question.until,
    )


def _failed(failures: list[Failure], seed: int, *, done: int, left: int) -> RunFailed:
    """Return the error that tells of *failures* among so many replications that are *done*.

    >>> error = _failed([Failure(3, Deadlock, "deadlock at 5 s")], 1, done=30, left=0)
    >>> print(error)
    replication 3, seed 1: deadlock at 5 s
    1 of 30 replications failed (1 in a deadlock); no answer is made of the other 29, in which
    nothing went wrong: it would look better than the shop is
    simulate(…, seed=1, replication=3) runs it alone, or: run --once --replication 3 --seed 1
    """
    first, others = failures[0], done - len(failures)
    counts = Counter(failure.kind for failure in failures)
    how = ", ".join(f"{n} {FAILURES.get(kind, kind.__name__)}" for kind, n in counts.items())
    said = f"{len(failures)} of {done} replications failed ({how})"
    if left > 0:
        said += f", and {left} more were not done"
    if others > 0:
        said += (
            f"; no answer is made of the other {others}, in which\n"
            "nothing went wrong: it would look better than the shop is"
        )
    alone = f"seed={seed}, replication={first.replication}"
    return first.kind(
        f"replication {first.replication}, seed {seed}: {first.why}\n{said}\n"
        f"simulate(…, {alone}) runs it alone, or: run --once "
        f"--replication {first.replication} --seed {seed}"
    )


def _goals(
    ensemble: Ensemble, target: Mapping[str, float | str]
) -> dict[str, tuple[float, bool]]:
    """Return half-width, and whether it is relative, of each key figure in *target*."""
    goals = {}
    for name, wish in target.items():
        try:
            metric = Metric.parse(name)
        except InvalidInput as error:
            raise InvalidInput(f"target: {error}") from None
        relative = isinstance(wish, str)
        try:
            goal = float(wish.rstrip(" %")) / 100.0 if isinstance(wish, str) else float(wish)
        except ValueError:
            goal = -1.0
        if not 0.0 < goal < inf or (relative and not str(wish).rstrip().endswith("%")):
            raise InvalidInput(
                f"target {name}: must be a half-width above 0 in {metric.unit}, "
                f'or a share of the mean such as "5 %" (got {wish!r})'
            )
        goals[name] = goal, relative
    return goals


def _widths(
    ensemble: Ensemble, goals: Mapping[str, tuple[float, bool]]
) -> list[tuple[float, float]]:
    """Return what half the width of each interval is, and what it may be."""
    pairs = []
    for name, (goal, relative) in goals.items():
        found = ensemble.estimated(name)
        pairs.append(
            (0.5 * (found.high - found.low), goal * abs(found.value) if relative else goal)
        )
    return pairs


def _wanted(ensemble: Ensemble, goals: Mapping[str, tuple[float, bool]], most: int) -> int:
    """Return how many replications the spread so far asks for."""
    n = ensemble.n
    narrowing = {
        name: goal for name, goal in goals.items() if not ensemble.estimated(name).unsettled
    }
    factors = [
        half / goal if goal > 0.0 else inf for half, goal in _widths(ensemble, narrowing)
    ]
    factor = max(factors, default=1.0)
    if factor <= 1.0:
        return n
    grown = 2 * n if factor == inf else ceil(n * factor * factor * SAFETY)
    return min(most, max(n + 1, min(grown, 4 * n)))
