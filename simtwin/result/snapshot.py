"""This module holds the snapshot: everything needed to go on from an instant, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtwin.result.record import FlowTotals, MachineTotals, Opening

SCHEMA_VERSION = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The shop at one instant. It keeps anchors, so taking it changes nothing (KERNEL 16).

    States are frozen values by the name of their entity; nothing in here is ever changed.
    `simtwin.shop.capture` turns it into JSON and back, with its public and its sealed part.
    """

    time: float
    """[s]"""
    plant: str
    seed: int
    replication: int
    states: dict[str, Any]
    alarms: dict[str, Any]
    """Machine -> the one live alarm of its hold: instant [s], rank, part, guard."""
    counts: dict[str, int]
    """Draws taken from each stream."""
    machine_totals: dict[str, MachineTotals]
    place_totals: dict[str, FlowTotals]
    plant_totals: FlowTotals
    opening: Opening | None = None
    """What the key figures count from; None: the start of the run."""
    schema_version: int = SCHEMA_VERSION
    model: Any = field(default=None, compare=False, repr=False)
    """The plant model that it was taken of; a file of it has the name and the digest only."""
    digest: str = field(default="", compare=False, repr=False)
    """Of that plant, as the file that it was read from tells it."""
    start: str = field(default="", compare=False)
    """The date and time of second 0, on which calendars hang; empty where nobody said."""
