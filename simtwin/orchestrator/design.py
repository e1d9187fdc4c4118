"""This module holds the design: the points at which a sweep asks its question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from simtwin.errors import InvalidInput
from simtwin.whole import MOST_RUNS, whole

Point = dict[str, object]


def points_of(
    grid: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]],
) -> list[Point]:
    """Return the points of a *grid*: all combinations of its values, the last name fastest.

    A list of points is taken as it is; each must give the same names.

    >>> points_of({"a": [1, 2], "b": [3, 4]})
    [{'a': 1, 'b': 3}, {'a': 1, 'b': 4}, {'a': 2, 'b': 3}, {'a': 2, 'b': 4}]
    """
    if isinstance(grid, Mapping):
        points = _crossed(grid)
    else:
        points = [{name: _plain(value) for name, value in point.items()} for point in grid]
    if not points or not points[0]:
        raise InvalidInput("grid: needs at least one name with one value")
    for number, point in enumerate(points):
        if point.keys() != points[0].keys():
            raise InvalidInput(
                f"grid: point {number} gives {', '.join(point) or 'nothing'}; the first one "
                f"gives {', '.join(points[0])}"
            )
    return points


def sobol(bounds: Mapping[str, tuple[float, float]], n: int, seed: int = 0) -> list[Point]:
    """Return *n* points that fill the box between *bounds* evenly: a scrambled Sobol sequence.

    *n* is a power of two, or the points lose their balance. The same *seed* gives the same
    points. Source: I. M. Sobol', USSR Comput. Math. Math. Phys. 7, 1967,
    doi 10.1016/0041-5553(67)90144-9; A. B. Owen, J. Complexity 14, 1998,
    doi 10.1006/jcom.1998.0487.

    >>> points = sobol({"machines.mill-1.feed_override": (80, 120)}, 4)
    >>> sorted(int(point["machines.mill-1.feed_override"]) // 10 for point in points)
    [8, 9, 10, 11]
    """
    from scipy.stats import qmc

    n, seed = whole("n", n, most=MOST_RUNS), whole("seed", seed)
    if n < 1 or n & (n - 1):
        near = 1 << max(n - 1, 0).bit_length()
        raise InvalidInput(f"sobol: n must be a power of two, such as {near} (got {n})")
    if not bounds:
        raise InvalidInput("sobol: needs at least one name with its bounds")
    for name, (low, high) in bounds.items():
        if not low < high:
            raise InvalidInput(f"sobol {name}: must be (low, high) (got ({low}, {high}))")
    lows, highs = zip(*bounds.values(), strict=True)
    unit = qmc.Sobol(len(bounds), scramble=True, rng=seed).random(n)
    rows = qmc.scale(unit, lows, highs).tolist()
    return [dict(zip(bounds, row, strict=True)) for row in rows]


def _crossed(grid: Mapping[str, Sequence[object]]) -> list[Point]:
    lists = [_listed(name, values) for name, values in grid.items()]
    return [dict(zip(grid, row, strict=True)) for row in product(*lists)]


def _listed(name: str, values: Any) -> list[object]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInput(f"grid {name}: must be a list of values (got {values!r})")
    return [_plain(value) for value in values]


def _plain(value: Any) -> object:
    """Return *value* as Python has it: a number of numpy is one of Python's."""
    return value.item() if hasattr(value, "item") else value
