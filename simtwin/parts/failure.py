"""This module holds the failure mode: a named clock, a life drawn once, a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simtwin.physics.life import Law

Clock = Literal["calendar", "powered", "processing", "cycles"]


@dataclass(frozen=True, slots=True)
class FailureSpec:
    """One way in which a machine fails (PHYSICS 9, KERNEL 24)."""

    name: str
    clock: Clock
    life: Law
    """[s], or [cycles] for the clock ``cycles``."""
    repair: Law
    """[s]"""
    crew: bool = True
    """Whether the repair needs a member of the crew."""
    renewal: bool = True
    """True: as good as new after repair; False: minimal repair, the age goes on."""
