"""This module holds the ways of products through a graph drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.plant.craft import law_of
from simtwin.plant.topology import ORDERS, SINK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import networkx as nx

PRODUCT = "part"
"""What goes along edges that do not say."""

Step = tuple[str, str | list[str], Any]
"""Name, station or alternatives, and time of an operation."""


def routes_drawn(
    graph: nx.DiGraph[Any], kinds: Mapping[Any, str], name_of: Callable[[Any], str]
) -> dict[str, list[Step]]:
    """Return the operations of each product: name, stations (alternatives), time."""
    routes: dict[str, list[Step]] = {}
    for product in _products(graph, kinds):
        steps: list[Step] = []
        here = _first(graph, kinds, product)
        seen: set[Any] = set()
        while here:
            if seen & set(here):
                again = ", ".join(str(node) for node in here if node in seen)
                raise InvalidInput(
                    f"product {product!r} comes to {again} again: write its route into "
                    "graph.graph['routes']"
                )
            seen |= set(here)
            names = [name_of(node) for node in here]
            steps.append((f"op{len(steps) + 1}", names, _time(graph, here, product)))
            here = _next(graph, kinds, here, product)
        routes[product] = steps
    return routes


def _products(graph: nx.DiGraph[Any], kinds: Mapping[Any, str]) -> list[str]:
    """Return the products of all flow edges, as they are first met."""
    carried = (
        product
        for tail, head in graph.edges
        if "machine" not in (kinds[tail], kinds[head])
        for product in _carried(graph, tail, head)
    )
    found = list(dict.fromkeys(carried))
    alone = [node for node, kind in kinds.items() if kind == "station"]
    if not found and len(alone) > 1:
        raise InvalidInput(f"no edge leads from {alone[0]!r} to another station")
    return found or [PRODUCT]


def _carried(graph: nx.DiGraph[Any], tail: Any, head: Any) -> tuple[str, ...]:
    data = graph.edges[tail, head]
    if data.get("kind", "flow") != "flow":
        return ()
    given = data.get("products", PRODUCT)
    return (given,) if isinstance(given, str) else tuple(given)


def _first(graph: nx.DiGraph[Any], kinds: Mapping[Any, str], product: str) -> list[Any]:
    """Return the stations where *product* begins: behind orders and sources, or before all."""
    feeders = [node for node, kind in kinds.items() if kind in ("source", ORDERS)]
    begun = _next(graph, kinds, feeders, product, alike=False)
    if begun:
        return begun
    stations = [node for node, kind in kinds.items() if kind == "station"]
    touched = [n for n in stations if _touches(graph, n, product)] or stations
    begun = [
        node
        for node in touched
        if not any(product in _carried(graph, tail, node) for tail in graph.predecessors(node))
    ]
    if not begun:
        raise InvalidInput(f"product {product!r} begins nowhere: no station comes first")
    return begun


def _touches(graph: nx.DiGraph[Any], node: Any, product: str) -> bool:
    edges = (*graph.in_edges(node), *graph.out_edges(node))
    return any(product in _carried(graph, tail, head) for tail, head in edges)


def _next(
    graph: nx.DiGraph[Any],
    kinds: Mapping[Any, str],
    here: list[Any],
    product: str,
    *,
    alike: bool = True,
) -> list[Any]:
    """Return the stations to which *product* goes from those where it is; none: it is done."""
    ways = [
        {
            head
            for head in graph.successors(node)
            if kinds[head] in ("station", SINK) and product in _carried(graph, node, head)
        }
        for node in here
    ]
    if alike and any(way - {SINK} != ways[0] - {SINK} for way in ways):
        raise InvalidInput(
            f"product {product!r} goes different ways from {' and '.join(map(str, here))}: "
            "write its route into graph.graph['routes']"
        )
    reached = {head for way in ways for head in way if kinds[head] == "station"}
    if alike and reached and any(kinds[head] == SINK for way in ways for head in way):
        raise InvalidInput(f"product {product!r} both leaves and goes on behind {here[0]!r}")
    return [node for node in graph if node in reached]


def _time(graph: nx.DiGraph[Any], here: list[Any], product: str) -> Any:
    """Return the time of *product* at the stations *here*: one for all, or one for each."""
    found = []
    for node in here:
        data = graph.nodes[node]
        times = data.get("times", {})
        if product not in times and "time" not in data:
            raise InvalidInput(f"node {node!r}: time: how long does {product!r} take there?")
        found.append(law_of(times.get(product, data.get("time")), f"node {node!r}: time"))
    return found[0] if all(time == found[0] for time in found) else found
