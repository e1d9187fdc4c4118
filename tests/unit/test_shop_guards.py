"""Runs that cannot go on, and questions that cannot be asked, are refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtwin.errors import (
    Deadlock,
    FileProblems,
    GuardExceeded,
    InvalidInput,
    UnknownSnapshot,
    Zeno,
)
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.life import Fixed
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.shop.build import build
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams

CROSSING = """
plant: crossing
machines: [{id: m1, buffer: 0}, {id: m2, buffer: 0}, {id: m3}]
products:
  - id: there
    route:
      - {operation: first, machines: [m1], duration_s: 10}
      - {operation: second, machines: [m2], duration_s: 10}
  - id: back
    route:
      - {operation: first, machines: [m2], duration_s: 10}
      - {operation: second, machines: [m1], duration_s: 10}
  - id: aside
    route: [{operation: only, machines: [m3], duration_s: LENGTH}]
"""

TWO_WAYS = "  - {id: one, product: there}\n  - {id: two, product: back}\n"

STREAM = """
plant: stream
machines: [{id: m1}]
products: [{id: part, route: [{operation: op, machines: [m1], duration_s: 1}]}]
sources: [{id: bars, product: part, every_s: 2}]
"""


def crossing(length=5.0):
    """Return two machines without buffers whose products go opposite ways, and a third."""
    return parse_plant(CROSSING.replace("LENGTH", str(length)))


def shift(plant, orders="", end="", more=""):
    """Return a scenario of *orders* on *plant*."""
    asked = f"orders:\n{orders}" if orders else ""
    return parse_scenario(f"scenario: s\nplant: {plant.name}\n{end}{more}{asked}", plant)


@pytest.mark.parametrize("end", ["", "horizon_h: 1\n"])
def test_a_deadlock_is_raised_at_once_and_names_its_cycle(end):
    """m1 waits for m2, which waits for m1: said at 10 s, with the cycle (KERNEL 29)."""
    plant = crossing()
    with pytest.raises(Deadlock) as caught:
        simulate(plant, shift(plant, TWO_WAYS, end))
    message = str(caught.value)
    assert message.startswith("deadlock at 10 s, 06:00: 2 pieces are open (0 in queues)")
    assert "m1 is blocked by m2; m2 is blocked by m1" in message
    assert "cycle: m1 -> m2 -> m1" in message


def test_a_circle_is_named_when_it_closes_whatever_else_goes_on():
    """While a third machine works, a release or an act is to come: said at 10 s (KERNEL 29)."""
    plant = crossing(600.0)
    three = TWO_WAYS + "  - {id: three, product: aside}\n"
    late = TWO_WAYS + "  - {id: three, product: aside, release_s: 50}\n"
    act = "events: [{at_s: 90, machine: m1, do: breakdown, for_min: 1}]\n"
    for orders, end, more in ((three, "", ""), (late, "horizon_h: 1\n", ""), (three, "", act)):
        with pytest.raises(Deadlock) as caught:
            simulate(plant, shift(plant, orders, end, more))
        message = str(caught.value)
        assert message.startswith("deadlock at 10 s, 06:00: 2 pieces are open (0 in queues)")
        assert message.endswith("; cycle: m1 -> m2 -> m1")
        assert ("1 more is elsewhere" in message) is (orders is three)


SWAPPED = "dispatching: sequence\nsequence: {m1: [two, one], m2: [one, two]}\n"
"""Each machine is to begin with the piece that the other has to do first."""


def test_a_sequence_that_waits_for_itself_is_named_with_its_cycle():
    """m1 waits for two, which waits at m2, which waits for one, which waits at m1."""
    plant = crossing()
    with pytest.raises(Deadlock) as caught:
        simulate(plant, shift(plant, TWO_WAYS, more=SWAPPED))
    message = str(caught.value)
    assert message.startswith("deadlock at 0 s, 06:00: 2 pieces are open (2 in queues)")
    assert "m1 waits for two, which waits at m2; m2 waits for one, which waits at m1" in message
    assert message.endswith("; cycle: m1 -> m2 -> m1")


def test_a_sequence_that_waits_for_what_is_finished_says_so():
    """m1 is to do one twice, and one has a single piece."""
    plant = crossing()
    orders = "  - {id: one, product: there}\n  - {id: two, product: there}\n"
    twice = "dispatching: sequence\nsequence: {m1: [one, one]}\n"
    with pytest.raises(Deadlock, match=r"20 s, 06:00: .*m1 waits for one, which is finished"):
        simulate(plant, shift(plant, orders, more=twice))


def test_a_deadlock_without_a_circle_of_machines_waits_until_nothing_else_can_happen():
    """While a third machine works, or a release is to come, something may still happen."""
    plant = crossing(600.0)
    three = TWO_WAYS + "  - {id: three, product: aside}\n"
    with pytest.raises(Deadlock, match="deadlock at 600 s"):
        simulate(plant, shift(plant, three, more=SWAPPED))
    late = TWO_WAYS + "  - {id: three, product: aside, release_s: 50}\n"
    with pytest.raises(Deadlock, match="deadlock at 650 s"):
        simulate(plant, shift(plant, late, more=SWAPPED))


def test_a_circle_is_named_with_its_date():
    """The order of 31 days later has nothing to do with it: Tue 06:00:10, and only there."""
    plant = crossing()
    day = "  - {id: one, product: there, release_h: 24}\n"
    orders = day + "  - {id: two, product: back, release_h: 24}\n"
    orders += "  - {id: three, product: aside, release_h: 744}\n"
    told = r"deadlock at 86410 s, Tue 06:00: 2 pieces .* no event after Tue 06:00 can release"
    with pytest.raises(Deadlock, match=told):
        simulate(plant, shift(plant, orders, more="start: 2026-01-05 06:00\n"))


def test_who_waits_for_a_machine_that_is_down_is_no_circle():
    """m2 is down when m1 comes to wait for it, and goes on: nothing is locked."""
    plant = crossing()
    act = "events: [{at_s: 5, machine: m2, do: breakdown, for_min: 1}]\n"
    orders = "  - {id: one, product: there, quantity: 3}\n"
    run = simulate(plant, shift(plant, orders, more=act))
    assert run.kpis["makespan"].value == 95  # Three of 10 s, from 65 s on.


def test_shifts_that_go_on_do_not_hide_a_deadlock():
    """Both machines are on shift and wait for each other: said at 10 s (KERNEL 29)."""
    week = '"06:00-14:00", "15:00-22:00"'
    text = CROSSING.replace("LENGTH", "5") + (
        f"calendars: [{{id: two, week: {{mon-sun: [{week}]}}}}]\ncalendar: two\n"
    )
    plant = parse_plant(text)
    with pytest.raises(Deadlock, match=r"deadlock at 10 s, 06:00: .*; cycle: m1 -> m2 -> m1"):
        simulate(plant, shift(plant, TWO_WAYS, more="start: 2026-01-05 06:00\n"))


def test_who_holds_releases_with_nothing_to_release_hides_no_deadlock():
    """The next shift of an empty machine lets nobody go on, whatever it would hold."""
    text = CROSSING.replace("LENGTH", "5").replace(
        "{id: m3}", "{id: m3, calendar: day, at_shift_end: hold release}"
    )
    plant = parse_plant(text + "calendars: [{id: day, week: {mon-sun: ['06:00-14:00']}}]\n")
    with pytest.raises(Deadlock, match=r"deadlock at 10 s, 06:00: .*; cycle: m1 -> m2 -> m1"):
        simulate(plant, shift(plant, TWO_WAYS), max_events=1000)


def test_a_run_that_goes_on_when_all_is_finished_stands_still():
    """From the snapshot of its end nothing is left to do, whatever calendars go on."""
    text = CROSSING.replace("LENGTH", "5") + (
        "calendars: [{id: day, week: {mon-sun: ['06:00-14:00']}}]\ncalendar: day\n"
    )
    plant = parse_plant(text)
    orders = "  - {id: one, product: there}\n"
    scenario = shift(plant, orders, more="start: 2026-01-05 06:00\n")
    ended = simulate(plant, scenario)
    again = simulate(plant, scenario, snapshot=ended.snapshot)
    assert (ended.window.end, again.window.end) == (20.0, 20.0)
    assert again.snapshot == ended.snapshot


def test_a_buffer_slot_resolves_the_deadlock():
    """One slot between is enough for the crossing pair."""
    plant = parse_plant(
        CROSSING.replace("LENGTH", "5").replace("id: m1, buffer: 0", "id: m1, buffer: 1")
    )
    run = simulate(plant, shift(plant, TWO_WAYS))
    assert run.kpis["makespan"].value == 20


def test_a_deadlock_in_a_replication_names_it():
    """Which replication and seed: so it can be run alone."""
    plant = parse_plant(
        CROSSING.replace("LENGTH", "5").replace(
            "machines: [m1], duration_s: 10",
            "machines: [m1], duration: {uniform: {low_s: 1, high_s: 9}}",
        )
    )
    apart = "  - {id: one, product: there}\n  - {id: two, product: back, release_s: 5}\n"
    with pytest.raises(Deadlock, match=r"replication \d+, seed 1: deadlock at"):
        replicate(plant, shift(plant, apart), 40, workers=1)


def test_a_machine_that_is_stopped_for_good():
    """With a horizon a stopped machine is an outcome; without one the run can never end."""
    plant = crossing()
    orders = "  - {id: three, product: aside}\n"
    stop = "events: [{at_s: 2, machine: m3, do: stop}]\n"
    run = simulate(plant, shift(plant, orders, "horizon_s: 100\n", stop))
    assert run.at(50.0)["m3"]["state"] == "down"
    assert run.at(50.0)["m3"]["cause"] == "stopped by operator"
    with pytest.raises(Deadlock, match="m3 is down \\(stopped by operator\\)"):
        simulate(plant, shift(plant, orders, "", stop))


def test_time_that_does_not_go_on():
    """A source without pause, or a piece without work, makes events without end (KERNEL 29)."""
    with pytest.raises(FileProblems, match="pieces must not come all at once"):
        parse_plant(STREAM.replace("every_s: 2", "every_s: 0"))
    plant = parse_plant(STREAM)
    ceaseless = replace(plant, sources=(replace(plant.sources[0], interarrival=Fixed(0.0)),))
    with pytest.raises(Zeno, match="events at the one instant 0 s: time does not go on"):
        simulate(ceaseless, shift(ceaseless, end="horizon_s: 10\n"))
    step = replace(plant.products[0].operations[0].steps[0], duration=Fixed(0.0))
    operation = replace(plant.products[0].operations[0], steps=(step,))
    empty = replace(
        plant,
        products=(replace(plant.products[0], operations=(operation,)),),
        sources=(replace(plant.sources[0], interarrival=None),),
    )
    with pytest.raises(Zeno, match="comes round at that instant: m1 \\(producing"):
        simulate(empty, shift(empty, end="horizon_s: 10\n"))


def test_many_events_at_one_instant_are_no_zeno():
    """A release of 2,000 pieces at once is a big order, not a circle."""
    plant = crossing(1.0)
    run = simulate(plant, shift(plant, "  - {id: big, product: aside, quantity: 2000}\n"))
    assert run.kpis["makespan"].value == 2000


def test_the_guard_of_events():
    """A run stops at the caller's number of events, looked at every 4,096 (RunFailed)."""
    plant = parse_plant(STREAM)
    scenario = shift(plant, end="horizon_h: 100\n")
    with pytest.raises(GuardExceeded, match=r"allows \(5000\); it is \d\d:\d\d in"):
        simulate(plant, scenario, max_events=5000, history=False)
    with pytest.raises(GuardExceeded):
        replicate(plant, scenario, 2, workers=1, max_events=5000)


def test_a_large_order_is_released_in_time_that_grows_with_it():
    """A hundred thousand pieces at one instant: a second or so, then the guard of events."""
    plant = parse_plant(STREAM.replace("sources: [{id: bars, product: part, every_s: 2}]", ""))
    large = shift(plant, "  - {id: o, product: part, quantity: 100000}\n")
    with pytest.raises(GuardExceeded, match=r"more than max_events allows \(300\)"):
        simulate(plant, large, max_events=300, history=False)
    living = build(plan_of(plant), large, Streams(1), log=False)
    living.env.advance(0.0)
    queue = living.stations["m1"].state.queue
    assert queue == tuple(f"o/{number}" for number in range(2, 100001))


def test_the_guard_is_asked_while_an_order_chooses_its_way():
    """With alternatives each piece looks at the work ahead of all: the guard may stop that."""
    text = STREAM.replace("{id: m1}", "{id: m1}, {id: m2}").replace("[m1]", "[m1, m2]")
    plant = parse_plant(text.replace("sources: [{id: bars, product: part, every_s: 2}]", ""))
    asked = 0

    def guard():
        nonlocal asked
        asked += 1
        if asked > 10:
            raise GuardExceeded("enough")

    with pytest.raises(GuardExceeded, match="enough"):
        simulate(
            plant,
            shift(plant, "  - {id: o, product: part, quantity: 100000}\n"),
            guard=guard,
            history=False,
        )


def test_a_guard_ends_a_run_with_the_instant_at_hand():
    """What there is until then is a result, partial, and a snapshot that goes on (KERNEL 2)."""
    plant = parse_plant(STREAM)
    asked = shift(plant, end="horizon_h: 2\n")
    stopped = simulate(plant, asked, guard=lambda: True)
    assert stopped.partial
    assert 0.0 < stopped.end < 7200.0
    assert stopped.kpis["good_pieces"].value > 10
    whole, rest = simulate(plant, asked), simulate(plant, asked, snapshot=stopped.snapshot)
    assert not whole.partial
    assert rest.snapshot.states == whole.snapshot.states
    warm = shift(plant, end="horizon_h: 2\nmeasure_from_h: 1\n")
    with pytest.raises(KeyboardInterrupt, match="before measure_from"):
        simulate(plant, warm, guard=lambda: True)


def test_the_guard_of_the_caller():
    """What the caller's guard raises comes through; the first replication too."""

    class Late(Exception):
        pass

    def guard():
        raise Late

    plant = parse_plant(STREAM)
    with pytest.raises(Late):
        simulate(plant, shift(plant, end="horizon_h: 100\n"), guard=guard, history=False)


def test_a_run_needs_an_end():
    """With a source there is always more to make, so a horizon must be given."""
    plant = parse_plant(STREAM)
    with pytest.raises(FileProblems, match="needs a horizon: the plant's sources never end"):
        shift(plant)
    endless = replace(shift(plant, end="horizon_s: 1\n"), horizon=None)
    with pytest.raises(InvalidInput, match="horizon is missing"):
        simulate(plant, endless)


def test_a_snapshot_belongs_to_its_plant_and_window():
    """A snapshot of another plant is refused, and a warm-up that its run did not have."""
    plant, other = parse_plant(STREAM), crossing()
    snapshot = simulate(plant, shift(plant, end="horizon_s: 50\n")).snapshot
    with pytest.raises(UnknownSnapshot, match="of plant 'stream', not of 'crossing'"):
        simulate(other, shift(other, TWO_WAYS), snapshot=snapshot)
    late = shift(plant, end="horizon_s: 100\nmeasure_from_s: 20\n")
    with pytest.raises(
        InvalidInput, match="measure_from 20 s lies before the snapshot at 50 s, and the run"
    ):
        simulate(plant, late, snapshot=snapshot)


def test_a_snapshot_does_not_go_back_in_time():
    """An end before the snapshot is refused, whoever asks for it; its own instant is none."""
    plant = parse_plant(STREAM)
    snapshot = simulate(plant, shift(plant, end="horizon_s: 50\n")).snapshot
    told = r"goes on from its snapshot at 50 s and cannot end before it \(got 10 s\)"
    with pytest.raises(InvalidInput, match=told):
        simulate(plant, shift(plant, end="horizon_s: 90\n"), snapshot=snapshot, until=10.0)
    shorter = shift(plant, end="horizon_s: 10\n")
    with pytest.raises(InvalidInput, match=told):
        simulate(plant, shorter, snapshot=snapshot)
    with pytest.raises(InvalidInput, match=told):
        simulate(plant, shorter, snapshot=snapshot, forecast=True)
    same = simulate(plant, shift(plant, end="horizon_s: 90\n"), snapshot=snapshot, until=50.0)
    assert same.end == 50
    assert same.snapshot.states == snapshot.states


def test_a_snapshot_keeps_its_seed():
    """Another seed or replication is refused, not ignored; a forecast takes it."""
    plant = parse_plant(STREAM)
    asked = shift(plant, end="horizon_s: 90\n")
    snapshot = simulate(plant, asked, seed=4, until=50.0).snapshot
    with pytest.raises(InvalidInput, match=r"own luck, seed 4 replication 0 \(got 9 and 0\)"):
        simulate(plant, asked, seed=9, snapshot=snapshot)
    with pytest.raises(InvalidInput, match=r"own luck, seed 4 replication 0 \(got 4 and 2\)"):
        simulate(plant, asked, replication=2, snapshot=snapshot)
    assert simulate(plant, asked, snapshot=snapshot).seed == 4
    assert simulate(plant, asked, seed=4, snapshot=snapshot).seed == 4
    assert simulate(plant, asked, seed=9, snapshot=snapshot, forecast=True).seed == 9


def test_questions_that_a_run_cannot_answer():
    """No log, an instant outside, an unknown machine: each says what would be right."""
    plant = parse_plant(STREAM)
    scenario = shift(plant, end="horizon_s: 50\n")
    run = simulate(plant, scenario)
    with pytest.raises(InvalidInput, match="the run goes from 0 to 50 s"):
        run.at(51.0)
    with pytest.raises(InvalidInput, match="no machine is called 'm9'; there are m1"):
        run.why("m9", 1.0)
    with pytest.raises(InvalidInput, match="no frame is called 'gantt'"):
        run.frame("gantt")
    with pytest.raises(InvalidInput, match="kept no log"):
        simulate(plant, scenario, history=False).at(1.0)


NEVER_GOOD = """
plant: never
machines: [{id: m1%s}]
products: [{id: a, route: [{operation: o1, machines: [m1], duration_min: 1, scrap: %s}]}]
"""
ORDERED = """
scenario: ordered
plant: never
start: 2026-01-05 06:00
orders: [{id: x, product: a, quantity: 100}]
"""
DEAD_AT_ONCE = (
    ", failures: [{id: f, clock: processing, life: {fixed: {value_h: 0}}, repair_min: 20}]"
)


def test_an_order_that_nothing_good_is_made_for_is_refused():
    """Scrap of all pieces is named where the order stands, not run for ever (KERNEL 29)."""
    model = parse_plant(NEVER_GOOD % ("", "1.0"))
    with pytest.raises(InvalidInput, match=r":5:27 orders\[0\]\.product: no piece of 'a' ends"):
        parse_scenario(ORDERED, model)
    some = parse_plant(NEVER_GOOD % ("", "0.5"))
    with pytest.raises(InvalidInput, match="order x would never be finished: no piece of 'a'"):
        simulate(model, parse_scenario(ORDERED, some))
    with pytest.raises(
        InvalidInput, match=r":3:65 machines\[0\]\.failures\[0\]\.life: a life must"
    ):
        parse_plant(NEVER_GOOD % (DEAD_AT_ONCE, "0"))


def test_a_shop_that_comes_no_nearer_to_its_end_is_named(monkeypatch: pytest.MonkeyPatch):
    """Where something always happens and nothing is finished, the run says so and ends."""
    monkeypatch.setattr("simtwin.shop.patience.YEAR", 86400.0)
    model = parse_plant(NEVER_GOOD % ("", "0.999999"))
    scenario = parse_scenario(ORDERED, model)
    with pytest.raises(Deadlock, match=r"no piece was .* open are x \(0 of 100 .* scrapped\)"):
        simulate(model, scenario, seed=1, history=False)
    asked = []
    with pytest.raises(Deadlock, match="never be finished"):
        simulate(model, scenario, seed=1, history=False, guard=lambda: asked.append(1))
    assert asked, "the caller's guard is asked as well"
    ended = simulate(model, replace(scenario, horizon=2 * 86400.0), seed=1)
    assert ended.end == 2 * 86400.0, "with a horizon it is a run like others"
