"""A forecast has luck of its own and never peeks (KERNEL 18)."""

from __future__ import annotations

from dataclasses import replace
from math import exp, sqrt
from typing import Any

import pytest
from msgspec import structs

from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.bearing import BearingState
from simtwin.parts.failure import FailureState
from simtwin.parts.tool import EdgeState, Stowed, Wear
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.snapshot import Snapshot
from simtwin.shop.capture import capture, to_json
from simtwin.shop.flow_states import SourceState
from simtwin.shop.forecast import forecast
from simtwin.shop.plan import plan_of
from simtwin.shop.shop import Shop
from simtwin.shop.states import MachineState
from tests.laws.shops import shop

CUT = 3000.0
CUTTING = ("cut", "program")
"""Phases in which an edge heats its machine."""


def _foreseen(name: str, snapshot: Snapshot, *, seed: int = 5, replication: int = 0) -> Shop:
    model, scenario = shop(name)
    assert scenario.horizon is not None
    living = forecast(
        plan_of(model), scenario, snapshot, seed=seed, replication=replication, log=True
    )
    living.env.advance(scenario.horizon)
    return living


def _stranger(value: Any) -> Any:
    """Return a state with other hidden draws than *value*, as far as they have not struck."""
    if isinstance(value, BearingState) and not value.spalled:
        return structs.replace(value, strength=3.0 * value.strength)
    if isinstance(value, FailureState) and not value.failed:
        return structs.replace(value, due=value.due + 1000.0)
    if isinstance(value, EdgeState) and not value.spent:
        return structs.replace(
            value, factor=2.0 * value.factor, threshold=value.threshold + 1.0
        )
    if isinstance(value, SourceState) and value.next is not None:
        return structs.replace(value, next=value.next + 7.0)
    if isinstance(value, MachineState):
        magazine = {
            name: Stowed(
                _stranger(stowed.edge), stowed.wear if stowed.edge.spent else _worn(stowed.wear)
            )
            for name, stowed in value.magazine.items()
        }
        drawn = value.phase == "repair" and value.faults[0].duration is None
        until = value.until + 9.0 if drawn else value.until
        if value.phase in CUTTING:
            return value  # How blunt its edges are shows in its temperatures.
        return structs.replace(value, magazine=magazine, wear=_worn(value.wear), until=until)
    return value


def _worn(wear: Wear) -> Wear:
    """Return another true damage and hazard with what the control has counted."""
    used, damage, hazard = wear
    return used, 0.5 * damage, 0.5 * hazard


def _other(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot that shows the same, and hides other luck."""
    cutting = tuple(
        f"{name}/"
        for name, state in snapshot.states.items()
        if isinstance(state, MachineState) and state.phase in CUTTING
    )
    return replace(
        snapshot,
        states={
            key: value
            if isinstance(value, EdgeState) and key.startswith(cutting)
            else _stranger(value)
            for key, value in snapshot.states.items()
        },
        counts={key: count + 3 for key, count in snapshot.counts.items()},
        seed=snapshot.seed + 1,
    )


@pytest.mark.parametrize("cut", [CUT, 3700.0, 5400.0])
@pytest.mark.parametrize("name", ["workshop", "line", "presses"])
def test_a_forecast_never_peeks(name: str, cut: float) -> None:
    """Other hidden strengths, lives, factors, ends and counts of draws: the same forecast."""
    model, scenario = shop(name)
    snapshot = simulate(model, scenario, seed=3, until=cut if name == "workshop" else 0.5 * cut)
    mine = _foreseen(name, snapshot.snapshot)
    theirs = _foreseen(name, _other(snapshot.snapshot))
    assert to_json(capture(mine)) == to_json(capture(theirs))


@pytest.mark.parametrize("name", ["workshop", "line"])
def test_a_look_ahead_never_peeks(name: str) -> None:
    """What is sealed in a snapshot moves no probability, no order and no figure (KERNEL 17)."""
    model, scenario = shop(name)
    snapshot = simulate(model, scenario, seed=3, until=CUT).snapshot
    mine, theirs = (
        look_ahead(model, one, scenario, horizon="30 min", replications=6, seed=2)
        for one in (snapshot, _other(snapshot))
    )
    for table in ("risks", "machines", "incidence", "remaining", "orders"):
        assert mine.frame(table).equals(theirs.frame(table))
    assert [f.kpis for f in mine.futures] == [f.kpis for f in theirs.futures]


def test_a_forecast_is_reproducible_and_replications_differ() -> None:
    """The same seed and replication give the same bits, another replication another future."""
    model, scenario = shop("workshop")
    snapshot = simulate(model, scenario, seed=3, until=CUT).snapshot
    first, again, other = (
        to_json(capture(_foreseen("workshop", snapshot, replication=r))) for r in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_a_forecast_leaves_its_snapshot_alone() -> None:
    """Looking ahead changes nothing of the state that it looks from (ORACLES J17)."""
    model, scenario = shop("workshop")
    snapshot = simulate(model, scenario, seed=3, until=CUT).snapshot
    before = to_json(snapshot)
    _foreseen("workshop", snapshot)
    assert to_json(snapshot) == before


LAMP = """
plant: lamp
machines:
  - id: m
    failures:
      - id: lamp
        clock: calendar
        life: {weibull: {shape: 2.5, scale_h: 1000}}
        repair_h: 1
        crew: false
products:
  - {id: p, route: [{operation: o, machines: [m], duration_h: 1}]}
sources:
  - {id: s, product: p, saturating: true}
"""


def test_a_life_in_a_forecast_is_conditioned_on_survival() -> None:
    """Weibull(2.5, 1000 h) alive at 600 h: P(fail within 24 h) is .02831888 (ORACLES J1)."""
    plant = parse_plant(LAMP)
    scenario = parse_scenario("scenario: s\nplant: lamp\nhorizon_h: 624\n", plant)
    seed = next(
        seed
        for seed in range(100)
        if not simulate(plant, scenario, seed=seed, until=600 * 3600.0).kpis["failures"].value
    )
    snapshot = simulate(plant, scenario, seed=seed, until=600 * 3600.0).snapshot
    expected = 1.0 - exp(0.6**2.5 - 0.624**2.5)
    assert round(expected, 8) == 0.02831888
    n = 1500
    failed = 0
    for replication in range(n):
        living = forecast(plan_of(plant), scenario, snapshot, seed=11, replication=replication)
        living.env.advance(624 * 3600.0)
        failed += living.record.machines["m"].counts.get("failures", 0.0) > 0.0
    error = sqrt(expected * (1.0 - expected) / n)
    assert abs(failed / n - expected) <= 4.0 * error


GATE = """
plant: gate
machines:
  - id: m
products:
  - {id: p, route: [{operation: o, machines: [m], duration_min: 1}]}
sources:
  - {id: s, product: p, every: {uniform: {low_min: 50, high_min: 70}}}
"""


def test_the_next_arrival_of_a_forecast_knows_how_long_it_has_been() -> None:
    """Uniform(50, 70) min between arrivals, 60 min since the last: within the next 10 min."""
    plant = parse_plant(GATE)
    scenario = parse_scenario("scenario: s\nplant: gate\nhorizon_h: 3\n", plant)
    seed = next(
        seed
        for seed in range(200)
        if simulate(plant, scenario, seed=seed, until=3660.0).window.plant.entered == 0
    )
    snapshot = simulate(plant, scenario, seed=seed, until=3600.0).snapshot
    for replication in range(20):
        living = forecast(plan_of(plant), scenario, snapshot, seed=4, replication=replication)
        at = living.sources["s"].state.next
        assert at is not None
        assert 3600.0 <= at <= 4200.0
