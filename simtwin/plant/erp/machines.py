"""This module holds the machines that exported lists name: alternatives, groups, slips."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.plant.erp.findings import Findings
from simtwin.plant.erp.headings import MACHINES
from simtwin.plant.erp.listing import read_listing
from simtwin.plant.erp.names import cleaned, key_of, slips, spellings, twins
from simtwin.plant.table import is_excel, read_table
from simtwin.plant.wording import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.table import Row

_STEM = re.compile(r"(.*[^\W\d].*?)\d+")
_APART = re.compile(r"\s*[|;,]\s*|\s+(?:oder|or)\s+", re.IGNORECASE)


class Member(NamedTuple):
    """One machine and the group whose queue it shares; None where it stands alone."""

    name: str
    group: str | None


@dataclass(slots=True)
class Hall:
    """The machines and groups of a plant, and how the cells of a list name them."""

    members: list[Member] = field(default_factory=list)
    called: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Text of a cell -> machines or groups, alternatives."""

    def stations(self, text: str) -> tuple[str, ...]:
        """Return the machines or groups that a cell with *text* names."""
        return self.called.get(text, ())

    def machines(self) -> Counter[str]:
        """Return how many machines each queue has."""
        return Counter(member.group or member.name for member in self.members)

    def keep(self, stations: set[str]) -> list[str]:
        """Leave only the machines of *stations*; return those that went."""
        gone = [m.name for m in self.members if (m.group or m.name) not in stations]
        self.members = [m for m in self.members if (m.group or m.name) in stations]
        return gone


def read_hall(
    listing: Listing,
    cells: list[tuple[Row, str]],
    *,
    known: Mapping[str, str | None] | None,
    counts: Mapping[str, int],
    renames: Mapping[str, str],
) -> Hall:
    """Return the hall of the machines that *cells* name.

    *known* are all machines there are, each with its group, where somebody has listed them;
    *counts* make groups of so many; *renames* put one name in the place of another.
    """
    groups = {group for group in (known or {}).values() if group}
    exact = {*(known or ()), *groups, *counts}
    parts = {text: _split(text, exact) for _, text in cells if text}
    _say_alternatives(listing, cells, parts)
    parts = {
        text: tuple(dict.fromkeys(renames.get(name, name) for name in names))
        for text, names in parts.items()
    }
    for name in renames:
        if not any(name in _split(text, exact) for text in parts):
            raise InvalidInput(f"--rename {name}=...: no machine of the list is called so")
    told = Counter(name for _, text in cells for name in parts.get(text, ()))
    spelt = _spelt(told, exact)
    _check(listing, cells, parts, spelt, exact if known else None)
    hall = Hall()
    for text, names in parts.items():
        stations = (_station(cleaned(spelt[name]), known or {}) for name in names)
        hall.called[text] = tuple(dict.fromkeys(stations))
    used = dict.fromkeys(name for names in hall.called.values() for name in names)
    hall.members = _members(used, known or {}, counts)
    return hall


def read_known(machines: str | None, findings: Findings) -> dict[str, str | None] | None:
    """Return all machines there are and their groups; None where nobody has listed them.

    *machines* are names with commas, or a file with a column of machines and perhaps others of
    groups and counts.

    >>> read_known("mill-1, saw", Findings())
    {'mill-1': None, 'saw': None}
    """
    if machines is None:
        return None
    if not is_excel(machines) and not machines.lower().endswith((".csv", ".txt", ".tsv")):
        names = [cleaned(name) for name in machines.split(",")]
        return {name: None for name in names if name}
    listing = read_listing(read_table(machines), MACHINES, ("machine",), {}, findings)
    known: dict[str, str | None] = {}
    for row in listing.rows:
        name = cleaned(listing.text(row, "machine"))
        number = listing.number(row, "count")
        group = cleaned(listing.text(row, "group")) or None
        if not name:
            listing.complain(row, "machine", "no machine")
        elif number is None or number == 1:
            known[name] = group
        elif group is not None or not number.is_integer() or number < 1:
            bounds = "must be a whole number above 0, and 1 for machines of a group"
            listing.complain(row, "count", f"{bounds} (got {number:g})")
        else:
            known |= {f"{name}-{k}": name for k in range(1, int(number) + 1)}
    findings.raise_problems()
    return known


def _split(text: str, known: set[str]) -> tuple[str, ...]:
    """Return the alternatives in a cell: ``mill-1|mill-2``, ``mill-1/mill-2``.

    A stroke before or after a bare number belongs to a name, as in ``CNC/3``.

    Numbers after a name with a number have that name.

    >>> _split("Drehbank 1 oder 2", set())
    ('Drehbank 1', 'Drehbank 2')
    >>> _split("mill-1|mill-2", set()), _split("CNC/3", set()), _split("4711/4712", set())
    (('mill-1', 'mill-2'), ('CNC/3',), ('4711', '4712'))
    """
    if text in known:
        return (text,)
    pieces = [piece for piece in _APART.split(text) if piece]
    stem = _STEM.fullmatch(pieces[0]) if pieces else None
    if stem is not None:
        pieces = [stem[1] + piece if piece.isdigit() else piece for piece in pieces]
    if len(pieces) == 1 and "/" in text:
        strokes = [piece.strip() for piece in text.split("/")]
        numbers = sum(piece.isdigit() for piece in strokes)
        if all(strokes) and numbers in (0, len(strokes)):
            pieces = strokes
    return tuple(pieces) or (text,)


def _say_alternatives(
    listing: Listing, cells: list[tuple[Row, str]], parts: Mapping[str, tuple[str, ...]]
) -> None:
    for row, text in cells:
        added = any(name not in text for name in parts.get(text, ()))
        if ("/" in text or added) and len(parts[text]) > 1:
            message = f"{text!r} read as alternatives, {' or '.join(parts[text])}"
            listing.assume(row, "machine", message)


def _spelt(told: Counter[str], exact: set[str]) -> dict[str, str]:
    """Return the spelling of each name: that of the list of machines, or the most frequent."""
    listed = {key_of(name): name for name in exact}
    return {
        name: listed.get(key_of(name), best)
        for name, best in spellings(told.elements()).items()
    }


def _check(
    listing: Listing,
    cells: list[tuple[Row, str]],
    parts: Mapping[str, tuple[str, ...]],
    spelt: Mapping[str, str],
    valid: set[str] | None,
) -> None:
    """Tell names that are not known, spelt in two ways, or probably a slip."""
    counts = Counter(spelt[name] for _, text in cells for name in parts.get(text, ()))
    likely = slips(counts) if valid is None else {}
    alike = twins(counts) if valid is None else {}
    strangers = {
        name: unknown("machine", name, sorted(valid))
        for name in counts
        if valid is not None and name not in valid
    }
    for row, text in cells:
        for name in parts.get(text, ()):
            right = spelt[name]
            if right in strangers:
                listing.complain(row, "machine", strangers[right])
            elif right != name:
                listing.assume(row, "machine", f"{name!r} taken for {right!r}")
            if right in likely:
                listing.doubt(row, "machine", _slip(right, likely[right], counts))
            elif right in alike and alike[right] not in likely:
                listing.doubt(row, "machine", _twin(right, alike[right], counts))


def _slip(name: str, meant: str, counts: Counter[str]) -> str:
    often = "one row only" if counts[name] == 1 else f"{counts[name]} rows"
    return (
        f"{name!r} stands in {often}; did you mean {meant!r} ({_rows(counts[meant])})? "
        f"--rename '{name}={meant}' says so"
    )


def _twin(name: str, other: str, counts: Counter[str]) -> str:
    return (
        f"{name!r} ({_rows(counts[name])}) is one letter from {other!r} "
        f"({_rows(counts[other])}) and taken as another machine; --rename '{name}={other}' "
        "makes them one, or the other way round"
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _station(name: str, known: Mapping[str, str | None]) -> str:
    """Return the queue of the machine *name*: that of its group, where it has one."""
    return known.get(name) or name


def _members(
    used: Mapping[str, None], known: Mapping[str, str | None], counts: Mapping[str, int]
) -> list[Member]:
    for name in counts:
        if name not in used:
            raise InvalidInput(f"--count {name}=...: {unknown('machine', name, used)}")
    members: list[Member] = []
    for station in used:
        grouped = [name for name, group in known.items() if group == station]
        if station in counts:
            grouped = [f"{station}-{k}" for k in range(1, counts[station] + 1)]
        members += [Member(name, station) for name in grouped] or [Member(station, None)]
    names = Counter(member.name for member in members) + Counter(
        {member.group for member in members if member.group}
    )
    for name, count in names.items():
        if count > 1:
            raise InvalidInput(f"{name!r} would be the name of two machines or groups")
    return members
