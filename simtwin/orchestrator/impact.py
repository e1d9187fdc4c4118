"""This module holds the verb `impact`: what it costs when a machine stops at ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.realise import realised
from simtwin.orchestrator.simulate import provenance, simulate
from simtwin.orchestrator.work import ask, enough
from simtwin.plant.model import Intervention
from simtwin.plant.wording import unknown
from simtwin.result.ensemble import Outcome
from simtwin.result.impact import STOOD, Impact, Pair, first_beyond
from simtwin.result.machine_states import state_rows
from simtwin.result.moment import moment, seconds_of
from simtwin.shop.build import build
from simtwin.shop.neighbours import clocks
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.record import StateRow
    from simtwin.result.result import Result
    from simtwin.result.snapshot import Snapshot
    from simtwin.result.starvation import Clock, Stood


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What every pair of runs is asked: the scenario without *act* and with it."""

    plant: PlantModel
    scenario: Scenario
    struck: Scenario
    act: Intervention
    seed: int
    snapshot: Snapshot | None = None
    forecast: bool = False

    def run(self, replication: int, guard: Callable[[], None] | None) -> Pair:
        """Return what the breakdown changes in one replication."""
        without = self._observe(self.scenario, replication, guard)
        struck = self._observe(self.struck, replication, guard)
        before, after = _states(without), _states(struck)
        firsts: dict[Stood, dict[str, float]] = {state: {} for state in STOOD}
        for state in STOOD:
            for name, rows in after.items():
                first = first_beyond(rows, before[name], state, self.act.at)
                if name != self.act.machine and first < inf:
                    firsts[state][name] = first
        machines = without.window.machines
        return Pair(
            replication,
            Outcome.of(without),
            Outcome.of(struck),
            {
                name: tuple(
                    b - a for a, b in zip(machines[name].time, totals.time, strict=True)
                )
                for name, totals in struck.window.machines.items()
            },
            firsts,
            self._clocks(without, replication, guard),
        )

    def _observe(
        self, scenario: Scenario, replication: int, guard: Callable[[], None] | None
    ) -> Result:
        return simulate(
            self.plant,
            scenario,
            seed=self.seed,
            replication=replication,
            snapshot=self.snapshot,
            forecast=self.forecast,
            guard=guard,
        )

    def _clocks(
        self, without: Result, replication: int, guard: Callable[[], None] | None
    ) -> tuple[Clock, ...]:
        """Return the starvation clocks as they stand when the machine breaks down."""
        if without.end <= self.act.at:
            return ()
        run = simulate(
            without.plant,
            replace(without.scenario, measure_from=0.0),
            seed=self.seed,
            replication=replication,
            until=self.act.at,
            snapshot=self.snapshot,
            forecast=self.forecast,
            history=False,
            guard=guard,
        )
        streams = Streams(run.seed, run.replication, counts=run.snapshot.counts)
        shop = build(plan_of(run.plant), run.scenario, streams, snapshot=run.snapshot)
        return clocks(shop, self.act.machine)


def impact(
    plant: PlantModel,
    scenario: Scenario,
    machine: str,
    *,
    at: float | str,
    duration: float | str,
    snapshot: Snapshot | None = None,
    replications: int | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> Impact:
    """Return what it costs when *machine* breaks down at an instant, and whom that reaches.

    *at* is a time [s] or a clock time ("10:00"), *duration* that of the repair [s], or "2 h".
    Every replication is run without the breakdown and with it, on the same luck: what differs
    is the breakdown's. Beside the instants at which others starve or block stands the
    starvation clock, reckoned by hand from what the buffers hold at that instant.

    From a *snapshot* both runs go on from there, in futures of their own luck; with one
    replication and no *seed* they go on with the luck of the snapshot. It is not changed.

    One replication is an observation, without intervals. Interrupted, it keeps the pairs that
    are complete, and says so: `partial` is true. *executor*, *workers*, *progress* and *guard*
    are those of :func:`~simtwin.orchestrator.replicate.replicate`.

    Raises InvalidInput for a machine that is not known, an instant outside the run, and a
    duration that is not positive.
    """
    n = enough(scenario.replications if replications is None else replications, 1, "it needs")
    forecast = snapshot is not None and (n > 1 or seed is not None)
    if snapshot is not None and not forecast:
        seed = snapshot.seed
    seed = seed_of(seed, scenario)
    continued = snapshot is not None
    model, _ = realised(plant, scenario, seed, parameters=0, state=0, continued=continued)
    names = [spec.name for spec in model.machines]
    if machine not in names:
        raise InvalidInput(unknown("machine", machine, names))
    act = _act(scenario, machine, at, duration, 0.0 if snapshot is None else snapshot.time)
    acts = sorted((*scenario.interventions, act), key=lambda one: one.at)
    struck = replace(scenario, interventions=tuple(acts))
    question = Breakdown(plant, scenario, struck, act, seed, snapshot, forecast)
    found, partial = ask(
        [question],
        [(0, replication) for replication in range(n)],
        executor=executor,
        workers=workers,
        progress=progress,
        guard=guard,
    )
    pairs: tuple[Pair, ...] = tuple(found[item] for item in sorted(found))
    last = max(pair.without.end for pair in pairs)
    if last <= act.at:
        ended = moment(scenario.start, last)
        raise InvalidInput(f"at: every run has ended by {ended} (got {at!r})")
    assert isinstance(act.value, float), "a breakdown has a duration"
    return Impact(
        model,
        scenario,
        machine,
        act.at,
        act.value,
        seed,
        n,
        pairs,
        partial,
        provenance={
            **provenance(plant, scenario, seed, 0),
            "replications": len(pairs),
            "partial": partial,
        },
    )


def _act(
    scenario: Scenario, machine: str, at: float | str, duration: float | str, begin: float
) -> Intervention:
    """Return the breakdown as an act, or say what is wrong with it."""
    seconds = seconds_of(duration, None)
    if not 0.0 < seconds < inf:
        raise InvalidInput(f"duration must be positive and finite (got {duration!r})")
    time = seconds_of(at, scenario.start)
    end = inf if scenario.horizon is None else scenario.horizon
    if not begin <= time < end or (time == begin and begin > 0.0):
        first, last = (moment(scenario.start, t) if t < inf else "no end" for t in (begin, end))
        which = f"from {first}" if begin == 0.0 else f"after the snapshot at {first}"
        raise InvalidInput(
            f"at must lie in the run, {which} and before its end ({last}); got {at!r}, "
            f"{time:.6g} s after the start"
        )
    return Intervention(time, machine, "breakdown", seconds)


def _states(result: Result) -> dict[str, list[StateRow]]:
    """Return the states of each machine in order of time, what was open at the end included."""
    log = result.log
    assert log is not None, "both runs keep their log"
    found: dict[str, list[StateRow]] = {spec.name: [] for spec in result.plant.machines}
    for row in state_rows(result, log):
        found[row.machine].append(row)
    return found
