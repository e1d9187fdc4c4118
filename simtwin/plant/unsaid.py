"""This module holds the unsaid: what follows where a plant names no hours, crew or limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import PlantModel


def with_unsaid(model: PlantModel) -> PlantModel:
    """Return *model* with what it leaves unsaid among its assumptions."""
    return replace(model, assumptions=(*model.assumptions, *unsaid(model)))


def unsaid(model: PlantModel) -> Iterator[str]:
    """Yield what is assumed of all of *model* because it does not say otherwise."""
    if all(machine.calendar is None for machine in model.machines):
        yield "machines: no calendar, they work round the clock"
    modes = [mode for machine in model.machines for mode in machine.failures if mode.crew]
    if modes and not model.all_crews:
        yield "repairs: no crew, they begin at once"
    if model.needs_setups and not any("setup" in crew.skills for crew in model.all_crews):
        yield "setups: no setter, they begin at once"
    if not model.needs_setups and _changes_work(model):
        yield "setups: no times, a change of work takes none"
    if not _limited(model):
        yield "queues: no limits, whatever comes may wait"


def _limited(model: PlantModel) -> bool:
    """Tell whether anything limits how many pieces may wait."""
    rooms = [limit for s in model.stations for limit in (s.capacity, s.kanban)]
    flow = model.flow
    return flow.conwip is not None or bool(flow.conwip_of) or any(r is not None for r in rooms)


def _changes_work(model: PlantModel) -> bool:
    """Tell whether some station does more than one operation."""
    done = [
        name
        for product in model.products
        for operation in product.operations
        for name in operation.stations
    ]
    return len(set(done)) < len(done)
