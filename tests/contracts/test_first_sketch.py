"""The README maps every name of the first sketch to what exists (DESIGN 7)."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import simtwin
from simtwin.result.look_ahead import LEVELS

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")

NAMES = (
    "VirtualDevice",
    "PhysicsModel",
    "WearModel",
    "ThermalModel",
    "DigitalTwinSimulator",
    "run_scenario",
    "compare_scenarios",
    "optimize_parameters",
    "FailurePredictor",
    "predict_failure_probability",
    "risk_level",
    "severities",
    "thresholds",
    "predict_rul",
    "limiting_component",
    "synchronize_with_physical",
    "/digital-twin/devices/{device_id}/twin/create",
    "/state",
    "/simulate",
    "/optimize",
    "/predict-failure",
    "/synchronize",
)
"""Every name that DESIGN 7 lists at its end."""

PLANNED = {
    "optimize_parameters": lambda: hasattr(simtwin, "optimise_parameters"),
    "synchronize_with_physical": lambda: hasattr(simtwin, "Twin"),
    "/digital-twin/": lambda: importlib.util.find_spec("simtwin.service") is not None,
}
"""What a name becomes; where that exists, the table may no longer say "not yet"."""

HOSTS = {"run": simtwin.Result, "ahead": simtwin.LookAhead}


def rows() -> list[tuple[str, str]]:
    """Return the rows of the table: names of the sketch, and where they are now."""
    part = README.partition("## The names of the first sketch")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_sketch_has_its_row(name):
    """DESIGN 7: the README maps each name to its place."""
    assert [left for left, _ in rows() if name in left], f"{name} has no row"


def test_every_place_in_the_table_exists():
    """DESIGN 7: modules are there, names are public, and methods are those of their types."""
    told = " ".join(right for _, right in rows())
    for path in re.findall(r"`simtwin\.([\w.]+)`", told):
        assert importlib.import_module(f"simtwin.{path}")
    for name in re.findall(r"`st\.(\w+)", told):
        assert name in simtwin.__all__
    for host, name in re.findall(r"`(run|ahead)\.(\w+)", told):
        assert hasattr(HOSTS[host], name), f"{host}.{name}"
    assert re.findall(r"level\(.*?\)`: (.*?);", told) == ["low, moderate, high or critical"]
    assert list(LEVELS) == ["low", "moderate", "high", "critical"]


def test_not_yet_is_said_only_of_what_is_not_there():
    """Whoever builds what is missing changes the table as well."""
    for left, right in rows():
        built = [exists() for name, exists in PLANNED.items() if name in left]
        assert built or right != "not yet", left
        assert (right == "not yet") == (built == [False]), left
