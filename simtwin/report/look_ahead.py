"""This module holds a look-ahead as it is told: its tables, and the same as plain data."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from simtwin.names import natural
from simtwin.report.clock import Clock
from simtwin.report.figures import quantiles, signed, span, told
from simtwin.report.plain import SCHEMA_VERSION, figure, plain
from simtwin.report.reading import AFTER_END
from simtwin.report.tables import Table, label
from simtwin.report.told import records
from simtwin.report.verdict import based
from simtwin.report.wording import counted, known, percent
from simtwin.result.estimate import at_most
from simtwin.result.foresight import FAILURE
from simtwin.result.metric import FIGURES

if TYPE_CHECKING:
    from simtwin.result.look_ahead import LookAhead

GAINED = (
    "good_pieces", "late_orders", "mean_tardiness", "unplanned_downtime", "planned_downtime"
)  # fmt: skip
"""Figures in which a plan instead is compared."""

NAMED = 3
"""Machines at most whose risk under a plan instead is told."""


def heading(ahead: LookAhead) -> str:
    """Return what was looked at, from when, how far, and on what it rests."""
    begin = Clock(ahead.scenario.start).time(ahead.start)
    rests = based(ahead.n, ahead.seed, partial=ahead.partial, drawn=ahead.drawn)
    followed = "" if ahead.followed is None else f"; {ahead.followed}"
    return (
        f"{ahead.scenario.name} on {ahead.plant.name}, from {begin} the next "
        f"{span(ahead.horizon)}: {rests}{followed}"
    )


def machines(ahead: LookAhead) -> Table:
    """Return every machine, the most endangered first: P(failure), level, what limits it."""
    found = {spec.name: ahead.failure(spec.name) for spec in ahead.plant.machines}
    order = sorted(found, key=lambda name: (-found[name].value, natural(name)))
    rows = tuple(
        (name, str(found[name]), ahead.level(name), *_limiting(ahead, name)) for name in order
    )
    columns = (
        "machine", "P(failure) [95 %]", "level", "limiting part", "10 % of them gone after",
        "half gone after",
    )  # fmt: skip
    marked = frozenset(i for i, row in enumerate(rows) if row[2] not in ("low", "moderate"))
    return Table(columns, rows, marked=marked)


def parts(ahead: LookAhead, machine: str) -> Table:
    """Return what may strike on *machine*, by part and cause, the likeliest first."""
    ahead.failure(machine)  # Refuses a name that is not known.
    table = ahead.frame("risks")
    rows = []
    for row in records(table[table["machine"] == machine].sort_values("p", ascending=False)):
        lives = ("", "", "")
        if row["kind"] == FAILURE:
            lives = quantiles(ahead.remaining(row["part"]))
        chance = ahead.failure(machine, part=row["part"], kind=row["kind"])
        part = row["part"].removeprefix(f"{machine}/")
        rows.append((row["kind"], part, row["cause"], str(chance), *lives))
    columns = (
        "what", "part", "cause", "P [95 %]", "10 % gone after", "half gone after",
        "90 % gone after",
    )  # fmt: skip
    return Table(columns, tuple(rows))


def orders(ahead: LookAhead) -> Table:
    """Return the orders at risk, the likeliest first; the others are counted.

    At risk is what some future finds late, or leaves open at its end, where others tell.
    """
    clock = Clock(ahead.scenario.start)
    asked = [row for row in records(ahead.frame("orders")) if known(row["due_s"])]
    beyond = [row for row in asked if row["p_late_open"] == ahead.n]
    at_risk = sorted(
        (row for row in asked if row["p_late"] > 0.0 or 0 < row["p_late_open"] < ahead.n),
        key=_riskiest_first,
    )
    rows = tuple(
        (
            row["order"],
            row["product"],
            str(row["quantity"]),
            clock.time(row["due_s"]),
            "late already" if ahead.settled(row["order"]) else str(ahead.late(row["order"])),
        )
        for row in at_risk
    )
    in_time = [row["order"] for row in asked if row["p_late"] == 0.0 and not row["p_late_open"]]
    columns = ("order", "product", "pieces", "due", "P(late) [95 %]")
    notes = _in_time(ahead, in_time, beside=bool(at_risk)), _not_known(ahead, at_risk, beyond)
    return Table(columns, rows, frozenset({"pieces"}), note=" ".join(filter(None, notes)))


def _in_time(ahead: LookAhead, names: list[str], *, beside: bool) -> str:
    """Return what is to be said of orders that no future finds late, *beside* some at risk."""
    done = sum(map(ahead.settled, names))
    says = []
    if safe := len(names) - done:
        least = f"at most {percent(at_most(0, ahead.n))}" if ahead.drawn else percent(0.0)
        orders = counted(safe, "more order" if beside else "order")
        each = "for each, " if safe > 1 else ""
        says.append(f"{orders} never late in {ahead.n} futures: {each}P(late) is {least}.")
    if done:
        says.append(f"{counted(done, 'order')} finished in time already.")
    return " ".join(says)


def _not_known(
    ahead: LookAhead, at_risk: list[dict[str, Any]], beyond: list[dict[str, Any]]
) -> str:
    """Return of which orders futures end too early, and which are due *beyond* all of them."""
    says = []
    if some := [row for row in at_risk if row["p_late_open"]]:
        most = max(some, key=lambda row: row["p_late_open"])
        late = ahead.late(most["order"])
        says.append(f"Not known of {_first(some, most)}: P(late) is {late}.")
    if beyond:
        soonest = min(beyond, key=lambda row: row["due_s"])
        end = Clock(ahead.scenario.start).time(max(future.end for future in ahead.futures))
        says.append(
            f"Not known of {_first(beyond, soonest)}: {AFTER_END} ({end}), and open then in "
            f"all {ahead.n} futures."
        )
    return " ".join(says)


def _first(rows: list[dict[str, Any]], told: dict[str, Any]) -> str:
    """Return the order that is *told*, and how many there are beside it."""
    others = f" and {len(rows) - 1} more" if rows[1:] else ""
    return f"{told['order']}{others}"


def instead(ahead: LookAhead) -> Table:
    """Return what the plan instead changes, paired future by future."""
    other = ahead.instead
    assert other is not None, "asked only where there is a plan instead"
    gains = {spec.name: ahead.gain(spec.name) for spec in ahead.plant.machines}
    moved = sorted(
        (name for name, gain in gains.items() if gain.value != 0.0),
        key=lambda name: (-abs(gains[name].value), natural(name)),
    )
    rows = [
        (
            f"P(failure) of {name}",
            str(ahead.failure(name)),
            str(other.failure(name)),
            signed(gains[name], "share"),
        )
        for name in moved[:NAMED]
    ]
    rows += [
        (
            label(name),
            told(ahead.kpi(name), FIGURES[name][0]),
            told(other.kpi(name), FIGURES[name][0]),
            signed(ahead.gain(name), FIGURES[name][0]),
        )
        for name in GAINED
        if name in _figures(ahead)
    ]
    columns = ("figure [95 %]", "as planned", "instead", "instead less as planned")
    futures = [future for one in (ahead, other) for future in one.futures]
    note = ""
    if any(row.is_open(future.end) for future in futures for row in future.orders):
        note = "Orders that are open at the end and due later count as not late."
    return Table(columns, tuple(rows), note=note)


def as_plain(ahead: LookAhead) -> dict[str, Any]:
    """Return a look-ahead as plain values: risks by machine, part and cause, orders, costs."""
    lost = ahead.lost_pieces
    return {
        "schema_version": SCHEMA_VERSION,
        "plant": ahead.plant.name,
        "scenario": ahead.scenario.name,
        "start": ahead.scenario.start,
        "from_s": ahead.start,
        "horizon_s": ahead.horizon,
        "seed": ahead.seed,
        "replications": ahead.n,
        "asked": ahead.asked,
        "partial": ahead.partial,
        "basis": based(ahead.n, ahead.seed, partial=ahead.partial, drawn=ahead.drawn),
        "verdict": ahead.sentence,
        "warnings": list(ahead.warnings),
        "followed": _followed(ahead),
        "p_failure": figure(ahead.failure(), "share"),
        "level": ahead.level(),
        "machines": [_machine(ahead, spec.name) for spec in ahead.plant.machines],
        "orders": [
            {
                "order": row["order"],
                "product": row["product"],
                "quantity": plain(row["quantity"]),
                "due_s": plain(row["due_s"]),
                "p_late": figure(ahead.late(row["order"]), "share"),
            }
            for row in records(ahead.frame("orders"))
        ],
        "lost_pieces": None if lost is None else figure(lost, "pieces"),
        "kpis": {name: figure(ahead.kpi(name), FIGURES[name][0]) for name in _figures(ahead)},
        "incidence": [
            {"time_s": at, **figure(ahead.failure(look=look), "share")}
            for look, at in enumerate(ahead.looks)
        ],
        "instead": None if ahead.instead is None else _gained(ahead),
        "assumptions": list(ahead.assumptions),
    }


def _followed(ahead: LookAhead) -> dict[str, Any] | None:
    """Return on what the start rests, where a twin was asked; None else."""
    found = ahead.followed
    if found is None:
        return None
    return {
        "model": found.model,
        "parameters": dict(found.parameters),
        "snapshot_utc_s": found.instant,
        "spread_k": dict(found.spread),
    }


def _limiting(ahead: LookAhead, machine: str) -> tuple[str, str, str]:
    risk = ahead.limiting(machine)
    if risk is None:
        return "", "", ""
    p10, p50, _ = quantiles(ahead.remaining(risk.part))
    return risk.part.removeprefix(f"{machine}/"), p10, p50


def _machine(ahead: LookAhead, name: str) -> dict[str, Any]:
    limiting = ahead.limiting(name)
    return {
        "machine": name,
        "p_failure": figure(ahead.failure(name), "share"),
        "level": ahead.level(name),
        "limiting": None if limiting is None else limiting.part,
        "risks": [
            {
                "part": risk.part,
                "cause": risk.cause,
                "kind": risk.kind,
                "p": figure(ahead.failure(name, part=risk.part, kind=risk.kind), "share"),
                "remaining": _remaining(ahead, risk.part) if risk.kind == FAILURE else None,
            }
            for risk in ahead.risks
            if risk.machine == name
        ],
    }


def _remaining(ahead: LookAhead, part: str) -> dict[str, Any]:
    left = ahead.remaining(part)
    found = {"p10": left.p10, "p50": left.p50, "p90": left.p90}
    return {
        name: {"beyond_horizon": censored, **({} if one is None else figure(one, "s"))}
        for (name, one), censored in zip(found.items(), left.censored, strict=True)
    }


def _gained(ahead: LookAhead) -> dict[str, Any]:
    assert ahead.instead is not None, "asked only where there is a plan instead"
    return {
        "scenario": ahead.instead.scenario.name,
        "interventions": [
            {"at_s": act.at, "machine": act.machine, "do": act.do, "value": act.value}
            for act in ahead.instead.scenario.interventions
        ],
        "p_failure": figure(ahead.instead.failure(), "share"),
        "gain": {
            **{
                f"p_failure({spec.name})": figure(ahead.gain(spec.name), "share")
                for spec in ahead.plant.machines
            },
            **{name: figure(ahead.gain(name), FIGURES[name][0]) for name in _figures(ahead)},
        },
    }


def _figures(ahead: LookAhead) -> list[str]:
    """Return the key figures that every future has, under both plans."""
    both = [ahead] if ahead.instead is None else [ahead, ahead.instead]
    futures = [future.kpis for one in both for future in one.futures]
    return [name for name in FIGURES if all(isfinite(kpis.get(name, inf)) for kpis in futures)]


def _riskiest_first(row: dict[str, Any]) -> tuple[Any, ...]:
    return -row["p_late"], -row["p_late_high"], row["due_s"], natural(row["order"])
