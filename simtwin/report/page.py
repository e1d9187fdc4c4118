"""This module holds the page: a report as one HTML file that needs no network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.report import actions as action_tables
from simtwin.report import hours, plots, reading, tables, what_if
from simtwin.report.clock import Clock
from simtwin.report.told import answering, observed, outcomes, remembering
from simtwin.report.verdict import Verdict, verdict
from simtwin.result.ensemble import Ensemble as Ensemble_
from simtwin.result.what_if import WhatIf

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from simtwin.report.tables import Table
    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because

_CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True}


@dataclass(frozen=True, slots=True)
class Fact:
    """One number that stands in large letters."""

    name: str
    value: str
    interval: str
    unit: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page: a plot with its reading, a table, or lines of text."""

    key: str
    title: str
    table: Table | None = None
    folded: str = ""
    """What the fold is called that hides the table; empty: the table is open."""
    figure: str = ""
    reading: str = ""
    drawn: str = ""
    warning: bool = False
    lines: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of the run shown for many, and the unlucky one that stands behind it."""

    said: str = ""
    ghost: Run | None = None
    because: tuple[Because, ...] = ()
    """Why orders are late, in runs in which they are."""


def report(
    told: Run | Ensemble | WhatIf,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    actions: Actions | None = None,
    because: Sequence[Because] | None = None,
) -> Path:
    """Write the report of a run, an ensemble or a what-if to *path* and return it.

    The file is complete in itself: styles, the plot library and data are inside, and its own
    policy forbids every request. An existing file is kept unless *force* is given. *actions*
    are what was tried to help, if somebody did; *because* are the reasons of late orders, where
    they are known already.
    """
    target = Path(path)
    if target.exists() and not force:
        raise InvalidInput(f"{target}: exists already; --force (force=True) overwrites it")
    if not target.parent.is_dir():
        raise InvalidInput(f"{target}: there is no folder {target.parent}")
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(html(told, actions, because), encoding="utf-8")
    draft.replace(target)
    return target


def html(
    told: Run | Ensemble | WhatIf,
    actions: Actions | None = None,
    because: Sequence[Because] | None = None,
) -> str:
    """Return the report as the text of one HTML file; the same result gives the same bytes."""
    if isinstance(told, WhatIf):
        title = f"{told.scenario} · {told.plant.name}: {', '.join(told.suppositions)}"
        parts = list(_supposed(told))
        return _rendered(title, told.start, told.end, what_if.verdict(told), parts)
    told, shown = _typical(told, because)
    told = remembering(told)
    run = observed(told)
    title = f"{run.scenario.name} · {run.plant.name}"
    parts = list(_sections(told, actions, shown))
    ends = {one.end for one in outcomes(told)} or {run.end}
    return _rendered(
        title, run.scenario.start, max(ends), verdict(told), parts, latest=len(ends) > 1
    )


def _rendered(
    title: str,
    start: str,
    end: float,
    said: Verdict,
    sections: list[Section],
    *,
    latest: bool = False,
) -> str:
    """Return the page; the *latest* end is that of runs with ends of their own."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    clock = Clock(start)
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(
        static("page.html.j2")
    )
    return page.render(
        title=title,
        period=f"{clock.dated(0.0)} to {clock.dated(end)}{' at the latest' * latest}",
        verdict=said,
        sections=sections,
        css=Markup(static("page.css")),
        plotly=Markup(inlined(static("plotly-cartesian.min.js"))),
    )


def summary(told: Run | Ensemble) -> str:
    """Return the verdict and the key figures as a piece of HTML, for a notebook."""
    from html import escape

    said = verdict(told)
    table = tables.kpis(told)
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return (
        f"<p><b>{escape(said.sentence)}</b><br>{escape(said.basis)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _typical(
    told: Run | Ensemble, because: Sequence[Because] | None
) -> tuple[Run | Ensemble, Shown]:
    """Return an ensemble so that the run shown is the median one, and what is to be said."""
    if not isinstance(told, Ensemble_) or told.n < 2:
        return told, Shown()
    from simtwin.orchestrator.reasons import reasons
    from simtwin.orchestrator.typical import UNLUCKY, typical

    because = tuple(reasons(told) if because is None else because)
    middle = typical(told)
    if middle is None:
        return told, Shown(because=because)
    unlucky = typical(told, UNLUCKY)
    said = (
        f"Of {told.n} replications number {middle.run.replication} is the median by "
        f"{middle.by}; simulate(…, seed={told.seed}, replication={middle.run.replication}) "
        "makes it again."
    )
    if unlucky is not None and unlucky.run is not middle.run:
        said += f" The pale bars are number {unlucky.run.replication}, the P90."
        return replace(told, first=middle.run), Shown(said, unlucky.run, because)
    return replace(told, first=middle.run), Shown(said, because=because)


def _sections(told: Run | Ensemble, actions: Actions | None, shown: Shown) -> Iterator[Section]:
    """Give the sections as a planner reads: orders, actions, hours, who did what; physics."""
    run = observed(told)
    orders = tables.orders(told, shown.because)
    if orders.rows:
        late = _drawn("orders", "Orders, late ones first", plots.orders(told), orders)
        yield replace(late, lines=tables.chains(shown.because))
    if actions is not None:
        tried = action_tables.table(actions) if actions.tried else None
        yield Section("actions", "What would help", tried, reading=actions.sentence)
    if hours.kept(told):
        strip, bound = hours.strip(told), hours.bottlenecks(told)
        yield _drawn("hours", "Who is busy, and who binds, hour by hour", strip, bound)
    made = tables.operations(told).capped()
    chart = plots.gantt(told, ghost=shown.ghost)
    yield _drawn(
        "gantt", "Who did what, when", chart, made, fold="What was made where", also=shown.said
    )
    yield Section("kpis", "Key figures", tables.kpis(told), facts=_facts(told))
    shares = tables.states(told)
    yield _drawn("states", "Where the time went", plots.states(told), shares, fold=_AS_TABLE)
    each = tables.machines(told)
    yield Section("machines", "Machine by machine", each, reading=_OEE)
    yield from _physics(told)
    said = (
        reading.events(run.frame("events")),
        reading.counted_from(told, Clock(run.scenario.start)),
        reading.first_of(told),
    )
    happened = tables.events(told).capped()
    yield Section("events", "What happened", happened, reading=" ".join(filter(None, said)))
    yield _assumed(told)
    yield Section("versions", "Seeds and versions", tables.provenance(told))


def _physics(told: Run | Ensemble) -> Iterator[Section]:
    heat = tables.heat(told)
    if heat.rows:
        figure = plots.temperatures(told)
        yield _drawn("heat", "Temperatures and limits", figure, heat, fold=_AS_TABLE)
    wear = tables.wear(told).capped()
    if wear.rows:
        yield _drawn("wear", "Wear of the tools", plots.wear(told), wear, fold=_AS_TABLE)
    if float(observed(told).frame("energy")["energy_kwh"].sum()) > 0.0:
        energy = tables.energy(told)
        figure = plots.energy(told)
        yield _drawn("energy", "Where the energy went", figure, energy, fold=_AS_TABLE)


def _supposed(told: WhatIf) -> Iterator[Section]:
    """Give the sections of a what-if: orders in both plans, and key figures."""
    if told.orders:
        figure, table = what_if.finishes(told), what_if.orders(told)
        yield _drawn("orders", "Orders, the most changed first", figure, table)
    yield Section("kpis", "Key figures", what_if.kpis(told))
    yield _assumed(told)
    rows = tuple(
        (f"{plan}: {tables.label(str(key))}", str(value))
        for plan, known in told.study.provenance.items()
        for key, value in known.items()
    )
    yield Section("versions", "Seeds and versions", tables.Table(("what", "value"), rows))


_AS_TABLE = "The same as a table"
_OEE = "OEE is availability times performance times quality (ISO 22400-2)."


def _drawn(
    key: str, title: str, figure: Figure, table: Table, *, fold: str = "", also: str = ""
) -> Section:
    from markupsafe import Markup

    said = figure.layout.meta
    text = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=f"plot-{key}",
        config=_CONFIG,
        default_width="100%",
        default_height=f"{figure.layout.height}px",
    )
    return Section(
        key,
        title,
        table,
        fold,
        Markup(text),
        said["reading"],
        f"{also} {said['drawn']}".strip(),
        warning=said["reading"].startswith("Warning"),
    )


def _facts(told: Run | Ensemble) -> tuple[Fact, ...]:
    """Return the six key figures that a planner asks for first, as far as they exist."""
    kpis = answering(told).kpis
    chosen = [name for name in _FIRST if name in kpis] or list(kpis)
    return tuple(Fact(tables.label(name), *tables.stated(kpis[name])) for name in chosen[:6])


_FIRST = (
    "late_orders",
    "mean_tardiness",
    "good_pieces",
    "throughput",
    "lead_time",
    "oee",
    "energy",
    "unplanned_downtime",
)


def _assumed(told: Run | Ensemble | WhatIf) -> Section:
    lines = tuple(told.assumptions)
    sentence = (
        "The answer hangs on these: they were taken because the files did not say otherwise."
        if lines
        else "Nothing was assumed beyond what the files say."
    )
    return Section("assumptions", "Assumptions", reading=sentence, lines=lines)


def static(name: str) -> str:
    """Return a file that the package ships with its reports."""
    return files("simtwin.report").joinpath("static", name).read_text("utf-8")


def inlined(script: str) -> str:
    """Return *script* so that no text in it can end the element that holds it."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
