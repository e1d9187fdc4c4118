"""This module holds the typical run: the replication of an ensemble at a quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.orchestrator.again import again
from simtwin.result.estimate import order_statistic

if TYPE_CHECKING:
    from simtwin.result.ensemble import Ensemble, Outcome
    from simtwin.result.result import Result

MEDIAN, UNLUCKY = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Typical:
    """A run that is shown for many: what it stands for, and by which figure."""

    run: Result
    quantile: float
    by: str


def typical(ensemble: Ensemble, quantile: float = MEDIAN) -> Typical | None:
    """Return the replication at the *quantile* of *ensemble*, run again with its log.

    The better come first: fewer open orders, an earlier last finish, less tardiness; without
    orders, more good pieces. ``simulate`` with its number makes the same run again.

    None where it cannot be made again.
    """
    ranked = sorted(ensemble.outcomes, key=_key)
    chosen = ranked[int(order_statistic(range(ensemble.n), quantile))]
    by = _figure(ensemble.outcomes)
    run = again(ensemble, chosen.replication)
    return None if run is None else Typical(run, quantile, by)


def _figure(outcomes: tuple[Outcome, ...]) -> str:
    """Return by which figure *outcomes* are ranked: the first that is not the same in all."""
    if not outcomes[0].orders:
        return "good pieces"
    still, last, tardy = list(zip(*map(_key, outcomes), strict=True))[:3]
    if len(set(still)) > 1:
        return "how many orders are open at the end"
    if not any(still) or len(set(last)) > 1:
        return "when the last order is finished"
    return "the tardiness of all orders" if len(set(tardy)) > 1 else "any figure: all are alike"


def _key(outcome: Outcome) -> tuple[float, ...]:
    rows = outcome.orders
    if not rows:
        return (0.0, -outcome.kpis["good_pieces"], 0.0, outcome.replication)
    still = sum(row.finish is None for row in rows)
    last = max(outcome.end if row.finish is None else row.finish for row in rows)
    tardy = sum(row.tardiness(outcome.end) for row in rows)
    return (float(still), last, tardy, outcome.replication)
