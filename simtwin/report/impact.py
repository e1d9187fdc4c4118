"""This module holds an impact as it is told: its tables, and the same as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.clock import Clock
from simtwin.report.figures import clear, signed, span
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.tables import Table, label
from simtwin.report.verdict import based
from simtwin.report.wording import counted
from simtwin.result.estimate import Estimate

if TYPE_CHECKING:
    from simtwin.result.impact import Impact
    from simtwin.result.kpi import Kpi


def heading(impact: Impact) -> str:
    """Return what was asked, and on what the answer rests."""
    at = Clock(impact.scenario.start).time(impact.at)
    rests = based(impact.n, impact.seed, partial=impact.partial, drawn=impact.drawn)
    return (
        f"{impact.machine} stops at {at} for {span(impact.duration)}, {impact.scenario.name} "
        f"on {impact.plant.name}: {rests}"
    )


def reached(impact: Impact) -> Table:
    """Return who starves or blocks by the stop, when, and when the clock by hand says."""
    clock = Clock(impact.scenario.start)
    rows = tuple(
        (
            reach.machine,
            reach.state,
            _share(reach.share),
            _moment(reach.first, clock),
            _moment(reach.clock, clock),
            signed(impact.longer(reach.machine, reach.state), "s"),
            signed(impact.longer(reach.machine, "producing"), "s"),
        )
        for reach in impact.reached
    )
    columns = (
        "machine", "is", "in runs", "first at", "by hand at", "longer so by", "works longer by",
    )  # fmt: skip
    return Table(columns, rows)


def changes(impact: Impact) -> Table:
    """Return the key figures that clearly change, with the stop less without."""
    rows = [(label(name), signed(kpi.value, kpi.unit)) for name, kpi in _clear(impact)]
    left_out = len(impact.kpis) - len(rows)
    note = f"{counted(left_out, 'more key figure')} without a clear change." if left_out else ""
    column = "with the stop less without" + ("" if impact.n == 1 else " [95 %]")
    return Table(("key figure", column), tuple(rows), note=note)


def as_plain(impact: Impact) -> dict[str, Any]:
    """Return an impact as plain values: what it costs, and whom it reaches when."""
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": impact.plant.name,
        "scenario": impact.scenario.name,
        "start": impact.scenario.start,
        "machine": impact.machine,
        "at_s": impact.at,
        "duration_s": impact.duration,
        "seed": impact.seed,
        "replications": impact.n,
        "asked": impact.asked,
        "partial": impact.partial,
        "basis": based(impact.n, impact.seed, partial=impact.partial, drawn=impact.drawn),
        "verdict": impact.sentence,
        "lost_pieces": figure(impact.lost_pieces, "pieces"),
        "late_orders": figure(impact.late_orders, "orders"),
        "reached": [
            {
                "machine": reach.machine,
                "state": reach.state,
                "share": figure(reach.share, "share"),
                "first": None if reach.first is None else figure(reach.first, "s"),
                "clock": None if reach.clock is None else figure(reach.clock, "s"),
                "longer": figure(impact.longer(reach.machine, reach.state), "s"),
            }
            for reach in impact.reached
        ],
        "lost": {
            spec.name: figure(impact.lost(spec.name), "s") for spec in impact.plant.machines
        },
        "kpis": {name: figure(kpi.value, kpi.unit) for name, kpi in impact.kpis.items()},
        "assumptions": list(impact.assumptions),
        "provenance": plain(impact.provenance),
    }


def _clear(impact: Impact) -> list[tuple[str, Kpi]]:
    return [(name, kpi) for name, kpi in impact.kpis.items() if clear(kpi.value)]


def _share(share: Estimate | float) -> str:
    if isinstance(share, Estimate):
        return str(share)
    return "yes" if share else "no"


def _moment(at: Estimate | float | None, clock: Clock) -> str:
    """Return an instant as clock time, with the ends of its interval where it has one."""
    if not isinstance(at, Estimate):
        return "" if at is None else clock.time(at)
    low, value, high = (clock.time(end) for end in (at.low, at.value, at.high))
    return value if low == high else f"{value} [{low}, {high}]"
