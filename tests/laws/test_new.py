"""Laws: one shop, however its lists are written; anything else is refused in a sentence."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtwin.errors import InvalidInput
from simtwin.plant.erp.intake import Wishes, take_in
from simtwin.plant.files import parse_plant, parse_scenario

MONDAY = datetime.fromisoformat("2026-01-05")
HEADINGS = {
    "part": ("Artikelnummer", "Teil", "MATERIAL", "part no.", "Item"),
    "operation": ("AVO", "Vorgang", "Op No", "operation"),
    "machine": ("Arbeitsplatz", "Maschine", "work center", "Resource"),
    "run": ("Stückzeit", "te", "cycle time", "RUN TIME"),
    "order": ("Auftragsnr", "FA", "Order No", "job"),
    "quantity": ("Menge", "Stk", "qty", "Order Quantity"),
    "due": ("Liefertermin", "Termin", "Due Date", "deadline"),
}
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y")


class Hand(NamedTuple):
    """How somebody writes lists."""

    mark: str
    decimal: str
    unit: str
    in_cell: bool
    dates: str
    encoding: str
    words: int
    shift: int
    titles: int


hands = st.builds(
    Hand,
    st.sampled_from([";", "\t", ",", "|"]),
    st.sampled_from([",", "."]),
    st.sampled_from(sorted(UNITS)),
    st.booleans(),
    st.sampled_from(DATES),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.integers(0, 4),
    st.integers(0, 6),
    st.integers(0, 2),
)
steps = st.lists(
    st.tuples(st.sampled_from(["Säge", "mill-1", "mill-2", "M 3"]), st.integers(1, 5000)),
    min_size=1,
    max_size=4,
)
shops = st.lists(steps, min_size=1, max_size=4)
asked = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 400), st.integers(0, 300)),
    min_size=1,
    max_size=6,
)


def heading(meaning: str, hand: Hand) -> str:
    """Return the word of this hand for a column."""
    words = HEADINGS[meaning]
    return words[hand.words % len(words)]


def cells(rows: list[dict[str, str]], columns: list[str], hand: Hand) -> str:
    """Return a CSV text with the columns in an order of the writer's own."""
    at = hand.shift % len(columns)
    columns = columns[at:] + columns[:at]
    lines = [["Export", "7.1"]] * hand.titles
    units = f" [{hand.unit}]" if not hand.in_cell else ""
    lines.append([heading(c, hand) + (units if c == "run" else "") for c in columns])
    lines += [[row[c] for c in columns] for row in rows]

    def cell(text: str) -> str:
        return f'"{text}"' if hand.mark in text else text

    return "\n".join(hand.mark.join(map(cell, line)) for line in lines) + "\n"


def number(value: float, hand: Hand) -> str:
    """Return *value* as this hand writes it."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    # Never three digits behind the mark: nobody could tell them from thousands.
    text = text + "0" if len(text.partition(".")[2]) == 3 else text
    return text.replace(".", hand.decimal)


@given(shop=shops, wanted=asked, hand=hands)
@settings(max_examples=150, deadline=None)
def test_one_shop_however_it_is_written(shop, wanted, hand):
    """Words, order of columns, marks, units, dates and encoding change nothing."""
    routing = [
        {
            "part": f"P-{part}",
            "operation": str(10 * k + 10),
            "machine": machine,
            "run": number(seconds / UNITS[hand.unit], hand)
            + (f" {hand.unit}" if hand.in_cell else ""),
        }
        for part, steps in enumerate(shop)
        for k, (machine, seconds) in enumerate(steps)
    ]
    orders = [
        {
            "order": str(1000 + k),
            "part": f"P-{part % len(shop)}",
            "quantity": str(quantity),
            "due": (MONDAY + timedelta(days=days)).strftime(hand.dates),
        }
        for k, (part, quantity, days) in enumerate(wanted)
    ]
    way: Any = {"%m/%d/%Y": "mdy", "%d/%m/%Y": "dmy"}.get(hand.dates)
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("r.csv", routing), ("o.csv", orders)):
            text = cells(rows, list(rows[0]), hand)
            (Path(folder) / name).write_text(text, hand.encoding)
        wishes = Wishes(dates=way, keep_all=True, start=MONDAY)
        intake = take_in(
            Path(folder) / "r.csv", Path(folder) / "o.csv", "shop", wishes, schemas="."
        )
    plant = parse_plant(intake.files["plant.yaml"])
    found = [
        [(o.stations[0], o.steps[0].duration.mean) for o in product.operations]
        for product in plant.products
    ]
    assert [[name for name, _ in steps] for steps in shop] == [
        [name for name, _ in steps] for steps in found
    ]
    for steps, others in zip(shop, found, strict=True):
        assert [s for _, s in steps] == pytest.approx([s for _, s in others], rel=1e-5)
    scenario = parse_scenario(intake.files["scenario.yaml"], plant)
    end = 24 * 3600.0 - 60.0
    assert [(o.name, o.product, o.quantity, o.due) for o in scenario.orders] == [
        (str(1000 + k), f"P-{part % len(shop)}", quantity, 86400.0 * days + end)
        for k, (part, quantity, days) in enumerate(wanted)
    ]


WORDS = [word for meaning in HEADINGS.values() for word in meaning]
SIGNS = ("", "x", "Summe", "tr", "1,5", "1.234", "10", "-3", "1:30", "90 s", "05.01.2026")
TRAPS = ("03/04/2026", "a|b", '"', "0", "=1+1", "ä/ö#", "9" * 400, "a" * 90, "true", "1e5", "-")
words = st.sampled_from([*WORDS, *SIGNS, *TRAPS, "31.02.2026", "1-2"])
texts = st.lists(st.lists(words, min_size=1, max_size=6), min_size=0, max_size=8).map(
    lambda rows: "\n".join(";".join(row) for row in rows)
)


@given(
    routing=st.one_of(texts, st.text(max_size=60)), orders=texts, data=st.binary(max_size=80)
)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_a_list_is_taken_in_or_refused(routing, orders, data):
    """No list makes anything but a plant that loads, or one of our own errors."""
    head = "part;op;machine;te;tr;Basismenge\n"
    for first in (routing.encode(), (head + routing).encode(), data):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "r.csv").write_bytes(first)
            (Path(folder) / "o.csv").write_text("order;part;qty;due;prio\n" + orders, "utf-8")
            try:
                intake = take_in(
                    Path(folder) / "r.csv", Path(folder) / "o.csv", "s", Wishes(), schemas="."
                )
            except InvalidInput:
                continue
        plant = parse_plant(intake.files["plant.yaml"])
        parse_scenario(intake.files["scenario.yaml"], plant)
