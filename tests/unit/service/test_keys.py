"""Keys are known by their hash; a route is open to its role and to those above."""

from __future__ import annotations

import json

import pytest

from simtwin.service.keys import Keys, Role
from simtwin.service.limits import Limits
from tests.serving import DEVICES, YAML, served, service_of, twin

NOBODY, VIEWER, OPERATOR, ENGINEER, ADMIN = range(5)
"""Who may, at least."""

NO_JOB, NO_KEY = "0" * 16, "0" * 12

ROUTES = {
    ("GET", "/"): NOBODY,
    ("GET", "/healthz"): NOBODY,
    ("GET", "/readyz"): NOBODY,
    ("GET", "/openapi.json"): NOBODY,
    ("GET", DEVICES): VIEWER,
    ("GET", twin("{device_id}", "state")): VIEWER,
    ("GET", twin("{device_id}", "view")): NOBODY,
    ("GET", twin("{device_id}", "view/data")): VIEWER,
    ("GET", twin("{device_id}", "events")): VIEWER,
    ("GET", twin("{device_id}", "predict-failure")): VIEWER,
    ("POST", twin("{device_id}", "synchronize")): OPERATOR,
    ("POST", twin("{device_id}", "simulate")): OPERATOR,
    ("POST", twin("{device_id}", "optimize")): OPERATOR,
    ("POST", twin("{device_id}", "create")): ENGINEER,
    ("DELETE", f"{DEVICES}/{{device_id}}/twin"): ENGINEER,
    ("GET", "/v1/jobs"): VIEWER,
    ("GET", "/v1/jobs/{job_id}"): VIEWER,
    ("GET", "/v1/jobs/{job_id}/events"): VIEWER,
    ("GET", "/v1/jobs/{job_id}/results/{name}"): VIEWER,
    ("POST", "/v1/jobs/{job_id}/cancel"): OPERATOR,
    ("DELETE", "/v1/jobs/{job_id}"): OPERATOR,
    ("GET", "/v1/plants"): VIEWER,
    ("GET", "/v1/plants/{name}"): VIEWER,
    ("PUT", "/v1/plants/{name}"): ENGINEER,
    ("DELETE", "/v1/plants/{name}"): ENGINEER,
    ("GET", "/v1/scenarios"): VIEWER,
    ("GET", "/v1/scenarios/{name}"): VIEWER,
    ("PUT", "/v1/scenarios/{name}"): ENGINEER,
    ("DELETE", "/v1/scenarios/{name}"): ENGINEER,
    ("GET", "/v1/keys"): ADMIN,
    ("POST", "/v1/keys"): ADMIN,
    ("DELETE", "/v1/keys/{key_id}"): ADMIN,
}
"""Every route, and who may ask it; written by hand, so that a new one is thought about."""

HELD = ("nobody", *(role.word for role in Role))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A service without a twin."""
    with served(tmp_path_factory.mktemp("service")) as asked:
        yield asked


@pytest.fixture(scope="module")
def secrets(client):
    """A key of each role."""
    keys = service_of(client).keys
    return {role.word: keys.make(role.word, role)[1] for role in Role}


def test_every_route_has_a_rule(client):
    """TELEMETRY 8: a route without a rule in the matrix fails, and a rule without a route."""
    told = client.get("/openapi.json").json()
    found = {
        (method.upper(), path): HELD.index(said["x-role"].replace("none", "nobody"))
        for path, methods in told["paths"].items()
        for method, said in methods.items()
    }
    assert found == ROUTES


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_is_open_to_its_role_and_above(client, secrets, method, path, held):
    """OWASP API5: route by role; 401 without a key, 403 with one that may not, first of all."""
    address = path.format(device_id="none", job_id=NO_JOB, key_id=NO_KEY, name="none")
    if path.endswith("results/{name}"):
        address = address.replace("/none", "/result.json")
    header = {} if held == "nobody" else {"Authorization": f"Bearer {secrets[held]}"}
    told = client.request(
        method, address, content=b"no: [", headers={"Authorization": "", **YAML, **header}
    )
    if HELD.index(held) >= ROUTES[method, path]:
        assert told.status_code not in (401, 403)
        assert told.status_code < 500
    else:
        assert told.status_code == (401 if held == "nobody" else 403)
        assert told.headers["content-type"] == "application/problem+json"


def test_no_part_of_a_secret_is_kept(tmp_path):
    """TELEMETRY 8: id and SHA-256 stand on the disk, for nobody else to read."""
    path = tmp_path / "keys.json"
    key, secret = Keys(path).make("line 3", Role.OPERATOR)
    assert secret.startswith(f"stk_{key.id}_")
    kept = path.read_text("utf-8")
    assert secret.removeprefix(f"stk_{key.id}_") not in kept
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(kept)[0].keys() == {"id", "name", "role", "sha256"}
    again = Keys(path)
    assert again.holder(secret) == key
    for wrong in ("", secret[:-1], secret + "a", secret.replace(key.id, NO_KEY), "stk_\ud800"):
        assert again.holder(wrong) is None


def test_the_first_key_is_made_once(tmp_path):
    """A new folder has one key, of an admin; a second start makes none."""
    with served(tmp_path) as asked:
        service = service_of(asked)
        assert service.first_key() is None
        [key] = service.keys.all()
        assert not service.keys.drop(NO_KEY)
        assert service.keys.drop(key.id)
        assert service.first_key() is not None
        assert [key.role for key in service.keys.all()] == ["admin"]


def test_a_key_is_made_shown_once_and_deleted(client):
    """The secret is in the answer and nowhere else; a deleted key opens nothing."""
    made = client.post("/v1/keys", json={"name": "line 3", "role": "viewer"}).json()
    listed = client.get("/v1/keys")
    assert made["secret"] not in listed.text
    assert made["id"] in listed.text
    header = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get(DEVICES, headers=header).status_code == 200
    assert client.delete(f"/v1/keys/{made['id']}").status_code == 204
    assert client.get(DEVICES, headers=header).status_code == 401
    assert client.delete(f"/v1/keys/{made['id']}").status_code == 404


def test_the_last_admin_cannot_lock_everybody_out(tmp_path):
    """Somebody can always make keys."""
    with served(tmp_path) as asked:
        [key] = asked.get("/v1/keys").json()["keys"]
        told = asked.delete(f"/v1/keys/{key['id']}")
        assert told.status_code == 409
        assert told.json()["detail"] == f"key '{key['id']}' is the last of an admin"


def test_guessing_is_slow(tmp_path):
    """OWASP API2: after some wrong keys from one address wait; a known one passes."""
    with served(tmp_path, Limits(guesses=3)) as asked:
        wrong = {"Authorization": f"Bearer stk_{NO_KEY}_{'a' * 43}"}
        told = [asked.get(DEVICES, headers=wrong).status_code for _ in range(4)]
        assert told == [401, 401, 401, 429]
        assert asked.get(DEVICES).status_code == 200
        assert asked.get(DEVICES, headers=wrong).status_code == 429


def test_one_process_has_the_folder(tmp_path):
    """TELEMETRY 8: one process owns the twins; a second one is refused."""
    from simtwin.errors import InvalidInput

    with (
        served(tmp_path),
        pytest.raises(InvalidInput, match="another service has this folder"),
        served(tmp_path),
    ):
        pass
