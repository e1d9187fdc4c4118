"""Tests of the accessors: what upper rooms attach to results without an import upwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simtwin.errors import InvalidInput
from simtwin.report.accessors import attach
from simtwin.result.accessors import Accessor, register
from tests.records import Shift, shift


class Result(Shift):
    """A made-up result of its own, so that others stay as they are."""


attach(Result)


def result() -> Result:
    """Return a made-up result with accessors."""
    made = shift(("<b>mill</b>", "mill-2", "saw"))
    return Result(made.tables, made.kpis, made.plant, made.scenario)


def test_plots_hang_on_results() -> None:
    """``run.plot.gantt()`` is the figure of the record; the accessor lists what it has."""
    run = result()
    bars = [trace for trace in run.plot.gantt().data if trace.type == "bar"]
    assert len(bars) == len(run.frame("states")["state"].unique())
    for name in ("states", "orders", "temperatures", "wear", "energy"):
        assert f"{name}()" in repr(run.plot)
        assert getattr(run.plot, name)().data


def test_reports_hang_on_results(tmp_path: Path) -> None:
    """``run.report(path)`` writes the page."""
    path = result().report(tmp_path / "shift.html")
    assert "<!DOCTYPE html>" in path.read_text("utf-8")[:20]


def test_a_notebook_shows_the_verdict() -> None:
    """The HTML of a result has its verdict and its key figures, and names are text."""
    made = result()
    made.frame("orders")["why"] = "<i>because</i>"
    shown = made._repr_html_()
    assert "1 of 6 orders is late" in shown
    assert "<i>" not in shown


def test_an_attribute_is_attached_once() -> None:
    """A second accessor of the same name is refused; the class shows the accessor itself."""
    with pytest.raises(InvalidInput, match="has an attribute 'plot' already"):
        register("plot", Result)(list)
    assert isinstance(vars(Result)["plot"], Accessor)
    assert isinstance(Result.plot, Accessor)


def test_accessors_load_nothing_heavy() -> None:
    """Importing the accessors loads no pandas, scipy, plotly or jinja2 (UX 1.7)."""
    heavy = "('pandas', 'scipy', 'plotly', 'jinja2', 'numpy')"
    code = (
        f"import sys, simtwin.report.accessors; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
