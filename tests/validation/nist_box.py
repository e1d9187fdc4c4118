"""This module holds what NIST recorded of its box part: forty run times and two tool paths.

Source: National Institute of Standards and Technology (NIST), Smart Manufacturing Systems Test
Bed, "Design, Manufacturing, and Inspection Data for a Box Assembly", `usnistgov/smstestbed` at
968279f (2020-05-20), machine Hurco02, 2017-02-02 to 2017-02-08. Public information; NIST is
acknowledged, and endorses nothing here. Changed: durations typed in from the stream's start
and end of each run, the two programs reduced to the lengths, feeds and counts below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.validation.motion import PathSummary

CLEAN = 3.0
"""Wall and controller agree within this in a run that was neither held nor stopped [s]."""

Operation = Literal["OP1", "OP2"]


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded run of one operation."""

    number: int
    wall: float
    """By the clock of the stream [s]."""
    runtime: float
    """By the controller, whole seconds [s]."""

    @property
    def clean(self) -> bool:
        """Whether both clocks agree."""
        return abs(self.wall - self.runtime) <= CLEAN


def _runs(*durations: tuple[float, float]) -> tuple[Run, ...]:
    return tuple(Run(i, wall, runtime) for i, (wall, runtime) in enumerate(durations, start=1))


RUNS: dict[Operation, tuple[Run, ...]] = {
    "OP1": _runs(
        (7120.0625, 1750.0),
        (565.328125, 1744.0),
        (1887.953125, 1762.0),
        (4069.34375, 1974.0),
        (1947.234375, 1790.0),
        (1775.578125, 1775.0),
        (1782.703125, 1782.0),
        (2251.0, 1740.0),
        (1772.109375, 1772.0),
        (1773.9375, 1774.0),
        (1775.953125, 1775.0),
        (1771.140625, 1771.0),
        (3604.28125, 1740.0),
        (1885.953125, 1774.0),
        (1853.25, 1770.0),
        (1774.078125, 1774.0),
        (1786.703125, 1786.0),
        (1772.515625, 1772.0),
        (1774.421875, 1774.0),
        (3507.703125, 1740.0),
    ),
    "OP2": _runs(
        (108.890625, 105.0),
        (102.609375, 102.0),
        (158.125, 100.0),
        (101.125, 94.0),
        (172.5, 104.0),
        (126.984375, 103.0),
        (119.0625, 116.0),
        (109.390625, 109.0),
        (109.359375, 109.0),
        (192.46875, 112.0),
        (112.625, 112.0),
        (112.578125, 112.0),
        (112.390625, 112.0),
        (112.4375, 112.0),
        (112.453125, 112.0),
        (112.59375, 112.0),
        (112.515625, 112.0),
        (112.390625, 112.0),
        (112.359375, 112.0),
        (112.15625, 112.0),
    ),
}

PATHS: dict[Operation, PathSummary] = {
    "OP1": PathSummary(
        blocks=22028,
        tool_changes=4,
        rapid_mm=12413.10,
        rapids=524,
        feeds=(
            (635.0, 1750.92, 8),
            (762.0, 767.04, 9),
            (2159.0, 2358.01, 24),
            (2540.0, 1212.78, 51),
            (3175.0, 4321.40, 60),
            (3810.0, 26838.51, 173),
            (4064.0, 4942.91, 1),
            (5461.0, 33315.24, 34),
            (7620.0, 9499.20, 15),
        ),
    ),
    "OP2": PathSummary(
        blocks=1182,
        tool_changes=2,
        rapid_mm=347.02,
        rapids=17,
        feeds=((762.0, 787.35, 10), (3810.0, 5.69, 2)),
    ),
}


def runtimes(operation: Operation, first: int, last: int) -> tuple[float, ...]:
    """Return the controller run times of the clean runs numbered *first* to *last* [s].

    >>> runtimes("OP2", 1, 10)
    (102.0, 109.0, 109.0)
    """
    return tuple(
        run.runtime for run in RUNS[operation] if run.clean and first <= run.number <= last
    )
