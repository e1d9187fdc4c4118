"""The log: identity, duplicates, late and future readings, quarantine, gaps, and bad disks."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from simtwin.errors import InvalidInput, StoreFailed
from simtwin.live.account import Counts, Gap
from simtwin.live.catalogue import CATALOGUE, Freshness, catalogue_hash, signal_of
from simtwin.live.envelope import Clock, Envelope, Quality
from simtwin.live.freshness import ages, late, silences
from simtwin.live.mapping import MTCONNECT, V0, Route
from simtwin.live.store import Store

READING = Envelope(
    "mill-1", "temperature_1", 41.25, "degC", t_source=5.0, t_received=5.1, seq=1
)


def reading(
    seq: int, when: float, value: float | str | None = 40.0, **more: object
) -> Envelope:
    """Return one reading of mill-1."""
    fields: dict[str, object] = {"t_source": when, "t_received": when + 0.1, **more}
    return replace(READING, seq=seq, value=value, **fields)


@pytest.fixture
def store(tmp_path):
    """A log in a file of its own."""
    with Store(tmp_path / "log.db") as log:
        yield log


def test_what_was_added_comes_back(store):
    """An envelope is the same after the log, bit for bit."""
    odd = replace(READING, value=0.1 + 0.2, quality=Quality.SUSPECT, source="a", raw_ref="b")
    assert store.add([odd]) == Counts(accepted=1)
    (found,) = store.timed()
    assert found.envelope == odd
    assert found.t_event == 5.0


def test_a_duplicate_keeps_the_first_receipt(store):
    """TELEMETRY 5.1: of two receipts the smaller stays, whichever was written first."""
    later, sooner = (replace(READING, t_received=when) for when in (9.0, 6.0))
    assert store.add([later, sooner]) == Counts(accepted=1, duplicate=1)
    assert [one.envelope.t_received for one in store.timed()] == [6.0]


def test_messages_of_one_batch_are_counted_each(store):
    """One that is there already does not make the others of its batch duplicates."""
    first, second, third = ([reading(n, 1.0, clock=Clock.UPTIME)] for n in (1, 2, 3))
    with store.batch() as batch:
        assert batch.add([first, second]) == [Counts(accepted=1)] * 2
        assert batch.add([]) == []
    with store.batch() as batch:
        found = batch.add([third, second, [], third])
    kept, again = Counts(accepted=1), Counts(duplicate=1)
    assert found == [kept, again, Counts(), again]
    assert [one.seq for one in store.timed()] == [1, 2, 3]


def test_newest_is_by_event_time(store):
    """TELEMETRY 5.5: the fold is in event time; what comes last is not newest."""
    store.add([reading(2, 20.0, 2.0), reading(1, 10.0, 1.0)])
    assert [one.value for one in store.observations()] == [1.0, 2.0]
    assert [one.value for one in store.observations(since=10.0)] == [2.0]
    assert [one.value for one in store.observations(until=10.0)] == [1.0]


def test_late_is_told_by_the_receipt(store):
    """TELEMETRY 5.5, 5.8: lateness is derived from the receipts, not from who came first."""
    on_time = [reading(n, 10.0 * n) for n in range(1, 5)]
    behind = reading(9, 12.0, t_received=41.0)
    assert store.add([*on_time, behind]).late == 1
    assert [one.seq for one in late(store.timed())] == [9]
    with Store(":memory:") as other:
        other.add([behind, *on_time])
        assert [one.seq for one in late(other.timed())] == [9]


def test_a_clock_in_the_future_is_held(store):
    """TELEMETRY 5.3: clamped to the receipt and SUSPECT; the original stays in the log."""
    store.add([reading(1, 1000.0, t_received=100.0)])
    (found,) = store.timed()
    assert (found.t_event, found.envelope.quality) == (100.0, Quality.SUSPECT)
    assert found.envelope.t_source == 1000.0


def test_two_boards_make_their_readings_suspect(store):
    """TELEMETRY 1.1: readings of interleaved clocks are kept, and doubted."""
    for boot in (1000.0, 1030.0):
        store.add(
            replace(
                READING, seq=None, clock=Clock.UPTIME, t_source=float(n), epoch="",
                t_received=boot + n, raw_ref=f"{boot}-{n}",
            )
            for n in range(50)
        )  # fmt: skip
    assert {one.quality for one in store.observations()} == {Quality.SUSPECT}
    assert [one.interleaved for one in store.clocks("mill-1")] == [True, True]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"value": float("inf")}, "must be finite"),
        ({"value": float("nan")}, "must be finite"),
        ({"t_source": float("nan")}, "must be finite"),
        ({"device": ""}, "must not be empty"),
        ({"unit": "rpm"}, "is in degC, never in 'rpm'"),
    ],
)
def test_what_cannot_be_stored_is_kept_with_its_reason(store, wrong, reason):
    """TELEMETRY 5.7: quarantined with the reason, never silently dropped."""
    assert store.add([replace(READING, **wrong)]) == Counts(quarantined=1)
    assert list(store.observations()) == []
    (kept,) = store.quarantined()
    assert reason in kept.reason


def test_an_unknown_signal_is_stored(store):
    """TELEMETRY 2: stored and counted; whoever reads the log may leave it aside."""
    assert store.add([replace(READING, signal="humidity", unit="")]).accepted == 1
    assert [one.signal for one in store.observations()] == ["humidity"]


def test_quarantine_is_bounded_and_counts_what_it_drops(tmp_path):
    """TELEMETRY 5.7: a bounded table, 4 KiB each, the oldest dropped with a counter."""
    with Store(tmp_path / "log.db", quarantine_kept=3) as store:
        for number in range(8):
            with store.batch() as batch:
                batch.keep("topic", f"reason {number}", b"x" * 9000, 0.0)
        kept = store.quarantined()
        assert [one.reason for one in kept] == ["reason 5", "reason 6", "reason 7"]
        assert {len(one.raw) for one in kept} == {4096}
        assert store.tally()["dropped"] == 5
        assert store.reasons() == {"reason …": 8}


def test_what_was_repaired_does_not_push_out_what_was_refused(tmp_path):
    """A thermistor that fails ten times a second leaves the refused ones and their reasons."""
    with Store(tmp_path / "log.db", quarantine_kept=3) as store:
        with store.batch() as batch:
            for number in range(2):
                batch.keep("topic", f"is no JSON: char {number}", b"?", 0.0)
        for number in range(50):
            with store.batch() as batch:
                batch.keep("topic", "temperature_1 is nan", b"{}", float(number), stored=True)
        assert [one.reason for one in store.quarantined()] == [
            "is no JSON: char 0", "is no JSON: char 1",
        ]  # fmt: skip
        assert len(store.quarantined(repaired=True)) == 3
        assert store.reasons() == {"is no JSON: char …": 2}
        assert store.tally()["dropped"] == 47


def test_reasons_are_bounded(tmp_path, monkeypatch):
    """Whoever sends a new fault each time fills no table; nothing goes uncounted."""
    monkeypatch.setattr("simtwin.live.batch.REASONS_KEPT", 3)
    with Store(tmp_path / "log.db") as store:
        with store.batch() as batch:
            for word in ("a", "b", "c", "d", "e", "a"):
                batch.keep("topic", f"fault {word}", b"?", 0.0)
        assert store.reasons() == {
            "another reason": 2,
            "fault a": 2,
            "fault b": 1,
            "fault c": 1,
        }


def test_a_gap_is_noted_once(store):
    """TELEMETRY 5.6: gaps have from, to and reason; a source that cannot say whose, all."""
    gap = Gap("", 5.0, 9.0, "broker did not answer")
    for _ in range(2):
        with store.batch() as batch:
            batch.gap(gap)
    assert store.gaps("mill-1") == (gap,)


def test_silence_is_a_gap_and_age_tells_freshness(store):
    """TELEMETRY 5.6: FRESH, STALE, GAP by age; a silence of many periods is a gap."""
    store.add([reading(n, 0.1 * n) for n in range(10)])
    store.add([reading(n, 10.0 + 0.1 * n) for n in range(10, 20)])
    (gap,) = silences(store.observations())
    assert (gap.begin, gap.end) == (pytest.approx(0.9), pytest.approx(11.0))
    seen = list(store.observations())
    for at, wanted in ((12.0, Freshness.FRESH), (20.0, Freshness.STALE), (60.0, Freshness.GAP)):
        assert ages(seen, at)["temperature_1"].freshness is wanted
    assert ages(seen, 5.0)["temperature_1"].age == pytest.approx(4.1)


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path):
    """TELEMETRY 7.1: disk full in words; the batch is not there, the rest is safe."""
    with Store(tmp_path / "log.db") as store:
        store.add([READING])
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        many = [reading(n, float(n), "x" * 200) for n in range(2, 2000)]
        with pytest.raises(StoreFailed, match="disk is full; the last batch was not written"):
            store.add(many)
        assert [one.value for one in store.observations()] == [41.25]
        store._connection.execute("PRAGMA max_page_count = 1000000")
        assert store.add(many).accepted == 1998


def test_a_log_that_cannot_be_opened_is_said(tmp_path):
    """Errors name the file and what would be right."""
    with pytest.raises(StoreFailed, match="cannot be opened for writing"):
        Store(tmp_path / "nowhere" / "log.db")
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(StoreFailed, match="is damaged or no log"):
        Store(other)


def test_another_version_is_refused(tmp_path):
    """A log of another schema version is not read as if it were this one."""
    Store(tmp_path / "log.db").close()
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.execute("UPDATE about SET value = '99' WHERE name = 'schema_version'")
    connection.commit()
    connection.close()
    with pytest.raises(InvalidInput, match="schema version 99"):
        Store(tmp_path / "log.db")


def test_one_process_writes_and_others_look_on(tmp_path):
    """TELEMETRY 7: one writer; a reader sees what was committed and cannot write."""
    with Store(tmp_path / "log.db") as store:
        store.add([READING])
        with Store(tmp_path / "log.db", readonly=True) as reader:
            assert [one.value for one in reader.observations()] == [41.25]
            with pytest.raises(StoreFailed):
                reader.add([READING])


def test_a_batch_is_all_or_nothing(store):
    """A batch that fails half way leaves nothing."""

    def broken():
        yield READING
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.add(broken())
    assert list(store.observations()) == []


def test_every_mapped_name_exists_with_its_unit():
    """TELEMETRY 3: every mapped signal is in the catalogue, every unit fits its quantity."""
    for route in (*V0.values(), *MTCONNECT.values()):
        assert signal_of(route.signal).name == route.signal
    with pytest.raises(InvalidInput, match="not in the catalogue"):
        Route("x", "no_such_signal")
    with pytest.raises(InvalidInput, match="'mm' is no unit of temperature"):
        Route("x", "temperature_1", "mm")
    with pytest.raises(InvalidInput, match="not in the catalogue"):
        signal_of("temprature_1")


@pytest.mark.parametrize(
    ("signal", "unit", "typical"),
    [("spindle_speed", "rpm", 12000.0), ("feed_rate", "mm/min", 8000.0),
     ("spindle_temperature", "degC", 45.0)],
)  # fmt: skip
def test_a_wrong_unit_is_caught_by_the_range(signal, unit, typical):
    """TELEMETRY 3: a factor of 60 or 1000 in a unit falls outside what is possible."""
    route = Route("x", signal, unit)
    assert route.read(typical)[1] is Quality.GOOD
    assert route.read(1000.0 * typical)[1] is Quality.BAD


def test_the_catalogue_has_a_hash():
    """TELEMETRY 3: versioned and hashed; every row has finite or stated bounds."""
    assert len(catalogue_hash()) == 32
    assert all(name == row.name for name, row in CATALOGUE.items())
    assert all(row.low <= row.high for row in CATALOGUE.values())
