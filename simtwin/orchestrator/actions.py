"""This module holds the question what would help most: actions tried by paired runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simtwin.errors import Deadlock, InvalidInput, Zeno
from simtwin.orchestrator.asked import end_of
from simtwin.orchestrator.candidates import candidates
from simtwin.orchestrator.realise import prepared
from simtwin.orchestrator.replicate import Replication, replicate
from simtwin.orchestrator.work import Work, enough
from simtwin.plant.overtime import joined
from simtwin.plant.supposed import off_shift
from simtwin.plant.supposition import Supposition, beside, suppose
from simtwin.result.actions import Action, Actions
from simtwin.result.effect import Effect
from simtwin.result.moment import moment
from simtwin.result.pairing import holm
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.ensemble import Ensemble, Outcome
    from simtwin.result.snapshot import Snapshot

SCREENED = 6
"""Paired runs in which each candidate is looked at first."""

MOST = 3
"""Of the candidates that look best, how many are tried in earnest."""


@dataclass(frozen=True, slots=True)
class Trial(Replication):
    """A run of a candidate; one under which a run cannot go on is no help, and no failure."""

    def run(self, replication: int, guard: Callable[[], None] | None) -> Outcome | None:  # type: ignore[override]
        """Return the outcome of one replication, or None where the shop got stuck."""
        try:
            return Replication.run(self, replication, guard)
        except (Deadlock, Zeno):
            return None


def actions(
    plant: PlantModel,
    scenario: Scenario,
    replications: int | None = None,
    *,
    tries: Sequence[str | Supposition | Sequence[str | Supposition]] | None = None,
    most: int = MOST,
    screened: int = SCREENED,
    ensemble: Ensemble | None = None,
    snapshot: Snapshot | None = None,
    seed: int | None = None,
    until: float | str | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_events: int | None = None,
    guard: Callable[[], None] | None = None,
) -> Actions:
    """Say what would help *scenario* most, tried by paired runs.

    What might help is told from the late orders and the bottleneck of the plan as it is, or
    given as *tries*, each one or several suppositions of :func:`what_if`. Each is *screened* in
    a few runs; the *most* that look best are run *replications* times on other luck, which is
    that of the plan as it is. An *ensemble* of the same question spares the runs of the plan.

    Other options are those of :func:`replicate`; interrupted, it says what is complete.

    Raises InvalidInput for a supposition that does not fit, or for a shift after the end.
    """
    screened, most = enough(screened, 2), whole("most", most, most=MOST_RUNS)
    options: dict[str, Any] = {"executor": executor, "workers": workers, "guard": guard}
    if ensemble is None:
        n = enough(scenario.replications if replications is None else replications, 2)
        known: dict[str, Any] = {
            "snapshot": snapshot, "max_events": max_events, "until": until
        }  # fmt: skip
        ensemble = replicate(
            plant, scenario, n, seed=seed, progress=progress, **known, **options
        )
    if tries is None:
        tries = candidates(plant, scenario, ensemble.outcomes)
    lines: list[tuple[str | Supposition, ...]] = [
        (line,) if isinstance(line, str | Supposition) else tuple(line) for line in tries
    ]
    continued = snapshot is not None
    made = [suppose(plant, scenario, line, continued=continued) for line in lines]
    if until is None:
        for line in lines:
            _check_end(plant, scenario, line)
    rest = (ensemble.seed, end_of(until, scenario), max_events, snapshot)
    questions = [
        Trial(plant, plan, *rest) for plan in (scenario, *(supposed for supposed, _ in made))
    ]
    with Work(questions, progress=progress, **options) as work:
        trials = _Trials(work, ensemble.outcomes, screened)
        looked = trials.screen() if made else {}
        tried = trials.try_best(looked, most)
    named = [
        (tuple(map(str, line)), joined(said))
        for line, (_, said) in zip(lines, made, strict=True)
    ]
    return Actions(
        plant,
        scenario,
        ensemble.seed,
        ensemble.n,
        screened,
        _ranked(named, tried, holm([one.p for one in tried.values()]) if tried else ()),
        _ranked(named, looked, (1.0,) * len(looked)),
        tuple(named[place - 1][0] for place in trials.stuck),
        work.partial or ensemble.partial,
    )


def _check_end(
    plant: PlantModel, scenario: Scenario, line: tuple[str | Supposition, ...]
) -> None:
    """Refuse a shift so far after the end that ordinary work would be told as its work."""
    end, last = scenario.horizon, beside(plant, scenario, line).horizon
    if end is None or last is None or last == end:
        return
    if not off_shift(prepared(plant, scenario)[0], scenario.start, end, last):
        raise InvalidInput(
            f"{' and '.join(map(str, line))}: goes on after the end at "
            f"{moment(scenario.start, end)}, and so does ordinary work; make the scenario last "
            f"until {moment(scenario.start, last)}"
        )


class _Trials:
    """Candidates on the luck of the plan as it is, which is question 0 of *work*."""

    def __init__(self, work: Work, before: Sequence[Outcome], screened: int) -> None:
        self.work = work
        self.before = before
        self.fresh = range(len(before), len(before) + screened)
        """Replications that only the screening sees."""
        self.stuck: list[int] = []
        """Candidates under which the shop got stuck."""

    def screen(self) -> dict[int, Effect]:
        """Return what each candidate changes in a few runs."""
        places = range(len(self.work.questions))
        self.work.ask([(place, r) for place in places for r in self.fresh])
        own, looked = self._complete(0, self.fresh), {}
        for place in places[1:]:
            found = self._complete(place, self.fresh)
            if found is not None and own is not None:
                looked[place] = Effect.of(found, own)
            elif not self.work.partial:
                self.stuck.append(place)
        return looked

    def try_best(self, looked: dict[int, Effect], most: int) -> dict[int, Effect]:
        """Return what the *most* candidates that look best change in all other runs."""
        best = [place for place in _order(looked) if looked[place].betters][:most]
        numbers = range(len(self.before))
        if best and not self.work.partial:
            self.work.ask([(place, r) for place in best for r in numbers])
        return {
            place: Effect.of(found, self.before)
            for place in best
            if (found := self._complete(place, numbers)) is not None
        }

    def _complete(self, place: int, numbers: range) -> list[Outcome] | None:
        """Return the outcomes of one plan, or None where one is missing or got stuck."""
        found = [self.work.found.get((place, r)) for r in numbers]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else None


def _order(found: dict[int, Effect]) -> list[int]:
    """Return the places of the effects, the best first."""
    return sorted(
        found, key=lambda place: (-found[place].gain, -found[place].parts.value, place)
    )


def _ranked(
    named: list[tuple[tuple[str, ...], str]],
    found: dict[int, Effect],
    chances: Sequence[float],
) -> tuple[Action, ...]:
    """Return the actions at these places, the best first."""
    p = dict(zip(found, chances, strict=True))
    return tuple(
        Action(
            tuple(map(str, named[place - 1][0])), named[place - 1][1], found[place], p[place]
        )
        for place in _order(found)
    )
