"""This module holds the damage ledger: what wore bearings and edges, load by load."""

from __future__ import annotations

from bisect import bisect_right
from math import floor, fsum
from typing import TYPE_CHECKING, NamedTuple

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.result import machine_states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from simtwin.result.record import LoadRow, Log, StateRow
    from simtwin.result.result import Result

BAND = 5
"""Width of a band of temperature [K]."""


class Account(NamedTuple):
    """One line of the ledger: under which circumstances a part wore."""

    machine: str
    part: str
    product: str
    operation: str
    program: str
    tool: str
    band: str
    """Of the bearing's node, midway through each load [degC]; empty for an edge."""
    cause: str
    """normal, run-up, idle, or what was not as planned: overrides, coolant off."""


class Entry(NamedTuple):
    """What one account has seen."""

    account: Account
    seconds: float
    damage: float
    """Lives L10 of a bearing; of an edge 1 is the wear limit [-]."""
    from_tool_wear: float
    """Of the damage, what the cutting force of a worn tool added [-]."""


def damage_ledger(result: Result, log: Log) -> list[Entry]:
    """Return what wore each bearing and edge within the window of *result*, largest first.

    The entries of one part sum to the growth of its damage; parts that came before or after a
    replacement stand under the name of their place. A run that goes on from a snapshot tells
    what it has worn since.
    """
    stories, begin = (
        _Stories(result, log),
        max(result.window.start, machine_states.began(result, log)),
    )
    sums: dict[Account, list[tuple[float, float, float]]] = {}
    for spec in result.plant.machines:
        history = log.history[spec.name]
        for load in history.loads(begin, result.end):
            for account, damage, added in _accounts(spec, load, stories):
                line = load.end - load.start, damage, added
                sums.setdefault(account, []).append(line)
    entries = []
    for account, lines in sums.items():
        seconds, damages, additions = zip(*lines, strict=True)
        entries.append(Entry(account, fsum(seconds), fsum(damages), fsum(additions)))
    entries.sort(key=lambda e: (natural(e.account.machine), natural(e.account.part), -e.damage))
    return entries


def part_damage(result: Result, log: Log, part: str) -> float:
    """Return by how much the damage of *part* has grown within the window of *result* [-].

    *part* is called as the log does: ``mill-1/front bearing``, ``mill-1/T4#2``, or
    ``mill-1/spindle`` for all its bearings together.
    """
    machine, _, name = part.rpartition("/")
    spec = {spec.name: spec for spec in result.plant.machines}.get(machine)
    known = () if spec is None else _parts(spec)
    if part not in known:
        listed = known or [name for one in result.plant.machines for name in _parts(one)]
        raise InvalidInput(
            f"damage: no part that wears is called {part!r}; there are: {', '.join(listed)}"
        )
    loads = log.history[machine].loads(
        max(result.window.start, machine_states.began(result, log)), result.end
    )
    if name == "spindle":
        return fsum(damage for load in loads for damage in load.bearings)
    assert spec is not None, "a known part has a machine"
    names = [_bearing(spec, bearing) for bearing in spec.bearings]
    if part in names:
        place = names.index(part)
        return fsum(load.bearings[place] for load in loads)
    return fsum(load.wear for load in loads if load.edge == part)


def columns_and_rows(result: Result, log: Log) -> tuple[tuple[str, ...], Any]:
    """Return the ledger as a table."""
    columns = (
        "machine", "part", "product", "operation", "program", "tool", "band_c", "cause",
        "seconds", "damage", "from_tool_wear",
    )  # fmt: skip
    return columns, [
        (*e.account, e.seconds, e.damage, e.from_tool_wear) for e in damage_ledger(result, log)
    ]


def band_of(temperature: float) -> str:
    """Return the band of 5 K in which a *temperature* [degC] lies.

    >>> band_of(23.7), band_of(25.0), band_of(-0.1)
    ('20 to 25', '25 to 30', '-5 to 0')
    """
    low = BAND * floor(temperature / BAND)
    return f"{low} to {low + BAND}"


class _Stories:
    """Which piece was in a machine, and what was done to it, at any instant."""

    def __init__(self, result: Result, log: Log) -> None:
        self.orders = {order.name: order.product for order in result.scenario.orders}
        self.orders |= {source.name: source.product for source in result.plant.sources}
        self.programs = {
            (product.name, operation.name): operation.program or operation.name
            for product in result.plant.products
            for operation in product.operations
        }
        self.rows: dict[str, list[StateRow]] = {}
        for row in machine_states.state_rows(result, log):
            self.rows.setdefault(row.machine, []).append(row)
        self.starts = {name: [row.start for row in rows] for name, rows in self.rows.items()}

    def at(self, machine: str, time: float) -> tuple[str, str, str]:
        """Return product, operation and program of the piece in *machine* at *time*."""
        row = self.rows[machine][bisect_right(self.starts[machine], time) - 1]
        order = row.job if row.job in self.orders else row.job.rpartition("/")[0]
        product = self.orders.get(order, "")
        return product, row.operation, self.programs.get((product, row.operation), "")


def _accounts(
    spec: Any, load: LoadRow, stories: _Stories
) -> Iterator[tuple[Account, float, float]]:
    """Yield the accounts of one load, damage and what of it a worn tool added."""
    story = stories.at(load.machine, load.start)
    tool = load.edge.rpartition("/")[2].rpartition("#")[0]
    cause = cause_of(load)
    for place, bearing in enumerate(spec.bearings):
        damage = load.bearings[place]
        node = spec.spindle.network.nodes.index(bearing.name)
        band = band_of(load.temperatures[node])
        account = Account(load.machine, _bearing(spec, bearing), *story, tool, band, cause)
        yield account, damage, 0.0 if load.sharp is None else damage - load.sharp[place]
    if load.wear > 0.0:
        yield Account(load.machine, load.edge, *story, tool, "", cause), load.wear, 0.0


def cause_of(load: LoadRow) -> str:
    """Return in words what was not as planned under *load*; "normal" when all was."""
    words = [
        word
        for word, applies in (
            ("run-up", load.kind == "run-up"),
            ("idle", load.kind not in ("run-up", "cut")),
            ("feed override", load.feed != 1.0),
            ("spindle override", load.spindle != 1.0),
            ("coolant off", not load.coolant),
        )
        if applies
    ]
    return ", ".join(words) or "normal"


def _parts(spec: Any) -> list[str]:
    bearings = [_bearing(spec, bearing) for bearing in spec.bearings]
    edges = [
        f"{spec.name}/{slot.tool}#{number}"
        for slot in spec.magazine
        for number in range(1, slot.edges + 1)
    ]
    return [*([f"{spec.name}/spindle"] if bearings else []), *bearings, *edges]


def _bearing(spec: Any, bearing: Any) -> str:
    return f"{spec.name}/{bearing.name} bearing"
