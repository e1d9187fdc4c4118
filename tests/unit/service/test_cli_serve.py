"""The verb serve: one command to a running service; its first key is shown once."""

from __future__ import annotations

import json
import socket

import pytest
from typer.testing import CliRunner

from simtwin.cli import app, serve
from tests.serving import served

SERVES = ["serve", "--bare", "--folder"]


@pytest.fixture
def asked(monkeypatch):
    """What uvicorn was asked to do, instead of doing it."""
    doors: list[tuple] = []

    def run(server, sockets):
        doors.extend(one.getsockname() for one in sockets)

    monkeypatch.setattr("uvicorn.Server.run", run)
    return doors


@pytest.fixture
def taken():
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def refused(*words):
    """Return what a start that is refused says: one line, exit code 2, and nothing else."""
    told = CliRunner().invoke(app, ["serve", "--bare", *map(str, words)])
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert len(told.stderr.splitlines()) == 1, told.stderr
    return told.stderr


def test_the_first_key_is_shown_once(tmp_path, asked):
    """It listens on the loopback address, where nobody else can ask."""
    first = CliRunner().invoke(app, [*SERVES, str(tmp_path), "--port", "0"])
    assert first.exit_code == 0
    [(host, port)] = asked
    assert host == "127.0.0.1"
    assert port > 0
    assert first.stdout.splitlines()[0].endswith(f" at http://127.0.0.1:{port}/")
    assert "its role is admin: stk_" in first.stdout
    second = CliRunner().invoke(app, [*SERVES, str(tmp_path), "--port", "0"])
    assert second.exit_code == 0
    assert "stk_" not in second.stdout


def test_an_address_that_others_reach_is_told(tmp_path, asked):
    """Keys go over such a line in the clear; whoever opens it is told so."""
    told = CliRunner().invoke(app, [*SERVES, str(tmp_path), "--host", "0.0.0.0", "--port", "0"])
    assert "what they send is not encrypted" in told.stderr


def test_a_port_or_a_host_that_cannot_be_had_is_refused_first(tmp_path, taken):
    """UX 3: one line and 2; no key was made, and no folder."""
    folder = tmp_path / "none"
    said = refused("--folder", folder, "--port", taken)
    assert f"--port {taken}: another program listens there" in said
    for host in ("no.such.host.invalid", "x" * 300, "256.1.1.1", ""):
        said = refused("--folder", folder, "--host", host, "--port", 0)
        assert f"--host {host}" in said
    # Of the net for examples (RFC 5737), hence of no machine.
    said = refused("--folder", folder, "--host", "192.0.2.1", "--port", 0)
    assert "--host 192.0.2.1: is no address of this machine" in said
    assert not folder.exists()


def test_a_folder_that_cannot_be_had_is_refused_first(tmp_path):
    """UX 3: of another service, or a file; no key is made."""
    with served(tmp_path / "busy") as client:
        assert client.get("/healthz").status_code == 200
        said = refused("--folder", tmp_path / "busy", "--port", 0)
        assert "another service has this folder" in said
    file = tmp_path / "file"
    file.write_text("a file", encoding="utf-8")
    for folder in (file, file / "below"):
        assert "folder that can be written is needed" in refused(
            "--folder", folder, "--port", 0
        )


@pytest.mark.parametrize(
    "text", ["", "{", "3", "[3]", '[{"id": 1}]', '{"a": 1}', "\xff", "[{}]"]
)
def test_keys_that_cannot_be_read_are_named(tmp_path, text):
    """UX 3: which file, and what to do."""
    path = tmp_path / "keys.json"
    path.write_bytes(text.encode("latin-1"))
    said = refused("--folder", tmp_path, "--port", 0)
    assert f"{path}: cannot be read as keys" in said
    assert "delete it" in said


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    """UX 11: a missing extra is one sentence, and wrong usage."""
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    for words in ([*SERVES, str(tmp_path)], ["schema", "service"]):
        told = CliRunner().invoke(app, words)
        assert told.exit_code == 2
        assert 'simtwin serve needs FastAPI: pip install -e ".[serve]"' in told.stderr


def test_the_description_is_printed():
    """``simtwin schema service`` prints the OpenAPI."""
    told = CliRunner().invoke(app, ["schema", "service"])
    assert json.loads(told.stdout)["openapi"].startswith("3.")
