"""This module holds the foresight: what one future of a look-ahead is kept of.

A *risk* is one way in which one part can strike. A future tells when each struck first, and how
much hazard each had met by each look; the estimates follow from many futures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from simtwin.result.kpi import OrderRow

FAILURE, BREAKAGE, TRIP, OVERLOAD, REFIT = (
    "failure",
    "breakage",
    "trip",
    "overload",
    "refit",
)
KINDS = {
    FAILURE: "a failure mode or a bearing fails and needs repair",
    BREAKAGE: "a cutting edge breaks",
    TRIP: "a spindle gets too hot and has to cool",
    OVERLOAD: "a cut needs more torque than its spindle has",
    REFIT: "all edges of a tool are used up and exchanged by hand",
}
"""What strikes, and what it means. The last three come by themselves, without a hazard."""


class Risk(NamedTuple):
    """One way in which one part of one machine can strike."""

    machine: str
    part: str
    cause: str
    kind: str


@dataclass(frozen=True, slots=True)
class Future:
    """One future: a replication of a look-ahead.

    Arrays have a row per look and a column per risk.
    """

    replication: int
    end: float
    """Instant at which it ends [s]."""
    firsts: dict[Risk, float]
    """When each risk, and each event without a hazard, struck first [s]."""
    by_part: Any
    """Hazard met until the risk itself struck first, float64."""
    by_machine: Any
    """The same until the first of its kind struck on its machine."""
    by_plant: Any
    """The same until the first of its kind struck anywhere."""
    total: tuple[float, ...]
    """Hazard met over all lives, those after repairs too [-]."""
    strikes: tuple[int, ...]
    worn: tuple[float, ...]
    """How far each risk has aged [s, cycles, or damage]."""
    ages: tuple[float, ...]
    """Age or damage of the life that each has at the end; 0 where it waits for its repair."""
    laws: tuple[Any, ...]
    """Of the present life of each risk, over its age or damage: `simtwin.physics.life.Law`."""
    kpis: dict[str, float]
    orders: tuple[OrderRow, ...]
    spared: float | None = None
    """Good pieces that the same future makes when nothing fails; None: not asked."""
    drawn: bool = True
    """Whether anything in it was drawn: luck, or a number that is uncertain."""

    @property
    def failures(self) -> dict[str, float]:
        """Machine -> 1 where a part of it fails, for those where one does."""
        return {risk.machine: 1.0 for risk in self.firsts if risk.kind == FAILURE}
