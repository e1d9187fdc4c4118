"""Tests of the reasons: each late order told of a run in which it is late, with its chain."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.cli.question import Beside, because_of
from simtwin.errors import InvalidInput
from simtwin.orchestrator.again import again
from simtwin.orchestrator.reasons import reasons
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.report import tables
from simtwin.report.answer import reasons as as_plain
from simtwin.report.page import html
from simtwin.result.lateness import Lateness
from simtwin.result.moment import seconds_of
from tests.small import PLANT, PLANT_FILE, QUICK, SHIFT_FILE


@pytest.fixture(scope="module")
def many():
    """Sixteen replications, in some of which the first order is late for a failed pump."""
    return replicate(PLANT, QUICK, 16, seed=3)


def test_every_order_that_is_late_somewhere_has_a_reason(many):
    """Also one that is not late in the first replication; told of a run in which it is."""
    found = reasons(many)
    late = {
        row.order for one in many.outcomes for row in one.orders if row.late(one.end)
    }  # fmt: skip
    assert {one.order for one in found} == late
    for one in found:
        outcome = many.outcomes[one.replication]
        row = next(row for row in outcome.orders if row.order == one.order)
        assert row.late(outcome.end)
        assert one.late_in == round(many.n * many.late(one.order).value)
        run = simulate(PLANT, QUICK, seed=3, replication=one.replication)
        assert one.why == run.frame("orders").set_index("order")["why"][one.order]


def test_few_runs_are_made_again(many):
    """No more than asked; orders that these do not cover are left out."""
    assert reasons(many, most=0) == ()
    assert len({one.replication for one in reasons(many, most=1)}) == 1


def test_a_run_is_made_again_or_not_at_all(many):
    """What comes out otherwise than it was is not told as if it were the same run."""
    assert (
        again(many, 5)
        .frame("states")
        .equals(simulate(PLANT, QUICK, seed=3, replication=5).frame("states"))
    )
    assert again(many, 0) is many.first
    assert again(many, 99) is None
    odd = replace(many, outcomes=tuple(replace(o, failures={"m1": 9.0}) for o in many.outcomes))
    assert again(odd, 5) is None
    other = (PLANT, replace(QUICK, horizon=None, orders=()))
    assert again(replace(many, question=other), 5) is None
    assert all(one.replication == 0 for one in reasons(odd))


def test_the_table_and_the_page_tell_them(many):
    """The reason stands in the row of its order; the chain of events below the table."""
    found = reasons(many)
    table = tables.orders(many, found)
    assert table.columns[-1] == "reason, in a run in which it is late"
    assert {row[0]: row[-1] for row in table.rows}["first"] == next(
        one.why for one in found if one.order == "first"
    )
    lines = tables.chains(found)
    assert all(" -> " in line for line in lines)
    page = html(many)
    assert all(line.split(" -> ")[0].split(": ")[0] in page for line in lines)


def test_the_command_tells_them(many, tmp_path, monkeypatch):
    """`run` has the reasons, also as JSON; a stop while they are looked for costs only them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(PLANT_FILE, "utf-8")
    (tmp_path / "day.yaml").write_text(SHIFT_FILE.replace("plant: two", "plant: two.yaml"))
    asked = ["run", "day.yaml", "-n", "8", "--workers", "1", "--json"]
    done = json.loads(CliRunner().invoke(app, asked).stdout)
    assert {one["order"] for one in done["reasons"]} >= {"second"}
    assert as_plain(many.reasons())[0].keys() == done["reasons"][0].keys()

    def stop(_: object, guard: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simtwin.orchestrator.reasons.reasons", stop)
    for seconds in (None, 1e-9):
        beside = Beside(stopped=False)
        assert beside.ask(partial(because_of, many, seconds), anyway=True) is None
        assert beside.stopped
        monkeypatch.undo()
    assert because_of(many.first) == ()


def test_what_a_plain_plant_does_not_know_is_left_out(many):
    """Energy, trips and tools of plain machines are not zero but unknown."""
    named = {row[0] for row in tables.kpis(many).rows}
    assert {"good pieces", "failures"} <= named
    assert not named & {"energy", "energy per piece", "thermal trips", "tool changes"}


def test_stops_of_one_cause_are_told_together():
    """A machine that failed often is told with all of it; one stop as it was."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: a}]\nproducts:\n"
        "  - {id: p, route: [{operation: o, machines: [a], duration_min: 5}]}\n"
    )
    told = []
    for times in (["06:10"], ["06:10", "07:00", "08:00"]):
        events = ", ".join(
            f"{{at: '{at}', machine: a, do: breakdown, for: 30 min}}" for at in times
        )
        scenario = parse_scenario(
            "scenario: s\nplant: p\nstart: 2026-01-05 06:00\n"
            "orders: [{id: x, product: p, quantity: 24, due: '07:30'}]\n"
            f"events: [{events}]\n",
            plant,
        )
        told.append(simulate(plant, scenario).frame("orders")["why"][0])
    assert "a was stopped 30 min (" in told[0]
    assert "a was stopped 3 times, 1.5 h in all (" in told[1]


def test_scrap_that_made_an_order_late_is_the_reason():
    """The edge that broke, the piece it cost, and how long its replacement took (shipped)."""
    run = simulate(*load_with_plant("one_machine"))
    why = run.frame("orders").set_index("order")["why"]["brackets-1"]
    assert why == (
        "mill-1/end-mill#1 broke at 07:05 and scrapped brackets-1/11; its replacement "
        "brackets-1/19 was finished 2.9 h later, having waited 2.8 h at mill-1, the others by "
        "07:48"
    )
    chain = run.chain(order="brackets-1").text()
    assert chain.startswith("mill-1 scraps brackets-1/11: mill-1/end-mill#1 broke 07:05 -> ")
    assert "brackets-1 late by 2.0 h: its replacement brackets-1/19 was finished" in chain
    plant, shift = load_with_plant("day_shift")
    run = simulate(plant, shift, replication=10)
    why = run.frame("orders").set_index("order")["why"]["housing-2"]
    assert why.startswith("mill-2/drill-iron#1 broke at 07:48 and scrapped housing-2/11; its")


SCRAPPING = """
plant: scrapping
machines: [{id: saw}]
products:
  - {id: a, route: [{operation: cut, machines: [saw], duration_min: 1, scrap: 0.3}]}
"""


def scrapping(due_min: float, horizon: str = ""):
    """Return a run in which pieces are judged as scrap, and why it says that it is late."""
    plant = parse_plant(SCRAPPING)
    scenario = parse_scenario(
        f"scenario: s\nplant: scrapping\nstart: 2026-01-05 06:00\n{horizon}"
        f"orders: [{{id: o, product: a, quantity: 10, due_min: {due_min}}}]\n",
        plant,
    )
    run = simulate(plant, scenario, seed=2)
    return run, run.frame("orders")["why"][0]


def test_scrap_is_the_reason_only_where_all_else_was_in_time():
    """Pieces that replace none end after 10 min; an order due before is late without scrap."""
    run, why = scrapping(10.5)
    gone = [row for row in run.log.pieces if row.kind == "scrapped"]
    last = max((row for row in run.log.pieces if row.kind == "done"), key=lambda row: row.time)
    scrap = gone[int(last.job.partition("/")[2]) - 11]
    assert why.startswith(f"{scrap.job} was scrapped at saw at 06:")
    assert f"its replacement {last.job} was finished" in why
    _, early = scrapping(5.0)
    assert "replacement" not in early
    _, still = scrapping(10.2, "horizon_min: 10.3\n")
    assert "was still open at the end" in still
    _, missing = scrapping(5.2, "horizon_min: 5.3\n")
    assert "replacement" not in missing


@pytest.mark.parametrize("time", ["25:00", "10:61", "30:00", "Tue 24:00", "10:30:61"])
def test_a_time_that_no_clock_shows_is_refused(time: str):
    """An hour above 23 or a minute above 59 is a slip, and no time of the next day."""
    with pytest.raises(InvalidInput, match=r"must be a time of day from 00:00 to 23:59 \(got"):
        seconds_of(time, "2026-01-05T06:00:00")


def test_a_date_that_there_is_not_is_refused():
    """A year has twelve months."""
    with pytest.raises(InvalidInput, match=r"there is no such day \(got '2026-13-05 10:00'\)"):
        seconds_of("2026-13-05 10:00", "2026-01-05T06:00:00")


ONE_MACHINE = """
plant: one
machines: [{id: m1}]
products: [{id: a, route: [{operation: o1, machines: [m1], duration_min: 6}]}]
"""


def _why_late(orders: str, events: str = "[]") -> str:
    plant = parse_plant(ONE_MACHINE)
    text = "scenario: s\nplant: one\nstart: 2026-01-05 06:00\nhorizon: 4 h\n"
    run = simulate(plant, parse_scenario(f"{text}orders: {orders}\nevents: {events}", plant))
    return Lateness(run).why(run.window.orders[0])


def test_a_stop_that_lasts_at_the_end_is_a_reason():
    """A machine that is stopped and never started again is why its pieces wait."""
    stop = '[{at: "06:10", machine: m1, do: stop}]'
    told = _why_late('[{id: x, product: a, quantity: 10, due: "08:00"}]', stop)
    assert "m1 was stopped 3.8 h (stopped by operator)" in told
    again = '{at: "07:20", machine: m1, do: stop}'
    twice = f'[{{at: "06:10", machine: m1, do: stop, for: 60 min}}, {again}]'
    told = _why_late('[{id: x, product: a, quantity: 10, due: "08:00"}]', twice)
    assert "m1 was stopped 2 times, 3.7 h in all (stopped by operator)" in told


def test_a_release_after_the_due_time_is_a_reason():
    """What is released an hour late is not late by its own work."""
    told = _why_late('[{id: x, product: a, release: "09:00", due: "08:00"}]')
    assert told == "it is only released at 09:00, 60 min after its due time"


def test_what_is_open_at_the_end_and_due_then_is_late():
    """Windows are closed on the right (KERNEL 2): what is done at 10:00 is in time."""
    plant = parse_plant(ONE_MACHINE)
    text = "scenario: s\nplant: one\nstart: 2026-01-05 06:00\nhorizon: 4 h\n"
    orders = (
        '[{id: x, product: a, quantity: 40, due: "10:00"}, {id: y, product: a, due: "10:00"}]'
    )
    run = simulate(plant, parse_scenario(f"{text}orders: {orders}\n", plant))
    assert [row.late(run.end) for row in run.window.orders] == [False, True]
    assert run.kpis["late_orders"].value == 1
    assert [row.tardiness(run.end) for row in run.window.orders] == [0.0, 0.0]
    assert "open when due" in str(tables.orders(run).rows)


def test_what_was_due_before_the_run_begins_is_late_for_that():
    """Of a shop that is taken over nobody knows here when its orders were released."""
    told = _why_late("[{id: x, product: a, quantity: 2, due_h: -1.5}]")
    assert told.startswith("it was due at 04:30, before the run begins; ")
