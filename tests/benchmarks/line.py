"""This module holds the line without physics (P7) beside the plain one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import instant
from simtwin.plant.model import PlantModel
from simtwin.result.result import Result
from simtwin.streams import Stream, Streams
from tests.benchmarks.baselines.plain_line import Station, Tally, run_line
from tests.benchmarks.measure import Line, race
from tests.benchmarks.plants import flow_line, for_hours

STATIONS = 5
FIXED = (
    "duration_s: 60",
    "duration_s: 55",
    "duration_s: 62",
    "duration_s: 50",
    "duration_s: 58",
)
RANDOM = ("duration: {exponential: {mean_s: 60}}",) * STATIONS
MEAN = 60.0
OFF_GRID = 0.5
"""A moment at which nothing ends, so that a closed window equals SimPy's open one [s]."""


def cost(
    *, hours: float = 600.0, slots: tuple[int, ...] = (1, 2, 4, 10), rounds: int = 5
) -> list[Line]:
    """Return P7: five stations, fixed and exponential times, over the plain line's time."""
    return [
        _one(kind, laws, between, hours, rounds)
        for kind, laws in (("fixed", FIXED), ("exponential", RANDOM))
        for between in slots
    ]


def _one(kind: str, laws: tuple[str, ...], slots: int, hours: float, rounds: int) -> Line:
    plant = flow_line(slots, laws)
    scenario = for_hours(plant, hours)
    horizon = hours * 3600.0 + OFF_GRID

    def ours() -> Result:
        return simulate(plant, scenario, until=horizon, history=False)

    def plain() -> Tally:
        return run_line(lean_stations(plant, horizon), slots, horizon)

    parts, same = agreed(plant, slots, hours)
    mine, theirs = (seconds / parts * 1e6 for seconds in race(ours, plain, rounds=rounds))
    note = f"{parts} parts, {'equal' if same else 'NOT EQUAL'} with the same draws"
    return Line(
        "P7", f"line, {kind}, {slots} slots, per part", mine, "us", theirs, 2.0, 1.0, note=note
    )


def lean_stations(plant: PlantModel, horizon: float) -> list[Station]:
    """Return the stations as a good engineer would feed them: times drawn in one block each."""
    laws = [operation.steps[0].duration for operation in plant.products[0].operations]
    if laws[0].mean == laws[0].ppf(0.1):
        return [Station(repeat(law.mean)) for law in laws]
    seeds = np.random.SeedSequence(1).spawn(len(laws))
    size = int(horizon / MEAN * 1.2) + 100
    times = [np.random.Generator(np.random.PCG64(s)).exponential(MEAN, size) for s in seeds]
    return [Station(iter(column.tolist())) for column in times]


def agreed(plant: PlantModel, slots: int, hours: float, seed: int = 1) -> tuple[int, bool]:
    """Return the parts that leave, and whether as many leave the plain line by our draws."""
    horizon = hours * 3600.0 + OFF_GRID
    result = simulate(plant, for_hours(plant, hours), until=horizon, seed=seed, history=False)
    made = result.window.plant.left
    streams = Streams(seed)
    operations = plant.products[0].operations
    stations = [
        Station(drawn(operation.steps[0].duration, streams[f"station-{number}", "process"]))
        for number, operation in enumerate(operations, start=1)
    ]
    tally = run_line(stations, slots, horizon)
    return made, tally.parts == made


def drawn(law: object, stream: Stream) -> Iterator[float]:
    """Yield the durations that simtwin would draw, on its grid."""
    while True:
        yield instant(law.ppf(stream()))
