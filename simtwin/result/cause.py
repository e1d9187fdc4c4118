"""This module holds the cause: what each of a few groups contributes to a figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, isfinite, nan
from typing import TYPE_CHECKING

from simtwin.result import estimate
from simtwin.result.estimate import Estimate
from simtwin.result.figure import Figure
from simtwin.result.metric import bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simtwin.result.chain import Chain
    from simtwin.result.result import Result


@dataclass(frozen=True, slots=True)
class Explained:
    """One replication: its figure as it was and at nominal, and what lies between."""

    replication: int
    actual: float
    nominal: float
    """With every group at nominal."""
    contributed: dict[str, float]
    """Group -> its Shapley value; they sum to the difference, or to the log of the ratio."""
    without_one: dict[str, float]
    """Group -> by how much the figure falls with it alone at nominal; these are no shares."""


@dataclass(frozen=True, repr=False)
class Cause:
    """What each group contributes to a figure, by counterfactual runs on the same luck.

    From two replications on, numbers are Estimates; one replication is an observation.
    """

    figure: Figure
    groups: tuple[str, ...]
    log: bool
    """Whether contributions are of the log of the ratio: for factors that multiply."""
    seed: int
    asked: int
    """Replications asked for."""
    explained: tuple[Explained, ...]
    first: Result
    """The first replication as it was, with its log."""
    partial: bool = False

    @property
    def n(self) -> int:
        """Replications that are complete."""
        return len(self.explained)

    @cached_property
    def total(self) -> Estimate | float:
        """Actual minus nominal, or the log of their ratio: the sum of the shares."""
        return _mean([sum(one.contributed.values()) for one in self.explained])

    @cached_property
    def actual(self) -> Estimate | float:
        """The figure as it was."""
        return self._figure([one.actual for one in self.explained])

    @cached_property
    def nominal(self) -> Estimate | float:
        """The figure with every group at nominal."""
        return self._figure([one.nominal for one in self.explained])

    @cached_property
    def shares(self) -> dict[str, Estimate | float]:
        """Group -> its share of the total, in the unit of the figure; or of the log ratio."""
        return {g: _mean([one.contributed[g] for one in self.explained]) for g in self.groups}

    @cached_property
    def without_one(self) -> dict[str, Estimate | float]:
        """Group -> by how much the figure falls when it alone is at nominal.

        These answer "what if only this had been right". They are no shares: where groups work
        together, what they do together is counted more than once.
        """
        return {g: _mean([one.without_one[g] for one in self.explained]) for g in self.groups}

    def frame(self) -> pd.DataFrame:
        """Return a line for each group, largest share first.

        *of_total* is the share over the total; *factor*, on the log scale, is what the group
        multiplies the figure by.
        """
        import pandas as pd

        whole = _value(self.total)
        rows = []
        for group in self._ranked():
            share, alone = self.shares[group], self.without_one[group]
            value = _value(share)
            rows.append(
                {
                    "group": group,
                    "share": value,
                    "low": share.low if isinstance(share, Estimate) else nan,
                    "high": share.high if isinstance(share, Estimate) else nan,
                    "of_total": value / whole if whole != 0.0 else nan,
                    "factor": exp(value) if self.log else nan,
                    "without_this_alone": _value(alone),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def sentence(self) -> str:
        """The answer in words; it names no group that the data cannot tell from 0."""
        unit = "" if self.figure.unit in ("", "share") else self.figure.unit
        nominal = _text(self.nominal, unit)
        head = f"{self.figure} is {_text(self.actual, unit)}, {nominal} at nominal"
        ranked = self._ranked()
        told = [group for group in ranked if _clear(self.shares[group])]
        none = [group for group in ranked if self._never(group)]
        unsure = [group for group in ranked if group not in told and group not in none]
        parts = [head]
        if told:
            what = "log of the ratio" if self.log else "difference"
            named = ", ".join(f"{group} {_text(self.shares[group])}" for group in told)
            parts.append(f"of the {what} {_text(self.total)}: {named}")
        if unsure:
            parts.append(f"cannot be told from 0: {', '.join(unsure)}")
        if none:
            parts.append(f"no effect: {', '.join(none)}")
        parts.append(f"{self.n} replications" if self.n > 1 else "one run, no interval")
        return "; ".join(parts) + "."

    @property
    def chain(self) -> Chain | None:
        """What led to it in the first replication, for a figure of a machine or an order.

        Of a part it is the story of its first failure, of a machine that of its first stop.
        """
        figure, log = self.figure, self.first.log
        if figure.order is not None:
            return self.first.chain(order=figure.order)
        if figure.machine is None or log is None:
            return None
        failed = (
            e.time for e in log.events if e.part == figure.of_which and e.kind == "failure"
        )
        return self.first.chain(figure.machine, next(failed, None))

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        return f"Cause({self.sentence}{partial})"

    def _figure(self, values: list[float]) -> Estimate | float:
        """Return the mean of a figure, within its bounds."""
        orders = self.first.window.orders
        return _mean(values, bounds(self.figure.name, self.figure.unit, orders))

    def _ranked(self) -> list[str]:
        return sorted(self.groups, key=lambda group: -abs(_value(self.shares[group])))

    def _never(self, group: str) -> bool:
        return all(one.contributed[group] == 0.0 for one in self.explained)


def _mean(
    values: Sequence[float], within: tuple[float, float] = (-inf, inf)
) -> Estimate | float:
    return estimate.mean(values, within=within) if len(values) > 1 else values[0]


def _value(found: Estimate | float) -> float:
    return found.value if isinstance(found, Estimate) else found


def _text(found: Estimate | float, unit: str = "") -> str:
    said = found.said(unit) if isinstance(found, Estimate) else f"{found:.4g} {unit}"
    return said.strip()


def _clear(found: Estimate | float) -> bool:
    """Tell whether it is known on which side of 0 it lies."""
    if isinstance(found, Estimate):
        return isfinite(found.low) and (found.low > 0.0 or found.high < 0.0)
    return found != 0.0
