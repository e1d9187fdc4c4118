"""This module holds the oracles of flow through a network of machines (ORACLES K)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.oracles.oracle import Case, Expected, Guard, Oracle
from simtwin.oracles.trial import Computed, shop
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.network import network_of
from simtwin.plant.criticality import criticality
from simtwin.plant.files import ORACLES
from simtwin.plant.network import SINK, SOURCE, FlowNetwork, Visit
from simtwin.result.estimate import Estimate
from simtwin.streams import Streams
from simtwin.units import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

LOST = {"M1": 8.0, "M2": 6.0, "M3": 16.0, "M4": 7.0, "M5": 9.0, "M6": 16.0}

AT = HOUR - 2.0**-24
"""K3: the last instant before m3 is done and m5 takes its next piece [s]."""

NETWORKS = 12
"""Random networks of K5."""

MACHINES = 10
"""In the largest of them."""


def k1() -> FlowNetwork:
    """Return the network of the plant of K1: {M1, M2}, M3, {M4, M5}, M6, each up .9.

    >>> round(k1().max_flow(), 6)
    16.0
    """
    return network_of(shop(ORACLES + "k1")[0])


def _known(name: str, value: bool) -> tuple[Expected, float]:
    return Expected(name, 1.0, "exact", unit="truth"), float(value)


def _exact(name: str, expected: float, value: float) -> tuple[Expected, float]:
    return Expected(name, expected, "exact"), value


def _digits(name: str, expected: float, value: float) -> tuple[Expected, float]:
    """Return a figure that the source prints with six digits after the point, or five."""
    return Expected(name, expected, "closed form", 5e-7), value


def _between() -> list[tuple[Expected, float]]:
    """Return how many shortest ways lead over each machine: no criticality, and never shown."""
    import networkx as nx

    found = nx.betweenness_centrality(k1().graph())
    printed = {"M3": 0.2857, "M6": 0.1429, "M4": 0.0952, "M5": 0.0952}
    return [
        (Expected(f"betweenness of {m}", share, "closed form", 5e-5), found[m])
        for m, share in printed.items()
    ]


def _pairs() -> list[tuple[Expected, float]]:
    found = criticality(k1())
    sets = {frozenset(cut) for cut in (("M3",), ("M6",), ("M1", "M2"), ("M4", "M5"))}
    return [
        _exact("max flow", 16.0, found.max_flow),
        _known("min cut is M4, M5", found.min_cut == {"M4", "M5"}),
        _known("single points are M3, M6", found.single_points == {"M3", "M6"}),
        _known("cut sets are M3; M6; M1, M2; M4, M5", set(found.cut_sets) == sets),
        _digits("P(some path)", 0.793881, found.connected),
        *(
            _digits(f"Birnbaum of {m}", 0.88209 if m in ("M3", "M6") else 0.08019, worth)
            for m, worth in found.birnbaum.items()
        ),
        _digits("expected max flow", 10.714113, found.expected_flow),
        *(_exact(f"flow lost without {m}", LOST[m], lost) for m, lost in found.lost.items()),
        *_between(),
    ]


def _k1_found(seed: int, guard: Guard) -> list[float]:
    return [value for _, value in _pairs()]


def _k1() -> Oracle:
    expected = tuple(expected for expected, _ in _pairs())
    return Oracle(
        "K1",
        "{M1, M2} - M3 - {M4, M5} - M6, capacities 10 8 20 7 9 30, up 0.9 each",
        "enumeration of all states; Birnbaum 1969",
        (Case("", Computed(_k1_found, (ORACLES + "k1",)), expected),),
    )


def _k3_found(seed: int, guard: Guard) -> list[float]:
    plant, scenario = shop(ORACLES + "k3")
    found = impact(
        plant, scenario, "m3", at=AT, duration=2 * HOUR, replications=1, seed=seed, guard=guard
    )
    first = found.reach("m5").first
    assert isinstance(first, float), "one replication is an observation"
    figures = (
        (first - HOUR) / MINUTE,
        _plain(found.longer("m5", "starved")) / MINUTE,
        _plain(found.lost("m5")) / MINUTE,
        _plain(found.lost_pieces),
    )
    return list(figures)


def _plain(value: Estimate | float) -> float:
    return value.value if isinstance(value, Estimate) else value


def _k3() -> Oracle:
    expected = (
        Expected("m5 starves after", 40.0, "exact", unit="min"),
        Expected("m5 starved longer", 80.0, "exact", unit="min"),
        Expected("m5 loses", 80.0, "exact", unit="min"),
        Expected("lost for ever", 16.0, "exact", unit="pieces"),
    )
    return Oracle(
        "K3",
        "M3 is down for 120 min; 8 pieces of 5 min wait before M5",
        "by hand",
        (Case("", Computed(_k3_found, (ORACLES + "k3",)), expected),),
    )


def _network(luck: Callable[[], float]) -> FlowNetwork:
    """Return a random network of forward edges in which each machine is on some path."""
    count = 1 + int(MACHINES * luck())
    names = [f"m{index}" for index in range(count)]
    edges = set()
    for place, name in enumerate(names):
        before, after = [SOURCE, *names[:place]], [*names[place + 1 :], SINK]
        edges |= {(tail, name) for tail in _some(before, luck)}
        edges |= {(name, head) for head in _some(after, luck)}
    return FlowNetwork(
        tuple(Visit(name, 1.0 + int(9 * luck())) for name in names),
        tuple(sorted(edges)),
        {name: luck() for name in names},
    )


def _some(names: list[str], luck: Callable[[], float]) -> list[str]:
    """Return one of *names* for certain, and each other with a chance of 1 in 3."""
    sure = names[int(len(names) * luck())]
    return [name for name in names if name == sure or luck() < 1.0 / 3.0]


def _k5_found(seed: int, guard: Guard) -> list[float]:
    luck = Streams(seed, 0)["oracles", "K5"]
    worst = 0.0
    for _ in range(NETWORKS):
        found = criticality(_network(luck))
        for machine, worth in found.birnbaum.items():
            up = found.network.up(machine)
            low, high = max(0.0, up - 0.25), min(1.0, up + 0.25)
            ends = []
            for other in (low, high):
                shares = {**found.network.availability, machine: other}
                network = replace(found.network, availability=shares)
                ends.append(replace(found, network=network).connected)
            worst = max(worst, abs(worth - (ends[1] - ends[0]) / (high - low)))
    return [worst]


def _k5() -> Oracle:
    expected = Expected("largest difference", 0.0, "exact")
    return Oracle(
        "K5",
        f"Birnbaum importance is the slope of P(some path), {NETWORKS} random networks",
        "Birnbaum 1969: P is linear in each availability",
        (Case("", Computed(_k5_found), (expected,)),),
    )


ROWS: dict[str, Callable[[], Oracle]] = {"K1": _k1, "K3": _k3, "K5": _k5}
