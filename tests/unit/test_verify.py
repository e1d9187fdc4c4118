"""What theory expects is held against runs: rows, verdicts, tables and the command."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.errors import InvalidInput
from simtwin.orchestrator.verify import verify
from simtwin.plant.files import load_either, load_with_plant, parse_plant, parse_scenario
from simtwin.plant.model import Intervention
from simtwin.report.verification import as_plain, table
from simtwin.result.estimate import mean
from simtwin.result.verification import Held, Verification
from tests.theory.plants import breakdown, exponential, line, window

LINE = """
plant: row
machines: [{id: a}, {id: b}]
products:
  - id: p
    route:
      - {operation: a, machines: [a], duration: {exponential: {mean_s: 6}}}
      - {operation: b, machines: [b], duration: {exponential: {mean_s: 5}}}
sources: [{id: s, product: p, every: {exponential: {mean_s: 10}}}]
"""


def held(expected: float, kind: str, values: list[float] | None) -> Held:
    """Return a row with what *values* say."""
    found = None if values is None else mean(values)
    return Held("present", "a", expected, "pieces", kind, "law", found)


@pytest.mark.parametrize(
    ("row", "ok", "said"),
    [
        (held(2.0, "mean", [1.9, 2.0, 2.2]), True, "within the interval"),
        (held(4.0, "exact", [1.9, 2.0, 2.1]), False,
         "outside: the interval lies 44 % below it"),
        (held(1.0, "approximation", [1.9, 2.0, 2.1]), False,
         "outside: the interval lies 75 % above it"),
        (held(1.0, "at least", [1.9, 2.0, 2.1]), True, "holds"),
        (held(4.0, "at least", [1.9, 2.0, 2.1]), False,
         "broken: the interval lies 44 % below it"),
        (held(4.0, "at most", [1.9, 2.0, 2.1]), True, "holds"),
        (held(1.0, "at most", [2.0, 2.0]), False, "broken: the interval lies 100 % above it"),
        (held(1.0, "approximation", [4.0, 4.0]), False,
         "outside: the interval lies 300 % above it"),
        (held(2.0, "mean", [2.0 + 1e-12, 2.0 + 1e-12]), True, "within the interval"),
        (held(2.0, "mean", None), True, "not known"),
    ],
)  # fmt: skip
def test_verdicts(row, ok, said):
    """A mean lies in the interval or outside of it; a bound holds or is broken."""
    assert (row.ok, row.verdict) == (ok, said)


def test_the_sentence_counts():
    """It says how many agree, and names those that are no approximation."""
    good, loose = held(2.0, "mean", [1.9, 2.1]), held(1.0, "approximation", [1.9, 2.0, 2.1])
    bad = held(9.0, "exact", [1.9, 2.0, 2.1])
    assert (
        Verification((good,), 3, 3, 1).sentence == "1 of 1 expected numbers agree with 3 runs"
    )
    assert Verification((good, loose), 3, 3, 1).sentence.endswith(
        "of the others each is an approximation"
    )
    both = Verification((good, loose, bad), 3, 3, 1)
    assert both.sentence.endswith("agree with 3 runs; look at present a")
    assert "1 of 3" in repr(both)
    assert Verification((), 3, 3, 1).sentence.startswith("there is nothing")
    assert both.row("present", "a") is good
    assert list(both.frame()["kind"]) == ["mean", "approximation", "exact"]
    with pytest.raises(InvalidInput, match="known are present a"):
        both.row("throughput")


def test_a_verification_that_was_stopped_says_so():
    """Of 9 runs 3 were made: text and JSON mark it partial (UX 3)."""
    good = held(2.0, "mean", [1.9, 2.1])
    stopped = Verification((good,), 3, 9, 1, partial=True)
    assert table(stopped).note == (
        "3 of 9 runs, stopped before all were made (partial), seed 1: "
        "1 of 1 expected numbers agree with 3 runs."
    )
    assert as_plain(stopped)["partial"] is True


def test_a_line_agrees_with_its_queues():
    """Two M/M/1 in a row (Jackson): present, lead and throughput within 4 standard errors."""
    plant = parse_plant(LINE)
    scenario = parse_scenario(
        "scenario: s\nplant: row\nhorizon_s: 40000\nmeasure_from_s: 1000\nreplications: 20\n",
        plant,
    )
    found = verify(plant, scenario, workers=1)
    for row in found.rows:
        error = (row.found.high - row.found.low) / 2.0 / 2.093
        assert abs(row.found.value - row.expected) <= 4.0 * error
    shown = table(found)
    assert shown.columns[0] == "figure"
    assert {cells[0] for cells in shown.rows} == {
        "share of time at work, a", "share of time at work, b", "pieces out, good or scrap",
        "pieces present, a", "pieces present, b", "pieces present", "lead time",
    }  # fmt: skip
    assert "20 runs, seed 1" in shown.note
    assert json.loads(json.dumps(as_plain(found), allow_nan=False))["replications"] == 20


def test_a_pair_that_fails_agrees_with_its_chain():
    """Two unreliable exponential machines, five slots: .756197 (ORACLES B5), within 4 s.e."""
    mode = breakdown("processing", 100.0, 10.0)
    plant = line([exponential(1.0)] * 2, buffers=[5], failures=[mode] * 2)
    found = verify(plant, window(plant, 3000.0, warm_up=200.0), 20, workers=1)
    limit, chain = found.rows
    assert (limit.kind, limit.verdict) == ("at most", "holds")
    assert chain.expected / 3600.0 == pytest.approx(0.756197, abs=5e-7)
    error = (chain.found.high - chain.found.low) / 2.0 / 2.093
    assert abs(chain.found.value - chain.expected) <= 4.0 * error
    assert 4.0 * error <= 0.08 * chain.expected


def test_the_same_on_any_number_of_workers():
    """Rows depend on the seed alone."""
    plant, scenario = load_with_plant("one_machine")
    one = verify(plant, scenario, 4, seed=5, workers=1)
    assert verify(plant, scenario, 4, seed=5, workers=2).rows == one.rows
    with st.Orchestrator(plant, scenario, seed=5, workers=1) as shop:
        assert shop.verify(4).rows == one.rows
        assert shop.precheck().expected == st.precheck(plant, scenario).expected


def test_too_much_work_bounds_what_comes_out():
    """A station with rho of 1.2 puts out at most what it can; the next is fed no more."""
    plant = parse_plant(LINE.replace("mean_s: 10", "mean_s: 5"))
    shift = parse_scenario("scenario: s\nplant: row\nhorizon_h: 20\nmeasure_from_h: 5\n", plant)
    found = verify(plant, shift, 6, workers=1)
    row = found.row("throughput", "a")
    assert (row.expected, row.kind, row.verdict) == (600.0, "at most", "holds")
    assert row.found is not None
    assert row.found.value == pytest.approx(600.0, rel=0.02)
    said = st.precheck(plant, shift).forecast.said
    assert said[0] == "no forecast of queues: before a they grow as long as it lasts"
    assert said[1].startswith("behind a come at most 600 pieces/h")
    assert said[-1].startswith("not held against runs: pieces present and lead times")
    expected = {(row.what, row.place): row.expected for row in found.rows[2:]}
    assert expected == {
        ("producing", "a"): pytest.approx(1.0),
        ("throughput", "a"): pytest.approx(600.0),
        ("growth", "a"): pytest.approx(120.0),
        ("producing", "b"): pytest.approx(5 / 6),
        ("throughput", ""): pytest.approx(600.0),
        ("growth", ""): pytest.approx(120.0),
    }
    for row in found.rows[2:]:
        assert row.found is not None
        error = (row.found.high - row.found.low) / 2.0 / 2.571
        assert abs(row.found.value - row.expected) <= 4.0 * error + 1e-9 * row.expected


def test_orders_that_stay_open_bound_the_work_only():
    """Where the shift is too short, work done is at most what was asked; the rest is open."""
    plant = parse_plant(LINE.replace("sources", "# sources"))
    scenario = parse_scenario(
        "scenario: s\nplant: row\nhorizon_s: 100\norders: [{id: o, product: p, quantity: 40}]",
        plant,
    )
    found = verify(plant, scenario, 6, workers=1)
    assert found.row("work done", "a").kind == "at most"
    assert found.row("work done", "a").verdict == "holds"
    row = found.row("makespan")
    assert row.found is None
    assert row.verdict.startswith("not known: orders were open at the end of 6 of 6 runs")
    assert "–" in table(found).rows[-1]
    assert as_plain(found)["rows"][-1]["ok"] is None


ALTERNATIVES = """
plant: ta
machines: [{id: A}, {id: B}]
products:
  - id: p
    route: [{operation: a, machines: [B, A], duration_min: 3, durations_min: {B: 9}}]
"""


def test_the_share_of_alternatives_bounds_nothing():
    """Nine pieces all go to B, 9 min each: 81 min there, whatever is shared out on paper."""
    plant = parse_plant(ALTERNATIVES)
    text = "scenario: s\nplant: ta\nstart: 2026-01-05 06:00\nuntil: '{}'\n"
    text += "routing: in order\norders: [{{id: lo, product: p, quantity: 9}}]"
    cut = verify(plant, parse_scenario(text.format("06:40"), plant), 2, workers=1)
    row = cut.row("work done", "B")
    assert (row.expected, row.kind, row.verdict) == (81.0 * 60.0, "at most", "holds")
    assert cut.row("work done", "A").expected == 27.0 * 60.0
    full = verify(plant, parse_scenario(text.format("06:15"), plant), 2, workers=1)
    row = full.row("work done", "B")
    assert (row.expected, row.kind, row.verdict) == (81.0 * 60.0, "at most", "holds")
    whole = verify(plant, parse_scenario(text.format("12:00"), plant), 2, workers=1)
    row = whole.row("work done", "B")
    assert (row.kind, row.verdict) == (
        "approximation",
        "outside: the interval lies 300 % above it",
    )


def test_a_shop_that_fills_says_so():
    """From empty, less stands there than in the long run; the note says what to do."""
    plant = parse_plant(LINE)
    scenario = parse_scenario("scenario: s\nplant: row\nhorizon_s: 500\n", plant)
    assert "measure_from leaves the filling out" in table(verify(plant, scenario, 4)).note


def test_nothing_is_expected_where_nothing_is_known():
    """A shop whose queues grow has no steady state; with another feed not even bounds."""
    plant = parse_plant(LINE.replace("mean_s: 10", "mean_s: 4"))
    scenario = parse_scenario("scenario: s\nplant: row\nhorizon_s: 300\n", plant)
    rows = verify(plant, scenario, 2, workers=1).rows
    assert ("throughput", "at most") in {(row.what, row.kind) for row in rows}
    assert not {"present", "lead time"} & {row.what for row in rows}
    faster = Intervention(0.0, "a", "feed override", 120.0)
    scenario = replace(scenario, interventions=(faster,))
    found = verify(plant, scenario, 2, workers=1)
    assert found.rows == ()
    assert table(found).note.startswith("Theory expects no number")


def test_either_a_plant_or_a_scenario(tmp_path):
    """A file is what its keys say; a name of both is the plant's."""
    folder = tmp_path
    (folder / "row.yaml").write_text(LINE, "utf-8")
    (folder / "day.yaml").write_text("scenario: day\nplant: row.yaml\nhorizon: 1 h\n", "utf-8")
    assert load_either(folder / "row.yaml")[1] is None
    assert load_either(str(folder / "day.yaml"))[1].name == "day"
    assert load_either("flow_line")[1] is None
    assert load_either("day_shift")[0].name == "job_shop"
    with pytest.raises(InvalidInput, match="no plant file and no bundled plant"):
        load_either("nothing")


def test_check_verifies(tmp_path):
    """The command prints the table, or the same in its one object; it needs a scenario."""
    (tmp_path / "row.yaml").write_text(LINE, "utf-8")
    day = tmp_path / "day.yaml"
    day.write_text("scenario: day\nplant: row.yaml\nhorizon: 1 h\nreplications: 3\n", "utf-8")
    run = CliRunner().invoke
    done = run(app, ["check", str(day), "--verify", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "Before a run, 1 h" in done.stdout
    assert "Expected against found" in done.stdout
    assert "pieces present, b" in done.stdout
    told = run(app, ["check", str(day), "--verify", "-n", "2", "--workers", "1", "--json"])
    answer = json.loads(told.stdout)
    assert answer["verified"]["replications"] == 2
    assert {row["what"] for row in answer["before"]["expected"]} >= {"present", "lead time"}
    assert run(app, ["check", str(day)]).exit_code == 0
    missing = run(app, ["check", str(tmp_path / "row.yaml"), "--verify"])
    assert missing.exit_code == 2
    assert "--verify needs a scenario" in missing.output


BRANCHED = """
plant: branched
machines:
  - {id: a}
  - {id: b, failures: [{id: stop, clock: processing, life: {exponential: {mean_min: 30}},
     repair: {exponential: {mean_min: 3}}}]}
  - {id: c}
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration: {exponential: {mean_s: 3}}}
      - {operation: two, machines: [b], duration: {exponential: {mean_s: 6}}}
      - {operation: three, machines: [c], duration: {exponential: {mean_s: 4}}}
  - id: q
    route:
      - {operation: one, machines: [b], duration: {exponential: {mean_s: 6}}}
sources:
  - {id: s, product: p, every: {exponential: {mean_s: 8}}}
  - {id: t, product: q, every: {exponential: {mean_s: 16}}}
"""


def test_products_share_what_a_full_station_passes_on():
    """B is asked 1.2375 of its time: a like part of both products passes, c gets no more."""
    plant = parse_plant(BRANCHED)
    shift = parse_scenario(
        "scenario: s\nplant: branched\nhorizon_h: 40\nmeasure_from_h: 10\n", plant
    )
    found = verify(plant, shift, 6, workers=1)
    passed = 1 / (6 * 1.1 * (1 / 8 + 1 / 16))
    rows = {(r.what, r.place, r.kind): r for r in found.rows if r.kind != "at most"}
    assert {kind for _, _, kind in rows} == {"approximation"}
    expected = {
        ("producing", "b"): 1 / 1.1,
        ("producing", "c"): passed * 4 / 8,
        ("growth", "b"): (1 - passed) * 675,
        ("throughput", ""): passed * 675,
    }
    for (what, place), value in expected.items():
        row = rows[what, place, "approximation"]
        assert row.expected == pytest.approx(value)
        error = (row.found.high - row.found.low) / 2.0 / 2.571
        assert abs(row.found.value - value) <= 4.0 * error


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[{id: a}, {id: b}]", "[{id: a}, {id: b, buffer: 2}]", "buffers that run full"),
        ("plant: row", "plant: row\nflow: {conwip: 5}", "a limit on work in progress"),
        ("[{id: a}, {id: b}]", "[{id: a}, {id: b, kanban: 2}]", "cards"),
    ],
)
def test_what_bounds_the_flow_leaves_the_most_that_can_come_out(old, new, why):
    """A buffer, a card or a limit hands the overload on to others: only the bound is held."""
    text = LINE.replace("mean_s: 10", "mean_s: 5").replace(old, new)
    plant = parse_plant(text)
    shift = parse_scenario("scenario: s\nplant: row\nhorizon_h: 1\n", plant)
    found = st.precheck(plant, shift)
    assert {row.kind for row in found.expected} == {"at most"}
    assert why in found.forecast.said[-1]


def test_batches_are_at_work_at_least_as_long_as_full_ones():
    """Half of the pieces that fit come: the load is told, and held, as the least there is."""
    plant = parse_plant(LINE.replace("{id: b}", "{id: b, batch: {most: 4}}"))
    shift = parse_scenario("scenario: s\nplant: row\nhorizon_h: 10\nmeasure_from_h: 1\n", plant)
    before = st.precheck(plant, shift).text()
    assert "at least 12 %" in before
    assert "no forecast of queues: at b pieces wait for others to fill a batch" in before
    row = verify(plant, shift, 4, workers=1).row("producing", "b")
    assert (row.expected, row.kind, row.verdict) == (0.125, "at least", "holds")
