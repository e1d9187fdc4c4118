"""Tests of plants drawn by hand as graphs."""

from __future__ import annotations

import doctest

import networkx as nx
import pytest

import simtwin
from simtwin.errors import InvalidInput
from simtwin.parts.failure import FailureSpec
from simtwin.plant.line import line
from simtwin.plant.model import PlantModel

laws = simtwin.laws


def drawn(**nodes):
    """Return a graph orders -> saw -> mill -> sink, with more attributes of its *nodes*."""
    graph = nx.DiGraph(name="cell")
    graph.add_node("saw", **{"time": 120.0, **nodes.get("saw", {})})
    graph.add_node("mill", **{"time": laws.Exponential(300.0), **nodes.get("mill", {})})
    nx.add_path(graph, ["orders", "saw", "mill", "sink"])
    return graph


def test_a_path_is_a_plant():
    """Nodes are stations with times, edges the way of the one product; it runs."""
    stop = FailureSpec("stop", "processing", laws.Exponential(9e3), laws.Fixed(600.0))
    plant = PlantModel.from_topology(
        drawn(mill={"machines": 2, "capacity": 4, "failures": (stop,)})
    )
    assert [s.name for s in plant.stations] == ["saw", "mill"]
    assert [m.name for m in plant.machines] == ["saw", "mill-1", "mill-2"]
    assert [m.failures for m in plant.machines] == [(), (stop,), (stop,)]
    (part,) = plant.products
    assert [o.stations for o in part.operations] == [("saw",), ("mill",)]
    shift = simtwin.Scenario(orders=(order("part", 12),))
    assert simtwin.simulate(plant, shift).kpis["good_pieces"].value == 12
    assert plant == PlantModel.from_topology(plant.topology)


def order(product, quantity):
    """Return an order from the start on."""
    from simtwin.plant.model import OrderSpec

    return OrderSpec("o1", product, quantity)


def test_products_take_their_own_ways():
    """Edges carry products; stations that lead on alike are alternatives; times differ."""
    graph = nx.DiGraph()
    graph.add_node("bars", kind="source", interarrival=60, product="shaft")
    graph.add_node("saw", times={"shaft": 20.0, "ring": 30.0})
    graph.add_node("lathe-1", time=50.0)
    graph.add_node("lathe-2", time=50.0)
    graph.add_edge("bars", "saw", products="shaft")
    graph.add_edge("orders", "saw", products=("ring",))
    graph.add_edge("saw", "lathe-1", products=("shaft", "ring"))
    graph.add_edge("saw", "lathe-2", products=("shaft",))
    plant = PlantModel.from_topology(graph)
    ways = {p.name: [(o.stations, o.steps[0].duration.mean) for o in p.operations]
            for p in plant.products}  # fmt: skip
    assert ways == {
        "shaft": [(("saw",), 20.0), (("lathe-1", "lathe-2"), 50.0)],
        "ring": [(("saw",), 30.0), (("lathe-1",), 50.0)],
    }
    (source,) = plant.sources
    assert (source.name, source.product, source.interarrival.mean) == ("bars", "shaft", 60.0)


def test_a_route_that_comes_back_is_written_down():
    """Re-entrant routes stand in the graph itself."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["saw", "mill"])
    graph.add_edges_from([("saw", "mill"), ("mill", "saw"), ("saw", "sink")])
    graph.graph["routes"] = {
        "part": [("cut", "saw", 10.0), ("face", ["mill"], 20.0), ("trim", "saw", 5.0)]
    }
    plant = PlantModel.from_topology(graph)
    assert [o.name for o in plant.products[0].operations] == ["cut", "face", "trim"]
    assert plant == PlantModel.from_topology(plant.topology)


def test_a_line_can_be_changed_as_a_graph():
    """What is changed on a node of a plant's graph is changed in the plant."""
    graph = line([10.0, 20.0], buffers=1).topology
    graph.nodes["station:m2"]["capacity"] = 7
    graph.nodes["machine:m1"]["tool_change"] = 5.0
    plant = PlantModel.from_topology(graph)
    assert [s.capacity for s in plant.stations] == [None, 7]
    assert [m.tool_change for m in plant.machines] == [5.0, 0.0]


def test_edges_of_another_kind_are_no_way():
    """An edge whose kind is not flow, somebody's own, says nothing about routes."""
    graph = drawn()
    graph.add_edge("mill", "saw", kind="information")
    assert len(PlantModel.from_topology(graph).products[0].operations) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.nodes["mill"].update(capcity=3),
         "node 'mill': no attribute 'capcity'; did you mean 'capacity'?"),
        (lambda g: g.nodes["mill"].update(capacity=-1),
         "node 'mill': capacity: must be 0 or more (got -1)"),
        (lambda g: g.nodes["mill"].update(machines=0),
         "node 'mill': machines: must be names, or 1 or more"),
        (lambda g: g.nodes["mill"].update(kind="stations"),
         "node 'mill': kind: no kind 'stations'; did you mean 'station'? (kinds: station, "
         "machine, source, orders, sink)"),
        (lambda g: g.nodes["mill"].pop("time"),
         "node 'mill': time: how long does 'part' take there?"),
        (lambda g: g.nodes["mill"].update(time=-5),
         "node 'mill': time: must be a time >= 0 [s] or a law (got -5)"),
        (lambda g: g.nodes["mill"].update(time=float("nan")),
         "node 'mill': time: must be a time >= 0 [s] or a law (got nan)"),
        (lambda g: g.nodes["mill"].update(machines=("saw",)),
         "two machines are called 'saw'"),
        (lambda g: g.nodes["mill"].update(name="a/b"),
         "node 'mill': must not contain '/', which stands between a whole and its part (got "
         "'a/b')"),
        (lambda g: g.add_edge("mill", "saw"),
         "product 'part' both leaves and goes on behind 'mill'"),
        (lambda g: g.add_node("lost", kind="machine", station="saw"),
         "machine 'lost' is at no station"),
        (lambda g: g.add_node("bars", kind="source", product="ring"),
         "node 'bars': product: no product 'ring'; products: part"),
        (lambda g: g.add_node("bars", kind="source", interarrival=0.0),
         "node 'bars': interarrival: must be > 0 [s]"),
        (lambda g: g.graph.update(routes={"part": [("cut", "sow", 3.0)]}),
         "product 'part', operation 'cut': no station 'sow'; did you mean 'saw'? (stations: "
         "saw, mill)"),
        (lambda g: g.graph.update(ambeint=30.0),
         "the graph: no attribute 'ambeint'; did you mean 'ambient'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(change, message):
    """Each mistake is one sentence with its node or edge."""
    graph = drawn()
    change(graph)
    with pytest.raises(InvalidInput) as caught:
        PlantModel.from_topology(graph)
    assert message == str(caught.value)


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiDiGraph, nx.MultiGraph])
def test_edges_need_a_direction_and_stand_once(kind):
    """A graph of another type than DiGraph is refused, and the message says which is right."""
    said = rf"must be a networkx.DiGraph: .*\(got a {kind.__name__}\)"
    with pytest.raises(InvalidInput, match=said):
        PlantModel.from_topology(kind(drawn()))


def test_ways_that_say_too_little_are_refused():
    """A loop, a fork, a station apart and an empty graph have no single meaning."""
    cases = {
        "comes to a again": [("orders", "a"), ("a", "b"), ("b", "a")],
        "begins nowhere": [("a", "b"), ("b", "a")],
        "goes different ways from b and c": [("a", "b"), ("a", "c"), ("b", "d"), ("c", "e")],
    }
    for message, edges in cases.items():
        graph = nx.DiGraph(edges)
        nx.set_node_attributes(graph, 5.0, "time")
        with pytest.raises(InvalidInput, match=message):
            PlantModel.from_topology(graph)
    with pytest.raises(InvalidInput, match="no station"):
        PlantModel.from_topology(nx.DiGraph())
    apart = nx.DiGraph()
    apart.add_nodes_from(["a", "b"], time=1.0)
    with pytest.raises(InvalidInput, match="no edge leads from 'a'"):
        PlantModel.from_topology(apart)
    alike = nx.DiGraph([("a", "b"), ("a", "c")])
    nx.set_node_attributes(alike, {"a": 1.0, "b": 1.0, "c": 2.0}, "time")
    (_, other) = PlantModel.from_topology(alike).products[0].operations
    assert [other.at(name).steps[0].duration.mean for name in "bc"] == [1.0, 2.0]


def test_one_node_is_a_plant():
    """A single station without an edge is a plant of one machine."""
    graph = nx.DiGraph()
    graph.add_node("press", time=30.0, colour="red")
    plant = PlantModel.from_topology(graph)
    assert [m.name for m in plant.machines] == ["press"]
    assert plant.name == "plant"


@pytest.mark.parametrize("maker", [simtwin.line, simtwin.job_shop])
def test_the_examples_need_nothing_but_what_they_import(maker):
    """What help() shows can be typed in, laws too."""
    assert "from simtwin import laws" in maker.__doc__
    example = doctest.DocTestParser().get_doctest(
        maker.__doc__, {maker.__name__: maker}, maker.__name__, None, None
    )
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
