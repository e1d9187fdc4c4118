"""This module holds the past of a branch: acts before it are those that have been done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.parts.alarm import instant
from simtwin.result.moment import moment
from simtwin.shop.interventions import ActsState, in_words, left_of, ordered

if TYPE_CHECKING:
    from simtwin.plant.model import Intervention, Scenario
    from simtwin.result.snapshot import Snapshot


def refuse_other_past(snapshot: Snapshot, scenario: Scenario, *, forecast: bool) -> None:
    """Refuse acts in *scenario* that nobody has done before *snapshot*, and now cannot.

    One at its very instant is done there, after what has happened in it already: for a
    *forecast* that is a future like others; with the luck of the snapshot it must be the run
    that has the act in its file. Acts that are uncertain are not looked at: each future has
    its own.
    """
    if any(spread.name.startswith("interventions.") for spread in scenario.spread):
        return
    known = snapshot.states.get(" acts") or ActsState()
    done, now, start = set(known.done), snapshot.time, scenario.start
    for act in scenario.interventions:
        if instant(act.at) < now and in_words(act) not in done:
            raise InvalidInput(
                f"{_said(act, start)} lies before the snapshot at {moment(start, now)}, and "
                "the run that this was taken of had no such act: take the snapshot before the "
                "act, or leave it out"
            )
    if not forecast:
        _refuse_other_order(known, scenario, now)


def _refuse_other_order(known: ActsState, scenario: Scenario, now: float) -> None:
    """Refuse an act at *now* that in a file would come before what has happened then."""
    here = ordered(act for act in scenario.interventions if instant(act.at) == now)
    left = left_of(here, known.done, now)
    for act in left:
        if known.moved:
            why = "at which pieces have moved"
        elif here[-len(left) :] != left:
            why = "at which a later act has been done"
        else:
            continue
        raise InvalidInput(
            f"{_said(act, scenario.start)} comes at the instant of the snapshot, {why}: in the "
            "file it would come before that; take the snapshot before the instant, or act "
            "after it"
        )


def _said(act: Intervention, start: str) -> str:
    return f"{act.machine}: {act.do} at {moment(start, act.at)}"
