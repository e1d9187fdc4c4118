"""This module holds the frames: the log of a run as tables, and its physics at an instant."""

from __future__ import annotations

from itertools import dropwhile, takewhile
from math import ceil, degrees, nan
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import bottleneck, downtime, edge_wear, ledger, machine_states
from simtwin.result.belonging import order_of, products_of
from simtwin.result.detail import detail
from simtwin.result.lateness import Lateness
from simtwin.result.moment import seconds_of
from simtwin.result.record import MODES
from simtwin.result.stay import left
from simtwin.units import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from simtwin.result.hours import Hours
    from simtwin.result.record import EventRow, Log, StateRow
    from simtwin.result.result import Result

SAMPLED = ("temperatures", "wear")
"""Tables that can be read every so often."""

PHYSICS = (
    "power_kw", "speed_rpm", "torque_nm", "tool", "vb_mm", "temperature_c", "motor_current_a",
)  # fmt: skip
"""What is told of a machine at an instant: None where it has none."""

MOST = 2_000_000
"""Readings of a machine that a table takes at most."""


def frame(result: Result, name: str, every: float | str | None) -> pd.DataFrame:
    """Return the table *name* of *result*."""
    import pandas as pd

    tables: dict[str, Callable[[], tuple[tuple[str, ...], Any]]] = {
        "states": lambda: states(result),
        "operations": lambda: operations(result),
        "temperatures": lambda: temperatures(result, every),
        "wear": lambda: wear(result, every),
        "orders": lambda: orders(result),
        "energy": lambda: energy(result),
        "events": lambda: events(result),
        "queues": lambda: queues(result),
        "machines": lambda: machines(result),
        "stations": lambda: stations(result),
        "hours": lambda: bottleneck.hours(_hours(result)),
        "bottleneck": lambda: bottleneck.bottlenecks(_hours(result)),
        "damage": lambda: ledger.columns_and_rows(result, _log(result)),
        "downtime": lambda: downtime.columns_and_rows(result, _log(result)),
    }
    if name not in tables:
        raise InvalidInput(f"no frame is called {name!r}; there are {', '.join(tables)}")
    refuse_samples_of(name, every)
    columns, rows = tables[name]()
    return pd.DataFrame(list(rows), columns=list(columns))


def refuse_samples_of(name: str, every: float | str | None) -> None:
    """Refuse *every* of a table that is not read so often, but written as things happen."""
    if every is not None and name not in SAMPLED:
        taken = " and ".join(SAMPLED)
        raise InvalidInput(f"every is for the frames {taken}, not for {name!r} (got {every!r})")


def states(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return who was in which state from when to when.

    Piece and operation are those at the beginning of the state.
    """
    columns = ("machine", "state", "start_s", "end_s", "cause", "job", "operation")
    rows = machine_states.state_rows(result, _log(result))
    return columns, (
        (r.machine, r.mode, r.start, r.end, r.cause, r.job, r.operation) for r in rows
    )


def operations(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return which piece was on which machine from when to when, stops included.

    A piece that was in work when the run or its snapshot began starts there: when its work
    began is not in the log. One that is in work at the end ends there.
    """
    columns = ("machine", "job", "order", "product", "operation", "start_s", "end_s")
    products = products_of(result)
    rows = []
    for machine, job, operation, begin, end in _stays(result):
        order = order_of(job, products)
        rows.append((machine, job, order, products.get(order, ""), operation, begin, end))
    rows.sort(key=lambda row: (row[5], row[0]))
    return columns, rows


def _stays(result: Result) -> Iterator[tuple[str, str, str, float, float]]:
    """Yield machine, piece, operation, begin and end of all work on pieces."""
    log = _log(result)
    begin, states = began(result), machine_states.standing(result, log)
    started: dict[str, tuple[str, str, float]] = {}
    for piece in log.pieces:
        job, place = piece.job, piece.place
        if piece.kind == "started":
            started[job] = place, piece.operation, piece.time
        elif piece.kind in ("finished", "scrapped", "interrupted"):
            operation = piece.operation or _operation(states, place, job, begin)
            machine, operation, since = started.pop(job, (place, operation, begin))
            yield machine, job, operation, since, piece.time
    for job, machine in _in_work(result).items():
        if job not in started:
            started[job] = machine, _operation(states, machine, job, begin), begin
    for job, (machine, operation, since) in started.items():
        yield machine, job, operation, since, result.end


def _in_work(result: Result) -> dict[str, str]:
    """Return the machine of each piece that is in work at the end, as the snapshot says."""
    found = {}
    for spec in result.plant.machines:
        work = result.snapshot.states[spec.name].work
        if work is not None and work.step >= 0:
            batch = result.snapshot.states.get(" batches", {}).get(spec.name)
            for job in (work.job, *(() if batch is None else batch.others)):
                found[job] = spec.name
    return found


def _operation(states: list[StateRow], machine: str, job: str, time: float) -> str:
    """Return the operation in which *machine* has the piece *job* at *time*, if it tells."""
    row = machine_states.state_at(states, machine, time)
    return row.operation if row is not None and row.job == job else ""


def temperatures(result: Result, every: float | str | None) -> tuple[tuple[str, ...], Any]:
    """Return node temperatures at every load change, or every so often."""
    columns = ("time_s", "machine", "node", "temperature_c")
    rows = []
    sampled = _sampled(result, every)
    for spec in result.plant.machines:
        history = _log(result).history[spec.name]
        if spec.spindle is None or not len(history):
            continue
        for time in (*history.instants, result.end) if sampled is None else sampled:
            reading = history.at(time)
            if reading is None:
                continue
            for node, value in zip(
                spec.spindle.network.nodes, reading.temperatures, strict=True
            ):
                rows.append((time, spec.name, node, value))
    return columns, rows


def _sampled(result: Result, every: float | str | None) -> tuple[float, ...] | None:
    """Return the instants of samples so far apart, from where the log begins; None: of none."""
    if every is None:
        return None
    step = seconds_of(every, None)
    if step <= 0.0:
        raise InvalidInput(f"every must be a positive time (got {every!r})")
    machines, span = max(1, len(result.plant.machines)), result.end - began(result)
    if machines * span / step > MOST:
        least = ceil(machines * span / MOST * 1e3) / 1e3
        raise InvalidInput(
            f"every must be at least {least:g} s, so that {machines} machines over "
            f"{clock(span)} are read {MOST:,} times at most (got {every!r})"
        )
    first, last = ceil(began(result) / step), int(result.end / step)
    return tuple(index * step for index in range(first, last + 1))


def wear(result: Result, every: float | str | None) -> tuple[tuple[str, ...], Any]:
    """Return the wear of every edge wherever its rate changes, or every so often.

    Its state says whether it may cut, or is worn, broken or set aside until the refit.
    """
    columns = ("time_s", "machine", "tool", "edge", "damage", "vb_mm", "state")
    sampled = _sampled(result, every)
    log, span = _log(result), (began(result), result.end)
    changes: dict[str, list[EventRow]] = {name: [] for name in log.history}
    for event in log.events:
        if event.kind == edge_wear.REFIT or event.kind in edge_wear.ENDED:
            changes[event.machine].append(event)
    rows = [
        (time, name, edge.rpartition("/")[2].rpartition("#")[0], edge, damage, land, state)
        for name in (spec.name for spec in result.plant.machines)
        for time, edge, damage, land, state in edge_wear.told(
            log.history[name], changes[name], span, sampled
        )
    ]
    return columns, rows


def orders(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return what became of each order."""
    columns = (
        "order",
        "product",
        "quantity",
        "release_s",
        "due_s",
        "finished",
        "scrapped",
        "finish_s",
        "tardiness_s",
        "late",
        "why",
    )
    lateness = None if result.log is None else Lateness(result)
    rows = []
    for row in result.window.orders:
        late = row.late(result.end)
        told = lateness.why(row) if late and lateness is not None else ""
        rows.append(
            (
                row.order,
                row.product,
                row.quantity,
                row.release,
                nan if row.due is None else row.due,
                row.finished,
                row.scrapped,
                nan if row.finish is None else row.finish,
                row.tardiness(result.end),
                late,
                told,
            )
        )
    return columns, rows


def energy(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return time and energy of each machine by state."""
    columns = ("machine", "state", "time_s", "energy_kwh")
    return columns, (
        (name, mode, time, joule / 3.6e6)
        for name, totals in result.window.machines.items()
        for mode, time, joule in zip(MODES, totals.time, totals.energy, strict=True)
        if time > 0.0 or joule > 0.0
    )


def events(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return what happened to machines and parts, and which rush orders came in."""
    columns = ("time_s", "machine", "part", "kind", "detail")
    log = _log(result)
    return columns, ((e.time, e.machine, e.part, e.kind, detail(e)) for e in log.events)


def queues(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return the number of pieces that wait at each station: at the beginning, then changes."""
    columns = ("time_s", "station", "length")
    station = {m.name: m.station for m in result.plant.machines}
    changes = []
    for piece in _log(result).pieces:
        if piece.kind in ("released", "queued"):
            changes.append((piece.time, piece.place, 1))
        elif piece.kind == "started":
            changes.append((piece.time, station[piece.place], -1))
    # Counted back from the end: who was there at the beginning left no trace of coming.
    length = {s.name: _waiting(result, s.name) for s in result.plant.stations}
    for _, name, by in changes:
        length[name] -= by
    begin = began(result)
    for _, name, by in takewhile(lambda change: change[0] <= begin, changes):
        length[name] += by
    rows = [(begin, name, count) for name, count in length.items()]
    for time, name, by in dropwhile(lambda change: change[0] <= begin, changes):
        length[name] += by
        rows.append((time, name, length[name]))
    return columns, rows


def _waiting(result: Result, station: str) -> int:
    """Return how many pieces wait at *station* at the end."""
    state = result.snapshot.states.get(f" station {station}")
    return 0 if state is None else len(state.queue)


def began(result: Result) -> float:
    """Return the instant from which on everything is known [s]: 0, or that of the snapshot."""
    return machine_states.began(result, _log(result))


def machines(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return the figures of each machine."""
    columns = (
        "machine",
        "good",
        "scrap",
        "rework",
        "availability",
        "performance",
        "quality",
        "oee",
        "energy_kwh",
        *(f"share {mode}" for mode in MODES),
    )
    return columns, (
        (
            m.machine,
            m.good,
            m.scrap,
            m.rework,
            m.availability,
            m.performance,
            m.quality,
            m.oee,
            m.energy / 3.6e6,
            *(m.shares[mode] for mode in MODES),
        )
        for m in result.machines.values()
    )


def stations(result: Result) -> tuple[tuple[str, ...], Any]:
    """Return the flow through each station: L and W of queue and machines together."""
    columns = ("station", "entered", "left", "mean_number", "mean_time_s")
    elapsed = result.window.elapsed
    return columns, (
        (
            name,
            t.entered,
            t.left,
            t.area / elapsed if elapsed > 0.0 else nan,
            t.sojourn / t.left if t.left else nan,
        )
        for name, t in result.window.places.items()
    )


def machine_at(result: Result, rows: list[StateRow], spec: Any, time: float) -> dict[str, Any]:
    """Return state and physics of one machine at *time*, with units in the names.

    *rows* are the states of all machines, with those that began at the very end.

    Position, velocity and acceleration are None: no path is simulated, none is invented.
    """
    row = machine_states.state_at(rows, spec.name, time)
    held = row is not None and not left(result, row, time)
    told: dict[str, Any] = {
        "state": row.mode if row is not None else "idle",
        "cause": row.cause if row is not None else "",
        "job": row.job if row is not None and held else "",
        "operation": row.operation if row is not None and held else "",
        "position_mm": None,
        "velocity_m_s": None,
        "acceleration_m_s2": None,
    }
    reading = _log(result).history[spec.name].at(time)
    if reading is None:
        return told | dict.fromkeys(PHYSICS) | {"bearing_damage": {}}
    told |= dict.fromkeys(PHYSICS)
    told |= {
        "power_kw": reading.power / 1e3,
        "speed_rpm": degrees(reading.speed) / 6.0,
        "torque_nm": None if spec.spindle is None else reading.torque,
        "tool": reading.edge.rpartition("/")[2],
        "vb_mm": 1e3 * reading.wear_land if reading.edge else None,
    }
    if spec.spindle is not None:
        told["temperature_c"] = dict(
            zip(spec.spindle.network.nodes, reading.temperatures, strict=True)
        )
        told["motor_current_a"] = reading.torque / spec.spindle.torque_constant
    told["bearing_damage"] = {
        bearing.name: damage
        for bearing, damage in zip(spec.bearings, reading.bearings, strict=True)
    }
    return told


def _hours(result: Result) -> Hours:
    if result.hours is None:
        raise InvalidInput("this run was saved before hours were kept; simulate it again")
    return result.hours


def _log(result: Result) -> Log:
    if result.log is None:
        raise InvalidInput("this run kept no log; simulate it with history=True")
    return result.log
