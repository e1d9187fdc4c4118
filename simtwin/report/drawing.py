"""This module holds what all plots share: axes in clock time, fills of states, safe texts."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from simtwin.report.palette import palette

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from simtwin.report.clock import Clock


def escape(text: object) -> str:
    """Return *text* as plotly shows it letter by letter, not as the HTML that it may contain.

    >>> escape("<b>mill & co</b>")
    '&lt;b&gt;mill &amp; co&lt;/b&gt;'
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lay(figure: Figure, *, height: int) -> None:
    """Give *figure* the look of the house: light, the legend above, margins that fit names."""
    look = palette()
    axis = {"gridcolor": look.grid, "zerolinecolor": look.grid, "automargin": True}
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        font={"family": "system-ui, 'DejaVu Sans', sans-serif", "size": 12, "color": look.ink},
        paper_bgcolor=look.paper,
        plot_bgcolor=look.paper,
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        hoverlabel={"align": "left", "bgcolor": "#ffffff", "font": {"color": look.ink}},
    )
    figure.update_xaxes(**axis, title={"standoff": 8})
    figure.update_yaxes(**axis)


def clock_axis(figure: Figure, clock: Clock, end: float) -> None:
    """Give *figure* an x axis from second 0 to *end* [s] that reads in clock time."""
    zero = clock.milliseconds
    figure.update_xaxes(
        type="date",
        range=[zero, zero + max(end, 1.0) * 1000.0],
        title=clock.titled("time of day" if end <= 86_400.0 else "date and time"),
        hoverformat="%H:%M",
        tickformatstops=[
            {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
            {"dtickrange": [60_000, 86_399_999], "value": "%H:%M\n%a %d %b"},
            {"dtickrange": [86_400_000, None], "value": "%d %b\n%Y"},
        ],
    )


def rows_axis(figure: Figure, names: list[str]) -> None:
    """Give *figure* one row for each of *names*, the first on top."""
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=[escape(name) for name in names][::-1],
        range=[-0.6, max(len(names), 1) - 0.4],
        showgrid=False,
        fixedrange=True,
        ticklabelstandoff=6,
    )


def on_clock(seconds: pd.Series[float], clock: Clock) -> Any:
    """Return *seconds* of the run on the axis of :func:`clock_axis`, as compact numbers."""
    return seconds.to_numpy(dtype=float) * 1000.0 + clock.milliseconds


def fill(state: str) -> dict[str, Any]:
    """Return the fill of *state*: its colour and its pattern."""
    look = palette().look(state)
    return {"color": look.color, "pattern": hatch(look.pattern), "line": {"width": 0}}


def hatch(pattern: str) -> dict[str, Any]:
    """Return a fill pattern that is drawn over the colour."""
    return {
        "shape": pattern,
        "size": 7,
        "solidity": 0.22,
        "fillmode": "overlay",
        "fgopacity": 0.55,
    }


def head(figure: Figure, text: str) -> None:
    """Put *text* over *figure*, in lines that fit, with room for the legend below it."""
    lines = wrap(text, _LETTERS)
    figure.update_layout(
        title={
            "text": "<br>".join(map(escape, lines)),
            "x": 0.0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1.0,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 10},
            "font": {"size": 14},
        },
        margin={"t": 44 + 18 * len(lines)},
        height=figure.layout.height + 36 + 18 * len(lines),
    )


_LETTERS = 92


def say(figure: Figure, reading: str, drawn: str) -> Figure:
    """Return *figure* with what is to be seen in it, and what was left out, in its meta."""
    figure.update_layout(meta={"reading": reading, "drawn": drawn})
    return figure
