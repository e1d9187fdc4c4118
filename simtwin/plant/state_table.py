"""This module holds the state as a table: what ``start_from: state.csv`` reads, written.

One table of both: a row for each piece in the shop, then rows for each machine, the first of
them with what is said once, each with one edge and one failure mode.
"""

from __future__ import annotations

import csv
import io
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.units import HOUR, MINUTE

if TYPE_CHECKING:
    from simtwin.plant.model import MachineSpec, PlantModel, StartState, WorkInProgress

COLUMNS = (
    *("order", "piece", "pieces", "operation", "station", "machine", "left_min"),
    *("id", "stopped", "down_min", "set_up_for", "temperatures.steady"),
    *(f"temperatures.{node}_c" for node in ("motor", "front", "rear", "shaft", "housing")),
    *("bearings.front.damage", "bearings.rear.damage"),
    *("tools.tool", "tools.edge", "tools.damage"),
    *("failures.id", "failures.age_h", "failures.age_cycles", "failures.level"),
)

Row = dict[str, object]


def state_table(start: StartState, plant: PlantModel) -> str:
    """Return *start* as CSV; columns of which nothing is known are left out.

    Read again it is the same state, numbers to the last digit but for units. What was told by
    wear land comes back as the damage that it means.

    >>> from simtwin.plant.files import load_with_plant
    >>> plant, scenario = load_with_plant("day_shift")
    >>> print(state_table(scenario.start_from, plant).splitlines()[2].rstrip(","))
    housing-1,2,op30,,mill-2,4.0
    """
    alike = groupby(start.work, key=_in_batch)
    rows = [_piece(tuple(items)) for _, items in alike]
    for machine in sorted(plant.machines, key=lambda each: natural(each.name)):
        rows += _rows(machine, start)
    given = [column for column in COLUMNS if any(column in row for row in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, given, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _in_batch(item: WorkInProgress) -> tuple[object, ...]:
    """Return what pieces of an order have in common that are in one machine together."""
    if item.machine is None:
        return item.order, item.piece, item.operation
    return item.order, item.operation, item.machine, item.left


def _piece(items: tuple[WorkInProgress, ...]) -> Row:
    """Return the row of pieces that are alike; of a batch there are several."""
    item, numbers = items[0], [item.piece for item in items]
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    left = None if item.left is None else item.left / MINUTE
    told = ", ".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else str(s[0]) for s in spans)
    who: Row = {"piece": item.piece} if len(items) == 1 else {"pieces": told}
    row: Row = {"order": item.order, **who, "operation": item.operation}
    more = {"station": item.station, "machine": item.machine, "left_min": left}
    return row | {key: value for key, value in more.items() if value is not None}


def _rows(machine: MachineSpec, start: StartState) -> list[Row]:
    """Return the rows of one machine; none, if nothing is said of it."""
    once = _once(machine, start)
    nothing: Row = {}
    tools, failures = _tools(machine, start), _failures(machine, start)
    parts = zip_longest(tools, failures, fillvalue=nothing)
    rows = [{"id": machine.name, **tool, **failure} for tool, failure in parts]
    if not rows and once:
        rows = [{"id": machine.name}]
    return [row | (once if index == 0 else {}) for index, row in enumerate(rows)]


def _once(machine: MachineSpec, start: StartState) -> Row:
    row: Row = {}
    if machine.name in start.stopped:
        row["stopped"] = "true"
    if machine.name in start.repairs:
        row["down_min"] = start.repairs[machine.name] / MINUTE
    if machine.name in start.families:
        row["set_up_for"] = start.families[machine.name]
    heat = start.temperatures.get(machine.name)
    if isinstance(heat, str):
        row["temperatures.steady"] = heat
    elif heat is not None and machine.spindle is not None:
        nodes = machine.spindle.network.nodes
        row |= {f"temperatures.{n}_c": t for n, t in zip(nodes, heat, strict=True)}
    for name in ("front", "rear"):
        if (machine.name, name) in start.bearings:
            row[f"bearings.{name}.damage"] = start.bearings[machine.name, name]
    return row


def _tools(machine: MachineSpec, start: StartState) -> list[Row]:
    worn = {key[1:]: used for key, used in {**start.edges, **start.lands}.items()
            if key[0] == machine.name}  # fmt: skip
    return [
        {"tools.tool": tool, "tools.edge": edge, "tools.damage": worn[tool, edge]}
        for tool, edge in sorted(worn, key=lambda key: (natural(key[0]), key[1]))
    ]


def _failures(machine: MachineSpec, start: StartState) -> list[Row]:
    rows: list[Row] = []
    for mode in machine.failures:
        key = machine.name, mode.name
        if key in start.levels:
            rows.append({"failures.id": mode.name, "failures.level": start.levels[key]})
        elif key in start.ages and mode.clock == "cycles":
            rows.append({"failures.id": mode.name, "failures.age_cycles": start.ages[key]})
        elif key in start.ages:
            age = start.ages[key] / HOUR
            rows.append({"failures.id": mode.name, "failures.age_h": age})
    return rows
