"""This module holds the verifying: the pre-check of a plan held against runs of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.work import ask, enough
from simtwin.plant.expected import ALL_HERE, FITS
from simtwin.plant.precheck import precheck
from simtwin.result import estimate
from simtwin.result.record import INDEX
from simtwin.result.verification import Held, Verification

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from simtwin.plant.expected import Expected
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.kpi import Window

WHOLE = frozenset({"makespan", "lead time", "work done"})
"""What an order book has told only when all of it is done."""

LONG = frozenset({"mean", "exact", "approximation"})
"""What is expected of a shop in the long run."""

FILLING = "the runs begin empty and count from there: measure_from leaves the filling out"


@dataclass(frozen=True, slots=True)
class Measured:
    """What every run is asked: the same figures that theory expects."""

    plant: PlantModel
    scenario: Scenario
    seed: int
    figures: tuple[tuple[str, str], ...]
    """What and place of each."""
    members: dict[str, tuple[str, ...]]
    """Station -> its machines."""
    max_events: int | None = None

    def run(
        self, replication: int, guard: Callable[[], None] | None
    ) -> tuple[bool, tuple[float, ...]]:
        """Return whether all orders were done, and the figures."""
        result = simulate(
            self.plant,
            self.scenario,
            seed=self.seed,
            replication=replication,
            history=False,
            max_events=self.max_events,
            guard=guard,
        )
        window = result.window
        done = all(order.finish is not None for order in window.orders)
        return done, tuple(self._of(window, what, place) for what, place in self.figures)

    def _of(self, window: Window, what: str, place: str) -> float:
        flow = window.places.get(place, window.plant)
        match what:
            case "present":
                return flow.area / window.elapsed
            case "throughput":
                return flow.left * 3600.0 / window.elapsed
            case "growth":
                return (flow.entered - flow.left) * 3600.0 / window.elapsed
            case "lead time":
                return flow.sojourn / flow.left if flow.left else nan
            case "greatest tardiness":
                return max((o.tardiness(window.end) for o in window.orders), default=nan)
            case "makespan":
                return max(
                    (o.finish for o in window.orders if o.finish is not None), default=nan
                )
        busy = sum(window.machines[m].time[INDEX["producing"]] for m in self.members[place])
        if what == "producing":
            return busy / window.elapsed / len(self.members[place])
        assert what == "work done", what
        return busy


def verify(
    plant: PlantModel,
    scenario: Scenario,
    n: int | None = None,
    *,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_events: int | None = None,
    guard: Callable[[], None] | None = None,
) -> Verification:
    """Run *scenario* on *plant* *n* times and hold what theory expects against what comes.

    The expected numbers are those of :func:`simtwin.precheck`. Of numbers that are means of
    the long run one in twenty lies outside its 95 % interval by chance; an approximation lies
    outside as far as it is wrong. What is written for orders (work done, makespan, lead time)
    is told only if every run has finished them all.

    Raises InvalidInput below two replications.
    """
    n = enough(scenario.replications if n is None else n, 2)
    expected = precheck(plant, scenario).expected
    seed = seed_of(seed, scenario)
    question = Measured(
        plant,
        scenario,
        seed,
        tuple((row.what, row.place) for row in expected),
        {station.name: station.machines for station in plant.stations},
        max_events,
    )
    found, partial = ask(
        [question],
        [(0, replication) for replication in range(n)],
        executor=executor,
        workers=workers,
        progress=progress,
        guard=guard,
    )
    runs = [found[item] for item in sorted(found)]
    opened = sum(not done for done, _ in runs) if scenario.orders else 0
    rows = tuple(
        _held(row, [values[k] for _, values in runs], opened, scenario)
        for k, row in enumerate(expected)
    )
    return Verification(rows, len(runs), n, seed, partial)


def _held(row: Expected, values: list[float], opened: int, scenario: Scenario) -> Held:
    """Return one expected number with what the runs found."""
    note = ""
    kind, value, source = row.kind, row.value, row.source
    known = [one for one in values if isfinite(one)]
    if scenario.orders and opened and row.what in WHOLE:
        note = f"orders were open at the end of {opened} of {len(values)} runs"
        if row.what != "work done":
            known = []
        elif row.most is not None and row.source != FITS:
            source = source if value == row.most else ALL_HERE
            kind, value = "at most", row.most
    elif row.what == "greatest tardiness" and opened and min(known) < value:
        note = f"orders were open at the end of {opened} of {len(values)} runs"
        known = []
    elif len(known) < len(values):
        note = "no piece was finished in some run"
        known = []
    elif not scenario.orders and scenario.measure_from == 0.0 and kind in LONG:
        note = FILLING
    estimated = estimate.mean(known) if len(known) >= 2 else None
    return Held(row.what, row.place, value, row.unit, kind, source, estimated, note)
