"""This module holds the orchestrator: a plant, a plan and a state, and who does the runs."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.orchestrator.actions import actions
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.cause import cause
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.explain import explain
from simtwin.orchestrator.impact import impact
from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.orchestrator.network import network_of
from simtwin.orchestrator.optimise.parameters import optimise_parameters
from simtwin.orchestrator.past import refuse_other_past
from simtwin.orchestrator.pool import attend
from simtwin.orchestrator.realise import fitted, prepared, realised
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.self_check import self_check
from simtwin.orchestrator.sensitivity import sensitivity
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.sweep import sweep
from simtwin.orchestrator.verify import verify
from simtwin.orchestrator.what_if import what_if
from simtwin.orchestrator.work import processors
from simtwin.plant.criticality import criticality
from simtwin.plant.precheck import precheck
from simtwin.result.moment import moment, seconds_of
from simtwin.shop.build import build
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams
from simtwin.whole import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor
    from types import TracebackType

    import pandas as pd

    from simtwin.orchestrator.probe import Asked
    from simtwin.plant.criticality import Criticality
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.plant.precheck import Precheck
    from simtwin.result.actions import Actions
    from simtwin.result.cause import Cause
    from simtwin.result.ensemble import Ensemble
    from simtwin.result.explanation import Explanation, Sensitivity
    from simtwin.result.impact import Impact
    from simtwin.result.look_ahead import LookAhead
    from simtwin.result.optimum import Optimum
    from simtwin.result.result import Result
    from simtwin.result.self_check import SelfCheck
    from simtwin.result.snapshot import Snapshot
    from simtwin.result.study import Study
    from simtwin.result.verification import Verification
    from simtwin.result.what_if import WhatIf
    from simtwin.shop.shop import Shop


class Orchestrator:
    """One plant under one plan, at its start or at a snapshot, and everything asked of it.

    It owns the random streams (one seed for all questions), the environments it builds, the
    branches made of it, and the processes that do the runs: they are started at the first
    question and live until the block ends. ::

        with st.Orchestrator(plant, shift, workers=2) as shop:
            shop.replicate(30).kpis
            ten = shop.at("10:00")
            ten.look_ahead("8 h").frame("machines")
            ten.branch(scenario=other).replicate(30).kpis

    Every question has a verb of the same name in `simtwin`, and the same answer. *executor* is
    any `concurrent.futures.Executor`, a Dask cluster's too; it is used and not shut down.
    """

    def __init__(
        self,
        plant: PlantModel,
        scenario: Scenario,
        *,
        snapshot: Snapshot | None = None,
        seed: int | None = None,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        guard: Callable[[], None] | None = None,
    ) -> None:
        if workers is not None:
            workers = whole("workers", workers, 1)
        self.plant = plant
        self.scenario = scenario
        self.snapshot = snapshot
        """The state from which everything is asked; None: the beginning of the plan."""
        self.seed = seed_of(seed, scenario)
        self.branches: list[Orchestrator] = []
        """What was branched off, in order; their processes are those of the whole tree."""
        self._workers = processors() if workers is None else workers
        self._executor = executor
        self._own: ProcessPoolExecutor | None = None
        self._root = self
        self._progress = progress
        self._guard = guard

    def __repr__(self) -> str:
        at = "its start" if self.snapshot is None else f"{self.snapshot.time:g} s"
        return f"Orchestrator({self.scenario.name!r} on {self.plant.name!r}, from {at})"

    def __enter__(self) -> Orchestrator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the processes that were started; questions start them again."""
        root = self._root
        if root._own is not None:
            root._own.shutdown(wait=True, cancel_futures=True)
            root._own = None

    # -- states and branches -----------------------------------------------------------------

    def streams(self, replication: int = 0) -> Streams:
        """Return the random streams of one replication, at their beginning."""
        return Streams(self.seed, replication)

    def environment(self, replication: int = 0) -> Shop:
        """Return a living shop at this state, its environment as ``shop.env``; for one run.

        After ``shop.env.advance(until)`` its record and log tell all that has ended by then.
        """
        snapshot, seed = self.snapshot, self.seed
        if snapshot is not None:
            seed, replication = snapshot.seed, snapshot.replication
        plant, scenario = realised(
            self.plant,
            self.scenario,
            seed,
            parameters=replication,
            state=replication,
            continued=snapshot is not None,
        )
        streams = Streams(seed, replication)
        if snapshot is not None:
            refuse_other_past(snapshot, self.scenario, forecast=False)
            snapshot = fitted(snapshot, plant, self.plant, self.scenario)
            streams = Streams(seed, replication, counts=snapshot.counts)
        shop = build(plan_of(plant), scenario, streams, snapshot=snapshot, log=True)
        shop.puts_off = False
        return shop

    def simulate(self, replication: int = 0, **options: Any) -> Result:
        """Run on once with the luck of this state; see :func:`simtwin.simulate`."""
        return simulate(
            self.plant,
            self.scenario,
            seed=self.seed,
            replication=replication,
            snapshot=self.snapshot,
            **options,
        )

    def at(self, time: float | str, replication: int = 0) -> Orchestrator:
        """Branch off at a later instant ([s], or a clock time), reached with this luck."""
        until = seconds_of(time, self.scenario.start)
        begin = 0.0 if self.snapshot is None else self.snapshot.time
        if until < begin:
            state = moment(self.scenario.start, begin)
            raise InvalidInput(f"{time!r} lies before this state, which is that of {state}")
        if self.scenario.horizon is not None and until > self.scenario.horizon:
            raise InvalidInput(
                f"{time!r} lies after the end of {self.scenario.name} at "
                f"{moment(self.scenario.start, self.scenario.horizon)}"
            )
        run = self.simulate(replication, until=until, history=False)
        return self._branch(self.plant, self.scenario, run.snapshot)

    def branch(
        self, *, plant: PlantModel | None = None, scenario: Scenario | None = None
    ) -> Orchestrator:
        """Branch off here under another plan, or on another plant (``snapshot.onto``)."""
        snapshot = self.snapshot
        if plant is not None and snapshot is not None:
            from simtwin.shop.onto import onto

            old = snapshot.model or self.plant
            snapshot = onto(snapshot, plant, old=old).snapshot
        return self._branch(plant or self.plant, scenario or self.scenario, snapshot)

    def _branch(
        self, plant: PlantModel, scenario: Scenario, snapshot: Snapshot | None
    ) -> Orchestrator:
        made = Orchestrator(
            plant,
            scenario,
            snapshot=snapshot,
            seed=self.seed,
            workers=self._workers,
            progress=self._progress,
            guard=self._guard,
        )
        made._root = self._root
        self.branches.append(made)
        return made

    # -- questions ---------------------------------------------------------------------------

    def replicate(self, n: int | None = None, **options: Any) -> Ensemble:
        """Run the plan many times from here; see :func:`simtwin.replicate`."""
        return replicate(
            self.plant, self.scenario, n, snapshot=self.snapshot, **self._asked(options)
        )

    def compare(self, others: Sequence[Scenario], **options: Any) -> Study:
        """Compare the plan, the baseline, with *others*; see :func:`simtwin.compare`."""
        plans = [self.scenario, *others]
        return compare(self.plant, plans, snapshot=self.snapshot, **self._asked(options))

    def what_if(self, *suppositions: str, **options: Any) -> WhatIf:
        """Say what becomes of the plan if it were otherwise; see :func:`simtwin.what_if`."""
        return what_if(
            self.plant,
            self.scenario,
            suppositions,
            snapshot=self.snapshot,
            **self._asked(options),
        )

    def actions(self, n: int | None = None, **options: Any) -> Actions:
        """Say what would help the plan most; see :func:`simtwin.actions`."""
        return actions(
            self.plant, self.scenario, n, snapshot=self.snapshot, **self._asked(options)
        )

    def sweep(
        self,
        grid: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]],
        **options: Any,
    ) -> pd.DataFrame:
        """Ask the plan at many points from here; see :func:`simtwin.sweep`."""
        return sweep(
            self.plant, self.scenario, grid, snapshot=self.snapshot, **self._asked(options)
        )

    def look_ahead(self, horizon: float | str | None = None, **options: Any) -> LookAhead:
        """Say what may fail until when, from here; see :func:`simtwin.look_ahead`."""
        return look_ahead(
            self.plant, self.snapshot, self.scenario, horizon=horizon, **self._asked(options)
        )

    def impact(
        self, machine: str, *, at: float | str, duration: float | str, **options: Any
    ) -> Impact:
        """Say what a breakdown of *machine* costs; see :func:`simtwin.impact`."""
        return impact(
            self.plant,
            self.scenario,
            machine,
            at=at,
            duration=duration,
            snapshot=self.snapshot,
            **self._asked(options),
        )

    def cause(self, outcome: str, **options: Any) -> Cause:
        """Say what made *outcome* what it is; see :func:`simtwin.cause`."""
        return cause(
            self.plant,
            self.scenario,
            outcome=outcome,
            snapshot=self.snapshot,
            **self._asked(options),
        )

    def explain(self, metric: str = "late_orders", **options: Any) -> Explanation:
        """Say why *metric* is uncertain, and what to measure; see :func:`simtwin.explain`."""
        return explain(
            self.plant, self.scenario, metric, snapshot=self.snapshot, **self._asked(options)
        )

    def sensitivity(
        self, metric: str | Asked, names: Sequence[str], **options: Any
    ) -> tuple[Sensitivity, ...]:
        """Say how fast *metric* moves with *names*; see :func:`simtwin.sensitivity`."""
        return sensitivity(
            self.plant,
            self.scenario,
            metric,
            names,
            snapshot=self.snapshot,
            **self._asked(options),
        )

    def self_check(self, *, at: float | str, horizon: float | str, **options: Any) -> SelfCheck:
        """Score forecasts on futures that are known; see :func:`simtwin.self_check`."""
        return self_check(
            self.plant, self.scenario, at=at, horizon=horizon, **self._asked(options)
        )

    def optimise_parameters(self, machine: str, **options: Any) -> Optimum:
        """Return the best feeds and speeds of an operation on *machine*, proved in the plan.

        See :func:`simtwin.optimise_parameters`; the plan runs from its start.
        """
        asked = {"scenario": self.scenario, **self._asked(options)}
        return optimise_parameters(self.plant, machine, **asked)

    def precheck(self) -> Precheck:
        """Say what theory expects before a run; see :func:`simtwin.precheck`."""
        return precheck(self.plant, self.scenario)

    def verify(self, n: int | None = None, **options: Any) -> Verification:
        """Hold that against runs from the start; see :func:`simtwin.verify`."""
        return verify(self.plant, self.scenario, n, **self._asked(options))

    def criticality(self, product: str | None = None) -> Criticality:
        """Say which machine is critical to *product*; see :func:`simtwin.criticality`."""
        plant, _ = prepared(self.plant, self.scenario)
        return criticality(network_of(plant, product))

    def _asked(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return *options* with what this orchestrator gives to every question."""
        given: dict[str, Any] = {
            "seed": self.seed,
            "progress": self._progress,
            "guard": self._guard,
        }
        if "executor" not in options and "workers" not in options:
            given |= {"executor": self._root._hired(), "workers": self._workers}
        return {**given, **options}

    def _hired(self) -> Executor | None:
        """Return who does the runs: the executor given, or processes of our own."""
        if self._executor is not None or self._workers == 1:
            return self._executor
        if self._own is None:
            self._own = ProcessPoolExecutor(self._workers, initializer=attend)
        return self._own
