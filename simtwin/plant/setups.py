"""This module holds the setups of a plan: how many hours of them there must be, and may be.

How many there are the dispatching decides: orders of one family may follow each other with one
setup for all, or alternate with one for each piece. Both ends are bounds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simtwin.plant.routing import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.plant.model import PlantModel, ProductSpec, StartState

Asked = tuple[str, int]
"""A product, and the number of one of its operations."""


def setup_times(model: PlantModel, product: ProductSpec, operation: int) -> tuple[float, ...]:
    """Return the times to set a machine up for an *operation*: from nothing, from each family.

    >>> from simtwin.plant.model import OperationSpec, PlantModel, ProductSpec
    >>> route = tuple(OperationSpec(name, ("m",), ()) for name in "abc")
    >>> matrix = {"p/b": {"p/a": 60.0}, "*": {"p/a": 120.0}}
    >>> part = ProductSpec("p", route)
    >>> shop = PlantModel("shop", (), (), (), (part,), setup_matrix=matrix)
    >>> setup_times(shop, part, 0), setup_times(shop, part, 1)
    ((120.0, 60.0, 120.0), (0.0, 0.0, 0.0))
    """
    family, matrix = product.families[operation], model.setup_matrix
    common = matrix.get(ANY, {}).get(family, product.operations[operation].setup)
    others = [other for other in model.families if other != family]
    return (common, *(matrix.get(other, {}).get(family, common) for other in others))


def least_setups(
    model: PlantModel, start: StartState, pieces: Mapping[Asked, float]
) -> dict[Asked, float]:
    """Return the least time of setups that each piece of an operation has a part in [s].

    Each family needs one setup at least, at any of the stations that its work can share, unless
    a machine there is set up for it already. *pieces* is how many each operation is asked for.
    """
    products = {product.name: product for product in model.products}
    families: dict[str, list[Asked]] = defaultdict(list)
    for (name, operation), count in pieces.items():
        if count > 0.0:
            families[products[name].families[operation]].append((name, operation))
    ready = _set_up(model, start)
    found: dict[Asked, float] = {}
    for family, asked in families.items():
        for members, stations in _together(products, asked):
            once = min(min(setup_times(model, products[p], k)) for p, k in members)
            there = any(family in ready.get(station, ()) for station in stations)
            count = sum(pieces[one] for one in members)
            found |= dict.fromkeys(members, 0.0 if there else once / max(count, 1.0))
    return found


def most_setups(model: PlantModel, asked: Iterable[tuple[str, int, float]]) -> float:
    """Return the time of setups if each piece of every operation *asked* for needs one [s]."""
    products = {product.name: product for product in model.products}
    return sum(count * max(setup_times(model, products[p], k)) for p, k, count in asked)


def _together(
    products: Mapping[str, ProductSpec], asked: Iterable[Asked]
) -> Iterator[tuple[list[Asked], set[str]]]:
    """Yield operations of one family that one setup may serve, with their stations."""
    groups: list[tuple[list[Asked], set[str]]] = []
    for name, operation in asked:
        members = [(name, operation)]
        stations = {*products[name].operations[operation].stations}
        apart = []
        for others, places in groups:
            if places & stations:
                members, stations = others + members, places | stations
            else:
                apart.append((others, places))
        groups = [*apart, (members, stations)]
    yield from groups


def _set_up(model: PlantModel, start: StartState) -> dict[str, set[str]]:
    """Return the families that some machine of each station is set up for at the start."""
    home = {machine.name: machine.station for machine in model.machines}
    found: dict[str, set[str]] = defaultdict(set)
    for machine, family in start.families.items():
        found[home[machine]].add(family)
    return found
