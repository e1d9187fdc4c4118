"""What is observed goes over the telemetry of simtwin.live: names, acts, estimates, starts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import simtwin as st
from simtwin.errors import InvalidInput
from simtwin.live.catalogue import CATALOGUE
from simtwin.live.envelope import Envelope, Observation, Quality
from simtwin.live.settings import SENSORS, Settings
from simtwin.live.store import Store
from simtwin.report.answer import answer
from simtwin.service.following import Following, acts_of
from simtwin.service.names import NAMES, TOLD, read, route_of, told
from simtwin.shop.capture import from_json

START = 1767592800.0
"""2026-01-05 06:00 UTC [s]."""


def seen(at: float, signal: str, value: float | str, quality: Quality = Quality.GOOD):
    """Return an observation of mill-1 so long after the start [s]."""
    return Observation("mill-1", signal, value, quality, START + at)


def placed(plant, plan, log, *, begin: float, settings: Settings | None = None) -> dict:
    """Return the state that follows from *log*, by one who has not seen it before."""
    followed = Following(plant, log, settings or Settings())
    try:
        return followed.placed(plan, begin=begin)
    finally:
        followed.close()


def test_every_name_is_a_signal_of_the_one_catalogue():
    """TELEMETRY 3: one catalogue; every mapped name exists, and comes back in its unit."""
    assert {name.route.signal for name in NAMES.values()} <= CATALOGUE.keys()
    assert len(TOLD) == len(NAMES)
    for path, name in NAMES.items():
        if CATALOGUE[name.route.signal].unit:
            value, quality = read(name.route, 2.0)
            assert quality is Quality.GOOD, path
            assert told(name.route.signal, value) == (2.0, name.route.unit)


@pytest.mark.parametrize(
    ("name", "unit", "value", "words"),
    [
        ("power_kw", None, 8900.0, "power_kw: must be from 0 to 1000 (got 8900)"),
        ("power_kw", None, True, "power_kw: must be a number (got True)"),
        ("power_kw", "kW", 8.9, "unit: power_kw has it in its name"),
        ("motor_power", None, 8.9, "unit: must be given with motor_power, as in 'W'"),
        ("motor_power", "mm", 8.9, "unit: 'mm' is no unit of power"),
        ("stopped", None, 1.0, "stopped: must be told in words (got 1.0)"),
        ("coolant", None, "AN", "coolant: must be 'ON' or 'OFF' (got 'AN')"),
        ("temperature_nose_c", None, 30.0, "no signal 'temperature_nose_c'"),
        ("spindle_speed_rpm", None, 60000.0, "must be from -30000 to 30000 (got 60000)"),
    ],
)
def test_what_cannot_be_is_refused_in_words(name, unit, value, words):
    """A unit error of a factor of 60 or 1,000 is caught by the range (TELEMETRY 3)."""
    with pytest.raises(InvalidInput) as refused:
        read(route_of(name, unit, SENSORS), value)
    assert words in str(refused.value)


def test_an_act_is_a_change_of_a_setting():
    """Ten reports of the same override are one act; a bad or missing report is none."""
    feed = [seen(10.0 * k, "feed_override", 0.8) for k in range(1, 11)]
    bad = seen(150.0, "feed_override", 0.5, Quality.SUSPECT)
    acts, undone = acts_of([*feed, bad, seen(200.0, "feed_override", 1.0)], START)
    assert [(act.at, act.do, act.value) for act in acts] == [
        (10.0, "feed override", 80.0),
        (200.0, "feed override", 100.0),
    ]
    assert undone == []


def test_a_truth_is_an_act_with_its_opposite():
    """Coolant off and on again, stop and start."""
    told = [
        seen(10.0, "coolant", "OFF"),
        seen(10.0, "stopped", "true"),
        seen(20.0, "coolant", "ON"),
        seen(30.0, "stopped", "false"),
    ]
    acts, _ = acts_of(told, START)
    assert [act.do for act in acts] == ["coolant off", "stop", "coolant on", "start"]


def test_what_a_model_cannot_do_is_said():
    """A feed override of 0 % is real; the twin says that it does not do it."""
    acts, undone = acts_of([seen(10.0, "feed_override", 0.0)], START)
    assert acts == ()
    assert undone == ["feed override 0 % of mill-1 is not done: a model takes 1 to 200 %"]


def followed(path, *, until: float = 1800.0, last: float | None = None) -> dict:
    """Return the state after half an hour of an emulated shift, its temperatures to *last*."""
    plant = st.load_plant("one_machine")
    plan = st.load_scenario("one_machine", plant)
    run = st.simulate(plant, plan, until=until)
    rows = []
    for k in range(0, int(until) + 1, 15):
        now = run.at(float(k))["mill-1"]
        told = [("temperature_1", "degC", now["temperature_c"]["front"] + 0.3 * (k % 2 - 0.5))]
        if last is not None and k > last:
            told = []
        told += [
            ("spindle_speed", "rad/s", now["speed_rpm"] * 0.10471975511965977),
            ("spindle_load", "1", 0.2),
        ]
        rows += [
            Envelope(
                "mill-1", signal, value, unit, t_source=START + k, t_received=START + k,
                epoch="b", seq=k,
            )
            for signal, unit, value in told
        ]  # fmt: skip
    with Store(path) as store:
        store.add(rows)
    return placed(plant, plan, path, begin=0.0)


def test_a_followed_machine_has_its_estimate_and_its_trust(tmp_path):
    """TELEMETRY 6: reported, estimated, simulated side by side, with a status and why."""
    (machine,) = followed(tmp_path / "log.db")["machines"]
    report = next(one for one in machine["reported"] if one["signal"] == "temperature_1")
    assert report["node"] == "front"
    assert report["freshness"] == "FRESH"
    assert report["estimated"] == machine["estimate"]["temperature_c"]["front"]
    assert report["estimated"]["low"] < report["estimated"]["value"]
    assert report["simulated"] == machine["temperature_c"]["front"]
    assert machine["status"] != "UNCALIBRATED"
    assert machine["reason"]


def test_simulated_values_are_those_of_the_plan_whatever_was_measured(tmp_path):
    """TELEMETRY 1.2: a measurement never overwrites what the model says."""
    (machine,) = followed(tmp_path / "log.db")["machines"]
    plant = st.load_plant("one_machine")
    run = st.simulate(plant, st.load_scenario("one_machine", plant), until=1800.0)
    assert machine["temperature_c"] == run.at(1800.0)["mill-1"]["temperature_c"]


def test_forecasts_begin_with_what_is_believed(tmp_path):
    """The snapshot has the mean in its state and the covariance in its public part."""
    found = followed(tmp_path / "log.db")
    (machine,) = found["machines"]
    believed = {n: t["value"] for n, t in machine["estimate"]["temperature_c"].items()}
    public = json.loads(found["snapshot"])["public"]
    assert public[" belief mill-1"]["temperatures"] == list(believed.values())
    assert (
        len(public[" belief mill-1"]["covariance"]) == len(believed) + 2
    )  # Hall and friction.
    assert found["plant"] is not None


def test_a_stale_start_is_named(tmp_path):
    """TELEMETRY 5.6: a what-if from a stale state carries a warning."""
    (warning,) = followed(tmp_path / "log.db", last=1500.0)["warnings"]
    assert warning.startswith(
        "mill-1 is STALE: the newest temperature (temperature_1) is 300 s"
    )


def test_without_a_temperature_forecasts_begin_with_the_run(tmp_path):
    """Nothing is believed, so nothing is corrected: same JSON as the library's."""
    plant = st.load_plant("one_machine")
    plan = st.load_scenario("one_machine", plant)
    path = tmp_path / "log.db"
    Store(path).close()
    found = placed(plant, plan, path, begin=600.0)
    assert found["plant"] is None
    assert found["warnings"] == []
    run = st.simulate(plant, plan, until=600.0)
    ahead = st.look_ahead(plant, run.snapshot, plan, horizon="1 h", replications=2, workers=1)
    snapshot = replace(from_json(found["snapshot"]), model=plant)
    begun = st.look_ahead(plant, snapshot, plan, horizon="1 h", replications=2, workers=1)
    assert answer(begun) == answer(ahead)
    (machine,) = found["machines"]
    assert machine["status"] == "UNCALIBRATED"
    assert machine["reason"] == "no temperature was reported yet"


def test_when_a_reading_is_stale_is_said_by_the_catalogue_or_the_twin(tmp_path):
    """One rule of freshness: that of simtwin.live, with its setting."""
    plant = st.load_plant("one_machine")
    plan = st.load_scenario("one_machine", plant)
    path = tmp_path / "log.db"
    with Store(path) as store:
        when = {"t_source": START, "t_received": START}
        store.add([Envelope("mill-1", "temperature_1", 22.0, "degC", **when, seq=1)])
    for settings, freshness in ((Settings(), "GAP"), (Settings(stale_after=60.0), "FRESH")):
        found = placed(plant, plan, path, begin=50.0, settings=settings)
        (report,) = found["machines"][0]["reported"]
        assert (report["age_s"], report["freshness"]) == (50.0, freshness)


def test_who_has_followed_from_the_start_knows_what_a_newcomer_finds(tmp_path):
    """TELEMETRY 5.10: what is kept on the way is a cache: the same, bit for bit, also late."""
    plant = st.load_plant("one_machine")
    plan = st.load_scenario("one_machine", plant)
    path = tmp_path / "log.db"
    rows = [
        Envelope(
            "mill-1", signal, value, unit, t_source=START + 20.0 * k,
            t_received=START + 20.0 * k, epoch="b", seq=k,
        )
        for k in range(60)
        for signal, unit, value in (
            ("temperature_1", "degC", 24.0 + 0.05 * k), ("spindle_speed", "rad/s", 10.0 * k),
            ("coolant", "", "OFF" if k > 30 else "ON"),
        )
    ]  # fmt: skip
    order = rows[:60] + rows[90:150] + rows[60:90] + rows[150:]
    with Store(path) as store:
        store.add(order[:1])
        followed = Following(plant, path, Settings())
        for begin in range(1, len(order), 45):
            store.add(order[begin : begin + 45])
            found = followed.placed(plan, begin=0.0)
            assert found == placed(plant, plan, path, begin=0.0)
        assert found["machines"][0]["estimate"]["readings"]["used"] == 37
        followed.close()
