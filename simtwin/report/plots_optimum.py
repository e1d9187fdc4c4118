"""This module holds the plots of an optimum: pure functions from it to a plotly figure."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.report.drawing import escape, head, lay, rows_axis, say
from simtwin.report.palette import palette
from simtwin.report.wording import counted
from simtwin.result.optimum_reading import short, whole_of_front, whole_of_point

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from simtwin.result.optimum import Constraint, Optimum


def front(optimum: Optimum) -> Figure:
    """Return the front of two goals of a part, the chosen point, and today's parameters.

    Raises InvalidInput for an optimum of one goal, which has no front.
    """
    import plotly.graph_objects as go

    if not optimum.front:
        raise InvalidInput(
            f"{optimum.operation}: there is no front of "
            f"{' and '.join(goal.name for goal in optimum.goals)}; it takes two goals, and "
            "limits that can be kept"
        )
    look = palette()
    first, second = optimum.goals
    figure = go.Figure()
    hover = [
        "<br>".join(
            f"{escape(one.name)} {short(value)} {one.unit}"
            for one, value in zip(optimum.parameters, point.parameters, strict=True)
        )
        + "".join(
            f"<br>{escape(name)} {told}"
            for name, told in zip(
                whole_of_front(optimum), whole_of_point(optimum, point), strict=True
            )
        )
        for point in optimum.front
    ]
    figure.add_scatter(
        mode="lines+markers",
        name="front",
        x=[point.values[0] for point in optimum.front],
        y=[point.values[1] for point in optimum.front],
        line={"color": look.good, "width": 2},
        marker={"size": 8, "symbol": "circle"},
        hovertext=hover,
        hovertemplate="%{x:.4g}, %{y:.4g}<br>%{hovertext}<extra>front</extra>",
    )
    chosen = [point.values for point in optimum.front if point.chosen]
    figure.add_scatter(
        mode="markers",
        name="gives up least of both",
        x=[values[0] for values in chosen],
        y=[values[1] for values in chosen],
        marker={"color": look.good, "size": 15, "symbol": "diamond"},
        hovertemplate="%{x:.4g}, %{y:.4g}<extra>%{fullData.name}</extra>",
    )
    figure.add_scatter(
        mode="markers",
        name="today",
        x=[optimum.figure(first.name).today],
        y=[optimum.figure(second.name).today],
        marker={"color": look.bad, "size": 12, "symbol": "square"},
        hovertemplate="%{x:.4g}, %{y:.4g}<extra>today</extra>",
    )
    lay(figure, height=380)
    figure.update_xaxes(title=f"{first.name} of a part [{first.unit}]")
    figure.update_yaxes(title=f"{second.name} of a part [{second.unit}]")
    head(figure, _title(optimum))
    return say(
        figure, optimum.sentence, f"{counted(len(optimum.front), 'point')} of the front."
    )


def limits(optimum: Optimum) -> Figure:
    """Return how far each limit is used [%], today and at the optimum; 100 % is reached.

    A lower limit counts as the bound over the figure. Limits that the call asks for, and those
    of the machines that are used to more than half.
    """
    import plotly.graph_objects as go

    look = palette()
    shown = [
        one
        for one in optimum.constraints
        if one.own or max(_used(one, one.today), _used(one, one.best)) > 50.0
    ]
    names = [escape(one.name) for one in shown]
    figure = go.Figure()
    for name, color, symbol in (("today", look.bad, "square"), ("best", look.good, "diamond")):
        figure.add_scatter(
            mode="markers",
            name=name,
            x=[_used(one, getattr(one, name)) for one in shown],
            y=names,
            marker={"color": color, "size": 11, "symbol": symbol},
            hovertext=[f"{short(getattr(one, name))} of {short(one.limit)} {one.unit}"
                       for one in shown],
            hovertemplate="<b>%{y}</b><br>%{hovertext}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.add_scatter(
        mode="lines",
        name="limit",
        x=[100.0] * len(names),
        y=names,
        line={"color": look.ink, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    lay(figure, height=120 + 28 * max(2, len(names)))
    figure.update_xaxes(title="of the limit [%]")
    rows_axis(figure, [one.name for one in shown])
    head(figure, _title(optimum))
    left = len(optimum.constraints) - len(shown)
    drawn = f"{counted(left, 'limit')} of the machines used to less than half are left out."
    return say(figure, optimum.sentence, drawn if left else "All limits.")


def _title(optimum: Optimum) -> str:
    goals = " and ".join(goal.name for goal in optimum.goals)
    return f"{goals} of {optimum.operation} on {optimum.machine}, {optimum.plant.name}"


def _used(one: Constraint, value: float) -> float:
    """Return how far a limit is used [%]."""
    if not isfinite(value) or value <= 0.0:
        return 0.0
    return 100.0 * (one.limit / value if one.lower else value / one.limit)
