"""A state goes on under another plant by rules: nothing is lost that the rules do not name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simtwin.orchestrator.simulate import closed_totals
from simtwin.parts.alarm import instant
from simtwin.parts.bearing import bearing_name
from simtwin.shop.batch import in_hand
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.forecast import forecast
from simtwin.shop.onto import onto
from simtwin.shop.plan import plan_of
from tests.laws.branches import after, begin, finish, first_difference, resume, story
from tests.laws.plants import Change, changed, changes, fitting
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.shop import Shop

FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=400)


class Case(NamedTuple):
    """A small shop at an instant, and the changes of its plant: how hypothesis writes it."""

    name: str
    seed: int
    share: float
    """Of the horizon."""
    changes: list[Change]

    def state(self) -> tuple[PlantModel, Scenario, Snapshot, PlantModel]:
        """Return plant and scenario, the state of the shop, and the plant as changed."""
        model, scenario = shop(self.name)
        assert scenario.horizon is not None
        living = begin(model, scenario, self.seed)
        living.env.advance(instant(scenario.horizon * self.share))
        return model, scenario, capture(living), changed(model, self.changes)


cases = st.builds(
    Case, st.sampled_from(list(TEXTS)), st.integers(0, 9), st.floats(0.0, 1.0), changes
)


def places(snapshot: Snapshot) -> list[str]:
    """Return the pieces in queues and machines, one name for each place."""
    ways = snapshot.states.get(" transport")
    found: list[str] = [] if ways is None else [*ways.moving]
    found += [] if ways is None else [c.piece for c in ways.calls if not c.machine + c.store]
    for name, state in snapshot.states.items():
        if name.startswith(" station "):
            found += [*state.queue, *getattr(state, "finished", ())]
        elif hasattr(state, "work") and state.work is not None:
            found.append(state.work.job)
    for batch in snapshot.states.get(" batches", {}).values():
        found += batch.others
    return sorted([*found, *outside(snapshot)])


def outside(snapshot: Snapshot) -> list[str]:
    """Return the pieces that wait outside."""
    backlog = snapshot.states.get(" backlog")
    return [] if backlog is None else [piece.name for piece in backlog.waiting]


def worn(living: Shop) -> dict[str, Any]:
    """Return the damage of each bearing and the wear of each edge, now."""
    found: dict[str, Any] = {}
    for machine in living.machines.values():
        machine.settle()
        state = machine.state
        found |= {name: stowed.wear for name, stowed in state.magazine.items()}
        if machine.edge is not None:
            found[machine.edge.name] = state.wear
        for bearing, damage in zip(machine.plan.spec.bearings, state.damages, strict=True):
            found[bearing_name(machine.name, bearing)] = damage
    return found


def refitted(before: Snapshot, after: Snapshot, machine: str) -> bool:
    """Tell whether new edges were put in by hand, for lack of one that covers the cut."""
    used = (s.machine_totals[machine].counts.get("edges used", 0.0) for s in (before, after))
    return machine in before.machine_totals and next(used) < next(used)


def conserved(case: Case) -> None:
    """Assert that pieces and orders are there, each once, and that what was worn stays worn."""
    model, scenario, snapshot, plant = case.state()
    before = to_json(snapshot)
    moved = onto(snapshot, plant, old=model).snapshot
    assert to_json(snapshot) == before
    text = to_json(moved)
    assert to_json(from_json(text)) == text
    assert places(moved) == places(snapshot)
    assert places(moved) == sorted([*moved.states[" pieces"], *outside(moved)])
    assert moved.states[" orders"] == snapshot.states[" orders"]
    old, new = resume(model, scenario, snapshot), resume(plant, fitting(scenario, plant), moved)
    was, now = worn(old), worn(new)
    for name, wear in now.items():
        if "#" in name and refitted(snapshot, moved, name.partition("/")[0]):
            continue
        fresh = 0.0 if isinstance(wear, float) else (0.0, 0.0, 0.0)
        assert wear == was.get(name, fresh), name
    for name, part in new.parts.items():
        known = snapshot.states.get(name)
        if known is not None and hasattr(known, "strength"):
            assert part.state == known, "a bearing keeps what was drawn for it"
        if known is not None and hasattr(known, "begun"):
            assert part.state.failed == known.failed


def balanced(living: Shop, model: PlantModel) -> None:
    """Assert Little's law and the sums of times where nothing was dropped (KERNEL 27, 30)."""
    machines, stations, total = closed_totals(living)
    now, pieces = living.env.now, living.pieces
    known = {machine.name for machine in model.machines}
    for name, totals in machines.items():
        if name in known:
            assert sum(totals.time) == now
    assert total.present == len(pieces) == total.entered - total.left
    assert total.area == total.sojourn + sum(now - piece.released for piece in pieces.values())
    for station, totals in stations.items():
        waiting = living.stations[station].state
        here = [*waiting.queue, *getattr(waiting, "finished", ())]
        here += [name for m in living.stations[station].machines for name in in_hand(m)]
        assert totals.present == len(here)
        assert totals.area == totals.sojourn + sum(now - pieces[job].since for job in here)


def goes_on(case: Case) -> None:
    """Assert that the moved state is resumed and foreseen to the horizon, its totals whole."""
    model, scenario, snapshot, plant = case.state()
    moved = onto(snapshot, plant, old=model).snapshot
    scenario = fitting(scenario, plant)
    assert scenario.horizon is not None
    living = resume(plant, scenario, moved)
    balanced(living, model)
    balanced(finish(living), model)
    again = finish(resume(plant, scenario, to_json(moved)))
    assert first_difference(story(again), story(living)) == ""
    ahead = forecast(plan_of(plant), scenario, moved, seed=7)
    ahead.env.advance(scenario.horizon)
    balanced(ahead, model)


@FEW
@given(case=cases)
def test_pieces_orders_and_damage_are_conserved(case: Case):
    """Whatever changes, each piece is in one place, and what is worn stays worn (KERNEL 19)."""
    conserved(case)


@FEW
@given(case=cases)
def test_a_moved_state_goes_on_and_can_be_foreseen(case: Case):
    """It runs to the horizon, the same from JSON; flows and times add up (KERNEL 19, 30)."""
    goes_on(case)


@pytest.mark.slow
@MANY
@given(case=cases)
def test_a_moved_state_is_whole_and_goes_on_for_many_changes(case: Case):
    """The same laws for many more plants and instants (KERNEL 19)."""
    conserved(case)
    goes_on(case)


@pytest.mark.parametrize("name", TEXTS)
def test_onto_the_same_plant_nothing_changes(name: str):
    """Onto the same model, or an equal one, a state is itself, and goes on bit for bit."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    original = begin(model, scenario)
    original.env.advance(0.4 * scenario.horizon)
    cut = original.env.now
    snapshot = capture(original)
    whole = after(story(finish(original)), cut)
    assert onto(snapshot, model, old=model).snapshot is snapshot
    equal = replace(model, origin="elsewhere.yaml", machines=(*model.machines,))
    assert onto(snapshot, equal, old=model).snapshot is snapshot
    moved = onto(snapshot, replace(model, name="twin"), old=model).snapshot
    branch = finish(resume(replace(model, name="twin"), scenario, moved))
    assert first_difference(story(branch, cut), whole._replace(final=story(branch).final)) == ""


@pytest.mark.parametrize("name", TEXTS)
def test_a_change_that_touches_nobody_leaves_the_run_as_it_is(name: str):
    """One more product that nobody asks for: every row after the cut is the original's."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    stranger = replace(model.products[0], name="stranger")
    plant = replace(model, products=(stranger, *model.products))
    for share in (0.1, 0.35, 0.6, 0.85):
        original = begin(model, scenario)
        original.env.advance(share * scenario.horizon)
        cut, snapshot = original.env.now, capture(original)
        moved = onto(snapshot, plant, old=model).snapshot
        states = {k: v for k, v in moved.states.items() if k != " touched"}
        assert states == snapshot.states
        assert moved.alarms == snapshot.alarms
        assert moved.counts == snapshot.counts
        branch = story(finish(resume(plant, scenario, moved)), cut)
        assert first_difference(branch, after(story(finish(original)), cut)) == ""


@pytest.mark.parametrize("name", ["line", "cell"])
def test_there_and_back_is_where_it_was(name: str):
    """A machine that comes and goes before anything happens leaves no trace in the others."""
    model, scenario = shop(name)
    original = begin(model, scenario)
    original.env.advance(900.0)
    snapshot = capture(original)
    plant = model.with_machine("guest", like=model.machines[0].name)
    there = onto(snapshot, plant, old=model).snapshot
    back = onto(there, model, old=plant).snapshot
    states = {k: v for k, v in back.states.items() if k != " touched"}
    assert states == snapshot.states
    assert back.alarms == snapshot.alarms
