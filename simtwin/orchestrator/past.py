"""This module holds the past of a branch: acts before it are those that have been done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.parts.alarm import instant
from simtwin.plant.acts import ordered
from simtwin.result.moment import moment
from simtwin.shop.interventions import ActsState, in_words, left_of

if TYPE_CHECKING:
    from simtwin.plant.model import Intervention, Scenario
    from simtwin.result.snapshot import Snapshot

MOVED = "at which pieces have moved"
"""What has happened after all acts of an instant."""


def refuse_other_past(snapshot: Snapshot, scenario: Scenario, *, forecast: bool) -> None:
    """Refuse acts in *scenario* that nobody has done before *snapshot*, and now cannot.

    One at its very instant is done there, after what has happened in it already: for a
    *forecast* that is a future like others; with the luck of the snapshot it must be the run
    that has the act in its file. So it is with a rush order, which a forecast releases at once
    if its time has passed. Acts and orders that are uncertain are not looked at: each future
    has its own.
    """
    if not forecast:
        _refuse_late_rush(snapshot, scenario)
    if _is_uncertain(scenario, "interventions"):
        return
    known = snapshot.states.get(" acts") or ActsState()
    done, now, start = set(known.done), snapshot.time, scenario.start
    for act in scenario.interventions:
        if instant(act.at) < now and in_words(act) not in done:
            raise _before(_said(act, start), start, now)
    if not forecast:
        _refuse_other_order(known, scenario, now)


def _is_uncertain(scenario: Scenario, what: str) -> bool:
    return any(spread.name.startswith(f"{what}.") for spread in scenario.spread)


def _refuse_late_rush(snapshot: Snapshot, scenario: Scenario) -> None:
    """Refuse rush orders that in a file would have come before what has happened by now."""
    if _is_uncertain(scenario, "orders"):
        return
    now, start = snapshot.time, scenario.start
    moved = (snapshot.states.get(" acts") or ActsState()).moved
    book = snapshot.states[" orders"].orders
    for order in scenario.orders:
        at = instant(order.release)
        if not order.rush or at > now or (order.name in book and book[order.name].released):
            continue
        said = f"{order.name}: urgent order (priority {order.priority}) at {moment(start, at)}"
        if at < now:
            raise _before(said, start, now)
        if moved:
            raise _at_once(said, MOVED)


def _before(said: str, start: str, now: float) -> InvalidInput:
    return InvalidInput(
        f"{said} lies before the snapshot at {moment(start, now)}, and the run that this was "
        "taken of did not have it: take the snapshot before it, or leave it out"
    )


def _at_once(said: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{said} comes at the instant of the snapshot, {why}: in the file it would come before "
        "that; take the snapshot before the instant, or act after it"
    )


def _refuse_other_order(known: ActsState, scenario: Scenario, now: float) -> None:
    """Refuse an act at *now* that in a file would come before what has happened then."""
    here = ordered(act for act in scenario.interventions if instant(act.at) == now)
    left = left_of(here, known.done, now)
    for act in left:
        if known.moved:
            why = MOVED
        elif here[-len(left) :] != left:
            why = "at which a later act has been done"
        else:
            continue
        raise _at_once(_said(act, scenario.start), why)


def _said(act: Intervention, start: str) -> str:
    return f"{act.machine}: {act.do} at {moment(start, act.at)}"
