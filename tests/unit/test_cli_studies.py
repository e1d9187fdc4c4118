"""Tests of compare, sweep, look-ahead and impact on the command line (UX 3)."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.sweep import sweep
from simtwin.plant.files import load_with_plant
from simtwin.report.answer import answer
from simtwin.report.folder import save_snapshot
from simtwin.report.sweep import as_plain
from tests.small import PLANT_FILE, QUICK_FILE, SHIFT_FILE

SLOW_FILE = SHIFT_FILE.replace("scenario: shift", "scenario: slow") + (
    "changes: {set: {stations.m2.capacity: 0}}\n"
)
LESS = ("--workers", "1")


def invoke(*arguments: str) -> Any:
    """Run the program in this process."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plant, and scenarios beside it in a folder of their own."""
    (tmp_path / "plant.yaml").write_text(PLANT_FILE, "utf-8")
    plans = tmp_path / "plans"
    plans.mkdir()
    for name, text in (("plan-10", QUICK_FILE), ("plan-2", SHIFT_FILE), ("plan-1", SLOW_FILE)):
        beside = text.replace("plant: two", "plant: ../plant.yaml")
        (plans / f"{name}.yaml").write_text(beside, "utf-8")
    (plans / "notes.txt").write_text("nothing to run", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


MANY = f"stations.m2.capacity={','.join(map(str, range(1, 500)))}"
SHIFT, QUICK = "plans/plan-2.yaml", "plans/plan-10.yaml"


def loaded(*files: str) -> list[Any]:
    """Return plant and scenario of each file, as the program reads them."""
    return [load_with_plant(file) for file in files]


# -- compare -----------------------------------------------------------------------------------


def test_compare_prints_sentence_and_tables():
    """The heading says on what it rests; then sentence, plans, and what else differs."""
    done = invoke("compare", SHIFT, QUICK, "-n", "8", *LESS)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "2 scenarios on two by late_orders: 8 replications (seed 1), intervals of 95 %"
    )
    assert lines[1].startswith("quick has the smallest late_orders")
    assert lines[3].startswith("scenario  late orders [95 %]")
    assert any(line.startswith("quick") and "better" in line for line in lines)
    assert any(line.startswith("mean tardiness") for line in lines)


def test_compare_says_what_the_call_wins_over(desk: Path) -> None:
    """As `run` does: each number of a file once, where a file has one."""
    for name, seed in (("a", 2), ("b", 7)):
        text = f"extends: one_machine\nscenario: {name}\nseed: {seed}\nreplications: 5\n"
        (desk / f"{name}.yaml").write_text(text, "utf-8")
    done = invoke("compare", "a.yaml", "b.yaml", "--seed", "7", "-n", "2")
    assert done.stderr.splitlines() == [
        "--replications 2 wins over 5 in a.yaml",
        "--replications 2 wins over 5 in b.yaml",
        "--seed 7 wins over 2 in a.yaml",
    ]


def test_compare_of_equal_plans_names_no_winner():
    """The same plan twice is a tie, and nothing else differs."""
    done = invoke("compare", SHIFT, SHIFT, "-n", "4", *LESS)
    assert "have the same late_orders in each of 4 replications" in done.stdout
    assert "no scenario clearly differs" in done.stdout


def test_a_folder_is_its_scenarios_in_natural_order():
    """A folder stands for the scenario files in it, plan-2 before plan-10."""
    done = invoke("compare", "plans", "-n", "2", "--json", *LESS)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["scenario"] for one in told["scenarios"]] == ["slow", "shift", "quick"]
    assert told["baseline"] == "slow"


def test_a_plant_in_the_folder_is_left_out(desk: Path) -> None:
    """What `simtwin new` writes, plant and scenario side by side, is a folder to compare."""
    (desk / "plans" / "a-plant.yaml").write_text(PLANT_FILE, "utf-8")
    done = invoke("compare", "plans", "-n", "2", "--json", *LESS)
    assert done.exit_code == 0, done.stderr
    assert "a-plant.yaml is a plant; its scenarios are compared" in done.stderr


def test_compare_gives_the_json_of_the_library():
    """The same question has the same answer through both doors (DESIGN 7)."""
    done = invoke(
        "compare", SHIFT, QUICK, "-n", "4", "--metric", "tardiness(second)", "--json",
        "--baseline", "quick", "--seed", "3", *LESS
    )  # fmt: skip
    study = compare(
        loaded(SHIFT)[0][0],
        loaded(SHIFT, QUICK),
        metric="tardiness(second)",
        replications=4,
        baseline="quick",
        seed=3,
        workers=1,
    )
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == json.loads(json.dumps(answer(study)))
    assert (told["schema_version"], told["seed"], told["replications"]) == (1, 3, 4)
    difference = told["scenarios"][0]["difference"]
    assert difference["low"] <= difference["value"] <= difference["high"]
    assert told["scenarios"][1]["difference"] is None


def test_compare_with_a_difference_that_matters():
    """--delta stops early, and the JSON says what was chosen."""
    done = invoke("compare", SHIFT, QUICK, "--delta", "0.5", "--json", *LESS)
    told = json.loads(done.stdout)
    assert told["delta"] == 0.5
    assert told["best"] == ["quick"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SHIFT,), "a comparison needs at least 2 scenarios"),
        ((SHIFT, QUICK, "--metric", "late_order"), "did you mean 'late_orders'?"),
        ((SHIFT, QUICK, "--metric", "energy"), "say which is better"),
        ((SHIFT, QUICK, "--baseline", "x"), "baseline must be a place"),
        ((SHIFT, QUICK, "--fail-if", "p_failure(mill) > 0.1"), "no machine 'mill'"),
        ((SHIFT, "empty"), "has no scenario files"),
    ],
)
def test_compare_refuses(desk, arguments, message):
    """What is wrong with the question is one line on stderr and exit code 2."""
    (desk / "empty").mkdir()
    done = invoke("compare", *arguments, "-n", "2", *LESS)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


# -- sweep -------------------------------------------------------------------------------------


def test_sweep_prints_one_row_a_point(desk):
    """All combinations of the values, each figure with its interval; the CSV has them all."""
    done = invoke(
        "sweep", SHIFT, "--set", "stations.m2.capacity=0,4",
        "--set", "scenario.dispatching=fifo,spt", "-n", "3", "--csv", "table.csv", *LESS
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        "shift on two at 4 points: 3 replications of each point (seed 1)"
    )
    assert sum(line.startswith(("0 ", "4 ")) for line in lines) == 4
    rows = (desk / "table.csv").read_text("utf-8").splitlines()
    assert rows[0] == "stations.m2.capacity,scenario.dispatching,kpi,unit,value,low,high,n"
    assert len(rows) > 4 * 10
    again = invoke("sweep", SHIFT, "--set", "stations.m2.capacity=0,4", "--csv", "table.csv")
    assert again.exit_code == 2
    assert "--force overwrites it" in again.stderr


@pytest.mark.parametrize(
    ("call", "writer"),
    [
        (("sweep", SHIFT, "--set", "stations.m2.capacity=1", "--csv", "t"), "sheets.sheet"),
        (("what-if", SHIFT, "--set", "stations.m2.capacity=1", "--report", "t"), "page.report"),
    ],
    ids=["sweep", "what-if"],
)
def test_an_answer_is_told_though_its_file_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...], writer: str
) -> None:
    """A full disk costs the file, not the runs that were made for it (1)."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"simtwin.report.{writer}", full)
    done = invoke(*call, "-n", "2", *LESS)
    assert (done.exit_code, "2 replications" in done.stdout) == (1, True)
    assert done.stderr.splitlines()[-1] == "t: cannot be written: No space left on device"


def test_sweep_gives_the_json_of_the_library():
    """The same rows through both doors, chosen figures only."""
    done = invoke(
        "sweep", SHIFT, "--set", "stations.m2.capacity=0,4", "-n", "3", "--json",
        "--metric", "p_late(second)", "--metric", "lead_time", *LESS
    )  # fmt: skip
    plant, shift = loaded(SHIFT)[0]
    frame = sweep(
        plant,
        shift,
        {"stations.m2.capacity": [0.0, 4.0]},
        replications=3,
        metrics=["p_late(second)", "lead_time"],
        workers=1,
    )
    told = json.loads(done.stdout)
    assert told == json.loads(json.dumps(as_plain(plant, shift, frame, n=3, seed=1)))
    assert [row["kpi"] for row in told["rows"]] == ["p_late(second)", "lead_time"] * 2
    assert told["rows"][0]["point"] == {"stations.m2.capacity": 0}


def test_a_box_is_filled_by_points():
    """--sobol makes so many points between the bounds, the same for the same seed."""
    asked = ("sweep", SHIFT, "--set", "scenario.orders.first.due_min=60..120", "--sobol", "4")
    done = invoke(*asked, "-n", "2", "--metric", "late_orders", "--json", *LESS)
    assert done.exit_code == 0, done.stderr
    points = [
        row["point"]["scenario.orders.first.due_min"] for row in json.loads(done.stdout)["rows"]
    ]
    assert len(set(points)) == 4
    assert all(60.0 <= point <= 120.0 for point in points)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("stations.m2.capacity",), "--set: must be NAME=VALUE,VALUE"),
        (("stations.m2.capacity=1..4",), "is a range, which needs --sobol N"),
        (("stations.m2.capacity=1", "stations.m2.capacity=2"), "is given twice"),
        (("machines.m9.buffer=1,2",), "machines.m9.buffer"),
        (("stations.m2.capacity=1,2", "--sobol", "2"), "needs a range as in '80..120'"),
    ],
)
def test_sweep_refuses(settings, message):
    """A setting that means nothing is refused before any run."""
    options = [
        word if word.startswith("--") or word.isdigit() else f"--set={word}"
        for word in settings
    ]
    done = invoke("sweep", SHIFT, *options, "-n", "2", *LESS)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


# -- look-ahead --------------------------------------------------------------------------------


def test_look_ahead_prints_machines_and_orders():
    """From half past six: the sentence, the machines with their parts, and orders at risk."""
    done = invoke("look-ahead", SHIFT, "--at", "06:30", "--horizon", "2h", "-n", "12", *LESS)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "shift on two, from 06:30 the next 2 h: 12 replications (seed 1), intervals of 95 %"
    )
    assert lines[1].startswith("From 06:30 in the next 2.0 h some machine fails")
    row = next(line for line in lines if line.startswith("m1"))
    assert "pump" in row
    assert "beyond 2 h, about" in row
    assert any(line.startswith("second") and "06:50" in line for line in lines)


def test_look_ahead_without_an_order_at_risk(desk):
    """What was late in no future is bounded, not called impossible."""
    calm = (desk / SHIFT).read_text("utf-8").replace("06:34", "08:50").replace("06:50", "08:50")
    (desk / "plans" / "calm.yaml").write_text(calm, "utf-8")
    done = invoke("look-ahead", "plans/calm.yaml", "-n", "20", *LESS)
    assert done.exit_code == 0, done.stderr
    assert "2 orders never late in 20 futures: for each, P(late) is at most 14 %." in (
        done.stdout
    )


def test_look_ahead_gives_the_json_of_the_library():
    """A run to --at and a look from there, the same through both doors."""
    done = invoke("look-ahead", SHIFT, "--at", "+30min", "-n", "8", "--json", *LESS)
    plant, shift = loaded(SHIFT)[0]
    cut = simulate(plant, shift, until=1800.0).snapshot
    ahead = look_ahead(plant, cut, shift, replications=8, workers=1)
    told = json.loads(done.stdout)
    assert told == json.loads(json.dumps(answer(ahead)))
    assert (told["from_s"], told["horizon_s"], told["replications"]) == (1800.0, 9000.0, 8)
    risk = told["machines"][0]["risks"][0]
    assert risk["part"] == "m1/pump"
    assert risk["remaining"]["p50"]["beyond_horizon"]
    assert told["incidence"][-1]["value"] == told["p_failure"]["value"]


def test_look_ahead_from_a_file(desk):
    """A saved snapshot is gone on from as from the run that it was cut of."""
    plant, shift = loaded(SHIFT)[0]
    save_snapshot(simulate(plant, shift, until=1800.0).snapshot, desk / "cut.json")
    asked = ("look-ahead", SHIFT, "-n", "4", "--json", *LESS)
    from_file = invoke(*asked, "--snapshot", "cut.json")
    assert from_file.exit_code == 0, from_file.stderr
    assert from_file.stdout == invoke(*asked, "--at", "06:30").stdout
    both = invoke(*asked, "--snapshot", "cut.json", "--at", "06:30")
    assert both.exit_code == 2
    assert "give one of them" in both.stderr


def test_maintenance_instead_is_paired():
    """The plan instead replaces what is planned for the machine, and its gain is told."""
    asked = ("look-ahead", SHIFT, "--maintenance", "m1 06:40 30min", "-n", "8", *LESS)
    done = invoke(*asked)
    assert done.exit_code == 0, done.stderr
    assert "With the other maintenance instead" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("planned downtime"))
    assert "+" in row.rpartition("  ")[2]
    told = json.loads(invoke(*asked, "--json").stdout)["instead"]
    assert told["interventions"] == [
        {"at_s": 2400.0, "machine": "m1", "do": "maintenance", "value": 1800.0}
    ]
    assert 0.0 < told["gain"]["planned_downtime"]["value"] <= 1800.0


def test_one_machine_by_part_and_cause():
    """--machine shows every part of a machine, with its remaining life."""
    done = invoke("look-ahead", SHIFT, "--machine", "m1", "-n", "4", *LESS)
    assert done.exit_code == 0, done.stderr
    assert any(line.startswith("failure  pump") for line in done.stdout.splitlines())
    assert "half gone after" in done.stdout
    wrong = invoke("look-ahead", SHIFT, "--machine", "m9", "-n", "4", *LESS)
    assert (wrong.exit_code, wrong.stdout) == (2, "")


def test_a_target_is_reached():
    """--target goes on until half of the interval is so much of P(any failure)."""
    done = invoke("look-ahead", SHIFT, "--target", "30%", "--json", *LESS)
    found = json.loads(done.stdout)["p_failure"]
    assert 0.5 * (found["high"] - found["low"]) <= 0.3 * found["value"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--at", "25:00"), "--at: must be a time of day"),
        (("--at", "2026-01-05 05:00"), "--at: lies before the start"),
        (("--horizon", "24"), "--horizon: must be a number, or text with a unit"),
        (("--horizon", "-1h"), "--horizon: must be longer than nothing"),
        (("--target", "ten"), "--target: must be a share as in '10%'"),
        (("--maintenance", "m1 at noon"), "--maintenance: must be machine, time and duration"),
        (("--maintenance", "m7 07:00 30min"), "no machine 'm7'"),
        (("--at", "07:00", "--maintenance", "m1 06:30 5min"), "must lie after the instant"),
        (("--fail-if", "p_failure(m1)"), "must be a figure, one of"),
        (("--fail-if", "p_late(frist) > 0.1"), "did you mean 'first'?"),
        (("--snapshot", "none.json"), "is missing"),
    ],
)
def test_look_ahead_refuses(arguments, message):
    """Wrong times, plans and gates are one line on stderr and exit code 2."""
    done = invoke("look-ahead", SHIFT, *arguments, *LESS)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


# -- impact ------------------------------------------------------------------------------------

STOP = ("--machine", "m1", "--at", "06:10", "--for", "40min")


def test_impact_says_who_starves_when():
    """What the stop costs, whom it reaches when, by runs and by hand."""
    done = invoke("impact", SHIFT, *STOP, "-n", "4", *LESS)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "m1 stops at 06:10 for 40 min, shift on two: 4 replications (seed 1), intervals of 95 %"
    )
    assert "starves first, at 06:" in lines[1]
    assert any(line.startswith("m2") and "starved" in line for line in lines)
    assert any(line.startswith("unplanned downtime") and "+40 " in line for line in lines)


def test_impact_of_one_run_is_an_observation():
    """With one replication there is no interval."""
    done = invoke("impact", SHIFT, *STOP, "-n", "1", *LESS)
    assert done.exit_code == 0, done.stderr
    assert "one run (seed 1), no interval" in done.stdout
    assert "[95 %]" not in done.stdout


def test_impact_gives_the_json_of_the_library():
    """The same difference through both doors."""
    done = invoke("impact", SHIFT, *STOP, "-n", "4", "--json", *LESS)
    plant, shift = loaded(SHIFT)[0]
    told = impact(plant, shift, "m1", at=600.0, duration=2400.0, replications=4, workers=1)
    assert json.loads(done.stdout) == json.loads(json.dumps(answer(told)))


def test_impact_that_reaches_nobody():
    """A stop at the very end changes next to nothing, and is told all the same."""
    done = invoke(
        "impact", SHIFT, "--machine", "m2", "--at", "08:59", "--for", "10 s", "-n", "3", *LESS
    )
    assert done.exit_code == 0, done.stderr
    assert "no other machine is starved or blocked by it" in done.stdout


def test_impact_refuses_what_does_not_exist():
    """An unknown machine, a time outside the run."""
    wrong = invoke("impact", SHIFT, "--machine", "m9", "--at", "06:10", "--for", "1h")
    assert wrong.exit_code == 2
    assert "no machine 'm9'" in wrong.stderr
    late = invoke("impact", SHIFT, "--machine", "m1", "--at", "12:00", "--for", "1h")
    assert late.exit_code == 2
    assert "before its end" in late.stderr


# -- gates, bytes, interruptions ---------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", SHIFT, "-n", "4"),
        ("run", SHIFT, "--once"),
        ("compare", SHIFT, QUICK, "-n", "4"),
        ("look-ahead", SHIFT, "-n", "4"),
        ("impact", SHIFT, *STOP, "-n", "4"),
    ],
    ids=lambda arguments: " ".join(arguments[:1]),
)
def test_a_gate_trips_with_one(arguments):
    """A gate that trips is told on stderr with its value, and the exit code is 1 (UX 3)."""
    tripped = invoke(
        *arguments, *LESS, "--fail-if", "lead_time > -1e6 ", "--fail-if", "oee > 1"
    )
    assert tripped.exit_code == 1
    assert "--fail-if lead_time > -1000000 tripped" in tripped.stderr
    assert "--fail-if oee > 100 % held" in tripped.stderr
    assert tripped.stdout
    held = invoke(*arguments, *LESS, "--fail-if", "lead_time > 1e6", "--json")
    assert held.exit_code == 0, held.stderr
    gates = json.loads(held.stdout)["gates"]
    assert {one["tripped"] for one in gates} == {False}
    assert gates[0]["gate"] == "lead_time > 1000000"
    assert gates[0]["unit"] == "s"


def test_gates_of_failures():
    """P(failure) of a machine, or of any, is a figure of replications and look-aheads."""
    for arguments in (("run", SHIFT, "-n", "4"), ("look-ahead", SHIFT, "-n", "4")):
        for gate in ("p_failure(m1) >= 0", "p_failure >= 0 %"):
            done = invoke(*arguments, *LESS, "--fail-if", gate)
            assert done.exit_code == 1, done.stderr
            assert "tripped" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", SHIFT, QUICK, "-n", "3"),
        ("sweep", SHIFT, "--set", "stations.m2.capacity=0,4", "-n", "3"),
        ("look-ahead", SHIFT, "--at", "06:30"),
        ("impact", SHIFT, *STOP, "-n", "3"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_same_command_gives_the_same_bytes(arguments):
    """Twice the same, on one process or two: no clock, no chance of its own (UX 3)."""
    once = invoke(*arguments, *LESS)
    again = invoke(*arguments, "--workers", "2")
    assert once.exit_code == 0, once.stderr
    assert once.stdout == again.stdout
    assert "(seed 1)" in once.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", SHIFT, QUICK, "-n", "100000"),
        ("sweep", SHIFT, "--set", MANY, "-n", "200"),
        ("look-ahead", SHIFT, "-n", "100000"),
        ("impact", SHIFT, *STOP, "-n", "100000"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_is_complete_is_kept(arguments):
    """When the time is over, what is complete is shown, marked partial, and the code is 1."""
    done = invoke(*arguments, "--max-seconds", "2", *LESS)
    assert done.exit_code == 1, done.stderr
    assert "(partial)" in done.stdout
    assert "--max-seconds 2 is over: what was finished until then is shown" in done.stderr
    assert not done.exception or isinstance(done.exception, SystemExit)


# -- explain -----------------------------------------------------------------------------------


def test_a_run_says_what_to_measure_first(desk: Path) -> None:
    """Luck, parameters and state share the variance; the strongest number is named."""
    spread = "spread:\n  products.part.operations.grind.steps.0.duration: {percent: 15}\n"
    (desk / "plant.yaml").write_text(PLANT_FILE + spread, "utf-8")
    assert "1 number has a spread" in invoke("run", SHIFT, *LESS).stderr
    told = invoke("run", SHIFT, "--explain", "mean_tardiness", *LESS)
    assert told.exit_code == 0
    assert "measure products.part.operations.grind.steps.0.duration first" in told.stdout
    asked = ("run", SHIFT, "--explain", "mean_tardiness", "--json", *LESS)
    parts = json.loads(invoke(*asked).stdout)["explanation"]["variance"]
    assert sum(part["value"] for part in parts.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "extra", [("--explain", "speed"), ("--explain", "lead_time", "--once")]
)
def test_nonsense_cannot_be_explained(extra: tuple[str, ...]) -> None:
    """A figure that does not exist, or one run: refused before any work."""
    assert invoke("run", SHIFT, *extra).exit_code == 2


# -- what was not said before ------------------------------------------------------------------


def test_a_sweep_has_gates_too() -> None:
    """Every point is judged, and the one that trips is named."""
    asked = ("sweep", SHIFT, "--set", "stations.m2.capacity=1,2", "-n", "3", *LESS)
    held = invoke(*asked, "--fail-if", "good_pieces < 1")
    assert held.exit_code == 0
    tripped = invoke(*asked, "--fail-if", "good_pieces > 1")
    assert tripped.exit_code == 1
    assert "stations.m2.capacity=1" in tripped.stderr
    missing = invoke(*asked, "--metric", "oee", "--fail-if", "lead_time > 1")
    assert missing.exit_code == 2
    assert "add --metric 'lead_time'" in missing.stderr


def test_a_state_moved_onto_another_plant_is_told(desk: Path) -> None:
    """On a plant with a machine more, what is new is said; of one run, that it is one."""
    plant, shift = load_with_plant(SHIFT)
    snapshot = simulate(plant, shift, until=1800.0).snapshot
    save_snapshot(snapshot, desk / "now.json")
    more = SHIFT_FILE.replace("plant: two", "plant: ../plant.yaml")
    more += "changes: {add_machines: [{id: m3, like: m2}]}\n"
    (desk / "plans" / "more.yaml").write_text(more, "utf-8")
    told = invoke("look-ahead", "plans/more.yaml", "--snapshot", "now.json", "-n", "3", *LESS)
    assert told.exit_code == 0
    assert "new: m3" in told.stderr
    once = invoke("look-ahead", SHIFT, "--at", "06:30", "-n", "3", *LESS)
    assert "that of one run (seed 1)" in once.stderr
