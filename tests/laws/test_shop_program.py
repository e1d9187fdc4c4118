"""This module holds the law of programs: compiled, a piece goes as it goes hold by hold.

To 1e-9 K at every load change, 1e-9 relative in energy and damage, and the same events at the
same instants (PHYSICS 5.6); wherever a program is left, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import Rank
from simtwin.parts.chain import COLDEST, MARGIN
from simtwin.parts.heat import ThermalDuty
from simtwin.parts.tool import Stowed
from simtwin.plant.files import load_with_plant
from simtwin.plant.model import Intervention, PlantModel, Scenario
from simtwin.result.result import Result
from simtwin.shop.build import build
from simtwin.shop.capture import capture, to_json
from simtwin.shop.machine import Machine
from simtwin.shop.plan import plan_of
from simtwin.shop.reading import FIXED, History
from simtwin.shop.reserve import MOST, Reserve
from simtwin.shop.shop import Shop
from simtwin.shop.states import READY, MachineState
from simtwin.shop.through import close_log
from simtwin.streams import Streams
from tests.benchmarks.plants import for_hours, workload
from tests.laws.shops import TEXTS, near_its_trip, shop

HEAT = 1e-9
"""[K]"""
SHARE = 1e-9
"""Relative."""


def rows(history: History) -> list[tuple[float, ...]]:
    """Return the rows of *history*; what the numbers of duties and edges stand for, named."""
    width = history.width
    flat = history.rows
    return [tuple(flat[i : i + width]) for i in range(0, len(flat), width)]


def told_apart(one: Result, other: Result) -> list[str]:
    """Return where two runs differ by more than rounding."""
    assert one.log is not None
    assert other.log is not None
    wrong = [
        table
        for table in ("states", "events", "pieces")
        if getattr(one.log, table) != getattr(other.log, table)
    ]
    for name, history in one.log.history.items():
        wrong += physics_apart(name, history, other.log.history[name])
        mine, its = one.window.machines[name], other.window.machines[name]
        if (mine.time, mine.counts, mine.work) != (its.time, its.counts, its.work):
            wrong.append(f"totals of {name}")
        if mine.energy != pytest.approx(its.energy, rel=SHARE):
            wrong.append(f"energy of {name}")
    return wrong


def physics_apart(name: str, one: History, other: History) -> list[str]:
    """Return where the physics of a machine differ at a load change."""
    mine, its = rows(one), rows(other)
    if len(mine) != len(its):
        return [f"{name}: {len(mine)} and {len(its)} load changes"]
    last = FIXED + one.nodes
    return [
        f"{name} at {a[0]!r}"
        for a, b in zip(mine, its, strict=True)
        if a[0] != b[0]
        or one.edges[int(a[2])] != other.edges[int(b[2])]
        or one.duties[int(a[1])] is not other.duties[int(b[1])]
        or a[3:FIXED] != pytest.approx(b[3:FIXED], rel=SHARE)
        or a[FIXED:last] != pytest.approx(b[FIXED:last], abs=HEAT, rel=0.0)
        or a[last:] != pytest.approx(b[last:], rel=SHARE)
    ]


@pytest.mark.parametrize(("name", "seed"), [(name, seed) for name in TEXTS for seed in (1, 7)])
def test_a_small_shop_goes_as_hold_by_hold(name: str, seed: int):
    """Trips, breakages, worn edges, failures and acts of people come at the same instants."""
    model, scenario = shop(name)
    compiled = simulate(model, scenario, seed=seed)
    assert told_apart(compiled, simulate(model, scenario, seed=seed, compiled=False)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_the_job_shop_goes_as_hold_by_hold(seed: int):
    """Twelve machines, three products, edges and spindles that have been used before."""
    plant, scenario = load_with_plant("day_shift")
    compiled = simulate(plant, scenario, seed=seed)
    assert told_apart(compiled, simulate(plant, scenario, seed=seed, compiled=False)) == []


def programs_begun(living: Shop, until: float) -> int:
    """Run *living* to *until* and return how many pieces it looked at within a program."""
    seen = set()
    while living.env.now < until:
        living.env.advance(living.env.now + 20.0)
        seen |= {m.state.work.job for m in living.machines.values() if m.program is not None}
    return len(seen)


def test_most_pieces_are_compiled():
    """The law above is not one of nothing: most pieces are one event."""
    plant = workload(1, edges=4)
    scenario = for_hours(plant, 20.0)
    living = build(plan_of(plant), scenario, Streams(1), log=True)
    begun = programs_begun(living, 20.0 * 3600.0)
    assert begun > 0.85 * living.record.plant.entered > 70


def test_most_pieces_are_sure():
    """Nobody looks at the edges of most pieces before they end."""
    plant = workload(1, edges=4)
    living = build(plan_of(plant), for_hours(plant, 20.0), Streams(1), log=True)
    looked, unlooked = set(), set()
    while living.env.now < 20.0 * 3600.0:
        living.env.advance(living.env.now + 20.0)
        for machine in living.machines.values():
            if machine.program is not None:
                (unlooked if machine.outcome is None else looked).add(machine.state.work.job)
    assert len(unlooked) > 2 * len(looked) > 0


def test_only_the_step_is_done_hold_by_hold_in_which_something_comes():
    """A worn edge interrupts its own step: what lies before and after it stays compiled."""
    plant = workload(1)
    scenario = for_hours(plant, 30.0)
    living = build(plan_of(plant), scenario, Streams(scenario.seed), log=True)
    living.env.advance(30.0 * 3600.0)
    (history,) = living.record.log.history.values()
    notes = [things for things, _ in history.kept[1].take(0)]
    spans = [program.key[4:] for program, *_ in notes if program is not None]
    run = simulate(plant, scenario)
    pieces = run.window.plant.left
    heads = sum(beyond >= 0 for _, beyond in spans)
    tails = sum(first > 0 for first, _ in spans)
    cuts = sum(kind is None and rest[0].key[0] == "cut" for kind, *rest in notes)
    assert heads >= 3
    assert tails >= 5
    assert cuts < 0.3 * pieces  # Of six: a piece has two holds of handling and four cuts.
    assert told_apart(run, simulate(plant, scenario, compiled=False)) == []


def look_anew(machine: Machine) -> None:
    """Forget what a machine knows of its edges; while a piece is in hand nothing is put off."""
    machine.catch_up()
    machine.reserve = Reserve()


def ask(machine: Machine) -> None:
    """Ask for the state of a machine."""
    assert machine.state.anchor <= machine.env.now


NEAR = tuple(f"near its trip {seed}" for seed in (19, 63, 97, 118, 132, 139, 155))
"""Machines that trip, and begin some pieces too hot to know without a look how they end."""


def given(name: str) -> tuple[PlantModel, Scenario]:
    """Return the plant and scenario of this *name*; "workload" puts most off, with failures."""
    if name in NEAR:
        return near_its_trip(int(name.rsplit(maxsplit=1)[-1]))
    if name == "workload":
        plant = workload(2, edges=3)
        return plant, for_hours(plant, 60.0)
    return load_with_plant(name) if name == "day_shift" else shop(name)


@pytest.mark.parametrize("meddle", [look_anew, ask])
@pytest.mark.parametrize("name", [*TEXTS, "day_shift", "workload", *NEAR])
def test_who_looks_and_asks_sees_what_was_sure_and_put_off(
    name: str, meddle: Callable[[Machine], None]
):
    """That edges last saves looks, and what is put off is done together: no bit changes."""
    model, scenario = given(name)
    whole = simulate(model, scenario, seed=3)
    assert scenario.horizon is not None
    living = build(plan_of(model), scenario, Streams(3), log=True)
    step = 30.0 if meddle is look_anew else 977.0
    while living.env.now < scenario.horizon:
        for machine in living.machines.values():
            meddle(machine)
        living.env.advance(min(living.env.now + step, scenario.horizon))
    close_log(living)
    log, told = living.record.log, whole.log
    assert log is not None
    assert told is not None
    assert (log.states, log.events, log.pieces) == (told.states, told.events, told.pieces)
    for one, history in log.history.items():
        assert history == told.history[one]
    assert to_json(capture(living)) == to_json(whole.snapshot)


def test_most_pieces_are_put_off():
    """Pieces of the reserve and the rests between them wait until somebody asks."""
    plant = workload(1, edges=4)
    living = build(plan_of(plant), for_hours(plant, 20.0), Streams(1), log=True)
    living.env.advance(2.0 * 3600.0)
    (machine,) = living.machines.values()
    reserve = machine.reserve
    most = 0
    while living.env.now < 20.0 * 3600.0:
        living.env.advance(living.env.now + 60.0)
        assert len(reserve.jobs) <= MOST
        most = max(most, len(reserve.jobs))
    assert most > MOST / 2
    while len(reserve.jobs) < MOST / 2:
        living.env.advance(living.env.now + 60.0)
    before = machine.closed_totals()
    assert machine.reserve.jobs == []
    after = machine.closed_totals()
    assert (before.time, before.energy, before.work) == (after.time, after.energy, after.work)
    state = machine.state
    assert machine.reserve.jobs == []
    assert machine.state is state  # Nothing is left to be brought up to date.


def test_nothing_is_put_off_where_a_rest_may_heat():
    """Where a node may rise in the rests, each piece is looked at."""
    plant = workload(1, failures=False)
    living = build(plan_of(plant), for_hours(plant, 1.0), Streams(1))
    (machine,) = living.machines.values()
    program = machine.plan.program("of-mill-1", 0, "drill")
    assert program is not None
    heat, rest = program.score.heat, machine.plan.duty(READY, "drill").thermal
    assert heat is not None
    assert rest is not None
    assert program.is_steady
    n = len(rest.constant)
    hot = ThermalDuty(
        rest.mode, ((900.0,) * n, (0.0,) * n, (0.0,) * n), rest.power, rest.weights, 0.0,
        frozenset(), rest.limits,
    )  # fmt: skip
    assert heat.stays_calm(rest)
    assert not heat.stays_calm(hot)


def sure_of(plant: PlantModel, used: float, damage: float) -> tuple[int, int]:
    """Return of how many pieces a machine with such edges is sure, and how many there are."""
    living = build(plan_of(plant), for_hours(plant, 1.0), Streams(4))
    machine = living.machines["mill-1"]
    while machine.state.phase != "open" or machine.edge is None:
        living.env.advance(living.env.now + 10.0)
    program = machine.plan.program("of-mill-1", 0, "drill")
    assert program is not None
    worn = (used, damage, 0.0)
    state = structs.replace(
        machine.state,
        magazine={name: Stowed(one.edge, worn) for name, one in machine.state.magazine.items()},
        wear=worn,
    )
    sure, pieces = -1, 0
    while pieces < 10_000:
        outcome = program.outcome(machine.edge, state)
        if isinstance(outcome, int):
            break
        sure = program.lasts(outcome.used) if pieces == 0 else sure
        pieces += 1
        edges = zip(outcome.used, outcome.wears, strict=True)
        after = {name: Stowed(life, wear) for (name, life, _), wear in edges}
        state = structs.replace(state, magazine=after, wear=outcome.wears[-1])
    return sure, pieces


@pytest.mark.parametrize("change", ["planned", "at limit"])
@pytest.mark.parametrize("break_rate", [0.0, 1e-7, 1e-4])
def test_sure_is_no_more_than_there_are(change: str, break_rate: float):
    """And not much less, where edges do not break."""
    plant = workload(1, failures=False)
    tools = tuple(
        replace(tool, change=change, break_rate=break_rate, break_growth=3.0)
        for tool in plant.tools
    )
    plant = replace(plant, tools=tools)
    for used, damage in ((0.0, 0.0), (0.3, 0.2), (0.2, 0.5), (0.9, 0.7), (0.4, 0.97)):
        sure, pieces = sure_of(plant, used, damage)
        assert sure < pieces or pieces == 0
        if break_rate == 0.0:
            assert sure >= pieces - 3


@pytest.mark.parametrize(("name", "seeds"), [("workshop", range(3, 9)), ("day_shift", (3,))])
def test_a_program_may_be_left_anywhere(name: str, seeds: Sequence[int]):
    """Forced open at random instants, nothing changes by more than rounding.

    The mills of the workshop are often too hot for a program, so it has more than one run.
    """
    model, scenario = load_with_plant(name) if name == "day_shift" else shop(name)
    assert sum(left_anywhere(name, model, scenario, seed) for seed in seeds) > 10


def left_anywhere(name: str, model: PlantModel, scenario: Scenario, seed: int) -> int:
    """Compare one run whose programs are left with one without any; return how many were."""
    assert scenario.horizon is not None
    chance = Streams(2)[name, "opening"]
    instants = sorted(chance() * scenario.horizon for _ in range(200))
    living = build(plan_of(model), scenario, Streams(seed), log=True)
    left = 0
    for at in instants:
        living.env.advance(at)
        names = [one for one, machine in living.machines.items() if machine.program]
        if names:
            living.machines[names[int(chance() * len(names))]].settle()
            left += 1
    living.env.advance(scenario.horizon)
    whole = simulate(model, scenario, seed=seed, compiled=False)
    assert whole.log is not None
    assert living.record.log is not None
    assert living.record.log.events == whole.log.events
    for machine, totals in living.record.machines.items():
        assert totals.counts == whole.window.machines[machine].counts
    for machine in living.machines.values():
        machine.settle()
        end = whole.log.history[machine.name].at(scenario.horizon)
        if end is not None:
            assert machine.state.temperatures == pytest.approx(end.temperatures, abs=HEAT)
            assert machine.state.damages == pytest.approx(end.bearings, rel=SHARE)
    return left


def boundaries(model: PlantModel, scenario: Scenario, machine: str) -> list[float]:
    """Return instants at which *machine* goes from one hold to the next, hold by hold."""
    run = simulate(model, scenario, compiled=False)
    assert run.log is not None
    instants = run.log.history[machine].instants
    return [later for sooner, later in pairwise(instants) if later > sooner]


@pytest.mark.parametrize(
    ("do", "value"),
    [
        ("feed override", 80.0),
        ("coolant off", None),
        ("stop", None),
        ("force tool change", None),
        ("maintenance", 100.0),
        ("breakdown", 60.0),
    ],
)
def test_what_comes_between_two_holds_finds_the_second(do: str, value: float | None):
    """An act at the very instant of a load change comes after it (KERNEL 4)."""
    plant = workload(1, failures=False)
    scenario = for_hours(plant, 1.0)
    for at in boundaries(plant, scenario, "mill-1")[:30]:
        given = replace(scenario, interventions=(Intervention(at, "mill-1", do, value),))
        compiled = simulate(plant, given)
        assert told_apart(compiled, simulate(plant, given, compiled=False)) == [], at


def test_a_failure_between_two_holds_finds_the_first():
    """A failure at the instant of a load change comes before it: KERNEL 4 orders ranks."""
    plant = workload(1, failures=False)
    scenario = for_hours(plant, 1.0)
    for at in boundaries(plant, scenario, "mill-1")[:14]:
        found: list[MachineState] = []
        for compiled in (True, False):
            living = build(plan_of(plant), scenario, Streams(1), log=True, compiled=compiled)
            machine = living.machines["mill-1"]

            def look(
                _: object, machine: Machine = machine, found: list[MachineState] = found
            ) -> None:
                machine.settle()
                found.append(machine.state)

            living.env.arm(at, Rank.FAILURE, machine.order, "mill-1", "life", (look,))
            living.env.advance(at)
        mine, its = found
        assert structs.replace(mine, temperatures=(), damages=(), wear=()) == structs.replace(
            its, temperatures=(), damages=(), wear=()
        )
        assert mine.temperatures == pytest.approx(its.temperatures, abs=HEAT)
        assert mine.wear == pytest.approx(its.wear, rel=SHARE)


def test_no_program_trips_from_below_its_calm():
    """The envelope is rigorous, and no more cautious than a kelvin (PHYSICS 5.6)."""
    plant = workload(1)
    program = plan_of(plant).machines["mill-1"].program("of-mill-1", 0, "")
    assert program is not None
    assert program.score.heat is not None
    calm = program.score.heat.calm
    assert COLDEST < calm < 200.0

    def trips(start: tuple[float, ...], worn: bool) -> bool:
        for hold in program.holds:
            thermal = hold.duty.thermal
            heat = thermal.worst_heat if worn else thermal.in_interval(0)[0]
            limits = thermal.limits
            if limits is not None:
                if any(map(float.__ge__, start, limits)):
                    return True
                if thermal.mode.first_above(start, heat, (), hold.seconds, limits) is not None:
                    return True
            start = thermal.mode.after(start, heat, (), hold.seconds)
        return False

    chance = Streams(5)["calm", "starts"]
    for _ in range(300):
        start = tuple(calm - 30.0 * chance() ** 3 for _ in range(5))
        assert not trips(start, worn=chance() < 0.5)
    assert trips((calm + MARGIN + 0.1,) * 5, worn=True)


def test_machines_of_a_kind_read_one_score():
    """What is compiled is theirs together; loads and edges are called as each machine's own."""
    plant = workload(3)
    *alike, slow = plant.machines
    plant = replace(plant, machines=(*alike, replace(slow, tool_change=slow.tool_change + 1.0)))
    plans = plan_of(plant).machines
    one, two, other = (plans[f"mill-{n}"].program(f"of-mill-{n}", 0, "") for n in (1, 2, 3))
    assert one is not None
    assert two is not None
    assert other is not None
    assert one.score is two.score is not other.score
    assert other.score.seconds == one.score.seconds + 3.0
    cuts = [hold.duty.key for hold in two.holds if hold.phase == "cut"]
    assert {key[1] for key in cuts} == {"of-mill-2"}
    assert plans["mill-2"].worst == plans["mill-1"].worst > (0.0, 0.0)


def near_its_end(plant: PlantModel, *, heavier: bool) -> Shop:
    """Return a shop whose front bearing lasts a piece, but not at a load never asked of it."""
    shop = build(plan_of(plant), for_hours(plant, 6.0), Streams(1), log=True)
    shop.env.advance(3600.0)
    machine = shop.machines["mill-1"]
    program = machine.plan.program("of-mill-1", 0, "drill")
    assert program is not None
    score = program.score
    bearing: Any = shop.parts["mill-1/front bearing"]
    room = 1.5 * score.worst[0] * score.seconds
    machine.settle()
    rear = machine.state.damages[1]
    damages = bearing.state.strength - room, rear
    machine.state = structs.replace(machine.state, damages=damages)
    machine.watch_again()
    if heavier:
        machine.plan.duty(("cut", "of-mill-1", 0, 1, 2.0, 1.0, True), "face")
        assert machine.plan.worst[0] * score.seconds > room
    return shop


def test_what_was_compiled_before_does_not_matter():
    """A run and its branch are one to the bit, though a branch has compiled fewer loads."""
    plant = workload(1)
    told = []
    for heavier in (False, True):
        living = near_its_end(replace(plant), heavier=heavier)
        machine = living.machines["mill-1"]
        entered = False
        while living.env.now < 2.0 * 3600.0:
            living.env.advance(living.env.now + 20.0)
            entered = entered or machine.program is not None
        assert entered
        machine.settle()
        told.append(machine.state)
    assert told[0] == told[1]
