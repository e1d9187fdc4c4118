"""This module holds the verdict: what a planner takes away, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from simtwin.report import reading
from simtwin.report.clock import Clock
from simtwin.report.told import answering, observed, outcomes, records, replications
from simtwin.report.wording import counted, known, lasting, percent
from simtwin.result.bottleneck import busy_of_many
from simtwin.result.digits import digits
from simtwin.result.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.report.told import Ensemble, Run


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer at the top of a report."""

    basis: str
    """On what it rests: one run, or replications."""
    sentence: str
    tone: Literal["good", "bad", "neutral"]


def verdict(told: Run | Ensemble) -> Verdict:
    """Return the one sentence that answers: which orders are late, how surely, and why.

    A single run is headed as what it is, an observation without an interval (KERNEL 25).
    """
    table = answering(told).frame("orders")
    asked = table[table["due_s"].notna()]
    if asked.empty:
        return Verdict(basis(told), _without_due(told, table), "neutral")
    if replications(told) > 1 and told.drawn:
        return _of_many(told, asked, len(table) - len(asked))
    return _of_one(told, asked, len(table) - len(asked))


NOTHING_RANDOM = "nothing random in this plant and scenario: one run says it all"


def basis(told: Run | Ensemble) -> str:
    """Return on what the numbers rest."""
    partial = getattr(told, "partial", False)
    run = observed(told)
    which = run.replication if run is told else 0
    if partial and run is told:
        so_far = "no interval" if told.drawn else "nothing random until then"
        stopped = "stopped before its end (partial)"
        return f"one run ({_luck(told.seed, which)}), {so_far}, {stopped}"
    n = replications(told)
    return based(n, told.seed, partial=partial, drawn=told.drawn, which=which)


def based(n: int, seed: int, *, partial: bool, drawn: bool = True, which: int = 0) -> str:
    """Return on what the numbers of *n* replications rest, or of one, and *which* it is.

    >>> based(30, 1, partial=False)
    '30 replications (seed 1), intervals of 95 %'
    >>> based(30, 1, partial=False, drawn=False)
    '30 replications (seed 1), nothing random in this plant and scenario: one run says it all'
    """
    stopped = ", stopped before all were made (partial)" if partial else ""
    luck = _luck(seed, which)
    if not drawn:
        runs = "one run" if n == 1 else f"{n} replications"
        return f"{runs} ({luck}), {NOTHING_RANDOM}{stopped}"
    if n == 1:
        return f"one run ({luck}), no interval{stopped}"
    return f"{n} replications ({luck}), intervals of 95 %{stopped}"


def _luck(seed: int, which: int) -> str:
    return f"replication {which}, seed {seed}" if which else f"seed {seed}"


def _counted(told: Run | Ensemble, dues: list[float], *, later: int, without: int) -> str:
    """Return the orders of these *dues* [s] in words.

    Beside them are those open at the end and due *later*, and those *without* a due time.
    """
    orders = counted(len(dues), "order")
    if not later:
        return f"{orders} with a due time" if without else orders
    end = max([observed(told).end, *(one.end for one in outcomes(told))])
    beyond = " or finished by then" if any(due > end for due in dues) else ""
    return f"{orders} due before the end{beyond}"


def _of_one(told: Run | Ensemble, asked: pd.DataFrame, without: int) -> Verdict:
    run = observed(told)
    clock = Clock(run.scenario.start)
    late = asked[asked["late"].astype(bool)].sort_values(
        ["finish_s", "tardiness_s"],
        key=lambda values: values.isna() if values.name == "finish_s" else values,
        ascending=False,
        kind="stable",
    )
    total = len(asked)
    open_later = asked["finish_s"].isna() & ~asked["late"].astype(bool)
    later = int(open_later.sum())
    if late.empty:
        said = f"All {total} orders with a due time are finished in time."
        if total == 1:
            said = "The one order with a due time is finished in time."
        if later:
            said = f"No order is late; {later} {_is(later)} open at the end and due later."
        return Verdict(basis(told), said, "good")
    worst = records(late)[0]
    if known(worst["finish_s"]):
        how = f"is finished at {clock.time(worst['finish_s'])}, "
        how += (
            f"{lasting(worst['tardiness_s'])} after its due time {clock.time(worst['due_s'])}"
        )
    else:
        how = f"is open at the end ({clock.time(run.end)}), due {clock.time(worst['due_s'])}"
    why = f": {worst['why']}" if known(worst.get("why")) else ""
    dues = asked[~open_later]["due_s"].tolist()
    orders = _counted(told, dues, later=later, without=without)
    share = f"{len(late)} of {orders} {_is(len(late))}"
    sentence = f"{share} late; {worst['order']} {how}{why}."
    if later:
        sentence += f" {later} more {_is(later)} open at the end and due later."
    return Verdict(basis(told), sentence, "bad")


def _of_many(told: Run | Ensemble, asked: pd.DataFrame, without: int) -> Verdict:
    n = replications(told)
    rows = sorted(records(asked), key=_badness, reverse=True)
    likely = sum(row["p_late"] > 0.5 for row in rows)
    open_ones = [row for row in rows if _is_open(row, n)]
    sure = [row for row in rows if row not in open_ones]
    beside = f" {_not_known(open_ones, n)}" if open_ones else ""
    if not sure or sure[0]["p_late"] <= 0.0:
        return _none_late(told, sure, n, beside)
    worst = sure[0]
    risk = f"{worst['order']} is late with probability {reading.chance(worst, n)}"
    if known(worst["finish_median_s"]) and worst["finish_median_s"] > worst["due_s"]:
        risk += f", in the median by {lasting(worst['finish_median_s'] - worst['due_s'])}"
    elif not known(worst["finish_median_s"]):
        risk += " and open at the end in most runs"
    within = [row for row in sure if reading.chance(row, n) != reading.AFTER_END]
    later = len(sure) - len(within)
    if not likely:  # Told of each: of those that are known, beside which others may be due.
        dues = [row["due_s"] for row in within]
        orders = _counted(told, dues, later=later, without=0 if open_ones else without)
        sentence = _each(orders, len(within), even=worst["p_late"] == 0.5)
        return Verdict(basis(told), f"{sentence}{risk}.{beside}", "good")
    dues = [row["due_s"] for row in (*within, *open_ones)]
    orders = _counted(told, dues, later=later, without=without)
    share = f"{likely} of {orders} {_is(likely)}"
    said = f"{share} more likely late than not; {risk}.{beside}"
    return Verdict(basis(told), said, "bad")


def _each(orders: str, count: int, *, even: bool) -> str:
    """Return that none of *count* orders is likely late; *even*: the worst is late in half.

    >>> _each("3 orders", 3, even=False)
    'Each of 3 orders is more likely on time than late; most at risk: '
    >>> _each("1 order", 1, even=False), _each("1 order", 1, even=True)
    ('1 order is more likely on time than late; ', '1 order is as likely late as on time; ')
    """
    if count == 1:
        how = "as likely late as on time" if even else "more likely on time than late"
        return f"{orders} is {how}; "
    if even:
        return f"None of {orders} is more likely late than on time; most at risk: "
    return f"Each of {orders} is more likely on time than late; most at risk: "


def _is_open(row: dict[str, Any], n: int) -> bool:
    """Tell whether some runs end before it is known if an order is late, which most may be."""
    return (
        row.get("p_late_open", 0) > 0
        and row["p_late"] <= 0.5
        and reading.chance(row, n) != reading.AFTER_END
    )


def _not_known(rows: list[dict[str, Any]], n: int) -> str:
    """Return of which orders the runs end before it is known, the one of most runs told."""
    most = max(rows, key=lambda row: row["p_late_open"])
    others = f" and {len(rows) - 1} more" if rows[1:] else ""
    return f"Not known of {most['order']}{others}: P(late) is {reading.chance(most, n)}."


def _badness(row: dict[str, Any]) -> tuple[float, ...]:
    """Return how bad an order is: how likely late, then how late in the median and the P90.

    One that is still open at the end has no finish, and is worse than any that has; of these
    the one that was due first is worst.
    """
    ends = (row["finish_median_s"], row["finish_p90_s"])
    later = [end - row["due_s"] if known(end) else inf for end in ends]
    return row["p_late"], *later, -row["due_s"]


def _none_late(
    told: Run | Ensemble, rows: list[dict[str, Any]], n: int, beside: str
) -> Verdict:
    """Return what is said where no order was late in any run that tells; *beside* of others."""
    chances = [reading.chance(row, n) for row in rows]
    known_ones = [chance for chance in chances if chance != reading.AFTER_END]
    later = len(chances) - len(known_ones)
    if not known_ones and beside:
        sentence = f"No order was late in {n} replications, as far as they go."
        return Verdict(basis(told), f"{sentence}{beside}", "neutral")
    if not known_ones:
        sentence = "Every order is due after the end of the runs, and open then in most."
        return Verdict(basis(told), sentence, "neutral")
    sentence = f"No order was late in {n} replications: for each, P(late) is {known_ones[0]}."
    if len(known_ones) == 1:
        which = "due before the end" if later else "with a due time"
        sentence = f"The one order {which} was late in none of {n} replications: P(late) is "
        sentence += f"{known_ones[0]}."
    if beside:
        others = counted(len(known_ones), "order")
        sentence = f"{others} {_is(len(known_ones))} never late: P(late) is {known_ones[0]}."
    if later:
        sentence += f" {later} more {_is(later)} open at the end and due later."
    return Verdict(basis(told), f"{sentence}{beside}", "neutral" if beside else "good")


def _without_due(told: Run | Ensemble, table: pd.DataFrame) -> str:
    run = observed(told)
    many = replications(told) > 1 and told.drawn
    busy = _busy_of_many(told) if many else reading.states(reading.state_shares(run))
    done = _done_of_many(told, len(table)) if many else _done(run)
    why = _released_late(run) if done else ""
    return " ".join(part for part in (f"{done}{why}." if done else "", busy) if part)


def _done(run: Run) -> str:
    """Return how many orders of a run are finished; nothing where it has none."""
    own = run.frame("orders")
    done = int(own["finish_s"].notna().sum())
    verb = _is(done if len(own) > 1 else 1)
    return f"{done} of {counted(len(own), 'order')} {verb} finished" if len(own) else ""


def _done_of_many(told: Run | Ensemble, orders: int) -> str:
    """Return how many of the *orders* are finished in the mean, of one in how many runs."""
    if "finished_orders" not in told.kpis:
        return ""
    done, n = told.kpis["finished_orders"].value, replications(told)
    assert isinstance(done, Estimate), "of many runs"
    if orders == 1:
        return f"The one order is finished in {round(done.value * n)} of {n} runs"
    if done.low == done.high:
        count = round(done.value)
        return f"{count} of {orders} orders {_is(count)} finished in each of {n} runs"
    value, low, high = digits(done.value, done.low, done.high)
    return f"In the mean {value} ({low} to {high}) of {orders} orders are finished"


def _busy_of_many(told: Run | Ensemble) -> str:
    """Return who waits least and who most, in the mean; nothing where no hours were kept."""
    hours = [one.hours for one in outcomes(told)]
    shares = {} if not hours or None in hours else busy_of_many(hours)
    if not shares:
        return ""
    most = max(shares, key=lambda name: shares[name].value)
    least = min(shares, key=lambda name: shares[name].value)
    said = f"{most} is busiest: {_share(shares[most])} of its time on shift it is at work, "
    said += "in change or repair"
    if most == least:
        return f"{said}, in the mean."
    return f"{said}; {least} is least busy, {_share(shares[least])}; both in the mean."


def _share(found: Estimate) -> str:
    """Return a mean share with its interval."""
    if found.low == found.high:
        return percent(found.value)
    low, high = percent(found.low).removesuffix(" %"), percent(found.high)
    return f"{percent(found.value)} ({low} to {high})"


def _released_late(run: Run) -> str:
    """Return how many orders are released at the end, or after it."""
    own, why = run.frame("orders"), ""
    for what, orders in (
        ("only at the end", own["release_s"] == run.end),
        ("after the end", own["release_s"] > run.end),
    ):
        count = int(orders.sum())
        if count:
            why += f"; {count} {_is(count)} released {what}"
    return why


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
