"""This module holds the oracles of machines that work on several pieces at once.

Rows A20 and A21, in continuation of ORACLES A.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simtwin.oracles import figure
from simtwin.oracles.oracle import Expected, Oracle
from simtwin.oracles.stations import WIDE
from simtwin.oracles.trial import simulated
from simtwin.plant.bulk import bulk, bulk_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.oracles.oracle import Case

LAM, MOST = 2.4, 4
"""Arrivals [1/s] and pieces of a full batch, mu 1: the load of full batches is 0.6."""

ROUNDS = 500
"""After which the fixed point of a load of 0.6 does not move any more."""


def forming(lam: float, k: int) -> float:
    """Return how long a piece waits until a batch of *k* is there, (k - 1)/(2 lam) [s].

    The first waits for k - 1 others, the last for none. Source: Hopp & Spearman, "Factory
    Physics", ch. 9 (wait to batch).

    >>> forming(2.4, 4)
    0.625
    """
    return (k - 1) / (2.0 * lam)


def full_batches(lam: float, mu: float, k: int) -> float:
    """Return W of M/M[k]/1, full batches only [s]: forming, then a queue of batches, then 1/mu.

    Batches come as E_k/M/1: one waits ``s/(mu (1 - s))``, ``s = (lam/(lam + mu (1 - s)))^k``.
    Source: Gross & Harris, "Fundamentals of Queueing Theory", 3.2 and 5.3 (G/M/1).

    >>> round(full_batches(0.5, 1.0, 1), 9)  # M/M/1
    2.0
    """
    s = 0.0
    for _ in range(ROUNDS):
        s = (lam / (lam + mu * (1.0 - s))) ** k
    return forming(lam, k) + s / (mu * (1.0 - s)) + 1.0 / mu


def _case(file: str, w: float, busy: float, name: str = "") -> Case:
    share = partial(figure.share, machine="oven", mode="producing")
    return simulated(
        file,
        (Expected("arrivals", LAM, role="input", unit="1/s"), figure.arrivals),
        (Expected("busy", busy, role="control"), share),
        (Expected("L", LAM * w, tolerance=WIDE), figure.present),
        (Expected("W", w, tolerance=WIDE, unit="s"), figure.sojourn),
        name=name,
    )


def _a20() -> Oracle:
    busy = LAM / (LAM + 1.0 - bulk_root(LAM, 1.0, MOST))
    return Oracle(
        "A20",
        "M/M(1,4)/1: up to 4 at once, with whatever is there; lam 2.4, mu 1",
        "bulk service, Neuts 1967; root of mu r^5 - (lam + mu) r + lam, Gross & Harris 3.2",
        (_case("a20", bulk(LAM, 1.0, MOST).lead, busy),),
    )


def _a21() -> Oracle:
    w = full_batches(LAM, 1.0, MOST)
    alone = simulated(
        "a21-forming",
        (Expected("arrivals", LAM, role="input", unit="1/s"), figure.arrivals),
        (Expected("W", forming(LAM, MOST) + 1e-6, unit="s"), figure.sojourn),
        name="no time in the oven",
    )
    return Oracle(
        "A21",
        "M/M[4]/1: 4 at once, never fewer; lam 2.4, mu 1",
        "forming (k - 1)/(2 lam), then E4/M/1; Gross & Harris 3.2, Hopp & Spearman",
        (_case("a21", w, LAM / MOST, "exponential of mean 1"), alone),
    )


ROWS: dict[str, Callable[[], Oracle]] = {"A20": _a20, "A21": _a21}
