"""This module holds the sharing out of work to alternatives: the largest load is smallest.

One linear programme after another: the largest utilisation is made as small as it can be, the
stations that no other share could relieve are set aside, then the next largest, to the last.
The utilisations are unique; where several shares give them, the solver's is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BINDING = 1e-9
"""Worth of a station's time above which no share could relieve it [-]."""

SLACK = 1e-12
"""Rounding that a utilisation which is set aside is given, relative."""

LARGEST = 1e9
"""Utilisation by one piece above which all are scaled down: the solver takes none of 1e15."""


@dataclass(frozen=True, slots=True)
class Task:
    """Work that may be done at one of several stations."""

    pieces: float
    """How many."""
    times: tuple[tuple[str, float], ...]
    """Station -> time of one piece there [s]."""
    endless: bool = False
    """Whether it comes with every piece of the source that never ends, beside *pieces*."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How the work is shared out."""

    pieces: tuple[tuple[float, ...], ...]
    """Of each task at each of its stations, in their order."""
    endless: float = 0.0
    """Pieces that the endless source can bring until some station is full."""


def share_out(tasks: Sequence[Task], offered: Mapping[str, float]) -> Shared:
    """Return the shares of *tasks* that make the largest utilisation smallest, then the next.

    *offered* is the time of each station [s]. With endless tasks, as many of their pieces are
    taken first as all stations can bear.

    >>> task = Task(10.0, (("old", 2.0), ("new", 1.0)))
    >>> found = share_out([task], {"old": 100.0, "new": 100.0})
    >>> [round(pieces, 6) for pieces in found.pieces[0]]
    [3.333333, 6.666667]
    """
    idle = [s for s, time in offered.items() if time <= 0.0]
    if idle:
        raise InvalidInput(f"{', '.join(idle)}: no time is offered to share work out to")
    if all(len(task.times) == 1 and not task.endless for task in tasks):
        return Shared(tuple((task.pieces,) for task in tasks))
    programme = _Programme(tasks, offered)
    endless = programme.most() if any(task.endless for task in tasks) else 0.0
    return Shared(programme.balanced(endless), endless)


class _Programme:
    """The equations of one sharing: columns are (task, station), then one for the objective."""

    def __init__(self, tasks: Sequence[Task], offered: Mapping[str, float]) -> None:
        self.tasks = tasks
        self.offered = offered
        self.stations = list(offered)
        self.columns = [(i, k) for i, task in enumerate(tasks) for k in range(len(task.times))]

    def most(self) -> float:
        """Return the most pieces of the endless source: no station beyond its time."""
        import numpy as np

        balance, pieces = self._balance()
        flow = np.array([[-1.0 if task.endless else 0.0] for task in self.tasks])
        count = len(self.stations)
        found = _solved(
            cost=np.r_[np.zeros(len(self.columns)), -1.0],
            upper=(np.c_[self._loads(), np.zeros(count)], np.ones(count)),
            equal=(np.c_[balance, flow], pieces),
        )
        if found is None:  # What is ordered does not fit: nothing is left for the source.
            return 0.0
        return max(0.0, float(found.x[-1]))

    def balanced(self, endless: float) -> tuple[tuple[float, ...], ...]:
        """Return pieces by task and station: the largest load smallest, then the next."""
        import numpy as np

        balance, pieces = self._balance()
        pieces = pieces + np.array([endless * task.endless for task in self.tasks])
        loads = self._loads()
        if loads.max() > LARGEST:
            loads *= LARGEST / loads.max()
        shared = {s for task in self.tasks if len(task.times) > 1 for s, _ in task.times}
        free = [s in shared for s in self.stations]
        caps = np.full(len(self.stations), inf)
        chosen: Any = None
        while chosen is None or any(free):
            top = np.array([-1.0 if here else 0.0 for here in free])
            rows = [k for k, here in enumerate(free) if here or caps[k] < inf]
            bound = np.where(free, 0.0, np.where(caps < inf, caps, 0.0))
            found = _solved(
                cost=np.r_[np.zeros(len(self.columns)), 1.0],
                upper=(np.c_[loads, top][rows], bound[rows]),
                equal=(np.c_[balance, np.zeros(len(self.tasks))], pieces),
            )
            assert found is not None, "sharing out work has always an answer"
            chosen = found.x[:-1]
            worth = -found.ineqlin.marginals
            full = [k for k, w in zip(rows, worth, strict=True) if free[k] and w > BINDING]
            for k in full or [k for k, here in enumerate(free) if here]:
                free[k] = False
                caps[k] = float(found.x[-1]) * (1.0 + SLACK) + SLACK
        places = dict(zip(self.columns, chosen, strict=True))
        return tuple(
            tuple(max(0.0, float(places[i, k])) for k in range(len(task.times)))
            for i, task in enumerate(self.tasks)
        )

    def _balance(self) -> tuple[Any, Any]:
        """Return the equations that every piece of a task is done somewhere."""
        import numpy as np

        rows = np.zeros((len(self.tasks), len(self.columns)))
        for column, (i, _) in enumerate(self.columns):
            rows[i, column] = 1.0
        return rows, np.array([task.pieces for task in self.tasks])

    def _loads(self) -> Any:
        """Return the utilisation that one piece of each column brings each station."""
        import numpy as np

        rows = np.zeros((len(self.stations), len(self.columns)))
        for column, (i, k) in enumerate(self.columns):
            station, time = self.tasks[i].times[k]
            rows[self.stations.index(station), column] += time / self.offered[station]
        return rows


def _solved(*, cost: Any, upper: tuple[Any, Any], equal: tuple[Any, Any]) -> Any:
    """Return the solution of a linear programme of variables from 0 on; None: it has none."""
    from scipy.optimize import linprog

    found = linprog(
        cost, A_ub=upper[0], b_ub=upper[1], A_eq=equal[0], b_eq=equal[1], method="highs"
    )
    return found if found.status == 0 else None
