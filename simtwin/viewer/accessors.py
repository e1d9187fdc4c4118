"""This module holds ``run.view``, as it hangs on results.

``simtwin`` attaches it when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.result.accessors import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.result.ensemble import Ensemble
    from simtwin.result.result import Result
    from simtwin.viewer.data import Paths
    from simtwin.viewer.page import View


def show(
    told: Result | Ensemble,
    other: Result | Ensemble | None = None,
    *,
    names: Sequence[str] | None = None,
    begin: float | str | None = None,
    end: float | str | None = None,
    paths: Paths | None = None,
    height: int = 640,
) -> View:
    """Return the shop in 3D: this run, or beside it an *other* on the same clock.

    A notebook shows it; ``run.view().save("shop.html")`` writes one file that needs no network.
    Of replications the first is shown. *names* are what the runs are called; *begin* and *end*
    ([s], or "10:30") cut out a part. *paths* says where axes of machines were: machine -> axis
    -> (instants [s], positions [mm, or degrees]); without, they rest, for none is simulated.
    """
    from simtwin.viewer.page import view

    runs = [observed(one) for one in (told, other) if one is not None]
    return view(runs, names=names, begin=begin, end=end, paths=paths, height=height)


def observed(told: Result | Ensemble) -> Result:
    """Return the run that is shown: itself, or the first of the replications."""
    run: Result = getattr(told, "first", told)  # type: ignore[arg-type]
    return run


def attach(*hosts: type) -> None:
    """Give the types of results ``view``."""
    register("view", *hosts)(show)
