"""This module holds the check: oracles are run, and their verdicts taken together."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from simtwin.errors import OutOfRange
from simtwin.oracles import registry
from simtwin.oracles.oracle import Oracle, Trial
from simtwin.oracles.verdict import Verdict, judged
from simtwin.orchestrator.work import Work
from simtwin.result.digits import rounded_percent
from simtwin.result.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    import pandas as pd

QUICK = 0.06
"""How long runs are, of what is shipped, where a first look is enough."""

SEED = 1
"""Of all runs, unless the call says another."""

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run of a case is asked."""

    trial: Trial
    seed: int
    length: float

    def run(self, replication: int, guard: Callable[[], None] | None) -> list[float]:
        """Return the figures of one replication."""
        return self.trial.run(replication, seed=self.seed, length=self.length, guard=guard)


@dataclass(frozen=True, repr=False)
class Oracles:
    """The verdicts on problems with known answers."""

    verdicts: tuple[Verdict, ...]
    """Problem by problem, figure by figure; only problems whose runs are complete."""
    asked: tuple[Oracle, ...]
    """All that were asked for."""
    seed: int
    length: float
    """How much longer than shipped the runs were."""
    partial: bool = False
    """Whether somebody interrupted before all problems were complete."""

    def __repr__(self) -> str:
        return f"Oracles({self.sentence!r})"

    @property
    def told(self) -> tuple[Verdict, ...]:
        """The verdicts that a reader wants: inputs only where they do not agree."""
        return tuple(v for v in self.verdicts if not (v.expected.role == "input" and v.agrees))

    def reading(self, id: str) -> str:
        """Return what the figures of one problem say together: the worst of them."""
        found = {v.reading for v in self.verdicts if v.oracle == id}
        if not found:
            return "not run"
        return next(r for r in ("disagrees", "undecided", "agrees") if r in found)

    @property
    def disagreeing(self) -> tuple[Verdict, ...]:
        """Verdicts that disagree; empty: nothing speaks against the simulation."""
        return tuple(v for v in self.verdicts if v.reading == "disagrees")

    @property
    def ok(self) -> bool:
        """Whether no figure disagrees."""
        return not self.disagreeing

    @property
    def sentence(self) -> str:
        """What to take away, in one or two sentences."""
        readings = {one.id: self.reading(one.id) for one in self.asked}
        run = [id for id, reading in readings.items() if reading != "not run"]
        agree = [id for id in run if readings[id] == "agrees"]
        words = [f"{len(agree)} of {len(run)} agree"]
        for reading, verb in (("disagrees", "disagree"), ("undecided", "are undecided")):
            names = [id for id in run if readings[id] == reading]
            if names:
                words.append(f"{', '.join(names)} {verb if len(names) > 1 else _one(reading)}")
        if len(run) < len(readings):
            words.append(f"{len(readings) - len(run)} were not finished")
        return "; ".join(words) + f" ({self.basis})"

    @property
    def basis(self) -> str:
        """What the verdicts rest on."""
        random = [v for v in self.verdicts if v.expected.random and v.expected.role != "input"]
        counted = f"{len(self.told)} figures"
        if not random:
            return f"{counted}, all without chance"
        plain = [v for v in random if v.expected.kind == "statistical"]
        widths = [_half(v) / abs(v.expected.value) for v in plain]
        wide = f", half widths up to {rounded_percent(max(widths))}" if widths else ""
        runs = "" if self.length == 1.0 else f", runs {self.length:g} times as long as shipped"
        return f"{counted}, {len(random)} of them random{wide}, seed {self.seed}{runs}"

    def frame(self) -> pd.DataFrame:
        """Return a line for each figure: expected, found with its interval, verdict."""
        import pandas as pd

        return pd.DataFrame([_row(verdict) for verdict in self.verdicts])

    def as_dict(self) -> dict[str, Any]:
        """Return the verdicts as plain values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "seed": self.seed,
            "length": self.length,
            "partial": self.partial,
            "ok": self.ok,
            "verdict": self.sentence,
            "oracles": [
                {
                    "id": one.id,
                    "title": one.title,
                    "source": one.source,
                    "files": sorted({file for case in one.cases for file in case.files}),
                    "verdict": self.reading(one.id),
                    "figures": [_row(v) for v in self.verdicts if v.oracle == one.id],
                }
                for one in self.asked
            ],
        }


def run_oracle(
    id: str, *, length: float = 1.0, seed: int = SEED, workers: int | None = 1
) -> Oracles:
    """Run the problem of that *id* and return the verdicts on its figures.

    >>> run_oracle("B15").sentence
    '1 of 1 agree (3 figures, all without chance)'
    """
    return run_oracles([id], length=length, seed=seed, workers=workers)


def run_oracles(
    only: Iterable[str] | None = None,
    *,
    length: float = 1.0,
    seed: int = SEED,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Oracles:
    """Run problems with known answers and say whether the simulation finds these answers.

    *only* are their ids; None: all. With *length* the runs are so many times as long as
    shipped, and intervals may be wider or must be narrower by its root: 0.1 is a first look,
    4 halves all intervals. Everything is the same on any *executor* and number of *workers*.
    Interrupted, what is complete is kept, and `partial` is true.
    """
    if not 0.0 < length < float("inf"):
        raise OutOfRange(f"length must be above 0 (got {length})")
    asked = registry.chosen(only)
    cases = [(oracle, case) for oracle in asked for case in oracle.cases]
    counts = [case.trial.replications(length) for _, case in cases]
    total = sum(counts)

    def moved(done: int, _: int) -> None:
        if progress is not None:
            progress(done, total)

    with Work(
        [Asked(case.trial, seed, length) for _, case in cases],
        executor=executor,
        workers=workers,
        progress=moved,
        guard=guard,
    ) as work:
        runs = _answers(work, counts)
        partial = work.partial
    verdicts = []
    for oracle in asked:
        own = [place for place, (owner, _) in enumerate(cases) if owner is oracle]
        if all(place in runs for place in own):
            for place in own:
                verdicts += judged(oracle, cases[place][1], runs[place], length=length)
    return Oracles(tuple(verdicts), tuple(asked), seed, length, partial)


def _answers(work: Work, counts: list[int]) -> dict[int, list[list[float]]]:
    """Return the figures of all runs of each case that is complete, by its place.

    Case by case, so that what is interrupted is one case; single runs come last, because how
    the work is cut follows from the first run, which had better be worth something.
    """
    runs: dict[int, list[list[float]]] = {}
    for place in sorted(range(len(counts)), key=lambda i: counts[i] == 1):
        items = [(place, replication) for replication in range(counts[place])]
        found = work.ask(items)
        if all(item in found for item in items):
            runs[place] = [found[item] for item in items]
        if work.partial:
            break
    return runs


def _half(verdict: Verdict) -> float:
    found = verdict.found
    return (found.high - found.low) / 2.0 if isinstance(found, Estimate) else 0.0


def _one(reading: str) -> str:
    return "disagrees" if reading == "disagrees" else "is undecided"


def _row(verdict: Verdict) -> dict[str, Any]:
    found, expected = verdict.found, verdict.expected
    interval = (found.low, found.high) if isinstance(found, Estimate) else (None, None)
    value = found.value if isinstance(found, Estimate) else found
    tolerance = expected.tolerance
    assert tolerance is not None
    return {
        "oracle": verdict.oracle,
        "case": verdict.case,
        "figure": expected.name,
        "unit": expected.unit,
        "kind": expected.kind,
        "role": expected.role,
        "expected": expected.value,
        "tolerance": tolerance if isfinite(tolerance) else None,
        "found": value if isfinite(value) else None,
        "low": interval[0],
        "high": interval[1],
        "replications": found.n if isinstance(found, Estimate) else 1,
        "verdict": verdict.reading,
        "words": verdict.words,
    }
