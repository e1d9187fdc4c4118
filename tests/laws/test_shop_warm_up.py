"""What a run counts from is part of its state: after the warm-up it goes on as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import instant
from simtwin.result.record import FlowTotals, MachineTotals, Opening
from simtwin.shop.capture import from_json, to_json
from simtwin.streams import Streams
from tests.laws.shops import shop

if TYPE_CHECKING:
    from pathlib import Path

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.result import Result
    from simtwin.result.snapshot import Snapshot

WARM = 1800.0
"""When the warm-up of these runs is over [s]."""


def warmed(name: str) -> tuple[PlantModel, Scenario]:
    """Return a shop whose key figures count from WARM."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    assert scenario.horizon > 2 * WARM
    return model, replace(scenario, measure_from=WARM)


def assert_same_end(branch: Result, whole: Result) -> None:
    """Both have the same window, key figures and snapshot, bit for bit."""
    assert branch.window == whole.window
    assert repr(branch.kpis) == repr(whole.kpis)
    assert branch.snapshot == whole.snapshot
    assert to_json(branch.snapshot) == to_json(whole.snapshot)


@pytest.mark.parametrize("name", ["workshop", "line", "shifts", "carried"])
def test_a_run_goes_on_whether_its_warm_up_is_over_or_not(name: str) -> None:
    """Cut before, at or after `measure_from`: the key figures of the run that was not cut."""
    model, scenario = warmed(name)
    assert scenario.horizon is not None
    whole = simulate(model, scenario, seed=3)
    assert whole.log is not None
    assert whole.window.start == WARM
    chance = Streams(8)[name, "cuts"]
    later = [row.end for row in whole.log.states if row.end > WARM]
    cuts = [instant(scenario.horizon * chance()) for _ in range(6)]
    cuts += [later[int(chance() * len(later))] for _ in range(4)]
    for cut in (0.0, WARM / 2, WARM, WARM + 1.0, *cuts, scenario.horizon):
        taken = simulate(model, scenario, seed=3, until=cut).snapshot
        assert taken.time == cut
        for snapshot in (taken, from_json(to_json(taken))):
            assert_same_end(simulate(model, scenario, snapshot=snapshot), whole)


def test_a_branch_of_a_branch_counts_from_the_same_instant(tmp_path: Path) -> None:
    """Cut again and again, through files and the orchestrator: still the run without a cut."""
    model, scenario = warmed("workshop")
    whole = simulate(model, scenario, seed=3)
    run = simulate(model, scenario, seed=3, until=WARM / 3)
    for turn, cut in enumerate((WARM / 2, WARM, WARM + 0.5, 2 * WARM, 2 * WARM)):
        path = run.snapshot.save(tmp_path / f"{turn}.json")
        run = simulate(model, scenario, snapshot=st.load_snapshot(path), until=cut)
    assert run.window.end == 2 * WARM
    saved = st.open(run.save(tmp_path / "run"))
    assert_same_end(simulate(model, scenario, snapshot=saved.snapshot), whole)
    with st.Orchestrator(model, scenario, seed=3, workers=1) as asked:
        state = asked.at(WARM / 2).at(WARM + 7.0).at(2 * WARM)
        assert_same_end(state.simulate(), whole)


def test_a_run_that_ends_in_its_warm_up_ends_there() -> None:
    """It stops where it is told to, with an empty window, and goes on from there."""
    model, scenario = warmed("workshop")
    without = simulate(model, replace(scenario, measure_from=0.0), seed=3, until=WARM / 2)
    run = simulate(model, scenario, seed=3, until=WARM / 2)
    assert (run.window.start, run.window.end) == (WARM / 2, WARM / 2)
    assert replace(run.snapshot, opening=None) == without.snapshot
    assert run.log == without.log
    assert run.kpis["good_pieces"].value == 0.0


def test_a_window_that_nothing_is_known_of_is_refused() -> None:
    """What had happened by `measure_from` must be in the snapshot, or still to come."""
    model, scenario = warmed("workshop")
    plain = replace(scenario, measure_from=0.0)
    whole = simulate(model, plain, seed=3)
    late, cold = (simulate(model, s, seed=3, until=2 * WARM) for s in (scenario, plain))
    other = replace(scenario, measure_from=WARM + 60.0)
    for asked, snapshot, counts in (
        (other, late.snapshot, r"1800 s"),
        (scenario, cold.snapshot, "the start"),
    ):
        told = rf"before the snapshot at 3600 s, .* counts from {counts}: what had happened"
        with pytest.raises(InvalidInput, match=told):
            simulate(model, asked, snapshot=snapshot)
    assert_same_end(simulate(model, plain, snapshot=late.snapshot), whole)
    after = replace(scenario, measure_from=2 * WARM)
    for begun in (late, cold):
        branch = simulate(model, after, snapshot=begun.snapshot)
        assert_same_end(branch, simulate(model, after, seed=3))


def test_a_forecast_counts_from_its_snapshot() -> None:
    """A future is what comes after the snapshot, whatever the run before counted from."""
    model, scenario = warmed("workshop")
    snapshot = simulate(model, scenario, seed=3, until=2 * WARM).snapshot
    future = simulate(model, scenario, snapshot=snapshot, forecast=True, seed=9)
    plain = replace(snapshot, opening=None)
    same = simulate(model, scenario, snapshot=plain, forecast=True, seed=9)
    assert future.window.start == 2 * WARM
    assert future.window == same.window


def test_what_is_counted_from_goes_onto_another_plant() -> None:
    """A machine that stays counts from the warm-up, a new one from when it comes."""
    model, scenario = warmed("workshop")
    more = model.with_machine("mill-99", like="mill-2")
    snapshot = simulate(model, scenario, seed=3, until=2 * WARM).snapshot
    moved = snapshot.onto(more)
    run = simulate(more, scenario, snapshot=moved)
    assert run.window.start == WARM
    elapsed = {name: sum(totals.time) for name, totals in run.window.machines.items()}
    assert elapsed.pop("mill-99") == pytest.approx(run.end - 2 * WARM)
    assert all(length == pytest.approx(run.end - WARM) for length in elapsed.values())
    back = moved.onto(model)
    again = simulate(model, scenario, snapshot=back)
    assert again.window.machines.keys() == {machine.name for machine in model.machines}
    assert again.window.start == WARM


def forgotten(opening: Opening, field: str) -> Opening:
    """Return *opening* as if one of its fields had not been kept."""
    machines = dict.fromkeys(opening.machines, MachineTotals())
    places = dict.fromkeys(opening.places, FlowTotals())
    empty = Opening(0.0, machines, places, FlowTotals())
    return opening._replace(**{field: getattr(empty, field)})


@pytest.mark.parametrize("field", Opening._fields)
def test_no_field_of_the_opening_can_be_forgotten(field: str) -> None:
    """A snapshot without one kind of total at the opening breaks the law (KERNEL 21)."""

    def goes_on(snapshot: Snapshot) -> Result | None:
        try:
            return simulate(model, scenario, snapshot=snapshot)
        except InvalidInput:
            return None

    model, scenario = warmed("workshop")
    whole = simulate(model, scenario, seed=3)
    taken = simulate(model, scenario, seed=3, until=2 * WARM).snapshot
    assert taken.opening is not None
    lame = goes_on(replace(taken, opening=forgotten(taken.opening, field)))
    assert lame is None or lame.window != whole.window
