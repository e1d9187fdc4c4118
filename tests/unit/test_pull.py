"""Tests of limits on work in progress and cards: files, words, rules, deadlock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simtwin.errors import Deadlock, FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.model import FlowSpec
from simtwin.plant.topology import topology
from simtwin.shop.capture import capture
from simtwin.shop.onto import onto
from tests.laws.branches import begin, resume
from tests.laws.shops import shop

if TYPE_CHECKING:
    from simtwin.shop.shop import Shop

TEXT = """
plant: pair
flow: {conwip: 4}
machines:
  - {id: a, kanban: 2}
  - {id: b, kanban: 1}
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_s: 10}
      - {operation: two, machines: [b], duration_s: 30}
  - {id: q, route: [{operation: one, machines: [b], duration_s: 10}]}
sources:
  - {id: bars, product: p, saturating: true}
"""


def test_a_limit_holds_over_all_or_by_product():
    """One number is a limit over all, a mapping has one for each product; the check says it."""
    assert parse_plant(TEXT).flow == FlowSpec(4)
    by_product = parse_plant(TEXT.replace("conwip: 4", "conwip: {p: 3, q: 1}"))
    assert by_product.flow == FlowSpec(None, {"p": 3, "q": 1})
    assert "at most 1 pieces of q in the shop" in understand(by_product).text()
    told = understand(parse_plant(TEXT)).text()
    assert "at most 4 pieces in the shop; others wait outside" in told
    assert "b, 1 cards for all that is there -> done" in told
    assert topology(parse_plant(TEXT)).nodes["station:a"]["kanban"] == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("conwip: 4", "conwip: 0", "must be >= 1"),
        ("conwip: 4", "conwip: {r: 4}", "no product 'r'"),
        ("kanban: 1", "kanban: 0", "must be >= 1"),
        ("kanban: 1", "kanban: 1, buffer: 2", "its cards say already"),
        ("id: b, kanban: 1", "id: b, group: a2, kanban: 1}\n  - {id: c, group: a2, kanban: 3",
         "the kanban of group 'a2' is 1 elsewhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(old: str, new: str, message: str):
    """Limits and cards begin with 1, products exist, cards and a buffer exclude each other."""
    with pytest.raises(FileProblems, match=message):
        parse_plant(TEXT.replace(old, new).replace("machines: [b]", "machines: [a2]")
                    if "a2" in new else TEXT.replace(old, new))  # fmt: skip


def test_limits_and_cards_can_be_changed_by_name():
    """``flow.conwip`` and ``stations.a.kanban`` are numbers like others, with bounds."""
    model = parse_plant(TEXT).with_changes({"flow.conwip": 7, "stations.a.kanban": 3})
    assert (model.flow.conwip, model.stations[0].kanban) == (7, 3)
    with pytest.raises(InvalidInput, match="must be >= 1"):
        model.with_changes({"stations.a.kanban": 0})


def living(text: str = TEXT) -> Shop:
    """Return the pair at its start."""
    model = parse_plant(text)
    return begin(model, parse_scenario("{scenario: s, plant: pair, horizon: 1 h}", model))


def test_a_machine_works_on_while_a_card_is_left_and_then_is_blocked():
    """Cards 2 and 1: a begins at 0 and 10; its second piece waits in the store from 20.

    b takes the first at 10 until 40. With both cards in the store and with b, a stands blocked
    without a piece; at 40 b takes the next and a begins again.
    """
    pair = living(TEXT.replace("flow: {conwip: 4}\n", ""))
    pair.env.advance(25.0)
    a = pair.machines["a"]
    assert (a.state.mode.name, a.state.work.job) == ("producing", "bars/3")
    pair.env.advance(35.0)
    assert pair.stations["a"].state.finished == ("bars/2", "bars/3")
    assert (a.state.mode.name, a.state.work) == ("blocked", None)
    pair.env.advance(41.0)
    assert pair.stations["a"].state.finished == ("bars/3",)
    assert a.state.mode.name == "producing"


def test_a_machine_without_a_card_says_so():
    """``why`` tells a machine that lacks a card from one whose piece finds no room."""
    model = parse_plant(TEXT.replace("flow: {conwip: 4}\n", ""))
    run = simulate(model, parse_scenario("{scenario: s, plant: pair, horizon: 36 s}", model))
    assert "a is blocked since 06:01: every card of its station is taken." in run.why("a", 35.0)


def test_the_limit_holds_all_the_time_and_outside_is_no_work_in_progress():
    """Never more than the limit are in the shop; the totals count nobody who waits outside."""
    model, scenario = shop("pulled")
    running = begin(model, scenario)
    while running.env.now < 1200.0:
        running.env.advance(running.env.now + 3.0)
        for product, limit in model.flow.conwip_of.items():
            inside = [p for p in running.pieces.values() if p.product == product]
            assert len(inside) <= limit
        for station in running.kanban:
            waiting = [p for p in station.state.queue if running.pieces[p].operation > 0]
            assert len(waiting) <= (station.cards or 0)
    assert running.backlog is not None
    assert running.backlog.state.waiting
    assert running.record.plant.present == len(running.pieces)


def test_cards_in_a_circle_are_a_deadlock_that_is_named():
    """Stations that wait for each other's cards are told with their cycle (KERNEL 29)."""
    text = TEXT.replace(
        "  - {id: q, route: [{operation: one, machines: [b], duration_s: 10}]}",
        "  - id: q\n    route:\n      - {operation: one, machines: [b], duration_s: 10}\n"
        "      - {operation: two, machines: [a], duration_s: 10}",
    )
    model = parse_plant(text.replace("kanban: 2", "kanban: 1").split("sources:")[0])
    orders = "orders: [{id: x, product: p, quantity: 2}, {id: y, product: q, quantity: 2}]"
    scenario = parse_scenario(f"{{scenario: s, plant: pair, horizon: 1 h, {orders}}}", model)
    with pytest.raises(Deadlock, match=r"waits in the store of a for b.*cycle: a -> b -> a"):
        simulate(model, scenario)


def test_a_state_goes_on_without_cards_and_without_a_limit():
    """Stores give their pieces to the next queue; who waits outside is let in (KERNEL 19)."""
    model, scenario = shop("pulled")
    pulled = begin(model, scenario)
    while not pulled.stations["c"].state.finished:  # type: ignore[union-attr]
        pulled.env.advance(pulled.env.now + 5.0)
    snapshot = capture(pulled)
    waiting = len(snapshot.states[" backlog"].waiting)
    assert waiting
    stations = tuple(replace(s, kanban=None) for s in model.stations)
    pushed = replace(model, stations=stations, flow=FlowSpec())
    moved = onto(snapshot, pushed, old=model)
    told = moved.moves.text()
    assert f"{waiting} pieces that waited outside are let in" in told
    assert "finished at c, which has no store any more; waits at d" in told
    free = resume(pushed, scenario, moved.snapshot)
    assert free.pull is None
    assert len(free.pieces) == len(snapshot.states[" pieces"]) + waiting
    gone = replace(model, products=model.products[1:], sources=model.sources[1:],
                   flow=FlowSpec())  # fmt: skip
    with pytest.raises(InvalidInput, match="part: the plant does not make it"):
        onto(snapshot, gone, old=model)


SET_UP = """
plant: set-up
flow: {conwip: 1}
crews: [{id: setter, members: 1, skills: [setup]}]
machines: [{id: m}]
products:
  - {id: p, route: [{operation: o, machines: [m], duration_s: 10, setup_s: 5}]}
  - {id: q, route: [{operation: o, machines: [m], duration_s: 10, setup_s: 5}]}
"""


def test_a_setter_comes_at_once_for_a_piece_that_was_pulled_in():
    """Two pieces, one in the shop at a time, 5 s of setup and 10 s of work each: 30 s."""
    plant = parse_plant(SET_UP)
    orders = "orders: [{id: a, product: p}, {id: b, product: q}]"
    run = simulate(plant, parse_scenario(f"scenario: s\nplant: set-up\n{orders}", plant))
    assert run.kpis["makespan"].value == 30
    assert all(row.mode != "waiting for crew" for row in run.log.states)
