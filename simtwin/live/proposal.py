"""This module holds the proposal: other parameters for a machine, and what speaks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.live.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter before and after, with its 95 % interval."""

    name: str
    before: float
    after: float
    low: float
    high: float
    identified: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Other parameters for one machine, and whether data speak for them."""

    machine: str
    before: Parameters
    after: Parameters
    changes: tuple[Change, ...]
    window: tuple[float, float]
    """First and last reading [s, UTC]."""
    readings: int
    digest: str
    """Hash of the readings."""
    fit: tuple[float, float]
    """Root mean square error on the fitted part before and after [K]."""
    held_out: tuple[float, float]
    """The same on the part held out [K]."""
    ahead: tuple[float, float]
    """Of predictions one hour ahead there [K]."""
    reason: str
    """Why it may be applied, or why not."""
    sound: bool
    """Whether it may be applied."""

    def __str__(self) -> str:
        told = ", ".join(
            f"{c.name} {c.before:.3g} -> {c.after:.3g} [{c.low:.3g}, {c.high:.3g}]"
            for c in self.changes
            if c.identified
        )
        return (
            f"{self.machine}: {told or 'nothing identified'}; error on held-out data "
            f"{self.held_out[0]:.2f} -> {self.held_out[1]:.2f} K, one hour ahead "
            f"{self.ahead[0]:.2f} -> {self.ahead[1]:.2f} K; {self.reason}"
        )
