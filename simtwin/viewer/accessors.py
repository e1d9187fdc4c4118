"""This module holds ``view``, as it hangs on results and comparisons.

``simtwin`` attaches it when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result.accessors import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.result.ensemble import Ensemble
    from simtwin.result.result import Result
    from simtwin.result.study import Study
    from simtwin.result.what_if import WhatIf
    from simtwin.viewer.page import View
    from simtwin.viewer.paths import Paths


def show(
    told: Result | Ensemble,
    other: Result | Ensemble | None = None,
    *,
    names: Sequence[str] | None = None,
    begin: float | str | None = None,
    end: float | str | None = None,
    paths: Paths | Sequence[Paths | None] | None = None,
    height: int = 640,
) -> View:
    """Return the shop in 3D: this run, or beside it an *other* on the same clock.

    A notebook shows it; ``run.view().save("shop.html")`` writes one file that needs no network.
    Of replications the first is shown. *names* are what the runs are called; *begin* and *end*
    ([s], or "10:30") cut out a part. *paths* says where axes of machines were: machine -> axis
    -> (instants [s], positions [mm, or degrees]); without, they rest, for none is simulated. It
    is of this run; a list of two says it of both.
    """
    from simtwin.viewer.page import view

    runs = [observed(one) for one in (told, other) if one is not None]
    return view(runs, names=names, begin=begin, end=end, paths=paths, height=height)


def play_back(
    told: Study | WhatIf,
    plan: str | None = None,
    *,
    replication: int = 0,
    **options: Any,
) -> View:
    """Return the baseline and another *plan* of a comparison in 3D, side by side on one luck.

    One *replication* of both is run once more, with its history. Of more than two plans the
    other is to be named. *options* are those of ``run.view``.
    """
    from simtwin.orchestrator.simulate import simulate
    from simtwin.viewer.page import view

    study: Study = getattr(told, "study", told)  # type: ignore[arg-type]
    others = [name for name in study.names if name != study.names[study.baseline]]
    if plan is None and len(others) == 1:
        plan = others[0]
    if plan not in others:
        raise InvalidInput(
            f"view: name the plan beside {study.names[study.baseline]!r}; there are "
            f"{', '.join(map(repr, others))} (got {plan!r})"
        )
    if not 0 <= replication < study.n:
        raise InvalidInput(f"view: replication must be 0 to {study.n - 1} (got {replication})")
    runs = [
        simulate(study.plants[i], study.scenarios[i], seed=study.seed, replication=replication)
        for i in (study.baseline, study.names.index(plan))
    ]
    return view(
        runs,
        **{"names": [study.names[study.baseline], plan], **options},
    )


def observed(told: Result | Ensemble) -> Result:
    """Return the run that is shown: itself, or the first of the replications."""
    from simtwin.result.result import Result

    run = getattr(told, "first", told)
    if not isinstance(run, Result):
        raise InvalidInput(
            f"view: needs a run or replications (got {told!r:.80}); simtwin.open reads them"
        )
    return run


def attach(*hosts: type) -> None:
    """Give the types of results ``view``."""
    register("view", *hosts)(show)


def attach_studies(*hosts: type) -> None:
    """Give the types of comparisons ``view``."""
    register("view", *hosts)(play_back)
