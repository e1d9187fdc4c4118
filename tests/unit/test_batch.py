"""Tests of batches: files, words, who goes in and when, what stops them, other plants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simtwin.errors import Deadlock, FileProblems, InvalidInput
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.batch import BatchSpec
from simtwin.plant.blueprint import plant_of
from simtwin.plant.check import understand
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.precheck import precheck
from simtwin.plant.topology import topology
from simtwin.shop.capture import capture, from_json, to_json
from simtwin.shop.onto import onto
from simtwin.shop.plan import plan_of
from tests.laws.branches import begin, finish, first_difference, resume, story

if TYPE_CHECKING:
    from simtwin.result.result import Result

PLANT = """
plant: heat
machines:
  - {id: oven, batch: {most: 4, least: 3, wait_min: 30}, power: {processing_kw: 60}}
  - {id: bench, buffer: 1}
products:
  - id: pin
    route:
      - {operation: harden, machines: [oven], duration_min: 60, setup_min: 6, setup_family: red}
      - {operation: check, machines: [bench], duration_min: 10}
  - {id: cap, route: [{operation: temper, machines: [oven], duration_min: 90, setup_min: 6,
     setup_family: red}]}
  - {id: nut, route: [{operation: anneal, machines: [oven], duration_min: 30, setup_min: 6}]}
"""


def run(orders: str, *, batch: str = "", more: str = "", plant: str = PLANT) -> Result:
    """Return a run of *orders*, with another *batch* of the oven and *more* in the scenario."""
    if batch:
        plant = plant.replace("{most: 4, least: 3, wait_min: 30}", batch)
    model = parse_plant(plant)
    text = f"scenario: day\nplant: heat\norders: {orders}\n{more}"
    return simulate(model, parse_scenario(text, model))


def batches(result: Result, machine: str = "oven") -> list[tuple[float, list[str]]]:
    """Return the batches of *machine*: when each began [min], and its pieces by name."""
    found: dict[float, list[str]] = {}
    for row in result.log.pieces:
        if (row.kind, row.place) == ("started", machine):
            found.setdefault(row.time / 60.0, []).append(row.job)
    return [(begin, sorted(names)) for begin, names in found.items()]


def released(*minutes: int, product: str = "pin") -> str:
    """Return orders of one piece each that come at these *minutes*."""
    rows = (
        f"{{id: {product[0]}{at}, product: {product}, release_min: {at}}}" for at in minutes
    )
    return f"[{', '.join(rows)}]"


def many(pins: int, horizon: str = "9 h") -> str:
    """Return a scenario of one order of so many *pins*."""
    orders = f"[{{id: o, product: pin, quantity: {pins}}}]"
    return f"{{scenario: d, plant: heat, horizon: {horizon}, orders: {orders}}}"


def test_a_batch_begins_with_its_least_and_the_rest_after_its_wait():
    """The third piece starts three; a fourth comes too late; it goes alone after 30 min."""
    found = run(released(0, 10, 20, 100))
    assert batches(found) == [(20.0, ["p0", "p10", "p20"]), (130.0, ["p100"])]


def test_whoever_comes_while_it_works_waits_for_the_next_batch():
    """Setup 6 and 60 min from minute 20; all who came meanwhile go in at once, four at most."""
    found = run(released(0, 10, 20, 30, 40, 50, 55, 60))
    begins = batches(found)
    assert begins[0] == (20.0, ["p0", "p10", "p20"])
    # Finished at 86; bench takes one, its buffer one: the third leaves at 96, then it is free.
    assert begins[1] == (96.0, ["p30", "p40", "p50", "p55"])


def test_a_greedy_batch_takes_what_is_there():
    """Left out, least is 1: it begins with the first piece at once."""
    found = run(released(0, 10, 20), batch="{most: 4}")
    assert batches(found) == [(0.0, ["p0"]), (66.0, ["p10", "p20"])]


def test_a_batch_of_its_most_leaves_the_others_waiting():
    """Five at one instant, four go in: by natural order of names."""
    orders = "[{id: o, product: pin, quantity: 5}]"
    found = run(orders, batch="{most: 4}")
    assert batches(found)[0] == (0.0, ["o/1", "o/2", "o/3", "o/4"])


def test_pieces_are_counted_each_and_energy_once():
    """Five good pieces, two batches of 60 min at 60 kW; each piece has its rows."""
    found = run("[{id: o, product: pin, quantity: 5}]", batch="{most: 4}")
    oven = found.machines["oven"]
    assert oven.good == 5.0
    assert oven.energies["producing"] == pytest.approx(2 * 3600.0 * 60e3)
    finished = [r for r in found.log.pieces if (r.kind, r.place) == ("finished", "oven")]
    assert [r.time / 60.0 for r in finished] == [66.0] * 4 + [
        found.log.pieces[-1].time / 60 - 10
    ]
    assert found.window.machines["oven"].counts["setups"] == 1.0


def test_they_leave_one_by_one_and_the_machine_is_blocked_until_the_last_has():
    """Done at 66; the bench takes one and one waits there; others leave at 76 and 86."""
    found = run("[{id: o, product: pin, quantity: 4}]", batch="{most: 4}")
    blocked = [r for r in found.log.states if r.mode == "blocked"]
    assert [(r.start / 60, r.end / 60, r.job) for r in blocked] == [
        (66.0, 76.0, "o/3"),
        (76.0, 86.0, "o/4"),
    ]


def test_only_what_goes_together_goes_in():
    """By operation, by family, or all: pins and caps share a family, nuts do not."""
    orders = """[{id: a, product: pin}, {id: b, product: cap}, {id: c, product: nut},
        {id: d, product: pin}]"""
    first = {
        same: batches(run(orders, batch=f"{{most: 9, same: {same}}}"))[0][1]
        for same in ("operation", "family", "any")
    }
    assert first == {
        "operation": ["a", "d"],
        "family": ["a", "b", "d"],
        "any": ["a", "b", "c", "d"],
    }


def test_the_longest_operation_decides():
    """A pin of 60 and a cap of 90 min in one batch: both are done after 6 + 90."""
    found = run(
        "[{id: a, product: pin}, {id: b, product: cap}]", batch="{most: 2, same: family}"
    )
    done = [r for r in found.log.pieces if (r.kind, r.place) == ("finished", "oven")]
    assert [(r.job, r.time / 60.0) for r in done] == [("b", 96.0), ("a", 96.0)]


def test_the_rule_picks_among_what_may_begin():
    """EDD would take the nut, which lacks others; so the pins go, the most urgent four."""
    orders = """[{id: n, product: nut, due_min: 1},
        {id: o, product: pin, quantity: 3, due_min: 90},
        {id: u, product: pin, quantity: 2, due_min: 50}]"""
    found = run(orders, more="dispatching: edd\n", batch="{most: 4, least: 3, wait_min: 100}")
    assert batches(found)[0] == (0.0, ["o/1", "o/2", "u/1", "u/2"])


def test_pieces_of_higher_priority_are_in_the_first_batch():
    """Two of six are urgent and came last: they go in with two others."""
    orders = """[{id: a, product: pin, quantity: 4},
        {id: b, product: pin, quantity: 2, priority: 1}]"""
    assert batches(run(orders, batch="{most: 4}"))[0][1] == ["a/1", "a/2", "b/1", "b/2"]


def test_a_breakdown_holds_the_batch_and_it_goes_on():
    """Down from minute 30 to 40: all three are done at 6 + 60 + 10."""
    events = "events: [{at_min: 30, machine: oven, do: breakdown, for_min: 10}]\n"
    found = run("[{id: o, product: pin, quantity: 3}]", more=events)
    done = [r for r in found.log.pieces if (r.kind, r.place) == ("finished", "oven")]
    assert [r.time / 60.0 for r in done] == [76.0, 76.0, 76.0]


@pytest.mark.parametrize(
    ("habit", "scrapped"), [("pause", 0.0), ("scrap", 3.0), ("finish", 0.0)]
)
def test_a_shift_end_does_to_the_batch_what_it_does_to_a_piece(habit: str, scrapped: float):
    """The shift ends at 30 min: the batch pauses, is scrapped as a whole, or is finished."""
    hours = 'calendars: [{id: day, week: {mon-sun: ["06:00-06:30", "07:00-12:00"]}}]\n'
    plant = PLANT.replace("power:", f"calendar: day, at_shift_end: {habit}, power:")
    plant = plant.replace("machines:\n", f"{hours}machines:\n", 1)
    found = run("[{id: o, product: pin, quantity: 3}]", plant=plant)
    assert found.machines["oven"].scrap == scrapped
    assert found.kpis["good_pieces"].value == 3.0


def test_each_piece_is_judged_by_itself():
    """Half of the pieces are scrap: of 400 in batches of 4 some, and not four by four."""
    plant = PLANT.replace("setup_family: red}\n", "setup_family: red, scrap: 0.5}\n", 1)
    found = run("[{id: o, product: pin, quantity: 200}]", plant=plant)
    scrap = found.machines["oven"].scrap
    assert found.machines["oven"].good == 200.0
    assert 140 <= scrap <= 260  # Negative binomial: mean 200, standard deviation 20.
    whole = [r.time for r in found.log.pieces if r.kind == "scrapped"]
    assert any(whole.count(time) in (1, 2, 3) for time in whole)


def test_a_batch_in_hand_when_the_run_begins():
    """Three pieces with 20 min left, as a person writes them down."""
    start = """start_from:
  work: [{order: o, pieces: [1, 2, 3], operation: harden, machine: oven, left_min: 20}]
"""
    found = run("[{id: o, product: pin, quantity: 3}]", more=start)
    done = [r for r in found.log.pieces if (r.kind, r.place) == ("finished", "oven")]
    assert [r.time / 60.0 for r in done] == [20.0] * 3


def test_what_never_becomes_a_batch_is_named_and_a_horizon_waits_for_it():
    """A fourth pin lacks two others: said without a horizon, and an outcome with one."""
    lonely = "[{id: o, product: pin, quantity: 5}]"
    with pytest.raises(
        Deadlock, match=r"oven lacks 2 more for a batch of harden \(1 of at least"
    ):
        run(lonely, batch="{most: 4, least: 3}")
    found = run(lonely, batch="{most: 4, least: 3}", more="horizon: 10 h\n")
    assert found.kpis["good_pieces"].value == 4.0
    assert found.machines["oven"].shares["starved"] > 0.8


def test_who_waits_behind_a_batch_that_never_forms_is_in_the_circle():
    """Two kinds fill the places of the oven, and the saw stands before it with a third."""
    plant = """
plant: heat
machines: [{id: saw}, {id: oven, buffer: 0, batch: {most: 2, least: 2}}]
products:
"""
    for name in ("a", "b", "c"):
        plant += f"""
  - id: {name}
    route:
      - {{operation: cut, machines: [saw], duration_min: 1}}
      - {{operation: harden, machines: [oven], duration_min: 9}}
"""
    orders = "[{id: x, product: a}, {id: y, product: b}, {id: z, product: c}]"
    with pytest.raises(Deadlock, match="cycle: saw -> oven -> saw"):
        run(orders, plant=plant, more="horizon: 10 h\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kanban: 2, batch: {most: 3}", "kanban: cards and batches do not go together"),
        ("preempt: true, batch: {most: 3}", "preempt: a batch is not interrupted"),
        ("preset: generic-vmc-40, batch: {most: 3}", "batch: oven has a spindle"),
        ("batch: {most: 3, least: 4}", "batch: least must be at most 'most', 3 (got 4)"),
        ("batch: {most: 3, wait_min: 5}", "wait_min needs a least above 1"),
        ("batch: {least: 2}", "'most' is missing"),
        ("batch: {most: 3, same: colour}", "must be 'operation', 'family' or 'any'"),
    ],
)
def test_what_does_not_go_with_batches_is_refused_where_it_stands(line: str, said: str):
    """One clear line for each: cards, preemption, a spindle, numbers that contradict."""
    text = f"""
plant: heat
machines: [{{id: oven, {line}}}]
products: [{{id: p, route: [{{operation: a, machines: [oven], duration_min: 5}}]}}]
"""
    with pytest.raises(FileProblems) as caught:
        parse_plant(text)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


def test_plants_made_in_python_are_refused_alike():
    """A plan says where cards and batches meet, whoever made the plant."""
    model = parse_plant(PLANT)
    oven = replace(model.stations[0], kanban=3)
    with pytest.raises(InvalidInput, match=r"stations\.oven\.kanban: cards and batches"):
        plan_of(replace(model, stations=(oven, *model.stations[1:])))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("dispatching: sequence\nsequence: {oven: [o]}\n", "'oven' takes batches"),
        (
            "start_from: {work: [{order: o, pieces: [1, 2, 3, 4, 5], operation: harden, "
            "machine: oven}]}\n",
            "'oven' already holds 4 pieces, as many as go in",
        ),
        (
            "start_from: {work: [{order: o, piece: 1, operation: harden, machine: oven}, "
            "{order: o, piece: 2, operation: harden, machine: oven, left_min: 5}]}\n",
            "'oven' works on one operation at a time, with the same left for all",
        ),
    ],
)
def test_scenarios_that_no_batch_can_follow_are_refused(more: str, said: str):
    """A sequence of a machine with batches, more pieces in it than go in, or unlike ones."""
    with pytest.raises(FileProblems) as caught:
        run("[{id: o, product: pin, quantity: 9}]", more=more)
    assert said in str(caught.value)


def test_a_group_says_its_batch_once():
    """Another batch of another machine of the group is refused; given once, it is of both."""
    text = PLANT.replace("id: oven,", "id: oven, group: heat,").replace("[oven]", "[heat]")
    twice = "machines:\n  - {id: stove, group: heat, batch: {most: 2}}\n"
    with pytest.raises(FileProblems, match="the batch of group 'heat' is"):
        parse_plant(text.replace("machines:\n", twice, 1))
    once = parse_plant(
        text.replace("machines:\n", "machines:\n  - {id: stove, group: heat}\n", 1)
    )
    assert once.stations[0].batch == BatchSpec(4, 3, 1800.0)


def test_check_says_how_batches_are_taken_and_counts_full_ones():
    """100 pins are 25 batches of 60 min; the duration is that of a batch."""
    model = parse_plant(PLANT)
    scenario = parse_scenario(many(100, "48 h"), model)
    told = understand(model, scenario).text()
    assert "batches of 3 to 4 of one operation, of fewer after a wait of 30 min" in told
    assert "pin/harden on oven: 60.00 min for a batch of up to 4" in told
    assert "oven counts as with full batches of 4; smaller ones make it busier" in told
    found = precheck(model, scenario)
    oven = found.capacity.stations[0]
    assert oven.producing == pytest.approx(25 * 3600.0)
    assert found.as_dict()["batches"] == {"oven": 4}
    bound = next(row for row in found.expected if row.what == "lead time")
    assert bound.value == pytest.approx(70 * 60.0)  # A piece takes all the time of its batch.


def test_a_bulk_queue_is_foretold_and_others_are_not():
    """One oven with Poisson arrivals is M/M(a,b)/1; a wait or a second station is not."""
    text = """
plant: heat
machines: [{id: oven, batch: {most: 2}}]
products:
  - {id: p, route: [{operation: a, machines: [oven], duration: {exponential: {mean_s: 1}}}]}
sources: [{id: s, product: p, every: {exponential: {mean_s: 1}}}]
"""
    (station,) = precheck(parse_plant(text)).forecast.network.stations
    assert station.wait == pytest.approx(1.170820, abs=1e-6)
    waits = text.replace("{most: 2}", "{most: 2, least: 2, wait_min: 1}")
    assert precheck(parse_plant(waits)).forecast.said == (
        "no forecast of queues: at oven pieces wait for others to fill a batch and leave "
        "together, which the formulas for stations do not tell; runs do",
    )


def test_a_plant_with_batches_is_drawn_and_read_again():
    """Topology and blueprint keep the batch of a station."""
    model = parse_plant(PLANT)
    assert plant_of(topology(model)).stations == model.stations


def test_a_half_formed_batch_and_its_wait_go_through_json():
    """Cut while two of three wait: the branch begins the batch at the same instant."""
    model = parse_plant(PLANT)
    text = f"{{scenario: d, plant: heat, horizon: 4 h, orders: {released(0, 10)}}}"
    scenario = parse_scenario(text, model)
    original = begin(model, scenario)
    original.env.advance(15 * 60.0)
    saved = to_json(capture(original))
    branch = finish(resume(model, scenario, from_json(saved)))
    assert branch.stations["oven"].alarm is None
    whole = finish(original)
    assert first_difference(story(branch, 900.0), story(whole, 900.0)) == ""
    assert branch.record.machines["oven"].counts["good"] == 2.0


def test_a_batch_goes_on_in_a_plant_that_takes_one_piece_at_a_time():
    """Whatever a batch is now, what is in the machine is ended together."""
    model = parse_plant(PLANT)
    scenario = parse_scenario(many(7), model)
    living = begin(model, scenario)
    living.env.advance(1800.0)
    single = replace(
        model, stations=(replace(model.stations[0], batch=None), *model.stations[1:])
    )
    moved = onto(capture(living), single, old=model)
    assert "takes one piece at a time from now on" in str(moved.moves)
    branch = finish(resume(single, scenario, moved.snapshot))
    done = [r for r in branch.record.log.pieces if (r.kind, r.place) == ("finished", "oven")]
    assert [r.time for r in done].count(3960.0) == 4
    assert len({r.time for r in done}) == 4  # One batch of four, then three one by one.


def test_a_batch_whose_machine_is_gone_is_taken_apart():
    """Its pieces wait again, in the order in which they came."""
    plant = PLANT.replace("id: oven,", "id: oven, group: heat,").replace("[oven]", "[heat]")
    plant = plant.replace("machines:\n", "machines:\n  - {id: stove, group: heat}\n", 1)
    model = parse_plant(plant)
    scenario = parse_scenario(many(4), model)
    living = begin(model, scenario)
    living.env.advance(1800.0)
    (busy,) = living.batches
    fewer = model.without_machine(busy)
    moved = onto(capture(living), fewer, old=model)
    queue = moved.snapshot.states[" station heat"].queue
    assert len(queue) + len(moved.snapshot.states[" batches"]) == 4
    assert finish(resume(fewer, scenario, moved.snapshot)).book.all_finished


@pytest.mark.parametrize(
    ("batch", "more"),
    [
        ("{most: 4, least: 3, wait_min: 30}", "; from 00:32 on it begins with fewer"),
        ("{most: 4, least: 3, same: family, wait_min: 30}", "; from 00:32 on"),
        ("{most: 4, least: 3}", ""),
    ],
)
def test_a_batch_that_fills_is_the_reason(batch: str, more: str) -> None:
    """Two pieces of three are there: the oven does not wait for pieces that never came."""
    more_of = "start: 2026-01-05 00:00\nhorizon_h: 2"
    result = run(released(2, 7, 70), batch=batch, more=more_of)
    state = result.at("00:10")["oven"]["state"]
    assert state == "starved"
    (line,) = result.why("oven", "00:10").splitlines()
    assert "its batch is filling, 2 of at least 3 wait, " in line
    assert "since 00:02" in line
    assert more in line


def test_without_a_piece_there_no_batch_fills() -> None:
    """Before the first piece has come, the oven lacks pieces as any machine does."""
    result = run(released(20), more="start: 2026-01-05 00:00\nhorizon_h: 2")
    assert result.why("oven", "00:10").endswith("no piece has come.") or (
        "idle" in result.why("oven", "00:10")
    )
