"""Laws: ``simtwin optimise`` tells, writes JSON and a plot, and leaves with the right code."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simtwin.cli.program import app

PLANT = """
plant: cell
machines:
  - id: lathe
    preset: generic-lathe-8in
    magazine: [{tool: insert, edges: 3}]
tools: [{id: insert, preset: turning-insert-steel}]
programs:
  - id: turn
    material: P7
    steps:
      - handle_min: 1
      - turn:
          {tool: insert, speed_m_min: 180, feed_mm: 0.3, depth_mm: 2, diameter_mm: 60,
          path_mm: 400}
products: [{id: shaft, route: [{operation: op10, machines: [lathe], program: turn}]}]
"""
DAY = """
scenario: day
plant: cell.yaml
orders: [{id: order-1, product: shaft, quantity: 10, due_h: 1}]
"""
QUICK = ("--starts", "2", "-n", "2", "--parts", "40", "--workers", "1")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a plant and a scenario."""
    (tmp_path / "cell.yaml").write_text(PLANT, "utf-8")
    (tmp_path / "day.yaml").write_text(DAY, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    """Return what a call of ``simtwin optimise`` prints, and how it leaves."""
    return CliRunner().invoke(app, ["optimise", "cell.yaml", "lathe", *QUICK, *words])


def test_it_tells_parameters_limits_and_the_trial(desk):
    """Tables for a reader, a plot in a file, and the plan beside it."""
    told = run(
        "--objective", "energy", "--limit", "power_kw=5", "--limit", "roughness_um@insert=5",
        "--plot", "limits.html", "--scenario", "day.yaml", "--metric", "energy_per_piece",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    for text in (
        "energy of turn on lathe, cell: 2 starts of SLSQP", "insert.speed",
        "roughness of insert", "2 paired runs of 40 parts", "energy_per_piece",
    ):  # fmt: skip
        assert text in told.stdout
    page = (desk / "limits.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("</script>") >= 2
    again = run("--plot", "limits.html")
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_a_plot_that_could_not_be_written_is_refused_before_the_work(desk):
    """No folder, or a file that is there: one line, exit 2, nothing searched."""
    told = run("--plot", "away/front.html")
    assert told.exit_code == 2
    assert told.stderr == "away/front.html: there is no folder away\n"
    assert told.stdout == ""
    (desk / "old.html").write_text("", "utf-8")
    assert "--force overwrites it" in run("--plot", "old.html").stderr


def test_help_names_what_is_taken_by_itself(monkeypatch):
    """A default in brackets of a help text is eaten as markup."""
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(CliRunner().invoke(app, ["optimise", "--help"]).output.split())
    for default in ("(time)", "(speed, feed)", "(late_orders, or good_pieces without orders)"):
        assert f"[default: {default}]" in said


def test_json_is_one_object(desk):
    """The same answer as the library's, twice the same bytes."""
    words = ("--json", "--objective", "time", "--bound", "insert.feed_mm=0.2..0.4")
    first, second = run(*words), run(*words)
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    plain = json.loads(first.stdout)
    assert plain["schema_version"] == 1
    assert plain["parameters"][1]["high"] == 0.4
    assert plain["trial"]["replications"] == 2


def test_limits_that_cannot_be_kept_leave_with_1(desk):
    """Those at fault are named on stdout."""
    told = run("--limit", "tool_life_min=600", "--limit", "time_s=70")
    assert told.exit_code == 1
    assert "At fault are" in told.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--limit", "power_kw"), "must be NAME=VALUE"),
        (("--limit", "power_kw=much"), "must be a number"),
        (("--limit", "power_kw=3", "--limit", "power_kw@insert=3"), "is given for all"),
        (("--limit", "power_kw@insert=3", "--limit", "power_kw=9"), "is given for all"),
        (("--limit", "power_kw=9", "--limit", "power_kw=1"), "is given twice, 9 and 1"),
        (("--limit", "power_kw@insert=9", "--limit", "power_kw@insert=1"), "is given twice"),
        (("--bound", "feed_mm=0.1..1", "--bound", "feed_mm=0.2..1"), "is given twice"),
        (("--bound", "feed_mm=0.2"), "must be as in '0.1..0.3'"),
        (("--passes", "insert=two", "--vary", "speed,depth"), "must be a whole number"),
        (("--objective", "wear"), "least where nothing is cut"),
    ],
)
def test_what_cannot_be_meant_leaves_with_2(desk, words, message):
    """One line on stderr, nothing on stdout."""
    told = run(*words)
    assert told.exit_code == 2
    assert message in told.stderr
    assert told.stdout == ""
