"""This module holds the load of the crew: how much there is to repair, how long it waits."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf
from typing import TYPE_CHECKING

from simtwin.parts.failure import BY_TIME
from simtwin.plant.closed import repairmen

if TYPE_CHECKING:
    from simtwin.plant.capacity import Capacity
    from simtwin.plant.model import PlantModel
    from simtwin.plant.stoppage import Stoppage


@dataclass(frozen=True, slots=True)
class CrewLoad:
    """What the machines ask of the crew in the long run."""

    members: int
    failures: float
    """Repairs with crew, of all machines [1/s]."""
    busy: float
    """Share of its time that the crew repairs [-]; 1 and more: repairs pile up."""
    wait: float | None
    """Mean time that a failed machine waits, by an approximation [s]; None: not told."""


def crew_load(model: PlantModel, found: Capacity) -> CrewLoad | None:
    """Return the load of the crew with the loads *found*; None without a crew or its work.

    The wait is that of machines which are all alike, with the mean of lives and repairs
    (the repairman problem, C. Palm 1947): exact for exponential ones of the calendar clock.

    >>> from simtwin.parts.failure import FailureSpec
    >>> from simtwin.physics.life import Exponential
    >>> from simtwin.plant.capacity import capacity
    >>> from simtwin.plant.model import MachineSpec, PlantModel, StationSpec
    >>> mode = FailureSpec("f", "calendar", Exponential(10.0), Exponential(1.0))
    >>> names = [f"m{k}" for k in range(5)]
    >>> machines = tuple(MachineSpec(name, name, failures=(mode,)) for name in names)
    >>> stations = tuple(StationSpec(name, (name,)) for name in names)
    >>> five = PlantModel("five", machines, stations, (), (), crew=1)
    >>> round(crew_load(five, capacity(five)).wait, 6)  # ORACLES C1
    0.466632
    """
    if model.crew is None or found.span is None:
        return None
    rates: list[tuple[float, float]] = []
    failing = 0
    for machine in model.machines:
        modes = [
            (mode, stops)
            for mode, stops in zip(
                machine.failures, found.upkeep.stoppages(machine), strict=True
            )
            if mode.crew and 0.0 < mode.life.mean < inf
        ]
        failing += bool(modes)
        use, cycles = _use(found, machine.station)
        rates += [(_rate(stops, use, cycles), mode.repair.mean) for mode, stops in modes]
    failures = fsum(rate for rate, _ in rates)
    if failures <= 0.0:
        return None
    work = fsum(rate * repair for rate, repair in rates)
    repair = work / failures
    life = failing / failures - repair
    wait = repairmen(failing, life, repair, model.crew).wait if life > 0.0 < repair else None
    return CrewLoad(model.crew, failures, work / model.crew, wait)


def _use(found: Capacity, station: str) -> tuple[float, float]:
    """Return the share of time that each machine of *station* works, and its cycles [1/s]."""
    assert found.span is not None
    load = next(load for load in found.stations if load.station == station)
    time = found.span * len(load.machines)
    here = [flow for flow in found.flows if flow.station == station]
    cycles = fsum(flow.pieces / flow.together for flow in here)
    fits = 1.0 / max(1.0, load.rho or 0.0)
    return fits * load.producing / time, fits * cycles / time


def _rate(stops: Stoppage, use: float, cycles: float) -> float:
    """Return how often a mode with such *stops* strikes a machine [1/s]."""
    if stops.clock in BY_TIME | {"powered"}:
        return stops.failures * (1.0 - stops.share)
    return stops.failures * (cycles if stops.clock == "cycles" else use)
