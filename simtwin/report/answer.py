"""This module holds the answer as plain data: the one JSON that terminal and service give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simtwin.report.told import answering, observed, records, replications
from simtwin.report.verdict import verdict

if TYPE_CHECKING:
    from simtwin.report.told import Ensemble, Figured, Run

SCHEMA_VERSION = 1


def answer(told: Run | Ensemble) -> dict[str, Any]:
    """Return the result as plain values: verdict, key figures, orders, assumptions, seeds.

    Numbers are those of the result, in its units; what is not known is None, never NaN.
    """
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
        "basis": said.basis,
        "verdict": said.sentence,
        "kpis": {name: _figure(kpi) for name, kpi in answering(told).kpis.items()},
        "orders": [
            {str(key): plain(value) for key, value in row.items()}
            for row in records(answering(told).frame("orders"))
        ],
        "assumptions": list(told.assumptions),
        "provenance": {key: plain(value) for key, value in told.provenance.items()},
    }


def plain(value: Any) -> Any:
    """Return *value* as JSON knows it: numpy scalars as numbers, NaN and infinity as None.

    >>> plain(float("nan")), plain((1, 2.5)), plain({"a": float("inf")})
    (None, [1, 2.5], {'a': None})
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _figure(kpi: Figured) -> dict[str, Any]:
    value = kpi.value
    if isinstance(value, float | int):
        return {"value": plain(value), "unit": kpi.unit}
    return {
        "value": plain(value.value),
        "low": plain(value.low),
        "high": plain(value.high),
        "n": value.n,
        "method": value.method,
        "unit": kpi.unit,
    }
