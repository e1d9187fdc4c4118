from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import Deadlock
from simtwin.plant.model import FlowSpec
from simtwin.shop import deadlock
from simtwin.shop.batch import starves
from simtwin.shop.build import build
from simtwin.shop.capture import capture, to_json
from simtwin.shop.plan import plan_of
from simtwin.shop.preemption import interrupt
from simtwin.shop.shop import Shop
from simtwin.shop.states import ABLE, DONE
from simtwin.streams import Streams
from tests.laws.branches import begin, finish, first_difference, resume, story
from tests.laws.shops import TEXTS, shop
from tests.strategies import HORIZON, shops

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.shop.machine import Machine
    from tests.laws.branches import Story


def full_passes(living: Shop, *_: Any) -> None:
    """Dispatch as KERNEL 4 words it: passes over all machines until nothing moves."""
    living.env.dispatch_pending = False
    by_name = sorted(living.machines.values(), key=lambda m: m.order)
    by_depth = sorted(by_name, key=lambda m: (living.depth[m.station.name], m.order))
    pull = living.pull or bool
    moved = True
    while moved:
        if living.crew.state.waiting:
            living.crew.assign()
        moved = any([*map(unblocked, by_depth), pull(), *map(loaded, by_name)])
        moved = moved or interrupt(living)
    living.env.dispatch_pending = False
    living.leaving.clear()
    living.empty.clear()
    for machine in by_name:
        if machine.state.work is None and machine.state.phase in ABLE:
            machine.rest()
    deadlock.look(living)
    if living.pieces and living.batching and starves(living):
        deadlock.stuck(living)


def unblocked(machine: Machine) -> bool:
    """Let the finished piece of *machine* leave, if it has one and there is room."""
    work = machine.state.work
    if work is None or work.step != DONE:
        return False
    if machine.shop.leave(machine):
        return True
    moved = machine.state.work != work  # Some of a batch have left.
    if machine.state.phase == "done":
        machine.stand("blocked", machine.state.work, machine.state.setting)
    return moved


def loaded(machine: Machine) -> bool:
    """Give *machine* its next piece, if it is able and there is one."""
    able = machine.state.work is None and machine.state.phase in ABLE
    if able and (machine.closed or machine.wanted):
        machine.stand("idle", None, machine.state.setting)
        return False
    piece = machine.station.pick(machine) if able else None
    if piece is None:
        return False
    if machine.shop.record.log is not None:
        machine.shop.log_piece(piece, "started", machine.name)
    machine.take(piece.name, piece.product, piece.operation)
    machine.station.freed()
    return True


def told(model: PlantModel, scenario: Scenario) -> Story | str:
    """Return the story of a run, or that it locked up."""
    try:
        return story(finish(begin(model, scenario)))
    except Deadlock as stuck:
        return str(stuck)


def agree(model: PlantModel, scenario: Scenario) -> None:
    """Assert that touching only what has changed is the same as passing over everything."""
    touched = told(model, scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "dispatch", full_passes)
        reference = told(model, scenario)
    if isinstance(touched, str) or isinstance(reference, str):
        assert touched == reference
    else:
        assert first_difference(touched, reference) == ""


@pytest.mark.parametrize("name", TEXTS)
def test_dispatch_looks_only_where_something_happened_and_misses_nothing(name: str):
    """Dispatch of touched machines is dispatch by full passes over all (KERNEL 4)."""
    agree(*shop(name))


@given(shops())
@settings(max_examples=60)
def test_dispatch_is_that_of_full_passes_on_random_plants(drawn: tuple[PlantModel, Scenario]):
    """Dispatch of touched machines is dispatch by full passes over all (KERNEL 4)."""
    agree(*drawn)


def with_movers() -> st.SearchStrategy[tuple[PlantModel, Scenario]]:
    """Return shops in which pieces have to wait for who carries them."""
    return shops().filter(lambda drawn: bool(ways := drawn[0].transport) and bool(ways.movers))


@given(with_movers())
@settings(max_examples=40)
def test_dispatch_is_that_of_full_passes_where_movers_are_few(
    drawn: tuple[PlantModel, Scenario],
):
    """A piece that has called looks again only when another of its stations got room."""
    agree(*drawn)


@pytest.mark.slow
@given(shops())
@settings(max_examples=800)
def test_dispatch_is_that_of_full_passes_on_many_random_plants(
    drawn: tuple[PlantModel, Scenario],
):
    """Dispatch of touched machines is dispatch by full passes over all (KERNEL 4)."""
    agree(*drawn)


def unlogged(model: PlantModel, scenario: Scenario) -> None:
    """Assert that a run keeps the same states and totals whether or not a log is kept."""
    kept = []
    for log in (True, False):
        living = build(plan_of(model), scenario, Streams(scenario.seed), log=log)
        found = []
        try:
            for cut in (0.2, 1.0 / 3.0, 0.71, 1.0):
                living.env.advance(HORIZON * cut)
                found.append(to_json(capture(living)))
        except Deadlock as stuck:
            found.append(str(stuck))
        kept.append(found)
    assert kept[0] == kept[1]


@st.composite
def plain_shops(draw: st.DrawFn) -> tuple[PlantModel, Scenario]:
    """Return shops in which pieces go from machine to machine, one by one, as they come.

    Some go through all their operations twice, and may lock up.
    """
    model, scenario = draw(shops())
    stations = tuple(
        replace(station, kanban=None, preempt=False, batch=None) for station in model.stations
    )
    machines = tuple(
        replace(
            machine,
            calendar=draw(st.sampled_from([None, None, None, machine.calendar])),
            failures=tuple(mode for mode in machine.failures if mode.clock != "cycles"),
        )
        for machine in model.machines
    )
    products, most = [], draw(st.integers(1, 2))
    for product in model.products:
        route = tuple(
            replace(
                one, stations=one.stations[:most], scrap=0.0, rework=None, setup=0.0, family=""
            )
            for one in product.operations
        )
        again = tuple(replace(one, name=f"{one.name}-again") for one in route)
        products.append(replace(product, operations=route + again * draw(st.integers(0, 1))))
    sources = tuple(replace(source, priority=0) for source in model.sources)
    model = replace(
        model, stations=stations, machines=machines, products=tuple(products),
        sources=sources, transport=None, flow=FlowSpec(),
    )  # fmt: skip
    orders = tuple(replace(order, priority=0) for order in scenario.orders)
    return model, replace(scenario, orders=orders, dispatching="fifo")


@given(plain_shops())
@settings(max_examples=60)
def test_a_run_without_a_log_is_the_one_with_it(drawn: tuple[PlantModel, Scenario]):
    """Where nobody keeps a log a piece alone in its instant goes on at once: no difference."""
    unlogged(*drawn)


@pytest.mark.slow
@given(plain_shops())
@settings(max_examples=800)
def test_a_run_without_a_log_is_the_one_with_it_on_many_plants(
    drawn: tuple[PlantModel, Scenario],
):
    """Where nobody keeps a log a piece alone in its instant goes on at once: no difference."""
    unlogged(*drawn)


@given(shops())
@settings(max_examples=40)
def test_a_branch_of_a_random_plant_goes_on_as_the_original(
    drawn: tuple[PlantModel, Scenario],
):
    """A shop rebuilt from its snapshot tells what the original tells (KERNEL 20)."""
    model, scenario = drawn
    cuts = [HORIZON * share for share in (0.0, 0.2, 1.0 / 3.0, 0.71)]
    original, stuck, taken = begin(model, scenario), "", []
    try:
        for cut in cuts:
            original.env.advance(cut)
            taken.append((cut, to_json(capture(original))))
        finish(original)
    except Deadlock as why:
        stuck = str(why)
    for cut, text in taken:
        branch = resume(model, scenario, text)
        if stuck:
            with pytest.raises(Deadlock, match=f"^{re.escape(stuck)}$"):
                finish(branch)
        else:
            assert first_difference(story(finish(branch), cut), story(original, cut)) == ""
