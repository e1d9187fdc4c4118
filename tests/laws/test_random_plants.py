"""Laws that hold on every plant: nothing hangs, pieces are conserved, figures agree."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from math import isnan
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import Deadlock, Zeno
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Fixed
from simtwin.plant.model import (
    MachineSpec,
    OperationSpec,
    OrderSpec,
    PlantModel,
    PowerSpec,
    ProductSpec,
    ReworkSpec,
    Scenario,
    StationSpec,
    TimedStep,
)
from simtwin.result.record import INDEX
from simtwin.shop import deadlock
from simtwin.shop.batch import in_hand
from simtwin.shop.shop import Shop
from tests.laws.branches import begin, finish
from tests.laws.logbook import availability, empties, every_second_is_told, littles, told
from tests.strategies import rings, shops

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.result.result import Result
    from simtwin.shop.flow_states import Piece

MOST = 60_000
"""Events of a run; some ten times what these plants need."""

POWER = PowerSpec(standby=300.0, ready=700.0, processing=2000.0)


def hour(model: PlantModel, scenario: Scenario, begin: float) -> None:
    """Run an hour, measured from *begin*, and assert what holds of any window."""
    machines = tuple(replace(machine, power=POWER) for machine in model.machines)
    model = replace(model, machines=machines)
    scenario = replace(scenario, measure_from=begin)
    try:
        run = simulate(model, scenario, max_events=MOST)
    except Deadlock as stuck:
        explained(str(stuck), model)
        return
    shares_and_oee(run)
    totals_tell_what_the_log_tells(run)
    every_second_is_told(run)


def to_the_end(model: PlantModel, scenario: Scenario) -> bool:
    """Run until every order is finished; assert Little's law wherever the plant is empty."""
    model, scenario = ending(model, scenario)
    try:
        run = simulate(model, scenario, max_events=MOST)
    except Deadlock as stuck:
        explained(str(stuck), model)
        return False
    shares_and_oee(run)
    totals_tell_what_the_log_tells(run)
    every_second_is_told(run)
    littles_law(run)
    marks = [0.0, run.end]
    if model.transport is None and model.flow.conwip is None and not model.flow.conwip_of:
        story = told(run, 0.0, run.end)
        marks = [*empties(story.plant, [o.release for o in scenario.orders]), run.end]
    if len(marks) > 2:
        for begin, end in combinations(marks, 2):
            if begin > 0.0 or end < run.end:
                part = simulate(
                    model,
                    replace(scenario, measure_from=begin),
                    until=end,
                    max_events=MOST,
                )
                littles_law(part)
    return True


def ending(model: PlantModel, scenario: Scenario) -> tuple[PlantModel, Scenario]:
    """Return the plant without what may go on for ever: sources, ageing, a stop for good."""
    machines = tuple(
        replace(machine, failures=tuple(replace(f, renewal=True) for f in machine.failures))
        for machine in model.machines
    )
    acts = tuple(act for act in scenario.interventions if act.do not in ("stop", "start"))
    model = replace(model, machines=machines, sources=())
    return model, replace(scenario, horizon=None, interventions=acts)


def littles_law(run: Result) -> None:
    """Assert L = X W of a window that begins and ends empty, of the plant and each station.

    From totals, and from the log where it tells when a piece came in.
    """
    window = run.window
    elapsed = window.elapsed
    assert window.plant.present == 0
    for flow in (window.plant, *window.places.values()):
        assert flow.entered == flow.left
        if flow.left:
            rate, mean = flow.left / elapsed, flow.sojourn / flow.left
            assert flow.area / elapsed == pytest.approx(rate * mean, rel=1e-9)
    story = told(run, window.start, window.end)
    for name, stays in story.stations.items():
        present, rate, mean = littles(stays, window.start, window.end)
        assert present == pytest.approx(rate * mean, rel=1e-9)
        flow = window.places[name]
        assert flow.left / elapsed == pytest.approx(rate)
        assert flow.area / elapsed == pytest.approx(present, rel=1e-9)
    if not unseen(run.plant):
        present, rate, mean = littles(story.plant, window.start, window.end)
        assert present == pytest.approx(rate * mean, rel=1e-9)
        assert window.plant.area / elapsed == pytest.approx(present, rel=1e-9)


def unseen(model: PlantModel) -> bool:
    """Tell whether pieces wait at the release for a mover, of which the log has no row."""
    return model.transport is not None and model.transport.movers is not None


def shares_and_oee(run: Result) -> None:
    """Assert that times sum to elapsed exactly, and each factor of OEE is in [0, 1].

    Without planned busy time OEE and availability are not there.
    """
    for name, totals in run.window.machines.items():
        assert sum(totals.time) == run.window.elapsed
        assert min(totals.time) >= 0.0
        kpis = run.machines[name]
        rest = totals.time[INDEX["maintenance"]] + totals.time[INDEX["off shift"]]
        busy = rest < run.window.elapsed
        for factor in (kpis.availability, kpis.performance, kpis.oee):
            assert 0.0 <= factor <= 1.0 if busy else isnan(factor), (name, kpis)
        assert 0.0 <= kpis.quality <= 1.0, (name, kpis)
        assert sum(kpis.shares.values()) == pytest.approx(1.0)


def totals_tell_what_the_log_tells(run: Result) -> None:
    """Assert that totals give each key figure that the log can give (KERNEL 30)."""
    window = run.window
    story = told(run, window.start, window.end)
    for name, value in story.figures.items():
        if unseen(run.plant) and name in ("work_in_progress", "lead_time"):
            continue
        found = run.kpis[name].value
        assert found == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name
    watts = {"down": POWER.standby, "off shift": POWER.standby,
             "maintenance": POWER.standby, "starved": POWER.ready, "blocked": POWER.ready,
             "idle": POWER.ready, "setup": POWER.ready}  # fmt: skip
    powered = run.plant.machines[0].power == POWER
    for name, totals in window.machines.items():
        kpis = run.machines[name]
        made = story.pieces.get(name, {})
        counted = tuple(made.get(what, 0) for what in ("good", "scrap", "rework"))
        assert (kpis.good, kpis.scrap, kpis.rework) == counted
        pieces = sum(counted)
        assert kpis.quality == (counted[0] / pieces if pieces else 1.0)
        expected = pytest.approx(availability(story.times[name]), nan_ok=True)
        assert kpis.availability == expected
        for (mode, share), time in zip(kpis.shares.items(), totals.time, strict=True):
            assert story.times[name][mode] == time
            assert share == pytest.approx(time / window.elapsed)
            if powered and mode in watts:
                assert kpis.energies[mode] == pytest.approx(watts[mode] * time), mode


def explained(message: str, model: PlantModel) -> None:
    """Assert that a deadlock names a circle of machines, one that is stopped, or a batch."""
    assert re.match(
        r"deadlock at [\d.e+]+ s, .*?\d\d: (?:1 piece is|\d+ pieces are) open", message
    ), message
    names = {machine.name for machine in model.machines}
    found = re.search(r"; cycle: (.*)$", message)
    if found is None:
        assert "(stopped by operator)" in message or " more for a batch of " in message, message
        return
    circle = found[1].split(" -> ")
    assert circle[0] == circle[-1]
    assert len(circle) >= 2
    assert set(circle) <= names
    home = {machine.name: machine.station for machine in model.machines}
    for waiting, awaited in pairwise(circle):
        if re.search(rf"\b{home[waiting]} lacks \d+ more for a batch of ", message):
            # Whom it lacks is in the machine that waits for it.
            assert re.search(rf"\b{awaited} is blocked by [^;]*\b{home[waiting]}\b", message)
            continue
        said = re.search(
            rf"(?:{waiting} is blocked by|waits in the store of {home[waiting]} for) ([^;]*)",
            message,
        )
        assert said is not None, message
        assert home[awaited] in re.split(" and | or ", message) or home[awaited] in message


def try_one(drawn: tuple[PlantModel, Scenario], begin: float) -> None:
    """Assert all laws of one plant, over an hour and until it is empty."""
    hour(*drawn, begin)
    to_the_end(*drawn)


@given(shops(), st.sampled_from([0.0, 700.0]))
@settings(max_examples=40)
def test_random_plants_keep_the_laws(drawn: tuple[PlantModel, Scenario], begin: float):
    """No hang, Little's law, OEE in [0, 1], totals as the log tells them (KERNEL 27 to 30)."""
    try_one(drawn, begin)


@pytest.mark.slow
@given(shops(), st.sampled_from([0.0, 700.0]))
@settings(max_examples=1000)
def test_a_thousand_random_plants_keep_the_laws(
    drawn: tuple[PlantModel, Scenario], begin: float
):
    """No hang, Little's law, OEE in [0, 1], totals as the log tells them (KERNEL 27 to 30)."""
    try_one(drawn, begin)


@given(rings())
@settings(max_examples=40)
def test_a_ring_either_runs_empty_or_names_who_waits_for_whom(
    drawn: tuple[PlantModel, Scenario],
):
    """A deadlock of routes that go round is raised, with its cycle (KERNEL 29)."""
    to_the_end(*drawn)


@pytest.mark.slow
@given(rings())
@settings(max_examples=1000)
def test_a_thousand_rings_either_run_empty_or_name_who_waits_for_whom(
    drawn: tuple[PlantModel, Scenario],
):
    """A deadlock of routes that go round is raised, with its cycle (KERNEL 29)."""
    to_the_end(*drawn)


@st.composite
def going_round(draw: Callable[..., Any]) -> tuple[PlantModel, Scenario]:
    """Return an hour of a random shop, cards, batches and all, whose routes go any way."""
    model, scenario = draw(shops())
    names = st.sampled_from([station.name for station in model.stations])
    rooms = st.sampled_from([0, 0, 1, 2, None])
    stations = [
        s if s.kanban is not None else replace(s, capacity=draw(rooms)) for s in model.stations
    ]
    products = []
    for product in model.products:
        operations = []
        for own, op in enumerate((*product.operations, product.operations[0])):
            there = tuple(draw(st.lists(names, min_size=1, max_size=2, unique=True)))
            back = op.rework and ReworkSpec(0.3, draw(st.integers(0, own)), op.rework.most)
            operations.append(replace(op, name=f"o{own}", stations=there, rework=back))
        products.append(replace(product, operations=tuple(operations)))
    return replace(model, products=tuple(products), stations=tuple(stations)), scenario


def locks_are_for_ever(drawn: tuple[PlantModel, Scenario]) -> bool:
    """Run on after a lock, assert that no piece of it moves; tell whether there was one."""
    first: list[float] = []
    told: list[float] = []
    held: dict[str, Piece] = {}
    dispatch = Shop.dispatch

    def look(shop: Shop) -> None:
        if any(deadlock._is_closed(shop, name) for name in shop.suspects):
            told.append(shop.env.now)
        shop.suspects.clear()

    def watched(shop: Shop) -> None:
        dispatch(shop)
        for station in deadlock.locked(shop):
            first.append(shop.env.now)
            for machine in station.machines:
                for name in in_hand(machine):
                    held.setdefault(name, shop.pieces[name])
            for name in (*station.state.queue, *getattr(station.state, "finished", ())):
                held.setdefault(name, shop.pieces[name])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadlock, "look", look)
        patch.setattr(deadlock, "stuck", lambda shop: None)
        patch.setattr(Shop, "dispatch", watched)
        shop = finish(begin(*drawn))
    assert told[:1] == first[:1]
    for name, piece in held.items():
        assert shop.pieces[name] == piece
    return bool(told)


@given(going_round())
@settings(max_examples=60)
def test_who_is_told_to_be_locked_never_moves(drawn: tuple[PlantModel, Scenario]):
    """A circle is seen when it closes, whatever else lives, and never opens (KERNEL 29)."""
    locks_are_for_ever(drawn)


@pytest.mark.slow
@given(going_round())
@settings(max_examples=1500)
def test_many_who_are_told_to_be_locked_never_move(drawn: tuple[PlantModel, Scenario]):
    """A circle is seen when it closes, whatever else lives, and never opens (KERNEL 29)."""
    locks_are_for_ever(drawn)


@given(st.integers(1, 3), st.integers(1, 2), st.booleans())
@settings(max_examples=4)
def test_work_that_takes_no_time_and_never_ends_is_named(stations, pieces, whole):
    """Pieces that go round for ever at one instant are Zeno, with their circle (KERNEL 29)."""
    names = [f"z-{9 + k}" for k in range(stations)]
    back = ReworkSpec(1.0, 0 if whole else stations - 1)
    route = [OperationSpec(f"o-{n}", (n,), (TimedStep(Fixed(0.0), 0.0, 0.0),)) for n in names]
    route[-1] = replace(route[-1], rework=back)
    plant = PlantModel(
        "zeno",
        tuple(MachineSpec(name, name) for name in names),
        tuple(StationSpec(name, (name,)) for name in names),
        (),
        (ProductSpec("p", tuple(route)),),
    )
    asked = Scenario("s", horizon=60.0, orders=(OrderSpec("job", "p", pieces, 30.0),))
    with pytest.raises(Zeno, match=r"at the one instant 30 s.*comes round at") as caught:
        simulate(plant, asked, max_events=MOST)
    told = str(caught.value).rpartition(": ")[2].split(" -> ")
    round_ = names if whole else names[-1:]
    assert told[0] == told[-1]
    assert set(told) == {f"{name} (producing o-{name})" for name in round_}
    if pieces == 1:
        assert told[:-1] == [f"{name} (producing o-{name})" for name in round_]
