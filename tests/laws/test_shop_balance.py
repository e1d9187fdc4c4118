from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simtwin.orchestrator.simulate import closed_totals
from simtwin.parts.alarm import instant
from simtwin.physics.tool import KNOTS
from simtwin.result.record import MODES
from simtwin.shop.batch import in_hand
from simtwin.streams import Streams
from tests.laws.branches import begin, finish
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from simtwin.shop.machine import Machine
    from simtwin.shop.shop import Shop

NODES, WEIGHTS = (tuple(map(float, side)) for side in np.polynomial.legendre.leggauss(10))


def cut_at_random(name: str, seed: int) -> Shop:
    """Return a shop that stands at a random instant of the grid, in the midst of its holds."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    living = begin(model, scenario, seed)
    living.env.advance(instant(scenario.horizon * Streams(seed)[name, "end"]()))
    return living


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TEXTS)
def test_the_times_of_a_machine_sum_to_what_has_elapsed_exactly(name: str, seed: int):
    """On the grid of 2^-24 s shares lose nothing: the sum is ``==`` elapsed (KERNEL 1, 27)."""
    living = cut_at_random(name, seed)
    for totals in closed_totals(living)[0].values():
        assert sum(totals.time) == living.env.now


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TEXTS)
def test_littles_law_holds_exactly(name: str, seed: int):
    """The integral of the number present is the sum of the times spent, ``==`` (KERNEL 1, 30).

    Those who left count with their whole stay, those who are here with their stay so far.
    """
    living = cut_at_random(name, seed)
    now = living.env.now
    _, places, plant = closed_totals(living)
    pieces = living.pieces
    assert plant.area == plant.sojourn + sum(now - piece.released for piece in pieces.values())
    assert plant.present == len(pieces) == plant.entered - plant.left
    for station, totals in places.items():
        waiting = living.stations[station].state
        here = [*waiting.queue, *getattr(waiting, "finished", ())]
        machines = living.stations[station].machines
        here += [name for machine in machines for name in in_hand(machine)]
        assert totals.present == len(here)
        assert totals.area == totals.sojourn + sum(now - pieces[job].since for job in here)


@pytest.mark.parametrize("name", TEXTS)
def test_totals_tell_what_the_log_tells(name: str):
    """Figures from the running totals are those counted in the log (KERNEL 30)."""
    living = finish(begin(*shop(name), 4))
    log = living.record.log
    assert log is not None
    events = Counter((row.machine, row.kind) for row in log.events)
    done = Counter((row.place, row.kind) for row in log.pieces)
    edges: Counter[str] = Counter()
    for row in log.events:
        if row.kind == "tool refit":
            edges[row.machine] += int(row.detail.split()[0])
    for machine, totals in closed_totals(living)[0].items():
        mode = living.machines[machine].state.mode
        times = dict.fromkeys(MODES, 0.0)
        times[mode.name] = living.env.now - mode.since
        for row in log.states:
            if row.machine == machine:
                times[row.mode] += row.end - row.start
        assert dict(zip(MODES, totals.time, strict=True)) == times
        counted = {
            "good": done[machine, "finished"] - done[machine, "sent back"],
            "scrap": done[machine, "scrapped"],
            "rework": done[machine, "sent back"],
            "failures": events[machine, "failure"],
            "trips": events[machine, "trip"],
            "overloads": events[machine, "overload"],
            "breakages": events[machine, "breakage"],
            "tool changes": events[machine, "tool change"],
            "edges used": edges[machine],
        }
        for what, number in counted.items():
            assert totals.counts.get(what, 0.0) == number, (machine, what)


def test_stretches_of_a_machine_join_without_gap_or_overlap():
    """One mode at a time: each stretch begins where the last ended (KERNEL 27)."""
    log = finish(begin(*shop("workshop"), 4)).record.log
    assert log is not None
    for name in {row.machine for row in log.states}:
        rows = [row for row in log.states if row.machine == name]
        assert rows[0].start == 0.0
        assert all(a.end == b.start for a, b in pairwise(rows))


def test_energy_by_state_is_the_integral_of_power():
    """Joule per mode are the integral of the power that any instant shows (KERNEL 14).

    Gauss-Legendre between load changes and knots of the wear land, with thermal feedback and
    wear; 1e-9 relative.
    """
    model, scenario = shop("workshop")
    living = begin(model, scenario, 4)
    living.env.advance(5000.0)
    worn = 0
    for name, totals in closed_totals(living)[0].items():
        machine = living.machines[name]
        found, knots = _energies(living, machine)
        worn += knots
        for mode, joule in zip(MODES, totals.energy, strict=True):
            assert joule == pytest.approx(found[mode], rel=1e-9, abs=1e-3), (name, mode)
    assert worn > 0, "some segment crossed a knot of the wear land"


def _energies(living: Shop, machine: Machine) -> tuple[dict[str, float], int]:
    log = living.record.log
    assert log is not None
    history: Any = log.history[machine.name]
    rows = [row for row in log.states if row.machine == machine.name]
    starts = [row.start for row in rows]
    marks = sorted({*history.instants, *starts, machine.state.mode.since, living.env.now})
    parts: dict[str, list[float]] = {mode: [] for mode in MODES}
    knots = 0
    for low, high in pairwise(marks):
        index = bisect_right(starts, low) - 1
        inside = index >= 0 and low < rows[index].end
        mode = rows[index].mode if inside else machine.state.mode.name
        cuts = [low, *_knots(history, low, high), high]
        knots += len(cuts) - 2
        parts[mode] += [_integral(history, a, b) for a, b in pairwise(cuts)]
    return {mode: fsum(joules) for mode, joules in parts.items()}, knots


def _knots(history: Any, low: float, high: float) -> list[float]:
    """Return the instants between *low* and *high* at which the wear land has a knot."""
    third = (high - low) / 3.0
    a, b = history.at(low + third), history.at(high - third)
    if a is None or b is None or b.damage <= a.damage:
        return []
    rate = (b.damage - a.damage) / third
    crossings = [low + third + (knot - a.damage) / rate for knot in KNOTS]
    return [at for at in crossings if low < at < high]


def _integral(history: Any, low: float, high: float) -> float:
    half, middle = 0.5 * (high - low), 0.5 * (high + low)
    return half * fsum(
        w * history.at(middle + half * x).power for x, w in zip(NODES, WEIGHTS, strict=True)
    )
