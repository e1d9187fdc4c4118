"""Tests of the verb `cause`: exact shares of a difference by runs on the same luck."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import exp, fsum, log
from typing import TYPE_CHECKING

import pytest

from simtwin.errors import InvalidInput, OutOfRange
from simtwin.orchestrator.cause import cause
from simtwin.orchestrator.counterfactual import GROUPS, chosen, mild, unchanged, without_acts
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.changes import Changes
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.plant.spread import Shift, Spread
from simtwin.result.estimate import Estimate
from simtwin.result.figure import Figure
from tests.laws.shops import shop

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.cause import Cause

MILL = """
plant: one mill
machines:
  - id: mill
    preset: generic-vmc-40
    coolant_loss_life: 0.83333333333333333
    magazine: [{tool: end, edges: 1}]
tools: [{id: end, preset: end-mill-16-steel, life_scatter: 0, break_rate_per_h: 0}]
programs:
  - id: slot
    material: P6
    steps:
      - mill: {tool: end, speed_m_min: 150, feed_mm: 0.06, depth_mm: 5, width_mm: 3,
         path_mm: 200}
products: [{id: block, route: [{operation: mill, machines: [mill], program: slot}]}]
"""

HOUR = """
scenario: hour
plant: one mill
horizon: 1 h
orders: [{id: order-1, product: block, quantity: 3}]
events: [{at_min: 0, machine: mill, do: coolant off}]
"""


def lighter(plant: PlantModel, scenario: Scenario) -> tuple[PlantModel, Scenario]:
    """Cut material that lets the edge live twice as long."""
    tool = plant.tools[0]
    assert tool.life is not None
    life = replace(tool.life, reference=2.0 * tool.life.reference)
    return replace(plant, tools=(replace(tool, life=life),)), scenario


def shorter(plant: PlantModel, scenario: Scenario) -> tuple[PlantModel, Scenario]:
    """Make two pieces where three were made."""
    return plant, scenario.with_changes({"orders.order-1.quantity": 2})


FACTORS = {
    "load": lighter,
    "temperature": without_acts("coolant off"),
    "speed": shorter,
}
"""What multiplies the wear of the edge by 2.0, 1.2 and 1.5."""


@cache
def worn(*, scale_log: bool = False) -> Cause:
    """Return what wore the edge of the mill, one observation."""
    plant = parse_plant(MILL)
    return cause(
        plant,
        parse_scenario(HOUR, plant),
        outcome="damage(mill/end#1)",
        groups=FACTORS,
        replications=1,
        log=scale_log,
    )


def test_factors_that_multiply_have_their_shapley_values():
    """Load 2.0, temperature 1.2 and speed 1.5 share 2.6 as they must (ORACLES J15)."""
    found = worn()
    base = found.nominal
    assert isinstance(base, float)
    assert found.actual == pytest.approx(3.6 * base, rel=1e-9)
    told = {group: value / base for group, value in found.shares.items()}  # type: ignore[operator]
    expected = {"load": 1.38333333, "temperature": 0.38333333, "speed": 0.83333333}
    assert told == pytest.approx(expected, abs=1e-8)
    assert found.total == pytest.approx(2.6 * base, rel=1e-9)


def test_factors_that_multiply_have_shares_of_the_log_ratio():
    """On the log scale each share is the log of the group's own factor (ORACLES J15)."""
    found = worn(scale_log=True)
    assert found.total == pytest.approx(log(3.6), rel=1e-9)
    frame = found.frame().set_index("group")
    shares = {"load": 0.541126, "temperature": 0.142335, "speed": 0.316539}
    assert frame.of_total.to_dict() == pytest.approx(shares, abs=1e-6)
    factors = {"load": 2.0, "temperature": 1.2, "speed": 1.5}
    assert frame.factor.to_dict() == pytest.approx(factors, rel=1e-9)


def test_leave_one_out_effects_are_told_apart_from_shares():
    """1.8, .6 and 1.2 sum to 3.6 and not to the 2.6 that is to be shared (ORACLES J15)."""
    found = worn()
    base = found.nominal
    assert isinstance(base, float)
    alone = {group: value / base for group, value in found.without_one.items()}  # type: ignore[operator]
    expected = {"load": 1.8, "temperature": 0.6, "speed": 1.2}
    assert alone == pytest.approx(expected, rel=1e-9)
    assert "1.8" not in found.sentence
    assert "without_this_alone" in found.frame().columns


@cache
def of_workshop(outcome: str, workers: int = 1) -> Cause:
    """Return what *outcome* of the small workshop comes from, three replications."""
    plant, scenario = shop("workshop")
    return cause(
        plant,
        scenario.with_changes({"horizon": 5400.0}),
        outcome=outcome,
        groups=["feed and speed", "coolant", "temperature"],
        replications=3,
        workers=workers,
    )


@pytest.mark.parametrize("outcome", ["unplanned_downtime", "damage(mill-2/front bearing)"])
def test_shares_sum_to_the_difference_in_every_replication(outcome: str):
    """Shapley values share out actual minus nominal, replication by replication."""
    found = of_workshop(outcome)
    plant, scenario = shop("workshop")
    changed = scenario.with_changes({"horizon": 5400.0})
    for one in found.explained:
        shared = fsum(one.contributed.values())
        assert shared == pytest.approx(one.actual - one.nominal, rel=1e-9, abs=1e-9)
        run = simulate(plant, changed, replication=one.replication)
        assert one.actual == found.figure.of(run)
    total = found.total
    assert isinstance(total, Estimate)
    assert total.n == 3
    shares = [share.value for share in found.shares.values() if isinstance(share, Estimate)]
    assert fsum(shares) == pytest.approx(total.value, rel=1e-9)


def test_a_group_without_effect_contributes_nothing():
    """What changes neither plant nor scenario has share 0, to the last bit."""
    plant, scenario = shop("line")
    found = cause(
        plant,
        scenario,
        outcome="throughput",
        groups={"nothing": lambda p, s: (p, s), "breakdowns": without_acts("breakdown")},
        replications=2,
        workers=1,
    )
    assert [one.contributed["nothing"] for one in found.explained] == [0.0, 0.0]
    assert [one.without_one["nothing"] for one in found.explained] == [0.0, 0.0]
    assert "no effect: nothing" in found.sentence


def test_asking_twice_gives_the_same_on_any_number_of_workers():
    """A cause is a function of its question (ORACLES J17)."""
    once, twice = of_workshop("unplanned_downtime"), of_workshop("unplanned_downtime", 2)
    assert once.explained == twice.explained
    assert once.sentence == twice.sentence


def test_one_replication_is_an_observation():
    """A number of one run has no interval and says so (KERNEL 25)."""
    found = worn()
    assert all(isinstance(share, float) for share in found.shares.values())
    assert found.sentence.endswith("one run, no interval.")
    assert found.frame()["low"].isna().all()


def test_the_chain_of_a_cause_is_that_of_its_machine():
    """Beside the shares stands what happened in replication 0."""
    found = of_workshop("damage(mill-2/front bearing)")
    assert found.chain is not None
    assert found.chain.links[0].who.startswith("mill-2")
    assert of_workshop("unplanned_downtime").chain is None
    plant, scenario = shop("workshop")
    late = cause(
        plant, scenario, outcome="tardiness(late-3)", groups=["coolant"], replications=1
    )
    assert late.chain is not None
    assert late.chain.links[-1].who == "late-3"


def interrupted(after: int) -> Cause:
    """Return a cause whose runs were stopped when more than so many were done."""
    plant, scenario = shop("line")
    done = [0]

    def guard() -> None:
        if done[0] > after:
            raise KeyboardInterrupt

    return cause(
        plant,
        scenario,
        outcome="failures",
        groups=["feed and speed", "breakdowns"],
        replications=3,
        workers=1,
        progress=lambda runs, _: done.__setitem__(0, runs),
        guard=guard,
    )


def test_what_is_interrupted_keeps_whole_replications():
    """A replication counts only when all its four combinations are there."""
    found = interrupted(5)
    assert found.partial
    assert found.n == 1
    assert "partial" in repr(found)
    with pytest.raises(KeyboardInterrupt):
        interrupted(1)


def test_from_a_snapshot_the_runs_are_forecasts():
    """From a snapshot only what is still to come can be otherwise."""
    plant, scenario = shop("workshop")
    cut = simulate(plant, scenario, until=3000.0).snapshot
    found = cause(
        plant,
        scenario.with_changes({"horizon": 5400.0}),
        outcome="failures(mill-2)",
        snapshot=cut,
        replications=2,
        workers=1,
    )
    assert found.groups == ("feed and speed", "coolant", "breakdowns", "maintenance")
    for one in found.explained:
        assert fsum(one.contributed.values()) == pytest.approx(one.actual - one.nominal)


def test_groups_are_those_that_the_scenario_has():
    """A shift without acts has no group of acts; more than six are refused with a choice."""
    plant, scenario = load_with_plant("day_shift")
    found = chosen(plant, scenario, None, from_snapshot=False)
    assert 1 <= len(found) <= 6
    assert all(nominal(plant, scenario) != (plant, scenario) for nominal in found.values())
    crowded = shop("workshop")
    with pytest.raises(InvalidInput, match=r"1 to 6 \(the scenario has 8: feed and speed,"):
        chosen(*crowded, None, from_snapshot=False)
    with pytest.raises(InvalidInput, match="no group is called 'weather'"):
        chosen(plant, scenario, ["weather"], from_snapshot=False)
    with pytest.raises(InvalidInput, match="must be several"):
        chosen(plant, scenario, "coolant", from_snapshot=False)
    with pytest.raises(InvalidInput, match=r"it needs at least 1 replication .got 0"):
        cause(plant, scenario, outcome="energy", replications=0)


def test_changes_are_shared_between_their_groups():
    """A hot hall belongs to temperature, an override to feed, a machine more to changes."""
    plant, scenario = load_with_plant("day_shift")
    values: dict[str, object] = {
        "ambient": 34.0,
        "machines.*.feed_override": 85.0,
        "machines.mill-1.refit": 60.0,
    }
    hot = replace(scenario, changes=Changes(values, add={"mill-5": "mill-1"}))
    assert set(mild(plant, hot)[1].changes.values) == set(values) - {"ambient"}
    kept = unchanged(plant, hot)[1].changes
    assert set(kept.values) == {"ambient", "machines.*.feed_override"}
    assert kept.add == {}
    found = cause(
        plant,
        replace(hot, horizon=1800.0),
        outcome="energy",
        groups=["temperature", "feed and speed", "changes"],
        replications=2,
        workers=1,
    )
    for one in found.explained:
        assert fsum(one.contributed.values()) == pytest.approx(one.actual - one.nominal)
        assert all(one.contributed.values())


def test_every_group_puts_its_own_things_back():
    """At nominal nothing is left of a group, spreads on its numbers included."""
    plant, scenario = shop("workshop")
    spread = (
        Spread.percent("start_from.bearings.mill-2/rear", 20.0),
        Spread.percent("orders.rush.quantity", 5.0),
    )
    plant = replace(
        plant,
        machines=tuple(replace(m, spindle_override=90.0) for m in plant.machines),
        spread=(Spread("ambient", Shift(3.0)),),
        ambient=30.0,
    )
    case = plant, replace(scenario, spread=spread)
    for group in GROUPS:
        changed = group.nominal(*case)
        assert changed != case or group.name == "changes"
        assert group.nominal(*changed) == changed
        case = changed
    plant, bare = case
    assert (bare.spread, plant.spread, plant.crew) == ((), (), None)
    assert {m.spindle_override for m in plant.machines} == {100.0}
    assert {act.do for act in bare.interventions} == {"stop", "start", "force tool change"}
    assert [o.name for o in scenario.orders if o not in bare.orders] == ["late-2", "rush"]
    assert bare.start_from == replace(
        scenario.start_from, temperatures={}, bearings={}, edges={}, ages={}
    )


def test_acts_that_are_uncertain_cannot_be_dropped():
    """Acts are called by their number: dropping one would move the spread to another."""
    plant, scenario = shop("line")
    unsure = replace(scenario, spread=(Spread.percent("interventions.0.at", 10.0),))
    with pytest.raises(InvalidInput, match="acts cannot be dropped while they are uncertain"):
        without_acts("breakdown")(plant, unsure)


def test_what_is_uncertain_is_drawn_alike_in_every_combination():
    """A spread is ignorance of the whole replication, and no group: it cancels."""
    plant, scenario = shop("line")
    vague = replace(scenario, spread=(Spread.percent("machines.*.failures.x.life.mean", 40.0),))
    found = cause(
        plant,
        vague,
        outcome="throughput",
        groups={"nothing": lambda p, s: (p, s)},
        replications=2,
        workers=1,
    )
    assert [one.contributed["nothing"] for one in found.explained] == [0.0, 0.0]
    assert found.explained[0].actual != found.explained[1].actual


def test_the_log_of_nothing_is_refused():
    """A figure that may be 0 has no ratio."""
    plant, scenario = shop("cell")
    with pytest.raises(OutOfRange, match="must be positive and finite on the log scale"):
        cause(
            plant,
            scenario,
            outcome="failures",
            groups={"nothing": lambda p, s: (p, s)},
            replications=1,
            log=True,
        )


def test_a_figure_is_of_the_plant_an_order_a_machine_or_a_part():
    """A name that is not known is refused with those that are."""
    plant, scenario = shop("workshop")
    run = simulate(plant, scenario, history=False)
    totals = run.window.machines["mill-2"]
    assert Figure.parse("failures( mill-2 )").of(run) == totals.counts["failures"]
    assert Figure.parse("energy(mill-2)").of(run) == pytest.approx(sum(totals.energy) / 3.6e6)
    down = Figure.parse("downtime(mill-2)")
    assert down.unit == "s"
    assert 0.0 < down.of(run) < run.kpis["unplanned_downtime"].value
    tardy = Figure.parse("tardiness(late-3)")
    assert (tardy.order, tardy.machine, str(tardy)) == ("late-3", None, "tardiness(late-3)")
    assert Figure.parse("p_failure(mill-2)").machine == "mill-2"
    with pytest.raises(InvalidInput, match="no machine is called 'mill-9'"):
        Figure.parse("downtime(mill-9)").of(run)
    with pytest.raises(InvalidInput, match="must name the part"):
        Figure.parse("damage")
    with pytest.raises(InvalidInput, match="there is no such figure"):
        Figure.parse("happiness")


def test_the_factor_of_a_share_is_its_exponential():
    """On the log scale the factors of all groups multiply to the whole ratio."""
    frame = worn(scale_log=True).frame()
    assert exp(fsum(frame.share)) == pytest.approx(3.6, rel=1e-9)
