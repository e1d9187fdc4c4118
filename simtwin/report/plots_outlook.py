"""This module holds the plots of a look-ahead: pure functions to a plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.report.clock import Clock
from simtwin.report.drawing import escape, head, lay, rows_axis, say
from simtwin.report.palette import palette
from simtwin.report.told import records
from simtwin.result.look_ahead import LEVELS

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from simtwin.result.estimate import Estimate
    from simtwin.result.look_ahead import LookAhead

_SHOWN = 7  # Lines beside the sum that people tell apart by colour.
_ALPHA = 0.18


def incidence(ahead: LookAhead, machine: str | None = None) -> Figure:
    """Return the cumulative incidence: P(it has failed first by then), with its 95 % band.

    Of the plant, the machines stand below the sum; of one *machine*, its causes, which add up
    to it. The likeliest are drawn, the others wait in the legend.
    """
    import plotly.graph_objects as go

    ahead.failure(machine)  # Refuses a name that is not known.
    table = ahead.frame("incidence")
    clock = Clock(ahead.scenario.start)
    if machine is None:
        total = table[table["machine"] == ""]
        parts = table[(table["machine"] != "") & (table["cause"] == "")]
        name, of = "any machine", "machine"
    else:
        own = table[table["machine"] == machine]
        total, parts = own[own["cause"] == ""], own[own["cause"] != ""]
        name, of = machine, "cause"
    figure = go.Figure()
    for trace in _band(total, ahead, clock, name):
        figure.add_scatter(**trace)
    ends = parts.groupby(of, sort=False)["p"].last()
    order = sorted(ends.index, key=lambda one: (-ends[one], natural(one)))
    for index, one in enumerate(order):
        rows = parts[parts[of] == one]
        figure.add_scatter(**_line(rows, ahead, clock, one, index))
    lay(figure, height=400)
    # Beside the plot: a legend of a dozen names above it would cover the title.
    figure.update_layout(legend={"orientation": "v", "x": 1.01, "y": 1.0, "yanchor": "top"})
    _clock_axis(figure, ahead, clock)
    figure.update_yaxes(title="P(failed by then) [%]", rangemode="tozero")
    said = ahead.sentence if machine is None else _of_machine(ahead, machine, order)
    head(figure, said)
    return say(figure, said, _rests(ahead))


def machines(ahead: LookAhead) -> Figure:
    """Return P(failure) of every machine with its interval, in the colour of its level."""
    import plotly.graph_objects as go

    found = {spec.name: ahead.failure(spec.name) for spec in ahead.plant.machines}
    order = sorted(found, key=lambda name: (-found[name].value, natural(name)))
    levels = _by_risk(ahead)
    figure = go.Figure()
    for rank, level in enumerate(levels):
        names = [name for name in order if ahead.level(name) == level]
        if names:
            color = _color(rank, len(levels))
            figure.add_bar(**_bars(ahead, names, found, level, color))
    lay(figure, height=110 + 28 * max(2, len(order)))
    figure.update_layout(bargap=0.3)
    figure.update_xaxes(title="P(failure) within the horizon [%]", rangemode="tozero")
    rows_axis(figure, order)
    head(figure, ahead.sentence)
    return say(figure, ahead.sentence, _rests(ahead))


def _band(
    rows: pd.DataFrame, ahead: LookAhead, clock: Clock, name: str
) -> list[dict[str, Any]]:
    """Return the interval as an area, and the line in it; both begin with nothing."""
    times = _times(rows, ahead, clock)
    low, middle, high = ([0.0, *(100.0 * rows[key])] for key in ("p_low", "p", "p_high"))
    ink = palette().ink
    return [
        {
            "x": [*times, *reversed(times)],
            "y": [*high, *reversed(low)],
            "mode": "lines",
            "fill": "toself",
            "fillcolor": f"rgba({_rgb(ink)}, {_ALPHA})",
            "line": {"width": 0},
            "name": "95 % interval",
            "hoverinfo": "skip",
        },
        {
            "x": times,
            "y": middle,
            "mode": "lines",
            "name": escape(name),
            "line": {"color": ink, "width": 3},
            "hovertemplate": _HOVER,
        },
    ]


_HOVER = "<b>%{fullData.name}</b><br>by %{x|%H:%M}: %{y:.3g} %<extra></extra>"


def _line(
    rows: pd.DataFrame, ahead: LookAhead, clock: Clock, name: str, index: int
) -> dict[str, Any]:
    colors = palette().series
    return {
        "x": _times(rows, ahead, clock),
        "y": [0.0, *(100.0 * rows["p"])],
        "mode": "lines",
        "name": escape(name),
        "visible": True if index < _SHOWN else "legendonly",
        "line": {
            "color": colors[index % len(colors)],
            "dash": _DASHES[index % len(_DASHES)],
            "width": 1.8,
        },
        "hovertemplate": _HOVER,
    }


_DASHES = ("solid", "dash", "dot", "dashdot")


def _times(rows: pd.DataFrame, ahead: LookAhead, clock: Clock) -> list[float]:
    seconds = [ahead.start, *(row["time_s"] for row in records(rows))]
    return [clock.milliseconds + 1000.0 * one for one in seconds]


def _clock_axis(figure: Figure, ahead: LookAhead, clock: Clock) -> None:
    """Let the x axis run in clock time from the snapshot to the end of the horizon."""
    begin, end = (clock.milliseconds + 1000.0 * time for time in (ahead.start, ahead.looks[-1]))
    figure.update_xaxes(
        type="date", range=[begin, end], title=clock.titled("time of day"), hoverformat="%H:%M"
    )


def _bars(
    ahead: LookAhead, names: list[str], found: dict[str, Estimate], level: str, color: str
) -> dict[str, Any]:
    own = [found[name] for name in names]
    return {
        "orientation": "h",
        "name": f"level {escape(level)}",
        "y": [escape(name) for name in names],
        "x": [100.0 * one.value for one in own],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [100.0 * (one.high - one.value) for one in own],
            "arrayminus": [100.0 * (one.value - one.low) for one in own],
            "color": palette().ink,
        },
        "marker": {"color": color},
        "hovertext": [
            f"{one}{_limiting(ahead, name)}" for one, name in zip(own, names, strict=True)
        ],
        "hovertemplate": "<b>%{y}</b><br>%{hovertext}<extra>%{fullData.name}</extra>",
    }


def _limiting(ahead: LookAhead, machine: str) -> str:
    risk = ahead.limiting(machine)
    return "" if risk is None else f"<br>limited by {escape(risk.part)}"


def _of_machine(ahead: LookAhead, machine: str, causes: list[str]) -> str:
    first = f", most likely by {causes[0]}" if causes else ""
    return (
        f"{machine} fails within the horizon with probability {ahead.failure(machine)}{first}."
    )


def _rests(ahead: LookAhead) -> str:
    return f"{ahead.n} futures, seed {ahead.seed}; intervals of 95 %."


def _by_risk(ahead: LookAhead) -> list[str]:
    levels = LEVELS if ahead.levels is None else ahead.levels
    return sorted(levels, key=lambda name: levels[name])


def _color(rank: int, count: int) -> str:
    """Return the colour of a level, from good over yellow to bad and black."""
    scale = (palette().good, palette().series[4], palette().bad, palette().ink)
    return scale[min(rank, 3) if count <= 4 else round(3 * rank / (count - 1))]


def _rgb(color: str) -> str:
    """Return a colour such as ``#1F2A33`` as three numbers.

    >>> _rgb("#1F2A33")
    '31, 42, 51'
    """
    return ", ".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))
