"""This module holds the branch: snapshot and rebuild (P5), replications on two cores (P6)."""

from __future__ import annotations

from math import inf
from time import perf_counter

from simtwin.orchestrator.replicate import replicate
from simtwin.result.ensemble import Ensemble
from simtwin.shop.build import build
from simtwin.shop.capture import capture
from simtwin.shop.plan import plan_of
from simtwin.streams import Streams
from tests.benchmarks.measure import Line, race
from tests.benchmarks.plants import for_hours, workload

IN_MAGAZINE = 20
"""Tools in the magazine beside the one in the spindle."""


def rebuild(*, machines: int = 20, repeats: int = 20, rounds: int = 7) -> list[Line]:
    """Return P5: a snapshot and a shop rebuilt from it, per machine, without JSON.

    A machine has a spindle, two bearings, a tool in and 20 in the magazine; with the eight
    failure modes of the catalogue for information.
    """
    lines = []
    for measure, failures, bounds in (
        ("snapshot and rebuild per machine", False, (60.0, 15.0)),
        ("  with 8 failure modes", True, (None, None)),
        ("  snapshot alone", False, (None, None)),
    ):
        plant = workload(machines, failures=failures, spare_tools=IN_MAGAZINE - 2)
        plan, scenario = plan_of(plant), for_hours(plant, 10)
        shop = build(plan, scenario, Streams(1))
        shop.env.advance(4 * 3600.0 + 300.0)
        taken = capture(shop)

        def again(alone: bool = "alone" in measure) -> None:
            for _ in range(repeats):
                snapshot = capture(shop)  # noqa: B023 (called before the next turn)
                if not alone:
                    streams = Streams(1, counts=snapshot.counts)
                    build(plan, scenario, streams, snapshot=snapshot)  # noqa: B023

        (seconds,) = race(again, rounds=rounds)
        each = seconds / repeats / machines * 1e6
        inside = sum(machine.edge is not None for machine in shop.machines.values())
        note = f"{inside} of {machines} with a tool in, {len(taken.states)} states"
        lines.append(Line("P5", measure, each, "us", None, *bounds, note=note))
    return lines


def ensemble(
    *, machines: int = 10, hours: float = 40.0, replications: int = 33, rounds: int = 3
) -> list[Line]:
    """Return P6: how much of two cores an ensemble uses, by wall time against one core."""
    plant = workload(machines)
    scenario = for_hours(plant, hours)

    def run(workers: int) -> tuple[float, Ensemble]:
        begin = perf_counter()
        found = replicate(plant, scenario, replications, workers=workers)
        return perf_counter() - begin, found

    one = two = inf
    same = True
    for _ in range(rounds):
        seconds, serial = run(1)
        one = min(one, seconds)
        seconds, parallel = run(2)
        two = min(two, seconds)
        same = same and serial.outcomes == parallel.outcomes
    note = (
        f"{one:.3g} s on one core, {two:.3g} s on two; results "
        f"{'equal' if same else 'NOT EQUAL'}"
    )
    return [
        Line(
            "P6",
            "share of two cores used",
            100.0 * one / (2.0 * two),
            "%",
            None,
            90.0,
            95.0,
            more_is_better=True,
            note=note,
        )
    ]
