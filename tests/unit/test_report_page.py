"""Tests of the page: one offline file, hostile names as text, facts in plots and tables."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simtwin.errors import InvalidInput
from simtwin.orchestrator.replicate import replicate
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import load_with_plant, parse_plant, parse_scenario
from simtwin.report import reading, tables
from simtwin.report.page import html, report
from simtwin.report.verdict import verdict
from tests.records import ensemble, shift

HOSTILE = "<img src=x onerror=alert(1)>"


def without_scripts(page: str) -> str:
    """Return *page* without what stands in its scripts and styles."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)


def test_a_page_asks_nobody_for_anything() -> None:
    """No address is loaded: nothing outside scripts has one, and the policy forbids it all."""
    page = html(ensemble())
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", without_scripts(page))
    assert not re.findall(r"<(?:script|link|iframe|img)\b[^>]*(?:src|href)=", page)
    assert "default-src 'none'" in page


def test_hostile_names_stay_text() -> None:
    """A machine named as HTML makes no element, neither in text nor in a script (UX 6)."""
    page = html(shift((HOSTILE, "mill-2", "saw"), order="</script><b>order"))
    assert HOSTILE not in page
    assert "</script><b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert page.count("<script") == page.count("</script>")


def test_the_order_of_the_page() -> None:
    """The verdict comes first, then as a planner reads: late orders, hours, who did what."""
    page = without_scripts(html(shift()))
    keys = re.findall(r'<section id="(\w+)"', page)
    expected = (
        "orders hours gantt kpis states machines heat wear energy events assumptions versions"
    )
    assert expected.split() == keys
    assert page.index('class="verdict bad"') < page.index("<section")


def test_the_head_cuts_no_seconds() -> None:
    """A run that ends 20 s after a full minute is headed so; one that ends at 14:00 as that."""
    told = shift()
    assert "2026-01-05 06:00 to 2026-01-05 14:00<" in html(told)
    longer = html(replace(told, end=told.end + 20.0))
    assert "2026-01-05 06:00 to 2026-01-05 14:00:20<" in longer


def since(result: Any) -> list[str]:
    """Return what the report of *result* says of from when on the key figures count."""
    page = without_scripts(html(result))
    found = re.findall(r"[^>.]*; the key figures count from [^<.]*\.", page)
    return [text.strip() for text in found]


def test_what_is_told_of_the_record_says_from_when_on_the_key_figures_count() -> None:
    """Events and edges are of the whole record: the warm-up too, nothing before a snapshot."""
    plant, scenario = load_with_plant("day_shift")
    warm = replace(scenario, measure_from=2 * 3600.0)
    early = simulate(plant, warm, until=3600.0).snapshot
    late = simulate(plant, warm, until=3 * 3600.0).snapshot
    end = 4 * 3600.0
    counts = "the key figures count from 08:00 on."
    said = f"The warm-up from 06:00 on is in it; {counts}"
    assert since(simulate(plant, warm, until=end)) == [said] * 2
    said = f"The warm-up from 07:00 on is in it; {counts}"
    assert since(simulate(plant, warm, until=end, snapshot=early)) == [said] * 2
    said = f"It is told from 09:00 on, where the record begins; {counts}"
    assert since(simulate(plant, warm, until=end, snapshot=late)) == [said] * 2
    assert since(simulate(plant, scenario, until=end)) == []


def test_one_run_is_headed_as_an_observation() -> None:
    """A single run has no interval, and says so (KERNEL 25)."""
    told = shift()
    assert verdict(told).basis == "one run (seed 1), no interval"
    assert verdict(told).sentence == (
        "1 of 6 orders is late; order-6 is finished at 13:50, 42 min after its due time 13:08: "
        "waited 40 min at mill: mill-1 down."
    )
    page = html(told)
    assert "95 % interval" not in without_scripts(page)


def test_replications_give_intervals() -> None:
    """Where replications exist no number stands without its interval (UX 5)."""
    page = without_scripts(html(ensemble()))
    assert "order-6 is late with probability 60 % (46 to 72 %), in the median by 42 min" in page
    assert "0.46 to 0.74" in page
    assert "at most 6\u00a0%" in page


def test_what_never_happened_is_bounded() -> None:
    """With no late order in n replications the verdict gives an upper bound, not 0 %."""
    told = ensemble()
    told.orders = told.orders.assign(p_late=0.0, p_late_low=0.0, p_late_high=0.07)
    said = verdict(told)
    assert said.tone == "good"
    assert said.sentence.endswith("for each, P(late) is at most 6 %.")


def test_a_partial_ensemble_says_so() -> None:
    """Replications that were interrupted are marked partial (UX 3)."""
    told = ensemble()
    told.partial = True
    assert "(partial)" in verdict(told).basis


def test_an_order_that_is_open_at_the_end_is_named() -> None:
    """An order that never ends is late without a finish, and the verdict says it is open."""
    told = shift()
    table = told.frame("orders")
    table.loc[table["late"], "finish_s"] = float("nan")
    assert "order-6 is open at the end (14:00), due 13:08" in verdict(told).sentence


def test_an_order_of_one_run_that_is_due_later_is_not_called_on_time() -> None:
    """What is open at the end and due later says so, as with replications."""
    told = shift()
    orders = told.frame("orders")
    one = orders["order"] == "order-2"
    told.tables["orders"] = orders.assign(
        due_s=orders["due_s"].mask(one, 50.0 * told.end),
        finish_s=orders["finish_s"].mask(one, float("nan")),
    )
    table = tables.orders(told)
    late = {row[0]: row[table.columns.index("late by")] for row in table.rows}
    assert late["order-2"] == "due after the end"
    assert late["order-3"] == "on time"


def test_orders_without_due_times_get_a_verdict() -> None:
    """Where nobody waits the verdict says how much was done and who was busy."""
    told = shift()
    told.tables["orders"] = told.frame("orders").assign(due_s=float("nan"), late=False)
    said = verdict(told)
    assert said.tone == "neutral"
    assert said.sentence.startswith("6 of 6 orders are finished. ")
    told.tables["orders"] = told.frame("orders").iloc[:0]
    assert "is busiest" in verdict(told).sentence
    assert '<section id="orders"' not in html(told)


def test_a_heavy_record_makes_a_light_page() -> None:
    """A record of 36,000 states gives a page below 5 MB (UX 6)."""
    machines = tuple(f"mill-{index}" for index in range(1, 13))
    assert len(html(shift(machines, spells=3_000)).encode()) < 5_000_000


def test_the_same_result_gives_the_same_bytes() -> None:
    """No clock and no chance is in a page (UX 3)."""
    assert html(ensemble()) == html(ensemble())


def test_a_file_is_overwritten_only_by_force(tmp_path: Path) -> None:
    """An existing report is kept unless somebody says so; no draft stays."""
    path = tmp_path / "shift.html"
    assert path == report(shift(), path)
    with pytest.raises(InvalidInput, match="exists already"):
        report(shift(), path)
    report(ensemble(), path, force=True)
    assert "50 replications" in path.read_text("utf-8")
    assert [path] == list(tmp_path.iterdir())
    with pytest.raises(InvalidInput, match="there is no folder"):
        report(shift(), tmp_path / "nowhere" / "shift.html")


def test_a_browser_draws_all_plots(tmp_path: Path) -> None:
    """Chromium draws every plot of the page and makes no element from a hostile name (UX 9)."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    path = report(ensemble(shift((HOSTILE, "mill-2", "saw"))), tmp_path / "shift.html")
    options = (
        "--headless --no-sandbox --disable-background-networking --disable-sync --no-first-run "
        "--disable-component-update --hide-scrollbars --virtual-time-budget=10000 --dump-dom"
    )
    done = subprocess.run(
        [browser, *options.split(), f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    dom = without_scripts(done.stdout)
    assert len(re.findall(r'<div id="plot-\w+" class="[^"]*js-plotly-plot', dom)) == 7
    assert "<img" not in dom


def test_what_is_not_left_to_chance_is_said_so():
    """Without random times and failures runs are all the same; no empty column of reasons."""
    plant = parse_plant(
        "plant: one\nmachines: [{id: saw}]\nproducts: [{id: p, route: "
        "[{operation: cut, machines: [saw], duration_min: 5}]}]"
    )
    text = "scenario: s\nplant: one\norders: [{id: o, product: p, quantity: 3, due_min: 60}]"
    many = replicate(plant, parse_scenario(text, plant), 5)
    assert "nothing random in this plant and scenario" in verdict(many).basis
    assert verdict(many).sentence == "The one order with a due time is finished in time."
    assert tables.orders(many).columns[-1] == "90 % done by"
    named = [row[0] for row in tables.kpis(many).rows]
    assert "upkeep cost" not in named


def test_where_all_is_due_after_the_end_nothing_is_promised():
    """The sentence once said that P(late) is "due after the end"."""
    plant = parse_plant(
        "plant: one\nmachines: [{id: saw}]\nproducts: [{id: p, route: "
        "[{operation: cut, machines: [saw], duration: {exponential: {mean_min: 5}}}]}]"
    )
    text = (
        "scenario: s\nplant: one\nhorizon: 1 h\norders: [{id: o, product: p, quantity: 99, "
        "due_min: 900}, {id: r, product: p, quantity: MANY, due_min: 50, priority: 1}]"
    )
    late = parse_scenario(text.replace("MANY", "2"), plant)
    said = verdict(replicate(plant, late, 5)).sentence
    assert said.endswith("1 more is open at the end and due later.")
    orders = replace(late, orders=late.orders[:1])
    said = verdict(replicate(plant, orders, 5)).sentence
    assert said == "Every order is due after the end of the runs, and open then in most."
    soon = parse_scenario(text.replace("MANY", "50"), plant)
    said = verdict(simulate(plant, soon)).sentence
    assert said.startswith("1 of 1 order due before the end is late; r ")
    assert said.endswith(" 1 more is open at the end and due later.")


def test_an_even_chance_is_not_called_more_likely():
    """Late in half of the runs is as likely as not."""
    plant = parse_plant(
        "plant: one\nmachines: [{id: saw}]\nproducts: [{id: p, route: "
        "[{operation: cut, machines: [saw], duration: {uniform: {low_s: 1, high_s: 99}}}]}]"
    )
    text = "scenario: s\nplant: one\norders: [{id: o, product: p, quantity: 1, due_s: 50}]"
    asked = parse_scenario(text, plant)
    for seed in range(60):
        many = replicate(plant, replace(asked, seed=seed), 4)
        if many.late("o").value == 0.5:
            break
    said = verdict(many).sentence
    assert said.startswith(
        "1 order is as likely late as on time; o is late with probability 50 %"
    )


def test_of_orders_as_likely_late_the_latest_is_named():
    """Who is open at the end is worst, then who is latest in the median, then in the P90."""
    told = ensemble()
    first = told.orders.iloc[:1]

    def order(name: str, median: float, p90: float) -> pd.DataFrame:
        own = {"p_late": 0.9, "due_s": 3600.0, "finish_median_s": median, "finish_p90_s": p90}
        return first.assign(order=name, **own)

    rows = [order("a", 5000.0, 6000.0), order("b", 9000.0, 9500.0), order("c", 9000.0, 9900.0)]
    told.orders = pd.concat(rows)
    assert "; c is late with probability 90 %" in verdict(told).sentence
    told.orders = pd.concat([*rows, order("d", float("nan"), float("nan"))])
    assert "; d is late with probability 90 %" in verdict(told).sentence
    told.orders = pd.concat([*rows, first.assign(order="e", p_late=0.95)])
    assert "; e is late with probability 95 %" in verdict(told).sentence


def test_orders_due_after_the_end_are_not_counted() -> None:
    """Of an order that is open and due later the runs say nothing."""
    told = ensemble()
    first = told.orders.iloc[:1]
    late = first.assign(order="a", p_late=0.9)
    after = first.assign(order="z", p_late=0.0, finish_median_s=float("nan"))
    told.orders = pd.concat([late, after])
    assert verdict(told).sentence.startswith(
        "1 of 1 order due before the end is more likely late than not; a is late"
    )


def test_the_most_frequent_events_are_named_first() -> None:
    """Where there are more kinds than are listed, the rarest are those that are not."""
    kinds = [f"kind {number:02}" for number in range(1, 16) for _ in range(number)]
    said = reading.events(pd.DataFrame({"kind": [*kinds, *["tool change"] * 1107]}))
    assert said.startswith("How often: tool change 1,107, kind 15 15, kind 14 14, ")
    assert said.endswith(", kind 05 5 and 4 more.")
