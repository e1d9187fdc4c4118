"""This module holds the pieces: how many are at each place of a shop, at every change.

A piece waits in a queue, is in a machine, is finished and waits for room or a mover, there or
in the store of a kanban station, or is on its way. The log tells each step; where pieces were
when a run went on from a snapshot follows from their first step, or from where they are at the
end when they took none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.plant.model import EXIT
from simtwin.result.frames import order_of
from simtwin.result.reason import state_at, state_rows

if TYPE_CHECKING:
    from simtwin.plant.model import StationSpec
    from simtwin.result.record import PieceRow
    from simtwin.result.result import Result

QUEUE, MACHINE, HELD, STORE, WAY = "queues", "inside", "held", "stores", "coming"
"""What a piece is in: the queue of a station, a machine, a machine that cannot let it go, the
store of a kanban station, or on its way to a station or the exit."""

KINDS = (QUEUE, MACHINE, HELD, STORE, WAY)

AT_WORK = frozenset({"finished", "scrapped", "interrupted", "sent back"})
"""Steps of a piece that is in a machine until then."""

Spot = tuple[str, str]
"""One of `KINDS`, and the name of the machine or station."""

Changes = dict[str, tuple[list[float], list[int]]]
"""Name -> instants [s] and how many pieces from then on."""


def piece_counts(result: Result, begin: float) -> dict[str, Changes]:
    """Return by kind and place how many pieces are there, from *begin* [s] on."""
    assert result.log is not None
    rows = result.log.pieces
    spots = _first_spots(result, begin)
    counts = dict.fromkeys(_places(result), 0)
    for spot in spots.values():
        counts[spot] = counts.get(spot, 0) + 1
    told: dict[str, Changes] = {kind: {} for kind in KINDS}
    for (kind, name), count in counts.items():
        told[kind][name] = ([begin], [count])
    stores, begun = _stores(result), _begun(result)
    for row in rows:
        before = spots.get(row.job)
        after = _spot_after(row, before, stores)
        if row.kind == "released":
            after = begun.get(row.job, after)
        if before == after:
            continue
        for place, by in ((before, -1), (after, 1)):
            if place is not None:
                counts[place] = counts.get(place, 0) + by
                changes = told[place[0]].setdefault(place[1], ([begin], [0]))
                _note(changes, max(row.time, begin), counts[place])
        if after is None:
            spots.pop(row.job, None)
        else:
            spots[row.job] = after
    return told


def _note(changes: tuple[list[float], list[int]], time: float, count: int) -> None:
    times, lengths = changes
    if times[-1] == time:
        lengths[-1] = count
    else:
        times.append(time)
        lengths.append(count)


def _places(result: Result) -> list[Spot]:
    """Return the places that are told of even when no piece was ever there."""
    return [(QUEUE, station.name) for station in result.plant.stations]


def _stores(result: Result) -> dict[str, str]:
    """Return the kanban station of each machine that puts into a store what it finished."""
    kanban = {station.name for station in result.plant.stations if station.kanban is not None}
    return {m.name: m.station for m in result.plant.machines if m.station in kanban}


def _begun(result: Result) -> dict[str, Spot]:
    """Return the machine of each piece that was in work when it came into the shop.

    Work in progress that a scenario begins with is released into a machine, not started there.
    """
    assert result.log is not None
    last: dict[str, str] = {}
    found: dict[str, Spot] = {}
    for row in result.log.pieces:
        if last.get(row.job) == "released" and row.kind in AT_WORK:
            found[row.job] = MACHINE, row.place
        last[row.job] = row.kind
    ends = _end_spots(result)
    for job, kind in last.items():
        if kind == "released" and job in ends and ends[job][0] != QUEUE:
            found[job] = ends[job]
    return found


def _spot_after(row: PieceRow, before: Spot | None, stores: dict[str, str]) -> Spot | None:
    """Return where a piece is after the step *row*; None: not in the shop."""
    match row.kind:
        case "released" | "queued":
            return QUEUE, row.place
        case "started":
            return MACHINE, row.place
        case "finished":
            return (STORE, stores[row.place]) if row.place in stores else (HELD, row.place)
        case "sent":
            return WAY, row.place
        case "done" | "scrapped":
            return None
    return before


def _first_spots(result: Result, begin: float) -> dict[str, Spot]:
    """Return where each piece was before the first step that the log tells."""
    assert result.log is not None
    first: dict[str, PieceRow] = {}
    for row in result.log.pieces:
        first.setdefault(row.job, row)
    found = {job: spot for job, spot in _end_spots(result).items() if job not in first}
    if begin <= 0.0:
        return found
    rows = state_rows(result, result.log)
    holding = {
        held.job: spec.name
        for spec in result.plant.machines
        if (held := state_at(rows, spec.name, begin)) is not None and held.job
    }
    station = {spec.name: spec.station for spec in result.plant.machines}
    for job, row in first.items():
        spot: Spot | None = None
        if row.kind == "started":
            spot = QUEUE, station[row.place]
        elif row.kind in AT_WORK:
            spot = MACHINE, row.place
        elif row.kind in ("queued", "sent", "done"):
            spot = _before_its_way(result, row, holding)
        if spot is not None:
            found[job] = spot
    return found


def _before_its_way(result: Result, row: PieceRow, holding: dict[str, str]) -> Spot | None:
    """Return where a piece was that first is told to leave, or to come."""
    if row.job in holding:
        return HELD, holding[row.job]
    carried = result.plant.transport is not None
    if carried and row.kind != "sent":
        return WAY, row.place if row.kind == "queued" else EXIT
    station = _left(result, row)
    if station is None:
        return None  # It called for a mover at the release.
    return (STORE if station.kanban is not None else HELD), (
        station.name if station.kanban is not None else station.machines[0]
    )


def _left(result: Result, row: PieceRow) -> StationSpec | None:
    """Return the station where a piece was worked on before it came to that of *row*."""
    products = {order.name: order.product for order in result.scenario.orders}
    products |= {source.name: source.product for source in result.plant.sources}
    product = products.get(order_of(row.job, products))
    for spec in result.plant.products:
        if spec.name == product:
            names = [operation.name for operation in spec.operations]
            done = names.index(row.operation) if row.operation in names else len(names)
            before = spec.operations[done - 1].stations if done else ()
            return next((one for one in result.plant.stations if one.name in before), None)
    return None


def _end_spots(result: Result) -> dict[str, Spot]:
    """Return where each piece is at the end, as the snapshot says."""
    states = result.snapshot.states
    found: dict[str, Spot] = {}
    for station in result.plant.stations:
        state = states.get(f" station {station.name}")
        if state is not None:
            found |= dict.fromkeys(state.queue, (QUEUE, station.name))
            found |= dict.fromkeys(getattr(state, "finished", ()), (STORE, station.name))
    for spec in result.plant.machines:
        work = states[spec.name].work
        if work is not None:
            kind = HELD if work.step < 0 else MACHINE
            batch = states.get(" batches", {}).get(spec.name)
            jobs = (work.job, *(() if batch is None else batch.others))
            found |= dict.fromkeys(jobs, (kind, spec.name))
    ways = states.get(" transport")
    for job, delivery in {} if ways is None else ways.moving.items():
        found[job] = WAY, delivery.to
    return found
