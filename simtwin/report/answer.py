"""This module holds the answer as plain data: the one JSON that terminal and service give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report import hours, impact, look_ahead, optimum, study, what_if
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.told import answering, observed, records, replications
from simtwin.report.verdict import verdict
from simtwin.result.impact import Impact
from simtwin.result.look_ahead import LookAhead
from simtwin.result.optimum import Optimum
from simtwin.result.study import Study
from simtwin.result.what_if import WhatIf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.report.told import Ensemble, Run
    from simtwin.result.because import Because
    from simtwin.result.gate import Judged


def answer(
    told: Run | Ensemble | Study | LookAhead | Impact | WhatIf | Optimum,
) -> dict[str, Any]:
    """Return the result as plain values: verdict, figures, orders, who binds, assumptions.

    Numbers are those of the result, in its units; what is not known is None, never NaN.
    """
    if isinstance(told, Study):
        return study.as_plain(told)
    if isinstance(told, LookAhead):
        return look_ahead.as_plain(told)
    if isinstance(told, Impact):
        return impact.as_plain(told)
    if isinstance(told, WhatIf):
        return what_if.as_plain(told)
    if isinstance(told, Optimum):
        return optimum.as_plain(told)
    run = observed(told)
    said = verdict(told)
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": run.plant.name,
        "scenario": run.scenario.name,
        "start": run.scenario.start,
        "end_s": run.end,
        "seed": told.seed,
        "replications": replications(told),
        "partial": bool(getattr(told, "partial", False)),
        "random": told.drawn,
        "basis": said.basis,
        "verdict": said.sentence,
        "kpis": {
            name: figure(kpi.value, kpi.unit) for name, kpi in answering(told).kpis.items()
        },
        "orders": [
            {str(key): plain(value) for key, value in row.items()}
            for row in records(answering(told).frame("orders"))
        ],
        "bottlenecks": hours.as_plain(told),
        "assumptions": list(told.assumptions),
        "provenance": {key: plain(value) for key, value in told.provenance.items()},
    }


def reasons(because: Sequence[Because]) -> list[dict[str, Any]]:
    """Return why orders are late as plain values, each with the run that it is told of."""
    return [
        {
            "order": one.order,
            "late_in": one.late_in,
            "replications": one.n,
            "replication": one.replication,
            "why": one.why,
            "chain": one.chain,
        }
        for one in because
    ]


def gates(found: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return what gates came to as plain values."""
    return [
        {
            "gate": str(one.gate),
            "of": one.of or None,
            "tripped": one.tripped,
            **figure(one.found, one.gate.unit),
        }
        for one in found
    ]
