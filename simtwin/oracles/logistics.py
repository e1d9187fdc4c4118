"""This module holds the oracles of how pieces move: let in, carried, interrupted.

ORACLES A14, A16, C5, C7.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.stations import WIDE, pollaczek
from simtwin.oracles.trial import simulated
from simtwin.plant.queueing import Service, preemptive

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Case
    from simtwin.oracles.trial import Seen


def best_case(times: tuple[float, ...], w: int) -> tuple[float, float]:
    """Return throughput [1/s] and cycle time [s] of *w* pieces in a line of exact *times*.

    No piece waits until w is the critical work in progress, the sum of the times over the
    longest of them; beyond it the slowest machine never rests. Source: Hopp & Spearman,
    "Factory Physics", ch. 7.

    >>> [best_case((1.0, 2.0, 3.0), w)[1] for w in (1, 2, 3)]
    [6.0, 6.0, 9.0]
    """
    cycle = max(sum(times), w * max(times))
    return w / cycle, cycle


def practical_worst_case(stations: int, w: int) -> tuple[float, float]:
    """Return throughput [1/s] and cycle time [s] of *w* pieces in exponential *stations*.

    All have rate 1, so that a piece finds (w - 1)/stations others at each. Source: Hopp &
    Spearman, "Factory Physics", ch. 7; exact by mean value analysis (Reiser & Lavenberg,
    Journal of the ACM 27, 1980).

    >>> practical_worst_case(4, 4)
    (0.5714285714285714, 7.0)
    """
    cycle = float(stations + w - 1)
    return w / cycle, cycle


def _a14() -> Oracle:
    one = Service(1.0, 1.0)
    rates = {"first": 0.3, "second": 0.4}
    queues = preemptive([(rate, one) for rate in rates.values()])
    seen: list[Seen] = []
    for (name, rate), queue in zip(rates.items(), queues, strict=True):
        came = Expected(f"arrivals, {name} class", rate, role="input", unit="1/s")
        stays = Expected(f"W, {name} class", queue.lead, tolerance=WIDE, unit="s")
        seen.append((came, partial(figure.arrivals_of, source=name)))
        seen.append((stays, partial(figure.lead_of, source=name)))
    busy = Expected("busy machines", sum(rates.values()), role="control")
    seen.append((busy, partial(figure.share, machine="m1", mode="producing")))
    return Oracle(
        "A14",
        "M/M/1, the first class interrupts the second, lam 0.3 and 0.4, mu 1",
        "preemptive resume, Gross & Harris",
        (simulated("a14", *seen, log=True),),
    )


def _a16() -> Oracle:
    waits = pollaczek(1.0, 0.8, 0.64)
    stays = waits + 0.8
    busy = partial(figure.share, machine="m1", mode="producing")
    published = simulated(
        "a16",
        (Expected("output", 2000.0, "range", 50.0), partial(figure.kpi, name="good_pieces")),
        (Expected("utilisation", 0.8, "range", 0.02), busy),
        (Expected("WIP", 3.0, "range", 1.0), figure.present),
        (Expected("throughput time", 3.0, "range", 1.0, unit="s"), figure.sojourn),
        name="2000 s, as published",
        grows="replications",
    )
    steady = simulated(
        "a16-long",
        (Expected("arrivals", 1.0, role="input", unit="1/s"), figure.arrivals),
        (Expected("busy machines", 0.8, role="control"), busy),
        (Expected("L", stays, tolerance=WIDE), partial(figure.present_at, station="m1")),
        (Expected("W", stays, tolerance=WIDE, unit="s"), partial(figure.stay, station="m1")),
        (Expected("W with ways", stays + 0.2, tolerance=WIDE, unit="s"), figure.sojourn),
        name="the machine alone",
    )
    return Oracle(
        "A16",
        "lam 1, service exactly 0.8, a way of N(0.1, 0.01) before and after",
        "published test of a simulator, means of runs in its ranges; the machine is M/D/1",
        (published, steady),
    )


def _c5() -> Oracle:
    return Oracle(
        "C5",
        "CONWIP, four exponential stations of rate 1",
        "practical worst case: w/(w + 3); mean value analysis",
        tuple(_line(f"c5-{w}", w, practical_worst_case(4, w)) for w in (1, 2, 4, 8, 16)),
    )


def _line(file: str, w: int, known: tuple[float, float]) -> Case:
    rate, cycle = known
    return simulated(
        file,
        (Expected("throughput", rate, unit="1/s"), figure.throughput),
        (Expected("cycle time", cycle, unit="s"), figure.sojourn),
        name=f"w = {w}",
    )


def _c7() -> Oracle:
    cases = []
    for w in (1, 2, 3):
        rate, cycle = best_case((1.0, 2.0, 3.0), w)
        cases.append(
            simulated(
                f"c7-{w}",
                (Expected("throughput", rate, "exact", unit="1/s"), figure.throughput),
                (Expected("cycle time", cycle, "exact", unit="s"), figure.sojourn),
                (Expected("pieces inside", float(w), "exact"), figure.present),
                name=f"w = {w}",
            )
        )
    return Oracle(
        "C7",
        "CONWIP, machines that take exactly 1, 2 and 3",
        "best case: w/max(6, 3 w), Hopp & Spearman",
        tuple(cases),
    )


ROWS: dict[str, Callable[[], Oracle]] = {"A14": _a14, "A16": _a16, "C5": _c5, "C7": _c7}
