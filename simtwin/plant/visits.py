"""This module holds the visits: how often a piece comes to each operation, scrap and rework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simtwin.plant.model import ProductSpec


def visits(product: ProductSpec) -> tuple[float, ...]:
    """Return the mean number of visits to each operation for one good piece of *product* [-].

    What is scrapped is released again. From operation i a piece goes on with the probability
    1 - scrap - share and back with the probability share, so that the visits of one released
    piece solve ``v = e + P' v``; over the share that ends good they are those of a good piece.
    A bound on how often it may go back is not looked at: then they are at most these before
    the release of another for what it makes scrap.
    Source: absorbing Markov chains, Kemeny & Snell, Finite Markov Chains, 1960, ch. 3.

    >>> from simtwin.plant.model import OperationSpec, ProductSpec, ReworkSpec
    >>> turn = OperationSpec("turn", ("lathe",), (), scrap=0.2)
    >>> grind = OperationSpec("grind", ("grinder",), (), rework=ReworkSpec(0.5, 1))
    >>> [round(number, 6) for number in visits(ProductSpec("shaft", (turn, grind)))]
    [1.25, 2.0]
    """
    operations = product.operations
    if not any(operation.judged for operation in operations):
        return (1.0,) * len(operations)
    size = len(operations)
    goes = np.zeros((size, size))
    on = np.ones(size)
    for index, operation in enumerate(operations):
        rework = operation.rework
        on[index] -= operation.scrap
        if rework is not None:
            on[index] -= rework.share
            goes[index, rework.to] += rework.share
        if index + 1 < size:
            goes[index, index + 1] += on[index]
    released = np.zeros(size)
    released[0] = 1.0
    mean = np.linalg.solve(np.eye(size) - goes.T, released)
    good = mean[-1] * on[-1]
    return tuple((mean / good).tolist())


def released(product: ProductSpec) -> float:
    """Return how many pieces of *product* are released for one that ends good [-].

    >>> from simtwin.plant.model import OperationSpec, ProductSpec
    >>> released(ProductSpec("pin", (OperationSpec("turn", ("lathe",), (), scrap=0.2),)))
    1.25
    """
    often = visits(product)
    back = sum(
        number * operation.rework.share
        for number, operation in zip(often, product.operations, strict=True)
        if operation.rework is not None and operation.rework.to == 0
    )
    return often[0] - back
