"""This module holds a reader of milling programs (ISO 6983) that gives the exact tool path.

It knows the words of the two NIST programs and refuses every other one by name and line, so
that a path is exact or absent, never nearly right. What a program does not say (where the
machine stood before, how far away its reference point is) stays unknown: an axis whose
position is not known adds no length. Lengths are mm, feeds mm/min, whatever the file's units.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

INCH = 25.4
Vector = tuple[float, float, float]

_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")
_COMMENT = re.compile(r"\([^)]*\)")
# Radii at the two ends of an arc differ by the rounding of four decimals of an inch.
_ARC_CLOSES = 2e-4
_MOTIONS = {0, 1, 2, 3}
_NO_PATH = {17, 40, 49, 54, 58, 80}
_NO_TIME = {3, 8, 9}


class UnreadableProgram(ValueError):
    """A block says something that this reader does not know; the message names its line."""


@dataclass(frozen=True, slots=True)
class Move:
    """One straight line or arc, and the directions in which it leaves and arrives."""

    line: int
    length: float
    """[mm]; helices with their pitch."""
    feed: float
    """[mm/min]; ``inf`` for a rapid."""
    leaves: Vector
    arrives: Vector
    radius: float = math.inf
    """Of curvature [mm]."""
    chord: Vector = (0.0, 0.0, 0.0)
    """End minus start [mm]."""


@dataclass(frozen=True, slots=True)
class ToolChange:
    """``M6``: the tool is changed, the path starts again from rest."""

    line: int
    tool: int


@dataclass(frozen=True, slots=True)
class Halt:
    """The path comes to rest here: spindle stop, optional stop, reference point."""

    line: int
    word: str


Item = Move | ToolChange | Halt


@dataclass(frozen=True, slots=True)
class Path:
    """What a program asks for, in order."""

    blocks: int
    """Lines that say something, the program's number among them."""
    items: tuple[Item, ...]

    @property
    def feeds(self) -> dict[float, float]:
        """Length cut with each programmed feed, feed [mm/min] -> length [mm], slowest first."""
        lengths: dict[float, list[float]] = defaultdict(list)
        for move in self.moves:
            if math.isfinite(move.feed):
                lengths[move.feed].append(move.length)
        return {feed: math.fsum(lengths[feed]) for feed in sorted(lengths)}

    @property
    def rapid(self) -> float:
        """Length of all rapids between known positions [mm]."""
        return math.fsum(move.length for move in self.moves if math.isinf(move.feed))

    @property
    def moves(self) -> tuple[Move, ...]:
        """Lines and arcs only."""
        return tuple(item for item in self.items if isinstance(item, Move))

    @property
    def tool_changes(self) -> int:
        """Number of ``M6``."""
        return sum(isinstance(item, ToolChange) for item in self.items)


def read_program(lines: Iterable[str]) -> Path:
    """Return the path of the program in *lines*.

    >>> path = read_program(["G20", "G0G90X0.Y0.Z0.", "G1X1.F10.", "G3X0.Y1.I-1.J0."])
    >>> path.feeds[254.0] == 25.4 * (1 + math.pi / 2)
    True
    """
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        reader.read(number, line)
    return Path(reader.blocks, tuple(reader.items))


@dataclass(slots=True)
class _Reader:
    """The modal state of the control while it reads."""

    blocks: int = 0
    items: list[Item] = field(default_factory=list)
    scale: float = INCH
    motion: int = 0
    feed: float = 0.0
    absolute: bool = True
    tool: int = 0
    position: dict[str, float | None] = field(
        default_factory=lambda: {"X": None, "Y": None, "Z": None}
    )

    def read(self, number: int, line: str) -> None:
        text = _COMMENT.sub("", line).strip()
        if text in ("", "%"):
            return
        self.blocks += 1
        if text.startswith("O"):
            return
        words = _words(number, text)
        for letter, value in words:
            if letter not in "GMXYZIJFTSN":
                raise UnreadableProgram(f"line {number}: unknown word {letter}{value:g}")
        codes = [int(value) for letter, value in words if letter == "G"]
        spoken = [int(value) for letter, value in words if letter == "M"]
        values = {letter: value for letter, value in words if letter not in "GM"}
        self._obey(number, codes)
        self.feed = values["F"] * self.scale if "F" in values else self.feed
        self.tool = int(values.get("T", self.tool))
        if 6 in spoken:
            self.items.append(ToolChange(number, self.tool))
        if 28 in codes:
            self._home(number, values)
        elif values.keys() & set("XYZIJ"):
            self._move(number, values)
        for code in spoken:
            self._speak(number, code)

    def _obey(self, number: int, codes: list[int]) -> None:
        for code in codes:
            if code in _MOTIONS:
                self.motion = code
            elif code in (20, 21):
                self.scale = INCH if code == 20 else 1.0
            elif code in (90, 91):
                self.absolute = code == 90
            elif code == 58:
                # Another origin, not given: where the table stands is unknown from here on.
                self.position.update(X=None, Y=None)
            elif code not in _NO_PATH and code != 28:
                raise UnreadableProgram(f"line {number}: unknown code G{code}")

    def _speak(self, number: int, code: int) -> None:
        if code in (1, 5, 30):
            self.items.append(Halt(number, f"M{code}"))
        elif code not in _NO_TIME and code != 6:
            raise UnreadableProgram(f"line {number}: unknown code M{code}")

    def _home(self, number: int, values: dict[str, float]) -> None:
        for axis in "XYZ":
            if axis in values:
                if self.absolute or values[axis] != 0.0:
                    raise UnreadableProgram(f"line {number}: G28 by way of another point")
                self.position[axis] = None
        self.items.append(Halt(number, "G28"))

    def _move(self, number: int, values: dict[str, float]) -> None:
        if not self.absolute:
            raise UnreadableProgram(f"line {number}: a move in G91")
        start = dict(self.position)
        for axis in "XYZ":
            if axis in values:
                self.position[axis] = values[axis] * self.scale
        chord = _chord(start, self.position)
        if self.motion in (0, 1):
            self._line(number, chord)
        elif any(start[axis] is None for axis in "XYZ"):
            raise UnreadableProgram(f"line {number}: an arc from an unknown position")
        else:
            centre = (values.get("I", 0.0) * self.scale, values.get("J", 0.0) * self.scale)
            self._arc(number, chord, centre)

    def _line(self, number: int, chord: Vector) -> None:
        length = math.hypot(*chord)
        if length > 0.0:
            along = (chord[0] / length, chord[1] / length, chord[2] / length)
            feed = math.inf if self.motion == 0 else self.feed
            self.items.append(Move(number, length, feed, along, along, chord=chord))

    def _arc(self, number: int, chord: Vector, centre: tuple[float, float]) -> None:
        from_x, from_y = -centre[0], -centre[1]
        to_x, to_y = chord[0] - centre[0], chord[1] - centre[1]
        radius = math.hypot(from_x, from_y)
        if abs(math.hypot(to_x, to_y) - radius) > _ARC_CLOSES * INCH:
            raise UnreadableProgram(f"line {number}: the end of the arc is off its circle")
        turn = 1.0 if self.motion == 3 else -1.0
        swept = (turn * (math.atan2(to_y, to_x) - math.atan2(from_y, from_x))) % math.tau
        angle = swept if swept > 0.0 else math.tau
        length = math.hypot(radius * angle, chord[2])
        flat, rise = radius * angle / length, chord[2] / length
        self.items.append(
            Move(
                number,
                length,
                self.feed,
                _tangent(from_x, from_y, turn * flat, rise),
                _tangent(to_x, to_y, turn * flat, rise),
                radius / flat**2,
                chord,
            )
        )


def _words(number: int, text: str) -> list[tuple[str, float]]:
    words = [(letter, float(value)) for letter, value in _WORD.findall(text)]
    if _WORD.sub("", text).strip():
        raise UnreadableProgram(f"line {number}: cannot read {text!r}")
    return words


def _chord(start: dict[str, float | None], end: dict[str, float | None]) -> Vector:
    def along(axis: str) -> float:
        before, after = start[axis], end[axis]
        return 0.0 if before is None or after is None else after - before

    return along("X"), along("Y"), along("Z")


def _tangent(x: float, y: float, flat: float, rise: float) -> Vector:
    radius = math.hypot(x, y)
    return -y / radius * flat, x / radius * flat, rise
