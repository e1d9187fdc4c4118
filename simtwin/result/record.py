"""This module holds the record of a run: totals that are always kept, and the log on request.

Processes write it and never read it (KERNEL 30). KPIs read the totals or the log; both agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from simtwin.names import natural

if TYPE_CHECKING:
    from collections.abc import Iterator

MODES = (
    "down",
    "maintenance",
    "off shift",
    "thermal hold",
    "waiting for crew",
    "tool change",
    "setup",
    "producing",
    "blocked",
    "starved",
    "idle",
)
"""The states of a machine, one at a time, by rank (KERNEL 27)."""

INDEX = {mode: index for index, mode in enumerate(MODES)}

STOPPED = "stopped by operator"
"""Why a machine is down that an operator has stopped."""


AWAITED = {"unset": "wait for setter", "pending": "wait for planned work"}
"""Counters [s] of waits for a crew that are for no repair, by the phase of the machine."""


class MachineTotals:
    """What one machine has done since the start: exact sums, part of the snapshot."""

    FIELDS: ClassVar = ("counts", "energy", "time", "work")
    """What a saved run keeps of it."""
    __slots__ = FIELDS

    def __init__(self) -> None:
        self.time = [0.0] * len(MODES)
        """Seconds per mode, in the order of MODES."""
        self.energy = [0.0] * len(MODES)
        """Joule per mode."""
        self.counts: dict[str, float] = {}
        """good, scrap, failures, tool changes, edges used, trips, ... by name."""
        self.work = 0.0
        """Nominal work done, pieces in hand counted pro rata [s]."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MachineTotals) and (
            self.time == other.time
            and self.energy == other.energy
            and self.counts == other.counts
            and self.work == other.work
        )

    __hash__ = None  # type: ignore[assignment]

    def count(self, what: str, by: float = 1.0) -> None:
        """Add *by* to the counter *what*."""
        self.counts[what] = self.counts.get(what, 0.0) + by

    def copy(self) -> MachineTotals:
        """Return the same totals, to be closed or kept while the original goes on."""
        twin = MachineTotals.__new__(MachineTotals)  # All four are given here.
        twin.time = self.time[:]
        twin.energy = self.energy[:]
        twin.counts = self.counts.copy()
        twin.work = self.work
        return twin


class FlowTotals:
    """How many pieces were in one place, integrated exactly: Little's law on both sides."""

    FIELDS: ClassVar = ("area", "entered", "left", "sojourn")
    """What a saved run keeps of it."""
    __slots__ = FIELDS

    def __init__(self) -> None:
        self.area = 0.0
        """Integral of the number present [piece s], once `closed`: before that, what those
        present will have been here since is taken off."""
        self.entered = 0
        self.left = 0
        self.sojourn = 0.0
        """Sum of the times that the pieces which left had spent here [s]."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FlowTotals) and self.row == other.row

    __hash__ = None  # type: ignore[assignment]

    @property
    def row(self) -> tuple[float, int, int, float]:
        """Area, entered, left and sojourn, as a snapshot keeps them."""
        return self.area, self.entered, self.left, self.sojourn

    @property
    def present(self) -> int:
        """Pieces that are here."""
        return self.entered - self.left

    def enter(self, now: float) -> None:
        """Count one piece in."""
        self.area -= now
        self.entered += 1

    def leave(self, now: float, since: float) -> None:
        """Count one piece out that has been here *since*."""
        self.area += now
        self.left += 1
        self.sojourn += now - since

    def closed(self, now: float) -> FlowTotals:
        """Return the totals as they stand at *now*.

        >>> totals = FlowTotals()
        >>> totals.enter(10.0), totals.enter(20.0), totals.leave(25.0, since=10.0)
        (None, None, None)
        >>> totals.closed(30.0).area  # 15 of the first and 10 of the second
        25.0
        """
        twin = self.copy()
        twin.area += twin.present * now
        return twin

    def copy(self) -> FlowTotals:
        """Return the same totals."""
        twin = FlowTotals()
        twin.area, twin.sojourn = self.area, self.sojourn
        twin.entered, twin.left = self.entered, self.left
        return twin


class Opening(NamedTuple):
    """All totals as they stood when the window of a run began, open holds included."""

    at: float
    """When it began [s]."""
    machines: dict[str, MachineTotals]
    places: dict[str, FlowTotals]
    plant: FlowTotals


class StateRow(NamedTuple):
    """A stretch that one machine spent in one mode."""

    machine: str
    mode: str
    start: float
    end: float
    cause: str
    job: str
    operation: str


class EventRow(NamedTuple):
    """Something that happened at one instant."""

    time: float
    machine: str
    """Empty of a rush order, which is of none."""
    part: str
    kind: str
    detail: str


class PieceRow(NamedTuple):
    """A step in the life of one piece: released, queued, started, finished, sent back, done."""

    time: float
    job: str
    kind: str
    place: str
    operation: str


class LoadRow(NamedTuple):
    """A stretch of one load on one machine, and what it did to bearings and edge."""

    machine: str
    start: float
    end: float
    kind: str
    """cut, run-up, ready or standby."""
    feed: float
    """Overrides: 1 is 100 %."""
    spindle: float
    coolant: bool
    edge: str
    """In the spindle, or empty."""
    temperatures: tuple[float, ...]
    """Per node, midway between begin and end of the load [degC]."""
    bearings: tuple[float, ...]
    """Growth of the damage of each bearing [-]."""
    sharp: tuple[float, ...] | None
    """The same with a tool without wear; None: the same."""
    wear: float
    """Growth of the true damage of the edge [-]."""


FULL = 512
"""Values in a list that grows no more: the next one is begun."""


class Roll:
    """Bare values one behind the other, in lists of some hundred.

    One list of all of them would be copied again and again as it grows, from memory that was
    not touched lately. Who has values writes them to `last`, and asks for another list first
    where that is full.
    """

    __slots__ = ("_full", "last")

    def __init__(self) -> None:
        self._full: list[list[Any]] = []
        self.last: list[Any] = []
        """Where the next values go."""

    def turn(self) -> list[Any]:
        """Begin another list, and return it."""
        self._full.append(self.last)
        self.last = []
        return self.last

    def take(self) -> Iterator[Any]:
        """Return all values in their order; none is left."""
        full, last = self._full, self.last
        self._full, self.last = [], []
        return chain.from_iterable([*full, last])

    @property
    def kept(self) -> list[list[Any]]:
        """The lists."""
        return [*self._full, self.last]


class Log:
    """Everything that happened, in order; kept only when asked for.

    What a compiled piece did is kept as the state it began with, and unfolded into rows when
    somebody reads it. Steps in the lives of pieces, and stretches in one mode, are kept as bare
    values until then.
    """

    __slots__ = (
        "_merged", "_operations", "_pieces", "_states", "_stretches", "_told", "history",
        "own_events",
    )  # fmt: skip

    def __init__(
        self,
        states: list[StateRow] | None = None,
        events: list[EventRow] | None = None,
        pieces: list[PieceRow] | None = None,
        history: dict[str, Any] | None = None,
        operations: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._states: list[StateRow] = [] if states is None else states
        self._stretches = Roll()
        """Stretches that nobody has read yet, the seven values of `spend` of each."""
        self.own_events: list[EventRow] = [] if events is None else events
        """Written as they happened, hold by hold."""
        self._operations = {} if operations is None else operations
        """What the operations of each product are called."""
        self._pieces: list[PieceRow] = [] if pieces is None else pieces
        self._told = Roll()
        """Steps that nobody has read yet, the six values of `tell` of each."""
        self.history: dict[str, Any] = {} if history is None else history
        """Per machine the physics at every load change, so that any instant can be evaluated
        exactly: a `simtwin.shop.reading.History`."""
        self._merged: dict[str, tuple[tuple[int, int], list[Any]]] = {}

    def __eq__(self, other: object) -> bool:
        """Whether both tell the same, however it is kept."""
        return (
            isinstance(other, Log)
            and self.states == other.states
            and self.events == other.events
            and self.pieces == other.pieces
            and self.history == other.history
        )

    __hash__ = None  # type: ignore[assignment]

    def tell(
        self, now: float, job: str, kind: str, place: str, product: str = "", operation: int = 0
    ) -> None:
        """Note a step in the life of a piece, in an operation of *product* if it is in one."""
        told = self._told.last
        if len(told) >= FULL:
            told = self._told.turn()
        told += (now, job, kind, place, product, operation)

    def spend(
        self, machine: str, mode: str, start: float, end: float, cause: str, job: str, op: str
    ) -> None:
        """Note a stretch that a machine has spent in one mode."""
        stretches = self._stretches.last
        if len(stretches) >= FULL:
            stretches = self._stretches.turn()
        stretches += (machine, mode, start, end, cause, job, op)

    @property
    def own_states(self) -> list[StateRow]:
        """Stretches written as they happened, hold by hold."""
        values = self._stretches.take()
        self._states.extend(map(StateRow, *[values] * 7))
        return self._states

    @property
    def kept(self) -> tuple[list[Any], ...]:
        """What is kept now beside the histories: rows, and values that nobody has read yet."""
        unread = self._stretches.kept, self._told.kept
        return self._states, self.own_events, self._pieces, *unread

    @property
    def pieces(self) -> list[PieceRow]:
        """Steps in the lives of pieces, in the order in which they happened."""
        values = self._told.take()
        self._pieces.extend(
            PieceRow(now, job, kind, place, self._name(product, operation))
            for now, job, kind, place, product, operation in zip(*[values] * 6, strict=True)
        )
        return self._pieces

    def _name(self, product: str, operation: int) -> str:
        return self._operations[product][operation] if product else ""

    @property
    def states(self) -> list[StateRow]:
        """Stretches that machines spent in one mode, in order of their ends, then of names."""
        return self._rows("states", self.own_states, 3, 0)

    @property
    def events(self) -> list[EventRow]:
        """What happened at one instant, in order of time, then of names."""
        return self._rows("events", self.own_events, 0, 1)

    def _rows(self, kind: str, own: list[Any], time: int, machine: int) -> list[Any]:
        """Return *own* rows and those of compiled pieces, ordered by the two columns.

        At one instant a machine ends the hold of a piece before it does what it does by itself:
        else it had left the program before.
        """
        unfolded = [row for one in self.history.values() for row in getattr(one, kind)]
        size = len(own), len(unfolded)
        merged = self._merged.get(kind)
        if merged is None or merged[0] != size:
            names = ("", *sorted(self.history, key=natural))  # Some events are of no machine.
            place = {name: i for i, name in enumerate(names)}
            rows = [*unfolded, *own]
            rows.sort(key=lambda row: (row[time], place[row[machine]]))
            merged = self._merged[kind] = size, rows
        return merged[1]


@dataclass(slots=True)
class Record:
    """Totals per machine and place, and the log."""

    machines: dict[str, MachineTotals]
    places: dict[str, FlowTotals]
    log: Log | None = None
    plant: FlowTotals = field(default_factory=FlowTotals)
    """All pieces in the shop, from release to the last operation."""
    opening: Opening | None = None
    """What the key figures count from; None: the start of the run."""
