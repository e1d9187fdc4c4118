"""This module holds the detail: what an event says beside its kind, numbers with units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.units import clock

if TYPE_CHECKING:
    from simtwin.result.record import EventRow

PERCENT = frozenset({"feed override", "spindle override"})
SECONDS = frozenset({"maintenance", "breakdown"})


def detail(event: EventRow) -> str:
    """Return the detail of *event* for a reader; the record has bare numbers of acts.

    >>> from simtwin.result.record import EventRow
    >>> detail(EventRow(0.0, "m", "machine", "breakdown", "1500.0"))
    '25 min'
    >>> detail(EventRow(0.0, "m", "machine", "feed override", "70.0"))
    '70 %'
    """
    if not event.detail:
        return ""
    if event.kind in PERCENT:
        return f"{float(event.detail):g} %"
    return clock(float(event.detail)) if event.kind in SECONDS else event.detail
