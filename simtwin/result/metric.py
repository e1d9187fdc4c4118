"""This module holds the metric: the one number by which outcomes are compared."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Literal, TypeVar

from simtwin.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simtwin.result.ensemble import Outcome
    from simtwin.result.kpi import OrderRow

Better = Literal["smaller", "larger"]
Part = TypeVar("Part")

FIGURES: dict[str, tuple[str, Better | None]] = {
    "good_pieces": ("pieces", "larger"),
    "scrapped_pieces": ("pieces", "smaller"),
    "reworked_pieces": ("pieces", "smaller"),
    "first_pass_yield": ("share", "larger"),
    "throughput": ("pieces/h", "larger"),
    "lead_time": ("s", "smaller"),
    "work_in_progress": ("pieces", None),
    "late_orders": ("orders", "smaller"),
    "mean_tardiness": ("s", "smaller"),
    "finished_orders": ("orders", "larger"),
    "makespan": ("s", "smaller"),
    "sum_of_completion_times": ("s", "smaller"),
    "oee": ("share", "larger"),
    "availability": ("share", "larger"),
    "energy": ("kWh", None),
    "energy_per_piece": ("kWh", "smaller"),
    "unplanned_downtime": ("s", "smaller"),
    "planned_downtime": ("s", None),
    "setter_wait": ("s", "smaller"),
    "planned_tasks": ("tasks", None),
    "maintenance_cost": ("money", "smaller"),
    "consumed_life_cost": ("money", "smaller"),
    "upkeep_cost": ("money", "smaller"),
    "setups": ("setups", "smaller"),
    "failures": ("failures", "smaller"),
    "thermal_trips": ("trips", "smaller"),
    "overloads": ("stops", "smaller"),
    "tool_breakages": ("edges", "smaller"),
    "tool_changes": ("changes", None),
    "edges_used": ("edges", None),
}
"""Key figures: their unit, and which is better. None: a shop that does nothing would win."""

OF_ONE: dict[str, tuple[str, str]] = {
    "p_late": ("order", "share"),
    "tardiness": ("order", "s"),
    "finish": ("order", "s"),
    "p_failure": ("machine", "share"),
}
"""Figures of one order or one machine: of what, and their unit; smaller is better."""

SIGNED = frozenset(("consumed_life_cost", "upkeep_cost"))
"""Figures that may be negative: renewals give life back."""

_CALL = re.compile(r"\s*([\w-]+)\s*(?:\(\s*(.*?)\s*\))?\s*")


@dataclass(frozen=True, slots=True)
class Metric:
    """A key figure, or a figure *of* one order or machine, such as ``p_late(order-1)``.

    Of one outcome a probability is 0 or 1.

    >>> Metric.parse(" p_late( order-1 ) ")
    Metric(name='p_late', of_which='order-1')
    >>> str(Metric.parse("tardiness(order-1)")), Metric.parse("throughput").better
    ('tardiness(order-1)', 'larger')
    """

    name: str
    of_which: str = ""

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Return the metric that *text* names.

        Raises InvalidInput for a name that is not known, saying which are.
        """
        found = _CALL.fullmatch(text)
        name, of_which = (found[1], found[2] or "") if found else (text, "")
        if name in OF_ONE and of_which:
            return cls(name, of_which)
        if name in OF_ONE:
            kind = OF_ONE[name][0]
            raise InvalidInput(f"metric {text!r}: must name the {kind}, as in {name}({kind}-1)")
        if name not in FIGURES:
            raise InvalidInput(f"metric {text!r}: there is no such figure; {_known(name)}")
        if found is None or found[2] is not None:
            raise InvalidInput(f"metric {text!r}: is of the whole plant; write {name}")
        return cls(name)

    def __str__(self) -> str:
        return f"{self.name}({self.of_which})" if self.of_which else self.name

    @property
    def unit(self) -> str:
        """Its unit; "share" for a probability."""
        return OF_ONE[self.name][1] if self.of_which else FIGURES[self.name][0]

    @property
    def better(self) -> Better | None:
        """Which is better; None where that depends on what else is asked."""
        return "smaller" if self.of_which else FIGURES[self.name][1]

    @property
    def counted(self) -> bool:
        """Whether it either happens in a replication or does not."""
        return self.name in {"p_late", "p_failure"}

    def of(self, outcome: Outcome) -> float:
        """Return its value in one outcome.

        Raises InvalidInput where this replication has no such number, as the makespan of a
        run that leaves orders open.
        """
        value = self._value(outcome)
        if not isfinite(value):
            raise InvalidInput(
                f"metric {self}: replication {outcome.replication} has no such number; "
                f"{_instead(self.name)}{_usable(outcome)}"
            )
        return value

    def is_open(self, outcome: Outcome) -> bool:
        """Return whether an outcome ends before it is known whether this happens."""
        if self.name != "p_late":
            return False
        orders = {row.order: row for row in outcome.orders}
        return _found(orders, self, "order").is_open(outcome.end)

    def _value(self, outcome: Outcome) -> float:
        if self.name == "p_failure":
            return float(_found(outcome.failures, self, "machine") > 0.0)
        if not self.of_which:
            return float(outcome.kpis.get(self.name, nan))
        orders = {row.order: row for row in outcome.orders}
        return _of_order(self.name, _found(orders, self, "order"), outcome.end)


def _of_order(name: str, row: OrderRow, end: float) -> float:
    if name == "p_late":
        return float(row.late(end))
    if name == "tardiness":
        return row.tardiness(end)
    return nan if row.finish is None else row.finish


def _found(parts: Mapping[str, Part], metric: Metric, kind: str) -> Part:
    if metric.of_which not in parts:
        raise InvalidInput(
            f"metric {metric}: there is no {kind} {metric.of_which!r}; "
            f"{_hint(metric.of_which, list(parts))}there are: {', '.join(parts) or 'none'}"
        )
    return parts[metric.of_which]


def bounds(name: str, unit: str, orders: Sequence[OrderRow] = ()) -> tuple[float, float]:
    """Return what the figure *name*, in its *unit*, can be at least and at most.

    Of *orders* no more than there are can be finished, and no more late than have a due time.

    >>> bounds("oee", "share"), bounds("lead_time", "s"), bounds("upkeep_cost", "money")
    ((0.0, 1.0), (0.0, inf), (-inf, inf))
    """
    if unit == "share":
        return 0.0, 1.0
    if name == "finished_orders" and orders:
        return 0.0, float(len(orders))
    if name == "late_orders" and orders:
        return 0.0, float(sum(row.due is not None for row in orders))
    return (-inf, inf) if name in SIGNED else (0.0, inf)


def _known(name: str) -> str:
    calls = [f"{known}({kind})" for known, (kind, _) in OF_ONE.items()]
    return f"{_hint(name, [*FIGURES, *OF_ONE])}there are: {', '.join([*FIGURES, *calls])}"


def _hint(word: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {close[0]!r}? " if close else ""


def _usable(outcome: Outcome) -> str:
    """Return which figures of *outcome* could be asked for, where one could not."""
    found = [
        name
        for name, (_, better) in FIGURES.items()
        if better is not None and isfinite(outcome.kpis.get(name, nan))
    ]
    return f"; metrics that it has: {', '.join(found)}" if found else ""


def _instead(name: str) -> str:
    """Return what to ask where a replication has no value of the figure *name*."""
    return {
        "makespan": "orders are open at its end: ask for mean_tardiness, or a longer horizon",
        "sum_of_completion_times": "orders are open at its end: ask for mean_tardiness",
        "finish": "the order is open at its end: ask for its tardiness, or a longer horizon",
        "late_orders": "the scenario has no orders",
        "mean_tardiness": "the scenario has no orders",
        "finished_orders": "the scenario has no orders",
        "lead_time": "no piece is finished or scrapped in it",
        "energy_per_piece": "no good piece is finished in it",
        "oee": "no machine has planned busy time in it",
        "availability": "no machine has planned busy time in it",
    }.get(name, "its key figures leave it out")
