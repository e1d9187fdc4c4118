"""This module holds the outlook: a look-ahead as tables and as one sentence."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result.foresight import BREAKAGE, FAILURE, OVERLOAD, REFIT, TRIP
from simtwin.result.moment import long, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from simtwin.result.estimate import Estimate
    from simtwin.result.look_ahead import LookAhead

SMALL = 1e-4
"""A probability below it is told as it is, not in per cent."""

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def frame(ahead: LookAhead, name: str) -> pd.DataFrame:
    """Return the table *name* of *ahead*."""
    import pandas as pd

    tables: dict[str, Callable[[LookAhead], Table]] = {
        "risks": risks,
        "machines": machines,
        "incidence": incidence,
        "remaining": remaining,
        "orders": orders,
    }
    if name not in tables:
        raise InvalidInput(f"no frame is called {name!r}; there are {', '.join(tables)}")
    columns, rows = tables[name](ahead)
    return pd.DataFrame(rows, columns=list(columns))


def risks(ahead: LookAhead) -> Table:
    """Return what may strike: P by part, and expected strikes, repairs included."""
    columns = (
        "machine", "part", "cause", "kind", "p", "p_low", "p_high", "expected", "first_s",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for index, risk in enumerate(ahead.risks):
        found = ahead.failure(risk.machine, part=risk.part, kind=risk.kind)
        expected = sum(future.total[index] for future in ahead.futures) / ahead.n
        times = [f.firsts[risk] for f in ahead.futures if risk in f.firsts]
        rows.append((*risk, *_three(found), expected, min(times, default=None)))
    for kind in (TRIP, OVERLOAD, REFIT):
        seen = dict.fromkeys(r for f in ahead.futures for r in f.firsts if r.kind == kind)
        for risk in seen:
            found = ahead.failure(risk.machine, part=risk.part, cause=risk.cause, kind=kind)
            times = [f.firsts[risk] for f in ahead.futures if risk in f.firsts]
            rows.append((*risk, *_three(found), None, min(times)))
    return columns, rows


def machines(ahead: LookAhead) -> Table:
    """Return every machine: P(failure), its level, what limits it, and what else may come."""
    columns = (
        "machine", "p_failure", "p_failure_low", "p_failure_high", "level", "limiting",
        "p_breakage", "p_trip", "p_overload",
    )  # fmt: skip
    rows = []
    for spec in ahead.plant.machines:
        limiting = ahead.limiting(spec.name)
        rows.append(
            (
                spec.name,
                *_three(ahead.failure(spec.name)),
                ahead.level(spec.name),
                "" if limiting is None else limiting.part,
                *(
                    ahead.failure(spec.name, kind=kind).value
                    for kind in (BREAKAGE, TRIP, OVERLOAD)
                ),
            )
        )
    return columns, rows


def incidence(ahead: LookAhead) -> Table:
    """Return P(it has failed first by then), by machine and cause; causes add up to any."""
    columns = ("time_s", "machine", "cause", "p", "p_low", "p_high")
    causes = dict.fromkeys(
        (risk.machine, risk.cause) for risk in ahead.risks if risk.kind == FAILURE
    )
    groups: list[tuple[str | None, str | None]] = [(None, None)]
    for spec in ahead.plant.machines:
        groups.append((spec.name, None))
        groups += [pair for pair in causes if pair[0] == spec.name]
    rows = [
        (
            at,
            machine or "",
            cause or "",
            *_three(ahead.failure(machine, cause=cause, look=look)),
        )
        for machine, cause in groups
        for look, at in enumerate(ahead.looks)
    ]
    return columns, rows


def remaining(ahead: LookAhead) -> Table:
    """Return the remaining useful life of every part that can fail [h]."""
    columns = (
        "part", "p10_h", "p50_h", "p90_h", "p10_low_h", "p10_high_h", "seen", "futures",
    )  # fmt: skip
    rows = []
    for risk in ahead.risks:
        if risk.kind == FAILURE:
            left = ahead.remaining(risk.part)
            hours = [
                None if e is None else e.value / 3600 for e in (left.p10, left.p50, left.p90)
            ]
            band = (None, None)
            if left.p10 is not None:
                band = (left.p10.low / 3600, left.p10.high / 3600)  # type: ignore[assignment]
            rows.append((risk.part, *hours, *band, left.failed, left.n))
    return columns, rows


def orders(ahead: LookAhead) -> Table:
    """Return P(late) of every order, and how many futures end with it open and due later."""
    columns = (
        "order", "product", "quantity", "due_s", "p_late", "p_late_low", "p_late_high",
        "p_late_open",
    )  # fmt: skip
    rows = []
    for row in ahead.futures[0].orders:
        late = ahead.late(row.order)
        rows.append(
            (row.order, row.product, row.quantity, row.due, *_three(late), late.unsettled)
        )
    return columns, rows


def sentence(ahead: LookAhead) -> str:
    """Return what to take away, in one sentence; and what to beware of, one each."""
    return " ".join([_verdict(ahead), *(f"Beware: {text}." for text in ahead.warnings)])


def _verdict(ahead: LookAhead) -> str:
    begin = moment(ahead.scenario.start, ahead.start)
    span = f"from {begin} in the next {long(ahead.horizon)}"
    total = ahead.failure()
    if total.high == 0.0:
        return f"{span[0].upper()}{span[1:]} nothing that has a life can fail."
    names = [spec.name for spec in ahead.plant.machines]
    worst = max(names, key=lambda name: ahead.failure(name).value)
    limiting = ahead.limiting(worst)
    part = "" if limiting is None else f", first by its {limiting.cause}"
    return (
        f"{span[0].upper()}{span[1:]} some machine fails with probability {_said(total)}; most "
        f"likely {worst} ({_said(ahead.failure(worst))}, level {ahead.level(worst)}){part}."
    )


def _said(found: Estimate) -> str:
    """Return a probability with its interval, in digits that a person reads."""
    if found.value in (0.0, 1.0) or found.high < SMALL:
        return str(found)
    low, high = 100.0 * found.low, 100.0 * found.high
    places = max(0, 1 - floor(log10(max(high - low, 0.01 * high, 1e-9))))
    return f"{100.0 * found.value:.{places}f} % ({low:.{places}f} to {high:.{places}f} %)"


def _three(found: Estimate) -> tuple[float, float, float]:
    return found.value, found.low, found.high
