"""This module holds the study: plans compared by one metric on the same luck."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from simtwin.errors import InvalidInput
from simtwin.result import estimate, extremes, pairing
from simtwin.result.assumed import assumed
from simtwin.result.ensemble import random
from simtwin.result.estimate import Estimate
from simtwin.result.extremes import Extremes
from simtwin.result.metric import FIGURES, Better, Metric, bounds
from simtwin.result.reading import rows, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from simtwin.result.ensemble import Outcome
    from simtwin.result.kpi import OrderRow

TABLES = ("metric", "kpis", "replications")

TOO_FEW = "too few runs to tell"
"""Reading of a difference whose own interval is clear of 0, but not among so many plans."""

NOT_KNOWN = "not known: runs end before it is due"
"""Reading of a difference that hangs on how runs go on that end with an order open."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One figure of all plans, by their names, and its paired differences to the baseline."""

    unit: str
    means: dict[str, Estimate]
    differences: dict[str, Estimate]
    """Plan - baseline; the baseline itself has none."""
    gain: dict[str, float]
    """How many times less the difference varies for being paired [-]."""


@dataclass(frozen=True, repr=False)
class Study:
    """Plans compared by a *metric*, each with its outcomes by replication, baseline included.

    Replication r of every plan met the same luck. Without *delta* all plans were run equally
    often; with it, those that fell clearly behind were dropped, and *left* are in play.
    """

    metric: Metric
    better: Better
    names: tuple[str, ...]
    plants: tuple[Any, ...]
    scenarios: tuple[Any, ...]
    outcomes: tuple[tuple[Outcome, ...], ...]
    seed: int
    asked: int
    """Replications of each plan asked for; with *delta*, at most."""
    baseline: int = 0
    alpha: float = pairing.ALPHA
    delta: float | None = None
    """Smallest difference that matters, in the unit of the metric."""
    left: tuple[int, ...] | None = None
    """With *delta*: plans that the selection left in play."""
    over: bool = True
    """Whether the selection came to its end."""
    partial: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)
    """What the numbers of each plan can be reproduced from."""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it, of all plans."""
        return assumed(*self.plants, *self.scenarios)

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        plans = ", ".join(map(repr, self.names))
        return f"Study({plans} by {self.metric}, {self.n} replications{partial})"

    def __str__(self) -> str:
        lines = [self.sentence, ""]
        table = rows(self)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        head, *body = rows(self)
        lines = [_cells_of("th", map(escape, head))]
        lines += [_cells_of("td", map(escape, row)) for row in body]
        return f"<p><b>{escape(self.sentence)}</b></p><table>{''.join(lines)}</table>"

    @property
    def n(self) -> int:
        """Replications that every plan has."""
        return min(map(len, self.outcomes))

    @cached_property
    def values(self) -> tuple[tuple[float, ...], ...]:
        """The metric of every plan in each of its replications.

        What is not known at the end of a run is taken not to happen.
        """
        return tuple(plan.least for plan in self._extremes)

    @cached_property
    def _extremes(self) -> tuple[Extremes, ...]:
        return self._of(self.metric)

    @property
    def open(self) -> bool:
        """Whether a run ends before it is known whether an order is late that is compared."""
        if self.metric.name == "late_orders":
            plans = (outcome for plan in self.outcomes for outcome in plan)
            return any(row.is_open(one.end) for one in plans for row in one.orders)
        return any(any(plan.open) for plan in self._extremes)

    @cached_property
    def means(self) -> dict[str, Estimate]:
        """The mean of the metric by plan; of a probability its Wilson interval."""
        return self._paired.means

    @cached_property
    def differences(self) -> dict[str, Estimate]:
        """The paired difference of the metric to the baseline, plan - baseline, by plan."""
        return self._paired.differences

    @cached_property
    def gain(self) -> dict[str, float]:
        """How many times less each difference varies for being paired [-]; below 1, more."""
        return self._paired.gain

    @cached_property
    def p_values(self) -> dict[str, float]:
        """P(a difference so far from 0 between equal plans), adjusted after Holm [-]."""
        others = [place for place in range(len(self.names)) if place != self.baseline]
        found = [
            extremes.p_value(
                *self._pair(self._extremes, place), drawn=self._unsure(self.names[place])
            )
            for place in others
        ]
        adjusted = pairing.holm(found)
        return {self.names[place]: p for place, p in zip(others, adjusted, strict=True)}

    @cached_property
    def could_be_best(self) -> frozenset[str]:
        """The plans that no other is seen to beat: several, where the runs cannot tell."""
        smaller = self.better == "smaller"
        costs = [plan if smaller else extremes.negated(plan) for plan in self._extremes]
        found = extremes.could_be_best(costs, alpha=self.alpha, drawn=self.drawn)
        left = self.left or () if self.drawn else ()
        return frozenset(self.names[place] for place in found.union(left))

    @property
    def best(self) -> frozenset[str]:
        """What to choose from: the plans that could be best; with delta, those left in play."""
        if self.left is None:
            return self.could_be_best
        return frozenset(self.names[place] for place in self.left)

    @property
    def tie(self) -> bool:
        """Whether the runs do not choose one."""
        return len(self.best) > 1

    @property
    def sentence(self) -> str:
        """What the study says, in one sentence; no winner where the runs cannot tell."""
        return sentence(self)

    @cached_property
    def kpis(self) -> dict[str, Paired]:
        """Every key figure that all replications have, paired, by its name."""
        everywhere = [outcome.kpis for plan in self.outcomes for outcome in plan]
        return {
            name: self.paired(Metric(name))
            for name in FIGURES
            if all(isfinite(kpis.get(name, nan)) for kpis in everywhere)
        }

    def paired(self, metric: Metric | str) -> Paired:
        """Return another figure of the same runs, such as ``p_late(order-1)``, paired."""
        metric = Metric.parse(metric) if isinstance(metric, str) else metric
        values = self._of(metric)
        pairs = {
            name: self._pair(values, place)
            for place, name in enumerate(self.names)
            if place != self.baseline
        }
        return Paired(
            metric.unit,
            {
                name: _mean(metric, own, made[0].orders, drawn=name in self.random)
                for name, own, made in zip(self.names, values, self.outcomes, strict=True)
            },
            {
                name: extremes.difference(
                    *pair, counted=metric.counted, drawn=self._unsure(name)
                )
                for name, pair in pairs.items()
            },
            {
                name: pairing.gain(own.least, other.least)
                for name, (own, other) in pairs.items()
            },
        )

    def frame(self, name: str = "metric") -> pd.DataFrame:
        """Return a table: "metric" by plan, all "kpis" by plan, or its value by "replications".

        ``reading`` compares with the baseline after Holm: better, worse, no clear difference,
        too few runs to tell, or not known where that hangs on runs that end with an order open
        and due later; ``open`` counts or marks them, ``difference_open`` those of either plan.
        """
        import pandas as pd

        if name == "metric":
            made = [self._row(plan) for plan in self.names]
        elif name == "kpis":
            made = [
                {"kpi": kpi, "unit": paired.unit, **_cells(paired, plan)}
                for kpi, paired in self.kpis.items()
                for plan in self.names
            ]
        elif name == "replications":
            made = [
                {
                    "scenario": plan,
                    "replication": outcome.replication,
                    "value": value,
                    "open": still,
                }
                for plan, own, found in zip(
                    self.names, self.outcomes, self._extremes, strict=True
                )
                for outcome, value, still in zip(own, found.least, found.open, strict=True)
            ]
        else:
            raise InvalidInput(f"no table {name!r}; there are {', '.join(TABLES)}")
        return pd.DataFrame(made)

    def reading(self, plan: str) -> str:
        """Return how *plan* compares with the baseline, in words.

        Two plans that could both be the best are not called different. Where the interval of
        their difference alone would tell them apart, too few runs were made for so many plans;
        where it would do so by how the open orders of runs go on, it is not known.
        """
        baseline = self.names[self.baseline]
        if plan == baseline:
            return "baseline"
        difference = self.differences[plan]
        both = {plan, baseline} <= self.could_be_best
        if both or self.p_values[plan] > self.alpha:
            apart = difference.low > 0.0 or difference.high < 0.0
            if apart:
                return f"{TOO_FEW} of {len(self.names)} plans"
            return NOT_KNOWN if self._undecided(plan) else "no clear difference"
        return "better" if (difference.value < 0.0) is (self.better == "smaller") else "worse"

    @cached_property
    def random(self) -> frozenset[str]:
        """The plans whose outcome depends on chance; of the others one run says it all."""
        plans = zip(self.names, self.outcomes, strict=True)
        return frozenset(name for name, outcomes in plans if random(outcomes))

    @property
    def drawn(self) -> bool:
        """Whether the outcome of any plan depends on chance."""
        return bool(self.random)

    def _unsure(self, plan: str) -> bool:
        """Tell whether the difference of *plan* to the baseline depends on chance."""
        return bool({plan, self.names[self.baseline]} & self.random)

    def _undecided(self, plan: str) -> bool:
        """Tell whether the difference of *plan* hangs on how runs go on after their end."""
        pair = self._pair(self._extremes, self.names.index(plan))
        drawn = self._unsure(plan)
        return extremes.undecided(*pair, counted=self.metric.counted, drawn=drawn)

    @cached_property
    def _paired(self) -> Paired:
        return self.paired(self.metric)

    def _of(self, metric: Metric) -> tuple[Extremes, ...]:
        return tuple(Extremes.of(metric, plan) for plan in self.outcomes)

    def _pair(self, plans: tuple[Extremes, ...], place: int) -> tuple[Extremes, Extremes]:
        """Return plan *place* and the baseline in the replications that both have."""
        both = min(len(self.outcomes[place]), len(self.outcomes[self.baseline]))
        return plans[place].first(both), plans[self.baseline].first(both)

    def _row(self, plan: str) -> dict[str, Any]:
        return {
            **_cells(self._paired, plan),
            "p_holm": self.p_values.get(plan, nan),
            "reading": self.reading(plan),
            "could_be_best": plan in self.could_be_best,
            "replications": self.means[plan].n,
        }


def _cells(paired: Paired, plan: str) -> dict[str, Any]:
    """Return the mean of *plan* and its difference to the baseline, which has NaN."""
    mean, difference = paired.means[plan], paired.differences.get(plan)
    return {
        "scenario": plan,
        "mean": mean.value,
        "low": mean.low,
        "high": mean.high,
        "open": mean.unsettled,
        "difference": difference.value if difference else nan,
        "difference_low": difference.low if difference else nan,
        "difference_high": difference.high if difference else nan,
        "difference_open": difference.unsettled if difference else 0,
        "gain": paired.gain.get(plan, nan),
    }


def _mean(
    metric: Metric, found: Extremes, orders: Sequence[OrderRow], *, drawn: bool
) -> Estimate:
    if metric.counted:
        return found.chance(drawn=drawn)
    within = bounds(metric.name, metric.unit, orders)
    return estimate.mean(found.least, within=within)


def _cells_of(tag: str, texts: Iterable[str]) -> str:
    """Return one row of a table in HTML."""
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"
