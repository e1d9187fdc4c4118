"""This module holds the lists beside a scenario: orders and the present state as tables.

``orders: orders.csv``, ``start_from: state.xlsx#Now``, or ``work:`` and ``machines:`` under
``start_from``. The columns are the keys of the file; where a key lies within another, dots
join them: ``bearings.front.damage``. The rows take the place of the name, cell by cell.
"""

from __future__ import annotations

import re
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.errors import FileProblems, InvalidInput, Problem
from simtwin.plant.document import Place, fatal, scalar, spell
from simtwin.plant.erp.amounts import is_doubtful
from simtwin.plant.table import is_excel, plain, read_table, split_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.document import Document, Path
    from simtwin.plant.table import Row, Table, Value

WORDS = frozenset(
    (
        *("id", "product", "release", "due"),
        *("order", "operation", "machine", "station"),
        *("tools.tool", "failures.id", "temperatures", "temperatures.steady"),
    )
)
"""Columns that are text, whatever they look like."""
AS_WRITTEN = frozenset(("pieces", "set_up_for"))
"""Columns in which a comma is no decimal mark: numbers of pieces, and a name."""
PARTS = ("tools", "failures")
"""Lists of a machine: each row adds one item to them."""

MOST_PIECES = 100_000
"""In one cell: as many as an order can have."""

_COMMA = re.compile(r"[-+]?\d+,\d+(?![\d.,])")
_SPAN = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


class _Given(NamedTuple):
    """What one cell gives: its value, its text and its place."""

    value: Any
    text: str
    place: Place


class _Record(NamedTuple):
    place: Place
    cells: dict[str, _Given]


def include(document: Document, base: File | None) -> None:
    """Put the rows of every list that *document* names in the place of its name."""
    data = document.data
    if not isinstance(data, dict):
        return
    _replace(data, ("orders",), document, base, _flat)
    _replace(data, ("start_from",), document, base, _state)
    start = data.get("start_from")
    if isinstance(start, dict):
        _replace(start, ("start_from", "work"), document, base, _work)
        _replace(start, ("start_from", "machines"), document, base, _machines)


def _replace(
    holder: dict[str, Any],
    path: Path,
    document: Document,
    base: File | None,
    filled: Callable[[list[_Record], Path, Document], Any],
) -> None:
    name = holder.get(str(path[-1]))
    if not isinstance(name, str):
        return
    file = split_sheet(name)[0]
    readable = is_excel(name) or file.endswith(".csv")
    if base is None or not readable or File(file).is_absolute() or ".." in File(file).parts:
        kind = "mapping" if path == ("start_from",) else "list"
        message = f"must be a {kind}, or a CSV or Excel file beside this one (got {name!r})"
        document.complain(path, message)
    elif not (base / file).is_file():
        document.complain(path, f"no file {file!r} beside this one")
    else:
        document.files.add(base / file)
        try:
            table = read_table(base / name, name=name)
        except FileProblems:
            raise
        except InvalidInput as error:
            document.complain(path, str(error))
            return
        holder[str(path[-1])] = filled(_records(table), path, document)


def _records(table: Table) -> list[_Record]:
    """Return what each row gives, by the names of the header; empty cells give nothing."""
    rows = [row for row in table.rows if not row.empty]
    header = [("" if cell is None else str(cell)).strip() for cell in rows[0].values]
    while header and not header[-1] and table.mark == "":
        header.pop()
    for index, key in enumerate(header):
        if not key or key in header[:index]:
            message = f"column {index + 1} needs a name of its own (got {key!r})"
            raise fatal(table.name, rows[0].line, rows[0].column(index), message)
    return [_record(row, header, table.name) for row in rows[1:]]


def _record(row: Row, header: list[str], name: str) -> _Record:
    cells: dict[str, _Given] = {}
    for index, value in enumerate(row.values):
        text = "" if value is None else str(value)
        if not text.strip():
            continue
        place = Place(name, row.line, row.column(index))
        if index >= len(header):
            message = f"more cells than the {len(header)} columns of the header"
            raise fatal(name, row.line, place.column, message)
        cells[header[index]] = _Given(_meant(value, header[index]), text, place)
    return _Record(Place(name, row.line, 1), cells)


def _meant(value: Value, key: str) -> Any:
    """Return the value of a cell that is not empty, in the column *key*."""
    if isinstance(value, str):
        text = value.strip()
        if key in WORDS:
            return text
        return scalar(text if key in AS_WRITTEN else _pointed(text))
    return str(plain(value)) if key in WORDS else plain(value)


def _pointed(text: str) -> str:
    """Return *text* with a decimal point, where a number with a decimal comma begins it.

    What may be thousands as well is left as it is, and no number.

    >>> _pointed("4,5"), _pointed("0,25 h"), _pointed("1,234"), _pointed("a,5")
    ('4.5', '0.25 h', '1,234', 'a,5')
    """
    match = _COMMA.match(text)
    if match is None or is_doubtful(match[0]):
        return text
    return text.replace(",", ".", 1)


def _put(path: Path, given: _Given, document: Document) -> None:
    document.keys[path] = document.values[path] = given.place
    document.sources[path] = given.text


def _flat(records: list[_Record], at: Path, document: Document) -> list[dict[str, Any]]:
    """Return a mapping for each record, its cells placed under *at*."""
    for index, record in enumerate(records):
        document.values[*at, index] = record.place
        for key, given in record.cells.items():
            _put((*at, index, key), given, document)
    return [{key: given.value for key, given in record.cells.items()} for record in records]


def _state(records: list[_Record], at: Path, document: Document) -> dict[str, Any]:
    """Return the state in a table of both: rows with an order are work, with an id machines."""
    work: list[_Record] = []
    machines: list[_Record] = []
    for record in records:
        if ("order" in record.cells) == ("id" in record.cells):
            message = "needs either 'order', for work, or 'id', for a machine"
            document.problems.append(Problem(*record.place, spell(at), message))
        else:
            (work if "order" in record.cells else machines).append(record)
    for key in ("work", "machines"):
        document.values[*at, key] = document.values[at]
    return {
        "work": _work(work, (*at, "work"), document),
        "machines": _machines(machines, (*at, "machines"), document),
    }


def _work(records: list[_Record], at: Path, document: Document) -> list[dict[str, Any]]:
    rows = _flat(records, at, document)
    for index, row in enumerate(rows):
        if "pieces" not in row:
            continue
        try:
            row["pieces"] = _pieces(str(row["pieces"]))
        except InvalidInput as error:
            document.complain((*at, index, "pieces"), str(error))
    return rows


def _pieces(text: str) -> list[int]:
    """Return the numbers of pieces in one cell.

    >>> _pieces("2-4, 7"), _pieces("3 5")
    ([2, 3, 4, 7], [3, 5])
    """
    joined = re.sub(r"\s*-\s*", "-", text)
    found: list[int] = []
    for word in re.split(r"[\s,;]+", joined.strip()):
        match = _SPAN.fullmatch(word)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if low > high or high - low + len(found) >= MOST_PIECES:
            raise InvalidInput(f"must be numbers of pieces as in '2-4, 7' (got {text!r})")
        found += range(low, high + 1)
    return found


def _machines(records: list[_Record], at: Path, document: Document) -> list[dict[str, Any]]:
    """Return a mapping for each machine; several rows may speak of one."""
    machines: dict[Any, tuple[int, dict[str, Any]]] = {}
    for record in records:
        name = record.cells["id"].value if "id" in record.cells else None
        if name is None:
            document.problems.append(Problem(*record.place, spell(at), "needs an id"))
            continue
        index, machine = machines.setdefault(name, (len(machines), {}))
        path = (*at, index)
        document.values.setdefault(path, record.place)
        for key, given in record.cells.items():
            steps = key.split(".")
            if steps[0] in PARTS and len(steps) > 1:
                continue
            _nest(machine, path, steps, given, document)
        for part in PARTS:
            _add(machine, path, part, record, document)
    return [machine for _, machine in machines.values()]


def _nest(
    machine: dict[str, Any], path: Path, steps: list[str], given: _Given, document: Document
) -> None:
    """Set the key *steps* of a *machine*; refuse a second word on the same thing."""
    here: Any = machine
    for step in steps[:-1]:
        path = (*path, step)
        document.values.setdefault(path, given.place)
        here = here.setdefault(step, {})
        if not isinstance(here, dict):
            break
    last = (*path, steps[-1])
    told = here.get(steps[-1], given.value) if isinstance(here, dict) else here
    if told != given.value:
        first = document.place(last).line
        message = f"{given.text.strip()!r} here, but {told!r} in line {first}"
        document.problems.append(Problem(*given.place, spell(last), message))
    elif steps[-1] not in here:
        here[steps[-1]] = given.value
        _put(last, given, document)


def _add(
    machine: dict[str, Any], path: Path, part: str, record: _Record, document: Document
) -> None:
    """Add the item of the list *part* that a *record* tells, if it tells one."""
    cells = {
        key.partition(".")[2]: given
        for key, given in record.cells.items()
        if key.startswith(f"{part}.")
    }
    if not cells:
        return
    items: list[dict[str, Any]] = machine.setdefault(part, [])
    here = (*path, part, len(items))
    document.values.setdefault((*path, part), record.place)
    document.values[here] = record.place
    for key, given in cells.items():
        _put((*here, key), given, document)
    items.append({key: given.value for key, given in cells.items()})
