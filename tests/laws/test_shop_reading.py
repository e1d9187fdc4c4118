from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simtwin.orchestrator.simulate import closed_totals, simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.shop.capture import capture, to_json
from simtwin.streams import Streams
from tests.laws.branches import begin, finish, first_difference, resume, story
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from simtwin.shop.shop import Shop


def read_all(living: Shop, chance: float) -> None:
    """Look at everything that can be looked at."""
    to_json(capture(living))
    closed_totals(living)
    log = living.record.log
    assert log is not None
    for history in log.history.values():
        history.at(living.env.now)
        history.at(living.env.now * chance)


@pytest.mark.parametrize("name", TEXTS)
def test_reading_changes_nothing(name: str):
    """Snapshots, totals and physics read at random instants leave every bit (KERNEL 14, 16)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    chance = Streams(1)[name, "reading"]
    undisturbed = story(finish(begin(model, scenario, 3)))
    watched = begin(model, scenario, 3)
    for at in sorted(chance() * scenario.horizon for _ in range(60)):
        watched.env.advance(at)
        read_all(watched, chance())
    assert first_difference(story(finish(watched)), undisturbed) == ""


@pytest.mark.parametrize("name", TEXTS)
def test_windows_change_nothing(name: str):
    """Advancing by a, then by b, is advancing by a + b, wherever the cut (KERNEL 2)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    chance = Streams(2)[name, "windows"]
    undisturbed = begin(model, scenario, 3)
    whole = story(finish(undisturbed))
    log = undisturbed.record.log
    assert log is not None
    windows = [chance() * scenario.horizon for _ in range(200)]
    windows += [row.end for row in log.states[::7]]  # a window may end on an event
    split = begin(model, scenario, 3)
    for at in sorted(windows):
        split.env.advance(at)
        assert split.env.now == at
    assert first_difference(story(finish(split)), whole) == ""
    assert split.env.handled == undisturbed.env.handled


@pytest.mark.parametrize("name", TEXTS)
def test_a_run_without_a_log_is_the_same_run(name: str):
    """Whether a log is kept changes no state, no total and no draw (KERNEL 30)."""
    model, scenario = shop(name)
    kept = simulate(model, scenario, seed=5)
    bare = simulate(model, scenario, seed=5, history=False)
    assert bare.log is None
    assert to_json(bare.snapshot) == to_json(kept.snapshot)


def test_a_window_is_closed_on_the_right():
    """A completion at the end of a window counts in it (KERNEL 2; ORACLES B15)."""
    model, scenario = shop("cell")
    living = begin(model, scenario)
    living.env.advance(30.0 - 2.0**-24)
    assert living.machines["m-1"].totals.counts == {}
    living.env.advance(30.0)
    counts = {name: m.totals.counts.get("good", 0.0) for name, m in living.machines.items()}
    assert sum(counts.values()) > 0.0


def test_a_resumed_run_can_be_read_from_its_cut_on():
    """What a machine is in at the cut is read as in the run that was not cut (KERNEL 16)."""
    plant, scenario = load_with_plant("day_shift")
    whole = simulate(plant, scenario, until=7200.0)
    chance = Streams(8)["reading", "cuts"]
    for _ in range(5):
        cut = 5000.0 * chance()
        early = simulate(plant, scenario, until=cut)
        later = simulate(plant, scenario, until=7200.0, snapshot=early.snapshot)
        for at in (cut, cut + 1.0, cut + 900.0):
            assert later.at(at) == whole.at(at)


@pytest.mark.parametrize("name", TEXTS)
def test_a_branch_is_read_as_the_original(name: str):
    """The physics at any instant after the cut is the same to the bit (KERNEL 20)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    chance = Streams(6)[name, "cuts"]
    original = finish(begin(model, scenario, 3))
    instants = [scenario.horizon * chance() for _ in range(300)]
    for _ in range(4):
        cut = begin(model, scenario, 3)
        cut.env.advance(scenario.horizon * chance())
        branch = finish(resume(model, scenario, capture(cut)))
        log, other = original.record.log, branch.record.log
        assert log is not None
        assert other is not None
        for machine, history in log.history.items():
            for at in instants:
                if at >= cut.env.now:
                    assert other.history[machine].at(at) == history.at(at)


SPINDLE = """
plant: p
machines:
  - id: m
    preset: generic-vmc-40
    magazine: [{tool: t, edges: 2}, {tool: u, edges: 2}]
    failures:
      - {id: seal, clock: powered, repair_min: 9,
         life: {gamma_process: {growth_per_h: 1, scale: 2, limit: 500}}}
tools:
  - {id: t, preset: end-mill-12-steel}
  - {id: u, preset: end-mill-16-steel}
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 30, load: medium}]}]
"""

BREAKS = "{at_min: 40, machine: m, do: breakdown, for_min: 20}"


@pytest.mark.parametrize(
    "acts",
    [
        "{at_min: 47.3, machine: m, do: inspect}",
        "{at_min: 47.3, machine: m, do: start}",
        "{at_min: 47.3, machine: m, do: force tool change, value: u}",
        f"{BREAKS}, {{at_min: 47.3, machine: m, do: breakdown, for_min: 2}}",
        f"{BREAKS}, {{at_min: 47.3, machine: m, do: maintenance, for_min: 2}}",
    ],
)
def test_acts_that_change_nothing_are_read_as_such(acts: str):
    """A hold that an act settles and that goes on is read from there, in a branch too."""
    plant = parse_plant(SPINDLE)
    shift = "scenario: s\nplant: p\nhorizon: 2 h\norders: [{id: x, product: a}]\n"
    text = f"{shift}events: [{acts}]"
    scenario = parse_scenario(text, plant)
    whole = simulate(plant, scenario)
    branch = simulate(
        plant, scenario, snapshot=simulate(plant, scenario, until=3000.0).snapshot
    )
    for at in range(3000, 7200, 7):
        assert branch.at(at) == whole.at(at)
