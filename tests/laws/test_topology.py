"""Laws: a plant and its graph are the same thing said twice."""

from __future__ import annotations

import pickle

import networkx as nx
import pytest
from hypothesis import given, settings

from simtwin.errors import InvalidInput
from simtwin.plant.files import examples, load_plant
from simtwin.plant.model import PlantModel
from tests.strategies import plants

BUNDLED = [name for kind, name, _ in examples() if kind == "plant_models"]


@given(plant=plants())
@settings(max_examples=100, deadline=None)
def test_a_plant_comes_back_from_its_graph(plant):
    """``from_topology(plant.topology)`` is the plant, for any plant."""
    assert plant == PlantModel.from_topology(plant.topology)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_plant_comes_back_from_its_graph(name):
    """Deep data, spindles to tools, are attributes; a copy or a pickle of the graph will do."""
    plant = load_plant(name)
    graph = plant.topology
    assert plant == PlantModel.from_topology(graph)
    assert plant == PlantModel.from_topology(nx.DiGraph(graph))
    assert plant == PlantModel.from_topology(pickle.loads(pickle.dumps(graph)))


@given(plant=plants())
@settings(max_examples=50, deadline=None)
def test_a_graph_says_what_it_shows(plant):
    """A flow edge more, or one less, contradicts the routes and is refused."""
    graph = plant.topology
    station = f"station:{plant.stations[-1].name}"
    more = nx.DiGraph(graph)
    more.add_edge(station, station, kind="flow", products=("p",))
    with pytest.raises(InvalidInput, match="no route takes it"):
        PlantModel.from_topology(more)
    less = nx.DiGraph(graph)
    less.remove_edge(next(iter(less.predecessors("sink"))), "sink")
    with pytest.raises(InvalidInput, match="there is no such edge"):
        PlantModel.from_topology(less)
