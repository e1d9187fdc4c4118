"""This module holds the visits: how often a piece comes to each operation, scrap and rework."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simtwin.plant.model import ProductSpec

RARE = 1e-15
"""Shares of the pieces that are not followed any further [-]."""


def visits(product: ProductSpec) -> tuple[float, ...]:
    """Return the mean number of visits to each operation for one good piece of *product* [-].

    What is scrapped is released again. From operation i a piece goes on with the probability
    1 - scrap - share and back with the probability share, so that the visits of one released
    piece solve ``v = e + P' v``; over the share that ends good they are those of a good piece.
    Where it may go back a number of times at most, the pieces that were sent back equally often
    are a chain of their own, which feeds that of one time more; beyond it they are scrap. Where
    none ends good, the visits are infinite.
    Source: absorbing Markov chains, Kemeny & Snell, Finite Markov Chains, 1960, ch. 3.

    >>> from simtwin.plant.model import OperationSpec, ProductSpec, ReworkSpec
    >>> turn = OperationSpec("turn", ("lathe",), (), scrap=0.2)
    >>> grind = OperationSpec("grind", ("grinder",), (), rework=ReworkSpec(0.5, 1))
    >>> [round(number, 6) for number in visits(ProductSpec("shaft", (turn, grind)))]
    [1.25, 2.0]
    >>> once = OperationSpec("grind", ("grinder",), (), rework=ReworkSpec(0.5, 0, most=1))
    >>> [round(number, 6) for number in visits(ProductSpec("pin", (once,)))]  # 1.5 over 0.75
    [2.0]
    """
    often, good = _of_one_released(product)
    return tuple(number / good if good > 0.0 else inf for number in often.tolist())


def released(product: ProductSpec) -> float:
    """Return how many pieces of *product* are released for one that ends good [-].

    >>> from simtwin.plant.model import OperationSpec, ProductSpec, ReworkSpec
    >>> released(ProductSpec("pin", (OperationSpec("turn", ("lathe",), (), scrap=0.2),)))
    1.25
    >>> once = OperationSpec("grind", ("grinder",), (), rework=ReworkSpec(0.5, 0, most=1))
    >>> round(released(ProductSpec("pin", (once,))), 6)  # Three of four end good.
    1.333333
    """
    _, good = _of_one_released(product)
    return 1.0 / good if good > 0.0 else inf


def passes(product: ProductSpec) -> tuple[float, ...]:
    """Return the mean number of visits to each operation for one released piece of *product*.

    >>> from simtwin.plant.model import OperationSpec, ProductSpec
    >>> turn = OperationSpec("turn", ("lathe",), (), scrap=0.2)
    >>> passes(ProductSpec("pin", (turn, OperationSpec("bore", ("drill",), ()))))
    (1.0, 0.8)
    """
    often, _ = _of_one_released(product)
    return tuple(often.tolist())


def loses_all(product: ProductSpec) -> str | None:
    """Say why no piece of *product* ever ends good; None: some do.

    >>> from simtwin.plant.model import OperationSpec, ProductSpec
    >>> loses_all(ProductSpec("pin", (OperationSpec("turn", ("lathe",), (), scrap=1.0),)))
    "no piece of 'pin' ends good, turn scraps them all"
    """
    if released(product) < inf:
        return None
    told = f"no piece of {product.name!r} ends good"
    all_of = [one.name for one in product.operations if one.scrap >= 1.0]
    return f"{told}, {all_of[0]} scraps them all" if all_of else told


def _of_one_released(product: ProductSpec) -> tuple[NDArray[np.float64], float]:
    """Return the visits of one released piece, and how likely it ends good [-]."""
    operations = product.operations
    size = len(operations)
    if not any(operation.judged for operation in operations):
        return np.ones(size), 1.0
    goes, on = _chain(product)
    inverse = np.linalg.inv(np.eye(size) - goes.T)
    counted = [i for i, one in enumerate(operations) if one.rework and one.rework.most]
    begin = np.zeros(size)
    begin[0] = 1.0
    waves = {(0,) * len(counted): begin}
    often = np.zeros(size)
    while waves:
        sent = min(waves, key=lambda times: (sum(times), times))
        seen = inverse @ waves.pop(sent)
        often += seen
        for place, index in enumerate(counted):
            rework = operations[index].rework
            assert rework is not None, "it is counted"
            assert rework.most is not None, "it is counted"
            share = seen[index] * rework.share
            if sent[place] < rework.most and share > RARE:
                more = (*sent[:place], sent[place] + 1, *sent[place + 1 :])
                waves.setdefault(more, np.zeros(size))[rework.to] += share
    return often, float(often[-1] * on[-1])


def _chain(product: ProductSpec) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how likely a piece goes from one operation to another, and on at all [-].

    The ways back that are counted lead out of this chain.
    """
    operations = product.operations
    size = len(operations)
    goes, on = np.zeros((size, size)), np.ones(size)
    for index, operation in enumerate(operations):
        rework = operation.rework
        on[index] -= operation.scrap
        if rework is not None:
            on[index] -= rework.share
            if rework.most is None:
                goes[index, rework.to] += rework.share
        if index + 1 < size:
            goes[index, index + 1] += on[index]
    return goes, on
