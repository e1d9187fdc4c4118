"""This module holds the verdict: what was found beside what was expected, and its reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simtwin.oracles.control import Controlled, controlled
from simtwin.oracles.oracle import Case, Expected, Oracle
from simtwin.result.digits import rounded_percent
from simtwin.result.estimate import Estimate

Reading = Literal["agrees", "disagrees", "undecided"]

ERRORS = 4.0
"""Standard errors within which a statistical figure agrees (ORACLES, code S)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure of one problem: expected, found, and whether the two agree."""

    oracle: str
    """Id of the problem."""
    title: str
    """The problem in words."""
    case: str
    """Which plant of the problem; empty where there is but one."""
    expected: Expected
    found: Estimate | float
    reading: Reading
    """Undecided: the runs were too short to say, so they say nothing."""
    words: str
    """How far found is from expected, and how surely."""

    @property
    def agrees(self) -> bool:
        """Whether the figure is the known one."""
        return self.reading == "agrees"

    @property
    def problem(self) -> str:
        """The problem in words, with the case."""
        return f"{self.title}; {self.case}" if self.case else self.title


def judged(
    oracle: Oracle, case: Case, runs: Sequence[Sequence[float]], *, length: float = 1.0
) -> list[Verdict]:
    """Return the verdicts on *case*, of which each of *runs* gave the figures.

    *length* is how much longer than shipped the runs were. Controls are judged by their plain
    means, and take their noise off the answers.
    """
    columns = list(zip(*runs, strict=True))
    known = [
        (column, one.value)
        for one, column in zip(case.expected, columns, strict=True)
        if one.controls
    ]
    controls, means = [column for column, _ in known], [mean for _, mean in known]
    verdicts = []
    for expected, column in zip(case.expected, columns, strict=True):
        found: Estimate | float
        if expected.random:
            helped = expected.role == "answer"
            estimated = controlled(column, *((controls, means) if helped else ()))
            found, (reading, words) = estimated.estimate, held(expected, estimated, length)
        else:
            found, (reading, words) = column[0], equal(expected, column[0])
        verdicts.append(
            Verdict(oracle.id, oracle.title, case.name, expected, found, reading, words)
        )
    return verdicts


def equal(expected: Expected, found: float) -> tuple[Reading, str]:
    """Return what a number without chance says of what is *expected*.

    >>> equal(Expected("pieces", 999.0, "exact"), 1000.0)
    ('disagrees', 'off by 1')
    >>> equal(Expected("P", 0.793881, "closed form", 5e-7), 0.7938810001)
    ('agrees', 'to the digits of the source')
    """
    assert expected.tolerance is not None
    off = abs(found - expected.value)
    scale = max(1.0, abs(expected.value)) if expected.kind == "exact" else 1.0
    if not off <= expected.tolerance * scale:
        return "disagrees", f"off by {off:.3g}"
    return "agrees", "exactly" if expected.kind == "exact" else "to the digits of the source"


def held(expected: Expected, found: Controlled, length: float = 1.0) -> tuple[Reading, str]:
    """Return what an estimate says of what is *expected*; a wide one never agrees.

    >>> found = controlled([3.9, 4.2, 4.1, 3.8])
    >>> held(Expected("L", 4.0), found)
    ('undecided', 'half the interval is 7.3 %, and must be at most 2 %')
    >>> held(Expected("L", 4.0, tolerance=0.1), found)
    ('agrees', '0.0 s.e. off, ± 7.3 %')
    >>> held(Expected("L", 5.0, tolerance=0.1), found)
    ('disagrees', '11.0 s.e. off, ± 5.8 %')
    """
    estimate, error = found
    half = (estimate.high - estimate.low) / 2.0
    room = expected.width(length)
    if expected.kind == "range":
        return _within(expected, estimate, room)
    if expected.kind == "at least":
        reading: Reading = "disagrees" if estimate.high < expected.value else "agrees"
        if half > room:
            reading = "undecided"
        return reading, f"± {half:.2g}, which may be {room:.2g}"
    scale = abs(expected.value) or 1.0
    off = abs(estimate.value - expected.value)
    wide, most = rounded_percent(half / scale), rounded_percent(room / scale)
    away = f"{off / error:.1f} s.e. off" if error > 0.0 else f"off by {off:.3g}"
    if off > ERRORS * error + 1e-9 * scale:
        return "disagrees", f"{away}, ± {wide}"
    if half > room:
        return "undecided", f"half the interval is {wide}, and must be at most {most}"
    return "agrees", f"{away}, ± {wide}"


def _within(expected: Expected, estimate: Estimate, room: float) -> tuple[Reading, str]:
    """Return whether an interval meets a published range that it is not wider than."""
    assert expected.tolerance is not None
    low, high = (expected.value + side * expected.tolerance for side in (-1.0, 1.0))
    half = (estimate.high - estimate.low) / 2.0
    words = f"{low:.4g} to {high:.4g}"
    if estimate.high < low or estimate.low > high:
        return "disagrees", f"outside {words}"
    if half > room:
        return "undecided", f"± {half:.2g} is wider than {words} allows"
    return "agrees", f"± {half:.2g}, meets {words}"
