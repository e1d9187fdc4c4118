"""This module holds the self-check: forecasts scored on what came after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simtwin.result.score import Brier, Coverage, Histogram


class Foretold(NamedTuple):
    """What was forecast of one machine in one case, and what came."""

    case: int
    machine: str
    probability: float
    """That it fails within the horizon [-]."""
    failed: bool
    place: float
    """Where in the forecast the time of its failure lies, 0 to 1."""


@dataclass(frozen=True, repr=False)
class SelfCheck:
    """How well probabilities and times of failure were forecast, over many cases."""

    rows: tuple[Foretold, ...]
    brier: Brier
    calibrated: float
    """How likely a right forecast is so unreliable, chi squared [-]."""
    coverage: Coverage
    """Of the 90 % intervals of the time of failure."""
    histogram: Histogram
    """Of the places at which times of failure lay in their forecasts."""
    alpha: float

    def __repr__(self) -> str:
        return f"SelfCheck({self.sentence!r})"

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the forecasts, in words; none: nothing shows."""
        found = []
        if self.calibrated < self.alpha:
            found.append(
                f"probabilities are off: reliability term {self.brier.reliability:.2g}, chance "
                f"{self.calibrated:.1g} if they were right"
            )
        if not self.coverage.right:
            found.append(
                f"90 % intervals held {self.coverage.inside} of {self.coverage.n} failures, a "
                f"right forecast {self.coverage.low} to {self.coverage.high}"
            )
        if self.histogram.p < self.alpha:
            found.append(
                f"failures lie unevenly in their forecasts (chance {self.histogram.p:.1g})"
            )
        return tuple(found)

    @property
    def ok(self) -> bool:
        """Whether nothing shows that the forecasts are wrong."""
        return not self.faults

    @property
    def sentence(self) -> str:
        """What to take away, in one sentence."""
        if self.faults:
            return f"Over {len(self.rows)} forecasts, {'; '.join(self.faults)}."
        return (
            f"Over {len(self.rows)} forecasts nothing shows that they are wrong: Brier skill "
            f"{self.brier.skill:.2f}, {self.coverage.inside} of {self.coverage.n} failures in "
            "their 90 % intervals."
        )


def scored(rows: Sequence[Foretold], *, bins: int = 10, alpha: float = 0.01) -> SelfCheck:
    """Return the scores of *rows*; *alpha* is how rarely a right forecast is called wrong."""
    from simtwin.result import score

    probabilities = [row.probability for row in rows]
    failed = [row.failed for row in rows]
    places = [row.place for row in rows]
    return SelfCheck(
        tuple(rows),
        score.brier(probabilities, failed, bins=bins),
        calibration(probabilities, failed, bins=bins),
        score.coverage([(0.05, 0.95)] * len(rows), places, nominal=0.9, confidence=1.0 - alpha),
        score.histogram(places, bins=bins),
        alpha,
    )


def calibration(
    probabilities: Sequence[float], failed: Sequence[bool], *, bins: int = 10
) -> float:
    """Return how likely right *probabilities* are so far from what *failed* [-].

    Groups of equal size by rising probability; ``sum (o - e)^2/v`` is chi squared with one
    degree of freedom a group, e and v the events expected and their variance. Source: D. W.
    Hosmer & S. Lemeshow, Commun. Stat. 9, 1980, doi 10.1080/03610928008827941, for forecasts
    that were not fitted to the events.

    >>> calibration([0.5] * 100, [True] * 50 + [False] * 50, bins=1)
    1.0
    """
    from scipy.special import gammaincc

    pairs = sorted(zip(probabilities, failed, strict=True))
    squares, groups = 0.0, 0
    size = max(1, -(-len(pairs) // bins))
    for first in range(0, len(pairs), size):
        group = pairs[first : first + size]
        expected = sum(p for p, _ in group)
        variance = sum(p * (1.0 - p) for p, _ in group)
        if variance > 0.0:
            squares += (sum(f for _, f in group) - expected) ** 2 / variance
            groups += 1
    return float(gammaincc(0.5 * groups, 0.5 * squares)) if groups else 1.0
