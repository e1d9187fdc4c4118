"""This module holds the blueprint: a plant read from an annotated graph.

A graph that ``plant.topology`` gave makes that plant again: its nodes and the graph itself have
all that the plant is. One that was drawn by hand needs little:

- A node is a station, unless its ``kind`` says ``source``, ``machine``, ``orders`` or ``sink``
  (nodes called ``orders`` and ``sink`` are these). ``station:mill`` and ``mill`` have the name
  mill.
- A station has ``time``, seconds or a law, or ``times``, one for each product; ``machines``,
  names or how many, else one of its own name; ``capacity``, places in front; and fields of its
  machines, such as ``failures``, where they have no nodes.
- A source has ``interarrival``, seconds or a law; without, it never lacks a piece. ``product``
  names what it gives.
- An edge from station to station is a way of the products in its ``products``; without, of the
  one product ``part``. Stations behind which a product goes the same ways are alternatives.
- Routes that meet a station twice, or whose ways say too little, stand in the graph:
  ``graph.graph["routes"] = {"part": [("op10", "mill", 60.0), ("op20", ["a", "b"], 30.0)]}``.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from simtwin.errors import InvalidInput
from simtwin.plant.craft import checked_name, law_of, plain_operation
from simtwin.plant.model import (
    MachineSpec,
    OperationSpec,
    PlantModel,
    ProductSpec,
    SourceSpec,
    StationSpec,
)
from simtwin.plant.topology import ORDERS, SINK, topology
from simtwin.plant.ways import routes_drawn
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import networkx as nx

    from simtwin.plant.ways import Step

Spec = TypeVar("Spec")

KINDS = ("station", "machine", "source", ORDERS, SINK)
_DRAWN = frozenset(("time", "times", "plain", "kind", "name"))
_LEAST_ALIKE = 0.75


def plant_of(graph: nx.DiGraph[Any]) -> PlantModel:
    """Return the plant that *graph* describes; raise InvalidInput, naming node or edge.

    >>> import networkx as nx
    >>> graph = nx.DiGraph(name="cell")
    >>> graph.add_node("saw", time=120.0)
    >>> graph.add_node("mill", time=300.0, machines=2, capacity=4)
    >>> nx.add_path(graph, ["orders", "saw", "mill", "sink"])
    >>> plant = plant_of(graph)
    >>> [(s.name, s.machines, s.capacity) for s in plant.stations]
    [('saw', ('saw',), None), ('mill', ('mill-1', 'mill-2'), 4)]
    """
    if not graph.is_directed() or graph.is_multigraph():
        raise InvalidInput(
            "the graph must be a networkx.DiGraph: its edges say where pieces go, once each "
            f"(got a {type(graph).__name__})"
        )
    kinds = {node: _kind(node, graph.nodes[node]) for node in graph}
    machines = {_name(n, graph): graph.nodes[n] for n in graph if kinds[n] == "machine"}
    specs: dict[str, MachineSpec] = {}
    stations: list[StationSpec] = []
    for node in graph:
        if kinds[node] == "station":
            station, members = _station(node, graph, machines)
            stations.append(station)
            specs |= {member.name: member for member in members}
    _check_names(stations, specs, machines)
    given = {key: value for key, value in graph.graph.items() if key != "routes"}
    _check_keys("the graph", given, PlantModel)
    products = _products(graph, kinds, stations)
    model = _made(
        PlantModel,
        given,
        name=checked_name(given.get("name") or "plant", "name of the graph"),
        machines=tuple(specs[name] for name in dict.fromkeys((*machines, *specs))),
        stations=tuple(stations),
        tools=tuple(given.get("tools", ())),
        products=products,
        sources=tuple(_source(n, graph, products) for n in graph if kinds[n] == "source"),
    )
    _check_flow(graph, kinds, model)
    return model


def _kind(node: Any, given: Mapping[str, Any]) -> str:
    named = node if node in (ORDERS, SINK) else "station"
    prefix = str(node).partition(":")[0]
    kind: str = given.get("kind", prefix if prefix in KINDS and ":" in str(node) else named)
    if kind not in KINDS:
        raise InvalidInput(f"node {node!r}: kind: {unknown('kind', str(kind), KINDS)}")
    return kind


def _name(node: Any, graph: nx.DiGraph[Any]) -> str:
    """Return the name of a node: its own, without the kind before it."""
    given = graph.nodes[node].get("name")
    kind, mark, rest = str(node).partition(":")
    name = given if given is not None else rest if mark and kind in KINDS else str(node)
    return checked_name(name, f"node {node!r}")


def _station(
    node: Any, graph: nx.DiGraph[Any], machines: Mapping[str, Mapping[str, Any]]
) -> tuple[StationSpec, list[MachineSpec]]:
    given, name = graph.nodes[node], _name(node, graph)
    _check_keys(f"node {node!r}", given, StationSpec, MachineSpec)
    members = given.get("machines", 1)
    if isinstance(members, bool) or (isinstance(members, int) and members < 1):
        raise InvalidInput(f"node {node!r}: machines: must be names, or 1 or more")
    if isinstance(members, int):
        members = (name,) if members == 1 else tuple(f"{name}-{k + 1}" for k in range(members))
    capacity = given.get("capacity")
    if capacity is not None and (not isinstance(capacity, int) or capacity < 0):
        raise InvalidInput(f"node {node!r}: capacity: must be 0 or more (got {capacity!r})")
    specs = []
    for member in members:
        checked_name(member, f"node {node!r}: machines")
        own = machines.get(member, given)
        if own.get("station", name) != name:
            raise InvalidInput(f"machine {member!r} is at {own['station']!r}, not at {name!r}")
        _check_keys(f"machine {member!r}", own, MachineSpec, StationSpec)
        specs.append(_made(MachineSpec, own, name=member, station=name))
    return _made(StationSpec, given, name=name, machines=tuple(members)), specs


def _source(node: Any, graph: nx.DiGraph[Any], products: tuple[ProductSpec, ...]) -> SourceSpec:
    given, where = graph.nodes[node], f"node {node!r}"
    _check_keys(where, given, SourceSpec)
    names = [product.name for product in products]
    product = given.get("product", names[0] if len(names) == 1 else None)
    if product not in names:
        raise InvalidInput(f"{where}: product: {unknown('product', str(product), names)}")
    pace = given.get("interarrival")
    law = None if pace is None else law_of(pace, f"{where}: interarrival")
    if law is not None and not law.mean > 0.0:
        raise InvalidInput(f"{where}: interarrival: must be > 0 [s]")
    return _made(SourceSpec, given, name=_name(node, graph), product=product, interarrival=law)


def _products(
    graph: nx.DiGraph[Any], kinds: Mapping[Any, str], stations: list[StationSpec]
) -> tuple[ProductSpec, ...]:
    if "products" in graph.graph:
        return tuple(graph.graph["products"])
    routes = graph.graph.get("routes")
    if routes is None:
        routes = routes_drawn(graph, kinds, lambda node: _name(node, graph))
    known = [station.name for station in stations]
    return tuple(
        ProductSpec(product, tuple(_operation(product, step, known) for step in steps))
        for product, steps in routes.items()
    )


def _operation(product: str, step: Step, known: list[str]) -> OperationSpec:
    name, places, time = step
    what = f"product {product!r}, operation {name!r}"
    checked_name(name, what)
    stations = [places] if isinstance(places, str) else list(places)
    for place in stations:
        if place not in known:
            raise InvalidInput(f"{what}: {unknown('station', place, known)}")
    return plain_operation(product, name, stations, time, what)


def _made(kind: type[Spec], given: Mapping[str, Any], **own: Any) -> Spec:
    """Return a *kind* of part of a plant: its *own* fields, the rest from *given*."""
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in own:
            values[field.name] = own[field.name]
        elif field.name in given:
            values[field.name] = given[field.name]
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InvalidInput(f"{field.name} is missing")
    return kind(**values)


def _check_keys(where: str, given: Mapping[str, Any], *kinds: type) -> None:
    """Refuse an attribute that is nearly one of *kinds*; others are somebody else's."""
    valid = {field.name for kind in kinds for field in fields(kind)} | _DRAWN
    for key in given:
        if key in valid or not isinstance(key, str):
            continue
        close = difflib.get_close_matches(key, sorted(valid), n=1, cutoff=_LEAST_ALIKE)
        if close:
            raise InvalidInput(f"{where}: no attribute {key!r}; did you mean {close[0]!r}?")


def _check_names(
    stations: list[StationSpec],
    specs: Mapping[str, MachineSpec],
    machines: Mapping[str, Mapping[str, Any]],
) -> None:
    if not stations:
        raise InvalidInput("the graph has no station")
    for what, names in (
        ("stations", [station.name for station in stations]),
        ("machines", [name for station in stations for name in station.machines]),
    ):
        twice = _twice(names)
        if twice:
            raise InvalidInput(f"two {what} are called {twice[0]!r}")
    for name in machines:
        if name not in specs:
            raise InvalidInput(f"machine {name!r} is at no station")


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _check_flow(graph: nx.DiGraph[Any], kinds: Mapping[Any, str], model: PlantModel) -> None:
    """Refuse a graph whose edges are not those of its routes."""
    labels = {
        node: kind if kind in (ORDERS, SINK) else f"{kind}:{_name(node, graph)}"
        for node, kind in kinds.items()
    }
    drawn = {
        (labels[tail], labels[head])
        for tail, head, data in graph.edges(data=True)
        if data.get("kind", "flow") == "flow" and "machine" not in (kinds[tail], kinds[head])
    }
    meant = {
        (tail, head)
        for tail, head, data in topology(model).edges(data=True)
        if data["kind"] == "flow"
    }
    for tail, head in sorted(drawn - meant):
        if tail != ORDERS:  # Orders may be given to any product, also where a source is drawn.
            raise InvalidInput(f"edge {tail} -> {head}: no route takes it")
    for tail, head in sorted(meant - drawn):
        if {tail, head} <= set(labels.values()):
            raise InvalidInput(f"a route goes {tail} -> {head}: there is no such edge")
