"""This module holds the routings: which operations make a part, out of an exported list."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from simtwin.names import natural
from simtwin.plant.erp.amounts import Span
from simtwin.plant.erp.names import LONGEST, cleaned
from simtwin.plant.erp.unread import doubt_missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.machines import Hall
    from simtwin.plant.table import Row

STEP = 10
"""Between the numbers of operations that have none of their own."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a part, as the list gives it."""

    name: str
    machines: tuple[str, ...]
    """Machines or groups, alternatives."""
    run: Span
    """Per piece."""
    setup: Span
    text: str
    """What people call it; may be empty."""
    line: int
    elsewhere: tuple[tuple[str, Span], ...] = ()
    """Machines or groups that take another time per piece."""

    def minutes_at(self, machine: str) -> float:
        """Return the run time at one of its machines or groups [min]."""
        return dict(self.elsewhere).get(machine, self.run).minutes


class Place(NamedTuple):
    """One row of a routing, by its words alone."""

    row: Row
    part: str
    operation: str
    machines: str


def read_places(listing: Listing) -> list[Place]:
    """Return part, operation and machines of each row; what is missing is told."""
    if "operation" not in listing.columns:
        message = f"no column; {STEP}, {2 * STEP}, ... in the order of the rows taken"
        listing.assume(listing.header, "operation", message)
    places: list[Place] = []
    counts: dict[str, int] = {}
    part = ""
    for row in listing.rows:
        given = named(listing, row, "part")
        if given:
            part = given
        elif part:
            listing.assume(row, "part", f"none; that of the row above, {part!r}, taken")
        else:
            listing.complain(row, "part", "no part")
        counts[part] = counts.get(part, 0) + 1
        operation = named(listing, row, "operation")
        if "operation" not in listing.columns:
            operation = str(STEP * counts[part])
        elif not operation:
            listing.complain(row, "operation", "no operation")
        machines = listing.text(row, "machine")
        if not machines:
            listing.complain(row, "machine", "no machine")
        places.append(Place(row, part, operation, machines))
    return places


def read_routings(
    listing: Listing, places: list[Place], hall: Hall
) -> dict[str, tuple[Operation, ...]]:
    """Return the operations of each part, by number where they have numbers."""
    doubt_missing(listing, "setup", "0 min taken")
    routings: dict[str, dict[str, Operation]] = {}
    for place in places:
        operation = _operation(listing, place, hall)
        known = routings.setdefault(place.part, {})
        first = known.get(operation.name)
        known[operation.name] = (
            operation if first is None else _joined(first, operation, listing, place.row)
        )
    return {part: _in_order(list(known.values())) for part, known in routings.items()}


def least_time(
    operations: tuple[Operation, ...], quantity: int, machines: Mapping[str, int]
) -> timedelta:
    """Return how long an order of *quantity* pieces takes at least, alone and without setups.

    *machines* is how many each queue has. The first piece waits nowhere; the last one leaves
    the slowest operation no sooner than its machines have gone through all.

    >>> saw = Operation("10", ("saw",), Span(2.0, "min"), Span(0.0, "min"), "", 2)
    >>> least_time((saw, replace(saw, machines=("mills",))), 5, {"saw": 1, "mills": 2})
    datetime.timedelta(seconds=720)
    """
    runs = [min(map(step.minutes_at, step.machines)) for step in operations]
    counts = [max(1, sum(machines[name] for name in step.machines)) for step in operations]
    rounds = [(ceil(quantity / n) - 1) * run for n, run in zip(counts, runs, strict=True)]
    return timedelta(minutes=sum(runs) + max(rounds, default=0.0))


def named(listing: Listing, row: Row, meaning: str) -> str:
    """Return the name in the cell as simtwin can have it; empty where nothing stands."""
    text = listing.text(row, meaning)
    name = cleaned(text)
    if name != text:
        listing.assume(row, meaning, f"{text!r} is called {name!r} here")
    if len(name) > LONGEST:
        listing.complain(row, meaning, f"must have at most {LONGEST} characters")
    return name


def _operation(listing: Listing, place: Place, hall: Hall) -> Operation:
    row = place.row
    run = listing.span(row, "run")
    if run is None and listing.value(row, "run") is None:
        listing.assume(row, "run", "no run time; 0 min taken")
    setup = listing.span(row, "setup")
    if setup is None and "setup" in listing.columns and listing.value(row, "setup") is None:
        listing.assume(row, "setup", "no setup time; 0 min taken")
    run = run or Span(0.0, "min")
    return Operation(
        place.operation,
        hall.stations(place.machines),
        Span(run.value / _pieces(listing, row), run.unit),
        setup or Span(0.0, "min"),
        listing.text(row, "text"),
        row.line,
    )


def _pieces(listing: Listing, row: Row) -> float:
    """Return for how many pieces the run time holds: as the heading says, or the cell."""
    measure = listing.measure(row, "run")
    said = 1.0 if measure.rate else measure.pieces
    base = listing.number(row, "base")
    if base is None:
        return said
    if base <= 0.0:
        listing.complain(row, "base", f"must be > 0 (got {base:g})")
        return said
    if base != said and (measure.rate or said != 1.0):
        other = "a rate" if measure.rate else f"times of {said:g} pieces"
        heading = listing.columns["run"].heading
        listing.complain(row, "base", f"{base:g} here, and {heading!r} says {other}")
    return base


def _joined(first: Operation, other: Operation, listing: Listing, row: Row) -> Operation:
    """Return an operation of two rows: alternatives, each with its run time."""
    new = [name for name in other.machines if name not in first.machines]
    if not new:
        message = f"operation {first.name!r} and its machine stand in line {first.line} already"
        listing.doubt(row, "operation", f"{message}; this row is left out")
        return first
    if first.setup.minutes != other.setup.minutes:
        message = (
            f"alternatives share one setup; that of line {first.line} is taken, "
            f"{first.setup.minutes:.4g} min"
        )
        listing.doubt(row, "setup", message)
    own = () if other.run.minutes == first.run.minutes else tuple((n, other.run) for n in new)
    return replace(first, machines=(*first.machines, *new), elsewhere=(*first.elsewhere, *own))


def _in_order(operations: list[Operation]) -> tuple[Operation, ...]:
    """Return *operations* by number if all have one, else in the order of the rows."""
    numbers = [_NUMBER.match(operation.name) for operation in operations]
    if not all(numbers):
        return tuple(operations)

    def key(operation: Operation) -> tuple[float, object]:
        match = _NUMBER.match(operation.name)
        assert match is not None
        return float(match[0]), natural(operation.name)

    return tuple(sorted(operations, key=key))
