"""This module holds a what-if as it is told: its tables, its plot, the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.report.clock import Clock
from simtwin.report.drawing import clock_axis, escape, lay, rows_axis, say
from simtwin.report.figures import signed
from simtwin.report.figures import told as told_figure
from simtwin.report.palette import palette
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.reading import AFTER_END, FAR, due_later
from simtwin.report.tables import Table, label, unknown_to
from simtwin.report.verdict import Verdict, based
from simtwin.report.wording import known
from simtwin.result.digits import digits
from simtwin.result.effect import clear, in_minutes
from simtwin.units import HOUR

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from simtwin.result.effect import Effect
    from simtwin.result.estimate import Estimate
    from simtwin.result.what_if import OrderChange, WhatIf

UNCLEAR = "no clear difference"

FIGURES = {"late": "orders", "tardiness": "s", "parts": "pieces", "finish": "s"}
"""Figures of an effect, and their unit."""


def verdict(told: WhatIf) -> Verdict:
    """Return what a planner takes away, and whether it is good."""
    effect = told.effect
    tone = "good" if effect.helps else "bad" if effect.hurts else "neutral"
    rests = based(told.n, told.seed, partial=told.partial, drawn=told.drawn)
    return Verdict(rests, told.sentence, tone)  # type: ignore[arg-type]


def heading(told: WhatIf) -> str:
    """Return what is asked, of what, and on what the answer rests."""
    scenario, plant = told.scenario, told.plant
    rests = based(told.n, told.seed, partial=told.partial, drawn=told.drawn)
    return f"{scenario} on {plant.name}, {', '.join(told.suppositions)}: {rests}"


def orders(told: WhatIf) -> Table:
    """Return what becomes of each order in both plans, the most changed first."""
    clock = Clock(told.start)
    rows = tuple(
        (
            row.order,
            clock.time(row.due) if row.due is not None else "",
            _chance(row.before, row.finish_before),
            _chance(row.after, row.finish_after),
            _change(row),
            "" if row.reading == "comes in" else _time(clock, row.finish_before),
            _time(clock, row.finish_after),
            "" if row.later is None else _minutes(row.later),
            row.reading,
        )
        for row in told.orders
    )
    columns = (
        "order", "due", "P(late) now", "P(late) then", "difference [95 %]", "finish now",
        "finish then", "later by [min, 95 %]", "reading",
    )  # fmt: skip
    marked = frozenset(
        place for place, row in enumerate(told.orders) if row.reading.startswith("late more")
    )
    return Table(columns, rows, marked=marked)


def effect_rows(effect: Effect) -> dict[str, str]:
    """Return the figures of an effect as texts; what crosses 0 is no clear difference."""
    return {
        name: signed(found, FIGURES[name]) if clear(found) else _none(found)
        for name, found in effect.figures
    }


def kpis(told: WhatIf) -> Table:
    """Return the key figures of both plans, those that clearly differ first."""
    before, after = told.study.names
    rows = []
    unknown = unknown_to(told.plant)
    for name, paired in told.kpis.items():
        if name in unknown:
            continue
        found = paired.differences[after]
        rows.append(
            (
                label(name),
                told_figure(paired.means[before], paired.unit),
                told_figure(paired.means[after], paired.unit),
                signed(found, paired.unit) if clear(found) else _none(found),
            )
        )
    rows.sort(key=lambda row: row[3] in (UNCLEAR, "the same in all runs"))
    columns = ("key figure", "as it is [95 %]", "as supposed", "difference, paired [95 %]")
    return Table(columns, tuple(rows))


def finishes(told: WhatIf) -> Figure:
    """Return when each order is finished in both plans against its due time, one row an order.

    Grey is what the runs cannot tell apart.
    """
    import plotly.graph_objects as go

    clock = Clock(told.start)
    rows = told.orders
    figure = go.Figure()
    x: list[float | None] = []
    y: list[str | None] = []
    for row in rows:
        if known(row.finish_before) and known(row.finish_after):
            x += [_on(clock, row.finish_before), _on(clock, row.finish_after), None]
            y += [escape(row.order), escape(row.order), None]
    figure.add_scatter(
        x=x, y=y, mode="lines", name="from now to then", hoverinfo="skip",
        line={"color": palette().neutral, "width": 3},
    )  # fmt: skip
    figure.add_scatter(
        **_dots(rows, clock, "finish_before", "as it is"),
        marker={"symbol": "circle-open", "size": 10, "color": palette().neutral},
    )
    for name, color, symbol, chosen in _LOOKS:
        part = [row for row in rows if chosen == _look(row)]
        if part:
            figure.add_scatter(
                **_dots(part, clock, "finish_after", name),
                marker={"symbol": symbol, "size": 11, "color": getattr(palette(), color)},
            )
    dated = [row for row in rows if row.due is not None]
    far = sorted((row.order for row in dated if (row.due or 0.0) > FAR * told.end), key=natural)
    due = [row for row in dated if row.order not in far]
    figure.add_scatter(
        mode="markers", name="due", x=[_on(clock, row.due or 0.0) for row in due],
        y=[escape(row.order) for row in due],
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": palette().ink}},
        hovertext=[f"due {clock.time(row.due or 0.0)}" for row in due],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    lay(figure, height=130 + 26 * max(3, len(rows)))
    ends = [told.end, *(row.due for row in due if row.due is not None)]
    clock_axis(figure, clock, 1.02 * max(ends))
    rows_axis(figure, [row.order for row in rows])
    drawn = f"Median finish of each order in both plans. {due_later(far)}".strip()
    return say(figure, _finish_reading(rows), drawn)


_LOOKS = (
    ("as supposed: later, or late more often", "bad", "square", "later"),
    ("as supposed: sooner, or late less often", "good", "circle", "sooner"),
    (f"as supposed: {UNCLEAR}", "neutral", "circle", "same"),
    ("comes in", "ink", "diamond", "new"),
)


def as_plain(told: WhatIf) -> dict[str, Any]:
    """Return a what-if as plain values: the sentence, the effect, orders, key figures."""
    before, after = told.study.names
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": told.plant.name,
        "scenario": told.scenario,
        "start": told.start,
        "what_if": list(told.suppositions),
        "said": list(told.said),
        "seed": told.seed,
        "replications": told.n,
        "asked": told.study.asked,
        "partial": told.partial,
        "basis": based(told.n, told.seed, partial=told.partial, drawn=told.drawn),
        "verdict": told.sentence,
        "effect": effect_plain(told.effect),
        "orders": [_order(row) for row in told.orders],
        "kpis": {
            name: {
                "before": figure(paired.means[before], paired.unit),
                "after": figure(paired.means[after], paired.unit),
                "difference": figure(paired.differences[after], paired.unit),
            }
            for name, paired in told.kpis.items()
        },
        "assumptions": list(told.assumptions),
        "provenance": plain(told.study.provenance),
    }


def effect_plain(effect: Effect) -> dict[str, Any]:
    """Return an effect as plain values, each figure with its interval."""
    return {
        name: {**figure(found, FIGURES[name]), "clear": clear(found)}
        for name, found in effect.figures
    } | {"text": effect.text}


def _order(row: OrderChange) -> dict[str, Any]:
    def of(found: Estimate | None, unit: str) -> dict[str, Any] | None:
        return None if found is None else figure(found, unit)

    return {
        "order": row.order,
        "product": row.product,
        "due_s": row.due,
        "p_late_before": of(row.before, "share"),
        "p_late_after": of(row.after, "share"),
        "difference": of(row.difference, "share"),
        "finish_before_s": plain(row.finish_before),
        "finish_after_s": plain(row.finish_after),
        "later": of(row.later, "s"),
        "reading": row.reading,
    }


def _chance(found: Estimate | None, finish: float) -> str:
    """Return P(late); of an order that is open at the end and due later, runs say nothing."""
    if found is None:
        return ""
    return AFTER_END if found.value == 0.0 and not known(finish) else str(found)


def _change(row: OrderChange) -> str:
    """Return by how much P(late) changes, where both plans say something of it."""
    said = (_chance(row.before, row.finish_before), _chance(row.after, row.finish_after))
    return "" if row.difference is None or AFTER_END in said else _points(row.difference)


def _time(clock: Clock, seconds: float) -> str:
    return clock.time(seconds) if known(seconds) else "open"


def _none(found: Estimate) -> str:
    return "the same in all runs" if found.low == found.high == 0.0 else UNCLEAR


def _points(found: Estimate) -> str:
    """Return a difference of probabilities in points of per cent."""
    value, low, high = digits(*(100.0 * end for end in (found.value, found.low, found.high)))
    if found.unsettled:
        still = f"open at the end in {found.unsettled} of {found.n}"
        return f"{low} to {'+' if found.high > 0.0 else ''}{high} points, {still}"
    if not clear(found):
        return UNCLEAR if found.value else "none seen"
    return f"{'+' if found.value > 0.0 else ''}{value} points [{low}, {high}]"


def _minutes(found: Estimate) -> str:
    if not clear(found):
        return _none(found)
    shown = in_minutes(found)
    return f"{'+' if shown.value > 0.0 else ''}{shown}"


def _way(row: OrderChange) -> str:
    if row.reading == "comes in":
        return "new"
    words = [way for way in ("later", "sooner") if way in row.reading]
    return words[0] if words else "same"


def _look(row: OrderChange) -> str:
    """Return how a row is drawn; where a plan leaves it open, whether it is late tells."""
    way = _way(row)
    if way != "same":
        return way
    if "late more often" in row.reading:
        return "later"
    return "sooner" if "late less often" in row.reading else way


def _on(clock: Clock, seconds: float) -> float:
    return clock.milliseconds + 1000.0 * seconds


def _dots(
    rows: tuple[OrderChange, ...] | list[OrderChange], clock: Clock, key: str, name: str
) -> dict[str, Any]:
    shown = [row for row in rows if known(getattr(row, key))]
    return {
        "mode": "markers",
        "name": name,
        "x": [_on(clock, getattr(row, key)) for row in shown],
        "y": [escape(row.order) for row in shown],
        "hovertext": [
            f"<b>{escape(row.order)}</b><br>{escape(name)}: {clock.time(getattr(row, key))}"
            f"<br>{escape(row.reading)}"
            for row in shown
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _finish_reading(rows: tuple[OrderChange, ...]) -> str:
    later = [row for row in rows if _way(row) == "later"]
    sooner = [row for row in rows if _way(row) == "sooner"]
    if not later and not sooner:
        return "No order is clearly finished later or sooner."
    said = [f"{len(later)} of {len(rows)} orders are clearly finished later"] if later else []
    said += [f"{len(sooner)} of {len(rows)} sooner"] if sooner else []
    largest = max(
        (row for row in (*later, *sooner) if row.later is not None),
        key=lambda row: abs(row.later.value) if row.later else 0.0,
        default=None,
    )
    most = ""
    if largest is not None and largest.later is not None:
        hours = abs(largest.later.value) / HOUR
        by = f"{hours:.1f} h" if hours >= 1.5 else f"{60 * hours:.0f} min"
        most = f"; the most: {largest.order}, by {by}"
    return f"{' and '.join(said)}{most}."
