"""This module holds the effect: what a plan changes against another, in orders, minutes, parts.

Both were run on the same luck, so each figure is a paired difference with its interval. What
crosses 0 is no clear difference and is never claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

from simtwin.result import pairing
from simtwin.result.ensemble import random
from simtwin.units import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simtwin.result.ensemble import Outcome
    from simtwin.result.estimate import Estimate

SMALLER = {"late": True, "tardiness": True, "parts": False, "finish": True}
"""Figures of an effect, and whether less of it is better."""

WORDS = {
    "late": "late orders",
    "tardiness": "min of tardiness",
    "parts": "good parts",
    "finish": "min until the last order is finished",
}

NAMES = {
    "late": "late orders",
    "tardiness": "tardiness",
    "parts": "good parts",
    "finish": "when the last order is finished",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Paired differences: the plan less the plan it is compared with."""

    late: Estimate | None
    """Late orders; None where no order has a due time."""
    tardiness: Estimate | None
    """Of all orders together [s]; where an order is open at the end of a run, it counts in both
    to the earlier end."""
    parts: Estimate
    """Good pieces."""
    finish: Estimate | None
    """Of the last order [s]; None where some run leaves orders open."""
    p: float
    """P(a difference so far from 0 between equal plans), of its leading figure [-]."""

    @classmethod
    def of(cls, after: Sequence[Outcome], before: Sequence[Outcome]) -> Effect:
        """Return what *after* differs from *before*, replication by replication."""
        due = any(row.due is not None for row in (*after[0].orders, *before[0].orders))
        spans = [_tardiness(a, b) for a, b in zip(after, before, strict=True)]
        tardy = tuple(zip(*spans, strict=True))
        parts = [[one.kpis["good_pieces"] for one in plan] for plan in (after, before)]
        ends = [[one.kpis.get("makespan", inf) for one in plan] for plan in (after, before)]
        done = all(isfinite(end) for plan in ends for end in plan)
        late = [[float(_late(one)) for one in plan] for plan in (after, before)]
        leading = tardy if due else ends if done and parts[0] == parts[1] else parts
        return cls(
            pairing.difference(*late) if due else None,
            pairing.difference(*tardy) if due else None,
            pairing.difference(*parts),
            pairing.difference(*ends) if done else None,
            pairing.p_value(*leading, drawn=random(after) or random(before)),
        )

    @property
    def leading(self) -> str:
        """By which figure it is judged: tardiness; without due times parts, else the finish."""
        if self.tardiness is not None:
            return "tardiness"
        same = self.parts.low == self.parts.high == 0.0
        return "finish" if same and self.finish is not None else "parts"

    @property
    def gain(self) -> float:
        """How much better the plan is by its leading figure; negative where it is worse."""
        return _better(self.leading, getattr(self, self.leading))

    @property
    def helps(self) -> bool:
        """Whether the leading figure is better, its interval clear of 0."""
        found: Estimate = getattr(self, self.leading)
        return clear(found) and self.gain > 0.0

    @property
    def hurts(self) -> bool:
        """Whether the leading figure is worse, its interval clear of 0."""
        found: Estimate = getattr(self, self.leading)
        return clear(found) and self.gain < 0.0

    @property
    def betters(self) -> bool:
        """Whether some figure is better on average, and the leading one at least no worse."""
        return self.gain >= 0.0 and any(_better(name, one) > 0.0 for name, one in self.figures)

    @property
    def helps_else(self) -> bool:
        """Whether others are clearly better and none worse, the leading one being unclear."""
        signs = [_better(name, one) for name, one in self.figures if clear(one)]
        return not clear(getattr(self, self.leading)) and bool(signs) and min(signs) > 0.0

    @property
    def text(self) -> str:
        """What it comes to, in one phrase; without what cannot be told from 0."""
        told = [_told(name, found) for name, found in self.figures if clear(found)]
        unclear = [NAMES[name] for name, found in self.figures if not clear(found)]
        if all(found.low == found.high == 0.0 for _, found in self.figures):
            return f"nothing changes in {_listed(unclear)}, in any run"
        if not told:
            return f"no clear difference in {_listed(unclear)}"
        if not unclear:
            return _listed(told)
        return f"{_listed(told)}; no clear difference in {_listed(unclear)}"

    @property
    def figures(self) -> Iterator[tuple[str, Estimate]]:
        """The figures that there are, by name."""
        for name in SMALLER:
            found = getattr(self, name)
            if found is not None:
                yield name, found


def _better(name: str, found: Estimate) -> float:
    """Return by how much a figure is better; negative where it is worse."""
    return -found.value if SMALLER[name] else found.value


def clear(found: Estimate) -> bool:
    """Tell whether a difference is known to be on one side of 0."""
    return found.low > 0.0 or found.high < 0.0


def in_minutes(found: Estimate) -> Estimate:
    """Return a time [s] in minutes."""
    return replace(
        found,
        value=found.value / MINUTE,
        low=found.low / MINUTE,
        high=found.high / MINUTE,
    )


def _told(name: str, found: Estimate) -> str:
    shown = in_minutes(found) if WORDS[name].startswith("min") else found
    return f"{'+' if shown.value > 0.0 else ''}{shown.said(WORDS[name])}"


def _late(outcome: Outcome) -> int:
    return sum(row.late(outcome.end) for row in outcome.orders)


def _tardiness(after: Outcome, before: Outcome) -> tuple[float, float]:
    """Return the tardiness of all orders in both runs [s], open ones to the earlier end."""
    runs = after, before
    still = any(row.finish is None for run in runs for row in run.orders)
    common = min(run.end for run in runs) if still else inf
    first, second = (
        sum(
            max(0.0, min(run.end if row.finish is None else row.finish, common) - row.due)
            for row in run.orders
            if row.due is not None
        )
        for run in runs
    )
    return first, second


def _listed(words: list[str]) -> str:
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last
