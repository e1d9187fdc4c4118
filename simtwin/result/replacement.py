"""This module holds the replacement: the piece that made an order late in place of scrap.

It is read off the log: pieces that replace scrap are numbered on from the quantity of the
order, as one after the other was scrapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.result.kpi import OrderRow
    from simtwin.result.record import Log, PieceRow


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece that came last in its order, and what it came instead of."""

    job: str
    scrapped: PieceRow
    """The scrap that it replaces: when, which piece, at which machine."""
    edge: str
    """The edge that broke and scrapped it, or empty."""
    done: float | None
    """When it was finished [s]; None: it is still open."""
    others: float | None
    """When the last piece that replaces none was finished [s]; None: there is none."""


def replacement(log: Log, order: OrderRow, rows: list[PieceRow]) -> Replacement | None:
    """Return the replacement but for which *order* would have been in time, if it was one.

    *rows* are those of the order's pieces, in order of time.
    """
    scraps = [row for row in rows if row.kind == "scrapped"]
    if not scraps or order.due is None:
        return None
    done = {row.job: row.time for row in rows if row.kind == "done"}
    gone = {row.job for row in scraps}
    firsts = {row.job for row in rows if _number(row.job) <= order.quantity} - gone
    if not firsts <= done.keys():
        return None  # One that replaces none is still open.
    others = max((done[job] for job in firsts), default=None)
    later = {row.job for row in rows} - firsts - gone
    last = max(later, key=lambda job: (done.get(job, inf), _number(job)), default=None)
    if order.quantity - order.finished != len(later - done.keys()):
        return None  # One that replaces none has not even come.
    if last is None or (others is not None and others > order.due):
        return None
    scrap = replaced(last, order, scraps)
    if scrap is None or scrap.time > order.due:
        return None
    edge = next(
        (
            event.part
            for event in log.events
            if event.kind == "breakage"
            and event.time == scrap.time
            and event.machine == scrap.place
        ),
        "",
    )
    return Replacement(last, scrap, edge, done.get(last), others)


def replaced(job: str, order: OrderRow, scraps: list[PieceRow]) -> PieceRow | None:
    """Return which of the *scraps* of an order a piece came instead of; None: of none."""
    # Of those before the log begins only the number is known.
    place = _number(job) - order.quantity - 1 - (order.scrapped - len(scraps))
    return scraps[place] if 0 <= place < len(scraps) else None


def replacements(order: OrderRow, scraps: list[PieceRow]) -> list[tuple[str, PieceRow]]:
    """Return which piece comes instead of each of the *scraps* of an order, let in or not."""
    first = order.quantity + 1 + order.scrapped - len(scraps)
    return [(f"{order.order}/{number}", row) for number, row in enumerate(scraps, first)]


def _number(job: str) -> int:
    """Return the number of a piece within its order, from 1.

    >>> _number("brackets-1/19"), _number("brackets-1")
    (19, 1)
    """
    number = job.rpartition("/")[2]
    return int(number) if "/" in job and number.isdigit() else 1
