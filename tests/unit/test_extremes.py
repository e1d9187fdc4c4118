"""Tests of extremes: what is told of plans holds whatever becomes of what a run leaves open."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simtwin.result import extremes, pairing
from simtwin.result.extremes import Extremes

RUNS = some.sampled_from([(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def plan(runs: list[tuple[float, float]]) -> Extremes:
    """Return a plan of runs, each with its least and its most."""
    return Extremes(tuple(low for low, _ in runs), tuple(high for _, high in runs))


def ways(found: Extremes) -> list[tuple[float, ...]]:
    """Return everything that the runs of a plan may come to."""
    pairs = zip(found.least, found.most, strict=True)
    return [*product(*(sorted({low, high}) for low, high in pairs))]


@given(pairs=some.lists(some.tuples(RUNS, RUNS), min_size=2, max_size=6))
def test_no_way_that_open_runs_go_on_is_left_out(pairs):
    """P is the largest of all ways, or 1 where they disagree; means lie within the interval."""
    first, second = plan([one for one, _ in pairs]), plan([other for _, other in pairs])
    every = [*product(ways(first), ways(second))]
    found = extremes.difference(first, second, counted=True)
    means = [(sum(a) - sum(b)) / len(pairs) for a, b in every]
    assert found.low <= min(means)
    assert max(means) <= found.high
    p = extremes.p_value(first, second)
    largest = max(pairing.p_value(a, b) for a, b in every)
    assert p == pytest.approx(largest) or (p == 1.0 and min(means) < 0.0 < max(means))


@given(pairs=some.lists(some.tuples(RUNS, RUNS), min_size=6, max_size=8))
def test_a_plan_is_beaten_only_where_it_is_so_in_every_way(pairs):
    """Who could be best in some way that the open runs go on could be best."""
    plans = plan([one for one, _ in pairs]), plan([other for _, other in pairs])
    told = extremes.could_be_best(plans)
    for pair in product(*map(ways, plans)):
        assert pairing.could_be_best(pair) <= told


def test_what_is_known_is_paired_as_ever():
    """Without an open run nothing moves."""
    first, second = plan([(1.0, 1.0), (0.0, 0.0)]), plan([(0.0, 0.0), (0.0, 0.0)])
    assert extremes.difference(first, second, counted=True) == pairing.difference(
        first.least, second.least, counted=True
    )
    assert not extremes.undecided(first, second, counted=True)


def test_a_single_way_without_chance_leaves_it_open():
    """Where nothing is drawn an open order may be late in every run, or in none."""
    cut, known, late = plan([(0.0, 1.0)] * 2), plan([(0.0, 0.0)] * 2), plan([(1.0, 1.0)] * 2)
    found = extremes.difference(cut, known, counted=True, drawn=False)
    assert (found.low, found.value, found.high, found.unsettled) == (0.0, 0.0, 1.0, 2)
    assert extremes.undecided(cut, known, counted=True, drawn=False)
    assert extremes.could_be_best([cut, known, late], drawn=False) == {0, 1}
    assert extremes.could_be_best([cut, late], drawn=False) == {0, 1}
