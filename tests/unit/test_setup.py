"""Tests of setups: by operation, by family, by matrix; interrupted; chosen for the least."""

from __future__ import annotations

import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """
plant: paint
machines: [{id: m}]
setup_matrix_min:
  black: {white: 30, red: 20}
  "*": {white: 10}
products:
  - {id: w, route: [{operation: a, machines: [m], duration_min: 5, setup_family: white}]}
  - id: b
    route: [{operation: a, machines: [m], duration_min: 5, setup_family: black, setup_min: 3}]
  - {id: r, route: [{operation: a, machines: [m], duration_min: 5, setup_family: red,
     setup_min: 7}]}
  - {id: plain, route: [{operation: a, machines: [m], duration_min: 5}]}
"""


def told(orders: str, more: str = ""):
    """Return (state, from, to, cause) of every stretch of the machine [min]."""
    plant = parse_plant(PLANT)
    listed = "".join(
        f"  - {{id: o{n}, product: {product}}}\n" for n, product in enumerate(orders.split())
    )
    scenario = parse_scenario(f"scenario: s\nplant: paint\n{more}orders:\n{listed}", plant)
    run = simulate(plant, scenario)
    rows = [(r.mode, r.start / 60, r.end / 60, r.cause) for r in run.log.states]
    return rows, run


def setups(rows):
    """Return what was set up, and how long it took [min]."""
    return [(cause, end - begin) for mode, begin, end, cause in rows if mode == "setup"]


def test_a_setup_comes_before_other_work_and_not_before_the_same():
    """Matrix first, its row for any family next, the operation's own time last."""
    rows, run = told("b b w r b plain plain")
    assert setups(rows) == [("black", 3.0), ("white", 30.0), ("red", 7.0), ("black", 3.0)]
    totals = run.window.machines["m"]
    assert totals.counts["setups"] == 4
    assert run.kpis["makespan"].value == 60 * (7 * 5 + 43)
    assert told("w")[0][0][:3] == ("setup", 0.0, 10.0)
    assert setups(told("r b w")[0])[2] == ("white", 30.0)
    assert setups(told("r w")[0])[1] == ("white", 10.0)


def test_what_a_setup_needs_is_kept_through_a_stop():
    """Broken down for 10 of 12 minutes, and stopped for one: the setup takes its three."""
    rows, _ = told(
        "b",
        'events:\n  - {at_min: 1, machine: m, do: breakdown, for: "10 min"}\n'
        '  - {at_min: 12, machine: m, do: stop, for: "1 min"}\n',
    )
    assert [(mode, begin, end) for mode, begin, end, _ in rows] == [
        ("setup", 0, 1),
        ("down", 1, 11),
        ("setup", 11, 12),
        ("down", 12, 13),
        ("setup", 13, 14),
        ("producing", 14, 19),
    ]


def test_the_least_setup_goes_first():
    """From red: red, then black (3 min), then white from black (30 min), not as they came."""
    more = "dispatching: least_setup\nstart_from: {machines: [{id: m, set_up_for: red}]}\n"
    rows, _ = told("b w r b", more)
    assert setups(rows) == [("black", 3.0), ("white", 30.0)]


def test_the_present_state_says_what_a_machine_is_set_up_for():
    """Also by the piece in it."""
    more = "start_from: {work: [{order: o0, piece: 1, operation: a, machine: m}]}\n"
    assert setups(told("b b", more)[0]) == []


def test_families_that_do_not_exist_are_refused():
    """In the matrix and in the present state, with what there is."""
    wrong = PLANT.replace("red: 20", "blue: 20")
    with pytest.raises(InvalidInput, match=r"setup_matrix_min.black.blue: no family 'blue'"):
        parse_plant(wrong)
    with pytest.raises(InvalidInput, match=r"set_up_for: no family 'blue'; .*plain/a"):
        told("b", "start_from: {machines: [{id: m, set_up_for: blue}]}\n")


def test_why_says_what_a_machine_is_set_up_for():
    """A machine that is set up at an instant says so."""
    _, run = told("b")
    assert "m is set up for black since 06:00" in str(run.why("m", "06:01"))
