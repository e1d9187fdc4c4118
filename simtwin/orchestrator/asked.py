"""This module holds the asked: seed and end as a call gives them, or as the scenario does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.result.moment import seconds_of
from simtwin.whole import whole

if TYPE_CHECKING:
    from simtwin.plant.model import Scenario


def seed_of(seed: int | None, scenario: Scenario) -> int:
    """Return the *seed* of a call; None: that of *scenario*."""
    return scenario.seed if seed is None else whole("seed", seed)


def end_of(until: float | str | None, scenario: Scenario) -> float | None:
    """Return another end of *scenario* [s], in seconds, "90 min" or a clock time; None: none.

    >>> from simtwin.plant.model import Scenario
    >>> end_of("10:00", Scenario("early", start="2026-01-05T06:00:00"))
    14400.0
    """
    return None if until is None else seconds_of(until, scenario.start)
