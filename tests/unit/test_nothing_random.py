"""Tests of plans in which nothing is random: one run says it all (STATISTICS 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import simtwin as st
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.sweep import sweep
from simtwin.parts.tool import drawn_edge
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import sweep as told_sweep
from simtwin.report import tables
from simtwin.report.answer import answer
from simtwin.report.page import html
from simtwin.report.verdict import NOTHING_RANDOM, verdict
from simtwin.result.ensemble import random
from simtwin.result.gate import Gate
from simtwin.result.judgement import judged

PLANT = """
plant: clockwork
machines:
  - {id: saw, failures: [$FAILURE]}
  - {id: mill, buffer: 4}
transport: {time_min: 2}
products:
  - id: part
    route:
      - {operation: cut, machines: [saw], duration_min: 5}
      - {operation: mill, machines: [mill], $TAKES}
sources: [{id: extra, product: part, every_min: 90}]
"""

DAY = """
scenario: day
plant: clockwork
start: 2026-01-05 06:00
horizon: 8 h
orders:
  - {id: early, product: part, quantity: 10, due: "09:00"}
  - {id: late, product: part, quantity: 10, due: "08:00"}
$MORE
"""

FIXED_LIFE = "{id: blade, clock: calendar, life_h: 3, repair_min: 10}"
LUCKY_LIFE = "{id: blade, clock: calendar, life: {exponential: {mean_h: 9000}}, repair_min: 10}"


def clockwork(takes: str = "duration_min: 7", failure: str = FIXED_LIFE, more: str = "") -> Any:
    """Return a plant of two machines, ways, arrivals, a failure, and a day of it."""
    plant = parse_plant(PLANT.replace("$TAKES", takes).replace("$FAILURE", failure))
    return plant, parse_scenario(DAY.replace("$MORE", more), plant)


@pytest.fixture(scope="module")
def ensemble() -> Any:
    """Four runs of the day, in which all is fixed: durations, ways, arrivals, life, repair."""
    return replicate(*clockwork(), 4, workers=1)


def test_what_is_fixed_draws_nothing(ensemble: Any) -> None:
    """No stream is taken from, so nothing in the files can have any luck."""
    run = simulate(*clockwork())
    assert run.snapshot.counts == {}
    assert run.kpis["failures"].value > 0.0
    assert not run.drawn
    assert not ensemble.drawn


def test_no_interval_pretends_a_chance(ensemble: Any) -> None:
    """P(late) is exactly 0 or 1, and every figure is its own interval."""
    found = {order: ensemble.late(order) for order in ("early", "late")}
    assert [str(found[order]) for order in ("early", "late")] == ["0 %", "100 %"]
    assert all(one.low == one.value == one.high for one in found.values())
    for name, kpi in ensemble.kpis.items():
        assert kpi.value.low == kpi.value.high == ensemble.outcomes[0].kpis[name]
        assert kpi.value.method == "nothing random"
    tail = ensemble.quantile("lead_time", 0.9), ensemble.cvar("lead_time")
    assert all(one.low == one.value == one.high for one in tail)
    assert str(ensemble.probability("good_pieces > 0")) == "100 %"
    (held,) = judged([Gate.parse("p_late(early) > 0")], ensemble)
    assert not held.tripped
    assert str(held.found) == "0 %"


def test_text_json_and_page_say_it(ensemble: Any) -> None:
    """The head of each answer says that one run says it all; no table has an "at most"."""
    assert NOTHING_RANDOM in verdict(ensemble).basis
    assert "late is finished at" in verdict(ensemble).sentence
    assert {row[4] for row in tables.orders(ensemble).rows} == {"0 %", "100 %"}
    plain = answer(ensemble)
    assert plain["random"] is False
    assert NOTHING_RANDOM in plain["basis"]
    assert {row["p_late_low"] for row in plain["orders"]} == {0.0, 1.0}
    page = html(ensemble)
    assert NOTHING_RANDOM in page
    assert "at most 53 %" not in page


def test_a_single_run_says_it_too() -> None:
    """One observation is the answer where nothing else can happen."""
    assert verdict(simulate(*clockwork())).basis == f"one run (seed 1), {NOTHING_RANDOM}"


def test_it_is_kept_in_a_saved_run(ensemble: Any, tmp_path: Any) -> None:
    """An answer that is opened again says the same."""
    again = st.open(ensemble.save(tmp_path / "saved"))
    assert not again.drawn
    assert verdict(again) == verdict(ensemble)


@pytest.mark.parametrize(
    ("takes", "failure", "more"),
    [
        ("duration: {uniform: {low_min: 6, high_min: 8}}", FIXED_LIFE, ""),
        ("duration_min: 7", LUCKY_LIFE, ""),
        ("duration_min: 7", FIXED_LIFE, "spread: {orders.early.due: {sd_min: 1}}"),
    ],
)
def test_whatever_is_drawn_is_chance(takes: str, failure: str, more: str) -> None:
    """A law, a life that outlasts the run and a spread each leave room for another outcome."""
    found = replicate(*clockwork(takes, failure, more), 4, workers=1)
    assert found.drawn
    assert found.late("late").low < 1.0
    assert NOTHING_RANDOM not in verdict(found).basis


def test_a_hook_that_draws_by_itself_is_found_out(ensemble: Any) -> None:
    """Outcomes that differ though no stream was taken from depend on something."""
    first, *rest = ensemble.outcomes
    assert not random([first, *rest])
    assert random([replace(first, end=first.end + 1.0), *rest])


def test_comparing_and_sweeping_say_it() -> None:
    """Two plans, two points: what differs without luck differs for sure, in two runs."""
    plant, day = clockwork()
    eager = replace(day, name="eager", dispatching="edd")
    study = st.compare(plant, [day, eager], metric="p_late(late)", replications=2)
    assert not study.drawn
    assert all(one.low == one.high for one in study.means.values())
    best = {name for name, one in study.means.items() if one.value == 0.0} or set(study.names)
    assert study.could_be_best == best
    then = st.what_if(plant, day, "stop mill 06:30 2h", replications=2)
    assert not then.drawn
    row = next(one for one in then.orders if one.order == "early")
    assert (str(row.before), str(row.after)) == ("0 %", "100 %")
    assert (row.difference.low, row.difference.high) == (1.0, 1.0)
    assert row.reading == "late more often, finished later"
    frame = sweep(plant, day, {"stations.mill.capacity": [2, 4]}, replications=2, workers=1)
    assert frame.attrs["drawn"] is False
    assert NOTHING_RANDOM in told_sweep.basis(2, 1, partial=False, drawn=False)


def test_a_look_ahead_says_it() -> None:
    """From a state in which nothing is hidden, every future is the same."""
    plant, day = clockwork()
    cut = simulate(plant, day, until=3600.0).snapshot
    ahead = st.look_ahead(plant, cut, day, replications=4, losses=False)
    assert not ahead.drawn
    assert str(ahead.late("late")) == "100 %"


def test_an_edge_without_scatter_and_breakage_draws_nothing() -> None:
    """Its life is that of the table; with either of the two it is drawn."""
    drawn: list[str] = []

    class Host:
        def draw(self, entity: str, purpose: str) -> float:
            drawn.append(purpose)
            return 0.5

    host: Any = Host()
    tool = replace(st.load_plant("job_shop").tools[0], life_scatter=0.0, break_rate=0.0)
    assert drawn_edge(host, tool, "m/t#1", 0.25).factor == 1.0
    assert drawn == []
    drawn_edge(host, replace(tool, life_scatter=0.3), "m/t#1", 0.25)
    drawn_edge(host, replace(tool, break_rate=0.1), "m/t#1", 0.25)
    assert drawn == ["life", "breakage"]
