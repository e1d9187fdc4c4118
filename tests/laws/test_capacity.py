"""Laws: no other sharing has a smaller largest load; long runs show the loads told before."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.failure import FailureSpec
from simtwin.physics.life import Exponential, Fixed, Uniform
from simtwin.plant.batch import BatchSpec
from simtwin.plant.capacity import Capacity, StationLoad, capacity
from simtwin.plant.model import (
    MachineSpec,
    OperationSpec,
    PlantModel,
    ProductSpec,
    Scenario,
    SourceSpec,
    StationSpec,
    TimedStep,
)
from simtwin.plant.order_bounds import order_bounds
from simtwin.plant.precheck import precheck
from simtwin.plant.sharing import Task, share_out
from simtwin.plant.visits import released, visits
from simtwin.result.result import Result
from tests.strategies import shops
from tests.theory.plants import observe


def split(found: Capacity, shares: dict[int, list[float]]) -> float:
    """Return the largest load when each demand is shared by *shares* instead."""
    work = {s.station: 0.0 for s in found.stations}
    pieces: dict[int, float] = {}
    for flow in found.flows:
        pieces[flow.demand] = pieces.get(flow.demand, 0.0) + flow.pieces
    places: dict[int, int] = {}
    for flow in found.flows:
        k = places.get(flow.demand, 0)
        places[flow.demand] = k + 1
        part = shares[flow.demand][k] * pieces[flow.demand]
        work[flow.station] += part * (flow.taken.service.mean + flow.setup)
    return max(work[s.station] / s.offered for s in found.stations if s.offered)


@settings(max_examples=40)
@given(shop=shops(), data=st.data())
def test_no_other_sharing_is_better(shop, data):
    """The largest load is at most that of the even split, and of any other (min-max)."""
    model, scenario = shop
    model = replace(model, sources=tuple(s for s in model.sources if s.interarrival))
    found = capacity(model, replace(scenario, interventions=()))
    top = max(s.rho for s in found.stations)
    counts: dict[int, int] = {}
    for flow in found.flows:
        counts[flow.demand] = counts.get(flow.demand, 0) + 1
    even = {demand: [1 / n] * n for demand, n in counts.items()}
    assert top <= split(found, even) * (1 + 1e-9)
    other = {}
    for demand, n in counts.items():
        drawn = data.draw(st.lists(st.floats(0.01, 1.0), min_size=n, max_size=n))
        other[demand] = [x / sum(drawn) for x in drawn]
    assert top <= split(found, other) * (1 + 1e-9)
    products = {product.name: product for product in model.products}
    asked = sum(o.quantity * sum(visits(products[o.product])) for o in scenario.orders)
    sources = sum(
        scenario.horizon / s.interarrival.mean * sum(visits(product)) / released(product)
        for s in model.sources
        for product in [products[s.product]]
    )
    assert sum(f.pieces for f in found.flows) == pytest.approx(asked + sources, rel=1e-9)


@settings(max_examples=40)
@given(
    pieces=st.lists(st.floats(0.5, 20.0), min_size=1, max_size=4),
    times=st.lists(st.floats(0.5, 5.0), min_size=12, max_size=12),
)
def test_loads_are_levelled_as_far_as_alternatives_reach(pieces, times):
    """No piece could move to a station with a smaller load: all it may use are alike."""
    stations = ("a", "b", "c")
    tasks = [
        Task(n, tuple((s, times[3 * k + j]) for j, s in enumerate(stations)))
        for k, n in enumerate(pieces)
    ]
    offered = dict.fromkeys(stations, 100.0)
    found = share_out(tasks, offered)
    loads = dict.fromkeys(stations, 0.0)
    for task, row in zip(tasks, found.pieces, strict=True):
        assert sum(row) == pytest.approx(task.pieces)
        for (station, time), share in zip(task.times, row, strict=True):
            loads[station] += share * time / 100.0
    assert max(loads.values()) == pytest.approx(min(loads.values()), rel=1e-6)


laws = st.sampled_from([Fixed, Exponential, lambda mean: Uniform(0.5 * mean, 1.5 * mean)])


@st.composite
def open_plants(draw) -> PlantModel:
    """Return a plant of up to three stations whose source loads the fullest to .5 to .8."""
    count = draw(st.integers(1, 3))
    machines, stations, operations = [], [], []
    fullest = 0.0
    for place in range(count):
        members = draw(st.integers(1, 2))
        mean = draw(st.sampled_from([20.0, 30.0, 40.0]))
        clock = draw(st.sampled_from([None, "processing", "cycles", "calendar", "powered"]))
        modes: tuple[FailureSpec, ...] = ()
        if clock is not None:
            life = Exponential(20.0 if clock == "cycles" else 1000.0)
            modes = (FailureSpec("f", clock, life, draw(laws)(60.0), crew=False),)
        names = tuple(f"m{place}{k}" for k in range(members))
        machines += [MachineSpec(name, f"s{place}", failures=modes) for name in names]
        stations.append(StationSpec(f"s{place}", names))
        step = TimedStep(draw(laws)(mean), 0.5, 0.5)
        operations.append(OperationSpec(f"o{place}", (f"s{place}",), (step,)))
        fullest = max(fullest, mean / members)
    every = draw(laws)(fullest / draw(st.sampled_from([0.5, 0.65, 0.8])))
    return PlantModel(
        "open",
        tuple(machines),
        tuple(stations),
        (),
        (ProductSpec("p", tuple(operations)),),
        (SourceSpec("s", "p", every),),
    )


def unlike(result: Result, load: StationLoad, machines: dict[str, MachineSpec]) -> float:
    """Return by how much a run differs from a load: the mean of this is 0 in the long run."""
    shares = [result.machines[name].shares for name in load.machines]
    mode = {name: sum(share[name] for share in shares) / len(shares) for name in shares[0]}
    clocks = {m.clock for m in machines[load.machines[0]].failures}
    if clocks & {"calendar", "powered"}:  # Down also while idle: work over the time up.
        return mode["producing"] - load.rho * (1.0 - mode["down"])
    return 1.0 - mode["starved"] - mode["idle"] - load.rho


@settings(max_examples=6, deadline=None, derandomize=True)
@given(model=open_plants(), seed=st.integers(0, 10**6))
def test_a_long_run_shows_the_loads(model, seed):
    """The load of each station is the share of its time up that it is not empty (4 s.e.)."""
    scenario = Scenario(horizon=40_000.0, measure_from=4_000.0, seed=seed)
    stations = capacity(model, scenario).stations
    machines = {machine.name: machine for machine in model.machines}
    seen = observe(
        model, scenario, 20, lambda run: tuple(unlike(run, s, machines) for s in stations)
    )
    for load, values in zip(stations, seen.T, strict=True):
        error = values.std(ddof=1) / sqrt(len(values))
        assert abs(values.mean()) <= 4.0 * error + 1e-3, load
        assert error <= 0.02


def test_an_hour_of_the_plant_is_a_share_of_the_horizon():
    """Without a scenario loads are per hour; a scenario of ten hours has the same rho."""
    source = SourceSpec("s", "p", Exponential(60.0))
    step = TimedStep(Exponential(30.0), 0.5, 0.5)
    model = PlantModel(
        "open",
        (MachineSpec("m", "m"),),
        (StationSpec("m", ("m",)),),
        (),
        (ProductSpec("p", (OperationSpec("o", ("m",), (step,)),)),),
        (source,),
    )
    day = Scenario(horizon=36_000.0)
    assert precheck(model).capacity.bottleneck.rho == pytest.approx(0.5)
    assert precheck(model, day).capacity.bottleneck.rho == pytest.approx(0.5)


@settings(max_examples=40)
@given(shop=shops())
def test_no_run_beats_the_bounds(shop):
    """Orders of exact times, no stops and no scrap end no earlier than told; so the busiest."""
    model, scenario = shop
    exact = [
        replace(
            product,
            operations=tuple(
                replace(op, steps=tuple(map(_exact, op.steps)), scrap=0.0, rework=None)
                for op in product.operations
            ),
        )
        for product in model.products
    ]
    calm = tuple(replace(machine, failures=()) for machine in model.machines)
    stations = tuple(replace(s, batch=s.batch and _filling(s.batch)) for s in model.stations)
    model = replace(model, products=tuple(exact), machines=calm, stations=stations, sources=())
    scenario = replace(scenario, horizon=None, interventions=())
    run = simulate(model, scenario, history=False)
    bounds = order_bounds(model, scenario, capacity(model, scenario))
    for order in run.window.orders:
        assert order.finish >= bounds.finishes[order.order] - 1e-6
    assert run.kpis["makespan"].value >= bounds.busiest - 1e-6
    assert run.kpis["lead_time"].value >= bounds.lead - 1e-6


def _exact(step):
    if isinstance(step, TimedStep):
        return replace(step, duration=Fixed(step.duration.mean))
    return step


def _filling(batch: BatchSpec) -> BatchSpec:
    """Return *batch* so that the last pieces of all do not wait for ever."""
    return batch if batch.least == 1 else replace(batch, wait=batch.wait or 60.0)
