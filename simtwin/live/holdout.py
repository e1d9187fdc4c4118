"""This module holds the hold-out: how well a follower predicts what it does not use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simtwin.live.condition import SIGNALS
from simtwin.live.track import Track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.live.envelope import Observation
    from simtwin.live.follow import Follower
    from simtwin.live.proposal import Change

UNSEEN = 0.005
"""Less than this no sensor tells apart: boards print hundredths [K]."""
WON = 2.0
"""Standard errors by which hold-out squares must fall."""


def ahead(
    follower: Follower,
    rows: Sequence[Observation],
    *,
    since: float,
    lead: float,
    every: float = 600.0,
    begin: Track | None = None,
) -> np.ndarray:
    """Return the errors of predictions *lead* [s] ahead of readings after *since* [K].

    The follower corrects with every reading up to the start of a prediction, then is told
    conditions only; a prediction starts *every* so many seconds. It
    starts with what is known at *begin*.
    """
    track = begin or Track(rows[0].t_event)
    errors: list[float] = []
    begun = -math.inf
    for i, observation in enumerate(rows):
        track = follower.after(track, observation)
        start = observation.t_event
        if start < since - lead or start - begun < every or observation.signal in SIGNALS:
            continue
        begun = start
        target = _first_after(follower, rows, i, start + lead)
        if target is None:
            break
        coasting = track
        for later in rows[i + 1 : target]:
            if later.signal in SIGNALS:
                coasting = follower.after(coasting, later)
        reading = rows[target]
        coasting = follower.coasted(coasting, reading.t_event)
        if coasting.belief is not None and reading.t_event > since:
            place = follower.places[reading.signal]
            errors.append(float(coasting.belief.mean[place]) - float(reading.value))  # type: ignore[arg-type]
    return np.array(errors)


def _first_after(
    follower: Follower, rows: Sequence[Observation], i: int, time: float
) -> int | None:
    n = len(follower.system.nodes)
    for k in range(i + 1, len(rows)):
        if rows[k].t_event >= time and follower.places.get(rows[k].signal, n) < n:
            return k
    return None


def correlated(values: np.ndarray) -> float:
    """Return how many neighbours of a series tell the same as one of them.

    ``1 + 2 sum rho_k`` up to the first correlation that is not positive (Geyer 1992, the
    initial positive sequence, lag by lag): n values are worth n over this.

    >>> round(correlated(np.array([1.0, -1.0, 1.0, -1.0])), 3)
    1.0
    """
    centred = values - values.mean()
    power = float(centred @ centred)
    total = 1.0
    if power <= 0.0:
        return total
    for lag in range(1, len(values)):
        one = float(centred[lag:] @ centred[:-lag]) / power
        if one <= 0.0:
            break
        total += 2.0 * one
    return total


def rms(errors: np.ndarray) -> float:
    """Return the root mean square of *errors*, nan where there are none."""
    return float(np.sqrt(np.mean(errors**2))) if len(errors) else math.nan


Pair = tuple[np.ndarray, np.ndarray]
"""Errors before and after."""


def judged(alone: Pair, ahead: Pair, changes: tuple[Change, ...]) -> tuple[bool, str]:
    """Return whether the errors held out are better by more than chance, and why.

    *alone* are those of the model's own course, which must fall; *ahead* those of predictions,
    which a filter has mended in part, and which must not rise.
    """
    if not changes:
        return False, "the data identify no parameter"
    if min(len(alone[0]), len(ahead[0])) < 3:
        return False, "too few predictions to judge it by"
    gain, error = _gain(alone)
    if gain <= 0.0:
        return False, "the held-out part is described no better, so nothing is changed"
    if gain < WON * error:
        return False, "the held-out part is described better, but not by more than chance"
    better, chance = _gain(ahead)
    if better < -WON * chance or rms(ahead[1]) > rms(ahead[0]) + UNSEEN:
        return False, "predictions one hour ahead become worse, so nothing is changed"
    return True, "the held-out part is described better"


def _gain(errors: Pair) -> tuple[float, float]:
    """Return by how much the mean square falls, and the standard error of that."""
    gain = errors[0] ** 2 - errors[1] ** 2
    count = len(gain) / correlated(gain)
    return float(gain.mean()), float(gain.std(ddof=1)) / math.sqrt(max(1.0, count))
