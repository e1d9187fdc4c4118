"""This module holds ``explain``, ``actions`` and ``reasons``, as they hang on answers.

``simtwin`` attaches them when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.result.accessors import register

if TYPE_CHECKING:
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because
    from simtwin.result.ensemble import Ensemble
    from simtwin.result.explanation import Explanation
    from simtwin.result.look_ahead import LookAhead


def explain(
    told: Ensemble | LookAhead, metric: str = "unplanned_downtime", **options: Any
) -> Explanation:
    """Split the variance of *metric* in this answer, and rank what it hangs on.

    Takes the options of :func:`simtwin.explain`; more runs are made for it.
    """
    from simtwin.orchestrator import explain as verb

    known: Any = getattr(told, "question", None)
    plant, scenario = known or (told.plant, told.scenario)
    snapshot = getattr(told, "snapshot", None)
    return verb.explain(plant, scenario, metric, seed=told.seed, snapshot=snapshot, **options)


def actions(told: Ensemble, **options: Any) -> Actions:
    """Say what would help most, beside the runs that there are; more are made for it.

    Takes the options of :func:`simtwin.actions`. An ensemble that was opened from a folder is
    run again, for it does not know its question.
    """
    from simtwin.orchestrator import actions as verb

    if told.question is None:
        return verb.actions(told.plant, told.scenario, told.n, seed=told.seed, **options)
    known = {"snapshot": told.snapshot, "until": told.until}
    return verb.actions(*told.question, ensemble=told, **{**known, **options})


def reasons(told: Ensemble) -> tuple[Because, ...]:
    """Return why each order is late, told of a run in which it is; a few runs are made again.

    See :func:`simtwin.orchestrator.reasons.reasons`.
    """
    from simtwin.orchestrator import reasons as verb

    return verb.reasons(told)


def attach(*hosts: type) -> None:
    """Give the types of answers ``explain``."""
    register("explain", *hosts)(explain)


def attach_actions(*hosts: type) -> None:
    """Give ensembles ``actions`` and ``reasons``."""
    register("actions", *hosts)(actions)
    register("reasons", *hosts)(reasons)
