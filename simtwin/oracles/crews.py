"""This module holds the oracles of machines that share a crew (ORACLES C).

K machines fail by the calendar at rate lam while they are up; R fitters mend them at rate mu,
first come, first served.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from simtwin.oracles import figure
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.trial import simulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Case
    from simtwin.oracles.trial import Seen
    from simtwin.result.result import Result


class Repairmen(NamedTuple):
    """The steady state of a machine repair problem."""

    availability: float
    """Of a machine [-]."""
    down: float
    """Mean number of machines that are not up, E[down]."""
    use: float
    """Share of time that a fitter is busy [-]."""
    wait: float
    """Mean time from a failure until a fitter comes [s]."""
    all_up: float
    """P(all machines up) [-]."""
    failures: float
    """Of all machines together [1/s]."""


def repairmen(machines: int, fitters: int, lam: float, mu: float) -> Repairmen:
    """Return the steady state of *machines* with *fitters*, by birth and death.

    Source: Palm 1947; Gross & Harris, "machine repair problem".

    >>> found = repairmen(5, 1, 0.1, 1.0)
    >>> round(found.availability, 6), round(found.wait, 6)
    (0.872096, 0.466632)
    """
    weights = [1.0]
    for k in range(machines):
        weights.append(weights[-1] * (machines - k) * lam / (min(k + 1, fitters) * mu))
    chances = [weight / sum(weights) for weight in weights]
    down = sum(k * chance for k, chance in enumerate(chances))
    busy = sum(min(k, fitters) * chance for k, chance in enumerate(chances))
    failures = mu * busy
    return Repairmen(
        1.0 - down / machines,
        down,
        busy / fitters,
        (down - busy) / failures,
        chances[0],
        failures,
    )


_UNAVAILABLE = ("down", "waiting for crew")

RARE = 0.15
"""Half-width of a wait that comes seldom, with more fitters than one, relative to its mean."""


def _case(file: str, machines: int, fitters: int, lam: float, mu: float, name: str) -> Case:
    known = repairmen(machines, fitters, lam, mu)
    wide = 0.04 if fitters == 1 else RARE
    failing = Expected("failures per second up", lam, role="input", unit="1/s")
    mending = Expected("repair", 1.0 / mu, role="input", unit="s")
    seen: list[Seen] = [
        (failing, partial(figure.failures_per, modes=_UNAVAILABLE)),
        (mending, partial(figure.per_failure, modes=("down",))),
        (
            Expected("availability", known.availability),
            partial(figure.not_in, modes=_UNAVAILABLE),
        ),
        (Expected("machines down", known.down), partial(figure.shares, modes=_UNAVAILABLE)),
        (Expected("use of a fitter", known.use), partial(_use, fitters=fitters)),
        (
            Expected("wait for a fitter", known.wait, tolerance=wide, unit="s"),
            partial(figure.per_failure, modes=("waiting for crew",)),
        ),
        (Expected("failures", known.failures, unit="1/s"), figure.failures),
    ]
    if fitters == 1:
        # A single fitter is idle exactly while all machines are up.
        seen.append((Expected("all up", known.all_up), _all_up))
    return simulated(file, *seen, name=name)


def _use(run: Result, fitters: int) -> float:
    return figure.shares(run, ("down",)) / fitters


def _all_up(run: Result) -> float:
    return 1.0 - figure.shares(run, ("down",))


def _oracle(row: str, *shops: tuple[str, int, int, float, float]) -> Oracle:
    cases = tuple(_case(*shop, name=f"K {shop[1]}, R {shop[2]}") for shop in shops)
    lam, mu = shops[0][3:]
    return Oracle(
        row,
        f"K machines and R fitters, lam {lam:g}, mu {mu:g}",
        "birth and death (machine repair problem)",
        cases,
    )


ROWS: dict[str, Callable[[], Oracle]] = {
    "C1": partial(_oracle, "C1", ("c1", 5, 1, 0.1, 1.0)),
    "C3": partial(_oracle, "C3", ("c3-1", 10, 1, 0.1, 1.0), ("c3-3", 10, 3, 0.1, 1.0)),
    "C4": partial(_oracle, "C4", ("c4", 4, 1, 0.01, 0.1)),
    "C8": partial(_oracle, "C8", ("c8", 5, 2, 0.1, 1.0)),
    "C10": partial(_oracle, "C10", ("c10", 10, 1, 0.05, 1.0)),
}
