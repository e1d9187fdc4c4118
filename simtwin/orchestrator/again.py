"""This module holds runs made again: a replication of an ensemble, this time with its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import SimtwinError
from simtwin.orchestrator.simulate import simulate
from simtwin.result.ensemble import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from simtwin.result.ensemble import Ensemble
    from simtwin.result.result import Result


def again(
    ensemble: Ensemble, replication: int, *, guard: Callable[[], None] | None = None
) -> Result | None:
    """Return one replication of *ensemble* with its log, the same run as it was.

    None where it cannot be made again: an ensemble that was opened from a folder does not know
    how its uncertain numbers are drawn, nor the state that it went on from.
    """
    if replication == ensemble.first.replication and ensemble.first.log is not None:
        return ensemble.first
    known = next((o for o in ensemble.outcomes if o.replication == replication), None)
    if known is None:
        return None
    plant, scenario = ensemble.question or (ensemble.plant, ensemble.scenario)
    try:
        run = simulate(
            plant,
            scenario,
            seed=ensemble.seed,
            replication=replication,
            until=ensemble.until,
            snapshot=ensemble.snapshot,
            forecast=ensemble.snapshot is not None,
            guard=guard,
        )
    except SimtwinError:
        return None
    made = Outcome.of(run)
    same = made.orders == known.orders and made.end == known.end
    return run if same and made.failures == known.failures else None
