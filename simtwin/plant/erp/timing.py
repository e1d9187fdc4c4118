"""This module holds the timing of orders: when the scenario starts, and times of day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simtwin.errors import Problem
from simtwin.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.orders import Order
    from simtwin.plant.table import Row

_DAY_BEGINS = timedelta(hours=6)
_FAR = timedelta(days=3 * 365)
"""After the start; a date beyond it stands for none, or is a slip."""
_DAY_ENDS = timedelta(hours=23, minutes=59)


def timed_orders(
    orders: list[Order],
    start: datetime | None,
    listing: Listing,
    least: Callable[[Order], timedelta],
) -> tuple[datetime | None, list[Order]]:
    """Return the start and the orders with times of day, none released before it.

    Without a *start* it is six o'clock on the day of the first release, or, where nothing is
    released or something is due before that, on the Monday before the first due date. *least*
    is how long an order takes where it is alone and all machines work.
    """
    guessed = start is None
    if start is None:
        start, message = _guess(orders)
        if message:
            _assume_scenario(listing, f"{message}; --start says it better")
    if any(order.due and not order.due.timed for order in orders):
        listing.assume(listing.header, "due", "a date alone means the end of that day, 23:59")
    rows = {row.line: row for row in listing.rows}
    placed = [_placed(order, start, listing, rows[order.line]) for order in orders]
    if start is not None:
        for given, order in zip(orders, placed, strict=True):
            row, least_of = rows[order.line], least(order) if guessed else None
            for meaning, message in _doubts(given, order, start, least_of):
                listing.doubt(row, meaning, message)
    return start, placed


def _guess(orders: list[Order]) -> tuple[datetime | None, str]:
    """Return the start that the dates of *orders* suggest, and how it was found."""
    releases = [order.release.when for order in orders if order.release]
    dues = [order.due.when for order in orders if order.due and _possible(order)]
    if releases:
        start = _morning(min(releases))
        if not dues or start <= min(dues):
            return start, f"starts on the first release, {start:%Y-%m-%d %H:%M}"
    if not dues:
        return None, ""
    first = min(dues)
    start = _morning(first - timedelta(days=first.weekday()))
    return start, f"starts on the Monday of the first due date, {start:%Y-%m-%d %H:%M}"


def _possible(order: Order) -> bool:
    """Whether *order* is not due before it is released."""
    due, release = order.due, order.release
    return due is None or release is None or release.when.date() <= due.when.date()


def _doubts(
    given: Order, order: Order, start: datetime, least: timedelta | None
) -> Iterator[tuple[str, str]]:
    """Yield what is doubtful about the dates of an order, *given* and as placed.

    *least* is how long it takes at least after a start that was guessed.
    """
    due = order.due.when if order.due else None
    if due is not None and given.release and due < given.release.when:
        yield "due", f"due before its release, {given.release.when:%Y-%m-%d %H:%M}"
    elif due is not None and due <= start:
        yield "due", f"due before the start, {start:%Y-%m-%d %H:%M}; late whatever happens"
    elif due is not None and least is not None and start + least > due:
        hours = least.total_seconds() / HOUR
        long = f"{hours:.0f}" if hours >= 100.0 else f"{hours:.3g}"
        why = f"needs {long} h at least from a start that was guessed"
        yield "due", f"{why}; late whatever happens"
    for meaning, date in (("release", given.release), ("due", order.due)):
        if date is not None and date.when - start > _FAR:
            yield meaning, f"more than {_FAR.days // 365} years after the start"


def _morning(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), datetime.min.time()) + _DAY_BEGINS


def _assume_scenario(listing: Listing, message: str) -> None:
    listing.findings.assumed.insert(
        0, Problem(listing.table.name, listing.header.line, 1, "", message)
    )


def _placed(order: Order, start: datetime | None, listing: Listing, row: Row) -> Order:
    due, release = order.due, order.release
    if due is not None and not due.timed:
        due = due._replace(when=due.when + _DAY_ENDS)
    if release is not None and start is not None and release.when <= start:
        if release.timed or release.when.date() < start.date():
            listing.assume(row, "release", "not after the start; released at the start")
        release = None
    return replace(order, due=due, release=release)
