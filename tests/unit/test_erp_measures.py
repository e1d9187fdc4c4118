"""Tests of the measures: for how many pieces an exported run time holds, and rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtwin.errors import FileProblems
from simtwin.plant.erp.echo import echo
from simtwin.plant.erp.intake import Intake, Wishes, take_in
from simtwin.plant.files import parse_plant

ORDERS = "order;part;qty\n1;A;3\n"


def taken(folder: Path, routing: str, orders: str = ORDERS, **wishes: object) -> Intake:
    """Return the intake of both lists, written into *folder*."""
    (folder / "r.csv").write_text(routing, "utf-8")
    (folder / "o.csv").write_text(orders, "utf-8")
    said = Wishes(**wishes)  # type: ignore[arg-type]
    return take_in(folder / "r.csv", folder / "o.csv", "shop", said, schemas=".")


def minutes(intake: Intake) -> float:
    """Return the run time of the first operation [min]."""
    plant = parse_plant(intake.files["plant.yaml"])
    return float(plant.products[0].operations[0].steps[0].duration.mean) / 60.0


def refused(folder: Path, routing: str) -> str:
    """Return what is said of a routing that is not taken."""
    with pytest.raises(FileProblems) as error:
        taken(folder, routing)
    return str(error.value)


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Run (pcs/h)", "20", 3.0),
        ("Run (100 pcs/h)", "2", 0.3),
        ("Stück/Std", "30", 2.0),
        ("Stück pro Minute", "4", 0.25),
        ("Leistung [Stk/h]", "12", 5.0),
        ("Run Time (min/100 pcs)", "150", 1.5),
        ("te (min/100 Stk)", "150", 1.5),
        ("te [min je 100]", "150", 1.5),
        ("te [min] (je 100)", "150", 1.5),
        ("te (100 Stk) [min]", "150", 1.5),
        ("Zeit je 100 Stück (min)", "150", 1.5),
        ("Run time/1000 [h]", "25", 1.5),
        ("Bearbeitungszeit [Std/1000]", "25", 1.5),
        ("te [min/Tsd]", "1500", 1.5),
        ("Stückzeit [sec/Stk]", "90", 1.5),
        ("min/Stk", "1.5", 1.5),
        ("Zeit je Stück / min", "1.5", 1.5),
    ],
)
def test_a_heading_says_for_how_many_pieces_its_time_holds(tmp_path, heading, cell, expected):
    """Times of many pieces are divided, rates turned over."""
    intake = taken(tmp_path, f"part;op;machine;setup;{heading}\nA;10;saw;0;{cell}\n")
    assert expected == pytest.approx(minutes(intake), rel=1e-9)


@pytest.mark.parametrize(
    ("rate", "written"),
    [("60", "duration_min: 1}"), ("45", "duration_s: 80}"), ("2", "h: 0.5}")],
)
def test_a_rate_is_written_as_a_short_time(tmp_path, rate, written):
    """60 pieces an hour are a minute each, not 0.0166666666667 hours."""
    intake = taken(tmp_path, f"part;op;machine;Run (pcs/h)\nA;10;saw;{rate}\n")
    assert written in intake.files["plant.yaml"]


@pytest.mark.parametrize(
    "heading", ["te [min/kg]", "te [min/Los]", "Run (1/100 min)", "te (per 10 m)"]
)
def test_a_ratio_that_is_not_understood_is_refused(tmp_path, heading):
    """A time of a lot or of a metre is none of a piece; the message says what to write."""
    said = refused(tmp_path, f"part;op;machine;{heading}\nA;10;saw;150\n")
    assert "write [min/Stk], [min/100 Stk] or [Stk/h] into the heading" in said


def test_a_setup_is_once_for_a_lot(tmp_path):
    """[min/Los] is a setup's own measure; a setup of 100 pieces or as a rate is refused."""
    intake = taken(tmp_path, "part;op;machine;setup [min/Los];run_min\nA;10;saw;15;1\n")
    assert "setup_min: 15" in intake.files["plant.yaml"]
    for heading in ("setup [min/100 Stk]", "setup [Stk/h]", "setup [min/kg]"):
        said = refused(tmp_path, f"part;op;machine;{heading};run_min\nA;10;saw;15;1\n")
        assert "a setup is once for a lot" in said


def test_a_rate_of_nothing_is_refused(tmp_path):
    """No piece in an hour is no time of a piece."""
    said = refused(tmp_path, "part;op;machine;Run (pcs/h)\nA;10;saw;0\n")
    assert "r.csv:2:10 Run (pcs/h): must be > 0, as a rate (got 0)" in said


def test_a_unit_in_brackets_that_is_unknown_is_doubted(tmp_path):
    """Hundredths of a minute are not known; that minutes were taken is said as a doubt."""
    intake = taken(tmp_path, "part;op;machine;te [HM]\nA;10;saw;150\n")
    assert intake.doubtful == (
        f"{tmp_path}/r.csv:1:17 te [HM]: (hm) is no unit of time that is known; minutes taken",
    )


def test_base_and_heading_must_agree(tmp_path):
    """What stands twice is divided once; two different numbers are refused."""
    routing = "part;op;machine;te [min/100 Stk];Basismenge\nA;10;saw;150;{}\n"
    assert minutes(taken(tmp_path, routing.format(100))) == pytest.approx(1.5)
    said = refused(tmp_path, routing.format(1000))
    assert "1000 here, and 'te [min/100 Stk]' says times of 100 pieces" in said


def test_a_column_of_lots_is_not_passed_over_in_silence(tmp_path):
    """``Lot`` may be the base of the run time: a doubt says so, and --map base=Lot takes it."""
    routing = "part;op;machine;run_min;Lot\nA;10;saw;150;100\n"
    intake = taken(tmp_path, routing)
    assert "--map 'base=Lot' takes them for so many" in intake.doubtful[0]
    assert minutes(taken(tmp_path, routing, by_hand={"base": "Lot"})) == pytest.approx(1.5)


def test_a_column_of_units_is_not_passed_over_in_silence(tmp_path):
    """Below a heading that says nothing of units, they may be something else."""
    intake = taken(tmp_path, "part;op;machine;VGW02;Art\nA;10;saw;1.5;H\n")
    assert "holds units of time (h) and is ignored" in intake.doubtful[0]
    intake = taken(
        tmp_path, "part;op;machine;VGW02;Art\nA;10;saw;1.5;H\n", by_hand={"run_unit": "Art"}
    )
    assert (minutes(intake), intake.doubtful) == (90.0, ())
    sap = taken(tmp_path, "part;op;machine;VGW02;VGE02\nA;10;saw;1.5;H\n")
    assert (minutes(sap), sap.doubtful) == (90.0, ())


def test_the_echo_says_what_was_divided(tmp_path):
    """Beside each column stands what its numbers were taken for."""
    for heading, said in (
        ("te [min/100 Stk]", "run time per 100 pieces, in minutes"),
        ("Run (pcs/h)", "rate, pieces per hour"),
    ):
        intake = taken(tmp_path, f"part;op;machine;{heading}\nA;10;saw;150\n")
        assert f"{heading}  -> {said}" in echo(intake)


BESIDE = "part;op;machine;Rüstzeit;Einheit;Bearbeitungszeit;Einheit\n"


def steps(intake: Intake) -> list[tuple[float, float]]:
    """Return setup and run time of each operation [min]."""
    plant = parse_plant(intake.files["plant.yaml"])
    return [
        (step.setup / 60.0, round(float(step.steps[0].duration.mean) / 60.0, 9))
        for product in plant.products
        for step in product.operations
    ]


def test_a_unit_right_after_a_time_is_that_of_its_row(tmp_path):
    """SAP writes H and MIN beside each time, and rows may differ."""
    intake = taken(
        tmp_path, BESIDE + "A;10;saw;1;H;3;MIN\nA;20;saw;2;H;2;H\nA;30;saw;0;;90;S\n"
    )
    assert steps(intake) == [(60.0, 3.0), (120.0, 120.0), (0.0, 1.5)]
    assert intake.doubtful == ()
    said = echo(intake)
    assert "Rüstzeit          -> setup time, in hours" in said
    assert "-> run time per piece, in minutes or in hours or in seconds as Einheit says" in said
    assert "Einheit           -> unit of the run time" in said
    text = intake.files["plant.yaml"]
    assert "duration_min: 3, setup_h: 1}" in text


@pytest.mark.parametrize("unit", ["Einheit", "Eh.", "ME", "Unit", "UoM", "Zeiteinheit", ""])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [("STD", 60.0), ("HUR", 60.0), ("MIN", 1.0), ("SEC", 1 / 60), ("Std.", 60.0), ("s", 1 / 60),
     ("Stk/h", 60.0), ("min/100 Stk", 0.01)],
)  # fmt: skip
def test_units_beside_a_time(tmp_path, unit, cell, expected):
    """However the column of units is called, and whatever measure stands in it."""
    intake = taken(tmp_path, f"part;op;machine;te;{unit}\nA;10;saw;1;{cell}\n")
    assert minutes(intake) == pytest.approx(expected)


def test_units_of_sap_by_their_names(tmp_path):
    """VGE02 is the unit of VGW02 wherever it stands; a third pair is of no use."""
    intake = taken(
        tmp_path,
        "part;op;machine;VGW01;VGW02;VGW03;VGE01;VGE02;VGE03\nA;10;saw;1;2;3;H;MIN;S\n",
    )
    assert steps(intake) == [(60.0, 2.0)]
    named = "part;op;machine;Bearb.-Einheit;Rüst-Einheit;Rüstzeit;Bearbeitungszeit\n"
    assert steps(taken(tmp_path, named + "A;10;saw;H;MIN;5;1\n")) == [(5.0, 60.0)]


def test_units_of_what_is_not_read_are_left_alone(tmp_path):
    """The unit of the labour time beside it is no unit of the run time."""
    routing = "part;op;machine;tr;te [min];Personalzeit;Einheit;ME\nA;10;saw;0;3;7;H;ST\n"
    intake = taken(tmp_path, routing)
    assert (minutes(intake), intake.doubtful) == (3.0, ())
    intake = taken(tmp_path, "part;op;machine;te;ME\nA;10;saw;3;ST\n")  # The pieces' unit.
    assert minutes(intake) == 3.0


def test_an_unknown_unit_is_refused_with_its_place(tmp_path):
    """A day has as many hours as its shop works: nobody can tell."""
    said = refused(tmp_path, BESIDE + "A;10;saw;1;H;3;TAG\nA;20;saw;1;H;3;MIN\n")
    assert said.splitlines()[-1].endswith(
        "r.csv:2:16 Einheit: 'TAG' is no unit of time that is known, as s, min and h are; "
        "--map run_unit= takes minutes instead"
    )
    said = refused(tmp_path, BESIDE + "A;10;saw;1;H;3;KG\n")
    assert "Einheit: 'KG' is no unit of time" in said


def test_a_unit_that_is_missing(tmp_path):
    """One unit in the whole column is taken for an empty cell; where they differ, refused."""
    intake = taken(tmp_path, BESIDE + "A;10;saw;1;H;3;MIN\nA;20;saw;2;H;2;\n")
    assert steps(intake)[1] == (120.0, 2.0)
    assert any("no unit; min taken, as everywhere in this column" in s for s in intake.assumed)
    said = refused(tmp_path, BESIDE + "A;10;saw;1;H;3;MIN\nA;20;saw;2;H;2;\nA;30;saw;2;H;2;H\n")
    assert "r.csv:3:16 Einheit: no unit for 2, and others here differ" in said


@pytest.mark.parametrize("cells", ["0:45 h;;0:06 h;", "45 min;;360 s;", "45 min;MIN;6 min;H"])
def test_a_unit_in_the_cell_needs_none_beside_it(tmp_path, cells):
    """It goes before the column, and an empty cell of units is no gap then."""
    intake = taken(
        tmp_path, BESIDE + f"A;10;saw;1;H;3;MIN\nA;20;saw;{cells}\nA;30;saw;9;MIN;1;H\n"
    )
    assert steps(intake) == [(60.0, 3.0), (45.0, 6.0), (9.0, 60.0)]
    assert not any("no unit" in said for said in intake.assumed)


def test_heading_and_unit_must_agree(tmp_path):
    """(s) in the heading and MIN beside it is one too many."""
    said = refused(tmp_path, "part;op;machine;te (s);\nA;10;saw;3;MIN\n")
    assert "'MIN' here, and 'te (s)' says s; --map run_unit= leaves the column out" in said
    left = taken(
        tmp_path, "part;op;machine;te (s);Eh\nA;10;saw;3;MIN\n", by_hand={"run_unit": ""}
    )
    assert minutes(left) == 0.05


def test_one_unit_for_two_times(tmp_path):
    """The only unit is taken for both times, and doubted unless it says that it is of time."""
    routing = "part;op;machine;Setup;Run;{}\nA;10;saw;1;3;HR\n"
    intake = taken(tmp_path, routing.format("Time Unit"))
    assert (steps(intake), intake.doubtful) == ([(60.0, 180.0)], ())
    assert "Time Unit  -> unit of the setup time, unit of the run time" in echo(intake)
    intake = taken(tmp_path, routing.format("Unit"))
    assert steps(intake) == [(60.0, 180.0)]
    assert intake.doubtful == (
        f"{tmp_path}/r.csv:1:17 Setup: no unit of its own; that of 'Unit' taken, row by row; "
        "--map setup_unit= takes minutes",
    )
    by_hand = taken(tmp_path, routing.format("Unit"), by_hand={"setup_unit": ""})
    assert steps(by_hand) == [(1.0, 180.0)]


def test_a_unit_of_nobody_knows_which_time_is_refused(tmp_path):
    """Two columns of units in front of two times: which is whose, only a person can say."""
    said = refused(tmp_path, "part;Unit;Unit;op;machine;tr;te\nA;H;MIN;10;saw;1;3\n")
    assert "holds units of time (H), and nobody can tell of which; put it right after" in said
    said = refused(tmp_path, "part;op;machine;Unit;tr;Unit;te\nA;10;saw;H;1;MIN;3\n")
    assert "nobody can tell of which" in said
