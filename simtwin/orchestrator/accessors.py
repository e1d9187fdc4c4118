"""This module holds ``explain``, as it hangs on ensembles and look-aheads.

``simtwin`` attaches it when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.result.accessors import register

if TYPE_CHECKING:
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


def attach(*hosts: type) -> None:
    """Give the types of answers ``explain``."""
    register("explain", *hosts)(explain)
