"""Tests of what one run is read by: its frames, and its machines at an instant."""

from __future__ import annotations

import re

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.result.ledger import damage_ledger
from simtwin.result.result import Result

SHOP = """
plant: p
crew: {members: 1}
machines: [{id: m, preset: generic-vmc-40}, {id: n}]
products:
  - id: a
    route:
      - {operation: mill, machines: [m], duration_min: 10, load: medium}
      - {operation: turn, machines: [n], duration_min: 6}
"""


def run(orders: str, rest: str = "", **options: object) -> Result:
    """Return a run of the two machines."""
    plant = parse_plant(SHOP)
    text = f"scenario: s\nplant: p\nstart: 2026-01-05 06:00\norders: [{orders}]\n{rest}"
    return simulate(plant, parse_scenario(text, plant), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def day() -> tuple[Result, Result]:
    """Return the first hours of a shift, and the same resumed at 07:00."""
    plant, scenario = load_with_plant("day_shift")
    cut = simulate(plant, scenario, until="07:00").snapshot
    return (
        simulate(plant, scenario, until="08:00"),
        simulate(plant, scenario, until="08:00", snapshot=cut),
    )


def test_a_resumed_run_tells_nothing_of_before_its_snapshot(day: tuple[Result, Result]):
    """Whatever is read at an instant before it is refused, with the first that can be read."""
    whole, resumed = day
    told = r"'06:30' is 1800 s after the start; .* can be read from 07:00 \(3600 s\) on"
    with pytest.raises(InvalidInput, match=told):
        resumed.at("06:30")
    with pytest.raises(InvalidInput, match=told):
        resumed.why("mill-1", "06:30")
    with pytest.raises(InvalidInput, match=told):
        resumed.chain("mill-1", "06:30")
    for at in ("07:00", "07:20", "08:00"):
        assert resumed.at(at) == whole.at(at)
        assert resumed.why("mill-1", at) == whole.why("mill-1", at)


@pytest.mark.parametrize("name", ["temperatures", "wear"])
@pytest.mark.parametrize("every", ["7 min", "90 min"])
def test_samples_begin_with_the_snapshot(day: tuple[Result, Result], name: str, every: str):
    """A resumed run has the samples of the run that was not cut, from its snapshot on."""
    whole, resumed = (one.frame(name, every=every) for one in day)
    rest = whole[whole["time_s"] >= 3600.0].reset_index(drop=True)
    assert resumed.equals(rest) or (resumed.empty and rest.empty)


@pytest.mark.parametrize("name", ["states", "energy", "hours", "orders", "downtime"])
def test_a_frame_that_is_not_sampled_takes_no_every(day: tuple[Result, Result], name: str):
    """What is asked is refused, of a run and of replications, and not silently dropped."""
    several = replicate(day[0].plant, day[0].scenario, 2, until="06:10", workers=1)
    told = f"every is for the frames temperatures and wear, not for '{name}' (got '1 min')"
    for one in (day[0], several):
        with pytest.raises(InvalidInput, match=re.escape(told)):
            one.frame(name, every="1 min")
        assert len(one.frame(name))
    with pytest.raises(InvalidInput, match="no frame is called 'speeds'"):
        several.frame("speeds", every="1 min")


MIXED = """
plant: p
machines:
  - {id: mill, preset: generic-vmc-40}
  - {id: bare}
  - id: ages
    failures: [{id: belt, clock: processing, life: {exponential: {mean_h: 900}}, repair_h: 1}]
  - {id: draws, power: {standby_kw: 1}}
products:
  - id: a
    route:
      - {operation: mill, machines: [mill], duration_min: 10, load: medium}
      - {operation: turn, machines: [bare, ages, draws], duration_min: 6}
"""


@pytest.mark.parametrize("at", [0.0, 300.0, 900.0, 3600.0])
def test_every_machine_has_the_same_keys_at_an_instant(at: float):
    """What one has not is None: who reads the state of a plant asks each for the same."""
    plant = parse_plant(MIXED)
    text = "scenario: s\nplant: p\nhorizon: 1 h\norders: [{id: o, product: a, quantity: 9}]\n"
    told = simulate(plant, parse_scenario(text, plant)).at(at)
    assert len({tuple(state) for state in told.values()}) == 1
    assert {"power_kw", "speed_rpm", "tool", "vb_mm", "bearing_damage"} <= told["bare"].keys()
    assert told["bare"]["power_kw"] is None
    assert told["bare"]["bearing_damage"] == {}
    for name in ("bare", "ages", "draws"):
        assert told[name]["temperature_c"] is told[name]["motor_current_a"] is None
    assert {"front", "motor"} <= told["mill"]["temperature_c"].keys()


def test_a_resumed_run_tells_what_was_worn_since(day: tuple[Result, Result]):
    """The damage ledger of a resumed run has no second of before its snapshot."""
    spent: dict[str, float] = {}
    for one in damage_ledger(day[1], day[1]._log()):
        part = f"{one.account.machine}/{one.account.part}"
        spent[part] = spent.get(part, 0.0) + one.seconds
    assert spent
    assert max(spent.values()) <= 3600.0


def test_pieces_that_were_in_work_have_operations(day: tuple[Result, Result]):
    """Who is in work at the snapshot starts there; all else is as in the run not cut."""
    whole, resumed = (one.frame("operations") for one in day)
    expected = whole[whole["end_s"] > 3600.0].copy()
    expected["start_s"] = expected["start_s"].clip(lower=3600.0)
    order = ["start_s", "machine", "job"]
    assert len(expected) > len(whole[whole["start_s"] > 3600.0])
    assert (
        resumed.sort_values(order)
        .reset_index(drop=True)
        .equals(expected.sort_values(order).reset_index(drop=True))
    )


@pytest.mark.parametrize("until", ["2 min", "30 min"])
def test_pieces_that_a_scenario_begins_with_have_operations(until: str):
    """A piece that stands in a machine at the start is in work from there, done or not."""
    begun = (
        "start_from: {work: [{order: o, piece: 1, operation: turn, machine: n, left_min: 3}]}"
    )
    frame = run("{id: o, product: a, quantity: 2}", begun, until=until).frame("operations")
    row = frame[frame["job"] == "o/1"].iloc[0]
    assert (row["machine"], row["operation"], row["start_s"]) == ("n", "turn", 0.0)
    assert row["end_s"] == (120.0 if until == "2 min" else 180.0)
    assert list(frame["order"].unique()) == ["o"]


def test_at_its_end_a_run_tells_what_stands_then():
    """A change at the very end counts as made, as in a run that goes on (KERNEL 2)."""
    ended = run("{id: o, product: a}")
    longer = run("{id: o, product: a}", until=ended.end + 60.0)
    assert ended.end == longer.frame("operations")["end_s"].max()
    for machine in ("m", "n"):
        assert ended.at(ended.end)[machine] == longer.at(ended.end)[machine]
        assert ended.why(machine, ended.end) == longer.why(machine, ended.end)
    assert ended.at(ended.end)["n"]["state"] == ended.snapshot.states["n"].mode.name == "idle"
    assert (ended.frame("states")["start_s"] < ended.frame("states")["end_s"]).all()
