"""Tests of the way in from an ERP: messy lists in, plant and scenario out, all of it said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from simtwin.cli import app
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.document import read_yaml
from simtwin.plant.files import load_with_plant
from simtwin.plant.schema import schemas

LISTS = Path(__file__).parent / "erp"
ROUTING = "part;op;machine;setup_min;run_min\nA;10;saw;0;3\nA;20;mill;0;5\n"
ORDERS = "order;part;qty;due\n1;A;3;2026-01-09\n"


def new(*arguments: str) -> Any:
    """Run ``simtwin new`` in this process."""
    return CliRunner().invoke(app, ["new", *arguments])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def take(routing: str = ROUTING, orders: str = ORDERS, *options: str) -> Any:
    """Write both lists and make plant and scenario of them in the folder shop."""
    Path("r.csv").write_text(routing, "utf-8")
    Path("o.csv").write_text(orders, "utf-8")
    return new("--from", "r.csv", "o.csv", "--to", "shop", "--force", *options)


def wrong(*lists: str) -> list[str]:
    """Return the lines that say what is wrong, of a call that leaves with 2."""
    done = take(*lists)
    assert done.exit_code == 2, done.output
    assert not Path("shop").exists()
    return done.stderr.splitlines()


def loaded() -> Any:
    """Return plant and scenario of the folder shop; each file fits its schema."""
    for kind in ("plant", "scenario"):
        text = Path(f"shop/{kind}.yaml").read_text("utf-8")
        assert text.startswith("# yaml-language-server: $schema=")
        way = text.splitlines()[0].partition("=")[2]
        assert (Path("shop") / way).resolve().is_file()
        jsonschema.Draft7Validator(schemas()[kind]).validate(read_yaml(text, kind).data)
    return load_with_plant("shop/scenario.yaml")


def minutes(plant: Any) -> dict[tuple[str, str], tuple[tuple[str, ...], float]]:
    """Return (part, operation) -> stations and minutes."""
    return {
        (product.name, step.name): (step.stations, round(step.steps[0].duration.mean / 60, 6))
        for product in plant.products
        for step in product.operations
    }


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_german_lists(desk, encoding):
    """Titles, totals, gaps, units and marks of a German export, in any encoding."""
    for name in ("arbeitsplan.csv", "auftraege.csv"):
        Path(name).write_text((LISTS / name).read_text("utf-8"), encoding)
    done = new("--from", "arbeitsplan.csv", "auftraege.csv", "--to", "shop")
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    two = ("Fräse-1", "Fräse-2")
    assert minutes(plant) == {
        ("0012-A", "10"): (("Säge 1",), round(45.5 / 60, 6)),
        ("0012-A", "20"): (("Dreh-1",), 1.5),
        ("0012-A", "30"): (two, 4.0),
        ("W-200", "10"): (("Säge 1",), 1.0),
        ("W-200", "20"): (("Dreh-1",), round(1200.5 / 60, 6)),
        ("W-200", "30"): (two, round(310 / 60, 6)),
        ("W-200", "40"): (("Bank",), 0.0),
        ("G-77-2", "10"): (("Dreh-1",), round(400 / 60, 6)),
        ("G-77-2", "20"): (("Schleif-1",), 1.5),
        ("X-9", "10"): (("Dreh-1",), 1.0),
        ("X-9", "20"): (("Derh-1",), 1.0),
    }
    assert scenario.start == "2026-01-05T06:00:00"
    assert [(o.name, o.product, o.quantity, o.priority) for o in scenario.orders] == [
        ("4711-10", "0012-A", 40, 2),
        ("4711-20", "W-200", 25, 0),
        ("4712-10", "G-77-2", 1000, 1),
        ("4713-10", "W-200", 5, 0),
        ("4714-10", "X-9", 10, 0),
    ]
    day = 86400.0
    assert [o.due for o in scenario.orders] == [
        4 * day + 17 * 3600 + 59 * 60,
        7 * day + 17 * 3600 + 59 * 60,
        8 * day + 8 * 3600,
        None,
        11 * day + 17 * 3600 + 59 * 60,
    ]
    assert [o.release for o in scenario.orders] == [0.0, 0.0, 0.0, 2 * day - 6 * 3600, 0.0]
    assert simulate(plant, scenario, history=False).kpis["good_pieces"].value == 1080


def test_the_echo_says_what_was_understood(desk):
    """Each column with its meaning and unit, what is ignored, and each assumption's place."""
    done = new(
        "--from", str(LISTS / "arbeitsplan.csv"), str(LISTS / "auftraege.csv"), "--to", "shop"
    )
    lines = done.stdout.replace(str(LISTS) + "/", "").splitlines()
    for expected in (
        "arbeitsplan.csv: 12 rows, UTF-8, separated by ;, decimal comma",
        "  Stückzeit [sec]  -> run time per piece, in seconds",
        "  Arbeitsgang      -> words about the operation",
        "  Bemerkung        ignored",
        "  Liefertermin  -> due date",
        "  Kunde         ignored",
        "understood: 7 machines, 4 parts, 11 operations, 5 orders, 1080 pieces",
        "  auftraege.csv:1:1 starts on the first release, 2026-01-05 06:00; --start says it "
        "better",
        "  arbeitsplan.csv:16:1 a row of totals; left out (2 rows: 16, 18)",
        "  arbeitsplan.csv:8:1 Artikelnr.: none; that of the row above, 'W-200', taken (3 "
        "rows: 8, 9, 10)",
        "  arbeitsplan.csv:12:18 Arbeitsplatz: 'Dreh 1' taken for 'Dreh-1'",
        "  arbeitsplan.csv:5:34 Rüstzeit [min]: no setup time; 0 min taken",
        "  arbeitsplan.csv:11:27 Stückzeit [sec]: no run time; 0 min taken",
        "  auftraege.csv:5:27 Liefertermin: no due date; nobody waits",
        "  auftraege.csv:4:16 Menge [Stk]: '1.000' read as 1000, decimal comma",
        "  auftraege.csv:7:13 Menge [Stk]: nothing to make; the order is left out",
        "doubtful:",
        "  arbeitsplan.csv:15:15 Arbeitsplatz: 'Derh-1' stands in one row only; did you mean "
        "'Dreh-1' (4 rows)? --rename 'Derh-1=Dreh-1' says so",
        "wrote shop/plant.yaml, shop/scenario.yaml",
    ):
        assert expected in lines
    assert "next: simtwin check shop/plant.yaml shop/scenario.yaml" in done.stderr
    text = Path("shop/plant.yaml").read_text("utf-8")
    assert "duration_s: 240}  # Fräsen; no setup time; 0 min taken" in text


def test_english_lists(desk):
    """Commas, American dates, units in cells, a wrong machine name put right by hand."""
    lists = [str(LISTS / name) for name in ("routing.csv", "orders.csv")]
    done = new("--from", *lists, "--to", "shop", "--rename", "Mil-2=Mill-2", "--name", "cell")
    assert done.exit_code == 0, done.output
    assert "doubtful" not in done.stdout
    plant, scenario = loaded()
    assert plant.name == scenario.name == "cell"
    found = minutes(plant)
    assert found["PLT-3", "10"] == (("Mill-2",), 12.0)
    assert found["SHF-7", "10"] == (("Lathe-1", "Lathe-2"), 4.5)
    assert found["SHF-7", "20"] == (("Mill-2",), 1.5)
    assert found["SHF-7", "30"] == (("Grinder",), round(1200.5 / 60, 6))
    assert found["BRK-100", "30"] == (("Bench",), 0.0)
    assert [(o.name, o.quantity) for o in scenario.orders] == [
        ("1001", 40),
        ("1002", 1000),
        ("1002-2", 12),
        ("1003", 5),
    ]
    assert scenario.orders[2].due == 8 * 86400.0 + 8.5 * 3600.0
    assert scenario.orders[3].product == "BRK-100"


def test_the_answer_as_json(desk):
    """``--json`` prints one object with the same content."""
    done = take(ROUTING, ORDERS, "--json")
    told = json.loads(done.stdout)
    assert told["schema_version"] == 1
    assert (told["machines"], told["orders"], told["pieces"]) == (2, 1, 3)
    assert told["lists"][0]["columns"]["run"] == {
        "heading": "run_min",
        "unit": "min",
        "pieces": 1.0,
        "rate": False,
    }
    assert told["written"] == ["shop/plant.yaml", "shop/scenario.yaml"]


def test_excel_lists(desk):
    """Sheets of one workbook; dates, times and numbers are what Excel holds them to be."""
    openpyxl = pytest.importorskip("openpyxl")
    from datetime import datetime, time

    book = openpyxl.Workbook()
    book.active.title = "Routing"
    for row in (
        ["Material", "Vorgang", "Arbeitsplatz", "tr [min]", "te [hh:mm]"],
        [4711, 10, "Saw", 0, time(0, 3)],
        [None, 20.0, "Mill", None, time(1, 30)],
    ):
        book.active.append(row)
    page = book.create_sheet("Orders")
    page.append(["Auftrag", "Material", "Menge", "Termin"])
    page.append([1.0, "0004711", 12.0, datetime.fromisoformat("2026-01-08 14:00")])
    book.save("erp.xlsx")
    done = new("--from", "erp.xlsx#Routing", "erp.xlsx#Orders", "--to", "shop")
    assert done.exit_code == 0, done.output
    assert (
        "erp.xlsx#Orders:2:2 Material: '0004711' taken for '4711' of the routing" in done.stdout
    )
    plant, scenario = loaded()
    assert minutes(plant) == {
        ("4711", "10"): (("Saw",), 3.0),
        ("4711", "20"): (("Mill",), 90.0),
    }
    (order,) = scenario.orders
    assert (order.name, order.quantity, order.due) == ("1", 12, (3 * 24 + 8) * 3600.0)
    assert scenario.start == "2026-01-05T06:00:00"  # the Monday before


def test_columns_named_by_hand(desk):
    """--map names a column, or none; what is no meaning and no column is refused."""
    routing = ROUTING.replace("part", "X").replace("machine", "Y")
    orders = "order;part;qty;prio\n1;A;3;hoch\n"
    done = take(routing, orders, "--map", "part=X", "--map", "machine=y", "--map", "priority=")
    assert done.exit_code == 0, done.output
    assert "  prio   ignored" in done.stdout.splitlines()
    for option, message in (
        ("prt=X", "--map prt=...: no meaning 'prt'; did you mean 'part'? (meanings: part, "),
        ("part=Z", "--map part=Z: no column 'Z'; columns: "),
        ("part", "--map: must be NAME=VALUE (got 'part')"),
    ):
        done = take(ROUTING, ORDERS, "--map", option)
        assert done.exit_code == 2
        assert done.stderr.startswith(message)
    twice = take(ROUTING, ORDERS, "--map", "part=X", "--map", "part=Y")
    assert twice.stderr == "--map: 'part' stands twice\n"


def test_groups_and_counts(desk):
    """--count makes a group; a bar, a stroke or two rows are alternatives."""
    routing = (
        "part,op,machine,run_min\nA,10,mills,3\nA,20,a|b,3\nA,30,c/d,3\nA,40,CNC/3,3\n"
        "A,50,e,3\nA,50,f,4\nA,50,f,4\n"
    )
    done = take(routing, ORDERS, "--count", "mills=3")
    assert done.exit_code == 0, done.output
    plant, _ = loaded()
    assert {key[1]: places for key, (places, _) in minutes(plant).items()} == {
        "10": ("mills",),
        "20": ("a", "b"),
        "30": ("c", "d"),
        "40": ("CNC-3",),
        "50": ("e", "f"),
    }
    assert plant.stations[0].machines == ("mills-1", "mills-2", "mills-3")
    assert "'c/d' read as alternatives, c or d" in done.stdout
    (last,) = (one.elsewhere for p in plant.products for one in p.operations if one.elsewhere)
    assert [(one.station, one.duration.mean) for one in last] == [("f", 240.0)]
    assert "r.csv:8:3 op: operation '50' and its machine stand in line 6 already" in done.stdout
    for option, message in (
        ("mill=3", "--count mill=...: no machine 'mill'; did you mean 'mills'? (machines: "),
        ("mills=0", "--count mills: must be a whole number, 1 to 1000 (got '0')"),
    ):
        assert message in take(routing, ORDERS, "--count", option).stderr
    clash = take(routing.replace("a|b", "mills-2"), ORDERS, "--count", "mills=3")
    assert "'mills-2' would be the name of two machines or groups" in clash.stderr


def test_a_list_of_machines(desk):
    """--machines makes the names strict, and may tell groups and counts."""
    done = take(ROUTING, ORDERS, "--machines", "saw, mill, press")
    assert done.exit_code == 0, done.output
    assert take(ROUTING, ORDERS, "--machines", "saw,mil").stderr == (
        "r.csv:3:6 machine: no machine 'mill'; did you mean 'mil'? (machines: mil, saw)\n"
    )
    Path("m.csv").write_text("Maschine;Gruppe;Anzahl\nm-1;mill;\nm-2;mill;1\nsaw;;2\nX;;\n")
    done = take(ROUTING.replace("mill", "m 1"), ORDERS, "--machines", "m.csv")
    assert done.exit_code == 0, done.output
    plant, _ = loaded()
    assert {s.name: s.machines for s in plant.stations} == {
        "saw": ("saw-1", "saw-2"),
        "mill": ("m-1", "m-2"),
    }
    Path("m.csv").write_text("Maschine;Gruppe;Anzahl\nm-1;mill;3\n")
    done = take(ROUTING, ORDERS, "--machines", "m.csv")
    assert done.stderr == (
        "m.csv:2:10 Anzahl: must be a whole number above 0, and 1 for machines of a group "
        "(got 3)\n"
    )


@pytest.mark.parametrize(
    ("routing", "orders", "expected"),
    [
        (ROUTING + "A;30;saw;0;-3\nA;;saw;0;x\n", ORDERS + "2;B;1.5;\n3;Ax;2;32.01.2026\n",
         ["o.csv:3:3 part: no routing for 'B'",
          "o.csv:3:5 qty: must be a whole number (got 1.5)",
          "o.csv:4:3 part: no routing for 'Ax'; did you mean 'A'?",
          "o.csv:4:8 due: is no date of any calendar (got '32.01.2026')",
          "r.csv:4:12 run_min: must be >= 0 (got -3)", "r.csv:5:3 op: no operation",
          "r.csv:5:10 run_min: must be a time such as '12', '90 s' or '1:30 h' (got 'x')"]),
        (ROUTING, "order;part;qty;due\n1;A;3;03/04/2026\n2;A;3;05/06/2026\n",
         ["o.csv:2:7 due: '03/04/2026' may be day/month or month/day, and no other shows "
          "which; --dates dmy or --dates mdy says it"]),
        (ROUTING, "order;part;qty;due\n1;A;3;13/04/2026\n2;A;3;05/16/2026\n",
         ["o.csv:2:7 due: '13/04/2026' may be day/month or month/day, and others here show "
          "both; --dates dmy or --dates mdy says it"]),
        (ROUTING.replace("0;3", "0;1:30"), ORDERS,
         ["r.csv:2:12 run_min: '1:30' may be hours and minutes or minutes and seconds; write "
          "[hh:mm] or [mm:ss] into the heading"]),
        (ROUTING.replace("0;3", "0,5;1,234").replace("0;5", "0.25;5"), ORDERS,
         ["r.csv:2:14 run_min: '1,234' has two meanings, and other numbers here have either "
          "mark"]),
        ("a;b\n1;2\n", ORDERS,
         ["r.csv:1:1 part: no column for it in a, b; --map part=COLUMN names one",
          "r.csv:1:1 machine: no column for it in a, b; --map machine=COLUMN names one",
          "r.csv:1:1 run: no column for it in a, b; --map run=COLUMN names one"]),
        ("part;op;machine;run\n", "\n",
         ["r.csv:1:1 no rows below the header", "o.csv:1:1 file is empty"]),
        (ROUTING, "order;part;qty;prio\n1;A;3;hoch\n",
         ["o.csv:2:7 prio: must be a number (got 'hoch'); --map priority= leaves the column "
          "out"]),
        (ROUTING, "order;part;qty\n1;A;-3\n2;A;200000\n",
         ["o.csv:2:5 qty: must be 0 to 100000 pieces (got -3)",
          "o.csv:3:5 qty: must be 0 to 100000 pieces (got 200000)"]),
        (ROUTING, "order;part;qty\n1;A;0\n", ["o.csv: no order asks for anything"]),
        (ROUTING + ";;;;\nA;30;;0;1\n", ORDERS, ["r.csv:5:6 machine: no machine"]),
        ("part;op;machine;run_min;Basismenge\nA;10;m;30;0\n", ORDERS,
         ["r.csv:2:11 Basismenge: must be > 0 (got 0)"]),
        ('part;op\n"A;10\n', ORDERS, ["r.csv:2:1 a quote is never closed"]),
    ],
)  # fmt: skip
def test_all_problems_are_told_at_once(desk, routing, orders, expected):
    """UX 4.2: ``routing.csv:17:4 run_min: ...``, both lists at once, exit 2."""
    assert wrong(routing, orders) == expected


def test_what_is_no_list_is_refused(desk):
    """Garbage is one sentence: binary, old Excel, a zip with another name, no file."""
    Path("o.csv").write_text(ORDERS)
    for content, message in (
        (b"a\0b", "r.csv is no text"),
        (b"PK\x03\x04...", "r.csv is an Excel or zip file; call it .xlsx if it is Excel's"),
        (b"\xd0\xcf\x11\xe0...", "r.csv is in an old Excel format; save it as .xlsx or CSV"),
        (b"a;\x81\xff", "r.csv is no text in UTF-8 or Windows-1252"),
    ):
        Path("r.csv").write_bytes(content)
        done = new("--from", "r.csv", "o.csv")
        assert (done.exit_code, done.stderr) == (2, message + "\n")
    assert new("--from", "none.csv", "o.csv").stderr == "no file 'none.csv'\n"


def test_dates_by_hand_and_low_priorities(desk):
    """--dates settles what the list does not show, --low-first what a priority means."""
    orders = "order;part;qty;due;prio\n1;A;3;03/04/2026;1\n"
    for way, day in (("dmy", "2026-04-03"), ("mdy", "2026-03-04")):
        done = take(ROUTING, orders, "--dates", way, "--low-first")
        assert done.exit_code == 0, done.output
        assert f"due: {day} 23:59, priority: -1" in Path("shop/scenario.yaml").read_text()


def test_a_start_by_hand(desk):
    """--start is the start; what was released before is there at once, and said."""
    orders = "order;part;qty;start;due\n1;A;3;2026-01-02;2026-01-09\n2;A;1;2026-01-08;\n"
    done = take(ROUTING, orders, "--start", "2026-01-05 14:00")
    assert "o.csv:2:7 start: not after the start; released at the start" in done.stdout
    _, scenario = loaded()
    assert scenario.start == "2026-01-05T14:00:00"
    assert [o.release for o in scenario.orders] == [0.0, (2 * 24 + 10) * 3600.0]
    assert take(ROUTING, orders, "--start", "soon").stderr == (
        '--start: must be a date and time, as "2026-01-05 06:00" or "2026-01-05 06:00 '
        "[Europe/Berlin]\" (got 'soon')\n"
    )


def test_parts_that_nobody_orders(desk):
    """They and their machines are left out, and stay with --all."""
    routing = ROUTING + "B;10;press;0;3\nC;10;saw;0;3\n"
    done = take(routing, ORDERS)
    assert "2 parts without orders are left out; --all keeps such parts" in done.stdout
    assert "without work and left out: press" in done.stdout
    assert len(loaded()[0].products) == 1
    assert take(routing, ORDERS, "--all").exit_code == 0
    assert len(loaded()[0].products) == 3


def test_many_orders_stand_in_a_list(desk):
    """More than 200 orders go into a CSV beside the scenario; it reads the same."""
    rows = "".join(f'{k};"A";{k % 7 + 1};2026-01-09\n' for k in range(300))
    done = take(ROUTING, "order;part;qty;due\n" + rows)
    assert done.stdout.splitlines()[-1] == (
        "wrote shop/plant.yaml, shop/scenario.yaml, shop/order_list.csv"
    )
    _, scenario = loaded()
    assert [o.name for o in scenario.orders] == [str(k) for k in range(300)]
    assert scenario.orders[299].quantity == 299 % 7 + 1


def test_files_are_not_overwritten(desk):
    """What exists stays, unless --force says otherwise."""
    assert take().exit_code == 0
    before = Path("shop/plant.yaml").read_bytes()
    done = new("--from", "r.csv", "o.csv", "--to", "shop")
    assert done.exit_code == 2
    assert done.stderr == "shop/plant.yaml: exists already; --force overwrites it\n"
    assert take().exit_code == 0
    assert Path("shop/plant.yaml").read_bytes() == before  # the same call, the same bytes


@pytest.mark.parametrize(
    "heading",
    ["Rüstzeit [min]", "RUESTZEIT (MIN)", "tr in min", "Setup Time (min)", "setup_min", "tr"],
)
@pytest.mark.parametrize("value", ["15", "0:15 h", "900 s", "0,25 Std."])
def test_setup_is_written_with_its_unit(desk, heading, value):
    """A setup time above 0 becomes setup_min, setup_s or setup_h of its operation."""
    key = {"15": "setup_min: 15", "0:15 h": "setup_min: 15", "900 s": "setup_s: 900"}
    done = take(ROUTING.replace("setup_min", heading).replace("mill;0", f"mill;{value}"))
    assert done.exit_code == 0, done.output
    text = Path("shop/plant.yaml").read_text("utf-8")
    assert key.get(value, "setup_h: 0.25") in text
    assert text.count("setup_") == 1
    setups = [o.setup for o in loaded()[0].products[0].operations]
    assert setups == [0.0, 900.0]


def test_weights_of_orders(desk):
    """A weight is taken as it is; a column of kilograms is none."""
    assert take(ROUTING, "order;part;qty;Gewichtung\n1;A;3;2,5\n").exit_code == 0
    assert loaded()[1].orders[0].weight == 2.5
    done = take(ROUTING, "order;part;qty;Weight [kg]\n1;A;3;2,5\n")
    assert "  Weight [kg]  ignored" in done.stdout.splitlines()
    done = take(ROUTING, "order;part;qty;weight\n1;A;3;0\n")
    assert done.stderr == "o.csv:2:7 weight: must be > 0 (got 0)\n"


def test_a_name_of_an_operation_is_no_number(desk):
    """Of two columns of operations, the one with numbers is the operation."""
    routing = "part;Vorgang;AVO;machine;te [min]\nA;cut;20;saw;3\nA;face;10;mill;5\n"
    assert take(routing).exit_code == 0
    found = loaded()[0].products[0].operations
    assert [(o.name, o.stations) for o in found] == [("10", ("mill",)), ("20", ("saw",))]
    assert "# face" in Path("shop/plant.yaml").read_text()


def test_quantities_that_are_left_out(desk):
    """No column, or no cell: one piece, and it is said."""
    assert "quantity: no column; 1 piece each taken" in take(ROUTING, "part\nA\n").stdout
    assert loaded()[1].orders[0].quantity == 1
    done = take(ROUTING, "order;part;qty\n1;A;\n;A;2\n")
    assert "o.csv:2:5 qty: no quantity; 1 piece taken" in done.stdout
    assert "o.csv:3:1 order: none; called 'line-3'" in done.stdout


def test_a_rename_of_nothing_is_refused(desk):
    """A slip in --rename is told; so is a list of machines with a gap."""
    done = take(ROUTING, ORDERS, "--rename", "sow=saw")
    assert done.stderr == "--rename sow=...: no machine of the list is called so\n"
    Path("m.csv").write_text("Maschine;Gruppe\nsaw;\n;x\n")
    done = take(ROUTING, ORDERS, "--machines", "m.csv")
    assert done.stderr == "m.csv:3:1 Maschine: no machine\n"


def test_priorities_are_whole(desk):
    """Half a priority is refused."""
    done = take(ROUTING, "order;part;qty;prio\n1;A;3;1,5\n")
    assert done.stderr == "o.csv:2:7 prio: must be a whole number (got 1.5)\n"


def test_orders_with_one_number(desk):
    """Orders that share a number get names of their own, none of them taken."""
    take(ROUTING, "order;part;qty\n1;A;1\n1;A;2\n1-2;A;3\n1;A;4\n")
    assert [o.name for o in loaded()[1].orders] == ["1", "1-3", "1-2", "1-4"]


def test_a_plant_that_would_be_too_large_is_refused(desk, monkeypatch):
    """What could not be read again is not written."""
    from simtwin.plant.erp import folder

    monkeypatch.setattr(folder, "MAX_BYTES", 100)
    assert "and 0 MB are read at most; take fewer parts" in take().stderr


def test_a_folder_that_cannot_be_made(desk):
    """A file in the way is one sentence."""
    Path("shop").write_text("")
    done = take()
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_a_folder_in_the_way_of_a_file(desk):
    """It is told with --force and without, and the other file is not written."""
    Path("r.csv").write_text(ROUTING, "utf-8")
    Path("o.csv").write_text(ORDERS, "utf-8")
    Path("shop/scenario.yaml").mkdir(parents=True)
    for force in ((), ("--force",)):
        done = new("--from", "r.csv", "o.csv", "--to", "shop", *force)
        assert done.exit_code == 2
        assert done.stderr == "shop/scenario.yaml: cannot be written: it is a folder\n"
    assert not Path("shop/plant.yaml").exists()


def test_run_times_of_a_base_quantity(desk):
    """A base quantity divides the run time: 30 min for 100 pieces are 0.3 min each."""
    take("part;op;machine;run_min;Basismenge\nA;10;m;30;100\n")
    assert minutes(loaded()[0]) == {("A", "10"): (("m",), 0.3)}


def test_names_that_yaml_would_take_for_something_else(desk):
    """Numbers, words of YAML and signs come through as names."""
    names = ["0012", "1e3", "true", "no", "a: b", "x{y}", 'say "so"', "14:00", "- a", "ä@z"]
    routing = "part\top\tmachine\trun_min\n" + "".join(f"{n}\t{n}\t{n}\t1\n" for n in names)
    orders = "order\tpart\tqty\n" + "".join(f"{n}\t{n}\t1\n" for n in names)
    done = take(routing, orders)
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    for found in (plant.products, plant.machines, scenario.orders):
        assert [thing.name for thing in found] == names


def test_without_operations_and_order_numbers(desk):
    """Rows are numbered where a list has no numbers of its own."""
    done = take("part;machine;run_min\nA;saw;1\nA;mill;2\n", "part;qty\nA;2\nA;3\n")
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    assert [o.name for o in plant.products[0].operations] == ["10", "20"]
    assert [o.name for o in scenario.orders] == ["order-1", "order-2"]
    assert "r.csv:1:1 operation: no column; 10, 20, ... in the order of the rows" in done.stdout


def test_the_bundled_lists(desk):
    """The lists of docs/files.md become a shop with setups that runs to its end."""
    from simtwin.plant.files import example_folder

    lists = [
        str(example_folder("plant_models") / "erp_routing.csv"),
        str(example_folder("scenarios") / "erp_orders.csv"),
    ]
    options = ("--rename", "Derh-1=Dreh-1", "--count", "Bank=2")
    done = new("--from", *lists, "--to", "shop", *options)
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    setups = {(p.name, o.name): o.setup / 60 for p in plant.products for o in p.operations}
    assert setups["W-200", "20"] == 25.0
    assert setups["0012-A", "30"] == 0.0
    assert simulate(plant, scenario, history=False).kpis["good_pieces"].value == 80


def test_lists_in_the_other_order_are_taken_by_their_headings(desk):
    """The routing given second is taken as the routing, and that is said."""
    straight = take()
    texts = [Path(f"shop/{kind}.yaml").read_text("utf-8") for kind in ("plant", "scenario")]
    assert straight.exit_code == 0
    swapped = take(ORDERS, ROUTING)
    assert swapped.exit_code == 0, swapped.output
    assert "o.csv:1:1 taken as the routing, by its headings" in swapped.stdout
    for kind, text in zip(("plant", "scenario"), texts, strict=True):
        found = read_yaml(Path(f"shop/{kind}.yaml").read_text("utf-8"), kind).data
        assert found | {"assumptions": []} == read_yaml(text, kind).data | {"assumptions": []}


def test_two_order_lists_are_no_routing(desk):
    """Nothing is turned round where neither list has working times."""
    assert "r.csv:1:1 machine: no column for it" in "\n".join(wrong(ORDERS, ORDERS))


def test_a_workbook_with_both_lists_is_taken_sheet_by_sheet(desk):
    """Without a sheet named, the one whose headings fit is taken, and that is said."""
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel` is not installed")
    book = openpyxl.Workbook()
    notes, orders, routing = (
        book.active,
        book.create_sheet("Aufträge"),
        book.create_sheet("Plan"),
    )
    notes.append(["Stand", "Januar"])
    for text, page in ((ORDERS.replace(",", ";"), orders), (ROUTING, routing)):
        for line in text.splitlines():
            page.append(line.split(";"))
    book.save("erp.xlsx")
    done = new("--from", "erp.xlsx", "erp.xlsx", "--to", "shop")
    assert done.exit_code == 0, done.output
    assert "erp.xlsx#Plan:1:1 sheet 'Plan' taken, by its headings" in done.stdout
    assert "erp.xlsx#Aufträge:1:1 sheet 'Aufträge' taken" in done.stdout
    plant, scenario = loaded()
    assert [order.quantity for order in scenario.orders] == [3]
    assert len(plant.machines) == 2


def test_one_list_is_not_both(desk):
    """The same file given twice is a slip."""
    Path("o.csv").write_text(ORDERS, "utf-8")
    done = new("--from", "o.csv", "o.csv", "--to", "shop")
    assert done.exit_code == 2
    assert "are the same list, o.csv" in done.stderr


@pytest.mark.parametrize(
    ("machine", "run"),
    [("Maschine/Gruppe", "Stück (min)"), ("Machine / Group", "min/piece"),
     ("Maschine oder Gruppe", "Min. je Stück"), ("Arbeitsplatz/Gruppe", "Zeit je Stück [min]")],
)  # fmt: skip
def test_headings_with_two_words(desk, machine, run):
    """A machine or its group, and how long one piece takes."""
    found = take(ROUTING.replace("machine", machine).replace("run_min", run))
    assert found.exit_code == 0, found.output
    plant, _ = load_with_plant("shop/scenario.yaml")
    assert sorted(m.name for m in plant.machines) == ["mill", "saw"]


def test_pieces_without_a_time_are_no_run_time(desk):
    """Stück alone is how many there are."""
    found = take(ROUTING.replace("run_min", "Stück"))
    assert (found.exit_code, "run: no column" in found.stderr) == (2, True)


def test_dates_as_numbers_of_excel(desk):
    """A cell without a format has the number of its day; it is read, and said."""
    found = take(orders=ORDERS.replace("2026-01-09", "46031"))
    assert found.exit_code == 0, found.output
    assert "46031 read as a date of Excel, 2026-01-09" in found.output
    assert take(orders=ORDERS.replace("2026-01-09", "4603")).exit_code == 2


@pytest.mark.parametrize(
    ("routing", "orders"),
    [
        ("Art.-Nr.;AFO;Kapazitätsgruppe;Umrüstzeit (min);Bearbeiten (min)",
         "Best.-Nr;Art.-Nr.;Bestellmenge;Wunschtermin"),
        ("Bauteil;Arbeitsfolge;Platz;Umrüsten;Stückmin",
         "PO;Bauteil;Fertigungsmenge;fertig bis"),
        ("Teil;AG;Kostenstelle/Maschine;Rüsten;Stückzeit/te",
         "Auftr.-Nr.;Teil;Menge gesamt;Termin"),
        ("Item;Oper;Cost Center/Machine;Make Ready;Run", "PO No.;Item;Run Qty;Completion Date"),
    ],
)  # fmt: skip
def test_headings_of_every_day(desk, routing, orders):
    """Abbreviations, and two words beside a stroke of which one is enough."""
    done = take(f"{routing}\nA;10;saw;5;3\n", f"{orders}\n7;A;40;2026-01-09\n")
    assert done.exit_code == 0, done.output
    assert "ignored" not in done.stdout
    assert "doubtful" not in done.stdout
    plant, scenario = loaded()
    assert minutes(plant) == {("A", "10"): (("saw",), 3.0)}
    assert plant.products[0].operations[0].setup == 300.0
    assert [(o.name, o.quantity, o.due) for o in scenario.orders] == [
        ("7", 40, 4 * 86400.0 + 17 * 3600 + 59 * 60)
    ]


def test_numbers_that_nobody_reads_are_doubted_where_something_is_missing(desk):
    """A quantity or a setup that is missing may stand in a column that was not understood."""
    orders = "order;part;due;Lfd. Nr;Stand;Charge kg;Bel. Zahl\n1;A;;7;20260108;2,5;40\n"
    routing = (
        "part;op;machine;te [min];Lohngruppe;Vor- und Nachbereitung (h)\nA;10;saw;3;7;0,5\n"
    )
    done = take(routing, orders)
    assert done.exit_code == 0, done.output
    doubts = done.stdout.partition("doubtful:\n")[2].splitlines()[:-1]
    assert doubts == [
        "  r.csv:1:1 setup: no column; 0 min taken, and the ignored "
        "'Vor- und Nachbereitung (h)' holds numbers; "
        "--map 'setup=Vor- und Nachbereitung (h)' reads it",
        "  o.csv:1:1 quantity: no column; 1 piece each taken, and the ignored 'Charge kg', "
        "'Bel. Zahl' hold numbers; --map 'quantity=Charge kg' reads it",
    ]
    text = Path("shop/scenario.yaml").read_text("utf-8")
    assert "doubtful: o.csv:1:1 quantity: no column; 1 piece each taken" in text
    assert "--map" not in text
    by_hand = ("--map", "quantity=Bel. Zahl", "--map", "setup=Vor- und Nachbereitung (h)")
    assert "doubtful" not in take(routing, orders, *by_hand).stdout
    plant, scenario = loaded()
    assert (plant.products[0].operations[0].setup, scenario.orders[0].quantity) == (1800.0, 40)


def test_words_beside_a_missing_quantity_are_not_doubted(desk):
    """Names, dates and keys are no numbers of pieces."""
    orders = "order;part;due;Kunde;Lagerort;Datum\n1;A;;Maier;0012;46031\n"
    done = take(ROUTING, orders)
    assert "quantity: no column; 1 piece each taken" in done.stdout
    assert "doubtful" not in done.stdout


def test_a_run_time_that_is_missing_may_be_a_heading_with_a_unit(desk):
    """The refusal names the column that may be meant."""
    (said,) = wrong("part;op;machine;setup;Ausf. [min]\nA;10;saw;0;3\n", ORDERS)
    assert said == (
        "r.csv:1:1 run: no column for it in part, op, machine, setup, Ausf. [min]; "
        "--map 'run=Ausf. [min]' names one"
    )


@pytest.mark.parametrize(
    ("given", "count"), [(("r.csv", "--to", "shop"), "one"), (("--to", "shop"), "none")]
)
def test_a_list_that_is_forgotten(desk, given, count):
    """The option in its place is not taken for the name of a list."""
    done = new("--from", *given)
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("│", " ").split())
    assert f"needs two lists, a routing and the orders; got {count} before --to" in said


def test_an_export_of_sap_as_text(desk):
    """Short headings, units by row, a base of pieces, 1.200 pieces in a list with strokes."""
    routing = (
        "|Werk|Material|PlGr|Vorg|ArbPlatz|Kurztext Vorgang|BsMg|ME|Rüstzeit|Eh.|"
        "Maschinenz.|Eh.|\n"
        "|1000|100-100 |1   |0010|1310-D1 |Drehen  |  1,000|ST|30,000|MIN|  4,500|MIN|\n"
        "|1000|100-100 |1   |0020|1310-F1 |Fräsen  |100,000|ST| 0,500|STD|  6,000|STD|\n"
        "|1000|100-200 |1   |0010|1310-D1 |Drehen  |  1,000|ST|20,000|MIN| 90,000|S  |\n"
    )
    orders = (
        "|Auftrag|Material|GMnge ME|Eckstart  |Eckende   |\n"
        "|1000123|100-100 |   1.200|05.01.2026|09.01.2026|\n"
    )
    done = take(routing, orders, "--all")
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    assert minutes(plant) == {
        ("100-100", "0010"): (("1310-D1",), 4.5),
        ("100-100", "0020"): (("1310-F1",), 3.6),
        ("100-200", "0010"): (("1310-D1",), 1.5),
    }
    assert [o.setup for p in plant.products for o in p.operations] == [1800.0, 1800.0, 1200.0]
    assert scenario.orders[0].quantity == 1200
    assert "GMnge ME: '1.200' read as 1200, decimal comma" in done.stdout
    done = take(routing.replace("BsMg", "Bsm."), orders)  # Numbers with the unit of pieces.
    assert "--map 'base=Bsm.' takes them for so many" in done.stdout


def test_numbers_are_dates_only_where_nothing_else_is(desk):
    """`Released` counts pieces beside a start date; alone it is a date, and 120 is none."""
    orders = "Job,Item,Released,Start Date,End Date\n1,A,120.00,1/6/2026,1/16/2026\n"
    done = take(ROUTING, orders)
    assert "  Start Date  -> release date" in done.stdout.splitlines()
    assert "the ignored 'Released' holds numbers; --map quantity=" in done.stdout.replace(
        "'q", "q"
    )
    (said,) = wrong_orders("Job,Item,Released,End Date\n1,A,120.00,1/16/2026\n")
    assert "Released: must be a date" in said


def wrong_orders(orders: str) -> list[str]:
    """Return what is said of an order list that is not taken."""
    return list(take(ROUTING, orders).stderr.splitlines())


@pytest.mark.parametrize(
    ("orders", "quantity"),
    [
        ("Auftrag\tMaterial\tMenge\tTermin\n1\tA\t1.500\t09.01.2026\n", 1500),
        ("Auftrag\tMaterial\tStückzahl\n1\tA\t2.000\n", 2000),
        ("order\tpart\tqty\n1\tA\t1.500\n", 1500),
        ("order\tpart\tqty\n1\tA\t1,500\n", 1500),
        ("order;part;qty\n1;A;1,500\n", 1500),
    ],
)
def test_a_mark_that_nothing_shows_is_that_of_the_list(desk, orders, quantity):
    """German lists have decimal commas, whatever stands between cells; pieces are whole."""
    done = take(ROUTING, orders)
    assert done.exit_code == 0, done.output
    assert loaded()[1].orders[0].quantity == quantity


def test_units_of_business_central(desk):
    """Setup Time Unit of Meas. Code stands beside its time; a machine is mapped by hand."""
    routing = (
        "Routing No.,Operation No.,Type,No.,Setup Time,Setup Time Unit of Meas. Code,Run Time,"
        "Run Time Unit of Meas. Code\nA,10,Machine Center,110,110,MINUTES,12,MINUTES\n"
        "A,20,Machine Center,120,0.5,HOURS,0.5,HOURS\n"
    )
    orders = "No.,Source No.,Quantity,Due Date\n7,A,10,2026-01-09\n"
    done = take(routing, orders, "--map", "machine=No.")
    assert done.exit_code == 0, done.output
    plant, scenario = loaded()
    assert minutes(plant) == {("A", "10"): (("110",), 12.0), ("A", "20"): (("120",), 30.0)}
    assert [o.setup for o in plant.products[0].operations] == [6600.0, 1800.0]
    assert [(o.name, o.quantity) for o in scenario.orders] == [("7", 10)]


def test_what_is_done_already_is_doubted_where_nobody_reads_it(desk):
    """Pieces that were reported, and orders that are closed, are planned: that is said."""
    orders = "wo;part;qty;Qty Completed;Status\n1;A;12;2;Released\n2;A;3;3;Closed\n"
    said = take(ROUTING, orders).stdout.splitlines()
    assert (
        "  o.csv:1:9 qty: the ignored 'Qty Completed' may hold pieces that are done; all are "
        "planned"
    ) in said
    assert any(
        "'Closed' in the ignored 'Status'; it is planned all the same" in x for x in said
    )
    assert (
        "doubtful"
        not in take(
            ROUTING, orders.replace(";2;", ";0;").replace(";3;3;Closed", ";3;0;")
        ).stdout
    )


def test_a_start_with_its_zone_is_written_with_it(desk):
    """Dates of the lists are what the clock there says, daylight saving and all."""
    orders = "part;qty;due\nA;3;2026-03-29 10:00\n"
    done = take(ROUTING, orders, "--start", "2026-03-28 22:00 [Europe/Berlin]")
    assert done.exit_code == 0, done.output
    scenario = loaded()[1]
    assert scenario.start == "2026-03-28T22:00:00+01:00[Europe/Berlin]"
    assert scenario.orders[0].due == 11 * 3600.0


def test_dates_that_nobody_reads_are_doubted_where_nothing_is_due(desk):
    """Without due dates no order is late: the column that may hold them is named."""
    orders = "order;part;qty;Fertigstellung geplant;Lieferort\n1;A;3;09.01.2026 14:00 Uhr;Ulm\n"
    done = take(ROUTING, orders)
    assert (
        "  o.csv:1:1 due: no column; nobody waits for anything, and the ignored "
        "'Fertigstellung geplant' holds dates; --map 'due=Fertigstellung geplant' reads it"
    ) in done.stdout.splitlines()
    more = orders + "2;A;3;offen;Ulm\n3;A;3;12.01.2026;Ulm\n"
    assert "'Fertigstellung geplant' holds dates" in take(ROUTING, more).stdout
    done = take(ROUTING, orders, "--map", "due=Fertigstellung geplant")
    assert "doubtful" not in done.stdout
    assert loaded()[1].orders[0].due == (4 * 24 + 8) * 3600.0
    assert "due: no column; nobody waits" in take(ROUTING, "part;qty\nA;3\n").stdout


def test_a_number_after_a_name_is_a_machine_of_that_name(desk):
    """`Drehbank 1 oder 2` are two lathes, not a lathe and a machine called 2."""
    routing = "part;op;machine;run_min\nA;10;Drehbank 1 oder 2;3\nA;20;M-7|8;3\nA;30;1|2;3\n"
    done = take(routing)
    assert done.exit_code == 0, done.output
    assert [places for places, _ in minutes(loaded()[0]).values()] == [
        ("Drehbank 1", "Drehbank 2"),
        ("M-7", "M-8"),
        ("1", "2"),
    ]
    said = "'Drehbank 1 oder 2' read as alternatives, Drehbank 1 or Drehbank 2"
    assert f"r.csv:2:6 machine: {said}" in done.stdout
