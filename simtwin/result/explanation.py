"""This module holds the explanation: what an answer hangs on, and what to measure first."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Hinge:
    """One assumption that an answer hangs on: how far it moves the answer."""

    name: str
    """The uncertain number, as its `spread` calls it."""
    says: str
    """How uncertain it is."""
    of_state: bool
    """Whether it is of the state at the start; else it is of the plant or of what is asked."""
    effect: Estimate
    """The answer one standard deviation above the middle less that one below, same luck."""
    share: float
    """Of the variance of the answer that knowing it would remove, about [-]."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How fast an answer moves with one number."""

    name: str
    value: float
    """Of the number [SI]."""
    derivative: Estimate
    """In units of the answer per SI unit of the number."""
    elasticity: float
    """Per cent of the answer for one per cent of the number [-]; NaN where either is 0."""
    method: str
    """Pathwise, or by paired differences, and why."""


@dataclass(frozen=True, repr=False)
class Explanation:
    """Where the variance of one figure comes from: luck, ignorance of parameters, of the state.

    The three shares add up to 1. Luck is what is left when every number is known; the rest is
    split between parameters and state by Shapley's rule (each is met first half of the time).
    """

    metric: str
    unit: str
    value: Estimate
    """The figure itself, everything uncertain drawn."""
    sd: float
    """Standard deviation of one run [unit]."""
    luck: Estimate
    parameters: Estimate
    state: Estimate
    """Shares of the variance [-], by resampling the replications."""
    hinges: tuple[Hinge, ...]
    """What it hangs on, the strongest first."""
    partial: bool = False

    def __repr__(self) -> str:
        return f"Explanation({self.sentence!r})"

    @property
    def measure_first(self) -> str | None:
        """The uncertain number that moves the answer most for certain; None: nothing does."""
        for hinge in self.hinges:
            if hinge.effect.low > 0.0 or hinge.effect.high < 0.0:
                return hinge.name
        return None

    @property
    def sentence(self) -> str:
        """What to take away, in one sentence."""
        luck, known = self.luck, 100.0 * (1.0 - self.luck.value)
        head = f"{self.metric} varies by {_said(self.sd, self.unit)} (one standard deviation)"
        if not self.hinges:
            return f"{head}, all of it by luck: no number of plant or scenario has a spread."
        tail = (
            f"{100.0 * luck.value:.0f} % of its variance ({100.0 * luck.low:.0f} to "
            f"{100.0 * luck.high:.0f} %) is luck, {known:.0f} % is numbers nobody knows"
        )
        first = self.measure_first
        if first is None:
            return f"{head}: {tail}; none of them moves it for certain."
        return f"{head}: {tail}; measure {first} first."

    def frame(self) -> pd.DataFrame:
        """Return what it hangs on as a table, the strongest first."""
        import pandas as pd

        columns = ["name", "spread", "of", "effect", "effect_low", "effect_high", "share"]
        rows = [
            (
                hinge.name,
                hinge.says,
                "state" if hinge.of_state else "parameters",
                hinge.effect.value,
                hinge.effect.low,
                hinge.effect.high,
                hinge.share if isfinite(hinge.share) else None,
            )
            for hinge in self.hinges
        ]
        return pd.DataFrame(rows, columns=columns)


def _said(value: float, unit: str) -> str:
    """Return *value* in the unit that people would say."""
    if unit == "share":
        return f"{100.0 * value:.3g} points"
    for seconds, name in ((3600.0, "h"), (60.0, "min")):
        if unit == "s" and value >= 2.0 * seconds:
            return f"{value / seconds:.3g} {name}"
    return f"{value:.3g} {unit}"
