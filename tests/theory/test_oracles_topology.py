"""Laws: flow, cut sets and chances of a network without buffers, and stops (ORACLES K)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.oracles.topology import AT, k1
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.network import network_of
from simtwin.plant.criticality import criticality
from simtwin.plant.files import load_plant, load_with_plant
from simtwin.plant.network import SINK, SOURCE, FlowNetwork, Visit
from simtwin.result.starvation import Clock, blocks_at, starves_at

MINUTE = 60.0


def test_flow_and_cuts():
    """The flow is that of the smallest cut; what stops all, alone or in pairs (ORACLES K1a)."""
    found = criticality(k1())
    assert found.max_flow == pytest.approx(16.0, rel=1e-9)
    assert found.min_cut == {"M4", "M5"}
    assert found.single_points == {"M3", "M6"}
    assert set(found.cut_sets) == {
        frozenset(cut) for cut in (("M3",), ("M6",), ("M1", "M2"), ("M4", "M5"))
    }
    assert found.sentence == (
        "at most 16 pieces/h of piece, which M4 and M5 limit; M3 and M6 stop everything alone"
    )


def test_chances():
    """P(some path), and what each machine is worth to it (ORACLES K1b)."""
    found = criticality(k1())
    assert found.connected == pytest.approx(0.793881, abs=1e-12)
    for machine, worth in found.birnbaum.items():
        assert worth == pytest.approx(0.88209 if machine in ("M3", "M6") else 0.08019)


def test_expected_and_lost_flow():
    """The mean of the largest flow, and what is lost with each machine (ORACLES K1c)."""
    found = criticality(k1())
    assert found.expected_flow == pytest.approx(10.714113, abs=1e-9)
    lost = [8.0, 6.0, 16.0, 7.0, 9.0, 16.0]
    assert list(found.lost.values()) == pytest.approx(lost, rel=1e-9)


def test_betweenness_is_not_criticality():
    """It puts M6 at half of M3, although both stop everything (ORACLES K1d)."""
    network = k1()
    between = nx.betweenness_centrality(network.graph())
    assert between["M3"] == pytest.approx(0.2857, abs=5e-5)
    assert between["M6"] == pytest.approx(0.1429, abs=5e-5)
    assert between["M4"] == between["M5"] == pytest.approx(0.0952, abs=5e-5)
    found = criticality(network)
    assert found.lost["M3"] == found.lost["M6"] == found.max_flow
    assert found.birnbaum["M3"] == pytest.approx(found.birnbaum["M6"])
    assert not any("between" in column for column in found.frame().columns)


@st.composite
def networks(draw) -> FlowNetwork:
    """Return a random network of up to ten machines: forward edges, each on some path."""
    count = draw(st.integers(1, 10))
    names = [f"m{index}" for index in range(count)]
    edges: set[tuple[str, str]] = set()
    for place, name in enumerate(names):
        before = draw(st.sets(st.sampled_from([SOURCE, *names[:place]]), min_size=1))
        after = draw(st.sets(st.sampled_from([*names[place + 1 :], SINK]), min_size=1))
        edges |= {(tail, name) for tail in before} | {(name, head) for head in after}
    share = st.sampled_from([0.0, 0.3, 0.5, 0.8, 0.95, 1.0])
    return FlowNetwork(
        tuple(Visit(name, float(draw(st.integers(1, 9)))) for name in names),
        tuple(sorted(edges)),
        {name: draw(share) for name in names},
    )


@settings(max_examples=40)
@given(network=networks())
def test_birnbaum_is_the_slope_of_the_chance(network):
    """P(path | up) - P(path | down) is dP/da, as P is linear in each a (ORACLES K5)."""
    found = criticality(network)
    for machine, worth in found.birnbaum.items():
        up = network.up(machine)
        low, high = max(0.0, up - 0.25), min(1.0, up + 0.25)
        shares = [{**network.availability, machine: share} for share in (low, high)]
        ends = [
            replace(found, network=replace(network, availability=other)).connected
            for other in shares
        ]
        assert worth == pytest.approx((ends[1] - ends[0]) / (high - low), abs=1e-12)


@st.composite
def plant_files(draw) -> tuple[str, dict[str, float]]:
    """Return a plant file of up to ten machines in stages, and the share of time each is up.

    A machine that is named twice does two operations.
    """
    names = [f"m{index}" for index in range(draw(st.integers(1, 10)))]
    up = {name: draw(st.integers(1, 99)) for name in names}
    stages = draw(
        st.lists(
            st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True),
            min_size=1,
            max_size=4,
        )
    )
    used = {name for stage in stages for name in stage}
    lines = ["plant: k5", "machines:"]
    lines += [
        f"  - {{id: {name}, unused: {str(name not in used).lower()}, failures: [{{id: stop, "
        f"clock: calendar, life: {{exponential: {{mean_h: {share}}}}}, "
        f"repair_h: {100 - share}}}]}}"
        for name, share in up.items()
    ]
    lines += ["products:", "  - id: part", "    route:"]
    lines += [
        f"      - {{operation: op{k}, machines: [{', '.join(stage)}], "
        f"duration_min: {draw(st.integers(1, 9))}}}"
        for k, stage in enumerate(stages)
    ]
    return "\n".join(lines), {name: up[name] / 100 for name in used}


@settings(max_examples=30)
@given(plant=plant_files())
def test_birnbaum_of_a_plant_file_is_a_difference(plant):
    """P(system | up) - P(system | down) of random plants up to ten machines (ORACLES K5).

    The chances come from enumeration by hand: all states of the machines on the route.
    """
    text, up = plant
    with TemporaryDirectory() as folder:
        file = Path(folder) / "k5.yaml"
        file.write_text(text, "utf-8")
        made = load_plant(file)
    stages = [operation.stations for operation in made.products[0].operations]
    names = sorted(up)
    chance = dict.fromkeys(((name, side) for name in names for side in (True, False)), 0.0)
    for ups in every([True, False], repeat=len(names)):
        state = dict(zip(names, ups, strict=True))
        if all(any(state[machine] for machine in stage) for stage in stages):
            for name in names:
                others = (up[m] if state[m] else 1 - up[m] for m in names if m != name)
                chance[name, state[name]] += prod(others)
    found = criticality(network_of(made))
    for name in names:
        slope = chance[name, True] - chance[name, False]
        assert found.birnbaum[name] == pytest.approx(slope, rel=1e-9, abs=1e-12)


@settings(max_examples=30)
@given(network=networks())
def test_the_chance_is_a_sum_over_all_states(network):
    """P(some path) and the mean flow, state by state with the flow of each (ORACLES K5)."""
    machines = network.machines[:6]
    chance = flow = 0.0
    for ups in every([True, False], repeat=len(machines)):
        down = [m for m, up in zip(machines, ups, strict=True) if not up]
        weight = 1.0
        for machine, up in zip(machines, ups, strict=True):
            weight *= network.up(machine) if up else 1.0 - network.up(machine)
        chance += weight * network.joined(down)
        flow += weight * network.max_flow(down)
    rest = dict.fromkeys(network.machines[6:], 1.0)
    found = criticality(replace(network, availability={**network.availability, **rest}))
    assert found.connected == pytest.approx(chance, abs=1e-12)
    assert found.expected_flow == pytest.approx(flow, abs=1e-9)


@settings(max_examples=40)
@given(network=networks())
def test_cut_sets_are_smallest(network):
    """Without a cut set nothing flows; with any one of its machines back, something does."""
    found = criticality(network)
    for cut in found.cut_sets:
        assert not network.joined(cut)
        assert all(network.joined(cut - {machine}) for machine in cut)
    assert not network.joined(found.min_cut)
    limits = sum(v.capacity for v in network.visits if v.machine in found.min_cut)
    assert found.max_flow == pytest.approx(limits, rel=1e-12)


def test_the_starvation_clock():
    """Eight pieces of 5 min bridge 40 min of 120: 80 min and 16 parts are lost (ORACLES K3)."""
    at = starves_at(0.0, buffered=8, cycle=5 * MINUTE)
    assert at == 40 * MINUTE
    clock = Clock("m5", "starved", at, 5 * MINUTE)
    assert clock.lost(120 * MINUTE) == 80 * MINUTE
    assert clock.pieces(120 * MINUTE) == 16.0
    assert clock.lost(30 * MINUTE) == 0.0


def test_the_blocking_clock():
    """Three free slots and 2 min left of a piece: blocked with the piece after next to them."""
    assert blocks_at(600.0, free=3, cycle=300.0, left=120.0) == 600.0 + 120.0 + 900.0


K3, K3_DAY = load_with_plant("oracles/k3")

AT_SEVEN = AT
"""An instant before m3 is done and m5 takes its next piece: m3 needs 60 ns when it is back."""


def test_the_simulated_stop():
    """M5 starves 40 min after the failure; 80 min, 16 parts are lost for ever (ORACLES K3)."""
    found = impact(K3, K3_DAY, "m3", at=AT_SEVEN, duration="2 h", replications=1)
    reach = found.reach("m5")
    assert reach.first == 60 * MINUTE + 40 * MINUTE
    assert reach.clock == reach.first
    assert reach.share == 1.0
    assert found.longer("m5", "starved") == 80 * MINUTE
    assert found.lost("m5") == 80 * MINUTE
    assert found.lost("m3") == 120 * MINUTE
    assert found.lost_pieces == 16.0
    assert found.kpis["good_pieces"].value == -16.0
    assert found.sentence == (
        "m3 down for 2.0 h at 07:00 costs 16 good pieces and makes 0 more orders late; "
        "m5 starves first, at 07:40 (by hand 07:40) (one run, no interval)"
    )


def test_the_machine_before_is_blocked():
    """With m5 down, m3 fills the 12 free slots and stands with the 13th piece (ORACLES K3)."""
    at = 62 * MINUTE
    found = impact(K3, K3_DAY, "m5", at=at, duration="2 h", replications=1)
    reach = found.reach("m3", "blocked")
    assert reach.first == 65 * MINUTE + 12 * 5 * MINUTE
    assert reach.clock == reach.first
    assert found.reach("m3", "starved").first is None
