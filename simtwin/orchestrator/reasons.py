"""This module holds the reasons of late orders, each told of a run in which it is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.names import natural
from simtwin.orchestrator.again import again
from simtwin.result.because import Because

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.result.ensemble import Ensemble
    from simtwin.result.result import Result

MOST = 4
"""Runs that are made again at most."""


def reasons(
    ensemble: Ensemble, *, most: int = MOST, guard: Callable[[], None] | None = None
) -> tuple[Because, ...]:
    """Return why each order is late that is late in some replication, the likeliest first.

    An order that is late in one run of thirty is late for a reason, which the other runs do not
    show: so it is told of a run in which it happens, made again with its log. A few runs are
    chosen that have them all; orders that *most* runs do not cover are left out. *guard* is
    called now and then and may raise to stop it.
    """
    late = {
        outcome.replication: [row.order for row in outcome.orders if row.late(outcome.end)]
        for outcome in ensemble.outcomes
    }
    counts: dict[str, int] = {}
    for names in late.values():
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    found: dict[str, Because] = {}
    tried: set[int] = set()
    while len(tried) < most and any(name not in found for name in counts):
        chosen = _next(late, found, tried)
        if chosen is None:
            break
        if guard is not None:
            guard()  # A short run never comes to its own look at the guard.
        tried.add(chosen)
        run = again(ensemble, chosen, guard=guard)
        if run is None:
            continue
        for name in late[chosen]:
            if name not in found:
                found[name] = _told(run, name, counts[name], ensemble.n)
    return tuple(sorted(found.values(), key=lambda one: (-one.late_in, natural(one.order))))


def _next(late: dict[int, list[str]], found: dict[str, Because], tried: set[int]) -> int | None:
    """Return the run that tells of most orders of which nothing is told yet."""
    new = {
        number: sum(name not in found for name in names)
        for number, names in late.items()
        if number not in tried
    }
    best = max(new, key=lambda number: (new[number], -number), default=None)
    return best if best is not None and new[best] else None


def _told(run: Result, order: str, late_in: int, n: int) -> Because:
    table = run.frame("orders").set_index("order")
    chain = run.chain(order=order)
    text = chain.text() if len(chain) > 1 else ""
    return Because(order, late_in, n, run.replication, str(table["why"][order]), text)
