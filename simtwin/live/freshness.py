"""This module holds freshness, gaps and lateness: what is missing, and how old the rest is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from simtwin.live.account import Gap
from simtwin.live.catalogue import CATALOGUE, Freshness
from simtwin.live.envelope import Observation
from simtwin.live.store import LATENESS
from simtwin.live.timed import Timed
from simtwin.names import natural

SILENCE = 20.0
"""So many periods without any reading are a gap [-]."""


@dataclass(frozen=True, slots=True)
class Age:
    """How old the newest reading of a signal is [s], and what that means."""

    age: float
    freshness: Freshness


def ages(observations: Iterable[Observation], at: float) -> dict[str, Age]:
    """Return the age of every signal of one device at the instant *at* [s, UTC].

    The newest reading is that of the latest event time, never that which came last; one that
    cannot be used makes nothing fresh.

    >>> from simtwin.live.envelope import Quality
    >>> seen = Observation("mill-1", "temperature_1", 41.0, Quality.GOOD, 5.0)
    >>> ages([seen], 10.0)["temperature_1"].freshness.name
    'STALE'
    """
    newest: dict[str, float] = {}
    for one in observations:
        if one.usable and one.t_event <= at:
            newest[one.signal] = max(newest.get(one.signal, one.t_event), one.t_event)
    return {
        name: Age(at - newest[name], CATALOGUE[name].freshness(at - newest[name]))
        for name in sorted(newest, key=natural)
        if name in CATALOGUE
    }


def silences(
    observations: Iterable[Observation], *, periods: float = SILENCE
) -> tuple[Gap, ...]:
    """Return the silences among the *observations* of one device, in order of event time.

    A silence is *periods* nominal periods of the signal told most often; signals that are told
    on change have no period and make none. A device that numbers nothing may lose messages
    that show in no gap: of those the loss is unknown.
    """
    device, times, shortest = "", [], float("inf")
    for one in observations:
        row = CATALOGUE.get(one.signal)
        if row is not None and row.period is not None:
            device, shortest = one.device, min(shortest, row.period)
            times.append(one.t_event)
    return tuple(
        Gap(device, before, after, f"silent for {after - before:.3g} s")
        for before, after in pairwise(times)
        if after - before > periods * shortest
    )


def late(readings: Iterable[Timed], *, lateness: float = LATENESS) -> tuple[Timed, ...]:
    """Return the *readings* of one device that came after newer ones, by their receipt.

    Lateness is a function of what is stored, never of the order in which a process saw it.
    """
    newest, found = float("-inf"), []
    for one in sorted(readings, key=lambda one: (one.envelope.t_received, one)):
        if one.t_event < newest - lateness:
            found.append(one)
        newest = max(newest, one.t_event)
    return tuple(sorted(found))
