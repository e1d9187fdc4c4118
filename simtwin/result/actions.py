"""This module holds the actions: what was tried to help a plan, and what clearly does.

Many are screened in few runs, and the best are run again on luck that the screening has not
seen: the best of many would else look better than it is (STATISTICS 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simtwin.result.effect import NAMES
from simtwin.result.pairing import ALPHA

if TYPE_CHECKING:
    import pandas as pd

    from simtwin.result.effect import Effect


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was tried, and what it changes against the plan as it is."""

    suppositions: tuple[str, ...]
    """As :func:`simtwin.what_if` takes them."""
    said: str
    effect: Effect
    p_holm: float = 1.0
    """P(so much between equal plans), adjusted for how many were tried so far (Holm) [-]."""

    @property
    def helps(self) -> bool:
        """Whether it clearly helps."""
        return self.effect.helps and self.p_holm <= ALPHA

    @property
    def text(self) -> str:
        """What it is, and what it changes."""
        return f"{self.said}: {self.effect.text}"


@dataclass(frozen=True, repr=False)
class Actions:
    """What was tried: *screened* in few runs, and the best of them *tried* in many."""

    plant: Any
    scenario: Any
    seed: int
    n: int
    """Paired runs of each that was tried."""
    screened_n: int
    """Paired runs of each that was screened."""
    tried: tuple[Action, ...]
    """The best first."""
    screened: tuple[Action, ...]
    """All of them, the best first."""
    failed: tuple[tuple[str, ...], ...] = ()
    """Suppositions under which a run could not go on."""
    partial: bool = False

    def __repr__(self) -> str:
        return (
            f"Actions({len(self.screened)} screened, {len(self.tried)} tried: {self.sentence})"
        )

    def __str__(self) -> str:
        lines = [self.sentence, *(f"- {one.text}" for one in self.tried)]
        return "\n".join(lines)

    @property
    def helpful(self) -> tuple[Action, ...]:
        """Those that clearly help, the best first."""
        return tuple(one for one in self.tried if one.helps)

    @property
    def basis(self) -> str:
        """On what it rests."""
        rest = f"{len(self.screened)} screened in {self.screened_n} paired runs each"
        if not self.tried:
            return rest
        return f"{rest}, the best {len(self.tried)} tried in {self.n} others"

    @property
    def sentence(self) -> str:
        """What helps most, in one sentence; nothing, where the runs cannot tell."""
        early = "Stopped early: " if self.partial else ""
        if self.partial and not self.tried:
            return f"{early}nothing was tried ({self.basis})."
        if not self.screened:
            return f"{early}There is nothing to try."
        if not self.helpful:
            return f"{early}{self._no_help} ({self.basis})."
        best = self.helpful[0]
        return f"{early}What helps most: {best.text} ({self.basis})."

    @property
    def _no_help(self) -> str:
        """What is said where nothing clearly helps the figure that the readings are about."""
        for one in self.tried:
            if one.effect.helps_else:
                leading = NAMES[one.effect.leading]
                return f"Nothing tried clearly helps {leading}, but {one.text}"
        return "Nothing tried helps clearly"

    def frame(self, name: str = "tried") -> pd.DataFrame:
        """Return what was "tried", or all that was "screened", as a table."""
        import pandas as pd

        chosen = self.screened if name == "screened" else self.tried
        rows = []
        for one in chosen:
            row: dict[str, Any] = {"action": one.said, "what_if": "; ".join(one.suppositions)}
            for key, found in one.effect.figures:
                row |= {key: found.value, f"{key}_low": found.low, f"{key}_high": found.high}
            rows.append(row if name == "screened" else _judged(row, one))
        return pd.DataFrame(rows)


def _judged(row: dict[str, Any], one: Action) -> dict[str, Any]:
    """Return *row* with whether the action helps; of what is screened nothing is claimed."""
    return row | {"p_holm": one.p_holm, "helps": one.helps}
