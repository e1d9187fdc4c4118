"""This module holds acts without effect: events and releases that change nothing in a run."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simtwin.plant.acts import ending, ordered, subject
from simtwin.result.moment import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.plant.model import Scenario

BEGINS = frozenset({"stop", "coolant off"})
"""Acts that hold until their end, or until another act undoes them."""

UNDOES = {"start": "nothing has stopped it", "coolant on": "its coolant is not off"}
"""Acts that undo one of these, and what is said where it does not hold."""


def too_late(scenario: Scenario) -> Iterator[str]:
    """Say which events and orders lie after the end of the run, at which it still does them."""
    end = scenario.horizon
    if end is None:
        return
    said = f"lies after the end at {moment(scenario.start, end)}: nothing comes of it"
    for act in scenario.interventions:
        if act.at > end and not act.undoes:
            yield f"event {act.do} of {act.machine} at {moment(scenario.start, act.at)} {said}"
    for order in scenario.orders:
        if order.release > end:
            at = moment(scenario.start, order.release)
            yield f"release of order {order.name} at {at} {said}"


def groundless(scenario: Scenario) -> Iterator[str]:
    """Say which events undo what nothing has done before, in the file or at the start."""
    held = {("stopped", machine): inf for machine in scenario.start_from.stopped}
    for act in ordered(scenario.interventions):
        if act.do not in UNDOES and act.do not in BEGINS:
            continue
        now, machine, what = subject(act)
        if act.do in BEGINS:
            end = ending(act)
            held[what, machine] = max(end, held.get((what, machine), end))
        elif act.undoes:  # One of several that may hold at the same time.
            if held.get((what, machine), inf) <= now:
                del held[what, machine]
        elif held.pop((what, machine), None) is None:
            at = moment(scenario.start, act.at)
            yield f"event {act.do} of {act.machine} at {at} changes nothing: {UNDOES[act.do]}"
