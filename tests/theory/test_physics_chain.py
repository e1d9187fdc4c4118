"""This module holds the worked program of PHYSICS 5.6: 64 holds composed into one map."""

from __future__ import annotations

import numpy as np
import pytest

from simtwin.physics.chain import Link, outlooks
from simtwin.physics.thermal import DEFAULT_NETWORK

NODES = 5
STILL = (0.0,) * NODES
HEATS = (
    ((300.0, 60.0, 40.0, 0.0, 0.0), STILL),
    ((1200.0, 320.0, 190.0, 0.0, 0.0), (300.0, 40.0, 10.0, 0.0, 0.0)),
    ((700.0, 250.0, 150.0, 0.0, 0.0), (60.0, 10.0, 0.0, 0.0, 0.0)),
    ((100.0, 0.0, 0.0, 0.0, 0.0), STILL),
)
"""Heat of each mode [W], and what k adds to it."""
COOLED = DEFAULT_NETWORK.mode(ambient=22.0, coolant=22.0)
DRY = DEFAULT_NETWORK.mode(ambient=22.0, coolant=None)
MODES = (COOLED, COOLED, COOLED, DRY)
HOLDS = tuple((j % 4, 5.0 + 7 * j % 23) for j in range(64))
COLD = (22.0,) * NODES
LIFE = 2400.0
"""Tool life in modes 1 and 2 [s]."""


def flat(matrix: tuple[float, ...]) -> np.ndarray:
    """Return a flat matrix of the network as an array."""
    return np.array(matrix).reshape(NODES, NODES)


class Whole:
    """The 64 holds composed: end temperatures, then the integral of each node."""

    def __init__(self) -> None:
        links = []
        for mode, seconds in HOLDS:
            hold = MODES[mode].hold(seconds)
            rows = flat(hold.int_phi)
            phi = tuple(map(tuple, flat(hold.phi).tolist()))
            links.append(Link(phi, tuple((i, tuple(rows[i].tolist())) for i in range(NODES))))
        self.points = [np.array(p) for p in outlooks(tuple(links), NODES, NODES)]
        self.map = self.points[0]
        self.constant = self.sum(lambda j: (HEATS[j][0], STILL, 1.0))
        self.per_k = self.sum(lambda j: (HEATS[j][1], STILL, 0.0))
        worn, columns = 0.0, np.zeros(2 * NODES)
        for number, (mode, seconds) in enumerate(HOLDS):
            rate = 1.0 / LIFE if mode in (1, 2) else 0.0
            heat = np.array(HEATS[mode][1])
            given = tuple(worn * heat), tuple(rate * heat), 0.0
            columns += self.arrived(number, *given)
            worn += rate * seconds
        self.per_slope = columns
        self.worn = worn

    def arrived(self, number, heat, ramp, base) -> np.ndarray:
        """Return what hold *number* adds to the end."""
        mode, seconds = HOLDS[number]
        hold = MODES[mode].hold(seconds)
        psi = flat(hold.heat) @ heat + flat(hold.ramp) @ ramp + base * np.array(hold.base)
        area = flat(hold.int_heat) @ heat + flat(hold.int_ramp) @ ramp
        end = self.points[number + 1] @ psi
        end[NODES:] += area + base * np.array(hold.int_base)
        return end

    def sum(self, given) -> np.ndarray:
        """Return what all holds add, the heat of each mode as *given*."""
        return sum(self.arrived(n, *given(mode)) for n, (mode, _) in enumerate(HOLDS))

    def after(self, start, k=0.0, slope=0.0) -> np.ndarray:
        """Return the end of one part from *start*."""
        more = self.constant + k * self.per_k + slope * self.per_slope
        return self.map @ np.array(start) + more


WHOLE = Whole()


def hold_by_hold(start, k=0.0, slope=0.0):
    """Return the temperatures after one part, hold by hold, k rising with the damage."""
    worn = 0.0
    for mode, seconds in HOLDS:
        heat, more = HEATS[mode]
        rate = 1.0 / LIFE if mode in (1, 2) else 0.0
        now = tuple(q + (k + slope * worn) * b for q, b in zip(heat, more, strict=True))
        ramp = tuple(slope * rate * b for b in more)
        start = MODES[mode].after(start, now, ramp, seconds)
        worn += rate * seconds
    return start


def test_one_part_from_cold_is_the_worked_one():
    """D12: after 1 part at k 0 and .27, psi1, and the integral of each node (PHYSICS 5.6)."""
    assert sum(seconds for _, seconds in HOLDS) == 1023.0
    assert WHOLE.per_k[:NODES] == pytest.approx(
        [1.780241, 1.303294, 0.862643, 0.913345, 0.702101], abs=6e-7
    )
    assert WHOLE.after(COLD)[:NODES] == pytest.approx(
        [34.337877, 36.277350, 34.335578, 30.901199, 27.422928], abs=6e-7
    )
    assert WHOLE.after(COLD, 0.27)[:NODES] == pytest.approx(
        [34.818542, 36.629240, 34.568491, 31.147802, 27.612495], abs=6e-7
    )
    assert WHOLE.after(COLD)[NODES:] == pytest.approx(
        [30561.6698, 32854.2759, 31121.2571, 27279.1353, 25175.3001], abs=6e-5
    )


def test_wear_that_rises_within_the_part_is_one_more_column():
    """D12: delta .2179167 a part, k0 .1, s .135 (PHYSICS 5.6)."""
    assert WHOLE.worn == pytest.approx(0.2179167, abs=6e-8)
    assert WHOLE.after(COLD, 0.1, 0.135)[:NODES] == pytest.approx(
        [34.548546, 36.432179, 34.434519, 31.005144, 27.502613], abs=6e-7
    )


def test_ten_parts_and_the_periodic_state():
    """D12: after 10 parts; T* at k 0 and .27; the spectrum of Phi (PHYSICS 5.6)."""
    nodes = np.array(COLD)
    for _ in range(10):
        nodes = WHOLE.after(nodes)[:NODES]
    assert nodes == pytest.approx(
        [44.801760, 46.380638, 44.304601, 42.516297, 35.676386], abs=6e-7
    )
    phi = WHOLE.map[:NODES]
    periodic = [
        np.linalg.solve(np.eye(NODES) - phi, (WHOLE.constant + k * WHOLE.per_k)[:NODES])
        for k in (0.0, 0.27)
    ]
    assert periodic[0] == pytest.approx(
        [44.845111, 46.422619, 44.346025, 42.564451, 35.710746], abs=6e-7
    )
    assert periodic[1] == pytest.approx(
        [45.692476, 47.123738, 44.923785, 43.208036, 36.189715], abs=6e-7
    )
    assert max(abs(np.linalg.eigvals(phi))) == pytest.approx(0.543485, abs=6e-7)
    assert phi.sum(axis=1).max() == pytest.approx(0.649165, abs=6e-7)


def test_energy_in_is_stored_and_lost():
    """D12: part 1 at k 0 takes .858630 MJ in and stores .6948968 MJ (PHYSICS 5.6)."""
    given = sum(seconds * sum(HEATS[mode][0]) for mode, seconds in HOLDS)
    rise = WHOLE.after(COLD)[:NODES] - np.array(COLD)
    stored = rise @ np.array(DEFAULT_NETWORK.capacities)
    assert given == pytest.approx(0.858630e6, abs=0.6)
    assert stored == pytest.approx(0.6948968e6, abs=0.06)


@pytest.mark.parametrize(("k", "slope"), [(0.0, 0.0), (0.27, 0.0), (0.1, 0.135)])
def test_composed_is_hold_by_hold(k: float, slope: float):
    """To 1e-12 K after one part and after a hundred (PHYSICS 5.6)."""
    one, other = COLD, np.array(COLD)
    for _ in range(100):
        one = hold_by_hold(one, k, slope)
        other = WHOLE.after(other, k, slope)[:NODES]
        assert other == pytest.approx(one, abs=1e-12, rel=0.0)
