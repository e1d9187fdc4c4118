"""This module holds the data of the viewer: one or two runs as one object of plain JSON.

Status, queues and events are lists of changes at exact instants; physics are straight pieces
within ``TOLERANCE``. ``static/viewer.schema.json`` describes it; the browser reads it back
into what ``run.at(t)`` says, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import degrees
from typing import TYPE_CHECKING, Any

from simtwin.civil import changes, local, read_zero
from simtwin.errors import InvalidInput
from simtwin.result import frames, machine_states
from simtwin.result.belonging import order_of
from simtwin.result.detail import detail
from simtwin.viewer.curves import Curves, machine_knots, thinned
from simtwin.viewer.packing import Names, counts, near_times, numbers, rounded
from simtwin.viewer.paths import packed_axes
from simtwin.viewer.pieces import piece_counts
from simtwin.viewer.scenery import scenery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.plant.model import MachineSpec
    from simtwin.result.record import StateRow
    from simtwin.result.result import Result
    from simtwin.viewer.paths import Paths

SCHEMA_VERSION = 2

TOLERANCE = {
    "temperature_c": 0.05,
    "power_kw": 0.01,
    "torque_nm": 0.05,
    "speed_rpm": 0.5,
    "vb_mm": 0.0005,
    "bearing_damage": 0.0005,
}
"""How far a number in the viewer may be from ``run.at``: half of the last digit it shows."""

STALE = "stale"
"""The state of a machine of which nothing is known any more; it is drawn as unknown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One run as the viewer shows it."""

    run: Result
    name: str
    said: str
    paths: Paths
    silent: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """Machine -> since when nothing is known of it any more [s], and why."""


def view_data(shown: Sequence[Shown], window: tuple[float, float]) -> dict[str, Any]:
    """Return what the viewer shows of one run, or of two on one clock, within *window* [s].

    Raises InvalidInput when a run kept no log, or two runs begin at different times.
    """
    first = shown[0].run
    for other in shown[1:]:
        if other.run.scenario.start != first.scenario.start:
            raise InvalidInput(
                f"{shown[0].name} starts at {first.scenario.start}, {other.name} at "
                f"{other.run.scenario.start}; two runs need one clock"
            )
    begin, end = window
    zero = read_zero(first.scenario.start)
    stage, stations = scenery([one.run.plant for one in shown])
    return {
        "schema_version": SCHEMA_VERSION,
        "title": " and ".join(
            dict.fromkeys(f"{one.name} · {one.run.plant.name}" for one in shown)
        ),
        "start": local(zero, 0.0).isoformat(),
        "clock_changes": [[at, ahead] for at, ahead in changes(zero, end)],
        "t_begin": begin,
        "t_end": end,
        "tolerance": TOLERANCE,
        **stage,
        "runs": [
            _run(one, begin, end) | {"stations": own}
            for one, own in zip(shown, stations, strict=True)
        ],
    }


def _run(one: Shown, begin: float, end: float) -> dict[str, Any]:
    run, names = one.run, Names()
    known = frames.began(run)
    begin, end = max(begin, known), min(end, run.end)
    assert run.log is not None, "its beginning was read there"
    rows: dict[str, list[StateRow]] = {spec.name: [] for spec in run.plant.machines}
    for row in machine_states.standing(run, run.log):
        if row.start <= end and row.end >= begin:
            rows[row.machine].append(row)
    axes = packed_axes(run.plant, one.paths)
    machines = {
        spec.name: {
            "status": _status(rows[spec.name], names, begin, one.silent.get(spec.name)),
            **_physics(run, spec, names, begin, end),
            "axes": axes.get(spec.name, {}),
        }
        for spec in run.plant.machines
    }
    told = {
        "name": one.name,
        "said": one.said,
        "t_begin": begin,
        "t_end": end,
        "machines": machines,
        **_places(run, known),
        "orders": _orders(run),
        "events": _events(run, names, begin, end),
    }
    return told | {"names": names.texts}


def _status(
    rows: list[StateRow], names: Names, begin: float, silent: tuple[float, str] | None
) -> dict[str, Any]:
    """Return the changes of state; where nothing is recorded a machine is idle, as in at().

    Since a machine is *silent* it is stale, which is neither idle nor anything else.
    """
    rows = sorted(rows, key=lambda row: row.start)
    filled: list[tuple[float, str, str, str, str]] = []
    for row, after in pairwise([*rows, None]):
        assert row is not None
        filled.append((row.start, row.mode, row.cause, row.job, row.operation))
        if after is not None and after.start > row.end:
            filled.append((row.end, "idle", "", "", ""))
    if not filled or filled[0][0] > begin:
        filled.insert(0, (begin, "idle", "", "", ""))
    if silent is not None:
        since = max(silent[0], begin)
        filled = [row for row in filled if row[0] < since]
        filled.append((since, STALE, silent[1], "", ""))
    times, states, causes, jobs, operations = zip(*filled, strict=True)
    return {
        "t": numbers(times, exact=True),
        "state": names.column(states),
        "cause": names.column(causes),
        "job": names.column(jobs),
        "operation": names.column(operations),
    }


def _physics(
    run: Result, spec: MachineSpec, names: Names, begin: float, end: float
) -> dict[str, Any]:
    """Return the curves of one machine, in groups that share their knots, and its edges."""
    assert run.log is not None
    history = run.log.history[spec.name]
    if not len(history):
        return {"curves": [], "edge": {"t": [], "edge": []}}
    nodes, places = history.nodes, history.places
    keys = ["power_kw", "speed_rpm", "torque_nm"]
    groups = [keys]
    temperatures = (
        [f"temperature_c/{node}" for node in spec.spindle.network.nodes] if spec.spindle else []
    )
    bearings = [f"bearing_damage/{bearing.name}" for bearing in spec.bearings]
    groups += [group for group in (["vb_mm"], temperatures, bearings) if group]
    flat = [key for group in groups for key in group]
    tolerances = tuple(TOLERANCE[key.partition("/")[0]] for key in flat)

    def quantities(reading: Any) -> tuple[float, ...]:
        return (
            reading.power / 1e3,
            degrees(reading.speed) / 6.0,
            reading.torque,
            1e3 * reading.wear_land,
            *reading.temperatures[:nodes],
            *reading.bearings[:places],
        )

    knots = machine_knots(run, spec.name, quantities, tolerances, begin, end)
    curves, place = [], 0
    for group in groups:
        span = slice(place, place + len(group))
        place += len(group)
        thin = thinned([(time, values[span]) for time, values in knots], tolerances[span])
        curves.append(_packed(group, thin, tolerances[span]))
    return {"curves": curves, "edge": _edges(history, names)}


def _packed(keys: list[str], curves: Curves, tolerances: tuple[float, ...]) -> dict[str, Any]:
    times = curves.times
    jumps = any(before == after for before, after in pairwise(times))
    return {
        "keys": keys,
        # A jump is shown at its very instant; a smooth curve does not need that.
        "t": numbers(times, exact=True) if jumps else near_times(times),
        "v": [
            rounded(column, tolerance)
            for column, tolerance in zip(curves.columns, tolerances, strict=True)
        ],
    }


def _edges(history: Any, names: Names) -> dict[str, Any]:
    """Return when which edge came into the spindle; its name without that of the machine."""
    times: list[float] = []
    edges: list[str] = []
    for time, place in zip(history.instants, history.rows[2 :: history.width], strict=True):
        edge = history.edges[int(place)].rpartition("/")[2]
        if not edges or edge != edges[-1]:
            if times and times[-1] == time:
                edges[-1] = edge
                continue
            times.append(time)
            edges.append(edge)
    return {"t": numbers(times, exact=True), "edge": names.column(edges)}


def _places(run: Result, begin: float) -> dict[str, Any]:
    """Return how many pieces are in each queue, machine and store, and on which way."""
    return {
        kind: {
            name: {"t": numbers(times, exact=True), "n": counts(lengths)}
            for name, (times, lengths) in places.items()
        }
        for kind, places in piece_counts(run, begin).items()
    }


def _orders(run: Result) -> list[dict[str, Any]]:
    """Return the orders and when each of their good pieces was done."""
    assert run.log is not None
    done: dict[str, list[float]] = {row.order: [] for row in run.window.orders}
    done |= {source.name: [] for source in run.plant.sources}
    known = dict.fromkeys(done, "")
    for piece in run.log.pieces:
        if piece.kind == "done":
            done.setdefault(order_of(piece.job, known), []).append(piece.time)
    rows = {row.order: row for row in run.window.orders}
    before = _done_before(run, {name: len(times) for name, times in done.items()})
    return [
        {
            "id": name,
            "product": rows[name].product if name in rows else "",
            "quantity": rows[name].quantity if name in rows else None,
            "due": rows[name].due if name in rows else None,
            "before": before[name],
            "done": numbers(times, exact=True),
        }
        for name, times in done.items()
    ]


def _done_before(run: Result, told: dict[str, int]) -> dict[str, int | None]:
    """Return how many pieces were done before the log begins; *told* are those in it.

    Of several sources only the sum is known then, so each is None.
    """
    before: dict[str, int | None] = dict.fromkeys(told)
    last = run.snapshot
    scrapped = sum(totals.counts.get("scrap", 0.0) for totals in last.machine_totals.values())
    rest = last.plant_totals.left - int(scrapped) - sum(told.values())
    for row in run.window.orders:
        before[row.order] = row.finished - told[row.order]
        rest -= row.finished - told[row.order]
    if rest == 0 or len(run.plant.sources) == 1:
        before |= dict.fromkeys((source.name for source in run.plant.sources), rest)
    return before


def _events(run: Result, names: Names, begin: float, end: float) -> dict[str, Any]:
    assert run.log is not None
    events = [event for event in run.log.events if begin <= event.time <= end]
    return {
        "t": numbers([event.time for event in events], exact=True),
        "machine": names.column([event.machine for event in events]),
        "part": names.column([event.part for event in events]),
        "kind": names.column([event.kind for event in events]),
        "detail": names.column([detail(event) for event in events]),
    }
