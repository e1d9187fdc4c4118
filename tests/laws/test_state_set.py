"""Laws of the followed state: a function of the set of observations, alarms and all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simtwin.live import follow, readings
from simtwin.live.envelope import Observation, Quality
from simtwin.live.twin import Twin
from tests.recordings import PLANT, recording

BEGIN = 1e9
FOLLOWERS = {}
"""Kept between cases, for a follower is a constant."""


def rows():
    """Return four minutes: sound, then 9 K too warm; a spike, a BAD and a SUSPECT reading."""
    found = recording(0.07, begin=BEGIN)
    temperatures = [i for i, o in enumerate(found) if o.signal == "temperature_1"]
    for i in temperatures[10:]:
        found[i] = replace(found[i], value=found[i].value + 9.0)
    found[temperatures[4]] = replace(found[temperatures[4]], value=0.0)
    found[temperatures[6]] = replace(found[temperatures[6]], value=None, quality=Quality.BAD)
    found[temperatures[7]] = replace(found[temperatures[7]], quality=Quality.SUSPECT)
    found.append(Observation("mill-1", "coolant", "OFF", Quality.GOOD, BEGIN + 33.0))
    found.append(Observation("mill-1", "coolant", "ON", Quality.GOOD, BEGIN + 71.0))
    return found


ROWS = rows()


def known(twin):
    """Return everything that a twin knows of its machine, to the last bit."""
    track = twin.readings.of("mill-1").track(twin._follower("mill-1"))
    return (
        track.belief.values(), track.alone.values(), repr(track.charts), track.counts,
        track.alarms, track.seen, track.assumption, track.past.all, twin.status,
    )  # fmt: skip


@cache
def whole():
    """Return what is known of the rows in order, at once."""
    made = twin()
    made.observe(ROWS)
    return known(made)


def twin():
    """Return a twin whose follower is that of all cases."""
    made = Twin(PLANT)
    made._followers = FOLLOWERS
    return made


@pytest.fixture(scope="module", autouse=True)
def soon():
    """Let alarms, causes and checkpoints come in minutes: laws hold whatever the numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "FEWEST", 4)
        patch.setattr(follow, "ROW", 3)
        patch.setattr(follow, "AFTER", (60.0, 90.0))
        patch.setattr(readings, "KEPT", 7)
        yield


def assert_one_state(data):
    """Any order, batches, repetitions, and looks on the way: the state of the sorted set."""
    drawn = data.draw(some.permutations(ROWS))
    made, begin = twin(), 0
    while begin < len(drawn):
        size = data.draw(some.integers(1, len(drawn)))
        made.observe(drawn[begin : begin + size] + drawn[: data.draw(some.integers(0, 3))])
        if data.draw(some.booleans()):
            made.readings.of("mill-1").track(made._follower("mill-1"))
        begin += size
    assert known(made) == whole()


def test_the_cases_have_alarms_and_causes():
    """What is permuted has an alarm whose cause was looked for, and gated and bad readings."""
    made = twin()
    made.observe(ROWS)
    track = made._track("mill-1")
    assert [alarm.cause is not None for alarm in track.alarms] == [True]
    assert track.counts["gated"] > 1
    assert (track.counts["bad"], track.counts["suspect"]) == (1, 1)


@settings(max_examples=300, deadline=None)
@given(data=some.data())
def test_the_state_is_a_function_of_the_set(data):
    """Any order, batches and repetitions: belief, charts, alarms and causes, bit for bit."""
    assert_one_state(data)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(data=some.data())
def test_the_state_is_a_function_of_the_set_in_ten_thousand_cases(data):
    """The same, ten thousand times."""
    assert_one_state(data)


def test_minus_zero_is_zero():
    """0.0 and -0.0 are one reading, whichever comes first, and its sign is not kept."""
    pair = [Observation("mill-1", "temperature_1", z, Quality.GOOD, BEGIN) for z in (0.0, -0.0)]
    states = []
    for order in permutations(pair):
        made = twin()
        made.observe(order)
        states.append(repr(known(made)))
    assert states[0] == states[1]
