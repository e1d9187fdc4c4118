from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import instant
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.plant.model import Doing, Intervention
from simtwin.report import tables
from simtwin.result.machine_states import state_rows
from simtwin.result.record import EventRow
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.handover import handover
from simtwin.streams import Streams
from tests.laws.branches import after, begin, finish, first_difference, resume, story
from tests.laws.shops import MORNING, shop

if TYPE_CHECKING:
    from simtwin.result.result import Result

VALUES: dict[str, tuple[float | str | None, ...]] = {
    "feed override": (60.0, 150.0),
    "spindle override": (70.0, 120.0),
    "force tool change": (None, "rough", "drill"),
    "maintenance": (200.0,),
    "breakdown": (500.0,),
}


@pytest.mark.parametrize("do", get_args(Doing))
def test_an_act_in_the_file_is_the_same_act_on_a_branch(do: str):
    """A branch cut before an act, and given it, is the run whose file has it (KERNEL 9, 20)."""
    model, scenario = shop("workshop")
    assert scenario.horizon is not None
    chance = Streams(4)[do, "acts"]
    machines = [machine.name for machine in model.machines if machine.spindle is not None]
    for value in VALUES.get(do, (None,)):
        for _ in range(3):
            at = scenario.horizon * (0.05 + 0.9 * chance())
            machine = machines[int(chance() * len(machines))]
            act = Intervention(at, machine, do, value)
            acts = sorted((*scenario.interventions, act), key=lambda a: a.at)
            given = replace(scenario, interventions=tuple(acts))
            whole = story(finish(begin(model, given, 6)))

            original = begin(model, scenario, 6)
            cut = at * chance()
            original.env.advance(cut)
            text = to_json(capture(original))
            branch = story(finish(resume(model, given, text)), cut)
            assert first_difference(branch, after(whole, cut)) == ""
            assert whole.events != story(finish(original)).events, "the act did something"


def test_the_end_of_an_act_is_an_act_of_its_own():
    """`for: 30 min` in a file is a second act that undoes the first (STYLE 9; KERNEL 9)."""
    model, scenario = shop("workshop")
    acts = {(act.at, act.machine): act for act in scenario.interventions}
    assert acts[20 * 60.0, "mill-2"] == Intervention(
        1200.0, "mill-2", "feed override", 80.0, until=3000.0
    )
    assert acts[50 * 60.0, "mill-2"] == Intervention(
        3000.0, "mill-2", "feed override", 100.0, undoes=True
    )
    assert acts[59 * 60.0, "hmc"] == Intervention(3540.0, "hmc", "start", None, undoes=True)

    # A cut between an act and its end: the branch still ends it.
    original = begin(model, scenario)
    original.env.advance(2000.0)
    assert original.machines["mill-2"].state.setting.feed == 0.8
    branch = resume(model, scenario, capture(original))
    branch.env.advance(3000.0)
    assert branch.machines["mill-2"].state.setting.feed == 1.0


OVERRIDDEN = """
plant: overridden
machines: [{id: a, feed_override: 80, spindle_override: 90}]
products: [{id: x, route: [{operation: o, machines: [a], duration_min: 1}]}]
"""


def overridden(events: str):
    """Return a machine that is set below 100 %, three hours, and *events* on it."""
    plant = parse_plant(OVERRIDDEN)
    scenario = parse_scenario(
        "scenario: t\nplant: overridden\nhorizon: 3 h\n"
        f"orders: [{{id: o, product: x, quantity: 500}}]\nevents: [{events}]\n",
        plant,
    )
    return plant, scenario


FEED = "{at_min: %g, machine: a, do: feed override, value: %g, for_min: %g}"


@pytest.mark.parametrize(
    ("events", "set_to", "last"),
    [
        (FEED % (60, 50, 10), {65: 0.5, 71: 0.8}, 70),
        (f"{FEED % (60, 50, 10)}, {FEED % (65, 60, 60)}", {62: 0.5, 71: 0.6, 126: 0.8}, 125),
        (f"{FEED % (60, 50, 60)}, {FEED % (65, 60, 10)}", {66: 0.6, 76: 0.5, 121: 0.8}, 120),
        (
            FEED % (60, 50, 60) + ", {at_min: 70, machine: a, do: feed override, value: 120}",
            {65: 0.5, 71: 1.2, 130: 1.2},
            70,
        ),
    ],
)
def test_what_is_undone_leaves_what_holds_without_it(events, set_to, last):
    """To the machine's own 80 %, or to the last override that still lasts; on branches, too."""
    plant, scenario = overridden(events)
    whole = finish(begin(plant, scenario))
    told = [row.time for row in story(whole).events]
    assert told[-1] == 60.0 * last
    for minute, feed in set_to.items():
        shop_ = begin(plant, scenario)
        shop_.env.advance(60.0 * minute)
        assert shop_.machines["a"].state.setting.feed == feed
        text = to_json(capture(shop_))
        branch = story(finish(resume(plant, scenario, text)), 60.0 * minute)
        assert first_difference(branch, after(story(whole), 60.0 * minute)) == ""
    assert whole.machines["a"].state.setting.lasting == ()


STOP = "{at_min: %g, machine: a, do: stop, for_min: %g}"


@pytest.mark.parametrize(
    ("events", "standing"),
    [
        (f"{STOP % (60, 5)}, {STOP % (62, 60)}", 62),
        (f"{STOP % (60, 60)}, {STOP % (62, 5)}", 60),
        (STOP % (60, 5) + ", {at_min: 61, machine: a, do: stop}", 120),
        (STOP % (60, 60) + ", {at_min: 70, machine: a, do: start}", 10),
        (
            STOP % (60, 60) + ", {at_min: 70, machine: a, do: start}, " + STOP % (80, 60),
            70,
        ),
    ],
)
def test_a_machine_stands_while_any_stop_lasts(events, standing):
    """A stop that ends lets go of nothing that another one holds; a start ends all of them."""
    plant, scenario = overridden(events)
    run = simulate(plant, scenario)
    down = sum(row.end - row.start for row in state_rows(run, run.log) if row.mode == "down")
    assert down == 60.0 * standing


def test_coolant_that_fails_twice_comes_back_once():
    """A machine is cooled again when the longer of two failures is over."""
    model, scenario = shop("workshop")
    acts = [
        act
        for at, until in ((600.0, 900.0), (700.0, 1200.0))
        for act in (
            Intervention(at, "hmc", "coolant off", until=until),
            Intervention(until, "hmc", "coolant on", undoes=True),
        )
    ]
    given = replace(scenario, interventions=tuple(sorted(acts, key=lambda act: act.at)))
    shop_ = begin(model, given)
    for at, cooled in ((650.0, False), (950.0, False), (1250.0, True)):
        shop_.env.advance(at)
        assert shop_.machines["hmc"].state.setting.coolant is cooled


def test_a_handover_hands_over_what_lasts():
    """Who goes on from 65 min has the override until 70 min and the stop until 66 min."""
    plant, scenario = overridden(f"{FEED % (60, 50, 10)}, {STOP % (64, 2)}")
    run = simulate(plant, scenario, until=65.0 * 60.0)
    after_ = handover(run.snapshot, plant, scenario)
    rest = begin(plant, after_.scenario)
    for at, feed, stopped in ((30.0, 0.5, True), (90.0, 0.5, False), (301.0, 0.8, False)):
        rest.env.advance(at)
        setting = rest.machines["a"].state.setting
        assert (setting.feed, setting.stopped) == (feed, stopped)


def test_a_rush_order_in_the_file_is_the_same_order_on_a_branch():
    """An order that the branch is given before its release joins as if always known."""
    model, given = shop("workshop")
    without = replace(given, orders=tuple(o for o in given.orders if o.name != "rush"))
    whole = story(finish(begin(model, given)))
    original = begin(model, without)
    original.env.advance(8000.0)
    branch = story(finish(resume(model, given, to_json(capture(original)))), 8000.0)
    assert first_difference(branch, after(whole, 8000.0)) == ""


ONE = """
plant: one
machines: [{id: m}]
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 2}]}]
"""


def one(events: str = ""):
    """Return one machine that works on ten pieces of 2 min, and *events*."""
    plant = parse_plant(ONE)
    text = "scenario: s\nplant: one\nhorizon_min: 60\n"
    text += "orders: [{id: x, product: a, quantity: 10}]\n"
    return plant, parse_scenario(f"{text}events: [{events}]\n", plant)


RUSH = "{at_min: %g, do: rush order, order: {id: rush, product: a, quantity: 1}}"


@pytest.mark.parametrize("at", [11.0, 10.0, 9.0])
def test_a_rush_order_on_a_branch_is_the_one_in_the_file_or_is_refused(at: float):
    """Cut as it comes, and wherever pieces have not moved then; else it would come too late."""
    plant, without = one()
    _, given = one(RUSH % at)
    whole = simulate(plant, given)
    for cut in (60.0 * at - 1.0, 60.0 * at):
        snapshot = simulate(plant, without, until=cut).snapshot
        if cut == 600.0:
            with pytest.raises(InvalidInput, match=r"rush: urgent order .* at 06:10 comes at"):
                simulate(plant, given, snapshot=snapshot)
        else:
            branch = simulate(plant, given, snapshot=snapshot)
            assert branch.snapshot == whole.snapshot
        again = simulate(plant, given, until=cut).snapshot
        assert simulate(plant, given, snapshot=again).snapshot == whole.snapshot


def test_a_rush_order_of_the_past_is_refused_and_a_forecast_releases_it():
    """It did not come in the run that was cut; a future may begin with it."""
    plant, without = one()
    _, given = one(RUSH % 10)
    snapshot = simulate(plant, without, until=700.0).snapshot
    told = r"rush: urgent order .* at 06:10 lies before the snapshot at 06:12, and the run"
    with pytest.raises(InvalidInput, match=told):
        simulate(plant, given, snapshot=snapshot)
    future = simulate(plant, given, snapshot=snapshot, forecast=True, seed=3)
    assert {row.order: row.finish for row in future.window.orders}["rush"] == 840.0
    plain = given.with_changes({"orders.rush.priority": 0})
    run = simulate(plant, plain, snapshot=snapshot)
    assert {row.order: row.finish for row in run.window.orders}["rush"] is not None


def test_an_act_for_the_time_before_the_branch_never_happens():
    """Acts of the past do not turn back the time of a shop that is built (KERNEL 2, 3)."""
    model, scenario = shop("workshop")
    original = begin(model, scenario)
    original.env.advance(2990.0)
    text = to_json(capture(original))
    late = (Intervention(1000.0, "hmc", "stop"), Intervention(2985.0, "mill-2", "stop"))
    acts = tuple(sorted((*scenario.interventions, *late), key=lambda act: act.at))
    branch = resume(model, replace(scenario, interventions=acts), text)
    whole = story(finish(original), 2990.0)
    assert first_difference(story(finish(branch), 2990.0), whole) == ""


@pytest.mark.parametrize("do", ["stop", "breakdown", "coolant off", "feed override"])
def test_an_act_at_the_instant_of_the_cut_is_that_act_in_the_file(do: str):
    """Cut at ten and stop at ten: the run that stops at ten, whatever is done twice or not."""
    model, scenario = shop("workshop")
    assert scenario.horizon is not None
    chance = Streams(7)[do, "cuts"]
    acts = tuple(scenario.interventions)
    for at in (*(scenario.horizon * chance() for _ in range(4)), acts[-1].at):
        before = simulate(model, scenario, seed=6, until=at).snapshot
        act = Intervention(at, "mill-2", do, VALUES.get(do, (None,))[0])  # type: ignore[arg-type]
        given = replace(scenario, interventions=(*acts, act))
        whole = simulate(model, given, seed=6)
        for snapshot in (before, from_json(to_json(before))):
            branch = simulate(model, given, snapshot=snapshot)
            assert to_json(branch.snapshot) == to_json(whole.snapshot)
        again = simulate(model, given, seed=6, until=at).snapshot
        assert simulate(model, given, snapshot=again).snapshot == whole.snapshot, "done once"


def test_an_act_that_a_branch_can_only_do_too_late_is_refused():
    """What comes before the cut, or before what has moved at it, is not left out in silence."""
    model, scenario = shop("workshop")
    whole = simulate(model, scenario, seed=6)
    assert whole.log is not None
    begun = next(row.time for row in whole.log.pieces if row.kind == "started" and row.time)
    cut = simulate(model, scenario, seed=6, until=begun).snapshot
    early = replace(scenario, interventions=(Intervention(begun / 2, "hmc", "stop"),))
    with pytest.raises(InvalidInput, match=r"hmc: stop at .* lies before the snapshot at"):
        simulate(model, early, snapshot=cut)
    with pytest.raises(InvalidInput, match="lies before the snapshot"):
        simulate(model, early, snapshot=cut, forecast=True, seed=3)
    now = replace(scenario, interventions=(Intervention(begun, "hmc", "stop"),))
    with pytest.raises(InvalidInput, match="at which pieces have moved: in the file"):
        simulate(model, now, snapshot=cut)
    future = simulate(model, now, snapshot=cut, forecast=True, seed=3)
    assert future.snapshot.states["hmc"].setting.stopped, "a future does it at once"
    one = replace(scenario, interventions=(Intervention(10.0, "mill-2", "stop"),))
    two = replace(one, interventions=(Intervention(10.0, "hmc", "stop"), *one.interventions))
    cut = simulate(model, one, seed=6, until=10.0).snapshot
    with pytest.raises(InvalidInput, match="a later act has been done"):
        simulate(model, two, snapshot=cut)


def test_an_order_whose_release_has_passed_comes_at_the_branch():
    """A branch given an order of the past begins with it, at its own instant (KERNEL 2, 3)."""
    model, scenario = shop("cell")
    original = begin(model, scenario)
    original.env.advance(100.0)
    late = replace(scenario.orders[0], name="late", quantity=1, release=50.0)
    given = replace(scenario, orders=(*scenario.orders, late))
    branch = story(finish(resume(model, given, to_json(capture(original)))), 99.0)
    assert [row.time for row in branch.pieces if row.kind == "released"][:1] == [100.0]
    assert [row.job for row in branch.pieces if row.time == 100.0][:1] == ["late"]


def test_an_act_at_the_instant_of_an_event_comes_after_it():
    """At one instant a completion comes before an act, an act before dispatch (KERNEL 4)."""
    model, scenario = shop("cell")
    acts = (Intervention(60.0, "m-10", "stop"), Intervention(60.0, "m-2", "breakdown", 45.0))
    shop_ = begin(model, replace(scenario, interventions=acts))
    shop_.env.advance(60.0)
    assert shop_.machines["m-10"].state.phase == "stopped"
    assert shop_.machines["m-10"].state.work is None, "its piece was finished, and left"
    assert shop_.machines["m-2"].state.mode.name == "down"
    assert shop_.machines["m-2"].state.until == 105.0


def test_coolant_may_fail_on_every_machine_of_the_job_shop():
    """Run-ups without cooling are seconds of heat, no thermal runaway (KERNEL 11)."""
    model, scenario = load_with_plant("day_shift")
    acts = tuple(Intervention(600.0, m.name, "coolant off") for m in model.machines)
    result = simulate(model, replace(scenario, interventions=acts), until=7200.0)
    assert all(
        max(machine.temperatures) < 200.0
        for machine in (result.snapshot.states[m.name] for m in model.machines)
    )


def test_acts_of_one_instant_come_in_the_order_of_names():
    """Ties are broken by natural names of machines, then by what is set (KERNEL 4)."""
    text = """
scenario: ties
plant: workshop
horizon: 1 h
orders: [{id: o, product: plate, quantity: 3}]
events:
  - {at_min: 5, machine: mill-10, do: coolant off}
  - {at_min: 5, machine: mill-2, do: stop}
  - {at_min: 5, machine: mill-2, do: coolant off}
  - {at_min: 5, machine: hmc, do: coolant off}
"""
    model, _ = shop("workshop")
    assert "mill-2" in MORNING
    scenario = parse_scenario(text, model)
    tale = story(finish(begin(model, scenario)))
    assert [(row.machine, row.kind) for row in tale.events if row.time == instant(300.0)] == [
        ("hmc", "coolant off"),
        ("mill-2", "coolant off"),
        ("mill-2", "stop"),
        ("mill-10", "coolant off"),
    ]


def rushed(run: Result) -> list[EventRow]:
    """Return the events of rush orders in the log of *run*."""
    assert run.log is not None
    return [row for row in run.log.events if row.kind == "rush order"]


@pytest.mark.parametrize("cut", [300.0, 600.0, 900.0])
def test_a_rush_order_is_an_event_as_other_acts_are(cut: float):
    """It stands in the log once, where it comes in; a branch on either side tells the same."""
    plant, given = one(f"{RUSH % 10}, {{at_min: 10, machine: m, do: stop, for_min: 1}}")
    whole = simulate(plant, given)
    assert rushed(whole) == [EventRow(600.0, "", "", "rush order", "rush: 1 a")]
    assert list(whole.frame("events").kind) == ["rush order", "stop", "start"]
    half = simulate(plant, given, until=cut)
    rest = simulate(plant, given, snapshot=half.snapshot)
    assert half.log is not None
    assert rest.log is not None
    assert whole.log is not None
    assert half.log.events + rest.log.events == whole.log.events
    assert "rush: 1 a" in str(tables.events(whole).rows)


def test_a_rush_order_that_a_forecast_releases_is_an_event_when_it_comes():
    """Its time has passed: it comes in as the future begins."""
    plant, without = one()
    _, given = one(RUSH % 10)
    snapshot = simulate(plant, without, until=700.0).snapshot
    future = simulate(plant, given, snapshot=snapshot, forecast=True, seed=3)
    assert [row.time for row in rushed(future)] == [700.0]
