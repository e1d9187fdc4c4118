"""Tests of the rules by which a state goes on under another plant, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from simtwin.errors import InvalidInput, UnknownSnapshot
from simtwin.parts.failure import FailureSpec
from simtwin.physics.life import Exponential, Fixed
from simtwin.plant.model import MagazineSlot, SourceSpec, StationSpec
from simtwin.result.snapshot import Snapshot
from simtwin.shop.accessors import attach
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.crew import CrewState
from simtwin.shop.flow_states import SourceState
from simtwin.shop.forecast import forecast
from simtwin.shop.machine_plan import MachinePlan
from simtwin.shop.moves import Move
from simtwin.shop.onto import moves, onto
from simtwin.shop.plan import plan_of
from simtwin.shop.states import DONE, Mode
from tests.laws.branches import begin, finish, resume
from tests.laws.plants import fitting, regrouped, with_spec
from tests.laws.shops import shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import MachineSpec, PlantModel, Scenario
    from simtwin.shop.moves import Moved
    from simtwin.shop.shop import Shop

attach(Snapshot)


def when(name: str, test: Callable[[Shop], bool], seed: int = 1) -> tuple[Any, Any, Snapshot]:
    """Return plant, scenario and state of a small shop when *test* is first true of it."""
    model, scenario = shop(name)
    living = begin(model, scenario, seed)
    while not test(living):
        living.env.advance(living.env.now + 7.0)
        assert living.env.now < scenario.horizon, "it never comes to that"
    return model, scenario, capture(living)


def is_in(machine: str, phase: str) -> Callable[[Shop], bool]:
    """Tell of a shop whether *machine* is in *phase*."""
    return lambda living: living.machines[machine].state.phase == phase


def is_cutting(machine: str) -> Callable[[Shop], bool]:
    """Tell of a shop whether *machine* cuts with an edge, hold by hold."""

    def cutting(living: Shop) -> bool:
        state = living.machines[machine].state
        return state.phase == "cut" and state.wear[0] > 0.0

    return cutting


def machine_of(plant: PlantModel, name: str) -> MachineSpec:
    """Return one machine of *plant*."""
    return next(machine for machine in plant.machines if machine.name == name)


def without_failures(plant: PlantModel, name: str) -> PlantModel:
    """Return *plant* with a machine that never fails."""
    return with_spec(plant, replace(machine_of(plant, name), failures=()))


def what(moved: Moved, entity: str) -> list[str]:
    """Return what became of *entity*."""
    return [move.what for move in moved.moves if move.entity == entity]


def alive(plant: PlantModel, scenario: Scenario, moved: Moved) -> Shop:
    """Return the shop that goes on from *moved*, its first instant done."""
    living = resume(plant, fitting(scenario, plant), moved.snapshot)
    living.env.advance(moved.snapshot.time)
    return living


def test_a_new_machine_is_cold_and_empty_and_begins_at_once():
    """An extra machine has parts of its own and takes from the queue at once (KERNEL 19)."""

    def waits(living: Shop) -> bool:
        return bool(living.stations["mills"].state.queue)

    model, scenario, snapshot = when("workshop", waits)
    plant = model.with_machine("mill-11", like="mill-2")
    moved = onto(snapshot, plant, old=model)
    state = moved.snapshot.states["mill-11"]
    assert what(moved, "mill-11") == ["new"]
    assert state.mode == Mode("idle", "", snapshot.time)
    assert state.temperatures == (22.0,) * 5
    assert state.damages == (0.0, 0.0)
    assert set(state.magazine) == {
        name.replace("mill-2", "mill-11")
        for name in (f"mill-2/{t}" for t in ("end#1", "end#2", "rough#1", "rough#2"))
    } | {f"mill-11/drill#{k}" for k in (1, 2, 3)}
    assert all(0.0 < stowed.edge.factor < 9.0 for stowed in state.magazine.values())
    assert moved.snapshot.states["mill-11/power"].begun == snapshot.time
    assert moved.snapshot.states["mill-11/front bearing"].strength >= 0.05
    living = alive(plant, scenario, moved)
    assert living.machines["mill-11"].state.work is not None
    assert sum(living.machines["mill-11"].closed_totals().time) == 0.0


def test_the_piece_of_a_machine_that_is_gone_goes_back_to_its_queue():
    """Its work is lost, and it stands in the queue where its arrival puts it (KERNEL 19)."""
    model, scenario, snapshot = when("line", is_in("b", "cut"))
    plant = model.without_machine("b")
    piece = snapshot.states["b"].work.job
    moved = onto(snapshot, plant, old=model)
    assert moved.snapshot.states[" station pair"].queue[0] == piece
    assert moved.snapshot.states[" pieces"][piece] == snapshot.states[" pieces"][piece]
    assert "b" not in moved.snapshot.states
    assert not any(name.startswith("b/") for name in moved.snapshot.states)
    assert "the work on it" in next(m.why for m in moved.moves if m.entity == piece)
    assert what(moved, "b") == ["dropped"]
    assert set(alive(plant, scenario, moved).record.machines) == set("acdef")


def test_a_finished_piece_of_a_machine_that_is_gone_goes_on_to_its_next_queue():
    """It is not done twice: it waits at the next station, overfull or not (KERNEL 19)."""

    def blocked(living: Shop) -> bool:
        work = living.machines["b"].state.work
        return work is not None and work.step == DONE

    model, _, snapshot = when("line", blocked)
    piece = snapshot.states["b"].work.job
    moved = onto(snapshot, model.without_machine("b"), old=model)
    after = moved.snapshot.states[" pieces"][piece]
    assert (2, snapshot.time) == (after.operation, after.since)
    queues = {name: moved.snapshot.states[f" station {name}"].queue for name in ("d", "e")}
    assert [piece in queue for queue in queues.values()].count(True) == 1


def test_the_queue_of_a_station_that_is_gone_waits_at_an_alternative():
    """Pieces go where their operation is done else, in the order of arrival (KERNEL 19)."""

    def waits(living: Shop) -> bool:
        return len(living.stations["e"].state.queue) == 2

    model, _, snapshot = when("line", waits)
    queue = snapshot.states[" station e"].queue
    moved = onto(snapshot, model.without_machine("e"), old=model)
    assert what(moved, "e") == ["dropped", "dropped"]
    assert [
        name for name in moved.snapshot.states[" station d"].queue if name in queue
    ] == list(queue)
    assert {"waits at d"} == {
        m.why.rpartition("; ")[2] for m in moved.moves if m.entity in queue
    }


def test_a_plant_that_cannot_do_an_operation_is_refused_with_all_reasons():
    """Every operation without a machine is named, and the moves say so before (KERNEL 19)."""
    model, _, snapshot = when("line", is_in("a", "cut"))
    stations = tuple(
        replace(s, machines=()) if s.name in ("a", "f") else s for s in model.stations
    )
    machines = tuple(m for m in model.machines if m.name not in ("a", "f"))
    plant = replace(model, stations=stations, machines=machines)
    with pytest.raises(InvalidInput, match=r"part/one: no machine .*'a'; part/four: no mach"):
        onto(snapshot, plant, old=model)
    assert [m.entity for m in moves(snapshot, plant, old=model).of("refused")] == [
        "part/one",
        "part/four",
    ]


def test_a_machine_without_the_tools_of_its_queue_is_refused():
    """A route may not lead to a machine that lacks a tool or a spindle (KERNEL 19)."""
    model, _, snapshot = when("workshop", is_in("hmc", "cut"))
    bare = with_spec(model, replace(machine_of(model, "hmc"), magazine=()))
    with pytest.raises(InvalidInput, match="hmc: it lacks what frame/mill needs"):
        onto(snapshot, bare, old=model)


def test_products_and_sources_of_nothing_are_refused():
    """A source makes a product of the plant, a slot holds a tool of it (KERNEL 19)."""
    model, _, snapshot = when("line", is_in("a", "cut"))
    plant = replace(model, sources=(SourceSpec("bars", "ghost", None),))
    slots = (MagazineSlot("ghost"),)
    plant = with_spec(plant, replace(machine_of(plant, "a"), magazine=slots))
    with pytest.raises(InvalidInput, match=r"'ghost' of no catalogue; bars: it makes 'ghost'"):
        onto(snapshot, plant, old=model)


def test_a_product_that_is_gone_is_refused_while_pieces_of_it_are_there():
    """Nobody throws a customer's pieces away; without them it may go (KERNEL 19)."""
    model, scenario = shop("cell")
    plant = replace(model, products=model.products[:1])
    living = begin(model, scenario)
    living.env.advance(60.0)
    with pytest.raises(
        InvalidInput, match=r"q: the plant does not make it; in the shop: o-2/3, o-2/4"
    ):
        onto(capture(living), plant, old=model)


def test_a_piece_goes_on_to_the_next_operation_that_is_still_on_its_route():
    """Operations go by name: one before it renumbers, its own gone sends it on (KERNEL 19)."""
    model, scenario, snapshot = when("line", is_in("b", "cut"))
    product = model.products[0]
    one, two, three, four = product.operations
    longer = (replace(one, name="zero"), one, two, three, four)
    plant = replace(model, products=(replace(product, operations=longer),))
    moved = onto(snapshot, plant, old=model)
    work = snapshot.states["b"].work
    assert moved.snapshot.states["b"].work == structs.replace(work, operation=2)
    assert moved.snapshot.states["b"].load[2] == 2
    assert moved.snapshot.alarms == snapshot.alarms
    finish(resume(plant, scenario, moved.snapshot))

    shorter = replace(model, products=(replace(product, operations=(one, three, four)),))
    moved = onto(snapshot, shorter, old=model)
    assert moved.snapshot.states[" pieces"][work.job].operation == 1
    why = next(m.why for m in moved.moves if m.entity == work.job)
    assert why.startswith("two is no longer on its route, the work on it is lost; waits at ")
    finish(resume(shorter, scenario, moved.snapshot))

    nothing = replace(model, products=(replace(product, operations=(one,)),))
    with pytest.raises(InvalidInput, match="part: nothing of its route is left from 'two' on"):
        onto(snapshot, nothing, old=model)


def test_a_finished_piece_of_a_route_that_ends_there_leaves_the_plant():
    """A blocked machine lets its piece out when nothing comes after any more (KERNEL 19)."""

    def blocked(living: Shop) -> bool:
        return living.machines["a"].state.mode.name == "blocked"

    model, scenario, snapshot = when("line", blocked)
    product = model.products[0]
    one, *others = product.operations
    plant = replace(model, products=(replace(product, operations=(*others, one)),))
    piece = snapshot.states["a"].work.job
    moved = onto(snapshot, plant, old=model)
    assert moved.snapshot.states["a"].work.operation == 3
    living = alive(plant, scenario, moved)
    assert piece not in living.pieces
    assert living.record.plant.left == snapshot.plant_totals.left + 1
    gone = plant.with_machine("a2", like="a").without_machine("a")
    with pytest.raises(InvalidInput, match="part: nothing of its route is left from 'one' on"):
        onto(snapshot, gone, old=model)


def test_a_smaller_buffer_keeps_what_waits_and_lets_nobody_in():
    """Nothing is thrown away; a larger one is filled at once (KERNEL 26)."""

    def waits(living: Shop) -> bool:
        blocked = living.machines["c"].state.mode.name == "blocked"
        return blocked and len(living.stations["e"].state.queue) == 2

    model, scenario, snapshot = when("line", waits)

    def sized(capacity: int) -> PlantModel:
        stations = (
            replace(s, capacity=capacity) if s.name == "e" else s for s in model.stations
        )
        return replace(model, stations=tuple(stations))

    queue = snapshot.states[" station e"].queue
    tight = onto(snapshot, sized(0), old=model)
    assert what(tight, "buffer of e") == ["kept"]
    assert alive(sized(0), scenario, tight).stations["e"].state.queue == queue
    wide = alive(sized(5), scenario, onto(snapshot, sized(5), old=model))
    assert len(wide.stations["e"].state.queue) > len(queue)


def test_a_smaller_crew_finishes_what_it_has_begun():
    """Members at machines stay; a larger crew goes to those who wait, at once (KERNEL 27)."""

    def late(living: Shop) -> bool:
        return len(living.crew.state.busy) == 1 and len(living.crew.state.waiting) >= 1

    model, scenario, snapshot = when("queue", late)
    crew = snapshot.states[" crew"]
    busy, waiting = crew.busy, crew.waiting
    plants = {crew: replace(model, crew=crew) for crew in (0, 2, None)}
    none = onto(snapshot, plants[0], old=model)
    assert none.snapshot.states[" crew"] == snapshot.states[" crew"]
    assert what(none, "crew") == ["kept"]
    two = onto(snapshot, plants[2], old=model)
    assert two.snapshot.states[" crew"].busy == (*busy, (waiting[0][1], "crew"))
    assert two.snapshot.states[waiting[0][1]].phase == "repair"
    free = onto(snapshot, plants[None], old=model)
    assert free.snapshot.states[" crew"] == CrewState()
    assert {free.snapshot.states[name].phase for _, name, _ in waiting} == {"repair"}
    back = onto(free.snapshot, model, old=plants[None])
    assert set(back.snapshot.states[" crew"].busy) >= {
        *busy,
        *((name, "crew") for _, name, _ in waiting),
    }
    finish(resume(model, scenario, back.snapshot))


def test_a_machine_that_is_gone_gives_its_member_of_the_crew_free():
    """Whoever was there goes to the next in line (KERNEL 19)."""

    def late(living: Shop) -> bool:
        state = living.crew.state
        return bool(state.waiting) and state.busy == (("b", "crew"),)

    model, _, snapshot = _one_fitter(late)
    moved = onto(snapshot, model.without_machine("b"), old=model)
    waiting = snapshot.states[" crew"].waiting
    assert moved.snapshot.states[" crew"].busy == ((waiting[0][1], "crew"),)
    assert moved.snapshot.states[" crew"].waiting == waiting[1:]


def _one_fitter(test: Callable[[Shop], bool]) -> tuple[PlantModel, Scenario, Snapshot]:
    """Return the line with a crew of one when *test* is true of it."""
    model, scenario = shop("line")
    model = replace(model, crew=1)
    for seed in range(50):
        living = begin(model, scenario, seed)
        while living.env.now < 4000.0:
            living.env.advance(living.env.now + 7.0)
            if test(living):
                return model, scenario, capture(living)
    raise AssertionError("it never comes to that")


def test_a_machine_recovers_when_the_mode_it_stood_for_is_gone():
    """The fault goes with its failure mode, and the piece in it goes on (KERNEL 19)."""
    model, scenario, snapshot = when("line", is_in("d", "repair"))
    plant = without_failures(model, "d")
    moved = onto(snapshot, plant, old=model)
    state = moved.snapshot.states["d"]
    assert state.faults == ()
    assert "d" not in dict(moved.snapshot.states[" crew"].busy)
    assert state.mode.name in ("producing", "idle", "blocked")
    assert "d/x" in {move.entity for move in moved.moves.of("dropped")}
    finish(resume(plant, scenario, moved.snapshot))


def test_the_next_fault_in_line_is_repaired_when_the_first_is_gone():
    """A stop that a person gave, of no part, stays (KERNEL 24)."""

    def twice(living: Shop) -> bool:
        faults = living.machines["b"].state.faults
        return len(faults) == 2 and faults[0].part != "" and faults[1].part == ""

    model, _, snapshot = when("queue", twice)
    moved = onto(snapshot, without_failures(model, "b"), old=model)
    state = moved.snapshot.states["b"]
    assert [fault.cause for fault in state.faults] == ["breakdown"]
    assert (state.phase, state.mode.cause) == ("repair", "breakdown")
    assert "b" not in dict(moved.snapshot.states[" crew"].busy)


def test_a_failure_mode_by_another_law_keeps_its_age():
    """Its rest is drawn by the new law given its age; a new one begins at 0 (KERNEL 18, 23)."""
    model, _, snapshot = when("line", is_in("a", "cut"))
    x, y = machine_of(model, "a").failures
    changed = (
        replace(x, life=Fixed(1e6)),
        replace(y, clock="powered"),
        FailureSpec("z", "cycles", Exponential(5.0), Fixed(3.0)),
    )
    plant = with_spec(model, replace(machine_of(model, "a"), failures=changed))
    moved = onto(snapshot, plant, old=model)
    states = moved.snapshot.states
    before = snapshot.states["a/x"]
    assert states["a/x"] == structs.replace(before, due=before.begun + 1e6)
    powered, _, cycles = states["a"].clocks
    assert states["a/y"].begun == powered
    assert states["a/z"].begun == cycles
    assert [what(moved, f"a/{name}") for name in "xyz"] == [["mapped"], ["mapped"], ["new"]]


def test_a_level_that_was_seen_above_the_new_limit_is_refused():
    """A part that has been seen beyond what the new plant allows cannot go on (PHYSICS 8)."""
    from simtwin.physics.degradation import GammaProcess

    model, _, snapshot = when("line", is_in("a", "cut"))
    wear = FailureSpec("wear", "processing", GammaProcess(0.001, 2.0, 50.0), Fixed(60.0))
    old = with_spec(model, replace(machine_of(model, "a"), failures=(wear,)))
    state = onto(snapshot, old, old=model).snapshot
    seen = structs.replace(state.states["a/wear"], seen=30.0)
    state = replace(state, states=state.states | {"a/wear": seen})
    lower = replace(wear, life=GammaProcess(0.001, 2.0, 40.0))
    plant = with_spec(model, replace(machine_of(model, "a"), failures=(lower,)))
    assert onto(state, plant, old=old).snapshot.states["a/wear"].seen == 30.0
    lowest = replace(wear, life=GammaProcess(0.001, 2.0, 20.0))
    plant = with_spec(model, replace(machine_of(model, "a"), failures=(lowest,)))
    with pytest.raises(InvalidInput, match="a/wear: its level was seen at 30"):
        onto(state, plant, old=old)


def test_bearings_go_by_name_and_keep_damage_and_strength():
    """The order in the plant does not matter; a new one is without damage (KERNEL 15)."""
    model, _, snapshot = when("workshop", is_in("mill-2", "cut"))
    spec = machine_of(model, "mill-2")
    front, rear = spec.bearings
    rear = replace(rear, rating=2.0 * rear.rating)
    plant = with_spec(model, replace(spec, bearings=(rear, front)))
    moved = onto(snapshot, plant, old=model)
    settled = resume(model, shop("workshop")[1], snapshot).machines["mill-2"]
    settled.settle()
    assert moved.snapshot.states["mill-2"].damages == settled.state.damages[::-1]
    for name in ("mill-2/front bearing", "mill-2/rear bearing"):
        assert moved.snapshot.states[name] == snapshot.states[name]
    assert what(moved, "mill-2/rear bearing") == ["mapped"]
    fewer = with_spec(model, replace(spec, bearings=(front,)))
    less = onto(snapshot, fewer, old=model)
    assert less.snapshot.states["mill-2"].damages == settled.state.damages[:1]
    assert what(less, "mill-2/rear bearing") == ["dropped"]
    more = onto(less.snapshot, model, old=fewer)
    assert more.snapshot.states["mill-2"].damages == (settled.state.damages[0], 0.0)
    assert what(more, "mill-2/rear bearing") == ["new"]


def test_temperatures_go_by_node():
    """A node that was not there is at ambient; without a spindle there are none (KERNEL 15)."""
    from simtwin.shop.inheritance import Inheritance

    model, scenario, snapshot = when("workshop", is_in("hmc", "cut"))
    spec = machine_of(model, "bench")
    spindle = machine_of(model, "mill-2").spindle
    plant = with_spec(model, replace(spec, spindle=spindle))
    there = onto(snapshot, plant, old=model)
    assert there.snapshot.states["bench"].temperatures == (22.0,) * 5
    assert what(there, "bench/spindle") == ["new"]
    back = onto(there.snapshot, model, old=plant)
    assert back.snapshot.states["bench"].temperatures == ()
    assert what(back, "bench/spindle") == ["dropped"]
    finish(resume(model, scenario, back.snapshot))

    before, after = plan_of(model).machines["hmc"], plan_of(model).machines["hmc"]
    network = replace(before.spec.spindle.network)
    object.__setattr__(network, "nodes", (*network.nodes[::-1], "nut"))
    after = _with_network(after, network)
    hot = Inheritance(before, after, snapshot.states, [])._spindle()
    assert hot == (*snapshot.states["hmc"].temperatures[::-1], 22.0)


def _with_network(plan: Any, network: Any) -> Any:
    spec = replace(plan.spec, spindle=replace(plan.spec.spindle, network=network))
    return MachinePlan(spec, plan.model)


def test_a_machine_that_cools_goes_on_when_nothing_trips_any_more():
    """A thermal hold ends with the trip that asked for it (KERNEL 6)."""
    model, scenario, snapshot = when("workshop", is_in("mill-2", "cooling"))
    spec = machine_of(model, "mill-2")
    plant = with_spec(model, replace(spec, spindle=replace(spec.spindle, trips=())))
    moved = onto(snapshot, plant, old=model)
    assert moved.snapshot.states["mill-2"].phase != "cooling"
    assert not moved.snapshot.states["mill-2/spindle"].tripped
    finish(resume(plant, scenario, moved.snapshot))


def test_edges_go_by_tool_and_number():
    """Added edges are new, edges without a place are dropped, even from the spindle."""
    model, scenario, snapshot = when("workshop", is_cutting("mill-2"))
    spec = machine_of(model, "mill-2")
    settled = resume(model, scenario, snapshot).machines["mill-2"]
    settled.settle()
    mounted = settled.state.setting.edge
    assert mounted is not None
    more = tuple(replace(slot, edges=slot.edges + 1) for slot in spec.magazine)
    wide = onto(snapshot, with_spec(model, replace(spec, magazine=more)), old=model)
    state = wide.snapshot.states["mill-2"]
    assert len(state.magazine) == len(settled.state.magazine) + 3
    assert (state.setting.edge, state.wear) == (mounted, settled.state.wear)
    assert what(wide, "mill-2 edges") == ["new"]
    plant = with_spec(model, replace(spec, magazine=more))
    first = with_spec(
        model,
        replace(spec, magazine=tuple(replace(slot, edges=1) for slot in spec.magazine)),
    )
    narrow = onto(wide.snapshot, first, old=plant)
    left = narrow.snapshot.states["mill-2"]
    assert {name[-1] for name in left.magazine} == {"1"}
    assert what(narrow, "mill-2 edges") == ["dropped"]
    finish(resume(first, scenario, narrow.snapshot))


def test_an_edge_that_is_dropped_from_the_spindle_is_changed_for_a_sister():
    """The cut is left, a refit begins, and the work done so far is kept (KERNEL 19)."""

    def second(living: Shop) -> bool:
        state = living.machines["mill-2"].state
        edge = state.setting.edge
        return state.phase == "cut" and edge is not None and edge.endswith("#2")

    model, scenario, snapshot = when("workshop", second)
    spec = machine_of(model, "mill-2")
    slots = tuple(replace(slot, edges=1) for slot in spec.magazine)
    plant = with_spec(model, replace(spec, magazine=slots))
    moved = onto(snapshot, plant, old=model)
    state = moved.snapshot.states["mill-2"]
    assert state.phase == "refit"
    assert snapshot.states["mill-2"].setting.edge not in moved.snapshot.states
    assert state.work.step == snapshot.states["mill-2"].work.step
    finish(resume(plant, scenario, moved.snapshot))


def test_edges_that_could_not_break_are_given_a_hazard_to_break_at():
    """A tool that breaks from now on: every edge of it gets a threshold ahead of it."""
    model, _, snapshot = when("workshop", is_cutting("mill-2"))
    safe = replace(model, tools=tuple(replace(t, break_rate=0.0) for t in model.tools))
    spared = onto(snapshot, safe, old=model).snapshot
    states = {}
    for name, state in spared.states.items():
        value: Any = state
        if "#" in name and not name.startswith(" "):
            value = structs.replace(state, threshold=float("inf"))
        elif hasattr(state, "magazine"):
            value = structs.replace(
                state,
                magazine={
                    n: structs.replace(s, edge=structs.replace(s.edge, threshold=float("inf")))
                    for n, s in state.magazine.items()
                },
            )
        states[name] = value
    moved = onto(replace(spared, states=states), model, old=safe).snapshot
    for name, state in moved.states.items():
        if hasattr(state, "magazine"):
            lives = [(s.edge, s.wear[2]) for s in state.magazine.values() if not s.edge.spent]
            if state.setting.edge in moved.states:
                lives.append((moved.states[state.setting.edge], state.wear[2]))
            assert all(met < edge.threshold < met + 30.0 for edge, met in lives), name


def test_a_machine_that_lacks_the_tools_gives_its_piece_to_those_who_have_them():
    """Off the route and without tools, it cannot finish what it holds (KERNEL 19)."""
    model, scenario, snapshot = when("workshop", is_in("hmc", "cut"))
    products = tuple(
        replace(
            product,
            operations=tuple(
                replace(o, stations=tuple(s for s in o.stations if s != "hmc") or o.stations)
                for o in product.operations
            ),
        )
        for product in model.products
    )
    bare = replace(machine_of(model, "hmc"), magazine=())
    plant = with_spec(replace(model, products=products), bare)
    piece = snapshot.states["hmc"].work.job
    moved = onto(snapshot, plant, old=model)
    assert piece in moved.snapshot.states[" station mills"].queue
    assert moved.snapshot.states["hmc"].mode.name == "idle"
    why = next(m.why for m in moved.moves if m.entity == piece)
    assert why == "hmc lacks what the operation needs, the work on it is lost; waits at mills"
    finish(resume(plant, scenario, moved.snapshot))


def test_a_piece_in_a_queue_may_stay_for_its_next_operation():
    """What it waited for is gone, what comes next is done at the same place (KERNEL 19)."""

    def waits(living: Shop) -> bool:
        return bool(living.stations["pair"].state.queue)

    model, scenario, snapshot = when("line", waits)
    product = model.products[0]
    one, _, three, four = product.operations
    at_pair = replace(three, stations=("pair",))
    plant = replace(model, products=(replace(product, operations=(one, at_pair, four)),))
    moved = onto(snapshot, plant, old=model)
    queue = snapshot.states[" station pair"].queue
    after = moved.snapshot.states[" station pair"].queue
    assert tuple(name for name in after if name in queue) == queue
    assert {what(moved, piece)[0] for piece in queue} == {"mapped"}
    finish(resume(plant, scenario, moved.snapshot))


def test_a_new_station_begins_with_an_empty_queue():
    """Its flow is counted from now on, and pieces may go there (KERNEL 19, 30)."""
    model, scenario, snapshot = when("line", is_in("a", "cut"))
    machine = replace(machine_of(model, "d"), name="g", station="g")
    product = model.products[0]
    one, two, three, four = product.operations
    wider = replace(three, stations=("d", "e", "g"))
    plant = replace(
        model,
        machines=(*model.machines, machine),
        stations=(*model.stations, StationSpec("g", ("g",), 1)),
        products=(replace(product, operations=(one, two, wider, four)),),
    )
    moved = onto(snapshot, plant, old=model)
    assert what(moved, "g") == ["new", "new"]
    assert moved.snapshot.place_totals["g"].entered == 0
    assert finish(resume(plant, scenario, moved.snapshot)).record.places["g"].left > 0


def test_a_cut_by_other_data_keeps_the_share_that_is_done():
    """Half a path at half the feed is half a path, twice as long to go (KERNEL 19)."""

    def second(living: Shop) -> bool:
        work = living.machines["m-10"].state.work
        return work is not None and work.product == "p"

    model, scenario, snapshot = when("cell", second)
    product = model.products[0]
    one, two = product.operations
    slow = replace(two.steps[0], duration=Fixed(2.0 * two.steps[0].duration.value))
    plant = replace(
        model,
        products=(
            replace(product, operations=(one, replace(two, steps=(slow,)))),
            *model.products[1:],
        ),
    )
    passed = snapshot.time - snapshot.states["m-10"].anchor
    moved = onto(snapshot, plant, old=model)
    work = moved.snapshot.states["m-10"].work
    assert (60.0 - 2.0 * passed, 2.0 * passed) == (work.left, work.spent)
    assert snapshot.time + work.left == moved.snapshot.alarms["m-10"].instant
    longer = replace(two, steps=(*two.steps, slow))
    plant = replace(
        model, products=(replace(product, operations=(one, longer)), *model.products[1:])
    )
    again = onto(snapshot, plant, old=model)
    assert again.snapshot.states["m-10"].work == structs.replace(
        work, step=0, left=30.0, spent=0.0
    )
    assert "begins again" in next(m.why for m in again.moves if m.entity == work.job)
    finish(resume(plant, replace(scenario, dispatching="fifo"), again.snapshot))


def test_a_machine_in_another_group_takes_its_piece_along():
    """It finishes what it holds and takes from the other queue then; flows add up."""
    model, scenario, snapshot = when("line", is_in("b", "cut"))
    plant = regrouped(model, machine_of(model, "b"), "f")
    moved = onto(snapshot, plant, old=model)
    assert moved.snapshot.states["b"] == snapshot.states["b"]
    assert what(moved, "b") == ["kept", "mapped"]
    piece = snapshot.states["b"].work.job
    assert moved.snapshot.states[" pieces"][piece].since == snapshot.time
    before, after = (s.place_totals for s in (snapshot, moved.snapshot))
    assert after["pair"].present == before["pair"].present - 1
    assert after["f"].present == before["f"].present + 1
    living = finish(resume(plant, scenario, moved.snapshot))
    assert living.machines["b"].totals.counts["good"] > 1.0


def test_sources_come_go_and_change_their_pace():
    """Pieces of a source that is gone go on; another pace begins now (KERNEL 19)."""
    model, scenario, snapshot = when("workshop", is_in("saw", "cut"))
    source = model.sources[0]
    none = replace(model, sources=())
    gone = onto(snapshot, none, old=model)
    assert gone.snapshot.states[" pieces"] == snapshot.states[" pieces"]
    assert what(gone, "bars") == ["dropped"]
    finish(resume(none, scenario, gone.snapshot))
    paced = replace(model, sources=(replace(source, interarrival=Fixed(500.0)),))
    state = onto(snapshot, paced, old=model).snapshot.states[" source bars"]
    made = snapshot.states[" source bars"].made
    assert state == SourceState(made, snapshot.time + 500.0, snapshot.time)
    fresh = onto(gone.snapshot, paced, old=none)
    state = fresh.snapshot.states[" source bars"]
    assert state == SourceState(0, snapshot.time + 500.0, snapshot.time)
    assert what(fresh, "bars") == ["new"]


def test_a_source_that_changes_only_priority_or_product_is_told():
    """Its law goes on, so its next piece comes when it would have; the account has a line."""
    model, _, snapshot = when("workshop", is_in("saw", "cut"))
    source = model.sources[0]
    other = next(p.name for p in model.products if p.name != source.product)
    for changed, told in (
        (replace(source, priority=source.priority + 3), "its next pieces have priority 3"),
        (replace(source, product=other), f"makes {other} from now on, frame in the shop"),
    ):
        moved = onto(snapshot, replace(model, sources=(changed,)), old=model)
        assert f"mapped: bars: {told}" in moved.moves.text()
        assert moved.snapshot.states[" source bars"] == snapshot.states[" source bars"]


def test_a_piece_in_a_compiled_program_is_brought_to_the_present_by_the_old_plan():
    """Another plant from now on: what the piece has done, it has done by the old data."""
    model, scenario, snapshot = when("workshop", is_in("hmc", "program"), seed=11)
    spec = machine_of(model, "hmc")
    plant = with_spec(model, replace(spec, tool_change=5.0))
    moved = onto(snapshot, plant, old=model)
    settled = resume(model, scenario, snapshot).machines["hmc"]
    settled.settle()
    state = moved.snapshot.states["hmc"]
    assert state.phase != "program"
    assert state.anchor == snapshot.time
    assert state.temperatures == settled.state.temperatures
    assert state.clocks == settled.state.clocks
    assert state.damages == settled.state.damages
    assert moved.snapshot.machine_totals["hmc"].energy == settled.totals.energy
    others = [m.name for m in model.machines if m.name != "hmc"]
    assert all(moved.snapshot.states[name] == snapshot.states[name] for name in others)


def test_a_snapshot_has_onto_and_moves():
    """``snapshot.onto(plant)`` is a snapshot, ``snapshot.moves(plant)`` says what became."""
    model, scenario, snapshot = when("line", is_in("a", "cut"))
    plant = model.with_machine("a2", like="a")
    moved: Any = snapshot
    assert to_json(moved.onto(plant)) == to_json(onto(snapshot, plant, old=model).snapshot)
    assert moved.onto(model) is snapshot
    text = str(moved.moves(plant))
    assert text.startswith("1 new, ")
    assert "new: a2: cold, empty and idle, its parts new" in text
    assert len(moved.moves(plant)) == len(text.splitlines()) - 1
    filed: Any = from_json(to_json(snapshot))
    with pytest.raises(InvalidInput, match=r"say which one .* onto\(plant, old="):
        filed.onto(plant)
    assert to_json(filed.onto(plant, old=model)) == to_json(moved.onto(plant))
    with pytest.raises(UnknownSnapshot, match="of plant 'line', not of 'cell'"):
        filed.onto(plant, old=shop("cell")[0])
    again = moved.onto(plant).onto(model)
    finish(resume(model, scenario, again))


def test_futures_under_two_plants_have_the_same_luck():
    """A machine more changes nobody else's draws: the other parts live alike (KERNEL 18)."""
    model, scenario, snapshot = when("line", is_in("a", "cut"))
    plant = model.with_machine("b2", like="b")
    moved = onto(snapshot, plant, old=model).snapshot
    mine = forecast(plan_of(model), scenario, snapshot, seed=5)
    theirs = forecast(plan_of(plant), scenario, moved, seed=5)
    assert {name: part.state for name, part in mine.parts.items()} == {
        name: part.state for name, part in theirs.parts.items() if not name.startswith("b2/")
    }


def test_a_move_reads_as_a_sentence():
    """What, whom and why, on one line."""
    assert str(Move("dropped", "mill-3", "gone")) == "dropped: mill-3: gone"
