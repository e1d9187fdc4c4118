"""This module holds the setups of a plan: how many hours of them there must be, and may be.

How many there are the dispatching decides: orders of one family may follow each other with one
setup for all, or alternate with one for each piece. Both ends are bounds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from simtwin.physics.life import Exponential
from simtwin.plant.routing import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simtwin.plant.model import PlantModel, ProductSpec, Scenario, StartState

MOST_IN_ORDER = 8
"""Families at one station whose best order is looked for; of more each counts for itself."""

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
    others = [other for other in model.families if other != product.families[operation]]
    return tuple(setup_time(model, product, operation, before) for before in (None, *others))


def setup_time(
    model: PlantModel, product: ProductSpec, operation: int, before: str | None
) -> float:
    """Return the time to set a machine up for an *operation* that was set up for *before* [s].

    None: for nothing.
    """
    family, matrix = product.families[operation], model.setup_matrix
    common = matrix.get(ANY, {}).get(family, product.operations[operation].setup)
    return common if before is None else matrix.get(before, {}).get(family, common)


def least_setups(
    model: PlantModel, start: StartState, pieces: Mapping[Asked, float]
) -> dict[Asked, float]:
    """Return the least time of setups that each piece of an operation has a part in [s].

    Each family needs one setup at least, at any of the stations that its work can share, unless
    a machine there is set up for it already. Families that are made at one station only follow
    each other in the best order, if they are not many and its machines begin set up for
    nothing. *pieces* is how many each operation is asked for.
    """
    products = {product.name: product for product in model.products}
    families: dict[str, list[Asked]] = defaultdict(list)
    for (name, operation), count in pieces.items():
        if count > 0.0:
            families[products[name].families[operation]].append((name, operation))
    ready = _set_up(model, start)
    found: dict[Asked, float] = {}
    alone: dict[str, list[tuple[str, list[Asked]]]] = defaultdict(list)
    for family, asked in families.items():
        for members, stations in _together(products, asked):
            once = min(min(setup_times(model, products[p], k)) for p, k in members)
            there = any(family in ready.get(station, ()) for station in stations)
            count = sum(pieces[one] for one in members)
            found |= dict.fromkeys(members, 0.0 if there else once / max(count, 1.0))
            if len(stations) == 1:
                alone[next(iter(stations))].append((family, members))
    for station, groups in alone.items():
        if 1 < len(groups) <= MOST_IN_ORDER and not ready.get(station):
            for (_, members), once in zip(
                groups, _in_order(model, station, groups), strict=True
            ):
                count = sum(pieces[one] for one in members)
                found |= dict.fromkeys(members, once / max(count, 1.0))
    return found


def set_up(model: PlantModel, scenario: Scenario) -> StartState:
    """Return the start of *scenario*, machines with a piece in hand set up for its family."""
    start = scenario.start_from
    asked = {order.name: order.product for order in scenario.orders}
    products = {product.name: product for product in model.products}
    in_hand = {}
    for item in start.work:
        if item.machine is not None and item.order in asked:
            product = products[asked[item.order]]
            names = [operation.name for operation in product.operations]
            in_hand[item.machine] = product.families[names.index(item.operation)]
    return replace(start, families={**start.families, **in_hand})


def _in_order(
    model: PlantModel, station: str, groups: list[tuple[str, list[Asked]]]
) -> list[float]:
    """Return the setup of each family of *groups* in the order in which all take least [s].

    What else may be made at the *station* may come before any of them.
    """
    products = {product.name: product for product in model.products}
    own = [family for family, _ in groups]
    others = {
        family
        for product in model.products
        for family, operation in zip(product.families, product.operations, strict=True)
        if station in operation.stations and family not in own
    }

    def least(before: str | None, members: list[Asked]) -> float:
        return min(setup_time(model, products[p], k, before) for p, k in members)

    fresh = [least(None, members) for _, members in groups]
    free = [min((least(o, m) for o in others), default=inf) for _, m in groups]
    between = [[least(before, members) for _, members in groups] for before in own]
    machines = next(len(s.machines) for s in model.stations if s.name == station)
    return shortest(fresh, free, between, machines)


def shortest(
    fresh: list[float], free: list[float], between: list[list[float]], machines: int
) -> list[float]:
    """Return the time before each of some families where all of them together take least.

    *fresh* is each one's time on a machine that begins with it, of which there are *machines*,
    ``between[a][b]`` the time from a to b, and *free* from something else that may come. Held &
    Karp, "A dynamic programming approach to sequencing problems", J. SIAM 10, 1962.

    >>> from math import inf
    >>> shortest([10.0, 10.0], [inf, inf], [[inf, 30.0], [60.0, inf]], 1)
    [10.0, 30.0]
    """
    count = len(fresh)
    begun = {(0, 0, 0): (0.0, (0.0,) * count)}
    """Families that are done, the last, machines that have begun: time, and that of each."""
    for _ in range(count):
        longer: dict[tuple[int, int, int], tuple[float, tuple[float, ...]]] = {}
        for (done, last, starts), (total, times) in begun.items():
            for new in (n for n in range(count) if not done >> n & 1):
                ways = [(starts, free[new])]
                if starts < machines:
                    ways.append((starts + 1, fresh[new]))
                if done:
                    ways.append((starts, between[last][new]))
                for after, time in ways:
                    key = done | 1 << new, new, after
                    if total + time < longer.get(key, (inf, ()))[0]:
                        longer[key] = total + time, (*times[:new], time, *times[new + 1 :])
        begun = longer
    return list(min(begun.values())[1])


def followed_by_chance(model: PlantModel, scenario: Scenario | None) -> bool:
    """Tell whether any piece of the sources may follow any other, by its rate alone.

    So it is where all arrive at random (Poisson) and are served first come, first served,
    none before another.
    """
    by_rule = scenario is not None and (
        scenario.dispatching != "fifo" or bool(scenario.sequence) or bool(scenario.orders)
    )
    return (
        not by_rule
        and all(isinstance(source.interarrival, Exponential) for source in model.sources)
        and len({source.priority for source in model.sources}) <= 1
    )


def undecided(model: PlantModel, scenario: Scenario | None) -> tuple[str, ...]:
    """Return the stations whose setups for pieces of sources depend on who follows whom.

    Those where a machine may be set up again, and :func:`followed_by_chance` does not hold.
    """
    if not model.sources or followed_by_chance(model, scenario):
        return ()
    return tuple(
        station.name
        for station in model.stations
        if any(
            setup_time(model, product, k, family) > 0.0
            for product, k, families in _made_at(model, station.name)
            for family in families - {product.families[k]}
        )
    )


def chance_setups(
    model: PlantModel, pieces: Mapping[Asked, float]
) -> dict[Asked, tuple[float, float]]:
    """Return mean and second moment of the setup of a piece that follows any other [s, s^2].

    A family comes before it with the share of its pieces at the station; with its own there is
    no setup. Alternatives count as if used alike.

    >>> from simtwin.plant.model import OperationSpec, PlantModel, ProductSpec, StationSpec
    >>> work = OperationSpec("x", ("m",), (), setup=600.0)
    >>> parts = tuple(ProductSpec(product, (work,)) for product in "ab")
    >>> shop = PlantModel("shop", (), (StationSpec("m", ("m",)),), (), parts)
    >>> chance_setups(shop, {("a", 0): 3.0, ("b", 0): 1.0})[("a", 0)][0]
    150.0
    """
    products = {product.name: product for product in model.products}
    mix: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (name, k), count in pieces.items():
        stations = products[name].operations[k].stations
        for station in stations:
            mix[station][products[name].families[k]] += count / len(stations)
    found = {}
    for name, k in pieces:
        product, stations = products[name], products[name].operations[k].stations
        mean = second = 0.0
        for station in stations:
            total = sum(mix[station].values())
            for family, count in mix[station].items():
                if family != product.families[k] and total > 0.0:
                    share = count / total / len(stations)
                    time = setup_time(model, product, k, family)
                    mean, second = mean + share * time, second + share * time**2
        found[name, k] = mean, second
    return found


def _made_at(model: PlantModel, station: str) -> list[tuple[ProductSpec, int, set[str]]]:
    """Return the operations at *station*, each with the families of all of them."""
    here = [
        (product, k)
        for product in model.products
        for k, operation in enumerate(product.operations)
        if station in operation.stations
    ]
    families = {product.families[k] for product, k in here}
    return [(product, k, families) for product, k in here]


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
