"""This module holds recorded machines replayed: a day of NIST to its timeline, an Okuma stream.

Source: National Institute of Standards and Technology, Smart Manufacturing Systems Test Bed,
`usnistgov/smstestbed` at 968279f, Mazak01, 2016-11-29 (NIST is acknowledged, and endorses
nothing here); `mtconnect/cppagent` at 708116fb, ``demo/agent/okuma.txt``, Apache-2.0.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from simtwin.live.envelope import Quality
from simtwin.live.instants import utc_seconds
from simtwin.live.recording import Recording, read_recording
from simtwin.live.store import Store
from simtwin.live.timeline import timeline

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NIST = DATA / "nist-smstestbed"
OKUMA = DATA / "mtconnect-samples" / "okuma_shdr.txt.gz"
DAY = "2016-11-29"
needs_nist = pytest.mark.skipif(
    not NIST.is_dir(), reason="real data folder ../shared/data is absent"
)


@pytest.fixture(scope="module")
def day() -> Recording:
    """The raw day, unmodified output of the adapter."""
    return read_recording(NIST / "raw-days" / f"mazak01_{DAY}.txt.gz", device="mazak01")


@pytest.fixture(scope="module")
def log(day):
    """A log of that day."""
    with Store(":memory:") as store:
        store.add(day.envelopes)
        yield store


@needs_nist
def test_no_line_of_the_raw_day_is_lost(day):
    """data/README, NIST: 102,601 lines, out of order and with bursts; all are read."""
    assert (day.lines.read, day.lines.total, len(day.rejected)) == (102_601, 102_601, 0)


@needs_nist
def test_the_raw_day_gives_the_timeline_of_its_events(log):
    """data/README, NIST: the state timeline equals the event rows, all 1,301, in order."""
    events = read_recording(NIST / "events" / f"mazak01_{DAY}_events.csv.gz", device="mazak01")
    wanted = [(one.t_source, one.signal, one.value) for one in events.envelopes]
    assert len(wanted) == 1301
    found = timeline(
        log.observations(),
        since=utc_seconds(f"{DAY}T00:00:00Z"),
        signals={signal for _, signal, _ in wanted},
    )
    assert [(one.t_event, one.signal, one.value) for one in found] == wanted


@needs_nist
def test_drop_outs_and_spikes_are_rejected(log):
    """data/README, NIST: Stemp drops to 0 for a second, repeatedly, and is never used."""
    seen = [one for one in log.observations() if one.signal == "spindle_temperature"]
    zeros = [one for one in seen if one.value == 0.0]
    assert len(zeros) > 100
    assert not any(one.usable for one in zeros)
    assert {one.quality for one in seen if one.value is None} == {Quality.BAD}
    usable = [one.value for one in seen if one.usable]
    assert 20.0 < min(usable) < max(usable) < 70.0


@pytest.mark.skipif(not OKUMA.is_file(), reason="real data folder ../shared/data is absent")
def test_every_line_of_the_okuma_stream_is_accounted_for():
    """data/README, mtconnect-samples: 10,770 lines parsed or rejected by number, none lost."""
    found = read_recording(OKUMA, device="okuma")
    assert found.lines.total == 10_770
    assert found.rejected == ()
    assert (found.lines.continued, found.lines.commands) == (236, 9)
    with Store(":memory:") as store:
        assert store.add(found.envelopes).accepted == len(found.envelopes) == 25_655
