"""Validation of the following twin on recorded days of a real turning spindle (NIST).

Measured, not made: 65 development days of minute means, the plant fitted on the first 45, all
scores on the last 20. Baselines of the data's own notes there: one-node model 1.15 K one hour
ahead, the held value 2.19 K.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simtwin.live.follow import Follower
from simtwin.live.holdout import ahead, rms
from simtwin.live.parameters import Parameters
from simtwin.live.recalibrate import recalibrate
from simtwin.live.settings import Settings
from simtwin.live.track import Track
from simtwin.plant.files import load_plant
from tests.validation.mazak_days import FITTED, days

PLANT = load_plant(Path(__file__).with_name("mazak.yaml"))
ONE_NODE = 1.15
"""One hour ahead, in the notes of the data [K]."""
HOUR = 3600.0


def hour_ahead(day, parameters=None):
    """Return the errors one hour ahead of one day [K], a prediction every ten minutes."""
    follower = Follower(PLANT, "mazak", parameters=parameters)
    return ahead(follower, day, since=day[0].t_event, lead=HOUR)


def held(day):
    """Return the errors of the value held for an hour [K]."""
    known = {o.t_event: o.value for o in day if o.signal == "spindle_temperature"}
    return [known[t + HOUR] - known[t] for t in known if t + HOUR in known]


def test_an_hour_ahead_beats_the_held_value_and_one_node():
    """One hour ahead after sync on 20 unseen days: below one node, far below persistence.

    .702 K measured; .753 K where the readings of a sensor that steps by 1 K all count alike.
    """
    unseen = days()[FITTED:]
    errors = np.concatenate([hour_ahead(day) for day in unseen])
    persistence = np.concatenate([held(day) for day in unseen])
    assert len(errors) > 900
    assert rms(errors) < 0.72
    assert rms(errors) < ONE_NODE
    assert rms(errors) < 0.5 * rms(persistence)


def test_a_sensor_that_steps_names_no_hall():
    """Readings in steps of 1 K repeat each other, so no day is told a hall 8 to 14 K warmer."""
    for day in days()[FITTED:]:
        track = Follower(PLANT, "mazak").fold(Track(day[0].t_event), day)
        assert "ambient" not in {cause.name for cause in track.assumption.causes}


def test_an_hour_of_a_day_changes_nothing():
    """The first hour of a day, which spoils a refit (16 K against 1.31), is refused."""
    for day in days()[FITTED : FITTED + 5]:
        first = [o for o in day if o.t_event <= day[0].t_event + HOUR]
        proposal = recalibrate(
            PLANT, "mazak", first, parameters=Parameters(), settings=Settings()
        )
        assert not proposal.sound
        assert proposal.after == Parameters()


@pytest.mark.slow
def test_recalibration_never_does_harm():
    """Recalibrated on each of 20 unseen days: the next day's hour ahead is never worse for it.

    Not applied means the same parameters, hence the same errors; applied must not be worse than
    .05 K on any next day, nor worse at all over all of them.
    """
    unseen = days()[FITTED:]
    before, after, applied = [], [], 0
    for day, following in pairwise(unseen):
        proposal = recalibrate(
            PLANT, "mazak", day, parameters=Parameters(), settings=Settings()
        )
        old = hour_ahead(following)
        new = hour_ahead(following, proposal.after) if proposal.sound else old
        applied += proposal.sound
        assert rms(new) <= rms(old) + 0.05, str(proposal)
        before.append(old)
        after.append(new)
    assert rms(np.concatenate(after)) <= rms(np.concatenate(before)) + 0.005


@pytest.mark.slow
def test_a_wrong_plant_is_put_right_or_left():
    """Losses 40 % too high, on 12 days: what is identified goes back, applied only if sure.

    A sound proposal makes the hour ahead of the next day better, or no worse than .05 K; one of
    the days at least has enough to teach. On most the machine stands still for hours, which
    feeds no fit, and temperatures move too little or tell the losses from nothing else.
    """
    some, wrong, gains = days()[FITTED : FITTED + 13], Parameters(losses=1.4), []
    identified = []
    for day, following in pairwise(some):
        proposal = recalibrate(PLANT, "mazak", day, parameters=wrong, settings=Settings())
        if proposal.after != wrong:
            identified.append(proposal.after.losses)
        if proposal.sound:
            old, new = hour_ahead(following, wrong), hour_ahead(following, proposal.after)
            gains.append(rms(old) - rms(new))
    assert min(gains) > -0.05
    assert max(gains) > 0.1
    assert identified
    assert all(0.8 < losses < 1.2 for losses in identified)
