"""This module holds the foresight: branches of a day (L1) and the chance of a failure (L2).

By wall time on the cores that there are, processes started anew, as a user waits for it.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant
from simtwin.plant.model import PlantModel
from tests.benchmarks.measure import Line
from tests.benchmarks.plants import job_shop

DAY = 86_400.0


def branches(*, count: int = 1000, hours: float = 24.0) -> list[Line]:
    """Return L1: forecasts of a day from one snapshot of the 12-machine shop, full physics."""
    plant, scenario = job_shop(2.0)
    snapshot = simulate(plant, scenario, until=0.5 * DAY, history=False).snapshot
    begin = perf_counter()
    found = replicate(
        plant, scenario, count, snapshot=snapshot, until=0.5 * DAY + 3600.0 * hours
    )
    seconds = perf_counter() - begin
    made = found.kpis["good_pieces"].value
    return [
        Line(
            "L1",
            f"{count} branches of {hours:g} h, 12 machines",
            seconds,
            "s",
            None,
            note=f"{made} good pieces each",
        )
    ]


def rarer(plant: PlantModel, factor: float) -> PlantModel:
    """Return *plant* with every failure mode living *factor* times as long."""
    return replace(
        plant,
        machines=tuple(
            replace(
                machine,
                bearings=tuple(replace(b, rating=b.rating * factor) for b in machine.bearings),
                failures=tuple(
                    replace(mode, life=mode.life.scaled(factor)) for mode in machine.failures
                ),
            )
            for machine in plant.machines
        ),
    )


def chances(*, factors: tuple[float, ...] = (90.0, 9000.0), rounds: int = 3) -> list[Line]:
    """Return L2: P(any failure this shift) to 10 %, from a snapshot of twelve machines."""
    base, shift = load_with_plant("day_shift")
    lines = []
    for factor, bound in zip(factors, (2.0, 5.0), strict=False):
        plant = rarer(base, factor)
        snapshot = simulate(plant, shift, until=0.0, history=False).snapshot
        best = float("inf")
        for _ in range(rounds):
            begin = perf_counter()
            ahead = look_ahead(plant, snapshot, shift, target=0.1)
            best = min(best, perf_counter() - begin)
        found = ahead.failure()
        lines.append(
            Line(
                "L2",
                f"P(any failure this shift), {found.value:.0e}, to 10 %",
                best,
                "s",
                None,
                bound,
                note=f"{ahead.n} futures, {found}",
            )
        )
    return lines
