"""This module holds the workload of the benchmarks: one machine, 60 segments an hour.

A part takes eleven segments of fixed length, three tools among them, and a wait that is drawn.
The machine is the default network of PHYSICS 5.3; heat follows the wear of the tool as in
PHYSICS 1 rule 6 and its oracle D11. Nothing here is taken from simtwin but the stream of the
waits, so that a baseline cannot share a mistake with what it is compared to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simtwin.streams import Streams

GRID = 2.0**-24
"""Durations are multiples of it [s] (KERNEL 1)."""

START = (22.0, 22.0, 22.0, 22.0, 22.0)
"""Motor, front, rear, shaft, housing [degC]."""

COPPER_SLOPE = 0.00393
"""[1/K]"""
COPPER_REFERENCE = 53.0
"""[degC]"""
FORCE_BY_WEAR = 0.27
"""K_VB - 1 at the wear limit."""

KNOTS = (
    0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.22, 0.5, 0.65, 0.75, 0.83, 0.9, 0.95, 1.0,
)  # fmt: skip
"""Damage at which the wear land bends (PHYSICS 7.3)."""


def wear(damage: float) -> float:
    """Return the wear land over its limit [-] at a *damage*, the smooth curve of PHYSICS 7.3.

    >>> wear(0.0), wear(1.0)
    (0.0, 1.0)
    """
    scale = 1 - math.exp(-20.0)
    return 0.25 * (1 - math.exp(-damage / 0.05)) / scale + 0.5 * damage + 0.25 * damage**8


FORCE = tuple(1 + FORCE_BY_WEAR * wear(damage) for damage in KNOTS)
"""K_VB at the knots; linear between."""


LOAD_SHARE = 0.5
"""c of the bearing rate (1 + c (K - 1))^3, where a segment has none of its own."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of constant speed and engagement; K stands for K_VB of the tool."""

    name: str
    duration: float
    """[s]"""
    motor: tuple[float, float, float]
    """Heat a + b K + c K^2 (1 + .00393 (T - 53)) [W]; the square by its chord per knot."""
    front: tuple[float, float]
    """Heat a + b K [W]"""
    rear: tuple[float, float]
    coolant: float = 60.0
    """Conductance housing to coolant [W/K]; 0 when off."""
    tool: int = -1
    life: float = math.inf
    """Of the tool at this cut [s]."""
    renewed: int = -1
    """The tool that gets a fresh edge before this segment."""
    fatigue: tuple[float, float] = (0.0, 0.0)
    """Damage rate of the front and rear bearing at K = 1 [1/s]; times (1 + c (K - 1))^3."""
    growth: tuple[float, float] = (LOAD_SHARE, LOAD_SHARE)
    """c of the front and rear bearing."""
    given_slope: float | None = None
    """Of the motor heat against its temperature [W/K]; None: that of the square, at K = 1."""

    @property
    def slope(self) -> float:
        """Slope of the motor heat against its temperature [W/K]."""
        given = self.given_slope
        return self.motor[2] * COPPER_SLOPE if given is None else given


Row = tuple[float, ...]

TOOLS = 3
LAST = len(KNOTS) - 2

_PROGRAM = (
    Segment("load", 45.0, (40, 0, 0), (0, 0), (0, 0), coolant=0.0),
    Segment("run up face mill", 3.0, (900, 0, 300), (120, 0), (70, 0), fatigue=(2e-9, 1e-9)),
    Segment("face", 130.0, (320, 120, 260), (190, 60), (115, 20), tool=0, life=2400.0,
            fatigue=(1.1e-8, 3e-9)),
    Segment("change to end mill", 5.0, (80, 0, 0), (0, 0), (0, 0)),
    Segment("run up end mill", 2.5, (1100, 0, 350), (160, 0), (95, 0), fatigue=(3e-9, 1e-9)),
    Segment("rough pocket", 210.0, (400, 180, 420), (240, 80), (150, 25), tool=1, life=3600.0,
            fatigue=(1.9e-8, 5e-9)),
    Segment("finish pocket", 85.0, (380, 60, 90), (270, 20), (165, 8), tool=1, life=5400.0,
            fatigue=(6e-9, 2e-9)),
    Segment("change to drill", 5.0, (80, 0, 0), (0, 0), (0, 0)),
    Segment("run up drill", 3.0, (700, 0, 200), (90, 0), (50, 0), fatigue=(2e-9, 1e-9)),
    Segment("drill", 120.0, (260, 140, 310), (130, 70), (80, 30), tool=2, life=2880.0,
            fatigue=(2.4e-8, 9e-9)),
    Segment("unload", 51.5, (40, 0, 0), (0, 0), (0, 0), coolant=0.0),
    Segment("wait", 60.0, (15, 0, 0), (0, 0), (0, 0), coolant=0.0),
)  # fmt: skip


def workload(hours: float, seed: int = 1) -> list[Segment]:
    """Return 60 segments for each of *hours*; the waits, 30 to 90 s, are drawn by *seed*.

    A tool that would not last another part gets a fresh edge before its first cut.

    >>> len(workload(10)), workload(1)[2].name
    (600, 'face')
    """
    wait = Streams(seed)["machine", "wait"]
    spent = _wear_of_a_part()
    damage = [0.0] * TOOLS
    segments: list[Segment] = []
    while len(segments) < round(60 * hours):
        for kind in _PROGRAM:
            tool, renewed = kind.tool, -1
            if tool >= 0 and segments[-1].tool != tool:
                if damage[tool] + spent[tool] > 1.0:
                    renewed, damage[tool] = tool, 0.0
                damage[tool] += spent[tool]
            duration = 30.0 + 60.0 * wait() if kind.name == "wait" else kind.duration
            duration = math.ceil(duration / GRID) * GRID
            segments.append(replace(kind, duration=duration, renewed=renewed))
    return segments[: round(60 * hours)]


def rows(segments: Sequence[Segment]) -> list[Row]:
    """Return *segments* as flat tuples, the form in which the lean steppers take them.

    >>> rows(workload(1))[0][:4]
    (45.0, 40.0, 0.0, 0.0)
    """
    return [
        tuple(
            map(
                float,
                (
                    segment.duration,
                    *segment.motor,
                    *segment.front,
                    *segment.rear,
                    segment.coolant,
                    segment.tool,
                    segment.life,
                    segment.renewed,
                    *segment.fatigue,
                    segment.slope,
                    *segment.growth,
                ),
            )
        )
        for segment in segments
    ]


def ramps(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield *rows* cut where the wear land of the tool bends, so that heat is a ramp in each.

    Each is: duration [s]; heat of motor, front and rear, each at its beginning [W] and its
    slope [W/s]; slope of the motor heat against its temperature [W/K]; conductance to the
    coolant [W/K]; damage of the front and rear bearing [-], exact by Simpson's rule on a
    cubic; 1 if the segment ends with it, else 0. Compiles with numba as it stands.
    """
    damage = [0.0, 0.0, 0.0]
    interval = [0, 0, 0]
    for row in rows:
        left = row[0]
        copper = row[3]
        slope_m = row[14]
        base = row[1] - slope_m * COPPER_REFERENCE
        tool = int(row[9])
        if tool < 0:
            if row[11] >= 0.0:
                damage[int(row[11])] = 0.0
                interval[int(row[11])] = 0
            yield (
                left, base + row[2] + copper, 0.0, row[4] + row[5], 0.0, row[6] + row[7], 0.0,
                slope_m, row[8], row[12] * left, row[13] * left, 1.0,
            )  # fmt: skip
            continue
        life = row[10]
        if row[11] >= 0.0:
            damage[tool] = 0.0
            interval[tool] = 0
        while left > 0.0:
            j = interval[tool]
            low = FORCE[j]
            high = FORCE[j + 1]
            bend = (high - low) / (KNOTS[j + 1] - KNOTS[j])
            force = low + bend * (damage[tool] - KNOTS[j])  # K_VB here, and its slope [1/s]
            slope = bend / life
            span = (KNOTS[j + 1] - damage[tool]) * life
            if span <= left and j < LAST:
                damage[tool] = KNOTS[j + 1]
                interval[tool] = j + 1
            else:
                span = left
                damage[tool] += span / life
            left -= span
            by_force = row[2] + copper * (low + high)  # K^2 by its chord over the knots
            c = 1.0 + row[15] * (force - 1.0)
            d = row[15] * slope * span
            front = span / 6.0 * (c**3 + 4.0 * (c + 0.5 * d) ** 3 + (c + d) ** 3)
            c = 1.0 + row[16] * (force - 1.0)
            d = row[16] * slope * span
            rear = span / 6.0 * (c**3 + 4.0 * (c + 0.5 * d) ** 3 + (c + d) ** 3)
            yield (
                span, base - copper * low * high + by_force * force, by_force * slope,
                row[4] + row[5] * force, row[5] * slope,
                row[6] + row[7] * force, row[7] * slope,
                slope_m, row[8], row[12] * front, row[13] * rear, 0.0 if left > 0.0 else 1.0,
            )  # fmt: skip


def _wear_of_a_part() -> list[float]:
    spent = [0.0] * TOOLS
    for segment in _PROGRAM:
        if segment.tool >= 0:
            spent[segment.tool] += segment.duration / segment.life
    return spent
