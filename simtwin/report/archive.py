"""This module holds the archive: the log of a run as one compressed file of plain arrays.

Names stand once, rows as numbers; nothing in it is pickled. The same log gives the same bytes.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.parts.tool import tool_of
from simtwin.plant.plain import from_plain, to_plain
from simtwin.result.record import EventRow, Log, PieceRow, StateRow
from simtwin.shop.plan import plan_of
from simtwin.shop.reading import History

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simtwin.plant.model import PlantModel
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.states import LoadKey

ROWS: dict[str, tuple[type[Any], frozenset[str]]] = {
    "states": (StateRow, frozenset({"start", "end"})),
    "events": (EventRow, frozenset({"time"})),
    "pieces": (PieceRow, frozenset({"time"})),
}
"""The tables of a log: their row, and its columns that are instants [s]; others are text."""

_ABOUT = "about"


def packed(log: Log) -> bytes:
    """Return *log* as the bytes of an ``.npz`` file."""
    import numpy as np

    names: dict[str, int] = {}
    arrays: dict[str, Any] = {}
    for table, (kind, instants) in ROWS.items():
        rows = getattr(log, table)
        columns = zip(*rows, strict=True) if rows else [()] * len(kind._fields)
        for field, column in zip(kind._fields, columns, strict=True):
            arrays[f"{table}.{field}"] = (
                np.array(column, dtype=np.float64)
                if field in instants
                else np.array([names.setdefault(text, len(names)) for text in column], np.int32)
            )
    machines: list[tuple[Any, ...]] = []
    for index, (machine, history) in enumerate(log.history.items()):
        arrays[f"history.{index}"] = np.array(history.rows, dtype=np.float64)
        holds, edges = _holds(history), tuple(history.edges)
        found = history.stowed, history.spent
        machines.append((machine, holds, edges, history.since, *found))
    about = json.dumps(to_plain((tuple(names), tuple(machines))), allow_nan=False)
    arrays[_ABOUT] = np.frombuffer(about.encode("utf-8"), dtype=np.uint8)
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpacked(data: bytes, plant: PlantModel) -> Log:
    """Return the log in *data*, which a run of *plant* wrote.

    Raises InvalidInput where the bytes are no such log.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return _log({name: arrays[name] for name in arrays.files}, plant)
    except (KeyError, IndexError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"no log of a run: {error}") from error


def _log(arrays: dict[str, NDArray[Any]], plant: PlantModel) -> Log:
    names, machines = from_plain(json.loads(arrays[_ABOUT].tobytes()))
    tables: dict[str, list[Any]] = {}
    for table, (kind, instants) in ROWS.items():
        columns = (
            arrays[f"{table}.{field}"].tolist()
            if field in instants
            else [names[number] for number in arrays[f"{table}.{field}"].tolist()]
            for field in kind._fields
        )
        tables[table] = list(map(kind._make, zip(*columns, strict=True)))
    plans = plan_of(plant).machines
    history: dict[str, Any] = {
        machine: _history(plans[machine], arrays[f"history.{index}"], *rest)
        for index, (machine, *rest) in enumerate(machines)
    }
    return Log(tables["states"], tables["events"], tables["pieces"], history)


def _holds(history: History) -> tuple[tuple[LoadKey, str], ...]:
    """Return the load and the mounted tool of each duty in the rows: enough to compile it."""
    numbers, places = history.rows[1 :: history.width], history.rows[2 :: history.width]
    edge = dict(zip(numbers, places, strict=True))
    names = [history.edges[int(edge[number])] for number in range(len(history.duties))]
    return tuple(
        (duty.key, tool_of(name) if name else "")
        for duty, name in zip(history.duties, names, strict=True)
    )


def _history(
    plan: MachinePlan,
    numbers: NDArray[np.float64],
    holds: tuple[tuple[LoadKey, str], ...],
    edges: tuple[str, ...],
    since: float = 0.0,
    stowed: dict[str, float] | None = None,
    spent: dict[str, str] | None = None,
) -> History:
    """Return a history to be read, with the rows *numbers*."""
    history = History(plan, since)
    history.stowed, history.spent = stowed or {}, spent or {}
    history.rows.frombytes(numbers.astype("=f8").tobytes())
    history.edges[:] = edges
    history.duties[:] = [plan.duty(key, tool) for key, tool in holds]
    return history
