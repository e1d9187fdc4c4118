"""Tests of the twin: one state for one set, five statuses, versions, and looking ahead."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import mean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simtwin.errors import InvalidInput, StoreFailed
from simtwin.live.catalogue import Freshness
from simtwin.live.condition import Condition
from simtwin.live.drift import Status
from simtwin.live.envelope import Clock, Envelope, Observation, Quality
from simtwin.live.fed import fed
from simtwin.live.follow import Follower
from simtwin.live.holdout import judged
from simtwin.live.parameters import Parameters
from simtwin.live.present import hall
from simtwin.live.proposal import Change as Shift
from simtwin.live.settings import Settings
from simtwin.live.store import Store
from simtwin.live.track import Track
from simtwin.live.twin import Twin
from simtwin.live.versions import Version
from simtwin.orchestrator.look_ahead import Outlook, look_ahead
from simtwin.plant.files import load_plant, load_scenario
from simtwin.report.look_ahead import as_plain, heading
from simtwin.result.followed import followed_of
from simtwin.shop.belief import KEY
from simtwin.shop.capture import from_json, to_json
from tests.recordings import PLANT, STILL, Change, recording

BEGIN = 1e9
HOUR = recording(1.0, begin=BEGIN)
SHIFT = load_scenario("one_machine", PLANT)


def twin_of(rows, **given):
    """Return a twin of one machine that has heard *rows*."""
    twin = Twin(PLANT, **given)
    twin.observe(rows)
    return twin


def known(twin):
    """Return everything that a twin knows of its machine, to the last bit."""
    track = twin.readings.of("mill-1").track(twin._follower("mill-1"))
    return (
        track.belief.values(), track.alone.values(), track.charts, track.counts,
        track.alarms, track.seen, str(twin.state["mill-1"]),
    )  # fmt: skip


WHOLE = known(twin_of(HOUR))


@settings(max_examples=40, deadline=None)
@given(data=some.data())
def test_the_state_is_a_function_of_the_set(data):
    """Any order, batches and repetitions of observations: the same state, bit for bit."""
    rows = data.draw(some.permutations(HOUR[:200])) + HOUR[200:]
    twin, begin = Twin(PLANT), 0
    while begin < len(rows):
        size = data.draw(some.integers(1, len(rows)))
        twin.observe(rows[begin : begin + size] + rows[: data.draw(some.integers(0, 3))])
        if data.draw(some.booleans()):
            assert twin.status["mill-1"]  # Looking on the way changes nothing.
        begin += size
    assert known(twin) == WHOLE


def test_late_readings_go_back_to_a_checkpoint():
    """A reading older than a checkpoint drops it; what follows is what it would have been."""
    long = recording(4.0, begin=BEGIN)
    late, rest = long[700:710], long[:700] + long[710:]
    twin = twin_of(rest)
    before = known(twin)
    twin.observe(late)
    assert known(twin) != before
    assert known(twin) == known(twin_of(long))


def test_a_store_and_memory_tell_the_same(tmp_path):
    """Envelopes through the store, opened again, give the state of the same observations."""
    envelopes = [
        Envelope(o.device, o.signal, o.value, "", o.quality, o.t_event, seq=k, epoch="a",
                 t_received=o.t_event)
        for k, o in enumerate(HOUR)
    ]  # fmt: skip
    twin = Twin(PLANT, store=tmp_path / "shop.db")
    counts = twin.observe(envelopes[:100])
    assert counts.accepted == 100
    twin.observe(reversed(envelopes))
    assert known(twin) == WHOLE
    twin.store.close()
    with Store(tmp_path / "shop.db") as store:
        assert known(Twin(PLANT, store=store)) == WHOLE


def test_three_kinds_of_value_stand_apart():
    """What was reported is untouched; estimate and model differ, each with its interval."""
    view = twin_of(HOUR).state["mill-1"]
    last = [o for o in HOUR if o.signal == "temperature_1"][-1]
    assert view.reported["temperature_1"].value == last.value
    assert view.reported["temperature_1"].freshness is Freshness.FRESH
    estimated, simulated = view.estimated.temperatures["front"], view.simulated.temperatures
    assert estimated.low < estimated.value < estimated.high
    assert estimated.width < simulated["front"].width
    assert estimated.value != last.value
    assert set(simulated) == {"motor", "front", "rear", "shaft", "housing"}
    assert "estimated" in str(view)


def test_the_five_statuses():
    """UNCALIBRATED without load or enough readings, IN_SYNC, STALE, DRIFTING, DIVERGED."""
    temperatures = [o for o in HOUR if o.signal == "temperature_1"]
    nothing = twin_of([replace(HOUR[0], value=0.0)])
    assert nothing.status["mill-1"].status is Status.UNCALIBRATED
    unloaded = twin_of(temperatures)
    assert unloaded.status["mill-1"].status is Status.UNCALIBRATED
    assert "no load" in unloaded.status["mill-1"].reason
    few = twin_of(HOUR[:30])
    assert "50 are needed" in few.status["mill-1"].reason
    synced = twin_of(HOUR)
    assert synced.status["mill-1"].status is Status.IN_SYNC
    synced.wait(synced.now + 60.0)
    assert synced.status["mill-1"].status is Status.STALE
    assert "60 s old" in synced.status["mill-1"].reason
    drifting = twin_of(recording(1.7, begin=BEGIN, change=Change(5400.0, ambient=10.0)))
    assert drifting.status["mill-1"].status is Status.DRIFTING
    jumped = [replace(o, value=o.value + 25.0) for o in temperatures[-15:]]
    diverged = twin_of([o for o in HOUR if o not in temperatures[-15:]] + jumped)
    assert diverged.status["mill-1"].status is Status.DIVERGED
    assert "10 readings in a row" in diverged.status["mill-1"].reason


def test_doubted_temperatures_make_nothing_fresh():
    """An hour of SUSPECT readings: STALE with the reason, wider, and each shown as doubted."""
    warm = [replace(o, t_event=o.t_event + 3600.0) for o in HOUR]
    doubted = [
        replace(o, quality=Quality.SUSPECT, value=80.0) if o.signal == "temperature_1" else o
        for o in warm
    ]
    twin = twin_of(HOUR)
    narrow = twin.state["mill-1"].estimated.temperatures["front"].width
    twin.observe(doubted)
    view = twin.state["mill-1"]
    assert view.status.status is Status.STALE
    assert "not doubted" in view.status.reason
    assert "SUSPECT" in view.status.reason
    assert view.estimated.temperatures["front"].width > 2.0 * narrow
    assert view.reported["temperature_1"].quality is Quality.SUSPECT
    assert "FRESH, 0 s old, SUSPECT" in str(view)
    alone = twin_of([o for o in doubted if o.quality is Quality.SUSPECT])
    assert alone.status["mill-1"].status is Status.UNCALIBRATED
    assert "no temperature could be used yet" in alone.status["mill-1"].reason


def test_a_clock_in_the_future_advances_its_own_machine_only():
    """TELEMETRY 5.5: one source a year ahead makes no other machine stale, and is told."""
    plant = replace(PLANT, machines=(PLANT.machines[0], replace(PLANT.machines[0], name="m2")))
    both = HOUR + [replace(o, device="m2") for o in HOUR]
    twin = Twin(plant)
    twin.observe(both)
    now = twin.now
    twin.observe([Observation("m2", "spindle_speed", 0.0, Quality.GOOD, now + 364 * 86400.0)])
    assert twin.now == now
    assert twin.status["mill-1"].status is Status.IN_SYNC
    assert twin.status["m2"].status is Status.STALE
    assert "364 days ahead" in twin.status["m2"].reason
    twin.wait(now + 365 * 86400.0)  # Time itself passes for all.
    assert twin.status["mill-1"].status is Status.STALE


def test_a_machine_that_goes_on_alone_makes_the_others_old():
    """What is heard all the way is no clock ahead: machines that fell silent are stale."""
    plant = replace(PLANT, machines=(PLANT.machines[0], replace(PLANT.machines[0], name="m2")))
    twin = Twin(plant)
    alone = [Observation("m2", "spindle_speed", 0.0, Quality.GOOD, BEGIN + 36e3 * k)
             for k in range(10)]  # fmt: skip
    twin.observe([*HOUR, *alone])
    assert twin.now == alone[-1].t_event
    assert twin.status["mill-1"].status is Status.STALE


def test_the_latest_row_is_that_of_the_timeline():
    """Reading, estimate and model of a row are of one instant, whatever is told since."""
    twin = twin_of(HOUR)
    now = twin.now
    twin.observe(
        Observation("mill-1", "spindle_speed", 600.0, Quality.GOOD, now + late)
        for late in (1.0, 900.0)
    )
    assert twin.latest("mill-1") == (list(twin.timeline("mill-1"))[-1],)
    assert Twin(PLANT).latest("mill-1") == ()


def board(boot, seconds):
    """Return the readings of a board switched on at *boot*, one a second."""
    return [
        Envelope("mill-1", "temperature_1", 22.0, "degC", t_source=float(n), clock=Clock.UPTIME,
                 t_received=boot + n, raw_ref=f"{boot}-{n}")
        for n in range(seconds)
    ]  # fmt: skip


def test_two_boards_with_one_id_are_an_alarm():
    """TELEMETRY 1.1: alarm when one id shows two interleaved clocks, with both boot times."""
    twin = Twin(PLANT, store=Store(":memory:"))
    twin.observe(board(BEGIN, 600))
    assert not twin.alarms
    twin.observe(board(BEGIN + 300.0, 300))
    (found,) = twin.alarms
    assert (found.alarm.kind, found.cause.name) == ("clocks", "two boards")
    for boot in ("2001-09-09T01:46:40Z", "2001-09-09T01:51:40Z"):
        assert boot in found.alarm.reason
        assert boot in twin.status["mill-1"].reason
    assert "under the name mill-1" in str(found)


def test_a_message_held_up_is_no_second_board():
    """One receipt 15 s late: no alarm, one SUSPECT reading, and all others as they were."""
    told = board(BEGIN, 600)
    told[300] = replace(told[300], t_received=told[300].t_received + 15.0)
    twin = Twin(PLANT, store=Store(":memory:"))
    twin.observe(told)
    assert not twin.alarms
    assert twin.state["mill-1"].counts["suspect"] == 1


def test_what_no_cause_explains_is_told_so():
    """A reading that swings by 12 K is none of the causes: no "not clear" at odds of e^1000."""
    swung = [
        replace(o, value=o.value + 12.0 * np.sin((o.t_event - BEGIN) / 90.0))
        if o.signal == "temperature_1" and o.t_event > BEGIN + 1200.0 else o
        for o in HOUR
    ]  # fmt: skip
    told = [str(found.cause) for found in twin_of(swung).alarms]
    assert any(one.startswith("none of the known causes explains it: ") for one in told), told
    assert not any("not clear" in one for one in told), told


def test_a_version_says_where_it_does_not_come_from():
    """Parameters learned after a change are wrong before it: what is named there is told so."""
    change = Change(3600.0, friction=1.3)
    rows = recording(2.0, begin=BEGIN, change=change)
    twin = twin_of(rows)
    assert "seen backwards" not in twin.status["mill-1"].reason
    learned = Version(1, Parameters(friction=1.3), "learned", since=BEGIN + 3600.0)
    twin._versions["mill-1"]._all.append(learned)
    twin.readings.forget("mill-1")
    assert twin._track("mill-1").assumption.causes
    assert "version 1 rests on readings from 2001-09-09T02:46:40Z on" in str(
        twin.status["mill-1"]
    )


def test_a_status_has_its_own_reason():
    """A shift by 25 K: diverged while readings are refused, drifting once they are used again.

    Each says why it is that, not what the alarm before said; and what was named is told.
    """
    told = [o for o in HOUR if o.signal == "temperature_1"][200:]
    shifted = [replace(o, value=o.value + 25.0) if o in told else o for o in HOUR]
    twin, seen = Twin(PLANT), {}
    twin.observe(shifted)
    for row in twin.timeline("mill-1"):
        if row.time >= told[0].t_event:
            seen.setdefault(row.status.status, []).append((row.time, row.status.reason))
    lost = seen[Status.DIVERGED]
    assert all("10 readings in a row" in reason for _, reason in lost)
    assert all(
        "10 readings in a row" not in r or "lost at" in r for _, r in seen[Status.DRIFTING]
    )
    found = twin.alarms[0]
    assert found.cause.name == "sensor shift"
    assert found.cause.size == pytest.approx(25.0, abs=1.0)


def test_a_stopped_machine_with_a_running_twin_is_not_in_sync():
    """A cold machine whose load says that it works is found out (TELEMETRY 1.2)."""
    cold = [
        replace(o, value=PLANT.ambient)
        if o.signal == "temperature_1" and o.t_event > BEGIN + 1800.0
        else o
        for o in HOUR
    ]
    verdict = twin_of(cold).status["mill-1"]
    assert verdict.status in (Status.DRIFTING, Status.DIVERGED)


def test_spikes_and_bad_values_are_counted_and_not_used():
    """A drop-out to 0 is gated, BAD and SUSPECT are left out, strangers counted."""
    rows = list(HOUR)
    places = [i for i, o in enumerate(rows) if o.signal == "temperature_1"]
    rows[places[150]] = replace(rows[places[150]], value=0.0)
    rows[places[160]] = replace(rows[places[160]], value=None, quality=Quality.BAD)
    rows[places[170]] = replace(rows[places[170]], quality=Quality.SUSPECT)
    rows.append(Observation("mill-1", "vibration_x", 0.1, Quality.GOOD, BEGIN + 5.0))
    rows.append(Observation("saw-9", "temperature_1", 0.1, Quality.GOOD, BEGIN + 5.0))
    twin = twin_of(rows)
    counts = twin.state["mill-1"].counts
    clean = twin_of(HOUR).state["mill-1"].counts
    assert counts["gated"] - clean.get("gated", 0) == 1
    assert (counts["bad"], counts["suspect"], counts["not followed"]) == (1, 1, 1)
    assert sum(counts.values()) == len([o for o in rows if o.device == "mill-1"]) - _told(rows)
    assert twin.readings.foreign == 1
    assert twin.status["mill-1"].status is Status.IN_SYNC


def _told(rows):
    return sum(o.signal in ("spindle_load", "spindle_speed") for o in rows)


def test_ten_hertz_is_thinned():
    """Readings nearer than a second are correlated: one a second corrects."""
    dense = recording(0.1, every=0.1, begin=BEGIN)
    counts = twin_of(dense).state["mill-1"].counts
    assert counts["used"] == pytest.approx(360, abs=5)
    assert counts["thinned"] > 8 * counts["used"]


def test_a_recalibration_finds_the_friction_and_can_be_rolled_back():
    """Friction 30 % over the plant: proposed, better held out, applied, undone to the bit."""
    rows = recording(
        12.0, parameters=Parameters(friction=1.3), begin=BEGIN, every=30.0, noise=STILL
    )
    twin = twin_of(rows)
    before = known(twin)
    proposal = twin.recalibrate("mill-1")
    assert proposal.sound, str(proposal)
    assert proposal.held_out[1] < proposal.held_out[0]
    friction = next(c for c in proposal.changes if c.name == "friction")
    assert friction.low < 1.3 < friction.high
    assert known(twin) == before  # A proposal changes nothing.
    version = twin.apply(proposal)
    assert version.number == 1
    assert twin.parameters("mill-1") == proposal.after
    assert known(twin) != before
    with pytest.raises(InvalidInput, match="other parameters"):
        twin.apply(proposal)
    assert twin.rollback("mill-1").number == 2
    assert known(twin) == before
    assert [v.number for v in twin.versions("mill-1")] == [0, 1, 2]


def learned(path=None):
    """Return a twin of a machine with 30 % more friction than its plant, and a proposal."""
    rows = recording(
        12.0, parameters=Parameters(friction=1.3), begin=BEGIN, every=30.0, noise=STILL
    )
    twin = Twin(PLANT, store=path, scenario=SHIFT, begin=BEGIN)
    twin.observe(rows)
    return twin, twin.recalibrate("mill-1")


def test_versions_outlive_the_twin(tmp_path):
    """TELEMETRY 6: versions stand in the store; reopened, the same is in force, and by whom.

    Rolled back is a new version. A version that somebody edited is refused; one learned on
    other numbers of the plant is not in force on these, and that is a version too.
    """
    path = tmp_path / "shop.db"
    twin, proposal = learned(path)
    applied = twin.apply(proposal, by="anna")
    held, state = twin.versions("mill-1"), known(twin)
    twin.store.close()
    again = Twin(PLANT, store=path, scenario=SHIFT, begin=BEGIN)
    assert again.versions("mill-1") == held
    assert again.parameters("mill-1") == proposal.after
    assert (applied.act, applied.who, applied.number) == ("applied", "anna", 1)
    again.observe(twin.readings._held)
    assert known(again) == state
    assert again.rollback("mill-1", by="bert").note == "rolled back to version 0"
    with Store(path, readonly=True) as store:
        last = Twin(PLANT, store=store)
        assert [v.act for v in last.versions("mill-1")] == ["begun", "applied", "rolled back"]
        assert last.parameters("mill-1").as_plant
    again.store.close()
    _changed_plant(path, again)
    with Store(path) as store:
        store._connection.execute(
            "UPDATE parameter_version SET body = replace(body, '1.0', '1.1') WHERE number = 1"
        )
        with pytest.raises(StoreFailed, match="version 1 is not what was written"):
            Twin(PLANT, store=store)


def _changed_plant(path, before):
    plant = PLANT.with_changes({"ambient": PLANT.ambient + 1.0})
    with Store(path) as store:
        twin = Twin(plant, store=store)  # Other numbers, other factors.
        *old, new = twin.versions("mill-1")
        assert tuple(old) == before.versions("mill-1")
        assert new.act == "plant changed"
        assert twin.parameters("mill-1").as_plant
        other = Twin(plant, store=store)
        assert other.versions("mill-1") == twin.versions("mill-1")  # Not again each time.


def test_a_version_made_elsewhere_is_not_overwritten(tmp_path):
    """Two twins on one store: the second to apply is told, and nothing is lost."""
    twin, proposal = learned(tmp_path / "shop.db")
    other = Twin(PLANT, store=twin.store, scenario=SHIFT, begin=BEGIN)
    twin.apply(proposal)
    with pytest.raises(InvalidInput, match="version 1 was made elsewhere"):
        other.apply(proposal)


def test_a_look_ahead_names_what_it_rests_on_and_what_to_beware_of():
    """A fresh start names model, version and instant; a stale one says so, and begins wider."""
    twin = twin_of(recording(2.0, begin=BEGIN), scenario=SHIFT, begin=BEGIN)
    fresh = twin.look_ahead("1 h", replications=4, workers=1)
    assert (
        fresh.followed.model == twin.look_ahead("1 h", replications=2, workers=1).followed.model
    )
    assert fresh.followed.parameters == {"mill-1": 0}
    assert fresh.followed.instant == twin.now
    assert fresh.warnings == ()
    assert "Beware" not in fresh.sentence
    twin.wait(BEGIN + 3 * 3600.0)
    stale = twin.look_ahead("1 h", replications=4, workers=1)
    (warning,) = stale.warnings
    assert warning.startswith("mill-1 is STALE: the newest temperature (temperature_1) is 36")
    assert stale.followed.spread["mill-1"] > 5.0 * fresh.followed.spread["mill-1"]
    assert f"begin within {stale.followed.spread['mill-1']:.1f} K" in warning
    assert warning in stale.sentence
    plain = as_plain(stale)
    assert plain["warnings"] == [warning]
    assert plain["followed"]["snapshot_utc_s"] == twin.now
    assert "mill-1 version 0" in heading(stale)
    moved = twin.snapshot().onto(PLANT.with_changes({"machines.mill-1.tool_change": 9.0}))
    assert followed_of(moved).warnings == (warning,)
    assert followed_of(from_json(to_json(twin.snapshot()))) == stale.followed


def test_a_plant_that_nobody_follows_has_no_such_warning():
    """A look ahead from a simulated state rests on no twin, and says nothing of one."""
    ahead = look_ahead(PLANT, None, SHIFT, horizon="1 h", replications=2, workers=1)
    assert ahead.followed is None
    assert as_plain(ahead)["followed"] is None
    assert ahead.warnings == ()


def test_a_matched_twin_is_not_recalibrated():
    """Where the plant is right, nothing is better by more than chance, nor applied."""
    twin = twin_of(recording(12.0, begin=BEGIN, every=30.0, noise=STILL))
    proposal = twin.recalibrate("mill-1")
    assert not proposal.sound
    with pytest.raises(InvalidInput, match="not applied"):
        twin.apply(proposal)
    with pytest.raises(InvalidInput, match="no earlier version"):
        twin.rollback("mill-1")


MATCHED = recording(12.0, begin=BEGIN, every=30.0, noise=STILL)


def test_what_the_filter_refuses_feeds_no_fit():
    """Half the readings SUSPECT, and of a machine with 50 % more friction: no change."""
    other = recording(
        12.0, parameters=Parameters(friction=1.5), begin=BEGIN, every=30.0, noise=STILL
    )
    rows = [
        replace(wrong, quality=Quality.SUSPECT) if k % 4 < 2 and right.signal == "temperature_1"
        else right
        for k, (right, wrong) in enumerate(zip(MATCHED, other, strict=True))
    ]  # fmt: skip
    proposal = twin_of(rows).recalibrate("mill-1")
    assert not proposal.sound
    assert proposal.after == Parameters()
    assert proposal.readings < 0.6 * sum(o.signal == "temperature_1" for o in rows)


def _fed(rows):
    follower = twin_of(rows)._follower("mill-1")
    return fed(follower, sorted(rows, key=lambda o: o.t_event), {"temperature_1"}, Track(BEGIN))


def test_gated_readings_and_gaps_feed_no_fit():
    """Spikes are left out one by one; half an hour after a gap the course begins anew."""
    rows = list(MATCHED)
    places = [i for i, o in enumerate(rows) if o.signal == "temperature_1"][100::50]
    for i in places:
        rows[i] = replace(rows[i], value=rows[i].value + 12.0)
    found = _fed(rows)
    assert {rows[i] for i in places}.isdisjoint(found.rows)
    assert found.left < len(places) + 5
    begin, end = BEGIN + 3 * 3600.0, BEGIN + 7 * 3600.0
    gap = _fed([o for o in MATCHED if not begin < o.t_event < end])
    (anew,) = gap.begun
    assert end + 1800.0 <= anew < end + 2000.0


def test_a_stopped_machine_feeds_no_fit():
    """A spindle that stands may belong to a machine that is off: an hour of it counts."""
    still = [
        replace(o, value=0.0)
        if o.signal != "temperature_1" and o.t_event > BEGIN + 7200.0
        else o
        for o in MATCHED
    ]
    found = [o for o in _fed(still).rows if o.signal == "temperature_1"]
    assert found[-1].t_event < BEGIN + 7200.0 + 3700.0 + 900.0


def _stopped(warmer=0.0):
    """Return MATCHED as a spindle that stands from 2 h to 5 h, and is *warmer* [K] after it."""
    follower = Follower(PLANT, "mill-1")
    begin, end = BEGIN + 2 * 3600.0, BEGIN + 5 * 3600.0
    at, then, condition = (PLANT.ambient,) * len(follower.system.nodes), BEGIN, Condition()
    rows = []
    for i, o in enumerate(MATCHED):
        if o.t_event > then:
            at = follower.system.course(follower.load(condition), at, o.t_event - then)
            if then <= end < o.t_event:
                at = tuple(t + warmer for t in at)
        then = o.t_event
        if o.signal == "temperature_1":
            rows.append(replace(o, value=at[follower.places[o.signal]] + 0.2 * (-1) ** i))
            continue
        stands = begin < o.t_event <= end
        rows.append(replace(o, value=0.0) if stands else o)
        condition = condition.told(o.signal, rows[-1].value)
    turned = next(o.t_event for o in rows if o.t_event > end and o.signal == "spindle_speed")
    return rows, turned


def test_a_course_goes_on_through_a_stop():
    """Three hours of standing leave out the readings of two, and nothing after them."""
    rows, turned = _stopped()
    found = _fed(rows)
    told = [o for o in rows if o.signal == "temperature_1"]
    stood = [o for o in told if BEGIN + 3.3 * 3600.0 < o.t_event < turned]
    assert set(stood).isdisjoint(found.rows)
    assert len(stood) <= found.left < len(stood) + 40
    assert {o for o in told if o.t_event >= turned} <= set(found.rows)
    assert not found.begun


def test_a_machine_that_was_off_while_it_stood_begins_anew():
    """After a stop that the model does not carry through, the course is where the filter is."""
    rows, turned = _stopped(warmer=8.0)
    found = _fed(rows)
    (anew,) = found.begun
    assert anew >= turned
    read = next(o for o in rows if o.t_event == anew and o.signal == "temperature_1")
    front = PLANT.machines[0].spindle.network.nodes.index("front")
    assert found.begun[anew][front] == pytest.approx(read.value, abs=1.0)


def test_only_what_is_wrong_at_the_beginning_is_left_out():
    """A spike begins the filter anew: only what others confirmed before it feeds.

    Nothing feeds then until every node is known again; at a first reading all nodes are at it.
    """
    places = [i for i, o in enumerate(MATCHED) if o.signal == "temperature_1"]
    rows = list(MATCHED)
    rows[places[0]] = replace(rows[places[0]], value=95.0)
    found = _fed(rows)
    assert rows[places[0]] not in found.rows
    assert len({rows[i] for i in places[11:]} - set(found.rows)) < 5  # Gated by chance.
    assert list(found.begun) == [rows[places[10]].t_event]
    rows = list(MATCHED)
    for i in places[20:30]:
        rows[i] = replace(rows[i], value=rows[i].value + 30.0)
    found = _fed(rows)
    assert {rows[i] for i in places[:20]} <= set(found.rows)
    assert {rows[i] for i in places[20:40]}.isdisjoint(found.rows)
    (anew,) = found.begun
    assert anew - rows[places[40]].t_event < 3600.0
    assert len({rows[i] for i in places[200:]} - set(found.rows)) < 5


def test_a_coolant_that_failed_feeds_no_fit():
    """What came since a failure, which is named later, is left out from its beginning on."""
    rows = recording(5.0, begin=BEGIN, change=Change(3 * 3600.0, coolant=False))
    found = [o.t_event for o in _fed(rows).rows if o.signal == "temperature_1"]
    assert BEGIN + 2.5 * 3600.0 < found[-1] < BEGIN + 3.1 * 3600.0


def test_a_sensor_that_drifts_feeds_no_fit():
    """Of two sensors the one that is named is left out since it drifts, the other feeds."""
    sensors = (("temperature_1", "front"), ("spindle_temperature", "motor"))
    since = BEGIN + 3 * 3600.0
    rows = [
        replace(o, value=o.value + 4.0 * max(0.0, o.t_event - since) / 3600.0)
        if o.signal == "temperature_1"
        else o
        for o in recording(6.0, begin=BEGIN, sensors=sensors)
    ]
    found = fed(Follower(PLANT, "mill-1"), rows, dict(sensors).keys(), Track(BEGIN)).rows
    last = {o.signal: o.t_event for o in found}
    assert last["temperature_1"] < since + 1200.0
    assert last["spindle_temperature"] > BEGIN + 5.9 * 3600.0


def test_a_proposal_that_predicts_worse_is_refused():
    """.170 K to .199 K an hour ahead is worse, however well the course is described."""
    change = (Shift("friction", 1.0, 1.3, 1.2, 1.4, True),)
    signs = np.array([1.0, -1.0] * 25)
    alone = np.array([1.0, -0.5, 0.7, -1.2] * 50)
    for later, sound in ((0.199, False), (0.172, False), (0.170, True), (0.16, True)):
        found, reason = judged((alone, 0.5 * alone), (0.170 * signs, later * signs), change)
        assert found is sound, (later, reason)


def test_an_hour_is_too_short_to_recalibrate_on():
    """The first hour of a day tells nothing of the slow parts: no proposal, and why."""
    proposal = twin_of(HOUR).recalibrate("mill-1")
    assert not proposal.sound
    assert "too short" in proposal.reason


def test_a_look_ahead_begins_with_what_is_believed():
    """Futures draw their temperatures from the belief: its spread, and wider when stale."""
    twin = twin_of(recording(2.0, begin=BEGIN), scenario=SHIFT, begin=BEGIN)
    fresh, sharp = _drawn(twin)
    assert fresh == pytest.approx(sharp, rel=0.3)
    twin.wait(BEGIN + 3 * 3600.0)
    stale, blurred = _drawn(twin)
    assert stale == pytest.approx(blurred, rel=0.3)
    assert stale > 5.0 * fresh


def test_a_belief_goes_onto_another_plant():
    """What is believed of a machine goes with it onto a changed plant (KERNEL 19)."""
    snapshot = twin_of(HOUR, scenario=SHIFT, begin=BEGIN).snapshot()
    other = snapshot.model.with_changes({"machines.mill-1.tool_change": 9.0})
    moved = snapshot.onto(other)
    assert moved.states[KEY + "mill-1"] == snapshot.states[KEY + "mill-1"]


def futures(twin, count=60):
    """Give so many futures of *twin* at their beginning."""
    snapshot = twin.snapshot()
    assert from_json(to_json(snapshot)).states == snapshot.states
    question = Outlook(
        twin.followed_plant, SHIFT, snapshot, 1, (snapshot.time + 3600.0,), losses=False
    )
    return (question._begun(replication) for replication in range(count))


def _drawn(twin):
    """Return the deviation of the front bearing over 100 futures, and what the belief says."""
    found = [shop.machines["mill-1"].state.temperatures[1] for shop in futures(twin, 100)]
    return stdev(found), twin.snapshot().states[KEY + "mill-1"]["covariance"][1][1] ** 0.5


def test_a_future_has_its_own_hall_and_friction():
    """Ambient and friction of futures spread as they are believed, with the temperatures."""
    twin = twin_of(recording(2.0, begin=BEGIN), scenario=SHIFT, begin=BEGIN)
    covariance = twin.snapshot().states[KEY + "mill-1"]["covariance"]
    plants = [shop.plan.model for shop in futures(twin, 100)]
    friction = twin.state["mill-1"].estimated.friction.value
    halls = [plant.ambient for plant in plants]
    rubs = [plant.machines[0].bearings[0].f0 for plant in plants]
    rubs = [rub / twin.plant.machines[0].bearings[0].f0 for rub in rubs]
    assert mean(halls) == pytest.approx(twin.followed_plant.ambient, abs=0.3)
    assert mean(rubs) == pytest.approx(friction, abs=0.03)
    assert stdev(halls) == pytest.approx(covariance[5][5] ** 0.5, rel=0.3)
    assert stdev(rubs) == pytest.approx(covariance[6][6] ** 0.5, rel=0.3)


def test_what_is_ahead_widens_with_staleness():
    """Half an hour ahead, futures spread the more the longer nothing was heard."""
    twin = twin_of(recording(2.0, begin=BEGIN), scenario=SHIFT, begin=BEGIN)
    spreads = []
    for silence in (0.0, 300.0, 1800.0):
        twin.wait(BEGIN + 7200.0 + silence)
        found = []
        for shop in futures(twin, 40):
            shop.env.advance(shop.env.now + 1800.0)
            shop.machines["mill-1"].settle()
            found.append(shop.machines["mill-1"].state.temperatures[1])
        spreads.append(stdev(found))
    assert spreads[1] > 2.0 * spreads[0]
    assert spreads[2] > 1.2 * spreads[1]


@pytest.mark.parametrize("told", [True, False])
def test_a_coolant_failure_reaches_the_future(told):
    """Whether the control tells it or a cause is named: futures go on without coolant."""
    rows = recording(3.5, begin=BEGIN, change=Change(5400.0, coolant=False))
    if told:
        rows.append(Observation("mill-1", "coolant", "OFF", Quality.GOOD, BEGIN + 5400.5))
    twin = twin_of(rows, scenario=SHIFT, begin=BEGIN)
    assert bool(twin.alarms) is not told
    (shop,) = futures(twin, 1)
    machine = shop.machines["mill-1"]
    assert not machine.state.setting.coolant
    shop.env.advance(shop.env.now + 3600.0)
    machine.settle()
    assert machine.state.temperatures[4] > 35.0  # The housing, cooled by the hall alone.
    assert abs(twin.followed_plant.ambient - PLANT.ambient) < 2.0


def test_one_hall_of_many_machines():
    """The hall is weighed by what each machine knows, and one odd machine does not move it."""
    assert hall([]) == 0.0
    assert hall([(1.0, 0.1), (5.0, 1.0)]) == pytest.approx((100.0 + 5.0) / 101.0)
    sound = [(0.1 * k, 0.3) for k in range(-5, 6)]
    assert hall(sound) == pytest.approx(0.0)
    assert hall([*sound, (15.0, 0.05)]) == pytest.approx(0.0)


def test_a_machine_that_diverged_does_not_heat_the_hall():
    """What a twin that is lost makes of the hall does not count in the followed plant."""
    jumped = [
        replace(o, value=o.value + 25.0)
        if o.signal == "temperature_1" and o.t_event > BEGIN + 3450.0
        else o
        for o in HOUR
    ]
    twin = twin_of(jumped)
    assert twin.status["mill-1"].status is Status.DIVERGED
    assert twin.followed_plant.ambient == PLANT.ambient


def test_a_look_ahead_from_the_followed_state():
    """`Twin.look_ahead` is the verb of the same name, from now on the plan."""
    twin = twin_of(recording(2.0, begin=BEGIN), scenario=SHIFT, begin=BEGIN)
    ahead = twin.look_ahead("1 h", replications=4, workers=1)
    assert ahead.start == pytest.approx(7200.0, abs=1.0)
    assert 0.0 <= ahead.failure("mill-1").value < 0.1
    assert to_json(twin.snapshot()) == to_json(twin.snapshot())


def test_a_forecast_widens():
    """Nothing is measured in the future, so intervals widen with every step, stale or not."""
    twin = twin_of(HOUR)
    widths = [b.temperatures["front"].width for _, b in twin.forecast("mill-1", "4 h")]
    assert widths == sorted(widths)
    now = twin.state["mill-1"].estimated.temperatures["front"].width
    assert widths[0] > now
    twin.wait(twin.now + 3600.0)
    assert twin.forecast("mill-1", "4 h")[0][1].temperatures["front"].width > widths[0]


@pytest.mark.parametrize("age", [90.0, 600.0, 36_000.0])
def test_a_forecast_of_a_stale_twin_never_narrows(age):
    """Who does not know the load cannot know the bearing better in an hour than now."""
    twin = twin_of(HOUR)
    twin.wait(twin.now + age)
    now = twin.state["mill-1"].estimated.temperatures
    found = [b.temperatures for _, b in twin.forecast("mill-1", "1 h", steps=6)]
    for node in now:
        widths = [now[node].width, *(one[node].width for one in found)]
        assert all(b >= a * (1.0 - 1e-9) for a, b in pairwise(widths)), node
    twin.wait(twin.now + 3600.0)
    assert twin.state["mill-1"].estimated.temperatures == found[-1]


def test_what_is_wrong_is_told():
    """Devices, sensors, machines and plans that do not exist are named with those that do."""
    with pytest.raises(InvalidInput, match="no machine has a spindle"):
        Twin(load_plant("flow_line"))
    with pytest.raises(InvalidInput, match="'mill-7' is no machine with a spindle"):
        Twin(PLANT, devices={"ESP32": "mill-7"})
    with pytest.raises(InvalidInput, match="'nose' is neither a node"):
        Twin(PLANT, sensors={"temperature_1": "nose"})
    with pytest.raises(InvalidInput, match="nothing was observed yet"):
        _ = Twin(PLANT).state
    twin = twin_of(HOUR)
    with pytest.raises(InvalidInput, match="needs a plan"):
        twin.look_ahead("1 h")
    with pytest.raises(InvalidInput, match="no machine 'saw' is followed"):
        twin.versions("saw")
    with pytest.raises(InvalidInput, match="need a store"):
        twin.observe([Envelope("mill-1", "temperature_1", 1.0)])
    for ask in (twin.latest, twin.recalibrate):
        with pytest.raises(InvalidInput, match="no machine 'saw' is followed"):
            ask("saw")
    with pytest.raises(InvalidInput, match="horizon and steps must be positive"):
        twin.forecast("mill-1", -3600.0)
    for wrong in (-1.0, float("nan")):
        with pytest.raises(InvalidInput, match="stale_after: must be at least 0 s"):
            Settings(stale_after=wrong)
    with pytest.raises(InvalidInput, match="temperature_1 must be positive"):
        Settings(deviations={"temperature_1": 0.0})


@pytest.mark.parametrize("signal", ["spindle_speed", "temperature_1"])
def test_what_is_no_number_is_refused(signal):
    """A speed of nan would keep the filter busy for ever; a time of nan has no place."""
    twin = Twin(PLANT)
    for value, when in ((float("nan"), BEGIN), (float("inf"), BEGIN), (20.0, float("nan"))):
        with pytest.raises(InvalidInput, match=f"mill-1 {signal}: a failed reading has"):
            twin.observe([Observation("mill-1", signal, value, Quality.GOOD, when)])
    twin.observe([Observation("mill-1", signal, None, Quality.BAD, BEGIN)])
    assert twin.now == BEGIN


def test_a_hall_sensor_measures_the_ambient():
    """A sensor of the air corrects the ambient; the twin of a warm hall believes in it."""
    air = [
        Observation("mill-1", "ambient_temperature", 27.0, Quality.GOOD, o.t_event)
        for o in HOUR
        if o.signal == "temperature_1"
    ]
    ambient = twin_of(HOUR + air).state["mill-1"].estimated.ambient
    assert ambient.value == pytest.approx(27.0, abs=0.5)
    assert Settings().deviation("ambient_temperature") == pytest.approx(0.3)
