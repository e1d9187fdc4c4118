"""Laws: machines with fitters, and lines with constant work in progress (ORACLES C, code C)."""

from __future__ import annotations

import pytest

from simtwin.errors import OutOfRange
from simtwin.oracles.chain import steady
from simtwin.plant.closed import best_case, mean_values, repairmen


def chain(machines, life, repair, crew):
    """Return availability, mean down, wait and P(all up), of the chain solved."""

    def moves(state):
        (down,) = state
        fail = [((down + 1,), (machines - down) / life)] if down < machines else []
        return fail + ([((down - 1,), min(down, crew) / repair)] if down else [])

    chance = steady((0,), moves)
    down = sum(k * p for (k,), p in chance.items())
    rate = sum((machines - k) / life * p for (k,), p in chance.items())
    waiting = sum(max(0, k - crew) * p for (k,), p in chance.items())
    return 1 - down / machines, down, waiting / rate, chance[(0,)], rate


@pytest.mark.parametrize(
    ("machines", "crew", "lam", "printed"),
    [
        pytest.param(5, 1, 0.1, (0.872096, 0.639522, 0.466632), id="C1"),
        pytest.param(10, 1, 0.1, (0.785418, 2.145823, 1.732079), id="C3, one"),
        pytest.param(10, 3, 0.1, (0.907605, 0.923947, 0.018005), id="C3, three"),
        pytest.param(5, 2, 0.1, (0.907041, 0.464794, 0.024858), id="C8"),
        pytest.param(10, 1, 0.05, (0.924074, 0.759263, 0.643296), id="C10"),
    ],
)
def test_machines_share_fitters(machines, crew, lam, printed):
    """Availability, E[down], wait for the crew (ORACLES C1, C3, C8, C10)."""
    expected = chain(machines, 1 / lam, 1.0, crew)
    assert expected[:3] == pytest.approx(printed, abs=5e-7)
    found = repairmen(machines, 1 / lam, 1.0, crew)
    figures = found.availability, found.down, found.wait, found.all_up, found.failures
    assert figures == pytest.approx(expected, rel=1e-9)


def test_crew_use():
    """C1: repairer use .436048, P(all up) .563952; C4: MTTF 100, MTTR 10 (ORACLES C1, C4)."""
    first = repairmen(5, 10.0, 1.0)
    assert (first.use, first.all_up) == pytest.approx((0.436048, 0.563952), abs=5e-7)
    found = repairmen(4, 100.0, 10.0)
    figures = found.availability, found.use, found.wait, found.failures
    assert figures == pytest.approx((0.883342, 0.353337, 3.206442, 0.035334), abs=5e-7)


@pytest.mark.parametrize(
    ("pieces", "printed"), [(1, 0.25), (2, 0.4), (4, 0.571429), (8, 0.727273), (16, 0.842105)]
)
def test_constant_work(pieces, printed):
    """Four balanced exponential stations: w/(w + 3), lead w/throughput (ORACLES C5)."""
    expected = pieces / (pieces + 3)
    assert expected == pytest.approx(printed, abs=5e-7)
    found = mean_values([1.0] * 4, pieces)
    assert found.throughput == pytest.approx(expected, rel=1e-9)
    assert found.lead == pytest.approx(pieces / expected, rel=1e-9)
    assert sum(found.present) == pytest.approx(pieces, rel=1e-9)


def test_unlike_stations():
    """Means 1, 2, 3 and two pieces: the chain of where they are gives the same (C5)."""
    services = (1.0, 2.0, 3.0)

    def moves(state):
        steps = []
        for k, n in enumerate(state):
            if n:
                after = list(state)
                after[k] -= 1
                after[(k + 1) % 3] += 1
                steps.append((tuple(after), 1 / services[k]))
        return steps

    chance = steady((2, 0, 0), moves)
    rate = sum(p for state, p in chance.items() if state[0]) / services[0]
    assert mean_values(services, 2).throughput == pytest.approx(rate, rel=1e-9)


@pytest.mark.parametrize(
    ("pieces", "throughput", "lead"), [(1, 1 / 6, 6.0), (2, 1 / 3, 6.0), (3, 1 / 3, 9.0)]
)
def test_best_case(pieces, throughput, lead):
    """Exact times 1, 2, 3: throughput 1/6, 1/3, 1/3, lead 6, 6, 9 (ORACLES C7)."""
    found = best_case([1.0, 2.0, 3.0], pieces)
    assert (found.throughput, found.lead) == pytest.approx((throughput, lead), rel=1e-9)
    assert sum(found.present) == pytest.approx(pieces, rel=1e-9)
    assert mean_values([1.0, 2.0, 3.0], pieces).throughput <= found.throughput + 1e-12


def test_what_is_no_system_is_refused():
    """No machine, no fitter, no piece, no time."""
    for broken in (
        lambda: repairmen(0, 1.0, 1.0),
        lambda: repairmen(1, 1.0, 1.0, 0),
        lambda: mean_values([], 1),
        lambda: best_case([0.0], 1),
        lambda: mean_values([1.0], 0),
    ):
        with pytest.raises(OutOfRange, match="needs"):
            broken()
