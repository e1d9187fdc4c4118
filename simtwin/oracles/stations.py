"""This module holds the oracles of single stations (ORACLES A) and their formulas.

lam and mu are rates of arrivals and of service [1/s], p and r of failure and of repair; L and
Lq are the mean number present and waiting, W and Wq the mean time present and waiting [s].
"""

from __future__ import annotations

from functools import partial
from math import factorial
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.trial import simulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Case
    from simtwin.oracles.trial import Seen
    from simtwin.result.result import Result

WIDE = 0.04
"""Half-width of what forgets slowly, such as the length of a queue, relative to its mean: 2 %
would need four times the run."""

P, R = 0.01, 0.1
"""Failure and repair rate of A9 to A11."""


def pollaczek(lam: float, mean: float, second: float) -> float:
    """Return Wq of M/G/1 [s] from *mean* and *second* moment of its service.

    Source: Pollaczek and Khinchine; Gross & Harris, "Fundamentals of Queueing Theory".

    >>> pollaczek(0.8, 1.0, 2.0), round(pollaczek(0.8, 1.0, 1.0), 9)
    (4.000000000000001, 2.0)
    """
    return lam * second / (2.0 * (1.0 - lam * mean))


def erlang_c(servers: int, load: float) -> float:
    """Return the probability that an arrival at M/M/c waits [-]; *load* is lam/mu.

    Source: A. K. Erlang 1917; Gross & Harris.

    >>> round(erlang_c(3, 2.4), 6), erlang_c(1, 0.5)
    (0.647191, 0.5)
    """
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def limited(lam: float, mu: float, places: int) -> list[float]:
    """Return the probabilities of 0 to *places* customers in M/M/1/K: birth and death.

    >>> [round(p, 3) for p in limited(1.0, 1.0, 3)]
    [0.25, 0.25, 0.25, 0.25]
    """
    weights = [(lam / mu) ** k for k in range(places + 1)]
    return [weight / sum(weights) for weight in weights]


def completion(mean: float, second: float, *, p: float, r: float) -> tuple[float, float]:
    """Return the first two moments of a service that breakdowns interrupt [s, s2].

    E[C] = E[S](1 + p/r), E[C2] = E[S2](1 + p/r)2 + 2 p E[S]/r2: failures come at rate p while
    it works, each costs an exponential repair, and the work goes on where it was. Source: White
    & Christie, Operations Research 6, 1958, doi 10.1287/opre.6.1.79; Avi-Itzhak & Naor 1963.

    >>> first, square = completion(1.0, 1.0, p=0.01, r=0.1)
    >>> round(first, 9), round(square - first**2, 9)
    (1.1, 2.0)
    """
    slower = 1.0 + p / r
    return mean * slower, second * slower**2 + 2.0 * p * mean / r**2


def interrupted(lam: float, mu: float, *, p: float, r: float) -> float:
    """Return L of M/M/1 whose machine fails by the calendar, idle or not (White & Christie).

    >>> round(interrupted(0.7, 1.0, p=0.01, r=0.1), 6)
    6.114625
    """
    return lam * ((p + r) ** 2 + p * mu) / ((p + r) * (r * mu - lam * (p + r)))


def _queue(
    file: str,
    *,
    lam: float,
    busy: float,
    waits: float | None,
    stays: float,
    name: str = "",
    down: float = 0.0,
    wide: float = WIDE,
    more: tuple[Seen, ...] = (),
    log: bool = False,
) -> Case:
    """Return the case of one station: Wq and W are known, and by Little's law Lq and L.

    *busy* and *down* are the mean numbers of machines that work and that are down.
    """
    seen: list[Seen] = [
        (Expected("arrivals", lam, role="input", unit="1/s"), figure.arrivals),
        (
            Expected("busy machines", busy, role="control"),
            partial(figure.shares, modes=("producing",)),
        ),
    ]
    if down:
        seen.append(
            (Expected("down", down, role="input"), partial(figure.shares, modes=("down",)))
        )
    seen += [
        *more,
        (Expected("L", lam * stays, tolerance=wide), figure.present),
        (Expected("W", stays, tolerance=wide, unit="s"), figure.sojourn),
    ]
    if waits is not None:
        seen += [
            (Expected("Lq", lam * waits, tolerance=1.4 * wide), figure.waiting),
            (Expected("Wq", waits, tolerance=1.4 * wide, unit="s"), figure.wait),
        ]
    return simulated(file, *seen, name=name, log=log)


_busy = partial(figure.shares, modes=("producing",))
_down = partial(figure.shares, modes=("down",))


def _mm1(row: str, lam: float) -> Oracle:
    waits = pollaczek(lam, 1.0, 2.0)
    return Oracle(
        row,
        f"M/M/1, lam {lam:g}, mu 1",
        "Gross & Harris: L = rho/(1 - rho)",
        (_queue(row.lower(), lam=lam, busy=lam, waits=waits, stays=waits + 1.0),),
    )


def _a4() -> Oracle:
    lam, servers = 2.4, 3
    chance = erlang_c(servers, lam)
    waits = chance / (servers - lam)
    case = _queue(
        "a4",
        lam=lam,
        busy=lam,
        waits=waits,
        stays=waits + 1.0,
        more=((Expected("P(wait)", chance), figure.delayed),),
        log=True,
    )
    return Oracle("A4", "M/M/3, lam 2.4, mu 1", "Erlang C", (case,))


def _a6() -> Oracle:
    lam = 0.8
    services = (("a6-d", "exact", 1.0), ("a6-e", "Erlang-2", 1.5), ("a6-u", "uniform", 13 / 12))
    cases = []
    for file, name, second in services:
        waits = pollaczek(lam, 1.0, second)
        case = _queue(file, lam=lam, busy=lam, waits=waits, stays=waits + 1.0, name=name)
        cases.append(case)
    return Oracle(
        "A6",
        "M/G/1, lam 0.8, mean service 1",
        "Pollaczek-Khinchine: Wq = lam E[S2]/(2(1 - rho))",
        tuple(cases),
    )


def _a7() -> Oracle:
    cases = []
    for lam, places in ((0.8, 5), (1.0, 10)):
        chances = limited(lam, 1.0, places)
        loss = chances[-1]
        content = sum(k * chance for k, chance in enumerate(chances))
        accepted = (Expected("accepted", lam * (1 - loss), unit="1/s"), figure.throughput)
        lost = partial(figure.share, machine="door", mode="blocked")
        inside = partial(figure.held, station="m1", door="door")
        cases.append(
            simulated(
                f"a7-{places}",
                (Expected("loss", loss, tolerance=WIDE), lost),
                (Expected("L", content, tolerance=WIDE), inside),
                accepted,
                name=f"lam {lam:g}, {places} places",
            )
        )
    return Oracle(
        "A7",
        "M/M/1 with few places, the one in service among them",
        "birth and death",
        tuple(cases),
    )


def _broken(row: str, law: str, second: float) -> Oracle:
    lam = 0.7
    mean, square = completion(1.0, second, p=P, r=R)
    waits = pollaczek(lam, mean, square)
    available = 1.0 / mean
    case = _queue(
        row.lower(),
        lam=lam,
        busy=lam,
        down=lam * P / R,
        waits=waits,
        stays=waits + mean,
        more=(
            (Expected("availability at work", available, role="plain answer"), _at_work),
            (Expected("mean of completion", mean, unit="s"), figure.completion_mean),
            (
                Expected("variance of completion", square - mean**2, tolerance=0.1, unit="s2"),
                figure.completion_scatter,
            ),
        ),
        log=True,
    )
    return Oracle(
        row,
        f"M/G/1, lam 0.7, service {law}, fails at work, MTTF 100, MTTR 10",
        "moments of the completion time, into Pollaczek-Khinchine",
        (case,),
    )


def _at_work(run: Result) -> float:
    """Return the share of the time with a piece on the machine in which it works."""
    return _busy(run) / (_busy(run) + _down(run))


def _a11() -> Oracle:
    lam = 0.7
    stays = interrupted(lam, 1.0, p=P, r=R) / lam
    case = _queue("a11", lam=lam, busy=lam, down=P / (P + R), waits=None, stays=stays)
    return Oracle(
        "A11",
        "M/M/1, lam 0.7, mu 1, fails by the calendar, MTTF 100, MTTR 10",
        "White & Christie; Avi-Itzhak & Naor",
        (case,),
    )


def effective(t0: float, scatter: float, *, mttf: float, mttr: float) -> tuple[float, float]:
    """Return effective process time [s] and its squared coefficient of variation [-].

    te = t0/A, ce2 = c0^2 + 2 A (1 - A) mttr/t0 with A = mttf/(mttf + mttr) and exponential
    repairs; *scatter* is c0^2 of the bare time *t0*. Source: Hopp & Spearman, "Factory
    Physics", ch. 8.

    >>> te, ce2 = effective(1.0, 0.0, mttf=100.0, mttr=10.0)
    >>> round(te, 6), round(ce2, 6)
    (1.1, 1.652893)
    """
    up = mttf / (mttf + mttr)
    return t0 / up, scatter + 2.0 * up * (1.0 - up) * mttr / t0


def _a12() -> Oracle:
    time, scatter = effective(1.0, 0.0, mttf=1.0 / P, mttr=1.0 / R)
    case = simulated(
        "a12",
        (Expected("failures", P / time, role="input", unit="1/s"), figure.failures),
        (Expected("down", 1.0 - 1.0 / time, role="input"), _down),
        (Expected("te", time, role="plain answer", unit="s"), figure.effective_time),
        (Expected("ce2", scatter, tolerance=0.06), figure.effective_scatter),
        log=True,
    )
    return Oracle(
        "A12",
        "effective process time: exactly 1, fails at work, MTTF 100, MTTR 10",
        "Hopp & Spearman: te = t0/A, ce2 = c0^2 + 2 A(1 - A) MTTR/t0",
        (case,),
    )


def _a17() -> Oracle:
    case = simulated(
        "a17",
        (Expected("L less throughput x W, relative", 0.0, "exact"), figure.little),
        (Expected("pieces left over", 0.0, "exact"), figure.left_over),
    )
    return Oracle(
        "A17",
        "every station and the whole plant, from empty to empty: L = throughput x W",
        "J. D. C. Little 1961",
        (case,),
    )


ROWS: dict[str, Callable[[], Oracle]] = {
    "A1": partial(_mm1, "A1", 0.8),
    "A2": partial(_mm1, "A2", 0.9),
    "A4": _a4,
    "A6": _a6,
    "A7": _a7,
    "A9": partial(_broken, "A9", "exactly 1", 1.0),
    "A10": partial(_broken, "A10", "exponential of mean 1", 2.0),
    "A11": _a11,
    "A12": _a12,
    "A17": _a17,
}
