"""This module holds the states of a piece in a program as values: its way and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from simtwin.parts.tool import EdgeState, Wear
    from simtwin.shop.program import Program
    from simtwin.shop.states import Clocks

Used = tuple[str, "EdgeState", "Wear"]
"""One edge that a program uses: its name, its life, and its wear when the program begins."""


class Outcome(Struct, frozen=True, gc=False):
    """What a program makes of the state that it begins with."""

    used: tuple[Used, ...]
    """One per tool of the program."""
    wears: tuple[Wear, ...]
    """Of these edges when it ends."""
    temperatures: tuple[float, ...]
    damages: tuple[float, ...]
    energies: tuple[float, ...]
    """One per account [J]."""


class Found(Struct, frozen=True, gc=False):
    """An edge that is in the spindle when a program begins and is not used by it."""

    name: str
    life: EdgeState
    wear: Wear


class Passage(Struct, frozen=True, gc=False):
    """A piece in a program: the state it began with, and how far it has come."""

    program: Program
    begin: float
    job: str
    operation: str
    temperatures: tuple[float, ...]
    clocks: Clocks
    damages: tuple[float, ...]
    used: tuple[Used, ...]
    found: Found | None
    holds: int
    """How many of its holds it tells of."""
    until: float
    """How far it has come [s]."""
