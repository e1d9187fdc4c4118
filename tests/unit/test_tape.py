"""The tape: notes of all machines in a row, sorted when somebody reads."""

from __future__ import annotations

import gc
from array import array

from msgspec import structs

from simtwin.plant.files import load_with_plant
from simtwin.result.record import FULL, Log
from simtwin.shop.build import build
from simtwin.shop.passage import retold, told
from simtwin.shop.plan import plan_of
from simtwin.shop.program_states import Found, Passage
from simtwin.shop.tape import Tape
from simtwin.streams import Streams
from tests.benchmarks.plants import for_hours, workload


def test_notes_come_back_to_their_machine_in_order():
    """Whoever reads first, and whatever was noted in between."""
    tape = Tape()
    tape.note(1, ["a"], [1.0, 2.0])
    tape.note(0, ["b", "c"], [])
    tape.note(1, [], [3.0])
    assert tape.take(1) == [(["a"], array("d", [1.0, 2.0])), ([], array("d", [3.0]))]
    tape.note(0, ["d"], [4.0])
    assert tape.take(0) == [(["b", "c"], array("d")), (["d"], array("d", [4.0]))]
    assert tape.take(0) == tape.take(1) == []
    assert tape.kept == [([], array("d"))]


def test_many_notes_come_back_in_order_from_one_list_after_the_other():
    """More than one list holds; each note lies in one of them, whoever reads when."""
    tape, count = Tape(), 3 * FULL
    for number in range(count):
        tape.note(number % 2, [number], [float(number), -1.0])
    assert len(tape.kept) == 6
    for machine in (1, 0):
        found = tape.take(machine)
        assert [things for things, _ in found] == [[n] for n in range(machine, count, 2)]
        assert all(numbers == array("d", [n[0], -1.0]) for n, numbers in found)
    assert tape.kept == [([], array("d"))]


def test_rows_beyond_one_list_come_back_in_order():
    """Steps of pieces and stretches of machines, read twice and in between."""
    log = Log()
    for number in range(FULL):
        log.tell(float(number), f"job/{number}", "released", "mill")
        log.spend("mill", "idle", float(number), number + 1.0, "", "", "")
    assert [row.time for row in log.pieces] == [float(n) for n in range(FULL)]
    log.tell(5000.0, "job/last", "done", "mill")
    assert log.pieces[-1].job == "job/last"
    assert len(log.pieces) == FULL + 1
    assert [row.start for row in log.own_states] == [float(n) for n in range(FULL)]


def passages(tape: Tape) -> list[Passage]:
    """Return what the first machine has sent through programs."""
    return [
        retold(things, numbers, 5) for things, numbers in tape.take(0) if things[0] is not None
    ]


def test_a_passage_is_retold_as_it_was_told():
    """With the edge that it found in the spindle, and without one, bit for bit."""
    shop = build(plan_of(workload(1)), for_hours(workload(1), 2.0), Streams(1), log=True)
    shop.env.advance(7200.0)
    shop.machines["mill-1"].catch_up()
    (history,) = shop.record.log.history.values()
    tape = history.kept[1]
    seen = passages(tape)
    assert len(seen) >= 5
    for passage in seen:
        name, life, wear = passage.used[0]
        for one in (None, Found(name, life, wear)):
            state = structs.replace(
                shop.machines["mill-1"].state, clocks=passage.clocks,
                temperatures=passage.temperatures, damages=passage.damages,
            )  # fmt: skip
            piece = passage.job, passage.operation, passage.begin
            things, numbers = told(
                passage.program, piece, state, passage.used, one, passage.holds, passage.until
            )
            assert retold(things, numbers, 5) == structs.replace(passage, found=one)


def test_a_log_that_nobody_reads_leaves_little_to_look_at():
    """A piece leaves less than five values behind that the search for garbage visits."""
    shop = build(plan_of(workload(4)), for_hours(workload(4), 20.0), Streams(1), log=True)
    shop.env.advance(4 * 3600.0)
    gc.collect()
    before, made = len(gc.get_objects()), shop.record.plant.left
    shop.env.advance(20 * 3600.0)
    gc.collect(0)
    made = shop.record.plant.left - made
    assert made > 200
    assert len(gc.get_objects()) - before < 5 * made


def test_reading_between_two_windows_changes_no_row():
    """What was read early and what was not are the same in the end."""
    rows = []
    for early in (False, True):
        model, scenario = load_with_plant("day_shift")
        shop = build(plan_of(model), scenario, Streams(scenario.seed), log=True)
        shop.env.advance(7200.0)
        log = shop.record.log
        if early:
            assert len(log.history["mill-2"].rows) > 0
            assert log.own_states
        shop.env.advance(28800.0)
        rows.append((log.states, log.events, {n: h.rows for n, h in log.history.items()}))
    assert rows[0] == rows[1]


def test_a_machine_of_a_large_plant_knows_no_product_that_it_never_sees():
    """What a plan keeps grows with machines and products, not with their product."""
    plan = plan_of(workload(30))
    for machine in plan.machines.values():
        known = {name for table in (machine._products, machine._families) for name in table}
        assert known <= {f"of-{machine.spec.name}"}
