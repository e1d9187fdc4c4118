"""This module holds the batch as a constant: how many pieces a machine takes at once, and when.

A furnace, a washer or a drum works on several pieces together: one setup, one duration for the
whole batch. Source: W. J. Hopp & M. L. Spearman, "Factory Physics", ch. 9 (parallel process
batches); M. F. Neuts, "A general class of bulk queues with Poisson input", Ann. Math. Stat. 38,
1967, doi 10.1214/aoms/1177698869 (a batch begins with a least number, and takes a most).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simtwin.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.plant.model import MachineSpec, StationSpec

Same = Literal["operation", "family", "any"]
"""Which pieces go together: of one operation of one product, of one setup family, or all."""


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """How the machines of a station take pieces together.

    >>> BatchSpec(8, least=4, wait=1800.0).words()
    'batches of 4 to 8 of one operation, of fewer after a wait of 30 min'
    """

    most: int
    """Pieces that go in at once."""
    least: int = 1
    """Pieces with which a batch begins; 1: with whatever is there."""
    wait: float | None = None
    """After so long a wait of its oldest piece it begins with fewer [s]; None: it waits on."""
    same: Same = "operation"

    def words(self) -> str:
        """Return the same in words."""
        count = f"{self.least} to {self.most}" if self.least < self.most else f"{self.most}"
        alike = {"operation": "of one operation", "family": "of one setup family"}
        what = alike.get(self.same, "of whatever waits")
        after = "" if self.wait is None else f", of fewer after a wait of {clock(self.wait)}"
        return f"batches of {count} {what}{after}"


def refused(station: StationSpec, machines: Iterable[MachineSpec]) -> tuple[str, str] | None:
    """Return the key of what does not go with the batches of *station*, and why not.

    >>> from simtwin.plant.model import StationSpec
    >>> oven = StationSpec("oven", ("oven",), kanban=3, batch=BatchSpec(4))
    >>> refused(oven, ())
    ('kanban', 'cards and batches do not go together: give the station a buffer')
    """
    batch = station.batch
    if batch is None:
        return None
    if batch.least > batch.most:
        return "batch", f"least must be at most 'most', {batch.most} (got {batch.least})"
    if batch.wait is not None and batch.least == 1:
        return "batch", "wait_min needs a least above 1: a batch of 1 never waits"
    if station.kanban is not None:
        return "kanban", "cards and batches do not go together: give the station a buffer"
    if station.preempt:
        return "preempt", "a batch is not interrupted: give preempt or batch"
    for machine in machines:
        if machine.spindle is not None or machine.magazine:
            what = "a spindle" if machine.spindle is not None else "a magazine"
            return "batch", f"{machine.name} has {what}, which works on one piece at a time"
    return None
