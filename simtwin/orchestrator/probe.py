"""This module holds the probe: one figure of one run, asked by the hundred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.orchestrator.simulate import simulate
from simtwin.result.figure import Figure
from simtwin.result.result import Result

if TYPE_CHECKING:
    from simtwin.plant.model import PlantModel, Scenario
    from simtwin.result.snapshot import Snapshot

Asked = Callable[[Result], float]
"""A figure that the caller computes from a run with its log; sent to workers, so no lambda."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One figure of a plant and scenario, from a snapshot on or from the start."""

    plant: PlantModel
    scenario: Scenario
    seed: int
    figure: Figure | Asked
    snapshot: Snapshot | None = None
    luck: int = 0
    """Added to the replication for its luck."""
    parameters: int = 0
    """Added to the replication for the draw of uncertain parameters."""
    state: int = 0
    """Added to the replication for the draw of the uncertain state."""

    def run(self, replication: int, guard: Callable[[], None] | None) -> float:
        """Return the figure in one run."""
        figure = self.figure
        if isinstance(figure, Figure):
            return figure.of(self.observe(replication, guard, history=figure.needs_log))
        return float(figure(self.observe(replication, guard, history=True)))

    def observe(
        self, replication: int, guard: Callable[[], None] | None, *, history: bool
    ) -> Result:
        """Return the whole run."""
        return simulate(
            self.plant,
            self.scenario,
            seed=self.seed,
            replication=replication + self.luck,
            ignorance=(replication + self.parameters, replication + self.state),
            snapshot=self.snapshot,
            forecast=self.snapshot is not None,
            history=history,
            guard=guard,
        )
