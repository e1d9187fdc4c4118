"""This module holds what is known of a followed state: on which plant and parameters it rests.

A snapshot of a twin carries it in its public part, so every look-ahead from it names the model,
the parameter versions and the instant, and says aloud where the start is not to be trusted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simtwin.result.snapshot import Snapshot

FOLLOWED = " followed"
"""Where a snapshot keeps it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """On what the state of a followed shop rests."""

    model: str
    """Hash of the plant model."""
    parameters: Mapping[str, int]
    """Machine -> number of the parameter version in force."""
    instant: float
    """Of the state [s, UTC]."""
    spread: Mapping[str, float]
    """Machine -> how far its least known temperature may be off, 95 % [K]."""
    warnings: tuple[str, ...] = ()
    """Why the start may not be what it seems, machine by machine."""

    def as_state(self) -> dict[str, Any]:
        """Return it as a snapshot keeps it."""
        return asdict(self)

    def __str__(self) -> str:
        """Return it in a line.

        >>> print(Followed("1f3a", {"mill-1": 2}, 0.0, {"mill-1": 0.4}))
        model 1f3a, parameters mill-1 version 2
        """
        told = ", ".join(f"{name} version {n}" for name, n in self.parameters.items())
        return f"model {self.model}, parameters {told}"


def followed_of(snapshot: Snapshot | None) -> Followed | None:
    """Return what *snapshot* rests on; None where it is not of a followed shop."""
    kept = None if snapshot is None else snapshot.states.get(FOLLOWED)
    if kept is None:
        return None
    return Followed(**{**kept, "warnings": tuple(kept["warnings"])})
