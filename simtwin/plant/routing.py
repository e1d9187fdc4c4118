"""This module holds the routing of a plant file: programs, products and sources in SI units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx

from simtwin.names import EXIT, RELEASE
from simtwin.physics.life import Fixed
from simtwin.plant.law_schema import time_law, time_value
from simtwin.plant.model import (
    ElsewhereSpec,
    FlowSpec,
    OperationSpec,
    ProductSpec,
    ReworkSpec,
    SourceSpec,
    TransportSpec,
)
from simtwin.plant.programs import read_step, read_timed
from simtwin.plant.wording import unknown
from simtwin.units import MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.document import Document, Path
    from simtwin.plant.model import StationSpec, Step
    from simtwin.plant.plant_schema import (
        OperationFile,
        PlantFile,
        ProductFile,
    )
    from simtwin.plant.programs import Ground


def read_products(file: PlantFile, ground: Ground) -> tuple[ProductSpec, ...]:
    """Return the products of *file*, operations in an order that every ``after`` allows."""
    products: dict[str, ProductSpec] = {}
    for index, item in enumerate(file.products):
        path = ("products", index)
        if item.id in products:
            ground.document.complain((*path, "id"), f"a second product {item.id!r}")
        order = _in_order(item, path, ground.document)
        operations = tuple(_judged(item, order, step, path, ground) for step in order)
        products[item.id] = ProductSpec(item.id, operations, item.scrap_on_breakage)
    return tuple(products.values())


def read_sources(file: PlantFile, document: Document) -> tuple[SourceSpec, ...]:
    """Return the sources of *file*."""
    names = [product.id for product in file.products]
    sources: dict[str, SourceSpec] = {}
    for index, item in enumerate(file.sources):
        path = ("sources", index)
        if item.id in sources:
            document.complain((*path, "id"), f"a second source {item.id!r}")
        if item.product not in names:
            document.complain((*path, "product"), unknown("product", item.product, names))
        every = time_law(item, "every")
        if every is not None and every.cycles:
            document.complain((*path, "every"), "must be a time, not cycles")
        if every is not None and not every.law.mean > 0.0:
            document.complain(
                path, "pieces must not come all at once; the mean time between two must be > 0"
            )
        law = None if every is None else every.law
        sources[item.id] = SourceSpec(item.id, item.product, law, item.priority)
    return tuple(sources.values())


ANY = "*"
"""In a setup matrix: set up for anything, or for nothing yet."""


def read_setup_matrix(
    file: PlantFile, products: tuple[ProductSpec, ...], document: Document
) -> dict[str, dict[str, float]]:
    """Return the setup times of *file* between families [s]."""
    families = dict.fromkeys(f for product in products for f in product.families)
    matrix: dict[str, dict[str, float]] = {}
    for key, unit in (("setup_matrix_s", 1.0), ("setup_matrix_min", MINUTE)):
        for before, row in getattr(file, key).items():
            if before != ANY and before not in families:
                message = unknown("family", before, [*families, ANY])
                document.complain((key, before), message, key=True)
            for after, value in row.items():
                if after not in families:
                    message = unknown("family", after, families)
                    document.complain((key, before, after), message, key=True)
                matrix.setdefault(before, {})[after] = value * unit
    return matrix


def read_flow(file: PlantFile, document: Document) -> FlowSpec:
    """Return how *file* lets pieces in."""
    if file.flow is None:
        return FlowSpec()
    given = file.flow.conwip
    if isinstance(given, int):
        return FlowSpec(given)
    names = [product.id for product in file.products]
    for name in given:
        if name not in names:
            path = ("flow", "conwip", name)
            document.complain(path, unknown("product", name, names), key=True)
    return FlowSpec(conwip_of=given)


def read_transport(
    file: PlantFile, stations: Mapping[str, StationSpec], document: Document
) -> TransportSpec | None:
    """Return the ways of *file* that take time."""
    given, path = file.transport, ("transport",)
    if given is None:
        return None
    for name in (RELEASE, EXIT):
        if name in stations:
            document.complain(path, f"a station cannot be called {name!r} beside transport")
    law = time_law(given, "time")
    if law is not None and law.cycles:
        document.complain((*path, "time"), "must be a time, not cycles")
    times = {}
    for origin, ways in given.times_min.items():
        here = (*path, "times_min", origin)
        if origin not in (*stations, RELEASE):
            message = unknown("station", origin, [*stations, RELEASE])
            document.complain(here, message, key=True)
        for to, minutes in ways.items():
            if to not in (*stations, EXIT):
                message = unknown("station", to, [*stations, EXIT])
                document.complain((*here, to), message, key=True)
            times[origin, to] = minutes * MINUTE
    return TransportSpec(given.movers, None if law is None else law.law, times)


def _in_order(item: ProductFile, path: Path, document: Document) -> list[int]:
    """Return the indices of the route in working order; ties in the order of the list."""
    index_of: dict[str, int] = {}
    for index, operation in enumerate(item.route):
        if operation.operation in index_of:
            document.complain(
                (*path, "route", index, "operation"),
                f"a second operation {operation.operation!r} of {item.id!r}",
            )
        index_of.setdefault(operation.operation, index)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(item.route)))
    for index, operation in enumerate(item.route):
        if operation.after is None:
            graph.add_edges_from([(index - 1, index)] if index else [])
            continue
        for position, name in enumerate(operation.after):
            if name not in index_of:
                message = unknown("operation", name, index_of)
                document.complain((*path, "route", index, "after", position), message)
            else:
                graph.add_edge(index_of[name], index)
    if nx.is_directed_acyclic_graph(graph):
        return list(nx.lexicographical_topological_sort(graph))
    cycle = [item.route[start].operation for start, _ in nx.find_cycle(graph)]
    at = index_of[cycle[0]]
    words = " -> ".join([*cycle, cycle[0]])
    document.complain((*path, "route", at), f"operations wait for each other: {words}")
    return list(range(len(item.route)))


def _operation(product: str, item: OperationFile, path: Path, ground: Ground) -> OperationSpec:
    stations = _stations(item, path, ground)
    machines = [
        ground.machines[name]
        for station in stations
        for name in ground.stations[station].machines
    ]
    label = f"{product}/{item.operation}"
    if item.program is None:
        steps: tuple[Step, ...] = (read_timed(item, path, label, machines, ground),)
        elsewhere = _elsewhere(item, stations, path, ground)
        return replace(_spec(item, stations, steps, label), elsewhere=elsewhere)
    if item.program not in ground.programs:
        message = unknown("program", item.program, ground.programs)
        ground.document.complain((*path, "program"), message)
        return _spec(item, stations, (), item.program)
    place, program = ground.programs[item.program]
    steps = tuple(
        read_step(step, (*place, "steps", index), program, machines, ground)
        for index, step in enumerate(program.steps)
    )
    return _spec(item, stations, steps, item.program)


def _elsewhere(
    item: OperationFile, stations: tuple[str, ...], path: Path, ground: Ground
) -> tuple[ElsewhereSpec, ...]:
    """Return the stations of an operation where it takes another time."""
    for name in item.durations_min:
        if name in item.machines:
            continue  # What is wrong with it is said there.
        here = (*path, "durations_min", name)
        group = None if name not in ground.machines else ground.machines[name].station
        if group in item.machines:
            ground.document.complain(here, _shared(name, group), key=True)
        else:
            known = stations or item.machines
            message = unknown("machine or group of the operation", name, known)
            ground.document.complain(here, message, key=True)
    return tuple(
        ElsewhereSpec(name, Fixed(minutes * MINUTE))
        for name, minutes in item.durations_min.items()
    )


def _shared(machine: str, group: str) -> str:
    """Return that a *machine* of a *group* cannot be named by itself."""
    return f"{machine!r} shares the queue of group {group!r}; name the group"


def _spec(
    item: OperationFile, stations: tuple[str, ...], steps: tuple[Step, ...], program: str
) -> OperationSpec:
    setup = time_value(item, "setup") or 0.0
    return OperationSpec(
        item.operation,
        stations,
        steps,
        program,
        setup=setup,
        family=item.setup_family or "",
    )


def _judged(
    product: ProductFile, order: list[int], step: int, path: Path, ground: Ground
) -> OperationSpec:
    """Return one operation, with what becomes of its finished pieces."""
    item, here = product.route[step], (*path, "route", step)
    operation = _operation(product.id, item, here, ground)
    rework = item.rework
    if rework is None:
        return replace(operation, scrap=item.scrap)
    own = order.index(step)
    names = [product.route[other].operation for other in order]
    back = item.operation if rework.to is None else rework.to
    if back not in names:
        message = unknown("operation", back, names)
        ground.document.complain((*here, "rework", "to"), message)
        return operation
    to = names.index(back)
    if to > own:
        message = f"{back!r} comes after {item.operation!r}; rework goes back"
        ground.document.complain((*here, "rework", "to"), message)
    if item.scrap + rework.share > 1.0:
        message = f"scrap {item.scrap:g} and rework {rework.share:g} are more than all pieces"
        ground.document.complain((*here, "rework", "share"), message)
    if rework.share == 1.0 and rework.most is None:
        message = "no piece would ever be done; give 'most', or a share below 1"
        ground.document.complain((*here, "rework", "share"), message)
    return replace(
        operation, scrap=item.scrap, rework=ReworkSpec(rework.share, to, rework.most)
    )


def _stations(item: OperationFile, path: Path, ground: Ground) -> tuple[str, ...]:
    found: list[str] = []
    for index, name in enumerate(item.machines):
        here = (*path, "machines", index)
        if name in ground.stations:
            if name in found:
                ground.document.complain(here, f"{name!r} stands twice")
            else:
                found.append(name)
        elif name in ground.machines:
            ground.document.complain(here, _shared(name, ground.machines[name].station))
        else:
            names = [*ground.stations, *ground.machines]
            ground.document.complain(here, unknown("machine or group", name, names))
    return tuple(found)
