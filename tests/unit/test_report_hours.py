"""Tests of the hours on the page: the heat strip, who binds, the median run, the ghost."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.orchestrator.typical import UNLUCKY, typical
from simtwin.report import hours, plots
from simtwin.report.folder import open_folder, save
from simtwin.report.page import html
from tests.records import ensemble, shift, texts
from tests.small import PLANT, SHIFT


def test_the_strip_has_a_cell_for_each_machine_and_hour():
    """Off shift is grey, not 0 %; machines of the bottleneck are framed, hour by hour."""
    figure = hours.strip(shift())
    off, busy = figure.data[0], figure.data[1]
    assert list(busy.y) == ["mill-2", "mill-1", "lathe-1"]
    assert [row[7] for row in busy.z] == [None, None, None]
    assert [row[0] for row in busy.z] == [90.0, 100.0, 80.0]
    assert off.showscale is False
    (frame,) = figure.layout.shapes  # Seven hours of mill-1 in a row.
    assert (frame.x0, frame.x1) == (-0.47, 6.47)
    assert 0.5 < frame.y0 < frame.y1 < 1.5
    assert list(figure.layout.xaxis.ticktext)[:2] == ["06:00<br>01-05", "07:00"]
    assert figure.layout.meta["reading"] == "The shop waits for mill-1 from 06:00 to 13:00."
    assert any("off shift" in text for text in texts(figure.to_dict()))


def test_alike_hours_are_one_row():
    """Who binds is told from when to when; of many runs with its chance."""
    assert hours.bottlenecks(shift()).rows == (
        ("06:00 to 13:00", "mill-1", "100 %", "mill-1"),
        ("13:00 to 14:00", "none", "0 %", ""),
    )
    many = hours.bottlenecks(ensemble())
    assert many.columns[2] == "P(bottleneck), least sure hour"
    assert many.rows[0][2] == "at least 94 %"


def test_a_hostile_machine_stays_text():
    """Names are escaped in the strip too (UX 6)."""
    name = "<img src=x onerror=alert(1)>"
    figure = hours.strip(shift((name, "saw")))
    assert not any("<img" in text for text in texts(figure.to_dict()["data"]))


def test_a_bottleneck_that_comes_again_is_said_to():
    """The sentence names the longest stretch and does not deny the others of the same one."""
    told = shift()
    told.tables["bottleneck"] = _binding("aaa", "b", "a")
    assert hours.reading(told).startswith(
        "The shop waits for mill-1 from 06:00 to 09:00, and for it at other times too; "
        "else for mill-2"
    )
    told.tables["bottleneck"] = _binding("aaa", "b")
    assert hours.reading(told).startswith(
        "The shop waits for mill-1 from 06:00 to 09:00; at other times for mill-2"
    )
    told.tables["bottleneck"] = _binding("aaa", " ", "a")
    assert hours.reading(told).startswith(
        "The shop waits for mill-1 from 06:00 to 09:00, and for it at other times too."
    )


def _binding(*stretches: str) -> pd.DataFrame:
    """Return who binds hour by hour: a is mill-1, b is mill-2, a space nobody."""
    names = {"a": "mill-1", "b": "mill-2"}
    return pd.DataFrame(
        {
            "start_s": 3600.0 * hour,
            "end_s": 3600.0 * (hour + 1),
            "station": station,
            "share": float(names.get(letter) == station),
            "bottleneck": names.get(letter) == station,
        }
        for hour, letter in enumerate("".join(stretches))
        for station in names.values()
    )


def test_machines_with_room_are_named():
    """Who is less than half busy is said."""
    told = shift()
    told.tables["hours"] = told.frame("hours").assign(busy_share=0.2)
    assert hours.reading(told).endswith("Less than half busy: lathe-1, mill-1 and mill-2.")
    told.tables["bottleneck"] = told.frame("bottleneck").assign(share=0.0)
    assert hours.reading(told) == "No station was ever busy without a wait."


@pytest.fixture(scope="module")
def many():
    """Twelve replications of a small shop."""
    return replicate(PLANT, SHIFT, 12)


def test_the_median_run_is_the_one_of_the_ensemble(many):
    """Half of the replications are no later; it is made again from its number alone."""
    middle, unlucky = typical(many), typical(many, UNLUCKY)
    last = sorted(max(row.finish for row in one.orders) for one in many.outcomes)
    assert max(row.finish for row in middle.run.window.orders) == last[5]
    assert max(row.finish for row in unlucky.run.window.orders) == last[10]
    again = simulate(PLANT, SHIFT, replication=middle.run.replication)
    assert again.frame("states").equals(middle.run.frame("states"))


def test_a_figure_that_no_run_has_ranks_none(many):
    """Where an order is open at the end of every run, none is the median by its last finish."""
    short = replicate(PLANT, replace(SHIFT, horizon=1500.0), 6)
    assert all(any(row.finish is None for row in one.orders) for one in short.outcomes)
    assert typical(short).by != "when the last order is finished"
    assert typical(many).by == "when the last order is finished"


def test_a_run_that_cannot_be_made_again_is_not_shown_as_such(many):
    """Where the outcome is not that of the question, the first replication is shown."""
    odd = tuple(replace(one, failures={"m1": 9.0}) for one in many.outcomes)
    found = typical(replace(many, outcomes=odd))
    assert found is None or found.run is many.first


def test_a_source_is_ranked_by_its_pieces():
    """Without orders the median is that of good pieces."""
    from simtwin.plant.files import load_plant, load_scenario

    plant = load_plant("flow_line")
    told = replicate(plant, load_scenario("flow_line", plant), 3, until=3600.0)
    assert typical(told) is None or typical(told).by == "good pieces"


def test_the_page_shows_the_median_run_with_the_p90_behind(many):
    """The caption says which they are, and how to make the one again."""
    page = html(many)
    middle, unlucky = typical(many).run.replication, typical(many, UNLUCKY).run.replication
    assert f"number {middle} is the median by when the last order is finished" in page
    assert f"seed=1, replication={middle}) makes it again" in page
    assert f"The pale bars are number {unlucky}, the P90" in page
    assert "at work in the P90 run" in page


def test_a_page_of_a_saved_ensemble_has_its_hours(many, tmp_path):
    """What is opened from a folder tells the same hours, also of the median run."""
    opened = open_folder(save(many, tmp_path / "run"))
    assert re.findall(r'<section id="(\w+)"', html(opened))[:3] == ["orders", "hours", "gantt"]
    bare = replace(
        opened,
        outcomes=tuple(replace(one, hours=None) for one in opened.outcomes),
    )
    assert '<section id="hours"' not in html(bare)


def test_the_ghost_stands_under_its_row(many):
    """The pale bars are the stretches in which the other run was at work."""
    figure = plots.gantt(many, ghost=typical(many, UNLUCKY).run)
    ghost = next(trace for trace in figure.data if trace.name == "at work in the P90 run")
    assert set(ghost.y) == {"m1", "m2"}
    assert ghost.offset + ghost.width < figure.data[0].offset
