"""This module holds the record of a run: totals that are always kept, and the log on request.

Processes write it and never read it (KERNEL 30). KPIs read the totals or the log; both agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


class MachineTotals:
    """What one machine has done since the start: exact sums, part of the snapshot."""

    __slots__ = ("counts", "energy", "time", "work")

    def __init__(self) -> None:
        self.time = [0.0] * len(MODES)
        """Seconds per mode, in the order of MODES."""
        self.energy = [0.0] * len(MODES)
        """Joule per mode."""
        self.counts: dict[str, float] = {}
        """good, scrap, failures, tool changes, edges used, trips, ... by name."""
        self.work = 0.0
        """Nominal work done, pieces in hand counted pro rata [s]."""

    def count(self, what: str, by: float = 1.0) -> None:
        """Add *by* to the counter *what*."""
        self.counts[what] = self.counts.get(what, 0.0) + by

    def copy(self) -> MachineTotals:
        """Return the same totals, to be closed or kept while the original goes on."""
        twin = MachineTotals()
        twin.time = self.time[:]
        twin.energy = self.energy[:]
        twin.counts = dict(self.counts)
        twin.work = self.work
        return twin


class FlowTotals:
    """How many pieces were in one place, integrated exactly: Little's law on both sides."""

    __slots__ = ("area", "entered", "last", "left", "present", "sojourn")

    def __init__(self) -> None:
        self.present = 0
        self.last = 0.0
        self.area = 0.0
        """Integral of the number present [piece s]."""
        self.entered = 0
        self.left = 0
        self.sojourn = 0.0
        """Sum of the times that the pieces which left had spent here [s]."""

    def enter(self, now: float) -> None:
        """Count one piece in."""
        self.area += self.present * (now - self.last)
        self.last = now
        self.present += 1
        self.entered += 1

    def leave(self, now: float, since: float) -> None:
        """Count one piece out that has been here *since*."""
        self.area += self.present * (now - self.last)
        self.last = now
        self.present -= 1
        self.left += 1
        self.sojourn += now - since

    def copy(self) -> FlowTotals:
        """Return the same totals."""
        twin = FlowTotals()
        twin.present, twin.last, twin.area = self.present, self.last, self.area
        twin.entered, twin.left, twin.sojourn = self.entered, self.left, self.sojourn
        return twin


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
    part: str
    kind: str
    detail: str


class PieceRow(NamedTuple):
    """A step in the life of one piece: released, queued, started, finished, left, scrapped."""

    time: float
    job: str
    kind: str
    place: str
    operation: str


@dataclass(slots=True)
class Log:
    """Everything that happened, in order; kept only when asked for."""

    states: list[StateRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    pieces: list[PieceRow] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)
    """Per machine the physics at every load change, so that any instant can be evaluated
    exactly: a `simtwin.shop.reading.History`."""


@dataclass(slots=True)
class Record:
    """Totals per machine and place, and the log."""

    machines: dict[str, MachineTotals]
    places: dict[str, FlowTotals]
    log: Log | None = None
    plant: FlowTotals = field(default_factory=FlowTotals)
    """All pieces in the shop, from release to the last operation."""
