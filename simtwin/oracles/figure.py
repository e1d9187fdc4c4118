"""This module holds the figures: what one run says of a known number.

A figure is a function of a result, so that it can be sent to another process; one with
arguments is a `functools.partial`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.result.result import Result

Figure = Callable[["Result"], float]


def throughput(run: Result) -> float:
    """Return the pieces that left the plant per second."""
    return run.window.plant.left / run.window.elapsed


def volume(run: Result, piece: float) -> float:
    """Return the volume that left the plant per second, in pieces of so much each."""
    return piece * throughput(run)


def made(run: Result, machines: Iterable[str]) -> float:
    """Return the good pieces that *machines* made per second."""
    totals = run.window.machines
    return sum(totals[name].counts.get("good", 0.0) for name in machines) / run.window.elapsed


def arrivals(run: Result) -> float:
    """Return the pieces that came into the plant per second."""
    return run.window.plant.entered / run.window.elapsed


def present(run: Result) -> float:
    """Return the mean number of pieces in the plant, L."""
    return run.window.plant.area / run.window.elapsed


def sojourn(run: Result) -> float:
    """Return the mean time that a piece was in the plant, W [s]."""
    return _over(run.window.plant.sojourn, run.window.plant.left)


def waiting(run: Result) -> float:
    """Return the mean number of pieces that wait for their one operation, Lq.

    A piece whose machine breaks down under it does not wait: its operation goes on later.
    """
    return present(run) - shares(run, ("producing", "down"))


def wait(run: Result) -> float:
    """Return the mean time that a piece waits for its one operation, Wq [s]."""
    return _over(waiting(run) * run.window.elapsed, run.window.plant.left)


def share(run: Result, machine: str, mode: str) -> float:
    """Return the share of time that *machine* spent in *mode*."""
    return run.machines[machine].shares[mode]


def shares(run: Result, modes: tuple[str, ...]) -> float:
    """Return the mean number of machines in one of *modes*."""
    return sum(machine.shares[mode] for machine in run.machines.values() for mode in modes)


def not_in(run: Result, modes: tuple[str, ...]) -> float:
    """Return the share of time that a machine is in none of *modes*, mean of all machines."""
    return 1.0 - shares(run, modes) / len(run.machines)


def held(run: Result, station: str, door: str) -> float:
    """Return the mean number of pieces at *station*, with the one that stands in the *door*."""
    return present_at(run, station) + share(run, door, "blocked")


def present_at(run: Result, station: str) -> float:
    """Return the mean number of pieces at *station*, those in its machines among them."""
    return run.window.places[station].area / run.window.elapsed


def stay(run: Result, station: str) -> float:
    """Return the mean time that a piece was at *station* [s]."""
    there = run.window.places[station]
    return _over(there.sojourn, there.left)


def arrivals_of(run: Result, source: str) -> float:
    """Return the pieces of *source* that came into the plant per second, from the log."""
    assert run.log is not None, "a figure of the log needs a run with history"
    begin, own = run.window.start, f"{source}/"
    came = (r for r in run.log.pieces if r.kind == "released" and r.time > begin)
    return sum(row.job.startswith(own) for row in came) / run.window.elapsed


def lead_of(run: Result, source: str) -> float:
    """Return the mean time in the plant of the pieces of *source* that left it [s]."""
    assert run.log is not None, "a figure of the log needs a run with history"
    came: dict[str, float] = {}
    stays = []
    for row in run.log.pieces:
        if row.kind == "released" and row.job.startswith(f"{source}/"):
            came[row.job] = row.time
        elif row.kind == "done" and row.job in came and row.time > run.window.start:
            stays.append(row.time - came[row.job])
    return _over(sum(stays), len(stays))


def failures(run: Result, machines: Iterable[str] | None = None) -> float:
    """Return the failures per second of *machines*, or of all."""
    totals = run.window.machines
    names = totals if machines is None else machines
    stops = sum(totals[name].counts.get("failures", 0.0) for name in names)
    return stops / run.window.elapsed


def per_failure(run: Result, modes: tuple[str, ...]) -> float:
    """Return the time in *modes* for each failure, of all machines together [s]."""
    return _over(shares(run, modes), failures(run))


def failures_per(run: Result, modes: tuple[str, ...]) -> float:
    """Return the failures for each second in none of *modes*, of all machines together."""
    return _over(failures(run), len(run.machines) - shares(run, modes))


def failures_per_work(run: Result) -> float:
    """Return the failures for each second of producing, of all machines together."""
    return _over(failures(run), shares(run, ("producing",)))


def upkeep_rate(run: Result) -> float:
    """Return what planned renewals and failures cost per second."""
    return kpi(run, "maintenance_cost") / run.window.elapsed


def lives(run: Result) -> tuple[float, float]:
    """Return the lives of the first machine's part that failed, and those ended by plan."""
    counts = next(iter(run.window.machines.values())).counts
    return counts.get("failures", 0.0), counts.get("planned tasks", 0.0)


def up_per_life(run: Result) -> float:
    """Return the time neither down nor in maintenance for each life [s]."""
    up = len(run.machines) - shares(run, ("down", "maintenance"))
    return _over(up * run.window.elapsed, sum(lives(run)))


def cut_short(run: Result) -> float:
    """Return the share of lives that end by failure."""
    failed, planned = lives(run)
    return _over(failed, failed + planned)


def cycles_per_failure(run: Result) -> float:
    """Return the good pieces of the first machine for each of its failures."""
    counts = next(iter(run.window.machines.values())).counts
    return _over(counts.get("good", 0.0), counts.get("failures", 0.0))


def scatter(run: Result, mode: str, mean: float) -> float:
    """Return the mean square of how far shares of *mode* are from their known *mean*."""
    seen = [machine.shares[mode] - mean for machine in run.machines.values()]
    return sum(off * off for off in seen) / len(seen)


def kpi(run: Result, name: str) -> float:
    """Return a key figure of the run."""
    return float(run.kpis[name].value)  # type: ignore[arg-type]


def weighted_ends(run: Result) -> float:
    """Return the sum of weight x completion time over all orders [s]."""
    weights = {order.name: order.weight for order in run.scenario.orders}
    return float(sum(weights[row.order] * (row.finish or nan) for row in run.window.orders))


def greatest_lateness(run: Result) -> float:
    """Return by how much the latest order missed its due date; negative: none did [s]."""
    return max((row.finish or nan) - (row.due or 0.0) for row in run.window.orders)


def started(run: Result, place: str) -> float:
    """Return when the first piece was begun in *place* [s]."""
    assert run.log is not None, "a figure of the log needs a run with history"
    return next(r.time for r in run.log.pieces if (r.kind, r.place) == ("started", place))


def delayed(run: Result) -> float:
    """Return the share of pieces that were not begun when they came, from the log."""
    assert run.log is not None, "a figure of the log needs a run with history"
    begin = run.window.start
    rows = [row for row in run.log.pieces if row.time > begin]
    came = {row.job: row.time for row in rows if row.kind == "released"}
    starts = [row for row in rows if row.kind == "started" and row.job in came]
    return _over(float(sum(row.time > came[row.job] for row in starts)), len(starts))


def completion(run: Result) -> tuple[float, float]:
    """Return mean [s] and variance [s2] of the times from the begin of a piece to its end."""
    assert run.log is not None, "a figure of the log needs a run with history"
    begun: dict[str, float] = {}
    times = []
    for row in run.log.pieces:
        if row.kind == "started" and row.time > run.window.start:
            begun[row.job] = row.time
        elif row.kind == "finished" and row.job in begun:
            times.append(row.time - begun.pop(row.job))
    mean = _over(sum(times), len(times))
    return mean, _over(sum((time - mean) ** 2 for time in times), len(times) - 1.0)


def completion_mean(run: Result) -> float:
    """Return the mean time from the begin of a piece to its end, repairs among it [s]."""
    return completion(run)[0]


def completion_scatter(run: Result) -> float:
    """Return the variance of that time [s2]."""
    return completion(run)[1]


def exits(run: Result) -> list[float]:
    """Return the instants at which pieces left the plant [s]."""
    assert run.log is not None, "a figure of the log needs a run with history"
    return [row.time for row in run.log.pieces if row.kind == "done"]


def effective_time(run: Result) -> float:
    """Return the mean time between two pieces that leave, of a machine that never waits [s]."""
    return _over(run.window.elapsed, run.window.plant.left)


def effective_scatter(run: Result) -> float:
    """Return the squared coefficient of variation of the times between two exits [-]."""
    ends = [time for time in exits(run) if time >= run.window.start]
    gaps = [after - before for before, after in pairwise(ends)]
    mean = sum(gaps) / len(gaps)
    return sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1) / mean**2


def little(run: Result) -> float:
    """Return by how much L and throughput x W differ, relative, at the worst place."""
    places = (run.window.plant, *run.window.places.values())
    return max(abs(place.area - place.sojourn) / place.area for place in places)


def left_over(run: Result) -> float:
    """Return the pieces that are still somewhere."""
    past = run.snapshot
    places = (past.plant_totals, *past.place_totals.values())
    return float(sum(place.present for place in places))


def _over(value: float, by: float) -> float:
    return value / by if by > 0.0 else nan
