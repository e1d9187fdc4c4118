"""This module holds the figure: a number of a run, of the plant, an order, a machine, a part.

Beside every :class:`~simtwin.result.metric.Metric` there are figures of machines and parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtwin.errors import InvalidInput
from simtwin.result.ensemble import Outcome
from simtwin.result.kpi import KWH, UNPLANNED
from simtwin.result.ledger import part_damage
from simtwin.result.metric import Metric
from simtwin.result.record import INDEX

if TYPE_CHECKING:
    from simtwin.result.record import MachineTotals
    from simtwin.result.result import Result

OF_A_PART: dict[str, str] = {
    "damage": "lives",
    "failures": "failures",
    "downtime": "s",
    "energy": "kWh",
}
"""Figures of one machine, or for damage of one part of it, and their units."""

_CALL = re.compile(r"\s*([a-z]+)\s*\(\s*(.+?)\s*\)\s*")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a run, read from text such as ``downtime(mill-1)``.

    >>> figure = Figure.parse("damage(mill-1/front bearing)")
    >>> figure.name, figure.of_which, figure.unit, figure.needs_log
    ('damage', 'mill-1/front bearing', 'lives', True)
    >>> Figure.parse("late_orders").metric
    Metric(name='late_orders', of_which='')
    """

    name: str
    of_which: str = ""
    metric: Metric | None = None
    """The metric that it is, if it is one."""

    @classmethod
    def parse(cls, text: str) -> Figure:
        """Return the figure that *text* names.

        Raises InvalidInput for a name that is not known, saying which are.
        """
        found = _CALL.fullmatch(text)
        if found is not None and found[1] in OF_A_PART:
            return cls(found[1], found[2])
        if text.strip() in ("damage", "downtime"):
            kind = "part" if text.strip() == "damage" else "machine"
            raise InvalidInput(f"figure {text!r}: must name the {kind}, as in {text}(mill-1)")
        metric = Metric.parse(text)
        return cls(metric.name, metric.of_which, metric)

    def __str__(self) -> str:
        return f"{self.name}({self.of_which})" if self.of_which else self.name

    @property
    def unit(self) -> str:
        """In which unit it is."""
        return OF_A_PART[self.name] if self.metric is None else self.metric.unit

    @property
    def needs_log(self) -> bool:
        """Whether a run must keep its log to know it: damage outlives a replacement."""
        return self.metric is None and self.name == "damage"

    @property
    def machine(self) -> str | None:
        """The machine that it is of, if it is of one."""
        if self.name == "damage":
            return self.of_which.rpartition("/")[0]
        of_machine = self.metric is None or self.name == "p_failure"
        return self.of_which if of_machine else None

    @property
    def order(self) -> str | None:
        """The order that it is of, if it is of one."""
        return self.of_which or None if self.machine is None else None

    def of(self, result: Result) -> float:
        """Return its value in one run.

        Raises InvalidInput where there is no such part, or the run has no such number.
        """
        if self.metric is not None:
            return self.metric.of(Outcome.of(result))
        if self.name == "damage":
            assert result.log is not None, "a run that is asked for damage keeps its log"
            return part_damage(result, result.log, self.of_which)
        totals = result.window.machines.get(self.of_which)
        if totals is None:
            raise InvalidInput(
                f"figure {self}: no machine is called {self.of_which!r}; there are "
                f"{', '.join(result.window.machines)}"
            )
        return _of_machine(self.name, totals)


def _of_machine(name: str, totals: MachineTotals) -> float:
    if name == "failures":
        return totals.counts.get("failures", 0.0)
    if name == "downtime":
        return sum(totals.time[INDEX[mode]] for mode in UNPLANNED)
    return sum(totals.energy) / KWH
