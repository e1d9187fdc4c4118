"""Tests of what single cells of exported lists may hold."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest

from simtwin.errors import InvalidInput, Problem
from simtwin.plant.erp.amounts import Span, decimal_marks, read_number, read_span
from simtwin.plant.erp.dates import read_date
from simtwin.plant.erp.findings import MOST_TOLD, Findings
from simtwin.plant.erp.headings import read_heading
from simtwin.plant.erp.intake import Wishes, take_in
from simtwin.plant.erp.measure import NONE
from simtwin.plant.erp.names import key_of, one_letter_apart, slips, twins
from simtwin.plant.table import plain, read_table

NOON = datetime.fromisoformat("2026-01-05 12:00")


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1,5", ".", 1.5),
        ("1.5", ",", 1.5),
        ("1.234", ",", 1234.0),
        ("1,234", ",", 1.234),
        ("0,500", ".", 0.5),
        ("1.234.567", ".", 1234567.0),
        ("1'234,5", ",", 1234.5),
        ("1 234,5", ",", 1234.5),
        ("1\u00a0000 Stk.", ",", 1000.0),
        ("-2,5", ",", -2.5),
        (7, ",", 7.0),
    ],
)
def test_numbers(text, mark, expected):
    """Either decimal mark, thousands, blanks, pieces behind."""
    assert expected == read_number(text, mark)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1,2,3", "1.23.456", "12 kg", "5 min", True, NOON, "9" * 300, float("nan")],
)
def test_what_is_no_number(text):
    """Everything else is refused with what stands there."""
    with pytest.raises(InvalidInput, match="must be a number"):
        read_number(text, ",")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("2,5", "h", Span(2.5, "h")),
        ("1:30:30", "min", Span(90.5, "min")),
        ("1:30", "h", Span(90.0, "min")),
        ("1:30", "mm:ss", Span(90.0, "s")),
        ("1:30 min", "h", Span(90.0, "s")),
        ("0,25 Std.", "min", Span(0.25, "h")),
        ("1h20min", "min", Span(80.0, "min")),
        ("12Min", "s", Span(12.0, "min")),
        (time(1, 30), "min", Span(90.0, "min")),
        (timedelta(hours=30), "min", Span(1800.0, "min")),
        (3.5, "s", Span(3.5, "s")),
    ],
)
def test_times(value, unit, expected):
    """The unit of the cell goes before that of the heading; Excel's own times are taken."""
    assert expected == read_span(value, unit, ",")


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        ("1:75 h", "min", "must have less than 60 behind a colon (got '1:75 h')"),
        ("90", "hh:mm", "must be hh:mm, as the heading says (got 90)"),
        (90, "mm:ss", "must be mm:ss, as the heading says (got 90)"),
        (NOON, "min", "must be a time (got 2026-01-05 12:00:00)"),
        ("5 kg", "min", "must be a time such as '12', '90 s' or '1:30 h' (got '5 kg')"),
        (1e300, "min", "must be a number up to 1e+09 (got '1e+300')"),
    ],
)
def test_what_is_no_time(value, unit, message):
    """Each refusal has the value and what would be right."""
    with pytest.raises(InvalidInput) as caught:
        read_span(value, unit, ",")
    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-05T12:00:00", NOON),
        ("2026/1/5 12:00", NOON),
        ("5. 1. 2026, 12:00", NOON),
        ("05-Jan-2026 12:00", NOON),
        ("5 Januar 26 12:00 PM", NOON),
        ("1/5/26 12:00", NOON),
        ("20260105 12:00", NOON),
        ("January 5, 2026 12:00", NOON),
        ("Jan. 5 2026 12:00", NOON),
        ("05.01.26 12:00 Uhr", NOON),
        ("Mo, 5.1.2026 12:00:00 Uhr", NOON),
        ("Mon 1/5/2026 12:00 PM", NOON),
        (NOON, NOON),
        (46027.5, NOON),
        ("46027.5", NOON),
        (date(2026, 1, 5), NOON - timedelta(hours=12)),
    ],
)
def test_dates(value, expected):
    """ISO, German, American, by name of the month, as SAP writes them, and Excel's own."""
    assert expected == read_date(value, "mdy").when


def test_two_digits_of_marks_show_both():
    """A list with either mark shows both, and a lone group of three shows nothing."""
    assert decimal_marks(["1,5", "2.25"]) == {",", "."}
    assert decimal_marks(["1,000,000"]) == {"."}
    assert decimal_marks(["1,000"]) == set()


def test_headings():
    """Umlauts, capitals, brackets and units at the end."""
    assert read_heading("Rüstzeit in Std.").measure.unit == "h"
    assert read_heading("RUESTZEIT [hh:mm]") == read_heading("rüstzeit (hh:mm)")
    assert read_heading("Gewicht (kg)").bracket == "kg"
    assert read_heading("") == ("", NONE, None)


def test_names():
    """One letter apart is one letter: digits, longer differences and equals are not."""
    assert one_letter_apart("Dreh-1", "Drehh-1")
    assert one_letter_apart("Dreh-1", "Droh-1")
    assert not one_letter_apart("Dreh-1", "DREH-1")
    assert not one_letter_apart("Dreh-1", "Fräs-1")
    assert not one_letter_apart("M1", "M12")
    assert key_of("---") == "---"


def test_very_many_problems_are_counted():
    """Who gives the wrong file gets the first problems and the number of the rest."""
    findings = Findings([Problem("a.csv", k, 1, "x", "wrong") for k in range(1, 1001)])
    with pytest.raises(InvalidInput) as caught:
        findings.raise_problems()
    lines = str(caught.value).splitlines()
    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == "a.csv:201:1 this and 799 more problems are not shown"


def test_plain_values_of_cells():
    """What Excel holds, as a file would write it."""
    assert plain(time(14, 30)) == "14:30:00"
    assert plain(timedelta(minutes=2)) == "120 s"
    assert plain(date(2026, 1, 5)) == "2026-01-05"
    assert plain(2.5) == 2.5


def test_marks_within_quotes(tmp_path):
    """Quotes hold marks, quotes and line ends; places are those of the file."""
    path = tmp_path / "a.csv"
    path.write_text('a;b;c\n"1;""x""";2;"two\nlines";3\n4;5;6\n', "utf-8")
    table = read_table(path)
    row, last = table.rows[1:3]
    assert row.values == ('1;"x"', "2", "two\nlines", "3")
    assert (row.line, row.column(1), row.column(3)) == (2, 11, 8)
    assert (last.line, last.column(2)) == (4, 5)


def test_a_table_of_nothing_is_empty(tmp_path):
    """Marks without cells are an empty file."""
    path = tmp_path / "a.csv"
    path.write_text(";;\n\n;\n")
    with pytest.raises(InvalidInput, match="1:1 file is empty"):
        read_table(path)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"FRÄS-1": 3, "FRÄS-l": 1}, {"FRÄS-l": "FRÄS-1"}),
        ({"FRÄS-1": 1, "FRÄS-l": 4}, {"FRÄS-l": "FRÄS-1"}),
        ({"CNC-10": 1, "CNC-1O": 1}, {"CNC-1O": "CNC-10"}),
        ({"Dreh-1": 2, "Derh-1": 1}, {"Derh-1": "Dreh-1"}),
        ({"Mill-1": 4, "Mill-2": 1, "Mill-10": 1}, {}),
        ({"Dreh-1": 1, "Derh-1": 1}, {}),
    ],
)
def test_slips_of_machine_names(counts, expected):
    """What looks like another name is doubted anywhere, one letter apart beside two rows."""
    assert slips(Counter(counts)) == expected


def test_a_letter_for_a_digit_is_doubted(tmp_path):
    """A list of three rows with FRÄS-l for FRÄS-1 has two machines, and the doubt says so."""
    routing = "part;op;machine;run_min\nA;10;FRÄS-1;1\nA;20;FRÄS-l;1\nA;30;Bank;1\n"
    (tmp_path / "r.csv").write_text(routing, "utf-8")
    (tmp_path / "o.csv").write_text("order;part;qty\n1;A;3\n", "utf-8")
    intake = take_in(tmp_path / "r.csv", tmp_path / "o.csv", "shop", Wishes(), schemas=".")
    (said,) = intake.doubtful
    assert "'FRÄS-l' stands in one row only; did you mean 'FRÄS-1' (1 row)?" in said
    assert said.endswith("--rename 'FRÄS-l=FRÄS-1' says so")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"Drehen 1": 1, "Fräse 2": 1, "Drehn 1": 1}, {"Drehn 1": "Drehen 1"}),
        ({"Drehn 1": 1, "Drehen 1": 2}, {"Drehn 1": "Drehen 1"}),
        ({"Drehn 1": 2, "Drehen 1": 9}, {"Drehn 1": "Drehen 1"}),
        ({"Dreh-1": 1, "Derh-1": 1}, {"Derh-1": "Dreh-1"}),
        ({"Fraese 2": 1, "Frese 2": 1}, {"Frese 2": "Fraese 2"}),
        ({"Drehen 1": 1, "Drehen 2": 1, "Drehen 10": 1, "Drehn 3": 1}, {}),
        ({"Linie A": 1, "Linie B": 5, "M1": 1, "N1": 1, "BAZ-1": 1, "BAR-1": 1}, {}),
        ({f"Mill-{k}": 1 for k in range(400)}, {}),
    ],
)
def test_names_one_letter_apart(counts, expected):
    """Neither is known to be right; numbers and letters that stand alone count machines."""
    assert twins(Counter(counts)) == expected
    assert slips(Counter({"Linie A": 5, "Linie B": 1})) == {}


def test_a_machine_that_is_nearly_another_is_doubted(tmp_path):
    """Each stands in one row: which is meant, or both, is left to the person."""
    routing = "part;op;machine;run_min\nA;10;Drehen 1 / Drehen 2;1\nA;20;Drehn 1;1\n"
    (tmp_path / "r.csv").write_text(routing, "utf-8")
    (tmp_path / "o.csv").write_text("order;part;qty\n1;A;3\n", "utf-8")
    lists = (tmp_path / "r.csv", tmp_path / "o.csv", "shop")
    intake = take_in(*lists, Wishes(), schemas=".")
    assert intake.doubtful == (
        f"{tmp_path}/r.csv:3:6 machine: 'Drehn 1' (1 row) is one letter from 'Drehen 1' "
        "(1 row) and taken as another machine; --rename 'Drehn 1=Drehen 1' makes them one, or "
        "the other way round",
    )
    said = (
        "'Drehn 1' (1 row) is one letter from 'Drehen 1' (1 row) and taken as another machine"
    )
    assert f'{said}"' in intake.files["plant.yaml"]
    assert take_in(*lists, Wishes(renames={"Drehn 1": "Drehen 1"}), schemas=".").doubtful == ()
    known = Wishes(machines="Drehen 1, Drehen 2, Drehn 1")
    assert take_in(*lists, known, schemas=".").doubtful == ()
