"""Key figures counted from the log alone, as a reader would who knows no running totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import inf, isnan, nan
from typing import TYPE_CHECKING, NamedTuple

import pytest

from simtwin.parts.alarm import instant
from simtwin.result.belonging import order_of
from simtwin.result.lateness import Lateness
from simtwin.result.record import MODES
from simtwin.result.replacement import replaced

if TYPE_CHECKING:
    from simtwin.result.result import Result

COME = ("released", "queued")
GO = ("sent", "queued", "done", "scrapped")
"""Kinds of rows with which a piece comes to a station, and leaves it."""


class Stay(NamedTuple):
    """A piece in one place, inf where it is there still."""

    begin: float
    end: float


class Told(NamedTuple):
    """What the log tells of a time (a, b]."""

    plant: list[Stay]
    """Of every piece, from release to exit or scrap."""
    stations: dict[str, list[Stay]]
    figures: dict[str, float]
    """By the names of the key figures of the plant."""
    times: dict[str, dict[str, float]]
    """Machine -> mode -> seconds."""
    pieces: dict[str, Counter[str]]
    """Machine -> good, scrap, rework."""


def told(run: Result, begin: float, end: float) -> Told:
    """Return what the log of *run* tells of (*begin*, *end*]."""
    plant, stations = stays(run)
    times = {machine.name: dict.fromkeys(MODES, 0.0) for machine in run.plant.machines}
    for row in [*run.log.states, *_open_rows(run)]:
        times[row[0]][row[1]] += max(0.0, min(row[3], end) - max(row[2], begin))
    pieces: dict[str, Counter[str]] = defaultdict(Counter)
    for row in run.log.pieces:
        if begin < row.time <= end:
            pieces[row.place][row.kind] += 1
    made = {
        machine: Counter(
            good=kinds["finished"] - kinds["sent back"],
            scrap=kinds["scrapped"],
            rework=kinds["sent back"],
        )
        for machine, kinds in pieces.items()
    }
    figures = _flow(run, plant, begin, end) | _orders(run, end)
    figures |= _machines(times, made) | _events(run, begin, end)
    figures |= _setters(run, begin, end, figures["unplanned_downtime"])
    return Told(plant, stations, figures, times, made)


def littles(stays: list[Stay], begin: float, end: float) -> tuple[float, float, float]:
    """Return L, X and W of *stays* over a time, those counted that left in it."""
    elapsed = end - begin
    area = sum(max(0.0, min(s.end, end) - max(s.begin, begin)) for s in stays)
    left = [s for s in stays if begin < s.end <= end]
    mean = sum(s.end - s.begin for s in left) / len(left) if left else 0.0
    return area / elapsed, len(left) / elapsed, mean


def stays(run: Result) -> tuple[list[Stay], dict[str, list[Stay]]]:
    """Return how long each piece was in the plant, and in each station."""
    plant, stations = [], defaultdict(list)
    story = defaultdict(list)
    for row in run.log.pieces:
        story[row.job].append(row)
    for rows in story.values():
        last = rows[-1]
        gone = last.time if last.kind in ("done", "scrapped") else inf
        plant.append(Stay(rows[0].time, gone))
        here, since, back = "", 0.0, False
        for row in rows:
            if back and row.kind == "queued":
                back = False  # An interrupted piece stays where it was, in the queue.
                continue
            back = row.kind == "interrupted"
            if here and row.kind in GO:
                stations[here].append(Stay(since, row.time))
                here = ""
            if row.kind in COME:
                here, since = row.place, row.time
        if here:
            stations[here].append(Stay(since, inf))
    return plant, dict(stations)


def _open_rows(run: Result) -> list[tuple[str, str, float, float]]:
    """Return the last stretch of each machine, which no row tells: it goes on at the end."""
    since = {machine.name: 0.0 for machine in run.plant.machines}
    since |= {row.machine: row.end for row in run.log.states}
    found = []
    for name, begin in since.items():
        state = run.snapshot.states[name]
        mode = "producing" if state.load[0] == "program" else state.mode.name
        found.append((name, mode, begin, run.window.end))
    return found


def _flow(run: Result, plant: list[Stay], begin: float, end: float) -> dict[str, float]:
    rows = [row for row in run.log.pieces if begin < row.time <= end]
    kinds = Counter(row.kind for row in rows)
    again = {row.job for row in run.log.pieces if row.kind == "sent back"}
    first = sum(row.kind == "done" and row.job not in again for row in rows)
    good, scrap = kinds["done"], kinds["scrapped"]
    present, rate, mean = littles(plant, begin, end)
    gone = rate > 0.0
    return {
        "good_pieces": float(good),
        "scrapped_pieces": float(scrap),
        "reworked_pieces": float(kinds["sent back"]),
        "throughput": good / (end - begin) * 3600.0,
        "work_in_progress": present,
        **({"lead_time": mean, "first_pass_yield": first / (good + scrap)} if gone else {}),
    }


def _orders(run: Result, end: float) -> dict[str, float]:
    done = defaultdict(list)
    for row in run.log.pieces:
        if row.kind == "done" and row.time <= end:
            done[row.job.partition("/")[0]].append(row.time)
    finish, tardy = {}, []
    for order in run.scenario.orders:
        times = sorted(done[order.name])
        if len(times) >= order.quantity:
            finish[order.name] = times[order.quantity - 1]
        late = finish.get(order.name, end) - (inf if order.due is None else order.due)
        tardy.append(max(0.0, late))
    if not tardy:
        return {}
    found = {
        "late_orders": float(sum(late > 0.0 for late in tardy)),
        "mean_tardiness": sum(tardy) / len(tardy),
        "finished_orders": float(len(finish)),
    }
    if len(finish) == len(tardy):
        found["makespan"] = max(finish.values())
        found["sum_of_completion_times"] = sum(finish.values())
    return found


def _machines(
    times: dict[str, dict[str, float]], made: dict[str, Counter[str]]
) -> dict[str, float]:
    shares = [share for mine in times.values() if not isnan(share := availability(mine))]
    lost = ("down", "waiting for crew", "thermal hold")
    return {
        "availability": sum(shares) / len(shares) if shares else nan,
        "unplanned_downtime": sum(mine[mode] for mine in times.values() for mode in lost),
        "planned_downtime": sum(mine["maintenance"] for mine in times.values()),
        "thermal_trips": 0.0,
        "overloads": 0.0,
        "tool_breakages": 0.0,
        "edges_used": 0.0,
    }


def availability(times: dict[str, float]) -> float:
    """Return producing over planned busy time (ISO 22400-2) from seconds per mode; else NaN."""
    busy = sum(times[mode] for mode in MODES if mode not in ("maintenance", "off shift"))
    return times["producing"] / busy if busy > 0.0 else nan


def _setters(run: Result, begin: float, end: float, stopped: float) -> dict[str, float]:
    """Return the waits for setters, which are no part of what is *stopped* without a plan."""
    rows = [(row.mode, row.cause, row.start, row.end) for row in run.log.states]
    since = {row.machine: row.end for row in run.log.states}
    for name in (machine.name for machine in run.plant.machines):
        mode = run.snapshot.states[name].mode
        rows.append((mode.name, mode.cause, since.get(name, 0.0), run.window.end))
    waited = sum(
        max(0.0, min(until, end) - max(start, begin))
        for mode, cause, start, until in rows
        if mode == "waiting for crew" and cause == "setup"
    )
    return {"setter_wait": waited, "unplanned_downtime": stopped - waited}


def _events(run: Result, begin: float, end: float) -> dict[str, float]:
    rows = [row for row in run.log.events if begin < row.time <= end]
    kinds = Counter(row.kind for row in rows)
    return {
        "failures": float(kinds["failure"]),
        "tool_changes": float(kinds["tool change"]),
    }


def empties(plant: list[Stay], releases: list[float]) -> list[float]:
    """Return instants at which the plant of *plant* is empty, right before each release."""
    found = [0.0]
    for release in sorted({instant(at) for at in releases}):
        gone = [stay.end for stay in plant if stay.begin < release]
        if gone and max(gone) < release:
            found.append(0.5 * (max(gone) + release))
    return found


def every_second_is_told(run: Result) -> None:
    """Assert that what pieces of each order spent adds up to their time from release to end."""
    lateness = Lateness(run)
    begin = lateness.begin
    for order in run.window.orders:
        rows = [r for r in run.log.pieces if order_of(r.job, {order.order: ""}) == order.order]
        jobs = dict.fromkeys(row.job for row in rows)
        gone = {row.job: row.time for row in rows if row.kind in ("done", "scrapped")}
        scraps = [row for row in rows if row.kind == "scrapped"]
        expected = 0.0
        for job in jobs:
            scrap = replaced(job, order, scraps)
            came = order.release if scrap is None else scrap.time
            expected += gone.get(job, run.end) - max(came, begin)
        unseen = order.quantity - order.finished - len(jobs.keys() - gone.keys())
        more = [f"{order.order}/{order.quantity + n + 1}" for n in range(order.scrapped)]
        instead = [replaced(job, order, scraps) for job in more if job not in jobs]
        came = [scrap.time for scrap in instead if scrap is not None]
        came += [order.release] * (unseen - len(came))
        assert len(came) == unseen
        expected += sum(max(0.0, run.end - max(at, begin)) for at in came)
        spent = lateness.spent(order)
        assert all(seconds >= 0.0 for piece in spent for seconds in piece.values())
        found = sum(sum(piece.values()) for piece in spent)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6), order
