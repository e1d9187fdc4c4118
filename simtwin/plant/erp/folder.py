"""This module holds the folder that exported lists become: plant, scenario, long lists."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput, Problem
from simtwin.plant.document import MAX_BYTES
from simtwin.plant.erp.findings import gathered
from simtwin.plant.erp.writing import orders_csv, plant_text, scenario_text

if TYPE_CHECKING:
    from datetime import datetime

    from simtwin.plant.erp.findings import Findings
    from simtwin.plant.erp.listing import Listing
    from simtwin.plant.erp.machines import Hall
    from simtwin.plant.erp.orders import Order
    from simtwin.plant.erp.routings import Operation

INLINE = 200
"""Orders that stand in the scenario itself; more stand in a CSV file beside it."""
PLANT, SCENARIO, LIST = "plant.yaml", "scenario.yaml", "order_list.csv"
"""What the files are called."""

NO_HOURS = "no working times; machines work round the clock until the plant has a calendar"
"""What is assumed of any list; the plant itself says it as long as it holds."""

_ADVICE = re.compile(r";? --[a-z].*")


def files_of(
    name: str,
    hall: Hall,
    routings: dict[str, tuple[Operation, ...]],
    start: datetime | None,
    orders: list[Order],
    listings: tuple[Listing, Listing],
    schemas: str,
) -> dict[str, str]:
    """Return the text of each file: plant, scenario, and the orders where they are many."""
    work, asked = listings
    findings = work.findings
    many = len(orders) > INLINE
    files = {
        PLANT: plant_text(
            name,
            hall.members,
            routings,
            schema=f"{schemas}/plant.schema.json",
            head=_head(work, "Machines and routings"),
            assumptions=_assumptions(findings, asked.table.name, of=False),
            remarks=_remarks(work, "machine", "setup", "run"),
        ),
        SCENARIO: scenario_text(
            name,
            PLANT,
            start,
            LIST if many else orders,
            schema=f"{schemas}/scenario.schema.json",
            head=_head(asked, "Orders"),
            assumptions=_assumptions(findings, asked.table.name, of=True),
            remarks=_remarks(asked, "part", "quantity", "due", "release"),
        ),
    }
    if many:
        files[LIST] = orders_csv(orders)
    size = len(files[PLANT].encode())
    if size > MAX_BYTES:
        raise InvalidInput(
            f"{work.table.name}: the plant would be a file of {size / 1e6:.1f} MB, and "
            f"{MAX_BYTES / 1e6:.0f} MB are read at most; take fewer parts"
        )
    return files


def _head(listing: Listing, what: str) -> list[str]:
    """Return the first words of a file: where it comes from."""
    return [f"{what} from {_short(listing.table.name)}, by simtwin new."]


def _assumptions(findings: Findings, orders: str, *, of: bool) -> list[str]:
    """Return what was assumed or is doubtful in the list *orders*, or in all others."""
    kinds = (("", findings.assumed), ("doubtful: ", findings.doubtful))
    return [
        before + line
        for before, remarks in kinds
        for line in gathered(
            [_told(r) for r in remarks if (r.file == orders) is of and r.message != NO_HOURS]
        )
    ]


def _told(remark: Problem) -> Problem:
    """Return *remark* as a file says it, without what to do about it on the way in."""
    return replace(remark, file=_short(remark.file), message=_ADVICE.sub("", remark.message))


def _short(file: str) -> str:
    """Return the name of *file* without its folder."""
    return file.replace("\\", "/").rpartition("/")[2]


def _remarks(listing: Listing, *meanings: str) -> dict[int, list[str]]:
    """Return what was assumed or is doubtful about cells of *meanings*, by line."""
    headings = {listing.columns[m].heading for m in meanings if m in listing.columns}
    found: dict[int, list[str]] = {}
    for remark in (*_of(listing), *listing.findings.doubtful):
        own = remark.file == listing.table.name and remark.key in headings
        if own and remark.line != listing.header.line:
            # What a person may do about it belongs to the command, not into the file.
            said = _ADVICE.sub("", remark.message)
            found.setdefault(remark.line, []).append(said)
    return found


def _of(listing: Listing) -> list[Problem]:
    return [r for r in listing.findings.assumed if r.file == listing.table.name]
