"""Tests of the plots of studies and look-aheads: they tell the numbers, and what is unclear."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import simtwin
from simtwin.errors import InvalidInput
from simtwin.orchestrator.compare import compare
from simtwin.orchestrator.look_ahead import look_ahead
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report import plots_outlook, plots_study
from simtwin.report.palette import palette
from tests.records import texts
from tests.small import PLANT, PLANT_FILE, QUICK, SHIFT, SHIFT_FILE

SLOW = parse_scenario(
    SHIFT_FILE.replace("scenario: shift", "scenario: slow")
    + "changes: {set: {stations.m2.capacity: 0}}\n",
    PLANT,
)
STUDY = compare(PLANT, [SHIFT, QUICK, SLOW], replications=8, workers=1)
AHEAD = look_ahead(PLANT, None, SHIFT, replications=12, workers=1)
HOSTILE = "<img src=x onerror=alert(1)>"


def named(figure: Any) -> dict[str, Any]:
    """Return the traces of a figure by name."""
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize(
    "figure",
    [
        plots_study.differences(STUDY),
        plots_study.differences(STUDY, "lead_time"),
        plots_outlook.incidence(AHEAD),
        plots_outlook.incidence(AHEAD, "m1"),
        plots_outlook.machines(AHEAD),
    ],
    ids=["differences", "of another figure", "incidence", "of a machine", "machines"],
)
def test_every_plot_can_be_read(figure: Any) -> None:
    """Each plot has axes with units, a legend, and its reading as the title (UX 6)."""
    assert figure.layout.showlegend
    assert "[" in figure.layout.xaxis.title.text + (figure.layout.yaxis.title.text or "")
    assert all(trace.name for trace in figure.data)
    shown = figure.layout.title.text.replace("<br>", " ")
    assert figure.layout.meta["reading"] == shown
    assert shown.endswith(".")
    assert "seed 1" in figure.layout.meta["drawn"]


def test_differences_are_those_of_the_study() -> None:
    """A marker stands at the paired difference, its bar spans the interval."""
    traces = named(plots_study.differences(STUDY))
    better = traces["better"]
    assert tuple(better.y) == ("quick",)
    found = STUDY.differences["quick"]
    assert better.x[0] == pytest.approx(found.value)
    assert found.high == pytest.approx(better.x[0] + better.error_x.array[0])
    assert found.low == pytest.approx(better.x[0] - better.error_x.arrayminus[0])
    assert better.marker.color == palette().good


def test_what_crosses_zero_is_grey() -> None:
    """A plan that the runs cannot tell from the baseline is drawn as unclear (UX 6)."""
    same = compare(PLANT, [SHIFT, replace(SHIFT, name="again")], replications=4, workers=1)
    traces = named(plots_study.differences(same))
    assert set(traces) == {"the baseline", "no clear difference"}
    assert traces["no clear difference"].marker.color == palette().neutral
    unclear = [name for name, d in STUDY.differences.items() if d.low <= 0.0 <= d.high]
    drawn = named(plots_study.differences(STUDY)).get("no clear difference")
    assert sorted(unclear) == sorted(drawn.y if drawn else ())


def test_another_figure_of_the_same_runs() -> None:
    """Seconds become minutes; where no side is better, a difference is only that."""
    figure = plots_study.differences(STUDY, "mean_tardiness")
    assert "[min]" in figure.layout.xaxis.title.text
    assert "mean tardiness less that of shift" in figure.layout.xaxis.title.text
    assert "better" in named(figure)
    neutral = plots_study.differences(STUDY, "work_in_progress")
    assert set(named(neutral)) <= {"the baseline", "different", "no clear difference"}
    worse = plots_study.differences(replace(STUDY, baseline=1), "mean_tardiness")
    assert named(worse)["worse"].marker.color == palette().bad
    with pytest.raises(InvalidInput, match="did you mean 'lead_time'"):
        plots_study.differences(STUDY, "leadtime")


def test_incidence_ends_at_the_probability() -> None:
    """The line rises from nothing to P(failure), within its band."""
    traces = named(plots_outlook.incidence(AHEAD))
    line, band = traces["any machine"], traces["95 % interval"]
    assert line.y[0] == 0.0
    assert line.y[-1] == pytest.approx(100.0 * AHEAD.failure().value)
    assert list(line.y) == sorted(line.y)
    half = len(line.x)
    assert all(
        low <= middle <= high
        for middle, high, low in zip(
            line.y, band.y[:half], reversed(band.y[half:]), strict=True
        )
    )
    assert {"m1", "m2"} < set(traces)


def test_causes_add_up_to_the_machine() -> None:
    """Of one machine the causes are drawn; their sum is the machine's (competing risks)."""
    traces = named(plots_outlook.incidence(AHEAD, "m1"))
    causes = [trace for name, trace in traces.items() if name not in ("m1", "95 % interval")]
    assert [trace.name for trace in causes] == ["pump"]
    assert sum(trace.y[-1] for trace in causes) == pytest.approx(traces["m1"].y[-1])
    with pytest.raises(InvalidInput, match="no machine is called 'm3'"):
        plots_outlook.incidence(AHEAD, "m3")


def test_machines_stand_by_risk() -> None:
    """The most endangered machine is on top, each in the colour of its level."""
    figure = plots_outlook.machines(AHEAD)
    assert figure.layout.yaxis.categoryarray[-1] == "m1"
    traces = named(figure)
    high = traces[f"level {AHEAD.level('m1')}"]
    assert high.x[0] == pytest.approx(100.0 * AHEAD.failure("m1").value)
    assert "limited by m1/pump" in high.hovertext[0]
    assert "limited" not in traces["level low"].hovertext[0]
    own = replace(AHEAD, levels={"calm": 0.0, "alert": 0.001})
    assert {"level calm", "level alert"} == set(named(plots_outlook.machines(own)))
    many = {f"level {step}": step / 10 for step in range(6)}
    steps = plots_outlook.machines(replace(AHEAD, levels=many))
    assert len({trace.marker.color for trace in steps.data}) == len(steps.data)


def test_names_are_text_everywhere() -> None:
    """A name that is HTML is shown letter by letter (UX 6)."""
    hostile = parse_plant(PLANT_FILE.replace("m1", f'"{HOSTILE}"'))
    plan = parse_scenario(
        SHIFT_FILE.replace("scenario: shift", f'scenario: "{HOSTILE}"'), hostile
    )
    ahead = look_ahead(hostile, None, plan, replications=4, workers=1)
    study = compare(hostile, [replace(plan, name="calm"), plan], replications=4, workers=1)
    for figure in (
        plots_outlook.incidence(ahead),
        plots_outlook.incidence(ahead, HOSTILE),
        plots_outlook.machines(ahead),
        plots_study.differences(study),
    ):
        drawn = json.loads(figure.to_json())
        del drawn["layout"]["meta"]  # plain text, escaped by the page that shows it
        shown = list(texts(drawn))
        assert not [text for text in shown if "<img" in text]
        assert any("&lt;" in text for text in shown)


def test_the_plots_hang_on_the_answers() -> None:
    """``study.plot`` and ``ahead.plot`` are there from the first import (DESIGN 3)."""
    assert simtwin.__name__ == "simtwin"
    assert repr(STUDY.plot) == "plots: differences()"
    assert repr(AHEAD.plot) == "plots: incidence(), machines()"
    assert STUDY.plot.differences("lead_time") == plots_study.differences(STUDY, "lead_time")
    assert AHEAD.plot.incidence("m1") == plots_outlook.incidence(AHEAD, "m1")
    assert AHEAD.plot.machines() == plots_outlook.machines(AHEAD)
