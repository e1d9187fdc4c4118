"""This module holds the text of a scenario that goes on from another one, as a file has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simtwin.plant.rules import SEQUENCE
from simtwin.units import MINUTE

if TYPE_CHECKING:
    from simtwin.plant.model import Intervention, OrderSpec, Scenario

LASTS = frozenset(("maintenance", "breakdown"))
"""Acts whose value is how long they take."""


def scenario_text(scenario: Scenario, *, name: str, extends: str, state: str) -> str:
    """Return the file of *scenario*, which goes on from that of the name *extends*.

    It says what differs: start and end, orders and events that are left, and the table *state*
    of where the shop stands. All else is as in the other file.
    """
    head = {"scenario": name, "extends": extends, "start": scenario.start.replace("T", " ", 1)}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    if scenario.horizon is not None:
        lines.append(f"horizon_s: {scenario.horizon!r}")
    lines += ["measure_from_s: 0", f"start_from: {json.dumps(state, ensure_ascii=False)}"]
    if scenario.sequence:
        lines += [f"dispatching: {SEQUENCE}", f"sequence: {json.dumps(scenario.sequence)}"]
    lines += _list("orders", [_order(order) for order in scenario.orders])
    lines += _list("events", [_event(act) for act in scenario.interventions if not act.undoes])
    return "\n".join(lines) + "\n"


def _list(key: str, items: list[dict[str, object]]) -> list[str]:
    if not items:
        return [f"{key}: []"]
    return [f"{key}:", *(f"  - {json.dumps(item, ensure_ascii=False)}" for item in items)]


def _order(order: OrderSpec) -> dict[str, object]:
    told: dict[str, object] = {
        "id": order.name,
        "product": order.product,
        "quantity": order.quantity,
    }
    if order.release > 0.0:
        told["release_s"] = order.release
    if order.due is not None:
        told["due_s"] = order.due
    if order.priority:
        told["priority"] = order.priority
    if order.weight != 1.0:
        told["weight"] = order.weight
    return told


def _event(act: Intervention) -> dict[str, object]:
    told: dict[str, object] = {"at_s": act.at, "machine": act.machine, "do": act.do}
    if act.until is not None:
        told["for_min"] = (act.until - act.at) / MINUTE
    if act.do in LASTS and isinstance(act.value, int | float):
        told["for_min"] = act.value / MINUTE
    elif act.value is not None:
        told["value"] = act.value
    return told
