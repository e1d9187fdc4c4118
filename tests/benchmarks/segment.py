"""This module holds the segment: its cost (P2, P10), growth (P4), log (P8) and waste (P9)."""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import pairwise
from math import inf, log
from typing import Any

from simtwin.orchestrator.simulate import simulate
from simtwin.plant.model import Intervention, PlantModel, Scenario
from simtwin.result.record import Log
from simtwin.result.result import Result
from simtwin.shop.build import build
from simtwin.shop.interventions import intervene
from simtwin.shop.plan import plan_of
from simtwin.shop.shop import Shop
from simtwin.streams import Streams
from tests.benchmarks.baselines import bare
from tests.benchmarks.measure import Line, race
from tests.benchmarks.plants import for_hours, job_shop, workload

WARM, HOURS = 4.0, 4.0
"""[h]"""


def segments(result: Result) -> int:
    """Return how many stretches of constant load *result* has, those of no length left out."""
    assert result.log is not None, "segments are counted in the log"
    return sum(
        sum(later > sooner for sooner, later in pairwise(history.instants))
        for history in result.log.history.values()
    )


def cost(*, machines: int = 10, hours: float = 40.0, rounds: int = 5) -> list[Line]:
    """Return P2: a segment with events, crew, wear, failures and log over a bare timeout."""
    lines = []
    for measure, failures, history, bounds in (
        ("segment, full logic and log", True, True, (10.0, 5.0)),
        ("  without log", True, False, (None, None)),
        ("  without failures", False, True, (None, None)),
        ("  without either", False, False, (None, None)),
    ):
        plant = workload(machines, failures=failures)
        scenario = for_hours(plant, hours)
        count = segments(simulate(plant, scenario))

        def ours(
            plant: PlantModel = plant, scenario: Scenario = scenario, history: bool = history
        ) -> object:
            return simulate(plant, scenario, history=history)

        def timeouts(count: int = count) -> object:
            return bare.timeouts(count, processes=machines)

        mine, unit = (seconds / count * 1e6 for seconds in race(ours, timeouts, rounds=rounds))
        note = f"{count} segments"
        lines.append(Line("P2", measure, mine, "us", unit, *bounds, note=note))
    return lines


def growth(
    *, sizes: tuple[int, ...] = (10, 30, 100, 300, 1000), total: float = 400.0, rounds: int = 24
) -> list[Line]:
    """Return P4: the exponent of processor time against the number of machines.

    Every size runs the same HOURS after a warm-up of WARM, under a plan that has been run
    before: what each machine does once (build, first edges, loads compiled) is not what is
    asked for, and what comes to it later comes to all sizes alike. Small plants are run again
    under other seeds, until they have had *total* machine-hours; large ones have their hours
    cut into stretches of as many. Each stretch counts with the least of all *rounds*: a
    cache that others share is quiet for a moment at a time, and who is timed for longer at once
    would be told of more noise (1.04 to 1.10 that way). The hours begin and end with the
    state of every machine brought up to date: nothing is put off into them or out of them.
    """
    for size in sizes:
        _go_on([_warm(size, 1)], WARM + HOURS)
    best = [[inf] * _stretches(size, total) for size in sizes]
    plain = [inf] * len(sizes)
    events = max(2000, round(60 * total))
    for _ in range(rounds):
        for index, size in enumerate(sizes):
            runs = max(1, round(total / size / HOURS))
            shops = [_warm(size, seed) for seed in range(1, runs + 1)]
            count = len(best[index])
            for place in range(count):
                until = WARM + HOURS * (place + 1) / count
                (seconds,) = race(partial(_go_on, shops, until), rounds=1)
                best[index][place] = min(best[index][place], seconds / runs / HOURS)
            (unit,) = race(partial(bare.timeouts, events, size), rounds=1)
            plain[index] = min(plain[index], unit / (events // size))
    each = [(size, sum(stretches)) for size, stretches in zip(sizes, best, strict=True)]
    note = ", ".join(f"{size}: {seconds / size * 1e3:.3g} ms" for size, seconds in each)
    note += " per machine-hour"
    x = [log(size) for size in sizes]
    ours = slope(x, [log(seconds) for _, seconds in each])
    heap = slope(x, [log(seconds) for seconds in plain])
    return [
        Line("P4", "exponent over machines", ours, "-", None, 1.05, 1.02, note=note),
        Line("P4", "  of bare timeouts over processes", heap, "-"),
    ]


def _warm(machines: int, seed: int) -> Shop:
    """Return the workload of so many *machines*, WARM hours after its start."""
    plant = workload(machines)
    scenario = for_hours(plant, WARM + HOURS)
    shop = build(plan_of(plant), scenario, Streams(seed), log=True)
    _go_on([shop], WARM)
    return shop


def _stretches(size: int, total: float) -> int:
    """Return into how many stretches of *total* machine-hours the hours of *size* are cut."""
    return max(1, round(size * HOURS / total))


def _go_on(shops: list[Shop], until: float) -> None:
    """Run *shops* until so many hours after their start; catch up at WARM and at the end."""
    for shop in shops:
        shop.env.advance(until * 3600.0)
        if until in (WARM, WARM + HOURS):
            for machine in shop.machines.values():
                machine.catch_up()


def slope(x: list[float], y: list[float]) -> float:
    """Return the slope of the straight line through (x, y) by least squares.

    >>> slope([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    2.0
    """
    mean = sum(x) / len(x)
    return sum((a - mean) * b for a, b in zip(x, y, strict=True)) / sum(
        (a - mean) ** 2 for a in x
    )


def memory(*, machines: int = 10, hours: float = 40.0) -> list[Line]:
    """Return P8: bytes kept per machine-hour, all that the log holds, each object once."""
    plant = workload(machines)
    record = simulate(plant, for_hours(plant, hours)).log
    assert record is not None
    total = machines * hours
    as_kept = _kilobytes(record, total, "kept as it was written")
    for history in record.history.values():
        assert len(history.rows) > 0, "read, and so unfolded"
    assert record.pieces, "read, too"
    return [as_kept, _kilobytes(record, total, "read and unfolded")]


def _kilobytes(record: Log, total: float, how: str) -> Line:
    """Return the bytes of *record* over *total* machine-hours."""
    seen: set[int] = set()
    kept = [history.kept for history in record.history.values()]
    notes = kept[0][1].kept
    told = weight([things for things, _ in notes], seen) / total
    unread = sum(sys.getsizeof(numbers) for _, numbers in notes) / total
    read = sum(sys.getsizeof(rows) for rows, _ in kept) / total
    unfolded = not notes[0][0]
    rows = sum(weight(part, seen) for part in _rows(record, unfolded=unfolded)) / total
    note = (
        f"numbers {(read + unread) / 1e3:.3g} kB, what they are of {told / 1e3:.3g} kB, "
        f"states, events and pieces {rows / 1e3:.3g} kB"
    )
    size = (read + unread + told + rows) / 1e3
    return Line("P8", f"log per machine-hour, {how}", size, "kB", None, 20.0, 8.0, note=note)


def _rows(record: Log, *, unfolded: bool) -> tuple[Any, ...]:
    histories = record.history.values() if unfolded else ()
    return *record.kept, [[history.states, history.events] for history in histories]


def weight(value: Any, seen: set[int]) -> int:
    """Return the bytes of *value* and all that it holds, without what was *seen* already."""
    if id(value) in seen:
        return 0
    seen.add(id(value))
    total = sys.getsizeof(value)
    if is_dataclass(value):
        total += sum(weight(getattr(value, field.name), seen) for field in fields(value))
    elif isinstance(value, list | tuple):
        total += sum(weight(item, seen) for item in value)
    return total


def waste(*, machines: int = 10, hours: float = 200.0, acts: int = 1_000_000) -> list[Line]:
    """Return P9: the share of events that were voided, and the heap under many acts."""
    plant = workload(machines)
    scenario = for_hours(plant, hours)
    shop = build(plan_of(plant), scenario, Streams(1))
    shop.env.advance(hours * 3600.0)
    queue = shop.env._queue
    # The end of time has no callbacks either, and is not one of them.
    dead = sum(not event.callbacks for _, _, _, event in queue) - 1
    made = shop.env.handled + len(queue) - 1
    share = (shop.env.voided + dead) / made
    entities = len(shop.machines) + len(shop.parts) + len(shop.sources) + 3
    lines = [
        Line(
            "P9", "share of voided events", 100.0 * share, "%", None, 5.0, note=f"{made} events"
        ),
        Line(
            "P9",
            f"heap after {hours:g} h",
            float(len(queue)),
            "-",
            float(entities),
            1.0,
            note=f"{dead} of them voided; baseline: processes",
        ),
    ]
    for pause in (60.0, 0.1):
        longest = meddled(plant, acts, pause / machines)
        lines.append(
            Line(
                "P9",
                f"longest heap, {pause:g} s between acts",
                float(longest),
                "-",
                float(entities),
                1.0,
                note=f"{acts} acts; baseline: processes",
            )
        )
    return lines


def meddled(plant: PlantModel, acts: int, pause: float) -> int:
    """Return the longest heap over *acts* changes of feed, one each *pause* seconds."""
    scenario = for_hours(plant, acts * pause / 3600.0 + 1.0)
    shop = build(plan_of(plant), scenario, Streams(1))
    machines = list(shop.machines.values())
    longest = 0
    for number in range(acts):
        machine = machines[number % len(machines)]
        at = number * pause
        shop.env.advance(at)
        feed = 90.0 if number // len(machines) % 2 else 100.0
        intervene(machine, Intervention(at, machine.name, "feed override", feed))
        longest = max(longest, len(shop.env._queue))
    return longest


def year(*, days: float = 2.0) -> list[Line]:
    """Return P10, for information: the bundled job shop, working round the clock for a year.

    Extrapolated from *days* by the time per day; P4 and the constant time per segment are why.
    """
    plant, scenario = job_shop(days)
    shop = build(plan_of(plant), scenario, Streams(1))
    (first,) = race(lambda: shop.env.advance(days * 43_200.0), rounds=1)
    (second,) = race(lambda: shop.env.advance(days * 86_400.0), rounds=1)
    seconds = (first + second) / days * 365.0
    made = shop.record.plant.left
    note = (
        f"from {days:g} days, {made / days:.0f} pieces a day; second half over first "
        f"{second / first:.3g}"
    )
    return [
        Line("P10", "a year of the 12-machine shop", seconds, "s", None, 120.0, 60.0, note=note)
    ]
