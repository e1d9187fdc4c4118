"""This module holds the constrained minimum: a smooth cost of positive numbers within limits.

Multistart SLSQP (Kraft, DFVLR-FB 88-28, 1988; scipy) in the logarithms of numbers and cost, in
which powers become straight lines. A limit is a *room*: ``ln(limit/value)`` for an upper one,
``ln(value/limit)`` for a lower one, 0 where it is reached, negative where it is broken. Prices
are the multipliers of Karush, Kuhn and Tucker: by what share the cost falls for each share by
which a limit yields.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEP = 1e-6
"""Of the differences that make a gradient, in the logarithm of a number."""
KEPT = 1e-7
"""A room above minus this is kept: a limit to a ten millionth."""
REACHED = 1e-5
"""A room below this is reached."""
STARTS, MOST = 12, 2000
PRECISION = 1e-10
"""Relative cost below which a descent has ended."""
_ITERATIONS = 60
_SAME = 1e-6
"""Relative cost within which two starts found the same minimum."""
_SEEN = 1e-4
"""A price below this is none: what differences leave of a zero."""


class Point(NamedTuple):
    """What a problem is at one place."""

    cost: float
    """Positive."""
    rooms: tuple[float, ...]
    """Of each limit [-]."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least cost within limits, or the place where the worst broken limit is broken least.

    Prices are at least 0, and 0 where a limit is not reached. Where the problem is infeasible
    they say which limits, and which bounds, stand against each other: their shares add up to 1.
    """

    place: tuple[float, ...]
    cost: float
    rooms: tuple[float, ...]
    feasible: bool
    prices: tuple[float, ...]
    """Of each limit: ``-d ln(cost) / d room`` [-]."""
    lower: tuple[float, ...]
    """The same of the lower bound of each number, for each share by which it yields [-]."""
    upper: tuple[float, ...]
    evaluations: int
    starts: int
    """Starts that were made."""
    hits: int
    """Starts that ended at this minimum."""


class Search:
    """A problem on its box, with every evaluation counted and kept."""

    def __init__(
        self,
        problem: Callable[[tuple[float, ...]], Point],
        bounds: Sequence[tuple[float, float]],
        *,
        step: float = STEP,
        most: int = MOST,
        precision: float = PRECISION,
    ) -> None:
        import numpy as np

        for place, (low, high) in enumerate(bounds):
            if not 0.0 < low <= high < math.inf:
                raise InvalidInput(
                    f"number {place}: bounds must be positive and in order (got {low}, {high})"
                )
        self.problem = problem
        self.low = np.log([low for low, _ in bounds])
        self.high = np.log([high for _, high in bounds])
        self.step = step
        self.most = most
        self.precision = precision
        self.evaluations = 0
        self._known: dict[bytes, tuple[float, Array]] = {}
        self._slopes: dict[bytes, tuple[Array, Array]] = {}

    def place(self, u: Array) -> tuple[float, ...]:
        """Return the numbers at *u*, their logarithms, the bounds themselves exact."""
        import numpy as np

        return tuple(np.exp(np.clip(u, self.low, self.high)).tolist())

    def at(self, u: Array) -> tuple[float, Array]:
        """Return the logarithm of the cost, and the rooms : ndarray, shape (limits,)."""
        import numpy as np

        key = u.tobytes()
        found = self._known.get(key)
        if found is None:
            self.evaluations += 1
            cost, rooms = self.problem(self.place(u))
            found = self._known[key] = math.log(cost), np.array(rooms, dtype=float)
        return found

    def slopes(self, u: Array) -> tuple[Array, Array]:
        """Return the gradient of the cost and that of the rooms, shape (limits, numbers)."""
        import numpy as np

        key = u.tobytes()
        found = self._slopes.get(key)
        if found is None:
            cost, rooms = self.at(u)
            gradient = np.zeros(len(u))
            rising = np.zeros((len(rooms), len(u)))
            for i in range(len(u)):
                step = self.step if u[i] + self.step <= self.high[i] else -self.step
                if u[i] + step < self.low[i]:
                    continue  # The bounds meet: the number is given.
                moved = u.copy()
                moved[i] += step
                at, there = self.at(moved)
                gradient[i] = (at - cost) / step
                rising[:, i] = (there - rooms) / step
            found = self._slopes[key] = gradient, rising
        return found

    def descend(self, u: Array) -> Array:
        """Return where SLSQP ends that starts at *u*."""
        return _slsqp(
            u,
            cost=lambda u: self.at(self._inside(u))[0],
            gradient=lambda u: self.slopes(self._inside(u))[0],
            rooms=lambda u: self.at(self._inside(u))[1],
            rising=lambda u: self.slopes(self._inside(u))[1],
            bounds=list(zip(self.low, self.high, strict=True)),
            precision=self.precision,
        )

    def yield_least(self, u: Array) -> Array:
        """Return where the worst room is largest, from *u*: the elastic problem."""
        import numpy as np

        def rising(v: Array) -> Array:
            slopes = self.slopes(self._inside(v[:-1]))[1]
            return np.hstack([slopes, np.ones((len(slopes), 1))])

        unit = np.zeros(len(u) + 1)
        unit[-1] = 1.0
        worst = max(0.0, -float(np.min(self.at(u)[1])))
        found = _slsqp(
            np.append(u, worst),
            cost=lambda v: float(v[-1]),
            gradient=lambda v: unit,
            rooms=lambda v: self.at(self._inside(v[:-1]))[1] + v[-1],
            rising=rising,
            bounds=[*zip(self.low, self.high, strict=True), (-1.0, math.inf)],
            precision=self.precision,
        )
        return self._inside(found[:-1])

    def _inside(self, u: Array) -> Array:
        import numpy as np

        inside: Array = np.clip(u, self.low, self.high)
        return inside


def constrained(
    problem: Callable[[tuple[float, ...]], Point],
    bounds: Sequence[tuple[float, float]],
    *,
    first: Sequence[Sequence[float]] = (),
    starts: int = STARTS,
    seed: int = 1,
    most: int = MOST,
    step: float = STEP,
    precision: float = PRECISION,
    explain: bool = True,
) -> Minimum:
    """Return the least cost of *problem* within its limits and *bounds*, all numbers positive.

    It starts at *first*, then at random places of the box of logarithms, up to *starts* in all;
    no start is made beyond *most* evaluations. Deterministic for a *seed*. SLSQP finds local
    minima: `Minimum.hits` says how many starts agree on the best one. Where no place is within
    all limits, it says who is at fault, unless it need not *explain*.

    >>> found = constrained(lambda x: Point(x[0] + x[1], (math.log(x[0] * x[1] / 4.0),)),
    ...     [(0.1, 10.0), (0.1, 10.0)])
    >>> [round(x, 4) for x in found.place], round(found.prices[0], 4)
    ([2.0, 2.0], 0.5)
    """
    import numpy as np

    search = Search(problem, bounds, step=step, most=most, precision=precision)
    drawn = _places(search, first, starts, seed)
    ends: list[tuple[float, Array]] = []
    begun: list[Array] = []
    longest = 0
    for u in drawn:
        before = search.evaluations
        # One more start of the longest kind so far must still fit.
        if begun and before + longest > most:
            break
        begun.append(u)
        end = search.descend(u)
        longest = max(longest, search.evaluations - before)
        cost, rooms = search.at(end)
        if np.all(rooms >= -KEPT):
            ends.append((cost, end))
    if not ends:
        return _infeasible(search, begun, explain=explain)
    least, best = min(ends, key=lambda one: one[0])
    hits = sum(cost <= least + _SAME for cost, _ in ends)
    prices, lower, upper = _prices(search, best)
    return Minimum(
        search.place(best),
        math.exp(least),
        tuple(search.at(best)[1].tolist()),
        True,
        prices,
        lower,
        upper,
        search.evaluations,
        len(begun),
        hits,
    )


def _slsqp(
    start: Array,
    *,
    cost: Callable[[Array], float],
    gradient: Callable[[Array], Array],
    rooms: Callable[[Array], Array],
    rising: Callable[[Array], Array],
    bounds: list[tuple[float, float]],
    precision: float,
) -> Array:
    """Return where SLSQP ends, within *bounds*."""
    import numpy as np
    from scipy import optimize

    minimize: Any = optimize.minimize  # Its many overloads have none for a limit as a dict.
    limit = {"type": "ineq", "fun": rooms, "jac": rising}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # x is clipped to its bounds
        found = minimize(
            cost,
            start,
            jac=gradient,
            bounds=bounds,
            constraints=[limit] if len(rooms(start)) else [],
            method="SLSQP",
            options={"maxiter": _ITERATIONS, "ftol": precision},
        )
    low, high = zip(*bounds, strict=True)
    end: Array = np.clip(np.asarray(found.x, dtype=float), low, high)
    return end


def _places(
    search: Search, first: Sequence[Sequence[float]], starts: int, seed: int
) -> list[Array]:
    """Return where to start: *first*, then random places in the box."""
    import numpy as np

    places = [np.clip(np.log(np.asarray(x, float)), search.low, search.high) for x in first]
    draw = Streams(seed)["constrained minimum", "start"]
    while len(places) < starts:
        share = np.array([draw() for _ in search.low])
        places.append(search.low + share * (search.high - search.low))
    return places


def _prices(
    search: Search, u: Array
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return the multipliers at *u*: of limits, of lower and of upper bounds (KKT)."""
    import numpy as np
    from scipy.optimize import nnls

    gradient, rising = search.slopes(u)
    columns, owners = _active(search, u, rising)
    prices = np.zeros(len(rising) + 2 * len(u))
    if columns:
        shares, _ = nnls(np.array(columns).T, gradient)
        prices[owners] = np.where(shares > _SEEN, shares, 0.0)
    n, m = len(rising), len(u)
    found = prices.tolist()
    return tuple(found[:n]), tuple(found[n : n + m]), tuple(found[n + m :])


def _active(
    search: Search, u: Array, rising: Array, reached: float = REACHED, base: float = 0.0
) -> tuple[list[Array], list[int]]:
    """Return the gradients of what is reached at *u*, and whose they are.

    Limits first, then lower, then upper bounds. A number whose bounds meet has no price.
    """
    import numpy as np

    rooms = search.at(u)[1]
    n, m = len(rooms), len(u)
    columns, owners = [], []
    for i, room in enumerate(rooms):
        if room - base <= reached:
            columns.append(rising[i])
            owners.append(i)
    for j in range(m):
        if search.high[j] - search.low[j] <= search.step:
            continue
        unit = np.zeros(m)
        unit[j] = 1.0
        if u[j] - search.low[j] <= reached:
            columns.append(unit)
            owners.append(n + j)
        if search.high[j] - u[j] <= reached:
            columns.append(-unit)
            owners.append(n + m + j)
    return columns, owners


def _infeasible(search: Search, begun: Sequence[Array], *, explain: bool) -> Minimum:
    """Return where limits are broken least, and who stands against whom there."""
    import numpy as np
    from scipy.optimize import nnls

    if not explain:
        cost, rooms = search.at(begun[0])
        nothing = (0.0,) * len(begun[0])
        return Minimum(
            search.place(begun[0]),
            math.exp(cost),
            tuple(rooms.tolist()),
            False,
            (0.0,) * len(rooms),
            nothing,
            nothing,
            search.evaluations,
            len(begun),
            0,
        )
    ends = [search.yield_least(u) for u in begun[:3]]
    worst = [float(np.min(search.at(u)[1])) for u in ends]
    best = ends[worst.index(max(worst))]
    cost, rooms = search.at(best)
    if max(worst) >= -KEPT:
        # A place within all limits that the descents had missed: go on from there.
        end = search.descend(best)
        kept = bool(np.all(search.at(end)[1] >= -KEPT))
        best = end if kept else best
        cost, rooms = search.at(best)
        prices, lower, upper = _prices(search, best)
    else:
        rising = search.slopes(best)[1]
        columns, owners = _active(search, best, rising, reached=1e-3, base=max(worst))
        # Shares of the broken limits add up to 1 and nothing pulls beside them: Farkas.
        n, m = len(rooms), len(best)
        weights = [[*column, 1.0 if owner < n else 0.0] for column, owner in
                   zip(columns, owners, strict=True)]  # fmt: skip
        shares, _ = nnls(np.array(weights).T, np.array([*np.zeros(m), 1.0]))
        found = np.zeros(n + 2 * m)
        found[owners] = np.where(shares > 1e-3, shares, 0.0)
        told = found.tolist()
        prices = tuple(told[:n])
        lower, upper = tuple(told[n : n + m]), tuple(told[n + m :])
    feasible = bool(np.all(rooms >= -KEPT))
    return Minimum(
        search.place(best),
        math.exp(cost),
        tuple(rooms.tolist()),
        feasible,
        prices,
        lower,
        upper,
        search.evaluations,
        len(begun),
        int(feasible),
    )
