"""Tests of the rank of states: of all that holds, the first is told (KERNEL 27)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.downtime import downtime_ledger
from simtwin.result.record import INDEX, EventRow, StateRow
from simtwin.shop.capture import to_json

BUSY = """
plant: p
crew: {members: 1}
calendars: [{id: day, week: {mon-sun: ["06:00-06:30"]}}]
machines:
  - {id: n, failures: [{id: c, clock: calendar, life_min: 5, repair_min: 60}]}
  - id: m
    failures: [{id: a, clock: calendar, life_min: LIFE, repair_min: 7}]
products:
  - {id: a, route: [{operation: o, machines: [m], duration_min: 100}]}
  - {id: b, route: [{operation: o, machines: [n], duration_min: 1}]}
"""
"""The one member of the crew is at n from 5 to 65 minutes, and nobody comes to m before."""

SHIFT = """
scenario: s
plant: p
start: 2026-01-05 06:00
horizon: 80 min
orders: [{id: j, product: a}, {id: k, product: b, quantity: 9}]
"""

HOT = """
    preset: generic-vmc-40
    spindle: {trips: [{node: front, limit_c: 40, reset_c: 25}]}
"""

Told = list[tuple[str, float, float, str]]


def states(events: str, life: float, more: str = "") -> Told:
    """Return the states of m, rounded to hundredths of a minute; a branch has told the same."""
    text = BUSY.replace("LIFE", str(life)).replace("  - id: m\n", f"  - id: m\n{more}")
    plant = parse_plant(text)
    day = parse_scenario(f"{SHIFT}events: [{events}]\n", plant)
    run = simulate(plant, day)
    for cut in (900.0, 1500.0, 2100.0, 3300.0):
        branch = simulate(plant, day, snapshot=simulate(plant, day, until=cut).snapshot)
        assert to_json(branch.snapshot) == to_json(run.snapshot)
    frame = run.frame("states")
    rows = frame[frame["machine"] == "m"]
    for mode, index in INDEX.items():
        own = rows[rows["state"] == mode]
        spent = (own["end_s"] - own["start_s"]).sum()
        assert spent == run.window.machines["m"].time[index]
    return [
        (row.state, round(row.start_s / 60.0, 2), round(row.end_s / 60.0, 2), row.cause)
        for row in rows.itertuples()
    ]


def test_a_stopped_machine_that_fails_is_down_until_it_is_released():
    """Who has failed waits for the crew only when no operator stops it any more."""
    assert states("{at_min: 4, machine: m, do: stop, for_min: 50}", 10) == [
        ("producing", 0.0, 4.0, ""),
        ("down", 4.0, 54.0, "stopped by operator"),
        ("waiting for crew", 54.0, 65.0, "a"),
        ("down", 65.0, 72.0, "a"),
        ("producing", 72.0, 80.0, ""),
    ]


def test_a_machine_that_waits_is_down_while_an_operator_stops_it():
    """A stop that begins and ends within a wait for the crew is down, and the wait goes on."""
    assert states("{at_min: 20, machine: m, do: stop, for_min: 10}", 10) == [
        ("producing", 0.0, 10.0, ""),
        ("waiting for crew", 10.0, 20.0, "a"),
        ("down", 20.0, 30.0, "stopped by operator"),
        ("waiting for crew", 30.0, 65.0, "a"),
        ("down", 65.0, 72.0, "a"),
        ("producing", 72.0, 80.0, ""),
    ]


def test_a_stop_outranks_the_end_of_the_shift():
    """Stopped, then off shift while the stop has ended: the fault waits through all of it."""
    told = states("{at_min: 4, machine: m, do: stop, for_min: 36}", 10, "    calendar: day\n")
    assert told == [
        ("producing", 0.0, 4.0, ""),
        ("down", 4.0, 40.0, "stopped by operator"),
        ("off shift", 40.0, 65.0, "a"),
        ("down", 65.0, 72.0, "a"),
        ("off shift", 72.0, 80.0, ""),
    ]


def test_a_hot_machine_that_fails_cools_down_before_it_waits():
    """A thermal hold lasts as long as without the failure, and is told so."""
    alone = states("", 1000, HOT)
    assert alone[:2] == [
        ("producing", 0.0, 11.32, ""),
        ("thermal hold", 11.32, 37.04, "trip front"),
    ]
    assert states("", 16, HOT) == [
        *alone[:2],
        ("waiting for crew", 37.04, 65.0, "a"),
        ("down", 65.0, 72.0, "a"),
        ("producing", 72.0, 80.0, ""),
    ]


@pytest.mark.parametrize("life", [1000, 18])
def test_a_hot_machine_that_is_stopped_is_down(life: float):
    """A stop within a thermal hold is down, a failure or none; then it cools on."""
    told = states("{at_min: 15, machine: m, do: stop, for_min: 10}", life, HOT)
    assert told[:4] == [
        ("producing", 0.0, 11.32, ""),
        ("thermal hold", 11.32, 15.0, "trip front"),
        ("down", 15.0, 25.0, "stopped by operator"),
        ("thermal hold", 25.0, 37.04, "still hot"),
    ]
    assert told[4][0] == ("producing" if life == 1000 else "waiting for crew")


def test_a_fault_that_waits_is_told_as_lost_whatever_is_told_of_its_machine():
    """What start_from has no key for is the wait, though the machine is down by a stop."""
    plant = parse_plant(BUSY.replace("LIFE", "10"))
    act = "{at_min: 4, machine: m, do: stop, for_min: 50}"
    day = parse_scenario(f"{SHIFT}events: [{act}]\n", plant)
    lost = simulate(plant, day, until=1200.0).snapshot.handover(day).lost
    assert "m: waiting for crew (a) is over at once" in lost


def test_faults_behind_a_repair_in_hand_are_told_as_lost():
    """The repair of a, whose duration is its law's, and b behind it are over at once."""
    mode = "{id: a, clock: calendar, life_min: LIFE, repair_min: 7}"
    other = "{id: b, clock: calendar, life_min: 12, repair_min: 7}"
    text = BUSY.replace(f"[{mode}]", f"[{mode}, {other}]").replace("LIFE", "10")
    plant = parse_plant(text)
    day = parse_scenario(SHIFT, plant)
    lost = simulate(plant, day, until=66.0 * 60.0).snapshot.handover(day).lost
    assert [line for line in lost if line.startswith("m: ")] == [
        "m: down (a) is over at once",
        "m: b is over at once",
    ]


def test_a_wait_that_a_stop_parts_is_one_stop_of_the_ledger():
    """The failure of m at 10 min has stopped it once, though an operator stops it meanwhile."""
    plant = parse_plant(BUSY.replace("LIFE", "10"))
    act = "{at_min: 20, machine: m, do: stop, for_min: 10}"
    run = simulate(plant, parse_scenario(f"{SHIFT}events: [{act}]\n", plant))
    told = {s.cause: s for s in downtime_ledger(run, run._log()) if s.machine == "m"}
    assert {cause: one.stops for cause, one in told.items()} == {
        "a": 1,
        "stopped by operator": 1,
    }
    assert told["a"].seconds["waiting for crew"] == 45 * 60.0


def test_a_wait_that_a_stop_parts_after_a_snapshot_is_one_stop_of_the_ledger():
    """The log that begins at a snapshot does not hold the failure, which is one stop still."""
    plant = parse_plant(BUSY.replace("LIFE", "10"))
    act = "{at_min: 20, machine: m, do: stop, for_min: 10}"
    day = parse_scenario(f"{SHIFT}events: [{act}]\n", plant)
    branch = simulate(plant, day, snapshot=simulate(plant, day, until=900.0).snapshot)
    told = {s.cause: s for s in downtime_ledger(branch, branch._log()) if s.machine == "m"}
    assert {cause: one.stops for cause, one in told.items()} == {
        "a": 1,
        "stopped by operator": 1,
    }


Stretch = tuple[str, float, float, str]

STOP, HOLD = "stopped by operator", "still hot"


@pytest.mark.parametrize(
    ("stretches", "events", "stops"),
    [
        (  # A failure, and two waits of planned maintenance, which bear the same name.
            [
                ("down", 100, 200, "a"), ("producing", 200, 1000, ""),
                ("waiting for crew", 1000, 1100, "a"), ("maintenance", 1100, 1200, "a"),
                ("producing", 1200, 2000, ""), ("waiting for crew", 2000, 2100, "a"),
                ("maintenance", 2100, 2200, "a"),
            ],
            [(100, "failure", "a"), (200, "repaired", "a")],
            {("a", "m/a"): 1, ("a", ""): 2},
        ),
        (  # All that parts a wait, one after the other.
            [
                ("waiting for crew", 100, 200, "a"), ("down", 200, 300, STOP),
                ("thermal hold", 300, 400, HOLD), ("off shift", 400, 500, "a"),
                ("down", 500, 600, "a"),
            ],
            [(100, "failure", "a"), (600, "repaired", "a")],
            {("a", "m/a"): 1, (STOP, ""): 1, (HOLD, "spindle"): 1},
        ),
        (  # Repaired, and failed again at once; repaired, stopped, and failed again.
            [("down", 100, 200, "a"), ("waiting for crew", 200, 300, "a"),
             ("down", 300, 400, "a"), ("down", 400, 500, STOP), ("down", 500, 600, "a")],
            [(100, "failure", "a"), (200, "repaired", "a"), (200, "failure", "a"),
             (400, "repaired", "a"), (500, "failure", "a")],
            {("a", "m/a"): 3, (STOP, ""): 1},
        ),
        (  # Two stops within one wait are two, and so are those on both sides of a night.
            [("down", 100, 200, STOP), ("waiting for crew", 200, 300, "a"),
             ("down", 300, 400, STOP), ("off shift", 400, 500, ""), ("down", 500, 600, STOP)],
            [(200, "start", ""), (200, "failure", "a"), (400, "start", "")],
            {(STOP, ""): 3, ("a", "m/a"): 1},
        ),
        (  # A repair within a stop parts it no more than a night does.
            [("down", 100, 200, STOP), ("waiting for crew", 200, 250, "a"),
             ("down", 250, 300, "a"), ("down", 300, 400, STOP)],
            [(200, "failure", "a"), (300, "repaired", "a"), (400, "start", "")],
            {(STOP, ""): 1, ("a", "m/a"): 1},
        ),
        (  # Nor does planned maintenance within it.
            [("down", 100, 200, STOP), ("maintenance", 200, 300, "planned"),
             ("down", 300, 400, STOP)],
            [(300, "maintained", ""), (400, "start", "")],
            {(STOP, ""): 1, ("planned", ""): 1},
        ),
        (  # Two failures in line for the crew stand in one stretch.
            [("waiting for crew", 100, 150, "a"), ("down", 150, 300, "a")],
            [(100, "failure", "a"), (120, "failure", "a"), (200, "repaired", "a"),
             (300, "repaired", "a")],
            {("a", "m/a"): 2},
        ),
        (  # What falls due during a wait is done with what it was for; a stop comes between.
            [("waiting for crew", 100, 200, "a"), ("down", 200, 300, STOP),
             ("waiting for crew", 300, 400, "a, b"), ("maintenance", 400, 500, "a, b")],
            [(300, "start", ""), (500, "maintained", ""), (500, "maintained", "")],
            {("a, b", ""): 1, (STOP, ""): 1},
        ),
        (  # So it is while nobody has come yet.
            [("waiting for crew", 100, 200, "a"), ("down", 200, 300, STOP),
             ("waiting for crew", 300, 400, "a, b")],
            [(300, "start", "")],
            {("a, b", ""): 1, (STOP, ""): 1},
        ),
        (  # So it is in a wait that begins off shift.
            [("off shift", 100, 200, "a"), ("waiting for crew", 200, 300, "a"),
             ("maintenance", 300, 400, "a, b")],
            [(400, "maintained", ""), (400, "maintained", "")],
            {("a, b", ""): 1},
        ),
        (  # A wait for a setter is not one for the maintenance that cuts it short.
            [("waiting for crew", 100, 200, "setup"), ("maintenance", 200, 300, "planned")],
            [(300, "maintained", "")],
            {("setup", ""): 1, ("planned", ""): 1},
        ),
        (  # Nor is the wait of a failure one for the maintenance after its repair.
            [("waiting for crew", 100, 200, "a"), ("maintenance", 200, 300, "a, b")],
            [(100, "failure", "a"), (200, "repaired", "a"), (300, "maintained", "")],
            {("a", "m/a"): 1, ("a, b", ""): 1},
        ),
        (  # A repair of no length is over when a planned wait begins at its instant.
            [("waiting for crew", 100, 200, "a"), ("waiting for crew", 300, 400, "a")],
            [(100, "failure", "a"), (100, "repaired", "a")],
            {("a", ""): 2},
        ),
        (  # A failure at the instant of a repair has that one behind it, not its own.
            [("down", 100, 200, "a"), ("down", 200, 300, "a")],
            [(100, "failure", "a"), (200, "repaired", "a"), (200, "failure", "a"),
             (300, "repaired", "a")],
            {("a", "m/a"): 2},
        ),
        (  # A tool change that is cut short is one with what is begun anew, as it counts.
            [("tool change", 100, 150, "t"), ("down", 150, 200, STOP),
             ("tool change", 200, 250, "t"), ("off shift", 250, 300, ""),
             ("tool change", 300, 350, "t"), ("maintenance", 350, 400, "planned"),
             ("tool change", 400, 500, "t")],
            [(200, "start", ""), (400, "maintained", ""), (500, "tool change", "")],
            {("tool change", "t"): 1, (STOP, ""): 1, ("planned", ""): 1},
        ),
        (  # So it is after a repair of no length; one for a sister is another.
            [("tool change", 100, 150, "t"), ("tool change", 150, 300, "t")],
            [(150, "failure", "a"), (150, "repaired", "a"), (200, "tool change", ""),
             (300, "tool change", "")],
            {("tool change", "t"): 2},
        ),
        (  # One that is done, and one after a stop, are two.
            [("tool change", 100, 200, "t"), ("down", 200, 300, STOP),
             ("tool change", 300, 400, "t")],
            [(200, "tool change", ""), (300, "start", ""), (400, "tool change", "")],
            {("tool change", "t"): 2, (STOP, ""): 1},
        ),
        (  # Maintenance on both sides of a stop is done twice; without a gap it is one stop.
            [("maintenance", 100, 200, "planned"), ("down", 200, 300, STOP),
             ("maintenance", 300, 400, "planned"), ("maintenance", 400, 500, "planned")],
            [(200, "maintained", ""), (400, "maintained", ""), (500, "maintained", "")],
            {("planned", ""): 2, (STOP, ""): 1},
        ),
    ],
)  # fmt: skip
def test_a_stop_goes_on_while_nothing_but_a_state_of_higher_rank_parts_it(
    stretches: list[Stretch],
    events: list[tuple[float, str, str]],
    stops: dict[tuple[str, str], int],
    monkeypatch: pytest.MonkeyPatch,
):
    """Stretches for one cause are one stop if they touch, and it was not over in between."""
    rows = [StateRow("m", mode, a, b, cause, "", "") for mode, a, b, cause in stretches]
    monkeypatch.setattr("simtwin.result.machine_states.state_rows", lambda run, log: rows)
    monkeypatch.setattr("simtwin.result.machine_states.began", lambda run, log: 0.0)
    run: Any = SimpleNamespace(window=SimpleNamespace(start=0.0), end=3000.0)
    log: Any = SimpleNamespace(
        events=[EventRow(time, "m", "m/a", kind, detail) for time, kind, detail in events]
    )
    assert {(s.cause, s.part): s.stops for s in downtime_ledger(run, log)} == stops
