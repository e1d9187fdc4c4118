"""The six routes of a twin: created, read, followed; the same JSON as library and terminal."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import permutations

import pytest

import simtwin as st
from simtwin.errors import StoreFailed
from simtwin.live.store import Store
from simtwin.report.answer import answer
from tests.serving import (
    DEVICES,
    PLANT,
    SCENARIO,
    Server,
    created,
    ended,
    served,
    service_of,
    twin,
)

MAIN = "import sys; from simtwin.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A service without twins."""
    with served(tmp_path_factory.mktemp("service")) as asked:
        yield asked


def cli(*words: str) -> dict:
    """Return the one object that the terminal prints."""
    told = subprocess.run(
        [sys.executable, "-c", MAIN, *words, "--json"], capture_output=True, check=True
    )
    return json.loads(told.stdout)


def seen(seq: int, at: str, signal: str, value: float | bool | None, **more: object) -> dict:
    """Return an observation of mill-1."""
    return {
        "boot": "b1", "seq": seq, "at": at, "machine": "mill-1", "signal": signal,
        "value": value, **more,
    }  # fmt: skip


def test_a_twin_is_made_once_and_deleted(client):
    """TELEMETRY 8: create answers with where the state is; a second one is a conflict."""
    made = created(client, "once")
    assert made["time"] == "2026-01-05T06:00:00"
    again = client.post(twin("once", "create"), json={"plant": "cell", "scenario": "shift"})
    assert again.status_code == 409
    assert again.json()["detail"] == "device 'once' has a twin already"
    assert client.delete(f"{DEVICES}/once/twin").status_code == 204
    gone = client.get(twin("once", "state"))
    assert gone.status_code == 404
    assert "no device 'once'" in gone.json()["detail"]


def test_a_wrong_name_is_told_with_the_right_one(client):
    """UX 4.2: the words of the command line: did you mean."""
    asked = {"plant": "job_shp", "scenario": "day_shift"}
    told = client.post(twin("typo", "create"), json=asked)
    assert told.status_code == 404
    assert told.json()["detail"] == "no plant 'job_shp'; did you mean 'job_shop'?"
    told = client.post(
        twin("typo", "create"),
        json={"plant": "job_shop", "scenario": "day_shift", "machine": "mil-1"},
    )
    assert "machine: no machine 'mil-1'; did you mean 'mill-1'?" in told.json()["detail"]


def test_the_state_is_that_of_the_run(client):
    """The state at an instant is what a run of the library has there, and no sealed damage."""
    created(client, "run", plant="job_shop", scenario="day_shift", at="07:00")
    told = client.get(twin("run", "state")).json()
    plant = st.load_plant("job_shop")
    run = st.simulate(plant, st.load_scenario("day_shift", plant), seed=1, until=3600.0)
    now = run.at(3600.0)
    assert [row["machine"] for row in told["machines"]] == list(now)
    for row in told["machines"]:
        mine = now[row["machine"]]
        for key in ("state", "job", "operation", "power_kw", "tool"):
            assert row[key] == mine[key]
        assert not row.keys() & {"bearing_damage", "vb_mm"}
    assert told["time_s"] == 3600.0
    assert told["basis"].startswith("one run (seed 1), no interval")


def test_a_device_may_be_one_machine(client):
    """The state of a machine is that of the machine in its shop."""
    created(client, "mill", plant="job_shop", scenario="day_shift", machine="mill-1")
    told = client.get(twin("mill", "state")).json()
    assert [row["machine"] for row in told["machines"]] == ["mill-1"]
    sent = {**seen(1, "06:10", "coolant_on", False), "machine": None}
    done = client.post(twin("mill", "synchronize"), json={"observations": [sent]})
    assert done.json()["accepted"] == 1


def test_a_batch_is_counted_and_its_faults_are_told(client):
    """TELEMETRY 8: accepted, late, duplicate, rejected; each counts in one place."""
    created(client, "counts")
    first = [seen(1, "07:00", "feed_override_pct", 80), seen(2, "07:00", "stopped", False)]
    assert client.post(
        twin("counts", "synchronize"), json={"observations": first}
    ).json()["accepted"] == 2  # fmt: skip
    batch = [
        seen(1, "07:00", "feed_override_pct", 80),
        seen(1, "07:00", "feed_override_pct", 90),
        seen(3, "06:30", "feed_override_pct", 100),
        seen(4, "07:10", "feed_override_pct", 8000),
        seen(5, "07:10", "fed_override_pct", 80),
        seen(6, "13:00", "feed_override_pct", 80),
        {**seen(7, "07:10", "stopped", True), "machine": "mill-9"},
        seen(8, "07:20", "power_kw", None),
    ]
    told = client.post(twin("counts", "synchronize"), json={"observations": batch}).json()
    counts = [told[name] for name in ("accepted", "late", "duplicate", "rejected")]
    assert counts == [1, 1, 2, 4]
    assert sum(counts) == told["received"] == len(batch)
    words = {row["index"]: row["message"] for row in told["errors"]}
    assert sorted(words) == [3, 4, 5, 6]
    assert words[3] == "feed_override_pct: must be from 0 to 300 (got 8000)"
    assert "did you mean 'feed_override_pct'?" in words[4]
    assert "must lie between the start" in words[5]
    assert "no machine 'mill-9'" in words[6]
    assert told["time"] == "2026-01-05T07:20:00"


def test_the_state_does_not_depend_on_the_order(client):
    """TELEMETRY 5.8: whatever order and batches, the same state bit for bit."""
    batch = [
        seen(1, "06:20", "feed_override_pct", 50),
        seen(2, "06:40", "stopped", True),
        seen(3, "06:50", "stopped", False),
        seen(4, "06:55", "power_kw", 3.0),
    ]
    states = set()
    for number, order in enumerate(list(permutations(batch))[::7]):
        device = f"order-{number}"
        created(client, device)
        for one in order:
            told = client.post(twin(device, "synchronize"), json={"observations": [one]})
            assert told.status_code == 200
        state = client.get(twin(device, "state")).json()
        del state["device"]
        states.add(json.dumps(state, sort_keys=True))
    assert len(states) == 1


def test_what_was_set_is_done_and_what_was_measured_stands_beside(client):
    """TELEMETRY 6: a measurement never overwrites what the twin has; a setting is an act."""
    created(client, "beside", plant="job_shop", scenario="day_shift", at="07:00")
    before = client.get(twin("beside", "state")).json()
    hot = [seen(1, "07:00", "temperature_front_c", 99.5)]
    client.post(twin("beside", "synchronize"), json={"observations": hot})
    after = client.get(twin("beside", "state")).json()
    for old, new in zip(before["machines"], after["machines"], strict=True):
        for key in new.keys() - {"reported", "estimate", "reason"}:
            assert new[key] == old[key]
    report = after["machines"][0]["reported"][0]
    assert report["value"] == 99.5
    own = after["machines"][0]["temperature_c"]["front"]
    assert report["simulated"] == own
    assert report["difference"] == 99.5 - own
    assert report["estimated"]["value"] == 99.5
    assert after["machines"][0]["status"] == "UNCALIBRATED"
    slow = [seen(2, "06:30", "feed_override_pct", 50)]
    told = client.post(twin("beside", "synchronize"), json={"observations": slow}).json()
    assert told["late"] == 1
    slower = client.get(twin("beside", "state")).json()
    assert slower["machines"] != after["machines"]


def test_look_ahead_is_the_json_of_library_and_terminal(client):
    """DESIGN 7: the same question has the same JSON in library, terminal and service."""
    created(client, "told-ahead", plant="job_shop", scenario="day_shift")
    told = client.get(twin("told-ahead", "predict-failure"), params={"replications": 4})
    plant = st.load_plant("job_shop")
    shift = st.load_scenario("day_shift", plant)
    library = answer(st.look_ahead(plant, None, shift, replications=4, workers=1))
    assert told.json() == json.loads(json.dumps(library))
    assert told.json() == cli("look-ahead", "day_shift", "-n", "4")


def test_look_ahead_is_a_safe_read(client):
    """TELEMETRY 1.2: a GET changes nothing, and the same one has the same answer."""
    created(client, "safe", at="07:00")
    before = client.get(twin("safe", "state")).content
    asked = {"horizon": "90 min", "replications": 4}
    first = client.get(twin("safe", "predict-failure"), params=asked).json()
    assert client.get(twin("safe", "predict-failure"), params=asked).json() == first
    assert first["from_s"] == 3600.0
    assert first["horizon_s"] == 5400.0
    assert client.get(twin("safe", "state")).content == before


def test_simulate_is_the_json_of_the_terminal(client):
    """DESIGN 7: a job from the start of a scenario gives what ``simtwin run --json`` gives."""
    created(client, "same", plant="job_shop", scenario="day_shift")
    told = client.post(twin("same", "simulate"), json={"replications": 3})
    assert told.status_code == 202
    where = told.headers["location"]
    job = ended(client, told.json()["id"])
    assert job["status"] == "succeeded", job
    assert (job["done"], job["total"]) == (3, 3)
    found = client.get(f"{where}/results/result.json")
    assert found.json() == cli("run", "day_shift", "-n", "3")
    orders = client.get(f"{where}/results/orders.csv")
    assert orders.headers["content-type"].startswith("text/csv")
    assert orders.text.startswith("order,product,quantity,")


def test_simulate_goes_on_from_the_state(client):
    """From 07:00 on every run is a forecast: its figures count from there."""
    created(client, "on", at="07:00")
    told = client.post(twin("on", "simulate"), json={"replications": 2, "until": "08:00"})
    job = ended(client, told.json()["id"])
    assert job["status"] == "succeeded", job
    found = client.get(f"/v1/jobs/{job['id']}/results/result.json").json()
    assert found["end_s"] == 7200.0
    assert found["kpis"]["good_pieces"]["value"] <= 7


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"replications": 0}, 422, "replications: must be at least 1 (got 0)"),
        ({"replications": "5"}, 422, "replications: must be a whole number (got '5')"),
        ({"replication": 5}, 422, "replication: unknown key; did you mean 'replications'?"),
        ({"until": "25:00"}, 422, "until: must be a time of day from 00:00 to 23:59"),
        ({"until": "06:00"}, 422, "until: must lie after the state at 2026-01-05T06:00:00"),
        ({"until": "+90 h"}, 422, "until: must lie between the start"),
        ([], 422, "must be a mapping (got a list of 0)"),
    ],
)
def test_wrong_questions_are_told_in_words(client, asked, status, words):
    """RFC 9457, with the words of the command line and all that is wrong."""
    if client.get(twin("words", "state")).status_code == 404:
        created(client, "words")
    told = client.post(twin("words", "simulate"), json=asked)
    assert told.status_code == status
    assert told.headers["content-type"] == "application/problem+json"
    assert words in told.json()["detail"]
    assert told.json()["type"] == "/problems/invalid-input"


def test_optimize_is_the_json_of_the_terminal(client):
    """DESIGN 7: the job gives what ``simtwin optimise --json`` gives, and its tables."""
    created(client, "best", plant="job_shop", scenario="day_shift", machine="mill-1")
    asked = {
        "objective": ["Energy per part"],
        "constraints": {"power_kw": 9},
        "replications": 2,
    }
    told = client.post(twin("best", "optimize"), json=asked)
    job = ended(client, told.json()["id"])
    assert job["status"] == "succeeded", job
    found = client.get(f"/v1/jobs/{job['id']}/results/result.json").json()
    words = ("optimise", "job_shop", "mill-1", "--objective", "energy", "--limit", "power_kw=9")
    assert found == cli(*words, "-n", "2")
    assert job["results"] == ["result.json", "constraints.csv", "figures.csv", "parameters.csv"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "machine: must be given, as the device is a whole plant"),
        ({"machine": "mil-1"}, "machine: no machine 'mil-1'; did you mean 'mill-1'?"),
        ({"machine": "mill-1", "objective": "time"}, "objective: must be a list (got 'time')"),
        ({"machine": "mill-1", "vary": ["spede"]}, "vary[0]: must be 'speed', 'feed', 'depth'"),
        ({"machine": "mill-1", "constraint": {}}, "did you mean 'constraints'?"),
    ],
)
def test_a_wrong_wish_is_told_in_words(client, asked, words):
    """What cannot be optimised is refused before any worker starts."""
    if client.get(twin("wish", "state")).status_code == 404:
        created(client, "wish", plant="job_shop", scenario="day_shift")
    told = client.post(twin("wish", "optimize"), json=asked)
    assert told.status_code == 422
    assert words in told.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "pointer", "words"),
    [
        ({"constraints": {"powr_kw": 9}}, "/constraints/powr_kw", "did you mean 'power_kw'?"),
        (
            {"constraints": {"power_kw": -9}},
            "/constraints/power_kw",
            "must be above 0 (got -9)",
        ),
        ({"constraints": {"power_kw": {"x": 9}}}, "/constraints/power_kw/x", "no name 'x'"),
        ({"constraints": {"cost": 9}}, "/constraints/cost", "needs prices"),
        ({"prices": {"machine": 40}}, "/prices/machine", "did you mean 'machine_per_h'?"),
        ({"prices": {"edge": {"saw": 4}}}, "/prices/edge/saw", "no tool 'saw'"),
        ({"objective": ["time", "cost"]}, "/objective/1", "needs prices"),
        ({"objective": ["wear"]}, "/objective/0", "of what?"),
        ({"objective": ["energy per hour"]}, "/objective/0", "has no fixed work"),
        ({"objective": ["enegry"]}, "/objective/0", "did you mean 'energy'?"),
        ({"program": "housing-op99"}, "/program", "no program 'housing-op99'"),
        ({"operation": "housing/op99"}, "/operation", "no operation 'housing/op99'"),
        ({"bounds": {"feed_mm": [2, 1]}}, "/bounds/feed_mm", "must be above 0 and in order"),
        ({"vary": ["depth", "feed"], "passes": {"saw": 2}}, "/passes/saw", "no cut 'saw'"),
        ({"vary": ["coolant"]}, "/vary", "at least speed or feed must be free"),
    ],
)
def test_a_wish_that_the_plant_cannot_have_is_no_job(client, asked, pointer, words):
    """RFC 9457: refused at once, in the words of the terminal, and no job waits."""
    if client.get(twin("wish", "state")).status_code == 404:
        created(client, "wish", plant="job_shop", scenario="day_shift")
    told = client.post(twin("wish", "optimize"), json={"machine": "mill-1", **asked})
    assert told.status_code == 422, told.text
    [error] = told.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["message"] == told.json()["detail"]
    assert client.get("/v1/jobs", params={"device": "wish"}).json() == {"jobs": []}


def test_a_job_that_cannot_be_done_fails_with_the_reason(client, monkeypatch):
    """It has the problem that the terminal would print, should it be found only then."""
    created(client, "none", plant="job_shop", scenario="day_shift")
    asked = {"machine": "mill-1", "program": "housing-op99"}

    async def unchecked(question):
        return {}

    monkeypatch.setattr(service_of(client).desk, "ask", unchecked)
    told = client.post(twin("none", "optimize"), json=asked)
    job = ended(client, told.json()["id"])
    assert job["status"] == "failed"
    assert job["problem"]["status"] == 422
    assert "housing-op99" in job["problem"]["detail"]
    late = client.get(f"/v1/jobs/{job['id']}/results/result.json")
    assert late.json()["detail"] == f"job {job['id']} is failed, and has no results"


def test_a_restart_finds_the_same_state_and_what_is_late(tmp_path):
    """TELEMETRY 5.10: truth is the log; the state that is kept beside it is only a cache."""
    with served(tmp_path) as first:
        created(first, "cell")
        batch = [seen(1, "06:40", "feed_override_pct", 60), seen(2, "06:50", "power_kw", 3)]
        first.post(twin("cell", "synchronize"), json={"observations": batch})
        state = first.get(twin("cell", "state")).json()
    (tmp_path / "twins" / "cell" / "present.json").unlink()
    with served(tmp_path) as again:
        assert again.get(twin("cell", "state")).json() == state
        more = [seen(3, "07:00", "power_kw", 4), seen(2, "06:50", "power_kw", 3)]
        told = again.post(twin("cell", "synchronize"), json={"observations": more}).json()
        assert (told["accepted"], told["duplicate"]) == (1, 1)
        old = [seen(4, "06:45", "power_kw", 3.5)]
        told = again.post(twin("cell", "synchronize"), json={"observations": old}).json()
        assert (told["accepted"], told["late"]) == (0, 1)


def test_every_observation_is_in_the_log_or_in_quarantine_with_its_reason(tmp_path):
    """TELEMETRY 5.7: received = stored + duplicate + quarantined, nothing silently dropped."""
    with served(tmp_path) as client:
        created(client, "cell")
        batch = [
            seen(1, "06:40", "power_kw", 3),
            seen(1, "06:40", "power_kw", 3),
            seen(2, "06:41", "power_kw", 3000),
        ]
        client.post(twin("cell", "synchronize"), json={"observations": batch})
    with Store(tmp_path / "twins" / "cell" / "observations.db", readonly=True) as store:
        tally = store.tally()
        (kept,) = store.quarantined()
    assert (tally["received"], tally["stored"]) == (3, 1)
    assert (tally["duplicate"], tally["quarantined"]) == (1, 1)
    assert kept.reason == "power_kw: must be from 0 to 1000 (got 3000)"
    assert json.loads(kept.raw)["seq"] == 2


def test_a_log_that_cannot_be_written_is_told_and_nothing_is_taken(client, monkeypatch):
    """TELEMETRY 5.4: no answer before the commit; a full disk is said in words."""
    created(client, "full")
    batch = {"observations": [seen(1, "06:40", "power_kw", 3)]}
    before = client.get(twin("full", "state")).content

    def full(store):
        raise StoreFailed("observations.db: the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "batch", full)
        told = client.post(twin("full", "synchronize"), json=batch)
    assert (told.status_code, told.json()["detail"]) == (
        503,
        "observations.db: the disk is full",
    )
    assert client.get(twin("full", "state")).content == before
    told = client.post(twin("full", "synchronize"), json=batch).json()
    assert told["accepted"] == 1


def test_what_was_answered_is_there_after_a_kill(tmp_path):
    """TELEMETRY 5.4: killed at any time, nothing that was acknowledged is lost, or twice."""
    server = Server(tmp_path)
    server.ask("PUT", "/v1/plants/cell", PLANT, "yaml")
    server.ask("PUT", "/v1/scenarios/shift", SCENARIO, "yaml")
    server.ask("POST", twin("cell", "create"), {"plant": "cell", "scenario": "shift"})
    answered, number = set(), 0
    for wait in (0.05, 0.3, 0.7):
        killer = threading.Timer(wait, server.kill)
        killer.start()
        with suppress(OSError, http.client.HTTPException):
            while True:
                number += 1
                batch = {"observations": [seen(number, f"+{number} s", "power_kw", 3)]}
                server.post(twin("cell", "synchronize"), batch)
                answered.add(number)
        killer.join()
        server = Server(tmp_path, server.key)
        state = server.ask("GET", twin("cell", "state"))
        assert len(answered) <= state["observations"]["kept"] <= number
    server.kill()
    with Store(tmp_path / "twins" / "cell" / "observations.db", readonly=True) as store:
        kept = [one.envelope.seq for one in store.timed()]
    assert answered <= set(kept)
    assert len(kept) == len(set(kept))


def test_the_smaller_of_two_contents_stays_whichever_came_first(client):
    """TELEMETRY 5.1: one identity, two contents: no order of arrival decides."""
    digests = set()
    one, other = seen(1, "06:40", "power_kw", 3), seen(1, "06:40", "power_kw", 4)
    for number, order in enumerate(([one, other], [other, one])):
        created(client, f"two-{number}")
        for sent in order:
            told = client.post(
                twin(f"two-{number}", "synchronize"), json={"observations": [sent]}
            ).json()
        assert told["duplicate"] == 1
        digests.add(told["digest"])
    assert len(digests) == 1


def test_time_passes_where_nothing_was_heard(client):
    """TELEMETRY 5.6: what was fresh becomes stale, then a gap, though nobody says anything."""
    created(client, "silent")
    batch = {"observations": [seen(1, "06:40", "power_kw", 3)]}
    client.post(twin("silent", "synchronize"), json=batch)
    found = []
    for until in ("06:41", "06:45", "07:00"):
        asked = {"observations": [], "until": until}
        told = client.post(twin("silent", "synchronize"), json=asked).json()
        assert (told["received"], told["time"]) == (0, f"2026-01-05T{until}:00")
        (report,) = client.get(twin("silent", "state")).json()["machines"][0]["reported"]
        found.append((report["freshness"], report["age_s"]))
    assert found == [("FRESH", 60.0), ("STALE", 300.0), ("GAP", 1200.0)]


def test_a_sensor_measures_what_its_twin_says(client):
    """One signal of the catalogue, at another node; a node that there is not is refused."""
    asked = {"plant": "one_machine", "scenario": "one_machine", "machine": "mill-1"}
    created(client, "rear", **asked, sensors={"temperature_2": "rear"})
    batch = [{**seen(1, "06:10", "temperature_rear_c", 24.5), "machine": None}]
    told = client.post(twin("rear", "synchronize"), json={"observations": batch}).json()
    assert told["accepted"] == 1
    (report,) = client.get(twin("rear", "state")).json()["machines"][0]["reported"]
    assert (report["signal"], report["node"]) == ("temperature_2", "rear")
    wrong = client.post(
        twin("nose", "create"), json={**asked, "sensors": {"temperature_2": "raer"}}
    )
    assert wrong.status_code == 422
    assert "sensors.temperature_2: no node 'raer'; did you mean 'rear'?" in wrong.text


def test_a_plan_of_another_plant_is_refused_in_words(client):
    """UX 4.2: an unknown name comes back from the worker as the problem that it is."""
    created(client, "own")
    told = client.post(twin("other", "create"), json={"plant": "job_shop", "scenario": "shift"})
    assert told.status_code == 422
    assert told.json()["errors"][0]["message"].startswith("no product 'part'")


def test_a_stale_start_is_named_in_the_answer(client):
    """TELEMETRY 5.6: a look-ahead from a stale state says so."""
    created(client, "stale", plant="one_machine", scenario="one_machine", machine="mill-1")
    batch = [
        {**seen(k, f"+{10 * k} s", signal, value), "machine": None}
        for k in range(1, 4)
        for signal, value in (("temperature_front_c", 24.0), ("spindle_speed_rpm", 0.0))
    ]
    asked = {"observations": batch, "until": "06:05"}
    client.post(twin("stale", "synchronize"), json=asked)
    told = client.get(twin("stale", "state")).json()
    assert told["forecasts_begin"]["followed"]
    warnings = told["forecasts_begin"]["warnings"]
    assert "mill-1 is STALE: the newest temperature (temperature_1) is 270 s" in warnings[0]
    asked = {"replications": 2, "horizon": "30 min"}
    ahead = client.get(twin("stale", "predict-failure"), params=asked).json()
    assert ahead["warnings"][0].startswith(warnings[0])
    job = client.post(twin("stale", "simulate"), json={"replications": 2, "until": "07:00"})
    assert ended(client, job.json()["id"])["status"] == "succeeded"
    found = client.get(f"/v1/jobs/{job.json()['id']}/results/result.json").json()
    assert found["warnings"] == warnings


def test_the_hash_of_a_plant_is_of_what_it_is(client, tmp_path):
    """Same bytes, same hash: however the path is spelled, and whoever is asked."""
    (tmp_path / "cell.yaml").write_text(PLANT, encoding="utf-8")
    (tmp_path / "shift.yaml").write_text(SCENARIO, encoding="utf-8")
    asked = [
        st.simulate(plant, st.load_scenario(path, plant)).provenance
        for path in (
            tmp_path / "shift.yaml",
            tmp_path / "." / ".." / tmp_path.name / "shift.yaml",
        )
        for plant in [st.load_plant(path.with_name("cell.yaml"))]
    ]
    asked.append(
        cli(
            "run",
            str(tmp_path / "shift.yaml"),
            "--plant",
            str(tmp_path / "cell.yaml"),
            "-n",
            "1",
        )["provenance"]
    )
    created(client, "hashed")
    job = client.post(twin("hashed", "simulate"), json={"replications": 1}).json()
    assert ended(client, job["id"])["status"] == "succeeded"
    asked.append(client.get(f"/v1/jobs/{job['id']}/results/result.json").json()["provenance"])
    for key in ("plant_sha256", "scenario_sha256"):
        assert len({one[key] for one in asked}) == 1
    plant = st.load_plant(tmp_path / "cell.yaml").with_changes({"ambient": 30.0})
    changed = st.simulate(plant, st.load_scenario(tmp_path / "shift.yaml", plant))
    assert changed.provenance["plant_sha256"] != asked[0]["plant_sha256"]


@pytest.mark.parametrize("horizon", ["-1", "8", "0 h", "-1 h", "900 h", "1e999 h", "soon"])
def test_a_horizon_that_is_none_is_told_whole(client, horizon):
    """UX 3: what it must be, in one message, whatever is wrong with it."""
    if client.get(twin("ahead", "state")).status_code == 404:
        created(client, "ahead")
    told = client.get(twin("ahead", "predict-failure"), params={"horizon": horizon})
    assert told.status_code == 422
    words = "horizon: must be a time with its unit, above 0 and at most 744 h, as in '90 min'"
    assert told.json()["detail"] == f"{words} or '8 h' (got {horizon!r})"
    assert told.json()["errors"][0]["key"] == "horizon"


def test_a_device_without_a_twin_is_told_beside_those_with_one(client):
    """UX 3: what there is instead, in the plural of people."""
    created(client, "known")
    told = client.get(twin("knwon", "state"))
    assert told.status_code == 404
    assert "no device 'knwon'; did you mean 'known'? (devices: known" in told.json()["detail"]


def test_a_single_run_is_seen_in_3d(client):
    """The page of the viewer, of the same run; it stands alone, and many runs have none."""
    from simtwin.viewer.page import view

    created(client, "seen", plant="job_shop", scenario="day_shift")
    job = client.post(
        twin("seen", "simulate"), json={"replications": 1, "until": "08:00"}
    ).json()
    assert "view.html" in ended(client, job["id"])["results"]
    page = client.get(f"/v1/jobs/{job['id']}/results/view.html")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == "sandbox allow-scripts allow-downloads"
    plant = st.load_plant("job_shop")
    run = st.simulate(plant, st.load_scenario("day_shift", plant), until=7200.0)
    assert page.text == view([run]).html
    many = client.post(
        twin("seen", "simulate"), json={"replications": 2, "until": "07:00"}
    ).json()
    assert "view.html" not in ended(client, many["id"])["results"]
