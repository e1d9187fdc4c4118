"""This module holds the palette: one colour, one pattern and one letter for each state.

Python and the viewer read the same file, ``static/palette.json``. Colours are those of Okabe
and Ito, which people with any colour vision tell apart; the pattern serves the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Look:
    """How one state is drawn."""

    color: str
    pattern: str
    """A plotly fill pattern; empty for a plain area."""
    glyph: str
    ink: str
    """The colour of letters on it."""


@dataclass(frozen=True, slots=True)
class Palette:
    """All colours of plots and pages."""

    states: dict[str, Look]
    """In the order of the legend: what earns first, what is nobody's fault last."""
    unknown: Look
    series: tuple[str, ...]
    """For lines that are told apart by colour and by their dash."""
    good: str
    bad: str
    neutral: str
    ink: str
    paper: str
    grid: str

    def look(self, state: str) -> Look:
        """Return how *state* is drawn; a state that nobody named looks unknown, not idle."""
        return self.states.get(state, self.unknown)


@cache
def palette() -> Palette:
    """Return the palette of the house.

    >>> palette().look("producing").color, palette().look("dreaming").glyph
    ('#009E73', '?')
    """
    text = files("simtwin.report").joinpath("static", "palette.json").read_text("utf-8")
    read = json.loads(text)
    return Palette(
        states={name: Look(**look) for name, look in read["states"].items()},
        unknown=Look(**read["unknown"]),
        series=tuple(read["series"]),
        **{name: read[name] for name in ("good", "bad", "neutral", "ink", "paper", "grid")},
    )
