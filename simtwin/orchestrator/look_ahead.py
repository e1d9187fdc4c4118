"""This module holds the looking ahead: futures of luck of their own from one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.orchestrator.asked import seed_of
from simtwin.orchestrator.past import refuse_other_past
from simtwin.orchestrator.realise import fitted, prepared, realised, uncertain
from simtwin.orchestrator.simulate import opened, window_of
from simtwin.orchestrator.work import Work, enough
from simtwin.parts.alarm import instant
from simtwin.result.foresight import FAILURE, Future
from simtwin.result.kpi import plain_figures
from simtwin.result.look_ahead import LookAhead
from simtwin.result.moment import moment, seconds_of
from simtwin.shop.belief import draw_plant, draw_temperatures
from simtwin.shop.build import build
from simtwin.shop.forecast import redraw, spare
from simtwin.shop.lives import Lives
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams
from simtwin.whole import MOST_RUNS, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.kpi import OrderRow
    from simtwin.result.record import Opening
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.shop import Shop

LOOKS = 12
"""Instants within the horizon at which probabilities are known, unless a call says other."""

FIRST = 16
"""Futures before the first look at a target."""

MOST = 2000
"""Futures at which a target is given up, unless the call says another number."""

RARE = 0.01
"""Where P(any failure) is at most so much by counting alone, a target is given up: nothing that
has a hazard can fail, and counting would take for ever."""

SAFETY = 1.1
"""How much further a round goes than the spread so far demands."""

LEAP = 2
"""The spread is looked at again before it is more than halved."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What every future is asked."""

    plant: PlantModel
    scenario: Scenario
    snapshot: Snapshot | None
    seed: int
    looks: tuple[float, ...]
    losses: bool

    def run(self, replication: int, guard: Callable[[], None] | None) -> Future:
        """Return one future, and what it would have made had nothing failed."""
        shop = self._begun(replication)
        shop.lives = lives = Lives(shop)
        opening = opened(shop)
        met = []
        for at in self.looks:
            shop.env.advance(at, guard=guard)
            met.append(lives.met())
        kpis, orders = self._figures(shop, opening)
        spared = None
        if self.losses:
            failed = any(risk.kind == FAILURE for risk in lives.firsts)
            spared = self._spared(replication, guard) if failed else kpis["good_pieces"]
        import numpy as np

        return Future(
            replication=replication,
            end=shop.env.now,
            firsts=lives.firsts,
            by_part=np.array([row.by_part for row in met]),
            by_machine=np.array([row.by_machine for row in met]),
            by_plant=np.array([row.by_plant for row in met]),
            total=lives.total,
            strikes=lives.strikes,
            worn=lives.worn,
            ages=lives.ages,
            laws=lives.laws,
            kpis=kpis,
            orders=orders,
            spared=spared,
            drawn=bool(shop.streams.counts())
            or uncertain(self.plant, self.scenario, continued=self.snapshot is not None),
        )

    def lives(self) -> Lives:
        """Return everything that has a hazard, as the first future begins with it."""
        return Lives(self._begun(0))

    def _begun(self, replication: int) -> Shop:
        snapshot = self.snapshot
        plant, scenario = realised(
            self.plant,
            self.scenario,
            self.seed,
            parameters=replication,
            state=replication,
            continued=snapshot is not None,
        )
        if snapshot is not None:
            refuse_other_past(snapshot, self.scenario, forecast=True)
            plant = draw_plant(plant, snapshot, Streams(self.seed, replication))
            snapshot = fitted(snapshot, plant, self.plant, self.scenario)
        streams = Streams(self.seed, replication)
        shop = build(plan_of(plant), scenario, streams, snapshot=snapshot)
        if snapshot is not None:
            draw_temperatures(shop, snapshot)
            redraw(shop)
        return shop

    @property
    def start(self) -> float:
        """The instant from which it looks ahead [s]."""
        return 0.0 if self.snapshot is None else self.snapshot.time

    def _spared(self, replication: int, guard: Callable[[], None] | None) -> float:
        """Return the good pieces of the same future in which no part fails."""
        shop = self._begun(replication)
        spare(shop)
        opening = opened(shop)
        shop.env.advance(self.looks[-1], guard=guard)
        return self._figures(shop, opening)[0]["good_pieces"]

    def _figures(
        self, shop: Shop, opening: Opening
    ) -> tuple[dict[str, float], tuple[OrderRow, ...]]:
        window = window_of(shop, opening)
        return plain_figures(window), window.orders


def look_ahead(
    plant: PlantModel,
    snapshot: Snapshot | None,
    scenario: Scenario,
    *,
    horizon: float | str | None = None,
    replications: int | None = None,
    target: float | None = None,
    most: int = MOST,
    instead: Scenario | tuple[PlantModel, Snapshot | None, Scenario] | None = None,
    looks: int = LOOKS,
    losses: bool = True,
    levels: Mapping[str, float] | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    guard: Callable[[], None] | None = None,
) -> LookAhead:
    """Look ahead from *snapshot*: what may fail until when, by machine, part and cause.

    Each of so many *replications* is a future with luck of its own: every hidden draw is drawn
    again, given what the snapshot shows; without one it begins where *scenario* begins. What
    has failed already is not counted again. *horizon* ([s], or "24 h") counts from the
    snapshot; left out, it is the end of *scenario*. Acts of *scenario* after the snapshot
    happen; with a plan *instead* (another scenario, or plant, snapshot and scenario) the same
    futures are lived through under it too, and `LookAhead.gain` tells the difference.

    Without *replications*, it goes on until half the width of P(any failure)'s interval is at
    most *target* of it (0.1), or *most* futures are done. With *losses*, futures in which
    something fails are lived through again without, for the pieces that failures cost.
    *levels* name the levels of risk and from which probability each holds.

    The same on any *executor* and any number of *workers*; asking changes nothing. Interrupted,
    it keeps the futures that are complete: `partial` is true.
    """
    if replications is not None:
        replications = enough(replications, 2, "a probability needs")
    most = whole("most", most, 1, MOST_RUNS)
    if replications is not None and target is not None:
        raise InvalidInput("give replications or a target, not both")
    if target is not None and not 0.0 < target < 1.0:
        raise InvalidInput(f"target must be a share between 0 and 1 (got {target})")
    if levels is not None and (not levels or min(levels.values()) != 0.0):
        raise InvalidInput(f"levels: the lowest must begin at 0 (got {dict(levels)})")
    seed = seed_of(seed, scenario)
    at = _looks(0.0 if snapshot is None else snapshot.time, scenario, horizon, looks)
    plans = [(plant, snapshot, scenario)]
    if instead is not None:
        plans.append(instead if isinstance(instead, tuple) else (plant, snapshot, instead))
    questions = [Outlook(p, s, k, seed, at, losses) for p, k, s in plans]
    with Work(
        questions, executor=executor, workers=workers, progress=progress, guard=guard
    ) as work:
        n = replications or FIRST
        ahead = _foreseen(work, questions, n, levels)
        goal = 0.1 if target is None else target
        while replications is None and not ahead.partial:
            wanted = _wanted(ahead, goal, most)
            if wanted <= ahead.n:
                break
            ahead = _foreseen(work, questions, wanted, levels)
    return ahead


def _foreseen(
    work: Work, questions: list[Outlook], n: int, levels: Mapping[str, float] | None
) -> LookAhead:
    """Return the answer of *n* futures, or of as many as are complete under every plan."""
    plans = range(len(questions))
    found = work.ask([(plan, r) for r in range(n) for plan in plans])
    complete = [r for r in range(n) if all((plan, r) in found for plan in plans)]
    if len(complete) < 2:
        raise KeyboardInterrupt("fewer than 2 futures are complete")
    lives = [question.lives() for question in questions]
    told = [
        LookAhead(
            plant=prepared(question.plant, question.scenario)[0],
            scenario=question.scenario,
            seed=question.seed,
            start=question.start,
            looks=question.looks,
            risks=lives[plan].risks,
            futures=tuple(found[plan, r] for r in complete),
            asked=n,
            partial=work.partial,
            levels=levels,
            snapshot=question.snapshot,
        )
        for plan, question in enumerate(questions)
    ]
    return told[0] if len(told) == 1 else told[0].with_instead(told[1])


def _looks(
    start: float, scenario: Scenario, horizon: float | str | None, count: int
) -> tuple[float, ...]:
    """Return the instants at which probabilities are known, evenly to the end."""
    if horizon is not None:
        length = seconds_of(horizon, None)
    elif scenario.horizon is not None:
        length = scenario.horizon - start
    else:
        raise InvalidInput("horizon is missing: the scenario has none to look ahead to")
    if not 0.0 < length < inf:
        raise InvalidInput(
            f"the look must end after it begins, at {moment(scenario.start, start)} (got an "
            f"end {length / 60.0:g} min after that)"
        )
    count = whole("looks", count, 1, MOST_RUNS)
    return tuple(instant(start + length * (k + 1) / count) for k in range(count))


def _wanted(ahead: LookAhead, goal: float, most: int) -> int:
    """Return how many futures the spread so far asks for."""
    found = ahead.failure()
    half = 0.5 * (found.high - found.low)
    if half <= goal * found.value or (found.value == 0.0 and found.high <= RARE):
        return ahead.n
    asked = goal * found.value
    factor = half / asked if asked * LEAP > half else LEAP
    grown = ceil(ahead.n * factor * factor * SAFETY)
    return min(most, max(ahead.n + 2, min(grown, LEAP * LEAP * ahead.n)))
