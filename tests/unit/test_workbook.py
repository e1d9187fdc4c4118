"""Tests of the Excel file: a sheet a question, numbers as numbers, no formula from a name."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.errors import InvalidInput
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import workbook
from tests.small import PLANT, PLANT_FILE, SHIFT, SHIFT_FILE

openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel` is not installed")


@pytest.fixture(scope="module")
def many():
    """Six replications of a small shop."""
    return replicate(PLANT, SHIFT, 6)


def opened(path: Path) -> Any:
    """Return the workbook at *path*."""
    return openpyxl.load_workbook(path)


def column(page: Any, name: str) -> list[Any]:
    """Return the values of the column that is headed *name*."""
    head = [cell.value for cell in page[1]]
    return [row[head.index(name)] for row in page.iter_rows(min_row=2, values_only=True)]


def test_each_question_has_its_sheet(many, tmp_path):
    """The first sheet says what is where; every header is frozen and filtered."""
    book = opened(many.to_excel(tmp_path / "day.xlsx", actions=many.actions()))
    assert book.sheetnames == [
        "Read first", "Orders", "Actions", "Bottleneck", "Hours", "Machines", "Key figures",
        "Assumptions", "Provenance",
    ]  # fmt: skip
    assert all(page.freeze_panes == "A2" for page in book)
    told = dict(book["Read first"].iter_rows(values_only=True))
    assert told["Sheet Orders"] == "Which orders are late, how surely, and why?"
    assert told["Rests on"] == "6 replications (seed 1), intervals of 95 %"
    assert set(column(book["Actions"], "stage")) == {"tried", "screened"}


def test_cells_have_the_values_of_the_result(many, tmp_path):
    """Numbers are numbers, times are times; the value is that of the frame."""
    book = opened(many.to_excel(tmp_path / "day.xlsx"))
    page = book["Orders"]
    frame = many.frame("orders").set_index("order")
    for name, chance in zip(column(page, "order"), column(page, "P(late) [%]"), strict=True):
        assert chance == frame["p_late"][name]
    assert datetime(2026, 1, 5, 6, 34) in column(page, "due")  # noqa: DTZ001 - local to the plant
    values = dict(
        zip(column(book["Key figures"], "key figure"), column(book["Key figures"], "value"),
            strict=True)
    )  # fmt: skip
    assert values["good pieces"] == many.kpis["good_pieces"].value.value
    assert page["F2"].number_format == "0.0 %"
    assert "Actions" not in book.sheetnames


def test_a_single_run_has_finishes_and_no_intervals(tmp_path):
    """One observation: when each order was done, and how late."""
    run = simulate(PLANT, SHIFT)
    book = opened(run.to_excel(tmp_path / "one.xlsx"))
    rows = run.frame("orders").set_index("order")
    late = column(book["Orders"], "late by [min]")
    for name, value in zip(column(book["Orders"], "order"), late, strict=True):
        assert value == pytest.approx(rows["tardiness_s"][name] / 60.0)
    assert late == sorted(late, reverse=True)
    assert [cell.value for cell in book["Key figures"][1]] == [
        "key figure", "value", "unit", "meaning"
    ]  # fmt: skip


def test_names_that_calculate_are_text(tmp_path):
    """A name that begins like a formula is escaped, and never one (UX 5)."""
    plant = parse_plant(
        PLANT_FILE.replace("m1", '"=1+1"').replace("plant: two", 'plant: "@two"')
    )
    shift = parse_scenario(SHIFT_FILE.replace("id: first", 'id: "-2+3"'), plant)
    book = opened(simulate(plant, shift).to_excel(tmp_path / "bad.xlsx"))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "'=1+1" in column(book["Machines"], "machine")
    assert "'-2+3" in column(book["Orders"], "order")


def test_the_same_result_gives_the_same_bytes(many, monkeypatch):
    """No wall clock is in the file (UX 3)."""
    assert workbook.packed(many) == workbook.packed(many)
    assert b"1980-01-01T00:00:00Z" in _part(workbook.packed(many), "docProps/core.xml")


def _part(data: bytes, name: str) -> bytes:
    from io import BytesIO
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as file:
        return file.read(name)


def test_wrong_paths_and_a_missing_extra_are_told_before_the_run(tmp_path, monkeypatch):
    """What is there, another ending, no folder, no openpyxl: one sentence, exit code 2."""
    there = tmp_path / "there.xlsx"
    there.write_text("mine")
    for path, message in (
        (there, "exists already"),
        (tmp_path / "day.xls", "must end in .xlsx"),
        (tmp_path / "no" / "day.xlsx", "there is no folder"),
    ):
        done = CliRunner().invoke(app, ["run", "day_shift", "--excel", str(path)])
        assert (done.exit_code, message in done.stderr) == (2, True)
    assert there.read_text() == "mine"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InvalidInput, match=r'needs openpyxl: pip install -e "\.\[excel\]"'):
        workbook.check(tmp_path / "new.xlsx", force=False)
    assert sorted(tmp_path.iterdir()) == [there]


def test_the_command_writes_it(tmp_path, monkeypatch):
    """`run --excel` writes the file that was asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(PLANT_FILE, "utf-8")
    (tmp_path / "day.yaml").write_text(SHIFT_FILE.replace("plant: two", "plant: two.yaml"))
    done = CliRunner().invoke(app, ["run", "day.yaml", "-n", "3", "--excel", "day.xlsx"])
    assert done.exit_code == 0, done.stderr
    assert "sheets in day.xlsx" in done.stderr
    assert "Orders" in opened(tmp_path / "day.xlsx").sheetnames


def test_what_the_plant_knows_nothing_of_is_left_out(tmp_path):
    """Machines without power have no energy, and no P(late) what is due after the end."""
    plant = parse_plant("""
plant: plain
machines: [{id: saw}]
products:
  - id: part
    route: [{operation: cut, machines: [saw], duration: {exponential: {mean_min: 5}}}]
""")
    shift = parse_scenario(
        """
scenario: hour
plant: plain
horizon_min: 60
orders:
  - {id: one, product: part, quantity: 2, due_min: 50}
  - {id: two, product: part, quantity: 90, due_min: 3000}
""",
        plant,
    )
    book = opened(replicate(plant, shift, 4).to_excel(tmp_path / "plain.xlsx"))
    assert "energy [kWh]" not in [cell.value for cell in book["Machines"][1]]
    figures = column(book["Key figures"], "key figure")
    assert not {"energy", "energy per piece", "tool changes", "thermal trips"} & {*figures}
    chances = dict(
        zip(column(book["Orders"], "order"), column(book["Orders"], "P(late) [%]"), strict=True)
    )
    assert chances["two"] is None
    assert chances["one"] is not None
