"""What the golden files keep: each shipped shift in short, and one whole life of each part."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import examples, load_with_plant
from tests.laws.shops import shop

if TYPE_CHECKING:
    from simtwin.result.record import Log
    from simtwin.result.result import Result

FOLDER = Path(__file__).parent
SHIFTS = tuple(name for kind, name, _ in examples() if kind == "scenarios")

Record = dict[str, Any]


def file_of(name: str) -> str:
    """Return the name of the golden file of a shipped scenario.

    >>> file_of("maintenance/by_age")
    'shift_maintenance_by_age'
    """
    return f"shift_{name.replace('/', '_')}"


def shift(name: str) -> Record:
    """Return a shipped scenario in short: what happened how often, and when orders ended."""
    result = simulate(*load_with_plant(name))
    log = logged(result)
    return {
        "end": result.end,
        "story": digest(log),
        "events": dict(sorted(Counter(row.kind for row in log.events).items())),
        "pieces": dict(sorted(Counter(row.kind for row in log.pieces).items())),
        "stretches": dict(sorted(Counter(row.mode for row in log.states).items())),
        "finished": {order.order: order.finish for order in result.window.orders},
        "energy": {name: figures.energy for name, figures in result.machines.items()},
        "producing": {
            name: figures.shares["producing"] for name, figures in result.machines.items()
        },
    }


def digest(log: Log) -> str:
    """Return a short hash of who did what in which order: times are compared by themselves."""
    words = [(row.machine, row.mode, row.cause, row.job, row.operation) for row in log.states]
    words += [(row.machine, row.part, row.kind, row.detail, "") for row in log.events]
    words += [(row.job, row.kind, row.place, row.operation, "") for row in log.pieces]
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def lives() -> dict[str, Record]:
    """Return one whole life of each kind of part, told by the log of a small shop."""
    workshop = simulate(*shop("workshop"), seed=11)
    queue = simulate(*shop("queue"), seed=1)
    return {
        "edge": {
            "story": edge_life(logged(simulate(*shop("workshop"), seed=86)), "mill-2", "rough")
        },
        "bearing": {
            "story": part_life(logged(queue), "d", "d/front bearing", which=2),
            "damage": readings(queue, "d", "bearings", 0),
        },
        "spindle": {
            "story": part_life(logged(workshop), "mill-2", "spindle", last="reset"),
            "motor": readings(workshop, "mill-2", "temperatures", 0),
        },
        "calendar": {"story": part_life(logged(workshop), "saw", "saw/feeder")},
        "powered": {"story": part_life(logged(workshop), "mill-2", "mill-2/drive")},
        "processing": {"story": part_life(logged(workshop), "mill-2", "mill-2/chuck")},
        "cycles": {"story": part_life(logged(workshop), "saw", "saw/blade")},
    }


def edge_life(log: Log, machine: str, tool: str) -> list[list[Any]]:
    """Return the life of the sisters of one tool, from the first mounting to a second set."""
    told: list[list[Any]] = []
    for row in log.events:
        mine = row.part == tool or row.part.startswith(f"{machine}/{tool}#")
        if row.machine == machine and mine:
            told.append([row.time, row.part, row.kind, row.detail])
            if len(told) > 1 and told[-2][2] == "tool refit":
                break
    return told


def part_life(
    log: Log, machine: str, part: str, *, last: str = "repaired", which: int = 1
) -> list[list[Any]]:
    """Return an end of *part*, the states it put its machine in, and its new beginning.

    It is the *which*-th end, from 1.
    """
    events = [row for row in log.events if row.machine == machine and row.part == part]
    ends = [-1.0, *(row.time for row in events if row.kind == last)]
    end = ends[which]
    events = [row for row in events if ends[which - 1] < row.time]
    first = events[0].time
    told = [[row.time, row.part, row.kind, row.detail] for row in events if row.time <= end]
    told += [
        [row.start, row.end, row.mode, row.cause]
        for row in log.states
        if row.machine == machine and first <= row.start < end
    ]
    return sorted(told, key=lambda row: (row[0], str(row[2])))


def readings(result: Result, machine: str, what: str, place: int) -> list[list[float]]:
    """Return the physics of one machine every two minutes of its first half hour."""
    history: Any = logged(result).history[machine]
    times = [120.0 * k for k in range(16)]
    return [[time, getattr(history.at(time), what)[place]] for time in times]


def logged(result: Result) -> Log:
    """Return the log of a result that kept one."""
    assert result.log is not None
    return result.log
