"""This module holds the tape: what all machines of a run note, one after the other.

A note is kept as bare values in a list and an array, behind the others: to make a value of its
own for each would cost a run more than all its events do to the log, for memory that was not
touched lately is slow, and every value that stays is looked at by the search for garbage. For
the same reason a list that is long is left and another begun: to grow it would be to copy it.
"""

from __future__ import annotations

from array import array
from typing import Any

from simtwin.result.record import FULL

Note = tuple[list[Any], "array[float]"]
"""Things, and numbers."""


class Tape:
    """Notes of all machines in the order in which they were made; sorted when one is read."""

    __slots__ = ("_full", "_numbers", "_sorted", "_things")

    def __init__(self) -> None:
        self._full: list[Note] = []
        """Lists and arrays that grow no more."""
        self._things: list[Any] = []
        """Per note: its machine, where its numbers begin, how many things follow, and these."""
        self._numbers = array("d")
        self._sorted: dict[int, list[Note]] = {}
        """Notes of machines that were not read when others were."""

    def note(self, machine: int, things: list[Any], numbers: list[float]) -> None:
        """Keep a note of the machine with this number."""
        kept, told = self._numbers, self._things
        if len(kept) >= FULL:
            self._full.append((told, kept))
            kept, told = self._numbers, self._things = array("d"), []
        told += (machine, len(kept), len(things))
        told += things
        kept.fromlist(numbers)

    def take(self, machine: int) -> list[Note]:
        """Return the notes of one machine since it was last asked for them."""
        if self._things:
            for things, numbers in self.kept:
                self._sort(things, numbers)
            self._full, self._things, self._numbers = [], [], array("d")
        return self._sorted.pop(machine, [])

    @property
    def kept(self) -> list[Note]:
        """What is kept now, and nobody has read yet: one list and array after the other."""
        return [*self._full, (self._things, self._numbers)]

    def _sort(self, things: list[Any], numbers: array[float]) -> None:
        heads, at = [], 0
        while at < len(things):
            machine, begin, count = things[at : at + 3]
            at += 3 + count
            heads.append((machine, begin, things[at - count : at]))
        ends = [*(begin for _, begin, _ in heads[1:]), len(numbers)]
        for (machine, begin, told), end in zip(heads, ends, strict=True):
            self._sorted.setdefault(machine, []).append((told, numbers[begin:end]))
