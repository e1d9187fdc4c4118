"""This module holds the reserve: pieces for which a machine need not look at its edges.

Nor at its heat, where the program keeps that low enough. What such a piece does to the meters
need not be known when it ends: it is put off until somebody asks, and then many are seen to at
once (`simtwin.shop.arrears`).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.parts.tool import Edge, EdgeState, Stowed, Wear
    from simtwin.shop.program import Program
    from simtwin.shop.states import MachineState

MOST = 16
"""Pieces that are put off at most."""


class Reserve:
    """How many pieces can go through a program while all edges are as the last one left them.

    A machine whose reserve is lost looks again, and does the same: so no snapshot keeps it.
    """

    __slots__ = (
        "_covered", "_life", "_magazine", "_pieces", "_steady", "_wear", "jobs", "program",
        "put_off",
    )  # fmt: skip

    def __init__(self) -> None:
        self._pieces = 0
        self._steady = False
        """Whether the program leaves the machine such that the next piece can begin alike."""
        self._covered = False
        """Whether the piece in hand began without a look."""
        self.program: Program | None = None
        self._magazine: dict[str, Stowed] | None = None
        self._wear: Wear | None = None
        self._life: EdgeState | None = None
        """Magazine, wear and life of the edge in the spindle, as the last piece left them."""
        self.put_off = array("d")
        """What the machine has been through since its meters were last brought up to date:
        per stretch what it was, when it began [s] and how long it took [s]."""
        self.jobs: list[str] = []
        """The pieces among that."""

    def begin(self, program: Program, pieces: int, *, steady: bool) -> None:
        """Be sure of so many *pieces* of *program* after the one that begins."""
        self.program = program
        self._pieces = pieces
        self._steady = steady
        self._covered = False

    def end(self, edge: Edge | None, magazine: dict[str, Stowed], wear: Wear) -> None:
        """Know the edges as a piece has left them."""
        self._magazine = magazine
        self._wear = wear
        self._life = None if edge is None else edge.state

    def covers(self, program: Program, edge: Edge | None, state: MachineState) -> bool:
        """Tell whether nothing can come between, as was known before; count the piece if so.

        While anything is put off nobody has touched the machine since a piece that was covered.
        """
        self._covered = False
        if self._pieces == 0 or self.program is not program:
            return False
        if not self.put_off:
            heat = program.score.heat
            if (
                self._magazine is not state.magazine
                or self._wear is not state.wear
                or self._life is not (None if edge is None else edge.state)
                or (heat is not None and max(state.temperatures) > heat.calm)
            ):
                return False
        self._pieces -= 1
        self._covered = True
        return True

    @property
    def may_put_off(self) -> bool:
        """Whether nobody needs to know yet what the piece in hand does to the meters."""
        return self._covered and self._steady and len(self.jobs) < MOST

    def take(self) -> tuple[array[float], list[str]]:
        """Return what is put off; it is not any more."""
        found = self.put_off, self.jobs
        self.put_off, self.jobs = array("d"), []
        return found
