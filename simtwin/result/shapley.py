"""This module holds Shapley's shares: what each of a few groups contributes to a difference.

A value is asked for every set of groups that are *as they were*, the others at nominal: 2^k
values, in practice counterfactual runs on the same luck. Known answers: ORACLES J15.
Source: L. S. Shapley, "A value for n-person games", Annals of Mathematics Studies 28, 1953,
doi 10.1515/9781400881970-018.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import factorial, fsum, isfinite, log
from typing import TYPE_CHECKING, Literal

from simtwin.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 6
"""Groups at most: every further one doubles the runs."""


def coalitions(groups: Sequence[str]) -> list[frozenset[str]]:
    """Return the sets of *groups* whose values are asked, the smallest first.

    >>> [sorted(some) for some in coalitions(["load", "speed"])]
    [[], ['load'], ['speed'], ['load', 'speed']]
    """
    if not 1 <= len(groups) <= MOST:
        raise InvalidInput(f"there must be 1 to {MOST} groups (got {len(groups)})")
    if len(set(groups)) < len(groups):
        raise InvalidInput(f"groups must have different names (got {', '.join(groups)})")
    return [
        frozenset(some)
        for size in range(len(groups) + 1)
        for some in combinations(groups, size)
    ]


def contributions(
    groups: Sequence[str],
    value: Callable[[frozenset[str]], float],
    *,
    scale: Literal["linear", "log"] = "linear",
) -> dict[str, float]:
    """Return what each of *groups* contributes; the sum is value(all) - value(none).

    ``phi_i = sum over S of |S|! (k - |S| - 1)! / k! (v(S + i) - v(S))``. Factors that multiply
    are told apart on the *log* scale: there the sum is ``log(value(all) / value(none))``. Each
    value is asked once.

    >>> factors = {"load": 2.0, "speed": 1.5}
    >>> def wear(there):
    ...     product = 1.0
    ...     for name in sorted(there):
    ...         product *= factors[name]
    ...     return product
    >>> contributions(["load", "speed"], wear)
    {'load': 1.25, 'speed': 0.75}
    """
    count = len(groups)
    sets = coalitions(groups)
    worth = _asked(value, scale)

    def weight(size: int) -> float:
        return factorial(size) * factorial(count - size - 1) / factorial(count)

    return {
        group: fsum(
            weight(len(some)) * (worth(some | {group}) - worth(some))
            for some in sets
            if group not in some
        )
        for group in groups
    }


def shares(contributed: dict[str, float]) -> dict[str, float]:
    """Return what was *contributed* as shares of the whole, which sum to 1.

    A share may be negative, or above 1, where groups work against each other.

    >>> shares({"load": 1.25, "speed": 0.75})
    {'load': 0.625, 'speed': 0.375}
    """
    whole = fsum(contributed.values())
    if whole == 0.0:
        raise OutOfRange("there is no difference to share: the contributions sum to 0")
    return {group: part / whole for group, part in contributed.items()}


def without_one(
    groups: Sequence[str], value: Callable[[frozenset[str]], float]
) -> dict[str, float]:
    """Return by how much the value falls when one of *groups* alone is set to nominal.

    These effects answer "what if only this had been right". They are no shares: where groups
    work together their sum is not the difference, and is counted twice.

    >>> product = {0: 1.0, 1: 2.0, 2: 4.0}  # two factors of 2
    >>> without_one(["load", "speed"], lambda there: product[len(there)])
    {'load': 2.0, 'speed': 2.0}
    """
    coalitions(groups)
    worth = _asked(value, "linear")
    whole = frozenset(groups)
    return {group: worth(whole) - worth(whole - {group}) for group in groups}


def _asked(
    value: Callable[[frozenset[str]], float], scale: Literal["linear", "log"]
) -> Callable[[frozenset[str]], float]:
    """Return *value* on its *scale*, asked once for each set and refused where it is none."""

    @cache
    def worth(some: frozenset[str]) -> float:
        found = value(some)
        if not isfinite(found) or (scale == "log" and found <= 0.0):
            need = "finite" if scale == "linear" else "positive and finite on the log scale"
            named = ", ".join(sorted(some)) or "no group"
            raise OutOfRange(f"the value with {named} must be {need} (got {found})")
        return log(found) if scale == "log" else found

    return worth
