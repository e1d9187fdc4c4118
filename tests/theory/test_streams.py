"""Random streams are pure functions of their names (STATISTICS 1, KERNEL 22)."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator, Philox, SeedSequence

from simtwin import streams as module
from simtwin.errors import InvalidInput
from simtwin.streams import SEPARATOR, Streams

NAMES = st.tuples(st.text(max_size=8), st.text(max_size=8)).filter(
    lambda names: SEPARATOR not in "".join(names)
)
PAIRS = [("mill-1", "life"), ("mill-1", "repair"), ("mill-2", "life"), ("crew", "arrival")]


def draws(streams: Streams, names: tuple[str, str], n: int) -> list[float]:
    """Return the next *n* numbers of one stream."""
    stream = streams[names]
    return [stream() for _ in range(n)]


def test_the_reference_stream_gives_the_reference_numbers():
    """ORACLES G1: root 20260, M3, failure, replication 0."""
    expected = [0.3205592040247952, 0.6587703706196851, 0.8354921678764055]
    assert draws(Streams(20260), ("M3", "failure"), 3) == expected


@pytest.mark.parametrize("k", [*range(20), 511, 512, 513, 5000])
def test_a_stream_goes_on_from_its_count_alone(k):
    """ORACLES G2b: re-created from k, the next draws are elements k, k + 1 ... of it."""
    whole = draws(Streams(20260), ("M3", "failure"), k + 5)
    resumed = Streams(20260, counts={f"M3{SEPARATOR}failure": k})
    assert draws(resumed, ("M3", "failure"), 5) == whole[k:]


def reference(seed: int, replication: int, key: str) -> Generator:
    """Return numpy's own generator of one stream, made as STATISTICS 1 says."""
    words = np.frombuffer(hashlib.blake2b(key.encode(), digest_size=16).digest(), "<u4")
    spawn_key = (*(int(word) for word in words), replication)
    return Generator(Philox(SeedSequence(seed, spawn_key=spawn_key)))


def test_blocks_change_no_number():
    """ORACLES G2b: draws made in blocks equal single draws of the same generator."""
    single = reference(7, 3, f"mill-1{SEPARATOR}life")
    expected = [float(single.random()) for _ in range(3000)]
    assert draws(Streams(7, 3), ("mill-1", "life"), 3000) == expected


@given(
    seed=st.one_of(st.integers(0, 9), st.integers(0, 2**200)),
    replication=st.one_of(st.integers(0, 999), st.integers(0, 2**70)),
    names=NAMES,
    count=st.integers(0, 40),
)
def test_every_stream_is_the_one_that_numpy_seeds(seed, replication, names, count):
    """STATISTICS 1: seeds and replications of any size, names of any kind, at any count."""
    key = SEPARATOR.join(names)
    expected = reference(seed, replication, key).random(count + 9).tolist()[count:]
    streams = Streams(seed, replication, counts={key: count})
    assert draws(streams, names, 9) == expected


def test_streams_drawn_by_turns_are_those_drawn_alone():
    """KERNEL 22: the one generator behind them keeps nothing of the stream drawn before."""
    streams = Streams(8)
    turns = [[streams[names]() for names in PAIRS] for _ in range(40)]
    alone = [draws(Streams(8), names, 40) for names in PAIRS]
    assert [list(numbers) for numbers in zip(*turns, strict=True)] == alone


@given(st.permutations(PAIRS), st.lists(NAMES, max_size=5))
def test_order_and_company_change_nobodys_luck(order, strangers):
    """ORACLES G2: an entity more, or streams made in another order, leave every draw alone."""
    expected = {names: draws(Streams(11, 2), names, 9) for names in PAIRS}
    streams = Streams(11, 2)
    for stranger in strangers:
        if stranger not in PAIRS:
            streams[stranger]()
    assert expected == {names: draws(streams, names, 9) for names in order}


def test_another_process_draws_the_same():
    """ORACLES G2: nothing depends on the process; Python's salted hash plays no part."""
    story = "from simtwin.streams import Streams; print(repr(Streams(5, 1)['a', 'b']()))"
    told = [
        subprocess.run(
            [sys.executable, "-c", story],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for salt in ("1", "2")
    ]
    assert told == [repr(Streams(5, 1)["a", "b"]())] * 2


def test_replications_seeds_and_names_all_differ():
    """UX 5: no two of the streams of a study start with the same number."""
    firsts = [
        Streams(seed, replication)[names]()
        for seed in range(10)
        for replication in range(10)
        for names in PAIRS
    ]
    assert len(firsts) == len(set(firsts))


def test_entity_and_purpose_are_not_glued():
    """STATISTICS 1: ("ab", "c") and ("a", "bc") are two streams."""
    assert Streams(1)["ab", "c"]() != Streams(1)["a", "bc"]()


@given(st.lists(st.sampled_from(PAIRS), max_size=60), st.integers(0, 60))
def test_counts_are_the_whole_state(plan, cut):
    """KERNEL 22: going on from the counts at any cut equals never having stopped."""
    whole = Streams(3)
    expected = [whole[names]() for names in plan]
    before = Streams(3)
    heard = [before[names]() for names in plan[:cut]]
    after = Streams(3, counts=before.counts())
    heard += [after[names]() for names in plan[cut:]]
    assert heard == expected
    assert after.counts() == whole.counts()


def test_counts_follow_streams_that_are_opened_between():
    """KERNEL 22: counts taken before change none after; saved ones wait until drawn from."""
    streams = Streams(3, counts={f"crew{SEPARATOR}arrival": 2})
    for taken in range(1, 4):
        streams[f"mill-{4 - taken}", "life"]()
        found = streams.counts()
        assert len(found) == taken + 1
        assert list(found) == sorted(found)
    streams["crew", "arrival"]()
    assert streams.counts()[f"crew{SEPARATOR}arrival"] == 3
    assert list(streams.counts()) == sorted(streams.counts())


def test_counting_and_naming_make_no_generator(monkeypatch):
    """KERNEL 22: a rebuild and a snapshot cost no generator; the first draw makes it."""
    saved = {f"{entity}{SEPARATOR}{purpose}": 7 for entity, purpose in PAIRS}
    made = []
    monkeypatch.setattr(module, "Philox", lambda key: made.append(key) or Philox(key=key))
    streams = Streams(1, counts=saved)
    named = [streams[names] for names in PAIRS]
    assert streams.counts() == dict(sorted(saved.items()))
    assert [stream.count for stream in named] == [7] * 4
    assert made == []
    named[0]()
    named[0]()
    named[1]()
    assert len(made) == 1
    assert named[0].count == 9


def test_a_stream_is_the_same_object_at_every_call():
    """KERNEL 22: a stream is kept for the run, and says who it is."""
    streams = Streams(1, 4)
    stream = streams["mill-1", "life"]
    stream()
    assert streams["mill-1", "life"] is stream
    assert repr(stream) == "Stream('mill-1', 'life', count=1)"
    assert repr(streams) == "Streams(seed=1, replication=4)"


def test_numbers_are_uniform():
    """STATISTICS 11: mean and square of 40,000 draws lie within 4 standard errors."""
    values = np.array(draws(Streams(2), ("uniform", "test"), 40_000))
    assert values.min() >= 0.0
    assert values.max() < 1.0
    assert abs(values.mean() - 1 / 2) <= 4 * math.sqrt(1 / 12 / values.size)
    assert abs((values**2).mean() - 1 / 3) <= 4 * math.sqrt(4 / 45 / values.size)
    lagged = np.corrcoef(values[:-1], values[1:])[0, 1]
    assert abs(lagged) <= 4 / math.sqrt(values.size)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Streams(-1), "seed must be at least 0 .got -1"),
        (lambda: Streams(1, -2), "replication must be at least 0 .got -2"),
        (lambda: Streams(1, counts={"mill-1": 3}), "'mill-1'"),
        (lambda: Streams(1, counts={f"a{SEPARATOR}b": -3}), "count must be at least 0 .got -3"),
        (lambda: Streams(1)["a\x1f", "b"], "may not contain"),
    ],
)
def test_a_wrong_key_is_refused(make, said):
    """STYLE, Errors: wrong input raises ours, with the value and the bound."""
    with pytest.raises(InvalidInput, match=said):
        make()
