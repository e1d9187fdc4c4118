"""This module holds the timing of orders: when the scenario starts, and times of day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simtwin.errors import Problem

if TYPE_CHECKING:
    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.orders import Order
    from simtwin.plant.table import Row

_DAY_BEGINS = timedelta(hours=6)
_DAY_ENDS = timedelta(hours=23, minutes=59)


def timed_orders(
    orders: list[Order], start: datetime | None, listing: Listing
) -> tuple[datetime | None, list[Order]]:
    """Return the start and the orders with times of day, none released before it.

    Without a *start* it is six o'clock on the day of the first release, or, where nothing is
    released, on the Monday before the first due date.
    """
    releases = [order.release.when for order in orders if order.release]
    dues = [order.due.when for order in orders if order.due]
    if start is None and releases:
        start = _morning(min(releases))
        message = f"starts on the first release, {start:%Y-%m-%d %H:%M}"
    elif start is None and dues:
        first = min(dues)
        start = _morning(first - timedelta(days=first.weekday()))
        message = f"starts on the Monday of the first due date, {start:%Y-%m-%d %H:%M}"
    else:
        message = ""
    if message:
        _assume_scenario(listing, f"{message}; --start says it better")
    if any(order.due and not order.due.timed for order in orders):
        listing.assume(listing.header, "due", "a date alone means the end of that day, 23:59")
    rows = {row.line: row for row in listing.rows}
    return start, [_placed(order, start, listing, rows[order.line]) for order in orders]


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
