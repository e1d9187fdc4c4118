"""This module holds the void acts: events and releases of a scenario that change nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from simtwin.result.moment import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import Scenario

UNDOES = {
    "start": ("stop", "nothing has stopped it"),
    "coolant on": ("coolant off", "its coolant is not off"),
}
"""What an act undoes, and what is said where that has not been done."""


def too_late(scenario: Scenario) -> Iterator[str]:
    """Say which events and orders lie after the end of the run."""
    end = scenario.horizon
    if end is None:
        return
    said = f"lies after the end at {moment(scenario.start, end)}: nothing comes of it"
    for act in scenario.interventions:
        if act.at >= end and not act.undoes:
            yield f"event {act.do} of {act.machine} at {moment(scenario.start, act.at)} {said}"
    for order in scenario.orders:
        if order.release >= end:
            at = moment(scenario.start, order.release)
            yield f"release of order {order.name} at {at} {said}"


def groundless(scenario: Scenario) -> Iterator[str]:
    """Say which events undo what nothing has done before, in the file or at the start."""
    held = Counter(("stop", machine) for machine in scenario.start_from.stopped)
    for act in scenario.interventions:
        if act.do not in UNDOES:
            held[act.do, act.machine] += 1
            continue
        before, state = UNDOES[act.do]
        if act.undoes:  # One of several that may hold at the same time.
            held[before, act.machine] -= 1
            continue
        if held.pop((before, act.machine), 0) <= 0:
            at = moment(scenario.start, act.at)
            yield f"event {act.do} of {act.machine} at {at} changes nothing: {state}"
