"""This module holds an optimum as it is told: its tables, and the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report import study as studies
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.tables import Table
from simtwin.report.verdict import based
from simtwin.report.wording import counted
from simtwin.result import optimum_reading as reading

if TYPE_CHECKING:
    from simtwin.result.estimate import Estimate
    from simtwin.result.optimum import Optimum, Trial


def heading(optimum: Optimum) -> str:
    """Return what was asked, and on what the answer rests."""
    goals = " and ".join(goal.name for goal in optimum.goals)
    work = (
        f"{counted(optimum.starts, 'start')} of SLSQP, "
        f"{counted(optimum.evaluations, 'evaluation')}"
    )
    return (
        f"{goals} of {optimum.operation} on {optimum.machine}, {optimum.plant.name}: {work}, "
        f"seed {optimum.seed}"
    )


def parameters(optimum: Optimum) -> Table:
    """Return every free number, today and at the optimum."""
    head, *rows = reading.parameters(optimum)
    return Table(head, tuple(rows), frozenset({"today", "best", "change", "spindle"}))


def figures(optimum: Optimum) -> Table:
    """Return the figures of a good part, today and at the optimum."""
    head, *rows = reading.figures(optimum)
    return Table(head, tuple(rows), frozenset({"today", "best", "change"}))


def constraints(optimum: Optimum) -> Table:
    """Return the limits that were asked for or are reached, with what they cost."""
    head, *rows = reading.constraints(optimum)
    shown = len(rows)
    rest = len(optimum.constraints) - shown
    note = f"{counted(rest, 'more limit')} of the machines themselves, none reached."
    return Table(head, tuple(rows), frozenset({"today", "best"}), note=note if rest else "")


def front(optimum: Optimum) -> Table:
    """Return the points of the front, with the parameters of each."""
    goals = optimum.goals
    columns = (
        *(f"{goal.name} [{goal.unit}]" for goal in goals),
        *(f"{one.name} [{one.unit}]" for one in optimum.parameters),
        *reading.whole_of_front(optimum),
        "",
    )
    rows = tuple(
        (
            *map(reading.short, point.values),
            *map(reading.short, point.parameters),
            *reading.whole_of_point(optimum, point),
            "chosen" if point.chosen else "",
        )
        for point in optimum.front
    )
    marked = frozenset(i for i, point in enumerate(optimum.front) if point.chosen)
    return Table(columns, rows, frozenset(columns[:-1]), marked)


def trial(optimum: Optimum) -> Table:
    """Return what paired runs show of each goal: means, and differences to today."""
    if optimum.trial is None:
        return Table((), ())
    rows = tuple(
        (
            goal.name,
            plan,
            _told(mean, goal.unit),
            _difference(optimum.trial, goal.name, plan, goal.unit),
        )
        for goal in optimum.goals
        for plan, mean in optimum.trial.values[goal.name].items()
    )
    return Table(("of a good part", "plan", "mean [95 %]", "less today [95 %]"), rows)


def as_plain(optimum: Optimum) -> dict[str, Any]:
    """Return an optimum as plain values: parameters, limits and their prices, and the trial."""
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": optimum.plant.name,
        "machine": optimum.machine,
        "operation": optimum.operation,
        "seed": optimum.seed,
        "partial": optimum.partial,
        "verdict": optimum.sentence,
        "goals": [{"name": goal.name, "unit": goal.unit} for goal in optimum.goals],
        "priced": optimum.priced.name,
        "feasible": optimum.feasible,
        "confirmed": optimum.confirmed,
        "parameters": _rows(optimum, "parameters"),
        "passes": {
            cut: {"today": today, "best": best} for cut, (today, best) in optimum.passes.items()
        },
        "coolant": optimum.coolant,
        "constraints": _rows(optimum, "constraints"),
        "figures": _rows(optimum, "figures"),
        "parts_per_edge": plain(optimum.parts_per_edge),
        "whole_parts": {tool: {"parts": k} for tool, k in optimum.whole.items()},
        "changes": plain(optimum.changes),
        "front": _rows(optimum, "front") if optimum.front else [],
        "trial": None if optimum.trial is None else _trial(optimum, optimum.trial),
        "study": None if optimum.study is None else studies.as_plain(optimum.study),
        "evaluations": optimum.evaluations,
        "starts": optimum.starts,
        "hits": optimum.hits,
        "notes": list(optimum.notes),
        "assumptions": list(optimum.assumptions),
        "provenance": plain(optimum.provenance),
    }


def _rows(optimum: Optimum, name: str) -> list[dict[str, Any]]:
    table: list[dict[Any, Any]] = optimum.frame(name).to_dict("records")
    return [{str(key): plain(value) for key, value in row.items()} for row in table]


def _trial(optimum: Optimum, trial: Trial) -> dict[str, Any]:
    return {
        "parts": trial.parts,
        "replications": trial.n,
        "basis": based(
            trial.n, optimum.seed, partial=trial.study.partial, drawn=trial.study.drawn
        ),
        "goals": [
            {
                "goal": goal.name,
                "plan": plan,
                "mean": figure(mean, goal.unit),
                "difference": None
                if plan not in trial.differences[goal.name]
                else figure(trial.differences[goal.name][plan], goal.unit),
            }
            for goal in optimum.goals
            for plan, mean in trial.values[goal.name].items()
        ],
    }


def _difference(trial: Trial, goal: str, plan: str, unit: str) -> str:
    found = trial.differences[goal].get(plan)
    if found is None:
        return "today"
    if abs(found.value) <= trial.least(goal) and found.low == found.high:
        return f"none, in all {found.n}"
    sign = "+" if found.value > 0.0 else ""
    return f"{sign}{_told(found, unit)}"


def _told(found: Estimate, unit: str) -> str:
    """Return an estimate with its unit, and how many runs agree where all do."""
    value, comma, rest = str(found).partition(", ")
    if comma and found.low == found.high:
        return f"{value} {unit}, {rest}"
    return f"{found} {unit}"
