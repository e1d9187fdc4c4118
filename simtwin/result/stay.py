"""This module holds the stays: where each piece was, from step to step.

A piece waits in a queue, is in a machine, is finished and waits for room or a mover, there or
in the store of a kanban station, or is on its way. The log tells each step; where pieces were
when a run went on from a snapshot follows from their first step, or from where they are at the
end when they took none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from simtwin.names import EXIT
from simtwin.result.belonging import product_of
from simtwin.result.machine_states import began, state_at, state_rows
from simtwin.result.record import PieceRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.result.record import Log, StateRow
    from simtwin.result.result import Result

QUEUE, MACHINE, HELD, STORE, WAY = "queues", "inside", "held", "stores", "coming"
"""What a piece is in: the queue of a station, a machine, a machine that cannot let it go, the
store of a kanban station, or on its way to a station or the exit."""

KINDS = (QUEUE, MACHINE, HELD, STORE, WAY)

AT_WORK = frozenset({"finished", "scrapped", "interrupted", "sent back"})
"""Steps of a piece that is in a machine until then."""

Spot = tuple[str, str]
"""One of `KINDS`, and the name of the machine or station."""


class Stay(NamedTuple):
    """A piece at one spot."""

    job: str
    kind: str
    place: str
    """The machine or station."""
    since: float
    """[s]"""
    until: float
    """[s]; infinite: it is still there at the end."""


def stays(result: Result, begin: float) -> list[Stay]:
    """Return where the pieces were from *begin* [s] on, where everything is known."""
    assert result.log is not None
    return list(_stays(result, begin))


def _stays(result: Result, begin: float) -> Iterator[Stay]:
    assert result.log is not None
    spots = {job: (spot, begin) for job, spot in first_spots(result, begin).items()}
    stores, inside = stores_of(result), begun(result)
    for row in result.log.pieces:
        before, since = spots.get(row.job, (None, begin))
        after = spot_after(row, before, stores)
        if row.kind == "released":
            after = inside.get(row.job, after)
        if before == after:
            continue
        time = max(row.time, begin)
        if before is not None and time > since:
            yield Stay(row.job, *before, since, time)
        if after is None:
            spots.pop(row.job, None)
        else:
            spots[row.job] = after, time
    for job, (spot, since) in spots.items():
        yield Stay(job, *spot, since, inf)


def left(result: Result, row: StateRow, time: float) -> bool:
    """Tell whether the piece of a state *row* has left its machine by *time* [s].

    A machine that is down keeps its state when the piece that was done goes on.
    """
    assert result.log is not None
    pieces = result.log.pieces
    first, last = (
        find(pieces, at, key=lambda one: one.time)
        for find, at in ((bisect_left, row.start), (bisect_right, time))
    )
    own = [one for one in pieces[first:last] if one.job == row.job and one.kind != "released"]
    if not own:
        return False
    spot = spot_after(own[-1], (MACHINE, row.machine), stores_of(result))
    return spot not in ((MACHINE, row.machine), (HELD, row.machine))


def stores_of(result: Result) -> dict[str, str]:
    """Return the kanban station of each machine that puts into a store what it finished."""
    kanban = {station.name for station in result.plant.stations if station.kanban is not None}
    return {m.name: m.station for m in result.plant.machines if m.station in kanban}


def begun(result: Result) -> dict[str, Spot]:
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


def spot_after(row: PieceRow, before: Spot | None, stores: dict[str, str]) -> Spot | None:
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


def first_spots(result: Result, begin: float) -> dict[str, Spot]:
    """Return where each piece was before the first step that the log tells."""
    assert result.log is not None
    first: dict[str, PieceRow] = {}
    for row in result.log.pieces:
        first.setdefault(row.job, row)
    found = {job: spot for job, spot in _end_spots(result).items() if job not in first}
    first = {job: row for job, row in first.items() if row.kind != "released"}
    if not first:
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


def parted(log: Log, time: float) -> tuple[dict[str, PieceRow], dict[str, PieceRow]]:
    """Return the last step of each piece up to *time* [s], and the first of those without."""
    last: dict[str, PieceRow] = {}
    later: dict[str, PieceRow] = {}
    for row in log.pieces:
        if row.time <= time:
            last[row.job] = row
        elif row.job not in last:
            later.setdefault(row.job, row)
    return last, later


def last_steps(result: Result, log: Log, time: float) -> list[PieceRow]:
    """Return the last step of each piece up to *time* [s], of those gone too.

    Of one that took none since the snapshot that the run goes on from, it is the one with which
    it came where it was then: at minus infinity where it is not known when.
    """
    last, later = parted(log, time)
    known = result.snapshot.states[" pieces"]
    routes = {product.name: product.operations for product in result.plant.products}
    for job, (kind, place) in first_spots(result, began(result, log)).items():
        if job in last:
            continue
        if job in later:
            since, operation = -inf, later[job].operation
        else:
            piece = known[job]
            since, here = piece.since, routes[piece.product][piece.operation :]
            operation = here[0].name if here else ""  # After the last it goes to the exit.
        last[job] = PieceRow(since, job, _CAME[kind], place, operation)
    return list(last.values())


_CAME = {QUEUE: "queued", MACHINE: "started", HELD: "finished", STORE: "finished", WAY: "sent"}
"""The step with which a piece came to a spot."""


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


def _left(result: Result, row: PieceRow) -> Any:
    """Return the station where a piece was worked on before that of *row*; None: at none."""
    product = product_of(result, row.job)
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
