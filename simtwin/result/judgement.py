"""This module holds the judgement: what gates say of an answer, whatever it is an answer to.

Of a study every plan is judged; of an impact, what the breakdown changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.result import estimate, pairing
from simtwin.result.ensemble import Ensemble, Outcome, random
from simtwin.result.estimate import CERTAIN, SHARE, Estimate
from simtwin.result.impact import Impact
from simtwin.result.look_ahead import LookAhead
from simtwin.result.metric import bounds
from simtwin.result.study import Study
from simtwin.result.what_if import WhatIf

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.gate import Gate, Judged
    from simtwin.result.result import Result

    Judgeable = Result | Ensemble | Study | LookAhead | Impact | WhatIf


def judged(gates: Sequence[Gate], told: Judgeable) -> tuple[Judged, ...]:
    """Return what each of *gates* says of *told*; the value decides, not its interval."""
    return tuple(gate.judged(found, of) for gate in gates for of, found in _found(told, gate))


def judged_points(gates: Sequence[Gate], frame: pd.DataFrame) -> tuple[Judged, ...]:
    """Return what each of *gates* says of every point of a sweep, as its table tells it."""
    found = []
    names = list(frame.columns[: list(frame.columns).index("kpi")])
    for gate in gates:
        rows = frame[frame["kpi"] == gate.figure]
        if frame.empty or rows.empty:
            raise InvalidInput(
                f"gate {gate}: the sweep has no such figure; add --metric '{gate.figure}'"
            )
        for row in rows.to_dict("records"):
            point = ", ".join(f"{name}={row[name]}" for name in names)
            how = SHARE if row["unit"] == "share" else "mean"
            if gate.metric is not None and gate.metric.counted and row["low"] == row["high"]:
                how = CERTAIN
            ends = row["value"], row["low"], row["high"]
            told = Estimate(*ends, row["n"], how, int(row.get("open", 0)))
            found.append(gate.judged(told, point))
    return tuple(found)


def _found(told: Judgeable, gate: Gate) -> Iterator[tuple[str, Estimate | float]]:
    """Yield the figure of *gate*, for each plan that *told* has, with the name of the plan."""
    if isinstance(told, Study):
        for name, outcomes in zip(told.names, told.outcomes, strict=True):
            yield name, _estimated(gate, outcomes)
    elif isinstance(told, WhatIf):
        yield "", _estimated(gate, told.study.outcomes[-1])
    elif isinstance(told, Impact):
        yield "", _changed(gate, told)
    elif isinstance(told, LookAhead):
        yield "", _foreseen(gate, told)
    elif isinstance(told, Ensemble):
        yield "", _estimated(gate, told.outcomes)
    else:
        yield "", _value(gate, Outcome.of(told))


def _foreseen(gate: Gate, ahead: LookAhead) -> Estimate | float:
    """Return the figure from hazards, where it is a failure; else by counting futures."""
    if gate.metric is None:
        return ahead.failure()
    if gate.metric.name == "p_failure":
        return ahead.failure(gate.metric.of_which)
    outcomes = [
        Outcome(future.replication, future.end, future.kpis, future.orders, drawn=future.drawn)
        for future in ahead.futures
    ]
    return _estimated(gate, outcomes)


def _changed(gate: Gate, impact: Impact) -> Estimate | float:
    """Return the figure with the breakdown less without it.

    What is not known at the end of a run counts against the gate.
    """
    more = gate.sign in (">", ">=")
    struck = [_value(gate, pair.struck, most=more) for pair in impact.pairs]
    without = [_value(gate, pair.without, most=not more) for pair in impact.pairs]
    if len(struck) == 1:
        return struck[0] - without[0]
    return pairing.difference(struck, without, counted=_is_counted(gate), drawn=impact.drawn)


def _estimated(gate: Gate, outcomes: Sequence[Outcome]) -> Estimate | float:
    """Return the figure of replications; of a single one, stopped early, what it came to."""
    values = [_value(gate, outcome) for outcome in outcomes]
    if len(values) == 1:
        return values[0]
    if _is_counted(gate):
        metric = gate.metric
        unknown = 0 if metric is None else sum(metric.is_open(one) for one in outcomes)
        return estimate.unsettled(
            round(sum(values)), len(values), unknown, drawn=random(outcomes)
        )
    return estimate.mean(values, within=bounds(gate.figure, gate.unit, outcomes[0].orders))


def _value(gate: Gate, outcome: Outcome, *, most: bool = False) -> float:
    """Return the figure in one run; at *most*, if it ends before that is known."""
    if gate.metric is None:
        return float(any(count > 0.0 for count in outcome.failures.values()))
    return gate.metric.of(outcome) + float(most and gate.metric.is_open(outcome))


def _is_counted(gate: Gate) -> bool:
    return gate.metric is None or gate.metric.counted
