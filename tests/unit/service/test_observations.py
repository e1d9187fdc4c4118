"""Observations of a twin are a set: what follows from them is the same in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simtwin.service.observations import (
    Observation,
    Observations,
    line_of,
    observation_of,
)
from simtwin.service.signals import SIGNALS, signal_of

SIGNAL = ("feed_override_pct", "coolant_on", "stopped", "power_kw")


def value_of(signal: str, number: int) -> float | bool:
    """Return a value that *signal* can have."""
    return bool(number % 2) if SIGNALS[signal].truth else float(1 + number)


seen = st.builds(
    lambda time, machine, signal, number, quality, boot, seq: Observation(
        float(time), f"mill-{machine}", signal, value_of(signal, number), quality, boot, seq
    ),
    st.integers(0, 20),
    st.integers(1, 2),
    st.sampled_from(SIGNAL),
    st.integers(0, 3),
    st.sampled_from(["GOOD", "GOOD", "SUSPECT", "BAD"]),
    st.sampled_from(["a", "b"]),
    st.integers(0, 12),
)


def told(found: Observations) -> tuple[object, ...]:
    """Return all that follows from observations."""
    return found.time, found.acts, found.newest, found.contradicted, found.digest, len(found)


@given(st.lists(seen, max_size=12), st.data())
def test_what_follows_is_a_function_of_the_set(batch, data):
    """TELEMETRY 5.8: any permutation, duplication and batching gives the same, bit for bit."""
    whole, _ = Observations().taking(batch)
    again = data.draw(st.permutations(batch)) + batch[: data.draw(st.integers(0, len(batch)))]
    cut = data.draw(st.integers(0, len(again)))
    first, _ = Observations().taking(again[:cut])
    both, _ = first.taking(again[cut:])
    assert told(both) == told(whole)
    read, _ = Observations().taking(observation_of(line_of(one)) for one in both)
    assert told(read) == told(whole)


@given(st.lists(seen, max_size=12))
def test_each_observation_is_new_a_duplicate_or_a_contradiction(batch):
    """A batch sent twice is nothing but duplicates the second time, and changes nothing."""
    grown, said = Observations().taking(batch)
    assert len(said) == len(batch)
    assert len(grown) == sum(word != "duplicate" for word in said)
    same, again = grown.taking(batch)
    assert set(again) <= {"duplicate"}
    assert told(same) == told(grown)


def test_a_contradiction_is_not_decided_by_who_came_first():
    """One identity with two contents: neither is used, nor does it move the time."""
    one = Observation(60.0, "mill-1", "feed_override_pct", 80.0, "GOOD", "a", 1)
    other = one._replace(value=90.0, time=70.0)
    for order in ([one, other], [other, one]):
        grown, said = Observations().taking(order)
        assert said == ["new", "contradiction"]
        assert (grown.time, grown.acts, grown.newest, grown.contradicted) == (0.0, (), (), 1)


def test_an_act_is_a_change_of_a_setting():
    """Ten reports of the same override are one act; a bad or missing report is none."""
    feed = [
        Observation(10.0 * k, "mill-1", "feed_override_pct", 80.0, "GOOD", "a", k)
        for k in range(1, 11)
    ]
    later = feed[0]._replace(time=200.0, seq=20, value=100.0)
    bad = feed[0]._replace(time=150.0, seq=21, value=5.0, quality="SUSPECT")
    none = feed[0]._replace(time=160.0, seq=22, value=None, quality="BAD")
    grown, _ = Observations().taking([*feed, later, bad, none])
    assert grown.acts == (
        (10.0, "mill-1", "feed override", 80.0),
        (200.0, "mill-1", "feed override", 100.0),
    )


def test_a_truth_is_an_act_with_its_opposite():
    """Coolant off and on again, stop and start."""
    off = Observation(10.0, "mill-1", "coolant_on", False, "GOOD", "a", 1)
    on = off._replace(time=20.0, value=True, seq=2)
    stop = off._replace(signal="stopped", value=True)
    grown, _ = Observations().taking([on, off, stop])
    assert [act[2] for act in grown.acts] == ["coolant off", "stop", "coolant on"]


def test_a_value_of_another_kind_or_range_is_refused():
    """A unit error of a factor of 1,000 is caught by the range (TELEMETRY 3)."""
    power = SIGNALS["power_kw"]
    assert power.wrong(8.9) is None
    assert power.wrong(8900.0) == "power_kw: must be from 0 to 500 (got 8900)"
    assert power.wrong(True) == "power_kw: must be a number"
    assert SIGNALS["stopped"].wrong(1.0) == "stopped: must be true or false"
    assert "no signal 'temperature_nose_c'" in str(signal_of("temperature_nose_c", ["front"]))
