"""Tests of ways between stations: files, words, movers in line, places kept, deadlock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.errors import FileProblems
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Fixed
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import TransportSpec
from simtwin.plant.topology import topology
from simtwin.shop.capture import capture
from simtwin.shop.forecast import forecast
from simtwin.shop.onto import onto
from simtwin.shop.plan import plan_of
from tests.laws.branches import begin, resume
from tests.laws.shops import shop

TEXT = """
plant: pair
transport: {movers: 1, time_s: 20, times_min: {release: {a: 0}, b: {exit: 0.5}}}
machines: [{id: a}, {id: b, buffer: 0}]
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_s: 10}
      - {operation: two, machines: [b], duration_s: 10}
"""
TWO = "{scenario: s, plant: pair, horizon: 1 h, orders: [{id: o, product: p, quantity: 2}]}"


def test_ways_are_read_and_told():
    """A way has its own time or the common one; none has a piece that stays where it is."""
    model = parse_plant(TEXT)
    ways = model.transport
    assert ways == TransportSpec(1, Fixed(20.0), {("release", "a"): 0.0, ("b", "exit"): 30.0})
    assert ways is not None
    assert ways.leg("a", "b") == Fixed(20.0)
    assert ways.leg("release", "a") is None
    assert ways.leg("b", "b") is None
    told = understand(model).text()
    assert "transport: at most 1 carried at once" in told
    assert "from b to exit: 30 s" in told
    assert "every other way between stations: always 20 s" in told
    graph = topology(model)
    assert graph.graph["transport"].movers == 1
    assert graph.edges["station:a", "station:b"]["seconds"] == 20.0
    assert graph.edges["orders", "station:a"]["seconds"] == 0.0
    assert graph.edges["station:b", "sink"]["seconds"] == 30.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("movers: 1, time_s: 20, times_min: {release: {a: 0}, b: {exit: 0.5}}", "movers: 1",
         "needs time_s, time_min"),
        ("release: {a: 0}", "a: {c: 1}", "no station 'c'"),
        ("release: {a: 0}", "exit: {a: 1}", "no station 'exit'"),
        ("movers: 1", "movers: 0", "must be >= 1"),
        ("machines: [{id: a}", "machines: [{id: a}, {id: exit}",
         "a station cannot be called 'exit'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(old: str, new: str, message: str):
    """Ways begin at a station or the release, and end at a station or the exit."""
    with pytest.raises(FileProblems, match=message):
        parse_plant(TEXT.replace(old, new))


def test_a_piece_keeps_its_place_and_waits_for_the_mover():
    """One mover and no buffer, step by step.

    Piece 1 is done on a at 10, carried until 30, on b until 40, out until 70. Piece 2 is
    done on a at 20 and has no place at b before 40. Its call comes when b is empty, after that
    of piece 1 for the way out: it is carried from 70 to 90, done at 100 and out at 130.
    """
    model = parse_plant(TEXT)
    run = simulate(model, parse_scenario(TWO, model))
    log = run.log
    assert log is not None
    steps = {(row.job, row.kind, row.place): row.time for row in log.pieces}
    assert steps["o/1", "sent", "b"] == 10.0
    assert steps["o/1", "sent", "exit"] == 40.0
    assert steps["o/1", "done", "b"] == 70.0
    assert steps["o/2", "finished", "a"] == 20.0
    assert steps["o/2", "sent", "b"] == 70.0
    assert steps["o/2", "done", "b"] == 130.0
    assert run.window.orders[0].finish == 130.0
    (a,) = [m for m in run.machines.values() if m.machine == "a"]
    assert a.shares["blocked"] * run.window.elapsed == pytest.approx(50.0)


def test_a_forecast_keeps_fixed_arrivals_and_draws_random_ones_again():
    """Who is carried for a fixed time arrives as planned; else by the law, given so far."""
    model, scenario = shop("carried")
    living = begin(model, scenario)
    ways = living.transport
    assert ways is not None
    assert model.transport is not None

    def kinds() -> set[bool]:
        legs = [model.transport.leg(w.origin, w.to) for w in ways.state.moving.values()]
        return {isinstance(leg, Fixed) for leg in legs}

    while kinds() != {True, False}:
        living.env.advance(living.env.now + 1.0)
    snapshot = capture(living)
    ahead = forecast(plan_of(model), scenario, snapshot, seed=9).transport
    assert ahead is not None
    for name, way in ways.state.moving.items():
        fixed = isinstance(model.transport.leg(way.origin, way.to), Fixed)
        new = ahead.state.moving[name]
        assert (new.at == way.at) is fixed
        assert new.at >= snapshot.time


def test_who_is_under_way_arrives_also_where_ways_take_no_time_any_more():
    """Onto a plant without transport a delivery goes on, and nobody waits for movers."""
    model, scenario = shop("carried")
    living = begin(model, scenario)
    while not (living.transport and living.transport.state.calls):
        living.env.advance(living.env.now + 1.0)
    snapshot = capture(living)
    plain = replace(model, transport=None)
    moved = onto(snapshot, plain, old=model)
    assert "transport: takes other times or movers now" in moved.moves.text()
    under_way = snapshot.states[" transport"].moving
    assert moved.snapshot.states[" transport"].moving == under_way
    free = resume(plain, scenario, moved.snapshot)
    free.env.advance(max(way.at for way in under_way.values()))
    assert " transport" not in capture(free).states
