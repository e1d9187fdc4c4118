"""Tests of saved runs: a folder comes back equal, and never over something else (UX 5)."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import simtwin
from simtwin.cli import app
from simtwin.errors import InvalidInput, UnknownSnapshot
from simtwin.orchestrator.simulate import simulate
from simtwin.physics.degradation import GammaProcess, WienerProcess
from simtwin.physics.life import (
    Exponential,
    Fixed,
    Gamma,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from simtwin.physics.slots import Geometric, NegativeBinomial
from simtwin.plant.files import examples, load_with_plant
from simtwin.plant.plain import KINDS, from_plain, to_plain
from simtwin.report.sheets import INSTANTS, sheet, sheets
from simtwin.shop.capture import to_json
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = 3600.0


@pytest.fixture(scope="module")
def shift() -> simtwin.Result:
    """Two hours of the bundled job shop, warm and with work in progress."""
    plant, scenario = load_with_plant("day_shift")
    return simulate(plant, scenario, until=2 * HOUR)


@pytest.fixture
def folder(shift: Any, tmp_path: Path) -> Path:
    """The folder in which that shift is saved."""
    saved: Path = shift.save(tmp_path / "shift")
    return saved


@pytest.fixture(scope="module")
def ensemble() -> simtwin.Ensemble:
    """Three replications of a small shop."""
    plant, scenario = load_with_plant("one_machine")
    return simtwin.replicate(plant, replace(scenario, horizon=HOUR), 3, workers=1)


def test_a_saved_run_comes_back_equal(shift: Any, folder: Path) -> None:
    """``simtwin.open(folder)`` restores an equal result: figures, frames, plant (UX 5)."""
    opened: Any = simtwin.open(folder)
    assert opened == shift
    assert opened.snapshot == shift.snapshot
    assert opened != simulate(shift.plant, shift.scenario, until=2 * HOUR, seed=2)
    assert (opened.plant, opened.scenario) == (shift.plant, shift.scenario)
    assert opened.kpis == shift.kpis
    assert opened.machines == shift.machines
    assert opened.provenance == shift.provenance
    assert opened.window.orders == shift.window.orders
    for name in INSTANTS:
        pd.testing.assert_frame_equal(shift.frame(name), opened.frame(name), check_exact=True)


def test_a_saved_run_still_answers(shift: Any, folder: Path) -> None:
    """``at`` and ``why`` give the same from a folder: any instant is evaluated exactly."""
    opened: Any = simtwin.open(folder)
    for time in ("06:00", "06:41", 5000.5, "08:00"):
        assert opened.at(time) == shift.at(time)
        for machine in ("mill-1", "hmc-1"):
            assert opened.why(machine, time) == shift.why(machine, time)
    assert opened.plot.gantt().to_json() == shift.plot.gantt().to_json()


def test_a_saved_run_goes_on(shift: Any, folder: Path) -> None:
    """KERNEL 18: a run goes on from the opened snapshot bit for bit as from the original."""
    opened: Any = simtwin.open(folder)
    ends = [
        simulate(run.plant, run.scenario, snapshot=run.snapshot, until=3 * HOUR)
        for run in (shift, opened)
    ]
    assert to_json(ends[0].snapshot) == to_json(ends[1].snapshot)


def test_the_same_result_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """UX 3: no wall clock in a folder; what was opened is saved as it was."""
    opened: Any = simtwin.open(folder)
    again = opened.save(tmp_path / "again")
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_an_ensemble_comes_back_equal(ensemble: Any, tmp_path: Path) -> None:
    """Replications keep their estimates and outcomes, and their first run its log (UX 5)."""
    opened: Any = simtwin.open(ensemble.save(tmp_path / "many"))
    assert opened.kpis == ensemble.kpis
    assert repr(opened.outcomes) == repr(ensemble.outcomes)  # NaN is not equal to itself
    assert (opened.n, opened.asked, opened.partial, opened.seed) == (3, 3, False, ensemble.seed)
    assert opened.provenance == ensemble.provenance
    for name in ("orders", "states"):
        pd.testing.assert_frame_equal(ensemble.frame(name), opened.frame(name))


def test_a_run_without_a_log_is_saved_without_one(tmp_path: Path) -> None:
    """What a run did not keep is not in its folder, and asking for it says so."""
    plant, scenario = load_with_plant("one_machine")
    run: Any = simulate(plant, scenario, history=False)
    folder = run.save(tmp_path / "lean")
    assert not (folder / "traces.npz").exists()
    assert not (folder / "states.csv").exists()
    opened: Any = simtwin.open(folder)
    assert opened.kpis == run.kpis
    with pytest.raises(InvalidInput, match="kept no log"):
        opened.at(0.0)


def test_a_folder_is_kept_unless_forced(shift: Any, folder: Path, tmp_path: Path) -> None:
    """UX 3: nothing is overwritten without force, and with it only what is a saved run."""
    with pytest.raises(InvalidInput, match="exists already"):
        shift.save(folder)
    assert shift.save(folder, force=True) == folder
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is no saved run"):
        shift.save(precious, force=True)
    assert (precious / "thesis.txt").exists()


def test_a_folder_appears_whole_or_not_at_all(
    shift: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UX 5: written to a temporary name, then renamed; a full disk leaves nothing behind."""

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        shift.save(tmp_path / "shift")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["kpis.json", "plant.json", "scenario.json", "traces.npz", "snapshot.json", "totals.json"],
)
def test_damage_is_said_in_one_line(folder: Path, name: str) -> None:
    """UX 5: a file that is missing, or is not what was saved, is named."""
    path = folder / name
    data = path.read_bytes()
    path.write_bytes(data[:-3] + b"xyz")
    with pytest.raises(InvalidInput, match=f"{name}: is damaged"):
        simtwin.open(folder)
    path.unlink()
    with pytest.raises(InvalidInput, match=f"{name}: is missing"):
        simtwin.open(folder)


def test_figures_and_sheets_without_a_hash_may_be_edited(shift: Any, folder: Path) -> None:
    """A planner may write into a sheet; a folder that has no hash of its figures opens, too."""
    (folder / "orders.csv").write_text("order\nmine\n", encoding="utf-8")
    (folder / "kpis.json").write_text("{}", encoding="utf-8")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["files"]["kpis.json"] = None
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert simtwin.open(folder) == shift


def test_another_version_is_refused(folder: Path) -> None:
    """UX 5: an unknown schema_version is refused, and so is a manifest that is none."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(manifest | {"schema_version": 99}), encoding="utf-8")
    with pytest.raises(UnknownSnapshot, match=r"manifest\.json: has schema_version 99"):
        simtwin.open(folder)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"manifest\.json: is damaged"):
        simtwin.open(folder)
    path.unlink()
    with pytest.raises(InvalidInput, match=r"manifest\.json: is missing"):
        simtwin.open(folder)
    with pytest.raises(InvalidInput, match="no such folder"):
        simtwin.open(folder / "nowhere")


def test_sheets_are_for_planners(shift: Any, folder: Path) -> None:
    """UX 5: UTF-8, comma, ISO times, units in the header, and as many rows as the frame."""
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    frame = shift.frame("orders")
    assert [row["order"] for row in rows] == list(frame["order"])
    begin = datetime.fromisoformat(shift.scenario.start)
    due = [(datetime.fromisoformat(row["due"]) - begin).total_seconds() for row in rows]
    assert due == list(frame["due_s"])
    assert {"tardiness_s", "late"} <= rows[0].keys()


TABLES = (
    "states", "operations", "temperatures", "wear", "orders", "energy", "events", "queues",
    "machines", "stations", "hours", "bottleneck", "damage", "downtime",
)  # fmt: skip


def test_each_table_has_its_sheet(shift: Any, folder: Path, ensemble: Any) -> None:
    """``docs/files.md``: one CSV file for each table that ``frame`` knows, of many runs too."""
    assert {path.stem for path in folder.glob("*.csv")} == set(TABLES)
    for name in ("hours", "bottleneck", "damage", "downtime"):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        frame = shift.frame(name)
        assert len(rows) == len(frame) > 0
        assert len(rows[0]) == len(frame.columns)
    with pytest.raises(InvalidInput, match=f"there are {', '.join(TABLES)}$"):
        shift.frame("nothing")
    many = sheets(ensemble, log=True)
    assert set(many) == set(TABLES)
    assert many["hours"].startswith("machine,start,end,busy_share,busy_share_low,")


def test_a_folder_without_hours_is_read_and_saved(shift: Any, tmp_path: Path) -> None:
    """A run that kept no hours has no sheet of them, and all others."""
    old = replace(shift, window=replace(shift.window, hours=None), waits=None)
    opened: Any = simtwin.open(old.save(tmp_path / "old"))
    assert opened.hours is None
    again = opened.save(tmp_path / "again")
    assert {path.stem for path in again.glob("*.csv")} == {*TABLES} - {"hours", "bottleneck"}


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_spreadsheet_calculates_a_name(text: str) -> None:
    """UX 5: text that a spreadsheet would take for a formula is escaped; numbers are not."""
    table = pd.DataFrame({"order": [text], "energy_kwh": [-2.0]})
    made = sheet(table, (), datetime.fromisoformat("2026-01-05T06:00"))
    row = list(csv.reader(StringIO(made, newline="")))[1]
    assert row == [f"'{text}", "-2"]


def test_wear_is_sampled_as_asked(shift: Any) -> None:
    """``frame("wear", every=...)`` gives the wear at those instants, as ``at`` reads it."""
    table = shift.frame("wear", every="10 min")
    assert set(table["time_s"]) <= {600.0 * index for index in range(13)}
    row = table[table["machine"] == "mill-1"].iloc[-1]
    assert row["vb_mm"] == shift.at(float(row["time_s"]))["mill-1"]["vb_mm"]


@pytest.mark.parametrize("every", [1e-9, 1e-320, "0.0001 s"])
def test_a_table_of_too_many_readings_is_refused(shift: Any, every: float | str):
    """It would not fit into memory; who asks is told which step would."""
    with pytest.raises(InvalidInput, match=r"every must be at least 0\.\d+ s, so that 12 mach"):
        shift.frame("temperatures", every=every)


@pytest.mark.parametrize("name", [n for kind, n, _ in examples() if kind == "scenarios"])
def test_the_plain_form_keeps_every_bit(name: str) -> None:
    """A plant and a scenario are equal after JSON, types and infinities included."""
    for value in load_with_plant(name):
        again = from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)))
        assert again == value
        assert repr(again) == repr(value)


@pytest.mark.parametrize(
    "law",
    [Exponential(5.0), Weibull(1.5, 4.0), Lognormal(3.0, 0.4), Normal(9.0, 2.0), Fixed(1.0),
     Uniform(1.0, 2.0), Triangular(1.0, 2.0, 4.0), Gamma(2.0, 3.0), Geometric(0.5),
     NegativeBinomial(3, 0.5)],
    ids=lambda law: type(law).__name__,
)  # fmt: skip
def test_every_law_has_a_plain_form(law: Any) -> None:
    """Each law of lives and durations comes back as itself, whatever its constructor takes."""
    assert from_plain(json.loads(json.dumps(to_plain(law)))) == law


@pytest.mark.parametrize(
    "data",
    [{" is": "PosixPath"}, {" is": "Fixed", "value": 1.0, "extra": 2}, {" is": "Fixed"},
     {"what": 1}, {" number": "1e5"}],
)  # fmt: skip
def test_unknown_forms_are_refused(data: Any) -> None:
    """A file can make no other type than those of plants, scenarios and totals."""
    with pytest.raises(InvalidInput, match=r"no value has the form|no field|lacks the field"):
        from_plain(data)


def test_what_cannot_be_saved_is_said() -> None:
    """A value of a foreign type is refused by name when it is saved, not when it is read."""
    with pytest.raises(InvalidInput, match=r"a value of type \w*Path cannot be saved"):
        to_plain((Path("x"),))


def test_the_cli_reports_from_a_folder(tmp_path: Path) -> None:
    """``run --save F`` and then ``report F -o page.html`` work and overwrite nothing (UX 3)."""
    folder, page = tmp_path / "run", tmp_path / "page.html"
    call = CliRunner().invoke
    asked = ["run", "one_machine", "--once", "--save", str(folder)]
    assert call(app, asked).exit_code == 0
    done = call(app, ["report", str(folder), "-o", str(page)])
    assert done.exit_code == 0, done.output
    assert "<!DOCTYPE html>" in page.read_text("utf-8")[:20]
    assert call(app, asked).exit_code == 2
    assert call(app, [*asked, "--force"]).exit_code == 0
    kept = (folder / "kpis.json").read_text("utf-8")
    (folder / "kpis.json").write_text(kept.replace("1", "2"), encoding="utf-8")
    changed = call(app, ["report", str(folder), "-o", str(page), "--force"])
    assert changed.exit_code == 2
    assert "kpis.json: is damaged: it is not the file that was saved" in changed.stderr
    (folder / "kpis.json").write_text(kept, encoding="utf-8")
    (folder / "plant.json").unlink()
    broken = call(app, ["report", str(folder), "-o", str(page), "--force"])
    assert broken.exit_code == 2
    assert "plant.json: is missing" in broken.stderr


def test_what_cannot_be_saved_is_refused_before_any_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``run --save`` of a plant that no folder can hold ends at once, and names the value."""
    monkeypatch.delitem(KINDS, "StationSpec")
    monkeypatch.setattr("simtwin.orchestrator.simulate.simulate", None)
    asked = ["run", "one_machine", "--once", "--save", str(tmp_path / "run")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2, done.output
    assert "plant one_machine: cannot be saved: a value of type StationSpec" in done.stderr


def test_a_save_that_fails_loses_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Report and sheets are written when the folder cannot be, and then the failure is told."""

    def refuse(*_: Any, **__: Any) -> None:
        raise InvalidInput("no room on this disk")

    monkeypatch.setattr("simtwin.report.folder._manifest", refuse)
    page, sheets = tmp_path / "p.html", tmp_path / "s.xlsx"
    asked = ["run", "one_machine", "--once", "--save", str(tmp_path / "run")]
    done = CliRunner().invoke(app, [*asked, "--report", str(page), "--excel", str(sheets)])
    assert done.exit_code == 2, done.output
    assert done.stderr.endswith("no room on this disk\n")
    assert page.is_file()
    assert sheets.is_file()
    assert not (tmp_path / "run").exists()


def test_a_snapshot_goes_on_from_its_file(shift: Any, tmp_path: Path) -> None:
    """``snapshot.save`` and ``load_snapshot`` keep every bit and overwrite nothing unasked."""
    path = tmp_path / "ten.json"
    assert shift.snapshot.save(path) == path
    assert to_json(simtwin.load_snapshot(path)) == to_json(shift.snapshot)
    with pytest.raises(InvalidInput, match="exists already"):
        shift.snapshot.save(path)
    shift.snapshot.save(path, force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["ten.json"]


def test_tables_keep_the_order_of_the_plant_after_a_file(tmp_path: Path) -> None:
    """The file sorts its names; stations and machines stand as in the plant all the same."""
    plant, shift = load_with_plant("flow_line")
    run = simulate(plant, shift, until=1800.0)
    path = run.snapshot.save(tmp_path / "state.json")
    branch = simulate(plant, shift, snapshot=simtwin.load_snapshot(path), until=2400.0)
    stations = [station.name for station in plant.stations]
    assert stations != sorted(stations)
    for one in (run, branch):
        assert list(one.frame("stations")["station"]) == stations
    assert list(branch.window.machines) == list(run.window.machines)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("{", InvalidInput, "is damaged"),
        ("[]", InvalidInput, "is damaged"),
        ('{"schema_version": 99}', UnknownSnapshot, "schema_version 99"),
        ('{"schema_version": 4}', InvalidInput, "is damaged"),
    ],
)
def test_a_damaged_snapshot_is_refused(
    tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    """A file that holds no snapshot of this version is one clear error that names it."""
    path = tmp_path / "ten.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=rf"ten\.json: .*{said}"):
        simtwin.load_snapshot(path)
    with pytest.raises(InvalidInput, match=r"none\.json: is missing"):
        simtwin.load_snapshot(tmp_path / "none.json")


def _edited(data: Any) -> Iterator[None]:
    """Edit *data* at one place after the other, and put back what was there."""
    items = list(data.items() if isinstance(data, dict) else enumerate(data))
    for key, value in items:
        for other in (None, [], "x", -1e9):
            if other != value:
                data[key] = other
                yield
        data[key] = value
        if isinstance(value, dict | list):
            yield from _edited(value)
    if isinstance(data, dict):
        for key, value in items:
            del data[key]
            yield
            data[key] = value


def test_an_edited_snapshot_is_refused_wherever_it_was_edited(
    shift: Any, tmp_path: Path
) -> None:
    """Whatever one field is changed to, or without it: one clear error that names the file."""
    path = shift.snapshot.save(tmp_path / "ten.json")
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps(data, indent=2), "utf-8")
    assert simtwin.load_snapshot(path).time == shift.snapshot.time, "the content is the same"
    told = r"ten\.json: (is damaged: |snapshot has schema_version)"
    for count, _ in enumerate(_edited(data)):
        if count % 211:
            continue
        path.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises((InvalidInput, UnknownSnapshot), match=told):
            simtwin.load_snapshot(path)
    data["time"] += 1.0
    path.write_text(json.dumps(data), encoding="utf-8")
    told = r"ten\.json: is damaged: its content is not what was saved"
    with pytest.raises(InvalidInput, match=told):
        simtwin.load_snapshot(path)


@pytest.mark.parametrize("name", TEXTS)
def test_every_plant_can_be_saved(name: str) -> None:
    """Calendars, policies, degradation, transport, cards: all come back equal."""
    for value in shop(name):
        assert from_plain(json.loads(json.dumps(to_plain(value)))) == value


def test_degradation_can_be_saved() -> None:
    """A life that grows by a gamma or a Wiener process is a law as any other."""
    for law in (GammaProcess(0.1, 1.0, 5.0), WienerProcess(0.1, 0.3, 5.0)):
        assert from_plain(to_plain(law)) == law
