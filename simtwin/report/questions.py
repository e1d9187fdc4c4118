"""This module holds the questions that a workbook answers, each a sheet of columns and rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simtwin.civil import local, read_zero
from simtwin.report import hours, tables, traces
from simtwin.report.actions import COLUMNS, reading
from simtwin.report.reading import first_of
from simtwin.report.told import answering, observed, records, replications
from simtwin.report.verdict import verdict
from simtwin.report.wording import known
from simtwin.result.downtime import STANDING

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.report.told import Ensemble, Run
    from simtwin.result.actions import Actions
    from simtwin.result.because import Because

PERCENT, CLOCK, PLAIN = "0.0 %", "yyyy-mm-dd hh:mm", "General"
"""How cells are shown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, the question that it answers, columns with how they are shown."""

    name: str
    question: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]


def sheets(
    told: Run | Ensemble, actions: Actions | None = None, because: Sequence[Because] = ()
) -> list[Sheet]:
    """Return every sheet, the one that says what is where first."""
    found = [sheet for sheet in _sheets(told, actions, because) if sheet.rows]
    return [_first(told, found), *found]


def _sheets(
    told: Run | Ensemble, actions: Actions | None, because: Sequence[Because]
) -> Iterator[Sheet]:
    run = observed(told)
    start = read_zero(run.scenario.start)
    yield _orders(told, start, because)
    if actions is not None:
        yield _actions(actions)
    if hours.kept(told):
        yield _bottleneck(answering(told).frame("bottleneck"), start)
        yield _busy(answering(told).frame("hours"), start)
    yield _machines(run)
    yield _kpis(told)
    if getattr(run, "log", None) is not None:
        yield _stops(run)
        yield _tools(run)
    yield Sheet(
        "Assumptions",
        "What was taken because no file said it?",
        (("assumption", PLAIN),),
        tuple((line,) for line in told.assumptions),
    )
    yield Sheet(
        "Provenance",
        "What is needed to get the same numbers again?",
        (("what", PLAIN), ("value", PLAIN)),
        tuple((tables.label(str(key)), str(value)) for key, value in told.provenance.items()),
    )


def _first(told: Run | Ensemble, found: list[Sheet]) -> Sheet:
    said, run = verdict(told), observed(told)
    rows: list[tuple[str, str]] = [
        ("Answer", said.sentence),
        ("Rests on", said.basis),
        ("Scenario", f"{run.scenario.name} on {run.plant.name}"),
    ]
    if replications(told) > 1:
        rows.append(("Machines, stops, tools", first_of(told)))
    rows += [(f"Sheet {sheet.name}", sheet.question) for sheet in found]
    return Sheet("Read first", "", (("what", PLAIN), ("says", PLAIN)), tuple(rows))


def _orders(told: Run | Ensemble, start: datetime, because: Sequence[Because]) -> Sheet:
    many = replications(told) > 1
    own = observed(told).frame("orders")
    why = dict(zip(own["order"], own["why"], strict=True))
    why |= {one.order: one.why for one in because}
    chain = {one.order: one.chain for one in because}
    rows = [
        (
            row["order"], row["product"], row["quantity"],
            _moment(start, row["release_s"]), _moment(start, row["due_s"]),
            *(_likely(row, start) if many else _done(row, start)),
            why.get(row["order"], ""), *((chain.get(row["order"], ""),) if chain else ()),
        )
        for row in records(answering(told).frame("orders"))
    ]  # fmt: skip
    place = 5 if many else 7
    rows.sort(key=lambda row: (-(row[place] or 0.0), str(row[4] or "~")))
    columns = (
        ("order", PLAIN), ("product", PLAIN), ("quantity [pieces]", PLAIN),
        ("release", CLOCK), ("due", CLOCK), *(_LIKELY if many else _DONE),
        ("reason, in a run in which it is late" if chain else "reason, where late", PLAIN),
        *((("events that led to it", PLAIN),) if chain else ()),
    )  # fmt: skip
    return Sheet("Orders", "Which orders are late, how surely, and why?", columns, tuple(rows))


_LIKELY = (
    ("P(late) [%]", PERCENT), ("P(late) at least [%]", PERCENT),
    ("P(late) at most [%]", PERCENT), ("median finish", CLOCK), ("90 % done by", CLOCK),
)  # fmt: skip
_DONE = (("finished [pieces]", PLAIN), ("finish", CLOCK), ("late by [min]", "0.0"))


def _likely(row: dict[str, Any], start: datetime) -> tuple[Any, ...]:
    # Of what is open at the end and due later, the runs do not say whether it will be late.
    told = row["p_late"] > 0.0 or known(row["finish_median_s"])
    asked = known(row["due_s"]) and told
    chances = (row[f"p_late{end}"] if asked else None for end in ("", "_low", "_high"))
    ends = (_moment(start, row[key]) for key in ("finish_median_s", "finish_p90_s"))
    return (*chances, *ends)


def _done(row: dict[str, Any], start: datetime) -> tuple[Any, ...]:
    late = row["tardiness_s"] / 60.0 if known(row["due_s"]) else None
    return row["finished"], _moment(start, row["finish_s"]), late


def _actions(told: Actions) -> Sheet:
    names = [*COLUMNS]
    units = {"late": "orders", "tardiness": "min", "parts": "pieces", "finish": "min"}
    rows = []
    for stage, chosen in (("tried", told.tried), ("screened", told.screened)):
        for one in chosen:
            effect = dict(one.effect.figures)
            cells: list[Any] = []
            for name in names:
                found = effect.get(name)
                by = 1.0 / 60.0 if units[name] == "min" else 1.0
                ends = (None,) * 3 if found is None else (found.value, found.low, found.high)
                cells += [None if end is None else by * end for end in ends]
            read = reading(one) if stage == "tried" else "looked at only"
            rows.append((one.said, stage, one.effect.parts.n, *cells, read))
    columns = [("action", PLAIN), ("stage", PLAIN), ("paired runs", PLAIN)]
    for name in names:
        head = f"{COLUMNS[name]}, difference"
        columns += [
            (f"{head} [{units[name]}]", "0.00"),
            (f"{head}, at least [{units[name]}]", "0.00"),
            (f"{head}, at most [{units[name]}]", "0.00"),
        ]
    columns.append(("reading", PLAIN))
    return Sheet("Actions", "What would help most?", tuple(columns), tuple(rows))


def _bottleneck(table: pd.DataFrame, start: datetime) -> Sheet:
    many = "p_bottleneck" in table
    keys = ("p_bottleneck", "p_bottleneck_low", "p_bottleneck_high") if many else ()
    rows = tuple(
        (
            _moment(start, row["start_s"]), _moment(start, row["end_s"]), row["station"],
            *(row[key] for key in keys), row["share"],
        )
        for row in records(table)
    )  # fmt: skip
    chances = (
        ("P(bottleneck) [%]", PERCENT), ("P(bottleneck) at least [%]", PERCENT),
        ("P(bottleneck) at most [%]", PERCENT),
    )  # fmt: skip
    columns = (
        ("from", CLOCK), ("to", CLOCK), ("station", PLAIN), *(chances if many else ()),
        ("bottleneck for this share of the hour [%]", PERCENT),
    )  # fmt: skip
    return Sheet("Bottleneck", "Which station binds the shop in which hour?", columns, rows)


def _busy(table: pd.DataFrame, start: datetime) -> Sheet:
    many = "busy_share_low" in table
    keys = ("busy_share", "busy_share_low", "busy_share_high") if many else ("busy_share",)
    rows = tuple(
        (
            row["machine"], _moment(start, row["start_s"]), _moment(start, row["end_s"]),
            *(row[key] for key in keys), row["off_share"],
        )
        for row in records(table)
    )  # fmt: skip
    names = ("busy [%]", "busy, at least [%]", "busy, at most [%]")[: len(keys)]
    columns = (
        ("machine", PLAIN), ("from", CLOCK), ("to", CLOCK),
        *((name, PERCENT) for name in names), ("off shift [%]", PERCENT),
    )  # fmt: skip
    return Sheet("Hours", "How busy is each machine in each hour?", columns, rows)


def _machines(run: Run) -> Sheet:
    table = run.frame("machines")
    states = [str(name) for name in table.columns if str(name).startswith("share ")]
    shares = ("availability", "performance", "quality", "oee")
    energy = ("energy_kwh",) if "energy" not in tables.unknown_to(run.plant) else ()
    rows = tuple(
        (
            row["machine"], row["good"], row["scrap"], *(row[key] for key in shares),
            *(row[key] for key in energy), *(row[key] for key in states),
        )
        for row in records(table)
    )  # fmt: skip
    columns = (
        ("machine", PLAIN), ("good [pieces]", PLAIN), ("scrap [pieces]", PLAIN),
        *((f"{tables.label(key)} [%]", PERCENT) for key in shares),
        *(("energy [kWh]", "0.0") for _ in energy),
        *((f"{name.removeprefix('share ')} [%]", PERCENT) for name in states),
    )  # fmt: skip
    return Sheet("Machines", "What did each machine do with its time?", columns, rows)


def _kpis(told: Run | Ensemble) -> Sheet:
    many = replications(told) > 1
    rows: list[tuple[Any, ...]] = []
    unknown = tables.unknown_to(told.plant)
    for name, kpi in answering(told).kpis.items():
        if name in unknown:
            continue
        value = kpi.value
        if isinstance(value, float | int):
            factor, unit = tables.scale(kpi.unit, value)
            rows.append((tables.label(name), factor * value, unit, kpi.text))
            continue
        factor, unit = tables.scale(kpi.unit, value.value)
        ends = (factor * end for end in (value.value, value.low, value.high))
        rows.append((tables.label(name), *ends, unit, value.n, value.method, kpi.text))
    between = (("at least, 95 %", PLAIN), ("at most, 95 %", PLAIN)) if many else ()
    how = (("replications", PLAIN), ("method", PLAIN)) if many else ()
    columns = (
        ("key figure", PLAIN), ("value", PLAIN), *between, ("unit", PLAIN), *how,
        ("meaning", PLAIN),
    )  # fmt: skip
    return Sheet("Key figures", "What does it all come to?", columns, tuple(rows))


def _stops(run: Run) -> Sheet:
    keys = [f"{mode.replace(' ', '_')}_s" for mode in STANDING]
    rows = tuple(
        (
            row["machine"], row["cause"], row["part"], row["stops"],
            *(row[key] / 60.0 for key in (*keys, "seconds")), row["lost_pieces"],
        )
        for row in records(run.frame("downtime"))
    )  # fmt: skip
    columns = (
        ("machine", PLAIN), ("cause", PLAIN), ("part", PLAIN), ("stops [times]", PLAIN),
        *((f"{name} [min]", "0.0") for name in (*STANDING, "all")), ("lost [pieces]", "0.0"),
    )  # fmt: skip
    return Sheet("Stops", "What stopped each machine, how often, how long?", columns, rows)


def _tools(run: Run) -> Sheet:
    rows = tuple(
        (
            item.machine,
            item.tool,
            int(item.edge),
            item.used,
            item.land,
            item.limit,
            item.exchanged,
        )
        for item in traces.edges(run)
    )
    columns = (
        ("machine", PLAIN), ("tool", PLAIN), ("edge [number]", PLAIN),
        ("life used [%]", PERCENT), ("wear land [mm]", "0.000"), ("limit [mm]", "0.000"),
        ("exchanged [times]", PLAIN),
    )  # fmt: skip
    return Sheet("Tools", "Which edges are worn, and which were replaced?", columns, rows)


def _moment(start: datetime, seconds: float) -> datetime | None:
    """Return an instant as a date and time to the second; None where it is not known."""
    if not known(seconds) or not math.isfinite(seconds):
        return None
    return local(start, round(seconds))
