"""This module holds the reserve: pieces for which a machine need not look at its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.parts.tool import Edge, EdgeState, Stowed, Wear
    from simtwin.shop.program import Program
    from simtwin.shop.states import MachineState


class Reserve:
    """How many pieces can go through a program while all edges are as the last one left them.

    A machine whose reserve is lost looks again, and does the same: so no snapshot keeps it.
    """

    __slots__ = ("_life", "_magazine", "_pieces", "_program", "_wear")

    def __init__(self) -> None:
        self._pieces = 0
        self._program: Program | None = None
        self._magazine: dict[str, Stowed] | None = None
        self._wear: Wear | None = None
        self._life: EdgeState | None = None
        """Magazine, wear and life of the edge in the spindle, as the last piece left them."""

    def begin(self, program: Program, pieces: int) -> None:
        """Be sure of so many *pieces* of *program* after the one that begins."""
        self._program = program
        self._pieces = pieces

    def end(self, edge: Edge | None, magazine: dict[str, Stowed], wear: Wear) -> None:
        """Know the edges as a piece has left them."""
        self._magazine = magazine
        self._wear = wear
        self._life = None if edge is None else edge.state

    def covers(self, program: Program, edge: Edge | None, state: MachineState) -> bool:
        """Tell whether nothing can come between, as was known before; count the piece if so."""
        heat = program.score.heat
        if (
            self._pieces == 0
            or self._program is not program
            or self._magazine is not state.magazine
            or self._wear is not state.wear
            or self._life is not (None if edge is None else edge.state)
            or (heat is not None and max(state.temperatures) > heat.calm)
        ):
            return False
        self._pieces -= 1
        return True
