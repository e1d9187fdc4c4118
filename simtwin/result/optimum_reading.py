"""This module holds the reading of an optimum: its sentence and its tables, in words."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from simtwin.result.digits import digits, rounded_percent
from simtwin.result.optimum import BEST, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simtwin.result.estimate import Estimate
    from simtwin.result.optimum import Constraint, FrontPoint, Goal, Optimum

SAME = 1e-4
"""Relative difference of two figures below which they are called the same."""
COARSE = 20
"""Parts of an edge above which it is not told that they must be whole."""
ALIKE = 5e-3
"""Relative width of a front below which its two goals are said to agree."""
HANDY = (0.5, 1e4)
"""Limits of which one unit more is something that people think of."""
SHOWN = 4
"""Limits that a sentence names."""


def sentence(optimum: Optimum) -> str:
    """Return what *optimum* says, in a sentence or three."""
    if not optimum.feasible:
        return _at_fault(optimum)
    alone = len(optimum.goals) == 1 or not (optimum.searched or optimum.front)
    parts = [_found(optimum) if alone else _between(optimum)]
    if not optimum.searched:
        parts.append("The search was stopped before its end: this is the best until then.")
    broken = [one for one in optimum.constraints if one.own and one.broken_today]
    if broken:
        parts.append(f"Today's parameters do not keep {_listed(map(_limit, broken))}.")
    if optimum.trial is not None:
        parts.append(_tried(optimum))
    if optimum.stopped:
        what = "beside today" if optimum.trial is None else "of the whole plan"
        parts.append(f"The runs {what} were stopped before one was complete: not verified.")
    return " ".join(parts)


def told(optimum: Optimum) -> str:
    """Return the sentence and the tables as text."""
    tables = [parameters(optimum), figures(optimum), constraints(optimum)]
    blocks = [optimum.sentence]
    for table in tables:
        if len(table) < 2:
            continue
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        blocks.append(
            "\n".join(
                "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
                for row in table
            )
        )
    return "\n\n".join(blocks)


def parameters(optimum: Optimum) -> list[tuple[str, ...]]:
    """Return every free number, today and at the optimum, its head first."""
    rows: list[tuple[str, ...]] = [
        ("parameter", "today", "best", "change", "spindle", "bounds")
    ]
    for one in optimum.parameters:
        rpm = "" if one.rpm is None else f"{one.rpm:,.0f} rpm"
        bound = f"{short(one.low)} to {short(one.high)}"
        at = f", {one.bound}" if one.bound else ""
        rows.append(
            (
                one.name,
                f"{short(one.today)} {one.unit}",
                f"{short(one.best)} {one.unit}",
                change(one.today, one.best),
                rpm,
                bound + at,
            )
        )
    for cut, (today, best) in optimum.passes.items():
        rows.append((f"{cut}.passes", str(today), str(best), change(today, best), "", ""))
    if not optimum.coolant:
        rows.append(("coolant", "on", "off", "", "", ""))
    return rows


def figures(optimum: Optimum) -> list[tuple[str, ...]]:
    """Return the figures of a good part, today and at the optimum, the head first."""
    rows: list[tuple[str, ...]] = [("of a good part", "today", "best", "change")]
    for one in optimum.figures:
        both = (f"{short(one.today)} {one.unit}", f"{short(one.best)} {one.unit}")
        told = "" if one.unit == "degC" else change(one.today, one.best)
        rows.append((one.name, *both, told))
    return rows


def constraints(optimum: Optimum) -> list[tuple[str, ...]]:
    """Return the limits that were asked for or are reached, the head first."""
    goal = optimum.priced
    rows: list[tuple[str, ...]] = [("limit", "bound", "today", "best", "reached", "price")]
    for one in optimum.constraints:
        if not (one.own or one.reached):
            continue
        rows.append(
            (
                one.name,
                f"{'at least' if one.lower else 'at most'} {short(one.limit)} {one.unit}",
                short(one.today),
                short(one.best),
                _reached(optimum, one),
                price(one, goal) if optimum.feasible and one.price > 0.0 else "",
            )
        )
    return rows


def whole_of_front(optimum: Optimum) -> tuple[str, ...]:
    """Return in what else points of a front differ: passes, and coolant if it is ever off."""
    passes = tuple(f"{cut}.passes" for cut in optimum.passes)
    wet = all(point.coolant for point in optimum.front)
    return passes if wet else (*passes, "coolant")


def whole_of_point(optimum: Optimum, point: FrontPoint) -> tuple[str, ...]:
    """Return the same of one point."""
    told = {f"{cut}.passes": str(count) for cut, count in point.passes.items()}
    told["coolant"] = "on" if point.coolant else "off"
    return tuple(told[name] for name in whole_of_front(optimum))


def price(one: Constraint, goal: Goal) -> str:
    """Return what a unit of a limit is worth, or a per cent of one that is small or large."""
    more = "less" if one.lower else "more"
    if HANDY[0] <= one.limit <= HANDY[1]:
        return f"{short(one.price)} {goal.unit} a part for 1 {one.unit} {more}"
    return f"{short(0.01 * one.price * one.limit)} {goal.unit} a part for 1 % {more}"


def short(value: float) -> str:
    """Return a number with four digits.

    >>> short(1234.56), short(0.123456), short(float("inf")), short(3.58e-9), short(12.0)
    ('1,235', '0.1235', '–', '3.58e-09', '12')
    """
    if not isfinite(value):
        return "–"
    if value != 0.0 and abs(value) < 1e-3:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def change(today: float, best: float) -> str:
    """Return by how much *best* is more or less than *today*.

    >>> change(100.0, 90.0), change(100.0, 100.001), change(2.0, 3.0)
    ('-10 %', 'same', '+50 %')
    """
    if today == 0.0 or abs(best - today) <= SAME * abs(today):
        return "same"
    share = 100.0 * (best / today - 1.0)
    return f"{share:+.3g} %" if abs(share) < 1000.0 else f"{best / today:,.3g} times"


def _found(optimum: Optimum) -> str:
    goal = optimum.priced
    figure = optimum.figure(goal.name)
    where = f"{optimum.operation} on {optimum.machine}"
    best, today = short(figure.best), short(figure.today)
    if change(figure.today, figure.best) == "same":
        return (
            f"{where}: today's parameters take {today} {goal.unit} of {goal.name} a part, and "
            f"none {'within the limits' if optimum.searched else 'looked at'} take less"
            f"{_held(optimum)}."
        )
    more = change(figure.today, figure.best)
    told = f"{more[1:]} {'less' if more.startswith('-') else 'more'}"
    return (
        f"{where}: {best} {goal.unit} of {goal.name} a part instead of {today} ({told})"
        f"{_held(optimum)}."
    )


def _between(optimum: Optimum) -> str:
    first, second = optimum.goals
    where = f"{optimum.operation} on {optimum.machine}"
    if len(optimum.front) < 2:
        return f"{where}: the same parameters are best for {first.name} and for {second.name}."

    def both(values: tuple[float, float]) -> str:
        return f"{short(values[0])} {first.unit} and {short(values[1])} {second.unit} a part"

    today = optimum.figure(first.name).today, optimum.figure(second.name).today
    (a0, b0), (a1, b1) = optimum.front[0].values, optimum.front[-1].values
    if max(a1 / a0, b0 / b1) <= 1.0 + ALIKE:
        return (
            f"{where}: {first.name} and {second.name} are least together, to "
            f"{100.0 * ALIKE:g} %: {both((a0, b0))}, today's {both(today)}{_held(optimum)}."
        )
    chosen = next(point for point in optimum.front if point.chosen)
    return (
        f"{where}: the front of {first.name} and {second.name} goes from "
        f"{both(optimum.front[0].values)} to {both(optimum.front[-1].values)}, "
        f"{len(optimum.front)} points; that which gives up least of both has "
        f"{both(chosen.values)}, today's {both(today)}."
    )


def _held(optimum: Optimum) -> str:
    """Return what holds the optimum, as the end of a sentence."""
    held = _holders(optimum)
    return f", held by {_listed(held)}" if held else ""


def _holders(optimum: Optimum) -> list[str]:
    """Return the limits and bounds that hold the optimum, alike ones together."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in optimum.active:
        what, of, whose = one.name.partition(" of ")
        key = (f"{what}{of}", f" ({_bound_of(one)})")
        together.setdefault(key, []).append(whose)
    for parameter in optimum.at_bounds:
        cut, _, quantity = parameter.name.rpartition(".")
        together.setdefault((f"the {parameter.bound} {quantity} of ", ""), []).append(cut)
    held = [f"{what}{_listed(whose)}{bound}" for (what, bound), whose in together.items()]
    held += [_made(tool, parts) for tool, parts in optimum.whole.items() if parts <= COARSE]
    if optimum.feasible and optimum.searched and not held:
        # Without a price, as where only whole edges count: at least where it stands is told.
        ends = [one for one in optimum.parameters if one.bound]
        held = [
            f"the {one.bound} {quantity} of {cut}"
            for one in ends
            for cut, _, quantity in [one.name.rpartition(".")]
        ]
    return held


def _made(tool: str, parts: float) -> str:
    if parts != int(parts):
        return f"the {parts:.4g} parts that an edge of {tool} makes, changed between cuts"
    return (
        f"the {parts:g} whole {'part' if parts == 1 else 'parts'} that an edge of {tool} makes"
    )


def _limit(one: Constraint) -> str:
    return f"{one.name} ({_bound_of(one)})"


def _bound_of(one: Constraint) -> str:
    return f"{'at least' if one.lower else 'at most'} {short(one.limit)} {one.unit}"


def _reached(optimum: Optimum, one: Constraint) -> str:
    if not optimum.feasible:
        return "at fault" if one.share > 0.0 else ""
    return "yes" if one.reached else ""


def _at_fault(optimum: Optimum) -> str:
    off = max(
        (
            abs(one.best - one.limit) / abs(one.limit)
            for one in optimum.active
            if one.limit and isfinite(one.best)
        ),
        default=0.0,
    )
    where = f"{optimum.operation} on {optimum.machine}"
    return (
        f"{where}: no parameters within the bounds keep all limits. At fault are "
        f"{_listed(_holders(optimum), most=8)}; the nearest miss them by up to "
        f"{100.0 * off:.3g} %."
    )


def _tried(optimum: Optimum) -> str:
    trial = optimum.trial
    assert trial is not None
    said = []
    for goal in optimum.goals:
        gained = trial.differences[goal.name][BEST]
        today = trial.values[goal.name][TODAY].value
        told = _gain(goal, gained, today, trial.least(goal.name))
        plans = [trial.values[goal.name][plan] for plan in (TODAY, BEST)]
        if any(one.low < one.high for one in plans):
            told = told.replace("exactly ", "")  # Luck has no part in the difference alone.
        said.append(told)
    runs = f"{trial.n} paired runs of {trial.parts:,} parts"
    return f"{runs} show {' and '.join(said)}."


def _gain(goal: Goal, gained: Estimate, today: float, least: float) -> str:
    if gained.low == gained.high and abs(gained.value) <= least:
        return f"no difference in {goal.name}"
    share = rounded_percent(abs(gained.value) / today) if today else ""
    if gained.low <= 0.0 <= gained.high:
        return f"no gain in {goal.name} beyond chance ({_signed(gained)} {goal.unit} a part)"
    word = "less" if gained.value < 0.0 else "more"
    return f"{_size(gained)} {goal.unit} of {goal.name} a part {word} ({share})"


def _size(gained: Estimate) -> str:
    """Return a difference without its sign, with its interval."""
    ends = sorted((abs(gained.low), abs(gained.high)))
    if gained.low == gained.high:
        return f"exactly {abs(gained.value):.6g}"
    value, low, high = digits(abs(gained.value), *ends)
    return f"{value} [{low}, {high}]"


def _signed(gained: Estimate) -> str:
    value, low, high = digits(gained.value, gained.low, gained.high)
    return f"{value} [{low}, {high}]"


def _listed(words: Iterable[str], most: int = SHOWN) -> str:
    told = list(words)
    if len(told) > most:
        told = [*told[:most], f"{len(told) - most} more"]
    *front, last = told
    return f"{', '.join(front)} and {last}" if front else last
