"""This module holds the ensemble: many observations of a scenario, numbers as estimates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

from simtwin.result import bottleneck, estimate, extremes, tail
from simtwin.result.extremes import Extremes
from simtwin.result.frames import refuse_samples_of
from simtwin.result.gate import Gate
from simtwin.result.kpi import Kpi, OrderRow, plain_figures
from simtwin.result.metric import Metric, bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from simtwin.result.foresight import Future
    from simtwin.result.hours import Hours
    from simtwin.result.result import Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of one replication."""

    replication: int
    end: float
    kpis: dict[str, float]
    orders: tuple[OrderRow, ...]
    failures: dict[str, float] = field(default_factory=dict)
    """Machine -> how often it failed."""
    hours: Hours | None = None
    """How busy the machines were in each clock hour, and who bound them."""
    drawn: bool = True
    """Whether anything in it was drawn: luck, or a number that is uncertain."""

    @classmethod
    def of(cls, result: Result) -> Outcome:
        """Return the outcome of a run."""
        return cls(
            result.replication,
            result.end,
            plain_figures(result.window),
            result.window.orders,
            {
                machine: totals.counts.get("failures", 0.0)
                for machine, totals in result.window.machines.items()
            },
            result.hours,
            result.drawn,
        )


def random(outcomes: Sequence[Outcome | Future]) -> bool:
    """Tell whether *outcomes* of one plan depend on chance.

    Not if nothing was drawn in any of them. That they are the same then is asked too: a policy
    or a rule in Python may draw by itself, which no stream knows of.
    """
    first = outcomes[0]
    return any(
        one.drawn or one.orders != first.orders or one.end != first.end for one in outcomes
    )


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Replications of a scenario on a plant, in their order; partial when interrupted."""

    plant: Any
    scenario: Any
    seed: int
    asked: int
    """Replications asked for."""
    outcomes: tuple[Outcome, ...]
    first: Result
    """Replication 0, with its log."""
    partial: bool = False
    converged: bool | None = None
    """Whether every target was reached; None where none was set."""
    question: tuple[Any, Any] | None = field(default=None, compare=False)
    """Plant and scenario as they were asked, uncertain numbers not drawn."""
    snapshot: Any = field(default=None, compare=False)
    """The state that all went on from, if they did."""
    until: float | None = field(default=None, compare=False)
    """Another end than the scenario's, if one was asked for [s]."""

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        return (
            f"Ensemble({self.scenario.name!r} on {self.plant.name!r}, {self.n} replications, "
            f"seed {self.seed}{partial})"
        )

    @property
    def n(self) -> int:
        """Replications that are complete."""
        return len(self.outcomes)

    @cached_property
    def drawn(self) -> bool:
        """Whether the answer depends on chance; if not, one run says it all."""
        return random(self.outcomes)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken because no file said it."""
        return self.first.assumptions

    @property
    def provenance(self) -> dict[str, Any]:
        """What the numbers can be reproduced from."""
        return {**self.first.provenance, "replications": self.n, "partial": self.partial}

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """The mean of every key figure with its 95 % interval.

        A figure that some replication does not have (a makespan with orders open) is left out.
        """
        told = {}
        for name, kpi in self.first.kpis.items():
            values = [outcome.kpis.get(name, nan) for outcome in self.outcomes]
            if len(values) < 2 or not all(map(isfinite, values)):
                continue
            within = bounds(name, kpi.unit, self.outcomes[0].orders)
            found = self._mean(values, within)
            told[name] = Kpi(found, kpi.unit, kpi.text)
        return told

    def estimated(self, name: str) -> estimate.Estimate:
        """Return the mean of a figure with its t interval, of a probability its chance."""
        metric = Metric.parse(name)
        if metric.counted:
            return Extremes.of(metric, self.outcomes).chance(drawn=self.drawn)
        return self._mean(self.values(name))

    def _mean(
        self, values: list[float], within: tuple[float, float] = (-inf, inf)
    ) -> estimate.Estimate:
        found = estimate.mean(values, within=within)
        return found if self.drawn else estimate.certain(found.value, found.n)

    def quantile(self, name: str, q: float) -> estimate.Estimate:
        """Return the *q* quantile of a figure, between two order statistics.

        *name* is a key figure, or such as ``finish(order-1)``.
        """
        found = estimate.quantile(self.values(name), q)
        return found if self.drawn else estimate.certain(found.value, found.n)

    def cvar(self, name: str, alpha: float = 0.9) -> estimate.Estimate:
        """Return the mean of the worst 1 - *alpha* of a figure, the largest: CVaR."""
        if not self.drawn:
            return estimate.certain(self.values(name)[0], self.n)
        return tail.cvar(self.values(name), alpha)

    def probability(self, condition: str) -> estimate.Estimate:
        """Return how likely a replication is such as ``late_orders > 2``."""
        gate = Gate.parse(condition)
        count = sum(gate.judged(value).tripped for value in self.values(gate.figure))
        return estimate.chance(count, self.n, drawn=self.drawn)

    def values(self, name: str) -> list[float]:
        """Return a figure in each replication, in their order."""
        metric = Metric.parse(name)
        return [metric.of(outcome) for outcome in self.outcomes]

    def judged(self, converged: bool) -> Ensemble:
        """Return the same ensemble with what its targets came to."""
        return replace(self, converged=converged)

    def frame(self, name: str, every: float | str | None = None) -> pd.DataFrame:
        """Return one table of the replications.

        "orders" has P(late) and finish times beside what became of each order in one run, whose
        number is in the column ``replication``; "hours" and "bottleneck" have what each clock
        hour was on average; other frames are replication 0's.
        """
        if self.n < 2:  # One observation has no probability.
            return self.first.frame(name, every)
        if name in ("hours", "bottleneck", "orders"):
            refuse_samples_of(name, every)
        if name in ("hours", "bottleneck"):
            hours = [one.hours for one in self.outcomes]
            return bottleneck.frame_of_many(name, hours, drawn=self.drawn)
        if name != "orders":
            return self.first.frame(name, every)
        import pandas as pd

        first = self.first.frame("orders")
        first.insert(list(first).index("finished"), "replication", self.first.replication)
        rows = [self._order(index) for index in range(len(first))]
        return pd.concat([first, pd.DataFrame(rows, index=first.index)], axis=1)

    def late(self, order: str) -> estimate.Estimate:
        """Return P(*order* is late), with its interval; 0 for sure where it has no due time."""
        # Refuses one that is not there.
        Metric.parse(f"p_late({order})").is_open(self.outcomes[0])
        index = [row.order for row in self.outcomes[0].orders].index(order)
        return self._late(index)

    def _late(self, index: int) -> estimate.Estimate:
        rows = [(outcome.orders[index], outcome.end) for outcome in self.outcomes]
        return extremes.late(rows, drawn=self.drawn)

    def _order(self, index: int) -> dict[str, float]:
        late = self._late(index)
        rows = [outcome.orders[index] for outcome in self.outcomes]
        return {
            "p_late": late.value,
            "p_late_low": late.low,
            "p_late_high": late.high,
            "p_late_open": late.unsettled,
            "finish_median_s": finish_at(rows, 0.5),
            "finish_p90_s": finish_at(rows, 0.9),
        }


def finish_at(rows: Iterable[OrderRow], q: float) -> float:
    """Return when an order is finished at quantile *q* of its runs [s]; NaN: it is open."""
    value = estimate.order_statistic(map(finish_of, rows), q)
    return value if isfinite(value) else nan


def finish_of(row: OrderRow) -> float:
    """Return when an order is finished [s]; inf where it is open at the end."""
    return inf if row.finish is None else row.finish
