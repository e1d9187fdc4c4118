"""This module holds the question of a call: what is run, how often, what is asked beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from simtwin.cli.console import progress
from simtwin.cli.given import deadline, ending, load, luck
from simtwin.cli.interruption import kept, pressed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because
    from simtwin.result.explanation import Explanation

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a scenario on a plant, how often, and within which bounds."""

    plant: PlantModel
    scenario: Scenario
    replications: int
    seed: int
    workers: int | None = None
    max_events: int | None = None
    max_seconds: float | None = None
    until: float | None = None
    """Of one run: another end than the scenario's [s]."""
    replication: int = 0
    """Of one run: which."""

    def ask(self, *, quiet: bool) -> Run | Ensemble:
        """Return the answer: a run for one replication, an ensemble for more."""
        from simtwin.orchestrator.replicate import replicate
        from simtwin.orchestrator.simulate import simulate

        if self.replications == 1:
            with kept():
                return simulate(
                    self.plant,
                    self.scenario,
                    seed=self.seed,
                    replication=self.replication,
                    until=self.until,
                    max_events=self.max_events,
                    guard=ending(deadline(self.max_seconds)),
                )
        with progress("replications", quiet=quiet) as moved:
            return replicate(
                self.plant,
                self.scenario,
                self.replications,
                seed=self.seed,
                workers=self.workers,
                max_events=self.max_events,
                guard=deadline(self.max_seconds),
                progress=moved,
            )

    def act(self, ensemble: Ensemble, *, quiet: bool) -> Actions:
        """Return what would help most, beside the *ensemble* that is there."""
        from simtwin.orchestrator.actions import actions

        with progress("actions", quiet=quiet) as moved:
            return actions(
                self.plant,
                self.scenario,
                ensemble=ensemble,  # type: ignore[arg-type]
                workers=self.workers,
                max_events=self.max_events,
                guard=deadline(self.max_seconds),
                progress=moved,
            )

    def check(self, figure: str | None) -> None:
        """Refuse a *figure* to be explained that does not exist, before any run."""
        if figure is not None:
            from simtwin.result.figure import Figure

            Figure.parse(figure)

    def explain(self, figure: str, *, quiet: bool) -> Explanation:
        """Return why *figure* is uncertain."""
        from simtwin.orchestrator.explain import FEWEST, explain

        with progress("explaining", quiet=quiet) as moved:
            return explain(
                self.plant,
                self.scenario,
                figure,
                replications=max(FEWEST, self.replications),
                seed=self.seed,
                workers=self.workers,
                guard=deadline(self.max_seconds),
                progress=moved,
            )


def question_of(
    scenario: str, plant: str | None, replications: int | None, seed: int | None
) -> Question:
    """Return the question of the files; a number in the call wins over one in a file."""
    model, asked = load(scenario, plant)
    return Question(model, asked, *luck(asked, scenario, replications, seed))


@dataclass(slots=True)
class Beside:
    """What is asked beside an answer that is there, until somebody stops it."""

    stopped: bool
    """Whether the answer, or what is asked beside it, is a part of what was asked."""

    def ask(self, question: Callable[[], Told], *, anyway: bool = False) -> Told | None:
        """Return what *question* gives; None where it is stopped, or came after what was.

        With *anyway* also after that: what takes a moment.
        """
        self.stopped = self.stopped or (pressed() and not anyway)
        if self.stopped and not anyway:
            return None
        try:
            told = question()
        except KeyboardInterrupt:  # The answer is there; only this is given up.
            self.stopped = True
            return None
        self.stopped = self.stopped or bool(getattr(told, "partial", False))
        return told


def because_of(answer: Run | Ensemble, max_seconds: float | None = None) -> tuple[Because, ...]:
    """Return why orders are late, in runs in which they are; nothing of a single run."""
    from simtwin.orchestrator.reasons import reasons
    from simtwin.result.ensemble import Ensemble as Ensemble_

    if not isinstance(answer, Ensemble_) or answer.n < 2:
        return ()
    # What takes a moment is still asked when the runs were stopped.
    return reasons(answer, guard=deadline(max_seconds, after_ctrl_c=pressed()))
