"""Laws: the log is a function of the set of observations; every message is counted once."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.live import arrivals
from simtwin.live.chain import LINK, WRAP
from simtwin.live.clock import Boots, Ticks
from simtwin.live.envelope import Clock, Envelope, Quality
from simtwin.live.freshness import late, silences
from simtwin.live.ingest import Ingester, Thinned
from simtwin.live.message import Message
from simtwin.live.store import Store
from simtwin.live.timeline import timeline
from simtwin.live.twin import Twin
from simtwin.live.v0 import DATA, SAFETY, V0
from tests.recordings import PLANT

START = 1_790_000_000.0


class Delivery(NamedTuple):
    """What is delivered, and in which batches."""

    readings: list[Envelope]
    cuts: list[int]


instants = st.integers(0, 40_000).map(lambda tenths: tenths / 10.0)
devices = st.sampled_from(["mill-1", "mill-2", "mill-10"])
values = st.one_of(
    st.none(),
    st.sampled_from([41.0, 41.25, 0.1 + 0.2]),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from(["ACTIVE", "READY"]),
)


@st.composite
def numbered(draw):
    """One reading of a source that numbers: same number, same identity."""
    when = START + draw(instants)
    return Envelope(
        draw(devices), draw(st.sampled_from(["temperature_1", "execution", "humidity"])),
        draw(values), "", draw(st.sampled_from(list(Quality))), when, Clock.EPOCH,
        when + draw(st.sampled_from([0.0, 0.25, 30.0, -60.0])),
        draw(st.sampled_from(["a", "b"])), draw(st.integers(0, 30)),
    )  # fmt: skip


@st.composite
def uptimed(draw):
    """One reading of a board: boots, delays, and turns of its counter."""
    boot = draw(st.sampled_from([START, START + 5000.0, START - WRAP + 1000.0]))
    passed = draw(instants)
    uptime = round((START + passed - boot) % WRAP, 3) if boot < START else passed
    return Envelope(
        draw(devices), "temperature_1", draw(st.sampled_from([41.0, 42.5])), "degC",
        t_source=uptime, clock=Clock.UPTIME,
        t_received=max(boot, START) + passed + draw(st.sampled_from([0.02, 0.3, 4.0, 25.0])),
        raw_ref=f"{uptime}",
    )  # fmt: skip


@st.composite
def deliveries(draw):
    """A set of readings, and it again: shuffled, with repeats, in other batches."""
    first = draw(st.lists(st.one_of(numbered(), uptimed()), min_size=1, max_size=25))
    repeats = draw(st.lists(st.sampled_from(first), max_size=10))
    again = draw(st.permutations(first + repeats))
    cuts = draw(st.lists(st.integers(0, len(again)), max_size=6))
    return Delivery(first, []), Delivery(again, sorted(cuts))


def told(delivery: Delivery):
    """Return all that a log says of a delivery, but for what is counted on the way."""
    with Store(":memory:") as store:
        accepted = 0
        bounds = [0, *delivery.cuts, len(delivery.readings)]
        for begin, end in pairwise(bounds):
            counts = store.add(delivery.readings[begin:end])
            assert counts.accepted + counts.duplicate + counts.quarantined == end - begin
            accepted += counts.accepted
        timed = list(store.timed())
        return (
            accepted,
            timed,
            [store.clocks(name) for name in store.devices()],
            [late(store.timed(name)) for name in store.devices()],
            [silences(store.observations(name)) for name in store.devices()],
            list(timeline(store.observations())),
        )


def hold(pair):
    """The law itself."""
    first, again = pair
    wanted, found = told(first), told(again)
    assert repr(wanted) == repr(found)  # bit for bit: repr of a float is exact
    assert wanted[1] == sorted(wanted[1])


@settings(max_examples=150)
@given(deliveries())
def test_the_log_is_a_function_of_the_set(pair):
    """TELEMETRY 5.8: any permutation, duplication and batching gives the same, bit for bit."""
    hold(pair)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(deliveries())
def test_the_log_is_a_function_of_the_set_at_length(pair):
    """TELEMETRY 5.8, 10: the same over ten thousand cases."""
    hold(pair)


@st.composite
def followed(draw):
    """One reading of mill-1 that a twin uses, of a source that numbers or of a board."""
    if draw(st.booleans()):
        return draw(uptimed())
    when = START + draw(instants)
    signal, low, high = draw(
        st.sampled_from(
            [("temperature_1", 20.0, 60.0), ("spindle_speed", 0.0, 600.0),
             ("spindle_load", 0.0, 1.0)]
        )
    )  # fmt: skip
    return Envelope(
        draw(st.sampled_from(["mill-1", "control-1"])), signal, draw(st.floats(low, high)), "",
        draw(st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.SUSPECT])), when,
        t_received=when + draw(st.sampled_from([0.0, 30.0])), epoch="a",
        seq=draw(st.integers(0, 60)),
    )  # fmt: skip


@st.composite
def followings(draw):
    """A set of readings, and it again in batches; whether somebody looks after each."""
    first = draw(st.lists(followed(), min_size=1, max_size=30))
    repeats = draw(st.lists(st.sampled_from(first), max_size=10))
    again = draw(st.permutations(first + repeats))
    if draw(st.booleans()):  # As they come in truth: in order, but for a few.
        again = sorted(first, key=lambda one: one.t_received) + repeats
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=8)))
    return first, again, cuts, draw(st.sampled_from([1, 3, 30]))


def state_of(twin: Twin) -> str:
    """Return all that is believed of mill-1, to the last bit."""
    rows = twin.readings.of("mill-1")
    track = rows.track(twin._follower("mill-1"))
    beliefs = [b and b.values() for b in (track.belief, track.alone)]
    return repr((rows.rows, beliefs, track, twin.readings.strangers("mill-1"),
                 twin.readings.foreign)).replace("array", "")  # fmt: skip


def hold_state(following) -> None:
    """The law of the state: made on and on, or at once, from the log or from its file anew."""
    first, again, cuts, at_hand = following
    kept, arrivals.AT_HAND = arrivals.AT_HAND, at_hand
    try:
        with Store(":memory:") as one, Store(":memory:") as other:
            whole = Twin(PLANT, store=one, devices=BOARDS)
            whole.observe(first)
            grown = Twin(PLANT, store=other, devices=BOARDS)
            for begin, end in pairwise([0, *cuts, len(again)]):
                grown.observe(again[begin:end])
                state_of(grown)
            wanted = state_of(whole)
            assert state_of(grown) == wanted
            assert state_of(Twin(PLANT, store=other, devices=BOARDS)) == wanted
    finally:
        arrivals.AT_HAND = kept


BOARDS = {"control-1": "mill-1"}


@settings(max_examples=100, deadline=None)
@given(followings())
def test_the_state_is_a_function_of_the_set(following):
    """TELEMETRY 5.8: a twin that goes on from a checkpoint believes what it would from all."""
    hold_state(following)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(followings())
def test_the_state_is_a_function_of_the_set_at_length(following):
    """TELEMETRY 5.8, 10: the same over ten thousand cases."""
    hold_state(following)


@st.composite
def boards(draw):
    """One to three boards of one id, each for minutes: held-up messages, steps of the clock."""
    first = []
    for _ in range(draw(st.integers(1, 3))):
        boot = START + draw(st.sampled_from([0.0, 15.0, 40.0, 300.0, 5000.0, 200.0 - WRAP]))
        at, step = (
            draw(st.integers(0, 900)),
            draw(st.sampled_from([0.0, 6.0, -6.0, 12.0, 25.0])),
        )
        begin, every = draw(st.integers(0, 600)), draw(st.sampled_from([20, 45, 100]))
        late = draw(st.sets(st.integers(0, 20), max_size=3))
        for k in range(draw(st.integers(1, 20))):
            uptime = float(begin + every * k)
            received = boot + uptime + 15.0 * (k in late) + step * (uptime > at) + 0.02
            first.append(
                Envelope("mill-1", "temperature_1", 41.0, "degC", t_source=uptime % WRAP,
                         clock=Clock.UPTIME, t_received=received, raw_ref=f"{boot} {uptime}")
            )  # fmt: skip
    again = draw(st.permutations(first))
    if draw(st.booleans()):
        again = sorted(first, key=lambda one: one.t_received) + first[:3]
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=8)))
    return first, again, cuts, draw(st.sampled_from([1, 2, 3, 30]))


@settings(max_examples=80, deadline=None)
@given(boards())
def test_what_is_doubted_is_a_function_of_the_set(following):
    """TELEMETRY 5.2, 5.8: two boards, delays and steps of the clock, minute by minute."""
    first, again, cuts, _ = following
    hold((Delivery(first, []), Delivery(again, cuts)))
    hold_state(following)


ticks = st.builds(
    lambda boot, uptime, delay: (uptime / 1e3, START + boot + uptime / 1e3 + delay),
    st.sampled_from([0.0, 15.0, 700.0, WRAP - 3.0, WRAP + 705.0]),
    st.integers(0, 400_000),
    st.floats(0.0, 12.0),
)


@settings(max_examples=200)
@given(st.lists(ticks, min_size=1, max_size=60))
def test_four_of_a_minute_find_the_boots_that_all_find(heard):
    """TELEMETRY 5.2: single linkage of what is kept is that of all messages."""
    boots = Boots(heard)
    assert [repr(one) for one in Boots(Ticks(heard)).maps] == [repr(m) for m in boots.maps]
    phases = sorted((received - uptime) % WRAP for uptime, received in heard)
    breaks = sum(later - before > LINK for before, later in pairwise(phases))
    closed = len(phases) > 1 and breaks and phases[0] + WRAP - phases[-1] <= LINK
    assert len(boots.maps) == breaks + 1 - bool(closed)
    for uptime, received in heard:
        placed = boots.at(uptime, received)
        assert placed.epoch in {one.epoch for one in boots.maps}
        boot, minute = placed.minute
        if boots._chains[boot].line(minute).skew == 0.0:
            assert placed.utc <= received + 1e-6


def payload(uptime: int, current: str) -> bytes:
    """Return a message as the firmware prints it."""
    return (
        f'{{"timestamp":{uptime},"device_id":"mill-1","motor_currents":[{current},3.90],'
        '"vibration":{"x":0.10,"y":0.20,"z":9.81,"magnitude":9.81},"temperatures":[41.25]}'
    ).encode()


messages = st.builds(
    Message,
    st.sampled_from([DATA, SAFETY, "other"]),
    st.one_of(
        st.builds(payload, st.integers(0, 50), st.sampled_from(["4.20", "nan", "x"])),
        st.binary(max_size=20),
        st.builds(
            lambda value: json.dumps(value).encode(), st.dictionaries(st.text(), st.none())
        ),
    ),
    st.floats(0.0, 1e9),
)


@settings(max_examples=100)
@given(st.lists(messages, max_size=30), st.integers(1, 7), st.integers(0, 3))
def test_every_message_is_counted_once(sent, size, thinned):
    """TELEMETRY 5.7: received = stored + duplicate + quarantined + thinned, always."""
    with Store(":memory:") as store:
        ingester = Ingester(store, V0())
        for begin in range(0, len(sent), size):
            ingester.take(sent[begin : begin + size], Thinned(thinned, 1.0, 2.0))
            count = store.tally()
            assert count["received"] == (
                count["stored"] + count["duplicate"] + count["quarantined"] + count["thinned"]
            )
        batches = -(-len(sent) // size)
        assert store.tally()["received"] == len(sent) + thinned * batches
        assert len(store.quarantined()) == store.tally()["quarantined"]


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_no_bytes_break_the_reader(data):
    """TELEMETRY 8.1, 10: what comes from outside is read or refused, it never crashes."""
    with Store(":memory:") as store:
        Ingester(store, V0()).take([Message(DATA, data, 0.0), Message(SAFETY, data, 0.0)])
        assert store.tally()["received"] == 2
