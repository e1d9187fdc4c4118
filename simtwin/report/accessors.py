"""This module holds ``run.plot``, ``run.report`` and ``run.save``, as they hang on results.

``simtwin`` attaches them when it is imported; plotly is loaded when somebody plots.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from simtwin.report import (
    hours,
    page,
    plots,
    plots_optimum,
    plots_outlook,
    plots_study,
    what_if,
)
from simtwin.report.thinning import BARS, POINTS
from simtwin.result.accessors import register
from simtwin.result.look_ahead import LookAhead
from simtwin.result.optimum import Optimum
from simtwin.result.study import Study
from simtwin.result.what_if import WhatIf

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from simtwin.report.told import Ensemble, Run
    from simtwin.result import ensemble
    from simtwin.result.actions import Actions
    from simtwin.result.result import Result
    from simtwin.result.snapshot import Snapshot


class Plots:
    """The plots of one result: ``run.plot.gantt()``; each gives a plotly figure."""

    __slots__ = ("_told",)

    def __init__(self, told: Run | Ensemble) -> None:
        self._told = told

    def gantt(self, *, bars: int = BARS, ghost: Run | None = None) -> Figure:
        """Return who did what and when, another run in pale below; see `plots.gantt`."""
        return plots.gantt(self._told, bars=bars, ghost=ghost)

    def states(self) -> Figure:
        """Return what each machine spent its time on [%]."""
        return plots.states(self._told)

    def hours(self) -> Figure:
        """Return how busy each machine was in each clock hour, the bottleneck framed."""
        return hours.strip(self._told)

    def orders(self) -> Figure:
        """Return when each order is finished against its due time."""
        return plots.orders(self._told)

    def temperatures(self, *, points: int = POINTS) -> Figure:
        """Return the temperatures of the nodes that can trip, with their limits [degC]."""
        return plots.temperatures(self._told, points=points)

    def wear(self, *, points: int = POINTS) -> Figure:
        """Return the life used of each cutting edge [%]."""
        return plots.wear(self._told, points=points)

    def energy(self) -> Figure:
        """Return where the energy went [kWh]."""
        return plots.energy(self._told)

    def __repr__(self) -> str:
        return _listed(self)


class StudyPlots:
    """The plots of a study: ``study.plot.differences()``."""

    __slots__ = ("_study",)

    def __init__(self, study: Study) -> None:
        self._study = study

    def differences(self, metric: str | None = None) -> Figure:
        """Return the paired differences to the baseline, grey where they cross 0."""
        return plots_study.differences(self._study, metric)

    def __repr__(self) -> str:
        return _listed(self)


class LookAheadPlots:
    """The plots of a look-ahead: ``ahead.plot.incidence()``."""

    __slots__ = ("_ahead",)

    def __init__(self, ahead: LookAhead) -> None:
        self._ahead = ahead

    def incidence(self, machine: str | None = None) -> Figure:
        """Return P(failed by then) [%] over the clock, with its band; of one *machine* too."""
        return plots_outlook.incidence(self._ahead, machine)

    def machines(self) -> Figure:
        """Return P(failure) of every machine [%], the most endangered first."""
        return plots_outlook.machines(self._ahead)

    def __repr__(self) -> str:
        return _listed(self)


class WhatIfPlots:
    """The plots of a what-if: ``then.plot.finishes()``."""

    __slots__ = ("_told",)

    def __init__(self, told: WhatIf) -> None:
        self._told = told

    def finishes(self) -> Figure:
        """Return when each order is finished in both plans, against its due time."""
        return what_if.finishes(self._told)

    def __repr__(self) -> str:
        return _listed(self)


class OptimumPlots:
    """The plots of an optimum: ``best.plot.front()``."""

    __slots__ = ("_optimum",)

    def __init__(self, optimum: Optimum) -> None:
        self._optimum = optimum

    def front(self) -> Figure:
        """Return the front of two goals, today's parameters beside it."""
        return plots_optimum.front(self._optimum)

    def limits(self) -> Figure:
        """Return how far each limit is used, today and at the optimum [%]."""
        return plots_optimum.limits(self._optimum)

    def __repr__(self) -> str:
        return _listed(self)


def write_report(
    told: Run | Ensemble | WhatIf,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    actions: Actions | None = None,
) -> Path:
    """Write the report of this result as one offline HTML file and return its path.

    An existing file is kept unless *force* is given. *actions* are what was tried to help.
    """
    return page.report(told, path, force=force, actions=actions)


def write_workbook(
    told: Run | Ensemble,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    actions: Actions | None = None,
) -> Path:
    """Write this result as an Excel file, a sheet for each question, and return its path.

    An existing file is kept unless *force* is given. *actions* are what was tried to help.
    """
    from simtwin.report.workbook import write

    return write(told, path, force=force, actions=actions)


def show(told: Run | Ensemble) -> str:
    """Return the verdict and the key figures as HTML, for a notebook."""
    return page.summary(told)


def write_folder(
    told: Result | ensemble.Ensemble, folder: str | os.PathLike[str], *, force: bool = False
) -> Path:
    """Save this result in *folder* and return it; :func:`simtwin.open` gives it back, equal.

    A saved run that stands there already is kept unless *force* is given.
    """
    from simtwin.report.folder import save

    return save(told, folder, force=force)


def write_snapshot(
    snapshot: Snapshot, path: str | os.PathLike[str], *, force: bool = False
) -> Path:
    """Save this snapshot as one JSON file and return it; an existing one only with *force*.

    :func:`simtwin.load_snapshot` gives it back, and a run goes on from it bit for bit.
    """
    from simtwin.report.folder import save_snapshot

    return save_snapshot(snapshot, path, force=force)


def attach(*hosts: type) -> None:
    """Give the types of results ``plot``, ``report``, ``save``, ``to_excel`` and the like.

    Studies and look-aheads get the plots of their own.
    """
    register("plot", Study)(StudyPlots)
    register("plot", LookAhead)(LookAheadPlots)
    register("plot", *hosts)(Plots)
    register("plot", WhatIf)(WhatIfPlots)
    register("plot", Optimum)(OptimumPlots)
    register("report", WhatIf, *hosts)(write_report)
    register("save", *hosts)(write_folder)
    register("to_excel", *hosts)(write_workbook)
    register("_repr_html_", *hosts)(show)


def _listed(hung: object) -> str:
    names = [name for name in vars(type(hung)) if not name.startswith("_")]
    return f"plots: {', '.join(f'{name}()' for name in names)}"
