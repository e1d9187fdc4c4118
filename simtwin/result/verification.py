"""This module holds the verification: what theory expected, held against what runs found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simtwin.errors import InvalidInput
from simtwin.result.digits import rounded_percent

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.estimate import Estimate

Kind = Literal["mean", "approximation", "exact", "at least", "at most"]

NEGLIGIBLE = 1e-4
"""Difference, relative, that nobody plans by."""


@dataclass(frozen=True, slots=True)
class Held:
    """One expected number and what the runs found."""

    what: str
    place: str
    """A station; empty: the whole plant."""
    expected: float
    unit: str
    kind: Kind
    source: str
    """The law that gave it."""
    found: Estimate | None = None
    """None where the runs cannot tell."""
    note: str = ""
    """Why they cannot, or what else to know."""

    @property
    def outside(self) -> float:
        """How far the expected number lies outside the interval, 0 within it [its unit].

        For a bound: how far the whole interval lies beyond it. Positive: more was found.
        """
        if self.found is None:
            return 0.0
        room = NEGLIGIBLE * abs(self.expected)
        low, high = self.found.low - room, self.found.high + room
        if self.expected < low and self.kind != "at least":
            return low - self.expected
        if self.expected > high and self.kind != "at most":
            return high - self.expected
        return 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing contradicts it."""
        return self.outside == 0.0

    @property
    def verdict(self) -> str:
        """The comparison in words.

        >>> from simtwin.result.estimate import mean
        >>> Held("lead time", "", 10.0, "s", "exact", "", mean([9.0, 10.0, 11.5])).verdict
        'within the interval'
        >>> Held("lead time", "", 8.0, "s", "at most", "", mean([9.0, 9.1, 9.2])).verdict
        'broken: the interval lies 11 % above it'
        """
        if self.found is None:
            return f"not known: {self.note}" if self.note else "not known"
        off = self.outside
        bound = self.kind in ("at least", "at most")
        if off == 0.0:
            return "holds" if bound else "within the interval"
        side = "above" if off > 0.0 else "below"
        far = f"{rounded_percent(abs(off / self.expected))} " if self.expected else ""
        return f"{'broken' if bound else 'outside'}: the interval lies {far}{side} it"


@dataclass(frozen=True, repr=False)
class Verification:
    """Every expected number of a pre-check with its verdict."""

    rows: tuple[Held, ...]
    n: int
    """Replications that are complete."""
    asked: int
    seed: int
    partial: bool = False

    def __repr__(self) -> str:
        return f"Verification({self.sentence!r})"

    def row(self, what: str, place: str = "") -> Held:
        """Return the row of *what* at a station, or of the whole plant."""
        for row in self.rows:
            if (row.what, row.place) == (what, place):
                return row
        known = ", ".join(f"{row.what} {row.place}".strip() for row in self.rows)
        raise InvalidInput(f"no row {what!r} {place!r}; known are {known or 'none'}")

    @property
    def sentence(self) -> str:
        """How many expected numbers agree, in words."""
        told = [row for row in self.rows if row.found is not None]
        if not told:
            return "there is nothing that theory expects of this scenario"
        good = sum(row.ok for row in told)
        said = f"{good} of {len(told)} expected numbers agree with {self.n} runs"
        off = [row for row in told if not row.ok]
        if not off:
            return said
        loose = sum(row.kind == "approximation" for row in off)
        if loose == len(off):
            return f"{said}; of the others each is an approximation"
        sure = ", ".join(
            f"{r.what} {r.place}".strip() for r in off if r.kind != "approximation"
        )
        return f"{said}; look at {sure}"

    def frame(self) -> pd.DataFrame:
        """Return a line for each expected number."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "what": row.what,
                    "place": row.place,
                    "unit": row.unit,
                    "kind": row.kind,
                    "expected": row.expected,
                    "found": row.found.value if row.found else float("nan"),
                    "low": row.found.low if row.found else float("nan"),
                    "high": row.found.high if row.found else float("nan"),
                    "verdict": row.verdict,
                    "source": row.source,
                }
                for row in self.rows
            ]
        )
