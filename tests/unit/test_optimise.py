"""Laws: parameters optimised within limits, prices of limits, refusals, and what is told."""

from __future__ import annotations

import json
from math import sqrt

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.orchestrator.optimise.cycle import Cycle
from simtwin.orchestrator.optimise.target import target_of
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.model import OrderSpec, Scenario, StartState
from simtwin.report.answer import answer
from tests.turning import lathe

STEEL = {"kc11": 1800.0, "depth": 2.0}
SCATTERED = (
    "taylor: {c_m_min: 300, n: 0.25, reference_feed_mm: 0.25, feed_exponent: 1.5}, "
    "break_rate_per_h: 0.05, nose_radius_mm: 0.8"
)


def best(plant=None, **asked):
    """Return the optimum of the textbook's lathe, without runs unless they are asked for."""
    given = {"verify": False, "workers": 1, "starts": 3, **asked}
    return st.optimise_parameters(plant or lathe(**STEEL), "lathe", **given)


def limit(optimum, name):
    """Return the limit *name* of an optimum."""
    return next(one for one in optimum.constraints if one.name == name)


def test_figures_are_those_of_the_simulation():
    """Time, energy, edges, breakages and bearing damage of a part, scatter included."""
    plant = lathe(**STEEL, tool=SCATTERED, edges=4)
    steps = plant.products[0].operations[0].steps
    figures = Cycle(target_of(plant, "lathe")).figures(steps, exact=True)
    count, n = 600, 12
    start = StartState(temperatures={"lathe": figures.ends})
    plan = Scenario(orders=(OrderSpec("order", "shaft", quantity=count),), start_from=start)
    runs = [simulate(plant, plan, replication=r, history=False) for r in range(n)]
    goods = [run.kpis["good_pieces"].value for run in runs]

    def agrees(expected, values, slack):
        mean = sum(values) / n
        error = sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)
        assert abs(mean - expected) <= 4.0 * error + slack * expected

    agrees(figures.seconds, [r.end / g for r, g in zip(runs, goods, strict=True)], 2e-3)
    energies = [r.kpis["energy"].value * 3.6e6 / g for r, g in zip(runs, goods, strict=True)]
    agrees(figures.energy, energies, 2e-3)
    used = [r.kpis["edges_used"].value / g for r, g in zip(runs, goods, strict=True)]
    agrees(figures.edges, used, 4.0 / (count * figures.edges))
    broken = [r.kpis["tool_breakages"].value / g for r, g in zip(runs, goods, strict=True)]
    agrees(sum(use.breaks for use in figures.uses.values()), broken, 0.02)
    for place, wear in enumerate(figures.bearings.values()):
        damage = [r.snapshot.states["lathe"].damages[place] for r in runs]
        agrees(wear, [d / g for d, g in zip(damage, goods, strict=True)], 5e-3)


def test_the_steady_state_is_that_of_many_parts():
    """Temperatures after hundreds of parts are those with which a cycle begins."""
    plant = lathe(**STEEL, constant=9000.0)  # An edge for them all: no change lets it cool.
    steps = plant.products[0].operations[0].steps
    figures = Cycle(target_of(plant, "lathe")).figures(steps)
    plan = Scenario(orders=(OrderSpec("order", "shaft", quantity=300),))
    run = simulate(plant, plan, history=False)
    seen = run.snapshot.states["lathe"].temperatures
    assert seen == pytest.approx(figures.ends, abs=1e-6)
    assert all(
        peak >= end - 1e-9 for peak, end in zip(figures.peaks.values(), seen, strict=True)
    )


def test_a_limit_is_reached_and_its_price_is_the_slope():
    """Easing the power by a little gains what the price says, in the units of both."""
    plant = lathe(**STEEL, tool="wear_limit_mm: 0.3")
    asked = {"plant": plant, "bounds": {"speed_m_min": (100, 200), "feed_mm": (0.1, 0.3)}}
    held = best(constraints={"power_kw": 3.0}, **asked)
    power = limit(held, "power of insert")
    assert power.reached
    assert power.best == pytest.approx(3.0, rel=1e-5)
    assert "power of insert (at most 3 kW)" in held.sentence
    eased = best(constraints={"power_kw": 3.01}, **asked)
    gained = (held.figure("time").best - eased.figure("time").best) / 0.01
    assert power.price == pytest.approx(gained, rel=0.05)


@pytest.mark.parametrize(
    ("key", "bound", "name", "unit"),
    [
        ("torque_nm", 60.0, "torque of insert", "Nm"),
        ("force_n", 1200.0, "force of insert", "N"),
        ("tool_life_min", 15.0, "tool life of insert", "min"),
        ("temperature_c", 42.0, "temperature of the motor", "degC"),
        ("energy_kwh", 0.6, "energy", "kWh"),
        ("parts_per_tool", 6.0, "parts per edge of insert", "parts"),
        ("roughness_um", 1.0, "roughness of insert", "um"),
        ("spindle_wear", 1.2e-9, "spindle wear", "lives"),
    ],
)
def test_every_limit_is_kept(key, bound, name, unit):
    """What is asked for is kept, by the figure in its unit."""
    plant = lathe(**STEEL, tool=SCATTERED)
    found = best(plant, constraints={key: bound}, bounds={"speed_m_min": (100, 260)})
    assert found.feasible, found.sentence
    one = limit(found, name)
    assert one.unit == unit
    off = one.limit - one.best if one.lower else one.best - one.limit
    assert off <= 1e-5 * bound


def test_limits_of_single_cuts():
    """A mapping names cuts, tools or nodes; others are free."""
    plant = st.load_plant("job_shop")
    found = st.optimise_parameters(
        plant, "lathe-1", program="shaft-op10", verify=False, starts=1,
        constraints={
            "roughness_um": {"finish-steel": 1.6},
            "power_kw": {"rough-steel/2": 6.0},
            "tool_life_min": {"rough-steel": 25.0},
            "temperature_c": {"motor": 75.0},
        },
    )  # fmt: skip
    names = [one.name for one in found.constraints if one.own]
    assert names == [
        "roughness of finish-steel",
        "power of rough-steel/2",
        "tool life of rough-steel/1",
        "tool life of rough-steel/2",
        "temperature of the motor",
    ]
    finish = limit(found, "roughness of finish-steel")
    assert finish.best == pytest.approx(1.6, rel=1e-5)
    places = {key.rpartition(".")[0] for key in found.changes}
    assert places == {f"products.shaft.operations.op10.steps.{i}" for i in (1, 2, 3)}


def test_limits_that_no_parameters_keep():
    """The answer names those at fault, also where a bound stands against a limit."""
    found = best(
        constraints={"tool_life_min": 60.0, "time_s": 480.0, "power_kw": 20.0},
        bounds={"speed_m_min": (100, 260), "feed_mm": (0.2, 0.26)},
    )
    assert not found.feasible
    assert {one.name for one in found.active} == {"tool life of insert", "time"}
    assert "no parameters within the bounds keep all limits" in found.sentence
    assert "the highest feed of insert" in found.sentence
    assert found.changes == {}
    assert found.trial is None
    with pytest.raises(InvalidInput, match="keep all limits"):
        _ = found.optimised
    assert answer(found)["feasible"] is False


def test_today_may_break_a_limit():
    """A limit that today's parameters do not keep is said, and may cost time."""
    found = best(constraints={"tool_life_min": 60.0}, bounds={"feed_mm": (0.2, 0.25)})
    assert limit(found, "tool life of insert").broken_today
    assert (
        "Today's parameters do not keep tool life of insert (at least 60 min)" in found.sentence
    )
    assert "more" in found.sentence


def test_the_gain_is_confirmed_by_paired_runs():
    """Scattered edges: the same luck for both plans, and an interval for the difference."""
    plant = lathe(**STEEL, tool=SCATTERED, edges=3)
    found = best(plant, verify=True, replications=8, parts=60)
    assert found.confirmed
    gained = found.trial.differences["time"]["best"]
    expected = found.figure("time").best - found.figure("time").today
    assert gained.low < gained.high < 0.0
    assert gained.value == pytest.approx(expected, rel=0.1)
    assert "8 paired runs of 60 parts show" in found.sentence
    assert found.optimised.products[0].operations[0].steps[1].feed == pytest.approx(
        found.parameters[1].best * 1e-3
    )


def test_no_gain_is_said():
    """What is best already is said to be, and runs see no difference."""
    first = best(vary=["speed"])
    again = best(first.optimised, vary=["speed"], verify=True, replications=3, parts=40)
    assert "none within the limits take less" in again.sentence
    assert not again.confirmed


def test_two_goals_give_a_front():
    """No point is beaten; ends are the least of each goal; each point keeps the limits."""
    plant = lathe(**STEEL, tool=SCATTERED)
    asked = {"bounds": {"speed_m_min": (60, 260)}, "prices": {"edge": 4, "machine_per_h": 12}}
    found = best(plant, objective=["time", "cost"], points=6, **asked)
    first, second = zip(*(point.values for point in found.front), strict=True)
    assert list(first) == sorted(first)
    assert list(second) == sorted(second, reverse=True)
    assert len(found.front) >= 4
    assert sum(point.chosen for point in found.front) == 1
    for place, goal in ((0, "time"), (-1, "cost")):
        alone = best(plant, objective=goal, **asked)
        value = found.front[place].values[0 if goal == "time" else 1]
        assert value == pytest.approx(alone.figure(goal).best, rel=1e-4)
    assert len(found.plot.front().data) == 3
    assert len(found.frame("front")) == len(found.front)


def test_depth_goes_in_whole_passes():
    """The same work in more passes: shallower, and a longer path; forces fall."""
    plant = lathe(kc11=3000.0, depth=3.0)
    found = best(
        plant, vary=["speed", "feed", "depth"], constraints={"force_n": 800.0},
        bounds={"depth_mm": (0.9, 3.0)}, passes={"insert": 1},
    )  # fmt: skip
    today, passes = found.passes["insert"]
    assert today == 1
    assert passes >= 2
    old = plant.products[0].operations[0].steps[1]
    new = found.optimised.products[0].operations[0].steps[1]
    assert new.depth == pytest.approx(old.depth / passes)
    assert new.depth * new.path == pytest.approx(old.depth * old.path)


def test_coolant_is_off_where_it_costs_more_than_it_saves():
    """Dear coolant and a goal of cost: off, said, and off in the trial."""
    plant = lathe(**STEEL)
    asked = {"objective": "cost", "vary": ["speed", "feed", "coolant"]}
    free = best(plant, prices={"machine_per_h": 30, "edge": 3}, **asked)
    assert free.coolant
    dear = best(
        plant, prices={"machine_per_h": 30, "edge": 3, "coolant_per_min": 9},
        verify=True, replications=2, parts=40, **asked,
    )  # fmt: skip
    assert not dear.coolant
    assert any("coolant of lathe is off" in line for line in dear.notes)
    assert dear.confirmed


def test_the_heaviest_operation_is_taken():
    """Without a program it is the one whose cuts need most energy."""
    target = target_of(st.load_plant("job_shop"), "hmc-1")
    assert target.name == "housing-op10"
    assert list(target.cuts) == ["face-iron", "end-iron", "bore-iron", "drill-iron"]
    assert [machine.name for machine in target.others] == ["hmc-2", "hmc-3"]


def test_other_machines_must_bear_it_too():
    """A program that may run on mills keeps what those bear, beside its own machine."""
    found = st.optimise_parameters(
        st.load_plant("job_shop"), "hmc-1", program="housing-op20", verify=False, starts=1
    )
    assert any(one.name.endswith(" on mill-1") for one in found.constraints)
    assert "on mill-1, mill-2, mill-3, mill-4, hmc-2, hmc-3:" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"objective": "tme"}, "no goal 'tme'; did you mean 'time'"),
        ({"objective": ["time", "time"]}, "stands twice"),
        ({"objective": ["time", "energy", "cost"]}, "one goal, or two"),
        ({"objective": "cost"}, "needs prices"),
        (
            {"objective": "cost", "prices": {"edges": 3}},
            "no price 'edges'; did you mean 'edge'",
        ),
        ({"objective": "cost", "prices": {"edge": -3}}, "edge must be at least 0"),
        ({"prices": {"edge": {"drill": 3}}}, "no tool 'drill'"),
        ({"constraints": {"power": 3}}, "no limit 'power'; did you mean 'power_kw'"),
        ({"constraints": {"power_kw": "much"}}, "must be a number"),
        ({"constraints": {"power_kw": 0}}, "must be above 0"),
        ({"constraints": {"power_kw": {"drill": 3}}}, "no name 'drill'"),
        ({"constraints": {"roughness_um": 3}}, "give the tool nose_radius_mm"),
        ({"constraints": {"temperature_c": 20}}, "above the 22 degC of the hall"),
        ({"constraints": {"cost": 20}}, "cost: needs prices"),
        ({"vary": ["width"]}, "no quantity 'width'"),
        ({"vary": ["coolant"]}, "at least speed or feed"),
        ({"bounds": {"feed": (1, 2)}}, "no key 'feed'; did you mean 'feed_mm'"),
        ({"bounds": {"drill.feed_mm": (1, 2)}}, "no cut 'drill'"),
        ({"bounds": {"feed_mm": (2, 1)}}, "in order"),
        ({"bounds": {"feed_mm": 2}}, "two numbers"),
        ({"vary": ["speed", "depth"], "passes": {"drill": 2}}, "no cut 'drill'"),
        (
            {"vary": ["speed", "depth"], "passes": {"insert": 0}},
            "insert: must be at least 1",
        ),
        (
            {"vary": ["speed", "depth"], "bounds": {"depth_mm": (1.1, 1.3)}},
            "no whole number of passes",
        ),
        ({"passes": {"insert": 2}}, "let vary have 'depth'"),
        (
            {"vary": ["speed", "depth"], "passes": {"insert": "2"}},
            "must be a whole number",
        ),
        (
            {"vary": ["speed", "depth"], "passes": {"insert": True}},
            "must be a whole number",
        ),
        ({"metric": "makespan"}, "give its scenario, too"),
        ({"vary": ["speed"], "bounds": {"feed_mm": (0.1, 0.3)}}, "is not free"),
        ({"bounds": {"depth_mm": (1, 2)}}, "is not free; let vary have 'depth'"),
        (
            {"bounds": {"speed_m_min": (100, 200), "speed_rpm": (300, 600)}},
            "says the same; give one",
        ),
        ({"bounds": {"feed_mm": (True, 2)}}, "two numbers"),
        ({"bounds": [("feed_mm", 1)]}, "bounds: must be names with numbers"),
        ({"constraints": ["power_kw"]}, "constraints: must be names with numbers"),
        ({"constraints": {"power_kw": {}}}, "names nothing"),
        ({"constraints": {"power_kw": True}}, "must be a number"),
        ({"constraints": {3: 4}}, "a name must be a text"),
        ({"prices": 3}, "prices: must be names with numbers"),
        ({"objective": None}, "objective: must be one goal, or two"),
        ({"objective": [1]}, "objective: must be one goal, or two"),
        ({"vary": "speed"}, "vary: must be a list"),
        ({"parts": 0}, "parts must be at least 1"),
        ({"starts": 2.5}, "starts must be a whole number"),
        ({"replications": True}, "replications must be a whole number"),
        ({"starts": 0}, "starts must be at least 1"),
        ({"program": "bore"}, "no program 'bore'"),
        ({"operation": "op20"}, "no operation 'op20'"),
        ({"program": "turn", "operation": "op10"}, "give one of them"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked, message):
    """Each refusal says what is wrong and what would be right."""
    with pytest.raises(InvalidInput, match=message.replace("(", r"\(")):
        best(**asked)


def test_a_machine_without_cutting_data_is_refused():
    """Plain durations have neither feed nor speed."""
    with pytest.raises(InvalidInput, match="no machine 'mil-1'; did you mean"):
        st.optimise_parameters(st.load_plant("job_shop"), "mil-1")
    with pytest.raises(InvalidInput, match="has no cutting data, only durations"):
        st.optimise_parameters(st.load_plant("job_shop"), "five-1", operation="housing/op50")


def test_wear_of_nothing_is_refused():
    """A tool without a life cannot be saved."""
    with pytest.raises(InvalidInput, match="nothing of the kind is used by turn"):
        best(lathe(tool="wear_limit_mm: 0.3"), objective="tool wear")


def test_the_answer_in_plain_data():
    """JSON without NaN, with units, limits and prices, the trial and the changes."""
    found = best(constraints={"power_kw": 3.0}, verify=True, replications=2, parts=40)
    plain = json.loads(json.dumps(answer(found), allow_nan=False))
    assert plain["schema_version"] == 1
    assert plain["verdict"] == found.sentence
    assert plain["goals"] == [{"name": "time", "unit": "s"}]
    assert {row["name"] for row in plain["parameters"]} == {"insert.speed", "insert.feed"}
    assert plain["trial"]["goals"][1]["difference"]["unit"] == "s"
    assert plain["changes"] == found.changes
    assert "power of insert" in str(found)
    assert len(found.plot.limits().data) == 3
    with pytest.raises(InvalidInput, match="there is no front"):
        found.plot.front()
    with pytest.raises(InvalidInput, match="no table 'nodes'"):
        found.frame("nodes")
    with pytest.raises(InvalidInput, match="no figure 'mass'"):
        found.figure("mass")


def test_the_whole_plan_beside_today():
    """With a scenario the best is run in it too, as the scenario changes the plant."""
    plant = lathe(**STEEL)
    plan = Scenario(orders=(OrderSpec("order", "shaft", quantity=8, due=5000.0),), seed=4)
    plan = plan.with_changes({"name": "day"})
    found = best(plant, scenario=plan, verify=True, replications=2, parts=40, metric="makespan")
    assert found.seed == 4
    assert found.study.differences["best"].high < 0.0
    asked = st.Orchestrator(plant, plan, workers=1).optimise_parameters(
        "lathe", replications=2, parts=40, metric="makespan", starts=3
    )
    assert asked.study.differences["best"] == found.study.differences["best"]


@pytest.mark.parametrize("percent", [90.0, 190.0])
def test_overrides_of_the_machine_are_those_of_the_figures(percent):
    """A machine that stands at 80 % feed and 90 % speed, or the most, is as a run of it is."""
    plant = lathe(**STEEL, constant=40000.0, speed=700.0)
    plant = plant.with_changes(
        {"machines.lathe.feed_override": 80.0, "machines.lathe.spindle_override": percent}
    )
    steps = plant.products[0].operations[0].steps
    figures = Cycle(target_of(plant, "lathe")).figures(steps)
    start = StartState(temperatures={"lathe": figures.ends})
    plan = Scenario(orders=(OrderSpec("order", "shaft", quantity=20),), start_from=start)
    run = simulate(plant, plan, history=False)
    assert run.end - 120.0 == pytest.approx(20 * figures.seconds, rel=1e-6)
    energy = run.kpis["energy"].value * 3.6e6 / 20
    assert energy == pytest.approx(figures.energy, rel=0.02)


@pytest.mark.parametrize("goal", ["tool wear", "spindle wear", "bearing wear", "cost"])
def test_wear_and_cost_in_runs_are_those_of_the_figures(goal):
    """Edges, also those that are not spent yet, and damages of bearings, run by run."""
    plant = lathe(**STEEL, tool=SCATTERED, edges=3)
    found = best(
        plant, objective=goal, verify=True, replications=6, vary=["speed"], starts=2,
        prices={"machine_per_h": 30, "edge": {"insert": 3}, "spindle": 1e6, "scrap": 20},
        bounds={"speed_m_min": (120, 240)},
    )  # fmt: skip
    assert found.trial.parts == 40
    for plan, figure in (("today", "today"), ("best", "best")):
        seen = found.trial.values[goal][plan]
        expected = getattr(found.figure(goal), figure)
        assert abs(seen.value - expected) <= 2.0 * (seen.high - seen.low) + 0.03 * expected
    assert len(found.frame("trial")) == 2
