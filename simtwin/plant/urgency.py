"""This module holds the urgency: how long pieces of each priority wait, the more urgent first.

None is interrupted: a more urgent piece goes before all that wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simtwin.plant.model import PlantModel

Shares = dict[str, dict[int, float]]
"""Product -> priority -> share of its pieces [-]."""


def urgencies(model: PlantModel) -> Shares:
    """Return which shares of the pieces of each product have which priority."""
    rates: Shares = {}
    for source in model.sources:
        law = source.interarrival
        if law is not None and law.mean > 0.0:
            own = rates.setdefault(source.product, {})
            own[source.priority] = own.get(source.priority, 0.0) + 1.0 / law.mean
    return {
        product: {level: rate / sum(own.values()) for level, rate in own.items()}
        for product, own in rates.items()
    }


def interrupting(model: PlantModel) -> tuple[str, ...]:
    """Return the stations where a more urgent piece interrupts another, if there are any."""
    if len({source.priority for source in model.sources}) < 2:
        return ()
    return tuple(station.name for station in model.stations if station.preempt)


def waits_by_priority(
    wait: float, loads: Iterable[tuple[str, float]], shares: Shares
) -> dict[int, float]:
    """Return the mean wait of each priority where all wait so long first come, first served.

    *loads* are those of the products on all machines of the station [-]. ``W_k = W (1 - s) /
    ((1 - s_k-1)(1 - s_k))``, s_k the load of the priorities from the highest to k: exact for
    M/G/1, and for M/M/c with one law of service. Source: A. Cobham, "Priority assignment in
    waiting line problems", Oper. Res. 2, 1954; O. Kella & U. Yechiali, Oper. Res. 33, 1985.

    >>> shares = {"a": {2: 1.0}, "b": {0: 1.0}}
    >>> found = waits_by_priority(90.0 / 7.0, [("a", 0.25), ("b", 0.5)], shares)
    >>> round(found[2], 3), round(found[0], 3)  # M/M/2, 10 min each, two kinds
    (4.286, 17.143)
    """
    by_level: dict[int, float] = {}
    for product, load in loads:
        for level, share in shares[product].items():
            by_level[level] = by_level.get(level, 0.0) + load * share
    rest = wait * (1.0 - sum(by_level.values()))
    found, before = {}, 0.0
    for level in sorted(by_level, reverse=True):
        upto = before + by_level[level]
        found[level] = rest / ((1.0 - before) * (1.0 - upto))
        before = upto
    return found


def mean_wait(waits: dict[int, float], shares: Sequence[tuple[int, float]]) -> float:
    """Return the mean of *waits* over *shares* of priorities.

    >>> mean_wait({1: 2.0, 0: 6.0}, [(1, 0.5), (0, 0.5)])
    4.0
    """
    return sum(waits[level] * share for level, share in shares)
