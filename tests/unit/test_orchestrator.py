"""Tests of the orchestrator: one owner of seed, states and processes; the same answers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.shop.capture import capture, to_json
from tests.benchmarks.plants import for_hours, workload

PLANT = """
plant: pair
crew: {members: 1}
machines:
  - id: a
    failures: [{id: wear, clock: processing, life: {weibull: {shape: 2, scale_h: 6}},
      repair_min: 40}]
  - id: b
    buffer: 2
    failures: [{id: power, clock: calendar, life: {exponential: {mean_h: 9}}, repair_min: 25}]
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration: {exponential: {mean_min: 4}}}
      - {operation: two, machines: [b], duration_min: 4}
"""
SHIFT = """
scenario: $NAME
plant: pair
horizon_h: 8
orders:
  - {id: first, product: p, quantity: 60, due_h: 5}
  - {id: second, product: p, quantity: 40, due_h: 8}
"""


@pytest.fixture(scope="module")
def pair() -> tuple[Any, Any, Any]:
    """Two machines, a shift, and the same shift with maintenance at two o'clock."""
    plant = parse_plant(PLANT)
    shift = parse_scenario(SHIFT.replace("$NAME", "shift"), plant)
    served = parse_scenario(
        SHIFT.replace("$NAME", "served")
        + "events: [{at_h: 2, machine: a, do: maintenance, for_min: 20}]\n",
        plant,
    )
    return plant, shift, served


def told(answer: Any) -> str:
    """Return what an answer says, every bit of its numbers."""
    if isinstance(answer, st.LookAhead):
        return str([answer.frame(name).to_json() for name in ("risks", "machines", "orders")])
    if isinstance(answer, st.Study):
        return str(answer.frame().to_json())
    if isinstance(answer, st.Impact):
        return str(answer.frame("kpis").to_json())
    if isinstance(answer, st.Ensemble):
        return repr(answer.outcomes)
    if hasattr(answer, "to_json"):
        return str(answer.to_json())
    return repr(answer)


def everything(shop: st.Orchestrator, served: Any) -> list[str]:
    """Return what the orchestrator answers to every question."""
    two = shop.at(7200.0)
    return [
        told(shop.replicate(6)),
        told(shop.compare([served], replications=6)),
        told(shop.sweep({"machines.a.feed_override": [90, 100]}, replications=4)),
        told(shop.look_ahead(replications=6, instead=served)),
        told(two.look_ahead("3 h", replications=6)),
        told(two.replicate(4)),
        told(shop.impact("b", at=7200.0, duration="1 h", replications=4)),
        told(two.branch(scenario=served).replicate(4)),
    ]


def test_answers_are_those_of_the_verbs(pair: Any) -> None:
    """DESIGN 3: the orchestrator is a door, not another way of doing it."""
    plant, shift, served = pair
    shop = st.Orchestrator(plant, shift, workers=1)
    assert told(shop.replicate(6)) == told(st.replicate(plant, shift, 6, workers=1))
    assert told(shop.compare([served], replications=6)) == told(
        st.compare(plant, [shift, served], replications=6, workers=1)
    )
    assert told(shop.look_ahead(replications=6)) == told(
        st.look_ahead(plant, None, shift, replications=6, workers=1)
    )


def test_processes_and_threads_give_the_same(pair: Any) -> None:
    """KERNEL 20: whoever does the runs, and however many, every bit is the same."""
    plant, shift, served = pair
    serial = everything(st.Orchestrator(plant, shift, workers=1), served)
    with st.Orchestrator(plant, shift, workers=2) as shop:
        assert everything(shop, served) == serial
    with ThreadPoolExecutor(2) as threads:
        assert everything(st.Orchestrator(plant, shift, executor=threads), served) == serial


def test_a_dask_cluster_gives_the_same_json(pair: Any) -> None:
    """DESIGN 7: two workers of a real cluster through `get_executor()`, equal to the bit."""
    distributed = pytest.importorskip("distributed", reason="the cluster extra is missing")
    plant, shift, served = pair
    serial = everything(st.Orchestrator(plant, shift, workers=1), served)
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        shop = st.Orchestrator(plant, shift, executor=client.get_executor())
        assert json.dumps(everything(shop, served)) == json.dumps(serial)


def test_a_branch_leaves_its_parent_alone(pair: Any) -> None:
    """A what-if is another plan on the same state; the state stays equal bit for bit."""
    plant, shift, served = pair
    shop = st.Orchestrator(plant, shift, workers=1)
    two = shop.at(7200.0)
    assert two.snapshot is not None
    before = to_json(two.snapshot)
    other = two.branch(scenario=served)
    other.replicate(3)
    two.look_ahead("1 h", replications=3)
    assert to_json(two.snapshot) == before
    assert shop.branches == [two]
    assert two.branches == [other]
    assert to_json(two.simulate().snapshot) == to_json(shop.simulate().snapshot)


def test_an_environment_goes_on_as_the_run_does(pair: Any) -> None:
    """The living shop of a state, advanced by hand, is where the run is."""
    plant, shift, _ = pair
    two = st.Orchestrator(plant, shift, workers=1).at(7200.0)
    living = two.environment()
    living.env.advance(28800.0)
    assert to_json(capture(living)) == to_json(two.simulate().snapshot)


def test_the_record_of_an_environment_tells_what_has_ended() -> None:
    """Nothing is put off in a shop that somebody holds: who reads its record need not ask."""
    plant = workload(1, edges=4)
    living = st.Orchestrator(plant, for_hours(plant, 20.0), workers=1).environment()
    for hour in range(1, 20):
        living.env.advance(3600.0 * hour)
        as_it_is = {
            name: (list(machine.totals.energy), len(machine.history.rows))
            for name, machine in living.machines.items()
        }
        capture(living)
        for name, machine in living.machines.items():
            assert as_it_is[name] == (list(machine.totals.energy), len(machine.history.rows))


def test_time_runs_forward_only(pair: Any) -> None:
    """A branch cannot begin before the state that it is made of."""
    plant, shift, _ = pair
    two = st.Orchestrator(plant, shift, workers=1).at(7200.0)
    with pytest.raises(InvalidInput, match="before this state"):
        two.at(3600.0)
    with pytest.raises(InvalidInput, match="workers"):
        st.Orchestrator(plant, shift, workers=0)
