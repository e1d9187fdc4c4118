"""This module holds the topology: who feeds whom, as a directed graph."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import networkx as nx

from simtwin.names import EXIT, RELEASE

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, TransportSpec

ORDERS = "orders"
SINK = "sink"


def topology(model: PlantModel) -> nx.DiGraph[str]:
    """Return the plant as a graph whose flow runs from orders and sources to the sink.

    Nodes are ``orders``, ``source:NAME``, ``station:NAME``, ``machine:NAME`` and ``sink``, each
    with its ``kind`` and with what its type in the plant has, under the same names: a station
    its machines and capacity, a machine its parts and times. A flow edge carries ``products``,
    the names of what takes it; an edge that only pieces take which are sent back has the kind
    ``rework``, and one from a station to each of its machines the kind ``member``. Where ways
    take time, each way carries its mean ``seconds``. The graph itself has the rest of the
    plant: name, products with their operations, tools, crew, ambient. All of it makes the plant
    again (``from_topology``).
    """
    graph: nx.DiGraph[str] = nx.DiGraph(**attributes(model, "machines", "stations", "sources"))
    graph.add_node(SINK, kind="sink")
    for station in model.stations:
        graph.add_node(f"station:{station.name}", kind="station", **attributes(station, "name"))
    for machine in model.machines:
        node = f"machine:{machine.name}"
        plain = machine.spindle is None
        graph.add_node(node, kind="machine", plain=plain, **attributes(machine, "name"))
        graph.add_edge(f"station:{machine.station}", node, kind="member", products=())
    sources: dict[str, list[str]] = {}
    for source in model.sources:
        name = f"source:{source.name}"
        graph.add_node(name, kind="source", **attributes(source, "name"))
        sources.setdefault(source.product, []).append(name)
    for product in model.products:
        starts = sources.get(product.name)
        if starts is None:
            graph.add_node(ORDERS, kind="orders")
            starts = [ORDERS]
        here = starts
        for operation in product.operations:
            there = [f"station:{name}" for name in operation.stations]
            _join(graph, here, there, product.name)
            here = there
        _join(graph, here, [SINK], product.name)
    _rework(graph, model)
    if model.transport is not None:
        _measure(graph, model.transport)
    return graph


def attributes(thing: Any, *but: str) -> dict[str, Any]:
    """Return the fields of a part of a plant with their values, *but* some."""
    return {f.name: getattr(thing, f.name) for f in fields(thing) if f.name not in but}


def _rework(graph: nx.DiGraph[str], model: PlantModel) -> None:
    """Draw the ways on which pieces are only sent back."""
    for product in model.products:
        for operation in product.operations:
            if operation.rework is not None:
                back = product.operations[operation.rework.to]
                tails, heads = (
                    [f"station:{name}" for name in one.stations] for one in (operation, back)
                )
                _join(graph, tails, heads, product.name, kind="rework")


def _measure(graph: nx.DiGraph[str], transport: TransportSpec) -> None:
    """Give each way between stations, from release and to the exit its mean time [s]."""
    for tail, head, data in graph.edges(data=True):
        if data["kind"] != "member":
            station = tail.startswith("station:")
            origin = tail.removeprefix("station:") if station else RELEASE
            leg = transport.leg(origin, EXIT if head == SINK else head.removeprefix("station:"))
            data["seconds"] = 0.0 if leg is None else leg.mean


def flow(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """Return *graph* without the machines: stations, their feeders and the sink."""
    machines = [node for node, data in graph.nodes.items() if data["kind"] == "machine"]
    result: nx.DiGraph[str] = nx.DiGraph(graph)
    result.remove_nodes_from(machines)
    return result


def unreached(model: PlantModel) -> list[str]:
    """Return the machines that no product ever reaches."""
    graph = topology(model)
    starts = [n for n, data in graph.nodes.items() if data["kind"] in ("orders", "source")]
    reached: set[str] = set()
    for start in starts:
        reached |= nx.descendants(graph, start)
    return [m.name for m in model.machines if f"machine:{m.name}" not in reached]


def loops(model: PlantModel) -> list[list[str]]:
    """Return the groups of stations between which pieces can circle, in order of name."""
    graph = flow(topology(model))
    parts = [sorted(part) for part in nx.strongly_connected_components(graph)]
    circling = [part for part in parts if len(part) > 1 or graph.has_edge(part[0], part[0])]
    return sorted([node.removeprefix("station:") for node in part] for part in circling)


def rings(model: PlantModel) -> frozenset[str]:
    """Return the stations of limited room that can come to wait for each other in a circle.

    Ways on which pieces are only sent back count; one from a station to itself does not, for
    such a piece takes the place that its leaving frees.
    """
    limited = [s for s in model.stations if s.capacity is not None or s.kanban is not None]
    if len(limited) < 2:
        return frozenset()
    graph = topology(model).subgraph(f"station:{s.name}" for s in limited)
    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    return frozenset(node.removeprefix("station:") for part in parts for node in part)


def station_depth(model: PlantModel) -> dict[str, int]:
    """Return how many steps each station lies before the sink; in a loop all lie alike.

    Ways on which pieces are only sent back do not count.

    The longest way through the condensation, so a station is always deeper than those it
    feeds, loops apart. A station on no route has depth 0.
    """
    onward = flow(topology(model))
    back = [edge for edge, data in onward.edges.items() if data["kind"] == "rework"]
    onward.remove_edges_from(back)
    condensed: Any = nx.condensation(onward)
    depth: dict[int, int] = {}
    for part in reversed(list(nx.topological_sort(condensed))):
        after = [depth[other] for other in condensed.successors(part)]
        depth[part] = 1 + max(after) if after else 0
    mapping: dict[str, int] = condensed.graph["mapping"]
    return {s.name: depth[mapping[f"station:{s.name}"]] for s in model.stations}


def _join(
    graph: nx.DiGraph[str],
    tails: list[str],
    heads: list[str],
    product: str,
    *,
    kind: str = "flow",
) -> None:
    for tail in tails:
        for head in heads:
            if not graph.has_edge(tail, head):
                graph.add_edge(tail, head, kind=kind, products=())
            products: tuple[str, ...] = graph.edges[tail, head]["products"]
            if product not in products:
                graph.edges[tail, head]["products"] = (*products, product)
