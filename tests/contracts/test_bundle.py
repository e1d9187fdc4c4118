"""The chart library in the package is the one that plotly draws for (UX 6)."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from plotly.offline import get_plotlyjs_version

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "simtwin" / "report" / "static"


def test_the_bundle_has_the_version_that_plotly_draws_for():
    """UX 6: plotly-cartesian.min.js and plotly.py agree on the version of plotly.js."""
    head = (STATIC / "plotly-cartesian.min.js").read_text("utf-8")[:200]
    found = re.search(r"plotly\.js \(cartesian - minified\) v(\S+)", head)
    assert found is not None
    assert get_plotlyjs_version() == found[1]


def test_the_project_pins_the_plotly_that_was_tested():
    """UX 6: the pin in pyproject.toml is the version installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"plotly=={metadata.version('plotly')}" in project["dependencies"]


def test_the_bundle_carries_its_licence():
    """UX 10: whoever gets the file gets the licence; its first lines name no address."""
    licence = (STATIC / "plotly-cartesian.LICENSE.txt").read_text("utf-8")
    assert licence.startswith("MIT License")
    lines = (STATIC / "plotly-cartesian.min.js").read_text("utf-8").splitlines()
    assert "MIT license" in "".join(lines[:6])
    assert "http" not in "".join(lines[:6])
