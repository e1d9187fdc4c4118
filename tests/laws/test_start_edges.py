"""Laws of edges that begin a shift used: what survived so far is not yet worn (DESIGN 6)."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, log, log1p, sqrt
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.tool import ToolSpec, new_edge, seen_edge, used_edge
from simtwin.physics.tool import life_factor
from simtwin.plant.files import load_with_plant
from simtwin.streams import Streams

TOOL = ToolSpec(
    "T1", "milling", 0.02, 4, 1.57, 0.1, None, 0.3, 3e-4, 900.0, 1e-5, 3.0, "planned"
)
EDGE = "mill-1/T1#1"


def host(seed: int) -> Any:
    """Return what an edge needs to be drawn: the streams of a seed."""
    streams = Streams(seed)
    return SimpleNamespace(draw=lambda entity, purpose: streams[entity, purpose]())


@pytest.mark.parametrize("used", [0.3, 0.9, 1.2, 2.0])
def test_an_edge_in_use_has_survived(used: float) -> None:
    """KERNEL 18: given *used*, the life factor is above it, so the edge is not yet worn."""
    for seed in range(200):
        stowed = used_edge(host(seed), TOOL, EDGE, used)
        assert stowed.edge.factor > used
        assert stowed.wear[0] == used
        assert 0.0 < stowed.wear[1] < 1.0


def test_its_life_is_that_of_the_survivors() -> None:
    """P(factor > x | factor > used) is the share of new edges that last so long: 4 s.e."""
    n, used, beyond = 2000, 0.9, 1.2
    square = log1p(TOOL.life_scatter**2)
    normal = NormalDist(-0.5 * square, sqrt(square))
    expected = (1.0 - normal.cdf(log(beyond))) / (1.0 - normal.cdf(log(used)))
    drawn = host(20261)
    longer = sum(used_edge(drawn, TOOL, EDGE, used).edge.factor > beyond for _ in range(n))
    assert longer / n == pytest.approx(expected, abs=4.0 * sqrt(expected * (1 - expected) / n))


def test_breakage_has_no_memory_of_its_hazard() -> None:
    """The hazard left to an unbroken edge is Exp(1): mean 1, and P(> 1) = 1/e, at 4 s.e."""
    n = 2000
    drawn = host(20262)
    left = [
        stowed.edge.threshold - stowed.wear[2]
        for stowed in (used_edge(drawn, TOOL, EDGE, 1.1) for _ in range(n))
    ]
    assert sum(left) / n == pytest.approx(1.0, abs=4.0 / sqrt(n))
    share = sum(value > 1.0 for value in left) / n
    assert share == pytest.approx(exp(-1.0), abs=4.0 * sqrt(exp(-1.0) * (1 - exp(-1.0)) / n))
    never = used_edge(drawn, replace(TOOL, break_rate=0.0), EDGE, 1.1)
    assert never.edge.threshold == inf


def test_an_unused_edge_is_a_new_one() -> None:
    """KERNEL 22: the same uniforms in the same order; only knowledge changes the quantile."""
    assert used_edge(host(5), TOOL, EDGE, 0.0).edge == new_edge(host(5), TOOL, EDGE)
    u = Streams(5)[EDGE, "life"]()
    assert new_edge(host(5), TOOL, EDGE).factor == life_factor(u, TOOL.life_scatter)


def test_a_wear_land_that_was_seen_is_the_damage() -> None:
    """What a person measured holds: the drawn life moves the count of the control instead."""
    for seed in range(50):
        stowed = seen_edge(host(seed), TOOL, EDGE, 0.5)
        assert stowed.wear[1] == 0.5
        assert stowed.wear[0] == 0.5 * stowed.edge.factor
        assert stowed.edge == new_edge(host(seed), TOOL, EDGE)


def test_without_scatter_life_is_as_in_the_table() -> None:
    """An edge without scatter has done what it has done; beyond its life it is at its limit."""
    plain = replace(TOOL, life_scatter=0.0)
    assert used_edge(host(1), plain, EDGE, 0.25).wear[:2] == (0.25, 0.25)
    assert used_edge(host(1), plain, EDGE, 1.5).wear[:2] == (1.5, 1.0)


def test_no_shift_begins_with_a_worn_edge() -> None:
    """A file that says "beyond its nominal life" starts a shop whose edge still cuts."""
    plant, scenario = load_with_plant("one_machine")
    machine = plant.machines[0]
    slot = machine.magazine[0]
    used = {(machine.name, slot.tool, n): 1.3 for n in range(1, slot.edges + 1)}
    start = replace(scenario.start_from, edges=used, lands={})
    for seed in range(20):
        run = simulate(plant, replace(scenario, start_from=start), seed=seed, until=0.0)
        magazine = run.snapshot.states[machine.name].magazine
        edges = [stowed for name, stowed in magazine.items() if f"/{slot.tool}#" in name]
        assert edges
        assert all(stowed.wear[1] < 1.0 for stowed in edges)
