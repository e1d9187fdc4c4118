"""This module holds the oracles of machines that wear and fail without a policy (ORACLES E)."""

from __future__ import annotations

from functools import partial
from math import exp
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.trial import simulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.trial import Seen

LAM, MU = 0.01, 0.1
"""Failure and repair rate of E6."""

WINDOW = 1000.0
"""Of E6 [s]: the variance of a share falls with it."""


def variance_of_share(lam: float, mu: float, length: float) -> float:
    """Return the variance of the share of *length* [s] that a two-state machine is down.

    Stationary, its state has the autocorrelation exp(-(lam + mu) t), integrated twice; for a
    long time it is 2 lam mu/(lam + mu)^3/T. Source: alternating renewal processes; D. R. Cox,
    "Renewal Theory", 1962.

    >>> round(variance_of_share(0.01, 0.1, 1e9) * 1e9, 6)
    1.50263
    """
    s = lam + mu
    bend = 1.0 - (1.0 - exp(-s * length)) / (s * length)
    return 2.0 * lam * mu / s**3 / length * bend


def _stepped(row: str, steps: int, p: float, repair: str) -> Oracle:
    mean = steps / p
    available = Expected("availability", mean / (mean + 10.0))
    seen: tuple[Seen, ...] = (
        (Expected("MTTF", mean, unit="cycles"), figure.cycles_per_failure),
        (available, partial(figure.not_in, modes=("down",))),
    )
    return Oracle(
        row,
        f"{steps} steps to failure, chance {p:g} a cycle of 1, repair {repair}",
        "negative binomial life, renewal reward",
        (simulated(row.lower(), *seen),),
    )


def _e6() -> Oracle:
    down = LAM / (LAM + MU)
    spread = Expected(
        "variance of share down", variance_of_share(LAM, MU, WINDOW), tolerance=0.04
    )
    return Oracle(
        "E6",
        "exponential 100 up, 10 down, sixty times over",
        "alternating renewal process",
        (
            simulated(
                "e6",
                (Expected("availability", 1.0 - down), partial(figure.not_in, modes=("down",))),
                (spread, partial(figure.scatter, mode="down", mean=down)),
                grows="replications",
            ),
        ),
    )


ROWS: dict[str, Callable[[], Oracle]] = {
    "E4": partial(_stepped, "E4", 5, 0.1, "exactly 10"),
    "E5": partial(_stepped, "E5", 4, 0.1, "of mean 10"),
    "E6": _e6,
}
