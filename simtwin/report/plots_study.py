"""This module holds the plots of a study: pure functions from a study to a plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.report.drawing import escape, head, lay, rows_axis, say
from simtwin.report.figures import clear, signed
from simtwin.report.palette import palette
from simtwin.report.tables import label, scale
from simtwin.result.metric import Metric
from simtwin.result.study import TOO_FEW

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from simtwin.result.study import Study

UNCLEAR = "no clear difference"


def differences(study: Study, metric: str | None = None) -> Figure:
    """Return the paired differences to the baseline with their intervals: one row a plan.

    Grey is what the runs cannot tell from 0. *metric* is another figure of the same runs.
    """
    import plotly.graph_objects as go

    chosen = study.metric if metric is None else Metric.parse(metric)
    paired = study.paired(chosen)
    widest = max((abs(d.value) for d in paired.differences.values()), default=0.0)
    factor, unit = scale(paired.unit, widest)
    readings = {name: _reading(study, chosen, name) for name in paired.differences}
    figure = go.Figure()
    figure.add_scatter(**_zero(list(paired.differences)))
    for reading, color, symbol in _LOOKS:
        names = [name for name in paired.differences if readings[name] == reading]
        if not names:
            continue
        found = [paired.differences[name] for name in names]
        figure.add_scatter(
            mode="markers",
            name=reading,
            x=[factor * one.value for one in found],
            y=[escape(name) for name in names],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [factor * (one.high - one.value) for one in found],
                "arrayminus": [factor * (one.value - one.low) for one in found],
                "thickness": 3,
                "width": 6,
            },
            marker={"color": getattr(palette(), color), "size": 11, "symbol": symbol},
            hovertext=[signed(one, paired.unit) for one in found],
            hovertemplate="<b>%{y}</b><br>%{hovertext}<extra>%{fullData.name}</extra>",
        )
    baseline = study.names[study.baseline]
    lay(figure, height=110 + 34 * max(2, len(paired.differences)))
    figure.update_xaxes(
        title=f"{escape(label(str(chosen)))} less that of {escape(baseline)} [{unit}], 95 %"
    )
    rows_axis(figure, list(paired.differences))
    said = study.sentence if metric is None else _sentence(chosen, baseline, readings)
    head(figure, said)
    return say(figure, said, f"{study.n} replications on the same luck, seed {study.seed}.")


_LOOKS = (
    ("better", "good", "circle"),
    ("worse", "bad", "square"),
    ("different", "ink", "diamond"),
    (UNCLEAR, "neutral", "circle-open"),
)


def _reading(study: Study, metric: Metric, plan: str) -> str:
    """Return how *plan* compares with the baseline; what crosses 0 is not clear."""
    found = study.paired(metric).differences[plan]
    if not clear(found):
        return UNCLEAR
    if metric == study.metric:
        said = study.reading(plan)
        return UNCLEAR if said.startswith(TOO_FEW) else said
    if metric.better is None:
        return "different"
    return "better" if (found.value < 0.0) is (metric.better == "smaller") else "worse"


def _sentence(metric: Metric, baseline: str, readings: dict[str, str]) -> str:
    """Return in one sentence who differs in another figure than that of the study."""
    parts = []
    for reading, _, _ in _LOOKS:
        names = [name for name, own in readings.items() if own == reading]
        if names:
            parts.append(f"{reading}: {', '.join(names)}")
    return f"{label(str(metric))} against {baseline}: {'; '.join(parts)}."


def _zero(names: list[str]) -> dict[str, Any]:
    """Return the line at no difference."""
    return {
        "mode": "lines",
        "name": "the baseline",
        "x": [0.0] * len(names),
        "y": [escape(name) for name in names],
        "line": {"color": palette().ink, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
