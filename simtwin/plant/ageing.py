"""This module holds the ageing of machines in a plant file: failure modes and their clocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simtwin.parts.failure import FailureSpec
from simtwin.plant import failure_catalogue as catalogue
from simtwin.plant.law_schema import time_law, time_value
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from simtwin.plant.assumptions import Assumptions
    from simtwin.plant.document import Document, Path
    from simtwin.plant.machine_schema import FailureFile, MachineFile


def read_failures(
    item: MachineFile, path: Path, document: Document, assumptions: Assumptions
) -> tuple[FailureSpec, ...]:
    """Return the failure modes of the machine *item*; presets join *assumptions*."""
    modes: dict[str, FailureSpec] = {}
    for index, failure in enumerate(item.failures):
        here = (*path, "failures", index)
        for mode in _failure(failure, here, item.id, document, assumptions):
            if mode.name in modes:
                document.complain(here, f"a second failure mode {mode.name!r} of {item.id!r}")
            modes[mode.name] = mode
    return tuple(modes.values())


def _failure(
    item: FailureFile, path: Path, machine: str, document: Document, assumptions: Assumptions
) -> list[FailureSpec]:
    life, repair = time_law(item, "life"), time_law(item, "repair")
    if repair is not None and repair.cycles:
        document.complain((*path, "repair"), "a repair takes time, not cycles")
    if item.preset is not None:
        return _preset_failures(item, path, machine, document, assumptions)
    assert item.id is not None
    assert item.clock is not None
    assert life is not None
    assert repair is not None
    if life.cycles != (item.clock == "cycles"):
        unit = "cycles" if item.clock == "cycles" else "time"
        document.complain(path, f"the clock {item.clock} counts {unit}; the life must too")
    if not life.law.mean > 0.0:
        message = "a life must be > 0: the machine would fail whenever it has been repaired"
        document.complain((*path, "life"), message)
    return [FailureSpec(item.id, item.clock, life.law, repair.law, **_care(item))]


def _care(item: FailureFile) -> dict[str, Any]:
    """Return what a failure mode needs of people, and what that costs."""
    return {
        "crew": item.crew,
        "renewal": item.renewal,
        "skill": item.skill,
        "maintenance": time_value(item, "maintenance"),
        "planned_cost": item.planned_cost,
        "failure_cost": item.failure_cost,
    }


def _preset_failures(
    item: FailureFile, path: Path, machine: str, document: Document, assumptions: Assumptions
) -> list[FailureSpec]:
    assert item.preset is not None
    names = [catalogue.ALL_SUBSYSTEMS, *catalogue.SUBSYSTEMS]
    if item.preset not in names:
        document.complain((*path, "preset"), unknown("failure preset", item.preset, names))
        return []
    mtbf = catalogue.MTBF_HOURS if item.mtbf_h is None else item.mtbf_h
    chosen = names[1:] if item.preset == catalogue.ALL_SUBSYSTEMS else [item.preset]
    specs = [catalogue.subsystem_failure(name, mtbf_hours=mtbf) for name in chosen]
    changes = _care(item)
    if item.clock is not None:
        changes["clock"] = item.clock
    life, repair = time_law(item, "life"), time_law(item, "repair")
    if life is not None:
        document.complain(
            path, "'life' and 'preset' exclude each other; give an id and a clock"
        )
    if repair is not None:
        changes["repair"] = repair.law
    if item.id is not None and len(specs) == 1:
        changes["name"] = item.id
    assumptions.note(
        f"failures {item.preset} of MTBF {mtbf:g} operating hours; shares and repairs assumed",
        machine,
    )
    return [replace(spec, **changes) for spec in specs]
