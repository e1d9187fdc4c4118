"""This module holds the readings: under each plot one sentence, computed from what it shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.report.drawing import escape
from simtwin.report.told import observed, records, replications
from simtwin.report.wording import counted, known, lasting, listed, number, percent
from simtwin.result.estimate import at_most

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.report.clock import Clock
    from simtwin.report.told import Ensemble, Run
    from simtwin.report.traces import Edge, Heat

_ZOOM = "Drag across a stretch of time to enlarge it; a double click shows all again."
IDLE = "idle"
_NO_STOP = ("off shift", "producing")
_LONGEST = "The longest stretch in one state without production, off shift apart:"


def first_of(told: Run | Ensemble) -> str:
    """Return which of the replications is shown; nothing for a single run."""
    n = replications(told)
    if n < 2:
        return ""
    number = observed(told).replication
    if number == 0:
        return f"Shown is the first of {n} replications."
    return f"Shown is replication {number} of {n}, counted from 0."


def counted_from(told: Run | Ensemble, clock: Clock) -> str:
    """Return from when on the key figures count, where the record has more, or less.

    What is read from the record, as events and edges, is of all of it: of the warm-up too, and
    of nothing before the snapshot that a run goes on from.
    """
    run = observed(told)
    # Queues are told from where the record begins; a state may have begun before a snapshot.
    begin, start = float(run.frame("queues")["time_s"].min()), run.window.start
    if not abs(begin - start) >= 1.0:
        return ""
    counts = f"the key figures count from {clock.time(start)} on."
    if begin < start:
        return f"The warm-up from {clock.time(begin)} on is in it; {counts}"
    return f"It is told from {clock.time(begin)} on, where the record begins; {counts}"


def state_shares(run: Run) -> pd.DataFrame:
    """Return the share of its time that each machine spent in each state [-], one row each.

    Of the time that is measured, as in all key figures.
    """
    wide = run.frame("energy").pivot_table(
        index="machine", columns="state", values="time_s", aggfunc="sum", fill_value=0.0
    )
    shares = wide.div(wide.sum(axis=1), axis=0).fillna(0.0)
    return shares.loc[sorted(shares.index, key=natural)]


def gantt(table: pd.DataFrame, clock: Clock) -> str:
    """Return the longest bar of the shop that is neither production nor off shift.

    Where nothing was asked of that machine, the longest while something was is told too.
    """
    rest = table[~table["state"].isin(_NO_STOP)]
    stops = rest[rest["state"] != IDLE]
    none = (
        "Off shift apart, no machine was ever stopped, blocked or without work while one was "
        "asked of it."
    )
    if rest.empty:
        return none
    said = f"{_LONGEST} {_longest(rest, clock)}"
    if _length(rest).idxmax() in stops.index:
        return f"{said}."
    if stops.empty:
        return f"{said}. {none}"
    return f"{said}; while work was asked of it: {_longest(stops, clock)}."


def _length(stops: pd.DataFrame) -> pd.Series[float]:
    return stops["end_s"] - stops["start_s"]


def _longest(stops: pd.DataFrame, clock: Clock) -> str:
    """Return the longest of *stops* with machine, state and cause, and from when to when."""
    row = records(stops.loc[[_length(stops).idxmax()]])[0]
    cause = f" ({row['cause']})" if row.get("cause") else ""
    return (
        f"{row['machine']}, {row['state']}{cause}, {lasting(row['end_s'] - row['start_s'])} "
        f"from {clock.time(row['start_s'])} to {clock.time(row['end_s'])}"
    )


def merged(count: int, drawn: pd.DataFrame, told: Run | Ensemble) -> str:
    """Return how many bars were merged, if any, and which replication is shown."""
    gone = int(drawn.loc[drawn["merged"] > 1, "merged"].sum())
    bars = int((drawn["merged"] > 1).sum())
    said = (
        f"{gone:,} of {count:,} states are too short to draw and were merged into {bars:,} "
        "bars, each in the colour of the state that lasted longest in it."
        if gone
        else ""
    )
    return " ".join(part for part in (first_of(told), said, _ZOOM) if part)


def states(shares: pd.DataFrame) -> str:
    """Return who works most and who least, and what keeps that one."""
    if "producing" not in shares or shares.empty:
        return "No machine produced anything."
    busy = {str(name): float(share) for name, share in shares["producing"].items()}
    most = max(busy, key=lambda name: busy[name])
    least = min(busy, key=lambda name: busy[name])
    first = f"{most} is busiest: {percent(busy[most])} of its time it produces"
    if most == least:
        return first + "."
    rest = {
        str(state): float(shares[state][least])
        for state in shares.columns
        if state != "producing"
    }
    state = max(rest, key=lambda name: rest[name], default="")
    what = f", and is {state} for {percent(rest[state])}" if rest.get(state) else ""
    return f"{first}; {least} produces least, {percent(busy[least])}{what}."


def temperatures(heat: list[Heat], clock: Clock) -> str:
    """Return the closest call, and a warning for every machine that came near its limit."""
    if not heat:
        return "No machine has a spindle that can trip."
    top = heat[0]
    place = f"{top.machine}, {top.node} node"
    when = clock.time(top.peak_at)
    if top.margin <= 0.05:
        often = f"{top.often} times, first at" if top.often > 1 else "at"
        said = f"{place} reached its limit of {top.limit:g} °C {often} {when}"
    else:
        said = (
            f"{place} came closest to its limit: {top.peak:.1f} °C at {when}, "
            f"{top.margin:.1f} K below {top.limit:g} °C"
        )
    near = sorted({item.machine for item in heat if item.near}, key=natural)
    if near:
        return f"Warning: {said}. Within 5 K of a limit: {listed(near)}."
    return f"{said}. None came within 5 K of a limit."


def wear(edges: list[Edge]) -> str:
    """Return how many edges are near their end, the one furthest on, and how many are new."""
    if not edges:
        return "No tool has cut."
    top = max(edges, key=lambda item: item.used)
    changed = sum(item.exchanged for item in edges)
    near = sum(item.used >= 0.9 for item in edges)
    limit = f" (limit {top.limit:.2g} mm)" if known(top.limit) else ""
    said = (
        f"{near or 'None'} of {counted(len(edges), 'edge')} that have cut {_used(near)} nine "
        f"tenths or more; furthest on is {top.tool} (edge {top.edge}) in "
        f"{top.machine}: {percent(top.used)}, wear land {top.land:.3f} mm{limit}"
    )
    ended = Counter(item.state for item in edges)
    for state in ("broken", "set aside"):
        if ended[state]:
            said += f"; {ended[state]} {'is' if ended[state] == 1 else 'are'} {state}"
    return f"{said}; {_was(changed)} replaced." if changed else f"{said}."


def edge_state(edge: Edge, clock: Clock) -> str:
    """Return whether an edge is in use at the end, or how it ended, and when."""
    if not edge.spent:
        return edge.state
    when = "before" if edge.since is None else clock.time(edge.since)
    return f"{edge.state}, {when}"


def _used(count: int) -> str:
    return "has used of its life" if count < 2 else "have used of their life"


def _was(count: int) -> str:
    return "1 edge was" if count == 1 else f"{count} edges were"


def events(table: pd.DataFrame) -> str:
    """Return how often each kind of event happened, the most frequent first."""
    counts = {str(kind): int(count) for kind, count in table["kind"].value_counts().items()}
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    if not kinds:
        return "Nothing happened but work: no trip, failure, stop or change of tool."
    return f"How often: {listed([f'{kind} {counts[kind]:,}' for kind in kinds], most=12)}."


def energy(table: pd.DataFrame) -> str:
    """Return the sum, the share that went into parts, and the greatest waste."""
    total = float(table["energy_kwh"].sum())
    if total <= 0.0:
        return "No energy is recorded; the plant file names no power."
    by_state = table.groupby("state")["energy_kwh"].sum()
    producing = float(by_state.get("producing", 0.0))
    rest = by_state.drop("producing", errors="ignore")
    said = f"{number(total)} kWh in all, {percent(producing / total)} of it while producing"
    if len(rest) and float(rest.max()) > 0.0:
        spent = number(float(rest.max()))
        said += f"; of the rest, most was used in the state {rest.idxmax()} ({spent} kWh)"
    return said + "."


def orders(told: Run | Ensemble, rows: pd.DataFrame) -> str:
    """Return how many orders have a due time and how many of them are late.

    Those that are not *judged*, open at the end and due later, are counted apart.
    """
    due = rows[rows["due_s"].notna()]
    if due.empty:
        return "No order has a due time."
    asked = due[due["judged"]]
    if asked.empty:
        return "Every order with a due time is due after the end, and open then."
    late, later = asked[asked["late"]], [str(name) for name in due[~due["judged"]]["order"]]
    names = listed([str(name) for name in late["order"]])
    of = f"of {len(asked)} with a due time" if not later else f"of {len(asked)}"
    more = f"; open at the end and due later: {listed(later)}" if later else ""
    if replications(told) > 1:
        if late.empty:
            each = "1 order" if len(asked) == 1 else f"Each of {len(asked)} orders"
            every = each if later else "Every order"
            return f"{every} is more likely on time than late{more}."
        return f"More likely late than on time: {names} ({of}){more}."
    if late.empty:
        if len(asked) == 1:
            one = "1 order" if later else "The one order with a due time"
            return f"{one} is finished in time{more}."
        with_due = "" if later else " with a due time"
        return f"All {len(asked)} orders{with_due} are finished in time{more}."
    return f"Late: {names} ({of}){more}."


def shown_orders(count: int, most: int, *, many: bool) -> str:
    """Return what the bars of orders mean in an ensemble, and how many are left out."""
    said = ["The bar ends at the median, the thin line where 90 % are done."] if many else []
    if count > most:
        said.append(f"{most} of {count} orders are drawn, late ones first; the table has all.")
    return " ".join(said)


FAR = 2.0
"""Due times beyond so many times the last bar are told, not drawn: they would squeeze it."""


def due_later(orders: list[str], most: int = 4) -> str:
    """Return what is said of *orders* whose due time lies far beyond a chart.

    >>> due_later(["a", "b"]), due_later([])
    ('Due later than is drawn: a, b.', '')
    """
    return f"Due later than is drawn: {_first(orders, most)}." if orders else ""


def released_later(orders: list[str], most: int = 4) -> str:
    """Return what is said of *orders* that are released after the end of the run.

    >>> released_later(["a", "b", "c"], most=2), released_later([])
    ('Released after the end, and not drawn: a, b and 1 more.', '')
    """
    return f"Released after the end, and not drawn: {_first(orders, most)}." if orders else ""


def _first(orders: list[str], most: int) -> str:
    more = f" and {len(orders) - most} more" if len(orders) > most else ""
    return f"{', '.join(orders[:most])}{more}"


def order_hover(row: dict[str, Any], clock: Clock, n: int) -> str:
    """Return what is said of one order when somebody points at it."""
    lines = [
        f"<b>{escape(row['order'])}</b>",
        f"{escape(row['product'])}, {counted(int(row['quantity']), 'piece')}",
    ]
    if "p_late" in row:
        lines.append(f"late with probability {chance(row, n)}")
        for key, name in (("finish_median_s", "median finish"), ("finish_p90_s", "90 % by")):
            if known(row[key]):
                lines.append(f"{name} {clock.time(row[key])}")
    else:
        done = row["finish_s"]
        lines.append(f"finished {clock.time(done)}" if known(done) else "open at the end")
        if row["late"] and row.get("why"):
            lines.append(escape(row["why"]))
    if known(row["due_s"]):
        lines.append(f"due {clock.time(row['due_s'])}")
    return "<br>".join(lines)


AFTER_END = "due after the end"
"""Said of an order that is open at the end of the runs and not due before."""


def chance(row: dict[str, Any], n: int) -> str:
    """Return P(late) of one order with its interval; what never happened is bounded.

    *n* is the number of replications; a bound is one-sided. Of an order that is mostly open at
    the end and due later, the runs say nothing.

    >>> chance({"p_late": 0.6, "p_late_low": 0.462, "p_late_high": 0.724}, 50)
    '60 % (46 to 72 %)'
    >>> chance({"p_late": 0.0, "p_late_low": 0.0, "p_late_high": 0.058}, 50)
    'at most 6 %'
    >>> chance({"p_late": 0.0, "due_s": 9e5, "finish_median_s": float("nan")}, 50)
    'due after the end'
    >>> chance({"p_late": 0.0, "p_late_low": 0.0, "p_late_high": 0.0}, 50)
    '0 %'
    >>> chance({"p_late": 0.0, "p_late_low": 0.0, "p_late_high": 0.65, "p_late_open": 20}, 40)
    '0 to 65 %, open at the end in 20 of 40'
    """
    if not known(row.get("due_s", 0.0)):
        return "no due time"
    if row["p_late"] <= 0.0 and not known(row.get("finish_median_s", 0.0)):
        return AFTER_END
    if row.get("p_late_open"):
        low, high = percent(row["p_late_low"]), percent(row["p_late_high"])
        told = f"{low.removesuffix(' %')} to {high}"
        return f"{told}, open at the end in {row['p_late_open']:.0f} of {n}"
    if row.get("p_late_low", -1.0) == row.get("p_late_high"):  # Nothing was drawn.
        return percent(row["p_late"])
    if row["p_late"] <= 0.0:
        return f"at most {percent(at_most(0, n))}"
    if row["p_late"] >= 1.0:
        return f"at least {percent(1.0 - at_most(0, n))}"
    low, high = percent(row["p_late_low"]), percent(row["p_late_high"])
    return f"{percent(row['p_late'])} ({low.removesuffix(' %')} to {high})"


def thinned(most: int, kept: int, drawn: int, lines: int, told: Run | Ensemble) -> str:
    """Return what a plot of lines left out: points of a line, and whole lines."""
    said = []
    if kept < most:
        said.append(
            f"Each line is decimated from {most:,} to at most {kept:,} points by the least and "
            "greatest of each bucket."
        )
    if drawn < lines:
        said.append(
            f"{drawn} of {lines} lines are drawn, those nearest to their limit; "
            "the table below has them all."
        )
    if first_of(told):
        said.append(first_of(told))
    return " ".join(said)
