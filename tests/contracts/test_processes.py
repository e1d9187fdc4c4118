from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from simtwin.parts.bearing import Bearing
from simtwin.parts.failure import FailureMode
from simtwin.parts.spindle import Spindle
from simtwin.parts.tool import Edge
from simtwin.shop.backlog import Backlog
from simtwin.shop.batch_station import BatchStation
from simtwin.shop.capture import VALUES
from simtwin.shop.crew import Crew
from simtwin.shop.flow import OrderBook, Source, Station
from simtwin.shop.interventions import Interventions
from simtwin.shop.kanban import KanbanStation
from simtwin.shop.machine import Machine
from simtwin.shop.plain import PlainMachine
from simtwin.shop.transport import Transport
from tests.laws.branches import begin
from tests.laws.shops import TEXTS, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.shop.shop import Shop

MACHINE = {
    # Derived from the state or from the plan again at need, or the live alarm itself.
    "alarm",
    "calm",
    "closed",
    "calm_version",
    "duty",
    "edge",
    "level",
    "outcome",
    "outline",  # The state itself, but for what is put off; `state` is read of both.
    "pieces",
    "powered",
    "program",
    "steps",
    "stream",
    "wanted",
    "watches",
}

WIRING: dict[type, set[str]] = {
    Machine: MACHINE,
    PlainMachine: MACHINE,
    Spindle: set(),
    Bearing: set(),
    Edge: set(),
    FailureMode: {"alarm", "asked", "in_hand"},
    Source: {"alarm", "stream"},
    OrderBook: {"alarm"},
    Interventions: {"alarm"},
    Crew: set(),
    Station: {"expected", "capacity"},
    KanbanStation: {"expected", "capacity"},
    BatchStation: {"alarm", "expected", "capacity"},
    Backlog: set(),
    Transport: set(),
}
"""What may change in a process beside its state, and why it need not be saved."""


def processes(living: Shop) -> Iterator[Any]:
    """Return everything in the shop that lives."""
    for machine in living.machines.values():
        yield machine
        yield from machine.parts
        if machine.edge is not None:
            yield machine.edge
    yield from living.stations.values()
    yield from living.sources.values()
    yield from (living.crew, living.book, living.interventions)
    if living.backlog is not None:
        yield living.backlog
    if living.transport is not None:
        yield living.transport


def slots(process: Any) -> dict[str, Any]:
    """Return what stands in the slots of a process."""
    return {name: getattr(process, name) for name in slots_of(type(process))}


def slots_of(kind: type) -> list[str]:
    """Return the slots of *kind* and of what it is derived from."""
    return [name for one in kind.__mro__ for name in getattr(one, "__slots__", ())]


@pytest.mark.parametrize("kind", WIRING)
def test_a_process_has_slots_and_no_place_for_more(kind: type):
    """Nothing can be hung on a process that a snapshot would not know (KERNEL 15)."""
    assert not hasattr(kind.__new__(kind), "__dict__")
    assert "state" in slots_of(kind) or "outline" in slots_of(kind)


@pytest.mark.parametrize("kind", VALUES.values(), ids=VALUES)
def test_a_state_is_a_frozen_value(kind: Any):
    """A state cannot be changed in place, only replaced (KERNEL 15; STYLE 5)."""
    assert kind.__struct_config__.frozen
    assert kind.__struct_fields__


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_of_a_process_changes_but_its_state_and_its_wiring(name: str):
    """All that a run remembers of a process is its one value `state` (KERNEL 15)."""
    model, scenario = shop(name)
    assert scenario.horizon is not None
    living = begin(model, scenario)
    before: dict[int, tuple[Any, dict[str, Any]]] = {}
    changed: dict[type, set[str]] = {}
    for window in range(1, 200):
        living.env.advance(scenario.horizon * window / 200)
        for process in processes(living):
            now = slots(process)
            _, old = before.get(id(process), (process, now))
            found = changed.setdefault(type(process), set())
            found |= {key for key, value in now.items() if value is not old[key]}
            before[id(process)] = process, now  # keeps it alive, so that no id comes twice
            assert isinstance(process.state, Struct)
    for kind, names in changed.items():
        assert names - {"state"} <= WIRING[kind], kind.__name__
