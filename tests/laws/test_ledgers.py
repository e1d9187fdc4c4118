"""Laws of the ledgers: what they tell of sums to what the run has counted."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import fsum, nextafter
from typing import TYPE_CHECKING

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant
from simtwin.result.downtime import STANDING, downtime_ledger
from simtwin.result.ledger import damage_ledger, part_damage
from simtwin.result.record import INDEX
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from simtwin.result.record import Log
    from simtwin.result.result import Result

SHOPS = (*TEXTS, "job_shop")


@cache
def run_of(name: str, *, measure_from: float = 0.0, compiled: bool = True) -> Result:
    """Return one run of a shop with its log."""
    plant, scenario = load_with_plant("day_shift") if name == "job_shop" else shop(name)
    changed = scenario.with_changes({"measure_from": measure_from})
    until = 2 * 3600.0 if name == "job_shop" else None
    return simulate(plant, changed, seed=4, until=until, compiled=compiled)


def log_of(run: Result) -> Log:
    """Return the log of *run*."""
    assert run.log is not None
    return run.log


def told(run: Result) -> dict[str, float]:
    """Return the damage that the ledger tells of each part."""
    sums: dict[str, list[float]] = {}
    for entry in damage_ledger(run, log_of(run)):
        sums.setdefault(entry.account.part, []).append(entry.damage)
    return {part: fsum(damages) for part, damages in sums.items()}


def read(run: Result) -> dict[str, float]:
    """Return the growth of damage as readings at both ends of every load show it."""
    sums: dict[str, list[float]] = {}
    for spec in run.plant.machines:
        history = log_of(run).history[spec.name]
        instants = [at for at in history.instants if at > run.window.start]
        for begin, end in pairwise(sorted({run.window.start, *instants, run.end})):
            first, last = history.at(begin), history.at(nextafter(end, 0.0))
            if first is None or last is None:
                continue
            for place, bearing in enumerate(spec.bearings):
                growth = last.bearings[place] - first.bearings[place]
                sums.setdefault(f"{spec.name}/{bearing.name} bearing", []).append(growth)
            if first.edge:
                sums.setdefault(first.edge, []).append(last.damage - first.damage)
    return {part: fsum(growths) for part, growths in sums.items()}


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize("measure_from", [0.0, 1000.3])
def test_the_damage_ledger_sums_to_the_growth_of_damage(name: str, measure_from: float):
    """The entries of each bearing and edge sum to how much its damage has grown."""
    run = run_of(name, measure_from=measure_from)
    ledger = told(run)
    for part, growth in read(run).items():
        assert ledger.pop(part, 0.0) == pytest.approx(growth, rel=1e-9, abs=1e-9)
    assert ledger == {}


def test_a_bearing_that_nobody_replaced_has_the_damage_of_its_ledger():
    """Damage at the end is damage at the start and all entries of the part."""
    run = run_of("job_shop")
    state = run.at(run.end)
    ledger = told(run)
    starts = run.scenario.start_from.bearings
    compared = 0
    for spec in run.plant.machines:
        for bearing in spec.bearings:
            part = f"{spec.name}/{bearing.name} bearing"
            if any(e.part == part for e in log_of(run).events):
                continue
            end = state[spec.name]["bearing_damage"][bearing.name]
            start = starts.get((spec.name, bearing.name), 0.0)
            assert end == pytest.approx(start + ledger.get(part, 0.0), rel=1e-9)
            compared += 1
    assert compared > 10


def test_a_worn_tool_adds_to_damage_and_never_takes_away():
    """What the force of a worn tool adds lies between nothing and all of the damage."""
    run = run_of("workshop")
    entries = damage_ledger(run, log_of(run))
    added = [entry.from_tool_wear / entry.damage for entry in entries]
    assert min(added) > -1e-12
    assert 0.1 < max(added) < 1.0
    causes = {entry.account.cause for entry in entries}
    assert {"normal", "run-up", "feed override", "coolant off"} <= causes


def test_compiled_pieces_have_the_ledger_of_pieces_done_hold_by_hold():
    """A piece that was one event is told load by load all the same."""
    compiled, by_holds = run_of("job_shop"), run_of("job_shop", compiled=False)
    accounts = {e.account: e for e in damage_ledger(by_holds, log_of(by_holds))}
    for entry in damage_ledger(compiled, log_of(compiled)):
        other = accounts.pop(entry.account)
        assert entry.damage == pytest.approx(other.damage, rel=1e-9)
        assert entry.seconds == pytest.approx(other.seconds, rel=1e-9)
    assert accounts == {}


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize("measure_from", [0.0, 1000.3])
def test_the_downtime_ledger_sums_to_the_totals_of_states(name: str, measure_from: float):
    """The standstills of a machine sum to its totals, state by state, to the last bit."""
    run = run_of(name, measure_from=measure_from)
    ledger = downtime_ledger(run, log_of(run))
    for machine, totals in run.window.machines.items():
        own = [one for one in ledger if one.machine == machine]
        for mode in STANDING:
            assert totals.time[INDEX[mode]] == sum(one.seconds[mode] for one in own)


@pytest.mark.parametrize("name", ["workshop", "queue", "line"])
def test_every_failure_stops_its_machine_once_at_most(name: str):
    """A wait for the crew and the repair after it are one stop, told of what failed."""
    run = run_of(name)
    stops = {
        (one.machine, one.part): one.stops
        for one in downtime_ledger(run, log_of(run))
        if one.part.startswith(f"{one.machine}/") and one.cause != "overload"
    }
    failures: dict[tuple[str, str], int] = {}
    for event in log_of(run).events:
        if event.kind == "failure" and event.part:
            key = event.machine, event.part
            failures[key] = failures.get(key, 0) + 1
    for key, count in stops.items():
        assert 1 <= count <= failures[key]
    assert stops


def test_the_ledgers_are_frames():
    """Both ledgers are tables of the run, one line an account."""
    run = run_of("workshop")
    damage, downtime = run.frame("damage"), run.frame("downtime")
    assert len(damage) == len(damage_ledger(run, log_of(run)))
    assert {"machine", "part", "program", "tool", "band_c", "cause"} <= set(damage.columns)
    assert set(damage.loc[damage.operation == "mill", "program"]) == {"milling"}
    state = downtime[[f"{mode.replace(' ', '_')}_s" for mode in STANDING]]
    assert downtime.seconds.to_list() == pytest.approx(state.sum(axis=1).to_list())


def test_the_damage_of_one_part_is_that_of_its_entries():
    """One part can be asked alone; a spindle is all its bearings."""
    run = run_of("workshop")
    ledger, log = told(run), log_of(run)
    for part, damage in ledger.items():
        assert part_damage(run, log, part) == pytest.approx(damage, rel=1e-12)
    spindle = ledger["mill-2/front bearing"] + ledger["mill-2/rear bearing"]
    assert part_damage(run, log, "mill-2/spindle") == pytest.approx(spindle, rel=1e-12)
    with pytest.raises(InvalidInput, match="no part that wears is called 'mill-2/gear'"):
        part_damage(run, log, "mill-2/gear")
