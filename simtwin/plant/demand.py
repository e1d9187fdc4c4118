"""This module holds the demand: pieces that need an operation, out of orders and sources."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.plant.cut import steps_time
from simtwin.plant.setups import chance_setups, followed_by_chance, least_setups, set_up
from simtwin.plant.visits import released, visits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.model import (
        OrderSpec,
        PlantModel,
        ProductSpec,
        Scenario,
        SourceSpec,
        WorkInProgress,
    )


@dataclass(frozen=True, slots=True)
class Demand:
    """Pieces that need one operation, at any of *stations*."""

    product: str
    operation: int
    stations: tuple[str, ...]
    pieces: float
    endless: bool = False
    setup: float = 0.0
    """Part of one piece of the setups that there must be [s]."""
    setup_second: float = 0.0
    """Second moment of its setup where pieces follow each other by chance [s^2]."""
    standing: bool = False
    """Whether it is there already."""


def demands_of(
    model: PlantModel, scenario: Scenario | None, span: float | None
) -> tuple[list[Demand], list[str]]:
    """Return what is to be made, and in words what of it no number can be given of."""
    products = {product.name: product for product in model.products}
    often = {product.name: visits(product) for product in model.products}
    pieces: dict[tuple[str, int], float] = defaultdict(float)
    ordered: dict[tuple[str, int], float] = defaultdict(float)
    standing: list[Demand] = []
    for order in scenario.orders if scenario is not None else ():
        assert scenario is not None
        product = products[order.product]
        needed, here = remaining(order, product, scenario.start_from.work)
        for index, count in needed.items():
            pieces[order.product, index] += count * often[order.product][index]
        standing += [_standing(item, product, model) for item in here]
    ordered |= pieces
    endless = [source for source in model.sources if source.interarrival is None]
    for source in model.sources:
        if source.interarrival is not None and span is not None:
            for index in range(len(products[source.product].operations)):
                visited = often[source.product][index] / released(products[source.product])
                pieces[source.product, index] += visited * _arriving(source, span)
    setups = {} if scenario is None else least_setups(model, set_up(model, scenario), ordered)
    one = endless[0].product if len(endless) == 1 else None
    chance = {}
    if model.needs_setups and model.sources and followed_by_chance(model, scenario):
        chance = chance_setups(model, pieces)
        setups = {asked: mean for asked, (mean, _) in chance.items()}
    found = [
        Demand(
            product.name,
            index,
            operation.stations,
            pieces[product.name, index],
            product.name == one,
            setups.get((product.name, index), 0.0),
            chance.get((product.name, index), (0.0, 0.0))[1],
        )
        for product in model.products
        for index, operation in enumerate(product.operations)
        if pieces[product.name, index] > 0.0 or product.name == one
    ]
    unknown = []
    if len(endless) > 1:
        names = ", ".join(sorted((source.name for source in endless), key=natural))
        unknown.append(
            f"sources {names} never end: how they share the machines, only a run can tell"
        )
    return found + standing, unknown


def remaining(
    order: OrderSpec, product: ProductSpec, work: Iterable[WorkInProgress]
) -> tuple[Counter[int], tuple[WorkInProgress, ...]]:
    """Return how many pieces of *order* still need each operation, and those that stand in one.

    Pieces in progress need only what comes after; those before them in number are done.

    >>> from simtwin.plant.model import OperationSpec, OrderSpec, ProductSpec, WorkInProgress
    >>> route = tuple(OperationSpec(name, (), ()) for name in ("a", "b"))
    >>> here = [WorkInProgress("o", 2, "b")]
    >>> remaining(OrderSpec("o", "p", 5), ProductSpec("p", route), here)[0]
    Counter({0: 3, 1: 3})
    """
    here = tuple(item for item in work if item.order == order.name)
    names = [operation.name for operation in product.operations]
    untouched = order.quantity - max((item.piece for item in here), default=0)
    needed = Counter(dict.fromkeys(range(len(names)), untouched))
    for item in here:
        needed.update(range(names.index(item.operation) + 1, len(names)))
    return needed, here


def asked_for(model: PlantModel, scenario: Scenario) -> list[ProductSpec]:
    """Return the products that somebody asks for; all, where nobody is known to."""
    asked = {order.product for order in scenario.orders}
    asked |= {source.product for source in model.sources}
    return [product for product in model.products if not asked or product.name in asked]


def _arriving(source: SourceSpec, span: float) -> float:
    """Return how many pieces *source* brings in a *span*, on average."""
    assert source.interarrival is not None
    mean = source.interarrival.mean
    return span / mean if 0.0 < mean < inf else 0.0


def _standing(item: WorkInProgress, product: ProductSpec, model: PlantModel) -> Demand:
    """Return what a piece that stands in an operation still asks of the station where it is."""
    index = [operation.name for operation in product.operations].index(item.operation)
    operation = product.operations[index]
    station = item.station or operation.stations[0]
    part = 1.0
    if item.machine is not None:
        machine = next(m for m in model.machines if m.name == item.machine)
        station = machine.station
        tools = {tool.name: tool for tool in model.tools}
        whole = steps_time(operation.at(station), tools)
        if item.left is not None and whole > 0.0:
            part = item.left / whole
    return Demand(product.name, index, (station,), part, standing=True)
