"""Tests of the plots: every figure tells the record, and what it leaves out (UX 6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simtwin.report import plots, traces
from simtwin.report.palette import palette
from simtwin.report.thinning import decimate, merge_bars
from simtwin.result.record import MODES
from tests.records import HOUR, ensemble, shift, texts

ALL = (
    plots.gantt,
    plots.states,
    plots.energy,
    plots.temperatures,
    plots.wear,
    plots.orders,
)
START = 1767592800000.0  # 2026-01-05T06:00 on the axis
every_plot = pytest.mark.parametrize("plot", ALL, ids=lambda plot: plot.__name__)


def bars_of(figure: Any) -> list[Any]:
    """Return the bars of a figure."""
    return [trace for trace in figure.data if trace.type == "bar"]


@every_plot
@pytest.mark.parametrize("told", [shift(), ensemble()], ids=["run", "ensemble"])
def test_every_plot_can_be_read(plot: Callable[..., Any], told: Any) -> None:
    """Each plot has named axes with units, a legend, and a sentence of reading (UX 6)."""
    figure = plot(told)
    assert figure.layout.showlegend
    assert figure.layout.xaxis.title.text
    rows = figure.layout.yaxis.type == "category"
    assert rows or "[" in figure.layout.yaxis.title.text
    assert figure.layout.meta["reading"].endswith(".")
    assert all(trace.name for trace in figure.data)


@every_plot
def test_names_are_text_everywhere(plot: Callable[..., Any]) -> None:
    """A name of a machine or an order that is HTML is shown letter by letter (UX 6)."""
    hostile = "<img src=x onerror=alert(1)>"
    told = ensemble(shift((hostile, "mill-2", "saw"), order="<b onclick=x>order</b>"))
    drawn = json.loads(plot(told).to_json())
    del drawn["layout"]["meta"]  # plain text, escaped by the page that shows it
    shown = list(texts(drawn))
    assert not [text for text in shown if "<img" in text or "<b " in text]
    assert any("&lt;" in text for text in shown)


def test_the_gantt_shows_each_state_once_and_in_clock_time() -> None:
    """Every state is one bar; a row of bars has the length of the shift."""
    told = shift()
    figure = plots.gantt(told)
    bars = [
        (name, base, length)
        for trace in bars_of(figure)
        for name, base, length in zip(trace.y, trace.base, trace.x, strict=True)
    ]
    assert len(told.frame("states")) == len(bars)
    assert min(base for _, base, _ in bars) == START
    for machine in ("mill-1", "mill-2", "lathe-1"):
        spent = sum(length for name, _, length in bars if name == machine)
        assert pytest.approx(spent) == 8 * HOUR * 1000.0


def test_idle_time_is_time_without_production() -> None:
    """A machine that nobody asks for longest is told, and the longest while one was asked."""
    told = shift()
    states = told.frame("states")
    before = plots.gantt(told).layout.meta["reading"]
    begin = "The longest stretch in one state without production, off shift apart: "
    assert before.startswith(begin)
    assert "while work was asked" not in before
    lasts = (states["end_s"] - states["start_s"]).where(states["state"] == "producing", 0.0)
    long = states.index == lasts.idxmax()
    said = before.removeprefix(begin)
    told.tables["states"] = states.assign(
        state=states["state"].mask(long, "idle"), end_s=states["end_s"].mask(long, 36000.0)
    )
    now = plots.gantt(told).layout.meta["reading"]
    assert now.startswith(f"{begin}{states['machine'][long].iloc[0]}, idle, ")
    assert now.endswith(f"; while work was asked of it: {said}")
    told.tables["states"] = told.tables["states"][long]
    none = plots.gantt(told).layout.meta["reading"]
    assert "Off shift apart, no machine was ever stopped" in none
    assert none.endswith("while one was asked of it.")


def test_states_differ_in_colour_or_pattern() -> None:
    """No two states look the same, and every state of the kernel has a look (KERNEL 27)."""
    looks = palette().states
    assert set(MODES) == set(looks)
    assert len({(look.color, look.pattern) for look in looks.values()}) == len(MODES)
    assert len({look.glyph for look in looks.values()}) == len(MODES)


def test_a_long_gantt_is_merged_and_says_so() -> None:
    """More than 10,000 bars are merged, the number is printed, and no time is lost (UX 6)."""
    told = shift(spells=8_000)
    figure = plots.gantt(told)
    drawn = sum(len(trace.x) for trace in bars_of(figure))
    assert drawn <= 10_000
    assert "of 24,000 states are too short to draw" in figure.layout.meta["drawn"]
    spent = sum(float(np.sum(trace.x)) for trace in bars_of(figure))
    assert pytest.approx(spent) == 3 * 8 * HOUR * 1000.0


def test_merging_leaves_long_states_alone() -> None:
    """A state of an hour among thousands of short ones keeps its start, its end, its name."""
    table = shift(spells=4_000).frame("states")
    table = table[table["machine"] == "mill-1"].copy()
    table["start_s"] += HOUR * (table["start_s"] >= 4 * HOUR)
    table["end_s"] += HOUR * (table["end_s"] >= 4 * HOUR)
    merged = merge_bars(table, bars=100)
    assert len(merged) <= 100
    long = merged[merged["end_s"] - merged["start_s"] >= HOUR]
    assert long["merged"].tolist() == [1]
    assert merged["merged"].sum() == 4_000


@given(
    values=some.lists(
        some.floats(-1e6, 1e6) | some.just(float("nan")), min_size=1, max_size=400
    ),
    points=some.integers(20, 200),
)
def test_thinning_keeps_the_extremes_and_the_ends(values: list[float], points: int) -> None:
    """A thinned line has the same least, greatest, first and last value, gaps stay gaps."""
    value = np.array(values)
    time = np.arange(float(len(value)))
    thin, kept = decimate(time, value, points=points)
    assert len(thin) <= max(points, 8)
    assert (np.diff(thin) > 0).all()
    assert thin[0] == time[0]
    assert thin[-1] == time[-1]
    assert np.isnan(value).any() == np.isnan(kept).any()
    if not np.isnan(value).all():
        assert np.nanmin(value) == np.nanmin(kept)
        assert np.nanmax(value) == np.nanmax(kept)


def test_shares_of_time_add_up() -> None:
    """The states of each machine are 100 % of its time (DESIGN 8)."""
    figure = plots.states(shift())
    assert pytest.approx(np.sum([trace.x for trace in figure.data], axis=0)) == [100.0] * 3


def test_energy_adds_up() -> None:
    """The bars hold the energy of the record, and the sentence says the sum."""
    told = shift()
    figure = plots.energy(told)
    total = told.frame("energy")["energy_kwh"].sum()
    assert total == pytest.approx(sum(float(np.sum(trace.x)) for trace in figure.data))
    assert figure.layout.meta["reading"].startswith(f"{total:.0f} kWh in all")


def test_temperatures_show_limits_and_warn() -> None:
    """Only nodes that can trip are drawn; one that came within 5 K of its limit is named."""
    figure = plots.temperatures(shift())
    names = [trace.name for trace in figure.data]
    assert names[0] == "mill-1 front"
    assert not [name for name in names if name.startswith("lathe-1")]
    assert {"limit 70 °C (front)", "limit 140 °C (motor)"} < set(names)
    reading = figure.layout.meta["reading"]
    assert reading.startswith("Warning: mill-1, front node came closest to its limit: 66.9 °C")


def test_a_thinned_line_says_from_how_many_points() -> None:
    """The caption tells when a line was decimated (UX 6)."""
    figure = plots.temperatures(shift(), points=100)
    assert "decimated from 481 to at most 100 points" in figure.layout.meta["drawn"]
    assert max(len(trace.x) for trace in figure.data) <= 100


def test_wear_is_measured_against_its_limit() -> None:
    """Edges are drawn in per cent of their life, the most worn first, with the limit at 100."""
    told = shift()
    figure = plots.wear(told)
    assert figure.data[-1].y == (100.0, 100.0)
    assert [item.used for item in traces.edges(told)] == sorted(
        (item.used for item in traces.edges(told)), reverse=True
    )
    assert "4 edges were replaced" in figure.layout.meta["reading"]


def test_a_shop_without_physics_has_readings_too() -> None:
    """A plant of plain machines says that nothing trips and nothing wears."""
    told = shift(("bench",))
    told.tables["wear"] = shift().frame("wear").iloc[:0]
    assert plots.temperatures(told).layout.meta["reading"] == (
        "No machine has a spindle that can trip."
    )
    assert plots.wear(told).layout.meta["reading"] == "No tool has cut."


def test_late_orders_stand_apart() -> None:
    """A late order is told from one in time by colour, pattern and legend."""
    figure = plots.orders(shift())
    by_name = {trace.name: trace for trace in figure.data}
    assert tuple(by_name["late"].y) == ("order-6",)
    assert by_name["late"].marker.pattern.shape != by_name["on time"].marker.pattern.shape
    assert figure.layout.meta["reading"] == "Late: order-6 (of 6 with a due time)."


def test_what_cannot_be_judged_is_neither_late_nor_on_time() -> None:
    """An order without a due time, or open and due after the end, is drawn apart (UX)."""
    told = shift()
    orders = told.frame("orders")
    due = orders["due_s"].where(orders["order"] != "order-1", float("nan"))
    due = due.where(orders["order"] != "order-2", 50.0 * told.end)
    done = orders["finish_s"].where(orders["order"] != "order-2", float("nan"))
    told.tables["orders"] = orders.assign(due_s=due, finish_s=done)
    figure = plots.orders(told)
    by_name = {trace.name: set(trace.y) for trace in figure.data}
    assert by_name["no due time, or due after the end"] == {"order-1", "order-2"}
    assert by_name["on time"] == {"order-3", "order-4", "order-5"}
    assert figure.layout.meta["reading"] == (
        "Late: order-6 (of 4); open at the end and due later: order-2."
    )
    many = ensemble()
    many.orders = many.orders.assign(
        due_s=50.0 * told.end, p_late=0.0, finish_median_s=float("nan")
    )
    figure = plots.orders(many)
    assert figure.layout.meta["reading"] == (
        "Every order with a due time is due after the end, and open then."
    )
    assert "more often on time" not in {trace.name for trace in figure.data}


@pytest.mark.parametrize(
    ("told", "alone", "beside"),
    [
        (shift(), "The one order with a due time is finished in time.", "1 order is finished"),
        (ensemble(), "Every order is more likely on time than late.", "1 order is more likely"),
    ],
    ids=["run", "ensemble"],
)
def test_one_order_is_read_in_the_singular(told: Any, alone: str, beside: str) -> None:
    """The sentence below the chart is of 1 order, also beside one that is due later."""
    orders = told.frame("orders").iloc[:2]
    lay_down(told, orders.iloc[:1])
    assert plots.orders(told).layout.meta["reading"] == alone
    second = orders["order"] == "order-2"
    blank = [key for key in orders if str(key).startswith("finish_")]
    due = orders["due_s"].mask(second, 50.0 * shift().end)
    lay_down(told, orders.assign(due_s=due, **{key: orders[key].mask(second) for key in blank}))
    said = plots.orders(told).layout.meta["reading"]
    assert said.startswith(f"{beside} ")
    assert said.endswith("; open at the end and due later: order-2.")


def test_an_ensemble_shows_the_spread_of_the_end() -> None:
    """Of replications the median is drawn, and a line to where 90 % are done."""
    figure = plots.orders(ensemble())
    line = next(trace for trace in figure.data if trace.name == "from the median to 90 %")
    assert pytest.approx(line.x[1] - line.x[0]) == 900.0 * 1000.0
    late = next(trace for trace in figure.data if trace.name == "more often late")
    assert "late with probability 60 % (46 to 72 %)" in late.hovertext[0]


def test_a_far_due_time_does_not_squeeze_the_bars() -> None:
    """A due time far behind the end is told below the chart, which ends with the bars."""
    told = shift()
    orders = told.frame("orders")
    near = plots.orders(told).layout.xaxis.range[1]
    far = orders["due_s"].where(orders["order"] != "order-1", 50.0 * told.end)
    told.tables["orders"] = orders.assign(due_s=far)
    figure = plots.orders(told)
    assert figure.layout.xaxis.range[1] <= near
    assert figure.layout.meta["drawn"] == "Due later than is drawn: order-1."


def lay_down(told: Any, orders: pd.DataFrame) -> None:
    """Let a run or an ensemble tell *orders*."""
    if hasattr(told, "tables"):
        told.tables["orders"] = orders
    else:
        told.orders = orders


@pytest.mark.parametrize("many", [False, True], ids=["run", "ensemble"])
def test_an_order_that_is_released_after_the_end_has_no_bar(many: bool) -> None:
    """No bar runs backwards from a release behind the end; who has none is told below."""
    orders, end = (ensemble() if many else shift()).frame("orders"), shift().end
    after = orders["order"].isin(["order-1", "order-2"])
    ends = {key: orders[key].mask(after) for key in orders if str(key).startswith("finish_")}
    release = orders["release_s"].mask(after, end + HOUR)
    told = ensemble() if many else shift()
    lay_down(told, orders.assign(release_s=release, **ends))
    figure = plots.orders(told)
    assert min(min(bar.x) for bar in bars_of(figure)) >= 0.0
    assert not {"order-1", "order-2"} & {name for line in figure.data for name in line.y}
    assert figure.layout.meta["drawn"].endswith(
        "Released after the end, and not drawn: order-1, order-2."
    )
    lay_down(told, orders.assign(release_s=end + HOUR))
    assert not bars_of(plots.orders(told))


def test_many_orders_are_drawn_in_part() -> None:
    """Of 100 orders the 60 that matter are drawn, late ones first, and the caption says so."""
    told = shift()
    orders = pd.concat([told.frame("orders")] * 17, ignore_index=True).iloc[:100]
    told.tables["orders"] = orders.assign(order=[f"order-{index}" for index in range(100)])
    figure = plots.orders(told)
    assert "60 of 100 orders are drawn" in figure.layout.meta["drawn"]
    assert figure.layout.yaxis.categoryarray[-1] == "order-5"
