"""This module holds the checking of forecasts: the predictor meets futures that are known."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.look_ahead import Outlook
from simtwin.orchestrator.realise import realised
from simtwin.orchestrator.work import ask
from simtwin.parts.alarm import instant
from simtwin.result.compensated import values
from simtwin.result.foresight import FAILURE
from simtwin.result.moment import seconds_of
from simtwin.result.self_check import Foretold, SelfCheck, scored
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.shop.lives import Lives
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.foresight import Future
    from simtwin.result.snapshot import Snapshot

FUTURES = 39
"""Futures of each forecast: with 39, a new failure falls between 40 places alike."""


@dataclass(frozen=True, slots=True)
class Case:
    """One shop lived through to an instant, forecast from there, and lived on."""

    plant: PlantModel
    truth: PlantModel
    scenario: Scenario
    seed: int
    at: float
    end: float
    futures: int

    def run(self, replication: int, guard: Callable[[], None] | None) -> tuple[Foretold, ...]:
        """Return forecast and outcome of every machine that can fail."""
        snapshot, came = self._lived(replication, guard)
        outlook = Outlook(
            self.plant,
            self.scenario,
            snapshot,
            self.seed + 1 + replication,
            (self.end,),
            losses=False,
        )
        risks = outlook.lives().risks
        futures = [outlook.run(r, guard) for r in range(self.futures)]
        place = Streams(self.seed, replication)["self-check", "place"]
        machines = dict.fromkeys(risk.machine for risk in risks if risk.kind == FAILURE)
        rows = []
        for machine in machines:
            columns = [
                i
                for i, risk in enumerate(risks)
                if risk.machine == machine and risk.kind == FAILURE
            ]
            times = [first_failure(future, machine) for future in futures]
            met = [sum(future.by_machine[0][i] for i in columns) for future in futures]
            mean = sum(values([time < inf for time in times], met))
            rows.append(
                Foretold(
                    replication,
                    machine,
                    min(1.0, max(0.0, mean / len(met))),
                    came.get(machine, inf) < inf,
                    _place(times, came.get(machine, inf), place()),
                )
            )
        return tuple(rows)

    def _lived(
        self, replication: int, guard: Callable[[], None] | None
    ) -> tuple[Snapshot, dict[str, float]]:
        """Return the snapshot, and when each machine failed first after it [s]."""
        plant, scenario = realised(
            self.truth, self.scenario, self.seed, parameters=replication, state=replication
        )
        shop = build(plan_of(plant), scenario, Streams(self.seed, replication))
        shop.env.advance(self.at, guard=guard)
        snapshot = capture(shop)
        shop.lives = lives = Lives(shop)
        shop.env.advance(self.end, guard=guard)
        came: dict[str, float] = {}
        for risk, time in lives.firsts.items():
            if risk.kind == FAILURE:
                came.setdefault(risk.machine, time)
        return snapshot, came


def self_check(
    plant: PlantModel,
    scenario: Scenario,
    *,
    at: float | str,
    horizon: float | str,
    cases: int = 100,
    futures: int = FUTURES,
    truth: PlantModel | None = None,
    seed: int | None = None,
    alpha: float = 0.01,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> SelfCheck:
    """Score the forecasts of *plant* on futures that are known, and say whether they hold.

    Each of *cases* shops lives to the instant *at*; from its snapshot so many *futures* are
    forecast over the *horizon*, and then it lives on. Probabilities must be reliable, and
    failures must lie anywhere in their forecasts alike. *truth* is the plant that lives, where
    it is another than the one that forecasts: then the check should fail.
    """
    if whole("cases", cases, most=MOST_RUNS) < 20:
        raise InvalidInput(f"scores need at least 20 cases (got {cases})")
    begin = seconds_of(at, scenario.start)
    length = seconds_of(horizon, None)
    if not (0.0 <= begin < inf and 0.0 < length < inf):
        raise InvalidInput(
            f"at must not lie before the start, and the horizon must be > 0 (got {at!r} and "
            f"{horizon!r})"
        )
    case = Case(
        plant,
        plant if truth is None else truth,
        scenario,
        seed_of(seed, scenario),
        instant(begin),
        instant(begin + length),
        whole("futures", futures, 1, MOST_RUNS),
    )
    found, _ = ask(
        [case],
        [(0, r) for r in range(cases)],
        executor=executor,
        workers=workers,
        progress=progress,
        guard=guard,
    )
    rows = [row for item in sorted(found) for row in found[item]]
    if not rows:
        raise InvalidInput(f"{plant.name}: nothing can fail, so there is nothing to forecast")
    return scored(rows, alpha=alpha)


def first_failure(future: Future, machine: str) -> float:
    """Return when *machine* first fails in *future* [s]; infinite where it does not."""
    return min(
        (
            time
            for risk, time in future.firsts.items()
            if risk.machine == machine and risk.kind == FAILURE
        ),
        default=inf,
    )


def _place(times: list[float], came: float, uniform: float) -> float:
    """Return where *came* lies among *times*, 0 to 1; chance decides among equal ones."""
    from simtwin.result.score import pit

    last = max([came, *times], key=lambda time: -1.0 if time == inf else time)
    beyond = 2.0 * (last if last < inf else 1.0) + 1.0  # Any instant after all others.
    return pit([min(t, beyond) for t in times], min(came, beyond), uniform=uniform)
