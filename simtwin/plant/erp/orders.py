"""This module holds the orders of an exported list: parts, quantities, dates."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.plant.erp.amounts import read_number
from simtwin.plant.erp.dates import Moment, has_slashes, is_serial, orders_shown, read_date
from simtwin.plant.erp.names import number_key
from simtwin.plant.erp.routings import named
from simtwin.plant.erp.unread import doubt_done, doubt_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.erp import dates
    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.table import Row

MOST_PIECES = 100_000
_GUESSES = 20
"""Unknown parts for which a known one is guessed; each guess looks at all parts."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as the list gives it."""

    name: str
    part: str
    quantity: int
    release: Moment | None
    due: Moment | None
    priority: int
    weight: float | None
    line: int


def read_orders(
    listing: Listing, parts: Iterable[str], *, dates: dates.Order | None, low_first: bool
) -> list[Order]:
    """Return the orders of *listing* for *parts* that have a routing.

    *dates* says what comes first in 03/04/2026, the day or the month; None: the list shows it.
    With *low_first* a small number in the column of priorities goes before a large one.
    """
    _say_columns(listing, low_first=low_first)
    way = dates or _order_of_dates(listing)
    known = _Parts(list(parts))
    orders: list[Order] = []
    urgency = _priorities(listing, low_first=low_first)
    for row, name, priority in zip(listing.rows, _names(listing), urgency, strict=True):
        part = known.read(listing, row)
        quantity = _quantity(listing, row)
        release, due = (_date(listing, row, key, way) for key in ("release", "due"))
        _say_missing(listing, row, "due", "no due date; nobody waits")
        _say_missing(listing, row, "release", "no release date; released at the start")
        weight = listing.number(row, "weight")
        if weight is not None and weight <= 0.0:
            listing.complain(row, "weight", f"must be > 0 (got {weight:g})")
        if quantity > 0:
            orders.append(Order(name, part, quantity, release, due, priority, weight, row.line))
    return orders


def _say_columns(listing: Listing, *, low_first: bool) -> None:
    header = listing.header
    doubt_missing(listing, "quantity", "1 piece each taken")
    doubt_missing(listing, "due", "nobody waits for anything")
    doubt_done(listing)
    if "order" not in listing.columns:
        listing.assume(header, "order", "no column; order-1, order-2, ... taken")
    if "priority" in listing.columns and not low_first:
        message = "a higher number goes first; --low-first turns it round"
        listing.assume(header, "priority", message)


def _say_missing(listing: Listing, row: Row, meaning: str, message: str) -> None:
    """Say what is taken where a column is there and the cell is empty."""
    if meaning in listing.columns and listing.value(row, meaning) is None:
        listing.assume(row, meaning, message)


class _Parts:
    """The parts with a routing, found also where a list spells them otherwise."""

    def __init__(self, names: list[str]) -> None:
        self.names = dict.fromkeys(names)
        self.keys: dict[str, list[str]] = {}
        for name in names:
            self.keys.setdefault(number_key(name), []).append(name)
        self.guesses = 0

    def read(self, listing: Listing, row: Row) -> str:
        """Return the part that *row* asks for; tell where there is no routing for it."""
        name = named(listing, row, "part")
        if not name:
            listing.complain(row, "part", "no part")
            return name
        if name in self.names:
            return name
        alike = self.keys.get(number_key(name), [])
        if len(alike) == 1:
            listing.assume(row, "part", f"{name!r} taken for {alike[0]!r} of the routing")
            return alike[0]
        listing.complain(row, "part", f"no routing for {name!r}{self._guess(name)}")
        return name

    def _guess(self, name: str) -> str:
        self.guesses += 1
        if self.guesses > _GUESSES:
            return ""
        close = difflib.get_close_matches(name, list(self.names), n=1)
        return f"; did you mean {close[0]!r}?" if close else ""


def _names(listing: Listing) -> list[str]:
    """Return a name for each row, no two alike."""
    found: list[str] = []
    for count, row in enumerate(listing.rows, start=1):
        name = named(listing, row, "order")
        if "order" not in listing.columns:
            name = f"order-{count}"
        elif not name:
            name = f"line-{row.line}"
            listing.assume(row, "order", f"none; called {name!r}")
        position = named(listing, row, "position")
        found.append(f"{name}-{position}" if position else name)
    return _distinct(listing, found)


def _distinct(listing: Listing, names: list[str]) -> list[str]:
    counts = Counter(names)
    taken = set(names)
    seen: Counter[str] = Counter()
    found: list[str] = []
    for row, name in zip(listing.rows, names, strict=True):
        seen[name] += 1
        if counts[name] == 1 or seen[name] == 1:
            found.append(name)
            continue
        number = seen[name]
        while f"{name}-{number}" in taken:
            number += 1
        other = f"{name}-{number}"
        taken.add(other)
        listing.assume(row, "order", f"{name!r} stands above already; called {other!r}")
        found.append(other)
    return found


def _quantity(listing: Listing, row: Row) -> int:
    """Return the pieces of an order; 0 where there are none or the cell is wrong."""
    if listing.value(row, "quantity") is None:
        if "quantity" in listing.columns:
            listing.assume(row, "quantity", "no quantity; 1 piece taken")
        return 1
    number = _whole(listing, row, "quantity")
    if number is None:
        return 0
    if number == 0:
        listing.assume(row, "quantity", "nothing to make; the order is left out")
    elif not 0 < number <= MOST_PIECES:
        bounds = f"must be 0 to {MOST_PIECES} pieces"
        listing.complain(row, "quantity", f"{bounds} (got {number})")
        return 0
    return number


def _priorities(listing: Listing, *, low_first: bool) -> list[int]:
    """Return how urgent each row is; those without a priority go after all that have one."""
    sign = -1 if low_first else 1
    found = [_priority(listing, row) for row in listing.rows]
    given = [sign * number for number in found if number is not None]
    last = min(0, min(given, default=1) - 1)
    for row, number in zip(listing.rows, found, strict=True):
        if number is None and given:
            listing.assume(row, "priority", "no priority; after all orders that have one")
    return [last if number is None else sign * number for number in found]


def _priority(listing: Listing, row: Row) -> int | None:
    """Return the priority in the cell; None where there is none, or a wrong one is told."""
    value = listing.value(row, "priority")
    if value is None:
        return None
    try:
        number = read_number(value, listing.mark)
    except InvalidInput as error:
        hint = "--map priority= leaves the column out"
        listing.complain(row, "priority", f"{error}; {hint}")
        return None
    if not number.is_integer():
        listing.complain(row, "priority", f"must be a whole number (got {number:g})")
    return int(number)


def _whole(listing: Listing, row: Row, meaning: str) -> int | None:
    number = listing.number(row, meaning)
    if number is not None and not number.is_integer():
        listing.complain(row, meaning, f"must be a whole number (got {number:g})")
        return None
    return None if number is None else int(number)


def _order_of_dates(listing: Listing) -> dates.Order | None:
    """Return what comes first in dates with slashes; tell where the list does not show it."""
    cells = [
        (row, key, text)
        for row in listing.rows
        for key in ("due", "release")
        if isinstance(listing.value(row, key), str)
        and has_slashes(text := listing.text(row, key))
    ]
    shown = orders_shown(text for _, _, text in cells)
    if len(shown) == 1:
        return next(iter(shown))
    for row, key, text in cells[:1]:
        why = "others here show both" if shown else "no other shows which"
        message = (
            f"{text!r} may be day/month or month/day, and {why}; "
            "--dates dmy or --dates mdy says it"
        )
        listing.complain(row, key, message)
    return None


def _date(listing: Listing, row: Row, key: str, way: dates.Order | None) -> Moment | None:
    value = listing.value(row, key)
    if value is None:
        return None
    if way is None and isinstance(value, str) and has_slashes(value):
        return None  # Told once, for the list as a whole.
    try:
        found = read_date(value, way)
    except InvalidInput as error:
        listing.complain(row, key, str(error))
        return None
    if is_serial(value):
        said = f"{found.when:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        listing.assume(row, key, f"{value} read as a date of Excel, {said}")
    return found
