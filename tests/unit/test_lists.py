"""Tests of the lists beside a scenario: orders and the present state as CSV and Excel."""

from __future__ import annotations

import zipfile
from datetime import datetime, time
from typing import Any

import pytest

from simtwin.errors import FileProblems
from simtwin.plant.files import load_scenario, parse_plant
from simtwin.plant.workbook import read_sheet

PLANT = parse_plant(
    """
plant: two
machines:
  - id: mill-1
    preset: generic-vmc-40
    magazine: [{tool: drill, edges: 2}]
    failures: [{id: pump, clock: powered, life: {exponential: {mean_h: 500}}, repair_min: 30}]
  - {id: saw}
tools: [{id: drill, kind: any, life_min: 60}]
products:
  - id: part
    route:
      - {operation: "10", machines: [saw], duration_min: 3}
      - {operation: "20", machines: [mill-1], duration_min: 6, load: light}
"""
)

HEAD = """scenario: now
plant: two
start: 2026-01-05 10:00
orders: [{id: "0012", product: part, quantity: 9}]
"""

INLINE = """start_from:
  work:
    - {order: "0012", piece: 1, operation: "20", machine: mill-1, left_min: 2}
    - {order: "0012", pieces: [2, 3, 5], operation: "20"}
  machines:
    - id: mill-1
      temperatures: {front_c: 48, motor_c: 52}
      bearings: {front: {damage: 0.6}}
      tools: [{tool: drill, edge: 1, damage: 0.5}, {tool: drill, edge: 2, damage: 0.25}]
      failures: [{id: pump, age_h: 300}]
    - {id: saw, stopped: true}
"""

WORK = "order;piece;pieces;operation;machine;left_min\n0012;1;;20;mill-1;2\n0012;;2-3, 5;20;;\n"
MACHINES = (
    "id,temperatures.front_c,temperatures.motor_c,bearings.front.damage,"
    "tools.tool,tools.edge,tools.damage,failures.id,failures.age_h,stopped\n"
    "mill-1,48,52,0.6,drill,1,0.5,pump,300,\n"
    "mill-1,48,,,drill,2,0.25,,,\n"
    "\n"
    "saw,,,,,,,,,true\n"
)


def read(folder: Any, text: str, **files: str) -> Any:
    """Return the scenario of *text* with *files*, NAME_csv, beside it."""
    (folder / "s.yaml").write_text(HEAD + text, "utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return load_scenario(folder / "s.yaml", PLANT)


def problems(folder: Any, text: str, **files: str) -> list[str]:
    """Return what is wrong with the scenario of *text*."""
    with pytest.raises(FileProblems) as caught:
        read(folder, text, **files)
    return [str(problem) for problem in caught.value.problems]


def sheets(path: Any, **pages: list[list[Any]]) -> None:
    """Write an Excel file with these *pages*."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)


def test_a_state_in_tables_is_that_in_the_file(tmp_path):
    """Work and machines as CSV, apart or in one table, start as the same keys in YAML do."""
    expected = read(tmp_path, INLINE).start_from
    apart = "start_from: {work: wip.csv, machines: machines.csv}\n"
    found = read(tmp_path, apart, wip_csv=WORK, machines_csv=MACHINES)
    assert expected == found.start_from
    both = (
        "order,piece,pieces,operation,machine,left_min,id,temperatures.front_c,"
        "temperatures.motor_c,bearings.front.damage,tools.tool,tools.edge,tools.damage,"
        "failures.id,failures.age_h,stopped\n"
        "0012,1,,20,mill-1,2,,,,,,,,,,\n"
        '0012,,"2-3, 5",20,,,,,,,,,,,,\n'
        ",,,,,,mill-1,48,52,0.6,drill,1,0.5,pump,300,\n"
        ",,,,,,mill-1,,,,drill,2,0.25,,,\n"
        ",,,,,,saw,,,,,,,,,true\n"
    )
    assert expected == read(tmp_path, "start_from: state.csv\n", state_csv=both).start_from


def test_a_state_may_have_decimal_commas(tmp_path):
    """As the lists of `new --from`; what may be thousands is refused; pieces are whole."""
    apart = "start_from: {work: wip.csv, machines: machines.csv}\n"
    work, machines = WORK.replace(";2\n", ";1,5\n"), MACHINES.replace(",", ";")
    machines = machines.replace("0.", "0,").replace("300", '"300,5 h"')
    found = read(tmp_path, apart, wip_csv=work, machines_csv=machines)
    expected = read(
        tmp_path, INLINE.replace("left_min: 2", "left_min: 1.5").replace("300", "300.5")
    )
    assert found.start_from == expected.start_from
    several = WORK.replace("2-3, 5", "2,3")
    found = read(tmp_path, "start_from: {work: wip.csv}\n", wip_csv=several)
    assert [item.piece for item in found.start_from.work] == [1, 2, 3]
    (said,) = problems(
        tmp_path, "start_from: {work: wip.csv}\n", wip_csv=WORK.replace(";2\n", ";1,234\n")
    )
    assert said.startswith("wip.csv:2:19 ")
    assert said.endswith("(got '1,234')")


def test_a_state_in_excel_is_that_in_the_file(tmp_path):
    """Sheets of one workbook hold work, machines and orders; ids may be numbers there."""
    rows = [line.split(",") for line in MACHINES.splitlines() if line]
    numbers = [
        rows[0],
        *(
            [float(c) if c.replace(".", "").isdigit() else c or None for c in r]
            for r in rows[1:]
        ),
    ]
    numbers[-1][-1] = True
    sheets(
        tmp_path / "erp.xlsx",
        Orders=[
            ["id", "product", "quantity", "due", "priority"],
            [12, "part", 9.0, datetime.fromisoformat("2026-01-05 14:00"), 2],
            ["13", "part", 1, time(15, 30), None],
        ],
        WIP=[["order", "pieces", "operation"], [12, "2-3", 20], [12, 5, 20.0]],
        Machines=numbers,
    )
    text = HEAD.replace('[{id: "0012", product: part, quantity: 9}]', "erp.xlsx")
    text += "start_from: {work: erp.xlsx#WIP, machines: erp.xlsx#Machines}\n"
    (tmp_path / "s.yaml").write_text(text)
    found = load_scenario(tmp_path / "s.yaml", PLANT)
    first, second = found.orders
    assert (first.name, first.quantity, first.due, first.priority) == ("12", 9, 14400.0, 2)
    assert (second.name, second.due) == ("13", 19800.0)
    assert [(w.order, w.piece, w.operation) for w in found.start_from.work] == [
        ("12", 2, "20"),
        ("12", 3, "20"),
        ("12", 5, "20"),
    ]
    expected = read(tmp_path, INLINE).start_from
    for name in ("temperatures", "bearings", "edges", "ages", "stopped"):
        assert getattr(expected, name) == getattr(found.start_from, name)


@pytest.mark.parametrize(
    ("wip", "expected"),
    [
        ("order,piece,operation\n0012,1,20\n0013,1,20\n",
         "wip.csv:3:1 start_from.work[1].order: no order '0013'; did you mean '0012'? (orders: "
         "0012)"),
        ("order,piece,operation\n0012,1,30\n",
         "wip.csv:2:8 start_from.work[0].operation: no operation '30'; operations: 10, 20"),
        ("order,pieces,operation\n0012,4-2,20\n",
         "wip.csv:2:6 start_from.work[0].pieces: must be numbers of pieces as in '2-4, 7' (got "
         "'4-2')"),
        ("order,pieces,operation\n0012,1-999999999,20\n",
         "wip.csv:2:6 start_from.work[0].pieces: must be numbers of pieces as in '2-4, 7' (got "
         "'1-999999999')"),
        ("order;oparation\n0012;20\n",
         "wip.csv:2:6 start_from.work[0].oparation: unknown key; did you mean 'operation'? "
         "(required key 'operation' is missing)"),
        ("order,piece,operation\n0012,8,10\n0012,10,10\n",
         "wip.csv:3:6 start_from.work[1].piece: order '0012' has 9 pieces (got 10)"),
    ],
)  # fmt: skip
def test_problems_of_work_have_line_and_column(tmp_path, wip, expected):
    """UX 4.2: ``wip.csv:3:2 ...``, as for orders."""
    assert expected in problems(tmp_path, "start_from: {work: wip.csv}\n", wip_csv=wip)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("id,bearings.front.damage\nmill-1,many\n",
         "state.csv:2:8 start_from.machines[0].bearings.front.damage: must be a number (got "
         "'many')"),
        ("id,temperatures.front_c\nmill-1,40\nmill-1,41\n",
         "state.csv:3:8 start_from.machines[0].temperatures.front_c: '41' here, but 40 in line "
         "2"),
        ("id,temperatures,temperatures.front_c\nmill-1,ambient,41\n",
         "state.csv:2:16 start_from.machines[0].temperatures.front_c: '41' here, but 'ambient' "
         "in line 2"),
        ("id,order\nmill-1,0012\n",
         "state.csv:2:1 start_from: needs either 'order', for work, or 'id', for a machine"),
        ("id,failures.id,failures.age_h\nmill-1,pomp,3\n",
         "state.csv:2:8 start_from.machines[0].failures[0].id: no failure mode 'pomp'; did you "
         "mean 'pump'? (failure modes: pump)"),
        ("id,tools.tool,tools.edge,tools.damage\nmill-1,drill,3,0.5\n",
         "state.csv:2:14 start_from.machines[0].tools[0].edge: the magazine holds 2 of 'drill' "
         "(got 3)"),
    ],
)  # fmt: skip
def test_problems_of_a_state_have_line_and_column(tmp_path, state, expected):
    """UX 4.2: a cell of a nested key is named as the key would be in YAML."""
    assert expected in problems(tmp_path, "start_from: state.csv\n", state_csv=state)


def test_names_in_a_table_are_told_beside_numbers_that_are_wrong(tmp_path):
    """UX 4.2: all at once, also a machine that is not there beside one that says nonsense."""
    table = (
        "order;piece;operation;machine;id;failures.id;failures.age_h\n"
        "0012;1;20;mil-1;;;\n;;;;mill-1;pump;lots\n;;;;zz;pump;1\n"
    )
    found = problems(tmp_path, "start_from: state.csv\n", state_csv=table)
    assert [line.partition(": ")[2].partition(";")[0] for line in found] == [
        "no machine 'mil-1'", "must be a number (got 'lots')", "no machine 'zz'",
    ]  # fmt: skip


def test_a_table_of_machines_needs_ids(tmp_path):
    """A row that speaks of no machine is refused."""
    found = problems(tmp_path, "start_from: {machines: m.csv}\n", m_csv="id,stopped\n,true\n")
    assert found == ["m.csv:2:1 start_from.machines: needs an id"]


def test_a_state_stands_beside_its_file(tmp_path):
    """What is no list, and no CSV or Excel file beside the scenario, is refused."""
    for name in ("../state.csv", "state.txt", "none.xlsx#A"):
        (found,) = problems(tmp_path, f"start_from: {name}\n")
        assert "beside this one" in found


def test_an_unreadable_workbook_is_refused_in_one_sentence(tmp_path):
    """Garbage, an unknown sheet and an empty sheet are said as any other problem."""
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    (found,) = problems(tmp_path, "start_from: bad.xlsx\n")
    assert found.endswith("s.yaml:5:13 start_from: bad.xlsx cannot be read as an Excel file")
    sheets(tmp_path / "a.xlsx", Now=[["id"]], Blank=[])
    (found,) = problems(tmp_path, "start_from: a.xlsx#Naw\n")
    assert found.endswith(
        "a.xlsx#Naw: no sheet 'Naw'; did you mean 'Now'? (sheets: Now, Blank)"
    )
    assert problems(tmp_path, "start_from: a.xlsx#Blank\n") == [
        "a.xlsx#Blank:1:1 the sheet is empty"
    ]


def test_excel_without_its_library_says_what_to_do(tmp_path, monkeypatch):
    """A missing extra is one sentence with the command."""
    import builtins

    original = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return original(name, *arguments, **options)

    (tmp_path / "a.xlsx").write_bytes(b"")
    monkeypatch.setattr(builtins, "__import__", without)
    (found,) = problems(tmp_path, "start_from: a.xlsx\n")
    assert found.endswith("needs openpyxl: pip install openpyxl, or save the sheet as CSV")


@pytest.mark.parametrize("cached", [False, True])
def test_a_formula_without_a_result_is_no_empty_cell(tmp_path, cached):
    """A file that Excel never saved has formulas alone: where they stand is told.

    Where a formula of the sheet has a result, one without gives an empty text.
    """
    path = tmp_path / "a.xlsx"
    sheets(path, a=[["order", "pieces"], ["o", "=1+1"], ["p", '=IF(A1="","x","")']])
    if cached:
        give_results(path, "<v></v>", "<v>2</v>")
        rows = read_sheet(path, None, name="a.xlsx").rows
        assert [row.values[1] for row in rows] == ["pieces", 2, None]
        return
    with pytest.raises(FileProblems, match=r"a.xlsx:2:2.* =1\+1 has no result in the file"):
        read_sheet(path, None, name="a.xlsx")


def give_results(path, empty: str, result: str) -> None:
    """Give the first formula of the first sheet of *path* a *result*, as Excel saves it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = parts[name].decode("utf-8").replace("<v />", empty).replace("<v/>", empty)
    parts[name] = text.replace(empty, result, 1).encode("utf-8")
    with zipfile.ZipFile(path, "w") as new:
        for other, content in parts.items():
            new.writestr(other, content)
