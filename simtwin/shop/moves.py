"""This module holds the moves: what becomes of a shop's state under another plant, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simtwin.result.snapshot import Snapshot

What = Literal["kept", "mapped", "new", "dropped", "refused"]

ORDER: tuple[What, ...] = ("refused", "dropped", "mapped", "new", "kept")
"""In which they are told: what costs most first."""


class Move(NamedTuple):
    """What becomes of one thing, and by which rule."""

    what: What
    entity: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.entity}: {self.why}"


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves of one snapshot onto another plant.

    >>> print(Moves((Move("kept", "saw", "goes on"), Move("new", "mill-3", "cold, empty"))))
    1 new, 1 kept
    new: mill-3: cold, empty
    kept: saw: goes on
    """

    rows: tuple[Move, ...]

    def __iter__(self) -> Iterator[Move]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return self.text()

    def of(self, what: What) -> tuple[Move, ...]:
        """Return the moves of one kind."""
        return tuple(move for move in self.rows if move.what == what)

    def text(self) -> str:
        """Return how many of each kind there are, and each of them on a line."""
        counted = Counter(move.what for move in self.rows)
        head = ", ".join(f"{counted[what]} {what}" for what in ORDER if counted[what])
        lines = [str(move) for what in ORDER for move in self.of(what)]
        return "\n".join([head, *lines])


@dataclass(frozen=True, slots=True)
class Moved:
    """A snapshot under another plant, and how it got there."""

    snapshot: Snapshot
    moves: Moves
