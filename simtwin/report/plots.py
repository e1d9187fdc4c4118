"""This module holds the plots of a run: pure functions from a result to a plotly figure.

Each figure carries two sentences in ``figure.layout.meta``: ``reading`` says what is to be
seen, ``drawn`` what was left out. Names that somebody wrote in a file are escaped, because
plotly renders a subset of HTML in its texts. Times stand on a date axis, in the clock of the
plant. An ensemble shows its first replication, except for :func:`orders`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.report import reading
from simtwin.report.clock import Clock
from simtwin.report.drawing import (
    clock_axis,
    escape,
    fill,
    hatch,
    lay,
    on_clock,
    rows_axis,
    say,
)
from simtwin.report.lines import SHOWN, Line, draw, draw_limit
from simtwin.report.palette import palette
from simtwin.report.thinning import BARS, POINTS, merge_bars
from simtwin.report.told import answering, observed, records, replications
from simtwin.report.traces import Edge, Heat, edges, heat, order_spans
from simtwin.report.wording import known, lasting, number, percent

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from simtwin.report.told import Ensemble, Run

_LINES = 24
_LETTER = 0.011  # Width of a letter over that of the plot.
_ORDERS = 60


def gantt(told: Run | Ensemble, *, bars: int = BARS, ghost: Run | None = None) -> Figure:
    """Return who did what and when: one row a machine, one bar a state, clock times below.

    At most about *bars* bars are drawn; shorter ones are merged and counted in the caption.
    Under each row stands in pale when the machine works in another run, the *ghost*.
    """
    import plotly.graph_objects as go

    run = observed(told)
    clock = Clock(run.scenario.start)
    table = run.frame("states")
    table = table[table["end_s"] > table["start_s"]]
    drawn = merge_bars(table, bars=bars)
    figure = go.Figure()
    for state in _states_of(drawn):
        rows = drawn[drawn["state"] == state]
        figure.add_bar(
            **_row_bars(state, rows["machine"]),
            base=on_clock(rows["start_s"], clock),
            x=((rows["end_s"] - rows["start_s"]) * 1000.0).to_numpy(dtype=float),
            hovertext=[_spell(row, clock) for row in records(rows)],
            **({} if ghost is None else {"width": 0.6, "offset": -0.22}),
        )
    if ghost is not None:
        figure.add_bar(**_ghost(ghost, clock))
    figure.add_scatter(**_order_names(run, clock))
    machines = _in_order(table["machine"])
    lay(figure, height=110 + (30 if ghost is None else 36) * max(2, len(machines)))
    figure.update_layout(barmode="overlay", bargap=0.22)
    clock_axis(figure, clock, run.end if ghost is None else max(run.end, ghost.end))
    rows_axis(figure, machines)
    return say(figure, reading.gantt(table, clock), reading.merged(len(table), drawn, told))


def states(told: Run | Ensemble) -> Figure:
    """Return what each machine spent its time on [% of the time], one row a machine."""
    import plotly.graph_objects as go

    shares = reading.state_shares(observed(told))
    figure = go.Figure()
    for state in _known_first(shares.columns):
        part = shares[state]
        figure.add_bar(
            **_row_bars(state, shares.index),
            x=(100.0 * part).to_numpy(dtype=float),
            hovertext=[
                f"<b>{escape(name)}</b><br>{escape(state)}: {percent(share)}"
                for name, share in part.items()
            ],
            text=[percent(share) if share >= 0.06 else "" for share in part],
            textposition="inside",
        )
    lay(figure, height=130 + 30 * max(2, len(shares)))
    figure.update_layout(barmode="stack", bargap=0.22)
    figure.update_xaxes(title="share of the time [%]", range=[0, 100])
    rows_axis(figure, list(shares.index))
    return say(figure, reading.states(shares), reading.first_of(told))


def energy(told: Run | Ensemble) -> Figure:
    """Return where the energy went [kWh]: one row a machine, one bar a state."""
    import plotly.graph_objects as go

    table = observed(told).frame("energy")
    figure = go.Figure()
    for state in _states_of(table):
        rows = table[table["state"] == state]
        figure.add_bar(
            **_row_bars(state, rows["machine"]),
            x=rows["energy_kwh"].to_numpy(dtype=float),
            hovertext=[
                f"<b>{escape(row['machine'])}</b><br>{escape(state)}: "
                f"{number(row['energy_kwh'])} kWh in {lasting(row['time_s'])}"
                for row in records(rows)
            ],
        )
    machines = _in_order(table["machine"])
    lay(figure, height=130 + 30 * max(2, len(machines)))
    figure.update_layout(barmode="stack", bargap=0.22)
    figure.update_xaxes(title="energy [kWh]", rangemode="tozero")
    rows_axis(figure, machines)
    return say(figure, reading.energy(table), reading.first_of(told))


def temperatures(told: Run | Ensemble, *, points: int = POINTS) -> Figure:
    """Return the temperatures [degC] of the nodes that can trip, with their limits.

    The eight that come closest to their limit are drawn; the legend brings up the others.
    """
    run = observed(told)
    clock = Clock(run.scenario.start)
    nodes = heat(run)
    kept = nodes if len(nodes) <= _LINES // 2 else _one_each(nodes)[:_LINES]
    lines = [
        Line(f"{item.machine} {item.node}", item.time, item.value, f"limit {item.limit:g} °C")
        for item in kept
    ]
    figure = draw(lines, clock, points, unit="°C")
    for limit in sorted({item.limit for item in kept}):
        parts = sorted({item.node for item in kept if item.limit == limit})
        draw_limit(figure, clock, run.end, limit, f"limit {limit:g} °C ({', '.join(parts)})")
    figure.update_yaxes(title="temperature [°C]")
    drawn = _left_out(lines, points, len(nodes), told)
    return say(figure, reading.temperatures(nodes, clock), drawn)


def wear(told: Run | Ensemble, *, points: int = POINTS) -> Figure:
    """Return the life used of each cutting edge [%], with the limit at 100 %.

    The eight most worn at the end are drawn; the legend brings up the others. A cross marks
    where an edge broke, and the legend who cuts no more at the end.
    """
    run = observed(told)
    clock = Clock(run.scenario.start)
    worn = edges(run)
    shown = [edge for edge in worn if len(edge.time) > 1][:_LINES]
    lines = [
        Line(
            f"{item.machine} {item.tool} edge {item.edge}{_ended(item, clock)}",
            item.time,
            100.0 * item.damage,
            f"limit {item.limit:.2g} mm wear land",
        )
        for item in shown
    ]
    figure = draw(lines, clock, points, unit="% of its life")
    _draw_breaks(figure, shown[:SHOWN], clock)
    draw_limit(figure, clock, run.end, 100.0, "limit (wear land at its limit)")
    figure.update_yaxes(title="life of the edge used [%]", rangemode="tozero")
    drawn = _left_out(lines, points, len(worn), told)
    since = reading.counted_from(told, clock)
    return say(figure, reading.wear(worn), f"{since} {drawn}".strip())


def _ended(edge: Edge, clock: Clock) -> str:
    return f" ({reading.edge_state(edge, clock)})" if edge.spent else ""


def _draw_breaks(figure: Figure, worn: list[Edge], clock: Clock) -> None:
    """Mark where edges broke, if some did."""
    broken = [(edge, place) for edge in worn for place in edge.breaks]
    if not broken:
        return
    figure.add_scatter(
        mode="markers",
        name="broken",
        x=[clock.milliseconds + 1000.0 * float(edge.time[place]) for edge, place in broken],
        y=[100.0 * float(edge.damage[place]) for edge, place in broken],
        marker={"symbol": "x", "size": 9, "color": palette().bad},
        hovertext=[
            f"<b>{escape(f'{edge.machine} {edge.tool} edge {edge.edge}')}</b><br>"
            f"broke at {clock.time(float(edge.time[place]))}"
            for edge, place in broken
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def orders(told: Run | Ensemble) -> Figure:
    """Return when each order is finished against its due time: one row an order.

    Of an ensemble the bar ends at the median and a thin line at the 90 % quantile. An order
    without a due time, or open at the end and due later, is neither late nor on time. One that
    is released after the end has no bar, and is told.
    """
    import plotly.graph_objects as go

    run = observed(told)
    clock = Clock(run.scenario.start)
    n = replications(told)
    many = n > 1
    table = answering(told).frame("orders")
    done = table["finish_median_s"] if many else table["finish_s"]
    rows = table.assign(
        done=done.fillna(run.end),
        reach=(table["finish_p90_s"] if many else done).fillna(run.end),
        late=(table["p_late"] > 0.5 if many else table["late"]).astype(bool),
    )
    told_of = table["due_s"].notna() & (rows["late"] | done.notna())
    rows = rows.assign(judged=told_of).sort_values(
        ["late", "due_s"], ascending=[False, True], kind="stable"
    )
    said = reading.orders(told, rows)
    after = rows["release_s"] > run.end
    unreleased, rows = rows[after], rows[~after]
    drawn = reading.shown_orders(len(rows), _ORDERS, many=many)
    rows = rows.head(_ORDERS)
    figure = go.Figure()
    parts = (
        (rows["judged"] & ~rows["late"], _ORDER_LEGEND[False, many], "good", ""),
        (rows["judged"] & rows["late"], _ORDER_LEGEND[True, many], "bad", "/"),
        (~rows["judged"], "no due time, or due after the end", "neutral", "."),
    )
    for chosen, name, color, pattern in parts:
        part = rows[chosen]
        if part.empty:
            continue
        figure.add_bar(
            orientation="h",
            name=name,
            y=[escape(name) for name in part["order"]],
            base=on_clock(part["release_s"], clock),
            x=((part["done"] - part["release_s"]) * 1000.0).to_numpy(dtype=float),
            hovertext=[reading.order_hover(row, clock, n) for row in records(part)],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": getattr(palette(), color), "pattern": hatch(pattern)},
        )
    if many:
        figure.add_scatter(**_whiskers(rows, clock))
    last = max([run.end, *rows["reach"]])
    due = rows[rows["due_s"] <= reading.FAR * last]
    far = rows[rows["due_s"] > reading.FAR * last]
    figure.add_scatter(
        mode="markers",
        name="due",
        x=on_clock(due["due_s"], clock),
        y=[escape(name) for name in due["order"]],
        hovertext=[f"due {clock.time(value)}" for value in due["due_s"]],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": palette().ink}},
    )
    lay(figure, height=120 + 26 * max(3, len(rows)))
    figure.update_layout(barmode="overlay", bargap=0.35)
    clock_axis(figure, clock, 1.02 * max([last, *due["due_s"]]))
    rows_axis(figure, [str(name) for name in rows["order"]])
    later = reading.due_later([str(name) for name in far["order"]])
    never = reading.released_later([str(name) for name in unreleased["order"]])
    return say(figure, said, " ".join(part for part in (drawn, later, never) if part))


_ORDER_LEGEND = {
    (False, False): "on time",
    (True, False): "late",
    (False, True): "more often on time",
    (True, True): "more often late",
}


def _left_out(lines: list[Line], points: int, total: int, told: Run | Ensemble) -> str:
    longest = max((len(line.time) for line in lines), default=0)
    return reading.thinned(longest, min(points, longest), len(lines), total, told)


def _one_each(nodes: list[Heat]) -> list[Heat]:
    """Return the first node of every machine: the one nearest to its limit."""
    nearest: dict[str, Heat] = {}
    for item in nodes:
        nearest.setdefault(item.machine, item)
    return list(nearest.values())


def _row_bars(state: str, names: Any) -> dict[str, Any]:
    return {
        "orientation": "h",
        "name": escape(state),
        "y": [escape(name) for name in names],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": palette().look(state).ink, "size": 11},
        "marker": fill(state),
    }


def _states_of(table: pd.DataFrame) -> list[str]:
    return _known_first(table["state"].unique())


def _known_first(found: Any) -> list[str]:
    present = {str(name) for name in found}
    known = [name for name in palette().states if name in present]
    return known + sorted(present.difference(known))


def _in_order(names: Any) -> list[str]:
    return sorted({str(name) for name in names}, key=natural)


def _order_names(run: Run, clock: Clock) -> dict[str, Any]:
    """Return the name of the order over each stretch of its work that is wide enough."""
    spans = order_spans(run)
    length = spans["end_s"] - spans["start_s"]
    wide = spans[length >= _LETTER * run.end * spans["order"].str.len()]
    middle = (wide["start_s"] + wide["end_s"]) / 2.0
    return {
        "mode": "text",
        "name": "name of the order",
        "x": on_clock(middle, clock),
        "y": [escape(name) for name in wide["machine"]],
        "text": [escape(name) for name in wide["order"]],
        "textfont": {
            "color": palette().paper,
            "size": 11,
            "shadow": f"0 0 3px {palette().ink}",
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _ghost(run: Run, clock: Clock) -> dict[str, Any]:
    """Return a thin pale bar for each stretch in which a machine worked for one order."""
    spans = order_spans(run)
    return {
        "orientation": "h",
        "name": "at work in the P90 run",
        "y": [escape(name) for name in spans["machine"]],
        "base": on_clock(spans["start_s"], clock),
        "x": ((spans["end_s"] - spans["start_s"]) * 1000.0).to_numpy(dtype=float),
        "width": 0.14,
        "offset": -0.42,
        "hovertext": [
            f"<b>{escape(row['machine'])}</b><br>P90 run: {escape(row['order'])}<br>"
            f"{clock.time(row['start_s'])} to {clock.time(row['end_s'])}"
            for row in records(spans)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": palette().neutral, "opacity": 0.45, "line": {"width": 0}},
    }


def _spell(row: dict[str, Any], clock: Clock) -> str:
    length = lasting(row["end_s"] - row["start_s"])
    lines = [
        f"<b>{escape(row['machine'])}</b>",
        f"{escape(row['state'])}, {length}",
        f"{clock.time(row['start_s'])} to {clock.time(row['end_s'])}",
    ]
    if row["merged"] > 1:
        lines.append(f"{row['merged']:,} short states in one bar")
    else:
        lines += [escape(row[key]) for key in ("job", "operation", "cause") if known(row[key])]
    return "<br>".join(lines)


def _whiskers(rows: pd.DataFrame, clock: Clock) -> dict[str, Any]:
    """Return one line that runs, for each order, from its median to where 90 % are done."""
    ends = zip(rows["done"], rows["reach"], rows["order"], strict=True)
    x: list[float | None] = []
    y: list[str | None] = []
    for done, reach, order in ends:
        x += [clock.milliseconds + 1000.0 * done, clock.milliseconds + 1000.0 * reach, None]
        y += [escape(order), escape(order), None]
    return {
        "x": x,
        "y": y,
        "mode": "lines",
        "name": "from the median to 90 %",
        "line": {"color": palette().neutral, "width": 4},
        "hoverinfo": "skip",
    }
