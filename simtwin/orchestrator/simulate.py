"""This module holds the one run: from plant and scenario to a result."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import inf
from typing import TYPE_CHECKING, Any

from simtwin.errors import Deadlock, GuardExceeded, InvalidInput
from simtwin.orchestrator.asked import end_of
from simtwin.orchestrator.past import refuse_other_past
from simtwin.orchestrator.realise import fitted, realised, uncertain
from simtwin.parts.alarm import instant
from simtwin.plant.visits import loses_all
from simtwin.result.hours import WAITING, Waits
from simtwin.result.kpi import OrderRow, Window, difference, flow_difference
from simtwin.result.moment import moment
from simtwin.result.record import INDEX, Opening
from simtwin.result.result import Result
from simtwin.shop.belief import draw_plant, draw_temperatures
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.shop.deadlock import stuck_message
from simtwin.shop.forecast import redraw
from simtwin.shop.health import CONSUMED, consumed_at_start
from simtwin.shop.patience import Patience
from simtwin.shop.plan import digest, plan_of
from simtwin.shop.through import close_log
from simtwin.streams import Streams
from simtwin.whole import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.record import FlowTotals, MachineTotals
    from simtwin.result.snapshot import Snapshot
    from simtwin.shop.shop import Shop

Closed = tuple[dict[str, "MachineTotals"], dict[str, "FlowTotals"], "FlowTotals"]


def simulate(
    plant: PlantModel,
    scenario: Scenario,
    *,
    seed: int | None = None,
    replication: int = 0,
    until: float | str | None = None,
    snapshot: Snapshot | None = None,
    forecast: bool = False,
    ignorance: tuple[int, int] | None = None,
    history: bool = True,
    compiled: bool = True,
    max_events: int | None = None,
    guard: Callable[[], object] | None = None,
) -> Result:
    """Run *scenario* on *plant* once and return what happened: one observation, no interval.

    *until* ([s], "90 min" or a clock time) is another end than the scenario's horizon. From a
    *snapshot* the run goes on with the same luck, bit for bit, and takes no other seed; as a
    *forecast* it goes on with luck of its own, that of *seed* and *replication*, every open
    draw drawn again given survival so far, and its key figures count from the snapshot.
    Without *history* only totals are kept, which is faster.
    What the scenario changes in the plant is changed, and what is uncertain in either is drawn
    for *replication*, or for the two numbers of *ignorance*, of parameters and of the state at
    the start; the result has the plant and scenario that were run.
    A snapshot of another plant than the one that is run goes onto it first, by the rules of
    ``snapshot.onto``. Without *compiled* programs every hold of a piece is done for itself,
    which is slower and agrees to 1e-9. *guard* is called now and then and may raise to stop
    the run, or return True to end it with the instant at hand: what there is until then is the
    result, and `partial`.

    Raises Deadlock, Zeno or GuardExceeded (all RunFailed) when the run cannot go on.
    """
    asked_seed, seed = seed, scenario.seed if seed is None else seed
    streams = Streams(seed, replication)
    if snapshot is not None and not forecast:
        _refuse_other_luck(snapshot, asked_seed, replication)
        seed, replication = snapshot.seed, snapshot.replication
        streams = Streams(seed, replication, counts=snapshot.counts)
    elif forecast and snapshot is None:
        raise InvalidInput("a forecast needs the snapshot that it begins with")
    parameters, state = _drawn_for(ignorance, replication)
    asked = plant, scenario
    continued = snapshot is not None
    plant, scenario = realised(
        plant, scenario, seed, parameters=parameters, state=state, continued=continued
    )
    if snapshot is not None:
        refuse_other_past(snapshot, asked[1], forecast=forecast)
        if forecast:
            plant = draw_plant(plant, snapshot, Streams(seed, replication))
        snapshot = fitted(snapshot, plant, *asked)
    shop = build(
        plan_of(plant), scenario, streams, snapshot=snapshot, log=history, compiled=compiled
    )
    built = shop.env.now
    end = _end(plant, scenario, until, None if snapshot is None else built)
    opening: Opening | None
    if forecast:
        assert snapshot is not None, "refused above"
        draw_temperatures(shop, snapshot)
        redraw(shop)
        opening = opened(shop)
    else:
        _warm_up(shop, min(instant(scenario.measure_from), end), max_events, guard)
        opening = shop.record.opening
    _advance(shop, end, max_events, guard)
    close_log(shop)
    window = window_of(shop, opening)
    return Result(
        plant=plant,
        scenario=scenario,
        seed=seed,
        replication=replication,
        window=window,
        snapshot=capture(shop),
        log=shop.record.log,
        provenance=provenance(plant, scenario, seed, replication),
        drawn=bool(shop.streams.counts()) or uncertain(*asked, continued=continued),
        waits=_waits(shop, built, window.start),
        partial=shop.env.stopped,
    )


def _drawn_for(ignorance: Any, replication: int) -> tuple[int, int]:
    """Return the numbers for which parameters and the state at the start are drawn."""
    if ignorance is None:
        return replication, replication
    if not isinstance(ignorance, Sequence) or len(ignorance) != 2:
        raise InvalidInput(
            "ignorance must be two whole numbers, of parameters and of the state "
            f"(got {ignorance!r})"
        )
    parameters, state = ignorance
    return whole("ignorance", parameters), whole("ignorance", state)


def _refuse_other_luck(snapshot: Snapshot, seed: int | None, replication: int) -> None:
    """Refuse a seed or replication that is not the one with which a snapshot goes on."""
    if seed not in (None, snapshot.seed) or replication not in (0, snapshot.replication):
        asked = snapshot.seed if seed is None else seed
        raise InvalidInput(
            f"a snapshot goes on with its own luck, seed {snapshot.seed} replication "
            f"{snapshot.replication} (got {asked} and {replication}); with luck of another "
            "seed it goes on as a forecast"
        )


def _end(
    plant: PlantModel, scenario: Scenario, until: float | str | None, since: float | None
) -> float:
    """Return the instant at which the run stops, inf for "when every order is finished".

    *since* is when the snapshot was taken from which the run goes on.
    """
    asked = end_of(until, scenario)
    end = _planned_end(plant, scenario, asked)
    if end < 0.0 and since is None:
        raise InvalidInput(f"until must not lie before the start (got {until!r})")
    if since is not None and end < since:
        raise InvalidInput(
            f"a run goes on from its snapshot at {since:.6g} s and cannot end before it "
            f"(got {end:.6g} s)"
        )
    return end


def _planned_end(plant: PlantModel, scenario: Scenario, until: float | None) -> float:
    if until is not None and until < inf:
        return instant(until)
    if scenario.horizon is not None and until is None:
        if 0.0 < scenario.horizon <= scenario.measure_from:
            raise InvalidInput(
                f"{scenario.origin or scenario.name}: measure_from must lie between the start "
                f"and the horizon (got {scenario.measure_from:g} s of {scenario.horizon:g} s)"
            )
        return instant(scenario.horizon)
    for order in scenario.orders:
        loses = loses_all(next(p for p in plant.products if p.name == order.product))
        if loses is not None:
            raise InvalidInput(
                f"{scenario.origin or scenario.name}: order {order.name} would never be "
                f"finished: {loses}; only a run with a horizon has an end"
            )
    if plant.sources or not scenario.orders:
        raise InvalidInput(
            f"{scenario.origin or scenario.name}: horizon is missing; without one a run ends "
            "when every order is finished, which needs orders and no sources"
        )
    return inf


def _advance(
    shop: Shop, until: float, max_events: int | None, guard: Callable[[], object] | None
) -> None:
    if max_events is not None:
        max_events = whole("max_events", max_events, 1)
    done = (lambda: shop.book.all_finished) if until == inf else None
    guard = Patience(shop, guard) if until == inf else guard
    try:
        shop.env.advance(until, max_events=max_events, guard=guard, done=done)
    except GuardExceeded as error:
        if max_events is None or shop.env.handled < max_events:
            raise
        at = moment(shop.scenario.start, shop.env.now)
        raise GuardExceeded(f"{error}; it is {at} in the run") from None
    if until == inf and not shop.book.all_finished and not shop.env.stopped:
        raise Deadlock(stuck_message(shop))


def _warm_up(
    shop: Shop, begin: float, max_events: int | None, guard: Callable[[], object] | None
) -> None:
    """Let *shop* come to *begin*, and note in its record what its key figures count from.

    A shop built from a snapshot that had passed *begin* has noted it already, if the run was
    to count from there as well; from the start of the run everything is counted anyway.
    """
    record, now = shop.record, shop.env.now
    if begin == 0.0:
        record.opening = None
    elif begin >= now:
        _advance(shop, begin, max_events, guard)
        if shop.env.stopped:
            raise KeyboardInterrupt("interrupted before measure_from")
        record.opening = opened(shop)
    elif record.opening is None or record.opening.at != begin:
        counts = "the start" if record.opening is None else f"{record.opening.at:.6g} s"
        raise InvalidInput(
            f"measure_from {begin:.6g} s lies before the snapshot at {now:.6g} s, and the run "
            f"that this was taken of counts from {counts}: what had happened by then is not "
            "known any more"
        )


def opened(shop: Shop) -> Opening:
    """Return what key figures count from that count from now."""
    return Opening(shop.env.now, *closed_totals(shop))


def closed_totals(shop: Shop) -> Closed:
    """Return all totals as they stand now, open holds included; nothing changes."""
    now = shop.env.now
    places = {name: t.closed(now) for name, t in shop.record.places.items()}
    machines = {name: machine.closed_totals() for name, machine in shop.machines.items()}
    return machines, places, shop.record.plant.closed(now)


def window_of(shop: Shop, opening: Opening | None) -> Window:
    """Return what happened in *shop* since *opening*; None: since its start."""
    machines, places, plant = closed_totals(shop)
    if opening is None:
        for name, totals in machines.items():
            start = consumed_at_start(shop.machines[name], shop.scenario.start_from)
            if start > 0.0:
                totals.count(CONSUMED, -start)
    else:
        machines = {name: difference(t, opening.machines[name]) for name, t in machines.items()}
        places = {name: flow_difference(t, opening.places[name]) for name, t in places.items()}
        plant = flow_difference(plant, opening.plant)
    begin = 0.0 if opening is None else opening.at
    return Window(begin, shop.env.now, machines, places, plant, order_rows(shop))


def _waits(shop: Shop, since: float, begin: float) -> Waits:
    """Return when machines waited from *begin*, in a shop that was built at *since*.

    What was before a snapshot is known in sums only, and not by the hour.
    """
    waits = {}
    for name, machine in shop.machines.items():
        mode, waits[name] = machine.mode, machine.waits[:]
        if mode.name in WAITING:
            waits[name].extend((mode.since, shop.env.now, INDEX[mode.name]))
    return Waits(
        waits,
        {station.name: station.machines for station in shop.plan.model.stations},
        start=shop.scenario.start,
        since=since,
        begin=max(begin, since),
        end=shop.env.now,
        bare=_bare(shop, since),
    )


def _bare(shop: Shop, since: float) -> tuple[tuple[float, float], ...]:
    """Return when no piece was in *shop* from *since* on: begin and end [s].

    It is never bare where a source always has one more.
    """
    if any(source.spec.interarrival is None for source in shop.sources.values()):
        return ()
    ends = [*shop.comings, *[shop.env.now] * (not shop.pieces)]
    if len(ends) % 2:
        ends.insert(0, since)
    return tuple((a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if a < b)


def order_rows(shop: Shop) -> tuple[OrderRow, ...]:
    """Return what has become of each order so far."""
    rows = []
    for spec in shop.scenario.orders:
        state = shop.book.state.orders[spec.name]
        rows.append(
            OrderRow(
                spec.name,
                spec.product,
                spec.quantity,
                spec.release,
                spec.due,
                state.finished,
                state.scrapped,
                state.finish,
            )
        )
    return tuple(rows)


def provenance(
    plant: PlantModel, scenario: Scenario, seed: int, replication: int
) -> dict[str, Any]:
    """Return what the result can be reproduced from: hashes, seed, versions, processor."""
    return {
        "plant": plant.name,
        "plant_sha256": plan_of(plant).digest,
        "scenario": scenario.name,
        "scenario_sha256": digest(scenario),
        "seed": seed,
        "replication": replication,
        **_software(),
    }


@cache
def _software() -> dict[str, str]:
    import numpy as np

    try:
        own = version("simtwin-plant")
    except PackageNotFoundError:
        own = "from the checkout"
    return {
        "simtwin": own,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": platform.machine(),
    }
