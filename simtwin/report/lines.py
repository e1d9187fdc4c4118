"""This module holds lines over clock time: thinned, told apart by colour and dash."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simtwin.report.drawing import clock_axis, escape, lay
from simtwin.report.palette import palette
from simtwin.report.thinning import decimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from plotly.graph_objects import Figure

    from simtwin.report.clock import Clock

SHOWN = 8  # As many colours as people tell apart; further lines wait in the legend.
_DASHES = ("solid", "dash", "dot", "dashdot")


class Line(NamedTuple):
    """One line over the time of a run."""

    name: str
    time: NDArray[np.float64]
    value: NDArray[np.float64]
    note: str
    """What is said of it when somebody points at it."""


def draw(lines: list[Line], clock: Clock, points: int, *, unit: str) -> Figure:
    """Return *lines* over clock time, each thinned to *points*; eight are visible at first."""
    import numpy as np
    import plotly.graph_objects as go

    figure = go.Figure()
    colors = palette().series
    for index, line in enumerate(lines):
        time, value = decimate(line.time, line.value, points=points)
        figure.add_scatter(
            mode="lines",
            name=escape(line.name),
            x=time * 1000.0 + clock.milliseconds,
            y=value.astype(np.float32),
            visible=True if index < SHOWN else "legendonly",
            line={
                "color": colors[index % len(colors)],
                "dash": _DASHES[index % len(_DASHES)],
                "width": 1.8,
            },
            hovertemplate=(
                f"<b>%{{fullData.name}}</b><br>%{{x|%H:%M}}: %{{y:.1f}} {unit}"
                f"<br>{escape(line.note)}<extra></extra>"
            ),
        )
    lay(figure, height=440)
    if lines:
        clock_axis(figure, clock, max(float(line.time[-1]) for line in lines))
    return figure


def draw_limit(figure: Figure, clock: Clock, end: float, level: float, name: str) -> None:
    """Add a dashed line at *level* from the start to *end* [s]."""
    figure.add_scatter(
        mode="lines",
        name=escape(name),
        x=[clock.milliseconds, clock.milliseconds + 1000.0 * end],
        y=[level, level],
        line={"color": palette().bad, "dash": "longdash", "width": 1.5},
        hoverinfo="name+y",
    )
