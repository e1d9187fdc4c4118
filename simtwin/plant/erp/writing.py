"""This module holds the writing of plant and scenario files, as a person would write them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from simtwin.plant.document import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from simtwin.plant.erp.amounts import Span
    from simtwin.plant.erp.machines import Member
    from simtwin.plant.erp.orders import Order
    from simtwin.plant.erp.routings import Operation

SCHEMA = "# yaml-language-server: $schema={}"
WIDTH = 96

_BARE = re.compile(r"[^\W\d](?:[\w.\-]| (?=[\w.\-]))*")


def plant_text(
    name: str,
    members: Iterable[Member],
    routings: Mapping[str, tuple[Operation, ...]],
    *,
    schema: str,
    head: Iterable[str],
    assumptions: Iterable[str],
    remarks: Mapping[int, list[str]],
) -> str:
    """Return a plant file; *remarks* on lines of the routing stand beside its operations."""
    lines = [SCHEMA.format(schema), *_comment(head), f"plant: {quoted(name)}"]
    lines += [*_assumed(assumptions), "machines:"]
    for machine in members:
        group = f", group: {quoted(machine.group)}" if machine.group else ""
        lines.append(f"  - {{id: {quoted(machine.name)}{group}}}")
    lines.append("products:")
    for part, operations in routings.items():
        lines += [f"  - id: {quoted(part)}", "    route:"]
        lines += [_operation_line(operation, remarks) for operation in operations]
    return "\n".join(lines) + "\n"


def scenario_text(
    name: str,
    plant: str,
    start: datetime | None,
    orders: Iterable[Order] | str,
    *,
    schema: str,
    head: Iterable[str],
    assumptions: Iterable[str],
    remarks: Mapping[int, list[str]],
) -> str:
    """Return a scenario file of *orders*, or one that names the file in which they stand."""
    lines = [SCHEMA.format(schema), *_comment(head)]
    lines += [f"scenario: {quoted(name)}", f"plant: {plant}", *_assumed(assumptions)]
    if start is not None:
        zone = "" if start.tzinfo is None else f" [{start.tzinfo}]"
        lines.append(f"start: {start:%Y-%m-%d %H:%M}{zone}")
    if isinstance(orders, str):
        lines.append(f"orders: {orders}")
        return "\n".join(lines) + "\n"
    lines.append("orders:")
    for order in orders:
        pairs = ", ".join(f"{key}: {value}" for key, value in _keys(order).items())
        lines.append(_with_remarks(f"  - {{{pairs}}}", remarks.get(order.line, [])))
    return "\n".join(lines) + "\n"


def orders_csv(orders: Iterable[Order]) -> str:
    """Return *orders* as the CSV file that a scenario names."""
    rows = [_keys(order, plain=True) for order in orders]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(columns)]
    lines += [",".join(_cell(row.get(key, "")) for key in columns) for row in rows]
    return "\n".join(lines) + "\n"


def quoted(name: str) -> str:
    """Return *name* as YAML has it: in quotes where it would be read as something else.

    >>> quoted("mill-1"), quoted("4711"), quoted("no: 5"), quoted("true"), quoted("Welle A")
    ('mill-1', '"4711"', '"no: 5"', '"true"', 'Welle A')
    """
    if _BARE.fullmatch(name) and isinstance(scalar(name), str):
        return name
    return json.dumps(name, ensure_ascii=False)


def _operation_line(operation: Operation, remarks: Mapping[int, list[str]]) -> str:
    machines = ", ".join(quoted(name) for name in operation.machines)
    pairs = [
        f"operation: {quoted(operation.name)}",
        f"machines: [{machines}]",
        f"duration_{_length(operation.run)}",
    ]
    if operation.elsewhere:
        times = (f"{quoted(n)}: {_number(run.minutes)}" for n, run in operation.elsewhere)
        pairs.append(f"durations_min: {{{', '.join(times)}}}")
    if operation.setup.value > 0.0:
        pairs.append(f"setup_{_length(operation.setup)}")
    said = [operation.text] if operation.text else []
    said += remarks.get(operation.line, [])
    return _with_remarks(f"      - {{{', '.join(pairs)}}}", said)


def _length(span: Span) -> str:
    return f"{span.unit}: {_number(span.value)}"


def _number(value: float) -> str:
    """Return *value* without an exponent, exact to twelve digits."""
    text = f"{value:.12g}"
    return text if "e" not in text else f"{value:.15f}".rstrip("0")


def _keys(order: Order, *, plain: bool = False) -> dict[str, str]:
    write = str if plain else quoted
    keys = {
        "id": write(order.name),
        "product": write(order.part),
        "quantity": str(order.quantity),
    }
    for key, moment in (("release", order.release), ("due", order.due)):
        if moment is not None:
            keys[key] = f"{moment.when:%Y-%m-%d %H:%M}"
    if order.priority:
        keys["priority"] = str(order.priority)
    if order.weight is not None:
        keys["weight"] = _number(order.weight)
    return keys


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(m in text for m in ',;"\t|') else text


def _assumed(lines: Iterable[str]) -> list[str]:
    items = [f"  - {json.dumps(line, ensure_ascii=False)}" for line in lines]
    return ["assumptions:", *items] if items else []


def _comment(lines: Iterable[str]) -> list[str]:
    return [f"# {line}".rstrip() for line in lines]


def _with_remarks(line: str, remarks: Iterable[str]) -> str:
    said = "; ".join(remarks)
    return f"{line}  # {said}" if said else line
