"""Tests of routing: to which of several stations a piece goes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import Deadlock, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario

PLANT = """
plant: fork
machines: [{id: z, buffer: 9}, {id: a, buffer: 9}, {id: end}]
products:
  - {id: long, route: [{operation: o, machines: [z], duration_min: 60}]}
  - {id: short, route: [{operation: o, machines: [a], duration_min: 5}]}
  - {id: free, route: [{operation: o, machines: [z, a], duration_min: 10},
     {operation: p, machines: [end], duration_min: 1}]}
"""

SCENARIO = """
scenario: s
plant: fork
orders:
  - {id: l, product: long}
  - {id: s, product: short, quantity: 3}
  - {id: f, product: free, release_min: 1}
"""


def went(routing: str) -> str:
    """Return the machine that did the first operation of the piece that may go to both."""
    plant = parse_plant(PLANT)
    run = simulate(plant, parse_scenario(SCENARIO + routing, plant))
    rows = [r for r in run.log.pieces if r.job == "f" and r.kind == "started"]
    return rows[0].place


def test_work_queue_or_order_decide():
    """59 min of work stand before z, 14 before a; one piece at z, three at a; z comes first."""
    assert went("") == "a"
    assert went("routing: work ahead\n") == "a"
    assert went("routing: shortest queue\n") == "z"
    assert went("routing: in order\n") == "z"


def test_unknown_ways_to_choose_are_refused():
    """With the ones that there are."""
    with pytest.raises(InvalidInput, match="routing: must be 'work ahead', 'shortest queue'"):
        went("routing: nearest\n")


TWICE = """
plant: twice
machines: [{id: z}, {id: m1, buffer: 1}]
products:
  - id: p
    route:
      - {operation: saw, machines: [z], duration_min: 1}
      - {operation: op10, machines: [HOME], duration_min: 4}
      - {operation: op20, machines: [HOME], duration_min: 6}
"""

FIVE = "scenario: s\nplant: twice\norders: [{id: o, product: p, quantity: 5}]\n"


@pytest.mark.parametrize("buffer", [0, 1, 2])
@pytest.mark.parametrize("more", ["", "power: {ready_kw: 1}, ", "failures: [], kanban: 9, "])
def test_two_operations_in_a_row_on_one_machine_need_no_buffer(buffer: int, more: str):
    """The piece takes the place that its leaving frees; 1 min, then 5 x (4 + 6) = 51 min."""
    text = TWICE.replace("HOME", "m1").replace("buffer: 1", f"buffer: {buffer}")
    plant = parse_plant(text.replace("{id: z}", f"{{{more}id: z}}"))
    for history in (True, False):
        run = simulate(plant, parse_scenario(FIVE, plant), history=history)
        assert run.kpis["makespan"].value == 51 * 60


def test_a_piece_stays_at_its_station_only_where_no_other_has_room():
    """Of [m1, m2] for op20 it takes m2, which is free; with m2 full too it stays at m1."""
    text = TWICE.replace("buffer: 1", "buffer: 0")
    text = text.replace("[HOME], duration_min: 4", "[m1], duration_min: 4")
    text = text.replace("buffer: 0}", "buffer: 0}, {id: m2, buffer: 0}")
    plant = parse_plant(text.replace("[HOME]", "[m1, m2]"))
    run = simulate(plant, parse_scenario(FIVE, plant))
    begun = [(row.time, row.job, row.place) for row in run.log.pieces if row.kind == "started"]
    there = {row for row in begun if row[0] == 300.0 and row[2] != "z"}
    assert there == {(300.0, "o/2", "m1"), (300.0, "o/1", "m2")}
    assert (540.0, "o/2", "m1") in begun  # m2 is at work until 660 s.


ROUTES = st.lists(st.sampled_from(["m1", "m2", "m1, m2"]), min_size=1, max_size=5)


@given(st.lists(ROUTES, min_size=1, max_size=2), st.integers(0, 2), st.integers(1, 2))
@settings(max_examples=150)
def test_a_station_never_holds_more_than_its_places(routes, buffer, servers):
    """What waits and is in hand is at most the buffer and a piece a machine (KERNEL 26)."""
    used = [n for n in "12" if any(n in at for route in routes for at in route)]
    machines = [f"{{id: m{n}{x}, group: m{n}, buffer: {buffer}}}"
                for n in used for x in "ab"[:servers]]  # fmt: skip
    products, orders = "", ""
    for number, route in enumerate(routes):
        steps = [f"{{operation: o{k}, machines: [{at}], duration_min: {2 + (number + k) % 3}}}"
                 for k, at in enumerate(route)]  # fmt: skip
        first = "{operation: saw, machines: [z], duration_min: 1}"
        products += f"  - {{id: p{number}, route: [{', '.join([first, *steps])}]}}\n"
        orders += f"  - {{id: o{number}, product: p{number}, quantity: 6}}\n"
    plant = parse_plant(
        f"plant: places\nmachines: [{{id: z}}, {', '.join(machines)}]\nproducts:\n{products}"
    )
    text = f"scenario: s\nplant: places\norders:\n{orders}"
    try:
        run = simulate(plant, parse_scenario(text, plant))
    except Deadlock:
        assert any(route[0] != other for route in routes for other in route)
        return
    there: Counter[str] = Counter()
    at: dict[str, str] = {}
    for row in sorted(run.log.pieces, key=lambda row: row.time):
        if row.kind in ("queued", "done", "released"):
            there[at.pop(row.job, "")] -= 1
            if row.kind != "done":
                at[row.job] = row.place
                there[row.place] += 1
                assert row.place == "z" or there[row.place] <= buffer + servers
