"""Tests of the impact: pairs on the same luck, from a start or a snapshot, and bad input."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_plant, load_scenario, parse_plant, parse_scenario
from simtwin.result.estimate import Estimate
from simtwin.result.impact import first_beyond
from simtwin.result.record import INDEX, StateRow
from simtwin.shop.capture import to_json

PLANT = load_plant("flow_line")
DAY = replace(load_scenario("flow_line", PLANT), horizon=6 * 3600.0, interventions=())

ORDERS = parse_plant(
    """
plant: two
machines:
  - {id: m1}
  - {id: m2, buffer: 4}
products:
  - id: part
    route:
      - {operation: cut, machines: [m1], duration: {lognormal: {median_min: 4, sigma: 0.2}}}
      - {operation: grind, machines: [m2], duration: {lognormal: {median_min: 5, sigma: 0.2}}}
"""
)
LATE = parse_scenario(
    """
scenario: late
plant: two
start: 2026-01-05 06:00
orders:
  - {id: first, product: part, quantity: 6, due: "07:10"}
  - {id: second, product: part, quantity: 6, due: "07:40"}
""",
    ORDERS,
)


def struck(**given):
    """Return the impact of an hour without the drill, in the morning."""
    return impact(PLANT, DAY, "drill", at="09:00", duration="1 h", **given)


def test_each_pair_is_two_runs_on_the_same_luck():
    """Replication r without the breakdown is the run that simulate gives for r."""
    found = struck(replications=3, seed=7)
    assert [pair.replication for pair in found.pairs] == [0, 1, 2]
    for pair in found.pairs:
        run = simulate(PLANT, DAY, seed=7, replication=pair.replication)
        assert pair.without.kpis == {name: kpi.value for name, kpi in run.kpis.items()}
        assert pair.struck.kpis["failures"] >= pair.without.kpis["failures"]
        assert all(sum(row) == 0.0 for row in pair.longer.values())


def test_before_the_breakdown_nothing_differs():
    """Whom it reaches, it reaches after it; the times of the runs differ by no more."""
    found = struck(replications=4)
    assert found.reached
    for pair in found.pairs:
        for firsts in pair.firsts.values():
            assert "drill" not in firsts
            assert all(first >= found.at for first in firsts.values())


def test_several_replications_give_estimates():
    """Every number has an interval; those that hold a value are the means of the pairs."""
    found = struck(replications=6)
    assert isinstance(found.lost_pieces, Estimate)
    assert found.lost_pieces.n == 6
    assert found.lost_pieces.low > 0.0
    kpi = found.kpis["good_pieces"]
    assert kpi.value.value == pytest.approx(-found.lost_pieces.value)
    assert "makespan" not in found.kpis
    down = found.longer("drill", "down")
    values = [pair.longer["drill"][INDEX["down"]] for pair in found.pairs]
    assert down.value == pytest.approx(sum(values) / 6)
    wash = found.reach("wash")
    assert isinstance(wash.first, Estimate)
    assert isinstance(wash.clock, Estimate)
    assert wash.first.value >= wash.clock.value - 1.0
    mill = found.reach("mill", "blocked")
    assert isinstance(mill.clock, Estimate)
    assert found.reach("saw").first is None
    assert "6 replications" in found.sentence
    assert found.provenance["replications"] == 6
    assert found.assumptions == PLANT.assumptions


def test_one_replication_is_an_observation():
    """One run each has values and no interval (KERNEL 25)."""
    found = struck(replications=1)
    assert isinstance(found.lost_pieces, float)
    assert all(isinstance(kpi.value, float) for kpi in found.kpis.values())
    assert "one run, no interval" in repr(found)
    assert found.frame("kpis")["difference_low"].isna().all()


def test_frames():
    """One line for each machine, and one for each figure that all runs have."""
    found = struck(replications=3)
    machines = found.frame()
    assert list(machines["machine"]) == ["saw", "mill", "drill", "wash", "inspect"]
    assert machines.set_index("machine").loc["wash", "starved_share"] == 1.0
    assert list(found.frame("kpis")["kpi"]) == list(found.kpis)
    with pytest.raises(InvalidInput, match="no table 'orders'"):
        found.frame("orders")


def test_orders_become_late():
    """Without a horizon the run ends with the last order, later by the breakdown."""
    found = impact(ORDERS, LATE, "m2", at=600.0, duration="40 min", replications=8)
    assert found.late_orders.low > 0.0
    assert found.lost_pieces.value == 0.0
    assert found.kpis["makespan"].value.value == pytest.approx(2400.0, abs=300.0)
    assert "more orders late" in found.sentence
    assert found.reach("m1", "blocked").share.value == 1.0


def test_from_a_snapshot_with_its_own_luck():
    """One replication goes on as the run that was cut would have; the breakdown apart."""
    day = replace(DAY, measure_from=0.0)
    cut = simulate(PLANT, day, seed=3, until=2 * 3600.0, history=False).snapshot
    found = impact(
        PLANT, day, "drill", at="09:00", duration="1 h", snapshot=cut, replications=1
    )
    whole = impact(PLANT, day, "drill", at="09:00", duration="1 h", seed=3, replications=1)
    assert [without_hours(pair) for pair in found.pairs] == [
        without_hours(pair) for pair in whole.pairs
    ]
    hours = found.pairs[0].without.hours
    assert hours is not None
    assert hours.edges[0] == 2 * 3600.0


def without_hours(pair):
    """Return a pair without what each hour was, of which a state knows nothing."""
    return replace(
        pair,
        without=replace(pair.without, hours=None),
        struck=replace(pair.struck, hours=None),
    )


def test_a_snapshot_asked_twice():
    """The same answer again, with workers too, and the state as before (ORACLES J17)."""
    cut = simulate(PLANT, DAY, seed=3, until=2 * 3600.0).snapshot
    before = to_json(cut)
    first = struck(snapshot=cut, replications=4)
    assert struck(snapshot=cut, replications=4).pairs == first.pairs
    assert struck(snapshot=cut, replications=4, workers=2).pairs == first.pairs
    assert to_json(cut) == before
    assert len({pair.without.kpis["good_pieces"] for pair in first.pairs}) > 1
    for pair in first.pairs:
        run = simulate(PLANT, DAY, snapshot=cut, forecast=True, replication=pair.replication)
        assert pair.without.kpis == {name: kpi.value for name, kpi in run.kpis.items()}


def test_a_seed_makes_one_replication_a_forecast():
    """From a snapshot with a seed, the future is that of the seed."""
    cut = simulate(PLANT, DAY, seed=3, until=2 * 3600.0).snapshot
    pairs = [struck(snapshot=cut, replications=1, seed=seed).pairs for seed in (4, 5)]
    assert pairs[0] != pairs[1]


def test_interrupted_it_keeps_what_is_complete():
    """A guard that stops the work leaves the pairs that are done, and says so."""
    done = []

    def guard() -> None:
        if len(done) >= 2:
            raise KeyboardInterrupt

    found = struck(
        replications=30, workers=1, guard=guard, progress=lambda n, of: done.append((n, of))
    )
    assert found.partial
    assert 2 <= found.n < 30
    assert "partial" in found.sentence


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"machine": "dril"}, "no machine 'dril'; did you mean 'drill'"),
        ({"at": "13:00"}, r"before its end \(12:00\)"),
        ({"at": -1.0}, "at must lie in the run, from 06:00"),
        ({"at": float("nan")}, "nan is no time"),
        ({"at": "tomorrow"}, "is no time"),
        ({"duration": 0.0}, "duration must be positive"),
        ({"duration": "-5 min"}, "duration must be positive"),
        ({"duration": inf}, "duration must be positive and finite"),
        ({"replications": 0}, "it needs at least 1 replication .got 0"),
    ],
)
def test_bad_input(given, message):
    """Wrong input is refused before anything is run."""
    asked = {"machine": "drill", "at": "09:00", "duration": "1 h", "replications": 2, **given}
    with pytest.raises(InvalidInput, match=message):
        impact(PLANT, DAY, asked.pop("machine"), **asked)


def test_an_instant_before_the_snapshot():
    """What is past cannot break down any more: an act at the snapshot itself is done with."""
    cut = simulate(PLANT, DAY, until=2 * 3600.0, history=False).snapshot
    for at in ("07:00", "08:00"):
        with pytest.raises(InvalidInput, match="after the snapshot at 08:00"):
            impact(PLANT, DAY, "drill", at=at, duration="1 h", snapshot=cut, replications=1)


def test_a_finished_piece_and_sisters():
    """A piece that is done leaves all the same, and counts; sisters go on without a clock."""
    plant = parse_plant(
        """
plant: pair
machines:
  - {id: m1}
  - {id: m2, buffer: 0}
  - {id: p1, group: pair}
  - {id: p2, group: pair}
products:
  - id: part
    route:
      - {operation: cut, machines: [m1], duration_min: 1}
      - {operation: grind, machines: [m2], duration_min: 10}
      - {operation: wash, machines: [pair], duration_min: 2}
sources: [{id: bars, product: part, saturating: true}]
"""
    )
    hours = parse_scenario("scenario: hours\nplant: pair\nhorizon: 3 h\n", plant)
    asked = {"at": 4000.0, "duration": "1 h", "replications": 1}
    # m2 grinds from 60 s on, 600 s a piece: from 3660 to 4260, and the finished one to 4860.
    reach = impact(plant, hours, "m1", **asked).reach("m2")
    assert reach.clock == reach.first == 4860.0
    found = impact(plant, hours, "p1", **asked)
    assert all(reach.clock is None for reach in found.reached)
    both = impact(plant, hours, "m2", **asked)
    assert both.reach("m1", "blocked").clock == 4000.0  # It is blocked already.
    assert both.reach("m1", "blocked").first == 4260.0
    assert both.reach("p2").clock == 4000.0


def test_what_reaches_nobody():
    """A breakdown of the last machine that all buffers bridge is said to reach nobody."""
    plant = parse_plant(
        """
plant: loose
machines: [{id: m1}, {id: m2}]
products:
  - id: part
    route:
      - {operation: cut, machines: [m1], duration_min: 2}
      - {operation: look, machines: [m2], duration_s: 0}
sources: [{id: bars, product: part, every_min: 3}]
"""
    )
    hours = parse_scenario("scenario: hours\nplant: loose\nhorizon: 3 h\n", plant)
    for machine in ("m1", "m2"):
        found = impact(plant, hours, machine, at=4000.0, duration=30.0, replications=1)
        assert all(reach.clock is None for reach in found.reached)
    assert "no other machine is starved or blocked by it (one run" in found.sentence


def test_what_reaches_in_some_runs():
    """Where it reaches a machine in some replications only, the sentence says in how many."""
    found = struck(replications=8)
    pairs = [
        pair if pair.replication % 2 else replace(pair, firsts={"starved": {}, "blocked": {}})
        for pair in found.pairs
    ]
    some = replace(found, pairs=tuple(pairs))
    assert some.reach("wash").share.value == 0.5
    assert some.reach("wash").first.n == 4
    assert "wash starves first, in 50 % [22, 78] of runs, at 09:0" in some.sentence
    bare = replace(found, pairs=tuple(replace(pair, clocks=()) for pair in found.pairs))
    assert "by hand" in found.sentence
    assert "by hand" not in bare.sentence
    one = replace(found, pairs=(found.pairs[1], *pairs[::2]))
    assert one.reach("wash").first is None  # A single one of several is no estimate.


def test_after_the_last_order():
    """A breakdown after every run has ended is refused."""
    with pytest.raises(InvalidInput, match="every run has ended by"):
        impact(ORDERS, LATE, "m1", at="10:00", duration="1 h", replications=2)


def test_unknown_names_of_an_impact():
    """A machine, mode or state that does not exist is refused."""
    found = struck(replications=1)
    with pytest.raises(InvalidInput, match="no machine is called 'x'"):
        found.lost("x")
    with pytest.raises(InvalidInput, match="no mode is called 'asleep'"):
        found.longer("saw", "asleep")
    with pytest.raises(InvalidInput, match="state must be starved or blocked"):
        found.reach("saw", "idle")


def row(mode: str, start: float, end: float) -> StateRow:
    """Return a stretch of m1."""
    return StateRow("m1", mode, start, end, "", "", "")


def test_first_beyond():
    """The first instant that is starved in one run and not in the other, after a time."""
    calm = [row("starved", 0.0, 10.0), row("producing", 10.0, 20.0), row("starved", 20.0, 30.0)]
    assert first_beyond(calm, calm, "starved", 0.0) == inf
    assert first_beyond([row("starved", 0.0, 25.0)], calm, "starved", 0.0) == 10.0
    assert first_beyond([row("starved", 0.0, 25.0)], calm, "starved", 15.0) == 15.0
    assert first_beyond([row("starved", 22.0, 40.0)], calm, "starved", 0.0) == 30.0
    assert first_beyond([row("blocked", 22.0, 40.0)], calm, "starved", 0.0) == inf
