"""Bodies and queries are read strictly, files too; what is wrong is told with its place."""

from __future__ import annotations

import pytest

from simtwin.service.limits import Limits
from tests.serving import PLANT, SCENARIO, YAML, created, served, twin

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A service that takes little at once."""
    limits = Limits(body_bytes=2000, file_bytes=4000)
    with served(tmp_path_factory.mktemp("service"), limits) as asked:
        created(asked, "cell")
        yield asked


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"{", 400, "body: is no JSON: Expecting property name"),
        (b'{"seed": NaN}', 400, "body: NaN is no finite number"),
        (b'{"seed": 1e999}', 400, "body: 1e999 is no finite number"),
        (b'{"seed": 1, "seed": 2}', 400, "body: the key 'seed' stands twice"),
        (b"\xff{}", 400, "body: is not UTF-8 text (byte 0)"),
        (b"[" * 1500, 400, "body: is no JSON"),
        (b'{"until": "\\ud800"}', 400, "body: has half of a surrogate pair"),
        (b" " * 2001, 413, "body: must have at most 2000 bytes"),
        (b'{"seed": 1.5}', 422, "seed: must be a whole number"),
        (b'{"seed": -1}', 422, "seed: must be at least 0 (got -1)"),
        (b'{"seed": true}', 422, "seed: must be a whole number"),
    ],
)
def test_a_body_that_cannot_be_is_refused(client, content, status, words):
    """TELEMETRY 8: finite numbers, no key twice, UTF-8, bounded; never an error of ours."""
    told = client.post(twin("cell", "simulate"), content=content, headers=JSON)
    assert told.status_code == status
    assert words in told.json()["detail"]


def test_a_body_of_another_type_is_refused(client):
    """415 says which type is wanted."""
    told = client.post(twin("cell", "simulate"), content=b"{}", headers=YAML)
    assert told.status_code == 415
    assert told.json()["detail"] == (
        "content-type: must be application/json (got 'application/yaml')"
    )


def test_every_fault_has_its_pointer(client):
    """RFC 9457: all that is wrong at once, each with key and JSON pointer."""
    one = {"boot": "a b", "seq": 1, "at": "07:00", "signal": "power_kw", "valu": 3}
    told = client.post(twin("cell", "synchronize"), json={"observations": [one]})
    assert told.status_code == 422
    errors = {error["pointer"]: error["message"] for error in told.json()["errors"]}
    assert errors["/observations/0/boot"].startswith("must fit ^[A-Za-z0-9]")
    assert errors["/observations/0/valu"] == (
        "unknown key; did you mean 'value'? (required key 'value' is missing)"
    )


def test_a_query_is_read_as_strictly(client):
    """Unknown keys, keys twice and lengths without a unit are refused."""
    ahead = twin("cell", "predict-failure")
    for query, words in (
        ("horizn=8h", "horizn: unknown key; did you mean 'horizon'?"),
        ("horizon=8h&horizon=9h", "horizon: the key stands twice"),
        ("horizon=8", "horizon: must be a time with its unit, above 0 and at most 744 h"),
        ("horizon=900 h", "horizon: must be a time with its unit, above 0 and at most 744 h"),
        ("replications=x", "replications: must be a whole number (got 'x')"),
        ("replications=201", "replications: must be at most 200"),
        ("target=nan", "target: must be"),
        ("target=5e-324", "target: must be at least 0.01 (got '5e-324')"),
    ):
        told = client.get(f"{ahead}?{query}")
        assert told.status_code == 422, query
        assert words in told.json()["detail"]


def test_files_go_up_and_down(client):
    """What was sent comes back byte for byte; sending it again replaces it."""
    assert client.put("/v1/plants/up", content=PLANT, headers=YAML).status_code == 201
    assert client.put("/v1/plants/up", content=PLANT, headers=YAML).status_code == 200
    assert client.get("/v1/plants/up").text == PLANT
    text = SCENARIO.replace("plant: cell", "plant: up")
    kept = client.put("/v1/scenarios/up", content=text, headers=YAML)
    assert kept.json()["orders"] == ["order-1"]
    names = {row["name"]: row["bundled"] for row in client.get("/v1/plants").json()["files"]}
    assert names["up"] is False
    assert names["job_shop"] is True
    assert client.delete("/v1/plants/up").status_code == 204
    assert client.get("/v1/plants/up").status_code == 404


def test_what_is_bundled_stays(client):
    """A bundled name is neither replaced nor deleted, and can be read."""
    assert client.put("/v1/plants/job_shop", content=PLANT, headers=YAML).status_code == 409
    assert client.delete("/v1/scenarios/day_shift").status_code == 409
    assert client.get("/v1/scenarios/day_shift").text.startswith("# yaml-language-server")


def test_a_wrong_file_is_told_line_by_line(client):
    """UX 4.2: the same list as ``check`` prints, with line and column of each."""
    wrong = PLANT.replace("duration_min", "duration_mn").replace("mean_h: 200", "mean_h: -1")
    told = client.put("/v1/plants/wrong", content=wrong, headers=YAML).json()
    assert told["status"] == 422
    assert [error["line"] for error in told["errors"]] == [5, 7]
    assert told["errors"][1]["message"].startswith("unknown key; did you mean 'duration_min'?")
    assert told["detail"].splitlines()[0].startswith("wrong.yaml:5:")
    big = client.put("/v1/plants/wrong", content=b"#" * 4001, headers=YAML)
    assert big.status_code == 413


def test_a_file_reads_no_other_file(client):
    """A scenario that came over the wire names no file of this machine."""
    text = SCENARIO.replace("orders: [", "orders: ../secret.csv #")
    told = client.put("/v1/scenarios/reads", content=text, headers=YAML)
    assert told.status_code == 422
    assert "must be a list, or a CSV or Excel file beside this one" in told.json()["detail"]
    text = SCENARIO.replace("plant: cell", "plant: /etc/passwd")
    told = client.put("/v1/scenarios/reads", content=text, headers=YAML)
    assert told.status_code == 422
    assert "no plant file and no bundled plant '/etc/passwd'" in told.json()["detail"]


def test_what_is_not_there_is_said(client):
    """404, 405 and a name that cannot be one are problems too."""
    assert client.get("/nowhere").json()["detail"].startswith("nothing is at /nowhere")
    told = client.post("/healthz")
    assert (told.status_code, told.headers["allow"]) == (405, "GET")
    told = client.put(f"/v1/jobs/{'0' * 16}")
    assert (told.status_code, told.headers["allow"]) == (405, "DELETE, GET")
    told = client.get("/digital-twin/devices/a%20b/twin/state")
    assert told.status_code == 422
    assert told.json()["detail"].startswith("device_id: must fit ^[A-Za-z0-9]")


def test_the_start_page_needs_nothing_from_elsewhere(client):
    """UX 1.5: it works with the network unplugged, and its policy lets nothing else in."""
    told = client.get("/", headers={"Authorization": ""})
    assert told.status_code == 200
    assert "/digital-twin/devices/{device}/twin/create" in told.text
    assert "http" not in told.text.replace('"http-equiv', "")
    assert "default-src 'none'" in told.headers["content-security-policy"]
    assert told.headers["x-content-type-options"] == "nosniff"
