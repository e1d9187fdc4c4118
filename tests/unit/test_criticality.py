"""Tests of flow networks: made of a plant, shared machines, limits of size, bad input."""

from __future__ import annotations

from math import inf

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.network import network_of
from simtwin.plant.criticality import criticality
from simtwin.plant.files import load_plant, parse_plant
from simtwin.plant.network import SINK, SOURCE, FlowNetwork, Visit
from simtwin.result.starvation import blocks_at, starves_at

PLANT = parse_plant(
    """
plant: small
machines:
  - id: saw
    failures:
      - {id: blade, clock: cycles, life: {fixed: {value_cycles: 90}}, repair_min: 20}
  - id: m1
    group: mills
    failures:
      - {id: a, clock: calendar, life: {exponential: {mean_h: 9}}, repair_h: 1}
      - {id: b, clock: powered, life: {exponential: {mean_h: 19}}, repair_h: 1}
  - {id: m2, group: mills}
products:
  - id: part
    route:
      - {operation: saw, machines: [saw], duration_min: 2}
      - {operation: rough, machines: [mills], duration_min: 6}
      - {operation: fine, machines: [mills], duration_min: 4}
  - id: bar
    route:
      - {operation: saw, machines: [saw], duration_min: 1}
"""
)


def test_a_network_of_a_plant():
    """Capacities are pieces per hour, availabilities products over failure modes."""
    network = network_of(PLANT, "part")
    capacity = {visit.name: visit.capacity for visit in network.visits}
    assert capacity["saw"] == pytest.approx(30.0)
    assert capacity["m1/rough"] == pytest.approx(10.0)
    assert capacity["m2/fine"] == pytest.approx(15.0)
    assert network.up("saw") == pytest.approx(180.0 / 200.0)
    assert network.up("m1") == pytest.approx(0.9 * 0.95)
    assert network.up("m2") == 1.0
    assert network.assumptions


def test_a_machine_shares_its_time():
    """Two mills that do 6 and 4 min of each piece make 12 an hour, one of them 6."""
    found = criticality(network_of(PLANT, "part"))
    assert found.max_flow == pytest.approx(12.0)
    assert found.min_cut == {"m1", "m2"}
    assert found.lost == pytest.approx({"saw": 12.0, "m1": 6.0, "m2": 6.0})
    assert found.single_points == {"saw"}
    m1 = 0.9 * 0.95
    assert found.connected == pytest.approx(0.9)
    assert found.birnbaum == pytest.approx({"saw": 1.0, "m1": 0.0, "m2": 0.9 * (1.0 - m1)})
    assert found.expected_flow == pytest.approx(0.9 * (12.0 * m1 + 6.0 * (1.0 - m1)))


def test_alternatives_take_what_others_leave():
    """A mill that alone can fine leaves the roughing to the other."""
    network = FlowNetwork.chain(
        [[Visit("m1", 10.0, "rough"), Visit("m2", 10.0)], [Visit("m1", 15.0, "fine")]]
    )
    assert network.shared
    # m1 fines x pieces (x/15 h) and roughs x - 10 of them: x/15 + (x - 10)/10 = 1 h.
    assert network.max_flow() == pytest.approx(12.0)
    assert network.max_flow({"m2"}) == pytest.approx(6.0)
    assert network.max_flow({"m1"}) == 0.0


def test_the_job_shop():
    """Cut sets of the housing: the families that do one of its operations each."""
    found = criticality(network_of(load_plant("job_shop"), "housing"))
    assert found.single_points == frozenset()
    assert {"five-1", "five-2"} in found.cut_sets
    assert {"hmc-1", "hmc-2", "hmc-3"} in found.cut_sets
    assert found.min_cut == {"hmc-1", "hmc-2", "hmc-3"}
    assert 0.0 < found.expected_flow < found.max_flow
    assert "of housing" in repr(found)


def large(count: int) -> FlowNetwork:
    """Return one machine before *count* - 1 alternatives, two of which stand in a row."""
    names = [f"m{index}" for index in range(2, count)]
    stages = [[Visit("gate", 90.0)], [Visit("a", 5.0), Visit("b", 5.0)]]
    return FlowNetwork.chain([*stages, [Visit(name, 4.0) for name in names]])


def test_above_twelve_machines():
    """Cut sets go to three machines and chances are refused; the flow is exact all the same."""
    found = criticality(large(15))
    assert found.order == 3
    assert found.cut_sets == (frozenset({"gate"}), frozenset({"a", "b"}))
    assert found.max_flow == 10.0
    assert "birnbaum" not in found.frame().columns
    for asked in ("connected", "birnbaum", "expected_flow"):
        with pytest.raises(InvalidInput, match="at most 12 machines"):
            getattr(found, asked)


def test_the_frame_ranks_by_what_is_lost():
    """The machine that costs most stands first, with all that is known of it."""
    frame = criticality(large(6)).frame()
    assert frame["machine"][0] == "gate"
    assert frame["lost_share"][0] == 1.0
    assert list(frame["lost_per_h"]) == sorted(frame["lost_per_h"], reverse=True)
    assert frame.set_index("machine").loc["a", "smallest_cut_set"] == 2
    assert "birnbaum" in frame.columns


M = Visit("m", 1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (((M, M), ()), "a second visit 'm'"),
        (((Visit("m", 0.0),), ((SOURCE, "m"), ("m", SINK))), "capacity must be positive"),
        (((Visit("m", inf),), ((SOURCE, "m"), ("m", SINK))), "positive and finite"),
        (((M,), ((SOURCE, "n"),)), "an edge to 'n'"),
        (((M,), (("n", "m"),)), "an edge from 'n'"),
        (((M,), ((SOURCE, "m"),)), "paths must lead"),
        (((M,), ((SOURCE, "m"), ("m", SINK), (SOURCE, SINK))), "through visits"),
        (((M,), ((SOURCE, "m"), ("m", SINK)), {"n": 0.5}), "availability of 'n'"),
        (((M,), ((SOURCE, "m"), ("m", SINK)), {"m": 1.5}), "between 0 and 1"),
    ],
)
def test_networks_that_are_none(given, message):
    """A network says what is wrong with it."""
    with pytest.raises(InvalidInput, match=message):
        FlowNetwork(*given)


def test_products_that_are_none():
    """A product must be named where there are several, and exist."""
    with pytest.raises(InvalidInput, match=r"makes several.*part, bar"):
        network_of(PLANT)
    with pytest.raises(InvalidInput, match="no product 'parts'; did you mean 'part'"):
        network_of(PLANT, "parts")
    assert network_of(load_plant("flow_line")).product == "part"
    instant = PLANT.with_changes({"products.bar.operations.saw.steps.0.duration.value": 0.0})
    with pytest.raises(InvalidInput, match="bar/saw takes no time on saw"):
        network_of(instant, "bar")


def test_clocks_that_are_none():
    """A clock is refused where a number cannot be."""
    with pytest.raises(InvalidInput, match="buffered must not be negative"):
        starves_at(0.0, buffered=-1, cycle=60.0)
    with pytest.raises(InvalidInput, match="cycle must be positive"):
        blocks_at(0.0, free=1, cycle=0.0)
    with pytest.raises(InvalidInput, match="left must not be negative"):
        blocks_at(0.0, free=1, cycle=60.0, left=-1.0)
