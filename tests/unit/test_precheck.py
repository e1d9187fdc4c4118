"""Loads, bounds and forecasts before a run: numbers that can be checked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations, product
from math import exp, inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.failure import FailureSpec
from simtwin.physics.degradation import GammaProcess
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant.calendar import CalendarSpec
from simtwin.plant.capacity import capacity
from simtwin.plant.files import (
    examples,
    load_plant,
    load_with_plant,
    parse_plant,
    parse_scenario,
)
from simtwin.plant.model import (
    HandleStep,
    Intervention,
    MachineSpec,
    OperationSpec,
    OrderSpec,
    PlantModel,
    ProductSpec,
    Scenario,
    SourceSpec,
    StartState,
    StationSpec,
    TimedStep,
    WorkInProgress,
)
from simtwin.plant.occupation import available, calendar_share, occupation
from simtwin.plant.order_bounds import LateOrder
from simtwin.plant.precheck import precheck
from simtwin.plant.setups import shortest
from simtwin.plant.sharing import Task, share_out
from simtwin.plant.two_machines import exponential, fluid
from simtwin.result.record import INDEX

HOUR = 3600.0


def shop(
    routes: dict[str, list[tuple[tuple[str, ...], float]]],
    *,
    sources: tuple[SourceSpec, ...] = (),
    groups: dict[str, int] | None = None,
    failures: dict[str, tuple[FailureSpec, ...]] | None = None,
) -> PlantModel:
    """Return a plant of plain machines: *routes* are (stations, seconds) by product."""
    names = dict.fromkeys(s for route in routes.values() for where, _ in route for s in where)
    counts = {name: (groups or {}).get(name, 1) for name in names}
    members = {s: tuple(f"{s}-{k + 1}" for k in range(n)) for s, n in counts.items()}
    modes = failures or {}
    return PlantModel(
        "shop",
        tuple(
            MachineSpec(m, s, failures=modes.get(s, ()))
            for s, ms in members.items()
            for m in ms
        ),
        tuple(StationSpec(s, ms) for s, ms in members.items()),
        (),
        tuple(
            ProductSpec(
                product,
                tuple(
                    OperationSpec(f"op{k}", where, (TimedStep(Fixed(seconds), 0.35, 0.5),))
                    for k, (where, seconds) in enumerate(route)
                ),
            )
            for product, route in routes.items()
        ),
        sources,
    )


def loads(model: PlantModel, scenario: Scenario | None = None) -> dict[str, float | None]:
    """Return rho by station."""
    return {load.station: load.rho for load in capacity(model, scenario).stations}


def test_work_is_pieces_times_minutes():
    """Nine pieces of an hour for eight: rho 9/8, one hour is left over."""
    plant = shop({"p": [(("mill",), HOUR), (("saw",), 600.0)]})
    day = Scenario(horizon=8 * HOUR, orders=(OrderSpec("o", "p", 9),))
    assert loads(plant, day) == {"mill": 1.125, "saw": pytest.approx(1.5 / 8)}
    found = precheck(plant, day)
    assert found.capacity.bottleneck.station == "mill"
    assert found.warnings == (
        "rho >= 1 at mill: 9.0 h of work for 8.0 h; 1.0 h will be left over",
    )
    assert found.as_dict()["stations"][0]["left_over_h"] == pytest.approx(1.0)


def test_alternatives_are_shared_out():
    """The old machine is half as fast: of three hours it gets one third, of pieces too."""
    tasks = [Task(30.0, (("old", 2.0), ("new", 1.0))), Task(10.0, (("new", 1.0),))]
    found = share_out(tasks, {"old": 100.0, "new": 100.0})
    first, second = found.pieces
    assert first == pytest.approx((40 / 3, 50 / 3))
    assert second == (10.0,)


def test_stations_that_do_not_limit_are_balanced_too():
    """Beside a full station, the next largest load is as small as it can be."""
    tasks = [Task(9.0, (("full", 1.0),)), Task(6.0, (("a", 1.0), ("b", 1.0)))]
    found = share_out(tasks, {"full": 10.0, "a": 10.0, "b": 10.0})
    assert found.pieces[1] == pytest.approx((3.0, 3.0))


def test_an_endless_source_brings_what_is_left():
    """Ten seconds of orders leave ninety for pieces of three: thirty."""
    tasks = [Task(5.0, (("a", 2.0),)), Task(0.0, (("a", 3.0),), endless=True)]
    assert share_out(tasks, {"a": 100.0}).endless == pytest.approx(30.0)
    assert share_out([Task(60.0, (("a", 2.0),)), tasks[1]], {"a": 100.0}).endless == 0.0
    with pytest.raises(InvalidInput, match="a: no time is offered"):
        share_out(tasks, {"a": 0.0})


@pytest.mark.parametrize("huge", [1e12, 1e18, 1e300])
def test_times_however_far_apart_are_shared_out(huge: float):
    """What no run could ever end is still told; it leaves one of two to the quick station."""
    tasks = [Task(10.0, (("a", huge), ("b", 3.0))), Task(7.0, (("c", huge), ("d", huge)))]
    found = share_out(tasks, dict.fromkeys("abcd", 28800.0))
    assert found.pieces[0] == pytest.approx((0.0, 10.0), abs=1e-6)
    assert found.pieces[1] == pytest.approx((3.5, 3.5))


def test_time_of_a_machine_is_what_stops_leave():
    """Stops that overlap count once; a stop without start lasts; other machines' do not."""
    acts = (
        Intervention(1 * HOUR, "m", "maintenance", 2 * HOUR),
        Intervention(2 * HOUR, "m", "breakdown", 2 * HOUR),
        Intervention(3 * HOUR, "n", "maintenance", HOUR),
        Intervention(7 * HOUR, "m", "stop"),
    )
    machine = MachineSpec("m", "m")
    assert available(machine, Scenario(interventions=acts), 8 * HOUR) == 4 * HOUR
    back = (*acts, Intervention(7.5 * HOUR, "m", "start"))
    assert available(machine, Scenario(interventions=back), 8 * HOUR) == 4.5 * HOUR
    mode = FailureSpec("f", "calendar", Exponential(90.0), Fixed(10.0))
    assert available(MachineSpec("m", "m", failures=(mode,)), None, 100.0) == 90.0


def test_a_machine_has_the_time_of_its_shifts():
    """From Monday at six a day has eight hours of the early shift; a week 40 of 168."""
    early = CalendarSpec("early", (((6 * HOUR, 14 * HOUR),),) * 5 + ((),) * 2)
    calendars = {"early": early}
    machine = MachineSpec("m", "m", calendar="early")
    acts = (Intervention(7 * HOUR, "m", "maintenance", 2 * HOUR),)  # An hour of it at work.
    day, served = Scenario(), Scenario(interventions=acts)
    assert available(machine, day, 24 * HOUR, calendars) == 8 * HOUR
    assert available(machine, served, 24 * HOUR, calendars) == 7 * HOUR
    assert available(machine, None, HOUR, calendars) == pytest.approx(HOUR * 40 / 168)
    plant = shop({"p": [(("mill",), HOUR)]})
    plant = replace(
        plant,
        calendars=(early,),
        machines=tuple(replace(m, calendar="early") for m in plant.machines),
    )
    found = precheck(plant, Scenario(horizon=24 * HOUR, orders=(OrderSpec("o", "p", 10),)))
    assert found.warnings == (
        "rho >= 1 at mill: 10.0 h of work for 8.0 h; 2.0 h will be left over",
    )
    fed = replace(plant, sources=(SourceSpec("s", "p", Fixed(10 * HOUR)),))
    assert "no forecast of queues: machines have shifts" in precheck(fed).text()


def test_a_station_that_stands_still_is_named():
    """Stopped from the first to the last minute: there is no load to speak of, but a word."""
    plant = shop({"p": [(("mill",), 60.0)]})
    stop = Intervention(0.0, "mill-1", "stop")
    day = Scenario(horizon=HOUR, orders=(OrderSpec("o", "p"),), interventions=(stop,))
    found = precheck(plant, day)
    assert found.warnings == (
        "rho >= 1 at mill: 1.0 min of work for 0.0 min: it is stopped all the time",
    )
    assert found.as_dict()["stations"][0]["rho"] is None
    assert "mill" in found.text()


@pytest.mark.parametrize(
    ("clock", "life", "expected"),
    [
        ("processing", Exponential(100.0), 10.0 * 10.0 / 100.0),
        ("powered", Exponential(100.0), 10.0 * 10.0 / 100.0),
        ("cycles", Exponential(5.0), 10.0 * (1.0 - exp(-0.2))),
        ("calendar", Exponential(100.0), 0.0),
    ],
)
def test_repairs_by_their_clock(clock, life, expected):
    """Ten seconds of work cost ten of repair each hundred of use, or each five pieces."""
    machine = MachineSpec("m", "m", failures=(FailureSpec("f", clock, life, Fixed(10.0)),))
    taken = occupation(OperationSpec("op", ("m",), (HandleStep(10.0),)), machine, {})
    assert taken.repairs == pytest.approx(expected)
    assert (calendar_share(machine) > 0.0) == (clock == "calendar")


def test_a_life_without_law_of_time_is_left_out():
    """A signal that drifts nowhere fails at no mean time; its repairs are not guessed."""

    class Never:
        mean = float("inf")
        variance = float("inf")

    never = FailureSpec("f", "processing", Never(), Fixed(10.0))
    operation = OperationSpec("op", ("m",), (HandleStep(10.0),))
    taken = occupation(operation, MachineSpec("m", "m", failures=(never,)), {})
    assert taken.repairs == 0.0
    drift = FailureSpec("g", "processing", GammaProcess(0.5, 2.0, 50.0), Fixed(10.2))
    taken = occupation(operation, MachineSpec("m", "m", failures=(drift,)), {})
    assert taken.repairs == pytest.approx(10.0 * 10.2 / 51.0)


def test_a_piece_takes_what_a_run_says():
    """Steps, run-ups and tool changes of one piece, as the shop does them."""
    plant, scenario = load_with_plant("one_machine")
    order = OrderSpec("one", scenario.orders[0].product, 3)
    machine = plant.machines[0]
    tools = {tool.name: tool for tool in plant.tools}
    for feed in (100.0, 80.0):
        model = plant.with_changes({"machines.mill-1.feed_override": feed})
        run = simulate(model, Scenario(orders=(order,)), seed=3)
        slow = model.machines[0]
        expected = sum(
            3 * occupation(op, slow, tools).producing
            for product in model.products
            if product.name == order.product
            for op in product.operations
        )
        shares = run.machines[machine.name].shares
        assert shares["producing"] * run.end == pytest.approx(expected, rel=1e-6)


def test_work_in_progress_is_not_done_twice():
    """Five pieces: one is done, one is half through its second operation, three untouched."""
    plant = shop({"p": [(("a",), 100.0), (("b",), 60.0)]})
    here = WorkInProgress("o", 2, "op1", machine="b-1", left=30.0)
    day = Scenario(
        horizon=HOUR, orders=(OrderSpec("o", "p", 5),), start_from=StartState(work=(here,))
    )
    work = {load.station: load.producing for load in capacity(plant, day).stations}
    assert work == {"a": 300.0, "b": 180.0 + 30.0}
    run = simulate(plant, day)
    done = {m: run.machines[m].shares["producing"] * run.end for m in ("a-1", "b-1")}
    assert done == pytest.approx({"a-1": 300.0, "b-1": 210.0})


def test_orders_without_a_horizon_have_no_load_but_a_bound():
    """The busiest machine and the longest route: two hours of work, not less."""
    plant = shop({"p": [(("a",), 600.0), (("b",), 900.0)]})
    book = Scenario(orders=(OrderSpec("o", "p", 8), OrderSpec("late", "p", release=HOUR)))
    found = precheck(plant, book)
    assert loads(plant, book) == {"a": None, "b": None}
    told = {row.what: row.value for row in found.expected if row.kind == "at least"}
    assert told == {"makespan": 9 * 900.0, "lead time": 1500.0}
    assert found.as_dict()["span_h"] is None
    assert "all orders take at least 2 h 15 min" in found.text()
    run = simulate(plant, book)
    assert run.kpis["makespan"].value >= told["makespan"]


def test_the_longest_route_bounds_too():
    """One piece released late ends no earlier than its release and its route."""
    plant = shop({"p": [(("a",), 60.0), (("b",), 60.0)]})
    book = Scenario(orders=(OrderSpec("o", "p", release=HOUR),))
    told = {row.what: row.value for row in precheck(plant, book).expected}
    assert told["makespan"] == HOUR + 120.0 == simulate(plant, book).kpis["makespan"].value


def test_an_order_that_nothing_can_bring_in_time_is_named():
    """Six pieces, 10 min twice on one saw, then 5 min: 2 h 5 min at least, due after two."""
    route = [(("saw",), 600.0), (("saw",), 600.0), (("bench", "desk"), 300.0)]
    plant = shop({"p": route})
    orders = (
        OrderSpec("late", "p", 6, due=2 * HOUR),
        OrderSpec("good", "p", 6, due=2.2 * HOUR),
        OrderSpec("dawn", "p", 1, release=20 * HOUR, due=20.1 * HOUR),
    )
    found = precheck(plant, Scenario(horizon=24 * HOUR, orders=orders))
    assert found.forecast.late == (
        LateOrder("late", 2 * HOUR, 7500.0),
        LateOrder("dawn", 20.1 * HOUR, 20 * HOUR + 1500.0),
    )
    assert found.warnings == (
        "rho >= 1 at saw until 08:12: 4.0 h of work is due by then for 2.2 h; 1.8 h will be "
        "late",
        "late will be late whatever is done: due 08:00; alone on all machines it would be done "
        "at 08:05",
        "dawn will be late whatever is done: due Tue 02:06; alone on all machines it "
        "would be done at Tue 02:25",
    )
    alone = Scenario(orders=orders[:1])
    assert simulate(plant, alone).kpis["makespan"].value == 7500.0


def test_a_setup_counts_once_for_each_family():
    """Two orders on one machine: 20 pieces of 60 s and two setups of 600 s, as they are run."""
    plant = shop({"p": [(("a",), 60.0)], "q": [(("a",), 60.0)]})
    products = tuple(
        replace(p, operations=tuple(replace(op, setup=600.0) for op in p.operations))
        for p in plant.products
    )
    plant = replace(plant, products=products)
    orders = (OrderSpec("o", "p", 10), OrderSpec("r", "q", 10))
    found = precheck(plant, Scenario(horizon=HOUR, orders=orders))
    (load,) = found.capacity.stations
    assert (load.producing, load.setups) == (1200.0, pytest.approx(1200.0))
    assert load.rho == pytest.approx(2400.0 / HOUR)
    assert found.as_dict()["stations"][0]["setups_h"] == pytest.approx(1 / 3)
    assert "setups" in found.text().splitlines()[0]
    assert "with one for each piece they would take 3.3 h" in found.text()
    assert simulate(plant, Scenario(orders=orders)).end == pytest.approx(2400.0)
    again = (*orders, OrderSpec("s", "p", 5))
    (load,) = precheck(plant, Scenario(horizon=HOUR, orders=again)).capacity.stations
    assert load.setups == pytest.approx(1200.0)
    state = StartState(families={"a-1": plant.families[0]})
    ready = Scenario(horizon=HOUR, orders=orders, start_from=state)
    (load,) = precheck(plant, ready).capacity.stations
    assert load.setups == pytest.approx(600.0)


@pytest.mark.parametrize("rule", ["fifo", "spt", "edd", "least_setup", "lifo"])
def test_setups_of_runs_lie_between_the_least_and_the_most(rule: str):
    """However the work is put in order: at least one a family, at most one a piece."""
    plant = shop({"p": [(("a", "b"), 60.0)], "q": [(("a",), 50.0)], "r": [(("b",), 40.0)]})
    families = {"p": "f", "q": "f", "r": ""}
    plant = replace(
        plant,
        products=tuple(
            replace(
                p,
                operations=tuple(
                    replace(op, setup=100.0, family=families[p.name]) for op in p.operations
                ),
            )
            for p in plant.products
        ),
        setup_matrix={"f": {plant.products[2].families[0]: 250.0}},
    )
    orders = tuple(
        OrderSpec(f"o-{k}", "pqr"[k % 3], 2 + k % 4, release=40.0 * k, due=900.0 - 70.0 * k)
        for k in range(9)
    )
    asked = Scenario(orders=orders, dispatching=rule)
    found = precheck(plant, asked)
    spent = sum(t.time[INDEX["setup"]] for t in simulate(plant, asked).window.machines.values())
    least = sum(station.setups for station in found.capacity.stations)
    assert least == pytest.approx(200.0)
    assert least <= spent <= found.most_setups


def test_the_least_setups_go_from_one_family_to_the_next():
    """10 min from nothing, then 30 to y, or 60 to x: 40 min; two machines: 10 each."""
    plant = shop({"p": [(("a",), 60.0)], "q": [(("a",), 60.0)]})
    families = {"p": "x", "q": "y"}
    products = tuple(
        replace(
            p, operations=tuple(replace(op, family=families[p.name]) for op in p.operations)
        )
        for p in plant.products
    )
    matrix = {"*": {"x": 600.0, "y": 600.0}, "x": {"y": 1800.0}, "y": {"x": 3600.0}}
    plant = replace(plant, products=products, setup_matrix=matrix)
    asked = Scenario(orders=(OrderSpec("o", "p", 2), OrderSpec("s", "q", 3)))
    (load,) = precheck(plant, asked).capacity.stations
    assert load.setups == pytest.approx(2400.0)
    machines = simulate(plant, asked).window.machines.values()
    spent = sum(machine.time[INDEX["setup"]] for machine in machines)
    assert spent == pytest.approx(2400.0)
    other = replace(products[0], name="r", operations=(replace(
        products[0].operations[0], family="z", setup=60.0),))  # fmt: skip
    more = replace(plant, products=(*products, other))
    (load,) = precheck(more, asked).capacity.stations
    assert load.setups == pytest.approx(1200.0)  # A piece of r between them would save 20 min.


TIMES = st.sampled_from([1.0, 2.0, 5.0, 9.0])


@given(
    st.lists(st.lists(TIMES, min_size=4, max_size=4), min_size=6, max_size=6),
    st.integers(1, 4),
    st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=80)
def test_no_order_of_families_takes_less(rows, count, machines):
    """The least of setups is that of the best order on each machine, tried all through."""
    fresh, free = rows[4][:count], rows[5][:count]
    between = [row[:count] for row in rows[:4]]
    best = inf
    for order in permutations(range(count)):
        for how in product(range(3), repeat=count):
            if how[0] < 2 and how.count(0) <= machines:
                best = min(best, sum(
                    (fresh[n], free[n], between[order[k - 1]][n])[how[k]]
                    for k, n in enumerate(order)))  # fmt: skip
    assert sum(shortest(fresh, free, between, machines)) == best


def test_a_source_that_brings_too_much_is_named():
    """A piece a minute for a machine of two minutes: half of them stay there."""
    source = SourceSpec("s", "p", Exponential(60.0))
    plant = shop({"p": [(("a",), 120.0), (("b",), 30.0)]}, sources=(source,))
    assert loads(plant) == {"a": 2.0, "b": 0.5}
    found = precheck(plant)
    assert found.warnings == (
        "rho >= 1 at a: 120.0 min of work for 60.0 min in every hour; 30 more pieces an hour "
        "wait there",
    )
    assert found.forecast.network is None
    assert "before a they grow" in found.text()


def test_a_group_offers_all_its_machines():
    """Three machines bear three times as much, whatever their names."""
    source = SourceSpec("s", "p", Exponential(60.0))
    plant = shop({"p": [(("g",), 120.0)]}, sources=(source,), groups={"g": 3})
    assert loads(plant) == {"g": pytest.approx(2 / 3)}
    assert precheck(plant).forecast.network.stations[0].queue.utilisation == pytest.approx(
        2 / 3
    )


def test_unlike_machines_of_a_group_pool_their_pace():
    """One of two runs at half feed: together 1.5 pieces in the time of one."""
    plant = shop({"p": [(("g",), 60.0)]}, groups={"g": 2})
    plant = plant.with_changes({"machines.g-2.feed_override": 50.0})
    day = Scenario(horizon=HOUR, orders=(OrderSpec("o", "p", 45),))
    assert loads(plant, day) == {"g": pytest.approx(0.5)}


def test_sources_that_never_end_and_share_are_left_to_a_run():
    """Two saturating sources: how they share a machine, no load can tell."""
    sources = (SourceSpec("s", "p", None), SourceSpec("t", "p", None))
    found = precheck(shop({"p": [(("a",), 60.0)]}, sources=sources))
    assert found.expected == ()
    assert "sources s, t never end: how they share the machines, only a run can tell" in (
        found.text()
    )


def test_orders_beside_a_source_have_loads_only():
    """They end, so there is no long run to forecast; the loads add up."""
    plant = shop({"p": [(("a",), 60.0)]}, sources=(SourceSpec("s", "p", Fixed(120.0)),))
    day = Scenario(horizon=HOUR, orders=(OrderSpec("o", "p", 12),))
    assert loads(plant, day) == {"a": pytest.approx(0.5 + 0.2)}
    assert "orders and sources share the stations" in precheck(plant, day).text()


LINE = """
plant: line
machines:
  - id: m1
    failures: [{{id: f, clock: {clock}, life: {{exponential: {{mean_s: 100}}}},
                repair: {{exponential: {{mean_s: 10}}}}}}]
  - id: m2
    buffer: 5
    failures: [{{id: f, clock: {clock}, life: {{exponential: {{mean_s: 100}}}},
                repair: {{exponential: {{mean_s: 10}}}}}}]
products:
  - id: p
    route:
      - {{operation: a, machines: [m1], duration: {law}}}
      - {{operation: b, machines: [m2], duration: {law}}}
sources: [{{id: s, product: p, saturating: true}}]
"""

PAIR = {"failure": (0.01, 0.01), "repair": (0.1, 0.1)}


@pytest.mark.parametrize("clock", ["processing", "calendar"])
def test_a_line_of_two_machines_is_known(clock):
    """Exponential: the chain of ORACLES B5 and B6. Exact cycles: the fluid of B8 and B10."""
    calendar = clock == "calendar"
    text = LINE.format(clock=clock, law="{exponential: {mean_s: 1}}")
    found = precheck(parse_plant(text)).forecast
    expected = exponential(5, rate=(1.0, 1.0), calendar=calendar, **PAIR).throughput
    assert found.expected[-1].kind == "exact"
    assert found.expected[-1].value == pytest.approx(expected * HOUR)
    flow = precheck(parse_plant(LINE.format(clock=clock, law="{fixed: {value_s: 1}}")))
    expected = fluid(5.0, speed=1.0, calendar=calendar, **PAIR).throughput
    assert flow.forecast.expected[-1].kind == "approximation"
    assert flow.forecast.expected[-1].value == pytest.approx(expected * HOUR)
    assert "a line of two machines" in flow.text()
    limit = flow.forecast.expected[0]
    assert (limit.kind, limit.value) == ("at most", pytest.approx(HOUR / 1.1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plant: line", "plant: line\ncrew: {members: 1}"),
        ("    buffer: 5\n", ""),
        ("life: {exponential: {mean_s: 100}}", "life: {weibull: {shape: 2, scale_s: 100}}"),
        ("repair: {exponential: {mean_s: 10}}", "repair_s: 10"),
        ("{operation: b, machines: [m2]", "{operation: b, machines: [m1, m2]"),
    ],
)
def test_what_is_no_such_line_has_a_bound_only(old, new):
    """A crew to wait for, no limit between, other laws: only the capacity is told."""
    text = LINE.format(clock="processing", law="{exponential: {mean_s: 1}}")
    assert old in text
    found = precheck(parse_plant(text.replace(old, new))).forecast
    assert [row.kind for row in found.expected] == ["at most"]
    assert found.line is None


def test_a_network_passes_its_pieces_on():
    """Jackson: exponential stations in a row behave as M/M/1 each, and leads add up."""
    text = """
    plant: row
    machines: [{id: a}, {id: b}]
    products:
      - id: p
        route:
          - {operation: a, machines: [a], duration: {exponential: {mean_s: 6}}}
          - {operation: b, machines: [b], duration: {exponential: {mean_s: 8}}}
    sources: [{id: s, product: p, every: {exponential: {mean_s: 10}}}]
    """
    network = precheck(parse_plant(text)).forecast.network
    assert [s.present for s in network.stations] == pytest.approx([1.5, 4.0])
    assert dict(network.leads)["p"] == pytest.approx(15.0 + 40.0)
    assert network.lead == pytest.approx(55.0)


@pytest.mark.parametrize(
    ("clock", "life", "rate"),
    [
        ("processing", 100.0, 0.5 / 100.0),
        ("cycles", 10.0, 0.5 / 30.0 * (1.0 - exp(-0.1))),
        ("calendar", 100.0, 1 / 120.0),
        ("powered", 100.0, 1 / 120.0),
    ],
)
def test_what_the_crew_has_to_do(clock, life, rate):
    """Two machines that work half of the time, repairs of 20 s, one fitter."""
    mode = FailureSpec("f", clock, Exponential(life), Fixed(20.0))
    source = SourceSpec("s", "p", Exponential(30.0))
    plant = shop({"p": [(("g",), 30.0)]}, sources=(source,), groups={"g": 2},
                 failures={"g": (mode,)})  # fmt: skip
    assert precheck(plant).crew is None
    found = precheck(replace(plant, crew=1))
    assert found.crew.failures == pytest.approx(2 * rate)
    assert found.crew.busy == pytest.approx(40.0 * rate)
    assert found.crew.wait > 0.0
    assert "the crew of 1 is busy with repairs" in found.text()
    assert found.as_dict()["crew"]["members"] == 1


def test_a_crew_that_cannot_keep_up_is_named():
    """Ten machines that are down half of the time, each: one fitter would need five of him."""
    mode = FailureSpec("f", "calendar", Exponential(60.0), Fixed(60.0))
    plant = shop({"p": [(("g",), 1.0)]}, sources=(SourceSpec("s", "p", Fixed(60.0)),),
                 groups={"g": 10}, failures={"g": (mode,)})  # fmt: skip
    assert "rho >= 1 of the crew" in precheck(replace(plant, crew=1)).text()
    quiet = replace(
        plant, machines=tuple(replace(m, failures=()) for m in plant.machines), crew=1
    )
    assert precheck(quiet).crew is None


def test_changes_of_the_scenario_count():
    """What a scenario changes in its plant is in the loads."""
    plant = shop({"p": [(("a",), 60.0)]}, groups={"a": 1})
    text = """
    scenario: more
    plant: shop
    horizon: 1 h
    orders: [{id: o, product: p, quantity: 30}]
    changes: {set: {machines.a-1.feed_override: 50}}
    """
    day = parse_scenario(text, plant)
    assert precheck(plant, day).capacity.bottleneck.rho == pytest.approx(1.0)


def test_every_example_has_a_pre_check():
    """Text and JSON for every shipped plant, alone and with its scenario."""
    for kind, name, _ in examples():
        model, scenario = (
            (load_plant(name), None) if kind == "plant_models" else load_with_plant(name)
        )
        found = precheck(model, scenario)
        json.dumps(found.as_dict(), allow_nan=False)
        if scenario is not None:
            assert found.capacity.bottleneck is not None
            assert "loads leave out waiting for the crew" in found.text()


def test_a_load_of_exactly_one_is_told_of_every_station():
    """Nine orders of 5 h at any of three machines, 15 h each: all three are full, alike."""
    text = "plant: p\nmachines: [{id: a}, {id: b}, {id: c}]\nproducts:\n"
    text += "  - {id: x, route: [{operation: o, machines: [a, b, c], duration_min: 100}]}\n"
    text += "  - {id: y, route: [{operation: o, machines: [a, b], duration_min: 100}]}\n"
    plant = parse_plant(text)
    orders = "{id: x, product: x, quantity: 18}, {id: y, product: y, quantity: 9}"
    shift = f"scenario: s\nplant: p\nhorizon: 15 h\norders: [{orders}]\n"
    found = precheck(plant, parse_scenario(shift, plant))
    assert [station.rho for station in found.capacity.stations] == [1.0, 1.0, 1.0]
    full = [line for line in found.warnings if line.startswith("rho >= 1 at ")]
    assert full == [
        f"rho >= 1 at {m}: 15.0 h of work for 15.0 h: no wait has room" for m in "abc"
    ]
