"""This module holds the intake: exported lists in, plant and scenario out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from simtwin.errors import FileProblems, InvalidInput, Problem
from simtwin.plant.erp.findings import Findings, gathered
from simtwin.plant.erp.folder import NO_HOURS, files_of
from simtwin.plant.erp.headings import ORDERS, ROUTING
from simtwin.plant.erp.listing import read_listing
from simtwin.plant.erp.machines import read_hall, read_known
from simtwin.plant.erp.names import cleaned
from simtwin.plant.erp.orders import read_orders
from simtwin.plant.erp.routings import least_time, read_places, read_routings
from simtwin.plant.erp.sheets import understood, with_sheet
from simtwin.plant.erp.timing import timed_orders
from simtwin.plant.table import read_table
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from simtwin.plant.erp.dates import Order as DateOrder
    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.machines import Hall
    from simtwin.plant.erp.orders import Order
    from simtwin.plant.erp.routings import Operation
    from simtwin.plant.table import Table


OF_ROUTING = ("part", "machine", "run")
"""Columns that a routing needs."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says beside the lists."""

    by_hand: Mapping[str, str] = field(default_factory=dict)
    """Meaning -> heading of its column; an empty one: no column."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Machine of the routing -> how many there are, as a group."""
    renames: Mapping[str, str] = field(default_factory=dict)
    """Machine of the routing -> the one that is meant."""
    machines: str | None = None
    """All machines there are: names with commas, or a file of them."""
    dates: DateOrder | None = None
    """What comes first in 03/04/2026."""
    start: datetime | None = None
    """When the scenario starts."""
    low_first: bool = False
    """Whether a small number in the column of priorities goes first."""
    keep_all: bool = False
    """Whether parts that nobody orders stay in the plant."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Plant and scenario as texts, and what was understood of the lists."""

    files: dict[str, str]
    """Name -> text of each file."""
    listings: tuple[Listing, ...]
    counts: dict[str, int]
    """How many machines, parts, operations, orders and pieces."""
    assumed: tuple[str, ...]
    doubtful: tuple[str, ...]


def take_in(
    routing: str | Path, orders: str | Path, name: str, wishes: Wishes, *, schemas: str
) -> Intake:
    """Return plant and scenario, both called *name*, of a *routing* and an order list.

    *schemas* is the way from the files to the folder of the JSON Schemas. Raises all problems
    of both lists at once.
    """
    _check_by_hand(wishes.by_hand)
    findings = Findings()
    known = read_known(wishes.machines, findings)
    routing = with_sheet(routing, ROUTING, OF_ROUTING, wishes.by_hand, findings)
    orders = with_sheet(orders, ORDERS, ("part",), wishes.by_hand, findings)
    if str(routing) == str(orders):
        raise InvalidInput(f"--from: the routing and the orders are the same list, {orders}")
    routing, orders = _in_turn(routing, orders, wishes, findings)
    work = _listing(routing, ROUTING, OF_ROUTING, wishes, findings)
    asked = _listing(orders, ORDERS, ("part",), wishes, findings)
    if work is None or asked is None:
        raise FileProblems(tuple(findings.problems))
    _check_used(wishes.by_hand, (work, asked))
    work.assume(work.header, "", NO_HOURS)
    places = read_places(work)
    hall = read_hall(
        work,
        [(place.row, place.machines) for place in places],
        known=known,
        counts=wishes.counts,
        renames=wishes.renames,
    )
    routings = read_routings(work, places, hall)
    wanted = read_orders(asked, routings, dates=wishes.dates, low_first=wishes.low_first)
    findings.raise_problems()
    if not wanted:
        raise InvalidInput(f"{asked.table.name}: no order asks for anything")
    routings = _ordered_only(routings, wanted, hall, work, keep_all=wishes.keep_all)
    machines = hall.machines()

    def least(order: Order) -> timedelta:
        return least_time(routings[order.part], order.quantity, machines)

    given = wishes.start
    local = None if given is None else given.replace(tzinfo=None)
    start, wanted = timed_orders(wanted, local, asked, least)
    start = start if given is None else given
    called = cleaned(name) or "shop"
    return Intake(
        files=files_of(called, hall, routings, start, wanted, (work, asked), schemas),
        listings=(work, asked),
        counts={
            "machines": len(hall.members),
            "parts": len(routings),
            "operations": sum(map(len, routings.values())),
            "orders": len(wanted),
            "pieces": sum(order.quantity for order in wanted),
        },
        assumed=tuple(gathered(findings.assumed)),
        doubtful=tuple(gathered(findings.doubtful)),
    )


def _in_turn(
    routing: str | Path, orders: str | Path, wishes: Wishes, findings: Findings
) -> tuple[str | Path, str | Path]:
    """Return routing and order list, the other way round where their headings say so."""
    try:
        first, second = read_table(routing), read_table(orders)
    except FileProblems:
        return routing, orders  # Which is told where they are read.
    if _is_routing(first, wishes) or not _is_routing(second, wishes):
        return routing, orders
    message = "taken as the routing, by its headings, and the first list as the orders"
    findings.assumed.append(Problem(second.name, 1, 1, "", message))
    return orders, routing


def _is_routing(table: Table, wishes: Wishes) -> bool:
    """Tell whether *table* has the columns that a routing needs."""
    return set(OF_ROUTING) <= understood(table, ROUTING, wishes.by_hand)


def _listing(
    source: str | Path,
    meanings: tuple[str, ...],
    needed: tuple[str, ...],
    wishes: Wishes,
    findings: Findings,
) -> Listing | None:
    """Return the listing in a file; None, with the problems kept, where it cannot be read."""
    try:
        return read_listing(read_table(source), meanings, needed, wishes.by_hand, findings)
    except FileProblems as error:
        findings.problems += [p for p in error.problems if p not in findings.problems]
        return None


def _check_by_hand(by_hand: Mapping[str, str]) -> None:
    meanings = dict.fromkeys((*ROUTING, *ORDERS))
    for meaning in by_hand:
        if meaning not in meanings:
            raise InvalidInput(f"--map {meaning}=...: {unknown('meaning', meaning, meanings)}")


def _check_used(by_hand: Mapping[str, str], listings: tuple[Listing, ...]) -> None:
    """Refuse a column by hand that stands in no list."""
    for meaning, heading in by_hand.items():
        columns = [listing.columns.get(meaning) for listing in listings]
        if heading and not any(column and column.by_hand for column in columns):
            headings = [text for listing in listings for text in listing.headings()]
            message = unknown("column", heading, headings)
            raise InvalidInput(f"--map {meaning}={heading}: {message}")


def _ordered_only(
    routings: dict[str, tuple[Operation, ...]],
    orders: list[Order],
    hall: Hall,
    listing: Listing,
    *,
    keep_all: bool,
) -> dict[str, tuple[Operation, ...]]:
    """Return the routings that orders ask for, or all; machines without work go."""
    wanted = {order.part for order in orders}
    kept = {part: way for part, way in routings.items() if keep_all or part in wanted}
    dropped = len(routings) - len(kept)
    if dropped:
        are = "part without orders is" if dropped == 1 else "parts without orders are"
        message = f"{dropped} {are} left out; --all keeps such parts"
        listing.assume(listing.header, "part", message)
    stations = {name for way in kept.values() for step in way for name in step.machines}
    gone = hall.keep(stations)
    if gone:
        names = ", ".join(gone[:10]) + (", ..." if len(gone) > 10 else "")
        message = f"without work and left out: {names}"
        listing.assume(listing.header, "machine", message)
    return kept
