"""The verb serve: one command to a running service; its first key is shown once."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simtwin.cli import app, serve

SERVES = ["serve", "--bare", "--folder"]


@pytest.fixture
def asked(monkeypatch):
    """What uvicorn was asked to do, instead of doing it."""
    calls: list[dict] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: calls.append(options))
    return calls


def test_the_first_key_is_shown_once(tmp_path, asked):
    """It listens on the loopback address, where nobody else can ask."""
    first = CliRunner().invoke(app, [*SERVES, str(tmp_path), "--port", "8123"])
    assert first.exit_code == 0
    assert first.stdout.splitlines()[0].endswith(" at http://127.0.0.1:8123/")
    assert "its role is admin: stk_" in first.stdout
    assert (asked[0]["host"], asked[0]["port"]) == ("127.0.0.1", 8123)
    second = CliRunner().invoke(app, [*SERVES, str(tmp_path)])
    assert "stk_" not in second.stdout


def test_an_address_that_others_reach_is_told(tmp_path, asked):
    """Keys go over such a line in the clear; whoever opens it is told so."""
    told = CliRunner().invoke(app, [*SERVES, str(tmp_path), "--host", "0.0.0.0"])
    assert "what they send is not encrypted" in told.stderr


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
