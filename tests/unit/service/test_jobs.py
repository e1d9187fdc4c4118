"""Jobs: queued, followed, cancelled; what is done survives whatever happens to the service."""

from __future__ import annotations

import json
from dataclasses import asdict

from simtwin.service.durable import write_json
from simtwin.service.jobs import LOST, QUEUED, RUNNING, STATUS, Job
from simtwin.service.limits import Limits
from simtwin.service.worker import ANSWER, QUESTION, RESULTS
from tests.serving import Server, created, ended, served, twin

LONG = {"replications": 1000}


def begun(client, device: str, **asked: object) -> dict:
    """Return a job that was started."""
    told = client.post(twin(device, "simulate"), json=asked)
    assert told.status_code == 202, told.text
    return told.json()


def test_a_job_is_followed_to_its_end(tmp_path):
    """TELEMETRY 8: progress comes as events, the last one says what has become of it."""
    with served(tmp_path) as client:
        created(client, "cell")
        job = begun(client, "cell", replications=4)
        with client.stream("GET", f"/v1/jobs/{job['id']}/events") as told:
            assert told.headers["content-type"].startswith("text/event-stream")
            text = "".join(told.iter_text())
        events = [dict(line.split(": ", 1) for line in each.splitlines())
                  for each in text.strip().split("\n\n")]  # fmt: skip
        assert [int(each["id"]) for each in events] == list(range(1, len(events) + 1))
        assert events[-1]["event"] == "succeeded"
        last = json.loads(events[-1]["data"])
        assert (last["done"], last["total"]) == (4, 4)
        assert last == client.get(f"/v1/jobs/{job['id']}").json()
        assert client.get("/v1/jobs", params={"device": "cell"}).json()["jobs"] == [last]
        assert client.get("/v1/jobs", params={"device": "other"}).json()["jobs"] == []
        wrong = client.get(f"/v1/jobs/{job['id']}/results/order.csv")
        assert wrong.status_code == 404
        there = "result.json, bottleneck.csv, damage.csv, downtime.csv, energy.csv"
        assert f"(results: {there}" in wrong.json()["detail"]
        assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
        assert client.get(f"/v1/jobs/{job['id']}").status_code == 404


def test_a_job_is_cancelled_whether_it_waits_or_runs(tmp_path):
    """One runs and one waits; both end at once, and their places are free."""
    with served(tmp_path, Limits(jobs_running=1, jobs_waiting=1)) as client:
        created(client, "shop", plant="job_shop", scenario="day_shift")
        runs, waits = begun(client, "shop", **LONG), begun(client, "shop", **LONG)
        assert (runs["status"], waits["status"]) == (RUNNING, QUEUED)
        full = client.post(twin("shop", "simulate"), json=LONG)
        assert full.status_code == 429
        assert full.headers["retry-after"] == "10"
        assert client.delete(f"/v1/jobs/{runs['id']}").status_code == 409
        early = client.get(f"/v1/jobs/{runs['id']}/results/result.json")
        assert early.status_code == 409
        for job in (waits, runs):
            told = client.post(f"/v1/jobs/{job['id']}/cancel")
            assert told.json()["status"] == "cancelled"
        again = client.post(f"/v1/jobs/{runs['id']}/cancel")
        assert again.status_code == 409
        assert again.json()["detail"] == f"job {runs['id']} is cancelled already"
        created(client, "cell")
        next_ = begun(client, "cell", replications=2)
        assert ended(client, next_["id"])["status"] == "succeeded"


def test_a_job_whose_time_is_over_is_partial(tmp_path):
    """What is complete by then is kept, and marked."""
    with served(tmp_path, Limits(job_seconds=3.0)) as client:
        created(client, "shop", plant="job_shop", scenario="day_shift")
        job = ended(client, begun(client, "shop", **LONG)["id"])
        assert job["status"] == "succeeded"
        assert job["partial"] is True
        found = client.get(f"/v1/jobs/{job['id']}/results/result.json").json()
        assert found["partial"] is True
        assert 2 <= found["replications"] < 1000


def test_a_restart_takes_up_what_was_not_done(tmp_path):
    """A job on the disk that is not over begins anew; one without hope is lost."""
    with served(tmp_path) as client:
        created(client, "cell")
        done = ended(client, begun(client, "cell", replications=2)["id"])
    question = (tmp_path / "jobs" / done["id"] / QUESTION).read_text("utf-8")
    answered = (tmp_path / "jobs" / done["id"] / RESULTS / ANSWER).read_bytes()
    for name, attempts in (("a" * 16, 1), ("b" * 16, 3)):
        job = Job(name, "simulate", "cell", "x", {}, RUNNING, "2026-01-01T00:00:00Z",
                  attempts=attempts, seconds=60.0)  # fmt: skip
        write_json(tmp_path / "jobs" / name / STATUS, asdict(job))
        write_json(tmp_path / "jobs" / name / QUESTION, json.loads(question))
    with served(tmp_path) as client:
        assert client.get(f"/v1/jobs/{done['id']}").json() == done
        again = ended(client, "a" * 16)
        assert again["status"] == "succeeded"
        assert client.get(f"/v1/jobs/{'b' * 16}").json()["status"] == LOST
        found = client.get(f"/v1/jobs/{again['id']}/results/result.json")
        assert found.content == answered


def test_killed_and_restarted_no_finished_job_is_lost(tmp_path):
    """Killed with kill -9 at work: what was done is there, what was not is done again."""
    server = Server(tmp_path)
    try:
        asked = {"plant": "one_machine", "scenario": "one_machine"}
        server.ask("POST", twin("one", "create"), asked)
        seen = {"boot": "b", "seq": 1, "at": "+60 min", "machine": "mill-1",
                "signal": "feed_override_pct", "value": 70}  # fmt: skip
        server.ask("POST", twin("one", "synchronize"), {"observations": [seen]})
        state = server.ask("GET", twin("one", "state"))
        done = server.ask("POST", twin("one", "simulate"), {"replications": 2})
        server.wait(done, lambda job: job["status"] == "succeeded")
        found = server.ask("GET", f"/v1/jobs/{done['id']}/results/result.json")
        runs = server.ask("POST", twin("one", "simulate"), {"replications": 100})
        server.wait(runs, lambda job: job["done"] >= 2)
        server.kill()
        server = Server(tmp_path, server.key)
        assert server.ask("GET", twin("one", "state")) == state
        assert server.status(done)["status"] == "succeeded"
        assert server.ask("GET", f"/v1/jobs/{done['id']}/results/result.json") == found
        assert server.status(runs)["status"] in ("queued", "running", "succeeded")
        server.wait(runs, lambda job: job["status"] == "succeeded")
        again = server.ask("GET", f"/v1/jobs/{runs['id']}/results/result.json")
        assert again["replications"] == 100
    finally:
        server.kill()
