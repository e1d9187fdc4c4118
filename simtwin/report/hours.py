"""This module holds the hours as they are told: the heat strip, and who binds when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.names import natural
from simtwin.report.clock import Clock
from simtwin.report.drawing import escape, lay, say
from simtwin.report.palette import palette
from simtwin.report.tables import Table
from simtwin.report.told import answering, observed, records, replications
from simtwin.report.wording import counted, known, listed, percent
from simtwin.result.estimate import at_most

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from simtwin.report.told import Ensemble, Run

MOST = 168
"""Hours that are drawn; a longer run is told day by day."""

TICKS = 14
"""Labels of hours at most."""

BUSY = (
    (0.0, "#F7FBFF"),
    (0.5, "#C6DCEE"),
    (0.8, "#6BA6D0"),
    (0.95, "#0072B2"),
    (1.0, "#003F66"),
)
"""From a machine that waits all the time to one that never does."""

OFF = "#E4E8EC"
AWAY = 0.5
"""From this share of an hour off shift on, nobody asks whether a machine has room in it."""

FULL = 0.95
"""From here on a machine has no room left in that hour."""


def kept(told: Run | Ensemble) -> bool:
    """Tell whether hours were kept and there are any."""
    try:
        return not answering(told).frame("hours").empty
    except InvalidInput:
        return False


def strip(told: Run | Ensemble) -> Figure:
    """Return how busy each machine was in each clock hour: one row a machine, one cell an hour.

    Framed are the machines of the station that binds in that hour; grey is off shift.
    """
    import plotly.graph_objects as go

    table = answering(told).frame("hours")
    clock = Clock(observed(told).scenario.start)
    machines = sorted((str(name) for name in table["machine"].unique()), key=natural)[::-1]
    edges = sorted(table["start_s"].unique())[:MOST]
    columns = list(range(len(edges)))
    cells = {(str(row["machine"]), row["start_s"]): row for row in records(table)}
    grid = [[_busy(cells.get((name, edge))) for edge in edges] for name in machines]
    figure = go.Figure()
    figure.add_heatmap(
        x=columns,
        y=[escape(name) for name in machines],
        z=[[0.0] * len(edges)] * len(machines),
        colorscale=[(0.0, OFF), (1.0, OFF)],
        showscale=False,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
    )
    figure.add_heatmap(
        x=columns,
        y=[escape(name) for name in machines],
        z=[[100.0 * value if known(value) else None for value in row] for row in grid],
        zmin=0.0,
        zmax=100.0,
        colorscale=list(BUSY),
        xgap=1,
        ygap=1,
        texttemplate="%{z:.0f}" if len(edges) <= 24 else "",
        hovertext=[
            [_hover(clock, name, cells.get((name, edge))) for edge in edges]
            for name in machines
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        colorbar={
            "title": {"text": "busy [%]", "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
        },
    )
    lay(figure, height=110 + 26 * max(3, len(machines)))
    every = -(-len(edges) // TICKS)
    figure.update_xaxes(
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        title=_axis(edges),
        tickvals=columns[::every],
        ticktext=_ticks(clock, edges[::every], daily=_daily(edges)),
        range=[-0.5, len(edges) - 0.5],
    )
    figure.update_yaxes(type="category", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    _frame(figure, told, edges, machines)
    return say(figure, reading(told), _drawn(told))


def reading(told: Run | Ensemble) -> str:
    """Return when the shop is bound by whom, and who has room left, in a sentence."""
    clock = Clock(observed(told).scenario.start)
    stretches = [one for one in _stretches(told) if one["station"]]
    if not stretches:
        return "No station was ever busy without a wait."
    longest = max(stretches, key=lambda one: one["end_s"] - one["start_s"])
    said = (
        f"The shop waits for {longest['station']} from {clock.time(longest['start_s'])} "
        f"to {clock.time(longest['end_s'])}"
    )
    others = dict.fromkeys(one["station"] for one in stretches if one is not longest)
    again = longest["station"] in others
    names = [str(name) for name in others if name != longest["station"]]
    if again:
        said += ", and for it at other times too"
    if names:
        said += f"; {'else' if again else 'at other times'} for {listed(names)}"
    table = answering(told).frame("hours")
    mean = _mean_busy(table)
    free = sorted(
        (str(name) for name, share in mean.items() if share < 0.5),
        key=lambda name: (mean[name], natural(name)),
    )
    if free:
        said += f". Less than half busy: {listed(free)}"
    return f"{said}."


def _mean_busy(table: pd.DataFrame) -> pd.Series[float]:
    """Return the mean busy share of each machine over its hours, of which some are shorter."""
    length = (table["end_s"] - table["start_s"]) * (1.0 - table["off_share"])
    rows = table.assign(length=length, busy=table["busy_share"] * length)
    sums = rows.groupby("machine")[["busy", "length"]].sum()
    return (sums["busy"] / sums["length"]).where(sums["length"] > 0.0, 0.0)


def bottlenecks(told: Run | Ensemble) -> Table:
    """Return which station binds from when to when, hours of the same one put together.

    Of these, P(bottleneck) is that of the least sure hour.
    """
    clock = Clock(observed(told).scenario.start)
    many = replications(told) > 1
    rows = []
    for one in _stretches(told):
        when = f"{clock.time(one['start_s'])} to {clock.time(one['end_s'])}"
        full = listed(one["full"], most=8) if one["full"] else ""
        known_one = many and one["station"]
        chance = (
            (_chance(one["chance"], replications(told)) if known_one else "",) if many else ()
        )
        binds = str(one["station"] or "none")
        rows.append((when, binds, *chance, percent(one["share"]), full))
    surely = ("P(bottleneck), least sure hour",) if many else ()
    columns = ("hours", "bottleneck", *surely, "of the time", "without room (95 % busy)")
    return Table(columns, tuple(rows))


def as_plain(told: Run | Ensemble) -> list[dict[str, Any]]:
    """Return who binds from when to when as plain values; P(bottleneck) where runs are many."""
    keys = ("value", "low", "high")
    return [
        {
            "start_s": one["start_s"],
            "end_s": one["end_s"],
            "station": one["station"] or None,
            "share": one["share"],
            "p_bottleneck": dict(zip(keys, one["chance"], strict=True))
            if one["chance"]
            else None,
            "full": one["full"],
        }
        for one in _stretches(told)
    ]


def _stretches(told: Run | Ensemble) -> list[dict[str, Any]]:
    """Return the hours, those in a row with the same bottleneck as one."""
    if not kept(told):
        return []
    table, hours = answering(told).frame("bottleneck"), answering(told).frame("hours")
    n = replications(told)
    found: list[dict[str, Any]] = []
    for start, rows in table.groupby("start_s"):
        one = _binds(rows, n)
        of_hour = hours[hours["start_s"] == start]
        on = of_hour["off_share"] < AWAY
        full = of_hour[on & (of_hour["busy_share"] >= FULL)]["machine"]
        one["full"] = sorted((str(name) for name in full), key=natural)
        last = found[-1] if found else None
        if last is not None and last["station"] == one["station"]:
            last["chance"] = min(last["chance"], one["chance"])  # That of the least sure hour.
            before, own = last["end_s"] - last["start_s"], one["end_s"] - one["start_s"]
            last["share"] = (before * last["share"] + own * one["share"]) / (before + own)
            last["full"] = [name for name in last["full"] if name in one["full"]]
            last["end_s"] = one["end_s"]
        else:
            found.append(one)
    return found


def _binds(rows: pd.DataFrame, n: int) -> dict[str, Any]:
    """Return who binds in one hour, how surely and for how much of it.

    Where it is likelier that nobody does, as when all are off shift in most runs, nobody does.
    """
    key = "share" if n == 1 else "p_bottleneck"
    top = records(rows.sort_values([key, "share"], ascending=False, kind="stable"))[0]
    nobody = 1.0 - float(rows["p_bottleneck"].sum()) if n > 1 else 0.0
    binds = bool(top[key] > max(0.0, nobody))
    return {
        "start_s": float(top["start_s"]),
        "end_s": float(top["end_s"]),
        "station": str(top["station"]) if binds else "",
        "share": float(top["share"]) if binds else 0.0,
        "chance": tuple(float(top[f"p_bottleneck{end}"]) for end in ("", "_low", "_high"))
        if n > 1 and binds
        else (),
    }


def _chance(chance: tuple[float, ...], n: int) -> str:
    """Return P(bottleneck) with its interval."""
    value, low, high = chance
    if low == high:  # Nothing was drawn.
        return percent(value)
    if value >= 1.0:
        return f"at least {percent(1.0 - at_most(0, n))}"
    return f"{percent(value)} ({percent(low).removesuffix(' %')} to {percent(high)})"


def _frame(
    figure: Figure, told: Run | Ensemble, edges: list[float], machines: list[str]
) -> None:
    """Frame the machines of the station that binds, hour by hour."""
    members = {s.name: s.machines for s in getattr(observed(told).plant, "stations", ())}
    table = answering(told).frame("bottleneck")
    n = replications(told)
    place = {name: row for row, name in enumerate(machines)}
    line = {"color": palette().bad, "width": 3}
    binds = [
        _binds(rows, n)["station"] if len(rows) else ""
        for rows in (table[table["start_s"] == edge] for edge in edges)
    ]
    for first, last in _runs(binds):
        for row in sorted(
            place[name] for name in members.get(binds[first], ()) if name in place
        ):
            figure.add_shape(
                type="rect",
                x0=first - 0.47,
                x1=last + 0.47,
                y0=row - 0.43,
                y1=row + 0.43,
                line=line,
            )
    figure.add_scatter(
        mode="markers",
        name="binds the shop in that hour",
        x=[0],
        y=[None],
        marker={"symbol": "square-open", "size": 14, "color": line["color"]},
        hoverinfo="skip",
    )


def _runs(names: list[str]) -> list[tuple[int, int]]:
    """Return the first and last place of each row of alike names.

    >>> _runs(["a", "a", "b"])
    [(0, 1), (2, 2)]
    """
    found: list[tuple[int, int]] = []
    for place, name in enumerate(names):
        if found and names[found[-1][1]] == name:
            found[-1] = found[-1][0], place
        else:
            found.append((place, place))
    return found


def _ticks(clock: Clock, edges: list[float], *, daily: bool) -> list[str]:
    """Return the labels of hours, with the date where another day begins; or of days."""
    moments = [clock.exact(edge) for edge in edges]
    if daily:
        return [moment[5:10] for moment in moments]
    days = [moment[5:10] for moment in moments]
    return [
        moment[11:16] + (f"<br>{day}" if number == 0 or day != days[number - 1] else "")
        for number, (moment, day) in enumerate(zip(moments, days, strict=True))
    ]


def _daily(edges: list[float]) -> bool:
    return len(edges) > 2 and edges[2] - edges[1] > 3600.0


def _axis(edges: list[float]) -> str:
    return "day" if _daily(edges) else "hour from"


def _busy(row: dict[str, Any] | None) -> float:
    return float("nan") if row is None else float(row["busy_share"])


def _hover(clock: Clock, machine: str, row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    lines = [
        f"<b>{escape(machine)}</b>",
        f"{clock.time(row['start_s'])} to {clock.time(row['end_s'])}",
    ]
    if not known(row["busy_share"]):
        return "<br>".join([*lines, "off shift"])
    busy = percent(row["busy_share"])
    if known(row.get("busy_share_low")):
        low, high = percent(row["busy_share_low"]), percent(row["busy_share_high"])
        busy += f" ({low.removesuffix(' %')} to {high})"
    lines.append(f"busy {busy}")
    if row["off_share"] > 0.0:
        lines.append(f"off shift {percent(row['off_share'])}")
    return "<br>".join(lines)


def _drawn(told: Run | Ensemble) -> str:
    n = replications(told)
    what = f"Mean of {counted(n, 'replication')}. " if n > 1 else ""
    return (
        f"{what}Busy is all time on shift but waiting: at work, in change, stopped, in repair. "
        "Framed: the station in the longest stretch without a wait, for most of that hour "
        "(Roser et al. 2002). Grey: off shift."
    )
