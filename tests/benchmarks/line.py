"""This module holds the line without physics (P7) beside the plain one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from simtwin.orchestrator.simulate import simulate
from simtwin.parts.alarm import instant
from simtwin.physics.life import Law
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
FAILS = (
    "{id: breakdown, clock: processing, life: {exponential: {mean_s: 3600}}, "
    "repair: {exponential: {mean_s: 300}}}"
)
"""How every machine of the lines with breakdowns fails; nobody waits for a repairer."""
MEAN = 60.0
OFF_GRID = 0.5
"""A moment at which nothing ends, so that a closed window equals SimPy's open one [s]."""


def cost(
    *, hours: float = 600.0, slots: tuple[int, ...] = (1, 2, 4, 10), rounds: int = 5
) -> list[Line]:
    """Return P7: five stations without and with breakdowns, over the plain line's time."""
    kinds = (
        ("fixed", FIXED, ""),
        ("exponential", RANDOM, ""),
        ("fixed, breakdowns", FIXED, FAILS),
        ("exponential, breakdowns", RANDOM, FAILS),
    )
    return [
        _one(kind, flow_line(between, laws, fails=fails), between, hours, rounds)
        for kind, laws, fails in kinds
        for between in slots
    ]


def _one(kind: str, plant: PlantModel, slots: int, hours: float, rounds: int) -> Line:
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
    seeds = np.random.SeedSequence(1).spawn(3 * len(laws))
    stations = []
    for law, machine in zip(laws, plant.machines, strict=True):
        service = _block(law, seeds.pop(), horizon)
        if not machine.failures:
            stations.append(Station(service))
            continue
        failure = machine.failures[0]
        lives, repairs = (
            _block(each, seeds.pop(), horizon) for each in (failure.life, failure.repair)
        )
        stations.append(Station(service, lives, repairs))
    return stations


def _block(law: Law, seed: np.random.SeedSequence, horizon: float) -> Iterator[float]:
    """Return times after *law*, fixed or exponential, enough until *horizon* and more."""
    if law.mean == law.ppf(0.1):
        return repeat(law.mean)
    size = int(horizon / law.mean * 1.2) + 100
    times = np.random.Generator(np.random.PCG64(seed)).exponential(law.mean, size)
    return iter(times.tolist())


def agreed(plant: PlantModel, slots: int, hours: float, seed: int = 1) -> tuple[int, bool]:
    """Return the parts that leave, and whether as many leave the plain line by our draws."""
    horizon = hours * 3600.0 + OFF_GRID
    result = simulate(plant, for_hours(plant, hours), until=horizon, seed=seed, history=False)
    made = result.window.plant.left
    tally = run_line(drawn_stations(plant, seed), slots, horizon)
    return made, tally.parts == made


def drawn_stations(plant: PlantModel, seed: int) -> list[Station]:
    """Return the stations of the plain line, fed by the draws of ours."""
    streams = Streams(seed)
    stations = []
    operations = plant.products[0].operations
    for machine, operation in zip(plant.machines, operations, strict=True):
        service = drawn(operation.steps[0].duration, streams[machine.name, "process"])
        if not machine.failures:
            stations.append(Station(service))
            continue
        failure = machine.failures[0]
        name = f"{machine.name}/{failure.name}"
        lives = drawn(failure.life, streams[name, "life"])
        repairs = drawn(failure.repair, streams[name, "repair"])
        stations.append(Station(service, lives, repairs))
    return stations


def drawn(law: Law, stream: Stream) -> Iterator[float]:
    """Yield the durations that simtwin would draw, on its grid."""
    while True:
        yield instant(law.ppf(stream()))
