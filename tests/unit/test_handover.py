"""Handing over: a snapshot as a person could have written it, and the scenario that goes on."""

from __future__ import annotations

import csv
import errno
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.plant.model import Intervention
from simtwin.plant.scenario_text import scenario_text
from simtwin.plant.state_table import state_table

HOUR = 3600.0


@pytest.fixture(scope="module")
def shift():
    """Return the day shift and its state at ten."""
    plant, scenario = load_with_plant("day_shift")
    return plant, scenario, simulate(plant, scenario, until=4 * HOUR, history=False)


def again(plant, scenario):
    """Return what a run that begins with this scenario would hand over at once."""
    begun = simulate(plant, scenario, until=0.0, history=False)
    return begun.snapshot.handover(scenario)


def same(one: dict, other: dict) -> None:
    """Assert that two states by name agree to 1e-9."""
    assert set(one) == set(other)
    for key, value in one.items():
        assert other[key] == pytest.approx(value, rel=1e-9, abs=1e-9), key


def test_starting_again_shows_the_same_state(shift):
    """What is handed over at ten is the state of a run that begins with it, part by part."""
    plant, scenario, run = shift
    handed = run.snapshot.handover(scenario)
    other = again(plant, handed.scenario)
    for name in ("temperatures", "bearings", "edges", "ages", "levels"):
        same(getattr(handed.start, name), getattr(other.start, name))
    told = [
        [(w.order, w.piece, w.operation, w.machine) for w in each.start.work]
        for each in (handed, other)
    ]
    assert told[0] == told[1]
    for here, there in zip(handed.start.work, other.start.work, strict=True):
        if here.left is not None:
            assert there.left == pytest.approx(here.left, abs=1e-6)


def test_it_is_what_the_run_shows(shift):
    """Temperatures, counted wear and pieces are those of the instant."""
    _, scenario, run = shift
    handed = run.snapshot.handover(scenario)
    now = simulate(shift[0], scenario, until=4 * HOUR)
    for name, row in ((m, now.at(4 * HOUR)[m]) for m in ("mill-1", "hmc-2")):
        nodes = dict(zip(row["temperature_c"], handed.start.temperatures[name], strict=True))
        same(row["temperature_c"], nodes)
    there = run.window.plant.present
    assert len(handed.start.work) == there
    assert handed.start.bearings["mill-4", "front"] > 3.2


def test_a_table_of_it_is_read_as_the_same_state(shift, tmp_path: Path):
    """Written as CSV and read by a scenario, the state is that which was written."""
    plant, scenario, run = shift
    handed = run.snapshot.handover(scenario)
    (tmp_path / "now.csv").write_text(state_table(handed.start, plant), "utf-8")
    (tmp_path / "on.yaml").write_text(
        "scenario: on\nextends: day_shift\nstart_from: now.csv\n", "utf-8"
    )
    read = st.load_scenario(tmp_path / "on.yaml", plant).start_from
    for name in ("temperatures", "bearings", "edges", "ages", "levels", "families"):
        same(getattr(handed.start, name), getattr(read, name))
    assert [replace(w, left=None) for w in read.work] == [
        replace(w, left=None) for w in handed.start.work
    ]


def test_the_scenario_goes_on_from_there(shift):
    """It begins at ten, and every good piece of the shift is made before or after."""
    plant, scenario, run = shift
    handed = run.snapshot.handover(scenario)
    assert handed.scenario.start == "2026-01-05T10:00:00"
    assert handed.scenario.horizon == 4 * HOUR
    whole = {order.name: order for order in scenario.orders}
    for order in handed.scenario.orders:
        assert order.due == whole[order.name].due - 4 * HOUR
    rest = simulate(plant, replace(handed.scenario, horizon=None), history=False)
    done = {row.order: row for row in run.window.orders}
    asked = sum(order.quantity for order in scenario.orders)
    made = run.kpis["good_pieces"].value + rest.kpis["good_pieces"].value
    assert made == asked
    assert {o.name for o in handed.scenario.orders} == {
        name for name, row in done.items() if row.finish is None
    }


def test_overrides_and_stops_are_handed_over():
    """How a machine is set becomes an act at the start; a stop is in the state."""
    plant, scenario = load_with_plant("day_shift")
    acts = (
        Intervention(HOUR, "mill-1", "feed override", 70.0),
        Intervention(HOUR, "lathe-2", "coolant off"),
        Intervention(HOUR, "hmc-3", "stop"),
        Intervention(6 * HOUR, "hmc-3", "start"),
    )
    scenario = replace(scenario, interventions=acts)
    run = simulate(plant, scenario, until=2 * HOUR, history=False)
    handed = run.snapshot.handover(scenario)
    told = [(act.at, act.machine, act.do) for act in handed.scenario.interventions]
    assert told == [
        (0.0, "lathe-2", "coolant off"),
        (0.0, "mill-1", "feed override"),
        (4 * HOUR, "hmc-3", "start"),
    ]
    assert handed.start.stopped == ("hmc-3",)
    assert not any("hmc-3" in line for line in handed.lost)


STOPPED = """
scenario: s
extends: day_shift
events: [{at: 06:10, machine: mill-1, do: stop%s}, {at: 06:20, machine: hmc-3, do: stop}]
"""


@pytest.mark.parametrize(
    ("name", "lasts", "lost"),
    [
        ("on.yaml", "", []),
        ("on.yaml", ", for: 90 min", []),
        ("on.csv", "", []),
        ("on.csv", ", for: 90 min", ["  not in it: mill-1: stop (a .yaml has it)"]),
        ("on.csv", "}, {at: 06:11, machine: mill-1, do: stop, for: 90 min", []),
    ],
)
def test_a_stop_is_told_as_lost_only_where_it_is(name, lasts, lost, tmp_path: Path):
    """A table has stops without an end; one that ends is an event of the scenario."""
    (tmp_path / "s.yaml").write_text(STOPPED % lasts, "utf-8")
    out = str(tmp_path / name)
    done = invoke(
        "run", str(tmp_path / "s.yaml"), "--once", "--state-out", out, "--at", "07:00"
    )
    assert done.exit_code == 0, done.output
    lines = [line for line in done.stderr.splitlines() if "not in it" in line]
    assert [line for line in lines if "mill-1" in line or "hmc-3" in line] == lost


def test_a_task_that_waits_is_told_as_lost_whatever_stops_its_machine():
    """The stop is handed on; that somebody is awaited for the pump is not."""
    plant = parse_plant("""
plant: p
calendars: [{id: day, week: {mon-sun: ["06:00-07:00"]}}]
crews: [{id: c, members: 1, skills: [maintenance], calendar: day}]
machines:
  - id: m
    failures: [{id: pump, clock: calendar, life_h: 500, repair_h: 2, maintenance_h: 1}]
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 10}]}]
""")
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 8 h\n"
        "orders: [{id: j, product: a, quantity: 99}]\n"
        "maintenance: [{policy: age, every_min: 30}]\n"
        "events: [{at: 06:45, machine: m, do: stop}]\n",
        plant,
    )
    handed = simulate(plant, scenario, until=2 * HOUR).snapshot.handover(scenario)
    assert handed.start.stopped == ("m",)
    assert handed.lost == ("m: waiting for crew (pump) is over at once",)


@pytest.mark.parametrize(
    ("policy", "events", "lost"),
    [
        ("block", "", True),
        ("block", "{at: +28 min, machine: m, do: breakdown, for: 30 min}", True),
        ("block", "{at: +28 min, machine: m, do: stop}", True),
        ("age", "", False),
    ],
)
@pytest.mark.parametrize("clock", ["calendar", "processing"])
def test_a_task_that_is_due_is_told_as_lost_unless_its_age_asks_again(
    policy, events, lost, clock
):
    """It falls due at 30 min, within a piece of 25 min; the pump is 40 min old."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m, failures: "
        f"[{{id: pump, clock: {clock}, life_h: 500, repair_h: 2, maintenance_h: 1}}]}}]\n"
        "products: [{id: a, route: [{operation: o, machines: [m], duration_min: 25}]}]\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 8 h\n"
        "orders: [{id: j, product: a, quantity: 99}]\n"
        f"maintenance: [{{policy: {policy}, every_min: 30}}]\nevents: [{events}]\n",
        plant,
    )
    handed = simulate(plant, scenario, until=2400.0).snapshot.handover(scenario)
    assert lost == ("m: maintenance that is due (pump) is forgotten" in handed.lost)
    on = simulate(plant, handed.scenario, until=60.0)
    assert lost != any(event.kind == "maintenance due" for event in on.log.events)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("age", "m: maintenance that was begun (pump) begins anew"),
        ("block", "m: maintenance that is due (pump) is forgotten"),
    ],
)
def test_maintenance_that_was_laid_down_is_told(policy, told):
    """5 of its 60 min are done when the machine fails; asked for again it is done whole."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m, failures: "
        "[{id: pump, clock: calendar, life_h: 500, repair_h: 2, maintenance_h: 1}]}]\n"
        "products: [{id: a, route: [{operation: o, machines: [m], duration_min: 25}]}]\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nstart: 2026-01-05 06:00\nhorizon: 8 h\n"
        "orders: [{id: j, product: a, quantity: 99}]\n"
        f"maintenance: [{{policy: {policy}, every_min: 30}}]\n"
        "events: [{at: +55 min, machine: m, do: breakdown, for: 30 min}]\n",
        plant,
    )
    handed = simulate(plant, scenario, until=HOUR).snapshot.handover(scenario)
    assert [line for line in handed.lost if "pump" in line] == [told]
    on = simulate(plant, handed.scenario)
    rows = [row for row in on.log.states if row.mode == "maintenance"]
    assert rows[0].end - rows[0].start == HOUR


def test_a_breakdown_in_hand_is_handed_over():
    """How long it still lasts, where that is told; who is down there begins down."""
    plant, scenario = load_with_plant("day_shift")
    acts = (Intervention(1.5 * HOUR, "mill-1", "breakdown", 3600.0),)
    scenario = replace(scenario, interventions=acts)
    run = simulate(plant, scenario, until=2 * HOUR, history=False)
    handed = run.snapshot.handover(scenario)
    assert handed.start.repairs == {"mill-1": 1800.0}
    assert not any("mill-1" in line for line in handed.lost)
    begun = simulate(plant, handed.scenario, until=HOUR)
    rows = [row for row in begun.log.states if row.machine == "mill-1"]
    assert (rows[0].mode, rows[0].start, rows[0].end) == ("down", 0.0, 1800.0)
    text = state_table(handed.start, plant)
    down = next(row for row in csv.DictReader(text.splitlines()) if row["id"] == "mill-1")
    assert down["down_min"] == "30.0"


def invoke(*arguments: str):
    """Run the program in this process."""
    return CliRunner().invoke(app, list(arguments))


def test_the_command_writes_a_state_and_a_scenario(tmp_path: Path):
    """``--state-out now.yaml`` is a scenario that runs, with its table beside it."""
    out = tmp_path / "now.yaml"
    done = invoke("run", "day_shift", "--once", "--at", "10:00", "--state-out", str(out))
    assert done.exit_code == 0, done.output
    assert "state at 2026-01-05 10:00:00" in done.stderr
    _, on = load_with_plant(out)
    run = simulate(*load_with_plant("day_shift"), until=4 * HOUR, history=False)
    handed = run.snapshot.handover(load_with_plant("day_shift")[1])
    assert on.orders == handed.scenario.orders
    same(on.start_from.ages, handed.start.ages)
    assert on.horizon == 4 * HOUR
    assert invoke("run", str(out), "--once").exit_code == 0
    other = tmp_path / "further" / "on.yaml"
    other.parent.mkdir()
    refused = invoke("run", str(out), "--once", "--state-out", str(other))
    assert refused.exit_code == 2
    assert "must stand beside" in refused.stderr


def test_what_a_scenario_sets_in_itself_is_told(tmp_path: Path):
    """The worn spindle is set to five lives again by the file that goes on from its file."""
    arguments = ("run", "worn_spindle", "--once", "--at", "07:00", "--state-out")
    done = invoke(*arguments, str(tmp_path / "on.yaml"))
    assert done.exit_code == 0, done.output
    assert "of worn_spindle sets in a scenario, it sets again" in done.stderr
    assert "sets again" not in invoke(*arguments, str(tmp_path / "on.csv"), "--force").stderr


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("start_from.repairs.mill-2_min: 100", True),
        ("start_from.ages.mill-1/coolant_h: 5", True),
        ("horizon: 8 h", True),
        ("dispatching: spt", False),
        ("machines.mill-1.feed_override: 90", False),
    ],
)
def test_any_number_of_a_scenario_that_is_set_again_is_told(key, told, tmp_path: Path):
    """Ages, repairs and the end are; what is as it was set, and the plant, are not."""
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nextends: day_shift\nstart_from: {machines: [{id: mill-2, down_min: 90}, "
        "{id: mill-1, failures: [{id: coolant, age_h: 10}]}]}\n"
        f"changes: {{set: {{{key}}}}}\n",
        "utf-8",
    )
    run = ("run", str(tmp_path / "s.yaml"), "--once", "--at", "06:30", "--state-out")
    done = invoke(*run, str(tmp_path / "on.yaml"))
    assert done.exit_code == 0, done.output
    assert told == ("s.yaml sets in a scenario, it sets again" in done.stderr)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--state-out", "now.csv"), "needs --once"),
        (("--once", "--at", "10:00"), "--state-out is written"),
        (("--once", "--state-out", "now.txt"), "must be .csv"),
        (("--once", "--state-out", "now.csv", "--at", "15:00"), "lies after the end"),
        (("--once", "--state-out", "nofolder/next.csv"), "there is no folder nofolder"),
        (("--once", "--state-out", "nofolder/next.yaml"), "there is no folder nofolder"),
    ],
)
def test_what_the_command_refuses(arguments, says, monkeypatch):
    """A state is that of one run, at a time within it, in a file that can be written.

    All of it is refused before any run.
    """
    monkeypatch.setattr("simtwin.cli.question.Question.ask", None)
    done = invoke("run", "day_shift", *arguments)
    assert done.exit_code == 2
    assert says in done.stderr


def test_a_sequence_keeps_the_orders_that_are_left(tmp_path: Path):
    """Orders that are finished leave the sequence, in the value and in the file."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m}]\nproducts:\n"
        "  - {id: a, route: [{operation: o, machines: [m], duration_min: 10}]}\n"
    )
    text = (
        "scenario: s\nplant: p\nhorizon: 3 h\ndispatching: sequence\nsequence: {m: [y, x, z]}\n"
        "orders: [{id: x, product: a}, {id: y, product: a}, {id: z, product: a, due: '8:00'}]\n"
        "events: [{at: '06:40', machine: m, do: maintenance, for: 30 min}]\n"
    )
    scenario = parse_scenario(text, plant)
    handed = simulate(plant, scenario, until=900.0, history=False).snapshot.handover(scenario)
    assert handed.scenario.sequence == {"m": ("x", "z")}
    (tmp_path / "s.yaml").write_text(text, "utf-8")
    (tmp_path / "now.csv").write_text(state_table(handed.start, plant), "utf-8")
    told = scenario_text(handed.scenario, name="now", extends="s.yaml", state="now.csv")
    (tmp_path / "now.yaml").write_text(told, "utf-8")
    read = st.load_scenario(tmp_path / "now.yaml", plant)
    assert (read.sequence, read.orders) == (handed.scenario.sequence, handed.scenario.orders)
    assert read.interventions == handed.scenario.interventions


def test_what_has_no_key_is_told():
    """Pieces of sources, and a repair in hand, are lost, and said to be."""
    plant = parse_plant(
        "plant: p\nmachines:\n  - id: m\n    failures:\n"
        "      - {id: jam, clock: processing, life_min: 50, repair_h: 9}\n"
        "products: [{id: a, route: [{operation: o, machines: [m], duration_min: 7}]}]\n"
        "sources: [{id: s, product: a, every_min: 5}]\n"
    )
    scenario = parse_scenario("scenario: s\nplant: p\nhorizon: 2 h\n", plant)
    run = simulate(plant, scenario, history=False)
    lost = run.snapshot.handover(scenario).lost
    assert any("pieces of sources" in line for line in lost)
    assert any(line.startswith("m: down (jam)") for line in lost)


def test_pieces_are_numbered_as_orders_count_them():
    """With scrap and replacements the finished ones still have the lower numbers."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: m}, {id: n}]\nproducts:\n  - id: a\n    route:\n"
        "      - {operation: o, machines: [m], duration_min: 7, scrap: 0.3}\n"
        "      - {operation: q, machines: [n], duration_min: 9}\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\nhorizon: 3 h\norders: [{id: x, product: a, quantity: 30}]\n",
        plant,
    )
    run = simulate(plant, scenario, seed=4, history=False)
    assert run.kpis["scrapped_pieces"].value > 0
    handed = run.snapshot.handover(scenario)
    good = run.kpis["good_pieces"].value
    assert max(w.piece for w in handed.start.work) == good + len(handed.start.work)
    on = simulate(plant, replace(handed.scenario, horizon=None), history=False)
    assert on.kpis["good_pieces"].value == 30 - good


FURNACE = (
    "plant: p\nmachines: [{id: a}, {id: b, batch: {most: 2, least: 2}}]\nproducts:\n"
    "  - id: p\n    route:\n      - {operation: o, machines: [a], duration_min: 5}\n"
    "      - {operation: h, machines: [b], duration_min: 30}\n"
)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--state-out", "on.yaml"), "--state-out on.yaml: cannot be written: it is read"),
        (("--state-out", "s.csv"), "--state-out s.csv: cannot be written: it is read"),
        (("--state-out", "s.yaml"), "--state-out s.yaml: cannot be written: it is read"),
        (("--state-out", "now.yaml"), "--state-out now.csv: cannot be written: it is read"),
        (("--state-out", "link.csv"), "--state-out link.csv: cannot be written: it is read"),
        (("--state-out", "hard.csv"), "--state-out hard.csv: cannot be written: it is read"),
        (("--report", "p.yaml"), "--report p.yaml: cannot be written: it is read"),
        (("--save", "."), "--save .: cannot be written: it is read"),
        (
            ("--report", "new.csv", "--state-out", "new.yaml"),
            "--state-out new.csv: cannot be written: it is where --report writes",
        ),
        (
            ("--save", "new", "--excel", "new/new.xlsx"),
            "--excel new/new.xlsx: cannot be written: it is where --save writes",
        ),
    ],
)
def test_no_output_takes_the_place_of_another_or_of_what_is_read(
    arguments, told, tmp_path, monkeypatch
):
    """A run reads its scenario, what that extends, the plant of it and their tables.

    It is refused before any run, and no --force helps.
    """
    monkeypatch.setattr("simtwin.cli.question.Question.ask", None)
    monkeypatch.chdir(tmp_path)
    texts = {
        "p.yaml": FURNACE,
        "now.csv": "id,product,quantity\nx,p,2\n",
        "s.csv": "id\na\n",
        "s.yaml": "scenario: s\nplant: p.yaml\norders: now.csv\nhorizon: 4 h\n",
        "on.yaml": "scenario: on\nextends: s.yaml\nstart_from: {machines: s.csv}\n",
    }
    for name, text in texts.items():
        Path(name).write_text(text, "utf-8")
    Path("link.csv").symlink_to("now.csv")
    Path("hard.csv").hardlink_to("now.csv")
    for force in ((), ("--force",)):
        done = invoke("run", "on.yaml", "--once", *arguments, *force)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith(told)
        assert done.stderr.count("\n") == 1
    assert {name: Path(name).read_text("utf-8") for name in texts} == texts


@pytest.mark.parametrize("folder", ["now.yaml", "now.csv"])
def test_a_folder_in_the_way_of_a_state_is_refused(folder, tmp_path, monkeypatch):
    """It is named itself, before any run; no --force makes a file of it."""
    monkeypatch.setattr("simtwin.cli.question.Question.ask", None)
    (tmp_path / folder).mkdir()
    arguments = ("run", "day_shift", "--once", "--state-out", str(tmp_path / "now.yaml"))
    for force in ((), ("--force",)):
        done = invoke(*arguments, *force)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"{tmp_path / folder}: cannot be written: it is a folder\n"


def test_a_scenario_that_would_not_go_on_is_not_written(tmp_path: Path):
    """What it sets of a repair fits no more once that is over; files of before stay."""
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nextends: day_shift\n"
        "start_from: {machines: [{id: mill-2, down_min: 20}]}\n"
        "changes: {set: {start_from.repairs.mill-2_min: 10}}\n",
        "utf-8",
    )
    for name in ("now.yaml", "now.csv", ".now.draft.csv"):
        (tmp_path / name).write_text("mine", "utf-8")
    before = {path: path.read_text("utf-8") for path in tmp_path.iterdir()}
    run = ("run", str(tmp_path / "s.yaml"), "--once", "--at", "07:00", "--force")
    done = invoke(*run, "--state-out", str(tmp_path / "now.yaml"))
    assert done.exit_code == 2
    assert "now.yaml: would not go on from" in done.stderr
    assert "changes.set.start_from.repairs.mill-2_min" in done.stderr
    assert "state at" not in done.stderr
    assert {path: path.read_text("utf-8") for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("full", ["now.yaml", "now.csv"])
def test_the_file_of_a_state_that_could_not_be_written_is_named(full, tmp_path, monkeypatch):
    """A scenario that goes on is two files, and a disk may be full at either."""
    write = Path.write_text

    def refuse(path: Path, *given: str) -> int:
        if path.name == full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, *given)

    monkeypatch.setattr(Path, "write_text", refuse)
    out = str(tmp_path / "now.yaml")
    done = invoke("run", "day_shift", "--once", "--at", "06:10", "--state-out", out)
    assert done.exit_code == 1
    told = f"{tmp_path / full}: cannot be written: No space left on device"
    assert done.stderr.splitlines()[-1] == told


def test_a_running_batch_is_handed_over_whole(tmp_path: Path):
    """The pieces in the furnace are one row, and who goes on ends when the run would."""
    (tmp_path / "p.yaml").write_text(FURNACE, "utf-8")
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nplant: p.yaml\nstart: 2026-01-05 06:00\n"
        "orders: [{id: x, product: p, quantity: 4, due: '07:00'}]\n",
        "utf-8",
    )
    plant, scenario = load_with_plant(tmp_path / "s.yaml")
    out = tmp_path / "now.yaml"
    arguments = ("run", str(tmp_path / "s.yaml"), "--once", "--at", "06:20", "--state-out")
    done = invoke(*arguments, str(out))
    assert done.exit_code == 0, done.output
    assert "on its way" not in done.stderr
    table = (tmp_path / "now.csv").read_text("utf-8").splitlines()
    assert "x,,1-2,h,b,20.0" in table
    whole = simulate(plant, scenario)
    rest = simulate(*load_with_plant(out))
    assert rest.end + 1200.0 == pytest.approx(whole.end)
    assert rest.kpis["good_pieces"].value == whole.kpis["good_pieces"].value == 4


STANDING = """
scenario: s
plant: p.yaml
start: 2026-01-05 06:00
orders: [{id: o, product: p, quantity: 8}]
events:
  - {at: +2 min, machine: w-1, do: stop, for: 20 min}
  - {at: +2 min, machine: LAST, do: stop, for: 25 min}
"""


@pytest.mark.parametrize(
    ("machines", "last", "waiting"),
    [
        ("{id: w-1, group: w, buffer: 0}", "w-1", 1),
        ("{id: w-1, group: w, buffer: 0}, {id: w-2, group: w}", "w-2", 2),
        ("{id: w-1, group: w, buffer: 1}", "w-1", 2),
        ("{id: w-1, group: w, buffer: 0, batch: {most: 3}}", "w-1", 3),
    ],
)
def test_pieces_that_wait_before_empty_machines_are_handed_over(
    machines, last, waiting, tmp_path: Path
):
    """An empty machine is as good as a slot, also while it is stopped (docs/files.md)."""
    (tmp_path / "p.yaml").write_text(
        f"plant: p\nmachines: [{{id: a}}, {machines}]\n"
        "products: [{id: p, route: [{operation: one, machines: [a], duration_min: 3},"
        " {operation: two, machines: [w], duration_min: 2}]}]\n",
        "utf-8",
    )
    (tmp_path / "s.yaml").write_text(STANDING.replace("LAST", last), "utf-8")
    out = tmp_path / "now.yaml"
    arguments = ("run", str(tmp_path / "s.yaml"), "--once", "--at", "06:14", "--state-out")
    done = invoke(*arguments, str(out))
    assert done.exit_code == 0, done.output
    plant, scenario = load_with_plant(tmp_path / "s.yaml")
    cut = simulate(plant, scenario, until=14 * 60.0)
    assert len(cut.snapshot.states[" station w"].queue) == waiting
    gone = sum(row.kind == "done" for row in cut.log.pieces)
    assert len(later(simulate(plant, scenario), 14 * 60.0)) == 8 - gone
    goes_on(plant, scenario, out, 14 * 60.0)


def later(run, cut: float) -> dict[str, float]:
    """Return when each piece was done after a *cut* [s]."""
    return {
        row.job: row.time for row in run.log.pieces if row.kind == "done" and row.time > cut
    }


def goes_on(plant, scenario, out: Path, cut: float) -> None:
    """Assert that what begins with *out* ends each piece when the run cut there would."""
    rest = simulate(*load_with_plant(out))
    assert {job: time + cut for job, time in later(rest, 0.0).items()} == pytest.approx(
        later(simulate(plant, scenario), cut)
    )


PAIR = """
plant: p
machines: [{id: a, buffer: 1}, {id: w, buffer: 0}]
products:
  - id: p
    route:
      - {operation: one, machines: [a], duration_min: 3}
      - {operation: two, machines: [w], duration_min: 2}
"""


def test_a_piece_before_an_empty_machine_without_a_buffer_begins_at_once():
    """One more has no place: it is named by where it stands in the file."""
    plant = parse_plant(PAIR)
    text = "scenario: s\nplant: p\norders: [{id: o, product: p, quantity: 2}]\nstart_from:\n"
    one = "  work:\n  - {order: o, piece: 1, operation: two}\n"
    assert simulate(plant, parse_scenario(text + one, plant)).end == 300.0
    two = f"{one}  - {{order: o, piece: 2, operation: two}}\n"
    with pytest.raises(st.InvalidInput) as caught:
        parse_scenario(text + two, plant)
    assert str(caught.value).endswith(
        ":7:23 start_from.work[1].piece: 2 pieces wait for 'w', whose buffer has 0 slots and "
        "whose empty machines take 1"
    )


def test_what_is_released_waits_for_its_first_operation_however_much_it_is(tmp_path: Path):
    """Six pieces before a saw with one place: four wait at 06:05, and the rest is the same."""
    (tmp_path / "p.yaml").write_text(PAIR, "utf-8")
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nplant: p.yaml\nstart: 2026-01-05 06:00\n"
        "orders: [{id: o, product: p, quantity: 6}]\n",
        "utf-8",
    )
    plant, scenario = load_with_plant(tmp_path / "s.yaml")
    out = tmp_path / "now.yaml"
    arguments = ("run", str(tmp_path / "s.yaml"), "--once", "--at", "06:05", "--state-out")
    done = invoke(*arguments, str(out))
    assert done.exit_code == 0, done.output
    cut = simulate(plant, scenario, until=300.0)
    assert len(cut.snapshot.states[" station a"].queue) == 4
    assert len(later(simulate(plant, scenario), 300.0)) == 5
    goes_on(plant, scenario, out, 300.0)


def test_a_piece_on_its_way_is_told_with_its_ends():
    """Between stations it is told whence and whither; on its way out it counts as finished."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: a}, {id: b}]\ntransport: {time_min: 4}\nproducts:\n"
        "  - id: p\n    route:\n      - {operation: o, machines: [a], duration_min: 5}\n"
        "      - {operation: h, machines: [b], duration_min: 6}\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\norders: [{id: x, product: p, quantity: 3}]\n", plant
    )
    seen = set()
    for minute in range(1, 40):
        run = simulate(plant, scenario, until=60.0 * minute, history=False)
        if run.kpis["good_pieces"].value == 3:
            break
        handed = run.snapshot.handover(scenario)
        seen |= {line.partition(" is on its way ")[2] for line in handed.lost}
        out = sum("to the exit" in line for line in handed.lost)
        made = run.kpis["good_pieces"].value + out
        assert (made == 3) == (not handed.scenario.orders)
        if handed.scenario.orders:
            left = simulate(plant, handed.scenario, history=False).kpis["good_pieces"].value
            assert made + left == 3, minute
    assert seen >= {
        "from the release to a; it is there at once",
        "from a to b; it is there at once",
        "to the exit; it counts as finished",
    }


def test_a_piece_in_a_store_has_had_its_operation():
    """A piece that waits in a kanban store does not begin again what it is finished with."""
    plant = parse_plant(
        "plant: p\nmachines: [{id: a, kanban: 2}, {id: b, kanban: 1}]\nproducts:\n"
        "  - id: p\n    route:\n      - {operation: o, machines: [a], duration_min: 5}\n"
        "      - {operation: h, machines: [b], duration_min: 60}\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: p\norders: [{id: x, product: p, quantity: 3}]\n", plant
    )
    run = simulate(plant, scenario, until=1200.0, history=False)
    handed = run.snapshot.handover(scenario)
    assert "x/2 is finished at a; it waits for h at once" in handed.lost
    assert [w.operation for w in handed.start.work][:2] == ["h", "h"]
